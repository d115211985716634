"""Stress: a scenario through a pool's own terms, programme, lines and prices."""

from techinsure.stress.run import StressRequest, stress, stress_of
from techinsure.stress.shelf import scenario, scenarios

__all__ = ["StressRequest", "scenario", "scenarios", "stress", "stress_of"]
