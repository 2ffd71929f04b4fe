"""scipy.spatial.transform for duals: rotations by quaternions, matrices, vectors and angles, and what they do.

A rotation of duals holds its unit quaternion; its values are those of SciPy's rotation of the plain numbers beside it.
"""

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.spatial.transform as _transform

from ...errors import UnsupportedError as _UnsupportedError
from ...functions.base import as_operand, exact, has_duals, value_of
from ...maps.tangents import is_dual
from ..applied import holds_duals
from ..second_instance import Namespace
from . import _INSTANCE

_SciPy = _transform.Rotation

# ---- quaternions (..., 4), the scalar last ------------------------------------------------------------------


def _product(p: Any, q: Any) -> Any:
    """The quaternion product: q first, then p."""
    a, b, c, d = (p[..., i] for i in range(4))
    e, f, g, h = (q[..., i] for i in range(4))
    return np.stack([d * e + a * h + b * g - c * f, d * f + b * h + c * e - a * g,
                     d * g + c * h + a * f - b * e, d * h - a * e - b * f - c * g], axis=-1)  # fmt: skip


def _unit(q: Any) -> Any:
    return q / np.sqrt(np.sum(q * q, axis=-1, keepdims=True))


def _inverse(q: Any) -> Any:
    return q * np.array([-1.0, -1.0, -1.0, 1.0])


def _series(s: Any, terms: Any) -> Any:
    total = terms[-1]
    for term in terms[-2::-1]:
        total = total * s + term
    return total


_SMALL = 0.05


def _of_vector(v: Any) -> Any:
    """The quaternion of a rotation vector; of s = angle^2, by series where it is small."""
    s = np.sum(v * v, axis=-1, keepdims=True)
    near = value_of(s) < _SMALL
    half = np.sqrt(np.where(near, 1.0, s)) / 2
    scale = np.where(
        near,
        _series(s, [1 / 2, -1 / 48, 1 / 3840, -1 / 645120, 1 / 185794560, -1 / 81749606400]),
        np.sin(half) / (2 * half),
    )
    w = np.where(near, _series(s, [1.0, -1 / 8, 1 / 384, -1 / 46080, 1 / 10321920, -1 / 3715891200]), np.cos(half))
    return np.concatenate([v * scale, w], axis=-1)


def _vector_of(q: Any) -> Any:
    """The rotation vector of a unit quaternion."""
    q = q * np.where(value_of(q)[..., 3:] < 0, -1.0, 1.0)
    v, w = q[..., :3], q[..., 3:]
    s = np.sum(v * v, axis=-1, keepdims=True)
    near = value_of(s) < _SMALL
    size = np.sqrt(np.where(near, 0.5, s))
    terms = [2.0]
    for k in range(1, 13):  # 2 asin(n) / n of s = n^2
        terms.append(terms[-1] * (2 * k - 1) ** 2 / ((2 * k) * (2 * k + 1)))
    return v * np.where(near, _series(s, terms), 2 * np.arctan2(size, w) / size)


@functools.cache
def _takes_the_nearest() -> bool:
    """Whether SciPy's from_matrix begins with the nearest rotation; before 1.16 it normalises a quaternion."""
    sheared = np.eye(3)
    sheared[0, 1] = 0.5
    normalised = _unit(np.array([0.0, 0.0, -0.5, 4.0]))
    return not np.allclose(_SciPy.from_matrix(sheared).as_quat(), normalised, rtol=0, atol=1e-9)


def _of_matrix(m: Any) -> Any:
    """The quaternion of an orthogonal matrix."""
    from .. import linalg

    flat = np.reshape(m, (-1, 3, 3))
    parts = []
    for j in range(np.shape(flat)[0]):
        r = linalg.polar(flat[j])[0] if _takes_the_nearest() else flat[j]
        d = [r[0, 0], r[1, 1], r[2, 2], r[0, 0] + r[1, 1] + r[2, 2]]
        i = int(np.argmax([value_of(x) for x in d]))
        if i == 3:
            q = [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], 1 + d[3]]
        else:
            k, n = (i + 1) % 3, (i + 2) % 3
            parts_of = {i: 1 - d[3] + 2 * r[i, i], k: r[k, i] + r[i, k], n: r[n, i] + r[i, n]}
            q = [parts_of[0], parts_of[1], parts_of[2], r[n, k] - r[k, n]]
        parts.append(_unit(as_operand(q)))
    return np.reshape(np.stack(parts), (*np.shape(m)[:-2], 4))


