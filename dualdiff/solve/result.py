"""What a solve returns: the point, how it went, and the history step by step.

Invariant: a result is made at any moment of a solve, so an interrupted one loses nothing.
"""


from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ..errors import ArgumentError

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
    preconditioner : str
        What helped the Krylov method and why: "lu", "amg", "ilu" or "none", and the reason; "" where it was not
        needed.
    pattern : sparse array or None
        The pattern of J, where one was found or given.
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

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)        # written down, as tools ask for the signature

    def _repr_html_(self) -> Any:
        from ..seeing import result

        return result(self)

    def plot(self, ax: Any = None, **kwargs: Any) -> Any:
        """Draws max|F| over the steps, and the bound on it (needs matplotlib).

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
        from .picture import axes, finish, whole_ticks

        ax, rows = axes(ax), self.history
        ax.semilogy(rows["it"], rows["|F|max"], **{"marker": "o", "ms": 4, "label": self.method, **kwargs})
        if self.tol > 0:
            ax.axhline(self.tol, color="0.5", lw=0.8, ls="--")
        ax.set(xlabel="step", ylabel="max|F|")
        whole_ticks(ax.xaxis)
        return finish(ax, self.message)

    def spy(self, ax: Any = None, **kwargs: Any) -> Any:
        """Draws the pattern of J, where the solve had it (needs matplotlib).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to; a new figure by default.
        **kwargs
            For `Axes.spy`.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ArgumentError
            If the solve made no sparse J.
        ImportError
            If matplotlib is not installed.
        """
        from .picture import axes, finish, whole_ticks

        if self.pattern is None:
            raise ArgumentError(
                f'the method {self.method!r} made no sparse J; root(..., method="sparse") or "sparse-krylov" does, and '
                "dualdiff.sparsity(fun, x) finds the pattern by itself"
            )
        ax, n = axes(ax), self.pattern.shape[0]
        # a point of its own for each entry as long as the eye can tell them apart
        ax.spy(self.pattern, **{"markersize": max(0.3, min(6.0, 200 / n)), **kwargs})
        ax.xaxis.tick_bottom()
        for axis in (ax.xaxis, ax.yaxis):
            whole_ticks(axis)
        ax.set(xlabel="unknown", ylabel="equation")
        colours = f", {self.ncolors} colours" if self.ncolors else ""
        return finish(ax, f"J: {n} x {n}, {self.pattern.nnz} nonzeros{colours}")
