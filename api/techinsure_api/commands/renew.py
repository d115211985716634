"""`techinsure renew`: the next premium, with own experience, between commercial limits."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api.terminal import amount, error_of, progress, say, say_json, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.quoting.renewals import RenewalReport

EPILOG = """[bold]Examples[/bold]

techinsure renew renewal.json   # risk, expiring: 40000, limits

techinsure renew renewal.toml --json | jq .renewal.offered
"""

LINES: dict[str, Callable[[], str]] = {
    "technical": lambda: tell("technical price, without own experience"),
    "experience": lambda: tell("own experience"),
    "cap": lambda: tell("cap on the rise"), "floor": lambda: tell("floor under the fall"),
}  # fmt: skip

PERCENT = 100


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(renew)


def renew(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help="The risk with its own data, the expiring premium and limits: JSON or TOML.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Renew a policy: technical price, own experience, and the limits that somebody set."""
    from techinsure.catalogue import shipped
    from techinsure.quoting.renewals import RenewalRequest, renewal
    from techinsure.reading import read
    from techinsure_api import pool_files, pricing

    request = read(RenewalRequest, pool_files.named(file))
    with progress(tell("pricing {product}", product=request.risk.product)):
        report = renewal(
            request, shipped(), lambda risk, shelf: pricing.price(risk, shelf, limited=False)
        )
    if as_json:
        say_json(report.to_dict())
    else:
        say(*shown(report))


def shown(report: "RenewalReport") -> list[object]:
    """The report for people: a line each, and what the limits cost."""
    found = report.renewal
    rows = [
        (LINES[line.name](), amount(line.amount.value), error_of(line.amount),
         retell(line.because))
        for line in found.lines
    ]  # fmt: skip
    rows.append((tell("offered"), amount(found.offered.value), error_of(found.offered), ""))
    title = tell(
        "{product} {version} for {insured}: renewal of {expiring} {unit}", product=report.product,
        version=report.product_version, insured=report.insured, expiring=amount(found.expiring),
        unit=report.currency,
    )  # fmt: skip
    heads = (tell("premium line"), ">" + report.currency, ">" + tell("error"), tell("because"))
    return [
        table(title, heads, rows),
        tell("Change against the expiring premium of the same exposure: {change}; below the "
             "technical price by {below} {unit}.", change=f"{PERCENT * report.change:+.1f}%",
             below=amount(report.below_technical.value), unit=report.currency),
    ]  # fmt: skip
