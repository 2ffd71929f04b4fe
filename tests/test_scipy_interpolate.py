"""dualdiff.scipy.interpolate: a table of interpolants; each by data, breakpoints and arguments as far as these may vary.

For every row and argument: the value is SciPy's, to the bit; the tangent is that of differences of SciPy's results;
reverse is the adjoint of forward; the second derivative is that of the first.
"""

import inspect

import numpy as np
import pytest
import scipy.interpolate
import scipy.optimize
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
SCATTER = np.random.default_rng(5).uniform(0, 1, (2, 60))
HEIGHTS = np.sin(3 * SCATTER[0]) * np.cos(2 * SCATTER[1])

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
    **{f"{name} {der}": (lambda m, x, y, q, name=name, der=der: getattr(m, name)(x, y, **SEED if name[0] == "B" else {}).derivative(q, der), X[:5], Y[:5], Q)
       for name in ("KroghInterpolator", "BarycentricInterpolator") for der in (1, 2, 4, 6)},
    "KroghInterpolator derivatives": (lambda m, x, y, q: m.KroghInterpolator(x, y).derivatives(q, 3), X[:5], Y[:5], Q),
    "KroghInterpolator all derivatives": (lambda m, y: m.KroghInterpolator(X[:4], y).derivatives(0.4), Y[:4]),
    "KroghInterpolator of plain data": (lambda m, q: m.KroghInterpolator(X[:4], Y[:4]).derivative(q), Q),
    "krogh_interpolate der": (lambda m, x, y, q: m.krogh_interpolate(x, y, q, der=2), X[:6], Y[:6], Q),
    "PPoly.from_spline": (lambda m, c, q: m.PPoly.from_spline(m.BSpline(KNOTS, c, 3))(q), Y[:6], Q),
    "PPoly.from_spline tck": (lambda m, y: m.PPoly.from_spline(m.splrep(X, y)).derivative()(Q), Y),
    "PPoly.from_spline coefficients": (lambda m, c: m.PPoly.from_spline((KNOTS, c, 3)).c, Y[:6]),
    "PPoly.from_spline of plain data": (lambda m, q: m.PPoly.from_spline((KNOTS, Y[:6], 3))(q), Q),
    "BPoly.from_derivatives": (lambda m, x, y, q: m.BPoly.from_derivatives(x, y)(q), X[:3], Y[:6].reshape(3, 2), X[:3] + 0.1),
    "BPoly.from_derivatives, several": (lambda m, a, b: m.BPoly.from_derivatives([0.0, 1.0, 2.5], [a, b, a[:1]]).c, Y[:6].reshape(3, 2), Y[2:6].reshape(2, 2)),
    "RectBivariateSpline.get_coeffs": (lambda m, z: m.RectBivariateSpline(X[:4], X[:5], z, kx=2).get_coeffs(), np.outer(Y[:4], Y[1:6]) + np.eye(4, 5)),
    "krogh_interpolate": (lambda m, x, y, q: m.krogh_interpolate(x, y, q), X[:6], Y[:6], Q),
    "lagrange": (lambda m, x, y: m.lagrange(x, y).coeffs, X[:4], Y[:4]), "lagrange at": (lambda m, x, y, q: m.lagrange(x, y)(q), X[:4], Y[:4], Q),
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
    "CloughTocher2DInterpolator": (lambda m, d, q: m.CloughTocher2DInterpolator(POINTS, d, tol=1e-14, maxiter=4000)(q), D, R),
    "CloughTocher rescaled": (lambda m, d, q: m.CloughTocher2DInterpolator(POINTS * [1, 30], d, tol=1e-14, maxiter=4000, rescale=True)(q * [1, 30]), np.stack([D, D**2], axis=1), R),
    "griddata cubic": (lambda m, q: m.griddata(POINTS, D, q, "cubic"), R),
    "griddata line": (lambda m, d, q: m.griddata(X, d, q, "cubic"), Y, Q),
    "NdBSpline": (lambda m, c, q: m.NdBSpline((KNOTS, KNOTS), c, 3)(q), G.standard_normal((6, 6)), np.array([[0.6, 1.3], [2.2, 3.1], [4.0, 0.2]])),
    "NdBSpline nu": (lambda m, c, q: m.NdBSpline((KNOTS, KNOTS), c, (3, 3))(q, nu=(1, 2)), G.standard_normal((6, 6, 2)), np.array([[0.6, 1.3], [2.2, 3.3]])),
    "NdPPoly": (lambda m, c, x, q: m.NdPPoly(c, (x, X[2:5]))(q), G.standard_normal((4, 3, 8, 2)), X, np.array([[0.6, 1.3], [2.2, 1.7]])),
    "NdPPoly nu": (lambda m, c, q: m.NdPPoly(c, (X, X[2:5]))(q, nu=(2, 1)), G.standard_normal((4, 3, 8, 2)), np.array([[0.6, 1.3], [2.2, 1.7]])),
    **{f"RegularGridInterpolator {k}": (lambda m, z, p, k=k: m.RegularGridInterpolator(GRID, z, k)(p), Z, P) for k in ("cubic_legacy",)},
    **{f"Rbf {f}": (lambda m, x, y, d, q, r, f=f: m.Rbf(x, y, d, function=f)(q, r), *POINTS.T, D, *R.T) for f in ("multiquadric", "inverse", "gaussian", "cubic", "thin_plate")},
    "Rbf parameters": (lambda m, e, s: m.Rbf(*POINTS.T, D, epsilon=e, smooth=s)(*R.T), 0.3, 0.1),
    "Rbf norm": (lambda m, x, q: m.Rbf(x, POINTS[:, 1], D, norm="sqeuclidean")(q, R[:, 1]), POINTS[:, 0], R[:, 0]),
    "BSpline by knots": (lambda m, t, c, q: m.BSpline(t, c, 3)(q, 1), KNOTS + 0.01 * np.arange(10), Y[:6], Q),
    **{f"make_interp_spline by x {k}": (lambda m, x, y, q, k=k: m.make_interp_spline(x, y, k)(q), X, Y, Q) for k in (1, 2, 3, 5)},
    **{f"make_interp_spline by x {bc}": (lambda m, x, y, q, bc=bc: m.make_interp_spline(x, y, 3, bc_type=bc)(q), X, Y, Q) for bc in ("natural", "clamped", ([(1, 0.3)], [(2, -0.2)]))},
    "make_lsq_spline by knots": (lambda m, x, t, y, q: m.make_lsq_spline(x, y, np.concatenate([[0.1] * 4, t, [3.9] * 4]))(q), X[1:-1], np.array([1.4]), Y[1:-1], Q),
    "make_smoothing_spline by all": (lambda m, x, y, w, lam, q: m.make_smoothing_spline(x, y, w, lam)(q), X, Y, 1 + 0.1 * X, 0.1, Q),
    "splrep by x": (lambda m, x, y, q: m.splev(q, m.splrep(x, y, s=0), 1), X, Y, Q),
    "splrep even": (lambda m, x, y, q: m.splev(q, m.splrep(x, y, s=0, k=2)), X, Y, Q),
    "splrep t": (lambda m, x, y, q: m.splev(q, m.splrep(x, y, t=[1.5, 2.9], xb=0.0, xe=4.0)), X, Y, Q),
    "splev ext": (lambda m, y, q: m.splev(q, m.splrep(X, y, s=0), ext=3), Y, np.array([-0.3, 1.2, 4.2])),
    "spalde": (lambda m, y, a: m.spalde(a, m.splrep(X, y, s=0)), Y, 1.2),
    "sproot": (lambda m, x, y: m.sproot(m.splrep(x, y, s=0)), X, Y),
    "insert": (lambda m, y, a, q: m.splev(q, m.insert(a, m.splrep(X, y, s=0), 2)), Y, 1.2, Q),
    "insert knots": (lambda m, y, a: m.insert(a, m.splrep(X, y, s=0))[1][:10], Y, 1.2),
    **{f"splder {n}": (lambda m, t, c, n=n: m.splder((t, np.concatenate([c, np.zeros(4)]), 3), n)[1], KNOTS + 0.01 * np.arange(10), Y[:6]) for n in (1, 2, -1)},
    **{f"splantider {n}": (lambda m, t, c, n=n: m.splantider((t, np.concatenate([c, np.zeros(4)]), 3), n)[1], KNOTS + 0.01 * np.arange(10), Y[:6]) for n in (1, 2, -1)},
    "splder columns": (lambda m, c: m.splder((KNOTS, np.concatenate([c, np.zeros((4, 3))]), 3))[1], COLUMNS[0, :6]),
    "splantider columns": (lambda m, c: m.splantider((KNOTS, np.concatenate([c, np.zeros((4, 3))]), 3))[1], COLUMNS[0, :6]),
    "splder of a BSpline": (lambda m, c, q: m.splder(m.BSpline(KNOTS, c, 3))(q), Y[:6], Q),
    "splantider of a BSpline": (lambda m, c, q: m.splantider(m.BSpline(KNOTS, c, 3))(q), Y[:6], Q),
    "barycentric_interpolate": (lambda m, x, y, q: m.barycentric_interpolate(x, y, q, **SEED), X[:5], Y[:5], Q),
    "splprep": (lambda m, x, y, q: np.stack(m.splev(q, m.splprep([x, y], s=0)[0])), X, Y, np.array([0.1, 0.35, 0.77])),
    "splprep u": (lambda m, y, u, q: np.stack(m.splev(q, m.splprep([X, y], u=u, s=0)[0], 1)), Y, np.linspace(0, 1, 9) ** 1.2, np.array([0.11, 0.35, 0.77])),
    "splprep splint": (lambda m, x, y, b: np.stack(m.splint(0.1, b, m.splprep([x, y], s=0)[0])), X, Y, 0.7),
    "make_splprep": (lambda m, x, y, q: m.make_splprep([x, y], s=0)[0](q), X, Y, np.array([0.1, 0.35, 0.77])),
    "make_splrep": (lambda m, x, y, q: m.make_splrep(x, y, s=0)(q), X, Y, Q),
    "UnivariateSpline by x": (lambda m, x, y, q: m.UnivariateSpline(x, y, s=0)(q), X, Y, Q),
    "UnivariateSpline roots": (lambda m, x, y: m.UnivariateSpline(x, y, s=0).roots(), X, Y),
    "LSQUnivariateSpline by x": (lambda m, x, y, q: m.LSQUnivariateSpline(x, y, [1.5, 2.9], w=1 + 0.1 * X)(q), X, Y, Q),
    "interp1d cubic by x": (lambda m, x, y, q: m.interp1d(x, y, "cubic")(q), X, Y, Q),
    "LSQBivariateSpline": (lambda m, d, a, b: m.LSQBivariateSpline(*POINTS.T, d, [], [], kx=2, ky=2, bbox=[0, 1, 0, 1])(a, b, grid=False), D, *R.T),
    "LSQBivariateSpline w": (lambda m, d, w: m.LSQBivariateSpline(*SCATTER, d, [0.5], [0.4], w=w)(0.3, 0.6), HEIGHTS, np.linspace(0.5, 1.5, 60)),
    "SmoothBivariateSpline data": (lambda m, d, w: m.SmoothBivariateSpline(*SCATTER, d, w=w).ev(0.3, 0.6), HEIGHTS, np.linspace(0.5, 1.5, 60)),
    "bisplrep": (lambda m, d, w, a: m.bisplev(a, 0.6, m.bisplrep(*SCATTER, d, w=w)), HEIGHTS, np.linspace(0.5, 1.5, 60), 0.3),
    "SmoothBivariateSpline": (lambda m, a, b: m.SmoothBivariateSpline(*POINTS.T, D, kx=2, ky=2).ev(a, b), *R.T),
    "RectBivariateSpline integral": (lambda m, z, a, b: m.RectBivariateSpline(*GRID, z).integral(a, 3.3, 0.2, b), Z, 0.7, 0.8),
    "RectSphereBivariateSpline": (lambda m, a, b: m.RectSphereBivariateSpline(np.linspace(0.2, 3, 5), np.linspace(0.1, 6, 6), Z).ev(a, b), P[:, 0], P[:, 1] + 0.3),
    "bisplev": (lambda m, a, b, c: m.bisplev(a, b, [KNOTS, KNOTS, c, 3, 3], 1, 0), Q, Q[:3], G.standard_normal(36)),
    "FloaterHormannInterpolator": (lambda m, y, q: m.FloaterHormannInterpolator(X, y)(q), np.stack([Y, Y**2], axis=1), np.array([0.62, 1.1, 3.37])),
    "AAA": (lambda m, q: m.AAA(np.linspace(0, 4, 40), np.exp(np.linspace(0, 4, 40)))(q), np.array([0.62, 4.0, 3.37])),
    "pade": (lambda m, a: (lambda p, q: p(0.3) / q(0.3))(*m.pade(a, 2)), np.array([1.0, 1.1, 0.4, 0.2, 0.07])),
}  # fmt: skip
ALL = [(name, i) for name, (_, *args) in CASES.items() for i in range(len(args))]


