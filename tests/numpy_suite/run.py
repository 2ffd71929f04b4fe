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

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import expected  # noqa: E402

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


def copied(text, package):
    """The text of a test file with its imports of NumPy replaced."""
    for old, new in IMPORTS:
        text = re.sub(old, new.format(package), text, flags=re.MULTILINE)
    return text


def prepare(folder, way):
    """Copies the test files; gives their names."""
    package = "carried" if way == "carrying" else "dualdiff"
    where = pathlib.Path(np.__file__).parent
    names = []
    for file in FILES:
        part, _, name = file.split("/")
        target = f"test_{part.strip('_')}_{name[5:]}"
        text = (where / file).read_text(encoding="utf-8")
        (folder / target).write_text(copied(text, package), encoding="utf-8")
        names.append(target)
    (folder / "pytest.ini").write_text("[pytest]\naddopts =\nmarkers =\n    slow: a slow test\n", encoding="utf-8")
    return names


def start(folder, way, more=()):
    """A pytest process in a folder, which writes its outcomes to outcomes.json."""
    names = prepare(folder, way)
    paths = [str(ROOT), str(HERE), os.environ.get("PYTHONPATH", "")]
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, paths)), DUALDIFF_WAY=way, OMP_NUM_THREADS="1",
               OPENBLAS_NUM_THREADS="1")  # fmt: skip
    skipped = [part for name in SKIPPED for part in ("--deselect", name)]
    command = [sys.executable, "-m", "pytest", "-p", "within", "-p", "no:cacheprovider", "-c", "pytest.ini", "-q",
               *(more or ("--tb=line", "--no-header", "--hypothesis-seed=0")), *skipped, *names]  # fmt: skip
    out = None if more else open(folder / "log.txt", "w")
    return subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT)


def compare(way, outcomes):
    """Prints what differs from expected.py; gives whether anything does."""
    passed = sorted(name for name, (outcome, _) in outcomes.items() if outcome == "passed")
    failed = sorted(name for name, (outcome, _) in outcomes.items() if outcome == "failed")
    known = expected.of(way)
    new = [name for name in failed if expected.reason(known, name) is None]
    mended = [name for name in passed if expected.reason(known, name) is not None]
    gone = [pattern for pattern in known if not any(expected.matches(pattern, name) for name in outcomes)]
    print(f"{way}: {len(passed)} of {len(passed) + len(failed)} pass; {len(failed) - len(new)} failures are known")
    for name in new:
        print(f"  fails: {name}\n      {outcomes[name][1]}")
    for name in mended:
        print(f"  passes, take it from the list: {name}")
    for pattern in gone:
        print(f"  listed, but there is no such test: {pattern}")
    return bool(new or mended or gone) if expected.EXACT else len(new) > 0.01 * len(outcomes)


def main(arguments):
    """Runs the ways that are named; all three, two at a time, where none is."""
    if len(arguments) > 1 and arguments[0] in WAYS and arguments[1] not in WAYS:
        with tempfile.TemporaryDirectory() as work:
            return start(pathlib.Path(work), arguments[0], arguments[1:]).wait()
    ways = arguments or WAYS
    bad = False
    begin = time.time()
    with tempfile.TemporaryDirectory() as work:
        waiting, running = list(ways), {}
        while waiting or running:
            while waiting and len(running) < 2:
                way = waiting.pop()
                folder = pathlib.Path(work) / way
                folder.mkdir()
                running[way] = (folder, start(folder, way))
            time.sleep(0.2)
            for way, (folder, process) in list(running.items()):
                if process.poll() is not None:
                    del running[way]
                    found = folder / "outcomes.json"
                    if not found.exists():
                        print(f"{way}: pytest ended with {process.returncode}\n{(folder / 'log.txt').read_text()[-4000:]}")
                        bad = True
                        continue
                    outcomes = json.loads(found.read_text())
                    if "DUALDIFF_OUTCOMES" in os.environ:
                        (pathlib.Path(os.environ["DUALDIFF_OUTCOMES"]) / f"{way}.json").write_text(found.read_text())
                    bad |= compare(way, outcomes)
    print(f"NumPy {np.__version__}, {time.time() - begin:.0f} s")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
