"""The support table: what dualdiff does with each function of NumPy and each method of ndarray.

Nothing is listed here: the rows are read off the installed NumPy's namespaces, and what they say off
the registries that the handlers are in.  `python -m dualdiff.support` prints docs/supported.md.

"""

import importlib
import re
import types
from typing import Any, NamedTuple

import numpy as np

from .core import DualArray
from .errors import InputError
from .functions.base import FUNCTIONS, REFUSED as REFUSED_FUNCTIONS
from .functions.elementwise import GUFUNCS, METHODS
from .functions.methods import METHODS as NDARRAY, NOTES, REFUSED_METHODS, VALUE_METHODS
from .functions.through import VALUE_ONLY
from .rules.table import MULTIPLE, REFUSED as REFUSED_UFUNCS, THROUGH, rule_of

__all__ = ["Support", "SupportTable", "page", "supported"]

NAMESPACES = {
    "numpy": np, "numpy.linalg": np.linalg, "numpy.fft": np.fft, "numpy.emath": np.emath,
    "numpy.lib.stride_tricks": np.lib.stride_tricks,
}  # fmt: skip
TWO_ARGUMENTS = ("reduce", "accumulate", "reduceat", "outer", "at")


class Support(NamedTuple):
    """One row of the support table.

    Attributes
    ----------
    name : str
        As in ``"numpy.linalg.norm"``, ``"numpy.add.reduce"`` or ``"ndarray.sort"``.
    status : str
        "derivative" (supported), "value" (the answer is about the value and has no derivative), "refused"
        (an `UnsupportedError`), or "unknown" (a function of a NumPy newer than this dualdiff: refused, too).
    note : str
        The derivative or its convention; why it is refused and what to write instead.
    target : object
        The function itself, (ufunc, method), or the name of the ndarray method.
    """

    name: str
    status: str
    note: str
    target: Any


class SupportTable(dict[str, Support]):
    """The rows of the support table by their names; printed, one line each."""

    def __str__(self) -> str:
        width = max(map(len, self))
        return "\n".join(f"{name:{width}}  {row.status:10}  {row.note}".rstrip() for name, row in self.items())

    __repr__ = __str__


def supported(package: str = "numpy") -> SupportTable:
    """What dualdiff does with every function of NumPy that can be asked to differentiate, or with SciPy's names.

    Those are the functions of numpy, numpy.linalg, numpy.fft, numpy.emath and stride_tricks that dispatch
    (`__array_function__`), the ufuncs and their methods, and the methods and attributes of ndarray, of the NumPy that
    is installed.

    Parameters
    ----------
    package : {"numpy", "scipy"}
        With "scipy" the rows are the public names of the namespaces that dualdiff.scipy has. Their status is
        "derivative", "value", "refused" (with the reason) or "passed on" (SciPy's own object: constants, errors,
        functions of values only, and functions whose NumPy code takes duals as it is).

    Returns
    -------
    SupportTable
        A dict of `Support` rows: name, status, note.

    Examples
    --------
    >>> import dualdiff as dd
    >>> table = dd.supported()
    >>> table["numpy.sort"].status, table["numpy.argsort"].status, table["numpy.save"].status
    ('derivative', 'value', 'refused')
    >>> table["numpy.tanh"].note
    'd/dx = sech2(x)'
    >>> table = dd.supported("scipy")
    >>> table["scipy.signal.butter"].status, table["scipy.signal.remez"].status, table["scipy.linalg.hilbert"].status
    ('derivative', 'refused', 'passed on')
    """
    if package == "scipy":
        return scipy_table()
    if package != "numpy":
        raise InputError(f'supported() knows "numpy" and "scipy", got {package!r}')
    load_all()
    rows: list[Support] = []
    for space, module in NAMESPACES.items():
        for name in sorted(dir(module)):
            found = getattr(module, name, None)
            if not name.startswith("_") and can_dispatch(found):
                rows += ufunc_rows(f"{space}.{name}", found) if isinstance(found, np.ufunc) else [
                    function_row(f"{space}.{name}", found)]  # fmt: skip
    rows += [ndarray_row(name) for name in sorted(dir(np.ndarray)) if not name.startswith("_")]
    return SupportTable((row.name, row) for row in rows)


def load_all() -> None:
    """Chapters that are loaded when NumPy's own are first used."""
    from .functions import fft  # noqa: F401


def can_dispatch(function: Any) -> bool:
    """Whether a function of NumPy asks the types of its arguments what to do."""
    if isinstance(function, np.ufunc) or hasattr(function, "_implementation"):
        return True
    # the creation functions ask only with like=
    return callable(function) and not isinstance(function, type) and "like : array_like" in (function.__doc__ or "")


# ---- SciPy -------------------------------------------------------------------------------------------

