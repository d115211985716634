"""Treaties that protect the pool: what an excess of loss or stop loss recovers of booked claims,
and what the members owe for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking, Recovered
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.lines_in_force import LinesInForce, Period
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import Fault, InvalidParameter, Refused
from techinsure.money import Owed, decimal_of, exact, line, rounded, split, to_minor
from techinsure.outside_parties import OUTSIDE, UNPLACED, insurer
from techinsure.pool.settlement import Account, Entry, posted
from techinsure.quantities import FORBID, Line, Name, each, is_date, refuse_unless, text
from techinsure.reinsurance.excess_of_loss import ExcessOfLoss
from techinsure.reinsurance.stop_loss import StopLoss

Layer = Annotated[ExcessOfLoss | StopLoss, Field(discriminator="kind")]

BORNE = ("claim_share", "recovery_share")
"""What members bear of a loss: of claims, less what salvage and subrogation gave back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTreaty:
    """A treaty on what all members bear together of losses from `starts` to `ends`, both included.

    `reinsurers`: exact shares of the layer; what they leave of it stays with the members. `net_of`:
    the treaties of the pool whose layers come first, as if they were placed in full.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    treaty: Layer
    reinsurers: Mapping[Name, Line]
    starts: str
    ends: str
    net_of: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=text(),
            treaty=_can_be_booked,
            reinsurers=_at_most_whole,
            starts=is_date,
            ends=is_date,
            net_of=each(text()),
        )
        refuse_unless(self, ends=self._after_its_start, net_of=self._of_others)

    def _after_its_start(self, field: str, value: object) -> Iterator[Fault]:
        if self.ends < self.starts:
            yield Fault(field, value, f"must not be before {self.starts}")

    def _of_others(self, field: str, value: object) -> Iterator[Fault]:
        if self.name in self.net_of:
            yield Fault(field, self.name, "must name other treaties")

    @property
    def placed(self) -> list[Fraction]:
        """The reinsurers' shares, and what nobody took."""
        taken = [exact(share) for share in self.reinsurers.values()]
        return [*taken, 1 - sum(taken, Fraction(0))]


def _can_be_booked(field: str, value: object) -> Iterator[Fault]:
    """The features of a layer that accounts follow are those that the ledger can tell."""
    if not isinstance(value, ExcessOfLoss):
        return
    absent = {
        "annual_deductible": value.annual_deductible == 0,
        "hours_clause": value.hours_clause is None,
        "swing_rating": value.swing_rating is None,
        "profit_commission": value.profit_commission is None,
        "reinstated_by": value.reinstated_by == "amount",
    }
    for name, is_absent in absent.items():
        if not is_absent:
            fix = "book what it comes to by hand, as a premium or recovery of the reinsurer"
            bound = "must be left out: accounts do not compute it"
            yield Fault(f"{field}.{name}", getattr(value, name), bound, fix)


def _at_most_whole(field: str, value: object) -> Iterator[Fault]:
    given: Mapping[str, str] = value  # type: ignore[assignment]
    faults = [f for name, share in given.items() for f in line()(f"{field}.{name}", share)]
    faults += [f for name in given for f in insurer(f"{field}.{name}", name)]
    yield from faults
    if not given:
        yield Fault(field, 0, "must have at least 1 entry")
    total = sum((exact(share) for share in given.values()), Fraction(0)) if not faults else 0
    if total > 1:
        yield Fault(field, str(total), "must sum to at most 1", "shares are of the layer")


def book_treaty_premium(
    treaty: PoolTreaty,
    premium: Owed,
    reference: str,
    effective: str,
    lines: LinesInForce,
    terms: AccountTerms,
    booked: Booked,
) -> Booking:
    """The premium of 100% of the layer, or an instalment of it: each reinsurer is owed its part by
    the members in force on a day, by their lines."""
    shares = _members(lines.at(effective).signed.shares())
    _strangers(treaty, shares)
    label = f"{treaty.name}: premium from {effective}"
    entries = _spread(treaty, premium.amount_minor, shares, "treaty_premium", label, sign=-1)
    due = terms.due_with_account(booked.day)
    return booked.booking(posted(reference, premium.currency, entries), due)


