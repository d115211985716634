"""Annual default probabilities and recoveries of insurers as data, each with source and grade."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, ClassVar

import numpy as np
from pydantic import ConfigDict, StringConstraints

from techinsure.errors import Fault, NotFound
from techinsure.evidence.priors import GRADES, Grade
from techinsure.quantities import (
    FORBID,
    Real,
    each,
    fraction,
    is_date,
    nearest,
    not_negative,
    one_of,
    refuse_unless,
    require,
    text,
)
from techinsure.reading import read

Source = Annotated[str, StringConstraints(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingTable:
    """The annual default `probability` of each rating."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    probability: Mapping[str, Real]
    grade: Grade
    source: Source
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            probability=_of_each,
            grade=one_of(*GRADES),
            source=text(500),
            as_of=is_date,
        )

    def of(self, rating: str) -> float:
        """The probability of a rating, or `NotFound`."""
        if rating not in self.probability:
            raise NotFound("rating", rating, self.probability, nearest(rating, self.probability))
        return self.probability[rating]


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvencyTable:
    """The annual default `probability` at each solvency `ratio` (own funds over required ones),
    straight in between and constant beyond the ends."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    ratio: tuple[Real, ...]
    probability: tuple[Real, ...]
    grade: Grade
    source: Source
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            ratio=_ascending,
            probability=each(fraction, at_least=1),
            grade=one_of(*GRADES),
            source=text(500),
            as_of=is_date,
        )
        refuse_unless(self, probability=self._as_many)

    def of(self, ratio: float) -> float:
        """The probability at a solvency ratio >= 0, as a fraction: 1.5 for 150%."""
        require("ratio", ratio, not_negative)
        return float(np.interp(ratio, self.ratio, self.probability))

    def _as_many(self, field: str, value: object) -> Iterator[Fault]:
        if len(self.probability) != len(self.ratio):
            yield Fault(field, len(self.probability), f"must have {len(self.ratio)} entries")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRate:
    """The `rate` of what is owed that creditors of a failed company get."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Real
    grade: Grade
    source: Source
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(self, rate=fraction, grade=one_of(*GRADES), source=text(500), as_of=is_date)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultRates:
    """What is known of failures of insurers."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rating: RatingTable
    solvency_ratio: SolvencyTable
    recovery: RecoveryRate


@lru_cache(maxsize=1)
def default_rates() -> DefaultRates:
    """The shipped tables."""
    place = files("techinsure.pool.insolvency") / "default_rates.toml"
    return read(DefaultRates, tomllib.loads(place.read_text("utf-8")))


def _of_each(field: str, value: object) -> Iterator[Fault]:
    """A check: a probability for each of one rating or more."""
    given: Mapping[str, object] = value  # type: ignore[assignment]
    if not given:
        yield Fault(field, 0, "must hold at least one rating")
    for rating, probability in given.items():
        yield from fraction(f"{field}.{rating}", probability)


def _ascending(field: str, value: object) -> Iterator[Fault]:
    """A check: numbers >= 0, each above the one before."""
    yield from each(not_negative, at_least=1)(field, value)
    given: tuple[float, ...] = tuple(value)  # type: ignore[arg-type]
    for place, (low, high) in enumerate(pairwise(given), start=1):
        if not low < high:
            yield Fault(f"{field}[{place}]", high, f"must be > {low:g}", "list ratios ascending")
