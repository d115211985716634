"""What bookings made owed between two parties and what was settled of it, item by item."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from techinsure.accounts.bookings import SETTLING, Booking, Settled
from techinsure.errors import Fault
from techinsure.pool.settlement import Posting

WITH_OTHERS = (
    "claim_paid", "recovery_received", "premium_collected", "commission_paid", "vat_collected",
)  # fmt: skip
"""Accounts of what passed between a member and somebody outside of the pool: nobody owes it."""

SHARED = ("claim_share", "recovery_share", "premium_share", "commission_share", "vat_share")
"""Accounts of which the other side is one of `WITH_OTHERS`; all others are posted on both sides."""


class Key(NamedTuple):
    """An item: the booking that made it, its account, and the two parties in order of name."""

    reference: str
    account: str
    first: str
    second: str


class Standing(NamedTuple):
    """What `first` owes `second` of an item and what was settled of that, minor units; when it is
    due, when what was settled of something reversed since is due back, and its place among the
    items in the order made."""

    owed: int
    settled: int
    due: str
    due_back: str
    place: int

    @property
    def open(self) -> int:
        """What is left, minor units."""
        return self.owed - self.settled

    @property
    def is_owed_back(self) -> bool:
        """Whether more was settled than is owed."""
        return self.settled * self.open < 0


class Positions:
    """The items of some bookings, added one after the other."""

    def __init__(self, bookings: Iterable[Booking] = ()) -> None:
        self.standing: dict[Key, Standing] = {}
        self._made: dict[str, list[Key]] = {}
        self._open: dict[tuple[str, str], dict[Key, None]] = {}
        for booking in bookings:
            self.add(booking)

    def add(self, booking: Booking) -> None:
        """Take in what a booking makes owed and what it settles."""
        origin = booking.settlement.reverses or booking.reference
        for posting in booking.settlement.postings:
            if _makes_an_item(posting):
                key, sign = _key(origin, posting.account, posting.party, posting.counterparty)
                at = self.standing.get(key) or self._made_new(key, booking.due)
                owed = at.owed - sign * posting.amount_minor
                self._stands(key, at._replace(owed=owed, due_back=booking.due))
        for one in booking.settles:
            key, sign = _key_of(one)
            at = self.standing[key]
            self._stands(key, at._replace(settled=at.settled + sign * one.amount_minor))

    def _made_new(self, key: Key, due: str) -> Standing:
        self._made.setdefault(key.reference, []).append(key)
        return Standing(0, 0, due, due, len(self.standing))

    def _stands(self, key: Key, at: Standing) -> None:
        self.standing[key] = at
        of_pair = self._open.setdefault((key.first, key.second), {})
        if at.open:
            of_pair[key] = None
        else:
            of_pair.pop(key, None)

    def open(self) -> Iterator[tuple[Key, Standing]]:
        """Every item that is open."""
        return self._standing_of(key for keys in self._open.values() for key in keys)

    def open_of(self, reference: str) -> Iterator[tuple[Key, Standing]]:
        """What is open of what one booking made owed."""
        keys = self._made.get(reference, ())
        return self._standing_of(key for key in keys if self.standing[key].open)

    def open_between(self, one: str, other: str) -> Iterator[tuple[Key, Standing]]:
        """What is open between two parties, either way."""
        return self._standing_of(self._open.get((min(one, other), max(one, other)), ()))

    def open_with(self, party: str) -> Iterator[tuple[Key, Standing]]:
        """What one party owes or is owed."""
        pairs = (keys for pair, keys in self._open.items() if party in pair)
        return self._standing_of(key for keys in pairs for key in keys)

    def _standing_of(self, keys: Iterable[Key]) -> Iterator[tuple[Key, Standing]]:
        return ((key, self.standing[key]) for key in keys)

    def faults_of(self, at: str, booking: Booking) -> Iterator[Fault]:
        """What a booking settles that is not open."""
        if booking.settlement.reverses:
            return
        taken: dict[Key, int] = {}
        for place, one in enumerate(booking.settles):
            key, sign = _key_of(one)
            standing = self.standing.get(key)
            name = f"{at}.settles[{place}]"
            if standing is None:
                yield Fault(f"{name}.reference", one.reference, "must be an item of the book")
                continue
            left = sign * (standing.open - taken.get(key, 0))
            if not 0 < one.amount_minor <= left:
                bound = f"must be in [1, {max(left, 0)}], what is open, minor units"
                yield Fault(f"{name}.amount_minor", one.amount_minor, bound)
            taken[key] = taken.get(key, 0) + sign * one.amount_minor


def _makes_an_item(posting: Posting) -> bool:
    """Of what is posted on both sides the debtor's is taken, so that nothing counts twice."""
    if posting.account in SETTLING or posting.account in WITH_OTHERS:
        return False
    is_one = posting.account in SHARED or posting.amount_minor < 0
    return is_one and posting.party != posting.counterparty


def _key(reference: str, account: str, debtor: str, creditor: str) -> tuple[Key, int]:
    first, second = sorted((debtor, creditor))
    return Key(reference, account, first, second), 1 if first == debtor else -1


def _key_of(one: Settled) -> tuple[Key, int]:
    return _key(one.reference, one.account, one.debtor, one.creditor)
