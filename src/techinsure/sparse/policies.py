"""Claims of one policy as rows of losses, under the terms of its portfolio (`cover.insured`)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from techinsure import cover
from techinsure.losses.rows import Rows, ordered
from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats
from techinsure.sparse.claims import Claims


class Losses(NamedTuple):
    """Ground-up losses of one `cause`: the `claim` each is of, the `item` of the portfolio, and
    the `loss` of one unit, currency units; all (n,)."""

    cause: str
    claim: NDArray[np.intp]
    item: NDArray[np.integer]
    loss: Floats


def payments(portfolio: Portfolio, claims: Claims, parts: Sequence[Losses]) -> Floats:
    """(n_scenarios,) what the policy pays of all losses: deductible, limit, insured share, waiting
    time, and aggregate limits in order of time, as in the simulation; currency units."""
    codes = [np.full(len(part.claim), portfolio.causes.index(part.cause)) for part in parts]
    claim = np.concatenate([part.claim for part in parts])
    time = claims.time[claim]
    rows = Rows(
        year=claims.scenario[claim].astype(np.int32),
        time=time,
        reported=time,
        item=np.concatenate([part.item for part in parts]).astype(np.int32),
        event=claim.astype(np.uint64),
        cause=np.concatenate(codes).astype(np.int8),
        loss=np.concatenate([part.loss for part in parts]),
    )
    paid = cover.insured(portfolio, ordered(rows, portfolio))
    total = np.bincount(paid.year, weights=paid.loss, minlength=claims.n_scenarios)
    return total.astype(np.float64, copy=False)
