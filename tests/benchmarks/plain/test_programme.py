"""Applied to one table, the baseline's programme is the engine's, to rounding."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import plain


@pytest.fixture(scope="module")
def cession(both):
    return both.sample.programme.apply(both.engine)


@pytest.fixture(scope="module")
def annual(both):
    table = both.engine
    year, item, event = (x.astype(np.int64) for x in (table.year, table.item, table.event))
    losses = plain.Losses(year, table.time, item, table.cause, event, table.loss)
    return plain.apply(both.sample.programme, losses, table.n_years)


def test_every_treaty_pays_the_same(annual, cession):
    assert set(annual.ceded) == set(cession.ceded)
    for name, ceded in annual.ceded.items():
        np.testing.assert_allclose(ceded, cession.annual(name), rtol=0, atol=1e-3)
        assert ceded.any()


def test_net_is_the_same(annual, cession):
    np.testing.assert_allclose(annual.net, cession.annual("net"), rtol=0, atol=1e-3)


def test_reinstatements_cost_the_same(annual, cession):
    for name, owed in annual.owed.items():
        np.testing.assert_allclose(
            owed, cession.flows[name]["reinstatement_premium"], rtol=0, atol=1e-3
        )
    assert annual.owed["first event layer"].any()


def test_largest_events_are_the_same(both, annual, cession):
    table = both.engine
    for loss, largest in ((table.loss, annual.gross_event), (cession.net, annual.net_event)):
        groups = table.grouped("event")
        expected = np.zeros(table.n_years)
        np.maximum.at(expected, groups.year, groups.total(loss))
        np.testing.assert_allclose(largest, expected, rtol=0, atol=1e-3)


def test_refuses_what_it_was_not_written_for(both):
    whole = both.sample.programme
    few = replace(whole, treaties=whole.treaties[:1])
    with pytest.raises(ValueError, match="one quota share without limit, and one stop loss"):
        plain.apply(few, both.plain, both.engine.n_years)
