"""One parameter: its prior, what was seen, its posterior, and how much each of the two weighs.

Where all trials stood under the same conditions the update is conjugate. Where years differ by
relativity, trend or reporting, exposure is scaled (a rate), or the posterior of a probability is
found on a grid and given by the beta law of its mean and variance. A prior of several parts keeps
them: each is updated alone, and its weight by how well it foresaw the data.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions import Beta, Gamma, Lognormal, Mixture
from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.conjugate import update_chance, update_rate
from techinsure.evidence.observed import Amounts, Observation, Owner, Seen
from techinsure.evidence.parameter_laws import HIGH, LOW, ChanceLaw, RateLaw
from techinsure.evidence.priors import Part, Prior
from techinsure.evidence.steps import Step
from techinsure.quantities import FORBID, Floats

GRID, ZOOMS = 4096, 12
"""Points of the logit grid of a probability, and how often it is laid anew, ever finer."""
UNSHOWN = 0.005
"""Weights below it are shown as 0%, and moves of the mean above it can be seen."""
DEEP = 60.0
"""What lies so far below the highest logarithm of a density is nothing."""
FAR = 690.0
"""The logit of a probability of 1e-300: the grid ends there."""

Law = RateLaw | ChanceLaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """`parameter` before (`prior`) and after (`posterior`) what was seen: `events` on `base`
    (trials, exposure or settled amounts, brought to the level of the rating year).

    `weight`: of the data against the prior, in [0, 1]; `prior_range` and `posterior_range`: from
    5% to 95%; `parts`: weights of a prior's parts, before and after; `notes` in words. `steps`:
    from the product's prior to the posterior, where the whole way was asked for.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    prior: Prior
    posterior: Prior
    events: float
    base: float
    unit: str
    weight: float
    prior_range: tuple[float, float]
    posterior_range: tuple[float, float]
    parts: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def raw(self) -> float | None:
        """What the data alone say: events on base; None without a base."""
        return self.events / self.base if self.base else None

    @property
    def told(self) -> str:
        """In one line: from where to where, and what each step weighs in the end."""
        weights = ", ".join(f"{step.name} {step.weight:.0%}" for step in self.steps)
        return (f"{self.parameter} {self.prior.mean:.4g} -> {self.posterior.mean:.4g}; "
                f"weights: {weights}")  # fmt: skip

    @property
    def has_steps(self) -> bool:
        """Whether more than own data lies between prior and posterior."""
        return any(step.name not in ("product", "own data") for step in self.steps)


def update(prior: Prior, seen: Observation | Amounts, experience: Owner) -> Update:
    """The posterior of `prior` after one entry of `experience`.

    Raises `InvalidParameter` where the entry does not fit the prior's family, or where the prior
    is held at its value.
    """
    if isinstance(seen, Amounts):
        return _amounts(prior, seen, experience)
    if prior.family not in ("beta", "gamma") or (prior.cv == 0 and not prior.parts):
        bound = "must be a gamma or beta law with cv > 0 to be updated by counts"
        fix = "name a rate or a probability; settled amounts go under `amounts`"
        if prior.family == "point" or prior.cv == 0:
            fix = "the product holds it at its value; give it a family and a cv there first"
        raise InvalidParameter([Fault(seen.parameter, prior.family, bound, fix)])
    require_kind(prior, seen)
    return _counts(prior, seen, experience)


def require_kind(prior: Prior, seen: Observation) -> None:
    """Exposure for a rate, trials for a probability."""
    if (prior.family == "gamma") != seen.is_rate:
        rate = prior.family == "gamma"
        bound = (
            "must have exposure: it is a rate" if rate else "must have trials: it is a probability"
        )
        raise InvalidParameter([Fault(f"{seen.parameter}.seen", "counts", bound)])


def one_more(observation: Observation) -> Observation:
    """The same with one more event in the last year that was exposed (or in the last): in a rate
    on the same exposure, in a probability in the place of a trial that passed, or of one more."""
    years = [*observation.seen]
    exposed = [place for place, one in enumerate(years) if one.base > 0]
    at = exposed[-1] if exposed else len(years) - 1
    last = years[at]
    trials = None if last.trials is None else max(last.trials, last.events + 1)
    more = Seen(
        year=last.year, events=last.events + 1, trials=trials, exposure=last.exposure,
        relativity=last.relativity, reported=last.reported,
    )  # fmt: skip
    years[at] = more
    return Observation(
        parameter=observation.parameter, seen=tuple(years), trend=observation.trend,
        source=observation.source,
    )  # fmt: skip


def scales(observation: Observation, rating_year: int | None) -> Floats:
    """(n_years,) what multiplies the rate (or the odds) of the rating year to give each year's:
    relativity * (1 + trend)**(year - rating year)."""
    relativity = np.array([one.relativity for one in observation.seen], dtype=np.float64)
    if not observation.trend:
        return relativity
    assert rating_year is not None
    apart = np.array([(one.year or 0) - rating_year for one in observation.seen], np.float64)
    scaled: Floats = relativity * (1 + observation.trend) ** apart
    return scaled


