"""Exposure rating: what a layer of each risk costs, from a profile of the risks by sum insured.

Of the losses of a risk of sum insured M a layer takes the share G((attachment + limit) / M) -
G(attachment / M), G its exposure curve; above the attachment there are (expected losses / M) *
G'(attachment / M) claims. A band is rated at its average sum insured.
Source: Clark 2014, Basics of Reinsurance Pricing, Casualty Actuarial Society study note; Bernegger
1997, ASTIN Bulletin 27(1), 99-111.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.exposure_curves import ExposureCurve, Riebesell, share_in_layer, slope
from techinsure.quantities import (
    FORBID,
    Real,
    not_negative,
    positive,
    refuse_unless,
    require,
)

ROOM = 1e-9
"""How far an average may leave its band, relative: sums are rounded in files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """`risks` whose sums insured lie from `low` to `high` and add up to `sum_insured`, currency
    units, with `expected_loss` a year from the ground up."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    low: Real
    high: Real
    risks: Real
    sum_insured: Real
    expected_loss: Real

    def __post_init__(self) -> None:
        refuse_unless(self, low=not_negative, high=positive, risks=positive, sum_insured=positive,
                      expected_loss=not_negative)  # fmt: skip
        if self.high < self.low:
            raise InvalidParameter([Fault("high", self.high, f"must be >= low, {self.low:g}")])
        if not self.low * (1 - ROOM) <= self.average <= self.high * (1 + ROOM):
            bound = f"must be risks times what lies in [{self.low:g}, {self.high:g}]"
            fix = f"its average, {self.average:g}, leaves the band"
            raise InvalidParameter([Fault("sum_insured", self.sum_insured, bound, fix)])

    @staticmethod
    def of_premium(
        *, low: float, high: float, risks: float, sum_insured: float, premium: float,
        loss_ratio: float,
    ) -> "Band":  # fmt: skip
        """From the `premium` of the band and its expected `loss_ratio`, a fraction of it."""
        require("premium", premium, not_negative)
        require("loss_ratio", loss_ratio, not_negative)
        return Band(low=low, high=high, risks=risks, sum_insured=sum_insured,
                    expected_loss=premium * loss_ratio)  # fmt: skip

    @staticmethod
    def of_rate(
        *, low: float, high: float, risks: float, sum_insured: float, rate: float
    ) -> "Band":
        """From the expected losses a year per unit of sum insured, the ground-up `rate`."""
        require("rate", rate, not_negative)
        require("sum_insured", sum_insured, positive)
        return Band(low=low, high=high, risks=risks, sum_insured=sum_insured,
                    expected_loss=sum_insured * rate)  # fmt: skip

    @property
    def average(self) -> float:
        """Sum insured of the average risk, currency units."""
        return self.sum_insured / self.risks


@dataclass(frozen=True, slots=True, kw_only=True)
class BandInLayer:
    """What a layer takes of a `band`: `share` of its expected losses, their `loss`, and the
    number of `claims` above the attachment a year (None where the curve knows none). `at_low`
    and `at_high`: the loss if every risk lay at that end of the band."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    band: Band
    share: Real
    loss: Real
    claims: Real | None
    at_low: Real
    at_high: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCost:
    """Expected `loss` a year of `limit` excess of `attachment` per risk, currency units; `claims`
    above the attachment and their mean in the layer, `severity` (None where not known or no claim
    reaches it); `rate_on_line` = loss / limit; `share` of all expected losses (None of none)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    attachment: Real
    limit: Real
    bands: tuple[BandInLayer, ...]
    loss: Real
    share: Real | None
    claims: Real | None
    severity: Real | None
    rate_on_line: Real
    notes: tuple[str, ...] = ()


def layer_cost(
    profile: Sequence[Band],
    curve: ExposureCurve | Sequence[ExposureCurve],
    attachment: float,
    limit: float,
) -> LayerCost:
    """The layer over all bands of `profile`, (n_bands,) from small to large sums insured.

    `curve`: one for all, or (n_bands,) of them: large risks burn a smaller share of themselves.
    Layers that join add up, and all of them from 0 up are the expected losses.
    """
    require("attachment", attachment, not_negative)
    require("limit", limit, positive)
    curves = list(curve) if isinstance(curve, Sequence) else [curve] * len(profile)
    _refuse_unless_profile(profile, len(curves))
    rows = tuple(
        _band_in_layer(band, one, attachment, limit)
        for band, one in zip(profile, curves, strict=True)
    )
    whole = math.fsum(band.expected_loss for band in profile)
    loss = math.fsum(row.loss for row in rows)
    counts = [row.claims for row in rows if row.claims is not None]
    claims = math.fsum(counts) if len(counts) == len(rows) else None
    return LayerCost(
        attachment=float(attachment), limit=float(limit), bands=rows, loss=loss,
        share=loss / whole if whole > 0 else None,
        claims=claims, severity=loss / claims if claims else None,
        rate_on_line=loss / limit,
        notes=tuple(_notes(profile, whole, claims, attachment, limit)),
    )  # fmt: skip


def _band_in_layer(
    band: Band, curve: ExposureCurve, attachment: float, limit: float
) -> BandInLayer:
    def share(sum_insured: float) -> float:
        if sum_insured == 0:  # its losses lie below any amount
            return 1.0 if attachment == 0 else 0.0
        return share_in_layer(curve, attachment / sum_insured, limit / sum_insured)

    own, mean = share(band.average), band.expected_loss
    known = not (isinstance(curve, Riebesell) and attachment == 0)
    start = attachment / band.average
    return BandInLayer(
        band=band, share=own, loss=own * mean,
        claims=mean / band.average * slope(curve, start) if known else None,
        at_low=share(band.low) * mean, at_high=share(band.high) * mean,
    )  # fmt: skip


def _refuse_unless_profile(profile: Sequence[Band], n_curves: int) -> None:
    faults = list[Fault]()
    if not profile:
        faults.append(Fault("profile", (), "must have at least one band"))
    if n_curves != len(profile):
        faults.append(Fault("curve", n_curves, f"must have {len(profile)} entries, one a band"))
    faults += [
        Fault(f"profile[{row}].low", band.low, f"must be >= {before.high:g}, where row {row - 1} "
              "ends", "order bands from small to large, without overlap")
        for row, (before, band) in enumerate(pairwise(profile), start=1)
        if band.low < before.high
    ]  # fmt: skip
    if faults:
        raise InvalidParameter(faults)


def _notes(
    profile: Sequence[Band], whole: float, claims: float | None, attachment: float, limit: float
) -> list[str]:
    largest = max(band.high for band in profile)
    notes = list[str]()
    if whole == 0:
        notes.append("no losses are expected of this profile")
    if attachment >= largest:
        notes.append(f"no risk reaches the layer: the largest is insured for {largest:g} at most")
    elif attachment + limit > largest:
        notes.append(
            f"the layer ends above the largest sum insured, {largest:g}: what lies beyond is free "
            "of losses here, if sums insured bound them"
        )
    if claims is None:
        notes.append("the number of claims from the ground up is not known: Riebesell's curve")
    return notes
