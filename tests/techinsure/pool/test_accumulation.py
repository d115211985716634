import numpy as np
import pytest

from techinsure.errors import InvalidParameter, NotFound
from techinsure.losses import curves, measures
from techinsure.pool.accumulation import (
    AccumulationLimit,
    accumulation,
    breaches,
    event_curve,
)
from tests.techinsure.builders import portfolio, table

HELD = portfolio(
    5,
    labels={
        "park": ["north", "south", "north", None, "south"],
        "risk_class": ["lab", "fab", "lab", "fab", "lab"],
    },
    sum_insured=np.array([100.0, 300.0, 200.0, 150.0, 250.0]),
    supply_exposed=np.array([True, False, False, True, False]),
)
ROWS = [
    {"year": 0, "item": 0, "loss": 40.0, "event": 1},
    {"year": 0, "item": 2, "loss": 60.0, "event": 1},
    {"year": 0, "item": 2, "loss": 30.0, "event": 2},
    {"year": 0, "item": 1, "loss": 500.0, "event": 1},
    {"year": 3, "item": 2, "loss": 70.0, "event": 1},
    {"year": 3, "item": 3, "loss": 80.0, "event": 1},
    {"year": 7, "item": 4, "loss": 10.0, "event": 1},
]
TABLE = table(ROWS, n_years=10, held=HELD)


def test_a_park_by_hand():
    """South 550 and north 300 of 1,000; 150 in no park. North: event 1 of year 0 is 40 + 60."""
    found = accumulation(TABLE, "park")
    assert [g.name for g in found.groups] == ["south", "north"]
    north = found.group("north")
    assert (north.items, north.sum_insured, north.share) == (2, 300.0, 0.3)
    assert (north.largest_event, north.largest_event_year) == (100.0, 0)
    assert north.mean.value == pytest.approx(20.0)
    assert north.tvar_995.value == 130.0
    assert north.event_tvar_995.value == 100.0
    assert found.unlabelled == 150.0
    assert found.herfindahl == pytest.approx((300 / 850) ** 2 + (550 / 850) ** 2)
    assert found.top == 1.0


def test_every_basis_adds_up():
    for basis in ("park", "technology", "risk_unit", "supply"):
        found = accumulation(TABLE, basis)
        total = sum(g.sum_insured for g in found.groups) + found.unlabelled
        assert total == pytest.approx(1000)
        assert 1 / len(found.groups) - 1e-12 <= found.herfindahl <= 1
    whole = accumulation(TABLE, "technology")
    assert sum(g.mean.value for g in whole.groups) == pytest.approx(TABLE.annual().mean())
    (exposed,) = accumulation(TABLE, "supply").groups
    assert (exposed.name, exposed.share, exposed.mean.value) == ("supply exposed", 0.25, 12.0)


def test_equal_groups_have_the_least_concentration():
    even = portfolio(8, labels={"route": [f"r{k}" for k in range(8)]})
    found = accumulation(table([], held=even), "route")
    assert found.herfindahl == pytest.approx(1 / 8)
    assert found.top == pytest.approx(5 / 8)
    assert all(g.largest_event_year is None for g in found.groups)


def test_many_years_against_the_measures():
    rng = np.random.default_rng(2)
    rows = [
        {"year": int(y), "item": int(i), "loss": float(x), "event": k}
        for k, (y, i, x) in enumerate(
            zip(rng.integers(0, 500, 3000), rng.integers(0, 5, 3000), rng.exponential(size=3000),
                strict=True)
        )
    ]  # fmt: skip
    drawn = table(rows, n_years=500, held=HELD)
    own = drawn.rows(np.isin(drawn.item, [1, 4]))
    found = accumulation(drawn, "park").group("south")
    assert found.event_tvar_995 == measures.tvar(own.largest_event(), 0.995, unit="CNY")
    curve = event_curve(drawn, "park", "south")
    assert curve.perspective == "oep"
    assert (curve.probability == curves.oep(own).probability).all()
    assert found.largest_event == curve.loss[-1]


def test_limits_hard_before_soft():
    found = accumulation(TABLE, "park")
    limits = [
        AccumulationLimit(basis="park", figure="sum_insured", hard=600.0, soft=500.0),
        AccumulationLimit(basis="park", figure="event_tvar_995", hard=80.0, name="north"),
        AccumulationLimit(basis="park", figure="share", hard=0.5),
        AccumulationLimit(basis="route", figure="share", hard=0.1),
        AccumulationLimit(basis="park", figure="sum_insured", hard=550.0),
    ]
    told = breaches(found, limits)
    assert [(b.severity, b.name, b.figure) for b in told] == [
        ("hard", "north", "event_tvar_995"),
        ("hard", "south", "share"),
        ("soft", "south", "sum_insured"),
    ]
    event, share, soft = told
    assert (event.amount, event.over, event.cede) == (100.0, 20.0, pytest.approx(0.2))
    assert (soft.limit, soft.over, soft.cede) == (500.0, 50.0, pytest.approx(1 / 11))
    kept = 550 * (1 - share.cede)
    assert kept / (450 + kept) == pytest.approx(0.5)
    assert str(soft) == (
        "park 'south': sum_insured 550.00, soft limit 500.00, 50.00 over: cede or re-spread "
        "9.09% of its items"
    )
    assert str(share).startswith("park 'south': share 55.00%, hard limit 50.00%, 5.00% over")


def test_ceding_what_is_said_brings_a_group_to_its_limit():
    limit = AccumulationLimit(basis="park", figure="event_tvar_995", hard=80.0, name="north")
    (told,) = breaches(accumulation(TABLE, "park"), [limit])
    kept = np.where(np.isin(TABLE.item, [0, 2]), (1 - told.cede) * TABLE.loss, TABLE.loss)
    after = accumulation(TABLE.with_loss(kept), "park")
    assert after.group("north").event_tvar_995.value == pytest.approx(80.0)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: accumulation(TABLE, "parks"), "basis must be one of park"),
        (lambda: accumulation(TABLE, "route"), "basis must have items with a route, got 'route'"),
        (lambda: AccumulationLimit(basis="park", figure="share", hard=0.0), "hard must be > 0"),
        (lambda: AccumulationLimit(basis="park", figure="share", hard=0.1, soft=0.2),
         "soft must be <= hard = 0.1, got 0.2"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter, match=told):
        make()
    with pytest.raises(NotFound, match=r"park 'nrth' is not known \(did you mean 'north'"):
        event_curve(TABLE, "park", "nrth")
    named = AccumulationLimit(basis="park", figure="share", hard=0.1, name="east")
    with pytest.raises(NotFound, match="park 'east'"):
        breaches(accumulation(TABLE, "park"), [named])
