"""`read` a bordereau from a file and `write` it to one: CSV, xlsx or Parquet."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from techinsure.bordereau import csv_files, encodings, headers, parquet_files, workbooks
from techinsure.bordereau import values as values_
from techinsure.bordereau.sheet import (
    MOST_BYTES,
    Format,
    Reading,
    Sheet,
    refuse_size,
    tidied,
)
from techinsure.bordereau.values import Values
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import nearest

ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".xlsx": "xlsx", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip

SIGNS: dict[bytes, Format] = {b"PK\x03\x04": "xlsx", b"PAR1": "parquet"}
"""How files of a format begin; no CSV in UTF-8 or GB 18030 with a header begins so by chance."""

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read(
    source: Path | str | bytes,
    *,
    encoding: str | None = None,
    mapping: Mapping[str, str] | Path | None = None,
    values: Values | None = None,
) -> Sheet:
    """The table in a file, or in its bytes: every cell as text, headers by our names.

    `encoding` (`utf-8` or `gb18030`) is for CSV; without it the bytes decide, and
    `sheet.reading` says how. `mapping` is their header -> our column ("" drops it), `values` our
    column -> their value -> our name, both before the shipped tables; a TOML file as `mapping` may
    hold both. Raises `InvalidParameter` with everything that is wrong; nothing is half read.
    """
    content = source if isinstance(source, bytes) else _bytes(Path(source))
    if len(content) > MOST_BYTES:
        raise _too_large(len(content))
    format_: Format = next((f for sign, f in SIGNS.items() if content.startswith(sign)), "csv")
    if content.startswith(OLD_WORKBOOK):
        bound, fix = "must be CSV, xlsx or Parquet", "save it as xlsx, without a password"
        raise InvalidParameter([Fault("file", "xls", bound, fix)])
    decided = encodings.Guess(encoding="utf-8", decided="format")
    if format_ == "csv":
        theirs, columns, decided = csv_files.read(content, encoding)
    else:
        theirs, columns = (workbooks if format_ == "xlsx" else parquet_files).read(content)
    refuse_size(len(columns[0]), len(columns))
    of_file = headers.load(mapping) if isinstance(mapping, Path) else (mapping or {}, {})
    ours, renamed, dropped = headers.mapped(theirs, of_file[0])
    kept = {name: column for name, column in zip(ours, columns, strict=True) if name}
    named, translated = values_.translated(kept, {**of_file[1], **(values or {})})
    reading = Reading(
        format=format_, encoding=decided.encoding, decided=decided.decided,
        ambiguous=decided.ambiguous, renamed=renamed, dropped=dropped, translated=translated,
        left_out=workbooks.other_sheets(content) if format_ == "xlsx" else (),
    )  # fmt: skip
    return Sheet(columns=tidied(named), reading=reading)


def _bytes(file: Path) -> bytes:
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise _too_large(size)
    return file.read_bytes()


def _too_large(size: int) -> InvalidParameter:
    return InvalidParameter([Fault("file", size, f"must be at most {MOST_BYTES} bytes")])


def write(sheet: Sheet, target: Path | str, *, encoding: str = "utf-8-sig") -> None:
    """The sheet as a file whose name ends in .csv, .xlsx or .parquet.

    A CSV is in `utf-8`, `utf-8-sig` (with a mark, so that spreadsheets know) or `gb18030`.
    Nothing in it runs as a formula, and `read` gives back the same texts.
    """
    target = Path(target)
    blocks = as_bytes(sheet, format_of(target), encoding=encoding)
    with target.open("wb") as file:
        file.writelines(blocks)


def as_bytes(sheet: Sheet, format_: Format, *, encoding: str = "utf-8-sig") -> Iterable[bytes]:
    """The blocks of the file that `write` makes."""
    if format_ == "xlsx":
        return [workbooks.write(sheet.columns)]
    if format_ == "parquet":
        return [parquet_files.write(sheet.columns)]
    mark = encoding.strip().lower().replace("_", "-") == "utf-8-sig"
    return csv_files.write(sheet.columns, encodings.named(encoding), mark)


def format_of(target: Path) -> Format:
    """The format that a name's ending asks for."""
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        guess = nearest(ending, ENDINGS)
        fix = f"did you mean {guess!r}?" if guess else ""
        bound = "must end in .csv, .xlsx or .parquet"
        raise InvalidParameter([Fault("file", target.name, bound, fix)])
    return ENDINGS[ending]
