"""Renewal: the technical price with own experience, and what commerce makes of it, line by line.

The technical price comes first and whole. A cap or floor on the change from the expiring premium
is a commercial decision: it stands after it, in lines of its own, and never inside it.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    Estimate,
    Real,
    between,
    exactly,
    not_negative,
    optional,
    positive,
    refuse_unless,
    require,
    text,
)

MOST_RISE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLimits:
    """How far a renewal may move from the expiring premium of the same exposure: 0.2 for 20%; None:
    without limit. `reason`: who decided that, and why."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    most_rise: Real | None = None
    most_fall: Real | None = None
    reason: str

    def __post_init__(self) -> None:
        fix = "write shares as fractions: 0.25 for 25%"
        refuse_unless(
            self,
            most_rise=optional(between(0, MOST_RISE, fix)),
            most_fall=optional(between(0, 1, fix)),
            reason=text(600),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalLine:
    """One line of a renewal premium, currency units, and why it is there."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    amount: Estimate
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """`lines` sum to `offered`: technical price without own experience, effect of experience, cap,
    floor. `technical`: the price with own experience; `expiring`: the premium that ends, brought
    to the exposure of the renewal; all in currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    expiring: Real
    technical: Estimate
    lines: tuple[RenewalLine, ...]
    offered: Estimate

    def line(self, name: str) -> Estimate:
        """The amount of the line of that name."""
        return next(line.amount for line in self.lines if line.name == name)

    @property
    def change(self) -> float:
        """Offered over expiring premium, less 1."""
        return self.offered.value / self.expiring - 1

    @property
    def below_technical(self) -> Estimate:
        """By how much the offer falls short of the technical price; negative where it exceeds it:
        the two commercial lines, with the sign turned."""
        return Estimate(
            value=-(self.line("cap").value + self.line("floor").value),
            standard_error=self.line("cap").standard_error if self.line("cap").value else
            self.line("floor").standard_error,
            exact=self.line("cap").exact and self.line("floor").exact,
            unit=self.technical.unit,
        )  # fmt: skip


def renew(
    expiring: float,
    without_experience: Estimate,
    with_experience: Estimate,
    limits: ChangeLimits,
    *,
    exposure_ratio: float = 1.0,
) -> Renewal:
    """The renewal of a policy whose premium was `expiring`, now technically priced from the
    product's priors alone and from its posterior (`catalogue.with_experience`).

    `exposure_ratio`: the renewal's exposure over the expiring one's, so that growth is no rise.
    The two prices of one seed share their noise: the error of experience, as of independent
    prices, is not less than it is. Where a limit binds, the offer is the limit, known exactly.
    """
    require("expiring", expiring, positive)
    require("exposure_ratio", exposure_ratio, positive)
    require("without_experience", without_experience.value, not_negative)
    require("with_experience", with_experience.value, not_negative)
    unit = with_experience.unit
    if without_experience.unit != unit:
        bound = f"must be in the unit of the price with it, {unit!r}"
        raise InvalidParameter([Fault("without_experience", without_experience.unit, bound)])
    like = expiring * exposure_ratio
    high = math.inf if limits.most_rise is None else like * (1 + limits.most_rise)
    low = 0.0 if limits.most_fall is None else like * (1 - limits.most_fall)
    price = with_experience.value
    capped, floored = price > high, price < low
    offered = exactly(high if capped else low, unit) if capped or floored else with_experience
    moved = Estimate(
        value=offered.value - price,
        standard_error=with_experience.standard_error,
        exact=with_experience.exact,
        unit=unit,
    )
    nothing = exactly(0.0, unit)
    lines = (
        RenewalLine(
            name="technical", amount=without_experience, because="the product's evidence alone"
        ),
        RenewalLine(
            name="experience",
            amount=_effect(without_experience, with_experience),
            because="own claims and exposure, by their weight against that evidence",
        ),
        RenewalLine(name="cap", amount=moved if capped else nothing, because=limits.reason),
        RenewalLine(name="floor", amount=moved if floored else nothing, because=limits.reason),
    )
    return Renewal(expiring=like, technical=with_experience, lines=lines, offered=offered)


def _effect(without: Estimate, with_: Estimate) -> Estimate:
    exact = without.exact and with_.exact
    error = math.hypot(without.standard_error or 0.0, with_.standard_error or 0.0)
    return Estimate(
        value=with_.value - without.value,
        standard_error=None if exact else error,
        exact=exact,
        unit=with_.unit,
    )
