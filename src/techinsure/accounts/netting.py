"""Multilateral netting: what the agreement lets the parties set off, in few transfers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.open_items import OpenItem, open_in
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import Fault, InvalidParameter, Refused
from techinsure.money import MinorUnits
from techinsure.pool.settlement import Entry, posted
from techinsure.quantities import FORBID, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What one party pays another, minor units, > 0."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    debtor: Name
    creditor: Name
    amount_minor: MinorUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class Netting:
    """A proposal: the open items that are set off, what is then owed to (+) or by (-) each party,
    and the transfers that pay that. `gross_minor`: what the items sum to."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    items: tuple[OpenItem, ...]
    positions: Mapping[str, MinorUnits]
    transfers: tuple[Transfer, ...]

    @property
    def gross_minor(self) -> int:
        """What would be paid item by item."""
        return sum(item.open_minor for item in self.items)

    @property
    def net_minor(self) -> int:
        """What the transfers sum to."""
        return sum(transfer.amount_minor for transfer in self.transfers)


def transfers(positions: Mapping[str, int]) -> tuple[Transfer, ...]:
    """Payments that bring all positions to 0: the largest debtor pays the largest creditor, ties
    to the first listed. Each brings one party to 0 and the last two, hence at most one fewer than
    parties. Refuses positions that do not sum to 0."""
    total = sum(positions.values())
    if total:
        fault = Fault("positions", total, "must sum to zero", "take every party of the items")
        raise InvalidParameter([fault])
    left, found = dict(positions), list[Transfer]()
    while any(left.values()):
        debtor = min(left, key=lambda party: left[party])
        creditor = max(left, key=lambda party: left[party])
        amount = min(-left[debtor], left[creditor])
        left[debtor] += amount
        left[creditor] -= amount
        found.append(Transfer(debtor=debtor, creditor=creditor, amount_minor=amount))
    return tuple(found)


def propose_netting(
    ledger: Ledger, terms: AccountTerms, day: str, failed: Collection[str] = ()
) -> Netting:
    """What is open on a day of the accounts that the agreement nets; others stay as they are, and
    so does what a failed party owes or is owed: what its estate sets off is the law's to say."""
    if not terms.netted:
        raise Refused("the agreement nets no account: what is open is paid item by item")
    items = tuple(
        item
        for item in open_in(ledger, terms.netted, day)
        if not {item.debtor, item.creditor} & set(failed)
    )
    positions: dict[str, int] = {}
    for item in items:
        positions[item.debtor] = positions.get(item.debtor, 0) - item.open_minor
        positions[item.creditor] = positions.get(item.creditor, 0) + item.open_minor
    return Netting(items=items, positions=positions, transfers=transfers(positions))


def book_netting(
    netting: Netting, reference: str, currency: str, due: str, booked: Booked
) -> Booking:
    """The proposal once accepted: its items set off, its transfers owed on the day `due`. Nobody's
    balance moves. What a debtor owes of interest, net, stays `interest`, which bears none."""
    if not netting.items:
        raise Refused("nothing is open that the agreement nets")
    entries: list[Entry] = []
    for item in netting.items:
        label = f"netted {item.account} of {item.reference}"
        entries.append((item.debtor, item.creditor, "set_off", item.open_minor, label))
        entries.append((item.creditor, item.debtor, "set_off", -item.open_minor, label))
    interest = _interest_owed(netting)
    for one in netting.transfers:
        bears_none = min(interest[one.debtor], one.amount_minor)
        interest[one.debtor] -= bears_none
        rest = one.amount_minor - bears_none
        entries.append((one.debtor, one.creditor, "net_balance", -rest, "net balance"))
        entries.append((one.creditor, one.debtor, "net_balance", rest, "net balance"))
        entries.append((one.debtor, one.creditor, "interest", -bears_none, "net balance"))
        entries.append((one.creditor, one.debtor, "interest", bears_none, "net balance"))
    return Booking(
        settlement=posted(reference, currency, entries),
        booked=booked.day,
        value_date=booked.value_date or booked.day,
        due=due,
        settles=tuple(item.settled() for item in netting.items),
    )


def _interest_owed(netting: Netting) -> dict[str, int]:
    """What each party owes of interest after what it is owed of it."""
    owed = dict.fromkeys(netting.positions, 0)
    for item in netting.items:
        if item.account == "interest":
            owed[item.debtor] += item.open_minor
            owed[item.creditor] -= item.open_minor
    return {party: max(amount, 0) for party, amount in owed.items()}
