"""Back-allocation audited: a cession as its rows have it, pro rata, beside Aumann and Shapley's.

An amount f of losses x is shared by the Aumann-Shapley rule as x_i times the mean of df/dx_i along
the way from no loss to x, all losses growing in step. Of a function of the sum alone that is pro
rata; where treaties look at parts of the sum first, and where reinstatements run out, it is not.
Source: Aumann & Shapley (1974), Values of non-atomic games, ch. 3; Denault (2001), Journal of
Risk 4(1), section 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.losses import measures
from techinsure.losses.tails import Level
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import NOWHERE, Labels, Portfolio
from techinsure.quantities import FORBID, Estimate, Floats, count, one_of, require
from techinsure.reinsurance.programme import Cession, Programme

By = Literal["item", "product", "policy", "site", "risk_unit"]
BY = ("item", "product", "policy", "site", "risk_unit")

MOST_GROUPS, MOST_STEPS = 50, 1024
"""A programme is applied twice a group and step, once more a step."""

STEPS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class BackAllocation:
    """A `total` (the mean at level 0, else the TVaR) by group, currency units: `pro_rata` as the
    rows of the cession have it, by `aumann_shapley`, and the `difference`, the second less the
    first. `gap`: the second's sum less the total, what the steps of the way have left.

    Errors are those of the same years, of the TVaR as if its years were the same along the way.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    total: Estimate
    pro_rata: Mapping[str, Estimate]
    aumann_shapley: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]
    gap: float

    @property
    def largest(self) -> str:
        """The group of the largest difference, either way."""
        return max(self.difference, key=lambda name: abs(self.difference[name].value))

    @property
    def largest_share(self) -> float:
        """The largest difference as a part of the total, >= 0; `Undefined` where that is 0."""
        if self.total.value == 0:
            raise Undefined("a difference has no share of a total of 0")
        return abs(self.difference[self.largest].value / self.total.value)


def back_allocation(
    programme: Programme,
    table: YearLossTable,
    *,
    by: By = "item",
    perspective: str = "ceded",
    level: Level = 0.0,
    premium: Mapping[str, float] | None = None,
    steps: int = STEPS,
) -> BackAllocation:
    """What a treaty by name, all together (`ceded`) or the cedent (`net`) bears, `by` group.

    On each of `steps` pieces of the way a group's derivative is what the amount changes by when
    the group alone goes from one end of the piece to the other, the others in the middle; the
    years of the tail are those of the middle. `premium`: a year's, gross, by product. `NotFound`
    for another perspective, `Refused` as `Programme.apply` does.
    """
    require("by", by, one_of(*BY))
    require("steps", steps, count(1, MOST_STEPS))
    groups = _groups(table.portfolio, by)
    whole = programme.apply(table, premium)
    annual, of_row = whole.annual(perspective), groups.codes[table.item]
    pro_rata = table.annual_by(groups.codes, len(groups.names), _rows(whole, perspective))

    def amount(factor: Floats) -> Floats:
        """(n_years,) the amounts where each loss is `factor` (n_losses,) of itself."""
        return programme.apply(table.with_loss(factor * table.loss), premium).annual(perspective)

    shares, changes = np.zeros(len(groups.names)), np.zeros_like(pro_rata)
    for step in range(steps):
        middle = np.full(len(table), (step + 0.5) / steps)
        tail = measures.tail_weights(amount(middle), level, table.weight)
        for group in range(len(groups.names)):
            away = (of_row == group) * (0.5 / steps)
            change = amount(middle + away) - amount(middle - away)
            shares[group] += tail @ change
            changes[group] += change
    told = _Told(table=table, annual=annual, level=level, names=groups.names)
    at_the_end, along = told.estimates(pro_rata), told.estimates(changes, shares)
    gaps = shares - [share.value for share in at_the_end.values()]
    total = told.total()
    return BackAllocation(
        total=total,
        pro_rata=at_the_end,
        aumann_shapley=along,
        difference=told.estimates(changes - pro_rata, gaps),
        gap=float(shares.sum() - total.value),
    )


def _groups(portfolio: Portfolio, by: By) -> Labels:
    """The group of each item; one without a label is a group of its own, by its id."""
    if by == "item":
        groups = Labels.of(portfolio.ids)
    else:
        labels: Labels = getattr(portfolio, by)
        groups = Labels.of(
            labels[item] if code != NOWHERE else f"item {portfolio.ids[item]}"
            for item, code in enumerate(labels.codes)
        )
    if len(groups.names) > MOST_GROUPS:
        bound = f"must make at most {MOST_GROUPS} groups, {by!r} makes {len(groups.names)}"
        raise InvalidParameter([Fault("by", by, bound, "group by something coarser")])
    return groups


def _rows(cession: Cession, perspective: str) -> Floats:
    """(n_losses,) what a perspective has of each loss, currency units."""
    match perspective:
        case "gross":
            return cession.table.loss
        case "net":
            return cession.net
        case "ceded":
            return cession.table.loss - cession.net
    return cession.ceded[perspective]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Told:
    """How the figures of groups by `names` are told: in the years of `table`, at `level` of the
    `annual` amounts (n_years,)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    table: YearLossTable
    annual: Floats
    level: Level
    names: tuple[str, ...]

    def total(self) -> Estimate:
        """The TVaR of the annual amounts, at level 0 their mean; of one year without an error."""
        table = self.table
        if table.n_years == 1:
            return Estimate(value=float(self.annual[0]), unit=table.currency)
        return measures.tvar(
            self.annual, self.level, table.weight, stratum=table.stratum, unit=table.currency
        )

    def estimates(self, parts: Floats, values: Floats | None = None) -> dict[str, Estimate]:
        """By group, of `parts` (n_groups, n_years); `values` (n_groups,) stand in for theirs."""
        table = self.table
        if table.n_years == 1:
            found = [Estimate(value=float(part[0]), unit=table.currency) for part in parts]
        else:
            found = measures.co_tvar(
                parts,
                self.annual,
                self.level,
                table.weight,
                stratum=table.stratum,
                unit=table.currency,
            )
        if values is not None:
            found = [replace(e, value=float(v)) for e, v in zip(found, values, strict=True)]
        return dict(zip(self.names, found, strict=True))
