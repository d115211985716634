"""Stop loss: the part of a whole year's losses between two points."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    not_negative,
    one_of,
    positive,
    refuse_unless,
)
from techinsure.reinsurance.loss_ratios import UNITS, Unit, goes_with_unit, in_money
from techinsure.reinsurance.proportional import Premium


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLoss:
    """`limit` in excess of `attachment` of a cohort year's losses, both in `unit`.

    `unit = "loss_ratio"`: multiples of `subject_premium` (1.5 = 150% of it), which is the
    treaty's own: a year's subject premium, net of quota shares and before commission, currency
    units. `unit = "amount"`: currency units. `premium` is the year's price of the whole layer.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["stop_loss"] = "stop_loss"
    basis: Literal["year"] = "year"
    unit: Unit
    attachment: Real
    limit: Real
    subject_premium: Real | None = None
    premium: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            basis=one_of("year"),
            unit=one_of(*UNITS),
            attachment=not_negative,
            limit=positive,
            subject_premium=goes_with_unit(self),
            premium=not_negative,
        )

    @property
    def in_money(self) -> tuple[float, float]:
        """Attachment and limit, currency units."""
        return in_money(self, self.attachment), in_money(self, self.limit)

    @property
    def years(self) -> int:
        """Years of a sequence within which something is carried forward: none is."""
        return 1

    def shares(self, portfolio: Portfolio, insured: Floats | None = None) -> Floats:
        """(n_items,) the part of each item's premium and sum insured that is ceded: none."""
        return np.zeros(portfolio.n_items)

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, NDArray[np.intp]]:
        """The losses that reach the layer, and which rows (m,) of `subject` they are."""
        return subject.reaching(self.basis, self.in_money[0])

    def ceded(
        self, subject: YearLossTable, premium: Premium = 0.0, insured: Floats | None = None
    ) -> Floats:
        """(n_losses,) float64, currency units: clip(S - attachment, 0, limit) of each year's sum
        S, back to its rows pro rata (which is the Aumann-Shapley share)."""
        attachment, limit = self.in_money
        groups = subject.grouped(self.basis)
        paid = np.clip(groups.total(subject.loss) - attachment, 0.0, limit)
        return groups.give_back(paid, subject.loss)

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units: the layer's premium, an amount."""
        return {"ceded_premium": np.full(subject.n_years, float(self.premium))}
