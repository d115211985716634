"""Terms of levels: what is refused, and how levels of several portfolios come together."""

from dataclasses import replace

import pytest

from techinsure.errors import InvalidParameter
from techinsure.level_terms import (
    EVERY,
    Amount,
    Franchise,
    Layer,
    Level,
    LevelTerms,
    ShareOfLoss,
    ShareOfSumInsured,
    VanishingDeductible,
    joined,
)
from techinsure.reading import read

LIMIT = LevelTerms(limit=Amount(amount=100.0))
SHARE = LevelTerms(insured_share=0.2)


def level(one=LIMIT, **changes):
    given = {"name": "policy", "by": "policy", "terms": {"P": one}}
    return Level(**given | changes)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Amount(amount=-1.0), r"amount must be 0 or in \[0.01, 1e\+15\].*got -1"),
        (lambda: ShareOfLoss(share=5.0), r"share must be in \[0, 1\], got 5.0.*0.25 for 25%"),
        (lambda: ShareOfSumInsured(share=-0.1), r"share must be in \[0, 1\]"),
        (lambda: VanishingDeductible(start=10.0, end=10.0), "end must be > start 10, got 10.0"),
        (lambda: Layer(name="", limit=1.0), "name must have 1 to 200 characters"),
        (lambda: Layer(name="a", limit=0.0), "limit must be in"),
        (lambda: Layer(name="a", share=1.5), "share must be in"),
        (lambda: LevelTerms(waiting=-1.0), "waiting must be >= 0, got -1.0"),
        (lambda: LevelTerms(indemnity=0.0), "indemnity must be > 0, got 0.0"),
        (lambda: LevelTerms(retroactive=-2020.0), r"retroactive must be in \[-100, 100\]"),
        (lambda: LevelTerms(insured_share=20.0), "insured_share must be in"),
        (
            lambda: LevelTerms(layers=(Layer(name="a"), Layer(name="a", attachment=1.0))),
            "layers must have names of their own, got 'a'",
        ),
        (lambda: level(terms={}, per="event"), "terms must have at least 1 entry"),
        (lambda: level(per="year"), "per must be one of event, policy_year, term.*got 'year'"),
        (lambda: level(give_back="x"), "give_back must be one of by_payment, by_deductible"),
    ],
)
def test_what_means_nothing_is_refused(build, message):
    with pytest.raises(InvalidParameter, match=message):
        build()


@pytest.mark.parametrize("kind", [Amount, ShareOfLoss, ShareOfSumInsured])
def test_a_minimum_above_the_maximum_is_refused(kind):
    def bounds(low, high):
        unit = "amount" if kind is Amount else "share"
        return LevelTerms(
            minimum_deductible=kind(**{unit: low}), maximum_deductible=kind(**{unit: high})
        )

    assert bounds(0.5, 0.5).bounds_deductibles
    assert not LIMIT.bounds_deductibles
    with pytest.raises(InvalidParameter, match="minimum_deductible must be <= maximum_deductible"):
        bounds(0.5, 0.25)


@pytest.mark.parametrize("per", ["policy_year", "term"])
@pytest.mark.parametrize(
    "terms",
    [
        {"deductible": ShareOfLoss(share=0.1)},
        {"deductible": Franchise(threshold=Amount(amount=5.0))},
        {"deductible": VanishingDeductible(start=5.0, end=10.0)},
        {"limit": ShareOfLoss(share=0.5)},
        {"minimum_deductible": Amount(amount=5.0)},
        {"maximum_deductible": ShareOfSumInsured(share=0.1)},
        {"indemnity": 0.5},
    ],
    ids=str,
)
def test_terms_of_one_loss_are_refused_for_sums_over_time(per, terms):
    (name,) = terms
    assert level(LevelTerms(**terms)).terms
    with pytest.raises(InvalidParameter, match=rf"terms\.P\.{name} must .* unless per is 'event'"):
        level(LevelTerms(**terms), per=per)


def test_levels_are_read_from_outside_data():
    given = {
        "name": "site",
        "by": "site",
        "terms": {
            "*": {
                "deductible": {"kind": "share_of_sum_insured", "share": 0.01},
                "limit": {"kind": "fixed_amount", "amount": 5e6},
            },
            "A": {
                "deductible": {
                    "kind": "franchise",
                    "threshold": {"kind": "fixed_amount", "amount": 9.0},
                }
            },
        },
    }
    found = read(Level, given)
    assert found.terms["*"].deductible == ShareOfSumInsured(share=0.01)
    assert found.terms["A"].deductible == Franchise(threshold=Amount(amount=9.0))
    given["terms"]["*"]["limit"] = {"kind": "fixed_amount", "amount": 5e6, "share": 0.2}
    with pytest.raises(InvalidParameter, match="share"):
        read(Level, given)


def test_every_group_by_name():
    both = level(terms={EVERY: LIMIT, "Q": SHARE})
    assert dict(both.of(["P", "Q"]).terms) == {"P": LIMIT, "Q": SHARE}
    assert dict(both.renamed("#1").terms) == {EVERY: LIMIT, "Q#1": SHARE}
    assert level().of(["P", "Q"]).terms == level().terms


def test_levels_alike_but_for_their_terms_become_one():
    sites, policies = level(name="site", by="site"), level()
    other = [replace(one, terms={"Q": SHARE}) for one in (sites, policies)]
    found = joined([[sites, policies], other])
    assert [dict(one.terms) for one in found] == [{"P": LIMIT, "Q": SHARE}] * 2
    assert joined([[policies], other]) == (policies, *other)
    assert joined([[policies], [replace(other[1], per="term")]])[1].per == "term"
    assert joined([]) == ()
