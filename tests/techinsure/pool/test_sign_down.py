"""Use case 9 in small: written lines to signed ones, the 10% rule, what is left, who reinsures."""

import pytest

from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter, Refused
from techinsure.pool.sign_down import sign_down

POOL = {
    "name": "fabs", "currency": "CNY",
    "members": [
        {"name": "lead", "written": "0.7", "capital_and_reserves": 90e9, "lead": True},
        {"name": "second", "written": "0.7", "capital_and_reserves": 6e9, "rating": "A"},
    ],
}  # fmt: skip
FAB = {"name": "fab", "sum_insured": 3.2e9}


def asked(risk=FAB, reinsurance=(), **members):
    second = {**POOL["members"][1], **members}
    pool = {**POOL, "members": [POOL["members"][0], second]}
    return {"pool": pool, "risk": risk, "reinsurance": list(reinsurance)}


def test_lines_alone():
    found = sign_down({"pool": POOL})
    assert (found.written, found.order, found.unplaced) == ("7/5", "1", "0")
    assert [(one.member, one.signed, one.share, one.rating) for one in found.lines] == [
        ("lead", "1/2", 0.5, None), ("second", "1/2", 0.5, "A"),
    ]  # fmt: skip
    assert (found.risk, found.breaches, found.flags) == (None, (), ())


def test_the_law_before_and_after_lines_are_signed_again():
    found = sign_down(asked())
    assert [(b.member, b.over) for b in found.breaches] == [("second", 1e9)]
    assert found.breaches_again == ()
    assert found.risk.gap == "9/80"
    cured = sign_down(asked(reinsurance=[{"reinsurer": "Re", "share": "5/8"}]))
    assert [(b.member, b.cured) for b in cured.breaches] == [("second", True)]
    assert (cured.risk.gap, cured.risk.facultative_as_signed) == ("0", 0.0)
    assert cured.breaches_again == cured.breaches


def test_one_reinsurer_and_affiliates():
    """80% is allowed, of affiliates together 20%; the line's money is that signed again."""
    at_limit = [{"reinsurer": "Re", "share": "4/5"}]
    assert not sign_down(asked(reinsurance=at_limit)).cession_breaches
    found = sign_down(asked(reinsurance=[
        {"reinsurer": "Re", "share": "0.81"},
        {"reinsurer": "Own A", "share": "1/10", "affiliate": True},
        {"reinsurer": "Own B", "share": "0.05", "affiliate": True},
    ]))  # fmt: skip
    assert {(b.rule, b.reinsurer) for b in found.cession_breaches} == {("one_reinsurer", "Re")}
    assert found.cession_breaches[0].over == pytest.approx(0.01 * 1.6e9)
    more = sign_down(asked(reinsurance=[
        {"reinsurer": "Own A", "share": "0.15", "affiliate": True},
        {"reinsurer": "Own B", "share": "0.06", "affiliate": True},
    ]))  # fmt: skip
    assert {(b.rule, b.reinsurer) for b in more.cession_breaches} == {
        ("affiliates", "Own A, Own B")
    }


def test_what_a_reader_has_to_know_is_flagged():
    small_lead = {**POOL, "members": [
        {"name": "lead", "written": "0.1", "capital_and_reserves": 90e9, "lead": True},
        {"name": "second", "written": "0.4", "capital_and_reserves": 6e9, "minimum": "0.3"},
        {"name": "third", "written": "0.2", "capital_and_reserves": 1e9, "to_stand": True},
    ]}  # fmt: skip
    found = sign_down({"pool": small_lead, "risk": FAB})
    assert found.flags == (
        "the lead 'lead' has not the largest line",
        "3/10 of the whole has no member: it is unplaced, no line is scaled up",
        "'second' may carry less than its minimum line: it signs nothing",
        "the line to stand of 'third' is cut: the law lets it carry less",
    )


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"reinsurance": [{"reinsurer": "A", "share": "1"}], "risk": None}, "/risk", "required"),
        ({"reinsurance": [{"reinsurer": "A", "share": "0.6"}] * 2}, "/reinsurance/1/reinsurer",
         "named once"),
        ({"reinsurance": [{"reinsurer": "A", "share": "0.6"}, {"reinsurer": "B", "share": "0.5"}]},
         "/reinsurance", "at most 1"),
        ({"reinsurance": [{"reinsurer": "B", "share": "0.5"},
                          {"reinsurer": "second", "share": "0.1"}]},
         "/reinsurance/1/reinsurer", "must not be a member"),
        ({"risk": {**FAB, "groups": [{"basis": "park", "name": "n", "net_sum_insured": 3.1e9}]}},
         "/risk/groups/0/net_sum_insured", "must be >= 3,200,000,000.00"),
        ({"risk": {"name": "fab", "sum_insured": 0}}, "/risk/sum_insured", "must be in"),
        ({"rules": {"one_reinsurer": 2.0}}, "/rules/one_reinsurer", "must be in (0, 1]"),
    ],
)  # fmt: skip
def test_faults_have_their_place(change, pointer, words):
    with pytest.raises(InvalidParameter) as refused:
        sign_down({**asked(), **change})
    fault = next(f for f in refused.value.faults if f.pointer == pointer)
    assert words in str(fault)