def case(name, i):
    """(ours, SciPy's) as functions of the i-th argument, and a direction."""
    call, *args = CASES[name]
    v = np.random.default_rng(i).standard_normal(np.shape(args[i]))

    def at(module):
        return lambda t: call(module, *args[:i], t, *args[i + 1 :])

    return at(interpolate), at(scipy.interpolate), args[i], v


@pytest.mark.filterwarnings("ignore:`pade` is deprecated")
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


@pytest.mark.filterwarnings("ignore:`pade` is deprecated")
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
    lambda y: interpolate.make_smoothing_spline(X[: len(y)], y), lambda y: interpolate.splprep([y, y], per=1),
    lambda y: interpolate.CloughTocher2DInterpolator(np.stack([y, y**2], 1), y), lambda y: interpolate.AAA(X, y),
    lambda y: interpolate.splrep(X, Y, w=y), lambda y: interpolate.SmoothBivariateSpline(*SCATTER, HEIGHTS + y[0], s=1e-3),
    lambda y: interpolate.NdBSpline((y, y), np.ones((5, 5)), 3), lambda y: interpolate.bisplrep(*SCATTER, HEIGHTS + y[0], s=1e-3),
    lambda y: interpolate.generate_knots(X, y),
])  # fmt: skip
def test_refused(call):
    x = np.linspace(0.1, 0.9, 9)
    with pytest.raises(UnsupportedError):
        dd.jvp(call, (x,), (np.ones_like(x),))


