"""Items, sites and policies: years by hand, and what holds for all terms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.cover_levels import ORDER, Occurrences, evaluate
from techinsure.errors import InvalidParameter, NotFound, Refused
from techinsure.level_terms import (
    EVERY,
    Amount,
    Franchise,
    Layer,
    Level,
    LevelTerms,
    ShareOfLoss,
    ShareOfSumInsured,
    VanishingDeductible,
)
from techinsure.portfolio import NOWHERE


def amount(value):
    return Amount(amount=float(value))


def by(label, per="event", causes=(), give_back="by_payment", **terms):
    """A level of one set of terms for each group."""
    each = {EVERY: LevelTerms(**terms)}
    return Level(name=label, by=label, terms=each, per=per, causes=causes, give_back=give_back)


def happened(n, **columns):
    """`n` losses of item 0 in year 0, each an event of its own, at time 0."""
    unsaid = {"year": np.zeros(n, int), "event": np.arange(n), "time": np.zeros(n),
              "item": np.zeros(n, int), "cause": np.zeros(n, int)}  # fmt: skip
    said = {name: np.array(column) for name, column in columns.items()}
    return Occurrences(**unsaid | said, causes=("fire", "stop"))


# --- By hand

SITES = {"site": ["A", "A", "B"], "policy": ["P", "P", "P"]}


def test_a_site_deductible_and_a_policy_limit():
    """Site A: 60 + 40 less 20, B: 100 less 20; 160 of the policy cut to 120."""
    levels = [by("site", deductible=amount(20)), by("policy", limit=amount(120))]
    found = evaluate(levels, [60.0, 40.0, 100.0], [100.0] * 3, SITES)
    site, policy = found.levels
    assert site.paid_rows.tolist() == [48, 32, 80]
    assert [site.names[code] for code in site.code] == ["A", "B"]
    assert (site.loss.tolist(), site.deducted.tolist()) == ([100, 100], [20, 20])
    assert (policy.loss.tolist(), policy.over.tolist()) == ([160], [40])
    assert policy.deducted_so_far.tolist() == [40]
    assert found.paid.tolist() == [36, 24, 60]
    assert not len(found.unmatched)


def test_levels_apply_in_the_order_given():
    limited, deducted = by("site", limit=amount(50)), by("policy", deductible=amount(30))
    whole = [evaluate(levels, [60.0, 40.0, 100.0], [100.0] * 3, SITES).paid.sum()
             for levels in ([limited, deducted], [deducted, limited])]  # fmt: skip
    assert whole == [70, 100]


def test_the_order_within_a_level_is_told():
    assert [line.split()[0] for line in ORDER] == [
        "losses", "less", "deductibles", "capped", "cut", "less",
    ]  # fmt: skip


def test_a_share_of_the_sum_insured_is_of_all_items_of_the_group():
    """1% of 100 + 400, though one item alone is hit."""
    levels = [by("site", deductible=ShareOfSumInsured(share=0.01))]
    one = happened(1, item=[1])
    found = evaluate(levels, [50.0], [100.0, 400.0, 900.0], SITES, one)
    assert found.paid.tolist() == [45]


# 91.2m and 127.8m at two sites less 2.24m and 18.24m; then at most 10m deducted of both buildings.
# Expected: OasisLMF validation units, policy coverage, Q5/3 (commit fc4e405, 2026-07), 32-bit
# floats; items by deductible.
BUILDINGS = [71e6, 11e6, 9.2e6, 89e6, 29e6, 9.8e6]
PUBLISHED = [69792864.0, 10729825.0, 8974035.0, 80207136.0, 24861032.0, 8401314.0]


def test_a_maximum_gives_back_what_was_deducted():
    labels = {"site": list("AAABBB"), "part": ["building", "", "", "building", "", ""]}
    sites = {
        "A": LevelTerms(deductible=amount(2.24e6)),
        "B": LevelTerms(deductible=amount(18.24e6)),
    }
    site = Level(name="site", by="site", terms=sites)

    def paid(give_back):
        part = by("part", give_back=give_back, maximum_deductible=amount(10e6))
        return evaluate([site, part], BUILDINGS, BUILDINGS, labels).paid

    assert paid("by_deductible") == pytest.approx(PUBLISHED, rel=2e-7)
    assert (paid("by_deductible") <= BUILDINGS).all()
    assert paid("by_payment")[0] > BUILDINGS[0]  # more than the loss: why the other is there
    assert paid("by_payment").sum() == pytest.approx(sum(PUBLISHED), rel=2e-7)


def test_what_was_deducted_in_full_can_be_given_back():
    levels = [by("site", deductible=amount(200)), by("policy", maximum_deductible=amount(50))]
    found = evaluate(levels, [60.0, 40.0, 100.0], [100.0] * 3, SITES)
    assert found.paid.tolist() == pytest.approx([45, 30, 75])
    assert found.paid.sum() == 150


def test_a_sub_limit_of_a_cause_leaves_the_others_alone():
    levels = [by("site", causes=("stop",), limit=amount(30)), by("policy", limit=amount(100))]
    losses = happened(3, event=[0, 0, 0], cause=[0, 1, 1])
    found = evaluate(levels, [60.0, 40.0, 20.0], [100.0], {"site": ["A"], "policy": ["P"]}, losses)
    assert found.paid.tolist() == [60, 20, 10]
    assert found.levels[0].group.tolist() == [NOWHERE, 0, 0]


def test_events_and_years_have_terms_of_their_own():
    losses = happened(5, year=[0, 0, 0, 1, 1], event=[0, 1, 0, 0, 0], item=[0, 0, 1, 0, 2])
    found = evaluate([by("site", deductible=amount(10))], [8.0, 30.0, 12.0, 50.0, 4.0],
                     [100.0] * 3, SITES, losses)  # fmt: skip
    assert found.paid.tolist() == [4, 20, 6, 40, 0]


def test_sums_over_the_term_and_over_policy_years():
    """Inception at 0.5: policy years are 0.5 to 1.5 and 1.5 to 2.5."""
    losses = happened(4, time=[2.0, 0.6, 1.4, 1.5])
    terms = {"deductible": amount(20), "limit": amount(50)}

    def paid(per):
        one = {"policy": ["P"]}
        found = evaluate([by("policy", per, **terms)], [30.0] * 4, [99.0], one, losses, [0.5])
        return found.paid.tolist()

    assert paid("term") == [0, 10, 30, 10]
    assert paid("policy_year") == [30, 10, 30, 10]


def test_losses_of_one_event_share_what_is_left_of_the_term():
    losses = happened(3, event=[7, 7, 3], time=[0.2, 0.3, 0.1])
    found = evaluate([by("policy", "term", limit=amount(50))], [30.0, 10.0, 20.0], [99.0],
                     {"policy": ["P"]}, losses)  # fmt: skip
    assert found.paid.tolist() == [22.5, 7.5, 20]


def test_periods():
    """Waiting counts from inception, the retroactive date from the cohort's start."""
    one = {"policy": ["P"]}

    def paid(times, inception=0.0, events=None, **terms):
        events = range(len(times)) if events is None else events
        losses = happened(len(times), time=times, event=events)
        found = evaluate([by("policy", **terms)], [10.0] * len(times), [99.0], one, losses,
                         [inception])  # fmt: skip
        assert found.levels[0].outside.sum() == 10 * len(times) - found.paid.sum()
        return found.paid.tolist()

    assert paid([0.5, 0.74, 0.75], inception=0.5, waiting=0.25) == [0, 0, 10]
    assert paid([-1.1, -1.0, 0.5], retroactive=-1.0) == [0, 10, 10]
    assert paid([0.2, 0.44, 0.45, 0.5], events=[1, 1, 1, 2], indemnity=0.25) == [10, 10, 0, 10]
    assert paid([-0.1, 0.1]) == [10, 10]


