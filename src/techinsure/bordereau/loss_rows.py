"""Rows of losses (a sheet, JSON or Python) into a year loss table: a caller's own losses, past ones
or made by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.bordereau.sheet import Sheet
from techinsure.columns import (
    Column,
    Names,
    did_you_mean,
    given,
    label_faults,
    numbers,
    texts,
)
from techinsure.errors import MISSING, Fault, InvalidParameter
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import LABELS, Labels, PolicyTerms, Portfolio, frozen
from techinsure.quantities import (
    FORBID,
    LEAST_AMOUNT,
    MOST_AMOUNT,
    Floats,
    Ints,
    NumberCheck,
    between,
    number,
)
from techinsure.reading import pointer
from techinsure.reinsurance.evaluation_report import RowNames
from techinsure.reinsurance.programme import PlacedTreaty, Programme

MOST_LOSSES = 1_000_000
MOST_YEARS = 1_000_000
MOST_TIME = 100.0
OF_ITEM = ("product", "policy", "risk_unit", "site", "park")
"""What is said of an insured object, the same in each of its rows."""
COLUMNS = ("year", "loss", "event", "time", "reported", "cause", "id", *OF_ITEM, "sum_insured")
"""The columns of a loss; `year` and `loss` in every row."""

is_loss = number(
    f"must be 0 or in [{LEAST_AMOUNT:g}, {MOST_AMOUNT:g}]",
    lambda value: (value == 0) | ((value >= LEAST_AMOUNT) & (value <= MOST_AMOUNT)),
    "write losses in currency units, without deductions",
)
is_time = number(
    f"must be in [0, {MOST_TIME:g})",
    lambda value: (value >= 0) & (value < MOST_TIME),
    "write the part of the year since its start: 0.25",
)
is_insured = between(LEAST_AMOUNT, MOST_AMOUNT, "write amounts in currency units")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GivenLosses:
    """A caller's losses as a `table`, how its rows were called, and whether they say when within
    the year a loss happened (`timed`), what each object is insured for (`insured`), and which
    `labels` some row gives."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    table: YearLossTable
    names: RowNames
    timed: bool
    insured: bool
    labels: frozenset[str]


def losses_of(
    rows: Sequence[Mapping[str, object]] | Sheet,
    *,
    n_years: int,
    first_year: int = 1,
    currency: str = "CNY",
) -> GivenLosses:
    """The table of `rows` over `n_years`, the first called `first_year`.

    Without `event` a loss is an event of its own, without `id` of an object of its own; of rows
    that have the same id the object's labels and sum insured agree. An object without a loss is a
    row of loss 0. Without `time` losses of a year follow in the order of the rows. Raises
    `InvalidParameter` with every fault; pointers are `/<row>/<column>`.
    """
    columns, n = _columns(rows)
    faults = [*_unknown(columns), *_missing(columns)]
    for name in ("event", "cause", "id", *OF_ITEM):
        faults += label_faults(name, columns.get(name, ()))
    if faults:
        raise InvalidParameter(map(_placed, faults))
    is_year = _is_year(n_years, first_year)
    year = numbers("year", columns["year"], n, float(first_year), is_year, faults)
    loss = numbers("loss", columns["loss"], n, 0.0, is_loss, faults)
    timed = _all_or_none("time", columns, faults)
    time = numbers("time", columns.get("time"), n, 0.0, is_time, faults)
    reported = numbers("reported", columns.get("reported"), n, np.nan, is_time, faults)
    ids = [own or f"row {place + 1}" for place, own in enumerate(texts(columns.get("id"), n))]
    item, portfolio, insured = _portfolio(
        ids, columns, float(time.max(initial=0)), currency, faults
    )
    names, events = _events(columns.get("event"), n)
    faults += _contradicting(year, time, reported, names, events)
    if faults:
        raise InvalidParameter(map(_placed, faults))
    order = np.lexsort((np.arange(n), time, year))
    table = YearLossTable(
        portfolio=portfolio,
        n_years=n_years,
        year=(year - first_year)[order].astype(np.int32),
        time=time[order].astype(np.float32),
        reported=np.where(np.isnan(reported), time, reported)[order].astype(np.float32),
        item=item[order],
        event=events[order],
        cause=_causes(columns, n)[order],
        loss=loss[order],
    )
    called = RowNames(first_year=first_year, place=order.astype(np.int32),
                      event=[names[place] for place in order])  # fmt: skip
    said = frozenset({*OF_ITEM} & columns.keys())
    return GivenLosses(table=table, names=called, timed=timed, insured=insured, labels=said)


CAUSE = "loss"
"""The cause of a loss that says none."""
MOST_CAUSES = 100


