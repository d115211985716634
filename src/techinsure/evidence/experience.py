"""What is known of parameters of a product beside the product: experts, analogues, own data.

One document holds them all. Own data are events or settled amounts (`observed`); what stands
beside them, opinions of experts and data of other markets, is kept by parameter (`knowledge`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.class_pools import ClassPool
from techinsure.evidence.knowledge import Knowledge
from techinsure.evidence.observed import EARLIEST, LATEST, Amounts, Observation, Seen
from techinsure.evidence.priors import GRADES, Grade
from techinsure.quantities import (
    FORBID,
    Count,
    Name,
    count,
    one_of,
    optional,
    refuse_unless,
    text,
)
from techinsure.receipt import digest, plain

__all__ = ["Amounts", "Experience", "Knowledge", "Observation", "Seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """Own data of `name` (a member, a pool), rated for `rating_year`, and the `knowledge` beside
    them; every part with its source. `together`: classes that learn from one another.

    One entry a parameter in each list; what is pooled with other classes has counts alone. `grade`
    is that of own claims unless somebody else's are meant.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    rating_year: Count | None = None
    observations: tuple[Observation, ...] = ()
    amounts: tuple[Amounts, ...] = ()
    knowledge: tuple[Knowledge, ...] = ()
    together: tuple[ClassPool, ...] = ()
    grade: Grade = "A"
    note: str = ""

    def __post_init__(self) -> None:
        refuse_unless(
            self, name=text(), rating_year=optional(count(EARLIEST, LATEST)),
            grade=one_of(*GRADES),
        )  # fmt: skip
        faults = list(_repeated(one.parameter for one in self.entries))
        faults += _repeated((one.parameter for one in self.knowledge), "knowledge")
        faults += self._pooled_twice()
        if not self.parameters:
            fix = "give at least one entry of observations, amounts or knowledge"
            faults.append(Fault("observations", (), "must not be empty", fix))
        if self.rating_year is None and any(seen.trend for seen in self.observations):
            fix = "name the year whose level the rate shall have"
            faults.append(Fault("rating_year", None, "is required with a trend", fix))
        if faults:
            raise InvalidParameter(faults)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What is spoken of, own data first, in order."""
        every: tuple[Observation | Amounts | Knowledge, ...] = (*self.entries, *self.knowledge)
        alone = [one.parameter for one in every]
        pooled = [name for pool in self.together for name in pool.parameters]
        return tuple(dict.fromkeys([*alone, *pooled]))

    @property
    def entries(self) -> tuple[Observation | Amounts, ...]:
        """All that was observed."""
        return (*self.observations, *self.amounts)

    def own(self, parameter: str) -> Observation | Amounts | None:
        """What was observed of a parameter, if anything."""
        return next((one for one in self.entries if one.parameter == parameter), None)

    def known(self, parameter: str) -> Knowledge | None:
        """What is known of a parameter beside own data, if anything."""
        return next((one for one in self.knowledge if one.parameter == parameter), None)

    def but(self, entry: Observation | Amounts) -> "Experience":
        """What bears on the parameter of `entry`, with `entry` in the place of its own data."""
        pool = self.pool(entry.parameter)
        near = (entry.parameter,) if pool is None else pool.parameters

        def kept(many: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(entry if one.parameter == entry.parameter else one
                         for one in many if one.parameter in near)  # fmt: skip

        beside = tuple(one for one in self.knowledge if one.parameter == entry.parameter)
        return replace(self, observations=kept(self.observations), amounts=kept(self.amounts),
                       knowledge=beside, together=() if pool is None else (pool,))  # fmt: skip

    def pool(self, parameter: str) -> ClassPool | None:
        """The classes that a parameter learns with, if any."""
        return next((one for one in self.together if parameter in one.parameters), None)

    def _pooled_twice(self) -> Iterator[Fault]:
        """A parameter of a pool of classes that something else is said of as well."""
        alone: tuple[Knowledge | Amounts, ...] = (*self.knowledge, *self.amounts)
        others = [one.parameter for one in alone]
        for place, pool in enumerate(self.together):
            for name in pool.parameters:
                if name in others:
                    fix = "leave it out of the pool, or its experts and analogues away"
                    bound = "must be pooled once, with counts alone"
                    yield Fault(f"together[{place}].parameters", name, bound, fix)
            others += pool.parameters

    @property
    def digest(self) -> str:
        """SHA-256 of the document, whatever the order of its entries."""
        whole: dict[str, Any] = plain(
            replace(
                self, observations=_ordered(self.observations), amounts=_ordered(self.amounts),
                knowledge=tuple(one.ordered for one in _ordered(self.knowledge)),
                together=tuple(sorted(
                    (replace(one, parameters=tuple(sorted(one.parameters)))
                     for one in self.together), key=lambda one: one.parameters)),
            )
        )  # fmt: skip
        for name in ("knowledge", "together"):
            if not whole[name]:
                del whole[name]  # as of a document that holds own data alone
        return digest(whole)


def _ordered(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(entries, key=lambda one: one.parameter))


def _repeated(names: Iterable[str], place: str = "parameter") -> Iterator[Fault]:
    seen: list[str] = []
    for number, name in enumerate(names):
        if name in seen:
            fix = "put all years of one parameter into one entry"
            if place == "knowledge":
                fix = "put all experts and analogues of one parameter into one entry"
            yield Fault(f"{place}[{number}]", name, "must be unique", fix)
        seen.append(name)
