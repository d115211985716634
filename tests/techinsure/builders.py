"""Small portfolios and tables with every column filled, to be changed by keyword."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import LABELS, Labels, PolicyTerms, Portfolio, frozen


def terms(n: int = 1, **changes: Any) -> PolicyTerms:
    """`n` sets of terms without deductible or limit, no aggregate."""
    columns: dict[str, Any] = {
        "sum_insured": np.full(n, 100.0),
        "deductible_amount": np.zeros(n),
        "deductible_rate": np.zeros(n),
        "limit": np.full(n, np.inf),
        "insured_share": np.zeros(n),
        "aggregate": np.full(n, -1, dtype=np.int32),
        "aggregate_limit": np.full(n, np.inf),
        "waiting": np.zeros(n),
    }
    return PolicyTerms(**columns | changes)


def portfolio(
    n_items: int = 2, labels: Mapping[str, Iterable[str | None]] | None = None, **changes: Any
) -> Portfolio:
    """Items `a`, `b`, ... each alone in its policy and risk unit, one cause, one set of terms.

    `labels` gives texts for a label column: `labels={"site": ["s1", "s1"]}`.
    """
    ids = tuple(chr(ord("a") + i) for i in range(n_items)) if n_items <= 26 else tuple(
        f"item {i}" for i in range(n_items)
    )  # fmt: skip
    texts: dict[str, Iterable[str | None]] = {name: [None] * n_items for name in LABELS}
    texts |= {"product": ["test"] * n_items, "risk_class": ["test/one"] * n_items}
    texts |= {"policy": [f"policy {i}" for i in ids], "risk_unit": [f"unit {i}" for i in ids]}
    texts |= labels or {}
    columns: dict[str, Any] = {
        "currency": "CNY",
        "ids": ids,
        "sum_insured": np.full(n_items, 100.0),
        "units": np.ones(n_items, dtype=np.int32),
        "inception": np.zeros(n_items),
        "term": np.ones(n_items),
        "supply_exposed": np.zeros(n_items, dtype=bool),
        "causes": ("damage",),
        "terms": terms(),
        "terms_of": np.zeros((n_items, 1), dtype=np.int32),
    }
    columns |= {name: Labels.of(values) for name, values in texts.items()}
    return Portfolio(**columns | changes)


def table(
    rows: Iterable[Mapping[str, Any] | tuple[Any, ...]] = (),
    n_years: int = 10,
    held: Portfolio | None = None,
    **changes: Any,
) -> YearLossTable:
    """Rows `(year, loss)`, `(year, loss, event)` or mappings of columns, sorted by (year, time).

    What is left out: time 0 (then `reported` = time), item 0, cause 0, and an event of its own.
    """
    given = [dict(zip(("year", "loss", "event"), row, strict=False))
             if isinstance(row, tuple) else dict(row) for row in rows]  # fmt: skip
    given.sort(key=lambda row: (row["year"], row.get("time", 0.0)))
    filled = [
        {"time": 0.0, "item": 0, "cause": 0, "event": i, "reported": row.get("time", 0.0)} | row
        for i, row in enumerate(given)
    ]
    kinds = {"year": np.int32, "time": np.float32, "reported": np.float32, "item": np.int32,
             "event": np.int32, "cause": np.int8, "loss": np.float64}  # fmt: skip
    columns: dict[str, Any] = {
        name: frozen([row[name] for row in filled], kind) for name, kind in kinds.items()
    }
    columns |= {"portfolio": portfolio() if held is None else held, "n_years": n_years}
    return YearLossTable(**columns | changes)
