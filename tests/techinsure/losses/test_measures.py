"""Mean, sd, VaR, TVaR, co-TVaR and tail weights: identities for every input, and refusals.

What they are worth on known laws: tests/reference/test_risk_measures.py; what their errors are
worth: test_error_bars.py.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, Undefined
from techinsure.losses import measures
from techinsure.quantities import Estimate
from tests.techinsure.losses.annual_values import LEVELS, annual, weighted

few = settings(max_examples=60)


def near(value, *others):
    """Equal up to the rounding of the largest amount involved."""
    return pytest.approx(value, rel=1e-9, abs=1e-12 * max([1.0, *(abs(x) for x in others)]))


@few
@given(annual(), LEVELS)
def test_tvar_is_at_least_var_and_var_one_of_the_values(values, level):
    var, tvar = measures.var(values, level), measures.tvar(values, level)
    assert tvar.value >= var.value
    assert var.value in values
    assert values.min() <= var.value
    assert tvar.value <= values.max() + 1e-9 * abs(values.max())


@few
@given(annual(), LEVELS)
def test_var_is_the_lower_quantile_by_its_definition(values, level):
    level_ = Fraction(str(level))
    reached = [x for x in values if Fraction(int((values <= x).sum()), len(values)) >= level_]
    assert measures.quantile(values, level) == min(reached)
    assert measures.var(values, level).value == min(reached)


@few
@given(annual(), LEVELS)
def test_tvar_is_the_mean_of_the_quantiles_beyond(values, level):
    """The integral of the quantile function, in exact fractions."""
    exact, n = Fraction(str(level)), len(values)
    beyond = Fraction(0)
    for rank, x in enumerate(sorted(values), start=1):
        width = Fraction(rank, n) - max(Fraction(rank - 1, n), exact)
        beyond += max(width, Fraction(0)) * Fraction(float(x))
    assert measures.tvar(values, level).value == near(float(beyond / (1 - exact)), *values)


@few
@given(annual())
def test_level_zero_is_the_minimum_and_the_mean(values):
    assert measures.var(values, 0).value == values.min()
    assert measures.tvar(values, 0).value == near(values.mean(), *values)


@few
@given(annual(), LEVELS, st.floats(-1e6, 1e6), st.floats(0.01, 1000.0))
def test_a_shift_moves_and_a_scale_multiplies(values, level, shift, scale):
    for measure in (measures.var, measures.tvar):
        plain = measure(values, level)
        moved, scaled = measure(values + shift, level), measure(values * scale, level)
        assert moved.value == near(plain.value + shift, shift, *values)
        assert scaled.value == near(plain.value * scale, *(values * scale))
        assert scaled.standard_error == near(plain.standard_error * scale, *(values * scale))
    assert measures.sd(values * scale).value == near(
        measures.sd(values).value * scale, *(values * scale)
    )


@few
@given(annual(), LEVELS, st.randoms(use_true_random=False))
def test_order_of_years_means_nothing(values, level, random):
    shuffled = np.array(random.sample(list(values), len(values)))
    for measure in (measures.var, measures.tvar):
        assert measure(values, level).value == near(measure(shuffled, level).value, *values)
        assert measure(values, level).standard_error == near(
            measure(shuffled, level).standard_error, *values
        )


@few
@given(st.integers(2, 30).flatmap(lambda n: st.tuples(annual(n, n), annual(n, n))), LEVELS)
def test_tvar_of_a_sum_is_at_most_the_sum(pair, level):
    first, second = pair
    together = measures.tvar(first + second, level).value
    apart = measures.tvar(first, level).value + measures.tvar(second, level).value
    assert together <= apart + 1e-9 * max(1.0, np.abs(pair).max())


@few
@given(annual(), LEVELS)
def test_tail_weights_sum_to_one_and_give_the_tvar(values, level):
    tail = measures.tail_weights(values, level)
    assert tail.shape == values.shape
    assert (tail >= 0).all()
    assert tail.sum() == pytest.approx(1.0, rel=1e-12)
    assert tail @ values == near(measures.tvar(values, level).value, *values)
    # nobody has more than the whole of a year's probability
    assert tail.max() <= 1 / (len(values) * (1 - float(level))) * (1 + 1e-12)
    assert len(set(tail[values == measures.quantile(values, level)])) == 1  # ties share alike


@few
@given(weighted(), LEVELS)
def test_a_weight_counts_like_so_many_years(drawn, level):
    values, times = drawn
    weight, years = times / times.sum(), np.repeat(values, times)
    assert measures.quantile(values, level, weight) == measures.quantile(years, level)
    tail = measures.tail_weights(values, level, weight)
    assert tail.sum() == pytest.approx(1.0, rel=1e-12)
    assert tail @ values == near(measures.tvar(years, level).value, *values)
    assert measures.tvar(values, level, weight).value == near(tail @ values, *values)
    assert measures.mean(values, weight).value == near(years.mean(), *values)
    assert measures.sd(values, weight).value == near(years.std(), *values)
    assert measures.probability_positive(values, weight).value == near((years > 0).mean())


@few
@given(annual(), LEVELS)
def test_equal_weights_given_are_none_given(values, level):
    weight = np.full(len(values), 1 / len(values))
    assert measures.summary(values, weight) == measures.summary(values)
    assert measures.var(values, level, weight) == measures.var(values, level)
    assert measures.tvar(values, level, weight) == measures.tvar(values, level)
    assert measures.probability_positive(values, weight) == measures.probability_positive(values)
    assert (measures.tail_weights(values, level, weight)
            == measures.tail_weights(values, level)).all()  # fmt: skip


@few
@given(annual(), LEVELS)
def test_one_stratum_is_none(values, level):
    stratum = np.full(len(values), 7)
    for measure in (measures.mean, measures.sd):
        assert measure(values, stratum=stratum).standard_error == near(
            measure(values).standard_error, *values
        )
    tvar, plain = measures.tvar(values, level, stratum=stratum), measures.tvar(values, level)
    assert tvar.value == plain.value
    assert tvar.standard_error == near(plain.standard_error, *values)


@few
@given(
    st.integers(2, 30).flatmap(
        lambda n: st.lists(annual(n, n), min_size=1, max_size=4).map(np.stack)
    ),
    LEVELS,
)
def test_shares_of_the_tail_sum_to_it(parts, level):
    total = parts.sum(axis=0)
    shares = measures.co_tvar(parts, total, level, unit="CNY")
    whole = sum(share.value for share in shares)
    assert whole == near(measures.tvar(total, level).value, *np.abs(parts).max(axis=1))
    for share, part in zip(shares, parts, strict=True):
        assert share.value <= measures.tvar(part, level).value + 1e-9 * max(1, np.abs(part).max())
        assert share.unit == "CNY"


def test_the_error_of_a_share_of_one_risk_is_that_of_the_whole():
    total = np.random.default_rng(1).lognormal(size=20_000)
    (share,) = measures.co_tvar([total], total, 0.99)
    assert share.standard_error == pytest.approx(
        measures.tvar(total, 0.99).standard_error, rel=0.03
    )


def test_shares_among_years_tied_at_a_cap():
    """A stop loss leaves a quarter of the years at its attachment: all of them share the tail."""
    generator = np.random.default_rng(2)
    parts = generator.exponential(size=(3, 4000))
    parts *= np.minimum(1, np.quantile(parts.sum(axis=0), 0.75) / parts.sum(axis=0))
    total = parts.sum(axis=0)
    total[total > total.max() * (1 - 1e-9)] = total.max()
    shares = measures.co_tvar(parts, total, 0.99)
    tied = total == total.max()
    assert [share.value for share in shares] == pytest.approx(parts[:, tied].mean(axis=1))
    expected = parts[:, tied].std(axis=1) / np.sqrt(tied.sum())
    assert [share.standard_error for share in shares] == pytest.approx(expected, rel=0.01)
    assert measures.tvar(total, 0.99).standard_error == 0.0


def test_tied_years_share_in_proportion_to_their_weight():
    """Level 0.5: 0.2 lies above the VaR of 3; the 0.3 left is shared 1 : 3 by two years."""
    values, weight = [0.0, 3.0, 3.0, 8.0], [0.4, 0.1, 0.3, 0.2]
    tail = measures.tail_weights(values, 0.5, weight)
    assert tail == pytest.approx([0.0, 0.15, 0.45, 0.4])
    part = [9.0, 1.0, 2.0, 5.0]
    (share,) = measures.co_tvar([part], values, 0.5, weight)
    assert share.value == pytest.approx(0.15 * 1 + 0.45 * 2 + 0.4 * 5)


def test_the_error_of_var_at_a_cap_sees_both_sides_of_it():
    """0.54% of the years are at the cap, level 0.995: a few years less and VaR is below it."""
    values = np.minimum(np.arange(10_000.0), 9946.0)
    plain = measures.var(values, 0.995)
    assert plain.value == 9946.0
    one_stratum = measures.var(values, 0.995, stratum=np.zeros(10_000, int))
    assert one_stratum.standard_error == pytest.approx(plain.standard_error, rel=0.5)
    assert plain.standard_error > 1


@pytest.mark.parametrize("weight", [None, np.arange(1, 11) / 55])
@pytest.mark.parametrize("constant", [0.0, 0.1, -7.3, 1e12])
def test_constant_values_have_no_spread_and_no_error(constant, weight):
    found = measures.summary(np.full(10, constant), weight)
    assert found.sd == Estimate(value=0.0, standard_error=0.0)
    for estimate in (found.mean, found.var_995, found.tvar_995):
        assert estimate.value == pytest.approx(constant, rel=1e-15)
        assert estimate.standard_error == 0.0


def test_a_summary_is_its_four_measures_with_their_unit():
    values = np.random.default_rng(1).exponential(size=1000) - 0.5
    assert measures.summary(values, unit="CNY") == measures.Summary(
        mean=measures.mean(values, unit="CNY"),
        sd=measures.sd(values, unit="CNY"),
        var_995=measures.var(values, 0.995, unit="CNY"),
        tvar_995=measures.tvar(values, 0.995, unit="CNY"),
    )


def test_whole_numbers_and_lists_are_values_too():
    assert measures.mean([1, 2, 3]).value == 2.0
    assert measures.tvar(np.array([1, 2, 3, 4], dtype=np.int32), 0.5).value == 3.5


def test_nothing_is_changed_in_place():
    values = np.array([3.0, 0.0, -1.0, 5.0])
    values.flags.writeable = False
    weight = np.array([0.1, 0.2, 0.3, 0.4])
    weight.flags.writeable = False
    measures.summary(values, weight, stratum=np.array([0, 0, 1, 1]))
    measures.co_tvar(values[None], values, 0.5, weight)
    assert list(values) == [3.0, 0.0, -1.0, 5.0]


ONE_YEAR = {
    "mean": measures.mean,
    "sd": measures.sd,
    "probability": measures.probability_positive,
    "summary": measures.summary,
    "var": lambda values, *rest, **named: measures.var(values, 0.5, *rest, **named),
    "tvar": lambda values, *rest, **named: measures.tvar(values, 0.5, *rest, **named),
    "co_tvar": lambda values, *rest, **named: measures.co_tvar(
        [values], values, 0.5, *rest, **named
    ),
}


@pytest.mark.parametrize("name", ONE_YEAR)
def test_one_year_has_no_error(name):
    with pytest.raises(Undefined, match="simulate at least 2"):
        ONE_YEAR[name]([5.0])
    with pytest.raises(Undefined, match="simulate at least 2"):
        ONE_YEAR[name]([5.0, 1.0], [1.0, 0.0])
    with pytest.raises(Undefined, match="at least 2 in each stratum"):
        ONE_YEAR[name]([5.0, 1.0, 2.0], stratum=[0, 1, 1])


def test_one_year_has_a_quantile_and_a_tail():
    assert measures.quantile([5.0], 0.995) == 5.0
    assert list(measures.tail_weights([5.0], 0.995)) == [1.0]


LEVEL_TAKERS = {
    "quantile": measures.quantile,
    "var": measures.var,
    "tvar": measures.tvar,
    "tail_weights": measures.tail_weights,
    "co_tvar": lambda values, level: measures.co_tvar([values], values, level),
}


@pytest.mark.parametrize("level", [99, 1, 1.0, -0.1, 99.5, Fraction(3, 2), np.float64(99.0)])
@pytest.mark.parametrize("name", LEVEL_TAKERS)
def test_a_level_outside_of_its_range(name, level):
    with pytest.raises(InvalidParameter, match=r"^level must be in \[0, 1\), got ") as caught:
        LEVEL_TAKERS[name]([1.0, 2.0], level)
    assert "fractions: 0.99 for 99%" in str(caught.value)


def test_a_level_of_99_says_what_it_got():
    with pytest.raises(InvalidParameter, match=r"level must be in \[0, 1\), got 99 "):
        measures.tvar([1.0, 2.0], 99)


@pytest.mark.parametrize("level", [True, "0.99", None, float("nan"), float("inf"), [0.9]])
@pytest.mark.parametrize("name", LEVEL_TAKERS)
def test_a_level_that_is_no_number(name, level):
    with pytest.raises(InvalidParameter, match=r"^level must be (a number|finite)"):
        LEVEL_TAKERS[name]([1.0, 2.0], level)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e200])
@pytest.mark.parametrize("name", ONE_YEAR)
def test_values_that_are_not_finite_are_counted(name, bad):
    message = r"values\[1\] must be finite and within 1e\+150, 2 of 4 are not"
    with pytest.raises(InvalidParameter, match=message):
        ONE_YEAR[name]([1.0, bad, 2.0, bad])


def test_components_are_checked_with_their_own_name():
    values = [1.0, 2.0, 3.0]
    with pytest.raises(InvalidParameter, match=r"components\[1, 0\] must be finite.* 1 of 6"):
        measures.co_tvar([values, [float("nan"), 1.0, 2.0]], values, 0.5)
    with pytest.raises(InvalidParameter, match="components must have 3 years, like `values`"):
        measures.co_tvar([[1.0, 2.0]], values, 0.5)
    with pytest.raises(InvalidParameter, match=r"components must have the shape \(n_parts"):
        measures.co_tvar(values, values, 0.5)
    assert measures.co_tvar(np.zeros((0, 3)), values, 0.5) == []
