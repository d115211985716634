"""One column of a schedule, from a file, JSON or Python, as texts, numbers or flags.

A `TextColumn` (of a file) is read as a whole, any other column value by value; both alike.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, overload

import numpy as np

from techinsure.errors import Fault
from techinsure.quantities import (
    LONGEST_NAME,
    Flags,
    Floats,
    NumberCheck,
    is_label,
    nearest,
)

Column = Sequence[object]
"""One value a row; None, NaN and blank text mean "not given"."""

YES, NO = ("true", "yes", "1", "1.0", "是"), ("false", "no", "0", "0.0", "否")
"""How a flag may be written; not given is no."""

HOW = "write it as 1234.5 or 1,234.5"

NUMBER = r"[+-]?(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?([eE][+-]?\d{1,3})?"
"""A number in a file. A comma separates thousands and nothing else: 1,5 is refused, not 15."""

BLANK = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # noqa: E501
"""What Python's `strip` takes away."""

MOST_LISTED = 100_000
"""Faults of one column that are told one by one."""

SAMPLE = 1_000
"""Rows that tell whether a column repeats few names."""

MOST_GUESSES = 200
"""Unknown names of one column for which a known one is looked up."""

_WRITTEN = re.compile(NUMBER, re.ASCII)


class TextColumn(Sequence[str]):
    """A column of texts, read-only: a pyarrow string array without nulls."""

    __slots__ = ("_trimmed", "array")

    def __init__(self, array: Any) -> None:
        self.array, self._trimmed = array, None

    @staticmethod
    def of(values: Iterable[str]) -> "TextColumn":
        """The column of some texts."""
        import pyarrow as pa

        return TextColumn(pa.array(values, type=pa.string()))

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> "TextColumn": ...
    def __getitem__(self, row: int | slice) -> "str | TextColumn":
        if isinstance(row, slice):
            return TextColumn(self.array[row])
        return str(self.array[row].as_py())

    def __iter__(self) -> Iterator[str]:
        return iter(self.array.to_pylist())

    def take(self, rows: Any) -> "TextColumn":
        """The column of these rows, an integer array."""
        return TextColumn(self.array.take(rows))

    def given(self) -> Flags:
        """(n,) whether there is more than blanks."""
        import pyarrow.compute as pc

        return np.asarray(pc.not_equal(self.trimmed(), ""))

    def trimmed(self) -> Any:
        """The texts without blanks around, as an array: made once, `array` itself if it may be."""
        import pyarrow.compute as pc

        if self._trimmed is None:
            trimmed = pc.utf8_trim(self.array, characters=BLANK)
            self._trimmed = self.array if trimmed.equals(self.array) else trimmed
        return self._trimmed

    def stripped(self) -> list[str]:
        """The texts without blanks around."""
        text = self.trimmed()
        head = text[:SAMPLE].dictionary_encode()
        if len(text) > SAMPLE and len(head.dictionary) < SAMPLE // 4:  # one object a name
            coded = text.dictionary_encode()
            names = np.array(coded.dictionary.to_pylist(), dtype=object)
            few: list[str] = names[coded.indices.to_numpy()].tolist()
            return few
        each: list[str] = text.to_pylist()
        return each

    def may_be_no_name(self) -> bool:
        """Whether some text may be too long for a name, or hold a control character."""
        import pyarrow.compute as pc

        data = self.array.buffers()[2]
        octets = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
        longest = pc.max(pc.binary_length(self.array)).as_py() or 0
        return bool(longest > LONGEST_NAME or (octets < ord(" ")).any())

    def names(self) -> tuple[list[str], Any]:
        """The different texts, without blanks around, and (n,) which of them each row has."""
        coded = self.trimmed().dictionary_encode()
        return coded.dictionary.to_pylist(), coded.indices.to_numpy()


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
    import pyarrow as pa
    import pyarrow.compute as pc

    text = values.trimmed()
    is_given = np.asarray(pc.not_equal(text, ""))
    written = pc.match_substring_regex(text, rf"\A{NUMBER}\z")
    plain = pc.if_else(written, text, "0")
    if pc.any(pc.match_substring(plain, ",")).as_py():
        plain = pc.replace_substring(plain, ",", "")
    out: Floats = np.array(pc.cast(plain, pa.float64()))
    right = np.asarray(written)
    with np.errstate(invalid="ignore"):
        right = right & np.asarray(check.holds(out)) & np.isfinite(out)
    suspect = is_given & ~right
    rows = np.flatnonzero(suspect)
    out[rows] = usual
    told = listed(name, (
        fault
        for row in rows.tolist()
        for fault in _wrong_number(f"{name}[{row}]", values[row], check)
    ))  # fmt: skip
    faults += told
    out[~is_given] = usual
    return out


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
    if values is None:
        return np.zeros(n)
    if isinstance(values, TextColumn):
        names, codes = values.names()
        strange = [text.lower() not in ("", *YES, *NO) for text in names]
        rows = np.flatnonzero(np.array(strange)[codes]).tolist() if any(strange) else []
        faults += listed(name, (
            Fault(f"{name}[{row}]", names[codes[row]], "must be true or false") for row in rows
        ))  # fmt: skip
        out: Floats = np.array([float(text.lower() in YES) for text in names])[codes]
        return out
    out = np.zeros(n)
    for row, text in enumerate(texts(values, n)):
        if text.lower() in YES:
            out[row] = 1.0
        elif text and text.lower() not in NO:
            faults.append(Fault(f"{name}[{row}]", text, "must be true or false"))
    return out


def label_faults(name: str, values: Column) -> list[Fault]:
    """One fault for each text that no name can be: too long, or with a control character."""
    if isinstance(values, TextColumn):
        if not values.may_be_no_name():
            return []
        values = values.trimmed().to_pylist()
    checked = {text: list(is_label(name, text)) for text in set(values)}
    wrong = {text: faults for text, faults in checked.items() if faults}
    if not wrong:
        return []
    return listed(name, (
        fault._replace(field=f"{name}[{row}]")
        for row, text in enumerate(values)
        for fault in wrong.get(text, ())
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


def name_faults(field: str, column: Sequence[str], known: Mapping[str, object]) -> list[Fault]:
    """One fault for each row whose name is not `known`."""
    unknown = [name for name in set(column) if name not in known]
    if not unknown:
        return []
    bound = f"must be one of {', '.join(known)}"
    fixes = dict.fromkeys(unknown, "")
    for name in unknown[:MOST_GUESSES]:
        guess = nearest(name, known)
        fixes[name] = f"did you mean {guess!r}?" if guess else ""
    return listed(field, (
        Fault(f"{field}[{row}]", name, bound, fixes[name])
        for row, name in enumerate(column)
        if name in fixes
    ))  # fmt: skip
