"""The functions that compiled.py and peers.py differentiate, as plain NumPy or on the namespace of another library.

A maker takes `xp` (numpy, autograd.numpy, jax.numpy) and gives the function.
"""

import numpy as np


def rosenbrock(xp=np):
    return lambda x: xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def formula(xp=np):
    def f(t):
        u = xp.sin(t) * xp.exp(-t * t) + xp.log1p(t * t) * xp.tanh(t)
        return xp.sqrt(1.0 + u * u) * xp.cos(u) - xp.arctan(u) / (2.0 + t * t) + 0.5 * u * t - t

    return f


def chain(xp=np):
    return lambda x: xp.sin(x) * xp.exp(-x * x) + xp.log1p(x * x) * xp.tanh(x)


def bratu(xp=np):
    def f(u):
        n = u.shape[0]
        w = xp.pad(u, 1, mode="constant")
        return (n + 1) ** 2 * (w[:-2, 1:-1] + w[2:, 1:-1] + w[1:-1, :-2] + w[1:-1, 2:] - 4.0 * u) + 6.0 * xp.exp(u)

    return f


def lorenz_slope(xp=np):
    return lambda s: xp.array([10.0 * (s[1] - s[0]), s[0] * (28.0 - s[2]) - s[1], s[0] * s[1] - 8.0 / 3.0 * s[2]])


def lorenz_step(slope, x, h=0.01):
    """One step of the classical method of Runge and Kutta."""
    k1 = slope(x)
    k2 = slope(x + h / 2 * k1)
    k3 = slope(x + h / 2 * k2)
    k4 = slope(x + h * k3)
    return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def lorenz(xp=np, steps=1000):
    slope = lorenz_slope(xp)

    def f(x):
        for _ in range(steps):
            x = lorenz_step(slope, x)
        return xp.sum(x)

    return f


def burgers(xp=np):
    def f(u):
        u = u.copy()
        for _ in range(50):
            flux = 0.5 * u * u
            u[1:-1] += -0.1 * (flux[2:] - flux[:-2]) + 0.05 * (u[2:] - 2 * u[1:-1] + u[:-2])
        return xp.sum(u * u)

    return f


def recurrent_data(steps=200, n=16, seed=0):
    """(matrix, inputs, first state)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, n)) / 8, rng.normal(size=(steps, n)), rng.normal(size=n)


def recurrent(xp=np):
    a, b, _ = recurrent_data()

    def loss(h):
        for inputs in b:
            h = xp.tanh(a @ h + inputs)
        return xp.sum(h * h)

    return loss


def kalman(steps=100, n=3, m=2, seed=0):
    """The likelihood of a linear state-space model by its matrices and noises; (function, point)."""
    rng = np.random.default_rng(seed)
    observed = rng.normal(size=(steps, m))

    def loss(p):
        a, h = p[: n * n].reshape(n, n), p[n * n : n * n + m * n].reshape(m, n)
        q, r = np.diag(np.exp(p[-n - m : -m])), np.diag(np.exp(p[-m:]))
        x, cov, total = np.zeros(n), np.eye(n), 0.0
        for y in observed:
            x, cov = a @ x, a @ cov @ a.T + q
            s = h @ cov @ h.T + r
            gain, e = np.linalg.solve(s, h @ cov).T, y - h @ x
            total = total + np.linalg.slogdet(s)[1] + e @ np.linalg.solve(s, e)
            x, cov = x + gain @ e, cov - gain @ h @ cov
        return total

    return loss, np.concatenate([(0.5 * np.eye(n)).ravel(), rng.normal(size=m * n), np.zeros(n + m)])


MIXTURE = (1000, 5, 5)
"""Points, components, dimensions."""


def mixture_data():
    """(points, parameters)."""
    points, k, d = MIXTURE
    rng = np.random.default_rng(0)
    data = rng.normal(size=(points, d))
    return data, 0.1 * rng.normal(size=k + 2 * k * d)


def mixture(xp=np):
    points, k, d = MIXTURE
    data = mixture_data()[0]

    def loss(p):
        weights, means = p[:k], p[k : k + k * d].reshape(k, d)
        scales = p[k + k * d :].reshape(k, d)
        z = (data[:, None, :] - means) * xp.exp(scales)
        inner = weights - 0.5 * xp.sum(z * z, axis=-1) + xp.sum(scales, axis=-1)
        top = xp.max(inner, axis=1, keepdims=True)
        terms = top[:, 0] + xp.log(xp.sum(xp.exp(inner - top), axis=1))
        return xp.sum(terms) - points * xp.log(xp.sum(xp.exp(weights)))

    return loss


def brusselator(xp=np):
    def f(u):
        n = u.size // 2
        a, b = u[:n], u[n:]
        la = xp.zeros_like(a)
        lb = xp.zeros_like(b)
        la[1:-1] = a[2:] - 2 * a[1:-1] + a[:-2]
        lb[1:-1] = b[2:] - 2 * b[1:-1] + b[:-2]
        return xp.concatenate([1.0 + a * a * b - 4.0 * a + 50.0 * la, 3.0 * a - a * a * b + 50.0 * lb])

    return f


def brusselator_without_writes(xp=np):
    """The same for libraries whose arrays cannot be written to."""
    end = np.zeros(1)

    def second(a):
        return xp.concatenate([end, a[2:] - 2 * a[1:-1] + a[:-2], end])

    def f(u):
        n = u.size // 2
        a, b = u[:n], u[n:]
        return xp.concatenate(
            [1.0 + a * a * b - 4.0 * a + 50.0 * second(a), 3.0 * a - a * a * b + 50.0 * second(b)]
        )  # fmt: skip

    return f


def perceptron_weights(n, seed=0):
    """The two matrices."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, n)) / n, rng.normal(size=(n, n)) / n


def perceptron(n, xp=np):
    first, second = perceptron_weights(n)
    return lambda x: xp.tanh(second @ xp.tanh(first @ x))


def lennard_jones(x):
    x = x.reshape(-1, 3)
    i, j = np.triu_indices(len(x), 1)
    r2 = np.sum((x[i] - x[j]) ** 2, axis=1)
    s = 1.0 / r2**3
    return np.sum(4.0 * (s * s - s))


def options(n, seed=0):
    """Prices, strikes, times, rates and volatilities of options."""
    rng = np.random.default_rng(seed)
    ranges = ((80, 120), (90, 110), (0.2, 2), (0, 0.05), (0.1, 0.5))
    return [rng.uniform(low, high, n) for low, high in ranges]


def black_scholes(xp, erf):
    """The sum of the prices of call options."""

    def f(s, k, t, r, v):
        root = v * xp.sqrt(t)
        d = (xp.log(s / k) + (r + 0.5 * v * v) * t) / root
        below, within = 0.5 * (1 + erf(d / 2**0.5)), 0.5 * (1 + erf((d - root) / 2**0.5))
        return xp.sum(s * below - k * xp.exp(-r * t) * within)

    return f
