"""What the law says of whom a risk unit is ceded to: one reinsurer, and the insured's affiliates.

Proportional cessions alone: of what layers and stop losses take of one risk unit no share exists.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, StringConstraints

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import decimal_of, exact, rounded
from techinsure.pool.limits import sums_insured
from techinsure.pool.members import Pool
from techinsure.pool.signing import Signed
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Floats,
    Name,
    Real,
    each,
    fraction,
    is_date,
    nearest,
    number,
    refuse_unless,
    text,
)
from techinsure.reinsurance.programme import Programme

ROUNDING = 1e-12
"""Shares of items are floats: a cession at the limit may lie this much above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CessionRules:
    """The most of a risk unit's sum insured that may go, in proportion, to `one_reinsurer`, and to
    all `affiliates` of the insured together; `exempt_products` are not asked (the rule exempts
    aviation and space, nuclear, oil and credit insurance). Data with `source` and the date `as_of`
    which it was read: replace them when the law changes."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    one_reinsurer: Real = 0.80
    affiliates: Real = 0.20
    exempt_products: tuple[Name, ...] = ()
    source: Annotated[str, StringConstraints(min_length=1, max_length=500)] = (
        "再保险业务管理规定 2005 art. 12, read via ming7.cn bizchina 2006-01-20; amended "
        "2010, 2015 and 2021: check text"
    )
    as_of: str = "2006-01-20"

    def __post_init__(self) -> None:
        within = number("must be in (0, 1]", lambda value: 0 < value <= 1)
        refuse_unless(
            self,
            one_reinsurer=within,
            affiliates=fraction,
            exempt_products=each(text()),
            source=text(500),
            as_of=is_date,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CessionBreach:
    """A member that cedes too much of a risk unit to `reinsurer` (several affiliates: their names).

    `share` of its line of the unit is ceded there and `limit` may be. `amount` is that share and
    `over` what is too much, currency units; `cure` says what to do."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rule: Literal["one_reinsurer", "affiliates"]
    member: str
    risk_unit: str
    reinsurer: str
    share: Real
    limit: Real
    amount: Real
    over: Real
    cure: str
    source: str

    def __str__(self) -> str:
        return (
            f"{self.member}: risk unit {self.risk_unit!r}, {self.share:.2%} ceded to "
            f"{self.reinsurer}, limit {self.limit:.0%}, {self.over:,.2f} over: {self.cure} "
            f"({self.source})"
        )


def cession_breaches(
    pool: Pool,
    signed: Signed,
    portfolio: Portfolio,
    programme: Programme,
    affiliates: Mapping[str, Sequence[str]] | None = None,
    rules: CessionRules | None = None,
) -> tuple[CessionBreach, ...]:
    """Members above a limit on cessions, by risk unit. All cede by the pool's programme, so they
    break it together, each with the amount of its own line.

    `affiliates` names, by risk unit, the reinsurers that are affiliates of its insured. Treaties
    that name no reinsurer are asked for one: with whom they are placed decides.
    """
    rules = rules or CessionRules()
    units, ceded = sums_insured(portfolio), shares_by_reinsurer(portfolio, programme)
    related = dict(affiliates or {})
    _known(related, list(units), list(ceded))
    asked = _asked(portfolio, rules.exempt_products)
    found: list[CessionBreach] = []
    for place, unit in enumerate(units):
        if asked[place]:
            by_name = {name: float(shares[place]) for name, shares in ceded.items()}
            affiliated = related.get(unit, ())
            found += breaches_of_one_risk(
                pool, signed, unit, units[unit], by_name, affiliated, rules
            )
    return tuple(found)


def breaches_of_one_risk(
    pool: Pool,
    signed: Signed,
    risk_unit: str,
    sum_insured: float,
    by_reinsurer: Mapping[str, float],
    affiliates: Sequence[str] = (),
    rules: CessionRules | None = None,
) -> tuple[CessionBreach, ...]:
    """The same for one risk unit, from the share of it that goes to each reinsurer by name;
    `affiliates` are those of its insured."""
    rules = rules or CessionRules()
    found: list[CessionBreach] = []
    for name, share in by_reinsurer.items():
        if share > rules.one_reinsurer + ROUNDING:
            told = _told("one_reinsurer", pool, signed, risk_unit, name, sum_insured, share, rules)
            found += told
    theirs = [name for name in dict.fromkeys(affiliates) if by_reinsurer[name]]
    share = sum(by_reinsurer[name] for name in theirs)
    if share > rules.affiliates + ROUNDING:
        names = ", ".join(theirs)
        found += _told("affiliates", pool, signed, risk_unit, names, sum_insured, share, rules)
    return tuple(found)


