"""SciPy's own tests on dualdiff.scipy: ``python tests/scipy_suite/run.py``.

The tests come with the installed SciPy.  They are copied to a temporary folder, their imports of scipy.optimize,
scipy.integrate, scipy.linalg and scipy.special are replaced by imports from dualdiff.scipy, and they run outside of
any derivative call: what is held is that a call that SciPy takes is taken, with SciPy's answer.

expected.py lists what fails and why.  The exit status is 1 where a test fails that is not listed there, or passes
although it is listed.  With another SciPy than the list is for, it is 1 where more than one test in a hundred fails
that is not listed.

    python tests/scipy_suite/run.py                         all files, two processes
    python tests/scipy_suite/run.py -k test_bfgs -x         the rest goes to pytest, nothing is compared
"""

import pathlib
import sys
import tempfile
import time

import scipy

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "borrowed")]

import expected  # noqa: E402
import runner  # noqa: E402

FILES = (
    "optimize/tests/test_optimize.py", "optimize/tests/test_least_squares.py", "optimize/tests/test_minpack.py",
    "optimize/tests/test__root.py", "optimize/tests/test_minimize_constrained.py", "integrate/_ivp/tests/test_ivp.py",
    "linalg/tests/test_matfuncs.py",
)  # fmt: skip

SPACES = "optimize|integrate|linalg|special"
IMPORTS = (
    (rf"^(\s*)from scipy import ((?:{SPACES})(?:, (?:{SPACES}))*)$", r"\1from dualdiff.scipy import \2"),
    (rf"^(\s*)from scipy\.({SPACES}) import (?!_)", r"\1from dualdiff.scipy.\2 import "),
    (r"^from scipy\.optimize\._minpack_py import leastsq, ", r"from dualdiff.scipy.optimize import leastsq, "),
    (r"\bscipy\.(optimize|linalg)\.(?!_)(?=\w+\()", r"__import__('dualdiff').scipy.\1."),
)  # fmt: skip
"""What is replaced.  SciPy's private modules stay, but for the public functions that one file takes from there."""


MARKERS = (
    "slow", "xslow", "thread_unsafe", "parallel_threads", "parallel_threads_limit", "iterations", "fail_slow",
    "array_api_backends", "skip_xp_backends", "xfail_xp_backends", "xfail_on_32bit", "timeout", "uses_xp_capabilities",
)  # fmt: skip


def started(folder, files, more=()):
    """A pytest process that runs some of the files."""
    folder.mkdir(exist_ok=True)
    names = runner.copy(scipy, files, folder, IMPORTS, [pathlib.Path(file).name for file in files], MARKERS)
    return runner.start(folder, names, ["scipy.conftest"], [], more)


def main(arguments):
    """Runs all files in two processes, the longest file alone in one; or what pytest is told."""
    begin, outcomes = time.time(), {}
    with tempfile.TemporaryDirectory() as work:
        if arguments:
            return started(pathlib.Path(work), FILES, arguments).wait()
        folders = pathlib.Path(work) / "first", pathlib.Path(work) / "others"
        halves = FILES[:1], FILES[1:]
        processes = [started(folder, half) for folder, half in zip(folders, halves, strict=True)]
        for folder, process in zip(folders, processes, strict=True):
            process.wait()
            found = runner.outcomes_of(folder, process)
            if found is None:
                return 1
            outcomes |= found
    bad = runner.compare("dualdiff.scipy", outcomes, expected.KNOWN, expected.EXACT, expected.PASS)
    print(f"SciPy {scipy.__version__}, {time.time() - begin:.0f} s")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
