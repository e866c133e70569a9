#!/usr/bin/env python3
"""What `pleura score --series-model nodule-ct` found in phantom series against their exact truth.

usage: Tests/tools/nodule_series.py PHANTOMS STORE RESULTS   (needs pydicom, numpy, scikit-image)

PHANTOMS is a folder of `pleura phantom --kind ct --format dicom --lesions nodule`, STORE and RESULTS
the --store and --output of a run over it.
"""
import glob
import json
import math
import pathlib
import sqlite3
import sys

import numpy
import pydicom
from skimage.io import imread

phantoms, store, results = map(pathlib.Path, sys.argv[1:4])


def wilson(hits, count):
    if count == 0:
        return "-"
    z, p = 1.959964, hits / count
    middle = (p + z * z / 2 / count) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / 4 / count / count)
    return f"{p:.3f} [{middle - half:.3f}, {middle + half:.3f}] ({hits} of {count})"


rows = sqlite3.connect(store).execute(
    "select st.studyInstanceUID, f.positive from finding f join study st on st.id = f.studyID"
    " where f.label = 'nodule'").fetchall()
called = {uid: bool(positive) for uid, positive in rows}
drawn = {}
for path in glob.glob(str(results / "*/*/nodule-*.seg.dcm")):
    seg = pydicom.dcmread(path)
    frames = seg.pixel_array.reshape(-1, seg.Rows, seg.Columns)
    for frame, group in zip(frames, seg.PerFrameFunctionalGroupsSequence):
        uid = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        drawn[uid] = drawn.get(uid, 0) | (frame > 0)
series, slices, hits, empty = {}, 0, 0, 0
for file in json.loads((phantoms / "MANIFEST.json").read_text())["files"]:
    study, sop = file["studyInstanceUID"], file["sopInstanceUID"]
    own = series.setdefault(study, {"ill": False, "hit": False})
    if file.get("truth"):
        truth = imread(phantoms / file["truth"]) > 0
        own["ill"] = True
        slices += 1
        if sop in drawn and numpy.any(drawn[sop] & truth):
            hits += 1
            own["hit"] = True
ill = [s for s in series if series[s]["ill"]]
well = [s for s in series if not series[s]["ill"]]
print("series with a nodule called:", wilson(sum(called.get(s, False) for s in ill), len(ill)))
print("series without called:", wilson(sum(called.get(s, False) for s in well), len(well)))
print("series with a nodule in which one is drawn where it is:",
      wilson(sum(series[s]["hit"] for s in ill), len(ill)))
print("nodule slices with a drawing on the nodule:", wilson(hits, slices))
