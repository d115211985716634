import numpy as np
import pytest
from scipy import special

from techinsure.dependence import Gaussian
from techinsure.errors import InvalidParameter, NotFound
from techinsure.pool.insolvency.failures import (
    Counterparty,
    FailureDependence,
    draw_failures,
    loss_scores,
    rated,
)

YEARS = 4000
LOSSES = np.random.default_rng(1).lognormal(0, 2, YEARS)
LOSSES[::2] = 0.0  # half of all years without a loss


def parties(*probabilities):
    return [Counterparty(name=f"c{k}", probability=p) for k, p in enumerate(probabilities)]


def draw(given, correlation=0.2, loss_correlation=0.3, **changes):
    dependence = FailureDependence(correlation=correlation, loss_correlation=loss_correlation)
    return draw_failures(given, dependence, **{"losses": LOSSES, "seed": 9, "draws": 10} | changes)


def test_each_fails_as_often_as_its_probability_says():
    given = (0.0, 0.002, 0.1, 0.5, 1.0)
    drawn = draw(parties(*given))
    for place, (p, failed) in enumerate(zip(given, drawn.failed, strict=True)):
        by_year = failed.mean(axis=0)
        assert by_year.mean() == pytest.approx(p, abs=4.5 * by_year.std() / np.sqrt(YEARS) + 1e-12)
        assert drawn.given(place).mean() == pytest.approx(p, rel=2e-3)  # whatever the losses are


def test_two_companies_fail_together_as_their_correlation_says():
    drawn = draw(parties(0.1, 0.2), draws=50)
    both = (drawn.failed[0] & drawn.failed[1]).mean(axis=0)
    exact = float(Gaussian(rho=0.2).cdf(0.1, 0.2))
    assert both.mean() == pytest.approx(exact, abs=4.5 * both.std() / np.sqrt(YEARS))


def test_failures_come_in_bad_years():
    """P(fails and the loss is in its worst tenth) is that of the Gaussian copula of correlation
    0.4, and given by the loss alone what the draws have on average."""
    drawn = draw(parties(0.05), loss_correlation=0.4, draws=100)
    worst = loss_scores(LOSSES, seed=9) > special.ndtri(0.9)
    exact = float(Gaussian(rho=0.4).survival(0.9, 0.95))
    assert (drawn.given(0) * worst).mean() == pytest.approx(exact, rel=5e-3)
    by_year = drawn.failed[0].mean(axis=0)
    gap = by_year - drawn.given(0)
    assert gap.mean() == pytest.approx(0, abs=4.5 * gap.std() / np.sqrt(YEARS))
    assert by_year[worst].mean() > 2 * by_year[~worst].mean()
    apart = draw(parties(0.05), loss_correlation=0.0)
    assert np.ptp(apart.given(0)) == pytest.approx(0, abs=1e-15)


def test_fates_belong_to_names():
    one, two, three = parties(0.3, 0.3, 0.3)
    alone, other = draw([two]), draw([three, two, one])
    assert (alone.failed[0] == other.failed[1]).all()
    assert (other.failed[0] != other.failed[1]).any()
    more = draw([two], draws=12)
    assert (more.failed[:, :10] == alone.failed).all()
    assert (draw([two], seed=10).failed != alone.failed).any()
    assert other.place("c0") == 2
    with pytest.raises(NotFound, match="counterparty 'c9'"):
        other.place("c9")


def test_correlation_one_and_a_loss_that_decides_alone():
    together = draw(parties(0.3, 0.3), correlation=1.0, loss_correlation=0.0)
    assert (together.failed[0] == together.failed[1]).all()
    decided = draw(parties(0.25), correlation=1.0, loss_correlation=1.0)
    worst = np.argsort(LOSSES)[-YEARS // 4 :]
    assert decided.failed[0, 0, worst].all()
    assert decided.failed[0].sum() == 10 * YEARS // 4
    assert set(np.unique(decided.given(0))) == {0.0, 1.0}


def test_scores_are_normal_whatever_the_losses():
    scores = loss_scores(LOSSES, seed=9)
    assert np.sort(special.ndtr(scores)) == pytest.approx((np.arange(YEARS) + 0.5) / YEARS)
    assert scores[LOSSES == 0].max() < scores[LOSSES > 0].min()
    weighted = loss_scores(np.array([3.0, 1.0, 2.0]), np.array([0.5, 0.25, 0.25]), seed=1)
    assert special.ndtr(weighted) == pytest.approx([0.75, 0.125, 0.375])


def test_counterparties():
    (found,) = rated(["A re"], "A")
    assert (found.default_probability, found.recovery_rate) == (0.0005, 0.5)
    assert Counterparty(name="x", probability=0.1, recovery=0.2).recovery_rate == 0.2


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Counterparty(name="x"), "probability must be given, or a rating"),
        (lambda: Counterparty(name="x", rating="A", probability=0.1), "must be given, or a rating"),
        (lambda: Counterparty(name="x", probability=1.1), "probability must be in"),
        (lambda: Counterparty(name="x", probability=0.1, recovery=-0.1), "recovery must be in"),
        (lambda: FailureDependence(correlation=0.04), "loss_correlation must be <= sqrt"),
        (lambda: FailureDependence(correlation=1.2), "correlation must be in"),
        (lambda: draw(parties(0.1), draws=0), "draws must be in"),
        (lambda: draw([*parties(0.1), *parties(0.1)]), "parties must be unique, got 'c0'"),
    ],
)
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter, match=told):
        make()
    with pytest.raises(NotFound, match="rating 'AB' is not known"):
        Counterparty(name="x", rating="AB")
