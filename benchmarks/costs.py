"""The cost of forward and reverse, measured: `python benchmarks/costs.py [--plot FILE.png]`.

For f: R^n -> R^m over a grid of (n, m), in units of one evaluation of f (best of many, all in turns in
one run): J v by jvp, v'J by vjp, linearize and its replayed products, and the whole Jacobian by columns,
by rows and by colours.  Beside them the bounds of Griewank and Walther, Evaluating Derivatives, 2nd ed.,
SIAM 2008, chapters 3 and 4, which count arithmetic operations: J v within 2 to 2.5 evaluations of f, v'J
within 3 to 4.

Two functions:

    banded   a row of J has few entries, and f costs O(max(n, m)): three-point differences and elementwise
             functions, then sums over blocks (n > m) or copies with different weights (n < m)
    dense    tanh(A @ sin(x)): J has no zeros

J by colours is a plan of `sparse_jacobian`, made before and reused: pattern and colours are found by it.

Nothing is asserted but that all ways give the same Jacobian.
"""

import argparse
import itertools
import os
import sys
from dataclasses import dataclass

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # see table.py

import numpy as np
from shown import header, unit
from timing import interleaved

import dualdiff as dd
from dualdiff.demo.costs import crossover, layer

SIZES = (1, 10, 100, 1000, 10000)
WORK = 10**8
"""Elements that the products for a whole Jacobian may have; beyond, it is left out."""
MATRIX = 10**6
"""Elements that a dense A, or a dense Jacobian, may have."""
KINDS = {"jv": "J v", "vj": "v'J", "linearize": "linearize", "plan": "plan", "product": "J @ v",
         "transposed": "J.T @ w", "forward": "by columns", "reverse": "by rows", "colours": "by colours"}  # fmt: skip
BOUNDS = {"jv": "2 to 2.5", "vj": "3 to 4"}


@dataclass(frozen=True)
class Case:
    """A function at a point; plan: of its sparse Jacobian."""

    n: int
    m: int
    f: object
    x: np.ndarray
    plan: object = None


@dataclass
class Row:
    """Seconds for f, the others in units of it (None: left out)."""

    n: int
    m: int
    f: float
    jv: float
    vj: float
    linearize: float
    plan: float
    product: float
    transposed: float
    forward: float | None = None
    reverse: float | None = None
    colours: float | None = None


