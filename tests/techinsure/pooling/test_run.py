"""A pool run: what is conserved, what each carries, what is refused and where."""

import json
from copy import deepcopy

import numpy as np
import pytest

import techinsure as ti
from techinsure import exact
from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter, NotFound, Refused
from techinsure.losses import measures
from techinsure.pooling import sample, samples
from techinsure.reading import read
from techinsure.receipt import plain
from techinsure.reinsurance.programme import Programme

RUN = {"n_years": 2000, "seed": 3}
DEMO = {"portfolio": {"sample": "demo_pool"}, "simulation": RUN}
MEMBERS = [
    {"name": "A", "written": "0.5", "capital_and_reserves": 1e9, "lead": True},
    {"name": "B", "written": "0.3", "capital_and_reserves": 1e9},
    {"name": "C", "written": "0.2", "capital_and_reserves": 1e9},
]
ROWS = [
    {"product": "rd_loss", "risk_class": "chip", "sum_insured": 4e6, "route": "r"},
    {"product": "rd_loss", "risk_class": "general", "sum_insured": 2e6},
    {"product": "equipment_loss", "risk_class": "lab", "sum_insured": 8e6, "units": 9, "site": "s"},
    {"product": "patent", "risk_class": "invention", "sum_insured": 1e6, "units": 5},
]  # fmt: skip
SHARE = {"kind": "quota_share", "share": 0.4, "commission": 0.28}


def pool(members=MEMBERS, **changes):
    return {"name": "P", "currency": "CNY", "members": members, **changes}


def lines(*written):
    """Members A, B, ... with these written lines; the first leads."""
    return [{"name": chr(65 + i), "written": line, "capital_and_reserves": 1e9, "lead": i == 0}
            for i, line in enumerate(written)]  # fmt: skip


def asked(rows=ROWS, **parts):
    return {"portfolio": {"rows": rows}, "pool": pool(), "simulation": RUN, **parts}


def refused(request, kind=InvalidParameter):
    with pytest.raises(kind) as caught:
        ti.run_pool(request)
    return {fault.pointer: str(fault) for fault in getattr(caught.value, "faults", ())}


@pytest.fixture(scope="module")
def demo():
    return ti.run_pool(DEMO)


@pytest.fixture(scope="module")
def own():
    """Four rows, three members, no reinsurance."""
    return ti.run_pool(asked())


# --- What is conserved


def test_ceded_and_net_make_gross_in_every_row(demo):
    cession = demo.cession
    ceded = sum(cession.ceded.values())
    assert (ceded + cession.net == demo.losses.loss).all()
    assert (cession.net >= 0).all()
    total = demo.ceded.mean.value + demo.net.mean.value
    assert total == pytest.approx(demo.gross.mean.value, rel=1e-12)


def test_members_carry_the_net_exactly(demo):
    assert demo.unplaced == "0"
    assert sum(member.share for member in demo.members) == pytest.approx(1, abs=1e-15)
    for figure in ("mean", "sd", "var_995", "tvar_995"):
        total = sum(getattr(member, figure).value for member in demo.members)
        assert total == pytest.approx(getattr(demo.net, figure).value, rel=1e-12)
    wholes = {"allocated_tvar": demo.net.tvar_995, "allocated_capital": demo.net.capital,
              "premium": demo.premium}  # fmt: skip
    for figure, whole in wholes.items():
        total = sum(getattr(member, figure).value for member in demo.members)
        assert total == pytest.approx(whole.value, rel=1e-12)


def test_treaties_and_net_carry_the_gross_tail(demo):
    parts = [t.allocated_tvar.value for t in demo.treaties] + [demo.net_in_gross_tail.value]
    assert sum(parts) == pytest.approx(demo.gross.tvar_995.value, rel=1e-9)
    means = [t.mean.value for t in demo.treaties]
    assert sum(means) == pytest.approx(demo.ceded.mean.value, rel=1e-12)
    for treaty in demo.treaties:
        capital = treaty.allocated_tvar.value - treaty.mean.value
        assert treaty.allocated_capital.value == pytest.approx(capital)


