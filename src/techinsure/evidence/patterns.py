"""Patterns of development: which share of the final claims is known at which age.

Exposure reduced by this share carries the claims known by now: a rate on it is a final one, and the
posterior of a Poisson rate on it gives Bornhuetter and Ferguson's estimate, with the posterior mean
in the place of the a priori rate.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict

from techinsure.distributions.arguments import amounts
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    each,
    fraction,
    not_negative,
    positive,
    refuse_unless,
    require,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """`developed`: share of the final claims known at each of `ages` (years, increasing).

    A last share below 1 leaves a tail. A share above 1 means that less will be final than is
    known. `source` says where it comes from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    ages: tuple[Real, ...]
    developed: tuple[Real, ...]
    source: str

    def __post_init__(self) -> None:
        refuse_unless(
            self, ages=each(positive, 1), developed=each(not_negative, 1), source=text(600)
        )
        faults = [
            Fault(f"ages[{place}]", self.ages[place], f"must be > {self.ages[place - 1]:g}")
            for place in range(1, len(self.ages))
            if self.ages[place] <= self.ages[place - 1]
        ]
        if len(self.ages) != len(self.developed):
            bound = f"must have {len(self.ages)} entries, one an age"
            faults.append(Fault("developed", len(self.developed), bound))
        if self.developed[-1] == 0:
            faults.append(Fault("developed[-1]", 0.0, "must be > 0", "give later ages"))
        if faults:
            raise InvalidParameter(faults)

    def at(self, ages: ArrayLike) -> Floats:
        """Shares known at `ages` (years), shaped like them: nothing at 0, a straight line between
        two ages that are known, all after the last where nothing is left."""
        asked = amounts("ages", ages)
        if self.developed[-1] != 1 and (asked > self.ages[-1]).any():
            beyond = float(asked[asked > self.ages[-1]].flat[0])
            bound = f"must be <= {self.ages[-1]:g}, where the pattern ends with a tail"
            raise InvalidParameter([Fault("ages", beyond, bound, "give the pattern up to there")])
        return np.asarray(np.interp(asked, (0.0, *self.ages), (0.0, *self.developed)))


def developed_exposure(exposure: ArrayLike, pattern: Pattern, ages: ArrayLike) -> Floats:
    """Exposure times the share of its claims that is known: E G(t), in the unit of `exposure`.

    `exposure` and `ages` (years since its start) are (n,), or one of them is a number.
    Source: Bornhuetter & Ferguson 1972, PCAS 59; Stanard 1985, PCAS 72 (used-up premium).
    """
    given = amounts("exposure", exposure)
    shares = pattern.at(ages)
    require("developed", shares.ravel().tolist(), each(fraction))
    return np.asarray(given * shares, np.float64)
