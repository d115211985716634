import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.reinsurance.annual_layer import AccountedLayer, AnnualLayer
from techinsure.reinsurance.experience_account import ExperienceAccount
from tests.techinsure.reinsurance.tables import table


def test_terms_in_money_and_in_loss_ratios_are_one_layer():
    """50 xs 30, and 25% xs 15% of 200."""
    money = AnnualLayer(unit="amount", attachment=30.0, limit=50.0)
    ratios = AnnualLayer(unit="loss_ratio", attachment=0.15, limit=0.25, subject_premium=200.0)
    assert money.in_money == ratios.in_money == (30.0, 50.0)
    assert money.paid(np.array([20.0, 45.0, 99.0])).tolist() == [0.0, 15.0, 50.0]


def test_a_year_goes_back_to_its_losses_pro_rata():
    """40 + 60 pay 50 of 70 above 30: a half each; the year of 20 does not reach the layer."""
    layer = AnnualLayer(unit="amount", attachment=30.0, limit=50.0, premium=7.0)
    subject = table([[40.0, 60.0], [20.0]])
    assert layer.ceded(subject) == pytest.approx([20.0, 30.0, 0.0])
    touched, rows = layer.touched(subject)
    assert (rows.tolist(), touched.loss.tolist()) == ([0, 1], [40.0, 60.0])
    assert layer.flows(subject, 0.0)["ceded_premium"].tolist() == [7.0, 7.0]
    assert layer.shares(subject.portfolio).tolist() == [0.0]


def test_an_account_is_kept_of_what_the_layer_takes_and_pays():
    """15 of 45 are ceded: 20 less 15 are returned; of 99 the layer pays 50, nothing is left."""
    account = ExperienceAccount(years=1, interest=0.0, margin=0.0)
    terms = {"unit": "amount", "attachment": 30.0, "limit": 50.0, "premium": 20.0}
    layer = AccountedLayer(**terms, experience_account=account)
    flows = layer.flows(table([[45.0], [99.0]]), 0.0)
    assert flows["experience_refund"].tolist() == [5.0, 0.0]
    assert (layer.years, AccountedLayer(**terms).years) == (1, 1)


def test_every_fault_is_found_at_once():
    with pytest.raises(InvalidParameter) as refused:
        AnnualLayer(unit="percent", attachment=-1.0, limit=0.0, premium=-1.0)
    found = [fault.field for fault in refused.value.faults]
    assert found == ["unit", "attachment", "limit", "premium"]
