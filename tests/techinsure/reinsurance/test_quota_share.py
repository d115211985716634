import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.reinsurance import QuotaShare
from tests.techinsure.reinsurance.tables import FOUR, table, tables

few = settings(max_examples=40, deadline=None)
fractions = st.floats(0, 1)
bases = st.sampled_from(["row", "item", "policy", "site", "risk_unit", "event", "year"])


def test_a_year_by_hand():
    """40% of 100, 50 and 0, and of a premium of 1,000 at 25% commission."""
    treaty = QuotaShare(share=0.4, commission=0.25)
    subject = table([[100.0, 50.0], [], [0.0]])
    assert treaty.ceded(subject).tolist() == [40.0, 20.0, 0.0]
    flows = treaty.flows(subject, premium=1000.0)
    assert flows["ceded_premium"].tolist() == [400.0] * 3
    assert flows["ceding_commission"].tolist() == [100.0] * 3


def test_a_limit_per_risk_unit_is_shared_pro_rata():
    """Half of 100 + 300 in one risk unit is 200, at most 80: 20 and 60. Half of 30 is 15."""
    treaty = QuotaShare(share=0.5, limit=80.0, basis="risk_unit")
    subject = table([[100.0, 300.0, 30.0]], items=[1, 2, 0], events=[7, 7, 7], of=FOUR)
    assert treaty.ceded(subject).tolist() == [20.0, 60.0, 15.0]


@few
@given(tables(), fractions, st.none() | st.floats(1.0, 1e6), bases)
def test_cedes_its_share_and_never_more_than_its_limit(subject, share, limit, basis):
    ceded = QuotaShare(share=share, limit=limit, basis=basis).ceded(subject)
    assert ((ceded >= 0) & (ceded <= share * subject.loss)).all()
    if limit is None:
        assert (ceded == share * subject.loss).all()
    elif len(subject):
        assert (subject.grouped(basis).total(ceded) <= limit * (1 + 1e-12)).all()


@few
@given(tables(), fractions)
def test_the_whole_share_is_the_whole_loss(subject, share):
    assert (QuotaShare(share=1.0).ceded(subject) == subject.loss).all()
    rest = QuotaShare(share=1 - share).ceded(subject) + QuotaShare(share=share).ceded(subject)
    np.testing.assert_allclose(rest, subject.loss, rtol=1e-15)


def test_every_fault_is_found_at_once():
    with pytest.raises(InvalidParameter) as refused:
        QuotaShare(share=40, commission=-0.1, limit=0, basis="risk")
    faults = {fault.field: str(fault) for fault in refused.value.faults}
    assert faults.keys() == {"share", "commission", "limit", "basis"}
    assert "must be in [0, 1], got 40 (write shares as fractions" in faults["share"]
    assert "did you mean 'risk_unit'?" in faults["basis"]


@pytest.mark.parametrize("share", [float("nan"), float("inf"), "0.4", True, None])
def test_a_share_is_a_finite_number(share):
    with pytest.raises(InvalidParameter, match="share must be"):
        QuotaShare(share=share)
