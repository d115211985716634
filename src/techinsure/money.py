"""Money that somebody owes: whole minor units, exact shares, splits that sum exactly.

The only bridge from modelled amounts (float64, currency units) to owed ones (int, minor units:
fen, cents). A float is read as the decimal number it prints as, so 1.005 rounds as 1.005 does on
paper and not as its binary neighbour does.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic.types import Strict

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    LINE,
    LONGEST_LINE,
    NO_LINE,
    Check,
    Currency,
    count,
    nearest,
    one_of,
    refuse_unless,
    require,
)

Rounding = Literal["half_even", "half_up", "floor", "ceiling", "down"]
"""`half_up` takes ties away from zero, `down` is towards zero, `floor` towards minus infinity."""

MOST_MINOR = 10**24
"""No amount of money is this large; what is larger is a mistake."""

_DECIMAL = re.compile(r"-?[0-9]{1,25}(\.[0-9]{1,25})?")
_WRITTEN = re.compile(r"¥?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?([万亿]?)元?")
_IN_WORDS = {"": 1, "万": 10**4, "亿": 10**8}

# ISO 4217, list one, by number of decimals; funds and metals are left out
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
    "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TOP "
    "TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
DECIMALS = {code: decimals for decimals, codes in _CODES.items() for code in codes.split()}
"""Digits after the point of each currency."""


def known_currency(field: str, value: object) -> Iterator[Fault]:
    """A check: an ISO 4217 code in `DECIMALS`."""
    if value not in DECIMALS:
        guess = nearest(str(value), DECIMALS)
        hint = f"did you mean {guess!r}?" if guess else "write it as three capitals: CNY"
        yield Fault(field, value, "must be an ISO 4217 currency code", hint)


def _from_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?[0-9]{1,24}", value):
        raise ValueError("must be whole minor units, 1 to 24 digits 0-9")
    return int(value)


MinorUnits = Annotated[
    int,
    Strict(),
    BeforeValidator(_from_text),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,24}$"}),
]
"""Whole minor units: an int in Python, text on the wire (JSON readers round large numbers)."""

minor_units = count(-MOST_MINOR, MOST_MINOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What somebody owes: `{"amount_minor": "730000100", "currency": "CNY"}` on the wire."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    amount_minor: MinorUnits
    currency: Currency

    def __post_init__(self) -> None:
        refuse_unless(self, amount_minor=minor_units, currency=known_currency)

    @property
    def amount(self) -> Decimal:
        """Exactly the same in currency units."""
        return to_units(self.amount_minor, self.currency)


def rounded(value: Fraction, rounding: Rounding) -> int:
    """`value` as a whole number by the named rule."""
    require("rounding", rounding, one_of(*get_args(Rounding)))
    down = value.numerator // value.denominator
    match rounding:
        case "half_even":
            return round(value)
        case "half_up":
            return math.floor(value + Fraction(1, 2)) if value >= 0 else -rounded(-value, rounding)
        case "floor":
            return down
        case "ceiling":
            return -(-value.numerator // value.denominator)
        case "down":
            return down if value >= 0 else -((-value.numerator) // value.denominator)


def rounded_size(value: Fraction, rounding: Rounding) -> int:
    """The magnitude of `value` as a whole number by the named rule, with the sign of `value`: what
    is paid back of a refund is what was paid of its premium."""
    size = rounded(abs(value), rounding)
    return size if value >= 0 else -size


def decimal_of(amount: float | str | Decimal | Fraction, field: str = "amount") -> Fraction:
    """The exact number that `amount` is written as: a float counts as its shortest decimal."""
    if isinstance(amount, str) and not _DECIMAL.fullmatch(amount):
        fix = "write digits with a decimal point: 1234.56"
        raise InvalidParameter([Fault(field, amount, "must be a plain decimal number", fix)])
    if isinstance(amount, bool) or not isinstance(amount, int | float | str | Decimal | Fraction):
        raise InvalidParameter([Fault(field, amount, "must be a number")])
    if isinstance(amount, float | Decimal) and not math.isfinite(amount):
        raise InvalidParameter([Fault(field, amount, "must be finite")])
    return Fraction(repr(float(amount))) if isinstance(amount, float) else Fraction(amount)


def to_minor(
    amount: float | str | Decimal | Fraction, currency: str, rounding: Rounding = "half_even"
) -> int:
    """`amount` in currency units as whole minor units, rounded by the named rule."""
    require("currency", currency, known_currency)
    minor = rounded(decimal_of(amount) * 10 ** DECIMALS[currency], rounding)
    require("amount_minor", minor, minor_units)
    return minor


def to_units(amount_minor: int, currency: str) -> Decimal:
    """Whole minor units as the exact decimal in currency units."""
    require("currency", currency, known_currency)
    return Decimal(amount_minor).scaleb(-DECIMALS[currency])


def read_amount(text: str) -> Decimal:
    """Currency units of an amount as Chinese tables write it: `1,200万元`, `￥12,345.67`.

    Full-width digits count as digits; 万 is 10**4 and 亿 10**8. Anything else is refused, not
    guessed.
    """
    found = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found:
        fix = "write 12345.67, 12,345.67, 1.2万元 or 3.5亿元"
        raise InvalidParameter([Fault("amount", text, "must be one amount of money", fix)])
    whole, part, unit = found.groups()
    return Decimal(whole.replace(",", "") + (part or "")) * _IN_WORDS[unit]


def exact(line: str) -> Fraction:
    """The share that a line says: `"4/15"` or `"0.25"`; of the shape of `quantities.Line`."""
    return Fraction(line)


def line(low: Fraction | int = 0, high: Fraction | int = 1) -> Check:
    """A check: an exact share as text, low <= share <= high."""

    def check(field: str, value: object) -> Iterator[Fault]:
        fix = 'write shares as text: "0.25" or "4/15"'
        if not isinstance(value, str):
            yield Fault(field, value, "must be an exact share as text", fix)
        elif len(value) > LONGEST_LINE or not re.fullmatch(LINE, value):
            yield Fault(field, value, NO_LINE, fix)
        elif re.fullmatch(r"[0-9]+/0+", value):
            yield Fault(field, value, "must not divide by zero", fix)
        elif not low <= exact(value) <= high:
            yield Fault(field, value, f"must be in [{low}, {high}]", fix)

    return check


def split(amount_minor: int, shares: Sequence[Fraction]) -> list[int]:
    """`amount_minor` among parties, pro rata to `shares`; the parts sum to it exactly.

    Largest remainder: each quota is cut to whole units and the units left go to the largest
    remainders, ties to the first listed. A negative amount is the mirror of the positive one;
    a share of zero receives nothing. Shares are weights: they need not sum to 1.
    Source: Hamilton's method; Balinski & Young (1982), Fair Representation, chapter 3.
    """
    require("amount_minor", amount_minor, minor_units)
    weights = _whole_weights(shares)
    size, total = abs(amount_minor), sum(weights)
    quotas = [divmod(size * weight, total) for weight in weights]
    parts = [whole for whole, _ in quotas]
    by_remainder = sorted(range(len(parts)), key=lambda party: -quotas[party][1])
    for party in by_remainder[: size - sum(parts)]:
        parts[party] += 1
    return parts if amount_minor >= 0 else [-part for part in parts]


def split_after(before_minor: int, amount_minor: int, shares: Sequence[Fraction]) -> list[int]:
    """`amount_minor` of a whole of which `before_minor` is split already, the parts sum to it
    exactly: `split` of both together less `split` of what came before.

    So instalments come to the split of their whole, and no party gains a unit by each. A part can
    be a unit of the other sign: with more to split, largest remainders may give a party less.
    Source: Balinski & Young (1982), Fair Representation, chapter 5 (the Alabama paradox).
    """
    earlier = split(before_minor, shares)
    together = split(before_minor + amount_minor, shares)
    return [after - before for after, before in zip(together, earlier, strict=True)]


def split_all(amounts_minor: NDArray[np.int64], shares: Sequence[Fraction]) -> NDArray[np.int64]:
    """(n_parties, n_amounts) int64: `split` of each of `amounts_minor` (n_amounts,) int64.

    Where a product would overflow 64 bits, Python's integers do the same work.
    """
    if amounts_minor.dtype != np.int64:
        fix = "amounts owed are whole minor units"
        raise InvalidParameter([Fault("amounts_minor", amounts_minor.dtype, "must be int64", fix)])
    weights = _whole_weights(shares)
    total = sum(weights)
    largest = max(int(amounts_minor.max(initial=0)), -int(amounts_minor.min(initial=0)))
    if largest * max(weights) >= 2**63 or total >= 2**63:
        parts = [split(int(amount), shares) for amount in amounts_minor]
        return np.array(parts, dtype=np.int64).reshape(-1, len(weights)).T
    size = np.abs(amounts_minor)
    whole, remainder = np.divmod(size * np.array(weights, dtype=np.int64)[:, None], total)
    by_remainder = np.argsort(-remainder, axis=0, kind="stable")
    rank = np.argsort(by_remainder, axis=0, kind="stable")
    whole += rank < size - whole.sum(axis=0)
    return np.where(amounts_minor < 0, -whole, whole)


def _whole_weights(shares: Iterable[object]) -> list[int]:
    """The shares over their common denominator; refused unless they can carry an amount."""
    listed, faults = list[Fraction](), list[Fault]()
    for position, share in enumerate(shares):
        if isinstance(share, bool) or not isinstance(share, int | Fraction):
            fix = 'exact("0.25") or Fraction(1, 4)'
            faults.append(Fault(f"shares[{position}]", share, "must be an exact fraction", fix))
        elif share < 0:
            faults.append(Fault(f"shares[{position}]", share, "must be >= 0"))
        else:
            listed.append(Fraction(share))
    if not faults and not any(listed):
        shown = [str(share) for share in listed]
        faults = [Fault("shares", shown, "must hold a share > 0", "name who carries the amount")]
    if faults:
        raise InvalidParameter(faults)
    common = math.lcm(*(share.denominator for share in listed))
    return [int(share * common) for share in listed]
