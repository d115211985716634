"""Stop loss: the part of a whole year's losses between two points."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.quantities import FORBID, Check, one_of
from techinsure.reinsurance.annual_layer import AccountedLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLoss(AccountedLayer):
    """`limit` in excess of `attachment` of a cohort year's losses, both in `unit`: min((S -
    attachment)+, limit) of each year's sum S, back to its rows pro rata (which is the
    Aumann-Shapley share).

    `unit = "loss_ratio"`: multiples of `subject_premium` (1.5 = 150% of it), which is the
    treaty's own: a year's subject premium, net of quota shares and before commission, currency
    units. `unit = "amount"`: currency units. `premium` is the year's price of the whole layer. An
    `experience_account` returns what several years leave over, and may ask for what they lack.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["stop_loss"] = "stop_loss"
    basis: Literal["year"] = "year"

    def checks(self) -> dict[str, Check]:
        """What the fields must be."""
        own: dict[str, Check] = {"basis": one_of("year")}
        return own | AccountedLayer.checks(self)
