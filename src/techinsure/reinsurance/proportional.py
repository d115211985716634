"""What proportional treaties have in common: a limit, a loss corridor, commissions by year."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Check, Floats, Real, fraction, one_of, optional, positive
from techinsure.reinsurance.adjustments import (
    LossCorridor,
    ProfitCommission,
    SlidingScale,
    refuse_without_premium,
)

LimitBasis = Literal["row", "item", "policy", "site", "risk_unit", "event", "year"]
LIMIT_BASES = ("row", "item", "policy", "site", "risk_unit", "event", "year")
Premium = float | Floats
"""A year's subject premium, currency units: of all together, or by item (n_items,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportional:
    """A treaty that cedes a share of each loss and of its premium; where a `limit` is given, at
    most that per `basis`, currency units.

    The reinsurer receives the ceded premium and pays back `commission` of it, or by
    `sliding_scale`, and a `profit_commission`; a `loss_corridor` gives losses back.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    commission: Real = 0.0
    limit: Real | None = None
    basis: LimitBasis = "event"
    sliding_scale: SlidingScale | None = None
    profit_commission: ProfitCommission | None = None
    loss_corridor: LossCorridor | None = None

    def checks(self) -> dict[str, Check]:
        """What the fields must be, in the order in which faults are told."""
        return {
            "commission": fraction,
            "limit": optional(positive),
            "basis": one_of(*LIMIT_BASES),
            "sliding_scale": instead_of(self.commission),
        }

    @property
    def years(self) -> int:
        """Years of a sequence within which something is carried forward."""
        return 1 if self.profit_commission is None else self.profit_commission.years

    def of_losses(self, subject: YearLossTable, insured: Floats | None) -> Floats | float:
        """The share of each loss, (n_losses,) or one of all."""
        raise NotImplementedError

    def of_premium(self, portfolio: Portfolio, premium: Premium, insured: Floats | None) -> float:
        """A year's ceded premium, currency units."""
        raise NotImplementedError

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, slice]:
        """All losses, and which rows of `subject` they are."""
        return subject, slice(None)

    def ceded(
        self, subject: YearLossTable, premium: Premium = 0.0, insured: Floats | None = None
    ) -> Floats:
        """(n_losses,) float64, currency units; a limit that binds is shared pro rata."""
        ceded = self.of_losses(subject, insured) * subject.loss
        ceded = limited(subject, ceded, self.limit, self.basis)
        own = self.of_premium(subject.portfolio, premium, insured)
        return less_corridor(subject, ceded, self.loss_corridor, own)

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units, a year's subject `premium` being the same in all."""
        depends = self.sliding_scale is not None or self.profit_commission is not None
        losses = subject.annual(self.ceded(subject, premium, insured)) if depends else None
        commission = self.sliding_scale or self.commission
        own = self.of_premium(subject.portfolio, premium, insured)
        return flows(subject, losses, own, commission, self.profit_commission)


def limited(
    subject: YearLossTable, ceded: Floats, limit: float | None, basis: LimitBasis
) -> Floats:
    """(n_losses,) what is `ceded`, at most `limit` per `basis`, cut pro rata."""
    if limit is None:
        return ceded
    large, rows = subject.with_loss(ceded).reaching(basis, limit)
    groups = large.grouped(basis)
    ceded = ceded.copy()
    ceded[rows] = groups.give_back(np.minimum(groups.total(large.loss), limit), large.loss)
    return ceded


def less_corridor(
    subject: YearLossTable, ceded: Floats, corridor: LossCorridor | None, premium: float
) -> Floats:
    """(n_losses,) what is `ceded` less what the corridor gives back, pro rata within a year;
    `premium`: a year's ceded one."""
    if corridor is None:
        return ceded
    annual = subject.annual(ceded)
    back = corridor.taken_back(annual, premium)
    share = np.divide(back, annual, out=np.zeros_like(annual), where=annual > 0)
    return ceded * (1.0 - share)[subject.year]


def flows(
    subject: YearLossTable,
    losses: Floats | None,
    premium: float,
    commission: float | SlidingScale,
    profit: ProfitCommission | None,
) -> dict[str, Floats]:
    """(n_years,) float64, currency units, of a year's ceded `premium` and ceded `losses`
    (n_years,), which a fixed commission alone does not need; `Undefined` where a sliding scale has
    losses and no premium."""
    ceded = np.full(subject.n_years, premium)
    if isinstance(commission, SlidingScale):
        known = np.zeros_like(ceded) if losses is None else losses
        refuse_without_premium("a sliding scale", premium, known)
        ratio = known / premium if premium > 0 else known
        paid = commission.at(ratio) * ceded
    else:
        paid = commission * ceded
    found = {"ceded_premium": ceded, "ceding_commission": paid}
    if profit is not None and losses is not None:
        found["profit_commission"] = profit.paid(subject, ceded, paid, losses)
    return found


def instead_of(commission: object) -> Check:
    """A check: a sliding scale stands alone, without a fixed commission."""

    def check(field: str, value: object) -> Iterator[Fault]:
        if value is not None and commission != 0:
            fix = "leave one of the two out"
            yield Fault(field, "given", "must be absent where there is a commission", fix)

    return check
