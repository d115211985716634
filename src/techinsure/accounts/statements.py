"""A party's statement of a quarter: its postings, one after the other, from opening to closing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.accounts.ledger import Ledger
from techinsure.accounts.quarterly import PartyAccount
from techinsure.accounts.quarters import is_quarter, last_day
from techinsure.errors import Fault, NotFound
from techinsure.money import MinorUnits
from techinsure.pool.settlement import ACCOUNTS, Account
from techinsure.quantities import FORBID, Currency, Name, nearest, refuse_unless


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A posting as a party sees it, and what is owed to (+) or by (-) it after that."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    booked: str
    value_date: str
    due: str
    reference: Name
    account: Account
    counterparty: Name
    text: str
    amount_minor: MinorUnits
    balance_minor: MinorUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A party's postings of a quarter; each line's balance is the one before and its amount."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    party: Name
    quarter: str
    currency: Currency
    opening_minor: MinorUnits
    lines: tuple[StatementLine, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, quarter=is_quarter, lines=self._carried_on)

    def _carried_on(self, field: str, value: object) -> Iterator[Fault]:
        balance = self.opening_minor
        for place, line in enumerate(self.lines):
            balance += line.amount_minor
            if line.balance_minor != balance:
                bound = f"must be the balance before and the amount, {balance}"
                yield Fault(f"{field}[{place}].balance_minor", line.balance_minor, bound)
                return

    @property
    def closing_minor(self) -> int:
        """What is owed to or by the party at the end."""
        return self.lines[-1].balance_minor if self.lines else self.opening_minor

    def account(self) -> PartyAccount:
        """The quarter's account, from these lines alone."""
        moved: dict[Account, int] = {}
        for line in self.lines:
            moved[line.account] = moved.get(line.account, 0) + line.amount_minor
        return PartyAccount(
            party=self.party,
            quarter=self.quarter,
            currency=self.currency,
            opening_minor=self.opening_minor,
            movements_minor={name: moved[name] for name in ACCOUNTS if moved.get(name)},
            closing_minor=self.closing_minor,
        )


def statement(ledger: Ledger, party: str, quarter: str) -> Statement:
    """What was posted to a party in a quarter, in the order booked."""
    parties = dict.fromkeys(name for one in ledger.bookings for name in one.parties)
    if party not in parties:
        raise NotFound("party", party, parties, nearest(party, parties))
    opening, lines = 0, list[StatementLine]()
    for booking in ledger.until(last_day(quarter)):
        own = [one for one in booking.settlement.postings if one.party == party]
        if booking.quarter < quarter:
            opening += sum(one.amount_minor for one in own)
            continue
        for posting in own:
            balance = lines[-1].balance_minor if lines else opening
            lines.append(
                StatementLine(
                    booked=booking.booked,
                    value_date=booking.value_date,
                    due=booking.due,
                    reference=booking.reference,
                    account=posting.account,
                    counterparty=posting.counterparty,
                    text=posting.text,
                    amount_minor=posting.amount_minor,
                    balance_minor=balance + posting.amount_minor,
                )
            )
    return Statement(
        party=party,
        quarter=quarter,
        currency=ledger.currency,
        opening_minor=opening,
        lines=tuple(lines),
    )
