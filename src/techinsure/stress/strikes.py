"""From a scenario to ground-up losses of a portfolio's items: which, when, how much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.rows import Rows, join
from techinsure.models import Model
from techinsure.models.joint import Joint
from techinsure.models.phases import remaining
from techinsure.models.staged import Staged
from techinsure.portfolio import NOWHERE, Labels, Portfolio
from techinsure.quantities import FORBID, Flags, Floats, nearest
from techinsure.reading import pointer
from techinsure.seeding import keys
from techinsure.stress.scenarios import FAILURE, FILTERS, Hits, Scenario, Strike

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Struck:
    """Ground-up `rows` of one year and the number of the strike of each, `strike` (n_rows,);
    `left_out` by strike: items hit that are not in force; `absent`: optional strikes that found
    nothing."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rows: Rows
    strike: Positions
    left_out: Mapping[str, int]
    absent: tuple[str, ...]


def strike_rows(
    scenario: Scenario, portfolio: Portfolio, models: Mapping[str, Model], at: str = ""
) -> Struck:
    """The ground-up losses of a scenario, in year 0.

    Raises `InvalidParameter` with every fault of every strike, each with its pointer below `at`.
    """
    parts, numbers, faults = list[Rows](), list[Positions](), list[Fault]()
    left_out, absent = dict[str, int](), list[str]()
    for number, strike in enumerate(scenario.strikes):
        where = at + pointer("strikes", number)
        if strike.optional and not _is_there(strike.hits, portfolio):
            absent.append(strike.name)
            continue
        try:
            items = hit(strike.hits, portfolio, f"{where}/hits")
            there = _in_force(portfolio, items, strike.time)
            rows = _rows(strike, portfolio, models, items[there], where)
        except InvalidParameter as error:
            faults += error.faults
            continue
        left_out[strike.name] = int((~there).sum())
        parts.append(rows)
        numbers.append(np.full(len(rows), number, dtype=np.intp))
    if not parts and not faults:
        bound = "must have a strike that hits an item of the portfolio"
        faults.append(Fault("strikes", absent, bound, "", f"{at}/strikes"))
    if faults:
        raise InvalidParameter(faults)
    return Struck(
        rows=join(parts), strike=np.concatenate(numbers), left_out=left_out, absent=tuple(absent)
    )


def hit(hits: Hits, portfolio: Portfolio, at: str = "/hits") -> Positions:
    """(n,) the items that `hits` lets through; refused where a name is unknown or none is left."""
    faults = list(_unknown(hits, portfolio, at))
    if faults:
        raise InvalidParameter(faults)
    items = np.nonzero(_let_through(hits, portfolio))[0]
    if hits.largest and len(items):
        items = _largest(portfolio.label(hits.largest), items, portfolio.sum_insured)
    if not len(items):
        fix = "no item has all that is asked for: ask for less"
        raise InvalidParameter([Fault("hits", 0, "must hit an item of the portfolio", fix, at)])
    return items


def _is_there(hits: Hits, portfolio: Portfolio) -> bool:
    known = not any(_unknown(hits, portfolio, ""))
    items = np.nonzero(_let_through(hits, portfolio))[0] if known else np.zeros(0, np.intp)
    if hits.largest:
        items = items[portfolio.label(hits.largest).codes[items] != NOWHERE]
    return bool(len(items))


def _let_through(hits: Hits, portfolio: Portfolio) -> Flags:
    through = np.ones(portfolio.n_items, dtype=bool)
    for field, label in FILTERS.items():
        wanted = getattr(hits, field)
        if wanted:
            labels = portfolio.label(label)
            known = dict(zip(labels.names, range(len(labels.names)), strict=True))
            through &= np.isin(labels.codes, [known[name] for name in wanted])
    if hits.supply_exposed is not None:
        through &= portfolio.supply_exposed == hits.supply_exposed
    return through


def _unknown(hits: Hits, portfolio: Portfolio, at: str) -> Iterator[Fault]:
    for field, label in FILTERS.items():
        wanted = getattr(hits, field)
        known = frozenset(portfolio.label(label).names) if wanted else ()
        for place, name in enumerate(wanted):
            if name not in known:
                guess = nearest(name, portfolio.label(label).names)
                fix = f"did you mean {guess!r}?" if guess else ""
                bound = f"must be a {label} of the portfolio"
                yield Fault(f"{field}[{place}]", name, bound, fix, f"{at}/{field}/{place}")


def _largest(labels: Labels, items: Positions, insured: Floats) -> Positions:
    """The items of the group with the largest sum insured; items without the label are in none."""
    items = items[labels.codes[items] != NOWHERE]
    codes = labels.codes[items]
    totals = {labels.names[c]: float(insured[items[codes == c]].sum()) for c in np.unique(codes)}
    if not totals:
        return items
    best = labels.code(min(totals, key=lambda name: (-totals[name], name)))
    largest: Positions = items[codes == best]
    return largest


def _in_force(portfolio: Portfolio, items: Positions, time: float) -> Flags:
    start = portfolio.inception[items]
    there: Flags = (start <= time) & (time < start + portfolio.term[items])
    return there


