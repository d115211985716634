import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.losses.year_table import merge
from techinsure.reinsurance import StateBackstop, StopLoss
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from tests.techinsure.reinsurance.tables import table, tables

few = settings(max_examples=40, deadline=None)
money = st.sampled_from([1.0, 10.0, 33.3, 100.0, 250.0])


def test_two_sequences_by_hand():
    """25 xs 30 a year, 40 over three years. 63 pays 25, 38 pays 8, then 7 of 25 are left; the next
    sequence begins anew."""
    treaty = StateBackstop(unit="amount", attachment=30, limit=25, cumulative_limit=40, years=3,
                           premium=1)  # fmt: skip
    subject = table([[23.0, 40.0], [38.0], [99.0], [99.0], [], [29.0]])
    assert subject.annual(treaty.ceded(subject)) == pytest.approx([25, 8, 7, 25, 0, 0])
    assert treaty.ceded(subject)[:2] == pytest.approx([25 * 23 / 63, 25 * 40 / 63])
    assert treaty.flows(subject, 100.0)["ceded_premium"].tolist() == [1.0] * 6


def test_all_caps_are_in_its_unit():
    """50 points xs 150% of 200, 70 points in all: 100 xs 300, 140 in all."""
    treaty = StateBackstop(unit="loss_ratio", attachment=1.5, limit=0.5, cumulative_limit=0.7,
                           years=2, subject_premium=200.0)  # fmt: skip
    subject = table([[500.0], [350.0]])
    assert subject.annual(treaty.ceded(subject)) == pytest.approx([100, 40])


def test_a_sequence_is_whole_and_of_years_of_one_weight():
    treaty = StateBackstop(unit="amount", attachment=1, limit=1, cumulative_limit=2, years=3)
    with pytest.raises(InvalidParameter, match=r"multiple of 3, .* got 4 \(simulate 3 years\)"):
        treaty.ceded(table([[1.0]] * 4))
    programme = Programme(treaties=(PlacedTreaty(name="state", treaty=treaty),))
    assert programme.apply(table([[9.0]] * 3)).flags == (
        "treaty 'state' carries over sequences of 3 years: errors of means are between "
        "sequences; sd, VaR, TVaR and chances, and their errors, take years as independent",
    )


@few
@given(tables(), money, money)
def test_without_a_cumulative_limit_it_is_a_stop_loss(subject, attachment, limit):
    terms = {"unit": "amount", "attachment": attachment, "limit": limit}
    one, other = StateBackstop(**terms), StopLoss(**terms)
    assert one.ceded(subject).tolist() == other.ceded(subject).tolist()


@few
@given(st.lists(tables(most_years=1), min_size=6, max_size=6), money, money, money)
def test_no_sequence_takes_more_than_its_limit(blocks, attachment, limit, cumulative):
    treaty = StateBackstop(unit="amount", attachment=attachment, limit=limit,
                           cumulative_limit=cumulative, years=3)  # fmt: skip
    subject = merge(blocks)
    ceded = treaty.ceded(subject)
    annual = subject.annual(ceded).reshape(2, 3)
    assert (annual.sum(axis=1) <= cumulative * (1 + 1e-12)).all()
    assert (annual <= limit * (1 + 1e-12)).all()
    layer = np.clip(subject.annual() - attachment, 0, limit).reshape(2, 3)
    expected = np.minimum(layer.sum(axis=1), cumulative)
    np.testing.assert_allclose(annual.sum(axis=1), expected, rtol=1e-9)
    halves = [treaty.ceded(merge(blocks[:3])), treaty.ceded(merge(blocks[3:]))]
    assert (ceded == np.concatenate(halves)).all()


def test_every_fault_is_found_at_once():
    with pytest.raises(InvalidParameter) as refused:
        StateBackstop(unit="amount", attachment=-1, limit=0, cumulative_limit=0, years=0,
                      subject_premium=1.0, premium=-1)  # fmt: skip
    found = [fault.field for fault in refused.value.faults]
    assert found == ["cumulative_limit", "years", "attachment", "limit", "subject_premium",
                     "premium"]  # fmt: skip
    with pytest.raises(InvalidParameter, match="years must be 1 without a cumulative_limit"):
        StateBackstop(unit="amount", attachment=1, limit=1, years=3)
