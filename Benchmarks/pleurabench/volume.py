"""A CT series from files to a sorted volume in Hounsfield units, against pydicom and numpy."""

import json

from .harness import compare, interleave, last_core, run, run_peer


def bench(settings, figures, folders):
    core = last_core()
    for name, folder in folders.items():
        command = [
            settings.pleura, "inspect", "--volume", str(folder), "--workers", "1",
            "--format", "json",
        ]  # fmt: skip
        pairs = interleave(
            lambda: run(command, core),
            lambda: run_peer("volume", folder, core),
            settings.pick(5, 3),
        )
        check(json.loads(pairs[0][0].output), json.loads(pairs[0][1].output))
        compare(f"ct-volume/{name}", pairs, figures)


def check(ours, theirs):
    """Both hold the same voxels, as far as count, extremes, mean and spacing tell."""
    same = len(ours) == 1 and ours[0]["slices"] == theirs["slices"]
    for column, key in (
        ("slice-spacing-mm", "spacing"),
        ("least-hu", "least"),
        ("mean-hu", "mean"),
        ("most-hu", "most"),
    ):
        same = same and abs(ours[0][column] - theirs[key]) < 1e-3
    if not same:
        raise SystemExit("bench: the peer built another volume than pleura")
