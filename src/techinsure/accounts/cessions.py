"""What members cede to a reinsurer of their shares, and what they recover, in the same book."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import Fault, Refused
from techinsure.money import Rounding, exact, line, rounded
from techinsure.outside_parties import insurer
from techinsure.pool.settlement import Account, Entry, posted
from techinsure.quantities import FORBID, Line, Name, each, refuse_unless, text


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTreaty:
    """A quota share of some members: `reinsurer` takes `share` of each one's premium and claims and
    pays `commission`, a share of the ceded premium."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    reinsurer: Name
    members: tuple[Name, ...]
    share: Line
    commission: Line = "0"

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=text(),
            reinsurer=insurer,
            members=each(text(), at_least=1),
            share=line(),
            commission=line(),
        )
        refuse_unless(self, reinsurer=self._is_no_member)

    def _is_no_member(self, field: str, value: object) -> Iterator[Fault]:
        if self.reinsurer in self.members:
            yield Fault(field, value, "must not be one of its own members")


def cede_claim(
    claim: Booking,
    treaty: ShareTreaty,
    reference: str,
    terms: AccountTerms,
    booked: Booked,
    recovered: Mapping[str, int] = MappingProxyType({}),
) -> Booking:
    """What the reinsurer owes the treaty's members of their shares of a claim, less what they
    `recovered` of it elsewhere, or they owe it of a recovery, each rounded by the agreement's rule,
    due with the quarter's account."""

    def ceded(party: str, part: int) -> list[Entry]:
        part += recovered.get(party, 0)
        recovery = _part(-part, exact(treaty.share), terms.rounding)
        return _both(party, treaty, "ceded_claim", recovery, f"{treaty.share} of its share")

    return _ceded(claim, ("claim_share", "recovery_share"), ceded, treaty, reference, terms, booked)


def cede_back(
    recovery: Booking,
    parts: Mapping[str, int],
    treaty: ShareTreaty,
    reference: str,
    terms: AccountTerms,
    booked: Booked,
) -> Booking | None:
    """What the treaty's members owe its reinsurer of their `parts` of a recovery of the pool; None
    where that is nothing."""
    entries: list[Entry] = []
    for party in treaty.members:
        back = _part(parts.get(party, 0), exact(treaty.share), terms.rounding)
        label = f"{treaty.share} of its part of {recovery.reference}"
        entries += _both(party, treaty, "ceded_claim", -back, label)
    if not any(amount for *_, amount, _ in entries):
        return None
    settlement = posted(reference, recovery.settlement.postings[0].currency, entries)
    due = terms.due_with_account(booked.day)
    return booked.booking(settlement, due, recovery.subject, follows=recovery.reference)


def cede_premium(
    premium: Booking, treaty: ShareTreaty, reference: str, terms: AccountTerms, booked: Booked
) -> Booking:
    """What the treaty's members owe the reinsurer of their shares of a premium, and apart from it
    the commission that the reinsurer owes them."""

    def ceded(party: str, part: int) -> list[Entry]:
        gross = _part(part, exact(treaty.share), terms.rounding)
        commission = _part(gross, exact(treaty.commission), terms.rounding)
        label = f"{treaty.share} of its share"
        return [
            *_both(party, treaty, "ceded_premium", -gross, label),
            *_both(party, treaty, "ceding_commission", commission, f"{treaty.commission} of it"),
        ]

    return _ceded(premium, ("premium_share",), ceded, treaty, reference, terms, booked)


def _ceded(
    booking: Booking,
    accounts: Sequence[Account],
    ceded: Callable[[str, int], list[Entry]],
    treaty: ShareTreaty,
    reference: str,
    terms: AccountTerms,
    booked: Booked,
) -> Booking:
    shares = {
        posting.party: posting.amount_minor
        for posting in booking.settlement.postings
        if posting.account in accounts and posting.party in treaty.members
    }
    if not shares:
        raise Refused(
            f"{booking.reference!r} has no {accounts[0]} of a member of the treaty {treaty.name!r}"
        )
    entries = [entry for party, part in shares.items() for entry in ceded(party, part)]
    settlement = posted(reference, booking.settlement.postings[0].currency, entries)
    due = terms.due_with_account(booked.day)
    return booked.booking(settlement, due, booking.subject, follows=booking.reference)


def _part(amount_minor: int, share: Fraction, rounding: Rounding) -> int:
    """A share rounded; a negative amount is the mirror of the positive one."""
    size = rounded(abs(amount_minor) * share, rounding)
    return size if amount_minor >= 0 else -size


def _both(
    party: str, treaty: ShareTreaty, account: Account, amount: int, label: str
) -> list[Entry]:
    """The same amount owed to the party and by the reinsurer."""
    label = f"{treaty.name}: {label}"
    return [
        (party, treaty.reinsurer, account, amount, label),
        (treaty.reinsurer, party, account, -amount, label),
    ]
