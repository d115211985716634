"""From a price request to its quote: the first use case, and all that is read beside a price."""

from techinsure.quoting.priced import price, quote

__all__ = ["price", "quote"]
