"""`techinsure pool what-if`: edits and files, tables and JSON, and what is refused."""

import json

import pytest

from techinsure.catalogue import shipped
from techinsure.pooling.what_if import what_if
from techinsure.pooling.what_if_report import WhatIfRequest
from techinsure.reading import read
from techinsure.receipt import plain
from techinsure_api.commands.what_if import _edit
from techinsure_api.documented import OWN_ROWS
from techinsure_api.stored_runs.store import RunStore
from tests.techinsure_api.stored_runs.runs import small

EDITS = [
    {"treaty": "event layer", "set": {"limit": 1e6}},
    {"treaty": "quota share", "set": {"share": 0.3}},
]
SET = ("--set", "event layer.limit=1e6", "--set", "quota share.share=0.3")


@pytest.fixture
def run():
    """The id of a stored run of two rows under a quota share and an event layer."""
    return RunStore().add(*small())


def answer(run, request):
    store = RunStore()
    programmes = read(WhatIfRequest, request).programmes(store.outline(run).programme)
    found = what_if(store.simulated(run, shipped()), programmes)
    return json.loads(json.dumps({"simulation": run, "result": found.to_dict()}))


def test_edits_as_options_are_edits(terminal, run):
    said = terminal("pool", "what-if", run[:8], *SET, "--json")
    assert (said.code, said.err) == (0, "")
    assert said.document == answer(run, {"edits": EDITS})
    dropped = terminal("pool", "what-if", run, *SET, "--drop", "event layer", "--json").document
    assert dropped == answer(run, {"edits": [*EDITS, {"drop": "event layer"}]})


def test_without_a_run_it_is_the_latest(terminal, run):
    later = RunStore().add(*small())
    found = terminal("pool", "what-if", "--drop", "event layer", "--json").document
    assert found["simulation"] == later != run


def test_the_tables_show_before_after_and_the_error_of_the_difference(terminal, run):
    said = terminal("pool", "what-if", run, *SET)
    assert (said.code, said.err) == (0, "")
    (one,) = answer(run, {"edits": EDITS})["result"]["alternatives"]
    line = next(line for line in said.out.splitlines() if "net mean" in line)
    mean = one["net"]["mean"]
    for value in (mean["before"]["value"], mean["after"]["value"], mean["difference"]["value"],
                  mean["difference"]["standard_error"], mean["separate_error"]):  # fmt: skip
        assert f"{value:,.0f}" in line or f"{value / 1000:,.4g}" in line
    for words in (run[:12], "quota share", "changed", "lead *", "follower",
                  "times smaller than of two", "cost of reinsurance"):  # fmt: skip
        assert words in said.out


def test_several_programmes_stand_side_by_side(terminal, run, tmp_path):
    (tmp_path / "none.toml").write_text("treaties = []\n", "utf-8")
    whole = plain(read(WhatIfRequest, {"programme": OWN_ROWS["programme"]}).programme)
    (tmp_path / "same.json").write_text(json.dumps(whole), "utf-8")
    files = [word for name in ("none.toml", "same.json")
             for word in ("--programme", tmp_path / name)]  # fmt: skip
    said = terminal("pool", "what-if", run, *files)
    assert (said.code, said.err) == (0, "")
    assert "none" in said.out
    assert "same: Flag: the programme is the one that was run" in said.out
    document = terminal("pool", "what-if", run, *files, "--json").document
    names = [one["name"] for one in document["result"]["alternatives"]]
    assert names == ["none", "same"]


def test_files_of_one_name_are_told_apart_by_their_folders(terminal, run, tmp_path):
    words = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.toml").write_text("treaties = []\n", "utf-8")
        words += ["--programme", tmp_path / name / "p.toml"]
    document = terminal("pool", "what-if", run, *words, "--json").document
    names = [one["name"] for one in document["result"]["alternatives"]]
    assert names == [str(tmp_path / "a" / "p.toml"), str(tmp_path / "b" / "p.toml")]


def test_writes_the_answer_and_a_picture(terminal, run, tmp_path):
    out = tmp_path / "results"
    assert terminal("pool", "what-if", run, *SET, "--out", out).code == 0
    assert json.loads((out / "what_if.json").read_text("utf-8")) == answer(run, {"edits": EDITS})
    assert (out / "exceedance.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("option", "treaty", "term", "value"),
    [
        ("event layer.limit=30e6", "event layer", "limit", 30e6),
        ("a.b layer.limit = 30_000_000", "a.b layer", "limit", 30_000_000),
        ("分保.share=0.3", "分保", "share", 0.3),
        ("x.basis = event ", "x", "basis", "event"),
        ('x.basis="event"', "x", "basis", "event"),
        ("x.reinstatement_rates=[1.0, 0.5]", "x", "reinstatement_rates", [1.0, 0.5]),
        ("x.net_of=[]", "x", "net_of", []),
        ("x.limit=1,5", "x", "limit", "1,5"),
    ],
)
def test_a_value_is_as_a_programmes_file_has_it(option, treaty, term, value):
    assert _edit(option) == {"treaty": treaty, "set": {term: value}}


