"""`techinsure pool sign`: written lines to signed ones, and of a risk within what members carry."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api.terminal import amount, say, say_json, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.pool.risk_lines import RiskLine, RiskLines
    from techinsure.pool.sign_down import SignDown

EPILOG = """[bold]Examples[/bold]

techinsure pool sign fab.toml --picture lines.png

techinsure pool sign pool.toml                 # a pool's file alone: its lines, no risk

techinsure pool sign request.json --json       # the body of POST /v1/pools/sign-down
"""

PERCENT, MILLION = 100, 1e6
SHORT_SHARE = 12
"""Characters of an exact share that fit into a table; JSON has all."""

CUT_BY = {
    "licence": "licence", "appetite": "appetite", "capacity_per_risk": "capacity",
    "accumulation": "accumulation", "single_risk": "law", "minimum": "minimum",
}  # fmt: skip
"""What cuts a line, in a word."""

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE|-",
        help="A pool, or a request with its risk: TOML or JSON; - reads standard input.",
    ),
]
Picture = Annotated[Path | None, typer.Option(metavar="PNG", help="Draw lines and capacity here.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def register(pool: typer.Typer) -> None:
    """Add the part to the verb `pool`."""
    pool.command("sign", epilog=EPILOG)(sign)


def sign(file: File, picture: Picture = None, as_json: AsJson = False) -> None:
    """Sign written lines down, exactly; of a risk, within law, capacity and appetite."""
    if picture is not None and not picture.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(picture.parent))
    from techinsure.catalogue import shipped
    from techinsure.pool.sign_down import SignDownRequest, sign_down
    from techinsure.reading import read
    from techinsure_api.pool_files import named

    document = named(file)
    whole = document if "pool" in document else {"pool": document}
    found = sign_down(read(SignDownRequest, whole), shipped().kinds)
    if picture is not None:
        from techinsure import plots

        plots.save(plots.signed_lines(found), picture)
    if as_json:
        say_json(found.to_dict())
    else:
        say(*shown(found))


def shown(found: "SignDown") -> list[object]:
    """The answer for people."""
    parts: list[object] = [_lines(found)] if found.risk is None else [_risk(found, found.risk)]
    return [*parts, *_notes(found)]


def _title(found: "SignDown") -> str:
    return tell(
        "{pool}: {n} members, written {written} of the order {order}",
        pool=found.pool, n=len(found.lines), written=_percent(found.written),
        order=_percent(found.order),
    )  # fmt: skip


def _lines(found: "SignDown") -> object:
    return table(
        _title(found),
        (tell("member"), tell("rating"), ">" + tell("written"), ">" + tell("signed"),
         ">" + tell("exactly")),
        [
            (_named(one.member, one.lead), one.rating or "-", _percent(one.written),
             _percent(one.signed), _share(one.signed))
            for one in found.lines
        ],
    )  # fmt: skip


def _risk(found: "SignDown", risk: "RiskLines") -> object:
    about = tell(
        "{risk}: {insured} {currency} insured, {ceded} ceded in proportion; lines net in million",
        risk=risk.risk_unit, insured=amount(risk.sum_insured), currency=found.currency,
        ceded=_percent(risk.ceded),
    )  # fmt: skip
    return table(
        _title(found) + "\n" + about,
        (tell("member"), ">" + tell("written"), ">" + tell("signed"), ">" + tell("net"),
         ">" + tell("law allows"), ">" + tell("again"), ">" + tell("exactly"),
         ">" + tell("net again"), tell("cut by")),
        [_row(line) for line in risk.lines],
    )  # fmt: skip


def _row(line: "RiskLine") -> tuple[str, ...]:
    is_cut = line.bound != "written" and line.most == line.signed_again
    over = " !" if line.over else ""
    return (
        _named(line.member, line.lead), _percent(line.written), _percent(line.signed),
        amount(line.net / MILLION) + over, amount(line.legal_capacity / MILLION),
        _percent(line.signed_again), _share(line.signed_again), amount(line.net_again / MILLION),
        retell(CUT_BY[line.bound]) if is_cut else "",
    )  # fmt: skip


def _notes(found: "SignDown") -> list[str]:
    lines = [tell("* leads.")]
    risk = found.risk
    if risk is not None:
        over = [one for one in found.breaches if not one.cured]
        if over:
            lines.append(
                tell(
                    "! {n} members are above the law as signed: {amount} to reinsure if no line is "
                    "spread again",
                    n=len(over), amount=amount(risk.facultative_as_signed),
                )
            )  # fmt: skip
        if risk.gap == "0":
            lines.append(tell("Signed again, the whole order is carried: no facultative need."))
        else:
            lines.append(
                tell(
                    "Capacity gap: {share} ({exactly}), {amount} {currency}, to be ceded "
                    "facultatively or signed by further insurers",
                    share=_percent(risk.gap), exactly=_share(risk.gap),
                    amount=amount(risk.capacity_gap), currency=found.currency,
                )
            )  # fmt: skip
        lines += [tell("Breach: {breach}", breach=retell(str(one)))
                  for one in found.cession_breaches]  # fmt: skip
    return lines + [tell("Flag: {flag}", flag=retell(flag)) for flag in found.flags]


def _named(member: str, lead: bool) -> str:
    return f"{member} *" if lead else member


def _percent(share: str) -> str:
    from techinsure.money import exact

    return f"{PERCENT * float(exact(share)):.2f}%"


def _share(share: str) -> str:
    return share if len(share) <= SHORT_SHARE else f"{share[: SHORT_SHARE - 1]}…"
