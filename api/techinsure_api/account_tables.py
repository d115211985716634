"""A closed quarter for people."""

from collections.abc import Iterator

from techinsure.accounts.bordereaux import CHINESE_ACCOUNTS
from techinsure.accounts.close_report import Close
from techinsure.accounts.open_items import OpenItem
from techinsure.accounts.quarterly import PartyAccount
from techinsure.money import to_units
from techinsure.pool.settlement import Account
from techinsure_api.terminal import table
from techinsure_api.words import by_language, language, retell, tell

MOST_PAIRS = 20

PREMIUM: tuple[Account, ...] = (
    "premium_collected", "premium_share", "lead_fee", "commission_paid", "commission_share",
    "portfolio_transfer",
)  # fmt: skip
CLAIMS: tuple[Account, ...] = (
    "claim_paid", "claim_share", "recovery_received", "recovery_share", "default_cover",
    "subrogation", "fund_refill",
)  # fmt: skip
REINSURANCE: tuple[Account, ...] = (
    "ceded_premium", "ceding_commission", "ceded_claim", "treaty_premium",
    "reinstatement_premium", "treaty_recovery",
)  # fmt: skip
TAX: tuple[Account, ...] = ("vat_collected", "vat_share", "vat_due", "surcharge_due")
PAID: tuple[Account, ...] = ("cash", "cash_call", "set_off", "net_balance", "interest")
"""A call or a netting moves nobody's balance, so its accounts stand together with the cash."""


def shown(close: Close) -> list[object]:
    """The quarter: accounts, what moved them, calls, overdue, doubtful, open, netting, classes and
    the sums checked."""
    return [
        *_accounts(close), *_calls(close), *_late(close), *_open(close), *_netting(close),
        *_classes(close), *_checks(close),
    ]  # fmt: skip


def _accounts(close: Close) -> Iterator[object]:
    of = close.accounts.accounts
    title = tell("{pool}: accounts of {quarter}, {unit}; + is owed to the party, - by it",
                 pool=close.pool, quarter=close.quarter, unit=close.currency)  # fmt: skip
    yield table(
        title,
        (tell("party"), f">{tell('opening')}", f">{tell('movements')}", f">{tell('closing')}",
         f">{tell('outstanding')}", f">{tell('unearned')}"),
        [
            (_party(one.party, close), _sum(one.opening_minor, close),
             _sum(one.closing_minor - one.opening_minor, close), _sum(one.closing_minor, close),
             _sum(one.memo.outstanding_minor + one.memo.ibnr_minor, close),
             _sum(one.memo.unearned_minor, close))
            for one in of
        ],
    )  # fmt: skip
    groups = (PREMIUM, CLAIMS, REINSURANCE, TAX, PAID)
    yield table(
        tell("What moved them"),
        (tell("party"), f">{tell('premium, fees')}", f">{tell('claims')}",
         f">{tell('reinsurance')}", f">{tell('tax')}", f">{tell('cash, interest')}"),
        [
            (_party(one.party, close), *(_sum(_of(one, group), close) for group in groups))
            for one in of
        ],
    )  # fmt: skip


def _of(account: PartyAccount, group: tuple[Account, ...]) -> int:
    return sum(account.movements_minor.get(name, 0) for name in group)


def _calls(close: Close) -> Iterator[object]:
    if close.calls:
        yield table(
            tell("Cash calls"),
            (tell("debtor"), tell("call"), tell("due"), f">{tell('called')}", f">{tell('open')}",
             f">{tell('days late')}", f">{tell('interest so far')}"),
            [
                (_party(one.debtor, close), one.reference, one.due, _sum(one.called_minor, close),
                 _sum(one.open_minor, close), str(one.days) if one.days else "-",
                 _sum(one.interest_minor, close))
                for one in close.calls
            ],
        )  # fmt: skip