def _matrix_of(q: Any) -> Any:
    x, y, z, w = (q[..., i] for i in range(4))
    rows = [[x * x - y * y - z * z + w * w, 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), y * y - x * x - z * z + w * w, 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), z * z - x * x - y * y + w * w]]  # fmt: skip
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _of_angles(seq: Any, angles: Any, degrees: Any) -> Any:
    """The quaternion of rotations about axes: capital letters turn with the body."""
    angles = as_operand(angles)
    angles = angles * (np.pi / 180) if degrees else angles
    if len(seq) == 1 and (np.ndim(angles) == 0 or np.shape(angles)[-1:] != (1,)):
        angles = np.reshape(angles, (*np.shape(angles), 1))
    q = None
    for i, letter in enumerate(seq.lower()):
        half = angles[..., i] / 2
        zero = np.zeros(np.shape(half))
        parts = [zero, zero, zero, np.cos(half)]
        parts["xyz".index(letter)] = np.sin(half)
        turn = np.stack(parts, axis=-1)
        q = turn if q is None else _product(q, turn) if seq[0].isupper() else _product(turn, q)
    return q


def _of_turns(axes: Any, order: Any, angles: Any, degrees: Any) -> Any:
    """The quaternion of rotations about given axes, one after the other."""
    axes, angles = as_operand(axes), as_operand(angles)
    axes = np.reshape(axes, (-1, 3))
    axes = axes / np.sqrt(np.sum(axes * axes, axis=-1, keepdims=True))
    angles = angles * (np.pi / 180) if degrees else angles
    angles = np.reshape(angles, (1,)) if np.ndim(angles) == 0 else angles
    q = None
    for i in range(np.shape(axes)[0]):
        half = angles[..., i : i + 1] / 2
        turn = np.concatenate([axes[i] * np.sin(half), np.cos(half)], axis=-1)
        q = turn if q is None else _product(q, turn) if order in ("i", "intrinsic") else _product(turn, q)
    return q


def _nearest(k: Any) -> Any:
    """The unit quaternions with the greatest q k q for a symmetric matrix k: its last eigenvector."""
    from .. import linalg

    return linalg.eigh(k, subset_by_index=[3, 3])[1][:, 0]


def _angles_of(q: Any, seq: Any) -> Any:
    """The angles about three axes (Bernardes and Viollet 2022)."""
    extrinsic = seq[0].islower()
    axes = ["xyz".index(c) for c in seq.lower()]
    i, j, k = axes if extrinsic else axes[::-1]
    symmetric = i == k
    k = 3 - i - j if symmetric else k
    sign = (i - j) * (j - k) * (k - i) // 2
    w, x, y, z = q[..., 3], q[..., i], q[..., j], q[..., k] * sign
    a, b, c, d = (w, x, y, z) if symmetric else (w - y, x + z, y + w, z - x)
    middle = 2 * np.arctan2(np.hypot(c, d), np.hypot(a, b))
    total, difference = np.arctan2(b, a), np.arctan2(d, c)
    first, third = total - difference, total + difference
    if not symmetric:
        third, middle = third * sign, middle - np.pi / 2
    return np.stack([first, middle, third] if extrinsic else [third, middle, first], axis=-1)


# ---- rotations -------------------------------------------------------------------------------------------


def _valued(found: Any, value: Any) -> Any:
    """A composition with SciPy's values."""
    return exact(as_operand(found), np.asarray(value))


