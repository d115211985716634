"""Joined parts without simulation: what each part pays, in sum; the parts are independent.

Parts have different causes, targets and streams, so means and counts add up, and the chances of no
claim multiply, for one object as for the items of one policy.
"""

import math
from importlib import import_module
from typing import Any

import numpy as np

from techinsure.errors import Undefined
from techinsure.models.factors import Cohorts, Drawn
from techinsure.models.joint import Joint, Part
from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats, Ints


def _of(part: Part) -> Any:
    return import_module(f"techinsure.exact.{part.kind}")


def mean(model: Joint, portfolio: Portfolio, items: Ints, drawn: Drawn = "class") -> Floats:
    """(n_items,) expected insured payment of each of `items` over its term, before aggregate
    limits, currency units."""
    parts = [_of(part).mean(part, portfolio, items, drawn) for part in model.parts.values()]
    total: Floats = np.sum(parts, axis=0)
    return total


def mean_by_cause(
    model: Joint, portfolio: Portfolio, items: Ints, drawn: Drawn = "class"
) -> Floats:
    """(n_items, n_causes) the mean by cause of the portfolio, currency units."""
    total = np.zeros((len(items), len(portfolio.causes)))
    for part in model.parts.values():
        by = getattr(_of(part), "mean_by_cause", None)
        if by is not None:
            total += by(part, portfolio, items, drawn)
            continue
        if len(part.causes) > 1:
            raise Undefined(f"the means of {' and '.join(part.causes)} are not told apart here")
        means = _of(part).mean(part, portfolio, items, drawn)
        total[:, portfolio.causes.index(part.causes[0])] += means
    return total


def conditional_mean(model: Joint, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Floats:
    """(n_items, n_years) the mean given each year's draws, factors and shocks, currency units."""
    total = np.zeros((len(items), cohorts.n))
    for part in model.parts.values():
        total += _of(part).conditional_mean(part, portfolio, items, cohorts)
    return total


def expected_claims(model: Joint, portfolio: Portfolio, items: Ints) -> Floats:
    """(n_items,) expected number of paid events of each item, before aggregate limits."""
    counts = [_of(part).expected_claims(part, portfolio, items) for part in model.parts.values()]
    total: Floats = np.sum(counts, axis=0)
    return total


def claim_probability(model: Joint, portfolio: Portfolio, items: Ints) -> float:
    """P(any payment) of a policy of `items`, before aggregate limits: 1 - prod(1 - P of a part).
    Raises `Undefined` where a part has no closed form."""
    parts = model.parts.values()
    chances = [float(_of(part).claim_probability(part, portfolio, items)) for part in parts]
    return 1.0 - math.prod(1.0 - chance for chance in chances)
