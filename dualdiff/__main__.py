"""``python -m dualdiff``: the main job end to end, as text a person can read, in under 20 seconds; and the commands.

Solves a nonlinear PDE with exact Jacobian-vector products and with SciPy's differences, measures what forward and
reverse derivatives cost, and checks derivatives against exact values.

Invariant: the exit code is 0 only if what is printed is what was promised.
"""

import argparse
import os
import platform
import sys
import time
from typing import Any

import numpy as np

from . import __version__
from .commands import COMMANDS, run
from .demo import accuracy, bratu, costs

__all__ = ["main", "show_accuracy", "show_costs", "show_solve"]

LAMBDA = 6.0
TOL = 1e-10
ULP_LIMIT = 4.0
SOLVE_SECONDS = 6.0
"""Bound on each of the two solvers, so that the whole stays below 20 s on a busy machine."""
MATRIX = 160 * 160


def title(text: str) -> None:
    """A heading."""
    print(f"\n{text}\n{'-' * len(text)}")


def show_solve(grid: int = 128, seconds: Any = SOLVE_SECONDS) -> tuple[Any, Any]:
    """Part 1: prints the solve and the comparison; returns the two outcomes."""
    title(f"1. A PDE by Newton-Krylov: -lap(u) = {LAMBDA:g} exp(u) on {grid} x {grid} points")
    print(f"The residual is plain NumPy (dualdiff/demo/bratu.py), scaled by h^2; from u = 0 to max|F| <= {TOL:g}.")
    print("\ndualdiff: every J v is exact; one line a Newton step")
    F, u0 = bratu.bratu(grid, LAMBDA), np.zeros(grid * grid)
    F(u0)       # neither solver pays for what NumPy sets up at a first call
    ours = bratu.by_dualdiff(F, u0, TOL, seconds)
    theirs = bratu.by_scipy(F, u0, TOL, seconds)
    print(f"\n{'':20} {'dualdiff':>15} {'SciPy':>15}")
    print(f"{'':20} {'solve.root':>15} {'newton_krylov':>15}")
    for name, a, b in (
        ("evaluations of F", ours.evaluations, theirs.evaluations),
        ("recordings of F", ours.linearizations, theirs.linearizations),
        ("products J v", ours.products, theirs.products),
        ("Newton steps", len(ours.work) - 1, len(theirs.work) - 1),
        ("seconds", f"{ours.seconds:.2f}", f"{theirs.seconds:.2f}"),
        ("max|F| at the end", f"{ours.fmax:.1e}", f"{theirs.fmax:.1e}"),
    ):
        print(f"{name:20} {a:>15} {b:>15}")
    print("SciPy makes each product from an evaluation of F. dualdiff records F once a Newton step; a product")
    print("replays the recording in compiled code and does not run F.")
    if not theirs.reached:
        print(f"SciPy did not reach {TOL:g}: {theirs.note}.")
    if ours.reached and theirs.reached:
        print(f"The two solutions agree to {np.max(np.abs(ours.u - theirs.u)):.1e}; max(u) = {ours.u.max():.6f}.")
    if not ours.reached:
        print(f"FAILED: {ours.note}")
    return ours, theirs


def show_costs(total: Any = MATRIX, seconds: float = 0.25) -> tuple[Any, Any]:
    """Part 2: prints costs along n/m at n m = total; returns them and the crossover."""
    title("2. What derivatives of f(x) = tanh(A sin x) cost, n inputs and m outputs")
    print("In units of one evaluation of f.  J: the full m x n Jacobian, forward by all directions at once, reverse by")
    print("vjp; columns and rows by linearize(f, x)[1].dense().  All of them include what they do to f; only J@v and")
    print("J.T@w do not: they replay one recording again and again, as a solver does.\n")
    print(
        f"{'':9}{'n':>5}{'m':>6}{'f':>11}{'J v':>7}{'J@v':>8}{'v^T J':>8}{'J.T@w':>8}"
        f"{'J':>9}{'J':>9}{'dense()':>9}{'dense()':>9}"
    )
    print(
        f"{'':31}{'jvp':>7}{'replay':>8}{'vjp':>8}{'replay':>8}"
        f"{'forward':>9}{'reverse':>9}{'columns':>9}{'rows':>9}   cheaper J"
    )
    found = costs.sweep(total, [1 / 64, 1 / 16, 1 / 4, 1 / 2, 1, 2, 4, 16, 64], seconds)
    for c in found:
        kind = "n << m" if c.n * 16 < c.m else "n >> m" if c.n > 16 * c.m else "n = m" if c.n == c.m else ""
        print(
            f"{kind:9}{c.n:5d}{c.m:6d}{c.f * 1e6:8.1f} us{c.jv:7.1f}{c.jv_replay:8.1f}{c.vj:8.1f}{c.vj_replay:8.1f}"
            f"{c.forward:9.1f}{c.reverse:9.1f}{c.columns:9.1f}{c.rows:9.1f}   {c.cheaper}"
        )
    where = costs.crossover(found)
    if where is None:
        print(f"\nNo crossover here: {found[0].cheaper} is cheaper at all of these ratios.")
    else:
        print(f"\nThe crossover is at n/m = {where:.2g}: beyond it (more inputs an output) reverse is cheaper for J,")
        print("below it forward. One product, J v or v^T J, costs a few f whatever n and m are.")
    return found, where


