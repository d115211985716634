"""Every law of an amount through every identity, and its parameters against scipy's."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from techinsure.distributions import Severity
from techinsure.distributions.lattice import discretised
from techinsure.errors import InvalidParameter, Undefined
from tests.techinsure.distributions.zoo import (
    AMOUNTS,
    has_mean,
    has_variance,
    is_smooth,
    name,
    scaled,
)

LAWS = [law for law, _ in AMOUNTS]
KNOWN = [(law, known) for law, known in AMOUNTS if known is not None]
SMOOTH = [law for law in LAWS if is_smooth(law)]
LEVELS = np.array([1e-9, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9])
each_law = pytest.mark.parametrize("law", LAWS, ids=name)
each_smooth = pytest.mark.parametrize("law", SMOOTH, ids=name)
each_known = pytest.mark.parametrize(("law", "known"), KNOWN, ids=[name(law) for law, _ in KNOWN])


def top(law):
    """The end of the support, or inf."""
    return float(law.quantile(np.array(1.0)))


def points(law):
    """Amounts from far below to far beyond the middle, and beyond the end."""
    inside = law.quantile(np.array([1e-6, 0.01, 0.3, 0.7, 0.99, 1 - 1e-7]))
    return np.unique(np.concatenate([[0.0], inside, inside[-1:] * 3]))


def area(curve, low, high, law):
    """The integral of a curve of arrays: Gauss-Legendre in pieces between the law's quantiles."""
    levels = [0.0, 1e-12, 1e-9, 1e-6, 1e-3, 0.03, 0.2, 0.5, 0.8, 0.97, 0.999, 1 - 1e-6, 1 - 1e-9]
    inside = law.quantile(np.array(levels))
    edges = np.unique(np.clip([low, *inside, high], low, min(high, max(low, top(law)))))
    cut = [np.geomspace(a, b, 13) if a > 0 else np.linspace(a, b, 5) for a, b in pairwise(edges)]
    edges = np.unique(np.concatenate([edges, *cut]))
    u, w = np.polynomial.legendre.leggauss(20)
    start, half = edges[:-1, None], np.diff(edges)[:, None] / 2
    return float((half * w * curve(start + half * (1 + u))).sum())


def test_every_kind_of_law_is_in_the_zoo():
    in_union = {get.__name__ for get in Severity.__origin__.__args__}
    assert {type(law).__name__ for law in LAWS} == in_union


@each_known
def test_parameters_are_those_of_scipy(law, known):
    assert law.quantile(LEVELS) == pytest.approx(known.ppf(LEVELS), rel=1e-7, abs=0)
    x = known.ppf(LEVELS[1:-1])
    assert law.cdf(x) == pytest.approx(known.cdf(x), rel=1e-8, abs=0)
    assert law.survival(x) == pytest.approx(known.sf(x), rel=1e-8, abs=0)


@each_known
def test_moments_are_those_of_scipy(law, known):
    if has_mean(law):
        assert law.mean == pytest.approx(known.mean(), rel=1e-8, abs=0)
    if has_variance(law):
        assert law.variance == pytest.approx(known.var(), rel=1e-8, abs=0)


@each_law
def test_infinite_moments_are_undefined(law):
    for is_finite, moment in ((has_mean(law), "mean"), (has_variance(law), "variance")):
        if is_finite:
            assert 0 <= getattr(law, moment) < np.inf
            continue
        with pytest.raises(Undefined, match=rf"the {moment} of \w+\(.*shape=.* is infinite"):
            getattr(law, moment)
    if not has_mean(law):
        for ask in (law.limited_mean, law.partial_mean, law.excess_mean):
            with pytest.raises(Undefined, match="infinite"):
                ask(np.array(np.inf))
        with pytest.raises(Undefined, match="infinite"):
            law.layer_mean(0.0, np.inf)


@each_law
def test_variance_is_the_integral_of_cdf_times_excess(law):
    """Var X = 2 int P(X <= x) E[max(X - x, 0)] dx (Hoeffding); a Lomax tail of 2.5 is too long
    for the quadrature."""
    if has_variance(law) and not (law.kind == "lomax" and law.shape < 3):
        end = min(top(law), float(law.quantile(np.array(1 - 1e-15))) * 1000)

        def spread(x):
            return law.cdf(x) * law.excess_mean(x)

        assert 2 * area(spread, 0.0, end, law) == pytest.approx(law.variance, rel=1e-7, abs=0)


