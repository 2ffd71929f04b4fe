"""Checks of derivatives against numbers that were computed without them: for users' rules, and for their code.

    numerical_jvp      the derivative along a direction by differences or by a complex step, with an error estimate
    check_jvp          jvp against it; linearity; many directions against one by one
    check_vjp          vjp and linearize against jvp, and many cotangents against one by one
    check_derivative   both, and with order=n the same for the derivatives of order 1, ..., n-1

Every comparison is made element by element, relative to that element.  A difference counts as far as its own error
estimate goes, and no further: an element that it cannot decide is named in an `UncheckedWarning`.

Invariant: a check that can decide nothing fails.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .differences import COMPLEX_STEP, SINGLES, VANISHED, Subject, complex_step, differences, flat, flat_rows, owned
from .errors import ArgumentError, InputError, ShapeError
from .maps.base import dtype_of
from .transforms.jvp import jvp
from .transforms.linearize import linearize
from .transforms.pytrees import flatten, unflatten
from .transforms.vjp import vjp

__all__ = ["UncheckedWarning", "check_derivative", "check_jvp", "check_vjp", "numerical_jvp"]


def __dir__() -> list[str]:
    return sorted(__all__)


MOST_BYTES = 2**26
"""Of a stack of directions, or of a matrix."""
SURE, RESOLVED = 0.1, 1e-3
"""Relative errors of a difference: enough to call a derivative wrong; enough to call it right."""
HIDDEN = 2.0**12
"""Times the rounding of f: derivatives below it are zero, as far as differences can tell."""


class UncheckedWarning(UserWarning, AssertionError):
    """Elements of a derivative that no difference could decide; the message names them.

    Where warnings are made errors, it is a failed check.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)


def numerical_jvp(
    f: Callable[..., Any], primals: Any, tangents: Any, *, method: str = "differences"
) -> tuple[Any, Any]:
    """The derivative of f along a direction, without dualdiff's rules, and an estimate of its error.

    (f(x + h v) - f(x - h v)) / 2h, extrapolated to h = 0 from nine steps h, and from smaller ones where these
    do not converge.  Steps follow the size of each element of the arguments: elements of different sizes are moved one
    group after the other.  Or Im f(x + i h v) / h with h = 1e-30.

    Parameters
    ----------
    f : callable
        NumPy code, or anything that takes plain arrays.
    primals, tangents : tuple
        As in `jvp`: one direction for each argument; None stands for zero, and for arguments that are no numbers.
    method : {"differences", "complex"}
        "complex" is exact to rounding and needs an f that is analytic and takes complex numbers.

    Returns
    -------
    tangent, error
        In the structure of f's result: the derivative, and an estimate of its absolute error for each element
        (0 for a complex step; inf where no step gave a finite number).

    Raises
    ------
    ArgumentError
        For another method.
    ShapeError
        If tangents do not fit the primals, or the results of f change their shape.

    References
    ----------
    Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering Software 4 (1982).
    Squire and Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40 (1998).

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.testing import numerical_jvp
    >>> tangent, error = numerical_jvp(np.exp, (np.array([0.0, 1.0]),), (np.array([1.0, 1.0]),))
    >>> bool(np.all(np.abs(tangent - [1.0, np.e]) <= 1e-11)), bool(np.all(error < 1e-9))
    (True, True)
    """
    check_method(method)
    subject = Subject(f, *as_tuples(primals, tangents))
    if method == "complex":
        step = 1j * COMPLEX_STEP
        found = np.imag(subject.near(step, subject.given)) / COMPLEX_STEP
        return subject.in_structure(found), subject.in_structure(np.zeros(found.shape))
    found = differences(subject, subject.given)
    return subject.in_structure(found.value), subject.in_structure(found.error)


def check_method(method: Any) -> None:
    """Raises for another method."""
    if method not in ("differences", "complex"):
        raise ArgumentError(f'method must be "differences" or "complex", got {method!r}')


