"""All products of a book in one world: the same supply shock strikes projects and repairs."""

from collections.abc import Callable, Iterable

import numpy as np

from techinsure.quantities import Floats

from . import equipment, patents, projects
from .book import Book
from .losses import Losses, Sheet

MODELS: dict[str, Callable[[Book, int, Floats, np.random.Generator, Sheet], None]] = {
    "rd_loss": projects.simulate,
    "equipment_loss": equipment.simulate,
    "patent": patents.simulate,
}


def simulate(book: Book, n: int, seed: int, products: Iterable[str] = tuple(MODELS)) -> Losses:
    """Ground-up losses of `n` years of some products, in no order."""
    rng = np.random.default_rng(seed)
    supply, sheet = rng.random(n), Sheet(book.portfolio.causes)
    for product in products:
        MODELS[product](book, n, supply, rng, sheet)
    return sheet.losses()
