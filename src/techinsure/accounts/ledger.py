"""The pool's book: bookings that balance, in order, never edited; a mistake is reversed."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.accounts.bookings import Booking
from techinsure.accounts.positions import Key, Positions, Standing
from techinsure.accounts.quarters import is_quarter, last_day
from techinsure.accounts.register import Register
from techinsure.errors import Fault, InvalidParameter, NotFound, Refused
from techinsure.money import known_currency
from techinsure.pool.settlement import reverse
from techinsure.quantities import (
    FORBID,
    Currency,
    Name,
    nearest,
    optional,
    refuse_unless,
    require,
    text,
)


class _Kept:
    """Where a book keeps the register of its bookings: no field, so that it is neither compared
    nor written out."""

    __slots__ = ("_register",)
    _register: Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger(_Kept):
    """The book of one pool in one currency, in the order booked. `closed`: the last quarter whose
    accounts are out; nothing more is booked into it.

    The newest book of a line of books checks a booking against its register alone; an older one
    makes its register again when it is asked.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: Name
    currency: Currency
    bookings: tuple[Booking, ...] = ()
    closed: str | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, pool=text(), currency=known_currency, closed=optional(is_quarter))
        register = Register(self.currency)
        require("bookings", self.bookings, register.take)
        object.__setattr__(self, "_register", register)

    @contextmanager
    def _at_hand(self) -> Iterator[Register]:
        """The register of these bookings and no more, while nobody else adds to it."""
        kept: Register | None = getattr(self, "_register", None)
        if kept:
            with kept.lock:
                if kept.taken == len(self.bookings):
                    yield kept
                    return
        again = Register(self.currency, self.bookings)
        object.__setattr__(self, "_register", again)
        with again.lock:
            yield again

    def _grown(self, bookings: tuple[Booking, ...], closed: str | None, has: Register) -> "Ledger":
        """The book with those bookings after all others, which `has` taken in already."""
        grown = object.__new__(Ledger)
        values = {
            "pool": self.pool,
            "currency": self.currency,
            "bookings": self.bookings + bookings,
            "closed": closed,
            "_register": has,
        }
        for name, value in values.items():
            object.__setattr__(grown, name, value)
        return grown

    def book(self, *bookings: Booking) -> "Ledger":
        """The book with those after all others: all or none."""
        if self.closed:
            end = last_day(self.closed)
            late = [one for one in bookings if one.booked <= end]
            if late:
                bound = f"must be after {end}, the end of the last closed quarter"
                fix = "correct it by a new booking in an open quarter"
                raise InvalidParameter(
                    Fault(f"{one.reference}.booked", one.booked, bound, fix) for one in late
                )
        with self._at_hand() as register:
            require("bookings", bookings, register.take)
            return self._grown(bookings, self.closed, register)

    def find(self, reference: str) -> Booking:
        """The booking of that reference."""
        with self._at_hand() as register:
            found = register.known.get(reference)
        if found:
            return found
        names = [booking.reference for booking in self.bookings]
        raise NotFound("booking", reference, names, nearest(reference, names))

    def reversal_of(self, reference: str) -> str | None:
        """The reference under which that booking was reversed."""
        with self._at_hand() as register:
            return register.reversed_by.get(reference)

    def standing(
        self, ask: Callable[[Positions], Iterable[tuple[Key, Standing]]], day: str | None = None
    ) -> list[tuple[Key, Standing]]:
        """What `ask` finds among the items by all that was booked up to a day (None: ever)."""
        if day is None or not self.bookings or self.bookings[-1].booked <= day:
            with self._at_hand() as register:
                return list(ask(register.positions))
        return list(ask(Positions(self.until(day))))

    def reverse(
        self,
        reference: str,
        under: str,
        booked: str,
        value_date: str | None = None,
        due: str | None = None,
    ) -> "Ledger":
        """The book with that booking cancelled posting by posting under a reference of its own,
        with the value date of what it cancels unless another is given. What was paid already is
        owed back, `due` at once unless a day is given."""
        wrong = self.find(reference)
        with self._at_hand() as register:
            resting = register.resting_on(reference)
        if resting:
            raise Refused(f"{reference!r} is not reversed before what follows from it: {resting}")
        cancelled = replace(
            wrong,
            settlement=reverse(wrong.settlement, under),
            booked=booked,
            value_date=value_date or wrong.value_date,
            due=due or booked,
            follows="",
            recovers=wrong.recovers and wrong.recovers.undone(),
            settles=tuple(replace(one, amount_minor=-one.amount_minor) for one in wrong.settles),
        )
        return self.book(cancelled)

    def close(self, quarter: str) -> "Ledger":
        """The book with that quarter and all before closed."""
        if self.closed and quarter <= self.closed:
            bound = f"must be after {self.closed}, which is closed"
            raise InvalidParameter([Fault("quarter", quarter, bound)])
        require("closed", quarter, is_quarter)
        with self._at_hand() as register:
            return self._grown((), quarter, register)

    def until(self, day: str) -> tuple[Booking, ...]:
        """What was booked up to and on a day."""
        return tuple(booking for booking in self.bookings if booking.booked <= day)

    def balances(self) -> dict[str, int]:
        """What is owed to (+) or by (-) each party, minor units, in order of appearance; they sum
        to zero."""
        found: dict[str, int] = {}
        for booking in self.bookings:
            for party, amount in booking.settlement.balances().items():
                found[party] = found.get(party, 0) + amount
        return found
