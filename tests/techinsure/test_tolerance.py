"""Runs to a tolerance: years needed, and what is said where they do not suffice."""

from itertools import pairwise

import numpy as np
import pytest

from techinsure.errors import InvalidParameter, Undefined
from techinsure.losses import measures
from techinsure.quantities import Estimate, exactly
from techinsure.tolerance import STEP, rounded_up, run_to_tolerance, traced, years_needed

PILOT, CAP = 2 * STEP, 400 * STEP


class Asked:
    """A figure of value 100 and error `spread` / sqrt(years); it remembers the years asked for."""

    def __init__(self, spread=1000.0, value=100.0):
        self.spread, self.value, self.years = spread, value, []

    def __call__(self, years):
        self.years.append(years)
        error = self.spread / years**0.5
        return Estimate(value=self.value, standard_error=error, unit="CNY")


def to(run, asked=0.02, **changes):
    return run_to_tolerance(
        run, figure="pure premium", **{"asked": asked, "pilot": PILOT, "cap": CAP, **changes}
    )


def test_years_follow_the_inverse_square_of_the_error():
    """10 / sqrt(n) <= 0.02 takes 250,000 years: 245 times 1,024."""
    run = Asked()
    found = to(run)
    assert run.years == [PILOT, 245 * STEP]
    assert (found.state, found.reached, found.years) == ("reached", True, 245 * STEP)
    assert found.needed == 245 * STEP
    assert found.error == pytest.approx(10 / (245 * STEP) ** 0.5)
    assert found.error <= 0.02
    assert [m.years for m in found.runs] == run.years
    assert str(found) == (
        "pure premium: relative error of 0.02 asked, 0.02 reached with 250,880 years"
    )


def test_a_pilot_that_suffices_is_all():
    run = Asked(spread=1.0)
    assert to(run).years == PILOT
    assert run.years == [PILOT]


def test_the_cap_bites_and_says_what_would_be_needed():
    run = Asked()
    found = to(run, asked=0.001)
    assert (found.state, found.reached, found.years) == ("capped", False, CAP)
    assert found.needed == rounded_up(1e8)
    assert found.estimate == run(CAP)
    assert "some 100,000,768 would be needed" in str(found)


def test_a_run_that_misses_grows():
    """The pilot is too sure by a factor of two."""
    calls = []

    def run(years):
        calls.append(years)
        error = (500.0 if years == PILOT else 1000.0) / years**0.5
        return Estimate(value=100.0, standard_error=error)

    found = to(run)
    assert calls == [PILOT, rounded_up(62_500), 245 * STEP]
    assert found.reached


def test_years_grow_by_a_tenth_at_least_and_runs_end():
    """An error that hardly falls, so that each run asks for little more."""
    calls = []

    def run(years):
        calls.append(years)
        return Estimate(value=100.0, standard_error=2.0001)

    found = to(run, cap=10**6 * STEP)
    assert found.state == "capped"
    assert len(calls) == 12
    assert all(b >= 1.1 * a for a, b in pairwise(calls))


def test_an_exact_figure_needs_no_years():
    found = to(lambda years: exactly(5.0))
    assert (found.state, found.reached, found.needed, found.error) == ("exact", True, 0, 0.0)
    assert str(found).endswith("the figure is exact")


def test_a_pilot_without_spread_is_seen_again_before_it_is_believed():
    calls = []

    def run(years):
        calls.append(years)
        return Estimate(value=7.0, standard_error=0.0)

    found = to(run)
    assert calls == [PILOT, 4 * PILOT]
    assert (found.state, found.reached) == ("no_spread", True)
    assert str(found).endswith("no spread seen in 8,192 years")
    assert to(run, cap=PILOT).state == "no_spread"


def test_a_pilot_without_spread_may_have_some_later():
    def run(years):
        return Estimate(value=7.0, standard_error=0.0 if years == PILOT else 700 / years**0.5)

    found = to(run, asked=0.3)
    assert (found.state, found.reached) == ("reached", True)
    assert found.years == rounded_up((100 / 0.3) ** 2)


def test_where_nothing_is_seen_nothing_is_said():
    calls = []

    def run(years):
        calls.append(years)
        return Estimate(value=0.0, standard_error=0.0)

    found = to(run, cap=10 * STEP)
    assert calls == [2 * STEP, 4 * STEP, 8 * STEP, 10 * STEP]
    assert (found.state, found.reached, found.needed) == ("nothing_seen", False, None)
    assert found.error is None
    assert "nothing seen in 10,240 years" in str(found)


def test_a_figure_that_appears_late_is_run_on():
    def run(years):
        return Estimate(value=0.0, standard_error=0.0) if years < 16 * STEP else Asked()(years)

    found = to(run)
    assert [m.years // STEP for m in found.runs] == [2, 4, 8, 16, 245]
    assert found.reached


def test_a_mean_of_simulated_losses_comes_within_what_was_asked():
    losses = np.random.default_rng(5).gamma(0.1, 1000.0, CAP)

    def run(years):
        return measures.mean(losses[:years])

    found = to(run, asked=0.01, pilot=20 * STEP)
    assert found == to(run, asked=0.01, pilot=20 * STEP)
    assert found.reached
    assert found.error <= 0.01
    assert found.years == pytest.approx(10 / 0.01**2, rel=0.25)  # cv**2 = 10


def test_a_trace_keeps_the_ends_and_adds_runs_between():
    run = Asked()
    found = traced(to(run), run, points=5)
    years = [m.years for m in found.runs]
    assert years[0] == PILOT
    assert years[-1] == 245 * STEP
    assert len(years) == 7
    assert years == sorted(years)
    ratios = np.diff(np.log(years))
    assert ratios.max() / ratios.min() < 1.5
    once = to(Asked(spread=1.0))
    assert traced(once, run).runs == once.runs


def test_years_needed_are_rounded_up():
    assert years_needed(1024, 0.02, 0.02) == 1024
    assert years_needed(1024, 0.0201, 0.02) == 2048
    assert rounded_up(1) == STEP


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"asked": 0.0}, r"asked must be in \[1e-6, 1\), got 0.0 \(write 1% as 0.01\)"),
        ({"asked": 1.0}, "asked must be in"),
        ({"pilot": 100}, "pilot must be in"),
        ({"cap": PILOT - 1}, r"cap must be in \[2048, 2147483648\], got 2047"),
    ],
)
def test_nonsense_is_refused(changes, told):
    with pytest.raises(InvalidParameter, match=told):
        to(Asked(), **changes)


def test_a_figure_without_an_error_cannot_be_run():
    with pytest.raises(Undefined, match="a figure without a standard error"):
        to(lambda years: Estimate(value=1.0))
