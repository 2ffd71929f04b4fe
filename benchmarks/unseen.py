"""Functions that the constants of transforms/costs.py were not fitted to: what a choice is worth on them.

Imported by modes.py (`python benchmarks/modes.py --unseen`), and by nothing that fits.  Whoever fits to them must write
others, and may move these to gradients_more.py.
"""

import math

import numpy as np
from scipy import special

__all__ = ["GRADIENTS", "HESSIANS", "JACOBIANS"]

RNG = np.random.default_rng(115)


def recommender(users, items, rank, ratings):
    """A matrix factorisation: rows of factors are picked by user and item."""
    u, i = RNG.integers(0, users, ratings), RNG.integers(0, items, ratings)
    y = RNG.normal(size=ratings)

    def f(p):
        P, Q = p[: users * rank].reshape(users, rank), p[users * rank :].reshape(items, rank)
        return np.mean((np.sum(P[u] * Q[i], axis=1) - y) ** 2) + 0.01 * np.sum(p * p)

    return f, RNG.normal(size=(users + items) * rank)


def graph(nodes, edges):
    """Messages along the edges of a graph: picked by tail, gathered by head."""
    tail, head = RNG.integers(0, nodes, (2, edges))

    def f(x):
        for _ in range(3):
            m = np.tanh(x[tail] - 0.5 * x[head])
            y = np.zeros_like(x)
            np.add.at(y, head, m)
            x = x + 0.1 * y
        return np.sum(x**2)

    return f, RNG.normal(size=nodes)


def mesh(n):
    """The area of a triangulated surface over a grid, by the corners of its triangles."""
    i, j = np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij")
    a, b, c = (i * n + j).ravel(), ((i + 1) * n + j).ravel(), (i * n + j + 1).ravel()
    h = 1.0 / n

    def f(z):
        s, t = (z[b] - z[a]) / h, (z[c] - z[a]) / h
        return 0.5 * h * h * np.sum(np.sqrt(1 + s * s + t * t))

    return f, RNG.normal(size=n * n)


def embedding(words, width, length, classes):
    """A bag of words: a mean of picked rows, then a softmax."""
    text, label = RNG.integers(0, words, (30, length)), RNG.integers(0, classes, 30)

    def f(p):
        E, W = p[: words * width].reshape(words, width), p[words * width :].reshape(width, classes)
        z = np.mean(E[text], axis=1) @ W
        return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(30), label])

    return f, 0.1 * RNG.normal(size=words * width + width * classes)


def orbit(steps):
    """A satellite with drag, by scalars: Stoermer and Verlet."""

    def f(p):
        x, y, u, v, k = p[0], p[1], p[2], p[3], p[4]
        mass = 1.0 + 0.01 * p[5]
        for _ in range(steps):
            r = (x * x + y * y) ** 0.5
            a, b = -mass * x / r**3 - k * u, -mass * y / r**3 - k * v
            u, v = u + 0.01 * a, v + 0.01 * b
            x, y = x + 0.01 * u, y + 0.01 * v
        return (x - 0.3) ** 2 + y * y

    return f, np.array([1.0, 0.0, 0.0, 1.0, 0.01, 0.5])


def ising(n):
    """Mean-field free energy of spins on a ring with couplings."""

    def f(p):
        h, J = p[:n], p[n:]
        m = np.tanh(h)
        energy = -np.sum(J * m * np.roll(m, -1)) - np.sum(h * m)
        up, down = (1 + m) / 2, (1 - m) / 2
        return energy + np.sum(up * np.log(up) + down * np.log(down))

    return f, 0.3 * RNG.normal(size=2 * n)


def garch(steps):
    """Likelihood of a volatility model, by scalars picked from an array of data."""
    r = 0.1 * RNG.normal(size=steps)

    def f(p):
        w, a, b, mu, skew = np.exp(p[0]), p[1], p[2], p[3], p[4]
        s, total = 0.01, 0.0
        for x in r:
            e = x - mu
            s = w + a * e * e + b * s + skew * e
            total = total + np.log(s) + e * e / s
        return total

    return f, np.array([-4.6, 0.1, 0.8, 0.0, 0.001])


