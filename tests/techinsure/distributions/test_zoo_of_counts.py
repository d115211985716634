"""Every law of a count through every identity, and its parameters against scipy's."""

import math
from dataclasses import fields

import numpy as np
import pytest
from pydantic import TypeAdapter

from techinsure.distributions import Frequency
from techinsure.distributions.aggregate import compound
from techinsure.distributions.lattice import Lattice
from techinsure.errors import InvalidParameter
from tests.techinsure.distributions.zoo import COUNTS, name

LAWS = [law for law, _ in COUNTS]
KNOWN = [(law, known) for law, known in COUNTS if known is not None]
each_law = pytest.mark.parametrize("law", LAWS, ids=name)
each_known = pytest.mark.parametrize(("law", "known"), KNOWN, ids=[name(law) for law, _ in KNOWN])


def counts(law):
    """All counts that matter."""
    return np.arange(float(law.quantile(np.array(1 - 1e-15))) + 20)


def test_every_kind_of_law_is_in_the_zoo():
    in_union = {get.__name__ for get in Frequency.__origin__.__args__}
    assert {type(law).__name__ for law in LAWS} == in_union


@each_known
def test_parameters_are_those_of_scipy(law, known):
    k = counts(law)
    assert law.mean == pytest.approx(known.mean(), rel=1e-9, abs=0)
    assert law.variance == pytest.approx(known.var(), rel=1e-9, abs=0)
    assert law.pmf(k) == pytest.approx(known.pmf(k), rel=1e-8, abs=1e-30)
    assert law.cdf(k) == pytest.approx(known.cdf(k), rel=1e-9, abs=1e-30)
    assert law.survival(k) == pytest.approx(known.sf(k), rel=1e-8, abs=1e-30)


@each_law
def test_probabilities_make_the_moments(law):
    k = counts(law)
    p = law.pmf(k)
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1, abs=1e-13)
    assert p @ k == pytest.approx(law.mean, rel=1e-12, abs=0)
    assert p @ (k - law.mean) ** 2 == pytest.approx(law.variance, rel=1e-10, abs=0)
    assert np.cumsum(p) == pytest.approx(law.cdf(k), abs=1e-13)
    assert law.cdf(k) + law.survival(k) == pytest.approx(1, abs=1e-13)
    assert law.cdf(k + 0.5).tolist() == law.cdf(k).tolist()
    assert law.survival(k + 0.5).tolist() == law.survival(k).tolist()


@each_law
def test_what_is_no_count_has_no_probability(law):
    none = np.array([-1.0, -0.5, 0.5, 1.5, np.inf])
    assert law.pmf(none).tolist() == [0] * 5
    assert law.cdf(none[:2]).tolist() == [0, 0]
    assert law.survival(none[:2]).tolist() == [1, 1]
    assert law.cdf(np.array([1e12])).tolist() == [1]
    assert law.survival(np.array([1e12])).tolist() == [0]


@each_law
def test_generating_function(law):
    """E[z**N] inside and on the unit circle, near 1 and far from it."""
    k = counts(law)
    p = law.pmf(k)
    for z in (0.0, 0.3, 1.0, -0.7, -1.0, 0.6j, np.exp(0.4j), 0.99 * np.exp(2j)):
        assert law.pgf(np.array(z)) == pytest.approx((p * np.power(z, k)).sum(), abs=1e-12)
    w = np.array([1e-9j, -1e-9])
    assert (law.pgf_near_one(w) - 1) / w == pytest.approx(law.mean, rel=1e-4, abs=0)
    for w in np.array([-30, 5]) / max(law.mean, 100):
        whole = np.logaddexp.reduce(np.log(np.maximum(p, 1e-300)) + k * math.log1p(w))
        log_pgf = float(law.log_pgf(np.array(w)))
        assert log_pgf >= whole - 1e-9
        if law.kind != "zero_modified":  # whose `log_pgf` is a bound
            assert log_pgf == pytest.approx(whole, rel=1e-9, abs=0)


@each_law
def test_panjer_recursion(law):
    """p(k) = (a + b / k) p(k - 1), from k = 1, or from 2 where the zero is another's."""
    if law.kind == "tabulated":
        return
    a, b = law.panjer
    k = counts(law)[2 if law.kind == "zero_modified" else 1 :]
    before, p = law.pmf(k - 1), law.pmf(k)
    usual = before > 1e-250
    assert p[usual] == pytest.approx(((a + b / k) * before)[usual], rel=1e-9, abs=1e-16)


@each_law
def test_quantile_is_the_smallest_count_that_reaches_the_level(law):
    u = np.concatenate([[1e-12, 1e-6], np.linspace(0.01, 0.99, 99), [1 - 1e-6, 1 - 1e-12]])
    k = law.quantile(u)
    assert (np.diff(k) >= 0).all()
    assert (law.cdf(k) >= u * (1 - 1e-14)).all()
    above = k > law.smallest
    assert (law.cdf(k - 1) < u)[above].all()
    assert law.quantile(np.array([0.0, 1.0])).tolist() == [law.smallest, law.largest]
    assert law.pmf(np.array(law.smallest)) > 0 or law.mean > 500


@each_law
def test_quantile_of_a_level_on_a_jump(law):
    """A count is the quantile of its own cdf, which rounding must not take to the next."""
    k = counts(law)
    at = (law.pmf(k) > 1e-6) & (law.survival(k) > 1e-6)
    assert law.quantile(law.cdf(k[at])).tolist() == k[at].tolist()


@each_law
@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
def test_a_level_outside_zero_and_one_is_refused(law, wrong):
    with pytest.raises(InvalidParameter, match=r"uniforms must be in \[0, 1\]"):
        law.quantile(np.array(wrong))


@each_law
def test_a_law_is_read_by_its_kind(law):
    adapter = TypeAdapter(Frequency)
    assert adapter.validate_python(adapter.dump_python(law)) == law
    assert adapter.dump_python(law).keys() == {field.name for field in fields(law)}


@each_law
def test_a_sum_of_ones_is_the_count(law):
    total = compound(law, Lattice.of_probabilities([0.0, 1.0]))
    k = np.arange(float(len(total.pmf)))
    assert total.pmf == pytest.approx(law.pmf(k), abs=1e-15)
    assert law.survival(k[-1]) <= 1e-17
