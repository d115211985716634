"""Increased limits factors: from a law, from a table, layers that add, refusals by row."""

import numpy as np
import pytest

from techinsure.distributions import GeneralizedPareto, Lognormal, Pareto
from techinsure.errors import InvalidParameter, Refused
from techinsure.evidence.exposure_curves import Riebesell
from techinsure.evidence.increased_limits import IncreasedLimits

LIMITS = (1e5, 2.5e5, 5e5, 1e6, 2e6)
PRINTED = IncreasedLimits(
    basic_limit=1e5, limits=LIMITS, factors=(1.0, 1.35, 1.6, 1.85, 2.05), rounding=0.005
)


@pytest.mark.parametrize(
    "law",
    [
        Lognormal(mean=3e5, cv=4.0),
        GeneralizedPareto(shape=1.2, scale=1e5),  # its mean is infinite
        Pareto(shape=0.8, scale=5e4),
    ],
    ids=["lognormal", "gpd", "pareto"],
)
def test_factors_of_a_law(law):
    found = IncreasedLimits.of_law(law, LIMITS, basic_limit=2.5e5)
    means = law.limited_mean(np.array(LIMITS))
    assert found.factors == pytest.approx(means / means[1], rel=1e-12)
    assert found.factor(2.5e5) == 1
    basic_premium = 40.0
    frequency = basic_premium / means[1]
    for low, high in ((2.5e5, 1e6), (5e5, 2e6), (0.0, 1e5)):
        cost = frequency * float(law.layer_mean(low, high - low))
        assert found.layer_premium(basic_premium, low, high - low) == pytest.approx(cost, rel=1e-9)


def test_factors_of_a_pareto_tail_are_riebesells():
    """From far above the threshold each doubling costs 1 + z, z = 2**(1 - shape) - 1."""
    curve = Riebesell(z=0.2)
    law = Pareto(shape=1 - curve.power, scale=1e-9)
    found = IncreasedLimits.of_law(law, LIMITS, basic_limit=1e5)
    for limit, factor in zip(LIMITS, found.factors, strict=True):
        assert factor == pytest.approx(curve.increased_limits_factor(limit, 1e5), rel=1e-3)
    assert found.factor(1e6) == pytest.approx(1.2 * found.factor(5e5), rel=1e-3)


def test_layers_that_join_add_up():
    parts = [
        PRINTED.layer_premium(1000.0, low, high - low)
        for low, high in zip((0.0, *LIMITS), LIMITS, strict=False)
    ]
    assert sum(parts) == pytest.approx(PRINTED.layer_premium(1000.0, 0.0, 2e6))
    assert parts == pytest.approx([1000, 350, 250, 250, 200])
    assert PRINTED.layer_premium(1000.0, 0.0, 1e5) == 1000


def test_between_rows():
    assert PRINTED.factor(7.5e5) == pytest.approx(1.725)
    assert PRINTED.factor(0.0) == 0
    law = Lognormal(mean=3e5, cv=4.0)
    exact = float(law.limited_mean(np.array(7.5e5)) / law.limited_mean(np.array(1e5)))
    below = IncreasedLimits.of_law(law, LIMITS, basic_limit=1e5).factor(7.5e5)
    assert 0.97 * exact < below < exact


@pytest.mark.parametrize("limit", [5e4, 2.1e6])
def test_beyond_the_table(limit):
    with pytest.raises(Refused, match="the table reaches from 100000 to 2e"):
        PRINTED.factor(limit)


def table(limits, factors, basic_limit=1.0, rounding=0.0):
    return lambda: IncreasedLimits(
        basic_limit=basic_limit, limits=limits, factors=factors, rounding=rounding
    )


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (table((1.0, 2.0, 3.0), (1.0, 1.3, 1.2)), "factors[2] must be >= 1.3, the row before, got"),
        (table((1.0, 3.0, 2.0), (1.0, 1.3, 1.4)), "limits[2] must be > 3, the row before, got 2"),
        (table((1.0, 2.0, 3.0), (1.0, 1.2, 1.5)),
         "factors[2] must be <= 1.4 to be concave, got 1.5 (each step of limits must cost no more"),
        (table((1.0, 2.0), (1.0, 2.5)), "factors[1] must be <= 2 to be concave, got 2.5"),
        (table((1.0, 2.0), (1.0,)), "factors must have 2 entries, one for each of limits"),
        (table((1.0, 2.0), (0.8, 1.0)), "factors[0] must be 1, got 0.8 (it is the factor of the"),
        (table((1.0, 2.0), (1.0, 1.2), 3.0), "basic_limit must be a row, got 3.0 (the limits are"),
        (table((0.0, 1.0), (1.0, 1.2)), "limits[0] must be > 0"),
        (table((), ()), "limits must have at least 1 entries"),
        (lambda: IncreasedLimits.of_law(Pareto(shape=2.0, scale=1.0), [1.0], 2.0),
         "basic_limit must be a row"),
        (lambda: PRINTED.layer_premium(-1.0, 0, 1e5), "basic_premium must be >= 0"),
        (lambda: PRINTED.layer_premium(1.0, 1e5, 0), "limit must be > 0"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)


def test_a_printed_table_may_miss_by_its_rounding():
    with pytest.raises(InvalidParameter, match=r"factors\[3\] must be <= 1.33"):
        table((1.0, 2.0, 3.0, 4.0), (1.0, 1.21, 1.27, 1.34))()
    assert table((1.0, 2.0, 3.0, 4.0), (1.0, 1.21, 1.27, 1.34), rounding=0.005)()
