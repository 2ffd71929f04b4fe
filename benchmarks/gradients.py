"""Thirty functions of all kinds that return one number, and points: what the choice of a mode is measured on.

Plain NumPy (and SciPy's special functions), written without dualdiff in mind.  Imported by modes.py and fit_costs.py.
"""

import math

import numpy as np
from scipy import special

__all__ = ["GRADIENTS"]

RNG = np.random.default_rng(0)


def rosenbrock(x):
    """Vectorised."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_loop(x):
    """By scalars."""
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def mlp(inputs, hidden, points):
    """Mean squares of a network with one hidden layer."""
    X, y = RNG.normal(size=(points, inputs)), RNG.normal(size=points)

    def loss(p):
        a = inputs * hidden
        W, b, w, c = p[:a].reshape(inputs, hidden), p[a : a + hidden], p[a + hidden : a + 2 * hidden], p[-1]
        return np.mean((np.tanh(X @ W + b) @ w + c - y) ** 2)

    return loss, 0.3 * RNG.normal(size=inputs * hidden + 2 * hidden + 1)


def deep(width, layers, points):
    """A network with several layers of one width."""
    X, y = RNG.normal(size=(points, width)), RNG.normal(size=(points, width))

    def loss(p):
        h = X
        for W in p.reshape(layers, width, width):
            h = np.tanh(h @ W)
        return np.sum((h - y) ** 2)

    return loss, RNG.normal(size=layers * width * width) / np.sqrt(width)


def logistic(n, points):
    """Negative log-likelihood of logistic regression."""
    X, y = RNG.normal(size=(points, n)), RNG.integers(0, 2, points)

    def loss(w):
        z = X @ w
        return np.sum(np.logaddexp(0.0, z) - y * z) + 0.1 * (w @ w)

    return loss, 0.1 * RNG.normal(size=n)


def softmax_regression(features, classes, points):
    """Cross entropy by log-sum-exp."""
    X, y = RNG.normal(size=(points, features)), RNG.integers(0, classes, points)

    def loss(p):
        z = X @ p.reshape(features, classes)
        top = np.max(z, axis=1, keepdims=True)
        return np.sum(np.log(np.sum(np.exp(z - top), axis=1)) + top[:, 0] - z[np.arange(points), y])

    return loss, 0.1 * RNG.normal(size=features * classes)


def mixture(components, dimensions, points):
    """Negative log-likelihood of a Gaussian mixture with diagonal covariances."""
    X = RNG.normal(size=(points, dimensions))
    k, d = components, dimensions

    def loss(p):
        weights, means, scales = p[:k], p[k : k + k * d].reshape(k, d), p[k + k * d :].reshape(k, d)
        z = (X[:, None, :] - means) * np.exp(-scales)
        logs = weights - np.sum(scales, axis=1) - 0.5 * np.sum(z * z, axis=2)
        top = np.max(logs, axis=1)
        return -np.sum(np.log(np.sum(np.exp(logs - top[:, None]), axis=1)) + top)

    return loss, 0.3 * RNG.normal(size=k + 2 * k * d)


def process(points, dimensions):
    """Marginal likelihood of a Gaussian process by Cholesky factors."""
    X, y = RNG.normal(size=(points, dimensions)), RNG.normal(size=points)

    def loss(p):
        Z = X * np.exp(-p[:dimensions])
        r = np.sum((Z[:, None, :] - Z[None, :, :]) ** 2, axis=2)
        K = np.exp(p[-2]) * np.exp(-0.5 * r) + np.exp(p[-1]) * np.eye(points)
        L = np.linalg.cholesky(K)
        u = np.linalg.solve(L, y)
        return 0.5 * u @ u + np.sum(np.log(np.diagonal(L)))

    return loss, 0.1 * RNG.normal(size=dimensions + 2)


def convolution(n, m):
    """A filter fitted to a signal."""
    signal, wanted = RNG.normal(size=n), RNG.normal(size=n)

    def loss(h):
        return np.sum((np.convolve(signal, h, "same") - wanted) ** 2)

    return loss, RNG.normal(size=m)


def image(n, m):
    """A 2-d filter by shifted slices."""
    picture = RNG.normal(size=(n, n))

    def loss(h):
        h = h.reshape(m, m)
        total = 0.0
        for i in range(m):
            for j in range(m):
                total = total + h[i, j] * picture[i : n - m + i + 1, j : n - m + j + 1]
        return np.sum(np.tanh(total) ** 2)

    return loss, RNG.normal(size=m * m)


def lennard_jones(atoms):
    """All pairs by arrays."""
    first, second = np.triu_indices(atoms, 1)

    def energy(x):
        p = x.reshape(atoms, 3)
        r = np.sum((p[first] - p[second]) ** 2, axis=1)
        s = 1.0 / r**3
        return np.sum(4.0 * (s * s - s))

    grid = np.stack(np.meshgrid(*3 * [np.arange(4.0)], indexing="ij"), -1).reshape(-1, 3)[:atoms]
    return energy, (1.2 * grid + 0.05 * RNG.normal(size=(atoms, 3))).ravel()


def lennard_jones_loop(atoms):
    """All pairs by scalars."""

    def energy(x):
        total = 0.0
        for i in range(atoms):
            for j in range(i):
                r = (x[3 * i] - x[3 * j]) ** 2 + (x[3 * i + 1] - x[3 * j + 1]) ** 2 + (x[3 * i + 2] - x[3 * j + 2]) ** 2
                s = 1.0 / r**3
                total += 4.0 * (s * s - s)
        return total

    return energy, lennard_jones(atoms)[1]


def kalman(steps, n):
    """Likelihood of a linear state-space model: small matrices in a long loop."""
    observed = RNG.normal(size=steps)

    def loss(p):
        A, q, r = p[: n * n].reshape(n, n), np.exp(p[n * n : n * n + n]), np.exp(p[-1])
        m, P, total = np.zeros(n), np.eye(n), 0.0
        for y in observed:
            m, P = A @ m, A @ P @ A.T + np.diag(q)
            s = P[0, 0] + r
            e = y - m[0]
            K = P[:, 0] / s
            m, P = m + K * e, P - np.outer(K, P[0])
            total = total + np.log(s) + e * e / s
        return total

    return loss, np.concatenate([(0.5 * np.eye(n) + 0.1 * RNG.normal(size=(n, n))).ravel(), np.zeros(n + 1)])


def recurrent(steps, width):
    """A recurrent network."""
    inputs, wanted = RNG.normal(size=(steps, width)), RNG.normal(size=(steps, width))

    def loss(p):
        W, U = p.reshape(2, width, width)
        h, total = np.zeros(width), 0.0
        for x, y in zip(inputs, wanted, strict=True):
            h = np.tanh(W @ h + U @ x)
            total = total + np.sum((h - y) ** 2)
        return total

    return loss, RNG.normal(size=2 * width * width) / width


def lorenz(steps, by_arrays):
    """An orbit's end by its parameters (and start): Runge-Kutta's method in scalars or in small arrays."""

    def right(u, s, r, b):
        x, y, z = u
        du = (s * (y - x), x * (r - z) - y, x * y - b * z)
        return np.array(du) if by_arrays else du

    def end(p):
        u, (s, r, b), h = p[:3] if by_arrays else (p[0], p[1], p[2]), p[3:6], 0.01
        for _ in range(steps):
            if by_arrays:
                k = right(u, s, r, b)
                u = u + h * right(u + 0.5 * h * k, s, r, b)
            else:
                k = right(u, s, r, b)
                k = right([a + 0.5 * h * d for a, d in zip(u, k, strict=True)], s, r, b)
                u = [a + h * d for a, d in zip(u, k, strict=True)]
        return u[0] ** 2 + u[1] ** 2 + u[2] ** 2

    return end, np.array([1.0, 1.0, 20.0, 10.0, 28.0, 8 / 3])


def spline(knots, points):
    """A smoothing spline: a banded system, fitted."""
    at = np.linspace(0, 1, points)
    wanted = np.sin(7 * at)
    place = np.minimum((at * (knots - 1)).astype(int), knots - 2)
    weight = at * (knots - 1) - place

    def loss(c):
        values = c[place] * (1 - weight) + c[place + 1] * weight
        return np.sum((values - wanted) ** 2) + 0.1 * np.sum(np.diff(c, 2) ** 2)

    return loss, RNG.normal(size=knots)


def special_sum(n):
    """Sums of special functions."""

    def f(x):
        return np.sum(special.gammaln(2 + x**2) + special.erf(x) - special.expit(3 * x)) + np.prod(np.cos(0.1 * x))

    return f, RNG.normal(size=n)


def quadrature(n, points):
    """A polynomial in many points, by Horner's rule."""
    t = np.linspace(-1, 1, points)

    def f(c):
        y = np.zeros(points)
        for a in c:
            y = y * t + a
        return np.mean(np.exp(-(y**2)))

    return f, RNG.normal(size=n) / n


