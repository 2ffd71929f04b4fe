"""A plugin of pytest: runs each test in a derivative call and keeps the outcomes.  Loaded by run.py."""

import json
import os
import pathlib

import hypothesis
import pytest

import dualdiff as dd

hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

WAY = os.environ["DUALDIFF_WAY"]
OUTCOMES: dict = {}


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


def pytest_runtest_logreport(report):
    """Notes what came of a test."""
    kind = "failed" if report.failed else "skipped" if report.skipped else "passed"
    if report.when != "call" and kind == "passed":
        return
    reason = ""
    if kind == "failed":
        crash = getattr(report.longrepr, "reprcrash", None)
        reason = crash.message[:600] if crash is not None else str(report.longrepr)[-600:]
    OUTCOMES.setdefault(report.nodeid, (kind, reason))
    if kind == "failed":
        OUTCOMES[report.nodeid] = (kind, reason)


def pytest_sessionfinish(session):
    """Writes the outcomes where run.py looks for them."""
    pathlib.Path(session.config.rootpath, "outcomes.json").write_text(json.dumps(OUTCOMES))
