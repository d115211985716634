"""A million rows of a bordereau with planted faults: time beside pandas, and memory.

    python benchmarks/bordereau.py [rows]

Every line is a process of its own. `ratio` is processor time over that of `pandas.read_csv` for
the same rows in UTF-8, read as it likes (numbers as numbers); `to texts` over that of reading all
as texts, as a bordereau must be (007 stays 007). Goals: reading either encoding takes at most 3
times the first, reading and checking at most 3 times the second.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FAULTS = {"sum_insured": "12万", "units": "1.5", "risk_class": "chips", "supply_exposed": "也许"}
EVERY = 1_000
"""A fault of each kind once in so many rows."""

GOAL = 3.0
ENCODINGS = ("UTF-8", "GB 18030")


def planted(rows):
    """Columns of texts, Chinese headers, a fault of every kind in one row of `EVERY`."""
    columns = {
        "标的编号": [f"{row:09d}" for row in range(rows)],
        "产品": ["rd_loss"] * rows,
        "被保险人": [f"杭州量屿生物医药有限公司第{row % 5000}号" for row in range(rows)],
        "险类": [("general", "chip", "biopharma")[row % 3] for row in range(rows)],
        "保险金额": [f"{1000 + 1.25 * row:,.2f}" for row in range(rows)],
        "件数": ["1"] * rows,
        "保险期限(月)": [str(6 + row % 30) for row in range(rows)],
        "企业生命周期阶段": [("startup", "growth", "mature")[row % 3] for row in range(rows)],
        "园区": [f"园区{row % 900}" for row in range(rows)],
        "供应链受限": ["否"] * rows,
    }
    ours = {"保险金额": "sum_insured", "件数": "units", "险类": "risk_class",
            "供应链受限": "supply_exposed"}  # fmt: skip
    for place, (theirs, name) in enumerate(ours.items()):
        for row in range(place, rows, EVERY):
            columns[theirs][row] = FAULTS[name]
    return columns


def write(folder, rows):
    from techinsure import bordereau

    columns = planted(rows)
    for encoding in ("utf-8", "gb18030"):  # as core systems write: quoted where it must be
        with (folder / f"{encoding}.csv").open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([columns, *zip(*columns.values(), strict=True)])
    sheet = bordereau.Sheet.of(columns)
    bordereau.write(sheet, folder / "rows.parquet")
    small = bordereau.Sheet(columns={n: c[: rows // 10] for n, c in sheet.columns.items()})
    bordereau.write(small, folder / "tenth.xlsx")


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
        return len(bordereau.check(sheet, catalogue)) if checks else sheet.n_rows

    return run


CASES = {
    "pandas, numbers as numbers": pandas_typed,
    "pandas, all texts": pandas_texts,
    "read UTF-8": lambda folder: ours(folder, "utf-8.csv"),
    "read GB 18030": lambda folder: ours(folder, "gb18030.csv"),
    "read Parquet": lambda folder: ours(folder, "rows.parquet"),
    "read xlsx (a tenth)": lambda folder: ours(folder, "tenth.xlsx"),
    "read and check UTF-8": lambda folder: ours(folder, "utf-8.csv", checks=True),
    "read and check GB 18030": lambda folder: ours(folder, "gb18030.csv", checks=True),
}


def peak():
    """MiB of this process at its highest."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def measure(case, folder):
    """Seconds of processor, best of three, peak growth in MiB, and what came out."""
    run = CASES[case](folder)
    before, best, found = peak(), float("inf"), None
    for _ in range(3):
        start = time.process_time()
        found = run()
        best = min(best, time.process_time() - start)
    print(json.dumps([best, peak() - before, found]))


def main(rows):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, __file__, "write", name, str(rows)], check=True)
        sizes = {file.name: round(file.stat().st_size / 2**20) for file in folder.iterdir()}
        print(f"{rows:,} rows; MiB: {sizes}")
        results = {}
        for case in CASES:
            command = [sys.executable, __file__, "measure", case, name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results[case] = json.loads(done.stdout)
        typed, texts = (results[case][0] for case in list(CASES)[:2])
        print(f"{'':28}{'s':>7}{'ratio':>8}{'to texts':>10}{'MiB':>7}{'B/row':>7}  result")
        for case, (seconds, mib, found) in results.items():
            print(f"{case:28}{seconds:7.2f}{seconds / typed:8.2f}{seconds / texts:10.2f}"
                  f"{mib:7.0f}{mib * 2**20 / rows:7.0f}  {found:,}")  # fmt: skip
        read = max(results[f"read {name}"][0] for name in ENCODINGS) / typed
        check = max(results[f"read and check {name}"][0] for name in ENCODINGS) / texts
        for what, worst in (("read", read), ("read and check, to texts", check)):
            print(f"goal: {what} <= {GOAL:g}: {'PASS' if worst <= GOAL else 'FAIL'} ({worst:.2f})")
        return max(read, check) <= GOAL


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", folder, rows]:
            write(Path(folder), int(rows))
        case ["measure", case, folder]:
            measure(case, Path(folder))
        case rest:
            sys.exit(0 if main(int(rest[0]) if rest else 1_000_000) else 1)
