"""A prior: a law for a parameter, with the source and grade without which it does not load."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.distributions import Beta, Gamma, Law, Lognormal, Point
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Real, not_negative, one_of, refuse_unless, text

Grade = Literal["A", "B", "C", "D"]
"""A own claims, B market data, C analogue from another market or field, D expert opinion."""

GRADES: tuple[Grade, ...] = ("A", "B", "C", "D")
FAMILIES = ("beta", "gamma", "lognormal", "point")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """A parameter's law by `mean` and `cv` (standard deviation / mean), with its evidence.

    `family`: beta for probabilities and shares, gamma for rates, lognormal for amounts, point
    for what is held at its value (`cv` is then on record but not drawn).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    family: Literal["beta", "gamma", "lognormal", "point"]
    mean: Real
    cv: Real = 0.0
    grade: Grade
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            family=one_of(*FAMILIES),
            mean=not_negative,
            cv=not_negative,
            grade=one_of(*GRADES),
            source=text(600),
        )
        if self.family == "beta" and self.mean > 1:  # also where it is held at its value
            fix = "write shares as fractions: 0.25 for 25%"
            raise InvalidParameter([Fault("mean", self.mean, "must be in [0, 1] for beta", fix)])
        _ = self.law

    @property
    def law(self) -> Law:
        """The law that is drawn from."""
        if self.family == "point" or self.cv == 0:
            return Point(mean=self.mean)
        if self.family == "beta":
            return Beta(mean=self.mean, cv=self.cv)
        if self.family == "gamma":
            return Gamma(mean=self.mean, cv=self.cv)
        return Lognormal(mean=self.mean, cv=self.cv)
