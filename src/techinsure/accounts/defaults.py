"""A member that cannot pay: what it owes stays open as doubtful, and who pays in its place as the
contract says."""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking, Settled
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.lines_in_force import LinesInForce
from techinsure.accounts.open_items import OpenItem, open_items, open_with
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import NotFound
from techinsure.money import decimal_of, rounded, split, to_minor
from techinsure.outside_parties import FUND, STATE
from techinsure.pool.default_terms import GuaranteeFund, Joint, Several
from techinsure.pool.members import Member, Pool
from techinsure.pool.settlement import Entry, posted
from techinsure.quantities import nearest

COVERED = ("claim_share", "cash_call", "default_cover")
"""What is paid in place of a failed member: its part of claims, called or not, and what it took
over of those that failed before it."""


def doubtful(
    ledger: Ledger, failed: Collection[str], day: str | None = None
) -> tuple[OpenItem, ...]:
    """What members that failed still owe on a day, item by item."""
    return tuple(item for item in open_items(ledger, day) if item.debtor in failed)


def cover_default(
    ledger: Ledger,
    member: str,
    failed: Collection[str],
    reference: str,
    lines: LinesInForce,
    terms: AccountTerms,
    booked: Booked,
) -> Booking | None:
    """Who pays what is open of claims of a failed member on a day, by the contract's terms; None
    where nobody does or nothing is open.

    Each covered item is set off; whoever takes it over owes it to its creditor and is owed the same
    by the failed member (a creditor that takes over its own item is owed it as before). Of a joint
    contract the lines that carry the loss say who. Nobody's balance moves but those of a fund and
    of who refills it.
    """
    pool = lines.at(booked.day).pool
    names = [one.name for period in lines.periods for one in period.pool.members]
    if member not in names:
        raise NotFound("member", member, dict.fromkeys(names), nearest(member, names))
    with_it = open_with(ledger, member, booked.day)
    items = [one for one in with_it if one.debtor == member and one.account in COVERED]
    total = sum(item.open_minor for item in items)
    if not total or isinstance(pool.in_default, Several):
        return None
    gone = {member, *failed}
    if isinstance(pool.in_default, Joint):
        entries, settled = _jointly(ledger, items, pool.in_default, lines, gone, booked.day)
    else:
        signed = lines.at(booked.day).signed.shares()
        names = [name for name in pool_members(pool) if name not in gone]
        drawn = min(total, _left_of(ledger, pool.in_default, booked.day))
        entries, settled = _taken_over(items, {FUND: drawn})
        solvent = {name: signed[name] for name in names if signed.get(name)}
        entries += _refill(pool.in_default, drawn, solvent)
    if not settled:
        return None
    settlement = posted(reference, ledger.currency, entries)
    return Booking(
        settlement=settlement,
        booked=booked.day,
        value_date=booked.value_date or booked.day,
        due=terms.due_with_account(booked.day),
        settles=tuple(settled),
    )


def pool_members(pool: Pool) -> tuple[str, ...]:
    """Names, in the order listed."""
    return tuple(member.name for member in pool.members)


def spread(
    total_minor: int, lines: Mapping[str, Fraction], rooms: Mapping[str, int]
) -> dict[str, int]:
    """A sum among the parties with room, pro rata to their lines and again, until all is taken or
    nobody has room; each round fills a party or ends it."""
    taken, short = dict.fromkeys(lines, 0), total_minor
    while True:
        able = {name: share for name, share in lines.items() if taken[name] < rooms[name]}
        if not short or not able:
            return taken
        for name, part in zip(able, split(short, list(able.values())), strict=True):
            more = min(part, rooms[name] - taken[name])
            taken[name] += more
            short -= more


def _jointly(
    ledger: Ledger,
    items: Sequence[OpenItem],
    contract: Joint,
    lines: LinesInForce,
    gone: Collection[str],
    day: str,
) -> tuple[list[Entry], list[Settled]]:
    """The items among the solvent members whose lines carry their losses, as far as each has
    room."""
    members = {one.name: one for period in lines.periods for one in period.pool.members}
    rooms = _rooms(ledger, members, contract, day)
    entries, settled = list[Entry](), list[Settled]()
    for shares, group in _by_lines(ledger, items, lines):
        solvent = {name: share for name, share in shares.items() if name not in gone and share}
        taken = spread(sum(item.open_minor for item in group), solvent, rooms)
        rooms |= {name: rooms[name] - amount for name, amount in taken.items()}
        more, paid = _taken_over(group, taken)
        entries += more
        settled += paid
    return entries, settled