def as_tuples(primals: Any, tangents: Any) -> tuple[Any, Any]:
    """Both as tuples of one length."""
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), (tangents,)
    if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
        raise ShapeError(f"one tangent for each of the {len(primals)} primals is expected, got {tangents!r}")
    return tuple(primals), tuple(tangents)


# ---- comparisons -------------------------------------------------------------------------------------


class Ledger:
    """What one check has decided, and what it could not."""

    def __init__(self, what: str) -> None:
        self.what, self.decided = what, 0
        self.open: list[Any] = []

    def close(self) -> None:
        """Raises where nothing was decided; warns where something was not."""
        if not self.open:
            return
        some = "; ".join(self.open[:4]) + (f"; and {len(self.open) - 4} more" if len(self.open) > 4 else "")
        why = 'f is not smooth, not finite or too noisy there: take another point, or method="complex"'
        if not self.decided:
            raise AssertionError(f"{self.what} could not be checked: its differences did not converge: {some}. {why}")
        warnings.warn(
            f"{self.what}: {len(self.open)} of its elements are unchecked, as their differences "
            f"did not converge: {some}. {why}", UncheckedWarning, stacklevel=4
        )  # fmt: skip


class Terms:
    """What is allowed: rtol of each element, and atol."""

    def __init__(self, subject: Any, rtol: Any, atol: Any) -> None:
        self.single = any(e > 1e-10 for e in (subject.eps, *subject.rounding))
        self.rtol = (2e-3 if self.single else 1e-6) if rtol is None else rtol
        self.atol = atol


def against_numbers(subject: Any, v: Any, by_rule: Any, moving: Any, terms: Any, method: Any, ledger: Any) -> None:
    """Compares J v by the rules with J v by differences, element by element."""
    if method == "complex":
        number = np.imag(subject.near(1j * COMPLEX_STEP, v)) / COMPLEX_STEP
        error = floor = coarse = np.zeros(number.shape)
        other = np.full(number.shape, np.nan)
    else:
        number, error, other, floor, coarse = differences(subject, v)
    wrong, right = verdict(by_rule, number, error, floor, terms)
    with np.errstate(all="ignore"):     # two limits: nothing is sure
        wrong &= ~(np.abs(by_rule - other) <= RESOLVED * np.abs(other))
    if method != "complex":
        if np.any(wrong):       # a fault must be seen with other steps, too; the finest may be lost in noise
            for shift in (0.143, 0.143 / 2**11):
                again, unsure, *_ = differences(subject, v, shift)
                with np.errstate(all="ignore"):
                    seen, _ = verdict(by_rule, again, unsure, floor, terms)
                    lost = ~(unsure <= SURE * np.maximum(np.abs(again), np.abs(by_rule)))
                wrong &= seen | (lost if shift < 0.1 else False)
        if not np.all(wrong | right):       # a second opinion, where differences are lost in rounding
            exact = complex_step(subject, v)
            with np.errstate(all="ignore"):
                gap = np.abs(exact - by_rule)
                agrees = gap <= terms.atol + terms.rtol * np.abs(exact)
                # a complex step sees nothing of what is not analytic, and gives 0 there
                differs = (gap > 64 * floor) & (exact != 0) & np.isfinite(exact) & analytic(subject)
                differs &= ~agrees & np.isfinite(by_rule) & (np.abs(exact - number) <= 3 * error + 64 * floor)
            differs &= ~(wrong | right)
            number, error = np.where(differs, exact, number), np.where(differs, 0.0, error)
            right |= agrees & ~wrong
            wrong |= differs
            with np.errstate(all="ignore"):     # zero, as far as rounding lets one see
                nothing = (np.abs(by_rule) <= HIDDEN * floor) & (np.abs(by_rule - number) <= 3 * error)
                nothing &= error <= np.maximum(1e6 * floor, VANISHED * coarse)
            right |= nothing & ~wrong
    if np.any(wrong):
        fail(subject, by_rule, number, error, wrong, f"along {moving}", ledger.what)
    # a zero beside an element that is not known says nothing of the rule
    ledger.decided += int(np.sum(right & (by_rule != 0)))
    for i in np.flatnonzero(~right)[:5]:
        ledger.open.append(
            f"{subject.out_label(i)} by {moving} = {by_rule[i]:.6g}, by differences {number[i]:.6g} +- {error[i]:.1g}"
        )
    ledger.open += ["..."] * (int(np.sum(~right)) - 5)


