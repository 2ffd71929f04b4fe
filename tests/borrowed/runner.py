"""What the runners of NumPy's and SciPy's own tests on dualdiff share: copies with other imports, processes, verdicts.

Imported by tests/numpy_suite/run.py and tests/scipy_suite/run.py.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

__all__ = ["compare", "copy", "listed", "outcomes_of", "start"]


def copy(package, files, folder, imports, names, markers):
    """Copies test files that an installed package comes with, and gives their new names.

    imports: (pattern, replacement) pairs for the lines that import the package.
    """
    where = pathlib.Path(package.__file__).parent
    missing = [file for file in files if not (where / file).exists()]
    if missing:
        version = f"{package.__name__} {package.__version__}"
        sys.exit(f"{version} is installed without its tests ({missing[0]}): install a wheel from PyPI")
    for file, name in zip(files, names, strict=True):
        text = (where / file).read_text(encoding="utf-8")
        for old, new in imports:
            text = re.sub(old, new, text, flags=re.MULTILINE)
        (folder / name).write_text(text, encoding="utf-8")
    lines = "".join(f"\n    {marker}: of {package.__name__}'s" for marker in markers)
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts =\nmarkers ={lines}\n", encoding="utf-8")
    return list(names)


def start(folder, names, plugins, options, more=(), **variables):
    """A pytest process in a folder, which writes its outcomes to outcomes.json and its log to log.txt.

    more: given by the user, in place of the options; then it prints to the terminal.
    """
    folder.mkdir(exist_ok=True)
    paths = [ROOT, HERE, *{pathlib.Path(sys.argv[0]).resolve().parent}, *filter(None, [os.environ.get("PYTHONPATH")])]
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, paths)), OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1",
               DUALDIFF_OUTCOMES=str(folder / "outcomes.json"), **variables)  # fmt: skip
    env.pop("PYTEST_ADDOPTS", None)         # meant for our own tests: -m quick would leave none of these
    loaded = [part for plugin in (*plugins, "outcomes") for part in ("-p", plugin)]
    command = [sys.executable, "-m", "pytest", *loaded, "-p", "no:cacheprovider", "-c", "pytest.ini", "-q",
               *(more or ("--tb=line", "--no-header", *options)), *names]  # fmt: skip
    if more:
        return subprocess.Popen(command, cwd=folder, env=env)
    with open(folder / "log.txt", "w") as out:
        return subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT)


def outcomes_of(folder, process):
    """What came of each test, name -> (outcome, reason); None, with a word, where pytest did not get to its end."""
    found = folder / "outcomes.json"
    if found.exists():
        return json.loads(found.read_text())
    print(f"{folder.name}: pytest ended with {process.returncode}\n{(folder / 'log.txt').read_text()[-4000:]}")
    return None


def matches(pattern, name):
    """Whether a key of a list of known failures stands for a test."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def listed(known, name):
    """Whether a list of known failures has a test."""
    return any(matches(pattern, name) for pattern in known)


def compare(title, outcomes, known, exact, least):
    """Prints what differs from a list of known failures (key -> reason); gives whether anything does.

    exact: whether the list is for the installed version; else one unknown failure in a hundred tests is let pass.
    least: how many tests must pass, exact or not in proportion; fewer are too few even where none fails.
    """
    passed = sorted(name for name, (outcome, _) in outcomes.items() if outcome == "passed")
    failed = sorted(name for name, (outcome, _) in outcomes.items() if outcome == "failed")

    new = [name for name in failed if not listed(known, name)]
    mended = [name for name in passed if listed(known, name)]
    gone = [pattern for pattern in known if not any(matches(pattern, name) for name in outcomes)]
    print(f"{title}: {len(passed)} of {len(passed) + len(failed)} pass; {len(failed) - len(new)} failures are known")
    for name in new:
        print(f"  fails: {name}\n      {outcomes[name][1]}")
    for name in mended:
        print(f"  passes, take it from the list: {name}")
    for pattern in gone:
        print(f"  listed, but there is no such test: {pattern}")
    few = len(passed) < (least if exact else 0.9 * least)
    if few:
        print(f"  only {len(passed)} tests pass; {least} did")
    return few or (bool(new or mended or gone) if exact else len(new) > 0.01 * len(outcomes))
