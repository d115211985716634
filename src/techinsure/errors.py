"""Every error of the engine: it names the field, the value, the bound and the way out."""

from collections.abc import Iterable
from typing import NamedTuple

MISSING = "is required"
"""The bound that a field breaks by not being there."""

MOST_TOLD = 20
"""Faults that a message tells; an error holds them all."""


class Fault(NamedTuple):
    """One thing that is wrong: `field` and `value`, the `bound` it breaks, and the `fix`.

    `pointer` (RFC 6901) says where the value stands in the document it came from; it is
    empty for a record built in Python.
    """

    field: str
    value: object
    bound: str
    fix: str = ""
    pointer: str = ""

    def cell(self) -> tuple[str, int | None]:
        """Column and row of a `field` written `column[row]`; no row where it names a column."""
        name, bracket, row = self.field.removesuffix("]").rpartition("[")
        return (name, int(row)) if bracket and row.isdecimal() else (self.field, None)

    def __str__(self) -> str:
        value = self.value
        if type(value) is tuple and "shape" not in self.bound:
            value = [*value]
        try:
            shown = repr(value)
        except ValueError:  # Python writes no int of more than 4,300 digits
            shown = "a number of thousands of digits"
        except RecursionError:
            shown = "something nested without end"
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        got = "" if self.bound == MISSING else f", got {shown}"
        fix = f" ({self.fix})" if self.fix else ""
        return f"{self.field} {self.bound}{got}{fix}"


class TechinsureError(Exception):
    """The root of all errors that techinsure raises on purpose."""


class InvalidParameter(TechinsureError, ValueError):
    """Input that cannot be used. `faults` holds everything that is wrong, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        told = [str(fault) for fault in self.faults[:MOST_TOLD]]
        more = len(self.faults) - len(told)
        super().__init__("; ".join([*told, *([f"and {more} more"] if more else [])]))


class CatalogueError(InvalidParameter):
    """A product file that does not load: the message names the file and the key."""

    def __init__(self, file: str, faults: Iterable[Fault]) -> None:
        self.file = file
        super().__init__(faults)

    def __str__(self) -> str:
        return f"{self.file}: " + "; ".join(
            f"{fault.pointer.strip('/').replace('/', '.') or fault.field}: {fault}"
            for fault in self.faults
        )


class NotFound(TechinsureError, LookupError):
    """A thing asked for by name that is not there; `nearest` is the best guess, or empty."""

    def __init__(self, what: str, name: str, known: Iterable[str], nearest: str = "") -> None:
        self.what, self.name, self.nearest = what, name, nearest
        self.known: tuple[str, ...] = tuple(known)
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        listed = ", ".join(self.known) or "none"
        super().__init__(f"{what} {name!r} is not known{hint}; known: {listed}")


class Undefined(TechinsureError, ArithmeticError):
    """An answer that is infinite or does not exist, such as the mean of a law with shape <= 1."""


class Refused(TechinsureError):
    """A well-formed request that the rules do not allow, such as a cyclic programme."""


class Mismatch(TechinsureError):
    """A stored result that does not reproduce; `differences` names every figure that differs."""

    def __init__(self, differences: Iterable[str]) -> None:
        self.differences: tuple[str, ...] = tuple(differences)
        super().__init__("; ".join(self.differences))
