"""Terms and order of the baseline, on losses of the engine and by hand."""

import numpy as np
import pytest

from benchmarks import plain
from benchmarks.plain.losses import eroded
from techinsure import cover
from techinsure.losses.rows import close, ordered
from techinsure.models.factors import Cohorts


def test_terms_pay_what_the_engine_pays(both):
    """Patents, whose policies have aggregate limits."""
    portfolio = both.book.portfolio
    here = portfolio.product.codes == portfolio.product.code("patent")
    items, cohorts = np.flatnonzero(here).astype(np.int32), Cohorts(seed=3, n=1024)
    rows = ordered(both.models["patent"].simulate(portfolio, items, cohorts), portfolio)
    rows = rows.with_loss(40 * rows.loss)  # so that limits bind
    expected = close(cover.insured(portfolio, rows), portfolio, cohorts.n)
    year, item = rows.year.astype(np.int64), rows.item.astype(np.int64)
    losses = plain.Losses(year, rows.time, item, rows.cause, rows.event, rows.loss)
    paid = plain.insured(losses, portfolio)
    full = cover.paid(portfolio.terms, portfolio.terms_of[item, rows.cause], rows.loss).sum()
    assert paid.loss == pytest.approx(expected.loss, rel=1e-9, abs=1e-6)
    assert paid.loss.sum() < 0.99 * full


def test_order_is_by_year_time_event_and_item():
    year, time = np.array([1, 0, 0, 0]), np.array([0.1, 0.5, 0.5, 0.2])
    item, event, nothing = np.array([0, 2, 1, 0]), np.array([4, 3, 3, 1]), np.zeros(4)
    losses = plain.Losses(year, time, item, nothing.astype(np.int8), event, nothing)
    assert plain.ordered(losses).item.tolist() == [0, 1, 2, 0]


def test_capacity_erodes_in_order_and_starts_again_with_each_group():
    group, amount = np.array([0, 0, 0, 2]), np.array([4.0, 5.0, 3.0, 7.0])
    assert eroded(group, amount, 8.0).tolist() == [4.0, 4.0, 0.0, 7.0]
