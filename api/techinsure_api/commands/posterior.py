"""`techinsure posterior`: experts, analogues and own data, and the rate before and after them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.request_files import refuse_missing_folder
from techinsure_api.terminal import amount, progress, say, say_json, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.evidence.steps import Opinion
    from techinsure.evidence.updating import Update
    from techinsure.posterior import PosteriorReport
    from techinsure.sensitivities import Sensitivity

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

Experts, analogues and a robust share stand beside them under \\[\\[knowledge]], by parameter:
docs/how-to/new_class.md shows a whole file.
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

    refuse_missing_folder(text, picture)
    whole: dict[str, Any] = {"product": product, "experience": pool_files.document(experience)}
    if risk is not None:
        given = json.loads(json.dumps(pool_files.document(risk)))
        _refuse_another(given.get("product", product), product)
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


def _refuse_another(given: object, product: str) -> None:
    """A risk of another product has no rate under these data."""
    from techinsure.errors import Fault, InvalidParameter

    if given != product:
        bound, fix = f"must be that of the data, {product}", "leave it out, or give its own data"
        raise InvalidParameter([Fault("product", given, bound, fix, "/risk/product")])


def shown(report: "PosteriorReport") -> list[object]:
    """The report for people: parameters, the steps to them, rates, one more claim, opinions."""
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
    notes = [f"{one.parameter}: {retell(note)}" for one in report.updates for note in one.notes]
    notes += [
        f"{one.parameter}, {opinion.name}: {retell(note)}"
        for one in report.updates for step in one.steps
        for opinion in step.opinions for note in opinion.notes
    ]  # fmt: skip
    notes += [f"{one.parameter}: {retell(one.verdict)}" for one in report.conflicts]
    notes += [retell(note) for note in report.notes]
    steps = [part for one in report.updates if one.has_steps for part in _steps(one)]
    return [parameters, *steps, rates, *_one_more(report), *_opinions_left(report), *notes]


def _one_more(report: "PosteriorReport") -> Iterator[object]:
    """What a further claim would do, where there are own data that it could join."""
    if report.one_more:
        yield table(
            tell("One more claim"),
            (tell("on"), f">{tell('mean')}", f">{tell('pure rate')}"),
            [(one.parameter, amount(one.mean), _percent(one.pure_rate)) for one in report.one_more],
        )


def _opinions_left(report: "PosteriorReport") -> Iterator[object]:
    """What of grade D the rate hangs on, as far as the digits shown tell, and how much does not."""
    means = [
        (one.parameter, amount(one.mean), _percent(one.lower), _percent(one.higher))
        for one in report.sensitivities if one.shows
    ]  # fmt: skip
    others = [
        _moved(one, by) for many, by in ((report.relativities, "10%"), (report.spreads, "25%"))
        for one in many if one.shows
    ]  # fmt: skip
    if means:
        yield table(
            tell("Opinions (grade D) that the rate hangs on"),
            (tell("parameter"), f">{tell('mean')}", f">{tell('10% less')}",
             f">{tell('10% more')}"),
            means,
        )  # fmt: skip
    if others:
        yield table(
            tell("Relativities and coefficients of variation (grade D) that the rate hangs on"),
            (tell("parameter"), f">{tell('value')}", f">{tell('moved by')}", f">{tell('less')}",
             f">{tell('more')}"),
            others,
        )  # fmt: skip
    if report.unseen:
        yield tell("{n} more of grade D move no digit shown of the rate", n=report.unseen)


STEPS = {
    "product": lambda: tell("product's prior"), "experts": lambda: tell("experts"),
    "analogues": lambda: tell("analogues"), "robust": lambda: tell("robust share"),
    "other classes": lambda: tell("other classes"), "own data": lambda: tell("own data"),
}  # fmt: skip
"""What the steps are called, in the reader's language."""


def _steps(one: "Update") -> Iterator[object]:
    """The way to one posterior, and who was heard on it."""
    yield table(
        tell("{parameter}, step by step", parameter=one.parameter),
        (tell("after"), f">{tell('mean')}", f">{tell('sd')}", f">{tell('5% to 95%')}",
         f">{tell('weight in the end')}"),
        [
            (STEPS[step.name](), amount(step.mean), amount(step.sd),
             f"{amount(step.low)} – {amount(step.high)}", f"{step.weight:.0%}")
            for step in one.steps
        ],
    )  # fmt: skip
    opinions = [opinion for step in one.steps for opinion in step.opinions]
    if opinions:
        yield _heard(opinions)
    lent = [analogue for step in one.steps for analogue in step.lent]
    if lent:
        yield table(
            tell("Analogues of it"),
            (tell("whose"), f">{tell('discount')}", "", f">{tell('borrowed')}",
             f">{tell('weight in the end')}", tell("grade")),
            [
                (analogue.name, f"{analogue.discount:.2f}",
                 tell("learnt") if analogue.learnt else tell("stated"),
                 f"{analogue.events:.3g} / {analogue.base:.4g}", f"{analogue.weight:.0%}",
                 analogue.grade)
                for analogue in lent
            ],
        )  # fmt: skip


def _heard(opinions: "list[Opinion]") -> object:
    """Whose opinions they are; their weights after data only where data moved one of them."""
    is_moved = any(one.after != one.before for one in opinions)
    weight = tell("before data") if is_moved else tell("weight")
    return table(
        tell("Opinions on it"),
        (tell("whose"), f">{tell('mean')}", f">{tell('cv')}", f">{tell('misfit')}", f">{weight}",
         *([f">{tell('after data')}"] if is_moved else [])),
        [
            (retell(one.name), amount(one.mean), f"{one.cv:.2f}",
             "-" if one.misfit is None else f"{one.misfit:.3f}", f"{one.before:.0%}",
             *([f"{one.after:.0%}"] if is_moved else []))
            for one in opinions
        ],
    )  # fmt: skip


def _moved(one: "Sensitivity", by: str) -> tuple[str, ...]:
    return (one.parameter, amount(one.mean), f"±{by}", _percent(one.lower), _percent(one.higher))


def _row(one: "Update") -> tuple[str, ...]:
    low, high = one.posterior_range
    seen = f"{one.events:g} / {one.base:,.6g}" if one.base else "-"
    return (
        one.parameter, amount(one.prior.mean), seen,
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
