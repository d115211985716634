"""The second engine: means, probabilities and laws without simulation, one file a loss model.

Amounts are insured payments over each item's term, currency units; before aggregate limits, but
for `annual_law`, which applies them. What has no closed form is refused by `Undefined`, never
approximated in silence.
"""

import math
from importlib import import_module
from types import ModuleType

import numpy as np

from techinsure.errors import Undefined
from techinsure.exact.annual import AnnualLaw, grid_of, limited
from techinsure.models import Model
from techinsure.models.factors import Cohorts, Drawn
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import Floats, Ints

CELLS = 1024
"""Steps of the largest single payment, or of the aggregate limit if that is smaller."""


def _of(model: Model, suffix: str = "") -> ModuleType:
    return import_module(f"techinsure.exact.{model.kind}{suffix}")


def law_module(model: Model) -> ModuleType:
    """The part of a model that knows laws: `exact/<kind>_law.py`."""
    return _of(model, "_law")


def annual_law(model: Model, portfolio: Portfolio, items: Ints, cells: int = CELLS) -> AnnualLaw:
    """The law of what all `items` (n_items,), one policy, are paid together in a cohort year, over
    their terms and after the aggregate limit; parameters drawn once a class and year.

    A model's part stands in `exact/<kind>_law.py`: `largest(model, portfolio, items)`, the most
    that one event can pay, currency units (0: nothing is ever paid), and `total(model, portfolio,
    items, grid) -> Sums`, the law of all payments before the aggregate limit, on a grid and at
    twice its step. `Undefined` names what a law cannot hold.
    """
    part, limit = _of(model, "_law"), aggregate_limit(portfolio, items)
    largest = float(part.largest(model, portfolio, items)) if len(items) else 0.0
    if largest <= 0 or limit == 0:
        return AnnualLaw(amounts=np.zeros(1), chance=np.ones(1), paid=0.0)
    grid = grid_of(largest, limit, cells)
    return limited(
        grid,
        part.total(model, portfolio, items, grid),
        lambda: float(mean(model, portfolio, items).sum()),
    )


def aggregate_limit(portfolio: Portfolio, items: Ints) -> float:
    """What caps all payments to `items` (n_items,) together, currency units; inf: nothing does.
    `Undefined` where it caps only some of them, or others too, or several cap parts."""
    terms, covers = portfolio.terms, portfolio.terms_of
    rows = np.unique(covers[items][covers[items] != NOWHERE])
    limits, shared = terms.aggregate_limit[rows], np.unique(terms.aggregate[rows])
    if not np.isfinite(limits).any():
        return math.inf
    others = np.delete(covers, items, axis=0)
    others = others[others != NOWHERE]
    if len(np.unique(limits)) > 1 or len(shared) > 1 or shared[0] in terms.aggregate[others]:
        raise Undefined(
            "the law of payments under several aggregate limits, or one that caps only some of "
            "them, has no closed form: ask for the items of one policy"
        )
    return float(limits[0])


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