def test_products_carry_the_gross_tail(demo):
    assert sum(p.tail_share.value for p in demo.products) == pytest.approx(
        demo.gross.tvar_995.value, rel=1e-9
    )
    assert sum(p.items for p in demo.products) == demo.n_items == 781
    assert sum(p.sum_insured for p in demo.products) == pytest.approx(demo.sum_insured)
    assert sum(p.premium.value for p in demo.products) == pytest.approx(demo.premium.value)


def test_the_premium_of_each_product(demo):
    """(pure + 8% of (tail share - pure)) / (1 - loadings), pure exact but for the patents, some
    of which have an aggregate limit."""
    for result in demo.products:
        assert result.mean.exact == (result.name != "patent")
        product = shipped().product(result.name)
        loaded = 1 - sum(loading.rate for loading in product.loadings.values())
        mean, tail = result.mean.value, result.tail_share.value
        assert result.premium.value == pytest.approx((mean + 0.08 * (tail - mean)) / loaded)
        assert result.premium.standard_error > 0


def test_the_simulated_mean_is_the_exact_one(demo):
    pure = sum(result.mean.value for result in demo.products)
    assert abs(demo.gross.mean.z_score(pure)) < 4


def test_the_fee_is_paid_by_the_followers_to_the_lead(demo):
    fees = [member.lead_fee.value for member in demo.members]
    assert sum(fees) == pytest.approx(0, abs=1e-6)
    assert [fee > 0 for fee in fees] == [member.lead for member in demo.members]
    follower = demo.members[1]
    assert -follower.lead_fee.value == pytest.approx(0.03 * follower.premium.value)


def test_positions_are_those_of_the_annual_losses(demo):
    for name in ("gross", "ceded", "net"):
        annual = demo.cession.annual(name)
        position = getattr(demo, name)
        assert position.mean.value == pytest.approx(annual.mean())
        assert position.tvar_995.value == pytest.approx(measures.tvar(annual, 0.995).value)
        capital = position.tvar_995.value - position.mean.value
        assert position.capital.value == pytest.approx(capital)
        assert position.tvar_995.standard_error > 0


def test_pooling_saves_capital(demo):
    pairs = [(m.alone_capital.value, m.pooled_gross_capital.value)
             for m in demo.members if m.alone_capital]  # fmt: skip
    alone, pooled = (sum(column) for column in zip(*pairs, strict=True))
    assert alone > pooled
    whole = sum(m.pooled_gross_capital.value for m in demo.members)
    assert whole == pytest.approx(demo.gross.capital.value)


# --- The sample


def test_the_breach_of_the_sample_is_found(demo):
    assert {breach.member for breach in demo.breaches} == {"滇池示例财险"}
    breach = next(b for b in demo.breaches if b.rule == "single_risk")
    member = next(m for m in demo.members if m.name == breach.member)
    assert breach.limit == 31.5e6  # 10% of 315m
    units = {}
    for name, insured in zip(demo.losses.portfolio.risk_unit.texts(),
                             demo.losses.portfolio.sum_insured, strict=True):  # fmt: skip
        units[name] = units.get(name, 0.0) + insured
    assert breach.gross == pytest.approx(member.share * units[breach.risk_unit])
    assert breach.net == pytest.approx(0.6 * breach.gross)
    over = {name for name, insured in units.items() if member.share * insured > 31.5e6}
    assert {b.risk_unit for b in demo.breaches if b.rule == "single_risk"} == over


def test_it_is_deterministic(demo):
    again = ti.run_pool(DEMO, workers=2)
    assert json.dumps(again.to_dict(), sort_keys=True) == json.dumps(demo.to_dict(), sort_keys=True)
    assert again.cession.net.tobytes() == demo.cession.net.tobytes()
    other = ti.run_pool(DEMO | {"simulation": {**RUN, "seed": 4}})
    assert other.gross.mean != demo.gross.mean