def _counts(prior: Prior, seen: Observation, experience: Owner) -> Update:
    rate = prior.family == "gamma"
    parts = prior.parts or (Part(weight=1.0, mean=prior.mean, cv=prior.cv),)
    laws = [_prior_of(prior, part) for part in parts]
    year = experience.rating_year
    done = [
        _rate(law, seen, year) if rate else chance_after(ChanceLaw.of(law), seen, year)
        for law in laws
    ]
    evidence = np.log([part.weight for part in parts]) + [found.evidence for found in done]
    weights = special.softmax(evidence)
    mixed = tuple(
        Part(weight=float(w), mean=found.law.mean, cv=found.law.cv)
        for w, found in zip(weights, done, strict=True)
        if w > 0
    )
    base = done[0].base
    data = float(sum(w * found.weight for w, found in zip(weights, done, strict=True)))
    posterior = _restated(prior, mixed, seen.source, data, experience)
    moved = tuple((part.weight, float(w)) for part, w in zip(parts, weights, strict=True))
    notes = list(dict.fromkeys(note for found in done for note in found.notes))
    if data < UNSHOWN and abs(posterior.mean / prior.mean - 1) >= UNSHOWN:
        notes.append(_why_moved(prior, data, "exposure" if rate else "trials"))
    return Update(
        parameter=seen.parameter, prior=prior, posterior=posterior, events=seen.events, base=base,
        unit="exposure" if rate else "trials", weight=data, prior_range=_range(prior),
        posterior_range=_range(posterior), parts=moved if prior.parts else (), notes=tuple(notes),
    )  # fmt: skip


def _why_moved(prior: Prior, data: float, base: str) -> str:
    """Why the mean moved although the data's weight is shown as 0%."""
    if prior.parts:
        return (
            f"the data weigh {data:.2%} against each opinion and moved the mean by moving weight "
            "between the opinions"
        )
    if data == 0:
        return (
            "the data moved the mean and are given no weight: they left the parameter as "
            "uncertain as the prior had it, or more"
        )
    return (
        f"the data weigh {data:.2%} by their {base} and moved the mean all the same: far more "
        "events than these let expect"
    )


class Done(NamedTuple):
    """One part after the data: its law, the logarithm of the probability it gave them (up to what
    all parts share), the weight of the data, and what they were seen on."""

    law: Law
    evidence: float
    weight: float
    base: float
    notes: tuple[str, ...] = ()


def _rate(prior: Prior, seen: Observation, rating_year: int | None) -> Done:
    """Exposure at the level of the rating year: exposure * relativity * trend * reported."""
    events = [one.events for one in seen.seen]
    exposure = np.array([one.base for one in seen.seen], np.float64) * scales(seen, rating_year)
    reported = [one.reported for one in seen.seen]
    found = update_rate(RateLaw.of(prior), events, exposure.tolist(), reported)
    a, b = found.prior.shape, found.prior.rate
    evidence = float(
        special.gammaln(a + found.events) - special.gammaln(a)
        - a * math.log1p(found.exposure / b) - found.events * math.log(b + found.exposure)
    )  # fmt: skip
    return Done(law=found.posterior, evidence=evidence, weight=found.weight,
                 base=found.exposure, notes=found.notes)  # fmt: skip


def chance_after(law: ChanceLaw, seen: Observation, rating_year: int | None) -> Done:
    """One beta law after own trials, alike or not."""
    events = np.array([one.events for one in seen.seen], np.float64)
    trials = np.array([one.base for one in seen.seen], np.float64)
    scale = scales(seen, rating_year)
    reported = np.array([one.reported for one in seen.seen], np.float64)
    if (scale == 1).all() and (reported == 1).all():
        found = update_chance(law, events.tolist(), trials.tolist())
        a, b = found.posterior.a, found.posterior.b
        evidence = float(special.betaln(a, b) - special.betaln(law.a, law.b))
        return Done(law=found.posterior, evidence=evidence, weight=found.weight,
                     base=found.trials, notes=found.notes)  # fmt: skip
    return _on_grid(law, events, trials, scale, reported)


