"""Data of another market or field, discounted: by a stated share, or by one learnt from own data.

An analogue's likelihood is raised to a discount d in [0, 1]: each of its events and each unit of
its exposure counts as d of an own one. A stated discount is a judgement, with its reason. A learnt
one is uniform on [0, 1] beforehand and judged by how well base prior and discounted analogues
together foresaw the own data: the *normalised* power prior. The form without the normalising
constant depends on how a likelihood is scaled, which says nothing about the parameter, and is not
offered.
Source: Ibrahim & Chen 2000, Statistical Science 15(1); Ye, Han, Duan & Bai 2022, arXiv
2204.05615.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from scipy import optimize, special

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.experience import Experience, Observation, Seen
from techinsure.evidence.mixtures import pooled
from techinsure.evidence.parameter_laws import HIGH, LOW, ChanceLaw, RateLaw, vanishing
from techinsure.evidence.priors import GRADES, Grade, Part, Prior
from techinsure.evidence.updating import scales
from techinsure.quantities import (
    FORBID,
    Flag,
    Floats,
    Name,
    Real,
    fraction,
    one_of,
    optional,
    refuse_unless,
    text,
)

NODES = (160, 40, 16)
"""Gauss points a discount, with 1, 2 and 3 of them learnt."""
LIGHTEST = 1e-13
"""Nodes of less weight are left out of quantiles."""
SMALLEST = 1e-300
LARGEST_GAP = 0.005
"""Above, the posterior is given by more parts, if there are more to be had."""
PARTS = (1, 2, 4, 8)
CHECKED = np.linspace(0.02, 0.98, 25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analogue:
    """What was `seen` elsewhere, and how much of it counts: `discount` in [0, 1], or None to
    learn it from own data. `reason`: why it is like the parameter, and why to this extent."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    seen: Seen
    discount: Real | None = None
    reason: str
    grade: Grade = "C"
    source: str

    def __post_init__(self) -> None:
        refuse_unless(
            self, name=text(), discount=optional(fraction), reason=text(2000),
            grade=one_of(*GRADES), source=text(600),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """What one analogue lent: its `discount` (mean, sd, from 5% to 95%; sd 0 where stated), the
    `events` and `base` that it comes to, and its `weight` in the posterior."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    grade: Grade
    learnt: Flag
    discount: Real
    sd: Real
    low: Real
    high: Real
    events: Real
    base: Real
    weight: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """`prior` after the analogues and the own `events` on `base` (exposure or trials).

    `posterior` has the mean and cv of the exact posterior, in up to 8 parts, and misses its
    probabilities by at most `gap`; `low` and `high` (5%, 95%) are exact. `weight` is that of the
    own data, beside those of the analogues and of the prior; all sum to 1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    prior: Prior
    posterior: Prior
    low: Real
    high: Real
    gap: Real
    events: Real
    base: Real
    unit: str
    weight: Real
    prior_weight: Real
    lent: tuple[Lent, ...]
    notes: tuple[str, ...] = ()


class _Counts(NamedTuple):
    events: float
    base: float


class _Laws(NamedTuple):
    """Posteriors given each of the discounts (n_nodes,): gamma (shape, rate) or beta (a, b), with
    `total` their exposure or trials, and the log of what they gave the own data."""

    first: Floats
    second: Floats
    total: Floats
    evidence: Floats


def borrow(
    prior: Prior, analogues: Sequence[Analogue], seen: Observation, experience: Experience
) -> Borrowed:
    """The posterior of `prior` after `analogues` (at most 3 to be learnt) and one entry of
    `experience`. The own data are used here: do not update the posterior by them again."""
    rate = seen.is_rate
    scale = scales(seen, experience.rating_year) * [one.reported for one in seen.seen]
    faults = [*_unfit(prior, rate), *_unsound(analogues), *_unlike(rate, analogues)]
    if not rate and (scale != 1).any():
        faults.append(_unequal(f"{seen.parameter}.seen", scale.tolist()))
    bases = np.array([one.base for one in seen.seen], np.float64)
    own = _Counts(seen.events, float(bases @ scale))
    others = [_counts(one.seen) for one in analogues]
    faults += [
        Fault(f"{name}.events", counts.events, "must be 0 without exposure")
        for name, counts in zip(
            (seen.parameter, *(one.name for one in analogues)), (own, *others), strict=True
        )
        if counts.base == 0 < counts.events
    ]
    if faults:
        raise InvalidParameter(faults)
    discounts, before = _nodes([one.discount for one in analogues])
    laws = (_rates if rate else _chances)(prior, others, own, discounts)
    weights = special.softmax(np.log(before) + laws.evidence)
    lent = tuple(
        _lent(one, counts, discounts[:, place], before, weights, laws.total)
        for place, (one, counts) in enumerate(zip(analogues, others, strict=True))
    )
    return _borrowed(prior, seen, experience, own, lent, laws, weights)


def _borrowed(
    prior: Prior, seen: Observation, experience: Experience, own: _Counts,
    lent: tuple[Lent, ...], laws: _Laws, weights: Floats,
) -> Borrowed:  # fmt: skip
    weight = float(weights @ (own.base / laws.total))
    from_prior = max(1 - weight - math.fsum(one.weight for one in lent), 0.0)
    said = ", ".join(f"{one.name} at {one.discount:.0%}" for one in lent) or "none"
    source = (f"{experience.name}: {seen.source} (weight {weight:.0%}); analogues: {said}; "
              f"on {prior.grade}: {prior.source}")  # fmt: skip
    grades = [(weight, experience.grade), (from_prior, prior.grade),
              *((one.weight, one.grade) for one in lent)]  # fmt: skip
    grade = max(grades, key=lambda one: one[0])[1]
    candidates = (
        pooled(prior.family, _parts(prior.family, laws, weights, n_parts, order),
               grade=grade, source=source[:600], note=prior.note)
        for n_parts in PARTS for order in _orders(prior.family, laws)
    )  # fmt: skip
    posterior, gap = _nearest(candidates, laws, weights)
    most = posterior.mean * (1 + 5 * posterior.cv)
    low, high = (_quantile(prior.family, laws, weights, level, most) for level in (LOW, HIGH))
    notes = list(vanishing(low))
    if own.base == 0:
        notes.append("nothing own was seen: learnt discounts are what they were beforehand")
    if gap > LARGEST_GAP:
        missed = f"{len(posterior.parts)} parts miss its probabilities by up to {gap:.1%}"
        notes.append(f"the posterior's {missed}; low and high are exact")
    return Borrowed(
        parameter=seen.parameter, prior=prior, posterior=posterior, low=low, high=high, gap=gap,
        events=own.events, base=own.base, unit="exposure" if seen.is_rate else "trials",
        weight=weight, prior_weight=from_prior, lent=lent, notes=tuple(notes),
    )  # fmt: skip


def _nodes(stated: list[float | None]) -> tuple[Floats, Floats]:
    """Discounts (n_nodes, n_analogues) and their weights beforehand (n_nodes,), sum 1.

    Learnt ones are cubes of Gauss points, so that those of analogues which own data contradict,
    near 0, are told apart.
    """
    learnt = _cubes(NODES[max(stated.count(None), 1) - 1])
    axes = [learnt if one is None else (np.array([one]), np.ones(1)) for one in stated]
    if not axes:
        return np.zeros((1, 0)), np.ones(1)
    points = np.meshgrid(*(points for points, _ in axes), indexing="ij")
    masses = np.meshgrid(*(masses for _, masses in axes), indexing="ij")
    weights = np.prod([one.ravel() for one in masses], axis=0)
    return np.stack([one.ravel() for one in points], axis=1), weights


@lru_cache(maxsize=4)
def _cubes(n: int) -> tuple[Floats, Floats]:
    """Cubes of `n` Gauss-Legendre points on [0, 1], and their weights for an integral over the
    cubes."""
    points, mass = np.polynomial.legendre.leggauss(n)
    root = (points + 1) / 2
    return root**3, 1.5 * root**2 * mass


def _rates(prior: Prior, others: list[_Counts], own: _Counts, discounts: Floats) -> _Laws:
    """Gamma(a + d N0 + N, b + d E0 + E); evidence Gamma(A + N) / Gamma(A) * B**A / (B + E)**(A + N)
    up to what does not depend on d, A = a + d N0, B = b + d E0."""
    law = RateLaw.of(prior)
    shape = law.shape + discounts @ np.array([one.events for one in others])
    rate = law.rate + discounts @ np.array([one.base for one in others])
    evidence = -shape * np.log1p(own.base / rate) - own.events * np.log(rate + own.base)
    if own.events > 0:
        evidence = evidence - special.betaln(shape, own.events)
    return _Laws(first=shape + own.events, second=rate + own.base, total=rate + own.base,
                 evidence=np.asarray(evidence, np.float64))  # fmt: skip


def _chances(prior: Prior, others: list[_Counts], own: _Counts, discounts: Floats) -> _Laws:
    """Beta(a + d N0 + N, b + d (n0 - N0) + n - N); evidence the ratio of the beta functions after
    and before N of n."""
    law = ChanceLaw.of(prior)
    a = law.a + discounts @ np.array([one.events for one in others])
    b = law.b + discounts @ np.array([one.base - one.events for one in others])
    after = (a + own.events, b + own.base - own.events)
    evidence = special.betaln(*after) - special.betaln(a, b)
    return _Laws(first=after[0], second=after[1], total=a + b + own.base,
                 evidence=np.asarray(evidence, np.float64))  # fmt: skip


def _lent(
    analogue: Analogue, counts: _Counts, discounts: Floats, before: Floats, weights: Floats,
    total: Floats,
) -> Lent:  # fmt: skip
    """Of the marginal law of one discount; quantiles between Gauss points by straight lines."""
    mean = float(weights @ discounts)
    points, place = np.unique(discounts, return_inverse=True)
    low = high = mean
    if analogue.discount is None:
        edges = np.cumsum(np.bincount(place, before))
        reached = np.cumsum(np.bincount(place, weights))
        low, high = np.interp([LOW, HIGH], [0.0, *reached], [0.0, *edges]).tolist()
    return Lent(
        name=analogue.name, grade=analogue.grade, learnt=analogue.discount is None, discount=mean,
        sd=math.sqrt(float(weights @ (discounts - mean) ** 2)) if len(points) > 1 else 0.0,
        low=low, high=high, events=mean * counts.events, base=mean * counts.base,
        weight=float(weights @ (discounts * counts.base / total)),
    )  # fmt: skip


def _moments(family: str, laws: _Laws) -> tuple[Floats, Floats]:
    """Mean and variance given each of the discounts."""
    if family == "gamma":
        means = laws.first / laws.second
        return means, means / laws.second
    size = laws.first + laws.second
    means = laws.first / size
    return means, means * (laws.second / size) / (size + 1)


def _orders(family: str, laws: _Laws) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """By mean, which sets laws apart where data disagree, and by size, where they agree."""
    means, _ = _moments(family, laws)
    return np.argsort(means, kind="stable"), np.argsort(laws.total, kind="stable")


def _parts(
    family: str, laws: _Laws, weights: Floats, n_parts: int, order: NDArray[np.intp]
) -> list[Part]:
    """The mixture over discounts as `n_parts` laws of about the same weight, neighbours in
    `order` together: mean and variance of the whole are kept."""
    means, variances = _moments(family, laws)
    middle = np.cumsum(weights[order]) - weights[order] / 2
    group = np.minimum((middle * n_parts).astype(int), n_parts - 1)
    parts = []
    for number in range(n_parts):
        chosen = order[group == number]
        weight = math.fsum(weights[chosen])
        if weight == 0:
            continue
        share = weights[chosen] / weight
        mean = float(share @ means[chosen])
        square = float(share @ (variances[chosen] + (means[chosen] - mean) ** 2))
        parts.append(Part(weight=weight, mean=mean, cv=math.sqrt(square) / mean))
    total = math.fsum(one.weight for one in parts)
    return [Part(weight=one.weight / total, mean=one.mean, cv=one.cv) for one in parts]


def _nearest(candidates: Iterator[Prior], laws: _Laws, weights: Floats) -> tuple[Prior, float]:
    """The first of the candidates that is near enough, or the nearest, and how near it is: the
    largest difference of probabilities from the mixture."""
    kept = weights > LIGHTEST
    some, mass = _Laws(*(values[kept] for values in laws)), weights[kept]
    best: tuple[Prior, float] | None = None
    for one in candidates:
        places = one.law.quantile(CHECKED).tolist()
        gap = max(
            abs(float(mass @ _cdf(one.family, some, x)) - level)
            for level, x in zip(CHECKED, places, strict=True)
        )
        if best is None or gap < best[1]:
            best = one, gap
        if gap <= LARGEST_GAP:
            break
    assert best is not None
    return best


def _quantile(family: str, laws: _Laws, weights: Floats, level: float, most: float) -> float:
    """Below `most`, five standard deviations above the mean: by Cantelli's inequality no more
    than 1/26 lies beyond."""
    kept = weights > LIGHTEST
    some = _Laws(*(values[kept] for values in laws))
    mass = weights[kept] / weights[kept].sum()

    def off(log_x: float) -> float:
        return float(mass @ _cdf(family, some, math.exp(log_x))) - level

    ends = math.log(SMALLEST), math.log(min(most, 1.0) if family == "beta" else most)
    if off(ends[0]) >= 0:
        return 0.0
    return math.exp(optimize.brentq(off, *ends, xtol=1e-13, rtol=1e-13))


def _cdf(family: str, laws: _Laws, x: float) -> Floats:
    if family == "gamma":
        return np.asarray(special.gammainc(laws.first, laws.second * x), np.float64)
    return np.asarray(special.betainc(laws.first, laws.second, x), np.float64)


def _counts(seen: Seen) -> _Counts:
    """Events, and exposure at relativity 1, fully reported."""
    return _Counts(seen.events, seen.base * seen.relativity * seen.reported)


def _unfit(prior: Prior, rate: bool) -> Iterator[Fault]:
    family = "gamma" if rate else "beta"
    if prior.family != family or prior.cv == 0 or prior.parts:
        fix = "restate a prior of several parts as one law, or update it without analogues"
        yield Fault("prior", prior.family, f"must be one {family} law with cv > 0", fix)


def _unsound(analogues: Sequence[Analogue]) -> Iterator[Fault]:
    names = [one.name for one in analogues]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(f"analogues[{place}].name", name, "must be unique")
    learnt = [one.name for one in analogues if one.discount is None]
    if len(learnt) > len(NODES):
        fix = "state the discounts of some, or merge those that are alike"
        yield Fault("analogues.discount", learnt, f"must be left open in at most {len(NODES)}", fix)


def _unlike(rate: bool, analogues: Sequence[Analogue]) -> Iterator[Fault]:
    for place, one in enumerate(analogues):
        at = f"analogues[{place}].seen"
        if (one.seen.trials is None) != rate:
            yield Fault(at, "counts", f"must have {'exposure' if rate else 'trials'}, as own data")
        elif not rate and (one.seen.relativity != 1 or one.seen.reported != 1):
            yield _unequal(at, [one.seen.relativity, one.seen.reported])


def _unequal(field: str, value: object) -> Fault:
    fix = "trials under unlike conditions do not add: give those of relativity 1, fully reported"
    return Fault(field, value, "must be alike", fix)
