"""A risk at the margin of a pool: what it does to the net tail, and its part of the treaties."""

from dataclasses import replace

import numpy as np
import pytest

import techinsure as ti
from techinsure.catalogue import Catalogue
from techinsure.errors import InvalidParameter, Refused
from techinsure.losses import measures
from techinsure.losses.paired import tail_mean
from techinsure.quotes import PriceRequest
from techinsure.quoting.in_pool import Pooled, _cost, price_in_pool
from techinsure.quoting.margin import WORLDS
from techinsure.quoting.rating import rate
from techinsure.reading import read
from tests.techinsure.asked import CATALOGUE, project, request
from tests.techinsure.losses.annual_values import worst_mean

RUN = {"n_years": 1000, "seed": 3}
MEMBERS = [{"name": "A", "written": "1", "capital_and_reserves": 1e9, "lead": True}]
ROWS = [
    {"product": "rd_loss", "risk_class": "chip", "sum_insured": 4e6, "route": "r"},
    {"product": "rd_loss", "risk_class": "general", "sum_insured": 2e6},
    {"product": "rd_loss", "risk_class": "software", "sum_insured": 3e6, "route": "r"},
    {"product": "patent", "risk_class": "invention", "sum_insured": 1e6, "units": 5},
]  # fmt: skip
SHARE = {"name": "share", "treaty": {"kind": "quota_share", "share": 0.4, "commission": 0.28}}
LAYER = {
    "name": "layer",
    "net_of": ["share"],
    "treaty": {
        "kind": "excess_of_loss", "basis": "risk_unit", "attachment": 4e5, "limit": 1e6,
        "premium": 60_000.0, "reinstatement_rates": [1.0],
    },
}  # fmt: skip
WHOLE = {"name": "whole", "treaty": {"kind": "quota_share", "share": 1.0, "commission": 1.0}}
RD = CATALOGUE.product("rd_loss")


def pool(*treaties, rows=ROWS, **run):
    return ti.run_pool({
        "portfolio": {"rows": rows}, "programme": {"treaties": list(treaties)},
        "pool": {"name": "P", "currency": "CNY", "members": MEMBERS},
        "simulation": {**RUN, **run},
    })  # fmt: skip


@pytest.fixture(scope="module")
def bare():
    return pool()


@pytest.fixture(scope="module")
def covered():
    return pool(SHARE, LAYER)


def asked(budget=4e6, **changes):
    whole = project(budget, risk_class="chip", route="r")
    return {**whole, "simulation": dict(RUN), "drivers": False, **changes}


def risk_of(whole, product=RD):
    return rate(product, read(PriceRequest, whole)).portfolio


def around(report):
    return Pooled(pool=report, catalogue=CATALOGUE)


def cost_of(quote):
    return quote.premium.waterfall.step("reinsurance_cost")


# --- The pool around the risk


@pytest.mark.parametrize("budget", [1e4, 4e7])
def test_the_pools_own_rows_do_not_move_when_a_risk_joins(bare, budget):
    cession, own = around(bare)._ceded(RD, risk_of(asked(budget)), "dependent")
    joined = cession.table
    for column in ("year", "time", "item", "cause", "loss"):
        rows = getattr(joined, column)[~own]
        assert rows.tobytes() == getattr(bare.losses, column).tobytes(), column
    assert own.any()


def test_risk_and_pool_share_their_draws():
    """The same project again fails with those of its class and route."""
    longer = pool(n_years=8000)
    cession, own = around(longer)._ceded(RD, risk_of(asked()), "dependent")
    table = cession.table
    risk, chip = (table.annual(np.where(rows, table.loss, 0.0)) > 0
                  for rows in (own, table.item == 0))  # fmt: skip
    assert np.corrcoef(risk, chip)[0, 1] > 3 / 8000**0.5


def test_capital_is_the_share_of_the_net_tail_less_the_mean_net(covered):
    product = replace(RD, capital=replace(RD.capital, level=0.95))
    risk, price = risk_of(asked()), product.capital.rate
    found = around(covered).share(product, risk)
    capital = {}
    for world in WORLDS:
        cession, own = around(covered)._ceded(product, risk, world)
        assert np.array_equal(own, cession.table.item == 4)
        net = cession.table.annual(np.where(own, cession.net, 0.0))
        capital[world] = worst_mean(net, cession.annual("net"), 0.95) - net.mean()
        assert found.capital(world).value == pytest.approx(capital[world], rel=1e-9)
    quote = price_in_pool(asked(), covered, Catalogue(products={
        **CATALOGUE.products, "rd_loss": product
    }))  # fmt: skip
    step = quote.premium.waterfall.step
    assert step("process_capital").value == pytest.approx(price * capital["plug_in"])
    whole = price * (capital["dependent"] - capital["predictive"])
    assert step("dependence").value == pytest.approx(whole)
    assert found.basis == quote.margin.basis == "pool_after_reinsurance"


