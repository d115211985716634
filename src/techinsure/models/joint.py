"""Parts, each a loss model of its own, whose losses are joined: what can happen to one object.

Causes and targets of the parts are different, and so are the streams of their draws: given the
portfolio, the parts are independent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.rows import Rows, join
from techinsure.models.compound import Compound
from techinsure.models.factors import Cohorts, Simulator
from techinsure.models.hazards import CompoundClass
from techinsure.models.staged import Staged
from techinsure.models.stages import StagedClass
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

Part = Annotated[Staged | Compound, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Named parts, all with the same classes."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["joint"] = "joint"
    parts: dict[str, Part]

    def __post_init__(self) -> None:
        if not self.parts:
            raise InvalidParameter([Fault("parts", {}, "must have at least one entry")])
        faults = [*self._clashes()]
        for name, part in self.parts.items():
            if [*part.classes] != [*self.classes]:
                bound = f"must be {', '.join(self.classes)}, as in the first part"
                faults.append(Fault(f"parts.{name}.classes", [*part.classes], bound))
        if faults:
            raise InvalidParameter(faults)

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes of all parts."""
        return tuple(cause for part in self.parts.values() for cause in part.causes)

    @property
    def targets(self) -> tuple[str, ...]:
        """What rating factors may move in any part."""
        return tuple(target for part in self.parts.values() for target in part.targets)

    @property
    def amounts(self) -> tuple[str, ...]:
        """The parameters that are laws of single losses, not of rates or probabilities."""
        return tuple(name for part in self.parts.values() for name in part.amounts)

    @property
    def classes(self) -> dict[str, StagedClass] | dict[str, CompoundClass]:
        """The classes, as the first part has them."""
        return next(iter(self.parts.values())).classes

    @property
    def longest_term(self) -> float:
        """Years that a term may have."""
        return min(getattr(part, "longest_term", np.inf) for part in self.parts.values())

    def independent(self) -> "Joint":
        """The same parts, each without common factors and without shocks."""
        return replace(self, parts={name: part.independent() for name, part in self.parts.items()})

    def simulator(self, portfolio: Portfolio, items: Ints, world: Cohorts) -> Simulator:
        """What simulates `items` (n,) in years of the `world`: the rows of all parts."""
        parts = [part.simulator(portfolio, items, world) for part in self.parts.values()]
        return lambda cohorts: join([part(cohorts) for part in parts])

    def simulate(self, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Rows:
        """Ground-up losses of `items` (n,) in the years of `cohorts`; rows in any order."""
        return self.simulator(portfolio, items, cohorts)(cohorts)

    def _clashes(self) -> Iterator[Fault]:
        for what in ("causes", "targets"):
            names: tuple[str, ...] = getattr(self, what)
            for name in dict.fromkeys(names):
                if names.count(name) > 1:
                    yield Fault(f"parts.{what}", name, "must be in one part only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """The exposure of one campaign at pilot scale. `budget` and `own_funds` are what is still to
    be spent, currency units; own funds are the sum insured (all of the budget if not given)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["campaign"] = "campaign"
    risk_class: Name = "general"
    budget: Real
    own_funds: Real | None = None
    term_months: Count = 6
    route: str = ""
    sector: str = ""
    supply_exposed: Flag = False

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            budget=is_amount,
            own_funds=optional(is_amount),
            term_months=count(1, 120),
            route=is_label,
            sector=is_label,
            supply_exposed=flag,
        )
        if self.own_funds is not None and self.own_funds > self.budget:
            bound = f"must be <= budget {self.budget:g}"
            fix = "both are what is still to be spent on the campaign"
            raise InvalidParameter([Fault("own_funds", self.own_funds, bound, fix)])

    def columns(self) -> dict[str, list[object]]:
        """One row a campaign: what a schedule of insured objects needs."""
        own = self.budget if self.own_funds is None else self.own_funds
        return {
            "risk_class": [self.risk_class], "sum_insured": [own], "budget": [self.budget],
            "term_months": [self.term_months], "route": [self.route], "sector": [self.sector],
            "supply_exposed": [self.supply_exposed],
        }  # fmt: skip
