"""`techinsure check`: does every product load, and on which evidence does it rest?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api.terminal import REFUSED, say, say_json, table

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
    products, faults = [], []
    for file in found:
        try:
            products.append(summary(catalogue.load_product(file)))
        except CatalogueError as error:
            faults += [
                {"file": str(file), "key": _key(fault), "fault": str(fault)}
                for fault in error.faults
            ]
    if as_json:
        say_json({"folder": str(where), "products": products, "faults": faults})
    else:
        rows = [
            (p["code"], p["version"], p["digest"][:12], p["parameters"],
             *(p["grades"][grade] for grade in GRADES))
            for p in products
        ]  # fmt: skip
        columns = ("product", "version", "digest", ">parameters", *(f">{g}" for g in GRADES))
        say(
            table(f"{len(products)} products in {where}", columns, rows),
            "Grades: A own claims, B market data, C analogue, D expert opinion.",
            *(f"FAULT {fault['file']}: {fault['key']}: {fault['fault']}" for fault in faults),
        )
    if faults:
        raise typer.Exit(REFUSED)


def _key(fault: "Fault") -> str:
    return fault.pointer.strip("/").replace("/", ".") or fault.field
