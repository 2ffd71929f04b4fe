"""Second derivatives of functions that are symmetric in repeated eigenvalues of a general matrix.

A repeated eigenvalue has no derivative where its copies part, but a function f of A that is symmetric in the copies has
derivatives of any order, if A has all its eigenvectors: df = tr(M dA) with M = X C X^-1, C = diag(df/dw).  Along a
direction E the block of M that belongs to the copies moves by alpha B + beta 1, where B is the block of X^-1 E X, and
alpha and beta are the same for whatever moves of the copies have the sum tr(B): the cotangents of the copies move by
alpha times their own move, plus beta.  So the copies are given moves of our choice, alpha and beta are read off what
their cotangents do, and where that is not of this form f is not symmetric, which is an error.

This is for reverse mode below forward mode, as of_equal in decompose.py is for symmetric matrices.
"""

from typing import Any, NamedTuple

import numpy as np

from ..core import Node, make
from ..errors import UnsupportedError
from ..maps.base import LinearMap, fit
from ..maps.tangents import is_dual
from .base import linear
from .decompose import attach, conjugate_transpose, increment
from .undefined import note

__all__ = ["below_forward", "moving_together"]

LIKE = 1e-8
"""How far what is read off different directions, or copies, may differ, relative."""


class Copies(NamedTuple):
    """Eigenvalues, some of them repeated, and the moves along several directions that were chosen for them."""

    tag: int
    """Of the directions."""
    w: Any
    x: Any
    back: Any
    """X^-1."""
    together: Any
    """Which eigenvalues are copies of one, (..., n, n)."""
    inside: Any
    """X^-1 E X of each direction, (k, ..., n, n)."""
    moves: Any
    """(k, ..., n)."""
    level: Any
    """Which eigenvalues move along the real line, (..., n)."""


def chosen_moves(inside: Any, together: Any, level: Any) -> Any:
    """Moves of all eigenvalues: those of copies apart, with the sum that they have."""
    count = np.sum(together, axis=-1)
    moves = np.diagonal(inside, axis1=-2, axis2=-1)
    mean = np.matmul(together / count[..., None], moves[..., None])[..., 0]
    place = np.sum(np.tril(together, -1), axis=-1)      # which of the copies it is
    size = np.max(np.abs(inside), axis=(-2, -1), initial=0)[..., None]
    apart = 2 * place - (count - 1.0)
    if not np.all(level):   # on a circle, of which each direction turns the start: conjugates do not move alike
        turned = np.exp(1j * np.arange(len(inside))).reshape(-1, *(1,) * (inside.ndim - 2))
        apart = np.where(level, apart, turned * np.exp(2j * np.pi * place / count))
    return np.where(count > 1, mean + size * apart, moves)


def of_block(change: Any, moves: Any, together: Any, level: Any) -> tuple[Any, Any]:
    """(alpha, beta) by eigenvalue, (..., n), of change = alpha moves + beta in each block."""
    count = np.sum(together, axis=-1)
    mean = np.asarray(together / count[..., None])

    def middle(y: Any) -> Any:
        return np.matmul(mean, y[..., None])[..., 0]

    off, far = moves - middle(moves), change - middle(change)
    square = middle(np.abs(off) ** 2)
    alpha = middle(np.conj(off) * far) / np.where(square > 0, square, 1)
    beta = middle(change) - alpha * middle(moves)
    rest = np.abs(far - alpha * off)
    bound = LIKE * np.max(np.abs(change), axis=-1, initial=0, keepdims=True)
    unlike = np.abs(alpha - alpha[:1]) * np.sqrt(square) > bound      # the same along every direction
    if np.any(((rest > bound) | unlike) & (count > 1)):
        raise UnsupportedError(
            "numpy.linalg.eigvals: this function is not symmetric in the copies of a repeated eigenvalue, or not "
            "smooth in them (abs), so it has no second derivative here"
        )
    if len(moves) == 1 and np.any(~level & (count == 2)):
        raise UnsupportedError(
            "numpy.linalg.eigvals: whether a function of a repeated complex eigenvalue is smooth is not known along "
            "one direction alone; take dualdiff.hessian"
        )
    return alpha, beta


