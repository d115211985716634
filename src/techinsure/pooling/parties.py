"""What each party of a pool carries, and what its mean year comes to; all sum to the pool's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.capital.diversification import alone_capital
from techinsure.losses import measures
from techinsure.losses.year_table import YearLossTable
from techinsure.money import exact
from techinsure.outside_parties import OUTSIDE, UNPLACED
from techinsure.pool.members import Pool
from techinsure.pool.signing import Signed
from techinsure.pooling.report import MemberResult, Position, TechnicalResult
from techinsure.quantities import FORBID, Estimate, Floats
from techinsure.reinsurance import RECEIVED
from techinsure.reinsurance.programme import Cession, Programme

THE_POOL = "pool"
PROPORTIONAL = ("quota_share", "surplus")
"""Treaties whose premiums and commissions are shares of the subject premium."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanYear:
    """The whole risk's mean year, currency units. `slope`: by how much the result grows with one
    of premium; `by_years`: the error that the simulated years give to the result. Errors of
    premium and years are added: both come from one simulation."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    premium: Estimate
    ceded_premium: Estimate
    commission: Estimate
    claims: Estimate
    reinsurance_cost: Estimate
    slope: float
    by_years: float

    @staticmethod
    def of(
        programme: Programme, cession: Cession, premium: Estimate, claims: Estimate
    ) -> "MeanYear":
        """From what a programme did to the years; net `claims`."""
        net, unit = cession.annual("net"), cession.table.currency
        ceded, commission = np.zeros_like(net), np.zeros_like(net)
        moved = {"ceded": 0.0, "commission": 0.0}  # what grows with the premium
        for placed in programme.treaties:
            for kind, flow in cession.flows[placed.name].items():
                total = commission if kind in RECEIVED else ceded
                total += flow
                if placed.treaty.kind in PROPORTIONAL:
                    moved["commission" if kind in RECEIVED else "ceded"] += float(flow.mean())
        parts = (
            {name: amount / premium.value for name, amount in moved.items()}
            if premium.value
            else moved
        )
        error = premium.standard_error or 0.0
        cost = ceded - commission - cession.annual("ceded")

        def estimate(values: Floats, growth: float) -> Estimate:
            years = _mean(values, unit)
            return Estimate(
                value=years.value,
                standard_error=(years.standard_error or 0.0) + abs(growth) * error,
                unit=unit,
            )

        return MeanYear(
            premium=premium,
            ceded_premium=estimate(ceded, parts["ceded"]),
            commission=estimate(commission, parts["commission"]),
            claims=claims,
            reinsurance_cost=estimate(cost, parts["ceded"] - parts["commission"]),
            slope=1.0 - parts["ceded"] + parts["commission"],
            by_years=_mean(commission - ceded - net, unit).standard_error or 0.0,
        )

    def part(self, share: float, fee: float = 0.0) -> TechnicalResult:
        """That of a party with `share` of the risk, which is paid `fee` per premium of the whole
        (< 0: it pays)."""
        value = share * (
            self.premium.value - self.ceded_premium.value + self.commission.value
            - self.claims.value
        ) + fee * self.premium.value  # fmt: skip
        moved = abs(share * self.slope + fee) * (self.premium.standard_error or 0.0)
        return TechnicalResult(
            premium=self.premium.scaled(share),
            ceded_premium=self.ceded_premium.scaled(share),
            commission=self.commission.scaled(share),
            lead_fee=self.premium.scaled(fee),
            claims=self.claims.scaled(share),
            result=Estimate(
                value=value, standard_error=share * self.by_years + moved, unit=self.claims.unit
            ),
            reinsurance_cost=self.reinsurance_cost.scaled(share),
        )

    def of_the_rest(self, pool: Pool, signed: Signed) -> dict[str, TechnicalResult]:
        """The whole, and the parties that are no members: what nobody signed, and what the order
        leaves to other contracts."""
        others = {UNPLACED: exact(signed.unplaced), OUTSIDE: 1 - exact(pool.order)}
        rest = {name: self.part(float(share)) for name, share in others.items() if share}
        return {THE_POOL: self.part(1.0), **rest}


def _mean(values: Floats, unit: str) -> Estimate:
    """The mean of (n_years,); what is the same in all years has no error."""
    if (values == values[0]).all():
        return Estimate(value=float(values[0]), standard_error=0.0, unit=unit)
    return measures.mean(values, unit=unit)


def members_of(
    pool: Pool,
    signed: Signed,
    table: YearLossTable,
    position: Position,
    whole: Position,
    year: MeanYear,
) -> tuple[MemberResult, ...]:
    """Each member's part of the net `position`, of the gross one, `whole`, and of the mean year."""
    alone = alone_capital(table, {line.member: float(line.share) for line in signed.lines})
    fees = fee_shares(pool, signed)
    results = []
    for member, line in zip(pool.members, signed.lines, strict=True):
        share = float(line.share)
        technical = year.part(share, fees[member.name])
        results.append(MemberResult(
            name=member.name, lead=member.lead, written=line.written, signed=line.signed,
            share=share, mean=position.mean.scaled(share), sd=position.sd.scaled(share),
            var_995=position.var_995.scaled(share), tvar_995=position.tvar_995.scaled(share),
            allocated_tvar=position.tvar_995.scaled(share),
            allocated_capital=position.capital.scaled(share),
            premium=technical.premium, ceded_premium=technical.ceded_premium,
            commission=technical.commission, lead_fee=technical.lead_fee,
            result=technical.result, reinsurance_cost=technical.reinsurance_cost,
            pooled_gross_capital=whole.capital.scaled(share), alone_capital=alone[member.name],
        ))  # fmt: skip
    return tuple(results)


def fee_shares(pool: Pool, signed: Signed) -> Mapping[str, float]:
    """What each member is paid for leading, a share of the whole premium; followers pay it."""
    followers = sum(float(signed.of(member.name)) for member in pool.members if not member.lead)
    return {
        member.name: (followers if member.lead else -float(signed.of(member.name))) * pool.lead_fee
        for member in pool.members
    }
