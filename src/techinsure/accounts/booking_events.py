"""Events into the book, one after the other: what each kind of event books, and what it refuses."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, cast

from pydantic import ConfigDict

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking, Settled, Subject
from techinsure.accounts.cash_calls import call
from techinsure.accounts.cessions import ShareTreaty, cede_claim, cede_premium
from techinsure.accounts.defaults import cover_default
from techinsure.accounts.document_index import DocumentIndex
from techinsure.accounts.event_checks import (
    refuse_above_whole,
    refuse_before_item,
    refuse_event,
    refuse_strangers,
    refuse_unknown,
)
from techinsure.accounts.events import (
    CashCall,
    Cession,
    ChangeOfLines,
    Claim,
    CloseOfQuarter,
    Commission,
    Default,
    Endorsement,
    Event,
    Instalment,
    NettingAgreed,
    OfPolicy,
    Payment,
    Premium,
    Recovery,
    Refund,
    Reversal,
    Tax,
    TreatyPremium,
    TreatyRecovery,
)
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.line_changes import lines_after
from techinsure.accounts.lines_in_force import LinesInForce, OnChange
from techinsure.accounts.net_cessions import (
    ceded_back,
    recovered_of,
    refuse_reversal,
    refuse_unsaid,
)
from techinsure.accounts.netting import book_netting, propose_netting
from techinsure.accounts.payments import items_between, late_interest, pay
from techinsure.accounts.pool_treaties import PoolTreaty, book_treaty_premium, recover
from techinsure.accounts.taxes import TaxRates, book_tax
from techinsure.accounts.technical_bookings import (
    SharedAmount,
    book_claim,
    book_portfolio_transfer,
    book_premium,
    book_shared,
    instalments,
)
from techinsure.errors import Fault, InvalidParameter, NotFound, Refused, TechinsureError
from techinsure.money import Owed, to_minor
from techinsure.pool.members import Pool
from techinsure.pool.settlement import CollectedPremium, PaidClaim
from techinsure.quantities import FORBID, nearest

MOST_NAMED = 10
"""Known names that a refusal lists."""


class Document(Protocol):
    """What a document says besides its quarter."""

    @property
    def pool(self) -> Pool: ...
    @property
    def starts(self) -> str: ...
    @property
    def on_change(self) -> OnChange: ...
    @property
    def terms(self) -> AccountTerms: ...
    @property
    def policies(self) -> tuple[Subject, ...]: ...
    @property
    def member_treaties(self) -> tuple[ShareTreaty, ...]: ...
    @property
    def pool_treaties(self) -> tuple[PoolTreaty, ...]: ...
    @property
    def rates(self) -> TaxRates | None: ...
    @property
    def events(self) -> tuple[Event, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The book so far, whose lines are in force, and who failed, with the day."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    ledger: Ledger
    lines: LinesInForce
    failed: tuple[tuple[str, str], ...] = ()

    def booked(self, *bookings: Booking) -> "Course":
        """The same with more in the book."""
        return replace(self, ledger=self.ledger.book(*bookings))


def booked_events(document: Document) -> Course:
    """All events of a document, or `InvalidParameter` with a pointer to the first that cannot be
    booked."""
    pool = document.pool
    course = Course(
        ledger=Ledger(pool=pool.name, currency=pool.currency),
        lines=LinesInForce.of(pool, document.starts, document.on_change),
    )
    index = DocumentIndex(document.policies, document.events)
    joined = (one for event in document.events if isinstance(event, ChangeOfLines)
              for one in event.joins)  # fmt: skip
    names = dict.fromkeys(one.name for one in (*pool.members, *joined))
    refuse_unsaid(document.terms, document.member_treaties, document.pool_treaties)
    refuse_strangers(document.member_treaties, list(names))
    for place, event in enumerate(document.events):
        with _pointed_at(place, event):
            refuse_event(event, place, course.ledger, index)
            course = _after(course, place, document, index)
    return course


@contextmanager
def _pointed_at(place: int, event: Event) -> Iterator[None]:
    """Inside, whatever is refused is a fault of the event at that place."""
    at = f"/events/{place}"
    try:
        yield
    except InvalidParameter as error:
        raise InvalidParameter([_own(fault, event, at) for fault in error.faults]) from None
    except NotFound as error:
        field = _named(event, error.name)
        few = ", ".join(error.known[:MOST_NAMED]) or "none"
        more = f" and {len(error.known) - MOST_NAMED} more" if len(error.known) > MOST_NAMED else ""
        fix = f"did you mean {error.nearest!r}?" if error.nearest else ""
        bound = f"must be a {error.what} that is known: {few}{more}"
        pointer = f"{at}/{field}" if field else at
        raise InvalidParameter([Fault(field or "event", error.name, bound, fix, pointer)]) from None
    except TechinsureError as error:
        bound = f"cannot be booked: {error}"
        fix = "change the event, or what stands before it"
        raise InvalidParameter([Fault("event", event.reference, bound, fix, at)]) from None


def _own(fault: Fault, event: Event, at: str) -> Fault:
    """A fault of a booking as one of its event: its field, where the event has one of that name."""
    name, _, row = fault.field.rpartition(".")[2].removesuffix("]").partition("[")
    pointer = f"{at}/{name}" if hasattr(event, name) else at
    pointer += f"/{row}" if row and pointer != at else ""
    return fault._replace(field=name, pointer=pointer)


def _named(event: Event, name: str) -> str:
    """The field of an event that holds a name."""
    held = (field for field in event.__slots__ if getattr(event, field) == name)
    inherited = ("reference", "policy", "class_code")
    return next(held, next((one for one in inherited if getattr(event, one, None) == name), ""))


def _after(course: Course, place: int, document: Document, index: DocumentIndex) -> Course:
    """The course after the event at that place."""
    event, terms = document.events[place], document.terms
    ledger, lines = course.ledger, course.lines
    match event:
        case ChangeOfLines():
            return _changed(course, event, terms)
        case Reversal():
            refuse_reversal(ledger, event.on)
            return replace(
                course,
                ledger=ledger.reverse(
                    event.on, event.reference, event.booked, event.value_date, event.due
                ),
            )
        case Default():
            names = [name for name, _ in course.failed]
            cover = cover_default(
                ledger, event.member, names, event.reference, lines, terms, event.when
            )
            failed = (*course.failed, (event.member, event.booked))
            booked = [*_with_interest(cover, ledger, terms)] if cover else []
            return replace(course.booked(*booked), failed=failed)
        case CloseOfQuarter():
            return replace(course, ledger=ledger.close(event.quarter))
        case Payment():
            return course.booked(*_paid(ledger, event, terms))
        case NettingAgreed():
            names = [name for name, _ in course.failed]
            netting = propose_netting(ledger, terms, event.booked, names)
            settled = book_netting(netting, event.reference, ledger.currency, event.due, event.when)
            return course.booked(*_with_interest(settled, ledger, terms))
        case CashCall():
            return course.booked(call(ledger, event.on, event.reference, terms, event.when))
        case TreatyRecovery():
            return course.booked(*_recovered(course, place, document, index))
        case Tax() | Cession() | TreatyPremium():
            if isinstance(event, Cession):
                _of_name(document.member_treaties, event.treaty)
                others = index.cessions_before(place, event.on)
                refuse_above_whole(event, document.member_treaties, ledger, others)
            return course.booked(_following(course, event, document, index))
    return course.booked(_of_policy(event, course, terms, index))


def _of_policy(event: Any, course: Course, terms: AccountTerms, index: DocumentIndex) -> Booking:
    """Premiums, commissions, claims and recoveries of a policy."""
    about = _subject(event, index)
    on = (course.lines, terms, event.when)
    currency, name = course.ledger.currency, event.reference
    match event:
        case Claim():
            claim = PaidClaim(
                reference=name, amount_minor=event.amount_minor, currency=currency,
                loss_date=event.loss_date, paid_by=event.paid_by,
            )  # fmt: skip
            return book_claim(claim, about, *on)
        case Recovery():
            shared = SharedAmount(
                kind="recovery", reference=name, amount_minor=event.amount_minor,
                currency=currency, held_by=event.received_by,
            )  # fmt: skip
            about = replace(about, loss_date=event.loss_date)
            return book_shared(shared, about, event.loss_date, *on)
        case Commission():
            shared = SharedAmount(
                kind="commission", reference=name, amount_minor=event.amount_minor,
                currency=currency, held_by=event.paid_by,
            )  # fmt: skip
            return book_shared(shared, about, event.effective or about.inception, *on)
    amount, before = _premium_of(event, currency)
    premium = CollectedPremium(
        reference=name, amount_minor=amount, currency=currency,
        collected_by=event.paid_by if isinstance(event, Refund) else event.collected_by,
    )  # fmt: skip
    return book_premium(premium, about, event.effective or about.inception, *on, before)


def _premium_of(
    event: Premium | Instalment | Endorsement | Refund, currency: str
) -> tuple[int, int]:
    """What is collected, and the sum of the instalments before it, minor units."""
    if isinstance(event, Instalment):
        whole = Owed(amount_minor=event.premium_minor, currency=currency)
        parts = instalments(whole, [event.booked] * event.of)
        if event.number > event.of:
            raise InvalidParameter([Fault("number", event.number, f"must be in [1, {event.of}]")])
        *before, last = [part.premium.amount_minor for part in parts[: event.number]]
        return last, sum(before)
    return (-event.amount_minor if isinstance(event, Refund) else event.amount_minor), 0


def _live(ledger: Ledger, reference: str) -> Booking:
    """The booking of that reference, on which something can rest."""
    found = ledger.find(reference)
    if ledger.reversal_of(reference):
        raise Refused(f"{reference!r} was reversed: nothing follows from it")
    return found


def _subject(event: OfPolicy, index: DocumentIndex) -> Subject:
    """The cover that an event is about."""
    covers = index.covers.get(event.policy)
    if not covers:
        names = index.covers
        raise NotFound("policy", event.policy, names, nearest(event.policy, names))
    found = [one for one in covers if event.class_code in (None, one.class_code)]
    if len(found) != 1:
        codes = ", ".join(one.class_code for one in covers)
        fix = f"name one of {codes}"
        bound = "must name one cover of the policy"
        raise InvalidParameter([Fault("class_code", event.class_code, bound, fix)])
    return found[0]


def _following(
    course: Course,
    event: Tax | Cession | TreatyPremium,
    document: Document,
    index: DocumentIndex,
) -> Booking:
    """What rests on other bookings or on a treaty."""
    ledger, terms, when = course.ledger, document.terms, event.when
    match event:
        case Tax():
            if document.rates is None:
                raise Refused("the document has no rates: give tax its rates, or 'shipped'")
            premium = _live(ledger, event.on)
            effective = getattr(index.events.get(event.on), "effective", None) or (
                premium.subject.inception if premium.subject else event.booked
            )
            return book_tax(
                premium, document.rates, effective, event.reference, course.lines, terms, when
            )
        case Cession():
            booking = _live(ledger, event.on)
            treaty = _of_name(document.member_treaties, event.treaty)
            is_premium = any(one.account == "premium_share" for one in booking.settlement.postings)
            if is_premium:
                return cede_premium(booking, treaty, event.reference, terms, when)
            net = recovered_of(ledger, event.on) if terms.member_cessions == "net" else {}
            return cede_claim(booking, treaty, event.reference, terms, when, net)
    layer = _of_name(document.pool_treaties, event.treaty)
    deposit = to_minor(layer.treaty.premium, ledger.currency)
    amount = deposit if event.amount_minor is None else event.amount_minor
    if not amount:
        raise Refused(f"{layer.name!r} has no deposit premium: give amount_minor")
    owed = Owed(amount_minor=amount, currency=ledger.currency)
    day = event.effective or layer.starts
    return book_treaty_premium(layer, owed, event.reference, day, course.lines, terms, when)


def _recovered(
    course: Course, place: int, document: Document, index: DocumentIndex
) -> Iterator[Booking]:
    """What a treaty of the pool pays, and where cessions are net of it what they give back."""
    event = cast(TreatyRecovery, document.events[place])
    ledger, terms = course.ledger, document.terms
    layer = _of_name(document.pool_treaties, event.treaty)
    found = recover(ledger, layer, event.of, event.reference, course.lines, terms, event.when)
    yield found
    if terms.member_cessions != "net":
        return
    before = [
        (one.reference, claim, _of_name(document.member_treaties, one.treaty))
        for claim in event.of
        for one in index.cessions_before(place, claim)
        if not ledger.reversal_of(one.reference)
    ]
    yield from ceded_back(ledger, found, before, terms, event.when)


def _of_name(treaties: Sequence[Any], name: str) -> Any:
    names = [one.name for one in treaties]
    if name not in names:
        raise NotFound("treaty", name, names, nearest(name, names))
    return treaties[names.index(name)]


def _paid(ledger: Ledger, event: Payment, terms: AccountTerms) -> Iterator[Booking]:
    """The payment, and the interest on what it pays late."""
    for name in event.of:
        ledger.find(name)
    items = [
        item
        for item in items_between(ledger, event.debtor, event.creditor, event.accounts or None)
        if not event.of or item.reference in event.of
    ]
    total = sum(item.open_minor for item in items)
    if not total:
        refuse_unknown(event, ledger)
        raise Refused(f"{event.debtor!r} owes {event.creditor!r} nothing of that")
    left = total if event.amount_minor is None else event.amount_minor
    if left > total:
        bound = f"must be at most what is open of that, {total}"
        raise InvalidParameter([Fault("amount_minor", left, bound, "pay what is owed")])
    settled = list[Settled]()
    for item in items:
        part = min(left, item.open_minor)
        if part:
            settled.append(item.settled(part))
            left -= part
    refuse_before_item(event, [ledger.find(one.reference) for one in settled])
    payment = pay(settled, event.reference, ledger.currency, event.when)
    yield from _with_interest(payment, ledger, terms)


def _with_interest(settling: Booking, ledger: Ledger, terms: AccountTerms) -> Iterator[Booking]:
    """A booking that settles items, and the interest on what it settles late."""
    yield settling
    interest = late_interest(settling, ledger, terms, f"{settling.reference}/interest")
    if interest:
        yield interest


def _changed(course: Course, event: ChangeOfLines, terms: AccountTerms) -> Course:
    """Other lines from the day booked on, and the unearned premium moved where it moves."""
    lines = lines_after(course.lines, event)
    changed = replace(course, lines=lines)
    if not event.unearned_minor:
        return changed
    unearned = Owed(amount_minor=event.unearned_minor, currency=course.ledger.currency)
    moved = book_portfolio_transfer(
        event.reference, unearned, event.booked, lines, terms, event.when
    )
    return changed.booked(moved)
