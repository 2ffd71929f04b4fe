"""dualdiff.testing: what it accepts, and that it finds wrong derivatives."""

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import ArgumentError, InputError, ShapeError
from dualdiff.testing import UncheckedWarning, check_derivative, check_jvp, check_vjp, numerical_jvp

X = np.array([0.3, 1.2, -0.7])
FUNCTIONS = {
    "exp": (np.exp, np.exp), "sin": (np.sin, np.cos), "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2), "big": (lambda x: 1e6 * np.cos(x), lambda x: -1e6 * np.sin(x)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("method", ["differences", "complex"])
def test_numerical_jvp_and_its_error(name, method):
    f, df = FUNCTIONS[name]
    v = np.array([1.0, -2.0, 0.5])
    found, error = numerical_jvp(f, (X,), (v,), method=method)
    true = df(X) * v
    size = np.max(np.abs(true))
    assert np.all(np.abs(found - true) <= 1e-11 * size)
    assert np.all(np.abs(found - true) <= 10 * error + 1e-12 * size)     # two quotients may agree by luck of rounding
    assert np.all(error <= 1e-8 * size)


def test_numerical_jvp_of_structures():
    t, e = numerical_jvp(lambda p, s: {"y": p[0] * s, "z": p[1]}, ((X, 2.0), 3.0), ((X, None), 1.0))
    np.testing.assert_allclose(t["y"], 4 * X, rtol=1e-10)
    assert t["z"] == 0.0 and e["z"] == 0.0
    with pytest.raises(ShapeError):
        numerical_jvp(np.sin, (X,), (np.ones(2),))
    with pytest.raises(ArgumentError, match="method"):
        numerical_jvp(np.sin, (X,), (X,), method="magic")


def wrong(rule, f=lambda x: np.sin(x)):
    g = dd.custom_jvp(f)
    g.defjvp(rule)
    return g


def test_a_wrong_partial_is_named():
    def rule(primals, tangents):
        d = np.cos(primals[0])
        return None, np.where(np.arange(3) == 1, 1.001 * d, d) * tangents[0]

    with pytest.raises(AssertionError, match=r"1 of 3 elements of result are wrong, the worst is result\[1\] = "):
        check_jvp(wrong(rule), X)
    with pytest.raises(AssertionError, match=r"result\[1\]"):
        check_derivative(wrong(rule), X)
    with pytest.raises(AssertionError, match=r"result\['a'\]\[1\]"):
        check_jvp(lambda x: {"a": wrong(rule)(x)}, X)


def test_a_wrong_value_is_found():
    with pytest.raises(AssertionError, match="the function itself gives"):
        check_jvp(wrong(lambda p, t: (np.sin(p[0]) + 1e-15, np.cos(p[0]) * t[0])), X)


def test_a_rule_that_is_not_linear_is_found():
    """Right for one direction of length 1, wrong for others."""
    f = wrong(lambda p, t: (None, np.cos(p[0]) * np.abs(t[0])))
    with pytest.raises(AssertionError):
        check_jvp(f, X, np.ones(3))


def test_a_batched_rule_that_mixes_directions_is_found():
    f = dd.custom_jvp(lambda x: np.sin(x), batched=True)
    f.defjvp(lambda p, t: (None, np.cos(p[0]) * t[0][::-1][::-1][:, ::1] if len(t[0]) == 1 else np.cos(p[0]) * t[0][::-1]))
    with pytest.raises(AssertionError, match="two directions at once"):
        check_jvp(f, X)


def test_a_wrong_transpose_is_found():
    A = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]])
    f = dd.custom_jvp(lambda x: A @ x)
    f.deflinear(lambda x: (None, (lambda t: A @ t, lambda w: A.T @ (1.01 * w))))
    check_jvp(f, np.ones(2))
    with pytest.raises(AssertionError, match="<w, J v> = .*<J' w, v> = .*transposed product is wrong"):
        check_vjp(f, np.ones(2))


def test_a_wrong_second_derivative_is_found():
    f = dd.custom_jvp(lambda x: np.sin(x))
    f.defjvp(lambda p, t: (f(p[0]), np.cos(dd.stop_gradient(p[0])) * t[0]))
    check_derivative(f, X)
    with pytest.raises(AssertionError, match="the derivative of"):
        check_derivative(f, X, order=2)


