"""`techinsure price`: the premium of one request, line by line."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.commands import in_pool
from techinsure_api.commands.in_pool import PoolFile, Portfolio, Programme
from techinsure_api.request_files import read_file, refuse_missing_folder, with_run
from techinsure_api.terminal import foretell, progress, say, say_json
from techinsure_api.words import language, retell, tell

if TYPE_CHECKING:
    from techinsure.catalogue import Catalogue
    from techinsure.product import Product
    from techinsure.quotes import PriceRequest, Quote
    from techinsure.quoting.in_pool import PooledQuote

EPILOG = """[bold]Examples[/bold]

techinsure price --example rd_loss > request.json   # a request to start from

techinsure price request.json --out quote.json

techinsure price - --json < request.json | jq .premium.charged

techinsure price --product patent --years 100000 --seed 7

techinsure price --product rd_loss --explain   # in words: what drives it, what is not known

techinsure price request.json --picture premium.png --options-picture options.png

techinsure price request.json --tolerance 0.02 --convergence settled.png

techinsure price request.json --pool-sample demo_pool   # in a pool, after its treaties

techinsure price request.json --portfolio risks.csv --pool pool.toml --programme treaties.toml
"""


File = Annotated[
    str, typer.Argument(metavar="FILE|-", help="A JSON request; - reads it from standard input.")
]
ProductCode = Annotated[str, typer.Option(metavar="CODE", help="Price the product's own example.")]
ExampleCode = Annotated[
    str, typer.Option(metavar="CODE", help="Print the product's example and stop.")
]
Years = Annotated[int | None, typer.Option(help="Simulated years, instead of the request's.")]
Seed = Annotated[int | None, typer.Option(help="Seed, instead of the request's.")]
ExperienceFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Own data that update the priors: TOML or JSON."),
]
InWords = Annotated[bool, typer.Option("--explain", help="Say in words what drives the price.")]
Picture = Annotated[
    Path | None, typer.Option(metavar="PNG", help="Draw the premium line by line here.")
]
OptionsPicture = Annotated[
    Path | None, typer.Option(metavar="PNG", help="Draw the options of the request here.")
]
Tolerance = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="Relative error of the premium, instead of years: 0.02."),
]
Convergence = Annotated[
    Path | None,
    typer.Option(metavar="PNG", help="Draw here how the premium settled as years were added."),
]
PoolSample = Annotated[
    str, typer.Option(metavar="NAME", help="Price in this shipped pool: demo_pool.")
]
Out = Annotated[Path | None, typer.Option(help="Write the whole quote to this file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the quote as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(price)


def price(  # long: an option a line
    file: File = "",
    product: ProductCode = "",
    example: ExampleCode = "",
    years: Years = None,
    seed: Seed = None,
    experience: ExperienceFile = None,
    explain: InWords = False,
    pool_sample: PoolSample = "",
    pool_file: PoolFile = None,
    portfolio: Portfolio = None,
    programme: Programme = None,
    picture: Picture = None,
    options_picture: OptionsPicture = None,
    tolerance: Tolerance = None,
    convergence: Convergence = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Price one risk: premium, errors, what it rests on, and a receipt."""
    if sum(map(bool, (file, product, example))) != 1:
        raise typer.BadParameter(tell("give one of FILE, --product CODE or --example CODE"))
    refuse_missing_folder(out, picture, options_picture, convergence)
    from techinsure.catalogue import shipped

    catalogue = shipped()
    if example:
        say_json(catalogue.product(example).example)
        return
    document = read_file(file) if file else catalogue.product(product).example
    document, around = in_pool.parts(document, pool_sample, pool_file, portfolio, programme)
    request = _asked(with_run(document, years, seed), experience, tolerance)
    if convergence is not None and request.tolerance is None:
        raise typer.BadParameter(tell("--convergence needs a tolerance: give --tolerance 0.02"))
    priced = catalogue.product(request.product)
    with progress(tell("pricing {product}", product=request.product)):
        quote, pooled = _priced(request, around, catalogue)
    _write(quote, out, picture, options_picture, convergence, pooled)
    if as_json:
        say_json((pooled or quote).to_dict())
    else:
        beside = [] if pooled is None else [in_pool.shown(pooled)]
        say(*_said(quote, priced, explain), *beside)


def _priced(
    request: "PriceRequest", around: "dict[str, Any] | None", catalogue: "Catalogue"
) -> "tuple[Quote, PooledQuote | None]":
    """The quote alone, or in the pool `around` it and what that adds."""
    if around is None:
        from techinsure_api import pricing

        if work := pricing.long_run(request, catalogue):
            foretell(work.units, work.n_years)
        return pricing.price(request, catalogue, limited=False), None
    pooled = in_pool.priced(request, around, catalogue)
    return pooled.quote, pooled


def _asked(
    document: Any, experience: Path | None, tolerance: float | None = None
) -> "PriceRequest":
    """The request of a document, with own data from a file, and a tolerance."""
    from techinsure.quotes import PriceRequest
    from techinsure.reading import read
    from techinsure_api import pool_files

    if experience is not None and isinstance(document, dict):
        document = {**document, "experience": pool_files.document(experience)}
    if tolerance is not None and isinstance(document, dict):
        document = {**document, "tolerance": {"relative_error": tolerance}}
    return read(PriceRequest, document)


def _said(quote: "Quote", product: "Product", explain: bool) -> Iterable[object]:
    """The quote in words, or in tables."""
    from techinsure.quotes.explanation import explained
    from techinsure_api.quote_tables import shown

    if explain:
        return explained(quote, language.get(), told=retell)
    return shown(quote, product)


def _write(
    quote: "Quote", out: Path | None, picture: Path | None, options_picture: Path | None,
    convergence: Path | None, pooled: "PooledQuote | None" = None,
) -> None:  # fmt: skip
    """The quote as a file, and its pictures, where they are asked for."""
    if out:
        out.write_text(
            json.dumps((pooled or quote).to_dict(), ensure_ascii=False, indent=2), "utf-8"
        )
    if picture or options_picture or convergence:
        from techinsure import plots

        if picture:
            plots.save(plots.premium_waterfall(quote), picture)
        if options_picture:
            plots.save(plots.options(quote), options_picture)
        if convergence and quote.tolerance is not None:
            plots.save(plots.convergence(quote.tolerance), convergence)
