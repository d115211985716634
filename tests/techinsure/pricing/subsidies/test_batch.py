"""Applications at one time: one ratio, whatever their order, and not a fen lost or made."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.pricing.subsidies.batch import Application, shared, subsidise_batch
from techinsure.pricing.subsidies.budget import Budget
from techinsure.pricing.subsidies.schemes import Eligibility
from techinsure.pricing.subsidies.subsidised import SparseData
from techinsure.pricing.subsidies.subsidy import subsidise
from tests.techinsure.pricing.subsidies.subsidy_cases import cny, policy, scheme, yuan

few = settings(max_examples=80, deadline=None)


def application(reference, premium, firm="", **given):
    insured = policy(firm=firm or reference, **given)
    return Application(reference=reference, premium=cny(premium), policy=insured)


def paid(batch):
    return {name: one.state.amount_minor for name, one in batch.subsidies.items()}


def test_a_budget_that_is_too_small_covers_one_ratio_of_all():
    """300, 200 and 100 fen are asked of 200: a third of each, 66.67 the largest remainder."""
    terms = scheme(budget="2.00")
    asked = [application("x", 600), application("y", 400), application("z", 200)]
    batch = subsidise_batch(asked, terms, Budget.of(terms))
    assert batch.ratio == "1/3"
    assert paid(batch) == {"x": 100, "y": 67, "z": 33}
    assert batch.subsidies["y"].insured == cny(333)
    last = batch.subsidies["x"].steps[-1]
    assert (last.name, last.binding) == ("budget", True)
    assert last.why == "the budget covers 33.33% of what all ask together"
    assert [one.name for one in batch.subsidies["x"].steps].count("budget") == 1
    assert (batch.budget.free_minor, batch.budget.reserved_minor) == (0, 200)


def test_a_budget_that_is_enough_pays_all():
    terms = scheme(budget="3.00")
    asked = [application("x", 600)]
    batch = subsidise_batch(asked, terms, Budget.of(terms))
    assert (batch.ratio, paid(batch)) == ("1", {"x": 300})
    alone = subsidise(cny(600), policy(firm="x"), terms, budget=Budget.of(terms))
    assert batch.subsidies["x"].state == alone.state


def test_what_earlier_applications_took_is_gone():
    terms = scheme(budget="3.00", firm_year_cap="2.00")
    book = Budget.of(terms).reserve("before", "x", 2026, 150)
    batch = subsidise_batch([application("x", 600), application("y", 600)], terms, book)
    assert paid(batch) == {"x": 30, "y": 120}
    assert batch.ratio == "3/5"


def test_applications_of_one_firm_share_its_room():
    terms = scheme(firm_year_cap="1.00")
    asked = [
        application("a", 600, "F"),
        application("b", 200, "F"),
        application("c", 600, "G"),
        application("d", 600, "F", start="2027-01-01"),
    ]
    batch = subsidise_batch(asked, terms, Budget.of(terms))
    assert paid(batch) == {"a": 50, "b": 50, "c": 100, "d": 100}
    step = batch.subsidies["a"].step("applications_of_firm")
    assert (step.before_minor, step.after_minor, step.binding) == ("100", "50", True)
    assert step.why == "the applications of one firm share its room of 2026"
    assert batch.budget.used("F", 2026) == 100


def test_applications_of_one_firm_share_what_it_has_not_used():
    terms = scheme(firm_year_cap="1.00")
    book = Budget.of(terms).reserve("before", "F", 2026, 40)
    asked = [application("a", 600, "F"), application("b", 600, "F")]
    assert paid(subsidise_batch(asked, terms, book)) == {"a": 30, "b": 30}


def test_who_is_not_eligible_takes_nothing_from_the_others():
    terms = scheme(budget="1.00", eligible=Eligibility(regions=("suzhou",)))
    asked = [application("a", 400), application("b", 400, region="suzhou")]
    batch = subsidise_batch(asked, terms, Budget.of(terms))
    assert paid(batch) == {"a": 0, "b": 100}
    assert [one.name for one in batch.subsidies["a"].steps] == ["eligible"]
    assert list(batch.budget.positions()) == ["b"]


def test_others_earlier_years_and_sparse_data_of_an_application():
    terms = scheme(share="1", policy_amount_cap="1.00", pays="sparse_data_loading")
    sparse = SparseData(mean_term=0.9, capital_term=0.0, loadings=0.0)
    one = Application(
        reference="a", premium=cny(100), policy=policy(), others_minor=15,
        paid_before_minor=20, sparse=sparse,
    )  # fmt: skip
    found = subsidise_batch([one], terms, Budget.of(terms)).subsidies["a"]
    assert [found.step(name).after_minor for name in ("sparse_data", "policy_amount_cap")] == [
        "90", "80",
    ]  # fmt: skip
    assert (found.state, found.others, found.insured) == (cny(80), cny(15), cny(5))


def test_references_differ_and_the_book_is_the_schemes():
    terms = scheme(budget="1.00")
    twice = [application("a", 100), application("a", 200)]
    with pytest.raises(InvalidParameter, match="applications must have different references"):
        subsidise_batch(twice, terms, Budget.of(terms))
    other = Budget(scheme="other", currency="CNY", total_minor=100)
    with pytest.raises(InvalidParameter, match="budget must be the book of half in CNY"):
        subsidise_batch([application("a", 100)], terms, other)
    with pytest.raises(InvalidParameter, match="others_minor must be in"):
        Application(reference="a", premium=yuan(1), policy=policy(), others_minor=-1)


def test_no_application_takes_nothing():
    terms = scheme(budget="1.00")
    batch = subsidise_batch([], terms, Budget.of(terms))
    assert (batch.ratio, batch.subsidies, batch.budget) == ("1", {}, Budget.of(terms))


asking = st.lists(
    st.tuples(st.integers(0, 10**7), st.sampled_from(["F", "G", ""])), min_size=1, max_size=9
)


@few
@given(asking, st.integers(0, 10**7), st.integers(0, 10**7), st.randoms(use_true_random=False))
def test_order_free_nothing_lost_nothing_made_no_cap_exceeded(listed, total, room, random):
    text = f"{total // 100}.{total % 100:02d}"
    terms = scheme(budget=text, firm_year_cap=f"{room // 100}.{room % 100:02d}")
    applications = [
        application(f"r{place}", premium, firm) for place, (premium, firm) in enumerate(listed)
    ]
    batch = subsidise_batch(applications, terms, Budget.of(terms))
    shuffled = random.sample(applications, len(applications))
    assert subsidise_batch(shuffled, terms, Budget.of(terms)) == batch

    parts = batch.subsidies
    assert sum(paid(batch).values()) == batch.budget.reserved_minor <= total
    for one in parts.values():
        assert one.state.amount_minor + one.insured.amount_minor == one.premium.amount_minor
        assert 2 * one.state.amount_minor <= one.premium.amount_minor
        assert batch.budget.used(one.firm, one.year) <= room
    asked = sum(one.steps[-1].before for one in parts.values())
    assert sum(paid(batch).values()) == min(asked, total)
    ratio = Fraction(batch.ratio)
    for one in parts.values():
        assert abs(one.state.amount_minor - ratio * one.steps[-1].before) < 1


def test_a_tie_goes_to_the_first_name():
    assert shared({"b": 1, "a": 1}, 1) == {"a": 1, "b": 0}


@few
@given(
    st.dictionaries(st.text(max_size=3), st.integers(0, 10**12), max_size=8), st.integers(0, 10**12)
)
def test_a_shortage_is_shared_exactly(owed, free):
    parts = shared(owed, free)
    assert sum(parts.values()) == min(free, sum(owed.values()))
    assert all(0 <= parts[name] <= owed[name] for name in owed)
    assert shared(dict(reversed(owed.items())), free) == parts
    assert shared(owed, None) == owed
