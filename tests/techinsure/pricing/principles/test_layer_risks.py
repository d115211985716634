"""Layers as risks: against large samples, sums of layers, and tails without a mean."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import special

from techinsure.distributions import Beta, Gamma, Lognormal, Mbbefd, Mixture, Pareto, Point
from techinsure.errors import InvalidParameter
from techinsure.pricing.principles import table as principles
from techinsure.pricing.principles.risks import of_law, of_layer, of_sample

MIXED = Mixture(parts=(Point(mean=3.0), Lognormal(mean=10.0, cv=2.0)), weights=(0.6, 0.4))
LAYERS = [
    (Lognormal(mean=10.0, cv=2.0), 30.0, 5.0),
    (Pareto(shape=0.7, scale=2.0), 1e3, 0.0),
    (Gamma(mean=10.0, cv=4.0), 50.0, 1.0),
    (MIXED, 20.0, 1.0),
    (Mbbefd.swiss_re(4.0), 0.7, 0.2),
    (Beta.of_shapes(0.4, 2.0), 5.0, 0.1),
]
ASKED = {
    "standard_deviation": 0.5, "variance": 0.01, "exponential": 0.03, "esscher": 0.03,
    "proportional_hazard": 2.0, "wang": 0.6, "dual_power": 2.0, "cost_of_capital": 0.2,
}  # fmt: skip


@pytest.mark.parametrize(("law", "limit", "attachment"), LAYERS, ids=str)
def test_a_layer_is_its_payments(law, limit, attachment):
    scores = np.linspace(-8.5, 8.0, 8_001)
    x = law.quantile(special.ndtr((scores[1:] + scores[:-1]) / 2))
    chance = np.diff(special.ndtr(scores))
    paid = of_sample(np.clip(x - attachment, 0, limit), chance / chance.sum())
    risk = of_layer(law, limit, attachment)
    assert risk.mean == pytest.approx(paid.mean, rel=1e-3)
    for exact, sampled in zip(
        principles.compare(risk, ASKED), principles.compare(paid, ASKED), strict=True
    ):
        assert exact.premium == pytest.approx(sampled.premium, rel=2e-3), exact.principle


@pytest.mark.parametrize("name", ["proportional_hazard", "wang", "dual_power"])
def test_layers_that_adjoin_sum_to_the_whole(name):
    law = Lognormal(mean=10.0, cv=2.0)
    edges = [0.0, 1.0, 5.0, 5.001, 40.0, 1e6]
    layers = [of_layer(law, high - low, low) for low, high in pairwise(edges)]
    together = sum(principles.premium(name, layer, ASKED[name]) for layer in layers)
    assert together == pytest.approx(principles.premium(name, of_law(law), ASKED[name]), rel=1e-7)


def test_a_layer_that_is_certain():
    risk = of_layer(Pareto(shape=0.5, scale=100.0), 40.0, 10.0)
    assert risk.variance == 0
    for name, parameter in ASKED.items():
        assert principles.premium(name, risk, parameter) == pytest.approx(40.0, rel=1e-13)


def test_a_layer_far_out_and_a_high_aversion():
    risk = of_layer(Pareto(shape=0.7, scale=1.0), 1e9, 1e6)
    assert principles.exponential(risk, 1.0) == pytest.approx(1e9, rel=1e-6)
    assert risk.mean < principles.exponential(risk, 1e-10) < principles.esscher(risk, 1e-10) < 1e9


def test_what_is_no_layer():
    with pytest.raises(InvalidParameter, match="limit must be > 0"):
        of_layer(MIXED, 0.0)
    with pytest.raises(InvalidParameter, match="attachment must be >= 0"):
        of_layer(MIXED, 1.0, -1.0)
