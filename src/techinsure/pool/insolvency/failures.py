"""Which members and reinsurers fail in which simulated year, together and with the pool's loss.

One normal each: X = -l S + sqrt(c - l**2) F + sqrt(1 - c) own, with S the normal score of the
year's rank by net loss, F a factor that all share, c the `correlation` of two companies and l the
`loss_correlation` of a company's failure with the loss. A company fails when X is below the normal
quantile of its annual default probability: so often in all, whatever c and l.
Source: the one-factor model of Vasicek 2002, Risk 15(12), with the loss as a part of its factor.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.losses.sampling import sample
from techinsure.pool.insolvency.default_rates import default_rates
from techinsure.quantities import (
    FORBID,
    Flags,
    Floats,
    Name,
    Real,
    count,
    fraction,
    nearest,
    optional,
    refuse_unless,
    require,
    text,
)
from techinsure.seeding import counters, key, keys, uniforms

MOST_DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterparty:
    """A member or reinsurer that may fail: by its `rating` in the shipped table, or by an annual
    default `probability` of its own. `recovery` is the part of what it owes that it still pays
    when it has failed (None: as shipped)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    rating: Name | None = None
    probability: Real | None = None
    recovery: Real | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=text(),
            rating=optional(text()),
            probability=optional(fraction),
            recovery=optional(fraction),
        )
        if (self.rating is None) == (self.probability is None):
            fix = "give a rating of the table, or a probability of your own"
            fault = Fault("probability", self.probability, "must be given, or a rating", fix)
            raise InvalidParameter([fault])
        if self.rating is not None:
            default_rates().rating.of(self.rating)

    @property
    def default_probability(self) -> float:
        """The probability of failing within a year."""
        if self.rating is not None:
            return default_rates().rating.of(self.rating)
        assert self.probability is not None
        return self.probability

    @property
    def recovery_rate(self) -> float:
        """What creditors get of what is owed, a fraction."""
        return default_rates().recovery.rate if self.recovery is None else self.recovery


def rated(names: Sequence[str], rating: str) -> tuple[Counterparty, ...]:
    """Companies of one rating."""
    return tuple(Counterparty(name=name, rating=rating) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureDependence:
    """How failures go together: `correlation` c of two companies' normals, `loss_correlation` l
    of a company's with the pool's net loss, l**2 <= c. The values are our judgement, D: asset
    correlations of companies are put at 0.1 to 0.2 by banking rules and studies; of insurers'
    failures with a pool's loss there are no data."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    correlation: Real = 0.2
    loss_correlation: Real = 0.3

    def __post_init__(self) -> None:
        refuse_unless(self, correlation=fraction, loss_correlation=fraction)
        refuse_unless(self, loss_correlation=self._within)

    def _within(self, field: str, value: object) -> Iterator[Fault]:
        if self.loss_correlation**2 > self.correlation * (1 + 1e-12):
            most = math.sqrt(self.correlation)
            fix = "what all share with the loss they share with each other"
            yield Fault(field, value, f"must be <= sqrt(correlation) = {most:.6g}", fix)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Failures:
    """Who failed: `failed` (n_parties, n_draws, n_years). Each draw is another fate of all
    companies in the same loss years, whose normal `score` is (n_years,); `thresholds` (n_parties,)
    are the normal quantiles of the probabilities of default, `with_loss` what failures share with
    losses. Numbers belong to names, so that two terms meet the same fates."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parties: tuple[Counterparty, ...]
    failed: Flags
    score: Floats
    thresholds: Floats
    with_loss: float

    def given(self, place: int) -> Floats:
        """(n_years,) P(the company at `place` fails | the year's loss)."""
        rest = math.sqrt((1 - self.with_loss) * (1 + self.with_loss))
        need = self.thresholds[place] + self.with_loss * self.score
        if rest == 0:
            return np.asarray(need > 0, np.float64)
        return np.asarray(special.ndtr(need / rest), np.float64)

    def place(self, name: str) -> int:
        """Where a company stands."""
        names = [party.name for party in self.parties]
        if name not in names:
            raise NotFound("counterparty", name, names, nearest(name, names))
        return names.index(name)


def draw_failures(
    parties: Sequence[Counterparty],
    dependence: FailureDependence,
    losses: Floats,
    *,
    seed: int,
    draws: int = 1,
    weight: Floats | None = None,
) -> Failures:
    """The fates of `parties` in years of net `losses` (n_years,), `draws` a year, from streams
    named by the companies: another company or another order changes nobody's fate."""
    require("draws", draws, count(1, MOST_DRAWS))
    names = [party.name for party in parties]
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise InvalidParameter([Fault("parties", twice[0], "must be unique", "name it once")])
    score = loss_scores(losses, weight, seed=seed)
    c, with_loss = dependence.correlation, dependence.loss_correlation
    years = np.arange(len(score), dtype=np.int64)
    counter = counters(years, np.arange(draws)[:, None])
    shared = special.ndtri(uniforms(key(seed, "default factor"), counter))
    common = math.sqrt(max(c - with_loss**2, 0.0)) * shared - with_loss * score
    thresholds = special.ndtri([party.default_probability for party in parties])
    failed = np.empty((len(names), draws, len(score)), dtype=np.bool_)
    for place, stream in enumerate(keys(seed, "default", names)):
        own = special.ndtri(uniforms(int(stream), counter))
        failed[place] = common + math.sqrt(1 - c) * own < thresholds[place]
    return Failures(
        parties=tuple(parties), failed=failed, score=score, thresholds=thresholds,
        with_loss=with_loss,
    )  # fmt: skip


def loss_scores(losses: Floats, weight: Floats | None = None, *, seed: int) -> Floats:
    """(n_years,) normal scores of the ranks of `losses`: large for large losses. Years of equal
    loss are put in an order of their own stream, so that the scores are normal whatever the
    losses; a year's rank is the middle of its weight."""
    drawn = sample(losses, weight)
    tie = uniforms(key(seed, "default ties"), counters(np.arange(drawn.n_years)))
    order = np.lexsort((tie, drawn.values))
    share = drawn.weights()[order]
    middle = np.cumsum(share) - share / 2
    scores = np.empty(drawn.n_years)
    scores[order] = special.ndtri(np.clip(middle, 2.0**-53, 1 - 2.0**-53))
    return scores
