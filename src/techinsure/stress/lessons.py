"""What a scenario teaches: own data of one more year, posteriors, and a price before and after."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from techinsure.catalogue import Catalogue, with_experience
from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.evidence.experience import Experience
from techinsure.evidence.observed import Observation, Seen
from techinsure.pooling.report import PoolReport
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.posterior import PosteriorRequest, posterior, rated, risk_of
from techinsure.product import Product
from techinsure.quantities import nearest
from techinsure.quotes import PriceRequest, Quote
from techinsure.quoting.in_pool import price_in_pool
from techinsure.reading import pointer, read
from techinsure.simulation import Simulation
from techinsure.stress.report import Learnt, Priced
from techinsure.stress.scenarios import Counted, Learning, Lesson, Scenario
from techinsure.stress.strikes import Positions, Struck, hit

OURS = ("product", "simulation", "experience", "tolerance")
"""What a scenario's risk may not bring: it is priced in the pool's years, with what is learnt."""


def posterior_requests(
    scenario: Scenario,
    portfolio: Portfolio,
    struck: Struck,
    run: Simulation,
    risks: Mapping[str, Mapping[str, Any]],
    catalogue: Catalogue,
    at: str = "",
) -> tuple[PosteriorRequest, ...]:
    """One for each product that something is learnt of; its risk in the years of `run`.

    Raises `InvalidParameter` with a pointer for each fault.
    """
    found, faults = list[PosteriorRequest](), list[Fault]()
    known = [learning.product for learning in scenario.learning]
    for name in risks:
        if name not in known:
            bound = f"must be a product that something is learnt of: {', '.join(known) or 'none'}"
            faults.append(Fault("risks", name, bound, "", pointer("risks", name)))
    for place, learning in enumerate(scenario.learning):
        where = at + pointer("learning", place)
        try:
            found.append(_request(scenario, learning, portfolio, struck, run, risks, catalogue,
                                  where))  # fmt: skip
        except InvalidParameter as error:
            faults += error.faults
    if faults:
        raise InvalidParameter(faults)
    return tuple(found)


def _request(
    scenario: Scenario, learning: Learning, portfolio: Portfolio, struck: Struck,
    run: Simulation, risks: Mapping[str, Mapping[str, Any]], catalogue: Catalogue, at: str,
) -> PosteriorRequest:  # fmt: skip
    product = _product(learning.product, catalogue, at)
    seen, faults = list[Observation](), list[Fault]()
    for place, lesson in enumerate(learning.lessons):
        try:
            seen.append(_observed(lesson, portfolio, struck, f"{at}/lessons/{place}"))
        except InvalidParameter as error:
            faults += error.faults
    given = risks.get(learning.product)
    where = f"{at}/risk" if given is None else pointer("risks", learning.product)
    risk = dict(given or learning.risk) or {
        name: value for name, value in product.example.items() if name not in OURS
    }
    for name in OURS:
        if name in risk:
            fix = "take it out"
            bound = "must not stand in the risk: the pool's years and what is learnt are used"
            faults.append(Fault(name, "...", bound, fix, f"{where}/{name}"))
    if faults:
        raise InvalidParameter(faults)
    risk = {"drivers": False, **risk, "simulation": {"n_years": run.n_years, "seed": run.seed}}
    try:
        experience = Experience(name=scenario.name, observations=tuple(seen))
        request = PosteriorRequest(product=product.code, experience=experience, risk=risk)
        rated(with_experience(product, experience), risk_of(product, request))
    except InvalidParameter as error:
        raise InvalidParameter(_placed(fault, at, where) for fault in error.faults) from None
    except NotFound as error:
        place = [one.parameter for one in learning.lessons].index(error.name)
        fix = f"did you mean {error.nearest!r}?" if error.nearest else ""
        here = f"{at}/lessons/{place}/parameter"
        bound = "must be a parameter of the product"
        raise InvalidParameter([Fault("parameter", error.name, bound, fix, here)]) from None
    return request


def _product(name: str, catalogue: Catalogue, at: str) -> Product:
    if name not in catalogue.products:
        guess = nearest(name, catalogue.products)
        fix = f"did you mean {guess!r}?" if guess else ""
        bound = f"must be one of {', '.join(catalogue.products)}"
        raise InvalidParameter([Fault("product", name, bound, fix, f"{at}/product")])
    return catalogue.product(name)


def _placed(fault: Fault, at: str, risk: str) -> Fault:
    """A fault of the posterior's request at the lesson, or the risk, that it comes from."""
    if fault.pointer.startswith("/risk"):
        return fault._replace(pointer=risk + fault.pointer.removeprefix("/risk"))
    place = fault.pointer.removeprefix("/experience").replace("/observations", "/lessons")
    return fault._replace(pointer=at + place)


