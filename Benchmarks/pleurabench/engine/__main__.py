"""Benchmarks/run-engine [--quick] [--peers-only] [--parts PART,...] [--work DIR] [CASE...]"""

import argparse
import platform
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from ..harness import Figures as Lines
from ..harness import machine, say
from . import error, inference, training
from .cases import NAMES, NETWORKS, STEPS
from .remote import Failed
from .settings import PARTS, Settings

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ["onnxruntime", "openvino", "torch", "torchvision", "segmentation-models-pytorch"]


class Figures(Lines):
    """Errors need their exponent."""

    def scientific(self, name, value):
        self.lines.append(f"figure {name} {value:.2e}")


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/run-engine", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--peers-only", action="store_true", help="without the binary")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--pleura", default=ROOT / ".build/release/pleura", type=Path)
    parser.add_argument(
        "--work", type=Path, help="keep the exported networks in this folder, for the next run too"
    )
    parsed = parser.parse_args()
    parsed.parts = set(parsed.parts.split(","))
    unknown = sorted(set(parsed.cases) - set(NAMES)) + sorted(parsed.parts - set(PARTS))
    if unknown:
        parser.error(f"no such case or part: {', '.join(unknown)}")
    if not parsed.peers_only and not parsed.pleura.exists():
        parser.error("no binary: run `make build` first, or give --peers-only")
    return parsed


def jobs(parts):
    """(case, function) in the order they run: the ratios of all cases come first."""
    network = {
        "ratio": inference.ratio, "threads": inference.threads, "batch8": inference.batch8,
        "first": inference.first, "error": error.bench,
    }  # fmt: skip
    step = {"ratio": training.ratio, "threads": training.threads}
    for part in PARTS:
        if part in parts:
            yield from ((case, network[part]) for case in NETWORKS)
            if part in step:
                yield from ((case, step[part]) for case in STEPS)


def measure(settings, cases, figures):
    """A case that fails is told at once and at the end; the others are measured."""
    failures = []
    for case, job in jobs(settings.parts):
        if case.name not in cases:
            continue
        try:
            job(settings, figures, case)
        except Failed as failure:
            failures.append(f"{case.name}: {failure}")
            say(f"failed: {failures[-1]}")
    return failures


def main():
    options = arguments()
    folder = options.work or Path(tempfile.mkdtemp(prefix="pleura-engine-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        str(options.pleura.resolve()), folder.resolve(), options.quick, options.peers_only,
        options.parts,
    )  # fmt: skip
    say(f"machine: {machine()}")
    peers = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    say(f"peers: Python {platform.python_version()}, {peers}")
    figures = Figures()
    try:
        failures = measure(settings, set(options.cases or NAMES), figures)
    finally:
        if options.work is None:
            shutil.rmtree(folder)
    say(f"machine afterwards: {machine()}")
    figures.show()
    if failures:
        sys.exit("bench: not measured:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
