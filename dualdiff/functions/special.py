"""Ufuncs of scipy.special with three or more arguments, or several results: a table on the generic path.

As in rules/rules.h a line gives partial derivatives as expressions, in the arguments a, b, c, d and the results f, g,
h, k; the names are SciPy's and NumPy's ufuncs and the helpers of the table.  A reason (by_parameter, ...) stands for a
partial that there is none of.

Invariant: values are the ufunc's own.
"""

from typing import Any

import numpy as np

from ..core import make, mark_shared
from ..errors import UnsupportedError
from ..maps.elementwise import Elementwise
from ..maps.tangents import capture, find_tag, is_dual, is_node, peel, push
from ..rules.table import NAMES, REASONS, scipy_ufuncs

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
    "eval_jacobi": [
        ["by_order", _P, _P,
         "where((a <= 0) & (a == floor(a)), 0, 0.5 * (a + b + c + 1) * eval_jacobi(a - 1, b + 1, c + 1, d))"],
    ],
    "eval_sh_legendre": [
        ["by_order", "where((a == 0) | (a == -1), 0, "
         "2 * eval_gegenbauer(where(a < -0.5, -2 - a, a - 1), 1.5, 2 * b - 1))"]
    ],
    "eval_sh_chebyt": [["by_order", "where(a == 0, 0, 2 * abs(a) * eval_chebyu(abs(a) - 1, 2 * b - 1))"]],
    "eval_sh_chebyu": [
        ["by_order", "where((a == 0) | (a == -1) | (a == -2), 0, where(a < -1, -4, 4) * "
         "eval_gegenbauer(where(a < -1, -3 - a, a - 1), 2.0, 2 * b - 1))"]
    ],
    "eval_chebyc": [["by_order", "where(a == 0, 0, abs(a) * eval_chebyu(abs(a) - 1, 0.5 * b))"]],
    "eval_chebys": [
        ["by_order", "where((a == 0) | (a == -1) | (a == -2), 0, where(a < -1, -1, 1) * "
         "eval_gegenbauer(where(a < -1, -3 - a, a - 1), 2.0, 0.5 * b))"]
    ],
    "lpmv": [["by_order", "by_order", "(b * c * f - (a + b) * lpmv(a, b - 1, c)) / (c * c - 1)"]],
    "wofz": [["2j / sqrt(PI) - 2 * a * f"]],
    "struve": [[_P, "0.5 * (struve(a - 1, b) - struve(a + 1, b) + power(0.5 * b, a) * rgamma(a + 1.5) / sqrt(PI))"]],
    "modstruve": [
        [_P,
         "0.5 * (modstruve(a - 1, b) + modstruve(a + 1, b) + power(0.5 * b, a) * rgamma(a + 1.5) / sqrt(PI))"],
    ],
    "itj0y0": [["j0(a)"], ["y0(a)"]],
    "iti0k0": [["i0(a)"], ["k0(a)"]],
    "it2j0y0": [["(1 - j0(a)) / a"], ["-y0(a) / a"]],
    "it2i0k0": [["(i0(a) - 1) / a"], ["-k0(a) / a"]],
    "itairy": [["airy(a)[0]"], ["airy(a)[2]"], ["airy(-a)[0]"], ["airy(-a)[2]"]],
    "itstruve0": [["struve(0.0, a)"]],
    "it2struve0": [["-struve(0.0, a) / a"]],
    "itmodstruve0": [["modstruve(0.0, a)"]],
    "airye": [["g + sqrt(a) * f"], ["a * f + sqrt(a) * g"],
              ["k - sqrt(maximum(a, 0)) * h"], ["a * h - sqrt(maximum(a, 0)) * k"]],
    "modfresnelp": [["-exp(1j * a * a)"], ["-2j * a * g - exp(-0.25j * PI) / sqrt(PI)"]],
    "modfresnelm": [["-exp(-1j * a * a)"], ["2j * a * g - exp(0.25j * PI) / sqrt(PI)"]],
    "kelvin": [["h"], ["k"], ["1j * f - h / a"], ["1j * g - k / a"]],
    "hankel1": [["by_order", "0.5 * (hankel1(a - 1, b) - hankel1(a + 1, b))"]],
    "hankel2": [["by_order", "0.5 * (hankel2(a - 1, b) - hankel2(a + 1, b))"]],
    "hankel1e": [["by_order", "0.5 * (hankel1e(a - 1, b) - hankel1e(a + 1, b)) - 1j * f"]],
    "hankel2e": [["by_order", "0.5 * (hankel2e(a - 1, b) - hankel2e(a + 1, b)) + 1j * f"]],
    "mathieu_cem": [
        ["by_order", _P, "DEGREE * g"],
        ["by_order", _P, "-DEGREE * (mathieu_a(a, b) - 2 * b * cosdg(2 * c)) * f"],
    ],
    "mathieu_sem": [
        ["by_order", _P, "DEGREE * g"],
        ["by_order", _P, "-DEGREE * (mathieu_b(a, b) - 2 * b * cosdg(2 * c)) * f"],
    ],
    "round": [["0"]],
    "smirnov": [["by_order", "_smirnovp(a, b)"]],
    "smirnovi": [["by_order", "1 / _smirnovp(a, f)"]],
    "pbdv": [["by_order", "g"], ["by_order", "(b * b / 4 - a - 0.5) * f"]],
    "pbvv": [["by_order", "g"], ["by_order", "(b * b / 4 - a - 0.5) * f"]],
    "pbwa": [[_P, "g"], [_P, "(a - b * b / 4) * f"]],
    "besselpoly": [["(jv(c, 2 * a) - (b + 1) * f) / a", _P, _P]],
    "wright_bessel": [[_P, _P, "wright_bessel(a, a + b, c)"]],
    "log_wright_bessel": [[_P, _P, "exp(log_wright_bessel(a, a + b, c) - f)"]],
} | {
    # Mathieu's modified functions: y'' = (a - 2 q cosh 2x) y
    f"mathieu_mod{kind}": [
        ["by_order", _P, "g"],
        ["by_order", _P, f"(mathieu_{value}(a, b) - 2 * b * cosh(2 * c)) * f"],
    ]
    for kind, value in (("cem1", "a"), ("cem2", "a"), ("sem1", "b"), ("sem2", "b"))
} | {
    # spheroidal functions: their equation gives the second derivative (DLMF 30.2.1); *_cv take the eigenvalue, too
    f"{side}_{kind}{cv}": [
        ["by_order", "by_order", _P, *held, "g"],
        ["by_order", "by_order", _P, *held, text.format(x=x, cv=value)],
    ]
    for side, kinds, text in (
        ("pro", ("ang1", "rad1", "rad2"),
         "(2 * {x} * g - ({cv} - c * c * {x} * {x} - a * a / (1 - {x} * {x})) * f) / (1 - {x} * {x})"),
        ("obl", ("ang1",),
         "(2 * {x} * g - ({cv} + c * c * {x} * {x} - a * a / (1 - {x} * {x})) * f) / (1 - {x} * {x})"),
        ("obl", ("rad1", "rad2"),
         "-(2 * {x} * g - ({cv} - c * c * {x} * {x} - a * a / (1 + {x} * {x})) * f) / (1 + {x} * {x})"),
    )
    for kind in kinds
    for cv, held, x, value in (("", [], "d", f"{side}_cv(a, b, c)"), ("_cv", [_P], "e", "d"))
}
ARGUMENTS, RESULTS = "abcde", "fghk"


