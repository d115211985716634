"""Results in memory: the latest are kept."""

import pytest

from techinsure.errors import NotFound
from techinsure_api.store import Store


def test_keeps_the_latest_under_ids_of_their_own():
    store = Store("simulation", most=2)
    first, second = (store.add({"number": number}) for number in (1, 2))
    assert first["id"] != second["id"]
    assert store.get(first["id"]) == {"id": first["id"], "number": 1}
    third = store.add({"number": 3})
    with pytest.raises(NotFound):
        store.get(second["id"])  # the one longest not asked for
    assert store.get(first["id"])["number"] == 1
    assert store.get(third["id"])["number"] == 3