def recover(
    ledger: Ledger,
    treaty: PoolTreaty,
    losses: Sequence[str],
    reference: str,
    lines: LinesInForce,
    terms: AccountTerms,
    booked: Booked,
) -> Booking:
    """What the treaty pays of `losses`, by the references of their bookings: of an excess of loss
    those of one loss on its basis, of a stop loss those of the year.

    Amount: the layer of what members bear of them, within what is left of the layer in the year,
    less what was recovered of them before; negative where that was too much. The reinsurers' parts
    are split by largest remainder, each among the members by the lines that carry the losses. A
    reinstatement is owed in the same booking, in an account of its own.
    """
    _refuse_parts(ledger, treaty, losses)
    bookings = [_loss(ledger, name, treaty) for name in losses]
    gross = sum(_borne(one) for one in bookings if not ledger.reversal_of(one.reference))
    before = [one.recovers for one in ledger.bookings if one.recovers]
    these = set(losses)
    of_these = [one for one in before if not these.isdisjoint(one.losses)]
    inuring = sum(one.layer_minor for one in of_these if one.treaty in treaty.net_of)
    own = [one for one in before if one.treaty == treaty.name]
    paid = sum(one.layer_minor for one in of_these if one.treaty == treaty.name)
    others = sum(one.layer_minor for one in own) - paid
    layer = _layer(treaty, gross - inuring, others, ledger.currency) - paid
    if not layer:
        raise Refused(f"{treaty.name!r} owes nothing more of {', '.join(losses)}")
    owed = _reinstated(treaty, others + paid + layer, ledger.currency)
    again = owed - sum(one.reinstatement_minor for one in own)
    shares = _carried(bookings, lines)
    _strangers(treaty, shares)
    label = f"{treaty.name}: of {', '.join(losses)}"[:500]
    entries = _spread(treaty, layer, shares, "treaty_recovery", label, sign=1)
    entries += _spread(treaty, again, shares, "reinstatement_premium", label, sign=-1)
    recovered = Recovered(
        treaty=treaty.name, losses=tuple(losses), layer_minor=layer, reinstatement_minor=again
    )
    about = bookings[0].subject if len(bookings) == 1 else None
    due = terms.due_with_account(booked.day)
    found = booked.booking(posted(reference, ledger.currency, entries), due, about)
    return replace(found, recovers=recovered)


def _refuse_parts(ledger: Ledger, treaty: PoolTreaty, losses: Sequence[str]) -> None:
    """Each booking once, and with it all that was recovered together with it before; of a stop
    loss all that it ever paid of."""
    for place, name in enumerate(losses):
        if name in losses[:place]:
            fix = "name each booking of the loss once"
            raise InvalidParameter([Fault(f"of[{place}]", name, "must not be named twice", fix)])
    these = set(losses)
    for one in ledger.bookings:
        if one.recovers is None or one.settlement.reverses or ledger.reversal_of(one.reference):
            continue
        own = one.recovers.treaty == treaty.name
        is_whole = own and isinstance(treaty.treaty, StopLoss)
        touches = own or one.recovers.treaty in treaty.net_of
        left = [name for name in one.recovers.losses if name not in these]
        if left and (is_whole or (touches and len(left) < len(one.recovers.losses))):
            bound = f"must hold {', '.join(left)} too, of which {one.reference!r} paid"
            fix = "name all bookings of the losses recovered before"
            raise InvalidParameter([Fault("of", tuple(losses), bound, fix)])


def _loss(ledger: Ledger, reference: str, treaty: PoolTreaty) -> Booking:
    found = ledger.find(reference)
    about = found.subject
    is_loss = any(one.account in BORNE for one in found.settlement.postings)
    if not is_loss or about is None or found.settlement.reverses:
        raise Refused(f"{reference!r} is no claim and no recovery of one")
    day = about.loss_date or about.inception
    if not treaty.starts <= day <= treaty.ends:
        period = f"{treaty.starts} to {treaty.ends}"
        raise Refused(f"{reference!r} of {day} is outside of {treaty.name!r}, {period}")
    return found


