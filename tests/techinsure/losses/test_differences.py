"""Differences of two outcomes of the same years: errors that cover, and what cancels."""

import math

import numpy as np
import pytest

from techinsure.errors import InvalidParameter, Undefined
from techinsure.losses import differences, measures
from techinsure.losses.differences import FIGURES

N_YEARS = 4_000
N_SAMPLES = 400


def losses(seed, n_years=N_YEARS):
    """(n_years,) sums of Poisson(1) exponential losses of mean 10, in two kinds of event."""
    dice = np.random.default_rng(seed)
    count = dice.poisson(1.0, n_years)
    small = dice.gamma(np.maximum(count, 1e-9), 10.0) * (count > 0)
    large = dice.exponential(40.0, n_years) * (dice.random(n_years) < 0.05)
    return small, large


def outcomes(seed, n_years=N_YEARS):
    """Net of a quota share of 40%; and of one of 30% with a layer 20 xs 15 on large events."""
    small, large = losses(seed, n_years)
    return 0.6 * (small + large), 0.7 * (small + large - np.clip(large - 15.0, 0.0, 20.0))


def figures(annual):
    found = measures.summary(annual)
    values = {name: getattr(found, name).value for name in ("mean", "sd", "var_995", "tvar_995")}
    return values | {"capital": values["tvar_995"] - values["mean"]}


def change(before, after):
    old, new = figures(before), figures(after)
    return {name: new[name] - old[name] for name in FIGURES}


@pytest.fixture(scope="module")
def sampled():
    """Changes and errors of `N_SAMPLES` tables, and the true changes from 1.5 million years."""
    truth = change(*outcomes(10**6, 1_500_000))
    pairs = [outcomes(seed) for seed in range(N_SAMPLES)]
    found = [change(*pair) for pair in pairs]
    errors = [differences.errors(*pair) for pair in pairs]
    return truth, found, errors


@pytest.mark.parametrize(
    ("figure", "low"), [("mean", 0.93), ("sd", 0.92), ("var_995", 0.91), ("tvar_995", 0.91),
                        ("capital", 0.91)]
)  # fmt: skip
def test_an_interval_of_two_errors_covers_the_true_difference(sampled, figure, low):
    """4,000 years have 20 beyond the level, so tails cover a little less than 95%."""
    truth, found, errors = sampled
    inside = [
        abs(one[figure] - truth[figure]) <= 1.96 * error[figure]
        for one, error in zip(found, errors, strict=True)
    ]
    assert low <= np.mean(inside) <= 0.975


@pytest.mark.parametrize("figure", FIGURES)
def test_the_error_is_the_spread_of_the_difference(sampled, figure):
    _, found, errors = sampled
    spread = np.std([one[figure] for one in found])
    assert np.mean([error[figure] for error in errors]) == pytest.approx(spread, rel=0.15)


def test_separate_runs_would_have_larger_errors(sampled):
    _, _, errors = sampled
    before, after = outcomes(0)
    old, new = measures.summary(before), measures.summary(after)
    for figure in ("mean", "tvar_995"):
        separate = math.hypot(
            getattr(old, figure).standard_error, getattr(new, figure).standard_error
        )
        assert np.mean([error[figure] for error in errors]) < separate / 2


STRATA = np.arange(N_YEARS) % 4
WEIGHT = np.random.default_rng(9).random(N_YEARS)


@pytest.mark.parametrize(
    "design",
    [{}, {"weight": WEIGHT / WEIGHT.sum()}, {"stratum": STRATA}],
    ids=["equal", "weighted", "stratified"],
)
def test_against_nothing_the_error_is_that_of_the_measure(design):
    """The influences are those behind `measures`: what is compared with 0 has its own error."""
    after = sum(losses(3))
    found = differences.errors(np.zeros(N_YEARS), after, **design)
    alone = measures.summary(after, **design)
    for name in ("mean", "sd", "var_995", "tvar_995"):
        assert found[name] == pytest.approx(getattr(alone, name).standard_error, rel=1e-9)


def test_what_is_the_same_has_no_error():
    annual = sum(losses(4))
    assert differences.errors(annual, annual.copy()) == dict.fromkeys(FIGURES, 0.0)
    assert differences.share_error(annual, annual, annual) == 0.0


def test_a_multiple_has_the_error_of_what_is_added():
    annual = sum(losses(5))
    found = differences.errors(0.6 * annual, 0.7 * annual)
    alone = measures.summary(annual)
    for name in ("mean", "sd", "var_995", "tvar_995"):
        error = getattr(alone, name).standard_error
        assert found[name] == pytest.approx(0.1 * error, rel=1e-9)


def test_an_amount_added_to_every_year_moves_without_error():
    annual = sum(losses(6))
    found = differences.errors(annual, annual + 1.0)
    assert found == pytest.approx(dict.fromkeys(FIGURES, 0.0), abs=1e-9)


def test_capital_moves_with_the_mean_alone_where_the_tail_stays():
    before = sum(losses(8))
    after = np.where(before < 10, 0.9 * before, before)
    found = differences.errors(before, after)
    assert found["tvar_995"] == 0
    assert found["capital"] == found["mean"] > 0


def test_the_share_against_nothing_is_co_tvar_less_mean():
    small, large = losses(7)
    gross = small + large
    (share,) = measures.co_tvar([large], gross, 0.995)
    error = differences.share_error(np.zeros(N_YEARS), large, gross)
    mean = measures.mean(large).standard_error
    assert abs(error - share.standard_error) < mean
    assert error < math.hypot(share.standard_error, mean)


def test_the_error_of_a_share_is_the_spread_of_its_difference():
    def shares(seed):
        small, large = losses(seed)
        before, after = 0.4 * small, np.clip(large - 15.0, 0.0, 60.0)
        gross = small + large
        parts = measures.co_tvar([before, after], gross, 0.995)
        gap = parts[1].value - parts[0].value - (after - before).mean()
        return gap, differences.share_error(before, after, gross)

    found, errors = zip(*map(shares, range(200)), strict=True)
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.15)


def test_a_probability_by_the_years_that_differ():
    """b = 3 years only after, c = 1 only before, n = 98: sqrt(5 - 4/100) / 100."""
    before, after = np.zeros(98), np.zeros(98)
    before[:11], after[1:14] = 1.0, 2.0
    assert differences.probability_error(before, after) == pytest.approx(math.sqrt(4.96) / 100)


def test_no_year_that_differs_is_no_certainty():
    zero = np.zeros(98)
    assert differences.probability_error(zero, zero) == pytest.approx(0.01)
    weight = np.linspace(1, 2, 98)
    assert differences.probability_error(zero, zero, weight / weight.sum()) == 0.0


def test_the_error_of_a_probability_is_the_spread_of_its_difference():
    def chances(seed):
        small, large = losses(seed, 1_000)
        before, after = np.clip(large - 30, 0, 9), np.clip(large + small - 30, 0, 9)
        gap = (after > 0).mean() - (before > 0).mean()
        return gap, differences.probability_error(before, after)

    found, errors = zip(*map(chances, range(400)), strict=True)
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.12)


@pytest.mark.parametrize("of", [differences.errors, differences.probability_error])
def test_other_years_are_refused(of):
    with pytest.raises(InvalidParameter, match=r"after must have the shape of `before`, \(3,\)"):
        of(np.zeros(3), np.zeros(4))
    with pytest.raises(Undefined):
        of(np.zeros(1), np.ones(1))
