"""`techinsure sensitivity`: bars, the price of ignorance, what was held and why."""

import json
import re

import pytest

from techinsure.quoting import tornado
from tests.techinsure_api.service import changed, quick

PILOT = quick("pilot")


@pytest.fixture(scope="module")
def report():
    return tornado.sensitivity({"risk": PILOT, "more_exposure": [10.0]})


@pytest.fixture
def asked(tmp_path):
    file = tmp_path / "request.json"
    file.write_text(json.dumps(PILOT), "utf-8")
    return "sensitivity", file, "--more", "10"


def test_the_json_is_the_report_and_the_pictures_are_drawn(terminal, asked, report, tmp_path):
    pictures = tmp_path / "tornado.png", tmp_path / "ignorance.png"
    said = terminal(*asked, "--json", "--picture", pictures[0], "--ignorance", pictures[1])
    assert said.code == 0, said.err
    assert said.document == report.to_dict()
    for file in pictures:
        assert file.read_bytes().startswith(b"\x89PNG")


def test_the_tables_say_what_the_report_says(terminal, monkeypatch, asked, report):
    monkeypatch.setattr(tornado, "sensitivity", lambda *arguments: report)
    said = terminal(*asked)
    assert said.code == 0, said.err
    for bar in report.bars:
        assert bar.name in said.out
        assert f"{bar.elasticity:+.3f}" in said.out
        if bar.by_score is not None:
            error = bar.by_score.standard_error
            assert f"{bar.by_score.value:+.3f} ± {error:.3f}" in said.out
    widest = report.bars[0]
    for change in (widest.lower, widest.higher, widest.at_low, widest.at_high):
        assert f"{change.value:+,.0f}" in said.out
    (one,) = report.ignorance
    assert f"{one.charged.value:,.0f}" in said.out
    (held,) = report.held
    assert held.parameter in said.out
    assert "budget shares" in said.out
    assert "1,000 simulated years" in said.out
    assert max(map(len, said.out.splitlines())) <= 110


def test_in_chinese_no_english_sentence_is_left(terminal, monkeypatch, asked, report):
    monkeypatch.setattr(tornado, "sensitivity", lambda *arguments: report)
    said = terminal("--lang", "zh", *asked)
    for words in ("未知的代价", "弹性", "低 10%", "各阶段预算份额之和须为 1", "保持不变"):
        assert words in said.out, words
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", said.out.replace(PILOT["insured"]["name"], ""))


@pytest.mark.parametrize(
    ("words", "code"),
    [((), 2), (("x.json", "--product", "pilot"), 2), (("--product", "pilott"), 4),
     (("--product", "pilot", "--more", "ten"), 2), (("no.json",), 4),
     (("--product", "pilot", "--more", "0"), 3)],
)  # fmt: skip
def test_what_cannot_be_answered_ends_with_its_code(terminal, words, code):
    said = terminal("sensitivity", *words)
    assert said.code == code
    assert said.out == ""
    assert "Traceback" not in said.err


def test_a_fault_has_its_place_in_the_request(terminal, tmp_path):
    file = tmp_path / "request.json"
    file.write_text(json.dumps(changed(PILOT, "/insured/stage", "grow")), "utf-8")
    said = terminal("sensitivity", file)
    assert said.code == 3
    assert "field: /risk/insured/stage" in said.err
