"""`techinsure pool`: who carries what of a pool's losses."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.commands import what_if
from techinsure_api.terminal import amount, error_of, progress, say, say_json, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.bordereau.sheet import Sheet
    from techinsure.pool.limits import Breach
    from techinsure.pooling.report import PoolReport, PoolRequest
    from techinsure.quantities import Estimate

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
    what_if.register(verb)
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
    with _told_by_row(sheet), progress(tell("simulating the pool")) as done:
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


@contextmanager
def _told_by_row(sheet: "Sheet | None") -> Iterator[None]:
    """Faults of a file name its row and header, as a spreadsheet shows them."""
    from techinsure import bordereau
    from techinsure.errors import InvalidParameter

    try:
        yield
    except InvalidParameter as error:
        if sheet is None:
            raise
        raise InvalidParameter(bordereau.in_file(error.faults, sheet)) from None


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

    out.mkdir(parents=True, exist_ok=True)
    whole = json.dumps(report.to_dict(), ensure_ascii=False, indent=2)
    (out / "report.json").write_text(whole, "utf-8")
    report.members_frame().to_csv(out / "members.csv", index=False)
    report.treaties_frame().to_csv(out / "treaties.csv", index=False)
    plots.save(plots.exceedance(report), out / "exceedance.png")


def shown(report: "PoolReport") -> list[object]:
    """The report for people."""
    thousand = tell("thousand {currency}", currency=report.currency)
    size, name = (1e3, thousand) if _is_large(report) else (1.0, report.currency)
    title = tell(
        "{pool}: {items} items, {insured} {currency} insured, {years} simulated years",
        pool=report.pool, items=f"{report.n_items:,}", insured=amount(report.sum_insured),
        currency=report.currency, years=f"{report.n_years:,}",
    )  # fmt: skip
    error = ">" + tell("error")
    losses = table(
        title + "\n" + tell("Losses of a year, {unit}", unit=name),
        ("", ">" + tell("mean"), error, ">" + tell("sd"), ">VaR 99.5%", ">TVaR 99.5%", error,
         ">" + tell("capital")),
        [
            (part, _in(p.mean, size), error_of(p.mean, size), _in(p.sd, size),
             _in(p.var_995, size), _in(p.tvar_995, size), error_of(p.tvar_995, size),
             _in(p.capital, size))
            for part, p in ((tell("gross"), report.gross), (tell("ceded"), report.ceded),
                            (tell("net"), report.net))
        ],
    )  # fmt: skip
    treaties = table(
        tell("Treaties, {unit}", unit=name),
        (tell("treaty"), tell("kind"), ">" + tell("mean"), ">TVaR 99.5%", error,
         ">" + tell("hit"), ">" + tell("allocated capital")),
        [
            (t.name, retell(t.kind), _in(t.mean, size), _in(t.tvar_995, size),
             error_of(t.tvar_995, size), f"{100 * t.hit_probability.value:.3g}%",
             _in(t.allocated_capital, size))
            for t in report.treaties
        ],
    )  # fmt: skip
    reinsured = [treaties] if report.treaties else []
    return [losses, *reinsured, _members(report, size, name), *_notes(report)]


def _members(report: "PoolReport", size: float, name: str) -> object:
    whole = report.premium.value
    return table(
        tell("Members, net of reinsurance, {unit}", unit=name),
        (tell("member"), ">" + tell("line"), ">" + tell("mean"), ">" + tell("sd"), ">VaR 99.5%",
         ">TVaR 99.5%", ">" + tell("error"), ">" + tell("capital"), ">" + tell("alone"),
         ">" + tell("of premium")),
        [
            (f"{m.name} *" if m.lead else m.name, f"{100 * m.share:.2f}%",
             *(_in(e, size) for e in (m.mean, m.sd, m.var_995, m.tvar_995)),
             error_of(m.tvar_995, size), _in(m.allocated_capital, size),
             _in(m.alone_capital, size), f"{100 * m.premium.value / whole:.2f}%")
            for m in report.members
        ],
    )  # fmt: skip


def _is_large(report: "PoolReport") -> bool:
    return report.gross.tvar_995.value >= 1e6


def _in(estimate: "Estimate | None", size: float) -> str:
    return "-" if estimate is None else amount(estimate.value / size)


def _notes(report: "PoolReport") -> list[str]:
    pairs = [
        (m.alone_capital.value, m.pooled_gross_capital.value)
        for m in report.members
        if m.alone_capital is not None
    ]
    alone, pooled = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    lines = [
        tell("* leads. Capital: allocated, TVaR 99.5% less mean; alone: gross, without the pool."),
        tell("Premium of the pool: {premium}", premium=_premium(report.premium)),
    ]
    if pairs and alone > 0:
        lines.append(
            tell(
                "Diversification: gross capital {pooled} in the pool, {alone} if each of {n} "
                "members carried its volume alone: {less} less",
                pooled=amount(pooled), alone=amount(alone), n=len(pairs),
                less=f"{1 - pooled / alone:.0%}",
            )
        )  # fmt: skip
    if report.unplaced != "0":
        lines.append(tell("Unplaced: {part} of the order has no member", part=report.unplaced))
    lines += [_breach(breach) for breach in report.breaches]
    lines += [tell("Flag: {flag}", flag=retell(flag)) for flag in report.flags]
    if all(breach.cured for breach in report.breaches):
        lines.append(tell("No legal limit is breached."))
    receipt = report.receipt
    digest = receipt.digests["portfolio"][:12]
    return [
        *lines,
        tell("Receipt: seed {seed}, portfolio {digest}, engine {engine}", seed=receipt.seed,
             digest=digest, engine=receipt.environment.engine),
    ]  # fmt: skip


def _premium(estimate: "Estimate") -> str:
    return f"{amount(estimate.value)} {error_of(estimate)} {estimate.unit}".rstrip()


def _breach(breach: "Breach") -> str:
    told = retell(str(breach))
    if breach.cured:
        return tell("Cured: {breach}", breach=told)
    return tell("Breach: {breach}", breach=told)
