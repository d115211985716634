"""A closed quarter as columns of texts for files: ledger, accounts, statements, what is open.

Headers and accounts in Chinese or English; amounts are exact decimals in currency units.
"""

from techinsure.accounts.bordereaux import CHINESE_ACCOUNTS, Language
from techinsure.accounts.close_report import Close
from techinsure.money import to_units
from techinsure.pool.settlement import Account

HEADERS = {
    "reference": "凭证号", "booked": "记账日期", "value date": "起息日", "due": "到期日",
    "party": "当事方", "counterparty": "对方", "account": "科目", "amount": "金额",
    "currency": "币种", "text": "摘要", "reverses": "冲销凭证号", "follows": "所依凭证号",
    "quarter": "季度", "opening": "期初余额", "closing": "期末余额", "balance": "余额",
    "outstanding": "未决赔款", "IBNR": "已发生未报告", "unearned": "未满期保费",
    "debtor": "债务方", "creditor": "债权方", "open": "未清金额", "days late": "逾期天数",
    "interest so far": "至今利息", "doubtful": "存疑",
}  # fmt: skip
"""Header in English -> in Chinese."""

Columns = dict[str, list[str]]


def ledger_columns(close: Close, language: Language = "zh") -> Columns:
    """Every posting until the end of the quarter, in the order booked."""
    rows = [
        {
            "reference": booking.reference, "booked": booking.booked,
            "value date": booking.value_date, "due": booking.due, "party": one.party,
            "counterparty": one.counterparty, "account": _account(one.account, language),
            "amount": _units(one.amount_minor, close), "currency": close.currency,
            "text": one.text, "follows": booking.follows, "reverses": booking.settlement.reverses,
        }
        for booking in close.ledger.bookings
        for one in booking.settlement.postings
    ]  # fmt: skip
    names = ("reference", "booked", "value date", "due", "party", "counterparty", "account",
             "amount", "currency", "text", "follows", "reverses")  # fmt: skip
    return _columns(names, rows, language)


def accounts_columns(close: Close, language: Language = "zh") -> Columns:
    """A row a party: opening, every account that moved, closing, and the memo."""
    of = close.accounts.accounts
    moved = [name for name in CHINESE_ACCOUNTS if any(name in one.movements_minor for one in of)]
    columns: Columns = {_header("party", language): [one.party for one in of]}

    def put(header: str, amounts: list[int]) -> None:
        columns[header] = [_units(amount, close) for amount in amounts]

    put(_header("opening", language), [one.opening_minor for one in of])
    for name in moved:
        put(_account(name, language), [one.movements_minor.get(name, 0) for one in of])
    put(_header("closing", language), [one.closing_minor for one in of])
    put(_header("outstanding", language), [one.memo.outstanding_minor for one in of])
    put(_header("IBNR", language), [one.memo.ibnr_minor for one in of])
    put(_header("unearned", language), [one.memo.unearned_minor for one in of])
    return columns | {_header("currency", language): [close.currency] * len(of)}


def statement_columns(close: Close, party: str, language: Language = "zh") -> Columns:
    """A party's postings of the quarter between its opening and its closing."""
    own = close.statement(party)
    ends = {"opening": own.opening_minor, "closing": own.closing_minor}
    opening, closing = (
        {"text": _header(name, language), "balance": _units(amount, close),
         "currency": close.currency}
        for name, amount in ends.items()
    )  # fmt: skip
    rows = [
        {
            "booked": line.booked, "value date": line.value_date, "due": line.due,
            "reference": line.reference, "account": _account(line.account, language),
            "counterparty": line.counterparty, "text": line.text,
            "amount": _units(line.amount_minor, close),
            "balance": _units(line.balance_minor, close), "currency": close.currency,
        }
        for line in own.lines
    ]  # fmt: skip
    names = ("booked", "value date", "due", "reference", "account", "counterparty", "text",
             "amount", "balance", "currency")  # fmt: skip
    return _columns(names, [opening, *rows, closing], language)


def items_columns(close: Close, language: Language = "zh") -> Columns:
    """What is open, item by item, how late it is, and whether its debtor has failed."""
    late = {one.item: one for one in close.overdue}
    mark = {"zh": "是", "en": "yes"}[language]
    rows = [
        {
            "debtor": item.debtor, "creditor": item.creditor, "reference": item.reference,
            "account": _account(item.account, language), "due": item.due,
            "open": _units(item.open_minor, close), "currency": item.currency,
            "days late": str(late[item].days) if item in late else "0",
            "interest so far": _units(late[item].interest_minor if item in late else 0, close),
            "doubtful": mark if item.debtor in close.failed else "",
        }
        for item in close.open_items
    ]  # fmt: skip
    names = ("debtor", "creditor", "reference", "account", "due", "open", "currency", "days late",
             "interest so far", "doubtful")  # fmt: skip
    return _columns(names, rows, language)


def _columns(names: tuple[str, ...], rows: list[dict[str, str]], language: Language) -> Columns:
    return {_header(name, language): [row.get(name, "") for row in rows] for name in names}


def _header(name: str, language: Language) -> str:
    return HEADERS[name] if language == "zh" else name


def _account(name: Account, language: Language) -> str:
    return CHINESE_ACCOUNTS[name] if language == "zh" else name.replace("_", " ")


def _units(amount_minor: int, close: Close) -> str:
    return f"{to_units(amount_minor, close.currency):f}"
