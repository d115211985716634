"""Research and development projects: phases with success or failure, money spent over time.

A project runs through phases (laboratory, pilot, industrial). In each it fails or passes; what
was spent by then is lost when the cause of failure is one the policy insures. Here are the
parameters, the exposure and how projects depend on one another; `trials` simulates.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field
from scipy import special

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Prior
from techinsure.losses.rows import Rows
from techinsure.models import trials
from techinsure.models.factors import Cohorts
from techinsure.models.phases import failed_by, lifted
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Check,
    Count,
    Flag,
    Floats,
    Ints,
    Name,
    Real,
    between,
    count,
    flag,
    is_amount,
    is_label,
    number,
    optional,
    positive,
    refuse_unless,
    text,
)

CAUSES = ("failure", "respin")
TARGETS = ("odds",)
"""What rating factors move: the odds of failure, in every phase."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """The parameters of the staged model. `insured_cause`: by policy form, the probability that
    a failure has a cause the form insures. `spend`: share of a phase's budget spent at failure.
    `recognised`: share of spending that counts as cost (at its mean)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["staged"] = "staged"
    phases: tuple[Phase, ...]
    spend: Prior
    recognised: Prior
    insured_cause: dict[str, Prior]
    dependence: Annotated[Threshold | CumulativeFrailty, Field(discriminator="kind")]
    supply_shock: SupplyShock
    classes: dict[str, StagedClass]

    def __post_init__(self) -> None:
        faults = [*_phase_faults(self.phases), *is_probability("spend", self.spend)]
        faults += is_share("recognised", self.recognised)
        for form, prior in self.insured_cause.items():
            faults += is_probability(f"insured_cause.{form}", prior)
        for name in ("insured_cause", "classes"):
            if not getattr(self, name):
                faults.append(Fault(name, {}, "must have at least one entry"))
        for name, risk_class in self.classes.items():
            faults += _class_faults(f"classes.{name}", risk_class, self.phase_names)
        if faults:
            raise InvalidParameter(faults)

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes of loss this model writes."""
        return CAUSES

    @property
    def targets(self) -> tuple[str, ...]:
        """What rating factors may move."""
        return TARGETS

    @property
    def phase_names(self) -> tuple[str, ...]:
        """The phases in order; an entry phase is an index into them."""
        return tuple(phase.name for phase in self.phases)

    def simulate(self, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Rows:
        """Ground-up losses of `items` (n,) in the years of `cohorts`; see `trials.simulate`."""
        return trials.simulate(self, portfolio, items, cohorts)


def _phase_faults(phases: tuple[Phase, ...]) -> Iterator[Fault]:
    names = [phase.name for phase in phases]
    if not names:
        yield Fault("phases", (), "must have at least one entry")
    elif len(set(names)) < len(names):
        yield Fault("phases", names, "must have different names")
    shares = math.fsum(phase.budget_share.mean for phase in phases)
    if names and abs(shares - 1) > 1e-9:
        yield Fault("phases", shares, "must have budget shares that sum to 1")


def _class_faults(field: str, risk_class: StagedClass, phases: tuple[str, ...]) -> Iterator[Fault]:
    for phase in phases:
        if phase not in risk_class.fail:
            yield Fault(f"{field}.fail", list(risk_class.fail), f"must have {phase!r}")
    for phase in risk_class.fail:
        if phase not in phases:
            yield Fault(f"{field}.fail.{phase}", phase, f"must be one of {', '.join(phases)}")
    if risk_class.respin_phase and risk_class.respin_phase not in phases:
        bound = f"must be one of {', '.join(phases)}"
        yield Fault(f"{field}.respin_phase", risk_class.respin_phase, bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The exposure of one project. `budget` and `own_funds` are what is still to be spent from
    `entry_phase` on, currency units; own funds are the sum insured (all of the budget if not
    given). `entry_phase`: the first if not given; `route`: technology route; `term_months`: the
    project's term."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["project"] = "project"
    risk_class: Name = "general"
    budget: Real
    own_funds: Real | None = None
    entry_phase: str = ""
    term_months: Count = 24
    route: str = ""
    sector: str = ""
    supply_exposed: Flag = False
    respin: Flag = False

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            budget=is_amount,
            own_funds=optional(is_amount),
            term_months=count(1, 120),
            route=is_label,
            sector=is_label,
            supply_exposed=flag,
            respin=flag,
        )
        if self.own_funds is not None and self.own_funds > self.budget:
            bound = f"must be <= budget {self.budget:g}"
            fix = "both are what is still to be spent from the entry phase on"
            raise InvalidParameter([Fault("own_funds", self.own_funds, bound, fix)])

    def columns(self) -> dict[str, list[object]]:
        """One row a project: what a schedule of insured objects needs."""
        own = self.budget if self.own_funds is None else self.own_funds
        return {
            "risk_class": [self.risk_class], "sum_insured": [own], "budget": [self.budget],
            "entry_phase": [self.entry_phase], "term_months": [self.term_months],
            "route": [self.route], "sector": [self.sector],
            "supply_exposed": [self.supply_exposed], "respin": [float(self.respin)],
        }  # fmt: skip
