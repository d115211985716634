"""Changes within the term: what a policy that is cancelled gives back, what an endorsement costs.

A premium line is earned at inception (the commission is spent), with the risk (what is expected to
be lost later is not earned yet) or with time. The refund is what is not earned of the contract's
premium, less what has not been paid of it, and never more than was paid. Pro rata time, the
customary rule, stands beside it. Which rule holds is the contract's to say: once cover has begun,
the insurer keeps what by the contract is due from its start to the day of termination.
Source: Insurance Law of the People's Republic of China (2015), article 54.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import Owed, Rounding, decimal_of, rounded, to_minor, to_units
from techinsure.pricing.over_time.pattern import Moment
from techinsure.quantities import (
    FORBID,
    Estimate,
    Flag,
    Name,
    Real,
    not_negative,
    number,
    one_of,
    refuse_unless,
    require,
    text,
)

Earned = Literal["at_inception", "with_risk", "with_time"]

EARNED: Mapping[str, Earned] = MappingProxyType({
    "plug_in_pure": "with_risk", "parameter_mean": "with_risk", "process_capital": "with_risk",
    "parameter_capital": "with_risk", "dependence": "with_risk", "model_risk": "with_risk",
    "reinsurance_cost": "with_risk", "claims_handling": "with_risk", "profit": "with_risk",
    "administration": "with_time", "fixed_expense": "at_inception",
    "minimum_premium": "at_inception", "commission": "at_inception", "pool_fee": "at_inception",
    "levies": "at_inception",
})  # fmt: skip
"""When each line of the shipped products is earned: our judgement (grade D), to be replaced by
what the contract says. What has left the insurer at inception, or is there so that a policy is
worth issuing, does not come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumLine:
    """One line of a contract's premium, currency units, and when it is earned. It is a sum agreed
    on, without error; a discount is negative."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    amount: Real
    earned: Earned

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=text(),
            amount=number("must be finite", lambda value: True),
            earned=one_of("at_inception", "with_risk", "with_time"),
        )


def premium_lines(
    amounts: Mapping[str, float], earned: Mapping[str, Earned] = EARNED
) -> tuple[PremiumLine, ...]:
    """The lines of a premium, `amounts` by name; one that no rule says the earning of is refused:
    nothing is earned by default."""
    unknown = [name for name in amounts if name not in earned]
    if unknown:
        fix = "say when it is earned: at_inception, with_risk or with_time"
        raise InvalidParameter(
            [Fault(f"earned.{name}", None, "must name every line", fix) for name in unknown]
        )
    return tuple(
        PremiumLine(name=name, amount=amount, earned=earned[name])
        for name, amount in amounts.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unearned:
    """A premium at a moment: by line `share` that is not earned and the `amount` of it, currency
    units. `total` is the sum, its error that of the risk pattern."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    lines: tuple[PremiumLine, ...]
    shares: tuple[Estimate, ...]
    amounts: tuple[Estimate, ...]
    total: Estimate

    @property
    def written(self) -> float:
        """The whole premium, currency units."""
        return math.fsum(line.amount for line in self.lines)


