"""`techinsure batch`: many price requests of one file, each answered on its own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api import strict_json
from techinsure_api.request_files import MOST_MEMBERS, read_bytes, refuse_missing_folder, with_run
from techinsure_api.terminal import (
    REFUSED,
    money,
    money_error,
    problem_told,
    progress,
    say,
    say_json,
    table,
)
from techinsure_api.words import tell

if TYPE_CHECKING:
    from techinsure_api.batches import Answered, BatchAnswer

EPILOG = """[bold]Examples[/bold]

techinsure batch requests.json

techinsure batch requests.jsonl --years 5000 --out answers.json   # one request a line

techinsure batch requests.json --json | jq '.answers[] | select(.problem)'
"""

PERCENT = 100


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(batch)


def batch(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-", help="Requests as a JSON array, or as JSON lines, one request a line."
        ),
    ],
    years: Annotated[
        int | None, typer.Option(help="Simulated years, instead of the request's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the request's.")] = None,
    drivers: Annotated[
        bool, typer.Option("--drivers", help="Let quotes say what each factor adds: slower.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write all answers to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all answers as JSON.")] = False,
) -> None:
    """Price many risks, each on its own; exit 3 if any was refused."""
    from techinsure.catalogue import shipped
    from techinsure_api.batches import price_each

    refuse_missing_folder(out)
    requests = [with_run(document, years, seed) for document in requests_in(read_bytes(file))]
    with progress(tell("pricing {n} requests", n=len(requests))) as told:
        answer = price_each(requests, shipped(), drivers=drivers, limited=False, progress=told)
    whole = answer.to_dict()
    if out:
        out.write_text(json.dumps(whole, ensure_ascii=False, indent=2), "utf-8")
    if as_json:
        say_json(whole)
    else:
        say(shown(answer, requests))
    if answer.failed:
        raise typer.Exit(REFUSED)


def requests_in(body: bytes) -> list[Any]:
    """The requests of a JSON array, or of JSON lines; a line that is none is an `Unfit` that names
    it, so that the others are answered."""
    from techinsure.errors import Fault, InvalidParameter

    if body.lstrip().startswith(b"["):
        found = strict_json.parse(body, MOST_MEMBERS)
    else:
        found = []
        for number, line in enumerate(body.splitlines(), start=1):
            if line.strip():
                found.append(_line(line, number))
    if not found:
        fix = "write a JSON array of requests, or one request a line"
        raise InvalidParameter([Fault("requests", 0, "must hold at least one request", fix)])
    return list(found)


def _line(line: bytes, number: int) -> Any:
    try:
        return strict_json.parse(line, MOST_MEMBERS)
    except strict_json.Unfit as error:
        return strict_json.Unfit(error.code, f"line {number} of the file: {error.detail}")


def shown(answer: "BatchAnswer", requests: list[Any]) -> object:
    """A line a request: its premium, or what is wrong with it."""
    return table(
        tell("{n} requests: {priced} priced, {failed} refused", n=len(answer.answers),
             priced=answer.priced, failed=answer.failed),
        (tell("insured"), tell("product"), ">" + tell("charged"), ">" + tell("error"),
         ">" + tell("rate"), ">" + tell("claim"), tell("warnings, or what is wrong")),
        [_row(one, requests[one.index]) for one in answer.answers],
    )  # fmt: skip


def _row(one: "Answered", request: Any) -> tuple[str, ...]:
    number = f"{one.index + 1}."
    if one.quote is None:
        assert one.problem is not None
        given = request if isinstance(request, dict) else {}
        insured = given.get("insured")
        name = insured.get("name", "") if isinstance(insured, dict) else ""
        product = given.get("product", "")
        return (f"{number} {name}", str(product), "-", "-", "-", "-", problem_told(one.problem))
    quote, premium = one.quote, one.quote.premium.charged
    warnings = len(quote.warnings)
    return (
        f"{number} {quote.insured}", quote.product, f"{money(premium.value)} {quote.currency}",
        money_error(premium), f"{PERCENT * quote.rate.value:.3g}%",
        f"{PERCENT * quote.claim_probability.value:.3g}%",
        tell("{n} warnings", n=warnings) if warnings else "",
    )  # fmt: skip
