"""The functions that the benchmarks differentiate: plain NumPy, written without dualdiff in mind.

`PROBLEMS` holds one `Problem` for each: f, the point, and which derivatives are worth timing.
Imported by the test files here and by table.py.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Problem:
    """A function and a point.  full: "derivative", "grad" or "jacobian" (None: too large)."""

    name: str
    f: Any
    x: Any
    full: str | None = None

    @property
    def n(self):
        """The number of inputs."""
        return int(np.size(self.x))

    @property
    def m(self):
        """The number of outputs."""
        return int(np.size(self.f(self.x)))


def formula(x):
    """A scalar formula."""
    return np.sin(x) * np.exp(x) + x**3


def product(x):
    """One elementwise operation."""
    return x * x


def exponential(x):
    """One elementwise operation that is not arithmetic."""
    return np.exp(x)


def rosenbrock(x):
    """Rosenbrock's function, vectorised: one number."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


MATRIX = np.random.default_rng(0).normal(size=(100, 100)) / 10


def layer(x):
    """A dense map: its Jacobian has no zeros."""
    return np.tanh(MATRIX @ x) + x**2


def bratu(u, strength=6.0):
    """The residual of -lap(u) = strength * exp(u) on a square grid, u = 0 on the border."""
    n = int(np.sqrt(u.size))
    h = 1 / (n + 1)
    U = np.pad(u.reshape(n, n), 1)
    laplacian = (U[2:, 1:-1] + U[:-2, 1:-1] + U[1:-1, 2:] + U[1:-1, :-2] - 4 * U[1:-1, 1:-1]) / h**2
    return (laplacian + strength * np.exp(U[1:-1, 1:-1])).ravel()


def chain(x):
    """Ten elementwise operations, one after the other."""
    y = np.sin(x)
    y = y * x
    y = y + 1.0
    y = np.exp(-y)
    y = y / (1.0 + x)
    y = np.sqrt(y)
    y = np.tanh(y)
    return y - x


def loop(x, steps=100):
    """A hundred explicit steps: memory must not grow with them."""
    for _ in range(steps):
        x = x + 0.01 * np.sin(x)
    return x


def grid(n):
    """A smooth positive function on an n x n grid, flattened."""
    s = np.sin(np.pi * np.arange(1, n + 1) / (n + 1))
    return np.outer(s, s).ravel()


PROBLEMS = [
    Problem("formula, Python float", formula, 1.3, "derivative"),
    Problem("x*x, n=10", product, np.linspace(0.1, 1.0, 10), "jacobian"),
    Problem("rosenbrock, n=10", rosenbrock, np.linspace(0.1, 1.2, 10), "grad"),
    Problem("rosenbrock, n=100", rosenbrock, np.linspace(0.1, 1.2, 100), "grad"),
    Problem("tanh(A@x) + x**2, n=100", layer, np.linspace(0.1, 1.2, 100), "jacobian"),
    Problem("bratu 64x64", bratu, grid(64)),
    Problem("bratu 128x128", bratu, grid(128)),
    Problem("chain, n=10", chain, np.linspace(0.1, 1.0, 10), "jacobian"),
    Problem("chain, n=1e3", chain, np.linspace(0.1, 1.0, 1000)),
    Problem("chain, n=1e5", chain, np.linspace(0.1, 1.0, 10**5)),
    Problem("chain, n=1e6", chain, np.linspace(0.1, 1.0, 10**6)),
]
