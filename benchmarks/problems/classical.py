"""The test functions of More, Garbow and Hillstrom (ACM TOMS 7, 1981; numbers MGH below) and others of that kind."""

import math

import numpy as np

from .base import RootProblem


def broyden_tridiagonal(n):
    """MGH 30."""

    def fun(x):
        y = (3 - 2 * x) * x + 1
        y[1:] -= x[:-1]
        y[:-1] -= 2 * x[1:]
        return y

    return RootProblem("Broyden tridiagonal", fun, -np.ones(n), "MGH 30")


def broyden_banded(n):
    """MGH 31: five below, one above."""

    def fun(x):
        y = x * (2 + 5 * x**2) + 1
        g = x * (1 + x)
        for j in range(1, 6):
            y[j:] -= g[:-j]
        y[:-1] -= g[1:]
        return y

    return RootProblem("Broyden banded", fun, -np.ones(n), "MGH 31")


def boundary_value(n):
    """MGH 28."""
    h = 1 / (n + 1)
    t = h * np.arange(1, n + 1)

    def fun(x):
        return 2 * x - np.append(0.0, x[:-1]) - np.append(x[1:], 0.0) + h**2 * (x + t + 1) ** 3 / 2

    return RootProblem("discrete boundary value", fun, t * (t - 1), "MGH 28")


def integral_equation(n):
    """MGH 29: a dense Jacobian, by cumulative sums."""
    h = 1 / (n + 1)
    t = h * np.arange(1, n + 1)

    def fun(x):
        c = (x + t + 1) ** 3
        below = np.cumsum(t * c)
        above = np.sum((1 - t) * c) - np.cumsum((1 - t) * c)
        return x + h / 2 * ((1 - t) * below + t * above)

    return RootProblem("discrete integral equation", fun, t * (t - 1), "MGH 29")