def test_json_can_hold_the_report(demo):
    text = json.dumps(demo.to_dict(), allow_nan=False, ensure_ascii=False)
    whole = json.loads(text)
    assert "losses" not in whole
    assert "cession" not in whole
    assert whole["gross"]["mean"]["unit"] == "CNY"
    assert whole["receipt"]["seed"] == 3
    assert set(whole["return_periods"]) == {"gross", "net"}
    assert set(whole["receipt"]["digests"]) == {
        "portfolio", "pool", "programme", "product/rd_loss", "product/equipment_loss",
        "product/patent",
    }  # fmt: skip


def test_tables_and_words(demo):
    members, treaties = demo.members_frame(), demo.treaties_frame()
    assert members["mean"].sum() == pytest.approx(demo.net.mean.value)
    assert list(treaties["name"]) == [
        "quota share", "first event layer", "second event layer", "third event layer", "stop loss",
    ]  # fmt: skip
    told = str(demo).splitlines()
    assert told[0].startswith("演示科技保险共保体 (synthetic): 781 items, ")
    assert "2,000 simulated years" in told[0]
    assert [line.split()[0] for line in told[2:5]] == ["gross", "ceded", "net"]
    assert len(told) == 5 + len(demo.members)


def test_progress_is_told():
    calls = []
    ti.run_pool(asked(), progress=lambda *call: calls.append(call))
    assert calls == [(1, 2), (2, 2)]


def test_samples():
    assert samples() == ("demo_pool",)
    assert len(sample("demo_pool").rows) == 781
    for name in ("demo", "../samples/demo_pool", ".", ""):
        with pytest.raises(NotFound, match="known: demo_pool"):
            sample(name)
    with pytest.raises(NotFound, match="sample 'other' is not known"):
        ti.run_pool({"portfolio": {"sample": "other"}})


# --- Own rows, pool and programme


def test_without_reinsurance_net_is_gross(own):
    assert own.treaties == ()
    assert own.ceded.mean.value == own.ceded.tvar_995.value == 0
    assert own.net == own.gross
    assert own.net_in_gross_tail.value == pytest.approx(own.gross.tvar_995.value, rel=1e-12)
    assert (own.n_items, own.currency) == (4, "CNY")


def test_few_years_in_the_tail_are_flagged():
    flags = {
        n: ti.run_pool(asked(simulation={"n_years": n, "seed": 1})).flags for n in (2_000, 10_000)
    }
    assert flags[10_000] == ()
    assert flags[2_000][0].startswith("10 of 2,000 years lie beyond 99.5%")


def test_a_quota_share_takes_its_share(own):
    programme = {"treaties": [{"name": "q", "treaty": SHARE}]}
    report = ti.run_pool(asked(programme=programme))
    for figure in ("mean", "sd", "tvar_995"):
        gross = getattr(own.gross, figure).value
        assert getattr(report.net, figure).value == pytest.approx(0.6 * gross, rel=1e-9)
    (treaty,) = report.treaties
    assert treaty.allocated_tvar.value == pytest.approx(0.4 * report.gross.tvar_995.value, rel=1e-9)
    assert treaty.flows["ceded_premium"].value == pytest.approx(0.4 * report.premium.value)
    commission = 0.28 * treaty.flows["ceded_premium"].value
    assert treaty.flows["ceding_commission"].value == pytest.approx(commission)
    assert treaty.hit_probability.value == measures.probability_positive(
        report.losses.annual()
    ).value  # fmt: skip


def test_a_given_programme_replaces_the_samples():
    report = ti.run_pool(DEMO | {"programme": {"treaties": []}})
    assert report.treaties == ()
    assert report.pool == sample("demo_pool").pool.name
    mine = ti.run_pool(DEMO | {"pool": pool()})
    assert [m.name for m in mine.members] == ["A", "B", "C"]
    assert len(mine.treaties) == 5


def test_one_member_carries_all(own):
    report = ti.run_pool(asked(pool=pool(lines("1"))))
    (member,) = report.members
    assert (member.share, member.signed, member.lead_fee.value) == (1.0, "1", 0.0)
    assert member.tvar_995 == report.net.tvar_995 == own.net.tvar_995
    assert member.alone_capital.value == pytest.approx(report.gross.capital.value)
    assert member.premium == report.premium


