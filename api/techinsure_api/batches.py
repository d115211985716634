"""Many price requests at once: each answered on its own, in order, with a quote or its problem."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.catalogue import Catalogue
from techinsure.errors import Fault, InvalidParameter, TechinsureError
from techinsure.quantities import FORBID, Flag, flag, refuse_unless
from techinsure.quotes import PriceRequest, Quote
from techinsure.quoting import priced
from techinsure.reading import read
from techinsure.simulation import Progress
from techinsure_api import pricing, strict_json
from techinsure_api.problems import Problem, problem, problem_of
from techinsure_api.work import MOST_UNIT_YEARS

MOST_REQUESTS = 100
"""Requests of one batch over HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """Price requests, each as `POST /v1/price` reads it, answered on its own. `drivers`: whether
    quotes say what each factor adds, for requests that do not say it themselves."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    requests: tuple[Any, ...] = field(default=())
    drivers: Flag = False

    def __post_init__(self) -> None:
        refuse_unless(self, drivers=flag)
        n, bound = len(self.requests), f"must hold 1 to {MOST_REQUESTS} requests"
        if not 1 <= n <= MOST_REQUESTS:
            fix = "send the others in a batch of their own" if n else "give at least one request"
            raise InvalidParameter([Fault("requests", n, bound, fix)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of the request at `index`: its `quote`, or the `problem`, whose pointers are
    into that request."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    index: int
    quote: Quote | None
    problem: Problem | None

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON can hold it."""
        return {
            "index": self.index,
            "quote": None if self.quote is None else self.quote.to_dict(),
            "problem": None if self.problem is None else self.problem.to_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """The answers, in the order of the requests."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    priced: int
    failed: int
    answers: tuple[Answered, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON can hold it."""
        answers = [one.to_dict() for one in self.answers]
        return {"priced": self.priced, "failed": self.failed, "answers": answers}


def price_each(
    requests: Sequence[Any],
    catalogue: Catalogue,
    *,
    drivers: bool = False,
    limited: bool = True,
    progress: Progress | None = None,
) -> BatchAnswer:
    """Price each request; what is wrong with one is told in its own answer and stops no other."""
    answers = []
    for index, document in enumerate(requests):
        answers.append(_answer(index, document, catalogue, drivers, limited))
        if progress is not None:
            progress(index + 1, len(requests))
    priced = sum(one.quote is not None for one in answers)
    return BatchAnswer(priced=priced, failed=len(answers) - priced, answers=tuple(answers))


def refuse_too_much(batch: BatchRequest, catalogue: Catalogue) -> None:
    """Refuse a batch that would take longer than a client waits, saying how many of its requests,
    from the first, would be answered at once."""
    total = 0.0
    for place, work in enumerate(_works(batch, catalogue)):
        total += work
        if total > MOST_UNIT_YEARS and place:
            n, bound = len(batch.requests), f"must be at most the first {place} of these over HTTP"
            fix = "send the others in a batch of their own, or ask for fewer years"
            raise InvalidParameter([Fault("requests", n, bound, fix, "/requests")])


def _works(batch: BatchRequest, catalogue: Catalogue) -> Iterator[float]:
    """Unit-years times runs of each request; 0 of one that will not be priced."""
    for document in batch.requests:
        try:
            request = _read(document, batch.drivers)
            product = catalogue.product(request.product)
            work = pricing.work_of(request, product, priced.learnt(product, request)).total
        except TechinsureError:
            yield 0.0
        else:
            yield work if work <= MOST_UNIT_YEARS else 0.0  # it has a problem of its own


def _answer(
    index: int, document: Any, catalogue: Catalogue, drivers: bool, limited: bool
) -> Answered:
    if isinstance(document, strict_json.Unfit):  # a line of a file that is no JSON
        return Answered(index=index, quote=None, problem=problem(document.code, document.detail))
    try:
        quote = pricing.price(_read(document, drivers), catalogue, limited=limited)
    except TechinsureError as error:
        return Answered(index=index, quote=None, problem=problem_of(error))
    return Answered(index=index, quote=quote, problem=None)


def _read(document: Any, drivers: bool) -> PriceRequest:
    whole = {"drivers": drivers, **document} if isinstance(document, Mapping) else document
    return read(PriceRequest, whole)
