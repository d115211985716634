"""What a co-insurance agreement says of accounts: when what is due, at which interest, what is set
off against what."""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.accounts.quarters import (
    DAYS_OF_YEAR,
    DayCount,
    days_after,
    last_day,
    quarter_of,
)
from techinsure.money import MOST_MINOR, MinorUnits, Rounding, exact, line
from techinsure.pool.settlement import ACCOUNTS, Account
from techinsure.quantities import FORBID, Count, Line, count, each, one_of, optional, refuse_unless

MOST_DAYS = 3660

NEVER_NETTED = ("cash", "set_off", "claim_paid", "premium_collected", "commission_paid",
                "recovery_received", "vat_collected", "vat_due", "surcharge_due")  # fmt: skip
"""What has been paid already, or is between a member and somebody outside of the pool: the tax
authority is set off against nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """Terms of an agreement on accounts.

    `account_days`: what goes through the quarterly account is due so many days after the quarter;
    `call_days`: a cash call after the call, for a claim above `call_threshold_minor`.
    `interest_rate`: simple, a year, on what is paid late, by `day_count`. `netted`: the accounts
    that may be set off against one another; none unless the agreement names them. `rounding` is of
    fees, cessions and interest. `member_cessions`: of a member's whole share of a claim, or net of
    what treaties of the pool pay of it; must be said where both kinds of treaty are.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    account_days: Count
    call_threshold_minor: MinorUnits
    call_days: Count
    interest_rate: Line
    day_count: DayCount
    netted: tuple[Account, ...] = ()
    rounding: Rounding = "half_even"
    member_cessions: Literal["gross", "net"] | None = None

    def __post_init__(self) -> None:
        nettable = (name for name in ACCOUNTS if name not in NEVER_NETTED)
        refuse_unless(
            self,
            account_days=count(0, MOST_DAYS),
            call_threshold_minor=count(0, MOST_MINOR),
            call_days=count(0, MOST_DAYS),
            interest_rate=line(),
            day_count=one_of(*DAYS_OF_YEAR),
            netted=each(one_of(*nettable)),
            rounding=one_of("half_even", "half_up", "floor", "ceiling", "down"),
            member_cessions=optional(one_of("gross", "net")),
        )

    @property
    def rate(self) -> Fraction:
        """The interest of a year."""
        return exact(self.interest_rate)

    def due_with_account(self, booked: str) -> str:
        """When what was booked on a day is due with its quarter's account."""
        return days_after(last_day(quarter_of(booked)), self.account_days)
