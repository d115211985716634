import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.reinsurance import QuotaShare, Surplus
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from tests.techinsure.builders import portfolio
from tests.techinsure.reinsurance.tables import FOUR, table, tables

few = settings(max_examples=40, deadline=None)
lines = st.sampled_from([0.5, 1.0, 3.0, 9.0])
retained = st.floats(1.0, 400.0)

SIX = portfolio(
    6,
    sum_insured=np.array([400.0, 500.0, 1000.0, 3000.0, 4000.0, 10000.0]),
    labels={"product": ["a"] * 3 + ["b"] * 3, "risk_unit": list("uvwxyz")},
)
"""Six risks, in thousands."""


def by_item(losses):
    return table([losses], items=range(len(losses)), events=range(len(losses)), of=SIX)


def test_risks_by_hand():
    """Five lines of 500: of 1,000 a half, of 3,000 five sixths, of 4,000 and 10,000, above the
    capacity of 3,000, the 2,500 of five lines only."""
    treaty = Surplus(line=500.0, lines=5, commission=0.3)
    shares = [0.0, 0.0, 1 / 2, 5 / 6, 5 / 8, 1 / 4]
    assert treaty.shares(SIX) == pytest.approx(shares)
    ceded = treaty.ceded(by_item([400.0, 250.0, 600.0, 3000.0, 1000.0, 2000.0]))
    assert ceded == pytest.approx([0, 0, 300, 2500, 625, 500])
    assert treaty.capacity == 3000
    assert treaty.above_capacity(SIX) == (("z", 10000.0), ("y", 4000.0))


def test_premium_goes_as_sums_insured_go():
    """Product a: 190 for 1,900, of 1,000 a half; product b: 340 for 17,000, of which 2,500 three
    times. 50 + 2% of 7,500 = 200, of which 30% come back."""
    treaty = Surplus(line=500.0, lines=5, commission=0.3)
    programme = Programme(treaties=(PlacedTreaty(name="surplus", treaty=treaty),))
    cession = programme.apply(by_item([0.0] * 6), premium={"a": 190.0, "b": 340.0})
    assert cession.flows["surplus"]["ceded_premium"] == pytest.approx([200.0])
    assert cession.flows["surplus"]["ceding_commission"] == pytest.approx([60.0])
    assert cession.flags == (
        "treaty 'surplus': sums insured above its capacity of 3,000.00: 2, the largest that of "
        "'z', 10,000.00",
    )
    of_all = treaty.flows(by_item([0.0] * 6), 189.0)["ceded_premium"]  # 1% of all sums insured
    assert of_all == pytest.approx([0.01 * (500 + 7500)])


def test_a_second_surplus_begins_where_the_first_ends():
    """Of 10,000 the first five lines of 500 take 2,500, the next ten 5,000, and 2,500 stay."""
    first = Surplus(line=500.0, lines=5)
    second = Surplus(line=500.0, lines=10, after_lines=5)
    assert first.shares(SIX)[5] == 0.25
    assert second.shares(SIX).tolist() == [0, 0, 0, 0, 0.25, 0.5]
    both = Programme(
        treaties=(
            PlacedTreaty(name="first", treaty=first),
            PlacedTreaty(name="second", treaty=second),
        )
    )
    cession = both.apply(by_item([100.0] * 6))
    assert cession.net == pytest.approx([100, 100, 50, 100 / 6, 100 / 8, 25])
    assert both.proportional_shares(SIX) == pytest.approx(1 - cession.net / 100)


