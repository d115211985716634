"""Standard errors of premiums of samples: what repeating the simulation shows."""

import numpy as np
import pytest

from techinsure.losses import measures
from techinsure.pricing.premium_errors import INFLUENCES, standard_error
from techinsure.pricing.principles import table as principles
from techinsure.pricing.principles.risks import of_sample

ASKED = {
    "expected_value": 0.2, "standard_deviation": 0.4, "variance": 0.02, "exponential": 0.006,
    "esscher": 0.006, "proportional_hazard": 1.2, "wang": 0.5, "dual_power": 2.0,
    "cost_of_capital": 0.3,
}  # fmt: skip


def drawn(seed, n=4000):
    rng = np.random.default_rng(seed)
    return rng.gamma(0.5, 20.0, n) * (rng.random(n) < 0.3)


def test_every_principle_has_an_error():
    assert set(INFLUENCES) == set(principles.PRINCIPLES) == set(ASKED)


@pytest.mark.parametrize("name", ASKED)
def test_an_influence_is_the_slope_in_the_weight_of_a_year(name):
    """Of premium((1 - t) w + t at year i) at t = 0, but for the mean of all influences."""
    values = np.array([0.0, 4.0, 60.0, 9.0, 4.0])
    weight = np.array([0.5, 0.2, 0.003, 0.197, 0.1])
    t, slopes = 1e-6, []
    for year in range(len(values)):
        moved = weight * (1 - t) + t * (np.arange(len(values)) == year)
        back = weight * (1 + t) - t * (np.arange(len(values)) == year)
        more, less = (
            principles.premium(name, of_sample(values, w), 3 * ASKED[name]) for w in (moved, back)
        )
        slopes.append((more - less) / (2 * t))
    influence = INFLUENCES[name](of_sample(values, weight), 3 * ASKED[name])
    assert influence - weight @ influence == pytest.approx(slopes, rel=1e-5, abs=1e-5)


def test_errors_are_those_of_repeated_samples():
    risks = [of_sample(drawn(seed)) for seed in range(120)]
    for name, parameter in ASKED.items():
        premiums = [principles.premium(name, risk, parameter) for risk in risks]
        stated = [standard_error(name, risk, parameter) for risk in risks]
        assert np.mean(stated) == pytest.approx(np.std(premiums), rel=0.2), name


def test_without_loading_it_is_the_error_of_the_mean():
    risk = of_sample(drawn(1))
    exact = measures.mean(drawn(1)).standard_error
    for name in ASKED:
        least = principles.PRINCIPLES[name].least
        assert standard_error(name, risk, least) == pytest.approx(exact, rel=1e-9), name


def test_repeated_values_and_weights_say_the_same():
    values = np.array([0.0, 1.0, 1.0, 9.0])
    weight = np.array([0.1, 0.2, 0.3, 0.4])
    merged = of_sample([0.0, 1.0, 9.0], [0.1, 0.5, 0.4])
    split = of_sample(values, weight)
    for name, parameter in ASKED.items():
        of_each = INFLUENCES[name](split, parameter)
        assert of_each[[0, 1, 3]] == pytest.approx(INFLUENCES[name](merged, parameter))
        assert of_each[1] == of_each[2]


def test_one_year_knows_no_error():
    assert standard_error("wang", of_sample([4.0]), 0.2) is None
    assert standard_error("standard_deviation", of_sample([4.0, 4.0]), 0.2) == 0
