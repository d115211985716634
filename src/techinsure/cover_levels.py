"""What a policy with terms at several levels pays of each loss: item, site, policy, in that order.

A level sees what the levels below it left of a loss, sums it within its groups, applies its terms
to the sums, and gives the payment back to the losses in proportion to what they brought. Beside
the payment go three amounts by which a higher level may move a deductible of a lower one: what was
`deducted`, what lies `over` lower limits, and what room is `under` them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.cover_amounts import (
    Amounts,
    Standing,
    Sums,
    given_back,
    numbered,
    of_event,
    over_time,
    sum_by,
)
from techinsure.cover_periods import Items, Occurrences, inside
from techinsure.errors import MISSING, Fault, InvalidParameter, NotFound, Refused
from techinsure.level_terms import EVERY, Level, LevelTerms
from techinsure.portfolio import NOWHERE, Labels
from techinsure.quantities import FORBID, Flags, Floats, Ints, nearest

ORDER = (
    "losses outside the waiting, retroactive, reporting and indemnity periods are not paid",
    "less the deductible or franchise",
    "deductibles of this level and those below together brought to their minimum or maximum",
    "capped at the limit",
    "cut into layers",
    "less the insured share",
)
"""The order of terms within a level; levels go from the lowest to the highest."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelPayment:
    """What one level did. `group` (n,) is the group of each loss, `NOWHERE` where the level has no
    terms for it; `code` (n_groups,) says which of the label's `names` a group is. A group is one
    name in one year and event (and policy year). Its sums (n_groups,), in currency units, add up:
    loss = outside + deducted + over + kept + paid.

    `deducted` is < 0 where a maximum gives deductible back; `over` is < 0 where a minimum takes
    from what was over a lower limit; `kept` is beyond the layers or the insured share. `paid_rows`
    and each of `layers` are (n,), in order of the losses.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    group: NDArray[np.intp]
    code: Ints
    names: tuple[str, ...]
    loss: Floats
    outside: Floats
    deducted: Floats
    over: Floats
    kept: Floats
    paid: Floats
    deducted_so_far: Floats
    paid_rows: Floats
    layers: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Payments:
    """`paid` (n,) of each loss after all levels, currency units; the `levels` one by one;
    `unmatched` (m,) the losses for which no level has terms: paid in full, and listed."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    paid: Floats
    levels: tuple[LevelPayment, ...]
    unmatched: NDArray[np.intp]


def evaluate(
    levels: Sequence[Level],
    losses: Floats,
    sums_insured: Floats,
    labels: Mapping[str, Sequence[str | None]],
    occurrences: Occurrences | None = None,
    inception: Floats | None = None,
    term: Floats | None = None,
) -> Payments:
    """What each of `losses` (n,) is paid by the `levels`, lowest first; currency units.

    `sums_insured`, each list of `labels` (None: it does not apply), `inception` (years since the
    cohort's start, 0 where not said) and `term` (years; needed for claims made) are (n_items,).
    Without `occurrences` there is one loss an item, all of one event.
    """
    losses, sums = np.asarray(losses, np.float64), np.asarray(sums_insured, np.float64)
    n = len(losses)
    happened = occurrences or Occurrences(
        year=np.zeros(n, np.int32), event=np.zeros(n, np.int32), time=np.zeros(n),
        item=np.arange(n, dtype=np.int32), cause=np.zeros(n, np.int8),
    )  # fmt: skip
    began = np.zeros(len(sums)) if inception is None else np.asarray(inception, np.float64)
    _refuse(losses, sums, labels, began, happened)
    _refuse_unreported(levels, happened, term, len(sums))
    items = Items(
        labels={name: Labels.of(texts) for name, texts in labels.items()},
        sums_insured=sums,
        inception=began,
        term=np.full(len(sums), np.inf) if term is None else np.asarray(term, np.float64),
        shared=np.zeros(len(sums), dtype=bool),
    )
    standing = Standing(losses, np.zeros(n), np.zeros(n), np.zeros(n))
    return through(levels, standing, happened, items)


