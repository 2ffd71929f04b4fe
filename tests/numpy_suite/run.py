"""NumPy's own tests on dualdiff.numpy: ``python tests/numpy_suite/run.py``.

The tests come with the installed NumPy.  They are copied to a temporary folder, their imports of NumPy are replaced by
imports of dualdiff.numpy, and they run three ways:

    outside     of any derivative call, where dualdiff.numpy is NumPy
    inside      each test inside a jvp, where the arrays it makes are constants that could take derivatives
    carrying    inside a jvp, and every float array that the test makes has tangents

expected.py lists what fails and why.  The exit status is 1 where a test fails that is not listed there, or passes
although it is listed.  With another NumPy than the list is for, it is 1 where more than one test in a hundred fails
that is not listed.

    python tests/numpy_suite/run.py                             all three, two at a time
    python tests/numpy_suite/run.py inside -k test_clip -x      one way; the rest goes to pytest, nothing is compared
"""

import os
import pathlib
import shutil
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "borrowed")]

import expected  # noqa: E402
import runner  # noqa: E402

SKIPPED = (
    "test_core_shape_base.py::TestConcatenate::test_huge_list_error",       # asks for 16 GiB
    "test_core_indexing.py::TestIndexing::test_small_regressions",          # counts references to a dtype
)
"""Tests that say nothing about dualdiff."""

WAYS = ("outside", "inside", "carrying")
FILES = (
    "lib/tests/test_function_base.py", "lib/tests/test_shape_base.py", "lib/tests/test_nanfunctions.py",
    "lib/tests/test_index_tricks.py", "lib/tests/test_twodim_base.py", "lib/tests/test_arraypad.py",
    "lib/tests/test_polynomial.py", "_core/tests/test_numeric.py", "_core/tests/test_shape_base.py",
    "_core/tests/test_indexing.py", "linalg/tests/test_linalg.py", "fft/tests/test_pocketfft.py",
)  # fmt: skip

IMPORTS = (
    (r"^(\s*)import numpy as np$", r"\1from {0} import numpy as np"),
    (r"^(\s*)import numpy\.polynomial\.polynomial as poly$", r"\1from {0}.numpy.polynomial import polynomial as poly"),
    (r"^(\s*)from numpy((?:\.(?:linalg|fft|random|testing|exceptions|polynomial))?) import ", r"\1from {0}.numpy\2 import "),
    (r"^(\s*)from numpy\._core import ((?:swapaxes\b)|\((?!\)))", r"\1from {0}.numpy import \2"),
)  # fmt: skip
"""What is replaced.  NumPy's private modules stay, but for the public functions that two files take from numpy._core."""


def started(folder, way, more=()):
    """A pytest process that runs all files in one way."""
    package = "carried" if way == "carrying" else "dualdiff"
    imports = [(old, new.format(package)) for old, new in IMPORTS]
    names = ["test_" + file.split("/")[0].strip("_") + "_" + file.split("/test_")[1] for file in FILES]
    runner.copy(np, FILES, folder, imports, names, ["slow"])
    skipped = [part for name in SKIPPED for part in ("--deselect", name)]
    return runner.start(folder, [*skipped, *names], ["within"], ["--hypothesis-seed=0"], more, DUALDIFF_WAY=way)


def main(arguments):
    """Runs the ways that are named; all three, two at a time, where none is."""
    if len(arguments) > 1 and arguments[0] in WAYS and arguments[1] not in WAYS:
        with tempfile.TemporaryDirectory() as work:
            return started(pathlib.Path(work), arguments[0], arguments[1:]).wait()
    bad, begin = False, time.time()
    with tempfile.TemporaryDirectory() as work:
        waiting, running = list(arguments or WAYS), {}
        while waiting or running:
            while waiting and len(running) < 2:
                way = waiting.pop()
                folder = pathlib.Path(work) / way
                folder.mkdir()
                running[way] = folder, started(folder, way)
            time.sleep(0.2)
            for way, (folder, process) in list(running.items()):
                if process.poll() is not None:
                    del running[way]
                    outcomes = runner.outcomes_of(folder, process)
                    if outcomes is not None and "DUALDIFF_KEEP" in os.environ:
                        shutil.copy(folder / "outcomes.json", pathlib.Path(os.environ["DUALDIFF_KEEP"]) / f"{way}.json")
                    bad |= outcomes is None or runner.compare(
                        way, outcomes, expected.KNOWN[way], expected.EXACT, expected.PASS[way])
    print(f"NumPy {np.__version__}, {time.time() - begin:.0f} s")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
