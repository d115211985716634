"""Compiled loops against their numpy references: the same figures, bit for bit or to 1e-12."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from techinsure import seeding
from techinsure.distributions import Lognormal
from techinsure.distributions.cells import CELLS, cell_means
from techinsure.kernels import compiled, kernels
from techinsure.models import arrivals as arriving
from techinsure.models import suits, thresholds, trials
from techinsure.seeding import keys

TINY = 1e-12

needs_kernels = pytest.mark.skipif(not kernels().modules, reason=kernels().why)
pytestmark = needs_kernels


def names(n):
    return [f"source {i}" for i in range(n)]


def candidate_arguments(seed, n, years, first, open_share=0.3):
    """Arrays as the simulation of projects passes them."""
    rng = np.random.default_rng(seed)
    cells = max(1, n // 2)
    edge = np.where(rng.random(n) < open_share, rng.uniform(0.7, 1.0, n), 2.0)
    return (
        keys(seed, "test", names(n)), first, 3, rng.random((cells, years)) ** 2,
        rng.integers(0, cells, n), keys(seed, "other", names(n)), edge, 5,
        rng.random((2, years)) ** 0.5, rng.integers(0, 2, n),
    )  # fmt: skip


@given(
    seed=st.integers(0, 2**31), n=st.integers(1, 12), years=st.integers(1, 300),
    first=st.integers(0, 10**6),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_candidates_are_the_same_to_the_last_one(seed, n, years, first):
    arguments = candidate_arguments(seed, n, years, first)
    expected, found = trials._candidates(*arguments), compiled(trials._candidates)(*arguments)
    assert [column.tolist() for column in found] == [column.tolist() for column in expected]


def test_candidates_where_all_and_where_none_lie_below():
    key, first, slot, bound, cell, other, _, also, chance, pair = candidate_arguments(1, 5, 40, 7)
    find, never, always = compiled(trials._candidates), np.full(5, 2.0), np.ones_like(chance)

    def n(bound, chance):
        return len(find(key, first, slot, bound, cell, other, never, also, chance, pair)[0])

    assert n(np.ones_like(bound), always) == 200
    assert n(np.zeros_like(bound), always) == n(np.ones_like(bound), 0 * chance) == 0


def arrival_arguments(seed, n, years, rate, swinging, length=64):
    """Arrays as the models pass them: a few clocks, some sources with swings of their own."""
    rng = np.random.default_rng(seed)
    steps = rng.gamma(2.0, rate / 2, (3, years))
    steps[2, rng.random(years) < 0.5] = 0.0  # a clock that stands still for years
    law = np.where(rng.random(n) < swinging, rng.integers(0, 2, n), -1)
    tables = np.array([cell_means(Lognormal(mean=1.0, cv=cv)) for cv in (0.2, 0.6)])
    return (
        keys(seed, "test", names(n)), 5, length, rng.integers(0, 3, n), steps,
        rng.uniform(0, 2, n), law, keys(seed, "swing", names(n)), tables,
    )  # fmt: skip


@given(
    seed=st.integers(0, 2**31), n=st.integers(1, 12), years=st.integers(1, 200),
    rate=st.sampled_from([0.001, 0.1, 3.0]), swinging=st.sampled_from([0.0, 0.5, 1.0]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_arrivals_are_the_same(seed, n, years, rate, swinging):
    arguments = arrival_arguments(seed, n, years, rate, swinging)
    expected = arriving._arrivals(*arguments)
    found = compiled(arriving._arrivals)(*arguments)
    for one, other in zip(found[:2], expected[:2], strict=True):
        assert one.tolist() == other.tolist()  # source and year
    np.testing.assert_allclose(found[2], expected[2], rtol=TINY, atol=TINY * years)
    assert found[3].tolist() == expected[3].tolist()  # marks


def test_more_arrivals_than_fit_at_first():
    arguments = arrival_arguments(3, 4, 1000, 5.0, 0.5, length=1024)
    found, expected = compiled(arriving._arrivals)(*arguments), arriving._arrivals(*arguments)
    assert len(found[0]) == len(expected[0]) > 2048
    assert all(one.dtype == other.dtype for one, other in zip(found, expected, strict=True))


def test_sources_without_swing_do_not_see_the_tables():
    arguments = list(arrival_arguments(4, 6, 100, 0.5, 0.0))
    before = compiled(arriving._arrivals)(*arguments)
    arguments[8] = np.zeros((1, CELLS))
    after = compiled(arriving._arrivals)(*arguments)
    assert all((one == other).all() for one, other in zip(before, after, strict=True))


# --- bounds from above -------------------------------------------------------------------------


def reach_arguments(seed, n, years, phases=3):
    """Tables of scores, cells drawn, shocks and factors, as the columns of projects pass them."""
    rng = np.random.default_rng(seed)
    tables = np.sort(rng.normal(-1, 0.7, (n, phases, CELLS)), axis=2)
    tables[0, 0] = -1e3  # a phase before entry
    return (
        tables, rng.integers(0, CELLS, (2, phases, years)), rng.integers(0, 2, n),
        np.where(rng.random(n) < 0.5, 0.5, 0.0), (rng.random(years) < 0.2).astype(float),
        rng.normal(0, 0.4, (3, phases, years)), rng.integers(0, 3, n), rng.uniform(0.8, 1.0, n),
    )  # fmt: skip


@given(seed=st.integers(0, 2**31), n=st.integers(1, 6), years=st.integers(1, 200))
@settings(max_examples=25, deadline=None)
def test_bounds_are_the_same_and_above_the_truth_by_little(seed, n, years):
    arguments = reach_arguments(seed, n, years)
    tables, drawn, owner, lift, struck, pull, group, spread = arguments
    found = compiled(thresholds.reach)(*arguments, *thresholds.NORMAL)
    np.testing.assert_allclose(found, thresholds.reach(*arguments, *thresholds.NORMAL), rtol=TINY)
    score = np.stack([np.take_along_axis(tables[i], drawn[owner[i]], axis=1) for i in range(n)])
    x = (score + (lift[:, None] * struck)[:, None] - pull[group]) / spread[:, None, None]
    truth = 1 - (1 - special.ndtr(x)).prod(axis=1)
    assert (found > truth).all()
    assert (found < truth + 1e-5).all()


# --- how far projects come ---------------------------------------------------------------------


def passed_arguments(seed, n, years, points, phases=3):
    """Points of projects: of known and unknown relativity, early and late, some sure to fail."""
    rng = np.random.default_rng(seed)
    means = np.sort(rng.beta(1.0, 4.0, (2, phases, CELLS)), axis=2)
    means[0, 0] = rng.choice([0.0, 1.0])
    means[1, 1, :9] = 1e-20  # lower than the tables reach
    sigma = np.where(rng.random(n) < 0.5, rng.uniform(0.05, 0.6, n), 0.0)
    _, drawn, owner, lift, struck, pull, group, spread = reach_arguments(seed, n, years, phases)
    return (
        rng.integers(0, n, points), rng.integers(0, years, points),
        keys(seed, "test", names(n)), 4, keys(seed, "odds", names(n)),
        np.log(rng.gamma(4, 0.3, n)), sigma, rng.integers(0, phases, n), special.logit(means),
        rng.integers(0, 2, n), drawn, owner, lift, struck, pull, group, spread, 7 * 1024,
    )  # fmt: skip


@given(seed=st.integers(0, 2**31), n=st.integers(1, 6), years=st.integers(1, 100))
@settings(max_examples=25, deadline=None)
def test_projects_pass_the_same_phases(seed, n, years):
    arguments = passed_arguments(seed, n, years, 500)
    expected, tables = thresholds.passed(*arguments), (*thresholds.CURVE, *thresholds.NORMAL)
    assert compiled(thresholds.passed)(*arguments, *tables).tolist() == expected.tolist()


def test_rougher_tables_change_nothing_while_they_say_how_rough_they_are():
    arguments, (first, density, probits, _) = passed_arguments(8, 5, 100, 2000), thresholds.CURVE
    coarse = (first, density / 512, np.ascontiguousarray(probits[::512]))
    find, expected = compiled(thresholds.passed), thresholds.passed(*arguments).tolist()
    assert find(*arguments, *coarse, 0.3, *thresholds.NORMAL).tolist() == expected
    assert find(*arguments, *coarse, 0.0, *thresholds.NORMAL).tolist() != expected


def test_the_table_of_probits_misses_by_no_more_than_it_says():
    first, density, probits, missed = thresholds.CURVE
    logit = np.random.default_rng(1).uniform(first, 0, 200_000)
    nodes = first + np.arange(len(probits)) / density
    truth = special.ndtri(special.expit(logit))
    assert abs(np.interp(logit, nodes, probits) - truth).max() < missed
    assert np.interp(-logit, nodes, probits) == pytest.approx(-truth, abs=missed)


def test_the_compiled_normal_quantile():
    probit = next(vars(module)["_probit"] for module in kernels().modules
                  if "_probit" in vars(module))  # fmt: skip
    p = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 4001), 10.0 ** -np.arange(3, 300, 3.0)])
    found = np.array([probit(one) for one in p])
    np.testing.assert_allclose(found, special.ndtri(p), rtol=1e-13, atol=1e-15)


# --- who is hit by a suit ----------------------------------------------------------------------


def hit_arguments(seed, n_items, n_suits):
    """Arrivals, streams, units (the first a family) and items, as the docket passes them."""
    rng = np.random.default_rng(seed)
    joint = rng.integers(0, n_items + 1)
    unit = np.concatenate([np.zeros(joint, np.intp), 1 + np.arange(n_items - joint)])
    size = np.bincount(unit, minlength=1 + n_items - joint)
    members, n = rng.permuted(np.arange(n_items)[:joint]), len(size)
    source, start = rng.integers(0, n, n_suits).astype(np.int32), rng.uniform(0, 1, n_items)
    laws = [cell_means(Lognormal(mean=1.0, cv=cv)) for cv in (0.2, 0.6)]
    return (
        source, rng.integers(0, 50, n_suits).astype(np.int32), rng.random(n_suits),
        rng.integers(0, 2**63, n_suits).astype(np.uint64), 7 * 1024,
        np.arange(n), np.zeros(n), rng.uniform(1, 3, n), np.zeros(n), rng.uniform(0.5, 2, n),
        np.cumsum(size) - size, size, np.concatenate([members, np.arange(joint, n_items)]),
        np.arange(n) < 1, rng.uniform(0, 2, n_items), rng.integers(-1, 2, (2, n_items)),
        np.array([keys(seed, purpose, names(n_items)) for purpose in "ab"]).reshape(2, -1),
        np.array(laws), rng.integers(1, 30, n_items), start, start + rng.uniform(0, 1, n_items),
    )  # fmt: skip


@given(seed=st.integers(0, 2**31), n=st.integers(1, 9))
@settings(max_examples=30, deadline=None)
def test_the_same_patents_are_hit(seed, n):
    arguments = hit_arguments(seed, n, 500)
    expected, found = suits._hit(*arguments), compiled(suits._hit)(*arguments)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


def test_more_patents_than_fit_at_first_are_hit():
    found, expected = (f(*hit_arguments(5, 6, 9000)) for f in (compiled(suits._hit), suits._hit))
    assert len(found[0]) == len(expected[0]) > 2048
    assert all((one == other).all() for one, other in zip(found, expected, strict=True))


# --- numbers by key and year -------------------------------------------------------------------


@given(seed=st.integers(0, 2**31), n=st.integers(0, 300), slot=st.integers(0, 2**20 - 1))
@settings(max_examples=25, deadline=None)
def test_numbers_by_key_and_year_are_the_same_bits(seed, n, slot):
    rng = np.random.default_rng(seed)
    key, years = keys(seed, "test", names(n)), rng.integers(0, 2**40, n)
    for one, year in ((key, years), (key[:1], years), (key, years[:1])):
        if not len(one) or not len(year):
            continue
        expected = seeding._yearly(one, year, slot)
        assert compiled(seeding._yearly)(one, year, slot).tolist() == expected.tolist()
    assert seeding.yearly(7, years, slot).tolist() == seeding._yearly(
        np.array([7], np.uint64), years, slot
    ).tolist()  # fmt: skip
    assert seeding.of_marks(key, 5).tolist() == seeding.uniforms(key, 5).tolist()
