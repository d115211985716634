"""Products as data: `product.toml` files into `Product`s, or an error naming file and key."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import CatalogueError, Fault, InvalidParameter, NotFound
from techinsure.evidence import Prior
from techinsure.evidence.experience import Amounts, Experience, Observation
from techinsure.evidence.updating import Update, update
from techinsure.product import Product, at, evidence, put
from techinsure.quantities import FORBID, nearest
from techinsure.reading import read
from techinsure.receipt import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Products by code."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    products: dict[str, Product]

    def product(self, code: str) -> Product:
        """The product of that code, or `NotFound` with the nearest guess."""
        if code not in self.products:
            raise NotFound("product", code, self.products, nearest(code, self.products))
        return self.products[code]


def folder() -> Path:
    """Where the shipped products are: in the wheel, or beside `pyproject.toml` in a checkout."""
    installed = Path(str(files("techinsure"))) / "products"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / "products").is_dir():
        return checkout / "products"
    raise NotFound("catalogue folder", str(installed), [], "")


def load_product(file: Path) -> Product:
    """One product file as a `Product`, or `CatalogueError` naming the file and every key."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault("file", file.name, f"must be UTF-8 TOML: {error}")
        raise CatalogueError(str(file), [fault]) from None
    try:
        product = read(Product, data)
    except InvalidParameter as error:
        raise CatalogueError(str(file), error.faults) from None
    if product.code != file.parent.name:
        fault = Fault("code", product.code, f"must be the folder's name {file.parent.name!r}")
        raise CatalogueError(str(file), [fault])
    return product


def load(where: Path | None = None) -> Catalogue:
    """All products of a folder (default: the shipped ones), in order of code."""
    found = sorted((where or folder()).glob("*/product.toml"))
    return Catalogue(products={file.parent.name: load_product(file) for file in found})


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    """The shipped catalogue, read once."""
    return load()


def updates(product: Product, experience: Experience) -> tuple[Update, ...]:
    """What own data make of each parameter of the product that they speak of.

    Raises `NotFound` for a parameter that the product does not have, with the nearest one.
    """
    known = [one.name for one in evidence(product) if isinstance(at(product, one.name), Prior)]
    found = []
    for place, seen in enumerate(experience.entries):
        if seen.parameter not in known:
            guess = nearest(seen.parameter, known)
            raise NotFound("parameter", seen.parameter, known, guess)
        prior = at(product, seen.parameter)
        assert isinstance(prior, Prior)
        try:
            _require_role(product, seen)
            found.append(update(prior, seen, experience))
        except InvalidParameter as error:
            n = len(experience.observations)
            at_ = f"/observations/{place}" if place < n else f"/amounts/{place - n}"
            raise InvalidParameter(
                f._replace(pointer=f"/experience{at_}") for f in error.faults
            ) from None
    return tuple(found)


def _require_role(product: Product, seen: Observation | Amounts) -> None:
    """Counts move rates and probabilities, settled values the laws of single losses."""
    of_amounts = seen.parameter.rpartition(".")[2] in product.model.amounts
    if of_amounts != isinstance(seen, Amounts):
        bound, fix = (
            ("must be a rate or a probability", "it is the law of single losses: use `amounts`")
            if of_amounts
            else ("must be the law of single losses", "counts go under `observations`")
        )
        raise InvalidParameter([Fault("parameter", seen.parameter, bound, fix)])


def with_experience(product: Product, experience: Experience) -> Product:
    """The product with posteriors in place of the priors that own data speak of; its version
    names the data. Everything else prices as before."""
    for found in updates(product, experience):
        product = put(product, found.parameter, found.posterior)
    return put(product, "version", f"{product.version}+{digest(experience)[:8]}")


def product_digest(product: Product) -> str:
    """SHA-256 of all that a product says."""
    return digest(product)
