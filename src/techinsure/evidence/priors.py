"""A prior: a law for a parameter, with the source and grade without which it does not load."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.distributions import Beta, Gamma, Law, Lognormal, Mixture, Point
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    Check,
    Real,
    not_negative,
    number,
    one_of,
    positive,
    refuse_unless,
    text,
)

Grade = Literal["A", "B", "C", "D"]
"""A own claims, B market data, C analogue from another market or field, D expert opinion."""

GRADES: tuple[Grade, ...] = ("A", "B", "C", "D")
FAMILIES = ("beta", "gamma", "lognormal", "point")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of several opinions that stand side by side: its law by `mean` and `cv` > 0, and its
    `weight`, the probability that it is the right one."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    weight: Real
    mean: Real
    cv: Real

    def __post_init__(self) -> None:
        refuse_unless(self, weight=positive, mean=positive, cv=positive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """A parameter's law by `mean` and `cv` (standard deviation / mean), with its evidence.

    `family`: beta for probabilities and shares, gamma for rates, lognormal for amounts, point
    for what is held at its value (`cv` is then on record but not drawn). With `parts` the law is
    their mixture, each of the family; `mean` and `cv` are the mixture's.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    family: Literal["beta", "gamma", "lognormal", "point"]
    mean: Real
    cv: Real = 0.0
    grade: Grade
    source: str
    note: str = ""
    parts: tuple[Part, ...] = ()

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
        if self.parts:
            refuse_unless(self, family=one_of("beta", "gamma", "lognormal"))
        law = self.law
        if self.parts:
            refuse_unless(self, mean=_as_mixed(law.mean), cv=_as_mixed(law.cv))

    @property
    def law(self) -> Law:
        """The law that is drawn from."""
        return _mixed(self.family, self.mean, self.cv, self.parts)

    def held(self, value: float) -> "Prior":
        """The same parameter, held at `value`."""
        return replace(self, family="point", mean=value, cv=0.0, parts=())


@lru_cache(maxsize=4096)
def _mixed(family: str, mean: float, cv: float, parts: tuple[Part, ...]) -> Law:
    if parts:
        laws = tuple(_law(family, part.mean, part.cv) for part in parts)
        return Mixture(parts=laws, weights=tuple(part.weight for part in parts))
    return _law(family, mean, cv)


def _as_mixed(value: float) -> Check:
    """A check: what the parts give together."""
    fix = "give what the mixture of the parts has"
    return number(f"must be {value!r}", lambda given: abs(given - value) <= 1e-9 * value, fix)


def _law(family: str, mean: float, cv: float) -> Beta | Gamma | Lognormal | Point:
    if family == "point" or cv == 0:
        return Point(mean=mean)
    if family == "beta":
        return Beta(mean=mean, cv=cv)
    if family == "gamma":
        return Gamma(mean=mean, cv=cv)
    return Lognormal(mean=mean, cv=cv)