def _by_lines(
    ledger: Ledger, items: Sequence[OpenItem], lines: LinesInForce
) -> list[tuple[dict[str, Fraction], list[OpenItem]]]:
    """The items, the first due first, by the members' lines that carry their losses."""
    found: list[tuple[dict[str, Fraction], list[OpenItem]]] = []
    for item in items:
        shares = _carrying(ledger, item.reference, lines)
        group = next((held for of, held in found if of == shares), None)
        if group is None:
            group = []
            found.append((shares, group))
        group.append(item)
    return found


def _carrying(ledger: Ledger, reference: str, lines: LinesInForce) -> dict[str, Fraction]:
    """The members' lines that carry the loss of a booking; of a cover of several losses those of
    each, weighted by what it covers of it."""
    booking = ledger.find(reference)
    about = booking.subject
    if about is not None:
        period = lines.carrying(about.inception, about.loss_date or about.inception)
        shares = period.signed.shares()
        return {name: shares[name] for name in period.members if name in shares}
    found: dict[str, Fraction] = {}
    total = sum(one.amount_minor for one in booking.settles)
    for one in booking.settles:
        for name, share in _carrying(ledger, one.reference, lines).items():
            found[name] = found.get(name, Fraction(0)) + share * Fraction(one.amount_minor, total)
    return found


def _rooms(
    ledger: Ledger, members: Mapping[str, Member], contract: Joint, day: str
) -> dict[str, int]:
    """What each can still take over in the calendar year of a day: its capacity less its own part
    of the year's claims and what it took over already."""
    carried = dict.fromkeys(members, 0)
    for booking in ledger.until(day):
        for one in booking.settlement.postings if booking.booked[:4] == day[:4] else ():
            if one.party in carried and one.account in ("claim_share", "subrogation"):
                sign = -1 if one.account == "claim_share" else 1
                carried[one.party] += sign * one.amount_minor
    share, rooms = decimal_of(contract.capacity_share), dict[str, int]()
    for name, used in carried.items():
        capital = to_minor(members[name].capital_and_reserves, ledger.currency)
        rooms[name] = max(rounded(share * capital, "floor") - used, 0)
    return rooms


def _left_of(ledger: Ledger, fund: GuaranteeFund, day: str) -> int:
    """What is left of the fund, which is full at the start of every calendar year."""
    drawn = -sum(
        one.amount_minor
        for booking in ledger.until(day)
        for one in booking.settlement.postings
        if booking.booked[:4] == day[:4] and one.party == FUND and one.account == "default_cover"
    )
    return max(to_minor(fund.size, ledger.currency) - drawn, 0)


def _refill(fund: GuaranteeFund, drawn: int, solvent: Mapping[str, Fraction]) -> list[Entry]:
    """Who puts back what was drawn: the state, or the solvent members by their contributions. What
    nobody is left to put back is not refilled."""
    shares = {STATE: Fraction(1)}
    if fund.refilled_by == "members":
        shares = {name: s for name, s in _contributions(fund, solvent).items() if s}
    if not shares:
        return []
    entries: list[Entry] = []
    for payer, part in zip(shares, split(drawn, list(shares.values())), strict=True):
        entries.append((payer, FUND, "fund_refill", -part, "refill of the guarantee fund"))
        entries.append((FUND, payer, "fund_refill", part, "refill of the guarantee fund"))
    return entries


def _contributions(fund: GuaranteeFund, solvent: Mapping[str, Fraction]) -> dict[str, Fraction]:
    if not fund.contributions:
        return dict(solvent)
    return {name: Fraction(fund.contributions.get(name, "0")) for name in solvent}


def _taken_over(
    items: Sequence[OpenItem], taken: Mapping[str, int]
) -> tuple[list[Entry], list[Settled]]:
    """The items, the first due first, as far as `taken` goes, each among those who take over."""
    left, entries, settled = dict(taken), list[Entry](), list[Settled]()
    for item in items:
        member, amount = item.debtor, min(item.open_minor, sum(left.values()))
        if not amount:
            break
        label = f"{item.account} of {item.reference} in place of {member}"[:500]
        entries += [
            (member, item.creditor, "set_off", amount, label),
            (item.creditor, member, "set_off", -amount, label),
        ]
        settled.append(item.settled(amount))
        parts = split(amount, [Fraction(one) for one in left.values()])
        for party, part in zip(left, parts, strict=True):
            left[party] -= part
            entries += [
                (member, party, "subrogation", -part, label),
                (party, member, "subrogation", part, label),
            ]
            if party != item.creditor:
                entries += [
                    (party, item.creditor, "default_cover", -part, label),
                    (item.creditor, party, "default_cover", part, label),
                ]
    return entries, settled
