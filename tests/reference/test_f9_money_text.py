"""Rounding and exact allocation of money (family f9; the text cases belong to the bordereau)."""

from fractions import Fraction

from techinsure.money import exact, read_amount, rounded, split, to_minor
from tests.reference.cases import assert_listed, load

CASES = load("f9_money_text")
COVERED = ("round_each_drift", "instalments", "pro_rata_days", "wan_parse", "balance")
LEFT = ("gb18030_2022_changed", "gb18030_python_edition", "gb18030_round_trip", "gb18030_sniff")


def inputs_and_expected(case):
    return CASES[case]["inputs"], CASES[case]["expected"]


def test_every_case_is_accounted_for():
    assert_listed(CASES, COVERED, LEFT)


def test_round_each_drift():
    given, expected = inputs_and_expected("round_each_drift")
    each = Fraction(given["exact_fen_each"])
    assert given["n"] * rounded(each, "half_even") == expected["half_even_each_total"]
    assert given["n"] * rounded(each, "half_up") == expected["half_up_each_total"]
    assert rounded(given["n"] * each, "half_even") == expected["total_then_round"]
    # the same from currency units: half a fen is 0.005 yuan
    assert [to_minor(0.005, "CNY", rule) for rule in ("half_even", "half_up")] == [0, 1]


def test_instalments():
    given, expected = inputs_and_expected("instalments")
    assert split(given["amount"], [Fraction(1)] * given["n"]) == expected["parts"]


def test_pro_rata_days():
    given, expected = inputs_and_expected("pro_rata_days")
    parts = [
        rounded(Fraction(given["annual_fen"] * given["days"], days), "half_even")
        for days in given["basis_days"]
    ]
    assert parts == expected["half_even"]


def test_wan_parse():
    given, expected = inputs_and_expected("wan_parse")
    assert [to_minor(read_amount(text), "CNY") for text in given["texts"]] == expected["fen"]


def test_balance():
    given, expected = inputs_and_expected("balance")
    due = split(given["loss"], [exact(share) for share in given["shares"]])
    share = exact(given["quota_share_0"])
    recovery = rounded(due[0] * share, "half_up")
    assert due == expected["member_due"]
    assert recovery == expected["recovery_0"]
    assert rounded(due[0] * share, "half_even") == expected["alternative_recovery_half_even"]
    assert due[0] - recovery == expected["net_0"]
    postings = [-given["loss"], *due, -recovery, recovery]
    assert sum(postings) == 0
