"""Is every row of a sheet fit to be rated? Column by column, all faults at once."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from techinsure.bordereau.rows import ids_of_others, no_product, placed
from techinsure.bordereau.sheet import LONGEST_CELL, Sheet
from techinsure.catalogue import Catalogue
from techinsure.columns import Names, listed, name_faults
from techinsure.errors import Fault, InvalidParameter
from techinsure.exposure import exposure_faults
from techinsure.quantities import Ints
from techinsure.text_columns import TextColumn

FIRST_ROW = 2
"""What a spreadsheet calls the first row below the header."""


def check(sheet: Sheet, catalogue: Catalogue) -> tuple[Fault, ...]:
    """Every fault of every row, in order of rows; none when `portfolio_of` would take them all.

    A fault's pointer is `/<row>/<column>`, rows counted from 0. Nothing is rated.
    """
    if "product" not in sheet.columns:
        return (no_product(list(sheet.columns), catalogue),)
    if not sheet.n_rows:
        return (Fault("rows", 0, "must be at least 1"),)
    products = Names.of(sheet.columns["product"], sheet.n_rows)
    faults = [
        placed(fault, range(sheet.n_rows), 0)
        for fault in name_faults("product", products, catalogue.products)
    ]
    groups = {code: here for code, here in _groups(products) if code in catalogue.products}
    owner: dict[str, int] = {}
    repeated = len(groups) > 1 and _has_repeated_ids(sheet)
    for code, here in groups.items():
        columns = _columns(sheet, here)
        places = range(sheet.n_rows) if len(here) == sheet.n_rows else here.tolist()
        if repeated:
            faults += listed("id", ids_of_others(columns["id"], places, owner))
        found = exposure_faults(catalogue.product(code), columns)
        faults += [placed(fault, places, places[0]) for fault in found]
    return tuple(sorted(faults, key=row_of))


def _groups(products: Names) -> Iterator[tuple[str, Ints]]:
    """Each name that a row has and the rows that have it."""
    order = np.argsort(products.codes, kind="stable").astype(np.int32)
    counts = np.bincount(products.codes, minlength=len(products.names))
    ends = np.cumsum(counts)
    for name, start, end in zip(products.names, ends - counts, ends, strict=True):
        if start < end:
            yield name, order[start:end]


def _has_repeated_ids(sheet: Sheet) -> bool:
    """Whether an id may stand twice, given or made of a row's number."""
    if "id" not in sheet.columns:
        return False
    import pyarrow.compute as pc

    ids = sheet.columns["id"]
    return pc.any(pc.starts_with(ids.trimmed(), "row ")).as_py() or not ids.is_unique()


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
        used["id"] = _numbered(used.get("id"), here)
    return used


def _numbered(ids: TextColumn | None, here: Ints) -> TextColumn:
    """The ids, `row <number>` where none is given, numbers counted from 1."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pc.cast(pa.array(here + 1), pa.string())
    made = pc.binary_join_element_wise("row", numbers, " ")
    if ids is None:
        return TextColumn(made)
    return TextColumn(pc.if_else(pa.array(ids.given()), ids.array, made))


def row_of(fault: Fault) -> int:
    """The row of a fault, counted from 0; -1 for one of the whole file."""
    place = fault.pointer[1:].partition("/")[0]
    return int(place) if place.isdecimal() else -1


def refuse_faulty(faults: Iterable[Fault]) -> None:
    """Raise `InvalidParameter` with the faults, if there are any."""
    listed_ = tuple(faults)
    if listed_:
        raise InvalidParameter(listed_)


def in_file(faults: Iterable[Fault], sheet: Sheet, at: str = "/portfolio/rows") -> list[Fault]:
    """Faults of rows that came from `sheet`, each where its file shows it: the row as a spreadsheet
    counts it and the header as it stands there, without a pointer. `at` is the pointer of the rows
    in a request; what does not begin so stays as it is."""
    theirs = _headers_of(sheet.reading.renamed if sheet.reading else {})
    told = []
    for fault in faults:
        row = row_of(fault._replace(pointer=fault.pointer.removeprefix(at)))
        if fault.pointer.startswith(f"{at}/") and row >= 0:
            header = theirs.get(fault.field, fault.field)
            fault = fault._replace(field=f"row {row + FIRST_ROW}, {header}", pointer="")
        told.append(fault)
    return told


def _headers_of(renamed: Mapping[str, str]) -> dict[str, str]:
    """Our column -> their header."""
    return {ours: header for header, ours in renamed.items()}


def rejects(faults: Iterable[Fault], renamed: Mapping[str, str] | None = None) -> Sheet:
    """What is wrong, as a table to send back: row as a spreadsheet counts it ("" for the whole
    file), our column, their header, value, reason and fix. `renamed` their header -> ours."""
    theirs = _headers_of(renamed or {})
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
