"""The table of elementwise functions as Python: partials that can be evaluated on anything.

`RULES[name]` is a `Rule` of the rows that the compiled core has, `GENERAL[name]` of those on the generic path alone:
the ufunc, and for each argument a function of arguments and results, made from the row's own text.  On nested duals,
complex numbers and recorded maps it computes with NumPy's functions, which come back to dualdiff where needed.

Invariant: no formula stands here, and no name of a row but those of NumPy's ufuncs with two results.
"""

import ast
import re
import sys
from typing import Any

import numpy as np

from ..core import RULES as COMPILED, SECOND, bare, take_ufunc
from ..errors import UnsupportedError
from . import of_numpy, of_scipy
from .row import ARGUMENTS, CONSTANTS, REASONS, RESULTS

__all__ = [
    "ALIASES", "GENERAL", "MATH", "MULTIPLE", "NAMES", "REASONS", "REFUSED", "RULES", "THROUGH", "Rule", "learn_scipy",
    "rule_of", "scipy_name", "scipys_name",
]  # fmt: skip

ROWS = {row.name: row for row in (*of_numpy.ROWS, *of_scipy.ROWS)}

if COMPILED.keys() != {name for name, row in ROWS.items() if row.kernels} or any(
    texts != ROWS[name].partials[0] for name, (_, texts) in COMPILED.items()
):
    raise ImportError(
        "dualdiff's compiled core was built from another table of derivatives than dualdiff/rules has now: build it "
        "again (pip install -e ., or python setup.py build_ext --inplace)"
    )


def sel(condition: Any, a: Any, b: Any) -> Any:
    """A where the condition holds, else b."""
    return np.where(condition, a, b)


NAMES: dict[str, Any] = {"sel": sel, "real": np.real, "NAN": float("nan"), "INF": float("inf")}
NAMES |= {name: float(digits) for name, digits in CONSTANTS.items()}
NAMES |= {name: ufunc for name, (ufunc, _) in COMPILED.items() if ufunc is not None}


def on_complex() -> Any:
    """NAMES for complex arguments, where the C forms of helpers do not exist."""
    given = {row.name: row.on_complex for row in ROWS.values() if row.on_complex}
    return NAMES | {name: eval(f"lambda x, y=None: {text}", dict(NAMES)) for name, text in given.items()}


class Rule:
    """One row of the table.

    Attributes
    ----------
    row : Row
        What the table says.
    name : str
    ufunc : numpy.ufunc
        Gives the value; None for a function of SciPy's until `learn_scipy` has found it.
    nin : int
        Number of arguments.
    results : tuple of tuple of str
        For each result the partial derivatives as they stand in the table.
    texts : tuple of str
        Those of the first result.
    kinds : tuple of str
        For each argument "zero", "linear" (a constant partial) or "nonlinear".
    names : tuple of set
        For each partial which of x, y and f it depends on.
    scipy : bool
        Whether the function is one of scipy.special's.
    partly : bool
        Whether there is an argument by which it has no derivative.
    second_texts : tuple of str
        d2/dx2, d2/dxdy and d2/dy2, which generate.py derives from `texts`; none of a general row.
    """

    __slots__ = (
        "kinds", "made", "made_complex", "made_second", "name", "names", "nin", "partly", "results", "row", "scipy",
        "second_texts", "texts", "ufunc",
    )  # fmt: skip

    def __init__(self, row: Any, ufunc: Any, second: Any = ()) -> None:
        self.row, self.name, self.ufunc, self.second_texts = row, row.name, ufunc, second
        self.results, self.texts, self.nin = row.partials, row.partials[0], len(row.partials[0])
        self.scipy = row.scipy is not None
        self.partly = any(text in REASONS for text in self.texts)
        self.kinds = tuple(map(kind, self.texts))
        self.names = tuple(map(variables, self.texts))
        self.made: Any = None
        self.made_complex: Any = None
        self.made_second: Any = None

    @property
    def partials(self) -> Any:
        """The partial derivatives as functions (x, y, f); compiled when first asked for."""
        if self.made is None:
            self.made = tuple(compile_text(text, NAMES) for text in self.texts)
        return self.made

    @property
    def complex_partials(self) -> Any:
        """The same for complex arguments."""
        if self.made_complex is None:
            names = on_complex()
            self.made_complex = tuple(compile_text(text, names) for text in self.texts)
        return self.made_complex

    def general_partials(self, of_complex: Any) -> Any:
        """For each result the partials as functions of all arguments and all results; None for one that is zero."""
        made = self.made_complex if of_complex else self.made
        if made is None:
            names = scipy_ufuncs() | (on_complex() if of_complex else NAMES)
            given = ", ".join((*ARGUMENTS[: self.nin], *RESULTS[: len(self.results)]))
            made = [
                [None if text == "0" or text in REASONS else compile_text(text, names, given) for text in texts]
                for texts in self.results
            ]
            if of_complex:
                self.made_complex = made
            else:
                self.made = made
        return made

    def refuses(self, tangents: Any) -> bool:
        """Whether an argument varies by which there is no partial derivative."""
        return any(t is not None and text in REASONS for text, t in zip(self.texts, tangents, strict=True))

    def check(self, tangents: Any) -> None:
        """Raises where an argument varies by which there is no derivative."""
        for i, (text, t) in enumerate(zip(self.texts, tangents, strict=True)):
            if t is not None and text in REASONS:
                by = f" by its {('first', 'second', 'third', 'fourth', 'fifth')[i]} argument" if self.nin > 1 else ""
                raise UnsupportedError(
                    f"scipy.special.{scipy_name(self.name)} has no derivative rule in dualdiff{by}: {REASONS[text]}"
                )

    @property
    def second_partials(self) -> Any:
        """The second partials as functions (x, y, f); None for one that is zero."""
        if self.made_second is None:
            self.made_second = tuple(None if text == "0" else compile_text(text, NAMES) for text in self.second_texts)
        return self.made_second

    def __repr__(self) -> str:
        return f"Rule({self.name}: {', '.join(self.texts)})"