LOST = {
    "KroghInterpolator.c": lambda y: interpolate.KroghInterpolator(X, y).c,
    "BarycentricInterpolator.wi": lambda y: interpolate.BarycentricInterpolator(y, Y).wi,
    "RectBivariateSpline.partial_derivative": lambda y: interpolate.RectBivariateSpline(*GRID, Z * y[0]).partial_derivative(1, 0),
    "RectBivariateSpline.get_residual": lambda y: interpolate.RectBivariateSpline(*GRID, Z * y[0]).get_residual(),
    "NdBSpline.derivative": lambda y: interpolate.NdBSpline((KNOTS,), y[:6], 3).derivative([1]),
    "BSpline.insert_knot": lambda y: interpolate.BSpline(KNOTS, y[:6], 3).insert_knot(1.0),
    "CloughTocher2DInterpolator.grad": lambda y: interpolate.CloughTocher2DInterpolator(POINTS[:9], y).grad,
    "RBFInterpolator.d": lambda y: interpolate.RBFInterpolator(POINTS[:9], y).d,
}


@pytest.mark.parametrize("name", LOST)
def test_what_scipy_computes_of_the_values_is_refused(name):
    """It would be a plain number, with no derivative and no word."""
    owner, part = name.split(".")
    if not hasattr(getattr(scipy.interpolate, owner), part) and part not in ("c", "wi", "grad", "d"):
        pytest.skip(f"this SciPy has no {name}")
    with pytest.raises(UnsupportedError, match=part):
        dd.jvp(LOST[name], (Y,), (Y,))


