"""A schedule of insured objects, column by column, becomes a portfolio of one product.

A quote's exposure, a row of a bordereau and a reference portfolio all pass through here, so all
are rated by the same factors and covered by the same terms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.columns import (
    Column,
    TextColumn,
    did_you_mean,
    flags,
    given,
    label_faults,
    listed,
    name_faults,
    numbers,
    texts,
)
from techinsure.errors import MISSING, Fault, InvalidParameter
from techinsure.models import RISK_UNIT_OF
from techinsure.portfolio import NOWHERE, Labels, PolicyTerms, Portfolio
from techinsure.product import UNKNOWN, Cover, Product
from techinsure.quantities import (
    FORBID,
    Floats,
    Ints,
    NumberCheck,
    between,
    is_amount,
    is_amount_or_zero,
    number,
)

Columns = Mapping[str, Column]
"""Column name -> one value a row."""

Missing = Literal["unknown", "base"]
"""What stands for a rating factor not given: its `unknown` level with its error, or relativity
1 without error (reference portfolios)."""

TEXTS = ("id", "policy", "insured", "risk_class", "form", "entry_phase", "site", "park", "family",
         "route", "sector")  # fmt: skip
NUMBERS: dict[str, tuple[float, NumberCheck]] = {
    "sum_insured": (np.nan, is_amount),
    "units": (1.0, number("must be a whole number in [1, 100000]",
                          lambda v: (v >= 1) & (v <= 100_000) & (v % 1 == 0))),
    "term_months": (np.nan, number("must be in [1, 120]", lambda v: (v >= 1) & (v <= 120))),
    "inception": (0.0, number("must be in [0, 10) years", lambda v: (v >= 0) & (v < 10))),
    "budget": (np.nan, is_amount),
    "loss_sum_insured": (0.0, is_amount_or_zero),
}  # fmt: skip
"""Numeric columns: value when not given (NaN = required or set by the product), and check."""

FLAGS = ("supply_exposed", "respin")

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
    read = _read(product, columns)
    relativity, raw = _relativities(product, read.levels, read.n, missing)
    inputs = {name: column for name, column in read.value.items() if name not in _IN_COLUMNS}
    inputs |= {name: read.terms[name] for name, t in product.terms.items() if "day" in t.unit}
    inputs |= {**relativity, "entry_phase": read.phase}
    return Schedule(portfolio=_portfolio(product, read, inputs), levels=read.levels, raw=raw)


def schedule_faults(product: Product, columns: Columns) -> tuple[Fault, ...]:
    """Every fault for which `schedule` would refuse the columns, without rating them."""
    try:
        _read(product, columns)
    except InvalidParameter as error:
        return error.faults
    return ()


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
    text = {name: texts(columns.get(name), n) for name in TEXTS}
    faults += [fault for name in TEXTS if name in columns
               for fault in label_faults(name, _plain(columns[name], text[name]))]  # fmt: skip
    value = {
        name: numbers(name, columns.get(name), n, usual, check, faults)
        for name, (usual, check) in NUMBERS.items()
    }
    value |= {name: flags(name, columns.get(name), n, faults) for name in FLAGS}
    not_given = np.flatnonzero(~given(columns["sum_insured"])).tolist()
    faults += listed(
        "sum_insured", (Fault(f"sum_insured[{row}]", None, MISSING) for row in not_given)
    )
    months = float(product.exposure_base.get("term_months", 12))
    value["term_months"] = np.where(np.isnan(value["term_months"]), months, value["term_months"])
    if "" in text["id"]:
        text["id"] = [own or str(row + 1) for row, own in enumerate(text["id"])]
    own_policy = zip(text["policy"], text["id"], strict=True)
    text["policy"] = [own or alone for own, alone in own_policy]
    text["form"] = _or(text["form"], product.default_form)
    faults += name_faults("form", text["form"], product.forms)
    faults += name_faults("risk_class", text["risk_class"], product.model.classes)
    given_columns = _Given(
        n=n,
        text=text,
        value=value,
        levels=_levels(product, columns, n, faults),
        terms=_terms(product, columns, text, faults),
        phase=_phases(product, text["entry_phase"], faults),
    )
    faults += _contradictions(product, given_columns)
    if faults:
        raise InvalidParameter(faults)
    return given_columns


def _portfolio(product: Product, given: _Given, inputs: Mapping[str, Floats]) -> Portfolio:
    text, value = given.text, given.value
    policy = Labels.of(text["policy"])
    insured = np.bincount(policy.codes, value["sum_insured"]).astype(np.float64)
    terms, terms_of = _policy_terms(
        product, {**value, **inputs}, given.terms, policy, insured[policy.codes]
    )
    # a project and a site of one name are two risk units, so each says what it is
    kind = RISK_UNIT_OF[product.model.kind]
    units = [
        f"{kind}/{own}" if own else f"id/{alone}"
        for own, alone in zip(text[kind], text["id"], strict=True)
    ]
    labels = {name: Labels.of(text[name]) for name in ("site", "park", "family", "route", "sector")}
    levels = {name: Labels.of(levels) for name, levels in given.levels.items()}
    return Portfolio(
        currency=product.currency,
        ids=tuple(text["id"]),
        product=Labels.of([product.code] * given.n),
        risk_class=Labels.of(f"{product.code}/{name}" for name in text["risk_class"]),
        policy=policy,
        risk_unit=Labels.of(units),
        cell=Labels.of([product.code] * given.n),
        sum_insured=value["sum_insured"] + value["units"] * value["loss_sum_insured"],
        units=value["units"].astype(np.int32),
        inception=value["inception"],
        term=value["term_months"] / 12.0,
        supply_exposed=value["supply_exposed"] > 0,
        causes=product.model.causes,
        terms=terms,
        terms_of=terms_of,
        inputs=inputs,
        factors={**levels, "form": Labels.of(text["form"])},
        **labels,
    )


_IN_COLUMNS = ("sum_insured", "units", "term_months", "inception", "supply_exposed")


def _column_names(product: Product, columns: Columns, n: int) -> list[Fault]:
    known = [*TEXTS, *NUMBERS, *FLAGS, *product.factors, *product.terms]
    faults = [
        Fault(name, name, "is not a column of this product", did_you_mean(name, known))
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


def _contradictions(product: Product, read: _Given) -> Iterator[Fault]:
    """What no column shows alone: each check looks at whole columns, then at the rows it found."""
    value, ids = read.value, read.text["id"]
    if len(set(ids)) < read.n:
        known = dict[str, int]()
        for row, name in enumerate(ids):
            if known.setdefault(name, row) != row:
                yield Fault(f"id[{row}]", name, "must be unique")
    if product.model.kind == "staged":
        for row in np.flatnonzero(value["units"] != 1).tolist():
            fix = "give each project a row of its own"
            yield Fault(f"units[{row}]", float(value["units"][row]), "must be 1", fix)
    for row in np.flatnonzero(value["budget"] < value["sum_insured"]).tolist():
        bound = f"must be >= the sum insured {value['sum_insured'][row]:g}"
        fix = "only what is still to be spent can be insured"
        yield Fault(f"budget[{row}]", float(value["budget"][row]), bound, fix)
    yield from _not_offered(product, read)
    yield from _torn_limits(read)


def _not_offered(product: Product, read: _Given) -> Iterator[Fault]:
    """Covers that a row buys and its class does not have."""
    buys = {cover.bought_by for cover in product.covers.values()}
    for column, part in OFFERED.items():
        for row in np.flatnonzero(read.value[column] > 0).tolist():
            risk_class = read.text["risk_class"][row]
            of_class = product.model.classes.get(risk_class)
            offered = column in buys and getattr(of_class, part, None) is not None
            if of_class is not None and not offered:
                bound = f"is not offered for {risk_class}"
                yield Fault(f"{column}[{row}]", float(read.value[column][row]), bound)


def _torn_limits(read: _Given) -> Iterator[Fault]:
    """Rows whose aggregate limit is not that of the first row of their policy."""
    limit = read.terms.get("aggregate_limit")
    if limit is None or (limit == limit[0]).all():
        return
    policies = dict[str, float]()
    for row, (policy, own) in enumerate(zip(read.text["policy"], limit.tolist(), strict=True)):
        if policies.setdefault(policy, own) != own:
            bound = f"must be one for all rows of policy {policy!r}"
            yield Fault(f"aggregate_limit[{row}]", own, bound)


def _levels(
    product: Product, columns: Columns, n: int, faults: list[Fault]
) -> dict[str, list[str]]:
    levels = {}
    for name, factor in product.factors.items():
        if name not in columns:
            levels[name] = [UNKNOWN] * n
            continue
        levels[name] = _or(texts(columns[name], n), UNKNOWN)
        faults += name_faults(name, levels[name], factor.levels)
    return levels


def _plain(values: Column, read: list[str]) -> Column:
    """A column of a file as it stands, any other as read."""
    return values if isinstance(values, TextColumn) else read


def _or(column: list[str], usual: str) -> list[str]:
    """The column with `usual` where nothing is given."""
    return [own or usual for own in column] if "" in column else column


def _terms(
    product: Product, columns: Columns, text: Mapping[str, list[str]], faults: list[Fault]
) -> dict[str, Floats]:
    """(n_items,) each term's value: the row's own, else the form's, the class's, the default; inf
    for an amount that nobody set."""
    pairs = list(zip(text["form"], text["risk_class"], strict=True))
    kinds = {pair: place for place, pair in enumerate(dict.fromkeys(pairs))}
    kind_of = np.fromiter(map(kinds.__getitem__, pairs), np.intp, len(pairs))
    out = {}
    for name, term in product.terms.items():
        usual = np.array([_usual(product, name, *pair) for pair in kinds])[kind_of]
        if name in columns:
            bound = f"must be in [{term.low:g}, {term.high:g}] ({term.unit})"
            check = number(bound, between(term.low, term.high).holds)
            own = numbers(name, columns[name], len(usual), np.nan, check, faults)
            usual = np.where(np.isnan(own), usual, own)
        out[name] = usual
    return out


def _usual(product: Product, name: str, form: str, risk_class: str) -> float:
    term = product.terms[name]
    fallback = term.by_class.get(risk_class, term.default)
    value = product.forms[form].terms.get(name, fallback) if form in product.forms else fallback
    return np.inf if value is None else float(value)


def _phases(product: Product, column: list[str], faults: list[Fault]) -> Floats:
    names = [phase.name for phase in getattr(product.model, "phases", ())]
    if not names or not any(column):
        return np.zeros(len(column))
    named = _or(column, names[0])
    faults += name_faults("entry_phase", named, dict.fromkeys(names))
    place = {name: float(position) for position, name in enumerate(names)}
    return np.array([place.get(phase, 0.0) for phase in named])


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
            "limit": term(cover.limit, np.inf),
            "insured_share": term(cover.insured_share, 0.0),
            "aggregate": policy.codes,
            "aggregate_limit": terms.get("aggregate_limit", np.full(n, np.inf)),
            "waiting": np.where(waited > 0, value["inception"] + waited, 0.0),
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
