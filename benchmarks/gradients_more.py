"""More functions of all kinds, and points: fitted to like those of gradients.py, which imports them."""

import math

import numpy as np
from scipy import special

__all__ = ["GRADIENTS", "JACOBIANS"]

RNG = np.random.default_rng(15)


def pendulum(steps):
    """Forces on a pendulum, by scalars, with math-like functions."""

    def f(u):
        angle, speed, total = 0.1, 0.0, 0.0
        for i in range(steps):
            speed = speed + 0.05 * (u[i] - np.sin(angle) - 0.1 * speed)
            angle = angle + 0.05 * speed
            total = total + angle * angle + 0.01 * u[i] ** 2
        return total

    return f, 0.1 * RNG.normal(size=steps)


def table(n, points):
    """A potential by linear interpolation in a table of parameters, looked up at points that move."""
    at = np.sort(RNG.uniform(0, n - 1.001, points))

    def f(x):
        p = at + 0.1 * np.sin(x[-1] * at)
        i = np.clip(np.floor(p.value if hasattr(p, "value") else p).astype(int), 0, n - 3)
        w = p - i
        return np.sum(((1 - w) * x[i] + w * x[i + 1]) ** 2)

    return f, RNG.normal(size=n)


def ridge(n, points):
    """The cross-validated error of a ridge regression by its weights of features: a solve."""
    X, y = RNG.normal(size=(points, n)), RNG.normal(size=points)

    def f(s):
        Z = X * np.exp(s)
        w = np.linalg.solve(Z.T @ Z + np.eye(n), Z.T @ y)
        return np.sum((Z @ w - y) ** 2)

    return f, 0.1 * RNG.normal(size=n)


def eigen(n):
    """The smallest eigenvalues of a chain of springs."""

    def f(k):
        K = np.diag(k[:-1] + k[1:]) - np.diag(k[1:-1], 1) - np.diag(k[1:-1], -1)
        return np.sum(np.linalg.eigvalsh(K)[:3])

    return f, 1.0 + RNG.uniform(size=n + 1)


def phase(n):
    """Phase retrieval: an FFT of complex numbers."""
    wanted = np.abs(np.fft.fft(RNG.normal(size=2 * n)))

    def f(x):
        z = np.exp(1j * x)
        return np.sum((np.abs(np.fft.fft(z, 2 * n)) - wanted) ** 2)

    return f, RNG.normal(size=n)


def bessel(points):
    """A fit of Bessel functions and gammas with seven parameters."""
    t = np.linspace(0.5, 9, points)

    def f(p):
        y = p[0] * special.j0(p[1] * t) + p[2] * special.j1(p[3] * t) + np.exp(special.gammaln(1 + p[4] ** 2))
        return np.mean((y + p[5] * special.erf(p[6] * t) - np.cos(t)) ** 2)

    return f, np.array([1.0, 1.1, 0.4, 0.8, 0.5, 0.2, 0.3])


def hidden_markov(states, steps):
    """The forward algorithm in logarithms."""
    seen = RNG.integers(0, 4, steps)

    def f(p):
        A = p[: states * states].reshape(states, states)
        A = A - np.log(np.sum(np.exp(A), axis=1, keepdims=True))
        B = p[states * states :].reshape(states, 4)
        B = B - np.log(np.sum(np.exp(B), axis=1, keepdims=True))
        a = B[:, seen[0]]
        for y in seen[1:]:
            a = np.log(np.sum(np.exp(a[:, None] + A), axis=0)) + B[:, y]
        return -np.log(np.sum(np.exp(a)))

    return f, RNG.normal(size=states * states + 4 * states)


