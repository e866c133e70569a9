"""From a radiograph's rename into the inbox to its row in the worklist, one film at a time."""

import os
import time

from .harness import quantile, say
from .process import Running

PLACED = "SELECT priority FROM study WHERE studyInstanceUID = ? AND priority IS NOT NULL"
LIMIT = 120


def bench(settings, figures, films):
    folder = settings.work / "watch"
    inbox = folder / "inbox"
    inbox.mkdir(parents=True)
    running = Running(settings, folder, ["watch", str(inbox)])
    seconds = []
    cpu = 0.0
    for number, (path, study) in enumerate(films):
        if number == 1:
            cpu = running.cpu()  # the first film waits for the start and is not counted
        seconds.append(arrive(running, path, inbox, study))
        time.sleep(0.2)
    cpu = (running.cpu() - cpu) / (len(films) - 1)
    peak = running.peak_mib()
    running.stop()
    seconds = seconds[1:]
    p50, p95 = quantile(seconds, 0.5), quantile(seconds, 0.95)
    say(
        f"watch: {len(seconds)} films: p50 {p50:.2f} s, p95 {p95:.2f} s,"
        f" least {min(seconds):.2f} s, most {max(seconds):.2f} s; {cpu:.2f} s CPU a film,"
        f" peak {peak:.0f} MiB"
    )
    figures.add("watch/p50-seconds", p50)
    figures.add("watch/p95-seconds", p95)
    figures.add("watch/cpu-seconds-per-film", cpu)
    figures.add("watch/peak-mib", peak, 0)


def arrive(running, path, inbox, study):
    """Renames a finished file in and waits for its study's place in the worklist."""
    start = time.perf_counter()
    os.rename(path, inbox / path.name)
    while not running.query(PLACED, study):
        if not running.is_running() or time.perf_counter() - start > LIMIT:
            running.fail("watch did not place a film")
        time.sleep(0.005)
    return time.perf_counter() - start
