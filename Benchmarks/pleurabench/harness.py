"""Running processes with their cost, medians, and the lines that a run ends with."""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PEER = Path(__file__).with_name("peer.py")


@dataclass
class Cost:
    """What a process used: wall and CPU seconds, its largest resident set in MiB, its stdout."""

    wall: float
    cpu: float
    peak_mib: float
    output: str


@dataclass
class Settings:
    pleura: str
    models: str
    quick: bool
    work: Path

    def pick(self, full, quick):
        return quick if self.quick else full


class Figures:
    """The lines `figure NAME VALUE`, printed last."""

    def __init__(self):
        self.lines = []

    def add(self, name, value, digits=2):
        self.lines.append(f"figure {name} {value:.{digits}f}")

    def show(self):
        print("\n".join(self.lines), flush=True)


def say(text):
    print(text, flush=True)


def last_core():
    """Single-threaded work is pinned to one core: the last one this process may use."""
    return max(os.sched_getaffinity(0))


def run(command, core=None, accepted=(0,)):
    """Runs a command to its end. Fails loudly: a peer or a binary that stops is no measurement."""
    if core is not None:
        command = ["taskset", "-c", str(core)] + command
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode not in accepted:
            sys.stderr.write(err.read().decode(errors="replace"))
            raise SystemExit(f"bench: exit {process.returncode} of {' '.join(command[:6])} ...")
        return Cost(
            wall,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024,
            out.read().decode(errors="replace"),
        )


def run_peer(task, folder, core=None):
    """Runs one task of peer.py. The cost is that of the task alone, without starting Python."""
    answer = json.loads(run([sys.executable, str(PEER), task, str(folder)], core).output)
    return Cost(answer["wall"], answer["cpu"], answer["peak_mib"], json.dumps(answer["result"]))


def interleave(ours, peer, repeats):
    """A B A B ...: what else runs on the machine meets both. The first pair only warms caches."""
    ours(), peer()
    return [(ours(), peer()) for _ in range(repeats)]


def ratios(pairs, of):
    """Peer over ours of each pair: median, least and largest. 2 is twice as fast as the peer."""
    values = sorted(of(theirs) / of(ours) for ours, theirs in pairs)
    return statistics.median(values), values[0], values[-1]


def compare(name, pairs, figures, unit=None):
    """Prints medians of both and adds the ratio of CPU time as a figure."""
    for label, side in (("pleura", 0), ("peer", 1)):
        cpu = statistics.median(pair[side].cpu for pair in pairs)
        wall = statistics.median(pair[side].wall for pair in pairs)
        peak = statistics.median(pair[side].peak_mib for pair in pairs)
        rate = f", {unit[0] / cpu:.0f} {unit[1]} a CPU second" if unit else ""
        say(f"{name}: {label:6} {cpu:.3f} s CPU, {wall:.3f} s wall, {peak:.0f} MiB{rate}")
    middle, least, most = ratios(pairs, lambda cost: cost.cpu)
    wall = ratios(pairs, lambda cost: cost.wall)[0]
    say(f"{name}: ratio of CPU time {middle:.2f} ({least:.2f} to {most:.2f}), of wall {wall:.2f}")
    figures.add(f"{name}/ratio", middle)
    figures.add(f"{name}/wall-ratio", wall)
    return middle


def quantile(values, share):
    """The value that `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def machine():
    """One line: processor, cores, memory, load."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((l.split(":")[1].strip() for l in info.splitlines() if "model name" in l), "?")
    kib = int(Path("/proc/meminfo").read_text().split()[1])
    load = " ".join(Path("/proc/loadavg").read_text().split()[:3])
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, {kib / 2**20:.0f} GiB, load {load}"