def rates(species, steps):
    """Mass action kinetics with many rates, by small arrays and explicit Euler."""
    S, R = RNG.integers(-1, 2, (species, 2 * species)), RNG.integers(0, species, (2, 2 * species))

    def f(p):
        k, c = np.exp(p), np.ones(species)
        for _ in range(steps):
            c = c + 0.001 * (S @ (k * c[R[0]] * c[R[1]]))
        return np.sum((c - 0.5) ** 2)

    return f, 0.1 * RNG.normal(size=2 * species)


def wing(n):
    """A panel method: a dense system made of the parameters, by outer differences."""
    at = np.linspace(0.05, 0.95, n)

    def f(camber):
        z = np.cumsum(camber) * 0.01
        d = at[:, None] - at[None, :] - 0.013 + 0.1 * (z[:, None] - z[None, :])
        strength = np.linalg.solve(1.0 / d, -np.ones(n) - 10 * camber)
        return np.sum(strength) ** 2

    return f, 0.1 * RNG.normal(size=n)


def factor_model(n, k):
    """Likelihood of a factor model: inverse and determinant of a matrix with low rank and a diagonal."""
    Y = RNG.normal(size=(n, 60))
    S = Y @ Y.T / 60

    def f(p):
        L, d = p[: n * k].reshape(n, k), np.exp(p[n * k :])
        C = L @ L.T + np.diag(d)
        return np.linalg.slogdet(C)[1] + np.trace(np.linalg.inv(C) @ S)

    return f, 0.3 * RNG.normal(size=n * k + n)


def projections(n, angles):
    """Tomography: sums along rotated lines, by bilinear interpolation at fixed places."""
    c = (n - 1) / 2
    g = np.arange(n) - c
    places, weights = [], []
    for a in np.linspace(0, np.pi, angles, endpoint=False):
        x, y = np.cos(a) * g[:, None] - np.sin(a) * g + c, np.sin(a) * g[:, None] + np.cos(a) * g + c
        i, j = np.clip(x.astype(int), 0, n - 2), np.clip(y.astype(int), 0, n - 2)
        places.append((i, j))
        weights.append((np.clip(x - i, 0, 1), np.clip(y - j, 0, 1)))
    wanted = RNG.normal(size=(angles, n))

    def f(p):
        u, total = p.reshape(n, n), 0.0
        for (i, j), (s, t), w in zip(places, weights, wanted, strict=True):
            v = (1 - s) * ((1 - t) * u[i, j] + t * u[i, j + 1]) + s * ((1 - t) * u[i + 1, j] + t * u[i + 1, j + 1])
            total = total + np.sum((np.sum(v, axis=0) - w) ** 2)
        return total

    return f, RNG.normal(size=n * n)


def tree(depth):
    """A soft decision tree: an array that grows by halves."""
    n = 2**depth - 1
    X, y = RNG.normal(size=(40, 3)), RNG.normal(size=40)
    w = RNG.normal(size=(3, n))

    def f(p):
        gate = special.expit(X @ w + p[:n])
        mass = np.ones((40, 1))
        for d in range(depth):
            g = gate[:, 2**d - 1 : 2 ** (d + 1) - 1]
            mass = np.concatenate([mass * g, mass * (1 - g)], axis=1)
        return np.mean((mass @ p[n:] - y) ** 2)

    return f, RNG.normal(size=2 * n + 1)


def beam(n):
    """The frequencies of a beam by the thickness of its elements: banded matrices put together in a loop."""
    K = np.array([[12.0, 6, -12, 6], [6, 4, -6, 2], [-12, -6, 12, -6], [6, 2, -6, 4]])

    def f(t):
        total = np.zeros_like(t, shape=(2 * n + 2, 2 * n + 2))
        for e in range(n):
            total[2 * e : 2 * e + 4, 2 * e : 2 * e + 4] += t[e] ** 3 * K
        return np.linalg.eigvalsh(total[2:, 2:])[0]

    return f, 1.0 + 0.1 * RNG.uniform(size=n)


def lasso(n, points):
    """Absolute values, clips and maxima."""
    A, b = RNG.normal(size=(points, n)), RNG.normal(size=points)

    def f(w):
        r = A @ w - b
        huber = np.where(np.abs(r) < 1, 0.5 * r * r, np.abs(r) - 0.5)
        return np.sum(huber) + np.sum(np.maximum(np.abs(w), 0.1)) + np.sum(np.clip(w, -1, 1) ** 2)

    return f, RNG.normal(size=n)


