from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.reinsurance import ExcessOfLoss, QuotaShare
from tests.techinsure.reinsurance.tables import FOUR, poisson_lomax, table, tables

few = settings(max_examples=40, deadline=None)
attachments = st.one_of(st.just(0.0), st.floats(0, 1000))
limits = st.floats(1.0, 1000)
rates = st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.2]), max_size=3).map(tuple)
bases = st.sampled_from(["item", "policy", "site", "risk_unit", "event"])

# Poisson(10) losses, Lomax(shape 3, scale 10), one free reinstatement:
# attachment, limit, Mata (2000) Table 2, exact by FFT (tests/reference/f4_reinsurance.json)
TABLE_2 = [(10, 10, 6.6128, 6.61506), (10, 20, 9.2173, 9.22139)]


@pytest.fixture(scope="module")
def mata():
    return poisson_lomax(n_years=100_000, seed=2)


@pytest.mark.parametrize(("attachment", "limit", "published", "exact"), TABLE_2)
def test_pure_premium_of_mata_2000(mata, attachment, limit, published, exact):
    layer = ExcessOfLoss(
        basis="event", attachment=attachment, limit=limit, reinstatement_rates=(0.0,)
    )
    annual = mata.annual(layer.ceded(mata))
    standard_error = annual.std(ddof=1) / np.sqrt(annual.size)
    assert annual.mean() == pytest.approx(exact, abs=4 * standard_error)
    assert exact == pytest.approx(published, rel=1e-3)  # the table is 0.03-0.08% below exact


def test_a_year_by_hand():
    """20 xs 10, one reinstatement at 100% of 3: losses 16, 40, 40 pay 6, 20 and the 14 that are
    left of 40. The first 20 burnt are reinstated: 6/20 of 3, then 14/20 of 3, then nothing. At
    times 0.25, 0.5, 0.75 with time counted: 0.9 x 0.75 + 2.1 x 0.5."""
    layer = ExcessOfLoss(
        basis="event", attachment=10, limit=20, premium=3, reinstatement_rates=(1.0,)
    )
    subject = table([[], [16.0, 40.0, 40.0]], times=[0.25, 0.5, 0.75])
    assert layer.capacity == 40
    assert layer.ceded(subject).tolist() == [6.0, 20.0, 14.0]
    flows = layer.flows(subject, premium=0.0)
    assert flows["ceded_premium"].tolist() == [3.0, 3.0]
    assert flows["reinstatement_premium"] == pytest.approx([0.0, 3.0])
    by_time = replace(layer, reinstated_by="amount_and_time").flows(subject, premium=0.0)
    assert by_time["reinstatement_premium"] == pytest.approx([0.0, 1.725])
    two_years = replace(layer, reinstated_by="amount_and_time", period=2.0)
    later = two_years.flows(subject, premium=0.0)["reinstatement_premium"]
    assert later == pytest.approx([0.0, 0.9 * 0.875 + 2.1 * 0.75])


def test_reinstatements_at_different_rates():
    """10 xs 0, reinstated once at 100% and once at 50% of 8: 25 burnt in all, of which the first
    10 cost 8 and the next 10 cost 4; the third limit has no reinstatement."""
    layer = ExcessOfLoss(
        basis="event", attachment=0, limit=10, premium=8, reinstatement_rates=(1.0, 0.5)
    )
    subject = table([[10.0, 10.0, 5.0], [15.0], [4.0, 2.0]])
    assert subject.annual(layer.ceded(subject)).tolist() == [25.0, 10.0, 6.0]
    premium = layer.flows(subject, premium=0.0)["reinstatement_premium"]
    assert premium == pytest.approx([12.0, 8.0, 0.6 * 8])


def test_the_annual_deductible_is_eaten_first():
    """20 xs 10 less 12 a year: layer losses 5 and 20, of which the first 12 stay."""
    layer = ExcessOfLoss(basis="event", attachment=10, limit=20, annual_deductible=12)
    subject = table([[8.0, 15.0, 40.0], [15.0]])
    assert layer.ceded(subject).tolist() == pytest.approx([0.0, 0.0, 13.0, 0.0])