def _borne(loss: Booking) -> int:
    """What members bear of it; what nobody signed is not the treaty's."""
    return -sum(
        one.amount_minor
        for one in loss.settlement.postings
        if one.account in BORNE and one.party not in (UNPLACED, OUTSIDE)
    )


def _layer(treaty: PoolTreaty, loss_minor: int, others_minor: int, currency: str) -> int:
    """100% of the layer of a loss, minor units, after what others have used of its year."""
    terms = treaty.treaty
    if isinstance(terms, StopLoss):
        attachment, limit = _in_minor(terms, currency)
        return min(max(loss_minor - attachment, 0), limit)
    attachment, limit = (to_minor(one, currency) for one in (terms.attachment, terms.limit))
    left = limit * (1 + len(terms.reinstatement_rates)) - others_minor
    return min(max(loss_minor - attachment, 0), limit, max(left, 0))


def _in_minor(terms: StopLoss, currency: str) -> tuple[int, int]:
    unit = decimal_of(1 if terms.subject_premium is None else terms.subject_premium)
    points = (decimal_of(terms.attachment), decimal_of(terms.limit))
    attachment, limit = (to_minor(unit * point, currency) for point in points)
    return attachment, limit


def _reinstated(treaty: PoolTreaty, used_minor: int, currency: str) -> int:
    """What reinstating the layer costs by now: band k of what was used costs rate k of the premium,
    pro rata to the amount. Source: Sundt (1991), On excess of loss reinsurance with
    reinstatements."""
    terms = treaty.treaty
    if isinstance(terms, StopLoss):
        return 0
    limit, premium = to_minor(terms.limit, currency), to_minor(terms.premium, currency)
    cost = Fraction(0)
    for band, rate in enumerate(terms.reinstatement_rates):
        used = min(max(used_minor - band * limit, 0), limit)
        cost += decimal_of(rate) * premium * Fraction(used, limit)
    return rounded(cost, "half_even")


def _carried(bookings: Sequence[Booking], lines: LinesInForce) -> dict[str, Fraction]:
    """Each member's part of the losses, exact: its line of each, weighted by what the loss is."""
    weights: dict[str, tuple[Period, int]] = {}
    for one in bookings:
        if one.subject is None:
            continue
        day = one.subject.loss_date or one.subject.inception
        period = lines.carrying(one.subject.inception, day)
        _, weight = weights.get(period.starts, (period, 0))
        weights[period.starts] = period, weight + abs(_borne(one))
    found: dict[str, Fraction] = {}
    for period, weight in weights.values():
        for member, share in _members(period.signed.shares()).items():
            found[member] = found.get(member, Fraction(0)) + share * weight
    return found


def _members(shares: Mapping[str, Fraction]) -> dict[str, Fraction]:
    return {name: share for name, share in shares.items() if name not in (UNPLACED, OUTSIDE)}


def _strangers(treaty: PoolTreaty, members: Mapping[str, Fraction]) -> None:
    for name in treaty.reinsurers:
        if name in members:
            raise Refused(f"{name!r} cannot reinsure the pool of which it is a member")


def _spread(
    treaty: PoolTreaty,
    amount_minor: int,
    shares: Mapping[str, Fraction],
    account: Account,
    label: str,
    sign: int,
) -> list[Entry]:
    """Each reinsurer's part of an amount among the members; `sign` +1: owed to them."""
    parts = split(amount_minor, treaty.placed)
    entries: list[Entry] = []
    for reinsurer, part in zip(treaty.reinsurers, parts, strict=False):
        for member, own in zip(shares, split(part, list(shares.values())), strict=True):
            entries.append((member, reinsurer, account, sign * own, label))
            entries.append((reinsurer, member, account, -sign * own, label))
    return entries