def test_it_sees_the_sums_insured_that_treaties_before_leave():
    """Facultative 70% of risk z leaves 3,000 of 10,000: five sixths of what is left of a loss."""
    fac = PlacedTreaty(name="fac", treaty=QuotaShare(share=0.7), risk_units=("z",))
    surplus = PlacedTreaty(name="surplus", treaty=Surplus(line=500.0, lines=5), net_of=("fac",))
    programme = Programme(treaties=(fac, surplus))
    cession = programme.apply(by_item([0.0] * 5 + [1000.0]), premium={"b": 17.0})
    assert cession.ceded["fac"][5] == pytest.approx(700)
    assert cession.ceded["surplus"][5] == pytest.approx(250)
    assert cession.flows["fac"]["ceded_premium"] == pytest.approx([7.0])
    assert cession.flows["surplus"]["ceded_premium"] == pytest.approx([2.5 + 2.5 + 2.5])
    assert programme.subject_premiums({"b": 17.0}, SIX)["surplus"] == pytest.approx(10.0)
    shares = [0, 0, 1 / 2, 5 / 6, 5 / 8, 0.7 + 0.3 * 5 / 6]
    assert programme.proportional_shares(SIX) == pytest.approx(shares)


def test_a_risk_is_what_it_gathers():
    """Items 1 and 2 share a risk unit of 200, items 0 and 1 a policy; lines of 50, three of them.
    An item without a label stands for itself."""
    shares = {
        risk: Surplus(risk=risk, line=50.0, lines=3).shares(FOUR).tolist()
        for risk in ("item", "policy", "site", "risk_unit")
    }
    assert shares["item"] == shares["site"] == [0.5] * 4
    assert shares["policy"] == [0.75, 0.75, 0.5, 0.5]
    assert shares["risk_unit"] == [0.5, 0.75, 0.75, 0.5]
    assert Surplus(line=10.0, lines=1).above_capacity(FOUR)[-1] == ("d", 100.0)


def test_an_event_limit_is_shared_pro_rata():
    """Half of 300 and 100, at most 80 an event: 60 and 20."""
    treaty = Surplus(risk="item", line=50.0, lines=1, limit=80.0)
    subject = table([[300.0, 100.0, 40.0]], items=[0, 1, 2], events=[7, 7, 8], of=FOUR)
    assert treaty.ceded(subject) == pytest.approx([60.0, 20.0, 20.0])


@few
@given(tables(), retained, lines)
def test_no_more_than_the_line_is_kept_of_a_total_loss(subject, line, several):
    treaty = Surplus(risk="item", line=line, lines=several)
    share = treaty.shares(FOUR)
    assert ((share >= 0) & (share <= 1)).all()
    kept = (1 - share) * FOUR.sum_insured
    within = FOUR.sum_insured <= treaty.capacity
    assert (kept[within] <= line * (1 + 1e-12)).all()
    np.testing.assert_allclose(treaty.ceded(subject), share[subject.item] * subject.loss)


@few
@given(retained, lines, st.floats(1.01, 10))
def test_more_lines_cede_more_and_a_larger_line_keeps_more(line, several, factor):
    treaty, more = Surplus(line=line, lines=several), Surplus(line=line, lines=several * factor)
    assert (more.shares(SIX) >= treaty.shares(SIX)).all()
    room = Surplus(line=line, lines=1e6).shares(SIX)
    larger = Surplus(line=line * factor, lines=1e6).shares(SIX)
    assert (larger <= room + 1e-15).all()


def test_what_has_no_sum_insured_is_kept():
    nothing = portfolio(2, sum_insured=np.array([0.0, 100.0]))
    treaty = Surplus(line=10.0, lines=4)
    assert treaty.shares(nothing).tolist() == [0.0, 0.4]
    free = portfolio(1, sum_insured=np.zeros(1))
    assert treaty.flows(table([[1.0]], of=free), 100.0)["ceded_premium"].tolist() == [0.0]


def test_every_fault_is_found_at_once():
    with pytest.raises(InvalidParameter) as refused:
        Surplus(risk="risk", line=0, lines=-1, after_lines=-1, commission=30, basis="all")
    found = [fault.field for fault in refused.value.faults]
    assert found == ["risk", "line", "lines", "after_lines", "commission", "basis"]
