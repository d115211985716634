import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, NotFound, Undefined
from techinsure.losses import measures
from techinsure.reinsurance import AggregateExcess, ExcessOfLoss, QuotaShare, StopLoss
from techinsure.reinsurance.back_allocation import back_allocation
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from tests.techinsure.builders import portfolio
from tests.techinsure.reinsurance.tables import FOUR, poisson_lomax, table, tables

THREE = portfolio(3)


def placed(name, treaty, *net_of, **place):
    return PlacedTreaty(name=name, treaty=treaty, net_of=net_of, **place)


def programme(*treaties):
    return Programme(treaties=treaties)


def amounts(by_group):
    return [estimate.value for estimate in by_group.values()]


def one_of(*losses):
    """One year, a loss an item, in their order."""
    return table([losses], items=range(len(losses)), of=portfolio(len(losses)))


def test_an_aggregate_excess_by_hand():
    """15 xs 12 of what 8, 15 and 40 have above 10, at most 20: 0 + 5 + 20, 13 paid, pro rata 2.6
    and 10.4. On the way, at a share g of the losses, the third counts 40 g - 10 from 1/4 to 3/4 of
    it and the second 15 g - 10 from 2/3 on. The sum is 12 at g = 0.55: from there the third adds
    40 x 0.2 = 8, the second 15 / 3 = 5."""
    treaty = AggregateExcess(basis="event", each_attachment=10.0, each_limit=20.0, unit="amount",
                             attachment=12.0, limit=15.0)  # fmt: skip
    found = back_allocation(programme(placed("agg", treaty)), one_of(8.0, 15.0, 40.0), steps=60)
    assert found.total.value == pytest.approx(13)
    assert found.total.standard_error is None  # one year has none
    assert amounts(found.pro_rata) == pytest.approx([0, 2.6, 10.4])
    assert amounts(found.aumann_shapley) == pytest.approx([0, 5, 8])
    assert amounts(found.difference) == pytest.approx([0, 2.4, -2.4])
    assert found.gap == pytest.approx(0, abs=1e-9)
    assert found.largest in "bc"
    assert found.largest_share == pytest.approx(2.4 / 13)


def test_a_layer_and_a_stop_loss_after_it_by_hand():
    """10 xs 10 per event leaves 30 of 40 and 10 of 20; 20 xs 20 of the year pays 20 of 40, pro rata
    15 and 5. On the way both leave 10 at the half, and from there only the first grows: all 20 are
    its own."""
    both = programme(
        placed("layer", ExcessOfLoss(basis="event", attachment=10.0, limit=10.0,
                                     reinstatement_rates=(0.0,))),
        placed("stop", StopLoss(unit="amount", attachment=20.0, limit=20.0), "layer"),
    )  # fmt: skip
    found = back_allocation(both, one_of(40.0, 20.0), perspective="stop")
    assert amounts(found.pro_rata) == pytest.approx([15, 5])
    assert amounts(found.aumann_shapley) == pytest.approx([20, 0])
    for perspective, total in (("gross", 60), ("net", 20), ("ceded", 40), ("layer", 20)):
        of = back_allocation(both, one_of(40.0, 20.0), perspective=perspective)
        assert of.total.value == pytest.approx(total)
        assert sum(amounts(of.pro_rata)) == pytest.approx(total)
        assert of.gap == pytest.approx(0, abs=1e-9)


def test_capacity_goes_to_the_first_but_is_used_up_by_both():
    """10 xs 0 once: the first of two losses of 10 has it all. In step both use it up at half."""
    layer = ExcessOfLoss(basis="event", attachment=0.0, limit=10.0)
    found = back_allocation(programme(placed("layer", layer)), one_of(10.0, 10.0))
    assert amounts(found.pro_rata) == pytest.approx([10, 0])
    assert amounts(found.aumann_shapley) == pytest.approx([5, 5])


def test_the_tail_years_move_along_the_way():
    """Two years, the worse one counts. The first loses 30 with 10 xs 10 on its item, net 20; the
    second 18 on another. At a share g the first keeps 30 g to g = 1/3, 10 to 2/3, then 30 g - 10;
    the second's 18 g is more from 5/9 to 5/6. So 30 / 3 + 30 / 6 = 15 are the first item's, 18 x
    5/18 = 5 the other's: of the TVaR of 20 pro rata has 20 and 0."""
    layer = ExcessOfLoss(basis="item", attachment=10.0, limit=10.0)
    only = programme(placed("layer", layer, items=("a",)))
    subject = table([[30.0], [18.0]], items=[0, 1], of=portfolio(2))
    found = back_allocation(only, subject, perspective="net", level=0.5, steps=36)
    assert found.total.value == pytest.approx(20)
    assert amounts(found.pro_rata) == pytest.approx([20, 0])
    assert amounts(found.aumann_shapley) == pytest.approx([15, 5])
    assert found.gap == pytest.approx(0, abs=1e-9)


