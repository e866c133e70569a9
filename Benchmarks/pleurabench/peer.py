"""The peers: what a Python program does for the same answer. `peer.py TASK FOLDER` prints JSON.

Imports and start are outside of the clock: the peer is measured as a service that is up already.
"""

import hashlib
import io
import json
import resource
import sys
import time
from pathlib import Path

import numpy
import pydicom

ATTRIBUTES = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "Rows",
    "Columns", "NumberOfFrames", "PhotometricInterpretation", "ViewPosition", "BodyPartExamined",
]  # fmt: skip


def files(folder):
    return sorted(Path(folder).rglob("*.dcm"))


def parse(folder):
    """As `inspect`: SHA-256 of the bytes, the header up to Pixel Data, some attributes of it."""
    rows = []
    for path in files(folder):
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        header = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
        found = [header.get(name) for name in ATTRIBUTES]
        rows.append((digest, str(header.file_meta.TransferSyntaxUID), found[5], found[6]))
    return sorted(f"{syntax} {height} {width}" for _, syntax, height, width in rows)


def volume(folder):
    """As `inspect --volume`, without hashing: slices sorted along the normal, in HU."""
    slices = [pydicom.dcmread(path) for path in files(folder)]
    axes = numpy.array(slices[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    normal = numpy.cross(*axes)
    places = [numpy.dot(s.ImagePositionPatient, normal) for s in slices]
    order = numpy.argsort(places)
    voxels = numpy.empty((len(slices), slices[0].Rows, slices[0].Columns), dtype=numpy.float32)
    for target, index in enumerate(order):
        s = slices[index]
        slope, intercept = numpy.float32(s.RescaleSlope), numpy.float32(s.RescaleIntercept)
        numpy.multiply(s.pixel_array, slope, out=voxels[target], casting="unsafe")
        voxels[target] += intercept
    steps = numpy.diff(numpy.array(places)[order])
    return {
        "slices": len(slices),
        "spacing": float(numpy.median(steps)),
        "least": float(voxels.min()),
        "mean": float(voxels.mean(dtype=numpy.float64)),
        "most": float(voxels.max()),
    }


def main():
    task = {"parse": parse, "volume": volume}[sys.argv[1]]
    wall, cpu = time.perf_counter(), time.process_time()
    result = task(sys.argv[2])
    print(
        json.dumps(
            {
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "result": result,
            }
        )
    )


if __name__ == "__main__":
    main()
