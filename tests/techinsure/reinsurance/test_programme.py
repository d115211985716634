import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, NotFound, Refused
from techinsure.losses.year_table import merge
from techinsure.reading import read
from techinsure.reinsurance import (
    AggregateExcess,
    ExcessOfLoss,
    QuotaShare,
    StateBackstop,
    StopLoss,
    Surplus,
)
from techinsure.reinsurance.adjustments import ProfitCommission, SlidingScale, SwingRating
from techinsure.reinsurance.hours_clause import HoursClause
from techinsure.reinsurance.programme import PlacedTreaty, Programme, Reinsurer
from techinsure.reinsurance.sight import premium_by_item
from tests.techinsure.builders import portfolio
from tests.techinsure.reinsurance.tables import FOUR, table, tables

few = settings(max_examples=40, deadline=None)
shares = st.sampled_from([0.0, 0.1, 0.25, 0.3, 1 / 3, 0.5, 0.9, 1.0])
money = st.sampled_from([1.0, 10.0, 33.3, 100.0, 250.0])
scales = st.none() | st.just(SlidingScale(loss_ratios=(0.2, 0.8), commissions=(0.4, 0.2)))
profits = st.none() | st.just(ProfitCommission(share=0.3, expenses=0.1))
swings = st.just(SwingRating(load=1.25, minimum=0.1, maximum=0.25))
clauses = st.none() | st.builds(
    HoursClause,
    hours=st.sampled_from([1.0, 1500.0, 3000.0]),
    source=st.sampled_from(["cause", "park", "site"]),
)
terms_of_year = {"unit": st.just("amount"), "attachment": money, "limit": money, "premium": money}
treaties = st.one_of(
    st.builds(QuotaShare, share=shares, commission=shares, limit=st.none() | money),
    st.builds(QuotaShare, share=shares, sliding_scale=scales, profit_commission=profits),
    st.builds(
        Surplus,
        risk=st.sampled_from(["item", "policy", "site", "risk_unit"]),
        line=money,
        lines=st.sampled_from([0.5, 1.0, 4.0]),
        limit=st.none() | money,
        sliding_scale=scales,
        profit_commission=profits,
    ),
    st.builds(
        ExcessOfLoss,
        basis=st.just("event"),
        attachment=money,
        limit=money,
        hours_clause=clauses,
        swing_rating=swings,
    ),
    st.builds(
        AggregateExcess,
        basis=st.sampled_from(["item", "risk_unit", "event"]),
        each_attachment=money,
        each_limit=st.none() | money,
        **terms_of_year,
    ),
    st.builds(StateBackstop, cumulative_limit=st.none() | money, **terms_of_year),
    st.builds(
        ExcessOfLoss,
        basis=st.sampled_from(["item", "policy", "site", "risk_unit", "event"]),
        attachment=money,
        limit=money,
        premium=money,
        reinstatement_rates=st.sampled_from([(), (1.0,), (0.0, 0.5)]),
    ),
    st.builds(StopLoss, **terms_of_year),
)


@st.composite
def programmes(draw):
    """Up to four treaties; each may be net of any of those drawn before it."""
    names = ["fac", "quota", "layer", "stop"][: draw(st.integers(1, 4))]
    products = st.sampled_from([(), (), ("rd_loss",), ("equipment_loss", "patent")])
    placed = [
        PlacedTreaty(
            name=name,
            treaty=draw(treaties),
            products=draw(products),
            items=draw(st.sampled_from([(), (), ("a", "c")])),
            net_of=tuple(draw(st.sets(st.sampled_from(names[:place]))) if place else ()),
            subject_share=draw(shares),
            placed_share=draw(shares),
        )
        for place, name in enumerate(names)
    ]
    return Programme(treaties=tuple(placed), parallel="capped")


def quota(name, share, **place):
    return PlacedTreaty(name=name, treaty=QuotaShare(share=share), **place)


@few
@given(programmes(), tables())
def test_every_row_is_conserved_exactly(programme, subject):
    cession = programme.apply(subject, premium={"rd_loss": 100.0, "patent": 50.0})
    parts = [*cession.ceded.values(), cession.net]
    for part in parts:
        assert ((part >= 0) & (part <= subject.loss)).all()
    for order in itertools.islice(itertools.permutations(parts), 24):
        assert (sum(order) == subject.loss).all()
    for row, loss in enumerate(subject.loss):  # and without any rounding at all
        assert math.fsum(part[row] for part in parts) == loss
    np.testing.assert_allclose(
        cession.annual("gross"), cession.annual("ceded") + cession.annual("net"), rtol=1e-14
    )
    for name, ceded in cession.ceded.items():
        assert cession.annual(name).tolist() == subject.annual(ceded).tolist()
    for flows in cession.flows.values():
        for flow in flows.values():
            assert flow.shape == (subject.n_years,)
            assert (flow >= 0).all()