class OfCopies(LinearMap):
    """h -> diag(X^-1 h X), whose transpose moves with X along the directions of `copies`."""

    __slots__ = ("copies", "tag", "text")

    symmetric = True

    def __init__(self, copies: Copies, tag: int, text: str, h: Any, value: Any) -> None:
        super().__init__((h,), value)
        self.copies, self.tag, self.text = copies, tag, text

    def apply(self, ts: Any) -> Any:
        """By eigenvectors without derivatives, which the copies do not have: nan."""
        x, back = self.copies.x, self.copies.back
        lost = np.where(np.sum(self.copies.together, axis=-1) > 1, np.nan, 1.0)
        return fit(np.sum(np.matmul(back, ts[0]) * np.swapaxes(x, -1, -2), axis=-1) * lost, self.out_dtype)

    def transpose(self, w: Any, i: int) -> Any:
        """(X diag(c) X^-1)*, c the conjugate cotangents; nan where the cotangents of copies differ."""
        note(self.tag, self.text)
        tag, values, x, back, together, inside, moves, level = self.copies
        mine = is_dual(w) and w.tag == tag and type(w.tangents) is np.ndarray
        plain = w.value if mine else w
        if is_dual(plain):
            raise UnsupportedError("third derivatives of functions of repeated eigenvalues are not defined in dualdiff")
        plain = np.conj(np.asarray(plain))
        change = np.conj(w.tangents) if mine else np.zeros((len(inside), *plain.shape), plain.dtype)
        further = (1,) * (plain.ndim - values.ndim)
        inside, moves = (np.reshape(y, (len(y), *further, *y.shape[1:])) for y in (inside, moves))
        moves = np.broadcast_to(moves, change.shape)
        apart = plain[..., None, :] - plain[..., :, None]
        with np.errstate(all="ignore"):
            near = np.abs(apart) <= LIKE * (np.abs(plain)[..., None, :] + np.abs(plain)[..., :, None])
            plain = np.where(np.any(together & ~near, axis=-1), plain * np.nan, plain)
            alone = np.where(together, 1, values[..., None, :] - values[..., :, None])
            slopes = np.where(together, np.where(near, 0, np.nan), apart / alone)
            alpha, beta = of_block(change, moves, together, level)
            alpha = np.where(np.sum(together, axis=-1) > 1, alpha, 0)
            own = np.where(np.sum(together, axis=-1) > 1, beta, change)
        eye = np.eye(values.shape[-1])
        core = (slopes + np.where(together, alpha[..., None], 0)) * inside + own[..., None] * eye
        value = conjugate_transpose(np.matmul(x * plain[..., None, :], back))
        rows = conjugate_transpose(np.matmul(np.matmul(x, core), back))
        kind = self.in_dtypes[0]
        return make(fit(value, kind), fit(rows, kind), tag)


def below_forward(v: Any, t: Any) -> bool:
    """Whether a value with tangents t is of reverse mode, and varies itself in directions that do not vary."""
    return type(t) is Node and is_dual(v) and type(v.tangents) is np.ndarray and not is_dual(v.value)


def moving_together(v: Any, t: Any, tag: int, value: Any, x: Any, together: Any, text: str) -> Any:
    """The eigenvalues of v with the tangents t of reverse mode, where some are repeated; `below_forward` holds.

    x, together : plain eigenvectors, and which eigenvalues are copies of one
    text : what is told where there is no derivative.
    """
    back = np.linalg.inv(x)
    inside = np.matmul(np.matmul(back, v.tangents), x)
    level = np.zeros(value.shape, bool)
    if np.asarray(v.value).dtype.kind != "c":   # the copies of a real eigenvalue are real or conjugate
        level = np.matmul(together, np.imag(value)[..., None])[..., 0] == 0
    copies = Copies(v.tag, value, x, back, together, inside, chosen_moves(inside, together, level), level)
    start = np.zeros(value.shape, value.dtype)
    change = linear(lambda h: start, lambda h, y: OfCopies(copies, tag, text, h[0], y), increment(v, t, tag))
    return attach(make(value, np.asarray(copies.moves, value.dtype), v.tag), change, tag)
