"""Ours and the peer in turn: seconds and memory of a training step, or of one picture."""

import json
import statistics
import subprocess
import sys
import threading
from pathlib import Path

from ..engine.remote import Failed, Fleet, Remote
from ..engine.report import OURS, cpu, faster_peer, median, spread, spread_of, wall
from ..harness import say
from .recipe import TRAINED

LAYOUTS = ["nchw", "channels_last"]


class MemoryGuard:
    """Kills a process of the fleet whose resident set passes a limit."""

    def __init__(self, limit_gib):
        self.limit = limit_gib * 2**20
        self.done = threading.Event()

    def watch(self, processes):
        def look():
            while not self.done.wait(0.1):
                for process in processes():
                    if process.poll() is None and self.resident(process.pid) > self.limit:
                        process.kill()

        threading.Thread(target=look, daemon=True).start()

    @staticmethod
    def resident(pid):
        """KiB; 0 for a process that has ended."""
        try:
            text = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return 0
        return next((int(l.split()[1]) for l in text.splitlines() if l.startswith("VmRSS:")), 0)


def command(settings, recipe, part, threads, *more):
    return [
        settings.pleura, "train", *recipe.arguments, "--probe-part", part,
        "--threads", str(threads), *more,
    ]  # fmt: skip


def lines(words):
    """The JSON lines that a command prints, by type."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words[-8:])}: {done.stderr.strip()[-300:]}")
    found = {}
    for text in done.stdout.splitlines():
        fields = json.loads(text)
        found.setdefault(fields["type"], []).append(fields)
    return found


def sides(settings, recipe, part, threads):
    """How to start each side."""
    fields = settings.work / f"{part}.json"
    fields.write_text(json.dumps(recipe.fields))
    ours = command(settings, recipe, part, threads, "--probe", "1", "--interactive")
    starts = {OURS: lambda: Remote(OURS, ours, threads, ours=True)}
    for layout in LAYOUTS:
        words = [sys.executable, "-m", "pleurabench.chain.torch_part"]
        words += [part, str(fields), layout, str(threads)]
        starts[f"torch-{layout}"] = lambda layout=layout, words=words: Remote(
            f"torch-{layout}", words, threads, ours=False
        )
    return starts


def same_size(recipe, part, loaded):
    """Both sides must have the same network: the numbers of their parameters tell."""
    from . import networks

    theirs = networks.sizes(networks.build(part, recipe.fields))
    ours = (loaded["parameters"], loaded["trained"])
    if ours != theirs:
        raise Failed(f"{part}: {ours} parameters and trained ones, the peer's {theirs}")
    say(f"{part}: {ours[0]:,} parameters, {ours[1]:,} trained, on both sides")


def compare(settings, recipe, part, threads, figures):
    guard = MemoryGuard(settings.limit_gib)
    with Fleet(sides(settings, recipe, part, threads)) as fleet:
        guard.watch(lambda: [remote.process for remote in fleet.remotes.values()])
        loaded = {label: remote.loaded for label, remote in fleet.remotes.items()}
        if part in TRAINED:
            same_size(recipe, part, loaded[OURS])
        try:
            costs = fleet.interleave(settings.rounds)
        finally:
            guard.done.set()
        peaks = fleet.peaks()
    batch = loaded[OURS]["batch"]
    kind = "train" if part in TRAINED else "read"
    name = f"{part}, batch {batch}, {threads} thread" + ("s" if threads > 1 else "")
    for label, runs in costs.items():
        base = loaded[label].get("baseMiB", 0)
        rest = f", {peaks[label] - base:.0f} MiB without Python and packages" if base else ""
        say(
            f"{name}: {label:19} {spread_of(runs, cpu)} s CPU, {spread_of(runs, wall)} s wall; "
            f"peak {peaks[label]:.0f} MiB{rest}"
        )
    best = faster_peer(costs)
    more = "" if threads == 1 else f"_{threads}_threads"
    for of, word in ((cpu, ""), (wall, "_wall")):
        ratios = [of(theirs) / of(ours) for ours, theirs in zip(costs[OURS], costs[best])]
        say(f"{name}: ratio{word} against {best} {spread(ratios)}")
        figures.add(f"chain_{kind}_ratio_{part}{word}{more}", statistics.median(ratios))
    for of, word in ((cpu, "cpu_seconds"), (wall, "seconds")):
        figures.add(f"chain_{kind}_{word}_{part}{more}", median(costs[OURS], of) / batch, 4)
        figures.add(f"chain_{kind}_peer_{word}_{part}{more}", median(costs[best], of) / batch, 4)
    if threads == 1:
        figures.add(f"chain_peak_mib_{part}", peaks[OURS], 0)
        peers = {label: peak for label, peak in peaks.items() if label != OURS}
        least = min(peers, key=peers.get)
        figures.add(f"chain_peer_peak_mib_{part}", peers[least], 0)
        rest = peers[least] - loaded[least]["baseMiB"]
        figures.add(f"chain_peer_peak_mib_less_python_{part}", rest, 0)
