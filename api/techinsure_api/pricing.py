"""The engine's `price` and what is made of it, with reference portfolios from the store, within
limits."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from techinsure import posterior as learning
from techinsure import quoting
from techinsure.catalogue import Catalogue, with_experience
from techinsure.errors import Fault, InvalidParameter, Mismatch
from techinsure.posterior import PosteriorReport, PosteriorRequest, risk_of
from techinsure.pricing.waterfall import RISK_STEPS
from techinsure.product import Product, evidence
from techinsure.quotes import PriceRequest, Quote
from techinsure.quotes.explanation import explained
from techinsure.quoting import priced, rating, tornado, verification
from techinsure.quoting.margin import WORLDS, ReferenceLosses, World
from techinsure.quoting.tornado import SensitivityReport, SensitivityRequest
from techinsure.reading import pointer, read
from techinsure.simulation import Progress
from techinsure_api import words
from techinsure_api.problems import named_in_body
from techinsure_api.references import references
from techinsure_api.work import MOST_UNIT_YEARS, PRICE, QUOTE, check_years


def price(request: PriceRequest, catalogue: Catalogue, *, limited: bool = True) -> Quote:
    """`quoting.price`; `limited` holds the run to what a client of the service may ask for."""
    product = _product(request, catalogue)
    learnt = priced.learnt(product, request)
    if limited:
        check_years(*work_of(request, product, learnt))
    reference = _reference(request, learnt)
    return quoting.price(request, Catalogue(products={product.code: product}), reference)


def sensitivity(
    request: SensitivityRequest,
    catalogue: Catalogue,
    *,
    limited: bool = True,
    progress: Progress | None = None,
) -> SensitivityReport:
    """`tornado.sensitivity`, the same way: its limit counts all the prices it takes."""
    risk = request.risk
    product = _product(risk, catalogue, "/risk")
    learnt = tornado.learnt(risk, catalogue)
    if limited:
        work = work_of(risk, product, learnt)
        runs, at = PRICE * tornado.n_prices(learnt, request), f"/risk{work.pointer}"
        check_years(*work._replace(runs=runs, pointer=at))
    reference = _reference(risk, learnt, worlds=("dependent",))
    return tornado.sensitivity(request, catalogue, reference, progress)


def posterior(request: PosteriorRequest, catalogue: Catalogue) -> PosteriorReport:
    """`posterior.posterior`, within what a client of the service may ask for."""
    with named_in_body("/product"):
        product = catalogue.product(request.product)
    risk = risk_of(product, request)
    portfolio = learning.rated(product, risk)
    units = float((portfolio.units * np.maximum(portfolio.term, 1.0)).sum())
    learnt = with_experience(product, request.experience)
    faster = units * _faster(product, learnt)
    check_years(risk.simulation.n_years, faster, 2.0, "/risk/simulation/n_years")
    return learning.posterior(request, catalogue)


def verify(
    document: Mapping[str, Any], catalogue: Catalogue, *, limited: bool = True
) -> verification.Verification:
    """`verification.verify`, the same way."""
    reference = None
    if isinstance(document.get("request"), Mapping):
        request = read(PriceRequest, document["request"], "/request")
        product = _product(request, catalogue, "/request")
        learnt = priced.learnt(product, request)
        if limited:
            check_years(*work_of(request, product, learnt))
        reference = _reference(request, learnt)
    return verification.verify(document, catalogue, reference)


def explain(
    document: Mapping[str, Any],
    catalogue: Catalogue,
    languages: Iterable[words.Language] = words.LANGUAGES,
) -> dict[str, str]:
    """A quote in words, by language: the one given, or that of a price request. `Mismatch` for a
    quote whose sums do not hold or whose request is not that of its receipt."""
    if "premium" in document or "receipt" in document:
        quote = read(Quote, document)
        refuse_unless_whole(quote)
        if differences := list(verification.broken(quote)):
            raise Mismatch(differences)
    else:
        quote = price(read(PriceRequest, document), catalogue)
    said = dict[str, str]()
    for language in languages:
        with words.speaking(language):
            said[language] = "\n".join(explained(quote, language, told=words.retell))
    return said


def refuse_unless_whole(quote: Quote) -> None:
    """A quote of which somebody took a line or a factor away says nothing that can be told."""
    steps = [step.name for step in quote.premium.waterfall.steps]
    missing = [name for name in RISK_STEPS if name not in steps]
    fix, faults = "send the whole quote, as POST /v1/price gave it", list[Fault]()
    if missing:
        bound, at = f"must have the steps {', '.join(missing)}", "/premium/waterfall/steps"
        faults.append(Fault("steps", len(steps), bound, fix, at))
    names = {factor.name for factor in quote.factors}
    for place, name in enumerate(quote.assumed):
        if name not in names:
            at = pointer("assumed", place)
            faults.append(Fault("assumed", name, "must be a factor of the quote", fix, at))
    if faults:
        raise InvalidParameter(faults)


def long_run(request: PriceRequest, catalogue: Catalogue) -> "Work | None":
    """The work of a request that takes longer than a client of the service may ask for."""
    product = catalogue.product(request.product)
    work = work_of(request, product, priced.learnt(product, request))
    return work if work.total > MOST_UNIT_YEARS else None


class Work(NamedTuple):
    """What pricing a request counts as, at most: `runs` of so many years of `units` insured
    objects; `pointer`: where the request says how many years."""

    n_years: int
    units: float
    runs: float
    pointer: str

    @property
    def total(self) -> float:
        """Objects times years times runs."""
        return self.n_years * self.units * self.runs


def work_of(request: PriceRequest, product: Product, learnt: Product) -> Work:
    """The work of a price request."""
    risk = rating.rate(product, request).portfolio
    units = float((risk.units * np.maximum(risk.term, 1.0)).sum()) * _faster(product, learnt)
    steps = len(product.factors) + 2 + (request.levels is not None)  # base, terms, levels
    runs = QUOTE + PRICE * (steps * request.drivers + len(request.options))
    if request.tolerance is None:
        return Work(request.simulation.n_years, units, runs, "/simulation/n_years")
    return Work(request.tolerance.most_years, units, runs + QUOTE, "/tolerance/most_years")


def _faster(product: Product, learnt: Product) -> float:
    """How many times as many events own data may bring, at most: work grows with them."""
    means = {one.name: one.value for one in evidence(product.model)}
    ratios = [one.value / means[one.name] for one in evidence(learnt.model) if means[one.name] > 0]
    return max([1.0, *ratios])


def _product(request: PriceRequest, catalogue: Catalogue, at: str = "") -> Product:
    """The product asked for: its name is a value of the body."""
    with named_in_body(f"{at}/product"):
        return catalogue.product(request.product)


def _reference(
    request: PriceRequest, learnt: Product, worlds: tuple[World, ...] = WORLDS
) -> ReferenceLosses | None:
    """The losses of the product's reference portfolio for this run; None where a tolerance is to
    say how many years it has."""
    if request.tolerance is not None:
        return None
    risk_class = rating.class_of(learnt, rating.rate(learnt, request).portfolio)
    run = request.simulation
    return references.losses(learnt, risk_class, seed=run.seed, n_years=run.n_years, worlds=worlds)
