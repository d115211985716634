from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import NotFound, Refused
from techinsure.money import exact
from techinsure.pool.members import Member, Pool
from techinsure.pool.signing import sign

few = settings(max_examples=40, deadline=None)


def pool_of(*members, order="1"):
    """Members as (written, minimum, to_stand); the first leads."""
    return Pool(
        name="pool",
        currency="CNY",
        order=order,
        members=tuple(
            Member(
                name=f"M{k}",
                written=written,
                capital_and_reserves=1.0,
                lead=k == 0,
                minimum=minimum,
                to_stand=to_stand,
            )
            for k, (written, minimum, to_stand) in enumerate(members)
        ),
    )


def lines(pool):
    return [line.signed for line in sign(pool).lines]


def test_a_line_to_stand_is_kept_and_the_others_make_room():
    """30% stands; 60% and 50% share the other 70%: 60/110 and 50/110 of it."""
    pool = pool_of(("0.3", None, True), ("0.6", None, False), ("0.5", None, False))
    assert lines(pool) == ["3/10", "21/55", "7/22"]


def test_a_minimum_is_kept_and_the_others_make_room():
    """100%, 60% and 40% of 200 would halve; the third will not go below 30%, so the others
    share 70% as 100 to 60; then the second, with 0.2625, is below its 27% and keeps that."""
    one = pool_of(("1", None, False), ("0.6", None, False), ("0.4", "0.3", False))
    assert lines(one) == ["7/16", "21/80", "3/10"]
    two = pool_of(("1", None, False), ("0.6", "0.27", False), ("0.4", "0.3", False))
    assert lines(two) == ["43/100", "27/100", "3/10"]


def test_an_order_that_is_not_filled_has_a_named_rest():
    signed = sign(pool_of(("0.3", None, False), ("0.1", "0.1", True), order="1/2"))
    assert [line.signed for line in signed.lines] == ["3/10", "1/10"]
    assert signed.unplaced == "1/10"
    assert signed.shares() == {
        "M0": Fraction(3, 10),
        "M1": Fraction(1, 10),
        "unplaced": Fraction(1, 10),
        "outside the order": Fraction(1, 2),
    }


def test_what_cannot_be_kept_is_refused_by_name():
    with pytest.raises(Refused, match="sum to 11/10, above the order 1: 'M0' 1/2, 'M1' 3/5"):
        sign(pool_of(("0.5", None, True), ("0.7", "0.6", False)))


def test_a_line_is_asked_for_by_name():
    signed = sign(pool_of(("0.3", None, False)))
    assert signed.of("M0") == Fraction(3, 10)
    with pytest.raises(NotFound, match="member 'M7' is not known"):
        signed.of("M7")


whole = st.integers(0, 150).map(lambda percent: f"{percent}/100")


@st.composite
def pools(draw):
    """Any written lines and order; minima and lines to stand that the order can hold."""
    written = draw(st.lists(whole, min_size=1, max_size=6).filter(lambda w: any(map(exact, w))))
    order = draw(st.integers(1, 100).map(lambda percent: f"{percent}/100"))
    room, members = exact(order), []
    for line in written:
        keep = draw(st.sampled_from(["none", "minimum", "stand"]))
        most = min(room, exact(line))
        minimum = most * draw(st.fractions(0, 1, max_denominator=10)) if keep == "minimum" else None
        stands = keep == "stand" and exact(line) <= room
        room -= exact(line) if stands else minimum or 0
        members.append((line, None if minimum is None else str(minimum), stands))
    return pool_of(*members, order=order)


@few
@given(pools())
def test_signed_lines_fill_the_order_exactly_or_stand_as_written(pool):
    signed = sign(pool)
    order, written = exact(pool.order), [exact(member.written) for member in pool.members]
    shares = [line.share for line in signed.lines]
    assert sum(shares) == min(order, sum(written))
    assert sum(shares) + exact(signed.unplaced) == order
    assert sum(signed.shares().values()) == 1
    free = set()
    for member, line in zip(pool.members, signed.lines, strict=True):
        wrote, minimum = exact(member.written), exact(member.minimum or "0")
        assert min(minimum, wrote) <= line.share <= wrote
        if member.to_stand:
            assert line.share == wrote
        elif wrote and line.share != minimum:
            free.add(line.share / wrote)
    assert len(free) <= 1  # one scale for all that are free


@few
@given(pools(), st.randoms(use_true_random=False))
def test_the_order_of_members_means_nothing(pool, random):
    names = [member.name for member in pool.members]
    random.shuffle(names)
    shuffled = Pool(
        name=pool.name,
        currency=pool.currency,
        order=pool.order,
        members=tuple(pool.member(name) for name in names),
    )
    assert {line.member: line.signed for line in sign(shuffled).lines} == {
        line.member: line.signed for line in sign(pool).lines
    }