def verdict(by_rule: Any, number: Any, error: Any, floor: Any, terms: Any) -> tuple[Any, Any]:
    """(wrong, right) for each element; neither where the difference cannot tell."""
    with np.errstate(all="ignore"):
        both = np.maximum(np.abs(number), np.where(np.isfinite(by_rule), np.abs(by_rule), 0.0))
        fits = np.abs(by_rule - number) <= terms.atol + terms.rtol * np.abs(number) + 3 * error + 16 * floor
        wrong = ~fits & (error <= SURE * both)
        # where rounding of f hides most of it, a few digits must do
        enough = np.where(error <= 1e4 * floor, SURE / 2, RESOLVED)
        right = fits & ((error <= enough * both) | (error == 0))
    return wrong, right


def analytic(subject: Any) -> Any:
    """For each element of the result, whether a complex step along all arguments agrees with differences."""
    v = subject.split(subject.random(np.random.default_rng(11)))
    exact = complex_step(subject, v)
    number, error, _, floor, _ = differences(subject, v)
    return (np.abs(exact - number) <= 1e-6 * np.abs(number) + 3 * error + 64 * floor) & (
        error <= RESOLVED * np.abs(number)
    )


def fail(subject: Any, found: Any, wanted: Any, error: Any, wrong: Any, moving: Any, what: str) -> Any:
    """Raises for the worst element."""
    with np.errstate(all="ignore"):
        gap = np.abs(found - wanted) / np.maximum(np.abs(wanted), np.abs(found))
    i = int(np.argmax(np.where(wrong, np.where(np.isnan(gap), np.inf, gap), -1.0)))
    name = subject.out_label(i)
    by = f" ({moving})" if moving else ""
    unsure = f" +- {error[i]:.1g}" if error is not None else ""
    raise AssertionError(
        f"{what}: {int(np.sum(wrong))} of {found.size} elements of result are wrong, the worst is "
        f"{name} = {found[i]:.10g}, expected {wanted[i]:.10g}{unsure}{by}"
    )


def against_rules(
    subject: Any, found: Any, wanted: Any, factor: Any, terms: Any, what: str, moving: Any = None, size: float = 0.0
) -> None:
    """Compares two results of rules: equal but for rounding.

    factor: of the direction, whose elements are of the size of the arguments' else; so f times it is what cancels in
    products.  size: of terms that were added up.
    """
    with np.errstate(all="ignore"):
        rounding = subject.rounding * (64 * abs(factor) * np.abs(subject.value) + 1e3 * size)
        allowed = terms.rtol * (np.abs(wanted) + size) + np.where(np.isfinite(rounding), rounding, 0.0) + terms.atol
        wrong = ~(np.abs(found - wanted) <= allowed) & ~(np.isnan(found) & np.isnan(wanted)) & ~(found == wanted)
        wrong &= ~(np.isnan(wanted) | np.isinf(size))       # rows of an infinite derivative have no sums
    if np.any(wrong):
        fail(subject, found, wanted, None, wrong, moving, what)


def same_value(subject: Any, value: Any, what: str) -> Any:
    """Raises where a value is not f's own, to the last bit."""
    if type(subject.f) is Derivative:       # derivatives are not promised to the last bit
        found = flat(flatten(value)[0])
        return against_rules(subject, found, subject.value, 1.0, Terms(subject, None, 0.0), f"{what}, the value")
    for name, a, b in zip(subject.out_names, flatten(value)[0], subject.outs, strict=True):
        if not np.array_equal(a, b, equal_nan=dtype_of(b).kind in "fc"):
            raise AssertionError(f"{what}: the value {name} is {a!r}, the function itself gives {b!r}")


