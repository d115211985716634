"""From errors to problems (RFC 9457): one table, for the HTTP service and the command line."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.errors import (
    CatalogueError,
    Fault,
    InvalidParameter,
    Mismatch,
    NotFound,
    Refused,
    TechinsureError,
    Undefined,
)
from techinsure.quantities import FORBID

MOST_ERRORS = 20
LONGEST_VALUE, LONGEST_NAME, LONGEST_DETAIL = 100, 200, 600
"""Characters of input that an answer repeats at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of problem and what its page says: cause, fix and an example of the `detail`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    code: str
    status: int
    title: str
    cause: str
    fix: str
    example: str

    @property
    def page(self) -> str:
        """Where the page is, a path of the service: the `type` of the problem."""
        return f"/problems/{self.code.replace('_', '-')}"


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            code="invalid_parameter",
            status=422,
            title="A value cannot be used",
            cause="A field is missing, unknown, of the wrong type or outside its bound. `errors` "
            "lists every fault: `pointer` says where (RFC 6901), `bound` what must hold.",
            fix="Change each value as its `fix` says. GET /v1/products/{code} has the JSON Schema "
            "of a price request and an example that prices.",
            example="stage must be one of startup, growth, mature, unknown, got 'grow' "
            "(did you mean 'growth'?)",
        ),
        Kind(
            code="not_found",
            status=404,
            title="There is no such thing",
            cause="The path names a product, a simulation or a page that does not exist. Results "
            "of simulations are kept on disk within a bound: the longest unused goes first.",
            fix="Take the name from the list, for example GET /v1/products.",
            example="product 'rd_los' is not known (did you mean 'rd_loss'?)",
        ),
        Kind(
            code="undefined",
            status=422,
            title="The answer does not exist",
            cause="What was asked for is infinite or undefined, such as the mean of a law whose "
            "tail is too heavy to have one.",
            fix="Put a limit on the loss, or use a lighter tail.",
            example="the mean of a Lomax law of shape <= 1 is infinite",
        ),
        Kind(
            code="refused",
            status=409,
            title="The rules do not allow this",
            cause="The request is well formed, but what it describes contradicts itself or a rule "
            "of the pool, such as two treaties that each wait for the other.",
            fix="Change the programme or the lines as the detail says.",
            example="a programme cannot be circular: 'a' is net of 'b' is net of 'a'",
        ),
        Kind(
            code="mismatch",
            status=409,
            title="The result does not reproduce",
            cause="A stored result was recomputed and something in it differs; or what it rests "
            "on, such as a product or its own bytes, is no longer what it was.",
            fix="Look at the differences: each names a figure, its stored and its new value.",
            example="/premium/pure/value is 9, recomputed 39231.37",
        ),
        Kind(
            code="catalogue_fault",
            status=500,
            title="The product catalogue does not load",
            cause="A product file of this installation is broken.",
            fix="Run `techinsure check` on the server: it names the file and the key.",
            example="the catalogue of this service does not load",
        ),
        Kind(
            code="malformed_json",
            status=400,
            title="The body is not JSON that can be trusted",
            cause="It does not parse, is not UTF-8, names a key twice, or holds NaN, an infinity, "
            "a number out of range, a NUL or half a surrogate pair.",
            fix="Write the body with a JSON library, in UTF-8, every key once, every number "
            "finite.",
            example="'sum_insured' is given twice in one object",
        ),
        Kind(
            code="too_large",
            status=413,
            title="The body is too large",
            cause="It has more than 1 MiB, more than 10,000 members, or is nested deeper than "
            "32 levels.",
            fix="Send a smaller body; large portfolios go through the command line "
            "(`techinsure pool --portfolio file.csv`) or Python.",
            example="the body has more than 1,048,576 bytes",
        ),
        Kind(
            code="unsupported_media_type",
            status=415,
            title="The body is not declared as JSON",
            cause="This service reads UTF-8 JSON only, and only if the request says so.",
            fix="Send the header Content-Type: application/json, and no Content-Encoding.",
            example="Content-Type is 'text/plain'",
        ),
        Kind(
            code="method_not_allowed",
            status=405,
            title="The path does not know this method",
            cause="The path exists, but not with this method.",
            fix="Use a method of the header Allow.",
            example="PUT is not allowed on /v1/price; allowed: POST",
        ),
        Kind(
            code="busy",
            status=503,
            title="The service is busy",
            cause="As many simulations run and wait as this machine can carry.",
            fix="Send the same request again after the seconds of the header Retry-After.",
            example="all simulation slots are taken",
        ),
        Kind(
            code="internal_error",
            status=500,
            title="The service failed",
            cause="A fault of the service, not of the request. It is in the service's log, under "
            "the same `request_id`.",
            fix="Report it with the `request_id`.",
            example="the request could not be answered",
        ),
    )
}
"""Every kind of problem by code."""

