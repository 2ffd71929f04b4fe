"""Second derivatives as ratios to f in the same run: python benchmarks/second.py

Each line: what, the ratio measured, the ratio aimed at.
"""

import itertools

import numpy as np
from timing import interleaved

import dualdiff as dd
from dualdiff import math


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def formula(z):
    """About 40 operations in 6 numbers."""
    a, b, c, d, e, f = z
    p = a * b + c * d - e * f
    q = math.sin(a) * math.exp(-b * b) + math.log(c * c + 1.0)
    r = (p + q) / (1.0 + d * d)
    s = math.sqrt(a * a + b * b + c * c)
    t = p * q - r * s
    u = math.atan(t) + d**3 - e / f
    w = u * u + p * a - q * b + r * c - s * d
    return w * math.cos(e) + f * f * t - u * a * b


def chain(x):
    """Ten operations, one after the other."""
    y = np.exp(-(np.sin(x) * x)) + x
    y = np.log(np.sqrt(y) + 2.0)
    return np.tanh(y / (1.0 + x)) ** 2


def smooth(x):
    """A scalar formula, for derivatives of derivatives."""
    return np.sin(x) * np.exp(x) + x**3


def perceptron(sizes, points):
    """(mean square error, parameters) of a network with tanh."""
    rng = np.random.default_rng(0)
    data, wanted = rng.normal(size=(points, sizes[0])), rng.normal(size=(points, sizes[-1]))

    def loss(p):
        h, at = data, 0
        for i, (a, b) in enumerate(itertools.pairwise(sizes)):
            h = h @ p[at : at + a * b].reshape(a, b) + p[at + a * b : at + a * b + b]
            h = np.tanh(h) if i < len(sizes) - 2 else h
            at += a * b + b
        return np.mean((h - wanted) ** 2)

    return loss, 0.3 * rng.normal(size=sum(a * b + b for a, b in itertools.pairwise(sizes)))


def row(what, base, call, aim):
    """Measures one line."""
    times = interleaved(base, call)
    print(f"{what:55s} {times[1] / times[0]:8.1f}   {aim}")


def main():
    for n, aim in ((10, 2), (100, 30)):
        x, H = np.linspace(-1.2, 1.1, n), dd.hessian(rosenbrock)
        row(f"hessian, Rosenbrock n={n}, to f", lambda x=x: rosenbrock(x), lambda x=x, H=H: H(x), aim)
    for n, aim in ((10, 5), (10**5, 5)):
        x = np.linspace(-1.2, 1.1, n)
        v = np.ones(n)
        product = lambda x=x, v=v: dd.hvp(rosenbrock, (x,), (v,))      # noqa: E731
        row(f"hvp, Rosenbrock n={n}, to f", lambda x=x: rosenbrock(x), product, aim)
    for sizes, points in (((3, 6, 1), 20), ((8, 32, 20, 1), 50)):
        loss, p = perceptron(sizes, points)
        v = np.ones_like(p)
        product = lambda loss=loss, p=p, v=v: dd.hvp(loss, (p,), (v,))      # noqa: E731
        row(f"hvp, MLP of {p.size} parameters, to f", lambda loss=loss, p=p: loss(p), product, 8)
        if p.size < 100:
            H = dd.hessian(loss)
            row(f"hessian, MLP of {p.size} parameters, to f", lambda loss=loss, p=p: loss(p), lambda p=p, H=H: H(p), 25)
    f = smooth
    for n, aim in ((1, 2.5), (2, 12), (3, 36), (4, 108)):
        f = dd.derivative(f)
        row(f"derivative of order {n} of a formula at a float, to f", lambda: smooth(0.7), lambda f=f: f(0.7), aim)
    z, g, H = np.array([0.3, 0.7, 1.1, 0.5, 0.9, 1.3]), dd.grad(formula), dd.hessian(formula)
    row("hessian of a scalar formula in 6 variables, to grad", lambda: g(z), lambda: H(z), 6)
    x = np.linspace(0.1, 1.0, 10**5)
    v = np.ones_like(x)
    row("taylor to order 10 of a chain, n=1e5, to f", lambda: chain(x), lambda: dd.taylor(chain, x, v, 10), 80)


if __name__ == "__main__":
    main()