@pytest.mark.parametrize(
    "treaty",
    [
        ExcessOfLoss(basis="event", attachment=10, limit=5),
        StopLoss(unit="amount", attachment=10, limit=5),
        StopLoss(unit="loss_ratio", attachment=0.5, limit=1, subject_premium=20),
    ],
)
def test_a_layer_is_touched_from_the_first_digit_above_its_attachment(treaty):
    subject = table([[10.0], [np.nextafter(10.0, 11.0)], [4.0], [12.0]])
    touched, rows = treaty.touched(subject)
    assert rows.tolist() == [1, 3]
    assert (treaty.ceded(touched) > 0).all()


@few
@given(treaties, tables())
def test_what_does_not_touch_a_treaty_changes_nothing(treaty, subject):
    """Of the touched rows alone it cedes the same, bit for bit, and owes the same."""
    touched, rows = treaty.touched(subject)
    alone = np.zeros(len(subject))
    alone[rows] = treaty.ceded(touched)
    assert alone.tolist() == treaty.ceded(subject).tolist()
    flows, owed = treaty.flows(subject, 100.0), treaty.flows(touched, 100.0)
    assert flows.keys() == owed.keys()
    for kind, flow in flows.items():
        assert flow.tolist() == owed[kind].tolist()


@few
@given(treaties, tables(), st.floats(1, 3))
def test_larger_losses_recover_no_less(treaty, subject, factor):
    less = subject.annual(treaty.ceded(subject, 100.0))
    more = subject.annual(treaty.ceded(subject.with_loss(factor * subject.loss), 100.0))
    assert (more >= less * (1 - 1e-9)).all()


