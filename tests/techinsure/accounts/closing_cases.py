"""A document of a small pool, for the tests of closing."""

MEMBERS = [
    {"name": "A", "written": "1/2", "capital_and_reserves": 1e9, "lead": True},
    {"name": "B", "written": "0.3", "capital_and_reserves": 1e9},
    {"name": "C", "written": "0.2", "capital_and_reserves": 1e9},
]
TERMS = {
    "account_days": 45, "call_threshold_minor": "1000000", "call_days": 15,
    "interest_rate": "0.0365", "day_count": "actual/365 fixed",
    "member_cessions": "gross",
}  # fmt: skip
POLICIES = [
    {"policy": "P", "insured": "Lan Chip", "class_code": "cyber", "inception": "2026-02-01"},
    {"policy": "2", "insured": "Lan Chip", "class_code": "cyber", "inception": "2026-02-01"},
    {"policy": "2", "insured": "Lan Chip", "class_code": "rd_expense_loss",
     "inception": "2026-02-01"},
]  # fmt: skip
XL = {
    "name": "XL", "reinsurers": {"R": "1"}, "starts": "2026-01-01", "ends": "2026-12-31",
    "treaty": {"kind": "excess_of_loss", "basis": "event", "attachment": 1000.0, "limit": 500.0,
               "premium": 100.0},
}  # fmt: skip
SHARE = {"name": "Q", "reinsurer": "S", "members": ["B"], "share": "1/2", "commission": "0.3"}


def event(kind, reference, booked="2026-04-10", **other):
    return {"kind": kind, "reference": reference, "booked": booked, **other}


def claim(amount, reference="CL", booked="2026-04-10", **other):
    about = {"policy": "P", "loss_date": "2026-03-02", "paid_by": "A"} | other
    return event("claim", reference, booked, amount_minor=str(amount), **about)


def premium(amount, reference="PR", booked="2026-04-10", **other):
    about = {"policy": "P", "collected_by": "A"} | other
    return event("premium", reference, booked, amount_minor=str(amount), **about)


def document(*events, **other):
    return {
        "quarter": "2026Q2", "starts": "2026-01-01", "on_change": "clean_cut",
        "pool": {"name": "pool", "currency": "CNY", "members": MEMBERS, "lead_fee": 0.03},
        "terms": TERMS, "policies": POLICIES, "member_treaties": [SHARE], "pool_treaties": [XL],
        "tax": "shipped", "events": list(events),
    } | other  # fmt: skip
