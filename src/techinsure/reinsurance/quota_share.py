"""Quota share: the same share of every loss and of the premium."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
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
from techinsure.reinsurance import proportional
from techinsure.reinsurance.adjustments import LossCorridor, ProfitCommission, SlidingScale
from techinsure.reinsurance.proportional import LIMIT_BASES, LimitBasis, Premium


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaShare:
    """`share` of each loss; where a `limit` is given, at most that per `basis`, currency units.

    The reinsurer receives `share` of the subject premium and pays back `commission` of that, or
    by `sliding_scale`, and a `profit_commission`; a `loss_corridor` gives losses back.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["quota_share"] = "quota_share"
    share: Real
    commission: Real = 0.0
    limit: Real | None = None
    basis: LimitBasis = "event"
    sliding_scale: SlidingScale | None = None
    profit_commission: ProfitCommission | None = None
    loss_corridor: LossCorridor | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            share=fraction,
            commission=fraction,
            limit=optional(positive),
            basis=one_of(*LIMIT_BASES),
            sliding_scale=proportional.instead_of(self.commission),
        )

    @property
    def years(self) -> int:
        """Years of a sequence within which something is carried forward."""
        return 1 if self.profit_commission is None else self.profit_commission.years

    def shares(self, portfolio: Portfolio, insured: Floats | None = None) -> Floats:
        """(n_items,) the part of each item's premium and sum insured that is ceded."""
        return np.full(portfolio.n_items, float(self.share))

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, slice]:
        """All losses, and which rows of `subject` they are."""
        return subject, slice(None)

    def ceded(
        self, subject: YearLossTable, premium: Premium = 0.0, insured: Floats | None = None
    ) -> Floats:
        """(n_losses,) float64, currency units; a limit that binds is shared pro rata."""
        ceded = proportional.limited(subject, self.share * subject.loss, self.limit, self.basis)
        own = self.share * float(np.sum(premium))
        return proportional.less_corridor(subject, ceded, self.loss_corridor, own)

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units, a year's subject `premium` being the same in all."""
        depends = self.sliding_scale is not None or self.profit_commission is not None
        losses = subject.annual(self.ceded(subject, premium)) if depends else None
        commission = self.sliding_scale or self.commission
        own = self.share * float(np.sum(premium))
        return proportional.flows(subject, losses, own, commission, self.profit_commission)
