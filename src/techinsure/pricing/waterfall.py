"""The premium, line by line, in one fixed order; the lines sum to what is charged.

Risk costs first (expected claims, then the cost of capital, of what is not known, of what strikes
many together, and of reinsurance), then what is spent, as an amount a policy and as shares of the
premium: charged = (risk costs + fixed expense) / (1 - sum of shares), at least the minimum premium.
Source: Werner & Modlin (2016), Basic Ratemaking, chapter 8 (variable permissible loss ratio).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.pricing.gross_up import gross_up
from techinsure.quantities import FORBID, Estimate, Real, fraction, refuse_unless, text

Kind = Literal["expense", "commission", "fee", "levy", "profit"]
"""What a share of the premium is spent on."""

KINDS: tuple[Kind, ...] = ("expense", "commission", "fee", "levy", "profit")
"""The order of loadings."""

RISK_STEPS = (
    "plug_in_pure",
    "parameter_mean",
    "process_capital",
    "parameter_capital",
    "dependence",
    "model_risk",
    "reinsurance_cost",
)
"""The order of risk costs."""

PURE = RISK_STEPS[:2]
MARGIN = RISK_STEPS[2:5]
SPARSE_DATA = ("parameter_mean", "parameter_capital")
"""The steps that few data cost: as evidence arrives they go to zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the premium and what it pays for."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    amount: Estimate
    pays_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A loading: `rate` of the premium before its minimum, and what it pays for."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    kind: Kind
    rate: Real
    pays_for: str

    def __post_init__(self) -> None:
        refuse_unless(self, rate=fraction, pays_for=text(600))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """The steps, in order; they sum to `charged`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    steps: tuple[Step, ...]
    charged: Estimate

    def step(self, name: str) -> Estimate:
        """The amount of the step of that name."""
        return next(step.amount for step in self.steps if step.name == name)


def waterfall(
    risk_costs: Sequence[Step],
    technical: Estimate,
    shares: Sequence[Share],
    *,
    fixed: Step,
    minimum: Step,
) -> Waterfall:
    """The steps from `risk_costs` to what is charged; `technical` is the sum of the risk costs
    with its own error (their errors are not independent); `minimum.amount` the minimum premium.

    The last step is what the minimum adds. Where it binds, charged has no error: it is a rule.
    """
    _refuse_gaps(risk_costs, technical)
    rates = {share.name: share.rate for share in shares}
    gross = gross_up(technical.value, 0.0, fixed.amount.value, rates)
    rate = math.fsum(rates.values())
    before = Estimate(
        value=gross.charged,
        standard_error=None if technical.exact else (technical.standard_error or 0) / (1 - rate),
        exact=technical.exact,
        unit=technical.unit,
    )
    floor = minimum.amount.value
    top_up = Estimate(
        value=max(floor - before.value, 0.0),
        standard_error=before.standard_error if floor > before.value else None,
        exact=before.exact or floor <= before.value,
        unit=technical.unit,
    )
    steps = (
        *risk_costs,
        fixed,
        *(_loading(share, before) for share in sorted(shares, key=_place)),
        Step(name=minimum.name, amount=top_up, pays_for=minimum.pays_for),
    )
    charged = before if floor <= before.value else minimum.amount
    return Waterfall(steps=steps, charged=charged)


def _loading(share: Share, before: Estimate) -> Step:
    return Step(name=share.name, amount=before.scaled(share.rate), pays_for=share.pays_for)


def _place(share: Share) -> int:
    return KINDS.index(share.kind)


def _refuse_gaps(risk_costs: Sequence[Step], technical: Estimate) -> None:
    faults = [*_order_faults([step.name for step in risk_costs])]
    total = math.fsum(step.amount.value for step in risk_costs)
    scale = math.fsum(abs(step.amount.value) for step in risk_costs)
    if not math.isclose(total, technical.value, rel_tol=0, abs_tol=1e-9 * max(scale, 1e-300)):
        faults.append(
            Fault("technical", technical.value, f"must be the sum of risk costs, {total!r}")
        )
    if faults:
        raise InvalidParameter(faults)


def _order_faults(names: Sequence[str]) -> Iterator[Fault]:
    if tuple(names) != RISK_STEPS:
        yield Fault("risk_costs", list(names), f"must be {', '.join(RISK_STEPS)}, in this order")
