"""The shipped scenarios: data with sources and grades, by name."""

import tomllib
from functools import cache
from importlib.resources import files

from techinsure.errors import NotFound
from techinsure.quantities import nearest
from techinsure.reading import read
from techinsure.stress.scenarios import Scenario


@cache
def scenarios() -> dict[str, Scenario]:
    """All of them by name, in the order of the file."""
    text = (files("techinsure") / "stress" / "scenarios.toml").read_text("utf-8")
    found = [read(Scenario, one) for one in tomllib.loads(text)["scenarios"]]
    return {one.name: one for one in found}


def scenario(name: str) -> Scenario:
    """A shipped scenario, or `NotFound`."""
    known = scenarios()
    if name not in known:
        raise NotFound("scenario", name, known, nearest(name, known))
    return known[name]
