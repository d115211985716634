"""What proportional treaties have in common: a limit, a loss corridor, commissions by year."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from techinsure.errors import Fault
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import Check, Floats
from techinsure.reinsurance.adjustments import LossCorridor, ProfitCommission, SlidingScale

LimitBasis = Literal["row", "item", "policy", "site", "risk_unit", "event", "year"]
LIMIT_BASES = ("row", "item", "policy", "site", "risk_unit", "event", "year")
Premium = float | Floats
"""A year's subject premium, currency units: of all together, or by item (n_items,)."""


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
    (n_years,), which a fixed commission alone does not need."""
    ceded = np.full(subject.n_years, premium)
    if isinstance(commission, SlidingScale):
        ratio = np.zeros_like(ceded) if losses is None or premium <= 0 else losses / premium
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