def _rows(
    strike: Strike,
    portfolio: Portfolio,
    models: Mapping[str, Model],
    items: Positions,
    at: str,
) -> Rows:
    """A row an item, in year 0; the event's key is that of the occurrence, or of each project."""
    if not len(items):
        fix = "name a time, in years after the cohort's start, at which they are insured"
        bound = "must lie in the term of an item that is hit"
        raise InvalidParameter([Fault("time", strike.time, bound, fix, f"{at}/time")])
    cause = _cause(strike, portfolio, at)
    loss = _loss(strike, portfolio, models, items, cause, at)
    names = [strike.occurrence or strike.name] * len(items)
    if strike.phase and not strike.occurrence:
        names = [f"{strike.name}/{portfolio.ids[item]}" for item in items]
    time = np.full(len(items), float(strike.time))
    return Rows(
        year=np.zeros(len(items), np.int32), time=time, reported=time,
        item=items.astype(np.int32), event=keys(0, "stress", names),
        cause=np.full(len(items), cause, np.int8), loss=loss,
    )  # fmt: skip


def _cause(strike: Strike, portfolio: Portfolio, at: str) -> int:
    name = strike.cause or FAILURE
    if name not in portfolio.causes:
        guess = nearest(name, portfolio.causes)
        known = ", ".join(portfolio.causes)
        fix = f"did you mean {guess!r}?" if guess else f"known: {known}"
        bound = "must be a cause of loss of the portfolio"
        raise InvalidParameter([Fault("cause", name, bound, fix, f"{at}/cause")])
    return portfolio.causes.index(name)


def _loss(
    strike: Strike,
    portfolio: Portfolio,
    models: Mapping[str, Model],
    items: Positions,
    cause: int,
    at: str,
) -> Floats:
    """(n_items,) ground-up loss of each item, currency units."""
    insured: Floats = portfolio.sum_insured[items]
    if strike.amount is not None:
        spread: Floats = strike.amount * (insured / insured.sum())
        return spread
    if strike.share is not None:
        return strike.share * _insured_for(portfolio, items, cause, at)
    return _spent(strike, portfolio, models, items, at) * insured


def _insured_for(portfolio: Portfolio, items: Positions, cause: int, at: str) -> Floats:
    """(n_items,) what one loss of the cause is insured for: one unit, where units are struck one
    by one, or the item; of an item without cover for it, its sum insured."""
    row = portfolio.terms_of[items, cause]
    covered = row != NOWHERE
    most = portfolio.terms.sum_insured[np.where(covered, row, 0)]
    whole = np.where(covered, most, portfolio.sum_insured[items])
    if not np.isfinite(whole).all():
        bound = "needs a cause with a sum insured"
        fix = "give an amount"
        name = portfolio.causes[cause]
        raise InvalidParameter([Fault("share", name, bound, fix, f"{at}/share")])
    return whole


def _spent(
    strike: Strike,
    portfolio: Portfolio,
    models: Mapping[str, Model],
    items: Positions,
    at: str,
) -> Floats:
    """(n_items,) recognised spending when each project fails in the phase, as a share of its sum
    insured: recognised * (budget of phases passed + budget of the phase * spent), as
    `models.trials` has it."""
    shares, faults = np.zeros(len(items)), list[Fault]()
    products = [portfolio.product[item] for item in items]
    for name in dict.fromkeys(products):
        model = _staged(models[name])
        here = np.array([product == name for product in products])
        found = list(_phase_faults(strike, name, model, portfolio, items[here], at))
        faults += found
        if found or model is None:
            continue
        phase = model.phase_names.index(strike.phase)
        before, share = remaining(np.array([one.budget_share.mean for one in model.phases]))
        entry = _entry(portfolio, items[here])
        spent = model.spend.mean if strike.spent is None else strike.spent
        shares[here] = model.recognised.mean * (before[entry, phase] + share[entry, phase] * spent)
    if faults:
        raise InvalidParameter(faults)
    return shares


def _staged(model: Model) -> Staged | None:
    """The part of a model that has phases, if one has."""
    parts = model.parts.values() if isinstance(model, Joint) else (model,)
    return next((part for part in parts if isinstance(part, Staged)), None)


def _entry(portfolio: Portfolio, items: Positions) -> Positions:
    column = portfolio.inputs.get("entry_phase")
    given = np.zeros(len(items)) if column is None else np.nan_to_num(column[items])
    return given.astype(np.intp)


def _phase_faults(
    strike: Strike,
    product: str,
    model: Staged | None,
    portfolio: Portfolio,
    items: Positions,
    at: str,
) -> Iterator[Fault]:
    if model is None:
        fix = "hit projects alone, or give an amount or a share"
        yield Fault("phase", product, "needs products that have phases", fix, f"{at}/phase")
    elif strike.phase not in model.phase_names:
        known = ", ".join(model.phase_names)
        yield Fault("phase", strike.phase, f"must be one of {known}", "", f"{at}/phase")
    else:
        late = _entry(portfolio, items) > model.phase_names.index(strike.phase)
        if late.any():
            name = portfolio.ids[items[np.argmax(late)]]
            bound = "must not lie before the phase in which a project starts"
            fix = f"name a later phase, or leave out project {name!r}"
            yield Fault("phase", strike.phase, bound, fix, f"{at}/phase")
