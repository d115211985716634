"""Quota share: the same share of every loss and of the premium."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Floats, Real, fraction, refuse_unless
from techinsure.reinsurance.proportional import Premium, Proportional


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaShare(Proportional):
    """`share` of each loss; where a `limit` is given, at most that per `basis`, currency units.

    The reinsurer receives `share` of the subject premium and pays back `commission` of that, or
    by `sliding_scale`, and a `profit_commission`; a `loss_corridor` gives losses back.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["quota_share"] = "quota_share"
    share: Real

    def __post_init__(self) -> None:
        refuse_unless(self, share=fraction, **self.checks())

    def shares(self, portfolio: Portfolio, insured: Floats | None = None) -> Floats:
        """(n_items,) the part of each item's premium and sum insured that is ceded."""
        return np.full(portfolio.n_items, float(self.share))

    def of_losses(self, subject: YearLossTable, insured: Floats | None) -> float:
        """The same share of each loss."""
        return self.share

    def of_premium(self, portfolio: Portfolio, premium: Premium, insured: Floats | None) -> float:
        """A year's ceded premium, currency units."""
        return self.share * float(np.sum(premium))
