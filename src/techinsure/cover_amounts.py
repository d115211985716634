"""Terms of one level applied to the sums of its groups, and sums given back to the losses."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from techinsure.errors import Fault, InvalidParameter
from techinsure.level_terms import (
    Amount,
    Franchise,
    GiveBack,
    Layer,
    LevelTerms,
    ShareOfLoss,
    ShareOfSumInsured,
    VanishingDeductible,
)
from techinsure.losses.kernels import capacity_in_order, used_before
from techinsure.quantities import Floats


class Standing(NamedTuple):
    """What stands of each loss between two levels, all (n,), currency units: what is `paid` so
    far, `deducted` and `over` limits so far, and how much deductible could be given back `under`
    the limits that hold."""

    paid: Floats
    deducted: Floats
    over: Floats
    under: Floats


class Sums(NamedTuple):
    """What reaches a level, by group, all (n_groups,), currency units: see
    `Standing`; `insured` is the sums insured of the group's items."""

    paid: Floats
    deducted: Floats
    over: Floats
    under: Floats
    insured: Floats


class Amounts(NamedTuple):
    """What a level makes of its sums, all (n_groups,) >= 0, currency units.

    Deducted `from_loss` and `from_over` (what was over lower limits), or `reduced` by so much, of
    which `given` back to the loss; `cut` by the limit; `under` it after; `paid`
    by each layer, without layers under the name "".
    """

    from_loss: Floats
    from_over: Floats
    reduced: Floats
    given: Floats
    cut: Floats
    under: Floats
    paid: dict[str, Floats]


def measured(
    measure: Amount | ShareOfLoss | ShareOfSumInsured | None,
    loss: Floats,
    insured: Floats,
    unset: float,
) -> Floats:
    """(n_groups,) a measure in currency units, `unset` where there is none."""
    match measure:
        case None:
            return np.full(len(loss), unset)
        case Amount(amount=amount):
            return np.full(len(loss), float(amount))
        case ShareOfLoss(share=share):
            return share * loss
        case ShareOfSumInsured(share=share):
            return share * insured


def own_deductible(terms: LevelTerms, loss: Floats, insured: Floats) -> Floats:
    """(n_groups,) what the level alone would deduct of each loss; may exceed the loss."""
    match terms.deductible:
        case Franchise(threshold=threshold):
            eaten: Floats = np.where(loss <= measured(threshold, loss, insured, 0.0), loss, 0.0)
            return eaten
        case VanishingDeductible(start=start, end=end):
            falling = np.clip(start * ((end - loss) / (end - start)), 0.0, start)
            vanishing: Floats = np.where(loss <= start, loss, falling)
            return vanishing
        case measure:
            return measured(measure, loss, insured, 0.0)


def of_event(terms: LevelTerms, sums: Sums) -> Amounts:
    """The terms on each group's loss of one event.

    A minimum is reached from what is over lower limits first, then from the loss; a maximum gives
    back at most what room lower limits leave, and the rest is over them.
    """
    loss = sums.paid
    own = own_deductible(terms, loss, sums.insured)
    least = measured(terms.minimum_deductible, loss, sums.insured, 0.0)
    most = measured(terms.maximum_deductible, loss, sums.insured, np.inf)
    _refuse_crossed(least, most)
    more = np.minimum(np.maximum(sums.deducted + own, least), most) - sums.deducted
    top_up = np.maximum(more - own, 0.0)
    from_over = np.minimum(sums.over, top_up)
    from_loss = np.minimum(loss, np.maximum(more - from_over, 0.0))
    reduced = np.maximum(-more, 0.0)
    given = np.minimum(reduced, sums.under)
    left = loss - from_loss + given
    limit = measured(terms.limit, loss, sums.insured, np.inf)
    capped = np.minimum(left, limit)
    under = np.where(left > limit, 0.0, np.minimum(sums.under + from_loss - given, limit - left))
    kept = 1.0 - terms.insured_share
    paid = {
        layer.name: np.clip(capped - layer.attachment, 0.0, _limit(layer)) * layer.share * kept
        for layer in terms.layers
    }
    return Amounts(
        from_loss, from_over, reduced, given, left - capped, under, paid or {"": capped * kept}
    )


def over_time(terms: LevelTerms, sums: Sums, account: NDArray[np.integer]) -> Amounts:
    """The terms on sums over time: each event bears and is paid what those before it in the same
    `account` (n_groups,), in order of time, have left of deductible, limit and layers."""
    loss, none, deductible = sums.paid, np.zeros(len(sums.paid)), terms.deductible
    assert not isinstance(deductible, Franchise | VanishingDeductible)
    left = _beyond(account, loss, measured(deductible, loss, sums.insured, 0.0))
    capped = capacity_in_order(account, left, measured(terms.limit, loss, sums.insured, np.inf))
    kept = 1.0 - terms.insured_share
    paid = {
        layer.name: layer.share
        * kept
        * capacity_in_order(account, _beyond(account, capped, layer.attachment), _limit(layer))
        for layer in terms.layers
    }
    paid = paid or {"": capped * kept}
    return Amounts(loss - left, none, none, none, left - capped, none, paid)


def _beyond(account: NDArray[np.integer], loss: Floats, deductible: Floats | float) -> Floats:
    left: Floats = np.maximum(deductible - used_before(account, loss), 0.0)
    beyond: Floats = np.maximum(loss - left, 0.0)
    return beyond