def show_accuracy() -> Any:
    """Part 3: prints derivatives against exact values; returns the largest error in ulp."""
    title("3. Derivatives of closed forms against exact values")
    print(f"{'f(x)':22} {'x':>20} {'derivative':>25} {'error/ulp':>10}")
    rows = accuracy.check()
    for formula, x, found, error in rows:
        print(f"{formula:22} {x!r:>20} {found:25.16e} {error:10.2f}")
    worst = max(error for *_, error in rows)
    print(f"\nLargest error: {worst:.2f} ulp (promised: at most {ULP_LIMIT:g}).")
    if not worst <= ULP_LIMIT:
        print("FAILED: a derivative is further from the exact one than promised")
    return worst


def one_blas_thread() -> None:
    """Starts the program anew with one BLAS thread, unless the user has chosen a number.

    On vectors this short BLAS threads mostly wait for each other; where another program has a core, ten times longer
    than the work takes. NumPy reads the number when it is loaded, and by now it is.
    """
    if os.name == "posix" and "OPENBLAS_NUM_THREADS" not in os.environ:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        sys.stdout.flush()
        os.execv(sys.executable, sys.orig_argv)


def main(argv: Any = None) -> Any:
    """Runs the main job, or the command that the first argument names; returns the exit code.

    Parameters
    ----------
    argv : list of str, optional
        The command line without the program's name; sys.argv by default.

    Returns
    -------
    int
        0; 1 if the solve missed its tolerance or a derivative is off by more than 4 ulp; 2 if the picture asked for
        cannot be drawn.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    if argv and argv[0] in COMMANDS:
        return run(argv)
    if argv and argv[0] == "demo":
        argv = argv[1:]
    parser = argparse.ArgumentParser(
        prog="python -m dualdiff",
        description="Solves a PDE by Newton-Krylov with exact Jacobian-vector products, compares it with SciPy, "
        "measures forward and reverse derivatives, and checks derivatives against exact values.",
        epilog="Commands: check, explain, info, bench, and demo, which is this one (try: python -m dualdiff check -h). "
        "Exit code: 0; 1 if a promise was missed; 2 for a bad command line or a picture that cannot be drawn.",
    )
    parser.add_argument("--plot", metavar="FILE.png", help="draw residual history and crossover (needs matplotlib)")
    parser.add_argument("--grid", type=int, default=128, metavar="N", help="points along a side of the PDE (128)")
    options = parser.parse_args(argv)
    if options.grid < 2:
        parser.error(f"--grid must be at least 2, got {options.grid}")
    if options.plot is not None:
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            print('--plot needs matplotlib: pip install -e ".[plot]" in the checkout of dualdiff', file=sys.stderr)
            return 2
    start = time.perf_counter()
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "default")
    print(
        f"dualdiff {__version__}, NumPy {np.__version__}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, BLAS threads: {threads}"
    )
    outcomes = show_solve(options.grid)
    measured, where = show_costs()
    worst = show_accuracy()
    code = 0 if outcomes[0].reached and worst <= ULP_LIMIT else 1
    if options.plot is not None:
        from .demo.plot import draw

        try:
            draw(options.plot, outcomes, measured, TOL, where)
        except (OSError, ValueError) as error:
            print(f"--plot {options.plot}: {error}", file=sys.stderr)
            return 2
        print(f"\nPicture: {options.plot}")
    print(f"\n{time.perf_counter() - start:.1f} s in all")
    return code


if __name__ == "__main__":
    if not {*sys.argv[1:2]} & {*COMMANDS} - {"bench"}:      # of one's own function the threads are one's own
        one_blas_thread()
    sys.exit(main())
