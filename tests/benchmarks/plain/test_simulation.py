"""The baseline computes what the engine computes: else a ratio of their speeds says nothing."""

import numpy as np
import pytest

from benchmarks import plain
from benchmarks.plain.agreement import annual, mean
from techinsure import exact
from techinsure.exact import expected_claims

MEANS = ("rd_loss", "equipment_loss")
"""Products of the sample without aggregate limits, which closed forms leave out."""


def test_agrees_with_the_engine_by_product_and_cause(both):
    """Mean loss, mean number of losses, and its variance, which carries factors and shocks."""
    portfolio, n = both.book.portfolio, both.engine.n_years
    rows = plain.apart(both.engine, both.plain, portfolio, n)
    assert len(rows) == 3 + 9
    assert {name: far for name, far in rows.items() if max(map(abs, far)) > plain.MOST} == {}


@pytest.mark.parametrize("product", MEANS)
def test_mean_is_the_closed_form(both, product):
    portfolio, n = both.book.portfolio, both.engine.n_years
    codes = portfolio.product.codes
    here = codes == portfolio.product.code(product)
    items = np.flatnonzero(here).astype(np.int32)
    loss, _ = annual(both.plain, here[both.plain.item], n)
    expected = exact.mean(both.models[product], portfolio, items).sum()
    assert abs(mean(loss).value - expected) <= plain.MOST * mean(loss).error


def test_projects_fail_as_often_as_in_closed_form(both):
    portfolio, n = both.book.portfolio, both.engine.n_years
    here = portfolio.product.codes == portfolio.product.code("rd_loss")
    items = np.flatnonzero(here).astype(np.int32)
    _, count = annual(both.plain, here[both.plain.item], n)
    expected = expected_claims(both.models["rd_loss"], portfolio, items).sum()
    assert abs(mean(count).value - expected) <= plain.MOST * mean(count).error


def test_a_product_alone_is_a_part_of_the_whole(both):
    losses = plain.simulate(both.book, 256, 1, ["patent"])
    assert set(both.book.portfolio.product.codes[losses.item]) == {
        both.book.portfolio.product.code("patent")
    }


def test_the_same_seed_gives_the_same_losses(both):
    one, other = (plain.simulate(both.book, 256, 1) for _ in range(2))
    assert all(map(np.array_equal, one, other))
