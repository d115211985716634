"""Excess of loss per item, policy, site, risk unit or event, with its reinstatement premium."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.losses.kernels import capacity_in_order, used_before
from techinsure.losses.year_table import Groups, YearLossTable
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    each,
    not_negative,
    one_of,
    positive,
    refuse_unless,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcessOfLoss:
    """`limit` in excess of `attachment` per `basis`, currency units.

    The first `annual_deductible` of a year's layer losses stays with the cedent. Each entry of
    `reinstatement_rates` prices one reinstatement (1.0 = 100% of `premium`), pro rata to the
    amount reinstated or also to the part of `period` (years) still to run at the loss date.
    `premium` is the year's deposit premium of the whole layer, currency units.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["excess_of_loss"] = "excess_of_loss"
    basis: Literal["item", "policy", "site", "risk_unit", "event"]
    attachment: Real
    limit: Real
    annual_deductible: Real = 0.0
    premium: Real = 0.0
    reinstatement_rates: tuple[Real, ...] = ()
    reinstated_by: Literal["amount", "amount_and_time"] = "amount"
    period: Real = 1.0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            basis=one_of("item", "policy", "site", "risk_unit", "event"),
            attachment=not_negative,
            limit=positive,
            annual_deductible=not_negative,
            premium=not_negative,
            reinstatement_rates=each(not_negative),
            reinstated_by=one_of("amount", "amount_and_time"),
            period=positive,
        )

    @property
    def capacity(self) -> float:
        """Most the layer pays in a year: limit * (1 + reinstatements)."""
        return self.limit * (1 + len(self.reinstatement_rates))

    @property
    def premium_share(self) -> float:
        """The part of the subject premium that goes to the reinsurer with the losses: none."""
        return 0.0

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, NDArray[np.intp]]:
        """The losses that reach the layer, and which rows (m,) of `subject` they are."""
        return subject.reaching(self.basis, self.attachment)

    def ceded(self, subject: YearLossTable) -> Floats:
        """(n_losses,) float64, currency units; losses burn capacity in order of occurrence and
        each cession goes back to its rows pro rata.

        Source: Mata (2000), Pricing excess of loss reinsurance with reinstatements, ASTIN
        Bulletin 30(2), 349-368.
        """
        groups = subject.grouped(self.basis)
        return groups.give_back(self._paid(subject, groups), subject.loss)

    def flows(self, subject: YearLossTable, premium: float) -> dict[str, Floats]:
        """(n_years,) float64, currency units: the deposit premium and what reinstates the layer.

        Reinstatement k costs rate_k * premium * (amount of band k used) / limit, where band k is
        what the year's losses burn between (k - 1) * limit and k * limit; by time as well, each
        loss pays the part of the period after it. Source: Sundt (1991), On excess of loss
        reinsurance with reinstatements, Bulletin of the Swiss Association of Actuaries.
        `premium`, the subject premium, does not enter: the deposit premium is an amount.
        """
        deposit = np.full(subject.n_years, float(self.premium))
        reinstated = np.zeros(subject.n_years)
        if any(self.reinstatement_rates):
            groups = subject.grouped(self.basis)
            paid = self._paid(subject, groups)
            before = used_before(groups.year, paid)
            bought = self._reinstated(before + paid) - self._reinstated(before)
            if self.reinstated_by == "amount_and_time":
                time = subject.time[groups.first].astype(np.float64)
                bought *= np.clip(1.0 - time / self.period, 0.0, 1.0)
            reinstated += np.bincount(groups.year, weights=bought, minlength=subject.n_years)
        return {
            "ceded_premium": deposit,
            "reinstatement_premium": self.premium * reinstated,
        }

    def _paid(self, subject: YearLossTable, groups: Groups) -> Floats:
        """(n_groups,) float64: what the layer pays for each group."""
        layer = np.clip(groups.total(subject.loss) - self.attachment, 0.0, self.limit)
        year: NDArray[np.int32] = groups.year
        if self.annual_deductible > 0:
            layer -= capacity_in_order(year, layer, self.annual_deductible)
        return capacity_in_order(year, layer, self.capacity)

    def _reinstated(self, burnt: Floats) -> Floats:
        """Price of all that was reinstated once `burnt` has been paid, in units of `premium`."""
        price = np.zeros_like(burnt)
        for position, rate in enumerate(self.reinstatement_rates):
            price += rate * np.clip(burnt - position * self.limit, 0.0, self.limit) / self.limit
        return price