def test_constants_of_interpolants_are_scipys():
    def f(y):
        table = interpolate.RegularGridInterpolator(GRID, Z * y[0], fill_value=3.0, bounds_error=False)
        flat = interpolate.LinearNDInterpolator(POINTS[:9], y, fill_value=2.0)
        assert table.fill_value == 3.0 and table.method == "linear" and flat.fill_value == 2.0
        assert np.array_equal(flat.points, POINTS[:9]) and interpolate.NdBSpline((KNOTS,), y[:6], 3).t[0].size == 10
        assert np.array_equal(interpolate.RectBivariateSpline(*GRID, Z * y[0], kx=1, ky=1).get_knots()[0][1:-1], GRID[0])
        return y

    dd.jvp(f, (Y,), (Y,))


@pytest.mark.parametrize("call", [
    lambda y: interpolate.RegularGridInterpolator((np.linspace(0, 1, 3), np.linspace(0, 2, 3)), y.reshape(3, 3))([[0.3, 0.4]]),
    lambda y: interpolate.RectBivariateSpline(np.linspace(0, 1, 3), np.linspace(0, 2, 3), y.reshape(3, 3), kx=1, ky=1).ev(0.3, 0.4),
    lambda y: interpolate.LinearNDInterpolator(np.stack([np.cos(np.linspace(0, 5, 9)), np.sin(np.linspace(0, 5, 9))], 1), y)([[0.1, 0.2]]),
    lambda y: interpolate.CubicSpline(np.linspace(0, 1, 9), y)(0.3),
])  # fmt: skip
def test_grids_in_lifted_code_are_constants(call):
    def f(y):
        out = np.zeros(1)
        out[0] = np.sum(call(y))
        return out

    value, t = dd.jvp(dd.lift(f), (Y,), (Y,))
    assert np.array_equal(value, f(Y))
    close(t, value, 1e-12)


