"""`techinsure price` in a pool: what surrounds the risk, from files, and what it adds."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.terminal import amount, error_of, table
from techinsure_api.words import tell

if TYPE_CHECKING:
    from techinsure.catalogue import Catalogue
    from techinsure.quotes import PriceRequest
    from techinsure.quoting.in_pool import PooledQuote

PERCENT = 100
AROUND = ("portfolio", "pool", "programme")
"""What a document says beside its `risk`."""

Portfolio = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Price in a pool of these objects: CSV, xlsx, Parquet."),
]
PoolFile = Annotated[
    Path | None, typer.Option("--pool", metavar="TOML", help="The pool and its members.")
]
Programme = Annotated[
    Path | None, typer.Option(metavar="TOML", help="Its reinsurance; none if not given.")
]


def parts(
    document: Any, sample: str, pool: Path | None, portfolio: Path | None, programme: Path | None
) -> tuple[Any, dict[str, Any] | None]:
    """The price request of a document, and the pool around it: of options, or of a document as
    `POST /v1/pools/price` reads it; None without a pool."""
    own = isinstance(document, dict) and "risk" in document
    given = bool(sample or pool or portfolio or programme)
    if own and given:
        raise typer.BadParameter(tell("the file names a pool: give no other"))
    if own:
        return _of_document(document)
    if not given:
        return document, None
    if bool(sample) == bool(portfolio):
        raise typer.BadParameter(tell("give --pool-sample, or --portfolio with --pool"))
    if portfolio and not pool:
        raise typer.BadParameter(tell("--portfolio needs --pool: who carries the risks?"))
    return document, _of_files(sample, pool, portfolio, programme)


def _of_files(
    sample: str, pool: Path | None, portfolio: Path | None, programme: Path | None
) -> dict[str, Any]:
    from techinsure import bordereau
    from techinsure_api.pool_files import document

    rows: dict[str, Any] = {"sample": sample}
    if portfolio:
        rows = {"rows": bordereau.read(portfolio).rows()}
    files = {"pool": pool, "programme": programme}
    return {"portfolio": rows, **{name: document(file) for name, file in files.items() if file}}


def _of_document(document: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    from techinsure.quoting.in_pool import PooledRequest
    from techinsure.reading import read

    read(PooledRequest, document)
    risk = document["risk"]
    if document.get("simulation") is not None:
        risk = {**risk, "simulation": document["simulation"]}
    return risk, {name: document[name] for name in AROUND if name in document}


def priced(
    request: "PriceRequest", around: dict[str, Any], catalogue: "Catalogue"
) -> "PooledQuote":
    """The request in the pool around it."""
    from techinsure.quoting.in_pool import PooledRequest, price_with_pool
    from techinsure.reading import read
    from techinsure.receipt import plain

    whole = read(PooledRequest, {"risk": plain(request), **around})
    return price_with_pool(whole, catalogue, workers=os.cpu_count() or 1)


def shown(pooled: "PooledQuote") -> object:
    """What the pool adds to the price."""
    alone, kept = pooled.capital_alone, pooled.capital_in_pool
    cost, rate, saved = pooled.reinsurance_cost, pooled.reinsurance_rate, pooled.diversification
    rows = [
        (tell("reinsurance: its cost beyond recoveries"), amount(cost.value), error_of(cost)),
        (tell("the same, of charged"), f"{PERCENT * rate.value:.2f}%",
         error_of(rate.scaled(PERCENT))),
        (tell("capital that the risk needs alone"), amount(alone.value), error_of(alone)),
        (tell("capital in the pool, after treaties"), amount(kept.value), error_of(kept)),
    ]  # fmt: skip
    if saved is not None:
        rows.append((tell("saved by pool and treaties"), f"{PERCENT * saved.value:.1f}%",
                     error_of(saved.scaled(PERCENT))))  # fmt: skip
    title = tell(
        "What the pool {pool} adds: {items} items, treaties: {treaties}",
        pool=pooled.pool, items=pooled.items,
        treaties=tell(", ").join(pooled.treaties) or tell("none"),
    )  # fmt: skip
    return table(title, (tell("figure"), ">" + tell("value"), ">" + tell("error")), rows)
