"""The layer tower: blocks from attachment to exhaustion, each with how often and with whom."""

from matplotlib.colors import to_hex

from techinsure import plots
from techinsure.plots.canvas import CEDED, STATE, percent
from techinsure.plots.treaties import BLOCK, blocks
from techinsure.reading import read
from techinsure.reinsurance.evaluation import evaluate, used_up_probability
from techinsure.reinsurance.exhaustion import exhaustion_probability
from techinsure.reinsurance.programme import Programme
from tests.techinsure.plots.drawn import inside, nothing_is_cut, small_pool, texts
from tests.techinsure.reinsurance.tables import table


def layer(name, attachment, limit, **given):
    treaty = {"kind": "excess_of_loss", "basis": "event", "attachment": attachment, "limit": limit}
    return {"name": name, "treaty": treaty, **given}


def stop_loss(name, attachment, limit):
    return {"name": name, "treaty": {"kind": "stop_loss", "unit": "amount",
                                     "attachment": attachment, "limit": limit}}  # fmt: skip


def quota_share(name, share, **given):
    return {"name": name, "treaty": {"kind": "quota_share", "share": share, **given}}


def stand(*treaties):
    found = blocks(read(Programme, {"treaties": treaties}).treaties)
    return {block.name: (block.column, block.low, block.high) for block in found}


def test_layers_of_one_basis_are_stacked_and_overlapping_ones_stand_apart():
    standing = stand(layer("low", 5e6, 5e6), layer("high", 1e7, 2e7), layer("across", 8e6, 4e6),
                     stop_loss("year", 1e6, 1e6))  # fmt: skip
    assert standing["low"] == (0, 5e6, 1e7)
    assert standing["high"] == (0, 1e7, 3e7)
    assert standing["across"] == (1, 8e6, 1.2e7)
    assert standing["year"] == (2, 1e6, 2e6)


def test_a_quota_share_stands_at_the_side_and_ends_at_its_limit():
    standing = stand(layer("low", 5e6, 5e6), quota_share("open", 0.4),
                     quota_share("ends", 0.25, limit=1e6))  # fmt: skip
    assert standing == {"open": (0, 0.0, None), "ends": (1, 0.0, 4e6), "low": (2, 5e6, 1e7)}


def test_a_stop_loss_by_ratio_is_in_money():
    treaty = {"kind": "stop_loss", "unit": "loss_ratio", "attachment": 1.5, "limit": 0.5,
              "subject_premium": 2e6}  # fmt: skip
    assert stand({"name": "a", "treaty": treaty}) == {"a": (0, 3e6, 4e6)}


UNIT = {"unit": "amount", "attachment": 1e6, "limit": 2e6}
EVERY = (
    {"name": "surplus", "items": ["1"], "treaty": {"kind": "surplus", "line": 5e5, "lines": 5.0,
                                                   "limit": 1e6}},
    {"name": "layer", "treaty": {"kind": "excess_of_loss", "basis": "event", "attachment": 1e6,
                                 "limit": 1e6, "hours_clause": {"hours": 72.0}}},
    {"name": "sum", "treaty": {"kind": "aggregate_excess", "basis": "risk_unit", **UNIT}},
    {"name": "state", "treaty": {"kind": "state_backstop", **UNIT}},
)  # fmt: skip
"""Parallel: of the small pool that is drawn, at most 1m of a year."""


def test_every_kind_stands_in_its_column():
    assert stand(*EVERY) == {"surplus": (0, 0.0, None), "layer": (1, 1e6, 2e6),
                             "sum": (2, 1e6, 3e6), "state": (3, 1e6, 3e6)}  # fmt: skip
    other = {**EVERY[3], "name": "other", "policies": ["X"]}
    assert stand(EVERY[3], other)["other"] == (1, 1e6, 3e6)  # not of the same losses


def test_every_kind_says_its_terms():
    programme = {"treaties": list(EVERY), "parallel": "capped"}
    figure = plots.layer_tower(small_pool(programme=programme))
    nothing_is_cut(figure)
    said = "\n".join(inside(figure.axes[0]))
    for line in ("5 lines of 500 k a risk unit", "up to 1.00 m per event", "per 72 hours",
                 "sum of a year, per risk unit", "per year"):  # fmt: skip
        assert line in said, said


def test_the_tower_of_the_sample(report):
    figure = plots.layer_tower(report)
    (axes,) = figure.axes
    assert axes.get_ylabel() == "loss that the treaty sees, CNY m"
    drawn = {(p.get_y(), p.get_y() + p.get_height()): p for p in axes.patches}
    event = next(p.treaty for p in report.programme.treaties if p.name == "second event layer")
    ends = (event.attachment / 1e6, (event.attachment + event.limit) / 1e6)
    assert drawn[ends].get_hatch() is None
    assert sum(p.get_hatch() is not None for p in axes.patches) == 1  # the open quota share
    said = "\n".join(inside(axes))
    for treaty in report.programme.treaties:
        assert treaty.name in said
        for reinsurer in treaty.reinsurers:
            assert reinsurer.name in said
    full = exhaustion_probability(report.programme, "second event layer", report.cession)
    assert f"full {100 * full.value:#.2g}% ±" in said
    assert "± standard error" in texts(figure)[1]
    assert texts(figure)[0].startswith("Hit ")


