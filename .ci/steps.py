"""The steps of .ci/run, for every Python from 3.11 that this machine has and both ends of what pyproject.toml allows.

    sdist and wheel     from a clean clone of HEAD; the wheel from the sdist, once for each Python
    README              its two commands in the clone
    tests from outside  the installed wheel, where no checkout is near: whole or `-m quick`; with the oldest NumPy and
                        SciPy that have wheels for that Python, and with the newest; once more without SIMD loops
    fuzzer              60 seconds of tests/fuzz, fixed seeds
    NumPy's own tests   on dualdiff.numpy, held to the list of what fails (tests/numpy_suite)
    SciPy's own tests   one in 40, on dualdiff.scipy, likewise (tests/scipy_suite)
    lint                ruff, mypy (strict on the users' snippets), basedpyright, stubtest
    site                the documentation, warnings as errors

A step is one call of `add` in `plan`: a name, the names of the steps it needs, and a function that calls `run` for each
command.  Two steps run side by side (`--jobs`).  A step that passes shows the last line of each command, one that fails
all it printed.  Every command is bounded, and what is missing is named.  Needs the standard library only.
"""

import argparse
import concurrent.futures
import contextlib
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LIMIT = 2700
"""Seconds that one command may take."""
SHOWN = 400
"""Lines shown of a step that failed."""

STRAY = {"PYTHONPATH", "PYTHONHOME", "PYTEST_ADDOPTS", "VIRTUAL_ENV", "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE"}
CLEAN = {name: value for name, value in os.environ.items() if name not in STRAY} | {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_QUIET": "1", "PYTHONUNBUFFERED": "1",
}  # fmt: skip


class Failed(Exception):
    """A command or a check of a step failed; the log says how."""


# ---- what there is ---------------------------------------------------------------------------------------


def number(version):
    """A version as a tuple that can be compared."""
    return tuple(map(int, version.split(".")))


def floor(package):
    """The lowest version of a package that pyproject.toml allows."""
    for requirement in PROJECT["dependencies"]:
        if found := re.match(rf"{package}\s*>=\s*([\d.]+)", requirement):
            return number(found[1])
    raise SystemExit(f"pyproject.toml has no lower bound for {package}")


USABLE = """
import ensurepip, os, sys, sysconfig, venv
assert sys.implementation.name == "cpython" and sys.version_info.releaselevel == "final"
assert os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))
print("%d.%d" % sys.version_info[:2])
"""


