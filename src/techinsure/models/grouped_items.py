"""Items of one product in groups, such as batches or sites, and what a portfolio says of them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Flags, Floats, Ints

Positions = NDArray[np.intp]


def column_of(
    portfolio: Portfolio, name: str, items: NDArray[np.integer], otherwise: float
) -> Floats:
    """(n_items,) an input of the portfolio for `items`; `otherwise` where it has none."""
    given = portfolio.inputs.get(name)
    if given is None:
        return np.full(len(items), otherwise)
    return np.where(np.isnan(given[items]), otherwise, given[items])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupedItems:
    """Items of one product, ordered by group: `item` (n,) indexes the portfolio, `first`
    (n_groups + 1,) is where each group starts. What is read of them is (n,)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    portfolio: Portfolio
    product: str
    item: Ints
    first: Positions

    def __len__(self) -> int:
        return len(self.item)

    @property
    def ids(self) -> list[str]:
        """The external ids."""
        return [self.portfolio.ids[item] for item in self.item]

    @property
    def lead(self) -> Positions:
        """(n_groups,) the first item of each group."""
        return self.first[:-1]

    @property
    def sum_insured(self) -> Floats:
        """Of all units together, currency units."""
        return self.portfolio.sum_insured[self.item]

    @property
    def units(self) -> Ints:
        """How many identical units each item stands for."""
        return self.portfolio.units[self.item]

    @property
    def inception(self) -> Floats:
        """Years since the cohort's start."""
        return self.portfolio.inception[self.item]

    @property
    def term(self) -> Floats:
        """Years."""
        return self.portfolio.term[self.item]

    @property
    def slices(self) -> int:
        """Years from the cohort's start until no item is in force."""
        return int(np.ceil((self.inception + self.term).max(initial=0.0)))

    def in_force(self, row: Positions, time: Floats) -> Flags:
        """Whether each item at `row` (n_rows,) is insured at `time` (years, cohort's start)."""
        start = self.inception[row]
        return (start <= time) & (time < start + self.term[row])

    def terms_of(self, cause: str) -> Ints:
        """(n,) the row of policy terms that holds for each item and `cause`."""
        row: Ints = self.portfolio.terms_of[self.item, self.portfolio.causes.index(cause)]
        return row

    def column(self, name: str, otherwise: float) -> Floats:
        """(n,) an input of the portfolio; `otherwise` where it has none."""
        return column_of(self.portfolio, name, self.item, otherwise)