def test_no_treaty_is_said(bare):
    assert texts(plots.layer_tower(bare))[0] == "No reinsurance: every loss is kept"


def test_many_thin_layers_keep_their_texts_on_the_paper():
    treaties = [layer(f"layer {k}", k * 1e5, 1e5, reinsurers=[
        {"name": f"reinsurer number {m} with a long name", "share": "1/5"} for m in range(5)
    ]) for k in range(6)]  # fmt: skip
    figure = plots.layer_tower(small_pool(programme={"treaties": treaties}))
    nothing_is_cut(figure)
    assert "and 3 more" in "\n".join(inside(figure.axes[0]))


def five(**changes):
    """Five layers: three, two, one, a free and no reinstatement; two placed in part."""
    rates = [[0.0, 1.0, 1.0], [1.0, 0.5], [1.0], [0.0, 0.0], []]
    treaties = []
    for k, own in enumerate(rates):
        one = layer(f"layer {k}", (k + 1) * 1e5, 1e5, placed_share=[1.0, 0.8, 1.0, 0.5, 1.0][k])
        one["treaty"] |= {"reinstatement_rates": own, "premium": 1e4}
        treaties.append(one)
    state = {"kind": "state_backstop", "unit": "amount", "attachment": 8e5, "limit": 2e5}
    treaties.append({"name": "state", "net_of": [f"layer {k}" for k in range(5)], "treaty": state})
    treaties.append(stop_loss("year", 5e5, 3e5) | {"net_of": [f"layer {k}" for k in range(5)]})
    return {"treaties": treaties, "parallel": "capped", **changes}


def test_a_tower_says_what_is_reinstated_what_is_placed_and_what_is_used_up():
    found = small_pool(programme=five())
    figure = plots.layer_tower(found)
    nothing_is_cut(figure)
    (axes,) = figure.axes
    said = inside(axes)
    by_name = {text.splitlines()[0]: text.splitlines() for text in said}
    assert "3 reinstatements," in by_name["layer 0"]
    assert "1 free, 2 at 100%" in by_name["layer 0"]
    assert "2 reinstatements at 100% and 50%" in by_name["layer 1"]
    assert "1 reinstatement at 100%" in by_name["layer 2"]
    assert "2 reinstatements, free" in by_name["layer 3"]
    assert "no reinstatement" in by_name["layer 4"]
    assert "80% of it placed" in by_name["layer 1"]
    (layer_2,) = [one for one in found.programme.treaties if one.name == "layer 2"]
    used = used_up_probability(layer_2, found.cession)
    assert f"used up {percent(used.value, used.standard_error)}" in by_name["layer 2"]
    assert not [line for line in by_name["state"] if line.startswith("used up")]


def test_reinstatements_are_bars_filled_where_paid_and_the_block_is_as_wide_as_placed():
    (axes,) = plots.layer_tower(small_pool(programme=five())).axes
    of = {k: [p for p in axes.patches if round(1e3 * p.get_y()) == 100 * (k + 1)
              and round(1e3 * p.get_height()) == 100] for k in range(5)}  # fmt: skip
    bars = {k: [p.get_facecolor()[3] > 0 for p in ps if p.get_width() < 0.05]
            for k, ps in of.items()}  # fmt: skip
    assert bars == {0: [False, True, True], 1: [True, True], 2: [True], 3: [False, False], 4: []}
    widths = {k: min(p.get_width() for p in ps if p.get_width() > 0.05) for k, ps in of.items()}
    assert [round(widths[k] / BLOCK, 2) for k in range(5)] == [1, 0.8, 1, 0.5, 1]
    assert [len([p for p in ps if p.get_width() > 0.05]) for ps in of.values()] == [1, 2, 1, 2, 1]


def test_the_state_stands_on_top_in_a_colour_of_its_own():
    (axes,) = plots.layer_tower(small_pool(programme=five())).axes
    state = next(p for p in axes.patches if round(1e3 * p.get_y()) == 800)
    year = next(p for p in axes.patches if round(1e3 * p.get_height()) == 300)
    assert state.get_x() == year.get_x()
    assert to_hex(state.get_edgecolor()) == STATE
    assert to_hex(year.get_edgecolor()) == CEDED


def test_the_tower_of_an_evaluation_and_of_one_year():
    programme = read(Programme, five())
    found = evaluate(programme, table([[2e5, 3e5], [9e5]]))
    facts = texts(plots.layer_tower(found))[1]
    assert facts.startswith("3 losses; n = 2 years; hit: share of years")
    assert "white: not placed" in facts
    one = plots.layer_tower(evaluate(programme, table([[2e5, 3e5]])))
    nothing_is_cut(one)
    assert texts(one)[0] == "What each treaty takes, and from where on"
    assert texts(one)[1].startswith("2 losses; one year; bars beside")
    assert not [text for text in inside(one.axes[0]) if "hit" in text]
    assert texts(plots.layer_tower(evaluate(Programme(), table([[1.0]]))))[1] == "1 loss; one year"