def wide(ufunc, inputs):
    """The dual results of a ufunc in TABLE, or of one that is a composition; None where it is neither."""
    ufuncs = scipy_ufuncs()
    name = ufunc.__name__
    if ufuncs.get(name) is not ufunc:
        return None
    tag = find_tag(*inputs)
    pairs = [peel(x, tag) for x in inputs]
    values, tangents = [np.float64(v) if type(v) is float else v for v, _ in pairs], [t for _, t in pairs]
    texts: Any = TABLE.get(name)
    if texts is None or any(t is not None and text in REASONS for text, t in zip(texts[0], tangents, strict=True)):
        found = by_composition(ufunc, inputs)
        if found is None and texts is not None:
            reason = next(r for r, t in zip(texts[0], tangents, strict=True) if t is not None and r in REASONS)
            raise UnsupportedError(
                f"scipy.special.{name} has no derivative rule in dualdiff by this argument: {REASONS[reason]}"
            )
        return found
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
        if any(map(is_node, tangents)):
            partials = [capture(d, *values, *results) for d in partials]
        if all(d is None for d in partials):
            found.append(value)
            continue
        y = make(value, push(Elementwise(tuple(partials), tuple(values), value), tangents), tag)
        if is_dual(y) and np.ndim(y):
            mark_shared(y)
        found.append(y)
    return tuple(found) if several else found[0]


def by_composition(ufunc, inputs):
    """The dual results of a ufunc of SciPy's whose derivative is that of a composition; None where there is none.

    The compositions need SciPy, and functions that are above this file: they are loaded when the first is asked for.
    """
    from ..scipy.parameters import COMPOSED, composed

    return composed(ufunc, inputs) if ufunc.__name__ in COMPOSED else None
