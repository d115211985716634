from dataclasses import replace

import pytest

from techinsure.errors import InvalidParameter
from tests.techinsure.accounts.account_cases import TERMS


def test_due_with_the_account_of_the_quarter():
    """45 days after 30 June and after 31 December."""
    assert TERMS.due_with_account("2026-04-01") == TERMS.due_with_account("2026-06-30")
    assert TERMS.due_with_account("2026-06-30") == "2026-08-14"
    assert TERMS.due_with_account("2026-12-31") == "2027-02-14"


def test_nothing_is_netted_unless_named():
    assert TERMS.netted == ()
    assert replace(TERMS, netted=("interest", "lead_fee")).netted == ("interest", "lead_fee")
    for outside in ("cash", "set_off", "claim_paid", "premium_collected"):
        with pytest.raises(InvalidParameter, match=r"netted\[0\] must be one of"):
            replace(TERMS, netted=(outside,))


def test_all_faults_are_found():
    with pytest.raises(InvalidParameter) as refused:
        replace(
            TERMS, account_days=-1, call_threshold_minor=1.5, call_days=4000, interest_rate="3%",
            day_count="30/360", rounding="up",
        )  # fmt: skip
    assert [fault.field for fault in refused.value.faults] == [
        "account_days", "call_threshold_minor", "call_days", "interest_rate", "day_count",
        "rounding",
    ]  # fmt: skip
