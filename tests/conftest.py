"""Fixtures that every room's tests share."""

from hypothesis import settings

pytest_plugins = ["tests.fixtures.aws", "tests.fixtures.azure"]

# How long an example takes says how busy the machine is; a test that hangs ends at pytest's own timeout.
settings.register_profile("lexloci", deadline=None)
settings.load_profile("lexloci")
