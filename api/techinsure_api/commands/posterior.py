"""`techinsure posterior`: own data, what they make of the priors, and the rate before and after."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.terminal import amount, progress, say, say_json, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.evidence.updating import Update
    from techinsure.posterior import PosteriorReport

EPILOG = """[bold]Examples[/bold]

techinsure posterior --product rd_loss --experience own.toml

techinsure posterior --product rd_loss --experience own.toml --picture posterior.png

techinsure posterior --product patent --experience own.toml --risk request.json --json

own.toml holds, for each parameter that was observed (techinsure check --json names them all):

name = "member A"

\\[\\[observations]]
parameter = "model.suit_rate"
seen = \\[{ year = 2025, events = 2, exposure = 480 }]
source = "own claims 2025"
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(posterior)


def posterior(
    product: Annotated[str, typer.Option(metavar="CODE", help="The product.")],
    experience: Annotated[
        Path, typer.Option(metavar="FILE", help="Own data: TOML, or JSON by its ending.")
    ],
    risk: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A price request whose rate is shown; else the example."),
    ] = None,
    one_more: Annotated[
        float | None,
        typer.Option("--one-more", help="Size of one more claim, for laws of amounts."),
    ] = None,
    text: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the text for the file here.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw priors and posteriors here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Update a product's priors by own data: posteriors, weights, the rate before and after."""
    from techinsure import posterior as learning
    from techinsure_api import pool_files

    whole: dict[str, Any] = {"product": product, "experience": pool_files.document(experience)}
    if risk is not None:
        given = json.loads(json.dumps(pool_files.document(risk)))
        whole["risk"] = {name: value for name, value in given.items() if name != "product"}
    if one_more is not None:
        whole["one_more_amount"] = one_more
    with progress(tell("pricing {product}", product=product)):
        report = learning.posterior(whole)
    if text is not None:
        text.write_text(report.text() + "\n", "utf-8")
    if picture is not None:
        from techinsure import plots

        plots.save(plots.prior_to_posterior(report), picture)
    if as_json:
        say_json(report.to_dict())
    else:
        say(*shown(report))


def shown(report: "PosteriorReport") -> list[object]:
    """The report for people: parameters, rates, one more claim, opinions left."""
    parameters = table(
        tell("{product}: version {before} updated to {after}", product=report.product,
             before=report.version, after=report.version_after),
        (tell("parameter"), f">{tell('prior')}", f">{tell('data')}", f">{tell('posterior')}",
         f">{tell('5% to 95%')}", f">{tell('weight of the data')}", tell("grade")),
        [_row(one) for one in report.updates],
    )  # fmt: skip
    rates = table(
        tell("Rates of the risk, % of its sum insured"),
        ("", f">{tell('pure')}", f">{tell('5% to 95%')}", f">{tell('charged')}"),
        [_rates(tell("before"), report.before), _rates(tell("after"), report.after)],
    )
    more = table(
        tell("One more claim"),
        (tell("on"), f">{tell('mean')}", f">{tell('pure rate')}"),
        [(one.parameter, amount(one.mean), _percent(one.pure_rate)) for one in report.one_more],
    )
    opinions = table(
        tell("Opinions (grade D) that the rate hangs on"),
        (tell("parameter"), f">{tell('mean')}", f">{tell('10% less')}", f">{tell('10% more')}"),
        [
            (one.parameter, amount(one.mean), _percent(one.lower), _percent(one.higher))
            for one in report.sensitivities
        ],
    )
    notes = [f"{one.parameter}: {retell(note)}" for one in report.updates for note in one.notes]
    notes += [f"{one.parameter}: {retell(one.verdict)}" for one in report.conflicts]
    notes += [retell(note) for note in report.notes]
    return [parameters, rates, more, opinions, *notes]


def _row(one: "Update") -> tuple[str, ...]:
    low, high = one.posterior_range
    return (
        one.parameter, amount(one.prior.mean), f"{one.events:g} / {one.base:,.6g}",
        amount(one.posterior.mean), f"{amount(low)} – {amount(high)}", f"{one.weight:.0%}",
        f"{one.prior.grade} → {one.posterior.grade}",
    )  # fmt: skip


def _rates(name: str, quote: Any) -> tuple[str, ...]:
    ends, total = quote.pure_range, quote.sum_insured
    between = "-" if ends is None else (
        f"{_percent(ends.low.value / total)} – {_percent(ends.high.value / total)}"
    )  # fmt: skip
    pure = _percent(quote.premium.pure.value / total)
    return (name, pure, between, _percent(quote.rate.value))


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.3g}%"
