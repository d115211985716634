"""`techinsure pool`: who carries what of a pool's losses."""

import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.terminal import amount, error_of, progress, say, say_json, table

if TYPE_CHECKING:
    from techinsure.pool_report import PoolReport, PoolRequest
    from techinsure.quantities import Estimate

EPILOG = """[bold]Examples[/bold]

techinsure pool                                # the shipped sample pool

techinsure pool --years 100000 --out results

techinsure pool --report build/report          # then open build/report/report.html

techinsure pool --portfolio risks.csv --pool pool.toml --programme programme.toml
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(pool)


def pool(
    sample: Annotated[str, typer.Option(metavar="NAME", help="A shipped sample.")] = "",
    portfolio: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Insured objects: CSV, xlsx, Parquet.")
    ] = None,
    pool_file: Annotated[
        Path | None, typer.Option("--pool", metavar="TOML", help="The pool and its members.")
    ] = None,
    programme: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Its reinsurance; none if not given.")
    ] = None,
    years: Annotated[int | None, typer.Option(help="Simulated years.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all random numbers.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write report.json and pictures here.")
    ] = None,
    report_to: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write a page, pictures and tables here."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Run a pool: gross, ceded and net losses, treaties, members, breaches, diversification."""
    if portfolio and sample:
        raise typer.BadParameter("give --sample or --portfolio, not both")
    if portfolio and not pool_file:
        raise typer.BadParameter("--portfolio needs --pool: who carries the risks?")
    from techinsure.pooling import run_pool

    request = _request(sample, portfolio, pool_file, programme, years, seed)
    with progress("simulating the pool") as done:
        report = run_pool(request, workers=os.cpu_count() or 1, progress=done)
    if out:
        _write(report, out)
    if report_to:
        from techinsure_api.reports import pool as pages

        pages.write(report, report_to)
    if as_json:
        say_json(report.to_dict())
    else:
        say(*shown(report))


def _request(
    sample: str,
    portfolio: Path | None,
    pool_file: Path | None,
    programme: Path | None,
    years: int | None,
    seed: int | None,
) -> "PoolRequest":
    from techinsure import bordereau
    from techinsure.pool_report import PoolRequest
    from techinsure.reading import read

    rows: dict[str, Any] = {"rows": bordereau.read(portfolio).rows()} if portfolio else {}
    run = {"n_years": years, "seed": seed}
    whole: dict[str, Any] = {
        "portfolio": rows or {"sample": sample or "demo_pool"},
        "simulation": {name: value for name, value in run.items() if value is not None},
    }
    for name, file in (("pool", pool_file), ("programme", programme)):
        if file:
            whole[name] = _toml(file)
    return read(PoolRequest, whole)


def _toml(file: Path) -> dict[str, Any]:
    from techinsure.errors import Fault, InvalidParameter

    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault("file", file.name, f"must be UTF-8 TOML: {error}")
        raise InvalidParameter([fault]) from None


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
    size, name = (
        (1e3, f"thousand {report.currency}") if _is_large(report) else (1.0, report.currency)
    )
    title = (
        f"{report.pool}: {report.n_items:,} items, {amount(report.sum_insured)} {report.currency} "
        f"insured, {report.n_years:,} simulated years"
    )
    losses = table(
        f"{title}\nLosses of a year, {name}",
        ("", ">mean", ">error", ">sd", ">VaR 99.5%", ">TVaR 99.5%", ">error", ">capital"),
        [
            (part, _in(p.mean, size), error_of(p.mean, size), _in(p.sd, size),
             _in(p.var_995, size), _in(p.tvar_995, size), error_of(p.tvar_995, size),
             _in(p.capital, size))
            for part, p in (("gross", report.gross), ("ceded", report.ceded), ("net", report.net))
        ],
    )  # fmt: skip
    treaties = table(
        f"Treaties, {name}",
        ("treaty", "kind", ">mean", ">TVaR 99.5%", ">error", ">hit", ">allocated capital"),
        [
            (t.name, t.kind, _in(t.mean, size), _in(t.tvar_995, size), error_of(t.tvar_995, size),
             f"{100 * t.hit_probability.value:.3g}%", _in(t.allocated_capital, size))
            for t in report.treaties
        ],
    )  # fmt: skip
    return [losses, treaties, _members(report, size, name), *_notes(report)]


def _members(report: "PoolReport", size: float, name: str) -> object:
    whole = report.premium.value
    return table(
        f"Members, net of reinsurance, {name}",
        ("member", ">line", ">mean", ">sd", ">VaR 99.5%", ">TVaR 99.5%", ">error", ">capital",
         ">alone", ">premium"),
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
        "* leads. Capital: allocated, TVaR 99.5% less mean; alone: gross, without the pool.",
        f"Premium of the pool: {report.premium}",
    ]
    if pairs and alone > 0:
        lines.append(
            f"Diversification: gross capital {amount(pooled)} in the pool, {amount(alone)} if each "
            f"of {len(pairs)} members carried its volume alone: {1 - pooled / alone:.0%} less"
        )
    if report.unplaced != "0":
        lines.append(f"Unplaced: {report.unplaced} of the order has no member")
    lines += [f"{'Cured' if b.cured else 'Breach'}: {b}" for b in report.breaches]
    lines += [f"Flag: {flag}" for flag in report.flags]
    if all(breach.cured for breach in report.breaches):
        lines.append("No legal limit is breached.")
    receipt = report.receipt
    digest = receipt.digests["portfolio"][:12]
    return [
        *lines,
        f"Receipt: seed {receipt.seed}, portfolio {digest}, engine {receipt.environment.engine}",
    ]
