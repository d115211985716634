"""Tables once, for the page and for spreadsheets: figures stay figures, texts are made inert."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.quantities import FORBID, Estimate

Cell = str | int | float | Estimate | None

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text that starts so is computed by a spreadsheet; an apostrophe before it makes it text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`money` is in currency units, `share` a fraction; a `figure` has no unit."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    kind: Literal["text", "money", "share", "figure"] = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Named rows of cells under columns; `name` is also the name of its file."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    title: str
    currency: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def table(
    name: str, title: str, currency: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> Table:
    """Columns are written `name` (money), `text:name`, `share:name` or `figure:name`."""
    kinds = ("text", "share", "figure")
    made = []
    for column in columns:
        kind, colon, rest = column.partition(":")
        found = next((k for k in kinds if colon and k == kind), None)
        made.append(Column(name=rest, kind=found) if found else Column(name=column))  # type: ignore[arg-type]
    return Table(name=name, title=title, currency=currency, columns=tuple(made),
                 rows=tuple(map(tuple, rows)))  # fmt: skip


def write_csv(whole: Table, folder: Path) -> Path:
    """UTF-8 with a byte order mark, as spreadsheets want it; an estimate is two columns, the
    figure and its standard error, in full: currency units, shares as fractions."""
    file = folder / f"{whole.name}.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        has_error = [
            any(isinstance(row[place], Estimate) for row in whole.rows)
            for place in range(len(whole.columns))
        ]
        heads = zip(whole.columns, has_error, strict=True)
        writer.writerow([name for column, two in heads for name in _heads(column, whole, two)])
        for row in whole.rows:
            pairs = zip(row, has_error, strict=True)
            writer.writerow([value for cell, two in pairs for value in _values(cell, two)])
    return file


def inert(text: str) -> str:
    """The text, never a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(STARTS_A_FORMULA) else text


def _heads(column: Column, whole: Table, two: bool) -> list[str]:
    name = f"{column.name} ({whole.currency})" if column.kind == "money" else column.name
    return [inert(name), inert(f"{name}: standard error")] if two else [inert(name)]


def _values(cell: Cell, two: bool) -> list[object]:
    if isinstance(cell, Estimate):
        return [cell.value, 0.0 if cell.exact else cell.standard_error]
    value = inert(cell) if isinstance(cell, str) else cell
    return [value, None] if two else [value]
