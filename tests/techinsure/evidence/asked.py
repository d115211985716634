"""Experts, analogues and documents that several tests ask for."""

from techinsure.evidence.analogues import Analogue
from techinsure.evidence.elicitation import Expert, Stated
from techinsure.evidence.experience import Experience
from techinsure.evidence.knowledge import Knowledge
from techinsure.evidence.observed import Observation, Seen

QUANTILES = ((0.05, 0.08), (0.5, 0.15), (0.95, 0.25))


def expert(name="Li", weight=1.0, quantiles=QUANTILES):
    """One expert on a probability."""
    stated = tuple(Stated(level=level, value=value) for level, value in quantiles)
    return Expert(name=name, role="engineer", date="2026-11-02", weight=weight, reason="scale-ups",
                  stated=stated)  # fmt: skip


def abroad(events=12.0, name="abroad", discount=0.3, grade="C", **base):
    """One analogue, of 60 trials unless another base is given."""
    seen = Seen(events=events, **(base or {"trials": 60.0}))
    return Analogue(name=name, seen=seen, discount=discount, reason="the same process",
                    grade=grade, source="a register abroad")  # fmt: skip


def known(parameter="model.attack", *, experts=(), **given):
    """What stands beside own data; experts on a probability, in the product's place by default."""
    if experts:
        given = {"question": "how often?", "family": "beta", "product_weight": 0.0} | given
    return Knowledge(parameter=parameter, experts=experts, **given)


def entry(events, parameter="model.attack", trend=0.0, **given):
    """One year of own data."""
    seen = Seen(events=float(events), **given)
    return Observation(parameter=parameter, seen=(seen,), trend=trend, source="own claims")


def owner(seen, **given):
    """The document of one entry."""
    return Experience(name="member", observations=(seen,), **given)
