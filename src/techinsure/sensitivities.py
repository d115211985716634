"""Which opinions a pure rate hangs on: means, spreads and relativities of grade D, moved."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure import exact
from techinsure.errors import InvalidParameter, Undefined
from techinsure.evidence import Prior
from techinsure.evidence.mixtures import pooled
from techinsure.portfolio import Portfolio
from techinsure.product import Product, at, evidence, put
from techinsure.quantities import FORBID
from techinsure.quotes import AppliedFactor, PriceRequest
from techinsure.quoting.rating import rate

MOVED = 0.10
"""By how much of itself, down and up, each mean and each relativity is moved."""
SPREAD = 0.25
"""The same of each coefficient of variation."""
UNMOVED = 1e-12
"""Relative changes of a rate below it are rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """The pure rate with an opinion moved down and up: a mean or a relativity by a tenth, a
    coefficient of variation by a quarter of itself. `mean` is the opinion's value as it is."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    mean: float
    lower: float
    higher: float
    source: str

    @property
    def width(self) -> float:
        """How far the rate moves between the two."""
        return abs(self.higher - self.lower)

    @property
    def shows(self) -> bool:
        """Whether the rates differ in the three digits that people are shown."""
        return f"{self.higher:.3g}" != f"{self.lower:.3g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivities:
    """Of a pure rate to opinions of grade D that move it, largest first; `held`: those that
    cannot be moved alone (shares that must sum to 1, a probability that would leave [0, 1])."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    means: tuple[Sensitivity, ...]
    spreads: tuple[Sensitivity, ...]
    relativities: tuple[Sensitivity, ...]
    held: tuple[str, ...]


def pure_rate(product: Product, portfolio: Portfolio) -> float | None:
    """Expected claims over the sum insured; None where the terms have no closed form."""
    items = np.arange(portfolio.n_items, dtype=np.int32)
    total = float(portfolio.sum_insured.sum())
    try:
        return float(exact.mean(product.model, portfolio, items).sum()) / total
    except Undefined:
        return None


def sensitivities(
    product: Product, risk: PriceRequest, factors: Iterable[AppliedFactor]
) -> Sensitivities:
    """Of the rate of one `risk`, rated by `factors`; nothing without a closed form."""
    portfolio = rate(product, risk).portfolio
    base = pure_rate(product, portfolio)
    if base is None:
        return Sensitivities(means=(), spreads=(), relativities=(), held=())

    held: list[str] = []
    means, spreads, relativities = (list[Sensitivity]() for _ in range(3))
    for path, prior in _opinions(product):

        def law(by: float, path: str = path, prior: Prior = prior) -> float | None:
            return pure_rate(put(product, path, _scaled(prior, by)), portfolio)

        def wider(by: float, path: str = path, prior: Prior = prior) -> float | None:
            return pure_rate(put(product, path, _spread(prior, by)), portfolio)

        means += _tried(path, prior.mean, prior.source, law, MOVED, held)
        if prior.family != "point" and prior.cv > 0:
            spreads += _tried(f"{path} cv", prior.cv, prior.source, wider, SPREAD, held)
    for path, factor in _relativities(product, factors):

        def other(by: float, path: str = path, was: float = factor.relativity) -> float | None:
            changed = put(product, path, was * by)
            return pure_rate(changed, rate(changed, risk).portfolio)

        relativities += _tried(path, factor.relativity, factor.source, other, MOVED, held)
    return Sensitivities(
        means=_by_width(means, base), spreads=_by_width(spreads, base),
        relativities=_by_width(relativities, base), held=tuple(held),
    )  # fmt: skip


def _opinions(product: Product) -> Iterator[tuple[str, Prior]]:
    """Priors of grade D of the loss model, by their path."""
    for entry in evidence(product.model, "model"):
        prior = at(product, entry.name)
        if isinstance(prior, Prior) and prior.grade == "D" and prior.mean > 0:
            yield entry.name, prior


def _relativities(
    product: Product, factors: Iterable[AppliedFactor]
) -> Iterator[tuple[str, AppliedFactor]]:
    """Relativities of grade D that the risk is rated by, by their path."""
    for one in factors:
        if one.grade == "D" and one.name in product.factors:
            yield f"factors.{one.name}.levels.{one.level}.on.{one.target}", one


def _tried(
    name: str, value: float, source: str, of: Callable[[float], float | None], by: float,
    held: list[str],
) -> Iterator[Sensitivity]:  # fmt: skip
    """The rate `of` the opinion times 1 - by and 1 + by, or its name among those `held`."""
    try:
        low, high = of(1 - by), of(1 + by)
    except InvalidParameter:
        held.append(name)
        return
    assert low is not None
    assert high is not None
    yield Sensitivity(parameter=name, mean=value, lower=low, higher=high, source=source)


def _by_width(found: list[Sensitivity], base: float) -> tuple[Sensitivity, ...]:
    """Those that move the rate, the largest first."""
    moving = [one for one in found if one.width > UNMOVED * base]
    return tuple(sorted(moving, key=lambda one: -one.width))


def _scaled(prior: Prior, by: float) -> Prior:
    """The prior with its mean, and so its standard deviation, times `by`."""
    parts = tuple(replace(part, mean=part.mean * by) for part in prior.parts)
    return replace(prior, mean=prior.mean * by, parts=parts)


def _spread(prior: Prior, by: float) -> Prior:
    """The prior, or the law of each of its parts, with its cv times `by` around the same mean."""
    if not prior.parts:
        return replace(prior, cv=prior.cv * by)
    parts = tuple(replace(part, cv=part.cv * by) for part in prior.parts)
    return pooled(prior.family, parts, grade=prior.grade, source=prior.source, note=prior.note)
