"""The engine's `price` and `verify` with reference portfolios from the store, within limits."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from techinsure import posterior as learning
from techinsure import quoting, rating, verification
from techinsure.catalogue import Catalogue, with_experience
from techinsure.margin import ReferenceLosses
from techinsure.posterior import PosteriorReport, PosteriorRequest, risk_of
from techinsure.product import Product, evidence
from techinsure.quotes import PriceRequest, Quote
from techinsure.reading import read
from techinsure_api.problems import named_in_body
from techinsure_api.references import references
from techinsure_api.work import check_years


def price(request: PriceRequest, catalogue: Catalogue, *, limited: bool = True) -> Quote:
    """`quoting.price`; `limited` holds the run to what a client of the service may ask for."""
    product, reference = _reference(request, catalogue, limited=limited)
    return quoting.price(request, Catalogue(products={product.code: product}), reference)


def posterior(request: PosteriorRequest, catalogue: Catalogue) -> PosteriorReport:
    """`posterior.posterior`, within what a client of the service may ask for."""
    with named_in_body("/product"):
        product = catalogue.product(request.product)
    risk = risk_of(product, request)
    portfolio = learning.rated(product, risk)
    units = float((portfolio.units * np.maximum(portfolio.term, 1.0)).sum())
    learnt = with_experience(product, request.experience)
    check_years(2 * risk.simulation.n_years, units * _faster(product, learnt))
    return learning.posterior(request, catalogue)


def verify(
    document: Mapping[str, Any], catalogue: Catalogue, *, limited: bool = True
) -> verification.Verification:
    """`verification.verify`, the same way."""
    reference = None
    if isinstance(document.get("request"), Mapping):
        request = read(PriceRequest, document["request"], "/request")
        _, reference = _reference(request, catalogue, "/request", limited=limited)
    return verification.verify(document, catalogue, reference)


def _faster(product: Product, learnt: Product) -> float:
    """How many times as many events own data may bring, at most: work grows with them."""
    means = {one.name: one.value for one in evidence(product.model)}
    ratios = [one.value / means[one.name] for one in evidence(learnt.model) if means[one.name] > 0]
    return max([1.0, *ratios])


def _reference(
    request: PriceRequest, catalogue: Catalogue, at: str = "", *, limited: bool
) -> tuple[Product, ReferenceLosses]:
    """The product asked for, and its reference portfolio's losses for this run."""
    with named_in_body(f"{at}/product"):
        product = catalogue.product(request.product)
    risk, run = rating.rate(product, request).portfolio, request.simulation
    learnt = quoting.learnt(product, request)
    if limited:
        units = float((risk.units * np.maximum(risk.term, 1.0)).sum())
        check_years(run.n_years, units * _faster(product, learnt))
    risk_class = risk.risk_class[0].removeprefix(f"{product.code}/")
    losses = references.losses(learnt, risk_class, seed=run.seed, n_years=run.n_years)
    return product, losses
