"""One stored run: a folder with its losses, request and report, and a record that vouches for them.

`run.json` names the SHA-256 of every other file, and the folder is named after the SHA-256 of
`run.json`: a run whose bytes have changed cannot pass for itself.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from techinsure.bordereau import portfolio_of
from techinsure.catalogue import Catalogue
from techinsure.errors import InvalidParameter, Mismatch, NotFound
from techinsure.losses.year_table import COLUMNS, YearLossTable
from techinsure.pooling.report import PoolReport, PoolRequest
from techinsure.pooling.what_if import SimulatedPool
from techinsure.portfolio import Portfolio
from techinsure.reading import read
from techinsure.receipt import Receipt, digest, plain
from techinsure_api.stored_runs import disk

RECORD, REPORT, REQUEST, LOSSES = "run.json", "report.json", "request.json", "losses.parquet"
FORMAT = 1
ID_LENGTH = 32
"""Hexadecimal characters of a SHA-256 that name a run."""


def contents(report: PoolReport, request: PoolRequest) -> dict[str, bytes | memoryview]:
    """The files of a run by name, the record included; `request` says all itself (`resolved`)."""
    files: dict[str, bytes | memoryview] = {
        LOSSES: _parquet(report.losses),
        REQUEST: _json(plain(request)),
        REPORT: _json(report.to_dict()),
    }
    record = {
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(),
        "nonce": uuid4().hex,
        "environment": plain(report.receipt.environment),
        "n_losses": len(report.losses),
        "n_years": report.n_years,
        "programme": plain(report.programme),
        "files": {name: _sha256(content) for name, content in files.items()},
    }
    return files | {RECORD: _json(record)}


def id_of(record: bytes | memoryview) -> str:
    """The id of the run with these bytes as its record."""
    return _sha256(record)[:ID_LENGTH]


def record(folder: Path) -> dict[str, Any]:
    """What `run.json` says; `Mismatch` where it is not what the folder was named after."""
    content = _read(folder, RECORD)
    if id_of(content) != folder.name:
        raise _damaged(folder, RECORD, "its SHA-256 is not the run's id")
    found: dict[str, Any] = json.loads(content)
    if found["format"] != FORMAT:
        raise Mismatch([
            f"run {folder.name} is stored in format {found['format']}, this version reads "
            f"{FORMAT}: run the pool again"
        ])  # fmt: skip
    return found


def report(folder: Path) -> dict[str, Any]:
    """The report as `PoolReport.to_dict` gave it; `Mismatch` where its bytes have changed."""
    found: dict[str, Any] = json.loads(_checked(folder, REPORT, record(folder)))
    return found


def simulated(folder: Path, catalogue: Catalogue) -> SimulatedPool:
    """The run's losses over its portfolio, which `catalogue` must rebuild as it was.

    `Mismatch` names every product that has changed since, or the file that is damaged.
    """
    vouched = record(folder)
    told = json.loads(_checked(folder, REPORT, vouched))
    receipt = read(Receipt, told["receipt"])
    _same_products(folder.name, receipt, catalogue)
    request = read(PoolRequest, json.loads(_checked(folder, REQUEST, vouched)))
    assert request.pool is not None
    assert request.programme is not None
    portfolio = _portfolio(folder.name, request, receipt, catalogue)
    return SimulatedPool(
        losses=_table(_checked(folder, LOSSES, vouched), portfolio, receipt.n_years),
        pool=request.pool,
        programme=request.programme,
        premium={product["name"]: product["premium"]["value"] for product in told["products"]},
        receipt=receipt,
    )


def _same_products(name: str, receipt: Receipt, catalogue: Catalogue) -> None:
    differences = []
    for what, stored in receipt.digests.items():
        kind, _, code = what.partition("/")
        if kind != "product":
            continue
        try:
            now = digest(catalogue.product(code))
        except NotFound:
            differences.append(f"product {code!r} of run {name} is no longer in the catalogue")
            continue
        if now != stored:
            differences.append(
                f"product {code!r} has changed since run {name}: it was {stored[:12]}, "
                f"now {now[:12]}"
            )
    if differences:
        raise Mismatch([*differences, "run the pool again"])


def _portfolio(
    name: str, request: PoolRequest, receipt: Receipt, catalogue: Catalogue
) -> Portfolio:
    again = "run the pool again"
    try:
        portfolio = portfolio_of(request.portfolio.rows, catalogue)
    except InvalidParameter as error:
        raise Mismatch([f"the rows of run {name} are no longer accepted: {error}", again]) from None
    now = {
        "portfolio": portfolio.digest(),
        "pool": digest(request.pool),
        "programme": digest(request.programme),
    }
    differences = [
        f"the {what} of run {name} is read differently by this version: it was "
        f"{receipt.digests[what][:12]}, now {value[:12]}"
        for what, value in now.items()
        if value != receipt.digests[what]
    ]
    if differences:
        raise Mismatch([*differences, again])
    return portfolio


def _parquet(losses: YearLossTable) -> memoryview:
    """The columns of a table; float64 stays float64, bit by bit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert losses.weight is None, "simulated years count the same"
    assert losses.stratum is None, "simulated years have no strata"
    columns = pa.table({name: getattr(losses, name) for name in COLUMNS})
    out = pa.BufferOutputStream()
    pq.write_table(columns, out, compression="zstd", use_dictionary=False)
    return memoryview(out.getvalue())


def _table(content: bytes, portfolio: Portfolio, n_years: int) -> YearLossTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = pq.read_table(pa.BufferReader(content))
    return YearLossTable(
        portfolio=portfolio,
        n_years=n_years,
        **{name: columns.column(name).to_numpy() for name in COLUMNS},
    )


def _checked(folder: Path, name: str, vouched: Mapping[str, Any]) -> bytes:
    """The bytes of a file, the very ones whose digest was compared."""
    content = _read(folder, name)
    if _sha256(content) != vouched["files"].get(name):
        raise _damaged(folder, name, "its SHA-256 is not the one that was recorded")
    return content


def _read(folder: Path, name: str) -> bytes:
    """The bytes of a file; `NotFound` where the run has gone meanwhile, `Mismatch` where only the
    file has."""
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        if not folder.exists():
            raise NotFound("simulation", folder.name, ()) from None
        raise _damaged(folder, name, "it is missing") from None


def _damaged(folder: Path, name: str, why: str) -> Mismatch:
    return Mismatch([
        f"the stored run {folder.name} is damaged and not used: {name}, {why}",
        "run the pool again",
    ])  # fmt: skip


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8")


def _sha256(content: bytes | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()


def write(folder: Path, files: Mapping[str, bytes | memoryview]) -> None:
    """All files into the new `folder`, on the disk when this returns."""
    folder.mkdir(mode=disk.PRIVATE_FOLDER)
    for name, content in files.items():
        disk.write(folder / name, content)
    disk.keep(folder)
