"""Do the data contradict the prior? And could they, on this exposure?

The events seen are compared with those that the prior foresaw: a two-sided mid-p of its
predictive law, negative binomial or beta-binomial (mixed, where the prior has parts). Little
exposure cannot contradict anything, so every answer has its power beside it: what would be seen
if the truth were 2 or 5 times the prior mean.
Source: Evans & Moshonov 2006, Bayesian Analysis 1(4); mid-p: Lancaster 1961, JASA 56.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.observed import Observation, Owner
from techinsure.evidence.parameter_laws import HIGH, LOW, ChanceLaw, RateLaw
from techinsure.evidence.predictive import CountsAhead, EventsAhead
from techinsure.evidence.priors import Part, Prior
from techinsure.evidence.updating import scales
from techinsure.quantities import FORBID, Floats, Real

LEVEL = 0.05
"""Below this p the data contradict the prior."""
FACTORS = (2.0, 5.0)
MOST_TRIALS = 1_000_000
ENOUGH = 0.5
"""The chance of finding 5 times the prior mean, below which silence means little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """If the truth were `factor` times the prior mean (of a probability: its odds): `expected`
    events, `p` at the nearest whole number of them, and the probability `found` of a conflict."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    factor: Real
    expected: Real
    p: Real
    found: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """`events` seen on `base` (exposure or trials, as `unit` says) against those foreseen:
    `expected`, from `low` to `high` with 90%. `p`: probability of something as far out, doubled
    from the nearer side; in words, `verdict`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    prior: Prior
    events: Real
    base: Real
    unit: str
    expected: Real
    low: Real
    high: Real
    p: Real
    power: tuple[Power, ...]
    verdict: str

    @property
    def contradicted(self) -> bool:
        """Whether p is below 0.05."""
        return self.p < LEVEL


class _Foreseen(NamedTuple):
    """Events to come under a prior: P(N < n) + P(N = n) / 2 and P(N > n) + P(N = n) / 2,
    P(N <= n), the mean, and the largest number (inf for a rate)."""

    below: Callable[[float], float]
    above: Callable[[float], float]
    up_to: Callable[[float], float]
    mean: float
    most: float

    def surprise(self, n: float) -> float:
        """Two-sided mid-p, in (0, 1]."""
        return min(2 * min(self.below(n), self.above(n)), 1.0)


def check(prior: Prior, seen: Observation, experience: Owner) -> Conflict:
    """Events of one entry of `experience` against `prior`, and what they could have shown.

    Exposure of a rate is brought to the rating year first. Raises `InvalidParameter` where the
    entry does not fit the prior, events are not whole, or trials stood under unlike conditions.
    """
    base = _base(prior, seen, experience.rating_year)
    foreseen = _rates(prior, base) if seen.is_rate else _chances(prior, base)
    p = foreseen.surprise(seen.events)
    power = tuple(_power(prior, foreseen, base, factor) for factor in FACTORS)
    low, high = (_first(lambda n, u=u: foreseen.up_to(n) >= u) for u in (LOW, HIGH))  # type: ignore[misc]
    return Conflict(
        parameter=seen.parameter, prior=prior, events=seen.events, base=base,
        unit="exposure" if seen.is_rate else "trials",
        expected=foreseen.mean, low=low, high=high, p=p, power=power,
        verdict=_verdict(seen.events, base, foreseen.mean, (low, high), p, power),
    )  # fmt: skip


def _base(prior: Prior, seen: Observation, rating_year: int | None) -> float:
    """Exposure or trials together, in the conditions of the prior."""
    faults = []
    family = "gamma" if seen.is_rate else "beta"
    if prior.family != family or (prior.cv == 0 and not prior.parts):
        bound = f"must be a {family} law with cv > 0 to foresee these events"
        faults.append(Fault(f"{seen.parameter}.family", prior.family, bound))
    if any(one.events != math.floor(one.events) for one in seen.seen):
        fix = "give counts as they were, not discounted"
        events = [one.events for one in seen.seen]
        faults.append(Fault(f"{seen.parameter}.events", events, "must be whole", fix))
    scale = scales(seen, rating_year) * np.array([one.reported for one in seen.seen])
    base = float(np.array([one.base for one in seen.seen]) @ (scale if seen.is_rate else scale**0))
    if not seen.is_rate:
        if (scale != 1).any():
            fix = "check years of relativity 1, fully reported, without trend"
            faults.append(Fault(f"{seen.parameter}.seen", scale.tolist(), "must be alike", fix))
        if base != math.floor(base) or base > MOST_TRIALS:
            bound = f"must be whole and <= {MOST_TRIALS}"
            faults.append(Fault(f"{seen.parameter}.trials", base, bound))
    if seen.events > 0 and base == 0:
        faults.append(Fault(f"{seen.parameter}.events", seen.events, "must be 0 without exposure"))
    if faults:
        raise InvalidParameter(faults)
    return base


