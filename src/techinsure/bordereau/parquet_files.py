"""Parquet as text columns, and back."""

import io
from collections.abc import Mapping
from typing import Any

from techinsure.bordereau.sheet import MOST_BYTES, refuse_headers, refuse_size
from techinsure.errors import Fault, InvalidParameter
from techinsure.text_columns import TextColumn, encoded

MOST_UNPACKED = 4 * MOST_BYTES


def read(content: bytes) -> tuple[list[str], list[TextColumn]]:
    """Headers and columns, every value as text, null as ""; sizes are checked before reading."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(content))
        told = file.metadata
        headers = [name.strip() for name in file.schema_arrow.names]
        refuse_headers(headers)
        refuse_size(told.num_rows, told.num_columns)
        groups = [told.row_group(place) for place in range(told.num_row_groups)]
        unpacked = sum(group.total_byte_size for group in groups)
        if unpacked > MOST_UNPACKED:
            bound = f"must unpack to at most {MOST_UNPACKED} bytes"
            raise InvalidParameter([Fault("file", unpacked, bound)])
        batches, n_rows = [], 0
        for batch in file.iter_batches():
            n_rows += batch.num_rows
            refuse_size(n_rows, len(headers))
            batches.append(batch)
        table = pa.Table.from_batches(batches, file.schema_arrow)
        return headers, [_texts(name, table.column(i)) for i, name in enumerate(headers)]
    except (pa.ArrowException, OSError) as error:
        fault = Fault("file", "", f"must be Parquet: {str(error).splitlines()[0]}")
        raise InvalidParameter([fault]) from None


def _texts(name: str, column: Any) -> TextColumn:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_nested(column.type):
        raise InvalidParameter([Fault(name, str(column.type), "must be a column of plain values")])
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2.0**53))
        counts = pc.cast(pc.if_else(whole, column, None), pa.int64(), safe=False)
        column = pc.coalesce(pc.cast(counts, pa.string()), pc.cast(column, pa.string()))
    texts = pc.fill_null(pc.cast(column, pa.string()), "")
    return TextColumn.joined([encoded(piece) for piece in texts.chunks])


def write(columns: Mapping[str, TextColumn]) -> bytes:
    """A Parquet file of text columns."""
    import pyarrow as pa
    from pyarrow import parquet

    target = io.BytesIO()
    arrays = [column.array for column in columns.values()]
    parquet.write_table(pa.table(arrays, names=list(columns)), target)
    return target.getvalue()
