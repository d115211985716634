"""Exact updates of a rate, a probability, shares of causes and a mean by sums of the data.

Every update is a sum over data, so order does not matter and two halves make the whole. Zero
events on known exposure are information; no exposure is none: the posterior is then the prior,
the weight of the data 0, and a note says so. Intervals are from 5% to 95%.
Source: Gelman et al. 2013, Bayesian Data Analysis (3rd ed.), sections 2.4-2.6 and 3.4.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.parameter_laws import (
    HIGH,
    LOW,
    ChanceLaw,
    MeanLaw,
    RateLaw,
    log_gamma_quantile,
    vanishing,
)
from techinsure.quantities import (
    FORBID,
    Check,
    Floats,
    Name,
    Real,
    each,
    fraction,
    not_negative,
    number,
    positive,
    require,
    text,
)

Values = float | Sequence[float] | Floats
"""One number, or (n,) of them."""

NO_DATA = "no exposure was seen: the posterior is the prior"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePosterior:
    """A rate after `events` on `exposure`; `weight` is that of the data, exposure / (exposure +
    prior rate), so that mean = weight * events / exposure + (1 - weight) * prior mean."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    prior: RateLaw
    posterior: RateLaw
    events: Real
    exposure: Real
    mean: Real
    sd: Real
    low: Real
    high: Real
    weight: Real
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChancePosterior:
    """A probability after `events` in `trials`; `weight` = trials / (trials + prior a + b)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    prior: ChanceLaw
    posterior: ChanceLaw
    events: Real
    trials: Real
    mean: Real
    sd: Real
    low: Real
    high: Real
    weight: Real
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesPosterior:
    """Shares of causes after `counts`, in the order of `causes`: a Dirichlet law.

    `mean`, `sd`, `low`, `high` of each share; means sum to 1. `weight` = counts / (counts + prior
    concentration), in sums.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    causes: tuple[Name, ...]
    prior: tuple[Real, ...]
    posterior: tuple[Real, ...]
    counts: tuple[Real, ...]
    mean: tuple[Real, ...]
    sd: tuple[Real, ...]
    low: tuple[Real, ...]
    high: tuple[Real, ...]
    weight: Real
    notes: tuple[str, ...] = ()

    def draws(self, uniforms: ArrayLike) -> Floats:
        """Shares, (n_draws, n_causes) like `uniforms` inside (0, 1); each row sums to 1.

        Gamma draws over their sum, on logarithms: concentrations far below 1 give no 0 / 0.
        """
        logs = log_gamma_quantile(np.array(self.posterior), uniforms)
        parts = np.exp(logs - logs.max(axis=-1, keepdims=True))
        shares: Floats = parts / parts.sum(axis=-1, keepdims=True)
        return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanPosterior:
    """A normal mean after `n` values that sum to `total`, each with variance `data_variance`;
    `weight` = n / (n + data variance / prior variance)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    prior: MeanLaw
    posterior: MeanLaw
    n: Real
    total: Real
    data_variance: Real
    mean: Real
    sd: Real
    low: Real
    high: Real
    weight: Real
    predictive_variance: Real
    notes: tuple[str, ...] = ()


def update_rate(
    prior: RateLaw, events: Values, exposure: Values, developed: Values = 1.0
) -> RatePosterior:
    """Gamma(shape + events, rate + exposure * developed): Poisson events on known exposure.

    `events` (n,) counts (fractions where they were discounted), `exposure` (n,) in the unit of
    the prior's rate, `developed` (n,) or one: the share of the final events that is reported by
    now, in [0, 1] (so the estimate is Bornhuetter-Ferguson's). Any may be one number.
    """
    seen = _column("events", events, not_negative)
    exposed = _column("exposure", exposure, not_negative, like=seen)
    share = _column("developed", developed, fraction, like=seen)
    effective = exposed * share
    faults = [
        Fault(f"events[{i}]", float(seen[i]), "must be 0 without developed exposure",
              "give the exposure that the events came from, or a later share")
        for i in np.nonzero((seen > 0) & (effective == 0))[0]
    ]  # fmt: skip
    if faults:
        raise InvalidParameter(faults)
    n, total = math.fsum(seen), math.fsum(effective)
    law = RateLaw(shape=prior.shape + n, rate=prior.rate + total)
    low, high = law.quantile([LOW, HIGH]).tolist()
    return RatePosterior(
        prior=prior, posterior=law, events=n, exposure=total,
        mean=law.mean, sd=law.sd, low=low, high=high,
        weight=total / law.rate,
        notes=(*(() if total > 0 else (NO_DATA,)), *vanishing(low)),
    )  # fmt: skip


def update_chance(prior: ChanceLaw, events: Values, trials: Values) -> ChancePosterior:
    """Beta(a + events, b + trials - events): independent trials of one probability.

    `events` and `trials` (n,) counts, or one number each.
    """
    seen = _column("events", events, not_negative)
    tried = _column("trials", trials, not_negative, like=seen)
    faults = [
        Fault(f"events[{i}]", float(seen[i]), f"must be <= trials, {tried[i]:g}")
        for i in np.nonzero(seen > tried)[0]
    ]
    if faults:
        raise InvalidParameter(faults)
    n, total = math.fsum(seen), math.fsum(tried)
    law = ChanceLaw(a=prior.a + n, b=prior.b + math.fsum(tried - seen))
    low, high = law.quantile([LOW, HIGH]).tolist()
    return ChancePosterior(
        prior=prior, posterior=law, events=n, trials=total,
        mean=law.mean, sd=law.sd, low=low, high=high,
        weight=total / (total + prior.size),
        notes=(*(() if total > 0 else ("no trial was seen: the posterior is the prior",)),
               *vanishing(low)),
    )  # fmt: skip


def update_shares(
    causes: Sequence[str], prior: Sequence[float], counts: Sequence[float]
) -> SharesPosterior:
    """Dirichlet(prior + counts): how often each of the `causes` was the cause.

    `prior` and `counts` (n_causes,): prior concentrations > 0 (their sum is what the prior is
    worth in events) and events. Source: Gelman et al. 2013, section 3.4.
    """
    require("causes", causes, each(text(), at_least=2))
    before = _column("prior", prior, positive, size=len(causes))
    seen = _column("counts", counts, not_negative, size=len(causes))
    after, total = before + seen, math.fsum(seen)
    whole = math.fsum(after)
    laws = [ChanceLaw(a=float(a), b=math.fsum(np.delete(after, i))) for i, a in enumerate(after)]
    ends = [law.quantile([LOW, HIGH]) for law in laws]
    vanished = tuple(
        f"{cause}: {note}"
        for cause, end in zip(causes, ends, strict=True)
        for note in vanishing(float(end[0]))
    )
    return SharesPosterior(
        causes=tuple(causes),
        prior=tuple(before.tolist()), posterior=tuple(after.tolist()), counts=tuple(seen.tolist()),
        mean=tuple((after / whole).tolist()), sd=tuple(law.sd for law in laws),
        low=tuple(float(end[0]) for end in ends), high=tuple(float(end[1]) for end in ends),
        weight=total / (total + math.fsum(before)),
        notes=(*(() if total > 0 else ("no event was seen: the posterior is the prior",)),
               *vanished),
    )  # fmt: skip


def update_mean(prior: MeanLaw, n: float, total: float, data_variance: float) -> MeanPosterior:
    """Normal posterior of a mean from `n` values with known variance that sum to `total`:
    precision 1 / variance + n / data_variance. Source: Gelman et al. 2013, section 2.5."""
    require("n", n, not_negative)
    require("total", total, number("must be finite", lambda _: True))
    require("data_variance", data_variance, positive)
    if n == 0 and total != 0:
        raise InvalidParameter([Fault("total", total, "must be 0 where n is 0")])
    precision = 1 / prior.variance + n / data_variance
    mean = (prior.mean / prior.variance + total / data_variance) / precision
    law = MeanLaw(mean=mean, variance=1 / precision)
    low, high = law.quantile([LOW, HIGH]).tolist()
    return MeanPosterior(
        prior=prior, posterior=law, n=float(n), total=float(total),
        data_variance=float(data_variance),
        mean=law.mean, sd=law.sd, low=low, high=high,
        weight=n / (n + data_variance / prior.variance),
        predictive_variance=law.variance + data_variance,
        notes=() if n > 0 else ("no value was seen: the posterior is the prior",),
    )  # fmt: skip


def _column(
    field: str, values: object, check: Check, like: Floats | None = None, size: int | None = None
) -> Floats:
    """(n,) float64 of checked values; one number stands for as many as `like` has."""
    listed = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else None
    if listed is None:
        require(field, values, check)
        return np.full(1 if like is None else len(like), values, np.float64)
    require(field, listed, each(check))
    n = len(like) if like is not None else size
    if n is not None and len(listed) != n:
        raise InvalidParameter([Fault(field, len(listed), f"must have {n} entries")])
    return np.array(listed, np.float64)
