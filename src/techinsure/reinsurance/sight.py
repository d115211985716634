"""What a treaty sees: which items, what is left of their losses, sums insured and premium."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Flags, Floats, nearest
from techinsure.reinsurance.placing import PlacedTreaty
from techinsure.reinsurance.rounding_grid import Rows

FILTERS = {"products": "product", "risk_units": "risk_unit", "policies": "policy"}
"""Filters of a placed treaty, and the label of a portfolio that each reads."""


def items_seen(placed: PlacedTreaty, portfolio: Portfolio) -> Flags:
    """(n_items,) which items the filters of a treaty let through."""
    seen = np.ones(portfolio.n_items, dtype=bool)
    for field, label in FILTERS.items():
        wanted = getattr(placed, field)
        if wanted:
            labels = getattr(portfolio, label)
            seen &= np.isin(labels.codes, [labels.code(name) for name in wanted])
    if placed.items:
        wanted = frozenset(placed.items)
        seen &= np.fromiter((name in wanted for name in portfolio.ids), bool, portfolio.n_items)
    return seen


def is_filtered(placed: PlacedTreaty) -> bool:
    """Whether any filter is set."""
    return bool(placed.items) or any(getattr(placed, field) for field in FILTERS)


def subject_of(
    placed: PlacedTreaty, table: YearLossTable, taken: Iterable[Floats]
) -> tuple[YearLossTable, Rows]:
    """The losses that a treaty sees, and which rows of `table` they are."""
    left = table.loss
    for cession in taken:
        left = left - cession
    if placed.subject_share != 1:
        left = placed.subject_share * left
    subject = table.with_loss(left)
    if not is_filtered(placed):
        return subject, slice(None)
    rows = items_seen(placed, table.portfolio)[table.item]
    return subject.rows(rows), rows


def among(rows: Rows, within: slice | NDArray[np.intp]) -> Rows:
    """The rows `within` some of a table's `rows`, as rows of the table."""
    if isinstance(rows, slice):
        return within
    return np.nonzero(rows)[0][within]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proportions:
    """Of each item's sum insured and premium, (n_items,) fractions by treaty: what it `sees`, and
    what of the whole it has `ceded` in proportion, whatever is lost."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    sees: Mapping[str, Floats]
    ceded: Mapping[str, Floats]


def proportions(
    ordered: Sequence[PlacedTreaty], before: Mapping[str, frozenset[str]], portfolio: Portfolio
) -> Proportions:
    """Those of treaties `ordered` so that what is `before` each comes first."""
    sees: dict[str, Floats] = {}
    ceded: dict[str, Floats] = {}
    for placed in ordered:
        left = np.ones(portfolio.n_items)
        for name in sorted(before[placed.name]):
            left = left - ceded[name]
        left = np.maximum(left, 0.0) * placed.subject_share * items_seen(placed, portfolio)
        share = placed.treaty.shares(portfolio, left * portfolio.sum_insured)
        sees[placed.name], ceded[placed.name] = left, placed.placed_share * share * left
    return Proportions(sees=sees, ceded=ceded)


def premium_by_item(premium: Mapping[str, float], portfolio: Portfolio) -> Floats:
    """(n_items,) a year's premium of each item, currency units: that of its product, spread by
    sum insured."""
    found, products = np.zeros(portfolio.n_items), portfolio.product
    for name, amount in premium.items():
        of_product = products.codes == products.code(name)
        if amount and not of_product.any():
            bound = "must be of a product of the portfolio"
            guess = nearest(name, products.names)
            known = [one for one in products.names if one]
            hint = f"did you mean {guess!r}?" if guess else f"known: {', '.join(known)}"
            if not known:
                hint = "add a product to the rows"
            raise InvalidParameter([Fault("premium", name, bound, hint)])
        sums = portfolio.sum_insured[of_product]
        total = sums.sum()
        found[of_product] = amount * (sums / total) if total > 0 else amount / max(len(sums), 1)
    return found


def unmatched(placed: PlacedTreaty, portfolio: Portfolio) -> Iterator[str]:
    """What a filter or an hours clause names and no item has is said aloud: the treaty would cede
    nothing of it in silence."""
    known = portfolio.product.names
    for product in placed.products:
        if product not in known:
            guess = nearest(product, known)
            hint = f" (did you mean {guess!r}?)" if guess else ""
            yield f"treaty {placed.name!r}: no item is of product {product!r}{hint}"
    clause = placed.treaty.hours_clause if placed.treaty.kind == "excess_of_loss" else None
    named = (
        ("risk unit", placed.risk_units, portfolio.risk_unit.names),
        ("policy", placed.policies, portfolio.policy.names),
        ("item", placed.items, portfolio.ids),
        ("cause", clause.causes if clause else (), portfolio.causes),
    )
    for what, wanted, there in named:
        for name in sorted({*wanted} - {*there}):
            guess = nearest(name, there)
            hint = f" (did you mean {guess!r}?)" if guess else ""
            yield f"treaty {placed.name!r}: there is no {what} {name!r}{hint}"


def above_capacity(placed: PlacedTreaty, portfolio: Portfolio, sees: Floats) -> Iterator[str]:
    """Risks above a surplus's capacity are said aloud: of them more than the line is kept."""
    if placed.treaty.kind != "surplus":
        return
    over = placed.treaty.above_capacity(portfolio, sees * portfolio.sum_insured)
    if over:
        name, insured = over[0]
        yield (
            f"treaty {placed.name!r}: sums insured above its capacity of "
            f"{placed.treaty.capacity:,.2f}: {len(over)}, the largest that of {name!r}, "
            f"{insured:,.2f}"
        )


def carried_over(placed: PlacedTreaty) -> Iterator[str]:
    """Years of one sequence are not independent, as all but the errors of means take them to be."""
    if placed.treaty.years > 1:
        yield (
            f"treaty {placed.name!r} carries over sequences of {placed.treaty.years} years: "
            "errors of means are between sequences; sd, VaR, TVaR and chances, and their errors, "
            "take years as independent"
        )
