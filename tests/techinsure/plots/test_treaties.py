"""The layer tower: blocks from attachment to exhaustion, each with how often and with whom."""

from techinsure import plots
from techinsure.plots.treaties import blocks
from techinsure.reading import read
from techinsure.reinsurance.exhaustion import exhaustion_probability
from techinsure.reinsurance.programme import Programme
from tests.techinsure.plots.drawn import inside, nothing_is_cut, small_pool, texts


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
    assert texts(plots.layer_tower(bare))[0] == "No reinsurance: the members keep every loss"


def test_many_thin_layers_keep_their_texts_on_the_paper():
    treaties = [layer(f"layer {k}", k * 1e5, 1e5, reinsurers=[
        {"name": f"reinsurer number {m} with a long name", "share": "1/5"} for m in range(5)
    ]) for k in range(6)]  # fmt: skip
    figure = plots.layer_tower(small_pool(programme={"treaties": treaties}))
    nothing_is_cut(figure)
    assert "and 3 more" in "\n".join(inside(figure.axes[0]))
