"""How much computing one request may ask for, and how much may go on at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from techinsure.errors import Fault, InvalidParameter

FEWEST_YEARS, MOST_YEARS = 1_000, 500_000
MOST_UNIT_YEARS = 30_000_000
"""Insured objects times cohort years times runs: about half a minute of one core."""

QUOTE, PRICE = 2.0, 0.5
"""Runs that a quote counts as (three worlds, a reference portfolio), and one more price of the
same risk: a driver, an option, a parameter moved."""

MOST_TREATY_ROWS = 120_000_000
"""Treaties times rows of losses that a what-if applies: some ten seconds of one core, and at most
a gigabyte of cessions."""

RUNNING, WAITING = os.cpu_count() or 1, 14
"""Computations at once, and requests that may wait for one to end: together fewer than the
threads of the service, so that small answers always find one."""

RETRY_AFTER = 5


class Busy(Exception):
    """Every place is taken; the client may come back in `retry_after` seconds."""

    retry_after = RETRY_AFTER


_places = BoundedSemaphore(RUNNING + WAITING)
_running = BoundedSemaphore(RUNNING)


@contextmanager
def a_turn() -> Iterator[None]:
    """A turn to compute: waits in a short queue, or raises `Busy` at once when it is full."""
    if not _places.acquire(blocking=False):
        raise Busy("all simulation slots are taken")
    try:
        with _running:
            yield
    finally:
        _places.release()


def check_years(
    n_years: int, units: float, runs: float = 1.0, pointer: str = "/simulation/n_years"
) -> None:
    """Refuse `runs` runs of so many years that would take longer than a client waits."""
    if not FEWEST_YEARS <= n_years <= MOST_YEARS:
        bound = f"must be in [{FEWEST_YEARS}, {MOST_YEARS}] over HTTP"
        fix = "run more years in Python or with the command line"
        raise InvalidParameter([Fault("n_years", n_years, bound, fix, pointer)])
    if units * runs * n_years > MOST_UNIT_YEARS:
        most = int(MOST_UNIT_YEARS / (units * runs))
        times = "" if runs == 1 else f" and the work of {runs:g} runs"
        bound = f"must be <= {most} over HTTP for {units:,.0f} insured objects{times}"
        fix = (
            "run fewer years"
            if most >= FEWEST_YEARS
            else "insure fewer objects, ask for less, or use Python or the command line"
        )
        raise InvalidParameter([Fault("n_years", n_years, bound, fix, pointer)])


def check_treaties(n_treaties: int, n_rows: int) -> None:
    """Refuse a what-if that would take longer than a client waits: `n_treaties` of all programmes,
    the one that was run included, over `n_rows` losses."""
    if n_treaties * n_rows > MOST_TREATY_ROWS:
        most = MOST_TREATY_ROWS // n_rows
        bound = f"must have at most {most} treaties over HTTP for {n_rows:,} losses, in all"
        fix = "ask for fewer alternatives at once, or use Python or the command line"
        raise InvalidParameter([Fault("treaties", n_treaties, bound, fix)])
