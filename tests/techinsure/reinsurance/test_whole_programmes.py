"""What holds for every programme: all six kinds of treaty and their modifiers at once."""

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.losses.year_table import merge
from techinsure.portfolio import LABELS, Labels
from techinsure.reinsurance.programme import PERSPECTIVES
from tests.techinsure.reinsurance.tables import FOUR, tables
from tests.techinsure.reinsurance.whole_programmes import PREMIUM, scaled, whole_programmes

few = settings(max_examples=15, deadline=None)


def same(one, two):
    """Bit for bit: every treaty and every flow."""
    assert (one.net == two.net).all()
    assert one.ceded.keys() == two.ceded.keys() == one.flows.keys()
    for name in one.ceded:
        assert (one.ceded[name] == two.ceded[name]).all(), name
        for kind, flow in one.flows[name].items():
            assert (flow == two.flows[name][kind]).all(), (name, kind)
    assert one.flags == two.flags


@few
@given(whole_programmes(), tables())
def test_every_loss_is_whole(programme, subject):
    """Row by row without any rounding; by treaty and by party to what is ceded."""
    cession = programme.apply(subject, PREMIUM)
    for row, loss in enumerate(subject.loss):
        parts = [*(ceded[row] for ceded in cession.ceded.values()), cession.net[row]]
        assert min(parts) >= 0
        assert math.fsum(parts) == loss
    by_treaty = sum(cession.annual(placed.name) for placed in programme.treaties)
    np.testing.assert_allclose(by_treaty, cession.annual("ceded"), rtol=1e-12)
    whole = cession.annual("ceded") + cession.annual("net")
    np.testing.assert_allclose(whole, cession.annual("gross"), rtol=1e-12)
    parties = {one.name for placed in programme.treaties for one in placed.reinsurers}
    held = sum((cession.annual_of_reinsurer(name) for name in parties), np.zeros(subject.n_years))
    named = [placed.name for placed in programme.treaties if placed.reinsurers]
    expected = sum((cession.annual(name) for name in named), np.zeros(subject.n_years))
    np.testing.assert_allclose(held, expected, rtol=1e-12)


@few
@given(whole_programmes(), tables(), st.randoms(use_true_random=False))
def test_the_order_of_treaties_and_of_what_they_are_net_of_means_nothing(
    programme, subject, random
):
    shuffled = [
        replace(one, net_of=tuple(random.sample(one.net_of, len(one.net_of))))
        for one in random.sample(programme.treaties, len(programme.treaties))
    ]
    other = replace(programme, treaties=tuple(shuffled))
    same(programme.apply(subject, PREMIUM), other.apply(subject, PREMIUM))


@few
@given(whole_programmes(), tables(), st.permutations(range(4)))
def test_the_order_of_the_objects_means_nothing(programme, subject, order):
    """The same losses of the same objects, listed in another order."""
    place = np.argsort(order)
    labels = {name: Labels.of(np.array(getattr(FOUR, name).texts(), object)[order].tolist())
              for name in LABELS}  # fmt: skip
    listed = replace(FOUR, ids=tuple(FOUR.ids[i] for i in order), **labels)
    other = replace(subject, portfolio=listed, item=place[subject.item].astype(np.int32))
    one, two = programme.apply(subject, PREMIUM), programme.apply(other, PREMIUM)
    for name in one.ceded:
        gap = np.abs(one.ceded[name] - two.ceded[name])
        assert (gap <= 1e-9 * subject.loss).all(), name


@few
@given(whole_programmes(), st.lists(tables(most_years=2), min_size=2, max_size=3))
def test_blocks_of_years_change_nothing(programme, blocks):
    whole = programme.apply(merge(blocks), PREMIUM)
    parts = [programme.apply(block, PREMIUM) for block in blocks]
    assert (whole.net == np.concatenate([part.net for part in parts])).all()
    for name in whole.ceded:
        assert (whole.ceded[name] == np.concatenate([part.ceded[name] for part in parts])).all()
        for kind, flow in whole.flows[name].items():
            assert (flow == np.concatenate([part.flows[name][kind] for part in parts])).all()


@few
@given(whole_programmes(), tables(), st.sampled_from([1000.0, 1024.0]))
def test_another_unit_of_money_changes_nothing(programme, subject, factor):
    """A thousand to rounding, a power of two bit for bit: losses, sums insured, terms, premium."""
    large = replace(FOUR, sum_insured=factor * FOUR.sum_insured)
    other = replace(subject, portfolio=large, loss=factor * subject.loss)
    premium = {name: factor * amount for name, amount in PREMIUM.items()}
    one = programme.apply(subject, PREMIUM)
    two = scaled(programme, factor).apply(other, premium)
    tolerance = 0.0 if factor == 1024 else 1e-9
    for name in one.ceded:
        gap = np.abs(factor * one.ceded[name] - two.ceded[name])
        assert (gap <= tolerance * other.loss).all(), name
        for kind, flow in one.flows[name].items():
            most = tolerance * (np.abs(flow) + subject.annual() + 1) * factor
            assert (np.abs(factor * flow - two.flows[name][kind]) <= most).all(), (name, kind)
    for perspective in PERSPECTIVES:
        assert two.annual(perspective).shape == (subject.n_years,)


@few
@given(whole_programmes(), tables())
def test_a_larger_placed_share_cedes_no_less_of_the_last_treaty(programme, subject):
    """Where nothing is net of it, more of it placed takes more, up to all that is left."""
    parents = {parent for placed in programme.treaties for parent in placed.net_of}
    last = next(placed for placed in programme.treaties if placed.name not in parents)
    more, less = (
        replace(programme, treaties=tuple(
            replace(one, placed_share=share) if one is last else one for one in programme.treaties
        )).apply(subject, PREMIUM).annual(last.name)
        for share in (1.0, 0.4)
    )  # fmt: skip
    assert (more >= less * (1 - 1e-9)).all()
