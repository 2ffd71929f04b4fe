"""The laws that every program is held to.

`check(program)` returns a list of disagreements, each a `Disagreement(law, text)`; an empty list means
that the program keeps all laws.  A law that one of dualdiff's own errors keeps from being asked (a function
without a derivative in that mode) is not broken: an error is an answer.  Any other exception is a
disagreement.
"""

import typing
import warnings

import numpy as np

import dualdiff as dd
from dualdiff.errors import DualDiffError

RTOL = 1e-9
"""Relative agreement of two modes in float64; they add the same terms in another order."""
RTOL32 = 2e-3


class Disagreement(typing.NamedTuple):
    """A law that a program breaks."""

    law: str
    text: str


class Refused(Exception):  # noqa: N818
    """dualdiff refused a call, in an error of its own."""


def asked(call, *args, **kwargs):
    """A call's result; dualdiff's own errors, and NumPy's with a note of dualdiff's, become `Refused`."""
    try:
        return call(*args, **kwargs)
    except Exception as error:
        if isinstance(error, DualDiffError) or any("dual" in note for note in getattr(error, "__notes__", ())):
            raise Refused(f"{type(error).__name__}: {error}") from error
        raise


def directions(x, k, seed):
    """k random directions of the argument's type; the last has zeros in it."""
    v = np.random.default_rng([7, seed]).uniform(-1, 1, (k, *x.shape)).astype(x.dtype)
    if v.size:
        v[-1].reshape(-1)[::2] = 0
    return v


