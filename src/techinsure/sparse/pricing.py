"""`price(risk, terms)`: mean, VaR, TVaR and probability of payment of one sparse risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.sampling import sample
from techinsure.losses.tails import Level, exact_level, tail_at
from techinsure.quantities import (
    FORBID,
    Count,
    Estimate,
    Floats,
    Real,
    count,
    is_level,
    require,
)
from techinsure.sparse.claims import Claims, Terms, drawn
from techinsure.sparse.risk import Risk
from techinsure.sparse.scrambles import Scrambles
from techinsure.sparse.strata import Stratum, stratified

PILOT = 6
"""Binary logarithm of the points of each stratum of the pilot, which only shares out points."""

SHARED = 0.75
"""Errors w s / n**a of strata of weight w and spread s add up to least where n goes as (w s)**(2 /
(1 + 2a)): 1 for independent points (Neyman 1934, Journal of the Royal Statistical Society 97(4)),
less for quasi-random ones; this is a = 5/6."""

SMALLEST = 5
"""Binary logarithm of the fewest points that a stratum gets in each scramble."""

FEWEST_SCRAMBLES, MOST_SCRAMBLES = 16, 1024
"""From fewer, a standard error is not worth stating."""

FEWEST_POINTS, MOST_POINTS = 64, 1 << 24
"""In one scramble, and in all together: claims of more would not fit into memory."""

FigureName = Literal["mean", "var", "tvar", "probability"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumUsed:
    """A stratum by its number of claims: its `probability`, the `points` spent on it in all
    scrambles together, and the `mean` payment of its years."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    probability: Real
    points: Count
    mean: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one policy pays over its term: `mean`, `var` and `tvar` at `level`, `probability` that
    it pays at all, and the `strata` they come from. Standard errors are those of a mean over
    `scrambles` independent sets of points."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    mean: Estimate
    var: Estimate
    tvar: Estimate
    probability: Estimate
    level: Real
    scrambles: Count
    strata: tuple[StratumUsed, ...]

    @property
    def points(self) -> int:
        """Scenarios to which the terms were applied."""
        return sum(stratum.points for stratum in self.strata)

    def interval(self, figure: FigureName, confidence: float = 0.95) -> tuple[float, float]:
        """Between which values `figure` lies with this confidence: on either side Student's
        quantile with scrambles - 1 degrees of freedom times the standard error."""
        require("confidence", confidence, is_level)
        estimate: Estimate = getattr(self, figure)
        quantile = float(special.stdtrit(self.scrambles - 1, (1 + confidence) / 2))
        half = quantile * (estimate.standard_error or 0.0)
        return estimate.value - half, estimate.value + half


