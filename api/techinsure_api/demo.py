"""The whole story on the shipped samples: three quotes, a pool, a claim to the fen, pictures."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure import plots
from techinsure.catalogue import shipped
from techinsure.money import to_units
from techinsure.pool.settlement import PaidClaim, Settlement, settle
from techinsure.pool.signing import sign
from techinsure.pooling import run_pool, sample
from techinsure.pooling.report import PoolReport, PoolRequest
from techinsure.quantities import FORBID
from techinsure.quotes import PriceRequest, Quote
from techinsure.reading import read
from techinsure.receipt import plain
from techinsure_api import pricing

SAMPLE = "demo_pool"
CLAIM_MINOR = 730_000_100
"""7,300,001.00 CNY: a sum that no lines of whole percents divide."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Story:
    """What the demo computed, and the files it wrote."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    quotes: tuple[Quote, ...]
    report: PoolReport
    settlement: Settlement
    files: tuple[Path, ...]

    def to_dict(self) -> dict[str, Any]:
        """The story as JSON can hold it."""
        return {
            "quotes": [quote.to_dict() for quote in self.quotes],
            "pool": self.report.to_dict(),
            "settlement": plain(self.settlement),
            "files": [str(file) for file in self.files],
        }


def run(
    out: Path,
    years: int | None = None,
    quotes: Callable[[int, int], None] | None = None,
    blocks: Callable[[int, int], None] | None = None,
    workers: int = 1,
) -> Story:
    """Compute everything and write it to the folder `out`.

    `years` replaces the usual numbers of simulated years; `quotes` and `blocks` are told how
    much is done: (done, in all).
    """
    catalogue, priced = shipped(), list[Quote]()
    run_of = {"simulation": {"n_years": years}} if years else {}
    for product in catalogue.products.values():
        request = read(PriceRequest, {**product.example, **run_of})
        priced.append(pricing.price(request, catalogue, limited=False))
        if quotes:
            quotes(len(priced), len(catalogue.products))
    pool_request = read(PoolRequest, {"portfolio": {"sample": SAMPLE}, **run_of})
    report = run_pool(pool_request, catalogue, workers=workers, progress=blocks)
    files = write(out, tuple(priced), report)
    return Story(quotes=tuple(priced), report=report, settlement=claim_settled(), files=files)


def claim_settled() -> Settlement:
    """A claim that the lead of the sample pool has paid, among the members by signed lines."""
    pool = sample(SAMPLE).pool
    claim = PaidClaim(
        reference="CLAIM-1",
        amount_minor=CLAIM_MINOR,
        currency=pool.currency,
        loss_date="2026-05-04",
        paid_by=pool.lead.name,
    )
    return settle(claim, sign(pool))


def shares_of(settlement: Settlement) -> dict[str, str]:
    """Each party's part of the claim, exact, in currency units."""
    return {
        entry.party: f"{to_units(-entry.amount_minor, entry.currency):,}"
        for entry in settlement.postings
        if entry.account == "claim_share"
    }


def write(out: Path, quotes: tuple[Quote, ...], report: PoolReport) -> tuple[Path, ...]:
    """Two pictures, every quote and the report, as files in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    files = [
        plots.save(plots.exceedance(report), out / "exceedance.png"),
        plots.save(plots.premium_waterfall(quotes[-1]), out / "premium.png"),
    ]
    documents = {f"quote_{quote.product}": quote.to_dict() for quote in quotes}
    for name, document in {**documents, "pool_report": report.to_dict()}.items():
        file = out / f"{name}.json"
        file.write_text(json.dumps(document, ensure_ascii=False, indent=2), "utf-8")
        files.append(file)
    return tuple(files)
