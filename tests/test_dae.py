"""Implicit equations: solve_ivp with a mass matrix, solve_dae, consistent initial values."""

import numpy as np
import pytest
import scipy.integrate
import scipy.sparse as sp

import dualdiff as dd
from dualdiff.errors import ArgumentError, InputError, ShapeError, UnsupportedError
from dualdiff.scipy.integrate import consistent_initial_values, solve_dae, solve_ivp

METHODS = ("Radau", "BDF")


def robertson(t, y):
    slow, fast, square = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    return np.array([fast - slow, slow - fast - square, y[0] + y[1] + y[2] - 1])


def robertson_ode(t, y):
    slow, fast, square = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    return [fast - slow, slow - fast - square, square]


@pytest.fixture(scope="module")
def robertson_end():
    return scipy.integrate.solve_ivp(robertson_ode, (0, 4e5), [1, 0, 0], method="Radau", rtol=1e-10, atol=1e-13).y[:, -1]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["dense", "sparse", "diagonal", "function", "implicit"])
def test_robertson(robertson_end, method, kind):
    M = np.diag([1.0, 1.0, 0.0])
    options = {"method": method, "rtol": 1e-6, "atol": np.array([1e-8, 1e-12, 1e-8])}
    y0 = [1.0, 0.0, 1e-3]       # not consistent
    if kind == "implicit":
        s = solve_dae(lambda t, y, yp: M @ yp - robertson(t, y), (0, 4e5), y0, **options)
    else:
        given = {"dense": M, "sparse": sp.csr_array(M), "diagonal": np.diag(M), "function": lambda t, y: M}[kind]
        s = solve_ivp(robertson, (0, 4e5), y0, mass_matrix=given, **options)
    assert s.success
    np.testing.assert_allclose(s.y[:, 0], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(s.y[:, -1], robertson_end, rtol=1e-4)
    np.testing.assert_allclose(s.y.sum(axis=0), 1, rtol=1e-6)


CAPACITIES = np.arange(1, 6) * 1e-6
PAIRS = ((0, 1), (3, 4), (6, 7))


def amplifier_mass():
    """Of the transistor amplifier of the test set for initial value problems: singular, no row or column of zeros."""
    M = np.diag(-CAPACITIES[[0, 0, 1, 2, 2, 3, 4, 4]])
    for i, j in PAIRS:
        M[i, j] = M[j, i] = -M[i, i]
    return M


def amplifier(t, y):
    f = np.zeros(8)     # a plain buffer, as it is written for SciPy
    gain = [1e-6 * (np.exp((y[i] - y[i + 1]) / 0.026) - 1) for i in (1, 4)]
    f[0] = (y[0] - 0.1 * np.sin(200 * np.pi * t)) / 1000
    f[1] = (2 * y[1] - 6) / 9000 + 0.01 * gain[0]
    f[2] = y[2] / 9000 - gain[0]
    f[3] = (y[3] - 6) / 9000 + 0.99 * gain[0]
    f[4] = (2 * y[4] - 6) / 9000 + 0.01 * gain[1]
    f[5] = y[5] / 9000 - gain[1]
    f[6] = (y[6] - 6) / 9000 + 0.99 * gain[1]
    f[7] = y[7] / 9000
    return f


AMPLIFIED = [-0.5562145012262709e-2, 3.006522471903042, 2.849958788608128, 2.926422536206241, 2.704617865010554,
             2.761837778393145, 4.770927631616772, 1.236995868091548]  # fmt: skip
"""At t = 0.2, of the test set."""


@pytest.mark.lifts
@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("method", METHODS)
def test_the_transistor_amplifier(method):
    s = solve_ivp(amplifier, (0, 0.2), [0, 3, 3, 6, 3, 3, 6, 0], mass_matrix=amplifier_mass(), method=method, rtol=1e-4, atol=1e-5)
    assert s.success
    np.testing.assert_allclose(s.y[:, -1], AMPLIFIED, rtol=0, atol=2e-3)


def pendulum(t, z):
    """With the tension from the constraint differentiated twice: index 1."""
    x, y, u, v, tension = z
    return np.array([u, v, -tension * x, -tension * y - 9.81, u * u + v * v - tension * (x * x + y * y) - 9.81 * y])


@pytest.mark.parametrize("method", METHODS)
def test_a_pendulum(method):
    mass = [1, 1, 1, 1, 0]
    s = solve_ivp(pendulum, (0, 2), [1, 0, 0, 0, 5.0], mass_matrix=mass, method=method, rtol=1e-8, atol=1e-9, dense_output=True,
                  t_eval=np.linspace(0, 2, 21))  # fmt: skip
    angle = scipy.integrate.solve_ivp(lambda t, q: [q[1], -9.81 * np.cos(q[0])], (0, 2), [0, 0], rtol=1e-11, atol=1e-11,
                                      t_eval=s.t).y[0]  # fmt: skip
    assert s.success and s.y0[4] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(s.y[:2], [np.cos(angle), np.sin(angle)], atol=2e-6)
    np.testing.assert_allclose(s.sol(s.t), s.y, atol=1e-6)


def test_a_greater_index_is_refused():
    def index3(t, z):
        x, y, u, v, tension = z
        return np.array([u, v, -tension * x, -tension * y - 9.81, x**2 + y**2 - 1])

    with pytest.raises(ArgumentError, match="index"):
        solve_ivp(index3, (0, 1), [1, 0, 0, 0, 0.0], mass_matrix=np.diag([1, 1, 1, 1, 0]))
    with pytest.raises(ArgumentError, match="index"):
        solve_dae(lambda t, y, yp: np.stack([yp[0] - y[1], y[0] - np.sin(t)]), (0, 1), [0.0, 1.0])


@pytest.mark.parametrize("method", METHODS)
def test_sparse_derivatives(method):
    n = 60

    def heat(t, z):
        u, flow = z[:n], z[n:]
        U = np.concatenate([[1.0], u, [0.0]])
        return np.concatenate([flow - u**3, (U[2:] - 2 * u + U[:-2]) * 50 - flow])

    mass = sp.diags_array(np.r_[np.ones(n), np.zeros(n)])
    s = solve_ivp(heat, (0, 1), np.zeros(2 * n), mass_matrix=mass, method=method, rtol=1e-6, atol=1e-9)
    other = scipy.integrate.solve_ivp(lambda t, u: heat(t, np.r_[u, 0 * u])[n:] - u**3, (0, 1), np.zeros(n), method=method,
                                      rtol=1e-6, atol=1e-9)  # fmt: skip
    np.testing.assert_allclose(s.y[:n, -1], other.y[:, -1], atol=1e-5)
    assert s.njev < 20


def test_a_regular_mass_matrix_is_an_ode():
    M = np.array([[2.0, 1.0], [0.0, 3.0]])
    s = solve_ivp(lambda t, y: -y, (0, 2), [1.0, 2.0], mass_matrix=M, rtol=1e-8, atol=1e-10)
    import scipy.linalg

    np.testing.assert_allclose(s.y[:, -1], scipy.linalg.expm(-2 * np.linalg.inv(M)) @ [1, 2], rtol=1e-7)
    back = solve_ivp(lambda t, y: -y, (2, 0), s.y[:, -1], mass_matrix=M, rtol=1e-8, atol=1e-10, method="BDF")
    np.testing.assert_allclose(back.y[:, -1], [1, 2], rtol=1e-5)


def test_events_args_and_nonlinear_derivatives():
    def F(t, y, yp, k):
        return np.stack([yp[0] ** 3 + (k * y[0]) ** 3, y[1] - y[0] ** 2])

    def half(t, y, k):
        return y[0] - 0.5

    half.terminal = True
    for method in METHODS:
        s = solve_dae(F, (0, 5), [1.0, 0.0], [-1.0, 0.0], method, events=half, args=(2.0,), rtol=1e-7, atol=1e-9)
        assert s.status == 1 and s.t_events[0][0] == pytest.approx(np.log(2) / 2, rel=1e-5)
        assert s.y_events[0][0, 1] == pytest.approx(0.25, rel=1e-5)


def test_consistent_initial_values():
    y, yp = consistent_initial_values(lambda t, y, yp: np.stack([yp[0] + y[1], y[0] + y[1] ** 3 - 2]), 0.0, [1.0, 0.5])
    np.testing.assert_allclose(y, [1, 1])
    assert yp[0] == pytest.approx(-1)
    y, yp = consistent_initial_values(lambda t, y, yp: amplifier_mass() @ yp - np.stack(list(amplifier(t, y)))
                                      if not hasattr(y, "tangents") else amplifier_mass() @ yp - dd.lift(amplifier)(t, y),
                                      0.0, [0, 3, 3, 6, 3, 3, 6, 0.1])  # fmt: skip
    np.testing.assert_allclose(amplifier_mass() @ yp, amplifier(0.0, y), atol=1e-15)
    with pytest.raises(ArgumentError, match="no consistent"):
        consistent_initial_values(lambda t, y, yp: np.stack([yp[0] + y[1], y[1] ** 2 + 1 + 0 * y[0]]), 0.0, [1.0, 0.5])


def test_bad_input():
    with pytest.raises(ArgumentError, match="'Radau' and 'BDF'"):
        solve_ivp(robertson, (0, 1), [1.0, 0, 0], method="LSODA", mass_matrix=np.eye(3))
    with pytest.raises(ShapeError, match="mass_matrix"):
        solve_ivp(robertson, (0, 1), [1.0, 0, 0], mass_matrix=np.eye(2))
    with pytest.raises(ShapeError, match="returned 1 numbers for 2"):
        solve_dae(lambda t, y, yp: yp[:1] - y[:1], (0, 1), [1.0, 0])
    with pytest.raises(InputError, match="F"):
        solve_dae(3, (0, 1), [1.0, 0])
    with pytest.raises(ArgumentError, match="unknown option"):
        solve_dae(lambda t, y, yp: yp + y, (0, 1), [1.0], rtoll=1e-3)
    with pytest.raises(UnsupportedError, match="no derivatives here"):
        dd.derivative(lambda k: solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], mass_matrix=np.eye(1)).y[0, -1])(1.0)
    with pytest.raises(UnsupportedError, match="y0 carries"):
        dd.derivative(lambda a: solve_dae(lambda t, y, yp: yp + y, (0, 1), np.stack([a])).y[0, -1])(1.0)


