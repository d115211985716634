"""Excess of loss per item, policy, site, risk unit or event, with its reinstatement premium."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault
from techinsure.losses.kernels import capacity_in_order, used_before
from techinsure.losses.year_table import Groups, YearLossTable
from techinsure.portfolio import Portfolio
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
from techinsure.reinsurance.adjustments import ProfitCommission, SwingRating
from techinsure.reinsurance.hours_clause import HoursClause
from techinsure.reinsurance.proportional import Premium

LossBasis = Literal["item", "policy", "site", "risk_unit", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcessOfLoss:
    """`limit` in excess of `attachment` per `basis`, currency units.

    The first `annual_deductible` of a year's layer losses stays with the cedent. Each entry of
    `reinstatement_rates` prices one reinstatement (1.0 = 100% of `premium`), pro rata to the
    amount reinstated or also to the part of `period` (years) still to run at the loss date.
    `premium` is the year's deposit premium of the whole layer, currency units; by a
    `swing_rating` it follows the losses instead. An `hours_clause` says what one event is.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["excess_of_loss"] = "excess_of_loss"
    basis: LossBasis
    attachment: Real
    limit: Real
    annual_deductible: Real = 0.0
    premium: Real = 0.0
    reinstatement_rates: tuple[Real, ...] = ()
    reinstated_by: Literal["amount", "amount_and_time"] = "amount"
    period: Real = 1.0
    hours_clause: HoursClause | None = None
    swing_rating: SwingRating | None = None
    profit_commission: ProfitCommission | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            basis=one_of(*get_args(LossBasis)),
            attachment=not_negative,
            limit=positive,
            annual_deductible=not_negative,
            premium=not_negative,
            reinstatement_rates=each(not_negative),
            reinstated_by=one_of("amount", "amount_and_time"),
            period=positive,
            hours_clause=self._is_of_events,
            swing_rating=self._is_the_premium,
        )

    def _is_of_events(self, field: str, value: object) -> Iterator[Fault]:
        if value is not None and self.basis != "event":
            fix = "set basis to 'event', or leave it out"
            yield Fault(field, self.basis, "needs a layer per event", fix)

    def _is_the_premium(self, field: str, value: object) -> Iterator[Fault]:
        if value is not None and (self.premium or any(self.reinstatement_rates)):
            bound = "must be absent where there is a premium or a paid reinstatement"
            yield Fault(field, "given", bound, "leave one of the two out")

    @property
    def capacity(self) -> float:
        """Most the layer pays in a year: limit * (1 + reinstatements)."""
        return self.limit * (1 + len(self.reinstatement_rates))

    @property
    def years(self) -> int:
        """Years of a sequence within which something is carried forward."""
        return 1 if self.profit_commission is None else self.profit_commission.years

    def shares(self, portfolio: Portfolio, insured: Floats | None = None) -> Floats:
        """(n_items,) the part of each item's premium and sum insured that is ceded: none."""
        return np.zeros(portfolio.n_items)

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, NDArray[np.intp]]:
        """The losses that reach the layer, and which rows (m,) of `subject` they are."""
        if self.hours_clause is None:
            return subject.reaching(self.basis, self.attachment)
        rows = self.hours_clause.reaching(subject, self.attachment)
        near = np.zeros(len(subject), dtype=bool)
        near[rows] = True
        return subject.rows(near), rows

    def occurrences(self, subject: YearLossTable) -> tuple[Groups, Floats]:
        """The losses per basis, by the hours clause if there is one, and what of each row
        (n_losses,) counts, currency units."""
        if self.hours_clause is None:
            return subject.grouped(self.basis), subject.loss
        return self.hours_clause.occurrences(subject, self.attachment, self.limit)

    def ceded(
        self, subject: YearLossTable, premium: Premium = 0.0, insured: Floats | None = None
    ) -> Floats:
        """(n_losses,) float64, currency units; losses burn capacity in order of occurrence and
        each cession goes back to its rows pro rata.

        Source: Mata (2000), Pricing excess of loss reinsurance with reinstatements, ASTIN
        Bulletin 30(2), 349-368.
        """
        groups, counted = self.occurrences(subject)
        return groups.give_back(self._paid(groups, counted), counted)

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units: the deposit premium and what reinstates the layer.

        Reinstatement k costs rate_k * premium * (amount of band k used) / limit, where band k is
        what the year's losses burn between (k - 1) * limit and k * limit; by time as well, each
        loss pays the part of the period after it. Source: Sundt (1991), On excess of loss
        reinsurance with reinstatements, Bulletin of the Swiss Association of Actuaries.
        The subject `premium` bounds a swing-rated one; a deposit premium is an amount.
        """
        deposit = np.full(subject.n_years, float(self.premium))
        paid_by_year = np.zeros(subject.n_years)
        reinstated = np.zeros(subject.n_years)
        if any(self.reinstatement_rates) or self.swing_rating or self.profit_commission:
            groups, counted = self.occurrences(subject)
            paid = self._paid(groups, counted)
            paid_by_year += np.bincount(groups.year, weights=paid, minlength=subject.n_years)
            reinstated += self._reinstated_by_year(subject, groups, paid)
        if self.swing_rating is not None:
            deposit = self.swing_rating.premium(paid_by_year, float(np.sum(premium)))
        found = {"ceded_premium": deposit, "reinstatement_premium": self.premium * reinstated}
        if self.profit_commission is not None:
            received = deposit + found["reinstatement_premium"]
            found["profit_commission"] = self.profit_commission.paid(
                subject, received, np.zeros_like(received), paid_by_year
            )
        return found

    def _paid(self, groups: Groups, counted: Floats) -> Floats:
        """(n_groups,) float64: what the layer pays for each group."""
        layer = np.clip(groups.total(counted) - self.attachment, 0.0, self.limit)
        year: NDArray[np.int32] = groups.year
        if self.annual_deductible > 0:
            layer -= capacity_in_order(year, layer, self.annual_deductible)
        return capacity_in_order(year, layer, self.capacity)

    def _reinstated_by_year(self, subject: YearLossTable, groups: Groups, paid: Floats) -> Floats:
        """(n_years,) the price of what is reinstated, in units of `premium`."""
        before = used_before(groups.year, paid)
        bought = self._reinstated(before + paid) - self._reinstated(before)
        if self.reinstated_by == "amount_and_time":
            time = subject.time[groups.first].astype(np.float64)
            bought *= np.clip(1.0 - time / self.period, 0.0, 1.0)
        sums = np.bincount(groups.year, weights=bought, minlength=subject.n_years)
        return sums.astype(np.float64, copy=False)

    def _reinstated(self, burnt: Floats) -> Floats:
        """Price of all that was reinstated once `burnt` has been paid, in units of `premium`."""
        price = np.zeros_like(burnt)
        for position, rate in enumerate(self.reinstatement_rates):
            price += rate * np.clip(burnt - position * self.limit, 0.0, self.limit) / self.limit
        return price
