"""`sensitivity(request) -> SensitivityReport`: which parameters a price hangs on, and what it costs
not to know them.

Every price is computed on the random numbers of the request, so a difference has the error of the
difference. The reference portfolio around the risk stays as it is, except where all of the
market's knowledge grows (`Ignorance`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

import numpy as np
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped, with_experience
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence.priors import Prior
from techinsure.losses.paired import Paired
from techinsure.product import Product, at, evidence, put
from techinsure.quantities import (
    FORBID,
    Estimate,
    Real,
    between,
    each,
    refuse_unless,
)
from techinsure.quotes import PriceRequest
from techinsure.quoting.charging import premium_of
from techinsure.quoting.margin import ReferenceLosses, reference_losses
from techinsure.quoting.rating import class_of, rate
from techinsure.quoting.scores import Years, elasticity_by_score, years_of
from techinsure.reading import read
from techinsure.receipt import plain
from techinsure.simulation import Progress

MOVED = 0.10
"""By how much of itself each parameter is moved, down and up."""
LEVELS = (0.05, 0.95)
"""Between which quantiles of its prior a parameter lies with 90%."""
UNMOVED = 1e-12
"""Relative changes of a pure premium below it are rounding."""
CONTAINERS = frozenset({"parts", "classes", "phases", "hazards"})
"""Members of models that hold others by name."""
MORE = (1.0, 10.0, 100.0, 1_000.0)
MOST_MORE = 12
MOST_EXPOSURE = 1e6
"""Beyond it nothing is left to learn, and laws of no spread take long to draw from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRequest:
    """The risk, as for a price, and the amounts of further exposure whose worth is asked for. All
    prices are of the same years: the risk names no tolerance; its options, drivers and subsidy
    move no bar."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk: PriceRequest
    more_exposure: tuple[Real, ...] = field(default=MORE)

    def __post_init__(self) -> None:
        refuse_unless(self, more_exposure=each(between(1e-6, MOST_EXPOSURE)))
        if self.risk.tolerance is not None:
            fix, at = "leave it out and give simulation.n_years", "/risk/tolerance"
            bound = "must be absent: every price is of the same years"
            raise InvalidParameter([Fault("tolerance", "...", bound, fix, at)])
        if len(self.more_exposure) > MOST_MORE:
            given, fix = len(self.more_exposure), "ask about the others in a request of their own"
            bound = f"must be at most {MOST_MORE}"
            raise InvalidParameter([Fault("more_exposure", given, bound, fix)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What one parameter moves: changes of the charged premium with it 10% lower and higher, and
    held at the ends of its 90% `interval` (None: no posterior of it is drawn). `elasticity`: per
    cent of the pure premium for one per cent of the parameter, from the two moves; `by_score`: the
    same from the years' draws alone (`scores`), or None and `no_score`, why there is none."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    grade: str
    source: str
    mean: float
    cv: float
    lower: Estimate
    higher: Estimate
    interval: tuple[float, float] | None
    at_low: Estimate | None
    at_high: Estimate | None
    elasticity: float
    by_score: Estimate | None = None
    no_score: str = ""

    @property
    def name(self) -> str:
        """The parameter without the containers it stands in: `general.fail.lab`."""
        return short_name(self.parameter)

    @property
    def width(self) -> float:
        """The largest change, either way."""
        changes = (self.lower, self.higher, self.at_low, self.at_high)
        return max(abs(change.value) for change in changes if change is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A parameter that cannot be moved alone, and why."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignorance:
    """The premium after `exposure` further units of data on every drawn parameter (years of
    exposure for a rate, decided cases for a probability) that come out exactly as expected, and
    the change against the premium of today. Errors of relativities stay as they are."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    exposure: float
    charged: Estimate
    change: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityReport:
    """Bars of a tornado, the widest first; parameters that cannot be moved alone (shares that
    must sum to 1, a probability that would leave [0, 1]) are `held`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    product_version: str
    insured: str
    currency: str
    n_years: int
    charged: Estimate
    pure: Estimate
    bars: tuple[Bar, ...]
    held: tuple[Held, ...]
    ignorance: tuple[Ignorance, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return dict(plain(self))


def short_name(parameter: str) -> str:
    """A parameter without the containers it stands in; a name in a container is kept."""
    kept, inside = list[str](), False
    for part in parameter.removeprefix("model.").split("."):
        inside = part in CONTAINERS and not inside
        kept += [] if inside else [part]
    return ".".join(kept)


Moved = TypeVar("Moved")


def sensitivity(
    request: SensitivityRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    reference: ReferenceLosses | None = None,
    progress: Progress | None = None,
) -> SensitivityReport:
    """Price the risk with each parameter of its model moved, and with more data on all of them.

    `reference`: annual losses of the product's reference portfolio, if the caller has them;
    `progress`: told after each parameter and each further exposure. Raises `InvalidParameter`
    with a pointer for each fault.
    """
    asked = (
        request if isinstance(request, SensitivityRequest) else read(SensitivityRequest, request)
    )
    risk, product = asked.risk, learnt(asked.risk, catalogue or shipped())
    around = reference or _around(product, risk)
    base = _priced(product, risk, around)
    years = years_of(product, rate(product, risk).portfolio, risk.simulation)
    moved, exposures = _moved(product, risk), sorted(asked.more_exposure)
    steps = len(moved) + len(exposures)
    bars, held = list[Bar](), list[Held]()
    for path, prior in _told(moved, 0, steps, progress):
        try:
            bar = _bar(product, risk, around, base, path, prior)
        except InvalidParameter as error:
            held.append(Held(parameter=path, why=error.faults[0].bound))
            continue
        bars += [_scored(bar, product, risk, years, prior)] if bar else []
    worth = [
        _worth(product, risk, base[1], exposure)
        for exposure in _told(exposures, len(moved), steps, progress)
    ]
    return SensitivityReport(
        product=product.code,
        product_version=product.version,
        insured=risk.insured.name,
        currency=product.currency,
        n_years=risk.simulation.n_years,
        charged=base[1].estimate(product.currency),
        pure=base[0].estimate(product.currency),
        bars=tuple(sorted(bars, key=lambda bar: -bar.width)),
        held=tuple(held),
        ignorance=tuple(worth),
    )


def n_prices(product: Product, request: SensitivityRequest) -> int:
    """How many prices the answer takes at most; `product` with the request's own data in it."""
    sides = [4 if _ends(product, path, prior) else 2
             for path, prior in _moved(product, request.risk)]  # fmt: skip
    return 1 + sum(sides) + 2 * len(request.more_exposure)  # more data move the reference too


