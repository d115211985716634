"""One parameter from the product's prior over experts, analogues and a robust share to own data.

The order is fixed. Opinions stand side by side as a mixture, the product's own prior one of them
if it is to be; analogues are taken up at their discounts by each opinion; with the robust share
none of it holds but a vague law; then own data judge opinions, discounts and the vague law by how
well each foresaw them.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy import special

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.analogues import about, lent_by, lent_laws, own_counts
from techinsure.evidence.knowledge import Knowledge
from techinsure.evidence.mixtures import LONGEST_SOURCE, vague
from techinsure.evidence.observed import Amounts, Observation, Owner
from techinsure.evidence.opinions import Pool, is_held, opinions_of, pool_of
from techinsure.evidence.parameter_laws import HIGH, LOW, ChanceLaw
from techinsure.evidence.power_prior import (
    VAGUE,
    Counts,
    Laws,
    after,
    as_prior,
    laws_of,
    made_robust,
    moments,
    quantile,
)
from techinsure.evidence.priors import GRADES, Grade, Prior
from techinsure.evidence.steps import Lent, Opinion, Step, StepName
from techinsure.evidence.updating import Update, chance_after, require_kind, scales, update
from techinsure.quantities import Floats

COUNTED = ("beta", "gamma")
NOTHING_OWN = "no own data: the posterior is what was known beside them"

Worth = dict[StepName, float]
"""What each step weighs in the posterior; the weights sum to 1."""


def learn(
    prior: Prior, parameter: str, known: Knowledge | None,
    seen: Observation | Amounts | None, owner: Owner,
) -> Update:  # fmt: skip
    """The posterior of a product's `prior` after what is `known` beside own data and what was
    `seen`, one of the two or both, with every step of the way.

    Raises `InvalidParameter` where experts, analogues or data do not fit the parameter.
    """
    if known is None:
        assert seen is not None
        done = update(prior, seen, owner)
        told = _cut(f"{owner.name}: {seen.source}")
        return replace(done, steps=(
            _of_prior("product", prior, 1 - done.weight, prior.source),
            _of_prior("own data", done.posterior, done.weight, told),
        ))  # fmt: skip
    pool = pool_of(prior, known)
    if isinstance(seen, Amounts) or not _is_counted(pool.prior):
        return _without_counts(pool, prior, parameter, known, seen, owner)
    return _with_counts(_way(pool, prior, known), parameter, seen, owner)


def before_own_data(prior: Prior, known: Knowledge | None) -> Prior:
    """What own data meet: the product's prior with all that is known beside them."""
    if known is None:
        return prior
    pool = pool_of(prior, known)
    if not known.analogues and known.robust is None:
        return pool.prior
    laws = _way(pool, prior, known).robust
    return as_prior(laws, grade=pool.prior.grade, source=pool.prior.source)[0]


# --- Without counts ------------------------------------------------------------------------------


def _without_counts(
    pool: Pool, prior: Prior, parameter: str, known: Knowledge,
    seen: Observation | Amounts | None, owner: Owner,
) -> Update:  # fmt: skip
    """Opinions on a law that counts do not move, such as one of amounts."""
    faults = list(_needing_counts(known, pool.prior))
    if faults:
        raise InvalidParameter(faults)
    if seen is None:
        law, weight = pool.prior, 0.0
        done = Update(
            parameter=parameter, prior=prior, posterior=law, events=0.0, base=0.0, unit="claims",
            weight=0.0, prior_range=_range(prior), posterior_range=_range(law),
            notes=(NOTHING_OWN,),
        )  # fmt: skip
    else:
        done = update(pool.prior, seen, owner)
        weight = done.weight
    worth: Worth = {
        "product": pool.product_weight * (1 - weight),
        "experts": (1 - pool.product_weight) * (1 - weight), "own data": weight,
    }  # fmt: skip
    weights = np.array([part.weight for part in pool.prior.parts] or [1.0])
    steps = [_of_prior("product", prior, worth["product"], prior.source),
             replace(_of_prior("experts", pool.prior, worth["experts"], _experts(pool)),
                     opinions=opinions_of(pool, weights))]  # fmt: skip
    if seen is not None:
        told = _cut(f"{owner.name}: {seen.source}")
        steps.append(_of_prior("own data", done.posterior, weight, told))
    return replace(done, prior=prior, prior_range=_range(prior), steps=tuple(steps))