def diffusion(n, steps):
    """An explicit scheme for a heat equation, and how far its end is from a profile."""
    wanted = np.sin(np.linspace(0, np.pi, n))

    def f(u):
        for _ in range(steps):
            inside = u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
            u = np.concatenate([u[:1], inside, u[-1:]])
        return np.sum((u - wanted) ** 2)

    return f, RNG.normal(size=n)


def writes(n):
    """An array filled element by element."""

    def f(x):
        y = np.zeros_like(x)
        y[0] = x[0]
        for i in range(1, n):
            y[i] = 0.5 * y[i - 1] + x[i] * x[i - 1]
        return np.sum(y**2)

    return f, RNG.normal(size=n)


def determinant(n):
    """Log-determinant of a covariance."""

    def f(x):
        A = x.reshape(n, n)
        return np.linalg.slogdet(A @ A.T + np.eye(n))[1]

    return f, RNG.normal(size=n * n)


def spectrum(n, m):
    """Energy of a filtered signal by FFT."""
    signal = RNG.normal(size=n)

    def f(h):
        return np.sum(np.abs(np.fft.rfft(np.concatenate([h, np.zeros(n - m)])) * np.fft.rfft(signal)) ** 2)

    return f, RNG.normal(size=m)


def scalar_formula(x):
    """Some formulas in few numbers."""
    a, b, c, d, e, g, h, k = x
    return math.pi * a * np.exp(-b * c) + np.sin(d) / (1 + e * e) + np.sqrt(1 + g * g) * np.tanh(h - k)


