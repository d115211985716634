"""What the staged model is made of: phases, classes, dependence between projects, supply shock."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Protocol

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Prior
from techinsure.models.factors import Cohorts
from techinsure.models.phases import failed_by, lifted
from techinsure.quantities import (
    FORBID,
    Check,
    Flag,
    Floats,
    Name,
    between,
    flag,
    number,
    optional,
    positive,
    text,
)

MOST_SHIFT = 4.0
"""Of the failure threshold, in standard deviations: a 1 in 1,000 becomes a 4 in 5."""

Groups = tuple[tuple[str, float], ...]
"""The groups a project shares a factor with: (name of the factor, its weight)."""


def _prior(inside: Check) -> Check:
    """A check: a prior on [0, 1] whose mean passes `inside`."""

    def check(field: str, prior: object) -> Iterator[Fault]:
        assert isinstance(prior, Prior)
        if prior.family not in ("beta", "point"):
            yield Fault(f"{field}.family", prior.family, "must be one of beta, point")
        yield from inside(f"{field}.mean", prior.mean)

    return check


is_probability = _prior(number("must be in [0, 1]", lambda value: 0 <= value <= 1))
is_chance_below_one = _prior(number("must be in [0, 1)", lambda value: 0 <= value < 1))
is_share = _prior(number("must be in (0, 1]", lambda value: 0 < value <= 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase: its share of the budget and its duration in years (both at their means)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    budget_share: Prior
    duration: Prior

    def __post_init__(self) -> None:
        faults = [*text()("name", self.name), *is_share("budget_share", self.budget_share)]
        faults += positive("duration.mean", self.duration.mean)
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedClass:
    """A class of projects: probability of failure by phase, drawn once per cohort year.

    `respin` (chip design): probability that a passed `respin_phase` needs another tape-out, and
    `respin_cost` its cost as a share of the budget. Insured by endorsement only.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    title: dict[str, str]
    fail: dict[str, Prior]
    respin_phase: str = ""
    respin: Prior | None = None
    respin_cost: Prior | None = None

    def __post_init__(self) -> None:
        faults = [
            fault
            for phase, prior in self.fail.items()
            for fault in is_chance_below_one(f"fail.{phase}", prior)
        ]
        given = (bool(self.respin_phase), self.respin is not None, self.respin_cost is not None)
        if any(given) and not all(given):
            fix = "give respin_phase, respin and respin_cost together, or none of them"
            faults.append(Fault("respin", given, "must be complete", fix))
        for name in ("respin", "respin_cost"):
            faults += optional(is_probability)(name, getattr(self, name))
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Gaussian threshold dependence: a phase fails when sqrt(rho)-weighted common normals plus
    the project's own fall below the probit of its probability. One normal per group, phase and
    year, so that no mean moves. The loadings (at their means) are squared correlations and sum
    to less than 1. A project without route or sector keeps that part for itself.

    Source: Vasicek 2002, Risk 15(12), "The distribution of loan portfolio value".
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["threshold"] = "threshold"
    common: Prior
    route: Prior
    sector: Prior

    def __post_init__(self) -> None:
        names = ("common", "route", "sector")
        faults = [f for name in names for f in is_probability(name, getattr(self, name))]
        loadings = sum(getattr(self, name).mean for name in names)
        if not faults and loadings >= 1:
            faults = [Fault("common + route + sector", loadings, "must be < 1")]
        if faults:
            raise InvalidParameter(faults)

    def none(self) -> "Threshold":
        """The same without common normals."""
        return Threshold(
            common=self.common.held(0.0), route=self.route.held(0.0), sector=self.sector.held(0.0)
        )

    def groups(self, product: str, route: str, sector: str) -> Groups:
        """The factors a project shares and their loadings."""
        shared = (
            (f"{product}/common", True, self.common),
            (f"{product}/route/{route}", route, self.route),
            (f"{product}/sector/{sector}", sector, self.sector),
        )
        return tuple((name, prior.mean) for name, label, prior in shared if label and prior.mean)

    def pull(self, cohorts: Cohorts, phases: tuple[str, ...], groups: Groups) -> Floats:
        """(n_phases, n_years): what the common normals add to a project's score."""
        total = np.zeros((len(phases), cohorts.n))
        for name, loading in groups:
            normals = np.array([cohorts.normal(f"{name}/{phase}") for phase in phases])
            total += math.sqrt(loading) * normals
        return total

    def spread(self, groups: Groups) -> float:
        """The standard deviation of the project's own part."""
        return math.sqrt(1.0 - sum(loading for _, loading in groups))

    def prepared(self, chance: Floats) -> Floats:
        """What `failed_by` needs of probabilities of failure: their probits."""
        score: Floats = special.ndtri(chance)
        return score

    def failed_by(self, prepared: Floats, lift: Floats, pull: Floats, spread: Floats) -> Floats:
        """(n_phases, ...) P(failed by each phase | factors and shock): phase k fails with
        Phi((Phi^-1(p_k) + lift - pull_k) / spread), independently of the others."""
        return failed_by(special.ndtr((prepared + lift - pull) / spread))


