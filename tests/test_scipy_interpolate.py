"""dualdiff.scipy.interpolate: a table of interpolants; each by data, breakpoints and arguments as far as these may vary.

For every row and argument: the value is SciPy's, to the bit; the tangent is that of differences of SciPy's results;
reverse is the adjoint of forward; the second derivative is that of the first.
"""

import inspect

import numpy as np
import pytest
import scipy.interpolate
from support import close, differences

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import interpolate

G = np.random.default_rng(0)
SEED = {"rng" if "rng" in inspect.signature(scipy.interpolate.BarycentricInterpolator).parameters else "random_state": 3}
X = np.array([0.1, 0.5, 1.1, 1.6, 2.3, 2.8, 3.1, 3.5, 3.9])
Y = np.sin(2 * X) + 0.1 * G.standard_normal(9)
Q = np.array([0.62, 1.67, 2.41, 3.37])
KNOTS = np.r_[[X[0]] * 4, X[3], X[6], [X[-1]] * 4]
COLUMNS = G.standard_normal((2, 9, 3))
GRID, Z = (np.arange(5.0), np.linspace(0, 1, 6)), G.standard_normal((5, 6))
P = np.array([[1.3, 0.33], [2.7, 0.71], [3.1, 0.11]])
POINTS = G.uniform(0, 1, (20, 2))
D = np.sin(3 * POINTS[:, 0]) + POINTS[:, 1]
R = np.array([[0.41, 0.52], [0.6, 0.31]])
C = G.standard_normal((4, 8))
ENDS = ((1, 0.3), (2, -0.2))

