"""Fixtures that every room's tests share."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.fixtures.aws", "tests.fixtures.azure"]

# How long an example takes says how busy the machine is; a test that hangs ends at pytest's own timeout.
settings.register_profile("lexloci", deadline=None)
settings.load_profile("lexloci")


@pytest.fixture(scope="session", autouse=True)
def _no_width_of_the_test_runner() -> None:
    """pytest-xdist sets COLUMNS for its workers, and a command that a test runs would take it for the user's."""
    pytest.MonkeyPatch().delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session", autouse=True)
def _journals_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Workers that scan one scope at once must not meet in the default journal of the machine's user."""
    pytest.MonkeyPatch().setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
