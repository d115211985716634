"""What pooling saves: each member carrying whole risks alone, against its share of the pool."""

from collections.abc import Mapping

import numpy as np

from techinsure.losses import measures
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import Estimate, Floats, Ints

LEVEL = 0.995


def own_books(portfolio: Portfolio, lines: Mapping[str, float]) -> Ints:
    """(n_items,) which member, by place in `lines`, would insure each item alone.

    Whole risk units go, largest sum insured first, to the member whose line leaves it the most
    room; so each member's book is as near to its line as whole risks allow. What the lines leave
    of the whole goes to nobody, place `len(lines)`. Deterministic: ties go to the first listed
    member and, among units, to the first listed.
    """
    unit = np.where(
        portfolio.risk_unit.codes == NOWHERE,
        len(portfolio.risk_unit.names) + np.arange(portfolio.n_items),
        portfolio.risk_unit.codes,
    )
    insured = np.bincount(unit, weights=portfolio.sum_insured)
    share = np.array([*lines.values(), max(1.0 - sum(lines.values()), 0.0)])
    room = insured.sum() * share
    owner = np.zeros(len(insured), dtype=np.int32)
    for place in np.argsort(-insured, kind="stable"):
        owner[place] = int(np.argmax(room))
        room[owner[place]] -= insured[place]
    return owner[unit]


def alone_capital(table: YearLossTable, lines: Mapping[str, float]) -> dict[str, Estimate | None]:
    """Each member's TVaR 99.5 less mean if it carried its own whole risks (`own_books`), gross,
    currency units; None for a member whose line is too small for a single risk."""
    owner = own_books(table.portfolio, lines)
    annual = table.annual_by(owner, len(lines) + 1)  # the last is what nobody carries
    held = np.bincount(owner, minlength=len(lines) + 1) > 0
    return {
        member: _capital(annual[place], table.currency) if held[place] else None
        for place, member in enumerate(lines)
    }


def _capital(annual: Floats, unit: str) -> Estimate:
    tail, mean = measures.tvar(annual, LEVEL, unit=unit), measures.mean(annual, unit=unit)
    error = float(np.hypot(tail.standard_error or 0.0, mean.standard_error or 0.0))
    return Estimate(value=tail.value - mean.value, standard_error=error, unit=unit)
