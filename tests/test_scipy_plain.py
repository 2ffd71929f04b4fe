"""On plain numbers dualdiff.scipy is SciPy: classes, settings, pickle; and faults that SciPy's own tests and workflows found."""

import importlib
import pickle
import types

import numpy as np
import pytest
import scipy.interpolate
import scipy.stats

import dualdiff as dd
import dualdiff.scipy
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import integrate, interpolate, linalg, stats

X = np.linspace(0.0, 3.0, 9)
Y = np.sin(X)
POINTS = np.random.default_rng(0).normal(size=(12, 2))

INTERPOLANTS = {
    "CubicSpline": (X, Y), "PchipInterpolator": (X, Y), "Akima1DInterpolator": (X, Y), "CubicHermiteSpline": (X, Y, np.cos(X)),
    "PPoly": (np.ones((3, 8)), X), "BPoly": (np.ones((3, 8)), X), "BSpline": (np.arange(12.0), np.ones(8), 3),
    "UnivariateSpline": (X, Y), "InterpolatedUnivariateSpline": (X, Y), "LSQUnivariateSpline": (X, Y, [1.5]), "interp1d": (X, Y),
    "BarycentricInterpolator": (X, Y), "KroghInterpolator": (X, Y), "RegularGridInterpolator": ((X, X), np.outer(Y, Y)),
    "LinearNDInterpolator": (POINTS, POINTS[:, 0]), "NearestNDInterpolator": (POINTS, POINTS[:, 0]),
    "RBFInterpolator": (POINTS, POINTS[:, 0]), "RectBivariateSpline": (X, X, np.outer(Y, Y)),
}  # fmt: skip


@pytest.mark.parametrize("name", INTERPOLANTS)
def test_an_interpolant_of_plain_data_is_scipys(name):
    ours, theirs = (getattr(module, name) for module in (interpolate, scipy.interpolate))
    made = ours(*INTERPOLANTS[name])
    assert isinstance(made, theirs) and isinstance(made, ours) and issubclass(ours, theirs)
    assert isinstance(theirs(*INTERPOLANTS[name]), ours)
    assert not isinstance(3.0, ours) and ours.__module__ == "dualdiff.scipy.interpolate"
    assert isinstance(pickle.loads(pickle.dumps(made)), theirs)
    two = name in ("LinearNDInterpolator", "NearestNDInterpolator", "RBFInterpolator", "RegularGridInterpolator")
    point = (np.array([[0.1, 0.2]]),) if two else (1.2, 0.4) if name == "RectBivariateSpline" else (1.2,)
    assert np.array_equal(made(*point), theirs(*INTERPOLANTS[name])(*point), equal_nan=True)
    step = 1e-6
    slope = dd.jvp(made, point, tuple(np.ones_like(x) if np.ndim(x) else 1.0 for x in point))[1]
    differences = (made(*(x + step for x in point)) - made(*(x - step for x in point))) / (2 * step)
    np.testing.assert_allclose(slope, differences, rtol=1e-6, atol=1e-8)


def test_class_methods_and_results_of_splines():
    basis = interpolate.BSpline.basis_element([0, 1, 2, 3, 4])
    assert dd.derivative(basis)(1.5) == pytest.approx(basis.derivative()(1.5))
    assert interpolate.BSpline.design_matrix(X, np.arange(-3.0, 8.0), 3).shape == (9, 7)
    for spline in (interpolate.CubicSpline(X, Y), interpolate.make_interp_spline(X, Y), interpolate.UnivariateSpline(X, Y, s=0)):
        slope = spline.derivative()
        assert dd.derivative(slope)(1.3) == pytest.approx(float(spline(1.3, 2)), rel=1e-9)
    varying = dd.derivative(lambda a: float(isinstance(interpolate.CubicSpline(X, a * Y), interpolate.CubicSpline)) * a)(1.0)
    assert varying == 1.0
    moved = interpolate.BarycentricInterpolator(X[:3], Y[:3])
    moved.add_xi(X[3:], Y[3:])      # what is differentiated is the interpolant as it is, not as it was made
    assert dd.derivative(moved)(1.3) == pytest.approx(np.cos(1.3), rel=1e-4)


def test_settings_of_distributions_are_scipys():
    assert stats.gamma.shapes == "a" and stats.norm.shapes is None and stats.beta.shapes == "a, b"
    frozen = stats.norm(1.0, 2.0)
    frozen.random_state = 3
    again = pickle.loads(pickle.dumps(frozen))
    assert np.array_equal(frozen.rvs(4), again.rvs(4))
    assert stats.multivariate_hypergeom.pmf([1, 1], [3, 3], 2) == scipy.stats.multivariate_hypergeom.pmf([1, 1], [3, 3], 2)
    assert stats.ortho_group.rvs(3, random_state=1).shape == (3, 3)
    with pytest.raises(UnsupportedError, match="multivariate_hypergeom"):
        dd.derivative(lambda x: stats.multivariate_hypergeom.pmf([x, 1.0], [3, 3], 2))(1.0)
    found = dd.derivative(lambda m: stats.normal_inverse_gamma.logpdf(0.3, 0.5, mu=m))(0.1)
    assert found == pytest.approx((0.3 - 0.1) / 0.5)
    fitted = stats.fit(stats.norm, [1.0, 2.0, 3.5], {"loc": (0, 5), "scale": (0.1, 5)})
    assert fitted.params.loc == pytest.approx(6.5 / 3, rel=1e-3)


