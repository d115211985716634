"""`techinsure pool split`: a paid claim or a collected premium by signed lines, to the fen."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api.terminal import say, say_json, table
from techinsure_api.words import tell

if TYPE_CHECKING:
    from techinsure.pool.splitting import SplitPayment

EPILOG = """[bold]Examples[/bold]

techinsure pool split claim.toml

techinsure pool split request.json --json       # the body of POST /v1/settlements/split
"""

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE|-",
        help="Lines or a pool, and a claim or a premium: TOML or JSON; - reads standard input.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def register(pool: typer.Typer) -> None:
    """Add the part to the verb `pool`."""
    pool.command("split", epilog=EPILOG)(split)


def split(file: File, as_json: AsJson = False) -> None:
    """Split a claim or a premium by signed lines: parts sum to it exactly, postings to zero."""
    from techinsure.pool.splitting import SplitRequest, split_payment
    from techinsure.reading import read
    from techinsure_api.pool_files import named

    found = split_payment(read(SplitRequest, named(file)))
    if as_json:
        say_json(found.to_dict())
    else:
        say(*shown(found))


def shown(found: "SplitPayment") -> list[object]:
    """The answer for people: parts, fees and balances, in currency units."""
    from techinsure.money import to_units

    def money(minor: int) -> str:
        return _grouped(to_units(minor, found.currency))

    has_fee = any(part.lead_fee_minor for part in found.parts)
    owed = {one.party: one.amount_minor for one in found.balances}
    columns = [tell("party"), ">" + tell("line"), ">" + tell("part")]
    columns += [">" + tell("lead fee")] if has_fee else []
    about = {"reference": found.reference, "amount": money(found.amount_minor),
             "currency": found.currency}  # fmt: skip
    title = (
        tell("Claim {reference}: {amount} {currency}", **about)
        if found.kind == "claim"
        else tell("Premium {reference}: {amount} {currency}", **about)
    )
    parts = table(
        title,
        (*columns, ">" + tell("balance")),
        [
            (part.party, _short(part.share), money(part.amount_minor),
             *([money(part.lead_fee_minor)] if has_fee else []), money(owed.get(part.party, 0)))
            for part in found.parts
        ],
    )  # fmt: skip
    total = money(sum(part.amount_minor for part in found.parts))
    note = tell(
        "The parts sum to {total}, the balances to {zero}. A balance is owed to (+) or by (-) the "
        "party.",
        total=total, zero=money(sum(owed.values())),
    )  # fmt: skip
    return [parts, note]


def _grouped(amount: Decimal) -> str:
    return f"{amount:,}"


def _short(share: str) -> str:
    return share if len(share) <= 16 else f"{share[:15]}…"
