"""`techinsure midterm` and `techinsure renew`: the engine's figures as people read them."""

import json
import re

import pytest

from techinsure.quoting.midterm import midterm
from techinsure.quoting.renewals import renewal
from tests.techinsure_api.routes.test_over_time import CANCELLED, RENEWED
from tests.techinsure_api.service import changed

CHANGED = changed(CANCELLED, "/change", {"name": "20%", "terms": {"deductible": 0.2}})


@pytest.fixture
def file(tmp_path):
    def written(document):
        place = tmp_path / "request.json"
        place.write_text(json.dumps(document), "utf-8")
        return place

    return written


def test_the_json_is_the_report(terminal, file):
    assert terminal("midterm", file(CHANGED), "--json").document == midterm(CHANGED).to_dict()
    assert terminal("renew", file(RENEWED), "--json").document == renewal(RENEWED).to_dict()


def test_a_cancellation_reads_as_it_is(terminal, file):
    said, report = terminal("midterm", file(CANCELLED)), midterm(CANCELLED)
    assert said.code == 0, said.err
    assert f"Refund {report.cancellation.refund.amount} CNY" in said.out
    assert f"would give back {report.cancellation.pro_rata_refund.amount}" in said.out
    for line in report.cancellation.unearned.lines:
        assert not line.amount or line.name in said.out
    assert max(map(len, said.out.splitlines())) <= 110


def test_a_change_and_a_renewal_read_as_they_are(terminal, file):
    said, report = terminal("midterm", file(CHANGED)), midterm(CHANGED)
    assert f"To pay for the change: {report.endorsement.charge.amount} CNY" in said.out
    said, report = terminal("renew", file(RENEWED)), renewal(RENEWED)
    assert f"{report.renewal.offered.value:,.0f}" in said.out
    assert "own experience" in said.out


@pytest.mark.parametrize(("verb", "document"), [("midterm", CANCELLED), ("midterm", CHANGED),
                                                ("renew", RENEWED)])  # fmt: skip
def test_in_chinese_no_english_sentence_is_left(terminal, file, verb, document):
    said = terminal("--lang", "zh", verb, file(document))
    assert said.code == 0, said.err
    left = said.out.replace("Invented Laboratory", "").replace("invented: the board", "")
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", left)


def test_faults_are_told_in_chinese(terminal, file):
    said = terminal("--lang", "zh", "midterm", file(changed(CANCELLED, "/months", 40)))
    assert said.code == 3
    assert "须小于保险期间 36 个月" in said.err