BELOW = {"signal": ("windows",), "sparse": ("linalg",), "spatial": ("distance", "transform")}
"""Namespaces inside of namespaces."""


def scipy_table() -> SupportTable:
    """The rows of SciPy's names."""
    from . import scipy

    rows: list[Support] = []
    for name in scipy.__all__:
        for path in (name, *(f"{name}.{below}" for below in BELOW.get(name, ()))):
            ours, theirs = (importlib.import_module(f"{top}.{path}") for top in ("dualdiff.scipy", "scipy"))
            public = getattr(theirs, "__all__", None) or [n for n in dir(theirs) if not n.startswith("_")]
            rows += [scipy_row(f"scipy.{path}.{n}", getattr(ours, n), getattr(theirs, n)) for n in sorted(public)
                     if not isinstance(getattr(theirs, n), types.ModuleType)]  # fmt: skip
    return SupportTable((row.name, row) for row in rows)


def scipy_row(name: str, ours: Any, theirs: Any) -> Any:
    """The row of one name."""
    reason = getattr(ours, "refused_because", None)
    if reason is not None:
        return Support(name, "refused", reason, ours)
    if getattr(ours, "values_only", False):
        return Support(name, "value", "", ours)
    if isinstance(ours, np.ufunc):
        return scipy_ufunc_row(name, ours)
    if ours is theirs:
        return Support(name, "passed on", "", ours)
    note = " ".join((getattr(ours, "__doc__", None) or "").split("\n\n")[0].split())
    own = note.startswith(name.rpartition(".")[0])      # else it is SciPy's docstring, handed on
    return Support(name, "derivative", note[len(name) :].strip(" .,:") if own else "", ours)


def scipy_ufunc_row(name: str, ufunc: Any) -> Any:
    """The row of a ufunc of scipy.special."""
    from .rules.table import GENERAL, REASONS, learn_scipy, scipy_ufuncs, scipys_name

    learn_scipy()
    scipy_ufuncs()
    status, note = of_ufunc(ufunc)
    if status != "unknown":
        return Support(name, status, note, ufunc)
    from .scipy.parameters import COMPOSED

    own = scipys_name(ufunc) or name
    if own in COMPOSED:
        return Support(name, "derivative", "by all arguments but counts", ufunc)
    if own in GENERAL:
        held = GENERAL[own].texts
        by = [i for i, text in enumerate(held) if text not in REASONS]
        note = "" if len(by) == len(held) else f"by argument {', '.join(str(i + 1) for i in by)} of {len(held)}"
        return Support(name, "derivative", note, ufunc)
    return Support(name, "refused", note, ufunc)


# ---- rows --------------------------------------------------------------------------------------------


def function_row(name: str, function: Any) -> Any:
    """The row of a function that dispatches."""
    if function in VALUE_ONLY:
        return Support(name, "value", "", function)
    if function in FUNCTIONS:
        return Support(name, "derivative", note_of(FUNCTIONS[function]), function)
    if function in REFUSED_FUNCTIONS:
        return Support(name, "refused", REFUSED_FUNCTIONS[function], function)
    return Support(name, "unknown", "it has no derivative rule in dualdiff", function)


def ufunc_rows(name: str, ufunc: Any) -> Any:
    """The rows of a ufunc and of its methods."""
    status, note = of_ufunc(ufunc)
    rows = [Support(name, status, note, ufunc)]
    methods: tuple[Any, ...] = ()
    if ufunc.nout == 1 and ufunc.signature is None:
        whole = status != "derivative" or "dd->d" in ufunc.types
        methods = ("at",) if ufunc.nin == 1 else TWO_ARGUMENTS if whole else ("outer", "at")
    for method in methods:
        known = status != "derivative" or method in METHODS
        rows.append(Support(f"{name}.{method}", status if known else "unknown",
                            note_of(METHODS[method]) if status == "derivative" and known else
                            note if status == "refused" else "", (ufunc, method)))  # fmt: skip
    return rows


def of_ufunc(ufunc: Any) -> Any:
    """(status, note) of a ufunc."""
    if ufunc in THROUGH:
        return "value", ""
    if ufunc in REFUSED_UFUNCS:
        return "refused", REFUSED_UFUNCS[ufunc]
    if ufunc in GUFUNCS:
        return "derivative", note_of(GUFUNCS[ufunc])
    if ufunc in MULTIPLE:
        return "derivative", "; ".join("a constant" if rule is None else partials(rule) for rule in MULTIPLE[ufunc])
    rule = rule_of(ufunc)
    return ("unknown", "it has no derivative rule in dualdiff") if rule is None else ("derivative", partials(rule))


