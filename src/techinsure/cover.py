"""Policy terms: what the insurer pays of a ground-up loss.

The order of terms is one for all products: sum insured, deductible, limit, insured share, terms of
sites and policies where there are any (`cover_levels`), then the aggregate limit in order of time.
`expected_paid` is the same terms applied to a law.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from techinsure import cover_levels
from techinsure.cover_amounts import Standing
from techinsure.cover_levels import through
from techinsure.cover_periods import Items, Occurrences
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.kernels import compiled
from techinsure.level_terms import EVERY
from techinsure.losses.kernels import capacity_in_order
from techinsure.losses.rows import Rows, ordered
from techinsure.portfolio import NOWHERE, PolicyTerms, Portfolio
from techinsure.quantities import Flags, Floats, Ints

ORDER = (
    "loss capped at the sum insured",
    "less the deductible",
    "capped at the limit",
    "less the insured share",
    "capped at the aggregate limit, in order of time",
)
"""The order of terms of items."""


def order_of(portfolio: Portfolio) -> tuple[str, ...]:
    """The order of the terms in force, as a quote prints it."""
    levels = [level.name for level in portfolio.terms.levels]
    if not levels:
        return ORDER
    within = (f"level by level: {', '.join(levels)}; within each level", *cover_levels.ORDER)
    return (*ORDER[:-1], *within, f"after all levels, {ORDER[-1]}")


def paid(terms: PolicyTerms, row: Ints, loss: Floats) -> Floats:
    """(n,) payment for each ground-up `loss` (n,) of one unit under terms `row` (n,), before
    waiting periods and aggregate limits; currency units."""
    _refuse_levels(terms)
    return _paid(loss, *(getattr(terms, name)[row] for name in _TERMS[:-1]))


def _paid(
    loss: Floats, most: Floats, amount: Floats, rate: Floats, limit: Floats, insured_share: Floats
) -> Floats:
    capped = np.minimum(loss, most)
    deductible = np.maximum(rate * capped, amount)
    layer = np.minimum(np.maximum(capped - deductible, 0.0), limit)
    payment: Floats = (1.0 - insured_share) * layer
    return payment


def insured(portfolio: Portfolio, rows: Rows) -> Rows:
    """The rows with insured in place of ground-up losses.

    `rows` are in order of (year, time), as `losses.rows.ordered` leaves them. A row whose cause
    is not covered for its item is kept at 0; `uncovered` lists such rows.
    """
    return aggregated(portfolio, rows.with_loss(each_paid(portfolio, rows)))


def each_paid(portfolio: Portfolio, rows: Rows) -> Floats:
    """(n_rows,) payment for each ground-up loss before aggregate limits, in any order; 0 where the
    cause is not covered or the waiting period runs. Where sites or policies have terms, `rows` are
    all losses of their years."""
    terms, (n_items, n_causes) = portfolio.terms, portfolio.terms_of.shape
    for name, column, n in (("item", rows.item, n_items), ("cause", rows.cause, n_causes)):
        if len(rows) and not (column.min() >= 0 and column.max() < n):
            row = int(np.argmax((column < 0) | (column >= n)))
            bound = f"must be in [0, {n - 1}], a place in the portfolio"
            raise InvalidParameter([Fault(f"{name}[{row}]", int(column[row]), bound)])
    payments: Floats = compiled(_payments)(
        rows.item, rows.cause, rows.time, rows.loss,
        np.ascontiguousarray(portfolio.terms_of, np.int32),
        *(np.ascontiguousarray(getattr(terms, name), np.float64) for name in _TERMS),
    )  # fmt: skip
    return _after_levels(portfolio, rows, payments) if terms.levels else payments


def _after_levels(portfolio: Portfolio, rows: Rows, payments: Floats) -> Floats:
    """(n_rows,) what the levels leave of the `payments` of items, whatever the order of rows."""
    places = ordered(rows.with_loss(np.arange(len(rows), dtype=np.float64)), portfolio).loss
    order = places.astype(np.intp)
    happened = Occurrences(
        year=rows.year[order], event=rows.event[order], time=rows.time[order],
        item=rows.item[order], cause=rows.cause[order], causes=portfolio.causes,
        reported=rows.reported[order],
    )  # fmt: skip
    items = Items(
        labels={level.by: portfolio.label(level.by) for level in portfolio.terms.levels},
        sums_insured=portfolio.sum_insured,
        inception=portfolio.inception,
        term=portfolio.term,
        shared=_shared(portfolio),
    )
    standing = _standing(portfolio, rows.keep(order), payments[order])
    left = np.empty(len(rows))
    left[order] = through(portfolio.terms.levels, standing, happened, items).paid
    return left


def _shared(portfolio: Portfolio) -> Flags:
    """(n_items,) items of which the insured keeps a share of some payment."""
    row = portfolio.terms_of
    shared: Flags = ((portfolio.terms.insured_share[row] > 0) & (row != NOWHERE)).any(axis=1)
    return shared


def _standing(portfolio: Portfolio, rows: Rows, payments: Floats) -> Standing:
    """What the terms of items make of each loss: what they deduct of a loss that they cover, what
    is over their limit, and what room is under it."""
    terms, row = portfolio.terms, portfolio.terms_of[rows.item, rows.cause]
    covered = (row != NOWHERE) & (rows.time >= terms.waiting[row])
    capped = np.where(covered, np.minimum(rows.loss, terms.sum_insured[row]), 0.0)
    asked = np.maximum(terms.deductible_rate[row] * capped, terms.deductible_amount[row])
    deducted = np.minimum(asked, capped)
    left, limit = capped - deducted, terms.limit[row]
    under = np.where(left > limit, 0.0, np.minimum(deducted, limit - left))
    return Standing(payments, deducted, np.maximum(left - limit, 0.0), under)


def _refuse_levels(terms: PolicyTerms) -> None:
    if terms.levels:
        raise Undefined(
            f"terms of level {terms.levels[0].name!r} are of sums of losses: what one loss is paid"
            " alone is not defined, and they have no closed form (simulate)"
        )


_TERMS = ("sum_insured", "deductible_amount", "deductible_rate", "limit", "insured_share",
          "waiting")  # fmt: skip


def _payments(
    item: Ints, cause: NDArray[np.int8], time: Floats, loss: Floats, terms_of: Ints, *terms: Floats
) -> Floats:
    row = terms_of[item, cause]
    payment = _paid(loss, *(column[row] for column in terms[:-1]))
    return np.where((row < 0) | (time < terms[-1][row]), 0.0, payment)


def aggregated(portfolio: Portfolio, rows: Rows) -> Rows:
    """Payments in order of (year, time), each cut to what its aggregate limit leaves."""
    terms = portfolio.terms
    if not np.isfinite(terms.aggregate_limit).any():
        return rows
    row, payment = portfolio.terms_of[rows.item, rows.cause], rows.loss.copy()
    limited = (row != NOWHERE) & np.isfinite(terms.aggregate_limit[row])
    if limited.any():
        here = np.nonzero(limited)[0]
        aggregate = terms.aggregate[row[here]].astype(np.int64)
        group = rows.year[here].astype(np.int64) * (int(aggregate.max()) + 1) + aggregate
        limit = terms.aggregate_limit[row[here]]
        payment[here] = capacity_in_order(group, payment[here], limit)
    return rows.with_loss(payment)


def uncovered(portfolio: Portfolio, rows: Rows) -> dict[str, int]:
    """How many rows of each cause match no terms of their item: listed, never dropped unseen."""
    return _by_cause(portfolio, rows, portfolio.terms_of == NOWHERE)


def unmatched(portfolio: Portfolio, rows: Rows) -> dict[str, int]:
    """How many covered rows of each cause no level has terms for, though there are levels: they
    are paid as the terms of items say, and listed."""
    if not portfolio.terms.levels:
        return {}
    left: Flags = portfolio.terms_of != NOWHERE
    for level in portfolio.terms.levels:
        label = portfolio.label(level.by)
        known = np.array([*(n in level.terms or EVERY in level.terms for n in label.names), False])
        seen = known[label.codes]  # an item without the label is in the last place
        causes = [not level.causes or cause in level.causes for cause in portfolio.causes]
        left = left & ~np.outer(seen, causes)
    return _by_cause(portfolio, rows, left)


def _by_cause(portfolio: Portfolio, rows: Rows, which: Flags) -> dict[str, int]:
    """How many rows of each cause are of items and causes (n_items, n_causes) of `which`."""
    if not which.any():
        return {}
    counts = np.bincount(rows.cause[which[rows.item, rows.cause]], minlength=len(portfolio.causes))
    return {cause: int(n) for cause, n in zip(portfolio.causes, counts, strict=True) if n}


class HasLimitedMean(Protocol):
    """A severity law that knows E[min(X, limit)]."""

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`."""

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""


