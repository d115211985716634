import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.reinsurance import AggregateExcess, ExcessOfLoss, StopLoss
from tests.techinsure.reinsurance.tables import FOUR, table, tables

few = settings(max_examples=40, deadline=None)
money = st.sampled_from([1.0, 10.0, 33.3, 100.0, 250.0])


def test_a_year_by_hand():
    """Above 10 each, at most 20 of it, the losses 8, 15, 40 count 0, 5 and 20. 15 xs 12 of the
    year pays 13, to the losses as they count: 2.6 and 10.4. The other year's 11 count 1."""
    treaty = AggregateExcess(basis="event", each_attachment=10, each_limit=20, unit="amount",
                             attachment=12, limit=15, premium=4)  # fmt: skip
    subject = table([[8.0, 15.0, 40.0], [11.0], []])
    assert treaty.ceded(subject) == pytest.approx([0.0, 2.6, 10.4, 0.0])
    assert treaty.flows(subject, 100.0)["ceded_premium"].tolist() == [4.0] * 3
    touched, rows = treaty.touched(subject)
    assert rows.tolist() == [1, 2, 3]
    assert treaty.ceded(touched) == pytest.approx([2.6, 10.4, 0.0])


def test_a_ratio_is_of_its_own_subject_premium():
    """30 points xs 20% of 50: 15 xs 10 of what exceeds 5 each, per risk unit."""
    treaty = AggregateExcess(basis="risk_unit", each_attachment=5, unit="loss_ratio",
                             attachment=0.2, limit=0.3, subject_premium=50)  # fmt: skip
    subject = table([[8.0, 9.0, 6.0]], items=[1, 2, 0], events=[0, 0, 0], of=FOUR)
    assert treaty.in_money == (10.0, 15.0)
    assert treaty.ceded(subject).sum() == pytest.approx(12 + 1 - 10)
    assert treaty.ceded(subject)[0] / treaty.ceded(subject)[1] == pytest.approx(8 / 9)


@few
@given(tables(), money, money)
def test_without_terms_of_each_loss_it_is_a_stop_loss(subject, attachment, limit):
    terms = {"unit": "amount", "attachment": attachment, "limit": limit}
    one, other = AggregateExcess(basis="event", **terms), StopLoss(**terms)
    np.testing.assert_allclose(one.ceded(subject), other.ceded(subject), rtol=1e-12, atol=1e-12)


@few
@given(tables(), money, money, money)
def test_from_zero_it_is_the_layer_of_each_loss(subject, each_attachment, each_limit, limit):
    """With no attachment and room for all, it pays what a layer with reinstatements pays."""
    one = AggregateExcess(basis="event", each_attachment=each_attachment, each_limit=each_limit,
                          unit="amount", attachment=0, limit=20 * each_limit)  # fmt: skip
    layer = ExcessOfLoss(basis="event", attachment=each_attachment, limit=each_limit,
                         reinstatement_rates=(0.0,) * 19)  # fmt: skip
    gap = np.abs(one.ceded(subject) - layer.ceded(subject))
    assert (gap <= 1e-9 * (1 + subject.loss)).all()


@few
@given(tables(), money, money, money, money)
def test_pays_the_layer_of_the_year(subject, each_attachment, each_limit, attachment, limit):
    treaty = AggregateExcess(basis="item", each_attachment=each_attachment, each_limit=each_limit,
                             unit="amount", attachment=attachment, limit=limit)  # fmt: skip
    ceded = treaty.ceded(subject)
    assert ((ceded >= 0) & (ceded <= subject.loss)).all()
    groups = subject.grouped("item")
    counted = np.clip(groups.total(subject.loss) - each_attachment, 0, each_limit)
    annual = np.bincount(groups.year, counted, subject.n_years)
    layer = np.clip(annual - attachment, 0, limit)
    np.testing.assert_allclose(subject.annual(ceded), layer, rtol=1e-9, atol=1e-9)


def test_every_fault_is_found_at_once():
    with pytest.raises(InvalidParameter) as refused:
        AggregateExcess(basis="row", each_attachment=-1, each_limit=0, unit="loss_ratio",
                        attachment=-1, limit=0, premium=-1)  # fmt: skip
    found = [fault.field for fault in refused.value.faults]
    assert found == ["basis", "each_attachment", "each_limit", "attachment", "limit",
                     "subject_premium", "premium"]  # fmt: skip
