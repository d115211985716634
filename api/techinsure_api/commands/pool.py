"""`techinsure pool`: who carries what of a pool's losses."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.commands import pool_check, pool_sign, pool_split, what_if
from techinsure_api.request_files import told_by_row
from techinsure_api.run_tables import shown
from techinsure_api.terminal import progress, say, say_json
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.bordereau.sheet import Sheet
    from techinsure.pooling.report import PoolReport, PoolRequest

EPILOG = """[bold]Examples[/bold]

techinsure pool                                # the shipped sample pool

techinsure pool --years 100000 --out results

techinsure pool --report build/report          # then open build/report/report.html

techinsure pool --portfolio risks.csv --pool pool.toml --programme programme.toml

techinsure pool what-if --set "quota share.share=0.3"     # the latest run, reinsured otherwise
"""

SHORT_ID = 12
"""Characters of an id that people are shown."""


Sample = Annotated[str, typer.Option(metavar="NAME", help="A shipped sample.")]
Portfolio = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Insured objects: CSV, xlsx, Parquet.")
]
PoolFile = Annotated[
    Path | None, typer.Option("--pool", metavar="TOML", help="The pool and its members.")
]
Programme = Annotated[
    Path | None, typer.Option(metavar="TOML", help="Its reinsurance; none if not given.")
]
Years = Annotated[int | None, typer.Option(help="Simulated years.")]
Seed = Annotated[int | None, typer.Option(help="Seed of all random numbers.")]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write report.json and pictures here.")
]
ReportTo = Annotated[
    Path | None,
    typer.Option("--report", metavar="DIR", help="Write a page, pictures and tables here."),
]
Store = Annotated[
    bool, typer.Option("--store/--no-store", help="Keep the run on this machine for what-if.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the verb, which runs a pool by itself, with its part `what-if`."""
    verb = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")
    verb.callback(epilog=EPILOG)(pool)
    for part in (what_if, pool_sign, pool_check, pool_split):
        part.register(verb)
    app.add_typer(verb, name="pool")


def pool(
    ctx: typer.Context,
    sample: Sample = "",
    portfolio: Portfolio = None,
    pool_file: PoolFile = None,
    programme: Programme = None,
    years: Years = None,
    seed: Seed = None,
    out: Out = None,
    report_to: ReportTo = None,
    store: Store = True,
    as_json: AsJson = False,
) -> None:
    """Run a pool: gross, ceded and net losses, treaties, members, breaches, diversification."""
    if ctx.invoked_subcommand:
        _nothing_given(ctx)
        return
    if portfolio and sample:
        raise typer.BadParameter(tell("give --sample or --portfolio, not both"))
    if portfolio and not pool_file:
        raise typer.BadParameter(tell("--portfolio needs --pool: who carries the risks?"))
    from techinsure.pooling import run_pool

    sheet = _sheet(portfolio)
    request = _request(sample, sheet, pool_file, programme, years, seed)
    for folder in (out, report_to):
        if folder:  # said before the work where it cannot be
            folder.mkdir(parents=True, exist_ok=True)
    with told_by_row(sheet), progress(tell("simulating the pool")) as done:
        report = run_pool(request, workers=os.cpu_count() or 1, progress=done)
    if out:
        _write(report, out)
    if report_to:
        from techinsure_api.reports import pool as pages

        pages.write(report, report_to)
    kept = _kept(report, request) if store else {"id": None, "stored": False, "note": ""}
    if as_json:
        say_json({**report.to_dict(), "run": kept})
    else:
        say(*shown(report), *_stored(kept))


def _nothing_given(ctx: typer.Context) -> None:
    """An option before the part would be lost in silence."""
    given = [name for name in ctx.params if _is_given(ctx, name)]
    if given:
        part = ctx.invoked_subcommand
        message = tell("put options after {part}: techinsure pool {part} ...", part=part)
        raise typer.BadParameter(message)


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _kept(report: "PoolReport", request: "PoolRequest") -> dict[str, Any]:
    """The id of the stored run, or why there is none."""
    from techinsure_api.stored_runs.store import NotStored, RunStore

    try:
        return {"id": RunStore().add(report, request), "stored": True, "note": ""}
    except NotStored as error:
        return {"id": None, "stored": False, "note": f"not stored: {error}"}


def _stored(kept: dict[str, Any]) -> list[str]:
    if kept["note"]:
        return [tell("Warning: {warning}", warning=retell(kept["note"]))]
    if not kept["stored"]:
        return []
    short = kept["id"][:SHORT_ID]
    return [tell("Stored as run {run}: techinsure pool what-if {run} --help", run=short)]


def _sheet(portfolio: Path | None) -> "Sheet | None":
    from techinsure import bordereau

    return None if portfolio is None else bordereau.read(portfolio)


def _request(
    sample: str,
    sheet: "Sheet | None",
    pool_file: Path | None,
    programme: Path | None,
    years: int | None,
    seed: int | None,
) -> "PoolRequest":
    from techinsure.pooling.report import PoolRequest
    from techinsure.reading import read
    from techinsure_api.pool_files import document

    rows: dict[str, Any] = {"rows": sheet.rows()} if sheet is not None else {}
    run = {"n_years": years, "seed": seed}
    whole: dict[str, Any] = {
        "portfolio": rows or {"sample": sample or "demo_pool"},
        "simulation": {name: value for name, value in run.items() if value is not None},
    }
    for name, file in (("pool", pool_file), ("programme", programme)):
        if file:
            whole[name] = document(file)
    return read(PoolRequest, whole)


def _write(report: "PoolReport", out: Path) -> None:
    from techinsure import plots

    whole = json.dumps(report.to_dict(), ensure_ascii=False, indent=2)
    (out / "report.json").write_text(whole, "utf-8")
    report.members_frame().to_csv(out / "members.csv", index=False)
    report.treaties_frame().to_csv(out / "treaties.csv", index=False)
    plots.save(plots.exceedance(report), out / "exceedance.png")
