"""A training step against eager PyTorch, in the better of its two layouts."""

import math

from ..harness import say
from . import report
from .remote import Failed, Fleet
from .report import OURS

LAYOUTS = ["nchw", "channels_last"]
# Losses of the first steps from the same weights and batch agree so far: rounding grows with every
# step, another loss or update would not come near.
AGREEMENT = 1e-3
COMPARED = 4


def starts(settings, case, threads=1):
    folder = settings.folder(case)
    sides = {}
    if not settings.peers_only:
        sides[OURS] = lambda: settings.ours(
            "train", case.network, "--batch", case.batch, "--size", case.size,
            "--channels", case.channels, "--logits", case.outputs,
            "--weights", folder / "weights.safetensors", "--input", folder / "batch.safetensors",
            threads=threads,
        )  # fmt: skip
    for layout in LAYOUTS:
        sides[f"torch-{layout}"] = lambda layout=layout: settings.peer(
            f"torch-{layout}", "torch_step", case.name, folder, layout, threads, threads=threads
        )
    return sides


def check(case, warm, costs):
    """All sides must do the same step: their losses tell, from the first step on."""
    losses = {
        label: [run.more["loss"] for run in [warm[label], *runs]] for label, runs in costs.items()
    }
    for label, values in losses.items():
        shown = " ".join(f"{value:.5f}" for value in values[:COMPARED])
        say(f"{case.name}: {label:19} losses {shown}")
        if not all(math.isfinite(value) for value in values):
            raise Failed(f"{case.name}: {label} has a loss that is no number")
    truth, other = (losses[f"torch-{layout}"] for layout in LAYOUTS)
    for label, values in losses.items():
        for ours, theirs, twin in list(zip(values, truth, other))[:COMPARED]:
            # PyTorch's own layouts drift apart as well, far in deep networks on few pictures.
            if abs(ours - theirs) > AGREEMENT * abs(theirs) + 2 * abs(twin - theirs):
                raise Failed(f"{case.name}: {label} does another step than PyTorch")


def ratio(settings, figures, case):
    with Fleet(starts(settings, case)) as fleet:
        costs = fleet.interleave(settings.pick(8, 3))
        peaks = fleet.peaks()
        loaded = {label: remote.loaded for label, remote in fleet.remotes.items()}
        warm = fleet.warm
    check(case, warm, costs)
    report.compare(case.name, costs, figures, settings.gflop(case))
    bases = {label: fields.get("baseMiB", 0) for label, fields in loaded.items()}
    report.memory(case.name, peaks, bases, figures)


def threads(settings, figures, case):
    sides = {}
    for count in (1, 2):
        for label, start in starts(settings, case, count).items():
            sides[label, count] = start
    with Fleet(sides) as fleet:
        costs = fleet.interleave(settings.pick(5, 2))
    report.scaling(case.name, costs, figures)
