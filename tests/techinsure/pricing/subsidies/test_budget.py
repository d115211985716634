"""The book of a scheme: what is free, reserved and paid is its total, whatever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from techinsure.errors import InvalidParameter, NotFound, Refused
from techinsure.pricing.subsidies.budget import Budget, BudgetEntry
from techinsure.pricing.subsidies.subsidy import subsidise
from tests.techinsure.pricing.subsidies.subsidy_cases import policy, scheme, yuan

few = settings(max_examples=60, deadline=None)


def book(total=100):
    return Budget(scheme="half", currency="CNY", total_minor=total)


def standing(one):
    return one.free_minor, one.reserved_minor, one.paid_minor


def test_reserve_pay_release_refund():
    one = book().reserve("a", "A", 2026, 60)
    assert (standing(one), one.used("A", 2026)) == ((40, 60, 0), 60)
    one = one.pay("a", 50)
    assert (standing(one), one.used("A", 2026)) == ((40, 10, 50), 60)
    one = one.release("a")
    assert (standing(one), one.used("A", 2026)) == ((50, 0, 50), 50)
    one = one.refund("a", 20)
    assert (standing(one), one.used("A", 2026)) == ((70, 0, 30), 30)
    assert (one.used("A", 2027), one.used("B", 2026)) == (0, 0)
    assert [entry.kind for entry in one.entries] == ["reserve", "pay", "release", "refund"]


def test_a_refund_restores_budget_and_room_exactly():
    terms = scheme(firm_year_cap="70", budget="100")
    before = Budget.of(terms).reserve("b", "Lan Chip", 2026, 10_00)
    first = subsidise(yuan(200), policy(), terms, used=10_00, budget=before)
    after = before.reserve("c", first.firm, first.year, first.state.amount_minor).pay("c")
    assert first.state == yuan(60)
    used = after.used("Lan Chip", 2026)
    assert subsidise(yuan(200), policy(), terms, used=used, budget=after).state == yuan(0)
    restored = after.refund("c")
    assert standing(restored) == standing(before)
    used = restored.used("Lan Chip", 2026)
    again = subsidise(yuan(200), policy(), terms, used=used, budget=restored)
    assert again == first


def test_what_is_not_free_is_refused():
    with pytest.raises(Refused, match="101 minor units are asked of the budget and 100 are free"):
        book().reserve("a", "A", 2026, 101)
    with pytest.raises(Refused, match="101 minor units"):
        book().reserve_all([("a", "A", 2026, 100), ("b", "B", 2026, 1)])
    assert book().reserve("a", "A", 2026, 100).free_minor == 0


def test_a_book_without_a_budget_keeps_what_firms_used():
    one = Budget.of(scheme()).reserve("a", "A", 2026, 10**15)
    assert (one.free_minor, one.used("A", 2026)) == (None, 10**15)


@pytest.mark.parametrize(
    ("verb", "amount", "said"),
    [
        ("pay", 61, "entries[1].amount_minor must be <= what is reserved, 60, got 61"),
        ("release", 61, "entries[1].amount_minor must be <= what is reserved, 60, got 61"),
        ("refund", 1, "entries[1].amount_minor must be <= what is paid, 0, got 1"),
        ("pay", -1, "amount_minor must be in [0,"),
    ],
)
def test_nobody_takes_what_is_not_there(verb, amount, said):
    one = book().reserve("a", "A", 2026, 60)
    with pytest.raises(InvalidParameter) as refused:
        getattr(one, verb)("a", amount)
    assert said in str(refused.value)
    with pytest.raises(NotFound, match="application 'aa' is not known"):
        getattr(one, verb)("aa")


def test_each_application_has_a_reference_of_its_own():
    with pytest.raises(InvalidParameter, match=r"entries\[1\]\.reference must be new, got 'a'"):
        book().reserve("a", "A", 2026, 1).reserve("a", "A", 2026, 1)


def entry(kind, reference="a", firm="A", amount=1):
    return BudgetEntry(kind=kind, reference=reference, firm=firm, year=2026, amount_minor=amount)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry("pay")], "entries[0].reference must be reserved before"),
        ([entry("reserve"), entry("pay", firm="B")], "entries[1].firm must be firm and year"),
        ([entry("reserve", amount=101)], "entries[0] must leave the total 100 whole"),
        (
            [entry("reserve", amount=60), entry("reserve", "b", amount=41), entry("release")],
            "entries[1] must leave the total 100 whole",
        ),
    ],
)
def test_a_book_that_does_not_add_up_does_not_load(entries, said):
    with pytest.raises(InvalidParameter) as refused:
        Budget(scheme="half", currency="CNY", total_minor=100, entries=tuple(entries))
    assert said in str(refused.value)


verbs = st.sampled_from(["reserve", "pay", "release", "refund"])


@few
@given(
    st.lists(st.tuples(verbs, st.sampled_from("abcd"), st.integers(0, 60)), max_size=20),
    st.integers(0, 200),
)
def test_free_reserved_and_paid_are_the_total_always(moves, total):
    one, mine = book(total), {"A": 0, "B": 0}
    for verb, reference, amount in moves:
        firm = "A" if reference in "ab" else "B"
        try:
            changed = (
                one.reserve(reference, firm, 2026, amount)
                if verb == "reserve"
                else getattr(one, verb)(reference, amount)
            )
        except (Refused, InvalidParameter, NotFound):
            continue
        mine[firm] += {"reserve": amount, "pay": 0}.get(verb, -amount)
        one = changed
        assert sum(standing(one)) == total
        assert min(standing(one)) >= 0
    assert {firm: one.used(firm, 2026) for firm in "AB"} == mine
    assert sum(mine.values()) == total - one.free_minor
    reader = TypeAdapter(Budget)
    assert reader.validate_json(reader.dump_json(one)) == one
