"""Claims of origin years to ultimate: chain ladder, Bornhuetter-Ferguson, Benktander, Cape Cod.

The one module that knows chainladder, which computes factors and ultimates. It takes 0 for missing,
so a true zero is given to it as 1e-30 of the largest cell, which is nothing in any sum, and the
pairs that begin at 0 are taken out by name. Standard errors are Mack's own formula (`mack`): the
library fills a missing one from the first origin alone.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence.developed import (
    Development,
    Factors,
    OriginDevelopment,
    about_errors,
    about_factors,
    about_fall,
    about_numbers,
    about_origin,
)
from techinsure.evidence.mack import (
    LAST_SIGMAS,
    ROUNDING,
    LastSigma,
    extrapolated,
    standard_errors,
)
from techinsure.evidence.patterns import Pattern
from techinsure.evidence.triangles import Triangle
from techinsure.quantities import (
    Floats,
    count,
    each,
    not_negative,
    number,
    one_of,
    positive,
    require,
)

TRUE_ZERO = 1e-30
"""A zero, as a share of the largest cell, in the words of a library that takes 0 for missing."""

MOST_ITERATIONS = 1_000
NO_FACTOR = (
    "begin at a later age, or use bornhuetter_ferguson or cape_cod with a pattern from elsewhere"
)


def fit_factors(
    triangle: Triangle, tail: float = 1.0, last_sigma: LastSigma = "log-linear"
) -> Factors:
    """Factors of a triangle of two ages or more, and its pattern; `tail` is the given factor from
    the last age to the end. `Undefined` where all claims at an age are 0, or fall to 0.
    Source: Mack 1993, ASTIN Bulletin 23(2)."""
    require("tail", tail, positive)
    require("last_sigma", last_sigma, one_of(*LAST_SIGMAS))
    if len(triangle.ages) < 2:
        fix = "give a pattern from elsewhere"
        raise InvalidParameter([Fault("ages", len(triangle.ages), "must be 2 or more", fix)])
    cells = triangle.array
    start, observed = cells[:, :-1], ~np.isnan(cells[:, :-1] + cells[:, 1:])
    used = observed & (start > 0)
    _refuse_without_pairs(triangle, used)
    volumes = np.where(used, start, 0.0).sum(axis=0)
    factors, sigma = _fitted(triangle, drop=observed & (start == 0))
    pairs = used.sum(axis=0)
    sigma = np.where(pairs > 1, np.nan_to_num(sigma), np.nan)
    sigma[sigma < ROUNDING * factors * np.sqrt(volumes)] = 0.0
    filled = extrapolated(sigma, last_sigma)
    _refuse_vanished(triangle, factors)
    growth = np.append(np.cumprod(factors[::-1])[::-1], 1.0) * tail
    return Factors(
        factors=tuple(factors.tolist()), pairs=tuple(pairs.tolist()),
        volumes=tuple(volumes.tolist()),
        sigma=_listed(filled), standard_error=_listed(filled / np.sqrt(volumes)),
        extrapolated=tuple((np.isnan(sigma) & ~np.isnan(filled)).tolist()),
        last_sigma=last_sigma,
        pattern=Pattern(
            ages=triangle.ages, developed=tuple((1 / growth).tolist()),
            source=f"volume-weighted factors of the triangle, tail {tail:g}",
        ),
        notes=tuple(about_factors(triangle, used, filled, last_sigma, tail)),
    )  # fmt: skip


def chain_ladder(
    triangle: Triangle, tail: float = 1.0, last_sigma: LastSigma = "log-linear"
) -> Development:
    """Ultimate = latest / share developed, with Mack's standard errors.

    The tail is taken as known: it scales the standard errors and adds none.
    Source: Mack 1993, ASTIN Bulletin 23(2).
    """
    factors = fit_factors(triangle, tail, last_sigma)
    sigma = np.array([np.nan if one is None else one for one in factors.sigma])
    errors, total = standard_errors(
        triangle.latest, np.array(triangle.latest_ages, np.float64),
        np.array(factors.factors), sigma, np.array(factors.volumes),
    )  # fmt: skip
    errors = np.where(triangle.latest > 0, errors * tail, np.nan)
    model = _library().Chainladder()
    return _result(
        "chain ladder", triangle, factors.pattern, _ultimates(model, triangle, factors.pattern),
        errors=_listed(errors), total=_listed(np.array([total * tail]))[0], factors=factors,
    )  # fmt: skip


def bornhuetter_ferguson(
    triangle: Triangle,
    a_priori: float | Sequence[float],
    pattern: Pattern | None = None,
    tail: float = 1.0,
) -> Development:
    """Ultimate = latest + (1 - share developed) * `a_priori` * exposure.

    `a_priori`: final claims per unit of exposure, one or (n_origins,). Without a `pattern` that of
    the triangle with its `tail`. Source: Bornhuetter & Ferguson 1972, PCAS 59.
    """
    return benktander(triangle, a_priori, pattern, tail, iterations=1)


def benktander(
    triangle: Triangle,
    a_priori: float | Sequence[float],
    pattern: Pattern | None = None,
    tail: float = 1.0,
    iterations: int = 2,
) -> Development:
    """Bornhuetter-Ferguson with its own answer as the next a priori, `iterations` times: a chain
    ladder of weight 1 - (1 - share developed)**iterations, the a priori with the rest.
    Source: Benktander 1976; Mack 2000, ASTIN Bulletin 30(2)."""
    require("iterations", iterations, count(1, MOST_ITERATIONS))
    exposure, factors, pattern = _exposed(triangle, pattern, tail)
    rates = np.ravel(np.asarray(a_priori, np.float64)).tolist()
    rates = rates * len(exposure) if np.ndim(a_priori) == 0 else rates
    require("a_priori", rates, each(not_negative))
    if len(rates) != len(exposure):
        bound = f"must have {len(exposure)} entries, one an origin"
        raise InvalidParameter([Fault("a_priori", len(rates), bound)])
    expected = exposure * rates
    model = _library().Benktander(apriori=1.0, n_iters=iterations)
    weight = 1 - (1 - pattern.at(triangle.ages)) ** iterations
    return _result(
        {1: "Bornhuetter-Ferguson", 2: "Benktander"}.get(
            iterations, f"Benktander, {iterations} iterations"
        ),
        triangle, pattern,
        _ultimates(model, triangle, pattern, np.where(expected > 0, expected, _zero(triangle))),
        expected=expected, weight=weight, a_priori=tuple(rates), factors=factors,
    )  # fmt: skip


def cape_cod(
    triangle: Triangle,
    pattern: Pattern | None = None,
    tail: float = 1.0,
    trend: float = 0.0,
    decay: float = 1.0,
) -> Development:
    """Bornhuetter-Ferguson whose a priori is what all origins show: their latest claims over their
    developed exposure, brought to each origin by `trend` a year and with weights that fall by the
    factor `decay` a year of distance (1: none falls).
    Source: Stanard 1985, PCAS 72; Gluck 1997, PCAS 84 (decay)."""
    require("trend", trend, number("must be > -1", lambda value: value > -1))
    require("decay", decay, number("must be in (0, 1]", lambda value: 0 < value <= 1))
    exposure, factors, pattern = _exposed(triangle, pattern, tail)
    if not (exposure * pattern.at(triangle.ages)[list(triangle.latest_ages)]).any():
        raise Undefined("no exposure is developed yet: Cape Cod has nothing to go by; "
                        "use bornhuetter_ferguson with a rate from elsewhere")  # fmt: skip
    model = _library().CapeCod(trend=trend, decay=decay)
    ultimate = _ultimates(model, triangle, pattern, exposure)
    rates = np.ravel(model.detrended_apriori_.values)[: len(exposure)]
    rates = rates if triangle.latest.any() else np.zeros_like(rates)
    return _result(
        "Cape Cod", triangle, pattern, ultimate, expected=exposure * rates,
        weight=pattern.at(triangle.ages), a_priori=tuple(rates.tolist()), factors=factors,
    )  # fmt: skip


def _exposed(
    triangle: Triangle, pattern: Pattern | None, tail: float
) -> tuple[Floats, Factors | None, Pattern]:
    """The exposure, and the pattern that is given or the triangle's own with its factors."""
    if triangle.exposure is None:
        fix = "give the premium, sum insured or number of risks of each origin"
        raise InvalidParameter([Fault("exposure", None, "is needed by this method", fix)])
    require("exposure", triangle.exposure, each(positive))
    exposure = np.array(triangle.exposure)
    if pattern is None:
        factors = fit_factors(triangle, tail)
        return exposure, factors, factors.pattern
    if tail != 1:
        fix = "the pattern has its own: its last share is 1 / tail"
        raise InvalidParameter([Fault("tail", tail, "must be 1 beside a pattern", fix)])
    return exposure, None, pattern


