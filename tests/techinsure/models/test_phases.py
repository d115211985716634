"""Chances by phase: identities that hold for every probability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from techinsure.models.phases import compensated, failed_by, failed_in, lifted, rated, remaining

chances = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=5).map(
    lambda values: np.array(values)[:, None]
)


@given(chances, st.floats(0.05, 20))
def test_rated_multiplies_the_odds(p, relativity):
    odds = relativity * p / (1 - p)
    assert rated(p, np.array(relativity)) == pytest.approx(odds / (1 + odds))


def test_rated_keeps_certainty_and_the_base():
    assert rated(np.array([0.0, 0.3, 1.0]), np.array(1.0)) == pytest.approx([0.0, 0.3, 1.0])
    assert rated(np.array([0.0, 1.0]), np.array(2.5)).tolist() == [0.0, 1.0]


@given(chances)
def test_failing_by_and_in_a_phase(p):
    by = failed_by(p)
    assert by[-1] == pytest.approx(1 - np.prod(1 - p))
    assert failed_in(by).sum(axis=0) == pytest.approx(by[-1])
    assert failed_in(by)[-1] == pytest.approx(np.prod(1 - p[:-1]) * p[-1])


@given(chances, st.floats(0.0, 0.9), st.floats(0.0, 4.0))
def test_a_compensated_shock_moves_no_survival(p, chance, shift):
    calm = compensated(p, chance, shift)
    mixed = (1 - chance) * failed_by(calm) + chance * failed_by(lifted(calm, shift))
    assert mixed == pytest.approx(failed_by(p), abs=1e-13)
    assert (calm <= p * (1 + 1e-12)).all()


def test_compensation_knows_that_survivors_were_struck_less_often():
    """Phase by phase alone, the later thresholds would be too low."""
    p = np.full((3, 1), 0.3)
    calm = compensated(p, 0.3, 1.5)
    assert calm[0] < calm[1] < calm[2] < p[2]
    assert compensated(np.array([[0.0], [0.2]]), 0.3, 1.5)[0] == 0.0


def test_lifted_shifts_the_probit():
    assert lifted(np.array([0.5, 0.2]), 0.5) == pytest.approx(
        [special.ndtr(0.5), special.ndtr(special.ndtri(0.2) + 0.5)]
    )


def test_what_remains_from_each_phase_on():
    before, share = remaining(np.array([0.25, 0.35, 0.40]))
    assert share[0] == pytest.approx([0.25, 0.35, 0.40])
    assert share[1] == pytest.approx([0.0, 0.35 / 0.75, 0.40 / 0.75])
    assert share[2] == pytest.approx([0.0, 0.0, 1.0])
    assert before[0] == pytest.approx([0.0, 0.25, 0.60])
    assert before[1] == pytest.approx([0.0, 0.0, 0.35 / 0.75])
