"""Some years of the sample pool in both implementations."""

from typing import NamedTuple

import pytest

from benchmarks import plain
from techinsure.bordereau import portfolio_of
from techinsure.catalogue import shipped
from techinsure.losses.year_table import YearLossTable
from techinsure.models import Model
from techinsure.pooling import Sample, sample
from techinsure.simulation import simulate

N_YEARS = 8_192


class Both(NamedTuple):
    sample: Sample
    models: dict[str, Model]
    engine: YearLossTable
    book: plain.Book
    plain: plain.Losses


@pytest.fixture(scope="session")
def both():
    shown, catalogue = sample("demo_pool"), shipped()
    portfolio = portfolio_of(shown.rows, catalogue)
    models = {code: catalogue.product(code).model for code in portfolio.product.names}
    table = simulate(portfolio, models, seed=5, n_years=N_YEARS)
    book = plain.book_of(portfolio, catalogue)
    losses = plain.ordered(plain.simulate(book, N_YEARS, seed=6))
    return Both(shown, models, table, book, plain.insured(losses, portfolio))
