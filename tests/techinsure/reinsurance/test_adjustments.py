from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, Undefined
from techinsure.losses.year_table import merge
from techinsure.reinsurance import ExcessOfLoss, QuotaShare, Surplus
from techinsure.reinsurance.adjustments import (
    LossCorridor,
    ProfitCommission,
    SlidingScale,
    SwingRating,
)
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from tests.techinsure.reinsurance.tables import FOUR, table, tables

few = settings(max_examples=40, deadline=None)
SCALE = SlidingScale.of_slides(0.20, [(0.65, 0.55, 0.5), (0.55, 0.35, 0.75)])
"""Treaty 6 of Bear & Nemlick (1990)."""
LOSSES = st.lists(st.floats(0, 300), min_size=6, max_size=6)


def years(*losses):
    return table([[loss] if loss else [] for loss in losses], of=FOUR)


def test_a_sliding_scale_by_hand():
    """Half of a premium of 200: at 65% or worse 20%; to 55% half a point a point, to 35% three
    quarters. Losses 90 are 45 ceded, 45%: 20 + 5 + 7.5 points of 100."""
    assert SCALE.loss_ratios == (0.35, 0.55, 0.65)
    assert SCALE.commissions == pytest.approx((0.40, 0.25, 0.20))
    treaty = QuotaShare(share=0.5, sliding_scale=SCALE)
    flows = treaty.flows(years(90.0, 0.0, 400.0), 200.0)
    assert flows["ceded_premium"].tolist() == [100.0] * 3
    assert flows["ceding_commission"] == pytest.approx([32.5, 40, 20])


def test_the_commission_at_the_mean_loss_ratio_is_another():
    """Loss ratios 20% and 100% pay 40 and 20, in the mean 30; at 60%, their mean, it is 22.5."""
    treaty = QuotaShare(share=1.0, sliding_scale=SCALE)
    apart = treaty.flows(years(20.0, 100.0), 100.0)["ceding_commission"]
    at_mean = treaty.flows(years(60.0), 100.0)["ceding_commission"]
    assert apart.mean() == pytest.approx(30)
    assert at_mean == pytest.approx([22.5])


def test_profit_commission_by_hand():
    """30% of profit after 10% expenses and 25% commission: of 100 there are 65 less losses 45, 80,
    60, 20: profits 20, -15, 5, 45. Year by year 6, 0, 1.5, 13.5. Carried over four years, the
    deficit of 15 takes the 5 and 10 of the 45."""
    treaty = QuotaShare(share=1.0, commission=0.25,
                        profit_commission=ProfitCommission(share=0.3, expenses=0.1))  # fmt: skip
    subject = years(45.0, 80.0, 60.0, 20.0)
    paid = treaty.flows(subject, 100.0)["profit_commission"]
    assert paid == pytest.approx([6, 0, 1.5, 13.5])
    assert treaty.years == 1

    def over(n):
        carried = replace(treaty, profit_commission=replace(treaty.profit_commission, years=n))
        return carried.flows(subject, 100.0)["profit_commission"]

    assert over(4) == pytest.approx([6, 0, 0, 10.5])
    assert over(2) == pytest.approx([6, 0, 1.5, 13.5])  # the third year begins a new sequence
    with pytest.raises(InvalidParameter, match="n_years must be a multiple of 3"):
        over(3)


def test_no_profit_commission_at_the_mean_does_not_mean_none():
    treaty = QuotaShare(share=1.0, profit_commission=ProfitCommission(share=0.5))
    assert treaty.flows(years(0.0, 200.0), 100.0)["profit_commission"].tolist() == [50.0, 0.0]
    assert treaty.flows(years(100.0), 100.0)["profit_commission"].tolist() == [0.0]


