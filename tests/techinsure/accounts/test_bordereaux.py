from dataclasses import replace

import pytest

from techinsure import bordereau
from techinsure.accounts.bordereaux import CHINESE_ACCOUNTS, HEADERS, OF_KIND, bordereau_of
from techinsure.accounts.cash_calls import call
from techinsure.accounts.cessions import ShareTreaty, cede_premium
from techinsure.errors import InvalidParameter, NotFound
from techinsure.pool.settlement import ACCOUNTS
from tests.techinsure.accounts.account_cases import EMPTY, FAB, TERMS, a_claim, a_premium, day

RARE = replace(FAB, policy="007", insured="=上海𠮷芯㛃限公司")
"""A name of characters that take four bytes of GB 18030, and that a spreadsheet would run."""

BOOK = EMPTY.book(
    a_premium(100000, subject=RARE),
    cede_premium(
        a_premium(100000, subject=RARE),
        ShareTreaty(name="Q", reinsurer="R", members=("B",), share="1/2", commission="0.3"),
        "P/Q", TERMS, day("2026-02-11"),
    ),
    a_claim(730000100, subject=RARE),
)  # fmt: skip
BOOK = BOOK.book(call(BOOK, "C", "K", TERMS, day("2026-04-01")))


def columns(kind, party="B", quarter="2026Q2", language="en"):
    return bordereau_of(BOOK, party, quarter, kind, language)


def test_a_claim_bordereau_of_a_member():
    """Its share, and the call beside what it takes off the account: owed once."""
    found = columns("claims")
    assert found["account"] == ["claim share", "set off", "cash call"]
    assert found["amount"] == ["-2190000.30", "2190000.30", "-2190000.30"]
    assert found["whole amount"] == ["7300001.00", "", ""]
    assert found["due"] == ["2026-08-14", "2026-04-16", "2026-04-16"]
    assert set(found["loss date"]) == {"2026-03-02"}
    assert set(found["class"]) == {"Cyber"}


def test_premium_and_cession_bordereaux():
    premium = columns("premium", quarter="2026Q1", language="zh")
    assert premium["科目"] == ["保费分摊", "首席费"]
    assert premium["金额"] == ["300.00", "-9.00"]
    assert premium["全额"] == ["-1000.00", "-1000.00"]
    assert premium["险类"] == ["网络安全保险"] * 2
    cession = columns("cession", party="R", quarter="2026Q1")
    assert cession["account"] == ["ceded premium", "ceding commission"]
    assert cession["amount"] == ["150.00", "-45.00"]
    assert columns("cession") == {name: [] for name in HEADERS}


def test_a_reversal_names_what_it_cancels():
    book = EMPTY.book(a_claim(100)).reverse("C", "C/R", "2026-04-02")
    found = bordereau_of(book, "B", "2026Q2", "claims", "en")
    assert (found["reverses"], found["amount"]) == (["", "C"], ["-0.30", "0.30"])


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("b.csv", "utf-8-sig"), ("b.csv", "gb18030"), ("b.xlsx", "utf-8"), ("b.parquet", "utf-8")],
)
def test_the_file_holds_the_same_texts_and_nothing_runs(tmp_path, name, encoding):
    sent = columns("claims", language="zh")
    bordereau.write(bordereau.Sheet.of(sent), tmp_path / name, encoding=encoding)
    mapping = {header: header for header in sent}
    got = bordereau.read(tmp_path / name, mapping=mapping)
    assert {header: list(got.columns[header]) for header in sent} == sent
    if name == "b.csv":
        text = (tmp_path / name).read_bytes().decode(encoding)
        assert '"\'=上海𠮷芯㛃限公司"' in text
        assert '"=' not in text
        assert '"-2190000.30"' in text


def test_every_account_has_its_words_and_its_place():
    assert set(CHINESE_ACCOUNTS) == set(ACCOUNTS)
    assert len(set(CHINESE_ACCOUNTS.values())) == len(ACCOUNTS)
    told = [account for accounts in OF_KIND.values() for account in accounts]
    financial = {"interest", "net_balance", "set_off", "cash"}
    assert sorted(told) == sorted(set(ACCOUNTS) - financial)


def test_what_is_refused():
    with pytest.raises(NotFound, match="party 'Z' is not known"):
        columns("claims", party="Z")
    with pytest.raises(InvalidParameter, match="kind must be one of premium, claims, cession"):
        columns("claim")
    with pytest.raises(InvalidParameter, match="language must be one of"):
        columns("claims", language="fr")
