"""Tables and lines for people: no digit is lost, and a reader that has gone changes no outcome."""

import subprocess
import sys

import pytest

from techinsure.quantities import Estimate
from techinsure_api import terminal

MAIN = [sys.executable, "-c", "from techinsure_api.cli import main; main()"]


def test_a_table_wider_than_the_terminal_loses_no_digit(capsys):
    figures = [f"{10**14 + place:,}" for place in range(12)]
    columns = ["name", *(f">a head of figures {place}" for place in range(12))]
    terminal.say(terminal.table("title", columns, [["a", *figures]]), "a line " * 40)
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if figures[0] in line)
    assert all(figure in row for figure in figures)
    assert all(name.lstrip(">") in out for name in columns)
    assert max(map(len, out.partition("a line")[2].splitlines())) <= terminal.WIDTH


def test_a_long_name_is_folded_and_figures_stay(capsys):
    rows = [["保费" * 60, "1,234,567"], ["b", "12"]]
    terminal.say(terminal.table("", ["name", ">figure"], rows))
    out = capsys.readouterr().out
    assert "1,234,567" in out
    assert out.count("保费") >= 58
    assert max(len(line.rstrip()) for line in out.splitlines()) <= terminal.WIDTH


def test_a_refusal_stays_one_where_nobody_reads(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/product.toml").write_text("[[")
    command = " ".join(f"'{word}'" for word in MAIN)
    shown = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} check {tmp_path} | (exec <&-; true)"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (3, "")


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.0, "0"), (1e-12, "0"), (0.0005, "< 0.01"), (-0.0005, "> -0.01"), (0.01, "0.01"),
     (5.678, "5.68"), (123.456, "123.5"), (1234.5, "1,234")],
)  # fmt: skip
def test_no_money_is_told_below_a_hundredth(value, told):
    assert terminal.money(value) == told


def test_an_error_of_money_is_told_as_money():
    assert terminal.money_error(Estimate(value=1.0, standard_error=2e-5)) == "± < 0.01"
    assert terminal.money_error(Estimate(value=1.0, exact=True)) == "exact"
