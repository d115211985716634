"""The product's own prior and experts side by side: weights, grades, and what does not fit."""

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.evidence.elicitation import elicit
from techinsure.evidence.mixtures import pooled
from techinsure.evidence.opinions import PRODUCT, opinions_of, pool_of
from techinsure.evidence.priors import Part, Prior
from tests.techinsure.evidence.asked import expert, known

OWN = Prior(family="beta", mean=0.3, cv=0.3, grade="C", source="the product")
TWO = (expert("Wang", 0.25, ((0.05, 0.2), (0.5, 0.4), (0.95, 0.6))), expert("Li", 0.75))


def test_the_products_own_prior_is_one_further_opinion():
    pool = pool_of(OWN, known(experts=TWO, product_weight=0.2))
    weights = [part.weight for part in pool.prior.parts]
    assert weights == pytest.approx([0.2, 0.8 * 0.75, 0.8 * 0.25])
    assert pool.opinion == (0, 1, 2)
    assert (pool.prior.parts[0].mean, pool.prior.parts[0].cv) == (0.3, 0.3)
    law, *fits = pool.prior.parts
    assert pool.prior.mean == pytest.approx(
        0.2 * law.mean + 0.6 * fits[0].mean + 0.2 * fits[1].mean
    )


def test_experts_in_its_place_are_their_elicitation():
    entry = known(experts=TWO)
    pool = pool_of(OWN, entry)
    alone = elicit(entry.elicitation).prior
    assert pool.prior.parts == alone.parts
    assert (pool.prior.mean, pool.prior.grade) == (alone.mean, "D")
    assert "the product" not in pool.prior.source


@pytest.mark.parametrize(("weight", "grade"), [(0.2, "D"), (0.8, "C")])
def test_the_grade_is_of_the_heavier(weight, grade):
    assert pool_of(OWN, known(experts=TWO, product_weight=weight)).prior.grade == grade


def test_without_experts_the_pool_is_the_product():
    assert pool_of(OWN, known(robust=0.1)).prior is OWN


def test_opinions_with_their_weights_before_and_after():
    parts = (Part(weight=0.5, mean=0.1, cv=0.5), Part(weight=0.5, mean=0.5, cv=0.2))
    two_parts = pooled("beta", parts, grade="C", source="s")
    pool = pool_of(two_parts, known(experts=TWO, product_weight=0.4))
    assert pool.opinion == (0, 0, 1, 2)
    own, li, wang = opinions_of(pool, np.array([0.1, 0.2, 0.3, 0.35]), 0.05)
    assert (own.name, li.name, wang.name) == (PRODUCT, "Li", "Wang")
    assert [one.before for one in (own, li, wang)] == pytest.approx(
        [0.95 * 0.4, 0.95 * 0.6 * 0.75, 0.95 * 0.6 * 0.25]
    )
    assert [one.after for one in (own, li, wang)] == pytest.approx([0.3, 0.3, 0.35])
    assert own.mean == pytest.approx(0.3)
    assert (own.misfit is None, li.misfit < 0.02) == (True, True)


def test_a_misfit_is_told_of_its_expert():
    odd = expert("Li", 1.0, ((0.05, 0.01), (0.5, 0.4), (0.95, 0.41)))
    (li,) = opinions_of(pool_of(OWN, known(experts=(odd,))), np.array([1.0]))
    assert li.misfit > 0.05
    assert "ask again" in li.notes[0]


@pytest.mark.parametrize(
    ("prior", "entry", "words"),
    [
        (Prior(family="gamma", mean=0.3, cv=0.3, grade="C", source="s"),
         known(experts=(expert(),)), "family must be gamma, as the product has it"),
        (Prior(family="point", mean=0.3, grade="C", source="s"),
         known(experts=(expert(),), product_weight=0.2), "product_weight must be 0 where"),
        (Prior(family="beta", mean=0.3, cv=0.0, grade="C", source="s"),
         known(experts=(expert(),), product_weight=0.2), "product_weight must be 0 where"),
    ],
)  # fmt: skip
def test_opinions_on_another_kind_of_number_are_refused(prior, entry, words):
    with pytest.raises(InvalidParameter, match=words):
        pool_of(prior, entry)


def test_experts_may_take_the_place_of_a_value_that_was_held():
    held = Prior(family="point", mean=0.3, cv=0.2, grade="C", source="s")
    assert pool_of(held, known(experts=(expert(),))).prior.family == "beta"
