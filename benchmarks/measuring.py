"""Clocks that compare: A B A B in one process, medians; peaks and first runs of fresh processes."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Clock = Callable[[], float]
CHILD = Path(__file__).with_name("child.py")
MIB = 2**20


def interleaved(
    works: Mapping[str, Callable[[], object]], repeats: int, clock: Clock = time.process_time
) -> dict[str, float]:
    """Median seconds of each work: all of them once, then all again, so that what slows the
    machine for a while slows them all."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            start = clock()
            work()
            seconds[name].append(clock() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def peak() -> int | None:
    """Most bytes that this process ever held in memory (Linux; None elsewhere).

    `ru_maxrss` would include what the parent held when it started this process.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def child(case: str, *words: object, **environment: str) -> dict[str, Any]:
    """What `child.py` prints for a case, in a process of its own, with its `wall` seconds."""
    command = [sys.executable, str(CHILD), case, *map(str, words)]
    start = time.perf_counter()
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout) | {"wall": time.perf_counter() - start}
