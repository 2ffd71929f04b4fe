"""What dualdiff.scipy does with SciPy's functions, over whole namespaces: right, refused, foreign error, wrong.

Each function is called with natural arguments: those of scipy_cases.py, or those that the names of its parameters give.
It is differentiated by each argument that is a number or an array of numbers, in a random direction.  A case is right
where the value is SciPy's to the bit, the tangent is that of differences of SciPy's own results, and the gradient in
reverse mode goes with the tangent.  A right one has second derivatives where Hessian times vector is finite and that
of differences of the gradient.

    python benchmarks/scipy_coverage.py [namespace ...] [--verbose]     some namespaces, and what is not right in them
    python benchmarks/scipy_coverage.py --write                         all of them, into docs/scipy.md
    python benchmarks/scipy_coverage.py distributions --every 10        one case in ten
    options: --processes 2, --limit 120 (seconds a case may take), --saved FILE (verdicts are written there as they
    are found, and read from there: a run that was stopped goes on where it was)

What stands in docs/scipy.md between the two marks is made here: the counts, and the names that dualdiff.supported has.
"""

import argparse
import concurrent.futures
import functools
import importlib
import json
import multiprocessing
import pathlib
import re
import signal
import textwrap
import types
import warnings

import numpy as np
import scipy
import scipy_cases
from scipy_arguments import arguments
from scipy_cases import CASES

import dualdiff as dd
from dualdiff.errors import DualDiffError

PAGE = pathlib.Path(__file__).parent.parent / "docs" / "scipy.md"
BEGIN, END = "<!-- made by benchmarks/scipy_coverage.py --write -->", "<!-- end of what scipy_coverage.py made -->"
BY_NAME = ("linalg", "signal", "signal.windows", "ndimage", "fft", "spatial", "spatial.distance")
"""Namespaces whose functions are also called with the arguments that their parameters' names give."""
VERDICTS = ("right", "second", "refused", "foreign", "late", "wrong")
"""Right, and of these also to second order; an error of ours; somebody else's error; no end within the limit; wrong."""
OWN_WAY = ("minimize", "least_squares", "curve_fit", "solve_ivp Radau", "solve_ivp BDF", "fmin_")
"""Functions that take exact derivatives where SciPy takes differences: their steps are others, on plain numbers too."""


INEXACT = ("pro_rad2", "pro_rad2_cv", "obl_rad2", "obl_rad2_cv")
"""Functions whose results in SciPy miss their own equation by a hundredth: there is nothing to compare with."""
FEW_DIGITS = ("chndtrinc",)
"""Functions whose values have four digits in SciPy: differences of derivatives say nothing."""
START = scipy_cases.G.bit_generator.state


@functools.cache
def cases_of(space):
    """The cases (name, call, x) of a namespace, and the names of its functions that have none."""
    scipy_cases.G.bit_generator.state = START  # the same numbers, whichever namespaces were asked for before
    found = list(CASES[space]())
    if space not in BY_NAME:
        return found, []
    theirs = importlib.import_module(f"scipy.{space}")
    known, untried = {name.split()[0] for name, _, _ in found}, []
    for name in sorted(getattr(theirs, "__all__", dir(theirs))):
        original = getattr(theirs, name)
        other = not callable(original) or isinstance(original, (type, types.ModuleType))
        if name.startswith("_") or other or name in known:
            continue
        given = arguments(f"scipy.{space}.{name}", theirs, original)
        try:
            if given is None or not leaves(original(*given[0], **given[1])):
                raise ValueError
        except Exception:
            untried.append(name)
            continue
        args, kwargs = given
        for i, x in enumerate(args):
            if isinstance(x, float) or isinstance(x, np.ndarray) and x.dtype.kind == "f":
                found.append((name, by_argument(name, args, kwargs, i), x))
    return found, untried


def by_argument(name, args, kwargs, i):
    """A call as a function of its i-th argument."""
    return lambda m, t: getattr(m, name)(*args[:i], t, *args[i + 1 :], **kwargs)


def leaves(y):
    """The arrays of numbers of a result, also of one that holds duals."""
    if isinstance(y, (tuple, list)):
        return [leaf for e in y for leaf in leaves(e)]
    if isinstance(y, dict):
        return [leaf for e in y.values() for leaf in leaves(e)]
    if isinstance(y, (str, type(None))):
        return []
    return [y] if getattr(y, "dtype", np.asarray(y).dtype).kind in "fc" else []


def differences(call, theirs, x, v):
    """Tangents by differences of SciPy's own results, with one step after the other."""
    for step in (1e-5, 1e-4, 1e-6, 1e-3):
        try:
            up, down = leaves(call(theirs, x + step * v)), leaves(call(theirs, x - step * v))
        except Exception:  # near the edge of what SciPy takes
            continue
        if len(up) == len(down) and all(np.shape(a) == np.shape(b) for a, b in zip(up, down, strict=True)):
            found = [(np.asarray(a) - np.asarray(b)) / (2 * step) for a, b in zip(up, down, strict=True)]
            if all(np.all(np.isfinite(t)) for t in found):
                yield found


