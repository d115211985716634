"""The law of equipment against the closed means, simulation, and its own coarser grid."""

from dataclasses import replace

import pytest

from techinsure.errors import Undefined
from tests.techinsure.exact.law_checks import (
    against_claims,
    against_means,
    against_simulation,
    law_of,
    with_limit,
)
from tests.techinsure.models.equipment_cases import (
    FAB,
    STOPPED,
    STREET,
    UNCERTAIN,
    busy,
    prior,
    sites,
)

HERE = {"site": "A", "park": "P", "sector": "x"}
FACTORS = {"park": 0.1, "sector": 0.05, "shock": 0.2}
CASES = {
    "one item": ([{}], {}),
    "units and a shock": ([HERE | {"units": 3, "exposed": True}, HERE | {"si": 200}], FACTORS),
    "a compensated shock": ([HERE | {"exposed": True}], {"shock": 0.2, "compensated": True}),
    "a site of three": (STREET[:3], FACTORS),
    "interruption": (STREET[3:5], FACTORS),
    "terms that differ, waiting": (STREET[5:7], FACTORS),
    "36 months": ([HERE | {"months": 36}], {}),
    "two sites of a park": ([HERE, HERE | {"site": "B", "catastrophe_rate": 2.0}], {"park": 0.1}),
}
UNSURE = {
    "all errors": ([UNCERTAIN], {}),
    "errors and an interruption": ([UNCERTAIN | STOPPED], {}),
    "uneven errors of a site": ([HERE | {"fire_rate_error": 0.6, "fire_ratio_error": 0.3},
                                 HERE | {"fire_rate": 1.1, "catastrophe_rate_error": 0.5}], {}),
    "a large item": ([{"units": 30, "breakdown_rate_error": 0.6, "breakdown_ratio_error": 0.3}],
                     {"park": 0.1}),
    "two large items": ([HERE | {"units": 20, "breakdown_rate_error": 0.6}] * 2, {}),
    "errors of two sites": ([HERE | {"fire_rate_error": 0.5, "catastrophe_rate_error": 0.4},
                             HERE | {"site": "B", "fire_rate_error": 0.5}], {}),
}  # fmt: skip


def held_of(rows):
    return sites([{"id": f"i{k}"} | row for k, row in enumerate(rows)])


@pytest.mark.parametrize("name", CASES)
def test_known_relativities(name):
    rows, changes = CASES[name]
    model, held = busy(20, **changes), held_of(rows)
    law = against_simulation(model, held, 4_096)
    against_means(model, held, law)
    if name not in ("terms that differ, waiting", "two sites of a park"):
        against_claims(model, held, law, rel=1e-6)


@pytest.mark.parametrize("name", UNSURE)
def test_relativities_with_errors(name):
    rows, changes = UNSURE[name]
    model, held = busy(8, **changes), held_of(rows)
    law = against_simulation(model, held, 4_096)
    against_means(model, held, law)


def test_moments_and_nodes_of_errors_agree(monkeypatch):
    """An error enters by moments where it is small; by nodes it gives the same law."""
    model, held = busy(2), held_of([HERE | {"breakdown_rate_error": 0.4}] * 2)
    one = law_of(model, held, cells=128)
    monkeypatch.setattr("techinsure.exact.equipment_law.SMALL", 0.0)
    other = law_of(model, held, cells=128)
    assert one.sd == pytest.approx(other.sd, rel=1e-7)
    assert one.tvar(0.99) == pytest.approx(other.tvar(0.99), rel=1e-6)
    assert one.paid == pytest.approx(other.paid, rel=1e-7)


def test_a_share_of_catastrophes_that_is_not_known():
    model = busy(20)
    classes = {
        name: replace(one, catastrophe_share=prior("beta", 0.5, 0.6))
        for name, one in model.classes.items()
    }
    model, held = replace(model, classes=classes), held_of([HERE])
    against_means(model, held, against_simulation(model, held, 4_096))
    with pytest.raises(Undefined, match="several parks"):
        law_of(model, held_of([HERE, {"site": "B", "park": "Q"}]))


def test_halving_the_step_moves_little_and_a_limit_cuts_the_mean():
    model, held = busy(20), held_of([HERE | STOPPED])
    one, other = law_of(model, held, cells=256), law_of(model, held, cells=512)
    for measure in (lambda x: x.sd, lambda x: x.tvar(0.95), lambda x: x.tvar(0.99)):
        assert measure(one) == pytest.approx(measure(other), rel=1e-4)
    capped = law_of(model, with_limit(held, 60.0))
    assert capped.mean == pytest.approx(float(other.limited_mean(60.0)), rel=1e-4)
    against_simulation(model, with_limit(held, 60.0), 4_096)


def test_what_cannot_be_held_is_undefined_by_name():
    cases = {
        "several classes": [HERE, {"site": "B", "park": "P", **FAB}],
        "different errors of days": [HERE | STOPPED | {"days_error": 0.3}, HERE | STOPPED],
        "3 sites whose relativities": [
            {"site": name, "park": "P", "catastrophe_rate_error": 0.4} for name in "ABC"
        ],
        "relativities of catastrophe_ratio": [
            {"site": name, "park": "P", "catastrophe_ratio_error": 0.4} for name in "AB"
        ],
    }
    for named, rows in cases.items():
        with pytest.raises(Undefined, match=named):
            law_of(busy(), held_of(rows))
    many = [{"site": f"s{k}", "park": f"p{k}", "sector": f"x{k}"} for k in range(7)]
    with pytest.raises(Undefined, match="7 parks and 7 sectors"):
        law_of(busy(20, park=0.1, sector=0.05), held_of(many))