def in_place(n, sweeps):
    """Sweeps of a relaxation that write into their array."""
    b = RNG.normal(size=n)

    def f(x):
        u = x.copy()
        for _ in range(sweeps):
            u[1:-1] += 0.3 * (u[2:] - 2 * u[1:-1] + u[:-2]) + 0.1 * b[1:-1]
            u[0], u[-1] = 0.0, u[-2]
        return np.sum(u**2) + u[n // 2]

    return f, RNG.normal(size=n)


def attention(tokens, width):
    """One head of self-attention."""
    X = RNG.normal(size=(tokens, width))

    def f(p):
        Q, K, V = (X @ W for W in p.reshape(3, width, width))
        s = Q @ K.T / math.sqrt(width)
        e = np.exp(s - np.max(s, axis=1, keepdims=True))
        return np.mean(((e / np.sum(e, axis=1, keepdims=True)) @ V) ** 2)

    return f, RNG.normal(size=3 * width * width) / width


def three_bodies(steps):
    """Masses and starts of three bodies, by arrays (3, 2) and leapfrog."""

    def f(p):
        m, x, v = np.exp(p[:3]), p[3:9].reshape(3, 2), p[9:15].reshape(3, 2)
        for _ in range(steps):
            d = x[:, None, :] - x[None, :, :]
            r = (np.sum(d * d, axis=2) + 0.01) ** 1.5
            v = v - 0.01 * np.sum(m[None, :, None] * d / r[:, :, None], axis=1)
            x = x + 0.01 * v
        return np.sum(x * x)

    return f, RNG.normal(size=15)


def markowitz(n):
    """A quadratic form and a logarithm."""
    A = RNG.normal(size=(n, n))
    S, m = A @ A.T / n, RNG.normal(size=n)

    def f(w):
        return w @ S @ w - m @ w - 0.01 * np.sum(np.log(1 + w * w))

    return f, RNG.normal(size=n)


def distance(n, m):
    """Multidimensional scaling."""
    i, j = np.triu_indices(n, 1)
    wanted = RNG.uniform(1, 2, len(i))

    def f(x):
        p = x.reshape(n, m)
        return np.sum((np.sqrt(np.sum((p[i] - p[j]) ** 2, axis=1)) - wanted) ** 2)

    return f, RNG.normal(size=n * m)


def fibonacci(n):
    """A recursion of functions, each called anew."""

    def value(x, i):
        return x[i % 8] + 0.1 * i if i < 2 else 0.5 * value(x, i - 1) + 0.3 * value(x, i - 2) * x[i % 8]

    return lambda x: value(x, n), np.linspace(0.1, 0.9, 8)


def wave(n, steps):
    """A field of a wave equation in two dimensions, from its speed."""
    start = np.exp(-20 * np.sum(np.meshgrid(*2 * [np.linspace(-1, 1, n) ** 2]), axis=0))

    def f(c):
        u = old = start
        speed = 0.2 * np.exp(c).reshape(n, n)
        for _ in range(steps):
            lap = np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u
            u, old = 2 * u - old + speed * lap, u
        return np.sum(u[n // 4] ** 2)

    return f, 0.1 * RNG.normal(size=n * n)


def sorted_loss(n):
    """A distance of distributions: a sort and cumulative sums."""
    wanted = np.sort(RNG.normal(size=n))

    def f(x):
        y = np.sort(x)
        return np.sum(np.abs(y - wanted) ** 1.5) + np.max(np.cumsum(y)) ** 2

    return f, RNG.normal(size=n)


def einsum(n, rank):
    """A tensor factorisation."""
    T = RNG.normal(size=(n, n, n))

    def f(p):
        A, B, C = p.reshape(3, n, rank)
        return np.sum((np.einsum("ir,jr,kr->ijk", A, B, C) - T) ** 2)

    return f, RNG.normal(size=3 * n * rank)


def black_scholes(paths):
    """Prices of many options by five numbers."""
    strikes = np.linspace(0.5, 1.5, paths)

    def f(p):
        s, r, sigma, t, q = p
        d = (np.log(s / strikes) + (r - q + 0.5 * sigma**2) * t) / (sigma * np.sqrt(t))
        e = d - sigma * np.sqrt(t)
        return np.sum(s * np.exp(-q * t) * special.ndtr(d) - strikes * np.exp(-r * t) * special.ndtr(e))

    return f, np.array([1.0, 0.03, 0.2, 1.5, 0.01])


def cable(n):
    """The energy of a hanging chain, by scalars and math-like roots."""

    def f(x):
        energy = 0.0
        for i in range(0, len(x) - 2, 2):
            dx, dy = x[i + 2] - x[i], x[i + 3] - x[i + 1]
            energy = energy + x[i + 1] + 50.0 * (np.sqrt(dx * dx + dy * dy) - 0.1) ** 2
        return energy

    return f, np.linspace(0.0, 1.0, 2 * n) + 0.01 * RNG.normal(size=2 * n)


def expectation(n, gates):
    """A circuit of rotations on a state of complex numbers: small products in a loop."""
    H = RNG.normal(size=(n, n))
    H = H + H.T

    def f(angles):
        state = np.ones(n) / math.sqrt(n)
        for i in range(gates):
            a = angles[i]
            state = np.cos(a) * state + np.sin(a) * state[::-1] * (1 - 2 * (np.arange(n) % 2))
        return state @ H @ state

    return f, RNG.normal(size=gates)


def poisson(n, groups):
    """A Poisson regression with effects of groups, picked by index."""
    group, x = RNG.integers(0, groups, n), RNG.normal(size=n)
    y = RNG.poisson(1.5, n)

    def f(p):
        eta = p[group] + p[groups:][group] * x
        return np.sum(np.exp(eta) - y * eta) + 0.5 * np.sum(p * p)

    return f, 0.1 * RNG.normal(size=2 * groups)


def quaternions(n):
    """A chain of rotations by 3 x 3 matrices that are written element by element."""

    def f(x):
        R = np.eye(3)
        for i in range(n):
            c, s = np.cos(x[i]), np.sin(x[i])
            M = np.zeros_like(x, shape=(3, 3))
            M[0, 0], M[0, 1], M[1, 0], M[1, 1], M[2, 2] = c, -s, s, c, 1.0
            R = R @ np.roll(M, i % 3, axis=(0, 1))
        return np.sum(R[0]) + np.trace(R)

    return f, RNG.normal(size=n)


GRADIENTS = {
    "pendulum by scalars, 60": pendulum(60),
    "table, 40 in 500": table(40, 500),
    "ridge, 12": ridge(12, 100),
    "ridge, 60": ridge(60, 300),
    "eigenvalues of springs, 20": eigen(20),
    "phase retrieval, 32": phase(32),
    "Bessel fit, 7 by 300": bessel(300),
    "hidden Markov, 45": hidden_markov(5, 60),
    "in place, 40 x 50": in_place(40, 50),
    "attention, 48": attention(20, 4),
    "attention, 768": attention(32, 16),
    "three bodies, 50 steps": three_bodies(50),
    "quadratic form, 30": markowitz(30),
    "quadratic form, 500": markowitz(500),
    "scaling, 12 x 2": distance(12, 2),
    "scaling, 100 x 3": distance(100, 3),
    "recursion, 8": fibonacci(10),
    "wave, 20 x 20 x 20": wave(20, 20),
    "sorted, 25": sorted_loss(25),
    "sorted, 400": sorted_loss(400),
    "einsum, 30": einsum(5, 2),
    "einsum, 180": einsum(15, 4),
    "Black-Scholes, 5 by 2000": black_scholes(2000),
    "cable by scalars, 2 x 15": cable(15),
    "circuit, 16 x 24": expectation(16, 24),
    "Poisson, 40 by 400": poisson(400, 20),
    "rotations, 12": quaternions(12),
}
"""Functions with one result."""


def map_of(n):
    """A coupled logistic map, some steps of it."""

    def f(x):
        for _ in range(4):
            y = 3.7 * x * (1 - x)
            x = 0.8 * y + 0.1 * (np.roll(y, 1) + np.roll(y, -1))
        return x

    return f, RNG.uniform(0.2, 0.8, n)


def bratu(n):
    """A field equation in two dimensions."""

    def f(u):
        U = np.pad(u.reshape(n, n), 1)
        lap = U[2:, 1:-1] + U[:-2, 1:-1] + U[1:-1, 2:] + U[1:-1, :-2] - 4 * U[1:-1, 1:-1]
        return (lap * (n + 1) ** 2 + np.exp(U[1:-1, 1:-1])).ravel()

    return f, 0.1 * RNG.normal(size=n * n)


def arm(n):
    """Where a robot's joints are."""

    def f(q):
        a = np.cumsum(q)
        return np.concatenate([np.cumsum(np.cos(a)), np.cumsum(np.sin(a))])

    return f, RNG.normal(size=n)


def camera(points):
    """Pixels of points by six numbers of a camera."""
    P = RNG.normal(size=(points, 3)) + np.array([0.0, 0.0, 8.0])

    def f(p):
        c, s = np.cos(p[:3]), np.sin(p[:3])
        x = P[:, 0] * c[0] - P[:, 1] * s[0]
        y = P[:, 0] * s[0] + P[:, 1] * c[0]
        z = P[:, 2] * c[1] - x * s[1]
        return np.stack([(x + p[3]) / (z + p[5]), (y + p[4]) / (z + p[5])], axis=1)

    return f, 0.1 * RNG.normal(size=6)


def network(n, m):
    """Outputs of a small network by its inputs."""
    W, V = RNG.normal(size=(50, n)), RNG.normal(size=(m, 50))
    return lambda x: V @ np.tanh(W @ x), RNG.normal(size=n)


def scalars(n):
    """A chain of reactions in a list of numbers."""

    def f(x):
        rates = [x[i] * x[i + 1] - 0.5 * x[i] ** 2 for i in range(n - 1)]
        return np.array([rates[0]] + [a - b for a, b in zip(rates[1:], rates[:-1], strict=True)] + [-rates[-1]])

    return f, RNG.uniform(0.5, 1.5, n)


def power_flow(n):
    """The equations of a network of currents, with a full admittance matrix."""
    G, B = RNG.normal(size=(2, n, n))

    def f(x):
        v, a = x[:n], x[n:]
        d = a[:, None] - a[None, :]
        c, s = np.cos(d), np.sin(d)
        p = v * ((G * c + B * s) @ v)
        return np.concatenate([p, v * ((G * s - B * c) @ v)])

    return f, np.concatenate([np.ones(n), 0.1 * RNG.normal(size=n)])


def moments(n):
    """Few results of many numbers."""
    return lambda x: np.stack([np.mean(x), np.mean(x**2), np.mean(x**3), np.mean(np.exp(-x))]), RNG.normal(size=n)


def block_diagonal(blocks, n):
    """Independent small systems."""
    A = RNG.normal(size=(blocks, n, n))

    def f(x):
        y = x.reshape(blocks, n)
        return (np.einsum("bij,bj->bi", A, y) + y**3).ravel()

    return f, RNG.normal(size=blocks * n)


def filtered(n):
    """A band of a convolution."""
    h = RNG.normal(size=7)
    return lambda x: np.convolve(x * x, h, "same") - x, RNG.normal(size=n)


def inverse(n):
    """The inverse of a matrix."""
    return lambda x: np.linalg.inv(x.reshape(n, n) + 3 * np.eye(n)).ravel(), RNG.normal(size=n * n)


def triangular(n):
    """Sums of all before: a full triangle."""
    return lambda x: np.cumsum(np.sin(x) * x), RNG.normal(size=n)


JACOBIANS = {
    "logistic map, 60": map_of(60),
    "logistic map, 600": map_of(600),
    "Bratu 10 x 10": bratu(10),
    "Bratu 30 x 30": bratu(30),
    "robot arm, 12": arm(12),
    "camera, 6 by 400": camera(200),
    "network, 20 -> 20": network(20, 20),
    "network, 300 -> 3": network(300, 3),
    "chain by scalars, 30": scalars(30),
    "power flow, 2 x 20": power_flow(20),
    "moments of 200": moments(200),
    "blocks, 40 x 4": block_diagonal(40, 4),
    "convolution, 200": filtered(200),
    "inverse, 6 x 6": inverse(6),
    "triangle, 150": triangular(150),
}
"""Functions with many results."""

HESSIANS = [
    "pendulum by scalars, 60", "ridge, 60", "eigenvalues of springs, 20", "phase retrieval, 32", "hidden Markov, 45",
    "in place, 40 x 50", "attention, 48", "quadratic form, 30", "scaling, 12 x 2", "sorted, 25", "einsum, 30",
    "cable by scalars, 2 x 15", "circuit, 16 x 24", "Poisson, 40 by 400",
]  # fmt: skip
"""Those gradients of which Hessians are tried, too."""