def _alone(prior: Prior) -> list[tuple[float, Prior]]:
    parts = prior.parts or (Part(weight=1.0, mean=prior.mean, cv=prior.cv),)
    return [
        (p.weight, Prior(family=prior.family, mean=p.mean, cv=p.cv, grade=prior.grade,
                         source=prior.source))
        for p in parts
    ]  # fmt: skip


def _rates(prior: Prior, exposure: float) -> _Foreseen:
    """P(N > n) = I_q(n + 1, shape), q = exposure / (rate + exposure): to full precision."""
    laws = [(w, CountsAhead(rate=RateLaw.of(one), exposure=exposure)) for w, one in _alone(prior)]

    def beyond(law: CountsAhead, n: float) -> float:
        q = exposure / (law.rate.rate + exposure)
        return float(special.betainc(n + 1, law.rate.shape, q))

    def up_to(n: float) -> float:
        return math.fsum(w * float(law.cdf(n)) for w, law in laws)

    def at(n: float) -> float:
        return math.fsum(w * float(law.probability(n)) for w, law in laws)

    return _Foreseen(
        below=lambda n: (up_to(n - 1) if n else 0.0) + at(n) / 2,
        above=lambda n: math.fsum(w * beyond(law, n) for w, law in laws) + at(n) / 2,
        up_to=up_to, mean=exposure * prior.law.mean, most=math.inf,
    )  # fmt: skip


def _chances(prior: Prior, trials: float) -> _Foreseen:
    """Sums of the beta-binomial probabilities from either end."""
    n = np.arange(int(trials) + 1)
    at: Floats = np.sum(
        [
            w * EventsAhead(chance=ChanceLaw.of(one), trials=int(trials)).probability(n)
            for w, one in _alone(prior)
        ],
        axis=0,
    )
    rising, falling = np.cumsum(at), np.cumsum(at[::-1])[::-1]
    return _Foreseen(
        below=lambda n: float(rising[int(n)] - at[int(n)] / 2),
        above=lambda n: float(falling[int(n)] - at[int(n)] / 2),
        up_to=lambda n: 1.0 if n >= trials else float(rising[int(n)]),
        mean=trials * prior.law.mean, most=trials,
    )  # fmt: skip


def _power(prior: Prior, foreseen: _Foreseen, base: float, factor: float) -> Power:
    """What the truth `factor` times the prior mean would show: Poisson or binomial events."""
    mean = prior.law.mean
    if prior.family == "gamma":
        expected = factor * mean * base

        def at_least(n: float) -> float:
            return float(special.gammainc(n, expected)) if n > 0 else 1.0
    else:
        chance = factor * mean / (1 + (factor - 1) * mean)
        expected = base * chance

        def at_least(n: float) -> float:
            if n <= 0 or n > base:
                return float(n <= 0)
            return float(special.betainc(n, base - n + 1, chance))

    found = 0.0
    if base > 0:
        many = _first(lambda n: n > foreseen.most or 2 * foreseen.above(n) < LEVEL)
        enough = _first(lambda n: n > foreseen.most or 2 * foreseen.below(n) >= LEVEL)
        found = at_least(many) + 1 - at_least(enough)
    nearest = float(math.floor(expected + 0.5))
    return Power(factor=factor, expected=expected, p=foreseen.surprise(nearest), found=found)


def _first(holds: Callable[[float], bool]) -> float:
    """The least whole number >= 0 for which `holds`, which then holds for all above it."""
    high = 1.0
    while not holds(high - 1):
        high *= 2
    low, high = high / 2 - 1, high - 1
    while high - low > 1:
        middle = math.floor((low + high) / 2)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _verdict(
    events: float, base: float, mean: float, likely: tuple[float, float], p: float,
    power: tuple[Power, ...],
) -> str:  # fmt: skip
    if base == 0:
        return "nothing was seen: no prior can be contradicted"
    told = (f"{events:g} events; the prior foresaw {mean:.3g}, {likely[0]:g} to {likely[1]:g} "
            f"with 90%; p {f'= {p:.2g}' if p else 'below 1e-307'}")  # fmt: skip
    if p < LEVEL:
        return (
            f"conflict: {told}. Find out which of the two is wrong before they are averaged; "
            "a robust prior lets the data speak"
        )
    most = power[-1]
    if most.found < ENOUGH:
        return (
            f"no conflict, but little could show one: {told}. At {most.factor:g} times the prior "
            f"mean it would be found with {most.found:.0%} only (p = {most.p:.2g} at "
            f"{most.expected:.3g} events)"
        )
    return (
        f"no conflict: {told}. {most.factor:g} times the prior mean would have been found "
        f"with {most.found:.0%}"
    )
