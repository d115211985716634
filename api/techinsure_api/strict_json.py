"""JSON that can be trusted: UTF-8, every key once, finite numbers, whole characters, in bounds."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

MOST_MEMBERS = 10_000
DEEPEST = 32
LONGEST_INTEGER = 40


class Unfit(Exception):
    """Text that is refused unread: the code of the problem and what is wrong."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(detail)


def parse(body: bytes, most_members: int = MOST_MEMBERS) -> Any:
    """The document, or `Unfit`. A member is a value in an object or a list, or the whole."""
    try:
        document = json.loads(
            body.decode(),
            object_pairs_hook=_once,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_short,
        )
    except UnicodeDecodeError as error:
        raise Unfit("malformed_json", f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise Unfit("too_large", f"the body is nested deeper than {DEEPEST} levels") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unfit("malformed_json", f"the body does not parse: {error.msg} ({place})") from None
    for members, text in enumerate(_texts(document)):
        if members > most_members:
            raise Unfit("too_large", f"the body has more than {most_members:,} members")
        if "\0" in text:
            raise Unfit("malformed_json", "a text holds NUL")
        if not text.isascii() and any("\ud800" <= character < "\ue000" for character in text):
            raise Unfit("malformed_json", "a text holds half a surrogate pair")
    return document


def _texts(document: object) -> Iterator[str]:
    """One text a member, with its keys, "" for a number; refused where nested too deep."""
    waiting = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise Unfit("too_large", f"the body is nested deeper than {DEEPEST} levels")
        if isinstance(value, dict):
            yield "\n".join(value)
            waiting += [(inner, depth + 1) for inner in value.values()]
        else:
            yield value if isinstance(value, str) else ""
            waiting += [(inner, depth + 1) for inner in value] if isinstance(value, list) else []


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    whole: dict[str, object] = {}
    for name, value in pairs:
        if name in whole:
            shown = name[:60].encode("utf-8", "replace").decode()
            raise Unfit("malformed_json", f"{shown!r} is given twice in one object")
        whole[name] = value
    return whole


def _refuse_constant(name: str) -> NoReturn:
    raise Unfit("malformed_json", f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unfit("malformed_json", f"{digits[:30]} is out of range")
    return number


def _short(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise Unfit("malformed_json", f"an integer has more than {LONGEST_INTEGER} digits")
    return int(digits)
