"""HTML: escaped, Chinese said to be Chinese, figures to the right in one unit."""

import pytest

from techinsure.quantities import Estimate, exactly
from techinsure_api.reports import page
from techinsure_api.reports.tables import table


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "a & b", "it's"])
def test_text_is_escaped_everywhere(text):
    made = page.page(text, page.element("p", text, title=text), page.bullets([text])).lower()
    for part in ("<script", "<img", "& b", "it's"):
        assert part not in made.replace(page.page("", "").lower(), "")


def test_chinese_is_said_to_be_chinese():
    assert page.escaped("首席") == '<bdi lang="zh">首席</bdi>'
    assert page.escaped("lead") == "lead"


def cells(*rows, columns=("text:name", "amount")):
    markup = page.tabular(table("t", "T", "CNY", columns, rows)).markup
    return markup.split("<tbody>")[1], markup.split("<caption>")[1].split("<")[0]


@pytest.mark.parametrize(
    ("value", "shown", "unit"),
    [(999_999.0, "999,999", "CNY"), (1_234_567.0, "1,235", "CNY k"), (5e9, "5,000", "CNY m"),
     (-1_234_567.0, "−1,235", "CNY k"), (0.0, "0", "CNY")],
)  # fmt: skip
def test_one_unit_for_all_amounts(value, shown, unit):
    body, caption = cells(("a", value))
    assert f'<td class="money">{shown}</td>' in body
    assert caption == f"T; amounts in {unit}"


@pytest.mark.parametrize(
    ("error", "shown"), [(60_000.0, "± 60"), (100.0, "± &lt;1"), (1e-9, "± 0"), (0.0, "± 0")]
)
def test_errors_stand_beside_and_never_round_to_none(error, shown):
    body, caption = cells(("a", Estimate(value=5e6, standard_error=error)))
    assert f"<small> {shown}</small>" in body
    assert caption.endswith("± standard error")


def test_what_is_exact_missing_or_a_share():
    body, _ = cells(("a", exactly(5e6), None, 0.25, 3, 0.5),
                    columns=("text:name", "x", "y", "share:z", "figure:n", "figure:r"))  # fmt: skip
    for shown in ("<small> exact</small>", "–</td>", "25.00%", ">3<", "0.500"):
        assert shown in body


def test_an_empty_table_says_none():
    body, _ = cells()
    assert '<td colspan="2">none</td>' in body