def expected_paid(
    law: HasLimitedMean,
    scale: Floats,
    terms: PolicyTerms,
    row: Ints,
    offset: Floats | float = 0.0,
) -> Floats:
    """(n,) E[paid(offset + scale * X)] for X >= 0 of `law`, `scale` > 0 and `offset` >= 0 (n,)
    in currency units, terms `row`.

    The payment is piecewise linear in the loss, with knots where the deductible starts to bite,
    where its rate overtakes its amount, and where limit or sum insured cap it:
    E = sum of slope * (E[min(loss, end)] - E[min(loss, start)]), with
    E[min(a + b X, h)] = min(a, h) + b * E[min(X, (h - a)^+ / b)]. Exact to rounding.
    """
    _refuse_levels(terms)
    start, overtake, stop = _knots(terms, row)
    kept = 1 - terms.insured_share[row]
    pieces = (
        (start, overtake, kept),  # the deductible is the amount: slope 1
        (overtake, stop, kept * (1 - terms.deductible_rate[row])),
    )

    def below(height: Floats) -> Floats:
        """E[min(loss, height)]."""
        spare = np.maximum(height - offset, 0.0)
        floor: Floats = np.minimum(height, offset)
        return floor + scale * law.limited_mean(spare / scale)

    total = np.zeros(np.shape(scale))
    for low, high, slope in pieces:
        total += np.where(high > low, slope * (below(high) - below(low)), 0.0)
    return total


