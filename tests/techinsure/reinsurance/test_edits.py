"""Edits of a programme: what they change, what they leave, and what is refused where."""

import pytest

from techinsure.errors import InvalidParameter, Refused
from techinsure.reading import pointer, read
from techinsure.receipt import plain
from techinsure.reinsurance.edits import FIXED, Edit, edited, rewired
from techinsure.reinsurance.programme import Programme

PROGRAMME = read(Programme, {"treaties": [
    {"name": "quota share", "treaty": {"kind": "quota_share", "share": 0.4, "commission": 0.28},
     "reinsurers": [{"name": "R", "share": "1"}]},
    {"name": "event layer", "net_of": ["quota share"], "placed_share": 0.9,
     "treaty": {"kind": "excess_of_loss", "basis": "event", "attachment": 5e6, "limit": 20e6,
                "reinstatement_rates": [1.0]}},
    {"name": "no. 3: stop loss", "net_of": ["event layer"],
     "treaty": {"kind": "stop_loss", "unit": "loss_ratio", "attachment": 1.5, "limit": 0.5,
                "subject_premium": 3e6}},
]})  # fmt: skip
EXTRA = {"name": "extra", "treaty": {"kind": "quota_share", "share": 0.1}}


def after(*edits):
    return edited(PROGRAMME, read(tuple[Edit, ...], edits))


def treaty(programme, name):
    return next(placed for placed in programme.treaties if placed.name == name)


def test_a_term_is_set_and_all_else_stays():
    found = after({"treaty": "event layer", "set": {"limit": 30e6}})
    layer = treaty(found, "event layer")
    assert layer.treaty.limit == 30e6
    assert (layer.treaty.attachment, layer.treaty.reinstatement_rates) == (5e6, (1.0,))
    assert (layer.placed_share, layer.net_of) == (0.9, ("quota share",))
    assert found.treaties[0] == PROGRAMME.treaties[0]
    assert found.treaties[2] == PROGRAMME.treaties[2]
    assert found.parallel == PROGRAMME.parallel


def test_places_and_several_terms_are_set_together():
    terms = {"placed_share": 1.0, "attachment": 1e6, "reinstatement_rates": [1.0, 0.5]}
    layer = treaty(after({"treaty": "event layer", "set": terms}), "event layer")
    assert (layer.placed_share, layer.treaty.attachment) == (1.0, 1e6)
    assert layer.treaty.reinstatement_rates == (1.0, 0.5)


def test_terms_that_only_fit_together_are_set_together():
    terms = {"unit": "amount", "subject_premium": None, "attachment": 4e6, "limit": 1e6}
    assert treaty(after({"treaty": "no. 3: stop loss", "set": terms}), "no. 3: stop loss")


SURPLUS = {"name": "surplus", "net_of": [], "items": ["P-001"], "treaty": {
    "kind": "surplus", "line": 5e5, "lines": 5.0, "commission": 0.3,
    "profit_commission": {"share": 0.2, "years": 3}}}  # fmt: skip


def test_features_filters_and_lines_are_terms_like_others():
    scale = {"loss_ratios": [0.4, 0.6], "commissions": [0.35, 0.25]}
    found = after(
        {"add": SURPLUS},
        {"treaty": "surplus", "set": {"lines": 9.0, "items": ["P-002"], "policies": ["X"]}},
        {"treaty": "surplus", "set": {"commission": 0.0, "sliding_scale": scale}},
        {"treaty": "event layer", "set": {"hours_clause": {"hours": 72.0, "source": "park"}}},
    )
    surplus, layer = treaty(found, "surplus"), treaty(found, "event layer")
    assert (surplus.treaty.lines, surplus.items, surplus.policies) == (9.0, ("P-002",), ("X",))
    assert surplus.treaty.sliding_scale.commissions == (0.35, 0.25)
    assert surplus.treaty.profit_commission.years == 3
    assert (layer.treaty.hours_clause.hours, layer.treaty.limit) == (72.0, 20e6)
    gone = after({"add": SURPLUS}, {"treaty": "surplus", "set": {"profit_commission": None}})
    assert treaty(gone, "surplus").treaty.profit_commission is None


def test_a_fault_of_a_feature_points_into_the_edit():
    bad = {"hours_clause": {"hours": -72.0}}
    with pytest.raises(InvalidParameter) as refused:
        after({"treaty": "event layer", "set": bad})
    assert [fault.pointer for fault in refused.value.faults] == ["/0/set/hours_clause/hours"]


