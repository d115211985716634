"""Every picture here is drawn with warnings as errors and leaves matplotlib as it was."""

import sys
import warnings

import matplotlib
import pytest

import techinsure as ti
from tests.techinsure.asked import project
from tests.techinsure.plots.drawn import small_pool, without_a_loss


@pytest.fixture(scope="session")
def report():
    return ti.run_pool({"portfolio": {"sample": "demo_pool"},
                        "simulation": {"n_years": 2000, "seed": 3}})  # fmt: skip


@pytest.fixture(scope="session")
def bare():
    """One member, one item, no treaty."""
    return small_pool()


@pytest.fixture(scope="session")
def lossless():
    return without_a_loss()


@pytest.fixture(scope="session")
def quote():
    return ti.price(project(5e6))


@pytest.fixture(autouse=True)
def no_warning_and_no_trace():
    settings = dict(matplotlib.rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    assert dict(matplotlib.rcParams) == settings
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []
