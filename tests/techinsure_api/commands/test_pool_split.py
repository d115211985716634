"""`techinsure pool split`: a claim and a premium to the fen, both languages, exit codes."""

import json

import pytest

from techinsure.pool.splitting import split_payment
from techinsure_api.routes.settlements import CLAIM, PREMIUM
from tests.techinsure_api.service import changed


def asked(terminal, body, *words):
    return terminal(*words, "pool", "split", "-", stdin=json.dumps(body).encode())


def test_the_json_is_the_answer(terminal):
    said = terminal("pool", "split", "-", "--json", stdin=json.dumps(CLAIM).encode())
    assert said.code == 0, said.err
    assert said.document == split_payment(CLAIM).to_dict()


def test_a_claim_to_the_fen(terminal):
    said = asked(terminal, CLAIM)
    assert said.code == 0, said.err
    for words in ("Claim C-2026-17: 7,300,001.00 CNY", "1,825,000.25", "365,000.05",
                  "-1,460,000.20", "The parts sum to 7,300,001.00",
                  "the balances to 0.00"):  # fmt: skip
        assert words in said.out, words
    assert "lead fee" not in said.out


def test_a_premium_shows_the_fee(terminal):
    said = asked(terminal, PREMIUM)
    for words in ("Premium P-2026-4: 100.00 CNY", "lead fee", "33.34", "-1.00"):
        assert words in said.out, words
    said = asked(terminal, PREMIUM, "--lang", "zh")
    for words in ("保费 P-2026-4：100.00 CNY", "首席费", "应分金额", "余额合计 0.00"):
        assert words in said.out, words


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (changed(CLAIM, "/claim/paid_by", "X"), 3, "field: /claim/paid_by"),
        (changed(CLAIM, "/lines/0/share", "0.9"), 3, "must sum to at most 1"),
        ({}, 3, "must be given, or pool"),
    ],
)
def test_what_is_refused_ends_with_its_code(terminal, body, code, words):
    said = asked(terminal, body)
    assert said.code == code
    assert words in said.err
    assert said.out == ""
