"""The law of what a policy on joined parts is paid: the parts are independent, so it is the
convolution of theirs."""

from importlib import import_module
from typing import Any

from techinsure.exact.annual import Grid, Sums, summed
from techinsure.models.joint import Joint, Part
from techinsure.portfolio import Portfolio
from techinsure.quantities import Ints


def _law_of(part: Part) -> Any:
    return import_module(f"techinsure.exact.{part.kind}_law")


def largest(model: Joint, portfolio: Portfolio, items: Ints) -> float:
    """The most that one event can pay, currency units."""
    return max(
        float(_law_of(part).largest(part, portfolio, items)) for part in model.parts.values()
    )


def total(model: Joint, portfolio: Portfolio, items: Ints, grid: Grid) -> Sums:
    """The law of the payments to `items` (n_items,), one policy, before the aggregate limit.
    Raises `Undefined` where that of a part does."""
    return summed(
        [_law_of(part).total(part, portfolio, items, grid) for part in model.parts.values()]
    )
