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
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.observed import Observation, Owner, Seen
from techinsure.evidence.parameter_laws import HIGH, LOW, vanishing
from techinsure.evidence.power_prior import (
    LARGEST_GAP,
    NODES,
    VAGUE,
    Counts,
    Laws,
    after,
    as_prior,
    discounted,
    laws_of,
    quantile,
)
from techinsure.evidence.priors import GRADES, Grade, Prior
from techinsure.evidence.steps import Lent
from techinsure.evidence.updating import scales
from techinsure.quantities import (
    FORBID,
    Floats,
    Name,
    Real,
    fraction,
    one_of,
    optional,
    refuse_unless,
    text,
)

MOST_LAWS = 10_000
"""Opinions times nodes of learnt discounts: more take seconds."""


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


def borrow(
    prior: Prior, analogues: Sequence[Analogue], seen: Observation, experience: Owner
) -> Borrowed:
    """The posterior of `prior` after `analogues` (at most 3 to be learnt) and one entry of
    `experience`. The own data are used here: do not update the posterior by them again."""
    lending = lent_laws(prior, analogues, is_rate=seen.is_rate)
    own = own_counts(seen, experience)
    known = after(lending, own)
    lent = lent_by(analogues, lending, known)
    weight = float(known.weight @ (own.base / known.total))
    from_prior = max(1 - weight - math.fsum(one.weight for one in lent), 0.0)
    said = ", ".join(f"{one.name} at {one.discount:.0%}" for one in lent) or "none"
    source = (f"{experience.name}: {seen.source} (weight {weight:.0%}); analogues: {said}; "
              f"on {prior.grade}: {prior.source}")  # fmt: skip
    grades = [(weight, experience.grade), (from_prior, prior.grade),
              *((one.weight, one.grade) for one in lent)]  # fmt: skip
    grade = max(grades, key=lambda one: one[0])[1]
    posterior, gap = as_prior(known, grade=grade, source=source[:600], note=prior.note)
    low, high = quantile(known, LOW), quantile(known, HIGH)
    return Borrowed(
        parameter=seen.parameter, prior=prior, posterior=posterior, low=low, high=high, gap=gap,
        events=own.events, base=own.base, unit="exposure" if seen.is_rate else "trials",
        weight=weight, prior_weight=from_prior, lent=lent,
        notes=tuple(about(own, low, gap, posterior)),
    )  # fmt: skip


def lent_laws(prior: Prior, analogues: Sequence[Analogue], *, is_rate: bool) -> Laws:
    """The laws of `prior` after the analogues, before own data."""
    others = [_counts(one.seen) for one in analogues]
    faults = [*_unfit(prior, is_rate), *unsound(analogues), *_unlike(is_rate, analogues)]
    faults += _many(prior, analogues)
    faults += [
        _without_exposure(f"{one.name}.events", counts)
        for one, counts in zip(analogues, others, strict=True)
        if counts.base == 0 < counts.events
    ]
    if faults:
        raise InvalidParameter(faults)
    return discounted(laws_of(prior), others, [one.discount for one in analogues])


def own_counts(seen: Observation, owner: Owner) -> Counts:
    """Own events, on exposure at the level of the rating year or on trials that are alike."""
    scale = scales(seen, owner.rating_year) * [one.reported for one in seen.seen]
    if not seen.is_rate and (scale != 1).any():
        raise InvalidParameter([_unequal(f"{seen.parameter}.seen", scale.tolist())])
    bases = np.array([one.base for one in seen.seen], np.float64)
    own = Counts(seen.events, float(bases @ scale))
    if own.base == 0 < own.events:
        raise InvalidParameter([_without_exposure(f"{seen.parameter}.events", own)])
    return own


def lent_by(analogues: Sequence[Analogue], before: Laws, known: Laws) -> tuple[Lent, ...]:
    """What each analogue lent to the posterior `known`; a vague law borrows nothing."""
    borrowing, found = known.part != VAGUE, []
    for place, one in enumerate(analogues):
        discounts = known.discounts[borrowing, place]
        base = _counts(one.seen).base
        weight = float(known.weight @ (known.discounts[:, place] * base / known.total))
        found.append(
            _lent(one, discounts, before.weight[borrowing], known.weight[borrowing], weight)
        )
    return tuple(found)


def about(own: Counts, low: float, gap: float, posterior: Prior) -> Iterator[str]:
    """What must be said of a posterior with learnt discounts."""
    yield from vanishing(low)
    if own.base == 0:
        yield "nothing own was seen: learnt discounts are what they were beforehand"
    if gap > LARGEST_GAP:
        missed = f"{len(posterior.parts)} parts miss its probabilities by up to {gap:.1%}"
        yield f"the posterior's {missed}; low and high are exact"


def _lent(
    analogue: Analogue, discounts: Floats, before: Floats, known: Floats, weight: float
) -> Lent:
    """Of the marginal law of one discount, from the laws that borrow; quantiles between Gauss
    points by straight lines."""
    before, share = before / before.sum(), float(known.sum())
    known = known / share if share else before
    mean = float(known @ discounts)
    points, place = np.unique(discounts, return_inverse=True)
    low = high = mean
    if analogue.discount is None:
        edges = np.cumsum(np.bincount(place, before))
        reached = np.cumsum(np.bincount(place, known))
        low, high = np.interp([LOW, HIGH], [0.0, *reached], [0.0, *edges]).tolist()
    counts = _counts(analogue.seen)
    return Lent(
        name=analogue.name, grade=analogue.grade, learnt=analogue.discount is None, discount=mean,
        sd=math.sqrt(float(known @ (discounts - mean) ** 2)) if len(points) > 1 else 0.0,
        low=low, high=high, events=share * mean * counts.events, base=share * mean * counts.base,
        weight=weight,
    )  # fmt: skip


def _counts(seen: Seen) -> Counts:
    """Events, and exposure at relativity 1, fully reported."""
    return Counts(seen.events, seen.base * seen.relativity * seen.reported)


def _unfit(prior: Prior, rate: bool) -> Iterator[Fault]:
    family = "gamma" if rate else "beta"
    if prior.family != family or (prior.cv == 0 and not prior.parts):
        fix = "counts on exposure move a gamma law, counts among trials a beta law"
        yield Fault("prior", prior.family, f"must be a {family} law with cv > 0", fix)


def _many(prior: Prior, analogues: Sequence[Analogue]) -> Iterator[Fault]:
    learnt = sum(one.discount is None for one in analogues)
    opinions = max(len(prior.parts), 1)
    if learnt and learnt <= len(NODES) and opinions * NODES[learnt - 1] ** learnt > MOST_LAWS:
        fix = "state the discounts of some, or pool the opinions that are alike"
        bound = f"must leave fewer discounts open beside {opinions} opinions"
        yield Fault("analogues.discount", learnt, bound, fix)


def unsound(analogues: Sequence[Analogue]) -> Iterator[Fault]:
    """What is wrong with analogues together: names that repeat, too many discounts left open."""
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


def _without_exposure(field: str, counts: Counts) -> Fault:
    return Fault(field, counts.events, "must be 0 without exposure")


def _unequal(field: str, value: object) -> Fault:
    fix = "trials under unlike conditions do not add: give those of relativity 1, fully reported"
    return Fault(field, value, "must be alike", fix)
