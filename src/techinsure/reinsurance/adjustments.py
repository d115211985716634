"""What depends on a treaty's own losses: sliding scale, profit commission, corridor, swing rating.

All take amounts by simulated year, (n_years,), and none is linear in them: at the mean loss ratio
they are not what they are in the mean (Jensen 1906, Acta Mathematica 30).
Source: Clark 2014, Basics of Reinsurance Pricing, Casualty Actuarial Society study note; Bear &
Nemlick 1990, Pricing the impact of adjustable features and loss sharing provisions of reinsurance
treaties, Proceedings of the Casualty Actuarial Society 77.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import (
    FORBID,
    Count,
    Floats,
    Real,
    each,
    fraction,
    not_negative,
    positive,
    refuse_unless,
)
from techinsure.reinsurance.sequences import is_years, refuse_unless_whole


def refuse_without_premium(what: str, premium: float, losses: Floats, which: str = "ceded") -> None:
    """`Undefined` where there are `losses` and no `premium` to compare them with."""
    if premium <= 0 and losses.any():
        raise Undefined(f"{what} needs a {which} premium > 0 to take loss ratios of")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlidingScale:
    """Commission that falls as losses rise: `commissions` at `loss_ratios`, both (n_points,), of
    the ceded premium; straight between points, the first and the last beyond them."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    loss_ratios: tuple[Real, ...]
    commissions: tuple[Real, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, loss_ratios=each(not_negative, 2), commissions=each(fraction, 2))
        faults = list(_scale_faults(self.loss_ratios, self.commissions))
        if faults:
            raise InvalidParameter(faults)

    @staticmethod
    def of_slides(minimum: float, pieces: Sequence[tuple[float, float, float]]) -> "SlidingScale":
        """From the `minimum`, paid at the first loss ratio or above, and pieces (from, to, slide)
        going down: each point of loss ratio less adds `slide` points of commission."""
        ratios, commissions = [pieces[0][0]], [minimum]
        for start, end, slide in pieces:
            if start != ratios[-1]:
                bound = f"must begin where the piece before ends, at {ratios[-1]:g}"
                raise InvalidParameter([Fault("pieces", start, bound)])
            ratios.append(end)
            commissions.append(commissions[-1] + slide * (start - end))
        return SlidingScale(
            loss_ratios=tuple(reversed(ratios)), commissions=tuple(reversed(commissions))
        )

    def at(self, loss_ratio: Floats) -> Floats:
        """Commission as a fraction of the ceded premium, shaped like `loss_ratio`."""
        return np.asarray(np.interp(loss_ratio, self.loss_ratios, self.commissions), np.float64)


def _scale_faults(ratios: Sequence[float], commissions: Sequence[float]) -> Iterator[Fault]:
    if len(ratios) != len(commissions):
        bound = f"must have {len(ratios)} entries, one a loss ratio"
        yield Fault("commissions", len(commissions), bound)
    for place, (low, high) in enumerate(pairwise(ratios), start=1):
        if high <= low:
            bound = f"must be > {low:g}, the loss ratio before"
            yield Fault(f"loss_ratios[{place}]", high, bound, "order points by loss ratio")
    for place, (first, second) in enumerate(pairwise(commissions), start=1):
        if second > first:
            bound = f"must be <= {first:g}, the commission before"
            fix = "a sliding scale pays less where losses are more"
            yield Fault(f"commissions[{place}]", second, bound, fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitCommission:
    """`share` of the reinsurer's profit: ceded premium less `expenses` (a fraction of it), losses
    and other commission. A deficit is carried forward within a sequence of `years`, until profits
    have made it good or the sequence ends."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    share: Real
    expenses: Real = 0.0
    years: Count = 1

    def __post_init__(self) -> None:
        refuse_unless(self, share=fraction, expenses=fraction, years=is_years)

    def paid(
        self, subject: YearLossTable, premium: Floats, commission: Floats, losses: Floats
    ) -> Floats:
        """(n_years,) float64, currency units, from a year's ceded `premium`, other `commission`
        and ceded `losses`, all (n_years,)."""
        refuse_unless_whole(subject, self.years)
        profit = (premium * (1 - self.expenses) - commission - losses).reshape(-1, self.years)
        paid, deficit = np.zeros_like(profit), np.zeros(len(profit))
        for year in range(self.years):
            balance = profit[:, year] - deficit
            paid[:, year] = self.share * np.maximum(balance, 0.0)
            deficit = np.maximum(-balance, 0.0)
        return paid.ravel()


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCorridor:
    """The cedent takes back `share` of the ceded losses from loss ratio `attachment` to
    `exhaustion` of the ceded premium. A share of 1 without end in sight caps the loss ratio."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    attachment: Real
    exhaustion: Real
    share: Real = 1.0

    def __post_init__(self) -> None:
        refuse_unless(self, attachment=not_negative, exhaustion=positive, share=fraction)
        if self.exhaustion <= self.attachment:
            bound = f"must be > attachment, {self.attachment:g}"
            raise InvalidParameter([Fault("exhaustion", self.exhaustion, bound)])

    def taken_back(self, losses: Floats, premium: float) -> Floats:
        """(n_years,) float64, currency units, of a year's ceded `losses` (n_years,); `Undefined`
        where there are losses and no ceded `premium` to compare them with."""
        refuse_without_premium("a loss corridor", premium, losses)
        width = (self.exhaustion - self.attachment) * premium
        return np.asarray(self.share * np.clip(losses - self.attachment * premium, 0.0, width))


@dataclass(frozen=True, slots=True, kw_only=True)
class SwingRating:
    """The premium is the layer's own losses times `load` (1.25 = 100/80), at least `minimum` and
    at most `maximum`, fractions of the subject premium."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    load: Real
    minimum: Real
    maximum: Real

    def __post_init__(self) -> None:
        refuse_unless(self, load=positive, minimum=fraction, maximum=fraction)
        if self.maximum < self.minimum:
            bound = f"must be >= minimum, {self.minimum:g}"
            raise InvalidParameter([Fault("maximum", self.maximum, bound)])

    def premium(self, losses: Floats, subject_premium: float) -> Floats:
        """(n_years,) float64, currency units, of a year's ceded `losses` (n_years,); `Undefined`
        where there are losses and no `subject_premium`."""
        refuse_without_premium("a swing rating", subject_premium, losses, "subject")
        low, high = self.minimum * subject_premium, self.maximum * subject_premium
        return np.clip(self.load * losses, low, high)
