from dataclasses import replace

import numpy as np
import pytest

from techinsure.distributions import Lomax, Poisson
from techinsure.distributions.aggregate import compound
from techinsure.distributions.lattice import Lattice, discretised
from techinsure.errors import InvalidParameter, NotFound, Refused, Undefined
from techinsure.evidence.exposure_curves import Riebesell
from techinsure.evidence.exposure_rating import Band, layer_cost
from techinsure.reinsurance import ExcessOfLoss, QuotaShare, StateBackstop
from techinsure.reinsurance.adjustments import LossCorridor, ProfitCommission, SwingRating
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from techinsure.reinsurance.treaty_prices import (
    burning_cost,
    deposit_of_law,
    exposure_cost,
    fair_deposit,
    price_of,
)
from tests.techinsure.reinsurance.tables import poisson_lomax, table

LAYER = ExcessOfLoss(basis="event", attachment=10, limit=20, premium=3, reinstatement_rates=(1.0,))


def priced(treaty, subject, premium=0.0, **place):
    programme = Programme(treaties=(PlacedTreaty(name="it", treaty=treaty, **place),))
    return price_of(programme, programme.apply(subject, {"test": premium}), "it")


def test_a_layer_by_hand():
    """Half placed. Years of 16 and none: 3 of 6 ceded, 1.5 of 3 paid and 0.45 of 0.9 again. Means
    1.5, 1.725 and 0.225; an error of two years is half their difference."""
    price = priced(LAYER, table([[16.0], []]), placed_share=0.5)
    assert price.limit == 10
    assert (price.ceded.value, price.ceded.standard_error) == pytest.approx((1.5, 1.5))
    assert price.premium.value == pytest.approx(1.725)
    assert price.result.value == pytest.approx(0.225)
    assert price.result.standard_error == pytest.approx((3 - 0.45) / 2)  # of the same years
    assert price.loss_on_line.value == pytest.approx(0.15)
    assert price.rate_on_line.value == pytest.approx(0.1725)
    assert price.loss_ratio.value == pytest.approx(1.5 / 1.725)
    years = (np.array([3.0, 0.0]) - 1.5 / 1.725 * np.array([1.95, 1.5])) / 1.725
    assert price.loss_ratio.standard_error == pytest.approx(np.ptp(years) / 2)


def test_a_proportional_treaty_has_commissions_and_no_line():
    """40% of 100 at 25% and 30% of profit: years of 50 and 0: 20 of 40 ceded, 10 each, profit
    commission 3 and 9."""
    treaty = QuotaShare(share=0.4, commission=0.25, profit_commission=ProfitCommission(share=0.3))
    price = priced(treaty, table([[50.0], []]), 100.0)
    assert (price.premium.value, price.premium.standard_error) == (40.0, 0.0)
    assert price.commission.value == pytest.approx(10 + 6)
    assert price.result.value == pytest.approx(40 - 16 - 10)
    assert price.limit is price.loss_on_line is price.rate_on_line is None
    assert priced(treaty, table([[50.0], []])).loss_ratio is None


def test_errors_of_sequences_are_between_sequences():
    """20 over two years: 20 and 0, then 0 and 20: both sequences have 10 a year, no error at all,
    where years alone would say 5.8."""
    treaty = StateBackstop(unit="amount", attachment=0, limit=20, cumulative_limit=20, years=2)
    price = priced(treaty, table([[30.0], [30.0], [], [30.0]]))
    assert price.ceded.value == pytest.approx(10)
    assert price.ceded.standard_error == pytest.approx(0, abs=1e-12)
    programme = Programme(treaties=(PlacedTreaty(name="it", treaty=treaty),))
    cession = programme.apply(table([[], []]))
    with pytest.raises(NotFound, match="known: gross, ceded, net, it"):
        price_of(programme, cession, "state")


def test_a_deposit_by_hand():
    """Years of none, 12, 30 and 30, of 55, 11, 28 and of 9: 16.2 ceded and 0.42 limits reinstated
    in the mean; 16.2 / 1.42, and with a load of 1.42 one more."""
    losses, times = [[], [12.0], [30.0, 30.0], [55.0, 11.0, 28.0], [9.0]], [0.5, 0.2, 0.6, 0.1]
    subject = table(losses, times=[*times, 0.4, 0.8, 0.3])
    fair = fair_deposit(LAYER, subject)
    assert (fair.ceded.value, fair.reinstated.value) == pytest.approx((16.2, 0.42))
    assert fair.premium.value == pytest.approx(16.2 / 1.42)
    assert fair_deposit(LAYER, subject, load=1.42).premium.value == pytest.approx(1 + 16.2 / 1.42)
    by_time = fair_deposit(replace(LAYER, reinstated_by="amount_and_time"), subject)
    assert by_time.premium.value > fair.premium.value  # less is paid again


