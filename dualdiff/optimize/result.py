"""What minimisation and fitting return.

Invariant: everything that SciPy's result has is there under SciPy's names.
"""

from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

__all__ = ["HISTORY", "MinimizeResult"]

HISTORY = np.dtype([("it", int), ("fun", float), ("|g|max", float), ("lam", float), ("time", float)])
"""One row for x0 and one for each step; what a method does not tell is nan."""


class MinimizeResult(OptimizeResult):
    """The result of `dualdiff.solve.minimize` and `least_squares`: a `scipy.optimize.OptimizeResult`.

    Attributes
    ----------
    x : array or structure
        As x0.
    fun, jac, success, status, message, nit, nfev, njev, nhev
        As in SciPy.  nfev counts evaluations of the function alone, njev those with its gradient.
    method, reason : str
        The method that ran, and why it was chosen.
    history : structured ndarray
        Each step: it, fun, |g|max, lam (the damping of Newton's method), time in seconds.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> r = solve.minimize(lambda x: np.sum((x - 3) ** 2), np.zeros(2))
    >>> r.method, bool(r.history["fun"][0] == 18)
    ('newton', True)
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)        # written down, as tools ask for the signature

    def plot(self, ax: Any = None, **kwargs: Any) -> Any:
        """Draws how far f was above the last value, step by step (needs matplotlib).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to; a new figure by default.
        **kwargs
            For `Axes.semilogy`.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from matplotlib.ticker import MaxNLocator

        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.subplots()[1]
        rows = self.history
        last = float(np.nanmin(rows["fun"]))
        above = np.where(rows["fun"] > last, rows["fun"] - last, np.nan)
        ax.semilogy(rows["it"], above, **{"marker": "o", "ms": 3, "label": self.method, **kwargs})
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ended = "converged" if self.success else "failed"
        ax.set(xlabel="step", ylabel=f"f - {last:.6g}", title=f"{self.method}: {ended}")
        return ax
