"""Workbooks (xlsx) as text columns, and back. What unpacks is checked in `archives` first."""

import datetime
import io
from collections.abc import Mapping
from typing import Any

from techinsure.bordereau.archives import check_archive
from techinsure.bordereau.sheet import refuse_headers
from techinsure.errors import Fault, InvalidParameter
from techinsure.text_columns import TextColumn

MOST_ROWS = 1_048_575
"""Of a sheet, without the header."""

UNWRITABLE = "[\ufffe\uffff]"
WHOLE = 2.0**53


def other_sheets(content: bytes) -> tuple[str, ...]:
    """The names of the sheets after the first, which are not read."""
    import python_calamine

    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        return tuple(book.sheet_names[1:])


def read(content: bytes) -> tuple[list[str], list[TextColumn]]:
    """Headers and columns of the first sheet; every cell as the text that shows it."""
    check_archive(content)
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheet = book.get_sheet_by_index(0)
            rows = [[shown(cell) for cell in row] for row in sheet.iter_rows()]
            first = sheet.start or (0, 0)
    except python_calamine.CalamineError as error:
        fault = Fault("file", "", f"must be an xlsx workbook: {error}")
        raise InvalidParameter([fault]) from None
    if not rows:
        refuse_headers([])
    if first[0] > 0:
        fix = "put the header into row 1"
        raise InvalidParameter([Fault("header", "", "must be the first row", fix)])
    width = max((place + 1 for place, name in enumerate(rows[0]) if name.strip()), default=0)
    beyond = next((place for place, row in enumerate(rows) if any(row[width:])), None)
    if beyond is not None:
        bound = f"must name every column, row {beyond + 1} has more than {width}"
        raise InvalidParameter([Fault("header", "", bound)])
    headers = [name.strip() for name in rows[0][:width]]
    refuse_headers(headers)
    body = rows[1:]
    return headers, [TextColumn.of([row[place] for row in body]) for place in range(width)]


def shown(cell: object) -> str:
    """A cell as text: a whole number without a point, a day as 2026-11-24, true or false."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < WHOLE:
            return str(int(cell))
        case datetime.datetime() if cell.time() == datetime.time():
            return cell.date().isoformat()
        case datetime.datetime() | datetime.date() | datetime.time():
            return cell.isoformat()
        case None:
            return ""
    return str(cell)


def write(columns: Mapping[str, TextColumn]) -> bytes:
    """A workbook of texts: no cell is a formula, a number or a link."""
    import pyarrow.compute as pc
    import xlsxwriter

    n_rows = len(next(iter(columns.values())))
    if n_rows > MOST_ROWS:
        fix = "write CSV or Parquet"
        raise InvalidParameter([Fault("rows", n_rows, f"must be at most {MOST_ROWS}", fix)])
    for name, column in columns.items():
        if pc.any(pc.match_substring_regex(column.texts, UNWRITABLE)).as_py():
            bound = "must hold no U+FFFE or U+FFFF, which no workbook can"
            raise InvalidParameter([Fault(name, "", bound, "write CSV or Parquet")])
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet: Any = book.add_worksheet()
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name)
        for row, cells in enumerate(zip(*columns.values(), strict=True), start=1):
            for place, cell in enumerate(cells):
                if cell:
                    sheet.write_string(row, place, cell)
    return target.getvalue()
