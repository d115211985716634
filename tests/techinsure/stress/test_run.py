"""A scenario through a pool: by hand, to the last digit; sums, scale, notes, what is refused."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest

from techinsure.errors import InvalidParameter, NotFound
from techinsure.pooling import run_pool
from techinsure.reading import read
from techinsure.stress import StressRequest, scenarios, stress, stress_of
from techinsure.stress.run import prepare
from tests.techinsure.stress.asked import LAYER, MEMBERS, ROWS, SHARE, STRIKES, asked

# fire: 500,000 less 10% = 450,000; a quarter ceded; of 337,500 the layer pays 200,000
# flood: 0.75 x 400,000, less 10% = 270,000; of 202,500 left the layer pays 102,500
# projects: 0.85 (0.6 + 0.4 x 0.625) = 0.7225 of the sum insured, less 10% of it, less 40%
FIRE, FLOOD, PROJECTS = 450_000.0, 270_000.0, 37_350.0 + 22_410.0
GROSS = FIRE + FLOOD + PROJECTS
QUOTA, TOP = GROSS / 4, 200_000.0 + 102_500.0
NET = GROSS - QUOTA - TOP
AGAIN = 0.5 * 8000.0  # the first band of 200,000 is burnt whole, the second is not reinstated


@pytest.fixture(scope="module")
def request_():
    return asked(SHARE, LAYER)


@pytest.fixture(scope="module")
def report(request_):
    return stress(request_)


def near(value):
    return pytest.approx(value, rel=1e-13)


def test_ground_up_gross_ceded_and_net_by_hand(report):
    assert report.ground_up == near(500_000 + 300_000 + 0.7225 * 160_000)
    assert (report.gross, report.net) == (near(GROSS), near(NET))
    assert report.ceded == near(QUOTA + TOP)
    assert report.cost == near(NET + AGAIN)


def test_each_strike_by_hand(report):
    fire, flood, projects = report.strikes
    assert (fire.cause, fire.items, fire.sum_insured, fire.time) == ("fire", 1, 1e6, 0.25)
    assert (fire.insured, fire.net) == (near(FIRE), near(137_500))
    assert (flood.insured, flood.net) == (near(FLOOD), near(100_000))
    assert (projects.cause, projects.items) == ("failure", 2)
    assert (projects.insured, projects.net) == (near(PROJECTS), near(0.75 * PROJECTS))


def test_each_treaty_by_hand(report):
    share, layer = report.treaties
    assert share.ceded == near(QUOTA)
    assert (share.limit, share.left, share.reinstatements) == (None, None, None)
    assert (layer.ceded, layer.limit) == (near(TOP), 400_000.0)
    assert (layer.left, layer.reinstatements, layer.reinstatements_left) == (97_500.0, 1, 0.0)
    assert (layer.reinstatement_premium, layer.other_premium) == (near(AGAIN), 0.0)
    assert report.reinstatement_premium == near(AGAIN)


def test_half_a_layer_leaves_half_a_reinstatement():
    half = copy.deepcopy(STRIKES[:1])
    half[0]["amount"] = (100_000 + 100_000) / 0.9 / 0.75
    layer = stress(asked(SHARE, LAYER, strikes=half)).treaties[1]
    assert layer.ceded == near(100_000)
    assert (layer.left, layer.reinstatements_left) == (pytest.approx(300_000), 0.5)
    assert layer.reinstatement_premium == near(AGAIN / 2)


def test_a_part_that_is_placed_has_its_part_of_limit_and_premium():
    layer = {**LAYER, "placed_share": 0.5}
    half = stress(asked(SHARE, layer)).treaties[1]
    assert (half.ceded, half.limit, half.left) == (near(TOP / 2), 200_000.0, 48_750.0)
    assert (half.reinstatements_left, half.reinstatement_premium) == (0.0, near(AGAIN / 2))


def test_reinsurers_pay_their_shares_of_each_treaty(report):
    paid = {one.name: one.ceded for one in report.reinsurers}
    assert paid == {"Re A": near(QUOTA + TOP / 4), "Re B": near(TOP * 3 / 4)}
    assert sum(one.share_of_ceded for one in report.reinsurers) == near(1.0)
    assert [one.name for one in report.reinsurers] == sorted(paid, key=lambda name: -paid[name])


def test_each_member_by_hand(report):
    for member, line, capital in zip(report.members, (5 / 12, 7 / 12), (1e7, 5e6), strict=True):
        cost = line * (NET + AGAIN)
        assert (member.gross, member.net) == (near(line * GROSS), near(line * NET))
        assert (member.premium, member.cost) == (near(line * AGAIN), near(cost))
        assert member.of_capital_and_reserves == near(cost / capital)
        assert member.legal_limit == near(capital / 10)
        assert member.of_legal_limit == near(line * 137_500 / (capital / 10))  # site s costs most
        assert member.capital_used.value == near(cost / member.allocated_capital.value)
        relative = member.allocated_capital.standard_error / member.allocated_capital.value
        assert member.capital_used.standard_error == near(member.capital_used.value * relative)
    assert report.capital_used.value == near(report.cost / report.pool_capital.value)


def test_parts_sum_to_the_whole(report):
    assert sum(one.ground_up for one in report.strikes) == near(report.ground_up)
    for name in ("insured", "ceded", "net"):
        whole = report.gross if name == "insured" else getattr(report, name)
        assert sum(getattr(one, name) for one in report.strikes) == near(whole)
    assert report.gross == near(report.ceded + report.net)
    assert sum(one.ceded for one in report.treaties) == near(report.ceded)
    assert sum(one.ceded for one in report.reinsurers) == near(report.ceded)
    assert sum(one.cost for one in report.members) == near(report.cost)
    assert report.other_parties == {}


def test_what_nobody_signed_and_what_is_outside_the_order_is_carried_by_name():
    request = asked(SHARE)
    request["pool"] = {**request["pool"], "order": "0.9", "members": [
        {**MEMBERS[0], "written": "0.5"}, {**MEMBERS[1], "written": "0.3"}]}  # fmt: skip
    report = stress(request)
    assert report.other_parties == {
        "unplaced": near(0.1 * report.cost), "outside the order": near(0.1 * report.cost)
    }  # fmt: skip
    assert sum(one.cost for one in report.members) == near(0.8 * report.cost)


def test_a_thousand_times_the_money_is_a_thousand_times_the_loss(report):
    def larger(document, keys):
        if isinstance(document, dict):
            return {name: 1000 * value if name in keys else larger(value, keys)
                    for name, value in document.items()}  # fmt: skip
        return [larger(one, keys) for one in document] if isinstance(document, list) else document

    money = {"sum_insured", "budget", "attachment", "limit", "premium", "amount",
             "capital_and_reserves"}  # fmt: skip
    whole = stress(larger(asked(SHARE, LAYER), money))
    for name in ("ground_up", "gross", "ceded", "net", "reinstatement_premium", "cost"):
        assert getattr(whole, name) == pytest.approx(1000 * getattr(report, name), rel=1e-12)
    for one, large in zip(report.members, whole.members, strict=True):
        assert large.cost == pytest.approx(1000 * one.cost, rel=1e-12)
        assert large.of_legal_limit == pytest.approx(one.of_legal_limit, rel=1e-12)


def test_commissions_that_follow_the_losses_are_told_apart():
    sliding = {"kind": "quota_share", "share": 0.25, "sliding_scale": {
        "loss_ratios": [0.0, 1.0], "commissions": [0.4, 0.2]}}  # fmt: skip
    request = asked({"name": "share", "treaty": sliding})
    report, pool = stress(request), run_pool(read(StressRequest, request).run)
    (share,) = report.treaties
    ceded = 0.25 * sum(one.premium.value for one in pool.products)
    assert share.other_premium == pytest.approx(ceded * 0.2)  # all of the loss ratio is above 1
    assert report.cost == pytest.approx(report.net + share.other_premium)


def test_a_backstop_over_several_years_takes_the_scenario_as_the_first():
    backstop = {"kind": "state_backstop", "unit": "amount", "attachment": 1e5, "limit": 5e5,
                "cumulative_limit": 3e5, "years": 4}  # fmt: skip
    (state,) = stress(asked({"name": "state", "treaty": backstop})).treaties
    assert state.ceded == near(3e5)
    assert (state.limit, state.left) == (5e5, near(2e5))


def test_a_pool_that_was_run_gives_the_same(request_, report):
    pool = run_pool(read(StressRequest, request_).run)
    assert stress_of(pool, request_["scenario"]).to_dict() == report.to_dict()


def test_how_rare_it_is_in_the_pools_own_years(request_):
    pool = run_pool(read(StressRequest, request_).run)
    strike = {**STRIKES[2], "hits": {"items": ["P1"]}}
    report = stress_of(pool, {"name": "one fails", "strikes": [strike]})
    own = pool.losses.annual(np.where(pool.losses.item == 2, pool.losses.loss, 0.0))
    annual = {"items_hit": own, "gross": pool.losses.annual(), "net": pool.cession.annual("net")}
    assert {n: one.years_as_bad for n, one in report.rarity.items()} == {
        name: (values >= (report.net if name == "net" else report.gross)).sum()
        for name, values in annual.items()
    }
    assert 0 < report.rarity["items_hit"].years_as_bad < report.rarity["gross"].years_as_bad


def test_what_the_run_flags_is_remarked_once(report):
    assert [note for note in report.notes if "years lie beyond 99.5%" in note] == [report.notes[-1]]
    unmatched = {**SHARE, "products": ["rd_los"]}
    notes = stress(asked(unmatched)).notes
    assert sum("no item is of product 'rd_los'" in note for note in notes) == 1


def test_the_receipt_names_the_scenario_and_the_report_is_json(report):
    assert report.receipt.seed == 3
    assert len(report.receipt.digests["scenario"]) == 64
    json.dumps(report.to_dict(), allow_nan=False)
    assert "bad year in P" in str(report)


def test_breaches_are_those_of_the_units_hit():
    request = asked(strikes=STRIKES[:1])
    request["pool"]["members"][1]["capital_and_reserves"] = 1e6
    (one,) = stress(request).breaches
    assert (one.member, one.risk_unit) == ("B", "site/s")


# --- Shipped scenarios ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", scenarios())
def test_a_shipped_scenario_has_sources_both_languages_and_strikes_the_sample(name):
    one = scenarios()[name]
    assert {"en", "zh"} == one.title.keys() == one.summary.keys()
    assert all(len(strike.source) > 40 for strike in one.strikes)
    assert all(strike.grade == "D" or "munichre.com" in strike.source for strike in one.strikes)
    request = read(StressRequest, {"portfolio": {"sample": "demo_pool"}, "shipped": name})
    prepared = prepare(request)
    assert len(prepared.struck.rows) > 0
    assert len(prepared.lessons) == len(one.learning)
    assert prepared.struck.absent == ()


def test_the_fire_of_2013_strikes_the_largest_fab_alone():
    request = read(StressRequest, {"portfolio": {"rows": ROWS}, "shipped": "fab_fire_2013",
                                   "pool": asked()["pool"]})  # fmt: skip
    prepared = prepare(request)
    assert prepared.struck.rows.item.tolist() == [0]
    assert prepared.struck.rows.loss.sum() == 5.3e9
    pool = run_pool(read(StressRequest, asked()).run)
    report = stress_of(pool, replace(scenarios()["fab_fire_2013"], learning=()))
    assert report.gross == 900_000  # no more than the sum insured, less 10%
    assert "more than the sum insured of 1,000,000.00" in report.notes[0]


def test_a_scenario_that_is_not_shipped_is_not_found():
    with pytest.raises(NotFound, match="did you mean 'park_flood'"):
        stress({**asked(), "scenario": None, "shipped": "park_floo"})


# --- What is refused -----------------------------------------------------------------------------


def refused(request):
    with pytest.raises(InvalidParameter) as caught:
        stress(request)
    return {fault.pointer: f"{fault.bound} {fault.fix}" for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("strike", "pointer", "words"),
    [
        ({"hits": {"sites": ["u"]}}, "hits/sites/0", "must be a site of the portfolio"),
        ({"hits": {"routes": ["r", "rr"]}}, "hits/routes/1", "did you mean 'r'?"),
        ({"hits": {"items": ["FAB"], "routes": ["r"]}}, "hits", "must hit an item"),
        ({"hits": {}}, "hits/items", "must say what is hit"),
        ({"hits": {"products": ["rd_loss"], "largest": "sitee"}}, "hits/largest", "item"),
        ({"cause": "fires"}, "cause", "did you mean 'fire'?"),
        ({"cause": ""}, "cause", "must be a cause of loss"),
        ({"time": 3.0}, "time", "must lie in the term"),
        ({"time": -0.1}, "time", "must be in [0, 100]"),
        ({"amount": None}, "amount", "must be the only one"),
        ({"share": 0.5}, "amount", "must be the only one"),
        ({"amount": None, "share": 1.5}, "share", "must be in [0, 1]"),
        ({"spent": 0.5}, "spent", "needs a phase"),
        ({"amount": None, "phase": "industrial"}, "cause", "must be 'failure'"),
        ({"amount": None, "cause": "", "phase": "lab"}, "phase", "needs products that have"),
        ({"amount": None, "share": 0.5, "cause": "interruption"}, "", ""),
        ({"amout": 1.0}, "amout", "known key"),
    ],
)
def test_a_strike_that_cannot_be_is_refused_at_its_place(strike, pointer, words):
    given = {**STRIKES[0], **strike}
    request = asked(strikes=[STRIKES[1], given])
    if not pointer:  # interruption was not bought: it is not covered, and said to be
        assert "not covered" in stress(request).notes[0]
        return
    found = refused(request)
    assert words in found[f"/scenario/strikes/1/{pointer}"], found


@pytest.mark.parametrize(
    ("phase", "hits", "words"),
    [("industry", {"routes": ["r"]}, "must be one of lab, pilot, industrial"),
     ("lab", {"items": ["P1", "P3"]}, "leave out project 'P3'")],
)  # fmt: skip
def test_a_phase_is_one_of_the_product_and_not_before_a_projects_start(phase, hits, words):
    found = refused(asked(strikes=[{"name": "x", "hits": hits, "phase": phase}]))
    assert words in found["/scenario/strikes/0/phase"]


def test_every_fault_of_every_strike_is_named_at_once():
    strikes = [{**STRIKES[0], "hits": {"sites": ["u"], "parks": ["v"]}},
               {**STRIKES[1], "cause": "rain"}]  # fmt: skip
    assert len(refused(asked(strikes=strikes))) == 3


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"shipped": "park_flood"}, "/shipped"),
        ({"scenario": None}, "/shipped"),
        ({"risks": {"patent": {}}}, "/risks/patent"),
        ({"scenario": {"name": "x", "strikes": []}}, "/scenario/strikes"),
        ({"scenario": {"name": "x", "strikes": [STRIKES[0]] * 2}}, "/scenario/strikes/1/name"),
        ({"pool": {"name": "P", "currency": "USD", "members": MEMBERS}}, "/pool/currency"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused_at_its_place(changes, pointer):
    assert pointer in refused({**asked(), **changes})


def test_a_shipped_scenario_that_finds_nothing_points_to_its_name():
    request = {**asked(), "scenario": None, "shipped": "fab_fire_2013"}
    request["portfolio"] = {"rows": ROWS[1:]}
    assert list(refused(request)) == ["/shipped"]
