"""techinsure: price technology insurance from graded evidence and share it in a pool.

`price` answers a request with a quote, `run_pool` says who carries what of a pool's losses,
`settle` splits a paid claim to the fen, `verify` recomputes a stored quote.
"""

from techinsure.catalogue import Catalogue
from techinsure.catalogue import load as load_catalogue
from techinsure.errors import InvalidParameter, TechinsureError
from techinsure.pool.settlement import settle
from techinsure.pool_report import PoolReport, PoolRequest
from techinsure.pooling import run_pool
from techinsure.quantities import Estimate
from techinsure.quotes import PriceRequest, Quote
from techinsure.quoting import price
from techinsure.verification import verify

__all__ = [
    "Catalogue",
    "Estimate",
    "InvalidParameter",
    "PoolReport",
    "PoolRequest",
    "PriceRequest",
    "Quote",
    "TechinsureError",
    "load_catalogue",
    "price",
    "run_pool",
    "settle",
    "verify",
]