def polygon(n):
    """Area and length of a closed curve."""

    def f(p):
        x, y = p[:n], p[n:]
        dx, dy = np.roll(x, -1) - x, np.roll(y, -1) - y
        return 0.5 * abs(np.sum(x * dy - y * dx)) - 0.1 * np.sum(np.hypot(dx, dy))

    a = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return f, np.concatenate([np.cos(a), np.sin(a)]) + 0.05 * RNG.normal(size=2 * n)


def legendre(degree, points):
    """A series by a recurrence over arrays."""
    t = np.linspace(-1, 1, points)
    y = np.exp(t)

    def f(c):
        a, b, s = np.ones(points), t, c[0] + c[1] * t
        for k in range(2, degree):
            a, b = b, ((2 * k - 1) * t * b - (k - 1) * a) / k
            s = s + c[k] * b
        return np.mean((s - y) ** 2)

    return f, RNG.normal(size=degree)


def autocorrelation(n):
    """Products with itself at all lags, by FFT."""

    def f(x):
        s = np.fft.rfft(x, 2 * n)
        r = np.fft.irfft(s * np.conj(s))[:n]
        return np.sum(r[1:] ** 2) / r[0]

    return f, RNG.normal(size=n)


def copula(n, points):
    """A likelihood with quantiles of a normal distribution and a correlation matrix of angles."""
    z = special.ndtri(RNG.uniform(0.01, 0.99, (n, points)))

    def f(p):
        L = np.eye(n)
        L = L + np.tril(np.ones((n, n)), -1) * np.sum(p) * 0.01
        rows = [L[i] / np.sqrt(L[i] @ L[i]) for i in range(n)]
        R = np.stack(rows)
        C = R @ R.T + 0.01 * np.diag(p * p)
        return np.log(np.linalg.det(C)) + np.mean(np.sum(z * np.linalg.solve(C, z), axis=0))

    return f, 0.2 * RNG.normal(size=n)


def pixels(n):
    """Total variation of a picture, and its distance from a noisy one."""
    noisy = RNG.normal(size=(n, n))

    def f(p):
        u = p.reshape(n, n)
        dx, dy = np.diff(u, axis=0)[:, :-1], np.diff(u, axis=1)[:-1]
        return np.sum(np.sqrt(dx**2 + dy**2 + 1e-3)) + 0.5 * np.sum((u - noisy) ** 2)

    return f, RNG.normal(size=n * n)


def dispatch(n, hours):
    """Costs of power plants with ramps, by loops over plants and arrays of hours."""
    demand = 5 + np.sin(np.arange(hours))

    def f(p):
        g = p.reshape(n, hours)
        total = 100 * np.sum((np.sum(g, axis=0) - demand) ** 2)
        for i in range(n):
            total = total + (1 + 0.1 * i) * np.sum(g[i] ** 2) + np.sum(np.maximum(np.diff(g[i]) - 0.1, 0) ** 2)
        return total

    return f, RNG.uniform(0, 2, n * hours)


def single(n):
    """A network in single precision."""
    X, y = RNG.normal(size=(200, n)).astype("f"), RNG.normal(size=200).astype("f")

    def f(p):
        W = p[: n * n].reshape(n, n)
        return np.mean((np.tanh(X @ W) @ p[n * n :] - y) ** 2)

    return f, (0.3 * RNG.normal(size=n * n + n)).astype("f")


def determinants(n):
    """Many small matrices at once."""
    base = RNG.normal(size=(n, 3, 3)) + 3 * np.eye(3)

    def f(x):
        A = base + 0.1 * x[:, None, None] * np.ones((3, 3))
        return np.sum(np.log(np.abs(np.linalg.det(A)))) + np.sum(np.linalg.inv(A)[:, 0, 0])

    return f, RNG.normal(size=n)


def horner_list(n):
    """Python's sums, products and maxima over a list of numbers."""

    def f(x):
        values = [a * a + 0.1 * i for i, a in enumerate(x)]
        return sum(values) / max(values) + math.prod(1 + 0.01 * a for a in x)

    return f, RNG.normal(size=n)


