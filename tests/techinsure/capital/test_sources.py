"""Where losses come from: parts that sum, and correlations against numpy and a bootstrap."""

import numpy as np
import pytest

import techinsure as ti
from techinsure.capital.sources import by_source, correlations


@pytest.fixture(scope="module")
def report():
    return ti.run_pool({"portfolio": {"sample": "demo_pool"},
                        "simulation": {"n_years": 2000, "seed": 5}})  # fmt: skip


def test_sources_sum_to_the_mean_and_to_the_tail(report):
    sources = by_source(report.losses)
    assert sum(s.mean.value for s in sources) == pytest.approx(report.gross.mean.value)
    assert sum(s.tail.value for s in sources) == pytest.approx(report.gross.tvar_995.value)
    assert [s.mean.value for s in sources] == sorted((s.mean.value for s in sources), reverse=True)


def test_a_source_is_the_losses_of_its_product_and_cause(report):
    table, portfolio = report.losses, report.losses.portfolio
    for source in by_source(table):
        mine = (table.cause == portfolio.causes.index(source.cause)) & (
            portfolio.product.codes[table.item] == portfolio.product.names.index(source.product)
        )
        assert source.mean.value * table.n_years == pytest.approx(table.loss[mine].sum())


def test_correlations_are_those_of_numpy(report):
    found, table = correlations(report.losses), report.losses
    portfolio = table.portfolio
    annual = [
        table.annual(np.where(
            (table.cause == portfolio.causes.index(cause))
            & (portfolio.product.codes[table.item] == portfolio.product.names.index(product)),
            table.loss, 0.0))
        for product, cause in found.sources
    ]  # fmt: skip
    assert found.value == pytest.approx(np.corrcoef(annual), abs=1e-12)
    assert (found.value == found.value.T).all()
    assert (np.diag(found.standard_error) == 0).all()


def test_the_error_is_that_of_a_bootstrap(report):
    """20% is what 400 resamples and a skewed law leave open."""
    found, table = correlations(report.losses), report.losses
    one, other = ("patent", "enforcement"), ("patent", "infringed_loss")
    row, column = found.sources.index(one), found.sources.index(other)
    x, y = (
        table.annual(np.where(table.cause == table.portfolio.causes.index(cause), table.loss, 0.0))
        for _, cause in (one, other)
    )
    drawn = np.random.default_rng(8).integers(0, table.n_years, (400, table.n_years))
    spread = np.std([np.corrcoef(x[years], y[years])[0, 1] for years in drawn])
    assert found.standard_error[row, column] == pytest.approx(spread, rel=0.2)


def test_without_losses_there_is_nothing(report):
    empty = report.losses.rows(np.zeros(len(report.losses), dtype=bool))
    assert by_source(empty) == ()
    assert correlations(empty).sources == ()