def banded(n, m):
    """The banded function with n inputs and m outputs; the larger is a multiple of the smaller."""
    if max(n, m) % min(n, m):
        raise ValueError(f"n = {n} and m = {m}: one must be a multiple of the other")
    weights = np.linspace(0.5, 1.5, max(1, m // n))

    def f(x):
        y = x * np.exp(-x * x) - 2.0 * x
        y[1:] += x[:-1]
        y[:-1] += x[1:]
        if n > m:
            return y.reshape(m, n // m).sum(axis=1)
        return np.tanh(np.multiply.outer(y, weights)).ravel() if m > n else y

    x = np.linspace(0.1, 1.2, n)
    return Case(n, m, f, x, dd.sparse_jacobian(f, x))


def dense(n, m):
    """tanh(A @ sin(x))."""
    f, x = layer(n, m)
    return Case(n, m, f, x)


def measure(case, seconds):
    """The costs of one case.

    Raises
    ------
    ArithmeticError
        If two ways to the Jacobian differ, which would make the comparison worthless.
    """
    f, x, n, m = case.f, case.x, case.n, case.m
    v, w = np.ones(n), np.ones(m)
    J = dd.linearize(f, x)[1]
    JT = J.T
    most = max(n, m)
    columns, rows = dd.jacobian(f, mode="forward"), dd.jacobian(f, mode="reverse")
    calls = {
        "f": lambda: f(x),
        "jv": lambda: dd.jvp(f, (x,), (v,)),
        "vj": lambda: dd.vjp(f, x)[1](w),
        "linearize": lambda: dd.linearize(f, x),
        "plan": lambda: dd.linearize(f, x)[1] @ v,
        "product": lambda: J @ v,
        "transposed": lambda: JT @ w,
    }
    if n * most <= WORK and n * m <= MATRIX:
        calls["forward"] = lambda: columns(x)
    if m * most <= WORK and n * m <= MATRIX:
        calls["reverse"] = lambda: rows(x)
    if case.plan is not None:
        calls["colours"] = lambda: case.plan(x)
    check(case, [calls[name]() for name in ("forward", "reverse") if name in calls])
    found = dict(zip(calls, interleaved(*calls.values(), seconds=seconds, least=3), strict=True))
    base = found.pop("f")
    # the first product makes the program; the later ones cost `product`
    found["plan"] = max(0.0, found["plan"] - found["linearize"] - found["product"])
    return Row(n, m, base, **{name: own / base for name, own in found.items()})


def check(case, found):
    """Raises unless the Jacobians found agree with one another and with J v, v'J and the compressed one."""
    v = np.cos(np.arange(case.n))
    w = np.cos(np.arange(case.m))
    J = dd.linearize(case.f, case.x)[1]
    pairs = [(J @ v, dd.jvp(case.f, (case.x,), (v,))[1]), (J.T @ w, dd.vjp(case.f, case.x)[1](w))]
    pairs += [(A @ v, pairs[0][1]) for A in found] + [(w @ A, pairs[1][1]) for A in found]
    if case.plan is not None:
        A = case.plan(case.x)
        pairs += [(A @ v, pairs[0][1]), (A.T @ w, pairs[1][1])]
    for a, b in pairs:
        if not np.allclose(a, b, rtol=1e-9, atol=1e-9 * np.abs(b).max()):
            raise ArithmeticError(f"n = {case.n}, m = {case.m}: two ways to the derivative differ")


def cell(x):
    """A ratio, or a dash."""
    return "-" if x is None else f"{x:.3g}" if x < 1000 else f"{x:.0f}"


def show(name, kinds, cases, seconds):
    """Prints the table of one function as Markdown as it is measured; returns its rows."""
    print(f"\n{name}\n")
    print("| n | m | f | " + " | ".join(KINDS[kind] for kind in kinds) + " |")
    print("|--:|--:|--:|" + "--:|" * len(kinds))
    print("| | | bound | " + " | ".join(BOUNDS.get(kind, "") for kind in kinds) + " |")
    found = []
    for case in cases:
        row = measure(case, seconds)
        cells = [cell(getattr(row, kind)) for kind in kinds]
        print(f"| {row.n} | {row.m} | {unit(row.f)} | " + " | ".join(cells) + " |", flush=True)
        found.append(row)
    return found


def diagonals(rows):
    """The rows that have both dense Jacobians, grouped by n m and ordered by n/m: three or more."""
    groups: dict = {}
    for row in rows:
        if row.forward is not None and row.reverse is not None:
            groups.setdefault(row.n * row.m, []).append(row)
    return {size: sorted(g, key=lambda r: r.n / r.m) for size, g in sorted(groups.items()) if len(g) >= 3}


def show_crossovers(name, rows):
    """Prints where the Jacobian by columns and by rows cost the same."""
    for size, group in diagonals(rows).items():
        where = crossover(group)
        text = f"n/m = {where:.2g}" if where else "none within the grid"
        print(f"* {name}, n m = {size:.0e}: {text}")


def draw(path, found):
    """The crossover: J by columns, rows and colours against n/m at the largest n m; and one product against n."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, len(found), figsize=(6 * len(found), 9), squeeze=False)
    for (name, rows), top, bottom in zip(found.items(), *axes, strict=True):
        groups = diagonals(rows)
        size = 10**4 if 10**4 in groups else max(groups, default=None)
        if size is not None:
            group = groups[size]
            at = [r.n / r.m for r in group]
            for kind, mark in (("forward", "o-"), ("reverse", "s-"), ("colours", "^-")):
                if all(getattr(r, kind) is not None for r in group):
                    top.loglog(at, [getattr(r, kind) for r in group], mark, label=f"J {KINDS[kind]}")
            where = crossover(group)
            if where:
                top.axvline(where, color="0.6", ls=":", label=f"crossover, n/m = {where:.2g}")
            top.set(title=f"{name}: the whole J, n m = {size:.0e}", xlabel="n/m", ylabel="evaluations of f")
            top.legend()
        square = [r for r in rows if r.n == r.m]
        for kind, mark in (("jv", "o-"), ("vj", "s-"), ("product", "o--"), ("transposed", "s--")):
            bottom.loglog([r.n for r in square], [getattr(r, kind) for r in square], mark, label=KINDS[kind])
        bottom.axhspan(2, 2.5, color="C0", alpha=0.2, label="bound for J v")
        bottom.axhspan(3, 4, color="C1", alpha=0.2, label="bound for v'J")
        bottom.set(title=f"{name}: one product, n = m", xlabel="n", ylabel="evaluations of f")
        bottom.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(argv=None):
    """Measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plot", metavar="FILE.png", help="draw the crossover (needs matplotlib)")
    parser.add_argument("--seconds", type=float, default=0.5, help="about how long each (n, m) is measured (0.5)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="values of n and of m")
    options = parser.parse_args(argv)
    sizes = sorted(set(options.sizes))
    if sizes[0] < 1 or any(b % a for a, b in itertools.pairwise(sizes)):
        parser.error("--sizes must be positive, and each a multiple of the ones below it")
    if options.plot is not None:
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            print("--plot needs matplotlib", file=sys.stderr)
            return 2
    grid = [(n, m) for n in sizes for m in sizes]
    print(header("python benchmarks/costs.py"))
    print("\nIn units of f: J v is jvp, v'J is vjp with its recording; linearize records, `plan` is what its first")
    print("product costs more than a later one, J @ v and J.T @ w are later ones.  By columns and by rows are")
    print('jacobian(f, mode="forward") and mode="reverse", a dense J; by colours is a plan of sparse_jacobian,')
    print("made before.  A dash: too large.")
    found = {
        "banded": show("Banded", list(KINDS), (banded(*nm) for nm in grid), options.seconds),
        "dense": show("Dense: tanh(A @ sin(x))", list(KINDS)[:-1],
                      (dense(*nm) for nm in grid if nm[0] * nm[1] <= MATRIX), options.seconds),
    }  # fmt: skip
    print("\nWhere J by columns and J by rows cost the same:\n")
    for name, rows in found.items():
        show_crossovers(name, rows)
    if options.plot is not None:
        draw(options.plot, found)
        print(f"\nPicture: {options.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
