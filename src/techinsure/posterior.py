"""`posterior(request) -> PosteriorReport`: own data, what they make of the priors and of a rate.

The third use case: an actuary files a rate. Each parameter before and after, how much the data
weigh, what one more claim would do, which opinions the rate still hangs on, and the text for the
file, with its sources.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure import exact
from techinsure.catalogue import Catalogue, shipped, updates, with_experience
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence import Prior
from techinsure.evidence.conflict import Conflict, check
from techinsure.evidence.experience import Amounts, Experience, Observation
from techinsure.evidence.updating import Update, one_more, update
from techinsure.portfolio import Portfolio
from techinsure.product import Product, at, evidence, put
from techinsure.quantities import FORBID, Estimate, Name, Real, is_amount, optional, refuse_unless
from techinsure.quotes import PriceRequest, Quote
from techinsure.quoting import price
from techinsure.rating import rate
from techinsure.reading import read
from techinsure.receipt import Receipt, digest, environment, plain

MOVED = 0.10
"""By how much, up and down, each opinion is moved."""
UNMOVED = 1e-12
"""Relative changes of a rate below it are rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorRequest:
    """Own data on a product, and the risk whose rate shows what they do: a price request without
    its product (the product's own example if not given). `one_more_amount`: the size of the
    further claim that laws of amounts are tried with, in the unit of the law."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: Name
    experience: Experience
    risk: dict[str, Any] = field(default_factory=dict)
    one_more_amount: Real | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, one_more_amount=optional(is_amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMore:
    """What one more claim would do: the mean of its parameter, and the pure rate (None where the
    terms have no closed form)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    mean: float
    pure_rate: float | None
    amount: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """The pure rate with an opinion moved down and up by a tenth of its mean."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    mean: float
    lower: float
    higher: float
    source: str

    @property
    def width(self) -> float:
        """How far the rate moves between the two."""
        return abs(self.higher - self.lower)


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorReport:
    """Priors and posteriors, and the price of one risk under both.

    `pure_rate`: expected claims as a share of the sum insured, posterior, exact where it can be;
    `sensitivities` of it to opinions of grade D, largest first; `held`: opinions that cannot be
    moved alone; `conflicts` of each prior with what was seen of it. Both quotes verify alone.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    version: str
    version_after: str
    updates: tuple[Update, ...]
    before: Quote
    after: Quote
    pure_rate: Estimate
    one_more: tuple[OneMore, ...]
    sensitivities: tuple[Sensitivity, ...]
    held: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...]
    receipt: Receipt

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return dict(plain(self))

    def text(self) -> str:
        """For the file: what was seen, what it changed, what rests on opinion."""
        return "\n".join(_text(self))

    def __str__(self) -> str:
        return (
            f"{self.product}: pure rate {_percent(_pure_rate(self.before))} before, "
            f"{_percent(self.pure_rate.value)} after {len(self.updates)} parameters were updated"
        )


def posterior(
    request: PosteriorRequest | Mapping[str, Any], catalogue: Catalogue | None = None
) -> PosteriorReport:
    """Update a product's priors by own data and price one risk under both.

    Raises `InvalidParameter` with a pointer for each fault, `NotFound` for a product or a
    parameter that does not exist.
    """
    request = request if isinstance(request, PosteriorRequest) else read(PosteriorRequest, request)
    product = (catalogue or shipped()).product(request.product)
    learnt = with_experience(product, request.experience)
    risk = risk_of(product, request)
    portfolio = rated(product, risk)
    shelf = Catalogue(products={product.code: product})
    before = price(risk, shelf)
    after = price(replace(risk, experience=request.experience), shelf)
    total = after.sum_insured
    moved, held = _sensitivities(learnt, portfolio, total)
    return PosteriorReport(
        product=product.code, version=product.version, version_after=learnt.version,
        updates=updates(product, request.experience), before=before, after=after,
        pure_rate=after.premium.pure.scaled(1 / total, unit="of sum insured"),
        one_more=tuple(_one_more(product, learnt, request, portfolio, total)),
        sensitivities=moved, held=held, conflicts=tuple(_conflicts(product, request.experience)),
        notes=tuple(_notes(before, after)),
        receipt=Receipt(
            seed=risk.simulation.seed, n_years=risk.simulation.n_years, environment=environment(),
            digests={"product": digest(product), "posterior": digest(learnt),
                     "experience": digest(request.experience), "risk": digest(plain(risk))},
        ),
    )  # fmt: skip


def rated(product: Product, risk: PriceRequest) -> Portfolio:
    """The risk as the product rates it; faults have their place in the whole request."""
    with _under("/risk"):
        return rate(product, risk).portfolio


@contextmanager
def _under(where: str) -> Iterator[None]:
    """Faults of a part of the request get the pointer into the whole."""
    try:
        yield
    except InvalidParameter as error:
        raise InvalidParameter(
            f._replace(pointer=where + f.pointer) for f in error.faults
        ) from None


def risk_of(product: Product, request: PosteriorRequest) -> PriceRequest:
    """The price request of the risk whose rate is shown."""
    if "experience" in request.risk:
        fix = "give the data under /experience: the rate is shown without and with them"
        fault = Fault("experience", "...", "must not stand in the risk", fix, "/risk/experience")
        raise InvalidParameter([fault])
    given = request.risk or {k: v for k, v in product.example.items() if k != "product"}
    return read(PriceRequest, {**given, "product": product.code}, "/risk")


