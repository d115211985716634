"""Annual losses of reference portfolios, simulated once and kept while they are asked for."""

from collections import OrderedDict
from concurrent.futures import Future
from threading import Lock

from techinsure.catalogue import product_digest
from techinsure.product import Product
from techinsure.quoting.margin import (
    WORLDS,
    ReferenceLosses,
    World,
    reference_digest,
    reference_losses,
)

MOST_KEPT = 32
"""A run of 500,000 years holds 4 MB a world."""

Key = tuple[str, str, str, int, int, tuple[World, ...]]


class References:
    """A least-recently-used store by (product digest, class, reference digest, seed,
    years, worlds).

    Two threads that miss the same entry at once compute it once.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Future[ReferenceLosses]] = OrderedDict()
        self._lock = Lock()

    def losses(
        self,
        product: Product,
        risk_class: str,
        *,
        seed: int,
        n_years: int,
        worlds: tuple[World, ...] = WORLDS,
    ) -> ReferenceLosses:
        """What `margin.reference_losses` returns, from the store where it is there; losses of all
        worlds answer for any of them."""
        known_as = (product_digest(product), risk_class, reference_digest(product, risk_class))
        whole: Key = (*known_as, seed, n_years, WORLDS)
        with self._lock:
            key: Key = whole if whole in self._kept else (*known_as, seed, n_years, worlds)
            known = self._kept.get(key)
            mine: Future[ReferenceLosses] = Future()
            if known is None:
                self._kept[key] = mine
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if known is not None:
            return known.result()
        try:
            mine.set_result(
                reference_losses(product, risk_class, seed=seed, n_years=n_years, worlds=worlds)
            )
        except BaseException as error:
            with self._lock:
                self._kept.pop(key, None)
            mine.set_exception(error)
        return mine.result()


references = References()
"""The store of this process."""
