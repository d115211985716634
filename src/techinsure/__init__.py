"""techinsure: price technology insurance from graded evidence and share it in a pool.

`price` answers a request with a quote, `sensitivity` says what it hangs on, `run_pool` says who
carries what of a pool's losses, `settle` splits a paid claim to the fen, `verify` recomputes a
stored quote. Each is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from techinsure.catalogue import Catalogue, shipped
    from techinsure.catalogue import load as load_catalogue
    from techinsure.errors import InvalidParameter, TechinsureError
    from techinsure.pool.settlement import settle
    from techinsure.pooling.report import PoolReport, PoolRequest
    from techinsure.pooling.run import run_pool
    from techinsure.quantities import Estimate
    from techinsure.quotes import PriceRequest, Quote
    from techinsure.quoting.in_pool import price_in_pool
    from techinsure.quoting.priced import price
    from techinsure.quoting.tornado import sensitivity
    from techinsure.quoting.verification import verify

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
    "price_in_pool",
    "run_pool",
    "sensitivity",
    "settle",
    "shipped",
    "verify",
]

_HOME = {
    "Catalogue": "catalogue",
    "Estimate": "quantities",
    "InvalidParameter": "errors",
    "PoolReport": "pooling.report",
    "PoolRequest": "pooling.report",
    "PriceRequest": "quotes",
    "Quote": "quotes",
    "TechinsureError": "errors",
    "load_catalogue": "catalogue",
    "price": "quoting",
    "price_in_pool": "quoting.in_pool",
    "run_pool": "pooling",
    "sensitivity": "quoting.tornado",
    "settle": "pool.settlement",
    "shipped": "catalogue",
    "verify": "quoting.verification",
}
"""The module of each public name."""


def __getattr__(name: str) -> object:
    """A public name, loaded when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'techinsure' has no attribute {name!r}")
    own = "load" if name == "load_catalogue" else name
    found: object = getattr(import_module(f"techinsure.{_HOME[name]}"), own)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})
