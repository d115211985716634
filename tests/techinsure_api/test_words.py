"""The words of both languages: none is missing, none is idle, and what is filled in stays."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from typer.main import get_command

import techinsure
import techinsure_api
from techinsure.catalogue import shipped
from techinsure_api import cli, usage, words

ENGINE, SERVICE = Path(techinsure.__file__).parent, Path(techinsure_api.__file__).parent
CHINESE = re.compile("[\u4e00-\u9fff]")

REACHED = (
    *(f"evidence/{name}.py"
      for name in ("experience", "observed", "knowledge", "updating", "stepwise", "opinions",
                   "analogues", "elicitation", "class_pools")),
    "pool/insolvency/counterparties.py",
)  # fmt: skip
"""What own data, experts and analogues, and ratings of a pool can be wrong with, which files
bring."""

ONLY_IN_PYTHON = (
    *(
        "capital/",
        "cover.py",
        "cover_levels.py",
        "dependence/",
        "distributions/",
        "evidence/",
        "exact/",
        "kernels/",
        "losses/",
        "models/",
        "receipt.py",
        "sparse/",
    ),
    *("money.py", "portfolio.py"),
    *("quoting/in_pool.py", "quoting/priced.py"),
    "pool/accumulation.py",
    "pool/insolvency/",
    *("reinsurance/treaty_prices.py", "techinsure_api/guard.py", "techinsure_api/routes/"),
    *("techinsure_api/work.py", "techinsure_api/documented.py", "pooling/what_if_report.py"),
)
"""Modules whose faults a file or a command line cannot reach, or whose readers are programs."""


@pytest.fixture
def chinese():
    token = words.language.set("zh")
    yield
    words.language.reset(token)


def sources(*folders):
    for folder in folders or (ENGINE, SERVICE):
        for path in sorted(folder.rglob("*.py")):
            yield path.relative_to(folder.parent).as_posix(), ast.parse(path.read_text("utf-8"))


def template(node):
    """A text of the source with `{}` or `{!r}` for what is filled in; None for what is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text.replace("{", "{{").replace("}", "}}")
        case ast.JoinedStr(values=values):
            filled = {-1: "{}", ord("r"): "{!r}", ord("s"): "{}"}
            return "".join(
                filled[part.conversion] if isinstance(part, ast.FormattedValue) else template(part)
                for part in values
            )
    return None


def shape(entry):
    """An entry's English the same way."""
    parts = []
    for piece, name, _, conversion in Formatter().parse(entry):
        parts.append(piece.replace("{", "{{").replace("}", "}}"))
        if name is not None:
            parts.append("{!r}" if conversion == "r" else "{}")
    return "".join(parts)


MARKS = {", ", "{title}: {what}", "{fault} ({fix})"}
"""Entries of punctuation alone."""

# --- Both languages say the same -----------------------------------------------------------------


@pytest.mark.parametrize("file", [*words.TOLD, *words.RETOLD])
def test_what_is_filled_in_is_the_same_in_both(file):
    """Names that begin with _ are left out in Chinese."""
    for english, text in words.read_entries(file).items():
        wanted = sorted(name for name in words.fields(english) if not name.startswith("_"))
        assert sorted(words.fields(text)) == wanted, english
        assert CHINESE.search(text) or english in MARKS, text


def test_each_english_text_has_one_entry():
    every = [
        english for file in (*words.TOLD, *words.RETOLD) for english in words.read_entries(file)
    ]
    assert len(words.entries()) == len(every) == len({shape(english) for english in every})


# --- Nothing is missing, nothing is idle ---------------------------------------------------------


def told():
    """The texts that the command line tells, from the source."""
    for name, tree in sources(SERVICE):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "tell":
                first = node.args[0]
                assert isinstance(first, ast.Constant), f"{name}:{node.lineno}: tell no variable"
                yield first.value


def test_what_is_told_has_its_entry_and_every_entry_is_told():
    used = set(told())
    assert not used - words.entries().keys()
    for file in words.TOLD:
        assert file == "help.toml" or not words.read_entries(file).keys() - used


