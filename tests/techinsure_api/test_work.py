"""How much may be asked for, and what happens when all places are taken."""

from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Semaphore

import pytest

from techinsure.errors import InvalidParameter, Refused
from techinsure_api import pricing, work
from techinsure_api.work import (
    MOST_TREATY_ROWS,
    MOST_UNIT_YEARS,
    a_turn,
    check_fates,
    check_treaties,
    check_years,
)
from tests.techinsure_api.service import client, is_problem, quick


@pytest.mark.parametrize(("n_years", "units"), [(1_000, 1), (500_000, 60), (300_000, 100)])
def test_what_takes_half_a_minute_at_most_is_done(n_years, units):
    check_years(n_years, units)


@pytest.mark.parametrize(
    ("n_years", "units", "words"),
    [(999, 1, "must be in"), (500_001, 1, "must be in"), (500_000, 61, "fewer years"),
     (1_000, 30_001, "even 1,000 years are too many"), (1_000, 30_001, "at most 30,000 objects")],
)  # fmt: skip
def test_what_takes_longer_is_refused_with_what_would_do(n_years, units, words):
    with pytest.raises(InvalidParameter) as refused:
        check_years(n_years, units)
    (fault,) = refused.value.faults
    assert fault.pointer == "/simulation/n_years"
    assert words in fault.bound + fault.fix


def test_the_bound_that_is_named_is_accepted():
    with pytest.raises(InvalidParameter) as refused:
        check_years(400_000, 123)
    assert f"<= {MOST_UNIT_YEARS // 123} " in refused.value.faults[0].bound
    check_years(MOST_UNIT_YEARS // 123, 123)


@pytest.mark.parametrize("runs", [1.0, 2.0, 40.5])
def test_where_no_number_of_years_would_do_the_number_of_objects_that_is_named_does(runs):
    with pytest.raises(InvalidParameter) as refused:
        check_years(1_000, 100_000, runs)
    (fault,) = refused.value.faults
    assert "must be <=" not in fault.bound  # no bound that nobody can keep
    most = int(fault.fix.split("at most ")[1].split()[0].replace(",", ""))
    check_years(1_000, most, runs)
    with pytest.raises(InvalidParameter):
        check_years(1_000, most + 1, runs)


@pytest.mark.parametrize("runs", [0.5, 2.0, 40.5])
def test_every_run_counts_and_the_bound_that_is_named_is_accepted(runs):
    with pytest.raises(InvalidParameter) as refused:
        check_years(500_000, 123, runs, "/risk/simulation/n_years")
    (fault,) = refused.value.faults
    assert fault.pointer == "/risk/simulation/n_years"
    assert f"and the work of {runs:g} runs" in fault.bound
    most = int(fault.bound.split("<= ")[1].split()[0])
    check_years(most, 123, runs)
    with pytest.raises(InvalidParameter):
        check_years(most + 1, 123, runs)


def test_treaties_times_losses_are_bounded_and_the_bound_that_is_named_is_accepted():
    n_rows = 7_000_000
    most = MOST_TREATY_ROWS // n_rows
    check_treaties(most, n_rows)
    with pytest.raises(InvalidParameter) as refused:
        check_treaties(most + 1, n_rows)
    (fault,) = refused.value.faults
    assert f"at most {most} treaties over HTTP for 7,000,000 losses" in fault.bound
    assert "fewer alternatives" in fault.fix


def test_fates_are_bounded_and_the_bound_that_is_named_is_accepted():
    check_fates(64 * 200_000, 200_000)
    with pytest.raises(InvalidParameter) as refused:
        check_fates(64 * 500_000, 500_000, "/run/n_years")
    (fault,) = refused.value.faults
    assert fault.pointer == "/run/n_years"
    assert fault.bound == "must be <= 250000 over HTTP where 64 companies may fail"
    check_fates(64 * 250_000, 250_000)


@pytest.mark.parametrize(
    ("path", "named"), [("simulations", "failures"), ("pools/checks", "a check")]
)
def test_a_run_of_many_companies_that_may_fail_is_refused_before_the_work(path, named):
    members = [
        {"name": f"m{k}", "written": "1/40", "capital_and_reserves": 1e9, "rating": "A",
         "lead": k == 0}
        for k in range(40)
    ]  # fmt: skip
    row = {"product": "rd_loss", "risk_class": "chip", "sum_insured": 4e6}
    body = {
        "portfolio": {"rows": [row]},
        "pool": {"name": named, "currency": "CNY", "members": members},
        "simulation": {"n_years": 500_000},
    }
    problem = is_problem(client.post(f"/v1/{path}", json=body), 422, "invalid_parameter")
    (error,) = problem["errors"]
    assert error["pointer"] == "/simulation/n_years"
    assert "must be <= 400000 over HTTP where 40 companies may fail" in str(error)


@pytest.fixture
def slow(monkeypatch):
    """Two places, in which pricing waits to be let go: what tells that one started, and lets go."""
    started, let_go = Semaphore(0), Event()

    def wait(*arguments):
        started.release()
        let_go.wait(30)
        raise Refused("let go")

    monkeypatch.setattr(pricing, "price", wait)
    monkeypatch.setattr(work, "_places", BoundedSemaphore(2))
    monkeypatch.setattr(work, "_running", BoundedSemaphore(2))
    yield started, let_go
    let_go.set()


def test_when_all_places_are_taken_the_service_says_so_at_once_and_stays_alive(slow):
    started, let_go = slow
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(client.post, "/v1/price", json=quick("patent")) for _ in range(2)]
        assert all(started.acquire(timeout=10) for _ in waiting)
        answer = client.post("/v1/price", json=quick("patent"))
        is_problem(answer, 503, "busy")
        assert int(answer.headers["retry-after"]) > 0
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/products").status_code == 200
        let_go.set()
        assert [one.result(timeout=30).status_code for one in waiting] == [409, 409]
    with a_turn():
        pass


def test_a_turn_is_given_back_after_a_failure():
    for _ in range(work.RUNNING + work.WAITING + 1):
        with pytest.raises(RuntimeError), a_turn():
            raise RuntimeError


@pytest.mark.parametrize(
    ("row", "units"),
    [
        ({}, 1), ({"units": "100,000"}, 100_000), ({"units": 3, "term_months": 24}, 6),
        ({"units": "many", "term_months": "6"}, 1),
    ],
)  # fmt: skip
def test_the_objects_of_a_row_are_counted_as_the_reader_reads_them(row, units):
    assert work.insured_objects([row]) == units


def test_insured_objects_are_units_times_years():
    rows = [{"units": 40, "term_months": 24}, {"units": "2"}, {"units": "x"}, {"term_months": 6}]
    assert work.insured_objects(rows) == 80 + 2 + 1 + 1