def pythons():
    """'3.11' -> a usable Python of that version, for each that this machine has; says which are skipped, and why."""
    listed = [int(minor) for minor in re.findall(r"Python :: 3\.(\d+)", "\n".join(PROJECT["classifiers"]))]
    versions = os.path.join(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"), "versions")
    found = {}
    for minor in range(11, max(listed) + 2):
        name = f"python3.{minor}"
        theirs = sorted(glob.glob(os.path.join(versions, f"3.{minor}.*", "bin", name)), reverse=True)
        here = [os.path.join(folder, name) for folder in os.get_exec_path()]
        candidates = [path for path in [*theirs, *here] if os.access(path, os.X_OK)]
        for path in candidates:
            done = subprocess.run([path, "-c", USABLE], capture_output=True, text=True, env=CLEAN, check=False)
            if done.returncode == 0 and done.stdout.strip() == f"3.{minor}":
                print(f"== Python 3.{minor}: {path}")
                found[f"3.{minor}"] = path
                break
        else:
            if candidates:
                print(f"== Python 3.{minor}: skipped, {candidates[0]} is a pre-release or lacks venv or headers")
            else:
                print(f"== Python 3.{minor}: skipped, it is not on this machine")
    if not found:
        raise SystemExit("no Python from 3.11 with venv and header files was found")
    return found


# ---- steps -----------------------------------------------------------------------------------------------

RUNNING: set = set()
"""The processes of all steps."""
INTERRUPTED = threading.Event()


def stop(process):
    """Ends a process with all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Step:
    """One step: its commands, one after the other, with what they print in a log of its own."""

    def __init__(self, name, needs, function, work):
        self.name, self.needs, self.function = name, needs, function
        self.work, self.folder = work, work / re.sub(r"\W+", "-", name)
        self.log, self.last, self.state, self.seconds = [], [], "waits", 0.0

    def run(self, *command, cwd=None, env=None, fails=False, show=True):
        """Runs a command in this step's own folder, or in cwd, and returns its output.

        Its last line is reported (show); fails: that it ends with an error is what is wanted.
        """
        line = len(command) == 1        # a line for the shell
        shown = " ".join(map(str, command)).strip()
        self.log.append(f"$ {shown}")
        self.folder.mkdir(exist_ok=True)
        process = subprocess.Popen(
            shown if line else list(map(str, command)), shell=line, cwd=cwd or self.folder, env=CLEAN | (env or {}),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            start_new_session=True,
        )  # fmt: skip
        RUNNING.add(process)
        if INTERRUPTED.is_set():
            stop(process)
        try:
            output = process.communicate(timeout=LIMIT)[0]
        except subprocess.TimeoutExpired:
            stop(process)
            output = process.communicate()[0] + f"\nstopped after {LIMIT} s"
        finally:
            RUNNING.discard(process)
        lines = output.splitlines()
        self.log += lines
        if show:
            self.last.append((shown, next((text for text in reversed(lines) if text.strip()), "")))
        if bool(process.returncode) != fails:
            self.log.append(f"exit code {process.returncode}")
            raise Failed
        return output

    def check(self, good, message):
        """Fails the step with a message unless something holds."""
        if not good:
            self.log.append(message)
            raise Failed

    def do(self):
        """Runs the step; True where it passed."""
        start = time.monotonic()
        say(f"== {self.name}: starts")
        try:
            self.function(self)
            self.state = "passed"
        except Failed:
            self.state = "FAILED"
        except Exception as error:
            self.log.append(f"{type(error).__name__}: {error}")
            self.state = "FAILED"
        self.seconds = time.monotonic() - start
        say(self.report())
        return self.state == "passed"

    def report(self):
        """What is printed at the end of a step."""
        lines = [f"\n== {self.name}: {self.state} in {self.seconds:.0f} s"]
        if self.state == "passed":
            for command, last in self.last:
                short = " ".join(command.split())
                for folder in (self.folder, self.work):
                    short = short.replace(f"{folder}{os.sep}", "")
                lines += [f"   $ {short[:200]}", *([f"     {last[:200]}"] if last else [])]
        else:
            if len(self.log) > SHOWN:
                lines.append(f"   ... {len(self.log) - SHOWN} lines")
            lines += [f"   {text}" for text in self.log[-SHOWN:]]
        return "\n".join(lines)


printing = threading.Lock()


def say(text):
    """Prints whole texts, also from two threads."""
    with printing:
        print(text, flush=True)


def perform(steps, jobs):
    """Runs all steps, each when what it needs has passed, the first that can be first."""
    waiting, running, passed, broken = list(steps), {}, set(), set()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        try:
            while waiting or running:
                for step in list(waiting):
                    if lost := set(step.needs) & broken:
                        waiting.remove(step)
                        broken.add(step.name)
                        step.state = "not run"
                        say(f"\n== {step.name}: not run, as this did not pass: {', '.join(lost)}")
                    elif len(running) < jobs and set(step.needs) <= passed:
                        waiting.remove(step)
                        running[pool.submit(step.do)] = step
                done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    (passed if future.result() else broken).add(running.pop(future).name)
        except BaseException:           # leave no process behind
            INTERRUPTED.set()
            for process in list(RUNNING):
                stop(process)
            raise


# ---- the plan --------------------------------------------------------------------------------------------

REFUSED = " ".join(f"-Werror={name}" for name in ("incompatible-pointer-types", "int-conversion", "implicit-int",
                                                   "implicit-function-declaration"))  # fmt: skip
"""What GCC 14 and Clang 16 refuse and older ones only warn of, for the compiler that builds the wheels."""

VERSIONS = """
import numpy, scipy, dualdiff
print("NumPy", numpy.__version__, "/ SciPy", scipy.__version__, "/", dualdiff.__file__)
"""


def venv(step, python, *packages):
    """A fresh virtual environment in the step's folder with packages; returns the folder of its commands."""
    place = step.folder / "venv"
    step.run(python, "-m", "venv", place)
    commands = place / ("Scripts" if os.name == "nt" else "bin")
    if packages:
        step.run(commands / "python", "-m", "pip", "install", *packages)
    return commands


def oldest(step, commands):
    """NumPy and SciPy as old as pyproject.toml allows and as there are wheels of for this Python."""
    pins = []
    for package in ("numpy", "scipy"):
        # refused with the list of those that have wheels; `pip index versions` lists sources as well
        none = [commands / "python", "-m", "pip", "install", "--no-deps", "--only-binary", ":all:", f"{package}==0"]
        versions = re.search(r"\(from versions: (.*?)\)", step.run(*none, fails=True, show=False))[1].split(", ")
        allowed = [v for v in versions if re.fullmatch(r"[\d.]+", v) and number(v) >= floor(package)]
        pins.append(f"{package}=={min(allowed, key=number)}")
    return pins


def plan(found, work):
    """All steps, the longest ways first."""
    steps = []
    clone, dist, outside = work / "clone", work / "dist", work / "outside"
    first, *_, last = (*found, *found)

    def add(name, needs, function):
        steps.append(Step(name, needs, function, work))

    def clean_clone(step):
        step.run("git", "clone", "--quiet", "--no-local", ROOT, clone)
        step.run("git", "-C", clone, "log", "-1", "--oneline")

    def readme(step):
        commands = venv(step, found[last])
        activated = {"PATH": f"{commands}{os.pathsep}{CLEAN['PATH']}", "VIRTUAL_ENV": str(commands.parent)}
        text = (clone / "README.md").read_text(encoding="utf-8")
        for command in ('pip install -e ".[test]" && pytest', "pip install -e . && python -m dualdiff"):
            step.check(f"    {command}\n" in text, f"the README no longer says: {command}")
            step.run(command, cwd=clone, env=activated)

    def sources(step):
        bare = venv(step, found[last], "setuptools>=77")
        copy = step.folder / "copy"
        step.run("git", "clone", "--quiet", clone, copy)
        step.run(bare / "python", "setup.py", "--version", cwd=copy)        # needs neither Cython nor NumPy
        missing = step.run(bare / "python", "setup.py", "build_ext", cwd=copy, env={"CC": "no-such-cc"}, fails=True)
        step.check("needs a C compiler" in missing, "the log does not say that a C compiler is needed")
        step.run(bare / "python", "-m", "pip", "install", "build")
        step.run(bare / "python", "-m", "build", "--sdist", "--outdir", dist, copy)
        (archive,) = dist.glob("*.tar.gz")
        step.run("tar", "-xf", archive)
        (unpacked,) = step.folder.glob("dualdiff-*")
        tracked = step.run("git", "-C", clone, "ls-files", show=False).splitlines()
        missing = [name for name in tracked if name != ".gitignore" and not (unpacked / name).exists()]
        step.check(not missing, f"the source distribution lacks {', '.join(missing)}")
        shutil.rmtree(unpacked / "dualdiff")
        unpacked.rename(outside)                    # the tests, and the pages they read, with no package beside them

    def wheel(version):
        def build(step):
            commands = venv(step, found[version])
            (archive,) = dist.glob("*.tar.gz")
            step.run(commands / "python", "-m", "pip", "wheel", "--no-deps", "-w", dist / version, archive,
                     env={"CFLAGS": f"-DNDEBUG {REFUSED}"})  # fmt: skip
            (made,) = (dist / version).glob("*.whl")
            tag = f"cp{version.replace('.', '')}"
            step.check(f"-{tag}-{tag}-" in made.name, f"{made.name} has not the tags {tag}-{tag}")
            names = zipfile.ZipFile(made).namelist()
            useless = [name for name in names if name.endswith((".c", ".h", ".pyx", ".pxd", ".pxi"))]
            step.check(not useless, f"the wheel holds sources: {', '.join(useless)}")
            step.check(made.stat().st_size < 3e6, f"the wheel has {made.stat().st_size / 1e6:.1f} MB")

        return build

    def tests(version, old, whole, env=None, simd=True):
        def test(step):
            commands = venv(step, found[version])
            (package,) = (dist / version).glob("*.whl")
            wanted = oldest(step, commands) if old else ["numpy", "scipy"]
            step.run(commands / "python", "-m", "pip", "install", "--only-binary", "numpy,scipy", f"{package}[test]",
                     *wanted)  # fmt: skip
            step.run(commands / "python", "-c", VERSIONS)
            more = dict(env or {})
            if not simd:
                more["NPY_DISABLE_CPU_FEATURES"] = step.run(commands / "python", outside / ".ci" / "simd.py").strip()
            part = [] if whole else ["-m", "quick"]
            step.run(commands / "pytest", "-p", "no:cacheprovider", *part, outside / "tests", env=more)
            if not whole:
                step.run(commands / "python", "-m", "dualdiff", env=more)

        return test

    def installed(step, version, *wanted):
        commands = venv(step, found[version])
        (package,) = (dist / version).glob("*.whl")
        step.run(commands / "python", "-m", "pip", "install", "--only-binary", "numpy,scipy", f"{package}[test]",
                 *wanted)  # fmt: skip
        return commands

    def fuzzer(step):
        commands = installed(step, first)
        step.run(commands / "python", "-m", "tests.fuzz", "--seconds", "60", cwd=outside)

    def numpys_own(step):
        commands = installed(step, first, "numpy==2.4.*")       # the list of what fails is for this one
        step.run(commands / "python", outside / "tests" / "numpy_suite" / "run.py")

    def scipys_own(step):
        commands = installed(step, first, "numpy==2.4.*", "scipy==1.17.*")
        step.run(commands / "python", outside / "tests" / "scipy_suite" / "run.py", "--sample", "40")

    def lint(step):
        commands = installed(step, last, "ruff", "mypy", "basedpyright")        # beside the newest types of NumPy
        step.run(commands / "ruff", "check", "--no-cache", cwd=clone)
        step.run(commands / "mypy", "--cache-dir", step.folder / "cache", cwd=clone)
        step.run(commands / "pytest", "-p", "no:cacheprovider", outside / "tests" / "test_typing.py")
        parts = [f"dualdiff.core.{part}" for part in ("_core", "_tape", "_plan", "_calls")]
        step.run(commands / "python", "-m", "mypy.stubtest", *parts, "--allowlist",
                 clone / "tests" / "stubtest_allowed.txt")  # fmt: skip

    def site(step):
        commands = venv(step, found[last])
        (package,) = (dist / last).glob("*.whl")
        step.run(commands / "python", "-m", "pip", "install", f"{package}[docs]")
        step.run(commands / "sphinx-build", "-q", "-W", "--keep-going", clone / "docs", step.folder / "site")
        for page in ("index", "start", "which", "wrong", "api", "generated/dualdiff.grad"):
            step.check((step.folder / "site" / f"{page}.html").exists(), f"the site has no page {page}")

    add("clean clone", [], clean_clone)
    add("source distribution", ["clean clone"], sources)
    add(f"README's commands, Python {last}", ["clean clone"], readme)
    for version in found:
        add(f"wheel, Python {version}", ["source distribution"], wheel(version))
    built = {version: [f"wheel, Python {version}"] for version in found}
    add(f"whole suite, Python {first}, oldest", built[first], tests(first, old=True, whole=True))
    plain = {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "1"}
    add(f"whole suite without SIMD loops, Python {last}, newest", built[last],
        tests(last, old=False, whole=True, simd=False, env=plain))  # fmt: skip
    for version in found:
        for old in (True, False):
            if (version, old) not in ((first, True), (last, False)):
                add(f"quick tests, Python {version}, {'oldest' if old else 'newest'}", built[version],
                    tests(version, old=old, whole=False))  # fmt: skip
    add(f"fuzzer, Python {first}", built[first], fuzzer)
    add(f"NumPy's own tests on dualdiff.numpy, Python {first}", built[first], numpys_own)
    add(f"a sample of SciPy's own tests on dualdiff.scipy, Python {first}", built[first], scipys_own)
    add(f"ruff, mypy, basedpyright, stubtest, Python {last}", built[last], lint)
    add(f"documentation site, Python {last}", built[last], site)
    return steps


def main():
    """Runs the steps; the exit code is 0 only where all passed."""
    parser = argparse.ArgumentParser(prog=".ci/run", description="All that must pass before a change goes in.")
    parser.add_argument("--jobs", type=int, default=2, help="how many steps run side by side (2)")
    parser.add_argument("--python", action="append", help="only this one, as in --python 3.12; may be repeated (all)")
    parser.add_argument("--quick", action="store_true", help="the quick tests in place of the whole suite, everywhere")
    parser.add_argument("--list", action="store_true", help="prints the names of the steps")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    start = time.monotonic()
    if options.quick:
        CLEAN["PYTEST_ADDOPTS"] = "-m quick"
    found = pythons()
    if options.python:
        found = {version: path for version, path in found.items() if version in options.python}
        if not found:
            raise SystemExit(f"none of these Pythons is here: {', '.join(options.python)}")
    with tempfile.TemporaryDirectory(prefix="dualdiff-ci-") as folder:
        steps = plan(found, Path(folder).resolve())
        if options.list:
            print("\n".join(step.name for step in steps))
            return 0
        perform(steps, options.jobs)
    print()
    for step in steps:
        print(f"== {step.state:8} {step.seconds:5.0f} s  {step.name}")
    bad = [step.name for step in steps if step.state != "passed"]
    print(f"\n== {'FAILED: ' + '; '.join(bad) if bad else 'passed'} in {time.monotonic() - start:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
