"""The JSON Schema of terms of levels, with a product's own causes and the ranges filled in."""

from typing import Any

from techinsure.portfolio import LEVEL_LABELS
from techinsure.product import Product
from techinsure.quantities import LEAST_AMOUNT, MOST_AMOUNT
from techinsure.standard_levels import MOST_LEVELS

Schema = dict[str, Any]

_AMOUNT: Schema = {"type": "number", "minimum": LEAST_AMOUNT, "maximum": MOST_AMOUNT}
_ZERO_OR_AMOUNT: Schema = {"anyOf": [{"const": 0}, _AMOUNT]}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_YEARS: Schema = {"type": "number", "minimum": 0, "maximum": 1000}

RANGES: dict[str, dict[str, Schema]] = {
    "Amount": {"amount": _ZERO_OR_AMOUNT},
    "ShareOfLoss": {"share": _SHARE},
    "ShareOfSumInsured": {"share": _SHARE},
    "VanishingDeductible": {"start": _AMOUNT, "end": _AMOUNT},
    "Layer": {"attachment": _ZERO_OR_AMOUNT, "limit": _AMOUNT, "share": _SHARE},
    "LevelTerms": {
        "waiting": _YEARS,
        "extended_reporting": _YEARS,
        "retroactive": {"type": "number", "minimum": -100, "maximum": 100},
        "indemnity": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000},
        "insured_share": _SHARE,
    },
}
"""What the records of terms check of a single field, by record and field."""


def filled(levels: Schema, product: Product) -> Schema:
    """The schema of `levels`, without references, with labels, causes and ranges filled in."""
    whole: Schema = _ranged(levels)
    for option in whole["anyOf"]:
        if option["type"] == "array":
            option["maxItems"] = MOST_LEVELS
            parts = option["items"]["properties"]
            parts["by"] = {"enum": list(LEVEL_LABELS)}
            parts["causes"] = {**parts["causes"], "items": {"enum": list(product.model.causes)}}
            parts["terms"]["minProperties"] = 1
    return whole


def _ranged(node: Any) -> Any:
    """The schema with ranges; where `kind` tells records apart it is required."""
    if isinstance(node, list):
        return [_ranged(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    found = {name: _ranged(inner) for name, inner in node.items() if name != "discriminator"}
    for name, bounds in RANGES.get(str(node.get("title")), {}).items():
        if "properties" in node:
            found["properties"][name] = _bounded(node["properties"][name], bounds)
    if "oneOf" in found:
        for option in found["oneOf"]:
            option["required"] = ["kind", *option.get("required", [])]
    return found


def _bounded(field: Schema, bounds: Schema) -> Schema:
    """A field with its range; one that may be left open stays so."""
    said: Schema = {name: field[name] for name in ("title", "default") if name in field}
    if any(option.get("type") == "null" for option in field.get("anyOf", [])):
        return {**said, "anyOf": [bounds, {"type": "null"}]}
    return {**said, **bounds}
