#!/usr/bin/env python3
"""Scores a corpus of DICOM files and holds what became of each file against a manifest.

usage: corpus_table.py CORPUS [--program FILE] [--keep FOLDER]

CORPUS has manifest.csv or dicom/manifest.csv with the columns `file` and `expected`, and may have a
folder ct/ of sound series. Runs `pleura score CORPUS/dicom CORPUS/ct` into a temporary store and
joins it with the manifest. A file that lost to another file of the same SOP Instance UID is scored
once more, alone: that is its verdict. Prints a table (expected, ours, count), then every file that
does not meet its expectation. Exit code 1 when there is one, when the program ends with anything but
0 or 3, or when `pleura audit --balance` does not. Needs only the standard library.
"""
import argparse
import collections
import csv
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parents[2]
CONFLICT = "conflicting-instance"
# A file that is whole, but holds no image.
NO_IMAGE = {
    "no-pixel-data", "media-directory", "structured-report", "radiotherapy", "waveform",
    "encapsulated-document", "presentation-state",
}


class Run:
    """One store with the verdicts of its files: path -> (state, reason)."""

    def __init__(self, program, folder, paths):
        places = ["--store", str(folder / "store.sqlite"), "--output", str(folder / "out")]
        score = subprocess.run(
            [program, "score", *map(str, paths), "--models", str(HERE / "models"), *places],
            capture_output=True, text=True)
        if score.returncode not in (0, 3):
            sys.exit(f"score ended with {score.returncode}: {score.stderr.strip()}")
        self.audit = subprocess.run(
            [program, "audit", "--balance", *places], capture_output=True, text=True)
        store = sqlite3.connect(folder / "store.sqlite")
        self.files = {
            pathlib.Path(path): (state, reason or "")
            for path, state, reason in store.execute("SELECT path, state, reason FROM file")}
        store.close()

    @property
    def problems(self):
        found = []
        if self.audit.returncode != 0:
            found.append("audit: " + self.audit.stdout.strip().replace("\n", "; "))
        return found


def meets(expected, modality, state, reason):
    """Whether a verdict is what the manifest judges; `expected` may end with a remark."""
    refused = state == "quarantined"
    if state in ("pending", "accepted"):
        return False
    kind = expected.split(" ")[0]
    if kind == "readable":
        # Segmentations and the like are images, but none to score.
        return not refused and reason not in NO_IMAGE
    if kind == "readable-not-chest":
        # A CT slice need not say which part of the body it shows.
        return not refused and (state != "scored" or modality == "CT")
    if kind == "non-image":
        return state == "skipped" or (refused and reason in NO_IMAGE)
    if kind in ("reject", "reject-or-flag"):
        return refused
    if kind == "unsupported-transfer-syntax" or kind.startswith("readable-if-"):
        return not refused or reason == kind or reason == "unsupported-transfer-syntax"
    if kind == "reject-or-recover":
        return True
    raise SystemExit(f"the manifest has an unknown expectation: {expected}")


def verdicts(program, corpus, scratch):
    """(path -> (state, reason)), and what went wrong with the runs."""
    paths = [corpus / name for name in ("dicom", "ct") if (corpus / name).is_dir()] or [corpus]
    whole = Run(program, scratch / "whole", paths)
    problems = list(whole.problems)
    files = dict(whole.files)
    for path, (_, reason) in whole.files.items():
        if reason != CONFLICT:
            continue
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            alone = Run(program, pathlib.Path(folder), [path])
        files[path] = alone.files.get(path, ("missing", ""))
        problems += [f"{path.name} alone: {problem}" for problem in alone.problems]
    conflicts = sum(reason == CONFLICT for _, reason in whole.files.values())
    return files, problems, conflicts, whole.audit.stdout.strip()


def rows_of(corpus):
    places = [corpus / "dicom" / "manifest.csv", corpus / "manifest.csv"]
    manifest = next((place for place in places if place.exists()), None)
    if manifest is None:
        sys.exit("no manifest.csv in the corpus")
    with open(manifest, newline="") as file:
        rows = [(manifest.parent / row["file"], row["expected"], row.get("modality", ""))
                for row in csv.DictReader(file)]
    slices = sorted((corpus / "ct").rglob("*.dcm"))
    return rows + [(path, "readable", "CT (ct/)") for path in slices]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--program", default=str(HERE / ".build/release/pleura"))
    parser.add_argument("--keep", type=pathlib.Path, help="keep store and objects in this folder")
    options = parser.parse_args()
    corpus = options.corpus.resolve()
    rows = rows_of(corpus)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep.resolve() if options.keep else pathlib.Path(scratch)
        (folder / "whole").mkdir(parents=True, exist_ok=True)
        files, problems, conflicts, audit = verdicts(options.program, corpus, folder)
    table = collections.Counter()
    unmet = []
    for path, expected, modality in rows:
        state, reason = files.get(path, ("not in the store", ""))
        ours = state + (f" ({reason})" if reason else "")
        table[expected.split(" ")[0], ours] += 1
        if not meets(expected, modality, state, reason):
            unmet.append(f"{path.name}: expected {expected}; ours {ours}")
    print("| expected | ours | files |\n|---|---|---|")
    for (expected, ours), count in sorted(table.items()):
        print(f"| {expected} | {ours} | {count} |")
    print(f"\n{audit}")
    print(f"{conflicts} files share the SOP Instance UID of another and were judged alone")
    print(f"{len(rows)} files of the manifest and ct/, {len(unmet)} do not meet their expectation")
    for line in unmet + problems:
        print("  " + line)
    return 1 if unmet or problems else 0


if __name__ == "__main__":
    sys.exit(main())