def unearned(lines: Sequence[PremiumLine], moment: Moment, unit: str = "") -> Unearned:
    """What is not earned of `lines` at `moment`. With the risk it may be more than was charged:
    what lies ahead of a project that came through may cost more than the whole was expected to."""
    if not lines:
        raise InvalidParameter([Fault("lines", 0, "must hold at least one premium line")])
    of_rule = {
        "at_inception": Estimate(value=0.0, exact=True),
        "with_time": Estimate(value=moment.pro_rata, exact=True),
        "with_risk": moment.share,
    }
    shares = tuple(of_rule[line.earned] for line in lines)
    amounts = tuple(
        share.scaled(line.amount, unit) for share, line in zip(shares, lines, strict=True)
    )
    with_risk = math.fsum(line.amount for line in lines if line.earned == "with_risk")
    exact = moment.share.exact or with_risk == 0
    error = None if exact else abs(with_risk) * (moment.share.standard_error or 0.0)
    value = math.fsum(amount.value for amount in amounts)
    total = Estimate(value=value, standard_error=error, exact=exact, unit=unit)
    return Unearned(lines=tuple(lines), shares=shares, amounts=amounts, total=total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A policy cancelled at `time`, of whose premium `paid` was paid. `refund` goes to the
    policyholder, or `still_due` to the insurer: one of them is 0. `at_ceiling`: more was unearned
    than was charged or paid. `pro_rata_refund`: what pro rata time would give back."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    time: Real
    paid: Owed
    unearned: Unearned
    at_ceiling: Flag
    refund: Owed
    still_due: Owed
    pro_rata_refund: Owed


def cancel(
    lines: Sequence[PremiumLine], moment: Moment, paid: Owed, *, rounding: Rounding = "half_even"
) -> Cancellation:
    """Cancel a policy at `moment`; amounts are whole minor units by the named rounding.

    refund = paid - (written - min(unearned, written)), hence at most paid; where less was paid than
    earned, the rest is still due. Refuses `paid` below 0 or above the written premium.
    """
    currency = paid.currency
    left = unearned(lines, moment, currency)
    written = to_minor(left.written, currency)
    if not 0 <= paid.amount_minor <= written:
        bound = f"must be in [0, {written}], the premium in minor units"
        raise InvalidParameter([Fault("paid", paid.amount_minor, bound)])
    back = min(max(to_minor(left.total.value, currency, rounding), 0), written)
    balance = paid.amount_minor - (written - back)
    time = rounded(written * decimal_of(moment.pro_rata), rounding)
    customary = paid.amount_minor - (written - time)

    def owed(amount: int) -> Owed:
        return Owed(amount_minor=max(amount, 0), currency=currency)

    return Cancellation(
        time=moment.time,
        paid=paid,
        unearned=left,
        at_ceiling=left.total.value > float(to_units(written, currency)),
        refund=owed(balance),
        still_due=owed(-balance),
        pro_rata_refund=owed(customary),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement:
    """Terms changed at `time`: the old policy cancelled, the new one written for what remains.
    `difference`: what the insurer must hold more (or less) for it, currency units; `charge`: what
    the policyholder pays for that, or gets back if negative; `estimate` of it before rounding.
    `at_ceiling`: more would have gone back than was paid."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    time: Real
    before: Unearned
    after: Unearned
    difference: Estimate
    estimate: Estimate
    charge: Owed
    at_ceiling: Flag


def endorse(
    before: Sequence[PremiumLine],
    moment_before: Moment,
    after: Sequence[PremiumLine],
    moment_after: Moment,
    paid: Owed,
    *,
    rounding: Rounding = "half_even",
) -> Endorsement:
    """Change a policy from the premium lines `before` to those of the same risk under the new terms
    `after`, both for a whole term; each moment is of the pattern under its own terms.

    difference = unearned(after) - unearned(before). More premium bears the lines earned at
    inception anew, at their share r of the new premium: charge = difference / (1 - r); less
    premium gives the difference back, and they stay earned. A change of nothing costs nothing.
    Errors count as independent, which overstates where both patterns come from the same years.
    """
    if moment_before.time != moment_after.time:
        bound = f"must be the time of the old terms, {moment_before.time:g}"
        raise InvalidParameter([Fault("moment_after.time", moment_after.time, bound)])
    require("paid", paid.amount_minor, not_negative)
    unit = paid.currency
    old, new = (unearned(*pair, unit) for pair in ((before, moment_before), (after, moment_after)))
    rate = _inception_rate(after, new.written)
    exact = old.total.exact and new.total.exact
    errors = (total.standard_error or 0.0 for total in (old.total, new.total))
    difference = Estimate(
        value=new.total.value - old.total.value,
        standard_error=None if exact else math.hypot(*errors),
        exact=exact,
        unit=unit,
    )
    estimate = difference.scaled(1 / (1 - rate) if difference.value > 0 else 1.0)
    charge = to_minor(estimate.value, unit, rounding)
    least = -paid.amount_minor
    return Endorsement(
        time=moment_before.time,
        before=old,
        after=new,
        difference=difference,
        estimate=estimate,
        charge=Owed(amount_minor=max(charge, least), currency=unit),
        at_ceiling=charge < least,
    )


def _inception_rate(lines: Sequence[PremiumLine], written: float) -> float:
    """What is earned at inception, as a share of the `written` premium."""
    spent = math.fsum(line.amount for line in lines if line.earned == "at_inception")
    if not 0 <= spent < written:
        bound = f"must earn at inception at least 0 and less than the whole premium, {written:g}"
        raise InvalidParameter([Fault("after", spent, bound)])
    return spent / written
