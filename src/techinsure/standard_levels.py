"""Terms of sites, policies and other levels that every policy of a product has, with evidence."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import inf
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault
from techinsure.evidence.priors import GRADES, Grade
from techinsure.level_terms import EVERY, Level
from techinsure.portfolio import LEVEL_LABELS
from techinsure.quantities import FORBID, nearest, one_of, refuse_unless, text
from techinsure.reading import pointer

MOST_LEVELS = 12
"""So many levels of one policy are in force at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardLevel(Level):
    """A level of every policy of a product, with the evidence for its amounts. A product knows no
    site or policy by name, so its terms are those of each group (`level_terms.EVERY`)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    grade: Grade
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        Level.__post_init__(self)
        refuse_unless(self, grade=one_of(*GRADES), source=text(600))

    def numbers(self) -> Iterator[tuple[str, float, float]]:
        """(what follows the record's path, value, coefficient of variation) of each amount, share
        and time that is set."""
        for group, terms in self.terms.items():
            for name, value in _set(terms, f".terms.{group}"):
                yield name, value, 0.0


def _set(record: object, at: str) -> Iterator[tuple[str, float]]:
    """The numbers of a record of terms that are not at their default, depth first, by path."""
    if isinstance(record, tuple):
        for one in record:
            yield from _set(one, f"{at}.{one.name}")
    elif is_dataclass(record):
        for part in fields(record):
            value = getattr(record, part.name)
            if value != part.default:
                yield from _set(value, f"{at}.{part.name}")
    elif isinstance(record, int | float):
        yield at, float(record)


def standard_faults(levels: Sequence[Level], causes: Collection[str]) -> Iterator[Fault]:
    """What is wrong with the levels of a product that insures `causes`."""
    yield from level_faults(levels, causes, dict.fromkeys(LEVEL_LABELS, (EVERY,)), None)


def level_faults(
    levels: Sequence[Level],
    causes: Collection[str],
    groups: Mapping[str, Collection[str]],
    inception: float | None,
) -> Iterator[Fault]:
    """What is wrong with the levels of a policy that insures `causes` from `inception` on (years
    since the cohort's start; None: policies differ), whose items have labels of `groups` (label ->
    names; a label without names is not given): pointers into the record that has the levels."""
    names = [level.name for level in levels]
    if len(levels) > MOST_LEVELS:
        fix = "join levels that are alike but for their groups"
        yield Fault("levels", len(levels), f"must be at most {MOST_LEVELS}", fix, pointer("levels"))
    for place, level in enumerate(levels[:MOST_LEVELS]):
        at = ("levels", place)
        if level.name in names[:place]:
            fix = "rename one of them"
            yield Fault("name", level.name, "must be unique", fix, pointer(*at, "name"))
        for number, cause in enumerate(level.causes):
            if cause not in causes:
                bound, fix = f"must be one of {', '.join(causes)}", _meant(cause, causes)
                yield Fault("causes", cause, bound, fix, pointer(*at, "causes", number))
        yield from _prior_acts(level, inception, at)
        if level.by not in LEVEL_LABELS:
            bound, fix = f"must be one of {', '.join(LEVEL_LABELS)}", _meant(level.by, LEVEL_LABELS)
            yield Fault("by", level.by, bound, fix, pointer(*at, "by"))
        elif not groups[level.by]:
            given = ", ".join(name for name in LEVEL_LABELS if groups[name])
            bound = "must be a label that the insured objects have"
            yield Fault("by", level.by, bound, f"one of {given}", pointer(*at, "by"))
        else:
            yield from _group_faults(level, groups[level.by], at)


def _group_faults(level: Level, known: Collection[str], at: tuple[object, ...]) -> Iterator[Fault]:
    """Groups that no item is of: their terms would be lost."""
    for name in level.terms:
        if name not in known and name != EVERY:
            guess = nearest(name, known)
            fix = f"did you mean {guess!r}?" if guess else f"write {EVERY!r} for each {level.by}"
            bound = f"must name a {level.by} of an item"
            if level.by == "item":
                bound = "must name an item"
            yield Fault("terms", name, bound, fix, pointer(*at, "terms", name))


def _prior_acts(level: Level, inception: float | None, at: tuple[object, ...]) -> Iterator[Fault]:
    """Losses from before inception that claims made would pay: no loss model draws any, so their
    price would be missing."""
    for group, terms in level.terms.items():
        since = terms.retroactive
        if (
            not terms.claims_made
            or since is None
            or since >= (inf if inception is None else inception)
        ):
            continue
        bound = "must not be before inception for claims made: no model draws losses from before it"
        fix = "leave it out: it is then the inception"
        yield Fault("retroactive", since, bound, fix, pointer(*at, "terms", group, "retroactive"))


def _meant(name: str, known: Collection[str]) -> str:
    guess = nearest(name, known)
    return f"did you mean {guess!r}?" if guess else ""