def test_the_basis_says_which_rows_add_up():
    """Items 1 and 2 share a risk unit, items 0 and 1 a policy, only item 2 has a site; 30 xs 50.
    An item without a label stands for itself."""
    subject = table([[40.0, 40.0, 40.0]], items=[0, 1, 2], events=[5, 5, 5], of=FOUR)
    ceded = {
        basis: ExcessOfLoss(basis=basis, attachment=50, limit=30).ceded(subject).tolist()
        for basis in ("item", "policy", "site", "risk_unit", "event")
    }
    assert ceded["item"] == ceded["site"] == [0.0, 0.0, 0.0]
    assert ceded["policy"] == [15.0, 15.0, 0.0]
    assert ceded["risk_unit"] == [0.0, 15.0, 15.0]
    assert ceded["event"] == [10.0, 10.0, 10.0]


@few
@given(tables(), bases, attachments, limits, rates, st.just(0.0) | st.floats(0, 100))
def test_never_pays_more_than_it_sold(subject, basis, attachment, limit, rates, deductible):
    layer = ExcessOfLoss(
        basis=basis,
        attachment=attachment,
        limit=limit,
        premium=7.0,
        reinstatement_rates=rates,
        annual_deductible=deductible,
    )
    ceded = layer.ceded(subject)
    assert ((ceded >= 0) & (ceded <= subject.loss)).all()
    assert (subject.annual(ceded) <= layer.capacity * (1 + 1e-12)).all()
    for reinstated_by in ("amount", "amount_and_time"):
        flows = replace(layer, reinstated_by=reinstated_by).flows(subject, premium=0.0)
        paid = flows["reinstatement_premium"]
        assert ((paid >= 0) & (paid <= 7.0 * sum(rates) * (1 + 1e-12))).all()


@few
@given(tables(), bases, attachments, limits, limits)
def test_contiguous_layers_add(subject, basis, attachment, first, second):
    """With room for every loss, L1 xs A and L2 xs A + L1 are L1 + L2 xs A."""
    free = {"basis": basis, "reinstatement_rates": (0.0,) * 10}
    lower = ExcessOfLoss(attachment=attachment, limit=first, **free)
    upper = ExcessOfLoss(attachment=attachment + first, limit=second, **free)
    both = ExcessOfLoss(attachment=attachment, limit=first + second, **free)
    gap = np.abs(lower.ceded(subject) + upper.ceded(subject) - both.ceded(subject))
    assert (gap <= 1e-9 * (1 + subject.loss)).all()


@few
@given(tables(), bases, attachments, limits, rates, st.floats(0.01, 0.99))
def test_after_a_quota_share_the_layer_is_scaled(subject, basis, attachment, limit, rates, share):
    """A layer of the rest (1 - q) x equals (1 - q) times the layer with terms over (1 - q)."""
    kept = 1 - share
    rest = subject.with_loss(subject.loss - QuotaShare(share=share).ceded(subject))
    free = {"basis": basis, "reinstatement_rates": rates}
    after = ExcessOfLoss(attachment=attachment, limit=limit, **free).ceded(rest)
    scaled = ExcessOfLoss(attachment=attachment / kept, limit=limit / kept, **free).ceded(subject)
    tolerance = 1e-9 * (1 + attachment + subject.loss.max(initial=0.0))
    np.testing.assert_allclose(after, kept * scaled, rtol=1e-9, atol=tolerance)


@few
@given(tables(), bases, attachments, limits, rates)
def test_money_scales_bit_for_bit_by_a_power_of_two(subject, basis, attachment, limit, rates):
    layer = ExcessOfLoss(basis=basis, attachment=attachment, limit=limit, reinstatement_rates=rates)
    large = replace(layer, attachment=1024 * attachment, limit=1024 * limit)
    ceded = large.ceded(subject.with_loss(1024 * subject.loss))
    assert (ceded == 1024 * layer.ceded(subject)).all()


def test_capacity_restarts_at_each_year():
    """A sum over the whole table would exceed the capacity by rounding in some years."""
    layer = ExcessOfLoss(basis="event", attachment=0.1, limit=0.7, reinstatement_rates=(0.0,))
    losses = [[0.3 + 0.1 * k, 1e9 * (k % 3), 0.7] for k in range(200)]
    together = layer.ceded(table(losses))
    alone = np.concatenate([layer.ceded(table([year])) for year in losses])
    assert (together == alone).all()
    assert (table(losses).annual(together) <= 1.4).all()


def test_every_fault_is_found_at_once():
    with pytest.raises(InvalidParameter) as refused:
        ExcessOfLoss(basis="row", attachment=-1, limit=0, reinstatement_rates=(1.0, -0.5, "1"))
    found = [fault.field for fault in refused.value.faults]
    expected = ["basis", "attachment", "limit", "reinstatement_rates[1]", "reinstatement_rates[2]"]
    assert found == expected
    assert "limit must be > 0, got 0" in str(refused.value)
