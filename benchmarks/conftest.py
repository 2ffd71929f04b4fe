"""The fixture `compare`, and the compact table at the end of `pytest benchmarks --benchmark-only`."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # see table.py

import pytest
from timing import interleaved

ROWS = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[ROWS] = []
    if hasattr(config.option, "benchmark_columns"):  # the wide table with less in it
        config.option.benchmark_columns = ["min", "median", "rounds"]


@pytest.fixture
def compare(benchmark, request):
    """compare(group, what, f, call, n=, m=, k=): benchmarks call, and notes its ratio to f."""

    def run(group, what, f, call, **info):
        benchmark.group = group
        benchmark(call)
        base, own = interleaved(f, call, seconds=0.1, least=3)
        benchmark.extra_info.update(info, ratio=round(own / base, 2))
        request.config.stash[ROWS].append((group, what, info, own, own / base))

    return run


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash[ROWS]
    if not rows:
        return
    terminalreporter.section("derivatives in units of f (best of many, f in the same run)")
    line = "{:26} {:24} {:>8} {:>8} {:>4} {:>12} {:>9}"
    terminalreporter.write_line(line.format("function", "what", "n", "m", "k", "time", "ratio"))
    last = None
    for group, what, info, seconds, ratio in rows:
        cells = [info.get(name, "") for name in "nmk"]
        name = "" if group == last else group
        terminalreporter.write_line(line.format(name, what, *cells, f"{seconds * 1e6:.2f} us", f"{ratio:.2f}"))
        last = group
