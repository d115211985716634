"""Premium subsidy schemes as data: shares, caps and conditions, each with source and grade.

Amounts and shares are exact, as text: `"100000"` currency units, `"0.8"` or `"4/5"`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, StringConstraints

from techinsure.errors import CatalogueError, Fault, InvalidParameter, NotFound
from techinsure.evidence.priors import GRADES, Grade
from techinsure.money import DECIMALS, known_currency, line
from techinsure.quantities import (
    FORBID,
    Check,
    Count,
    Currency,
    Flag,
    Line,
    Name,
    count,
    each,
    flag,
    is_date,
    nearest,
    one_of,
    optional,
    refuse_unless,
    text,
)
from techinsure.reading import read

_AMOUNT = r"\d{1,18}(\.\d{1,3})?"

Amount = Annotated[str, StringConstraints(max_length=22, pattern=f"^{_AMOUNT}$")]
"""Currency units, exact, as text: `"100000"` or `"0.01"`."""

Pays = Literal["share_of_premium", "sparse_data_loading"]
"""What the state pays a share of: the premium, or only what sparse data add to it."""

Year = Literal["first", "renewal"]
MOST_YEARS = 100


def is_money(currency: str) -> Check:
    """A check: an amount as text that is a whole number of minor units of `currency`."""

    def check(name: str, value: object) -> Iterator[Fault]:
        fix = 'write currency units as text: "100000" or "0.01"'
        if not isinstance(value, str) or not re.fullmatch(_AMOUNT, value):
            yield Fault(name, value, "must be an exact amount as text", fix)
        elif currency in DECIMALS and minor(value, currency).denominator > 1:
            yield Fault(name, value, f"must be whole minor units of {currency}")

    return check


def minor(amount: str, currency: str) -> Fraction:
    """An amount as text in currency units, in minor units."""
    return Fraction(amount) * int(10 ** DECIMALS[currency])


def _texts(name: str, value: object) -> Iterator[Fault]:
    """A check: texts by language."""
    given: dict[str, str] = value  # type: ignore[assignment]
    for language, words in given.items():
        yield from text(1000)(f"{name}.{language}", words)


def _day_or_none(name: str, value: object) -> Iterable[Fault]:
    return () if value == "" else is_date(name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Whom a scheme is for, as plain labels; an empty list asks nothing.

    `covers`: all covers of the policy must be among them. `firms`: kinds of insured firms, such as
    `champion`. `valid_from`, `valid_to`: first and last day of inception, "" = not stated.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    products: tuple[Name, ...] = ()
    covers: tuple[Name, ...] = ()
    firms: tuple[Name, ...] = ()
    stages: tuple[Name, ...] = ()
    regions: tuple[Name, ...] = ()
    valid_from: str = ""
    valid_to: str = ""

    def __post_init__(self) -> None:
        names = each(text())
        refuse_unless(
            self,
            products=names,
            covers=names,
            firms=names,
            stages=names,
            regions=names,
            valid_from=_day_or_none,
            valid_to=_day_or_none,
        )
        first, last = (
            date.fromisoformat(day) if day else None for day in (self.valid_from, self.valid_to)
        )
        if first and last and last < first:
            bound = f"must be >= valid_from {self.valid_from}"
            raise InvalidParameter([Fault("valid_to", self.valid_to, bound)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """What the state pays of a premium, and under which caps; None = the scheme sets none.

    `share` of the counted premium in the first subsidised year, `renewal_share` after it (None =
    the same); `at_most` names the years whose share is only the most the state may grant.
    `counted_rate_cap`: most premium that counts, a share of the sum insured a year.
    `policy_amount_cap`, `firm_year_cap` (of a firm in a calendar year), `minimum_sum_insured` and
    `budget` (of the whole scheme) are currency units. `stacked_share_cap`: most of all subsidies
    together, a share of the premium. `years_max`: subsidised years, which must follow one another
    if `no_gap`. `not_known` says, by language, what its source leaves open.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    code: Name
    title: dict[str, str] = field(default_factory=dict)
    currency: Currency
    pays: Pays = "share_of_premium"
    share: Line
    renewal_share: Line | None = None
    at_most: tuple[Year, ...] = ()
    counted_rate_cap: Line | None = None
    policy_amount_cap: Amount | None = None
    firm_year_cap: Amount | None = None
    stacked_share_cap: Line | None = None
    years_max: Count | None = None
    no_gap: Flag = False
    minimum_sum_insured: Amount | None = None
    budget: Amount | None = None
    eligible: Eligibility = field(default_factory=Eligibility)
    grade: Grade
    source: str
    as_of: str
    not_known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        money = optional(is_money(self.currency))
        refuse_unless(
            self,
            code=text(pattern=r"[a-z0-9_]+"),
            title=_texts,
            not_known=_texts,
            currency=known_currency,
            pays=one_of("share_of_premium", "sparse_data_loading"),
            share=line(),
            renewal_share=optional(line()),
            at_most=each(one_of("first", "renewal")),
            counted_rate_cap=optional(line()),
            policy_amount_cap=money,
            firm_year_cap=money,
            stacked_share_cap=optional(line()),
            years_max=optional(count(1, MOST_YEARS)),
            no_gap=flag,
            minimum_sum_insured=money,
            budget=money,
            grade=one_of(*GRADES),
            source=text(600),
            as_of=is_date,
        )

    def share_of(self, year: Year) -> str:
        """The share of the counted premium in that year, as it is written."""
        renewed = year == "renewal" and self.renewal_share is not None
        return str(self.renewal_share) if renewed else self.share

    def cap_minor(
        self, name: Literal["policy_amount_cap", "firm_year_cap", "minimum_sum_insured", "budget"]
    ) -> int | None:
        """An amount of the scheme in minor units, None where it sets none."""
        amount: str | None = getattr(self, name)
        return None if amount is None else int(minor(amount, self.currency))


@lru_cache(maxsize=1)
def shipped() -> dict[str, Scheme]:
    """The schemes of `schemes.toml` by code, read once."""
    return load(Path(str(files("techinsure"))) / "pricing" / "subsidies" / "schemes.toml")


def load(file: Path) -> dict[str, Scheme]:
    """The schemes of a TOML file, one table each, or `CatalogueError` naming the file and keys."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault("file", file.name, f"must be UTF-8 TOML: {error}")
        raise CatalogueError(str(file), [fault]) from None
    found, faults = dict[str, Scheme](), list[Fault]()
    for code, table in data.items():
        try:
            given = {"code": code, **table} if isinstance(table, dict) else table
            found[code] = read(Scheme, given, at=f"/{code}")
        except InvalidParameter as error:
            faults += error.faults
    if faults:
        raise CatalogueError(str(file), faults)
    return found


def scheme(code: str) -> Scheme:
    """The shipped scheme of that code, or `NotFound` with the nearest guess."""
    known = shipped()
    if code not in known:
        raise NotFound("subsidy scheme", code, known, nearest(code, known))
    return known[code]