def kind(text: str) -> Any:
    """Whether a partial is zero, a constant ("linear") or depends on the point."""
    if text == "0":
        return "zero"
    return "nonlinear" if variables(text) else "linear"


def variables(text: str) -> Any:
    """Which of the arguments and results a partial depends on."""
    return set(re.findall(r"[A-Za-z_]\w*", text)) & VARIABLES


VARIABLES = {*ARGUMENTS, *RESULTS}


class Conditions(ast.NodeTransformer):
    """Makes the conditions of sel those of the values: they carry no derivatives, and meet no kinks."""

    def visit_Call(self, node: Any) -> Any:
        """sel(c, a, b), and what is inside of other calls."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "sel":
            node.args[0] = Plain().visit(node.args[0])
        return node


class Plain(ast.NodeTransformer):
    """Puts the values in the place of the variables."""

    def visit_Name(self, node: Any) -> Any:
        """One variable."""
        if node.id not in VARIABLES:
            return node
        return ast.Call(ast.Name("bare", ast.Load()), [node], [])


def compile_text(text: str, names: Any, given: str = "x, y, f") -> Any:
    """The Python function of a partial; constants come back as Python numbers."""
    tree = ast.fix_missing_locations(Conditions().visit(ast.parse(f"lambda {given}: {text}", mode="eval")))
    space = {"__builtins__": {}, "__name__": __name__, "bare": bare, **names}
    return eval(compile(tree, "<table>", "eval"), space)


RULES = {name: Rule(ROWS[name], ufunc, SECOND[name]) for name, (ufunc, _) in COMPILED.items()}
GENERAL = {name: Rule(row, None) for name, row in ROWS.items() if not row.kernels}

ALIASES = {row.alias: name for name, row in ROWS.items() if row.alias}
"""NumPy's functions that are another's formula under a second name."""

MATH = {row.math: name for name, row in ROWS.items() if row.math}
"""The math module's functions -> the rows that have their derivatives."""

BY_UFUNC = {rule.ufunc: rule for rule in RULES.values() if rule.ufunc is not None}
BY_UFUNC |= {getattr(np, alias): RULES[name] for alias, name in ALIASES.items()}

# ufuncs with two results: the rule of each (None: an integer, no derivative)
MULTIPLE = {
    np.divmod: (RULES["floor_divide"], RULES["remainder"]),
    np.modf: (RULES["modf_fraction"], RULES["trunc"]),
    np.frexp: (RULES["frexp_mantissa"], None),
}

# ufuncs that answer about the value: their result has no derivative
THROUGH = {
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.isnan, np.isfinite, np.isinf, np.signbit,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
}  # fmt: skip

_INTEGERS = "it is defined on integers only, which have no derivative; convert with x.astype(int)"
REFUSED = {
    np.nextafter: "it steps through the floating-point grid and has no derivative; "
    "write np.nextafter(x.value, y) for the number",
    np.spacing: "it measures the floating-point grid and has no derivative; write np.spacing(x.value)",
    np.isnat: "it is about dates",
} | dict.fromkeys(
    [
        np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift,
        np.gcd, np.lcm, np.bitwise_count,
    ],
    _INTEGERS,
)  # fmt: skip


# ---- scipy.special ------------------------------------------------------------------------------


def scipy_name(rule: Any) -> Any:
    """SciPy's name for a rule: special_ stands before a name that NumPy or a helper has."""
    return ROWS[rule].scipy or rule


def scipy_ufuncs() -> Any:
    """Name -> ufunc of scipy.special, the private ones too; empty where it is not imported."""
    found: dict[Any, Any] = {}
    for name in ("scipy.special._ufuncs", "scipy.special._special_ufuncs"):
        module = sys.modules.get(name)
        found |= {n: u for n, u in vars(module).items() if isinstance(u, np.ufunc)} if module else {}
    return found


def scipys_name(ufunc: Any) -> str | None:
    """The name under which scipy.special has a ufunc; None for any other ufunc."""
    ufuncs = scipy_ufuncs()
    if ufuncs.get(ufunc.__name__) is ufunc:
        return str(ufunc.__name__)
    return next((name for name, u in ufuncs.items() if u is ufunc), None)   # SciPy 1.15's pro_cv calls itself obl_cv


learnt: set[Any] = set()


def learn_scipy() -> None:
    """Gives SciPy's ufuncs to the rules that are theirs: when the first of them meets a dual."""
    ufuncs = scipy_ufuncs()
    for name, rule in RULES.items():
        if rule.scipy and scipy_name(name) in ufuncs:
            ufunc = ufuncs[scipy_name(name)]
            if take_ufunc(name, ufunc):
                rule.ufunc = NAMES[name] = ufunc
                BY_UFUNC[ufunc] = rule
    learnt.update(ufuncs.values())


def rule_of(ufunc: Any) -> Any:
    """The rule of a ufunc, or None."""
    rule = BY_UFUNC.get(ufunc)
    if rule is None and ufunc not in learnt and ufunc in scipy_ufuncs().values():
        learn_scipy()
        rule = BY_UFUNC.get(ufunc)
    return rule
