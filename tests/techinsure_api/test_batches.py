"""Many requests, each on its own: what one does wrong reaches no other."""

import pytest

from techinsure import quoting
from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter, Undefined
from techinsure_api import batches
from techinsure_api.batches import BatchRequest, price_each
from tests.techinsure_api.service import changed, quick

PROJECT = quick("rd_loss")


@pytest.fixture
def priced(monkeypatch):
    """The seeds that were priced, in order; seed 13 has no price."""
    seeds, quote = [], quoting.price(PROJECT)

    def price(request, catalogue, *, limited):
        seeds.append((request.simulation.seed, request.drivers, limited))
        if request.simulation.seed == 13:
            raise Undefined("the mean is infinite")
        return quote

    monkeypatch.setattr(batches.pricing, "price", price)
    return seeds


def seeded(*seeds):
    return [changed(PROJECT, "/simulation/seed", seed) for seed in seeds]


def test_all_are_tried_in_order_and_progress_is_told(priced):
    told = []
    answer = price_each(
        [*seeded(5, 13), None, *seeded(7)], shipped(), limited=False,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert priced == [(5, False, False), (13, False, False), (7, False, False)]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [one.quote is not None for one in answer.answers] == [True, False, False, True]
    assert [one.problem and one.problem.code for one in answer.answers] == [
        None, "undefined", "invalid_parameter", None,
    ]  # fmt: skip
    assert (answer.priced, answer.failed) == (2, 2)


def test_drivers_of_a_request_come_before_those_of_the_batch(priced):
    asked = [*seeded(1), {**PROJECT, "drivers": False}]
    price_each(asked, shipped(), drivers=True)
    assert [drivers for _, drivers, _ in priced] == [True, False]


def test_a_failure_of_the_program_is_no_answer(monkeypatch):
    """A fault of the service is not told as if it were one of the request."""

    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(batches.pricing, "price", fail)
    with pytest.raises(ZeroDivisionError):
        price_each([PROJECT], shipped())


@pytest.mark.parametrize("n", [0, 101])
def test_a_batch_holds_1_to_100(n):
    with pytest.raises(InvalidParameter, match="must hold 1 to 100 requests"):
        BatchRequest(requests=(PROJECT,) * n)
    BatchRequest(requests=(PROJECT,) * 100)
