"""Where a pool's losses come from: by product and cause, on average and in the tail."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.losses import measures
from techinsure.losses.kernels import annual_by
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import FORBID, Estimate, Floats

LEVEL = 0.995


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One cause of one product: its mean, and its Euler share of the TVaR 99.5 of all losses,
    currency units a year. Sources sum to the mean and to the TVaR."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    cause: str
    mean: Estimate
    tail: Estimate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correlations:
    """Pearson's correlation of annual losses and its standard error, (n_sources, n_sources)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    sources: tuple[tuple[str, str], ...]
    value: Floats
    standard_error: Floats


def by_source(table: YearLossTable) -> tuple[Source, ...]:
    """Every product and cause that has a loss, the largest mean first."""
    names, annual = _annual(table)
    if not names:
        return ()
    unit, weight = table.currency, table.weight
    tails = measures.co_tvar(annual, table.annual(), LEVEL, weight, unit=unit)
    found = [
        Source(product=product, cause=cause, mean=measures.mean(row, weight, unit=unit), tail=tail)
        for (product, cause), row, tail in zip(names, annual, tails, strict=True)
    ]
    return tuple(sorted(found, key=lambda source: -source.mean.value))


def correlations(table: YearLossTable) -> Correlations:
    """How annual losses of products and causes move together.

    Error: the influence of one year is z1 z2 - r (z1**2 + z2**2) / 2, z standardised losses, which
    assumes no law (Devlin, Gnanadesikan & Kettenring 1975, Biometrika 62); its sd over sqrt(n).
    """
    names, annual = _annual(table)
    spread = annual.std(axis=1) > 0 if len(names) else np.zeros(0, dtype=bool)
    names, annual = [n for n, varies in zip(names, spread, strict=True) if varies], annual[spread]
    z = annual - annual.mean(axis=1, keepdims=True)
    z /= np.sqrt((z**2).mean(axis=1, keepdims=True))
    n_sources, n_years = z.shape
    value, error = np.eye(n_sources), np.zeros((n_sources, n_sources))
    for one in range(n_sources):
        for other in range(one):
            r = float(np.clip((z[one] * z[other]).mean(), -1.0, 1.0))
            influence = z[one] * z[other] - r * (z[one] ** 2 + z[other] ** 2) / 2
            value[one, other] = value[other, one] = r
            error[one, other] = error[other, one] = influence.std() / np.sqrt(n_years)
    return Correlations(sources=tuple(names), value=value, standard_error=error)


def _annual(table: YearLossTable) -> tuple[list[tuple[str, str]], Floats]:
    """The products and causes with a loss, and (n_sources, n_years) their annual losses."""
    products, causes = table.portfolio.product.names, table.portfolio.causes
    source = table.portfolio.product.codes[table.item] * len(causes) + table.cause
    n_sources = len(products) * len(causes)
    seen = np.nonzero(np.bincount(source[table.loss > 0], minlength=n_sources))[0]
    names = [(products[code // len(causes)], causes[code % len(causes)]) for code in seen]
    place = np.full(n_sources, len(seen), dtype=np.int32)  # the last is for rows without a loss
    place[seen] = np.arange(len(seen))
    annual = annual_by(table.year, source, place, table.loss, len(seen) + 1, table.n_years)
    return names, annual[:-1]