def _late(close: Close) -> Iterator[object]:
    if close.overdue:
        yield table(
            tell("Overdue on {day}; interest is posted when it is paid", day=close.as_of),
            (tell("debtor"), tell("creditor"), tell("account"), tell("of booking"), tell("due"),
             f">{tell('open')}", f">{tell('days late')}", f">{tell('interest')}"),
            [
                (_party(one.item.debtor, close), retell(one.item.creditor),
                 account_name(one.item.account), one.item.reference, one.item.due,
                 _sum(one.item.open_minor, close), str(one.days), _sum(one.interest_minor, close))
                for one in close.overdue
            ],
        )  # fmt: skip
    else:
        yield tell("Nothing is overdue on {day}.", day=close.as_of)
    if close.failed:
        total = sum(item.open_minor for item in close.doubtful)
        yield tell("Failed: {names}; {amount} {unit} of what they owe is open and doubtful",
                   names=", ".join(close.failed), amount=_sum(total, close),
                   unit=close.currency)  # fmt: skip


def _open(close: Close) -> Iterator[object]:
    """Pair by pair, the largest first."""
    pairs: dict[tuple[str, str], list[OpenItem]] = {}
    for item in close.open_items:
        pairs.setdefault((item.debtor, item.creditor), []).append(item)
    ranked = sorted(pairs.items(), key=lambda pair: -sum(one.open_minor for one in pair[1]))
    if not ranked:
        yield tell("Nothing is open.")
        return
    yield table(
        tell("Open on {day}: {n} items, {amount} {unit}", day=close.as_of,
             n=len(close.open_items), unit=close.currency,
             amount=_sum(sum(one.open_minor for one in close.open_items), close)),
        (tell("debtor"), tell("creditor"), f">{tell('open')}", f">{tell('items')}",
         tell("first due"), tell("for")),
        [
            (_party(debtor, close), retell(creditor),
             _sum(sum(one.open_minor for one in items), close), str(len(items)),
             min(one.due for one in items),
             ", ".join(dict.fromkeys(account_name(one.account) for one in items)))
            for (debtor, creditor), items in ranked[:MOST_PAIRS]
        ],
    )  # fmt: skip
    more = len(ranked) - MOST_PAIRS
    if more > 0:
        yield tell("and {n} smaller pairs: --out DIR writes every item", n=more)


def _netting(close: Close) -> Iterator[object]:
    if close.netting is None:
        yield tell("The agreement nets nothing.")
    elif close.netting.items:
        yield table(
            tell("Netting proposal: {gross} {unit} open, items: {n}, transfers: {few}",
                 n=len(close.netting.items), gross=_sum(close.netting.gross_minor, close),
                 unit=close.currency, few=len(close.netting.transfers)),
            (tell("debtor"), tell("creditor"), f">{tell('to be paid')}"),
            [(retell(one.debtor), retell(one.creditor), _sum(one.amount_minor, close))
             for one in close.netting.transfers],
        )  # fmt: skip


def _classes(close: Close) -> Iterator[object]:
    busy = [
        one for one in close.classes
        if one.policies or one.premium_minor or one.claims_minor or one.recoveries_minor
    ]  # fmt: skip
    if busy:
        yield table(
            tell("By kind of technology insurance; the other kinds of the 16 have no business"),
            (tell("kind"), f">{tell('policies')}", f">{tell('premium written')}",
             f">{tell('claims paid')}", f">{tell('recoveries')}"),
            [
                (by_language({"en": one.kind.en, "zh": one.kind.zh}), str(one.policies),
                 _sum(one.premium_minor, close), _sum(one.claims_minor, close),
                 _sum(one.recoveries_minor, close))
                for one in busy
            ],
        )  # fmt: skip


def _checks(close: Close) -> Iterator[object]:
    yield table(
        tell("Sums checked"),
        (tell("sum of"), f">{tell('amounts')}", f">{tell('comes to')}"),
        [(retell(one.name), str(one.terms), str(one.sum_minor))
         for one in close.checks if one.terms],
    )  # fmt: skip
    bookings = close.ledger.bookings
    yield tell("{n} bookings until {day}, document {digest}", n=len(bookings), day=close.as_of,
               digest=close.digest[:12])  # fmt: skip


def account_name(name: Account) -> str:
    """An account as people call it, in the reader's language."""
    return CHINESE_ACCOUNTS[name] if language.get() == "zh" else name.replace("_", " ")


def _party(name: str, close: Close) -> str:
    return f"{retell(name)} †" if name in close.failed else retell(name)


def _sum(amount_minor: int, close: Close) -> str:
    return f"{to_units(amount_minor, close.currency):,f}" if amount_minor else "-"
