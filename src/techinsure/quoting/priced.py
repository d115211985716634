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
from techinsure.exact.annual import AnnualLaw
from techinsure.losses import measures
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.pricing.waterfall import PURE, RISK_STEPS
from techinsure.product import Evidence, Product, evidence
from techinsure.quantities import Estimate, Floats
from techinsure.quotes import Agreement, Margin, PriceRequest, Quote, Range
from techinsure.quotes.level_words import in_words
from techinsure.quoting.breakdown import breakdown
from techinsure.quoting.charging import (
    Costs,
    by_principles,
    charge,
    charged,
    claim_probability,
    flags,
    payout,
    risk_costs,
    total,
)
from techinsure.quoting.closed_form import law_of
from techinsure.quoting.drivers import drivers
from techinsure.quoting.engines import agreements
from techinsure.quoting.margin import (
    WORLDS,
    ReferenceLosses,
    Share,
    Surroundings,
    reference_digest,
    reference_losses,
)
from techinsure.quoting.options import Asked, alternatives
from techinsure.quoting.over_time import over_time
from techinsure.quoting.payable import payable, unpaid
from techinsure.quoting.rating import applied, applied_terms, class_of, rate
from techinsure.quoting.tolerated import tolerated
from techinsure.reading import pointer, read
from techinsure.receipt import Receipt, digest, environment, plain
from techinsure.schedule import Schedule
from techinsure.simulation import (
    DEFAULT_YEARS,
    LARGEST_SEED,
    Simulation,
    cohort_blocks,
    simulate_listed,
)
from techinsure.tolerance import Tolerance

MOST_APART = 4.0
"""Standard errors between the two engines above which a quote warns."""

FIGURES = {
    "mean": "pure premium",
    "claim_probability": "probability of a claim",
    "var_995": "VaR 99.5%",
    "tvar_995": "TVaR 99.5%",
}
"""What a warning calls what both engines know."""

RANGE_LEVELS, RANGE_YEARS = (0.05, 0.95), 4096
"""The range of expected claims that parameters leave open, and the draws it is read from."""


def price(
    request: PriceRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    reference: ReferenceLosses | None = None,
) -> Quote:
    """Price one request with the products of `catalogue` (default: the shipped ones).

    `reference`: annual losses of the product's reference portfolio for this seed and number of
    years, if the caller has them; else they are simulated (and always where the request names a
    tolerance instead of years). Raises `InvalidParameter` with a
    pointer for each fault, `NotFound` for a product that does not exist.
    """
    request = request if isinstance(request, PriceRequest) else read(PriceRequest, request)
    shelf = (catalogue or shipped()).product(request.product)
    product = learnt(shelf, request)
    rated = rate(product, request)
    risk, run = rated.portfolio, request.simulation
    reached = None
    if request.tolerance is not None:
        reached, reference = tolerated(product, risk, run, request.tolerance), None
        run = replace(run, n_years=reached.years)
    risk_class = class_of(product, risk)
    if reference is None:
        reference = reference_losses(product, risk_class, seed=run.seed, n_years=run.n_years)
    wanted = (run.seed, run.n_years, reference_digest(product, risk_class))
    if (reference.seed, reference.n_years, reference.digest) != wanted:
        bound = f"must be of seed {run.seed}, {run.n_years} years and class {risk_class!r}"
        raise InvalidParameter([Fault("reference", reference.seed, bound)])
    own = () if request.experience is None else updates(shelf, request.experience)
    found = quote(product, own, request, rated, reference, run)
    return found if reached is None else _with_tolerance(found, reached)


def _with_tolerance(found: Quote, reached: Tolerance) -> Quote:
    """The quote with the run that its tolerance led to, and a warning where the cap bit."""
    if reached.reached:
        return replace(found, tolerance=reached)
    said = f"{reached}; the cap of {reached.cap:,} years was reached first"
    return replace(found, tolerance=reached, warnings=(*found.warnings, said))


def learnt(product: Product, request: PriceRequest) -> Product:
    """The product with the request's own data in its priors."""
    return product if request.experience is None else with_experience(product, request.experience)


