import pytest

from techinsure.errors import InvalidParameter, NotFound
from techinsure.pool.insolvency.default_rates import RatingTable, SolvencyTable, default_rates


def test_the_shipped_tables_are_the_published_ones():
    """Delegated Regulation (EU) 2015/35, article 199(2) and (3)."""
    rates = default_rates()
    assert [rates.rating.of(name) for name in ("AAA", "AA", "A", "BBB", "BB", "B", "CCC")] == [
        *(0.00002, 0.0001, 0.0005, 0.0024, 0.012, 0.042, 0.042)
    ]
    assert rates.solvency_ratio.of(1.25) == 0.002
    assert rates.solvency_ratio.of(1.11) == pytest.approx((0.005 + 0.0024) / 2)
    assert rates.solvency_ratio.of(0.2) == 0.042
    assert rates.solvency_ratio.of(3.0) == 0.0001
    assert rates.recovery.rate == 0.5
    for table in (rates.rating, rates.solvency_ratio, rates.recovery):
        assert table.grade == "C"
        assert table.source
        assert table.as_of == "2026-11-24"


def test_better_ratings_fail_less():
    rates = list(default_rates().rating.probability.values())
    assert rates == sorted(rates)
    ratios = default_rates().solvency_ratio.probability
    assert list(ratios) == sorted(ratios, reverse=True)


def test_what_is_refused():
    with pytest.raises(NotFound, match="rating 'AAB' is not known"):
        default_rates().rating.of("AAB")
    with pytest.raises(InvalidParameter, match="ratio must be >= 0"):
        default_rates().solvency_ratio.of(-0.5)
    known = {"grade": "C", "source": "test", "as_of": "2026-01-01"}
    with pytest.raises(InvalidParameter, match=r"probability\.A must be in"):
        RatingTable(probability={"A": 1.5}, **known)
    with pytest.raises(InvalidParameter, match="must hold at least one rating"):
        RatingTable(probability={}, **known)
    with pytest.raises(InvalidParameter, match=r"ratio\[1\] must be > 1, got 0.5"):
        SolvencyTable(ratio=(1.0, 0.5), probability=(0.1, 0.2), **known)
    with pytest.raises(InvalidParameter, match="probability must have 2 entries"):
        SolvencyTable(ratio=(0.5, 1.0), probability=(0.1,), **known)
