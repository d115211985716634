"""`techinsure stress`: a scenario through a pool: what it costs whom, how rare it is."""

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.request_files import told_by_row
from techinsure_api.terminal import amount, error_of, progress, say, say_json, table
from techinsure_api.words import by_language, retell, tell

if TYPE_CHECKING:
    from techinsure.bordereau.sheet import Sheet
    from techinsure.stress import StressRequest
    from techinsure.stress.report import Learnt, MemberStress, Priced, Rarity, StressReport

EPILOG = """[bold]Examples[/bold]

techinsure stress     # the shipped scenarios

techinsure stress park_flood --years 5000 --picture flood.png

techinsure stress scenario.toml --portfolio risks.csv --pool pool.toml --programme programme.toml

techinsure stress request.json --in-pool --json | jq '.members[0].cost'
"""

PERCENT = 100
Scenario = Annotated[
    str,
    typer.Argument(
        metavar="[SCENARIO|FILE|-]",
        help="A shipped scenario by name; a scenario or a whole request, TOML or JSON.",
    ),
]
Sample = Annotated[str, typer.Option(metavar="NAME", help="A shipped portfolio with its pool.")]
Portfolio = Annotated[
    Path | None,
    typer.Option("--portfolio", metavar="FILE", help="Insured objects: CSV, xlsx or Parquet."),
]
PoolFile = Annotated[
    Path | None, typer.Option("--pool", metavar="FILE", help="The members, TOML or JSON.")
]
ProgrammeFile = Annotated[
    Path | None, typer.Option("--programme", metavar="FILE", help="The treaties, TOML or JSON.")
]
Years = Annotated[int | None, typer.Option(help="Simulated years, instead of the request's.")]
Seed = Annotated[int | None, typer.Option(help="Seed of all random numbers.")]
InPool = Annotated[
    bool, typer.Option("--in-pool", help="Price at the pool's margin as well: six more runs.")
]
Picture = Annotated[
    Path | None, typer.Option(metavar="PNG", help="Draw the waterfall from gross to members here.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(stress)


def stress(
    scenario: Scenario = "",
    sample: Sample = "",
    portfolio: Portfolio = None,
    pool: PoolFile = None,
    programme: ProgrammeFile = None,
    years: Years = None,
    seed: Seed = None,
    in_pool: InPool = False,
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Put a pool through a scenario: gross, ceded, net by member, how rare, what is learnt."""
    if not scenario:
        _list(as_json)
        return
    if picture is not None and not picture.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(picture.parent))
    if sample and portfolio:
        raise typer.BadParameter(tell("give --sample or --portfolio, not both"))
    from techinsure import bordereau
    from techinsure.catalogue import shipped
    from techinsure.stress import stress as through

    sheet = None if portfolio is None else bordereau.read(portfolio)
    request = _request(scenario, sample, sheet, pool, programme, years, seed, in_pool)
    with told_by_row(sheet), progress(tell("simulating the pool")) as done:
        report = through(request, shipped(), workers=os.cpu_count() or 1, progress=done)
    if picture is not None:
        from techinsure import plots

        plots.save(plots.stress_waterfall(report), picture)
    if as_json:
        say_json(report.to_dict())
    else:
        say(*shown(report))


def _list(as_json: bool) -> None:
    """The shipped scenarios."""
    from techinsure.receipt import plain
    from techinsure.stress import scenarios

    if as_json:
        say_json({"scenarios": [plain(one) for one in scenarios().values()]})
        return
    rows = [(one.name, by_language(one.title), by_language(one.summary))
            for one in scenarios().values()]  # fmt: skip
    columns = (tell("scenario"), tell("title"), tell("what happens"))
    how = tell("techinsure stress NAME runs one; --json shows it whole, with sources and grades.")
    say(table(tell("Shipped scenarios"), columns, rows), how)


def _request(
    scenario: str, sample: str, sheet: "Sheet | None", pool: Path | None,
    programme: Path | None, years: int | None, seed: int | None, in_pool: bool,
) -> "StressRequest":  # fmt: skip
    from techinsure.reading import read
    from techinsure.stress import StressRequest, scenarios
    from techinsure_api.pool_files import document
    from techinsure_api.request_files import with_run

    whole: dict[str, Any]
    whole = {"shipped": scenario} if scenario in scenarios() else _document(scenario)
    if "strikes" in whole:
        whole = {"scenario": whole}
    given: dict[str, Any]
    given = {"sample": sample} if sample else {"rows": sheet.rows()} if sheet is not None else {}
    if given and "portfolio" in whole:
        raise typer.BadParameter(tell("the request has its own portfolio: leave the option out"))
    whole = {"portfolio": given or {"sample": "demo_pool"}, **whole}
    for name, file in (("pool", pool), ("programme", programme)):
        if file:
            whole[name] = document(file)
    if in_pool:
        whole["in_pool"] = True
    return read(StressRequest, with_run(whole, years, seed))


def _document(name: str) -> dict[str, Any]:
    """A scenario or a request: a file, or JSON or TOML on standard input."""
    from techinsure.errors import Fault, InvalidParameter, NotFound
    from techinsure.quantities import nearest
    from techinsure.stress import scenarios
    from techinsure_api import strict_json
    from techinsure_api.pool_files import MOST_MEMBERS, document
    from techinsure_api.request_files import read_bytes

    if name != "-":
        file = Path(name)
        if not file.exists() and not file.suffix:
            raise NotFound("scenario", name, scenarios(), nearest(name, scenarios()))
        return document(file)
    body = read_bytes(name)
    try:
        found = (strict_json.parse(body, MOST_MEMBERS) if body.lstrip().startswith(b"{")
                 else tomllib.loads(body.decode("utf-8")))  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault("file", name, f"must be UTF-8 TOML: {error}")
        raise InvalidParameter([fault]) from None
    assert isinstance(found, dict)  # it begins with a brace
    return found


def shown(report: "StressReport") -> list[object]:
    """The report for people."""
    size, unit = _unit(report)
    title = by_language(report.scenario.title) or report.scenario.name
    parts: list[object] = [
        tell("{scenario} in {pool}", scenario=title, pool=report.pool),
        by_language(report.scenario.summary),
        _losses(report, size, unit), _treaties(report, size, unit),
    ]  # fmt: skip
    if report.reinsurers:
        parts.append(_reinsurers(report, size, unit))
    parts.append(_members(report, size, unit))
    parts += [_rarity(report), *_learnt(report), *_notes(report)]
    return [part for part in parts if part]


def _unit(report: "StressReport") -> tuple[float, str]:
    if max(report.ground_up, report.gross) >= 1e6:
        return 1e3, tell("thousand {currency}", currency=report.currency)
    return 1.0, report.currency


def _losses(report: "StressReport", size: float, unit: str) -> object:
    columns = (tell("strike"), tell("cause"), ">" + tell("items hit"), ">" + tell("sum insured"),
               ">" + tell("ground-up\nloss"), ">" + tell("gross"), ">" + tell("ceded"),
               ">" + tell("net"))  # fmt: skip
    rows = [
        (one.name, one.cause, f"{one.items:,}",
         *(amount(value / size) for value in (one.sum_insured, one.ground_up, one.insured,
                                              one.ceded, one.net)))
        for one in report.strikes
    ]  # fmt: skip
    if len(rows) > 1:
        rows.append((tell("whole scenario"), "", "", "",
                     *(amount(value / size) for value in (report.ground_up, report.gross,
                                                          report.ceded, report.net))))  # fmt: skip
    return table(tell("Losses of the scenario, {unit}", unit=unit), columns, rows)


def _treaties(report: "StressReport", size: float, unit: str) -> object:
    if not report.treaties:
        return ""
    columns = (tell("treaty"), ">" + tell("ceded"), ">" + tell("limit left"),
               ">" + tell("reinstatements\nleft"), ">" + tell("reinstatement\npremium"),
               ">" + tell("other\npremium"))  # fmt: skip
    rows = [
        (one.name, amount(one.ceded / size),
         "-" if one.left is None else amount(one.left / size),
         "-" if not one.reinstatements or one.reinstatements_left is None
         else f"{one.reinstatements_left:.4g} / {one.reinstatements}",
         amount(one.reinstatement_premium / size), amount(one.other_premium / size))
        for one in report.treaties
    ]  # fmt: skip
    return table(tell("Treaties in the scenario, {unit}", unit=unit), columns, rows)


def _reinsurers(report: "StressReport", size: float, unit: str) -> object:
    columns = (tell("reinsurer"), ">" + tell("pays in all"), ">" + tell("of all ceded"))
    rows = [(one.name, amount(one.ceded / size), _percent(one.share_of_ceded))
            for one in report.reinsurers]  # fmt: skip
    return table(tell("Reinsurers in the scenario, {unit}", unit=unit), columns, rows)


def _members(report: "StressReport", size: float, unit: str) -> object:
    columns = (tell("member"), ">" + tell("line"), ">" + tell("gross"), ">" + tell("net"),
               ">" + tell("bears"), ">" + tell("of capital\nand reserves"),
               ">" + tell("of legal\nlimit"), ">" + tell("capital\nused"))  # fmt: skip
    rows = [_member(one, size) for one in report.members]
    rows += [(retell(name), "", "", "", amount(cost / size), "-", "-", "-")
             for name, cost in report.other_parties.items()]  # fmt: skip
    return table(tell("Members in the scenario, {unit}", unit=unit), columns, rows)


def _member(one: "MemberStress", size: float) -> tuple[str, ...]:
    used = one.capital_used
    return (
        f"{one.name} *" if one.lead else one.name, f"{PERCENT * one.share:.2f}%",
        *(amount(value / size) for value in (one.gross, one.net, one.cost)),
        _percent(one.of_capital_and_reserves), _percent(one.of_legal_limit),
        "-" if used is None else _percent(used.value),
    )  # fmt: skip


def _percent(share: float) -> str:
    """Three digits that say something; no power of ten."""
    whole = PERCENT * share
    return f"{whole:,.0f}%" if abs(whole) >= 100 else f"{whole:.3g}%"


def _rarity(report: "StressReport") -> object:
    columns = ("", ">" + tell("years as bad"), ">" + tell("once in years"),
               ">" + tell("95% from"), ">" + tell("95% to"))  # fmt: skip
    names = {"items_hit": tell("gross, items hit"), "gross": tell("gross"), "net": tell("net")}
    rows = [(names[name], *_row_of(one)) for name, one in report.rarity.items()]
    years = f"{report.n_years:,}"
    title = tell("How rare the pool's own {years} simulated years hold it", years=years)
    return table(title, columns, rows)


def _row_of(one: "Rarity") -> tuple[str, ...]:
    if one.return_period is None:
        return "0", tell("beyond all"), amount(one.low), "-"
    period = amount(one.return_period.value)
    return (f"{one.years_as_bad:,}", f"{period} {error_of(one.return_period)}", amount(one.low),
            "-" if one.high is None else amount(one.high))  # fmt: skip


def _learnt(report: "StressReport") -> list[object]:
    found: list[object] = []
    for one in report.learnt:
        columns = (tell("parameter"), ">" + tell("before"), ">" + tell("after"),
                   ">" + tell("events seen"), ">" + tell("on exposure\nor trials"),
                   ">" + tell("data weigh"))  # fmt: skip
        rows = [
            (update.parameter.removeprefix("model."), f"{update.prior.mean:.4g}",
             f"{update.posterior.mean:.4g}", f"{update.events:g}", f"{update.base:,.4g}",
             _percent(update.weight))
            for update in one.updates
        ]  # fmt: skip
        title = tell("What is learnt of {product}", product=one.product)
        found += [table(title, columns, rows), _prices(one, report.currency)]
    return found


def _prices(one: "Learnt", currency: str) -> object:
    pairs = [(tell("alone"), one.before, one.after)]
    if one.in_pool_before is not None and one.in_pool_after is not None:
        pairs.append((tell("in the pool"), one.in_pool_before, one.in_pool_after))
    columns = ("", ">" + tell("pure before"), ">" + tell("pure after"),
               ">" + tell("charged before"), ">" + tell("charged after"),
               ">" + tell("rate after"))  # fmt: skip
    title = tell("Price of {insured}, sum insured {amount} {unit}", insured=one.insured,
                 amount=amount(one.sum_insured), unit=currency)  # fmt: skip
    return table(title, columns, [_row(*pair) for pair in pairs])


def _row(name: str, before: "Priced", after: "Priced") -> tuple[str, ...]:
    shown = [f"{amount(one.value)}\n{error_of(one)}"
             for one in (before.pure, after.pure, before.charged, after.charged)]  # fmt: skip
    return (name, *shown, f"{PERCENT * after.rate.value:.4g}%")


def _notes(report: "StressReport") -> list[str]:
    lines = [
        tell("* leads. Bears: net loss and what the treaties are paid more. Legal limit: for one "
             "risk unit. Capital used: that over the member's capital in the pool, TVaR 99.5% less "
             "mean; the scenario comes on top of a year that costs its mean."),
    ]  # fmt: skip
    if report.capital_used is not None:
        lines.append(tell("Capital of the pool: {capital}; used: {used} {error}",
                          capital=_capital(report), used=_percent(report.capital_used.value),
                          error=f"{error_of(report.capital_used, 1 / PERCENT)}%"))  # fmt: skip
    lines += [tell("Remark: {note}", note=retell(note)) for note in report.notes]
    lines += [
        tell("Cured: {breach}", breach=retell(str(one)))
        if one.cured
        else tell("Breach: {breach}", breach=retell(str(one)))
        for one in report.breaches
    ]
    sources = {f"{one.grade}: {one.source}" for one in report.scenario.strikes if one.source}
    lines += [tell("Source, grade {source}", source=source) for source in sorted(sources)]
    receipt = report.receipt
    digest = receipt.digests["scenario"][:12]
    return [*lines, tell("Receipt: seed {seed}, scenario {digest}, engine {engine}",
                         seed=receipt.seed, digest=digest,
                         engine=receipt.environment.engine)]  # fmt: skip


def _capital(report: "StressReport") -> str:
    capital = report.pool_capital
    return f"{amount(capital.value)} {error_of(capital)} {report.currency}"
