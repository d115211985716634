"""`techinsure check`: does every product load, and on which evidence does it rest?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.terminal import REFUSED, say, say_json, table, told
from techinsure_api.words import by_language, tell

if TYPE_CHECKING:
    from techinsure.errors import Fault

EPILOG = """[bold]Examples[/bold]

techinsure check              # the shipped products

techinsure check my_products  # a folder of your own: one folder a product, with product.toml
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(check)


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help="A folder of products; the shipped ones if none is given."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Validate product files: version, digest, parameters by grade; every fault by file and key."""
    from techinsure import catalogue
    from techinsure.errors import CatalogueError
    from techinsure.evidence.priors import GRADES
    from techinsure_api.summaries import summary

    where = folder or catalogue.folder()
    found = sorted(where.glob("*/product.toml"))
    if not found:
        raise FileNotFoundError(2, "no such file", str(where / "*" / "product.toml"))
    products: list[dict[str, Any]] = []
    faults: list[tuple[Path, Fault]] = []
    for file in found:
        try:
            products.append(summary(catalogue.load_product(file)))
        except CatalogueError as error:
            faults += [(file, fault) for fault in error.faults]
    if as_json:
        listed = [
            {"file": str(file), "key": _key(fault), "fault": str(fault)} for file, fault in faults
        ]
        say_json({"folder": str(where), "products": products, "faults": listed})
    else:
        rows = [
            (p["code"], by_language(p["title"]), p["version"], p["digest"][:12], p["parameters"],
             *(p["grades"][grade] for grade in GRADES))
            for p in products
        ]  # fmt: skip
        columns = (tell("product"), tell("title"), tell("version"), tell("digest"),
                   ">" + tell("parameters"), *(f">{grade}" for grade in GRADES))  # fmt: skip
        say(
            table(tell("{n} products in {where}", n=len(products), where=where), columns, rows),
            tell("Grades: A own claims, B market data, C analogue, D expert opinion."),
            *(
                tell("FAULT {file}: {key}: {fault}", file=file, key=_key(one), fault=told(one))
                for file, one in faults
            ),
        )
    if faults:
        raise typer.Exit(REFUSED)


def _key(fault: "Fault") -> str:
    return fault.pointer.strip("/").replace("/", ".") or fault.field
