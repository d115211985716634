"""How works are timed: by turns, with the median."""

import resource
from pathlib import Path

from benchmarks.measuring import interleaved, peak


def test_works_take_turns_and_the_median_counts():
    now, calls, costs = [0.0], [], {"a": [5.0, 1.0, 2.0], "b": [1.0, 1.0, 9.0]}

    def work(name):
        calls.append(name)
        now[0] += costs[name][(len(calls) - 1) // 2]

    works = {name: lambda name=name: work(name) for name in costs}
    assert interleaved(works, 3, lambda: now[0]) == {"a": 2.0, "b": 1.0}
    assert calls == ["a", "b"] * 3


def test_the_peak_is_at_least_what_is_held():
    statm = Path("/proc/self/statm")
    if statm.exists():
        resident = int(statm.read_text().split()[1]) * resource.getpagesize()
        assert 0 < resident <= peak() < 100 * resident
