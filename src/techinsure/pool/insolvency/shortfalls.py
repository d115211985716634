"""Who pays what of a year's losses when some members and reinsurers have failed, and who misses it.

Plain arithmetic on given years: every amount that a failed company does not pay has one bearer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.pool.default_terms import (
    DefaultTerms,
    GuaranteeFund,
    Joint,
    refills,
    respread,
)
from techinsure.quantities import FORBID, Flags, Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Obligors:
    """Companies that owe: `failed` (n_parties, n) in which year and fate, and the part `recovery`
    (n_parties,) of what they owe that they still pay then."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    failed: Flags
    recovery: Floats

    def __post_init__(self) -> None:
        if self.failed.ndim != 2 or self.recovery.shape != self.failed.shape[:1]:
            bound = f"must have shape ({len(self.failed)},), a rate a company"
            raise InvalidParameter([Fault("recovery", self.recovery.shape, bound)])

    def pay(self, owed: Floats) -> Floats:
        """(n_parties, n) what they pay of what is `owed`."""
        return np.where(self.failed, self.recovery[:, None] * owed, owed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortfalls:
    """Who pays and who bears what, currency units; columns are years and fates.

    `owed`, `paid` (n_members, n): what each member owes policyholders and pays of it; `extra`
    what it pays for others; `from_fund` (n,) what the fund pays; `missed` (n,) what policyholders
    do not get: owed = paid + extra + from_fund + missed, summed over members. `unpaid`
    (n_reinsurers, n) what reinsurers do not pay, `lost` (n_members, n) the same by member. Of
    `from_fund`, members put back `refilled` (n_members, n), the state `by_state` (n,), and nobody
    `unfilled` (n,).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    owed: Floats
    paid: Floats
    extra: Floats
    from_fund: Floats
    missed: Floats
    unpaid: Floats
    lost: Floats
    refilled: Floats
    by_state: Floats
    unfilled: Floats


def shortfalls(
    gross: Floats,
    ceded: Floats,
    lines: Mapping[str, Fraction],
    members: Obligors,
    reinsurers: Obligors,
    terms: DefaultTerms,
    capital: Mapping[str, float],
) -> Shortfalls:
    """Who pays what of `gross` losses (n,), of which reinsurers owe `ceded` (n_reinsurers, n).

    `lines` are the exact shares of `members`, in their order, of both: each owes policyholders its
    line of the gross loss and is owed its line of the cessions. `capital` is each one's capital and
    reserves, asked for under joint liability alone.
    """
    line = np.array([float(share) for share in lines.values()])
    owed = line[:, None] * gross
    paid = members.pay(owed)
    short = missed = (owed - paid).sum(axis=0)
    extra, from_fund = np.zeros_like(owed), np.zeros_like(gross)
    refilled, by_state, unfilled = np.zeros_like(owed), np.zeros_like(gross), np.zeros_like(gross)
    if isinstance(terms, Joint):
        most = terms.capacity_share * np.array([_capital(capital, name) for name in lines])
        able = np.where(members.failed, paid, np.maximum(owed, most[:, None]))
        *_, (whole, missed) = respread(owed, able, line)
        extra = whole - paid
    elif isinstance(terms, GuaranteeFund):
        from_fund = np.minimum(short, terms.size)
        missed = short - from_fund
        if terms.refilled_by == "state":
            by_state = from_fund
        else:
            shares = np.array([float(share) for share in terms.shares(lines).values()])
            refilled, unfilled = refills(from_fund, members.failed, shares)
    placed = float(sum(lines.values(), Fraction(0)))
    lost = (ceded - reinsurers.pay(ceded)).sum(axis=0)
    return Shortfalls(
        owed=owed,
        paid=paid,
        extra=extra,
        from_fund=from_fund,
        missed=missed,
        unpaid=placed * (ceded - reinsurers.pay(ceded)),
        lost=line[:, None] * lost,
        refilled=refilled,
        by_state=by_state,
        unfilled=unfilled,
    )


def _capital(capital: Mapping[str, float], name: str) -> float:
    if name not in capital:
        raise NotFound("capital of member", name, capital)
    return capital[name]
