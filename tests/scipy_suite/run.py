"""SciPy's own tests on dualdiff.scipy: ``python tests/scipy_suite/run.py``.

The tests come with the installed SciPy.  They are copied to a temporary folder, their imports of the namespaces that
dualdiff.scipy has are replaced by imports from there, and they run outside of any derivative call: what is held is
that a call that SciPy takes is taken, with SciPy's answer.  A test that fails runs once more on SciPy itself, and does
not count if it fails there too.

expected.py lists what fails and why.  The exit status is 1 where a test fails that is not listed there, or passes
although it is listed.  With another SciPy than the list is for, it is 1 where more than one test in a hundred fails
that is not listed.

    python tests/scipy_suite/run.py                         all namespaces, two at a time: a quarter of an hour
    python tests/scipy_suite/run.py --sample 20             the tests that stand in the list, and every 20th of the others
    python tests/scipy_suite/run.py optimize fft            two namespaces
    python tests/scipy_suite/run.py stats -k test_ks -x     one; what follows goes to pytest, nothing is compared
"""

import argparse
import pathlib
import re
import shutil
import sys
import tempfile
import time

import scipy

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "borrowed")]

import expected  # noqa: E402
import runner  # noqa: E402

FOLDERS = {
    "stats": ("stats",), "special": ("special",), "signal": ("signal",), "optimize": ("optimize",),
    "sparse": ("sparse", "sparse/linalg", "sparse/linalg/_dsolve", "sparse/linalg/_eigen", "sparse/linalg/_eigen/arpack",
               "sparse/linalg/_eigen/lobpcg", "sparse/linalg/_isolve"),
    "linalg": ("linalg",), "interpolate": ("interpolate",), "integrate": ("integrate", "integrate/_ivp"),
    "ndimage": ("ndimage",), "spatial": ("spatial", "spatial/transform"), "fft": ("fft",),
}  # fmt: skip
"""Where the tests of a namespace are.  The longest come first."""

LEFT_OUT = (
    "test_extending.py",        # builds compiled code with SciPy's headers
    "test_cython", "test_c_api.py", "test_blas.py", "test_fblas.py", "test_lapack.py", "test_sparsetools.py",
    "test_precompute_", "test_mpmath.py",       # private parts
    "test_support_alternative_backends.py", "test_device_dtype.py", "test_pydata_sparse.py", "test_64bit.py",
    "test_marray.py",       # other libraries' arrays
)  # fmt: skip
"""Files that test no public function of Python, by the beginning of their names."""

SPACES = "|".join(FOLDERS)
PUBLIC = rf"(?:{SPACES})(?:(?<=signal)\.windows|(?<=sparse)\.linalg|(?<=spatial)\.(?:distance|transform))?"
IMPORTS = (
    (r"^(\s*)from scipy import ", r"\1from mixed import "),
    (r"^(\s*)import scipy$", r"\1import mixed as scipy"),
    (rf"^(\s*)import scipy\.({PUBLIC}) as ", r"\1import dualdiff.scipy.\2 as "),
    (rf"^(\s*)import (scipy\.{PUBLIC})$", r"\1import \2, mixed as scipy"),
    (rf"^(\s*)from scipy\.({PUBLIC}) import (?!_)", r"\1from dualdiff.scipy.\2 import "),
    (r"^from scipy\.optimize\._minpack_py import leastsq, ", r"from dualdiff.scipy.optimize import leastsq, "),
)  # fmt: skip
"""What is replaced.  SciPy's private modules stay, but for the public functions that one file takes from there."""


MARKERS = (
    "slow", "xslow", "thread_unsafe", "parallel_threads", "parallel_threads_limit", "iterations", "fail_slow",
    "array_api_backends", "skip_xp_backends", "xfail_xp_backends", "xfail_on_32bit", "timeout", "uses_xp_capabilities",
    "skip_xp_invalid_arg",
)  # fmt: skip