def annual_law(step=0.05):
    size = discretised(Lomax(shape=3.0, scale=10.0), step=step, limit=20.0, deductible=10.0)
    return compound(Poisson(rate=10.0), size)


@pytest.mark.parametrize("rates", [(), (1.0,), (0.5, 1.2)])
@pytest.mark.parametrize("deductible", [0.0, 5.0])
def test_simulated_and_exact_deposits_agree(rates, deductible):
    layer = replace(LAYER, reinstatement_rates=rates, annual_deductible=deductible)
    simulated = fair_deposit(layer, poisson_lomax(20_000, seed=3))
    exact = deposit_of_law(layer, annual_law())
    for part in ("ceded", "reinstated", "premium"):
        one, other = getattr(simulated, part), getattr(exact, part)
        assert other.exact
        assert abs(one.z_score(other.value)) < 4
        assert one.value == pytest.approx(other.value, rel=0.05)


def test_the_error_of_a_deposit_is_right():
    """Of 60 samples of 500 years the deposits scatter as their errors say."""
    found = [fair_deposit(LAYER, poisson_lomax(500, seed=seed)).premium for seed in range(60)]
    scatter = np.std([one.value for one in found], ddof=1)
    assert np.mean([one.standard_error for one in found]) == pytest.approx(scatter, rel=0.3)


def test_burning_cost_by_hand():
    """Years of 16, 40 and none under 20 xs 10: 6, 20 and 0 of premiums 100, 200 and 100: 6.5%.
    The error: 6 - 6.5, 20 - 13, -6.5 by 400/3, a spread of 0.0504 over the root of 3."""
    burnt = burning_cost(LAYER, table([[16.0], [40.0], []]), [100.0, 200.0, 100.0])
    assert burnt.ceded == (6.0, 20.0, 0.0)
    assert burnt.cost.value == pytest.approx(0.065)
    spread = np.std([-0.5, 7.0, -6.5], ddof=1) / (400 / 3)
    assert burnt.cost.standard_error == pytest.approx(spread / np.sqrt(3))
    with pytest.raises(Undefined):
        burning_cost(LAYER, table([[16.0]]), [100.0])
    for premium in ([100.0], [100.0, 0.0], [100.0, float("nan")]):
        with pytest.raises(InvalidParameter, match="premium must"):
            burning_cost(LAYER, table([[16.0], []]), premium)


def test_a_corridor_burns_at_the_mean_premium():
    corridor = LossCorridor(attachment=1.0, exhaustion=2.0)
    treaty = QuotaShare(share=1.0, loss_corridor=corridor)
    burnt = burning_cost(treaty, table([[150.0], [50.0]]), [100.0, 100.0])
    assert burnt.ceded == pytest.approx((100.0, 50.0))


def test_exposure_rating_of_a_layer_per_risk():
    profile = [Band(low=0, high=100, risks=10, sum_insured=600, expected_loss=30)]
    curve = Riebesell(z=0.2)
    layer = replace(LAYER, basis="risk_unit", annual_deductible=5)
    cost = exposure_cost(layer, profile, curve)
    assert cost.loss == layer_cost(profile, curve, 10, 20).loss
    assert any("annual deductible" in note for note in cost.notes)
    assert any("capacity" in note for note in cost.notes)
    with pytest.raises(Refused, match="nothing of events"):
        exposure_cost(LAYER, profile, curve)


def test_what_no_deposit_can_be_made_of():
    swing = SwingRating(load=1.25, minimum=0.1, maximum=0.25)
    swung = ExcessOfLoss(basis="event", attachment=1, limit=1, swing_rating=swing)
    law = Lattice.of_probabilities([0.5, 0.5])
    for refused in (
        lambda: fair_deposit(swung, table([[5.0]])),
        lambda: deposit_of_law(swung, law),
    ):
        with pytest.raises(Refused, match="has no deposit"):
            refused()
    with pytest.raises(Undefined, match="needs dates"):
        deposit_of_law(replace(LAYER, reinstated_by="amount_and_time"), law)
    with pytest.raises(InvalidParameter, match="load must be >= 0"):
        fair_deposit(LAYER, table([[5.0], []]), load=-1)