def refuse_unless_enough(losses: GivenLosses, programme: Programme) -> None:
    """`InvalidParameter` where a treaty needs times, sums insured or labels that the rows do not
    say: without them it would pay another amount, in silence."""
    faults = []
    for placed in programme.treaties:
        if not losses.timed and _needs_time(placed):
            bound = f"is needed in every row for treaty {placed.name!r}"
            faults.append(Fault("time", None, bound, is_time.fix))
        if not losses.insured and placed.treaty.kind == "surplus":
            bound = f"is needed in every row for treaty {placed.name!r}"
            fix = "a surplus cedes by the sum insured of each risk"
            faults.append(Fault("sum_insured", None, bound, fix))
        for label in sorted(_needed_labels(placed) - losses.labels):
            bound = f"is needed for treaty {placed.name!r}: no row says one"
            faults.append(Fault(label, None, bound, f"add a column {label!r}"))
    if faults:
        raise InvalidParameter(faults)


def _needs_time(placed: PlacedTreaty) -> bool:
    treaty = placed.treaty
    if treaty.kind != "excess_of_loss":
        return False
    by_time = treaty.reinstated_by == "amount_and_time" and any(treaty.reinstatement_rates)
    return by_time or treaty.hours_clause is not None


def _needed_labels(placed: PlacedTreaty) -> frozenset[str]:
    """The labels by which a treaty puts losses together."""
    treaty = placed.treaty
    needed: set[str] = set() if treaty.limit is None else {treaty.basis}
    if treaty.kind == "excess_of_loss" and treaty.hours_clause is not None:
        needed.add(treaty.hours_clause.source)
    return frozenset(needed) & {*OF_ITEM}


def _columns(rows: Sequence[Mapping[str, object]] | Sheet) -> tuple[dict[str, Column], int]:
    """Columns in which some row has a value, and how many rows there are."""
    if isinstance(rows, Sheet):
        n, columns = rows.n_rows, dict[str, Column](rows.columns)
    else:
        n = len(rows)
        keys = dict.fromkeys(key for row in rows for key in row)
        columns = {key: [row.get(key) for row in rows] for key in keys}
    if not 1 <= n <= MOST_LOSSES:
        fix = "a year without a loss needs no row; give at least one of loss 0"
        raise InvalidParameter([Fault("rows", n, f"must be 1 to {MOST_LOSSES} rows", fix)])
    return {name: values for name, values in columns.items() if given(values).any()}, n


def _unknown(columns: Mapping[str, Column]) -> Iterable[Fault]:
    """A column that nothing reads is refused at its first value, not lost."""
    for name in columns:
        if name not in COLUMNS:
            row = int(np.argmax(given(columns[name])))
            bound = "is no column of a loss"
            yield Fault(f"{name}[{row}]", columns[name][row], bound, did_you_mean(name, COLUMNS))


def _missing(columns: Mapping[str, Column]) -> Iterable[Fault]:
    for name in ("year", "loss"):
        if name not in columns:
            yield Fault(f"{name}[0]", None, MISSING, f"add a column {name!r}")
        else:
            missing = np.flatnonzero(~given(columns[name]))
            for row in missing[:20].tolist():
                yield Fault(f"{name}[{row}]", None, MISSING, f"add {name!r}")


def _is_year(n_years: int, first_year: int) -> NumberCheck:
    last = first_year + n_years - 1
    return number(
        f"must be a whole number in [{first_year}, {last}]",
        lambda value: (value >= first_year) & (value <= last) & (value % 1 == 0),
        "say how many years there are, and how the first is called",
    )


def _all_or_none(name: str, columns: Mapping[str, Column], faults: list[Fault]) -> bool:
    """Whether every row has it; some rows alone are a fault."""
    if name not in columns:
        return False
    missing = np.flatnonzero(~given(columns[name]))
    if len(missing):
        bound, fix = "must be given in every row, or in none", f"add {name!r} to this row"
        faults.append(Fault(f"{name}[{missing[0]}]", None, bound, fix))
    return True


def _events(values: Column | None, n: int) -> tuple[list[str], Ints]:
    """(n,) the text and the code of each row's event; one that is not named is its own."""
    own = texts(values, n)
    named = [f"={text}" if text else f"row {place + 1}" for place, text in enumerate(own)]
    return [text.removeprefix("=") for text in named], Labels.of(named).codes


def _causes(columns: Mapping[str, Column], n: int) -> NDArray[np.int8]:
    """(n,) the code of each row's cause."""
    named = Labels.of(text or CAUSE for text in texts(columns.get("cause"), n))
    return named.codes.astype(np.int8)


