"""Is the unearned premium enough? Claims and expenses still to come against the premium kept for
them.

The provision for unexpired risks is what claims and administrative expenses of contracts in force
are estimated at above the provision for unearned premiums and any premiums receivable.
Source: Council Directive 91/674/EEC, article 58; its article 57 wants unearned premiums that follow
the risk where premium pro rata time does not, as with projects, whose risk lies late in the term.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    Count,
    Estimate,
    Name,
    Real,
    count,
    exactly,
    not_negative,
    one_of,
    refuse_unless,
    require,
    text,
)

MOST_POLICIES = 10**9
NOTHING = exactly(0.0)
Pooling = Literal["product", "portfolio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """`policies` like ones of one `product` in force at the valuation; amounts of one policy,
    currency units. `claims`: expected from now on (`pattern.Moment.remaining`); `unearned`: premium
    held; `receivable`: premium still to be paid; `deferred_costs`: acquisition costs carried as an
    asset against the unearned premium; `expenses`: to run the policy to its end; `margin`: for the
    risk, where the test is to hold one."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: Name
    policies: Count = 1
    claims: Estimate
    unearned: Real
    receivable: Real = 0.0
    deferred_costs: Real = 0.0
    expenses: Real = 0.0
    margin: Estimate = NOTHING

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            product=text(),
            policies=count(0, MOST_POLICIES),
            unearned=not_negative,
            receivable=not_negative,
            deferred_costs=not_negative,
            expenses=not_negative,
        )
        faults = [
            *not_negative("claims", self.claims.value),
            *not_negative("margin", self.margin.value),
        ]
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnexpiredRisk:
    """The test of policies `tested` together, currency units. `deficiency` = claims + handling +
    expenses + margin - (unearned + receivable - deferred costs); negative where the premium is
    enough."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    tested: str
    policies: Count
    claims: Estimate
    handling: Estimate
    expenses: Real
    margin: Estimate
    unearned: Real
    receivable: Real
    deferred_costs: Real
    deficiency: Estimate

    @property
    def reserve(self) -> Estimate:
        """The unexpired-risk reserve: the deficiency where it is positive, else nothing."""
        if self.deficiency.value > 0:
            return self.deficiency
        return Estimate(
            value=0.0,
            standard_error=self.deficiency.standard_error,
            exact=self.deficiency.exact,
            unit=self.deficiency.unit,
        )


def unexpired_risk(
    groups: Sequence[InForce], *, handling: float, pooling: Pooling = "product", unit: str = ""
) -> tuple[UnexpiredRisk, ...]:
    """One test a product, in order of first appearance, or one of the whole "portfolio", where one
    product's surplus meets another's deficiency. `handling`: cost of claims handling as a share of
    claims. Errors are added: like policies miss together."""
    require("handling", handling, not_negative)
    require("pooling", pooling, one_of("product", "portfolio"))
    if not groups:
        raise InvalidParameter([Fault("groups", 0, "must hold at least one policy in force")])
    if pooling == "portfolio":
        return (_tested("portfolio", groups, handling, unit),)
    names = dict.fromkeys(group.product for group in groups)
    return tuple(
        _tested(name, [group for group in groups if group.product == name], handling, unit)
        for name in names
    )


def _tested(name: str, groups: Sequence[InForce], handling: float, unit: str) -> UnexpiredRisk:
    claims = _added(((group.claims, group.policies) for group in groups), unit)
    margin = _added(((group.margin, group.policies) for group in groups), unit)
    expenses, unearned, receivable, deferred = (
        math.fsum(getattr(group, field) * group.policies for group in groups)
        for field in ("expenses", "unearned", "receivable", "deferred_costs")
    )
    cost = claims.scaled(handling)
    needed = math.fsum([claims.value, cost.value, expenses, margin.value])
    kept = math.fsum([unearned, receivable, -deferred])
    exact = claims.exact and margin.exact
    error = math.fsum(part.standard_error or 0.0 for part in (claims, cost, margin))
    return UnexpiredRisk(
        tested=name, policies=sum(group.policies for group in groups), claims=claims,
        handling=cost, expenses=expenses, margin=margin, unearned=unearned,
        receivable=receivable, deferred_costs=deferred,
        deficiency=Estimate(
            value=needed - kept, standard_error=None if exact else error, exact=exact, unit=unit
        ),
    )  # fmt: skip


def _added(parts: Iterable[tuple[Estimate, int]], unit: str) -> Estimate:
    listed = list(parts)
    exact = all(part.exact for part, _ in listed)
    error = math.fsum((part.standard_error or 0.0) * n for part, n in listed)
    return Estimate(
        value=math.fsum(part.value * n for part, n in listed),
        standard_error=None if exact else error,
        exact=exact,
        unit=unit,
    )
