"""A table as it stood in a file: named columns of texts, and how it was read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.bordereau.encodings import Decided, Encoding
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Flag
from techinsure.text_columns import TextColumn

Format = Literal["csv", "xlsx", "parquet"]

MOST_BYTES = 512 * 2**20
MOST_ROWS = 2_000_000
MOST_COLUMNS = 200
MOST_CELLS = 100_000_000
LONGEST_HEADER = 200
LONGEST_CELL = 32_767
"""Characters; a cell of a workbook holds no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file was read: `renamed` their header -> our column, `dropped` their headers that
    the mapping sends nowhere, `translated` our column -> their value -> our name, `left_out` sheets
    of a workbook after the first, `ambiguous` when its bytes are valid in both encodings."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    format: Format
    encoding: Encoding
    decided: Decided
    ambiguous: Flag = False
    renamed: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    translated: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """Columns of texts of one length, by our name where it is known; "" is an empty cell."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    columns: Mapping[str, TextColumn]
    reading: Reading | None = None

    def __post_init__(self) -> None:
        refuse_headers(list(self.columns))
        lengths = {len(column) for column in self.columns.values()}
        if len(lengths) > 1:
            raise InvalidParameter([Fault("columns", sorted(lengths), "must be of one length")])

    @staticmethod
    def of(columns: Mapping[str, list[str]]) -> "Sheet":
        """The sheet of some lists of texts."""
        return Sheet(columns={name: TextColumn.of(own) for name, own in columns.items()})

    @property
    def n_rows(self) -> int:
        return len(next(iter(self.columns.values())))

    def rows(self) -> list[dict[str, str]]:
        """Column name -> text, row by row."""
        names = list(self.columns)
        return [dict(zip(names, row, strict=True)) for row in self._tuples()]

    def lists(self) -> dict[str, list[str]]:
        """Column name -> texts."""
        return {name: list(column) for name, column in self.columns.items()}

    def _tuples(self) -> Iterator[tuple[str, ...]]:
        return zip(*self.lists().values(), strict=True)


def refuse_headers(names: list[str]) -> None:
    """Raise `InvalidParameter` unless every column has a name of its own."""
    if not 1 <= len(names) <= MOST_COLUMNS:
        bound = f"must have 1 to {MOST_COLUMNS} columns"
        raise InvalidParameter([Fault("header", len(names), bound)])
    if "" in names:
        bound = f"must name every column, column {names.index('') + 1} has no name"
        raise InvalidParameter([Fault("header", "", bound)])
    for name in names:
        if len(name) > LONGEST_HEADER or any(sign < " " and sign not in "\t\r\n" for sign in name):
            bound = f"must be a name of at most {LONGEST_HEADER} characters"
            raise InvalidParameter([Fault("header", name, bound)])
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InvalidParameter(Fault("header", name, "must not be repeated") for name in repeated)


def refuse_size(n_rows: int, n_columns: int) -> None:
    """Raise `InvalidParameter` for a table too large to be read."""
    if n_rows > MOST_ROWS:
        raise InvalidParameter([Fault("rows", n_rows, f"must be at most {MOST_ROWS}")])
    if n_rows * n_columns > MOST_CELLS:
        bound = f"must be at most {MOST_CELLS} rows times columns"
        raise InvalidParameter([Fault("cells", n_rows * n_columns, bound)])


def tidied(columns: Mapping[str, TextColumn]) -> dict[str, TextColumn]:
    """The columns without blank rows at the end; raises for a cell too long."""
    import numpy as np
    import pyarrow.compute as pc

    found = []
    for name, column in columns.items():
        longest = pc.max(pc.binary_length(column.texts)).as_py() or 0
        if longest > LONGEST_CELL:
            lengths = column.spread(pc.utf8_length(column.texts))
            row = int(np.argmax(lengths))
            if lengths[row] > LONGEST_CELL:
                bound = f"must have at most {LONGEST_CELL} characters"
                found.append(Fault(f"{name}[{row}]", int(lengths[row]), bound))
    if found:
        raise InvalidParameter(found)
    n = len(next(iter(columns.values()), ()))
    if n and any(column[n - 1] for column in columns.values()):
        return dict(columns)
    last = -1
    for column in columns.values():
        filled = np.flatnonzero(column.spread(pc.not_equal(column.texts, "")))
        last = max(last, int(filled[-1]) if len(filled) else -1)
    return {name: column[: last + 1] for name, column in columns.items()}
