"""A pool whose product has terms by level: they hold site by site, and what misses them is told."""

from dataclasses import replace

import pytest

from techinsure.bordereau import portfolio_of
from techinsure.catalogue import Catalogue
from techinsure.pooling import run_pool
from tests.techinsure.test_standard_levels import with_standard_levels

LAB = with_standard_levels()
ROWS = [
    {"product": "equipment_loss", "id": str(number), "policy": f"P{number // 2}", "site": site,
     "risk_class": "lab", "sum_insured": 2e6}
    for number, site in enumerate(["A", "A", "B", ""])
]  # fmt: skip
POOL = {
    "name": "two",
    "currency": "CNY",
    "members": [
        {"name": "lead", "written": "0.6", "lead": True, "capital_and_reserves": 1e10},
        {"name": "other", "written": "0.4", "capital_and_reserves": 1e10},
    ],
}


def shelf(*levels):
    return Catalogue(products={"equipment_loss": replace(LAB, levels=levels)})


def run(*levels):
    request = {"portfolio": {"rows": ROWS}, "pool": POOL, "simulation": {"n_years": 1000}}
    return run_pool(request, shelf(*levels))


def test_rows_have_the_levels_of_their_product():
    held = portfolio_of(ROWS, shelf(*LAB.levels))
    assert [level.name for level in held.terms.levels] == ["site excess", "term"]
    plain, found = run(), run(*LAB.levels)
    assert found.gross.mean.value < plain.gross.mean.value
    assert not any("match" in flag for flag in (*plain.flags, *found.flags))


def test_what_no_level_has_terms_for_is_told():
    """The last object stands on no site, so the excess of sites does not hold for it."""
    told = [flag for flag in run(LAB.levels[0]).flags if "match the terms of no level" in flag]
    assert any(" losses from breakdown in 1,000 years match" in flag for flag in told)


@pytest.mark.parametrize("levels", [(), LAB.levels])
def test_the_receipt_tells_books_of_other_levels_apart(levels):
    digests = run(*levels).receipt.digests
    assert (digests["portfolio"] == run().receipt.digests["portfolio"]) == (not levels)
