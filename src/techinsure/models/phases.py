"""Chances of failing by phase: arrays in, arrays out. The first axis is the phase, always."""

import numpy as np
from scipy import special

from techinsure.quantities import Floats

STEPS = 6
"""Newton steps of `compensated`: more change no figure by 1e-13 for shifts up to 4."""


def rated(probability: Floats, relativity: Floats) -> Floats:
    """Probabilities whose odds are `relativity` times those of `probability`; arrays broadcast.

    relativity * odds / (1 + relativity * odds), written so that a probability of 1 stays 1.
    """
    raised = relativity * probability
    return raised / (1.0 - probability + raised)


def failed_by(probability: Floats) -> Floats:
    """(n_phases, ...) P(failed in this phase or before) of independent phases that fail with
    `probability` (n_phases, ...): 1 - prod(1 - p)."""
    passed = 1.0 - probability
    for k in range(1, len(passed)):
        passed[k] *= passed[k - 1]
    return 1.0 - passed


def failed_in(by: Floats) -> Floats:
    """(n_phases, ...) P(failed in this phase) from P(failed by it)."""
    inside: Floats = np.diff(by, axis=0, prepend=0.0)
    return inside


def lifted(probability: Floats, lift: Floats | float) -> Floats:
    """The probabilities when `lift` is added to the probit threshold; arrays broadcast."""
    raised: Floats = special.ndtr(special.ndtri(probability) + lift)
    return raised


def compensated(probability: Floats, chance: float, shift: float) -> Floats:
    """(n_phases, ...) failure probabilities of years without shock, such that a shock that
    strikes all phases together with `chance`, and lifts them by `shift` >= 0, leaves every
    P(failed by phase k) of `probability` (n_phases, ...) as it was.

    A survivor is the less likely to have been struck: with w_k = P(shock | survived until phase
    k), the threshold t of phase k solves (1 - w) Phi(t) + w Phi(t + shift) = p. Newton's method
    on the probit scale, where that is nearly a straight line; the root lies in
    [Phi^-1(p) - shift, Phi^-1(p)].
    """
    calm = np.empty_like(probability)
    struck = np.full(probability.shape[1:], chance)
    for k, p in enumerate(np.clip(probability, 1e-300, 1 - 2.0**-53)):
        goal = special.ndtri(p)
        threshold = goal - struck * shift
        for _ in range(STEPS):
            mixed = special.ndtri(_mixed(threshold, struck, shift))
            slope = (1 - struck) * _bell(threshold) + struck * _bell(threshold + shift)
            step = (mixed - goal) * _bell(mixed) / slope
            threshold = np.clip(threshold - step, goal - shift, goal)
        calm[k] = np.where(probability[k] > 0, special.ndtr(threshold), 0.0)
        survived = struck * special.ndtr(-threshold - shift)
        struck = survived / (survived + (1 - struck) * special.ndtr(-threshold))
    return calm


def _mixed(threshold: Floats, struck: Floats, shift: float) -> Floats:
    mixed: Floats = (1 - struck) * special.ndtr(threshold) + struck * special.ndtr(
        threshold + shift
    )
    return mixed


def _bell(score: Floats) -> Floats:
    """The normal density up to its constant, which cancels."""
    return np.exp(-0.5 * score * score)


def remaining(means: Floats) -> tuple[Floats, Floats]:
    """(before, share), each (n_phases, n_phases): for each phase of entry, what lies between
    entry and each phase, and in it, as shares of all from entry on.

    `means` (n_phases,) > 0: budget shares, or durations.
    """
    left = np.triu(np.tile(means, (len(means), 1)))
    share = left / left.sum(axis=1, keepdims=True)
    return np.cumsum(share, axis=1) - share, share
