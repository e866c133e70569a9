"""Benchmarks/crf [--quick] [--pleura FILE]

A dense CRF on a picture of 512 x 512, 10 iterations, two labels, against pydensecrf.
"""

import argparse
import json
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy

from .harness import Cost, Figures, Settings, compare, interleave, last_core, machine, run, say

ROOT = Path(__file__).resolve().parents[2]
SIDE = 512


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/crf", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--pleura", default=ROOT / ".build/release/pleura", type=Path)
    parser.add_argument("--peer", nargs=3, metavar=("IMAGE", "MAP", "OUT"), help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if not parsed.peer and not parsed.pleura.exists():
        parser.error("no binary: run `make build` first")
    return parsed


def film(folder):
    """A noisy film with two lungs and a darker body in one, and a rough map of the body."""
    from PIL import Image

    rows, columns = numpy.mgrid[0:SIDE, 0:SIDE] / SIDE
    generator = numpy.random.default_rng(1)
    grey = numpy.full((SIDE, SIDE), 140.0)
    for middle in (0.3, 0.7):
        grey -= 60 * numpy.exp(-((columns - middle) ** 2 / 0.02 + (rows - 0.5) ** 2 / 0.08))
    grey += 9 * numpy.sin(40 * rows) * (abs(columns - 0.5) > 0.1)
    distance = (columns - 0.3) ** 2 + (rows - 0.35) ** 2
    grey -= 40 * (distance < 0.004)
    grey += generator.normal(0, 4, grey.shape)
    image, label = folder / "image.png", folder / "map.png"
    Image.fromarray(numpy.clip(grey, 0, 255).astype(numpy.uint8)).save(image)
    Image.fromarray(numpy.uint8(255) * (distance < 0.02)).save(label)
    return image, label


def peer(image, label, out):
    """What the published pipelines do: unary from labels, two kernels, 10 iterations."""
    import resource
    import time

    import pydensecrf.densecrf as dcrf
    from PIL import Image
    from pydensecrf.utils import unary_from_labels

    grey = numpy.asarray(Image.open(image).convert("L"))
    labels = (numpy.asarray(Image.open(label)) > 127).astype(int)
    wall, cpu = time.perf_counter(), time.process_time()
    crf = dcrf.DenseCRF2D(grey.shape[1], grey.shape[0], 2)
    crf.setUnaryEnergy(unary_from_labels(labels, 2, 0.7, zero_unsure=False))
    crf.addPairwiseGaussian(sxy=3, compat=3)
    rgb = numpy.ascontiguousarray(numpy.repeat(grey[..., None], 3, axis=2))
    crf.addPairwiseBilateral(sxy=50, srgb=5, rgbim=rgb, compat=10)
    q = numpy.array(crf.inference(10))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    Image.fromarray(numpy.rint(q[1].reshape(grey.shape) * 65535).astype(numpy.uint16)).save(out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mib": peak}))


def cost_of(process):
    """Time from the pixels to the result, as the process prints it; memory of all of it."""
    answer = json.loads(process.output)
    return Cost(answer["wall"], answer["cpu"], process.peak_mib, "")


def largest_difference(one, other):
    from PIL import Image

    one, other = (numpy.asarray(Image.open(path), dtype=float) for path in (one, other))
    return abs(one - other).max() / 65535, abs((one > 32767.5) ^ (other > 32767.5)).mean()


def measure(settings, figures, image, label):
    core = last_core()
    theirs = settings.work / "theirs.png"
    asked = [str(image), str(label), str(theirs)]
    peer_command = [sys.executable, "-m", "pleurabench.crf", "--peer", *asked]
    for name, flags in (("crf_512", []), ("crf_512_replicated", ["--replicated"])):
        ours = settings.work / f"{name}.png"
        command = [settings.pleura, "refine", "--image", str(image), "--map", str(label)]
        command += ["--out", str(ours), "--published", *flags]
        pairs = interleave(
            lambda: cost_of(run(command, core)),
            lambda: cost_of(run(peer_command, core)),
            settings.pick(15, 5),
        )
        most, labels = largest_difference(ours, theirs)
        say(f"{name}: largest difference of a probability {most:.2e}, labels that differ {labels:.2e}")
        # The same lattice must give the same; three dimensions approximate the energy otherwise.
        if flags and most > 1e-3 or labels > 0.01:
            raise SystemExit("bench: the peer found other labels than pleura")
        figures.add(f"{name}_ratio", compare(name, pairs, Figures()))
        figures.add(f"{name}_milliseconds", 1000 * sorted(p[0].cpu for p in pairs)[len(pairs) // 2], 1)


def main():
    options = arguments()
    if options.peer:
        return peer(*options.peer)
    say(f"machine: {machine()}")
    peers = ", ".join(f"{name} {version(name)}" for name in ("pydensecrf2", "numpy"))
    say(f"peers: Python {platform.python_version()}, {peers}")
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="pleura-bench-") as folder:
        settings = Settings(str(options.pleura.resolve()), "", options.quick, Path(folder))
        measure(settings, figures, *film(settings.work))
    say(f"machine afterwards: {machine()}")
    figures.show()


if __name__ == "__main__":
    main()
