"""Quarterly accounts: opening + movements = closing for each party, and all parties sum to zero.

What is not owed yet (outstanding claims, IBNR, unearned premium) stands beside them as a memo.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.accounts.ledger import Ledger
from techinsure.accounts.quarters import is_quarter, last_day
from techinsure.errors import Fault
from techinsure.money import MinorUnits, minor_units, split
from techinsure.pool.settlement import ACCOUNTS, Account
from techinsure.pool.signing import Signed
from techinsure.quantities import FORBID, Currency, Name, each, one_of, refuse_unless, require, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """Minor units, of the pool or of one party: `outstanding` case reserves, `ibnr`, and premium
    `unearned` by risk pattern. Estimates, so no postings."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    outstanding_minor: MinorUnits = 0
    ibnr_minor: MinorUnits = 0
    unearned_minor: MinorUnits = 0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            outstanding_minor=minor_units,
            ibnr_minor=minor_units,
            unearned_minor=minor_units,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyAccount:
    """A party's account of a quarter, minor units: + is owed to it, - by it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    party: Name
    quarter: str
    currency: Currency
    opening_minor: MinorUnits
    movements_minor: Mapping[Account, MinorUnits]
    closing_minor: MinorUnits
    memo: Memo = Memo()

    def __post_init__(self) -> None:
        refuse_unless(self, party=text(), quarter=is_quarter)
        require("movements_minor", list(self.movements_minor), each(one_of(*ACCOUNTS)))
        refuse_unless(self, closing_minor=self._carried_on)

    def _carried_on(self, field: str, value: object) -> Iterator[Fault]:
        expected = self.opening_minor + sum(self.movements_minor.values())
        if value != expected:
            yield Fault(field, value, f"must be opening + movements, {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterlyAccounts:
    """The accounts of all parties, which sum to zero: opening, every movement, and closing."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    quarter: str
    accounts: tuple[PartyAccount, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, quarter=is_quarter, accounts=_zero_sum)

    def of(self, party: str) -> PartyAccount:
        """A party's account."""
        return next(account for account in self.accounts if account.party == party)


def _zero_sum(field: str, value: object) -> Iterator[Fault]:
    accounts: tuple[PartyAccount, ...] = tuple(value)  # type: ignore[arg-type]
    for name in ("opening_minor", "closing_minor"):
        total = sum(getattr(account, name) for account in accounts)
        if total:
            yield Fault(f"{field}.{name}", total, "must sum to zero", "give every party's account")


def memos(held: Sequence[tuple[Memo, Signed]]) -> dict[str, Memo]:
    """Each party's memo: the pool's items by the lines that carry them, each item split exactly.
    In a run-off one entry a period, each with its lines."""
    found: dict[str, Memo] = {}
    for memo, signed in held:
        shares = signed.shares()
        columns = [
            split(amount, list(shares.values()))
            for amount in (memo.outstanding_minor, memo.ibnr_minor, memo.unearned_minor)
        ]
        for party, outstanding, ibnr, unearned in zip(shares, *columns, strict=True):
            before = found.get(party, Memo())
            found[party] = Memo(
                outstanding_minor=before.outstanding_minor + outstanding,
                ibnr_minor=before.ibnr_minor + ibnr,
                unearned_minor=before.unearned_minor + unearned,
            )
    return found


def quarterly_accounts(
    ledger: Ledger, quarter: str, memo: Mapping[str, Memo] | None = None
) -> QuarterlyAccounts:
    """The accounts of a quarter, of every party that has been posted to by its end or has a memo.

    Movements are by account, in the order of `ACCOUNTS`; one of nothing is left out.
    """
    end, of_party = last_day(quarter), memo or {}
    opening: dict[str, int] = {}
    moved: dict[str, dict[Account, int]] = {party: {} for party in of_party}
    for booking in ledger.until(end):
        is_before = booking.quarter < quarter
        for posting in booking.settlement.postings:
            party, amount = posting.party, posting.amount_minor
            movements = moved.setdefault(party, {})
            if is_before:
                opening[party] = opening.get(party, 0) + amount
            else:
                movements[posting.account] = movements.get(posting.account, 0) + amount
    return QuarterlyAccounts(
        quarter=quarter,
        accounts=tuple(
            PartyAccount(
                party=party,
                quarter=quarter,
                currency=ledger.currency,
                opening_minor=opening.get(party, 0),
                movements_minor={name: movements[name] for name in ACCOUNTS if movements.get(name)},
                closing_minor=opening.get(party, 0) + sum(movements.values()),
                memo=of_party.get(party, Memo()),
            )
            for party, movements in moved.items()
        ),
    )
