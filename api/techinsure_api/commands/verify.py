"""`techinsure verify`: does a stored quote come out again?"""

from typing import Annotated

import typer

from techinsure_api.request_files import read_file
from techinsure_api.terminal import REFUSED, progress, say, say_json
from techinsure_api.words import retell, tell

EPILOG = """[bold]Examples[/bold]

techinsure price --product rd_loss --out quote.json

techinsure verify quote.json

techinsure verify quote.json --json | jq .differences
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(verify)


def verify(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="A quote as price --out or the service wrote it."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Compute a stored quote again; exit 3 and the name of every figure that differs."""
    from techinsure.catalogue import shipped
    from techinsure.errors import Fault, InvalidParameter
    from techinsure.receipt import plain
    from techinsure_api import pricing

    document = read_file(file)
    if not isinstance(document, dict):
        raise InvalidParameter([Fault("file", file, "must hold one quote, a JSON object")])
    request = document.get("request")
    if isinstance(request, dict) and isinstance(request.get("product"), str):
        shipped().product(request["product"])  # or not found, as for a price
    with progress(tell("computing the quote again")):
        found = pricing.verify(document, shipped(), limited=False)
    if as_json:
        say_json({"reproduced": found.reproduced, **plain(found)})
    else:
        outcome = tell("reproduced") if found.reproduced else tell("NOT reproduced")
        say(
            tell("{outcome}, {rule}: {why}", outcome=outcome, rule=retell(found.rule),
                 why=retell(found.why)),
            tell("figures compared: {n}", n=found.figures),
            *(f"  {retell(line)}" for line in found.differences),
        )  # fmt: skip
    if not found.reproduced:
        raise typer.Exit(REFUSED)
