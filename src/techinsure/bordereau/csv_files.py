"""CSV as text columns, and back. pyarrow reads; what looks odd is read again line by line."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from techinsure.bordereau import encodings
from techinsure.bordereau.encodings import Encoding, Guess
from techinsure.bordereau.sheet import MOST_COLUMNS, refuse_headers, refuse_size
from techinsure.columns import NUMBER, TextColumn
from techinsure.errors import Fault, InvalidParameter

LONGEST_HEADER = 1 << 20
"""Bytes."""

BLOCK = 1 << 24
"""Bytes read at a time; no row may be longer."""

STARTS_FORMULA = "=+\\-@\t\r\n＝＋－＠"
"""A cell that begins so would run in a spreadsheet, unless it is a number."""


def read(content: bytes, encoding: str | None) -> tuple[list[str], list[TextColumn], Guess]:
    """Headers, columns and encoding; raises `InvalidParameter` with every line at fault."""
    guess = encodings.guess(content, encoding)
    content = content[guess.mark :] if guess.mark else content
    content = encodings.to_utf8(content) if guess.encoding == "gb18030" else content
    named, start = _header(content)
    headers = list(unescaped(TextColumn.of(named)))
    refuse_headers(headers)
    columns = _columns(content, start, headers)
    return headers, [unescaped(column) for column in columns], guess


def _header(content: bytes) -> tuple[list[str], int]:
    """The names in the first line, and where the next begins; read before anything else, so
    that a hundred thousand columns cost nothing."""
    head = content[: LONGEST_HEADER + 4].decode("utf-8", errors="ignore")
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(head, newline=""):
            taken.append(line)
            yield line

    try:
        names = next(csv.reader(lines(), strict=True), [])
    except csv.Error as error:
        bound = f"must be CSV: {error} in line {len(taken)}"
        raise InvalidParameter([Fault("file", "", bound)]) from None
    size = len("".join(taken).encode())
    if size > LONGEST_HEADER:
        bound = f"must be at most {LONGEST_HEADER} bytes and have 1 to {MOST_COLUMNS} columns"
        raise InvalidParameter([Fault("header", len(names), bound)])
    return [name.strip() for name in names], size


def _columns(content: bytes, start: int, headers: list[str]) -> list[TextColumn]:
    import pyarrow as pa

    if not content[start : start + 4096].strip(b"\r\n") and not content[start:].strip(b"\r\n"):
        return [TextColumn.of([]) for _ in headers]
    odd = _has_odd_quotes(content)
    try:
        batches, ragged = _batches(memoryview(content)[start:], len(headers))
    except pa.ArrowInvalid as error:
        _refuse_lines(content, len(headers))
        raise InvalidParameter([Fault("file", "", f"must be CSV: {error}")]) from None
    if odd or ragged:
        _refuse_lines(content, len(headers))
    if ragged:
        bound = f"must have {len(headers)} values, as the header"
        raise InvalidParameter([Fault("lines", ragged, bound)])
    table = pa.Table.from_batches(batches)
    return [TextColumn(_whole(column)) for column in table.columns]


def _whole(column: Any) -> Any:
    """One array of a chunked one."""
    import pyarrow as pa

    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _batches(content: memoryview, n_columns: int) -> tuple[list[Any], int]:
    """The rows in batches of texts, and how many rows had another number of values."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    ragged = 0

    def skip(row: Any) -> str:
        nonlocal ragged
        ragged += 1
        return "skip"

    names = [str(place) for place in range(n_columns)]
    reader = arrow_csv.open_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=BLOCK),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    batches, n_rows = [], 0
    for batch in reader:
        n_rows += batch.num_rows
        refuse_size(n_rows, n_columns)
        batches.append(batch)
    return batches or [pa.RecordBatch.from_pylist([], reader.schema)], ragged


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


def _refuse_lines(content: bytes, n_columns: int) -> None:
    """Raise with every line at fault, read by the strict reader of Python."""
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

    arrays = [escaped(column).array for column in columns.values()]
    head = io.StringIO(newline="")
    csv.writer(head, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
        escaped(TextColumn.of(columns))
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


def escaped(column: TextColumn) -> TextColumn:
    """With ' before what a spreadsheet would run; `unescaped` takes it away again."""
    import pyarrow.compute as pc

    array = column.array
    runs = pc.match_substring_regex(array, f"\\A'*[{STARTS_FORMULA}]")
    if not pc.any(runs).as_py():
        return column
    runs = pc.and_not(runs, pc.match_substring_regex(array, rf"\A{NUMBER}\z"))
    return TextColumn(pc.if_else(runs, pc.binary_join_element_wise("'", array, ""), array))


def unescaped(column: TextColumn) -> TextColumn:
    """Without the ' that `escaped` put there."""
    import pyarrow.compute as pc

    array = column.array
    if not pc.any(pc.starts_with(array, "'")).as_py():
        return column
    pattern = f"\\A'('*[{STARTS_FORMULA}])"
    return TextColumn(pc.replace_substring_regex(array, pattern, r"\1"))
