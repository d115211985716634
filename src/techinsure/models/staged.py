"""Research and development projects: phases with success or failure, money spent over time.

A project runs through phases (laboratory, pilot, industrial). In each it fails or passes; what
was spent by then is lost when the cause of failure is one the policy insures. Here are the
parameters, the exposure and how projects depend on one another; `trials` simulates.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Prior
from techinsure.losses.rows import Rows
from techinsure.models import trials
from techinsure.models.factors import Cohorts, Simulator
from techinsure.models.stages import (
    CumulativeFrailty,
    Phase,
    StagedClass,
    SupplyShock,
    Threshold,
    is_probability,
    is_share,
)
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Count,
    Flag,
    Ints,
    Name,
    Real,
    count,
    flag,
    is_amount,
    is_label,
    optional,
    refuse_unless,
)

CAUSES = ("failure", "respin")
TARGETS = ("odds",)
"""What rating factors move: the odds of failure, in every phase."""


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
        """The causes of loss this model writes: repeats only where a class may have them."""
        return CAUSES if any(one.respin_phase for one in self.classes.values()) else CAUSES[:1]

    @property
    def targets(self) -> tuple[str, ...]:
        """What rating factors may move."""
        return TARGETS

    @property
    def amounts(self) -> tuple[str, ...]:
        """The parameters that are laws of single losses, not of rates or probabilities."""
        return ("spend", "respin_cost")

    @property
    def phase_names(self) -> tuple[str, ...]:
        """The phases in order; an entry phase is an index into them."""
        return tuple(phase.name for phase in self.phases)

    def independent(self) -> "Staged":
        """The same projects without common factors and without supply shocks."""
        return replace(
            self, dependence=self.dependence.none(), supply_shock=self.supply_shock.never()
        )

    def simulator(self, portfolio: Portfolio, items: Ints, world: Cohorts) -> Simulator:
        """What simulates `items` (n,) in years of the `world`; see `trials.simulator`."""
        return trials.simulator(self, portfolio, items, world)

    def simulate(self, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Rows:
        """Ground-up losses of `items` (n,) in the years of `cohorts`."""
        return self.simulator(portfolio, items, cohorts)(cohorts)


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