def test_edits_apply_in_their_order():
    found = after(
        {"treaty": "event layer", "set": {"limit": 30e6}},
        {"add": EXTRA},
        {"treaty": "extra", "set": {"share": 0.2}},
        {"treaty": "event layer", "set": {"limit": 40e6}},
    )
    assert treaty(found, "event layer").treaty.limit == 40e6
    assert treaty(found, "extra").treaty.share == 0.2
    assert [placed.name for placed in found.treaties][-1] == "extra"


def test_what_was_net_of_a_dropped_treaty_is_net_of_what_that_was_net_of():
    found = after({"drop": "event layer"})
    assert [placed.name for placed in found.treaties] == ["quota share", "no. 3: stop loss"]
    assert found.treaties[1].net_of == ("quota share",)
    assert rewired(PROGRAMME, found) == (
        "treaty 'no. 3: stop loss' is now net of 'quota share'; it was net of 'event layer'",
    )


def test_the_first_of_a_chain_can_go_and_a_twice_named_parent_is_named_once():
    found = after(
        {"treaty": "no. 3: stop loss", "set": {"net_of": ["quota share", "event layer"]}},
        {"drop": "event layer"},
    )
    assert found.treaties[1].net_of == ("quota share",)
    bare = after({"drop": "quota share"})
    assert treaty(bare, "event layer").net_of == ()
    assert "is now net of nothing; it was net of 'quota share'" in rewired(PROGRAMME, bare)[0]


def test_a_programme_that_is_not_rewired_says_nothing():
    assert rewired(PROGRAMME, after({"drop": "no. 3: stop loss"})) == ()
    assert rewired(PROGRAMME, after({"treaty": "quota share", "set": {"share": 0.1}})) == ()


FAULTS = [
    ({"treaty": "event layr", "set": {"limit": 1.0}}, "/0/treaty", "did you mean 'event layer'"),
    ({"treaty": "x", "set": {"limit": 1.0}}, "/0/treaty", "known: quota share, event layer"),
    ({"drop": "quota shar"}, "/0/drop", "did you mean 'quota share'"),
    ({"treaty": "event layer", "set": {"limt": 1.0}}, "/0/set/limt",
     "is not a term of 'event layer' (excess of loss), got 'limt' (did you mean 'limit'?)"),
    ({"treaty": "quota share", "set": {"attachment": 1.0}}, "/0/set/attachment", "not a term"),
    ({"treaty": "event layer", "set": {"limit": -1.0}}, "/0/set/limit", "must be > 0, got -1"),
    ({"treaty": "event layer", "set": {"limit": "30m"}}, "/0/set/limit", "number"),
    ({"treaty": "event layer", "set": {"placed_share": 2}}, "/0/set/placed_share", "[0, 1]"),
    ({"treaty": "event layer", "set": {"reinstatement_rates": [1.0, -1.0]}},
     "/0/set/reinstatement_rates/1", "must be >= 0"),
    ({"treaty": "event layer", "set": {"kind": "stop_loss"}}, "/0/set/kind", "add another"),
    ({"treaty": "event layer", "set": {"name": "y"}}, "/0/set/name", "add another"),
    ({"treaty": "event layer", "set": {"treaty": EXTRA["treaty"]}}, "/0/set/treaty", "add another"),
    ({"treaty": "no. 3: stop loss", "set": {"unit": "amount"}}, "/0/set/subject_premium",
     "must be absent"),
    ({"treaty": "event layer", "set": {"net_of": ["quota"]}}, "/0/set/net_of/0",
     "did you mean 'quota share'"),
    ({"add": EXTRA | {"net_of": ["quota"]}}, "/0/add/net_of/0", "did you mean 'quota share'"),
    ({"add": EXTRA | {"name": "quota share"}}, "/0/add/name", "must be unique"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "pointer", "words"), FAULTS, ids=[f[1] + f[2] for f in FAULTS])
def test_a_fault_points_into_the_edit(edit, pointer, words):
    with pytest.raises(InvalidParameter) as refused:
        after(edit)
    (fault,) = refused.value.faults
    assert fault.pointer == pointer
    assert words in str(fault)


