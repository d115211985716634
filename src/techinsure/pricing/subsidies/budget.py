"""A scheme's budget as a book of entries: reserved, paid, released, refunded; nothing is edited.

Every change gives a new book. free + reserved + paid = total, always.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

from pydantic import ConfigDict

from techinsure.errors import Fault, NotFound, Refused
from techinsure.money import MOST_MINOR, MinorUnits, known_currency
from techinsure.pricing.subsidies.schemes import Scheme
from techinsure.quantities import (
    FORBID,
    Count,
    Currency,
    Name,
    count,
    nearest,
    one_of,
    optional,
    refuse_unless,
    text,
)

EntryKind = Literal["reserve", "release", "pay", "refund"]

is_amount_owed = count(0, MOST_MINOR)


class Position(NamedTuple):
    """Where an application stands, minor units, and whose room of which year it takes."""

    firm: str
    year: int
    reserved: int
    paid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetEntry:
    """One line of the book: what happens to the application `reference` of a firm and year.

    `reserve` takes from what is free, `release` gives it back, `pay` turns reserved into paid,
    `refund` brings paid money back.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: EntryKind
    reference: Name
    firm: Name
    year: Count
    amount_minor: MinorUnits

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            kind=one_of("reserve", "release", "pay", "refund"),
            reference=text(),
            firm=text(),
            year=count(1, 9999),
            amount_minor=is_amount_owed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The book of one scheme, minor units; `total_minor` None = the scheme has no budget, and the
    book keeps what firms have used."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    scheme: Name
    currency: Currency
    total_minor: MinorUnits | None
    entries: tuple[BudgetEntry, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            scheme=text(),
            currency=known_currency,
            total_minor=optional(is_amount_owed),
        )
        refuse_unless(self, entries=self._in_balance)

    @classmethod
    def of(cls, scheme: Scheme) -> "Budget":
        """An empty book of the scheme's whole budget."""
        total = scheme.cap_minor("budget")
        return cls(scheme=scheme.code, currency=scheme.currency, total_minor=total)

    def _in_balance(self, field: str, value: object) -> Iterator[Fault]:
        """Raise or tell what an entry takes that is not there; in the order of the book."""
        book: dict[str, Position] = {}
        open_minor = 0
        for place, entry in enumerate(self.entries):
            at = book.get(entry.reference)
            if fault := _fault_of(f"{field}[{place}]", entry, at):
                yield fault
                return
            book[entry.reference] = _moved(entry, at)
            open_minor += {"reserve": 1, "pay": 0}.get(entry.kind, -1) * entry.amount_minor
            if self.total_minor is not None and open_minor > self.total_minor:
                bound = f"must leave the total {self.total_minor} whole"
                yield Fault(f"{field}[{place}]", entry.amount_minor, bound, "reserve less")
                return

    def positions(self) -> dict[str, Position]:
        """Every application by reference, in the order first reserved."""
        book: dict[str, Position] = {}
        for entry in self.entries:
            book[entry.reference] = _moved(entry, book.get(entry.reference))
        return book

    @property
    def reserved_minor(self) -> int:
        """Promised and not yet paid."""
        return sum(one.reserved for one in self.positions().values())

    @property
    def paid_minor(self) -> int:
        """Paid and not refunded."""
        return sum(one.paid for one in self.positions().values())

    @property
    def free_minor(self) -> int | None:
        """What can still be reserved; None without a budget."""
        if self.total_minor is None:
            return None
        return self.total_minor - self.reserved_minor - self.paid_minor

    def used(self, firm: str, year: int) -> int:
        """What a firm has of a calendar year's room, reserved or paid."""
        return self.used_by_firm().get((firm, year), 0)

    def used_by_firm(self) -> dict[tuple[str, int], int]:
        """The same of every firm and year in the book."""
        found: dict[tuple[str, int], int] = {}
        for one in self.positions().values():
            key = (one.firm, one.year)
            found[key] = found.get(key, 0) + one.reserved + one.paid
        return found

    def reserve(self, reference: str, firm: str, year: int, amount_minor: int) -> "Budget":
        """The book with that amount promised, or `Refused` if so much is not free."""
        return self.reserve_all([(reference, firm, year, amount_minor)])

    def reserve_all(self, promised: Iterable[tuple[str, str, int, int]]) -> "Budget":
        """The same for many (reference, firm, year, amount) at once: all or none."""
        entries = tuple(
            BudgetEntry(kind="reserve", reference=name, firm=firm, year=year, amount_minor=amount)
            for name, firm, year, amount in promised
        )
        asked, free = sum(entry.amount_minor for entry in entries), self.free_minor
        if free is not None and asked > free:
            raise Refused(f"{asked} minor units are asked of the budget and {free} are free")
        return replace(self, entries=self.entries + entries)

    def pay(self, reference: str, amount_minor: int | None = None) -> "Budget":
        """The book with that much of what is reserved paid (None: all)."""
        return self._after("pay", reference, amount_minor)

    def release(self, reference: str, amount_minor: int | None = None) -> "Budget":
        """The book with that much of what is reserved free again (None: all)."""
        return self._after("release", reference, amount_minor)

    def refund(self, reference: str, amount_minor: int | None = None) -> "Budget":
        """The book with that much of what was paid free again (None: all), and the firm's room of
        its year with it."""
        return self._after("refund", reference, amount_minor)

    def _after(self, kind: EntryKind, reference: str, amount_minor: int | None) -> "Budget":
        book = self.positions()
        if reference not in book:
            raise NotFound("application", reference, book, nearest(reference, book))
        at = book[reference]
        whole = at.paid if kind == "refund" else at.reserved
        entry = BudgetEntry(
            kind=kind,
            reference=reference,
            firm=at.firm,
            year=at.year,
            amount_minor=whole if amount_minor is None else amount_minor,
        )
        return replace(self, entries=(*self.entries, entry))


def _fault_of(field: str, entry: BudgetEntry, at: Position | None) -> Fault | None:
    if entry.kind == "reserve":
        fix = "give each application a reference of its own"
        taken = Fault(f"{field}.reference", entry.reference, "must be new", fix)
        return taken if at else None
    if at is None:
        return Fault(f"{field}.reference", entry.reference, "must be reserved before")
    if (at.firm, at.year) != (entry.firm, entry.year):
        return Fault(f"{field}.firm", entry.firm, "must be firm and year of what was reserved")
    name, asked = f"{field}.amount_minor", entry.amount_minor
    if entry.kind == "refund" and asked > at.paid:
        return Fault(name, asked, f"must be <= what is paid, {at.paid}")
    if entry.kind != "refund" and asked > at.reserved:
        return Fault(name, asked, f"must be <= what is reserved, {at.reserved}")
    return None


def _moved(entry: BudgetEntry, at: Position | None) -> Position:
    """The position after an entry."""
    reserved, paid = (at.reserved, at.paid) if at else (0, 0)
    match entry.kind:
        case "reserve":
            reserved += entry.amount_minor
        case "release":
            reserved -= entry.amount_minor
        case "pay":
            reserved, paid = reserved - entry.amount_minor, paid + entry.amount_minor
        case "refund":
            paid -= entry.amount_minor
    return Position(entry.firm, entry.year, reserved, paid)
