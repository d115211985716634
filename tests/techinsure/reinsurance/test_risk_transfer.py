from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from techinsure import seeding
from techinsure.errors import InvalidParameter, NotFound, Undefined
from techinsure.reinsurance import ExcessOfLoss, QuotaShare, StopLoss
from techinsure.reinsurance.experience_account import ExperienceAccount
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from techinsure.reinsurance.risk_transfer import (
    of_present_values,
    present_values,
    risk_transfer,
)
from tests.techinsure.reinsurance.tables import table


def transfer(treaty, subject, *, interest=0.0, premium=0.0, placed_share=1.0, payout=None):
    placed = PlacedTreaty(name="it", treaty=treaty, placed_share=placed_share)
    programme = Programme(treaties=(placed,))
    cession = programme.apply(subject, premium={"test": premium} if premium else None)
    return risk_transfer(programme, cession, "it", interest=interest, payout=payout)


def layer(premium, **terms):
    return StopLoss(unit="amount", attachment=0.0, limit=1e9, premium=premium, **terms)


def test_four_contracts_by_hand():
    """A chance and a loss, a premium: 10% of 3 at 1, a deficit of 2, is 20%; of 2, 10%; of 1, none.
    A quarter of 200 at 100 is 25%."""
    for share, loss, premium, expected in (
        (10, 3.0, 1.0, 0.20), (10, 2.0, 1.0, 0.10), (10, 1.0, 1.0, 0.0), (4, 200.0, 100.0, 0.25),
    ):  # fmt: skip
        found = transfer(layer(premium), table([[loss], *[[]] * (share - 1)]))
        assert found.expected_reinsurer_deficit.value == pytest.approx(expected)
        assert found.premium.value == premium
        assert found.deficit.value == pytest.approx(expected * premium)
        assert found.by_deficit == (expected > 0)


def test_the_two_rules_look_at_different_things():
    """1% of years lose 10 times the premium: 9%, far above 1%, at a chance of 1%. A tenth of years
    lose a tenth of it: a chance of 10%, 1% of deficit. Below either they fail."""
    rare = transfer(layer(1.0), table([[10.0], *[[]] * 99]))
    assert rare.expected_reinsurer_deficit.value == pytest.approx(0.09)
    assert rare.chance_of_loss.value == pytest.approx(0.01)
    assert (rare.by_deficit, rare.by_ten_ten) == (True, False)
    edge = transfer(layer(1.0), table([[1.1 + 1e-12], *[[0.9]] * 9]))
    assert edge.chance_of_loss.value == pytest.approx(0.1)
    assert (edge.by_deficit, edge.by_ten_ten) == (True, True)
    below = transfer(layer(1.0), table([[1.09], *[[0.9]] * 9]))
    assert (below.by_deficit, below.by_ten_ten) == (False, False)


def test_losses_are_discounted_by_when_they_are_paid():
    """A loss of 2.2 at a premium of 1 and 10% interest: paid at the end of the year it is worth 2,
    half of it a year later 1 + 1 / 1.1."""
    subject = table([[2.2], []])
    assert transfer(layer(1.0), subject, interest=0.1).deficit.value == pytest.approx(0.5)
    later = transfer(layer(1.0), subject, interest=0.1, payout=(0.5, 0.5))
    assert later.deficit.value == pytest.approx(0.5 * (1 / 1.1))
    values = present_values(np.array([110.0, 121.0, 0.0, 121.0]), 2, 0.1, (0.0, 1.0))
    assert values == pytest.approx([100 + 100, 100])


def test_commission_and_later_premium_count():
    """Half of 100 less 20% commission; a loss of 80, 40 ceded, is no deficit without the
    commission and none with it: 40 + 10 = 50. Of 84 there are 2. A reinstatement pays 10 at the
    end of the year, worth 8 at 25%, and the loss of 25 is worth 20."""
    quota = QuotaShare(share=0.5, commission=0.2)
    assert transfer(quota, table([[80.0], []]), premium=100.0).deficit.value == 0.0
    found = transfer(quota, table([[84.0], []]), premium=100.0)
    assert found.deficit.value == pytest.approx(1.0)
    assert found.premium.value == 50.0
    again = ExcessOfLoss(basis="event", attachment=0.0, limit=25.0, premium=10.0,
                         reinstatement_rates=(1.0,))  # fmt: skip
    found = transfer(again, table([[25.0], []]), interest=0.25)
    assert found.deficit.value == pytest.approx(0.5 * (20 - 10 - 8))
    assert found.premium.value == pytest.approx(0.5 * (10 + 18))
    half = transfer(again, table([[25.0], []]), interest=0.25, placed_share=0.5)
    assert half.deficit.value == pytest.approx(0.25 * (20 - 10 - 8))


def lognormal_losses(n_years, mu, sigma, seed=5):
    uniforms = seeding.uniforms(
        seeding.key(seed, "oracle", "risk transfer"), seeding.counters(np.arange(n_years))
    )
    return np.exp(mu + sigma * ndtri(uniforms))


