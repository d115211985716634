"""The documents: links lead somewhere, every page can be found, and what README shows runs.

In the blocks of README.md and README.zh.md, `python` runs as one program a page; a line of `sh`
must be a command known to `ACTIONS`, which says what is done with it.
"""

import ast
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

import pytest
import uvicorn

import run
from techinsure_api.main import app

ROOT = Path(__file__).resolve().parents[1]
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
PAGES = [*READMES, *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("products/*/evidence.md"))]
BLOCK = re.compile(r"^```(\S*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def blocks(page, *kinds):
    """The text of the fenced blocks of these kinds."""
    return [text for kind, text in BLOCK.findall(page.read_text("utf-8")) if kind in kinds]


# --- Links ---------------------------------------------------------------------------------------


def links(page):
    """Where a page points to, outside of code."""
    prose = BLOCK.sub("", page.read_text("utf-8"))
    return LINK.findall(re.sub(r"`[^`\n]*`", "", prose))


def anchors(page):
    """The anchors that GitHub gives to the headings of a page."""
    found = []
    for heading in re.findall(r"^#+ (.*)$", BLOCK.sub("", page.read_text("utf-8")), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower().strip()
        kept = [c for c in text if c in " -_" or unicodedata.category(c)[0] in "LN"]
        found.append("".join(kept).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        inside = target.is_relative_to(ROOT) and target.exists()
        if not inside or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_every_page_is_found_from_the_index():
    index = ROOT / "docs/index.md"
    listed = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    assert set(PAGES) - set(READMES) - {index} <= listed


def test_the_checks_see_what_they_look_for(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A b: 保费, `c`\n[x](y.md#z) `[no](no.md)`\n```sh\n[no](no)\nls\n```\n")
    assert links(page) == ["y.md#z"]
    assert anchors(page) == ["a-b-保费-c"]
    assert blocks(page, "sh") == ["[no](no)\nls\n"]


# --- Blocks --------------------------------------------------------------------------------------


def programs():
    """The Python of each page, without statements that an earlier page has already run."""
    seen, found = set(), []
    for page in READMES:
        statements = [s for text in blocks(page, "python") for s in ast.parse(text).body]
        written = "\n".join(ast.unparse(s) for s in statements)
        if not any(written in earlier for earlier in seen):
            found.append((page.name, written))
        seen.add(written)
    return found


@pytest.mark.parametrize(("page", "program"), programs(), ids=lambda value: value[:12])
def test_python_of_the_readme_runs(page, program, capsys):
    exec(compile(program, page, "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out


SHOWN = re.compile(r"^```python\n(.*?)^```\n```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"^`(\S+)`\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if SHOWN.search(page.read_text("utf-8"))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_page_prints_what_it_shows(page, capsys, tmp_path, monkeypatch):
    """Python followed by `text` is run, in order, beside the files that the page shows."""
    text, names = page.read_text("utf-8"), {"__name__": "page"}
    for name, content in FILE.findall(text):
        (tmp_path / name).write_text(content, "utf-8")
    monkeypatch.chdir(tmp_path)
    for program, shown in SHOWN.findall(text):
        exec(compile(program, page.name, "exec"), names)
        assert capsys.readouterr().out == shown


def commands():
    """Every command of a `sh` block once, continued lines joined."""
    lines = [
        line.removeprefix("$ ").strip()
        for page in READMES
        for text in blocks(page, "sh", "bash", "console")
        for line in text.replace("\\\n", " ").splitlines()
    ]
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


@pytest.fixture(scope="module")
def service():
    """host:port of the service in this process."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    give_up = time.monotonic() + 20
    while not server.started and time.monotonic() < give_up:
        time.sleep(0.02)
    assert server.started
    yield "{}:{}".format(*listening.getsockname())
    server.should_exit = True
    thread.join(10)


def shell(line, folder):
    """What a line prints, run where only the installed script is at hand; it must succeed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        line, shell=True, cwd=folder, env=os.environ | {"PATH": path}, text=True,
        capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


def runs(line, folder, request):
    assert shell(line, folder)


def answers(line, folder, request):
    """The line itself, at our port; `curl` would call an error page a success."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    here = request.getfixturevalue("service")
    moved = re.sub(r"(https?://)(127\.0\.0\.1|localhost)(:\d+)?", rf"\g<1>{here}", line)
    assert here in moved
    assert shell(moved.replace("curl ", "curl --fail-with-body ", 1), folder)


def is_a_verb(line, folder, request):
    assert shlex.split(line)[2] in run.LOCKS


def is_left_alone(line, folder, request):
    """It needs a network, or changes the folder only."""


ACTIONS = {
    "techinsure": runs,
    "curl": answers,
    "python3 run.py": is_a_verb,
    "git clone": is_left_alone,
    "cd": is_left_alone,
}


@pytest.mark.parametrize("line", commands(), ids=lambda line: line[:40])
def test_commands_of_the_readme_run(line, tmp_path, request):
    known = [action for start, action in ACTIONS.items() if line.startswith(f"{start} ")]
    assert known, f"say in ACTIONS what to do with: {line}"
    known[0](line, tmp_path, request)


def test_the_readme_has_blocks_of_each_kind():
    """So that the tests above do not pass by finding nothing."""
    starts = {line.split()[0] for line in commands()}
    assert {"techinsure", "curl", "python3"} <= starts
    assert programs()
