"""Hierarchical credibility: classes within cohorts within the whole, each drawn to what holds it.

Cohorts vary around the collective with variance `between_cohorts`, classes around their cohort
with `between_classes`, and what is seen of a class of weight w around it with `within` / w. The
premium of a cohort is the collective of its classes.
Source: Jewell 1975, Giornale dell'Istituto Italiano degli Attuari 38; Bühlmann & Gisler 2005, A
Course in Credibility Theory, chapter 6.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import NotFound, Undefined
from techinsure.evidence.between import iterative_between, precision_mean, shrunk
from techinsure.evidence.class_statistics import ClassStatistics
from techinsure.evidence.credibility import ClassPremium, Structure
from techinsure.quantities import FORBID, Floats, Ints, Name, Real, each, nearest, require, text

Cohorts = Mapping[str, Mapping[str, ClassStatistics]]
"""The sums of classes by cohort, both by name."""

UNSEEN = "nothing was seen of this cohort: its premium is the collective"
ONE_COHORT = "one cohort was seen: its own mean is the collective, how cohorts differ is not known"
NO_LOSS = "no loss was seen in any class: 0 is what was seen, not a price; update a prior instead"


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortPremium:
    """`premium` of a cohort per unit of weight, with `credibility` of its own `mean` (of classes
    weighted by their credibility; None if unseen), its `sd` (None where not known), and the
    premiums of its `classes`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    mean: Real | None
    credibility: Real
    premium: Real
    sd: Real | None
    classes: tuple[ClassPremium, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchical:
    """The three variances, the collective, and the premium of each cohort and class.
    `between_cohorts` is None where one cohort was seen."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    within: Real
    between_classes: Real
    between_cohorts: Real | None
    collective: Real
    collective_variance: Real
    cohorts: tuple[CohortPremium, ...]
    notes: tuple[str, ...] = ()

    def of_cohort(self, name: str) -> CohortPremium:
        """The premiums of the cohort of that name; `NotFound` if it is none."""
        names = [one.name for one in self.cohorts]
        if name not in names:
            raise NotFound("cohort", name, names, nearest(name, names))
        return self.cohorts[names.index(name)]


class _Level(NamedTuple):
    """Means of what was seen at one level, (n,): their variances around what they stand for."""

    mean: Floats
    variance: Floats
    weight: Floats


def jewell(cohorts: Cohorts) -> Hierarchical:
    """Premiums from the sums of every class of every cohort.

    within = sum of spreads / sum (n - 1); the two variances between are the pseudo-estimators,
    each by bracketing its root (`between.iterative_between`). `Undefined` if no class has two
    observations, or no cohort two classes that were seen.
    Source: Goulet 1998, Journal of Actuarial Practice 6; De Vylder 1981, ASTIN Bulletin 12(2).
    """
    require("cohorts", list(cohorts), each(text()))
    for held in cohorts.values():
        require("classes", list(held), each(text()))
    seen = {name: [one for one in held.values() if one.n] for name, held in cohorts.items()}
    seen = {name: held for name, held in seen.items() if held}
    within = _within([one for held in seen.values() for one in held])
    own = _classes([one for held in seen.values() for one in held], within)
    places = np.repeat(np.arange(len(seen), dtype=np.int32), [len(held) for held in seen.values()])
    if len(places) == len(seen):
        raise Undefined(
            "the variance between classes of a cohort is 0 / 0: no cohort has two classes that "
            "were seen; use buhlmann_straub on the classes"
        )
    classes = iterative_between(own.mean, own.variance, places)
    level = _cohort_means(own, classes, places, len(seen))
    between = None
    if len(seen) > 1:
        between = iterative_between(level.mean, level.variance, np.zeros(len(seen), np.int32))
    collective, variance = precision_mean(
        level.mean, (between or 0.0) + level.variance, level.weight
    )
    whole = Structure(within=within, between=classes, collective=collective,
                      collective_variance=variance)  # fmt: skip
    means = dict(zip(seen, zip(level.mean.tolist(), level.variance.tolist(), strict=True),
                     strict=True))  # fmt: skip
    return Hierarchical(
        within=within, between_classes=classes, between_cohorts=between, collective=collective,
        collective_variance=variance,
        cohorts=tuple(
            _premium(name, held, whole, between, means.get(name)) for name, held in cohorts.items()
        ),
        notes=tuple(_notes(within, classes, between, own)),
    )  # fmt: skip


def _within(seen: list[ClassStatistics]) -> float:
    if not seen:
        raise Undefined("the collective is 0 / 0: no class was seen; start from a prior")
    degrees = sum(one.n - 1 for one in seen)
    if degrees == 0:
        raise Undefined(
            "the variance within classes is 0 / 0: no class has two observations; give a second "
            "period"
        )
    return math.fsum(one.spread for one in seen) / degrees


def _classes(seen: list[ClassStatistics], within: float) -> _Level:
    weight = np.array([one.weight for one in seen])
    return _Level(np.array([one.mean for one in seen]), within / weight, weight)


def _cohort_means(own: _Level, between: float, places: Ints, n: int) -> _Level:
    """The mean of each cohort's classes weighted by 1 / (between + variance), and its variance."""
    held = [places == cohort for cohort in range(n)]
    found = [precision_mean(own.mean[i], between + own.variance[i], own.weight[i]) for i in held]
    return _Level(
        np.array([mean for mean, _ in found]),
        np.array([variance for _, variance in found]),
        np.array([own.weight[i].sum() for i in held]),
    )


def _premium(
    name: str,
    classes: Mapping[str, ClassStatistics],
    whole: Structure,
    between: float | None,
    seen: tuple[float, float] | None,
) -> CohortPremium:
    """The premiums of a cohort whose mean and its variance were `seen`, or None."""
    mean, variance = (0.0, math.inf) if seen is None else seen
    z, premium, sd = shrunk(
        mean, variance, between or 0.0, whole.collective, whole.collective_variance
    )
    held = dataclasses.replace(whole, collective=premium, collective_variance=sd**2)
    priced = [held.premium(one.weight, one.total, title) for title, one in classes.items()]
    known = between is not None and whole.within > 0
    if not known:
        priced = [dataclasses.replace(one, sd=None) for one in priced]
    return CohortPremium(
        name=name, mean=None if seen is None else mean, credibility=z, premium=premium,
        sd=sd if known else None, classes=tuple(priced),
        notes=() if seen is not None else (UNSEEN,),
    )  # fmt: skip


def _notes(within: float, classes: float, between: float | None, own: _Level) -> list[str]:
    notes = list[str]()
    if within == 0 and not own.mean.any():
        notes.append(NO_LOSS)
    elif within == 0:
        notes.append("no variation was seen within classes")
    if classes == 0 and not notes:
        notes.append(
            "classes of a cohort differ no more than chance explains: the variance between them "
            "is 0, so every premium is that of its cohort"
        )
    if between is None:
        notes.append(ONE_COHORT)
    elif between == 0 and NO_LOSS not in notes:
        notes.append(
            "cohorts differ no more than chance explains: the variance between them is 0, so "
            "every cohort's premium is the collective"
        )
    return notes
