"""What the compound model is made of: hazards of a class, and when in a term a peril strikes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Prior
from techinsure.models.perils import is_rate
from techinsure.quantities import (
    FORBID,
    Check,
    Floats,
    each,
    number,
    one_of,
    optional,
    positive,
    refuse_unless,
)


def _prior(families: tuple[str, ...], mean: Check) -> Check:
    """A check: a prior of one of `families` whose mean passes `mean`."""

    def check(name: str, value: object) -> Iterator[Fault]:
        assert isinstance(value, Prior)
        yield from one_of(*families)(f"{name}.family", value.family)
        yield from mean(f"{name}.mean", value.mean)

    return check


is_ratio = _prior(("beta", "point", "lognormal"), positive)
is_share = _prior(("beta", "point"), number("must be in [0, 1]", lambda value: 0 <= value <= 1))
is_part = _prior(("beta", "point"), number("must be in (0, 1]", lambda value: 0 < value <= 1))
is_held = _prior(("point",), positive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One peril of one class: `rate` of claims per unit and year, or per unit and term (see
    `Timing`), and the `ratio` of a claim to what is `at_stake`, a share of the sum insured of the
    unit (all of it if not given). A beta or known ratio is a damage ratio and ends at 1 whatever
    moves it; a lognormal one has no end but that of the policy's limit."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Prior
    ratio: Prior
    at_stake: Prior | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, rate=is_rate, ratio=is_ratio, at_stake=optional(is_part))

    @property
    def stake(self) -> float:
        """The share of the sum insured that a ratio of 1 would take."""
        return 1.0 if self.at_stake is None else self.at_stake.mean

    @property
    def most(self) -> float:
        """What no ratio is above."""
        return np.inf if self.ratio.family == "lognormal" else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundClass:
    """A class of insured objects: its hazards by peril. A peril without a hazard never strikes."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    title: dict[str, str]
    hazards: dict[str, Hazard]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a peril strikes. Its rate holds per year of the policy, times the entry of `pattern`
    for that policy year (none: all alike), or once for the whole term, spread evenly over it.

    `serial`: the share of a unit's claims that have a cause in the design and strike all units of
    the batch as one event with one ratio. The other claims are rarer by as much, so that the law
    of the claims of one unit alone stays the same. All three are held at their means.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    basis: Literal["year", "term"] = "year"
    pattern: tuple[Prior, ...] = ()
    serial: Prior | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, pattern=each(is_held), serial=optional(is_share))
        for name in ("pattern", "serial"):
            if self.basis == "term" and getattr(self, name):
                fault = Fault(name, getattr(self, name), "must be absent where basis is 'term'")
                raise InvalidParameter([fault])

    @property
    def longest(self) -> float:
        """Years that a term may have."""
        return len(self.pattern) or np.inf

    @property
    def shared(self) -> float:
        """The share of a unit's claims that strike the whole batch."""
        return 0.0 if self.serial is None else self.serial.mean

    @property
    def levels(self) -> Floats:
        """(n_policy_years,) what the rate is multiplied by in each policy year; (1,) for all."""
        return np.array([prior.mean for prior in self.pattern] or [1.0])

    def level(self, elapsed: Floats) -> Floats:
        """(n,) what the rate is multiplied by, `elapsed` years (n,) after inception."""
        year = np.clip(elapsed, 0, len(self.levels) - 1).astype(np.intp)
        now: Floats = self.levels[year]
        return now

    def exposure(self, elapsed: Floats, term: Floats) -> Floats:
        """(n,) what the rate is multiplied by from inception until `elapsed` (n,) years after it,
        of a `term` (n,) in years."""
        if self.basis == "term":
            return elapsed / term
        if not self.pattern:
            return elapsed
        used: Floats = np.interp(elapsed, *self._course())
        return used

    def elapsed(self, used: Floats, term: Floats) -> Floats:
        """(n,) years after inception when the share `used` (n,) in [0, 1) of the exposure of the
        whole `term` (n,) is over; inside the term."""
        if not self.pattern:
            return used * term
        years, exposure = self._course()
        when = np.interp(used * self.exposure(term, term), exposure, years)
        return np.minimum(when, np.nextafter(term, 0.0))

    def _course(self) -> tuple[Floats, Floats]:
        """Policy years and the exposure until then, (n_policy_years + 1,) each."""
        exposure = np.concatenate([[0.0], np.cumsum(self.levels)])
        return np.arange(len(exposure), dtype=np.float64), exposure
