"""A million rows of a bordereau with planted faults: time beside pandas, and memory.

    python benchmarks/bordereau.py [rows]

Every line is a process of its own. `ratio` is processor time, all threads together, over that of
`pandas.read_csv` for the same rows in UTF-8, read as it likes (numbers as numbers); `to texts` over
that of reading all as texts, as a bordereau must be (007 stays 007). Goals: reading either
encoding, and reading and checking it, takes at most 3 times the first and 600 bytes a row beyond
what the imports take. Exits with 1 only when what is found is not what was planted.
"""

import csv
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FAULTS = {"sum_insured": "12万", "units": "1.5", "risk_class": "chips", "supply_exposed": "也许"}
OURS = {"保险金额": "sum_insured", "件数": "units", "险类": "risk_class",
        "供应链受限": "supply_exposed"}  # fmt: skip
PASSES = 2
"""Over all lines, so that other work on the machine meets more than one of them."""

EVERY = 1_000
"""A fault of each kind once in so many rows."""

GOAL, MOST = 3.0, 600
ENCODINGS = ("UTF-8", "GB 18030")


def planted(rows):
    """Columns of texts under Chinese headers, a fault of every kind in one row of `EVERY`: ids in
    no order, amounts with separators that hardly repeat, four rows a policy."""
    sums = [1000 + 1.25 * (row * 7919 % rows) for row in range(rows)]
    columns = {
        "标的编号": [f"{row * 7919 % rows:09d}" for row in range(rows)],
        "保单号": [f"HZ2026{row // 4:08d}" for row in range(rows)],
        "产品": ["rd_loss"] * rows,
        "被保险人": [f"杭州量屿生物医药有限公司第{row % 5000}号" for row in range(rows)],
        "险类": [("general", "chip", "biopharma")[row % 3] for row in range(rows)],
        "保险金额": [f"{own:,.2f}" for own in sums],
        "预算": [f"{2 * own:.2f}" for own in sums],
        "件数": ["1"] * rows,
        "保险期限(月)": [str(6 + row % 30) for row in range(rows)],
        "企业生命周期阶段": [("startup", "growth", "mature")[row % 3] for row in range(rows)],
        "园区": [f"园区{row % 900}" for row in range(rows)],
        "供应链受限": ["否"] * rows,
    }
    for row, theirs, name in places(rows):
        columns[theirs][row] = FAULTS[name]
    return columns


def places(rows):
    """Row, header and column of every planted fault, in order of rows."""
    return [
        (row, *names)
        for row in range(rows)
        for place, names in enumerate(OURS.items())
        if row % EVERY == place
    ]


def digest(cells):
    """Of (row, column, value), in order."""
    return hashlib.sha256(repr(list(cells)).encode()).hexdigest()