def test_a_loss_outside_a_period_uses_nothing_up():
    losses = happened(2, time=[0.1, 0.5])
    one = by("policy", "term", waiting=0.25, limit=amount(10))
    assert evaluate([one], [8.0, 8.0], [9.0], {"policy": ["P"]}, losses).paid.tolist() == [0, 8]


def test_a_loss_without_terms_is_paid_and_listed():
    levels = [Level(name="site", by="site", terms={"A": LevelTerms(limit=amount(10))})]
    labels = {"site": ["A", "B", None]}
    found = evaluate(levels, [60.0, 40.0, 5.0], [100.0] * 3, labels)
    assert found.paid.tolist() == [10, 40, 5]
    assert found.unmatched.tolist() == [1, 2]


def test_no_losses_and_no_levels():
    nothing = evaluate([by("site", limit=amount(1))], [], [100.0] * 3, SITES, happened(0))
    assert len(nothing.paid) == len(nothing.levels[0].loss) == 0
    assert evaluate([], [5.0], [9.0], {}).paid.tolist() == [5]


# --- Border

LIMITED = by("site", limit=amount(10))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"losses": [1.0, np.nan, 2.0]}, InvalidParameter, r"losses\[1\] must be finite and >= 0"),
        ({"losses": [1.0, 2.0, -2.0]}, InvalidParameter, r"losses\[2\] .*got -2"),
        ({"sums": [1.0, np.inf, 2.0]}, InvalidParameter, r"sums_insured\[1\] must be finite"),
        ({"sums": [1.0, 1.0]}, InvalidParameter, r"labels.site must have 2 entries.*item\[2\]"),
        ({"occurrences": happened(2)}, InvalidParameter, r"year must have 3 entries, one a loss"),
        ({"inception": [0.0]}, InvalidParameter, "inception must have 3 entries, one an item"),
        (
            {"occurrences": happened(3, item=[0, 3, 0])},
            InvalidParameter,
            r"occurrences.item\[1\] must be in \[0, 2\]",
        ),
        ({"level": replace(LIMITED, by="sit")}, NotFound, "'sit' is not known.*mean 'site'"),
        ({"level": replace(LIMITED, terms={"C": LevelTerms()})}, NotFound, "the site of level"),
        ({"level": replace(LIMITED, causes=("fier",))}, NotFound, "the cause of level 'site'"),
    ],
)
def test_what_cannot_be_used_is_refused(changes, error, message):
    given_ = {"level": LIMITED, "losses": [1.0] * 3, "sums": [1.0] * 3, "occurrences": None,
              "inception": None} | changes  # fmt: skip
    with pytest.raises(error, match=message):
        evaluate([given_["level"]], given_["losses"], given_["sums"], SITES,
                 given_["occurrences"], given_["inception"])  # fmt: skip