def rosenbrock(n):
    """MGH 21 with its equations in random order, so that nothing sits on the diagonal."""
    order = np.random.default_rng(0).permutation(n)

    def fun(x):
        a, b = x[0::2], x[1::2]
        return np.concatenate([10 * (b - a**2), 1 - a])[order]

    return RootProblem("Rosenbrock, permuted", fun, np.tile([-1.2, 1.0], n // 2), "MGH 21")


def powell_singular(n):
    """MGH 22: J is singular at the root."""

    def fun(x):
        a, b, c, d = x.reshape(-1, 4).T
        return np.stack([a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2], axis=1).ravel()

    return RootProblem("Powell singular", fun, np.tile([3.0, -1.0, 0.0, 1.0], n // 4), "MGH 22")


def trigonometric(n):
    """MGH 26."""

    def fun(x):
        c = np.cos(x)
        return n - np.sum(c) + np.arange(1, n + 1) * (1 - c) - np.sin(x)

    return RootProblem("trigonometric", fun, np.full(n, 1.0 / n), "MGH 26")


def brown_almost_linear(n):
    """MGH 27."""

    def fun(x):
        return np.append(x[:-1] + np.sum(x) - (n + 1), np.prod(x) - 1)

    return RootProblem(f"Brown almost linear {n}", fun, np.full(n, 0.5), "MGH 27")


def chebyquad(n):
    """MGH 35."""

    def fun(x):
        t0, t1, out = np.ones(n), 2 * x - 1, []
        y = t1
        for i in range(1, n + 1):
            out.append(np.mean(t1) - (0 if i % 2 else -1 / (i * i - 1)))
            t0, t1 = t1, 2 * y * t1 - t0
        return np.array(out)

    return RootProblem(f"Chebyquad {n}", fun, np.arange(1, n + 1) / (n + 1), "MGH 35")


def variable_dimension(n):
    """MGH 25, as a system of n equations by the gradient of its sum of squares."""
    j = np.arange(1, n + 1)

    def fun(x):
        s = np.sum(j * (x - 1))
        return x - 1 + j * s * (1 + 2 * s**2)

    return RootProblem("variable dimension", fun, 1 - j / n, "MGH 25")


def trigexp(n):
    """Toint's function: exponentials and trigonometry along a band."""

    def fun(x):
        first = 3 * x[:1] ** 3 + 2 * x[1:2] - 5 + np.sin(x[:1] - x[1:2]) * np.sin(x[:1] + x[1:2])
        a, b, c = x[:-2], x[1:-1], x[2:]
        middle = 3 * b**3 + 2 * c - 5 + np.sin(b - c) * np.sin(b + c) + 4 * b - a * np.exp(a - b) - 3
        last = 4 * x[-1:] - x[-2:-1] * np.exp(x[-2:-1] - x[-1:]) - 3
        return np.concatenate([first, middle, last])

    return RootProblem("trigexp", fun, np.zeros(n), "Luksan and Vlcek 1999")


def powell_badly_scaled():
    """MGH 3."""
    return RootProblem(
        "Powell badly scaled",
        lambda x: np.array([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001]), np.array([0.0, 1.0]),
        "MGH 3",
    )  # fmt: skip


def helical_valley():
    """MGH 7."""

    def fun(x):
        theta = np.arctan2(x[1], x[0]) / (2 * np.pi)
        theta = np.where(theta < -0.25, theta + 1, theta)
        return np.array([10 * (x[2] - 10 * theta), 10 * (np.hypot(x[0], x[1]) - 1), x[2]])

    return RootProblem("helical valley", fun, np.array([-1.0, 0.0, 0.0]), "MGH 7")


def freudenstein_roth():
    """MGH 2, from a start that leads to the root (the usual one leads to a local minimum)."""

    def fun(x):
        a, b = x
        return np.array([a - 13 + ((5 - b) * b - 2) * b, a - 29 + ((b + 1) * b - 14) * b])

    return RootProblem("Freudenstein-Roth", fun, np.array([6.0, 6.0]), "MGH 2")


def wood():
    """The gradient of Wood's function, MGH 14."""

    def fun(x):
        a, b, c, d = x
        return np.array([
            -400 * a * (b - a**2) - 2 * (1 - a), 200 * (b - a**2) + 20.2 * (b - 1) + 19.8 * (d - 1),
            -360 * c * (d - c**2) - 2 * (1 - c), 180 * (d - c**2) + 20.2 * (d - 1) + 19.8 * (b - 1),
        ])  # fmt: skip

    return RootProblem("Wood (gradient)", fun, np.array([-3.0, -1.0, -3.0, -1.0]), "MGH 14")


def kepler():
    """A loop with a data-dependent stop inside F: the eccentric anomaly by Newton's method in math."""

    def fun(x):
        e, m = x
        E = m
        for _ in range(50):
            step = (E - e * np.sin(E) - m) / (1 - e * np.cos(E))
            E = E - step
            if abs(step) < 1e-14:
                break
        return np.array([np.cos(E) - e - 0.2, math.sqrt(0.75) * np.sin(E) - 0.7])

    return RootProblem("orbit through a point", fun, np.array([0.2, 1.0]), "")


def small():
    """Up to 100 unknowns."""
    return [
        broyden_tridiagonal(50), broyden_banded(60), boundary_value(80), integral_equation(60), rosenbrock(50),
        powell_singular(40), trigonometric(10), brown_almost_linear(10), brown_almost_linear(30), chebyquad(5),
        chebyquad(7), chebyquad(9), variable_dimension(10), trigexp(50), powell_badly_scaled(), helical_valley(),
        freudenstein_roth(), wood(), kepler(),
    ]  # fmt: skip


def large():
    """1000 unknowns and more."""
    return [
        broyden_tridiagonal(5000), broyden_banded(5000), boundary_value(1000), integral_equation(1000),
        rosenbrock(1000), powell_singular(1000), trigexp(5000),
    ]  # fmt: skip