def _contradicting(
    year: Floats, time: Floats, reported: Floats, names: Sequence[str], events: Ints
) -> Iterable[Fault]:
    """An event of two years, and a loss reported before it happened; all (n,)."""
    _, first = np.unique(events, return_index=True)
    for row in np.flatnonzero(year != year[first][events])[:20].tolist():
        other = int(first[events[row]])
        bound = f"must be {year[other]:.0f}, as in another row of event {names[row]!r}"
        fix = "give an event of its own a name of its own"
        yield Fault(f"year[{row}]", float(year[row]), bound, fix)
    for row in np.flatnonzero(reported < time)[:20].tolist():
        bound = f"must be >= time, {time[row]:g}"
        yield Fault(f"reported[{row}]", float(reported[row]), bound, "no loss is known before it")


def _portfolio(
    ids: Sequence[str],
    columns: Mapping[str, Column],
    latest: float,
    currency: str,
    faults: list[Fault],
) -> tuple[Ints, Portfolio, bool]:
    """(n,) the object of each row, the objects, and whether all say their sum insured."""
    n, held = len(ids), Labels.of(ids)
    labels: dict[str, Any] = {name: _agreed(name, columns, held, faults) for name in OF_ITEM}
    sums = _sums(columns, held, faults)
    if "cause" in columns and len({*texts(columns["cause"], n), CAUSE}) > MOST_CAUSES:
        faults.append(Fault("cause", n, f"must be at most {MOST_CAUSES} different causes"))
    texts_of = Labels.of(text or CAUSE for text in texts(columns.get("cause"), n)).names
    every = len(held.names)
    none = Labels.of([None] * every)
    return held.codes, Portfolio(
        currency=currency,
        ids=held.names,
        **{name: labels.get(name, none) for name in LABELS},
        sum_insured=frozen(np.nan_to_num(sums), np.float64),
        units=frozen(np.ones(every), np.int32),
        inception=frozen(np.zeros(every), np.float64),
        term=frozen(np.full(every, max(np.floor(latest) + 1, 1.0) if latest < MOST_TIME else 1.0),
                    np.float64),
        supply_exposed=frozen(np.zeros(every), bool),
        causes=texts_of[:MOST_CAUSES],
        terms=_no_terms(),
        terms_of=frozen(np.zeros((every, min(len(texts_of), MOST_CAUSES))), np.int32),
    ), bool(np.isfinite(sums).all())  # fmt: skip


def _no_terms() -> PolicyTerms:
    """Losses are as insured: no term is applied to them."""
    amounts = {"deductible_amount": 0.0, "deductible_rate": 0.0, "insured_share": 0.0,
               "waiting": 0.0, "sum_insured": np.inf, "limit": np.inf,
               "aggregate_limit": np.inf}  # fmt: skip
    columns: dict[str, Any] = {n: frozen([value], np.float64) for n, value in amounts.items()}
    return PolicyTerms(aggregate=frozen([-1], np.int32), **columns)


def _agreed(name: str, columns: Mapping[str, Column], held: Labels, faults: list[Fault]) -> Labels:
    """A label of each object, from the first row that says it; a row that says another is a
    fault."""
    own = Names.of(columns.get(name), len(held))
    said = np.flatnonzero(own.spread(text != "" for text in own.names))
    chosen = np.full(len(held.names), -1, np.int64)
    chosen[held.codes[said[::-1]]] = own.codes[said[::-1]]
    for row in said[own.codes[said] != chosen[held.codes[said]]][:20].tolist():
        other = own.names[chosen[held.codes[row]]]
        bound = f"must be {other!r}, as in another row of {held[row]!r}"
        fix = "give an object of its own an id of its own"
        faults.append(Fault(f"{name}[{row}]", own.names[own.codes[row]], bound, fix))
    return Labels.of("" if code < 0 else own.names[code] for code in chosen.tolist())


def _sums(columns: Mapping[str, Column], held: Labels, faults: list[Fault]) -> Floats:
    """(n_items,) sums insured, NaN where no row says one."""
    n, own = len(held), columns.get("sum_insured")
    amount = numbers("sum_insured", own, n, np.nan, is_insured, faults)
    sums = np.full(len(held.names), np.nan)
    said = np.flatnonzero(np.isfinite(amount))
    sums[held.codes[said[::-1]]] = amount[said[::-1]]  # the first that says one
    wrong = said[amount[said] != sums[held.codes[said]]]
    for row in wrong[:20].tolist():
        bound = f"must be {sums[held.codes[row]]:,.2f}, as in another row of {held[row]!r}"
        fix = "give an object of its own an id of its own"
        faults.append(Fault(f"sum_insured[{row}]", float(amount[row]), bound, fix))
    return sums


def _placed(fault: Fault) -> Fault:
    name, row = fault.cell()
    if fault.pointer or row is None:
        return fault
    return fault._replace(field=name, pointer=pointer(row, name))
