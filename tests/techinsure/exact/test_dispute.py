"""The closed forms of the dispute model against enumeration, chains, and simulation."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure import cover
from techinsure.errors import Undefined
from techinsure.exact import dispute as exact
from techinsure.models.dispute import DisputeClass
from techinsure.models.factors import Cohorts
from tests.reference.absorbing_chain import cost_moments, ends
from tests.techinsure.models.dispute_cases import (
    by_item,
    dispute,
    every,
    paid,
    patents,
    prior,
    z_score,
)

BUSY = prior(0.06, 0.9, "gamma")
DEDUCTIBLE = {"deductible_amount": np.array([60e3, 150e3])}


# --- One suit ----------------------------------------------------------------------------------


def test_mean_is_the_sum_over_listed_outcomes():
    """Costs and losses by 200,000 midpoints of their law, recoveries by 400."""
    model, held = dispute(), patents(["a"], units=3, relativity=1.7)
    u = (np.arange(200_000) + 0.5) / 200_000
    cost, loss = (law.quantile(u) for law in (model.classes["invention"].cost.law,
                                              model.classes["invention"].loss.law))  # fmt: skip
    recovery = model.recovery.law.quantile((np.arange(400) + 0.5) / 400)
    a, v, s, w = 0.60, 0.33, 0.50, 0.80
    enforcement = 0.85 * sum(
        chance * np.minimum(factor * cost, 200e3).mean()
        for chance, factor in ((a * s, 0.56), ((1 - a) * s, 0.4), (a * (1 - s), 1.4),
                               ((1 - a) * (1 - s), 1.0))
    )  # fmt: skip
    infringed = 0.80 * np.mean([
        s * np.minimum(0.5 * (1 - r) * loss, 1e6).mean()
        + (1 - s) * (1 - a * v) * w * np.minimum((1 - r) * loss, 1e6).mean()
        for r in recovery
    ])  # fmt: skip
    expected = 0.006 * 1.7 * 3 * (enforcement + infringed)
    assert exact.mean(model, held, every(held))[0] == pytest.approx(expected, rel=2e-5)


def test_mean_is_the_same_for_every_way_of_drawing():
    model, held = dispute(), patents(["a", "b"], family=["A", "A"], error=0.4)
    values = [exact.mean(model, held, every(held), drawn) for drawn in ("class", "item", "fixed")]
    assert (values[0] == values[1]).all()
    assert (values[0] == values[2]).all()


def test_conditional_mean_averages_to_the_mean():
    model = dispute()
    held = patents(["a", "b", "c"], risk_class=["invention", "utility", "invention"],
                   family=["A", "A", ""], sector=["f", "f", ""], error=[0, 0.5, 0.5])  # fmt: skip
    expected = exact.mean(model, held, every(held))
    for drawn in ("class", "item"):
        given = exact.conditional_mean(
            model, held, every(held), Cohorts(seed=1, n=40_000, drawn=drawn)
        )
        assert max(abs(z_score(g, e)) for g, e in zip(given, expected, strict=True)) <= 4
    fixed = replace(model, field_frailty=prior(0.0))
    known = patents(["a"])
    given = exact.conditional_mean(fixed, known, every(known), Cohorts(seed=1, n=5, drawn="fixed"))
    assert given == pytest.approx(exact.mean(fixed, known, every(known))[0], rel=1e-12)


def test_cost_only_cover_costs_at_most_the_full_cover():
    model, full = dispute(), patents(["a"])
    costs, losses = (
        patents(["a"], covered=(cause,)) for cause in ("enforcement", "infringed_loss")
    )
    whole, part, other = (exact.mean(model, held, every(held))[0] for held in (full, costs, losses))
    assert 0 < part < whole
    assert part + other == pytest.approx(whole, rel=1e-14)


def test_waiting_shortens_the_term():
    model = dispute()
    held = patents(["a", "b"], covered=("enforcement",), inception=np.array([0.0, 0.5]),
                   terms={"waiting": np.array([0.25, 0.0])})  # fmt: skip
    none = patents(["a", "b"], covered=("enforcement",))
    ratio = exact.mean(model, held, every(held)) / exact.mean(model, none, every(none))
    assert ratio == pytest.approx([0.75, 1.0])  # the second incepts after the waiting period


def test_a_class_without_loss_and_certain_parameters():
    """Settled for certain: 0.4 of the cost, of which the policy pays all."""
    kind = DisputeClass(title={}, cost=prior(100.0, 0.5, "lognormal"), void=prior(0.0))
    certain = {"suit_rate": 0.01, "attack": 0.0, "settled": 1.0, "recovery": 0.0,
               "settled_loss": 0.0, "field_frailty": 0.0}  # fmt: skip
    model = dispute(classes={"only": kind}, **{n: prior(p) for n, p in certain.items()})
    held = patents(["a"], risk_class="only", terms={"insured_share": np.zeros(2)})
    assert exact.mean(model, held, every(held))[0] == pytest.approx(0.01 * 0.4 * 100, rel=1e-12)
    assert exact.claim_probability(model, held, every(held)) == pytest.approx(1 - np.exp(-0.01))


# --- The chain of a suit as an absorbing Markov chain -------------------------------------------


def test_outcomes_and_cost_moments_are_those_of_the_absorbing_chain():
    """States: suit; attacked, free; settled or judged with the attack, and without, which carry
    the whole cost. Ends: settled, won, lost or void. The identity: N a and N y for the list."""
    a, v, s, w, mean, square = 0.6, 0.33, 0.5, 0.8, 130e3, 130e3**2 * (1 + 1.2**2)
    q = np.zeros((7, 7))
    q[0, 1], q[0, 2] = a, 1 - a
    q[1, 3], q[1, 4], q[2, 5], q[2, 6] = s, 1 - s, s, 1 - s
    end = np.zeros((7, 3))
    end[3, 0] = end[5, 0] = 1
    end[4, 1], end[6, 1] = (1 - v) * w, w
    end[4, 2], end[6, 2] = 1 - (1 - v) * w, 1 - w
    factor = np.array([0, 0, 0, 1.4 * 0.4, 1.4, 0.4, 1.0])
    listed = exact.outcome_chances(*(np.array(p) for p in (a, v, s, w)))
    assert listed.sum() == pytest.approx(1, abs=1e-15)
    assert ends(q, end)[0] == pytest.approx(listed.reshape(3, 2).sum(axis=1), abs=1e-15)
    first, second = cost_moments(q, factor * mean, factor**2 * square)
    of_outcome = np.array([0.56, 0.4, 1.4, 1.0, 1.4, 1.0])
    assert first[0] == pytest.approx(listed @ of_outcome * mean, rel=1e-14)
    assert second[0] == pytest.approx(listed @ of_outcome**2 * square, rel=1e-14)


def test_second_moment_of_a_chain_with_costs_on_the_way():
    """Notice, first instance, appeal, invalidation, with returns; ends settled, won, lost."""
    q = np.array([[0, 0.5, 0, 0.2], [0, 0, 0.3, 0.3], [0, 0.1, 0, 0], [0, 0.6, 0, 0]])
    end = np.array([[0.3, 0, 0], [0.2, 0.1, 0.1], [0.1, 0.5, 0.3], [0.1, 0, 0.3]])
    mean, cv = np.array([0.05, 0.4, 0.3, 0.2]), np.array([1.0, 1.2, 0.8, 0.5])
    first, second = cost_moments(q, mean, mean**2 * (1 + cv**2))
    rng, n = np.random.default_rng(4), 400_000
    step = np.cumsum(np.hstack([q, end]), axis=1)
    state, cost = np.zeros(n, dtype=int), np.zeros(n)
    while (live := np.nonzero(state < 4)[0]).size:
        sigma = np.sqrt(np.log1p(cv**2))[state[live]]
        scores = rng.standard_normal(live.size)
        cost[live] += mean[state[live]] * np.exp(sigma * scores - sigma**2 / 2)
        state[live] = (rng.random(live.size)[:, None] > step[state[live]]).sum(axis=1)
    assert abs(z_score(cost, first[0])) <= 4
    assert abs(z_score(cost**2, second[0])) <= 4
    for number, chance in enumerate(ends(q, end)[0]):
        assert abs(z_score(state == 4 + number, chance)) <= 4


# --- Claims ------------------------------------------------------------------------------------


def claims(held, rows, n):
    """(n_items, n_years) how many suits pay each item."""
    pays = rows.loss > 0
    suit = np.unique(np.rec.fromarrays([rows.item[pays], rows.year[pays], rows.event[pays]]))
    cell = suit.f0.astype(np.int64) * n + suit.f1
    return np.bincount(cell, minlength=held.n_items * n).reshape(held.n_items, n)


CLAIM_CASES = {
    "each patent alone": {"units": 5},
    "a family": {"family": ["A"] * 3, "units": 4, "relativity": [0.5, 1.3, 3.0]},
    "no field": {"sector": "", "units": 4, "relativity": 2.0},
    "errors": {"units": 5, "error": [0.4, 1.2, 0.0]},
    "errors without field": {"units": 5, "error": 0.8, "sector": ""},
    "terms that differ": {"family": ["A", "A", ""], "inception": np.array([0, 0.5, 0.2]),
                          "term": np.array([1.0, 2.0, 0.5]), "units": 3},
    "losses only": {"covered": ("infringed_loss",), "units": 4, "family": ["A", "A", ""]},
    "a deductible": {"units": 3, "family": ["A", "A", ""], "terms": DEDUCTIBLE},
    "waiting for costs": {"units": 3, "family": ["A", "A", ""],
                          "terms": {"waiting": np.array([0.5, 0.0])} | DEDUCTIBLE},
    "waiting for losses": {"units": 3, "terms": {"waiting": np.array([0.0, 0.7])}},
    "classes": {"risk_class": ["invention", "utility", "design"], "family": ["A", "A", "B"]},
}  # fmt: skip


@pytest.mark.parametrize("name", CLAIM_CASES)
def test_claims_of_a_policy(name):
    model, n = dispute(suit_rate=BUSY), 12_288
    held = patents(["a", "b", "c"], **CLAIM_CASES[name])
    counts = claims(held, paid(model, held, n, seed=5), n)
    expected = exact.expected_claims(model, held, every(held))
    assert max(abs(z_score(c, e)) for c, e in zip(counts, expected, strict=True)) <= 4
    probability = exact.claim_probability(model, held, every(held))
    assert abs(z_score(counts.sum(axis=0) > 0, probability)) <= 4
    assert probability < expected.sum()


def test_claim_probability_of_one_patent_is_one_less_the_gamma_transform():
    """Without frailty P(no suit) = (1 + cv**2 * rate)**(-1 / cv**2)."""
    model, held = dispute(field_frailty=prior(0.0)), patents(["a"], relativity=2.0)
    expected = 1 - (1 + 0.9**2 * 0.012) ** (-1 / 0.9**2)
    found = exact.claim_probability(model, held, every(held))
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_claim_is_paid_with_the_probability_of_the_listed_outcomes():
    """Above a deductible: enumeration of cost and loss by `cover` at the means of the draws."""
    model = dispute(suit_rate=prior(0.01))
    held = patents(["a"], terms=DEDUCTIBLE)
    u = (np.arange(2_000) + 0.5) / 2_000
    cost = model.classes["invention"].cost.law.quantile(u)
    left = (1 - model.recovery.law.quantile(u[::10]))[:, None]
    loss = left * model.classes["invention"].loss.law.quantile(u)

    def chance(row, amounts):
        rows = np.full(amounts.size, row)
        return (cover.paid(held.terms, rows, amounts.ravel()) > 0).mean()

    a, v, s, w = 0.60, 0.33, 0.50, 0.80
    pays = 0.0
    for attacked, p in ((1.4, a), (1.0, 1 - a)):
        win = w * (1 - v if attacked > 1 else 1)
        for factor, lost, q in ((0.4, 0.5, s), (1, 1, (1 - s) * win), (1, 0, (1 - s) * (1 - win))):
            none = (1 - chance(0, cost * factor * attacked)) * (1 - chance(1, loss * lost))
            pays += p * q * (1 - none)
    assert exact.expected_claims(model, held, every(held))[0] == pytest.approx(
        0.01 * pays, rel=2e-3
    )


def test_what_is_beyond_a_quadrature_is_undefined_by_name():
    model = dispute()
    held = patents(["a", "b"], risk_class=["invention", "utility"], terms=DEDUCTIBLE)
    with pytest.raises(Undefined, match="outcomes of several classes"):
        exact.claim_probability(model, held, every(held))
    held = patents(["a", "b"], family=["A", "A"], error=[0.0, 0.3])
    with pytest.raises(Undefined, match="family/A has several items whose relativities"):
        exact.claim_probability(model, held, every(held))


def test_a_total_payment_of_a_policy_agrees_in_mean():
    model, n = dispute(suit_rate=BUSY), 12_288
    for case in CLAIM_CASES.values():
        held = patents(["a", "b", "c"], **case)
        annual = by_item(held, paid(model, held, n, seed=6), n).sum(axis=0)
        assert abs(z_score(annual, exact.mean(model, held, every(held)).sum())) <= 4
