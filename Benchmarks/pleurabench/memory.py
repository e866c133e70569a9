"""Memory and rate of `score` over many radiographs: the second half must not add to the first."""

import time

from .harness import say
from .process import Running

SETTLED = "SELECT count(*) FROM study WHERE state <> 'pending'"
SCORED = "SELECT count(*) FROM study WHERE state = 'scored'"


def bench(settings, figures, films):
    inbox = films[0][0].parent
    running = Running(settings, settings.work / "score", ["score", str(inbox)])
    first = begun = None
    second = cpu = 0.0
    looked = 0.0
    while running.is_running():
        peak = running.peak_mib()
        if peak is None:
            break
        second = peak
        now = time.perf_counter()
        if now - looked > 0.25:
            looked = now
            cpu = running.cpu()
            settled = (running.query(SETTLED) or [(0,)])[0][0]
            if begun is None and settled > 0:
                begun = (now, settled, cpu)
            if first is None and settled * 2 >= len(films):
                first = peak
                running.forget_peak()
        time.sleep(0.02)
    running.process.wait()
    ended = time.perf_counter()
    scored = running.query(SCORED)[0][0]
    if running.process.returncode != 0 or scored != len(films) or first is None:
        running.fail(f"score ended with {running.process.returncode} after {scored} films")
    report(figures, len(films), ended - begun[0], len(films) - begun[1], cpu, first, second)


def report(figures, count, wall, timed, cpu, first, second):
    say(
        f"score: {count} films; peak {first:.1f} MiB in the first half, {second:.1f} MiB in the"
        f" second; {timed / wall:.2f} films a second, {cpu / count:.3f} s CPU a film"
    )
    figures.add("score/peak-mib", max(first, second), 1)
    figures.add("score/second-half-growth-mib", second - first, 1)
    figures.add("score/films-per-second", timed / wall)
    figures.add("score/cpu-seconds-per-film", cpu / count, 3)
