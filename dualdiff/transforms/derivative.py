"""The derivative by one number."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..core import Dual, ZeroTimesInfinity, call_watched, first_tangent, new_tag, seed_scalar
from ..errors import InputError
from ..maps.base import dtype_of
from ..progress import Progress
from .arguments import Arguments, by_names, extract, promote, python_number, seed
from .batched import batched_derivative
from .derived import transform
from .holomorphic import holomorphic_derivative
from .jvp import Orders, jvp_again
from .pytrees import flatten, unflatten
from .results import ONE, aux_value, checked_layout, split_aux

__all__ = ["derivative"]


@transform
def derivative(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, layout: str = "numerator",
    has_aux: bool = False, holomorphic: bool = False, batched: Any = False, chunk: Any = None,
    progress: Progress = None, executor: Any = None, lift: Any = "auto",
) -> Any:  # fmt: skip
    """The derivative df/dx of a function of one number, as a function.

    Parameters
    ----------
    f : callable
        Takes a number in place `argnums`; may return a number or arrays of any shape.
    argnums : int
        The argument to differentiate by.
    argnames : str, optional
        The same by its name, in place of argnums.
    layout : {"numerator", "denominator"}
        As for `jacobian`; a number has no axes, so both give the shape of the result.
    has_aux : bool
        f returns (result, aux); so does the derivative.
    holomorphic : bool
        The derivative of a holomorphic function by a complex number.
    batched : bool or tuple, optional
        The argument is a batch of numbers, shape (batch,), which f maps one by one: the derivative of an
        elementwise function.  True, or for each argument 0 (it has the batch axis) or None (all points share it).
    chunk, progress, executor
        Of a batch, as in `jacobian`: the points of one run of f; how far it is; who does the runs.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> df/dx, in the shape of f's result.

    Raises
    ------
    InputError
        If the argument is not a number: use `grad` or `jacobian` for arrays.

    Notes
    -----
    Kinks give the symmetric derivative: derivative(abs)(0.0) is 0.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.derivative(np.sin)(0.0)
    1.0
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(
            derivative, f, argnames, argnums, layout=layout, has_aux=has_aux, holomorphic=holomorphic, batched=batched,
            chunk=chunk, progress=progress, executor=executor,
        )  # fmt: skip
    checked_layout(layout)
    if batched:
        both = batched_derivative(
            f, argnums, batched, "forward", layout, has_aux, "derivative", chunk, progress, executor
        )

        @functools.wraps(f)
        def by_batch(*args: Any, **kwargs: Any) -> Any:
            value, t = both(*args, **kwargs)
            return (t, value[1]) if has_aux else t

        return by_batch
    if any(option is not None for option in (chunk, progress, executor)):
        raise InputError("chunk=, progress= and executor= of derivative are for batched=: otherwise it is one run of f")
    if holomorphic:
        return holomorphic_derivative(f, argnums, has_aux)
    simple = type(argnums) is int and argnums == 0 and not has_aux
    orders = Orders()

    @functools.wraps(f)
    def df(*args: Any, **kwargs: Any) -> Any:
        if simple and args and type(args[0]) is Dual:
            found = orders.of(f, args, 0, kwargs, 1.0, False)
            if found is not None:
                return found[1]
        if simple and args and type(args[0]) is float:
            tag = new_tag()
            try:
                y = call_watched(f, (seed_scalar(args[0], tag), *args[1:]), kwargs, tag)
            except ZeroTimesInfinity as met:
                return jvp_again(f_of(Arguments(args, 0)), (args[0],), (1.0,), False, kwargs, met)[1]
            t = first_tangent(y, tag)
            return results(y, tag, ONE) if t is None else t
        chosen = Arguments(args, argnums)
        if not chosen.single:
            raise InputError("derivative takes one argnums; use grad or jacobian for several arguments")
        (x,) = chosen.chosen()
        if flatten(x)[1] is not None:
            raise InputError(f"derivative is by a number, got a {type(x).__name__}; use grad or jacobian")
        if np.shape(x) != ():
            raise InputError(
                f"derivative is by a number, got an array of shape {np.shape(x)}; use jacobian(f), or for a "
                "function that acts element by element derivative(f, batched=True), or "
                "jvp(f, (x,), (np.ones_like(x),))[1]"
            )
        tag = new_tag()
        x = promote(x)
        ones = np.ones((1,) + np.shape(x), dtype_of(x))
        try:
            y, aux = split_aux(call_watched(f, tuple(chosen.replaced([seed(x, ones, tag)])), kwargs, tag), has_aux)
        except ZeroTimesInfinity as met:
            found = jvp_again(f_of(chosen), (x,), (ones[0],), has_aux, kwargs, met)[1:]
            leaves, structure = flatten(found[0])
            t = unflatten(structure, [python_number(leaf, True) for leaf in leaves])
            return (t, *found[1:]) if has_aux else t
        t = results(y, tag, ones)
        return (t, aux_value(aux, tag, True)) if has_aux else t

    def f_of(chosen: Any) -> Any:
        return lambda z, **options: f(*chosen.replaced([z]), **options)

    def results(y: Any, tag: Any, like: Any) -> Any:
        leaves, structure = flatten(y)
        return unflatten(structure, [python_number(extract(leaf, tag, like)[1][0], True) for leaf in leaves])

    return df
