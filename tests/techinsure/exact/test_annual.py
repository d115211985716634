"""The record of an annual law, its grid, and the aggregate limit."""

import math

import numpy as np
import pytest

from techinsure import exact
from techinsure.errors import InvalidParameter, Undefined
from techinsure.exact.annual import AnnualLaw, Grid, Sum, convolved, grid_of, limited, summed
from techinsure.losses import measures
from tests.techinsure.exact.law_checks import law_of, with_limit
from tests.techinsure.models.staged_cases import projects, staged


def law(amounts, chance, **changes):
    return AnnualLaw(**{
        "amounts": np.array(amounts, float), "chance": np.array(chance, float),
        "paid": 1 - chance[0], **changes,
    })  # fmt: skip


def test_measures_are_those_of_as_many_simulated_years():
    """100 years with these frequencies, by the house's measures."""
    one = law([0, 10, 20, 50], [0.6, 0.2, 0.15, 0.05])
    years = np.repeat([0.0, 10.0, 20.0, 50.0], [60, 20, 15, 5])
    assert one.mean == pytest.approx(years.mean())
    assert one.sd == pytest.approx(measures.sd(years).value)
    for level in (0.0, 0.5, 0.6, 0.61, 0.8, 0.93, 0.95, 0.97, 0.995):
        assert one.quantile(level) == measures.quantile(years, level)
        assert one.tvar(level) == pytest.approx(measures.tvar(years, level).value, rel=1e-12)
    assert one.cdf([-1, 0, 9.9, 10, 49, 50]) == pytest.approx([0, 0.6, 0.6, 0.8, 0.95, 1])
    assert one.survival([0, 10, 50]) == pytest.approx([0.4, 0.2, 0])
    assert one.stop_loss([0, 15, 60]) == pytest.approx([7.5, 0.15 * 5 + 0.05 * 35, 0])
    assert one.limited_mean(20.0) == pytest.approx(6.0)


def test_an_estimate_says_how_far_doubling_the_step_moves_it():
    coarser = law([0, 20], [0.62, 0.38])
    one = law([0, 10, 20], [0.5, 0.25, 0.25], coarser=coarser)
    found = one.estimate(lambda x: x.mean, "CNY")
    assert (found.value, found.exact, found.unit) == (7.5, True, "CNY")
    assert found.error_bound == pytest.approx(0.1)
    assert one.var(0.5).error_bound == 10.0  # a step at least
    assert coarser.var(0.5).error_bound == 0.0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"chance": np.array([0.5, 0.4])}, "sum to 1"),
        ({"chance": np.array([1.5, -0.5])}, "chance must be >= 0"),
        ({"amounts": np.array([1.0, 2.0])}, "ascend from 0"),
        ({"chance": np.ones(1)}, "like `amounts`"),
        ({"paid": 1.5}, "paid"),
    ],
)
def test_nonsense_is_refused_by_name(changes, named):
    whole = {"amounts": np.array([0.0, 1.0]), "chance": np.array([0.5, 0.5]), "paid": 0.5}
    with pytest.raises(InvalidParameter, match=named):
        AnnualLaw(**whole | changes)


def test_twice_the_step_divides_a_limit_and_the_smaller_of_both_has_the_cells():
    assert grid_of(1000.0, math.inf, 100) == Grid(10.0, math.inf)
    for largest, limit in ((1000.0, 777.0), (10.0, 777.0), (777.0, 777.0)):
        grid = grid_of(largest, limit, 100)
        assert (limit / (2 * grid.step)) == pytest.approx(round(limit / (2 * grid.step)))
        assert grid.step <= min(largest, limit) / 100 * (1 + 1e-12)


def test_a_limit_gathers_what_is_above_and_a_long_tail_keeps_the_mean():
    total = Sum(np.array([0.5, 0.3, 0.1, 0.1]), 0.45)
    wide = Sum(np.array([0.65, 0.25, 0.1]), 0.45)
    capped = limited(Grid(1.0, 2.0), (total, wide), lambda: 0.8)
    assert capped.amounts == pytest.approx([0, 1, 2])
    assert capped.chance == pytest.approx([0.5, 0.3, 0.2])
    assert capped.paid == pytest.approx(0.55)
    assert capped.coarser.chance == pytest.approx([0.65, 0.35])
    cut = Sum(total.chance * (1 - 1e-6), 0.45)
    exactly = float(cut.chance @ np.arange(4)) + 1e-6 * 7.5
    long = limited(Grid(1.0, math.inf), (cut, cut), lambda: exactly)
    assert long.mean == pytest.approx(exactly, rel=1e-12)
    assert long.amounts[-1] == pytest.approx(7.5)


def test_sums_convolve():
    one, other = np.array([0.5, 0.5]), np.array([0.25, 0.5, 0.25])
    assert convolved(one, other) == pytest.approx([0.125, 0.375, 0.375, 0.125])
    many = np.full(200, 1 / 200)
    assert convolved(many, many) == pytest.approx(np.convolve(many, many), abs=1e-15)
    fine, wide = summed([(Sum(one, 0.4), Sum(one, 0.4)), (Sum(other, 0.2), Sum(one, 0.2))])
    assert (fine.none, len(fine.chance), len(wide.chance)) == (pytest.approx(0.08), 4, 3)


def test_nothing_covered_or_a_limit_of_zero_pays_nothing():
    held = projects([{}])
    for law_ in (law_of(staged(), with_limit(held, 0.0)),
                 exact.annual_law(staged(), held, np.zeros(0, np.int32))):  # fmt: skip
        assert (law_.mean, law_.paid, law_.quantile(0.99)) == (0.0, 0.0, 0.0)


def test_an_aggregate_limit_is_one_cap_on_the_total():
    model, held = staged(), projects([{"route": "r"}, {"route": "r"}])
    free, capped = law_of(model, held), law_of(model, with_limit(held, 30.0))
    assert capped.amounts[-1] == pytest.approx(30.0)
    assert capped.mean == pytest.approx(float(free.limited_mean(30.0)), rel=1e-5)
    assert capped.paid == pytest.approx(free.paid, rel=1e-12)
    with pytest.raises(Undefined, match="several aggregate limits"):
        exact.annual_law(model, with_limit(held, 30.0), np.array([0], np.int32))
