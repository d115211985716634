"""Opinions side by side: pooled with their weights, made robust, and scored by data.

A pool of opinions stays a mixture: each is updated alone, and its weight by how well it foresaw
the data. Averaging the parameters of the opinions instead would drop what they disagree about.
Source: linear opinion pool, Stone 1961, Annals of Mathematical Statistics 32(4); mixtures of
conjugate priors, Gelman et al. 2013, Bayesian Data Analysis (3rd ed.), exercise 2.4; robust
mixtures, Schmidli et al. 2014, Biometrics 70(4).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.distributions import Beta, Gamma, Lognormal, Mixture
from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.observed import Observation, Owner
from techinsure.evidence.parameter_laws import ChanceLaw, RateLaw
from techinsure.evidence.priors import Grade, Part, Prior
from techinsure.evidence.updating import Update, update
from techinsure.quantities import (
    FORBID,
    Name,
    Real,
    each,
    number,
    one_of,
    require,
    text,
)

Family = Literal["beta", "gamma", "lognormal", "point"]
LAWS: dict[str, type[Beta | Gamma | Lognormal]] = {
    "beta": Beta, "gamma": Gamma, "lognormal": Lognormal,
}  # fmt: skip
LONGEST_SOURCE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One opinion before and after the data.

    `before`, `after`: the probability that it is the right one. `factor` = after / before: how
    many times better than the pool it foresaw the data; None where `after` is too small a number
    to be written. `prior_mean`, `mean` and the interval from `low` to `high` are its own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    before: Real
    after: Real
    factor: Real | None
    prior_mean: Real
    mean: Real
    low: Real
    high: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """An update of pooled opinions, with a score of each in the order of the prior's parts.

    `opinions_left` = 1 / sum of squared weights: how many opinions still count.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    update: Update
    scores: tuple[Score, ...]
    opinions_left: Real
    notes: tuple[str, ...]


def pooled(
    family: Family, parts: Iterable[Part], *, grade: Grade, source: str, note: str = ""
) -> Prior:
    """The prior of these opinions, whose weights sum to 1; a single one is an ordinary prior."""
    parts = tuple(parts)
    require("family", family, one_of(*LAWS))
    require("parts", parts, each(lambda *_: (), at_least=1))
    kind = LAWS[family]
    law = Mixture(
        parts=tuple(kind(mean=part.mean, cv=part.cv) for part in parts),
        weights=tuple(part.weight for part in parts),
    )
    if len(parts) == 1:
        (one,) = parts
        return Prior(family=family, mean=one.mean, cv=one.cv, grade=grade, source=source, note=note)
    return Prior(
        family=family, mean=law.mean, cv=law.cv, grade=grade, source=source, note=note,
        parts=parts,
    )  # fmt: skip


def vague(prior: Prior) -> Prior:
    """A proper law of the same mean that is worth one event, gamma or beta.

    A rate is exponential (shape 1); a probability has the smaller of a and b equal to 1, so that
    at a mean of one half it is uniform. `InvalidParameter` where `prior` knows no more than that.
    """
    _require_learning(prior, "family")
    if prior.family == "gamma":
        law: RateLaw | ChanceLaw = RateLaw(shape=1.0, rate=1 / prior.mean)
    else:
        odds = prior.mean / (1 - prior.mean)
        law = ChanceLaw(a=max(odds, 1.0), b=max(1 / odds, 1.0))
    if prior.cv >= law.cv:
        bound = f"must be < {law.cv:.4g}, that of a law worth one event"
        raise InvalidParameter([Fault("cv", prior.cv, bound, "it is as vague as this already")])
    return law.prior(grade="D", source="the same mean, worth one event")


def robust(prior: Prior, other: Prior, weight: float) -> Prior:
    """`prior`, and with probability `weight` (0.1 or 0.2 as a rule) the vague law `other`.

    Data that contradict the prior then move the weight to `other`, and speak for themselves;
    data that confirm it leave the prior as it was. Source: Schmidli et al. 2014, section 2.4.
    """
    _require_learning(prior, "prior.family")
    require("weight", weight, number("must be in (0, 1)", lambda value: 0 < value < 1))
    faults = []
    if other.family != prior.family:
        faults.append(Fault("other.family", other.family, f"must be {prior.family}"))
    if other.parts:
        faults.append(Fault("other.parts", len(other.parts), "must be none"))
    if other.cv <= prior.cv:
        fix = "give a law that says less, such as vague(prior)"
        faults.append(Fault("other.cv", other.cv, f"must be > {prior.cv:.4g}", fix))
    if faults:
        raise InvalidParameter(faults)
    known = prior.parts or (Part(weight=1.0, mean=prior.mean, cv=prior.cv),)
    parts = [Part(weight=(1 - weight) * p.weight, mean=p.mean, cv=p.cv) for p in known]
    parts.append(Part(weight=weight, mean=other.mean, cv=other.cv))
    ending = f"; with probability {weight:.0%}: {other.source}"
    source = prior.source[: max(LONGEST_SOURCE - len(ending), 0)] + ending
    return pooled(
        prior.family, parts, grade=prior.grade, source=source[:LONGEST_SOURCE], note=prior.note
    )


def score(prior: Prior, names: Sequence[str], seen: Observation, experience: Owner) -> Scored:
    """The update of `prior` by one entry of `experience`, and how its parts, called `names` in
    their order, foresaw the data. A prior of one opinion has one name, and keeps its weight of 1.
    """
    parts = prior.parts or (Part(weight=1.0, mean=prior.mean, cv=prior.cv),)
    require("names", names, each(text()))
    faults = list(_unlike(names, len(parts)))
    if faults:
        raise InvalidParameter(faults)
    done = update(prior, seen, experience)
    weights = done.parts or ((1.0, 1.0),)
    scores = tuple(
        _score(name, prior, part, after, seen, experience)
        for name, part, (_, after) in zip(names, parts, weights, strict=True)
    )
    gone = [one.name for one in scores if one.factor is None]
    lost = (f"the weight of {', '.join(gone)} is below 1e-307: shown as 0",) if gone else ()
    return Scored(
        update=done, scores=scores, notes=(*done.notes, *lost),
        opinions_left=1 / math.fsum(one.after**2 for one in scores),
    )  # fmt: skip


def _score(
    name: str, prior: Prior, part: Part, after: float, seen: Observation, experience: Owner
) -> Score:
    alone = pooled(
        prior.family, [Part(weight=1.0, mean=part.mean, cv=part.cv)],
        grade=prior.grade, source=prior.source,
    )  # fmt: skip
    own = update(alone, seen, experience)
    low, high = own.posterior_range
    return Score(
        name=name, before=part.weight, after=after, factor=after / part.weight if after else None,
        prior_mean=part.mean, mean=own.posterior.mean, low=low, high=high,
    )  # fmt: skip


def _unlike(names: Sequence[str], parts: int) -> Iterator[Fault]:
    if len(names) != parts:
        yield Fault("names", len(names), f"must have {parts} entries, one a part of the prior")
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(f"names[{place}]", name, "must be unique")


def _require_learning(prior: Prior, field: str) -> None:
    if prior.family not in ("beta", "gamma") or (prior.cv == 0 and not prior.parts):
        fix = "only a rate or a probability that is not held at its value is updated by counts"
        bound = "must be a gamma or beta law with cv > 0"
        raise InvalidParameter([Fault(field, prior.family, bound, fix)])