# ---- the checks --------------------------------------------------------------------------------------


def check_jvp(
    f: Callable[..., Any], primals: Any, tangents: Any = None, *, rtol: float | None = None, atol: float = 0.0,
    method: str = "differences", seed: int = 0,
) -> None:  # fmt: skip
    """Raises an AssertionError where jvp of f differs from a numerical derivative.

    Compares the value with f's own, to the last bit; the tangent with `numerical_jvp`, along the given direction or
    along directions that move one element of the arguments at a time (of more than 12 elements: four of them, and
    groups of elements of one size); whether the tangent is linear in the direction; 1, 2, 3, 5 and n directions at
    once with each alone; and whether arguments and tangents are left as they are.

    Parameters
    ----------
    f : callable
        NumPy code, or a `custom_jvp` function.
    primals : tuple
        The arguments; one alone may be given without the tuple.  Floats and arrays of floats are differentiated;
        integers, strings, None and other objects are constants.  (Integers count as floats where a tangent is
        given for them, or where there are no floats.)
    tangents : tuple, optional
        A direction for each argument; None for an argument that is constant.
    rtol, atol : float
        Allowed for each element: atol + rtol * |the element| + three times the error of the difference.  rtol is
        1e-6 by default, 2e-3 where there is float32.
    method : {"differences", "complex"}
        As in `numerical_jvp`.
    seed : int
        Of the random directions.

    Returns
    -------
    None

    Raises
    ------
    AssertionError
        With the worst element, its derivative and what was expected; also where no difference converged.

    Warns
    -----
    UncheckedWarning
        Names the elements that could not be checked, where others could.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.testing import check_jvp
    >>> check_jvp(lambda x: np.sin(x) * x, np.array([0.5, 1.0]))
    >>> @dd.custom_jvp
    ... def cube(x):
    ...     return x**3
    >>> @cube.defjvp
    ... def _(primals, tangents):
    ...     return cube(primals[0]), 2 * primals[0] ** 2 * tangents[0]
    >>> check_jvp(cube, 1.0, 1.0)
    Traceback (most recent call last):
        ...
    AssertionError: jvp of cube: 1 of 1 elements of result are wrong, the worst is result = 2, expected 3 +- ...
    """
    check_method(method)
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), None if tangents is None else (tangents,)
    elif tangents is not None:
        primals, tangents = as_tuples(primals, tangents)
    subject = Subject(f, primals, tangents, parts=True)
    terms = Terms(subject, rtol, atol)
    ledger = Ledger(f"jvp of {subject.name}")
    generator = np.random.default_rng(seed)
    if tangents is None:
        directions: list[tuple[str, Any]] = [(name, subject.split(v)) for name, v in subject.directions(generator)]
    else:
        directions = [("the given direction", subject.given)]
    rows = []
    for moving, v in directions:
        value, found = subject.jvp(v)
        same_value(subject, value, ledger.what)
        against_numbers(subject, v, found, moving, terms, method, ledger)
        rows.append((np.concatenate([np.ravel(t) for t in v]), found))
    check_linear(subject, rows, terms, ledger.what, generator)
    check_stacks(subject, rows, terms, ledger.what, generator)
    ledger.close()


def along(subject: Any, v: Any) -> Any:
    """J v of a flat vector."""
    return subject.jvp(subject.split(v))[1]


