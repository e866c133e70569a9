#!/usr/bin/env python3
"""kill -9 at random moments, then the same command again: what is left must be what one
uninterrupted run leaves.

usage: Tests/tools/kill_rerun.py [score|watch] [--kills N] [--seed S] [--pleura FILE]

Compares the canonical lines of the store (`pleura store check --lines`), every object below the
output folder byte by byte, and asks the audit; also looks for temporary files. Exit 1 on any
difference.
"""
import argparse
import hashlib
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("mode", nargs="?", default="score", choices=["score", "watch"])
parser.add_argument("--kills", type=int, default=20)
parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
parser.add_argument("--pleura", default=".build/release/pleura")
arguments = parser.parse_args()
pleura = str(pathlib.Path(arguments.pleura).resolve())
models = str(pathlib.Path("models").resolve())
chance = random.Random(arguments.seed)
print(f"mode {arguments.mode}, seed {arguments.seed}")
work = pathlib.Path(tempfile.mkdtemp(prefix="pleura-kill-"))


def run(*words, check=True):
    done = subprocess.run([pleura, *map(str, words)], capture_output=True, text=True)
    if check and done.returncode not in (0, 3):
        sys.exit(f"{words[0]} ended with {done.returncode}: {done.stderr[-400:]}")
    return done


def options(name):
    return ["--store", work / name / "store.sqlite", "--output", work / name / "out", "--models", models]


def results(name):
    return options(name)[:4]


def tree(name):
    """Every file of the output folder but those of quarantine, whose names carry ledger numbers."""
    root = work / name / "out"
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*")) if path.is_file() and "quarantine" not in path.parts
    }


def lines(name):
    return run("store", "check", "--lines", *results(name)[:2]).stdout.splitlines()


def quarantined(name):
    return sorted(
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (work / name / "out" / "quarantine").rglob("*")
        if path.is_file() and path.suffix != ".json")


def make_input():
    run("phantom", "--kind", "radiograph", "--format", "dicom", "--count", 24, "--size", 384,
        "--seed", 11, "--out", work / "films")
    run("phantom", "--kind", "ct", "--format", "dicom", "--count", 3, "--size", 160, "--slices", 12,
        "--seed", 12, "--out", work / "ct")
    source = work / "input"
    shutil.copytree(work / "films" / "studies", source / "films")
    shutil.copytree(work / "ct" / "studies", source / "ct")
    first = sorted(source.rglob("*.dcm"))[0]
    shutil.copy(first, source / "copy.dcm")
    (source / "cut.dcm").write_bytes(first.read_bytes()[: first.stat().st_size // 2])
    (source / "page.html").write_text("<html></html>")
    return source


def scored(name):
    audit = run("audit", "--balance", *results(name), check=False)
    return audit.returncode, audit.stdout


def score_with_kills(source):
    started = time.monotonic()
    run("score", source, *options("one"))
    whole = time.monotonic() - started
    kills = 0
    while kills < arguments.kills:
        child = subprocess.Popen([pleura, "score", str(source), *map(str, options("many"))],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.03, max(0.2, whole / 4)))
        if child.poll() is None:
            kills += 1
        child.send_signal(signal.SIGKILL)
        child.wait()
        if child.returncode in (0, 3):  # it got through: begin a new store
            compare(f"after {kills} kills")
            shutil.rmtree(work / "many")
    run("score", source, *options("many"))


def wait_until_settled(name, files, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        code, text = scored(name)
        if code == 0 and text.startswith(f"{files} files") and "+ 0 pending" in text:
            return
        time.sleep(0.3)
    sys.exit(f"{name}: not settled: {scored(name)[1]}")


def watch(name, inbox):
    (work / name).mkdir(exist_ok=True)
    return subprocess.Popen(
        [pleura, "watch", str(inbox), *map(str, options(name)), "--quiet", "1.5", "--rescan", "3"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def drop(path, source, inbox):
    target = inbox / path.relative_to(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, str(target) + ".part")
    (pathlib.Path(str(target) + ".part")).rename(target)


def watch_with_kills(source):
    files = sorted(path for path in source.rglob("*") if path.is_file())
    # The twin of a file may come before or after it: give both runs the same order.
    for name in ("one", "many"):
        inbox = work / ("inbox-1" if name == "one" else "inbox-2")
        inbox.mkdir()
        waiting = list(files)
        kills = 0 if name == "many" else arguments.kills
        child = watch(name, inbox)
        while waiting or kills < arguments.kills:
            for path in waiting[:3]:
                drop(path, source, inbox)
            waiting = waiting[3:]
            time.sleep(chance.uniform(0.05, 0.6))
            if kills < arguments.kills:
                child.send_signal(signal.SIGKILL)
                child.wait()
                kills += 1
                child = watch(name, inbox)
        wait_until_settled(name, len(files))
        child.send_signal(signal.SIGTERM)
        if child.wait(timeout=60) != 143:
            sys.exit(f"watch ended with {child.returncode}, not with 143")


differences = []


def compare(when):
    a, b = lines("one"), lines("many")
    if arguments.mode == "watch":
        # Paths differ by the inbox (names of one length: the lines carry lengths).
        a = [line.replace("inbox-1", "inbox-0") for line in a]
        b = [line.replace("inbox-2", "inbox-0") for line in b]
    if a != b:
        extra = [line for line in b if line not in a][:5]
        missing = [line for line in a if line not in b][:5]
        differences.append(f"{when}: store differs: {len(extra)} extra {extra}, missing {missing}")
    one, many = tree("one"), tree("many")
    for path in sorted(set(one) | set(many)):
        if one.get(path) != many.get(path):
            differences.append(f"{when}: object differs: {path}")
    if quarantined("one") != quarantined("many"):
        differences.append(f"{when}: quarantine differs")
    code, text = scored("many")
    if code != 0:
        differences.append(f"{when}: audit: {text}")


source = make_input()
try:
    (score_with_kills if arguments.mode == "score" else watch_with_kills)(source)
    compare("at the end")
    print(scored("many")[1].splitlines()[0])
    for difference in differences:
        print(difference)
    print(f"{arguments.kills} kills, {len(differences)} differences")
    sys.exit(1 if differences else 0)
finally:
    shutil.rmtree(work)
