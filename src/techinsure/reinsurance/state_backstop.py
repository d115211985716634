"""State backstop: the top of a year's losses, capped a year and over the years of a sequence."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.kernels import capacity_in_order
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Count,
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
from techinsure.reinsurance.sequences import is_years, refuse_unless_whole, sequence_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBackstop:
    """`limit` a year in excess of `attachment` of a cohort year's losses, and over a sequence of
    `years` at most `cumulative_limit` (None: no cap), all in `unit`: earlier years come first.

    `unit`, `subject_premium` and `premium` as of a stop loss; a state may ask less than its
    expected losses.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["state_backstop"] = "state_backstop"
    basis: Literal["year"] = "year"
    unit: Unit
    attachment: Real
    limit: Real
    cumulative_limit: Real | None = None
    years: Count = 1
    subject_premium: Real | None = None
    premium: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            basis=one_of("year"),
            unit=one_of(*UNITS),
            attachment=not_negative,
            limit=positive,
            cumulative_limit=optional(positive),
            years=is_years,
            subject_premium=goes_with_unit(self),
            premium=not_negative,
        )
        if self.years > 1 and self.cumulative_limit is None:
            bound = "must be 1 without a cumulative_limit: nothing is carried over"
            raise InvalidParameter([Fault("years", self.years, bound)])

    @property
    def in_money(self) -> tuple[float, float]:
        """Attachment and limit of a year, currency units."""
        return in_money(self, self.attachment), in_money(self, self.limit)

    def shares(self, portfolio: Portfolio, insured: Floats | None = None) -> Floats:
        """(n_items,) the part of each item's premium and sum insured that is ceded: none."""
        return np.zeros(portfolio.n_items)

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, NDArray[np.intp]]:
        """The losses that reach the layer, and which rows (m,) of `subject` they are."""
        return subject.reaching(self.basis, self.in_money[0])

    def ceded(
        self, subject: YearLossTable, premium: Premium = 0.0, insured: Floats | None = None
    ) -> Floats:
        """(n_losses,) float64, currency units; a year's payment goes back to its rows pro rata."""
        refuse_unless_whole(subject, self.years)
        attachment, limit = self.in_money
        groups = subject.grouped(self.basis)
        paid = np.clip(groups.total(subject.loss) - attachment, 0.0, limit)
        if self.cumulative_limit is not None:
            sequence = sequence_of(subject.n_years, self.years)[groups.year]
            paid = capacity_in_order(sequence, paid, in_money(self, self.cumulative_limit))
        return groups.give_back(paid, subject.loss)

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units: the layer's premium, an amount."""
        return {"ceded_premium": np.full(subject.n_years, float(self.premium))}
