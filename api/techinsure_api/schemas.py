"""The JSON Schema of a price request, with a product's own names and ranges filled in.

What satisfies it is accepted, save where `CROSS_FIELD_RULES` says otherwise.
"""

from math import inf
from typing import Any

from techinsure.models import EXPOSURE_OF
from techinsure.pricing.principles.table import PRINCIPLES
from techinsure.product import UNKNOWN, Factor, Product, Term
from techinsure.quantities import LEAST_AMOUNT, LONGEST_NAME, MOST_AMOUNT
from techinsure.quotes import MOST_OPTIONS, PILOT_YEARS, PriceRequest
from techinsure.reading import adapter
from techinsure.simulation import LARGEST_SEED
from techinsure_api import level_schemas
from techinsure_api.work import FEWEST_YEARS, MOST_YEARS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

CROSS_FIELD_RULES = {
    "own_funds_within_budget": "own_funds <= budget",
    "amount_of_an_entry": "value x units, or sum_insured x patents, within the largest amount",
    "cover_of_the_class": "respin and loss_sum_insured only for classes that offer the cover",
    "options_of_the_risk": "an option changes something, has a name of its own, and makes a risk "
    "that prices",
    "levels_of_the_policy": "terms of a level name groups and labels of the insured objects, and "
    "make sense together",
    "experience_of_the_product": "own data name a parameter of the product and fit its law",
    "subsidy_of_the_policy": "a subsidy names a shipped scheme or holds one, and fits the policy",
    "parameter_of_a_principle": "within what the premium principle is defined for",
    "work": "insured objects x simulation.n_years within what the service computes at once",
}
"""What no schema of single fields can say."""

_MONTHS: Schema = {"minimum": 1, "maximum": 120}
_AMOUNT: Schema = {"minimum": LEAST_AMOUNT, "maximum": MOST_AMOUNT}
_ZERO_OR_AMOUNT: Schema = {"anyOf": [{"const": 0}, {"type": "number", **_AMOUNT}]}
_UNITS: Schema = {"minimum": 1, "maximum": 100_000}
_LABEL: Schema = {"maxLength": LONGEST_NAME, "pattern": r"^[^\u0000-\u001f]*$"}
_RUN: dict[str, Schema] = {
    "n_years": {"minimum": FEWEST_YEARS, "maximum": MOST_YEARS},
    "seed": {"minimum": 0, "maximum": LARGEST_SEED},
}

RANGES: dict[str, dict[str, Schema]] = {
    "Project": {
        "budget": _AMOUNT,
        "own_funds": _AMOUNT,
        "term_months": _MONTHS,
        "route": _LABEL,
        "sector": _LABEL,
    },
    "Site": {
        "items": {"minItems": 1},
        "term_months": _MONTHS,
        "park": _LABEL,
        "sector": _LABEL,
    },
    "Instrument": {"name": _LABEL, "value": _AMOUNT, "units": _UNITS},
    "Patents": {"groups": {"minItems": 1}, "term_months": _MONTHS, "sector": _LABEL},
    "Contract": {
        "price": _AMOUNT,
        "units": _UNITS,
        "term_months": _MONTHS,
        "route": _LABEL,
        "sector": _LABEL,
    },
    "Campaign": {
        "budget": _AMOUNT,
        "own_funds": _AMOUNT,
        "term_months": _MONTHS,
        "route": _LABEL,
        "sector": _LABEL,
    },
    "PatentGroup": {
        "patents": _UNITS,
        "family": _LABEL,
        "sum_insured": _AMOUNT,
        "loss_sum_insured": _ZERO_OR_AMOUNT,
    },
    "Insured": {"name": _LABEL},
    "PriceRequest": {"as_of": {"format": "date"}, "options": {"maxItems": MOST_OPTIONS}},
    "Discount": {
        "rate": {"minimum": -0.2, "maximum": 1},
        "source": {"minLength": 1, "maxLength": 600},
        "as_of": {"format": "date"},
    },
    "Simulation": _RUN,
    "ToleranceAsked": {
        "relative_error": {"minimum": 0.0001, "maximum": 0.9999},
        "most_years": {"minimum": max(FEWEST_YEARS, PILOT_YEARS), "maximum": MOST_YEARS},
    },
}
"""What records check of a single field, by record and field (tests hold them to it)."""


