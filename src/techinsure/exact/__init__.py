"""The second engine: means and probabilities without simulation, one file a loss model.

Amounts are insured payments over each item's term, before aggregate limits, currency units.
What has no closed form is refused by `Undefined`, never approximated in silence.
"""

from importlib import import_module
from types import ModuleType

from techinsure.models import Model
from techinsure.models.factors import Cohorts, Drawn
from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats, Ints


def _of(model: Model) -> ModuleType:
    return import_module(f"techinsure.exact.{model.kind}")


def mean(model: Model, portfolio: Portfolio, items: Ints, drawn: Drawn = "class") -> Floats:
    """(n_items,) expected payment of each item."""
    means: Floats = _of(model).mean(model, portfolio, items, drawn)
    return means


def conditional_mean(model: Model, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Floats:
    """(n_items, n_years) expected payment given each year's draws, factors and shocks."""
    means: Floats = _of(model).conditional_mean(model, portfolio, items, cohorts)
    return means


def expected_claims(model: Model, portfolio: Portfolio, items: Ints) -> Floats:
    """(n_items,) expected number of paid claims."""
    counts: Floats = _of(model).expected_claims(model, portfolio, items)
    return counts


def claim_probability(model: Model, portfolio: Portfolio, items: Ints) -> float:
    """P(at least one paid claim) of all items as one policy."""
    return float(_of(model).claim_probability(model, portfolio, items))