def _observed(lesson: Lesson, portfolio: Portfolio, struck: Struck, at: str) -> Observation:
    """The lesson as own data, counted in the pool where it is not stated."""
    events, exposure, trials = lesson.events, lesson.exposure, lesson.trials
    if lesson.counted is not None:
        items = hit(lesson.counted.hits, portfolio, f"{at}/counted/hits")
        base = _count(lesson.counted, portfolio, items)
        if lesson.counted.basis == "exposure":
            exposure = base
        else:
            trials = base
        if events is None:
            mine = items[np.isin(items, struck.rows.item)]
            events = float(len(_groups(lesson.counted, portfolio, mine)))
    assert events is not None
    if trials is not None and events > trials:
        bound = f"must be <= the trials, {trials:g}"
        raise InvalidParameter([Fault("events", events, bound, "", f"{at}/events")])
    seen = Seen(events=events, exposure=exposure, trials=trials)
    return Observation(parameter=lesson.parameter, seen=(seen,), source=lesson.source)


def _groups(counted: Counted, portfolio: Portfolio, items: Positions) -> dict[int, float]:
    """By group of `items` (an item without the label stands alone) the years of its longest
    term."""
    codes = portfolio.label(counted.per).codes.astype(np.int64)
    codes = np.where(codes == NOWHERE, -2 - np.arange(len(codes)), codes)
    longest: dict[int, float] = {}
    for item in items:
        code, term = int(codes[item]), float(portfolio.term[item])
        longest[code] = max(longest.get(code, 0.0), term)
    return longest


def _count(counted: Counted, portfolio: Portfolio, items: Positions) -> float:
    groups = _groups(counted, portfolio, items)
    return float(len(groups)) if counted.basis == "trials" else float(sum(groups.values()))


def learn(
    request: PosteriorRequest, catalogue: Catalogue, pool: PoolReport | None, workers: int = 1
) -> Learnt:
    """The posterior and the prices of one product's lessons; in `pool` as well, if given."""
    report = posterior(request, catalogue)
    inside: list[Priced | None] = [None, None]
    if pool is not None:
        risk = read(PriceRequest, {**request.risk, "product": request.product})
        after = replace(risk, experience=request.experience)
        inside = [
            _priced(price_in_pool(one, pool, catalogue, workers=workers)) for one in (risk, after)
        ]
    return Learnt(
        product=report.product, version=report.version, version_after=report.version_after,
        experience=request.experience, updates=report.updates, insured=report.before.insured,
        sum_insured=report.before.sum_insured, before=_priced(report.before),
        after=_priced(report.after), in_pool_before=inside[0], in_pool_after=inside[1],
    )  # fmt: skip


def within_noise(learnt: Learnt) -> Iterator[str]:
    """Each charged price whose change is smaller than twice its error, in words. The error is the
    root of the sum of squares of both: an upper guide where both rest on the same draws."""
    pairs = {
        "alone": (learnt.before, learnt.after),
        "in the pool": (learnt.in_pool_before, learnt.in_pool_after),
    }
    for where, (before, after) in pairs.items():
        if before is None or after is None:
            continue
        change = after.charged.value - before.charged.value
        errors = (before.charged.standard_error, after.charged.standard_error)
        error = math.hypot(*(one or 0.0 for one in errors))
        if abs(change) < 2 * error:
            yield (
                f"product {learnt.product!r}, {where}: the charged price changes by "
                f"{change:,.2f}, within twice its error of {error:,.2f} (root of the sum of "
                "squares of both errors, an upper guide): it may be noise"
            )


def _priced(quote: Quote) -> Priced:
    return Priced(pure=quote.premium.pure, charged=quote.premium.charged, rate=quote.rate)
