"""What `import techinsure` offers, and the first lines a newcomer writes."""

import inspect
import re

import pytest

import techinsure as ti


def test_the_public_names_are_few_and_there():
    assert len(ti.__all__) <= 16
    assert list(ti.__all__) == sorted(ti.__all__)
    for name in ti.__all__:
        assert getattr(ti, name).__doc__, name


def test_every_public_name_says_what_it_does_in_a_sentence():
    for name in ti.__all__:
        first = inspect.getdoc(getattr(ti, name)).splitlines()[0]
        assert re.match(r"[A-Z`(]", first), name


def test_price_asks_for_one_thing():
    needed = [p for p in inspect.signature(ti.price).parameters.values()
              if p.default is inspect.Parameter.empty]  # fmt: skip
    assert [p.name for p in needed] == ["request"]


def test_five_lines():
    """What the first page shows, in fewer years."""
    quote = ti.price({
        "product": "rd_loss",
        "insured": {"name": "甲", "stage": "growth"},
        "exposure": {"budget": 8_000_000},
        "simulation": {"n_years": 1000},
    })  # fmt: skip
    assert re.fullmatch(r"charged [\d,]+ ± [\d,]+ CNY", str(quote.premium))
    assert "numbers of the model that this price uses: " in quote.explain()
    assert ti.verify(quote.to_dict()).reproduced
    report = ti.run_pool({"portfolio": {"sample": "demo_pool"}, "simulation": {"n_years": 1000}})
    assert "1,000 simulated years" in str(report)


def test_errors_are_caught_by_one_name():
    for request in ({}, {"product": "rd_los", "exposure": {"budget": 1.0}}):
        with pytest.raises(ti.TechinsureError, match="product"):
            ti.price(request)
    assert issubclass(ti.InvalidParameter, ValueError)


def test_the_catalogue_can_be_loaded_by_hand():
    catalogue = ti.load_catalogue()
    assert isinstance(catalogue, ti.Catalogue)
    assert tuple(catalogue.products) == (
        "equipment_loss", "first_set", "patent", "patent_overseas", "pilot", "rd_loss",
    )  # fmt: skip