@each_smooth
def test_quantile_and_cdf_are_inverse(law):
    u = np.linspace(0.001, 0.999, 200)
    x = law.quantile(u)
    assert (np.diff(x) >= 0).all()
    u, x = u[x < top(law)], x[x < top(law)]
    assert law.cdf(x) == pytest.approx(u, rel=1e-9, abs=0)


@each_law
def test_quantile_is_the_smallest_amount_that_reaches_the_level(law):
    u = np.linspace(0.001, 0.999, 50)
    x = law.quantile(u)
    assert (law.cdf(x) >= u - 1e-12).all()
    assert (law.cdf(x * (1 - 1e-6)) <= u + 1e-12).all()


@each_law
def test_cdf_and_survival(law):
    x = points(law)
    assert law.cdf(x) + law.survival(x) == pytest.approx(1, abs=1e-14)
    assert (np.diff(law.cdf(x)) >= 0).all()
    assert (np.diff(law.survival(x)) <= 0).all()
    none = np.array([-1.0, -1e-9])
    assert law.cdf(none).tolist() == [0, 0]
    assert law.survival(none).tolist() == [1, 1]
    assert law.cdf(np.array(np.inf)) == 1
    assert law.survival(np.array(np.inf)) == 0


@each_law
def test_limited_mean_is_the_integral_of_the_survival(law):
    for x in points(law)[1:]:
        expected = area(law.survival, 0.0, x, law)
        assert law.limited_mean(np.array(x)) == pytest.approx(expected, rel=1e-9, abs=0)


@each_smooth
def test_the_derivative_of_the_limited_mean_is_the_survival(law):
    x = law.quantile(np.array([0.2, 0.5, 0.8]))
    x = x[x < top(law)]
    h = 1e-5 * x
    slope = (law.limited_mean(x + h) - law.limited_mean(x - h)) / (2 * h)
    assert slope == pytest.approx(law.survival(x), rel=1e-5, abs=0)


@each_smooth
@pytest.mark.parametrize("level", [1e-12, 1e-7, 0.01, 0.4, 0.9])
def test_partial_mean_is_the_integral_of_the_quantile(law, level):
    """E[X; X <= x] = int_0^F(x) quantile(u) du, with many pieces towards 0."""
    x = law.quantile(np.array(level))
    if float(x) == top(law) or (law.kind == "pareto" and level == 1e-12):
        return  # beyond the threshold by less than the rounding of x
    edges = level * np.concatenate([[0.0], np.geomspace(1e-12, 1, 60)])
    u, w = np.polynomial.legendre.leggauss(20)
    low, half = edges[:-1, None], np.diff(edges)[:, None] / 2
    expected = (half * w * law.quantile(low + half * (1 + u))).sum()
    assert law.partial_mean(x) == pytest.approx(expected, rel=3e-7, abs=0)


@each_law
def test_parts_of_the_mean(law):
    """Below and beyond, with the limit or without: the pieces make the whole."""
    for x in points(law):
        limited, below = law.limited_mean(np.array(x)), law.partial_mean(np.array(x))
        assert limited == pytest.approx(below + x * law.survival(np.array(x)), rel=1e-12, abs=0)
        assert 0 <= limited <= x * (1 + 1e-12)
        if has_mean(law):
            beyond = law.excess_mean(np.array(x))
            assert beyond >= 0
            assert limited + beyond == pytest.approx(law.mean, rel=1e-11, abs=0)
    if has_mean(law):
        assert law.limited_mean(np.array(np.inf)) == pytest.approx(law.mean, rel=1e-13, abs=0)
        assert law.partial_mean(np.array(np.inf)) == pytest.approx(law.mean, rel=1e-13, abs=0)
        assert law.excess_mean(np.array(np.inf)) == 0
        assert law.excess_mean(np.array(0.0)) == pytest.approx(law.mean, rel=1e-13, abs=0)
        assert law.layer_mean(0.0, np.inf) == pytest.approx(law.mean, rel=1e-13, abs=0)


@each_law
def test_layers_add(law):
    edges = points(law)
    layers = law.layer_mean(edges[:-1], np.diff(edges))
    assert (layers >= 0).all()
    assert layers.sum() == pytest.approx(law.limited_mean(edges[-1]), rel=1e-11, abs=0)
    assert np.cumsum(layers) == pytest.approx(law.layer_mean(0.0, edges[1:]), rel=1e-11, abs=0)


@each_law
def test_a_layer_is_the_integral_of_the_survival(law):
    edges = points(law)
    for low, high in pairwise(edges):
        expected = area(law.survival, low, high, law)
        got = law.layer_mean(low, high - low)
        assert got == pytest.approx(expected, rel=1e-8, abs=1e-14 * edges[-2])


