"""Payments as piecewise-linear functions of a law, against `cover` on the law's own quantiles."""

import numpy as np
import pytest

from techinsure import cover
from techinsure.distributions import Beta, Lognormal, Point
from techinsure.errors import Undefined
from techinsure.exact.annual import Grid
from techinsure.exact.payouts import limited_means, payout, together
from tests.techinsure import builders

BETA, COST = Beta(mean=0.12, cv=1.8), Lognormal(mean=50.0, cv=1.2)
TERMS = {
    "plain": {},
    "amount": {"deductible_amount": np.array([7.0])},
    "rate": {"deductible_rate": np.array([0.1]), "insured_share": np.array([0.3])},
    "both and a limit": {"deductible_amount": np.array([5.0]), "deductible_rate": np.array([0.2]),
                         "limit": np.array([40.0])},
    "limit below the overtaking": {"deductible_amount": np.array([5.0]), "limit": np.array([3.0]),
                                   "deductible_rate": np.array([0.2])},
    "pays nothing": {"insured_share": np.array([1.0])},
}  # fmt: skip
U = (np.arange(20_000) + 0.5) / 20_000
X = {law: law.quantile(U) for law in (BETA, COST)}


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize(
    ("law", "scale", "offset", "most"),
    [(BETA, 130.0, 0.0, 100.0), (COST, 1.4, 0.0, np.inf), (BETA, 60.0, 25.0, np.inf),
     (COST, 2.0, -30.0, 90.0)],
)  # fmt: skip
def test_a_payment_on_a_grid_has_its_mean_its_layers_and_its_chance(name, law, scale, offset, most):
    terms = builders.terms(1, **TERMS[name])
    one = payout(law, scale, terms, 0, offset=offset, most=most)
    loss = np.minimum(np.maximum(offset + scale * X[law], 0.0), most)
    paid = cover.paid(terms, np.zeros(len(U), np.intp), loss)
    cells, step = one.on(Grid(0.5, np.inf)), 0.5
    amounts = step * np.arange(len(cells))
    assert cells.sum() == pytest.approx(1, abs=1e-12)
    assert cells.min() >= 0
    assert cells @ amounts == pytest.approx(paid.mean(), abs=1e-3 * (1 + paid.mean()))
    for height in (1.0, 10.0, 30.0):
        mean = cells @ np.minimum(amounts, height)
        assert mean == pytest.approx(np.minimum(paid, height).mean(), abs=3e-3)
    assert one.none == pytest.approx((paid <= 0).mean(), abs=1e-4)
    assert one.largest == pytest.approx(paid.max(), rel=0.2, abs=1e-9) or law is BETA
    capped = one.on(Grid(0.5, 5.0))
    assert len(capped) <= 11
    assert capped @ (step * np.arange(len(capped))) == pytest.approx(
        np.minimum(paid, 5.0).mean(), abs=3e-3
    )


def test_items_that_share_a_ratio_are_paid_together():
    terms = builders.terms(2, sum_insured=np.array([100.0, 60.0]),
                           deductible_amount=np.array([5.0, 0.0]))  # fmt: skip
    parts = [payout(BETA, 180.0, terms, 0, most=100.0), payout(BETA, 60.0, terms, 1, most=60.0)]
    x = X[BETA]
    paid = sum(cover.paid(terms, np.full(len(U), k), np.minimum(scale * x, most))
               for k, (scale, most) in enumerate(((180.0, 100.0), (60.0, 60.0))))  # fmt: skip
    cells = together(parts).on(Grid(0.25, np.inf))
    amounts = 0.25 * np.arange(len(cells))
    assert cells @ amounts == pytest.approx(paid.mean(), rel=1e-3)
    assert cells @ np.maximum(amounts - 40, 0) == pytest.approx(
        np.maximum(paid - 40, 0).mean(), rel=5e-3
    )


def test_a_table_of_limited_means_is_right_to_1e_9():
    x = np.concatenate([np.geomspace(1e-9, 1, 500), 1 - np.geomspace(1e-9, 0.5, 500), [1.0, 0.0]])
    for law in (BETA, Beta(mean=0.6, cv=0.2), Beta(mean=0.9, cv=0.3)):
        assert limited_means(law, x) == pytest.approx(law.limited_mean(x), abs=1e-9)


def test_a_certain_loss_is_an_atom():
    terms = builders.terms(1, deductible_amount=np.array([3.0]))
    cells = payout(Point(mean=0.5), 20.0, terms, 0).on(Grid(1.0, np.inf))
    assert cells @ np.arange(len(cells)) == pytest.approx(7.0)
    assert cells[7] == pytest.approx(1.0)


def test_a_payment_without_end_is_undefined():
    terms = builders.terms(1, sum_insured=np.array([np.inf]))
    with pytest.raises(Undefined, match="neither a sum insured nor a limit"):
        payout(COST, 1.0, terms, 0)
