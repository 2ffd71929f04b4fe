"""What compiled functions cost, in units of the plain NumPy function, in one run: `python benchmarks/compiled.py`.

Each row times f and the compiled derivative alternately, and shows the ratio of the least times.  Nothing is asserted.
"""

import argparse
import time
import warnings

import numpy as np

import dualdiff as dd


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def formula(t):
    u = np.sin(t) * np.exp(-t * t) + np.log1p(t * t) * np.tanh(t)
    return np.sqrt(1.0 + u * u) * np.cos(u) - np.arctan(u) / (2.0 + t * t) + 0.5 * u * t - t


def chain(x):
    return np.sin(x) * np.exp(-x * x) + np.log1p(x * x) * np.tanh(x)


def bratu(u):
    n = u.shape[0]
    w = np.pad(u, 1)
    return (n + 1) ** 2 * (w[:-2, 1:-1] + w[2:, 1:-1] + w[1:-1, :-2] + w[1:-1, 2:] - 4.0 * u) + 6.0 * np.exp(u)


def lorenz(x):
    def slope(s):
        return np.array([10.0 * (s[1] - s[0]), s[0] * (28.0 - s[2]) - s[1], s[0] * s[1] - 8.0 / 3.0 * s[2]])

    h = 0.01
    for _ in range(1000):
        k1 = slope(x)
        k2 = slope(x + h / 2 * k1)
        k3 = slope(x + h / 2 * k2)
        k4 = slope(x + h * k3)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(x)


def burgers(u):
    u = u.copy()
    for _ in range(50):
        flux = 0.5 * u * u
        u[1:-1] += -0.1 * (flux[2:] - flux[:-2]) + 0.05 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def recurrent(steps=200, n=16, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, n)) / 8, rng.normal(size=(steps, n))

    def loss(h):
        for k in range(steps):
            h = np.tanh(a @ h + b[k])
        return np.sum(h * h)

    return loss, rng.normal(size=n)


def kalman(steps=100, n=3, m=2, seed=0):
    """The likelihood of a linear state-space model by its matrices and noises."""
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


def mixture(points=1000, k=5, d=5, seed=0):
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(points, d))

    def loss(p):
        weights, means = p[:k], p[k : k + k * d].reshape(k, d)
        scales = p[k + k * d :].reshape(k, d)
        z = (data[:, None, :] - means) * np.exp(scales)
        inner = weights - 0.5 * np.sum(z * z, axis=-1) + np.sum(scales, axis=-1)
        top = np.max(inner, axis=1, keepdims=True)
        terms = top[:, 0] + np.log(np.sum(np.exp(inner - top), axis=1))
        return np.sum(terms) - points * np.log(np.sum(np.exp(weights)))

    return loss, 0.1 * rng.normal(size=k + 2 * k * d)


def brusselator(u):
    n = u.size // 2
    a, b = u[:n], u[n:]
    la = np.zeros_like(a)
    lb = np.zeros_like(b)
    la[1:-1] = a[2:] - 2 * a[1:-1] + a[:-2]
    lb[1:-1] = b[2:] - 2 * b[1:-1] + b[:-2]
    return np.concatenate([1.0 + a * a * b - 4.0 * a + 50.0 * la, 3.0 * a - a * a * b + 50.0 * lb])


def perceptron(n, seed=0):
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(n, n)) / n, rng.normal(size=(n, n)) / n
    return lambda x: np.tanh(second @ np.tanh(first @ x))


def lennard_jones(x):
    x = x.reshape(-1, 3)
    i, j = np.triu_indices(len(x), 1)
    r2 = np.sum((x[i] - x[j]) ** 2, axis=1)
    s = 1.0 / r2**3
    return np.sum(4.0 * (s * s - s))


