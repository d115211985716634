from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.reinsurance import AggregateExcess, StopLoss
from techinsure.reinsurance.experience_account import ExperienceAccount, paid_out
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from tests.techinsure.reinsurance.tables import table

few = settings(max_examples=40, deadline=None)
ACCOUNT = ExperienceAccount(years=3, interest=0.05, margin=0.1)
LOSSES = st.lists(st.floats(0, 300), min_size=6, max_size=6)


def years(*losses):
    return table([[loss] if loss else [] for loss in losses])


def stop_loss(account, premium=100.0):
    """All losses up to 1,000 a year."""
    return StopLoss(
        unit="amount", attachment=0.0, limit=1000.0, premium=premium, experience_account=account
    )


def settled(account, *losses, premium=100.0):
    flows = stop_loss(account, premium).flows(years(*losses), 0.0)
    return flows["experience_refund"], flows["additional_premium"]


def test_three_years_by_hand():
    """Each year 90 of 100 come in. 90 grow to 94.5, less 50: 44.5. 134.5 to 141.225, less 200:
    -58.775. 31.225 to 32.78625, less 20: 12.78625, which is returned."""
    losses = np.array([50.0, 200.0, 20.0])
    balances = ACCOUNT.balances(years(*losses), np.full(3, 100.0), losses)
    assert balances == pytest.approx(np.array([[44.5, -58.775, 12.78625]]))
    refund, additional = settled(ACCOUNT, *losses)
    assert refund == pytest.approx([0, 0, 12.78625])
    assert additional.tolist() == [0.0] * 3


def test_a_deficit_is_made_good_in_the_part_agreed():
    """With 60 instead of 20 the last balance is -27.21375: half of it is called."""
    account = replace(ACCOUNT, additional_premium=0.5)
    refund, additional = settled(account, 50.0, 200.0, 60.0)
    assert refund.tolist() == [0.0] * 3
    assert additional == pytest.approx([0, 0, 13.606875])
    assert settled(ACCOUNT, 50.0, 200.0, 60.0)[1].tolist() == [0.0] * 3


def test_part_of_a_balance_is_returned():
    refund, _ = settled(replace(ACCOUNT, returned=0.8), 50.0, 200.0, 20.0)
    assert refund == pytest.approx([0, 0, 0.8 * 12.78625])


def test_losses_are_paid_out_over_years_and_the_account_waits():
    """One year of 100 less 10; of a loss of 60 half is paid at its end, half after another year:
    94.5 less 30 is 64.5, which grows to 67.725, less 30."""
    account = replace(ACCOUNT, years=1, payout=(0.5, 0.5))
    assert account.run_off == 1
    balances = account.balances(years(60.0), np.array([100.0]), np.array([60.0]))
    assert balances == pytest.approx(np.array([[64.5, 37.725]]))
    assert settled(account, 60.0)[0] == pytest.approx([37.725])
    paid = paid_out(np.array([1.0, 10.0, 100.0, 1000.0]), 2, (0.5, 0.3, 0.2))
    assert paid == pytest.approx(np.array([[0.5, 5.3, 3.2, 2.0], [50, 530, 320, 200]]))


def test_each_sequence_has_an_account_of_its_own():
    refund, _ = settled(ACCOUNT, 50.0, 200.0, 20.0, 0.0, 0.0, 0.0)
    alone, _ = settled(ACCOUNT, 0.0, 0.0, 0.0)
    assert refund[3:].tolist() == alone.tolist()
    assert refund[:3] == pytest.approx([0, 0, 12.78625])
    with pytest.raises(InvalidParameter, match="n_years must be a multiple of 3"):
        settled(ACCOUNT, 1.0, 1.0)


def test_at_the_mean_nothing_is_returned_which_does_not_mean_nothing():
    """Losses of 0 and of 200, without interest or margin: 100 back, or 100 called."""
    account = ExperienceAccount(years=1, interest=0.0, margin=0.0, additional_premium=1.0)
    refund, additional = settled(account, 0.0, 200.0)
    assert (refund.tolist(), additional.tolist()) == ([100.0, 0.0], [0.0, 100.0])
    at_mean = settled(account, 100.0)
    assert (at_mean[0].tolist(), at_mean[1].tolist()) == ([0.0], [0.0])


@few
@given(LOSSES, st.sampled_from([1, 2, 3, 6]), st.floats(0, 1))
def test_without_interest_the_account_is_premium_less_margin_and_losses(losses, n, margin):
    account = ExperienceAccount(years=n, interest=0.0, margin=margin, additional_premium=1.0)
    refund, additional = settled(account, *losses)
    expected = 100 * n * (1 - margin) - np.reshape(losses, (-1, n)).sum(axis=1)
    got = (refund - additional).reshape(-1, n)
    assert got[:, -1] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert (got[:, :-1] == 0).all()
    assert (refund * additional == 0).all()


@few
@given(LOSSES, st.floats(0, 0.2), st.sampled_from([(1.0,), (0.6, 0.4), (0.2, 0.3, 0.5)]))
def test_the_last_balance_is_the_future_value_of_what_moved(losses, interest, payout):
    account = ExperienceAccount(years=3, interest=interest, margin=0.2, payout=payout)
    premium, last = np.full(6, 100.0), 3 + account.run_off
    got = account.balances(years(*losses), premium, np.array(losses))[:, -1]
    growth = (1 + interest) ** (last - np.arange(4.0 + account.run_off))  # from year 0, 1 ...
    received = 80.0 * growth[:3].sum()
    for sequence, of in enumerate(np.reshape(losses, (2, 3))):
        paid = sum(
            loss * part * growth[year + later + 1]
            for year, loss in enumerate(of)
            for later, part in enumerate(payout)
        )
        assert got[sequence] == pytest.approx(received - paid, rel=1e-9, abs=1e-9)


def test_a_programme_carries_it_and_says_so():
    aggregate = AggregateExcess(basis="event", unit="amount", attachment=0.0, limit=1000.0,
                                premium=100.0, experience_account=ACCOUNT)  # fmt: skip
    assert (aggregate.years, stop_loss(None).years) == (3, 1)
    assert set(stop_loss(None).flows(years(1.0), 0.0)) == {"ceded_premium"}
    subject = years(50.0, 200.0, 20.0)
    for treaty in (aggregate, stop_loss(ACCOUNT)):
        placed = PlacedTreaty(name="finite", treaty=treaty, placed_share=0.5)
        cession = Programme(treaties=(placed,)).apply(subject)
        flows = cession.flows["finite"]
        assert flows["experience_refund"] == pytest.approx([0, 0, 0.5 * 12.78625])
        assert flows["ceded_premium"].tolist() == [50.0] * 3
        assert "carries over sequences of 3 years" in cession.flags[0]


def test_every_fault_is_found_at_once():
    with pytest.raises(InvalidParameter) as refused:
        ExperienceAccount(years=0, interest=5.0, margin=-1.0, returned=2.0,
                          additional_premium=2.0, payout=(0.5, 0.4))  # fmt: skip
    fields = [fault.field for fault in refused.value.faults]
    assert fields == ["years", "interest", "margin", "returned", "additional_premium", "payout"]
    with pytest.raises(InvalidParameter, match=r"payout must sum to 1, got 0.9"):
        replace(ACCOUNT, payout=(0.5, 0.4))
    for payout in ((), (1.5, -0.5), "1"):
        with pytest.raises(InvalidParameter, match="payout"):
            replace(ACCOUNT, payout=payout)
