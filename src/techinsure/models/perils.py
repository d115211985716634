"""The parameters of what strikes equipment: perils by class, and the shock to repair costs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault
from techinsure.evidence.priors import Prior
from techinsure.quantities import FORBID, Check, Flag, Floats, flag, positive, refuse_unless


def _family(*names: str) -> Check:
    """A check: a prior of one of these families."""

    def check(name: str, value: object) -> Iterator[Fault]:
        if isinstance(value, Prior) and value.family not in names:
            yield Fault(f"{name}.family", value.family, f"must be one of {', '.join(names)}")

    return check


def _share(name: str, value: object) -> Iterator[Fault]:
    """A check: a prior on [0, 1]."""
    yield from _family("beta", "point")(name, value)
    if isinstance(value, Prior) and value.mean > 1:
        yield Fault(f"{name}.mean", value.mean, "must be in [0, 1]")


def _above_zero(name: str, value: object) -> Iterator[Fault]:
    """A check: a prior whose mean is > 0."""
    if isinstance(value, Prior):
        yield from positive(f"{name}.mean", value.mean)


is_rate = _family("gamma", "point")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peril:
    """`rate` of events a year (per unit or per site) and damage `ratio` of value."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Prior
    ratio: Prior

    def __post_init__(self) -> None:
        refuse_unless(self, rate=is_rate, ratio=_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentClass:
    """A class of sites. Breakdown and accident rates are per unit-year, fire per site-year.
    `catastrophe_share`: which share of the park's catastrophes damages a site of this class.
    `interruption_days`: law of the length of the interruption after a physical event."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    title: dict[str, str]
    breakdown: Peril
    accident: Peril
    fire: Peril
    catastrophe_share: Prior
    catastrophe_ratio: Prior
    interruption_days: Prior

    def __post_init__(self) -> None:
        days = _family("lognormal", "gamma", "point")
        refuse_unless(
            self, catastrophe_share=_share, catastrophe_ratio=_share, interruption_days=days
        )

    def peril(self, name: str) -> Peril:
        """Breakdown, accident or fire."""
        return {"breakdown": self.breakdown, "accident": self.accident, "fire": self.fire}[name]

    def ratio(self, peril: str) -> Prior:
        """The law of the damage ratio of a peril."""
        return self.catastrophe_ratio if peril == "catastrophe" else self.peril(peril).ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairShock:
    """With `probability` in a cohort year, breakdown and accident damage of supply-exposed items
    costs `factor` times as much (ratio capped at 1). Extra risk unless `compensated`: then the
    ratio is scaled down in all years so that its mean, after the cap, stays."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    probability: Prior
    factor: Prior
    compensated: Flag

    def __post_init__(self) -> None:
        refuse_unless(self, probability=_share, factor=_above_zero, compensated=flag)

    def never(self) -> "RepairShock":
        """The same with probability 0."""
        return replace(self, probability=self.probability.held(0.0))

    def factors(self, ratio: Prior, relativity: Floats) -> Floats:
        """(2, n) what multiplies the damage ratio of exposed items of `relativity` (n,): without
        the shock, and with it.

        Compensated: times b, (1 - p) m(b r) + p m(b f r) = m(r), m(c) = E[min(c X, 1)], by
        bisection to rounding.
        """
        shape, p, factor = np.shape(relativity), self.probability.mean, self.factor.mean
        if not self.compensated:
            return np.array([np.ones(shape), np.full(shape, factor)])
        law, (relativities, place) = ratio.law, np.unique(relativity, return_inverse=True)

        def mean(by: Floats) -> Floats:
            return by * law.limited_mean(1 / by)

        low, high = np.ones((2, len(relativities))) * [[min(1, 1 / factor)], [max(1, 1 / factor)]]
        for _ in range(60):
            middle = (low + high) / 2
            shocked = mean(middle * factor * relativities)
            above = (1 - p) * mean(middle * relativities) + p * shocked > mean(relativities)
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        base = ((low + high) / 2)[place.reshape(shape)]
        return np.array([base, base * factor])
