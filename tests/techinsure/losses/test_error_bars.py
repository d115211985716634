"""The stated standard errors, judged by how often value +- 1.96 errors holds the truth.

The law has an atom at zero and is known in closed form: claims are geometric, P(N >= 1) = r, with
exponential amounts, so the year's total exceeds x >= 0 with probability r exp(-x / m). Seeds are
fixed, so the figures below are the same in every run. Of 500 intervals of true coverage 95%, the
share that holds the truth is binomial with standard deviation 1.0%: a sound error bar falls outside
of 92.5% to 97.5% once in 100 seeds, and outside of 93% to 97% once in 25.
"""

import math

import numpy as np
import pytest

from techinsure.losses import curves, measures

R, M = 0.2, 100.0
N_YEARS, REPEATS = 4000, 500
LEVEL = 0.95
VAR = M * math.log(R / (1 - LEVEL))
TRUTH = {
    "mean": R * M,
    "sd": M * math.sqrt(2 * R - R**2),
    "var": VAR,
    "tvar": VAR + M,
    "probability": R,
}
MEASURES = {
    "mean": measures.mean,
    "sd": measures.sd,
    "var": lambda values, *rest, **named: measures.var(values, LEVEL, *rest, **named),
    "tvar": lambda values, *rest, **named: measures.tvar(values, LEVEL, *rest, **named),
    "probability": measures.probability_positive,
}


def losses(generator, size, positive=R):
    """Annual totals of which a share `positive` is not zero."""
    u = generator.random(size)
    return np.where(u < positive, -M * np.log(np.maximum(u, 1e-300) / positive), 0.0)


def equal(generator):
    return losses(generator, (REPEATS, N_YEARS)), None, None


def weighted(generator):
    """Half of the years have a loss; each weighs as much as the law says."""
    values = losses(generator, (REPEATS, N_YEARS), positive=0.5)
    weight = np.where(values > 0, R / 0.5, (1 - R) / 0.5)
    return values, weight / weight.sum(axis=1, keepdims=True), None


def stratified(generator):
    """Three strata of the uniform behind the loss: a rare loss, a loss or none, none."""
    edges, years = np.array([0.0, 0.01, 0.3, 1.0]), [N_YEARS // 2, N_YEARS // 4, N_YEARS // 4]
    stratum = np.repeat([0, 1, 2], years)
    spread = np.diff(edges)[stratum]
    u = edges[stratum] + spread * generator.random((REPEATS, N_YEARS))
    values = np.where(u < R, -M * np.log(np.maximum(u, 1e-300) / R), 0.0)
    weight = np.broadcast_to(spread / np.array(years)[stratum], values.shape)
    return values, weight, stratum


@pytest.mark.parametrize("design", [equal, weighted, stratified])
def test_nominal_intervals_hold_the_truth_as_often_as_they_say(design):
    values, weights, stratum = design(np.random.default_rng(20260101))
    held = dict.fromkeys(MEASURES, 0)
    for repeat in range(REPEATS):
        weight = None if weights is None else weights[repeat]
        for name, measure in MEASURES.items():
            estimate = measure(values[repeat], weight, stratum=stratum)
            held[name] += abs(estimate.z_score(TRUTH[name])) <= measures.NORMAL_95
    for name, times in held.items():
        assert 0.93 <= times / REPEATS <= 0.97, (name, held)


def test_a_rare_loss_that_never_happened_is_no_certainty():
    """200 years at a probability of 0.5% see no loss in 37% of samples."""
    generator, probability = np.random.default_rng(3), 0.005
    held = 0
    for _ in range(REPEATS):
        estimate = measures.probability_positive(losses(generator, 200, positive=probability))
        held += abs(estimate.z_score(probability)) <= measures.NORMAL_95
    assert held / REPEATS >= 0.93
    assert measures.probability_positive(np.zeros(200)).standard_error == pytest.approx(
        math.sqrt(2 / 204 * 202 / 204 / 204)
    )


def test_shares_of_the_tail_hold_the_truth():
    """The total is split at random: each part has half of the TVaR and is half noise."""
    generator, held = np.random.default_rng(5), np.zeros(2)
    for _ in range(REPEATS):
        total = losses(generator, N_YEARS)
        share = generator.random(N_YEARS)
        parts = measures.co_tvar(np.stack([total * share, total * (1 - share)]), total, LEVEL)
        held += [abs(p.z_score(TRUTH["tvar"] / 2)) <= measures.NORMAL_95 for p in parts]
    # 500 intervals: standard deviation 1.0%
    assert ((held / REPEATS >= 0.92) & (held / REPEATS <= 0.98)).all(), held


@pytest.mark.parametrize("design", [equal, weighted, stratified])
def test_the_band_of_a_curve_holds_the_truth(design):
    values, weights, stratum = design(np.random.default_rng(11))
    held, asked = 0, np.array([0.02, 0.004])
    for repeat in range(250):
        weight = None if weights is None else weights[repeat]
        curve = curves.exceedance("aep", values[repeat], weight, stratum)
        at = np.searchsorted(curve.loss, M * np.log(R / asked), side="right") - 1
        held += ((curve.low[at] <= asked) & (asked <= curve.high[at])).sum()
    # 500 intervals: standard deviation 1.0%
    assert 0.93 <= held / 500 <= 0.975


def test_the_error_of_a_tail_of_less_than_one_year_is_not_zero():
    """Ten years, level 0.95: the worst year alone decides, as the jackknife sees."""
    values = np.array([0.0, 1, 1, 1, 2, 3, 4, 8, 12, 25])
    estimate = measures.tvar(values, 0.95)
    assert estimate.value == 25.0
    left_out = [measures.tail_weights(rest, 0.95) @ rest
                for rest in (np.delete(values, i) for i in range(10))]  # fmt: skip
    jackknife = math.sqrt(9 / 10 * np.square(left_out - np.mean(left_out)).sum())
    assert jackknife / 2 <= estimate.standard_error <= jackknife
    assert measures.var(values, 0.95).standard_error > 0


@pytest.mark.parametrize("n_years", [100, 150, 1000])
def test_the_error_of_the_tail_is_that_of_the_jackknife(n_years):
    values = losses(np.random.default_rng(n_years), n_years)
    estimate = measures.tvar(values, 0.93)
    left_out = np.array([measures.tail_weights(rest, 0.93) @ rest
                         for rest in (np.delete(values, i) for i in range(n_years))])  # fmt: skip
    jackknife = math.sqrt((n_years - 1) / n_years * np.square(left_out - left_out.mean()).sum())
    assert estimate.standard_error == pytest.approx(jackknife, rel=0.05)


def test_without_ties_it_is_the_published_formula():
    """Manistre & Hancock 2005: sqrt((Var(tail) + level (TVaR - VaR)**2) / (n (1 - level)))."""
    values = np.random.default_rng(1).lognormal(size=100_000)
    tail = np.sort(values)[99_500:]
    risk, shortfall = measures.quantile(values, 0.995), tail.mean()
    published = math.sqrt((tail.var() + 0.995 * (shortfall - risk) ** 2) / len(tail))
    assert measures.tvar(values, 0.995).standard_error == pytest.approx(published, rel=1e-3)
