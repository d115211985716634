"""Eight quarters of a pool that changes, errs and pays late: whatever happens, nothing is lost and
nothing is created, and all that is sent out comes out of the book again."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from techinsure.accounts.bordereaux import OF_KIND, bordereau_of
from techinsure.accounts.cash_calls import call
from techinsure.accounts.cessions import ShareTreaty, cede_claim
from techinsure.accounts.defaults import COVERED, cover_default, doubtful
from techinsure.accounts.lines_in_force import LinesInForce
from techinsure.accounts.netting import book_netting, propose_netting
from techinsure.accounts.open_items import open_items
from techinsure.accounts.payments import late_interest, pay
from techinsure.accounts.pool_treaties import PoolTreaty, recover
from techinsure.accounts.quarterly import quarterly_accounts
from techinsure.accounts.quarters import days_after, last_day, quarter_of
from techinsure.accounts.statements import statement
from techinsure.accounts.taxes import book_tax, shipped_rates
from techinsure.accounts.technical_bookings import (
    SharedAmount,
    book_portfolio_transfer,
    book_shared,
)
from techinsure.errors import InvalidParameter, Refused
from techinsure.money import Owed
from techinsure.pool.default_terms import GuaranteeFund, Joint, Several
from techinsure.reinsurance.excess_of_loss import ExcessOfLoss
from tests.techinsure.accounts.account_cases import (
    EMPTY,
    FAB,
    TERMS,
    a_claim,
    a_premium,
    day,
    pool_of,
)

QUARTERS = [f"{year}Q{quarter}" for year in (2026, 2027) for quarter in (1, 2, 3, 4)]
END = last_day(QUARTERS[-1])
NETS = replace(TERMS, netted=("claim_share", "cash_call", "interest", "ceded_claim"))
amounts = st.builds(
    lambda digits, zeros: digits * 10**zeros + 7, st.integers(1, 999), st.integers(0, 8)
)
percents = st.lists(st.integers(1, 30), min_size=2, max_size=5)
any_of = st.integers(0, 1000)
CONTRACTS = [
    Several(),
    Joint(),
    GuaranteeFund(size=5e4),
    GuaranteeFund(size=9e9, refilled_by="state"),
]
LAYER = PoolTreaty(
    name="XL", reinsurers={"R": "2/3", "S": "1/3"}, starts="2025-01-01", ends="2027-12-31",
    treaty=ExcessOfLoss(basis="event", attachment=1e3, limit=1e5, premium=1e4,
                        reinstatement_rates=(1.0, 0.5)),
)  # fmt: skip


def company(percents, lead, contract=None):
    names = "ABCDEFG"[lead : lead + len(percents)]
    written = {name: f"{percent}/100" for name, percent in zip(names, percents, strict=True)}
    return replace(pool_of(lead=names[0], **written), default_terms=contract)


class PoolOverTime(RuleBasedStateMachine):
    @initialize(
        percents=percents,
        on_change=st.sampled_from(["clean_cut", "run_off"]),
        contract=st.sampled_from(CONTRACTS),
    )
    def begin(self, percents, on_change, contract):
        self.contract, self.failed = contract, []
        self.lines = LinesInForce.of(company(percents, 0, contract), "2026-01-01", on_change)
        self.today, self.book, self.n = "2026-01-05", EMPTY, 0
        self.live = {"claim_paid": {}, "premium_collected": {}, "recovery_received": {}}

    def named(self, kind):
        """A new reference, some days later."""
        self.n += 1
        self.today = min(END, days_after(self.today, self.n % 20))
        return f"{kind}-{self.n}"

    def about(self, inception):
        return {
            "subject": replace(FAB, inception=inception), "lines": self.lines, "terms": TERMS,
            "booked": self.today,
        }  # fmt: skip

    def member(self, which):
        names = self.lines.at(self.today).members
        return names[which % len(names)]

    def past_day(self, days):
        return max("2026-01-01", days_after(self.today, -days))

    @rule(days=st.integers(20, 150))
    def time_goes_on(self, days):
        self.today = min(END, days_after(self.today, days))

    @rule(amount=amounts, which=any_of, ago=st.integers(0, 300), back=st.booleans())
    def a_premium_or_refund(self, amount, which, ago, back):
        name, signed = self.named("P"), -amount if back else amount
        about = self.about(self.past_day(ago))
        self.book = self.book.book(
            a_premium(signed, name, effective=self.today, by=self.member(which), **about)
        )
        self.live["premium_collected"][name] = -signed
        if which % 2:
            when = day(self.today)
            tax = book_tax(
                self.book.find(name), shipped_rates(), self.today, f"{name}/T", self.lines, TERMS,
                when,
            )  # fmt: skip
            self.book = self.book.book(tax)

    @rule(amount=amounts, which=any_of, ago=st.integers(0, 300), before=st.integers(0, 300))
    def a_claim_is_paid(self, amount, which, ago, before):
        name = self.named("C")
        about = self.about(self.past_day(ago + before))
        loss = self.past_day(ago)
        claim = a_claim(amount, name, loss=loss, by=self.member(which), **about)
        self.book = self.book.book(claim)
        self.live["claim_paid"][name] = amount
        treaty = ShareTreaty(name="Q", reinsurer="R", members=claim.parties[1:3], share="1/3")
        if which % 2 and len(claim.parties) > 1:
            booked = day(self.today)
            self.book = self.book.book(cede_claim(claim, treaty, f"{name}/Q", TERMS, booked))
        if which % 3:
            try:
                self.book = self.book.book(
                    call(self.book, name, f"{name}/K", TERMS, day(self.today))
                )
            except Refused:
                is_due_anyway = claim.due <= days_after(self.today, TERMS.call_days)
                assert amount <= TERMS.call_threshold_minor or is_due_anyway

    @precondition(lambda self: self.live["claim_paid"])
    @rule(which=any_of)
    def a_treaty_pays(self, which):
        losses = list(self.live["claim_paid"])
        loss, name = losses[which % len(losses)], self.named("L")
        try:
            self.book = self.book.book(
                recover(self.book, LAYER, [loss], name, self.lines, TERMS, day(self.today))
            )
        except Refused as refusal:
            assert "owes nothing more" in str(refusal)  # noqa: PT017

    @rule(which=any_of)
    def a_member_fails(self, which):
        member = self.member(which)
        name, before = self.named("D"), self.book.balances()
        cover = cover_default(
            self.book, member, self.failed, name, self.lines, TERMS, day(self.today)
        )
        self.failed = list(dict.fromkeys([*self.failed, member]))
        if cover is None:
            return
        owed = sum(one.open_minor for one in self.owed_of_claims(member))
        self.book = self.book.book(cover)
        left = sum(one.open_minor for one in self.owed_of_claims(member))
        taken = sum(
            -one.amount_minor for one in cover.settlement.postings
            if one.party == member and one.account == "subrogation"
        )  # fmt: skip
        assert owed - left == taken > 0
        refilled = {one.party for one in cover.settlement.postings if one.account == "fund_refill"}
        for party, balance in self.book.balances().items():
            assert party in refilled or balance == before.get(party, 0)

    def owed_of_claims(self, member):
        found = doubtful(self.book, [member], self.today)
        return [one for one in found if one.account in COVERED]

    @rule(amount=amounts, which=any_of, ago=st.integers(0, 300))
    def a_recovery_comes_in(self, amount, which, ago):
        name = self.named("R")
        shared = SharedAmount(
            kind="recovery", reference=name, amount_minor=amount, currency="CNY",
            held_by=self.member(which),
        )  # fmt: skip
        about = self.about(self.past_day(ago))
        about["booked"] = day(self.today)
        self.book = self.book.book(book_shared(shared, effective=self.past_day(ago), **about))
        self.live["recovery_received"][name] = -amount

    @precondition(lambda self: self.lines.periods[-1].starts < self.today)
    @rule(percents=percents, lead=st.integers(0, 2), unearned=amounts)
    def members_join_and_leave(self, percents, lead, unearned):
        self.lines = self.lines.changed(self.today, company(percents, lead, self.contract))
        if self.lines.on_change == "clean_cut":
            owed = Owed(amount_minor=unearned, currency="CNY")
            moved = book_portfolio_transfer(
                f"T-{self.today}", owed, self.today, self.lines, TERMS, day(self.today)
            )
            self.book = self.book.book(moved)

    @precondition(lambda self: open_items(self.book))
    @rule(which=any_of, part=st.integers(1, 4), late=st.integers(-10, 10))
    def one_pays_in_time_or_late(self, which, part, late):
        items = open_items(self.book)
        item = items[which % min(3, len(items))]
        amount = max(1, item.open_minor // part)
        name = self.named("Z")
        booked = day(self.today, days_after(self.today, late))
        payment = pay([item.settled(amount)], name, "CNY", booked)
        interest = late_interest(payment, self.book, TERMS, f"{name}/I")
        self.book = self.book.book(payment, *([interest] if interest else []))

    @rule()
    def what_is_open_is_netted(self):
        name = self.named("N")
        proposal = propose_netting(self.book, NETS, self.today)
        if proposal.items:
            due = days_after(self.today, 30)
            netting = book_netting(proposal, name, "CNY", due, day(self.today))
            before = self.book.balances()
            self.book = self.book.book(netting)
            assert self.book.balances() == before
            assert len(proposal.transfers) < len(proposal.positions)

    @precondition(lambda self: self.book.bookings)
    @rule(which=any_of)
    def a_mistake_is_corrected(self, which):
        wrong = self.book.bookings[which % len(self.book.bookings)].reference
        name = self.named("X")
        try:
            self.book = self.book.reverse(wrong, name, self.today)
        except (InvalidParameter, Refused):
            assert (
                self.book.find(wrong).settlement.reverses
                or self.book.reversal_of(wrong)
                or any(one.rests_on(wrong) for one in self.book.bookings)
            )
            return
        for own in self.live.values():
            own.pop(wrong, None)

    @rule()
    def the_last_quarter_is_closed(self):
        past = [quarter for quarter in QUARTERS if last_day(quarter) < self.today]
        if past and past[-1] > (self.book.closed or ""):
            self.book = self.book.close(past[-1])

    @invariant()
    def all_parties_sum_to_zero(self):
        assert sum(self.book.balances().values()) == 0

    @invariant()
    def what_went_out_and_came_in_is_all_there(self):
        for account, own in self.live.items():
            booked = sum(one.settlement.total(account) for one in self.book.bookings)
            assert booked == sum(own.values())

    @invariant()
    def each_fen_of_a_balance_is_owed_by_somebody_by_name(self):
        expected = dict.fromkeys(self.book.balances(), 0)
        for item in open_items(self.book):
            expected[item.debtor] -= item.open_minor
            expected[item.creditor] += item.open_minor
        assert expected == self.book.balances()

    def teardown(self):
        if not hasattr(self, "book") or not self.book.bookings:
            return
        closing = {}
        for quarter in QUARTERS:
            accounts = quarterly_accounts(self.book, quarter).accounts
            for one in accounts:
                assert one.opening_minor == closing.get(one.party, 0)
                assert statement(self.book, one.party, quarter).account() == one
                closing[one.party] = one.closing_minor
        assert closing == self.book.balances()
        assert quarter_of(self.book.bookings[-1].booked) <= QUARTERS[-1]
        for party in closing:
            for kind in OF_KIND:
                sheet = bordereau_of(self.book, party, "2026Q1", kind)
                assert len({len(cells) for cells in sheet.values()}) == 1


PoolOverTime.TestCase.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
TestPoolOverTime = PoolOverTime.TestCase
