"""Marks the quick part of the tests: `pytest -m quick` runs something of everything."""

import collections
import gc
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

EVERY = 23
"""Of the cases of one test, the first and every 23rd are quick: no multiple of a table's length, so the cases vary."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session):
    """Nothing that collecting makes is garbage: it is not searched for any, now or when a test collects garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(5000, 10, 10)      # 700 makes it a twentieth of a run
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks the quick ones by their place, so that a new test is among them without being told."""
    seen = collections.Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if seen[test] % EVERY == 0:
            item.add_marker(pytest.mark.quick)
        seen[test] += 1
        if item.get_closest_marker("lifts"):
            item.add_marker(pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """The tests look at functions as they are; those of lifting without being asked turn it on: LIFTS = True in
    the module, or the mark `lifts`."""
    import dualdiff as dd

    marked = item.get_closest_marker("lifts") is not None
    with dd.auto_lift(marked or getattr(getattr(item, "module", None), "LIFTS", False)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown():
    """A test leaves np.errstate as it was: the next one may ask for a warning."""
    import numpy as np

    result = yield
    assert np.geterr() == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    return result


@pytest.fixture(params=["threads", "processes"], scope="module")
def executor(request):
    """Both kinds of the standard library."""
    if request.param == "threads":
        made = ThreadPoolExecutor(2)
    else:
        made = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    with made:
        yield made