def _refuse(
    losses: Floats,
    sums: Floats,
    labels: Mapping[str, Sequence[str | None]],
    inception: Floats,
    happened: Occurrences,
) -> None:
    """All faults of what `evaluate` is given, at once."""
    faults = []
    for name, column in (("losses", losses), ("sums_insured", sums)):
        wrong = ~(np.isfinite(column) & (column >= 0))
        if wrong.any():
            row = int(np.argmax(wrong))
            faults.append(Fault(f"{name}[{row}]", float(column[row]), "must be finite and >= 0"))
    lengths = {f"labels.{name}": len(texts) for name, texts in labels.items()}
    for name, length in (lengths | {"inception": len(inception)}).items():
        if length != len(sums):
            faults.append(Fault(name, length, f"must have {len(sums)} entries, one an item"))
    for name in ("year", "event", "time", "item", "cause"):
        found = len(getattr(happened, name))
        if found != len(losses):
            bound = f"must have {len(losses)} entries, one a loss"
            faults.append(Fault(f"occurrences.{name}", found, bound))
    item = happened.item
    if len(item) and not (item.min() >= 0 and item.max() < len(sums)):
        row = int(np.argmax((item < 0) | (item >= len(sums))))
        bound = f"must be in [0, {len(sums) - 1}], a place in sums_insured"
        faults.append(Fault(f"occurrences.item[{row}]", int(item[row]), bound))
    if faults:
        raise InvalidParameter(faults)


def _refuse_unreported(
    levels: Sequence[Level], happened: Occurrences, term: Floats | None, n_items: int
) -> None:
    """Claims made need to know when a loss was reported, and how long each item is insured."""
    reported = happened.reported
    lengths = (("occurrences.reported", reported, len(happened.time), "a loss"),
               ("term", term, n_items, "an item"))  # fmt: skip
    faults = []
    for name, column, n, each in lengths:
        if column is None and any(level.claims_made for level in levels):
            faults.append(Fault(name, None, MISSING, "claims made need it: give years"))
        elif column is not None and len(column) != n:
            faults.append(Fault(name, len(column), f"must have {n} entries, one {each}"))
    if faults:
        raise InvalidParameter(faults)


def through(
    levels: Sequence[Level], standing: Standing, happened: Occurrences, items: Items
) -> Payments:
    """What stands of losses after all `levels`, lowest first."""
    _refuse_order(levels, items)
    seen = np.zeros(len(standing.paid), dtype=bool)
    done = []
    for level in levels:
        entry = _entries(level, items)
        rows = np.nonzero(_matched(level, entry, happened, items))[0]
        payment, standing = _step(level, entry, rows, standing, happened, items)
        seen[rows] = True
        done.append(payment)
    return Payments(paid=standing.paid, levels=tuple(done), unmatched=np.nonzero(~seen)[0])


def _refuse_order(levels: Sequence[Level], items: Items) -> None:
    """A minimum or maximum deductible above a share or a sum over time has no one meaning."""
    shared = items.shared
    for level in levels:
        entry, terms = _entries(level, items), level.terms.values()
        label = items.labels[level.by]
        of_item = np.where(label.codes == NOWHERE, NOWHERE, entry[label.codes])
        bounds = np.array([*(one.bounds_deductibles for one in terms), False])[of_item] & shared
        if bounds.any():
            name = label[int(np.argmax(bounds))]
            raise Refused(
                f"level {level.name!r} bounds deductibles of {level.by} {name!r}"
                " above terms that pay a share or count over time: what of a deductible could be"
                " given back is not defined (bound deductibles below those terms)"
            )
        over_time = level.per != "event"
        shared = shared | np.array([*(over_time or one.shares for one in terms), False])[of_item]


def _entries(level: Level, items: Items) -> Ints:
    """(n_names,) which entry of the level's terms each group has, `NOWHERE` for none. A name that
    no item has is a slip of the pen, and its terms would be lost: refused."""
    if level.by not in items.labels:
        guess = nearest(level.by, items.labels)
        raise NotFound(f"the label of level {level.name!r}", level.by, items.labels, guess)
    names = items.labels[level.by].names
    for name in level.terms:
        if name != EVERY and name not in names:
            what = f"the {level.by} of level {level.name!r}"
            raise NotFound(what, name, names, nearest(name, names))
    entries = {name: place for place, name in enumerate(level.terms)}
    every = entries.get(EVERY, NOWHERE)
    return np.array([entries.get(name, every) for name in names] or [NOWHERE], np.int32)


def _matched(level: Level, entry: Ints, happened: Occurrences, items: Items) -> Flags:
    """(n,) the losses that the level has terms for."""
    code = items.labels[level.by].codes[happened.item]
    here: Flags = (code != NOWHERE) & (entry[code] != NOWHERE)
    for cause in level.causes:
        if cause not in happened.causes:
            guess = nearest(cause, happened.causes)
            raise NotFound(f"the cause of level {level.name!r}", cause, happened.causes, guess)
    if level.causes:
        here &= np.isin(happened.cause, [happened.causes.index(one) for one in level.causes])
    return here


