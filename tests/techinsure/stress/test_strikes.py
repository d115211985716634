"""Which items a strike hits, when they are insured, and what their policies make of it."""

import copy

import numpy as np
import pytest

from techinsure.bordereau import portfolio_of
from techinsure.catalogue import shipped
from techinsure.models.factors import Cohorts
from techinsure.models.projects import Years
from techinsure.reading import read
from techinsure.simulation import simulate
from techinsure.stress import stress
from techinsure.stress.scenarios import Hits, Scenario
from techinsure.stress.strikes import hit, strike_rows
from tests.techinsure.stress.asked import LAYER, ROWS, SHARE, STRIKES, asked


@pytest.fixture(scope="module")
def portfolio():
    return portfolio_of(ROWS, shipped())


def struck(portfolio, *strikes):
    models = {name: shipped().product(name).model for name in portfolio.product.names}
    scenario = read(Scenario, {"name": "x", "strikes": list(strikes)})
    return strike_rows(scenario, portfolio, models)


@pytest.mark.parametrize(
    ("hits", "ids"),
    [
        ({"products": ["equipment_loss"]}, ["FAB", "LAB"]),
        ({"products": ["equipment_loss"], "supply_exposed": True}, ["LAB"]),
        ({"supply_exposed": False}, ["FAB", "P1", "P2", "P3"]),
        ({"risk_classes": ["rd_loss/chip"], "routes": ["q", "r"]}, ["P1", "P2", "P3"]),
        ({"risk_classes": ["rd_loss/chip"], "largest": "route"}, ["P1", "P2"]),
        ({"largest": "site"}, ["FAB"]),
        ({"largest": "park"}, ["FAB", "LAB"]),
        ({"items": ["P3", "P2"], "largest": "item"}, ["P2"]),  # as large: the first by name
        ({"risk_units": ["site/t"]}, ["LAB"]),
    ],
)
def test_all_filters_and_the_largest(portfolio, hits, ids):
    assert [portfolio.ids[i] for i in hit(read(Hits, hits), portfolio)] == ids


def test_an_amount_is_spread_by_sum_insured(portfolio):
    found = struck(portfolio, {"name": "a", "hits": {"parks": ["p"]}, "cause": "fire",
                               "amount": 7e5})  # fmt: skip
    assert found.rows.loss == pytest.approx([5e5, 2e5])
    assert len(set(found.rows.event)) == 1


def test_a_share_is_of_one_unit_where_units_are_struck_one_by_one(portfolio):
    strike = {"name": "a", "hits": {"items": ["FAB"]}, "share": 0.5}
    assert struck(portfolio, {**strike, "cause": "breakdown"}).rows.loss == [50_000]
    assert struck(portfolio, {**strike, "cause": "fire"}).rows.loss == [500_000]


def test_a_failed_project_loses_what_the_simulation_makes_it_lose(portfolio):
    """At `spent` 0 and 1 the bounds of what a project can lose in the phase, as simulated."""
    model = shipped().product("rd_loss").model
    before, share = Years(model, Cohorts(seed=1, first=0, n=1)).budget
    for spent in (0.0, 1.0):
        strike = {"name": "a", "hits": {"items": ["P3"]}, "phase": "industrial", "spent": spent}
        (loss,) = struck(portfolio, strike).rows.loss
        wanted = model.recognised.mean * (before[1, 2] + share[1, 2] * spent) * 6e4
        assert loss == pytest.approx(wanted, rel=1e-14)
    table = simulate(portfolio, {n: shipped().product(n).model for n in portfolio.product.names},
                     seed=1, n_years=3000)  # fmt: skip
    largest = 0.6 * (0.85 * 6e4 - 6e3)  # everything spent, less 10%, less 40%
    assert 0.95 * largest < table.loss[table.item == portfolio.ids.index("P3")].max() <= largest


def test_each_failed_project_is_an_event_unless_they_are_one_occurrence(portfolio):
    strike = STRIKES[2]
    assert len(set(struck(portfolio, strike).rows.event)) == 2
    assert len(set(struck(portfolio, {**strike, "occurrence": "all"}).rows.event)) == 1


def test_strikes_of_one_occurrence_are_one_event_for_a_layer():
    apart = copy.deepcopy(STRIKES[:2])
    together = [{**one, "occurrence": "storm"} for one in apart]
    assert stress(asked(SHARE, LAYER, strikes=apart)).treaties[1].ceded == pytest.approx(302_500)
    assert stress(asked(SHARE, LAYER, strikes=together)).treaties[1].ceded == pytest.approx(2e5)


def test_items_out_of_force_lose_nothing_and_the_report_says_so():
    strike = {"name": "late", "hits": {"supply_exposed": False}, "time": 1.5, "cause": "failure",
              "share": 1.0}  # fmt: skip
    report = stress(asked(strikes=[strike]))
    assert report.strikes[0].items == 3
    assert report.notes[0] == "strike 'late': 1 items are not in force at its time and lose nothing"


def test_what_is_not_covered_is_told_and_paid_by_nobody():
    strike = {"name": "odd", "hits": {"items": ["P1", "FAB"]}, "cause": "fire", "share": 0.5}
    report = stress(asked(strikes=[strike]))
    assert (report.strikes[0].not_covered, report.gross) == (50_000, 450_000)
    assert "50,000.00 has a cause that is not covered" in report.notes[0]


def test_an_optional_strike_that_finds_nothing_is_left_out_and_told():
    nowhere = {**STRIKES[0], "name": "gone", "hits": {"sites": ["nowhere"]}, "optional": True}
    report = stress(asked(strikes=[nowhere, STRIKES[1]]))
    assert [one.name for one in report.strikes] == ["flood"]
    assert "'gone' is left out" in report.notes[0]
    unlabelled = {**nowhere, "hits": {"products": ["rd_loss"], "largest": "park"}}
    assert "'gone' is left out" in stress(asked(strikes=[unlabelled, STRIKES[1]])).notes[0]


def test_the_order_of_items_and_strikes_moves_nothing(portfolio):
    one, other = (asked(SHARE, LAYER, strikes=s) for s in (STRIKES, STRIKES[::-1]))
    other["portfolio"] = {"rows": ROWS[::-1]}
    first, second = stress(one), stress(other)
    assert first.net == pytest.approx(second.net, rel=1e-14)
    assert np.allclose(sorted(s.net for s in first.strikes), sorted(s.net for s in second.strikes))
