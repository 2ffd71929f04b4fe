"""Fits the constants of dualdiff/transforms/costs.py: `python benchmarks/fit_costs.py [--write]`.

Measures every way of taking a derivative on the functions of gradients.py and gradients_more.py, counts what they do,
and solves for the constants by least squares of logarithms.  Run it again when the costs of a way have changed; --write
puts the constants into the file.  Only their ratios matter.
"""

import argparse
import os
import re
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # see table.py

import gradients
import gradients_more
import numpy as np
from scipy.optimize import least_squares, nnls
from timing import interleaved

import dualdiff as dd
from dualdiff.core import NotSecondOrder, ZeroTimesInfinity
from dualdiff.transforms import costs
from dualdiff.transforms.grad import record
from dualdiff.transforms.linearize import Linearization
from dualdiff.transforms.second import SecondRecording

FUNCTIONS = {
    **gradients.GRADIENTS, **gradients.JACOBIANS, **gradients_more.GRADIENTS, **gradients_more.JACOBIANS
}  # fmt: skip
"""What is measured."""


def forward(work, f, x):
    """(directions, call) of runs with directions."""
    for k in (1, 8, x.size):
        if k * work.elements < 2e7:
            V = np.random.default_rng(1).normal(size=(k, *x.shape))
            yield k, lambda V=V: dd.jvp(f, (x,), (V,))
    if work.outputs > 1 and x.size <= 1000:
        J = dd.jacobian(f, mode="forward")
        yield x.size, lambda: J(x)


def reverse(work, f, x):
    """One gradient."""
    if work.outputs == 1:
        g = dd.grad(f, mode="reverse")
        yield 1, lambda: g(x)


def rows(work, f, x):
    """A Jacobian by rows."""
    if work.outputs > 1:
        J = dd.jacobian(f, mode="reverse")
        yield work.outputs, lambda: J(x)


def columns(work, f, x):
    """A Jacobian by columns of what was recorded."""
    if work.outputs > 1:
        yield x.size, lambda: Linearization(record(f, (x,), 0, {}, False)[0]).dense("forward")


def pattern(work, f, x):
    """Finding a pattern and its colours."""
    if work.outputs > 1:
        yield 1, lambda: dd.sparse_jacobian(f, x)


def pairs(work, f, x):
    """Second-order rows."""
    n = x.size
    k = n + n * (n + 1) // 2
    if work.outputs == 1 and 4 < n <= 128 and k * (work.elements + work.products) < 1e7:
        H = dd.hessian(f, mode="forward")
        yield k, lambda: H(x)


def nested(work, f, x):
    """Forward over reverse, along one recording."""
    if work.outputs == 1:
        for k in (1, 4, x.size):
            if k <= x.size and k * (work.elements + work.products) < 2e7:
                V = np.random.default_rng(1).normal(size=(k, *x.shape))
                yield k, lambda V=V: products(f, x, V)


def products(f, x, V):
    """The gradient and products of the Hessian; what has no second order along a recording is not measured."""
    try:
        recording = SecondRecording(f, [x], tuple, {})
        width = recording.width(len(V))
        return [recording.along([V[start : start + width]]) for start in range(0, len(V), width)]
    except (NotSecondOrder, ZeroTimesInfinity):
        raise dd.errors.UnsupportedError("nested") from None


WAYS = {"forward": forward, "reverse": reverse, "rows": rows, "columns": columns, "pattern": pattern,
        "pairs": pairs, "nested": nested}  # fmt: skip


def measure(way, seconds):
    """Rows of features and microseconds."""
    found = []
    for name, (f, x) in FUNCTIONS.items():
        work, _ = costs.counted(f, (x,), 0, {})
        for k, call in WAYS[way](work, f, x):
            try:
                (t,) = interleaved(call, seconds=seconds, least=3, clock=time.thread_time)
            except dd.errors.DualDiffError as error:
                print(f"  {name}: {str(error)[:80]}", file=sys.stderr)
                continue
            found.append((name, k, costs.features(way, work, k), 1e6 * t))
    return found


ONCE = {"reverse", "pattern"}
"""Ways that take one pass, in which what a pass costs and what a direction costs are one."""

OF_DIRECTIONS = {"k scalars", "k arrays", "k shorts", "k crossed", "k calls", "found", "much found"}


def fitted(way, rows):
    """The constants that fit best: logarithms, with less weight on what fits badly."""
    A = np.array([features for _, _, features, _ in rows], float)
    for i, name in enumerate(costs.FEATURES):
        if way in ONCE and name in OF_DIRECTIONS or way == "pattern" and name == "products":
            A[:, i] = 0.0
    t = np.array([t for *_, t in rows])
    least = 0.03 * np.min(t[:, None] / np.maximum(A, 1e-9), axis=0)
    start = np.maximum(nnls(A / t[:, None], np.ones(len(t)))[0], least)
    used = A.any(axis=0)

    def off(logs):
        return np.log(A[:, used] @ np.exp(logs)) - np.log(t)

    found = least_squares(off, np.log(start[used]), loss="soft_l1", f_scale=0.3, bounds=(-20.0, 10.0))
    c = np.zeros(A.shape[1])
    c[used] = np.exp(found.x)
    return np.where(c > 1e-7, c, 0.0)


def written(way, constants):
    """The lines of one way, five constants in each."""
    terms = [f'"{name}": {x:g}' for name, x in constants.items()]
    lines = [", ".join(terms[i : i + 5]) for i in range(0, len(terms), 5)]
    return f'    "{way}": {{\n' + "".join(f"        {line},\n" for line in lines) + "    },\n"


def main(argv=None):
    """Measures, fits, prints, and writes if it is told to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="put the constants into costs.py")
    parser.add_argument("--seconds", type=float, default=0.02, help="about how long each call is measured")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--verbose", action="store_true", help="print each measurement")
    options = parser.parse_args(argv)
    constants = dict(costs.CONSTANTS)
    for way in options.ways:
        rows = measure(way, options.seconds)
        c = fitted(way, rows)
        constants[way] = {name: float(f"{x:.3g}") for name, x in zip(costs.FEATURES, c, strict=True) if x}
        off = np.array([np.log(np.dot(features, c) / t) for _, _, features, t in rows])
        print(f"{way}: {len(rows)} calls, typically within {np.exp(np.sqrt(np.mean(off**2))):.2f}x, "
              f"at worst {np.exp(np.max(np.abs(off))):.2f}x")  # fmt: skip
        if options.verbose:
            for (name, k, _, t), o in zip(rows, off, strict=True):
                print(f"    {name:32} k={k:5} {t:10.1f} us, predicted {np.exp(o):5.2f} of it")
    text = "CONSTANTS = {\n" + "".join(map(written, constants, constants.values())) + "}\n"
    print(text)
    if options.write:
        path = Path(costs.__file__)
        old = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^CONSTANTS = \{.*?^\}\n", text, old, flags=re.M | re.S), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
