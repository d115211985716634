"""The worked example of the page on distributions prints what the page says."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs/methods/distributions.md"


def test_the_worked_example_prints_what_the_page_says(capsys):
    text = PAGE.read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    exec(compile(program, PAGE.name, "exec"), {"__name__": "page"})
    assert capsys.readouterr().out == printed
