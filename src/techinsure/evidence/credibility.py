"""Credibility: how far the mean of a class counts, and how far that of all classes.

Classes have means around a collective, with variance `between` (of the hypothetical means); what
is seen of a class of weight w has variance `within` / w around it (expected process variance).
The premium z * own mean + (1 - z) * collective, z = w / (w + k), k = within / between, is the
best linear one, whatever the laws. Its sd takes both variances as known.
Source: Bühlmann & Straub 1970; Bühlmann & Gisler 2005, A Course in Credibility Theory, chapter 4.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions import Law
from techinsure.errors import Fault, InvalidParameter, NotFound, Undefined
from techinsure.evidence.between import (
    iterative_between,
    precision_mean,
    shrunk,
    unbiased_between,
)
from techinsure.evidence.class_statistics import MOST_OBSERVATIONS, ClassStatistics, is_finite
from techinsure.quantities import (
    FORBID,
    Floats,
    Name,
    Real,
    count,
    each,
    nearest,
    not_negative,
    one_of,
    refuse_unless,
    require,
    text,
)

Estimator = Literal["unbiased", "iterative"]
"""Of the variance between classes: unbiased, or the pseudo-estimator of Bichsel and Straub."""

UNSEEN = "nothing was seen of this class: its premium is the collective"
ONE_CLASS = "one class was seen: its own mean is the collective, how classes differ is not known"
NO_LOSS = "no loss was seen in any class: 0 is what was seen, not a price; update a prior instead"
ALL_ALIKE = "no variation was seen, within classes or between them: every premium is their mean"
FULL = "no variation was seen within classes: each stands for itself, with credibility 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPremium:
    """The premium of one class, per unit of weight: `credibility` z of its own `mean` (None where
    `weight` is 0), and the root `sd` of its expected squared error (None where not known)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    weight: Real
    mean: Real | None
    credibility: Real
    premium: Real
    sd: Real | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """`within`: variance of one unit of weight around its class; `between`: of classes around
    the `collective`; `collective_variance`: of the collective, where it is an estimate."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    within: Real
    between: Real
    collective: Real
    collective_variance: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(self, within=not_negative, between=not_negative, collective=is_finite,
                      collective_variance=not_negative)  # fmt: skip

    @staticmethod
    def of_types(
        shares: Sequence[float], means: Sequence[float], variances: Sequence[float]
    ) -> "Structure":
        """Of types of risks, all (n_types,): `shares` that sum to 1, mean and variance of one
        unit of weight of each. Source: Klugman, Panjer & Willmot, Loss Models, section 17.5."""
        require("shares", shares, each(not_negative, 1))
        require("means", means, each(is_finite))
        require("variances", variances, each(not_negative))
        faults = [
            Fault(field, len(values), f"must have {len(shares)} entries, one a type")
            for field, values in (("means", means), ("variances", variances))
            if len(values) != len(shares)
        ]
        if abs(math.fsum(shares) - 1) > 1e-9:
            faults.append(Fault("shares", tuple(shares), "must sum to 1"))
        if faults:
            raise InvalidParameter(faults)
        share = np.array(shares) / math.fsum(shares)
        centre = float(share @ np.array(means))
        return Structure(
            within=float(share @ np.array(variances)),
            between=float(share @ (np.array(means) - centre) ** 2),
            collective=centre,
        )

    @staticmethod
    def of_poisson(rate: Law) -> "Structure":
        """Of Poisson counts whose rate per unit of exposure has the law `rate`: within is its
        mean, between its variance. With a gamma law the premium is the posterior mean."""
        return Structure(within=rate.mean, between=rate.variance, collective=rate.mean)

    @property
    def k(self) -> float | None:
        """within / between, the weight at which z is 1/2; None where classes do not differ."""
        return self.within / self.between if self.between > 0 else None

    def premium(self, weight: float, total: float, name: str = "class") -> ClassPremium:
        """What is charged a class whose losses `total` came on `weight`, both 0 if unseen."""
        require("weight", weight, not_negative)
        require("total", total, is_finite)
        if weight == 0 and total != 0:
            raise InvalidParameter([Fault("total", total, "must be 0 where weight is 0")])
        seen = weight > 0
        z, premium, sd = shrunk(
            total / weight if seen else 0.0, self.within / weight if seen else math.inf,
            self.between, self.collective, self.collective_variance,
        )  # fmt: skip
        return ClassPremium(
            name=name, weight=float(weight), mean=total / weight if seen else None,
            credibility=z, premium=premium, sd=sd, notes=() if seen else (UNSEEN,),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Credibility:
    """What the classes say of their structure, and the premium of each.

    `between_estimate` is the estimate before a negative one is taken as 0 (None for one class).
    `mean` weighs classes by weight, the structure's collective by credibility.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    estimator: Estimator
    structure: Structure
    between_estimate: Real | None
    mean: Real
    classes: tuple[ClassPremium, ...]
    notes: tuple[str, ...] = ()

    def of_class(self, name: str) -> ClassPremium:
        """The premium of the class of that name; `NotFound` if it is none."""
        names = [one.name for one in self.classes]
        if name not in names:
            raise NotFound("class", name, names, nearest(name, names))
        return self.classes[names.index(name)]


