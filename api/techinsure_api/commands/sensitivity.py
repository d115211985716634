"""`techinsure sensitivity`: which parameters a price hangs on, and what not knowing them costs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api.request_files import read_file, refuse_missing_folder, with_run
from techinsure_api.terminal import amount, error_of, progress, say, say_json, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.quantities import Estimate
    from techinsure.quoting.tornado import Bar, Ignorance, SensitivityReport

EPILOG = """[bold]Examples[/bold]

techinsure sensitivity --product pilot --years 5000

techinsure sensitivity request.json --picture tornado.png --ignorance ignorance.png

techinsure sensitivity request.json --more 10,100 --json | jq '.bars[0]'
"""

PERCENT = 100


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(sensitivity)


def sensitivity(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="A JSON request; - reads it from standard input."),
    ] = "",
    product: Annotated[
        str, typer.Option(metavar="CODE", help="Price the product's own example.")
    ] = "",
    years: Annotated[
        int | None, typer.Option(help="Simulated years, instead of the request's.")
    ] = None,
    more: Annotated[
        str | None,
        typer.Option(metavar="N,N", help="Further exposure to value; 1,10,100,1000 if not given."),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw the tornado here.")
    ] = None,
    ignorance: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw the price of ignorance here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Move each parameter of a price, and add data: what it hangs on, what ignorance costs."""
    if bool(file) == bool(product):
        raise typer.BadParameter(tell("give one of FILE or --product CODE"))
    refuse_missing_folder(picture, ignorance)
    from techinsure.catalogue import shipped
    from techinsure.quoting.tornado import SensitivityRequest
    from techinsure.reading import read
    from techinsure_api import pricing

    catalogue = shipped()
    document = read_file(file) if file else catalogue.product(product).example
    whole = {"risk": with_run(document, years, None)}
    if more is not None:
        whole["more_exposure"] = _numbers(more)
    request = read(SensitivityRequest, whole)
    catalogue.product(request.risk.product)
    with progress(tell("moving the parameters of {product}", product=request.risk.product)) as told:
        report = pricing.sensitivity(request, catalogue, limited=False, progress=told)
    _draw(report, picture, ignorance)
    if as_json:
        say_json(report.to_dict())
    else:
        say(*shown(report))


def _numbers(written: str) -> list[float]:
    try:
        return [float(part) for part in written.split(",") if part.strip()]
    except ValueError:
        raise typer.BadParameter(tell("--more takes numbers with commas between")) from None


def _draw(report: "SensitivityReport", picture: Path | None, ignorance: Path | None) -> None:
    from techinsure import plots

    if picture is not None:
        plots.save(plots.tornado(report), picture)
    if ignorance is not None:
        plots.save(plots.price_of_ignorance(report), ignorance)


def shown(report: "SensitivityReport") -> list[object]:
    """The report for people: bars, the price of ignorance, what was held and why."""
    unit = report.currency
    bars = table(
        tell("{product} {version} for {insured}: charged {amount} {unit} {error}",
             product=report.product, version=report.product_version, insured=report.insured,
             amount=amount(report.charged.value), unit=unit, error=error_of(report.charged)),
        (tell("change of the charged premium"), tell("grade"),
         ">" + tell("10% lower"), ">" + tell("10% higher"), ">" + tell("at 5%"),
         ">" + tell("at 95%"), ">" + tell("elasticity")),
        [_row(bar) for bar in report.bars],
    )  # fmt: skip
    worth = table(
        tell("The price of ignorance: with further data that come out exactly as expected"),
        (tell("further years of exposure, or decided cases"), ">" + tell("charged"),
         ">" + tell("change"), ">" + tell("its error"), ">" + tell("change, %")),
        [_worth(one, report.charged) for one in report.ignorance],
    )  # fmt: skip
    held = [
        tell("Held, since it cannot move alone: {parameter} ({why})", parameter=one.parameter,
             why=retell(one.why))
        for one in report.held
    ]  # fmt: skip
    notes = tell(
        "All prices are of the same {years} simulated years, seed by seed: a change has the error "
        "of the change, shown below it. Elasticity: per cent of expected claims for one per cent "
        "of the parameter, from the two moves; below it by the score of the years' draws, with "
        "its error, where the parameter is drawn once a year. A parameter without ends is not "
        "drawn.",
        years=f"{report.n_years:,}",
    )
    return [bars, *([worth] if report.ignorance else []), *held, notes]


def _row(bar: "Bar") -> tuple[str, ...]:
    changes = (bar.lower, bar.higher, bar.at_low, bar.at_high)
    return (bar.name, bar.grade, *map(_change, changes), _elasticity(bar))


def _elasticity(bar: "Bar") -> str:
    """From the two moves, and in a line below by score."""
    found = bar.by_score
    if found is None:
        return f"{bar.elasticity:+.3f}"
    return f"{bar.elasticity:+.3f}\n{found.value:+.3f} ± {found.standard_error or 0.0:.3f}"


def _change(change: "Estimate | None") -> str:
    """The change, and its error in a line below; a dash where there is none."""
    if change is None:
        return "-"
    error = amount(change.standard_error or 0.0)
    return _signed(change.value) if error == "0" else f"{_signed(change.value)}\n± {error}"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{amount(value)}"


def _worth(one: "Ignorance", today: "Estimate") -> tuple[str, ...]:
    share = f"{PERCENT * one.change.value / today.value:+.2f}%" if today.value else "-"
    return (
        f"{one.exposure:,g}", amount(one.charged.value), _signed(one.change.value),
        error_of(one.change), share,
    )  # fmt: skip
