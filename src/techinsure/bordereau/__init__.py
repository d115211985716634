"""The rim where pools bring their risks: files of other systems into sheets, rows, a portfolio."""

from techinsure.bordereau.checking import check, in_file, refuse_faulty, rejects
from techinsure.bordereau.files import read, write
from techinsure.bordereau.rows import MOST_ROWS, Row, portfolio_of
from techinsure.bordereau.sheet import Reading, Sheet

__all__ = [
    "MOST_ROWS",
    "Reading",
    "Row",
    "Sheet",
    "check",
    "in_file",
    "portfolio_of",
    "read",
    "refuse_faulty",
    "rejects",
    "write",
]