def test_every_name_is_there():
    assert [name for name in scipy.interpolate.__all__ if not hasattr(interpolate, name)] == []
    assert interpolate.NdBSpline.__name__ == "NdBSpline" and issubclass(interpolate.NdBSpline, scipy.interpolate.NdBSpline)


SMOOTH_X = np.linspace(0, 3, 40)
SMOOTH_Y = np.sin(2 * SMOOTH_X) + 0.1 * np.random.default_rng(4).standard_normal(40)


def solved(points, u, given, t, places, c, q, w):
    """A smoothing spline at q for other data: its knots are u[places], its sum of squares is that of c at `given`."""
    nodes, data = given
    total = np.sum((w[:, None] * (data - scipy.interpolate.BSpline(t, c, 3)(nodes))) ** 2)
    t = np.r_[[u[0]] * 4, u[places], [u[-1]] * 4]
    D = np.diff(scipy.interpolate.BSpline(t, np.eye(len(t) - 4), 3)(np.unique(t[3:-3])[:-1], 3), axis=0)
    A = scipy.interpolate.BSpline.design_matrix(u, t, 3).toarray() * w[:, None]

    def coefficients(log_q):
        return np.linalg.solve(A.T @ A + np.exp(log_q) * D.T @ D, A.T @ (w[:, None] * points))

    log_q = scipy.optimize.brentq(
        lambda s: np.sum((w[:, None] * points - A @ coefficients(s)) ** 2) - total, -60, 20, xtol=1e-14)  # fmt: skip
    return scipy.interpolate.BSpline(t, coefficients(log_q), 3)(q)


