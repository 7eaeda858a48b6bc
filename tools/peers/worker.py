"""How a peer is timed: it prepares one agent, says that it is ready, and then measures whenever it is told to.

Lines on stdin are seconds to measure; each answer is a JSON line {"ms_per_step": x, "steps": n}. So a comparison can
alternate between contestants without compiling anything twice.
"""
import json
import sys
import time


def serve(name, step, wait, period):
    """Answers until stdin ends.

    step: does gradient step number i; wait: returns once all steps are done; period: steps after which costs repeat.
    """
    count = 0

    def run(steps):
        nonlocal count
        start = time.perf_counter()
        for _ in range(steps):
            step(count)
            count += 1
        wait()
        return time.perf_counter() - start

    run(4 * period)  # Compilers work in the first steps.
    estimate = run(2 * period) / (2 * period)
    print(json.dumps({"ready": name}), flush=True)
    for line in sys.stdin:
        steps = max(1, round(float(line) / estimate / period)) * period
        seconds = run(steps)
        estimate = seconds / steps
        print(json.dumps({"ms_per_step": 1e3 * estimate, "steps": steps}), flush=True)
