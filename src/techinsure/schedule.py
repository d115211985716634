"""A schedule of insured objects, column by column, becomes a portfolio of one product.

A quote's exposure, a row of a bordereau and a reference portfolio all pass through here, so all
are rated by the same factors and covered by the same terms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.columns import Names, texts
from techinsure.exposure import Columns, Exposure, Missing, read_exposure
from techinsure.level_terms import Level
from techinsure.models import RISK_UNIT_OF
from techinsure.portfolio import NOWHERE, Labels, PolicyTerms, Portfolio
from techinsure.product import UNKNOWN, Cover, Product
from techinsure.quantities import FORBID, Floats, Ints

DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schedule:
    """A rated schedule: the portfolio, and how each target's relativity came about.

    `levels` factor -> level a row; `raw` target -> product of clipped relativities before the
    clip, (n_items,).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    portfolio: Portfolio
    levels: dict[str, list[str]]
    raw: dict[str, Floats]


def schedule(
    product: Product,
    columns: Columns,
    missing: Missing = "unknown",
    levels: Sequence[Level] | None = None,
) -> Schedule:
    """Rate and cover the objects of `columns` (lists of one length) under `product`; `levels` of
    terms stand in for the product's own where they are given.

    Raises `InvalidParameter` with every fault found; a fault's field is `column[row]`.
    """
    read = read_exposure(product, columns)
    relativity, raw = _relativities(product, read.levels, read.n, missing)
    inputs = {name: column for name, column in read.value.items() if name not in _IN_COLUMNS}
    inputs |= {name: read.terms[name] for name, t in product.terms.items() if "day" in t.unit}
    inputs |= {**relativity, "entry_phase": read.phase}
    rated = {name: level.texts() for name, level in read.levels.items()}
    covered = Schedule(portfolio=_portfolio(product, read, rated, inputs), levels=rated, raw=raw)
    return with_levels(covered, product.levels if levels is None else levels)


def with_levels(rated: Schedule, levels: Sequence[Level]) -> Schedule:
    """The schedule with terms of `levels`, lowest first, above those of its items."""
    if not levels:
        return rated
    terms = replace(rated.portfolio.terms, levels=tuple(levels))
    return replace(rated, portfolio=replace(rated.portfolio, terms=terms))


def _portfolio(
    product: Product,
    read: Exposure,
    levels: Mapping[str, list[str]],
    inputs: Mapping[str, Floats],
) -> Portfolio:
    value, ids = read.value, texts(read.ids, read.n)
    policy = Labels.of(read.policies())
    insured = np.bincount(policy.codes, value["sum_insured"]).astype(np.float64)
    terms, terms_of = _policy_terms(
        product, {**value, **inputs}, read.terms, policy, insured[policy.codes]
    )
    # a project and a site of one name are two risk units, so each says what it is
    kind = RISK_UNIT_OF[product.model.kind]
    sources = ids if kind == "id" else read.texts(kind)
    units = [
        f"{kind}/{own}" if own else f"id/{alone}" for own, alone in zip(sources, ids, strict=True)
    ]
    places = ("site", "park", "family", "route", "sector")
    factors = {name: Labels.of(level) for name, level in levels.items()}
    return Portfolio(
        currency=product.currency,
        ids=tuple(ids),
        product=Labels.of([product.code] * read.n),
        risk_class=Labels.of(f"{product.code}/{name}" for name in read.risk_class.texts()),
        policy=policy,
        risk_unit=Labels.of(units),
        cell=Labels.of([product.code] * read.n),
        sum_insured=value["sum_insured"] + value["units"] * value["loss_sum_insured"],
        units=value["units"].astype(np.int32),
        inception=value["inception"],
        term=value["term_months"] / 12.0,
        supply_exposed=value["supply_exposed"] > 0,
        causes=product.model.causes,
        terms=terms,
        terms_of=terms_of,
        inputs=inputs,
        factors={**factors, "form": Labels.of(read.form.texts())},
        **{name: Labels.of(read.texts(name)) for name in places},
    )


_IN_COLUMNS = ("sum_insured", "units", "term_months", "inception", "supply_exposed")


