"""Whose tail it is, without simulation: Euler shares in the TVaR of a few risks.

Given each node of the factors that risks share they are independent, so E[X_i; S = s] is the
convolution of the law of the others with x P(X_i = x). The others' transform is a product that
leaves X_i out: nothing is divided, so a transform near 0 does no harm.
Sources: Tasche (1999), Risk contributions and performance measurement (shares); Furman & Landsman
(2005), Insurance: Mathematics and Economics 37(3) (of sums of independent risks).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict
from scipy import fft

from techinsure.errors import Fault, InvalidParameter
from techinsure.exact.annual import NOTICED, AnnualLaw
from techinsure.quantities import FORBID, Floats, Real, is_level, require

MOST_RISKS = 50
MOST_CELLS = 2**18
"""Of the sum: beyond, memory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shares:
    """`tvar` and `quantile` of the sum, and each risk's `share` (n_risks,) of the TVaR, currency
    units; they sum to it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    quantile: Real
    tvar: Real
    share: Floats


def euler_shares(
    laws: Sequence[Sequence[AnnualLaw]], weight: Sequence[float], level: float
) -> Shares:
    """Shares E[X_i | tail] of risks in the TVaR of their sum; `laws[node][risk]`, independent given
    the node, each node with its `weight`; an atom at the quantile counts with the part of it that
    lies beyond the level.

    All laws must stand on multiples of one step (`InvalidParameter` names the first that does
    not).
    """
    require("level", level, is_level)
    step = _step(laws, weight)
    size = max(sum(round(one.amounts[-1] / step) for one in at) for at in laws) + 1
    if size > MOST_CELLS:
        fix = "take a larger step, or limit the risks"
        raise InvalidParameter([Fault("cells", size, f"must be <= {MOST_CELLS}", fix)])
    wide = fft.next_fast_len(size, real=True)
    total, part = np.zeros(wide), np.zeros((len(laws[0]), wide))
    for own, share in zip(laws, weight, strict=True):
        cells = np.array([_on(one, step, wide) for one in own])
        others = _without_each(fft.rfft(cells, axis=1))
        weighted = fft.rfft(cells * (step * np.arange(wide)), axis=1)
        part += share * fft.irfft(others * weighted, wide, axis=1)
        total += share * fft.irfft(others[0] * fft.rfft(cells[0]), wide)
    total = np.maximum(total, 0.0)
    at = int(np.searchsorted(np.cumsum(total), level - NOTICED))
    beyond = float(total[at + 1 :].sum())
    at_quantile = max(1 - level - beyond, 0.0) / total[at] if total[at] > 0 else 0.0
    share_of = (part[:, at + 1 :].sum(axis=1) + at_quantile * part[:, at]) / (1 - level)
    return Shares(quantile=step * at, tvar=float(share_of.sum()), share=share_of)


def _without_each(seen: Floats) -> Floats:
    """(n, m) for each row the product of all others, from products of those before and after."""
    before, after = np.ones_like(seen), np.ones_like(seen)
    for i in range(1, len(seen)):
        before[i] = before[i - 1] * seen[i - 1]
        after[-1 - i] = after[-i] * seen[-i]
    return before * after


def _step(laws: Sequence[Sequence[AnnualLaw]], weight: Sequence[float]) -> float:
    """The step that all laws stand on."""
    faults = []
    risks = {len(own) for own in laws}
    if len(laws) != len(weight) or not laws or abs(sum(weight) - 1) > 1e-9:
        faults.append(Fault("weight", list(weight), "must sum to 1, one a node of laws"))
    if len(risks) != 1 or not 1 <= max(risks) <= MOST_RISKS:
        bound = f"must hold one number of risks at each node, 1 to {MOST_RISKS}"
        faults.append(Fault("laws", sorted(risks), bound))
    steps = [float(one.amounts[1]) for own in laws for one in own if len(one.amounts) > 1]
    step = min(steps, default=1.0)
    for node, own in enumerate(laws):
        for risk, one in enumerate(own):
            place = one.amounts / step
            if np.abs(place - np.round(place)).max() > 1e-6:
                bound = f"must stand on multiples of {step:g}"
                fix = "make all laws on one grid"
                faults.append(Fault(f"laws[{node}][{risk}]", float(one.amounts[1]), bound, fix))
    if faults:
        raise InvalidParameter(faults[:1])
    return step


def _on(one: AnnualLaw, step: float, size: int) -> Floats:
    """(size,) chances of the multiples of the step."""
    cells = np.zeros(size)
    cells[np.round(one.amounts / step).astype(np.intp)] = one.chance
    return cells
