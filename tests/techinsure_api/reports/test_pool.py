"""The report of a pool: what is in the folder, that the page is whole, alone and escaped."""

import base64
import csv
import re
from html.parser import HTMLParser

import pytest

import techinsure as ti
from techinsure import pooling
from techinsure_api.reports import pool

VOID = {"meta", "img"}
EVIL = "<script>alert('x')</script>"
SECTIONS = ["pool", "losses", "sources", "treaties", "members", "accumulation", "limits", "premium",
            "diversification", "receipt", "unknown"]  # fmt: skip


class Reader(HTMLParser):
    """Fails on tags that do not close in order; gathers what the tests ask for."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts = [], [], []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


RUN = {"n_years": 1000, "seed": 3}


def small(**given):
    """A few rows of the sample, with another pool and programme."""
    rows = pooling.sample("demo_pool").rows[::24]
    return ti.run_pool({"portfolio": {"rows": rows}, "simulation": RUN, **given})


@pytest.fixture(scope="module")
def report():
    return ti.run_pool({"portfolio": {"sample": "demo_pool"}, "simulation": RUN})


@pytest.fixture(scope="module")
def folder(report, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    pool.write(report, out)
    return out


@pytest.fixture(scope="module")
def markup(folder):
    return (folder / "report.html").read_text("utf-8")


def test_the_folder_holds_page_pictures_and_tables(folder):
    pictures = sorted(file.stem for file in (folder / "pictures").glob("*.png"))
    assert pictures == sorted(pool.PICTURES)
    tables = sorted(file.stem for file in (folder / "tables").glob("*.csv"))
    assert len(tables) == len(pool.TABLES) + len(pool.ACCUMULATED)
    assert sorted(file.name for file in folder.iterdir()) == ["pictures", "report.html", "tables"]


def test_the_page_parses_and_tells_the_story_in_order(markup, report):
    page = Reader(markup)
    assert page.all("html") == [{"lang": "en"}]
    assert [attrs["id"] for attrs in page.all("section")] == SECTIONS
    assert len(page.all("h1")) == 1
    assert page.texts.count(report.pool) >= 1
    for member in report.members:
        assert any(member.name in text for text in page.texts)


def test_the_page_needs_nothing_else(markup, folder):
    page = Reader(markup)
    assert not page.all("script") + page.all("link") + page.all("iframe")
    assert not re.search(r"https?://|url\(|@import|src=\"(?!data:)|\son\w+=", markup)
    images = page.all("img")
    assert len(images) == len(pool.PICTURES)
    files = {file.read_bytes() for file in (folder / "pictures").iterdir()}
    inlined = {base64.b64decode(attrs["src"].partition(",")[2]) for attrs in images}
    assert inlined == files
    assert all("n = " in attrs["alt"] for attrs in images)  # for those who do not see it
    assert any("default-src 'none'" in attrs.get("content", "") for attrs in page.all("meta"))


def test_each_picture_has_a_table_below_it(markup):
    body = markup.split("<main>")[1]
    for part in body.split("<figure>")[1:]:
        assert "<table>" in part


def test_light_dark_and_print_are_styled(markup):
    style = markup.split("<style>")[1].split("</style>")[0]
    for rule in ("prefers-color-scheme: dark", "@media print", "tabular-nums", "text-align: right"):
        assert rule in style


def test_the_receipt_is_at_the_end_and_whole(markup, report):
    end = markup[markup.index('id="receipt"') :]
    for digest in report.receipt.digests.values():
        assert digest in end
    assert report.receipt.environment.engine in end
    assert str(report.receipt.seed) in end


def test_names_cannot_become_markup_or_formulas(tmp_path):
    members = [{"name": EVIL, "written": "1/2", "capital_and_reserves": 1e6, "lead": True},
               {"name": '=HYPER("a")', "written": "1/2", "capital_and_reserves": 1e9}]  # fmt: skip
    treaty = {"name": EVIL, "treaty": {"kind": "quota_share", "share": 0.5},
              "reinsurers": [{"name": "+" + EVIL, "share": "1"}]}  # fmt: skip
    report = small(
        pool={"name": EVIL, "currency": "CNY", "members": members, "agreement": EVIL},
        programme={"treaties": [treaty]},
    )
    pool.write(report, tmp_path)
    markup = (tmp_path / "report.html").read_text("utf-8")
    page = Reader(markup)
    assert not page.all("script")
    assert EVIL in page.texts  # as a text
    for file in (tmp_path / "tables").iterdir():
        with file.open(encoding="utf-8-sig", newline="") as opened:
            texts = [cell for row in csv.reader(opened) for cell in row]
        assert not [t for t in texts if t[:1] in "=+@" and t]
        assert not [t for t in texts if t.startswith("-") and not _is_number(t)]


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_a_pool_without_treaties_or_partners_has_a_page(tmp_path):
    one = {"name": "A", "written": "0.8", "capital_and_reserves": 1e9, "lead": True}
    report = small(pool={"name": "P", "currency": "CNY", "members": [one]},
                   programme={"treaties": []})  # fmt: skip
    pool.write(report, tmp_path)
    texts = " ".join(Reader((tmp_path / "report.html").read_text("utf-8")).texts)
    assert "no reinsurance: net is gross" in texts
    assert "20% of the risk has no member" in texts


def test_a_rated_pool_says_who_bears_what(tmp_path):
    """A section and two tables more; the clause and the limits are told."""
    members = [
        {"name": "A", "written": "0.6", "capital_and_reserves": 1e9, "lead": True, "rating": "BB"},
        {"name": "B", "written": "0.4", "capital_and_reserves": 1e9, "default_probability": 0.05},
    ]
    limits = [{"basis": "technology", "figure": "share", "hard": 0.1}]
    report = small(
        pool={"name": "P", "currency": "CNY", "members": members, "accumulation_limits": limits,
              "default_terms": {"kind": "joint"}},
        programme={"treaties": []},
    )  # fmt: skip
    pool.write(report, tmp_path)
    page = Reader((tmp_path / "report.html").read_text("utf-8"))
    names = [attrs["id"] for attrs in page.all("section")]
    assert names[4:7] == ["members", "failures", "accumulation"]
    texts = " ".join(page.texts)
    assert "Solvent members pay for one that cannot" in texts
    assert "no default is simulated" not in texts
    tables = {file.stem for file in (tmp_path / "tables").iterdir()}
    assert {"companies", "bearers", "accumulation_breaches", "mean_year"} <= tables
    with (tmp_path / "tables/bearers.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["bearer"] for row in rows] == ["policyholders", "A", "B"]
    assert float(rows[1]["mean (CNY)"]) == report.insolvency.bearer("A").mean.value
    with (tmp_path / "tables/mean_year.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    results = [float(row["technical result (CNY)"]) for row in rows]
    assert [row["party"] for row in rows] == ["A (leads)", "B", "pool"]
    assert sum(results[:-1]) == pytest.approx(results[-1])


def test_a_pool_without_a_loss_has_a_page(tmp_path):
    from tests.techinsure.plots.drawn import without_a_loss

    pool.write(without_a_loss(), tmp_path)
    texts = " ".join(Reader((tmp_path / "report.html").read_text("utf-8")).texts)
    assert "No simulated year has a loss" in texts
