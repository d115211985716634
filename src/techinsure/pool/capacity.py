"""How much of each member's legal capacity the largest risk unit takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.pool.limits import sums_insured
from techinsure.pool.members import Pool
from techinsure.pool.signing import Signed
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """A member's line of the risk unit with the largest sum insured, before (`gross`) and after
    (`net`) proportional reinsurance, and its `capacity`: the most that the law lets it carry of
    one risk unit. Currency units. For pictures: whether a limit is breached, `limits` decides."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    member: str
    risk_unit: str
    sum_insured: Real
    gross: Real
    net: Real
    capacity: Real


def capacities(
    pool: Pool, signed: Signed, portfolio: Portfolio, ceded_share: Mapping[str, float]
) -> tuple[Capacity, ...]:
    """One a member, in the order listed. `ceded_share` is the share of each risk unit that
    proportional reinsurance takes, by the unit's name (not named: 0)."""
    units = sums_insured(portfolio)
    largest = max(units, key=lambda name: units[name])
    kept = 1.0 - ceded_share.get(largest, 0.0)
    return tuple(
        Capacity(
            member=member.name,
            risk_unit=largest,
            sum_insured=units[largest],
            gross=float(signed.of(member.name)) * units[largest],
            net=float(signed.of(member.name)) * units[largest] * kept,
            capacity=pool.limits.single_risk_share * member.capital_and_reserves,
        )
        for member in pool.members
    )
