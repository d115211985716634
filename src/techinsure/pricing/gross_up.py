"""From pure premium and risk load to the charged premium."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    Real,
    fraction,
    not_negative,
    number,
    refuse_unless,
    require,
)

_is_finite = number("must be finite", lambda value: True)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrossUp:
    """What is charged, in currency units: `technical` = pure premium and risk load, `amounts`
    the part of `charged` that each share of it is; charged is the sum of technical, the fixed
    expense and the amounts."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    technical: Real
    fixed_expense: Real
    charged: Real
    amounts: Mapping[str, float]

    def subsidised(self, share: float) -> tuple[float, float]:
        """What the insured and what the state pay, currency units, under a subsidy of `share`, a
        fraction of charged; the insurer earns both."""
        require("share", share, fraction)
        subsidy = share * self.charged
        return self.charged - subsidy, subsidy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Costs:
    """What comes before any share of the charged premium, currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pure: Real
    risk_load: Real
    fixed_expense: Real

    def __post_init__(self) -> None:
        refuse_unless(self, pure=not_negative, risk_load=_is_finite, fixed_expense=not_negative)
        if self.pure + self.risk_load < 0:
            bound = f"must be >= -{self.pure:g}, the pure premium"
            fix = "a premium cannot be negative"
            raise InvalidParameter([Fault("risk_load", self.risk_load, bound, fix)])


def gross_up(
    pure: float, risk_load: float, fixed_expense: float, shares: Mapping[str, float]
) -> GrossUp:
    """charged = (pure + risk_load + fixed_expense) / (1 - sum of shares), currency units.

    `shares` (variable expenses, commission, profit, ...) are fractions of what is charged, each in
    [0, 1), together below 1. `risk_load` may be negative, where a risk lowers the tail of its
    reference, down to -pure.
    Source: Werner & Modlin (2016), Basic Ratemaking, chapter 8.
    """
    costs = _Costs(pure=pure, risk_load=risk_load, fixed_expense=fixed_expense)
    require("shares", shares, _are_shares)
    technical = costs.pure + costs.risk_load
    charged = (technical + costs.fixed_expense) / (1 - sum(shares.values()))
    return GrossUp(
        technical=technical,
        fixed_expense=costs.fixed_expense,
        charged=charged,
        amounts={name: share * charged for name, share in shares.items()},
    )


def _are_shares(field: str, value: object) -> Iterator[Fault]:
    """A check: shares by name, none negative, together below 1."""
    if not isinstance(value, Mapping):
        yield Fault(field, value, "must be shares by name", 'such as {"commission": 0.1}')
        return
    faults = [
        fault for name, share in value.items() for fault in _is_share(f"{field}.{name}", share)
    ]
    yield from faults
    if not faults and sum(value.values()) >= 1:
        yield Fault(
            field, sum(value.values()), "must sum to less than 1", "lower one of the shares"
        )


_is_share = number(
    "must be in [0, 1)", lambda value: 0 <= value < 1, "write shares as fractions: 0.25 for 25%"
)
