"""The exact product inside SciPy's own Newton-Krylov solver.

SciPy's solver takes no product from the user (scipy issue 15367), but it takes a Krylov method and tells a
preconditioner where it is.  An object that is both swaps the operator.

Invariant: the rest of SciPy's iteration is untouched.  Imported by dualdiff/solve/__init__.py.
"""

import numpy as np
from scipy.sparse.linalg import lgmres

from ..errors import InputError
from .operator import ExactJacobian, as_preconditioner

__all__ = ["KrylovJacobian"]


class KrylovJacobian:
    """Exact J v for ``scipy.optimize.root(fun, x0, method="krylov", options={"jac_options": K.jac_options})``.

    (J v)_i = sum_j dF_i/dx_j v_j, where SciPy takes (F(x + h v) - F(x))/h.

    Parameters
    ----------
    fun : callable
        The function that SciPy solves, NumPy code of one array; bind further arguments with a lambda.
    shape : tuple of int, optional
        The shape of x0, if it is not one-dimensional.
    krylov : callable
        A solver with the interface of scipy.sparse.linalg: krylov(A, b, rtol=, maxiter=, M=).
    M : matrix, LinearOperator, or callable, optional
        Preconditioner, about J^-1.
    linearize : bool
        Record fun once at each point and replay it in the products; False: run fun in each.

    Attributes
    ----------
    njvp, nlinearize : int
        Products and recordings so far.

    Raises
    ------
    InputError
        If fun or krylov is not callable.

    Notes
    -----
    The gain over SciPy's differences is in accuracy; `root` has the iteration that goes with exact products.

    References
    ----------
    Knoll and Keyes, J. Comput. Phys. 193 (2004) 357-397, on Jacobian-free products by differences.

    Examples
    --------
    >>> import numpy as np, scipy.optimize
    >>> from dualdiff import solve
    >>> def fun(x):
    ...     return x + 0.1 * np.roll(x, 1) ** 2 - 1
    >>> K = solve.KrylovJacobian(fun)
    >>> r = scipy.optimize.root(fun, np.zeros(3), method="krylov", options={"jac_options": K.jac_options})
    >>> r.x.round(5)
    array([0.91608, 0.91608, 0.91608])
    """

    def __init__(self, fun, shape=None, *, krylov=lgmres, M=None, linearize=True):
        for name, value in (("fun", fun), ("krylov", krylov)):
            if not callable(value):
                raise InputError(f"{name} is a {type(value).__name__}; expected a function")
        self.fun, self.x_shape, self.krylov, self.M = fun, shape, krylov, M
        self.linearize = linearize
        self.njvp = self.nlinearize = 0
        self.J: ExactJacobian | None = None

    @property
    def jac_options(self):
        """What to give `scipy.optimize.root` as options["jac_options"]."""
        return {"method": self, "inner_M": self}

    def setup(self, x, f, func):
        """Called by SciPy at x0."""
        self.update(x, f)

    def update(self, x, f):
        """Called by SciPy at each new point."""
        point = np.reshape(x, np.shape(x) if self.x_shape is None else self.x_shape).copy()
        self.J = ExactJacobian(
            self.fun, point, count=self.count, linearize=self.linearize, count_linearize=self.count_linearize
        )

    def count(self, k):
        """Books k products."""
        self.njvp += k

    def count_linearize(self):
        """Books a recording."""
        self.nlinearize += 1

    def __call__(self, A, b, rtol=1e-5, maxiter=20, M=None):
        """Called by SciPy as the Krylov method: solves with the exact operator in place of A."""
        more = {"atol": 0.0, "maxiter": maxiter, "M": as_preconditioner(self.M, b.size, b.dtype)}
        if self.krylov is lgmres:
            more |= {"maxiter": 1, "inner_m": maxiter}
        return self.krylov(self.J, b, rtol=rtol, **more)