def chance_paid(
    law: HasLimitedMean,
    scale: Floats,
    terms: PolicyTerms,
    row: Ints,
    offset: Floats | float = 0.0,
) -> Floats:
    """(n,) P(paid(offset + scale * X) > 0), arguments as of `expected_paid`."""
    _refuse_levels(terms)
    threshold = _knots(terms, row)[0]
    reachable = (threshold < terms.sum_insured[row]) & (terms.insured_share[row] < 1)
    reachable &= (terms.deductible_rate[row] < 1) & (terms.limit[row] > 0)
    # an offset above the threshold is paid whatever X is, also at X = 0
    beyond = np.where(offset > threshold, 1.0, 1 - law.cdf((threshold - offset) / scale))
    return np.where(reachable, beyond, 0.0)


def _knots(terms: PolicyTerms, row: Ints) -> Floats:
    """(3, n): where payment starts, where the rate overtakes the amount, where it stops rising."""
    amount, rate = terms.deductible_amount[row], terms.deductible_rate[row]
    insured_sum, limit = terms.sum_insured[row], terms.limit[row]
    with np.errstate(divide="ignore", invalid="ignore"):
        overtake = np.where(amount == 0, 0.0, np.where(rate > 0, amount / rate, np.inf))
        # limit reached at amount + limit while the amount rules, at limit / (1 - rate) after
        early = amount + limit
        late = np.where(rate < 1, limit / (1 - rate), np.inf)
    stop = np.minimum(np.where(early <= overtake, early, late), insured_sum)
    start = np.minimum(amount, stop)
    return np.array([start, np.clip(overtake, start, stop), stop])