@settings(max_examples=8, deadline=None)
@given(tables(), st.sampled_from([1.0, 50.0, 200.0]), st.sampled_from([0.0, 0.5]))
def test_a_stop_loss_alone_is_pro_rata(subject, attachment, level):
    """Of a function of the sum both rules agree, in the mean and in the tail; what is left is the
    one piece of the way in which a year reaches the layer, and the one in which it leaves it."""
    treaty = StopLoss(unit="amount", attachment=attachment, limit=300.0)
    found = back_allocation(programme(placed("it", treaty)), subject, level=level, steps=32)
    bound = 2 * 2 * measures.quantile(subject.annual(), 0.999) / 32
    assert max(map(abs, amounts(found.difference))) <= bound + 1e-9
    assert abs(found.gap) <= 4 * bound + 1e-9


def test_what_is_proportional_is_pro_rata_whatever_the_steps():
    quota = programme(placed("it", QuotaShare(share=0.3)))
    subject = table([[5.0, 7.0], [], [9.0]], items=[0, 1, 0], of=THREE)
    found = back_allocation(quota, subject, level=0.5, steps=1)
    assert amounts(found.difference) == pytest.approx([0, 0, 0], abs=1e-12)
    assert set(found.pro_rata) == {"a", "b", "c"}
    assert amounts(found.aumann_shapley) == pytest.approx(amounts(found.pro_rata))


def test_more_steps_leave_less_of_a_gap():
    subject = poisson_lomax(n_years=300, seed=9)
    items = np.arange(len(subject)) % 3
    subject = table(
        [subject.loss[subject.year == year] for year in range(300)], items=items, of=THREE
    )
    both = programme(
        placed("layer", ExcessOfLoss(basis="event", attachment=5.0, limit=10.0,
                                     reinstatement_rates=(1.0,))),
        placed("stop", StopLoss(unit="amount", attachment=40.0, limit=30.0), "layer"),
    )  # fmt: skip
    few, many = (
        back_allocation(both, subject, perspective="net", level=0.9, steps=steps)
        for steps in (4, 24)
    )
    assert abs(many.gap) < 0.02 * many.total.value
    for name, share in many.aumann_shapley.items():
        assert few.aumann_shapley[name].value == pytest.approx(share.value, rel=0.1)
        assert share.standard_error > 0
        change = share.value - many.pro_rata[name].value
        assert many.difference[name].value == pytest.approx(change)
    assert many.gap == pytest.approx(sum(amounts(many.aumann_shapley)) - many.total.value)


def test_where_the_rules_agree_so_do_their_errors():
    subject = poisson_lomax(n_years=400, seed=9)
    stop = programme(placed("stop", StopLoss(unit="amount", attachment=0.0, limit=1e9)))
    found = back_allocation(stop, subject, level=0.9)
    error = found.pro_rata["a"].standard_error
    assert found.aumann_shapley["a"].standard_error == pytest.approx(error, rel=1e-9)
    assert found.difference["a"].standard_error == pytest.approx(0, abs=1e-9 * error)
    assert found.total.standard_error == pytest.approx(error, rel=0.02)


def test_groups_by_label_and_items_without_one():
    subject = table([[1.0, 2.0, 3.0, 4.0], [8.0]], items=[0, 1, 2, 3, 0], of=FOUR)
    quota = programme(placed("it", QuotaShare(share=0.5)))
    found = back_allocation(quota, subject, by="risk_unit")
    assert {name: part.value for name, part in found.pro_rata.items()} == pytest.approx(
        {"U1": 2.25, "U2": 1.25, "item d": 1.0}
    )
    assert set(back_allocation(quota, subject, by="product").pro_rata) == set(FOUR.product.names)


def test_what_cannot_be_asked_is_refused():
    quota, subject = programme(placed("it", QuotaShare(share=0.5))), one_of(1.0, 2.0)
    with pytest.raises(NotFound, match="perspective"):
        back_allocation(quota, subject, perspective="nobody")
    with pytest.raises(InvalidParameter, match="by must be one of item, product"):
        back_allocation(quota, subject, by="sites")
    with pytest.raises(InvalidParameter, match=r"steps must be in \[1, 1024\], got 0"):
        back_allocation(quota, subject, steps=0)
    many = table([[1.0] * 51], items=range(51), of=portfolio(51))
    with pytest.raises(InvalidParameter, match="by must make at most 50 groups, 'item' makes 51"):
        back_allocation(quota, many)
    nothing = back_allocation(quota, table([[], []]))
    with pytest.raises(Undefined, match="a total of 0"):
        _ = nothing.largest_share