def _limit(layer: Layer) -> float:
    return np.inf if layer.limit is None else layer.limit


def _refuse_crossed(least: Floats, most: Floats) -> None:
    if (least > most).any():
        place = int(np.argmax(least > most))
        bound = f"must be <= maximum_deductible {most[place]:g} of the same loss"
        raise InvalidParameter(
            [Fault("minimum_deductible", float(least[place]), bound, "give both in one unit")]
        )


def share_out(total: Floats, weight: Floats, group: NDArray[np.integer], weights: Floats) -> Floats:
    """(n,) each loss's part of its group's `total` (n_groups,), in proportion to `weight` (n,),
    whose sums are `weights`; 0 where nothing has weight."""
    rate = np.divide(total, weights, out=np.zeros(len(weights)), where=weights > 0)
    shares: Floats = weight * rate[group]
    return shares


def to_grid(parts: Mapping[str, Floats], whole: Floats) -> dict[str, Floats]:
    """`parts` (n_groups,) rounded down to multiples of the last binary digit of `whole`: sums of
    such multiples up to the whole never round, in any order."""
    digit = np.spacing(whole)
    return {name: np.floor(part / digit) * digit for name, part in parts.items()}


def shared_exactly(
    total: Floats, weight: Floats, group: NDArray[np.integer], whole: Floats
) -> Floats:
    """(n,) parts of each group's `total` (n_groups,), multiples of the last binary digit of
    `whole`, that sum to it exactly; each is in proportion to `weight` (n,) to a few digits.

    Cumulated weights are rounded and their steps taken, so that no part is < 0. Rows of a group
    stand in the order in which they are to be rounded.
    """
    digit = np.spacing(whole)
    before = used_before(group, weight)
    weights = np.zeros(len(total))
    np.maximum.at(weights, group, before + weight)
    rate = np.divide(total, weights, out=np.zeros(len(weights)), where=weights > 0)

    def reached(sum_: Floats) -> Floats:
        at_most = np.minimum(
            np.floor(sum_ * rate[group] / digit[group]), total[group] / digit[group]
        )
        digits: Floats = np.where(sum_ >= weights[group], total[group] / digit[group], at_most)
        return digits

    steps = reached(before + weight) - np.where(before > 0, reached(before), 0.0)
    parts: Floats = np.where(weight > 0, steps, 0.0) * digit[group]
    return parts


def sum_by(group: NDArray[np.integer], amount: Floats, n: int) -> Floats:
    """(n,) sums of `amount` (n_rows,) by `group`."""
    return np.bincount(group, amount, n).astype(np.float64, copy=False)


def numbered(*keys: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The group (n,) of entries that agree in all `keys` (n,), numbered in order of the keys, and
    the first entry of each group."""
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[order][1:] != key[order][:-1]
    group = np.empty(len(order), dtype=np.intp)
    group[order] = np.cumsum(new) - 1
    return group, order[new]


def given_back(
    by: GiveBack, mine: Standing, sums: Sums, amounts: Amounts, group: NDArray[np.intp]
) -> tuple[Standing, dict[str, Floats]]:
    """The level's amounts as amounts of its losses (n_rows,), and the payment of each layer.

    Each is in proportion to the loss's payment so far, except what is given back `by_deductible`
    (or where nothing is paid so far), and what is taken from over lower limits.
    """

    def part(total: Floats, weight: Floats, weights: Floats) -> Floats:
        return share_out(total, weight, group, weights)

    from_loss = part(amounts.from_loss, mine.paid, sums.paid)
    from_over = part(amounts.from_over, mine.over, sums.over)
    reduced = part(amounts.reduced, mine.deducted, sums.deducted)
    room_given = part(amounts.given, mine.under, sums.under)
    by_payment = (sums.paid > 0)[group] & (by == "by_payment")
    given = np.where(by_payment, part(amounts.given, mine.paid, sums.paid), room_given)
    loss, losses = mine.paid + given, sums.paid + amounts.given
    room, rooms = (
        mine.under + from_loss - room_given,
        sums.under + amounts.from_loss - amounts.given,
    )
    deducted = mine.deducted + from_loss + from_over - reduced
    over = mine.over - from_over + part(amounts.cut, loss, losses)
    over += part(amounts.reduced - amounts.given, mine.deducted, sums.deducted)
    layers, paid = _payments(mine.paid, loss, sums.paid, amounts, group)
    return Standing(paid, deducted, over, part(amounts.under, room, rooms)), layers


def _payments(
    before: Floats, loss: Floats, sums: Floats, amounts: Amounts, group: NDArray[np.intp]
) -> tuple[dict[str, Floats], Floats]:
    """What each layer and all together pay of each loss (n_rows,), in proportion to `loss`; groups
    of which the level takes nothing keep every bit of what was paid `before`."""
    whole = np.maximum(sums, sum(amounts.paid.values(), np.zeros(len(sums))))
    layers = {
        name: shared_exactly(total, loss, group, whole)
        for name, total in to_grid(amounts.paid, whole).items()
    }
    untouched = (amounts.given == 0) & (amounts.paid.get("", np.full(len(sums), -1.0)) == sums)
    together = sum(layers.values(), np.zeros(len(group)))
    return layers, np.where(untouched[group], before, together)
