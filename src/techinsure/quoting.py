"""`price(request) -> Quote`: the first use case. Read it top to bottom and you follow the money.

Product -> rated exposure -> simulated and exact losses -> tail share in the reference portfolio
-> premium line by line -> a quote with a receipt. Nothing is stored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from techinsure import cover, exact
from techinsure.catalogue import Catalogue, shipped, updates, with_experience
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence.updating import Update
from techinsure.losses import measures
from techinsure.losses.year_table import YearLossTable
from techinsure.margin import ReferenceLosses, Share, reference_digest, reference_losses, share
from techinsure.portfolio import Portfolio
from techinsure.pricing.waterfall import waterfall
from techinsure.product import Evidence, Product, evidence
from techinsure.quantities import Estimate, Floats, exactly
from techinsure.quotes import Margin, Premium, PriceRequest, Quote, Range
from techinsure.rating import applied, applied_terms, rate
from techinsure.reading import pointer, read
from techinsure.receipt import Receipt, digest, environment, plain
from techinsure.schedule import Schedule
from techinsure.simulation import DEFAULT_YEARS, LARGEST_SEED, cohort_blocks, simulate

RANGE_LEVELS, RANGE_YEARS = (0.05, 0.95), 4096
"""The range of expected claims that parameters leave open, and the draws it is read from."""


def price(
    request: PriceRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    reference: ReferenceLosses | None = None,
) -> Quote:
    """Price one request with the products of `catalogue` (default: the shipped ones).

    `reference`: annual losses of the product's reference portfolio for this seed and number of
    years, if the caller has them; else they are simulated. Raises `InvalidParameter` with a
    pointer for each fault, `NotFound` for a product that does not exist.
    """
    request = request if isinstance(request, PriceRequest) else read(PriceRequest, request)
    shelf = (catalogue or shipped()).product(request.product)
    product = learnt(shelf, request)
    rated = rate(product, request)
    risk, run = rated.portfolio, request.simulation
    table = simulate(risk, {product.code: product.model}, seed=run.seed, n_years=run.n_years)
    risk_class = class_of(product, risk)
    if reference is None:
        reference = reference_losses(product, risk_class, seed=run.seed, n_years=run.n_years)
    wanted = (run.seed, run.n_years, reference_digest(product, risk_class))
    if (reference.seed, reference.n_years, reference.digest) != wanted:
        bound = f"must be of seed {run.seed}, {run.n_years} years and class {risk_class!r}"
        raise InvalidParameter([Fault("reference", reference.seed, bound)])
    own = () if request.experience is None else updates(shelf, request.experience)
    return _quote(product, own, request, rated, table, reference)


def learnt(product: Product, request: PriceRequest) -> Product:
    """The product with the request's own data in its priors."""
    return product if request.experience is None else with_experience(product, request.experience)


def _quote(
    product: Product,
    own: tuple[Update, ...],
    request: PriceRequest,
    rated: Schedule,
    table: YearLossTable,
    reference: ReferenceLosses,
) -> Quote:
    risk, annual, unit = rated.portfolio, table.annual(), product.currency
    simulated = measures.mean(annual, unit=unit)
    pure = _pure(product, request, risk, table)
    tail = share(product, risk, reference)
    premium = _premium(product, pure, tail.tail)
    z = _agreement(simulated, pure)
    total = float(risk.sum_insured.sum())
    factors = tuple(applied(product, rated))
    risk_class = class_of(product, risk)
    return Quote(
        product=product.code,
        product_version=product.version,
        insured=request.insured.name,
        currency=unit,
        sum_insured=total,
        term_months=float(np.round(risk.term.max() * 12, 9)),
        premium=premium,
        rate=premium.charged.scaled(1 / total, unit="of sum insured"),
        claim_probability=_claim_probability(product, risk, table),
        expected_claims=measures.mean(table.claim_counts(), unit="claims"),
        payout_1_in_20=measures.var(annual, 0.95, unit=unit),
        payout_1_in_200=measures.var(annual, 0.995, unit=unit),
        pure_range=_pure_range(product, request, risk),
        simulated_pure=simulated,
        z_score=z,
        margin=_margin(product, annual, pure, tail, reference),
        factors=factors,
        assumed=tuple(sorted({f.name for f in factors if f.assumed})),
        terms=applied_terms(product, request, risk_class),
        order_of_terms=cover.ORDER,
        evidence=tuple(_priors(product, risk)),
        updates=own,
        warnings=tuple(_warnings(z, pure, tail.tail, table)),
        receipt=_receipt(product, request, reference),
        request=request,
    )


def class_of(product: Product, risk: Portfolio) -> str:
    """The class whose reference portfolio and priors a risk uses: that of its first item."""
    return risk.risk_class[0].removeprefix(f"{product.code}/")


def _margin(
    product: Product, annual: Floats, pure: Estimate, tail: Share, reference: ReferenceLosses
) -> Margin:
    alone = measures.tvar(annual, product.capital.level, unit=product.currency)
    return Margin(
        rate=product.capital.rate,
        level=product.capital.level,
        tail=tail.tail,
        basis=tail.basis,
        reference_items=reference.n_items,
        stand_alone_tvar=alone,
        stand_alone_capital=_less(alone, pure),
    )


