"""Rounding and exact allocation of money; Chinese texts in GB 18030-2022 (family f9)."""

from fractions import Fraction

from techinsure.bordereau import encodings
from techinsure.money import exact, read_amount, rounded, split, to_minor
from tests.reference.cases import assert_listed, load

CASES = load("f9_money_text")
COVERED = (
    "round_each_drift", "instalments", "pro_rata_days", "wan_parse", "balance",
    "gb18030_2022_changed", "gb18030_python_edition", "gb18030_round_trip", "gb18030_sniff",
)  # fmt: skip


def inputs_and_expected(case):
    return CASES[case]["inputs"], CASES[case]["expected"]


def test_every_case_is_accounted_for():
    assert_listed(CASES, COVERED, ())


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


def character(code_point):
    return chr(int(code_point.removeprefix("U+"), 16))


def test_gb18030_2022_changed():
    given, expected = inputs_and_expected("gb18030_2022_changed")
    assert set(given["rows"]) == set(expected["decode_2022"])
    for written, point in expected["decode_2022"].items():
        assert encodings.decode(bytes.fromhex(written), "gb18030") == character(point)
    for point, written in expected["encode_2022"].items():
        assert encodings.encode(character(point), "gb18030") == bytes.fromhex(written)
    for row in expected["rows"]:  # what the old table gave has the code that the new one left
        old = encodings.encode(character(row["code_point_2005"]), "gb18030")
        assert old == bytes.fromhex(row["four_bytes_of_the_new_code_point_in_2005"])


def test_gb18030_python_edition():
    given, expected = inputs_and_expected("gb18030_python_edition")
    for written, point in zip(given["bytes"], expected["edition_2005_and_2022"], strict=True):
        assert encodings.decode(bytes.fromhex(written), "gb18030") == character(point)
        assert encodings.encode(character(point), "gb18030") == bytes.fromhex(written)


def test_gb18030_round_trip():
    given, expected = inputs_and_expected("gb18030_round_trip")
    assert given["texts"] == [row["text"] for row in expected["rows"]]
    for row in expected["rows"]:
        text, written = row["text"], bytes.fromhex(row["gb18030"])
        assert text == "".join(character(point) for point in row["code_points"])
        assert encodings.encode(text, "gb18030") == written
        assert encodings.decode(written, "gb18030") == text
        assert encodings.to_utf8(written).decode() == text
        assert b"".join(encodings.from_utf8(text.encode())) == written


def test_gb18030_sniff():
    given, expected = inputs_and_expected("gb18030_sniff")
    content = bytes.fromhex(given["bytes"])
    assert encodings.decode(content, "utf-8") == expected["as_utf8"]
    assert encodings.decode(content, "gb18030") == expected["as_gb18030"]
    guess = encodings.guess(content)
    assert (guess.encoding, guess.decided, guess.ambiguous) == ("utf-8", "content", True)
