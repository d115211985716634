"""Small changes to a programme: other terms of a treaty, a treaty dropped, a treaty added, parallel
treaties cut or refused.

A term inside another is reached by its path: `sliding_scale.commissions[1]`, `hours_clause.hours`,
`reinsurers[Re A].share` (entries by place, counted from 0, or by name). Edits apply in their order
to the programme as its file says it; what comes out is read again like any programme, so nothing
unfit gets through.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Discriminator, Tag

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Name, nearest, refuse_unless, text
from techinsure.reading import pointer, read
from techinsure.receipt import plain
from techinsure.reinsurance.programme import PlacedTreaty, Programme

PLACING = tuple(f.name for f in fields(PlacedTreaty) if f.name not in ("name", "treaty"))
"""What an edit may set of a treaty's place in the programme, beside the treaty's own terms."""

FIXED = ("kind", "name", "treaty")
"""What makes a treaty this one: another is another treaty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTerms:
    """Terms of one treaty, by the names its file uses: `{"limit": 30e6, "placed_share": 0.9}`, or
    by a path: `{"reinstatement_rates[0]": 0.5}`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    treaty: Name
    set: dict[str, Any]

    def __post_init__(self) -> None:
        if not self.set:
            raise InvalidParameter(
                [Fault("set", {}, "must name a term", 'such as {"limit": 30e6}')]
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTreaty:
    """The treaty of that name goes; what was net of it becomes net of what it was net of."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    drop: Name

    def __post_init__(self) -> None:
        refuse_unless(self, drop=text())


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTreaty:
    """One more treaty with its place."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    add: PlacedTreaty


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParallel:
    """What becomes of parallel treaties that together take more than there is."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parallel: Literal["refused", "capped"]


def _which(edit: Any) -> str:
    for name, tag in (("drop", "dropped"), ("add", "added"), ("parallel", "parallel")):
        if name in edit if isinstance(edit, Mapping) else hasattr(edit, name):
            return tag
    return "terms"


Edit = Annotated[
    Annotated[SetTerms, Tag("terms")]
    | Annotated[DropTreaty, Tag("dropped")]
    | Annotated[AddTreaty, Tag("added")]
    | Annotated[SetParallel, Tag("parallel")],
    Discriminator(_which),
]


def edited(programme: Programme, edits: Sequence[Edit]) -> Programme:
    """The programme after `edits`. `InvalidParameter` with a pointer `/0/set/limit` (edit, then
    place) for a treaty or term that is not known, with the nearest name, and for a value that
    cannot be; `Refused` for a circle."""
    treaties, parallel = {placed.name: placed for placed in programme.treaties}, programme.parallel
    for place, edit in enumerate(edits):
        at = pointer(place)
        match edit:
            case SetTerms():
                _known(edit.treaty, treaties, "treaty", at)
                treaties[edit.treaty] = _with_terms(treaties[edit.treaty], edit.set, at)
            case DropTreaty():
                _known(edit.drop, treaties, "drop", at)
                treaties = _without(edit.drop, treaties)
            case AddTreaty():
                if edit.add.name in treaties:
                    fault = Fault("name", edit.add.name, "must be unique", "rename it, or use set")
                    raise InvalidParameter([fault._replace(pointer=f"{at}/add/name")])
                treaties[edit.add.name] = edit.add
            case SetParallel():
                parallel = edit.parallel
    try:
        return replace(programme, treaties=tuple(treaties.values()), parallel=parallel)
    except InvalidParameter as error:
        names = list(treaties)
        raise InvalidParameter(_at_edit(fault, names, edits) for fault in error.faults) from None