@each_law
def test_a_narrow_layer_far_out_keeps_its_digits(law):
    """Its mean is its width times the survival, however small both are."""
    x = law.quantile(1 - np.array([1e-3, 1e-9, 1e-14]))
    width = 1e-6 * (law.quantile(1 - np.array([5e-4, 5e-10, 5e-15])) - x)
    x, width = x[width > 0], width[width > 0]
    middle = law.survival(x + width / 2)
    assert law.layer_mean(x, width) == pytest.approx(middle * width, rel=2e-6, abs=0)


@each_law
def test_amounts_have_no_unit_of_their_own(law):
    """In thousandths of the unit the law is the same, and layers are a thousandfold."""
    large = scaled(law, 1000.0)
    if large is None:
        assert top(law) == 1
        return
    x = points(law)
    assert large.quantile(LEVELS) == pytest.approx(1000 * law.quantile(LEVELS), rel=1e-12, abs=0)
    assert large.survival(1000 * x[1:-1]) == pytest.approx(law.survival(x[1:-1]), rel=1e-9, abs=0)
    layers = law.layer_mean(x[:-1], np.diff(x))
    assert large.layer_mean(1000 * x[:-1], 1000 * np.diff(x)) == pytest.approx(
        1000 * layers, rel=1e-9, abs=1e-12 * x[1]
    )


@each_law
def test_shapes_of_arrays_are_kept(law):
    u = np.full((2, 3), 0.3)
    x = law.quantile(u)
    asked = [law.cdf, law.survival, law.partial_mean, law.limited_mean]
    for values in (x, *(ask(x) for ask in [*asked, *[law.excess_mean] * has_mean(law)])):
        assert values.shape == (2, 3)
        assert values.dtype == np.float64
    assert law.layer_mean(np.ones((4, 1)), np.ones(3)).shape == (4, 3)


@each_law
@pytest.mark.parametrize("wrong", [-1e-9, 1 + 1e-9, 99.0, np.nan])
def test_a_level_outside_zero_and_one_is_refused(law, wrong):
    with pytest.raises(InvalidParameter, match=r"uniforms\[1\] must be in \[0, 1\], got"):
        law.quantile(np.array([0.5, wrong]))


@each_law
@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_a_layer_that_is_none_is_refused(law, wrong):
    with pytest.raises(InvalidParameter, match="attachment must be >= 0, got"):
        law.layer_mean(wrong, 1.0)
    with pytest.raises(InvalidParameter, match=r"limit\[0\] must be >= 0, got"):
        law.layer_mean(1.0, np.array([wrong]))


@each_law
def test_a_law_is_read_by_its_kind(law):
    adapter = TypeAdapter(Severity)
    assert adapter.validate_python(adapter.dump_python(law)) == law
    assert adapter.dump_python(law).keys() == {field.name for field in fields(law)}


@each_law
@pytest.mark.parametrize("deductible", [0.0, 0.4])
def test_on_a_lattice_the_mean_and_the_stop_loss_premiums_are_kept(law, deductible):
    low, limit = deductible * law.quantile(np.array(0.5)), float(law.quantile(np.array(0.95)))
    on = discretised(law, step=limit / 64, limit=limit, deductible=float(low))
    assert on.mean == pytest.approx(float(law.layer_mean(low, limit)), rel=1e-10, abs=0)
    cells = on.values[:-1]
    premiums = law.layer_mean(low + cells, limit - cells)
    assert on.stop_loss(cells) == pytest.approx(premiums, rel=1e-8, abs=1e-14 * limit)


@given(
    st.sampled_from(LAWS),
    st.floats(1e-6, 1 - 1e-6),
    st.floats(1e-6, 1 - 1e-6),
    st.floats(0.0, 2.0, allow_subnormal=False),  # a subnormal width has no relative precision
)
@settings(max_examples=150)
def test_a_layer_lies_between_its_ends(law, one, other, stretch):
    """And never costs more than the same width further down."""
    low, high = law.quantile(np.array(sorted([one, other])))
    width = float(high - low) + stretch * float(high)
    cost = law.layer_mean(low, width)
    assert width * law.survival(low + width) * (1 - 1e-12) <= cost
    assert cost <= width * law.survival(low) * (1 + 1e-12)
    lower = law.layer_mean(low / 2, width)
    assert lower >= cost * (1 - 1e-9) - 1e-13 * float(high)
