"""Programs of graphs that are written out by hand: time relative to plain NumPy, and what planning costs.

    PYTHONPATH=. python benchmarks/programs.py
"""

import time

import numpy as np

from dualdiff.programs.graph import Graph
from dualdiff.programs.plan import plan


def ratio(f, g, *args, seconds=0.6):
    """Time of g relative to that of f, the two in turns: (seconds of f, ratio of the minima)."""
    best = [1e9, 1e9]
    begin, n = time.perf_counter(), 1
    while time.perf_counter() - begin < seconds or best[1] == 1e9:
        for k, h in enumerate((f, g)):
            start = time.perf_counter()
            for _ in range(n):
                h(*args)
            took = (time.perf_counter() - start) / n
            best[k] = min(best[k], took)
        n = max(1, min(1000, int(2e-3 / best[0])))
    return best[0], best[1] / best[0]


class Build:
    """Arithmetic on the nodes of a graph."""

    def __init__(self):
        self.g = Graph()

    def __getattr__(self, name):
        return lambda *xs: self.g.apply(name, *[x if isinstance(x, int) else self.g.constant(float(x)) for x in xs])


def rosenbrock(n):
    """Value and gradient."""
    b = Build()
    g, x = b.g, b.g.input((n,), float)
    left, right = g.view(x, 0, (n - 1,), (1,)), g.view(x, 1, (n - 1,), (1,))
    d = b.subtract(right, b.square(left))
    e = b.subtract(1.0, left)
    value = g.reduce("add", b.add(b.multiply(100.0, b.square(d)), b.square(e)), (0,))
    t = b.multiply(200.0, d)
    u = b.subtract(b.negative(b.multiply(t, b.multiply(2.0, left))), b.multiply(2.0, e))
    z = g.add(g.add(g.zeros((n,)), t, 1, (n - 1,), (1,)), u, 0, (n - 1,), (1,))
    g.outputs = [value, z]
    return g, lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), [np.random.rand(n)]


def chain(n):
    """Value and jvp of sin(x) exp(-x x) + log1p(x x) tanh(x)."""
    b = Build()
    g = b.g
    x, v = g.input((n,), float), g.input((n,), float)
    s, w, xx = b.sin(x), b.exp(b.negative(b.multiply(x, x))), b.multiply(x, x)
    p, t = b.log1p(xx), b.tanh(x)
    y = b.add(b.multiply(s, w), b.multiply(p, t))
    ds = b.multiply(b.cos(x), v)
    dxx = b.multiply(b.multiply(2.0, x), v)
    dw = b.multiply(w, b.negative(dxx))
    dp = b.multiply(b.reciprocal(b.add(1.0, xx)), dxx)
    dt = b.multiply(b.subtract(1.0, b.square(t)), v)
    dy = b.add(b.add(b.multiply(ds, w), b.multiply(s, dw)), b.add(b.multiply(dp, t), b.multiply(p, dt)))
    g.outputs = [y, dy]
    return (g, lambda x, v: np.sin(x) * np.exp(-x * x) + np.log1p(x * x) * np.tanh(x),
            [np.random.randn(n), np.random.randn(n)])  # fmt: skip


def bratu(n):
    """Value and jvp of the Laplacian of a padded field plus an exponential."""
    b = Build()
    g = b.g
    u, v = g.input((n, n), float), g.input((n, n), float)
    m = n + 2

    def laplace(x):
        w = g.write(g.zeros((m, m)), x, m + 1, (n, n), (m, 1))
        c, up, down, left, right = (g.view(w, o, (n, n), (m, 1)) for o in (m + 1, 1, 2 * m + 1, m, m + 2))
        around = b.add(b.add(up, down), b.add(left, right))
        return b.multiply(float((n + 1) ** 2), b.subtract(around, b.multiply(4.0, c)))

    e = b.multiply(6.0, b.exp(u))
    g.outputs = [b.add(laplace(u), e), b.add(laplace(v), b.multiply(e, v))]

    def f(u, v):
        w = np.pad(u, 1)
        lap = w[:-2, 1:-1] + w[2:, 1:-1] + (w[1:-1, :-2] + w[1:-1, 2:]) - 4 * w[1:-1, 1:-1]
        return float((n + 1) ** 2) * lap + 6.0 * np.exp(u)

    return g, f, [np.random.rand(n, n), np.random.rand(n, n)]


def formula(n):
    """A scalar formula of some twenty operations, with its derivative; n is not used."""
    b = Build()
    g = b.g
    x = g.input((), float)
    y, dy = x, g.constant(1.0)
    for k in range(4):
        s, c = b.sin(y), b.cos(y)
        y, dy = b.add(b.multiply(s, x), b.divide(y, 3.0 + k)), b.add(
            b.add(b.multiply(b.multiply(c, dy), x), s), b.divide(dy, 3.0 + k))  # fmt: skip
    g.outputs = [y, dy]

    def f(x):
        y = x
        for k in range(4):
            y = np.sin(y) * x + y / (3.0 + k)
        return y

    return g, f, [0.7]


def steps(n):
    """n steps of a scalar recurrence: what planning costs."""
    b = Build()
    g = b.g
    x = y = g.input((), float)
    for _ in range(n // 4):
        y = b.add(b.multiply(b.sin(y), x), b.multiply(y, 0.5))
    g.outputs = [y]
    return g


def main():
    """Prints the table."""
    for name, make, sizes in (
        ("gradient of Rosenbrock", rosenbrock, (4, 16, 100, 1000, 100000)),
        ("jvp of the chain", chain, (10, 1000, 100000, 1000000)),
        ("jvp of Bratu", bratu, (32, 256, 1000)),
        ("scalar formula and derivative", formula, (1,)),
    ):
        for n in sizes:
            graph, f, xs = make(n)
            for exact in (True, False):
                took, r = ratio(f, plan(graph, exact).fast, *xs)
                print(f"{name:32} n = {n:<8} f {took * 1e6:10.2f} us   exact={exact!s:5}  {r:.3f}")
    for n in (1000, 20000, 77000):
        graph = steps(n)
        start = time.perf_counter()
        program = plan(graph)
        took = time.perf_counter() - start
        start = time.perf_counter()
        program.fast(0.5)
        ran = time.perf_counter() - start
        print(f"planning {len(graph)} nodes: {took * 1e3:.1f} ms, {took / len(graph) * 1e6:.2f} us each; "
              f"a run {ran / len(graph) * 1e9:.1f} ns each")  # fmt: skip


if __name__ == "__main__":
    main()
