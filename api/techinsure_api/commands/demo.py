"""`techinsure demo`: the whole story in half a minute."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api import run_tables
from techinsure_api.terminal import amount, error_of, progress, say, say_json, table
from techinsure_api.words import by_language, language, tell

if TYPE_CHECKING:
    from techinsure.pool.settlement import Settlement
    from techinsure.quotes import Quote

EPILOG = """[bold]Examples[/bold]

techinsure demo

techinsure demo --out pictures --json | jq .settlement
"""

CURL = """  curl -s http://127.0.0.1:8000/v1/price -H 'Content-Type: application/json' \\
    -d '{"product": "rd_loss", "exposure": {"budget": 8000000}}'
"""

PYTHON = """  import techinsure
  quote = techinsure.price({"product": "rd_loss", "exposure": {"budget": 8_000_000}})
  print(quote.explain())
  print(techinsure.run_pool({"portfolio": {"sample": "demo_pool"}}))"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(demo)


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Write pictures and JSON here.")] = Path(
        "build/demo"
    ),
    years: Annotated[int | None, typer.Option(help="Simulated years: fewer is faster.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Price every product, run a pool, settle a claim to the fen, draw two pictures."""
    from techinsure_api import demo as story

    with progress(tell("pricing every product, then a pool")) as done:
        found = story.run(out, years, quotes=done, blocks=done, workers=os.cpu_count() or 1)
    if as_json:
        say_json(found.to_dict())
        return
    say(
        _premiums(found.quotes),
        *run_tables.shown(found.report),
        _claim(found.settlement),
        tell("Written: {files}", files=", ".join(str(file) for file in found.files)) + "\n",
        tell("What to try next") + "\n",
        *_commands(out),
        "",
        CURL,
        tell("In Python") + "\n",
        PYTHON,
    )


def _premiums(quotes: "tuple[Quote, ...]") -> object:
    from techinsure.catalogue import shipped

    products = shipped().products
    return table(
        tell("Premiums of the products' examples"),
        (tell("product"), tell("insured"), ">" + tell("sum insured"), ">" + tell("charged"),
         ">" + tell("error"), ">" + tell("of it pure"), ">" + tell("rate"),
         ">" + tell("claim probability")),
        [
            (q.product if language.get() == "en" else by_language(products[q.product].title),
             q.insured, amount(q.sum_insured), amount(q.premium.charged.value),
             error_of(q.premium.charged),
             f"{q.premium.pure.value / q.premium.charged.value:.0%}",
             f"{100 * q.rate.value:.3g}%", f"{100 * q.claim_probability.value:.3g}%")
            for q in quotes
        ],
    )  # fmt: skip


def _claim(settlement: "Settlement") -> object:
    from techinsure.money import to_units
    from techinsure_api.demo import shares_of

    paid = settlement.postings[0]
    total = to_units(settlement.total("claim_paid"), paid.currency)
    return table(
        tell("A claim of {total} {currency}, paid by {party}: each party's part",
             total=f"{total:,}", currency=paid.currency, party=paid.party),
        (tell("member"), ">" + tell("owes")),
        list(shares_of(settlement).items()),
    )  # fmt: skip


def _commands(out: Path) -> list[str]:
    listed = (
        ("techinsure price --product patent", tell("one premium, line by line")),
        ("techinsure price --example rd_loss", tell("a request to change and price")),
        (f"techinsure verify {out}/quote_rd_loss.json",
         tell("the same figures again, or what differs")),
        ("techinsure pool --years 100000", tell("the pool, with smaller errors")),
        ("techinsure serve", tell("the HTTP service; then:")),
    )  # fmt: skip
    width = max(len(command) for command, _ in listed)
    return [f"  {command:<{width}}  {why}" for command, why in listed]
