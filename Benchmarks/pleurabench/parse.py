"""Files parsed a second, against pydicom on the same files."""

import csv
import json

from .harness import compare, interleave, last_core, run, run_peer


def bench(settings, figures, folders):
    for name, folder in folders.items():
        measure(settings, figures, name, folder)


def measure(settings, figures, name, folder):
    core = last_core()
    count = len(list(folder.rglob("*.dcm")))
    command = [settings.pleura, "inspect", str(folder), "--workers", "1", "--format", "csv"]
    pairs = interleave(
        lambda: run(command, core),
        lambda: run_peer("parse", folder, core),
        settings.pick(7, 3),
    )
    ours, theirs = pairs[0]
    rows = csv.DictReader(ours.output.splitlines())
    seen = sorted(f"{r['transfer-syntax']} {r['rows']} {r['columns']}" for r in rows)
    if seen != json.loads(theirs.output):
        raise SystemExit("bench: the peer read other headers than pleura")
    compare(name, pairs, figures, (count, "files"))
