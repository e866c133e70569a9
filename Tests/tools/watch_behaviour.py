#!/usr/bin/env python3
"""How `pleura watch` takes files: what a unit test cannot show of the built program.

usage: Tests/tools/watch_behaviour.py [--pleura FILE] [--models DIR]

Prints a line a check and exits 1 when one fails. Takes about a minute.
"""
import argparse
import hashlib
import os
import pathlib
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--pleura", default=".build/release/pleura")
parser.add_argument("--models", default="models")
arguments = parser.parse_args()
pleura = str(pathlib.Path(arguments.pleura).resolve())
models = str(pathlib.Path(arguments.models).resolve())
work = pathlib.Path(tempfile.mkdtemp(prefix="pleura-watch-"))
QUIET = 3.0
failed = 0


def check(holds, text):
    global failed
    failed += not holds
    print(("ok    " if holds else "FAIL  ") + text, flush=True)


class Watch:
    """One running `watch` with an inbox, a store and an output folder of its own."""

    def __init__(self, name, *flags):
        self.root = work / name
        self.inbox, self.store = self.root / "inbox", self.root / "store.sqlite"
        self.output = self.root / "out"
        self.inbox.mkdir(parents=True)
        self.said = open(self.root / "stderr", "w")
        self.child = subprocess.Popen(
            [pleura, "watch", str(self.inbox), "--store", str(self.store), "--output",
             str(self.output), "--models", models, "--quiet", str(QUIET), "--rescan", "5", *flags],
            stdout=subprocess.DEVNULL, stderr=self.said)
        # The store is there before the inbox is looked at: give the watches a moment.
        self.until(lambda: self.rows("SELECT 1 FROM study") is not None, 20)
        time.sleep(0.5)

    def rows(self, query):
        try:
            with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as database:
                return database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return None

    def states(self):
        return sorted(state for (state,) in self.rows("SELECT state FROM file") or [])

    def until(self, holds, seconds):
        """Seconds until it held; None when it did not."""
        start = time.monotonic()
        while time.monotonic() < start + seconds:
            if holds():
                return time.monotonic() - start
            time.sleep(0.02)
        return None

    def stop(self, number=signal.SIGTERM):
        self.child.send_signal(number)
        start = time.monotonic()
        code = self.child.wait(timeout=60)
        self.said.close()
        return code, time.monotonic() - start

    def balances(self):
        done = subprocess.run(
            [pleura, "audit", "--balance", "--store", str(self.store), "--output",
             str(self.output)], capture_output=True, text=True)
        return done.returncode == 0, done.stdout.splitlines()[0]


def digests(folder):
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest())
            for path in folder.rglob("*") if path.is_file()}


def drop(source, inbox, name):
    shutil.copy(source, inbox / (name + ".part"))
    os.rename(inbox / (name + ".part"), inbox / name)


def make(kind, count, size, seed, *flags):
    target = work / f"{kind}-{seed}"
    subprocess.run([pleura, "phantom", "--kind", kind, "--format", "dicom", "--count", str(count),
                    "--size", str(size), "--seed", str(seed), "--out", str(target), *flags],
                   check=True, stdout=subprocess.DEVNULL)
    return sorted((target / "studies").rglob("*.dcm"))


