"""Random programmes of all six kinds of treaty at once, each with what can modify it."""

from dataclasses import replace

from hypothesis import strategies as st

from techinsure.reinsurance import (
    AggregateExcess,
    ExcessOfLoss,
    QuotaShare,
    StateBackstop,
    StopLoss,
    Surplus,
)
from techinsure.reinsurance.adjustments import (
    LossCorridor,
    ProfitCommission,
    SlidingScale,
    SwingRating,
)
from techinsure.reinsurance.hours_clause import HoursClause
from techinsure.reinsurance.programme import PlacedTreaty, Programme, Reinsurer

PREMIUM = {"rd_loss": 100.0, "equipment_loss": 80.0, "patent": 50.0}
"""Of the products of `FOUR`."""

BOUNDS = ("item", "policy", "site", "risk_unit", "event")
shares = st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.7])
money = st.sampled_from([1.0, 10.0, 33.3, 100.0, 250.0])
scales = st.just(SlidingScale(loss_ratios=(0.2, 0.8), commissions=(0.4, 0.2)))
profits = st.none() | st.just(ProfitCommission(share=0.3, expenses=0.1))
corridors = st.none() | st.just(LossCorridor(attachment=0.5, exhaustion=2.0, share=0.6))
clauses = st.none() | st.builds(
    HoursClause,
    hours=st.sampled_from([1.0, 1500.0]),
    source=st.sampled_from(["cause", "park", "site"]),
)
commissions = st.one_of(
    st.fixed_dictionaries({"commission": shares}), st.fixed_dictionaries({"sliding_scale": scales})
)
of_year = st.fixed_dictionaries(
    {"attachment": st.sampled_from([0.1, 1.0, 2.0]), "limit": st.sampled_from([0.5, 3.0])}
)
units = st.sampled_from(
    [{"unit": "amount"}, {"unit": "loss_ratio", "subject_premium": 60.0}, {"unit": "amount"}]
)


@st.composite
def proportional(draw):
    return draw(commissions) | {
        "limit": draw(st.none() | money),
        "basis": draw(st.sampled_from([*BOUNDS, "year"])),
        "profit_commission": draw(profits),
        "loss_corridor": draw(corridors),
    }


@st.composite
def excess(draw):
    basis = draw(st.sampled_from(BOUNDS))
    terms = {"basis": basis, "attachment": draw(money), "limit": draw(money),
             "annual_deductible": draw(st.sampled_from([0.0, 0.0, 20.0])),
             "hours_clause": draw(clauses) if basis == "event" else None,
             "profit_commission": draw(profits)}  # fmt: skip
    if draw(st.booleans()):
        swing = SwingRating(load=1.25, minimum=0.1, maximum=0.25)
        return ExcessOfLoss(**terms, swing_rating=swing)
    return ExcessOfLoss(
        **terms, premium=draw(money),
        reinstatement_rates=draw(st.sampled_from([(), (1.0,), (0.0, 0.5)])),
        reinstated_by=draw(st.sampled_from(["amount", "amount_and_time"])),
    )  # fmt: skip


@st.composite
def annual(draw, kind):
    unit = draw(units)
    terms = draw(of_year)
    if unit["unit"] == "amount":
        terms = {name: 60 * value for name, value in terms.items()}
    more = {}
    if kind is AggregateExcess:
        more = {"basis": draw(st.sampled_from(BOUNDS)), "each_attachment": draw(money),
                "each_limit": draw(st.none() | money)}  # fmt: skip
    if kind is StateBackstop:
        more = {"cumulative_limit": draw(st.none() | st.just(terms["limit"] / 2))}
    return kind(**unit, **terms, **more, premium=draw(money))


@st.composite
def whole_programmes(draw):
    """All six kinds, in some order of inuring, filtered, in part placed, with reinsurers."""
    treaties = [
        QuotaShare(share=draw(shares), **draw(proportional())),
        Surplus(line=draw(money), lines=draw(st.sampled_from([0.5, 4.0])),
                risk=draw(st.sampled_from(BOUNDS[:4])), **draw(proportional())),
        draw(excess()),
        draw(annual(AggregateExcess)),
        draw(annual(StopLoss)),
        draw(annual(StateBackstop)),
    ]  # fmt: skip
    order = draw(st.permutations(treaties))
    named = [treaty.kind for treaty in order]
    halves = (Reinsurer(name="A", share="1/3"), Reinsurer(name="B", share="2/3"))
    filters = st.sampled_from(
        [{}, {}, {"products": ("rd_loss",)}, {"policies": ("P1",)}, {"risk_units": ("U2",)},
         {"items": ("a", "c")}]
    )  # fmt: skip
    placed = [
        PlacedTreaty(
            name=treaty.kind, treaty=treaty, **draw(filters),
            net_of=tuple(draw(st.sets(st.sampled_from(named[:place])))) if place else (),
            subject_share=draw(st.sampled_from([1.0, 1.0, 0.5])),
            placed_share=draw(st.sampled_from([1.0, 1.0, 0.8])),
            reinsurers=draw(st.sampled_from([(), halves, halves[::-1]])),
        )
        for place, treaty in enumerate(order)
    ]  # fmt: skip
    return Programme(treaties=tuple(placed), parallel="capped")


def scaled(programme, factor):
    """The same programme in another unit of money."""
    names = ("line", "limit", "attachment", "annual_deductible", "premium", "each_attachment",
             "each_limit", "cumulative_limit", "subject_premium")  # fmt: skip
    treaties = []
    for placed in programme.treaties:
        treaty = placed.treaty
        by_ratio = getattr(treaty, "unit", "amount") == "loss_ratio"
        ratios = ("attachment", "limit", "cumulative_limit") if by_ratio else ()
        changes = {
            name: factor * getattr(treaty, name)
            for name in names
            if name not in ratios and getattr(treaty, name, None) is not None
        }
        treaties.append(replace(placed, treaty=replace(treaty, **changes)))
    return replace(programme, treaties=tuple(treaties))