LINE = {
    "splrep": lambda m, x, y, q: m.splev(q, m.splrep(x, y, s=0.35)),
    "UnivariateSpline": lambda m, x, y, q: m.UnivariateSpline(x, y, w=np.linspace(8, 10, 40), s=30.0)(q),
    "make_splrep": lambda m, x, y, q: m.make_splrep(x, y, s=0.35)(q),
    "splprep": lambda m, x, y, q: np.stack(m.splev(q / 3, m.splprep([x, y], s=0.3)[0])),
    "make_splprep": lambda m, x, y, q: m.make_splprep([x, y], s=0.3)[0](q / 3),
}


@pytest.mark.parametrize("i", [0, 1])
@pytest.mark.parametrize("name", LINE)
def test_smoothing_splines_move_as_the_solution_of_their_equations(name, i):
    """FITPACK stops at a thousandth of s: its own differences are of the steps that it took."""
    args, q, call = [SMOOTH_X, SMOOTH_Y], np.array([0.31, 1.13, 2.71]), LINE[name]
    w = np.linspace(8, 10, 40) if name == "UnivariateSpline" else np.ones(40)
    v = np.cos(5 * SMOOTH_X) * (0.02 if i == 0 else 1.0)

    def at(m):
        return lambda t: call(m, *args[:i], t, *args[i + 1 :], q)

    value, t = dd.jvp(at(interpolate), (args[i],), (v,))
    assert np.array_equal(value, at(scipy.interpolate)(args[i]))
    back = dd.vjp(at(interpolate), args[i])[1](np.cos(value))
    assert np.sum(back * v) == pytest.approx(np.sum(t * np.cos(value)), rel=1e-7)

    def given(z):
        x, y = [*args[:i], z, *args[i + 1 :]]
        if "prep" not in name:
            return x, y[:, None]
        lengths = np.cumsum(np.hypot(np.diff(x), np.diff(y)))
        return np.r_[0, lengths / lengths[-1]], np.stack([x, y], axis=1)

    if name == "make_splrep":
        spline = scipy.interpolate.make_splrep(*args, s=0.35)
        knots, c = spline.t, spline.c[:, None]
    elif "prep" in name:
        (knots, c, _), _ = scipy.interpolate.splprep(args, s=0.3)
        c = np.stack(c, axis=1)
    else:
        s = 30.0 if name == "UnivariateSpline" else 0.35
        knots, c, _ = scipy.interpolate.splrep(*args, w=w, s=s)
        c = c[: len(knots) - 4, None]
    places = np.searchsorted(given(args[i])[0], knots[4:-4])
    (expected,) = differences(lambda z: np.squeeze(np.transpose(solved(
        given(z)[1], given(z)[0], given(args[i]), knots, places, c, q / (3 if "prep" in name else 1), w))),
        [args[i]], [v], h=2.0**-12)  # fmt: skip
    close(t, expected, 1e-4 if name == "make_splprep" else 1e-6)     # which ends its search elsewhere


def test_a_smoothing_spline_keeps_its_sum_of_squares():
    def residual(y):
        return np.sum((y - interpolate.splev(SMOOTH_X, interpolate.splrep(SMOOTH_X, y, s=0.35))) ** 2)

    assert np.max(np.abs(dd.grad(residual)(SMOOTH_Y))) < 1e-9
    assert np.max(np.abs(dd.hessian(residual)(SMOOTH_Y))) < 1e-7


def test_local_bases_are_the_splines():
    from dualdiff.scipy.interpolate.tensor import local_basis

    t = np.r_[[0.0] * 4, 0.4, 0.7, 0.7, 1.3, [2.0] * 4]
    x = np.array([-0.2, 0.0, 0.3, 0.4, 0.69, 0.7, 1.9, 2.0, 2.3])
    for nu in range(5):
        first, rows = local_basis(t, 3, x, nu)
        full = np.zeros((9, 8))
        full[np.arange(9)[:, None], first[:, None] + np.arange(4)] = rows
        close(full, scipy.interpolate.BSpline(t, np.eye(8), 3)(x, nu), 1e-12)