# name -> (module, arguments that may vary) -> result, and the arguments
CASES = {
    **{f"{name} {nu}": (lambda m, x, y, q, name=name, nu=nu: getattr(m, name)(x, y)(q, nu), X, Y, Q)
       for name in ("CubicSpline", "PchipInterpolator", "Akima1DInterpolator") for nu in (0, 1)},
    **{f"CubicSpline {bc}": (lambda m, x, y, q, bc=bc: m.CubicSpline(x, y, bc_type=bc)(q), X, Y, Q) for bc in ("natural", "clamped", ENDS)},
    **{f"CubicSpline of {n}": (lambda m, x, y, q: m.CubicSpline(x, y)(q), X[:n], Y[:n], X[0] + (X[n - 1] - X[0]) * np.array([0.2, 0.7])) for n in (2, 3, 4)},
    "CubicSpline periodic": (lambda m, x, y, q: m.CubicSpline(x, np.concatenate([y[:-1], y[:1]]), bc_type="periodic")(q), X, Y, Q),
    "CubicSpline axis": (lambda m, y, q: m.CubicSpline(X, y, axis=1)(q), COLUMNS, Q.reshape(2, 2)),
    "CubicSpline beyond": (lambda m, y, q: m.CubicSpline(X, y)(q), Y, np.array([-0.3, 4.2])),
    "CubicSpline integrate": (lambda m, y, a, b: m.CubicSpline(X, y).integrate(a, b), Y, 0.62, 3.37),
    "CubicSpline roots": (lambda m, y: m.CubicSpline(X, y).roots(extrapolate=False), Y),
    "CubicSpline solve": (lambda m, y: m.CubicSpline(X, y).solve(0.2, extrapolate=False), Y),
    "CubicSpline antiderivative": (lambda m, y, q: m.CubicSpline(X, y).antiderivative()(q), Y, Q),
    "CubicSpline derivative": (lambda m, y, q: m.CubicSpline(X, y).derivative()(q), Y, Q),
    "CubicHermiteSpline": (lambda m, x, y, s, q: m.CubicHermiteSpline(x, y, s)(q), X, Y, np.cos(X), Q),
    "makima": (lambda m, x, y, q: m.Akima1DInterpolator(x, y, method="makima")(q), X, Y, Q),
    "pchip_interpolate": (lambda m, x, y, q: m.pchip_interpolate(x, y, q), X, Y, Q),
    **{f"make_interp_spline {k}": (lambda m, y, q, k=k: m.make_interp_spline(X, y, k)(q), Y, Q) for k in (1, 2, 3, 5)},
    "make_interp_spline natural": (lambda m, y, q: m.make_interp_spline(X, y, 3, bc_type="natural")(q), Y, Q),
    "make_smoothing_spline": (lambda m, y, q: m.make_smoothing_spline(X, y, lam=0.1)(q), Y, Q),
    "make_lsq_spline": (lambda m, y, q: m.make_lsq_spline(X, y, KNOTS)(q), Y, Q),
    "BSpline": (lambda m, c, q: m.BSpline(KNOTS, c, 3)(q), Y[:6], Q),
    "BSpline derivative": (lambda m, c, q: m.BSpline(KNOTS, c, 3).derivative()(q), Y[:6], Q),
    "splrep": (lambda m, y, q: m.splev(q, m.splrep(X, y, s=0)), Y, Q),
    "splint": (lambda m, y, a, b: m.splint(a, b, m.splrep(X, y, s=0)), Y, 0.62, 2.41),
    "splder": (lambda m, y, q: m.splev(q, m.splder(m.splrep(X, y, s=0))), Y, Q),
    "splantider": (lambda m, y, q: m.splev(q, m.splantider(m.splrep(X, y, s=0))), Y, Q),
    "UnivariateSpline": (lambda m, q: m.UnivariateSpline(X, Y, s=0.3)(q), Q),
    "UnivariateSpline s=0": (lambda m, y, q: m.UnivariateSpline(X, y, s=0)(q, 1), Y, Q),
    "UnivariateSpline integral": (lambda m, a, b: m.UnivariateSpline(X, Y).integral(a, b), 0.62, 2.41),
    "InterpolatedUnivariateSpline": (lambda m, y, q: m.InterpolatedUnivariateSpline(X, y)(q), Y, Q),
    "InterpolatedUnivariateSpline derivative": (lambda m, y, q: m.InterpolatedUnivariateSpline(X, y).derivative()(q), Y, Q),
    "InterpolatedUnivariateSpline antiderivative": (lambda m, y, q: m.InterpolatedUnivariateSpline(X, y).antiderivative()(q), Y, Q),
    "LSQUnivariateSpline": (lambda m, y, q: m.LSQUnivariateSpline(X, y, [1.5, 2.9])(q), Y, Q),
    **{f"interp1d {kind}": (lambda m, y, q, kind=kind: m.interp1d(X, y, kind)(q), Y, Q) for kind in ("linear", "cubic", "quadratic", "slinear", "zero", "nearest", "previous", "next")},
    "interp1d by x": (lambda m, x, y, q: m.interp1d(x, y)(q), X, Y, Q),
    "interp1d fill": (lambda m, y, q: m.interp1d(X, y, bounds_error=False, fill_value=7.0)(q), Y, np.array([-1.0, 0.7, 5.0])),
    "interp1d axis": (lambda m, y, q: m.interp1d(X, y, axis=1)(q), COLUMNS, Q),
    "BarycentricInterpolator": (lambda m, x, y, q: m.BarycentricInterpolator(x, y, **SEED)(q), X[:6], Y[:6], Q),
    "krogh_interpolate": (lambda m, x, y, q: m.krogh_interpolate(x, y, q), X[:6], Y[:6], Q),
    "lagrange": (lambda m, x, y: getattr(m.lagrange(x, y), "coeffs", None) if m is scipy.interpolate else m.lagrange(x, y), X[:4], Y[:4]),
    "PPoly": (lambda m, c, x, q: m.PPoly(c, x)(q), C, X, Q),
    "PPoly axis": (lambda m, c, q: m.PPoly(c, X, axis=1)(q), G.standard_normal((4, 2, 8)), Q),
    "BPoly": (lambda m, c, x, q: m.BPoly(c, x)(q), C, X, Q),
    **{f"RegularGridInterpolator {k}": (lambda m, z, p, k=k: m.RegularGridInterpolator(GRID, z, k)(p), Z, P) for k in ("linear", "nearest", "slinear", "pchip")},
    "RegularGridInterpolator fill": (lambda m, z, p: m.RegularGridInterpolator(GRID, z, bounds_error=False, fill_value=None)(p), Z, P + 2.5),
    "interpn": (lambda m, z, p: m.interpn(GRID, z, p), Z, P),
    "griddata": (lambda m, d, q: m.griddata(POINTS, d, q), D, R), "griddata nearest": (lambda m, d: m.griddata(POINTS, d, R, "nearest"), D),
    "LinearNDInterpolator": (lambda m, d, q: m.LinearNDInterpolator(POINTS, d)(q), D, R),
    "NearestNDInterpolator": (lambda m, d: m.NearestNDInterpolator(POINTS, d)(R), D),
    **{f"RBFInterpolator {k}": (lambda m, p, d, q, k=k: m.RBFInterpolator(p, d, kernel=k)(q), POINTS, D, R) for k in ("thin_plate_spline", "cubic", "linear", "quintic")},
    "RBFInterpolator gaussian": (lambda m, p, d, q, e: m.RBFInterpolator(p, d, kernel="gaussian", epsilon=e)(q), POINTS, D, R, 4.0),
    "RBFInterpolator smoothing": (lambda m, d, s: m.RBFInterpolator(POINTS, d, smoothing=s)(R), D, 0.3),
    "RectBivariateSpline": (lambda m, z, a, b: m.RectBivariateSpline(*GRID, z)(a, b, grid=False), Z, P[:, 0], P[:, 1]),
    "RectBivariateSpline grid": (lambda m, z, a, b: m.RectBivariateSpline(*GRID, z)(a, b), Z, np.sort(P[:, 0]), np.sort(P[:, 1])),
}  # fmt: skip
ALL = [(name, i) for name, (_, *args) in CASES.items() for i in range(len(args))]


