"""`techinsure programme`: what a reinsurance programme takes, costs and leaves of losses."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.request_files import told_by_row
from techinsure_api.terminal import progress, say, say_json
from techinsure_api.words import tell

if TYPE_CHECKING:
    from techinsure.reinsurance.evaluation_report import Evaluation

EPILOG = """[bold]Examples[/bold]

techinsure programme --sample demo_pool --picture tower.png

techinsure programme programme.toml --losses losses.csv --years 5 --first-year 2021 --rows

techinsure programme programme.toml --simulation 1a2b3c4d --premium rd_loss=2e7

techinsure programme request.json --json       # the body of POST /v1/programmes/evaluate
"""


File = Annotated[
    str,
    typer.Argument(
        metavar="[FILE|-]",
        help="The treaties, or a whole request: TOML or JSON; - reads standard input.",
    ),
]
Sample = Annotated[str, typer.Option(metavar="NAME", help="On a shipped sample.")]
Simulation = Annotated[
    str, typer.Option(metavar="ID", help="On a stored pool run, by the start of its id.")
]
Losses = Annotated[
    Path | None, typer.Option(metavar="FILE", help="On losses of your own: CSV, xlsx, Parquet.")
]
Years = Annotated[
    int | None,
    typer.Option(help="Years to simulate; of your own losses: how many there are in all."),
]
FirstYear = Annotated[
    int | None, typer.Option(help="How the first year of your own losses is called; else 1.")
]
Seed = Annotated[int | None, typer.Option(help="Seed of all random numbers.")]
Premium = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PRODUCT=AMOUNT", help="A year's gross premium of a product; may be repeated."
    ),
]
Rows = Annotated[bool, typer.Option("--rows", help="Show what becomes of every loss.")]
Picture = Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the layers here.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(programme)


def programme(
    file: File = "",
    sample: Sample = "",
    simulation: Simulation = "",
    losses: Losses = None,
    years: Years = None,
    first_year: FirstYear = None,
    seed: Seed = None,
    premium: Premium = None,
    rows: Rows = False,
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Apply a programme to losses: what each treaty takes and costs, what is left, with errors."""
    if picture is not None and not picture.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(picture.parent))
    whole = _whole(_document(file) if file else {})
    source = _source(sample, simulation, losses, years, first_year, seed)
    if source and "losses" in whole:
        message = tell("the file says which losses: leave --sample and the like out")
        raise typer.BadParameter(message)
    if not source and "losses" not in whole:
        message = tell("give --sample, --simulation or --losses: which losses are reinsured?")
        raise typer.BadParameter(message)
    whole |= {"losses": source} if source else {}
    whole |= {"premium": _premiums(premium)} if premium else {}
    whole |= {"rows": True} if rows else {}
    found = _evaluated(whole, losses)
    if picture is not None:
        from techinsure import plots

        plots.save(plots.layer_tower(found), picture)
    if as_json:
        say_json(found.to_dict())
    else:
        from techinsure_api.evaluation_tables import shown

        say(*shown(found))


def _evaluated(whole: dict[str, Any], losses: Path | None) -> "Evaluation":
    from techinsure import bordereau
    from techinsure.catalogue import shipped
    from techinsure.reading import read
    from techinsure_api.evaluations import EvaluationRequest, evaluated
    from techinsure_api.stored_runs.store import RunStore

    sheet = None if losses is None else bordereau.read(losses)
    request = read(EvaluationRequest, whole)
    with told_by_row(sheet, "/losses/table/rows"), progress(tell("applying the programme")) as done:
        return evaluated(
            request, shipped(), RunStore(), limited=False, sheet=sheet, progress=done,
            workers=os.cpu_count() or 1,
        )  # fmt: skip


def _document(name: str) -> dict[str, Any]:
    from techinsure_api.pool_files import document, parsed
    from techinsure_api.request_files import read_bytes

    return parsed(read_bytes("-"), "-") if name == "-" else document(Path(name))


def _whole(document: dict[str, Any]) -> dict[str, Any]:
    """The request that a file holds, or that its programme is a part of."""
    if not document or {"programme", "losses"} & document.keys():
        return dict(document)
    return {"programme": document}


def _source(
    sample: str,
    simulation: str,
    losses: Path | None,
    years: int | None,
    first_year: int | None,
    seed: int | None,
) -> dict[str, Any]:
    """The `losses` of the request that the options say; nothing where they say none."""
    named = [one for one in (sample, simulation, losses) if one]
    run = {name: value for name, value in (("n_years", years), ("seed", seed)) if value is not None}
    if len(named) > 1:
        raise typer.BadParameter(tell("give one of --sample, --simulation and --losses"))
    if first_year is not None and losses is None:
        raise typer.BadParameter(tell("--first-year is of --losses"))
    if not named and run:
        raise typer.BadParameter(tell("--years and --seed are of --sample and --losses"))
    if sample:
        return {"sample": sample, **run}
    if simulation:
        from techinsure_api.stored_runs.store import RunStore

        return {"simulation": RunStore().find(simulation), **run}
    if losses is None:
        return {}
    if years is None:
        message = tell("--losses needs --years: years without a loss count as well")
        raise typer.BadParameter(message)
    first = {} if first_year is None else {"first_year": first_year}
    own = {"rows": [], "n_years": years, **first}
    return {"table": own, **({} if seed is None else {"seed": seed})}


def _premiums(options: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for product, amount in map(_premium, options):
        if product in found:
            message = tell("--premium is given twice for {product!r}", product=product)
            raise typer.BadParameter(message)
        found[product] = amount
    return found


def _premium(option: str) -> tuple[str, float]:
    product, equals, text = option.rpartition("=")
    try:
        if equals and product.strip():
            return product.strip(), float(text)
    except ValueError:
        pass
    message = tell("--premium needs PRODUCT=AMOUNT, got {option!r}", option=option)
    raise typer.BadParameter(message)
