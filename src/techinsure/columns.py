"""One column of a schedule, from a file, JSON or Python, as texts, numbers or flags.

A `TextColumn` (of a file) is read as a whole, any other column value by value; both alike.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from techinsure.errors import Fault
from techinsure.quantities import (
    Flags,
    Floats,
    Ints,
    NumberCheck,
    is_label,
    nearest,
)
from techinsure.text_columns import TextColumn

Column = Sequence[object]
"""One value a row; None, NaN and blank text mean "not given"."""

YES, NO = ("true", "yes", "1", "1.0", "是"), ("false", "no", "0", "0.0", "否")
"""How a flag may be written; not given is no."""

HOW = "write it as 1234.5 or 1,234.5"

NUMBER = r"[+-]?(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?([eE][+-]?\d{1,3})?"
"""A number in a file. A comma separates thousands and nothing else: 1,5 is refused, not 15."""

MOST_LISTED = 100_000
"""Faults of one column that are told one by one."""

MOST_GUESSES = 200
"""Unknown names of one column for which a known one is looked up."""

_WRITTEN = re.compile(NUMBER, re.ASCII)


class Names(NamedTuple):
    """A column of few texts: `names`, "" for none, and which of them each row has, (n,)."""

    names: Sequence[str]
    codes: Ints

    @staticmethod
    def of(values: Column | None, n: int) -> "Names":
        """The `n` texts of a column without blanks around, "" where not given."""
        if values is None:
            return Names([""], np.zeros(n, np.int32))
        if isinstance(values, TextColumn):
            return Names(*values.names())
        place: dict[str, int] = {}
        codes = [place.setdefault(text, len(place)) for text in texts(values, n)]
        return Names(list(place), np.array(codes, np.int32))

    def texts(self) -> list[str]:
        """(n,) texts."""
        spread: list[str] = np.array(self.names, dtype=object)[self.codes].tolist()
        return spread

    def spread(self, each: Iterable[float]) -> Any:
        """(n,) what `each`, one value a name, says of every row."""
        return np.array(list(each))[self.codes]

    def rows_of(self, wanted: Callable[[str], bool]) -> list[int]:
        """The rows whose name is `wanted`."""
        found = [wanted(name) for name in self.names]
        return np.flatnonzero(np.array(found)[self.codes]).tolist() if any(found) else []

    def or_else(self, usual: str) -> "Names":
        """With `usual` where no text is; a name may then stand twice among `names`."""
        return Names([name or usual for name in self.names], self.codes)


def absent(value: object) -> bool:
    """Whether a value means "not given"."""
    blank = isinstance(value, str) and not value.strip()
    return value is None or blank or (isinstance(value, float) and np.isnan(value))


def given(values: Column) -> Flags:
    """(n,) whether a value is given."""
    if isinstance(values, TextColumn):
        return values.given()
    return np.array([not absent(value) for value in values], dtype=bool)


def texts(values: Column | None, n: int) -> list[str]:
    """(n,) texts, "" where not given."""
    if values is None:
        return [""] * n
    if isinstance(values, TextColumn):
        return values.stripped()
    return ["" if absent(v) else str(v).strip() for v in values]


def numbers(
    name: str, values: Column | None, n: int, usual: float, check: NumberCheck, faults: list[Fault]
) -> Floats:
    """(n,) numbers that pass `check`, `usual` where not given; `faults` are added to."""
    if isinstance(values, TextColumn):
        return _numbers_of_texts(name, values, usual, check, faults)
    out = np.full(n, usual)
    for row, value in enumerate(values or ()):
        if absent(value):
            continue
        wrong = _wrong_number(f"{name}[{row}]", value, check)
        faults += wrong
        if not wrong:
            out[row] = as_number(value)
    return out


def _numbers_of_texts(
    name: str, values: TextColumn, usual: float, check: NumberCheck, faults: list[Fault]
) -> Floats:
    """Each text is read once, all of them together; a row of a wrong one is told as if alone."""
    import pyarrow.compute as pc

    text = values.trimmed()
    is_given = np.asarray(pc.not_equal(text, ""))
    read = _of_digits(text)
    right = np.ones(len(text), bool)
    if read is None:
        read, right = _of_numbers(text)
    with np.errstate(invalid="ignore"):
        right = right & np.asarray(check.holds(read)) & np.isfinite(read)
    suspect = is_given & ~right
    read[~right] = usual
    if suspect.any():
        rows = np.flatnonzero(values.spread(suspect))
        faults += listed(name, (
            fault
            for row in rows.tolist()
            for fault in _wrong_number(f"{name}[{row}]", values[row], check)
        ))  # fmt: skip
    out: Floats = values.spread(read)
    return out


def _of_digits(text: Any) -> Floats | None:
    """(n,) the numbers of a string array of digits with at most a point between them; None, at
    once, when one is written otherwise or missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    _, ends, data = text.buffers()
    if not data or data.to_pybytes().translate(None, b"0123456789."):
        return None
    places = np.frombuffer(ends, np.int32)[text.offset :][: len(text) + 1]
    octets = np.frombuffer(data, np.uint8)
    if (places[:-1] == places[1:]).any() or (octets[[places[:-1], places[1:] - 1]] == 46).any():
        return None
    try:
        return np.array(pc.cast(text, pa.float64()))
    except pa.ArrowInvalid:  # two points
        return None


