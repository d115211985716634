"""Layers of a whole year: their terms in money or in loss ratios, and an account of several."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.losses.year_table import Groups, YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Check,
    Floats,
    Real,
    not_negative,
    one_of,
    positive,
    refuse_unless,
)
from techinsure.receipt import IF_SET
from techinsure.reinsurance.adjustments import refuse_without_premium
from techinsure.reinsurance.experience_account import ExperienceAccount
from techinsure.reinsurance.loss_ratios import UNITS, Unit, goes_with_unit, in_money
from techinsure.reinsurance.proportional import Premium


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualLayer:
    """`limit` in excess of `attachment` of a cohort year, both in `unit`.

    `unit = "loss_ratio"`: multiples of `subject_premium` (1.5 = 150% of it), which is the
    treaty's own: a year's subject premium, net of quota shares and before commission, currency
    units. `unit = "amount"`: currency units. `premium` is the year's price of the whole layer.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    unit: Unit
    attachment: Real
    limit: Real
    subject_premium: Real | None = None
    premium: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(self, **self.checks())

    def checks(self) -> dict[str, Check]:
        """What the fields must be, in the order in which faults are told."""
        return {
            "unit": one_of(*UNITS),
            "attachment": not_negative,
            "limit": positive,
            "subject_premium": goes_with_unit(self),
            "premium": not_negative,
        }

    @property
    def in_money(self) -> tuple[float, float]:
        """Attachment and limit of the year, currency units."""
        return in_money(self, self.attachment), in_money(self, self.limit)

    def paid(self, annual: Floats) -> Floats:
        """min((S - attachment)+, limit) of amounts S, shaped like `annual`, currency units."""
        attachment, limit = self.in_money
        return np.clip(annual - attachment, 0.0, limit)

    def shares(self, portfolio: Portfolio, insured: Floats | None = None) -> Floats:
        """(n_items,) the part of each item's premium and sum insured that is ceded: none."""
        return np.zeros(portfolio.n_items)

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, NDArray[np.intp]]:
        """The losses that reach the layer, and which rows (m,) of `subject` they are."""
        return subject.reaching("year", self.in_money[0])

    def by_year(self, subject: YearLossTable) -> tuple[Groups, Floats]:
        """The losses by year, and what the layer pays of each, (n_groups,) currency units."""
        groups = subject.grouped("year")
        return groups, self.paid(groups.total(subject.loss))

    def ceded(
        self, subject: YearLossTable, premium: Premium = 0.0, insured: Floats | None = None
    ) -> Floats:
        """(n_losses,) float64, currency units: what is paid of each year goes back to its rows
        pro rata."""
        groups, paid = self.by_year(subject)
        return groups.give_back(paid, subject.loss)

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units: the layer's premium, an amount."""
        return {"ceded_premium": np.full(subject.n_years, float(self.premium))}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountedLayer(AnnualLayer):
    """A layer that may keep an `experience_account` of its premiums and losses."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    experience_account: ExperienceAccount | None = field(default=None, metadata=IF_SET)

    @property
    def years(self) -> int:
        """Years of a sequence within which something is carried forward."""
        return 1 if self.experience_account is None else self.experience_account.years

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units: the layer's premium, an amount, and what settles
        the account at the end of each sequence."""
        found = AnnualLayer.flows(self, subject, premium, insured)
        if self.experience_account is None:
            return found
        losses = subject.annual(self.ceded(subject, premium, insured))
        refuse_without_premium("an experience account", self.premium, losses)
        return found | self.experience_account.flows(subject, found["ceded_premium"], losses)
