#!/usr/bin/env python3
"""Kills a training of the three-step method again and again and compares its last bits.

    Tests/tools/kill_train.py [--pleura .build/release/pleura] [--models models] [--out DIR] [--seed N]

A tiny form of the mini recipe runs once undisturbed, and once with SIGKILL at random moments until
it is through. Model, golden vectors and figures must be the same byte by byte. Exit 1 where they
are not.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile
import time

TINY = [
    "sources.0.count=32", "sources.1.count=12", "sources.2.count=12", "preparation.width=64",
    "preparation.height=64", "classifier.epochs=3", "classifier.stepsPerEpoch=6",
    "classifier.checkpointEvery=2", "affinity.learning.epochs=2",
    "affinity.learning.stepsPerEpoch=4", "segmentation.learning.epochs=2",
    "segmentation.learning.stepsPerEpoch=6", "segmentation.ceiling=null",
]


def command(options, out):
    parts = [options.pleura, "train", "pneumothorax", "--config", "mini", "--models", options.models]
    parts += ["--out", str(out), "--threads", str(random.choice([1, 2]))]
    return parts + [word for change in TINY for word in ("--set", change)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pleura", default=".build/release/pleura")
    parser.add_argument("--models", default="models")
    parser.add_argument("--out", default=None)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 30)
    random.seed(seed)
    print(f"seed {seed}")
    root = pathlib.Path(options.out or tempfile.mkdtemp(prefix="kill-train-"))
    whole, parts = root / "whole", root / "parts"
    start = time.monotonic()
    subprocess.run(command(options, whole), check=True, stderr=subprocess.DEVNULL)
    length = time.monotonic() - start
    kills = 0
    while True:
        run = subprocess.Popen(command(options, parts), stderr=subprocess.DEVNULL)
        try:
            code = run.wait(timeout=random.uniform(0.1, 0.5) * length if kills < 25 else None)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
            kills += 1
            continue
        if code != 0:
            print(f"ended with {code} after {kills} kills", file=sys.stderr)
            return 1
        break
    names = ["model.json", "weights.safetensors", "golden.safetensors", "figures.json", "dataset.json"]
    different = [n for n in names if (whole / n).read_bytes() != (parts / n).read_bytes()]
    print(f"figure train_kills {kills}")
    print(f"figure train_files_that_differ {len(different)}")
    if different:
        print("differ: " + ", ".join(different), file=sys.stderr)
    return 1 if different or kills == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