BOUNDS = by("policy", maximum_deductible=amount(5))
BELOW = [
    by("site", insured_share=0.1),
    by("site", layers=(Layer(name="a", share=0.5),)),
    by("site", "term", limit=amount(9)),
    by("site", "policy_year", limit=amount(9)),
]


@pytest.mark.parametrize("below", BELOW)
def test_deductibles_are_bounded_before_shares_and_sums_over_time(below):
    between = by("site", deductible=amount(1))
    assert len(evaluate([between, BOUNDS, below, between], [1.0] * 3, [1.0] * 3, SITES).paid) == 3
    with pytest.raises(Refused, match="level 'policy' bounds deductibles of policy 'P' above"):
        evaluate([below, between, BOUNDS], [1.0] * 3, [1.0] * 3, SITES)


def test_a_share_of_another_policy_does_not_matter():
    labels = {"site": ["A", "B"], "policy": ["P", "Q"]}
    shared = replace(BELOW[0], terms={"A": LevelTerms(insured_share=0.25)})
    for policy, refused in (("P", True), ("Q", False)):
        bounds = replace(BOUNDS, terms={policy: BOUNDS.terms[EVERY]})
        if refused:
            with pytest.raises(Refused, match="not defined"):
                evaluate([shared, bounds], [1.0] * 2, [1.0] * 2, labels)
        else:
            found = evaluate([shared, bounds], [1.0] * 2, [1.0] * 2, labels)
            assert found.paid.tolist() == [0.75, 1]


# --- What holds for all terms

FEW = settings(max_examples=30)

measures = st.one_of(
    st.floats(0.01, 3e5).map(amount),
    st.floats(0, 1).map(lambda share: ShareOfLoss(share=share)),
    st.floats(0, 0.5).map(lambda share: ShareOfSumInsured(share=share)),
)
vanishing = st.floats(1, 1e5).map(lambda a: VanishingDeductible(start=a, end=3 * a))
franchises = st.floats(1, 1e5).map(lambda a: Franchise(threshold=amount(a)))
layers = st.just(()) | st.tuples(
    st.floats(0.01, 1e5).map(lambda limit: Layer(name="low", limit=limit, share=0.4)),
    st.floats(0.01, 1e5).map(lambda start: Layer(name="high", attachment=start, share=0.5)),
)


