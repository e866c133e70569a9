"""What one run of the benchmark measures, and how often."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..harness import say
from .remote import Failed, Remote, peer_command

PARTS = ["ratio", "threads", "batch8", "first", "error"]


@dataclass
class Settings:
    pleura: str
    work: Path
    quick: bool
    peers_only: bool
    parts: set

    def pick(self, full, quick):
        return quick if self.quick else full

    def folder(self, case):
        """The folder of a case with everything export.py writes, made where it is not there."""
        folder = self.work / case.name
        if not (folder / "about.json").exists():
            say(f"{case.name}: exports the network")
            done = subprocess.run(
                peer_command("export", case.name, folder), capture_output=True, text=True
            )
            if done.returncode != 0:
                sys.stderr.write(done.stderr)
                raise Failed(f"{case.name} was not exported")
        return folder

    def gflop(self, case):
        return json.loads((self.work / case.name / "about.json").read_text())["gflop"]

    def ours(self, *arguments, threads=1):
        """Starts the binary in `pleura engine ... --interactive`."""
        command = [self.pleura, "engine", *map(str, arguments), "--threads", str(threads)]
        return Remote("pleura", command + ["--interactive"], threads, ours=True)

    def peer(self, label, module, *arguments, threads=1):
        return Remote(label, peer_command(module, *arguments), threads, ours=False)
