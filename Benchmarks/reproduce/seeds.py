#!/usr/bin/env python3
"""Trains one chain with several seeds and says how well each step finds the label.

    Benchmarks/reproduce/seeds.py --out DIR [--pleura .build/release/pleura] [--seeds 1 2 3 4 5]
        [--parallel N] [--threads N] [--variant NAME=field=value,field=value ...] -- TRAIN ARGUMENTS

TRAIN ARGUMENTS go to `pleura train`, such as `pneumothorax --config mini`. Each seed gets its own
recipe seed and, where the first source is phantoms, its own training phantoms; validation and test
stay the same. A variant is a named set of --set changes; without one there is the recipe as it is.
Per variant and step: the mean over the seeds and its 95 % interval by Student's t.
"""
import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import sys

T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
FIGURES = ["dice", "pixelAP", "mIoU", "hitRate", "bestPooledDice"]


def value(figures, key):
    found = figures.get(key)
    return found["value"] if isinstance(found, dict) else found


def train(options, variant, changes, seed):
    out = pathlib.Path(options.out) / variant / f"seed-{seed}"
    command = [options.pleura, "train", *options.train, "--out", str(out)]
    command += ["--threads", str(options.threads), "--set", f"seed={seed}"]
    if not options.same_phantoms:
        command += ["--set", f"sources.0.seed={seed}"]
    for change in changes:
        command += ["--set", change]
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{out}.log", "ab") as log:
        subprocess.run(command, stdout=log, stderr=log, check=True)
    return json.loads((out / "figures.json").read_text())


def summary(values):
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    mean = statistics.fmean(values)
    if len(values) == 1:
        return f"{mean:.3f}"
    half = T95[len(values) - 1] * statistics.stdev(values) / len(values) ** 0.5
    return f"{mean:.3f} ± {half:.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--pleura", default=".build/release/pleura")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--variant", action="append", default=[])
    parser.add_argument("--same-phantoms", action="store_true")
    parser.add_argument("train", nargs="+")
    options = parser.parse_args()
    variants = {"recipe": []}
    if options.variant:
        variants = {}
        for text in options.variant:
            name, _, changes = text.partition("=")
            variants[name] = [c for c in changes.split(";") if c]
    jobs = [(v, c, s) for v, c in variants.items() for s in options.seeds]
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        futures = {(v, s): pool.submit(train, options, v, c, s) for v, c, s in jobs}
    results, failed = {}, 0
    for (variant, seed), future in futures.items():
        try:
            results.setdefault(variant, {})[seed] = future.result()
        except Exception as error:
            failed += 1
            print(f"{variant} seed {seed}: {error}", file=sys.stderr)
    for variant, runs in results.items():
        steps = [f["step"] for f in next(iter(runs.values()))]
        print(f"\n{variant}, {len(runs)} seeds, positives only")
        print("| step | " + " | ".join(FIGURES) + " |\n|---|" + "---|" * len(FIGURES))
        for place, step in enumerate(steps):
            cells = [summary([value(r[place], key) for r in runs.values()]) for key in FIGURES]
            print(f"| {step} | " + " | ".join(cells) + " |")
            mean = [value(r[place], "dice") for r in runs.values()]
            name = "".join(c if c.isalnum() else "_" for c in f"{variant}_{step}")
            print(f"figure {name}_dice {statistics.fmean(mean):.4f}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