def _result(
    method: str,
    triangle: Triangle,
    pattern: Pattern,
    ultimate: Floats,
    *,
    errors: Sequence[float | None] | None = None,
    total: float | None = None,
    expected: Floats | None = None,
    weight: Floats | None = None,
    a_priori: tuple[float, ...] | None = None,
    factors: Factors | None = None,
) -> Development:
    """The record of an answer, origin by origin; zeros are zeros again."""
    places, latest = list(triangle.latest_ages), triangle.latest
    nothing = (latest == 0) & (True if expected is None else expected == 0)
    ultimate = np.where(nothing, 0.0, ultimate)
    shares = pattern.at(triangle.ages)[places]
    rows = tuple(
        OriginDevelopment(
            origin=origin, latest=float(latest[at]), developed=float(shares[at]),
            ultimate=float(ultimate[at]), ibnr=float(ultimate[at] - latest[at]),
            standard_error=None if errors is None else errors[at],
            expected=None if expected is None else float(expected[at]),
            weight=1.0 if weight is None else float(weight[places[at]]),
            notes=(*about_origin(triangle, at, expected is None),
                   *about_fall(float(shares[at]), float(ultimate[at] - latest[at]))),
        )
        for at, origin in enumerate(triangle.origins)
    )  # fmt: skip
    return Development(
        method=method, triangle=triangle, origins=rows,
        latest=float(latest.sum()), ultimate=float(ultimate.sum()),
        ibnr=float((ultimate - latest).sum()), standard_error=total,
        pattern=pattern, factors=factors, a_priori=a_priori,
        notes=(*(factors.notes if factors else (f"pattern: {pattern.source}",)),
               *(about_errors(triangle, total) if errors is not None else ()),
               *about_numbers(triangle)),
    )  # fmt: skip


