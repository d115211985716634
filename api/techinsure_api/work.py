"""How much computing one request may ask for, and how much may go on at once."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore

from techinsure.columns import as_number
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
        what = f"over HTTP for {units:,.0f} insured objects{times}"
        bound, fix = f"must be <= {most} {what}", "run fewer years"
        if most < FEWEST_YEARS:  # no number of years would do
            objects = int(MOST_UNIT_YEARS / (FEWEST_YEARS * runs))
            bound = f"cannot be simulated {what}: even {FEWEST_YEARS:,} years are too many"
            fix = (
                f"insure at most {objects:,} objects (times their years) in one request, ask for "
                "less in it, or use the command line or Python, which have no such bound"
            )
        raise InvalidParameter([Fault("n_years", n_years, bound, fix, pointer)])


def insured_objects(rows: Iterable[Mapping[str, object]]) -> float:
    """Units times years of all rows; what is no number is refused later, with its place."""
    total = 0.0
    for row in rows:
        units, months = (as_number(row.get(name)) for name in ("units", "term_months"))
        total += max(units or 1.0, 1.0) * max((months or 12.0) / 12.0, 1.0)
    return total


MOST_FATES = 16_000_000
"""Companies times fates of a pool run: some ten seconds of one core."""


def check_fates(n_fates: int, n_years: int, pointer: str = "/simulation/n_years") -> None:
    """Refuse a run that asks for more fates of members and reinsurers than a client waits for."""
    if n_fates > MOST_FATES:
        parties = n_fates / n_years
        bound = f"must be <= {MOST_FATES * n_years // n_fates} over HTTP"
        bound += f" where {parties:,.0f} companies may fail"
        fix = "run fewer years, give no ratings, or use Python or the command line"
        raise InvalidParameter([Fault("n_years", n_years, bound, fix, pointer)])


MOST_EVENTS = 1_000
"""Events of a quarter to be closed: some seconds of one core, and about what a body can hold."""


def check_events(n_events: int) -> None:
    """Refuse a document of more events than a client waits for."""
    if n_events > MOST_EVENTS:
        bound = f"must be at most {MOST_EVENTS} over HTTP"
        fix = "close the quarter with the command line or in Python"
        raise InvalidParameter([Fault("events", n_events, bound, fix, "/events")])


def check_treaties(n_treaties: int, n_rows: int) -> None:
    """Refuse a what-if that would take longer than a client waits: `n_treaties` of all programmes,
    the one that was run included, over `n_rows` losses."""
    if n_treaties * n_rows > MOST_TREATY_ROWS:
        most = MOST_TREATY_ROWS // n_rows
        bound = f"must have at most {most} treaties over HTTP for {n_rows:,} losses, in all"
        fix = "ask for fewer alternatives at once, or use Python or the command line"
        raise InvalidParameter([Fault("treaties", n_treaties, bound, fix)])
