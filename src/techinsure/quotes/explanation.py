"""A quote in words, English or Chinese: what drives the price, and what is not known of it.

The sentences are data (`explanation.toml`); warnings and what a product says of its loadings come
through `Words.told`, since only their author knows them.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.level_terms import EVERY
from techinsure.pricing.waterfall import RISK_STEPS
from techinsure.quantities import FORBID, Estimate
from techinsure.quotes.quote import Language, Quote

MOST_DRIVERS, MOST_NAMES = 6, 8
"""So many are named; the others are counted."""

ROUNDING = 1e-6
"""Parts of the premium below it are rounding of the lattice."""

Retold = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The sentences of one language, and how a text of another author is told in it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    language: Language
    told: Retold

    def say(self, key: str, **values: object) -> str:
        """The sentence `key`, filled."""
        return str(_sentences(self.language)[key]).format(**values)

    def step(self, name: str) -> str:
        """What a step of the premium, or a loading, is called."""
        return self._of("steps", name) or self.told(name.replace("_", " "))

    def nothing(self, name: str) -> str:
        """Why nothing is charged for a step; empty for a loading."""
        return self._of("why_nothing", name)

    def reason(self, text: str) -> str:
        """What follows an amount to say what it pays for; nothing where nobody told it."""
        told = self.told(text)
        known = self.language == "en" or told != text
        return self.say("reason", why=told) if known else ""

    def _of(self, group: str, name: str) -> str:
        names = _sentences(self.language)[group]
        assert isinstance(names, dict)
        return str(names.get(name, ""))

    def listed(self, names: Sequence[str]) -> str:
        """Names in a row; beyond `MOST_NAMES` they are counted."""
        shown = list(names[:MOST_NAMES])
        if len(names) > MOST_NAMES:
            shown.append(self.say("other_numbers", count=len(names) - MOST_NAMES))
        return self.say("and").join(shown)

    def error(self, amount: Estimate) -> str:
        """What follows an amount: its standard error, or that there is none."""
        return self.say("exact") if amount.exact else f" ± {_money(amount.standard_error or 0.0)}"


@cache
def _sentences(language: Language) -> dict[str, object]:
    text = (files("techinsure.quotes") / "explanation.toml").read_text(encoding="utf-8")
    whole = tomllib.loads(text)
    sentences: dict[str, object] = whole[language]
    return sentences


def explained(quote: Quote, language: Language = "en", told: Retold = str) -> Iterator[str]:
    """The explanation, line by line; `told` turns texts of products and warnings into the
    language."""
    words = Words(language=language, told=told)
    yield from _headline(quote, words)
    yield from _steps(quote, words)
    yield from _levels(quote, words)
    yield from _payable(quote, words)
    yield from _drivers(quote, words)
    yield from _unknown(quote, words)
    yield from _evidence(quote, words)
    yield from _beside(quote, words)
    yield from _over_time(quote, words)
    for warning in quote.warnings:
        yield words.say("warning", warning=told(warning))


def _beside(quote: Quote, words: Words) -> Iterator[str]:
    """Options, and what other premium principles would charge."""
    least = ROUNDING * quote.premium.charged.value
    for option in quote.alternatives:
        same = abs(option.difference.value) <= least
        sign, amount = ("+", "0") if same else _signed(option.difference.value)
        yield words.say(
            "option", name=option.name, charged=_money(option.charged.value), unit=quote.currency,
            sign=sign, difference=amount, error="" if same else words.error(option.difference),
        )  # fmt: skip
    for one in quote.principles:
        if one.charged is None:
            yield words.say("no_principle", principle=one.principle, value=f"{one.value:g}",
                            why=words.told(one.refused))  # fmt: skip
            continue
        yield words.say(
            "principle", principle=one.principle, value=f"{one.parameter} {one.value:g}",
            charged=_money(one.charged.value), unit=quote.currency,
        )  # fmt: skip


def _over_time(quote: Quote, words: Words) -> Iterator[str]:
    """What several years or a yield would do to the price."""
    found = quote.over_time
    if found is None:
        return
    sign, moved = _signed(found.capital_added.value)
    yield words.say(
        "capital_years", years=f"{found.years_of_capital.value:.3g}", unit=quote.currency,
        sign=sign, amount=moved, error=words.error(found.capital_added),
    )  # fmt: skip
    if found.discount is None or found.claims_added is None or found.both_added is None:
        return
    (less, claims), (either, both) = (
        _signed(one.value) for one in (found.claims_added, found.both_added)
    )
    yield words.say(
        "discounted", rate=f"{found.discount.rate:.3g}", source=found.discount.source,
        as_of=found.discount.as_of, unit=quote.currency, sign=less, amount=claims,
        both=either + both, error=words.error(found.both_added),
    )  # fmt: skip


def _headline(quote: Quote, words: Words) -> Iterator[str]:
    unit = quote.currency
    yield words.say(
        "headline", product=quote.title.get(words.language, quote.product), insured=quote.insured,
        charged=_money(quote.premium.charged.value), unit=unit,
        rate=f"{quote.rate.value:.3%}", sum=_money(quote.sum_insured),
        months=f"{quote.term_months:g}", chance=f"{quote.claim_probability.value:.2%}",
    )  # fmt: skip
    yield words.say(
        "payouts", often=_money(quote.payout_1_in_20.value),
        rare=_money(quote.payout_1_in_200.value), unit=unit,
    )  # fmt: skip


def _steps(quote: Quote, words: Words) -> Iterator[str]:
    whole = quote.premium.charged.value
    yield words.say("lines", unit=quote.currency)
    for step in quote.premium.waterfall.steps:
        name, why = words.step(step.name), words.nothing(step.name)
        if abs(step.amount.value) <= ROUNDING * whole and step.amount.exact and why:
            yield words.say("nothing", name=name, why=why)
            continue
        yield words.say(
            "step", name=name, amount=_money(step.amount.value), error=words.error(step.amount),
            reason="" if step.name in RISK_STEPS else words.reason(step.pays_for),
        )  # fmt: skip
    margin = quote.margin
    key = "margin_pool" if margin.basis == "pool_after_reinsurance" else "margin"
    yield words.say(
        key, rate=f"{margin.rate:.0%}", level=f"{1 - margin.level:.1%}",
        items=margin.reference_items, alone=_money(margin.stand_alone_capital.value),
        unit=quote.currency,
    )  # fmt: skip


def _levels(quote: Quote, words: Words) -> Iterator[str]:
    """Terms of sites or policies, level by level."""
    for one in quote.terms_by_level:
        terms = words.say("then").join(words.told(term) for term in one.terms)
        names = words.listed([words.told(cause) for cause in one.causes])
        causes = words.say("causes", names=names) if names else ""
        group = words.say("each_group" if one.group == EVERY else "one_group", group=one.group)
        yield words.say(
            "level", level=one.level, by=words.told(one.by), group=group,
            per=words.told(one.per), causes=causes, terms=terms,
        )  # fmt: skip


def _payable(quote: Quote, words: Words) -> Iterator[str]:
    """Who pays what; of a subsidy, each step that was binding."""
    due, parts = quote.payable, () if quote.payable.subsidy is None else quote.payable.subsidy.parts
    scheme = ""
    if parts:
        kind = "at_most" if any(part.at_most for part in parts) else "scheme"
        scheme = words.say(kind, scheme=parts[0].scheme)
    yield words.say(
        "payable", insured=f"{due.insured.amount:,}", state=f"{due.state.amount:,}",
        scheme=scheme, vat=f"{due.vat.amount:,}", unit=quote.currency,
    )  # fmt: skip
    for part in parts:
        for step in part.steps:
            if step.binding and step.name != "minor_unit":
                yield words.say("binding", part=part.year, why=words.told(step.why))


def _drivers(quote: Quote, words: Words) -> Iterator[str]:
    if quote.drivers is None:
        yield words.say("no_drivers")
        return
    found, titles = quote.drivers, {factor.name: factor.title for factor in quote.factors}
    grades = {factor.name: factor.grade for factor in quote.factors}
    yield words.say(
        "drivers", base=_money(found.base.value), unit=quote.currency,
        charged=_money(found.charged.value),
    )  # fmt: skip
    least = ROUNDING * abs(found.charged.value)
    moved = [part for part in found.parts if abs(part.contribution.value) > least]
    ranked = sorted(moved, key=lambda part: -abs(part.contribution.value))
    for part in ranked[:MOST_DRIVERS]:
        sign, amount = _signed(part.contribution.value)
        title = titles.get(part.name, {}).get(words.language) or words.step(part.name)
        levels = words.say("and").join(words.told(level) for level in part.level.split(", "))
        error = words.error(part.contribution)
        grade = words.say("grade", grade=grades[part.name]) if part.name in grades else ""
        yield words.say(
            "driver", name=title, level=levels, grade=grade, sign=sign, amount=amount, error=error
        )
    if rest := ranked[MOST_DRIVERS:]:
        sign, amount = _signed(sum(part.contribution.value for part in rest))
        yield words.say("others", count=len(rest), sign=sign, amount=amount)


def _unknown(quote: Quote, words: Words) -> Iterator[str]:
    lines = quote.premium.waterfall
    least = ROUNDING * quote.premium.charged.value
    mean, capital = (
        value if abs(value) > least else 0.0
        for value in (lines.step("parameter_mean").value, lines.step("parameter_capital").value)
    )
    yield words.say(
        "sparse", mean=_money(mean), unit=quote.currency, capital=_money(capital)
    )  # fmt: skip
    if quote.pure_range is not None:
        low, high = quote.pure_range.levels
        yield words.say(
            "range", low=_money(quote.pure_range.low.value), unit=quote.currency,
            high=_money(quote.pure_range.high.value), share=f"{high - low:.0%}",
        )  # fmt: skip
    if quote.assumed:
        titles = {factor.name: factor.title for factor in quote.factors}
        names = [titles[name].get(words.language) or name for name in quote.assumed]
        yield words.say("assumed", names=words.listed(names))


def _evidence(quote: Quote, words: Words) -> Iterator[str]:
    grades = Counter(entry.grade for entry in quote.evidence)
    opinions = [entry.name.removeprefix("model.") for entry in quote.evidence if entry.grade == "D"]
    yield words.say(
        "opinion", count=len(opinions), all=len(quote.evidence), names=words.listed(opinions)
    )
    yield words.say("evidence", a=grades["A"], b=grades["B"], c=grades["C"])
    for one in quote.updates:
        weights = [
            words.say("weight", step=words.told(step.name), weight=f"{step.weight:.0%}")
            for step in one.steps
        ]
        yield words.say(
            "update", name=one.parameter, before=f"{one.prior.mean:.4g}",
            after=f"{one.posterior.mean:.4g}", weights=words.say("and").join(weights),
        )  # fmt: skip


def _money(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.4g}"


def _signed(value: float) -> tuple[str, str]:
    return ("-" if value < 0 else "+"), _money(abs(value))
