"""Pictures: what they state, that they draw in any language, and that they leave nothing behind."""

import sys
import warnings

import pytest

import techinsure as ti
from techinsure import plots
from tests.techinsure.asked import project, request

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def report():
    return ti.run_pool({"portfolio": {"sample": "demo_pool"},
                        "simulation": {"n_years": 2000, "seed": 3}})  # fmt: skip


@pytest.fixture(scope="module")
def quote():
    return ti.price(project(5e6))


@pytest.fixture(autouse=True)
def no_warning_and_no_trace():
    """Every picture here is drawn with warnings as errors and leaves matplotlib as it was."""
    settings = dict(matplotlib.rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    assert dict(matplotlib.rcParams) == settings
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def texts(figure):
    (axes,) = figure.axes
    return [axes.get_title(loc="left").strip(), *(text.get_text() for text in axes.texts)]


def bars(figure):
    return [patch for patch in figure.axes[0].patches if hasattr(patch, "get_height")]


def test_the_exceedance_curve(report):
    figure = plots.exceedance(report)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "annual loss, CNY m"
    assert axes.get_ylabel() == "probability that a year exceeds it"
    assert axes.get_yscale() == "log"
    finding, facts = texts(figure)
    kept = report.net.tvar_995.value / report.gross.tvar_995.value
    assert finding == f"The members keep {kept:.0%} of the gross tail (TVaR 99.5%)"
    assert "n = 2,000 simulated years" in facts
    assert "60 items" in facts
    assert "95% bands" in facts
    assert [line.get_label() for line in axes.lines] == ["gross", "ceded", "net"]
    assert len({line.get_linestyle() for line in axes.lines}) == 3  # not by colour alone
    assert len(axes.collections) == 3  # a band each
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["gross", "ceded", "net"]


def test_the_curves_are_the_losses(report):
    """At each loss the probability is the share of years above it, down to ten years."""
    axes = plots.exceedance(report).axes[0]
    annual = report.losses.annual()
    x, p = axes.lines[0].get_data()
    assert (p >= 10 / 2000).all()
    for loss, chance in list(zip(x, p, strict=True))[:: len(x) // 20]:
        assert (annual > loss * 1e6 * (1 + 1e-12)).mean() <= chance + 1e-12
        assert (annual >= loss * 1e6 * (1 - 1e-12)).mean() >= chance - 1e-12
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() <= p.min() < p.max() <= band[:, 1].max()


def test_the_premium_line_by_line(quote):
    figure = plots.premium_waterfall(quote)
    (axes,) = figure.axes
    assert axes.get_ylabel() == "premium, CNY k"
    steps = [*quote.premium.waterfall.steps]
    heights = [bar.get_height() * 1e3 for bar in bars(figure)]
    expected = [step.amount.value for step in steps] + [quote.premium.charged.value]
    assert heights == pytest.approx(expected)
    assert sum(heights[:-1]) == pytest.approx(heights[-1])
    tops = [bar.get_y() + bar.get_height() for bar in bars(figure)]
    starts = [bar.get_y() for bar in bars(figure)]
    assert starts[1:-1] == pytest.approx(tops[:-2])
    assert starts[-1] == 0
    names = [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    assert names == [*(step.name.replace("_", " ") for step in steps), "charged"]
    uncertain = sum(bool(s.amount.standard_error) for s in steps) + 1
    assert len(axes.containers) - len(heights) == uncertain  # error bars where there is an error
    finding, facts = texts(figure)[0], texts(figure)[-1]
    share = quote.premium.pure.value / quote.premium.charged.value
    assert finding == f"rd_loss: {share:.0%} of the charged premium pays expected claims"
    assert "n = 1,000 simulated years" in facts
    assert "sum insured CNY 5,000,000" in facts


def test_chinese_names_are_drawn(tmp_path, report):
    named = project(5e6) | {"insured": {"name": "杭州量屿生物医药有限公司"}}
    for figure in (plots.premium_waterfall(ti.price(named)), plots.exceedance(report)):
        file = plots.save(figure, tmp_path / "picture.png")
        assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["a $x_{$ b", "$$", "\\frac{", "甲" * 200, "100% & <b>"])
def test_names_hold_no_formula(name):
    figure = plots.premium_waterfall(ti.price(project(5e6) | {"insured": {"name": name}}))
    figure.draw_without_rendering()
    assert len(texts(figure)[-1]) < 160


def test_every_product_has_a_picture():
    for code in ("equipment_loss", "patent"):
        plots.premium_waterfall(ti.price(request(code))).draw_without_rendering()


@pytest.mark.parametrize(
    ("budget", "label"), [(1e10, "CNY m"), (5e6, "CNY k"), (100.0, "premium, CNY")]
)
def test_the_unit_fits_the_amount(budget, label):
    axes = plots.premium_waterfall(ti.price(project(budget))).axes[0]
    assert axes.get_ylabel().endswith(label)


def test_a_pool_without_a_loss_has_a_picture():
    rows = [{"product": "patent", "risk_class": "utility", "sum_insured": 1e4, "field": "chemical",
             "selection": "subsidised", "in_production": "no"}]  # fmt: skip
    members = [{"name": "A", "written": "1", "capital_and_reserves": 1e9, "lead": True}]
    for seed in range(20):
        report = ti.run_pool({
            "portfolio": {"rows": rows}, "simulation": {"n_years": 1000, "seed": seed},
            "pool": {"name": "P", "currency": "CNY", "members": members},
        })  # fmt: skip
        if not len(report.losses):
            break
    figure = plots.exceedance(report)
    figure.draw_without_rendering()
    assert texts(figure)[0] == "No simulated year has a loss"
