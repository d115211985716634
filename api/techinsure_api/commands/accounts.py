"""`techinsure accounts close`: a pool's events booked and a quarter closed, to the fen."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from techinsure_api.terminal import progress, say, say_json
from techinsure_api.words import tell

if TYPE_CHECKING:
    from techinsure.accounts.close_report import Close

EPILOG = """[bold]Examples[/bold]

techinsure accounts close --sample

techinsure accounts close quarter.toml --out q2 --encoding gb18030 --picture flows.png

techinsure accounts close quarter.toml --quarter 2026Q3 --out q3 --format xlsx

techinsure accounts close --sample --print > quarter.toml     # a document to start from

techinsure accounts close quarter.json --json | jq '.overdue'
"""

HELP = "Book a pool's premiums, claims and payments, and close a quarter."

File = Annotated[
    str,
    typer.Argument(metavar="[FILE|-]", help="The document, TOML or JSON; - reads standard input."),
]
Sample = Annotated[bool, typer.Option("--sample", help="Close the shipped quarter.")]
Print = Annotated[bool, typer.Option("--print", help="Print the shipped document and stop.")]
Quarter = Annotated[
    str | None, typer.Option(metavar="2026Q2", help="The quarter, instead of the document's.")
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write ledger, accounts, statements and bordereaux here."),
]
Kind = Annotated[
    Literal["csv", "xlsx", "parquet"], typer.Option("--format", help="Of the files in --out.")
]
Encoding = Annotated[
    Literal["utf-8-sig", "utf-8", "gb18030"],
    typer.Option(help="Of CSV files in --out; utf-8-sig has a mark for spreadsheets."),
]
Headers = Annotated[
    Literal["zh", "en"], typer.Option(help="Language of headers and accounts in --out.")
]
Picture = Annotated[Path | None, typer.Option(metavar="PNG", help="Draw who owes whom here.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole close as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the verb with its part."""
    verb = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=HELP, epilog=EPILOG)
    verb.callback()(_parts)
    verb.command(epilog=EPILOG)(close)
    app.add_typer(verb, name="accounts", epilog=EPILOG)


def _parts() -> None:
    """A verb of one part keeps its name."""


_parts.__doc__ = HELP


def close(
    file: File = "",
    sample: Sample = False,
    print_: Print = False,
    quarter: Quarter = None,
    out: Out = None,
    format_: Kind = "csv",
    encoding: Encoding = "utf-8-sig",
    headers: Headers = "zh",
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Book a document's events, all or none; print accounts, calls, overdue items and netting."""
    if bool(file) == (sample or print_):
        raise typer.BadParameter(tell("give one of FILE or --sample"))
    if print_:
        from techinsure.accounts.sample import text

        typer.echo(text(), nl=False)
        return
    if picture is not None and not picture.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(picture.parent))
    if out is not None:  # said before the work where it cannot be
        out.mkdir(parents=True, exist_ok=True)
    with progress(tell("booking the events")):
        report = _closed(file, quarter)
    _write(report, out, format_, encoding, headers, picture, as_json)


def _closed(file: str, quarter: str | None) -> "Close":
    from techinsure.accounts.closing import close as booked
    from techinsure.accounts.sample import sample
    from techinsure_api import pool_files

    document: dict[str, Any] = pool_files.named(file) if file else sample()
    return booked(document if quarter is None else {**document, "quarter": quarter})


def _write(
    report: "Close", out: Path | None, format_: Any, encoding: str, headers: Any,
    picture: Path | None, as_json: bool,
) -> None:  # fmt: skip
    from techinsure_api import account_files, account_tables

    written: tuple[Path, ...] = ()
    if out is not None:
        written = account_files.write(report, out, format_, encoding, headers)
    if picture is not None:
        from techinsure import plots

        plots.save(plots.flows(report), picture)
    if as_json:
        say_json(report.to_dict())
        return
    told = [tell("{n} files in {folder}", n=len(written), folder=out)] if written else []
    say(*account_tables.shown(report), *told)
