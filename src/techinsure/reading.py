"""Outside data (TOML, JSON, dicts) into records; every fault with a pointer to its place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from techinsure.errors import MISSING, Fault, InvalidParameter
from techinsure.quantities import nearest

Record = TypeVar("Record")

MOST_FAULTS = 20


@lru_cache(maxsize=128)
def adapter(kind: Any) -> TypeAdapter[Any]:
    """The pydantic reader of a record type, made once."""
    return TypeAdapter(kind)


def read(kind: type[Record], data: object, at: str = "") -> Record:
    """`data` as a `kind`, or `InvalidParameter` naming everything that is wrong with it.

    `at` is the pointer of `data` inside a larger document.
    """
    data = dict(data) if isinstance(data, Mapping) else data  # pydantic reads no other mapping
    try:
        return adapter(cast(Any, kind)).validate_python(data)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise InvalidParameter(faults(error, data, at)) from None


def faults(error: ValidationError, data: object, at: str = "") -> list[Fault]:
    """The faults of a pydantic error, at most `MOST_FAULTS`, in the order found."""
    return faults_of(error.errors(include_url=False), data, at)


def faults_of(entries: Iterable[Any], data: object, at: str = "") -> list[Fault]:
    """The faults of `entries`, each what pydantic says of one error: loc, type, msg, ctx.

    The options of a union that all refuse a value make one fault.
    """
    found: list[Fault] = []
    for entry in entries:
        for fault in _faults_of(entry, data, at):
            last = found[-1] if found else None
            if last and last.pointer == fault.pointer and _is_option(last, fault):
                bound = f"{last.bound} or {fault.bound.removeprefix('must be ')}"
                found[-1] = last._replace(bound=bound)
            else:
                found.append(fault)
        if len(found) >= MOST_FAULTS:
            break
    return found[:MOST_FAULTS]


def _is_option(last: Fault, fault: Fault) -> bool:
    return last.value is fault.value and all(
        one.bound.startswith("must be ") and not one.fix for one in (last, fault)
    )


def _faults_of(entry: Any, data: object, at: str) -> Iterator[Fault]:
    """pydantic's location holds union tags, which are no part of the document: dropped here."""
    location, missing = entry["loc"], entry["type"] == "missing"
    value: Any = data
    parts: list[Any] = []
    for position, part in enumerate(location):
        last = position == len(location) - 1
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif _has_place(value, part):
            value = value[part]
        elif not (missing and last):
            continue
        parts.append(part)
    tag = _tag(entry, value)
    if tag is not None:
        parts, value = [*parts, tag], value[tag]
    place = at + pointer(*parts)
    field = _name(parts)
    cause = entry.get("ctx", {}).get("error")
    if isinstance(cause, InvalidParameter):
        for fault in cause.faults:
            inner = pointer(*_split(fault.field))
            yield fault._replace(pointer=place + (fault.pointer or inner))
    elif missing:
        yield Fault(field, None, MISSING, f"add {field!r}", place)
    elif entry["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        yield Fault(field, value, "is not a known key", "remove it, or check its spelling", place)
    else:
        yield Fault(field, value, _bound(entry), _guess(entry), place)


def _has_place(value: Any, part: object) -> bool:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return is_list and isinstance(part, int) and part < len(value)


def _name(parts: Sequence[object]) -> str:
    """The last key of a place, with the positions after it: laws, 0 -> `laws[0]`."""
    name = ""
    for part in parts:
        name = f"{name}[{part}]" if isinstance(part, int) else str(part)
    return name or "body"


def _tag(entry: Any, value: Any) -> str | None:
    """Of a kind that is none of a union's: the key in `value` that says it, or None."""
    if entry["type"] != "union_tag_invalid" or not isinstance(value, Mapping):
        return None
    key = str(entry["ctx"]["discriminator"]).strip("'")
    return key if key in value else None


def _known_tags(entry: Any) -> list[str]:
    return [name.strip("' ") for name in entry["ctx"]["expected_tags"].split(",")]


def _guess(entry: Any) -> str:
    """Of a kind that is none of a union's: the nearest that is."""
    if entry["type"] != "union_tag_invalid":
        return ""
    guess = nearest(str(entry["ctx"]["tag"]), _known_tags(entry))
    return f"did you mean {guess!r}?" if guess else ""


def _bound(entry: Any) -> str:
    if entry["type"] in ("dataclass_type", "dict_type"):
        return "must be an object with named fields"
    if entry["type"] == "union_tag_invalid":
        return f"must be one of {', '.join(_known_tags(entry))}"
    message = str(entry["msg"])
    for prefix in ("Input should ", "Value error, ", "String should ", "Value should "):
        if message.startswith(prefix):
            told = message.removeprefix(prefix)
            return f"must {told}" if prefix.endswith("should ") else told
    return message[0].lower() + message[1:]


def _split(field: str) -> list[str]:
    """`limits[2].low` -> limits, 2, low."""
    return [part for part in field.replace("[", ".").replace("]", "").split(".") if part]


def pointer(*parts: object) -> str:
    """The JSON pointer (RFC 6901) of what these names and places lead to."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
