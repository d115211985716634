"""A programme by cumsum and bincount: quota share, event layers on what it leaves, stop loss."""

from typing import NamedTuple

import numpy as np

from techinsure.quantities import Floats
from techinsure.reinsurance.programme import PlacedTreaty, Programme

from .losses import Losses, eroded


class Annual(NamedTuple):
    """By treaty, and gross and net, currency units: `ceded` (n_years,) and `owed`, reinstatement
    premiums (n_years,); the largest event of each year, `gross_event` and `net_event`
    (n_years,)."""

    gross: Floats
    net: Floats
    ceded: dict[str, Floats]
    owed: dict[str, Floats]
    gross_event: Floats
    net_event: Floats


def apply(programme: Programme, losses: Losses, n: int) -> Annual:
    """What each treaty pays of losses in order; each treaty must be placed whole."""
    quota, layers, stop = _read(programme)
    first = np.ones(len(losses.year), bool)
    first[1:] = (losses.event[1:] != losses.event[:-1]) | (losses.year[1:] != losses.year[:-1])
    start = np.flatnonzero(first)
    year, time = losses.year[start], losses.time[start]
    gross = np.add.reduceat(losses.loss, start) if len(start) else np.zeros(0)
    ceded = {quota.name: quota.treaty.share * np.bincount(year, gross, n)}
    after = (1 - quota.treaty.share) * gross
    net, owed = after.copy(), {}
    for layer in layers:
        paid, owed[layer.name] = _layer(layer, year, time, after, n)
        ceded[layer.name] = np.bincount(year, paid, n)
        net -= paid
    left = np.bincount(year, net, n)
    attachment, limit = stop.treaty.in_money
    ceded[stop.name] = np.clip(left - attachment, 0.0, limit)
    kept = np.divide(left - ceded[stop.name], left, out=np.ones(n), where=left > 0)
    largest = np.zeros((2, n))
    np.maximum.at(largest[0], year, gross)
    np.maximum.at(largest[1], year, net * kept[year])
    return Annual(
        np.bincount(year, gross, n), left - ceded[stop.name], ceded, owed, largest[0], largest[1]
    )


def _layer(
    layer: PlacedTreaty, year: np.ndarray, time: Floats, subject: Floats, n: int
) -> tuple[Floats, Floats]:
    """(n_events,) what the layer pays, and (n_years,) the reinstatement premium owed for it."""
    terms = layer.treaty
    hit = np.flatnonzero(subject > terms.attachment)
    wanted = np.minimum(subject[hit] - terms.attachment, terms.limit)
    paid = np.zeros(len(subject))
    paid[hit] = eroded(year[hit], wanted, terms.limit * (1 + len(terms.reinstatement_rates)))
    burnt = np.cumsum(paid[hit])
    before = burnt - paid[hit]
    opened = before[np.searchsorted(year[hit], year[hit])] if len(hit) else before
    burnt, before, price = burnt - opened, before - opened, np.zeros(len(hit))
    for band, rate in enumerate(terms.reinstatement_rates):
        used = [np.clip(x - band * terms.limit, 0.0, terms.limit) for x in (burnt, before)]
        price += rate * (used[0] - used[1]) / terms.limit
    return paid, terms.premium * np.bincount(year[hit], price, n)


def _read(programme: Programme) -> tuple[PlacedTreaty, list[PlacedTreaty], PlacedTreaty]:
    """Quota share, event layers on what it leaves, stop loss on the rest; others are refused."""
    by_kind: dict[str, list[PlacedTreaty]] = {}
    for placed in programme.treaties:
        by_kind.setdefault(placed.treaty.kind, []).append(placed)
        if placed.products or placed.subject_share != 1 or placed.placed_share != 1:
            raise ValueError(f"{placed.name} must be of all products, and placed whole")
    layers = by_kind.get("excess_of_loss", [])
    quota, stop = by_kind.get("quota_share", []), by_kind.get("stop_loss", [])
    if len(quota) != 1 or len(stop) != 1 or quota[0].treaty.limit is not None:
        raise ValueError("there must be one quota share without limit, and one stop loss")
    for layer in layers:
        terms = layer.treaty
        by_time = terms.reinstated_by != "amount" and any(terms.reinstatement_rates)
        if terms.basis != "event" or terms.annual_deductible or by_time:
            raise ValueError(f"{layer.name} must be per event, reinstated by amount")
        if layer.net_of != (quota[0].name,):
            raise ValueError(f"{layer.name} must be on what the quota share leaves")
    if set(stop[0].net_of) != {layer.name for layer in layers}:
        raise ValueError(f"{stop[0].name} must be on what all layers leave")
    return quota[0], layers, stop[0]
