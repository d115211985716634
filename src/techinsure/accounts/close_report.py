"""A closed quarter: what is booked, what each party's account is, what is open, late and doubtful,
and the sums that show that nothing was lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.accounts.class_summary import ClassFigures
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.netting import Netting
from techinsure.accounts.open_items import OpenItem, Overdue
from techinsure.accounts.quarterly import QuarterlyAccounts
from techinsure.accounts.statements import Statement, statement
from techinsure.errors import Fault
from techinsure.money import MinorUnits
from techinsure.quantities import FORBID, Count, Currency, Name, refuse_unless
from techinsure.reading import adapter


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStanding:
    """What one debtor owes of a cash call on the last day of the quarter, minor units: called,
    still open, `days` late (0: not late, or paid), and the interest on it so far, not posted."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reference: Name
    claim: Name
    debtor: Name
    creditor: Name
    due: str
    called_minor: MinorUnits
    open_minor: MinorUnits
    days: Count
    interest_minor: MinorUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class SumCheck:
    """A sum that must be 0, what it comes to, minor units, and of how many terms."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    sum_minor: MinorUnits
    terms: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The quarter as of its last day, `as_of`; `lines` are those signed by then, exact. `ledger`
    has every booking until then. `doubtful`: what members that `failed` still owe. `netting`: a
    proposal, None where the agreement nets nothing. `digest`: SHA-256 of the document."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: Name
    currency: Currency
    quarter: str
    as_of: str
    lines: Mapping[Name, str]
    failed: tuple[Name, ...]
    ledger: Ledger
    accounts: QuarterlyAccounts
    calls: tuple[CallStanding, ...]
    open_items: tuple[OpenItem, ...]
    overdue: tuple[Overdue, ...]
    doubtful: tuple[OpenItem, ...]
    netting: Netting | None
    classes: tuple[ClassFigures, ...]
    checks: tuple[SumCheck, ...]
    digest: str

    def __post_init__(self) -> None:
        refuse_unless(self, checks=_all_zero)

    @property
    def parties(self) -> tuple[str, ...]:
        """Who has an account, in order."""
        return tuple(account.party for account in self.accounts.accounts)

    def statement(self, party: str) -> Statement:
        """A party's postings of the quarter."""
        return statement(self.ledger, party, self.quarter)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it: whole minor units are text."""
        whole: dict[str, Any] = adapter(Close).dump_python(self, mode="json")
        return whole


def _all_zero(field: str, value: object) -> Iterator[Fault]:
    checks: tuple[SumCheck, ...] = tuple(value)  # type: ignore[arg-type]
    for place, check in enumerate(checks):
        if check.sum_minor:
            yield Fault(f"{field}[{place}].sum_minor", check.sum_minor, "must be 0")
