"""A quote in words: both languages say the same, from the figures of the quote."""

import tomllib
from importlib.resources import files
from string import Formatter

import pytest

import techinsure as ti
from techinsure.quotes.explanation import explained
from tests.techinsure.asked import request

TEXT = (files("techinsure.quotes") / "explanation.toml").read_text(encoding="utf-8")
SENTENCES = tomllib.loads(TEXT)


@pytest.fixture(scope="module")
def quote():
    option = {"name": "half", "terms": {"deductible": 0.05}}
    return ti.price({**request("rd_loss"), "options": [option]})


def places(sentence):
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def test_both_languages_have_the_same_sentences_with_the_same_places():
    english, chinese = SENTENCES["en"], SENTENCES["zh"]
    assert english.keys() == chinese.keys()
    for key, sentence in english.items():
        if isinstance(sentence, str):
            assert places(sentence) == places(chinese[key]), key
    assert SENTENCES["en"]["steps"].keys() <= SENTENCES["zh"]["steps"].keys()
    assert SENTENCES["en"]["why_nothing"].keys() == SENTENCES["zh"]["why_nothing"].keys()


def test_the_chinese_is_chinese(quote):
    """Apart from names that the request or the product bring in English."""
    brought = (quote.insured, "half", "startup", "unknown", "q2")
    for line in quote.explain("zh").splitlines():
        for name in brought:
            line = line.replace(name, "")
        letters = [word for word in line.split() if word.isascii() and word.isalpha()]
        assert len(letters) <= 3, line


def test_each_figure_is_that_of_the_quote(quote):
    for language in ("en", "zh"):
        text = quote.explain(language)
        for value in (
            quote.premium.charged.value, quote.drivers.base.value, quote.payout_1_in_200.value,
            quote.alternatives[0].charged.value, quote.pure_range.low.value,
            quote.premium.waterfall.step("parameter_capital").value,
        ):  # fmt: skip
            assert f"{value:,.0f}" in text
        largest = max(quote.drivers.parts, key=lambda part: abs(part.contribution.value))
        lines = [line for line in text.splitlines() if f"{largest.contribution.value:,.0f}" in line]
        title = next(f.title[language] for f in quote.factors if f.name == largest.name)
        assert any(title in line for line in lines)


def test_what_moves_the_price_most_comes_first(quote):
    lines = quote.explain().splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("What moved it"))
    ranked = sorted(quote.drivers.parts, key=lambda part: -abs(part.contribution.value))
    assert f"{abs(ranked[0].contribution.value):,.0f}" in lines[at + 1]
    assert f"{abs(ranked[1].contribution.value):,.0f}" in lines[at + 2]


def test_texts_of_others_are_retold(quote):
    text = "\n".join(explained(quote, "zh", told=lambda english: f"<{english}>"))
    assert "<startup>" in text
    assert "<brokers and agents who bring and serve the policy>" in text
