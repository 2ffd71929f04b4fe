"""Sparse Jacobians, measured: `python benchmarks/sparse_jacobians.py` prints Markdown.

For each problem: what the plan costs once (pattern, colours, decompression), and a Jacobian by it in units of
one evaluation of f (best of many, in turns in one run): the numbers alone, and the matrix.  Beside them the targets.
Nothing is asserted but that the Jacobian agrees with products that know no pattern.
"""

import argparse
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # see table.py

import numpy as np
from shown import header, unit
from timing import interleaved

import dualdiff as dd


def broyden(x):
    """Broyden's tridiagonal function."""
    y = (3 - 2 * x) * x + 1
    y[1:] -= x[:-1]
    y[:-1] -= 2 * x[1:]
    return y


def brusselator(z, a=1.0, b=3.0, diffusion=0.02):
    """The right-hand side of the Brusselator in one dimension: two fields, alternating."""
    u, v = z[::2], z[1::2]
    c = diffusion * (len(u) + 1) ** 2
    left, right = np.concatenate([[1.0], u, [1.0]]), np.concatenate([[3.0], v, [3.0]])
    out = np.zeros_like(z)
    out[::2] = a + u * u * v - (b + 1) * u + c * np.diff(left, 2)
    out[1::2] = b * u - u * u * v + c * np.diff(right, 2)
    return out


def bratu(u):
    """Bratu's residual on a square grid, five points."""
    n = int(np.sqrt(u.size))
    U = np.pad(u.reshape(n, n), 1)
    laplacian = (U[2:, 1:-1] + U[:-2, 1:-1] + U[1:-1, 2:] + U[1:-1, :-2] - 4 * U[1:-1, 1:-1]) * (n + 1) ** 2
    return (laplacian + 6.0 * np.exp(U[1:-1, 1:-1])).ravel()


def cells(x):
    """Ten thousand small systems side by side."""
    y = x.reshape(-1, 3)
    a, b, c = y.T
    return np.stack([a * b - c, np.exp(-a) + b * b, np.sin(c) * a], axis=1).ravel()


def minimal_surface(u):
    """The area of a surface over a square grid: one number."""
    n = int(np.sqrt(u.size))
    U = np.pad(u.reshape(n, n), 1)
    return np.sum(np.sqrt(1 + np.diff(U, axis=0)[:, 1:] ** 2 + np.diff(U, axis=1)[1:] ** 2))


JACOBIANS = [
    ("tridiagonal (Broyden), n = 100", broyden, np.linspace(-1, 1, 100), "5"),
    ("tridiagonal (Broyden), n = 1e5", broyden, np.linspace(-1, 1, 10**5), "8"),
    ("Brusselator, n = 1000", brusselator, np.linspace(1, 2, 1000), "15"),
    ("5-point stencil (Bratu), n = 1e5", bratu, np.zeros(316**2), ""),
    ("1e4 systems of 3", cells, np.linspace(0.1, 1, 30000), ""),
]
HESSIANS = [
    ("minimal surface, n = 900", minimal_surface, np.linspace(0, 1, 900), ""),
    ("minimal surface, n = 1e4", minimal_surface, np.linspace(0, 1, 10**4), ""),
]


def measure(make, f, x, seconds):
    """(seconds to make the plan, plan, ratio of the numbers alone, ratio of the matrix, seconds of f)."""
    start = time.perf_counter()
    plan = make(f, x)
    once = time.perf_counter() - start
    plan.check(x)
    base, data, full = interleaved(lambda: f(x), lambda: plan.value_and_data(x), lambda: plan(x), seconds=seconds)
    return once, plan, data / base, full / base, base


def main(argv=None):
    """Measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="about how long each problem is measured (1)")
    options = parser.parse_args(argv)
    print(header("python benchmarks/sparse_jacobians.py"))
    print("\n| problem | f | entries | colours | plan, once | numbers, times f | matrix, times f | target |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for make, cases in ((dd.sparse_jacobian, JACOBIANS), (dd.sparse_hessian, HESSIANS)):
        for name, f, x, target in cases:
            once, plan, data, full, base = measure(make, f, x, options.seconds)
            kind = "H: " if make is dd.sparse_hessian else ""
            print(f"| {kind}{name} | {unit(base)} | {plan.pattern.nnz} | {plan.ncolors} | {unit(once)} | {data:.2f} | "
                  f"{full:.2f} | {target} |", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
