"""Columns of insured objects of one product, typed and checked: all faults together."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from techinsure.columns import (
    Column,
    Names,
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
from techinsure.product import UNKNOWN, Product
from techinsure.quantities import (
    Floats,
    NumberCheck,
    between,
    is_amount,
    is_amount_or_zero,
    number,
)
from techinsure.text_columns import TextColumn

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


class Exposure(NamedTuple):
    """Columns as read: ids, class, form, factor levels, numbers and flags, term values, phase of
    entry (its place among the model's); `given` as they came."""

    n: int
    given: Columns
    ids: Column
    risk_class: Names
    form: Names
    levels: dict[str, Names]
    value: dict[str, Floats]
    terms: dict[str, Floats]
    phase: Floats

    def texts(self, name: str) -> list[str]:
        """(n,) texts of a column as it came, "" where not given."""
        return texts(self.given.get(name), self.n)

    def policies(self) -> list[str]:
        """(n,) the policy of each row; one without stands alone under its id."""
        pairs = zip(self.texts("policy"), texts(self.ids, self.n), strict=True)
        return [own or alone for own, alone in pairs]


def read_exposure(product: Product, columns: Columns) -> Exposure:
    """The objects of `columns` (of one length), every value typed and checked.

    Raises `InvalidParameter` with every fault found; a fault's field is `column[row]`.
    """
    n = len(columns["sum_insured"]) if "sum_insured" in columns else 0
    faults = _column_names(product, columns, n)
    if faults:
        raise InvalidParameter(faults)
    for name in TEXTS:
        faults += label_faults(name, columns[name]) if name in columns else []
    value = _values(product, columns, n, faults)
    form = Names.of(columns.get("form"), n).or_else(product.default_form)
    risk_class = Names.of(columns["risk_class"], n)
    faults += name_faults("form", form, product.forms)
    faults += name_faults("risk_class", risk_class, product.model.classes)
    read = Exposure(
        n=n,
        given=columns,
        ids=_ids(columns.get("id"), n),
        risk_class=risk_class,
        form=form,
        levels=_levels(product, columns, n, faults),
        value=value,
        terms=_terms(product, columns, form, risk_class, faults),
        phase=_phases(product, Names.of(columns.get("entry_phase"), n), faults),
    )
    faults += _contradictions(product, read)
    if faults:
        raise InvalidParameter(faults)
    return read


def exposure_faults(product: Product, columns: Columns) -> tuple[Fault, ...]:
    """Every fault for which `read_exposure` would refuse the columns."""
    try:
        read_exposure(product, columns)
    except InvalidParameter as error:
        return error.faults
    return ()


def _values(product: Product, columns: Columns, n: int, faults: list[Fault]) -> dict[str, Floats]:
    """(n,) numbers and flags by column; the product's term where none is given."""
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
    return value


def _ids(values: Column | None, n: int) -> Column:
    """The ids, a row's number where none is given."""
    if isinstance(values, TextColumn) and values.given().all():
        return values
    return [own or str(row + 1) for row, own in enumerate(texts(values, n))]


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


def _contradictions(product: Product, read: Exposure) -> Iterator[Fault]:
    """What no column shows alone: each check looks at whole columns, then at the rows it found."""
    value = read.value
    repeated = list(_repeated_ids(read))
    yield from repeated
    if product.model.kind in ("staged", "joint"):
        for row in np.flatnonzero(value["units"] != 1).tolist():
            fix = "give each project a row of its own"
            yield Fault(f"units[{row}]", float(value["units"][row]), "must be 1", fix)
    most = 12 * getattr(product.model, "longest_term", np.inf)
    for row in np.flatnonzero(value["term_months"] > most).tolist():
        fix = "the rates of later policy years are not known"
        months = float(value["term_months"][row])
        yield Fault(f"term_months[{row}]", months, f"must be at most {most:g}", fix)
    for row in np.flatnonzero(value["budget"] < value["sum_insured"]).tolist():
        bound = f"must be >= the sum insured {value['sum_insured'][row]:g}"
        fix = "only what is still to be spent can be insured"
        yield Fault(f"budget[{row}]", float(value["budget"][row]), bound, fix)
    yield from _not_offered(product, read)
    if "policy" in read.given or repeated:
        yield from _torn_limits(read)


def _repeated_ids(read: Exposure) -> Iterator[Fault]:
    if isinstance(read.ids, TextColumn) and read.ids.is_unique():
        return
    ids = texts(read.ids, read.n)
    if len(set(ids)) == read.n:
        return
    first: dict[str, int] = {}
    for row, name in enumerate(ids):
        if first.setdefault(name, row) != row:
            yield Fault(f"id[{row}]", name, "must be unique")


def _not_offered(product: Product, read: Exposure) -> Iterator[Fault]:
    """Covers that a row buys and its class does not have."""
    buys = {cover.bought_by for cover in product.covers.values()}
    classes, names = product.model.classes, read.risk_class.names
    for column, part in OFFERED.items():
        lacks = [
            name in classes and (column not in buys or getattr(classes[name], part, None) is None)
            for name in names
        ]
        bought = read.value[column]
        for row in np.flatnonzero((bought > 0) & read.risk_class.spread(lacks)).tolist():
            bound = f"is not offered for {names[read.risk_class.codes[row]]}"
            yield Fault(f"{column}[{row}]", float(bought[row]), bound)


def _torn_limits(read: Exposure) -> Iterator[Fault]:
    """Rows whose aggregate limit is not that of the first row of their policy."""
    limit = read.terms.get("aggregate_limit")
    if limit is None or (limit == limit[0]).all():
        return
    policy = Names.of(read.policies(), read.n)
    _, first = np.unique(policy.codes, return_index=True)
    for row in np.flatnonzero(limit != limit[first][policy.codes]).tolist():
        bound = f"must be one for all rows of policy {policy.names[policy.codes[row]]!r}"
        yield Fault(f"aggregate_limit[{row}]", float(limit[row]), bound)


def _levels(product: Product, columns: Columns, n: int, faults: list[Fault]) -> dict[str, Names]:
    levels = {}
    for name, factor in product.factors.items():
        levels[name] = Names.of(columns.get(name), n).or_else(UNKNOWN)
        faults += name_faults(name, levels[name], factor.levels)
    return levels


def _terms(
    product: Product, columns: Columns, form: Names, risk_class: Names, faults: list[Fault]
) -> dict[str, Floats]:
    """(n,) each term's value: the row's own, else the form's, the class's, the default; inf
    for an amount that nobody set."""
    forms, classes = [*product.forms, ""], [*product.model.classes, ""]
    place = _places(form, forms) * len(classes) + _places(risk_class, classes)
    out = {}
    for name, term in product.terms.items():
        table = [_usual(product, name, *pair) for pair in itertools.product(forms, classes)]
        usual = np.array(table)[place]
        if name in columns:
            bound = f"must be in [{term.low:g}, {term.high:g}] ({term.unit})"
            check = number(bound, between(term.low, term.high).holds)
            own = numbers(name, columns[name], len(usual), np.nan, check, faults)
            usual = np.where(np.isnan(own), usual, own)
        out[name] = usual
    return out


def _places(column: Names, known: Sequence[str]) -> Any:
    """(n,) where each row's name stands among `known`; the last for one that does not."""
    place = {name: position for position, name in enumerate(known)}
    return column.spread(place.get(name, len(known) - 1) for name in column.names)


def _usual(product: Product, name: str, form: str, risk_class: str) -> float:
    term = product.terms[name]
    fallback = term.by_class.get(risk_class, term.default)
    value = product.forms[form].terms.get(name, fallback) if form in product.forms else fallback
    return np.inf if value is None else float(value)


def _phases(product: Product, column: Names, faults: list[Fault]) -> Floats:
    names = [phase.name for phase in getattr(product.model, "phases", ())]
    if not names or not any(column.names):
        return np.zeros(len(column.codes))
    named = column.or_else(names[0])
    faults += name_faults("entry_phase", named, dict.fromkeys(names))
    place = {name: float(position) for position, name in enumerate(names)}
    out: Floats = named.spread(place.get(phase, 0.0) for phase in named.names)
    return out
