"""A law against simulated years: mean, spread, probability of a payment, quantiles and tails."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure import exact
from techinsure.losses import measures
from techinsure.portfolio import PolicyTerms
from techinsure.simulation import annual_losses

LEVELS = (0.9, 0.95, 0.99)
TERMS = tuple(name for name in PolicyTerms.__slots__ if name != "levels")
"""The columns of terms."""


def law_of(model, held, **changes):
    """The law of all items."""
    return exact.annual_law(model, held, np.arange(held.n_items, dtype=np.int32), **changes)


def against_simulation(model, held, n_years, seed=3):
    """Within 4 standard errors; a quantile within its interval of order statistics and a step."""
    law = law_of(model, held)
    years = annual_losses(
        held, dict.fromkeys(held.product.names, model), seed=seed, n_years=n_years
    )
    found = {
        "mean": (measures.mean(years), law.mean),
        "sd": (measures.sd(years), law.sd),
        "paid": (measures.probability_positive(years), law.paid),
    } | {f"tvar {level}": (measures.tvar(years, level), law.tvar(level)) for level in LEVELS}
    for what, (simulated, exactly) in found.items():
        allowed = 4 * simulated.standard_error + 1e-12 * abs(exactly)
        assert abs(simulated.value - exactly) <= allowed, what
    order, step = np.sort(years), law.amounts[1]
    for level in LEVELS:
        off = 4 * np.sqrt(n_years * level * (1 - level))
        low = order[max(int(n_years * level - off) - 1, 0)]
        high = order[min(int(np.ceil(n_years * level + off)), n_years - 1)]
        assert low - step <= law.quantile(level) <= high + step, level
    return law


def against_means(model, held, law, rel=1e-9):
    """The mean is that of the other closed form; so is the probability of a payment."""
    items = np.arange(held.n_items, dtype=np.int32)
    assert law.mean == pytest.approx(exact.mean(model, held, items).sum(), rel=rel)


def against_claims(model, held, law, rel):
    """The probability of a payment is that of the other closed form."""
    items = np.arange(held.n_items, dtype=np.int32)
    assert law.paid == pytest.approx(exact.claim_probability(model, held, items), rel=rel)


def with_limit(held, limit):
    """The portfolio as one policy with an annual limit."""
    n = len(held.terms)
    capped = {name: np.copy(getattr(held.terms, name)) for name in TERMS}
    capped |= {"aggregate": np.zeros(n, np.int32), "aggregate_limit": np.full(n, float(limit))}
    return replace(held, terms=type(held.terms)(**capped))
