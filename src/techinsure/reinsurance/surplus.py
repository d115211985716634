"""Surplus: of each risk the part of its sum insured above the retained line, of losses alike."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from pydantic import ConfigDict

from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import (
    FORBID,
    Floats,
    Ints,
    Real,
    fraction,
    not_negative,
    one_of,
    optional,
    positive,
    refuse_unless,
)
from techinsure.reinsurance import proportional
from techinsure.reinsurance.adjustments import LossCorridor, ProfitCommission, SlidingScale
from techinsure.reinsurance.proportional import LIMIT_BASES, LimitBasis, Premium

Risk = Literal["item", "policy", "site", "risk_unit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """Up to `lines` lines above the retained `line` a risk, currency units of sum insured.

    A risk is what its `risk` gathers. Insured for M, it cedes min((M - line * (1 + after_lines))+,
    lines * line) / M of its losses and premium: M is what the treaties before leave, `after_lines`
    belong to surpluses beside this one that come first. `limit`: most per `basis`, currency units.
    Commissions and corridor as of a quota share.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["surplus"] = "surplus"
    risk: Risk = "risk_unit"
    line: Real
    lines: Real
    after_lines: Real = 0.0
    commission: Real = 0.0
    limit: Real | None = None
    basis: LimitBasis = "event"
    sliding_scale: SlidingScale | None = None
    profit_commission: ProfitCommission | None = None
    loss_corridor: LossCorridor | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            risk=one_of(*get_args(Risk)),
            line=positive,
            lines=positive,
            after_lines=not_negative,
            commission=fraction,
            limit=optional(positive),
            basis=one_of(*LIMIT_BASES),
            sliding_scale=proportional.instead_of(self.commission),
        )

    @property
    def years(self) -> int:
        """Years of a sequence within which something is carried forward."""
        return 1 if self.profit_commission is None else self.profit_commission.years

    @property
    def capacity(self) -> float:
        """The largest sum insured of which the retained line is all that is kept."""
        return self.line * (1 + self.after_lines + self.lines)

    def shares(self, portfolio: Portfolio, insured: Floats | None = None) -> Floats:
        """(n_items,) the part of each item's premium, sum insured and losses that is ceded;
        `insured` (n_items,): sums insured as the treaties before leave them, currency units."""
        code, whole = self._risks(portfolio, insured)
        above = np.maximum(whole - self.line * (1 + self.after_lines), 0.0)
        taken = np.minimum(above, self.lines * self.line)
        share: Floats = np.divide(taken, whole, out=np.zeros_like(whole), where=whole > 0)
        return share[code]

    def above_capacity(
        self, portfolio: Portfolio, insured: Floats | None = None
    ) -> tuple[tuple[str, float], ...]:
        """Risks insured for more than the capacity, largest first, with their sum insured: above
        it the cedent keeps more than its line. A risk without a label has its item's id."""
        code, whole = self._risks(portfolio, insured)
        first = np.zeros(len(whole), np.int64)
        first[code[::-1]] = np.arange(len(code))[::-1]
        over = np.nonzero(whole > self.capacity * (1 + 1e-12))[0]
        ordered = over[np.argsort(-whole[over], kind="stable")]
        return tuple((self._name(portfolio, int(first[r])), float(whole[r])) for r in ordered)

    def touched(self, subject: YearLossTable) -> tuple[YearLossTable, slice]:
        """All losses, and which rows of `subject` they are."""
        return subject, slice(None)

    def ceded(
        self, subject: YearLossTable, premium: Premium = 0.0, insured: Floats | None = None
    ) -> Floats:
        """(n_losses,) float64, currency units; a limit that binds is shared pro rata."""
        share = self.shares(subject.portfolio, insured)
        ceded = share[subject.item] * subject.loss
        ceded = proportional.limited(subject, ceded, self.limit, self.basis)
        own = self._ceded_premium(subject.portfolio, premium, insured)
        return proportional.less_corridor(subject, ceded, self.loss_corridor, own)

    def flows(
        self, subject: YearLossTable, premium: Premium, insured: Floats | None = None
    ) -> dict[str, Floats]:
        """(n_years,) float64, currency units, a year's subject `premium` being the same in all;
        a `premium` of all together is spread over items by sum insured."""
        depends = self.sliding_scale is not None or self.profit_commission is not None
        losses = subject.annual(self.ceded(subject, premium, insured)) if depends else None
        commission = self.sliding_scale or self.commission
        own = self._ceded_premium(subject.portfolio, premium, insured)
        return proportional.flows(subject, losses, own, commission, self.profit_commission)

    def _ceded_premium(
        self, portfolio: Portfolio, premium: Premium, insured: Floats | None
    ) -> float:
        share = self.shares(portfolio, insured)
        if np.ndim(premium) == 1:
            return float(share @ np.asarray(premium))
        sums = portfolio.sum_insured if insured is None else insured
        total = float(sums.sum())
        return float(premium) * float(share @ sums) / total if total > 0 else 0.0

    def _risks(self, portfolio: Portfolio, insured: Floats | None) -> tuple[Ints, Floats]:
        """(n_items,) the code of each item's risk, and the sum insured by code."""
        sums = portfolio.sum_insured if insured is None else insured
        alone = np.arange(portfolio.n_items, dtype=np.int32)
        if self.risk == "item":
            return alone, sums
        codes = getattr(portfolio, self.risk).codes
        n_named = len(getattr(portfolio, self.risk).names)
        code = np.where(codes == NOWHERE, n_named + alone, codes).astype(np.int32)
        whole = np.bincount(code, weights=sums, minlength=n_named + portfolio.n_items)
        return code, whole.astype(np.float64)

    def _name(self, portfolio: Portfolio, item: int) -> str:
        name = "" if self.risk == "item" else getattr(portfolio, self.risk)[item]
        return name or portfolio.ids[item]
