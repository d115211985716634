"""Schemes as data: the published figures of each, and what a scheme of one's own must be."""

import pytest

from techinsure.errors import CatalogueError, InvalidParameter, NotFound
from techinsure.pricing.subsidies.schemes import Scheme, load, scheme, shipped
from techinsure.pricing.subsidies.subsidy import subsidise
from techinsure.reading import read
from tests.techinsure.pricing.subsidies.subsidy_cases import policy, yuan

OWN = {
    "code": "park_2027",
    "currency": "CNY",
    "share": "1/3",
    "grade": "D",
    "source": "draft of the park's office",
    "as_of": "2026-11-24",
}


def test_every_shipped_scheme_says_where_it_is_from_and_what_is_not_known():
    for code, found in shipped().items():
        assert found.code == code
        assert found.grade == "B"
        assert found.title.keys() == found.not_known.keys() == {"en", "zh"}


def first_set(**given):
    return policy(product="first_set", sum_insured_minor=120_000_000_00, **given)


def paid(code, premium, insured):
    """(state, at most?) in CNY and fen."""
    found = subsidise(yuan(premium), insured, scheme(code))
    assert found.eligible, found.steps
    return found.state.amount, found.at_most


def test_central_first_set_counts_3_percent_and_pays_80():
    """120m: 2.4m is 2%, all of it counts; 4.8m is 4%, of which 3.6m counts."""
    insured = first_set(start="2022-03-01")
    assert paid("first_set_central_2019", 2_400_000, insured) == (1_920_000, False)
    assert paid("first_set_central_2019", 4_800_000, insured) == (2_880_000, False)


def test_central_first_set_pays_three_years_without_a_gap():
    third = first_set(start="2022-03-01", years_before=2, covered_until="2022-02-28")
    assert paid("first_set_central_2019", 1_000_000, third) == (800_000, False)
    fourth = first_set(start="2022-03-01", years_before=3, covered_until="2022-02-28")
    late = first_set(start="2022-03-01", years_before=2, covered_until="2022-02-27")
    for insured in (fourth, late):
        found = subsidise(yuan(1_000_000), insured, scheme("first_set_central_2019"))
        assert (found.state.amount_minor, found.eligible) == (0, False)


def test_central_first_set_ended_and_its_successor_has_80_percent_at_most():
    new = first_set(start="2026-03-01")
    ended = subsidise(yuan(4_800_000), new, scheme("first_set_central_2019"))
    assert "was valid to 2024-05-23" in ended.step("eligible").why
    assert paid("first_set_central_2025", 4_800_000, new) == (3_840_000, True)


def test_chongqing_caps_a_policy_at_1m():
    insured = first_set(start="2018-03-01", region="chongqing")
    assert paid("first_set_chongqing_2017", 1_000_000, insured) == (800_000, False)
    assert paid("first_set_chongqing_2017", 2_400_000, insured) == (1_000_000, False)


@pytest.mark.parametrize(
    ("kind", "code", "cap"),
    [
        ("champion", "patent_beijing_champion_2020", 500_000),
        ("sme", "patent_beijing_sme_2020", 200_000),
    ],
)
def test_beijing_pays_all_of_the_first_year_to_the_cap_of_the_kind_of_firm(kind, code, cap):
    given = {"product": "patent", "covers": ("enforcement",), "region": "beijing"}
    insured = policy(**given, firm_kind=kind)
    assert paid(code, 30_000, insured) == (30_000, False)
    assert paid(code, 600_000, insured) == (cap, False)
    assert paid(code, 30_000, policy(**given, firm_kind=kind, years_before=1)) == (27_000, True)
    stranger = subsidise(yuan(30_000), policy(**given, firm_kind="university"), scheme(code))
    assert not stranger.eligible


def test_beijing_overseas_pays_at_most_80_percent_and_800_000():
    insured = policy(
        product="patent", covers=("overseas_dispute",), region="beijing", start="2023-09-01"
    )
    assert paid("patent_overseas_beijing_2023", 500_000, insured) == (400_000, True)
    assert paid("patent_overseas_beijing_2023", 2_000_000, insured) == (800_000, True)


def test_suzhou_pays_at_most_half_and_300_000():
    insured = policy(product="equipment_loss", region="suzhou", start="2020-11-01")
    assert paid("tech_suzhou_2020", 100_000, insured) == (50_000, True)
    assert paid("tech_suzhou_2020", 1_000_000, insured) == (300_000, True)
    other = policy(product="rd_loss", region="suzhou", start="2020-11-01")
    assert not subsidise(yuan(100_000), other, scheme("tech_suzhou_2020")).eligible