def case(name, i):
    """(ours, SciPy's) as functions of the i-th argument, and a direction."""
    call, *args = CASES[name]
    v = np.random.default_rng(i).standard_normal(np.shape(args[i]))

    def at(module):
        return lambda t: call(module, *args[:i], t, *args[i + 1 :])

    return at(interpolate), at(scipy.interpolate), args[i], v


@pytest.mark.parametrize(("name", "i"), ALL)
def test_interpolant(name, i):
    ours, theirs, x, v = case(name, i)
    value, t = dd.jvp(ours, (x,), (v,))
    assert np.array_equal(value, theirs(x), equal_nan=True) and np.asarray(value).dtype == np.float64
    (expected,) = differences(theirs, [x], [v], h=2.0**-10)
    close(t, expected, 1e-6)
    w = np.random.default_rng(7).standard_normal(np.shape(value))
    back = dd.vjp(ours, x)[1](w)
    assert np.sum(back * v) == pytest.approx(np.sum(w * t), rel=1e-8, abs=1e-9)
    gradient = dd.grad(lambda x: np.sum(ours(x) ** 2))
    if name not in ("lagrange",):
        (expected,) = differences(gradient, [x], [v], h=2.0**-10)
        close(dd.hvp(lambda x: np.sum(ours(x) ** 2), (x,), (v,)), expected, 1e-5)


def test_plain_arguments_are_scipys():
    for name, (call, *args) in CASES.items():
        if name != "lagrange":
            assert np.array_equal(call(interpolate, *args), call(scipy.interpolate, *args), equal_nan=True), name


def test_cubic_on_a_grid_is_as_good_as_scipys_solver():
    def z_of(m):
        return lambda z: m.RegularGridInterpolator(GRID, z, "cubic")(P)

    v = np.ones((5, 6))
    value, t = dd.jvp(z_of(interpolate), (Z,), (v,))
    assert np.array_equal(value, z_of(scipy.interpolate)(Z))
    close(t, np.ones(3), 1e-9)


@pytest.mark.parametrize("call", [
    lambda t: interpolate.BSpline(t, Y[:6], 3), lambda x: interpolate.make_interp_spline(np.sort(x), Y[: len(x)]),
    lambda y: interpolate.UnivariateSpline(X[: len(y)], y), lambda y: interpolate.CloughTocher2DInterpolator(POINTS[: len(y)], y),
    lambda y: interpolate.make_smoothing_spline(X[: len(y)], y), lambda y: interpolate.splprep([y, y]),
])  # fmt: skip
def test_refused(call):
    x = np.linspace(0.1, 0.9, 9) if call.__code__.co_varnames[0] != "t" else KNOTS
    with pytest.raises(UnsupportedError):
        dd.jvp(call, (x,), (np.ones_like(x),))


def test_every_name_is_there():
    assert [name for name in scipy.interpolate.__all__ if not hasattr(interpolate, name)] == []
    assert interpolate.NdBSpline.__name__ == "NdBSpline" and issubclass(interpolate.NdBSpline, scipy.interpolate.NdBSpline)
