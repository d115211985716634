"""`techinsure price`: the premium of one request, line by line."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api import strict_json
from techinsure_api.terminal import amount, error_of, progress, say, say_json, table

if TYPE_CHECKING:
    from techinsure.quotes import Quote

EPILOG = """[bold]Examples[/bold]

techinsure price --example rd_loss > request.json   # a request to start from

techinsure price request.json --out quote.json

techinsure price - --json < request.json | jq .premium.charged

techinsure price --product patent --years 100000 --seed 7
"""

PERCENT = 100
MOST_MEMBERS = 10_000_000


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
    years: Annotated[
        int | None, typer.Option(help="Simulated years, instead of the request's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the request's.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the whole quote to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the quote as JSON.")] = False,
) -> None:
    """Price one risk: premium, errors, what it rests on, and a receipt."""
    if sum(map(bool, (file, product, example))) != 1:
        raise typer.BadParameter("give one of FILE, --product CODE or --example CODE")
    from techinsure.catalogue import shipped
    from techinsure.quotes import PriceRequest
    from techinsure.reading import read
    from techinsure_api import pricing

    catalogue = shipped()
    if example:
        say_json(catalogue.product(example).example)
        return
    document = read_file(file) if file else catalogue.product(product).example
    request = read(PriceRequest, with_run(document, years, seed))
    catalogue.product(request.product)
    with progress(f"pricing {request.product}"):
        quote = pricing.price(request, catalogue, limited=False)
    if out:
        out.write_text(json.dumps(quote.to_dict(), ensure_ascii=False, indent=2), "utf-8")
    if as_json:
        say_json(quote.to_dict())
    else:
        say(*shown(quote))


def read_file(name: str) -> Any:
    """The JSON document in a file, or on standard input for `-`."""
    body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return strict_json.parse(body, MOST_MEMBERS)


def with_run(document: Any, years: int | None, seed: int | None) -> Any:
    """The request with years and seed replaced where they are given."""
    given = {"n_years": years, "seed": seed}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes or not isinstance(document, dict):
        return document
    given = document.get("simulation", {})
    if not isinstance(given, dict):
        return document  # it is refused where the whole request is read
    return {**document, "simulation": {**given, **changes}}


def shown(quote: "Quote") -> list[object]:
    """The quote for people: premium, probabilities, factors, terms, warnings, receipt."""
    unit = quote.currency
    steps = [(step.name, step.amount, step.pays_for) for step in quote.premium.waterfall.steps]
    steps.append(("charged", quote.premium.charged, "all of the above"))
    title = f"{quote.product} {quote.product_version} for {quote.insured}"
    premium = table(
        f"{title}: sum insured {amount(quote.sum_insured)} {unit}, {quote.term_months:g} months",
        ("line", f">amount, {unit}", ">error", "pays for"),
        [(n.replace("_", " "), amount(a.value), error_of(a), why) for n, a, why in steps],
    )
    factors = table(
        "Factors (assumed: not given, rated at the level unknown)",
        ("factor", "level", "moves", ">times", "grade", "source"),
        [
            (f.name, f"{f.level} (assumed)" if f.assumed else f.level, f.target,
             f"{f.relativity:.3g}", f.grade, f.source)
            for f in quote.factors
        ],
    )  # fmt: skip
    return [premium, *_figures(quote), factors, *_footer(quote)]


def _figures(quote: "Quote") -> list[object]:
    chance, rate = quote.claim_probability, quote.rate
    rows = [
        ("probability of a claim", f"{PERCENT * chance.value:.3g}%", error_of(chance.scaled(100))),
        ("payout exceeded 1 year in 20", amount(quote.payout_1_in_20.value),
         error_of(quote.payout_1_in_20)),
        ("payout exceeded 1 year in 200", amount(quote.payout_1_in_200.value),
         error_of(quote.payout_1_in_200)),
        ("rate on sum insured", f"{PERCENT * rate.value:.4g}%", error_of(rate.scaled(PERCENT))),
    ]  # fmt: skip
    return [table("", ("figure", ">value", ">error"), rows), *_unknown(quote)]


def _unknown(quote: "Quote") -> list[str]:
    """What the parameters leave open, which no number of simulated years can mend."""
    if quote.pure_range is None:
        return []
    low, high = quote.pure_range.low.value, quote.pure_range.high.value
    return [
        f"Not known: expected claims lie between {amount(low)} and {amount(high)} in 90% of the "
        "draws of parameters and common factors. Errors above are of the simulation alone."
    ]


def _footer(quote: "Quote") -> list[str]:
    terms = ", ".join(f"{name} {value}" for name, value in quote.terms.items())
    receipt = quote.receipt
    digest = receipt.digests["product"][:12]
    return [
        f"Terms: {terms}",
        f"Applied in this order: {', '.join(quote.order_of_terms)}",
        *(f"Warning: {warning}" for warning in quote.warnings),
        f"Receipt: seed {receipt.seed}, {receipt.n_years:,} years, product {digest}, "
        f"engine {receipt.environment.engine}, numpy {receipt.environment.numpy}",
    ]
