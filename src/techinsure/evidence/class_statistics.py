"""What a class was seen to do, in the sums that credibility needs: n, w, w x and w x**2.

Sums of several periods or members add, so that no single observation leaves its owner. The spread
around the mean is taken from the sums exactly (as fractions); what is left of it below 2**-46 of
`squares` is rounding of the sums and counts as none: a relative deviation of 1.2e-7.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.quantities import (
    FORBID,
    Count,
    Floats,
    Real,
    count,
    each,
    not_negative,
    number,
    optional,
    refuse_unless,
    require,
)

ROUNDING = Fraction(1, 2**46)
"""The part of `squares` that rounding of the sums may make up: 8 units in the last place of one
file, and 4 more at worst for each that is added: room for 30."""
LEAST = Fraction(1, 10**300)
"""What is left where squares are too small for float64."""
MOST_OBSERVATIONS = 10**9

is_finite = number("must be finite", lambda _: True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassStatistics:
    """`n` observations x with weights w > 0: `weight` = sum w, in units of exposure, `total` =
    sum w x, in the unit of the losses, and `squares` = sum w x**2. All are 0 where nothing was
    seen."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    n: Count
    weight: Real
    total: Real
    squares: Real

    def __post_init__(self) -> None:
        refuse_unless(
            self, n=count(0, MOST_OBSERVATIONS), weight=not_negative, total=is_finite,
            squares=not_negative,
        )  # fmt: skip
        faults = list[Fault]()
        if (self.n > 0) != (self.weight > 0):
            fix = "an observation of weight 0 counts as none"
            faults.append(Fault("weight", self.weight, f"must fit n = {self.n}", fix))
        elif self.n == 0 and (self.total, self.squares) != (0, 0):
            faults.append(Fault("total", self.total, "must be 0, like squares, where n is 0"))
        elif self.n > 0:
            gap, room = self._gap(), self._room()
            least = f"total**2 / weight, {float(Fraction(self.squares) - gap):g}"
            fix = "give sum w x**2 of the same data"
            if gap < -room:
                faults.append(Fault("squares", self.squares, f"must be >= {least}", fix))
            elif self.n == 1 and gap > room:
                faults.append(Fault("squares", self.squares, f"must be {least}, where n is 1", fix))
        if faults:
            raise InvalidParameter(faults)

    @staticmethod
    def of(
        ratios: Sequence[float | None] | Floats, weights: Sequence[float] | Floats | None = None
    ) -> "ClassStatistics":
        """The sums of `ratios` (n,), loss per unit of weight, and `weights` (n,), all 1 if left
        out. A ratio whose weight is 0 does not exist: it may be None, and is not counted."""
        require("ratios", ratios, each(optional(is_finite)))
        held = [1.0] * len(ratios) if weights is None else weights
        require("weights", held, each(not_negative))
        if len(held) != len(ratios):
            raise InvalidParameter(
                [Fault("weights", len(held), f"must have {len(ratios)} entries, one a ratio")]
            )
        pairs = [(x, float(w)) for x, w in zip(ratios, held, strict=True) if w > 0]
        seen = [(float(x), w) for x, w in pairs if x is not None]
        if len(seen) < len(pairs):
            place = next(i for i, w in enumerate(held) if w > 0 and ratios[i] is None)
            fix = "give the ratio, 0 if there was no loss, or weight 0 if nothing was exposed"
            bound = "must be a number where the weight is not 0"
            raise InvalidParameter([Fault(f"ratios[{place}]", None, bound, fix)])
        return ClassStatistics(
            n=len(seen),
            weight=math.fsum(w for _, w in seen),
            total=math.fsum(w * x for x, w in seen),
            squares=math.fsum(w * x * x for x, w in seen),
        )

    def plus(self, other: "ClassStatistics") -> "ClassStatistics":
        """The sums of both, as if their observations had come together."""
        return ClassStatistics(
            n=self.n + other.n,
            weight=self.weight + other.weight,
            total=self.total + other.total,
            squares=self.squares + other.squares,
        )

    @property
    def mean(self) -> float:
        """sum w x / sum w; `Undefined` where nothing was seen."""
        if self.n == 0:
            raise Undefined("the mean of a class without weight is 0 / 0")
        return self.total / self.weight

    @property
    def spread(self) -> float:
        """sum w (x - mean)**2 = squares - total**2 / weight; 0 where it is within rounding. Its
        relative error is about 1e-15 over the square of the coefficient of variation."""
        gap = self._gap()
        return float(gap) if gap > self._room() else 0.0

    def _gap(self) -> Fraction:
        if self.n == 0:
            return Fraction(0)
        return Fraction(self.squares) - Fraction(self.total) ** 2 / Fraction(self.weight)

    def _room(self) -> Fraction:
        return ROUNDING * Fraction(self.squares) + LEAST