@st.composite
def event_terms(draw, last=False, giving=True):
    """Terms of one level; a maximum deductible only where `giving`, shares only in the `last`."""
    given_ = {
        "deductible": draw(st.none() | measures | vanishing | franchises),
        "limit": draw(st.none() | measures),
    }
    bound = draw(st.sampled_from(["", "minimum_deductible", "maximum_deductible"]))
    if bound and (giving or bound == "minimum_deductible"):
        given_[bound] = amount(draw(st.floats(0.01, 3e5)))
    if last:
        given_ |= {"layers": draw(layers), "insured_share": draw(st.sampled_from([0.0, 0.2]))}
    return LevelTerms(**given_)


@st.composite
def policies(draw, giving=True):
    """Levels of site, policy event and policy term; 6 items; losses of 2 years and 3 events."""
    n = draw(st.integers(1, 12))
    give_back = draw(st.sampled_from(["by_payment", "by_deductible"]))
    levels = [
        by("site", give_back=give_back),
        by("policy", give_back=give_back),
        by("policy", "term", limit=amount(draw(st.floats(1, 1e6)))),
    ]
    levels[0] = replace(levels[0], terms={EVERY: draw(event_terms(giving=giving))})
    levels[1] = replace(levels[1], terms={EVERY: draw(event_terms(last=True, giving=giving))})
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    losses = rng.choice([0.0, 1.0, 1e3, 7e4 / 3, 2e5, 9e5], n)
    event = rng.integers(0, 3, n)
    where = happened(n, year=rng.integers(0, 2, n), event=event, time=event / 8,
                     item=rng.integers(0, 6, n), cause=rng.integers(0, 2, n))  # fmt: skip
    return levels[: draw(st.integers(1, 3))], losses, where


SUMS = np.array([1e5, 2e5, 1e6, 1e6, 1e4, 3e5])
SIX = {"site": list("AABBCD"), "policy": list("PPPPPQ")}


@FEW
@given(policies())
def test_the_ledger_of_each_level_adds_up(policy):
    levels, losses, where = policy
    found = evaluate(levels, losses, SUMS, SIX, where)
    before = losses
    for level in found.levels:
        n = len(level.loss)
        assert np.bincount(level.group, before, n) == pytest.approx(level.loss, rel=1e-12)
        assert (np.bincount(level.group, level.paid_rows, n) == level.paid).all()
        parts = level.outside + level.deducted + level.over + level.kept + level.paid
        assert parts == pytest.approx(level.loss, rel=1e-12, abs=1e-9)
        assert (level.paid >= 0).all()
        assert (level.kept >= -1e-9 * (1 + level.loss)).all()
        for name in level.layers:
            assert (level.layers[name] >= 0).all()
        if level.layers:
            assert sum(level.layers.values()) == pytest.approx(level.paid_rows, rel=1e-12)
        before = level.paid_rows
    assert (found.paid == before).all()


@FEW
@given(policies())
def test_a_policy_never_pays_more_than_its_losses(policy):
    levels, losses, where = policy
    found = evaluate(levels, losses, SUMS, SIX, where)
    whole = np.bincount(where.year, losses, 2)
    assert (np.bincount(where.year, found.paid, 2) <= whole * (1 + 1e-12)).all()
    if all(level.give_back == "by_deductible" for level in levels):
        assert (found.paid <= losses * (1 + 1e-9) + 1e-9).all()


@FEW
@given(policies())
def test_no_group_is_paid_more_than_its_limit(policy):
    levels, losses, where = policy
    found = evaluate(levels, losses, SUMS, SIX, where)
    for level, done in zip(levels, found.levels, strict=True):
        limit = level.terms[EVERY].limit
        if isinstance(limit, Amount) and level.per == "event":
            assert (done.paid <= limit.amount).all()
        elif isinstance(limit, Amount):
            years = where.year * 2 + np.isin(where.item, [5])
            assert (np.bincount(years, done.paid_rows) <= limit.amount * (1 + 1e-12)).all()


