"""Experience account: a notional account of premiums and losses over several years, then settled.

It is evaluated in every sequence of simulated years: what is returned and what is made good are
the two sides of one balance, so at the mean balance one of them is 0 and the other too small.
Source: Jones (2004), An introduction to reserving and financial reporting issues for
non-traditional reinsurance, Casualty Actuarial Society Forum, Fall, 73-105: premium less margin
and payments, with interest; when in a year they move is ours (grade D).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import (
    FORBID,
    Count,
    Floats,
    Real,
    between,
    each,
    fraction,
    refuse_unless,
)
from techinsure.reinsurance.sequences import is_years, refuse_unless_whole

is_interest = between(-0.5, 1.0, "write rates as fractions: 0.03 for 3% a year")
"""A check: a rate of interest, a year."""

ROUNDING = 1e-9
"""By what the parts of a payout may miss 1."""


def is_payout(field: str, value: object) -> Iterator[Fault]:
    """A check: fractions, one a year from the year of loss on, that sum to 1."""
    faults = list(each(fraction, 1)(field, value))
    yield from faults
    total = 0.0 if faults else math.fsum(value)  # type: ignore[arg-type]
    if not faults and abs(total - 1) > ROUNDING:
        yield Fault(field, total, "must sum to 1", "say which part is paid in which year")


def paid_out(losses: Floats, years: int, payout: Sequence[float]) -> Floats:
    """(n_sequences, years + len(payout) - 1) what is paid by the end of each year, of `losses`
    (n_years,) of which the part `payout[k]` is paid k years after the year of loss."""
    by_year = losses.reshape(-1, years)
    paid = np.zeros((len(by_year), years + len(payout) - 1))
    for later, part in enumerate(payout):
        paid[:, later : later + years] += part * by_year
    return paid


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperienceAccount:
    """The notional account of a treaty over a sequence of `years`, which opens at 0.

    At the start of each year its premium comes in, less the reinsurer's `margin`, a fraction of
    it; by the end the balance, above or below 0, has earned `interest` a year, and the losses paid
    go out: of those of a year the part `payout[k]` k years later. With the last payment the
    account is settled: `returned` of a balance above 0 goes to the cedent, who makes good
    `additional_premium` of one below, both fractions.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    years: Count
    interest: Real
    margin: Real
    returned: Real = 1.0
    additional_premium: Real = 0.0
    payout: tuple[Real, ...] = (1.0,)

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            years=is_years,
            interest=is_interest,
            margin=fraction,
            returned=fraction,
            additional_premium=fraction,
            payout=is_payout,
        )

    @property
    def run_off(self) -> int:
        """Years from the end of a sequence to its last payment."""
        return len(self.payout) - 1

    def balances(self, subject: YearLossTable, premium: Floats, losses: Floats) -> Floats:
        """(n_sequences, years + run_off) the balance at the end of each year, currency units, from
        a year's `premium` and ceded `losses`, both (n_years,)."""
        refuse_unless_whole(subject, self.years)
        paid = paid_out(losses, self.years, self.payout)
        received = paid_out((1 - self.margin) * premium, self.years, (1.0, *[0.0] * self.run_off))
        balances, balance = np.empty_like(paid), np.zeros(len(paid))
        for year in range(paid.shape[1]):
            balance = (balance + received[:, year]) * (1 + self.interest) - paid[:, year]
            balances[:, year] = balance
        return balances

    def flows(self, subject: YearLossTable, premium: Floats, losses: Floats) -> dict[str, Floats]:
        """(n_years,) float64, currency units: what is returned and what is made good, each booked
        in the last year of its sequence at what it is when it is settled."""
        last = self.balances(subject, premium, losses)[:, -1]
        settled = {
            "experience_refund": self.returned * np.maximum(last, 0.0),
            "additional_premium": self.additional_premium * np.maximum(-last, 0.0),
        }
        return {kind: self._booked(amount) for kind, amount in settled.items()}

    def _booked(self, of_sequence: Floats) -> Floats:
        booked = np.zeros((len(of_sequence), self.years))
        booked[:, -1] = of_sequence
        return booked.ravel()
