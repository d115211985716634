"""The shipped sample: 240 risks as a Chinese core system exports them, one line above the law's
limit, and a programme in which every layer works."""

from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path

import pytest

import techinsure as ti
from benchmarks import make_demo_pool
from techinsure import bordereau
from techinsure.bordereau import encodings
from techinsure.catalogue import shipped
from techinsure.pool.limits import single_risk_breaches, sums_insured
from techinsure.pool.signing import sign
from techinsure.pooling import sample

FOLDER = Path(str(files("techinsure"))) / "samples" / "demo_pool"
FILES = ("portfolio.csv", "pool.toml", "programme.toml")
SAMPLE = sample("demo_pool")
CATALOGUE = shipped()
HELD = ("equipment_loss", "patent", "rd_loss")
"""The products that the sample holds risks of."""
MOVED = "龴龵龶龻"
"""Characters with one code in GB 18030-2022 and another in the edition of 2005."""


@pytest.fixture(scope="module")
def sheet():
    return bordereau.read(FOLDER / "portfolio.csv")


@pytest.fixture(scope="module")
def report():
    return ti.run_pool({"portfolio": {"sample": "demo_pool"},
                        "simulation": {"n_years": 4000, "seed": 20_260_101}})  # fmt: skip


def of(product):
    return [row for row in SAMPLE.rows if row["product"] == product]


def values(rows, column):
    return {row[column] for row in rows}


def by(rows, column):
    groups = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def test_it_is_what_the_generator_writes(tmp_path):
    make_demo_pool.write(tmp_path)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


# --- The risks


def test_100_projects_60_sites_80_portfolios_of_patents():
    assert len(of("rd_loss")) == 100
    assert len(values(of("equipment_loss"), "site")) == 60
    assert len(values(of("patent"), "policy")) == 80
    assert len(SAMPLE.rows) == 100 + 585 + 96
    groups = Counter(row["site"] for row in of("equipment_loss"))
    assert 8 <= min(groups.values()) <= max(groups.values()) <= 12


def test_4_parks_of_15_sites_and_8_routes():
    parks = by(of("equipment_loss"), "park")
    assert [len(values(rows, "site")) for rows in parks.values()] == [15] * 4
    assert len(values(of("rd_loss"), "route")) == 8


def test_three_small_fabs_among_laboratories():
    sites = by(of("equipment_loss"), "site").values()
    whole = {kind: [sum(float(row["sum_insured"]) for row in rows)
                    for rows in sites if rows[0]["risk_class"] == kind]
             for kind in ("lab", "wafer_fab")}  # fmt: skip
    assert sorted(whole["wafer_fab"]) == [1e9, 1e9, 1.8e9]
    assert 2e6 <= min(whole["lab"]) <= max(whole["lab"]) <= 50e6


def test_projects_of_small_firms_leading_firms_and_national_tasks():
    insured = [float(row["sum_insured"]) for row in of("rd_loss")]
    assert sum(0.5e6 <= amount <= 6e6 for amount in insured) == 84
    assert sum(10e6 <= amount <= 60e6 for amount in insured) == 14
    assert sorted(insured)[-2:] == [100e6, 120e6]


@pytest.mark.parametrize("code", HELD)
def test_every_level_of_every_factor_occurs_and_some_are_unknown(code):
    product, rows = CATALOGUE.product(code), of(code)
    assert values(rows, "risk_class") == {*product.model.classes}
    for name, factor in product.factors.items():
        assert values(rows, name) == {*factor.levels} - {"unknown"} | {""}, name


def test_forms_phases_respins_families_and_policies_are_mixed():
    projects, patents = of("rd_loss"), of("patent")
    assert values(projects, "form") == {"technical_failure", "named_cause", ""}
    assert values(projects, "entry_phase") == {"lab", "pilot", "industrial", ""}
    assert {row["risk_class"] for row in projects if row["respin"] == "是"} == {"chip"}
    assert any(float(row["budget"]) > float(row["sum_insured"]) for row in projects)
    families = [rows for name, rows in by(patents, "family").items() if name]
    assert {len(rows) for rows in families} == {1, 2}
    assert values(patents, "field") > values(patents, "sector") == {*make_demo_pool.FIELDS}
    for product in HELD:
        assert max(Counter(row["policy"] for row in of(product)).values()) > 1