def _of_numbers(text: Any) -> tuple[Floats, Flags]:
    """(n,) the numbers of a string array, 0 for what is none, and (n,) which are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    written = pc.match_substring_regex(text, rf"\A{NUMBER}\z")
    plain = pc.if_else(written, text, "0")
    if pc.any(pc.match_substring(plain, ",")).as_py():
        plain = pc.replace_substring(plain, ",", "")
    return np.array(pc.cast(plain, pa.float64())), np.asarray(written)


def _wrong_number(field: str, value: object, check: NumberCheck) -> list[Fault]:
    number = as_number(value)
    if number is None:
        return [Fault(field, value, "must be a number", HOW)]
    return list(check(field, number))


def as_number(value: object) -> float | None:
    """A number, also from the text of a file; None when it is none."""
    if isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, str) and not _WRITTEN.fullmatch(value.strip()):
        return None
    try:
        return float(str(value).replace(",", "") if isinstance(value, str) else value)  # type: ignore[arg-type]
    except (OverflowError, TypeError, ValueError):
        return None


def flags(name: str, values: Column | None, n: int, faults: list[Fault]) -> Floats:
    """(n,) 1.0 for yes and 0.0 for no; `faults` are added to."""
    given = Names.of(values, n)
    strange = given.rows_of(lambda text: text.lower() not in ("", *YES, *NO))
    faults += listed(name, (
        Fault(f"{name}[{row}]", given.names[given.codes[row]], "must be true or false")
        for row in strange
    ))  # fmt: skip
    out: Floats = given.spread(float(text.lower() in YES) for text in given.names)
    return out


def label_faults(name: str, values: Column) -> list[Fault]:
    """One fault for each text that no name can be: too long, or with a control character."""
    if isinstance(values, TextColumn) and not values.may_be_no_name():
        return []
    given = Names.of(values, len(values))
    wrong = {text: list(is_label(name, text)) for text in given.names}
    return listed(name, (
        fault._replace(field=f"{name}[{row}]")
        for row in given.rows_of(lambda text: bool(wrong[text]))
        for fault in wrong[given.names[given.codes[row]]]
    ))  # fmt: skip


def listed(name: str, found: Iterable[Fault]) -> list[Fault]:
    """The faults found in a column, in a number that memory can hold."""
    told = list(islice(found, MOST_LISTED + 1))
    if len(told) > MOST_LISTED:
        bound = f"has more than {MOST_LISTED} rows at fault"
        told[MOST_LISTED] = Fault(name, "too many to list", bound, "correct these first")
    return told


def did_you_mean(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """The fix of a name that is not known."""
    guess = nearest(name, known)
    return f"did you mean {guess!r}?" if guess else f"known: {', '.join(known)}"


def name_faults(field: str, column: Names, known: Mapping[str, object]) -> list[Fault]:
    """One fault for each row whose name is not `known`."""
    rows = column.rows_of(lambda name: name not in known)
    if not rows:
        return []
    bound = f"must be one of {', '.join(known)}"
    unknown = dict.fromkeys(column.names[column.codes[row]] for row in rows)
    guesses = {name: nearest(name, known) for name in islice(unknown, MOST_GUESSES)}
    fixes = {name: f"did you mean {guess!r}?" for name, guess in guesses.items() if guess}
    return listed(field, (
        Fault(f"{field}[{row}]", name, bound, fixes.get(name, ""))
        for row in rows
        for name in [column.names[column.codes[row]]]
    ))  # fmt: skip
