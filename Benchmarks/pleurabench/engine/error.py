"""Errors of whole networks against PyTorch in double precision."""

import subprocess

import numpy
from safetensors.numpy import load_file

from ..harness import say
from . import inference
from .remote import Failed, Fleet
from .report import OURS

# Ours must agree with ONNX Runtime at least so far, or the times compare different networks.
AGREEMENT = 1e-3


def outputs(settings, folder):
    """The outputs of every side on the error model, by label."""
    model = folder / "features.onnx"
    model = model if model.exists() else folder / "model.onnx"
    given = folder / "input.safetensors"
    found = {}
    for engine in inference.PEERS:
        path = folder / f"output-{engine}.safetensors"
        with Fleet({engine: lambda engine=engine, path=path: settings.peer(
            engine, "peer", engine, model, "--input", given, "--output", path
        )}) as fleet:  # fmt: skip
            fleet.remotes[engine].run()
        found[engine] = load_file(path)
    for label, flags in {} if settings.peers_only else {OURS: [], "exact": ["--exact"]}.items():
        path = folder / f"output-{label}.safetensors"
        done = subprocess.run(
            [settings.pleura, "engine", "run", str(model), "--input", str(given),
             "--output", str(path), "--threads", "1", *flags],
            capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode != 0:
            raise Failed(f"pleura {' '.join(flags)} stopped: {done.stderr.strip()[-300:]}")
        found[label] = load_file(path)
    return found


def probabilities(tensors):
    """Sigmoid of the logits. A trunk has none: a seeded head over its mean features gives one."""
    if "logits" in tensors:
        logits = tensors["logits"].astype(numpy.float64)
    else:
        means = tensors["features"].astype(numpy.float64).mean((2, 3))
        head = numpy.random.default_rng(20261).normal(size=means.shape[1])
        logits = means @ head / numpy.sqrt(means.shape[1])
    return 1 / (1 + numpy.exp(-logits))


def against(reference, tensors):
    """Largest and root mean square error over the largest and root mean square value, the worst
    output of each; and the largest change of a probability."""
    most = rms = 0.0
    for name, truth in reference.items():
        if tensors[name].shape != truth.shape:
            raise Failed(f"output {name} has shape {tensors[name].shape}, not {truth.shape}")
        wrong = numpy.abs(tensors[name].astype(numpy.float64) - truth)
        most = max(most, wrong.max() / numpy.abs(truth).max())
        rms = max(rms, numpy.sqrt((wrong**2).mean() / (truth**2).mean()))
    change = numpy.abs(probabilities(tensors) - probabilities(reference)).max()
    return most, rms, change


def bench(settings, figures, case):
    folder = settings.folder(case)
    reference = load_file(folder / "reference.safetensors")
    found = outputs(settings, folder)
    for label, tensors in found.items():
        most, rms, change = against(reference, tensors)
        say(f"{case.name}: {label:12} error max {most:.2e}, rms {rms:.2e};"
            f" probability changes by {change:.2e}")  # fmt: skip
        suffix = "" if label == OURS else f"-{label}"
        for word, value in (("max", most), ("rms", rms), ("probability", change)):
            figures.scientific(f"{case.name}/error-{word}{suffix}", value)
    if OURS in found:
        theirs = {k: v.astype(numpy.float64) for k, v in found["onnxruntime"].items()}
        difference, _, _ = against(theirs, found[OURS])
        say(f"{case.name}: pleura differs from onnxruntime by {difference:.2e} at most")
        figures.scientific(f"{case.name}/difference-max", difference)
        if not difference < AGREEMENT:
            raise Failed(f"{case.name}: pleura computes something else than onnxruntime")
