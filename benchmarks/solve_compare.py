"""dualdiff.solve.root against scipy.optimize.newton_krylov on problems of 1000 unknowns and more.

    python benchmarks/solve_compare.py                     the table
    python benchmarks/solve_compare.py --plot FILE.png     and the picture of docs/solve.md
    python benchmarks/solve_compare.py --skip "256"        leave out problems with this in their name

Both get F and x0 and the tolerance 1e-8 max|F(x0)|.  Work is evaluations of F, recordings and products together.
CPU time, which includes linearizing, detecting a pattern and colouring.  SciPy gets at most --seconds for each problem.
"""

import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import problems
from scipy.optimize import NoConvergence, newton_krylov

from dualdiff import solve


class OutOfTime(Exception):
    """Raised by F."""


def by_scipy(p, tol, seconds):
    """(work, seconds, max|F|) of newton_krylov."""
    count, start = [0], time.process_time()

    def fun(x):
        count[0] += 1
        if time.process_time() - start > seconds:
            raise OutOfTime
        return p.fun(x)

    with np.errstate(all="ignore"):
        try:
            x = newton_krylov(fun, p.x0, f_tol=tol)
        except (NoConvergence, ValueError, OutOfTime, ArithmeticError):
            return count[0], time.process_time() - start, np.inf
        spent = time.process_time() - start
        return count[0], spent, float(np.max(np.abs(p.fun(x))))


def by_dualdiff(p, tol):
    """(work, seconds, max|F|, method) of root."""
    start = time.process_time()
    r = solve.root(p.fun, p.x0, tol=tol)
    spent = time.process_time() - start
    return r.nfev + r.njvp + r.nlinearize, spent, float(np.max(np.abs(p.fun(r.x)))), r.method


def main():
    """The table, and the geometric means over the problems that both solve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE.png")
    parser.add_argument("--skip", default=None)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    rows = []
    line = "| {:32} | {:>6} | {:>14} | {:>6} | {:>8} | {:>7} | {:>8} | {:>6} | {:>6} |"
    print(line.format("problem", "n", "method", "work", "time/s", "SciPy", "time/s", "work x", "time x"))
    print(line.format(*["-" * k for k in (32, 6, 14, 6, 8, 7, 8, 6, 6)]))
    for p in problems.large():
        if options.skip and options.skip in p.name:
            continue
        with np.errstate(all="ignore"):
            tol = 1e-8 * float(np.max(np.abs(p.fun(p.x0))))
        ours, theirs = by_dualdiff(p, tol), by_scipy(p, tol, options.seconds)
        if ours[1] < 1:
            again = by_dualdiff(p, tol)
            ours = min(ours, again, key=lambda r: r[1])
            theirs = min(theirs, by_scipy(p, tol, options.seconds), key=lambda r: r[1])
        good, other = ours[2] <= tol, theirs[2] <= tol
        both = good and other
        rows.append((p.name, p.n, theirs[0] / ours[0], theirs[1] / ours[1], good, other))
        print(line.format(
            p.name, p.n, ours[3] if good else "FAILED", ours[0], f"{ours[1]:.3f}", theirs[0] if other else "-",
            f"{theirs[1]:.3f}" if other else "fails", f"{rows[-1][2]:.1f}" if both else "",
            f"{rows[-1][3]:.1f}" if both else "",
        ), flush=True)  # fmt: skip
    both = [r for r in rows if r[4] and r[5]]
    work, speed = np.array([r[2] for r in both]), np.array([r[3] for r in both])
    print(
        f"\nsolved: dualdiff {sum(r[4] for r in rows)}, SciPy {sum(r[5] for r in rows)} of {len(rows)}; where both do, "
        f"geometric means: work {np.exp(np.mean(np.log(work))):.1f} times less, "
        f"time {np.exp(np.mean(np.log(speed))):.1f} times less (worst {speed.min():.2f})"
    )
    if options.plot:
        draw(options.plot, rows)


def draw(path, rows):
    """Work and time of SciPy in units of dualdiff's."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.24 * len(rows) + 1), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    both = [r for r in rows if r[4] and r[5]]
    alone = [r for r in rows if r[4] and not r[5]]
    shown = sorted(both, key=lambda r: r[3]) + alone
    y = np.arange(len(shown))
    k = len(both)
    axes.semilogx([r[3] for r in shown[:k]], y[:k], "o", color="#1b5e9e", label="time")
    axes.semilogx([r[2] for r in shown[:k]], y[:k], "s", color="#c8501e", ms=4, label="work")
    for i in y[k:]:
        axes.text(1.1, i, "SciPy fails", fontsize=7, va="center", color="0.4")
    axes.axvline(1, color="0.5", lw=0.8)
    axes.set_yticks(y, [r[0] for r in shown], fontsize=7)
    axes.set(xlabel="newton_krylov / dualdiff.solve.root", title="n >= 1000, both to 1e-8 max|F(x0)|")
    axes.legend(frameon=False, loc="lower right")
    axes.grid(True, axis="x", color="0.9", lw=0.6)
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    main()
