"""`techinsure bordereau`: is a file of insured objects fit to be used, and what is in it?"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api.terminal import REFUSED, say, say_json, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.bordereau import Sheet
    from techinsure.errors import Fault

MOST_SHOWN = 20

EPILOG = """[bold]Examples[/bold]

techinsure bordereau check risks.csv

techinsure bordereau check 清单.xlsx --mapping ours.toml --rejects rejects.csv

techinsure bordereau convert risks.csv risks.parquet

techinsure bordereau check risks.csv --json    # both take --json
"""

HELP = "Check or convert a bordereau: CSV (UTF-8, GB 18030), xlsx or Parquet."

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, xlsx or Parquet.")]
Encoding = Annotated[
    str | None, typer.Option(help="Of a CSV: utf-8 or gb18030; found out if not given.")
]
Mapping = Annotated[
    Path | None, typer.Option(metavar="TOML", help='Lines "their header" = "our column".')
]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the verb with its two parts."""
    verb = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=HELP, epilog=EPILOG)
    verb.command(epilog=EPILOG)(check)
    verb.command(epilog=EPILOG)(convert)
    app.add_typer(verb, name="bordereau", epilog=EPILOG)


def check(
    file: File,
    encoding: Encoding = None,
    mapping: Mapping = None,
    rejects: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Write every fault here, one a line.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every row: which are wrong, where, and why. Exit code 3 if any is."""
    from techinsure import bordereau
    from techinsure.catalogue import shipped
    from techinsure.errors import InvalidParameter

    try:
        sheet = bordereau.read(file, encoding=encoding, mapping=mapping)
    except InvalidParameter as error:
        if rejects:
            bordereau.write(bordereau.rejects(error.faults), rejects)
        raise
    faults = bordereau.check(sheet, shipped())
    renamed = sheet.reading.renamed if sheet.reading else {}
    if rejects:
        bordereau.write(bordereau.rejects(faults, renamed), rejects)
    if as_json:
        say_json(_document(sheet, faults))
    else:
        say(*_shown(sheet, faults))
    if faults:
        raise typer.Exit(REFUSED)


def convert(
    file: File,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Ends in .csv, .xlsx or .parquet.")],
    encoding: Annotated[
        str, typer.Option(help="Of the CSV written: utf-8-sig (with a mark), utf-8 or gb18030.")
    ] = "utf-8-sig",
    source_encoding: Annotated[
        str | None, typer.Option(help="Of the CSV read; found out if not given.")
    ] = None,
    mapping: Mapping = None,
    as_json: AsJson = False,
) -> None:
    """Write the rows with our headers in another format or encoding; nothing runs as a formula."""
    from techinsure import bordereau

    sheet = bordereau.read(file, encoding=source_encoding, mapping=mapping)
    bordereau.write(sheet, out, encoding=encoding)
    if as_json:
        say_json(_document(sheet, ()))
    else:
        say(*_facts(sheet), tell("Written: {files}", files=out))


def _document(sheet: "Sheet", faults: "Iterable[Fault]") -> dict[str, object]:
    """What was read and what is wrong with it; the first `MOST_SHOWN` faults."""
    from techinsure import bordereau

    listed, reading = list(faults), sheet.reading
    renamed = dict(reading.renamed) if reading else {}
    return {
        "rows": sheet.n_rows,
        "columns": list(sheet.columns),
        "format": reading and reading.format,
        "encoding": reading and reading.encoding,
        "decided_by": reading and reading.decided,
        "ambiguous": bool(reading and reading.ambiguous),
        "renamed": renamed,
        "dropped": list(reading.dropped) if reading else [],
        "left_out": list(reading.left_out) if reading else [],
        "translated": {c: dict(v) for c, v in reading.translated.items()} if reading else {},
        "faults": len(listed),
        "first_faults": bordereau.rejects(listed[:MOST_SHOWN], renamed).rows(),
    }


def _facts(sheet: "Sheet") -> list[str]:
    reading = sheet.reading
    if reading is None:
        return []
    lines = [
        tell("{rows} rows, {columns} columns, {format}", rows=f"{sheet.n_rows:,}",
             columns=len(sheet.columns), format=reading.format)
    ]  # fmt: skip
    if reading.format == "csv":
        why = {"caller": tell("as you said"), "mark": tell("by its byte order mark"),
               "content": tell("by its bytes"), "format": ""}[reading.decided]  # fmt: skip
        lines.append(tell("Encoding: {encoding}, {why}", encoding=reading.encoding, why=why))
    if reading.ambiguous:
        lines.append(tell("Its bytes are valid in UTF-8 and in GB 18030: look at a name, and say "
                          "which with --encoding if it is wrong."))  # fmt: skip
    if reading.renamed:
        pairs = ", ".join(f"{a} = {b}" for a, b in reading.renamed.items())
        lines.append(tell("Headers: {names}", names=pairs))
    for column, values in reading.translated.items():
        pairs = ", ".join(f"{a} = {b}" for a, b in values.items())
        lines.append(tell("Values of {column}: {pairs}", column=column, pairs=pairs))
    if reading.dropped:
        lines.append(tell("Dropped: {names}", names=", ".join(reading.dropped)))
    if reading.left_out:
        left_out = ", ".join(reading.left_out)
        lines.append(tell("Not read, sheets after the first: {names}", names=left_out))
    return lines


def _shown(sheet: "Sheet", faults: "tuple[Fault, ...]") -> list[object]:
    from techinsure import bordereau

    if not faults:
        return [*_facts(sheet), tell("Every row can be rated.")]
    renamed = sheet.reading.renamed if sheet.reading else {}
    rows = bordereau.rejects(faults[:MOST_SHOWN], renamed).rows()
    columns = (">" + tell("row"), tell("column"), tell("value"), tell("reason"), tell("fix"))
    cells = [
        [row["row"], row["header"], row["value"][:40], retell(row["reason"]), retell(row["fix"])]
        for row in rows
    ]
    more = len(faults) - len(rows)
    return [
        *_facts(sheet),
        table(tell("{n} faults", n=f"{len(faults):,}"), columns, cells),
        *(
            [tell("and {n} more: --rejects FILE.csv writes them all", n=f"{more:,}")]
            if more
            else []
        ),
    ]
