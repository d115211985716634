"""What each bearer bears of failures, kept for the fates in which somebody failed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.quantities import FORBID, Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Borne(Mapping[str, Floats]):
    """By bearer, (n_draws, n_years) = `shape`, currency units, made when asked for: `amounts` are
    (n,) in the fates `places` (n,), counted draw by draw; in all others nobody bears anything."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    shape: tuple[int, int]
    places: NDArray[np.intp]
    amounts: Mapping[str, Floats]

    def __getitem__(self, name: str) -> Floats:
        whole = np.zeros(self.shape)
        whole.reshape(-1)[self.places] = self.amounts[name]
        return whole

    def __iter__(self) -> Iterator[str]:
        return iter(self.amounts)

    def __len__(self) -> int:
        return len(self.amounts)
