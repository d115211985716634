"""Premiums, commissions, claims and recoveries of policies into bookings, by the lines that carry
them, each in an account of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking, Subject
from techinsure.accounts.lines_in_force import LinesInForce, Period
from techinsure.errors import Refused
from techinsure.money import MinorUnits, Owed, known_currency, minor_units, split
from techinsure.outside_parties import INTERMEDIARY, LIABLE
from techinsure.pool.settlement import (
    Account,
    CollectedPremium,
    Entry,
    PaidClaim,
    Settlement,
    posted,
    require_member,
    settle,
    settle_premium,
)
from techinsure.quantities import (
    FORBID,
    Currency,
    Name,
    each,
    is_date,
    one_of,
    optional,
    refuse_unless,
    require,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAmount:
    """What one member paid or got for all beside claims and premiums: a `commission` that `held_by`
    paid, or a `recovery` (salvage, subrogation) that it got. Negative: given back."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["commission", "recovery"]
    reference: Name
    amount_minor: MinorUnits
    currency: Currency
    held_by: Name

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            kind=one_of("commission", "recovery"),
            reference=text(),
            amount_minor=minor_units,
            currency=known_currency,
            held_by=text(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """When something is booked, and from when it counts for interest (None: from that day)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    day: str
    value_date: str | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, day=is_date, value_date=optional(is_date))

    def booking(
        self,
        settlement: Settlement,
        due: str,
        subject: Subject | None = None,
        follows: str = "",
    ) -> Booking:
        """A settlement that settles no item, booked then."""
        return Booking(
            settlement=settlement,
            booked=self.day,
            value_date=self.value_date or self.day,
            due=due,
            subject=subject,
            follows=follows,
        )


def book_claim(
    claim: PaidClaim, subject: Subject, lines: LinesInForce, terms: AccountTerms, booked: Booked
) -> Booking:
    """A claim that somebody has paid for all, shared by the lines that carry its loss, due with the
    quarter's account. Who is a member on the day booked may have paid."""
    carrying = lines.carrying(subject.inception, claim.loss_date)
    settlement = settle(claim, carrying.signed, lines.at(booked.day).members)
    about = replace(subject, loss_date=claim.loss_date)
    return booked.booking(settlement, terms.due_with_account(booked.day), about)


def book_premium(
    premium: CollectedPremium,
    subject: Subject,
    effective: str,
    lines: LinesInForce,
    terms: AccountTerms,
    booked: Booked,
    before_minor: int = 0,
) -> Booking:
    """A premium, instalment, endorsement or (negative) refund by the lines that carry the policy on
    the day from which it is `effective`, and apart from it the fee of their lead; of an instalment,
    `before_minor` is the sum of those before it."""
    carrying = lines.carrying(subject.inception, effective)
    payers = lines.at(booked.day).members
    settlement = settle_premium(
        premium, carrying.signed, carrying.pool, terms.rounding, payers, before_minor
    )
    return booked.booking(settlement, terms.due_with_account(booked.day), subject)


def book_shared(
    amount: SharedAmount,
    subject: Subject,
    effective: str,
    lines: LinesInForce,
    terms: AccountTerms,
    booked: Booked,
) -> Booking:
    """A commission or recovery by the lines that carry the policy on a day: of a recovery the day
    of the loss."""
    carrying = lines.carrying(subject.inception, effective)
    settlement = _shared(amount, carrying, lines.at(booked.day).members)
    return booked.booking(settlement, terms.due_with_account(booked.day), subject)


def _shared(amount: SharedAmount, carrying: Period, payers: Sequence[str]) -> Settlement:
    require_member(amount.held_by, carrying.signed, payers)
    shares = carrying.signed.shares()
    sign, outside, whole, part_of = _sides(amount.kind)
    whole_minor = sign * amount.amount_minor
    parts = split(whole_minor, list(shares.values()))
    label = f"{amount.kind} for all"
    entries: list[Entry] = [(amount.held_by, outside, whole, whole_minor, label)]
    entries += [
        (party, amount.held_by, part_of, -part, f"share {share} of the {amount.kind}")
        for (party, share), part in zip(shares.items(), parts, strict=True)
    ]
    return posted(amount.reference, amount.currency, entries)


def _sides(kind: str) -> tuple[int, str, Account, Account]:
    """+1 where the pool owes it to the holder, who is outside, and both accounts."""
    if kind == "commission":
        return 1, INTERMEDIARY, "commission_paid", "commission_share"
    return -1, LIABLE, "recovery_received", "recovery_share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """A part of a premium and the day on which it is to be collected."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    due: str
    premium: Owed


def instalments(
    premium: Owed, days: Sequence[str], shares: Sequence[Fraction] = ()
) -> tuple[Instalment, ...]:
    """The premium in instalments on those days, equal or by `shares`; they sum to it exactly
    (largest remainder, ties to the first)."""
    require("days", days, each(is_date, at_least=1))
    weights = list(shares) or [Fraction(1)] * len(days)
    if len(weights) != len(days):
        raise Refused(f"{len(days)} days need as many shares, got {len(weights)}")
    return tuple(
        Instalment(due=day, premium=replace(premium, amount_minor=part))
        for day, part in zip(days, split(premium.amount_minor, weights), strict=True)
    )


def book_portfolio_transfer(
    reference: str,
    unearned: Owed,
    starts: str,
    lines: LinesInForce,
    terms: AccountTerms,
    booked: Booked,
) -> Booking:
    """The unearned premium of policies in force, moved with them to the lines that start on a day.

    Each party is owed its new part less its old one, through the new lead. Refused in a run-off,
    where policies keep their lines.
    """
    if lines.on_change == "run_off":
        raise Refused("policies in run-off keep their lines: no premium is transferred")
    old, new = (period.signed.shares() for period in lines.before(starts))
    gives = dict(zip(old, split(unearned.amount_minor, list(old.values())), strict=True))
    takes = dict(zip(new, split(unearned.amount_minor, list(new.values())), strict=True))
    lead = lines.at(starts).pool.lead.name
    entries: list[Entry] = []
    for party in dict.fromkeys((*gives, *takes)):
        moved = takes.get(party, 0) - gives.get(party, 0)
        label = f"unearned premium at {starts}"
        if party != lead:
            entries.append((party, lead, "portfolio_transfer", moved, label))
            entries.append((lead, party, "portfolio_transfer", -moved, label))
    settlement = posted(reference, unearned.currency, entries)
    return booked.booking(settlement, terms.due_with_account(booked.day))
