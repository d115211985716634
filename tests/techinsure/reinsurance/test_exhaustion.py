"""How often one loss reaches the top of a treaty: by hand, on the sample's losses."""

import numpy as np
import pytest

import techinsure as ti
from techinsure.reading import read
from techinsure.reinsurance.exhaustion import ROUNDING, exhaustion_probability
from techinsure.reinsurance.programme import Programme
from tests.techinsure.reinsurance.tables import table


@pytest.fixture(scope="module")
def losses():
    return ti.run_pool({"portfolio": {"sample": "demo_pool"},
                        "simulation": {"n_years": 2000, "seed": 5}}).losses  # fmt: skip


def of(losses, treaty, **given):
    programme = read(Programme, {"treaties": [{"name": "t", "treaty": treaty, **given}]})
    return exhaustion_probability(programme, "t", programme.apply(losses))


def layer(attachment, limit, **given):
    return {"kind": "excess_of_loss", "basis": "event", "attachment": attachment, "limit": limit,
            **given}  # fmt: skip


@pytest.mark.parametrize("placed", [1.0, 0.6])
def test_a_layer_is_full_when_an_event_goes_through_it(losses, placed):
    full = of(losses, layer(5e5, 5e5), placed_share=placed)
    expected = (losses.largest_event() >= 1e6).mean()
    assert 0 < full.value == pytest.approx(expected, abs=1e-12)
    assert full.standard_error > 0


def test_a_loss_that_misses_the_top_by_rounding_alone_is_at_it():
    nearly = 30 * (1 - ROUNDING)
    years = table([[nearly], [np.nextafter(nearly, 0.0)], [30.0], []])
    assert of(years, layer(10.0, 20.0)).value == 0.5


def test_a_stop_loss_is_full_when_a_year_goes_through_it(losses):
    treaty = {"kind": "stop_loss", "unit": "amount", "attachment": 2e6, "limit": 2e6}
    assert of(losses, treaty).value == pytest.approx((losses.annual() >= 4e6).mean(), abs=1e-12)


def test_a_quota_share_is_full_at_its_limit_only(losses):
    assert of(losses, {"kind": "quota_share", "share": 0.4}) is None
    full = of(losses, {"kind": "quota_share", "share": 0.5, "limit": 5e5})
    assert full.value == pytest.approx((losses.largest_event() >= 1e6).mean(), abs=1e-12)


def test_a_surplus_is_full_at_its_limit_only():
    """Half of each item, at most 40 an event: 100 and 60 in one event are full, 79 are not."""
    surplus = {"kind": "surplus", "risk": "item", "line": 50.0, "lines": 1.0}
    subject = table([[100.0, 60.0], [79.0], []], items=[0, 1, 0], events=[0, 0, 0])
    assert of(subject, surplus) is None
    assert of(subject, surplus | {"limit": 80.0}).value == pytest.approx(1 / 3)
    assert of(subject, surplus | {"limit": 80.0, "line": 100.0}) is None


def test_an_aggregate_excess_is_full_when_what_counts_reaches_its_top():
    """Above 10 each: 5 + 30, and 34.9. 20 xs 15 of the year is full at 35."""
    treaty = {"kind": "aggregate_excess", "basis": "event", "each_attachment": 10.0,
              "unit": "amount", "attachment": 15.0, "limit": 20.0}  # fmt: skip
    assert of(table([[15.0, 40.0], [44.9], []]), treaty).value == pytest.approx(1 / 3)


def test_an_occurrence_of_an_hours_clause_can_fill_a_layer():
    subject = table([[20.0, 15.0], [20.0, 15.0]], times=[0.0, 0.001, 0.0, 0.5])
    clause = {"hours_clause": {"hours": 72.0}}
    assert of(subject, layer(10.0, 25.0, **clause)).value == 0.5
    assert of(subject, layer(10.0, 25.0)).value == 0


def test_a_backstop_is_full_when_a_year_goes_through_it():
    treaty = {"kind": "state_backstop", "unit": "amount", "attachment": 10.0, "limit": 20.0,
              "cumulative_limit": 25.0, "years": 3}  # fmt: skip
    assert of(table([[30.0], [30.0], [29.0]]), treaty).value == pytest.approx(2 / 3)


def test_it_sees_what_the_treaties_before_leave(losses):
    """Half of every loss gone, the top is reached by losses twice as large."""
    half = {"name": "half", "treaty": {"kind": "quota_share", "share": 0.5}}
    above = {"name": "t", "treaty": layer(5e5, 5e5), "net_of": ["half"]}
    programme = read(Programme, {"treaties": [above, half]})
    full = exhaustion_probability(programme, "t", programme.apply(losses))
    assert full.value == pytest.approx((losses.largest_event() >= 2e6).mean(), abs=1e-12)


def test_it_is_never_hit_less_than_full(losses):
    for attachment in np.geomspace(1e5, 1e7, 5):
        programme = read(Programme, {"treaties": [{"name": "t", "treaty": layer(attachment, 1e6)}]})
        cession = programme.apply(losses)
        full = exhaustion_probability(programme, "t", cession)
        assert full.value <= (cession.annual("t") > 0).mean()