def test_where_it_cannot_decide_it_fails():
    with pytest.raises(AssertionError, match="did not converge"):
        check_jvp(lambda x: np.floor(1e3 * x) * 1.0 + x, X)
    with pytest.raises(AssertionError, match="did not converge"):
        check_jvp(np.sqrt, np.array([0.0, 1.0]))


def test_what_is_right_passes():
    check_derivative(lambda x, y: (np.outer(x, y), np.sum(x) / y), X, np.array([1.0, 2.0]), order=2)
    check_derivative(lambda p: np.sin(p["a"]) @ p["b"], {"a": X, "b": X})
    check_derivative(lambda x: x * np.float32(2), np.ones(3, np.float32))
    check_jvp(lambda x: np.exp(1j * x), X)
    check_vjp(lambda x: np.exp(1j * x), X)
    check_jvp(np.exp, X, X, method="complex")
    check_jvp(lambda x, n: x * n, (X, 3.0), (X, None))
    check_derivative(np.abs, np.array([0.0, 1.0]), modes="forward")      # the symmetric derivative at a kink


def test_bad_options():
    with pytest.raises(ArgumentError, match="order"):
        check_derivative(np.sin, X, order=0)
    with pytest.raises(ArgumentError, match="modes"):
        check_derivative(np.sin, X, modes=("sideways",))
    with pytest.raises(InputError, match="at least one"):
        check_vjp(np.sin)