def _exact_rate(product: Product, portfolio: Portfolio, total: float) -> float | None:
    items = np.arange(portfolio.n_items, dtype=np.int32)
    try:
        return float(exact.mean(product.model, portfolio, items).sum()) / total
    except Undefined:
        return None


def _conflicts(product: Product, experience: Experience) -> Iterator[Conflict]:
    """How surprising the counts are to each prior, where the law of counts is known."""
    for seen in experience.observations:
        prior = at(product, seen.parameter)
        assert isinstance(prior, Prior)
        try:
            yield check(prior, seen, experience)
        except (InvalidParameter, Undefined):
            continue


def _notes(before: Quote, after: Quote) -> Iterator[str]:
    if before.premium.pure.value == after.premium.pure.value:
        yield "the data speak of no parameter that this risk uses: choose a risk of their class"


def _one_more(
    product: Product, learnt: Product, request: PosteriorRequest, portfolio: Portfolio, total: float
) -> Iterator[OneMore]:
    for entry in request.experience.entries:
        prior = at(product, entry.parameter)
        assert isinstance(prior, Prior)
        amount = None
        more: Observation | Amounts
        if isinstance(entry, Amounts):
            amount = request.one_more_amount
            if amount is None:
                continue
            more = replace(entry, values=(*entry.values, amount))
        else:
            more = one_more(entry)
        found = update(prior, more, request.experience)
        changed = put(learnt, entry.parameter, found.posterior)
        yield OneMore(
            parameter=entry.parameter, mean=found.posterior.mean, amount=amount,
            pure_rate=_exact_rate(changed, portfolio, total),
        )  # fmt: skip


def _sensitivities(
    product: Product, portfolio: Portfolio, total: float
) -> tuple[tuple[Sensitivity, ...], tuple[str, ...]]:
    """Of the pure rate to each prior of grade D that moves it, and the priors that cannot be
    moved alone (shares that must sum to 1, a probability that would leave [0, 1])."""
    base = _exact_rate(product, portfolio, total)
    if base is None:
        return (), ()
    moved, held = [], []
    for entry in evidence(product.model, "model"):
        prior = at(product, entry.name)
        if not isinstance(prior, Prior) or prior.grade != "D" or prior.mean == 0:
            continue
        try:
            rates = [
                _exact_rate(put(product, entry.name, _scaled(prior, by)), portfolio, total)
                for by in (1 - MOVED, 1 + MOVED)
            ]
        except InvalidParameter:
            held.append(entry.name)
            continue
        low, high = rates
        assert low is not None
        assert high is not None
        if abs(high - low) > UNMOVED * base:
            moved.append(Sensitivity(parameter=entry.name, mean=prior.mean, lower=low,
                                     higher=high, source=prior.source))  # fmt: skip
    return tuple(sorted(moved, key=lambda one: -one.width)), tuple(held)


def _scaled(prior: Prior, by: float) -> Prior:
    """The prior with its mean, and so its standard deviation, times `by`."""
    parts = tuple(replace(part, mean=part.mean * by) for part in prior.parts)
    return replace(prior, mean=prior.mean * by, parts=parts)


def _pure_rate(quote: Quote) -> float:
    return quote.premium.pure.value / quote.sum_insured


def _percent(value: float) -> str:
    return f"{100 * value:.3g}%"


def _text(report: PosteriorReport) -> Iterator[str]:
    yield f"{report.product}: version {report.version} updated to {report.version_after}"
    yield "Parameters, mean (5% to 95%):"
    for one in report.updates:
        before, after = one.prior, one.posterior
        seen = f"{one.events:g} events in {one.base:,.6g} {one.unit}"
        yield (
            f"  {one.parameter}: {before.mean:.4g} ({_ends(one.prior_range)}) -> "
            f"{after.mean:.4g} ({_ends(one.posterior_range)}); {seen}; data weigh "
            f"{one.weight:.0%}, prior {1 - one.weight:.0%}; grade {before.grade} -> {after.grade}"
        )
        yield f"    source: {after.source}"
        yield from (f"    note: {note}" for note in one.notes)
    yield from (f"  {one.parameter}: {one.verdict}" for one in report.conflicts)
    yield from (f"Note: {note}" for note in report.notes)
    for name, quote in (("before", report.before), ("after", report.after)):
        ends = quote.pure_range
        known = "" if ends is None else (
            f", {_percent(ends.low.value / quote.sum_insured)} to "
            f"{_percent(ends.high.value / quote.sum_insured)} in 90% of draws"
        )  # fmt: skip
        yield (
            f"Pure rate {name}: {_percent(_pure_rate(quote))}{known}; charged "
            f"{_percent(quote.rate.value)} ({quote.premium.charged})"
        )
    for more in report.one_more:
        what = f" of {more.amount:,.0f}" if more.amount is not None else ""
        rated = "" if more.pure_rate is None else f", pure rate {_percent(more.pure_rate)}"
        yield f"One more claim{what} on {more.parameter}: mean {more.mean:.4g}{rated}"
    yield "Opinions (grade D) that the rate hangs on, each moved by -10% and +10%:"
    for one_of in report.sensitivities:
        yield (
            f"  {one_of.parameter} = {one_of.mean:.4g}: {_percent(one_of.lower)} to "
            f"{_percent(one_of.higher)}; {one_of.source}"
        )
    if report.held:
        yield f"  not moved alone: {', '.join(report.held)}"


def _ends(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.4g} to {ends[1]:.4g}"