def _refuse_without_pairs(triangle: Triangle, used: Any) -> None:
    empty = np.flatnonzero(used.sum(axis=0) == 0)
    if empty.size:
        step = f"from age {triangle.ages[empty[0]]:g} to {triangle.ages[empty[0] + 1]:g}"
        raise Undefined(f"no factor {step}: every origin begins at 0 there (0 / 0); {NO_FACTOR}")


def _refuse_vanished(triangle: Triangle, factors: Floats) -> None:
    gone = np.flatnonzero(factors < ROUNDING)
    if gone.size:
        step = f"from age {triangle.ages[gone[0]]:g} to {triangle.ages[gone[0] + 1]:g}"
        raise Undefined(f"the factor {step} is 0: all claims fell to 0 there; {NO_FACTOR}")


def _listed(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)


# --- chainladder ---------------------------------------------------------------------------------


def _library() -> Any:
    """chainladder, imported when something is developed (it takes seconds)."""
    import chainladder

    return chainladder


def _zero(triangle: Triangle) -> float:
    return TRUE_ZERO * (float(triangle.latest.max()) or 1.0)


def _handed_over(triangle: Triangle) -> Any:
    """The triangle in the library's terms: origins from 2000, ages 12, 24, ... months, and origins
    that have been at the last age for long with that value up to the date of the others."""
    import pandas as pd

    n_origins, places = len(triangle.origins), triangle.latest_ages
    cells = np.full((n_origins, n_origins + places[-1]), np.nan)
    for row, (values, last) in enumerate(zip(triangle.array, places, strict=True)):
        cells[row, : last + 1] = values[: last + 1]
        cells[row, last : n_origins + places[-1] - row] = values[last]
    cells[cells == 0] = _zero(triangle)
    origin, age = np.nonzero(~np.isnan(cells))
    frame = pd.DataFrame({
        "origin": pd.to_datetime([f"{2000 + year}-01-01" for year in origin]),
        "seen": pd.to_datetime([f"{2000 + year}-01-01" for year in origin + age]),
        "value": cells[origin, age],
    })  # fmt: skip
    return _library().Triangle(
        frame, origin="origin", development="seen", columns="value", cumulative=True
    )


def _fitted(triangle: Triangle, drop: Any) -> tuple[Floats, Floats]:
    """(n_ages - 1,) factors and sigmas without the pairs (n_origins, n_ages - 1) to `drop`."""
    n = len(triangle.ages) - 1
    with np.errstate(all="ignore"):  # a sigma of 0 overflows in residuals that nobody asked for
        model = _library().Development(drop=_named(drop) or None).fit(_handed_over(triangle))
    return model.ldf_.values[0, 0, 0, :n], model.sigma_.values[0, 0, 0, :n]


def _named(pairs: Any) -> list[tuple[str, int]]:
    """Pairs by origin and first age as the library names them."""
    return [(str(2000 + origin), 12 * (age + 1)) for origin, age in np.argwhere(pairs).tolist()]


def _ultimates(
    model: Any, triangle: Triangle, pattern: Pattern, weight: Floats | None = None
) -> Floats:
    """(n_origins,) ultimates of a fitted `model`; `weight` (n_origins,) is its sample weight."""
    shares, n = pattern.at(triangle.ages), len(triangle.origins)
    too_early = (shares[list(triangle.latest_ages)] == 0) & (triangle.latest > 0)
    if too_early.any():
        age = triangle.ages[triangle.latest_ages[int(np.argmax(too_early))]]
        bound = f"must be > 0 at age {age:g}, where claims are known"
        raise InvalidParameter([Fault("pattern.developed", 0.0, bound, "give its true share")])
    to_end = 1 / np.maximum(shares, TRUE_ZERO)
    given = _handed_over(triangle)
    to_end = np.append(to_end, np.full(given.shape[3], to_end[-1]))[: given.shape[3]]
    months = {12 * (place + 1): float(one) for place, one in enumerate(to_end)}
    developed = _library().DevelopmentConstant(patterns=months, style="cdf").fit_transform(given)
    exposure = None if weight is None else given.latest_diagonal * 0 + 1
    if exposure is not None:
        exposure.values = np.full_like(exposure.values, _zero(triangle))
        exposure.values[0, 0, :n, 0] = weight
    model.fit(developed, sample_weight=exposure)
    return np.asarray(model.ultimate_.values[0, 0, :n, 0], np.float64)
