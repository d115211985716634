"""Terms of levels in words: each term once, in the order in which it applies."""

from techinsure.level_terms import (
    Amount,
    Franchise,
    Layer,
    Level,
    LevelTerms,
    ShareOfLoss,
    ShareOfSumInsured,
    VanishingDeductible,
)
from techinsure.quotes.level_words import in_words


def words(per="event", **terms):
    return in_words([Level(name="one", by="site", per=per, terms={"*": LevelTerms(**terms)})])


def said(**terms):
    return next(words(**terms)).terms


def test_every_term_is_said_in_its_order():
    assert said(
        waiting=0.25, retroactive=-2.0, indemnity=0.5, trigger="claims_made",
        extended_reporting=1.0, deductible=ShareOfLoss(share=0.1),
        minimum_deductible=Amount(amount=1000.5), maximum_deductible=ShareOfSumInsured(share=0.02),
        limit=Amount(amount=1e6), insured_share=0.2,
        layers=(Layer(name="low", limit=2e5, share=0.5), Layer(name="top", attachment=2e5)),
    ) == (
        "waiting period of 0.25 years",
        "retroactive date -2 years after the start",
        "claims made, reported within 1 years after the end",
        "indemnity period of 0.5 years",
        "deductible 10% of the loss",
        "at least 1,000.50 deducted by all levels so far",
        "at most 2% of the sum insured deducted by all levels so far",
        "limit 1,000,000",
        "layer low: 50% of 200,000 above 0",
        "layer top: 100% of what is above 200,000",
        "insured share 20%",
    )  # fmt: skip


def test_other_deductibles_and_nothing():
    assert said(deductible=Franchise(threshold=Amount(amount=5e3))) == ("franchise 5,000",)
    assert said(deductible=VanishingDeductible(start=1e3, end=4e3)) == (
        "deductible 1,000, vanishing up to a loss of 4,000",
    )
    assert said(trigger="claims_made") == ("claims made, reported before the end",)
    assert said() == ("nothing: losses pass as they are",)
    assert said(deductible=ShareOfLoss(share=0.07)) == ("deductible 7% of the loss",)
    assert said(limit=Amount(amount=0.125)) == ("limit 0.125",)


def test_each_group_of_each_level_from_the_lowest():
    terms = {"A": LevelTerms(insured_share=0.1), "*": LevelTerms()}
    levels = [
        Level(name="site", by="site", causes=("fire",), terms=terms),
        Level(name="term", by="policy", per="term", terms={"*": LevelTerms()}),
    ]
    found = list(in_words(levels))
    assert [(one.level, one.by, one.group, one.per, one.causes) for one in found] == [
        ("site", "site", "A", "each event", ("fire",)),
        ("site", "site", "*", "each event", ("fire",)),
        ("term", "policy", "*", "the whole term", ()),
    ]
    assert next(words("policy_year")).per == "each policy year"
