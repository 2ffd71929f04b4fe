"""Starts far from the root, where F(x0) is so large that a residual small against it says nothing: wrong successes.

    python benchmarks/solve_far.py [--starts 200]

Seven families, each from so many starts, by `root` and by `root_batch`.  A success
is wrong where x is not within 1e-5 of a root that is known otherwise; for Powell's singular function, whose J is
singular at the root, where |F| is above 1e-6.
"""

import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from dualdiff import solve

RNG = np.random.default_rng(7)


def families(count):
    """(name, fun(x, *args), starts (n, count), args (one number a system), wrong(x, *args))."""
    far = RNG.choice([-1, 1], (1, count)) * 10 ** RNG.uniform(-1, 3, (1, count))
    a = RNG.uniform(0.5, 20, count)
    yield "exp(x) = a", lambda x, a: np.exp(x) - a, np.clip(far, -700, 700), (a,), near(lambda a: [np.log(a)])
    yield "x^3 = a", lambda x, a: x**3 - a, far, (a,), near(lambda a: [np.cbrt(a)])
    yield "sinh(x) = a", lambda x, a: np.sinh(x) - a, np.clip(far, -600, 600), (a,), near(lambda a: [np.arcsinh(a)])

    def diode(v, source, r):
        return (source - v) / r - 1e-12 * (np.exp(np.clip(v / 0.02585, -700, 700)) - 1)

    source, r = RNG.uniform(1, 12, count), 10 ** RNG.uniform(1, 5, count)
    yield "diode and resistor", diode, RNG.uniform(0, 12, (1, count)), (source, r), near(
        lambda s, r: [bisect(lambda v: diode(v, s, r), 0.0, s)]
    )

    def kepler(E, M, e):
        return E - e * np.sin(E) - M

    M, e = RNG.uniform(0, 2 * np.pi, count), RNG.uniform(0, 0.99, count)
    yield "Kepler", kepler, far, (M, e), near(lambda M, e: [bisect(lambda E: kepler(E, M, e), M - 1.0, M + 1.0)])

    def state(z, A, B):
        return z**3 - (1 - B) * z**2 + (A - 3 * B**2 - 2 * B) * z - (A * B - B**2 - B**3)

    A, B = 10 ** RNG.uniform(-2, 0.5, count), 10 ** RNG.uniform(-3, -0.5, count)
    def compressibilities(A, B):
        return [z.real for z in np.roots([1, B - 1, A - 3 * B**2 - 2 * B, B**3 + B**2 - A * B]) if abs(z.imag) < 1e-6]

    yield "cubic equation of state", state, far, (A, B), near(compressibilities)

    def powell(x, c):
        return np.array([x[0] + 10 * x[1], c * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, c * (x[0] - x[3]) ** 2])

    scale = 10 ** RNG.uniform(0, 4, count)
    yield "Powell singular", powell, scale * np.array([[3.0], [-1], [0], [1]]) * RNG.uniform(0.5, 2, (4, count)), (
        RNG.uniform(1, 3, count),
    ), lambda x, c: np.max(np.abs(powell(x, c))) > 1e-6


def bisect(f, low, high):
    """A root between two points."""
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if np.sign(f(middle)) == np.sign(f(low)) else (low, middle)
    return 0.5 * (low + high)


def near(roots):
    """Whether x is none of the roots."""
    return lambda x, *args: not any(abs(x[0] - z) <= 1e-5 * max(abs(z), 1e-3) for z in roots(*args))


def main():
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=200)
    count = parser.parse_args().starts
    print("| family | starts | root: solved | wrong | root_batch: solved | wrong | seconds |")
    print("|-|-|-|-|-|-|-|")
    total = 0
    for name, fun, starts, args, wrong in families(count):
        begin, found = time.process_time(), []
        for i in range(count):
            mine = tuple(float(a[i]) for a in args)
            r = solve.root(fun, starts[:, i], mine)
            found.append((r.success, r.success and wrong(r.x, *mine)))
        batch = solve.root_batch(fun, starts, args)
        b = [wrong(batch.x[:, i], *(float(a[i]) for a in args)) for i in np.flatnonzero(batch.success)]
        solved, bad = np.sum(found, axis=0)
        total += int(bad) + int(np.sum(b))
        print(f"| {name} | {count} | {solved} | {bad} | {len(b)} | {int(np.sum(b))} | "
              f"{time.process_time() - begin:.1f} |", flush=True)  # fmt: skip
    print(f"\nwrong successes: {total}")


if __name__ == "__main__":
    main()
