"""A quarter by the regulator's kinds of technology insurance, from the bookings alone."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.accounts.bookings import Booking
from techinsure.accounts.business_classes import BusinessClass, by_code
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.quarters import is_quarter
from techinsure.money import MinorUnits, to_units
from techinsure.quantities import FORBID, Count, Currency, require


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """A kind's quarter, 100% of the pool, minor units, reversals taken off: premium collected,
    claims paid and recoveries received; `policies` with premium in it that was not all reversed."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: BusinessClass
    currency: Currency
    policies: Count
    premium_minor: MinorUnits
    claims_minor: MinorUnits
    recoveries_minor: MinorUnits


def class_summary(ledger: Ledger, quarter: str) -> tuple[ClassFigures, ...]:
    """Every kind in the order of the statistics, `other` last, those without business too.

    Separable covers of a bundle are booked apart, others with the main cover: a booking has one
    kind, so kinds sum to the book.
    """
    require("quarter", quarter, is_quarter)
    booked = [one for one in ledger.bookings if one.quarter == quarter and one.subject]
    of_kind: dict[str, list[Booking]] = {code: [] for code in by_code()}
    for booking in booked:
        if booking.subject:
            of_kind[booking.subject.class_code].append(booking)
    return tuple(
        _figures(by_code()[code], found, ledger.currency) for code, found in of_kind.items()
    )


def _figures(kind: BusinessClass, bookings: list[Booking], currency: str) -> ClassFigures:
    premium: dict[str, int] = {}
    for one in bookings:
        if one.subject:
            before = premium.get(one.subject.policy, 0)
            premium[one.subject.policy] = before - one.settlement.total("premium_collected")
    return ClassFigures(
        kind=kind,
        currency=currency,
        policies=sum(1 for amount in premium.values() if amount),
        premium_minor=sum(premium.values()),
        claims_minor=sum(one.settlement.total("claim_paid") for one in bookings),
        recoveries_minor=-sum(one.settlement.total("recovery_received") for one in bookings),
    )


def summary_columns(figures: tuple[ClassFigures, ...]) -> dict[str, list[str]]:
    """The summary as columns for a file, Chinese headers, currency units."""

    def amounts(name: str) -> list[str]:
        return [f"{to_units(getattr(one, name), one.currency):f}" for one in figures]

    return {
        "险类": [one.kind.zh for one in figures],
        "代码": [one.kind.code for one in figures],
        "保单件数": [str(one.policies) for one in figures],
        "保费": amounts("premium_minor"),
        "已决赔款": amounts("claims_minor"),
        "追偿款": amounts("recoveries_minor"),
        "币种": [one.currency for one in figures],
    }
