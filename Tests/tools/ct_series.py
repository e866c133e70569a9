#!/usr/bin/env python3
"""Slices in which `pleura score` drew a lesion against the slice labels of COVID-CT-MD.

usage: Tests/tools/ct_series.py CORPUS/ct/covid-ct-md RESULTS   (needs pydicom)

RESULTS is the --output folder of a run over that folder. A slice counts as called where any segment of
the series' SEG object has a pixel in it.
"""
import csv
import glob
import math
import pathlib
import sys

import pydicom

corpus, results = map(pathlib.Path, sys.argv[1:3])
called = set()
for path in glob.glob(str(results / "*/*/lesion-*.seg.dcm")):
    seg = pydicom.dcmread(path)
    for group in seg.PerFrameFunctionalGroupsSequence:
        source = group.DerivationImageSequence[0].SourceImageSequence[0]
        called.add(source.ReferencedSOPInstanceUID)


def wilson(hits, count):
    if count == 0:
        return "-"
    z, p = 1.959964, hits / count
    middle = (p + z * z / 2 / count) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / 4 / count / count)
    return f"{p:.3f} [{middle - half:.3f}, {middle + half:.3f}] ({hits} of {count})"


rows = list(csv.DictReader(open(corpus / "labels.csv")))
for row in rows:
    header = pydicom.dcmread(corpus / row["file"], stop_before_pixels=True)
    row["called"] = header.SOPInstanceUID in called
for name in ["all"] + sorted({r["patient"] for r in rows}):
    part = [r for r in rows if name in ("all", r["patient"])]
    ill = [r["called"] for r in part if r["infection_slice_label"] == "1"]
    well = [not r["called"] for r in part if r["infection_slice_label"] == "0"]
    print(f"{name}: sensitivity {wilson(sum(ill), len(ill))}, specificity {wilson(sum(well), len(well))}")
    if name == "all":
        print(f"figure ct_series/sensitivity {sum(ill) / max(1, len(ill)):.3f}")
        print(f"figure ct_series/specificity {sum(well) / max(1, len(well)):.3f}")
