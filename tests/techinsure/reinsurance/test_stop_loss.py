import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.reinsurance import StopLoss
from tests.techinsure.reinsurance.tables import table, tables

few = settings(max_examples=40, deadline=None)


def test_years_by_hand():
    """25 xs 30 of the year: 63 - 30 is cut at 25; 38 leaves 8, a share of 8/38 of each loss."""
    treaty = StopLoss(unit="amount", attachment=30, limit=25, premium=2)
    subject = table([[23.0, 40.0], [], [19.0, 19.0], [30.0]])
    assert subject.annual(treaty.ceded(subject)) == pytest.approx([25.0, 0.0, 8.0, 0.0])
    assert treaty.ceded(subject)[2:] == pytest.approx([4.0, 4.0, 0.0])
    assert treaty.flows(subject, premium=100.0)["ceded_premium"].tolist() == [2.0] * 4


def test_the_unit_is_written_and_never_guessed():
    """50 points xs 150% of a premium of 200 is 100 xs 300; 0.5 xs 1.5 in money is half a unit."""
    subject = table([[250.0, 100.0], [500.0]])
    ratio = StopLoss(unit="loss_ratio", attachment=1.5, limit=0.5, subject_premium=200.0)
    assert subject.annual(ratio.ceded(subject)) == pytest.approx([50.0, 100.0])
    amount = StopLoss(unit="amount", attachment=1.5, limit=0.5)
    assert subject.annual(amount.ceded(subject)) == pytest.approx([0.5, 0.5])


@few
@given(tables(), st.floats(0, 3000), st.floats(1, 3000))
def test_pays_the_layer_of_the_year_pro_rata(subject, attachment, limit):
    ceded = StopLoss(unit="amount", attachment=attachment, limit=limit).ceded(subject)
    assert ((ceded >= 0) & (ceded <= subject.loss)).all()
    layer = np.clip(subject.annual() - attachment, 0, limit)
    np.testing.assert_allclose(subject.annual(ceded), layer, rtol=1e-12)
    share = np.divide(ceded, subject.loss, out=np.zeros(len(subject)), where=subject.loss > 0)
    for year in range(subject.n_years):
        of_year = share[(subject.year == year) & (subject.loss > 0)]
        assert np.ptp(of_year) <= 1e-15 if len(of_year) else True


@pytest.mark.parametrize(
    ("unit", "subject_premium", "message"),
    [
        ("loss_ratio", None, "subject_premium is required when unit is 'loss_ratio'"),
        ("amount", 100.0, "subject_premium must be absent when unit is 'amount'"),
        ("loss_ratio", 0.0, "subject_premium must be > 0"),
        ("percent", None, "unit must be one of amount, loss_ratio"),
    ],
)
def test_a_loss_ratio_needs_its_premium(unit, subject_premium, message):
    with pytest.raises(InvalidParameter, match=message):
        StopLoss(unit=unit, attachment=1.5, limit=0.5, subject_premium=subject_premium)
