"""Limited fluctuation: how many claims make experience fully credible, and what fewer are worth.

Full credibility: the observed figure is within `tolerance` of its mean with `probability`, by the
normal approximation. Fewer claims n of the full number have the credibility sqrt(n / full), at
which the experience part of the premium fluctuates as much as full experience would.
Source: Mowbray 1914, PCAS 1; Klugman, Panjer & Willmot, Loss Models, chapter 16 (limited
fluctuation credibility).
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict
from scipy import special

from techinsure.distributions import Frequency, Severity
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.quantities import (
    FORBID,
    Real,
    not_negative,
    number,
    one_of,
    positive,
    refuse_unless,
    require,
)

Basis = Literal["frequency", "severity", "aggregate"]
"""What is to be stable: the number of claims, their mean size, or their sum."""

inside = number("must be in (0, 1)", lambda value: 0 < value < 1, "0.9 for 90%")


@dataclass(frozen=True, slots=True, kw_only=True)
class FullCredibility:
    """The standard: |observed - mean| <= `tolerance` * mean with `probability`.

    `variance_ratio`: variance over mean of the number of claims: 1 if Poisson, 1 + beta if
    negative binomial, 1 - q if binomial. `severity_cv`: standard deviation of a claim over its
    mean.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    basis: Basis = "frequency"
    probability: Real
    tolerance: Real
    variance_ratio: Real = 1.0
    severity_cv: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(
            self, basis=one_of("frequency", "severity", "aggregate"), probability=inside,
            tolerance=positive, variance_ratio=not_negative, severity_cv=not_negative,
        )  # fmt: skip
        if self.basis == "frequency" and self.severity_cv != 0:
            bound = "must be 0 for the frequency"
            raise InvalidParameter(
                [Fault("severity_cv", self.severity_cv, bound, "or choose basis aggregate")]
            )
        if self._spread == 0:
            field = "severity_cv" if self.basis == "severity" else "variance_ratio"
            raise InvalidParameter(
                [Fault(field, 0.0, "must be > 0", "what does not vary needs no credibility")]
            )

    @staticmethod
    def of_laws(
        probability: float, tolerance: float, frequency: Frequency, severity: Severity
    ) -> "FullCredibility":
        """The standard of the sum of claims of these laws; `Undefined` from the severity where
        its variance is infinite: no number of claims is then enough."""
        if frequency.mean == 0:
            raise Undefined("variance over mean of a number of claims that is always 0 is 0 / 0")
        return FullCredibility(
            basis="aggregate", probability=probability, tolerance=tolerance,
            variance_ratio=frequency.variance / frequency.mean,
            severity_cv=math.sqrt(severity.variance) / severity.mean,
        )  # fmt: skip

    @property
    def claims(self) -> float:
        """Expected claims for full credibility: (z / tolerance)**2 * (variance ratio + cv**2),
        of the two only what the basis has; z the exact normal quantile at (1 + probability) / 2.

        90% and 5% give 1,082.217; the 1,082.41 of some textbooks has z rounded to 1.645.
        """
        z = float(special.ndtri((1 + self.probability) / 2))
        return (z / self.tolerance) ** 2 * self._spread

    def exposure(self, claims_per_exposure: float) -> float:
        """The same in units of exposure."""
        require("claims_per_exposure", claims_per_exposure, positive)
        return self.claims / claims_per_exposure

    def credibility(self, claims: float) -> float:
        """Of experience with so many `claims` (expected, or observed where that is all there
        is): `square_root`."""
        return square_root(claims, self.claims)

    @property
    def _spread(self) -> float:
        counts = 0.0 if self.basis == "severity" else self.variance_ratio
        sizes = 0.0 if self.basis == "frequency" else self.severity_cv**2
        return counts + sizes


def square_root(claims: float, full: float) -> float:
    """min(1, sqrt(claims / full)), in [0, 1]: no more than full experience is worth."""
    require("claims", claims, not_negative)
    require("full", full, positive)
    return min(1.0, math.sqrt(claims / full))
