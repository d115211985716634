"""Small changes to a programme: other terms of a treaty, a treaty dropped, a treaty added.

Edits apply in their order to the programme as its file says it; what comes out is read again like
any programme, so nothing unfit gets through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, ClassVar

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
    """Terms of one treaty, by the names its file uses: `{"limit": 30e6, "placed_share": 0.9}`."""

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


def _which(edit: Any) -> str:
    for name, tag in (("drop", "dropped"), ("add", "added")):
        if name in edit if isinstance(edit, Mapping) else hasattr(edit, name):
            return tag
    return "terms"


Edit = Annotated[
    Annotated[SetTerms, Tag("terms")]
    | Annotated[DropTreaty, Tag("dropped")]
    | Annotated[AddTreaty, Tag("added")],
    Discriminator(_which),
]


def edited(programme: Programme, edits: Sequence[SetTerms | DropTreaty | AddTreaty]) -> Programme:
    """The programme after `edits`. `InvalidParameter` with a pointer `/0/set/limit` (edit, then
    place) for a treaty or term that is not known, with the nearest name, and for a value that
    cannot be; `Refused` for a circle."""
    treaties = {placed.name: placed for placed in programme.treaties}
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
    try:
        return replace(programme, treaties=tuple(treaties.values()))
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


def _with_terms(placed: PlacedTreaty, terms: Mapping[str, Any], at: str) -> PlacedTreaty:
    """The treaty with these terms; faults point into the edit."""
    own = [f.name for f in fields(placed.treaty) if f.name not in FIXED]
    faults = [fault for name in terms for fault in _term_faults(placed, name, own, at)]
    if faults:
        raise InvalidParameter(faults)
    whole = plain(placed)
    for name, value in terms.items():
        (whole["treaty"] if name in own else whole)[name] = value
    try:
        return read(PlacedTreaty, whole)
    except InvalidParameter as error:
        raise InvalidParameter(
            fault._replace(pointer=f"{at}/set{fault.pointer.removeprefix('/treaty')}")
            for fault in error.faults
        ) from None


def _term_faults(placed: PlacedTreaty, name: str, own: Sequence[str], at: str) -> list[Fault]:
    where = at + pointer("set", name)
    if name in FIXED:
        bound, fix = "cannot be set by an edit", "drop the treaty and add another"
    elif name not in (*own, *PLACING):
        bound = f"is not a term of {placed.name!r} ({placed.treaty.kind.replace('_', ' ')})"
        guess = nearest(name, (*own, *PLACING))
        listed = ", ".join((*own, *PLACING))
        fix = f"did you mean {guess!r}?" if guess else f"known: {listed}"
    else:
        return []
    return [Fault(name, name, bound, fix, where)]


def _without(name: str, treaties: Mapping[str, PlacedTreaty]) -> dict[str, PlacedTreaty]:
    """What was net of `name` becomes net of what `name` was net of."""
    gone = treaties[name]
    left = {}
    for placed in treaties.values():
        if placed.name != name:
            parents = [p for old in placed.net_of for p in (gone.net_of if old == name else (old,))]
            left[placed.name] = replace(placed, net_of=tuple(dict.fromkeys(parents)))
    return left


def _at_edit(
    fault: Fault, names: Sequence[str], edits: Sequence[SetTerms | DropTreaty | AddTreaty]
) -> Fault:
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