def helped(command):
    """The texts of a command's help and of all below it."""
    yield from (" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    yield from (line.partition("# ")[2] for line in (command.epilog or "").splitlines())
    yield from (param.help for param in command.params)
    for inner in getattr(command, "commands", {}).values():
        yield from helped(inner)


def test_what_help_shows_has_its_entry_and_every_entry_is_shown():
    lang = usage.lang_option().help
    frame = {*usage.FRAME.values(), lang, "Show this message and exit.", "[bold]Examples[/bold]"}
    used = {*helped(get_command(cli.app)), *frame, "[OPTIONS]", "COMMAND [ARGS]..."} - {"", None}
    entries = words.read_entries("help.toml").keys()
    assert used - entries == set()
    assert entries - used == set()


def test_every_entry_of_the_engine_is_said_there():
    said = {template(node) for _, tree in sources() for node in ast.walk(tree)}
    faults = [file for file in words.RETOLD if file.endswith("faults.toml")]
    for file in ("engine.toml", *faults):
        assert not [entry for entry in words.read_entries(file) if shape(entry) not in said]


def bounds_and_fixes():
    """Every bound and fix written out where a fault is made, with its module."""
    for name, tree in sources():
        for node in ast.walk(tree):
            texts = []
            match node:
                case ast.Call(func=ast.Name(id="Fault"), args=args):
                    texts = args[2:4]
                case ast.Call(func=ast.Name(id="number" | "NumberCheck" | "between"), args=args):
                    texts = [*args, *(one.value for one in node.keywords)]
                case ast.Assign(targets=[ast.Name(id="bound" | "fix")], value=value):
                    texts = [value]
            for text in (inner for one in texts for inner in branches(one)):
                if template(text):
                    yield name, template(text)


def branches(node):
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


TOO_WIDE = {" ({})", "must be {}", "{} or {}"}
"""What would be the pattern of half of all texts."""


def test_every_bound_and_fix_that_a_command_can_meet_has_its_entry():
    known = {shape(entry) for entry in words.entries()} | TOO_WIDE
    missing = {
        (name, text)
        for name, text in bounds_and_fixes()
        if text not in known
        and (name.endswith(REACHED) or not any(part in name for part in ONLY_IN_PYTHON))
    }
    assert not missing


# --- What products say ---------------------------------------------------------------------------

PRODUCTS = list(shipped().products.values())


def said_in_english():
    """(text, whether it may be a citation) that a shipped product has in English only."""
    for product in PRODUCTS:
        yield product.capital.pays_for, False
        for name, loading in product.loadings.items():
            yield name.replace("_", " "), False
            yield loading.pays_for, False
        for factor in product.factors.values():
            for name, level in factor.levels.items():
                yield name, False
                yield from ((target, False) for target in level.on)
                yield level.source, not level.source.startswith("techinsure")


def test_all_that_a_shipped_product_says_is_retold(chinese):
    """A citation stays as it is; nothing else keeps three English words in a row."""
    for text, is_citation in said_in_english():
        retold = words.retell(text)
        assert CHINESE.search(retold) or is_citation, text
        if not is_citation:
            rest = re.sub("（[^）]*）", "", retold.partition("C 级：")[0])
            assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", rest.replace("techinsure", "")), retold


def test_titles_are_the_products_own(chinese):
    for product in PRODUCTS:
        for record in (product, *product.factors.values(), *product.terms.values()):
            assert words.by_language(record.title) == record.title["zh"]
    assert words.by_language({"en": "Own"}) == "Own"


def test_no_entry_of_the_products_is_idle():
    texts = [text for text, _ in said_in_english()] + ["risk margin"]
    for english in words.read_entries("products.toml"):
        pieces = [piece for piece, *_ in Formatter().parse(english) if piece]
        assert any(all(piece in text for piece in pieces) for text in texts), english


# --- What is retold ------------------------------------------------------------------------------


def test_english_is_told_as_the_code_has_it():
    assert words.language.get() == "en"
    assert words.tell("figures compared: {n}", n=3) == "figures compared: 3"
    assert words.retell("must be > 0") == "must be > 0"


@pytest.mark.parametrize(
    ("text", "retold"),
    [
        ("must be in [0.01, 1e+15]", "须在 [0.01, 1e+15] 之内"),
        ("must be in [0, 0.3] (share_of_loss)", "须在 [0, 0.3] 之内（占损失比例）"),
        ("must be one of startup, growth", "须为下列之一：startup, growth"),
        ("did you mean 'growth'?", "是否应为 'growth'？"),
        ("must be <= 12", "须 <= 12"),
        ("must be <= budget 8e+06", "须不超过预算 8e+06"),
        ("give a value that is > 0", "改为符合上述要求的值"),
        ("must be UTF-8, byte 7 is not", "须为 UTF-8，第 7 个字节不是"),
        ("product 'rd' is not known (did you mean 'rd_loss'?); known: a, b",
         "没有产品 'rd'（是否应为 'rd_loss'？）；已有：a, b"),
        ("product 'rd' is not known; known: none", "没有产品 'rd'；已有：none"),
        ("/a/b is 1.0, recomputed 2e-05", "/a/b 为 1.0，重算为 2e-05"),
        ("3.42 to 2.5", "3.42 截为 2.5"),
    ],
)  # fmt: skip
def test_what_is_filled_in_is_kept(chinese, text, retold):
    assert words.retell(text) == retold


@pytest.mark.parametrize(
    "text",
    ["must be purple", "must be <= the moon", "add salt to taste", "from here to there", "a (b)",
     "x is 1", "", "port of call", "have a GiB", "must be at most a guess", "The base"],
)  # fmt: skip
def test_an_unknown_text_stays_english_rather_than_wrong(chinese, text):
    assert words.retell(text) == text