def check_linear(subject: Any, rows: Any, terms: Any, what: str, generator: Any) -> None:
    """J(v - 2w) against J v - 2 J w, and J(c v) against c J v."""
    v, w = (subject.random(generator) for _ in range(2))
    if subject.given is not None:
        v = rows[0][0]
    by_v, by_w = along(subject, v), along(subject, w)
    size = np.abs(by_v) + 2 * np.abs(by_w)
    linear = "(the rule is not linear in the tangents)"
    with np.errstate(all="ignore"):
        joint = by_v - 2 * by_w
        found = along(subject, v - 2 * w)
        against_rules(subject, found, joint, 1.0, terms, f"{what}, along v - 2w {linear}", None, size)
    for c in (0.0, -1.0, 2.0**-16, 2.0**16):
        with np.errstate(all="ignore"):
            wanted = c * by_v if c else np.where(np.isfinite(by_v), 0.0, np.nan)
            found = along(subject, c * v)
            against_rules(subject, found, wanted, c, terms, f"{what}, along {c:g}*v {linear}")


def check_stacks(subject: Any, rows: Any, terms: Any, what: str, generator: Any) -> None:
    """1, 2, 3, 5 and n directions at once against each alone."""
    n = subject.total
    unit = np.diag(subject.scale()) if 8 * n * max(n, subject.value.size) <= MOST_BYTES else None
    for k in sorted({1, 2, 3, 5, n}):
        if k == n and unit is not None:
            stack = unit
        elif k == n and n > 5:
            continue        # too large to be formed
        else:
            stack = np.stack([subject.random(generator) for _ in range(k)])
        found = subject.jvp(subject.split(stack))[1]
        text = {1: "a stack of one direction", 2: "two directions at once"}.get(k, f"{k} directions at once")
        text = f"{what}, {text}"
        some = range(k) if k <= SINGLES else sorted({0, k - 1, *generator.choice(k, 6, replace=False).tolist()})
        for j in some:
            against_rules(subject, found[j], along(subject, stack[j]), 1.0, terms, text, f"direction {j}")
        if k > SINGLES:
            weights = generator.choice([-1.0, 1.0], k) * generator.uniform(0.5, 1.0, k)
            sums = Terms(subject, 1e-3 if terms.single else 1e-9, terms.atol)
            with np.errstate(all="ignore"):
                total = np.abs(weights) @ np.abs(found)
                against_rules(subject, weights @ found, along(subject, weights @ stack), 1.0, sums, text, None, total)


def check_vjp(
    f: Callable[..., Any], *primals: Any, rtol: float | None = None, atol: float = 0.0, seed: int = 0
) -> None:
    """Raises an AssertionError where vjp or linearize of f is not the transpose of its jvp.

    <w, J v> = <J' w, v> for random v, w that see each element at its own size; for functions of moderate size each
    entry of the matrix J by jvp, vjp and linearize, in both directions; 1, 2, 5 and m cotangents at once against each
    alone; the value is f's own, and J' w has the shapes and the structure of the arguments.

    Parameters
    ----------
    f : callable
        NumPy code, or a `custom_jvp` function.
    *primals
        The arguments, as in `check_jvp`.
    rtol, atol : float
        Allowed for each entry of J: atol + rtol * |the entry|.  rtol is 1e-6 by default, 2e-3 where there is float32.
    seed : int
        Of the random vectors.

    Returns
    -------
    None

    Raises
    ------
    AssertionError
        With both numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.testing import check_vjp
    >>> check_vjp(lambda x, y: np.outer(x, y), np.ones(3), np.arange(2.0))
    """
    if not primals:
        raise InputError("check_vjp needs at least one argument")
    subject = Subject(f, primals, parts=True)
    terms = Terms(subject, rtol, atol)
    Reverse(subject, terms, np.random.default_rng(seed + 1)).check()