def _pure(
    product: Product, request: PriceRequest, risk: Portfolio, table: YearLossTable
) -> Estimate:
    """The exact mean where the terms have one. Under an aggregate limit, the simulated mean with
    the unlimited losses of the same years, whose mean is exact, as control variate: a limit that
    cuts nothing costs nothing. Source: Glasserman (2004), Monte Carlo Methods in Financial
    Engineering, section 4.1."""
    items = np.arange(risk.n_items, dtype=np.int32)
    try:
        value = float(exact.mean(product.model, risk, items).sum())
    except Undefined:
        return measures.mean(table.annual(), unit=product.currency)
    if not np.isfinite(risk.terms.aggregate_limit).any():
        return exactly(value, product.currency)
    unlimited = np.full_like(risk.terms.aggregate_limit, np.inf)
    free = replace(risk, terms=replace(risk.terms, aggregate_limit=unlimited))
    run, models = request.simulation, {product.code: product.model}
    whole = simulate(free, models, seed=run.seed, n_years=run.n_years).annual()
    limited, spread = table.annual(), whole - whole.mean()
    slope = spread @ (limited - limited.mean()) / (spread @ spread) if spread.any() else 1.0
    rest = measures.mean(limited - slope * whole)
    return Estimate(
        value=rest.value + float(slope) * value,
        standard_error=rest.standard_error,
        unit=product.currency,
    )


def _pure_range(product: Product, request: PriceRequest, risk: Portfolio) -> Range | None:
    """Where expected claims lie when parameters and common factors are drawn, not averaged."""
    items = np.arange(risk.n_items, dtype=np.int32)
    blocks = cohort_blocks(request.simulation.seed, RANGE_YEARS)
    try:
        given = np.concatenate(
            [exact.conditional_mean(product.model, risk, items, b).sum(axis=0) for b in blocks]
        )
    except Undefined:
        return None
    low, high = (measures.var(given, level, unit=product.currency) for level in RANGE_LEVELS)
    return Range(low=low, high=high, levels=RANGE_LEVELS)


def _claim_probability(product: Product, risk: Portfolio, table: YearLossTable) -> Estimate:
    items = np.arange(risk.n_items, dtype=np.int32)
    try:
        # a waiting period as long as the term leaves the rounding of 1 - 1
        return exactly(max(exact.claim_probability(product.model, risk, items), 0.0))
    except Undefined:
        return measures.probability_positive(table.annual())


def _less(tail: Estimate, pure: Estimate) -> Estimate:
    error = float(np.hypot(tail.standard_error or 0.0, pure.standard_error or 0.0))
    return Estimate(value=tail.value - pure.value, standard_error=error, unit=tail.unit)


def _premium(product: Product, pure: Estimate, tail: Estimate) -> Premium:
    margin = _less(tail, pure).scaled(product.capital.rate)
    rates = {name: loading.rate for name, loading in product.loadings.items()}
    pays_for = {name: loading.pays_for for name, loading in product.loadings.items()}
    pays_for["risk_margin"] = product.capital.pays_for
    lines = waterfall(pure, margin, rates, pays_for, product.currency)
    return Premium(
        pure=pure,
        risk_margin=margin,
        loadings={name: lines.step(name) for name in rates},
        charged=lines.charged,
        waterfall=lines,
    )


def _priors(product: Product, risk: Portfolio) -> Iterator[Evidence]:
    """The model's graded numbers, without those of classes that the risk has no item of."""
    classes = [name.removeprefix(f"{product.code}/") for name in risk.risk_class.names]
    for entry in evidence(product.model, "model"):
        parts = entry.name.split(".")
        if parts[1] != "classes" or parts[2] in classes:
            yield entry


def _agreement(simulated: Estimate, pure: Estimate) -> float:
    """Distance of the two engines in standard errors; 0 where there is nothing to compare."""
    return simulated.z_score(pure) if pure.exact and simulated.standard_error else 0.0


def _warnings(z: float, pure: Estimate, tail: Estimate, table: YearLossTable) -> Iterator[str]:
    n = table.n_years
    if not len(table) and pure.value > 0:
        yield f"no claim in {n:,} simulated years: simulated figures say nothing, take more years"
    if abs(z) > 4:
        few = n < DEFAULT_YEARS
        hint = f": {n:,} years may hold too few of its rare large losses" if few else ""
        yield f"the exact and the simulated pure premium differ by {z:.1f} standard errors{hint}"
    if tail.value < pure.value:
        known = "within its error" if tail.standard_error else "no tail year holds a loss of it"
        yield f"the share of the tail lies below the mean ({known}): the margin is negative"
    if not pure.exact:
        limited = np.isfinite(table.portfolio.terms.aggregate_limit).any()
        what, which = (
            ("the aggregate limit has", "what it cuts of the pure premium")
            if limited
            else ("these terms have", "the pure premium")
        )
        yield f"{what} no closed form: {which} is simulated"


def _receipt(product: Product, request: PriceRequest, reference: ReferenceLosses) -> Receipt:
    whole = plain(request)
    return Receipt(
        seed=request.simulation.seed,
        n_years=request.simulation.n_years,
        environment=environment(),
        digests={
            "product": digest(product),
            "reference": reference.digest,
            **{f"request{path}": leaf_digest(value) for path, value in leaves(whole)},
        },
    )


def leaf_digest(value: object) -> str:
    """16 characters for one leaf of a request; 8000000 and 8000000.0 are the same number, since
    JSON passes through languages that know only one kind."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_SEED
    return digest(float(value) if whole else value)[:16]  # type: ignore[arg-type]


def leaves(document: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every leaf of a JSON document with its pointer, in order."""
    if isinstance(document, dict) and document:
        for name, value in document.items():
            yield from leaves(value, path + pointer(name))
    elif isinstance(document, list) and document:
        for position, value in enumerate(document):
            yield from leaves(value, path + pointer(position))
    else:
        yield path, document
