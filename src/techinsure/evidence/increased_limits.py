"""Increased limits factors: what a higher limit costs, as a multiple of a basic limit's premium.

ILF(L) = E[min(X, L)] / E[min(X, basic limit)], with the number of claims the same at every limit;
increasing and concave in L, since its slope is proportional to P(X > L).
Source: Miccolis 1977, On the theory of increased limits and excess of loss pricing, PCAS 64,
27-59.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions import Severity
from techinsure.errors import Fault, InvalidParameter, Refused
from techinsure.evidence.exposure_curves import refuse_unless_concave
from techinsure.quantities import (
    FORBID,
    Real,
    each,
    not_negative,
    positive,
    refuse_unless,
    require,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncreasedLimits:
    """A table of `factors` by `limits`, both (n_rows,), currency units and multiples of the
    premium at `basic_limit`, which is a row with factor 1.

    `rounding`: half a unit of the last digit printed (0.005 for 1.25), by which a factor may miss
    a concave table.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    basic_limit: Real
    limits: tuple[Real, ...]
    factors: tuple[Real, ...]
    rounding: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(self, basic_limit=positive, limits=each(positive, 1),
                      factors=each(positive, 1), rounding=not_negative)  # fmt: skip
        refuse_unless_concave(("limits", self.limits), ("factors", self.factors), self.rounding,
                              from_zero=True)  # fmt: skip
        if self.basic_limit not in self.limits:
            fix = f"the limits are {', '.join(f'{limit:g}' for limit in self.limits)}"
            raise InvalidParameter([Fault("basic_limit", self.basic_limit, "must be a row", fix)])
        row = self.limits.index(self.basic_limit)
        if self.factors[row] != 1:
            fix = "it is the factor of the basic limit; divide all by it"
            raise InvalidParameter([Fault(f"factors[{row}]", self.factors[row], "must be 1", fix)])

    @staticmethod
    def of_law(
        severity: Severity, limits: Sequence[float], basic_limit: float
    ) -> "IncreasedLimits":
        """The factors of a law of claims, from the ground up; `basic_limit` one of `limits`. The
        law may have an infinite mean: limited means are finite."""
        require("limits", limits, each(positive, 1))
        require("basic_limit", basic_limit, positive)
        means = severity.limited_mean(np.asarray([*limits, basic_limit], np.float64))
        factors = (means[:-1] / means[-1]).tolist()
        return IncreasedLimits(basic_limit=basic_limit, limits=tuple(limits),
                               factors=tuple(factors))  # fmt: skip

    def factor(self, limit: float) -> float:
        """Of any limit between the rows, straight between them, which is never above a concave
        table; 0 of limit 0. `Refused` below the first row and beyond the last."""
        require("limit", limit, not_negative)
        if limit == 0:
            return 0.0
        if not self.limits[0] <= limit <= self.limits[-1]:
            raise Refused(
                f"the table reaches from {self.limits[0]:g} to {self.limits[-1]:g}, not to "
                f"{limit:g}: add a row, or use a law"
            )
        return float(np.interp(limit, self.limits, self.factors))

    def layer_premium(self, basic_premium: float, attachment: float, limit: float) -> float:
        """basic premium * (ILF(attachment + limit) - ILF(attachment)), currency units.

        What a layer costs of the same claims whose `basic_premium` is for the basic limit from
        the ground up; layers that join add up. `attachment` >= 0, `limit` > 0.
        """
        require("basic_premium", basic_premium, not_negative)
        require("attachment", attachment, not_negative)
        require("limit", limit, positive)
        return basic_premium * (self.factor(attachment + limit) - self.factor(attachment))
