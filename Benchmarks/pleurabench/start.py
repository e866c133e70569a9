"""What starting the process costs: it is part of every other figure."""

import statistics

from .harness import last_core, run, say


def bench(settings, figures):
    core = last_core()
    costs = [run([settings.pleura, "--version"], core) for _ in range(settings.pick(25, 10))]
    wall = statistics.median(c.wall for c in costs)
    cpu = statistics.median(c.cpu for c in costs)
    say(f"start: {wall * 1000:.0f} ms wall, {cpu * 1000:.0f} ms CPU")
    figures.add("start/wall-milliseconds", wall * 1000, 1)
    figures.add("start/cpu-milliseconds", cpu * 1000, 1)