def few_large(n):
    """Few parameters, long arrays."""
    t = np.linspace(0, 1, n)

    def f(p):
        return np.sum((p[0] * np.exp(-p[1] * t) * np.cos(p[2] * t + p[3]) + p[4] + p[5] * t**2) ** 2)

    return f, np.array([1.0, 2.0, 9.0, 0.3, 0.1, 0.5])


GRADIENTS = {
    "rosenbrock, n=10": (rosenbrock, np.linspace(0.1, 1.2, 10)),
    "rosenbrock, n=100": (rosenbrock, np.linspace(0.1, 1.2, 100)),
    "rosenbrock, n=1000": (rosenbrock, np.linspace(0.1, 1.2, 1000)),
    "rosenbrock by scalars, n=10": (rosenbrock_loop, np.linspace(0.1, 1.2, 10)),
    "rosenbrock by scalars, n=100": (rosenbrock_loop, np.linspace(0.1, 1.2, 100)),
    "MLP, 31 parameters": mlp(4, 5, 50),
    "MLP, 301 parameters": mlp(8, 30, 200),
    "MLP, 6 layers of 12": deep(12, 6, 64),
    "logistic, n=20": logistic(20, 500),
    "logistic, n=200": logistic(200, 2000),
    "softmax, 40": softmax_regression(10, 4, 300),
    "GMM, 105 parameters": mixture(5, 10, 1000),
    "GMM, 15 parameters": mixture(3, 2, 200),
    "GP, 50 points": process(50, 3),
    "GP, 100 points, 20 lengths": process(100, 20),
    "convolution, 15 taps": convolution(2000, 15),
    "convolution, 100 taps": convolution(5000, 100),
    "image filter 5x5": image(64, 5),
    "Lennard-Jones, 10 atoms": lennard_jones(10),
    "Lennard-Jones, 40 atoms": lennard_jones(40),
    "Lennard-Jones by scalars, 8": lennard_jones_loop(8),
    "Kalman, 100 steps": kalman(100, 3),
    "RNN, 50 steps of 8": recurrent(50, 8),
    "Lorenz by scalars, 200": lorenz(200, False),
    "Lorenz by arrays, 100": lorenz(100, True),
    "spline, 30 knots": spline(30, 500),
    "special functions, n=50": special_sum(50),
    "diffusion, 50 x 100": diffusion(50, 100),
    "writes, n=60": writes(60),
    "log-determinant, 8x8": determinant(8),
    "FFT filter, 20 taps": spectrum(1024, 20),
    "formula, n=8": (scalar_formula, np.linspace(0.1, 0.9, 8)),
    "six parameters, 1e5 points": few_large(10**5),
    "Horner, 12 in 1000": quadrature(12, 1000),
}


