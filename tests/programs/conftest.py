"""Here every call of a compiled function is compared with the function itself."""

import pytest

from dualdiff.programs.compiled import always_check


@pytest.fixture(autouse=True)
def checked():
    """Each program is held to the bits of its function."""
    with always_check(True):
        yield
