"""`techinsure price`: the premium of one request, line by line."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.request_files import read_file, with_run
from techinsure_api.terminal import progress, say, say_json
from techinsure_api.words import language, retell, tell

if TYPE_CHECKING:
    from techinsure.product import Product
    from techinsure.quotes import PriceRequest, Quote

EPILOG = """[bold]Examples[/bold]

techinsure price --example rd_loss > request.json   # a request to start from

techinsure price request.json --out quote.json

techinsure price - --json < request.json | jq .premium.charged

techinsure price --product patent --years 100000 --seed 7

techinsure price --product rd_loss --explain   # in words: what drives it, what is not known

techinsure price request.json --picture premium.png --options-picture options.png
"""


Years = Annotated[int | None, typer.Option(help="Simulated years, instead of the request's.")]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(price)


def price(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="A JSON request; - reads it from standard input."),
    ] = "",
    product: Annotated[
        str, typer.Option(metavar="CODE", help="Price the product's own example.")
    ] = "",
    example: Annotated[
        str, typer.Option(metavar="CODE", help="Print the product's example and stop.")
    ] = "",
    years: Years = None,
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the request's.")] = None,
    experience: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Own data that update the priors: TOML or JSON."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say in words what drives the price.")
    ] = False,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw the premium line by line here.")
    ] = None,
    options_picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw the options of the request here.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the whole quote to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the quote as JSON.")] = False,
) -> None:
    """Price one risk: premium, errors, what it rests on, and a receipt."""
    if sum(map(bool, (file, product, example))) != 1:
        raise typer.BadParameter(tell("give one of FILE, --product CODE or --example CODE"))
    from techinsure.catalogue import shipped
    from techinsure_api import pricing

    catalogue = shipped()
    if example:
        say_json(catalogue.product(example).example)
        return
    document = read_file(file) if file else catalogue.product(product).example
    request = _asked(with_run(document, years, seed), experience)
    priced = catalogue.product(request.product)
    with progress(tell("pricing {product}", product=request.product)):
        quote = pricing.price(request, catalogue, limited=False)
    _write(quote, out, picture, options_picture)
    if as_json:
        say_json(quote.to_dict())
    else:
        say(*_said(quote, priced, explain))


def _asked(document: Any, experience: Path | None) -> "PriceRequest":
    """The request of a document, with own data from a file."""
    from techinsure.quotes import PriceRequest
    from techinsure.reading import read
    from techinsure_api import pool_files

    if experience is not None and isinstance(document, dict):
        document = {**document, "experience": pool_files.document(experience)}
    return read(PriceRequest, document)


def _said(quote: "Quote", product: "Product", explain: bool) -> Iterable[object]:
    """The quote in words, or in tables."""
    from techinsure.quotes.explanation import explained
    from techinsure_api.quote_tables import shown

    if explain:
        return explained(quote, language.get(), told=retell)
    return shown(quote, product)


def _write(
    quote: "Quote", out: Path | None, picture: Path | None, options_picture: Path | None
) -> None:
    """The quote as a file, and its pictures, where they are asked for."""
    if out:
        out.write_text(json.dumps(quote.to_dict(), ensure_ascii=False, indent=2), "utf-8")
    if picture or options_picture:
        from techinsure import plots

        if picture:
            plots.save(plots.premium_waterfall(quote), picture)
        if options_picture:
            plots.save(plots.options(quote), options_picture)
