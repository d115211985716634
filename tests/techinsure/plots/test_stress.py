"""The waterfall of a stress: every bar starts where the one above ends; names, facts, edges."""

from dataclasses import replace

import pytest

from techinsure import plots
from techinsure.plots.canvas import MEMBER
from techinsure.stress import scenarios, stress_of
from tests.techinsure.plots.drawn import inside, nothing_is_cut, texts


def scenario(name):
    return replace(scenarios()[name], learning=())


@pytest.fixture(scope="module")
def fire(report):
    return stress_of(report, scenario("fab_fire_2013"))


def bars(figure):
    (axes,) = figure.axes
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    return dict(zip(labels, axes.patches, strict=True))


def test_it_falls_from_ground_up_over_treaties_to_members(fire):
    figure = plots.stress_waterfall(fire)
    drawn = bars(figure)
    size = 1e9
    assert drawn["ground-up"].get_width() * size == pytest.approx(fire.ground_up)
    assert drawn["gross"].get_width() * size == pytest.approx(fire.gross)
    left = fire.gross
    for treaty in fire.treaties:
        left -= treaty.ceded
        assert drawn[treaty.name].get_x() * size == pytest.approx(left)
        assert drawn[treaty.name].get_width() * size == pytest.approx(treaty.ceded)
    assert drawn["net"].get_width() * size == pytest.approx(fire.net)
    more = drawn["treaties paid more"]
    assert (more.get_x() + more.get_width()) * size == pytest.approx(fire.cost)
    nothing_is_cut(figure)


def test_members_share_the_cost_and_the_last_ends_at_zero(fire):
    drawn = bars(plots.stress_waterfall(fire))
    lead = next(one for one in fire.members if one.lead)
    assert drawn[f"{lead.name} *"].get_width() * 1e9 == pytest.approx(lead.cost)
    mine = list(drawn.values())[-len(fire.members) :]
    assert sum(bar.get_width() for bar in mine) * 1e9 == pytest.approx(fire.cost)
    assert mine[0].get_x() + mine[0].get_width() == pytest.approx(fire.cost / 1e9)
    assert mine[-1].get_x() == pytest.approx(0, abs=1e-9)
    assert len({bar.get_facecolor() for bar in mine}) == 1
    assert MEMBER


def test_the_finding_and_the_facts(fire):
    finding, facts = texts(plots.stress_waterfall(fire))
    assert finding.startswith("Fab fire of 2013: members bear 50% of the gross loss, ")
    assert finding.endswith("times their capital in the pool")
    assert "beyond all" in facts
    assert "n = 2,000 simulated years" in facts


def test_treaties_that_take_nothing_are_named_below(report):
    route = stress_of(report, scenario("route_failure"))
    figure = plots.stress_waterfall(route)
    idle = [one.name for one in route.treaties if not one.ceded]
    assert f"untouched: {', '.join(idle)}" in inside(figure.axes[0])
    assert not set(idle) & bars(figure).keys()
    assert "% of their capital in the pool" in texts(figure)[0] or "times" in texts(figure)[0]
    nothing_is_cut(figure)


def test_many_members_treaties_and_other_parties_fit(fire):
    members = tuple(replace(fire.members[0], name=f"member {i}", lead=False) for i in range(40))
    treaties = tuple(replace(fire.treaties[0], name=f"treaty {i}") for i in range(20))
    crowded = replace(fire, members=members, treaties=treaties, other_parties={"unplaced": 1e7})
    figure = plots.stress_waterfall(crowded)
    labels = bars(figure)
    assert {"16 smaller lines", "20 treaties", "unplaced"} <= labels.keys()
    nothing_is_cut(figure)


def test_a_scenario_that_no_policy_pays_says_so(fire):
    nothing = replace(fire, gross=0.0, ceded=0.0, net=0.0, cost=0.0, capital_used=None,
                      treaties=(), members=())  # fmt: skip
    assert texts(plots.stress_waterfall(nothing))[0] == "Fab fire of 2013: the policies pay nothing"