def _needing_counts(known: Knowledge, prior: Prior) -> Iterator[Fault]:
    bound = "must be a gamma or beta law with cv > 0 that counts can move"
    fix = "experts may speak of it; analogues and a robust share need a rate or a probability"
    if known.analogues:
        yield Fault("analogues", prior.family, bound, fix)
    if known.robust is not None:
        yield Fault("robust", prior.family, bound, fix)


def _is_counted(prior: Prior) -> bool:
    return prior.family in COUNTED and not is_held(prior)


# --- With counts ---------------------------------------------------------------------------------


class _Way(NamedTuple):
    """The laws after each step before own data: opinions, analogues, robust share."""

    prior: Prior
    known: Knowledge
    pool: Pool
    start: Laws
    lent: Laws
    robust: Laws


class _End(NamedTuple):
    """The laws after own data, `events` on `base`."""

    laws: Laws
    own: Counts
    notes: tuple[str, ...]


def _way(pool: Pool, prior: Prior, known: Knowledge) -> _Way:
    """A vague law has the mean of what it stands beside."""
    start = laws_of(pool.prior)
    lent = lent_laws(pool.prior, known.analogues, is_rate=pool.prior.family == "gamma")
    if known.robust is None:
        return _Way(prior, known, pool, start, lent, lent)
    mean, sd = moments(lent)
    state = Prior(family=pool.prior.family, mean=mean, cv=sd / mean, grade="D", source="so far")
    try:
        beside = vague(state)
    except InvalidParameter as error:
        raise InvalidParameter(fault._replace(field="robust") for fault in error.faults) from None
    return _Way(prior, known, pool, start, lent, made_robust(lent, beside, known.robust))


def _with_counts(way: _Way, parameter: str, seen: Observation | None, owner: Owner) -> Update:
    end = _seen_by(way, seen, owner)
    lent = lent_by(way.known.analogues, way.robust, end.laws)
    worth = _worth(way, end, lent)
    of_parts = np.bincount(end.laws.part + 1, end.laws.weight, len(way.pool.opinion) + 1)
    weights = np.asarray(of_parts[1:], np.float64)
    steps = tuple(_steps(way, end, seen, owner, lent, worth, weights))
    posterior, gap = as_prior(
        end.laws, grade=_grade(way, owner, lent, worth), source=_source(way, seen, owner, worth),
        note=way.prior.note,
    )  # fmt: skip
    low, high = steps[-1].low, steps[-1].high
    parts = way.prior.parts if way.pool.elicited is None else ()
    learns = any(one.discount is None for one in way.known.analogues)
    return Update(
        parameter=parameter, prior=way.prior, posterior=posterior,
        events=end.own.events, base=end.own.base,
        unit="exposure" if posterior.family == "gamma" else "trials",
        weight=worth["own data"], prior_range=_range(way.prior), posterior_range=(low, high),
        parts=tuple((part.weight, float(w)) for part, w in zip(parts, weights, strict=False)),
        notes=(*end.notes, *(about(end.own, low, gap, posterior) if learns else ())),
        steps=steps,
    )  # fmt: skip


def _seen_by(way: _Way, seen: Observation | None, owner: Owner) -> _End:
    """Own data by sums; trials under unlike conditions on a grid, law by law."""
    laws = way.robust
    if seen is None:
        return _End(laws, Counts(0.0, 0.0), (NOTHING_OWN,))
    require_kind(way.pool.prior, seen)
    learns = any(one.discount is None for one in way.known.analogues)
    scale = scales(seen, owner.rating_year) * [one.reported for one in seen.seen]
    if seen.is_rate or learns or (scale == 1).all():
        own = own_counts(seen, owner)
        return _End(after(laws, own), own, () if own.base else ("nothing was seen of it yet",))
    ends = zip(laws.first.tolist(), laws.second.tolist(), strict=True)
    done = [chance_after(ChanceLaw(a=a, b=b), seen, owner.rating_year) for a, b in ends]
    weight = special.softmax(np.log(laws.weight) + [one.evidence for one in done])
    chances = [one.law for one in done if isinstance(one.law, ChanceLaw)]
    known = laws._replace(weight=weight, first=np.array([law.a for law in chances]),
                          second=np.array([law.b for law in chances]))  # fmt: skip
    return _End(known, Counts(seen.events, done[0].base), done[0].notes)