def price(
    risk: Risk,
    terms: Terms,
    *,
    seed: int,
    level: Level = 0.995,
    points: int = 4096,
    scrambles: int = 16,
    one_claim: ArrayLike | None = None,
    unit: str = "",
) -> Figures:
    """The figures of `risk` under `terms`; the same for the same arguments.

    About `points` in each of `scrambles` are shared among the strata by a pilot.
    `one_claim` (n_sources,): the expected payment of a year whose only claim is of each source,
    where it is known in closed form; such years then add no error to the mean. It is believed.
    """
    require("scrambles", scrambles, count(FEWEST_SCRAMBLES, MOST_SCRAMBLES))
    require("points", points, count(FEWEST_POINTS, MOST_POINTS // scrambles))
    exact, known = exact_level(level), _known(risk, one_claim)
    none, strata = stratified(risk)
    sizes = _shared_out(risk, terms, none, strata, seed, points, exact)
    found = _simulated(risk, terms, none, strata, sizes, scrambles, seed, "points")
    expected = found.payments
    if known is not None and strata and strata[0].most == 1:
        expected = expected.copy()
        expected[1 : 1 + (scrambles << sizes[0])] = _shares(strata[0]) @ known
    var, tvar = found.tail(exact, unit)
    return Figures(
        mean=found.mean(expected, unit),
        var=var,
        tvar=tvar,
        probability=found.probability(),
        level=float(exact),
        scrambles=scrambles,
        strata=_used(none, strata, [scrambles << size for size in sizes], expected),
    )


def _simulated(
    risk: Risk, terms: Terms, none: float, strata: Sequence[Stratum], sizes: Sequence[int],
    scrambles: int, seed: int, purpose: str,
) -> Scrambles:  # fmt: skip
    """The year without claims, then 2**sizes points of each stratum in each of the scrambles."""
    payments = _paid(terms, drawn(risk, strata, sizes, scrambles, seed, purpose))
    weight, scramble = [np.array([none])], [np.zeros(0, np.intp)]
    for stratum, size in zip(strata, sizes, strict=True):
        n = scrambles << size
        weight.append(np.full(n, stratum.probability / n))
        scramble.append(np.repeat(np.arange(scrambles), 1 << size))
    whole = np.concatenate(weight)
    return Scrambles(
        payments=payments,
        weight=whole / whole.sum(),
        scramble=np.concatenate(scramble),
        n_scrambles=scrambles,
    )


def _shared_out(
    risk: Risk, terms: Terms, none: float, strata: Sequence[Stratum], seed: int, points: int,
    level: Fraction,
) -> list[int]:  # fmt: skip
    """Binary logarithm of the points of each stratum in each scramble: half of them for the mean
    and half for the TVaR, in proportion to (probability * standard deviation)**`SHARED`, as a
    pilot sees it."""
    if not strata:
        return []
    found = _simulated(risk, terms, none, strata, [PILOT] * len(strata), 1, seed, "pilot")
    q = tail_at(sample(found.payments, found.weight), level).order.quantile
    share = np.zeros(len(strata))
    for values in (found.payments, np.maximum(found.payments - q, 0.0)):
        spread = values[1:].reshape(len(strata), -1).std(axis=1)
        spread = (spread * [stratum.probability for stratum in strata]) ** SHARED
        share += spread / spread.sum() if spread.any() else 1 / len(strata)
    sizes = np.round(np.log2(np.maximum(share / 2 * points, 1.0)))
    return [max(int(size), SMALLEST) for size in sizes]


def _shares(stratum: Stratum) -> Floats:
    """(n_sources,) the chance that the only claim is of each source."""
    return np.diff(stratum.upto[0], prepend=0.0)


def _used(
    none: float, strata: Sequence[Stratum], spent: Sequence[int], expected: Floats
) -> tuple[StratumUsed, ...]:
    bounds = np.cumsum([0, 1, *spent])
    names = ["0", *(stratum.name for stratum in strata)]
    chances = [none, *(stratum.probability for stratum in strata)]
    return tuple(
        StratumUsed(name=name, probability=chance, points=used,
                    mean=float(expected[start : start + used].mean()))
        for name, chance, used, start in zip(names, chances, [1, *spent], bounds[:-1], strict=True)
    )  # fmt: skip


def _known(risk: Risk, one_claim: ArrayLike | None) -> Floats | None:
    if one_claim is None:
        return None
    known = np.asarray(one_claim, np.float64)
    if known.shape != (len(risk.sources),) or not (np.isfinite(known) & (known >= 0)).all():
        bound = f"must hold {len(risk.sources)} amounts >= 0, one a source"
        raise InvalidParameter([Fault("one_claim", known.tolist(), bound)])
    return known


def _paid(terms: Terms, claims: Claims) -> Floats:
    paid = np.asarray(terms(claims), np.float64)
    if paid.shape != (claims.n_scenarios,):
        bound = f"must return the shape ({claims.n_scenarios},), one payment a scenario"
        raise InvalidParameter([Fault("terms", paid.shape, bound, "sum with claims.total")])
    wrong = np.flatnonzero(~(np.isfinite(paid) & (paid >= 0)))
    if len(wrong):
        bound = f"must return finite payments >= 0, {len(wrong)} of {len(paid)} are not"
        raise InvalidParameter([Fault(f"terms[{wrong[0]}]", float(paid[wrong[0]]), bound)])
    return paid
