from dataclasses import replace

from techinsure.accounts.class_summary import class_summary, summary_columns
from techinsure.accounts.technical_bookings import SharedAmount, book_shared
from tests.techinsure.accounts.account_cases import (
    EMPTY,
    FAB,
    LINES,
    TERMS,
    a_claim,
    a_premium,
    day,
)

TOOL = replace(FAB, policy="Q", class_code="key_rd_equipment")
HOUSE = replace(FAB, policy="P", class_code="other")


def figures(book, quarter="2026Q2"):
    return {
        one.kind.code: (one.policies, one.premium_minor, one.claims_minor, one.recoveries_minor)
        for one in class_summary(book, quarter)
        if one.policies or one.premium_minor or one.claims_minor or one.recoveries_minor
    }


def april(amount, reference, **other):
    return a_premium(amount, reference=reference, booked="2026-04-01", **other)


def book():
    recovery = SharedAmount(
        kind="recovery", reference="R", amount_minor=30, currency="CNY", held_by="A"
    )
    return EMPTY.book(
        a_premium(7, reference="before"),
        april(1000, "P1"), april(500, "P2"), april(300, "P3", subject=TOOL),
        april(200, "P4", subject=HOUSE), a_claim(90, reference="C1"),
        a_claim(60, reference="C2", subject=TOOL),
        book_shared(recovery, TOOL, "2026-03-02", LINES, TERMS, day("2026-04-01")),
    )  # fmt: skip


def test_kinds_by_hand():
    """Two instalments of one policy are one policy; a bundle has a kind a cover."""
    assert figures(book()) == {
        "cyber": (1, 1500, 90, 0), "key_rd_equipment": (1, 300, 60, 30), "other": (1, 200, 0, 0)
    }  # fmt: skip
    assert figures(book(), "2026Q1") == {"cyber": (1, 7, 0, 0)}


def test_all_kinds_are_listed_and_sum_to_the_book():
    found = class_summary(book(), "2026Q2")
    assert (len(found), found[-1].kind.code) == (17, "other")
    assert sum(one.premium_minor for one in found) == 2000
    assert sum(one.claims_minor for one in found) == 150


def test_what_was_reversed_is_not_counted():
    after = book().reverse("P3", "P3/R", "2026-06-30").reverse("C2", "C2/R", "2026-06-30")
    assert figures(after)["key_rd_equipment"] == (0, 0, 0, 30)


def test_columns_for_a_file():
    columns = summary_columns(class_summary(book(), "2026Q2"))
    row = {name: cells[2] for name, cells in columns.items()}
    assert row == {
        "险类": "关键研发设备保险", "代码": "key_rd_equipment", "保单件数": "1", "保费": "3.00",
        "已决赔款": "0.60", "追偿款": "0.30", "币种": "CNY",
    }  # fmt: skip