def rewired(before: Programme, after: Programme) -> tuple[str, ...]:
    """In words, each treaty of both that is net of other treaties than before."""
    old = {placed.name: placed.net_of for placed in before.treaties}
    return tuple(
        f"treaty {placed.name!r} is now net of {_listed(placed.net_of)}; "
        f"it was net of {_listed(old[placed.name])}"
        for placed in after.treaties
        if placed.name in old and {*old[placed.name]} != {*placed.net_of}
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(map(repr, names)) or "nothing"


def _known(name: str, treaties: Mapping[str, PlacedTreaty], field: str, at: str) -> None:
    if name not in treaties:
        guess = nearest(name, treaties)
        listed = ", ".join(treaties) or "there is none"
        hint = f"did you mean {guess!r}?" if guess else f"known: {listed}"
        bound = "must be the name of a treaty"
        raise InvalidParameter([Fault(field, name, bound, hint, f"{at}/{field}")])


Path = tuple[str | int, ...]
"""Keys and places that lead to a term, from the treaty's own or from its place."""


def _with_terms(placed: PlacedTreaty, terms: Mapping[str, Any], at: str) -> PlacedTreaty:
    """The treaty with these terms; faults point into the edit."""
    paths: dict[str, Path] = {}
    faults = list[Fault]()
    for name in terms:
        try:
            paths[name] = _path(placed, name)
        except InvalidParameter as error:
            faults += [f._replace(pointer=at + pointer("set", name)) for f in error.faults]
    if faults:
        raise InvalidParameter(faults)
    whole = plain(placed)
    for name, (first, *inner) in paths.items():
        parts = [first, *inner]
        document = whole["treaty"] if first in _own(placed) else whole
        for part in parts[:-1]:
            document = document[part]
        document[parts[-1]] = terms[name]
    try:
        return read(PlacedTreaty, whole)
    except InvalidParameter as error:
        raise InvalidParameter(_at_term(fault, paths, at) for fault in error.faults) from None


def _own(placed: PlacedTreaty) -> tuple[str, ...]:
    """The names of the treaty's own terms."""
    return tuple(f.name for f in fields(placed.treaty) if f.name not in FIXED)


def _path(placed: PlacedTreaty, term: str) -> Path:
    """Where a term stands, or `InvalidParameter`: every name is known, every place is there."""
    parts = _PART.findall(term)
    if not parts or "".join(_PART.sub("", term)).strip("."):
        fix = 'write it as "limit", "hours_clause.hours" or "reinstatement_rates[0]"'
        raise InvalidParameter([Fault(term, term, "is no path to a term", fix)])
    first = parts[0][1]
    known = (*_own(placed), *PLACING)
    if first in FIXED:
        fix = "drop the treaty and add another"
        raise InvalidParameter([Fault(first, first, "cannot be set by an edit", fix)])
    if first not in known:
        bound = f"is not a term of {placed.name!r} ({placed.treaty.kind.replace('_', ' ')})"
        raise _no_term(first, bound, known)
    value: Any = getattr(placed.treaty if first in _own(placed) else placed, first)
    path: list[str | int] = [first]
    for place, key in parts[1:]:
        found = _inner(value, place, key, _written(path))
        path.append(found)
        value = value[found] if isinstance(found, int) else getattr(value, found)
    return tuple(path)


_PART = re.compile(r"\[([^\[\]]+)\]|([^.\[\]]+)")
"""A part of a path: what stands in brackets, or between points."""


def _inner(value: Any, place: str, key: str, where: str) -> str | int:
    """The key or place within `value`, which stands at `where`."""
    if value is None or not (is_dataclass(value) or isinstance(value, tuple)):
        fix = f"set the whole of {where}"
        raise InvalidParameter([Fault(where, key or place, "holds no terms to reach into", fix)])
    if is_dataclass(value):
        known = tuple(f.name for f in fields(value))
        if (key or place) not in known:
            raise _no_term(key or place, f"is not a term of {where}", known)
        return key or place
    wanted = place or key
    if wanted.isdecimal() and int(wanted) < len(value):
        return int(wanted)
    names = [getattr(one, "name", "") for one in value]
    if wanted in names:
        return names.index(wanted)
    guess = nearest(wanted, [name for name in names if name])
    fix = f"did you mean {guess!r}?" if guess else f"set the whole of {where} to make it longer"
    bound = f"must be the place of one of {len(value)} entries, counted from 0"
    raise InvalidParameter([Fault(where, wanted, bound, fix)])


def _no_term(name: str, bound: str, known: Sequence[str]) -> InvalidParameter:
    guess = nearest(name, known)
    fix = f"did you mean {guess!r}?" if guess else f"known: {', '.join(known)}"
    return InvalidParameter([Fault(name, name, bound, fix)])


def _written(path: Sequence[str | int]) -> str:
    """A path as it is written."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _at_term(fault: Fault, paths: Mapping[str, Path], at: str) -> Fault:
    """A fault of the treaty, `/treaty/hours_clause/hours`, at the term of the edit that set it."""
    inner = fault.pointer.removeprefix("/treaty")
    for name, path in paths.items():
        own = pointer(*path)
        if inner == own or inner.startswith(f"{own}/"):
            rest = inner.removeprefix(own)
            return fault._replace(pointer=at + pointer("set", name) + rest)
    for name, path in paths.items():
        if pointer(*path).startswith(f"{inner}/"):
            return fault._replace(pointer=at + pointer("set", name))
    return fault._replace(pointer=f"{at}/set{inner}")


def _without(name: str, treaties: Mapping[str, PlacedTreaty]) -> dict[str, PlacedTreaty]:
    """What was net of `name` becomes net of what `name` was net of."""
    gone = treaties[name]
    left = {}
    for placed in treaties.values():
        if placed.name != name:
            parents = [p for old in placed.net_of for p in (gone.net_of if old == name else (old,))]
            left[placed.name] = replace(placed, net_of=tuple(dict.fromkeys(parents)))
    return left


def _at_edit(fault: Fault, names: Sequence[str], edits: Sequence[Edit]) -> Fault:
    """A fault of the whole programme, `treaties[2].net_of[0]`, at the last edit of that treaty."""
    treaty = names[int(fault.field.split("[")[1].split("]")[0])]
    inner = pointer(*fault.field.split(".", 1)[1].replace("]", "").split("["))
    for place in reversed(range(len(edits))):
        match edits[place]:
            case SetTerms(treaty=name) if name == treaty:
                return fault._replace(pointer=f"{pointer(place)}/set{inner}")
            case AddTreaty(add=added) if added.name == treaty:
                return fault._replace(pointer=f"{pointer(place)}/add{inner}")
    return fault._replace(pointer="")
