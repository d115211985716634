"""What the law lets each member carry: one risk unit, and a year's retained premium."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import decimal_of
from techinsure.pool.members import Member, Pool
from techinsure.pool.signing import Signed
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Real, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A member above a legal limit, currency units.

    `single_risk`: line x sum insured of the risk unit, before (`gross`) and after (`net`)
    proportional reinsurance. `retained_premium`: line x premium. A `gross` above the limit with
    a `net` below it is `cured`: it is listed because its cover must not lapse. `over` is what is
    still to be reinsured.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rule: Literal["single_risk", "retained_premium"]
    member: str
    risk_unit: str
    line: str
    gross: Real
    net: Real
    limit: Real
    over: Real
    source: str

    @property
    def cured(self) -> bool:
        """Reinsurance brings the member within the limit."""
        return self.over == 0

    def __str__(self) -> str:
        what = f"risk unit {self.risk_unit!r}" if self.risk_unit else "retained premium"
        state = "within it by reinsurance" if self.cured else f"{self.over:,.2f} to reinsure"
        return (
            f"{self.member}: {what}, line {self.line}, {self.gross:,.2f} gross, {self.net:,.2f} "
            f"net, limit {self.limit:,.2f}: {state} ({self.source})"
        )


def sums_insured(portfolio: Portfolio) -> dict[str, float]:
    """Sum insured of each risk unit, its items added, currency units; an item without a risk
    unit is one by itself, under its own id."""
    labels = portfolio.risk_unit
    alone = np.nonzero(labels.codes < 0)[0]
    inside = labels.codes >= 0
    totals = np.zeros(len(labels.names))
    np.add.at(totals, labels.codes[inside], portfolio.sum_insured[inside])
    units = {name: float(total) for name, total in zip(labels.names, totals, strict=True)}
    return units | {portfolio.ids[item]: float(portfolio.sum_insured[item]) for item in alone}


def single_risk_breaches(
    pool: Pool,
    signed: Signed,
    portfolio: Portfolio,
    ceded_share: Mapping[str, float] | None = None,
) -> tuple[Breach, ...]:
    """Members whose line of a risk unit is above `single_risk_share` of capital and reserves.

    `ceded_share` is the share of each risk unit that proportional reinsurance takes from every
    member, by the unit's name (not named: 0). Compared exactly: a line at the limit is within it.
    """
    if portfolio.currency != pool.currency:
        fix = "convert by a dated rate before"
        raise InvalidParameter([Fault("currency", portfolio.currency, "must be the pool's", fix)])
    units = sums_insured(portfolio)
    names, insured = list(units), np.array(list(units.values()), dtype=np.float64)
    shares = dict(ceded_share or {})
    faults = list(_share_faults(shares, names))
    if faults:
        raise InvalidParameter(faults)
    ceded = {name: decimal_of(shares.get(name, 0.0)) for name in names}
    found: list[Breach] = []
    for member in pool.members:
        line = float(signed.of(member.name))
        limit = float(legal_capacity(pool, member))
        # floats only choose what is worth comparing exactly
        for unit in np.nonzero(insured * line > limit * (1 - 1e-9))[0]:
            name, amount = names[unit], float(insured[unit])
            found += _of_one_risk(pool, signed, member, name, amount, ceded[name])
    return tuple(found)


def breaches_of_one_risk(
    pool: Pool, signed: Signed, risk_unit: str, sum_insured: float, ceded: Fraction
) -> tuple[Breach, ...]:
    """The same for one risk unit, whatever portfolio it is of; `ceded` in proportion, a share."""
    return tuple(
        breach
        for member in pool.members
        for breach in _of_one_risk(pool, signed, member, risk_unit, sum_insured, ceded)
    )


def legal_capacity(pool: Pool, member: Member) -> Fraction:
    """The most that the law lets a member carry of one risk unit, net, currency units."""
    return decimal_of(pool.limits.single_risk_share) * decimal_of(member.capital_and_reserves)


def _of_one_risk(
    pool: Pool, signed: Signed, member: Member, unit: str, insured: float, ceded: Fraction
) -> Iterator[Breach]:
    gross, limit = signed.of(member.name) * decimal_of(insured), legal_capacity(pool, member)
    if gross > limit:
        net = gross * (1 - ceded)
        yield _breach("single_risk", pool, signed, member, unit, gross, net, limit)


def premium_breaches(
    pool: Pool, signed: Signed, premium: float, ceded_premium: float = 0.0
) -> tuple[Breach, ...]:
    """Members whose retained premium of a year is above `premium_multiple` times capital and
    reserves, counting this pool alone: `premium` of the whole risk and what of it is ceded,
    currency units. A member's other business comes on top and is not known here.
    """
    found = []
    for member in pool.members:
        line = signed.of(member.name)
        limit = decimal_of(pool.limits.premium_multiple) * decimal_of(member.capital_and_reserves)
        gross = line * decimal_of(premium)
        net = gross - line * decimal_of(ceded_premium)
        if gross > limit:
            found.append(_breach("retained_premium", pool, signed, member, "", gross, net, limit))
    return tuple(found)


def _breach(
    rule: Literal["single_risk", "retained_premium"],
    pool: Pool,
    signed: Signed,
    member: Member,
    unit: str,
    gross: Fraction,
    net: Fraction,
    limit: Fraction,
) -> Breach:
    return Breach(
        rule=rule,
        member=member.name,
        risk_unit=unit,
        line=str(signed.of(member.name)),
        gross=float(gross),
        net=float(net),
        limit=float(limit),
        over=float(max(net - limit, Fraction(0))),
        source=f"{pool.limits.source}, as of {pool.limits.as_of}",
    )


def _share_faults(shares: Mapping[str, float], units: Iterable[str]) -> Iterator[Fault]:
    known = list(units)
    for unit, share in shares.items():
        if unit not in known:
            guess = nearest(unit, known)
            hint = f"did you mean {guess!r}?" if guess else ""
            yield Fault(f"ceded_share.{unit}", unit, "must be a risk unit of the portfolio", hint)
        elif isinstance(share, bool) or not 0 <= share <= 1:
            yield Fault(f"ceded_share.{unit}", share, "must be in [0, 1]", "0.25 for 25%")
