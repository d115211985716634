import numpy as np
import pytest
from hypothesis import given, settings

from techinsure.errors import InvalidParameter, Refused, Undefined
from techinsure.losses import measures
from techinsure.reading import read
from techinsure.receipt import plain
from techinsure.reinsurance import ExcessOfLoss, QuotaShare, StateBackstop, StopLoss
from techinsure.reinsurance.adjustments import ProfitCommission, SlidingScale, SwingRating
from techinsure.reinsurance.evaluation import evaluate
from techinsure.reinsurance.evaluation_report import RowNames
from techinsure.reinsurance.exhaustion import exhaustion_probability
from techinsure.reinsurance.experience_account import ExperienceAccount
from techinsure.reinsurance.programme import PlacedTreaty, Programme, Reinsurer
from techinsure.reinsurance.treaty_prices import fair_deposit, price_of
from tests.techinsure.reinsurance.tables import FOUR, poisson_lomax, table, tables
from tests.techinsure.reinsurance.whole_programmes import PREMIUM, whole_programmes

HOLDERS = (Reinsurer(name="A", share="3/5"), Reinsurer(name="B", share="2/5"))
LAYER = ExcessOfLoss(basis="event", attachment=10, limit=20, premium=2, reinstatement_rates=(1.0,))
PROGRAMME = Programme(
    treaties=(
        PlacedTreaty(name="layer", treaty=LAYER, reinsurers=HOLDERS),
        PlacedTreaty(name="quota", treaty=QuotaShare(share=0.4), net_of=("layer",)),
    )
)


def test_a_year_by_hand():
    """24, an event of 7 and 5, 45: 14, 2 and 20 of the layer's 40; 40% of 10, 10 and 25."""
    year = table([[24.0, 7.0, 5.0, 45.0]], items=[0, 0, 2, 2], events=[0, 1, 1, 2], of=FOUR)
    found = evaluate(PROGRAMME, year, {"rd_loss": 30.0}, rows=True)
    means = {(row.perspective, row.name): row.mean.value for row in found.results}
    assert means == pytest.approx({
        ("gross", ""): 81, ("treaty", "layer"): 36, ("treaty", "quota"): 18, ("ceded", ""): 54,
        ("net", ""): 27, ("reinsurer", "A"): 21.6, ("reinsurer", "B"): 14.4, ("unnamed", ""): 18,
    })  # fmt: skip
    assert [one.ceded["layer"] for one in found.cessions] == pytest.approx([14, 7 / 6, 5 / 6, 20])
    assert [one.ceded["quota"] for one in found.cessions] == pytest.approx([4, 7 / 3, 5 / 3, 10])
    assert [one.net for one in found.cessions] == pytest.approx([6, 3.5, 2.5, 15])
    layer, quota = found.treaties
    assert layer.flows["reinstatement_premium"].value == pytest.approx(2)
    assert layer.price.rate_on_line.value == pytest.approx(4 / 20)
    assert layer.deposit.premium.value == pytest.approx(36 / (1 + 1))
    assert (layer.subject_premium, quota.subject_premium) == (30, 30)
    assert quota.burning_cost.value == pytest.approx(18 / 30)
    assert quota.deposit is layer.used_up is layer.exhaustion is None


def test_one_year_tells_no_spread_and_says_so():
    found = evaluate(PROGRAMME, table([[24.0]]))
    for row in found.results:
        assert row.mean.standard_error is None
        assert not row.mean.exact
        assert row.sd is row.var_995 is row.tvar_995 is row.hit_probability is None
    assert found.flags == (
        "one year has a mean and no error: neither spread, tail nor chance can be told of it",
    )
    assert found.cessions is None
    assert "24" in str(found).splitlines()[1]


def test_figures_are_those_of_the_years():
    losses = poisson_lomax(12_000, seed=5)
    found = evaluate(PROGRAMME, losses, {"test": 100.0})
    assert found.flags == ()
    cession = PROGRAMME.apply(losses, {"test": 100.0})
    for row in found.results:
        if row.perspective in ("gross", "treaty", "ceded", "net"):
            annual = cession.annual(row.name or row.perspective)
        elif row.perspective == "reinsurer":
            annual = cession.annual_of_reinsurer(row.name)
        else:
            annual = cession.annual("quota")
        whole = measures.summary(annual, unit="CNY")
        assert (row.mean, row.sd, row.var_995, row.tvar_995) == (
            whole.mean, whole.sd, whole.var_995, whole.tvar_995,
        )  # fmt: skip
        assert row.hit_probability == measures.probability_positive(annual)
    layer = found.treaties[0]
    assert layer.price == price_of(PROGRAMME, cession, "layer")
    assert layer.deposit == fair_deposit(LAYER, losses)
    assert layer.exhaustion == exhaustion_probability(PROGRAMME, "layer", cession)
    annual = cession.annual("layer")
    assert layer.used_up.value == np.mean(annual >= 40 * (1 - 1e-9)) > 0
    assert layer.burning_cost.value == pytest.approx(annual.mean() / 100)
    assert layer.burning_cost.standard_error == pytest.approx(
        layer.price.ceded.standard_error / 100
    )


