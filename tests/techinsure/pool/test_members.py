import pytest

from techinsure.errors import InvalidParameter
from techinsure.pool.default_terms import Several
from techinsure.pool.members import LegalLimits, Member, Pool
from techinsure.reading import read


def member(name="A", written="1/2", **other):
    return Member(name=name, written=written, capital_and_reserves=1e9, **other)


def test_a_pool_is_read_with_its_defaults():
    pool = read(
        Pool,
        {
            "name": "chips",
            "currency": "CNY",
            "members": [
                {"name": "A", "written": "0.6", "capital_and_reserves": 1e9, "lead": True},
                {"name": "B", "written": "4/15", "capital_and_reserves": 5e8, "minimum": "0.1"},
            ],
        },
    )
    assert (pool.kind, pool.order, pool.lead_fee) == ("co_insurance", "1", 0.03)
    assert pool.in_default == Several()
    assert pool.lead.name == "A"
    assert pool.member("B").written == "4/15"
    assert pool.limits == LegalLimits()
    assert (pool.limits.single_risk_share, pool.limits.premium_multiple) == (0.10, 4.0)
    assert "保险法" in pool.limits.source


@pytest.mark.parametrize("leads", [(False, False), (True, True)])
def test_a_pool_has_exactly_one_lead(leads):
    members = tuple(member(name, lead=lead) for name, lead in zip("AB", leads, strict=True))
    with pytest.raises(InvalidParameter, match="must have exactly one lead"):
        Pool(name="chips", currency="CNY", members=members)


def test_a_pool_has_1_to_64_members_of_different_names():
    with pytest.raises(InvalidParameter, match="must have 1 to 64 members"):
        Pool(name="chips", currency="CNY", members=())
    many = tuple(member(str(k), lead=k == 0) for k in range(65))
    with pytest.raises(InvalidParameter, match="must have 1 to 64 members, got 65"):
        Pool(name="chips", currency="CNY", members=many)
    assert len(Pool(name="chips", currency="CNY", members=many[:64]).members) == 64
    with pytest.raises(InvalidParameter, match=r"members\[1\].name must be unique, got 'A'"):
        Pool(name="chips", currency="CNY", members=(member(lead=True), member()))


def test_somebody_writes_a_line():
    with pytest.raises(InvalidParameter, match=r"must write a line > 0.*such as 1/18"):
        Pool(name="chips", currency="CNY", members=(member(written="0", lead=True),))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"written": 0.5}, "written must be an exact share as text, got 0.5"),
        ({"written": "50%"}, "written must be a fraction such as 1/18 or 0.05"),
        ({"written": "-1/18"}, "written must be a fraction such as 1/18 or 0.05"),
        ({"written": "０.５"}, "written must be a fraction"),
        ({"written": "١/٢"}, "written must be a fraction"),
        ({"written": "1/0"}, "written must not divide by zero"),
        ({"written": "1/2", "minimum": "0.6"}, "minimum must be <= the written line 1/2"),
        ({"name": "unplaced"}, "name must not be the name of a party outside the pool"),
        ({"name": "State "}, "name must not be the name of a party outside the pool"),
        ({"lead": 1}, "lead must be true or false"),
    ],
)
def test_members_that_make_no_sense_are_refused(fields, message):
    with pytest.raises(InvalidParameter, match=message):
        member(**fields)


def test_all_faults_of_a_pool_are_found():
    with pytest.raises(InvalidParameter) as refused:
        Pool(
            name="", currency="RMB", members=(member(),), order="0", lead_fee=3, agreement="a\x00b"
        )
    found = [fault.field for fault in refused.value.faults]
    assert found == ["name", "currency", "members", "order", "lead_fee", "agreement"]


def test_a_member_fault_has_its_place():
    body = {
        "name": "chips",
        "currency": "CNY",
        "members": [{"name": "A", "written": "1.2.3", "capital_and_reserves": 0.0}],
    }
    with pytest.raises(InvalidParameter) as refused:
        read(Pool, body)
    assert refused.value.faults[0].pointer == "/members/0/written"
    body["members"][0]["written"] = "1/2"
    with pytest.raises(InvalidParameter) as refused:
        read(Pool, body)
    assert [fault.pointer for fault in refused.value.faults] == ["/members/0/capital_and_reserves"]


def test_a_legal_limit_has_a_source_and_a_date():
    with pytest.raises(InvalidParameter) as refused:
        LegalLimits(single_risk_share=10, source="", as_of="2021")
    assert [fault.field for fault in refused.value.faults] == [
        "single_risk_share", "source", "as_of",
    ]  # fmt: skip


def test_what_a_member_may_carry_is_read_and_changes_no_digest_where_it_is_not_said():
    from techinsure.receipt import digest, plain

    bare = Member(name="A", written="1", capital_and_reserves=1e9)
    assert not {"licence", "appetite", "capacity_per_risk", "accumulation_capacity"} & {
        *plain(bare)
    }
    said = read(
        Member,
        {
            "name": "A", "written": "1", "capital_and_reserves": 1e9, "licence": ["rd_loss"],
            "appetite": [{"writes": "rd_loss/chip", "maximum": "0.05"}], "capacity_per_risk": 1e7,
            "accumulation_capacity": [{"basis": "park", "most": 2e7}],
        },
    )  # fmt: skip
    assert said.appetite[0].maximum == "0.05"
    assert digest(said) != digest(bare)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"licence": ()}, "licence must have at least 1 entries"),
        ({"appetite": ()}, "appetite must name at least one kind of risk"),
        ({"capacity_per_risk": 0.0}, "capacity_per_risk must be > 0"),
    ],
)
def test_capacities_that_say_nothing_are_refused(given, words):
    with pytest.raises(InvalidParameter, match=words):
        Member(name="A", written="1", capital_and_reserves=1e9, **given)


def test_an_appetite_is_named_once():
    twice = [{"writes": "rd_loss"}, {"writes": "rd_loss", "maximum": "0.1"}]
    with pytest.raises(InvalidParameter) as refused:
        read(Member, {"name": "A", "written": "1", "capital_and_reserves": 1.0, "appetite": twice})
    assert refused.value.faults[0].pointer == "/appetite/1/writes"