def agree(t, expected):
    """Whether tangents are those of differences."""
    return len(t) == len(expected) and all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-4, atol=1e-5 * max(1.0, largest(b)))
        for a, b in zip(t, expected, strict=True)
    )


def largest(x):
    """The largest size of an element."""
    return np.max(np.abs(x), initial=0.0)


def judge(name, call, ours, theirs, x, seed):
    """What becomes of one case: (verdict, note), or None where SciPy's own results have no differences."""
    random = np.random.default_rng(seed)
    v = random.standard_normal(np.shape(x)) if np.ndim(x) else 1.0
    tried = differences(call, theirs, x, v)
    first = next(tried, None)
    if first is None or name in INEXACT:
        return None
    try:
        value, t = dd.jvp(lambda z: leaves(call(ours, z)), (x,), (v,))
        ws = [random.standard_normal(np.shape(part)) for part in t]

        def number(z):
            return sum(np.sum(w * (np.real(y) + np.imag(y))) for w, y in zip(ws, leaves(call(ours, z)), strict=True))

        along = sum(np.sum(w * (np.real(y) + np.imag(y))) for w, y in zip(ws, t, strict=True))
        back = np.sum(dd.grad(number, mode="reverse")(x) * v) if t else 0.0
    except DualDiffError as error:
        return ("foreign" if type(error).__name__ == "ForeignCodeError" else "refused"), str(error)
    except Exception as error:
        return "foreign", f"{type(error).__name__}: {error}"
    if not agree(t, first) and not any(agree(t, expected) for expected in tried):
        sizes = [largest(np.asarray(a) - b) for a, b in zip(t, first, strict=False) if np.shape(a) == np.shape(b)]
        return "wrong", f"tangents are not those of differences: {max(sizes, default=np.nan):.1e}"
    wanted = leaves(call(theirs, x))
    if name.startswith(OWN_WAY) and agree(value, wanted):
        wanted = leaves(call(ours, x))
    if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(value, wanted, strict=True)):
        return "wrong", "the value is not SciPy's"
    if not abs(back - along) <= 1e-7 * max(1.0, abs(along), *map(largest, t)):
        return "wrong", f"reverse mode gives {back}, forward {along}"

    def square(z):
        return sum(np.sum(w * np.real(y * np.conj(y))) for w, y in zip(ws, leaves(call(ours, z)), strict=True))

    return second(square, x, v) if name not in FEW_DIGITS else ("right", "second order: not compared")


def second(f, x, v):
    """Whether the second derivatives of a function that is right are those of differences of its gradient."""
    try:
        found = dd.hvp(f, (x,), (v,))
    except DualDiffError as error:
        return "right", f"second order: {error}"
    except Exception as error:
        return "foreign", f"second order: {type(error).__name__}: {error}"
    if not np.all(np.isfinite(found)):
        return "right", "second order: nan"
    worst = []
    for step in (1e-5, 1e-4, 1e-6, 1e-3):
        slope = dd.grad(f, mode="reverse")
        try:
            up, down = slope(x + step * v), slope(x - step * v)
        except Exception:
            continue
        expected = (np.asarray(up) - np.asarray(down)) / (2 * step)
        if np.all(np.isfinite(expected)):
            if agree([found], [expected]):
                return "second", ""
            worst.append(largest(np.asarray(found) - expected))
    return ("wrong", f"second derivatives: {min(worst):.1e}") if worst else ("right", "second order: no differences")


class LateError(BaseException):
    """A case takes longer than the limit: nothing on the way may swallow this."""


def late(*_):
    """What the alarm does."""
    raise LateError


def one(space, i, limit):
    """The verdict on the i-th case of a namespace within a time limit."""
    module = MODULES.get(space, space)
    ours, theirs = (importlib.import_module(f"{top}.{module}") for top in ("dualdiff.scipy", "scipy"))
    signal.signal(signal.SIGPROF, late)    # processor time: others may be on the machine
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = cases_of(space)[0][i]
            return judge(*found[:2], ours, theirs, found[2], i)
    except LateError:
        return "late", f"more than {limit} s"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


MODULES = {"distributions": "stats"}


def verdicts(space, chosen, options):
    """The verdicts on cases of a namespace, in parallel; those that are saved are not found again."""
    known = {}
    if options.saved and options.saved.exists():
        lines = map(json.loads, options.saved.read_text(encoding="utf-8").splitlines())
        known = {i: verdict for at, i, verdict in lines if at == space}
    todo = [i for i in chosen if i not in known]
    with concurrent.futures.ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(one, space, i, options.limit): i for i in todo}
        for done in concurrent.futures.as_completed(waiting):
            i = waiting[done]
            known[i] = done.result()
            if options.saved:
                with options.saved.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([space, i, known[i]]) + "\n")
    return [(i, known[i]) for i in chosen]


