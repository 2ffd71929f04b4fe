"""A plugin of pytest that keeps the outcome of each test.  Loaded by the processes of runner.py."""

import json
import os
import pathlib
import zlib

import runner

OUTCOMES: dict = {}
SAMPLE = int(os.environ.get("DUALDIFF_SAMPLE", "1"))
ALWAYS = os.environ.get("DUALDIFF_ALWAYS", "").split()


def pytest_collection_modifyitems(items):
    """Keeps one test in SAMPLE, by the sum of its name, and those that ALWAYS names."""
    if SAMPLE > 1:
        items[:] = [item for item in items
                    if zlib.crc32(item.nodeid.encode()) % SAMPLE == 0 or runner.listed(ALWAYS, item.nodeid)]  # fmt: skip


def pytest_runtest_logreport(report):
    """Notes what came of a test."""
    kind = "failed" if report.failed else "skipped" if report.skipped else "passed"
    if report.when != "call" and kind == "passed":
        return
    reason = ""
    if kind == "failed":
        crash = getattr(report.longrepr, "reprcrash", None)
        reason = crash.message[:600] if crash is not None else str(report.longrepr)[-600:]
    if kind == "failed" or report.nodeid not in OUTCOMES:
        OUTCOMES[report.nodeid] = (kind, reason)


def pytest_collectreport(report):
    """Notes a file that could not be read."""
    if report.failed:
        OUTCOMES[report.nodeid] = ("failed", str(report.longrepr)[-600:])


def pytest_sessionfinish(session):
    """Writes the outcomes where runner.py looks for them."""
    pathlib.Path(os.environ["DUALDIFF_OUTCOMES"]).write_text(json.dumps(OUTCOMES))
