"""The rule table of rules.h as Python: partials that can be evaluated on anything.

`RULES[name]` is a `Rule`: the ufunc, and for each argument a function partial(x, y, f) made
from the very text that the C compiler read.  On nested duals, complex numbers and recorded
maps it computes with NumPy's functions, which come back to dualdiff where needed.

Invariant: no formula stands here; only names that the texts use, and facts read off them.
"""

import ast
import re
import sys
from typing import Any

import numpy as np

from ..core import ALIASES, RULES as TABLE, SECOND, bare, take_ufunc
from ..errors import UnsupportedError

__all__ = ["ALIASES", "MULTIPLE", "REFUSED", "RULES", "THROUGH", "Rule", "learn_scipy", "rule_of", "scipy_name"]


def sel(condition, a, b):
    """A where the condition holds, else b."""
    return np.where(condition, a, b)


NAMES: dict[str, Any] = {
    "sel": sel,
    "LN2": float(np.log(2.0)),
    "INV_LN2": 1 / float(np.log(2.0)),
    "INV_LN10": 0.43429448190325182765,
    "DEGREE": 0.01745329251994329577,
    "INV_DEGREE": 57.2957795130823208768,
    "PI2": 9.86960440108935861883,
    "TWO_SQRTPI": 1.12837916709551257390,
    "LN10": 2.30258509299404568402,
    "SQRT2": 1.41421356237309504880,
    "SQRT1_2": 0.70710678118654752440,
    "PI": 3.14159265358979323846,
    "TWO_PI": 6.28318530717958647693,
    "NAN": float("nan"),
}
NAMES.update({name: entry[0] for name, entry in TABLE.items() if entry[0] is not None})

# what the helpers are on complex numbers, where the C forms do not exist
ON_COMPLEX = {
    "hypot": lambda x, y: np.sqrt(x * x + y * y),
    "sech2": lambda x: 1 / np.cosh(x) ** 2,
    "powm1": lambda x, y: np.power(x, y - 1),
    "powlog": lambda x, y: np.where(x == 0, np.where(np.real(y) > 0, 0, -np.inf), np.power(x, y) * np.log(x)),
    "gauss": lambda x: np.exp(-x * x),
    "antigauss": lambda x: np.exp(x * x),
    "polygamma": lambda n, x: NAMES["psi"](x) if n == 0 else NAMES["polygamma"](n, x),
}


# what stands in the place of a partial that there is none of, and why
REASONS = {
    "by_order": "a derivative by the order is no expression in functions that SciPy has; keep the order constant",
    "by_parameter": "a derivative by a parameter is no expression in functions that SciPy has; keep it constant",
    "by_argument": "its derivative is no expression in functions that SciPy has",
}


class Rule:
    """One line of the table.

    Attributes
    ----------
    name : str
    ufunc : numpy.ufunc
        Gives the value; None for a function of SciPy's until `learn_scipy` has found it.
    nin : int
        Number of arguments.
    texts : tuple of str
        The partial derivatives as they stand in rules.h.
    kinds : tuple of str
        For each argument "zero", "linear" (a constant partial) or "nonlinear".
    names : tuple of set
        For each partial which of x, y and f it depends on.
    scipy : bool
        Whether the function is one of scipy.special's.
    partly : bool
        Whether there is an argument by which it has no derivative.
    second_texts : tuple of str
        d2/dx2, d2/dxdy and d2/dy2, which generate.py derives from `texts`.
    """

    __slots__ = (
        "kinds", "made", "made_complex", "made_second", "name", "names", "nin", "partly", "scipy", "second_texts",
        "texts", "ufunc",
    )  # fmt: skip

    def __init__(self, name, ufunc, nin, value, texts):
        self.name, self.ufunc, self.nin, self.texts, self.second_texts = name, ufunc, nin, texts, SECOND[name]
        self.scipy = value.startswith("scipy(") or name in IN_BOTH
        self.partly = any(text in REASONS for text in texts)
        self.made_second = None
        self.kinds = tuple(map(kind, texts))
        self.names = tuple(map(variables, texts))
        self.made = self.made_complex = None

    @property
    def partials(self):
        """The partial derivatives as functions (x, y, f); compiled when first asked for."""
        if self.made is None:
            self.made = tuple(compile_text(text, NAMES) for text in self.texts)
        return self.made

    @property
    def complex_partials(self):
        """The same for complex arguments."""
        if self.made_complex is None:
            self.made_complex = tuple(compile_text(text, NAMES | ON_COMPLEX) for text in self.texts)
        return self.made_complex

    def refuses(self, tangents):
        """Whether an argument varies by which there is no partial derivative."""
        return any(t is not None and text in REASONS for text, t in zip(self.texts, tangents, strict=True))

    def check(self, tangents):
        """Raises where an argument varies by which there is no derivative."""
        for i, (text, t) in enumerate(zip(self.texts, tangents, strict=True)):
            if t is not None and text in REASONS:
                by = f" by its {('first', 'second')[i]} argument" if self.nin > 1 else ""
                raise UnsupportedError(
                    f"scipy.special.{scipy_name(self.name)} has no derivative rule in dualdiff{by}: {REASONS[text]}"
                )

    @property
    def second_partials(self):
        """The second partials as functions (x, y, f); None for one that is zero."""
        if self.made_second is None:
            self.made_second = tuple(None if text == "0" else compile_text(text, NAMES) for text in self.second_texts)
        return self.made_second

    def __repr__(self):
        return f"Rule({self.name}: {', '.join(self.texts)})"


