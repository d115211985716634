"""Stop loss: the part of a whole year's losses between two points."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault
from techinsure.losses.year_table import YearLossTable
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
    unit: Literal["amount", "loss_ratio"]
    attachment: Real
    limit: Real
    subject_premium: Real | None = None
    premium: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            basis=one_of("year"),
            unit=one_of("amount", "loss_ratio"),
            attachment=not_negative,
            limit=positive,
            subject_premium=self._goes_with_unit,
            premium=not_negative,
        )

    def _goes_with_unit(self, field: str, value: object) -> Iterator[Fault]:
        yield from optional(positive)(field, value)
        if self.unit == "loss_ratio" and value is None:
            fix = "state a year's subject premium, or give amounts"
            yield Fault(field, value, "is required when unit is 'loss_ratio'", fix)
        if self.unit == "amount" and value is not None:
            fix = "leave it out, or set unit to 'loss_ratio'"
            yield Fault(field, value, "must be absent when unit is 'amount'", fix)

    @property
    def in_money(self) -> tuple[float, float]:
        """Attachment and limit, currency units."""
        scale = 1.0 if self.subject_premium is None else self.subject_premium
        return self.attachment * scale, self.limit * scale

    @property
    def premium_share(self) -> float:
        """The part of the subject premium that goes to the reinsurer with the losses: none."""
        return 0.0

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, NDArray[np.intp]]:
        """The losses that reach the layer, and which rows (m,) of `subject` they are."""
        return subject.reaching(self.basis, self.in_money[0])

    def ceded(self, subject: YearLossTable) -> Floats:
        """(n_losses,) float64, currency units: clip(S - attachment, 0, limit) of each year's sum
        S, back to its rows pro rata (which is the Aumann-Shapley share)."""
        attachment, limit = self.in_money
        groups = subject.grouped(self.basis)
        paid = np.clip(groups.total(subject.loss) - attachment, 0.0, limit)
        return groups.give_back(paid, subject.loss)

    def flows(self, subject: YearLossTable, premium: float) -> dict[str, Floats]:
        """(n_years,) float64, currency units: the layer's premium, an amount."""
        return {"ceded_premium": np.full(subject.n_years, float(self.premium))}
