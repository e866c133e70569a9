#!/usr/bin/env python3
"""How well pneumothorax is found on CT phantoms of exact truth: sensitivity by size, false calls, side
and volume.

usage: Tests/tools/ct_pneumothorax.py WORK [--count 60] [--seed 901] [--size 256] [--slices 40]

Writes the phantoms and their results below WORK. The seed is not one that the method was set up on
(77, see Tests/LungsTests/CTPneumothoraxTests.swift, and 900 in a first run of this program).
"""
import argparse
import json
import math
import pathlib
import sqlite3
import subprocess

parser = argparse.ArgumentParser()
parser.add_argument("work", type=pathlib.Path)
for name, value in (("count", 60), ("seed", 901), ("size", 256), ("slices", 40)):
    parser.add_argument("--" + name, type=int, default=value)
parser.add_argument("--pleura", default=".build/release/pleura")
args = parser.parse_args()
work = args.work
if not (work / "set/MANIFEST.json").exists():
    subprocess.check_call([
        args.pleura, "phantom", "--kind", "ct", "--format", "dicom", "--pneumothorax", "0.5",
        "--count", str(args.count), "--seed", str(args.seed), "--size", str(args.size),
        "--slices", str(args.slices), "--out", work / "set"])
subprocess.call([
    args.pleura, "score", work / "set/studies", "--store", work / "store.sqlite", "--output",
    work / "results"])

step = 240 / args.slices
truth = {}
for file in json.loads((work / "set/MANIFEST.json").read_text())["files"]:
    study = truth.setdefault(file["studyInstanceUID"], {"side": None, "ml": 0.0})
    if file["label"] == "pneumothorax":
        study["side"] = file["side"]
        study["ml"] += file["truthSquareMillimetres"] * step / 1000
rows = sqlite3.connect(work / "store.sqlite").execute(
    "select studyInstanceUID, positive, side, volumeML, sizeShare from latestFinding"
    " where label = 'pneumothorax' and method = 'anatomy'").fetchall()
found = {row[0]: row[1:] for row in rows}
assert set(found) == set(truth), "every study has its finding"


def wilson(hits, count):
    if count == 0:
        return "-"
    z, p = 1.959964, hits / count
    middle = (p + z * z / 2 / count) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / 4 / count / count)
    return f"{p:.3f} [{max(0, middle - half):.3f}, {middle + half:.3f}] ({hits} of {count})"


ill = {uid: t for uid, t in truth.items() if t["side"]}
for name, low, high in (("under 30 ml", 0, 30), ("30 to 150 ml", 30, 150), ("over 150 ml", 150, 1e9)):
    part = [uid for uid, t in ill.items() if low <= t["ml"] < high]
    print(f"sensitivity, {name}: {wilson(sum(found[u][0] for u in part), len(part))}")
healthy = [uid for uid, t in truth.items() if not t["side"]]
false = sum(found[u][0] for u in healthy)
hits = [uid for uid in ill if found[uid][0]]
sides = sum(found[u][1] == ill[u]["side"] for u in hits)
ratios = sorted(found[u][2] / ill[u]["ml"] for u in hits)
print(f"false calls: {wilson(false, len(healthy))}")
print(f"side right, of those found: {wilson(sides, len(hits))}")
if ratios:
    print(f"volume over truth: median {ratios[len(ratios) // 2]:.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")
print(f"figure ct_pneumothorax_sensitivity {sum(found[u][0] for u in ill) / max(1, len(ill)):.3f}")
print(f"figure ct_pneumothorax_false_calls {false / max(1, len(healthy)):.3f}")
