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

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import scipy

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import expected  # noqa: E402

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


def copied(text):
    """The text of a test file with its imports of SciPy replaced."""
    for old, new in IMPORTS:
        text = re.sub(old, new, text, flags=re.MULTILINE)
    return text


def prepare(folder):
    """Copies the test files; gives their names."""
    where = pathlib.Path(scipy.__file__).parent
    missing = [file for file in FILES if not (where / file).exists()]
    if missing:
        sys.exit(f"this SciPy ({scipy.__version__}) comes without its tests ({missing[0]}): install a wheel from PyPI")
    names = []
    for file in FILES:
        target = pathlib.Path(file).name
        (folder / target).write_text(copied((where / file).read_text(encoding="utf-8")), encoding="utf-8")
        names.append(target)
    markers = "".join(f"\n    {name}: of SciPy's" for name in (
        "slow", "xslow", "thread_unsafe", "parallel_threads", "parallel_threads_limit", "iterations", "fail_slow", "array_api_backends",
        "skip_xp_backends", "xfail_xp_backends", "xfail_on_32bit", "timeout", "uses_xp_capabilities"))  # fmt: skip
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts =\nmarkers ={markers}\n", encoding="utf-8")
    return names


def start(folder, names, more=()):
    """A pytest process in a folder, which writes its outcomes to the file of its own name."""
    paths = [str(ROOT), str(HERE), os.environ.get("PYTHONPATH", "")]
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, paths)), OMP_NUM_THREADS="1",
               OPENBLAS_NUM_THREADS="1", DUALDIFF_OUTCOMES=str(folder / f"{names[0]}.json"))  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-p", "scipy.conftest", "-p", "outcomes", "-p", "no:cacheprovider", "-c",
               "pytest.ini", "-q", *(more or ("--tb=line", "--no-header")), *names]  # fmt: skip
    out = None if more else open(folder / f"{names[0]}.log", "w")
    return subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT)


def compare(outcomes):
    """Prints what differs from expected.py; gives whether anything does."""
    passed = sorted(name for name, (outcome, _) in outcomes.items() if outcome == "passed")
    failed = sorted(name for name, (outcome, _) in outcomes.items() if outcome == "failed")
    new = [name for name in failed if expected.reason(name) is None]
    mended = [name for name in passed if expected.reason(name) is not None]
    gone = [pattern for pattern in expected.KNOWN if not any(expected.matches(pattern, name) for name in outcomes)]
    print(f"{len(passed)} of {len(passed) + len(failed)} pass; {len(failed) - len(new)} failures are known")
    for name in new:
        print(f"  fails: {name}\n      {outcomes[name][1]}")
    for name in mended:
        print(f"  passes, take it from the list: {name}")
    for pattern in gone:
        print(f"  listed, but there is no such test: {pattern}")
    return bool(new or mended or gone) if expected.EXACT else len(new) > 0.01 * len(outcomes)


def main(arguments):
    """Runs all files in two processes, the longest file alone in one; or what pytest is told."""
    begin = time.time()
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        names = prepare(folder)
        if arguments:
            return start(folder, names, arguments).wait()
        halves = names[:1], names[1:]
        processes = [start(folder, half) for half in halves]
        outcomes = {}
        for half, process in zip(halves, processes, strict=True):
            process.wait()
            found = folder / f"{half[0]}.json"
            if not found.exists():
                print(f"pytest ended with {process.returncode}\n{(folder / f'{half[0]}.log').read_text()[-4000:]}")
                return 1
            outcomes |= json.loads(found.read_text())
    bad = compare(outcomes)
    print(f"SciPy {scipy.__version__}, {time.time() - begin:.0f} s")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
