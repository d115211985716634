"""CSV as text columns, and back. pyarrow reads; what looks odd is read again line by line."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from techinsure.bordereau import encodings
from techinsure.bordereau.encodings import Encoding, Guess
from techinsure.bordereau.sheet import MOST_COLUMNS, refuse_headers, refuse_size
from techinsure.columns import NUMBER
from techinsure.errors import Fault, InvalidParameter
from techinsure.text_columns import TextColumn, encoded

LONGEST_HEADER = 1 << 20
"""Bytes."""

BLOCK = 1 << 24
"""Bytes read at a time; no row may be longer."""

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", "；": "full-width semicolons",
              "，": "full-width commas"}  # fmt: skip
"""What other programs put between names, and what it is called."""

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")

STARTS_FORMULA = "=+\\-@\t\r\n＝＋－＠"
"""A cell that begins so would run in a spreadsheet, unless it is a number."""


def read(content: bytes, encoding: str | None) -> tuple[list[str], list[TextColumn], Guess]:
    """Headers, columns and encoding; raises `InvalidParameter` with every line at fault.

    No comma, quotation mark or line break is part of a longer character in either encoding, so
    bytes are cut into cells first, and of GB 18030 each text that repeats is recoded once.
    """
    guess = encodings.guess(content, encoding)
    content = content[guess.mark :] if guess.mark else content
    try:
        named, start = _header(content, guess.encoding)
        headers = list(TextColumn.of(named).mapped(unescaped))
        refuse_headers(headers)
        _refuse_other_separators(headers)
        columns = _columns(content, start, headers, guess.encoding)
    except UnicodeDecodeError:
        raise encodings.misfit_of(content) from None
    return headers, [column.mapped(unescaped) for column in columns], guess


def _header(content: bytes, encoding: Encoding) -> tuple[list[str], int]:
    """The names in the first line, and where the next begins; read before anything else, so
    that a hundred thousand columns cost nothing."""
    head, size, n_lines = content[: LONGEST_HEADER + 4], 0, 0

    def lines() -> Iterator[str]:
        nonlocal size, n_lines
        for line in _LINE.finditer(head):
            size, n_lines = line.end(), n_lines + 1
            cut = len(head) < len(content) and size == len(head)
            yield encodings.decode(line[0], encoding, "ignore" if cut else "strict")

    try:
        names = next(csv.reader(lines(), strict=True), [])
    except csv.Error as error:
        bound = f"must be CSV: {error} in line {n_lines}"
        raise InvalidParameter([Fault("file", "", bound)]) from None
    if size > LONGEST_HEADER:
        bound = f"must be at most {LONGEST_HEADER} bytes and have 1 to {MOST_COLUMNS} columns"
        raise InvalidParameter([Fault("header", len(names), bound)])
    return [name.strip() for name in names], size


def _refuse_other_separators(headers: list[str]) -> None:
    """Raise for a single name in which something else than commas stands between names."""
    found = next((name for sign, name in SEPARATORS.items() if sign in headers[0]), "")
    if len(headers) == 1 and found:
        bound = f"must be separated by commas, not by {found}"
        fix = "save it as CSV with commas, or as xlsx"
        raise InvalidParameter([Fault("header", headers[0], bound, fix)])


def _columns(
    content: bytes, start: int, headers: list[str], encoding: Encoding
) -> list[TextColumn]:
    import pyarrow as pa

    if not content[start : start + 4096].strip(b"\r\n") and not content[start:].strip(b"\r\n"):
        return [TextColumn.of([]) for _ in headers]
    odd = _has_odd_quotes(content)
    try:
        pieces = _pieces(memoryview(content)[start:], len(headers), encoding)
    except pa.ArrowInvalid as error:
        _refuse_lines(content, len(headers), encoding)
        raise InvalidParameter([Fault("file", "", f"must be CSV: {error}")]) from None
    if odd:
        _refuse_lines(content, len(headers), encoding)
    return [TextColumn.joined(column) for column in pieces]


def _pieces(content: memoryview, n_columns: int, encoding: Encoding) -> list[list[Any]]:
    """The texts of each column block by block; raises `ArrowInvalid` where a row has another
    number of values."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [str(place) for place in range(n_columns)]
    reader = arrow_csv.open_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=BLOCK),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=False
        ),
    )
    pieces: list[list[Any]] = [[] for _ in names]
    n_rows = 0
    for batch in reader:
        n_rows += batch.num_rows
        refuse_size(n_rows, n_columns)
        for column, array in zip(pieces, batch.columns, strict=True):
            hopeless = column and column[-1].type == pa.string()
            coded = array if hopeless else encoded(array)
            column.append(encodings.texts_of(coded, encoding))
    return pieces


