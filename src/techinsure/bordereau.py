"""Rows of insured objects (from a file, JSON or Python) into a portfolio of several products."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from techinsure.catalogue import Catalogue
from techinsure.columns import absent, did_you_mean
from techinsure.errors import Fault, InvalidParameter
from techinsure.portfolio import Portfolio, concat
from techinsure.reading import pointer
from techinsure.schedule import schedule

MOST_ROWS = 100_000
MOST_COLUMNS = 200

Row = Mapping[str, object]
"""Column name -> value; the column `product` says which product insures the object."""


def read_csv(file: Path) -> list[Row]:
    """The rows of a UTF-8 CSV file with a header line, every value as text.

    Raises `InvalidParameter` for a file that is no such table, naming line and fault.
    """
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault("file", file.name, f"must be UTF-8, byte {error.start} is not")
        raise InvalidParameter([fault]) from None
    lines = csv.reader(io.StringIO(content), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        table = [(lines.line_num, line) for line in lines if line]
    except csv.Error as error:
        fault = Fault("file", file.name, f"must be CSV: {error} in line {lines.line_num}")
        raise InvalidParameter([fault]) from None
    faults = _header_faults(header)
    faults += [
        Fault(f"line {number}", len(line), f"must have {len(header)} values, as the header")
        for number, line in table
        if len(line) != len(header)
    ]
    if faults:
        raise InvalidParameter(faults)
    return [dict(zip(header, line, strict=True)) for _, line in table]


def _header_faults(header: Sequence[str]) -> list[Fault]:
    if not 1 <= len(header) <= MOST_COLUMNS:
        return [Fault("header", len(header), f"must have 1 to {MOST_COLUMNS} columns")]
    if "" in header:
        place = header.index("") + 1
        return [Fault("header", "", f"must name every column, column {place} has no name")]
    repeated = sorted({name for name in header if header.count(name) > 1})
    return [Fault("header", name, "must not be repeated") for name in repeated]


def portfolio_of(rows: Iterable[Row], catalogue: Catalogue) -> Portfolio:
    """The portfolio of `rows`, each rated and covered under its product, in order of product.

    Raises `InvalidParameter` with every fault of every row; a fault's pointer is
    `/<row>/<column>`, rows counted from 0.
    """
    listed = list(rows)
    if not 1 <= len(listed) <= MOST_ROWS:
        raise InvalidParameter([Fault("rows", len(listed), f"must be 1 to {MOST_ROWS} rows")])
    faults, portfolios = list[Fault](), list[Portfolio]()
    places: dict[str, list[int]] = {}
    owner: dict[str, int] = {}
    for place, row in enumerate(listed):
        code = row.get("product")
        places.setdefault("" if absent(code) else str(code).strip(), []).append(place)
    for code, here in places.items():
        if code not in catalogue.products:
            fix = did_you_mean(code, catalogue.products)
            bound = f"must be one of {', '.join(catalogue.products)}"
            faults += [
                Fault("product", code, bound, fix, pointer(place, "product")) for place in here
            ]
            continue
        columns = _columns([listed[place] for place in here], here)
        faults += _ids_of_others(columns["id"], here, owner)
        try:
            portfolios.append(schedule(catalogue.product(code), columns).portfolio)
        except InvalidParameter as error:
            faults += [_placed(fault, here, listed) for fault in error.faults]
    if faults:
        raise InvalidParameter(faults)
    return concat(portfolios)


def _ids_of_others(
    ids: Sequence[object], places: Sequence[int], owner: dict[str, int]
) -> Iterator[Fault]:
    """Ids that a row of another product has; `owner` is added to."""
    mine = [(str(own).strip(), place) for own, place in zip(ids, places, strict=True)]
    for name, place in mine:
        if name in owner:
            bound = f"must be unique, row {owner[name]} has it"
            yield Fault("id", name, bound, "", pointer(place, "id"))
    owner.update(reversed(mine))


def _columns(rows: Sequence[Row], places: Sequence[int]) -> dict[str, list[object]]:
    """Columns in which at least one row has a value; ids default to the row's place."""
    names = dict.fromkeys(name for row in rows for name in row if name != "product")
    columns = {name: [row.get(name) for row in rows] for name in names}
    used = {
        name: values
        for name, values in columns.items()
        if any(not absent(value) for value in values)
    }
    given = used.get("id", [None] * len(rows))
    used["id"] = [
        f"row {place + 1}" if absent(own) else own for own, place in zip(given, places, strict=True)
    ]
    return used


def _placed(fault: Fault, places: Sequence[int], rows: Sequence[Row]) -> Fault:
    """A fault of `column[row]` of one product as a fault of the row it came from; one of a whole
    column points at the first row that has it."""
    name, row = fault.cell()
    if row is None or row >= len(places):  # a column whose own name ends in brackets
        first = next((place for place in places if fault.field in rows[place]), places[0])
        return fault._replace(pointer=pointer(first, fault.field))
    return fault._replace(field=name, pointer=pointer(places[row], name))
