"""What a whole run would take: memory as planned, time from a few steps of every part."""

from pathlib import Path
from statistics import median

from ..engine.remote import Fleet, Remote
from ..engine.report import OURS
from ..harness import say
from .measure import MemoryGuard, command, lines
from .recipe import ALONE, READ, TRAINED, batch_change

CORES = [2, 16, 64]
GIB = 2**30


def planned(settings, recipe, part, batch):
    """Bytes of a step at a batch, without running it."""
    words = command(settings, recipe.changed(batch_change(part, batch)), part, 1, "--probe", "0")
    return lines(words)["plan"][0]["plannedBytes"]


def memory(settings, recipe, figures):
    """Prints what the recipe's own batches plan to take; the batches that fit the budget."""
    fitting = {}
    for part in TRAINED:
        own = recipe.batch(part)
        one, two = (planned(settings, recipe, part, batch) for batch in (1, 2))
        whole = planned(settings, recipe, part, own)
        most = int(1 + (settings.budget_gib * GIB - one) / max(1, two - one))
        fitting[part] = max(1, min(own, most))
        say(
            f"{part}: a step of {own} pictures plans {whole / GIB:.2f} GiB, "
            f"{(two - one) / GIB:.3f} GiB a picture; {fitting[part]} fit {settings.budget_gib} GiB"
        )
        figures.add(f"chain_planned_gib_{part}", whole / GIB)
        figures.add(f"chain_planned_gib_a_picture_{part}", (two - one) / GIB, 3)
    return fitting


def main_thread_seconds(pid):
    """CPU time of the first thread of a process."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def runs(settings, recipe, part, threads):
    """Of a process of its own: medians of CPU seconds of a run, of all threads and of the first;
    what it said when it was loaded, and its peak in MiB."""
    words = command(settings, recipe, part, threads, "--probe", "1", "--interactive")
    guard = MemoryGuard(settings.limit_gib)
    with Fleet({OURS: lambda: Remote(OURS, words, threads, ours=True)}) as fleet:
        guard.watch(lambda: [remote.process for remote in fleet.remotes.values()])
        remote, all_threads, first = fleet.remotes[OURS], [], []
        try:
            remote.run()
            for _ in range(settings.steps):
                start = main_thread_seconds(remote.process.pid)
                all_threads.append(remote.run().cpu)
                first.append(main_thread_seconds(remote.process.pid) - start)
        finally:
            guard.done.set()
        return median(all_threads), median(first), remote.loaded, remote.peak_mib()


def time(settings, recipe, figures):
    """Runs a few steps of each part, at batches that `recipe` may have lowered: a step of the whole
    batch counts as so many more.

    T(n) = serial + rest / n (Amdahl) from CPU time: that of a step with one thread, and that of the
    first thread of two, which does all that is serial and its share of the rest. Wall time would
    measure what else runs on the machine. Single pictures are read by as many workers as there are
    cores. Memory bandwidth that many cores share is not in it.
    """
    hours = {cores: 0.0 for cores in CORES}
    for part in TRAINED + READ + ALONE:
        one, _, loaded, peak = runs(settings, recipe, part, 1)
        serial = 0.0
        batch, count, more = loaded["batch"], loaded["count"], ""
        if part in TRAINED:
            _, two, _, _ = runs(settings, recipe, part, 2)
            serial = max(0.0, min(1.0, 2 * two / one - 1))
            more = f", {two / batch:.4f} s in the first of two (serial share {serial:.2f})"
        times = count * (settings.own.batch(part) / batch if part in TRAINED else 1)
        spans = {n: one * (serial + (1 - serial) / n) * times / 3600 for n in CORES}
        for cores in CORES:
            hours[cores] += spans[cores]
        say(
            f"{part}: {one / batch:.4f} s CPU a picture with one thread{more}; batch {batch}, peak "
            f"{peak:.0f} MiB; {count:,} {'steps' if part in TRAINED else 'pictures'}: "
            + ", ".join(f"{spans[cores]:.2f} h on {cores}" for cores in CORES)
        )
        figures.add(f"chain_probe_peak_mib_{part}", peak, 0)
        figures.add(f"chain_probe_cpu_seconds_{part}", one / batch, 4)
    for cores in CORES:
        figures.add(f"chain_projected_hours_{cores}_cores", hours[cores], 2)