def reservoir(n, steps):
    """Leaky states with sparse couplings, of which the last decays are the parameters."""
    W = RNG.normal(size=(n, n)) * (RNG.uniform(size=(n, n)) < 0.1)
    drive = np.sin(0.3 * np.arange(steps))

    def f(a):
        x, leak = np.zeros(n), special.expit(a)
        for u in drive:
            x = (1 - leak) * x + leak * np.tanh(W @ x + u)
        return x @ x

    return f, RNG.normal(size=n)


def quantiles(n):
    """Medians, quantiles and deviations of a sample."""

    def f(x):
        return np.median(x) ** 2 + np.quantile(x, 0.9) * np.std(x) + np.ptp(x) + np.var(x)

    return f, RNG.normal(size=n)


def tensors(n):
    """Chains of tensordot and kron."""
    A = RNG.normal(size=(n, n, n))

    def f(p):
        v = np.tensordot(A, p, 1)
        w = np.tensordot(v, p, 1)
        return np.sum(np.kron(w, p) ** 2) + np.einsum("ij,ij->", v, v) + np.trace(np.outer(w, p))

    return f, RNG.normal(size=n) / n


def airy(n):
    """A wide sum of special functions by many parameters."""
    t = np.linspace(0, 5, 40)

    def f(p):
        y = special.jv(1.0, p[:, None] * t) + special.expit(p)[:, None] * special.gammaln(1.5 + t)
        return np.sum(np.sum(y, axis=0) ** 2)

    return f, RNG.uniform(0.5, 2, n)


def levinson(n):
    """Prediction by a recursion over growing slices."""

    def f(r):
        a, e = np.zeros_like(r), r[0] + 10.0
        a[0] = 1.0
        for k in range(1, n):
            g = -(r[k] + a[1:k] @ r[k - 1 : 0 : -1]) / e if k > 1 else -r[1] / e
            a[1:k] = a[1:k] + g * a[k - 1 : 0 : -1]
            a[k] = g
            e = e * (1 - g * g)
        return e + np.sum(a**2)

    return f, RNG.normal(size=n)


def ensemble(n):
    """Members that share eight parameters, over a batch axis in front."""
    noise = RNG.normal(size=(n, 8))

    def f(p):
        q = p + 0.1 * noise
        s = np.sin(q[:, :4] * q[:, 4:])
        return np.mean(np.exp(-np.sum(s * s, axis=1)))

    return f, RNG.normal(size=8)


def histogram(n):
    """A smooth histogram of parameters: an outer difference, and a divergence."""
    centres, wanted = np.linspace(-3, 3, 30), np.exp(-np.linspace(-3, 3, 30) ** 2)

    def f(x):
        p = np.mean(np.exp(-0.5 * ((x[:, None] - centres) / 0.3) ** 2), axis=0)
        p = p / np.sum(p)
        return np.sum(p * np.log(p / wanted))

    return f, RNG.normal(size=n)


GRADIENTS = {
    "recommender, 60 in 500": recommender(12, 8, 3, 500),
    "recommender, 15 in 100": recommender(3, 2, 3, 100),
    "graph, 30 with 200": graph(30, 200),
    "graph, 300 with 1000": graph(300, 1000),
    "mesh, 36": mesh(6),
    "mesh, 900": mesh(30),
    "words, 20 x 4": embedding(20, 4, 12, 3),
    "orbit by scalars, 100": orbit(100),
    "spins, 2 x 20": ising(20),
    "volatility by scalars, 150": garch(150),
    "kinetics, 24 rates": rates(12, 50),
    "panels, 25": wing(25),
    "factor model, 30": factor_model(10, 2),
    "tomography, 12 x 12": projections(12, 6),
    "soft tree, 31": tree(4),
    "beam, 10": beam(10),
    "Huber, 30 by 200": lasso(30, 200),
    "polygon, 2 x 12": polygon(12),
    "polygon, 2 x 200": polygon(200),
    "Legendre, 20 in 400": legendre(20, 400),
    "autocorrelation, 40": autocorrelation(40),
    "copula, 6": copula(6, 50),
    "total variation, 8 x 8": pixels(8),
    "total variation, 40 x 40": pixels(40),
    "dispatch, 4 x 24": dispatch(4, 24),
    "single precision, 110": single(10),
    "determinants, 20": determinants(20),
    "Python's sums, 25": horner_list(25),
    "reservoir, 30 x 40": reservoir(30, 40),
    "quantiles, 50": quantiles(50),
    "tensors, 8": tensors(8),
    "Bessel sums, 20": airy(20),
    "recursion of slices, 20": levinson(20),
    "ensemble, 8 by 1000": ensemble(1000),
    "smooth histogram, 50": histogram(50),
}
"""Functions with one result."""