# --- The file


def test_gb18030_with_chinese_headers_and_no_fault(sheet):
    assert sheet.reading.encoding == "gb18030"
    assert (sheet.reading.decided, sheet.reading.ambiguous) == ("content", False)
    assert {*sheet.reading.renamed.values()} == {*sheet.columns}
    assert bordereau.check(sheet, CATALOGUE) == ()


def test_rare_names_are_read_as_the_standard_of_2022_reads_them(sheet):
    names = "".join(sheet.columns["insured"])
    assert {*make_demo_pool.RARE} <= {*names}
    assert sum(len(encodings.encode(sign, "gb18030")) == 4 for sign in {*names}) >= 8
    assert {*MOVED} <= {*names}
    old = (FOLDER / "portfolio.csv").read_bytes().decode("gb18030")
    assert not {*MOVED} & {*old}  # the table of 2000 has private-use characters there


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_come_back(sheet, tmp_path, encoding):
    bordereau.write(sheet, tmp_path / "again.csv", encoding=encoding)
    assert bordereau.read(tmp_path / "again.csv").lists() == sheet.lists()


# --- The pool


def test_lines_are_written_for_more_than_the_whole_and_signed_down():
    signed = sign(SAMPLE.pool)
    assert 12 <= len(SAMPLE.pool.members) <= 16
    assert sum(float(member.written) for member in SAMPLE.pool.members) == pytest.approx(1.32)
    assert sum(line.share for line in signed.lines) == 1
    assert signed.unplaced == "0"


def test_one_line_breaches_the_single_risk_rule(report):
    (breach,) = report.breaches
    assert (breach.rule, breach.member) == ("single_risk", "滇池示例财险")
    assert not breach.cured
    portfolio = report.losses.portfolio
    units = sums_insured(portfolio)
    assert len(units) == 240
    assert units[breach.risk_unit] == max(units.values()) == 1.8e9
    alone = single_risk_breaches(SAMPLE.pool, sign(SAMPLE.pool), portfolio)
    assert [found.member for found in alone] == [breach.member]  # none is cured by reinsurance


def test_every_layer_is_hit_and_none_too_often(report):
    """Above 0.5% by four errors; upper layers below 5%. In 100,000 years: 15.1%, 4.1%, 1.6% and
    3.3%, each ± 0.1% or less."""
    share, *layers = report.treaties
    assert share.kind == "quota_share"
    kinds = [layer.kind for layer in layers]
    assert kinds == ["excess_of_loss"] * 3 + ["stop_loss"]
    for layer in layers:
        hit = layer.hit_probability
        assert hit.value - 4 * hit.standard_error > 0.005, layer.name
    assert layers[0].hit_probability.value < 0.25
    assert max(layer.hit_probability.value for layer in layers[1:]) < 0.05
    reinstated = [placed.treaty.reinstatement_rates for placed in SAMPLE.programme.treaties[1:4]]
    assert reinstated == [(1.0,), (1.0,), ()]


def test_layers_cost_their_mean_and_a_fifth_of_their_deviation(report):
    for placed, layer in zip(SAMPLE.programme.treaties[1:], report.treaties[1:], strict=True):
        worth = layer.mean.value + layer.sd.value / 5
        error = layer.mean.standard_error + layer.sd.standard_error / 5
        assert abs(placed.treaty.premium - worth) < 4 * error + 5_000, placed.name


def test_the_stop_loss_knows_its_subject_premium(report):
    """A year's premium net of the quota share, rounded to a million."""
    stop = SAMPLE.programme.treaties[-1].treaty
    premium = report.premium
    error = 0.6 * premium.standard_error
    assert abs(stop.subject_premium - 0.6 * premium.value) < 4 * error + 500_000
