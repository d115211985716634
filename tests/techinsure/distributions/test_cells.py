"""Cells of equal probability: exact means, known shortfall, nothing outside the law's support."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.catalogue import shipped
from techinsure.distributions import Beta, Gamma, Lognormal, Point
from techinsure.distributions.cells import CELLS, cell_means, draw
from techinsure.evidence import Prior

LAWS = [
    Beta(mean=0.4, cv=0.5),
    Beta(mean=0.05, cv=2.0),
    Beta(mean=0.8, cv=0.005),
    Gamma(mean=0.006, cv=0.9),
    Gamma(mean=1.0, cv=0.05**0.5),
    Gamma(mean=1.0, cv=20.0),
    Lognormal(mean=1.0, cv=0.333),
]
LEANING = [
    Beta(mean=0.8, cv=0.4),  # b = 0.11: an eighth of the law rounds to 1
    Beta(mean=0.5, cv=0.9),
    Beta(mean=0.95, cv=0.2),
    Beta(mean=0.999999, cv=0.0001),
]


def priors(record):
    """Every prior inside a record."""
    if isinstance(record, Prior):
        yield record
    elif isinstance(record, dict):
        for inner in record.values():
            yield from priors(inner)
    elif isinstance(record, tuple):
        for inner in record:
            yield from priors(inner)
    elif hasattr(record, "__dataclass_fields__"):
        for name in record.__dataclass_fields__:
            yield from priors(getattr(record, name))


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_mean_is_exact(law):
    assert cell_means(law).mean() == pytest.approx(law.mean, rel=1e-14)


@pytest.mark.parametrize("law", LAWS + LEANING, ids=repr)
def test_cells_rise_and_lie_between_their_edges(law):
    means = cell_means(law)
    edges = law.quantile(np.linspace(0, 1, CELLS + 1))
    assert means.shape == (CELLS,)
    assert (np.diff(means) >= 0).all()
    assert (means >= edges[:-1] * (1 - 1e-9)).all()
    assert (means <= edges[1:] * (1 + 1e-9)).all()


@pytest.mark.parametrize("law", LEANING, ids=repr)
def test_a_law_that_leans_on_one_stays_below_it(law):
    """Its edges crowd into a few float64 numbers; differences of partial means gave 29.6 here."""
    means = cell_means(law)
    assert means.max() <= 1
    assert means.mean() == pytest.approx(law.mean, rel=1e-11)


@given(st.floats(0.02, 50), st.floats(0.02, 50))
@settings(max_examples=30)
def test_any_beta_law_keeps_its_mean_within_zero_and_one(a, b):
    law = Beta.of_shapes(a, b)
    means = cell_means(law)
    assert means.mean() == pytest.approx(law.mean, rel=1e-10)
    assert means.min() >= 0
    assert means.max() <= 1
    assert means.std() <= law.variance**0.5 * (1 + 1e-9)


def test_cells_average_the_law_they_stand_for():
    """Each is the mean of its part of the quantile."""
    law = Beta(mean=0.3, cv=0.7)
    u, w = np.polynomial.legendre.leggauss(8)
    inside = law.quantile((np.arange(CELLS)[:, None] + (1 + u) / 2) / CELLS)
    # in the first and last cells the quantile is steep, and eight points are few
    assert cell_means(law)[5:-5] == pytest.approx((inside @ w / 2)[5:-5], rel=1e-7)


def test_the_catalogue_loses_less_spread_than_is_documented():
    """Rates, probabilities and ratios: 2e-4 of the standard deviation. Amounts are not drawn so."""
    drawn = [
        prior.law
        for product in shipped().products.values()
        for prior in priors(product.model)
        if prior.family in ("beta", "gamma") and prior.cv > 0
    ]
    assert len(drawn) > 40
    lost = [1 - cell_means(law).std() / law.variance**0.5 for law in drawn]
    assert max(lost) < 2e-4
    assert min(lost) > 0


def test_a_heavy_tail_loses_more():
    """Why amounts without a limit are never drawn by cells."""
    law = Lognormal(mean=1.0, cv=2.0)
    assert 1 - cell_means(law).std() / law.variance**0.5 > 0.01


@pytest.mark.parametrize("law", [*LAWS, *LEANING], ids=repr)
def test_draws_take_every_cell_and_never_one_more(law):
    middles = (np.arange(CELLS) + 0.5) / CELLS
    assert (draw(law, middles) == cell_means(law)).all()
    ends = np.array([2.0**-53, 1 - 2.0**-53])  # the ends of `seeding.uniforms`
    assert draw(law, ends).tolist() == cell_means(law)[[0, -1]].tolist()


def test_draws_rise_with_the_uniform_and_keep_its_shape():
    u = np.linspace(0.0001, 0.9999, 60).reshape(3, 20)
    drawn = draw(Gamma(mean=2.0, cv=0.5), u)
    assert drawn.shape == u.shape
    assert (np.diff(drawn.ravel()) >= 0).all()


def test_a_point_is_drawn_as_itself():
    assert draw(Point(mean=0.4), np.array([0.1, 0.9])).tolist() == [0.4, 0.4]
    assert draw(Point(mean=0.0), np.array([0.5])).tolist() == [0.0]


def test_cells_are_read_only_and_kept():
    law = Beta(mean=0.4, cv=0.5)
    assert cell_means(law) is cell_means(Beta(mean=0.4, cv=0.5))
    with pytest.raises(ValueError, match="read-only"):
        cell_means(law)[0] = 1.0