def test_the_old_provincial_scheme_pays_a_quarter_and_half_with_others():
    insured = policy(product="equipment_loss")
    old = scheme("tech_old_provincial")
    assert paid("tech_old_provincial", 100_000, insured) == (25_000, False)
    assert paid("tech_old_provincial", 1_000_000, insured) == (200_000, False)
    with_others = subsidise(yuan(100_000), insured, old, others=40_000_00)
    assert with_others.state.amount == 10_000
    assert with_others.step("stacked_share_cap").binding


def test_nanjing_pays_at_most_100_000():
    insured = policy(region="nanjing", months=18)
    assert paid("tech_nanjing_2026", 343_178, insured) == (100_000, True)
    assert paid("tech_nanjing_2026", 60_000, insured) == (60_000, True)


def test_an_unknown_code_names_the_nearest():
    with pytest.raises(NotFound, match="did you mean 'tech_nanjing_2026'"):
        scheme("nanjing_2026")


# --- Schemes of one's own ------------------------------------------------------------------------


def test_a_scheme_of_ones_own_is_read_from_a_request():
    found = read(Scheme, {**OWN, "eligible": {"stages": ["startup"]}}, at="/subsidy")
    assert found.share_of("renewal") == found.share_of("first") == "1/3"
    assert found.cap_minor("budget") is None


@pytest.mark.parametrize(
    ("given", "place", "said"),
    [
        ({"share": 0.8}, "/subsidy/share", "must be a valid string"),
        ({"share": "80%"}, "/subsidy/share", "must be a fraction such as 1/18"),
        ({"share": "1.2"}, "/subsidy/share", "must be in [0, 1], got '1.2' (write shares as text"),
        ({"renewal_share": "1/0"}, "/subsidy/renewal_share", "must not divide by zero"),
        ({"firm_year_cap": "100000.005"}, "/subsidy/firm_year_cap", "whole minor units of CNY"),
        ({"budget": "-1"}, "/subsidy/budget", "must match pattern"),
        ({"years_max": 0}, "/subsidy/years_max", "must be in [1, 100], got 0"),
        ({"source": ""}, "/subsidy/source", "must have 1 to 600 characters"),
        ({"pays": "half"}, "/subsidy/pays", "must be 'share_of_premium' or"),
        ({"cap": "1"}, "/subsidy/cap", "is not a known key"),
        ({"code": "Park"}, "/subsidy/code", "must match [a-z0-9_]+"),
        ({"currency": "CNX"}, "/subsidy/currency", "must be an ISO 4217 currency code"),
        ({"as_of": "2026"}, "/subsidy/as_of", "must be a date"),
        (
            {"eligible": {"valid_from": "2026-02-01", "valid_to": "2026-01-31"}},
            "/subsidy/eligible/valid_to",
            "must be >= valid_from 2026-02-01",
        ),
        ({"title": {"en": "a\x1bb"}}, "/subsidy/title/en", "must hold no control character"),
        ({"eligible": {"valid_to": "May"}}, "/subsidy/eligible/valid_to", "must be a date"),
    ],
)
def test_what_is_wrong_with_it_is_named(given, place, said):
    with pytest.raises(InvalidParameter) as refused:
        read(Scheme, OWN | given, at="/subsidy")
    assert said in str(refused.value)
    assert refused.value.faults[0].pointer == place


def test_evidence_is_required():
    with pytest.raises(InvalidParameter, match=r"grade is required .*source is required"):
        read(Scheme, {key: OWN[key] for key in OWN if key not in ("grade", "source")})


def test_amounts_in_a_currency_without_cents():
    assert Scheme(**(OWN | {"currency": "JPY", "budget": "5"})).cap_minor("budget") == 5
    with pytest.raises(InvalidParameter, match="whole minor units of JPY"):
        Scheme(**(OWN | {"currency": "JPY", "budget": "5.5"}))


def test_a_file_that_does_not_load_names_file_and_key(tmp_path):
    file = tmp_path / "schemes.toml"
    file.write_text('[a]\ncurrency = "CNY"\nshare = "2"\nnote = 1\n', "utf-8")
    with pytest.raises(CatalogueError, match=r"schemes\.toml: a\.grade: .* a\.note: note is not"):
        load(file)
    file.write_text("[a\n", "utf-8")
    with pytest.raises(CatalogueError, match="must be UTF-8 TOML"):
        load(file)
    file.write_text("a = 1\n", "utf-8")
    with pytest.raises(CatalogueError, match="must be an object with named fields"):
        load(file)