def test_the_pointer_counts_the_edits():
    with pytest.raises(InvalidParameter) as refused:
        after({"drop": "no. 3: stop loss"}, {"drop": "no. 3: stop loss"})
    assert refused.value.faults[0].pointer == "/1/drop"


@pytest.mark.parametrize(
    ("edit", "pointer"),
    [({"frop": "x"}, "/0/treaty"), ({"drop": 5}, "/0/drop"), ({"drop": ""}, "/0/drop"), ("x", "/0"),
     ({"treaty": "event layer", "set": {}}, "/0/set"), ({"drop": "x", "set": {}}, "/0/set"),
     ({"add": {"name": "n", "treaty": {"kind": "quota"}}}, "/0/add/treaty/kind")],
)  # fmt: skip
def test_what_is_no_edit_is_refused_where_it_is_read(edit, pointer):
    with pytest.raises(InvalidParameter) as refused:
        read(tuple[Edit, ...], [edit])
    assert pointer in [fault.pointer for fault in refused.value.faults]


def test_a_circle_is_refused():
    with pytest.raises(Refused, match="circular"):
        after({"treaty": "quota share", "set": {"net_of": ["event layer"]}})


KINDS = {
    "quota_share": {"share": 0.4, "limit": 9.0, "basis": "site", "sliding_scale": {
        "loss_ratios": [0.4, 0.6], "commissions": [0.35, 0.25]}},
    "surplus": {"line": 5.0, "lines": 2.0, "commission": 0.3,
                "profit_commission": {"share": 0.2, "expenses": 0.1, "years": 3},
                "loss_corridor": {"attachment": 0.8, "exhaustion": 0.9, "share": 0.5}},
    "excess_of_loss": {"basis": "event", "attachment": 1.0, "limit": 2.0, "premium": 1.0,
                       "reinstatement_rates": [0.0, 1.0],
                       "hours_clause": {"hours": 72.0, "source": "park", "causes": ["fire"]}},
    "aggregate_excess": {"basis": "event", "each_attachment": 1.0, "each_limit": 2.0,
                         "unit": "amount", "attachment": 1.0, "limit": 2.0},
    "stop_loss": {"unit": "loss_ratio", "subject_premium": 5.0, "attachment": 1.0, "limit": 2.0},
    "state_backstop": {"unit": "amount", "attachment": 1.0, "limit": 2.0,
                       "cumulative_limit": 3.0, "years": 3},
    "swung": {"kind": "excess_of_loss", "basis": "event", "attachment": 1.0, "limit": 2.0,
              "swing_rating": {"load": 1.25, "minimum": 0.1, "maximum": 0.25}},
}  # fmt: skip
"""Every kind of treaty, with every record that can stand within one."""

EVERY = read(Programme, {"treaties": [
    {"name": name, "treaty": {"kind": name, **terms}, "products": ["x"], "items": ["y"],
     "reinsurers": [{"name": "Re A", "share": "1/2"}, {"name": "Re. B", "share": "1/2"}]}
    for name, terms in KINDS.items()
]})  # fmt: skip