class _Groups(NamedTuple):
    """The `group` of each loss (n,) and of each group (n_groups,) its label's `code`, the `entry`
    of its terms, the `account` whose events it is one of, and when its event began."""

    group: NDArray[np.intp]
    code: Ints
    entry: Ints
    account: NDArray[np.intp]
    began: Floats


def _grouped(
    level: Level, entry: Ints, rows: NDArray[np.intp], happened: Occurrences, items: Items
) -> _Groups:
    """Losses of one year, group, event (and policy year); events of an account in order of time."""
    item, time = happened.item[rows], happened.time[rows]
    code = items.labels[level.by].codes[item]
    period = np.zeros(len(rows), np.int64)
    if level.per == "policy_year":
        period = np.floor(time - items.inception[item]).astype(np.int64)
    event = happened.event[rows]
    keys = (happened.year[rows], code, period)
    group, first = numbered(*keys, event)
    began = np.full(len(first), np.inf)
    np.minimum.at(began, group, time)
    account = np.arange(len(first))
    if level.per != "event":
        when = began[group]
        group, first = numbered(*keys, when, event)
        account, _ = numbered(*(key[first] for key in keys))
        began = when[first]
    return _Groups(group, code[first], entry[code[first]], account, began)


def _step(
    level: Level,
    entry: Ints,
    rows: NDArray[np.intp],
    standing: Standing,
    happened: Occurrences,
    items: Items,
) -> tuple[LevelPayment, Standing]:
    """One level: what it did, and what stands after it."""
    terms, groups = tuple(level.terms.values()), _grouped(level, entry, rows, happened, items)
    n, group = len(groups.code), groups.group
    within = inside(terms, groups.entry[group], groups.began[group], rows, happened, items)
    mine = Standing(*(np.where(within, column[rows], 0.0) for column in standing))
    sums = Sums(
        paid=sum_by(group, mine.paid, n),
        deducted=sum_by(group, mine.deducted, n),
        over=sum_by(group, mine.over, n),
        under=sum_by(group, mine.under, n),
        insured=_insured(items, level.by)[groups.code],
    )
    amounts = _amounts(level, terms, sums, groups)
    after, layers = given_back(level.give_back, mine, sums, amounts, group)
    loss = sum_by(group, standing.paid[rows], n)
    paid = sum_by(group, after.paid, n)
    deducted = amounts.from_loss + amounts.from_over - amounts.reduced
    over = amounts.cut - amounts.from_over + amounts.reduced - amounts.given
    whole = np.full(len(standing.paid), NOWHERE, dtype=np.intp)
    whole[rows] = group
    payment = LevelPayment(
        name=level.name,
        group=whole,
        code=groups.code,
        names=items.labels[level.by].names,
        loss=loss,
        outside=loss - sums.paid,
        deducted=deducted,
        over=over,
        kept=sums.paid - deducted - over - paid,
        paid=paid,
        deducted_so_far=sums.deducted + deducted,
        paid_rows=_laid_out(after.paid, rows, standing.paid),
        layers={
            name: _laid_out(part, rows, np.zeros(len(whole)))
            for name, part in layers.items()
            if name
        },
    )
    stands = (_laid_out(new, rows, old) for new, old in zip(after, standing, strict=True))
    return payment, Standing(*stands)


def _insured(items: Items, by: str) -> Floats:
    """(n_names,) the sums insured of the items of each group, currency units."""
    codes = items.labels[by].codes
    labelled = codes != NOWHERE
    n = int(codes.max(initial=0)) + 1
    return sum_by(codes[labelled], items.sums_insured[labelled], n)


def _laid_out(some: Floats, rows: NDArray[np.intp], whole: Floats) -> Floats:
    """(n,) `whole` with `some` (n_rows,) at `rows`."""
    changed = whole.copy()
    changed[rows] = some
    return changed


def _amounts(level: Level, terms: Sequence[LevelTerms], sums: Sums, groups: _Groups) -> Amounts:
    """What each group's terms make of its sums."""
    n = len(groups.code)
    totals = np.zeros((6, n))
    found = Amounts(totals[0], totals[1], totals[2], totals[3], totals[4], totals[5], {})
    for place, one in enumerate(terms):
        chosen = np.nonzero(groups.entry == place)[0]
        here = Sums(*(column[chosen] for column in sums))
        if level.per == "event":
            amounts = of_event(one, here)
        else:
            amounts = over_time(one, here, groups.account[chosen])
        totals[:, chosen] = amounts[:-1]
        for name, part in amounts.paid.items():
            found.paid.setdefault(name, np.zeros(n))[chosen] = part
    return found