def write(folder, rows):
    from techinsure import bordereau

    columns = planted(rows)
    for encoding in ("utf-8", "gb18030"):  # as core systems write: quoted where it must be
        with (folder / f"{encoding}.csv").open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([columns, *zip(*columns.values(), strict=True)])
    sheet = bordereau.Sheet.of(columns)
    bordereau.write(sheet, folder / "rows.parquet")
    small = bordereau.Sheet(columns={n: c[: rows // 20] for n, c in sheet.columns.items()})
    bordereau.write(small, folder / "twentieth.xlsx")


def pandas_typed(folder):
    import pandas as pd

    return lambda: len(pd.read_csv(folder / "utf-8.csv", encoding="utf-8"))


def pandas_texts(folder):
    import pandas as pd

    return lambda: len(pd.read_csv(folder / "utf-8.csv", dtype=str, keep_default_na=False))


def ours(folder, name, checks=False):
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401  (not to be timed)

    from techinsure import bordereau
    from techinsure.catalogue import shipped

    catalogue = shipped()

    def run():
        sheet = bordereau.read(folder / name)
        return bordereau.check(sheet, catalogue) if checks else sheet.n_rows

    return run


CASES = {
    "pandas, numbers as numbers": pandas_typed,
    "pandas, all texts": pandas_texts,
    "read UTF-8": lambda folder: ours(folder, "utf-8.csv"),
    "read GB 18030": lambda folder: ours(folder, "gb18030.csv"),
    "read Parquet": lambda folder: ours(folder, "rows.parquet"),
    "read xlsx (a twentieth)": lambda folder: ours(folder, "twentieth.xlsx"),
    "read and check UTF-8": lambda folder: ours(folder, "utf-8.csv", checks=True),
    "read and check GB 18030": lambda folder: ours(folder, "gb18030.csv", checks=True),
}


def peak():
    """MiB of this process at its highest."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def measure(case, folder):
    """Seconds of processor and of the clock, best of two, peak growth in MiB, what came out."""
    run = CASES[case](folder)
    before, best, clock, found = peak(), float("inf"), float("inf"), None
    for _ in range(2):
        found = None
        start, began = time.process_time(), time.perf_counter()
        found = run()
        best = min(best, time.process_time() - start)
        clock = min(clock, time.perf_counter() - began)
    if isinstance(found, tuple):
        cells = [(int(f.pointer.split("/")[1]), f.field, f.value) for f in found]
        found = [len(cells), digest(cells)]
    print(json.dumps([best, clock, peak() - before, found]))


def in_a_process(case, folder):
    """What `measure` says, in a process of its own."""
    command = [sys.executable, __file__, "measure", case, folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def better(*passes):
    """The least time, the largest peak, and what came out the last time."""
    seconds, clocks, mib, found = zip(*passes, strict=True)
    return min(seconds), min(clocks), max(mib), found[-1]


def disagreements(results, rows):
    """What did not come out as planted."""
    cells = [(row, name, FAULTS[name] if name != "units" else 1.5)
             for row, _, name in places(rows)]  # fmt: skip
    wanted = {case: rows // 20 if "twentieth" in case else rows for case in results}
    wanted |= {case: [len(cells), digest(cells)] for case in results if "check" in case}
    return [case for case, (*_, found) in results.items() if found != wanted[case]]


def main(rows):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, __file__, "write", name, str(rows)], check=True)
        sizes = {file.name: round(file.stat().st_size / 2**20) for file in folder.iterdir()}
        print(f"{rows:,} rows of 12 columns; MiB: {sizes}")
        passes = [{case: in_a_process(case, name) for case in CASES} for _ in range(PASSES)]
    results = {case: better(*[one[case] for one in passes]) for case in CASES}
    typed, texts = (results[case][0] for case in list(CASES)[:2])
    print(f"{'':28}{'s':>7}{'ratio':>8}{'to texts':>10}{'clock':>7}{'MiB':>7}{'B/row':>7}  result")
    for case, (seconds, clock, mib, found) in results.items():
        told = f"{found[0]:,} faults" if isinstance(found, list) else f"{found:,} rows"
        print(f"{case:28}{seconds:7.2f}{seconds / typed:8.2f}{seconds / texts:10.2f}{clock:7.2f}"
              f"{mib:7.0f}{mib * 2**20 / rows:7.0f}  {told}")  # fmt: skip
    _goals(results, typed, rows)
    wrong = disagreements(results, rows)
    print("faults as planted, in both encodings:", "FAIL" if wrong else "PASS", *wrong)
    return not wrong


def _goals(results, typed, rows):
    """Time over the first line's, and bytes a row, of the slower and larger encoding."""
    for what in ("read", "read and check"):
        lines = [results[f"{what} {name}"] for name in ENCODINGS]
        worst = max(seconds for seconds, *_ in lines) / typed
        print(f"goal: {what} <= {GOAL:g}: {'PASS' if worst <= GOAL else 'FAIL'} ({worst:.2f})")
        size = max(mib for _, _, mib, _ in lines) * 2**20 / rows
        print(f"goal: {what} <= {MOST} B/row: {'PASS' if size <= MOST else 'FAIL'} ({size:.0f})")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", folder, rows]:
            write(Path(folder), int(rows))
        case ["measure", case, folder]:
            measure(case, Path(folder))
        case rest:
            sys.exit(0 if main(int(rest[0]) if rest else 1_000_000) else 1)
