"""Second derivatives: the second-order duals against nesting, mpmath and the rule table; transforms nested in each other.

    every rule            compiled scalars, compiled arrays and the generic rows against nested first-order calls
    hard points           Hessians against mpmath
    fallbacks             what is not known to be right on second-order rows is nested, with the same result
    nestings              pairs and triples of transforms
"""

import itertools
import warnings

import mpmath
import numpy as np
import pytest
import scipy.sparse as sp
from test_rules import DOMAINS

import dualdiff as dd
from dualdiff import core
from dualdiff.errors import ArgumentError, InputError, UnsupportedError
from dualdiff.rules.expressions import parse, second_partials, text_of
from dualdiff.rules.table import REASONS, RULES, scipy_name

NESTED = 10**6      # a chunk: first-order calls, nested
HELPERS_BY_ORDER = {"sincn", "polygamma"}      # their first argument is a number that does not vary; so is ldexp's second


def points(name):
    """Some points of a rule's domain at which second derivatives are finite and far from overflow."""
    found = []
    for at in DOMAINS[name].at:
        at = at if isinstance(at, tuple) else (at,)
        if all(1e-3 < abs(x) < 50 for x in at):
            found.append(tuple(map(float, at)))
    return found[:6]


@pytest.mark.parametrize("name", [n for n in RULES if n in DOMAINS and n not in HELPERS_BY_ORDER and n != "ldexp"])
def test_every_rule_second_order_against_nesting(name):
    rule = RULES[name]
    if not points(name):
        pytest.skip("no moderate points")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for at in points(name):
            x = np.array(at)
            scalar = (lambda z: rule.ufunc(*z)) if rule.nin == 2 else (lambda z: rule.ufunc(z[0]))
            want = dd.hessian(scalar, chunk=NESTED)(x)
            if not np.isfinite(want).all():
                continue
            size = max(1.0, np.abs(want).max())
            np.testing.assert_allclose(dd.hessian(scalar)(x), want, rtol=0, atol=1e-13 * size, err_msg="scalars")

            def array(z):       # one element of an array, and broadcasting
                parts = [z[i : i + 1] for i in range(rule.nin)]
                return np.sum(rule.ufunc(*parts))

            np.testing.assert_allclose(dd.hessian(array)(x), want, rtol=0, atol=1e-13 * size, err_msg="arrays")

            def column(z):      # a layout that the compiled kernels leave to the generic path
                parts = [np.stack([z[i : i + 1], z[i : i + 1]]).T.reshape(1, 2) for i in range(rule.nin)]
                return np.sum(rule.ufunc(*parts, where=True)[:, :1])

            np.testing.assert_allclose(dd.hessian(column)(x), want, rtol=0, atol=1e-13 * size, err_msg="generic rows")
            for f in (scalar, array, column):
                found = dd.hessian(f, mode="reverse")(x)
                np.testing.assert_allclose(found, want, rtol=0, atol=1e-13 * size, err_msg="along a recording")


def test_scipy_functions_second_order_against_nesting():
    special = pytest.importorskip("scipy.special")
    compared = 0
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, rule in RULES.items():
            ufunc = getattr(special, scipy_name(name), None)
            if not rule.scipy or not isinstance(ufunc, np.ufunc) or name == "_zeta":
                continue
            varies = [text not in REASONS and text != "0" for text in rule.texts]
            at = np.array([0.37, 0.81][: sum(varies)]) if sum(varies) else None
            if at is None:
                continue

            def f(z, ufunc=ufunc, varies=varies):
                rest = iter([z[i : i + 1] for i in range(sum(varies))])
                return np.sum(ufunc(*(next(rest) if v else 2.0 for v in varies)))

            try:
                want = dd.hessian(f, chunk=NESTED)(at)
            except UnsupportedError:
                continue
            if np.isfinite(want).all():
                for mode in ("forward", "reverse"):
                    np.testing.assert_allclose(dd.hessian(f, mode=mode)(at), want, rtol=1e-11, atol=1e-12, err_msg=name)
                compared += 1
    assert compared > 50


def test_second_partials_are_those_of_the_table():
    table = {name: [parse(text) for text in rule.texts] for name, rule in RULES.items()}
    for name, partials in table.items():
        assert tuple(text_of(e) for e in second_partials(name, partials, table)) == core.SECOND[name]


