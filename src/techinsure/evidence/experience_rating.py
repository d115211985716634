"""Experience against exposure: the two premiums of one cover, blended by credibility.

What may change against the exposure premium can be bounded; the bound is applied last and shown
apart, so that nobody takes a cap for evidence.
Source: Clark 2014, Basics of Reinsurance Pricing, Casualty Actuarial Society study note; Klugman,
Panjer & Willmot, Loss Models, chapter 16.
"""

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
    positive,
    refuse_unless,
    require,
)

falls = number("must be in [-1, 0]", lambda value: -1 <= value <= 0, "-0.25 for a fall of 25%")


@dataclass(frozen=True, slots=True, kw_only=True)
class PermittedChange:
    """How far a premium may move against the exposure premium: -0.25 and 0.25 for 25% each way."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    low: Real
    high: Real

    def __post_init__(self) -> None:
        refuse_unless(self, low=falls, high=not_negative)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """`blended` = credibility * experience + (1 - credibility) * exposure, all in one unit (a
    loss cost, a rate); `change` of it against `exposure`; `capped` is what is permitted of it, and
    `cap_effect` = capped - blended, what the cap alone does."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    experience: Real
    exposure: Real
    credibility: Real
    permitted: PermittedChange | None
    blended: Real
    change: Real
    capped: Real
    cap_effect: Real
    notes: tuple[str, ...] = ()


def blend(
    experience: float,
    exposure: float,
    credibility: float,
    permitted: PermittedChange | None = None,
) -> Blend:
    """The premium between what was seen and what is expected; `exposure` must be > 0, as changes
    are relative to it. Experience of 0 counts as any other, with its credibility."""
    require("experience", experience, not_negative)
    require("exposure", exposure, positive)
    require("credibility", credibility, fraction)
    if not isinstance(permitted, PermittedChange | None):
        raise InvalidParameter([Fault("permitted", permitted, "must be a PermittedChange")])
    blended = credibility * experience + (1 - credibility) * exposure
    change = blended / exposure - 1
    capped, notes = blended, list[str]()
    if permitted is not None and change > permitted.high:
        capped = exposure * (1 + permitted.high)
        notes.append(f"the change of {change:+.1%} is held to {permitted.high:+.1%}")
    elif permitted is not None and change < permitted.low:
        capped = exposure * (1 + permitted.low)
        notes.append(f"the change of {change:+.1%} is held to {permitted.low:+.1%}")
    if credibility == 0:
        notes.append("the experience has no credibility: the premium is that of the exposure")
    return Blend(
        experience=float(experience), exposure=float(exposure), credibility=float(credibility),
        permitted=permitted, blended=blended, change=change, capped=capped,
        cap_effect=capped - blended, notes=tuple(notes),
    )  # fmt: skip
