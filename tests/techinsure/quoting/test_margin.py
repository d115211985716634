"""A risk's share of the tail: two routes to it, its sum over a portfolio, its error."""

from dataclasses import replace

import numpy as np
import pytest

import techinsure as ti
from techinsure import cover, exact
from techinsure.catalogue import shipped
from techinsure.losses import measures
from techinsure.quotes import PriceRequest
from techinsure.quoting import margin
from techinsure.quoting.margin import (
    COPIES,
    reference_digest,
    reference_losses,
    reference_portfolio,
    share,
)
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.simulation import simulate

CATALOGUE = shipped()
RD, LAB, PATENT = (CATALOGUE.product(code) for code in ("rd_loss", "equipment_loss", "patent"))
KNOWN = {
    "rd_loss": {"high_tech": "no", "trl": "trl_4_5", "novelty": "moderate",
                "team_record": "no_record", "innovation_points": "q3"},
    "equipment_loss": {}, "patent": {"field": "electronic", "selection": "neutral"},
}  # fmt: skip
YEARS = 4_000


def risk(product, terms=None, **exposure):
    request = {"product": product.code, "exposure": exposure, "terms": terms or {},
               "insured": {"stage": "growth", "factors": KNOWN[product.code]}}  # fmt: skip
    return rate(product, read(PriceRequest, request)).portfolio


def project(own, **more):
    return risk(RD, risk_class="chip", budget=own, route="other", **more)


def losses(product, risk_class="all", seed=5, n_years=YEARS):
    return reference_losses(product, risk_class, seed=seed, n_years=n_years)


@pytest.fixture(scope="module")
def research():
    return losses(RD)


# --- The reference portfolios


SHAPES = {
    ("rd_loss", "chip"): (200, "risk_class", 5, 40),
    ("equipment_loss", "lab"): (50, "park", 10, 5),
    ("equipment_loss", "wafer_fab"): (20, "park", 5, 4),
    ("patent", "design"): (300, "sector", 4, 75),
}


@pytest.mark.parametrize(("code", "risk_class"), SHAPES)
def test_reference_portfolios_have_their_documented_shape(code, risk_class):
    product = CATALOGUE.product(code)
    held = reference_portfolio(product, risk_class)
    n, column, groups, of_each = SHAPES[code, risk_class]
    counts = np.unique(getattr(held, column).codes, return_counts=True)[1]
    assert (held.n_items, counts.tolist()) == (n, [of_each] * groups)
    assert len(set(held.risk_unit.texts())) == len(set(held.policy.texts())) == n
    for target in product.model.targets:  # at the base of all factors, without error
        assert (held.inputs[target] == 1).all()
        assert (held.inputs[f"{target}_error"] == 0).all()


def test_the_reference_of_research():
    held = reference_portfolio(RD, "general")
    assert len(held.route.names) == 5
    assert np.unique(held.sum_insured, return_counts=True)[0].tolist() == [1e6, 2e6, 5e6, 1e7]
    assert reference_portfolio(PATENT, "design").units.tolist() == [8] * 300


def test_reference_losses_say_what_they_are_of(research):
    assert (research.seed, research.n_years, research.n_items) == (5, YEARS, 200)
    assert research.digest == reference_digest(RD, "chip") != reference_digest(PATENT, "design")
    assert research.annual.shape == (YEARS,)
    with pytest.raises(ValueError, match="read-only"):
        research.annual[0] = 0


# --- Which route, and that both lead to one place


def test_a_small_risk_is_taken_at_its_conditional_mean(research):
    bound = 0.01 * measures.quantile(research.annual, 0.995)
    assert share(RD, project(bound * 0.999), research).basis == "conditional_mean"
    assert share(RD, project(bound * 1.001), research).basis == "euler_share"


