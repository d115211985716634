import pytest

from techinsure import bordereau
from techinsure.accounts.bordereaux import bordereau_of
from techinsure.accounts.closing import close
from techinsure.accounts.sample import sample
from techinsure.accounts.sheets import (
    HEADERS,
    accounts_columns,
    items_columns,
    ledger_columns,
    statement_columns,
)
from tests.reference.cases import load
from tests.techinsure.accounts.closing_cases import claim, document, event

QUARTER = close(sample())


def test_a_statement_runs_from_opening_to_closing():
    found = statement_columns(QUARTER, "鹭岛保险", "en")
    assert (found["text"][0], found["balance"][0]) == ("opening", "0.00")
    assert (found["text"][-1], found["balance"][-1]) == ("closing", "424312.00")
    assert found["balance"][-2] == "424312.00"
    assert found["account"][1] == "treaty premium"
    assert statement_columns(QUARTER, "鹭岛保险")["科目"][1] == "共保体分保费"


def test_accounts_and_ledger_hold_the_whole_book():
    accounts = accounts_columns(QUARTER, "en")
    assert sum(float(amount) for amount in accounts["closing"]) == pytest.approx(0, abs=1e-6)
    assert accounts["vat due"][0] == "-180000.00"
    ledger = ledger_columns(QUARTER, "en")
    assert len(ledger["amount"]) == sum(
        len(one.settlement.postings) for one in QUARTER.ledger.bookings
    )
    assert ledger["reverses"].count("PR-1") == 23


def test_items_say_what_is_late_and_doubtful():
    late = items_columns(QUARTER, "en")
    assert late["days late"][0] == "34"
    assert late["interest so far"][:2] == ["1666.00", "0.00"]
    failed = close(document(claim(1000), event("default", "D", member="B")))
    assert items_columns(failed, "en")["doubtful"] == ["yes", ""]
    assert items_columns(failed)["存疑"] == ["是", ""]


def test_every_header_has_its_word():
    assert len(set(HEADERS.values())) == len(HEADERS)


CHANGED = load("f9_money_text")["gb18030_2022_changed"]["expected"]["decode_2022"]
EDITIONS = load("f9_money_text")["gb18030_python_edition"]["expected"]["edition_2005_and_2022"]


def character(point):
    return chr(int(point.removeprefix("U+"), 16))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("before", ["", "=", "+", "-", "@"])
def test_a_bordereau_holds_every_changed_code_and_runs_no_formula(tmp_path, encoding, before):
    """The codes that changed in GB 18030-2022, in one name, behind what a spreadsheet would run."""
    points = [*CHANGED.values(), *EDITIONS]
    assert len(set(points)) >= 19
    name = before + "".join(dict.fromkeys(map(character, points)))
    whole = sample()
    whole["policies"][0]["insured"] = name
    ledger = close(whole).ledger
    sent = bordereau_of(ledger, "北辰保险", "2026Q2", "claims")
    file = tmp_path / "b.csv"
    bordereau.write(bordereau.Sheet.of(sent), file, encoding=encoding)
    got = bordereau.read(file, encoding=encoding, mapping={header: header for header in sent})
    assert list(got.columns["被保险人"]) == sent["被保险人"] == [name] * len(sent["被保险人"])
    inside = file.read_bytes()
    assert b'"=' not in inside
    assert b'"+' not in inside
    assert b'"@' not in inside


def test_amounts_of_a_currency_without_cents():
    yen = {**document(claim(1000)), "quarter": "2026Q2"}
    yen["pool"] = {**yen["pool"], "currency": "JPY"}
    assert ledger_columns(close(yen), "en")["amount"][0] == "1000"
