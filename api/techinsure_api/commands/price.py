"""`techinsure price`: the premium of one request, line by line."""

import codecs
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api import strict_json
from techinsure_api.terminal import amount, error_of, progress, say, say_json, table
from techinsure_api.words import by_language, language, retell, tell

if TYPE_CHECKING:
    from techinsure.product import Product
    from techinsure.quotes import AppliedFactor, Quote

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
    experience: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Own data that update the priors: TOML or JSON."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the whole quote to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the quote as JSON.")] = False,
) -> None:
    """Price one risk: premium, errors, what it rests on, and a receipt."""
    if sum(map(bool, (file, product, example))) != 1:
        raise typer.BadParameter(tell("give one of FILE, --product CODE or --example CODE"))
    from techinsure.catalogue import shipped
    from techinsure.quotes import PriceRequest
    from techinsure.reading import read
    from techinsure_api import pricing

    catalogue = shipped()
    if example:
        say_json(catalogue.product(example).example)
        return
    document = read_file(file) if file else catalogue.product(product).example
    if experience is not None and isinstance(document, dict):
        from techinsure_api import pool_files

        document = {**document, "experience": pool_files.document(experience)}
    request = read(PriceRequest, with_run(document, years, seed))
    catalogue.product(request.product)
    with progress(tell("pricing {product}", product=request.product)):
        quote = pricing.price(request, catalogue, limited=False)
    if out:
        out.write_text(json.dumps(quote.to_dict(), ensure_ascii=False, indent=2), "utf-8")
    if as_json:
        say_json(quote.to_dict())
    else:
        say(*shown(quote, catalogue.product(quote.product)))


def read_file(name: str) -> Any:
    """The JSON document in a file, or on standard input for `-`."""
    body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return strict_json.parse(body.removeprefix(codecs.BOM_UTF8), MOST_MEMBERS)


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


def shown(quote: "Quote", product: "Product") -> list[object]:
    """The quote for people: premium, probabilities, factors, terms, warnings, receipt."""
    unit = quote.currency
    steps = [(step.name, step.amount, step.pays_for) for step in quote.premium.waterfall.steps]
    steps.append(("charged", quote.premium.charged, "all of the above"))
    title = tell(
        "{product} {version} for {insured}: sum insured {amount} {unit}, {months} months",
        product=_name(product), version=quote.product_version, insured=quote.insured,
        amount=amount(quote.sum_insured), unit=unit, months=f"{quote.term_months:g}",
    )  # fmt: skip
    premium = table(
        title,
        (tell("premium"), ">" + tell("amount, {unit}", unit=unit), ">" + tell("error"),
         tell("pays for")),
        [(retell(n.replace("_", " ")), amount(a.value), error_of(a), retell(why))
         for n, a, why in steps],
    )  # fmt: skip
    factors = table(
        tell("Factors (assumed: not given, rated at the level unknown)"),
        (tell("factor"), tell("level"), tell("moves"), ">" + tell("times"), tell("grade"),
         tell("source")),
        [_factor(factor, product) for factor in quote.factors],
    )  # fmt: skip
    return [premium, *_figures(quote), factors, *_footer(quote, product)]


def _name(product: "Product") -> str:
    """The code in English, as a request writes it; the title where it has one."""
    return product.code if language.get() == "en" else by_language(product.title)


def _factor(factor: "AppliedFactor", product: "Product") -> tuple[str, ...]:
    known = product.factors.get(factor.name)
    name = (
        retell(factor.name) if known is None or language.get() == "en" else by_language(known.title)
    )
    level = retell(factor.level)
    return (
        name,
        tell("{level} (assumed)", level=level) if factor.assumed else level,
        retell(factor.target), f"{factor.relativity:.3g}", factor.grade, retell(factor.source),
    )  # fmt: skip


def _figures(quote: "Quote") -> list[object]:
    chance, rate = quote.claim_probability, quote.rate
    rows = [
        (tell("probability of a claim"), f"{PERCENT * chance.value:.3g}%",
         error_of(chance.scaled(100))),
        (tell("payout exceeded 1 year in 20"), amount(quote.payout_1_in_20.value),
         error_of(quote.payout_1_in_20)),
        (tell("payout exceeded 1 year in 200"), amount(quote.payout_1_in_200.value),
         error_of(quote.payout_1_in_200)),
        (tell("rate on sum insured"), f"{PERCENT * rate.value:.4g}%",
         error_of(rate.scaled(PERCENT))),
    ]  # fmt: skip
    columns = (tell("figure"), ">" + tell("value"), ">" + tell("error"))
    return [table("", columns, rows), *_unknown(quote)]


def _unknown(quote: "Quote") -> list[str]:
    """What the parameters leave open, which no number of simulated years can mend."""
    if quote.pure_range is None:
        return []
    return [
        tell(
            "Not known: expected claims lie between {low} and {high} in 90% of the draws of "
            "parameters and common factors. Errors above are of the simulation alone.",
            low=amount(quote.pure_range.low.value),
            high=amount(quote.pure_range.high.value),
        )
    ]


def _footer(quote: "Quote", product: "Product") -> list[str]:
    terms = tell(", ").join(_term(name, value, product) for name, value in quote.terms.items())
    order = tell(", ").join(retell(step) for step in quote.order_of_terms)
    receipt = quote.receipt
    return [
        tell("Terms: {terms}", terms=terms),
        tell("Applied in this order: {order}", order=order),
        *(tell("Warning: {warning}", warning=retell(warning)) for warning in quote.warnings),
        tell(
            "Receipt: seed {seed}, {years} years, product {digest}, engine {engine}, numpy {numpy}",
            seed=receipt.seed, years=f"{receipt.n_years:,}",
            digest=receipt.digests["product"][:12], engine=receipt.environment.engine,
            numpy=receipt.environment.numpy,
        ),
    ]  # fmt: skip


def _term(name: str, value: str | float, product: "Product") -> str:
    """`deductible 0.1`; where a product has titles for it, with its title."""
    if language.get() == "en":
        return f"{name} {value}"
    if name == "form":
        form = product.forms.get(str(value))
        return f"{tell('form')} {by_language(form.title) if form else value}"
    return f"{by_language(product.terms[name].title)} {value}"
