"""Aggregate excess: what losses, each first cut to a layer of its own, add up to above a point."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.losses.year_table import Groups, YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    not_negative,
    one_of,
    optional,
    positive,
    refuse_unless,
)
from techinsure.reinsurance.loss_ratios import UNITS, Unit, goes_with_unit, in_money
from techinsure.reinsurance.proportional import Premium

LossBasis = Literal["item", "policy", "site", "risk_unit", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateExcess:
    """`limit` in excess of `attachment` of a year's sum, both in `unit`, of what each loss per
    `basis` has above `each_attachment`, at most `each_limit` of it (None: all), currency units.

    `unit`, `subject_premium` and `premium` as of a stop loss.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["aggregate_excess"] = "aggregate_excess"
    basis: LossBasis
    each_attachment: Real = 0.0
    each_limit: Real | None = None
    unit: Unit
    attachment: Real
    limit: Real
    subject_premium: Real | None = None
    premium: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            basis=one_of(*get_args(LossBasis)),
            each_attachment=not_negative,
            each_limit=optional(positive),
            unit=one_of(*UNITS),
            attachment=not_negative,
            limit=positive,
            subject_premium=goes_with_unit(self),
            premium=not_negative,
        )

    @property
    def in_money(self) -> tuple[float, float]:
        """Attachment and limit of the year, currency units."""
        return in_money(self, self.attachment), in_money(self, self.limit)

    @property
    def years(self) -> int:
        """Years of a sequence within which something is carried forward: none is."""
        return 1

    def shares(self, portfolio: Portfolio, insured: Floats | None = None) -> Floats:
        """(n_items,) the part of each item's premium and sum insured that is ceded: none."""
        return np.zeros(portfolio.n_items)

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, NDArray[np.intp]]:
        """The losses above `each_attachment`, and which rows (m,) of `subject` they are."""
        return subject.reaching(self.basis, self.each_attachment)

    def counted(self, subject: YearLossTable) -> tuple[Groups, Floats]:
        """The losses per basis, and what of each counts, (n_groups,) currency units."""
        groups = subject.grouped(self.basis)
        above = groups.total(subject.loss) - self.each_attachment
        return groups, np.clip(above, 0.0, np.inf if self.each_limit is None else self.each_limit)

    def ceded(
        self, subject: YearLossTable, premium: Premium = 0.0, insured: Floats | None = None
    ) -> Floats:
        """(n_losses,) float64, currency units: the year's payment goes back to its losses pro rata
        to what of them counts, and of each to its rows pro rata."""
        attachment, limit = self.in_money
        groups, counted = self.counted(subject)
        sums = np.bincount(groups.year, weights=counted, minlength=subject.n_years)
        annual = sums.astype(np.float64, copy=False)  # of no loss they are whole numbers
        paid = np.clip(annual - attachment, 0.0, limit)
        share = np.divide(paid, annual, out=np.zeros_like(annual), where=annual > 0)
        return groups.give_back(counted * np.minimum(share, 1.0)[groups.year], subject.loss)

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units: the layer's premium, an amount."""
        return {"ceded_premium": np.full(subject.n_years, float(self.premium))}
