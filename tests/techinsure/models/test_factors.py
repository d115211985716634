"""Draws, factors and shocks of cohort years: pure in (seed, name, year), and of the right law."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from techinsure.distributions import Beta, Gamma
from techinsure.distributions.cells import cell_means
from techinsure.evidence import Prior
from techinsure.models.factors import BLOCK, Cohorts, at
from techinsure.seeding import counters, key, uniforms

N = 40_000
RARE = 1e-4
"""Seeds are fixed: a sound generator fails once in so many of them."""

PRIOR = Prior(family="beta", mean=0.2, cv=0.35, grade="D", source="test")

DRAWS = {
    "uniform": lambda years: years.uniform("factor", "a"),
    "posterior": lambda years: years.posterior("rd_loss/chip", "fail/lab", PRIOR),
    "normal": lambda years: years.normal("rd_loss/route/a"),
    "frailty": lambda years: years.frailty("rd_loss/route/a", 0.3),
    "shock": lambda years: years.shock("supply", 0.05),
}


def years(first=0, n=N, seed=1, drawn="class"):
    return Cohorts(seed=seed, first=first, n=n, drawn=drawn)


@pytest.mark.parametrize("name", DRAWS)
@given(st.lists(st.integers(0, 3 * BLOCK), min_size=2, max_size=6, unique=True))
@settings(max_examples=15)
def test_any_split_of_years_gives_the_same_numbers(name, edges):
    draw, edges = DRAWS[name], sorted(edges)
    whole = draw(years(edges[0], edges[-1] - edges[0]))
    parts = [draw(years(low, high - low)) for low, high in pairwise(edges)]
    assert (np.concatenate(parts) == whole).all()


@pytest.mark.parametrize("name", DRAWS)
def test_a_year_far_away_can_be_drawn_alone(name):
    far = 1_999_999
    alone = DRAWS[name](years(far, 1))
    assert alone.shape == (1,)
    assert alone == DRAWS[name](years(far - 3, 5))[3]


@pytest.mark.parametrize("name", ["posterior", "normal", "frailty"])
def test_the_seed_is_another_world(name):
    one, other = (stats.rankdata(DRAWS[name](years(seed=seed))) for seed in (1, 2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(N)


def test_the_order_of_asking_changes_nothing():
    first = [years().normal("a"), years().frailty("b", 0.2)]
    second = [years().frailty("b", 0.2), years().normal("a")]
    assert (first[0] == second[1]).all()
    assert (first[1] == second[0]).all()


def test_names_and_purposes_are_independent():
    drawn = np.array([
        years().normal("route/a"), years().normal("route/b"), years().normal("route/a/lab"),
        special.ndtri(years().uniform("posterior", "route/a")),
    ])  # fmt: skip
    correlation = np.corrcoef(drawn) - np.eye(4)
    assert np.abs(correlation).max() < 4 / np.sqrt(N)


# --- Normals -------------------------------------------------------------------------------------


def test_normals_are_the_exact_inverse_of_their_uniforms():
    drawn = years().normal("route/a")
    counter = counters(np.arange(N))
    assert (drawn == special.ndtri(uniforms(key(1, "factor", "route/a"), counter))).all()
    assert stats.kstest(drawn, "norm").pvalue > RARE
    assert abs(stats.skew(drawn)) < 4 * np.sqrt(6 / N)


def test_any_years_drawn_again_are_those_of_the_simulation():
    names, some = ["route/a", "route/b"], np.array([39_999, 5, 5, 1024, 0])
    simulated = np.array([years().normal(name) for name in names])
    assert (at(1, names, some) == simulated[:, some]).all()
    assert not (at(2, names, some) == simulated[:, some]).any()


@pytest.mark.parametrize(("names", "some"), [([], [3, 4]), (["a"], []), ([], [])])
def test_no_factor_or_no_year_is_an_empty_table(names, some):
    assert at(1, names, np.array(some, dtype=np.int64)).shape == (len(names), len(some))


# --- Frailty -------------------------------------------------------------------------------------


@pytest.mark.parametrize("variance", [0.01, 0.05, 0.2, 0.6, 2.0])
def test_frailty_has_mean_one_and_its_variance(variance):
    drawn = years().frailty("route/a", variance)
    assert (drawn > 0).all()
    assert abs(drawn.mean() - 1) < 4 * np.sqrt(variance / N)
    fourth = 3 * variance**2 + 6 * variance**3  # of a gamma law, central
    error = np.sqrt((fourth - variance**2) / N)
    assert abs(drawn.var() - variance) < 4 * error


@pytest.mark.parametrize("variance", [0.05, 0.6])
def test_frailty_is_a_gamma_law_by_cells_of_exact_mean(variance):
    law = Gamma(mean=1.0, cv=variance**0.5)
    assert cell_means(law).mean() == pytest.approx(1, rel=1e-14)
    assert cell_means(law).var() == pytest.approx(variance, rel=3e-4)
    drawn = years().frailty("route/a", variance)
    assert np.isin(drawn, cell_means(law)).all()
    assert stats.kstest(law.cdf(drawn), "uniform").pvalue > RARE


def test_no_frailty_is_one():
    assert (years().frailty("route/a", 0.0) == 1).all()


# --- Shocks --------------------------------------------------------------------------------------


def test_a_shock_strikes_with_its_probability_and_by_its_name():
    struck = years().shock("supply", 0.05)
    assert struck.dtype == bool
    assert abs(struck.mean() - 0.05) < 4 * np.sqrt(0.05 * 0.95 / N)
    assert (struck == years(drawn="fixed").shock("supply", 0.05)).all()
    other = years().shock("another", 0.05)
    both = (struck & other).mean()
    assert abs(both - 0.0025) < 4 * np.sqrt(0.0025 / N)


def test_a_likelier_shock_strikes_in_the_same_years_and_more():
    """So that two runs can be compared."""
    rare, often = years().shock("supply", 0.05), years().shock("supply", 0.10)
    assert (often | ~rare).all()
    assert not years().shock("supply", 0.0).any()
    assert years().shock("supply", 1.0).all()


# --- Posterior draws -----------------------------------------------------------------------------


def test_draws_of_a_class_follow_the_prior():
    drawn = years().posterior("rd_loss/chip", "fail/lab", PRIOR)
    law = Beta(mean=0.2, cv=0.35)
    assert abs(drawn.mean() - 0.2) < 4 * np.sqrt(law.variance / N)
    assert drawn.std() == pytest.approx(law.variance**0.5, rel=0.03)
    assert stats.kstest(law.cdf(drawn), "uniform").pvalue > RARE


def test_who_shares_a_draw():
    held = {drawn: years(drawn=drawn) for drawn in ("class", "item", "fixed")}
    owners = {name: [one.owner("rd_loss/chip", item) for item in ("a", "b")]
              for name, one in held.items()}  # fmt: skip
    assert owners["class"] == ["rd_loss/chip"] * 2
    assert owners["item"] == ["rd_loss/chip/a", "rd_loss/chip/b"]
    first, second = (held["item"].posterior(o, "fail/lab", PRIOR) for o in owners["item"])
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(N)
    fixed = held["fixed"].posterior(owners["fixed"][0], "fail/lab", PRIOR)
    assert (fixed == 0.2).all()


def test_each_parameter_of_an_owner_has_a_stream_of_its_own():
    drawn = [years().posterior("rd_loss/chip", f"fail/{p}", PRIOR) for p in ("lab", "pilot")]
    assert abs(np.corrcoef(*drawn)[0, 1]) < 4 / np.sqrt(N)


def test_another_prior_is_drawn_at_the_same_uniforms():
    """A bumped prior moves every draw the same way: differences have small errors."""
    more = Prior(family="beta", mean=0.25, cv=0.35, grade="D", source="test")
    low, high = (years().posterior("o", "p", prior) for prior in (PRIOR, more))
    assert (high > low).all()


def test_what_is_held_at_its_value_is_not_drawn():
    held = Prior(family="point", mean=0.2, cv=0.35, grade="D", source="test")
    assert (years().posterior("o", "p", held) == 0.2).all()


# --- Blocks --------------------------------------------------------------------------------------


@given(st.integers(0, 5 * BLOCK), st.integers(1, 3 * BLOCK))
def test_years_from_the_start_of_their_block_end_where_they_end(first, n):
    part, all_ = years(first, n, drawn="item"), years(first, n, drawn="item").whole()
    assert all_.first == first // BLOCK * BLOCK
    assert all_.first + all_.n == first + n
    assert (all_.block, all_.drawn, all_.seed) == (part.block, "item", 1)


def test_years_are_absolute():
    assert years(first=1023, n=3).years.tolist() == [1023, 1024, 1025]
    assert years(first=1023, n=3).block == 0
