"""The measured processes: ours and the peers, one line protocol, pinned to cores."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

# Tuning of our OpenBLAS would reach the one inside numpy or torch.
OURS_ONLY = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class Failed(Exception):
    """A process that stopped or said something else: no measurement."""


@dataclass
class Cost:
    """One run: wall and CPU seconds."""

    wall: float
    cpu: float
    more: dict = field(default_factory=dict)


def peer_command(module, *arguments):
    return [sys.executable, "-m", f"pleurabench.engine.{module}", *map(str, arguments)]


class Remote:
    """A process that has loaded its model and waits for `run`."""

    def __init__(self, label, command, threads, ours):
        self.label = label
        environment = dict(os.environ)
        if not ours:
            for name in OURS_ONLY:
                environment.pop(name, None)
            environment["OMP_NUM_THREADS"] = str(threads)
        self.log = tempfile.TemporaryFile()
        self.start = time.perf_counter()
        self.process = subprocess.Popen(
            ["taskset", "-c", cores(threads), *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=environment,
        )  # fmt: skip
        self.loaded = self.line("loaded")

    def line(self, kind):
        """The next line of that type; lines of other types are passed over."""
        while True:
            text = self.process.stdout.readline()
            if not text:
                self.fail("ended early")
            try:
                fields = json.loads(text)
            except ValueError:
                self.fail(f"printed {text[:80]!r}")
            if fields.get("type") == kind:
                return fields

    def run(self):
        try:
            self.process.stdin.write(b"run\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.fail("ended early")
        fields = self.line("run")
        more = {k: v for k, v in fields.items() if k not in ("type", "wall", "cpu")}
        return Cost(fields["wall"], fields["cpu"], more)

    def first_result(self):
        """From the start of the process to the first result: wall and CPU seconds."""
        self.run()
        wall = time.perf_counter() - self.start
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return Cost(wall, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))

    def peak_mib(self):
        """VmHWM: the largest resident set so far."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def fail(self, why):
        self.process.kill()
        self.process.wait()
        self.log.seek(0)
        tail = self.log.read().decode(errors="replace").strip().splitlines()[-6:]
        raise Failed(f"{self.label} {why}: " + " | ".join(tail))

    def close(self):
        if self.process.poll() is None:
            try:
                self.process.stdin.write(b"quit\n")
                self.process.stdin.flush()
                self.process.wait(timeout=30)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.log):
            try:
                stream.close()
            except BrokenPipeError:
                pass


def cores(threads):
    """The last cores this process may use, as taskset writes them."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < threads:
        raise Failed(f"{threads} threads need {threads} cores")
    return ",".join(map(str, allowed[-threads:]))


class Fleet:
    """Several processes that run in turn: `with Fleet({label: start}) as fleet`."""

    def __init__(self, starts):
        self.starts = starts
        self.remotes = {}
        self.warm = {}

    def __enter__(self):
        try:
            for label, start in self.starts.items():
                self.remotes[label] = start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for remote in self.remotes.values():
            remote.close()

    def interleave(self, rounds):
        """A B C A B C ...: what else runs on the machine meets all. The first round only warms up.
        The costs by label, in order of the rounds."""
        self.warm = {label: remote.run() for label, remote in self.remotes.items()}
        costs = {label: [] for label in self.remotes}
        for _ in range(rounds):
            for label, remote in self.remotes.items():
                costs[label].append(remote.run())
        return costs

    def peaks(self):
        return {label: remote.peak_mib() for label, remote in self.remotes.items()}
