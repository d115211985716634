"""Quota share: the same share of every loss and of the premium."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    fraction,
    one_of,
    optional,
    positive,
    refuse_unless,
)

BASES = ("row", "item", "policy", "site", "risk_unit", "event", "year")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaShare:
    """`share` of each loss; where a `limit` is given, at most that per `basis`, currency units.

    The reinsurer receives `share` of the subject premium and pays back `commission` of that.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["quota_share"] = "quota_share"
    share: Real
    commission: Real = 0.0
    limit: Real | None = None
    basis: Literal["row", "item", "policy", "site", "risk_unit", "event", "year"] = "event"

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            share=fraction,
            commission=fraction,
            limit=optional(positive),
            basis=one_of(*BASES),
        )

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, slice]:
        """All losses, and which rows of `subject` they are."""
        return subject, slice(None)

    def ceded(self, subject: YearLossTable) -> Floats:
        """(n_losses,) float64, currency units; a limit that binds is shared pro rata."""
        ceded = self.share * subject.loss
        if self.limit is None:
            return ceded
        large, rows = subject.with_loss(ceded).reaching(self.basis, self.limit)
        groups = large.grouped(self.basis)
        ceded[rows] = groups.give_back(np.minimum(groups.total(large.loss), self.limit), large.loss)
        return ceded

    @property
    def premium_share(self) -> float:
        """The part of the subject premium that goes to the reinsurer with the losses."""
        return self.share

    def flows(self, subject: YearLossTable, premium: float) -> dict[str, Floats]:
        """(n_years,) float64, currency units, a year's subject `premium` being the same in all."""
        ceded = np.full(subject.n_years, self.premium_share * premium)
        return {"ceded_premium": ceded, "ceding_commission": self.commission * ceded}
