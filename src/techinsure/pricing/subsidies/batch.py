"""Applications to one scheme at one time: what is short is cut by one ratio, whatever their order.

Source: largest remainder for the minor units (Balinski & Young 1982, chapter 3), ties by reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import MOST_MINOR, MinorUnits, Owed, split
from techinsure.pricing.subsidies.budget import Budget
from techinsure.pricing.subsidies.schemes import Scheme
from techinsure.pricing.subsidies.subsidised import SparseData, SubsidisedPolicy
from techinsure.pricing.subsidies.subsidy import Subsidy, lowered, require_book, subsidise
from techinsure.quantities import FORBID, Name, count, refuse_unless, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One policy that asks for a subsidy, under a `reference` of its own."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reference: Name
    premium: Owed
    policy: SubsidisedPolicy
    others_minor: MinorUnits = 0
    paid_before_minor: MinorUnits = 0
    sparse: SparseData | None = None

    def __post_init__(self) -> None:
        amount = count(0, MOST_MINOR)
        refuse_unless(self, reference=text(), others_minor=amount, paid_before_minor=amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What each application gets, by reference; `ratio` of what all ask that the budget covers,
    exact, as text; the book with all of it reserved."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    subsidies: dict[str, Subsidy]
    ratio: str
    budget: Budget


def subsidise_batch(applications: Sequence[Application], scheme: Scheme, budget: Budget) -> Batch:
    """What `scheme` pays of each application when all ask at once.

    Each is first taken alone, at the firm's room in the book. Then those of one firm and calendar
    year share that room, and all share what the budget has left, pro rata to what they ask.
    """
    listed = sorted(applications, key=lambda one: one.reference)
    names = [one.reference for one in listed]
    if len(set(names)) < len(names):
        fix = "give each application a reference of its own"
        raise InvalidParameter(
            [Fault("applications", names, "must have different references", fix)]
        )
    require_book(budget, scheme)
    endless, used = replace(scheme, budget=None), budget.used_by_firm()
    alone = {
        one.reference: subsidise(
            one.premium,
            one.policy,
            endless,
            used=used.get((one.policy.firm, one.policy.year), 0),
            others=one.others_minor,
            paid_before=one.paid_before_minor,
            sparse=one.sparse,
        )
        for one in listed
    }
    asked = _within_rooms(alone, scheme, used)
    owed = {name: one.state.amount_minor for name, one in asked.items()}
    paid = shared(owed, budget.free_minor)
    total = sum(owed.values())
    ratio = Fraction(sum(paid.values()), total) if total else Fraction(1)
    why = f"the budget covers {float(ratio):.2%} of what all ask together"
    given = {
        name: lowered(one, "budget", paid[name], why, instead=True) if one.eligible else one
        for name, one in asked.items()
    }
    promised = [(name, one.firm, one.year, paid[name]) for name, one in given.items() if paid[name]]
    return Batch(subsidies=given, ratio=str(ratio), budget=budget.reserve_all(promised))


def _within_rooms(
    alone: Mapping[str, Subsidy], scheme: Scheme, used: Mapping[tuple[str, int], int]
) -> dict[str, Subsidy]:
    """What is asked, that of one firm and calendar year cut to its room, pro rata."""
    cap = scheme.cap_minor("firm_year_cap")
    within, of_firm = dict(alone), dict[tuple[str, int], dict[str, int]]()
    if cap is None:
        return within
    for name, one in alone.items():
        if one.eligible:
            of_firm.setdefault((one.firm, one.year), {})[name] = one.state.amount_minor
    for (firm, year), owed in of_firm.items():
        room = max(cap - used.get((firm, year), 0), 0)
        why = f"the applications of one firm share its room of {year}"
        for name, part in shared(owed, room).items():
            within[name] = lowered(alone[name], "applications_of_firm", part, why)
    return within


def shared(owed: Mapping[str, int], free: int | None) -> dict[str, int]:
    """`owed` minor units by name, cut pro rata to `free` where they are more (None: no bound).

    Exact: the parts sum to `free`, none is above what was owed, and neither the order of the names
    nor anything else but names and amounts counts.
    """
    names = sorted(owed)
    if free is None or sum(owed.values()) <= free:
        return {name: owed[name] for name in names}
    return dict(zip(names, split(free, [Fraction(owed[name]) for name in names]), strict=True))
