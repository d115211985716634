"""Tax on premiums: VAT shown apart from the premium, and the surcharges on it, each posted by
itself, at rates that are data."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, StringConstraints

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking
from techinsure.accounts.lines_in_force import LinesInForce
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import Fault, Refused
from techinsure.money import exact, line, rounded, split
from techinsure.outside_parties import POLICYHOLDER, TAX_AUTHORITY
from techinsure.pool.settlement import Entry, posted
from techinsure.quantities import FORBID, Line, Name, is_date, one_of, refuse_unless, text
from techinsure.reading import read


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRates:
    """`vat`: a share of the premium, which is without it. `surcharges`: by name, shares of the VAT,
    borne by the insurers. Data with a `source` and the day `as_of` which it holds."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    vat: Line
    surcharges: Mapping[Name, Line] = field(default_factory=dict)
    source: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    as_of: str
    grade: Literal["A", "B", "C", "D"]

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            vat=line(),
            surcharges=_each_a_share,
            source=text(500),
            as_of=is_date,
            grade=one_of("A", "B", "C", "D"),
        )


def _each_a_share(name: str, value: object) -> Iterator[Fault]:
    given: Mapping[str, str] = value  # type: ignore[assignment]
    for surcharge, share in given.items():
        yield from line()(f"{name}.{surcharge}", share)


@cache
def shipped_rates() -> TaxRates:
    """The rates of `tax_rates.toml`."""
    file = files("techinsure.accounts") / "tax_rates.toml"
    return read(TaxRates, tomllib.loads(file.read_text("utf-8")))


def book_tax(
    premium: Booking,
    rates: TaxRates,
    effective: str,
    reference: str,
    lines: LinesInForce,
    terms: AccountTerms,
    booked: Booked,
) -> Booking:
    """The VAT on a premium that its holder collected with it, shared by the premium's own lines,
    and what each party owes the tax authority: the VAT on its part, and every surcharge.

    VAT and each surcharge are rounded once, then split. Of a refund all is negative.
    """
    about, settlement = premium.subject, premium.settlement
    held = [one for one in settlement.postings if one.account == "premium_collected"]
    if about is None or len(held) != 1 or settlement.reverses:
        raise Refused(f"{premium.reference!r} is no premium: there is nothing to tax")
    shares = lines.carrying(about.inception, effective).signed.shares()
    holder, net = held[0].party, -held[0].amount_minor
    vat = _part(net, rates.vat, terms)
    parts = dict(zip(shares, split(vat, list(shares.values())), strict=True))
    label = f"VAT {rates.vat} of {premium.reference}"
    entries: list[Entry] = [(holder, POLICYHOLDER, "vat_collected", -vat, label)]
    entries += [(party, holder, "vat_share", part, label) for party, part in parts.items()]
    for party, part in parts.items():
        entries += _due(party, "vat_due", part, label)
    for name, share in rates.surcharges.items():
        whole = _part(vat, share, terms)
        label = f"{name} {share} of the VAT of {premium.reference}"
        for party, part in zip(shares, split(whole, list(shares.values())), strict=True):
            entries += _due(party, "surcharge_due", part, label)
    due = terms.due_with_account(booked.day)
    currency = settlement.postings[0].currency
    return booked.booking(
        posted(reference, currency, entries), due, about, follows=premium.reference
    )


def _due(
    party: str, account: Literal["vat_due", "surcharge_due"], part: int, label: str
) -> list[Entry]:
    return [
        (party, TAX_AUTHORITY, account, -part, label),
        (TAX_AUTHORITY, party, account, part, label),
    ]


def _part(amount_minor: int, share: str, terms: AccountTerms) -> int:
    """A share rounded; a negative amount is the mirror of the positive one."""
    size = rounded(abs(amount_minor) * exact(share), terms.rounding)
    return size if amount_minor >= 0 else -size