def test_each_world_has_its_models(bare):
    """Those of the pool's products and of the risk, independent but in the world as it is."""
    models = {code: CATALOGUE.product(code).model for code in ("rd_loss", "patent", "pilot")}
    pilot = CATALOGUE.product("pilot")
    for world in WORLDS:
        found = around(bare)._models(pilot, world)
        assert found == {
            code: model if world == "dependent" else model.independent()
            for code, model in models.items()
        }


def test_a_quote_of_a_pool_is_a_quote(covered):
    quote = price_in_pool(asked(), covered)
    steps = sum(step.amount.value for step in quote.premium.waterfall.steps)
    assert steps == pytest.approx(quote.premium.charged.value, rel=1e-9)
    assert quote.margin.reference_items == 4
    assert (quote.receipt.seed, quote.receipt.n_years) == (3, 1000)
    assert quote == price_in_pool(read(PriceRequest, asked()), covered, workers=2)
    alone = ti.price(asked())
    assert quote.premium.pure == alone.premium.pure
    assert quote.engines == alone.engines
    for language, words in (("en", "what the pool of 4 items keeps"), ("zh", "4 个标的的共保体")):
        assert words in quote.explain(language)


def test_the_receipt_knows_pool_and_programme(bare, covered):
    digests = [price_in_pool(asked(), one).receipt.digests["reference"] for one in (bare, covered)]
    assert digests[0] != digests[1]
    assert digests[0] == around(pool()).digest
    other = pool(rows=[{**ROWS[0], "sum_insured": 5e6}, *ROWS[1:]])
    assert around(other).digest != digests[0]


# --- What the treaties cost


def test_without_treaties_reinsurance_costs_nothing(bare):
    quote = price_in_pool(asked(), bare)
    assert (cost_of(quote).value, cost_of(quote).exact) == (0.0, True)
    gross = around(bare).share(RD, risk_of(asked()), ("dependent",))
    assert gross.tails.keys() == {"dependent"}
    assert gross.tail.value == pytest.approx(quote.margin.tail.value, rel=1e-12)


def test_under_a_free_quota_share_of_all_nothing_is_left():
    """Capital is 0; what comes back of the pure premium is the simulated mean of the same years."""
    risk = risk_of(asked())
    found = around(pool(WHOLE)).share(RD, risk)
    assert [found.capital(world).value for world in WORLDS] == [0.0, 0.0, 0.0]
    assert found.tail.value == 0
    annual = around(pool()).share(RD, risk, ("dependent",)).means["dependent"]
    assert found.reinsurance.value == pytest.approx(-annual.value, rel=1e-9)
    error = found.reinsurance.estimate().standard_error
    assert error == pytest.approx(annual.estimate().standard_error, rel=1e-6)


def test_treaties_that_pay_more_than_the_risk_costs_leave_no_premium():
    """With these years the simulated mean, which comes back, is above the exact one."""
    with pytest.raises(Refused, match="no premium below 0 is defined"):
        price_in_pool(asked(), pool(WHOLE))


def test_recoveries_cost_what_they_cost_the_pool(covered):
    """Premium and reinstatement less commission less recoveries of the pool alone, treaty by
    treaty, by hand; on what the risk brings."""
    risk = risk_of(asked())
    cession, own = around(covered)._ceded(RD, risk, "dependent")
    n, premium = RUN["n_years"], covered.premium.value
    by_hand = 0.0
    for name in ("share", "layer"):
        ceded, brought = covered.cession.ceded[name], cession.ceded[name][own].sum() / n
        recovered = ceded.sum() / n
        if name == "share":
            paid = 0.4 * premium * (1 - 0.28)
        else:
            burnt = covered.losses.annual(ceded)
            paid = 60_000 * (1 + np.minimum(burnt / 1e6, 1).mean())
        by_hand += (paid - recovered) * brought / recovered
    found = around(covered).share(RD, risk, ("dependent",)).reinsurance
    assert found.value == pytest.approx(by_hand, rel=1e-9)
    assert cost_of(price_in_pool(asked(), covered)).value == pytest.approx(by_hand, rel=1e-9)
    assert cost_of(price_in_pool(asked(), covered)).standard_error > 0


def test_a_profit_commission_comes_back():
    treaty = {**SHARE["treaty"], "profit_commission": {"share": 0.5, "expenses": 0.1}}
    report, profit = pool(SHARE), pool({**SHARE, "treaty": treaty})
    assert profit.cession.flows["share"].keys() == {
        "ceded_premium",
        "ceding_commission",
        "profit_commission",
    }
    risk = risk_of(asked())
    plain, less = (around(one).share(RD, risk, ("dependent",)).reinsurance.value
                   for one in (report, profit))  # fmt: skip
    cession, own = around(profit)._ceded(RD, risk, "dependent")
    ceded = cession.ceded["share"]
    part = ceded[own].sum() / profit.cession.ceded["share"].sum()
    back = profit.cession.flows["share"]["profit_commission"].mean()
    assert back > 0
    assert less == pytest.approx(plain - back * part, rel=1e-9)


