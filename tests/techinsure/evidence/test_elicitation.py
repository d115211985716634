"""Experts' quantiles: on record, fitted, told back, pooled; and what is refused."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.evidence.elicitation import Elicitation, Expert, Stated, elicit, fit
from techinsure.reading import read
from techinsure.receipt import plain


def expert(name, weight, *stated):
    return Expert(
        name=name, role="institute", date="2026-11-02", weight=weight, reason="ten years of chips",
        stated=tuple(Stated(level=level, value=value) for level, value in stated),
    )  # fmt: skip


LI = expert("Li Wei", 0.5, (0.05, 0.03), (0.5, 0.08), (0.95, 0.2))
WANG = expert("Wang Fang", 0.3, (0.25, 0.15), (0.75, 0.4))
ZHAO = expert("Zhao Min", 0.2, (0.1, 0.01), (0.9, 0.09))


def elicitation(*experts, family="beta"):
    return Elicitation(
        parameter="model.classes.general.fail.lab", family=family, experts=experts,
        question="of 100 such projects, how many fail in the laboratory?",
    )  # fmt: skip


GROUP = elicitation(LI, WANG, ZHAO)


def faults(raised):
    return {(fault.field, fault.bound) for fault in raised.value.faults}


# --- fits --------------------------------------------------------------------------------------


def test_what_is_told_back():
    found = fit("beta", LI)
    assert [one.level for one in found.quantiles] == [0.01, 0.05, 0.5, 0.95, 0.99]
    assert [one.stated for one in found.quantiles] == [None, 0.03, 0.08, 0.2, None]
    law = elicit(elicitation(replace(LI, weight=1.0))).prior.law
    for one in found.quantiles:
        assert law.cdf(np.array([one.fitted]))[0] == pytest.approx(one.level, abs=1e-12)
        if one.stated is None:
            assert one.reached is None
        else:
            assert one.reached == pytest.approx(float(law.cdf(np.array([one.stated]))[0]))
    worst = max(abs(one.reached - one.level) for one in found.quantiles if one.reached)
    assert found.misfit == worst
    assert 0.001 < found.misfit < 0.05
    assert not found.notes
    assert found.words[2] == f"below {found.quantiles[2].fitted:.4g} with 0.5 (you said 0.08)"
    assert "said" not in found.words[0]


def test_two_quantiles_are_met():
    found = fit("beta", WANG)
    assert found.misfit < 1e-12
    assert [one.fitted for one in found.quantiles][1:3] == pytest.approx([0.15, 0.4], rel=1e-10)


def test_a_misfit_above_5_percent_warns_and_says_where():
    odd = expert("Odd", 1.0, (0.1, 0.02), (0.4, 0.2), (0.6, 0.22), (0.9, 0.3))
    found = elicit(elicitation(odd))
    assert found.fits[0].misfit > 0.05
    (note,) = found.notes
    worst = max(
        (one for one in found.fits[0].quantiles if one.stated),
        key=lambda one: abs(one.reached - one.level),
    )
    assert note.startswith(f"Odd: misfit {found.fits[0].misfit:.2f} > 0.05")
    assert f"{worst.stated:.4g} as its {worst.reached:.1%} quantile, not {worst.level:.1%}" in note


def test_the_order_of_quantiles_does_not_matter():
    turned = replace(LI, stated=LI.stated[::-1])
    assert fit("gamma", turned) == fit("gamma", LI)


@pytest.mark.parametrize("family", ["beta", "gamma", "lognormal"])
def test_the_prior_is_the_mixture_of_the_fits(family):
    found = elicit(elicitation(LI, WANG, ZHAO, family=family))
    assert found.names == ("Li Wei", "Wang Fang", "Zhao Min")
    assert [part.weight for part in found.prior.parts] == [0.5, 0.3, 0.2]
    assert found.prior.mean == pytest.approx(
        sum(one.weight * one.mean for one in found.fits), rel=1e-12
    )
    x = np.array([0.05, 0.1, 0.3])
    alone = [elicit(elicitation(replace(one, weight=1.0), family=family)).prior.law.cdf(x)
             for one in (LI, WANG, ZHAO)]  # fmt: skip
    np.testing.assert_allclose(
        found.prior.law.cdf(x), np.tensordot([0.5, 0.3, 0.2], alone, 1), rtol=1e-12
    )
    assert (found.prior.grade, found.prior.family) == ("D", family)
    for word in ("Li Wei (institute, 2026-11-02, weight 50%)", found.digest[:12], "version 1"):
        assert word in found.prior.source


def test_one_expert_alone_is_an_ordinary_prior():
    found = elicit(elicitation(replace(ZHAO, weight=1.0), family="gamma"))
    assert found.prior.parts == ()
    assert found.prior.law.cdf(np.array([0.01, 0.09])) == pytest.approx([0.1, 0.9], abs=1e-12)


def test_the_order_of_experts_changes_nothing():
    found = elicit(GROUP)
    for order in permutations(GROUP.experts):
        other = elicit(elicitation(*order))
        assert (other.prior, other.fits, other.digest) == (found.prior, found.fits, found.digest)


def test_a_long_list_of_experts_still_has_a_source():
    many = [replace(LI, name=f"Expert {i:02}", weight=0.05) for i in range(20)]
    prior = elicit(elicitation(*many)).prior
    assert len(prior.source) == 600
    assert len(prior.parts) == 20


# --- versions ----------------------------------------------------------------------------------


def test_every_change_is_a_new_version():
    later = GROUP.revised("Zhao Min left", (replace(LI, weight=0.6), replace(WANG, weight=0.4)))
    assert (later.version, later.change, later.replaces) == (2, "Zhao Min left", GROUP.digest)
    third = later.revised("Li Wei saw the pilot data", (replace(LI, weight=1.0),))
    assert (third.version, third.replaces) == (3, later.digest)
    assert len({one.digest for one in (GROUP, later, third)}) == 3
    assert elicit(third).digest == third.digest


@pytest.mark.parametrize("change", [
    {"question": "another"}, {"parameter": "p"}, {"family": "gamma"},
    {"experts": (replace(LI, reason="other"), WANG, ZHAO)},
    {"experts": (replace(LI, stated=LI.stated[1:]), WANG, ZHAO)},
], ids=["question", "parameter", "family", "reason", "value"])  # fmt: skip
def test_the_digest_holds_everything(change):
    assert replace(GROUP, **change).digest != GROUP.digest


def test_a_record_goes_to_json_and_back():
    assert read(Elicitation, plain(GROUP)) == GROUP


# --- refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "value", "field"), [
    (0.0, 0.1, "level"), (1.0, 0.1, "level"), (95.0, 0.1, "level"), (-0.5, 0.1, "level"),
    (float("nan"), 0.1, "level"), (0.5, 0.0, "value"), (0.5, -1.0, "value"),
    (0.5, float("inf"), "value"),
])  # fmt: skip
def test_no_quantile(level, value, field):
    with pytest.raises(InvalidParameter, match=f"^{field} must be"):
        Stated(level=level, value=value)


@pytest.mark.parametrize(("stated", "field"), [
    ([(0.05, 0.2), (0.5, 0.1)], "stated[1].value"),
    ([(0.5, 0.1), (0.05, 0.2)], "stated[0].value"),
    ([(0.05, 0.1), (0.5, 0.1)], "stated[1].value"),
    ([(0.5, 0.1), (0.5, 0.2)], "stated[1].level"),
    ([(0.5, 0.1)], "stated"),
], ids=["crossing", "crossing, turned", "equal", "same level", "one"])  # fmt: skip
def test_quantiles_that_do_not_increase(stated, field):
    with pytest.raises(InvalidParameter) as raised:
        expert("Li Wei", 1.0, *stated)
    assert [fault.field for fault in raised.value.faults] == [field]


def test_values_outside_the_family():
    wide = expert("Li Wei", 1.0, (0.05, 0.2), (0.95, 1.0))
    with pytest.raises(InvalidParameter) as raised:
        elicitation(wide)
    assert faults(raised) == {("experts[0].stated[1].value", "must be in (0, 1)")}
    with pytest.raises(InvalidParameter):
        fit("beta", wide)
    assert fit("gamma", wide).mean > 0


def test_weights_and_names():
    with pytest.raises(InvalidParameter) as raised:
        elicitation(LI, replace(LI, weight=0.4))
    assert faults(raised) == {
        ("experts[1].name", "must be unique"), ("experts.weight", "must sum to 1"),
    }  # fmt: skip
    for weight in (0.0, -0.1, 1.1):
        with pytest.raises(InvalidParameter, match="weight must be in"):
            replace(LI, weight=weight)
    with pytest.raises(InvalidParameter, match="at least 1"):
        elicitation()


@pytest.mark.parametrize("value", [
    {"date": "2 November"}, {"role": ""}, {"reason": ""}, {"name": ""},
])  # fmt: skip
def test_an_expert_has_a_name_a_role_a_date_and_a_reason(value):
    with pytest.raises(InvalidParameter, match=f"^{next(iter(value))} must"):
        replace(LI, **value)


@pytest.mark.parametrize(("value", "field"), [
    ({"change": "why"}, "change"), ({"replaces": "0" * 64}, "replaces"),
    ({"version": 2}, "change"), ({"version": 2, "change": "why"}, "replaces"),
    ({"version": 2, "change": "why", "replaces": "abc"}, "replaces"), ({"version": 0}, "version"),
])  # fmt: skip
def test_versions_that_hang_in_the_air(value, field):
    with pytest.raises(InvalidParameter) as raised:
        replace(GROUP, **value)
    assert field in {fault.field for fault in raised.value.faults}


@pytest.mark.parametrize("family", ["beta", "gamma", "lognormal"])
def test_quantiles_as_good_as_certain(family):
    with pytest.raises(InvalidParameter, match=r"expert\.stated must fit a .* cv in"):
        fit(family, expert("Li Wei", 1.0, (0.05, 0.1), (0.95, 0.1 * (1 + 1e-6))))


@pytest.mark.parametrize("family", ["gamma", "lognormal"])
def test_quantiles_that_say_nothing(family):
    with pytest.raises(InvalidParameter, match=r"expert\.stated must fit a .* cv in"):
        fit(family, expert("Li Wei", 1.0, (0.49, 1e-200), (0.51, 0.9)))
