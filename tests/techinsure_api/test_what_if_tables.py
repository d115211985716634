"""A what-if for people: signs, notes and what they count."""

import pytest

from techinsure.pooling.what_if import what_if
from techinsure.reading import read
from techinsure.reinsurance.edits import Edit, edited
from techinsure.reinsurance.programme import Programme
from techinsure_api.terminal import say
from techinsure_api.what_if_tables import plus, shown
from tests.techinsure_api.stored_runs.runs import small


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "+1,234"), (-0.25, "-0.25"), (0.0, "0"), (-1e-12, "0")]
)
def test_differences_have_a_sign(value, text):
    assert plus(value) == text


def said(capsys, found):
    say(*shown(found, "a" * 32))
    return capsys.readouterr().out


def test_what_an_edit_does_to_others_and_to_the_law_is_told(capsys):
    report, _ = small()
    after = edited(report.programme, read(tuple[Edit, ...], [{"drop": "quota share"}]))
    text = said(capsys, what_if(report, after))
    assert "Flag: treaty 'event layer' is now net of nothing" in text
    assert "removed" in text
    assert "Breach" not in text


def test_the_same_programme_gains_nothing_by_the_same_years(capsys):
    report, _ = small()
    text = said(capsys, what_if(report, report.programme))
    assert "the programme is the one that was run" in text
    assert "times smaller" not in text
    assert "exact" in text


def test_side_by_side_every_alternative_has_its_lines_uncut(capsys):
    report, _ = small()
    long = "without any reinsurance whatever, as a long name says"
    found = what_if(report, {long: Programme(), "same": report.programme})
    lines = said(capsys, found).splitlines()
    start = next(place for place, line in enumerate(lines) if "without any" in line)
    figures = ("net mean", "net TVaR 99.5%", "net capital", "cost of reinsurance")
    for name in figures:
        assert sum(name in line for line in lines[start:]) >= 2
    change = found.alternatives[0].net.tvar_995
    line = next(line for line in lines if "net TVaR 99.5%" in line)
    for value in (change.before.value, change.after.value, change.difference.value):
        assert f"{value / 1000:,.4g}" in line or f"{value / 1000:,.0f}" in line
