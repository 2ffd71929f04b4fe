"""Derivatives of holomorphic functions of complex numbers: `holomorphic=True`, and `Wirtinger`."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..core import call_within, new_tag
from ..errors import InputError, ShapeError
from ..functions.base import value_of
from ..maps.tangents import is_dual
from .arguments import Arguments, extract, promote_complex, seed, stack_of
from .pytrees import flatten, match, unflatten
from .results import aux_value, block, split_aux

__all__ = ["Wirtinger", "holomorphic_derivative", "holomorphic_jacobian", "holomorphic_jvp"]


def complex_number(x: Any, plain: Any) -> Any:
    """A scalar result: a Python number where all inputs were."""
    return x if is_dual(x) or np.ndim(x) else x.item() if plain and isinstance(x, np.generic) else x


def along_complex(call: Any, leaves: Any, stacks: Any, tag: Any) -> tuple[Any, Any, Any]:
    """(structure, [(value, tangents)], aux) of call(duals) along stacks of complex directions.

    Every direction v goes through together with iv: the Cauchy-Riemann equations, J(iv) = i J v, hold or f is
    not holomorphic.  Each element is looked at by itself, as one may be small beside another.  Where all
    that makes it cancels, the two differ by rounding; then f runs again along c v, where the part that is linear in
    conj(v) is conj(c) times what it was, and rounding is not.
    """
    k = np.shape(stacks[0])[0]

    def run(stacks: Any, tag: Any) -> tuple[Any, Any, Any, Any]:
        duals = [seed(x, np.concatenate([t, 1j * t]), tag) for x, t in zip(leaves, stacks, strict=True)]
        result, aux = call_within(call, (duals,), {}, tag)
        outs, structure = flatten(result)
        found = [extract(y, tag, np.zeros((2 * k, 1), complex)) for y in outs]
        plain = [value_of(t) for _, t in found]
        return structure, found, aux, [(t[k:] - 1j * t[:k], np.maximum(np.abs(t[k:]), np.abs(t[:k]))) for t in plain]

    structure, found, aux, gaps = run(stacks, tag)
    suspects = []
    for gap, size in gaps:
        tolerance = 1e-4 if gap.dtype == np.complex64 else 1e-11
        suspects.append(np.abs(gap) > tolerance * size)
    if any(map(np.any, suspects)):
        c = np.exp(0.7j)        # no ratio of small integers, as rounding errors often are
        again = run([c * t for t in stacks], new_tag())[3]
        for (gap, _), (other, _), suspect in zip(gaps, again, suspects, strict=True):
            close = 1e-2 if gap.dtype == np.complex64 else 1e-3
            if np.any(suspect & (np.abs(other - np.conj(c) * gap) < close * np.abs(gap))):
                raise not_holomorphic()
    return structure, [(value, t[:k]) for value, t in found], aux


def not_holomorphic() -> Any:
    return InputError(
        "holomorphic=True, but the function is not holomorphic here: its derivative along i*v is not i times "
        "that along v. An operation such as abs, real, imag, conj or angle took part; without it there is a "
        "complex derivative. For others differentiate by the real and the imaginary part, as two arguments"
    )


def holomorphic_jvp(f: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool, kwargs: dict[str, Any]) -> Any:
    """`jvp` of a holomorphic function."""
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), (tangents,)
    if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
        raise ShapeError(f"jvp takes one tangent for each primal: {len(primals)} primals")
    leaves: list[Any] = []
    stacks: list[Any] = []
    structures: list[Any] = []
    originals: list[Any] = []
    many: set[Any] = set()
    for i, (primal, tangent) in enumerate(zip(primals, tangents, strict=True)):
        below, structure = flatten(primal)
        structures.append((structure, len(below)))
        originals += below
        for x, t in zip(below, match(structure, tangent, f"tangent {i}"), strict=True):
            x = promote_complex(x, f"primal {i}")
            leaves.append(x)
            if t is None:
                stacks.append(None)
                continue
            stack, stacked = stack_of(t, x, f"tangent {i}")
            stacks.append(stack)
            many.add((stacked, np.shape(stack)[0]))
    if len(many) != 1:
        raise ShapeError("the tangents must stand for one number of directions each, and at least one must be given")
    ((stacked, k),) = many
    stacks = [np.zeros((k, *np.shape(x)), complex) if t is None else t for x, t in zip(leaves, stacks, strict=True)]

    def call(duals: Any) -> Any:
        rest = iter(duals)
        return split_aux(f(*(unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures), **kwargs), has_aux)

    tag = new_tag()
    structure, found, aux = along_complex(call, leaves, stacks, tag)
    plain = all(type(x) in (complex, float, int, bool) for x in originals)
    value = unflatten(structure, [complex_number(v, plain) for v, _ in found])
    tangent = unflatten(structure, [t if stacked else complex_number(t[0], plain) for _, t in found])
    return (value, tangent, aux_value(aux, tag, plain)) if has_aux else (value, tangent)


def holomorphic_derivative(f: Callable[..., Any], argnums: Any, has_aux: bool) -> Any:
    """`derivative` of a holomorphic function."""

    @functools.wraps(f)
    def df(*args: Any, **kwargs: Any) -> Any:
        chosen = Arguments(args, argnums)
        if not chosen.single or flatten(chosen.chosen()[0])[1] is not None or np.shape(chosen.chosen()[0]) != ():
            raise InputError("derivative is by one number; use jacobian with holomorphic=True for arrays")

        def of_one(z: Any) -> Any:
            return f(*chosen.replaced([z]), **kwargs)

        _, t, *aux = holomorphic_jvp(of_one, chosen.chosen(), (1.0,), has_aux, {})
        return (t, *aux) if has_aux else t

    return df


def holomorphic_jacobian(f: Callable[..., Any], argnums: Any, layout: str, has_aux: bool) -> Any:
    """`grad.value_and_jacobian` of a holomorphic function."""

    @functools.wraps(f)
    def vj(*args: Any, **kwargs: Any) -> Any:
        chosen = Arguments(args, argnums)
        leaves, structures, originals = [], [], []
        for number, x in zip(chosen.argnums, chosen.chosen(), strict=True):
            below, structure = flatten(x)
            structures.append((structure, len(below)))
            originals += below
            leaves += [promote_complex(leaf, f"argument {number}") for leaf in below]
        ends = np.cumsum([0, *(int(np.size(x)) for x in leaves)])
        if not ends[-1]:
            raise InputError("the arguments have no arrays in them; there is nothing to differentiate by")
        eye = np.eye(ends[-1], dtype=complex)
        stacks = [eye[:, a:b].reshape((-1, *np.shape(x))) for x, a, b in zip(leaves, ends[:-1], ends[1:], strict=True)]

        def call(duals: Any) -> Any:
            rest = iter(duals)
            new = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
            return split_aux(f(*chosen.replaced(new), **kwargs), has_aux)

        tag = new_tag()
        structure, found, aux = along_complex(call, leaves, stacks, tag)
        plain = all(type(x) in (complex, float, int, bool) for x in originals)
        rows = []
        for value, t in found:
            cells = [
                complex_number(block(np.shape(value), layout, False, t, a, b, np.shape(x)), plain)
                for x, a, b in zip(leaves, ends[:-1], ends[1:], strict=True)
            ]
            rest = iter(cells)
            parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
            rows.append(parts[0] if chosen.single else tuple(parts))
        value = unflatten(structure, [complex_number(v, plain) for v, _ in found])
        J = unflatten(structure, rows)
        return ((value, aux_value(aux, tag, plain)), J) if has_aux else (value, J)

    return vj


class Wirtinger(NamedTuple):
    """The Jacobian by a complex argument z: a change v of z changes f by ``dz v + dconj conj(v)``.

    These are the Wirtinger derivatives.  `dconj` is 0 where f is holomorphic; where f is real it is the conjugate of
    `dz`.

    Attributes
    ----------
    dz : array
        df/dz = (df/dx - i df/dy)/2 for z = x + iy, in the shape of a Jacobian.
    dconj : array
        df/dconj(z) = (df/dx + i df/dy)/2.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> J = dd.jacobian(lambda z: z * np.conj(z))(1.0 + 2.0j)
    >>> J.dz, J.dconj
    ((1-2j), (1+2j))
    """

    dz: Any
    dconj: Any

    @classmethod
    def of_directions(cls, x: Any, y: Any) -> Any:
        """From the derivatives along 1 and along 1j."""
        return cls((x - 1j * y) * 0.5, (x + 1j * y) * 0.5)