def test_what_nobody_signed_is_shown(own):
    report = ti.run_pool(asked(pool=pool(lines("0.5", "0.3"))))
    assert report.unplaced == "1/5"
    for figure in ("mean", "tvar_995", "allocated_capital", "premium"):
        whole = {"premium": own.premium, "allocated_capital": own.net.capital}.get(
            figure, getattr(own.net, figure, None)
        )
        total = sum(getattr(member, figure).value for member in report.members)
        assert total == pytest.approx(0.8 * whole.value, rel=1e-12)
    assert sum(m.lead_fee.value for m in report.members) == pytest.approx(0, abs=1e-9)


def test_lines_are_signed_down():
    report = ti.run_pool(asked(pool=pool(lines("0.9", "0.6"))))
    assert [(m.written, m.signed) for m in report.members] == [("0.9", "3/5"), ("0.6", "2/5")]
    part = ti.run_pool(asked(pool=pool(lines("0.9", "0.6"), order="0.5")))
    assert [m.share for m in part.members] == [0.3, 0.2]
    assert part.unplaced == "0"


def test_a_project_and_a_site_of_one_name_are_two_risk_units():
    """Their sums insured are not added up against the legal limit."""
    rows = [ROWS[1] | {"id": "X", "sum_insured": 6e6}, ROWS[2] | {"site": "X", "sum_insured": 6e6}]
    small = lines("1")
    small[0]["capital_and_reserves"] = 1e8  # limit 10m
    report = ti.run_pool(asked(rows, pool=pool(small)))
    assert not [b for b in report.breaches if b.rule == "single_risk"]
    same_site = [ROWS[2] | {"id": own, "sum_insured": 6e6} for own in "XY"]
    report = ti.run_pool(asked(same_site, pool=pool(small)))
    assert [(b.risk_unit, b.gross) for b in report.breaches] == [("site/s", 12e6)]


@pytest.mark.parametrize(
    "treaty",
    [
        {"name": "fac", "risk_units": ["site/s"], "treaty": {"kind": "quota_share", "share": 0.5}},
        {"name": "surplus", "treaty": {"kind": "surplus", "line": 6e6, "lines": 1.0}},
    ],
    ids=lambda treaty: treaty["name"],
)
def test_what_is_ceded_of_a_risk_unit_cures_its_breach(treaty):
    """12m of one site against a limit of 10m: 6m are kept; of the project of 6m, all."""
    rows = [ROWS[1] | {"id": "P", "sum_insured": 6e6}]
    rows += [ROWS[2] | {"id": own, "sum_insured": 6e6} for own in "XY"]
    small = lines("1")
    small[0]["capital_and_reserves"] = 1e8  # limit 10m
    report = ti.run_pool(asked(rows, pool=pool(small), programme={"treaties": [treaty]}))
    found = [b for b in report.breaches if b.rule == "single_risk"]
    assert [(b.risk_unit, b.gross, b.net, b.cured) for b in found] == [("site/s", 12e6, 6e6, True)]
    site = sum(p.premium.value for p in report.products if p.name == ROWS[2]["product"])
    flows = report.treaties[0].flows
    assert flows["ceded_premium"].value == pytest.approx(site / 2)


