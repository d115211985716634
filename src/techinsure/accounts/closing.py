"""`close(request) -> Close`: a pool's events in order of time into its book, and a quarter of it
closed. Python, HTTP and the command line read the same document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

from pydantic import ConfigDict

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.booking_events import Course, booked_events
from techinsure.accounts.bookings import Subject
from techinsure.accounts.cessions import ShareTreaty
from techinsure.accounts.class_summary import class_summary
from techinsure.accounts.close_report import CallStanding, Close, SumCheck
from techinsure.accounts.defaults import doubtful
from techinsure.accounts.events import Event
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.lines_in_force import OnChange
from techinsure.accounts.netting import propose_netting
from techinsure.accounts.open_items import OpenItem, Overdue, open_items, overdue
from techinsure.accounts.pool_treaties import PoolTreaty
from techinsure.accounts.quarterly import Memo, QuarterlyAccounts, memos, quarterly_accounts
from techinsure.accounts.quarters import is_quarter, last_day
from techinsure.accounts.statements import statement
from techinsure.accounts.taxes import TaxRates, shipped_rates
from techinsure.errors import Fault
from techinsure.pool.members import Pool
from techinsure.quantities import FORBID, is_date, one_of, refuse_unless
from techinsure.reading import read
from techinsure.receipt import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMemo:
    """What is not owed yet, of the pool, by the lines in force on the day `lines_at`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    memo: Memo
    lines_at: str

    def __post_init__(self) -> None:
        refuse_unless(self, lines_at=is_date)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRequest:
    """A pool from the day it `starts`, its agreement, its policies and treaties, and all that
    happened, in order of time, whole; and the quarter to close. `tax`: the rates of `tax` events,
    or `shipped` for those that come with the program."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: Pool
    starts: str
    on_change: OnChange
    terms: AccountTerms
    policies: tuple[Subject, ...] = ()
    member_treaties: tuple[ShareTreaty, ...] = ()
    pool_treaties: tuple[PoolTreaty, ...] = ()
    tax: TaxRates | Literal["shipped"] | None = None
    events: tuple[Event, ...]
    quarter: str
    memos: tuple[HeldMemo, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            starts=is_date,
            on_change=one_of("clean_cut", "run_off"),
            policies=_each_cover_once,
            member_treaties=_each_name_once,
            pool_treaties=_each_name_once,
            events=_in_time,
            quarter=is_quarter,
        )
        refuse_unless(self, memos=self._within)

    def _within(self, field: str, value: object) -> Iterator[Fault]:
        """Memos need lines that are in force."""
        for place, one in enumerate(self.memos):
            if one.lines_at < self.starts:
                bound = f"must not be before {self.starts}"
                yield Fault(f"{field}[{place}].lines_at", one.lines_at, bound)

    @property
    def rates(self) -> TaxRates | None:
        """The rates of tax, or none."""
        return shipped_rates() if self.tax == "shipped" else self.tax


def _each_cover_once(field: str, value: object) -> Iterator[Fault]:
    known = set[tuple[str, str]]()
    for place, one in enumerate(cast(tuple[Subject, ...], value)):
        if (one.policy, one.class_code) in known:
            fix = "give each class of a bundle one entry"
            yield Fault(f"{field}[{place}].policy", one.policy, "must be unique by class", fix)
        known.add((one.policy, one.class_code))


def _each_name_once(field: str, value: object) -> Iterator[Fault]:
    known = set[str]()
    for place, one in enumerate(cast(tuple[ShareTreaty | PoolTreaty, ...], value)):
        if one.name in known:
            yield Fault(f"{field}[{place}].name", one.name, "must be unique", "rename it")
        known.add(one.name)


def _in_time(field: str, value: object) -> Iterator[Fault]:
    last = ""
    for place, one in enumerate(cast(tuple[Event, ...], value)):
        if one.booked < last:
            fix = "list events in order of time; give what is told late its value_date"
            yield Fault(f"{field}[{place}].booked", one.booked, f"must not be before {last}", fix)
            return
        last = one.booked


def close(request: CloseRequest | Mapping[str, Any]) -> Close:
    """The document's events booked, all or none, and its quarter as of the last day.

    An event that contradicts what was booked before refuses the document, with a pointer to it.
    """
    whole = request if isinstance(request, CloseRequest) else read(CloseRequest, request)
    return _closed(whole, booked_events(whole))


def _closed(request: CloseRequest, course: Course) -> Close:
    day = last_day(request.quarter)
    ledger = Ledger(
        pool=request.pool.name, currency=request.pool.currency, bookings=course.ledger.until(day)
    )
    failed = tuple(dict.fromkeys(name for name, since in course.failed if since <= day))
    held = [(one.memo, course.lines.at(one.lines_at).signed) for one in request.memos]
    accounts = quarterly_accounts(ledger, request.quarter, memos(held))
    items, late = open_items(ledger, day), overdue(ledger, day, request.terms)
    is_netted = bool(request.terms.netted)
    period = course.lines.at(max(day, request.starts))
    return Close(
        pool=request.pool.name,
        currency=request.pool.currency,
        quarter=request.quarter,
        as_of=day,
        lines={name: str(share) for name, share in period.signed.shares().items()},
        failed=failed,
        ledger=ledger,
        accounts=accounts,
        calls=tuple(_calls(ledger, items, late)),
        open_items=items,
        overdue=late,
        doubtful=doubtful(ledger, failed, day),
        netting=propose_netting(ledger, request.terms, day, failed) if is_netted else None,
        classes=class_summary(ledger, request.quarter),
        checks=_checks(ledger, accounts, items),
        digest=digest(request),
    )


def _calls(
    ledger: Ledger, items: tuple[OpenItem, ...], late: tuple[Overdue, ...]
) -> Iterator[CallStanding]:
    """Every debtor of every call that was not reversed."""
    left = {(one.reference, one.debtor): one for one in items if one.account == "cash_call"}
    lateness = {(one.item.reference, one.item.debtor): one for one in late}
    for booking in ledger.bookings:
        if booking.settlement.reverses or ledger.reversal_of(booking.reference):
            continue
        for one in booking.settlement.postings:
            if one.account != "cash_call" or one.amount_minor > 0:
                continue
            key = (booking.reference, one.party)
            item, at = left.get(key), lateness.get(key) if key in left else None
            yield CallStanding(
                reference=booking.reference,
                claim=booking.follows,
                debtor=one.party,
                creditor=one.counterparty,
                due=booking.due,
                called_minor=-one.amount_minor,
                open_minor=item.open_minor if item else 0,
                days=at.days if at else 0,
                interest_minor=at.interest_minor if at else 0,
            )


def _checks(
    ledger: Ledger, accounts: QuarterlyAccounts, items: tuple[OpenItem, ...]
) -> tuple[SumCheck, ...]:
    """What must be 0 whatever was booked, each computed on a way of its own."""
    of = accounts.accounts
    owed = dict.fromkeys(ledger.balances(), 0)
    for item in items:
        owed[item.debtor] -= item.open_minor
        owed[item.creditor] += item.open_minor
    apart = [abs(owed[party] - amount) for party, amount in ledger.balances().items()]
    replayed = [
        abs(statement(ledger, one.party, accounts.quarter).account().closing_minor
            - one.closing_minor)
        for one in of if one.party in owed
    ]  # fmt: skip
    uneven = [abs(sum(one.settlement.balances().values())) for one in ledger.bookings]
    moved = [amount for one in of for amount in one.movements_minor.values()]
    sums = {
        "openings of all parties": [one.opening_minor for one in of],
        "movements of all parties": moved,
        "closings of all parties": [one.closing_minor for one in of],
        "each booking's own postings": uneven,
        "balances less open items, party by party": apart,
        "statements replayed less accounts": replayed,
        **{name: _both(ledger, whole, share) for name, whole, share in SPLITS},
    }
    return tuple(
        SumCheck(name=name, sum_minor=sum(amounts), terms=len(amounts))
        for name, amounts in sums.items()
    )


SPLITS = (
    ("claims paid and its shares", "claim_paid", "claim_share"),
    ("recoveries received and its shares", "recovery_received", "recovery_share"),
    ("premium collected and its shares", "premium_collected", "premium_share"),
    ("commission paid and its shares", "commission_paid", "commission_share"),
    ("VAT collected and its shares", "vat_collected", "vat_share"),
)
"""What passed between a member and others, and the parts that share it."""


def _both(ledger: Ledger, whole: str, share: str) -> list[int]:
    return [
        one.amount_minor
        for booking in ledger.bookings
        for one in booking.settlement.postings
        if one.account in (whole, share)
    ]
