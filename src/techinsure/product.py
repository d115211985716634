"""What a product is: loss model and priors, rating factors, terms, covers, loadings, references.

Every number carries a source and a grade; the records refuse one that does not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import ClassVar, Literal, TypeVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.evidence.priors import GRADES, Grade, Prior
from techinsure.models import Model
from techinsure.pricing.waterfall import KINDS, Kind
from techinsure.quantities import (
    FORBID,
    Count,
    Currency,
    Flag,
    Name,
    Real,
    count,
    fraction,
    is_level,
    nearest,
    not_negative,
    one_of,
    positive,
    refuse_unless,
    text,
)
from techinsure.receipt import IF_SET
from techinsure.standard_levels import StandardLevel, standard_faults

Record = TypeVar("Record")

UNKNOWN = "unknown"
"""The level that every rating factor has, for what the insured did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of a rating factor: `on` target -> relativity, with the evidence for it.

    `error` is the coefficient of variation of the relativity itself; it enters the posterior
    draw of every item rated at this level.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    on: dict[str, Real]
    error: Real = 0.0
    grade: Grade
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        refuse_unless(self, error=not_negative, grade=one_of(*GRADES), source=text(600))
        faults = [f for name, value in self.on.items() for f in positive(f"on.{name}", value)]
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A rating factor. `clipped`: whether it stands inside the clip of combined relativities
    (selection and severity factors stand outside)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    title: dict[str, str]
    clipped: Flag = True
    levels: dict[str, Level]

    def __post_init__(self) -> None:
        if UNKNOWN not in self.levels:
            fix = f"add [factors.<name>.levels.{UNKNOWN}]"
            raise InvalidParameter([Fault("levels", list(self.levels), "must have unknown", fix)])
        stray = sorted({t for level in self.levels.values() for t in level.on} - self.targets)
        if stray:
            raise InvalidParameter([Fault("levels", stray, "must share the targets of unknown")])

    @property
    def targets(self) -> set[str]:
        """What the factor moves, such as `odds` or `breakdown_rate`."""
        return set(self.levels[UNKNOWN].on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A policy term that a request may set within [low, high]; `by_class` overrides `default`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    title: dict[str, str]
    unit: Literal[
        "share_of_loss", "share_of_sum_insured", "share_of_policy_sum_insured",
        "fraction", "amount", "amount_per_day", "days",
    ]  # fmt: skip
    default: Real | None = None
    by_class: dict[str, Real] = field(default_factory=dict)
    low: Real
    high: Real
    grade: Grade
    source: str

    def __post_init__(self) -> None:
        refuse_unless(self, low=not_negative, high=not_negative, source=text(600))
        faults = [
            Fault(name, value, f"must be in [{self.low:g}, {self.high:g}]")
            for name, value in (("default", self.default), *self.by_class.items())
            if value is not None and not self.low <= value <= self.high
        ]
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A policy form: which term defaults differ, and whether it is offered by default."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    title: dict[str, str]
    terms: dict[str, Real] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Which terms apply to which causes; each entry names a term of the product, "" = none.

    `sum_insured` names the column that caps a loss ("" = uncapped): of one unit, or of the whole
    item where the cause strikes all its units at once (`per`). `limit` caps a payment: an amount,
    or a share of the item's sum insured (all its units); `limit_maximum` is an amount beyond which
    no limit goes. The cover is there only when the column or term `bought_by` is > 0.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    causes: tuple[Name, ...]
    sum_insured: str = "sum_insured"
    per: Literal["unit", "item"] = "unit"
    deductible: str = ""
    deductible_minimum: str = ""
    limit: str = ""
    limit_maximum: str = ""
    insured_share: str = ""
    waiting: str = ""
    bought_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """A loading as a share of the charged premium, with what it pays for; `kind` gives its place
    among the lines of the premium."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Kind
    rate: Real
    pays_for: str
    grade: Grade
    source: str
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(self, kind=one_of(*KINDS), rate=fraction, source=text(600))


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """An `amount` a policy, currency units, and what it pays for."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    amount: Real
    pays_for: str
    grade: Grade
    source: str
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(
            self, amount=not_negative, pays_for=text(600), grade=one_of(*GRADES), source=text(600)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A tax on the charged premium, at `rate`, shown apart from it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Real
    pays_for: str
    grade: Grade
    source: str
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(self, rate=fraction, grade=one_of(*GRADES), source=text(600))


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where the loss ratio, expected claims over the charged premium, is meant to lie."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    low: Real
    high: Real
    grade: Grade
    source: str
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(self, low=fraction, high=fraction, grade=one_of(*GRADES), source=text(600))
        if self.low > self.high:
            raise InvalidParameter([Fault("low", self.low, f"must be <= high {self.high:g}")])


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRisk:
    """What being wrong about the model costs: `share` of what expected claims would rise by
    under the worst law within `entropy` (Kullback-Leibler divergence) of the modelled one."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    entropy: Real
    share: Real
    pays_for: str
    grade: Grade
    source: str
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(
            self, entropy=positive, share=fraction, pays_for=text(600), grade=one_of(*GRADES),
            source=text(600),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What an insurer sets beside its loadings. A part that is not set costs nothing, and the
    premium says so."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    fixed_expense: Charge | None = None
    minimum_premium: Charge | None = None
    model_risk: ModelRisk | None = None
    loss_ratio: Band | None = None
    vat: Tax | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capital:
    """The price of capital: `rate` a year on TVaR at `level` less the mean."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Real
    level: Real
    pays_for: str
    grade: Grade
    source: str
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(self, rate=fraction, level=is_level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The portfolio in which a risk's margin is computed: every combination of the columns of
    `grid`, each `copies` times, at the base of all factors."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    grade: Grade
    source: str
    copies: Count
    grid: dict[str, tuple[str | float | int, ...]]

    def __post_init__(self) -> None:
        refuse_unless(self, copies=count(1, 10_000), source=text(600))


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product: exposure base, loss model with its priors, rating factors, terms, loadings.

    `clip` bounds the product of all clipped relativities on one target. `references` holds one
    portfolio a class, or one for `all`. `example` is a request that prices. `levels`, lowest first,
    are terms of sites or policies that hold unless a request says others."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    code: Name
    version: Name
    title: dict[str, str]
    summary: dict[str, str]
    currency: Currency
    exposure_base: dict[str, str]
    factor_clip: tuple[Real, Real]
    model: Model
    factors: dict[str, Factor]
    forms: dict[str, Form]
    terms: dict[str, Term]
    covers: dict[str, Cover]
    loadings: dict[str, Loading]
    tariff: Tariff = field(default_factory=Tariff)
    capital: Capital
    references: dict[str, Reference]
    example: dict[str, object]
    levels: tuple[StandardLevel, ...] = field(default=(), metadata=IF_SET)

    def __post_init__(self) -> None:
        if faults := [*standard_faults(self.levels, self.model.causes)]:
            raise InvalidParameter(faults)

    @property
    def default_form(self) -> str:
        """The form of a request that names none: the first listed."""
        return next(iter(self.forms))

    def reference(self, risk_class: str) -> Reference:
        """The reference portfolio of a class."""
        return self.references.get(risk_class) or self.references["all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One number of a product and where it comes from."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    value: float
    cv: float
    grade: str
    source: str


def evidence(record: object, path: str = "") -> Iterator[Evidence]:
    """Every graded number of a product, depth first, named by its path in the file."""
    if isinstance(record, Graded):
        for name, value, cv in _numbers(record):
            yield Evidence(
                name=path + name, value=value, cv=cv, grade=record.grade, source=record.source
            )
        return
    for name, one in _inside(record).items():
        yield from evidence(one, f"{path}.{name}" if path else name)


def _numbers(record: "Graded") -> Iterator[tuple[str, float, float]]:
    """(what follows the record's path, value, coefficient of variation) of each number in it."""
    if isinstance(record, Prior):
        yield "", record.mean, record.cv
    elif isinstance(record, Level):
        yield from ((f".on.{target}", one, record.error) for target, one in record.on.items())
    elif isinstance(record, Term):
        if record.default is not None:
            yield "", record.default, 0.0
        yield from ((f".by_class.{name}", one, 0.0) for name, one in record.by_class.items())
    elif isinstance(record, Band | ModelRisk):
        names = ("low", "high") if isinstance(record, Band) else ("entropy", "share")
        yield from ((f".{name}", getattr(record, name), 0.0) for name in names)
    elif isinstance(record, StandardLevel):
        yield from record.numbers()
    else:
        yield "", record.amount if isinstance(record, Charge) else record.rate, 0.0


Graded = Prior | Level | Loading | Capital | Term | Charge | Tax | Band | ModelRisk | StandardLevel
"""The records of a product that carry numbers with a grade and a source."""


def at(record: object, path: str) -> object:
    """What stands in a record at `path`, as `evidence` names it, or `NotFound`."""
    for name in path.split("."):
        inside = _inside(record)
        if name not in inside:
            raise NotFound(f"{path!r}, part", name, [*inside], nearest(name, inside))
        record = inside[name]
    return record


def put(record: Record, path: str, value: object) -> Record:
    """The record with `value` at `path`, all else as it was."""
    name, _, rest = path.partition(".")
    inside = _inside(record)
    if name not in inside:
        raise NotFound(f"{path!r}, part", name, [*inside], nearest(name, inside))
    new = put(inside[name], rest, value) if rest else value
    if isinstance(record, Mapping):
        return {**record, name: new}  # type: ignore[return-value]
    if isinstance(record, tuple):
        whole = ((new if key == name else one) for key, one in inside.items())
        return tuple(whole)  # type: ignore[return-value]
    return replace(record, **{name: new})  # type: ignore[type-var]


def _inside(record: object) -> dict[str, object]:
    """The parts of a record by name: fields, keys, or entries by their own name or place."""
    if isinstance(record, Mapping):
        return {str(name): one for name, one in record.items()}
    if isinstance(record, tuple):
        return {getattr(one, "name", str(place)): one for place, one in enumerate(record)}
    if is_dataclass(record):
        return {part.name: getattr(record, part.name) for part in fields(record)}
    return {}