def test_every_structure_goes_from_its_document_to_the_report():
    """And back: the programme of the report, as JSON says it, is the one that was asked for."""
    unit = {"unit": "amount", "attachment": 1e5, "limit": 1e6}
    scale = {"loss_ratios": [0.2, 0.8], "commissions": [0.4, 0.2]}
    profit = {"share": 0.2, "expenses": 0.1, "years": 5}
    corridor = {"attachment": 0.8, "exhaustion": 1.2, "share": 0.5}
    features = {"sliding_scale": scale, "profit_commission": profit, "loss_corridor": corridor}
    layer = {"kind": "excess_of_loss", "basis": "event", "attachment": 1e5, "limit": 5e5,
             "hours_clause": {"hours": 72.0, "source": "park"},
             "swing_rating": {"load": 1.25, "minimum": 0.01, "maximum": 0.2}}  # fmt: skip
    treaties = [
        {"name": "surplus", "treaty": {"kind": "surplus", "line": 1e6, "lines": 3.0, **features}},
        {"name": "quota", "net_of": ["surplus"], "treaty": SHARE | {"commission": 0.0, **features}},
        {"name": "layer", "net_of": ["quota"], "treaty": layer},
        {"name": "sum", "net_of": ["layer"],
         "treaty": {"kind": "aggregate_excess", "basis": "event", "each_limit": 1e5, **unit}},
        {"name": "state", "net_of": ["sum"],
         "treaty": {"kind": "state_backstop", "cumulative_limit": 2e6, "years": 5, **unit}},
    ]  # fmt: skip
    report = ti.run_pool(asked(programme={"treaties": treaties}))
    for treaty in report.treaties[:2]:
        paid = treaty.flows["profit_commission"].value
        assert 0 < paid < 0.2 * treaty.flows["ceded_premium"].value
    total = sum(treaty.mean.value for treaty in report.treaties) + report.net.mean.value
    assert total == pytest.approx(report.gross.mean.value)
    assert [flag.split(" carries over ")[0] for flag in report.flags if "carries over" in flag] == [
        "treaty 'quota'", "treaty 'state'", "treaty 'surplus'",
    ]  # fmt: skip
    said = json.loads(json.dumps(report.to_dict()))
    assert [t["kind"] for t in said["treaties"]] == [t["treaty"]["kind"] for t in treaties]
    again = read(Programme, json.loads(json.dumps(plain(report.programme))))
    assert again == report.programme


def test_parallel_quota_shares_of_all_are_no_more_than_all():
    """0.1 + 0.2 + 0.7 may round to a last digit above 1."""
    shares = (0.7, 0.2, 0.1, 0.0)
    treaties = [{"name": f"q{i}", "treaty": SHARE | {"share": s}} for i, s in enumerate(shares)]
    report = ti.run_pool(asked(programme={"treaties": treaties}))
    assert report.net.mean.value == pytest.approx(0, abs=1e-3)


def test_an_aggregate_limit_makes_the_pure_premium_simulated():
    rows = [ROWS[0], ROWS[3] | {"aggregate_limit": 5e4}]
    report = ti.run_pool(asked(rows))
    assert [(p.name, p.mean.exact) for p in report.products] == [
        ("rd_loss", True), ("patent", False),
    ]  # fmt: skip
    held = report.losses.portfolio
    mine = held.product.codes[report.losses.item] == 1
    annual = report.losses.annual(np.where(mine, report.losses.loss, 0.0))
    assert report.products[1].mean.value == pytest.approx(annual.mean())
    assert annual.max() <= 5e4 + 1e-6
    assert report.premium.standard_error > 0


def test_pure_premiums_are_those_of_the_items(own):
    held = own.losses.portfolio
    for result in own.products:
        items = np.nonzero(held.product.codes == held.product.code(result.name))[0]
        means = exact.mean(shipped().product(result.name).model, held, items.astype(np.int32))
        assert result.mean.value == pytest.approx(means.sum())


def test_a_pool_without_a_loss():
    """Nothing happens in 1,000 years: zeros, not a crash."""
    rows = [{"product": "patent", "risk_class": "utility", "sum_insured": 1e4, "field": "chemical",
             "selection": "subsidised", "in_production": "no"}]  # fmt: skip
    for seed in range(10):
        report = ti.run_pool(asked(rows, simulation={"n_years": 1000, "seed": seed}))
        json.dumps(report.to_dict(), allow_nan=False)
        if not len(report.losses):
            break
    assert report.gross.mean.value == report.net.tvar_995.value == 0
    assert report.premium.value > 0


# --- Border


