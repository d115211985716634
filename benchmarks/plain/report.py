"""The figures of a pool: measures with errors by treaty, tail shares, return periods."""

import numpy as np

from techinsure.quantities import Floats

from .losses import Losses
from .programme import Annual

LEVEL = 0.995
PERIODS = np.array([2, 5, 10, 20, 50, 100, 200, 250, 500, 1000])


def report(annual: Annual, losses: Losses, product: np.ndarray) -> dict[str, object]:
    """Of a year's results; `product` (n_items,) codes of the portfolio's products."""
    n = len(annual.gross)
    codes, n_products = product[losses.item], int(product.max()) + 1
    by_product = np.bincount(losses.year * n_products + codes, losses.loss, n * n_products)
    perspectives = {"gross": annual.gross, "ceded": annual.gross - annual.net, "net": annual.net}
    worst = _worst(annual.gross)
    return {
        "measures": {name: _measures(values) for name, values in perspectives.items()}
        | {name: _measures(values) for name, values in annual.ceded.items()},
        "tail": {name: values[worst].mean() for name, values in annual.ceded.items()}
        | {"net": annual.net[worst].mean()},
        "owed": {name: values.mean() for name, values in annual.owed.items()},
        "products": by_product.reshape(n, n_products)[worst].mean(axis=0),
        "return periods": {
            name: np.quantile(values, 1 - 1 / PERIODS)
            for name, values in (
                ("gross", annual.gross), ("net", annual.net),
                ("gross event", annual.gross_event), ("net event", annual.net_event),
            )
        },
    }  # fmt: skip


def _worst(values: Floats) -> np.ndarray:
    """The worst 1 in 200 years."""
    n_tail = max(1, round(len(values) * (1 - LEVEL)))
    return np.argpartition(values, len(values) - n_tail)[-n_tail:]


def _measures(values: Floats) -> dict[str, float]:
    """Mean, its standard error, standard deviation, VaR and TVaR."""
    tail, n = values[_worst(values)], len(values)
    sd = float(values.std(ddof=1))
    return {
        "mean": float(values.mean()), "error": sd / n**0.5, "sd": sd,
        "var": float(tail.min()), "tvar": float(tail.mean()),
    }  # fmt: skip