def _on_grid(
    law: ChanceLaw, events: Floats, trials: Floats, scale: Floats, reported: Floats
) -> Done:
    """Each year's events are binomial with the probability whose odds are `scale` times, of which
    the share `reported` is known; the posterior is the beta law of its mean and variance.

    The logarithm of the density is concave or nearly so in the logit: its highest point is found
    on ever finer grids, then the grid is laid where the density is within `DEEP` of it.
    """

    def height(logit: Floats) -> Floats:
        log_p, log_q = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
        total: Floats = law.a * log_p + law.b * log_q - special.betaln(law.a, law.b)
        for event, trial, by, known in zip(events, trials, scale, reported, strict=True):
            chance = known * special.expit(logit + math.log(by))
            total = total + special.xlogy(event, chance) + special.xlog1py(trial - event, -chance)
        return total

    low, high = -FAR, FAR
    for _ in range(ZOOMS):
        logit = np.linspace(low, high, GRID)
        values = height(logit)
        inside = np.nonzero(values > values.max() - DEEP)[0]
        low, high = logit[max(inside[0] - 1, 0)], logit[min(inside[-1] + 1, GRID - 1)]
        if inside[-1] - inside[0] > GRID // 4:
            break
    logit = np.linspace(low, high, GRID)
    values = height(logit)
    top = float(values.max())
    weight = np.exp(values - top)
    total, p, q = float(weight.sum()), special.expit(logit), special.expit(-logit)
    mean, rest = float(weight @ p) / total, float(weight @ q) / total
    variance = float(weight @ (p - mean) ** 2) / total
    size = mean * rest / variance - 1
    posterior = ChanceLaw(a=mean * size, b=rest * size)
    return Done(
        law=posterior, evidence=top + math.log(total * float(logit[1] - logit[0])),
        weight=max(1 - law.size / posterior.size, 0.0), base=float(trials.sum()),
        notes=("years under different conditions: the beta law of the posterior's mean and "
               "variance, found on a grid",),
    )  # fmt: skip


def _amounts(prior: Prior, seen: Amounts, experience: Owner) -> Update:
    """The law of amounts with `prior_claims` of its own and those settled, by the mean and
    variance of logarithms (lognormal) or of the amounts themselves (gamma, beta)."""
    laws: dict[str, type[Beta | Gamma | Lognormal]] = {
        "beta": Beta, "gamma": Gamma, "lognormal": Lognormal,
    }  # fmt: skip
    if prior.family not in laws or prior.cv == 0 or prior.parts:
        bound = "must be one beta, gamma or lognormal law with cv > 0 to be updated by amounts"
        raise InvalidParameter([Fault(seen.parameter, prior.family, bound)])
    values = np.array(seen.values, np.float64)
    if prior.family == "beta" and (values > 1).any():
        fix = "give shares as fractions of the value at risk"
        raise InvalidParameter([Fault(seen.parameter, float(values.max()), "must be <= 1", fix)])
    n, claims = len(values), seen.prior_claims
    law = prior.law
    if isinstance(law, Lognormal):
        centre, spread, values = law.mu, law.sigma**2, np.log(values)
    else:
        centre, spread = law.mean, law.variance
    mean = (claims * centre + values.sum()) / (claims + n)
    square = (claims * (spread + centre**2) + (values**2).sum()) / (claims + n)
    variance = square - mean**2
    if isinstance(law, Lognormal):
        cv, mean = math.sqrt(math.expm1(variance)), math.exp(mean + variance / 2)
    else:
        cv = math.sqrt(variance) / mean
    weight = n / (claims + n)
    after = Part(weight=1.0, mean=float(mean), cv=float(cv))
    posterior = _restated(prior, (after,), seen.source, weight, experience)
    return Update(
        parameter=seen.parameter, prior=prior, posterior=posterior, events=float(n),
        base=float(claims + n), unit="claims", weight=weight, prior_range=_range(prior),
        posterior_range=_range(posterior),
        notes=(f"the prior counts as {claims:g} claims, a judgement (grade D)",),
    )  # fmt: skip


def _prior_of(prior: Prior, part: Part) -> Prior:
    return Prior(family=prior.family, mean=part.mean, cv=part.cv, grade=prior.grade,
                 source=prior.source)  # fmt: skip


def _restated(
    prior: Prior, parts: tuple[Part, ...], source: str, weight: float, experience: Owner
) -> Prior:
    """The posterior as a prior of the product: of the data's grade once they weigh more than
    half, and with a source that names both."""
    total = math.fsum(part.weight for part in parts)
    parts = tuple(Part(weight=p.weight / total, mean=p.mean, cv=p.cv) for p in parts)
    whole = f"{experience.name}: {source} (weight {weight:.0%}), on {prior.grade}: {prior.source}"
    grade = experience.grade if weight > 0.5 else prior.grade
    if len(parts) == 1:
        return Prior(family=prior.family, mean=parts[0].mean, cv=parts[0].cv, grade=grade,
                     source=whole[:600], note=prior.note)  # fmt: skip
    mixed = Mixture(
        parts=tuple(_prior_of(prior, part).law for part in parts),  # type: ignore[misc]
        weights=tuple(part.weight for part in parts),
    )
    return Prior(family=prior.family, mean=mixed.mean, cv=mixed.cv, grade=grade,
                 source=whole[:600], note=prior.note, parts=parts)  # fmt: skip


def _range(prior: Prior) -> tuple[float, float]:
    low, high = prior.law.quantile(np.array([LOW, HIGH])).tolist()
    return low, high
