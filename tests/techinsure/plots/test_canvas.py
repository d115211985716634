"""What all pictures have: a finding, n, a unit, names that fit and hold no formula."""

import logging

import pytest

import techinsure as ti
from techinsure import plots
from techinsure.plots import canvas
from tests.techinsure.asked import project
from tests.techinsure.plots.drawn import nothing_is_cut, small_pool, texts

OTHERS = {
    *("save", "premium_waterfall", "alternatives", "development_triangle", "prior_to_posterior"),
    *("convergence", "options", "price_of_ignorance", "tornado"),
    *("accumulation", "flows", "signed_lines", "stress_waterfall"),  # of reports of their own
}
OF_A_POOL = sorted({*plots.__all__} - OTHERS)


@pytest.mark.parametrize("name", OF_A_POOL)
@pytest.mark.parametrize("case", ["report", "bare", "lossless"])
def test_every_picture_is_drawn_whole_in_every_case(name, case, request):
    report = request.getfixturevalue(case)
    figure = getattr(plots, name)(report)
    nothing_is_cut(figure)
    finding, facts = texts(figure)
    assert finding
    n = f"n = {len(report.members)} members" if name == "member_lines" else "n = "
    assert n in facts
    if name != "member_lines":
        assert f"n = {report.n_years:,} simulated years" in facts


@pytest.mark.parametrize("name", OF_A_POOL)
def test_chinese_names_are_drawn(tmp_path, report, name, caplog):
    with caplog.at_level(logging.WARNING, logger="matplotlib"):
        file = plots.save(getattr(plots, name)(report), tmp_path / "picture.png")
    assert file.read_bytes().startswith(b"\x89PNG")
    assert not caplog.records


@pytest.mark.parametrize("given", ["a $x_{$ b", "$$", "\\frac{", "甲" * 150, "100% & <b>"])
def test_names_hold_no_formula_and_are_cut(given):
    members = [{"name": given, "written": "1/2", "capital_and_reserves": 1e9, "lead": True},
               {"name": "B", "written": "1/2", "capital_and_reserves": 1e5}]  # fmt: skip
    treaty = {"name": given, "treaty": {"kind": "quota_share", "share": 0.5},
              "reinsurers": [{"name": given, "share": "1"}]}  # fmt: skip
    report = small_pool(members=members, name=given, programme={"treaties": [treaty]})
    for name in OF_A_POOL:
        nothing_is_cut(getattr(plots, name)(report))
    figure = plots.premium_waterfall(ti.price(project(5e6) | {"insured": {"name": given}}))
    nothing_is_cut(figure)
    assert len(texts(figure)[1]) < 160


@pytest.mark.parametrize(
    ("name", "cut"),
    [("short", "short"), ("甲" * 18, "甲" * 18), ("甲" * 19, "甲" * 17 + "…"),
     ("a" * 37, "a" * 35 + "…")],
)  # fmt: skip
def test_a_chinese_character_takes_two_columns(name, cut):
    assert canvas.short(name) == cut


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0%"), (0.00025, "0.025%"), (0.02, "2.0%"), (0.4, "40%"), (0.9957, "99.6%"), (1, "100%")],
)
def test_shares_near_the_ends_keep_their_digits(share, shown):
    assert canvas.percent(share) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (-1.884, "−1.88"), (6000.2, "6,000"), (0.295, "0.295")]
)
def test_three_digits_and_a_real_minus(value, shown):
    assert canvas.figures(value) == shown


def test_colours_of_members_are_distinct():
    assert len({*canvas.OKABE_ITO}) == 8