def _told(
    items: Sequence[Moved], first: int, total: int, progress: Progress | None
) -> Iterator[Moved]:
    """The items; each is done when the next is asked for."""
    for done, item in enumerate(items, start=first + 1):
        yield item
        if progress is not None:
            progress(done, total)


def learnt(risk: PriceRequest, catalogue: Catalogue) -> Product:
    """The product with the own data of the risk in it; faults of the data and of the risk have
    their place in the whole request."""
    product = catalogue.product(risk.product)
    try:
        if risk.experience is not None:
            product = with_experience(product, risk.experience)
        rate(product, risk)
    except InvalidParameter as error:
        raise InvalidParameter(
            fault._replace(pointer=f"/risk{fault.pointer}") for fault in error.faults
        ) from None
    return product


def _around(product: Product, risk: PriceRequest) -> ReferenceLosses:
    """The reference portfolio of the risk, as the product models it."""
    run, of = risk.simulation, class_of(product, rate(product, risk).portfolio)
    return reference_losses(product, of, seed=run.seed, n_years=run.n_years, worlds=("dependent",))


def _priced(
    product: Product, risk: PriceRequest, reference: ReferenceLosses
) -> tuple[Paired, Paired]:
    rated = rate(product, risk).portfolio
    return premium_of(product, rated, risk.simulation, reference)


