"""The rules of the house that ruff, mypy and import-linter do not know."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("src/techinsure", "api/techinsure_api")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]

LONGEST_FILE, LONGEST_FUNCTION = 400, 50
VAGUE_NAMES = {"base", "common", "core", "domain", "helpers", "misc", "services", "utils"}
RECORD = "dataclass(frozen=True, slots=True, kw_only=True)"
LATE_IMPORTS = (
    *("chainladder", "fastapi", "matplotlib", "numba", "pandas"),
    *("pyarrow", "python_calamine", "xlsxwriter"),
)
TOP_LEVEL = {
    *("README.md", "README.zh.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "run.py"),
    *("src", "api", "products", "tests", "benchmarks", "docs", "requirements", ".ci", ".gitignore"),
}
ADDRESSES = {  # spelt so that this file does not break its own rule
    "a package registry": re.compile("pypi" + r"\.org|python" + "hosted|npm" + r"js\.org"),
    "a folder of one machine": re.compile(r"(?<![\w.])/(home|mnt|root|Users|work)" + "/"),
    "a folder outside the repository": re.compile(r"\.\./" + "shared"),
}


def git_files() -> list[str]:
    """What is tracked or about to be."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-c", "-o", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_rooms_are_small(path):
    """A longer file says why in its first five lines, a function at its def: `# long: why`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if not excused("long", lines[:5]):
        assert len(lines) <= LONGEST_FILE, f"{path}: {len(lines)} lines"
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if not excused("long", lines[first_line(node) - 2 : node.body[0].lineno - 1]):
                assert length <= LONGEST_FUNCTION, f"{path}:{node.lineno}: {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_dataclasses_are_closed_records(path):
    """Each alone: a nested class would seem to inherit the configuration of its parent.

    One that holds arrays may leave equality out; one that is no data says why in the line before
    it: `# not data: why`.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if not isinstance(node, ast.ClassDef):
            continue
        written = [ast.unparse(decorator) for decorator in node.decorator_list]
        is_dataclass = any("dataclass" in decorator for decorator in written)
        if is_dataclass and not excused("not data", [lines[first_line(node) - 2]]):
            place = f"{path}:{node.lineno}: {node.name}"
            assert written[-1].replace(", eq=False", "") == RECORD, place
            assert configuration(node) in ("FORBID", "ConfigDict(extra='forbid')"), place


def excused(word: str, lines: list[str]) -> bool:
    return any(re.search(rf"# {word}: \w+", line) for line in lines)


def first_line(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def configuration(node: ast.ClassDef) -> str | None:
    """What the body of the class itself gives to `__pydantic_config__`."""
    for statement in node.body:
        match statement:
            case ast.AnnAssign(
                target=ast.Name(id="__pydantic_config__"), value=ast.expr() as value
            ):
                return ast.unparse(value)
    return None


def test_every_name_says_what_is_inside():
    assert not [name for name in NAMES if VAGUE_NAMES & set(re.split(r"[/.]", name))]


def test_every_folder_of_modules_is_a_package():
    """import-linter does not see the others."""
    assert not [path for path in SOURCES if not (path.parent / "__init__.py").exists()]


def test_importing_the_engine_leaves_the_heavy_packages_out():
    script = f"import sys, techinsure; print(*(set({LATE_IMPORTS}) & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).split() == []


def test_the_drawn_tree_is_the_real_tree():
    """Every module and folder of the two packages and the catalogue, in docs/architecture.md."""
    drawn = set(drawn_tree((ROOT / "docs/architecture.md").read_text(encoding="utf-8")))
    assert drawn == set(real_tree())


def drawn_tree(page: str) -> Iterator[str]:
    """The paths of the ```tree block: two spaces a level, folders end in /, two spaces end a name.

    src/techinsure/
      errors.py  everything that goes wrong
      losses/
        measures.py
    """
    block = re.search(r"^```tree\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert block, "no ```tree block"
    above: list[str] = []
    for line in filter(str.strip, block[1].splitlines()):
        level = (len(line) - len(line.lstrip())) // 2
        name = re.split(r"\s{2,}", line.strip())[0]
        above[level:] = [name.rstrip("/")]
        yield "/".join(above) + ("/" if name.endswith("/") else "")


def real_tree() -> Iterator[str]:
    """The folders that hold a file, and the modules without `__init__.py`."""
    for root in (*PACKAGES, "products"):
        for path in (ROOT / root).rglob("*"):
            if path.is_dir() or "__pycache__" in path.parts:
                continue
            name = path.relative_to(ROOT)
            yield from (f"{folder}/" for folder in name.parents if folder.is_relative_to(root))
            if path.suffix == ".py" and path.name != "__init__.py":
                yield str(name)


def test_the_drawing_is_read_as_it_looks():
    page = "```tree\nsrc/a/\n  one.py  first\n  in/\n    two.py\n  three.py\nproducts/\n```\n"
    inside = ["one.py", "in/", "in/two.py", "three.py"]
    assert list(drawn_tree(page)) == ["src/a/", *(f"src/a/{name}" for name in inside), "products/"]


def test_no_file_names_a_registry_or_a_machine():
    found = []
    for name in git_files():
        content = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {what}" for what, words in ADDRESSES.items() if words.search(content)]
    assert not found


def test_the_top_level_holds_what_it_should():
    assert {name.split("/")[0] for name in git_files()} == TOP_LEVEL
