"""Medians, ratios and what is printed of them."""

import statistics

from ..harness import say

OURS = "pleura"


def median(costs, of):
    return statistics.median(of(cost) for cost in costs)


def cpu(cost):
    return cost.cpu


def wall(cost):
    return cost.wall


def faster_peer(costs):
    """The peer of the least median CPU time."""
    return min((label for label in costs if label != OURS), key=lambda one: median(costs[one], cpu))


def spread(values):
    ordered = sorted(values)
    return f"{statistics.median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"


def show(name, costs, gflop):
    """One line for each side: median CPU and wall time with least and most, and GFLOP a second of
    CPU time, counted as direct convolutions (an algorithm that multiplies less shows more)."""
    for label, runs in costs.items():
        times = [f"{spread_of(runs, of)} s {word}" for of, word in ((cpu, "CPU"), (wall, "wall"))]
        rate = gflop / median(runs, cpu)
        say(f"{name}: {label:19} {', '.join(times)}, {rate:.0f} GFLOP a CPU second")


def spread_of(costs, of):
    values = sorted(of(cost) for cost in costs)
    return f"{statistics.median(values):.3f} ({values[0]:.3f} to {values[-1]:.3f})"


def compare(name, costs, figures, gflop, suffix=""):
    """Prints all sides; adds peer over ours, round by round, against the faster peer."""
    show(name + suffix, costs, gflop)
    best = faster_peer(costs)
    if OURS not in costs:
        figures.add(f"{name}{suffix}/peer-cpu-seconds", median(costs[best], cpu), 4)
        figures.add(f"{name}{suffix}/peer-gflops", gflop / median(costs[best], cpu), 1)
        return
    for of, word in ((cpu, "ratio"), (wall, "wall-ratio")):
        ratios = [of(theirs) / of(ours) for ours, theirs in zip(costs[OURS], costs[best])]
        say(f"{name}{suffix}: {word} against {best} {spread(ratios)}")
        figures.add(f"{name}{suffix}/{word}", statistics.median(ratios))
    figures.add(f"{name}{suffix}/cpu-seconds", median(costs[OURS], cpu), 4)
    figures.add(f"{name}{suffix}/peer-cpu-seconds", median(costs[best], cpu), 4)


def scaling(name, costs, figures):
    """How much faster two threads are than one, of each side: `costs` by (label, threads)."""
    for label in sorted({label for label, _ in costs}):
        one, two = costs[label, 1], costs[label, 2]
        gains = [a.wall / b.wall for a, b in zip(one, two)]
        more = median(two, cpu) / median(one, cpu)
        say(f"{name}: two threads: {label:12} wall {spread(gains)} times, CPU time x {more:.2f}")
        prefix = "" if label == OURS else f"{label}-"
        figures.add(f"{name}/{prefix}two-thread", statistics.median(gains))
        figures.add(f"{name}/{prefix}two-thread-cpu", more)


def memory(name, peaks, bases, figures):
    """Largest resident sets. The peers' less what Python and packages took before loading, too."""
    for label, peak in peaks.items():
        base = bases.get(label)
        rest = f", {peak - base:.0f} MiB of it since Python and packages" if base else ""
        say(f"{name}: {label:19} peak {peak:.0f} MiB{rest}")
    if OURS in peaks:
        figures.add(f"{name}/peak-mib", peaks[OURS], 0)
    peers = {label: peak for label, peak in peaks.items() if label != OURS}
    figures.add(f"{name}/peer-peak-mib", min(peers.values()), 0)
    figures.add(
        f"{name}/peer-peak-mib-less-python",
        min(peak - bases.get(label, 0) for label, peak in peers.items()), 0,
    )  # fmt: skip