@pytest.mark.parametrize(
    "words",
    [(), ("--set", "limit=3"), ("--set", "layer.limit"), ("--set", ".limit=3"),
     ("--set", "layer.=3"), ("--drop", "x", "--programme", "p.toml")],
)  # fmt: skip
def test_wrong_usage_ends_with_2(terminal, run, words):
    assert terminal("pool", "what-if", run, *words).code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--set", "event layr.limit=3"), ["did you mean 'event layer'?", "event layr.limit=3"]),
        (("--drop", "stop loss"), ["known: quota share, event layer", "'stop loss'"]),
        (("--set", "event layer.limt=3"), ["did you mean 'limit'?", "event layer.limt=3"]),
        (("--set", "event layer.limit=1,5"), ["must be a valid number", "event layer.limit=1,5"]),
        (
            (*SET, "--drop", "evnt layer"),
            ["did you mean 'event layer'?", "--set/--drop 'evnt layer'"],
        ),
    ],
)
def test_a_fault_of_an_edit_names_its_option(terminal, run, words, told):
    said = terminal("pool", "what-if", run, *words)
    assert said.code == 3
    assert all(part in said.err for part in told), said.err
    assert "Traceback" not in said.err


def test_a_fault_of_a_file_is_told(terminal, run, tmp_path):
    file = tmp_path / "p.toml"
    file.write_text('[[treaties]]\nname = "q"\ntreaty = {kind = "quota_share", share = 2}\n')
    said = terminal("pool", "what-if", run, "--programme", file)
    assert said.code == 3
    assert "share must be in [0, 1], got 2" in said.err


@pytest.mark.parametrize("words", [("nope",), ("0" * 32,)])
def test_an_unknown_run_ends_with_4_and_names_those_there_are(terminal, run, words):
    said = terminal("pool", "what-if", *words, "--drop", "event layer")
    assert said.code == 4
    assert run in said.err


def test_where_nothing_is_stored_it_says_so(terminal, monkeypatch, tmp_path):
    monkeypatch.setenv("TECHINSURE_DATA", str(tmp_path))
    said = terminal("pool", "what-if", "--drop", "x")
    assert said.code == 4
    assert "stored run" in said.err


def test_its_help_teaches_by_examples(terminal):
    said = terminal("pool", "what-if", "--help")
    assert said.code == 0
    assert said.out.count("techinsure pool what-if") >= 3
    assert "what-if" in terminal("pool", "--help").out


def test_a_term_within_a_term_and_of_the_programme(terminal, run):
    edits = [{"treaty": "event layer", "set": {"reinstatement_rates[0]": 0.5}},
             {"parallel": "capped"}]  # fmt: skip
    words = ("--set", "event layer.reinstatement_rates[0]=0.5", "--set", "parallel=capped")
    before = RunStore().outline(run).programme
    layer = next(one for one in before.treaties if one.name == "event layer")
    if not layer.treaty.reinstatement_rates:
        edits[0] = {"treaty": "event layer", "set": {"reinstatement_rates": [1.0]}}
        words = ("--set", "event layer.reinstatement_rates=[1.0]", *words[2:])
    found = terminal("pool", "what-if", run, *words, "--json")
    assert found.document == answer(run, {"edits": edits})


@pytest.mark.parametrize(
    ("option", "edit"),
    [
        ("a.limit=3", {"treaty": "a", "set": {"limit": 3}}),
        ("a.b.hours_clause.hours=3.5", {"treaty": "a.b", "set": {"hours_clause.hours": 3.5}}),
        ("a.reinsurers[R. B].share=1/2", {"treaty": "a", "set": {"reinsurers[R. B].share": "1/2"}}),
        ("parallel=capped", {"parallel": "capped"}),
        ("c.d.limit=3", {"treaty": "c.d", "set": {"limit": 3}}),
    ],
)
def test_the_treaty_of_a_path_is_the_longest_name_that_fits(option, edit):
    assert _edit(option, ["a", "a.b"]) == edit