def brusselator(n):
    """The right-hand side of the Brusselator on a line of n/2 cells."""

    def f(y):
        u, v = y[: n // 2], y[n // 2 :]
        U, V = np.concatenate([[1.0], u, [1.0]]), np.concatenate([[3.0], v, [3.0]])
        c = 0.02 * (n // 2 + 1) ** 2
        du = 1.0 + u * u * v - 4.0 * u + c * (U[2:] - 2 * u + U[:-2])
        dv = 3.0 * u - u * u * v + c * (V[2:] - 2 * v + V[:-2])
        return np.concatenate([du, dv])

    return f, 1.0 + 0.1 * RNG.normal(size=n)


def layer(n, m):
    """A dense map."""
    A = RNG.normal(size=(m, n)) / np.sqrt(n)

    def f(x):
        return np.tanh(A @ x) + np.sum(x * x)

    return f, RNG.normal(size=n)


def residuals(n, m):
    """Those of a fit of exponentials."""
    t = np.linspace(0, 3, m)

    def f(p):
        return np.sum(p[: n // 2, None] * np.exp(-(p[n // 2 :, None] ** 2) * t), axis=0) - np.cos(t)

    return f, RNG.normal(size=n)


def chain(n):
    """Elementwise operations."""

    def f(x):
        y = np.sin(x) * x + 1.0
        return np.tanh(np.sqrt(np.exp(-y) / (1.0 + x * x))) - x

    return f, RNG.normal(size=n)


def kinetics(x):
    """A few reactions, by scalars."""
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = -0.04 * x[i] + 1e4 * x[(i + 1) % len(x)] * x[i - 1] - 3e7 * x[i] ** 2
    return y


JACOBIANS = {
    "Brusselator of 100": brusselator(100),
    "Brusselator of 1000": brusselator(1000),
    "layer 100 x 100": layer(100, 100),
    "layer 10 x 400": layer(400, 10),
    "layer 400 x 10": layer(10, 400),
    "layer 3 x 1000": layer(1000, 3),
    "residuals, 8 by 200": residuals(8, 200),
    "residuals, 40 by 20": residuals(40, 20),
    "chain, 30": chain(30),
    "chain, 300": chain(300),
    "kinetics, 20": (kinetics, np.linspace(0.1, 1.0, 20)),
    "RNN's states": (lambda W: np.tanh(W.reshape(6, 6) @ np.tanh(W.reshape(6, 6) @ np.ones(6))), RNG.normal(size=36)),
}
"""Functions with many results."""

HESSIANS = [
    name for name, (_, x) in GRADIENTS.items()
    if 16 < x.size <= 130 and not any(word in name for word in ("convolution", "Kalman"))
]  # fmt: skip
"""Those gradients of which Hessians are tried, too."""
