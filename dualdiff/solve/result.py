"""What a solve returns: the point, how it went, and the history step by step.

Invariant: a result is made at any moment of a solve, so an interrupted one loses nothing.
Imported by state.py, progress.py and dualdiff/solve/__init__.py.
"""

import textwrap

import numpy as np
from scipy.optimize import OptimizeResult

__all__ = ["HISTORY", "RootResult"]

HISTORY = np.dtype(
    [
        ("it", int),
        (("fmax", "|F|max"), float),
        (("f2", "|F|2"), float),
        ("eta", float),
        ("achieved", float),
        ("products", int),
        ("lam", float),
        ("time", float),
    ]
)
"""One row for x0 and one for each accepted step; the norms of F also answer to "fmax" and "f2"."""


class RootResult(OptimizeResult):
    """The result of `dualdiff.solve.root`: a `scipy.optimize.OptimizeResult` with these entries.

    Attributes
    ----------
    x : ndarray
        The best point found, in the shape and dtype of x0.
    fun : ndarray
        F(x), in the shape of F.
    success : bool
        The residual is as small as asked for; or as small as this precision allows, if no tolerance was given.
    status : int
        1 converged; 2 F is at its rounding floor; 3 stopped by the callback or an interrupt; 0 maxiter steps made;
        -1 F(x0) is not finite; -2 the line search failed; -3 J is singular, or the linear solver made no progress;
        -4 stagnation; -5 maxfev or maxtime reached; -6 no finite step.
    message : str
        One line that says which test decided, with its numbers.
    nit : int
        Newton steps of the method that the result is of.
    nfev, njvp, nlinearize : int
        Evaluations of F on plain arrays; Jacobian-vector products, those for whole matrices included; evaluations
        of F that recorded its derivative for the products to replay.  Of all methods tried.
    njev, nlu, ncolors : int
        Whole Jacobians; sparse factorizations; products that make a sparse Jacobian (0: none was made).
    method : str
        The method that ran.
    tried : list of (str, int)
        Every method that ran, and its status.
    tol : float
        The bound that max|F| was asked to reach.
    time : float
        Seconds.
    history : structured ndarray, shape (nit + 1,)
        Row 0 is x0, the others the accepted steps: it; |F|max and |F|2 after the step; eta, the forcing term asked
        for; achieved, |F + J s|/|F|; products spent on the step; lam, the step length (for the dogleg in units of
        the Newton step, for ptc the time step); time, seconds since the start.
    diagnosis : dict
        After a failure what is known about it, see `dualdiff.solve.diagnosis.diagnose`; its "advice" is a sentence.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> r = solve.root(lambda x: x**2 - 2, np.array([1.0, 3.0]))
    >>> r.x.round(6)
    array([1.414214, 1.414214])
    >>> r.status, bool(r.history["|F|max"][-1] <= r.tol)
    (1, True)
    """

    def _repr_html_(self):
        from ..seeing import result

        return result(self)

    def plot(self, ax=None, **kwargs):
        """Draws max|F| over the steps (needs matplotlib).

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
        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.subplots()[1]
        from matplotlib.ticker import MaxNLocator

        rows = self.history
        ax.semilogy(rows["it"], rows["|F|max"], **{"marker": "o", "ms": 4, "label": self.method, **kwargs})
        if self.tol > 0:
            ax.axhline(self.tol, color="0.5", lw=0.8, ls="--")
        # a long message goes on a second line, so that it is not cut off
        ax.set(xlabel="step", ylabel="max|F|", title=textwrap.fill(self.message, 60))
        ax.title.set_fontsize("small")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        return ax
