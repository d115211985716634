"""docs/how-to/what_if.md: what it shows runs, and its figures are those of the engine."""

import contextlib
import io
import json
import re
import shlex
import sys

import pytest

from techinsure.pooling.what_if_report import WhatIfRequest
from techinsure.reading import read
from techinsure_api import cli
from tests.test_docs import ROOT, blocks

PAGE = ROOT / "docs/how-to/what_if.md"
FIGURE = re.compile(r"[-+±]? ?[\d,]+\.?\d*%?|exact")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the page shows, under their names."""
    place = tmp_path_factory.mktemp("page")
    named = re.findall(
        r"^`(\S+)`\n```\w+\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for name, content in named:
        (place / name).write_text(content, "utf-8")
    assert [name for name, _ in named] == ["risks.csv", "pool.toml", "programme.toml"]
    return place


@pytest.fixture(scope="module")
def printed(folder):
    """What the commands of the example print, by command."""
    lines = [line for text in blocks(PAGE, "sh") for line in text.splitlines()]
    assert len(lines) == 5
    return {line.partition("#")[0].strip(): said(line, folder) for line in lines}


def said(line, folder):
    """What a command prints, in this process; it must succeed."""
    words, out = shlex.split(line, comments=True), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.chdir(folder)
        patch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
    assert not stopped.value.code, line
    return out.getvalue()


def rows(text):
    """The rows of the tables by their first words, as texts of figures."""
    found = {}
    for line in text.splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if len(cells) > 4 and FIGURE.fullmatch(cells[-1]):
            found[cells[0]] = cells[1:]
    return found


def number(cell):
    return float(cell.replace("±", "").replace(",", "").replace("%", "").strip())


def test_the_example_prints_what_the_page_shows(printed):
    """The same rows; figures within the errors that they stand with."""
    (shown,) = blocks(PAGE, "text")
    now = rows(printed[next(line for line in printed if "210000" in line)])
    page = rows(shown)
    assert now.keys() == page.keys()
    assert {"net mean", "net TVaR 99.5%", "cost of reinsurance", "follower"} <= now.keys()
    for name in (name for name in page if name.startswith("net ")):
        old, new = (list(map(number, table[name])) for table in (page, now))
        for place in (0, 1):
            assert abs(old[place] - new[place]) <= 4 * old[4], name
        assert abs(old[2] - new[2]) <= 4 * old[3], name
        assert new[3] == pytest.approx(old[3], rel=0.3), name
    assert "Breach created: follower: risk unit 'site/laboratory A'" in " ".join(shown.split())


def test_every_command_of_the_page_runs(printed):
    assert all(printed.values())


def test_the_python_of_the_page_runs(capsys):
    (program,) = blocks(PAGE, "python")
    exec(compile(program, str(PAGE), "exec"), {"__name__": "page"})
    assert "±" in capsys.readouterr().out


def test_the_body_of_the_page_is_a_request():
    (body,) = blocks(PAGE, "json")
    asked = read(WhatIfRequest, json.loads(body))
    assert [one.name for one in asked.alternatives] == ["wider layer", "no reinsurance"]