def rows(large):
    """(name, f, derivative of the compiled f, arguments of f, arguments of the derivative)."""

    def jvp(c):
        return lambda x, v: dd.jvp(c, (x,), (v,))

    def gradient(name, f, x):
        return name, f, dd.value_and_grad, (x,), (x,)

    for n in (4, 16, 100):
        yield gradient(f"gradient of Rosenbrock, n = {n}", rosenbrock, np.linspace(0.5, 1.5, n))
    yield "derivative of a formula", formula, dd.derivative, (0.7,), (0.7,)
    yield "second derivative of it", formula, lambda c: dd.nth_derivative(c, 2), (0.7,), (0.7,)
    for n in (10, 1000, 100_000, *((1_000_000,) if large else ())):
        x = np.linspace(0.1, 2.0, n)
        yield f"jvp of the chain, n = {n}", chain, jvp, (x,), (x, np.ones(n))
    for n in (32, 256, *((1000,) if large else ())):
        u = np.random.default_rng(0).normal(size=(n, n))
        yield f"jvp of Bratu, {n}^2", bratu, jvp, (u,), (u, np.ones((n, n)))
    yield gradient("gradient of a mixture, 1000 points", *mixture())
    yield gradient("gradient of an RNN, 200 steps", *recurrent())
    yield gradient("gradient of a Kalman filter, 100 steps", *kalman())
    yield gradient("gradient through 1000 steps of Lorenz", lorenz, np.array([1.0, 2.0, 20.0]))
    yield gradient("gradient of Burgers in place", burgers, np.sin(np.linspace(0, 3, 100)))
    for n in (16, 100):
        x = np.linspace(0.5, 1.5, n)
        yield f"Hessian of Rosenbrock, n = {n}", rosenbrock, dd.hessian, (x,), (x,)

    def hvp(c):
        return lambda x, v: dd.hvp(c, (x,), (v,))

    x = np.linspace(0.5, 1.5, 100_000)
    yield "hvp of Rosenbrock, n = 1e5", rosenbrock, hvp, (x,), (x, np.ones_like(x))
    u = np.random.default_rng(0).normal(size=1000)
    yield "Jacobian of the Brusselator, 1000 unknowns", brusselator, dd.jacobian, (u,), (u,)
    for n in (8, 64, 256):
        x = np.random.default_rng(1).normal(size=n)
        yield f"Jacobian of a perceptron, n = {n}", perceptron(n), dd.jacobian, (x,), (x,)
    grid = np.stack(np.meshgrid(*[np.arange(5.0)] * 2, np.arange(4.0)), -1).reshape(-1)
    yield gradient("Lennard-Jones, 100 atoms", lennard_jones, 1.1 * grid + 0.01 * np.sin(np.arange(300)))


def least(f, args, g, others, seconds):
    """The least times of f and g, called alternately."""
    best_f = best_g = np.inf
    f(*args), g(*others)
    n_f = n_g = 1
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for function, arguments, n, which in ((f, args, n_f, 0), (g, others, n_g, 1)):
            start = time.perf_counter()
            for _ in range(n):
                function(*arguments)
            took = time.perf_counter() - start
            if which:
                best_g, n_g = min(best_g, took / n), n if took > 1e-3 else 2 * n
            else:
                best_f, n_f = min(best_f, took / n), n if took > 1e-3 else 2 * n
    return best_f, best_g


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--large", action="store_true", help="the rows with a million numbers, too")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each row")
    parser.add_argument("--only", default="", help="rows with this in their name")
    options = parser.parse_args()
    print(f"{'':45s} {'f':>10s} {'value':>7s} {'derivative':>10s}")
    for name, f, transform, args, others in rows(options.large):
        if options.only not in name:
            continue
        c = dd.compile(f, check="never")
        with warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always")
            d = transform(c)
            d(*others), c(*args)
        value = least(f, args, c, args, options.seconds / 2)
        both = least(f, args, d, others, options.seconds)
        why = "".join(f"  ({w.message})"[:120] for w in met)
        print(f"{name:45s} {both[0] * 1e6:8.1f}us {value[1] / value[0]:7.2f} {both[1] / both[0]:10.2f}{why}")


if __name__ == "__main__":
    main()