class _Rotation:
    """A rotation of duals: its unit quaternion, and SciPy's rotation of the values."""

    def __init__(self, quat: Any, plain: Any) -> None:
        value = plain.as_quat()
        sign = np.where(np.sum(value_of(quat) * value, axis=-1, keepdims=True) < 0, -1.0, 1.0)
        self._q, self._plain = _valued(np.reshape(quat * sign, np.shape(value)), value), plain

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("single", "shape"):
            return getattr(self._plain, name)
        raise _UnsupportedError(f"scipy.spatial.transform.Rotation.{name} of duals has no derivative rule in dualdiff")

    def __len__(self) -> int:
        return len(self._plain)

    def __getitem__(self, key: Any) -> Any:
        return _Rotation(self._q[key], self._plain[key])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def as_quat(self, canonical: bool = False, *, scalar_first: bool = False) -> Any:
        """The quaternion."""
        value = self._plain.as_quat(canonical=canonical, scalar_first=scalar_first)
        q = np.concatenate([self._q[..., 3:], self._q[..., :3]], axis=-1) if scalar_first else self._q
        return _valued(q * np.where(np.sum(value_of(q) * value, axis=-1, keepdims=True) < 0, -1.0, 1.0), value)

    def as_matrix(self) -> Any:
        """The matrix."""
        return _valued(_matrix_of(self._q), self._plain.as_matrix())

    def as_rotvec(self, degrees: bool = False) -> Any:
        """The axis times the angle."""
        found = _vector_of(self._q)
        return _valued(found * (180 / np.pi) if degrees else found, self._plain.as_rotvec(degrees=degrees))

    def as_mrp(self) -> Any:
        """Modified Rodrigues parameters."""
        q = self._q * np.where(value_of(self._q)[..., 3:] < 0, -1.0, 1.0)
        return _valued(q[..., :3] / (1 + q[..., 3:]), self._plain.as_mrp())

    def as_euler(self, seq: Any, degrees: bool = False, **options: Any) -> Any:
        """Angles about three axes."""
        found = _angles_of(self._q, seq)
        return _valued(
            found * (180 / np.pi) if degrees else found, self._plain.as_euler(seq, degrees=degrees, **options)
        )

    def apply(self, vectors: Any, inverse: bool = False) -> Any:
        """The vectors turned."""
        vectors = as_operand(vectors)
        value = self._plain.apply(value_of(vectors), inverse)
        m = _matrix_of(_inverse(self._q) if inverse else self._q)
        return _valued(np.reshape(np.matmul(m, as_operand(vectors)[..., None]), np.shape(value)), value)

    def inv(self) -> Any:
        """The inverse."""
        return _Rotation(_inverse(self._q), self._plain.inv())

    def mean(self, weights: Any = None, axis: Any = None) -> Any:
        """The rotation with the least sum of squared distances."""
        if axis is not None:
            raise _UnsupportedError("Rotation.mean of duals takes no axis: take the mean of each part")
        q = np.reshape(self._q, (-1, 4))
        w = np.ones(np.shape(q)[0]) if weights is None else as_operand(weights)
        plain = self._plain.mean(None if weights is None else value_of(w))
        return _Rotation(_nearest(np.matmul(np.swapaxes(w[:, None] * q, 0, 1), q)), plain)

    def magnitude(self) -> Any:
        """The angle."""
        size = np.linalg.norm(self._q[..., :3], axis=-1)
        return _valued(2 * np.arctan2(size, np.abs(self._q[..., 3])), self._plain.magnitude())

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, (_SciPy, _Rotation)):
            return NotImplemented
        return _Rotation(_product(self._q, _quaternion(other)), self._plain * _plain(other))

    def __rmul__(self, other: Any) -> Any:
        if not isinstance(other, _SciPy):
            return NotImplemented
        return _Rotation(_product(other.as_quat(), self._q), other * self._plain)

    def __pow__(self, n: Any, modulus: Any = None) -> Any:
        if modulus is not None:
            raise NotImplementedError("modulus not supported")
        return _Rotation(_of_vector(n * _vector_of(self._q)), self._plain ** value_of(n))

    def approx_equal(self, other: Any, atol: Any = None, degrees: bool = False) -> Any:
        """Whether two rotations are near to each other."""
        return self._plain.approx_equal(_plain(other), atol, degrees)


def _quaternion(r: Any) -> Any:
    return r._q if isinstance(r, _Rotation) else r.as_quat()


def _plain(r: Any) -> Any:
    return r._plain if isinstance(r, _Rotation) else r


def _from_quat(quat: Any, *, scalar_first: bool = False) -> Any:
    q = as_operand(quat)
    plain = _SciPy.from_quat(value_of(q), scalar_first=scalar_first)
    return _Rotation(_unit(np.concatenate([q[..., 1:], q[..., :1]], axis=-1) if scalar_first else q), plain)


def _from_matrix(matrix: Any, **options: Any) -> Any:
    m = as_operand(matrix)
    return _Rotation(_of_matrix(m), _SciPy.from_matrix(value_of(m), **options))


def _from_rotvec(rotvec: Any, degrees: bool = False) -> Any:
    v = as_operand(rotvec)
    return _Rotation(_of_vector(v * (np.pi / 180) if degrees else v), _SciPy.from_rotvec(value_of(v), degrees))


def _from_mrp(mrp: Any) -> Any:
    v = as_operand(mrp)
    s = np.sum(v * v, axis=-1, keepdims=True)
    return _Rotation(np.concatenate([2 * v, 1 - s], axis=-1) / (1 + s), _SciPy.from_mrp(value_of(v)))