def _has_odd_quotes(content: bytes) -> bool:
    """Whether a quotation mark may stand where CSV has none: an odd number of them, or one
    inside of text."""
    import numpy as np

    if b'"' not in content:
        return False
    bytes_ = np.frombuffer(content, np.uint8)
    count, step = 0, 1 << 22
    harmless = np.zeros(256, dtype=bool)
    harmless[list(b'",\r\n')] = True
    for start in range(0, len(bytes_), step):
        window = bytes_[max(start - 1, 0) : start + step + 1]
        quotes = np.flatnonzero(window[1:-1] == 34) + 1
        count += len(quotes)
        if (~harmless[window[quotes - 1]] & ~harmless[window[quotes + 1]]).any():
            return True
    at_the_ends = content[:1] + content[-1:]
    return bool((count + at_the_ends.count(b'"')) % 2)


def _refuse_lines(content: bytes, n_columns: int, encoding: Encoding) -> None:
    """Raise with every line at fault, read by the strict reader of Python."""
    content = encodings.to_utf8(content) if encoding == "gb18030" else content
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), strict=True)
    bound = f"must have {n_columns} values, as the header"
    faults = []
    try:
        for line in lines:
            if line and len(line) != n_columns:
                faults.append(Fault(f"line {lines.line_num}", len(line), bound))
    except csv.Error as error:
        faults.append(Fault("file", "", f"must be CSV: {error} in line {lines.line_num}"))
    if faults:
        raise InvalidParameter(faults)


# --- Out -----------------------------------------------------------------------------------------


def write(columns: Mapping[str, TextColumn], encoding: Encoding, mark: bool) -> Iterator[bytes]:
    """The blocks of a CSV file: every value between quotation marks, nothing that could run."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    arrays = [column.mapped(escaped).array for column in columns.values()]
    head = io.StringIO(newline="")
    csv.writer(head, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
        TextColumn.of(columns).mapped(escaped)
    )
    names = [str(place) for place in range(len(arrays))]
    sink = pa.BufferOutputStream()
    sink.write(head.getvalue().encode())
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="all_valid")
    arrow_csv.write_csv(pa.table(arrays, names=names), sink, options)
    content = memoryview(sink.getvalue())
    if mark:
        yield next(sign for sign, name in encodings.MARKS.items() if name == encoding)
    if encoding == "utf-8":
        yield bytes(content)
    else:
        yield from encodings.from_utf8(bytes(content))


def escaped(array: Any) -> Any:
    """A string array with ' before what a spreadsheet would run; `unescaped` takes it away."""
    import pyarrow.compute as pc

    runs = pc.match_substring_regex(array, f"\\A'*[{STARTS_FORMULA}]")
    if not pc.any(runs).as_py():
        return array
    runs = pc.and_not(runs, pc.match_substring_regex(array, rf"\A{NUMBER}\z"))
    return pc.if_else(runs, pc.binary_join_element_wise("'", array, ""), array)


def unescaped(array: Any) -> Any:
    """Without the ' that `escaped` put there."""
    import pyarrow.compute as pc

    if not pc.any(pc.starts_with(array, "'")).as_py():
        return array
    pattern = f"\\A'('*[{STARTS_FORMULA}])"
    return pc.replace_substring_regex(array, pattern, r"\1")
