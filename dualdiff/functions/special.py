"""Ufuncs of scipy.special with three or more arguments, or several results: a table on the generic path.

As in core/rules.h a line gives partial derivatives as expressions, in the arguments a, b, c, d and the results f, g,
h, k; the names are SciPy's and NumPy's ufuncs and the helpers of the table.  A reason (by_parameter, ...) stands for a
partial that there is none of.

Invariant: values are the ufunc's own.  Imported by elementwise.py.
"""

import numpy as np

from ..core import make, mark_shared
from ..errors import UnsupportedError
from ..linear import Elementwise
from ..rules import NAMES, REASONS, scipy_ufuncs
from ..spaces import Node, capture, find_tag, is_dual, peel, push

_P = "by_parameter"
_BETA_DENSITY = "exp(xlogy(a - 1, c) + xlog1py(b - 1, -c) - betaln(a, b))"

# name -> for each result the partials by each argument
TABLE: dict = {
    "betainc": [[_P, _P, _BETA_DENSITY]],
    "betaincc": [[_P, _P, "-" + _BETA_DENSITY]],
    "betaincinv": [[_P, _P, "exp(betaln(a, b) - xlogy(a - 1, f) - xlog1py(b - 1, -f))"]],
    "betainccinv": [[_P, _P, "-exp(betaln(a, b) - xlogy(a - 1, f) - xlog1py(b - 1, -f))"]],
    "hyp1f1": [[_P, _P, "where(a == 0, 0, a / b * hyp1f1(a + 1, b + 1, c))"]],
    "hyperu": [[_P, _P, "-a * hyperu(a + 1, b + 1, c)"]],
    "hyp2f1": [[_P, _P, _P, "where((a == 0) | (b == 0), 0, a * b / c * hyp2f1(a + 1, b + 1, c + 1, d))"]],
    "radian": [["DEGREE", "DEGREE / 60", "DEGREE / 3600"]],
    "_lambertw": [["exp(-f) / (1 + f)", "0", "0"]],
    "fresnel": [["sin(0.5 * PI * a * a)"], ["cos(0.5 * PI * a * a)"]],
    "sici": [["sinc(a / PI)"], ["cos(a) / a"]],
    "shichi": [["where(a == 0, 1, sinh(a) / (a + (a == 0)))"], ["cosh(a) / a"]],
    "airy": [["g"], ["a * f"], ["k"], ["a * h"]],
    "ellipj": [["g * h", _P], ["-f * h", _P], ["-b * f * g", _P], ["h", _P]],
    "_spherical_jn": [
        ["by_order", "(a * _spherical_jn(abs(a - 1), b) - (a + 1) * _spherical_jn(a + 1, b)) / (2 * a + 1)"]
    ],
    "_spherical_yn": [["by_order", "_spherical_yn_d(a, b)"]],
    "_spherical_yn_d": [["by_order", "(a * (a + 1) / (b * b) - 1) * _spherical_yn(a, b) - 2 / b * f"]],
    "_spherical_jn_d": [
        ["by_order", "(a * _spherical_jn_d(abs(a - 1), b) - (a + 1) * _spherical_jn_d(a + 1, b)) / (2 * a + 1)"]
    ],
    # of any real degree; first the mirrored degrees, for which the polynomial is the same one (or its negative)
    "eval_legendre": [
        ["by_order", "where((a == 0) | (a == -1), 0, eval_gegenbauer(where(a < -0.5, -2 - a, a - 1), 1.5, b))"]
    ],
    "eval_chebyt": [["by_order", "where(a == 0, 0, abs(a) * eval_chebyu(abs(a) - 1, b))"]],
    "eval_chebyu": [
        ["by_order", "where((a == 0) | (a == -1) | (a == -2), 0, where(a < -1, -2, 2) * "
         "eval_gegenbauer(where(a < -1, -3 - a, a - 1), 2.0, b))"]
    ],
    "eval_gegenbauer": [
        ["by_order", _P, "where((a <= 0) & (a == floor(a)), 0, 2 * b * eval_gegenbauer(a - 1, b + 1, c))"]
    ],
    "eval_hermite": [["by_order", "where(a <= 0, 0, 2 * a * eval_hermite(abs(a - 1), b))"]],
    "eval_hermitenorm": [["by_order", "where(a <= 0, 0, a * eval_hermitenorm(abs(a - 1), b))"]],
    "eval_laguerre": [["by_order", "where(a == 0, 0, -eval_genlaguerre(a - 1, 1.0, b))"]],
    "eval_genlaguerre": [["by_order", _P, "where(a == 0, 0, -eval_genlaguerre(a - 1, b + 1, c))"]],
}
ARGUMENTS, RESULTS = "abcd", "fghk"


def wide(ufunc, inputs):
    """The dual results of a ufunc in TABLE; None where it is not one."""
    ufuncs = scipy_ufuncs()
    if ufunc.__name__ not in TABLE or ufuncs.get(ufunc.__name__) is not ufunc:
        return None
    tag = find_tag(*inputs)
    pairs = [peel(x, tag) for x in inputs]
    values, tangents = [np.float64(v) if type(v) is float else v for v, _ in pairs], [t for _, t in pairs]
    texts = TABLE[ufunc.__name__]
    for text, t in zip(texts[0], tangents, strict=True):
        if t is not None and text in REASONS:
            raise UnsupportedError(
                f"scipy.special.{ufunc.__name__} has no derivative rule in dualdiff by this argument: {REASONS[text]}"
            )
    results = ufunc(*values)
    several = isinstance(results, tuple)
    results = results if several else (results,)
    names = ufuncs | NAMES | {"where": np.where, "abs": np.abs, "sinc": np.sinc, "floor": np.floor}
    names |= dict(zip(ARGUMENTS, values, strict=False)) | dict(zip(RESULTS, results, strict=False))
    found = []
    for value, row in zip(results, texts, strict=True):
        partials = []
        for text, t in zip(row, tangents, strict=True):
            with np.errstate(all="ignore"):
                known = {"__builtins__": {}, "__name__": __name__, **names}
                d = None if t is None or text == "0" else eval(text, known)
            partials.append(d[()] if isinstance(d, np.ndarray) and d.ndim == 0 else d)
        if any(type(t) is Node for t in tangents):
            partials = [capture(d, *values, *results) for d in partials]
        if all(d is None for d in partials):
            found.append(value)
            continue
        y = make(value, push(Elementwise(tuple(partials), tuple(values), value), tangents), tag)
        if is_dual(y) and np.ndim(y):
            mark_shared(y)
        found.append(y)
    return tuple(found) if several else found[0]
