"""What subsidy schemes see of a policy, and whether they are for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import (
    DECIMALS,
    MOST_MINOR,
    MinorUnits,
    decimal_of,
    known_currency,
    to_units,
)
from techinsure.pricing.subsidies.schemes import MOST_YEARS, Scheme, Year
from techinsure.quantities import (
    FORBID,
    Count,
    Currency,
    Name,
    Real,
    count,
    each,
    is_date,
    is_label,
    number,
    refuse_unless,
    text,
)

FIRST_YEAR, LAST_YEAR = 1900, 2200


def is_day(name: str, value: object) -> Iterator[Fault]:
    """A check: a day as text, in the years that a policy can begin in."""
    faults = list(is_date(name, value))
    yield from faults
    if not faults and not FIRST_YEAR <= date.fromisoformat(str(value)).year <= LAST_YEAR:
        yield Fault(name, value, f"must be in the years {FIRST_YEAR} to {LAST_YEAR}")


def _day_or_none(name: str, value: object) -> Iterable[Fault]:
    return () if value == "" else is_day(name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidisedPolicy:
    """A policy, or one policy year of it, as schemes see it.

    `firm_kind`, `stage` and `region` are plain labels, "" = not said. `start`: first day of the
    `months` that the premium pays for; `inception`: first day of the whole policy, "" = `start`.
    `years_before`: years the firm has had a subsidy of the scheme for this risk; `covered_until`:
    last day of the cover before, "" = not said.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    firm: Name
    product: Name
    covers: tuple[Name, ...] = ()
    firm_kind: str = ""
    stage: str = ""
    region: str = ""
    sum_insured_minor: MinorUnits
    currency: Currency
    start: str
    inception: str = ""
    months: Count = 12
    years_before: Count = 0
    covered_until: str = ""

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            firm=text(),
            product=text(),
            covers=each(text()),
            firm_kind=is_label,
            stage=is_label,
            region=is_label,
            sum_insured_minor=count(1, MOST_MINOR),
            currency=known_currency,
            start=is_day,
            inception=_day_or_none,
            covered_until=_day_or_none,
            months=count(1, 12 * MOST_YEARS),
            years_before=count(0, MOST_YEARS),
        )
        if self.inception and date.fromisoformat(self.inception) > date.fromisoformat(self.start):
            fix = "give the first day of the whole policy"
            bound = f"must be <= start {self.start}"
            raise InvalidParameter([Fault("inception", self.inception, bound, fix)])

    @property
    def year(self) -> int:
        """The calendar year whose firm cap it takes: that of `start`."""
        return date.fromisoformat(self.start).year

    @property
    def follows_on(self) -> bool:
        """Whether the cover before is known to reach the day before `start`."""
        if not self.covered_until:
            return False
        uncovered = date.fromisoformat(self.covered_until) + timedelta(days=1)
        return uncovered >= date.fromisoformat(self.start)

    @property
    def scheme_year(self) -> Year:
        """Whether it is the first subsidised year or a renewal."""
        return "renewal" if self.years_before else "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseData:
    """What sparse data add to a premium, currency units: the mean term of the parameters and the
    price of their capital, before `loadings`, the sum of the loadings' rates.

    As evidence arrives both terms shrink, and with them a subsidy that pays for them only.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    mean_term: Real
    capital_term: Real
    loadings: Real

    def __post_init__(self) -> None:
        finite = number("must be finite", lambda value: True)
        refuse_unless(
            self,
            mean_term=finite,
            capital_term=finite,
            loadings=number("must be in [0, 1)", lambda value: 0 <= value < 1),
        )

    def in_premium(self, currency: str) -> Fraction:
        """((mean term, if > 0) + capital term) / (1 - loadings), not below 0, minor units, exact;
        floats count as the decimals they print as."""
        terms = max(decimal_of(self.mean_term), Fraction(0)) + decimal_of(self.capital_term)
        grossed_up = terms / (1 - decimal_of(self.loadings))
        return max(grossed_up, Fraction(0)) * int(10 ** DECIMALS[currency])


def shown(amount_minor: int, currency: str) -> str:
    """Minor units as people read them: `1,234.50 CNY`."""
    return f"{to_units(amount_minor, currency):,f} {currency}"


def unmet_conditions(policy: SubsidisedPolicy, scheme: Scheme) -> Iterator[str]:
    """Why the scheme is not for this policy, in words; nothing if it is."""
    asked = scheme.eligible
    labels = (
        ("product", (policy.product,), asked.products),
        ("cover", policy.covers or ("",), asked.covers),
        ("kind of firm", (policy.firm_kind,), asked.firms),
        ("stage", (policy.stage,), asked.stages),
        ("region", (policy.region,), asked.regions),
    )
    for what, given, allowed in labels:
        for label in given:
            if allowed and not label:
                yield f"the {what} is not said; the scheme is for {', '.join(allowed)}"
            elif allowed and label not in allowed:
                yield f"the {what} is {label}; the scheme is for {', '.join(allowed)}"
    begun = policy.inception or policy.start
    day = date.fromisoformat(begun)
    if asked.valid_from and day < date.fromisoformat(asked.valid_from):
        yield f"the policy begins on {begun}; the scheme is valid from {asked.valid_from}"
    if asked.valid_to and day > date.fromisoformat(asked.valid_to):
        yield f"the policy begins on {begun}; the scheme was valid to {asked.valid_to}"
    least = scheme.cap_minor("minimum_sum_insured")
    if least is not None and policy.sum_insured_minor < least:
        yield f"the sum insured is below {shown(least, scheme.currency)}"
    yield from _unmet_years(policy, scheme)


def _unmet_years(policy: SubsidisedPolicy, scheme: Scheme) -> Iterator[str]:
    if scheme.years_max is not None and policy.years_before >= scheme.years_max:
        yield f"{policy.years_before} years were subsidised; the scheme pays for {scheme.years_max}"
    if scheme.no_gap and policy.years_before:
        if not policy.covered_until:
            yield "the end of the cover before is not said; the scheme allows no gap"
            return
        if not policy.follows_on:
            ends, begins = policy.covered_until, policy.start
            yield f"the cover before ended on {ends}, this begins on {begins}; no gap is allowed"
