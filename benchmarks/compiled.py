"""What compiled functions cost, in units of the plain NumPy function, in one run: `python benchmarks/compiled.py`.

Each row times f and the compiled derivative alternately, and shows the ratio of the least times.  Nothing is asserted.
`--write` measures all rows, with exact=True and with exact=False, and writes them into docs/benchmarks.md.
"""

import argparse
import time
import warnings

import numpy as np
from scipy.special import erf
from shown import PAGE, header, into_page, unit
from tasks import (
    black_scholes,
    bratu,
    brusselator,
    burgers,
    chain,
    formula,
    kalman,
    lennard_jones,
    lorenz,
    mixture,
    mixture_data,
    options,
    perceptron,
    recurrent,
    recurrent_data,
    rosenbrock,
)  # fmt: skip

import dualdiff as dd


def rows(large):
    """(name, f, derivative of the compiled f, arguments of f, arguments of the derivative)."""

    def jvp(c):
        return lambda x, v: dd.jvp(c, (x,), (v,))

    def gradient(name, f, x):
        return name, f, dd.value_and_grad, (x,), (x,)

    for n in (4, 16, 100):
        yield gradient(f"gradient of Rosenbrock, n = {n}", rosenbrock(), np.linspace(0.5, 1.5, n))
    yield "derivative of a formula", formula(), dd.derivative, (0.7,), (0.7,)
    yield "second derivative of it", formula(), lambda c: dd.nth_derivative(c, 2), (0.7,), (0.7,)
    for n in (10, 1000, 100_000, *((1_000_000,) if large else ())):
        x = np.linspace(0.1, 2.0, n)
        yield f"jvp of the chain, n = {n}", chain(), jvp, (x,), (x, np.ones(n))
    for n in (32, 256, *((1000,) if large else ())):
        u = np.random.default_rng(0).normal(size=(n, n))
        yield f"jvp of Bratu, {n}^2", bratu(), jvp, (u,), (u, np.ones((n, n)))
    yield gradient("gradient of a mixture, 1000 points", mixture(), mixture_data()[1])
    yield gradient("gradient of an RNN, 200 steps", recurrent(), recurrent_data()[2])
    yield gradient("gradient of a Kalman filter, 100 steps", *kalman())
    yield gradient("gradient through 1000 steps of Lorenz", lorenz(), np.array([1.0, 2.0, 20.0]))
    yield gradient("gradient of Burgers in place", burgers(), np.sin(np.linspace(0, 3, 100)))
    for n in (16, 100):
        x = np.linspace(0.5, 1.5, n)
        yield f"Hessian of Rosenbrock, n = {n}", rosenbrock(), dd.hessian, (x,), (x,)

    def hvp(c):
        return lambda x, v: dd.hvp(c, (x,), (v,))

    x = np.linspace(0.5, 1.5, 100_000)
    yield "hvp of Rosenbrock, n = 1e5", rosenbrock(), hvp, (x,), (x, np.ones_like(x))
    u = np.random.default_rng(0).normal(size=1000)
    yield "Jacobian of the Brusselator, 1000 unknowns", brusselator(), dd.jacobian, (u,), (u,)
    for n in (8, 64, 256):
        x = np.random.default_rng(1).normal(size=n)
        yield f"Jacobian of a perceptron, n = {n}", perceptron(n), dd.jacobian, (x,), (x,)
    grid = np.stack(np.meshgrid(*[np.arange(5.0)] * 2, np.arange(4.0)), -1).reshape(-1)
    yield gradient("Lennard-Jones, 100 atoms", lennard_jones, 1.1 * grid + 0.01 * np.sin(np.arange(300)))

    def greeks(c):
        return dd.value_and_grad(c, argnums=(0, 2, 3, 4))

    if large:
        x = options(1_000_000)
        yield "Black-Scholes and 4 greeks, 1e6 options", black_scholes(np, erf), greeks, x, x


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