def test_a_layer_is_used_up_as_placed():
    """40 of 40 in the first year, half placed: 20; in the second 20 of 40."""
    half = Programme(treaties=(PlacedTreaty(name="layer", treaty=LAYER, placed_share=0.5),))
    found = evaluate(half, table([[50.0, 50.0], [50.0]]))
    assert found.treaties[0].used_up.value == 0.5
    assert found.treaties[0].exhaustion.value == 1.0
    none = Programme(treaties=(PlacedTreaty(name="layer", treaty=LAYER, placed_share=0.0),))
    assert evaluate(none, table([[50.0, 50.0], [50.0]])).treaties[0].used_up.value == 0


def test_the_deposit_is_of_what_the_layer_sees():
    """Net of half of everything: 30 and 0 are 15 and 0, of which 5 and 0 reach the layer."""
    programme = Programme(
        treaties=(
            PlacedTreaty(name="quota", treaty=QuotaShare(share=0.5)),
            PlacedTreaty(name="layer", treaty=LAYER, net_of=("quota",)),
        )
    )
    deposit = evaluate(programme, table([[30.0], []])).treaties[1].deposit
    assert deposit.ceded.value == pytest.approx(2.5)
    assert deposit.premium.value == pytest.approx(2.5 / (1 + 2.5 / 20))


def test_what_is_carried_over_has_the_error_of_sequences():
    """30 of each of six years; the state pays 20 over two: 20 and 0, 20 and 0, 20 and 0: no error
    of 10 a year, of it or of what is net of it; years alone would say 4.5."""
    state = StateBackstop(unit="amount", attachment=0, limit=20, cumulative_limit=20, years=2)
    programme = Programme(
        treaties=(
            PlacedTreaty(name="state", treaty=state, reinsurers=(Reinsurer(name="S", share="1"),)),
            PlacedTreaty(name="half", treaty=QuotaShare(share=0.5), net_of=("state",)),
        )
    )
    found = evaluate(programme, table([[30.0]] * 6))
    for row in found.results:
        expected = {"gross": 30, "state": 10, "half": 10, "ceded": 20, "net": 10, "S": 10,
                    "unnamed": 10}[row.name or row.perspective]  # fmt: skip
        assert row.mean.value == pytest.approx(expected)
        assert row.mean.standard_error == pytest.approx(0, abs=1e-12)
    assert found.treaties[1].price.ceded.standard_error == pytest.approx(0, abs=1e-12)
    once = evaluate(programme, table([[30.0]] * 2))
    assert once.row("treaty", "state").mean.standard_error is None
    assert once.row("gross").mean.standard_error == 0


@settings(max_examples=15, deadline=None)
@given(whole_programmes(), tables())
def test_rows_of_the_table_add_up(programme, subject):
    found = evaluate(programme, subject, PREMIUM, rows=True)
    mean = {(row.perspective, row.name): row.mean.value for row in found.results}
    total = {p: sum(v for (kind, _), v in mean.items() if kind == p) for p, _ in mean}
    gross = total["gross"]
    near = {"rel": 1e-9, "abs": 1e-9 * gross}
    assert total["treaty"] == pytest.approx(total["ceded"], **near)
    parties = total.get("reinsurer", 0) + total.get("unnamed", 0)
    assert parties == pytest.approx(total["ceded"], **near)
    assert total["ceded"] + total["net"] == pytest.approx(gross, **near)
    assert len(found.cessions) == len(subject)
    for one in found.cessions:
        assert sum(one.ceded.values()) + one.net == one.loss
    document = found.to_dict()
    assert plain(document) == document
    assert len(found.to_frame()) == len(found.results)


def test_rows_are_called_as_they_were_given():
    names = RowNames(first_year=2021, place=np.array([1, 0], np.int32), event=["b", "a"])
    found = evaluate(PROGRAMME, table([[30.0], [40.0]]), rows=True, names=names)
    assert [(one.row, one.year, one.event, one.loss) for one in found.cessions] == [
        (0, 2022, "a", 40.0), (1, 2021, "b", 30.0),
    ]  # fmt: skip


