"""Many small systems at once by solve.root_batch: implied volatilities with bounds, cubic equations of state.

    python benchmarks/solve_batches.py [--size 100000]

Each line says how long the batch took, and how many systems are flagged though a bracketing bisection finds their root.
"""

import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.special import ndtr

from dualdiff import solve


def volatilities(n):
    """(fun, X0, args, bounds, how far a value is from a root) of options between deep in and deep out of the money."""
    rng = np.random.default_rng(0)
    strike, time_left, rate = rng.uniform(60, 160, n), rng.uniform(0.05, 2.0, n), 0.01
    truth = rng.uniform(0.05, 1.2, n)

    def price(v, strike, t):
        d = (np.log(100.0 / strike) + (rate + v**2 / 2) * t) / (v * np.sqrt(t))
        return 100.0 * ndtr(d) - strike * np.exp(-rate * t) * ndtr(d - v * np.sqrt(t))

    paid = price(truth, strike, time_left)
    return (
        (lambda v, paid, strike, t: price(v, strike, t) - paid),
        np.full((1, n), 0.3),
        (paid, strike, time_left),
        (1e-3, 5.0),
    )


def equations_of_state(n):
    """Compressibility factors by Peng and Robinson's equation, from the side of the ideal gas and of the liquid."""
    rng = np.random.default_rng(1)
    reduced_t, reduced_p = rng.uniform(0.6, 2.0, n), 10 ** rng.uniform(-2, 1.3, n)
    factor = rng.uniform(0.0, 0.5, n)
    kappa = 0.37464 + 1.54226 * factor - 0.26992 * factor**2
    alpha = (1 + kappa * (1 - np.sqrt(reduced_t))) ** 2
    A, B = 0.45724 * alpha * reduced_p / reduced_t**2, 0.0778 * reduced_p / reduced_t

    def fun(z, A, B):
        return z**3 - (1 - B) * z**2 + (A - 3 * B**2 - 2 * B) * z - (A * B - B**2 - B**3)

    start = np.where(rng.random(n) < 0.5, 1.0, 1.1 * B)[None]
    return fun, start, (A, B), None


def has_root(fun, args, low, high):
    """Where fun changes its sign between two numbers."""
    grid = np.linspace(low, high, 400)
    signs = np.stack([np.sign(fun(np.full((1, len(args[0])), v), *args)[0]) for v in grid])
    return np.any(signs[1:] != signs[:-1], axis=0)


def main():
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000)
    n = parser.parse_args().size
    print("| systems | seconds | solved | flagged | flagged, with a root | claimed, |F| > 1e-6 |")
    print("|---------|---------|--------|---------|----------------------|---------------------|")
    for name, make, ends in (("implied volatilities", volatilities, (1e-3, 5.0)),
                             ("cubic equations of state", equations_of_state, (1e-3, 40.0))):  # fmt: skip
        fun, x0, args, bounds = make(n)
        begin, cpu = time.perf_counter(), time.process_time()
        r = solve.root_batch(fun, x0, args, bounds=bounds)
        spent, busy = time.perf_counter() - begin, time.process_time() - cpu
        bad = ~r.success
        lost = has_root(fun, tuple(a[bad] for a in args), *ends).sum() if bad.any() else 0
        size = np.abs(fun(r.x, *args)[0])
        print(f"| {name} {n:g} | {spent:.2f} (CPU {busy:.2f}) | {int(r.success.sum())} | {int(bad.sum())} | {lost} | "
              f"{int((size[r.success] > 1e-6).sum())} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
