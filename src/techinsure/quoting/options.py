"""Other deductibles, limits, covers or factors of one risk beside it, on the same random numbers.

What an option and the risk as asked for have in common cancels in their difference, which so has a
far smaller error than either price.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.paired import Paired
from techinsure.product import Product
from techinsure.quantities import FORBID
from techinsure.quotes import Alternative, Option, PriceRequest
from techinsure.quoting.charging import claim_probability, payout, premium_of
from techinsure.quoting.closed_form import law_of
from techinsure.quoting.margin import Surroundings
from techinsure.quoting.rating import LISTS, rate
from techinsure.reading import pointer
from techinsure.simulation import simulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The risk as asked for: its expected claims and what is charged for it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    request: PriceRequest
    pure: Paired
    charged: Paired


def alternatives(product: Product, asked: Asked, around: Surroundings) -> tuple[Alternative, ...]:
    """Each option of the request priced, with its difference to the risk as asked for.

    Raises `InvalidParameter` with pointers into the options for every fault of any of them.
    """
    faults, found = list[Fault](), list[Alternative]()
    for place, option in enumerate(asked.request.options):
        try:
            found.append(_alternative(product, asked, option, around))
        except InvalidParameter as error:
            at = pointer("options", place)
            faults += [
                fault._replace(pointer=at + of_option(fault.pointer)) for fault in error.faults
            ]
    if faults:
        raise InvalidParameter(faults)
    return tuple(found)


def of_option(pointer: str) -> str:
    """Where an option has what the whole request has at `pointer`: factors and stage of the
    insured are its own members."""
    return pointer.removeprefix("/insured") if pointer.startswith(MOVED) else pointer


MOVED = ("/insured/factors", "/insured/stage")
"""What an option writes without the insured around it."""


def with_option(product: Product, request: PriceRequest, option: Option) -> PriceRequest:
    """The request as the option changes it: terms, insured's factors and members of the exposure
    replaced by name, levels as a whole. A factor is set for every entry of the exposure's list as
    well."""
    exposure = {**request.exposure, **option.exposure}
    inner = LISTS.get(product.model.kind, "")
    if option.factors and isinstance(exposure.get(inner), list):
        exposure[inner] = [_with_factors(entry, option.factors) for entry in exposure[inner]]
    insured = replace(
        request.insured,
        stage=request.insured.stage if option.stage is None else option.stage,
        factors={**request.insured.factors, **option.factors},
    )
    return replace(
        request,
        exposure=exposure,
        terms={**request.terms, **option.terms},
        insured=insured,
        options=(),
        levels=request.levels if option.levels is None else option.levels,
    )


def _with_factors(entry: object, factors: Mapping[str, str]) -> object:
    if not isinstance(entry, Mapping):
        return entry
    own = entry.get("factors", {})
    given = {name: level for name, level in factors.items() if name in own}
    return {**entry, "factors": {**own, **given}} if given else entry


def _alternative(
    product: Product, asked: Asked, option: Option, around: Surroundings
) -> Alternative:
    request = with_option(product, asked.request, option)
    risk, run, unit = rate(product, request).portfolio, request.simulation, product.currency
    table = simulate(risk, {product.code: product.model}, seed=run.seed, n_years=run.n_years)
    pure, premium = premium_of(product, risk, run, around, table)
    law = law_of(product.model, risk)
    return Alternative(
        name=option.name,
        charged=premium.estimate(unit),
        difference=(premium - asked.charged).estimate(unit),
        pure=pure.estimate(unit),
        pure_difference=(pure - asked.pure).estimate(unit),
        sum_insured=float(risk.sum_insured.sum()),
        claim_probability=claim_probability(product, risk, table, law),
        payout_1_in_200=payout(law, table, 0.995),
    )
