"""Where losses come from: a run, a sample, rows; what each brings, and what is refused."""

import pytest

from techinsure import bordereau
from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter
from techinsure.pooling import run_pool
from techinsure.reading import read
from techinsure.reinsurance.evaluation import evaluate
from techinsure_api import evaluations
from techinsure_api.evaluations import EvaluationRequest, evaluated
from techinsure_api.stored_runs.store import RunStore
from tests.techinsure_api.stored_runs.runs import small

HALF = {"treaties": [{"name": "half", "treaty": {"kind": "quota_share", "share": 0.5}}]}
TABLE = {"n_years": 2, "rows": [{"year": 1, "loss": 10.0}, {"year": 2, "loss": 30.0}]}


def ask(document, **given):
    return evaluated(read(EvaluationRequest, document), shipped(), RunStore(), **given)


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    monkeypatch.setenv("TECHINSURE_DATA", str(tmp_path))


def test_a_stored_run_brings_programme_and_premium():
    report, request = small()
    name = RunStore().add(report, request)
    found = ask({"losses": {"simulation": name}})
    premium = {product.name: product.premium.value for product in report.products}
    assert found.to_dict() == evaluate(report.programme, report.losses, premium).to_dict()
    other = ask({"losses": {"simulation": name}, "programme": HALF, "premium": {}})
    assert [one.name for one in other.treaties] == ["half"]
    assert other.premium == {}
    assert other.row("gross") == found.row("gross")


def test_a_sample_is_simulated_and_brings_programme_and_premium():
    sampled = {"portfolio": {"sample": "demo_pool"}, "simulation": {"n_years": 1000, "seed": 7}}
    report = run_pool(sampled)
    found = ask({"losses": {"sample": "demo_pool", "n_years": 1000, "seed": 7}})
    assert found.row("net").tvar_995 == report.net.tvar_995
    assert [t.name for t in found.treaties] == [t.name for t in report.treaties]
    assert found.premium == {p.name: p.premium.value for p in report.products}
    for one, other in zip(found.treaties, report.treaties, strict=True):
        assert one.flows.keys() == other.flows.keys()
        assert found.row("treaty", one.name).mean == other.mean


def test_rows_are_called_as_they_were():
    found = ask({"losses": {"table": {**TABLE, "first_year": 1}}, "programme": HALF, "rows": True})
    assert [(one.year, one.net) for one in found.cessions] == [(1, 5.0), (2, 15.0)]


def test_a_sheet_stands_for_the_rows(tmp_path):
    (tmp_path / "l.csv").write_text("year,loss\n1,10\n2,30\n", "utf-8")
    whole = {"losses": {"table": TABLE}, "programme": HALF, "rows": True}
    sheet = bordereau.read(tmp_path / "l.csv")
    bare = {**whole, "losses": {"table": {**TABLE, "rows": []}}}
    assert ask(bare, sheet=sheet).to_dict() == ask(whole).to_dict()


SURPLUS = {"treaties": [{"name": "s", "treaty": {"kind": "surplus", "line": 1.0, "lines": 2.0}}]}
STATE = {"treaties": [{"name": "s", "treaty": {
    "kind": "state_backstop", "unit": "amount", "attachment": 1.0, "limit": 2.0,
    "cumulative_limit": 3.0, "years": 3}}]}  # fmt: skip
FAULTS = [
    ({}, "/losses", "is required"),
    ({"losses": {}}, "/losses/simulation", "one of the three"),
    ({"losses": {"sample": "demo_pool", "table": TABLE}, "programme": HALF}, "/losses/simulation",
     "got 'sample, table'"),
    ({"losses": {"sample": "demo"}}, "/losses/sample", "demo_pool"),
    ({"losses": {"simulation": "abc"}}, "/losses/simulation", "the id of a stored run"),
    ({"losses": {"sample": "demo_pool", "n_years": 999}}, "/losses/n_years", "[1000"),
    ({"losses": {"table": TABLE, "n_years": 9}, "programme": HALF}, "/losses/n_years",
     "must be absent"),
    ({"losses": {"table": TABLE, "seed": 9}, "programme": HALF}, "/losses/seed", "must be absent"),
    ({"losses": {"table": TABLE}}, "/programme", "is required"),
    ({"losses": {"table": {**TABLE, "n_years": 0}}, "programme": HALF}, "/losses/table/n_years",
     "[1, 1000000]"),
    ({"losses": {"table": {**TABLE, "first_year": -1}}, "programme": HALF},
     "/losses/table/first_year", "[0, 9999]"),
    ({"losses": {"table": {**TABLE, "n_years": 1}}, "programme": HALF},
     "/losses/table/rows/1/year", "[1, 1]"),
    ({"losses": {"table": TABLE}, "programme": SURPLUS}, "/losses/table/rows", "sum_insured"),
    ({"losses": {"table": TABLE}, "programme": STATE}, "/losses/table/n_years", "multiple of 3"),
    ({"losses": {"table": TABLE}, "programme": HALF, "premium": {"x": 1.0}}, "/premium",
     "add a product to the rows"),
    ({"losses": {"table": TABLE}, "programme": {"treaties": [
        {"name": "q", "treaty": {"kind": "quota_shar", "share": 0.5}}]}},
     "/programme/treaties/0/treaty/kind", "did you mean 'quota_share'?"),
    ({"losses": {"table": TABLE}, "programme": HALF, "premium": {"x/y": -1.0}}, "/premium/x~1y",
     "must be 0 or in"),
    ({"losses": {"table": TABLE}, "programme": HALF, "rows": 1}, "/rows", "boolean"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "pointer", "words"), FAULTS, ids=[f[1] + f[2] for f in FAULTS]
)
def test_a_fault_points_into_the_request(document, pointer, words):
    with pytest.raises(InvalidParameter) as refused:
        ask(document)
    (fault,) = refused.value.faults
    assert fault.pointer == pointer
    assert words in str(fault)


def test_the_work_of_one_request_is_bounded(monkeypatch):
    """Two rows, a treaty with two reinsurers: six figures of years."""
    held = {"treaties": [{**HALF["treaties"][0], "reinsurers": [
        {"name": "A", "share": "1/2"}, {"name": "B", "share": "1/2"}]}]}  # fmt: skip
    whole = {"losses": {"table": TABLE}, "programme": held}
    monkeypatch.setattr(evaluations, "MOST_TREATY_ROWS", 6)
    assert ask(whole).n_years == 2
    monkeypatch.setattr(evaluations, "MOST_TREATY_ROWS", 5)
    with pytest.raises(InvalidParameter, match="at most 2 treaties and reinsurers") as refused:
        ask(whole)
    assert refused.value.faults[0].pointer == "/programme/treaties"
    assert ask(whole, limited=False).n_years == 2
    long = {"losses": {"sample": "demo_pool", "n_years": 500_001}}
    with pytest.raises(InvalidParameter, match="over HTTP") as refused:
        ask(long)
    assert refused.value.faults[0].pointer == "/losses/n_years"
