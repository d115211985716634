"""Requests from files: read once, with another run where one is asked."""

import pytest

from techinsure_api.request_files import read_bytes, read_file, with_run
from techinsure_api.strict_json import Unfit


def test_a_byte_order_mark_is_no_part_of_the_document(tmp_path):
    file = tmp_path / "a.json"
    file.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_bytes(str(file)) == b'{"a": 1}'
    assert read_file(str(file)) == {"a": 1}
    file.write_bytes(b'{"a": 1, "a": 2}')
    with pytest.raises(Unfit):
        read_file(str(file))


@pytest.mark.parametrize(
    ("document", "years", "seed", "expected"),
    [
        ({"a": 1}, None, None, {"a": 1}),
        ({"a": 1}, 5, None, {"a": 1, "simulation": {"n_years": 5}}),
        ({"simulation": {"n_years": 1, "seed": 2}}, 5, None,
         {"simulation": {"n_years": 5, "seed": 2}}),
        ({"simulation": {"n_years": 1, "seed": 2}}, None, 0,
         {"simulation": {"n_years": 1, "seed": 0}}),
        ({"simulation": 3}, 5, 1, {"simulation": 3}), ([1], 5, 1, [1]),
    ],
)  # fmt: skip
def test_the_run_is_replaced_where_it_is_asked(document, years, seed, expected):
    before = dict(document) if isinstance(document, dict) else list(document)
    assert with_run(document, years, seed) == expected
    assert document == before