def shares_by_reinsurer(portfolio: Portfolio, programme: Programme) -> dict[str, Floats]:
    """(n_units,) the share of each risk unit's sum insured that goes, in proportion, to each named
    reinsurer, units in the order of `sums_insured`."""
    units = sums_insured(portfolio)
    place = {name: number for number, name in enumerate(units)}
    unit_of = np.array([
        place[portfolio.risk_unit[item] or portfolio.ids[item]]
        for item in range(portfolio.n_items)
    ])  # fmt: skip
    totals = np.array(list(units.values()))
    ceded = programme.proportions(portfolio).ceded
    found: dict[str, Floats] = {}
    for placed in programme.treaties:
        of_item = ceded[placed.name]
        if not of_item.any():
            continue
        if not placed.reinsurers:
            bound = "must be named: how much of a risk unit one of them takes depends on it"
            where = f"reinsurers of {placed.name!r}"
            raise InvalidParameter([Fault(where, (), bound, "name them with shares")])
        amounts = np.bincount(unit_of, of_item * portfolio.sum_insured, minlength=len(units))
        of_unit = np.divide(amounts, totals, out=np.zeros(len(units)), where=totals > 0)
        for reinsurer in placed.reinsurers:
            part = float(exact(reinsurer.share)) * of_unit
            found[reinsurer.name] = found.get(reinsurer.name, np.zeros(len(units))) + part
    return found


def _told(
    rule: Literal["one_reinsurer", "affiliates"],
    pool: Pool,
    signed: Signed,
    unit: str,
    reinsurer: str,
    insured: float,
    share: float,
    rules: CessionRules,
) -> Iterator[CessionBreach]:
    """One breach for each member with a line."""
    limit = rules.one_reinsurer if rule == "one_reinsurer" else rules.affiliates
    what = "to another reinsurer" if rule == "one_reinsurer" else "to reinsurers outside the group"
    cure = f"place {_percent(share, limit)} of the risk unit {what}, or keep it"
    for member in pool.members:
        whole = signed.of(member.name) * decimal_of(insured)
        if not whole:
            continue
        amount = float(whole * Fraction(share))
        yield CessionBreach(
            rule=rule, member=member.name, risk_unit=unit, reinsurer=reinsurer, share=share,
            limit=limit, amount=amount, over=amount - float(whole * decimal_of(limit)), cure=cure,
            source=f"{rules.source}, as of {rules.as_of}",
        )  # fmt: skip


def _percent(share: float, limit: float) -> str:
    """How much `share` is above `limit`, rounded up, with as many places as say something."""
    excess = 100 * round(decimal_of(share) - decimal_of(limit), 12)  # as exact as `ROUNDING`
    places = max(2, -math.floor(math.log10(excess)))
    return f"{Decimal(rounded(excess * 10**places, 'ceiling')).scaleb(-places):f}%"


def _asked(portfolio: Portfolio, exempt: Sequence[str]) -> list[bool]:
    """Whether each risk unit has an item of a product that is not exempt."""
    asked: dict[str, bool] = dict.fromkeys(sums_insured(portfolio), False)
    for item in range(portfolio.n_items):
        unit = portfolio.risk_unit[item] or portfolio.ids[item]
        asked[unit] = asked[unit] or portfolio.product[item] not in exempt
    return list(asked.values())


def _known(
    related: Mapping[str, Sequence[str]], units: Sequence[str], reinsurers: Sequence[str]
) -> None:
    """Refuse a risk unit or reinsurer that does not exist."""
    faults = []
    for unit, names in related.items():
        wrong = [(f"affiliates.{unit}", unit, "must be a risk unit of the portfolio", units)]
        wrong += [
            (f"affiliates.{unit}[{place}]", name, "must be a reinsurer with a share", reinsurers)
            for place, name in enumerate(names)
        ]
        for where, name, bound, known in wrong:
            if name not in known:
                guess = nearest(name, known)
                hint = f"did you mean {guess!r}?" if guess else ""
                faults.append(Fault(where, name, bound, hint))
    if faults:
        raise InvalidParameter(faults)