HARD = {
    "log at 1e-6": (np.log, lambda x: 1 / x, 1e-6), "cos at 1e8": (np.cos, lambda x: -np.sin(x), 1e8),
    "pole": (lambda x: 1 / (1 - x), lambda x: 1 / (1 - x) ** 2, 1 - 1e-7), "exp at 1e-17": (np.exp, np.exp, 1e-17),
    "kink": (lambda x: np.abs(x - 1), np.ones_like, 1 + 1e-6), "fast": (lambda x: np.sin(1e6 * x), lambda x: 1e6 * np.cos(1e6 * x), 0.3),
    "small": (lambda x: 1e-200 * np.sin(x), lambda x: 1e-200 * np.cos(x), 0.3), "period": (lambda x: np.sin(2048 * np.pi * x),
    lambda x: 2048 * np.pi * np.cos(2048 * np.pi * x), 1.0), "constant": (lambda x: 3.0 + 0 * x, lambda x: 0 * x, 0.7),
    "even": (np.cosh, np.sinh, 0.0), "1e-100": (np.square, lambda x: 2 * x, 1e-100), "float32": (np.exp, np.exp, np.float32(0.5)),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("v", [1.0, -3e-5, 1e7])
def test_the_error_of_a_difference_can_be_relied_upon(name, v):
    f, df, x = HARD[name]
    found, error = numerical_jvp(f, (x,), (v,))
    true = float(df(np.float64(x))) * v
    assert abs(found - true) <= 3 * error + 1e-15 * abs(true)
    assert error <= (1e-3 if name == "float32" else 1e-6) * abs(true) or true == 0


def test_what_is_unchecked_is_said():
    with pytest.warns(UncheckedWarning, match=r"jvp of sqrt: 1 of its elements .* result\[0\] by argument 0\[0\] = -?inf, by"):
        check_jvp(np.sqrt, np.array([0.0, 1.0]))
    with pytest.raises(AssertionError, match="could not be checked: its differences did not converge"):
        check_jvp(np.sqrt, 0.0)
    with pytest.raises(AssertionError, match="did not converge"):       # noise, for all that differences can tell
        check_jvp(lambda x: x + 0.01 * np.sin(1e15 * dd.stop_gradient(x)), 1.0, 1.0)


def test_constants_beside_floats():
    seen = []

    def f(x, n, kind, nothing, table):
        seen.append(type(n))
        return x[table] ** n * {"a": 2.0}[kind] + (0.0 if nothing is None else 1.0)

    arguments = (X, 3, "a", None, np.array([0, 2]))
    check_derivative(f, *arguments, order=3)
    check_jvp(f, arguments)
    check_jvp(f, arguments, (X, None, None, None, None))
    check_vjp(f, *arguments)
    assert set(seen) == {int}
    tangent, error = numerical_jvp(f, arguments, (X, None, None, None, None))
    np.testing.assert_allclose(tangent, (6 * X**3)[[0, 2]], rtol=1e-9)
    assert np.all(error < 1e-9)
    check_jvp(lambda x, n: x**n, (2.0, 3), (1.0, 1.0))      # with a tangent an integer is a number
    check_derivative(lambda n: n**2, 3)                     # so it is where there is nothing else
    for call in (lambda: check_jvp(len, "abc"), lambda: check_derivative(len, "abc"), lambda: check_vjp(len, [])):
        with pytest.raises(InputError, match="no argument to differentiate by"):
            call()


def test_the_callers_arrays_are_left_alone():
    def f(x, y):
        x[0] = 2.0 * y
        return x

    x, v = X.copy(), np.array([1.0, 2.0, 3.0])
    kept, direction = x.copy(), v.copy()
    check_derivative(f, x, 3.0, order=2)
    check_jvp(f, (x, 3.0), (v, 1.0))
    numerical_jvp(f, (x, 3.0), (v, 1.0))
    check_vjp(f, x, 3.0)
    assert np.array_equal(x, kept) and np.array_equal(v, direction)


def test_the_message_names_argument_and_order():
    f = dd.custom_jvp(lambda p, s: {"y": p["a"] * s})
    f.defjvp(lambda p, t: (None, {"y": p[0]["a"] * t[1] + 1.1 * p[1] * t[0]["a"]}))
    with pytest.raises(AssertionError, match=r"result\['y'\]\[0\] = .*expected .*\(along argument 0\['a'\]\[0\]\)"):
        check_jvp(f, ({"a": X}, 2.0))
    g = dd.custom_jvp(lambda x: x**3)
    g.defjvp(lambda p, t: (None, 3 * p[0] * dd.stop_gradient(p[0]) * t[0]))
    with pytest.raises(AssertionError, match="jvp of the derivative of "):
        check_derivative(g, X, order=3)


def test_linearize_is_checked_too(monkeypatch):
    whole = dd.Linearization.vjp
    monkeypatch.setattr(dd.Linearization, "vjp", lambda self, w: -whole(self, w))
    with pytest.raises(AssertionError, match=r"linearize of .*J.vjp are not those by jvp.*result\[0\] by argument 0\[0\]"):
        check_vjp(lambda x: np.sin(x) * x[0], X)


def test_an_array_without_axes_stays_an_array():
    """It has views, into which f may write; a scalar has none."""

    def f(x):
        x[None][0] *= 2.0 * x
        return np.sin(x)

    x = np.array(0.4)
    check_derivative(f, x, order=3)
    check_jvp(f, (x,), (1.5,))
    check_vjp(f, x)
    for method in ("differences", "complex"):
        assert numerical_jvp(f, (x,), (1.0,), method=method)[0] == pytest.approx(4 * x * np.cos(2 * x**2))


Z = np.array([1.0 + 2.0j, 0.5 - 1.0j])
M = np.array([[1.0 + 2.0j, 0.5], [2.0, 1.0j]])
COMPLEX = {
    "a square of a number": (lambda z: z**2, 1.0 + 2.0j),
    "a square": (np.square, Z),
    "conj": (np.conj, Z),
    "abs": (np.abs, Z),
    "beside a real argument": (lambda z, x: z * x, Z, 2.0),
    "a product": (lambda z: M @ z, Z),
    "inverse": (np.linalg.inv, M),
    "in a dict": (lambda p: p["a"] * p["b"], {"a": Z, "b": np.ones(2)}),
    "complex64": (lambda z: z.real * z.imag, Z.astype(np.complex64)),
    "a scalar of NumPy": (np.exp, np.complex128(1j)),
}


@pytest.mark.parametrize("case", COMPLEX)
def test_complex_arguments_by_both_parts(case):
    f, *primals = COMPLEX[case]
    check_jvp(f, tuple(primals))
    check_vjp(f, *primals)
    check_derivative(f, *primals, order=2)


def test_a_rule_that_is_wrong_for_imaginary_parts_only():
    @dd.custom_jvp
    def conjugate(z):
        return np.conj(z)

    conjugate.defjvp(lambda primals, tangents: (np.conj(primals[0]), tangents[0]))
    for call in (lambda: check_jvp(conjugate, Z), lambda: check_derivative(conjugate, Z), lambda: check_jvp(conjugate, Z, 1j * Z)):
        with pytest.raises(AssertionError, match="expected"):
            call()
    check_jvp(conjugate, Z, Z.real + 0j)