def test_a_corridor_by_hand():
    """75% from 80% to 90% of 1,000 go back: 1,200 to 1,125, 850 to 812.5, row by row pro rata."""
    corridor = LossCorridor(attachment=0.8, exhaustion=0.9, share=0.75)
    treaty = QuotaShare(share=1.0, loss_corridor=corridor)
    subject = table([[900.0, 300.0], [850.0], [800.0]])
    ceded = treaty.ceded(subject, 1000.0)
    assert subject.annual(ceded) == pytest.approx([1125, 812.5, 800])
    assert ceded[0] / ceded[1] == pytest.approx(3)


def test_a_corridor_without_end_caps_the_loss_ratio():
    cap = LossCorridor(attachment=2.0, exhaustion=1e9)
    ceded = QuotaShare(share=0.5, loss_corridor=cap).ceded(years(100.0, 1000.0), 100.0)
    assert ceded == pytest.approx([50, 100])


def test_a_loss_ratio_of_no_premium_is_undefined():
    corridor = LossCorridor(attachment=0.8, exhaustion=0.9)
    treaty = QuotaShare(share=1.0, loss_corridor=corridor)
    with pytest.raises(Undefined, match="ceded premium > 0"):
        treaty.ceded(years(5.0))
    assert treaty.ceded(table([[]])).tolist() == []


def test_a_programme_hands_each_treaty_its_own_premium():
    """Half of 200 goes with the fac; the rest is the subject premium of the quota share, of which
    it takes 60%, 60 a year: at losses of 100, 30 ceded, it pays 50% of it, the scale's 32.5%."""
    corridor = LossCorridor(attachment=1.0, exhaustion=2.0, share=0.5)
    quota = QuotaShare(share=0.6, sliding_scale=SlidingScale(loss_ratios=(0.0, 1.0),
                       commissions=(0.5, 0.1)), loss_corridor=corridor)  # fmt: skip
    programme = Programme(
        treaties=(
            PlacedTreaty(name="fac", treaty=QuotaShare(share=0.5)),
            PlacedTreaty(name="quota", treaty=quota, net_of=("fac",), placed_share=0.5),
        )
    )
    cession = programme.apply(years(100.0, 400.0), premium={"rd_loss": 200.0})
    flows = cession.flows["quota"]
    assert flows["ceded_premium"] == pytest.approx([30, 30])
    assert flows["ceding_commission"] == pytest.approx([30 * 0.3, 30 * 0.1])  # 30 / 60, 90 / 60
    assert cession.annual("quota") == pytest.approx([15, 0.5 * (120 - 30)])


def test_swing_rating_by_hand():
    """Losses of the layer times 100/80, at least 10% and at most 25% of 2,000."""
    swing = SwingRating(load=1.25, minimum=0.1, maximum=0.25)
    layer = ExcessOfLoss(basis="event", attachment=0, limit=1000, swing_rating=swing)
    flows = layer.flows(years(0.0, 150.0, 200.0, 300.0, 500.0), 2000.0)
    assert flows["ceded_premium"] == pytest.approx([200, 200, 250, 375, 500])
    assert flows["reinstatement_premium"].tolist() == [0.0] * 5


def test_a_layer_pays_profit_commission_on_all_it_receives():
    """Premium 10, reinstated at 100%: 20 less a loss of 16 leave 4, half of it 2; no loss, 5."""
    layer = ExcessOfLoss(basis="event", attachment=0, limit=16, premium=10,
                         reinstatement_rates=(1.0,),
                         profit_commission=ProfitCommission(share=0.5))  # fmt: skip
    assert layer.flows(years(16.0, 0.0), 0.0)["profit_commission"] == pytest.approx([2, 5])


@few
@given(LOSSES, st.floats(0.1, 1), st.floats(0.0, 0.5))
def test_commission_is_within_its_scale_and_falls_with_losses(losses, share, added):
    treaty = QuotaShare(share=share, sliding_scale=SCALE)
    low = treaty.flows(years(*losses), 150.0)["ceding_commission"]
    high = treaty.flows(years(*(loss * (1 + added) for loss in losses)), 150.0)
    premium = 150.0 * share
    assert (low >= 0.2 * premium * (1 - 1e-12)).all()
    assert (low <= 0.4 * premium * (1 + 1e-12)).all()
    assert (high["ceding_commission"] <= low + 1e-9).all()