def arrivals(films):
    watch = Watch("arrivals")
    # Renamed in: one film goes at once, without waiting for quiet.
    seconds = []
    for number, film in enumerate(films[:6], 1):
        start = time.monotonic()
        drop(film, watch.inbox, f"renamed-{number}.dcm")
        took = watch.until(lambda: watch.states().count("scored") == number, 20)
        seconds.append(took if took is None else time.monotonic() - start)
    whole = None not in seconds
    shown = " ".join("never" if one is None else f"{one:.2f}" for one in seconds)
    check(whole and statistics.median(seconds) < QUIET,
          f"one-file radiograph, rename to worklist row: {shown} s (quiet {QUIET} s)")

    # A temporary name is not taken, however long it lies there.
    shutil.copy(films[6], watch.inbox / "seventh.dcm.part")
    time.sleep(6)
    check(len(watch.states()) == 6, "a .part file is left alone over a rescan")
    os.rename(watch.inbox / "seventh.dcm.part", watch.inbox / "seventh.dcm")
    check(watch.until(lambda: watch.states().count("scored") == 7, 20) is not None,
          "the same file renamed is scored")

    # Written in pieces under its own name, closed and opened again between them.
    content, early = films[7].read_bytes(), False
    piece = len(content) // 8 + 1
    for begin in range(0, len(content), piece):
        early |= len([s for s in watch.states() if s not in ("pending",)]) != 7
        with open(watch.inbox / "slow.dcm", "ab") as file:
            file.write(content[begin:begin + piece])
        time.sleep(0.7)
    took = watch.until(lambda: watch.states().count("scored") == 8, 30)
    check(not early and took is not None and "quarantined" not in watch.states(),
          f"a file in 8 pieces over {0.7 * 8:.1f} s: not taken early, scored after the last piece")

    # The same bytes under another name.
    drop(films[0], watch.inbox, "again.dcm")
    check(watch.until(lambda: watch.states().count("duplicate") == 1, 20) is not None,
          "the same bytes again: duplicate")
    runs = watch.rows("SELECT count(*) FROM run")
    check(runs == [(8,)], f"and no second run: {runs}")
    before = digests(watch.inbox)
    code, took = watch.stop()
    check(code == 143, f"SIGTERM while idle: {code} after {took:.2f} s")
    expected = {f"renamed-{n}.dcm": films[n - 1] for n in range(1, 7)} | {
        "seventh.dcm": films[6], "slow.dcm": films[7], "again.dcm": films[0]}
    same = {name: digest for name, (_, digest) in before.items()} == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in expected.items()}
    check(same, "--after keep: the inbox holds what was dropped, byte for byte")
    check(watch.balances()[0], "audit: " + watch.balances()[1])


def quiet_study(slices):
    watch = Watch("quiet")
    drop(slices[0], watch.inbox, "1.dcm")
    time.sleep(QUIET / 2)
    for number, path in enumerate(slices[1:], 2):
        drop(path, watch.inbox, f"{number}.dcm")
    scored = lambda: watch.states().count("scored")
    took = watch.until(lambda: scored() > 0, 60)
    check(took is not None and took > QUIET - 0.5,
          f"a study of {len(slices)} files waits for quiet: scored {took or -1:.1f} s after the last")
    check(watch.until(lambda: scored() == len(slices), 5) is not None
          and watch.rows("SELECT count(*) FROM run") == [(1,)], "all of it, in one run")
    check(watch.stop()[0] == 143 and watch.balances()[0], "audit: " + watch.balances()[1])


def drain(films):
    watch = Watch("drain")
    for number, film in enumerate(films):
        drop(film, watch.inbox, f"{number}.dcm")
    watch.until(lambda: "scored" in watch.states(), 20)
    code, took = watch.stop()
    states = watch.states()
    check(code == 143 and watch.balances()[0],
          f"SIGTERM in work: {code} after {took:.2f} s; {states.count('scored')} of {len(films)}"
          f" scored; {watch.balances()[1]}")
    left = [path for path in watch.output.rglob(".pleura-*")]
    check(not left, "no temporary file is left")


def after(mode, films):
    watch = Watch(mode, "--after", mode)
    (watch.inbox / "broken.dcm").write_bytes(films[0].read_bytes()[:5000])
    early, count = False, len(films)
    for number, film in enumerate(films):
        drop(film, watch.inbox, f"{number}.dcm")
    end = time.monotonic() + 30
    gone = 0
    while gone < count and time.monotonic() < end:
        # In this order: whatever is gone now must have been scored before the second look.
        gone = count - sum((watch.inbox / f"{n}.dcm").exists() for n in range(count))
        early |= gone > watch.states().count("scored")
        time.sleep(0.01)
    check(gone == count and not early,
          f"--after {mode}: {gone} of {count} gone, none before it was scored")
    if mode == "move":
        names = {path.name for path in (watch.output / "done").iterdir()}
        hashes = {hashlib.sha256(film.read_bytes()).hexdigest() for film in films}
        check(names == hashes, "done/ holds each under its SHA-256")
    watch.until(lambda: "quarantined" in watch.states(), 30)
    check((watch.inbox / "broken.dcm").exists() and "quarantined" in watch.states(),
          f"--after {mode}: the broken file is quarantined and stays")
    check(watch.stop()[0] == 143 and watch.balances()[0], "audit: " + watch.balances()[1])


try:
    films = make("radiograph", 12, 256, 21)
    slices = make("ct", 1, 128, 22, "--slices", "6")
    arrivals(films)
    quiet_study(slices)
    drain(films)
    after("move", films[:4])
    after("delete", films[:4])
    print("all hold" if failed == 0 else f"{failed} do not hold")
    sys.exit(1 if failed else 0)
finally:
    shutil.rmtree(work, ignore_errors=True)