def membrane(n):
    """A nonlinear grid by picked neighbours."""
    i = np.arange(n * n)
    left, right = np.maximum(i - 1, 0), np.minimum(i + 1, n * n - 1)

    def f(u):
        return u[left] + u[right] - 2 * u + np.exp(-u) * u

    return f, RNG.normal(size=n * n)


def circuit(n):
    """Diodes between the nodes of a network: currents gathered by node."""
    a, b = np.arange(n - 1), np.arange(1, n)

    def f(v):
        i = np.exp(v[a] - v[b]) - 1
        y = np.zeros_like(v)
        np.add.at(y, a, i)
        np.add.at(y, b, -i)
        return y + 0.1 * v

    return f, 0.1 * RNG.normal(size=n)


def transport(n):
    """An upwind scheme with limiters, written in place."""

    def f(u):
        y = np.empty_like(u)
        slope = np.where(np.abs(u[1:-1] - u[:-2]) < np.abs(u[2:] - u[1:-1]), u[1:-1] - u[:-2], u[2:] - u[1:-1])
        y[1:-1] = -u[1:-1] * slope
        y[0], y[-1] = u[0], u[-1]
        return y

    return f, RNG.normal(size=n)


def fourier(n):
    """All results depend on all inputs."""
    return lambda x: np.abs(np.fft.fft(x * np.tanh(x))) ** 2, RNG.normal(size=n)


def arrow(n):
    """One variable that all equations share."""
    return lambda x: np.concatenate([x[:1] ** 2 + np.sum(x[1:] ** 2), x[1:] * x[0] - np.sin(x[1:])]), RNG.normal(size=n)


def exposures(n, m):
    """Bundle adjustment, small: residuals of n cameras and m points that all see."""

    def f(p):
        c, x = p[: 3 * n].reshape(n, 3), p[3 * n :].reshape(m, 3)
        d = x[None, :, :] - c[:, None, :]
        return (d[..., :2] / (5.0 + d[..., 2:])).ravel()

    return f, 0.3 * RNG.normal(size=3 * (n + m))


def softmax(n):
    """A probability vector."""

    def f(x):
        e = np.exp(x - np.max(x))
        return e / np.sum(e)

    return f, RNG.normal(size=n)


def products(n):
    """The product of two matrices, by the elements of both."""
    return lambda x: (x[: n * n].reshape(n, n) @ x[n * n :].reshape(n, n)).ravel(), RNG.normal(size=2 * n * n)


JACOBIANS = {
    "neighbours by index, 8 x 8": membrane(8),
    "neighbours by index, 25 x 25": membrane(25),
    "diodes, 40": circuit(40),
    "diodes, 400": circuit(400),
    "upwind, 50": transport(50),
    "upwind, 500": transport(500),
    "FFT, 32": fourier(32),
    "arrow, 30": arrow(30),
    "arrow, 300": arrow(300),
    "cameras, 3 x 8": exposures(3, 8),
    "cameras, 6 x 60": exposures(6, 60),
    "softmax, 20": softmax(20),
    "softmax, 200": softmax(200),
    "product, 2 x 25": products(5),
    "product, 2 x 144": products(12),
}
"""Functions with many results."""

HESSIANS = [
    "recommender, 15 in 100", "graph, 30 with 200", "mesh, 36", "spins, 2 x 20", "kinetics, 24 rates", "panels, 25",
    "factor model, 30", "soft tree, 31", "Huber, 30 by 200", "polygon, 2 x 12", "Legendre, 20 in 400",
    "total variation, 8 x 8", "determinants, 20", "Python's sums, 25", "tensors, 8", "Bessel sums, 20",
    "recursion of slices, 20", "ensemble, 8 by 1000", "smooth histogram, 50",
]  # fmt: skip
"""Those gradients of which Hessians are tried, too."""