def count(space, options):
    """The row of a namespace: functions, cases, and how many have which verdict."""
    counts, functions, notes = dict.fromkeys(VERDICTS, 0), set(), []
    found, untried = cases_of(space)
    untried = [*untried]
    for i, verdict in verdicts(space, range(0, len(found), options.every), options):
        name, _, x = found[i]
        if verdict is None:
            untried.append(name)
            continue
        functions.add(name.split()[0])
        counts[verdict[0]] += 1
        if verdict[0] != "second":
            notes.append(f"    {i} {name} by {np.shape(x)}: {verdict[0]}: {verdict[1][:150]}")
    if options.verbose:
        print("\n".join([*notes, "    not tried: " + " ".join(untried)]))
    counts["right"] += counts["second"]
    return [len(functions), sum(n for verdict, n in counts.items() if verdict != "second"), *counts.values()]


# ---- the page ----------------------------------------------------------------------------------------

TITLES = {"distributions": "distributions of scipy.stats"}
COLUMNS = ("functions", "cases", "right", "refused", "foreign exception", "no end", "wrong")


def counted(rows):
    """The table of counts as it stands on the page; rows: title -> numbers."""
    lines = ["| namespace | " + " | ".join(COLUMNS) + " |", "|-" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {title} | " + " | ".join(map(str, row)) + " |" for title, row in rows.items()]
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    return "\n".join([*lines, "| **all** | " + " | ".join(map(str, total)) + " |"])


def rows_on(page):
    """The rows of the table of counts that a page has."""
    found = re.findall(r"^\| (\w[\w. ()]+?) \| (\d[\d |]*) \|$", page, re.MULTILINE)
    return {title: [int(n) for n in numbers.split("|")] for title, numbers in found}


def names():
    """The names of every namespace by what becomes of them, off dualdiff.supported."""
    groups = {}
    for row in dd.supported("scipy").values():
        space, _, name = row.name.rpartition(".")
        reason = row.note if row.status == "refused" else ""
        groups.setdefault(space, {}).setdefault((row.status, reason), []).append(name)
    lines = []
    for space, parts in groups.items():
        lines.append(f"### Names of {space}\n")
        for status in ("derivative", "value", "refused", "passed on"):
            for (kind, note), found in sorted(parts.items(), key=lambda part: part[0][1]):
                if kind == status:
                    text = f"* *{status}*{f' ({note})' if note else ''}: {' '.join(found)}"
                    lines += textwrap.wrap(text, 150, subsequent_indent="  ", break_on_hyphens=False)
        lines.append("")
    return "\n".join(lines).rstrip()


def generated(rows):
    """What stands between the marks of docs/scipy.md."""
    version = ".".join(scipy.__version__.split(".")[:2])
    return f"""{BEGIN}

## Every name, and what becomes of it

Made with SciPy {version} by `python benchmarks/scipy_coverage.py --write`. A case is a function with natural
arguments, by one of them. It is right where the value is SciPy's to the bit and the derivative is that of differences,
in forward and in reverse mode. A refused one is an error that names the function and says why. Those without end took
longer than there was time: moments of kappa4, ksone and recipinvgauss, each of which is integrals of many seconds.

{counted(rows)}

*derivative*: differentiable; *value*: the answer is about the values; *passed on*: SciPy's own object.

{names()}

{END}"""


def main():
    """Prints a table of the namespaces, and what is not right in them; writes it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spaces", nargs="*", default=list(CASES))
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--limit", type=int, default=120)
    parser.add_argument("--saved", type=pathlib.Path)
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    known = rows_on(page)
    print(f"{'':26}{'functions':>10}{'cases':>8}" + "".join(f"{verdict:>9}" for verdict in VERDICTS), flush=True)
    for space in options.spaces:
        title = TITLES.get(space, f"scipy.{space}")
        known = {name: row for name, row in known.items() if name.split(" (")[0] != title}
        part = f" (one case in {options.every})" if options.every > 1 else ""
        row = count(space, options)
        known[title + part] = row[:3] + row[4:]     # without those to second order
        print(f"{space:26}{row[0]:>10}{row[1]:>8}" + "".join(f"{n:>9}" for n in row[2:]), flush=True)
    if options.write:
        titles = [TITLES.get(space, f"scipy.{space}") for space in CASES]
        rows = {found: known[found] for title in titles for found in known if found.split(" (")[0] == title}
        page = re.sub(f"{BEGIN}.*{END}", lambda _: generated(rows), page, flags=re.DOTALL)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
