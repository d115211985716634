"""Products as data: `product.toml` files into `Product`s, or an error naming file and key."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import CatalogueError, Fault, InvalidParameter, NotFound
from techinsure.evidence.priors import GRADES, Grade, Prior
from techinsure.models import Model
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
from techinsure.reading import read
from techinsure.receipt import digest

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
    item where the cause strikes all its units at once (`per`). The cover is there only when the
    column or term `bought_by` is > 0.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    causes: tuple[Name, ...]
    sum_insured: str = "sum_insured"
    per: Literal["unit", "item"] = "unit"
    deductible: str = ""
    deductible_minimum: str = ""
    limit: str = ""
    insured_share: str = ""
    waiting: str = ""
    bought_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """A loading as a share of the charged premium, with what it pays for."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Real
    pays_for: str
    grade: Grade
    source: str
    as_of: str

    def __post_init__(self) -> None:
        refuse_unless(self, rate=fraction, source=text(600))


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
    portfolio a class, or one for `all`. `example` is a request that prices.
    """

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
    capital: Capital
    references: dict[str, Reference]
    example: dict[str, object]

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
    if isinstance(record, Prior):
        yield Evidence(
            name=path,
            value=record.mean,
            cv=record.cv,
            grade=record.grade,
            source=record.source,
        )
    elif isinstance(record, Level):
        for target, relativity in record.on.items():
            name = f"{path}.on.{target}"
            yield Evidence(
                name=name,
                value=relativity,
                cv=record.error,
                grade=record.grade,
                source=record.source,
            )
    elif isinstance(record, Loading | Capital):
        yield Evidence(
            name=path,
            value=record.rate,
            cv=0.0,
            grade=record.grade,
            source=record.source,
        )
    elif isinstance(record, Term):
        if record.default is not None:
            yield Evidence(
                name=path,
                value=record.default,
                cv=0.0,
                grade=record.grade,
                source=record.source,
            )
        for name, value in record.by_class.items():
            yield Evidence(
                name=f"{path}.by_class.{name}",
                value=value,
                cv=0.0,
                grade=record.grade,
                source=record.source,
            )
    elif isinstance(record, dict):
        for name, inner in record.items():
            yield from evidence(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(record, tuple):
        for position, inner in enumerate(record):
            name = getattr(inner, "name", position)
            yield from evidence(inner, f"{path}.{name}")
    elif hasattr(record, "__dataclass_fields__"):
        for name in record.__dataclass_fields__:
            yield from evidence(getattr(record, name), f"{path}.{name}" if path else name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Products by code."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    products: dict[str, Product]

    def product(self, code: str) -> Product:
        """The product of that code, or `NotFound` with the nearest guess."""
        if code not in self.products:
            raise NotFound("product", code, self.products, nearest(code, self.products))
        return self.products[code]


def folder() -> Path:
    """Where the shipped products are: in the wheel, or beside `pyproject.toml` in a checkout."""
    installed = Path(str(files("techinsure"))) / "products"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / "products").is_dir():
        return checkout / "products"
    raise NotFound("catalogue folder", str(installed), [], "")


def load_product(file: Path) -> Product:
    """One product file as a `Product`, or `CatalogueError` naming the file and every key."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault("file", file.name, f"must be UTF-8 TOML: {error}")
        raise CatalogueError(str(file), [fault]) from None
    try:
        product = read(Product, data)
    except InvalidParameter as error:
        raise CatalogueError(str(file), error.faults) from None
    if product.code != file.parent.name:
        fault = Fault("code", product.code, f"must be the folder's name {file.parent.name!r}")
        raise CatalogueError(str(file), [fault])
    return product


def load(where: Path | None = None) -> Catalogue:
    """All products of a folder (default: the shipped ones), in order of code."""
    found = sorted((where or folder()).glob("*/product.toml"))
    return Catalogue(products={file.parent.name: load_product(file) for file in found})


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    """The shipped catalogue, read once."""
    return load()


def product_digest(product: Product) -> str:
    """SHA-256 of all that a product says."""
    return digest(product)