def buhlmann_straub(
    classes: Mapping[str, ClassStatistics], estimator: Estimator = "unbiased"
) -> Credibility:
    """The premiums of `classes` from their sums; with all weights 1 it is Bühlmann's model.

    within = sum of spreads / sum (n - 1). `Undefined` if no class has two observations (a law of
    the counts helps: `poisson_credibility`) or none was seen at all.
    Source: Bühlmann & Gisler 2005, section 4.8; Goulet 1998, Journal of Actuarial Practice 6.
    """
    degrees = sum(max(one.n - 1, 0) for one in classes.values())
    if any(one.n for one in classes.values()) and degrees == 0:
        raise Undefined(
            "the variance within classes is 0 / 0: no class has two observations; give a second "
            "period, use poisson_credibility for counts, or give the variances to Structure"
        )
    within = math.fsum(one.spread for one in classes.values()) / max(degrees, 1)
    return _credibility(
        list(classes), [one.weight for one in classes.values()],
        [one.total for one in classes.values()], within, estimator,
    )  # fmt: skip


def poisson_credibility(
    names: Sequence[str],
    events: Sequence[float] | Floats,
    exposure: Sequence[float] | Floats,
    estimator: Estimator = "unbiased",
) -> Credibility:
    """Premiums, events per unit of exposure, of classes whose counts are Poisson: `events` on
    `exposure`, both (n_classes,). The variance within is then the mean, so that one period a
    class will do. Source: Klugman, Panjer & Willmot, Loss Models, section 19.3 (4th ed.)."""
    require("names", names, each(text()))
    require("events", events, each(not_negative))
    require("exposure", exposure, each(not_negative))
    first = {name: i for i, name in reversed(list(enumerate(names)))}
    faults = [
        Fault(field, len(values), f"must have {len(names)} entries, one a class")
        for field, values in (("events", events), ("exposure", exposure))
        if len(values) != len(names)
    ] or [
        Fault(f"events[{i}]", float(n), "must be 0 without exposure")
        for i, (n, e) in enumerate(zip(events, exposure, strict=True))
        if n > 0 and e == 0
    ]
    faults += [
        Fault(f"names[{i}]", name, "must be unique", "add the data of one class up")
        for i, name in enumerate(names)
        if first[name] < i
    ]
    if faults:
        raise InvalidParameter(faults)
    whole = math.fsum(exposure)
    within = math.fsum(events) / whole if whole > 0 else 0.0
    return _credibility(names, exposure, events, within, estimator)


def poisson_by_count(policies: Mapping[int, int]) -> Credibility:
    """Premiums by number of claims, from how many `policies` had it, each exposed for the same
    period; further counts by `structure.premium(1, count)`. The same as `poisson_credibility`
    policy by policy: between = sample variance - mean, in exact fractions."""
    for claims, number in policies.items():
        require("claims", claims, count(0, 10**6))
        require(f"policies[{claims}]", number, count(0, MOST_OBSERVATIONS))
    n = sum(policies.values())
    if n == 0:
        raise Undefined("the mean of no policy is 0 / 0: no policy was seen")
    mean = Fraction(sum(k * m for k, m in policies.items()), n)
    away = sum(m * (k - mean) ** 2 for k, m in policies.items())
    estimate = float(away / (n - 1) - mean) if n > 1 else None
    between = max(estimate or 0.0, 0.0)
    structure = Structure(
        within=float(mean), between=between, collective=float(mean),
        collective_variance=(between + float(mean)) / n,
    )  # fmt: skip
    premiums = [structure.premium(1, k, f"{k} claims") for k, m in sorted(policies.items()) if m]
    return _told(Credibility(
        estimator="unbiased", structure=structure, between_estimate=estimate, mean=float(mean),
        classes=tuple(premiums),
    ))  # fmt: skip


def _credibility(
    names: Sequence[str],
    weights: Sequence[float] | Floats,
    totals: Sequence[float] | Floats,
    within: float,
    estimator: Estimator,
) -> Credibility:
    """The premiums of classes with these sums, (n_classes,), and this variance within."""
    require("names", names, each(text()))
    require("estimator", estimator, one_of("unbiased", "iterative"))
    weight, total = np.array(weights, np.float64), np.array(totals, np.float64)
    seen = weight > 0
    if not seen.any():
        raise Undefined("the collective is 0 / 0: no class was seen; start from a prior")
    own, held = total[seen] / weight[seen], weight[seen]
    estimate = None
    if seen.sum() > 1 and estimator == "unbiased":
        estimate = unbiased_between(own, held, within) + 0.0  # no -0
    elif seen.sum() > 1:
        estimate = iterative_between(own, within / held, np.zeros(len(own), np.int32))
    between = max(estimate or 0.0, 0.0)
    collective, variance = precision_mean(own, between + within / held, held)
    structure = Structure(
        within=within, between=between, collective=collective, collective_variance=variance
    )
    return _told(Credibility(
        estimator=estimator, structure=structure, between_estimate=estimate,
        mean=float(total.sum() / weight.sum()),
        classes=tuple(
            structure.premium(w, t, name)
            for name, w, t in zip(names, weight.tolist(), total.tolist(), strict=True)
        ),
    ))  # fmt: skip


def _told(found: Credibility) -> Credibility:
    """The same with what degenerated in words; without both variances the sd is not known."""
    structure, estimate = found.structure, found.between_estimate
    if structure.within == 0 or estimate is None:
        unknown = tuple(dataclasses.replace(one, sd=None) for one in found.classes)
        found = dataclasses.replace(found, classes=unknown)
    notes = list[str]()
    if structure.within == 0 and not any(one.mean for one in found.classes):
        notes.append(NO_LOSS)
    if estimate is None:
        notes.append(ONE_CLASS)
    elif structure.within == 0 and not notes:
        notes.append(FULL if structure.between > 0 else ALL_ALIKE)
    elif structure.between == 0 and not notes:
        found_as = f"estimated at {estimate:.4g} and taken as 0" if estimate < 0 else "0"
        notes.append(
            "classes differ no more than chance explains: the variance between them is "
            f"{found_as}, so every premium is the collective"
        )
    return dataclasses.replace(found, notes=tuple(notes))
