"""Rows of insured objects (a sheet, JSON or Python) into a portfolio of several products."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from techinsure.bordereau.sheet import Sheet
from techinsure.catalogue import Catalogue
from techinsure.columns import Names, absent, name_faults
from techinsure.errors import MISSING, Fault, InvalidParameter
from techinsure.portfolio import Portfolio, concat
from techinsure.quantities import nearest
from techinsure.reading import pointer
from techinsure.schedule import schedule

MOST_ROWS = 100_000
"""Of a portfolio, each row simulated in every year: a limit on computing, not on reading. A sheet
may have more, and all of it is checked."""

Row = Mapping[str, object]
"""Column name -> value; the column `product` says which product insures the object."""


def portfolio_of(rows: Iterable[Row] | Sheet, catalogue: Catalogue) -> Portfolio:
    """The portfolio of `rows`, each rated and covered under its product, in order of product.

    Raises `InvalidParameter` with every fault of every row; a fault's pointer is
    `/<row>/<column>`, rows counted from 0.
    """
    n_rows = rows.n_rows if isinstance(rows, Sheet) else 0
    listed: list[Row] = [] if n_rows > MOST_ROWS else list(_listed(rows))
    n_rows = n_rows or len(listed)
    if not 1 <= n_rows <= MOST_ROWS:
        raise InvalidParameter([Fault("rows", n_rows, f"must be 1 to {MOST_ROWS} rows")])
    if not any("product" in row for row in listed):
        names = dict.fromkeys(name for row in listed for name in row)
        raise InvalidParameter([no_product(list(names), catalogue)])
    faults, portfolios = list[Fault](), list[Portfolio]()
    places: dict[str, list[int]] = {}
    owner: dict[str, int] = {}
    for place, row in enumerate(listed):
        code = row.get("product")
        places.setdefault("" if absent(code) else str(code).strip(), []).append(place)
    for code, here in places.items():
        if code not in catalogue.products:
            unknown = name_faults(
                "product", Names.of([code] * len(here), len(here)), catalogue.products
            )
            faults += [
                fault._replace(field="product", pointer=pointer(place, "product"))
                for fault, place in zip(unknown, here, strict=True)
            ]
            continue
        columns = _columns_of([listed[place] for place in here], here)
        faults += ids_of_others(columns["id"], here, owner)
        try:
            portfolios.append(schedule(catalogue.product(code), columns).portfolio)
        except InvalidParameter as error:
            faults += [placed(fault, here, _first(fault, here, listed)) for fault in error.faults]
    if faults:
        raise InvalidParameter(faults)
    return concat(portfolios)


def no_product(columns: Sequence[str], catalogue: Catalogue) -> Fault:
    """What is wrong with rows of which none says its product."""
    guess = nearest("product", columns)
    known = ", ".join(catalogue.products)
    fix = f"did you mean {guess!r}?" if guess else f"add a column product (产品): {known}"
    return Fault("product", None, MISSING, fix, pointer(0, "product"))


def _listed(rows: Iterable[Row] | Sheet) -> Iterable[Row]:
    return rows.rows() if isinstance(rows, Sheet) else rows


def ids_of_others(
    ids: Sequence[object], places: Sequence[int], owner: dict[str, int]
) -> Iterator[Fault]:
    """Ids that a row of another product has; `owner` is added to."""
    mine = [(str(own).strip(), place) for own, place in zip(ids, places, strict=True)]
    for name, place in mine:
        if name in owner:
            yield Fault("id", name, "must be unique", "", pointer(place, "id"))
    owner.update(reversed(mine))


def _columns_of(rows: Sequence[Row], places: Sequence[int]) -> dict[str, list[object]]:
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


def _first(fault: Fault, places: Sequence[int], rows: Sequence[Row]) -> int:
    """The first row that has a fault's column."""
    return next((place for place in places if fault.field in rows[place]), places[0])


def placed(fault: Fault, places: Sequence[int], first: int) -> Fault:
    """A fault of `column[row]` of one product as a fault of the row it came from; one of a whole
    column points at the `first` row that has it."""
    name, row = fault.cell()
    if row is None or row >= len(places):  # a column whose own name ends in brackets
        return fault._replace(pointer=pointer(first, fault.field))
    return fault._replace(field=name, pointer=pointer(places[row], name))
