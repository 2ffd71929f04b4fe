"""A plugin of pytest: runs each test in a derivative call.  Loaded by run.py."""

import os

import hypothesis
import pytest

import dualdiff as dd

hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

WAY = os.environ["DUALDIFF_WAY"]


def within(function):
    """Calls a function inside a jvp."""
    import carried

    def run(x):
        carried.ARGUMENT = x if WAY == "carrying" else None
        try:
            function()
        finally:
            carried.ARGUMENT = None
        return x * 1.0

    dd.jvp(run, (1.5,), (0.5,))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """The test function itself; fixtures and parameters are made outside."""
    if WAY == "outside":
        return None
    given = pyfuncitem.obj
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    within(lambda: given(**arguments))
    return True
