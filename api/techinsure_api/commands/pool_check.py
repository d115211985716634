"""`techinsure pool check`: a pool, its risks and its treaties held to law, contract and limits."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api.terminal import amount, progress, say, say_json, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.pool.accumulation import Accumulation
    from techinsure.pooling.checks_report import Finding, PoolChecks

EPILOG = """[bold]Examples[/bold]

techinsure pool check request.toml --picture accumulation.png

techinsure pool check request.json --years 20000 --json     # the body of POST /v1/pools/checks

echo '{"portfolio": {"sample": "demo_pool"}}' | techinsure pool check -
"""

MOST_SHOWN = 20
"""Findings that people are shown; JSON has all."""

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE|-",
        help="Portfolio, pool, programme and limits: TOML or JSON; - reads standard input.",
    ),
]
Years = Annotated[int | None, typer.Option(help="Simulated years, instead of the request's.")]
Seed = Annotated[int | None, typer.Option(help="Seed, instead of the request's.")]
Picture = Annotated[
    Path | None, typer.Option(metavar="PNG", help="Draw accumulations against their limits here.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def register(pool: typer.Typer) -> None:
    """Add the part to the verb `pool`."""
    pool.command("check", epilog=EPILOG)(check)


def check(
    file: File,
    years: Years = None,
    seed: Seed = None,
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Hold a pool to its rules: who breaks which, by how much, and what cures it."""
    if picture is not None and not picture.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(picture.parent))
    from techinsure.catalogue import shipped
    from techinsure.pooling.checks import check_pool
    from techinsure.pooling.checks_report import ChecksRequest
    from techinsure.reading import read
    from techinsure_api.pool_files import named
    from techinsure_api.request_files import with_run

    request = read(ChecksRequest, with_run(named(file), years, seed))
    with progress(tell("simulating the pool")) as done:
        found = check_pool(request, shipped(), workers=os.cpu_count() or 1, progress=done)
    if picture is not None:
        from techinsure import plots

        plots.save(plots.accumulation(found), picture)
    if as_json:
        say_json(found.to_dict())
    else:
        say(*shown(found))


def shown(found: "PoolChecks") -> list[object]:
    """The answer for people: the rules, the findings, the accumulations."""
    title = tell(
        "{pool}: {items} items, {insured} {currency} insured, {years} simulated years",
        pool=found.pool, items=f"{found.n_items:,}", insured=amount(found.sum_insured),
        currency=found.currency, years=f"{found.n_years:,}",
    )  # fmt: skip
    rules = table(
        title,
        (tell("rule"), tell("state"), ">" + tell("findings"), tell("why not checked")),
        [(_words(one.rule), _words(one.state), one.findings or "", retell(one.why))
         for one in found.rules],
    )  # fmt: skip
    findings = [_findings(found)] if found.findings else [tell("No rule is broken.")]
    left_out = len(found.findings) - MOST_SHOWN
    more = [tell("{n} more findings in --json", n=left_out)] if left_out > 0 else []
    sources = dict.fromkeys(one.source for one in found.findings[:MOST_SHOWN])
    return [
        rules,
        *findings,
        *more,
        *(tell("Source: {source}", source=retell(source)) for source in sources),
        *(_accumulation(one) for one in found.accumulations),
        *(tell("Flag: {flag}", flag=retell(flag)) for flag in found.flags),
    ]


def _findings(found: "PoolChecks") -> object:
    return table(
        tell("Findings, {unit}", unit=found.currency),
        (tell("member"), tell("rule"), tell("about"), ">" + tell("over"), tell("cure")),
        [_row(one) for one in found.findings[:MOST_SHOWN]],
    )  # fmt: skip


def _row(one: "Finding") -> tuple[str, ...]:
    state = "" if one.state == "breach" else f" ({_words(one.state)})"
    return (
        one.member or tell("the pool"), _words(one.rule) + state, one.risk_unit or "-",
        amount(one.over) if one.over else "-", retell(one.cure),
    )  # fmt: skip


def _accumulation(found: "Accumulation") -> object:
    unlabelled = tell("without a label: {amount}", amount=amount(found.unlabelled))
    return table(
        tell("By {basis}, {unit}, gross; {rest}", basis=_words(found.basis), unit=found.currency,
             rest=unlabelled),
        (tell("name"), ">" + tell("items"), ">" + tell("sum insured"), ">" + tell("share"),
         ">" + tell("largest event TVaR 99.5%"), ">" + tell("error")),
        [
            (group.name, group.items, amount(group.sum_insured), f"{group.share:.1%}",
             amount(group.event_tvar_995.value),
             f"± {amount(group.event_tvar_995.standard_error or 0.0)}")
            for group in found.groups[:10]
        ],
    )  # fmt: skip


def _words(name: str) -> str:
    return retell(name).replace("_", " ")
