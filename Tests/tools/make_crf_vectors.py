#!/usr/bin/env python3
"""Makes Tests/LocalizationTests/Vectors/crf.json: what pydensecrf gives on small pictures.

    python3 -m venv VENV && VENV/bin/pip install "cython<3" setuptools wheel numpy pillow scikit-image
    VENV/bin/pip install --no-build-isolation pydensecrf2==1.1
    VENV/bin/python Tests/tools/make_crf_vectors.py

pydensecrf2 1.1 is pydensecrf (MIT; the code of Kraehenbuehl 2013, BSD) with an Eigen that compiles
today. Pictures, labels and probabilities are stored as base64: bytes, or little-endian float32.
"astronaut" and "camera" are crops, shrunk, of pictures that scikit-image ships: a NASA photograph
(public domain) and a photograph by Lav Varshney (CC0).

Where a picture has a number of pixels that 4 does not divide, pydensecrf puts up to three points
with all features 0 into its lattice; they carry nothing, but widen it when something lies nearby.
"""

import base64
import json
from pathlib import Path

import numpy as np
import pydensecrf.densecrf as dcrf
import skimage
from PIL import Image
from pydensecrf.utils import unary_from_labels, unary_from_softmax

SEED = 20210
OUT = Path(__file__).resolve().parents[1] / "LocalizationTests/Vectors/crf.json"
PUBLISHED = dict(gaussian=(3, 3), bilateral=(50, 5, 10))
ITERATIONS = (1, 5, 10)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def infer(unary, picture, labels, settings, iterations):
    height, width = picture.shape[:2]
    crf = dcrf.DenseCRF2D(width, height, labels)
    crf.setUnaryEnergy(np.ascontiguousarray(unary))
    sigma, weight = settings["gaussian"]
    crf.addPairwiseGaussian(sxy=sigma, compat=weight)
    spatial, intensity, weight = settings["bilateral"]
    crf.addPairwiseBilateral(sxy=spatial, srgb=intensity, rgbim=picture, compat=weight)
    return np.array(crf.inference(iterations), dtype="<f4")


def entry(name, picture, settings, *, hard=None, soft=None, zero_unsure=False):
    """A case: `picture` HxWx3 bytes; labels `hard` HxW, or probabilities `soft` LxHxW."""
    picture = np.ascontiguousarray(picture.astype(np.uint8))
    height, width = picture.shape[:2]
    case = {"name": name, "width": width, "height": height, "picture": text(picture)}
    case["grey"] = bool((picture == picture[..., :1]).all())
    case["gaussian"], case["bilateral"] = settings["gaussian"], settings["bilateral"]
    case["zeroUnsure"] = zero_unsure
    if hard is not None:
        case["labels"] = int(hard.max()) + (0 if zero_unsure else 1)
        case["hard"] = text(hard.astype(np.uint8))
        unary = unary_from_labels(hard.astype(int), case["labels"], 0.7, zero_unsure=zero_unsure)
    else:
        soft = soft.astype("<f4")
        case["labels"] = len(soft)
        case["soft"] = text(soft)
        unary = unary_from_softmax(soft)
    case["results"] = []
    for iterations in ITERATIONS:
        q = infer(unary, picture, case["labels"], settings, iterations)
        # The last label is 1 less the others: it is not stored.
        case["results"].append({"iterations": iterations, "q": text(q[1:])})
    return case


def grey(plane):
    return np.repeat(np.clip(np.rint(plane), 0, 255)[..., None], 3, axis=2)


def card():
    plane = np.full((8, 8), 60)
    plane[2:6, 2:6] = 120
    plane = plane + (7 * np.arange(64) % 11).reshape(8, 8)
    label = np.zeros((8, 8), int)
    label[3:7, 1:5] = 1
    return entry("card", grey(plane), PUBLISHED, hard=label)


def photographs():
    folder = Path(skimage.__file__).parent / "data"
    astronaut = Image.open(folder / "astronaut.png").convert("RGB").crop((80, 0, 400, 320))
    astronaut = np.asarray(astronaut.resize((40, 40), Image.Resampling.BOX))
    rows, columns = np.mgrid[0:40, 0:40]
    label = ((rows - 14) ** 2 + (columns - 18) ** 2 < 90).astype(int) + (rows > 30)
    yield entry(
        "astronaut", astronaut, dict(gaussian=(1, 3), bilateral=(8, 5, 4)), hard=label)  # fmt: skip
    camera = Image.open(folder / "camera.png").convert("L").crop((100, 40, 420, 280))
    camera = np.asarray(camera.resize((64, 48), Image.Resampling.BOX), dtype=float)
    rows, columns = np.mgrid[0:48, 0:64]
    soft = 1 / (1 + np.exp((np.hypot(rows - 26, columns - 26) - 14) / 3))
    yield entry("camera", grey(camera), PUBLISHED, soft=np.stack([1 - soft, soft]))


def random_cases(generator):
    for name, height, width, labels, unsure in (
        ("random-2", 24, 20, 2, False), ("random-3", 18, 23, 3, True), ("random-6", 12, 14, 6, False),
        ("random-12", 8, 9, 12, False),
    ):  # fmt: skip
        smooth = generator.normal(size=(height, width, 3)).cumsum(0).cumsum(1)
        smooth = 128 + 90 * smooth / np.abs(smooth).max() + generator.normal(0, 3, smooth.shape)
        label = generator.integers(0, labels + unsure, (height, width))
        settings = dict(gaussian=(2.5, 2), bilateral=(6, 9, 5))
        yield entry(name, np.clip(smooth, 0, 255), settings, hard=label, zero_unsure=unsure)


def main():
    cases = [card(), *photographs(), *random_cases(np.random.default_rng(SEED))]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(cases, indent=1) + "\n")
    print(f"{len(cases)} cases, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
