"""Opinions of experts as quantiles, on record, fitted and told back.

Each expert states quantiles of one parameter; a law of the parameter's family is fitted to them by
least squares on F(quantile) - level, and what it says is told back, with its largest misfit. The
opinions are pooled as a mixture with the experts' weights. A record is never changed: a revision
is a new version that names the digest of the one it replaces.
Source: Oakley & O'Hagan, SHELF, the Sheffield Elicitation Framework, on fitting and pooling.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions import Law
from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.mixtures import LONGEST_SOURCE, pooled
from techinsure.evidence.priors import Part, Prior
from techinsure.evidence.quantile_fits import CVS, fitted
from techinsure.quantities import (
    FORBID,
    Count,
    Floats,
    Name,
    Real,
    count,
    each,
    is_date,
    number,
    one_of,
    positive,
    refuse_unless,
    text,
)
from techinsure.receipt import digest

Family = Literal["beta", "gamma", "lognormal"]
FAMILIES: tuple[Family, ...] = ("beta", "gamma", "lognormal")

LARGEST_MISFIT = 0.05
"""Above, a fit carries a warning: the law puts this much probability elsewhere."""
EXTREMES = (0.01, 0.99)
"""Levels told back whether asked or not: what a fit implies where nothing was stated."""
MOST_VERSIONS = 10_000

inside = number(
    "must be in (0, 1)", lambda value: 0 < value < 1, "write levels as fractions: 0.95 for 95%"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """The parameter lies below `value` with probability `level`, in (0, 1)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    level: Real
    value: Real

    def __post_init__(self) -> None:
        refuse_unless(self, level=inside, value=positive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expert:
    """Who stated which quantiles, on which `date` (2026-11-24), in which `role`, with what
    `reason`. `weight`: the probability, before data, that this is the right opinion."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    role: str
    date: str
    weight: Real
    reason: str
    stated: tuple[Stated, ...]

    def __post_init__(self) -> None:
        refuse_unless(
            self, name=text(), role=text(), date=is_date, reason=text(2000),
            weight=number("must be in (0, 1]", lambda value: 0 < value <= 1),
            stated=each(lambda *_: (), at_least=2),
        )  # fmt: skip
        faults = list(_crossing(self.stated))
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elicitation:
    """What experts were asked about a `parameter` (`question`, with its unit), and said.

    `family`: beta for probabilities, gamma for rates, lognormal for amounts. Weights sum to 1.
    `version` counts from 1; a later one says why it was made (`change`) and what it `replaces`,
    by digest.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: Name
    question: str
    family: Family
    experts: tuple[Expert, ...]
    version: Count = 1
    change: str = ""
    replaces: str = ""

    def __post_init__(self) -> None:
        refuse_unless(
            self, parameter=text(), question=text(2000), family=one_of(*FAMILIES),
            experts=each(lambda *_: (), at_least=1), version=count(1, MOST_VERSIONS),
        )  # fmt: skip
        faults = [*_unsound_group(self.experts), *_outside(self.family, self.experts)]
        if self.version == 1:
            faults += [
                Fault(name, value, "must be empty in version 1")
                for name, value in (("change", self.change), ("replaces", self.replaces))
                if value
            ]
        else:
            faults += text(2000)("change", self.change)
            faults += text(64, "[0-9a-f]{64}")("replaces", self.replaces)
        if faults:
            raise InvalidParameter(faults)

    @property
    def digest(self) -> str:
        """SHA-256 of the record, whatever the order of its experts and their quantiles."""
        return digest(replace(self, experts=self.ordered))

    @property
    def ordered(self) -> tuple[Expert, ...]:
        """The experts by name, each with quantiles in increasing order."""
        return tuple(
            replace(one, stated=tuple(sorted(one.stated, key=lambda stated: stated.level)))
            for one in sorted(self.experts, key=lambda one: one.name)
        )

    def revised(self, change: str, experts: tuple[Expert, ...]) -> "Elicitation":
        """The next version, with these experts, and why."""
        return replace(
            self, experts=experts, version=self.version + 1, change=change, replaces=self.digest
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBack:
    """One quantile: the `level` asked, the value `stated` (None where nobody asked), the value
    `fitted`, and the `reached` level of the fitted law at the stated value."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    level: Real
    stated: Real | None
    fitted: Real
    reached: Real | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The law fitted to the quantiles of one expert, by `mean` and `cv`; `misfit` is the largest
    |F(quantile) - level|, `quantiles` what is told back, by level."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    expert: Name
    weight: Real
    mean: Real
    cv: Real
    misfit: Real
    quantiles: tuple[ToldBack, ...]
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What to read to the expert, a sentence a quantile."""
        return tuple(
            f"below {one.fitted:.4g} with {one.level:.4g}"
            + ("" if one.stated is None else f" (you said {one.stated:.4g})")
            for one in self.quantiles
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elicited:
    """The `prior` (grade D) of an elicitation, whose parts are the `fits`, in the order of the
    experts' names; `digest` of the record that it came from."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    elicitation: Elicitation
    digest: str
    fits: tuple[Fit, ...]
    prior: Prior
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the experts, in the order of the prior's parts."""
        return tuple(fit.expert for fit in self.fits)


def elicit(elicitation: Elicitation) -> Elicited:
    """Each expert's quantiles fitted, and the fits pooled with the experts' weights.

    Raises `InvalidParameter` where no law of the family with a cv in [1e-4, 100] fits.
    """
    fits = tuple(
        fit(elicitation.family, expert, f"experts[{place}]")
        for place, expert in enumerate(elicitation.ordered)
    )
    mark = elicitation.digest
    who = ", ".join(
        f"{one.name} ({one.role}, {one.date}, weight {one.weight:.0%})"
        for one in elicitation.ordered
    )
    prior = pooled(
        elicitation.family,
        [Part(weight=one.weight, mean=one.mean, cv=one.cv) for one in fits],
        grade="D",
        source=f"elicited, version {elicitation.version}, record {mark[:12]}: {who}"[
            :LONGEST_SOURCE
        ],
    )
    notes = tuple(f"{one.expert}: {note}" for one in fits for note in one.notes)
    return Elicited(elicitation=elicitation, digest=mark, fits=fits, prior=prior, notes=notes)


def fit(family: Family, expert: Expert, field: str = "expert") -> Fit:
    """The law of `family` nearest to the quantiles of one expert; `field` is named in faults."""
    faults = list(_outside(family, [expert], field))
    if faults:
        raise InvalidParameter(faults)
    stated = sorted(expert.stated, key=lambda one: one.level)
    levels = np.array([one.level for one in stated])
    values = np.array([one.value for one in stated])
    try:
        mean, cv = fitted(family, levels, values)
    except (ValueError, ArithmeticError):  # no root between the ends, no finite moment
        mean, cv = 0.0, 0.0
    if not (mean > 0 and CVS[0] <= cv <= CVS[1]):
        bound = f"must fit a {family} law with a cv in [{CVS[0]:g}, {CVS[1]:g}]"
        fix = "ask again: such a law is as good as certain, or says nothing"
        raise InvalidParameter([Fault(f"{field}.stated", values.tolist(), bound, fix)])
    law = Prior(family=family, mean=mean, cv=cv, grade="D", source=expert.name).law
    reached = np.asarray(law.cdf(values), np.float64)
    worst = int(np.abs(reached - levels).argmax())
    misfit = float(abs(reached[worst] - levels[worst]))
    return Fit(
        expert=expert.name, weight=expert.weight, mean=mean, cv=cv, misfit=misfit,
        quantiles=_told_back(law, levels, values),
        notes=() if misfit <= LARGEST_MISFIT else
        (f"misfit {misfit:.2f} > {LARGEST_MISFIT:g}: the {family} law has {values[worst]:.4g} as "
         f"its {reached[worst]:.1%} quantile, not {levels[worst]:.1%}; ask again",),
    )  # fmt: skip


def _told_back(law: Law, levels: Floats, values: Floats) -> tuple[ToldBack, ...]:
    asked = dict(zip(levels.tolist(), values.tolist(), strict=True))
    found = []
    for level in sorted({*asked, *EXTREMES}):
        value = asked.get(level)
        reached = None if value is None else float(law.cdf(np.array([value]))[0])
        of_law = float(law.quantile(np.array([level]))[0])
        found.append(ToldBack(level=level, stated=value, fitted=of_law, reached=reached))
    return tuple(found)


def _crossing(stated: tuple[Stated, ...]) -> Iterator[Fault]:
    """Equal levels, and values that do not increase with the level."""
    order = sorted(range(len(stated)), key=lambda place: stated[place].level)
    for first, then in pairwise(order):
        low, high = stated[first], stated[then]
        if low.level == high.level:
            yield Fault(f"stated[{then}].level", high.level, "must be stated once")
        elif low.value >= high.value:
            bound = f"must be > {low.value:g}, the value at the lower level {low.level:g}"
            yield Fault(f"stated[{then}].value", high.value, bound, "ask again: quantiles cross")


def _unsound_group(experts: tuple[Expert, ...]) -> Iterator[Fault]:
    """Names that repeat, and weights that do not sum to 1."""
    names = [one.name for one in experts]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(f"experts[{place}].name", name, "must be unique")
    total = math.fsum(one.weight for one in experts)
    if abs(total - 1) > 1e-9:
        fix = "divide each by their sum"
        yield Fault("experts.weight", total, "must sum to 1", fix, "/experts")


def _outside(
    family: Family, experts: tuple[Expert, ...] | list[Expert], field: str = ""
) -> Iterator[Fault]:
    """Values that a probability cannot have."""
    if family != "beta":
        return
    for place, expert in enumerate(experts):
        at = field or f"experts[{place}]"
        for number_, one in enumerate(expert.stated):
            if one.value >= 1:
                fix = "write probabilities as fractions: 0.25 for 25%"
                yield Fault(f"{at}.stated[{number_}].value", one.value, "must be in (0, 1)", fix)
