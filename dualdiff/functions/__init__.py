"""NumPy's functions on duals, one file a chapter; importing this package installs them.

    base          the registry and the shape of a handler
    elementwise   ufuncs on the generic path (the rule table), complex parts, clip, sinc
    special       SciPy's ufuncs with many arguments or results
    index         indexing, views, writing, buffers, where
    shape         reshape, transpose, joining, padding, rolling
    reduce        sum, mean, max, prod, cumsum
    linalg        products of vectors and matrices
    decompose     solve, inv, det, factorisations, norms
    fft           numpy.fft (loaded when it is first used)
    select        take, choose, select, piecewise, sort, partition, unique, interp
    statistics    std, var, average, quantiles, nan- forms, cumprod, gradient, trapezoid, convolve, cov
    through       functions of the value alone
    stacked       the short way of functions that NumPy does on a stack of tangents
    methods       the ndarray methods

Imported by dualdiff/__init__.py.
"""

from ..core import install, install_stacked
from . import base, decompose, elementwise, index, linalg, methods, reduce, select, shape, stacked, statistics, through

__all__ = [
    "base", "decompose", "elementwise", "index", "linalg", "methods", "reduce", "select", "shape", "stacked",
    "statistics", "through",
]  # fmt: skip


def function_hook(function, args, kwargs):
    """__array_function__, and two services that the compiled core asks for by name."""
    if function == "asdual":
        return base.as_operand(*args)
    if function == "to_object_array":
        return index.to_object_array(*args)
    if getattr(function, "__module__", "") == "numpy.fft":
        from . import fft  # noqa: F401  (NumPy loads numpy.fft when it is first used; so does dualdiff)
    return base.dispatch(function, args, kwargs)


install(
    elementwise.ufunc_hook,
    function_hook,
    index.getitem,
    index.setitem,
    index.synchronise,
    methods.METHODS,
)
install_stacked(stacked.STACKED)
