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
    not_negative,
    one_of,
    positive,
    refuse_unless,
)
from techinsure.reinsurance.proportional import Premium, Proportional

Risk = Literal["item", "policy", "site", "risk_unit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus(Proportional):
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

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            risk=one_of(*get_args(Risk)),
            line=positive,
            lines=positive,
            after_lines=not_negative,
            **self.checks(),
        )

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

    def of_losses(self, subject: YearLossTable, insured: Floats | None) -> Floats:
        """(n_losses,) the share of the item of each loss."""
        return self.shares(subject.portfolio, insured)[subject.item]

    def of_premium(self, portfolio: Portfolio, premium: Premium, insured: Floats | None) -> float:
        """A year's ceded premium, currency units; a `premium` of all together is spread over items
        by sum insured."""
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
