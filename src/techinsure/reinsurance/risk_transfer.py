"""Risk transfer: what the reinsurers may lose by a treaty, in present values of whole sequences.

All that the two parties pay one another counts, at one rate of interest for every sequence; the
reinsurers' own expenses do not. The expected reinsurer deficit is the mean deficit by the mean of
what the reinsurers are paid. Source: CAS Research Working Party on Risk Transfer Testing (2006),
Risk transfer testing of reinsurance contracts: analysis and recommendations, Casualty Actuarial
Society Forum, Winter, 277-343; Freihaut & Vendetti (2009), Common pitfalls and practical
considerations in risk transfer analysis, Casualty Actuarial Society Forum, Spring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.losses import measures
from techinsure.quantities import FORBID, Estimate, Floats, require
from techinsure.reinsurance import RECEIVED, Treaty
from techinsure.reinsurance.experience_account import is_interest, is_payout
from techinsure.reinsurance.programme import Cession, Programme
from techinsure.reinsurance.sequences import refuse_unless_whole

LEAST_DEFICIT = 0.01
"""An expected reinsurer deficit from which risk is taken to be transferred, by convention: the
working party's proposal, in no standard of accounting (grade C)."""

LEAST_LOSS, LEAST_CHANCE = 0.1, 0.1
"""The older convention, a chance of 10% to lose 10% of the premium; the working party finds that it
passes over what is rare and severe (grade C)."""

ROUNDING = 1e-12
"""A loss of 10% that is missed by this part of itself is one."""

AT_ONCE, AT_YEAR_END = (1.0,), (0.0, 1.0)
"""Parts of a year's amount that are paid 0, 1 ... years after the start of the year."""

PAID = {
    "ceded_premium": AT_ONCE,
    "ceding_commission": AT_ONCE,
    "reinstatement_premium": AT_YEAR_END,
    "profit_commission": AT_YEAR_END,
}
"""When flows are paid (ours, grade D); what settles an account goes with its last payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskTransfer:
    """Present values of one sequence of years at its start, each with its error.

    `premium`: mean of all that the reinsurers are paid; `deficit`: mean of what they pay beyond
    that, where they do, both currency units. `expected_reinsurer_deficit`: deficit by premium.
    `chance_of_loss`: of a deficit of at least 10% of the sequence's own premium.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    premium: Estimate
    deficit: Estimate
    expected_reinsurer_deficit: Estimate
    chance_of_loss: Estimate

    @property
    def by_deficit(self) -> bool:
        """Whether the expected reinsurer deficit is at least 1%."""
        return self.expected_reinsurer_deficit.value >= LEAST_DEFICIT

    @property
    def by_ten_ten(self) -> bool:
        """Whether the chance of losing 10% of the premium is at least 10%."""
        return self.chance_of_loss.value >= LEAST_CHANCE


def present_values(amounts: Floats, years: int, interest: float, paid: Sequence[float]) -> Floats:
    """(n_sequences,) of a year's `amounts` (n_years,), of which `paid[k]` is paid k years after the
    start of the year, at the start of the sequence, currency units."""
    later = sum(part * (1 + interest) ** -float(k) for k, part in enumerate(paid))
    discounts = (1 + interest) ** -np.arange(years, dtype=np.float64)
    values: Floats = later * (amounts.reshape(-1, years) @ discounts)
    return values


def of_present_values(
    received: Floats,
    paid: Floats,
    weight: Floats | None = None,
    *,
    stratum: NDArray[np.int16] | None = None,
    unit: str = "",
) -> RiskTransfer:
    """Of what the reinsurers are paid and what they pay, both (n_sequences,) present values,
    currency units; `Undefined` where they are paid nothing."""
    if np.shape(received) != np.shape(paid):
        bound = f"must have shape {np.shape(received)}, a sequence each"
        raise InvalidParameter([Fault("paid", np.shape(paid), bound)])
    premium = measures.mean(received, weight, stratum=stratum, unit=unit)
    if premium.value <= 0:
        raise Undefined("risk transfer is measured by the premium: it needs one > 0")
    deficit = np.maximum(paid - received, 0.0)
    mean = measures.mean(deficit, weight, stratum=stratum, unit=unit)
    ratio = mean.value / premium.value
    influence = (deficit - ratio * received) / premium.value
    error = measures.mean(influence, weight, stratum=stratum).standard_error
    large = (deficit > 0) & (deficit >= LEAST_LOSS * (1 - ROUNDING) * received)
    return RiskTransfer(
        premium=premium,
        deficit=mean,
        expected_reinsurer_deficit=Estimate(value=ratio, standard_error=error),
        chance_of_loss=measures.probability_positive(
            large.astype(np.float64), weight, stratum=stratum
        ),
    )


def risk_transfer(
    programme: Programme,
    cession: Cession,
    name: str,
    *,
    interest: float,
    payout: Sequence[float] | None = None,
) -> RiskTransfer:
    """Of the treaty `name` in the simulated years of `cession`; `NotFound` for another name.

    Premium and commission are paid at the start of a year, all other flows at its end, and of its
    losses the part `payout[k]` k years after that: by default as the treaty's experience account
    says, or all at once. `interest` a year, that of the market; an account has its own. Errors are
    between the treaty's own sequences: rough where a treaty before it carries over longer ones.
    """
    losses = cession.annual(name)
    treaty = next(placed.treaty for placed in programme.treaties if placed.name == name)
    account_payout = _payout_of(treaty)
    parts = account_payout if payout is None else tuple(payout)
    require("interest", interest, is_interest)
    require("payout", parts, is_payout)
    refuse_unless_whole(cession.table, treaty.years)

    def value(amounts: Floats, paid: Sequence[float]) -> Floats:
        return present_values(amounts, treaty.years, interest, paid)

    settled = (*[0.0] * len(account_payout), 1.0)
    paid = value(losses, (0.0, *parts))
    received = np.zeros_like(paid)
    for kind, flow in cession.flows[name].items():
        total = paid if kind in RECEIVED else received
        total += value(flow, PAID.get(kind, settled))
    table = cession.table
    weight, stratum = (table.weight, table.stratum) if treaty.years == 1 else (None, None)
    return of_present_values(received, paid, weight, stratum=stratum, unit=table.currency)


def _payout_of(treaty: Treaty) -> tuple[float, ...]:
    """The payout by the treaty's experience account, or all at the end of the year of loss."""
    if treaty.kind == "stop_loss" or treaty.kind == "aggregate_excess":
        account = treaty.experience_account
        return (1.0,) if account is None else account.payout
    return (1.0,)
