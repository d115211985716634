"""What every test shares."""

import pytest
from hypothesis import settings

# No deadline: two workers share two cores. Derandomised: a failure can be run again.
settings.register_profile("techinsure", deadline=None, derandomize=True)
settings.load_profile("techinsure")


@pytest.fixture(scope="session", autouse=True)
def _data_folder_of_its_own(tmp_path_factory):
    """No test touches what the user has stored; processes that a test starts inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECHINSURE_DATA", str(tmp_path_factory.mktemp("data")))
        yield