def near(a, b, rtol, size=1.0):
    """Whether two results agree, relative to the largest number in them (nan agrees with nan)."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    if not a.size:
        return True
    with np.errstate(all="ignore"):
        finite = np.abs(np.where(np.isfinite(b), b, 0))
        bound = rtol * max(size, float(finite.max()))
        same = (np.abs(a - b) <= bound) | (a == b) | (np.isnan(a) & np.isnan(b))
    return bool(same.all())


def shown(a):
    """A result for a message."""
    return np.array2string(np.asarray(a), precision=8, threshold=40)


def moved(x, step):
    """x + step, laid out as x is: what is a view and what is a copy depends on that."""
    y = np.empty_like(x)
    y[...] = x + step
    return y


def differences(f, x, v):
    """Central differences along v, extrapolated, and an estimate of the error of each element.

    None, None where f has results of another shape nearby (x[x > 0]), or does not go there for that reason.
    """
    x, v = x.astype(np.float64), v.astype(np.float64)
    steps = [2.0**-9, 2.0**-10, 2.0**-11]
    rows, size = [], 0.0
    for h in steps:
        try:
            up, down = f(moved(x, h * v)), f(moved(x, -h * v))
        except ValueError:
            return None, None
        if np.shape(up) != np.shape(down):
            return None, None
        size = np.maximum(np.abs(up), np.abs(down))
        rows.append((up - down) / (2 * h))
    fine, coarse = (4 * rows[2] - rows[1]) / 3, (4 * rows[1] - rows[0]) / 3
    error = np.abs(fine - coarse) + np.abs(fine - rows[2]) * 0.1 + 1e-12 * (1 + size) / steps[-1]
    return fine, error


def check(program, seed=None):
    """The laws that a program breaks (see the module)."""
    found: list[Disagreement] = []
    if program.loose and ("1j" in program.text or "2j" in program.text):
        return found, ["for NumPy an array of objects has no imaginary part"]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        run = Run(program, program.seed if seed is None else seed, found)
        for law in LAWS:
            try:
                law(run)
            except Refused as refusal:
                run.refused.append(f"{law.__name__}: {refusal}")
            except Exception as error:
                if program.loose and isinstance(error, (TypeError, ValueError, AttributeError)):
                    run.refused.append(f"{law.__name__}: {error}")
                    break
                found.append(Disagreement(law.__name__, f"{type(error).__name__}: {error}"))
            if found and found[-1].law in ("values", "forward"):
                break
    return found, run.refused


class Run:
    """A program with what the laws share: plain value, directions, first derivative."""

    def __init__(self, program, seed, found):
        self.f, self.x, self.seed, self.found = program, program.x, seed, found
        self.plain = program(self.x.copy(order="K"))
        self.rtol = RTOL32 if self.x.dtype == np.float32 else RTOL
        self.v = directions(self.x, 3, seed)
        self.w = np.random.default_rng([8, seed]).uniform(-1, 1, np.shape(self.plain)).astype(np.asarray(self.plain).dtype)
        self.Jv = None
        self.refused = []

    def hold(self, law, a, b, what, rtol=None, size=1.0):
        """Notes a disagreement."""
        if not near(a, b, rtol or self.rtol, size):
            self.found.append(Disagreement(law, f"{what}\n{shown(a)}\n{shown(b)}"))
            return False
        return True


LAWS = []


def law(function):
    """Registers a law."""
    LAWS.append(function)
    return function


@law
def values(run):
    """The value is NumPy's, to the bit, in its shape and type; nothing of the caller's is written to."""
    x, v = run.x.copy(order="K"), run.v[0].copy()
    kept, kept_v = x.copy(), v.copy()
    value, run.Jv = asked(dd.jvp, run.f, (x,), (v,))
    if not np.array_equal(x, kept) or not np.array_equal(v, kept_v):
        run.found.append(Disagreement("values", "jvp wrote into the caller's arrays"))
    a, b = np.asarray(value), np.asarray(run.plain)
    if a.shape != b.shape or a.dtype != b.dtype and not run.f.loose:
        run.found.append(Disagreement("values", f"a {a.dtype} of shape {a.shape}; NumPy gives {b.dtype}, {b.shape}"))
    elif not run.f.loose and not np.array_equal(a, b, equal_nan=True):
        # a sum of the same numbers in another layout may be rounded otherwise: that is NumPy's business
        if not near(a, b, 1e-5 if a.dtype == np.float32 else 1e-13):
            run.found.append(Disagreement("values", f"value\n{shown(a)}\nNumPy's\n{shown(b)}"))
    if np.shape(run.Jv) != a.shape or np.asarray(run.Jv).dtype != a.dtype and not run.f.loose:
        run.found.append(Disagreement("values", f"tangent {np.asarray(run.Jv).dtype} {np.shape(run.Jv)}, value {a.dtype} {a.shape}"))


@law
def forward(run):
    """jvp is the limit of differences, where those converge."""
    if run.Jv is None or run.x.dtype == np.float32:
        return
    wanted, error = differences(run.f, run.x, run.v[0])
    if wanted is None or np.shape(wanted) != np.shape(run.Jv):
        return
    trusted = error <= 1e-5 * (1 + np.abs(wanted))
    wrong = trusted & ~(np.abs(run.Jv - wanted) <= 30 * error + 1e-8 * (1 + np.abs(wanted)))
    if run.f.loose:     # of objects NumPy composes std of a root, and the root of a 0 that was computed is nan
        wrong = wrong & ~np.isnan(run.Jv)
    if np.any(wrong) and not near_kink(run):
        run.found.append(Disagreement("forward", f"jvp\n{shown(run.Jv)}\ndifferences\n{shown(wanted)}"))


def near_kink(run):
    """Whether differences at another point nearby disagree with jvp there, too: else x sits on a kink of a step."""
    shift = 1e-4 * directions(run.x, 1, run.seed + 1)[0]
    x = moved(run.x, shift)
    try:
        _, Jv = dd.jvp(run.f, (x,), (run.v[0],))
        wanted, error = differences(run.f, x, run.v[0])
    except Exception:
        return False
    if wanted is None or np.shape(wanted) != np.shape(Jv):
        return True
    trusted = error <= 1e-5 * (1 + np.abs(wanted))
    return not np.any(trusted & ~(np.abs(Jv - wanted) <= 30 * error + 1e-8 * (1 + np.abs(wanted))))


@law
def many(run):
    """Several directions at once are the same as one by one."""
    _, rows = asked(dd.jvp, run.f, (run.x,), (run.v,))
    for i, v in enumerate(run.v):
        _, row = asked(dd.jvp, run.f, (run.x,), (v,))
        if not run.hold("many", rows[i], row, f"direction {i} of 3, alone", 1e-12 if run.rtol == RTOL else None):
            return


@law
def linearized(run):
    """linearize replays jvp, and its transpose is the adjoint."""
    value, J = asked(dd.linearize, run.f, run.x)
    run.hold("linearized", value, run.plain, "value, NumPy's", 1e-12 if run.rtol == RTOL else None)
    Jv = asked(J.jvp, run.v[0])
    run.hold("linearized", Jv, run.Jv, "linearize, jvp")
    rows = asked(J.jvp, run.v)
    for i in range(2):
        run.hold("linearized", rows[i], asked(J.jvp, run.v[i]), f"replay of direction {i} of 3, alone")
    adjoint(run, "linearized", asked(J.vjp, run.w), Jv)


def adjoint(run, name, back, Jv):
    """<w, Jv> = <J'w, v>."""
    if not np.all(np.isfinite(Jv)) or not np.all(np.isfinite(back)):
        run.hold(name, bool(np.all(np.isfinite(Jv))), bool(np.all(np.isfinite(back))) or not np.all(run.v[0]), "finite: Jv, J'w")
        return
    left, right = np.sum(run.w * Jv, dtype=float), np.sum(back * run.v[0], dtype=float)
    size = np.sum(np.abs(run.w * Jv), dtype=float) + np.sum(np.abs(back * run.v[0]), dtype=float)
    run.hold(name, left, right, "<w, Jv>, <J'w, v>", size=1.0 + size)


