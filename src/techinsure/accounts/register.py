"""What a book has at hand of its bookings, so that one more is checked against that alone:
references, reversals, what rests on what, and the items."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import RLock
from typing import cast

from techinsure.accounts.bookings import Booking
from techinsure.accounts.positions import Positions
from techinsure.errors import Fault
from techinsure.pool.settlement import reverse


class Register:
    """Of the first `taken` bookings of a book in one currency. It only grows: who holds one asks
    under its `lock` whether it has grown beyond what is held."""

    __slots__ = ("_currency", "_last", "_resting", "known", "lock", "positions", "reversed_by",
                 "taken")  # fmt: skip

    def __init__(self, currency: str, bookings: Iterable[Booking] = ()) -> None:
        self.lock = RLock()
        self.taken = 0
        self.known: dict[str, Booking] = {}
        self.reversed_by: dict[str, str] = {}
        self.positions = Positions()
        self._resting: dict[str, list[str]] = {}
        self._currency, self._last = currency, ""
        for booking in bookings:
            self._take(booking)

    def take(self, field: str, bookings: object) -> Iterator[Fault]:
        """Take bookings in, one after the other, up to the first that does not fit: its faults."""
        for booking in cast(Iterable[Booking], bookings):
            at = f"{field}[{self.taken}]"
            faults = [*self._of_the_book(at, booking), *self._of_a_reversal(at, booking)]
            faults = faults or list(self.positions.faults_of(at, booking))
            if faults:
                yield from faults
                return
            self._take(booking)

    def resting_on(self, reference: str) -> list[str]:
        """What follows from that booking and was not reversed, in the order booked."""
        return [one for one in self._resting.get(reference, ()) if one not in self.reversed_by]

    def _take(self, booking: Booking) -> None:
        """Take in a booking that fits."""
        self.positions.add(booking)
        self.known[booking.reference], self._last = booking, booking.booked
        self.taken += 1
        if booking.settlement.reverses:
            self.reversed_by[booking.settlement.reverses] = booking.reference
            return
        losses = booking.recovers.losses if booking.recovers else ()
        for name in dict.fromkeys((booking.follows, *losses)):
            self._resting.setdefault(name, []).append(booking.reference)

    def _of_the_book(self, at: str, booking: Booking) -> Iterator[Fault]:
        others = {one.currency for one in booking.settlement.postings} - {self._currency}
        if others:
            fix = "keep a book for each currency"
            yield Fault(f"{at}.currency", sorted(others), f"must be {self._currency}", fix)
        if booking.reference in self.known:
            fix = "give each booking a reference of its own"
            yield Fault(f"{at}.reference", booking.reference, "must be new", fix)
        if booking.booked < self._last:
            fix = "book it today, with the value date of the event"
            yield Fault(f"{at}.booked", booking.booked, f"must not be before {self._last}", fix)
        if booking.follows and booking.follows not in self.known:
            yield Fault(f"{at}.follows", booking.follows, "must be booked before")
        for loss in booking.recovers.losses if booking.recovers else ():
            if loss not in self.known:
                yield Fault(f"{at}.recovers.losses", loss, "must be booked before")

    def _of_a_reversal(self, at: str, booking: Booking) -> Iterator[Fault]:
        """What is wrong with a reversal: it cancels one booking, whole, once."""
        name = booking.settlement.reverses
        if not name:
            return
        at = f"{at}.reverses"
        if name not in self.known:
            yield Fault(at, name, "must be booked before")
            return
        wrong, by = self.known[name], self.reversed_by.get(name)
        if by is not None:
            yield Fault(at, name, f"must not be reversed twice, {by!r} did it")
        elif wrong.settlement.reverses:
            yield Fault(at, name, "must not be a reversal itself", "post what was reversed again")
        elif booking.settlement.postings != reverse(wrong.settlement, booking.reference).postings:
            yield Fault(at, name, "must be cancelled posting by posting", "use Ledger.reverse")
        elif [(s.amount_minor, replace(s, amount_minor=1)) for s in booking.settles] != [
            (-s.amount_minor, replace(s, amount_minor=1)) for s in wrong.settles
        ]:
            yield Fault(at, name, "must give back what was settled, whole", "use Ledger.reverse")
        elif booking.recovers != (wrong.recovers and wrong.recovers.undone()):
            yield Fault(at, name, "must give back what was recovered, whole", "use Ledger.reverse")
