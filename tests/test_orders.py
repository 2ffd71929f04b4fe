"""Derivatives of derivatives by single numbers: all orders in one (core/tower.pxi) against duals in duals.

`derivative(f, argnums=-1)` is the same derivative on duals in duals, which is the specification.
"""

import threading
import warnings

import mpmath
import numpy as np
import pytest
from test_rules import DOMAINS

import dualdiff as dd
from dualdiff import core, math
from dualdiff.errors import EscapedDualError, KinkWarning, LostDerivativeError, UnsupportedError
from dualdiff.rules import generate
from dualdiff.rules.expressions import parse
from dualdiff.rules.table import REASONS, RULES, scipy_name

NESTED = {"argnums": -1}


def orders(f, n, **options):
    """The derivative of order n."""
    for _ in range(n):
        f = dd.derivative(f, **options)
    return f


@pytest.fixture
def seen(monkeypatch):
    """Which schemes duals of derivative calls had."""
    found = []
    inner = dd.transforms.jvp.call_watched

    def call(f, args, kwargs, tag):
        found.append(core.scheme_of(tag))
        return inner(f, args, kwargs, tag)

    for module in ("jvp", "derivative"):
        monkeypatch.setattr(f"dualdiff.transforms.{module}.call_watched", call)
    return found


@pytest.mark.parametrize("name", [n for n in RULES if n in DOMAINS and n != "ldexp"])
def test_every_rule(name):
    rule = RULES[name]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        points = [tuple(map(float, at if isinstance(at, tuple) else (at,))) for at in DOMAINS[name].at]
        points = [at for at in points if all(1e-3 < abs(x) < 50 for x in at)]
        for number, at in enumerate(points[:: -(-len(points) // 12)]):      # nested derivatives grow tenfold an order
            forms = [lambda z, a=at: rule.ufunc(z * a[0])]
            if rule.nin == 2:
                forms = [lambda z, a=at: rule.ufunc(z * a[0], a[1]), lambda z, a=at: rule.ufunc(a[0], z * a[1]),
                         lambda z, a=at: rule.ufunc(z * a[0], z * z * a[1])]  # fmt: skip
            for f in forms:
                arrays = lambda z, f=f: np.sum(f(np.stack([z, z])))     # noqa: E731
                for n in (2, 3) if number % 6 else (2, 3, 4):
                    try:
                        want = orders(f, n, **NESTED)(1.0)
                    except UnsupportedError:      # by an order, a whole number
                        break
                    size = abs(want) + 1e-2
                    if np.isfinite(want):
                        assert abs(orders(f, n)(1.0) - want) < 1e-9 * size
                        if n < 4:
                            assert abs(orders(arrays, n)(1.0) - 2 * want) < 1e-9 * size
                    else:
                        np.testing.assert_array_equal(orders(f, n)(1.0), want)


HARD = {
    "tanh": (math.tanh, mpmath.tanh, [1e-8, 0.7, 20.0]),
    "sinc": (np.sinc, mpmath.sincpi, [1e-5, 0.5, 1.0]),
    "power": (lambda x: x**x, lambda x: x**x, [0.3, 2.5]),
    "cube": (lambda x: x**3.0, lambda x: x**3, [0.0, -1.5]),
    "quotient": (lambda x: x / (1.0 + x * x), lambda x: x / (1 + x * x), [0.0, 2.0, 1e3]),
    "formula": (lambda x: math.sin(x) * math.exp(x) + math.log(x) / math.sqrt(x),
                lambda x: mpmath.sin(x) * mpmath.exp(x) + mpmath.log(x) / mpmath.sqrt(x), [0.7, 3.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_against_mpmath(name, seen):
    f, exact, points = HARD[name]
    for x in points:
        for n in range(2, 7 if x else 6):       # at 0, the sixth of a power takes seconds
            with mpmath.workdps(80):
                want = float(mpmath.diff(exact, mpmath.mpf(x), n, h=mpmath.mpf(10) ** -12))
            assert orders(f, n)(x) == pytest.approx(want, rel=1e-9, abs=1e-12)
    assert set(seen) == {0, 6}


def test_more_calls_than_it_holds():
    assert orders(lambda x: x**9.0, 8)(2.0) == pytest.approx(362880 * 2.0, rel=1e-12)


def test_numbers_of_calls_further_out(seen):
    """d/dx of d/dy f(x, y) at y = g(x), to the third order, in every mixture of operands."""

    def third(x):
        def second(y):
            return dd.derivative(lambda z: x * z**3 / y + math.atan2(x, z) * math.pow(y, z) + np.hypot(z, x))(y * x)

        return dd.derivative(second)(x * x)

    def spec(x):
        def second(y):
            f = lambda z: x * z**3 / y + math.atan2(x, z) * math.pow(y, z) + np.hypot(z, x)     # noqa: E731
            return dd.derivative(f, **NESTED)(y * x)

        return dd.derivative(second, **NESTED)(x * x)

    want = dd.derivative(spec)(1.3)
    seen.clear()
    assert dd.derivative(third)(1.3) == pytest.approx(want, rel=1e-12)
    assert seen == [0, 6, 6]
    assert dd.derivative(lambda x: dd.derivative(lambda y: x)(x))(2.0) == 0
    assert dd.derivative(lambda x: x * dd.derivative(lambda y: 3.0)(x))(2.0) == 0
    assert dd.derivative(lambda x: dd.derivative(lambda y: y)(x) * x)(2.0) == 1


ARRAYS = {
    "elementwise": lambda x: np.sin(np.stack([x, x * x, 2.0])) * x,
    "sum": lambda x: np.sum(np.stack([x, x**3]) ** 2),
    "view": lambda x: np.array([x, x * x, x**3])[1:] * np.array([1.0, x]),
    "product": lambda x: np.stack([x, x * x]) @ np.stack([1.0, x]),         # nested
    "objects": lambda x: np.array([x, x * x]) @ np.array([1.0, x]),
    "matrix": lambda x: np.linalg.inv(np.stack([2.0, x, x * x, 3.0]).reshape(2, 2)),      # nested
    "write": lambda x: written(x),
    "where": lambda x: np.where(np.array([True, False]), x**3, np.exp(x)),
    "value": lambda x: x**3 * (2.0 if x.value > 0 else 3.0),
    "structure": lambda x: {"a": x**3, "b": (x * x, np.array([x, 1.0]))},
    "sort": lambda x: np.sort(np.array([x * x, x, x**3])),
    "interp": lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 2.0, 1.0]) ** 3,
    "text": lambda x: x**3 + len(f"{x:.3f}") + int(x) + round(x),
    "inner jacobian": lambda x: np.sum(dd.jacobian(lambda y: y**2 * x)(np.array([x, 2.0]))),
    "inner hessian": lambda x: np.sum(dd.hessian(lambda y: np.sum(y**3) * x)(np.array([x, 2.0]))),
    "inner vjp": lambda x: dd.vjp(lambda y: y**3 * x, x)[1](1.0),
    "inner taylor": lambda x: dd.taylor(np.exp, x, 1.0, 3),
}


def written(x):
    out = np.zeros(3, like=x)
    out[0] = x * x
    out[1] = out[0] * x
    out[1:] += 2.0 * x
    return out


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_and_what_is_nested_instead(name):
    f = ARRAYS[name]
    for n in (2, 3):
        found, want = orders(f, n)(0.7), orders(f, n, **NESTED)(0.7)
        for a, b in zip(leaves(found), leaves(want), strict=True):
            assert np.shape(a) == np.shape(b)
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


def leaves(x):
    """The leaves of nested containers."""
    if isinstance(x, dict):
        return [leaf for part in x.values() for leaf in leaves(part)]
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, (tuple, list)) else [x]


def test_a_function_that_nests_is_not_tried_again(seen):
    d = orders(lambda x: np.stack([x, x * x]) @ np.stack([1.0, x]), 2)
    want = d(0.7)
    seen.clear()
    assert d(0.7) == want
    assert 6 not in seen


@pytest.mark.parametrize("outer", [
    lambda f: dd.jvp(f, (0.7,), (2.0,))[1] / 2,
    lambda f: dd.jacobian(lambda x: f(x[0]))(np.array([0.7]))[0],
    lambda f: dd.grad(f)(0.7),
    lambda f: dd.vjp(f, 0.7)[1](1.0),
    lambda f: dd.linearize(f, 0.7)[1] @ np.array([1.0]),
    lambda f: dd.taylor(f, 0.7, 1.0, 1)[1],
])  # fmt: skip
def test_inside_other_derivatives(outer):
    f = lambda x: math.sin(x) * x**3        # noqa: E731
    assert np.squeeze(outer(orders(f, 2))) == pytest.approx(orders(f, 3, **NESTED)(0.7), rel=1e-12)


@pytest.mark.parametrize("x", [0.7, np.float64(0.7)])
def test_gradients_and_products_by_one_number(x, seen):
    def f(x, a=2.0):
        return a * math.sin(x) * x**3

    for n in (2, 3):
        g = h = f
        for _ in range(n):
            g = dd.grad(g)
            h = lambda x, h=h: dd.jvp(h, (x,), (1.5,))      # noqa: E731
            h = lambda x, h=h: h(x)[1] / 1.5                # noqa: E731
        want = orders(f, n, **NESTED)(0.7)
        assert g(x) == pytest.approx(want, rel=1e-12) and h(x) == pytest.approx(want, rel=1e-12)
        assert type(g(0.7)) is float and np.ndim(g(x)) == 0
    if type(x) is float:
        assert set(seen) == {0, 6}
    value, t = dd.jvp(lambda x: dd.jvp(lambda y: (y**3, [y * np.stack([y, 1.0]), 2.0]), (x,), (2.0,)), (0.5,), (1.0,))
    (cube, (row, two)), (slope, (rows, zero)) = value
    assert cube == 0.125 and slope == 1.5 and row.tolist() == [0.25, 0.5] and rows.tolist() == [2.0, 2.0]
    assert (two, zero) == (2.0, 0.0)
    (cube, (row, two)), (slope, (rows, zero)) = t
    assert cube == 0.75 and slope == 6.0 and row.tolist() == [1.0, 1.0] and rows.tolist() == [4.0, 0.0]
    by_second = dd.grad(lambda a: dd.grad(f, argnums=1)(x, a))
    assert by_second(2.0) == 0


def test_values_and_branches():
    seen = []

    def f(x):
        y = x
        while y < 50.0:
            y = y * x + abs(x)
        seen.append(float(core.bare(y)))
        return y if y > x else -y

    plain = f(1.7)
    assert orders(f, 3)(1.7) == pytest.approx(orders(f, 3, **NESTED)(1.7), rel=1e-12)
    assert all(v == plain for v in seen)


def test_kinks_are_those_of_nested_duals():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert orders(lambda x: abs(x - 1.0) ** 2, 2)(1.0) == pytest.approx(2.0)
        assert orders(lambda x: np.hypot(x - 1.0, 0.0) ** 2, 2)(1.0) == pytest.approx(2.0)
        assert orders(lambda x: np.maximum(x, x) ** 3, 2)(1.0) == pytest.approx(6.0)
    for f in (abs, lambda x: np.maximum(x, 0.0), lambda x: math.cos(abs(x))):
        with pytest.warns(KinkWarning):
            found = orders(f, 2)(0.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert found == orders(f, 2, **NESTED)(0.0)


@pytest.mark.parametrize("f", [np.sqrt, np.cbrt, lambda x: np.sqrt(x * x), lambda x: np.cbrt(x**3), lambda x: np.sqrt(x - x),
                               lambda x: math.sqrt(x) * x, lambda x: x**1.5, lambda x: np.log(x) * x, lambda x: 1 / x])  # fmt: skip
def test_infinite_partials(f):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n in (2, 3):
            try:
                want = orders(f, n, **NESTED)(0.0)
            except (ValueError, ZeroDivisionError) as error:
                with pytest.raises(type(error)):
                    orders(f, n)(0.0)
                continue
            np.testing.assert_array_equal(orders(f, n)(0.0), want)


def test_nothing_is_lost():
    with pytest.raises(LostDerivativeError):
        dd.derivative(dd.derivative(lambda x: float(x) * x, lift=False), lift=False)(1.0)
    kept = []

    def leaks(x):
        kept.append(x)
        return x * x

    orders(leaks, 2)(1.0)
    with pytest.raises(EscapedDualError):
        dd.derivative(lambda x: dd.derivative(lambda y: y * kept[0])(x))(2.0)
    with pytest.raises(EscapedDualError):
        dd.derivative(lambda x: x * 1.0)(kept[0])
    assert not core.towers_running()
    x = dd.Dual(2.0, [1.0])     # the user's own
    found = dd.derivative(lambda y: y**3)(x)
    assert found.value == 12.0 and found.tangents.tolist() == [12.0] and found.tag == 0


def test_in_threads():
    want, found = orders(lambda x: x**5 * math.sin(x), 3)(0.7), []
    f = orders(lambda x: x**5 * math.sin(x), 3)
    threads = [threading.Thread(target=lambda: found.extend(f(0.7) for _ in range(200))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [want] * 800


def test_code_of_expressions():
    code = generate.code_of(parse("sel(x == 0, -y, f * log(x))"))
    assert [op for op, _, _ in code] == ["X", "NUMBER", "EQ", "Y", "MINUS", "JUMP", "F", "X", "CALL", "MULTIPLY"]
    assert code[2][1] == "3" and code[5][1] == "4"
    assert generate.depth_of(parse("x * (y + f * (x - 2))")) == 5
    deep = parse("x" + " + (x" * 20 + ")" * 20)
    with pytest.raises(ValueError, match="places of a stack"):
        generate.code_text("deep", 0, deep)


def test_scipy_functions():
    special = pytest.importorskip("scipy.special")
    compared = 0
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, rule in RULES.items():
            ufunc = getattr(special, scipy_name(name), None)
            varies = [text not in REASONS and text != "0" for text in rule.texts]
            if not rule.scipy or not isinstance(ufunc, np.ufunc) or name == "_zeta" or not any(varies):
                continue

            def f(z, ufunc=ufunc, varies=varies):
                rest = iter([z * 0.37, z * z * 0.81][: sum(varies)])
                return ufunc(*(next(rest) if v else 2.0 for v in varies))

            for n in (2, 3):
                try:
                    want = orders(f, n, **NESTED)(1.0)
                except UnsupportedError:
                    break
                if np.isfinite(want):
                    assert orders(f, n)(1.0) == pytest.approx(want, rel=1e-9, abs=1e-11), (name, n)
                    compared += 1
    assert compared > 80
