"""A small pool run to be stored."""

from functools import lru_cache
from typing import Any

from techinsure.pooling import run_pool
from techinsure.pooling.report import PoolReport, PoolRequest
from techinsure.reading import read
from techinsure_api.documented import OWN_ROWS


@lru_cache(maxsize=4)
def small(seed: int = 1, n_years: int = 1000) -> tuple[PoolReport, PoolRequest]:
    """The report and the request of a run of two rows."""
    whole: dict[str, Any] = {**OWN_ROWS, "simulation": {"n_years": n_years, "seed": seed}}
    request = read(PoolRequest, whole)
    return run_pool(request), request
