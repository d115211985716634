"""Own data on one parameter as records: what years showed of it, and settled amounts.

Where conditions have changed, each year's exposure is brought to the level of the rating year
first: by the relativity of what was exposed, by the trend, and by the share of events that is
reported already.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Grade
from techinsure.quantities import (
    FORBID,
    MOST_AMOUNT,
    Count,
    Name,
    Real,
    between,
    count,
    each,
    not_negative,
    number,
    optional,
    positive,
    refuse_unless,
    text,
)

EARLIEST, LATEST = 1900, 2200
LEAST_SHARE = 1e-9
"""The smallest share of a value that is a loss."""


class Owner(Protocol):
    """Whose data they are, of which grade, and for which year they are rated."""

    @property
    def name(self) -> str:
        """A member, a pool."""

    @property
    def rating_year(self) -> int | None:
        """The year whose level a trend leads to."""

    @property
    def grade(self) -> Grade:
        """Of the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one `year` showed: `events` among `trials` (for a probability: cases that are decided,
    one way or the other) or on `exposure` (for a rate: insured units times years).

    `relativity`: average relativity of what was exposed, weighted by exposure, as the product
    would have rated it. `reported`: share of the year's events that is known by now.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    year: Count | None = None
    events: Real
    trials: Real | None = None
    exposure: Real | None = None
    relativity: Real = 1.0
    reported: Real = 1.0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            year=optional(count(EARLIEST, LATEST)),
            events=not_negative,
            trials=optional(not_negative),
            exposure=optional(not_negative),
            relativity=positive,
            reported=number("must be in (0, 1]", lambda value: 0 < value <= 1),
        )
        if (self.trials is None) == (self.exposure is None):
            given = {"trials": self.trials, "exposure": self.exposure}
            fix = "give trials for a probability, exposure for a rate"
            raise InvalidParameter([Fault("trials", given, "must stand alone", fix)])
        if self.trials is not None and self.events > self.trials:
            raise InvalidParameter([Fault("events", self.events, f"must be <= {self.trials:g}")])

    @property
    def base(self) -> float:
        """Trials or exposure, as given."""
        given = self.exposure if self.trials is None else self.trials
        assert given is not None
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Events of one `parameter`, named by its path in the product, such as
    `model.classes.general.fail.lab`. `trend`: relative change of the rate, or of the odds, from
    one year to the next, which brings the years seen to the level of the rating year."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: Name
    seen: tuple[Seen, ...]
    trend: Real = 0.0
    source: str

    def __post_init__(self) -> None:
        refuse_unless(
            self, parameter=text(), seen=each(lambda *_: (), 1), trend=between(-0.9, 9.0),
            source=text(600),
        )  # fmt: skip
        kinds = {one.trials is None for one in self.seen}
        faults = []
        if len(kinds) > 1:
            fix = "give trials in every year, or exposure in every year"
            faults.append(Fault("seen", "trials and exposure", "must be of one kind", fix))
        if self.trend and any(one.year is None for one in self.seen):
            faults.append(Fault("seen.year", None, "is required with a trend", "name each year"))
        if faults:
            raise InvalidParameter(faults)

    @property
    def events(self) -> float:
        """Of all years together."""
        return math.fsum(one.events for one in self.seen)

    @property
    def is_rate(self) -> bool:
        """Whether events are counted on exposure."""
        return self.seen[0].trials is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Settled `values` of the amounts (or of the shares, for a law on [0, 1]) whose law is
    `parameter`, in the money of the rating year. `prior_claims`: how many claims the product's
    law is worth beside them, a judgement."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: Name
    values: tuple[Real, ...]
    prior_claims: Real
    source: str

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            parameter=text(),
            values=each(between(LEAST_SHARE, MOST_AMOUNT), 1),
            prior_claims=between(1e-3, 1e9),
            source=text(600),
        )
