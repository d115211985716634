"""Discrete laws of rates: moments, products, and when there are too many draws."""

import math

import numpy as np
import pytest

from techinsure.distributions import Gamma, Lognormal, Mixture, Point, Weibull
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.sparse import rules

LAWS = [Gamma(mean=0.02, cv=0.6), Lognormal(mean=1.3, cv=0.8), Point(mean=0.3),
        Mixture(parts=(Gamma(mean=1.0, cv=0.5), Point(mean=3.0)), weights=(0.7, 0.3))]  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
def test_a_compressed_rule_keeps_its_moments(law):
    values, chance = rules.compressed(rules.rule(law), 6)
    assert len(values) <= 6
    assert (chance > 0).all()
    assert chance.sum() == pytest.approx(1, abs=1e-14)
    fine, weight = rules.rule(law)
    for k in range(1, 12):
        assert chance @ values**k == pytest.approx(weight @ fine**k, rel=1e-9)
    assert chance @ values == pytest.approx(law.mean, rel=1e-12)
    variance = chance @ (values - law.mean) ** 2
    assert variance == pytest.approx(law.variance, rel=1e-9, abs=1e-15)


def test_compression_of_a_gamma_is_its_own_gauss_rule():
    law = Gamma(mean=2.0, cv=0.7)
    for ours, known in zip(rules.compressed(rules.rule(law), 8), nodes(law, 8), strict=True):
        assert np.sort(ours) == pytest.approx(np.sort(known), rel=1e-7)


def test_few_values_are_kept_and_gathered():
    values, chance = rules.compressed(
        (np.array([2.0, 0.0, 2.0, 5.0]), np.array([0.2, 0.5, 0.3, 0.0])), 6
    )
    assert values.tolist() == [0.0, 2.0]
    assert chance == pytest.approx([0.5, 0.5])


def test_any_law_with_a_quantile_function_has_a_rule():
    """E[X**k] = scale**k Gamma(1 + k / shape)."""
    values, chance = rules.rule(Weibull(shape=0.7, scale=2.0))
    assert chance.sum() == pytest.approx(1, abs=1e-14)
    for k in range(4):
        assert chance @ values**k == pytest.approx(2**k * math.gamma(1 + k / 0.7), rel=1e-8)


def test_products_of_independent_draws():
    one, other = rules.rule(Gamma(mean=2.0, cv=0.5)), rules.rule(Gamma(mean=1.0, cv=1.0))
    values, chance = rules.compressed(rules.multiplied(one, other), 7)
    assert chance @ values == pytest.approx(2.0)
    assert chance @ values**2 == pytest.approx(4 * 1.25 * 2)
    assert rules.multiplied()[0].tolist() == [1.0]


def test_draws_together_are_independent_and_bounded():
    drawn, chance = rules.together([rules.rule(Gamma(mean=m, cv=0.5)) for m in (1.0, 2.0, 3.0)])
    assert len(chance) <= rules.MOST_ATOMS
    assert drawn @ chance == pytest.approx([1.0, 2.0, 3.0])
    assert (drawn[0] * drawn[1]) @ chance == pytest.approx(2.0)
    assert (drawn[0] ** 2 * drawn[2]) @ chance == pytest.approx(1.25 * 3)
    five = [rules.rule(Gamma(mean=1.0, cv=0.5))] * 5
    assert len(rules.together(five)[1]) == 7**5
    with pytest.raises(Undefined, match="6 draws together need more than 20000 points"):
        rules.together([*five, five[0]])
    drawn, chance = rules.together([])
    assert drawn.shape == (0, 1)
    assert chance.tolist() == [1.0]