def quote(  # long: a field of the quote a line
    product: Product,
    own: tuple[Update, ...],
    request: PriceRequest,
    rated: Schedule,
    around: Surroundings,
    run: Simulation,
) -> Quote:
    """The quote of a rated risk in its surroundings, both simulated as `run` says; `own`: what own
    data made of the priors."""
    risk, unit = rated.portfolio, product.currency
    models = {product.code: product.model}
    listed = simulate_listed(risk, models, seed=run.seed, n_years=run.n_years)
    table = listed.table
    annual = table.annual()
    simulated = measures.mean(annual, unit=unit)
    law = law_of(product.model, risk)
    found = around.share(product, risk, mean=None if law is None else law.mean)
    costs = risk_costs(product, risk, table, run, found, law)
    premium = charged(product, costs, found.basis)
    asked = Asked(
        request=replace(request, simulation=run),
        pure=total(costs, PURE),
        charged=charge(product, total(costs, RISK_STEPS)),
    )
    pure = premium.pure
    engines = tuple(agreements(law, pure, table, unit))
    due = payable(product, request, premium, risk, table)
    beside, unshown = over_time(product, request.discount, premium, costs, table, run)
    insured_sum = float(risk.sum_insured.sum())
    factors = tuple(applied(product, rated))
    risk_class = class_of(product, risk)
    return Quote(
        product=product.code,
        product_version=product.version,
        title=product.title,
        insured=request.insured.name,
        currency=unit,
        sum_insured=insured_sum,
        term_months=float(np.round(risk.term.max() * 12, 9)),
        premium=premium,
        payable=due,
        rate=premium.charged.scaled(1 / insured_sum, unit="of sum insured"),
        claim_probability=claim_probability(product, risk, table, law),
        expected_claims=measures.mean(table.claim_counts(), unit="claims"),
        payout_1_in_20=payout(law, table, 0.95),
        payout_1_in_200=payout(law, table, 0.995),
        pure_range=_pure_range(product, run.seed, risk),
        simulated_pure=simulated,
        z_score=next((one.z_score for one in engines if one.name == "mean"), 0.0),
        engines=engines,
        tolerance=None,
        breakdown=tuple(breakdown(table)),
        principles=tuple(by_principles(product, request.principles, law, table)),
        margin=_margin(product, _tail(law, annual, product), costs, found, around.n_items),
        factors=factors,
        assumed=tuple(sorted({f.name for f in factors if f.assumed})),
        terms=applied_terms(product, request, risk_class),
        order_of_terms=cover.order_of(risk),
        terms_by_level=tuple(in_words(risk.terms.levels)),
        over_time=beside,
        evidence=tuple(_priors(product, risk)),
        updates=own,
        warnings=(
            *_warnings(engines, pure, found.tail, table),
            *listed.warnings(),
            *flags(product, premium),
            *unpaid(due),
            *unshown,
        ),
        drivers=drivers(product, asked, around) if request.drivers else None,
        alternatives=alternatives(product, asked, around),
        receipt=_receipt(product, request, around, run),
        request=request,
    )


def _margin(product: Product, alone: Estimate, costs: Costs, found: Share, n_items: int) -> Margin:
    pure = total(costs, PURE)
    capital = {world: found.capital(world) for world in WORLDS}
    return Margin(
        rate=product.capital.rate,
        level=product.capital.level,
        tail=found.tail,
        basis=found.basis,
        reference_items=n_items,
        capital={world: part.estimate(product.currency) for world, part in capital.items()},
        stand_alone_tvar=alone,
        stand_alone_capital=_less(alone, pure.estimate(product.currency)),
    )


def _pure_range(product: Product, seed: int, risk: Portfolio) -> Range | None:
    """Where expected claims lie when parameters and common factors are drawn, not averaged."""
    items = np.arange(risk.n_items, dtype=np.int32)
    blocks = cohort_blocks(seed, RANGE_YEARS)
    try:
        given = np.concatenate(
            [exact.conditional_mean(product.model, risk, items, b).sum(axis=0) for b in blocks]
        )
    except Undefined:
        return None
    low, high = (measures.var(given, level, unit=product.currency) for level in RANGE_LEVELS)
    return Range(low=low, high=high, levels=RANGE_LEVELS)


def _tail(law: AnnualLaw | None, annual: Floats, product: Product) -> Estimate:
    """The TVaR of the policy alone, exact where the terms have a law."""
    level, unit = product.capital.level, product.currency
    if law is None:
        return measures.tvar(annual, level, unit=unit)
    return law.estimate(lambda one: one.tvar(level), unit)


def _less(tail: Estimate, pure: Estimate) -> Estimate:
    error = float(np.hypot(tail.standard_error or 0.0, pure.standard_error or 0.0))
    return Estimate(value=tail.value - pure.value, standard_error=error, unit=tail.unit)


def _priors(product: Product, risk: Portfolio) -> Iterator[Evidence]:
    """The model's graded numbers, without those of classes that the risk has no item of."""
    classes = [name.removeprefix(f"{product.code}/") for name in risk.risk_class.names]
    for entry in evidence(product.model, "model"):
        parts = entry.name.split(".")
        if parts[1] != "classes" or parts[2] in classes:
            yield entry


def _warnings(
    engines: tuple[Agreement, ...], pure: Estimate, tail: Estimate, table: YearLossTable
) -> Iterator[str]:
    n = table.n_years
    if not len(table) and pure.value > 0:
        yield f"no claim in {n:,} simulated years: simulated figures say nothing, take more years"
    for one in engines:
        if abs(one.z_score) > MOST_APART:
            few = n < DEFAULT_YEARS
            hint = f": {n:,} years may hold too few of its rare large losses" if few else ""
            yield (
                f"the exact and the simulated {FIGURES[one.name]} differ by {one.z_score:.1f} "
                f"standard errors{hint}"
            )
    if tail.value < pure.value:
        known = "within its error" if tail.standard_error else "no tail year holds a loss of it"
        yield f"the share of the tail lies below the mean ({known}): the margin is negative"
    if not pure.exact:
        terms = table.portfolio.terms
        what, which = ("these terms have", "the pure premium")
        if terms.levels:
            what = "terms of levels, which are of sums of losses, have"
        elif np.isfinite(terms.aggregate_limit).any():
            what, which = "the aggregate limit has", "what it cuts of the pure premium"
        yield f"{what} no closed form: {which} is simulated"


def _receipt(
    product: Product, request: PriceRequest, around: Surroundings, run: Simulation
) -> Receipt:
    whole = plain(request)
    return Receipt(
        seed=run.seed,
        n_years=run.n_years,
        environment=environment(),
        digests={
            "product": digest(product),
            "reference": around.digest,
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
