"""NumPy's functions on duals, one file a chapter; importing this package installs them.

    base          the registry and the shape of a handler
    rows          how a function goes on a stack of tangents: what a registration says of it
    constants     what NumPy does itself: arrays that have met no dual
    elementwise   ufuncs on the generic path (the rule table), complex parts, clip, sinc
    emath         numpy.emath
    special       SciPy's ufuncs with many arguments or results
    index         indexing, views, writing, buffers, where
    write         what writes into an array: copyto, put, place, fill_diagonal, flat
    shape         reshape, transpose, joining, splitting, rolling, linspace
    pad           np.pad
    windows       sliding_window_view, as_strided
    reduce        sum, mean, max, prod, cumsum
    ufuncmethods  reduce, accumulate, reduceat, outer and at of any rule
    linalg        products of vectors and matrices
    decompose     solve, inv, det, symmetric factorisations, svd, norms
    factor        pinv, lstsq, qr, eig
    fft           numpy.fft (loaded when it is first used)
    select        take, choose, select, piecewise, sort, partition, unique, sets, interp
    statistics    std, var, average, quantiles, nan- forms, cumprod, gradient, trapezoid, convolve, cov
    histogram     histograms and bincount by their weights
    polynomial    polynomials, roots, fits, vander
    through       functions of the value alone
    refused       functions that have no derivative, and why
    methods       the ndarray methods

Imports: above, asking, automatic, core, errors, maps, quiet, rules.
"""

import contextlib
import sys
from typing import Any

from .. import asking, automatic
from ..core import install, install_stacked
from . import (
    base,
    constants,
    decompose,
    elementwise,
    emath,
    factor,
    histogram,
    index,
    linalg,
    methods,
    pad,
    polynomial,
    reduce,
    refused,
    select,
    shape,
    statistics,
    through,
    ufuncmethods,
    windows,
    write,
)

__all__ = [
    "base", "constants", "decompose", "elementwise", "emath", "factor", "histogram", "index", "linalg", "methods",
    "pad", "polynomial", "reduce", "refused", "select", "shape", "statistics", "through", "ufuncmethods",
    "windows", "write",
]  # fmt: skip


def function_hook(function: Any, args: Any, kwargs: Any) -> Any:
    """__array_function__, and the services that the compiled core asks for by name."""
    if function == "asdual":
        return base.as_operand(*args)
    if function == "operator":
        return elementwise.number_operator(*args)
    if function == "sparse":
        return linalg.sparse_operator(*args)
    if function == "power":
        return elementwise.power_operator(*args)
    if function == "to_object_array":
        return index.to_object_array(*args)
    if function == "allow":
        return asking.allow(args[0], sys._getframe(1))
    if function == "complex_object":
        return asking.complex_object(sys._getframe(1))
    if function == "refuse_value":
        return asking.refuse_value(args[0], sys._getframe(1))
    if function == "explain":
        with contextlib.suppress(Exception):        # the error that is explained matters more
            asking.explain(*args)
        return None
    if function == "rescue":
        return automatic.rescue(*args)
    if function == "doubt":
        return automatic.doubt(*args)
    if function == "is_other_work":
        return automatic.is_other_work(*args)
    if function == "redraw":
        return automatic.redraw()
    if function == "counterpart":
        return automatic.counterpart(*args)
    if function == "constants":
        return constants.constant_call(*args)
    if function == "constant_attribute":
        return constants.constant_attribute(*args)
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
    methods.NOTES,
)
install_stacked(base.STACKED)
