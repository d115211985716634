"""Scenarios as data: named strikes, what each hits, how hard and when; and what is learnt."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, get_args

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import GRADES, Grade
from techinsure.quantities import (
    FORBID,
    Flag,
    Name,
    Real,
    between,
    each,
    flag,
    fraction,
    is_amount,
    is_label,
    not_negative,
    one_of,
    optional,
    positive,
    refuse_unless,
    text,
)

MOST_STRIKES, MOST_LESSONS = 50, 20
LONGEST_SOURCE = 600

Group = Literal["item", "policy", "risk_unit", "site", "park", "family", "route", "sector"]
"""What of a portfolio may be the largest, or be counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The items that all filters given let through. With `largest`, of these only one group of
    that label: the one with the largest sum insured, of several the first by name."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    items: tuple[Name, ...] = ()
    products: tuple[Name, ...] = ()
    risk_classes: tuple[Name, ...] = ()
    policies: tuple[Name, ...] = ()
    risk_units: tuple[Name, ...] = ()
    sites: tuple[Name, ...] = ()
    parks: tuple[Name, ...] = ()
    families: tuple[Name, ...] = ()
    routes: tuple[Name, ...] = ()
    sectors: tuple[Name, ...] = ()
    supply_exposed: Flag | None = None
    largest: Group | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            **{name: each(text()) for name in FILTERS},
            supply_exposed=optional(flag),
            largest=optional(one_of(*get_args(Group))),
        )
        if not any(getattr(self, f.name) not in ((), None) for f in fields(self)):
            fix = "name products, sites, routes, items or the like"
            raise InvalidParameter([Fault("items", [], "must say what is hit", fix)])


FILTERS: Mapping[str, str] = {
    "items": "item", "products": "product", "risk_classes": "risk_class", "policies": "policy",
    "risk_units": "risk_unit", "sites": "site", "parks": "park", "families": "family",
    "routes": "route", "sectors": "sector",
}  # fmt: skip
"""Filters, and the label of a portfolio that each reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One blow to the items of `hits`, by `cause`, `time` years after the cohort's start.

    How hard is one of three: `amount`, the ground-up loss of all together, currency units, spread
    by sum insured; `share` of what one loss of the cause is insured for; `phase`, in which every
    project fails with `spent` of that phase's budget gone (the model's mean if not given), by a
    cause that the policy insures. Strikes of one `occurrence` are one event; without it a strike
    is one, but each project that fails is an event of its own, as in the simulated years. An
    `optional` strike that finds nothing in the portfolio is left out, and the report says so.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    hits: Hits
    cause: str = ""
    time: Real = 0.5
    amount: Real | None = None
    share: Real | None = None
    phase: str = ""
    spent: Real | None = None
    occurrence: str = ""
    optional: Flag = False
    grade: Grade = "D"
    source: str = ""

    def __post_init__(self) -> None:
        refuse_unless(
            self, name=text(), cause=is_label, time=between(0, 100), amount=optional(is_amount),
            share=optional(fraction), phase=is_label, spent=optional(fraction),
            occurrence=is_label, optional=flag, grade=one_of(*GRADES), source=_is_source,
        )  # fmt: skip
        faults = list(self._how_hard())
        if faults:
            raise InvalidParameter(faults)

    def _how_hard(self) -> Iterator[Fault]:
        ways = {"amount": self.amount, "share": self.share, "phase": self.phase or None}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) != 1:
            bound = "must be the only one of amount, share and phase that is given"
            yield Fault(given[0] if given else "amount", given, bound, "give exactly one")
        if self.phase and self.cause not in ("", FAILURE):
            yield Fault("cause", self.cause, f"must be {FAILURE!r} with a phase", "take it out")
        if not self.phase and not self.cause:
            yield Fault("cause", "", "must be a cause of loss", "such as fire or catastrophe")
        if self.spent is not None and not self.phase:
            yield Fault("spent", self.spent, "needs a phase", "take it out")


FAILURE = "failure"
"""The cause that a failed phase has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The groups by `per` of the pool's items that `hits` lets through: as `exposure`, each with
    the years of its longest term; as `trials`, one each."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    hits: Hits
    per: Group = "item"
    basis: Literal["exposure", "trials"]

    def __post_init__(self) -> None:
        refuse_unless(self, per=one_of(*get_args(Group)), basis=one_of("exposure", "trials"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What the scenario shows of one `parameter` of a product: `events` on `exposure` (a rate) or
    among `trials` (a probability), stated or `counted` in the pool. Events that are not stated are
    the counted groups that a strike hits."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: Name
    events: Real | None = None
    exposure: Real | None = None
    trials: Real | None = None
    counted: Counted | None = None
    source: str

    def __post_init__(self) -> None:
        refuse_unless(
            self, parameter=text(), events=optional(not_negative), exposure=optional(positive),
            trials=optional(positive), source=text(LONGEST_SOURCE),
        )  # fmt: skip
        bases = {"exposure": self.exposure, "trials": self.trials, "counted": self.counted}
        given = [name for name, value in bases.items() if value is not None]
        faults = []
        if len(given) != 1:
            bound = "must be the only one of exposure, trials and counted that is given"
            faults.append(
                Fault(given[0] if given else "exposure", given, bound, "give exactly one")
            )
        if self.events is None and self.counted is None:
            fix = "state them, or count them in the pool"
            faults.append(Fault("events", None, "must be stated with an exposure or trials", fix))
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """The `lessons` on one `product`, and the `risk` whose price shows what they do: a price
    request without product, simulation and experience (the product's own example if not given)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: Name
    lessons: tuple[Lesson, ...]
    risk: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_unless(self, product=text(), lessons=_some(MOST_LESSONS))
        object.__setattr__(self, "risk", own(self.risk))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens in the year, and what is learnt from it. `title` and `summary` by language."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    title: dict[str, str] = field(default_factory=dict)
    summary: dict[str, str] = field(default_factory=dict)
    strikes: tuple[Strike, ...]
    learning: tuple[Learning, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(
            self, name=text(), strikes=_some(MOST_STRIKES),
            learning=_different("product"),
        )  # fmt: skip
        refuse_unless(self, strikes=_different("name"))


def own(given: dict[str, Any]) -> dict[str, Any]:
    """A copy that its giver cannot change; refused where it has no end."""
    try:
        return deepcopy(given)
    except RecursionError:
        fault = Fault("risk", "...", "must not be nested so deeply")
        raise InvalidParameter([fault]) from None


def _is_source(field: str, value: object) -> Iterator[Fault]:
    if value != "":
        yield from text(LONGEST_SOURCE)(field, value)


def _some(most: int) -> Any:
    """A check: 1 to `most` of a list."""

    def check(field: str, value: object) -> Iterator[Fault]:
        n = len(tuple(value))  # type: ignore[arg-type]
        if not 1 <= n <= most:
            yield Fault(field, n, f"must hold 1 to {most} entries")

    return check


def _different(key: str) -> Any:
    """A check: records of a list that are told apart by `key`."""

    def check(field: str, value: object) -> Iterator[Fault]:
        records: tuple[Any, ...] = tuple(value)  # type: ignore[arg-type]
        names = [getattr(one, key) for one in records]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield Fault(f"{field}[{place}].{key}", name, "must be unique", "rename it")

    return check