def _worth(way: _Way, end: _End, lent: tuple[Lent, ...]) -> Worth:
    """Each law's prior size, its discounted data and its own data are shares of what it is worth
    in all; the laws by their weights. On a grid own data are what is left, at least nothing."""
    laws = end.laws
    sizes = np.append(way.start.total, way.robust.total[-1])[laws.part]
    shares = laws.weight * sizes / laws.total
    opinion = np.array([*way.pool.opinion, VAGUE])[laws.part]
    worth: Worth = {
        "product": float(shares[opinion == 0].sum()),
        "experts": float(shares[opinion > 0].sum()),
        "analogues": math.fsum(one.weight for one in lent),
        "robust": float(shares[opinion == VAGUE].sum()),
    }
    before = math.fsum(worth.values())
    if before > 1 or end.own.base == 0:
        worth = {name: weight / before for name, weight in worth.items()}
        before = 1.0
    return {**worth, "own data": 1 - before}


def _steps(
    way: _Way, end: _End, seen: Observation | None, owner: Owner, lent: tuple[Lent, ...],
    worth: Worth, weights: Floats,
) -> Iterator[Step]:  # fmt: skip
    known = way.known
    yield _of_prior("product", way.prior, worth["product"], way.prior.source)
    if known.experts:
        of_experts = _of_laws("experts", way.start, worth, _experts(way.pool))
        yield replace(of_experts, opinions=opinions_of(way.pool, weights, known.robust or 0.0))
    if known.analogues:
        said = "; ".join(f"{one.name}, {one.grade}: {one.source}" for one in known.analogues)
        yield replace(_of_laws("analogues", way.lent, worth, said), lent=lent)
    if known.robust is not None:
        said = f"D: with {known.robust:.0%} none of it holds but a law worth one event"
        yield replace(_of_laws("robust", way.robust, worth, said), opinions=(_vague(way, end),))
    if seen is not None:
        yield _of_laws("own data", end.laws, worth, f"{owner.name}: {seen.source}")


def _vague(way: _Way, end: _End) -> Opinion:
    """The vague law before and after."""
    mean, sd = moments(way.robust._replace(weight=(way.robust.part == VAGUE).astype(np.float64)))
    after_all = math.fsum(end.laws.weight[end.laws.part == VAGUE])
    return Opinion(name="a law worth one event", before=way.known.robust or 0.0, after=after_all,
                   mean=mean, cv=sd / mean)  # fmt: skip


def _of_laws(name: StepName, laws: Laws, worth: Worth, source: str) -> Step:
    mean, sd = moments(laws)
    return Step(name=name, mean=mean, sd=sd, low=quantile(laws, LOW), high=quantile(laws, HIGH),
                weight=worth[name], source=_cut(source))  # fmt: skip


def _of_prior(name: StepName, prior: Prior, weight: float, source: str) -> Step:
    low, high = _range(prior)
    return Step(name=name, mean=prior.law.mean, sd=math.sqrt(prior.law.variance), low=low,
                high=high, weight=weight, source=source)  # fmt: skip


def _grade(way: _Way, owner: Owner, lent: tuple[Lent, ...], worth: Worth) -> Grade:
    """Of what weighs most; the worse of two that weigh the same."""
    weighed = [(owner.grade, worth["own data"]), (way.prior.grade, worth["product"]),
               ("D", worth["experts"] + worth["robust"]),
               *((one.grade, one.weight) for one in lent)]  # fmt: skip
    return max(reversed(GRADES), key=lambda grade: math.fsum(w for g, w in weighed if g == grade))


def _source(way: _Way, seen: Observation | None, owner: Owner, worth: Worth) -> str:
    """Who stands behind the posterior, the latest first, each with its weight."""
    known, told = way.known, []
    if seen is not None:
        told.append(f"{owner.name}: {seen.source} (weight {worth['own data']:.0%})")
    if known.robust is not None:
        told.append(f"a vague law beside all else (share {known.robust:.0%})")
    if known.analogues:
        names = ", ".join(one.name for one in known.analogues)
        told.append(f"analogues {names} (weight {worth['analogues']:.0%})")
    if known.experts:
        names = ", ".join(fit.expert for fit in way.pool.elicited.fits) if way.pool.elicited else ""
        told.append(f"experts {names} (weight {worth['experts']:.0%})")
    if worth["product"] > 0:
        own = way.prior
        told.append(f"on {own.grade} (weight {worth['product']:.0%}): {own.source}")
    return _cut("; ".join(told))


def _experts(pool: Pool) -> str:
    return "" if pool.elicited is None else pool.elicited.prior.source


def _cut(source: str) -> str:
    return source[:LONGEST_SOURCE]


def _range(prior: Prior) -> tuple[float, float]:
    low, high = prior.law.quantile(np.array([LOW, HIGH])).tolist()
    return low, high