def reach(value, path=""):
    """Every path that leads to a value which is no record and no list of its own."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from reach(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from reach(inner, f"{path}[{place}]")
    else:
        yield path, value


def leaves():
    for placed in EVERY.treaties:
        whole = plain(placed)
        terms = {**whole.pop("treaty"), **whole}
        for path, value in reach({n: v for n, v in terms.items() if n not in FIXED}):
            yield placed.name, path, value


def test_every_term_of_every_kind_is_reached():
    """Set to what it is, nothing changes; to a text that it cannot be, the fault is there."""
    paths = [f"{name}.{path}" for name, path, _ in leaves()]
    for path in ("quota_share.sliding_scale.commissions[1]", "surplus.loss_corridor.share",
                 "surplus.profit_commission.years", "swung.swing_rating.maximum",
                 "excess_of_loss.reinstatement_rates[1]", "excess_of_loss.hours_clause.causes[0]",
                 "stop_loss.reinsurers[1].share", "state_backstop.cumulative_limit",
                 "aggregate_excess.each_limit", "stop_loss.products[0]"):  # fmt: skip
        assert path in paths
    for name, path, value in leaves():
        edits = read(tuple[Edit, ...], [{"treaty": name, "set": {path: value}}])
        assert edited(EVERY, edits) == EVERY, path
        with pytest.raises(InvalidParameter) as refused:
            edited(EVERY, read(tuple[Edit, ...], [{"treaty": name, "set": {path: {"no": 1}}}]))
        pointers = [fault.pointer for fault in refused.value.faults]
        assert all(one.startswith(pointer(0, "set", path)) for one in pointers), (path, pointers)


def test_what_a_record_within_a_treaty_says_can_be_changed_alone():
    found = edited(EVERY, read(tuple[Edit, ...], [
        {"treaty": "quota_share", "set": {"sliding_scale.commissions[0]": 0.5}},
        {"treaty": "excess_of_loss", "set": {"reinstatement_rates[0]": 0.75,
                                             "hours_clause.hours": 96.0}},
        {"treaty": "stop_loss", "set": {"reinsurers[Re A].share": "3/4",
                                        "reinsurers[Re. B].share": "1/4"}},
    ]))  # fmt: skip
    scale = treaty(found, "quota_share").treaty.sliding_scale
    assert (scale.commissions, scale.loss_ratios) == ((0.5, 0.25), (0.4, 0.6))
    layer = treaty(found, "excess_of_loss").treaty
    assert layer.reinstatement_rates == (0.75, 1.0)
    assert (layer.hours_clause.hours, layer.hours_clause.source) == (96.0, "park")
    assert [one.share for one in treaty(found, "stop_loss").reinsurers] == ["3/4", "1/4"]
    assert treaty(found, "surplus") == treaty(EVERY, "surplus")


def test_what_becomes_of_parallel_treaties_is_a_term_of_the_programme():
    assert after({"parallel": "capped"}).parallel == "capped"
    assert after({"parallel": "capped"}, {"drop": "event layer"}).parallel == "capped"
    with pytest.raises(InvalidParameter) as refused:
        read(tuple[Edit, ...], [{"parallel": "cut"}])
    assert refused.value.faults[0].pointer == "/0/parallel"


PATHS = [
    ("hours_clause.hour", "hour is not a term of hours_clause, got 'hour' (did you mean 'hours'?)"),
    ("reinstatement_rates[2]", "reinstatement_rates must be the place of one of 2 entries"),
    ("reinstatement_rates[-1]", "set the whole of reinstatement_rates to make it longer"),
    ("reinsurers[Re C].share", "did you mean 'Re A'?"),
    ("reinsurers[0].shar", "shar is not a term of reinsurers[0], got 'shar' (did you mean 'share'"),
    ("limit.x", "limit holds no terms to reach into, got 'x' (set the whole of limit)"),
    ("swing_rating.load", "swing_rating holds no terms to reach into"),
    ("limt.x", "limt is not a term of 'excess_of_loss' (excess of loss), got 'limt' (did you mean"),
    ("treaty.limit", "treaty cannot be set by an edit"),
    ("[", "[ is no path to a term"),
    ("limit]", "is no path to a term"),
]


@pytest.mark.parametrize(("path", "words"), PATHS)
def test_a_path_that_leads_nowhere_names_the_nearest(path, words):
    edits = read(tuple[Edit, ...], [{"treaty": "excess_of_loss", "set": {path: 1.0}}])
    with pytest.raises(InvalidParameter) as refused:
        edited(EVERY, edits)
    (fault,) = refused.value.faults
    assert fault.pointer == pointer(0, "set", path)
    assert words in str(fault)


def test_a_change_that_no_longer_fits_the_rest_points_at_the_term():
    edits = [{"treaty": "stop_loss", "set": {"reinsurers[0].share": "3/4"}}]
    with pytest.raises(InvalidParameter, match="sum to 1") as refused:
        edited(EVERY, read(tuple[Edit, ...], edits))
    assert refused.value.faults[0].pointer == "/0/set/reinsurers[0].share"
    edits = [{"treaty": "quota_share", "set": {"sliding_scale.commissions[1]": 0.9}}]
    with pytest.raises(InvalidParameter, match=r"must be <= 0\.35") as refused:
        edited(EVERY, read(tuple[Edit, ...], edits))
    assert refused.value.faults[0].pointer == "/0/set/sliding_scale.commissions[1]"
    edits = [{"treaty": "stop_loss", "set": {"reinsurers[0]": {"name": "Re C", "share": 1}}}]
    with pytest.raises(InvalidParameter) as refused:
        edited(EVERY, read(tuple[Edit, ...], edits))
    assert refused.value.faults[0].pointer == "/0/set/reinsurers[0]/share"
