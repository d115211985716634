"""The way from a product's prior to the posterior, step by step: what each step knew and weighs."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.evidence.priors import Grade
from techinsure.quantities import FORBID, Flag, Name, Real

StepName = Literal["product", "experts", "analogues", "robust", "other classes", "own data"]
"""In the order in which they are taken; other classes are heard alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """What one analogue lent: its `discount` (mean, sd, from 5% to 95%; sd 0 where stated), the
    `events` and `base` that it comes to, and its `weight` in the posterior."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    grade: Grade
    learnt: Flag
    discount: Real
    sd: Real
    low: Real
    high: Real
    events: Real
    base: Real
    weight: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One opinion of a pool: its law by `mean` and `cv`, and the probability that it is the right
    one `before` any data and `after` all of them. `misfit`: of the law to the quantiles that were
    stated, the largest difference in probability; None of the product's own prior."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    before: Real
    after: Real
    mean: Real
    cv: Real
    misfit: Real | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was known of the parameter after one step: mean, sd, 5% and 95% quantile.

    `weight`: what the step is worth in the posterior, in exposure or trials, as a share; those of
    all steps sum to 1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: StepName
    mean: Real
    sd: Real
    low: Real
    high: Real
    weight: Real
    source: str
    opinions: tuple[Opinion, ...] = ()
    lent: tuple[Lent, ...] = ()
