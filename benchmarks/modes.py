"""What the choice of a mode is worth: `python benchmarks/modes.py [--unseen] [--only WORD] [--seconds S]`.

Prints, in units of one evaluation of f, gradients of the functions of gradients.py (or of unseen.py, to which no
constant was fitted) in both modes and as "auto" takes them, then dense Jacobians and Hessians.  All calls of a row in
turns, best of many, in time of this thread.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # see table.py

import gradients as known
import numpy as np
import unseen
from timing import interleaved

import dualdiff as dd


def show(name, f, x, ways, seconds):
    """One row: each way in units of f, and how much dearer the last ("auto") is than the best; returns that."""
    calls = [lambda: f(x), *(lambda way=way: way(x) for way in ways.values())]
    base, *times = interleaved(*calls, seconds=seconds, least=3, clock=time.thread_time)
    lost = times[-1] / min(times)
    cells = "  ".join(f"{way} {t / base:8.3g}" for way, t in zip(ways, times, strict=True))
    print(f"{name:32} f {1e6 * base:8.1f} us  {cells}  {lost:5.2f}x", flush=True)
    return lost


def gradients(functions, only, seconds):
    """Both modes, and what is chosen."""
    lost = []
    for name, (f, x) in functions.GRADIENTS.items():
        if only in name:
            auto = dd.grad(f)
            auto(x)
            ways = {"forward": dd.grad(f, mode="forward"), "reverse": dd.grad(f, mode="reverse"), "auto": auto}
            lost.append(show(name, f, x, ways, seconds))
    if lost:
        print(f"\nauto against the better mode: at worst {max(lost):.2f}x, {np.mean(lost):.2f}x in the mean\n")


def jacobians(functions, only, seconds):
    """By columns, by rows, by colours, and what is chosen; the first call by itself."""
    for name, (f, x) in functions.JACOBIANS.items():
        if only in name:
            auto = dd.jacobian(f)
            start = time.thread_time()
            auto(x)
            first = time.thread_time() - start
            ways = {mode: dd.jacobian(f, mode=mode) for mode in ("forward", "reverse", "colored")}
            show(name, f, x, {**ways, "auto": auto}, seconds)
            print(f"    first call {1e3 * first:.2f} ms, {auto.explain(x).mode}")


def hessians(functions, only, seconds):
    """All ways, and what is chosen."""
    for name, (f, x) in functions.GRADIENTS.items():
        if only in name and name in functions.HESSIANS:
            auto = dd.hessian(f)
            auto(x)
            modes = [mode for mode in ("forward", "reverse", "colored") if mode != "forward" or x.size < 64]
            ways = {mode: dd.hessian(f, mode=mode) for mode in modes}
            show(f"H: {name}", f, x, {**ways, "auto": auto}, seconds)


def field(x):
    """Elementwise, and neighbours."""
    return np.tanh(np.exp(-x * x) * np.sin(x)) + np.log1p(x * x) * np.roll(x, 1)


def turned(x):
    """Three results of three numbers, for each point."""
    a, b, c = x[:, 0], x[:, 1], x[:, 2]
    return np.stack([np.sin(a) * b + c, np.exp(-b * b) * a, a * b * c + np.tanh(c)], axis=1)


def large(functions, only, seconds):
    """Many directions, batches of points, and two threads (in time that passes: the machine should be quiet)."""
    rng = np.random.default_rng(0)
    x, V = rng.normal(size=10**5), rng.normal(size=(64, 10**5))
    f, t = interleaved(lambda: field(x), lambda: dd.jvp(field, (x,), (V,)), seconds=seconds, clock=time.thread_time)
    print(f"jvp of 64 directions, 1e5 elements: {t / f / 64:.2f} f a direction")
    x, J = rng.normal(size=(10**5, 3)), dd.jacobian(turned, batched=True)
    f, t = interleaved(lambda: turned(x), lambda: J(x), seconds=seconds, clock=time.thread_time)
    print(f"batched Jacobian, 3 x 3 at 1e5 points: {t / f:.1f} f")
    x, rows = rng.normal(size=24), np.linspace(0.5, 1.5, 10**6 // 24)
    for name, h in (("one ufunc", np.sin), ("a field", field)):
        g = partial(lambda h, x: h(x[:, None] * rows), h)
        with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two:
            ways = [dd.jacobian(g, mode="forward", chunk=2, executor=pool) for pool in (None, one, two)]
            alone, first, both = interleaved(*(lambda J=J: J(x) for J in ways), seconds=5 * seconds)
        print(f"chunked Jacobian of 1e6 elements, {name}: two threads {first / both:.2f}x faster than one, "
              f"{alone / both:.2f}x than without")  # fmt: skip


PARTS = {"gradients": gradients, "jacobians": jacobians, "hessians": hessians, "large": large}


def main(argv=None):
    """Prints the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--seconds", type=float, default=0.2, help="about how long each row is measured")
    parser.add_argument("--unseen", action="store_true", help="functions that no constant was fitted to")
    options = parser.parse_args(argv)
    functions = unseen if options.unseen else known
    for part in options.parts:
        PARTS[part](functions, options.only, options.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
