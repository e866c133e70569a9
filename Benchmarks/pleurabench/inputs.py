"""Makes the inputs: phantoms of `pleura phantom`, and copies in other transfer syntaxes."""

import hashlib
from pathlib import Path

import numpy
import pydicom
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from .harness import run, say

SEED = "20261"


def phantoms(settings, kind, count, size, name, slices=1):
    """A folder of phantom studies, JPEG-LS lossless as the program writes them."""
    folder = settings.work / name
    say(f"inputs: {count} x {kind}, {size} pixels, {slices} slices, seed {SEED}")
    run(
        [settings.pleura, "phantom", "--kind", kind, "--count", str(count), "--size", str(size),
         "--slices", str(slices), "--seed", SEED, "--format", "dicom", "--out", str(folder)]
    )  # fmt: skip
    return sorted(folder.rglob("*.dcm"))


def transcoded(source, target, syntax):
    """The same object and pixels in an uncompressed transfer syntax."""
    dataset = pydicom.dcmread(source)
    dataset.decompress(generate_instance_uid=False)
    if syntax == ExplicitVRBigEndian:
        words = numpy.frombuffer(dataset.PixelData, dtype="<u2").byteswap()
        dataset.PixelData = words.tobytes()
    for _ in dataset.iterall():
        pass  # reads every value, so that none is copied in the old byte order
    dataset.file_meta.TransferSyntaxUID = syntax
    target.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(target, dataset, overwrite=False)
    return target


def series(settings, name, size, slices):
    """One CT series twice: as written (JPEG-LS) and in explicit VR little endian."""
    compressed = phantoms(settings, "ct", 1, size, name, slices)
    folder = settings.work / f"{name}-explicit"
    for path in compressed:
        transcoded(path, folder / path.name, ExplicitVRLittleEndian)
    return compressed[0].parent, folder


def mixed(settings, name, compressed, each):
    """`each` CT slices in every one of four transfer syntaxes, and a sixth of them deflated too:
    inflating costs both sides the same, and archives hold few such objects."""
    folder = settings.work / name
    sources = sorted(compressed.glob("*.dcm"))[:each]
    others = {
        "explicit": ExplicitVRLittleEndian,
        "implicit": ImplicitVRLittleEndian,
        "big-endian": ExplicitVRBigEndian,
    }
    for number, path in enumerate(sources):
        (folder / "jpeg-ls").mkdir(parents=True, exist_ok=True)
        (folder / "jpeg-ls" / path.name).write_bytes(path.read_bytes())
        for name, syntax in others.items():
            transcoded(path, folder / name / path.name, syntax)
        if number % 6 == 0:
            transcoded(path, folder / "deflated" / path.name, DeflatedExplicitVRLittleEndian)
    return folder


def fresh(source, target, number, explicit=False):
    """A copy with identifiers of its own: the program takes it for another study."""
    if explicit:
        transcoded(source, target, ExplicitVRLittleEndian)
    dataset = pydicom.dcmread(target if explicit else source)

    def uid(part):
        digest = hashlib.sha256(f"{dataset.SOPInstanceUID} {number} {part}".encode()).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"

    study, one_series, instance = uid("study"), uid("series"), uid("instance")
    dataset.StudyInstanceUID = study
    dataset.SeriesInstanceUID = one_series
    dataset.SOPInstanceUID = instance
    dataset.file_meta.MediaStorageSOPInstanceUID = instance
    target.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(target)
    return study


def films(settings, name, size, distinct, count, explicit=lambda number: False):
    """`count` radiograph studies from `distinct` phantoms: (path, Study Instance UID)."""
    sources = phantoms(settings, "radiograph", distinct, size, f"{name}-sources")
    folder = settings.work / name
    made = []
    for number in range(count):
        path = Path(folder) / f"{number:05}.dcm"
        study = fresh(sources[number % distinct], path, number, explicit(number))
        made.append((path, study))
    return made