def test_every_cover_counts_for_the_size_of_a_risk():
    """A patent of little cost may be insured for a large loss, a cheap tool for a long stop."""
    patents, labs = losses(PATENT), losses(LAB, "lab")
    small = risk(PATENT, groups=[{"sum_insured": 1000.0}])
    large = risk(PATENT, groups=[{"sum_insured": 1000.0, "loss_sum_insured": 1e9}])
    assert share(PATENT, small, patents).basis == "conditional_mean"
    assert share(PATENT, large, patents).basis == "euler_share"
    tools = {"items": [{"value": 1000.0}, {"value": 10.0}]}
    assert share(LAB, risk(LAB, **tools), labs).basis == "conditional_mean"
    stopped = risk(LAB, terms={"daily_cost": 1e5}, **tools)
    assert share(LAB, stopped, labs).basis == "euler_share"


def test_an_aggregate_limit_needs_the_simulation(research):
    limited = risk(RD, terms={"aggregate_limit": 1e5}, budget=1e5)
    assert share(RD, limited, research).basis == "euler_share"


def test_terms_without_a_conditional_mean_are_simulated(research):
    """A waiting period of a project has no closed form."""
    held = project(1e5)
    terms = replace(held.terms, waiting=np.full(len(held.terms), 0.5))
    assert share(RD, replace(held, terms=terms), research).basis == "euler_share"


RISKS = {
    "rd_loss": (RD, "chip", {"risk_class": "chip", "budget": 4e5, "route": "other"}),
    "patent": (PATENT, "invention", {
        "sector": "health", "groups": [{"sum_insured": 2e4, "loss_sum_insured": 1e4}]}),
    "lab": (LAB, "lab", {"park": "other", "items": [{"value": 2e4, "units": 8}]}),
}  # fmt: skip


@pytest.mark.parametrize("name", RISKS)
def test_both_routes_agree_where_both_apply(name, monkeypatch):
    """Several seeds together: one tail of 20 years is skewed."""
    product, risk_class, exposure = RISKS[name]
    held, found = risk(product, **exposure), {}
    references = [losses(product, risk_class, seed) for seed in range(3)]
    for basis, small in (("conditional_mean", np.inf), ("euler_share", 0.0)):
        monkeypatch.setattr(margin, "SMALL", small)
        shares = [share(product, held, reference) for reference in references]
        assert {s.basis for s in shares} == {basis}
        value = np.mean([s.tail.value for s in shares])
        error = np.hypot.reduce([s.tail.standard_error for s in shares]) / len(shares)
        found[basis] = (value, error)
    (given, e1), (euler, e2) = found.values()
    assert abs(given - euler) < 4 * np.hypot(e1, e2)
    assert given > 0
    assert e1 < e2  # no noise of the risk's own


def test_the_share_scales_with_the_risk(research):
    """Deductible and cap are shares of the sum insured, so the payment scales with it."""
    once, twice = (share(RD, project(own), research).tail for own in (2e5, 4e5))
    assert twice.value == pytest.approx(2 * once.value, rel=1e-9)
    assert twice.standard_error == pytest.approx(2 * once.standard_error, rel=1e-9)
    # the large risk is a part of its own tail: its share grows faster than it does
    one, ten = (share(RD, project(own), research).tail for own in (3e6, 3e7))
    assert ten.value > 10 * one.value


def test_shares_of_a_whole_portfolio_sum_to_its_tail():
    """Euler: 200 projects' shares of the tail of their sum, and what `share` means by it."""
    held = reference_portfolio(RD, "all")
    table = simulate(held, {"rd_loss": RD.model}, seed=5, n_years=2000)
    parts = np.zeros((held.n_items, 2000))
    np.add.at(parts, (table.item, table.year), table.loss)
    shares = measures.co_tvar(parts, table.annual(), 0.995)
    tail = measures.tvar(table.annual(), 0.995).value
    assert sum(s.value for s in shares) == pytest.approx(tail, rel=1e-9)
    # the conditional means carry what is common to all, not the projects' own noise
    given = np.concatenate([
        exact.conditional_mean(RD.model, held, np.arange(200, dtype=np.int32), block)
        for block in margin.cohort_blocks(5, 2000)
    ], axis=1)  # fmt: skip
    smooth = measures.co_tvar(given, table.annual(), 0.995)
    total = sum(s.value for s in smooth)
    assert table.annual().mean() < total < tail