def input_schema(product: Product) -> Schema:
    """The schema of a request that prices `product`; self-contained, without references."""
    request = ranged(adapter(PriceRequest).json_schema())
    kind: Any = EXPOSURE_OF[product.model.kind]
    exposure = ranged(adapter(kind).json_schema())
    schema = _inlined({**request, "title": f"Price request of {product.code}"})
    parts: Schema = schema["properties"]
    parts["product"] = {"const": product.code}
    parts["exposure"] = _named(_inlined(exposure), product)
    parts["principles"] = _closed({name: {"type": "number"} for name in PRINCIPLES})
    option: Schema = parts["options"]["items"]["properties"]
    parts["levels"] = option["levels"] = level_schemas.filled(parts["levels"], product)
    option["exposure"] = _closed(parts["exposure"]["properties"])
    for place in (parts["insured"]["properties"], option):
        place["factors"] = _factors(product, without=("stage",))
        if "stage" in product.factors:
            place["stage"] = _level(product.factors["stage"])
    parts["terms"] = option["terms"] = _closed(
        {
            "form": {"enum": list(product.forms), "default": product.default_form},
            **{name: _term(term) for name, term in product.terms.items()},
        }
    )
    return {"$schema": DIALECT, **schema}


def ranged(schema: Schema) -> Schema:
    """`schema` with the ranges that its records check, in place."""
    for record in (schema, *schema.get("$defs", {}).values()):
        for name, bounds in RANGES.get(record.get("title", ""), {}).items():
            field = record["properties"][name]
            options = [option for option in field.get("anyOf", []) if option["type"] != "null"]
            for target in options or [field]:
                target.update(bounds)
    return schema


def _named(exposure: Schema, product: Product) -> Schema:
    """The exposure with the product's classes, phases and factors by name."""
    parts: Schema = exposure["properties"]
    phases = [phase.name for phase in getattr(product.model, "phases", ())]
    if phases:
        parts["entry_phase"]["enum"] = phases
    longest = getattr(product.model, "longest_term", inf)
    if longest < inf:
        parts["term_months"]["maximum"] = int(12 * longest)
    lists: list[Schema] = [part["items"] for part in parts.values() if "items" in part]
    for record in (exposure, *lists):
        place = record["properties"]
        if "risk_class" in place:
            given = place["risk_class"]
            given["enum"] = list(product.model.classes)
            if given.get("default") not in product.model.classes and given.pop("default", None):
                record["required"] = [*record.get("required", []), "risk_class"]
        if "factors" in place:
            place["factors"] = _factors(product)
    return exposure


def _factors(product: Product, without: tuple[str, ...] = ()) -> Schema:
    return _closed(
        {name: _level(factor) for name, factor in product.factors.items() if name not in without}
    )


def _level(factor: Factor) -> Schema:
    return {**_titled(factor.title), "enum": list(factor.levels), "default": UNKNOWN}


def _term(term: Term) -> Schema:
    default = {} if term.default is None else {"default": term.default}
    bounds = {"type": "number", "minimum": term.low, "maximum": term.high}
    return {**_titled(term.title), **bounds, **default, "description": term.unit}


def _titled(title: dict[str, str]) -> Schema:
    return {"title": " / ".join(title.values())} if title else {}


def _closed(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _inlined(schema: Schema) -> Schema:
    """`schema` with every reference replaced by what it refers to."""
    definitions = schema.get("$defs", {})

    def inlined(node: Any) -> Any:
        if isinstance(node, list):
            return [inlined(inner) for inner in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            rest = {name: value for name, value in node.items() if name != "$ref"}
            return inlined({**definitions[node["$ref"].rpartition("/")[2]], **rest})
        return {name: inlined(value) for name, value in node.items() if name != "$defs"}

    whole: Schema = inlined(schema)
    return whole