KIND_OF: dict[type[TechinsureError], str] = {
    InvalidParameter: "invalid_parameter",
    CatalogueError: "catalogue_fault",
    NotFound: "not_found",
    Undefined: "undefined",
    Refused: "refused",
    Mismatch: "mismatch",
    TechinsureError: "internal_error",
}
"""The table from error to problem: an error without a line of its own has its parent's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEntry:
    """One fault: where it is, what was given (if short), what must hold and what to do."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pointer: str
    field: str
    bound: str
    fix: str
    detail: str
    value: str | float | int | bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem as RFC 9457 has it: `type` is the path of a page with cause, fix and example."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    code: str
    request_id: str = ""
    errors: tuple[ErrorEntry, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON can hold it; what is empty is left out."""
        whole = {f.name: getattr(self, f.name) for f in fields(self)}
        whole["errors"] = [_plain(entry) for entry in self.errors]
        return {name: value for name, value in whole.items() if value not in ("", [])}


def problem(
    code: str,
    detail: str = "",
    *,
    errors: Iterable[ErrorEntry] = (),
    instance: str = "",
    request_id: str = "",
) -> Problem:
    """A problem of the kind of that code; input in its texts is cut short."""
    kind = KINDS[code]
    return Problem(
        type=kind.page,
        title=kind.title,
        status=kind.status,
        detail=shortened(detail or kind.example, LONGEST_DETAIL),
        instance=shortened(instance, LONGEST_NAME),
        code=code,
        request_id=request_id,
        errors=tuple(errors),
    )


def problem_of(error: TechinsureError, *, instance: str = "", request_id: str = "") -> Problem:
    """The problem that an error of the engine is, with an entry for each of its faults."""
    code = next(KIND_OF[base] for base in type(error).__mro__ if base in KIND_OF)
    faults = error.faults if isinstance(error, InvalidParameter) else ()
    entries = [_entry(fault) for fault in faults[:MOST_ERRORS]]
    if code == "invalid_parameter" and len(faults) > 1:
        detail = f"{len(faults)} values cannot be used; the first: {faults[0]}"
    else:
        detail = str(error)
    return problem(code, detail, errors=entries, instance=instance, request_id=request_id)


@contextmanager
def named_in_body(pointer: str) -> Iterator[None]:
    """Inside, what is not found was asked for by the body: an invalid value at `pointer`."""
    try:
        yield
    except NotFound as error:
        fix = f"did you mean {error.nearest!r}?" if error.nearest else ""
        bound = f"must be one of {', '.join(error.known)}"
        field = pointer.rpartition("/")[2]
        raise InvalidParameter([Fault(field, error.name, bound, fix, pointer)]) from None


def shortened(text: str, most: int) -> str:
    """`text`, or its beginning and a mark where it has more than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


VERBS = {"be": "is", "have": "has", "match": "matches", "hold": "holds", "share": "shares"}


OF_PRODUCT = ("/exposure", "/terms", "/rows")
"""Parts of pointers to what a product asks."""


def usual_fix(bound: str, pointer: str = "") -> str:
    """The way out that a bound implies: `must be > 0` is mended by a value that is > 0."""
    _, must, rest = bound.partition("must ")
    verb, _, what = rest.partition(" ")
    if not must or verb not in VERBS:
        if any(part in pointer for part in OF_PRODUCT):
            return "see the product's input_schema"
        return "see the request's schema in /openapi.json"
    return f"give a value that {VERBS[verb]} {what}"


def _entry(fault: Fault) -> ErrorEntry:
    short = fault._replace(field=shortened(fault.field, LONGEST_NAME))
    return ErrorEntry(
        pointer=shortened(fault.pointer, LONGEST_NAME),
        field=short.field,
        bound=shortened(fault.bound, LONGEST_DETAIL),
        fix=shortened(fault.fix or usual_fix(fault.bound, fault.pointer), LONGEST_DETAIL),
        detail=shortened(str(short), LONGEST_DETAIL),
        value=_shown(fault.value),
    )


def _shown(value: object) -> str | float | int | bool | None:
    """The value if a reader of JSON gets it back as it was, in a few characters."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else None
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _plain(entry: ErrorEntry) -> dict[str, Any]:
    whole = {f.name: getattr(entry, f.name) for f in fields(entry)}
    return whole if entry.value is not None else {k: v for k, v in whole.items() if k != "value"}
