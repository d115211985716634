"""Bordereaux that the pool sends to its members and reinsurers, as columns of texts.

`bordereau.Sheet.of(columns)` and `bordereau.write` make the file. Amounts are exact decimals in
currency units, + owed to the party, - by it.
"""

from typing import Literal

from techinsure.accounts.bookings import Booking
from techinsure.accounts.business_classes import by_code
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.positions import WITH_OTHERS
from techinsure.accounts.quarters import last_day
from techinsure.errors import NotFound
from techinsure.money import to_units
from techinsure.pool.settlement import Account, Posting
from techinsure.quantities import nearest, one_of, require

Kind = Literal["premium", "claims", "cession"]
Language = Literal["en", "zh"]

OF_KIND: dict[Kind, tuple[Account, ...]] = {
    "premium": ("premium_collected", "premium_share", "lead_fee", "commission_paid",
                "commission_share", "portfolio_transfer", "vat_collected", "vat_share", "vat_due",
                "surcharge_due"),
    "claims": ("claim_paid", "claim_share", "recovery_received", "recovery_share", "cash_call",
               "default_cover", "subrogation", "fund_refill"),
    "cession": ("ceded_premium", "ceding_commission", "ceded_claim", "treaty_premium",
                "reinstatement_premium", "treaty_recovery"),
}  # fmt: skip
"""The accounts that a bordereau tells of."""

CHINESE_ACCOUNTS: dict[Account, str] = {
    "claim_paid": "代付赔款", "claim_share": "赔款分摊", "recovery_received": "代收追偿款",
    "recovery_share": "追偿款分摊", "premium_collected": "代收保费", "premium_share": "保费分摊",
    "lead_fee": "首席费", "commission_paid": "代付手续费", "commission_share": "手续费分摊",
    "ceded_premium": "分出保费", "ceding_commission": "分保手续费", "ceded_claim": "摊回赔款",
    "portfolio_transfer": "未满期保费转移", "cash_call": "现金催缴", "interest": "利息",
    "vat_collected": "代收增值税", "vat_share": "增值税分摊", "vat_due": "应交增值税",
    "surcharge_due": "应交附加税费", "treaty_premium": "共保体分保费",
    "reinstatement_premium": "复效保费", "treaty_recovery": "共保体摊回赔款",
    "default_cover": "违约代偿", "subrogation": "代位求偿", "fund_refill": "保障基金补足",
    "net_balance": "轧差余额", "set_off": "抵销", "cash": "收付款",
}  # fmt: skip

HEADERS: dict[str, str] = {
    "reference": "凭证号", "policy": "保单号", "insured": "被保险人", "class": "险类",
    "inception": "起保日期", "loss date": "出险日期", "booked": "记账日期", "value date": "起息日",
    "due": "到期日", "account": "科目", "counterparty": "对方", "currency": "币种",
    "whole amount": "全额", "amount": "金额", "reverses": "冲销凭证号",
}  # fmt: skip


def bordereau_of(
    ledger: Ledger, party: str, quarter: str, kind: Kind, language: Language = "zh"
) -> dict[str, list[str]]:
    """A party's postings of one kind in a quarter, in the order booked, header -> texts. `whole
    amount`: what was paid or collected for all. Cells that say nothing are empty."""
    require("kind", kind, one_of(*OF_KIND))
    require("language", language, one_of("en", "zh"))
    parties = dict.fromkeys(name for one in ledger.bookings for name in one.parties)
    if party not in parties:
        raise NotFound("party", party, parties, nearest(party, parties))
    columns: dict[str, list[str]] = {_header(name, language): [] for name in HEADERS}
    for booking in ledger.until(last_day(quarter)):
        for posting in booking.settlement.postings if booking.quarter == quarter else ():
            if posting.party == party and _is_told(booking, posting, kind):
                for name, cell in _cells(booking, posting, language).items():
                    columns[_header(name, language)].append(cell)
    return columns


def _is_told(booking: Booking, posting: Posting, kind: Kind) -> bool:
    """A called share stands beside its call, so that it does not seem to be owed twice."""
    is_called = kind == "claims" and posting.account == "set_off"
    is_call = any(one.account == "cash_call" for one in booking.settlement.postings)
    return posting.account in OF_KIND[kind] or (is_called and is_call)


def _header(name: str, language: Language) -> str:
    return HEADERS[name] if language == "zh" else name


def _cells(booking: Booking, posting: Posting, language: Language) -> dict[str, str]:
    about = booking.subject
    kind = by_code()[about.class_code] if about else None
    names = {"zh": kind.zh, "en": kind.en} if kind else {"zh": "", "en": ""}
    account = CHINESE_ACCOUNTS[posting.account]
    return {
        "reference": booking.reference,
        "policy": about.policy if about else "",
        "insured": about.insured if about else "",
        "class": names[language],
        "inception": about.inception if about else "",
        "loss date": (about.loss_date or "") if about else "",
        "booked": booking.booked,
        "value date": booking.value_date,
        "due": booking.due,
        "account": account if language == "zh" else posting.account.replace("_", " "),
        "counterparty": posting.counterparty,
        "currency": posting.currency,
        "whole amount": _whole(booking),
        "amount": f"{to_units(posting.amount_minor, posting.currency):f}",
        "reverses": booking.settlement.reverses,
    }


def _whole(booking: Booking) -> str:
    """What passed between the pool and others, or nothing."""
    outside = [one for one in booking.settlement.postings if one.account in WITH_OTHERS]
    if not outside:
        return ""
    return f"{to_units(sum(one.amount_minor for one in outside), outside[0].currency):f}"