def test_lines_that_cannot_be_kept_are_refused():
    with pytest.raises(Refused, match="sum to"):
        sign_down(asked(to_stand=True, written="1.1"))


def test_what_is_over_with_a_reinsurer_is_of_the_lines_signed_again():
    """The second carries 80m net of its 15%: a sixth of the fab, 533.3m, of which 5% is over."""
    found = sign_down(asked(reinsurance=[{"reinsurer": "Re", "share": "0.85"}],
                            capacity_per_risk=8e7))  # fmt: skip
    assert found.risk.lines[1].signed_again == "1/6"
    over = {breach.member: breach.over for breach in found.cession_breaches}
    assert over["second"] == pytest.approx(0.05 * 3.2e9 / 6)


def test_a_group_holds_the_risk_itself_net_of_reinsurance():
    """Of 3.2 billion 2/3 are ceded: the group has a third of it, to the fen."""
    ceded = [{"reinsurer": "Re", "share": "2/3"}]

    def signed(held):
        group = {"basis": "park", "name": "n", "net_sum_insured": held}
        body = asked({**FAB, "groups": [group]}, ceded,
                     accumulation_capacity=[{"basis": "park", "most": 1e8}])  # fmt: skip
        return sign_down(body).risk.lines[1]

    assert signed(1066666666.66).bound == "accumulation"
    with pytest.raises(InvalidParameter, match=r"must be >= 1,066,666,666\.67, what this risk"):
        signed(1066666666.65)


@pytest.mark.parametrize(
    ("kinds", "exempt", "breaches"),
    [
        (["rd_loss/chip"], ["rd_loss"], 0),
        (["rd_loss"], ["rd_loss"], 0),
        (["rd_loss/chip"], ["rd_loss/chip"], 0),
        (["rd_loss/chip", "equipment_loss/lab"], ["rd_loss"], 2),
        (["rd_loss"], ["rd_loss/chip"], 2),
        ([], ["rd_loss"], 2),
        (["rd_loss/chip"], ["rd_los"], 2),
    ],
)
def test_exempt_products_are_those_of_every_kind_of_the_risk(kinds, exempt, breaches):
    body = asked({**FAB, "kinds": kinds}, [{"reinsurer": "Re", "share": "0.9"}])
    found = sign_down({**body, "rules": {"exempt_products": exempt}})
    assert len(found.cession_breaches) == breaches


@pytest.mark.parametrize(
    ("kinds", "licence", "writes", "pointer", "told"),
    [
        (["banana"], ["rd_loss"], "rd_loss", "/risk/kinds/0", "'banana'"),
        (["rd_loss/chop"], ["rd_loss"], "rd_loss", "/risk/kinds/0", "'rd_loss/chip'"),
        (["rd_loss"], ["rd_loss", "rd_los"], "rd_loss", "/pool/members/1/licence/1", "'rd_loss'"),
        (["rd_loss"], ["rd_loss"], "rd_lossy", "/pool/members/1/appetite/0/writes", "'rd_loss'"),
    ],
)
def test_kinds_that_do_not_exist_are_refused_where_they_are_known(
    kinds, licence, writes, pointer, told
):
    body = asked({**FAB, "kinds": kinds}, licence=licence, appetite=[{"writes": writes}])
    sign_down(body)
    with pytest.raises(InvalidParameter) as refused:
        sign_down(body, shipped().kinds)
    (fault,) = refused.value.faults
    assert fault.pointer == pointer
    assert fault.field == pointer.rstrip("/0123456789").rpartition("/")[2]
    assert told in str(fault)


def test_kinds_that_exist_are_taken():
    body = asked({**FAB, "kinds": ["rd_loss/chip"]}, licence=["rd_loss"])
    assert sign_down(body, shipped().kinds) == sign_down(body)


@pytest.mark.parametrize(
    ("share", "excess"),
    [("0.80000000001", "0.000000001%"), ("0.81", "1.00%"), ("0.85", "5.00%"),
     ("0.80001", "0.001%"), ("0.812345678", "1.24%"), ("0.8000123", "0.002%")],
)  # fmt: skip
def test_the_cure_says_how_much_to_place(share, excess):
    found = sign_down(asked(reinsurance=[{"reinsurer": "Re", "share": share}]))
    cure = f"place {excess} of the risk unit to another reinsurer, or keep it"
    assert {one.cure for one in found.cession_breaches} == {cure}