def test_a_lognormal_loss_ratio_as_the_closed_form_says():
    """E[(L / v - P)+] of a lognormal L is E[L] / v N(d) - P N(d - sigma): the deficit of a premium
    of 100 with losses of mean 70 and 4% interest; the chance is N of the score of 114.4."""
    sigma, mean, rate = 0.35, 70.0, 0.04
    losses = lognormal_losses(40_000, np.log(mean) - sigma**2 / 2, sigma)
    found = transfer(layer(100.0), table([[loss] for loss in losses]), interest=rate)
    d = (np.log(mean / (1 + rate) / 100) + sigma**2 / 2) / sigma
    deficit = mean / (1 + rate) * ndtr(d) - 100 * ndtr(d - sigma)
    assert abs(found.deficit.z_score(deficit)) <= 4
    assert abs(found.expected_reinsurer_deficit.z_score(deficit / 100)) <= 4
    assert found.expected_reinsurer_deficit.standard_error < 0.05 * deficit / 100
    score = (np.log(110 * (1 + rate)) - (np.log(mean) - sigma**2 / 2)) / sigma
    assert abs(found.chance_of_loss.z_score(ndtr(-score))) <= 4


def test_an_account_that_calls_for_more_transfers_less():
    """Sequences of two years, the same losses: what is called lowers the deficit and is premium."""
    losses = lognormal_losses(4_000, np.log(60.0), 0.6)
    subject = table([[loss] for loss in losses])
    account = ExperienceAccount(years=2, interest=0.02, margin=0.1)
    calls = replace(account, additional_premium=0.6)
    free, called = (transfer(layer(100.0, experience_account=a), subject, interest=0.02)
                    for a in (account, calls))  # fmt: skip
    assert called.deficit.value < 0.7 * free.deficit.value
    assert called.premium.value > free.premium.value
    ratio = called.expected_reinsurer_deficit.value / free.expected_reinsurer_deficit.value
    assert 0.2 < ratio < 0.6


def test_a_sequence_by_hand():
    """Two years at 100, 10% interest, margin 10%: losses of 300 and 0. The account is 99 - 300 =
    -201, then (-201 + 90) x 1.1 = -122.1, half of it is called: 61.05 after two years, worth
    50.4545. Received 100 + 90.9091 + 50.4545, paid 272.7273."""
    account = ExperienceAccount(years=2, interest=0.1, margin=0.1, additional_premium=0.5)
    subject = table([[300.0], [], [], []])
    found = transfer(layer(100.0, experience_account=account), subject, interest=0.1)
    assert found.deficit.value == pytest.approx((300 / 1.1 - 100 - 100 / 1.1 - 61.05 / 1.21) / 2)
    assert found.chance_of_loss.value == 0.5


def test_the_account_is_settled_with_its_last_payment():
    """The same with losses paid a year later, the account's payout: settled after three years."""
    account = ExperienceAccount(
        years=2, interest=0.1, margin=0.1, additional_premium=0.5, payout=(0.0, 1.0)
    )
    subject = table([[300.0], [], [], []])
    found = transfer(layer(100.0, experience_account=account), subject, interest=0.1)
    balance = ((99.0 + 90.0) * 1.1 - 300.0) * 1.1
    called = -0.5 * balance
    expected = 300 / 1.21 - 100 - 100 / 1.1 - called / 1.331
    assert found.deficit.value == pytest.approx(max(expected, 0.0) / 2)
    assert expected > 0


def test_money_scales_and_errors_are_those_of_the_ratio():
    rng = np.random.default_rng(3)
    received = rng.uniform(10, 200, 400)
    paid = received * rng.uniform(1.5, 2.5, 400)
    found, large = of_present_values(received, paid), of_present_values(1e6 * received, 1e6 * paid)
    assert large.deficit.value == pytest.approx(1e6 * found.deficit.value)
    assert large.expected_reinsurer_deficit.value == pytest.approx(
        found.expected_reinsurer_deficit.value
    )
    resampled = []
    for _ in range(400):
        years = rng.integers(0, 400, 400)
        again = of_present_values(received[years], paid[years])
        resampled.append(again.expected_reinsurer_deficit.value)
    error = found.expected_reinsurer_deficit.standard_error
    assert error == pytest.approx(np.std(resampled), rel=0.15)


def test_weights_stand_for_years():
    received, paid = np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.0, 9.0])
    weight, copies = np.array([0.5, 0.25, 0.25]), np.array([2, 1, 1])
    one = of_present_values(received, paid, weight)
    other = of_present_values(np.repeat(received, copies), np.repeat(paid, copies))
    for name in ("premium", "deficit", "expected_reinsurer_deficit", "chance_of_loss"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value), name


def test_years_of_a_table_have_their_weights():
    """A third year of weight 0.8 without a loss beside two of 0.1: a deficit of 2, in 10%."""
    subject = replace(table([[3.0], [], []]), weight=np.array([0.1, 0.1, 0.8]))
    found = transfer(layer(1.0), subject)
    assert found.deficit.value == pytest.approx(0.2)
    assert found.chance_of_loss.value == pytest.approx(0.1)


def test_what_is_not_defined_is_refused():
    with pytest.raises(Undefined, match="needs one > 0"):
        transfer(layer(0.0), table([[1.0], []]))
    with pytest.raises(InvalidParameter, match=r"interest must be in \[-0.5, 1\], got 4"):
        transfer(layer(1.0), table([[1.0], []]), interest=4.0)
    with pytest.raises(InvalidParameter, match="payout must sum to 1"):
        transfer(layer(1.0), table([[1.0], []]), payout=(0.5,))
    with pytest.raises(InvalidParameter, match="paid must have shape"):
        of_present_values(np.ones(3), np.ones(2))
    programme = Programme(treaties=(PlacedTreaty(name="it", treaty=layer(1.0)),))
    with pytest.raises(NotFound):
        risk_transfer(programme, programme.apply(table([[1.0], []])), "other", interest=0.0)
