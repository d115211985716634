"""Who owes what for a paid claim or a collected premium: postings that are never edited."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal, get_args

from pydantic import ConfigDict

from techinsure.errors import Fault, NotFound
from techinsure.money import (
    MinorUnits,
    Rounding,
    decimal_of,
    known_currency,
    minor_units,
    rounded_size,
    split,
    split_after,
)
from techinsure.outside_parties import POLICYHOLDER
from techinsure.pool.members import Pool
from techinsure.pool.signing import Signed
from techinsure.quantities import (
    FORBID,
    Currency,
    Name,
    is_date,
    nearest,
    one_of,
    refuse_unless,
    text,
)

Account = Literal[
    "claim_paid", "claim_share", "recovery_received", "recovery_share",
    "premium_collected", "premium_share", "lead_fee", "commission_paid", "commission_share",
    "vat_collected", "vat_share", "vat_due", "surcharge_due",
    "ceded_premium", "ceding_commission", "ceded_claim",
    "treaty_premium", "reinstatement_premium", "treaty_recovery", "portfolio_transfer",
    "default_cover", "subrogation", "fund_refill",
    "cash_call", "interest", "net_balance", "set_off", "cash",
]  # fmt: skip
Entry = tuple[str, str, Account, int, str]
"""Party, counterparty, account, amount in minor units, text."""

ACCOUNTS: tuple[Account, ...] = get_args(Account)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidClaim:
    """A claim that `paid_by` has paid in full for all; a negative amount is a recovery.

    `loss_date` decides which signed lines are in force.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reference: Name
    amount_minor: MinorUnits
    currency: Currency
    loss_date: str
    paid_by: Name

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            reference=text(),
            amount_minor=minor_units,
            currency=known_currency,
            loss_date=is_date,
            paid_by=text(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedPremium:
    """A premium that `collected_by` holds for all; a negative amount is a refund."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reference: Name
    amount_minor: MinorUnits
    currency: Currency
    collected_by: Name

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            reference=text(),
            amount_minor=minor_units,
            currency=known_currency,
            collected_by=text(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of the pool's book: + is owed to `party`, - is owed by it, minor units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    party: Name
    counterparty: Name
    account: Account
    amount_minor: MinorUnits
    currency: Currency
    reference: Name
    text: str

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            party=text(),
            counterparty=text(),
            account=one_of(*ACCOUNTS),
            amount_minor=minor_units,
            currency=known_currency,
            reference=text(),
            text=text(500),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Postings of one transaction, which sum to zero. A mistake is reversed, never edited."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reference: Name
    postings: tuple[Posting, ...]
    reverses: str = ""

    def __post_init__(self) -> None:
        refuse_unless(self, reference=text(), postings=_balanced)

    def total(self, account: Account) -> int:
        """Sum of the postings of one account, minor units."""
        return sum(entry.amount_minor for entry in self.postings if entry.account == account)

    def balances(self) -> dict[str, int]:
        """What is owed to (+) or by (-) each party, minor units; they sum to zero."""
        found: dict[str, int] = {}
        for entry in self.postings:
            found[entry.party] = found.get(entry.party, 0) + entry.amount_minor
        return found


def _balanced(field: str, value: object) -> Iterator[Fault]:
    postings: tuple[Posting, ...] = tuple(value)  # type: ignore[arg-type]
    total = sum(entry.amount_minor for entry in postings)
    currencies = sorted({entry.currency for entry in postings})
    if total:
        yield Fault(field, total, "must sum to zero", "reverse and post again")
    if len(currencies) > 1:
        yield Fault(field, currencies, "must be in one currency", "post each currency apart")


def settle(claim: PaidClaim, signed: Signed, payers: Collection[str] = ()) -> Settlement:
    """The claim among the parties by `signed`, the lines in force at the loss date.

    Each party's share is owed to the payer; the shares sum to the claim exactly (largest
    remainder, ties to the first listed). What no member signed is owed by a party of that name.
    `payers` may pay as well, such as a lead that joined after the loss.
    """
    shares = signed.shares()
    require_member(claim.paid_by, signed, payers)
    parts = split(claim.amount_minor, list(shares.values()))
    entries: list[Entry] = [
        (claim.paid_by, POLICYHOLDER, "claim_paid", claim.amount_minor, "claim paid")
    ]
    entries += [
        (party, claim.paid_by, "claim_share", -part, f"share {share} of the claim")
        for (party, share), part in zip(shares.items(), parts, strict=True)
    ]
    return posted(claim.reference, claim.currency, entries)


def settle_premium(
    premium: CollectedPremium,
    signed: Signed,
    pool: Pool,
    rounding: Rounding = "half_even",
    payers: Collection[str] = (),
    before_minor: int = 0,
) -> Settlement:
    """The premium among the parties by their lines, and apart from it the lead's fee.

    The fee is `pool.lead_fee` of the followers' premium, its magnitude rounded once by the named
    rule (a refund is the mirror of its premium) and then split by signed lines; it is never netted
    against the premium. Of an instalment, `before_minor` is the sum of those before it: parts and
    fees are those of the sum so far less those of the sum before, so that they come to the whole
    premium's.
    """
    lead, fee = pool.lead.name, pool.lead_fee
    return premium_among(premium, signed, lead, fee, rounding, payers, before_minor)


def premium_among(
    premium: CollectedPremium,
    signed: Signed,
    lead: str,
    lead_fee: float,
    rounding: Rounding = "half_even",
    payers: Collection[str] = (),
    before_minor: int = 0,
) -> Settlement:
    """The same by lines in force, with the name of the lead and its fee, a share of the followers'
    premium."""
    shares = signed.shares()
    require_member(premium.collected_by, signed, payers)
    parts = _parts(before_minor, premium.amount_minor, shares)
    held = premium.collected_by
    entries: list[Entry] = [
        (held, POLICYHOLDER, "premium_collected", -premium.amount_minor, "premium held")
    ]
    entries += [
        (party, held, "premium_share", part, f"share {shares[party]} of the premium")
        for party, part in parts.items()
    ]
    followers = {
        line.member: line.share for line in signed.lines if line.member != lead and line.share
    }
    earlier = _parts(0, before_minor, shares)
    paid = sum(earlier[name] for name in followers)
    due = paid + sum(parts[name] for name in followers)
    was, fee = (rounded_size(decimal_of(lead_fee) * amount, rounding) for amount in (paid, due))
    for party, part in (_parts(was, fee - was, followers) if followers else {}).items():
        label = f"lead fee {lead_fee:g} of the premium"
        entries.append((party, lead, "lead_fee", -part, label))
        entries.append((lead, party, "lead_fee", part, label))
    return posted(premium.reference, premium.currency, entries)


def reverse(settlement: Settlement, reference: str) -> Settlement:
    """New postings that cancel `settlement`, under a reference of their own."""
    return Settlement(
        reference=reference,
        reverses=settlement.reference,
        postings=tuple(
            Posting(
                party=entry.party,
                counterparty=entry.counterparty,
                account=entry.account,
                amount_minor=-entry.amount_minor,
                currency=entry.currency,
                reference=reference,
                text=f"reversal of {settlement.reference}",
            )
            for entry in settlement.postings
        ),
    )


def require_member(party: str, signed: Signed, others: Collection[str] = ()) -> None:
    """Raise `NotFound` unless the party has a line or is one of `others`."""
    names = [line.member for line in signed.lines] + list(others)
    if party not in names:
        raise NotFound("member", party, names, nearest(party, names))


def _parts(before: int, amount: int, shares: Mapping[str, Fraction]) -> dict[str, int]:
    return dict(zip(shares, split_after(before, amount, list(shares.values())), strict=True))


def posted(reference: str, currency: str, entries: list[Entry]) -> Settlement:
    """A settlement of the entries that move money."""
    return Settlement(
        reference=reference,
        postings=tuple(
            Posting(
                party=party,
                counterparty=counterparty,
                account=account,
                amount_minor=amount,
                currency=currency,
                reference=reference,
                text=label,
            )
            for party, counterparty, account, amount, label in entries
            if amount
        ),
    )
