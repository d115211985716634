"""The premium, line by line: pure premium, risk margin, loadings, and their sum, what is charged.

Loadings are shares of the charged premium, so charged = (pure + margin) / (1 - sum of rates).
Source: Werner & Modlin (2016), Basic Ratemaking, chapter 8 (variable permissible loss ratio).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the premium and what it pays for."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    amount: Estimate
    pays_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """The steps, in order; they sum to `charged`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    steps: tuple[Step, ...]
    charged: Estimate

    def step(self, name: str) -> Estimate:
        """The amount of the step of that name."""
        return next(step.amount for step in self.steps if step.name == name)


def waterfall(
    pure: Estimate,
    margin: Estimate,
    rates: Mapping[str, float],
    pays_for: Mapping[str, str],
    unit: str,
) -> Waterfall:
    """Pure premium and risk margin grossed up for loadings at `rates` of the charged premium.

    The errors of `pure` and `margin` are taken as independent; both exact gives an exact premium.
    """
    total = sum(rates.values())
    if total >= 1:
        raise InvalidParameter(
            [Fault("loadings", total, "must sum to less than 1", "lower a loading rate")]
        )
    exact = pure.exact and margin.exact
    error = math.hypot(pure.standard_error or 0.0, margin.standard_error or 0.0)
    charged = Estimate(
        value=(pure.value + margin.value) / (1 - total),
        standard_error=None if exact else error / (1 - total),
        exact=exact,
        unit=unit,
    )
    steps = [
        Step(name="pure", amount=pure, pays_for="expected claims"),
        Step(name="risk_margin", amount=margin, pays_for=pays_for["risk_margin"]),
    ]
    steps += [
        Step(name=name, amount=charged.scaled(rate), pays_for=pays_for[name])
        for name, rate in rates.items()
    ]
    return Waterfall(steps=tuple(steps), charged=charged)
