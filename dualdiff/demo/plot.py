"""The picture of the demonstration: residuals against work, and where forward meets reverse.

Invariant: matplotlib is imported here only, without a display.
"""

from typing import Any

import numpy as np

__all__ = ["draw"]

COLOURS = {"dualdiff": "#1b5e9e", "other": "#c8501e"}


def draw(path: Any, outcomes: Any, costs: Any, tol: Any, where: Any) -> None:
    """Writes the picture.

    Parameters
    ----------
    path : str
        Where to; the suffix says what kind (.png, .pdf, .svg).
    outcomes : list of Outcome
        Of the solvers, dualdiff's first.
    costs : list of Cost
        Along n/m.
    tol : float
        What the solvers were asked for.
    where : float or None
        The crossover.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    OSError, ValueError
        If the file cannot be written, or its suffix means nothing to matplotlib.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)

    for outcome, colour, marker in zip(outcomes, COLOURS.values(), "os", strict=True):
        left.semilogy(outcome.work, outcome.residuals, marker=marker, ms=4, color=colour, label=outcome.solver)
    left.axhline(tol, color="0.5", lw=0.8, ls="--")
    left.text(0.01, tol * 1.15, "asked for", color="0.35", fontsize=8, transform=left.get_yaxis_transform())
    left.set(title="2-D Bratu problem: residual against work", ylabel="max|F|")
    left.set_xlabel("evaluations of F and products J v")
    left.set_xlim(left=0)
    left.legend(frameon=False)

    ratios = np.array([c.n / c.m for c in costs])
    forward, reverse = [c.forward for c in costs], [c.reverse for c in costs]
    right.loglog(ratios, forward, "o-", ms=4, color=COLOURS["dualdiff"], label="forward, all columns")
    right.loglog(ratios, reverse, "s-", ms=4, color=COLOURS["other"], label="reverse, all rows")
    if where is not None:
        right.axvline(where, color="0.5", lw=0.8, ls="--")
        right.annotate(
            f"crossover n/m = {where:.2g}", (where, 0.03), xycoords=("data", "axes fraction"), xytext=(4, 0),
            textcoords="offset points", color="0.35", fontsize=8,
        )  # fmt: skip
    right.set(title="Full Jacobian of tanh(A sin x)", xlabel="inputs / outputs, n/m", ylabel="cost / cost of f")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(True, which="major", color="0.9", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
