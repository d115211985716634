"""Is every row of a sheet fit to be rated? Column by column, all faults at once."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from techinsure.bordereau.rows import ids_of_others, placed
from techinsure.bordereau.sheet import LONGEST_CELL, Sheet
from techinsure.catalogue import Catalogue
from techinsure.columns import TextColumn, did_you_mean, listed, name_faults
from techinsure.errors import MISSING, Fault, InvalidParameter
from techinsure.quantities import Ints
from techinsure.reading import pointer
from techinsure.schedule import schedule_faults

FIRST_ROW = 2
"""What a spreadsheet calls the first row below the header."""


def check(sheet: Sheet, catalogue: Catalogue) -> tuple[Fault, ...]:
    """Every fault of every row, in order of rows; none when `portfolio_of` would take them all.

    A fault's pointer is `/<row>/<column>`, rows counted from 0. Nothing is rated.
    """
    if "product" not in sheet.columns:
        known = did_you_mean("product", list(sheet.columns))
        return (Fault("product", None, MISSING, known, pointer(0, "product")),)
    if not sheet.n_rows:
        return (Fault("rows", 0, "must be at least 1"),)
    products = sheet.columns["product"].stripped()
    faults = [
        placed(fault, range(sheet.n_rows), 0)
        for fault in name_faults("product", products, catalogue.products)
    ]
    owner: dict[str, int] = {}
    repeated = _has_repeated_ids(sheet)
    for code, here in _groups(sheet.columns["product"]):
        if code not in catalogue.products:
            continue
        columns = _columns(sheet, here)
        places = range(sheet.n_rows) if len(here) == sheet.n_rows else here.tolist()
        if repeated:
            faults += listed("id", ids_of_others(columns["id"], places, owner))
        found = schedule_faults(catalogue.product(code), columns)
        faults += [placed(fault, places, places[0]) for fault in found]
    return tuple(sorted(faults, key=row_of))


def _groups(column: TextColumn) -> Iterator[tuple[str, Ints]]:
    """Each text and the rows that have it."""
    names, codes = column.names()
    order = np.argsort(codes, kind="stable").astype(np.int32)
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    for name, start, end in zip(names, [0, *ends[:-1]], ends, strict=True):
        yield name, order[start:end]


def _has_repeated_ids(sheet: Sheet) -> bool:
    """Whether an id may stand twice, given or made of a row's number."""
    if "id" not in sheet.columns:
        return False
    import pyarrow.compute as pc

    ids = sheet.columns["id"].trimmed()
    made = pc.any(pc.starts_with(ids, "row ")).as_py()
    return bool(made or pc.count_distinct(ids).as_py() < len(ids))


def _columns(sheet: Sheet, here: Ints) -> dict[str, TextColumn]:
    """The columns of some rows in which at least one has a value; ids default to the place."""
    whole = len(here) == sheet.n_rows
    taken = {
        name: column if whole else column.take(here)
        for name, column in sheet.columns.items()
        if name != "product"
    }
    used = {name: column for name, column in taken.items() if column.given().any()}
    if "id" not in used or not used["id"].given().all():
        given = used.get("id", [""] * len(here))
        used["id"] = TextColumn.of(
            own if own.strip() else f"row {place + 1}"
            for own, place in zip(given, here.tolist(), strict=True)
        )
    return used


def row_of(fault: Fault) -> int:
    """The row of a fault, counted from 0; -1 for one of the whole file."""
    place = fault.pointer[1:].partition("/")[0]
    return int(place) if place.isdecimal() else -1


def refuse_faulty(faults: Iterable[Fault]) -> None:
    """Raise `InvalidParameter` with the faults, if there are any."""
    listed_ = tuple(faults)
    if listed_:
        raise InvalidParameter(listed_)


def rejects(faults: Iterable[Fault], renamed: Mapping[str, str] | None = None) -> Sheet:
    """What is wrong, as a table to send back: row as a spreadsheet counts it ("" for the whole
    file), our column, their header, value, reason and fix. `renamed` their header -> ours."""
    theirs = {ours: header for header, ours in (renamed or {}).items()}
    table: dict[str, list[str]] = {
        name: [] for name in ("row", "column", "header", "value", "reason", "fix")
    }
    for fault in faults:
        row = row_of(fault)
        value = "" if fault.value is None else str(fault.value)
        cells = (
            str(row + FIRST_ROW) if row >= 0 else "",
            fault.field, theirs.get(fault.field, fault.field), value, fault.bound, fault.fix,
        )  # fmt: skip
        for name, cell in zip(table, cells, strict=True):
            table[name].append(cell[:LONGEST_CELL].encode("utf-8", "replace").decode())
    return Sheet.of(table)
