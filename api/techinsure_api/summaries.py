"""A product in a few lines, for lists: what it is and how good its evidence is."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.catalogue import product_digest
from techinsure.evidence.priors import GRADES
from techinsure.product import Product, evidence
from techinsure.quantities import FORBID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSummary:
    """A product in the list. `grades`: how many of its numbers rest on evidence of each grade
    (A own claims, B market data, C analogue, D expert opinion)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    code: str
    version: str
    digest: str
    title: dict[str, str]
    summary: dict[str, str]
    currency: str
    exposure_base: dict[str, str]
    parameters: int
    grades: dict[str, int]


def summary(product: Product) -> dict[str, Any]:
    """The fields of a `ProductSummary`."""
    grades = Counter(number.grade for number in evidence(product))
    return {
        "code": product.code,
        "version": product.version,
        "digest": product_digest(product),
        "title": product.title,
        "summary": product.summary,
        "currency": product.currency,
        "exposure_base": product.exposure_base,
        "parameters": grades.total(),
        "grades": {grade: grades[grade] for grade in GRADES},
    }