class Reverse:
    """vjp and linearize of a subject, on flat vectors of real numbers (of complex results the two parts)."""

    def __init__(self, subject: Any, terms: Any, generator: Any) -> None:
        self.subject, self.terms, self.generator = subject, terms, generator
        self.what = f"vjp of {subject.name}"
        self.eps = max(float(np.max(subject.rounding, initial=0.0)), subject.eps)
        leaves = [owned(x) for x in subject.leaves]
        value, self.pullback = vjp(subject, *leaves)
        same_value(subject, value, self.what)
        linear_value, self.linear = linearize(subject, *leaves)
        same_value(subject, linear_value, f"linearize of {subject.name}")
        subject.untouched(leaves, subject.leaves, "vjp", "its argument")
        # complex results count twice: the real and the imaginary parts of all leaves
        self.complex = any(dtype_of(y).kind == "c" for y in subject.outs)
        self.m = subject.value.size * (2 if self.complex else 1)

    def real(self, numbers: Any) -> Any:
        """Tangents of the result, (..., M), as real numbers (..., m)."""
        return np.concatenate([np.real(numbers), np.imag(numbers)], axis=-1) if self.complex else np.real(numbers)

    def cotangent(self, w: Any) -> Any:
        """Flat real numbers (..., m) as a cotangent in the structure of the result."""
        if self.complex:
            w = w[..., : self.m // 2] + 1j * w[..., self.m // 2 :]
        lead = w.shape[:-1]
        parts = np.split(w, self.subject.out_ends[:-1], axis=-1)
        leaves = []
        for p, y in zip(parts, self.subject.outs, strict=True):
            kind = dtype_of(y)
            p = p if kind.kind == "c" else np.real(p)
            leaves.append(p.reshape((*lead, *np.shape(y))).astype(kind if kind.kind in "fc" else float)[()])
        return unflatten(self.subject.structure, leaves)

    def pull(self, w: Any, by: Any = None) -> Any:
        """J' w of flat numbers (m,) or rows of them."""
        given = self.cotangent(w)
        before = [owned(t) for t in flatten(given)[0]]
        found = (by or self.pullback)(given)
        for a, b in zip(flatten(given)[0], before, strict=True):
            if isinstance(a, np.ndarray) and not np.array_equal(a, b, equal_nan=True):
                raise AssertionError(f"{self.what} writes into a cotangent")
        parts = found if len(self.subject.leaves) > 1 else (found,)
        lead = w.shape[:-1]
        for name, x, c in zip(self.subject.names, self.subject.leaves, parts, strict=True):
            if np.shape(c) != (*lead, *np.shape(x)):
                raise AssertionError(
                    f"{self.what}: the cotangent of {name} has shape {np.shape(c)}, not {(*lead, *np.shape(x))}"
                )
        return flat_rows([np.asarray(c) for c in parts]) if lead else flat(parts)

    def check(self) -> None:
        """All of it."""
        subject, generator = self.subject, self.generator
        for _ in range(3):
            v = subject.random(generator)
            self.pair(v, self.real(along(subject, v)))
        for mask in subject.groups()[:8]:
            v = subject.random(generator, mask)
            self.pair(v, self.real(along(subject, v)))
        if 8 * self.m * subject.total <= MOST_BYTES // 64:
            self.entries()
        self.stacks()
        self.linearization()

    def pair(self, v: Any, by_v: Any) -> None:
        """<w, J v> = <J' w, v> for w that see elements of J v of one size."""
        if not np.all(np.isfinite(by_v)):
            return      # an infinite derivative has no sums; entries() looks at it
        size, value = np.abs(by_v), np.abs(self.real(self.subject.value))
        noise = 1e3 * self.eps * np.where(np.isfinite(value), value, 0.0)
        kind = np.floor(np.log2(np.maximum(np.maximum(size, noise), 1e-30 if self.terms.single else 1e-250)) / 10)
        for k in np.unique(kind)[-8:]:      # elements of about one size, so that none is lost beside another
            weight = np.where(kind == k, 2.0 ** (-10 * k), 0.0)
            self.inner(v, by_v, self.generator.uniform(0.5, 1.0, self.m) * weight, size, noise)
            self.inner(v, by_v, self.generator.choice([-1.0, 1.0], self.m) * weight, size, noise)

    def inner(self, v: Any, by_v: Any, w: Any, size: int, noise: Any) -> None:
        """<w, J v> = <J' w, v>."""
        back = self.pull(w)
        forward, backward = float(w @ by_v), float(back @ v)
        allowed = self.terms.atol + self.terms.rtol * float(np.abs(w) @ size) + float(np.abs(w) @ noise)
        allowed += 1e3 * self.eps * float(np.abs(back) @ np.abs(v))
        if not abs(forward - backward) <= allowed:
            raise AssertionError(
                f"{self.what}: <w, J v> = {forward:.10g} by jvp, but <J' w, v> = {backward:.10g} by vjp (allowed "
                f"difference {allowed:.1g}); the transposed product is wrong"
            )

    def entries(self) -> None:
        """Every entry of J by jvp against vjp and linearize."""
        n, m, subject = self.subject.total, self.m, self.subject
        eye, units = np.eye(n), np.eye(m)
        by_jvp = self.real(subject.jvp(subject.split(eye))[1]).T
        self.same_matrix(by_jvp, self.pull(units), self.what, "vjp")
        J, name = self.linear, f"linearize of {subject.name}"
        found = J.jvp(*subject.split(eye))
        self.same_matrix(by_jvp, self.real(flat_rows(flatten(found)[0])).T, name, "J.jvp")
        self.same_matrix(by_jvp, self.pull(units, J.vjp), name, "J.vjp")

    def same_matrix(self, wanted: Any, found: Any, what: str, by: Any) -> None:
        """Compares two matrices entry by entry; an entry may be off by the rounding of its row or column."""
        scale, terms = self.subject.scale(), self.terms
        value = np.abs(self.real(self.subject.value))
        with np.errstate(all="ignore"):
            size = np.where(np.isfinite(wanted), np.abs(wanted), 0.0)
            by_row = np.maximum(np.max(size * scale, axis=1, initial=0.0), np.where(np.isfinite(value), value, 0.0))
            noise = np.maximum(np.max(size, axis=1, initial=0.0), by_row / np.max(scale))[:, None]
            noise = np.minimum(noise, by_row[:, None] / scale)
            gap = np.abs(wanted - found)
            wrong = ~(gap <= terms.atol + terms.rtol * size + 100 * self.eps * noise)
            # where a product meets 0 * inf the directions of a sum are not the sum of the directions
            wrong &= ~(wanted == found) & np.isfinite(wanted)
        if np.any(wrong):
            i, j = (int(a) for a in np.argwhere(wrong)[0])
            row = self.subject.out_label(i % self.subject.value.size)
            end = "" if by == "J.jvp" else "; the transposed product is wrong"
            raise AssertionError(
                f"{what}: {int(np.sum(wrong))} of {wrong.size} entries of J by {by} are not those by jvp, the first "
                f"that of {row} by {self.subject.in_label(j)}: {found[i, j]:.10g}, by jvp {wanted[i, j]:.10g}{end}"
            )

    def stacks(self) -> None:
        """Several cotangents at once against each alone."""
        for k in sorted({1, 2, 5, self.m}):
            if k > 5 and 8 * k * max(self.m, self.subject.total) > MOST_BYTES:
                continue
            W = self.generator.standard_normal((k, self.m))
            found = self.pull(W)
            for j in range(k) if k <= SINGLES else sorted({0, k - 1, *self.generator.choice(k, 4).tolist()}):
                text = f"{self.what}, {k} cotangents at once against each alone"
                self.same_row(found[j], self.pull(W[j]), self.noise_of(W[j]), text)

    def linearization(self) -> None:
        """linearize in both directions against jvp and vjp."""
        subject, name = self.subject, f"linearize of {self.subject.name}"
        v, w = subject.random(self.generator), self.generator.standard_normal(self.m)
        found = self.real(flat(flatten(self.linear.jvp(*subject.split(v)))[0]))
        noise = np.abs(self.real(subject.value))
        self.same_row(found, self.real(along(subject, v)), noise, f"{name}, J.jvp against jvp")
        self.same_row(self.pull(w, self.linear.vjp), self.pull(w), self.noise_of(w), f"{name}, J.vjp against vjp")

    def noise_of(self, w: Any) -> Any:
        """What cancels in J' w, at least."""
        value = np.abs(self.real(self.subject.value))
        return float(np.abs(w) @ np.where(np.isfinite(value), value, 0.0)) / float(np.max(self.subject.scale()))

    def same_row(self, found: Any, wanted: Any, noise: Any, what: str) -> None:
        """Compares two vectors, up to the rounding of terms of a size."""
        with np.errstate(all="ignore"):
            allowed = self.terms.rtol * np.abs(wanted) + 64 * self.eps * np.where(np.isfinite(noise), noise, 0.0)
            wrong = ~(np.abs(found - wanted) <= self.terms.atol + allowed)
            wrong &= ~(found == wanted) & np.isfinite(wanted)
        if np.any(wrong):
            i = int(np.argmax(wrong))
            raise AssertionError(f"{what}: element {i} is {found[i]:.10g}, expected {wanted[i]:.10g}")


def check_derivative(
    f: Callable[..., Any], *primals: Any, order: int = 1, modes: str | Sequence[str] = ("forward", "reverse"),
    rtol: float | None = None, atol: float = 0.0, method: str = "differences", seed: int = 0,
) -> None:  # fmt: skip
    """`check_jvp` and `check_vjp` of f, and with order=n of its derivatives up to order n-1 too.

    The derivative of order r is checked by differences of the one of order r-1, which was checked before.

    Parameters
    ----------
    f : callable
        NumPy code, or a `custom_jvp` function.
    *primals
        The arguments, as in `check_jvp`.
    order : int
        2 checks x -> J(x) v as well (a rule that is differentiated again), 3 its derivative, and so on.
    modes : tuple of {"forward", "reverse"}
        Which of the two checks.
    rtol, atol, method, seed
        As there.  Higher orders take differences whatever the method.

    Returns
    -------
    None

    Raises
    ------
    AssertionError
        As they do.

    Warns
    -----
    UncheckedWarning
        As `check_jvp` does.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.testing import check_derivative
    >>> check_derivative(lambda x: np.exp(x) / (1 + x**2), np.array([0.1, 2.0]), order=3)
    """
    if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 1:
        raise ArgumentError(f"order must be a positive int, got {order!r}")
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    if not modes or any(mode not in ("forward", "reverse") for mode in modes):
        raise ArgumentError(f'modes takes "forward" and "reverse", got {modes!r}')
    check_method(method)
    if not primals:
        raise InputError("check_derivative needs at least one argument")
    if "forward" in modes:
        check_jvp(f, primals, rtol=rtol, atol=atol, method=method, seed=seed)
    if "reverse" in modes:
        check_vjp(f, *primals, rtol=rtol, atol=atol, seed=seed)
    if order == 1:
        return
    subject = Subject(f, primals, parts=True)
    generator = np.random.default_rng(seed + 2)
    masks = subject.groups()
    for mask in masks if len(masks) <= 4 else [None]:       # small elements are not seen beside large ones
        v = tuple(subject.split(subject.random(generator, mask)))
        below = Derivative(subject, v)
        # differences of a derivative: a complex step would meet a complex argument
        check_derivative(below, *subject.leaves, order=order - 1, modes=modes, rtol=rtol, atol=atol, seed=seed)


class Derivative:
    """x -> J(x) v of a subject."""

    def __init__(self, subject: Any, v: Any) -> None:
        self.subject, self.v = subject, v
        self.__name__ = f"the derivative of {subject.name}"

    def __call__(self, *leaves: Any) -> Any:
        return jvp(self.subject, leaves, self.v)[1]