def test_many_rows_are_refused_one_by_one():
    with pytest.raises(InvalidParameter, match="must be false for more than 2,000 losses") as error:
        evaluate(PROGRAMME, table([[1.0] * 2001]), rows=True)
    assert error.value.faults[0].pointer == "/rows"
    assert evaluate(PROGRAMME, table([[1.0] * 2000]), rows=True).n_losses == 2000


def test_few_years_are_flagged():
    for n_years, beyond in ((100, 1), (2000, 10), (9999, 50)):
        (flag,) = evaluate(Programme(), table([[1.0]] * n_years)).flags
        assert flag.startswith(f"VaR and TVaR 99.5% rest on {beyond} of {n_years:,} years")
    assert evaluate(Programme(), table([[1.0]] * 10_000)).flags == ()


def test_what_the_programme_flags_is_flagged():
    programme = read(Programme, {"treaties": [
        {"name": "one", "products": ["tst"], "treaty": {"kind": "quota_share", "share": 0.6}},
        {"name": "two", "treaty": {"kind": "surplus", "line": 10.0, "lines": 2.0}},
    ], "parallel": "capped"})  # fmt: skip
    flags = evaluate(programme, table([[1.0], [2.0]])).flags
    assert any("no item is of product 'tst'" in flag for flag in flags)
    assert any("sums insured above its capacity" in flag for flag in flags)


def test_a_refusal_calls_a_loss_as_the_caller_does():
    both = Programme(
        treaties=tuple(PlacedTreaty(name=name, treaty=QuotaShare(share=0.7)) for name in "ab")
    )
    names = RowNames(first_year=2026, place=np.array([4]), event=["row 5"])
    with pytest.raises(Refused, match=r"\(loss 5 of those given, year 2027, item '.*'\)"):
        evaluate(both, table([[], [10.0]]), names=names)
    with pytest.raises(Refused, match=r"\(year 1, item '.*'\)"):
        evaluate(both, table([[], [10.0]]))


@pytest.mark.parametrize(("premium", "is_said"), [(100.0, False), (101.0, False), (102.0, True)])
def test_loss_ratios_of_another_premium_than_a_treaty_sees_are_said(premium, is_said):
    stop = StopLoss(unit="loss_ratio", attachment=1.0, limit=1.0, subject_premium=100.0)
    programme = Programme(treaties=(PlacedTreaty(name="stop", treaty=stop),))
    found = evaluate(programme, table([[10.0], [20.0]]), {"test": premium})
    said = [flag for flag in found.flags if "loss ratios are of" in flag]
    assert said == ([
        "treaty 'stop': its loss ratios are of a subject premium of 100.00, but it sees a "
        "premium of 102.00"
    ] if is_said else [])  # fmt: skip


ACCOUNT = ExperienceAccount(years=2, interest=0.0, margin=0.0)
SLIDE = SlidingScale(loss_ratios=(0.5, 0.7), commissions=(0.3, 0.2))
SWING = SwingRating(load=1.25, minimum=0.1, maximum=0.25)


@pytest.mark.parametrize(
    ("treaty", "what"),
    [
        (QuotaShare(share=0.4, sliding_scale=SLIDE), "a sliding scale needs a ceded"),
        (ExcessOfLoss(basis="event", attachment=1, limit=20, swing_rating=SWING),
         "a swing rating needs a subject"),
        (StopLoss(unit="amount", attachment=1.0, limit=9.0, experience_account=ACCOUNT),
         "an experience account needs a ceded"),
    ],
)  # fmt: skip
def test_loss_ratios_of_no_premium_are_refused(treaty, what):
    programme = Programme(treaties=(PlacedTreaty(name="it", treaty=treaty),))
    with pytest.raises(Undefined, match=f"{what} premium > 0"):
        evaluate(programme, table([[10.0], [20.0]]))
    evaluate(programme, table([[0.0], [0.0]]))


def test_a_treaty_is_net_of_another_once():
    with pytest.raises(InvalidParameter, match=r"net_of\[1\] must be unique"):
        PlacedTreaty(name="it", treaty=LAYER, net_of=("a", "a"))


def test_years_that_hang_together_are_said():
    profit = QuotaShare(share=0.4, profit_commission=ProfitCommission(share=0.2, years=2))
    programme = Programme(treaties=(PlacedTreaty(name="it", treaty=profit),))
    (said, _) = evaluate(programme, table([[10.0], [20.0]]), {"test": 30.0}).flags
    assert "errors of means are between sequences; sd, VaR, TVaR and chances" in said
