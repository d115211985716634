"""Subsidies of a policy of several years, and of several schemes on one premium.

Years follow one another without a gap; each takes the firm's room of the calendar year in which it
begins, and the policy's cap and the budget hold over all of them, earlier years first.
"""

import math
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Refused
from techinsure.money import Owed, exact
from techinsure.pricing.subsidies.budget import Budget
from techinsure.pricing.subsidies.schemes import Scheme
from techinsure.pricing.subsidies.subsidised import SparseData, SubsidisedPolicy
from techinsure.pricing.subsidies.subsidy import Subsidy, require_whole, subsidise
from techinsure.quantities import FORBID


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidies:
    """Several subsidies and their sums: `state` + `others` + `insured` = `premium`, exactly."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parts: tuple[Subsidy, ...]
    premium: Owed
    state: Owed
    others: Owed
    insured: Owed

    def __post_init__(self) -> None:
        require_whole(self.premium, self.state, self.others, self.insured)


def subsidise_years(
    premiums: Sequence[Owed],
    policy: SubsidisedPolicy,
    scheme: Scheme,
    *,
    used: Mapping[int, int] | None = None,
    others: Sequence[int] = (),
    budget: Budget | None = None,
    sparse: Sequence[SparseData] = (),
) -> Subsidies:
    """What `scheme` pays of the premium of each policy year, the last one pro rata to its months.

    `used`: the firm's room by calendar year, minor units, a year not named being untouched;
    `others` and `sparse`: one a policy year, or none at all.
    """
    years = policy_years(policy)
    for name, given in (("premiums", premiums), ("others", others), ("sparse", sparse)):
        if len(given) != len(years) and (given or name == "premiums"):
            bound = f"must have {len(years)} entries, one a policy year"
            raise InvalidParameter([Fault(name, len(given), bound)])
    parts: list[Subsidy] = []
    for place, year in enumerate(years):
        found = subsidise(
            premiums[place],
            year,
            scheme,
            used=(used or {}).get(year.year, 0),
            others=others[place] if others else 0,
            paid_before=sum(part.state.amount_minor for part in parts),
            budget=budget,
            sparse=sparse[place] if sparse else None,
        )
        parts.append(found)
        budget = _less(budget, found.state.amount_minor)
    return _summed(tuple(parts), sum(one.amount_minor for one in premiums), sum(others))


def _less(budget: Budget | None, amount_minor: int) -> Budget | None:
    """The book with a total that is smaller by what earlier years of the policy take."""
    if budget is None or budget.total_minor is None:
        return budget
    return replace(budget, total_minor=budget.total_minor - amount_minor)


def policy_years(policy: SubsidisedPolicy) -> tuple[SubsidisedPolicy, ...]:
    """The policy year by year, each with its start, months, and years before. Its years follow one
    another; a gap before the first is a gap before all. A policy that begins on 29 February has its
    years begin on 28 February where there is no other."""
    seamless = policy.follows_on or not policy.years_before
    parts = []
    for place in range(math.ceil(Fraction(policy.months, 12))):
        start = _years_later(policy.start, place)
        before = (date.fromisoformat(start) - timedelta(days=1)).isoformat()
        parts.append(
            replace(
                policy,
                start=start,
                inception=policy.inception or policy.start,
                months=min(12, policy.months - 12 * place),
                years_before=policy.years_before + place,
                covered_until=before if place and seamless else policy.covered_until,
            )
        )
    return tuple(parts)


def _years_later(start: str, years: int) -> str:
    day = date.fromisoformat(start)
    last = monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last)).isoformat()


def stacked(
    premium: Owed,
    policy: SubsidisedPolicy,
    schemes: Sequence[Scheme],
    *,
    used: Mapping[str, int] | None = None,
    others: int = 0,
    budgets: Mapping[str, Budget] | None = None,
    sparse: SparseData | None = None,
) -> Subsidies:
    """What several schemes pay of one premium, in the order listed: each sees what the ones before
    it pay, and `others`, as other subsidies.

    `used` (minor units) and `budgets` by the scheme's code. Refused if a scheme that caps all
    subsidies together is followed by one that pays beyond that cap: list it last. Where a scheme
    pays `at_most` its part, those after it may pay more than is shown, all together not more.
    """
    codes = [scheme.code for scheme in schemes]
    if len(set(codes)) < len(codes) or not codes:
        fix = "name each scheme once, in the order in which they pay"
        raise InvalidParameter([Fault("schemes", codes, "must be different schemes", fix)])
    parts: list[Subsidy] = []
    for scheme in schemes:
        parts.append(
            subsidise(
                premium,
                policy,
                scheme,
                used=(used or {}).get(scheme.code, 0),
                others=others + sum(part.state.amount_minor for part in parts),
                budget=(budgets or {}).get(scheme.code),
                sparse=sparse,
            )
        )
    together = others + sum(part.state.amount_minor for part in parts)
    for scheme, part in zip(schemes, parts, strict=True):
        cap = exact(scheme.stacked_share_cap or "1") * premium.amount_minor
        if part.state.amount_minor and together > cap:
            raise Refused(
                f"{scheme.code} allows all subsidies together {scheme.stacked_share_cap} of the "
                f"premium, the schemes after it pay more: list it after them"
            )
    return _summed(tuple(parts), premium.amount_minor, others)


def _summed(parts: tuple[Subsidy, ...], premium_minor: int, others_minor: int) -> Subsidies:
    state_minor = sum(part.state.amount_minor for part in parts)
    premium, state, others, insured = (
        Owed(amount_minor=amount, currency=parts[0].premium.currency)
        for amount in (
            premium_minor,
            state_minor,
            others_minor,
            premium_minor - state_minor - others_minor,
        )
    )
    return Subsidies(parts=parts, premium=premium, state=state, others=others, insured=insured)
