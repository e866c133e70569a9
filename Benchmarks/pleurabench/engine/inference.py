"""Inference against ONNX Runtime and OpenVINO (f32): the same file, the same input."""

import statistics

from ..harness import say
from . import report
from .remote import Fleet
from .report import OURS

PEERS = ["onnxruntime", "openvino"]


def starts(settings, folder, threads=1, batch=""):
    """What starts each side on the same file and input."""
    model = folder / f"model{batch}.onnx"
    given = folder / f"input{batch}.safetensors"
    sides = {}
    if not settings.peers_only:
        sides[OURS] = lambda: settings.ours(
            "run", model, "--input", given, threads=threads
        )  # fmt: skip
    for engine in PEERS:
        sides[engine] = lambda engine=engine: settings.peer(
            engine, "peer", engine, model, "--input", given, "--threads", threads, threads=threads
        )
    return sides


def ratio(settings, figures, case):
    """One thread, batch 1: time and memory."""
    with Fleet(starts(settings, settings.folder(case))) as fleet:
        costs = fleet.interleave(settings.pick(10, 3))
        peaks = fleet.peaks()
        loaded = {label: remote.loaded for label, remote in fleet.remotes.items()}
    report.compare(case.name, costs, figures, settings.gflop(case))
    bases = {label: fields.get("baseMiB", 0) for label, fields in loaded.items()}
    report.memory(case.name, peaks, bases, figures)
    if OURS in loaded:
        figures.add(f"{case.name}/planned-peak-mib", loaded[OURS]["peakBytes"] / 2**20, 0)
        figures.add(f"{case.name}/packed-weights-mib", loaded[OURS]["preparedBytes"] / 2**20, 0)


def threads(settings, figures, case):
    """One process with one thread and one with two, of each side, in turn: wall time."""
    folder = settings.folder(case)
    sides = {}
    for count in (1, 2):
        for label, start in starts(settings, folder, threads=count).items():
            sides[label, count] = start
    with Fleet(sides) as fleet:
        costs = fleet.interleave(settings.pick(8, 3))
    report.scaling(case.name, costs, figures)


def batch8(settings, figures, case):
    """Eight pictures at once, one thread."""
    with Fleet(starts(settings, settings.folder(case), batch="-batch8")) as fleet:
        costs = fleet.interleave(settings.pick(3, 1))
        peaks = fleet.peaks()
    report.compare(case.name, costs, figures, 8 * settings.gflop(case), suffix="/batch8")
    for label, runs in costs.items():
        rate = 8 / report.median(runs, report.cpu)
        say(f"{case.name}/batch8: {label:12} {rate:.2f} pictures a CPU second,"
            f" peak {peaks[label]:.0f} MiB")  # fmt: skip
        prefix = "" if label == OURS else f"{label}-"
        figures.add(f"{case.name}/batch8/{prefix}pictures-per-second", rate)


def first(settings, figures, case):
    """From starting the process to the first result, and loading alone; files are in the cache.
    The peers start Python and import their packages in that time."""
    sides = starts(settings, settings.folder(case))
    costs = {label: [] for label in sides}
    loading = {label: [] for label in sides}
    for number in range(1 + settings.pick(5, 2)):
        for label, start in sides.items():
            with Fleet({label: start}) as fleet:
                cost = fleet.remotes[label].first_result()
                if number > 0:
                    costs[label].append(cost)
                    loading[label].append(fleet.remotes[label].loaded["milliseconds"])
    for label, runs in costs.items():
        load = statistics.median(loading[label])
        say(
            f"{case.name}: {label:12} first result after {report.spread_of(runs, report.wall)} s,"
            f" CPU {report.spread_of(runs, report.cpu)} s; loading alone {load:.0f} ms"
        )
        prefix = "" if label == OURS else f"{label}-"
        figures.add(f"{case.name}/{prefix}first-result-seconds", report.median(runs, report.wall))
        figures.add(f"{case.name}/{prefix}load-milliseconds", load, 0)