def _from_euler(seq: Any, angles: Any, degrees: bool = False) -> Any:
    return _Rotation(_of_angles(seq, angles, degrees), _SciPy.from_euler(seq, value_of(as_operand(angles)), degrees))


def _from_davenport(axes: Any, order: Any, angles: Any, degrees: bool = False) -> Any:
    plain = _SciPy.from_davenport(value_of(as_operand(axes)), order, value_of(as_operand(angles)), degrees)
    return _Rotation(_of_turns(axes, order, angles, degrees), plain)


def _concatenate(rotations: Any) -> Any:
    rotations = list(rotations)
    parts = [np.reshape(_quaternion(r), (-1, 4)) for r in rotations]
    return _Rotation(np.concatenate(parts), _SciPy.concatenate([_plain(r) for r in rotations]))


def _align_vectors(a: Any, b: Any, weights: Any = None, return_sensitivity: bool = False) -> tuple[Any, Any]:
    """The rotation of b nearest to a (Davenport), and the root of the weighted sum of squares that is left."""
    if return_sensitivity:
        raise _UnsupportedError("Rotation.align_vectors of duals takes return_sensitivity=False")
    a, b = (np.reshape(as_operand(x), (-1, 3)) for x in (a, b))
    w = np.ones(np.shape(a)[0]) if weights is None else as_operand(weights)
    plain, rest = _SciPy.align_vectors(value_of(a), value_of(b), value_of(w))
    if np.shape(a)[0] == 1 or not np.all(np.isfinite(value_of(w))):
        raise _UnsupportedError("Rotation.align_vectors of duals takes two vectors or more, of finite weight")
    both = np.matmul(np.swapaxes(w[:, None] * a, 0, 1), b)
    side = np.stack([both[2, 1] - both[1, 2], both[0, 2] - both[2, 0], both[1, 0] - both[0, 1]])[:, None]
    total = np.trace(both)
    top = np.concatenate([both + np.swapaxes(both, 0, 1) - total * np.eye(3), side], axis=1)
    bottom = np.concatenate([np.swapaxes(side, 0, 1), np.reshape(total, (1, 1))], axis=1)
    rotation = _Rotation(_nearest(np.concatenate([top, bottom])), plain)
    left = a - np.matmul(b, np.swapaxes(_matrix_of(rotation._q), 0, 1))
    found = np.sqrt(np.sum(w[:, None] * left * left)) if rest > 0 else rest
    return rotation, _valued(found, rest) if is_dual(found) else rest


_MAKERS: dict[Any, Any] = {
    "from_quat": _from_quat,
    "from_matrix": _from_matrix,
    "from_rotvec": _from_rotvec,
    "from_mrp": _from_mrp,
    "from_euler": _from_euler,
    "from_davenport": _from_davenport,
    "concatenate": _concatenate,
    "align_vectors": _align_vectors,
}


def _holds(x: Any) -> Any:
    """Whether an argument holds duals or rotations of duals."""
    return holds_duals(x) or isinstance(x, _Rotation) or \
        isinstance(x, (list, tuple)) and any(isinstance(r, _Rotation) for r in x)  # fmt: skip


class _Kind(type(_SciPy)):  # type: ignore[misc]
    """The class of Rotation: an instance is any rotation, of duals or not."""

    def __call__(cls, quat: Any, *args: Any, **kwargs: Any) -> Any:
        if has_duals(quat):
            return _from_quat(quat, *args, **kwargs)
        return _answering(_SciPy(quat, *args, **kwargs))

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, (_SciPy, _Rotation))


class Rotation(_SciPy, metaclass=_Kind):  # type: ignore[misc, valid-type]
    """scipy.spatial.transform.Rotation, also of duals; rotations of plain numbers are SciPy's, and turn duals."""

    def apply(self, vectors: Any, inverse: bool = False) -> Any:
        """The vectors turned."""
        if has_duals(vectors):
            return _Rotation(self.as_quat(), self).apply(vectors, inverse)
        return super().apply(vectors, inverse)

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, _Rotation) else _answering(super().__mul__(other))

    def __pow__(self, n: Any, modulus: Any = None) -> Any:
        return _Rotation(self.as_quat(), self) ** n if has_duals(n) else _answering(super().__pow__(n, modulus))

    def __getitem__(self, key: Any) -> Any:
        return _answering(super().__getitem__(key))

    def inv(self) -> Any:
        """The inverse."""
        return _answering(super().inv())

    def mean(self, weights: Any = None, *args: Any, **options: Any) -> Any:
        """The rotation with the least sum of squared distances."""
        if has_duals(weights):
            return _Rotation(self.as_quat(), self).mean(weights, *args, **options)
        return _answering(super().mean(weights, *args, **options))