@few
@given(treaties, tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_of_one_time_means_nothing_to_a_year(treaty, subject, random):
    """Which of them burns a capacity first it may: not how much the year recovers."""
    moment = replace(subject, time=np.zeros_like(subject.time))
    order = list(range(len(subject)))
    random.shuffle(order)
    order.sort(key=lambda row: subject.year[row])
    mixed = moment.rows(np.array(order, dtype=np.intp))
    one, other = (t.annual(treaty.ceded(t, 100.0)) for t in (moment, mixed))
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    one, other = (treaty.flows(t, 100.0) for t in (moment, mixed))
    for kind, flow in one.items():
        np.testing.assert_allclose(flow, other[kind], rtol=1e-9, atol=1e-9)


@few
@given(programmes(), tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_list_means_nothing(programme, subject, random):
    shuffled = list(programme.treaties)
    random.shuffle(shuffled)
    one = programme.apply(subject, premium={"rd_loss": 100.0})
    two = replace(programme, treaties=tuple(shuffled)).apply(subject, premium={"rd_loss": 100.0})
    assert_same(one, two)
    assert one.flags == two.flags


def assert_same(one, two):
    """Bit for bit."""
    assert one.ceded.keys() == two.ceded.keys()
    assert (one.net == two.net).all()
    for name in one.ceded:
        assert (one.ceded[name] == two.ceded[name]).all()
        for kind in one.flows[name]:
            assert (one.flows[name][kind] == two.flows[name][kind]).all()


def premium_of(subject):
    return dict.fromkeys(subject.portfolio.product.names, 100.0)


@few
@given(programmes(), st.lists(tables(most_years=2), min_size=1, max_size=4))
def test_blocks_of_years_change_nothing(programme, blocks):
    whole = programme.apply(merge(blocks), premium_of(blocks[0]))
    parts = [programme.apply(block, premium_of(block)) for block in blocks]
    assert (whole.net == np.concatenate([part.net for part in parts])).all()
    for name, ceded in whole.ceded.items():
        assert (ceded == np.concatenate([part.ceded[name] for part in parts])).all()
        for kind, flow in whole.flows[name].items():
            assert (flow == np.concatenate([part.flows[name][kind] for part in parts])).all()


def in_money_of(scale, treaty):
    match treaty:
        case QuotaShare() | Surplus():
            names = ("limit",)  # lines are of sums insured, which stay
        case ExcessOfLoss() | StopLoss():
            names = ("attachment", "limit", "premium")
        case AggregateExcess():
            names = ("each_attachment", "each_limit", "attachment", "limit", "premium")
        case StateBackstop():
            names = ("attachment", "limit", "cumulative_limit", "premium")
    values = {name: getattr(treaty, name) for name in names}
    return replace(treaty, **{n: None if v is None else scale * v for n, v in values.items()})


@few
@given(programmes(), tables(), st.sampled_from([1000.0, 1024.0]))
def test_money_scales(programme, subject, scale):
    """By a thousand to rounding, by a power of two bit for bit."""
    large = replace(
        programme,
        treaties=tuple(
            replace(placed, treaty=in_money_of(scale, placed.treaty))
            for placed in programme.treaties
        ),
    )
    premium = premium_of(subject)
    one = programme.apply(subject, premium)
    more = {name: scale * amount for name, amount in premium.items()}
    other = large.apply(subject.with_loss(scale * subject.loss), more)
    for name in one.ceded:
        gap = np.abs(scale * one.ceded[name] - other.ceded[name])
        assert (gap <= (0 if scale == 1024 else 1e-8 * scale * subject.loss)).all()


def test_quota_share_layer_and_stop_loss_by_hand():
    """Losses 100 and 20, then 60. 30% quota: 30, 6 and 18. 25 xs 20 on the rest of each: 25 of
    70, 0 of 14, 22 of 42. 20 xs 45 of the year on what is left, 45 + 14 and 20: 14 and 0.
    Premium 200: 60 to the quota share, so the layer's subject premium is 140."""
    programme = Programme(
        treaties=(
            PlacedTreaty(
                name="stop loss",
                treaty=StopLoss(unit="amount", attachment=45, limit=20),
                net_of=("layer",),
            ),
            PlacedTreaty(
                name="layer",
                treaty=ExcessOfLoss(
                    basis="event",
                    attachment=20,
                    limit=25,
                    premium=5,
                    reinstatement_rates=(1.0,),
                ),
                net_of=("quota share",),
            ),
            PlacedTreaty(name="quota share", treaty=QuotaShare(share=0.3, commission=0.25)),
        )
    )
    subject = table([[100.0, 20.0], [60.0]], items=[0, 0, 0], events=[0, 1, 0], of=FOUR)
    cession = programme.apply(subject, premium={"rd_loss": 200.0})
    assert cession.ceded["quota share"] == pytest.approx([30, 6, 18])
    assert cession.ceded["layer"] == pytest.approx([25, 0, 22])
    assert cession.annual("stop loss") == pytest.approx([14, 0])
    assert cession.annual("net") == pytest.approx([45, 20])
    assert cession.annual("ceded") == pytest.approx([75, 40])
    assert cession.flows["quota share"]["ceding_commission"] == pytest.approx([15, 15])
    assert cession.flows["layer"]["reinstatement_premium"] == pytest.approx([5, 5 * 22 / 25])
    premiums = programme.subject_premiums({"rd_loss": 200.0}, FOUR)
    assert premiums == pytest.approx({"quota share": 200, "layer": 140, "stop loss": 140})
    assert programme.before("stop loss") == {"layer", "quota share"}
    assert cession.flags == ()


def test_what_a_treaty_sees_is_what_it_says():
    """Three layers on the gross loss, not on what the one before left: all are reported, and
    they add up to the tower."""
    tower = Programme(
        treaties=tuple(
            PlacedTreaty(
                name=f"{limit} xs {attachment}",
                treaty=ExcessOfLoss(basis="event", attachment=attachment, limit=limit),
            )
            for attachment, limit in ((10, 10), (20, 30), (50, 50))
        )
    )
    cession = tower.apply(table([[85.0]]))
    assert {name: rows.tolist() for name, rows in cession.ceded.items()} == {
        "10 xs 10": [10.0],
        "30 xs 20": [30.0],
        "50 xs 50": [35.0],
    }
    assert cession.net.tolist() == [10.0]


def test_shares_before_and_after_the_attachment():
    """1,000 xs 100 of 800: on half of it, 300; half of it placed, 350."""
    layer = ExcessOfLoss(basis="event", attachment=100, limit=1000)
    for place, expected in ({"subject_share": 0.5}, 300.0), ({"placed_share": 0.5}, 350.0):
        programme = Programme(treaties=(PlacedTreaty(name="layer", treaty=layer, **place),))
        assert programme.apply(table([[800.0]])).ceded["layer"].tolist() == [expected]


def test_parallel_treaties_see_each_its_own_share_and_products():
    """1,000 xs 100 of 800, a fifth placed: 140 of all of it, 60 of half; of no patent, nothing."""
    layer = ExcessOfLoss(basis="event", attachment=100, limit=1000)
    of = {"half": {"subject_share": 0.5}, "patents": {"products": ("patent",)}, "whole": {}}
    programme = Programme(
        treaties=tuple(
            PlacedTreaty(name=name, treaty=layer, placed_share=0.2, **sight)
            for name, sight in of.items()
        )
    )
    ceded = programme.apply(table([[800.0]], of=FOUR)).ceded
    assert {name: float(rows[0]) for name, rows in ceded.items()} == pytest.approx(
        {"half": 60.0, "patents": 0.0, "whole": 140.0}
    )


def test_premiums_are_of_the_placed_share():
    """Half of a 40% quota share placed: 20 of 100 goes with it, 5 comes back, 80 are left. Half
    of a layer of premium 6 costs 3; the reinstatement of all of it costs as much."""
    layer = ExcessOfLoss(
        basis="event", attachment=10, limit=20, premium=6, reinstatement_rates=(1.0,)
    )
    programme = Programme(
        treaties=(
            PlacedTreaty(
                name="quota", treaty=QuotaShare(share=0.4, commission=0.25), placed_share=0.5
            ),
            PlacedTreaty(name="layer", treaty=layer, net_of=("quota",), placed_share=0.5),
        )
    )
    premium = {"test": 100.0}
    flows = programme.apply(table([[500.0]]), premium=premium).flows
    assert {name: flow.tolist() for name, flow in flows["quota"].items()} == {
        "ceded_premium": [20.0],
        "ceding_commission": [5.0],
    }
    assert {name: flow.tolist() for name, flow in flows["layer"].items()} == {
        "ceded_premium": [3.0],
        "reinstatement_premium": [3.0],
    }
    assert programme.subject_premiums(premium, portfolio(1)) == {"quota": 100.0, "layer": 80.0}


def test_products_are_a_filter():
    """Item 0 is R&D, item 2 equipment. Premium 100 and 50: the filter holds for it as well."""
    programme = Programme(
        treaties=(
            quota("fac", 0.5, products=("equipment_loss",)),
            quota("all", 0.1, net_of=("fac",)),
        )
    )
    subject = table([[80.0, 40.0]], items=[0, 2], of=FOUR)
    premium = {"rd_loss": 100.0, "equipment_loss": 50.0}
    cession = programme.apply(subject, premium=premium)
    assert cession.ceded["fac"].tolist() == [0.0, 20.0]
    assert cession.ceded["all"] == pytest.approx([8.0, 2.0])
    assert programme.subject_premiums(premium, FOUR) == pytest.approx({"fac": 50, "all": 125})


def test_a_facultative_cession_is_a_treaty_of_named_risks():
    """Half of risk unit U2, which is items 1 and 2; 30 xs 20 of policy P1, items 0 and 1; all of
    item 3. Several filters: what all let through, U2 of P1 is item 1."""
    layer = ExcessOfLoss(basis="policy", attachment=20, limit=30)
    filters = {
        "unit": (QuotaShare(share=0.5), {"risk_units": ("U2",)}, [0, 40, 40, 0]),
        "policy": (layer, {"policies": ("P1",)}, [15, 15, 0, 0]),
        "item": (QuotaShare(share=1.0), {"items": ("d",)}, [0, 0, 0, 80]),
        "both": (
            QuotaShare(share=0.5),
            {"risk_units": ("U2",), "policies": ("P1",)},
            [0, 40, 0, 0],
        ),
    }
    subject = table([[80.0] * 4], items=[0, 1, 2, 3], events=[0, 0, 0, 0], of=FOUR)
    for name, (treaty, places, expected) in filters.items():
        placed = PlacedTreaty(name=name, treaty=treaty, **places)
        cession = Programme(treaties=(placed,)).apply(subject, premium={"rd_loss": 100.0})
        assert cession.ceded[name] == pytest.approx(expected)
        assert cession.flags == ()
    assert cession.flows["both"]["ceded_premium"] == pytest.approx([25.0])


def test_facultatives_side_by_side_do_not_inure_to_one_another():
    """70% and 30% of one item: of 100 each takes its share of 100, and the layer sees nothing."""
    layer = ExcessOfLoss(basis="event", attachment=20, limit=50)
    programme = Programme(
        treaties=(
            quota("one", 0.7, items=("a",)),
            quota("two", 0.3, items=("a",)),
            PlacedTreaty(name="layer", treaty=layer, net_of=("one", "two")),
        )
    )
    cession = programme.apply(table([[100.0]], of=FOUR))
    assert {name: float(rows[0]) for name, rows in cession.ceded.items()} == pytest.approx(
        {"one": 70.0, "two": 30.0, "layer": 0.0}
    )


def test_names_that_nothing_bears_are_said_aloud():
    placed = quota("fac", 0.5, items=("e",), policies=("P4",), risk_units=("U1", "X"))
    flags = Programme(treaties=(placed,)).apply(table([[80.0]], of=FOUR)).flags
    assert flags == (
        "treaty 'fac': there is no risk unit 'X'",
        "treaty 'fac': there is no policy 'P4' (did you mean 'P3'?)",
        "treaty 'fac': there is no item 'e'",
    )


def test_the_premium_of_a_product_goes_to_its_items_by_sum_insured():
    four = replace(FOUR, sum_insured=np.array([100.0, 300.0, 50.0, 0.0]))
    premium = {"rd_loss": 40.0, "equipment_loss": 5.0, "patent": 3.0}
    assert premium_by_item(premium, four).tolist() == [10.0, 30.0, 5.0, 3.0]
    with pytest.raises(InvalidParameter, match="premium must be of a product of the portfolio"):
        premium_by_item({"patents": 1.0}, four)
    assert premium_by_item({"patents": 0.0}, four).tolist() == [0.0] * 4


def test_an_unknown_product_is_said_aloud():
    programme = Programme(treaties=(quota("fac", 0.5, products=("equipment",)),))
    flags = programme.apply(table([[80.0]], of=FOUR)).flags
    assert flags == (
        "treaty 'fac': no item is of product 'equipment' (did you mean 'equipment_loss'?)",
    )


def test_parallel_treaties_share_the_loss_or_are_refused():
    """60% and 60% of 100: refused by name, or capped at 50 and 50."""
    programme = Programme(treaties=(quota("one", 0.6), quota("two", 0.6)))
    with pytest.raises(Refused, match=r"'one', 'two' cede 120.00 of a loss of 100.00 \(year 1"):
        programme.apply(table([[], [100.0, 0.0]]))
    capped = replace(programme, parallel="capped").apply(table([[], [100.0, 0.0]]))
    assert capped.ceded["one"].tolist() == [50.0, 0.0]
    assert capped.ceded["two"].tolist() == [50.0, 0.0]
    assert capped.net.tolist() == [0.0, 0.0]
    assert capped.flags == ("parallel treaties 'one', 'two' were cut pro rata in 1 rows",)


def test_only_the_losses_that_are_too_small_are_cut():
    """60% and 50 xs 10: of 100 they want 60 and 50, a cut by 10/11; of 12 they take 7.2 and 2."""
    layer = ExcessOfLoss(basis="event", attachment=10, limit=50)
    treaties = (quota("share", 0.6), PlacedTreaty(name="layer", treaty=layer))
    cession = Programme(treaties=treaties, parallel="capped").apply(table([[12.0], [100.0]]))
    assert cession.ceded["share"] == pytest.approx([7.2, 600 / 11])
    assert cession.ceded["layer"] == pytest.approx([2.0, 500 / 11])
    assert cession.net == pytest.approx([2.8, 0.0])


def test_a_cut_does_not_depend_on_the_order_of_the_list():
    listed = [quota(name, 1 / 3 + place / 10) for place, name in enumerate("cab")]
    applied = [
        Programme(treaties=order, parallel="capped").apply(table([[0.1, 0.7, 1e6 / 3]]))
        for order in itertools.permutations(listed)
    ]
    for cession in applied[1:]:
        assert_same(applied[0], cession)
        assert cession.flags == applied[0].flags
    assert applied[0].flags == ("parallel treaties 'a', 'b', 'c' were cut pro rata in 3 rows",)


def test_parallel_shares_that_fill_the_loss_are_no_fault():
    """0.3 + 0.3 + 0.4 of 0.11 is above 0.11 by rounding only."""
    names = {"a": 0.3, "b": 0.3, "c": 0.4}
    assert sum(share * 0.11 for share in names.values()) > 0.11
    programme = Programme(treaties=tuple(quota(name, share) for name, share in names.items()))
    cession = programme.apply(table([[0.11, 0.3, 1e6 / 3, 7.77]]))
    assert cession.net == pytest.approx([0] * 4, abs=1e-9)
    assert cession.flags == ()


def test_an_earlier_step_is_served_before_a_later_one():
    """`late` is net of `one` alone, `two` is beside both: 60 and 30 of 100 leave 10 of 40."""
    programme = Programme(
        treaties=(quota("late", 1.0, net_of=("one",)), quota("one", 0.6), quota("two", 0.3)),
        parallel="capped",
    )
    cession = programme.apply(table([[100.0]]))
    assert {name: rows[0] for name, rows in cession.ceded.items()} == pytest.approx(
        {"one": 60, "two": 30, "late": 10}
    )
    with pytest.raises(Refused, match="'one', 'two', 'late'"):
        replace(programme, parallel="refused").apply(table([[100.0]]))


def test_cycles_are_refused_by_name():
    with pytest.raises(Refused, match="circular: 'a' is net of 'b' is net of 'c' is net of 'a'"):
        Programme(
            treaties=(
                quota("a", 0.1, net_of=("b",)),
                quota("b", 0.1, net_of=("c",)),
                quota("c", 0.1, net_of=("a",)),
                quota("d", 0.1, net_of=("a",)),
            )
        )
    with pytest.raises(Refused, match="circular: 'a' is net of 'a'"):
        Programme(treaties=(quota("a", 0.1, net_of=("a",)),))


def test_faults_have_a_pointer_and_a_guess():
    body = {
        "treaties": [
            {"name": "quota share", "treaty": {"kind": "quota_share", "share": 0.3}},
            {
                "name": "quota share",
                "treaty": {"kind": "stop_loss", "unit": "amount", "attachment": 1.0, "limit": 2.0},
                "net_of": ["quota shar"],
            },
        ]
    }
    with pytest.raises(InvalidParameter) as refused:
        read(Programme, body)
    faults = {fault.pointer: str(fault) for fault in refused.value.faults}
    assert faults.keys() == {"/treaties/1/name", "/treaties/1/net_of/0"}
    assert "did you mean 'quota share'?" in faults["/treaties/1/net_of/0"]
    body["treaties"][1] |= {"name": "stop loss", "net_of": ["quota share"]}
    assert read(Programme, body).before("stop loss") == {"quota share"}
    body["treaties"][1]["treaty"]["limit"] = -2.0
    with pytest.raises(InvalidParameter) as refused:
        read(Programme, body)
    assert [fault.pointer for fault in refused.value.faults] == ["/treaties/1/treaty/limit"]
    body["treaties"][0]["treaty"]["kind"] = "quota"
    with pytest.raises(InvalidParameter, match="quota_share"):
        read(Programme, body)


def test_names_of_results_are_taken():
    with pytest.raises(InvalidParameter, match="name must not be one of gross, ceded, net"):
        quota("net", 0.1)
    with pytest.raises(NotFound, match="did you mean 'layer'"):
        Programme(treaties=(quota("layer", 0.1),)).apply(table([[1.0]])).annual("layr")


def test_reinsurers_share_what_is_placed():
    reinsurers = (Reinsurer(name="A", share="2/3"), Reinsurer(name="B", share="1/3"))
    programme = Programme(
        treaties=(
            quota("one", 0.3, placed_share=0.5, reinsurers=reinsurers),
            quota("two", 0.2, net_of=("one",), reinsurers=(Reinsurer(name="B", share="1"),)),
        )
    )
    cession = programme.apply(table([[100.0], []]))
    assert cession.annual_of_reinsurer("A") == pytest.approx([10.0, 0.0])
    assert cession.annual_of_reinsurer("B") == pytest.approx([5.0 + 17.0, 0.0])
    with pytest.raises(NotFound, match="reinsurer 'C' is not known"):
        cession.annual_of_reinsurer("C")
    with pytest.raises(InvalidParameter, match="must have shares that sum to 1, got '2/3'"):
        quota("one", 0.3, reinsurers=reinsurers[:1])


@few
@given(programmes(), tables())
def test_a_programme_of_nothing_cedes_nothing(programme, subject):
    assume(len(subject))
    empty = Programme().apply(subject)
    assert (empty.net == subject.loss).all()
    none = replace(
        programme,
        treaties=tuple(replace(placed, placed_share=0.0) for placed in programme.treaties),
    )
    assert (none.apply(subject, premium_of(subject)).net == subject.loss).all()