def test_faults_of_rows_point_into_the_request():
    rows = deepcopy(ROWS)
    rows[3]["sum_insured"] = -5.0
    rows[1]["stage"] = "grow"
    rows[2] |= {"product": "equipment"}
    faults = refused(asked(rows))
    assert set(faults) == {
        "/portfolio/rows/3/sum_insured", "/portfolio/rows/1/stage", "/portfolio/rows/2/product",
    }  # fmt: skip
    assert "did you mean 'growth'?" in faults["/portfolio/rows/1/stage"]


def test_what_no_row_shows_alone_points_at_the_rows():
    """One site in two parks: found by the model."""
    rows = [ROWS[2] | {"id": own, "park": own} for own in ("a", "b")]
    faults = refused(asked(rows))
    assert all(pointer.startswith("/portfolio/rows") for pointer in faults)
    assert any("must be one on site 's'" in told for told in faults.values())


@pytest.mark.parametrize(
    ("request_", "pointer", "told"),
    [
        (asked(pool=pool(currency="USD")), "/pool/currency", "must be CNY, got 'USD'"),
        ({"portfolio": {"rows": ROWS}}, "/pool", "is required with rows"),
        ({"portfolio": {}}, "/portfolio/sample", "must be given, or rows"),
        ({"portfolio": {"sample": "demo_pool", "rows": ROWS}}, "/portfolio/sample", "or rows"),
        ({}, "/portfolio", "is required"),
        ([], "", "must be an object with named fields"),
        (None, "", "must be an object with named fields"),
        (asked(rows=[{"product": {}}]), "/portfolio/rows/0/product", "must be"),
        (asked(rows=[7]), "/portfolio/rows/0", "must be"),
        (asked(simulation={"n_years": 10}), "/simulation/n_years", "must be in [1000, 2000000]"),
        (asked(simulation={"seed": True}), "/simulation/seed", "valid integer"),
        (asked(pool=pool([])), "/pool/members", "must have 1 to 64 members"),
        (asked(pool=pool(lines("0.5", "x"))), "/pool/members/1/written", "must"),
        (asked(pool=pool(lead_fee=3)), "/pool/lead_fee", "must be in [0, 1]"),
        (asked(colour=1), "/colour", "is not a known key"),
        (asked(programme={"treaties": [{"name": "q", "treaty": {"kind": "quota"}}]}),
         "/programme/treaties/0/treaty/kind", "quota"),
        (asked(programme={"treaties": [{"name": "q", "treaty": SHARE | {"share": 1.5}}]}),
         "/programme/treaties/0/treaty/share", "must be in [0, 1]"),
    ],
)  # fmt: skip
def test_what_is_no_pool_run_is_refused(request_, pointer, told):
    faults = refused(request_)
    assert pointer in faults
    assert told in faults[pointer]


def test_lines_that_contradict_themselves_are_refused_before_the_work():
    stand = [line | {"to_stand": True} for line in lines("0.7", "0.7")]
    calls = []
    with pytest.raises(Refused, match="lines to stand"):
        ti.run_pool(asked(pool=pool(stand)), progress=lambda *c: calls.append(c))
    assert not calls


def test_treaties_that_contradict_themselves_are_refused():
    both = [{"name": name, "treaty": SHARE | {"share": 0.7}} for name in ("a", "b")]
    refused(asked(programme={"treaties": both}), Refused)
    circle = [{"name": "a", "treaty": SHARE, "net_of": ["b"]},
              {"name": "b", "treaty": SHARE, "net_of": ["a"]}]  # fmt: skip
    with pytest.raises((Refused, InvalidParameter), match="is net of"):
        ti.run_pool(asked(programme={"treaties": circle}))


def test_a_treaty_for_a_product_that_no_item_has_is_flagged():
    treaties = [{"name": "q", "treaty": SHARE, "products": ["patents"]}]
    report = ti.run_pool(asked(programme={"treaties": treaties}))
    told = "treaty 'q': no item is of product 'patents' (did you mean 'patent'?)"
    assert report.flags[0] == told
    assert report.ceded.mean.value == 0
