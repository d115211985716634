"""The three loss models and a programme in plain numpy: what the engine's speed is measured by.

As a visitor would write it who knows the models and numpy: a loop over risks with vectors over
years, numpy's own samplers, concatenation, one lexsort, a programme by cumsum and bincount. The
parameters are those of the product files, read before the clock starts. Nothing is kept that the
results do not need: no streams by key, so that adding a risk moves all others, no report dates, no
cessions by row. A relativity that is not known is drawn once a year for rates, and once an event
for damage and days, where the engine draws once a year for both: no mean is another.
"""

from .agreement import MOST, apart
from .book import Book, book_of
from .losses import Losses, insured, ordered
from .programme import Annual, apply
from .report import report
from .simulation import MODELS, simulate

__all__ = [
    "MODELS", "MOST", "Annual", "Book", "Losses", "apart", "apply", "book_of", "insured",
    "ordered", "report", "simulate",
]  # fmt: skip
