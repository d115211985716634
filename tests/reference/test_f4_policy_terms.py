"""Policy terms of items, groups, whole policies and layers against family f4."""

import numpy as np

from techinsure.cover_levels import evaluate
from techinsure.level_terms import (
    EVERY,
    Amount,
    Layer,
    Level,
    LevelTerms,
    ShareOfLoss,
    ShareOfSumInsured,
)
from tests.reference.cases import load, within

CASES = load("f4_reinsurance")


def amounts(deductible=None, limit=None, **others):
    given = {"deductible": deductible, "limit": limit}
    measures = {name: Amount(amount=value) for name, value in given.items() if value is not None}
    return LevelTerms(**measures, **others)


def of_policy(**terms):
    return Level(name="policy", by="policy", terms={"P": LevelTerms(**terms)})


def paid(levels, losses, sums_insured=None, **labels):
    labels |= {"policy": ["P"] * len(losses)}
    return evaluate(levels, losses, losses if sums_insured is None else sums_insured, labels)


def items(case):
    """Names and losses."""
    given = CASES[case]["inputs"]["items"]
    return list(given), np.array(list(given.values()))


def assert_paid(case, found, names):
    expected = CASES[case]["expected"]["paid"]
    assert found.paid.tolist() == within(CASES[case], [expected[name] for name in names])


def test_item_terms():
    names, losses = items("fm_item_terms")
    given = CASES["fm_item_terms"]["inputs"]
    terms = {name: amounts(given["deductible"][name], given["limit"][name]) for name in names}
    found = paid([Level(name="item", by="item", terms=terms)], losses, item=names)
    assert_paid("fm_item_terms", found, names)


def test_combined_terms():
    names, losses = items("fm_combined_terms")
    given = CASES["fm_combined_terms"]["inputs"]
    groups = ["property" if name in given["group"] else name for name in names]
    terms = {
        "property": amounts(given["group_deductible"], given["group_limit"]),
        "d": amounts(given["d_deductible"], given["d_limit"]),
    }
    found = paid([Level(name="cover", by="cover", terms=terms)], losses, cover=groups)
    assert_paid("fm_combined_terms", found, names)


def test_whole_risk_terms():
    names, losses = items("fm_whole_risk_terms")
    given = CASES["fm_whole_risk_terms"]["inputs"]
    terms = {EVERY: amounts(given["deductible"], given["limit"])}
    found = paid([Level(name="whole", by="policy", terms=terms)], losses)
    assert_paid("fm_whole_risk_terms", found, names)


def test_policy_deductible_and_limit():
    case = CASES["fm_policy_deductible_layer"]
    given = case["inputs"]
    names = [str(item) for item in range(len(given["items"]))]
    terms = dict(zip(names, map(amounts, given["item_deductibles"]), strict=True))
    whole = {"P": amounts(given["policy_deductible"], given["policy_limit"])}
    levels = [
        Level(name="item", by="item", terms=terms),
        Level(name="policy", by="policy", terms=whole),
    ]
    found = paid(levels, np.array(given["items"]), item=names)
    assert found.paid.sum() == case["expected"]["total"]
    assert found.paid.tolist() == within(case, case["expected"]["paid"])


def test_maximum_deductible():
    case = CASES["fm_maximum_deductible"]
    given, expected = case["inputs"], case["expected"]
    sites = {
        name: amounts(risk["deductible"]) for name, risk in zip("ab", given["risks"], strict=True)
    }
    levels = [
        Level(name="site", by="site", terms=sites),
        of_policy(
            maximum_deductible=Amount(amount=given["policy_maximum_deductible"]),
            limit=Amount(amount=given["policy_limit"]),
        ),
    ]
    found = paid(levels, np.array([risk["loss"] for risk in given["risks"]]), site=["a", "b"])
    policy = found.levels[1]
    assert policy.deducted_so_far.tolist() == within(case, [expected["deductible_effective"]])
    after = policy.loss - policy.deducted
    assert after.tolist() == within(case, [expected["after_deductible"]])
    assert found.paid.sum() == expected["paid_total"]
    assert found.paid.tolist() == within(case, expected["paid_risk"])


def deductible_of(risk):
    match risk:
        case {"deductible_percent_of_value": share}:
            return ShareOfSumInsured(share=share)
        case {"deductible_percent_of_loss": share}:
            return ShareOfLoss(share=share)
    return Amount(amount=risk["deductible"])


def test_two_layers_side_by_side():
    case = CASES["fm_two_layers_shares"]
    given, expected = case["inputs"], case["expected"]
    values = np.array([risk["value"] for risk in given["risks"]])
    names = [str(risk) for risk in range(len(values))]
    sites = {n: LevelTerms(deductible=deductible_of(risk))
             for n, risk in zip(names, given["risks"], strict=True)}  # fmt: skip
    layers = tuple(Layer(name=str(k), **layer) for k, layer in enumerate(given["layers"], start=1))
    policy = of_policy(deductible=Amount(amount=given["policy_deductible"]), layers=layers)
    levels = [Level(name="site", by="site", terms=sites), policy]
    found = paid(levels, values, site=names).levels[1]
    assert (found.loss - found.deducted).tolist() == within(case, [expected["after_deductibles"]])
    for number, total in enumerate(expected["layer_paid"], start=1):
        by_risk = found.layers[str(number)]
        assert by_risk.sum() == total
        assert by_risk.tolist() == within(case, expected[f"layer{number}_by_risk"])