@FEW
@given(policies(giving=False), st.integers(0, 11), st.sampled_from([0.5, 10.0, 4e4]))
def test_more_loss_is_never_paid_less(policy, row, more):
    """Of the year, as a franchise or an earlier event may move payments between losses."""
    levels, losses, where = policy
    larger = losses.copy()
    larger[row % len(losses)] += more
    before, after = (evaluate(levels, one, SUMS, SIX, where).paid.sum() for one in (losses, larger))
    assert after >= before * (1 - 1e-12) - 1e-9


@FEW
@given(policies(giving=False), st.sampled_from([1.0, 1.5, 20.0]))
def test_a_larger_limit_is_never_paid_less(policy, factor):
    levels, losses, where = policy
    last, terms = levels[-1], levels[-1].terms[EVERY]

    def paid(limit):
        wider = replace(last, terms={EVERY: replace(terms, limit=amount(limit))})
        return evaluate([*levels[:-1], wider], losses, SUMS, SIX, where).paid.sum()

    assert paid(1e4 * factor) >= paid(1e4)


@FEW
@given(policies(giving=False), st.integers(0, 1), st.sampled_from([0.0, 10.0, 4e4]))
def test_a_larger_deductible_is_never_paid_more(policy, place, more):
    levels, losses, where = policy
    place = min(place, len(levels) - 1)

    def paid(deductible):
        terms = replace(levels[place].terms[EVERY], deductible=amount(deductible))
        changed = [*levels]
        changed[place] = replace(levels[place], terms={EVERY: terms})
        return evaluate(changed, losses, SUMS, SIX, where).paid.sum()

    assert paid(1e3 + more) <= paid(1e3) * (1 + 1e-12)


@FEW
@given(policies(), st.randoms())
def test_the_order_of_rows_does_not_matter(policy, random):
    levels, losses, where = policy
    order = list(range(len(losses)))
    random.shuffle(order)
    columns = {name: getattr(where, name)[order] for name in
               ("year", "event", "time", "item", "cause")}  # fmt: skip
    mixed = evaluate(levels, losses[order], SUMS, SIX, replace(where, **columns))
    straight = evaluate(levels, losses, SUMS, SIX, where)
    assert mixed.paid == pytest.approx(straight.paid[order], rel=1e-9, abs=1e-6)


@FEW
@given(policies())
def test_years_may_come_one_by_one(policy):
    levels, losses, where = policy
    whole = evaluate(levels, losses, SUMS, SIX, where).paid
    for year in (0, 1):
        here = where.year == year
        columns = {name: getattr(where, name)[here] for name in
                   ("year", "event", "time", "item", "cause")}  # fmt: skip
        alone = evaluate(levels, losses[here], SUMS, SIX, replace(where, **columns)).paid
        assert alone.tolist() == whole[here].tolist()


def times(value, factor):
    """Terms with all amounts times `factor`."""
    match value:
        case Amount():
            return amount(value.amount * factor)
        case Franchise():
            return replace(value, threshold=times(value.threshold, factor))
        case VanishingDeductible(start=start, end=end):
            return replace(value, start=start * factor, end=end * factor)
        case Layer(attachment=start, limit=limit):
            wide = limit and limit * factor
            return replace(value, attachment=start * factor, limit=wide)
        case LevelTerms():
            names = ("deductible", "minimum_deductible", "maximum_deductible", "limit")
            scaled = {name: times(getattr(value, name), factor) for name in names}
            bands = tuple(times(layer, factor) for layer in value.layers)
            return replace(value, **scaled, layers=bands)
        case Level():
            terms = {name: times(one, factor) for name, one in value.terms.items()}
            return replace(value, terms=terms)
    return value


@FEW
@given(policies(), st.sampled_from([1024.0, 1000.0]))
def test_another_unit_of_money_changes_nothing(policy, factor):
    """A power of two to the last bit; at 1,000 a franchise may see its threshold rounded."""
    levels, losses, where = policy
    small = evaluate(levels, losses, SUMS, SIX, where).paid
    scaled = [times(level, factor) for level in levels]
    large = evaluate(scaled, losses * factor, SUMS * factor, SIX, where).paid
    if factor == 1024:
        assert large.tolist() == (small * factor).tolist()
    else:
        assert large == pytest.approx(small * factor, rel=1e-9, abs=1e-3)