HARD = {
    "sinc": (lambda x: np.sinc(x[0]), lambda x: mpmath.sincpi(x), [0.0, 1e-9, 1e-4, 0.5, 1.0, 7.3]),
    "tanh": (lambda x: np.tanh(x[0]), mpmath.tanh, [0.0, 1e-8, 20.0, -20.0]),
    "arctan": (lambda x: np.arctan(x[0]), mpmath.atan, [0.0, 1e-8, 1e8, 1e100]),
    "arcsinh": (lambda x: np.arcsinh(x[0]), mpmath.asinh, [0.0, 1e-8, 1e8, 1e100]),
    "log1p": (lambda x: np.log1p(x[0]), lambda x: mpmath.log(1 + x), [1e-300, -0.999, 1e10]),
    "expm1": (lambda x: np.expm1(x[0]), mpmath.exp, [-50.0, 1e-300, 5.0]),
    "logistic": (lambda x: np.logaddexp(0.0, x[0]), lambda x: mpmath.log(1 + mpmath.exp(x)), [0.0, 40.0, -40.0]),
    "erf": (lambda x: dd.math.erf(x[0]), mpmath.erf, [0.0, 1e-300, 5.3]),
    "gamma": (lambda x: dd.math.gamma(x[0]), mpmath.gamma, [0.1, 1.5, 10.3]),
    "cube": (lambda x: x[0] ** 3, lambda x: x**3, [0.0, 1e-100, -2.5]),
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("chunk", [None, NESTED])
def test_hard_points_against_mpmath(name, chunk):
    f, exact, at = HARD[name]
    for x in at:
        with mpmath.workdps(60):
            want = float(mpmath.diff(exact, mpmath.mpf(x), 2, h=mpmath.mpf(10) ** -18 * max(abs(x), 1)))
        got = dd.hessian(f, chunk=chunk)(np.array([x]))[0, 0]
        assert abs(got - want) <= 2e-13 * abs(want) + 1e-17, (x, got, want)


def test_hypot_and_arctan2_hessians_against_mpmath():
    for f, exact in ((np.hypot, mpmath.hypot), (np.arctan2, mpmath.atan2)):
        for x, y in ((3.0, 4.0), (1e-8, 1.0), (1e100, -2e100), (-0.3, 1e-3)):
            with mpmath.workdps(60):
                def partial(n, m, f=exact, x=x, y=y):
                    h = (mpmath.mpf(10) ** -15 * abs(x), mpmath.mpf(10) ** -15 * abs(y))
                    s = lambda a, b: f(mpmath.mpf(x) + a * h[0], mpmath.mpf(y) + b * h[1])  # noqa: E731
                    if (n, m) == (1, 1):
                        return float((s(1, 1) - s(1, -1) - s(-1, 1) + s(-1, -1)) / (4 * h[0] * h[1]))
                    a, b, step = (1, 0, h[0]) if n else (0, 1, h[1])
                    return float((s(a, b) - 2 * s(0, 0) + s(-a, -b)) / step**2)

                want = np.array([[partial(2, 0), partial(1, 1)], [partial(1, 1), partial(0, 2)]])
            got = dd.hessian(lambda z: f(z[0], z[1]))(np.array([x, y]))
            np.testing.assert_allclose(got, want, rtol=0, atol=1e-12 * np.abs(want).max())
            assert np.array_equal(got, got.T)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")     # second derivatives at kinks
def test_powers_at_zero_and_sinc():
    for chunk in (None, NESTED):
        assert dd.hessian(lambda x: x[0] ** 1, chunk=chunk)(np.zeros(1))[0, 0] == 0
        assert dd.hessian(lambda x: x[0] ** 2, chunk=chunk)(np.zeros(1))[0, 0] == 2
        assert dd.hessian(lambda x: np.sinc(x[0]), chunk=chunk)(np.zeros(1))[0, 0] == pytest.approx(-np.pi**2 / 3, rel=1e-15)
        assert dd.hessian(lambda x: abs(x[0]), chunk=chunk)(np.zeros(1))[0, 0] == 0
    third = dd.derivative(dd.derivative(dd.derivative(lambda x: x**2)))
    assert third(0.0) == 0
    assert dd.derivative(dd.derivative(lambda x: x**1))(0.0) == 0


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_hessian(x):
    n = x.size
    H = np.zeros((n, n))
    i = np.arange(n - 1)
    H[i, i] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    H[i + 1, i + 1] += 200
    H[i, i + 1] = H[i + 1, i] = -400 * x[:-1]
    return H


@pytest.mark.parametrize("n", [2, 10, 48, 49, 100, 300])
def test_rosenbrock_in_every_mode(n):
    x = np.linspace(-1.2, 1.1, n)
    v = np.cos(np.arange(n))
    want = rosenbrock_hessian(x)
    for mode in ("auto", "reverse") + (("forward",) if n < 60 else ()):
        H = dd.hessian(rosenbrock, mode=mode)(x)
        np.testing.assert_allclose(H, want, rtol=1e-12, atol=1e-11)
        assert np.array_equal(H, H.T)
    np.testing.assert_allclose(dd.hvp(rosenbrock, (x,), (v,)), want @ v, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(dd.hessian_diagonal(rosenbrock)(x), np.diag(want), rtol=1e-12)
    np.testing.assert_allclose(dd.laplacian(rosenbrock)(x), np.trace(want), rtol=1e-12)
    value, g, H = dd.value_grad_hessian(rosenbrock)(x)
    assert value == rosenbrock(x)
    np.testing.assert_allclose(g, dd.grad(rosenbrock)(x), rtol=1e-12, atol=1e-12)


def diffusion_energy(u):
    """The energy of a nonlinear diffusion on a grid, u = 0 on the border."""
    U = np.pad(u, 1)
    dx, dy = U[1:, 1:] - U[:-1, 1:], U[1:, 1:] - U[1:, :-1]
    return np.sum(np.sqrt(1.0 + dx**2 + dy**2)) + np.sum(np.cosh(u) - 0.3 * u)


@pytest.mark.parametrize("f, x", [(rosenbrock, np.linspace(-1.2, 1.1, 60)),
                                  (diffusion_energy, np.sin(np.arange(56.0)).reshape(7, 8))])  # fmt: skip
def test_sparse_hessians_are_the_dense_ones(f, x):
    n = x.size
    H = dd.hessian(f, mode="sparse")
    found = H(x)
    dense = dd.hessian(f)(x).reshape(n, n)
    assert sp.issparse(found) and found.format == "csr" and found.shape == (n, n) and found.nnz < 8 * n
    np.testing.assert_allclose(found.toarray(), dense, rtol=1e-12, atol=1e-12)
    assert np.array_equal(found.toarray(), found.toarray().T)
    value, g, found = dd.value_grad_hessian(f, mode="sparse")(x)
    assert value == f(x) and g.shape == x.shape
    np.testing.assert_allclose(g, dd.grad(f)(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.toarray(), dense, rtol=1e-12, atol=1e-12)
    assert H.mode_for(x) == "sparse"
    assert type(dd.hessian(f)(x)) is np.ndarray and dd.hessian(f).mode_for(x) != "sparse"


def test_sparse_hessian_against_the_formula_and_at_each_point_anew():
    x = np.linspace(-1.2, 1.1, 40)
    np.testing.assert_allclose(dd.hessian(rosenbrock, mode="sparse")(x).toarray(), rosenbrock_hessian(x), rtol=1e-12)
    branching = dd.hessian(lambda x: x[0] ** 2 * x[1] if x[0] > 0 else x[1] * x[2], mode="sparse")
    assert branching(np.array([1.0, 2.0, 3.0])).toarray().tolist() == [[4, 2, 0], [2, 0, 0], [0, 0, 0]]
    assert branching(np.array([-1.0, 2.0, 3.0])).toarray().tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert dd.hessian(np.sum, mode="sparse")(np.ones(4)).nnz == 0
    assert dd.hessian(lambda x: x**3, mode="sparse")(2.0).toarray().tolist() == [[12.0]]
    assert dd.hessian(lambda x: x**3, mode="sparse").mode_for(2.0) == "sparse"


def test_sparse_hessians_of_arguments_and_structures():
    def f(a, x, *, scale=1.0):
        return scale * np.sum(x["u"] ** 2 * a) + x["v"] * x["u"][0]

    x = {"u": np.array([1.0, 2.0]), "v": 3.0}
    a = np.array([5.0, 7.0])
    by_x = np.array([[20.0, 0, 1], [0, 28, 0], [1, 0, 0]])
    for options in ({"argnums": 1}, {"argnums": -1}, {"argnums": (1,)}, {"argnames": "x"}):
        H = dd.hessian(f, mode="sparse", **options)
        np.testing.assert_array_equal(H(a, x, scale=2.0).toarray(), by_x)
    both = np.zeros((5, 5))
    both[2:, 2:] = by_x
    both[[0, 1], [2, 3]] = both[[2, 3], [0, 1]] = [4.0, 8.0]
    (value, aux), g, H = dd.value_grad_hessian(
        lambda a, x: (f(a, x, scale=2.0), a + 1), argnums=(0, 1), mode="sparse", has_aux=True
    )(a, x)
    assert value == f(a, x, scale=2.0) and aux.tolist() == [6.0, 8.0]
    np.testing.assert_array_equal(H.toarray(), both)
    assert g[0].tolist() == [2.0, 8.0] and g[1]["u"].tolist() == [23.0, 56.0] and g[1]["v"] == 1.0
    H, aux = dd.hessian(lambda x: (np.sum(x**2), "seen"), mode="sparse", has_aux=True)(np.ones(3))
    assert aux == "seen" and H.toarray().tolist() == (2 * np.eye(3)).tolist()


def test_sparse_hessians_say_what_they_cannot():
    for bad in (lambda x: x, lambda x: 1j * np.sum(x)):
        with pytest.raises(InputError):
            dd.hessian(bad, mode="sparse")(np.ones(3))
    for x in (np.ones(3, complex), np.array([]), "x"):
        with pytest.raises(InputError):
            dd.hessian(np.sum, mode="sparse")(x)
    with pytest.raises(InputError, match="chunk"):
        dd.hessian(np.sum, mode="sparse", chunk=2)
    H = dd.hessian(lambda x, a=1.0: np.sum(x**3 * a), mode="sparse")
    for outer in (lambda a: H(np.ones(3), a), lambda a: H(np.ones(3) * a), lambda a: H(np.ones(3), a=a),
                  lambda a: dd.hessian(lambda x: np.sum(x**3) * a, mode="sparse")(np.ones(3))):  # fmt: skip
        with pytest.raises(UnsupportedError, match="sparse derivative cannot be differentiated"):
            dd.derivative(lambda a, outer=outer: outer(a).sum())(2.0)


def test_auto_says_what_it_takes():
    H = dd.hessian(rosenbrock)
    assert H.mode_for(np.ones(10)) == "forward"
    assert H.mode_for(np.ones(1000)) == "colored"
    assert dd.hessian(rosenbrock, mode="reverse").mode_for(np.ones(3)) == "reverse"
    for bad in ({"mode": "sideways"}, {"layout": "rows"}, {"mode": "reverse", "chunk": 3}, {"mode": "sparse", "chunk": 3}):
        with pytest.raises(InputError):
            dd.hessian(rosenbrock, **bad)


def runs(f):
    """f, and the list of schemes it was called with."""
    seen = []

    def g(x, *rest):
        seen.append(core.scheme_of(x.tag))
        return f(x, *rest)

    return g, seen


M = np.random.default_rng(3).normal(size=(4, 4)) + 4 * np.eye(4)

FALL_BACK = {
    "solve": lambda x: np.sum(np.linalg.solve(M + np.outer(x, x), x)),
    "inv": lambda x: np.sum(np.linalg.inv(M + np.outer(x, x))),
    "det": lambda x: np.linalg.det(M + np.outer(x, x)),
    "complex": lambda x: np.sum(np.abs(np.exp(1j * x) * x) ** 2),
}
ONE_PASS = {
    "matmul": lambda x: np.sum((M @ x) * x) + x @ x + np.sum(np.outer(x, x) @ np.sin(x)),
    "matrices": lambda x: np.sum(np.matmul(np.outer(x, x), np.outer(np.sin(x), x))),
    "einsum": lambda x: np.einsum("i,j,ij->", x, np.sin(x), np.outer(x, x)),
    "writes": lambda x: np.sum(writes(x)),
    "where": lambda x: np.sum(np.where(x > 0.5, x**2, np.sin(x))),
    "max": lambda x: np.max(x * x) + np.min(np.sin(x)),
    "statistics": lambda x: np.std(x) + np.var(x * x) + np.median(x) * x[0],
    "fft": lambda x: np.sum(np.fft.irfft(np.fft.rfft(x)) * x),
    "join": lambda x: np.sum(np.concatenate([x[:2] * x[2:], x]) ** 2) + np.sum(np.stack([x, x * x]).T.reshape(-1)[3:] ** 3),
    "scalars": lambda x: x[0] * x[1] / x[2] + dd.math.sin(x[3]) ** x[0] + np.arctan2(x[1], x[2]),
    "objects": lambda x: np.sum(np.array([x[0] * x[1], 2.0, x[3]]) ** 2),
    "order": lambda x: np.sum(np.sort(x) * np.arange(4)) ** 2 + np.cumsum(x * x)[2],
    "inner derivative": lambda x: np.sum(dd.grad(lambda y: np.sum(y**3 * x[0]))(x)),
}


def writes(x):
    out = np.zeros_like(x)
    out[1:] = x[1:] * x[:-1]
    out[0] = x[0] ** 2
    out[2:] *= out[:2]
    out[[0, 3]] = out[[3, 0]] * x[1]
    return out


@pytest.mark.parametrize("name", [*ONE_PASS, *FALL_BACK])
def test_one_pass_or_nesting_gives_the_same(name):
    g, seen = runs((ONE_PASS | FALL_BACK)[name])
    x = np.array([0.3, 0.9, 0.6, 1.2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        want = dd.hessian((ONE_PASS | FALL_BACK)[name], chunk=NESTED)(x)
    H = dd.hessian(g)
    np.testing.assert_allclose(H(x), want, rtol=1e-11, atol=1e-12)
    one_pass = seen == [1]
    assert one_pass == (name in ONE_PASS)
    if not one_pass:
        seen.clear()
        H(x)
        assert 1 not in seen        # it is not tried again
    v = np.array([1.0, -2.0, 0.5, 0.0])
    np.testing.assert_allclose(dd.hvp(g, (x,), (v,)), want @ v, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(dd.hessian_diagonal(g)(x), np.diag(want), rtol=1e-11, atol=1e-12)


MANY = {
    "squares": rosenbrock,
    "two": lambda x: np.sum(x[1:] * x[:-1] * np.hypot(x[::-1][1:], x[1:])) + np.sum(np.exp(x) / (2 + x[3])),
    "layouts": lambda x: np.sum((x[::2] * x[::-2] - x[0] ** x[1::2]).reshape(3, -1).T ** 3),
    "broadcast": lambda x: np.sum(x[:, None] * x[2:6] * np.sin(x[1])),
    "solve": lambda x: np.sum(np.linalg.solve(np.diag(2 + x), x)),
}


@pytest.mark.parametrize("n", [6, 12, 17, 24])
@pytest.mark.parametrize("name", MANY)
def test_one_pass_of_many_inputs(name, n):
    if name == "layouts":
        n += -n % 6
    x = np.linspace(0.4, 1.1, n)
    want = dd.hessian(MANY[name], mode="reverse")(x)
    f, seen = runs(MANY[name])
    H = dd.hessian(f, mode="forward")
    np.testing.assert_allclose(H(x), want, rtol=1e-11, atol=1e-12)
    assert (seen == [1]) == (name != "solve")
    np.testing.assert_allclose(H(x), want, rtol=1e-11, atol=1e-12)
    for _ in range(2):
        np.testing.assert_allclose(dd.hessian(f)(x), want, rtol=1e-11, atol=1e-12)


def test_what_cannot_be_carried_is_taken_along_a_recording_from_then_on():
    """Linear equations have no rows: with more than a few inputs the choice is replaced."""
    H = dd.hessian(MANY["solve"])
    x = np.linspace(0.4, 1.1, 12)
    H.mode_for(x)
    H(x)
    assert H.mode_for(x) == "reverse"


def test_a_function_that_looks_at_tangents_is_nested():
    H = dd.hessian(lambda x: np.sum(x * x) * np.ndim(x.tangents))
    np.testing.assert_allclose(H(np.ones(3)), 4 * np.eye(3))


def test_ldexp():
    np.testing.assert_allclose(dd.hessian(lambda x: np.ldexp(x[0] ** 2, 3))(np.ones(1)), [[16.0]])


@pytest.mark.parametrize("root", [np.sqrt, np.cbrt], ids=lambda f: f.__name__)
def test_an_infinite_tangent_beside_a_zero_one(root):
    """d2/dx dy of root(x) y is root'(x), inf at 0; the row of (y, y) is zero, whatever is infinite beside it."""
    for f in (lambda x: root(x[0]) * x[1], lambda x: (root(x[:1]) * x[1:]).sum(), lambda x: root(x[:1]) @ x[1:]):
        with np.errstate(all="ignore"):
            H = dd.hessian(f)(np.array([0.0, 1.0]))
            nested = dd.hessian(f, chunk=NESTED)(np.array([0.0, 1.0]))
        np.testing.assert_array_equal(H[[0, 1, 1], [1, 0, 1]], [np.inf, np.inf, 0.0])
        np.testing.assert_array_equal(H, nested)


def test_second_order_rows_cannot_be_used_for_something_else():
    tag = core.new_tag(1)
    x = core.second_seeds(np.ones(2), 0, 2, 0, 2, 5, None, tag)
    t = x.tangents
    for use in (lambda: t.shape, lambda: t[0], lambda: t * 2, lambda: 2 * t, lambda: np.sum(t), lambda: list(t),
                lambda: bool(t), lambda: core.make(x.value, t, tag), lambda: core.make(x.value, np.zeros((5, 2)), tag)):  # fmt: skip
        with pytest.raises(core.NotSecondOrder):
            use()
    for made in (lambda: dd.Dual(1.0, [1.0], tag=tag), lambda: dd.DualArray([1.0], [[1.0]], tag=tag)):
        with pytest.raises(ArgumentError, match="second-order call"):
            made()
    with pytest.raises(ValueError, match="rows"):
        core.directions_of(1, 4)


def test_structures_of_arguments():
    def f(p, *, scale):
        return np.sum(p["a"] * p["b"][0] ** 2) * scale + p["a"][0] * p["b"][1]

    p = {"a": np.array([1.0, 2.0]), "b": (3.0, 4.0)}
    H = dd.hessian(f)(p, scale=2.0)
    np.testing.assert_allclose(H["a"]["b"][0], [12.0, 12.0])
    np.testing.assert_allclose(H["b"][0]["a"], [12.0, 12.0])
    assert H["b"][0]["b"][0] == pytest.approx(12.0)
    np.testing.assert_allclose(H["a"]["b"][1], [1.0, 0.0])
    np.testing.assert_allclose(H["a"]["a"], np.zeros((2, 2)))
    (xx, xy), (yx, yy) = dd.hessian(lambda x, y: x**2 * y, argnums=(0, 1))(3.0, 2.0)
    assert (xx, xy, yx, yy) == (4.0, 6.0, 6.0, 0.0) and type(xy) is float
    assert dd.hvp(lambda x, y: x**2 * y, (3.0, 2.0), (1.0, None)) == (4.0, 6.0)
    g, aux = dd.hessian(lambda x: (np.sum(x**3), x * 2), has_aux=True)(np.ones(2))
    np.testing.assert_array_equal(aux, [2.0, 2.0])
    np.testing.assert_allclose(g, 6 * np.eye(2))
    np.testing.assert_allclose(dd.hessian(lambda a, b: np.sum(a * b**2), argnames="b")(np.ones(2), np.ones(2)), 2 * np.eye(2))
    assert not dd.hessian(lambda x: 1.0)(np.ones(3)).any()


@pytest.mark.parametrize("shape", [(2, 3), (20, 4)])
@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_layouts_of_blocks(shape, layout):
    x, y = np.random.default_rng(0).normal(size=shape), np.ones(shape[1])
    for chunk in (None, NESTED):
        H = dd.hessian(lambda x, y: np.sum((x * y) ** 2), argnums=(0, 1), layout=layout, chunk=chunk)(x, y)
        assert H[0][1].shape == (shape + y.shape if layout == "numerator" else y.shape + shape)
        assert H[1][0].shape == (y.shape + shape if layout == "numerator" else shape + y.shape)
        if layout == "numerator":
            np.testing.assert_allclose(H[0][1], np.einsum("ij,jk->ijk", 4 * x * y, np.eye(y.size)), atol=1e-12)


# ---- transforms nested in each other ------------------------------------------------------------------


def cubic(x):
    return np.sum(x**3) + x[0] * x[1] ** 2


def towers():
    """Functions vector -> number by one transform each: what they are of cubic along fixed vectors."""
    v = np.array([0.7, -0.4])
    return {
        "grad": lambda f: lambda x: dd.grad(f)(x) @ v,
        "grad reverse": lambda f: lambda x: dd.grad(f, mode="reverse")(x) @ v,
        "jacobian": lambda f: lambda x: dd.jacobian(f)(x) @ v,
        "jvp": lambda f: lambda x: dd.jvp(f, (x,), (v,))[1],
        "vjp": lambda f: lambda x: dd.vjp(f, x)[1](1.0) @ v,
        "linearize": lambda f: lambda x: dd.linearize(f, x)[1].jvp(v),
        "derivative": lambda f: lambda x: dd.derivative(lambda t: f(x + t * v))(0.0),
        "directional": lambda f: dd.directional_derivative(f, v),
        "taylor": lambda f: lambda x: dd.taylor(f, x, v, 1)[1],
    }, {
        "hessian": lambda f: lambda x: v @ dd.hessian(f)(x) @ v,
        "hvp": lambda f: lambda x: dd.hvp(f, (x,), (v,)) @ v,
        "laplacian": lambda f: lambda x: dd.laplacian(lambda t: f(x + t * v))(0.0),
        "taylor 2": lambda f: lambda x: 2 * dd.taylor(f, x, v, 2)[2],
    }, v


FIRST, SECOND, V = towers()
DEPTH = {**dict.fromkeys(FIRST, 1), **dict.fromkeys(SECOND, 2)}
ALL = FIRST | SECOND


def along(order, x):
    """The derivatives of t -> g(x + t V) at 0, with g = exp(cubic/4), by series by hand."""
    c = [cubic(x) / 4, 0, 0, 0, 0]
    t = np.polynomial.polynomial.Polynomial([0, 1])
    p = sum((a + b * t) ** 3 for a, b in zip(x, V)) + (x[0] + V[0] * t) * (x[1] + V[1] * t) ** 2
    c = np.append(p.coef / 4, [0, 0])
    e = [np.exp(c[0])]
    for k in range(1, 6):
        e.append(sum(j * (c[j] if j < len(c) else 0) * e[k - j] for j in range(1, k + 1)) / k)
    return e[order] * float(mpmath.factorial(order))


@pytest.mark.parametrize("names", [
    *itertools.product(ALL, repeat=2),
    *itertools.product(["grad", "vjp", "jvp", "linearize"], repeat=3),
    ("hessian", "grad", "vjp"), ("grad", "hessian", "linearize"), ("taylor 2", "grad", "hvp"), ("vjp", "hvp", "grad reverse"),
], ids="-".join)  # fmt: skip
def test_transforms_in_each_other(names):
    def g(x):
        return np.exp((np.sum(x**3) + x[0] * x[1] ** 2) / 4)

    f, order = g, 0
    for name in names:
        f, order = ALL[name](f), order + DEPTH[name]
    x = np.array([0.8, 0.5])
    if order <= 5:
        assert float(f(x)) == pytest.approx(along(order, x), rel=1e-10)


def test_a_gradient_inside_a_newton_iteration_that_is_differentiated():
    def minimiser(a):       # of (y - a)^4/4 + y^2/2: y + (y - a)^3 = 0
        y = 0.5 * a
        energy = lambda y: (y - a) ** 4 / 4 + y**2 / 2      # noqa: E731
        for _ in range(30):
            y = y - dd.derivative(energy)(y) / dd.derivative(dd.derivative(energy))(y)
        return y

    a = 2.0
    y = minimiser(a)
    c = 3 * (y - a) ** 2
    slope = c / (1 + c)
    curve = -6 * (y - a) * (slope - 1) ** 2 / (1 + c)
    assert dd.derivative(minimiser)(a) == pytest.approx(slope, rel=1e-12)
    assert dd.derivative(dd.derivative(minimiser))(a) == pytest.approx(curve, rel=1e-10)
    assert dd.hessian(lambda z: minimiser(z[0]))(np.array([a]))[0, 0] == pytest.approx(curve, rel=1e-10)