def test_the_copies_are_the_risk_again(research):
    """Each copy has the risk's mean; they are independent but for the year they share."""
    held = project(5e6)
    own = margin._copies(RD, held, research)
    assert own.shape == (COPIES, YEARS)
    mean = exact.mean(RD.model, held, np.zeros(1, np.int32))[0]
    error = own.mean(axis=0).std() / YEARS**0.5
    assert own.mean() == pytest.approx(mean, abs=4 * error)
    together = np.corrcoef(own)[np.triu_indices(COPIES, 1)]
    assert 0 < together.mean() < 0.3


def test_copies_one_at_a_time_are_the_same_bit_for_bit(monkeypatch):
    """What is simulated together decides the memory, not the figures."""
    held = risk(LAB, park="other", items=[{"value": 1e6, "units": 50}, {"value": 2e5}])
    labs = losses(LAB, "lab", n_years=1500)
    together = margin._copies(LAB, held, labs)
    for unit_years in (1, 3 * 51 * 1024):  # one at a time; three, and the last alone
        monkeypatch.setattr(margin, "UNIT_YEARS", unit_years)
        assert margin._copies(LAB, held, labs).tobytes() == together.tobytes()


def test_the_copies_keep_to_terms_and_events():
    """Interruption, fire of the whole site, aggregate limit: each copy is paid as the risk is."""
    held = risk(LAB, terms={"aggregate_limit": 3e5, "daily_cost": 2e4, "indemnity_days": 30.0},
                park="other", items=[{"value": 1e6, "units": 5}, {"value": 2e5}])  # fmt: skip
    own = margin._copies(LAB, held, losses(LAB, "lab", n_years=2000))
    assert own.max() == pytest.approx(3e5)
    alone = simulate(held, {"equipment_loss": LAB.model}, seed=5, n_years=2000).annual()
    spread = np.hypot(own.mean(axis=0).std(), alone.std()) / 2000**0.5
    assert own.mean() == pytest.approx(alone.mean(), abs=4 * spread)


@pytest.mark.parametrize("own", [3e5, 5e6], ids=["conditional mean", "euler share"])
def test_the_error_is_about_right(own):
    """Over 20 seeds the spread of the value is what its error says, within a third or so."""
    held, found = project(own), []
    for seed in range(20):
        found.append(share(RD, held, losses(RD, seed=100 + seed, n_years=1000)).tail)
    spread = np.std([tail.value for tail in found], ddof=1)
    said = np.sqrt(np.mean([tail.standard_error**2 for tail in found]))
    assert 0.6 < spread / said < 1.6


def test_the_same_again(research):
    for own in (1e5, 5e6):
        first, again = (share(RD, project(own), research) for _ in range(2))
        assert (first.tail, first.basis) == (again.tail, again.basis)


def test_the_margin_uses_the_terms(research):
    """A larger deductible leaves a smaller share."""
    for own in (1e5, 5e6):
        little, much = (
            share(RD, risk(RD, terms={"deductible": d}, budget=own), research).tail.value
            for d in (0.05, 0.25)
        )
        assert much < little


def test_no_rows_no_share(research):
    """Whatever is insured in full by the insured itself costs nothing."""
    held = project(5e6)
    free = replace(held, terms=replace(held.terms, insured_share=np.ones(len(held.terms))))
    found = share(RD, free, research).tail
    assert (found.value, found.standard_error) == (0, 0)
    assert cover.paid(free.terms, np.zeros(1, np.int32), np.array([1e6])).tolist() == [0]


def test_a_risk_without_a_loss_in_the_tail_gets_its_mean_there_and_an_error():
    """One patent: none of its copies is sued in the 5 tail years; 0 +- 0 would be a false price."""
    group = {"patents": 1, "sum_insured": 300_000}
    run = {"n_years": 1000, "seed": 20_260_101}
    quote = ti.price({"product": "patent", "exposure": {"groups": [group]}, "simulation": run})
    assert quote.margin.basis == "conditional_mean"
    assert quote.margin.tail.value > quote.premium.pure.value
    assert quote.margin.tail.standard_error > 0
