"""What the state pays of one premium, step by step, exact; the insured pays the rest.

Order: eligible -> counted premium -> share -> policy cap -> firm-year cap less what is used ->
cap on all subsidies together less the others -> budget -> cut to the minor unit. Each step is a
line of the answer. Value added tax stands outside.
"""

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import ClassVar, Literal, NamedTuple

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Refused
from techinsure.money import MOST_MINOR, Owed, exact
from techinsure.pricing.subsidies.budget import Budget
from techinsure.pricing.subsidies.schemes import Scheme
from techinsure.pricing.subsidies.subsidised import (
    SparseData,
    SubsidisedPolicy,
    shown,
    unmet_conditions,
)
from techinsure.quantities import FORBID, Count, Flag, Name, count, require

StepName = Literal[
    "eligible", "sparse_data", "counted_premium", "state_share", "policy_amount_cap",
    "firm_year_cap", "stacked_share_cap", "applications_of_firm", "budget", "minor_unit",
]  # fmt: skip

is_owed = count(0, MOST_MINOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidyStep:
    """One step: the amount before and after it, exact minor units as text (`"9866"`, `"148/3"`),
    whether it lowered the amount, and why."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: StepName
    before_minor: str
    after_minor: str
    binding: Flag
    why: str

    @property
    def before(self) -> Fraction:
        """Minor units, exact."""
        return Fraction(self.before_minor)

    @property
    def after(self) -> Fraction:
        """Minor units, exact."""
        return Fraction(self.after_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidy:
    """Who pays the premium: `state` + `others` (other subsidies) + `insured` = `premium`, exactly.

    With `at_most` the state's part is the most the scheme may grant, not what it will.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    scheme: Name
    firm: Name
    year: Count
    premium: Owed
    state: Owed
    others: Owed
    insured: Owed
    at_most: Flag
    steps: tuple[SubsidyStep, ...]
    not_known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_whole(self.premium, self.state, self.others, self.insured)

    @property
    def eligible(self) -> bool:
        """Whether the scheme is for this policy."""
        return self.steps[-1].name != "eligible"

    def step(self, name: StepName) -> SubsidyStep:
        """The (first) step of that name."""
        return next(step for step in self.steps if step.name == name)


def require_whole(premium: Owed, *parts: Owed) -> None:
    """Raise unless `parts`, none of them negative, are the whole premium."""
    amounts = [part.amount_minor for part in parts]
    if sum(amounts) != premium.amount_minor or min(amounts) < 0:
        bound = f"must be >= 0 and sum to the premium {premium.amount_minor}"
        raise InvalidParameter([Fault("state, others, insured", amounts, bound)])


def subsidise(
    premium: Owed,
    policy: SubsidisedPolicy,
    scheme: Scheme,
    *,
    used: int = 0,
    others: int = 0,
    paid_before: int = 0,
    budget: Budget | None = None,
    sparse: SparseData | None = None,
) -> Subsidy:
    """What `scheme` pays of `premium`, which pays for the policy's `months`.

    All minor units: `used` of the firm's cap in the policy's calendar year, `others`: other
    subsidies on this premium, `paid_before`: what earlier years of this policy had. `budget` is
    required where the scheme has one, `sparse` where it pays for sparse data.
    """
    _require_fitting(premium, policy, scheme, used, others, paid_before)
    require_book(budget, scheme)
    if sparse is None and scheme.pays == "sparse_data_loading":
        fix = "give the mean term, the capital term and the loadings"
        raise InvalidParameter([Fault("sparse", None, "is required by the scheme", fix)])
    free = None if budget is None else budget.free_minor
    taken = Taken(used=used, others=others, paid_before=paid_before, free=free)
    steps = _steps(premium, policy, scheme, taken, sparse)
    return _answered(premium, policy, scheme, others, steps)


def require_book(budget: Budget | None, scheme: Scheme) -> None:
    """Raise unless the book is there where the scheme has a budget, and is the scheme's."""
    if budget is None:
        if scheme.budget is not None:
            fix = "Budget.of(scheme), or the book that was kept"
            raise InvalidParameter([Fault("budget", None, "is required by the scheme", fix)])
    elif (budget.scheme, budget.currency) != (scheme.code, scheme.currency):
        bound = f"must be the book of {scheme.code} in {scheme.currency}"
        raise InvalidParameter([Fault("budget", f"{budget.scheme} {budget.currency}", bound)])


def _require_fitting(
    premium: Owed, policy: SubsidisedPolicy, scheme: Scheme, used: int, others: int, before: int
) -> None:
    """Raise unless amounts and currencies fit together and one step each is enough."""
    require("premium", premium.amount_minor, is_owed)
    for name, value in (("used", used), ("others", others), ("paid_before", before)):
        require(name, value, is_owed)
    if others > premium.amount_minor:
        raise InvalidParameter([Fault("others", others, "must be <= the premium")])
    currencies = (premium.currency, policy.currency, scheme.currency)
    if len(set(currencies)) > 1:
        fix = "convert by a dated rate before"
        bound = f"must be {scheme.currency} as in the scheme"
        raise InvalidParameter([Fault("currency", list(currencies), bound, fix)])
    last = policy.years_before + math.ceil(Fraction(policy.months, 12))
    splits = scheme.years_max is not None and policy.years_before < scheme.years_max < last
    differs = exact(scheme.share_of("first")) != exact(scheme.share_of("renewal"))
    if splits or (differs and policy.months > 12 and not policy.years_before):
        raise Refused(
            f"the scheme {scheme.code} pays for the years of this policy differently: "
            "give the premium of each policy year"
        )


class Taken(NamedTuple):
    """What is gone already, minor units: of the firm's year, of the premium by other subsidies, of
    the policy by its earlier years; and what is `free` of the budget (None: not known)."""

    used: int
    others: int
    paid_before: int
    free: int | None


def _steps(
    premium: Owed,
    policy: SubsidisedPolicy,
    scheme: Scheme,
    taken: Taken,
    sparse: SparseData | None,
) -> tuple[SubsidyStep, ...]:
    """The lines from the premium to what the state pays, or why the scheme does not apply."""
    amount = Fraction(premium.amount_minor)
    if unmet := tuple(unmet_conditions(policy, scheme)):
        return tuple(step("eligible", amount, Fraction(0), why) for why in unmet)
    steps = [step("eligible", amount, amount, "every condition that the scheme states is met")]
    for name, most, share, why in (
        *_sparse(scheme, sparse),
        _counted(policy, scheme),
        _shared(policy, scheme),
        _policy_cap(scheme, taken.paid_before),
        _firm_cap(policy, scheme, taken.used),
        _stacked_cap(premium, scheme, taken.others),
        _budget_cap(scheme, taken.free),
    ):
        after = amount * share if most is None else min(amount * share, Fraction(most))
        steps.append(step(name, amount, after, why))
        amount = after
    whole = Fraction(math.floor(amount))
    return (*steps, step("minor_unit", amount, whole, "cut to the minor unit"))


def step(name: StepName, before: Fraction, after: Fraction, why: str) -> SubsidyStep:
    """A line of the answer."""
    return SubsidyStep(
        name=name,
        before_minor=str(before),
        after_minor=str(after),
        binding=after < before,
        why=why,
    )


def _answered(
    premium: Owed,
    policy: SubsidisedPolicy,
    scheme: Scheme,
    others: int,
    steps: tuple[SubsidyStep, ...],
) -> Subsidy:
    """The answer that ends with the last of `steps`."""
    state = int(steps[-1].after)
    rest = premium.amount_minor - state - others
    return Subsidy(
        scheme=scheme.code,
        firm=policy.firm,
        year=policy.year,
        premium=premium,
        state=Owed(amount_minor=state, currency=premium.currency),
        others=Owed(amount_minor=others, currency=premium.currency),
        insured=Owed(amount_minor=rest, currency=premium.currency),
        at_most=policy.scheme_year in scheme.at_most and state > 0,
        steps=steps,
        not_known=scheme.not_known,
    )


def lowered(
    subsidy: Subsidy, name: StepName, amount_minor: int, why: str, *, instead: bool = False
) -> Subsidy:
    """The subsidy with one more step, down to `amount_minor`; `instead` of the one of that name."""
    before = subsidy.state.amount_minor
    kept = tuple(one for one in subsidy.steps if not (instead and one.name == name))
    moved = before - amount_minor
    rest = subsidy.insured.amount_minor + moved
    return replace(
        subsidy,
        state=replace(subsidy.state, amount_minor=amount_minor),
        insured=replace(subsidy.insured, amount_minor=rest),
        steps=(*kept, step(name, Fraction(before), Fraction(amount_minor), why)),
    )


Cap = tuple[StepName, Fraction | int | None, Fraction, str]
"""Step, most that is left after it (None: no such cap), share taken first, why."""
WHOLE = Fraction(1)


def _sparse(scheme: Scheme, sparse: SparseData | None) -> tuple[Cap, ...]:
    if scheme.pays != "sparse_data_loading" or sparse is None:
        return ()
    why = "only what sparse data add to the premium counts"
    return (("sparse_data", sparse.in_premium(scheme.currency), WHOLE, why),)


def _counted(policy: SubsidisedPolicy, scheme: Scheme) -> Cap:
    rate = scheme.counted_rate_cap
    if rate is None:
        return "counted_premium", None, WHOLE, "the scheme has no cap on the rate"
    most = exact(rate) * policy.sum_insured_minor * Fraction(policy.months, 12)
    why = f"at most {rate} of the sum insured a year counts, over {policy.months} months"
    return "counted_premium", most, WHOLE, why


def _shared(policy: SubsidisedPolicy, scheme: Scheme) -> Cap:
    share = scheme.share_of(policy.scheme_year)
    if policy.scheme_year in scheme.at_most:
        why = f"the state pays at most {share}, how much is not known"
    elif policy.scheme_year == "first":
        why = f"the state pays {share} in the first year"
    else:
        why = f"the state pays {share} on renewal"
    return "state_share", None, exact(share), why


def _policy_cap(scheme: Scheme, paid_before: int) -> Cap:
    cap = scheme.cap_minor("policy_amount_cap")
    if cap is None:
        return "policy_amount_cap", None, WHOLE, "the scheme has no cap a policy"
    most, had = shown(cap, scheme.currency), shown(paid_before, scheme.currency)
    why = f"a policy has at most {most}, its earlier years had {had}"
    return "policy_amount_cap", max(cap - paid_before, 0), WHOLE, why


def _firm_cap(policy: SubsidisedPolicy, scheme: Scheme, used: int) -> Cap:
    cap = scheme.cap_minor("firm_year_cap")
    if cap is None:
        return "firm_year_cap", None, WHOLE, "the scheme has no cap a firm and year"
    most, had = shown(cap, scheme.currency), shown(used, scheme.currency)
    why = f"a firm has at most {most} a year, of {policy.year} it has used {had}"
    return "firm_year_cap", max(cap - used, 0), WHOLE, why


def _stacked_cap(premium: Owed, scheme: Scheme, others: int) -> Cap:
    share = scheme.stacked_share_cap or "1"
    most = max(exact(share) * premium.amount_minor - others, Fraction(0))
    had = shown(others, scheme.currency)
    why = f"all subsidies together pay at most {share} of the premium, others pay {had}"
    return "stacked_share_cap", most, WHOLE, why


def _budget_cap(scheme: Scheme, free: int | None) -> Cap:
    if free is None:
        return "budget", None, WHOLE, "no budget of the scheme is known"
    return "budget", free, WHOLE, f"{shown(free, scheme.currency)} are left of the budget"