MARKS = ("<!-- compiled -->", "<!-- /compiled -->")
AT_MOST = {
    "gradient of Rosenbrock, n = 4": (0.15, None), "gradient of Rosenbrock, n = 16": (0.15, None),
    "gradient of Rosenbrock, n = 100": (0.25, None), "derivative of a formula": (0.3, None),
    "second derivative of it": (0.5, None), "jvp of the chain, n = 10": (0.4, None),
    "jvp of the chain, n = 1000": (1.0, 0.6), "jvp of the chain, n = 100000": (1.35, 0.8),
    "jvp of the chain, n = 1000000": (1.25, 0.7), "jvp of Bratu, 32^2": (0.3, None), "jvp of Bratu, 256^2": (0.8, None),
    "jvp of Bratu, 1000^2": (1.1, None), "gradient of a mixture, 1000 points": (0.8, 0.5),
    "gradient of an RNN, 200 steps": (0.4, None), "gradient of a Kalman filter, 100 steps": (0.5, None),
    "gradient through 1000 steps of Lorenz": (0.3, None), "gradient of Burgers in place": (0.5, None),
    "Hessian of Rosenbrock, n = 16": (0.6, None), "Hessian of Rosenbrock, n = 100": (8, None),
    "hvp of Rosenbrock, n = 1e5": (2.5, None), "Jacobian of the Brusselator, 1000 unknowns": (12, None),
    "Jacobian of a perceptron, n = 8": (1.5, None), "Jacobian of a perceptron, n = 64": (5, None),
    "Jacobian of a perceptron, n = 256": (50, None), "Lennard-Jones, 100 atoms": (1.5, 1.0),
    "Black-Scholes and 4 greeks, 1e6 options": (1.6, 0.8),
}  # fmt: skip
"""Of value and derivative together, in units of f: with NumPy's bits, and with exact=False."""


def measured(row, exact, seconds):
    """(seconds of f, cost of the value, cost of value and derivative, warnings)."""
    _, f, transform, args, others = row
    c = dd.compile(f, exact=exact, check="never")
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        d = transform(c)
        d(*others), c(*args)
    value, both = least(f, args, c, args, seconds / 2), least(f, args, d, others, seconds)
    return both[0], value[1] / value[0], both[1] / both[0], [str(w.message)[:120] for w in met]


def table(seconds):
    """The lines of the table."""
    yield header("python benchmarks/compiled.py --write")
    yield ""
    yield "| value and derivative, in units of f | f | at most | measured | exact=False: at most | measured |"
    yield "|-|-|-|-|-|-|"
    for row in rows(True):
        base, _, exact, _ = measured(row, True, seconds)
        inexact = measured(row, False, seconds)[2]
        cells = []
        for most, found in zip(AT_MOST[row[0]], (exact, inexact), strict=True):
            missed = "" if most is None or found <= most else ", missed"
            cells += ["" if most is None else f"{most:g}", f"{found:.2f}{missed}"]
        yield f"| {row[0]} | {unit(base)} | " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--large", action="store_true", help="the rows with a million numbers, too")
    parser.add_argument("--inexact", action="store_true", help="programs with exact=False")
    parser.add_argument("--write", action="store_true", help="all rows, both ways, into docs/benchmarks.md")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each row")
    parser.add_argument("--only", default="", help="rows with this in their name")
    given = parser.parse_args()
    if given.write:
        lines = []
        for line in table(given.seconds):
            print(line, flush=True)
            lines.append(line)
        PAGE.write_text(into_page(PAGE.read_text(encoding="utf-8"), "\n".join(lines), MARKS), encoding="utf-8")
        return
    print(f"{'':45s} {'f':>10s} {'value':>7s} {'derivative':>10s}")
    for row in rows(given.large):
        if given.only not in row[0]:
            continue
        base, value, both, met = measured(row, not given.inexact, given.seconds)
        why = "".join(f"  ({text})" for text in met)
        print(f"{row[0]:45s} {base * 1e6:8.1f}us {value:7.2f} {both:10.2f}{why}", flush=True)


if __name__ == "__main__":
    main()
