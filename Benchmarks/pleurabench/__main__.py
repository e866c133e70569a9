"""Benchmarks/run [--quick] [--pleura FILE] [--models DIR] [--work DIR] [CASE...]"""

import argparse
import platform
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from . import inputs, memory, parse, start, volume, watch
from .harness import Figures, Settings, machine, say

ROOT = Path(__file__).resolve().parents[2]
CASES = ["start", "parse", "ct-volume", "watch", "score"]


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--quick", action="store_true", help="smaller inputs, fewer repeats")
    parser.add_argument("--pleura", default=ROOT / ".build/release/pleura", type=Path)
    parser.add_argument("--models", default=ROOT / "models", type=Path)
    parser.add_argument("--work", type=Path, help="keep the inputs and results in this new folder")
    parsed = parser.parse_args()
    unknown = set(parsed.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    if not parsed.pleura.exists():
        parser.error("no binary: run `make build` first")
    return parsed


def measure(settings, cases, figures):
    if "start" in cases:
        start.bench(settings, figures)
    if {"parse", "ct-volume"} & cases:
        slices = settings.pick(200, 60)
        compressed, explicit = inputs.series(settings, "ct", 512, slices)
        if "parse" in cases:
            each = settings.pick(600, 250)
            small = inputs.phantoms(settings, "ct", 1, 64, "ct-small", each)[0].parent
            folders = {
                "parse": inputs.mixed(settings, "parse", compressed, slices),
                "parse-small": inputs.mixed(settings, "parse-small", small, each),
            }
            parse.bench(settings, figures, folders)
        if "ct-volume" in cases:
            volume.bench(settings, figures, {"explicit": explicit, "jpeg-ls": compressed})
    if "watch" in cases:
        # Every other film uncompressed; 2750 x 2750 has the pixels of 2500 x 3000.
        films = inputs.films(
            settings, "watch-films", 2750, settings.pick(7, 2), settings.pick(29, 7),
            explicit=lambda number: number % 2 == 1,
        )  # fmt: skip
        watch.bench(settings, figures, films)
    if "score" in cases:
        films = inputs.films(
            settings, "score-films", 512, settings.pick(250, 20), settings.pick(1000, 60)
        )
        memory.bench(settings, figures, films)


def main():
    options = arguments()
    cases = set(options.cases or CASES)
    folder = options.work or Path(tempfile.mkdtemp(prefix="pleura-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        str(options.pleura.resolve()), str(options.models.resolve()), options.quick, folder
    )
    say(f"machine: {machine()}")
    peers = ", ".join(f"{name} {version(name)}" for name in ("pydicom", "numpy", "pyjpegls"))
    say(f"peers: Python {platform.python_version()}, {peers}")
    figures = Figures()
    try:
        measure(settings, cases, figures)
    finally:
        if options.work is None:
            shutil.rmtree(folder)
    say(f"machine afterwards: {machine()}")
    figures.show()


if __name__ == "__main__":
    main()