@few
@given(pools())
def test_a_member_that_writes_nothing_changes_nothing(pool):
    idle = Member(name="idle", written="0", capital_and_reserves=1.0)
    larger = Pool(
        name=pool.name, currency=pool.currency, order=pool.order, members=(*pool.members, idle)
    )
    assert lines(larger) == [*lines(pool), "0"]


def within(pool, **most):
    """Lines signed again, each at most what is named."""
    signed = sign(pool, {name: exact(share) for name, share in most.items()})
    return [line.signed for line in signed.lines], signed.unplaced


def test_what_a_cut_takes_goes_to_those_who_wrote_more():
    """60, 50 and 40% of 150 would sign 40, 33 and 27%. The second may carry 10%: the other 90% is
    shared 60 to 40, which is 54 and 36%."""
    pool = pool_of(("0.6", None, False), ("0.5", None, False), ("0.4", None, False))
    assert within(pool, M1="0.1") == (["27/50", "1/10", "9/25"], "0")


def test_a_cut_that_makes_another_full_is_spread_again():
    """With 0 for the third, 60 and 50 share all: 6/11 and 5/11; the first may carry 1/2, and the
    second signs all that it wrote. The rest has no room and is not scaled up."""
    pool = pool_of(("0.6", None, False), ("0.5", None, False), ("0.4", None, False))
    assert within(pool, M0="1/2", M2="0") == (["1/2", "1/2", "0"], "0")
    assert within(pool, M0="2/5", M2="0") == (["2/5", "1/2", "0"], "1/10")


def test_a_member_whose_minimum_does_not_fit_signs_nothing():
    pool = pool_of(("0.6", None, False), ("0.5", "0.2", False), ("0.4", None, False))
    assert within(pool, M1="0.19") == (["3/5", "0", "2/5"], "0")
    assert within(pool, M1="0.2")[0][1] == "1/5"


def test_a_line_to_stand_is_cut_but_not_signed_down():
    pool = pool_of(("0.5", None, True), ("0.9", None, False))
    assert within(pool, M0="0.3") == (["3/10", "7/10"], "0")


@few
@given(pools(), st.lists(st.fractions(0, 1, max_denominator=20), min_size=6, max_size=6))
def test_re_spreading_round_by_round_ends_at_the_same_lines(pool, caps):
    """By the definition: cut, then spread what is left pro rata to what each wrote, again and
    again, over those below their most. Members without a minimum."""
    members = tuple(replace(m, minimum=None, to_stand=False) for m in pool.members)
    pool = replace(pool, members=members)
    most = {m.name: cap for m, cap in zip(members, caps, strict=False)}
    high = [min(exact(m.written), most[m.name]) for m in members]
    target = min(exact(pool.order), sum(high))
    lines, room = [Fraction(0)] * len(members), target
    while room:
        free = [k for k, line in enumerate(lines) if line < high[k]]
        total = sum(exact(members[k].written) for k in free)
        wanted = {k: lines[k] + room * exact(members[k].written) / total for k in free}
        # the one that is full first decides how far a round goes
        step = min([Fraction(1), *((high[k] - lines[k]) / (wanted[k] - lines[k]) for k in free)])
        lines = [lines[k] + step * (wanted[k] - lines[k]) if k in wanted else lines[k]
                 for k in range(len(lines))]  # fmt: skip
        room = target - sum(lines)
    signed = sign(pool, most)
    assert [line.share for line in signed.lines] == lines
    assert sum(lines) + exact(signed.unplaced) == exact(pool.order)


@few
@given(pools(), st.lists(st.fractions(0, 1, max_denominator=9), min_size=6, max_size=6),
       st.randoms(use_true_random=False))  # fmt: skip
def test_cut_lines_do_not_hang_on_the_order_of_members(pool, caps, random):
    most = {m.name: cap for m, cap in zip(pool.members, caps, strict=False)}
    shuffled = [*pool.members]
    random.shuffle(shuffled)
    other = replace(pool, members=tuple(shuffled))
    try:
        signed = sign(pool, most)
    except Refused:
        with pytest.raises(Refused):
            sign(other, most)
        return
    assert {one.member: one.signed for one in sign(other, most).lines} == {
        one.member: one.signed for one in signed.lines
    }
    for member, line in zip(pool.members, signed.lines, strict=True):
        assert line.share <= min(exact(member.written), most[member.name])
        assert line.share == 0 or line.share >= min(exact(member.minimum or "0"), line.share)
