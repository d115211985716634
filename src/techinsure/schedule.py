"""A schedule of insured objects, column by column, becomes a portfolio of one product.

A quote's exposure, a row of a bordereau and a reference portfolio all pass through here, so all
are rated by the same factors and covered by the same terms.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.models import RISK_UNIT_OF
from techinsure.portfolio import NOWHERE, Labels, PolicyTerms, Portfolio
from techinsure.product import UNKNOWN, Cover, Product
from techinsure.quantities import (
    FORBID,
    Check,
    Floats,
    Ints,
    is_amount,
    is_amount_or_zero,
    is_label,
    nearest,
    number,
)

Columns = Mapping[str, Sequence[object]]
"""Column name -> one value a row; None, NaN and "" mean "not given"."""

Missing = Literal["unknown", "base"]
"""What stands for a rating factor not given: its `unknown` level with its error, or relativity
1 without error (reference portfolios)."""

TEXTS = ("id", "policy", "insured", "risk_class", "form", "entry_phase", "site", "park", "family",
         "route", "sector")  # fmt: skip
NUMBERS: dict[str, tuple[float, Check]] = {
    "sum_insured": (np.nan, is_amount),
    "units": (1.0, number("must be a whole number in [1, 100000]",
                          lambda v: 1 <= v <= 100_000 and v == int(v))),
    "term_months": (np.nan, number("must be in [1, 120]", lambda v: 1 <= v <= 120)),
    "inception": (0.0, number("must be in [0, 10) years", lambda v: 0 <= v < 10)),
    "budget": (np.nan, is_amount),
    "loss_sum_insured": (0.0, is_amount_or_zero),
}  # fmt: skip
"""Numeric columns: value when not given (NaN = required or set by the product), and check."""

FLAGS = ("supply_exposed", "respin")
YES, NO = ("true", "yes", "1", "1.0", "是"), ("false", "no", "0", "0.0", "否")
"""How a file may write them; not given is no."""

OFFERED = {"respin": "respin", "loss_sum_insured": "loss"}
"""Columns that buy a cover, and the field of a class without which it is not offered."""

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


def schedule(product: Product, columns: Columns, missing: Missing = "unknown") -> Schedule:
    """Rate and cover the objects of `columns` (lists of one length) under `product`.

    Raises `InvalidParameter` with every fault found; a fault's field is `column[row]`.
    """
    given = _read(product, columns)
    relativity, raw = _relativities(product, given.levels, given.n, missing)
    inputs = {name: column for name, column in given.value.items() if name not in _IN_COLUMNS}
    inputs |= {name: given.terms[name] for name, t in product.terms.items() if "day" in t.unit}
    inputs |= {**relativity, "entry_phase": given.phase}
    return Schedule(portfolio=_portfolio(product, given, inputs), levels=given.levels, raw=raw)


class _Given(NamedTuple):
    """Columns as read: texts, numbers, factor levels, term values, phase of entry."""

    n: int
    text: dict[str, list[str]]
    value: dict[str, Floats]
    levels: dict[str, list[str]]
    terms: dict[str, Floats]
    phase: Floats


def _read(product: Product, columns: Columns) -> _Given:
    """Every column typed and checked; all faults together."""
    n = len(columns["sum_insured"]) if "sum_insured" in columns else 0
    faults = _column_names(product, columns, n)
    if faults:
        raise InvalidParameter(faults)
    text = {name: _texts(columns.get(name), n) for name in TEXTS}
    faults += [
        fault
        for name, texts in text.items()
        for row, given_text in enumerate(texts)
        for fault in is_label(f"{name}[{row}]", given_text)
    ]
    value = {name: _numbers(name, columns.get(name), n, faults) for name in NUMBERS}
    months = float(product.exposure_base.get("term_months", 12))
    value["term_months"] = np.where(np.isnan(value["term_months"]), months, value["term_months"])
    text["id"] = [own or str(row + 1) for row, own in enumerate(text["id"])]
    text["policy"] = [own or text["id"][row] for row, own in enumerate(text["policy"])]
    text["form"] = [own or product.default_form for own in text["form"]]
    _check_names(faults, "form", text["form"], product.forms)
    _check_names(faults, "risk_class", text["risk_class"], product.model.classes)
    given = _Given(
        n=n,
        text=text,
        value=value,
        levels=_levels(product, columns, n, faults),
        terms={
            name: _term(product, name, columns.get(name), text, faults) for name in product.terms
        },
        phase=_phases(product, text["entry_phase"], faults),
    )
    if faults:
        raise InvalidParameter(faults)
    return given


def _portfolio(product: Product, given: _Given, inputs: Mapping[str, Floats]) -> Portfolio:
    text, value = given.text, given.value
    policy = Labels.of(text["policy"])
    insured = np.bincount(policy.codes, value["sum_insured"]).astype(np.float64)
    terms, terms_of = _policy_terms(
        product, {**value, **inputs}, given.terms, policy, insured[policy.codes]
    )
    unit = text[RISK_UNIT_OF[product.model.kind]]
    labels = {name: Labels.of(text[name]) for name in ("site", "park", "family", "route", "sector")}
    levels = {name: Labels.of(levels) for name, levels in given.levels.items()}
    return Portfolio(
        currency=product.currency,
        ids=tuple(text["id"]),
        product=Labels.of([product.code] * given.n),
        risk_class=Labels.of(f"{product.code}/{name}" for name in text["risk_class"]),
        policy=policy,
        risk_unit=Labels.of(own or text["id"][row] for row, own in enumerate(unit)),
        cell=Labels.of([product.code] * given.n),
        sum_insured=value["sum_insured"],
        units=value["units"].astype(np.int32),
        inception=value["inception"],
        term=value["term_months"] / 12.0,
        supply_exposed=np.array([_is_true(own) for own in text["supply_exposed"]], bool),
        causes=product.model.causes,
        terms=terms,
        terms_of=terms_of,
        inputs=inputs,
        factors={**levels, "form": Labels.of(text["form"])},
        **labels,
    )


_IN_COLUMNS = ("sum_insured", "units", "term_months", "inception")


def _column_names(product: Product, columns: Columns, n: int) -> list[Fault]:
    known = [*TEXTS, *NUMBERS, *product.factors, *product.terms]
    faults = [
        Fault(name, name, "is not a column of this product", _did_you_mean(name, known))
        for name in columns
        if name not in known
    ]
    if "sum_insured" not in columns or n == 0:
        faults.append(Fault("sum_insured", None, "must have at least one row"))
    if "risk_class" not in columns:
        classes = ", ".join(product.model.classes)
        faults.append(Fault("risk_class", None, "is required", f"one of {classes}"))
    faults += [
        Fault(name, len(values), f"must have {n} rows, as sum_insured has")
        for name, values in columns.items()
        if len(values) != n
    ]
    return faults


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    guess = nearest(name, known)
    return f"did you mean {guess!r}?" if guess else f"known: {', '.join(known)}"


def _absent(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _is_true(text: str) -> bool:
    return text.lower() in ("true", "1", "1.0", "yes", "是")


def _texts(values: Sequence[object] | None, n: int) -> list[str]:
    return ["" if _absent(v) else str(v).strip() for v in values or [None] * n]


def _numbers(name: str, values: Sequence[object] | None, n: int, faults: list[Fault]) -> Floats:
    default, check = NUMBERS[name]
    out = np.full(n, default)
    for row, given in enumerate(values or []):
        if _absent(given):
            if name == "sum_insured":
                faults.append(Fault(f"{name}[{row}]", given, "is required"))
            continue
        number_ = _number(given)
        wrong = list(check(f"{name}[{row}]", given if number_ is None else number_))
        faults += wrong
        if not wrong and number_ is not None:
            out[row] = number_
    return out


def _number(given: object) -> float | None:
    """A number, also from the text of a file; None when it is none."""
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float | np.number):
        return float(given)
    try:
        return float(str(given).replace(",", "").replace("_", "x"))
    except ValueError:
        return None


def _check_names(
    faults: list[Fault], field: str, given: Sequence[str], known: Mapping[str, object]
) -> None:
    for row, name in enumerate(given):
        if name not in known:
            guess = nearest(name, known)
            fix = f"did you mean {guess!r}?" if guess else ""
            faults.append(Fault(f"{field}[{row}]", name, f"must be one of {', '.join(known)}", fix))


def _levels(
    product: Product, columns: Columns, n: int, faults: list[Fault]
) -> dict[str, list[str]]:
    levels = {}
    for name, factor in product.factors.items():
        levels[name] = [given or UNKNOWN for given in _texts(columns.get(name), n)]
        _check_names(faults, name, levels[name], factor.levels)
    return levels


def _term(
    product: Product,
    name: str,
    given: Sequence[object] | None,
    text: Mapping[str, list[str]],
    faults: list[Fault],
) -> Floats:
    """(n_items,) a term's value: the row's own, else the form's, the class's, the default; inf
    for an amount that nobody set."""
    term = product.terms[name]
    out = np.empty(len(text["id"]))
    for row in range(len(out)):
        own = None if given is None or _absent(given[row]) else _number(given[row])
        if given is not None and not _absent(given[row]) and own is None:
            faults.append(Fault(f"{name}[{row}]", given[row], "must be a number"))
        form = product.forms.get(text["form"][row])
        fallback = term.by_class.get(text["risk_class"][row], term.default)
        usual = form.terms.get(name, fallback) if form else fallback
        value = own if own is not None else usual
        if own is not None and not term.low <= own <= term.high:
            bound = f"must be in [{term.low:g}, {term.high:g}] ({term.unit})"
            faults.append(Fault(f"{name}[{row}]", own, bound))
        out[row] = np.inf if value is None else value
    return out


def _phases(product: Product, given: Sequence[str], faults: list[Fault]) -> Floats:
    names = [phase.name for phase in getattr(product.model, "phases", ())]
    if not names:
        return np.zeros(len(given))
    named = [phase or names[0] for phase in given]
    _check_names(faults, "entry_phase", named, dict.fromkeys(names))
    return np.array([names.index(p) if p in names else 0 for p in named], dtype=np.float64)


def _relativities(
    product: Product, levels: Mapping[str, list[str]], n: int, missing: Missing
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Per target: clipped product times unclipped product, its error; and the raw product."""
    low, high = product.factor_clip
    relativity, raw = {}, {}
    for target in product.model.targets:
        inside, outside, error2 = np.ones(n), np.ones(n), np.ones(n)
        for name, factor in product.factors.items():
            if target not in factor.targets:
                continue
            level = [factor.levels[given] for given in levels[name]]
            known = np.array([given != UNKNOWN or missing == "unknown" for given in levels[name]])
            effect = np.where(known, [entry.on.get(target, 1.0) for entry in level], 1.0)
            if factor.clipped:
                inside *= effect
            else:
                outside *= effect
            error2 *= np.where(known, [1 + entry.error**2 for entry in level], 1.0)
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
    """One row of terms an item and cover, and which row holds for each item and cause."""
    n, causes = len(policy), product.model.causes
    zero, none = np.zeros(n), np.full(n, np.inf)
    terms_of = np.full((n, len(causes)), NOWHERE, dtype=np.int32)
    blocks: list[dict[str, Any]] = []
    for number_, cover in enumerate(product.covers.values()):
        cap = _cap(cover, value)
        rate, amount = zero.copy(), zero.copy()
        for role in (cover.deductible, cover.deductible_minimum):
            if role:
                unit = product.terms[role].unit
                if unit == "share_of_loss":
                    rate = terms[role]
                else:
                    base = {"share_of_sum_insured": cap, "share_of_policy_sum_insured": policy_sum}
                    amount = np.maximum(amount, terms[role] * base.get(unit, np.ones(n)))
        blocks.append({
            "sum_insured": cap, "deductible_amount": amount, "deductible_rate": rate,
            "limit": terms[cover.limit] if cover.limit else none,
            "insured_share": terms[cover.insured_share] if cover.insured_share else zero,
            "aggregate": policy.codes,
            "aggregate_limit": terms.get("aggregate_limit", none),
            "waiting": value["inception"] + terms[cover.waiting] / DAYS_PER_YEAR
            if cover.waiting else zero,
        })  # fmt: skip
        bought = value[cover.bought_by] > 0 if cover.bought_by else np.ones(n, bool)
        for cause in cover.causes:
            terms_of[bought, causes.index(cause)] = number_ * n + np.nonzero(bought)[0]
    columns = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return PolicyTerms(**columns), terms_of


def _cap(cover: Cover, value: Mapping[str, Floats]) -> Floats:
    """(n_items,) what caps one loss: the sum insured of one unit, of the item, or nothing."""
    if not cover.sum_insured:
        return np.full(len(value["sum_insured"]), np.inf)
    whole = value[cover.sum_insured]
    each_unit = cover.sum_insured == "sum_insured" and cover.per == "unit"
    return whole / value["units"] if each_unit else whole
