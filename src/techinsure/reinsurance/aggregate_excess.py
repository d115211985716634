"""Aggregate excess: what losses, each first cut to a layer of its own, add up to above a point."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.losses.year_table import Groups, YearLossTable
from techinsure.quantities import (
    FORBID,
    Check,
    Floats,
    Real,
    not_negative,
    one_of,
    optional,
    positive,
)
from techinsure.reinsurance.annual_layer import AccountedLayer
from techinsure.reinsurance.proportional import Premium

LossBasis = Literal["item", "policy", "site", "risk_unit", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateExcess(AccountedLayer):
    """`limit` in excess of `attachment` of a year's sum, both in `unit`, of what each loss per
    `basis` has above `each_attachment`, at most `each_limit` of it (None: all), currency units.

    `unit`, `subject_premium`, `premium` and `experience_account` as of a stop loss.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["aggregate_excess"] = "aggregate_excess"
    basis: LossBasis
    each_attachment: Real = 0.0
    each_limit: Real | None = None

    def checks(self) -> dict[str, Check]:
        """What the fields must be."""
        own: dict[str, Check] = {
            "basis": one_of(*get_args(LossBasis)),
            "each_attachment": not_negative,
            "each_limit": optional(positive),
        }
        return own | AccountedLayer.checks(self)

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
        groups, counted = self.counted(subject)
        sums = np.bincount(groups.year, weights=counted, minlength=subject.n_years)
        annual = sums.astype(np.float64, copy=False)  # of no loss they are whole numbers
        paid = self.paid(annual)
        share = np.divide(paid, annual, out=np.zeros_like(annual), where=annual > 0)
        return groups.give_back(counted * np.minimum(share, 1.0)[groups.year], subject.loss)
