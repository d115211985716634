"""The product's own prior and the experts side by side: a pool, and its weights after data."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.elicitation import Elicited, elicit
from techinsure.evidence.knowledge import Knowledge
from techinsure.evidence.mixtures import LONGEST_SOURCE, pooled
from techinsure.evidence.priors import Grade, Part, Prior
from techinsure.evidence.steps import Opinion
from techinsure.quantities import Floats

PRODUCT = "the product's own prior"


class Pool(NamedTuple):
    """Opinions as one mixture: part k of `prior` is of opinion `opinion[k]`, 0 being the product's
    own, of weight `product_weight`, and the experts following by name."""

    prior: Prior
    opinion: tuple[int, ...]
    elicited: Elicited | None
    product_weight: float


def pool_of(prior: Prior, known: Knowledge) -> Pool:
    """The product's `prior` and the experts; the prior alone where there are none.

    Raises `InvalidParameter` where they speak of another kind of number than the product's.
    """
    own = [] if is_held(prior) else [*parts_of(prior)]
    record, weight = known.elicitation, known.product_weight
    if record is None or weight is None:
        return Pool(prior, (0,) * len(own), None, 1.0)
    faults = list(_unfit(prior, known))
    if faults:
        raise InvalidParameter(faults)
    found = elicit(record)
    kept = [Part(weight=weight * p.weight, mean=p.mean, cv=p.cv) for p in own if weight > 0]
    fits = [Part(weight=(1 - weight) * fit.weight, mean=fit.mean, cv=fit.cv) for fit in found.fits]
    grade: Grade = prior.grade if weight > 0.5 else "D"
    beside = f"; with weight {weight:.0%} beside them, {prior.grade}: {prior.source}"
    source = found.prior.source + (beside if weight > 0 else "")
    whole = pooled(record.family, _to_one([*kept, *fits]), grade=grade,
                   source=source[:LONGEST_SOURCE], note=prior.note)  # fmt: skip
    return Pool(whole, (*(0 for _ in kept), *range(1, len(fits) + 1)), found, weight)


def opinions_of(pool: Pool, weights: Floats, robust: float = 0.0) -> tuple[Opinion, ...]:
    """Every opinion before and after; `weights` (n_parts,) of the pool's parts after all data,
    `robust` the share that none of them had beforehand."""
    if pool.elicited is None:
        return ()
    product, *experts = [
        math.fsum(w for w, of in zip(weights.tolist(), pool.opinion, strict=True) if of == place)
        for place in range(len(pool.elicited.fits) + 1)
    ]
    found, share = [], 1 - robust
    if pool.product_weight > 0:
        own = [p for p, of in zip(pool.prior.parts, pool.opinion, strict=True) if of == 0]
        law = pooled(pool.prior.family, _to_one(own), grade="D", source=PRODUCT)
        found.append(Opinion(name=PRODUCT, before=share * pool.product_weight,
                             after=product, mean=law.mean, cv=law.cv))  # fmt: skip
    for fit, weight in zip(pool.elicited.fits, experts, strict=True):
        found.append(Opinion(
            name=fit.expert, before=share * (1 - pool.product_weight) * fit.weight,
            after=weight, mean=fit.mean, cv=fit.cv, misfit=fit.misfit, notes=fit.notes,
        ))  # fmt: skip
    return tuple(found)


def is_held(prior: Prior) -> bool:
    """Whether the product holds it at its value: no law that could be an opinion or learn."""
    return prior.family == "point" or (prior.cv == 0 and not prior.parts)


def parts_of(prior: Prior) -> tuple[Part, ...]:
    """Its parts; the prior itself where it is one law."""
    return prior.parts or (Part(weight=1.0, mean=prior.mean, cv=prior.cv),)


def _to_one(parts: list[Part]) -> list[Part]:
    total = math.fsum(part.weight for part in parts)
    return [replace(part, weight=part.weight / total) for part in parts]


def _unfit(prior: Prior, known: Knowledge) -> Iterator[Fault]:
    if prior.family != "point" and known.family != prior.family:
        bound = f"must be {prior.family}, as the product has it"
        fix = "ask for quantiles of what the product needs"
        yield Fault("family", known.family, bound, fix)
    if known.product_weight and is_held(prior):
        bound, fix = "must be 0 where the product holds its value", "put the experts in its place"
        yield Fault("product_weight", known.product_weight, bound, fix)
