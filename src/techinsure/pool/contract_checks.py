"""Is it co-insurance? The five sames, the lead's fee, and equal shares of premium and claims.

What breaks these may be recast as reinsurance, with other duties. Warnings, not refusals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, StringConstraints

from techinsure.errors import Fault, InvalidParameter, NotFound, Undefined
from techinsure.money import decimal_of, exact
from techinsure.pool.members import Pool
from techinsure.quantities import (
    FORBID,
    Line,
    Name,
    Real,
    fraction,
    is_amount,
    is_date,
    nearest,
    not_negative,
    refuse_unless,
    require,
    text,
)
from techinsure.reinsurance.programme import Cession

KINDS = ("ceded_premium", "ceding_commission")
"""Flows of proportional treaties."""

Source = Annotated[str, StringConstraints(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRules:
    """What supervisors and courts asked of co-insurance, with sources and dates.

    `fee_distance`: the lead's fee must differ markedly from an average ceding commission; how
    markedly is our judgement (D)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    fee_distance: Real = 0.05
    sames_source: Source = "CIRC [2002] 16, read via DeHeng Law Offices, dehenglaw.com 0008/014251"
    fee_source: Source = (
        "CIRC [2006] 31, read via DeHeng Law Offices, dehenglaw.com 0008/014251; 5 points: ours, D"
    )
    shares_source: Source = (
        "Beijing court on a 50/50 co-insurance recast as reinsurance, read via "
        "mondaq.com/china/insurance/1367936"
    )
    as_of: str = "2026-11-24"

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            fee_distance=fraction,
            sames_source=text(500),
            fee_source=text(500),
            shares_source=text(500),
            as_of=is_date,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedContract:
    """The contract as one member signed it. The five sames: `contract` (its number), `object`,
    `cover`, `period` (`begins`, `ends`) and `sum_insured`; beside them `terms` (the wording) and
    `rate`. Currency units; `rate` a fraction of the sum insured, or None where not known."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    member: Name
    contract: Name
    object: Name
    cover: Name
    begins: str
    ends: str
    sum_insured: Real
    terms: Name | None = None
    rate: Real | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            member=text(),
            contract=text(),
            object=text(),
            cover=text(),
            begins=is_date,
            ends=is_date,
            sum_insured=is_amount,
        )
        if self.terms is not None:
            refuse_unless(self, terms=text())
        if self.rate is not None:
            refuse_unless(self, rate=not_negative)
        if self.ends < self.begins:
            raise InvalidParameter([Fault("ends", self.ends, f"must be >= begins {self.begins}")])


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractBreach:
    """What a member's contract has (`found`) and should have (`expected`), and by how much money
    it is over, where money can say it; `cure` says what to do."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rule: Literal["same_contract", "lead_fee", "equal_shares"]
    member: str
    risk_unit: str
    field: str
    found: str
    expected: str
    over: Real | None
    cure: str
    source: str

    def __str__(self) -> str:
        what = f"{self.member}: {self.field} {self.found}, expected {self.expected}"
        more = "" if self.over is None else f", {self.over:,.2f} over"
        return f"{what}{more}: {self.cure} ({self.source})"


def five_sames(
    risk_unit: str,
    contracts: Sequence[SignedContract],
    lead: str,
    rules: ContractRules | None = None,
) -> tuple[ContractBreach, ...]:
    """Where a member's contract of `risk_unit` differs from the lead's; what one of both does not
    state is not compared."""
    rules = rules or ContractRules()
    by_member = {contract.member: contract for contract in contracts}
    if len(by_member) < len(contracts):
        raise InvalidParameter([Fault("contracts", len(contracts), "must be one a member")])
    if lead not in by_member:
        raise NotFound("contract of the lead", lead, by_member, nearest(lead, by_member))
    model, found = by_member[lead], []
    for contract in contracts:
        for name in (f.name for f in fields(contract) if f.name != "member"):
            own, other = getattr(contract, name), getattr(model, name)
            if own is None or other is None or own == other:
                continue
            over = max(own - other, 0.0) if name == "sum_insured" else None
            found.append(ContractBreach(
                rule="same_contract", member=contract.member, risk_unit=risk_unit, field=name,
                found=f"{own}", expected=f"{other}", over=over,
                cure=f"sign the lead's {name.replace('_', ' ')}, or insure apart",
                source=_cited(rules.sames_source, rules),
            ))  # fmt: skip
    return tuple(found)


def lead_fee_near_commission(
    pool: Pool, commission: float, premium: float, rules: ContractRules | None = None
) -> tuple[ContractBreach, ...]:
    """The lead's fee where it lies within `fee_distance` of the average ceding `commission`, both
    fractions; `over` is by how much fee on a year's `premium` of the followers it is too near."""
    rules = rules or ContractRules()
    require("commission", commission, fraction)
    require("premium", premium, not_negative)
    gap = abs(decimal_of(pool.lead_fee) - decimal_of(commission))
    missing = decimal_of(rules.fee_distance) - gap
    if missing <= 0:
        return ()
    return (ContractBreach(
        rule="lead_fee", member=pool.lead.name, risk_unit="", field="lead_fee",
        found=f"{pool.lead_fee:.2%}",
        expected=f"{rules.fee_distance:.0%} or more from the ceding commission {commission:.2%}",
        over=float(missing * decimal_of(premium)),
        cure="agree a fee for what the lead does, not for the business it brings",
        source=_cited(rules.fee_source, rules),
    ),)  # fmt: skip


def ceding_commission(cession: Cession) -> float:
    """The average ceding commission of the proportional treaties, of their mean premium."""
    weight = cession.table.weight
    means = [
        [float(np.average(flows[kind], weights=weight)) for kind in KINDS]
        for flows in cession.flows.values()
        if set(KINDS) <= set(flows)
    ]
    ceded, paid = (sum(column) for column in zip(*means, strict=True)) if means else (0.0, 0.0)
    if ceded == 0:
        raise Undefined("no premium is ceded in proportion: there is no average commission")
    return paid / ceded


def unequal_shares(
    risk_unit: str,
    premium_shares: Mapping[str, Line],
    claim_shares: Mapping[str, Line],
    premium: float,
    rules: ContractRules | None = None,
) -> tuple[ContractBreach, ...]:
    """Members whose exact share of claims is not their share of premium; `over` is the premium
    that one has too much of, of a risk unit's `premium`, currency units (0: too little)."""
    rules = rules or ContractRules()
    require("premium", premium, not_negative)
    found = []
    for member in dict.fromkeys([*premium_shares, *claim_shares]):
        of_premium = exact(premium_shares.get(member, "0"))
        of_claims = exact(claim_shares.get(member, "0"))
        if of_premium == of_claims:
            continue
        over = max(of_premium - of_claims, Fraction(0)) * decimal_of(premium)
        found.append(ContractBreach(
            rule="equal_shares", member=member, risk_unit=risk_unit, field="share of claims",
            found=str(of_claims), expected=f"its share of premium {of_premium}", over=float(over),
            cure="share premium and claims by the same line, or reinsure the difference",
            source=_cited(rules.shares_source, rules),
        ))  # fmt: skip
    return tuple(found)


def _cited(source: str, rules: ContractRules) -> str:
    return f"{source}, as of {rules.as_of}"
