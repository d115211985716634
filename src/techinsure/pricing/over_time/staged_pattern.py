"""Risk pattern of a project: when it ends, simulated, and its pattern without simulation.

A project that fails ends, whether its cause of failure is insured or not. Within a phase the
moment of failure is uniform and the share of the phase's budget spent by then increases with it
(see `models.trials`), so what comes after a moment u of the phase is the upper part of the law of
the spend, with q its quantile at u:
    E[min(X, h) | U > u] = q + (E[min(X, h)] - E[min(X, q)]) / (1 - u) for h > q, else h.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.cover import expected_paid
from techinsure.distributions import Law
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.exact.staged import anywhen, chances, covered_by, respin_chance
from techinsure.models.factors import Cohorts
from techinsure.models.phases import remaining
from techinsure.models.projects import Projects, projects, respin_phase
from techinsure.models.staged import Staged
from techinsure.portfolio import Portfolio
from techinsure.pricing.over_time.pattern import Moment, RiskPattern, require_times
from techinsure.quantities import FORBID, Floats, Real, exactly


def project_ends(
    model: Staged, portfolio: Portfolio, item: int, cohorts: Iterable[Cohorts]
) -> Floats:
    """(n_years,) when a project fails from whatever cause, insured or not, years since the
    cohort's start; inf where it does not. Made from the same streams as the simulated losses of
    `cohorts`, so that every insured failure is among them."""
    causes = {form: prior.held(1.0) for form, prior in model.insured_cause.items()}
    every = replace(model, insured_cause=causes)
    failure, parts = portfolio.causes.index("failure"), []
    for block in cohorts:
        rows = every.simulate(portfolio, np.array([item], np.int32), block)
        failed = rows.cause == failure
        ends = np.full(block.n, np.inf)
        ends[rows.year[failed]] = rows.time[failed]
        parts.append(ends)
    if not parts:
        raise InvalidParameter([Fault("cohorts", 0, "must hold at least one block of years")])
    return np.concatenate(parts)


def exact_pattern(
    model: Staged, portfolio: Portfolio, item: int, times: Sequence[float]
) -> RiskPattern:
    """The pattern of one project without simulation, before aggregate limits.

    With q_k = P(fails in phase k), u the part of phase p that has passed at t, c = P(the cause is
    insured) and m_k the expected payment,
        P(in force at t) = 1 - sum_{k<p} q_k - u q_p,
        E[losses from t on] = c (sum_{k>p} q_k m_k + (1 - u) q_p m_p(u)) + what a repeated
        tape-out at the end of its phase is expected to cost, until then.
    Raises `Undefined` for a waiting period and where nothing is insured.
    """
    one = projects(model, portfolio, np.array([item], np.int32), anywhen("class"))
    term = float(one.term[0])
    require_times(times, term)
    parts = _Parts.of(model, portfolio, one)
    whole = parts.to_come(model, portfolio, one, 0.0)[0]
    if whole == 0:
        raise Undefined("a risk pattern is not defined where no payment is expected")
    unit, moments = portfolio.currency, []
    for time in map(float, times):
        to_come, in_force = parts.to_come(model, portfolio, one, time / term)
        left = to_come / in_force if to_come else 0.0
        moments.append(
            Moment(
                time=time,
                pro_rata=1 - time / term,
                in_force=exactly(in_force),
                remaining=exactly(left, unit),
                share=exactly(left / whole),
            )
        )
    return RiskPattern(term=term, whole=exactly(whole, unit), moments=tuple(moments))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parts:
    """What does not change with time. `ends` (n_phases,): where each phase ends, as a share of the
    term; `failed` (n_phases,): P(fails in it); `paid` (n_phases,): E[payment | insured failure];
    `insured`: P(the cause is); `respin`: expected cost of a repeated tape-out, currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    ends: Floats
    failed: Floats
    paid: Floats
    insured: Real
    respin: Real

    @staticmethod
    def of(model: Staged, portfolio: Portfolio, one: Projects) -> "_Parts":
        """The parts of one project."""
        before, share = remaining(np.array([phase.duration.mean for phase in model.phases]))
        in_phase, passed = chances(model, one, "class")
        again = passed * respin_chance(model, one)
        phases = range(len(model.phases))
        return _Parts(
            ends=(before + share)[one.entry[0]],
            failed=in_phase[:, 0],
            paid=np.array([_paid_after(model, portfolio, one, phase, 0.0) for phase in phases]),
            insured=model.insured_cause[one.form[0]].mean,
            respin=float(again[0]) * _respin_paid(model, portfolio, one),
        )

    def to_come(
        self, model: Staged, portfolio: Portfolio, one: Projects, elapsed: float
    ) -> tuple[float, float]:
        """(expected payments from then on, P(in force then)) after the share `elapsed` of the
        term."""
        phase = int(np.searchsorted(self.ends, elapsed, side="right"))
        ended = float(self.failed[:phase].sum())
        if phase == len(self.ends) or elapsed >= 1:
            return 0.0, 1 - float(self.failed.sum())
        start = self.ends[phase - 1] if phase else 0.0
        u = float((elapsed - start) / (self.ends[phase] - start))
        current = self.failed[phase] * (1 - u) * _paid_after(model, portfolio, one, phase, u)
        later = float(self.failed[phase + 1 :] @ self.paid[phase + 1 :])
        respin = self.respin if phase <= respin_phase(model, one)[0] else 0.0
        total = self.insured * (float(current) + later) + respin
        return total, 1 - ended - u * float(self.failed[phase])


def _paid_after(model: Staged, portfolio: Portfolio, one: Projects, phase: int, u: float) -> float:
    """E[payment | insured failure in `phase`, after the part `u` < 1 of it], currency units."""
    row, covered = covered_by(portfolio, one, "failure")
    if not covered[0] or phase < one.entry[0]:
        return 0.0
    before, share = remaining(np.array([part.budget_share.mean for part in model.phases]))
    recognised = one.sum_insured * model.recognised.mean
    scale, offset = (recognised * part[one.entry[0], phase] for part in (share, before))
    law = _After(law=model.spend.law, u=u)
    return float(expected_paid(law, scale, portfolio.terms, row, offset)[0])


def _respin_paid(model: Staged, portfolio: Portfolio, one: Projects) -> float:
    """E[payment | the tape-out is repeated], currency units; 0 where that is not insured."""
    cost = model.classes[one.risk_class[0]].respin_cost
    if cost is None or not one.respin[0]:
        return 0.0
    row, covered = covered_by(portfolio, one, "respin")
    if not covered[0]:
        return 0.0
    return float(expected_paid(cost.law, one.sum_insured, portfolio.terms, row)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class _After:
    """The law of X(U) given U > `u`, X the quantile function of `law`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    law: Law
    u: Real

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit) | U > u], shaped like `limit`."""
        low = self.law.quantile(np.array([self.u]))
        beyond = (self.law.limited_mean(limit) - self.law.limited_mean(low)) / (1 - self.u)
        return np.where(limit > low, low + np.maximum(beyond, 0.0), limit)

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x | U > u), shaped like `x`."""
        return np.maximum(self.law.cdf(x) - self.u, 0.0) / (1 - self.u)