def copied(space, folder, replaced):
    """Copies the tests of a namespace, with what they read; gives the names of the files to run."""
    names = []
    folder.mkdir()
    for path in FOLDERS[space]:
        here = folder / path.replace("/", "_").removeprefix(f"{space}_")
        source = pathlib.Path(scipy.__file__).parent / path / "tests"
        if not (source / "__init__.py").exists():
            sys.exit(f"SciPy {scipy.__version__} is installed without its tests ({path}): install a wheel from PyPI")
        shutil.copytree(source, folder / f"of_{here.name}", ignore=shutil.ignore_patterns("__pycache__"))
        here = folder / f"of_{here.name}"
        above = f"dualdiff.scipy.{space}" if replaced and path == space else f"scipy.{path.replace('/', '.')}"
        for file in sorted(here.glob("*.py")):
            text = file.read_text(encoding="utf-8")
            text = re.sub(r"^(\s*)from \.\. import ", rf"\1from {above} import ", text, flags=re.MULTILINE)
            text = re.sub(
                r"^(\s*)from \.\.(\w)", rf"\1from scipy.{path.replace('/', '.')}.\2", text, flags=re.MULTILINE
            )
            for old, new in IMPORTS if replaced else ():
                text = re.sub(old, new, text, flags=re.MULTILINE)
            if replaced and "from __future__" not in text:      # worker processes import the file without pytest
                text = "import capabilities  # of dualdiff\n" + text
            file.write_text(text, encoding="utf-8")
            if file.name.startswith("test_") and not file.name.startswith(LEFT_OUT):
                names.append(f"{here.name}/{file.name}")
    lines = "".join(f"\n    {marker}: of SciPy's" for marker in MARKERS)
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts =\nmarkers ={lines}\n", encoding="utf-8")
    return names


def started(space, folder, more=(), sample=1, only=None):
    """A pytest process that runs the tests of a namespace; those named in `only` on SciPy itself."""
    names = copied(space, folder, only is None)
    always = "\n".join(expected.KNOWN)
    return runner.start(folder, only or names, ["scipy.conftest", "capabilities"],
                        ["-m", "not slow", "--continue-on-collection-errors", "--durations=40"], more,
                        DUALDIFF_SAMPLE=str(sample), DUALDIFF_ALWAYS=always)  # fmt: skip


def run(spaces, work, sample):
    """The outcomes of namespaces, two processes at a time; what fails on SciPy as well is left out."""
    waiting, running, outcomes, bad = [(space, None) for space in spaces], {}, {}, False
    waiting.sort(key=lambda w: list(FOLDERS).index(w[0]))
    while waiting or running:
        while waiting and len(running) < 2:
            space, only = waiting.pop(0)
            folder = work / (space if only is None else f"{space}-itself")
            running[folder] = space, only, started(space, folder, (), sample, only)
        time.sleep(0.2)
        for folder, (space, only, process) in list(running.items()):
            if process.poll() is None:
                continue
            del running[folder]
            found = runner.outcomes_of(folder, process)
            if found is None:
                bad = True
            elif only is None:
                outcomes |= found
                failed = [name for name, (outcome, _) in found.items() if outcome == "failed"]
                failed = [name for name in failed if not runner.listed(expected.KNOWN, name)]
                if failed:
                    waiting.insert(0, (space, failed))
            else:
                for name, (outcome, _) in found.items():
                    if outcome == "failed":
                        outcomes[name] = ("skipped", "fails on SciPy itself")
    return outcomes, bad


def main(arguments):
    """Runs what is named; all namespaces where nothing is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spaces", nargs="*", choices=[*FOLDERS, []], default=[])
    parser.add_argument("--sample", type=int, default=1, metavar="N")
    given, more = parser.parse_known_args(arguments)
    given.spaces = given.spaces or list(FOLDERS)
    begin = time.time()
    with tempfile.TemporaryDirectory() as work:
        if more:
            return max(started(space, pathlib.Path(work) / space, more).wait() for space in given.spaces)
        outcomes, bad = run(given.spaces, pathlib.Path(work), given.sample)
    known = {name: why for name, why in expected.KNOWN.items() if expected.space_of(name) in given.spaces}
    least = sum(expected.PASS[space] for space in given.spaces) // given.sample
    exact = expected.EXACT and given.sample == 1      # a sample does not have every test of the list
    bad |= runner.compare("dualdiff.scipy", outcomes, known, exact, 0.8 * least)
    print(f"SciPy {scipy.__version__}, {time.time() - begin:.0f} s")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
