"""The engine's `price` and `verify` with reference portfolios from the store, within limits."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from techinsure import posterior as learning
from techinsure import quoting, rating, verification
from techinsure.catalogue import Catalogue
from techinsure.margin import ReferenceLosses
from techinsure.posterior import PosteriorReport, PosteriorRequest, risk_of
from techinsure.product import Product
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
    portfolio = rating.rate(product, risk).portfolio
    units = float((portfolio.units * np.maximum(portfolio.term, 1.0)).sum())
    check_years(2 * risk.simulation.n_years, units)
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


def _reference(
    request: PriceRequest, catalogue: Catalogue, at: str = "", *, limited: bool
) -> tuple[Product, ReferenceLosses]:
    """The product asked for, and its reference portfolio's losses for this run."""
    with named_in_body(f"{at}/product"):
        product = catalogue.product(request.product)
    risk, run = rating.rate(product, request).portfolio, request.simulation
    if limited:
        check_years(run.n_years, float((risk.units * np.maximum(risk.term, 1.0)).sum()))
    risk_class = risk.risk_class[0].removeprefix(f"{product.code}/")
    learnt = quoting.learnt(product, request)
    losses = references.losses(learnt, risk_class, seed=run.seed, n_years=run.n_years)
    return product, losses