# ---- compiled functions --------------------------------------------------------------------------


def chain(t, y):
    """Heat along a rod whose last point follows the others at once."""
    z = np.concatenate([[1.0], y, [0.0]])
    return 10 * (z[2:] - 2 * y + z[:-2]) - y**3


def listed(t, y, k):
    return [-k * y[0] + y[1], y[0] + y[1] ** 3 - 2]


MASSES = [(robertson, (), [1.0, 0.0, 0.0], np.diag([1.0, 1.0, 0.0])), (listed, (0.5,), [1.0, 1.0], np.diag([1.0, 0.0])),
          (chain, (), np.zeros(80), np.diag([1.0] * 79 + [0.0]))]  # fmt: skip


def whats(f):
    assert not f.explain().eager
    return [path["what"] for path in f.explain().paths]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("f", "args", "y0", "M"), MASSES)
def test_compiled_right_hand_sides(method, f, args, y0, M):
    compiled = dd.compile(f)
    options = {"args": args, "mass_matrix": M, "method": method, "rtol": 1e-6, "atol": 1e-9}
    a, b = (solve_ivp(one, (0, 5), y0, **options) for one in (f, compiled))
    assert a.nfev == b.nfev
    np.testing.assert_allclose(b.y, a.y, rtol=1e-9, atol=1e-12)
    assert len(y0) > 50 or any(what.startswith("jacobian") for what in whats(compiled))


@pytest.mark.parametrize(("f", "args", "y0", "M"), MASSES)
def test_compiled_implicit_equations(f, args, y0, M):
    def F(t, y, yp, *args):
        return list(M @ yp - np.stack(f(t, y, *args)))

    compiled = dd.compile(F)
    for _ in range(2):
        a, b = (solve_dae(one, (0, 5), y0, args=args, rtol=1e-6, atol=1e-9) for one in (F, compiled))
        assert a.nfev == b.nfev
        np.testing.assert_allclose(b.y, a.y, rtol=1e-9, atol=1e-12)
    assert sum("as a function of one vector" in what for what in whats(compiled)) > 1
    n = len(whats(compiled))
    consistent_initial_values(compiled, 0.0, y0, args=args)
    assert len(whats(compiled)) == n


def test_a_compiled_implicit_equation_with_static_arguments():
    F = dd.compile(lambda t, y, yp, k: [yp[0] + k * y[0], y[1] - y[0] ** 2], static="k")
    for k in (1.0, 2.0):
        s = solve_dae(F, (0, 1), [1.0, 1.0], args=(k,), rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(s.y[:, -1], [np.exp(-k), np.exp(-2 * k)], rtol=1e-6)