def kind(text):
    """Whether a partial is zero, a constant ("linear") or depends on the point."""
    if text == "0":
        return "zero"
    return "nonlinear" if variables(text) else "linear"


def variables(text):
    """Which of x, y and f a partial depends on."""
    return set(re.findall(r"[A-Za-z_]\w*", text)) & {"x", "y", "f"}


class Conditions(ast.NodeTransformer):
    """Makes the conditions of sel those of the values: they carry no derivatives, and meet no kinks."""

    def visit_Call(self, node):
        """sel(c, a, b), and what is inside of other calls."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "sel":
            node.args[0] = Plain().visit(node.args[0])
        return node


class Plain(ast.NodeTransformer):
    """Puts the values in the place of x, y and f."""

    def visit_Name(self, node):
        """One variable."""
        if node.id not in ("x", "y", "f"):
            return node
        return ast.Call(ast.Name("bare", ast.Load()), [node], [])


def compile_text(text, names):
    """The Python function of a partial; constants come back as Python numbers."""
    tree = ast.fix_missing_locations(Conditions().visit(ast.parse(f"lambda x, y, f: {text}", mode="eval")))
    space = {"__builtins__": {}, "__name__": __name__, "bare": bare, **names}
    return eval(compile(tree, "<rules.h>", "eval"), space)


# functions of scipy.special whose value column is C's, as math has them too
IN_BOTH = {"erf", "erfc", "gamma", "gammaln"}

RULES = {name: Rule(name, *entry) for name, entry in TABLE.items()}
BY_UFUNC = {rule.ufunc: rule for rule in RULES.values() if rule.ufunc is not None}
for _alias, _name in ALIASES.items():
    BY_UFUNC[getattr(np, _alias)] = RULES[_name]
for _alias, _name in {"deg2rad": "radians", "rad2deg": "degrees"}.items():
    BY_UFUNC[getattr(np, _alias)] = RULES[_name]

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


def scipy_name(rule):
    """SciPy's name for a rule: special_ stands before a name that NumPy or a helper has."""
    return rule.removeprefix("special_")


def scipy_ufuncs():
    """Name -> ufunc of scipy.special, the private ones too; empty where it is not imported."""
    found: dict = {}
    for name in ("scipy.special._ufuncs", "scipy.special._special_ufuncs"):
        module = sys.modules.get(name)
        found |= {n: u for n, u in vars(module).items() if isinstance(u, np.ufunc)} if module else {}
    return found


learnt: set = set()


def learn_scipy():
    """Gives SciPy's ufuncs to the rules that are theirs: when the first of them meets a dual."""
    ufuncs = scipy_ufuncs()
    for name, rule in RULES.items():
        if rule.scipy and scipy_name(name) in ufuncs:
            ufunc = ufuncs[scipy_name(name)]
            if take_ufunc(name, ufunc):
                rule.ufunc = NAMES[name] = ufunc
                BY_UFUNC[ufunc] = rule
    learnt.update(ufuncs.values())


def rule_of(ufunc):
    """The rule of a ufunc, or None."""
    rule = BY_UFUNC.get(ufunc)
    if rule is None and ufunc not in learnt and ufunc in scipy_ufuncs().values():
        learn_scipy()
        rule = BY_UFUNC.get(ufunc)
    return rule