SPACES = [*dualdiff.scipy.__all__, "signal.windows", "sparse.linalg", "spatial.distance", "spatial.transform"]


@pytest.mark.parametrize("space", SPACES)
def test_functions_pickle_under_their_public_names(space):
    """As multiprocessing needs it."""
    ours, theirs = (importlib.import_module(f"{top}.{space}") for top in ("dualdiff.scipy", "scipy"))
    for name in getattr(theirs, "__all__", dir(theirs)):
        found = None if name.startswith("_") else getattr(ours, name, None)
        if isinstance(found, types.FunctionType):
            assert pickle.loads(pickle.dumps(found)) is found, name


def test_a_survival_function_far_out_has_all_digits():
    """1 - F has few digits there, and its logarithm's derivative had none more."""
    for x in (6.5, 7.530895395787651, 8.0):
        found = dd.grad(lambda p, x=x: stats.weibull_min.logsf(x, p[0], scale=p[1]))(np.array([2.0, 1.4]))
        u = x / 1.4
        np.testing.assert_allclose(found, [-(u**2) * np.log(u), 2 * u**2 / 1.4], rtol=1e-9)


def test_integrals_up_to_an_array_of_no_axes_and_with_arguments():
    top = dd.derivative(lambda b: integrate.quad(np.cos, 0.0, stats.norm.ppf(b))[0])(0.8)
    q = scipy.stats.norm.ppf(0.8)
    assert top == pytest.approx(np.cos(q) / scipy.stats.norm.pdf(q))

    def volume(a):
        return integrate.dblquad(lambda y, x, a: a * x * y, 0, 1, lambda x: 0.0, lambda x: x, args=(a,))[0]

    assert dd.derivative(volume)(2.0) == pytest.approx(1 / 8)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_boundary_value_problem_on_a_fine_mesh(mode):
    """In a recording, with more unknowns than dense factors are made of."""
    def middle(p):
        x = np.linspace(0, 1, 15)
        found = integrate.solve_bvp(lambda x, y: np.stack([y[1], -p[0] * np.exp(y[0])]), lambda a, b: np.stack([a[0], b[0] - 1]),
                                    x, np.zeros((2, 15)), tol=1e-8)  # fmt: skip
        assert found.x.size > 150
        return found.sol(0.5)[0]

    step = 1e-4
    differences = (middle([1.3 + step]) - middle([1.3 - step])) / (2 * step)
    assert dd.grad(middle, mode=mode)(np.array([1.3]))[0] == pytest.approx(differences, rel=1e-6)


REPEATED = np.random.default_rng(0).normal(size=(4, 4))


def spectral(values):
    return REPEATED @ np.diag(values) @ np.linalg.inv(REPEATED)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.NoDerivativeWarning")
@pytest.mark.parametrize("eigvals", [np.linalg.eigvals, linalg.eigvals])
def test_repeated_eigenvalues_where_the_derivative_exists(eigvals):
    start, rates = np.array([1.0, 1.0, 3.0, 2.0]), np.array([0.5, 0.5, 2.0, -1.0])
    other = np.random.default_rng(1).normal(size=(4, 4))

    def together(t):
        return np.sort(np.real(eigvals(spectral(start) + t * spectral(rates))))

    np.testing.assert_allclose(dd.jvp(together, (0.0,), (1.0,))[1], [0.5, 0.5, -1.0, 2.0], rtol=1e-9)
    np.testing.assert_allclose(dd.jvp(lambda t: np.real(eigvals(np.eye(3) * (1 + t))), (0.0,), (1.0,))[1], 1.0)
    apart = dd.jvp(lambda t: np.real(eigvals(spectral(start) + t * other)), (0.0,), (1.0,))[1]
    assert np.sum(np.isnan(apart)) == 2         # they part: neither has a derivative
    # backwards: functions that are symmetric in the copies have a gradient, others have none
    def of_all(p):
        return np.sum(np.real(eigvals(spectral(start) + p[0] * other)) ** 2)

    found = dd.grad(of_all, mode="reverse")(np.zeros(1))[0]
    assert found == pytest.approx(2 * np.trace(spectral(start) @ other), rel=1e-8)

    def of_one(p):
        w = eigvals(spectral(start) + p[0] * other)
        return np.real(w[np.flatnonzero(np.abs(np.real(w) - 1.0) < 0.1)[0]])

    assert np.isnan(dd.grad(of_one, mode="reverse")(np.zeros(1))[0])