def _answering(r: Any) -> Any:
    """A rotation of SciPy's as one of our class, which turns duals; anything else as it is."""
    if type(r) is not _SciPy:
        return r
    try:
        r.__class__ = Rotation
    except TypeError:  # compiled, in older SciPy
        return type.__call__(Rotation, r.as_quat(), normalize=False)
    return r


def _maker(name: str) -> Any:
    original = getattr(_SciPy, name)

    def make(*args: Any, **kwargs: Any) -> Any:
        if name in _MAKERS and any(map(_holds, (*args, *kwargs.values()))):
            return _MAKERS[name](*args, **kwargs)
        found = original(*args, **kwargs)
        return (_answering(found[0]), *found[1:]) if isinstance(found, tuple) else _answering(found)

    make.__name__, make.__doc__ = name, f"scipy.spatial.transform.Rotation.{name}, also of duals."
    return staticmethod(make)


for _name in (*_MAKERS, "identity", "random"):
    if hasattr(_SciPy, _name):
        setattr(Rotation, _name, _maker(_name))


class Slerp:
    """scipy.spatial.transform.Slerp, also of rotations and times that are duals.

    Parameters
    ----------
    times : array_like
    rotations : Rotation
    """

    def __init__(self, times: Any, rotations: Any) -> None:
        self.times = as_operand(times)
        self.rotations = rotations
        self._slerp = _transform.Slerp(value_of(self.times), _plain(rotations))

    def __call__(self, times: Any) -> Any:
        """The rotations at the times."""
        if not (has_duals(times) or has_duals(self.times) or isinstance(self.rotations, _Rotation)):
            return _answering(self._slerp(times))
        t = as_operand(times)
        plain = self._slerp(value_of(t))
        knots, flat = value_of(self.times), np.reshape(t, (-1,)) if np.ndim(t) else np.reshape(t, (1,))
        at = np.clip(np.searchsorted(knots, value_of(flat), side="left") - 1, 0, len(knots) - 2)
        q = _quaternion(self.rotations)
        begin = q[at]
        share = (flat - self.times[at]) / (self.times[at + 1] - self.times[at])
        turn = _of_vector(share[:, None] * _vector_of(_product(_inverse(begin), q[at + 1])))
        return _Rotation(np.reshape(_product(begin, turn), plain.as_quat().shape), plain)


class RotationSpline(_transform.RotationSpline):
    """scipy.spatial.transform.RotationSpline, also at times that are duals.

    Parameters
    ----------
    times : array_like
    rotations : Rotation
        Of plain numbers: the rates of a spline are solved for by iteration.
    """

    def __init__(self, times: Any, rotations: Any) -> None:
        if has_duals(times) or isinstance(rotations, _Rotation):
            raise _UnsupportedError(
                "scipy.spatial.transform.RotationSpline of duals: its rates are solved for by iteration; "
                "times that it is called with may be duals"
            )
        super().__init__(times, rotations)

    def __call__(self, times: Any, order: Any = 0) -> Any:
        """The rotations at the times, or with order=1, 2 their rates and accelerations."""
        if not has_duals(times):
            return _answering(super().__call__(times, order))
        if order:
            raise _UnsupportedError("RotationSpline of dual times takes order=0: take the derivative of its rotations")
        from .. import interpolate

        t = as_operand(times)
        plain = super().__call__(value_of(t))
        flat = np.reshape(t, (-1,))
        at = np.clip(np.searchsorted(self.times, value_of(flat), side="right") - 1, 0, len(self.times) - 2)
        turns = interpolate.PPoly(self.interpolator.c, self.interpolator.x)(flat)
        found = _product(self.rotations.as_quat()[at], _of_vector(turns))
        return _Rotation(np.reshape(found, plain.as_quat().shape), plain)


_SPACE = Namespace(
    _transform, _INSTANCE, (),
    {"RigidTransform": "write its Rotation and its translation"},
    {"Rotation": Rotation, "Slerp": Slerp, "RotationSpline": RotationSpline},
)  # fmt: skip


def __getattr__(name: str) -> Any:
    return _SPACE.get(name)


def __dir__() -> Any:
    return sorted(dir(_transform))
