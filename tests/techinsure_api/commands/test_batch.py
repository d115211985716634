"""`techinsure batch`: a line a request, an exit code for all."""

import json

import pytest

from techinsure import quoting
from tests.techinsure_api.service import changed, quick

PROJECT, PILOT = quick("rd_loss"), quick("pilot")
WRONG = changed(PROJECT, "/insured", {"name": "misspelt", "stage": "grow"})


@pytest.fixture
def written(tmp_path):
    def write(text, name="requests.json"):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        return file

    return write


def test_an_array_and_lines_and_standard_input_are_answered_the_same(terminal, written):
    asked = [PROJECT, PILOT]
    array = terminal("batch", written(json.dumps(asked)), "--json")
    assert array.code == 0, array.err
    assert array.document["priced"] == 2
    quotes = [quoting.price({**one, "drivers": False}).to_dict() for one in asked]
    assert [one["quote"] for one in array.document["answers"]] == quotes
    text = "\n".join(map(json.dumps, asked)) + "\n\n"
    assert terminal("batch", written(text), "--json").document == array.document
    assert terminal("batch", "-", "--json", stdin=text.encode()).document == array.document


def test_a_line_each_with_what_is_wrong_and_exit_3(terminal, written, tmp_path):
    file, out = written(json.dumps([PROJECT, WRONG, 3])), tmp_path / "answers.json"
    said = terminal("batch", file, "--out", out)
    assert said.code == 3
    assert said.err == ""
    assert "3 requests: 1 priced, 2 refused" in said.out
    quote = quoting.price({**PROJECT, "drivers": False})
    assert f"{quote.premium.charged.value:,.0f} CNY" in said.out
    assert f"{100 * quote.claim_probability.value:.3g}%" in said.out
    for words in ("2. misspelt", "/insured/stage", "'growth'", "3."):
        assert words in said.out
    whole = json.loads(out.read_text("utf-8"))
    assert whole == terminal("batch", file, "--json").document
    assert [one["problem"] is None for one in whole["answers"]] == [True, False, False]


def test_in_chinese(terminal, written):
    said = terminal("--lang", "zh", "batch", written(json.dumps([PROJECT, WRONG])))
    assert said.code == 3
    for words in ("2 份请求：1 份已定价，1 份被拒绝", "出险概率", "警告，或错误所在"):
        assert words in said.out


def test_years_and_drivers_are_those_of_the_command(terminal, written):
    said = terminal("batch", written(json.dumps([PROJECT])), "--years", 1100, "--drivers", "--json")
    (one,) = said.document["answers"]
    assert one["quote"]["receipt"]["n_years"] == 1100
    assert one["quote"]["drivers"]["parts"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must hold at least one request"), ("[]", "must hold at least one request"),
        ("[1, 2", "does not parse"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_requests_is_refused(terminal, written, text, words):
    said = terminal("batch", written(text))
    assert said.code == 3
    assert said.out == ""
    assert words in said.err


def test_a_file_that_is_not_there_ends_with_4(terminal):
    assert terminal("batch", "no.json").code == 4


def test_a_line_that_does_not_parse_is_named_and_the_others_are_answered(terminal, written):
    text = f'{json.dumps(PROJECT)}\n{{"b": NaN}}\n{json.dumps(PILOT)}\n'
    said = terminal("batch", written(text), "--json")
    assert said.code == 3
    problems = [one["problem"] for one in said.document["answers"]]
    assert (said.document["priced"], said.document["failed"]) == (2, 1)
    assert problems[0] is problems[2] is None
    assert problems[1]["code"] == "malformed_json"
    assert "line 2 of the file" in problems[1]["detail"]
    assert "line 2 of" in terminal("batch", written(text)).out


def test_a_missing_folder_is_told_before_the_work(terminal, written, tmp_path, monkeypatch):
    monkeypatch.setattr("techinsure_api.batches.price_each", None)
    said = terminal("batch", written(json.dumps([PROJECT])), "--out", tmp_path / "no" / "a.json")
    assert said.code == 4
    assert str(tmp_path / "no") in said.err.replace("\n", "")
