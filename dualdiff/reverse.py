"""Reverse mode: the recorded linear maps, transposed.

`vjp` runs the function once with tangents in the Recorded space: no product is formed, each
operation leaves a node (a linear map and the nodes it was applied to).  The pullback walks the
nodes backwards and applies the transposes.  There is no second set of rules.

Invariant: a recording is read only once made; a pullback may run many times and in threads.
Imported by dualdiff/__init__.py.
"""

import numpy as np

from .core import new_tag
from .errors import InputError, ShapeError
from .forward import all_python_numbers, aux_value, split_aux
from .functions.base import as_operand
from .inout import extract, promote, python_number, seed
from .linear import dtype_of, fit
from .program import Replay
from .spaces import Node, is_dual
from .trees import flatten, unflatten

__all__ = ["vjp"]


def vjp(f, *primals, has_aux=False, **kwargs):
    """Value and vector-Jacobian product: f(x), and the function w -> J(x)' w.

    f is evaluated once; the pullback is applied as often as wanted without evaluating it again.

    Parameters
    ----------
    f : callable
        NumPy code.
    *primals
        The arguments at which to differentiate: numbers, arrays, or nested tuples, lists, dicts.
    has_aux : bool
        f returns (result, aux); aux is handed back as a third item.
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    value, pullback
        f(*primals); and pullback(w), w of the shape (or structure) of the value, or k cotangents
        stacked as (k, *shape).  It returns the cotangent of the argument, a tuple of them if
        there are several; for complex results the real part of conj(w) . J.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.
    ShapeError
        By the pullback, if w does not fit the value.

    Notes
    -----
    Conventions at kinks are those of `jvp`: both use the same partials.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> value, pullback = dd.vjp(lambda x: x[0] * x, np.array([2.0, 3.0]))
    >>> pullback(np.array([1.0, 1.0]))
    array([7., 2.])
    """
    if not primals:
        raise InputError("vjp needs at least one argument to differentiate by")
    tag = new_tag()
    inputs, originals, args, structures = [], [], [], []
    for i, primal in enumerate(primals):
        below, structure = flatten(primal)
        duals = []
        for x in below:
            leaf = promote(x, f"primal {i}")
            node = Node(None, (), np.shape(leaf), dtype_of(leaf))
            inputs.append(node)
            duals.append(seed(leaf, node, tag))
        originals += below
        structures.append((structure, len(below)))
        args.append(unflatten(structure, duals))
    result, aux = split_aux(f(*args, **kwargs), has_aux)
    outs, out_structure = flatten(result)
    plain = all_python_numbers(originals)
    pairs = [extract(y, tag, None) for y in outs]
    value = unflatten(out_structure, [python_number(v, plain) for v, _ in pairs])
    shapes = [(np.shape(v), dtype_of(v)) for v, _ in pairs]
    nodes = [t for _, t in pairs]
    replay = Replay(inputs, nodes, fuse=False)

    def pullback(w):
        given = [w] if out_structure is None else flatten(w)[0]
        if len(given) != len(shapes):
            raise ShapeError(f"the cotangent has {len(given)} leaves, the value has {len(shapes)}")
        many: tuple = ()
        stacks = []
        for cotangent, (shape, dtype) in zip(given, shapes, strict=True):
            stack, stacked = cotangent_stack(cotangent, shape, dtype)
            if many and many != (stacked, stack.shape[0]):
                raise ShapeError("the cotangents stand for different numbers of directions")
            many = (stacked, stack.shape[0])
            stacks.append(stack)
        found = replay.backward(stacks)
        leaves, taken = [], set(map(id, stacks))
        for cotangent, node in zip(found, inputs, strict=True):
            if cotangent is None:
                cotangent = np.zeros((many[1], *node.shape), node.dtype)
            cotangent = unaliased(cotangent, taken)
            leaves.append(cotangent if many[0] else python_number(cotangent[0], plain))
        rest = iter(leaves)
        parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
        return parts[0] if len(parts) == 1 else tuple(parts)

    return (value, pullback, aux_value(aux, tag, plain)) if has_aux else (value, pullback)


def unaliased(w, taken):
    """A cotangent that is nobody else's: not the caller's array, not another argument's, not read-only."""
    if type(w) is np.ndarray and (w.base is not None or id(w) in taken):
        w = w.copy()
    taken.add(id(w))
    return w


def cotangent_stack(w, shape, dtype):
    """(k, *shape) cotangents, checked."""
    w = as_operand(w)
    if not is_dual(w):
        w = np.asarray(w)
        if w.dtype.kind not in "biufc":
            raise InputError(f"the cotangent has dtype {w.dtype}, expected numbers")
    if np.shape(w) != shape and np.shape(w)[1:] != shape:
        raise ShapeError(
            f"the cotangent has shape {np.shape(w)}, the value has shape {shape}: expected {shape}, "
            f"or (k, {str(shape)[1:]} for k cotangents at once"
        )
    stacked = np.ndim(w) == len(shape) + 1
    w = w if stacked else np.reshape(w, (1, *shape))
    wanted = dtype if dtype.kind in "fc" else np.dtype(float)
    w = fit(w, wanted) if dtype_of(w).kind in "fc" else w.astype(wanted)
    return w, stacked