def _bar(
    product: Product,
    risk: PriceRequest,
    reference: ReferenceLosses,
    base: tuple[Paired, Paired],
    path: str,
    prior: Prior,
) -> Bar | None:
    """The bar of a parameter; None where it does not move the pure premium."""
    (pure, charged), unit = base, product.currency

    def change(to: Prior) -> tuple[float, Paired]:
        """(relative change of the pure premium, change of the charged one)."""
        own, all_ = _priced(put(product, path, to), risk, reference)
        moved = own.value / pure.value - 1 if pure.value else 0.0
        return moved, all_ - charged

    down, lower = change(_times(prior, 1 - MOVED))
    up, higher = change(_times(prior, 1 + MOVED))
    if max(abs(down), abs(up)) <= UNMOVED:
        return None
    ends = _ends(product, path, prior)
    sides = [change(prior.held(end))[1].estimate(unit) for end in ends or ()]
    return Bar(
        parameter=path, grade=prior.grade, source=prior.source, mean=prior.mean, cv=prior.cv,
        lower=lower.estimate(unit), higher=higher.estimate(unit), interval=ends,
        at_low=sides[0] if sides else None, at_high=sides[1] if sides else None,
        elasticity=(up - down) / (2 * MOVED),
    )  # fmt: skip


def _scored(bar: Bar, product: Product, risk: PriceRequest, years: Years, prior: Prior) -> Bar:
    """The bar with its elasticity by score, or why there is none."""
    rated = rate(product, risk).portfolio
    try:
        found = elasticity_by_score(product, rated, risk.simulation, years, bar.parameter, prior)
    except Undefined as error:
        return replace(bar, no_score=str(error))
    return replace(bar, by_score=found)


def _moved(product: Product, risk: PriceRequest) -> list[tuple[str, Prior]]:
    """The parameters of no class, or of one that the risk has an item of."""
    held = rate(product, risk).portfolio.risk_class.names
    found = list[tuple[str, Prior]]()
    for path, prior in _parameters(product):
        names = path.split(".")
        at_class = names.index("classes") + 1 if "classes" in names else 0
        if not at_class or f"{product.code}/{names[at_class]}" in held:
            found.append((path, prior))
    return found


def _parameters(product: Product) -> Iterator[tuple[str, Prior]]:
    for entry in evidence(product.model, "model"):
        prior = at(product, entry.name)
        if isinstance(prior, Prior) and prior.mean > 0:
            yield entry.name, prior


def _is_amount(product: Product, path: str) -> bool:
    """Whether it is a law of single losses, which is drawn claim by claim and not a parameter."""
    return path.rsplit(".", 1)[-1] in product.model.amounts


def _times(prior: Prior, by: float) -> Prior:
    """The prior with its mean, and so its standard deviation, times `by`."""
    parts = tuple(replace(part, mean=part.mean * by) for part in prior.parts)
    return replace(prior, mean=prior.mean * by, parts=parts)


def _ends(product: Product, path: str, prior: Prior) -> tuple[float, float] | None:
    """The 5% and 95% quantiles of a parameter that is drawn."""
    if _is_amount(product, path) or prior.family == "point" or prior.cv == 0:
        return None
    low, high = prior.law.quantile(np.array(LEVELS)).tolist()
    return low, high


def _worth(product: Product, risk: PriceRequest, charged: Paired, exposure: float) -> Ignorance:
    """The price of ignorance: risk and reference repriced with what more data would leave open."""
    known, unit = product, product.currency
    for path, prior in _parameters(product):
        if not _is_amount(product, path):
            known = put(known, path, after(prior, exposure))
    _, premium = _priced(known, risk, _around(known, risk))
    change = (premium - charged).estimate(unit)
    return Ignorance(exposure=exposure, charged=premium.estimate(unit), change=change)


def after(prior: Prior, exposure: float) -> Prior:
    """A prior of a rate (gamma) or probability (beta) after `exposure` more years or cases that
    came out at its mean: the mean stays, the spread shrinks; others as they are.

    Gamma: shape 1 / cv**2 + exposure * mean. Beta: weight (1 - mean) / (mean cv**2) - 1 +
    exposure. Source: Gelman et al. (2013), Bayesian Data Analysis, sections 2.4 and 2.6.
    """
    m, cv = prior.mean, prior.cv
    if prior.parts or cv == 0 or m == 0 or prior.family not in ("gamma", "beta"):
        return prior
    if prior.family == "gamma":
        return replace(prior, cv=(1 / cv**2 + exposure * m) ** -0.5)
    if m >= 1:
        return prior
    weight = (1 - m) / (m * cv**2) - 1 + exposure
    return replace(prior, cv=((1 - m) / (m * (weight + 1))) ** 0.5)
