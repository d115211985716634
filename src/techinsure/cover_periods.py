"""Who is insured, when losses happened and were reported, and which are within the periods of
their terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.level_terms import LevelTerms
from techinsure.portfolio import Labels
from techinsure.quantities import FORBID, Flags, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """Who is insured: `labels` by name, `sums_insured` (currency units), `inception` (years since
    the cohort's start), `term` (years), and whether what reaches the lowest level is `shared`, a
    part only; all (n_items,)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    labels: Mapping[str, Labels]
    sums_insured: Floats
    inception: Floats
    term: Floats
    shared: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Occurrences:
    """When and to whom losses happened, all (n,): cohort `year`, `event` (its key or number),
    `time` in years since the cohort's start, `item`, and `cause` as a place in `causes`;
    `reported` as `time`, where it matters (claims made)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    year: NDArray[np.integer]
    event: NDArray[np.integer]
    time: Floats
    item: NDArray[np.integer]
    cause: NDArray[np.integer]
    causes: tuple[str, ...] = ()
    reported: Floats | None = None


def inside(
    terms: Sequence[LevelTerms],
    entry: Ints,
    began: Floats,
    rows: NDArray[np.intp],
    happened: Occurrences,
    items: Items,
) -> Flags:
    """(n,) losses within the waiting, retroactive, reporting and indemnity periods of their terms:
    `entry` (n,) is the place of each loss's terms, `began` (n,) when its event began in its group
    (years since the cohort's start), `rows` (n,) its place among those that `happened`."""
    time = happened.time[rows]
    bounds = [
        (t.waiting, -np.inf if t.retroactive is None else t.retroactive, t.indemnity or np.inf)
        for t in terms
    ]
    waiting, retroactive, indemnity = np.array(bounds).T[:, entry]
    waited = (waiting == 0) | (time - items.inception[happened.item[rows]] >= waiting)
    lasting = time - began < indemnity
    kept: Flags = waited & (time >= retroactive) & lasting
    if any(t.claims_made for t in terms):
        kept &= _made_in_time(terms, entry, rows, happened, items)
    return kept


def _made_in_time(
    terms: Sequence[LevelTerms], entry: Ints, rows: NDArray[np.intp], happened: Occurrences,
    items: Items,
) -> Flags:  # fmt: skip
    """(n,) losses that their terms do not ask when they were reported, or that were reported from
    inception to the end of the extended reporting, and happened after inception where no other
    retroactive date is given."""
    assert happened.reported is not None
    item, reported = happened.item[rows], happened.reported[rows]
    made = np.array([t.claims_made for t in terms])[entry]
    prior_acts = np.array([t.retroactive is not None for t in terms])[entry]
    extended = np.array([t.extended_reporting for t in terms])[entry]
    began = items.inception[item]
    in_time = (reported >= began) & (reported <= began + items.term[item] + extended)
    found: Flags = ~made | (in_time & (prior_acts | (happened.time[rows] >= began)))
    return found
