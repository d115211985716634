"""Classes of a product that learn from one another: one parameter, many classes, one level.

The parameter of class c has the mean m_c mu (of a probability: the odds of m_c times mu), m_c the
mean of its own prior, and varies around it from class to class with a coefficient of variation v.
mu and v have laws and a posterior on a grid, given which every class is an exact gamma or beta
law: a class with few data leans on the others, one without any is drawn around their level.
Source: Gelman et al. 2013, Bayesian Data Analysis (3rd ed.), section 5.3 and exercise 5.13.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.analogues import own_counts
from techinsure.evidence.grid import Grid, posterior_grid
from techinsure.evidence.observed import Observation, Owner
from techinsure.evidence.opinions import is_held
from techinsure.evidence.parameter_laws import HIGH, LOW
from techinsure.evidence.power_prior import Counts, Laws, as_prior, moments, quantile
from techinsure.evidence.priors import Grade, Prior
from techinsure.evidence.steps import Step, StepName
from techinsure.evidence.updating import Update, require_kind
from techinsure.quantities import (
    FORBID,
    Floats,
    Name,
    Real,
    between,
    each,
    refuse_unless,
    text,
)

CELLS = (60, 30)
MOST = 20
"""Classes of one pool."""
REACH = 6.0
"""How far the grid of ln mu and ln v reaches, in standard deviations of their laws."""
SCORE = 1.6448536269514722
"""The normal score of 95%."""
LONGEST = 600
LARGEST_GAP = 0.005
"""Above, a note says by how much a class's law misses its probabilities."""
APART = (
    "classes pooled: the cv of the product's prior gives way to those of the pool, and classes are "
    "drawn apart from one another, without what they share"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A quantity > 0 lies between `low` and `high` with 90%; lognormal."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    low: Real
    high: Real

    def __post_init__(self) -> None:
        refuse_unless(self, low=between(1e-3, 1e3), high=between(1e-3, 1e3))
        if self.low >= self.high:
            fix = "give the 5% and the 95% quantile"
            raise InvalidParameter(
                [Fault("high", self.high, f"must be > {self.low:g}, the lower end", fix)]
            )

    @property
    def of_logarithm(self) -> tuple[float, float]:
        """Mean and standard deviation of the logarithm."""
        low, high = math.log(self.low), math.log(self.high)
        return (low + high) / 2, (high - low) / (2 * SCORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPool:
    """One parameter of several classes, by their paths (`parameters`), updated together.

    `common`: how many times the product's means (of probabilities: their odds) the level of all of
    them may be; `spread`: the coefficient of variation from class to class around it. Both are
    judgements (grade D), with a `reason`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameters: tuple[Name, ...]
    common: Ends
    spread: Ends
    reason: str

    def __post_init__(self) -> None:
        refuse_unless(self, parameters=each(text(), at_least=2), reason=text(2000))
        faults = []
        if len(self.parameters) > MOST:
            fix, n = "pool those that are most alike", len(self.parameters)
            faults.append(Fault("parameters", n, f"must have at most {MOST} entries", fix))
        faults += [
            Fault(f"parameters[{place}]", name, "must be unique")
            for place, name in enumerate(self.parameters)
            if name in self.parameters[:place]
        ]
        if faults:
            raise InvalidParameter(faults)


class _Class(NamedTuple):
    """A class: its prior, and what was seen of it."""

    name: str
    prior: Prior
    seen: Observation | None
    own: Counts


def learn_together(
    pool: ClassPool, priors: Sequence[Prior], seen: Sequence[Observation | None], owner: Owner
) -> tuple[Update, ...]:
    """The posterior of every class of `pool`, from the product's `priors` and what was `seen` of
    each, both in its order.

    Raises `InvalidParameter` where the classes are not of one kind, or trials not alike.
    """
    faults = list(_unfit(pool, priors, seen))
    if faults:
        raise InvalidParameter(faults)
    for prior, one in zip(priors, seen, strict=True):
        if one is not None:
            require_kind(prior, one)
    counts = [Counts(0.0, 0.0) if one is None else own_counts(one, owner) for one in seen]
    classes = [_Class(*one) for one in zip(pool.parameters, priors, seen, counts, strict=True)]
    grid = _grid(pool, classes)
    return tuple(_update(pool, classes, place, grid, owner) for place in range(len(classes)))


def _unfit(
    pool: ClassPool, priors: Sequence[Prior], seen: Sequence[Observation | None]
) -> Iterator[Fault]:
    families = {prior.family for prior in priors}
    if len(families) > 1 or not families <= {"beta", "gamma"} or any(map(is_held, priors)):
        fix = "pool rates with rates, probabilities with probabilities"
        bound = "must all be gamma, or all beta laws with cv > 0"
        yield Fault("parameters", sorted(families), bound, fix)
    if not any(seen):
        fix = "give observations of one class or more"
        yield Fault("parameters", list(pool.parameters), "must have own data", fix)


def _grid(pool: ClassPool, classes: Sequence[_Class]) -> Grid:
    """The posterior of (ln mu, ln v)."""
    level, spread = pool.common.of_logarithm, pool.spread.of_logarithm

    def log_density(log_level: Floats, log_spread: Floats) -> Floats:
        z, y = (log_level - level[0]) / level[1], (log_spread - spread[0]) / spread[1]
        total: Floats = -(z**2 + y**2) / 2
        for one in classes:
            total = total + _given(one, log_level, log_spread)
        return total

    ends = [(centre - REACH * sd, centre + REACH * sd) for centre, sd in (level, spread)]
    return posterior_grid(log_density, ends[0], ends[1], CELLS)


def _laws(one: _Class, log_level: Floats, log_spread: Floats) -> tuple[Floats, Floats]:
    """Shape and rate, or a and b, of a class at each level and spread: its law by mean and cv;
    a, b < 0 where no beta law has that cv."""
    squared = np.exp(2 * log_spread)
    if one.prior.family == "gamma":
        shape = 1 / squared + 0 * log_level
        return shape, shape / (one.prior.mean * np.exp(log_level))
    mean = special.expit(special.logit(one.prior.mean) + log_level)
    size = (1 - mean) / (mean * squared) - 1
    return mean * size, (1 - mean) * size


def _given(one: _Class, log_level: Floats, log_spread: Floats) -> Floats:
    """The logarithm of what each level and spread gave the data of a class, up to a constant."""
    first, second = _laws(one, log_level, log_spread)
    n, base = one.own
    if one.prior.family == "gamma":
        rising = special.gammaln(first + n) - special.gammaln(first)
        found = rising - first * np.log1p(base / second) - n * np.log(second + base)
        return np.asarray(found, np.float64)
    held = np.maximum(first, 1e-300), np.maximum(second, 1e-300)
    found = special.betaln(held[0] + n, held[1] + base - n) - special.betaln(*held)
    return np.where(first > 0, found, -np.inf)


def _posterior(one: _Class, grid: Grid, own: Counts) -> Laws:
    """A class over the cells of the grid, after its `own` data."""
    first, second = _laws(one, grid.first[:, None], grid.second[None, :])
    kept = (grid.mass > 0) & (first > 0)
    rest = own.base if one.prior.family == "gamma" else own.base - own.events
    weight = grid.mass[kept]
    return Laws(one.prior.family, weight / weight.sum(), first[kept] + own.events,
                second[kept] + rest, np.zeros(kept.sum(), np.intp),
                np.zeros((int(kept.sum()), 0)))  # fmt: skip


def _update(
    pool: ClassPool, classes: Sequence[_Class], place: int, grid: Grid, owner: Owner
) -> Update:
    one = classes[place]
    others = _grid(pool, [other for other in classes if other is not one])
    before = _posterior(one, others, Counts(0.0, 0.0))
    laws = _posterior(one, grid, one.own)
    weight = float(laws.weight @ (one.own.base / laws.total))
    known = 1 - (others.of_axis(0).sd / pool.common.of_logarithm[1]) ** 2
    by_others = (1 - weight) * min(max(known, 0.0), 1.0)
    own_grade = owner.grade if weight > 0.5 else None
    grade: Grade = own_grade or "D"
    among = f"{len(classes)} classes together, reason: {pool.reason}"
    told = "nothing own" if one.seen is None else f"{owner.name}: {one.seen.source}"
    source = f"{told} (weight {weight:.0%}); {among}; on {one.prior.grade}: {one.prior.source}"
    posterior, gap = as_prior(laws, grade=grade, source=source[:LONGEST], note=one.prior.note)
    low, high = one.prior.law.quantile(np.array([LOW, HIGH])).tolist()
    steps = [
        Step(name="product", mean=one.prior.law.mean, sd=math.sqrt(one.prior.law.variance), low=low,
             high=high, weight=1 - weight - by_others, source=one.prior.source),
        _step("other classes", before, by_others, among),
        *([] if one.seen is None else [_step("own data", laws, weight, told)]),
    ]  # fmt: skip
    ends = steps[-1].low, steps[-1].high
    missed = (f"its law misses the probabilities of the pool's by up to {gap:.1%}; low and high "
              "are exact",)  # fmt: skip
    return Update(
        parameter=one.name, prior=one.prior, posterior=posterior, events=one.own.events,
        base=one.own.base, unit="exposure" if one.prior.family == "gamma" else "trials",
        weight=weight, prior_range=(low, high), posterior_range=ends,
        notes=(APART, *(missed if gap > LARGEST_GAP else ())), steps=tuple(steps),
    )  # fmt: skip


def _step(name: StepName, laws: Laws, weight: float, source: str) -> Step:
    mean, sd = moments(laws)
    return Step(name=name, mean=mean, sd=sd, low=quantile(laws, LOW), high=quantile(laws, HIGH),
                weight=weight, source=source[:LONGEST])  # fmt: skip