def _relativities(
    product: Product, levels: Mapping[str, Names], n: int, missing: Missing
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Per target: clipped product times unclipped product, its error; and the raw product."""
    low, high = product.factor_clip
    relativity, raw = {}, {}
    for target in product.model.targets:
        inside, outside, error2 = np.ones(n), np.ones(n), np.ones(n)
        for name, factor in product.factors.items():
            if target not in factor.targets:
                continue
            entries = [
                factor.levels.get(level) if level != UNKNOWN or missing == "unknown" else None
                for level in levels[name].names
            ]
            effect = levels[name].spread(e.on.get(target, 1.0) if e else 1.0 for e in entries)
            if factor.clipped:
                inside *= effect
            else:
                outside *= effect
            error2 *= levels[name].spread(1 + e.error**2 if e else 1.0 for e in entries)
        raw[target] = inside
        relativity[target] = np.clip(inside, low, high) * outside
        relativity[f"{target}_error"] = np.sqrt(error2 - 1)
    return relativity, raw


def _policy_terms(
    product: Product,
    value: Mapping[str, Floats],
    terms: Mapping[str, Floats],
    policy: Labels,
    policy_sum: Floats,
) -> tuple[PolicyTerms, Ints]:
    """One row of terms an item and cover, and which row holds for each item and cause.

    A deductible, share or waiting period that nobody set is 0; waiting counts from inception.
    """
    n, causes = len(policy), product.model.causes

    def term(role: str, unset: float) -> Floats:
        """(n_items,) a term, `unset` where the cover has none or nobody set it."""
        given = terms[role] if role else np.full(n, np.inf)
        return np.where(np.isinf(given), unset, given)

    terms_of = np.full((n, len(causes)), NOWHERE, dtype=np.int32)
    blocks: list[dict[str, Any]] = []
    for number_, cover in enumerate(product.covers.values()):
        cap = _cap(cover, value)
        rate, amount = np.zeros(n), np.zeros(n)
        for role in (cover.deductible, cover.deductible_minimum):
            if role:
                unit = product.terms[role].unit
                if unit == "share_of_loss":
                    rate = term(role, 0.0)
                else:
                    base = {"share_of_sum_insured": cap, "share_of_policy_sum_insured": policy_sum}
                    amount = np.maximum(amount, term(role, 0.0) * base.get(unit, np.ones(n)))
        waited = term(cover.waiting, 0.0) / DAYS_PER_YEAR
        blocks.append({
            "sum_insured": cap, "deductible_amount": amount, "deductible_rate": rate,
            "limit": _limit(product, cover, value["sum_insured"], term),
            "insured_share": term(cover.insured_share, 0.0),
            "aggregate": policy.codes,
            "aggregate_limit": terms.get("aggregate_limit", np.full(n, np.inf)),
            "waiting": np.where(waited > 0, value["inception"] + waited, 0.0),
        })  # fmt: skip
        bought = value[cover.bought_by] > 0 if cover.bought_by else np.ones(n, bool)
        for cause in cover.causes:
            terms_of[bought, causes.index(cause)] = number_ * n + np.nonzero(bought)[0]
    columns: dict[str, Any] = {
        name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]
    }
    return PolicyTerms(**columns), terms_of


def _limit(
    product: Product, cover: Cover, insured: Floats, term: Callable[[str, float], Floats]
) -> Floats:
    """(n,) the limit of one loss, currency units: a term that is a share is of the sum `insured`
    (n,) of the item."""
    limit = term(cover.limit, np.inf)
    if cover.limit and product.terms[cover.limit].unit == "share_of_sum_insured":
        limit = limit * insured
    return np.minimum(limit, term(cover.limit_maximum, np.inf))


def _cap(cover: Cover, value: Mapping[str, Floats]) -> Floats:
    """(n_items,) what caps one loss: the sum insured of one unit, of the item, or nothing."""
    if not cover.sum_insured:
        return np.full(len(value["sum_insured"]), np.inf)
    whole = value[cover.sum_insured]
    each_unit = cover.sum_insured == "sum_insured" and cover.per == "unit"
    return whole / value["units"] if each_unit else whole