LAB = CATALOGUE.product("equipment_loss")
SITE = {
    "product": "equipment_loss", "insured": {"stage": "growth"}, "simulation": RUN,
    "exposure": {"items": [{"value": 4e6, "units": 4}, {"value": 9e6}]},
}  # fmt: skip


def test_shares_of_a_split_risk_sum(covered):
    """Each item's part of the net tail and of the treaties; together they are the policy's. The
    product need not be one of the pool's."""
    risk = risk_of(SITE, LAB)
    whole = around(covered).share(LAB, risk, ("dependent",))
    cession, own = around(covered)._ceded(LAB, risk, "dependent")
    table, net = cession.table, cession.annual("net")
    tails, costs = [], []
    for item in (4, 5):
        mine = table.item == item
        kept = table.annual(np.where(mine, cession.net, 0.0))
        tails.append(tail_mean(kept[None], net[None], LAB.capital.level).value)
        costs.append(_cost(covered.cession, cession, mine).value)
    assert (own == (table.item >= 4)).all()
    assert sum(tails) == pytest.approx(whole.tail.value, rel=1e-9)
    assert sum(costs) == pytest.approx(whole.reinsurance.value, rel=1e-9)
    assert min(tails) > 0


def test_shares_of_pool_and_risk_are_the_net_tail(covered):
    risk = risk_of(asked())
    found = around(covered).share(RD, risk, ("dependent",)).tail.value
    cession, own = around(covered)._ceded(RD, risk, "dependent")
    net = cession.annual("net")
    others = cession.table.annual(np.where(own, 0.0, cession.net))
    rest = tail_mean(others[None], net[None], RD.capital.level).value
    assert found + rest == pytest.approx(measures.tvar(net, RD.capital.level).value, rel=1e-9)


def test_the_error_of_the_cost_is_about_right():
    found = []
    for seed in range(16):
        report = pool(SHARE, LAYER, seed=seed)
        found.append(around(report).share(RD, risk_of(asked()), ("dependent",)).reinsurance)
    # the premium of the treaties moves with the pool's own tail, whose error is the pool's
    spread = np.std([one.value for one in found], ddof=1)
    said = np.sqrt(np.mean([one.estimate().standard_error ** 2 for one in found]))
    assert 0.5 < spread / said < 2


def test_an_option_in_a_pool_is_priced_as_a_request_of_its_own(covered):
    terms = {"deductible": 0.05}
    quote = price_in_pool({**asked(), "options": [{"name": "half", "terms": terms}]}, covered)
    alone = price_in_pool(asked(terms=terms), covered)
    found = quote.alternatives[0]
    assert found.charged.value == pytest.approx(alone.premium.charged.value, rel=1e-12)
    gap = alone.premium.charged.value - quote.premium.charged.value
    assert found.difference.value == pytest.approx(gap, rel=1e-9)


def test_drivers_in_a_pool_sum(covered):
    quote = price_in_pool({**asked(), "drivers": True}, covered)
    added = sum(part.contribution.value for part in quote.drivers.parts)
    gap = quote.drivers.charged.value - quote.drivers.base.value
    assert quote.drivers.parts
    assert added == pytest.approx(gap, rel=1e-9)


def test_a_margin_below_the_mean_is_told(bare):
    """A patent that no tail year of the pool holds: its share of the tail is 0, its mean is not."""
    group = {"patents": 1, "sum_insured": 20_000}
    whole = {"product": "patent", "exposure": {"groups": [group]}, "simulation": RUN}
    quote = price_in_pool({**whole, "drivers": False}, bare)
    assert quote.margin.tail.value < quote.premium.pure.value
    assert any("the margin is negative" in warning for warning in quote.warnings)


# --- What is refused


@pytest.mark.parametrize(
    ("changes", "pointer", "told"),
    [
        ({"simulation": {**RUN, "seed": 4}}, "/simulation/seed", "must be the pool's, 3"),
        ({"simulation": {**RUN, "n_years": 2000}}, "/simulation/n_years", "must be the pool's"),
        ({"tolerance": {"relative_error": 0.1}}, "/tolerance", "is not for a pool"),
        ({"exposure": {"budget": -1.0}}, "/exposure/budget", "must be"),
        ({"colour": 1}, "/colour", "is not a known key"),
    ],
)
def test_faults_point_into_the_request(bare, changes, pointer, told):
    with pytest.raises(InvalidParameter) as caught:
        price_in_pool(asked(**changes), bare)
    found = {fault.pointer: str(fault) for fault in caught.value.faults}
    assert told in found[pointer]


def test_another_currency_is_refused(bare):
    abroad = Catalogue(products={**CATALOGUE.products, "rd_loss": replace(RD, currency="USD")})
    with pytest.raises(InvalidParameter, match="must be of the pool's currency, CNY") as caught:
        price_in_pool(asked(), bare, abroad)
    assert caught.value.faults[0].pointer == "/product"


def test_any_product_of_the_catalogue_can_join(bare):
    whole = {**request("pilot"), "simulation": RUN, "drivers": False}
    quote = price_in_pool(whole, bare)
    assert quote.product == "pilot"
    assert quote.premium.charged.value > 0