@few
@given(LOSSES, st.sampled_from([1, 2, 3, 6]))
def test_a_deficit_carried_forward_never_adds_commission(losses, n):
    def paid(n_years):
        profit = ProfitCommission(share=0.3, expenses=0.1, years=n_years)
        treaty = Surplus(risk="item", line=20.0, lines=4, profit_commission=profit)
        return treaty.flows(years(*losses), 400.0)["profit_commission"]

    alone, carried = paid(1), paid(n)
    assert (carried <= alone + 1e-9).all()
    assert (carried >= 0).all()
    assert carried.reshape(-1, n)[:, 0] == pytest.approx(alone.reshape(-1, n)[:, 0])


@few
@given(st.lists(tables(most_years=2), min_size=1, max_size=3), st.floats(0, 1), st.floats(0, 2))
def test_a_corridor_takes_back_its_share_and_no_more(blocks, share, attachment):
    corridor = LossCorridor(attachment=attachment, exhaustion=attachment + 0.5, share=share)
    subject = merge(blocks)
    free = QuotaShare(share=0.4)
    treaty = replace(free, loss_corridor=corridor)
    ceded, whole = treaty.ceded(subject, 1000.0), free.ceded(subject)
    assert ((ceded >= 0) & (ceded <= whole)).all()
    back = subject.annual(whole) - subject.annual(ceded)
    tolerance = 1e-9 * (1 + subject.annual(whole))
    expected = share * np.clip(subject.annual(whole) - attachment * 400, 0, 200)
    assert (np.abs(back - expected) <= tolerance).all()
    parts = [treaty.ceded(block, 1000.0) for block in blocks]
    assert (ceded == np.concatenate(parts)).all()


@pytest.mark.parametrize(
    ("record", "terms", "fields"),
    [
        (SlidingScale, {"loss_ratios": (0.5,), "commissions": (0.2, 30)},
         ["loss_ratios", "commissions[1]"]),
        (SlidingScale, {"loss_ratios": (0.5, 0.4), "commissions": (0.2, 0.3, 0.1)},
         ["commissions", "loss_ratios[1]", "commissions[1]"]),
        (ProfitCommission, {"share": 2, "expenses": -1, "years": 0},
         ["share", "expenses", "years"]),
        (LossCorridor, {"attachment": -1, "exhaustion": 0, "share": 2},
         ["attachment", "exhaustion", "share"]),
        (LossCorridor, {"attachment": 0.9, "exhaustion": 0.8}, ["exhaustion"]),
        (SwingRating, {"load": 0, "minimum": 2, "maximum": -1}, ["load", "minimum", "maximum"]),
        (SwingRating, {"load": 1, "minimum": 0.2, "maximum": 0.1}, ["maximum"]),
    ],
)  # fmt: skip
def test_every_fault_is_found_at_once(record, terms, fields):
    with pytest.raises(InvalidParameter) as refused:
        record(**terms)
    assert [fault.field for fault in refused.value.faults] == fields


def test_what_excludes_each_other_is_refused():
    for treaty, terms in ((QuotaShare, {"share": 0.5}), (Surplus, {"line": 1.0, "lines": 2.0})):
        with pytest.raises(InvalidParameter, match="sliding_scale must be absent where there is"):
            treaty(**terms, commission=0.3, sliding_scale=SCALE)
    swing = SwingRating(load=1.25, minimum=0.1, maximum=0.25)
    for terms in ({"premium": 5.0}, {"reinstatement_rates": (0.0, 1.0)}):
        with pytest.raises(InvalidParameter, match="swing_rating must be absent where there is"):
            ExcessOfLoss(basis="event", attachment=1, limit=1, swing_rating=swing, **terms)
    with pytest.raises(InvalidParameter, match="pieces must begin where the piece before ends"):
        SlidingScale.of_slides(0.2, [(0.65, 0.55, 0.5), (0.5, 0.35, 0.75)])
