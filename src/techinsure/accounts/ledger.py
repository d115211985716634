"""The pool's book: bookings that balance, in order, never edited; a mistake is reversed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.accounts.bookings import Booking
from techinsure.accounts.positions import Positions
from techinsure.accounts.quarters import is_quarter, last_day
from techinsure.errors import Fault, InvalidParameter, NotFound, Refused
from techinsure.money import known_currency
from techinsure.pool.settlement import reverse
from techinsure.quantities import FORBID, Currency, Name, nearest, optional, refuse_unless, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The book of one pool in one currency, in the order booked. `closed`: the last quarter whose
    accounts are out; nothing more is booked into it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: Name
    currency: Currency
    bookings: tuple[Booking, ...] = ()
    closed: str | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, pool=text(), currency=known_currency, closed=optional(is_quarter))
        refuse_unless(self, bookings=self._in_order)

    def _in_order(self, field: str, value: object) -> Iterator[Fault]:
        known: dict[str, Booking] = {}
        reversed_by: dict[str, str] = {}
        positions, last = Positions(), ""
        for place, booking in enumerate(self.bookings):
            at = f"{field}[{place}]"
            faults = [
                *_of_the_book(at, booking, self.currency, last, known),
                *_of_a_reversal(at, booking, known, reversed_by),
            ]
            faults = faults or list(positions.faults_of(at, booking))
            if faults:
                yield from faults
                return
            positions.add(booking)
            known[booking.reference], last = booking, booking.booked
            if booking.settlement.reverses:
                reversed_by[booking.settlement.reverses] = booking.reference

    def book(self, *bookings: Booking) -> "Ledger":
        """The book with those after all others: all or none. The whole book is checked, so many
        are best booked at once."""
        if self.closed:
            end = last_day(self.closed)
            late = [one for one in bookings if one.booked <= end]
            if late:
                bound = f"must be after {end}, the end of the last closed quarter"
                fix = "correct it by a new booking in an open quarter"
                raise InvalidParameter(
                    Fault(f"{one.reference}.booked", one.booked, bound, fix) for one in late
                )
        return replace(self, bookings=self.bookings + bookings)

    def find(self, reference: str) -> Booking:
        """The booking of that reference."""
        for booking in self.bookings:
            if booking.reference == reference:
                return booking
        names = [booking.reference for booking in self.bookings]
        raise NotFound("booking", reference, names, nearest(reference, names))

    def reversal_of(self, reference: str) -> str | None:
        """The reference under which that booking was reversed."""
        for booking in self.bookings:
            if booking.settlement.reverses == reference:
                return booking.reference
        return None

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
        resting = [
            one.reference
            for one in self.bookings
            if one.follows == reference and not self.reversal_of(one.reference)
        ]
        if resting:
            raise Refused(f"{reference!r} is not reversed before what follows from it: {resting}")
        cancelled = replace(
            wrong,
            settlement=reverse(wrong.settlement, under),
            booked=booked,
            value_date=value_date or wrong.value_date,
            due=due or booked,
            follows="",
            settles=tuple(replace(one, amount_minor=-one.amount_minor) for one in wrong.settles),
        )
        return self.book(cancelled)

    def close(self, quarter: str) -> "Ledger":
        """The book with that quarter and all before closed."""
        if self.closed and quarter <= self.closed:
            bound = f"must be after {self.closed}, which is closed"
            raise InvalidParameter([Fault("quarter", quarter, bound)])
        return replace(self, closed=quarter)

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


def _of_the_book(
    at: str, booking: Booking, currency: str, last: str, known: dict[str, Booking]
) -> Iterator[Fault]:
    others = {one.currency for one in booking.settlement.postings} - {currency}
    if others:
        fix = "keep a book for each currency"
        yield Fault(f"{at}.currency", sorted(others), f"must be {currency}", fix)
    if booking.reference in known:
        fix = "give each booking a reference of its own"
        yield Fault(f"{at}.reference", booking.reference, "must be new", fix)
    if booking.booked < last:
        fix = "book it today, with the value date of the event"
        yield Fault(f"{at}.booked", booking.booked, f"must not be before {last}", fix)
    if booking.follows and booking.follows not in known:
        yield Fault(f"{at}.follows", booking.follows, "must be booked before")


def _of_a_reversal(
    at: str, booking: Booking, known: dict[str, Booking], reversed_by: dict[str, str]
) -> Iterator[Fault]:
    """What is wrong with a reversal: it cancels one booking, whole, once."""
    name = booking.settlement.reverses
    if not name:
        return
    at = f"{at}.reverses"
    if name not in known:
        yield Fault(at, name, "must be booked before")
        return
    wrong = known[name]
    if name in reversed_by:
        yield Fault(at, name, f"must not be reversed twice, {reversed_by[name]!r} did it")
    elif wrong.settlement.reverses:
        yield Fault(at, name, "must not be a reversal itself", "post what was reversed again")
    elif booking.settlement.postings != reverse(wrong.settlement, booking.reference).postings:
        yield Fault(at, name, "must be cancelled posting by posting", "use Ledger.reverse")
    elif [(s.amount_minor, replace(s, amount_minor=1)) for s in booking.settles] != [
        (-s.amount_minor, replace(s, amount_minor=1)) for s in wrong.settles
    ]:
        yield Fault(at, name, "must give back what was settled, whole", "use Ledger.reverse")
