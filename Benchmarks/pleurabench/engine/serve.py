"""The line protocol of a measured process, the same as `pleura engine run --interactive`.

It prints a line `loaded`; then each line `run` on stdin is answered by one line of JSON with wall
and CPU seconds (all threads of the process); `quit` or the end of stdin ends it.
"""

import json
import sys
import time


def answer(**fields):
    print(json.dumps(fields), flush=True)


def resident_mib():
    """The resident set now: what Python and the packages took before the model was loaded."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def serve(load):
    """`load()` gives the function that runs once; what that returns joins the answer."""
    base = resident_mib()
    start = time.perf_counter()
    once = load()
    spent = time.perf_counter() - start
    answer(type="loaded", milliseconds=spent * 1000, baseMiB=base)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        wall, cpu = time.perf_counter(), time.process_time()
        more = once() or {}
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        answer(type="run", wall=wall, cpu=cpu, **more)