@dataclass(frozen=True, slots=True, kw_only=True)
class CumulativeFrailty:
    """Gamma frailty on the cumulative survival: P(survive phase k | Z) =
    exp(-Z * (S_k**(-variance) - 1) / variance), whose mean over Z is S_k. One Z per route.

    Phase by phase with one shared Z would lower the means. Source of the transform: Laplace
    transform (1 + variance * s)**(-1 / variance) of the gamma law, inverted at S_k.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["frailty"] = "frailty"
    variance: Prior

    def none(self) -> "CumulativeFrailty":
        """The same without a common factor."""
        return CumulativeFrailty(variance=self.variance.held(0.0))

    def groups(self, product: str, route: str, sector: str) -> Groups:
        """The route's factor; a project without route has one of its own, integrated out."""
        shared = bool(route) and self.variance.mean > 0
        return ((f"{product}/route/{route}", self.variance.mean),) if shared else ()

    def pull(self, cohorts: Cohorts, phases: tuple[str, ...], groups: Groups) -> Floats:
        """(1, n_years): Z, the same for all phases."""
        return np.array([cohorts.frailty(*group) for group in groups] or np.ones((1, cohorts.n)))

    def spread(self, groups: Groups) -> float:
        """The variance of Z; 0 where it is integrated out."""
        return sum(variance for _, variance in groups)

    def prepared(self, chance: Floats) -> Floats:
        """What `failed_by` needs of probabilities of failure: themselves."""
        return chance

    def failed_by(self, prepared: Floats, lift: Floats, pull: Floats, spread: Floats) -> Floats:
        """(n_phases, ...) P(failed by each phase | Z and shock): the shock lifts the probit of
        each phase's probability, the transform of the cumulative survival comes after it."""
        chance, struck = prepared, lift != 0
        if struck.any():
            chance = prepared.copy()
            chance[:, struck] = lifted(prepared[:, struck], lift[struck])
        by = failed_by(chance)
        variance = np.where(spread > 0, spread, 1.0)
        hazard = np.expm1(-variance * np.log1p(-by)) / variance
        return np.where(spread > 0, -np.expm1(-pull * hazard), by)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyShock:
    """With `probability` in a cohort year, all phases of supply-exposed projects fail more
    easily: `shift` is added to the failure threshold. Extra risk unless `compensated`: then the
    other years are so much better that no probability of failure moves."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    probability: Prior
    shift: Prior
    compensated: Flag

    def __post_init__(self) -> None:
        faults = list(is_chance_below_one("probability", self.probability))
        faults += between(0, MOST_SHIFT)("shift.mean", self.shift.mean)
        faults += flag("compensated", self.compensated)
        if faults:
            raise InvalidParameter(faults)

    def never(self) -> "SupplyShock":
        """The same with probability 0."""
        return replace(self, probability=self.probability.held(0.0))


class Stages(Protocol):
    """What simulation reads of a staged model; `models.staged.Staged` has it."""

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases, in order."""

    @property
    def spend(self) -> Prior:
        """Share of a phase's budget spent at failure."""

    @property
    def recognised(self) -> Prior:
        """Share of spending that counts as cost."""

    @property
    def insured_cause(self) -> dict[str, Prior]:
        """Probability that a failure has an insured cause, by policy form."""

    @property
    def dependence(self) -> Threshold | CumulativeFrailty:
        """How projects depend on one another."""

    @property
    def supply_shock(self) -> SupplyShock:
        """What strikes all supply-exposed projects of a year."""

    @property
    def classes(self) -> dict[str, StagedClass]:
        """The classes of projects."""

    @property
    def phase_names(self) -> tuple[str, ...]:
        """The names of the phases, in order."""
