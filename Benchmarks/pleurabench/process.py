"""A running pleura seen from outside: /proc and the store."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path


class Running:
    """A `pleura score` or `watch` with its store; everything below one folder."""

    def __init__(self, settings, folder, arguments):
        folder.mkdir(parents=True, exist_ok=True)
        self.store = folder / "store.sqlite"
        self.log = open(folder / "log", "w+b")
        command = [settings.pleura] + arguments + [
            "--store", str(self.store), "--output", str(folder / "output"),
            "--models", settings.models,
        ]  # fmt: skip
        self.start = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.proc = Path(f"/proc/{self.process.pid}")

    def query(self, sql, *values):
        """Rows of the store; none while it is not there yet."""
        try:
            with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=1) as store:
                return store.execute(sql, values).fetchall()
        except sqlite3.OperationalError:
            return []

    def cpu(self):
        """User and system seconds so far."""
        fields = (self.proc / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self):
        """VmHWM: the largest resident set since the start or the last `forget_peak`; None once
        the process has ended."""
        try:
            for line in (self.proc / "status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        except (FileNotFoundError, ProcessLookupError):
            pass
        return None

    def forget_peak(self):
        """Sets VmHWM to the present resident set (proc(5), clear_refs)."""
        (self.proc / "clear_refs").write_text("5")

    def is_running(self):
        return self.process.poll() is None

    def fail(self, why):
        self.process.kill()
        self.process.wait()
        self.log.seek(0)
        sys.stderr.write(self.log.read().decode(errors="replace"))
        raise SystemExit(f"bench: {why}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.log.close()
