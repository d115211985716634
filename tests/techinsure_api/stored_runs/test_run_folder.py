"""One stored run: what comes back is what was stored, and what has changed never comes back."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from techinsure.catalogue import Catalogue, shipped
from techinsure.errors import Mismatch, NotFound
from techinsure.losses.year_table import COLUMNS
from techinsure.pooling import resolved, run_pool
from techinsure.pooling.report import PoolRequest
from techinsure.reading import read
from techinsure_api.stored_runs import run_folder
from tests.techinsure_api.stored_runs.runs import small

FILES = ("run.json", "report.json", "request.json", "losses.parquet")


def stored(folder, report, request):
    files = run_folder.contents(report, resolved(request))
    place = folder / run_folder.id_of(files["run.json"])
    run_folder.write(place, files)
    return place


@pytest.fixture
def place(tmp_path):
    return stored(tmp_path, *small())


def test_what_comes_back_is_what_was_stored_bit_by_bit(place):
    report, _ = small()
    assert run_folder.report(place) == json.loads(json.dumps(report.to_dict()))
    found = run_folder.simulated(place, shipped())
    for name in COLUMNS:
        column, original = getattr(found.losses, name), getattr(report.losses, name)
        assert column.dtype == original.dtype
        assert column.tobytes() == original.tobytes()
    assert found.losses.portfolio.digest() == report.losses.portfolio.digest()
    assert found.losses.n_years == 1000
    assert (found.pool, found.programme) == (report.terms, report.programme)
    assert found.premium == {product.name: product.premium.value for product in report.products}
    assert found.receipt == report.receipt


def test_a_sample_is_stored_with_its_rows_so_that_it_may_change(tmp_path):
    request = read(PoolRequest, {"portfolio": {"sample": "demo_pool"},
                                 "simulation": {"n_years": 1000, "seed": 1}})  # fmt: skip
    report = run_pool(request)
    place = stored(tmp_path, report, request)
    kept = json.loads((place / "request.json").read_text("utf-8"))
    assert len(kept["portfolio"]["rows"]) == report.n_items
    assert kept["portfolio"]["sample"] is None
    found = run_folder.simulated(place, shipped())
    assert found.losses.loss.tobytes() == report.losses.loss.tobytes()
    assert found.pool == report.terms


def test_two_stores_of_one_run_have_ids_of_their_own_even_at_one_moment(tmp_path, monkeypatch):
    class Still:
        @staticmethod
        def now(zone):
            return datetime(2026, 1, 1, tzinfo=zone)

    monkeypatch.setattr(run_folder, "datetime", Still)
    first, second = (stored(tmp_path, *small()) for _ in range(2))
    assert first.name != second.name
    assert len(first.name) == 32


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_named_and_nothing_is_served(place, name):
    content = bytearray((place / name).read_bytes())
    content[len(content) // 2] ^= 1
    (place / name).write_bytes(content)
    with pytest.raises(Mismatch, match=f"{place.name} is damaged and not used: {name}"):
        run_folder.simulated(place, shipped())


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(place, name):
    (place / name).unlink()
    with pytest.raises(Mismatch, match=f"{name}, it is missing"):
        run_folder.simulated(place, shipped())


def test_a_file_cut_short_is_damaged(place):
    file = place / "losses.parquet"
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(Mismatch, match="damaged"):
        run_folder.simulated(place, shipped())
    assert run_folder.report(place)  # which is whole


def test_a_record_that_was_written_anew_is_not_the_run(place):
    """Whoever changes a figure and its digest changes the id too."""
    record = json.loads((place / "run.json").read_text("utf-8"))
    record["n_losses"] += 1
    (place / "run.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(Mismatch, match="its SHA-256 is not the run's id"):
        run_folder.record(place)


def test_a_run_that_has_gone_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        run_folder.report(tmp_path / ("0" * 32))


def test_a_format_of_another_version_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "FORMAT", 2)
    place = stored(tmp_path, *small())
    monkeypatch.undo()
    with pytest.raises(Mismatch, match="stored in format 2, this version reads 1"):
        run_folder.record(place)


def changed(code, **parts):
    """The shipped catalogue with one product changed."""
    products = dict(shipped().products)
    products[code] = replace(products[code], **parts)
    return Catalogue(products=products)


def test_a_product_that_has_changed_is_named(place):
    catalogue = changed("rd_loss", version="99.0")
    with pytest.raises(Mismatch, match="product 'rd_loss' has changed since run"):
        run_folder.simulated(place, catalogue)
    assert run_folder.simulated(place, changed("patent", version="99.0"))  # it has none


def test_a_product_that_has_gone_is_named(place):
    products = {code: one for code, one in shipped().products.items() if code != "rd_loss"}
    with pytest.raises(Mismatch, match=r"'rd_loss' of run .* is no longer in the catalogue"):
        run_folder.simulated(place, Catalogue(products=products))


def test_rows_that_are_read_otherwise_today_are_refused(place, monkeypatch):
    original = run_folder.portfolio_of

    def otherwise(rows, catalogue):
        return original([{**row, "sum_insured": 1e6} for row in rows], catalogue)

    monkeypatch.setattr(run_folder, "portfolio_of", otherwise)
    with pytest.raises(Mismatch, match=r"the portfolio of run .* is read differently"):
        run_folder.simulated(place, shipped())
