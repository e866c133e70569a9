#!/usr/bin/env python3
"""Reads segmentations with highdicom and pydicom and holds them against truth masks, bit for bit.

usage: check_seg.py FOLDER...

Every BINARY SEG in the folders is opened with highdicom; its frames are compared with an own
unpacking of the pixel data and, where `NAME.masks` lies beside `NAME.dcm`, with the truth in it:
one byte a pixel, frames in the order of the file. Where the sources lie in the folder too,
highdicom's get_pixels_by_source_instance (or by source frame) must give the same pixels.
Exit code 1 on any difference. Needs numpy, pydicom and highdicom.
"""
import pathlib
import sys

import highdicom
import numpy
import pydicom

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def unpack(dataset):
    bits = numpy.unpackbits(numpy.frombuffer(dataset.PixelData, numpy.uint8), bitorder="little")
    count = int(dataset.NumberOfFrames)
    size = dataset.Rows * dataset.Columns
    return bits[: count * size].reshape(count, dataset.Rows, dataset.Columns)


def by_source(seg, frames):
    """Differences between highdicom's view by source and the frames themselves."""
    bad = 0
    for index, groups in enumerate(seg.PerFrameFunctionalGroupsSequence):
        number = int(groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        source = groups.DerivationImageSequence[0].SourceImageSequence[0]
        uid = source.ReferencedSOPInstanceUID
        if "ReferencedFrameNumber" in source:
            pixels = seg.get_pixels_by_source_frame(
                uid, [int(source.ReferencedFrameNumber)], segment_numbers=[number])
        else:
            pixels = seg.get_pixels_by_source_instance([uid], segment_numbers=[number])
        bad += int((pixels[0, ..., 0] != frames[index]).sum())
    return bad


def check(path):
    seg = highdicom.seg.segread(path)
    frames = unpack(pydicom.dcmread(path))
    decoded = seg.pixel_array.reshape(frames.shape)
    bad = int((decoded != frames).sum())
    truth = path.with_suffix(".masks")
    held = "no truth beside it"
    if truth.exists():
        wanted = numpy.frombuffer(truth.read_bytes(), numpy.uint8)
        if wanted.size != frames.size:
            bad += 1
            held = "truth of another size"
        else:
            bad += int((wanted.reshape(frames.shape) != frames).sum())
            held = "truth compared"
    bad += by_source(seg, frames)
    if "FrameOfReferenceUID" in seg and len(frames) > 1:
        volume = seg.get_volume(segment_numbers=[1], combine_segments=True, allow_missing_positions=True)
        held += f", volume {volume.shape}"
    print(f"{'ok ' if bad == 0 else 'BAD'} {path.name}: {len(frames)} frames of "
          f"{seg.Columns} x {seg.Rows}, {seg.number_of_segments} segments, {held}, {bad} wrong bits")
    return bad


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    files = sorted(f for folder in sys.argv[1:] for f in pathlib.Path(folder).rglob("*.dcm"))
    segs = [f for f in files
            if pydicom.dcmread(f, specific_tags=["SOPClassUID"], force=True).get("SOPClassUID")
            == SEGMENTATION]
    if not segs:
        sys.exit("no segmentation found")
    sys.exit(1 if sum(check(f) for f in segs) else 0)


if __name__ == "__main__":
    main()
