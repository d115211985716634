"""What an event must be before it is booked: new, in an open quarter, not of the future, not booked
twice, and of no more than the whole."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from techinsure.accounts.bookings import Booking
from techinsure.accounts.cessions import ShareTreaty
from techinsure.accounts.document_index import DocumentIndex
from techinsure.accounts.events import (
    Cession,
    ChangeOfLines,
    Claim,
    CloseOfQuarter,
    Default,
    Event,
    Instalment,
    Payment,
    Recovery,
    TreatyPremium,
)
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.quarters import last_day
from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.money import exact
from techinsure.quantities import nearest


def refuse_event(event: Event, place: int, ledger: Ledger, index: DocumentIndex) -> None:
    """Refuse what the book or the calendar contradicts, whatever the event would book."""
    faults = [*_dates(event, ledger)]
    if index.places[event.reference] != place:
        fix = "give each event a reference of its own"
        faults.append(Fault("reference", event.reference, "must be new", fix))
    before = index.before.get(place)
    if before is not None and ledger.reversal_of(before) is None:
        field = {Instalment: "number", TreatyPremium: "treaty"}.get(type(event), "on")
        bound = f"must not be booked twice, {before!r} did it"
        faults.append(Fault(field, getattr(event, field), bound, "reverse one of them"))
    if isinstance(event, Instalment):
        faults += _plan(event, ledger, index.plans_before(place, event))
    if faults:
        raise InvalidParameter(faults)


def _dates(event: Event, ledger: Ledger) -> Iterator[Fault]:
    if isinstance(event, Claim | Recovery) and event.loss_date > event.booked:
        bound = f"must not be after {event.booked}, the day booked"
        yield Fault("loss_date", event.loss_date, bound, "book a loss once it has happened")
    if isinstance(event, CloseOfQuarter) and event.booked < last_day(event.quarter):
        bound = f"must have ended on {event.booked}, the day booked"
        yield Fault("quarter", event.quarter, bound, f"close it on {last_day(event.quarter)}")
    if isinstance(event, Payment) and event.value_date and event.value_date > event.booked:
        bound = f"must not be after {event.booked}, the day booked"
        yield Fault("value_date", event.value_date, bound, "book cash once it has come")
    if not isinstance(event, ChangeOfLines | Default) or ledger.closed is None:
        return
    end = last_day(ledger.closed)
    if event.booked <= end:
        bound = f"must be after {end}, the end of the last closed quarter"
        yield Fault("booked", event.booked, bound, "date it in an open quarter")


def _plan(event: Instalment, ledger: Ledger, before: Iterable[Instalment]) -> Iterator[Fault]:
    """Instalments of one premium are of one plan: the same whole, in as many parts."""
    for one in before:
        if ledger.reversal_of(one.reference):
            continue
        fix = "book a change of the premium as an endorsement"
        for field in ("premium_minor", "of"):
            if getattr(one, field) != getattr(event, field):
                bound = f"must be that of {one.reference!r}, {getattr(one, field)}"
                yield Fault(field, getattr(event, field), bound, fix)
        return


def refuse_above_whole(
    event: Cession, treaties: Sequence[ShareTreaty], ledger: Ledger, before: Iterable[Cession]
) -> None:
    """Refuse a cession with which a member would cede more than its whole share of a booking."""
    of = {one.name: one for one in treaties}
    live = [of[one.treaty] for one in before if not ledger.reversal_of(one.reference)]
    for member in of[event.treaty].members:
        own = [one for one in (*live, of[event.treaty]) if member in one.members]
        total = sum((exact(one.share) for one in own), Fraction(0))
        if total > 1:
            names = ", ".join(one.name for one in own)
            bound = f"must leave {member!r} no less than nothing: {names} take {total} of its share"
            fix = "reverse one of them, or correct the treaties' shares"
            raise InvalidParameter([Fault("treaty", event.treaty, bound, fix)])


def refuse_before_item(event: Payment, bookings: Iterable[Booking]) -> None:
    """Refuse a payment that counts from a day before what it pays."""
    for one in bookings:
        if event.value_date and event.value_date < one.value_date:
            bound = f"must not be before {one.value_date}, the value date of {one.reference!r}"
            fix = "pay what is owed already"
            raise InvalidParameter([Fault("value_date", event.value_date, bound, fix)])


def refuse_unknown(event: Payment, ledger: Ledger) -> None:
    """Refuse a payment from or to somebody who has no place in the book."""
    names = ledger.balances()
    for name in (event.debtor, event.creditor):
        if name not in names:
            raise NotFound("party", name, names, nearest(name, names))


def refuse_strangers(treaties: Sequence[ShareTreaty], known: Sequence[str]) -> None:
    """Refuse treaties of members whom the pool never has."""
    faults = list[Fault]()
    for place, treaty in enumerate(treaties):
        for number, name in enumerate(treaty.members):
            if name not in known:
                guess = nearest(name, known)
                fix = f"did you mean {guess!r}?" if guess else ""
                bound = f"must be a member of the pool: {', '.join(known)}"
                pointer = f"/member_treaties/{place}/members/{number}"
                faults.append(Fault("members", name, bound, fix, pointer))
    if faults:
        raise InvalidParameter(faults)
