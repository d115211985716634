"""docs/how-to/evaluate_programme.md: what it computes by hand the engine computes, and its commands
and its request say the same."""

import contextlib
import io
import json
import re
import shlex
import sys

import pytest

from techinsure_api import cli
from tests.techinsure_api.service import client
from tests.test_docs import ROOT, blocks

PAGE = ROOT / "docs/how-to/evaluate_programme.md"
TEXT = PAGE.read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the page shows, under their names."""
    place = tmp_path_factory.mktemp("page")
    named = re.findall(r"^`([\w.]+)`\n```\w+\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    for name, content in named:
        (place / name).write_text(content, "utf-8")
    assert [name for name, _ in named] == ["tower.toml", "losses.csv", "request.json"]
    return place


def lines():
    return [line.partition("  #")[0].strip()
            for text in blocks(PAGE, "sh") for line in text.splitlines()]  # fmt: skip


def said(line, folder):
    """What a command prints, in this process, blanks at the end of lines apart; it succeeds."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.chdir(folder)
        patch.setenv("TECHINSURE_DATA", str(folder / "data"))
        patch.setattr(sys, "argv", shlex.split(line))
        with pytest.raises(SystemExit) as stopped:
            cli.main()
    assert not stopped.value.code, line
    return "".join(f"{one.rstrip()}\n" for one in out.getvalue().splitlines())


def test_the_first_command_prints_what_the_page_shows(folder):
    shown = blocks(PAGE, "text")[0]
    assert said(lines()[0], folder) == shown


@pytest.fixture(scope="module")
def answer(folder):
    request = json.loads((folder / "request.json").read_text("utf-8"))
    sent, own = lines()[1:3]
    assert "-d @request.json" in sent
    path = sent.split("127.0.0.1:8000")[1]
    found = client.post(path, json=request).json()
    assert json.loads(said(own, folder)) == found
    assert json.loads(said(f"{lines()[0]} --json", folder)) == found
    return found


def test_what_is_computed_by_hand_is_what_is_answered(answer):
    table = [re.split(r"\s*\|\s*", line.strip("| ")) for line in TEXT.splitlines()
             if line.startswith("| ")]  # fmt: skip
    by_event = {row[0]: row[1:] for row in table}
    layers = ("first layer", "second layer", "quota share", "stop loss")
    for name in ("fire", "storm", "quake", "flood"):
        own = [one for one in answer["cessions"] if one["event"] == name]
        taken = [sum(one["ceded"][layer] for one in own) / 1e6 for layer in layers]
        loss, net = (sum(one[key] for one in own) / 1e6 for key in ("loss", "net"))
        cells = [float(cell.split()[0]) for cell in by_event[name]]
        left = [loss - sum(taken[:2]), loss - sum(taken[:3])]
        expected = [loss, *taken[:2], left[0], taken[2], left[1], taken[3], net]
        assert cells == pytest.approx(expected, abs=0.0005)
    means = {row["name"] or row["perspective"]: row["mean"]["value"] / 1e6
             for row in answer["results"]}  # fmt: skip
    year = [float(cell) for cell in by_event["year"]]
    names = ("gross", *layers, "net")
    whole, first, second, quota, stop, net = (means[name] for name in names)
    assert year == pytest.approx([whole, first, second, 57, quota, 34.2, stop, net])
    treaties = {one["name"]: one for one in answer["treaties"]}
    flows = {name: one["flows"] for name, one in treaties.items()}
    assert flows["first layer"]["reinstatement_premium"]["value"] == pytest.approx(1.5e6)
    assert flows["second layer"]["reinstatement_premium"]["value"] == pytest.approx(0.6e6)
    assert flows["quota share"]["ceded_premium"]["value"] == pytest.approx(12e6)
    assert flows["quota share"]["ceding_commission"]["value"] == pytest.approx(3.36e6)
    assert treaties["stop loss"]["subject_premium"] == pytest.approx(18e6)
    rates = [treaties[name]["price"]["rate_on_line"]["value"] for name in layers[:2]]
    assert rates == pytest.approx([0.30, 0.09])


def test_the_other_commands_run(folder):
    for line in lines()[3:]:
        assert said(line, folder)
    assert (folder / "tower.png").exists()
