from dataclasses import replace
from fractions import Fraction

import pytest

from techinsure.accounts.lines_in_force import LinesInForce, Period
from techinsure.errors import InvalidParameter, NotFound
from tests.techinsure.accounts.account_cases import LINES, POOL, pool_of

LATER = pool_of(B="2/5", lead="B", C="0.2", D="0.4")
"""A has left, D has joined, B leads, from 1 July."""

CUT = LINES.changed("2026-07-01", LATER)
RUN_OFF = replace(CUT, on_change="run_off")


def carrier(lines, inception, day):
    return lines.carrying(inception, day).pool.lead.name


def test_the_change_counts_from_its_day():
    assert CUT.at("2026-06-30").pool is POOL
    assert CUT.at("2026-07-01").pool is LATER
    assert CUT.at("2026-07-01").members == ("B", "C", "D")
    assert CUT.at("2030-01-01").signed.of("D") == Fraction(2, 5)


def test_a_clean_cut_goes_by_the_day_of_the_loss():
    assert carrier(CUT, "2026-02-01", "2026-06-30") == "A"
    assert carrier(CUT, "2026-02-01", "2026-07-01") == "B"


def test_a_run_off_goes_by_the_first_day_of_the_policy():
    assert carrier(RUN_OFF, "2026-06-30", "2027-03-01") == "A"
    assert carrier(RUN_OFF, "2026-07-01", "2027-03-01") == "B"


@pytest.mark.parametrize("lines", [CUT, RUN_OFF])
def test_a_loss_before_the_first_day_counts_as_of_it(lines):
    assert carrier(lines, "2026-07-02", "2025-01-01") == "B"


def test_the_periods_around_a_change():
    old, new = CUT.before("2026-07-01")
    assert (old.pool, new.pool) == (POOL, LATER)
    with pytest.raises(NotFound, match="change of lines '2026-07-02'"):
        CUT.before("2026-07-02")


def test_what_is_refused():
    with pytest.raises(InvalidParameter, match="must not be before 2026-01-01"):
        CUT.at("2025-12-31")
    with pytest.raises(InvalidParameter, match="day must be a date"):
        CUT.at("July")
    with pytest.raises(InvalidParameter, match="must be after 2026-07-01"):
        CUT.changed("2026-07-01", POOL)
    with pytest.raises(InvalidParameter, match="must be CNY"):
        CUT.changed("2026-08-01", replace(POOL, currency="USD"))
    with pytest.raises(InvalidParameter, match="must hold at least one period"):
        LinesInForce(periods=(), on_change="run_off")
    with pytest.raises(InvalidParameter, match="on_change must be one of"):
        LinesInForce(periods=(Period(starts="2026-01-01", pool=POOL),), on_change="cut")
