"""What each factor and term of a request adds to its price, on the same random numbers.

They are applied one after another, terms first and factors as the product lists them; what the
clip of combined relativities takes away falls on the factor that meets it.
"""

from collections.abc import Iterator
from dataclasses import replace

from techinsure.losses.paired import Paired
from techinsure.product import Factor, Level, Product
from techinsure.quotes import Driver, Drivers, PriceRequest
from techinsure.quoting.charging import premium_of
from techinsure.quoting.margin import Surroundings
from techinsure.quoting.options import Asked
from techinsure.quoting.rating import rate
from techinsure.schedule import Schedule


def drivers(product: Product, asked: Asked, around: Surroundings) -> Drivers:
    """From the base premium to what is charged, a difference a step.

    The base is the same exposure with relativities of 1 known exactly and the product's default
    form and terms; the reference portfolio around the risk stays as it is.
    """
    request, unit = asked.request, product.currency
    rated = rate(product, request)
    steps = [*_steps(product, request, rated)]
    base = last = _charged(replace(product, factors=_flat(product, product.factors)),
                           replace(request, terms={}, levels=None), around)  # fmt: skip
    parts = []
    for place, (name, level, variant, asks) in enumerate(steps):
        final = place == len(steps) - 1
        now = asked.charged if final else _charged(variant, asks, around)
        added = (now - last).estimate(unit)
        parts.append(Driver(name=name, level=level, contribution=added))
        last = now
    return Drivers(
        base=(base if steps else asked.charged).estimate(unit),
        parts=tuple(parts),
        charged=asked.charged.estimate(unit),
    )


Variant = tuple[str, str, Product, PriceRequest]


def _steps(product: Product, request: PriceRequest, rated: Schedule) -> Iterator[Variant]:
    """(name, level, product, request) of each thing applied, on top of those before."""
    moving = {
        name: factor
        for name, factor in product.factors.items()
        if any(_moves(factor.levels[level]) for level in set(rated.levels[name]))
    }
    flat = _flat(product, product.factors)
    if request.terms:
        shown = ", ".join(f"{name} {value}" for name, value in request.terms.items())
        yield "terms", shown, replace(product, factors=flat), replace(request, levels=None)
    if request.levels is not None:
        shown = ", ".join(level.name for level in request.levels) or "none"
        yield "levels", shown, replace(product, factors=flat), request
    applied = dict(flat)
    for name, factor in moving.items():
        applied = {**applied, name: factor}
        level = ", ".join(dict.fromkeys(rated.levels[name]))
        yield name, level, replace(product, factors=applied), request


def _moves(level: Level) -> bool:
    return level.error > 0 or any(relativity != 1 for relativity in level.on.values())


def _flat(product: Product, factors: dict[str, Factor]) -> dict[str, Factor]:
    """The factors with relativities of 1, known exactly."""
    return {
        name: replace(factor, levels={
            level: replace(one, on=dict.fromkeys(one.on, 1.0), error=0.0)
            for level, one in factor.levels.items()
        })
        for name, factor in factors.items()
    }  # fmt: skip


def _charged(product: Product, request: PriceRequest, around: Surroundings) -> Paired:
    risk = rate(product, request).portfolio
    return premium_of(product, risk, request.simulation, around)[1]
