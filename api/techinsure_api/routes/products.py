"""The catalogue: what is insured, and with which evidence."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.product import (
    Capital,
    Cover,
    Evidence,
    Factor,
    Form,
    Loading,
    Term,
    evidence,
)
from techinsure.quantities import FORBID
from techinsure.receipt import plain
from techinsure_api.documented import problems
from techinsure_api.schemas import input_schema
from techinsure_api.summaries import ProductSummary, summary

router = APIRouter(prefix="/v1/products", tags=["products"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductList:
    """The products of the catalogue, by code."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    products: tuple[ProductSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDetail:
    """A product with the evidence for every number, the JSON Schema of its price requests and
    an `example` that prices. `priors` are the parameters of its loss model."""

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
    model: str
    classes: dict[str, dict[str, str]]
    priors: tuple[Evidence, ...]
    factors: dict[str, Factor]
    factor_clip: tuple[float, float]
    forms: dict[str, Form]
    terms: dict[str, Term]
    covers: dict[str, Cover]
    loadings: dict[str, Loading]
    capital: Capital
    input_schema: dict[str, Any]
    example: dict[str, Any]


@router.get("", response_model=ProductList, responses=problems("catalogue_fault"))
def list_products(catalogue: CatalogueDep) -> JSONResponse:
    """All products, with the number of their parameters by grade of evidence."""
    listed = tuple(ProductSummary(**summary(product)) for product in catalogue.products.values())
    return JSONResponse(plain(ProductList(products=listed)))


@router.get("/{code}", response_model=ProductDetail, responses=problems("not_found"))
def get_product(code: str, catalogue: CatalogueDep) -> JSONResponse:
    """One product: priors, factors, terms, covers and loadings with source and grade, the
    schema of its price requests, and an example that prices."""
    product = catalogue.product(code)
    detail = ProductDetail(
        **summary(product),
        model=product.model.kind,
        classes={name: kind.title for name, kind in product.model.classes.items()},
        priors=tuple(evidence(product.model, "model")),
        factors=product.factors,
        factor_clip=product.factor_clip,
        forms=product.forms,
        terms=product.terms,
        covers=product.covers,
        loadings=product.loadings,
        capital=product.capital,
        input_schema=input_schema(product),
        example=product.example,
    )
    return JSONResponse(plain(detail))
