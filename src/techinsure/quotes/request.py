"""A price request: what is to be priced, and in which other ways beside it."""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.experience import Experience
from techinsure.level_terms import Level
from techinsure.pricing.principles.table import PRINCIPLES
from techinsure.pricing.subsidies.schemes import Scheme
from techinsure.product import UNKNOWN
from techinsure.quantities import (
    FORBID,
    Count,
    Flag,
    Name,
    Real,
    count,
    flag,
    is_date,
    is_label,
    nearest,
    number,
    one_of,
    optional,
    refuse_unless,
    text,
)
from techinsure.quotes.over_time import Discount
from techinsure.reading import pointer
from techinsure.receipt import IF_SET
from techinsure.simulation import MOST_YEARS, Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """Who is insured. `stage` (startup, growth, mature) and `factors` (name -> level) are
    checked against the product; what is not given is rated at its `unknown` level."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name = "insured"
    stage: str = UNKNOWN
    factors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_unless(self, name=text(200), stage=text(40))


MOST_SUBSIDISED = 100
PILOT_YEARS = 10_240
"""Years of the first run towards a tolerance."""
MOST_OPTIONS = 12
"""So many options of one request are priced side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """The same risk with other `terms`, `factors` or `stage` of the insured, members of the
    `exposure`, or `levels` of terms; what is not named stays as the request has it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    terms: dict[str, str | Real] = field(default_factory=dict)
    factors: dict[str, str] = field(default_factory=dict)
    stage: str | None = None
    exposure: dict[str, Any] = field(default_factory=dict)
    levels: tuple[Level, ...] | None = field(default=None, metadata=IF_SET)

    def __post_init__(self) -> None:
        refuse_unless(self, name=text(80), stage=optional(text(40)))
        object.__setattr__(self, "exposure", deepcopy(self.exposure))

    @property
    def changes_nothing(self) -> bool:
        """Whether it names nothing that would be otherwise; a request refuses such an option."""
        others = (self.stage, self.levels)
        return not (
            self.terms or self.factors or self.exposure or any(o is not None for o in others)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidyAsked:
    """A subsidy scheme for the risk: a shipped one by its code, or a scheme of one's own; and what
    it must know of the firm and policy (see `pricing.subsidised`). `start`: first day of the
    policy (`as_of` of the request if not given); `used`, `others`: what the firm has had of its
    cap this year, and other subsidies on this premium, as decimal text in currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    scheme: Name | Scheme
    firm: str = ""
    firm_kind: str = ""
    region: str = ""
    covers: tuple[Name, ...] = ()
    start: str | None = None
    years_before: Count = 0
    covered_until: str = ""
    used: str = "0"
    others: str = "0"

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            firm=is_label,
            firm_kind=is_label,
            region=is_label,
            start=optional(is_date),
            years_before=count(0, MOST_SUBSIDISED),
            covered_until=is_date if self.covered_until else is_label,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceAsked:
    """The relative standard error wanted for `figure`; the run takes as many years as that needs,
    at most `most_years`, in place of `simulation.n_years`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    figure: Literal["charged", "pure"] = "charged"
    relative_error: Real
    most_years: Count = 200_000

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            figure=one_of("charged", "pure"),
            relative_error=number(
                "must be in [0.0001, 1)", lambda value: 0.0001 <= value < 1, "write 1% as 0.01"
            ),
            most_years=count(PILOT_YEARS, MOST_YEARS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRequest:
    """What is to be priced. `exposure` is the loss model's record (its fields follow from the
    product: see the product's `input_schema`); `terms` holds the policy form under `form` and
    any term of the product by name; `levels`, lowest first, terms of sites or policies in place of
    the product's own (`level_terms`); `as_of` is a day, such as 2026-11-24. `experience`: own data
    that update the product's priors before it prices. `subsidy`: a scheme whose part of the premium
    is shown; it never moves the price. `tolerance`: the error to be reached instead of a number of
    years. `options`: the same risk otherwise, priced beside it. `principles`: other premium
    principles to be shown, each with its parameter (`pricing.principles`). `drivers`: whether the
    answer says what each factor adds to the price. `discount`: a yield that shows what time would
    do to the price, beside it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: Name
    insured: Insured = field(default_factory=Insured)
    exposure: dict[str, Any]
    terms: dict[str, str | Real] = field(default_factory=dict)
    simulation: Simulation = field(default_factory=Simulation)
    as_of: str | None = None
    experience: Experience | None = None
    subsidy: SubsidyAsked | None = None
    tolerance: ToleranceAsked | None = None
    options: tuple[Option, ...] = ()
    principles: dict[str, Real] = field(default_factory=dict)
    drivers: Flag = True
    levels: tuple[Level, ...] | None = field(default=None, metadata=IF_SET)
    discount: Discount | None = field(default=None, metadata=IF_SET)

    def __post_init__(self) -> None:
        refuse_unless(self, as_of=optional(is_date), drivers=flag)
        if faults := [*_wrong_options(self.options), *_wrong_principles(self.principles)]:
            raise InvalidParameter(faults)
        try:  # the caller may change its own dicts for the next request
            for name in ("exposure", "terms"):
                object.__setattr__(self, name, deepcopy(getattr(self, name)))
        except RecursionError:
            fault = Fault("exposure", "...", "must not be nested so deeply")
            raise InvalidParameter([fault]) from None


def _wrong_principles(principles: dict[str, float]) -> Iterator[Fault]:
    """Principles that are not known, and parameters below the one that charges the mean."""
    for name, value in principles.items():
        place = pointer("principles", name)
        if name not in PRINCIPLES:
            guess = nearest(name, PRINCIPLES)
            fix = f"did you mean {guess!r}?" if guess else ""
            yield Fault("principles", name, f"must be one of {', '.join(PRINCIPLES)}", fix, place)
        elif value < PRINCIPLES[name].least:
            least = PRINCIPLES[name].least
            fix = f"{least:g} charges the mean"
            yield Fault(name, value, f"must be >= {least:g}", fix, place)


def _wrong_options(options: tuple[Option, ...]) -> Iterator[Fault]:
    """Options that change nothing or share a name, and too many of them."""
    for place, option in enumerate(options):
        if option.changes_nothing:
            fix = "change terms, factors, stage, exposure or levels"
            at = pointer("options", place)
            yield Fault("option", option.name, "must change something", fix, at)
    for name, times in Counter(option.name for option in options).items():
        if times > 1:
            yield Fault("options", name, "must have different names", "rename one of them")
    if len(options) > MOST_OPTIONS:
        fix = "send the others in a request of their own"
        yield Fault("options", len(options), f"must be at most {MOST_OPTIONS}", fix)
