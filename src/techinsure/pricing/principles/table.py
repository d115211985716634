"""Premium principles: what a risk costs, by nine rules, and what the others would charge.

Each is a function of a `Risk` (`risks.py`) and one parameter, in currency units before expenses; at
the parameter that charges nothing it is the mean. An infinite premium is `Undefined`, naming the
parameters at which it would be finite. Of a sample, the variance is the population's.
Source: Kaas, Goovaerts, Dhaene & Denuit (2008), Modern Actuarial Risk Theory, chapter 5; Young
(2004), Premium principles, Encyclopedia of Actuarial Science.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import NotFound, Refused, Undefined
from techinsure.pricing.premium_errors import CAPITAL_LEVEL, standard_error
from techinsure.pricing.principles.distortions import (
    Distortion,
    DualPower,
    ProportionalHazard,
    TailMean,
    WangTransform,
)
from techinsure.pricing.principles.risks import Risk, Simulated
from techinsure.quantities import (
    FORBID,
    Real,
    is_level,
    nearest,
    not_negative,
    require,
)

DEFAULT = "cost_of_capital"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principle:
    """A line of the table: the `parameter`'s name, `unit`, smallest value `least` (where the
    premium is the mean) and `meaning`; the `formula` and its `source`; `premium` computes it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    parameter: str
    unit: str
    least: Real
    meaning: str
    formula: str
    source: str
    premium: Callable[[Risk, float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What a principle charges at a parameter: the `premium` in currency units and its `loading`
    over the mean, as a share of it; or `refused`, in words, and neither. The loading is None where
    the mean is not > 0, too; `standard_error`, of a sample, where more than one value was drawn."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    principle: str
    parameter: str
    value: Real
    premium: Real | None
    loading: Real | None
    standard_error: Real | None = None
    refused: str = ""


def expected_value(risk: Risk, theta: float) -> float:
    """(1 + theta) E[X]."""
    require("theta", theta, not_negative)
    return _stated("expected_value", risk, lambda: (1 + theta) * risk.mean)


def standard_deviation(risk: Risk, beta: float) -> float:
    """E[X] + beta sd[X]; may exceed the largest loss, and fall when a loss grows."""
    require("beta", beta, not_negative)
    return _with_spread("standard_deviation", risk, ("beta", beta), math.sqrt)


def variance(risk: Risk, alpha: float) -> float:
    """E[X] + alpha Var[X], alpha per currency unit; may exceed the largest loss."""
    require("alpha", alpha, not_negative)
    return _with_spread("variance", risk, ("alpha", alpha), lambda spread: spread)


def exponential(risk: Risk, risk_aversion: float) -> float:
    """ln E[exp(a X)] / a, a = `risk_aversion` per currency unit: indifference of exponential
    utility. Source: Gerber (1974), ASTIN Bulletin 7(3)."""
    a = risk_aversion
    require("risk_aversion", a, not_negative)

    def premium() -> float:
        _require_mgf(risk, "risk_aversion", a)
        log_mgf = risk.cumulants(a).log_mgf
        return log_mgf / a if abs(log_mgf) > _FAINTEST else risk.mean

    return _stated("exponential", risk, premium if a else lambda: risk.mean)


def esscher(risk: Risk, h: float) -> float:
    """E[X exp(h X)] / E[exp(h X)], h per currency unit; may fall when a loss grows.
    Source: Bühlmann (1980), ASTIN Bulletin 11(1)."""
    require("h", h, not_negative)

    def premium() -> float:
        _require_mgf(risk, "h", h)
        return risk.cumulants(h).tilted_mean

    return _stated("esscher", risk, premium if h else lambda: risk.mean)


def proportional_hazard(risk: Risk, rho: float) -> float:
    """The integral of P(X > x)**(1 / rho), rho >= 1."""
    return _distorted("proportional_hazard", risk, ProportionalHazard(rho=rho), rho == 1)


def wang(risk: Risk, lambda_: float) -> float:
    """The integral of Phi(Phi^-1(P(X > x)) + lambda_), lambda_ >= 0."""
    return _distorted("wang", risk, WangTransform(lambda_=lambda_), lambda_ == 0)


def dual_power(risk: Risk, power: float) -> float:
    """The integral of 1 - P(X <= x)**power, power >= 1."""
    return _distorted("dual_power", risk, DualPower(power=power), power == 1)


def tail_mean(risk: Risk, level: float) -> float:
    """TVaR: the mean of the worst 1 - level of probability, `level` in [0, 1)."""
    return _distorted("tail_mean", risk, TailMean(level=level), level == 0)


def cost_of_capital(risk: Risk, rate: float, level: float = CAPITAL_LEVEL) -> float:
    """E[X] + rate (TVaR[X] - E[X]), `rate` a year, TVaR at `level`: of the risk alone. In a pool
    A is the risk's Euler share, and shares add up.
    Source: Tasche (1999), Risk contributions and performance measurement."""
    require("rate", rate, not_negative)
    require("level", level, is_level)
    if rate == 0:
        return _stated("cost_of_capital", risk, lambda: risk.mean)
    tail = _distorted("cost_of_capital", risk, TailMean(level=level), level == 0)
    return risk.mean + rate * (tail - risk.mean)


def premium(principle: str, risk: Risk, parameter: float) -> float:
    """By name; `NotFound` for a principle that is not in the table."""
    return named(principle).premium(risk, parameter)


def named(principle: str) -> Principle:
    """The line of the table; `NotFound` with the nearest name."""
    if principle not in PRINCIPLES:
        known = tuple(PRINCIPLES)
        raise NotFound("premium principle", principle, known, nearest(principle, known))
    return PRINCIPLES[principle]


def compare(risk: Risk, parameters: Mapping[str, float]) -> tuple[Charged, ...]:
    """What each principle of `parameters` (name to parameter) charges for `risk`, in that order.

    A premium that is infinite or not to be had is a row that says so; a principle that is not
    known and a parameter out of its bounds are errors, as everywhere.
    """
    return tuple(_charged(named(name), risk, value) for name, value in parameters.items())


def _charged(principle: Principle, risk: Risk, value: float) -> Charged:
    amount = loading = error = None
    refused = ""
    try:
        amount = principle.premium(risk, value)
        mean = risk.mean
        loading = amount / mean - 1 if mean > 0 else None
        error = standard_error(principle.name, risk, value) if isinstance(risk, Simulated) else None
    except (Undefined, Refused) as reason:
        refused = str(reason)
    return Charged(
        principle=principle.name, parameter=principle.parameter, value=float(value),
        premium=amount, loading=loading, standard_error=error, refused=refused,
    )  # fmt: skip


_FAINTEST = 1e-280
"""A logarithm of the generating function below which its last digits are lost."""


def _stated(name: str, risk: Risk, premium: Callable[[], float], where: str = "") -> float:
    """The premium, if the risk has it and float64 can hold it."""
    try:
        amount = premium()
    except Undefined as reason:
        raise Undefined(f"the {name} premium of {risk} is infinite{where}: {reason}") from reason
    except Refused as reason:
        raise Refused(f"the {name} premium of {risk}: {reason}") from reason
    except OverflowError:
        amount = math.inf
    if not math.isfinite(amount):
        raise Undefined(
            f"the {name} premium of {risk} is beyond float64 (1.8e308): take a smaller parameter"
        )
    return amount


def _with_spread(
    name: str, risk: Risk, parameter: tuple[str, float], spread: Callable[[float], float]
) -> float:
    symbol, factor = parameter
    mean = _stated(name, risk, lambda: risk.mean)
    if factor == 0:
        return mean
    where = f" at every {symbol} > 0"
    return _stated(name, risk, lambda: mean + factor * spread(risk.variance), where)


def _require_mgf(risk: Risk, parameter: str, a: float) -> None:
    limit = risk.mgf_limit
    if a >= limit:
        raise Undefined(
            f"at {parameter} = {a:g}; it is finite for {parameter} < {limit:.10g}"
            if limit > 0
            else f"its tail is heavier than exponential, at every {parameter} > 0; cap the loss"
        )


def _distorted(name: str, risk: Risk, distortion: Distortion, is_mean: bool) -> float:
    return _stated(name, risk, lambda: risk.mean if is_mean else risk.distorted(distortion))


def _line(
    premium: Callable[[Risk, float], float], parameter: str, unit: str, least: float,
    meaning: str, formula: str, source: str,
) -> tuple[str, Principle]:  # fmt: skip
    name = premium.__name__
    return name, Principle(
        name=name, parameter=parameter, unit=unit, least=least, meaning=meaning,
        formula=formula, source=source, premium=premium,
    )  # fmt: skip


_WANG = "Wang (1996), ASTIN Bulletin 26(1)"
_BUHLMANN = "Bühlmann (1970), Mathematical Methods in Risk Theory, section 4.1"
PRINCIPLES: Mapping[str, Principle] = MappingProxyType(
    dict([
        _line(cost_of_capital, "rate", "a year", 0.0, "return on the capital held",
              "E + rate (TVaR - E)", "Tasche (1999); Acerbi & Tasche (2002)"),
        _line(expected_value, "theta", "share of the mean", 0.0, "loading on the mean",
              "(1 + theta) E", _BUHLMANN),
        _line(standard_deviation, "beta", "none", 0.0, "loading on the standard deviation",
              "E + beta sd", _BUHLMANN),
        _line(variance, "alpha", "1 / currency unit", 0.0, "loading on the variance",
              "E + alpha Var", _BUHLMANN),
        _line(exponential, "risk_aversion", "1 / currency unit", 0.0,
              "absolute risk aversion of the insurer", "ln E[exp(a X)] / a",
              "Gerber (1974), ASTIN Bulletin 7(3)"),
        _line(esscher, "h", "1 / currency unit", 0.0, "risk aversion of a market in balance",
              "E[X exp(h X)] / E[exp(h X)]", "Bühlmann (1980), ASTIN Bulletin 11(1)"),
        _line(proportional_hazard, "rho", "none", 1.0, "by what the hazard rate is divided",
              "int S**(1 / rho)", "Wang (1995), Insurance: Mathematics and Economics 17(1)"),
        _line(wang, "lambda_", "none", 0.0, "by what the normal score is moved",
              "int Phi(Phi^-1(S) + lambda)", "Wang (2000), Journal of Risk and Insurance 67(1)"),
        _line(dual_power, "power", "none", 1.0, "of how many losses the largest is charged",
              "int 1 - (1 - S)**power", _WANG),
    ])
)  # fmt: skip
"""By name, the default first."""
