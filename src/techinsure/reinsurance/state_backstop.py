"""State backstop: the top of a year's losses, capped a year and over the years of a sequence."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.kernels import capacity_in_order
from techinsure.losses.year_table import Groups, YearLossTable
from techinsure.quantities import FORBID, Check, Count, Floats, Real, one_of, optional, positive
from techinsure.reinsurance.annual_layer import AnnualLayer
from techinsure.reinsurance.loss_ratios import in_money
from techinsure.reinsurance.sequences import is_years, refuse_unless_whole, sequence_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBackstop(AnnualLayer):
    """`limit` a year in excess of `attachment` of a cohort year's losses, and over a sequence of
    `years` at most `cumulative_limit` (None: no cap), all in `unit`: earlier years come first.

    `unit`, `subject_premium` and `premium` as of a stop loss; a state may ask less than its
    expected losses.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["state_backstop"] = "state_backstop"
    basis: Literal["year"] = "year"
    cumulative_limit: Real | None = None
    years: Count = 1

    def __post_init__(self) -> None:
        AnnualLayer.__post_init__(self)
        if self.years > 1 and self.cumulative_limit is None:
            bound = "must be 1 without a cumulative_limit: nothing is carried over"
            raise InvalidParameter([Fault("years", self.years, bound)])

    def checks(self) -> dict[str, Check]:
        """What the fields must be."""
        own: dict[str, Check] = {
            "basis": one_of("year"),
            "cumulative_limit": optional(positive),
            "years": is_years,
        }
        return own | AnnualLayer.checks(self)

    def by_year(self, subject: YearLossTable) -> tuple[Groups, Floats]:
        """The losses by year, and what is paid of each, (n_groups,) currency units."""
        refuse_unless_whole(subject, self.years)
        groups, paid = AnnualLayer.by_year(self, subject)
        if self.cumulative_limit is not None:
            sequence = sequence_of(subject.n_years, self.years)[groups.year]
            paid = capacity_in_order(sequence, paid, in_money(self, self.cumulative_limit))
        return groups, paid
