"""Cessions net of what the pool's treaties pay: of a member's share of a claim less its part of
their recoveries, whichever comes first."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking
from techinsure.accounts.cessions import ShareTreaty, cede_back
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import Fault, InvalidParameter, Refused
from techinsure.money import split


def refuse_unsaid(
    terms: AccountTerms, member_treaties: Sequence[object], pool_treaties: Sequence[object]
) -> None:
    """Refuse an agreement that does not say on what member treaties rest, where it matters."""
    if member_treaties and pool_treaties and terms.member_cessions is None:
        bound = "must be said where members and the pool have treaties"
        fix = "gross: cessions are of the whole share; net: of it less what pool treaties pay"
        pointer = "/terms/member_cessions"
        raise InvalidParameter([Fault("member_cessions", None, bound, fix, pointer)])


def recovered_of(ledger: Ledger, claim: str) -> dict[str, int]:
    """What treaties of the pool owe each party of one claim, minor units, by all that was booked
    and not reversed."""
    found: dict[str, int] = {}
    for booking in ledger.bookings:
        if booking.recovers is None or claim not in booking.recovers.losses:
            continue
        if booking.settlement.reverses or ledger.reversal_of(booking.reference):
            continue
        for party, part in _part_of(ledger, booking, claim).items():
            found[party] = found.get(party, 0) + part
    return found


def ceded_back(
    ledger: Ledger,
    recovery: Booking,
    cessions: Sequence[tuple[str, str, ShareTreaty]],
    terms: AccountTerms,
    booked: Booked,
) -> Iterator[Booking]:
    """What a new recovery takes back from the cessions booked before of its claims, each the
    reference of the cession, that of the claim and the treaty, under `RECOVERY/CESSION`."""
    for reference, claim, treaty in cessions:
        parts = _part_of(ledger, recovery, claim)
        under = f"{recovery.reference}/{reference}"
        found = cede_back(recovery, parts, treaty, under, terms, booked)
        if found:
            yield found


def refuse_reversal(ledger: Ledger, cession: str) -> None:
    """Refuse to reverse a cession of which recoveries took parts back, before they are reversed."""
    for one in ledger.bookings:
        if not one.follows or one.settlement.reverses or ledger.reversal_of(one.reference):
            continue
        is_back = one.reference == f"{one.follows}/{cession}"
        if is_back and ledger.find(one.follows).recovers:
            resting = [one.reference]
            raise Refused(f"{cession!r} is not reversed before what follows from it: {resting}")


def _part_of(ledger: Ledger, recovery: Booking, claim: str) -> dict[str, int]:
    """Each party's part of a recovery that is of one of its claims, pro rata to the claims."""
    losses = recovery.recovers.losses if recovery.recovers else ()
    weights = [Fraction(_paid(ledger.find(name), ledger)) for name in losses]
    totals: dict[str, int] = {}
    for one in recovery.settlement.postings:
        if one.account == "treaty_recovery":
            totals[one.party] = totals.get(one.party, 0) + one.amount_minor
    place = losses.index(claim)
    return {party: split(total, weights)[place] for party, total in totals.items()}


def _paid(loss: Booking, ledger: Ledger) -> int:
    """What a claim is, salvage and what was reversed nothing."""
    if ledger.reversal_of(loss.reference):
        return 0
    shares = (one for one in loss.settlement.postings if one.account == "claim_share")
    return max(-sum(one.amount_minor for one in shares if one.amount_minor < 0), 0)
