"""One more claim: what each method makes of it."""

import pytest

from techinsure.errors import InvalidParameter, NotFound
from techinsure.evidence.added_claim import claim_effects
from techinsure.evidence.development import bornhuetter_ferguson, cape_cod, chain_ladder
from techinsure.evidence.patterns import Pattern
from techinsure.evidence.triangles import Triangle

TRIANGLE = Triangle.of(
    [[100, 180, 200], [90, 170], [80]], kind="cumulative", origins=["2023", "2024", "2025"],
    exposure=[1000, 1000, 1000],
)  # fmt: skip
PATTERN = Pattern(ages=(1, 2, 3), developed=(0.4, 0.8, 1.0), source="invented")


def test_each_method_multiplies_the_claim_in_its_own_way():
    """A claim of the youngest origin moves no factor: the chain ladder scales it, BF adds it,
    Cape Cod shares it out."""
    scaled, added, shared = claim_effects(TRIANGLE, "2025", 1, 40, {
        "chain ladder": chain_ladder,
        "BF": lambda one: bornhuetter_ferguson(one, 0.2, PATTERN),
        "Cape Cod": lambda one: cape_cod(one, PATTERN),
    })  # fmt: skip
    assert [one.method for one in (scaled, added, shared)] == ["chain ladder", "BF", "Cape Cod"]
    assert scaled.ultimate == pytest.approx(40 / scaled.before.origins[2].developed)
    assert scaled.by_origin == pytest.approx([0, 0, scaled.ultimate])
    assert (added.ultimate, added.ibnr) == pytest.approx((40, 0))
    rate = 40 / (1000 * (1 + 0.8 + 0.4))
    assert shared.ultimate == pytest.approx(40 + rate * (200 + 600))
    assert shared.by_origin == pytest.approx([0, rate * 200, 40 + rate * 600])
    assert shared.ibnr == pytest.approx(shared.ultimate - 40)


def test_a_late_claim_of_an_old_origin_moves_the_factors_of_all_younger_ones():
    (effect,) = claim_effects(TRIANGLE, "2023", 3, 50, {"chain ladder": chain_ladder})
    assert effect.by_origin == pytest.approx([
        50, *(one.ultimate * 50 / 200 for one in effect.before.origins[1:])
    ])  # fmt: skip


def test_the_claim_must_have_a_place_and_a_method():
    with pytest.raises(NotFound, match="origin '2022'"):
        claim_effects(TRIANGLE, "2022", 1, 5, {"chain ladder": chain_ladder})
    with pytest.raises(InvalidParameter, match="methods must not be empty"):
        claim_effects(TRIANGLE, "2025", 1, 5, {})