@law
def reverse(run):
    """vjp is the adjoint of jvp, and keeps value, shapes, types and the caller's arrays."""
    x, w = run.x.copy(order="K"), run.w.copy()
    kept, kept_w = x.copy(), w.copy()
    value, pullback = asked(dd.vjp, run.f, x)
    back = asked(pullback, w)
    run.hold("reverse", value, run.plain, "value, NumPy's", 1e-12 if run.rtol == RTOL else None)
    if np.shape(back) != x.shape or np.asarray(back).dtype != x.dtype:
        run.found.append(Disagreement("reverse", f"cotangent {np.asarray(back).dtype} {np.shape(back)} of {x.dtype} {x.shape}"))
    adjoint(run, "reverse", back, run.Jv)
    again = asked(pullback, np.stack([w, 2 * w]))
    run.hold("reverse", again[0], back, "cotangent 0 of 2, alone")
    if not np.array_equal(x, kept) or not np.array_equal(w, kept_w):
        run.found.append(Disagreement("reverse", "vjp wrote into the caller's arrays"))


@law
def jacobians(run):
    """Jacobians of jvp, of vjp and of a sparse plan are one."""
    if run.x.size == 0 or np.size(run.plain) == 0:
        return
    J = asked(dd.jacobian(run.f), run.x)
    run.hold("jacobians", np.tensordot(J, run.v[0], run.x.ndim), run.Jv, "Jacobian times v, jvp", size=1 + np.abs(J).max(initial=0) if np.isfinite(J).all() else 1)
    n, m = run.x.size, np.size(run.plain)
    if np.isfinite(J).all() and m <= 60:
        _, pullback = asked(dd.vjp, run.f, run.x)
        rows = asked(pullback, np.eye(m, dtype=run.w.dtype).reshape(m, *np.shape(run.plain)))
        run.hold("jacobians", np.reshape(rows, (m, n)), np.reshape(J, (m, n)), "rows by reverse, Jacobian by forward", size=1 + np.abs(J).max(initial=0))
    if run.x.ndim == 1 and np.ndim(run.plain) == 1 and run.x.dtype == np.float64:
        sparse = asked(dd.sparse_jacobian, run.f, run.x)
        run.hold("jacobians", asked(sparse, run.x).toarray(), J, "sparse, dense")


@law
def second(run):
    """Hessians: nested and second-order agree, are symmetric, and are hvp's; gradients are one in all modes."""
    if run.x.size == 0 or run.x.dtype == np.float32 or run.x.size > 12:
        return

    def scalar(x):
        y = run.f(x)
        return np.sum(run.w * (y + 0.5 * y * y))

    g = asked(dd.grad(scalar), run.x)
    _, pullback = asked(dd.vjp, scalar, run.x)
    run.hold("second", asked(pullback, 1.0), g, "gradient by reverse, grad", size=1 + np.abs(g).max(initial=0))
    H = asked(dd.hessian(scalar), run.x)
    if not np.isfinite(H).all():
        return
    n = run.x.size
    size = 1 + np.abs(H).max(initial=0)
    flat = np.reshape(H, (n, n))
    run.hold("second", flat, flat.T, "Hessian, transposed", 1e-8, size)
    nested = asked(dd.jacobian(dd.grad(scalar)), run.x)
    run.hold("second", nested, H, "nested, second-order", 1e-8, size)
    back = asked(dd.jvp, lambda x: dd.vjp(scalar, x)[1](1.0), (run.x,), (run.v[0],))[1]
    Hv = np.tensordot(H, run.v[0], run.x.ndim)
    run.hold("second", back, Hv, "forward over reverse, Hessian times v", 1e-8, size)
    run.hold("second", asked(dd.hvp, scalar, (run.x,), (run.v[0],)), Hv, "hvp, Hessian times v", 1e-8, size)
    wanted, error = differences(dd.grad(scalar), run.x, run.v[0])
    if wanted is None:
        return
    trusted = error <= 1e-5 * (1 + np.abs(wanted))
    if np.any(trusted & ~(np.abs(Hv - wanted) <= 30 * error + 1e-6 * (1 + np.abs(wanted)))) and not jumps(run, scalar):
        run.found.append(Disagreement("second", f"Hessian times v\n{shown(Hv)}\ndifferences\n{shown(wanted)}"))


def jumps(run, scalar):
    """Whether x sits on a kink, where a Hessian is a convention: one nearby agrees with its differences."""
    x = run.x + 1e-3 * directions(run.x, 1, run.seed + 1)[0]
    v = run.v[0]
    try:
        Hv = dd.hvp(scalar, (x,), (v,))
        wanted, error = differences(dd.grad(scalar), x, v)
    except Exception:
        return False
    if wanted is None:
        return True
    trusted = error <= 1e-5 * (1 + np.abs(wanted))
    return not np.any(trusted & ~(np.abs(Hv - wanted) <= 30 * error + 1e-6 * (1 + np.abs(wanted))))
