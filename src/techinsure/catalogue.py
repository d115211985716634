"""Products as data: `product.toml` files into `Product`s, or an error naming file and key."""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import CatalogueError, Fault, InvalidParameter, NotFound
from techinsure.evidence import Prior
from techinsure.evidence.class_pools import ClassPool, learn_together
from techinsure.evidence.experience import Experience
from techinsure.evidence.knowledge import Knowledge
from techinsure.evidence.observed import Amounts, Observation
from techinsure.evidence.stepwise import learn
from techinsure.evidence.updating import Update
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

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of risk that it holds: every product, and each class of it (`rd_loss/chip`)."""
        return tuple(
            kind
            for code, product in self.products.items()
            for kind in (code, *(f"{code}/{name}" for name in product.model.classes))
        )


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
    """What experts, analogues and own data make of each parameter of the product that they speak
    of, in the order of the document.

    Raises `NotFound` for a parameter that the product does not have, with the nearest one.
    """
    return _updates(_Asked(digests=(digest(product), digest(experience)),
                           product=product, experience=experience))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question that is known by its digests."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    digests: tuple[str, str]
    product: Product = field(compare=False)
    experience: Experience = field(compare=False)


@lru_cache(maxsize=32)
def _updates(asked: _Asked) -> tuple[Update, ...]:
    product, experience = asked.product, asked.experience
    known = [one.name for one in evidence(product) if isinstance(at(product, one.name), Prior)]
    for parameter in experience.parameters:
        if parameter not in known:
            raise NotFound("parameter", parameter, known, nearest(parameter, known))
    pooled = {
        one.parameter: one
        for pool in experience.together
        for one in _learnt_together(product, pool, experience)
    }
    return tuple(
        pooled.get(parameter) or _learnt(product, parameter, experience)
        for parameter in experience.parameters
    )


def _learnt(product: Product, parameter: str, experience: Experience) -> Update:
    """One parameter alone."""
    prior = at(product, parameter)
    assert isinstance(prior, Prior)
    own, beside = experience.own(parameter), experience.known(parameter)
    try:
        _require_role(product, parameter, own, beside)
        found = learn(prior, parameter, beside, own, experience)
        put(product, parameter, found.posterior)
    except InvalidParameter as error:
        raise InvalidParameter(
            f._replace(pointer=_place(experience, parameter, f)) for f in error.faults
        ) from None
    return found


def _learnt_together(
    product: Product, pool: ClassPool, experience: Experience
) -> tuple[Update, ...]:
    """The parameters of a pool of classes."""
    priors = [at(product, name) for name in pool.parameters]
    seen = [experience.own(name) for name in pool.parameters]
    try:
        for name, own in zip(pool.parameters, seen, strict=True):
            _require_role(product, name, own, None)
            if own is None and name.rpartition(".")[2] in product.model.amounts:
                bound = "must be a rate or a probability"
                raise InvalidParameter([Fault("parameters", name, bound)])
        return learn_together(
            pool,
            [prior for prior in priors if isinstance(prior, Prior)],
            [one if isinstance(one, Observation) else None for one in seen],
            experience,
        )
    except InvalidParameter as error:
        place = f"/experience/together/{experience.together.index(pool)}"
        raise InvalidParameter(f._replace(pointer=place) for f in error.faults) from None


def _place(experience: Experience, parameter: str, fault: Fault) -> str:
    """Where in the document the entry stands that is at fault: that of knowledge where there is
    one, unless the fault names the own data."""
    own, beside = experience.own(parameter), experience.known(parameter)
    named = fault.field == "parameter" or fault.field.startswith(parameter)
    if beside is not None and (own is None or not named):
        return f"/experience/knowledge/{experience.knowledge.index(beside)}"
    if isinstance(own, Observation):
        return f"/experience/observations/{experience.observations.index(own)}"
    assert own is not None
    return f"/experience/amounts/{experience.amounts.index(own)}"


def _require_role(
    product: Product, parameter: str, own: Observation | Amounts | None, beside: Knowledge | None
) -> None:
    """Counts move rates and probabilities, settled values the laws of single losses."""
    of_amounts = parameter.rpartition(".")[2] in product.model.amounts
    if own is not None and of_amounts != isinstance(own, Amounts):
        bound, fix = (
            ("must be a rate or a probability", "it is the law of single losses: use `amounts`")
            if of_amounts
            else ("must be the law of single losses", "counts go under `observations`")
        )
        raise InvalidParameter([Fault("parameter", parameter, bound, fix)])
    if of_amounts and beside is not None and (beside.analogues or beside.robust is not None):
        bound = "must have neither analogues nor a robust share"
        fix = "it is the law of single losses, which counts do not move: ask experts, or `amounts`"
        raise InvalidParameter([Fault("knowledge", parameter, bound, fix)])


def with_experience(product: Product, experience: Experience) -> Product:
    """The product with posteriors in place of the priors that experts, analogues and own data
    speak of; its version names the document. Everything else prices as before."""
    for found in updates(product, experience):
        product = put(product, found.parameter, found.posterior)
    return put(product, "version", f"{product.version}+{experience.digest[:8]}")


def product_digest(product: Product) -> str:
    """SHA-256 of all that a product says."""
    return digest(product)
