"""One column of a schedule, from a file, JSON or Python, as texts, numbers or flags."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from techinsure.errors import Fault
from techinsure.quantities import Check, Floats, is_label, nearest

Column = Sequence[object]
"""One value a row; None, NaN and blank text mean "not given"."""

YES, NO = ("true", "yes", "1", "1.0", "是"), ("false", "no", "0", "0.0", "否")
"""How a flag may be written; not given is no."""

HOW = "write it as 1234.5 or 1,234.5"

_WRITTEN = re.compile(r"[+-]?(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?(e[+-]?\d{1,3})?", re.ASCII | re.I)
"""A number in a file. A comma separates thousands and nothing else: 1,5 is refused, not 15."""


def absent(value: object) -> bool:
    """Whether a value means "not given"."""
    blank = isinstance(value, str) and not value.strip()
    return value is None or blank or (isinstance(value, float) and np.isnan(value))


def texts(values: Column | None, n: int) -> list[str]:
    """(n,) texts, "" where not given."""
    return [""] * n if values is None else ["" if absent(v) else str(v).strip() for v in values]


def numbers(
    name: str, values: Column | None, n: int, usual: float, check: Check, faults: list[Fault]
) -> Floats:
    """(n,) numbers that pass `check`, `usual` where not given; `faults` are added to."""
    out = np.full(n, usual)
    for row, given in enumerate(values or ()):
        if absent(given):
            continue
        number = as_number(given)
        wrong = (
            [Fault(f"{name}[{row}]", given, "must be a number", HOW)]
            if number is None
            else list(check(f"{name}[{row}]", number))
        )
        faults += wrong
        if not wrong and number is not None:
            out[row] = number
    return out


def as_number(given: object) -> float | None:
    """A number, also from the text of a file; None when it is none."""
    if isinstance(given, bool | np.bool_):
        return None
    if isinstance(given, str) and not _WRITTEN.fullmatch(given.strip()):
        return None
    try:
        return float(str(given).replace(",", "") if isinstance(given, str) else given)  # type: ignore[arg-type]
    except (OverflowError, TypeError, ValueError):
        return None


def flags(name: str, values: Column | None, n: int, faults: list[Fault]) -> Floats:
    """(n,) 1.0 for yes and 0.0 for no; `faults` are added to."""
    out = np.zeros(n)
    for row, given in enumerate(texts(values, n)):
        if given.lower() in YES:
            out[row] = 1.0
        elif given and given.lower() not in NO:
            faults.append(Fault(f"{name}[{row}]", given, "must be true or false"))
    return out


def label_faults(name: str, column: Sequence[str]) -> list[Fault]:
    """One fault for each text that no name can be: too long, or with a control character."""
    wrong = {text: list(is_label(name, text)) for text in set(column)}
    return [
        fault._replace(field=f"{name}[{row}]")
        for row, text in enumerate(column)
        for fault in wrong[text]
    ]


def did_you_mean(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """The fix of a name that is not known."""
    guess = nearest(name, known)
    return f"did you mean {guess!r}?" if guess else f"known: {', '.join(known)}"


def name_faults(field: str, given: Sequence[str], known: Mapping[str, object]) -> list[Fault]:
    """One fault for each row whose name is not `known`."""
    bound = f"must be one of {', '.join(known)}"
    guesses = {name: nearest(name, known) for name in set(given) if name not in known}
    fixes = {name: f"did you mean {guess!r}?" if guess else "" for name, guess in guesses.items()}
    return [
        Fault(f"{field}[{row}]", name, bound, fixes[name])
        for row, name in enumerate(given)
        if name in fixes
    ]
