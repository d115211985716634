"""`--lang`, help and wrong usage in both languages."""

import re

import pytest
from rich.cells import cell_len

from techinsure.errors import InvalidParameter
from techinsure.pooling.report import PoolRequest
from techinsure.quotes import PriceRequest
from techinsure.reading import read
from techinsure_api import usage, words
from tests.techinsure_api.commands.terminal import Terminal

VERBS = ["demo", "price", "pool", "bordereau", "check", "verify", "serve", "doctor"]


@pytest.fixture
def terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv(words.VARIABLE, raising=False)
    yield Terminal(monkeypatch, capsys)
    words.language.set("en")


@pytest.mark.parametrize(
    ("asked", "variable", "language"),
    [
        ([], "", "en"),
        ([], "zh", "zh"),
        (["--lang", "zh", "check"], "", "zh"),
        (["check", "--lang=zh"], "en", "zh"),
        (["check", "--lang", "en"], "zh", "en"),
        (["--lang", "zh", "check", "--lang", "en"], "", "en"),
        (["price", "--", "--lang", "zh"], "", "en"),
        (["check", "--lang"], "", "en"),
        (["--lang", "fr"], "", "en"),
    ],
)
def test_the_last_word_decides_then_the_variable_then_english(
    asked, variable, language, monkeypatch
):
    monkeypatch.setenv(words.VARIABLE, variable)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert usage.language_of(asked) == language


@pytest.mark.parametrize("asked", [("--lang", "zh", "check"), ("check", "--lang", "zh")])
def test_the_option_stands_before_or_after_the_verb(terminal, asked):
    assert "证据等级" in terminal(*asked).out
    assert "Grades" in terminal("check").out


def test_the_variable_sets_the_language(terminal, monkeypatch):
    monkeypatch.setenv(words.VARIABLE, "zh")
    assert "证据等级" in terminal("check").out
    assert "Grades" in terminal("check", "--lang", "en").out


@pytest.mark.parametrize("words_", [("--lang", "fr", "check"), ("check", "--lang", "fr")])
def test_an_unknown_language_is_wrong_usage(terminal, words_):
    said = terminal(*words_)
    assert said.code == 2
    assert "'en', 'zh'" in said.err


def test_an_unknown_language_of_the_environment_is_wrong_usage(terminal, monkeypatch):
    monkeypatch.setenv(words.VARIABLE, "fr")
    said = terminal("check")
    assert said.code == 2
    assert "TECHINSURE_LANG must be one of en, zh, got 'fr'" in said.err
    assert "Invalid value for '--lang'" not in said.err
    assert terminal("--lang", "zh", "check").code == 0
    assert terminal("check", "--lang=en").code == 0
    assert terminal("check", "--", "--lang").code == 2


@pytest.mark.parametrize(("columns", "width"), [(80, 80), (100, 100), (110, 110), (200, 110)])
def test_a_help_is_as_wide_as_the_terminal_up_to_110_columns(terminal, monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = terminal("pool", "--help").out.splitlines()
    assert max(map(cell_len, lines)) == width


@pytest.mark.parametrize("verb", ["", "check", "pool", "serve"])
@pytest.mark.parametrize("width", [80, 100])
def test_no_help_is_cut(terminal, monkeypatch, verb, width):
    monkeypatch.setenv("COLUMNS", str(width))
    shown = terminal("--lang", "zh", *([verb] if verb else []), "--help").out
    assert "…" not in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= width


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_is_chinese_but_for_what_is_typed(terminal, verb):
    """No three English words in a row outside of command lines."""
    shown = terminal("--lang", "zh", *([verb] if verb else []), "--help")
    assert shown.code == 0
    assert "用法：" in shown.out
    assert "选项" in shown.out
    assert "TECHINSURE_LANG" in shown.out
    remarks = [line.partition("#")[2] if " techinsure " in line else line
               for line in shown.out.splitlines()]  # fmt: skip
    assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+ ", "\n".join(remarks))
    english = terminal(*([verb] if verb else []), "--help")
    assert "Usage: techinsure" in english.out
    assert not re.search("[\u4e00-\u9fff]", english.out.replace("中文", "").replace("清单", ""))


WRONG = [
    (),
    ("--lang", "fr", "check", "--lang", "zh"),
    ("price", "--nothing"),
    ("price", "--prodct", "x"),
    ("prize",),
    ("nonsense",),
    ("verify",),
    ("price", "--product"),
    ("doctor", "--json=3"),
    ("doctor", "x"),
    ("price", "--product", "patent", "--years", "many"),
    ("serve", "--port", "99999"),
    ("serve", "--port", "-1"),
    ("price",),
]


def wrong_usage(terminal):
    for asked in WRONG:
        said = terminal("--lang", "zh", *asked)
        assert said.code == 2, asked
        assert said.out == ""
        yield asked, said.err


def test_wrong_usage_is_told_in_chinese(terminal):
    for asked, said in wrong_usage(terminal):
        assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+ ", said), said
        assert said.splitlines()[-1].startswith("错误："), asked


def test_usage_help_and_fault_are_lines(terminal):
    assert terminal("price", "--nothing", "--lang", "zh").err.splitlines() == [
        "用法：techinsure price [选项] [FILE|-]",
        "请看 'techinsure price --help'。",
        "错误：没有选项 --nothing",
    ]


def misread():
    """Every bound that pydantic words when records are read."""
    price = {"product": "p", "exposure": {}}
    pool = {"portfolio": {"sample": "x"}}
    wrong = (1, 1.5, "", "a" * 300, [], {}, None, float("inf"))
    requests = [(PriceRequest, {**price, "product": value}) for value in wrong]
    requests += [(PriceRequest, {**price, "terms": {"limit": value}}) for value in wrong]
    requests += [(PriceRequest, {**price, "simulation": {"seed": value}}) for value in wrong]
    for name in ("insured", "terms", "simulation"):
        requests += [(PriceRequest, {**price, name: value}) for value in wrong]
    requests += [(PoolRequest, {**pool, "programme": {"treaties": [value]}}) for value in wrong]
    for name in ("name", "currency", "members"):
        requests += [(PoolRequest, {**pool, "pool": {name: value}}) for value in wrong]
    for name in ("name", "lead", "capital_and_reserves"):
        requests += [(PoolRequest, {**pool, "pool": {"members": [{name: v}]}}) for v in wrong]
    for treaties in ([{}], [{"name": "a", "treaty": {}}], [{"name": "a", "treaty": {"kind": "b"}}]):
        requests.append((PoolRequest, {**pool, "programme": {"treaties": treaties}}))
    requests.append((PoolRequest, {**pool, "programme": {"parallel": "x"}}))
    for kind, document in requests:
        try:
            read(kind, document)
        except InvalidParameter as error:
            yield from (fault.bound for fault in error.faults)


def test_no_entry_of_the_parsers_is_idle(terminal):
    """Each is some line of wrong usage, or some bound of a record, retold."""
    told = "\n".join(said for _, said in wrong_usage(terminal))
    words.language.set("zh")
    told += "\n".join(words.retell(bound) for bound in misread())
    for english, chinese in words.read_entries("usage.toml").items():
        pieces = [re.escape(piece) for piece in re.split(r"\{.*?\}", chinese)]
        assert re.search(".*?".join(pieces), told), english


def test_every_bound_of_the_parsers_is_retold(terminal):
    words.language.set("zh")
    for bound in misread():
        assert re.search("[\u4e00-\u9fff]", words.retell(bound)), bound
