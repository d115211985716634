"""Renewal: technical price first, commercial limits after it, and what a claim-free year does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure import exact
from techinsure.catalogue import shipped, with_experience
from techinsure.errors import InvalidParameter
from techinsure.evidence.experience import Experience, Observation, Seen
from techinsure.evidence.priors import Part, Prior
from techinsure.evidence.updating import update
from techinsure.pricing.over_time.renewal import ChangeLimits, renew
from techinsure.quantities import Estimate, exactly
from techinsure.quotes import PriceRequest
from techinsure.quoting.rating import rate
from techinsure.reading import read
from tests.techinsure import asked

FREE = ChangeLimits(reason="no limits agreed")
TWENTY = ChangeLimits(most_rise=0.2, most_fall=0.1, reason="renewal committee")


def estimate(value, error=1.0):
    return Estimate(value=value, standard_error=error, unit="CNY")


def test_a_cap_stands_after_the_technical_price():
    """From 1000: technical 1100, 1500 with own claims, offered 1200."""
    found = renew(1000.0, estimate(1100.0, 3.0), estimate(1500.0, 4.0), TWENTY)
    assert [(line.name, line.amount.value) for line in found.lines] == [
        ("technical", 1100), ("experience", 400), ("cap", -300), ("floor", 0),
    ]  # fmt: skip
    assert found.technical.value == 1500
    assert found.offered == exactly(1200, "CNY")
    assert found.change == pytest.approx(0.2)
    assert found.below_technical.value == 300
    assert found.below_technical.standard_error == 4
    assert found.line("experience").standard_error == pytest.approx(5)
    assert found.lines[2].because == "renewal committee"


def test_a_floor_holds_a_fall():
    found = renew(1000.0, estimate(900.0), estimate(700.0), TWENTY)
    assert found.offered.value == 900
    assert found.line("floor").value == 200
    assert found.below_technical.value == -200


def test_growth_is_no_rise():
    found = renew(1000.0, estimate(2000.0), estimate(2100.0), TWENTY, exposure_ratio=2.0)
    assert found.expiring == 2000
    assert found.offered == estimate(2100.0)
    assert found.below_technical == exactly(0.0, "CNY")


amounts = st.floats(1, 1e9)
limits = st.none() | st.floats(0, 1)


@settings(max_examples=40)
@given(amounts, amounts, amounts, limits, limits)
def test_lines_sum_to_the_offer_within_its_limits(expiring, without, with_, rise, fall):
    found = renew(
        expiring, estimate(without), estimate(with_),
        ChangeLimits(most_rise=rise, most_fall=fall, reason="test"),
    )  # fmt: skip
    total = sum(line.amount.value for line in found.lines)
    assert total == pytest.approx(found.offered.value, rel=1e-9, abs=1e-6)
    assert found.technical == estimate(with_)
    assert found.line("cap").value <= 0 <= found.line("floor").value
    assert rise is None or found.offered.value <= expiring * (1 + rise) * (1 + 1e-12)
    assert fall is None or found.offered.value >= expiring * (1 - fall) * (1 - 1e-12)
    if rise is None and fall is None:
        assert found.offered == found.technical


def test_what_is_refused():
    with pytest.raises(InvalidParameter, match="expiring must be > 0"):
        renew(0.0, estimate(1.0), estimate(1.0), FREE)
    with pytest.raises(InvalidParameter, match="exposure_ratio must be > 0"):
        renew(1.0, estimate(1.0), estimate(1.0), FREE, exposure_ratio=0.0)
    with pytest.raises(InvalidParameter, match="with_experience must be >= 0"):
        renew(1.0, estimate(1.0), estimate(-1.0), FREE)
    with pytest.raises(InvalidParameter, match="must be in the unit of the price with it"):
        renew(1.0, exactly(1.0, "USD"), estimate(1.0), FREE)
    with pytest.raises(InvalidParameter, match=r"most_fall must be in \[0, 1\]"):
        ChangeLimits(most_fall=1.5, reason="test")
    with pytest.raises(InvalidParameter, match="reason must have 1 to 600"):
        ChangeLimits(most_rise=0.2, reason="")


# --- A claim-free year --------------------------------------------------------------------------


def learnt(prior, entry):
    return update(prior, entry, Experience(name="own", observations=(entry,))).posterior


def entry(seen, parameter="p"):
    return Observation(parameter=parameter, seen=(seen,), source="own claims")


means, errors = st.floats(0.001, 0.6), st.floats(0.05, 0.6)
relativities, reported = st.floats(0.5, 2), st.floats(0.3, 1)


@settings(max_examples=40)
@given(means, errors, st.floats(0.1, 1e4), relativities, reported)
def test_a_claim_free_year_never_raises_a_rate(mean, cv, exposure, relativity, known):
    before = Prior(family="gamma", mean=mean, cv=cv, grade="D", source="test")
    year = Seen(events=0.0, exposure=exposure, relativity=relativity, reported=known)
    assert learnt(before, entry(year)).mean <= before.mean


@settings(max_examples=40)
@given(means, errors, st.integers(1, 1000), relativities, reported)
def test_nor_a_probability(mean, cv, trials, relativity, known):
    before = Prior(family="beta", mean=mean, cv=cv, grade="D", source="test")
    year = Seen(events=0.0, trials=float(trials), relativity=relativity, reported=known)
    assert learnt(before, entry(year)).mean <= before.mean * (1 + 1e-9)


@settings(max_examples=40)
@given(st.floats(0.05, 0.95), means, means, st.integers(1, 1000))
def test_nor_one_that_two_experts_see_differently(weight, one, other, trials):
    parts = (Part(weight=weight, mean=one, cv=0.3), Part(weight=1 - weight, mean=other, cv=0.3))
    mean = sum(part.weight * part.mean for part in parts)
    square = sum(part.weight * part.mean**2 * (1 + 0.09) for part in parts)
    before = Prior(family="beta", mean=mean, cv=(square / mean**2 - 1) ** 0.5, grade="D",
                   source="test", parts=parts)  # fmt: skip
    after = learnt(before, entry(Seen(events=0.0, trials=float(trials))))
    assert after.mean <= before.mean * (1 + 1e-9)


def expected(product, request):
    portfolio = rate(product, read(PriceRequest, request)).portfolio
    items = np.arange(portfolio.n_items, dtype=np.int32)
    return exact.mean(product.model, portfolio, items).sum()


def after_success(phases, trials=10.0):
    """Expected payments of a general project before and after own projects passed `phases`."""
    product = shipped().product("rd_loss")
    passed = tuple(
        entry(Seen(events=0.0, trials=trials), f"model.classes.general.fail.{phase}")
        for phase in phases
    )
    own = with_experience(product, Experience(name="own", observations=passed))
    request = asked.project()
    return expected(product, request), expected(own, request)


def test_projects_that_passed_everything_lower_the_price():
    before, after = after_success(["lab", "pilot", "industrial"])
    assert after < 0.97 * before


def test_projects_that_passed_the_first_phase_alone_raise_it():
    """A failure in the laboratory costs little; one that does not fail there may fail later, at
    more cost. No rate rose: the mean payment is not monotone in an early probability."""
    before, after = after_success(["lab"])
    assert 1.02 * before < after < 1.06 * before
