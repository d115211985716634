"""Exposure curves: the share of a risk's losses that a retention keeps.

G(r) = E[min(X, r M)] / E[X] for a retention r, a fraction of the sum insured M: from 0 to 1,
increasing, concave, since the slope G'(r) = P(X > r M) * M / E[X] falls. A curve is an MBBEFD law
(Swiss Re curves among them), Riebesell's power, or a first loss scale as printed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from techinsure.distributions import Mbbefd
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    each,
    fraction,
    not_negative,
    number,
    positive,
    refuse_unless,
    require,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLossScale:
    """A curve as a table: `shares` of the losses kept by `retentions`, both (n_rows,) fractions,
    from (0, 0) to (1, 1), straight between rows.

    `rounding`: half a unit of the last digit printed (0.005 for whole percents), by which a share
    may miss a concave curve.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["first_loss_scale"] = "first_loss_scale"
    retentions: tuple[Real, ...]
    shares: tuple[Real, ...]
    rounding: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(self, retentions=each(fraction, 2), shares=each(fraction, 2),
                      rounding=not_negative)  # fmt: skip
        refuse_unless_concave(("retentions", self.retentions), ("shares", self.shares),
                              self.rounding)  # fmt: skip
        ends = {
            "retentions[0]": (self.retentions[0], 0.0), "shares[0]": (self.shares[0], 0.0),
            "retentions[-1]": (self.retentions[-1], 1.0), "shares[-1]": (self.shares[-1], 1.0),
        }  # fmt: skip
        faults = [
            Fault(field, value, f"must be {end:g}", "a curve runs from (0, 0) to (1, 1)")
            for field, (value, end) in ends.items()
            if value != end
        ]
        if faults:
            raise InvalidParameter(faults)

    def share_kept(self, retention: Floats) -> Floats:
        """G, shaped like `retention`; 1 beyond the sum insured."""
        kept = np.interp(retention, self.retentions, self.shares)
        return np.asarray(kept, np.float64)

    def slope(self, retention: float) -> float:
        """G' just above `retention`: that of the row's piece; 0 from 1 on."""
        if retention >= 1:
            return 0.0
        row = int(np.searchsorted(self.retentions, retention, "right"))
        rise = self.shares[row] - self.shares[row - 1]
        return rise / (self.retentions[row] - self.retentions[row - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Riebesell:
    """Each doubling of the limit multiplies the premium by 1 + `z`: expected losses up to a limit
    grow as limit**power, power = log2(1 + z).

    Above some threshold it belongs to claims with a Pareto tail of shape 1 - power; towards 0 its
    slope grows without bound and belongs to no law: ask it of amounts above the threshold.
    Source: Riebesell 1936; Mack & Fackler 2003, Blätter der DGVFM 26(2), 229-238.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["riebesell"] = "riebesell"
    z: Real

    def __post_init__(self) -> None:
        refuse_unless(self, z=number("must be in (0, 1)", lambda value: 0 < value < 1,
                                     "0.2 where twice the limit costs 20% more"))  # fmt: skip

    @staticmethod
    def of_power(power: float) -> "Riebesell":
        """The curve r**power, 0 < power < 1."""
        require("power", power, number("must be in (0, 1)", lambda value: 0 < value < 1))
        return Riebesell(z=math.expm1(power * math.log(2)))

    @property
    def power(self) -> float:
        """log2(1 + z)."""
        return math.log1p(self.z) / math.log(2)

    def increased_limits_factor(self, limit: float, basic_limit: float) -> float:
        """(limit / basic limit)**power; both > 0, in one currency unit."""
        require("limit", limit, positive)
        require("basic_limit", basic_limit, positive)
        return float((limit / basic_limit) ** self.power)

    def share_kept(self, retention: Floats) -> Floats:
        """r**power, shaped like `retention`; 1 beyond the limit."""
        kept: Floats = np.minimum(np.asarray(retention, np.float64), 1.0) ** self.power
        return kept

    def slope(self, retention: float) -> float:
        """power * r**(power - 1); 0 from 1 on; `Undefined` at 0."""
        if retention == 0:
            raise Undefined("Riebesell's curve knows no number of claims from the ground up")
        return self.power * retention ** (self.power - 1) if retention < 1 else 0.0


ExposureCurve = Annotated[FirstLossScale | Mbbefd | Riebesell, Field(discriminator="kind")]
"""Any exposure curve."""


def share_in_layer(curve: ExposureCurve, attachment: float, limit: float) -> float:
    """G(attachment + limit) - G(attachment), both fractions of the sum insured: 0 beyond it."""
    if isinstance(curve, Mbbefd):
        return float(curve.layer_mean(attachment, limit)) / curve.mean
    low, high = curve.share_kept(np.array([attachment, attachment + limit]))
    return float(high - low)


def slope(curve: ExposureCurve, retention: float) -> float:
    """G'(retention): claims above it, over expected losses in sums insured."""
    if isinstance(curve, Mbbefd):
        return float(curve.survival(np.array(retention))) / curve.mean if retention < 1 else 0.0
    return curve.slope(retention)


def refuse_unless_concave(
    x: tuple[str, Sequence[float]],
    y: tuple[str, Sequence[float]],
    rounding: float = 0.0,
    *,
    from_zero: bool = False,
) -> None:
    """Two columns of a table with their names: `x` must increase, `y` must not fall and rise ever
    more slowly, but for a `rounding` of each y. `from_zero`: (0, 0) is a row before the first.
    A fault names the row, the first being 0."""
    (name, at), (named, values) = x, y
    if len(at) != len(values):
        bound = f"must have {len(at)} entries, one for each of {name}"
        raise InvalidParameter([Fault(named, len(values), bound)])
    before = 1 if from_zero else 0
    at, values = (0.0,) * before + tuple(at), (0.0,) * before + tuple(values)
    faults = [
        Fault(f"{title}[{i - before}]", column[i], f"must be {sign} {column[i - 1]:g}, {told}")
        for title, column, sign in ((name, at, ">"), (named, values, ">="))
        for i in range(1, len(column))
        if column[i] < column[i - 1] or (sign == ">" and column[i] == column[i - 1])
        for told in ["where the table starts" if i == before else "the row before"]
    ]
    if faults:
        raise InvalidParameter(faults)
    width, rise = np.diff(at), np.diff(values)
    slack = 2 * rounding + 1e-12 * values[-1]
    steeper = (rise[1:] - slack) / width[1:] > (rise[:-1] + slack) / width[:-1]
    rows = (np.nonzero(steeper)[0] + 2).tolist()
    most = [values[i - 1] + rise[i - 2] / width[i - 2] * width[i - 1] for i in rows]
    if rows:
        fix = f"each step of {name} must cost no more per unit than the step before"
        raise InvalidParameter(
            Fault(f"{named}[{i - before}]", values[i], f"must be <= {end:.6g} to be concave", fix)
            for i, end in zip(rows, most, strict=True)
        )