def partials(rule: Any) -> str:
    """The partial derivatives of a rule as they stand in the table (f: the value)."""
    return ", ".join(f"d/d{x} = {text}" for x, text in zip("xy", rule.texts, strict=False))


def ndarray_row(name: str) -> Any:
    """The row of a method or an attribute of ndarray."""
    full = f"ndarray.{name}"
    if name in REFUSED_METHODS:
        return Support(full, "refused", REFUSED_METHODS[name], name)
    if name in VALUE_METHODS or name in ("dtype", "ndim", "shape", "size", "base"):
        return Support(full, "value", "", name)
    if name in NDARRAY or hasattr(DualArray, name):
        function = FUNCTIONS.get(getattr(np, "matrix_transpose" if name == "mT" else name, None))
        note = note_of(NOTES[name][1] if name in NOTES else getattr(DualArray, name, None)) or note_of(function)
        return Support(full, "derivative", note, name)
    return Support(full, "unknown", "duals have no such attribute", name)


CHAPTERS = {
    "shape": "the tangents are moved as the elements are", "write": "the tangents are written as the elements are",
    "select": "the tangents are moved as the elements are", "index": "a buffer that can be written to",
    "pad": "the tangents are padded, too", "fft": "linear: the same transform of the tangents",
    "linalg": "a sum of products: linear in each argument",
}  # fmt: skip
"""What is to be said of a handler by its chapter, where its docstring says nothing more."""


NAME = r"^(np\.[\w.]+(\(\.\.\., like=x\))?|x\.[\w.]+\(.*?\))( or [\w.]+)?(?=[\s.,;:]|$)"
"""How a docstring begins: np.sort, np.array(..., like=x), x.take(...)."""


def note_of(handler: Any) -> Any:
    """What a handler's docstring says beyond the name of the function, or what its chapter says."""
    text = " ".join((handler.__doc__ or "").split())
    text = re.sub(NAME, "", text).strip(" .,;:")
    text = text[1:-1] if text.startswith("(") and text.endswith(")") and text.count("(") == 1 else text
    if text[1:2].islower():
        text = text[0].lower() + text[1:]
    return text or CHAPTERS.get(handler.__module__.rpartition(".")[2], "")


# ---- the page ------------------------------------------------------------------------------------------

HEAD = """# What is supported

This page is printed by `python -m dualdiff.support`; `dualdiff.supported()` gives the same as a table. It was made with
NumPy {version}.

* **derivative**: supported; beside it stands the derivative or its convention. Partials are those of the rule
  table, in x, y (the arguments) and f (the value).
* **value**: the answer is about the value (a shape, a comparison, a position) and has no derivative.
* **refused**: an `UnsupportedError`, with the reason and what to write instead.

Functions of NumPy that do not dispatch work where they are made of those that do: `np.vectorize`, `np.array` and
`np.asarray` of duals (object arrays of `Dual`, which go back to a dual array in the next function). `as_strided` has a
rule in dualdiff.numpy and in lifted code. Functions with `like=` (`np.zeros(n, like=x)`) make buffers that can hold
derivatives.
"""


def page() -> str:
    """The text of docs/supported.md."""
    table = supported()
    version = ".".join(np.__version__.split(".")[:2])
    lines = [HEAD.format(version=version)]
    groups: dict[Any, Any] = {name: [] for name in (*NAMESPACES, "ndarray")}
    ufuncs = []
    for row in table.values():
        if isinstance(row.target, np.ufunc):
            ufuncs.append(row)
        elif not isinstance(row.target, tuple):
            groups[row.name.rpartition(".")[0]].append(row)
    for title, rows in (("Ufuncs", ufuncs), ("Functions of numpy", groups["numpy"]),
                        *((name, groups[name]) for name in NAMESPACES if name != "numpy"),
                        ("Methods and attributes of ndarray", groups["ndarray"])):  # fmt: skip
        lines += [f"## {title}\n", "| | | |", "|-|-|-|", *map(line_of, rows), ""]
    lines += ["## Methods of ufuncs\n", "| | derivative | value | refused |", "|-|-|-|-|"]
    for method in TWO_ARGUMENTS:
        rows = [row for row in table.values() if isinstance(row.target, tuple) and row.target[1] == method]
        cells = [" ".join(f"`{row.name.split('.')[1]}`" for row in rows if row.status == status)
                 for status in ("derivative", "value", "refused")]  # fmt: skip
        lines.append(f"| `{method}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def line_of(row: Any) -> str:
    """One row of the page."""
    note = row.note.replace("|", "\\|")
    note = re.sub(r"(d/d[xy] = )(.*?)(?=, d/d|; d/d|$)", r"`\1\2`", note)
    return f"| `{row.name}` | {row.status} | {note} |"


if __name__ == "__main__":
    print(page(), end="")
