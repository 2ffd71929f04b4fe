"""What the tests share: derivatives computed without dualdiff, and the checks built on them.

The reference derivatives use NumPy alone: the complex step Im f(x + i h v)/h where f is analytic,
else central differences extrapolated to h = 0 (Richardson).  Nothing here reads a rule of dualdiff.
"""

import importlib
import re
import threading

import numpy as np
import pytest
import scipy

import dualdiff as dd
from dualdiff import Dual, DualArray

RTOL_COMPLEX_STEP = 1e-12
RTOL_DIFFERENCES = 1e-9
RTOL_FLOAT32 = 2e-4


def rng(seed=0):
    """A generator that is the same in every run."""
    return np.random.default_rng(seed)


def points(*shape, low=0.3, high=1.7, seed=0):
    """Values between low and high of which no two are closer than a 3000-element grid: no ties, no kinks."""
    n = int(np.prod(shape))
    grid = np.linspace(low, high, n) if n > 1 else np.full(n, (low + high) / 2)
    return rng(seed + n).permutation(grid).reshape(shape)


def for_each(groups):
    """Makes of a test of one case one of each group of cases ({name: {name of the case: case}}).

    A test costs more to set up than many a case takes.  All cases are run; those that fail are named.
    """

    def of_all(test):
        def run(cases):
            failed, skipped = {}, []
            for name, case in cases.items():
                try:
                    test(case)
                except pytest.skip.Exception as why:
                    skipped.append(f"{name}: {why}")
                except Exception as error:
                    failed[name] = error
            if failed:
                first = next(iter(failed.values()))
                first.add_note(f"of the cases {', '.join(failed)}; shown is the first")
                raise first
            if len(skipped) == len(cases):
                pytest.skip("; ".join(skipped))

        run.__name__, run.__qualname__, run.__doc__ = test.__name__, test.__qualname__, test.__doc__
        run.__module__ = test.__module__
        return pytest.mark.parametrize("cases", groups.values(), ids=groups)(run)

    return of_all


def leaves(y):
    """The arrays of a result, in order."""
    if isinstance(y, (tuple, list)):
        return [leaf for e in y for leaf in leaves(e)]
    if isinstance(y, dict):
        return [leaf for e in y.values() for leaf in leaves(e)]
    return [y]


def shifted(primals, directions, step):
    """The primals moved along the directions (None: held)."""
    return [x if v is None else x + step * v for x, v in zip(primals, directions, strict=True)]


def complex_step(f, primals, directions):
    """Leaves of the derivative of f along directions, for an f that is analytic."""
    h = 1e-30
    return [np.imag(y) / h for y in leaves(f(*shifted(primals, directions, 1j * h)))]


def differences(f, primals, directions, h=2.0**-8, levels=4):
    """Leaves of the derivative of f along directions: central differences, extrapolated to h = 0."""
    table = []
    for level in range(levels):
        step = h / 2**level
        up, down = leaves(f(*shifted(primals, directions, step))), leaves(f(*shifted(primals, directions, -step)))
        row = [[(np.asarray(a) - np.asarray(b)) / (2 * step) for a, b in zip(up, down, strict=True)]]
        for order in range(1, level + 1):
            better = [
                fine + (fine - coarse) / (4.0**order - 1)
                for fine, coarse in zip(row[-1], table[-1][order - 1], strict=True)
            ]
            row.append(better)
        table.append(row)
    return table[-1][-1]


def reference(f, primals, directions, analytic=False):
    """(leaves of the derivative, relative tolerance) by the better of the two references."""
    if analytic:
        return complex_step(f, primals, directions), RTOL_COMPLEX_STEP
    return differences(f, primals, directions), RTOL_DIFFERENCES


def close(found, wanted, rtol, what=""):
    """Asserts that arrays agree to rtol of the largest number in them; shapes too."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.dtype != object, f"{what}: a dual came out"
    assert found.shape == wanted.shape, f"{what}: shape {found.shape}, expected {wanted.shape}"
    size = max(1.0, np.max(np.abs(wanted), initial=0.0))
    if not within(found, wanted, rtol * size):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=rtol * size, err_msg=what)


def within(found, wanted, limit):
    """Whether numbers differ by no more than a limit: np.testing's tenfold time is for what has nan, inf or a fault."""
    if not limit < np.inf or found.dtype == bool or wanted.dtype == bool:
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(found - wanted) <= limit))


def same_bits(found, wanted, what=""):
    """Asserts that a value is NumPy's own: type, dtype, shape, and every bit (nan = nan).

    A result without axes comes out as a scalar, also where NumPy keeps a 0-d array.
    """
    if np.ndim(wanted) == 0:
        assert not isinstance(found, np.ndarray), f"{what}: a 0-d array"
        wanted = np.asarray(wanted)[()]
    assert not isinstance(found, (Dual, DualArray)), f"{what}: a dual came out"
    assert np.shape(found) == np.shape(wanted), f"{what}: shape {np.shape(found)}, NumPy gives {np.shape(wanted)}"
    assert isinstance(found, np.ndarray) == isinstance(wanted, np.ndarray), (
        f"{what}: a {type(found).__name__}, NumPy gives a {type(wanted).__name__}"
    )
    a, b = np.asarray(found), np.asarray(wanted)
    assert a.dtype == b.dtype, f"{what}: dtype {a.dtype}, NumPy gives {b.dtype}"
    if a.dtype.kind == "c":
        same_bits(a.real[()], b.real[()], what)
        same_bits(a.imag[()], b.imag[()], what)
        return
    assert np.array_equal(a, b, equal_nan=True), f"{what}: {a!r} differs from NumPy's {b!r}"
    if a.dtype.kind == "f":
        assert np.array_equal(np.signbit(a) | np.isnan(a), np.signbit(b) | np.isnan(b)), f"{what}: sign of zero"


def random_like(y, generator):
    """Random numbers in the shape and type (real or complex) of y."""
    out = generator.standard_normal(np.shape(y))
    if np.asarray(y).dtype.kind == "c":
        out = out + 1j * generator.standard_normal(np.shape(y))
    kind = np.asarray(y).dtype
    return out.astype(kind) if kind.kind in "fc" else out


def inner(w, v):
    """Re <w, v>, the pairing of real and complex arrays over the real numbers."""
    return float(np.sum(np.real(np.conj(w) * np.asarray(v))))


def check_adjoint(f, *primals, directions=3, seed=1, rtol=1e-11):
    """Asserts <w, Jv> = <J'w, v> for random v and w, with J'w from vjp and Jv from jvp."""
    generator = rng(seed)
    value, pullback = dd.vjp(f, *primals)
    for _ in range(directions):
        vs = [random_like(x, generator) for x in primals]
        plain, tangents = dd.jvp(f, tuple(primals), tuple(vs))
        for a, b in zip(leaves(value), leaves(plain), strict=True):
            same_bits(a, b, "value of vjp against value of jvp")
        ws = [random_like(y, generator) for y in leaves(value)]
        back = pullback(rebuild(value, ws))
        back = back if len(primals) > 1 else (back,)
        for x, cotangent in zip(primals, back, strict=True):
            assert np.shape(cotangent) == np.shape(x)
            assert np.asarray(cotangent).dtype == np.result_type(np.asarray(x), np.float32)
        forward = sum(inner(w, t) for w, t in zip(ws, leaves(tangents), strict=True))
        backward = sum(inner(v, c) for v, c in zip(vs, back, strict=True))
        size = sum(np.sum(np.abs(w) * np.abs(t)) for w, t in zip(ws, leaves(tangents), strict=True))
        assert abs(forward - backward) <= rtol * max(1.0, size), f"<w, Jv> = {forward}, <J'w, v> = {backward}"


def rebuild(structure, items):
    """Leaves put back into the structure of a result."""
    rest = iter(items)

    def build(y):
        if isinstance(y, (tuple, list)):
            return type(y)(build(e) for e in y)
        if isinstance(y, dict):
            return {name: build(e) for name, e in y.items()}
        return next(rest)

    return build(structure)


def scalarised(f, *primals, seed=2, plain=None, curved=True):
    """A scalar function of f's results with curvature of its own: sum of w*(y + y*y/2) over all parts.

    plain: what gives the same shapes on plain arrays, where f itself takes duals only; curved=False: the sum of w*y.
    """
    generator = rng(seed)
    weights = [(generator.standard_normal(np.shape(y)), generator.standard_normal(np.shape(y)))
               for y in leaves((plain or f)(*primals))]  # fmt: skip

    def scalar(*xs):
        total = 0.0
        for y, (w, u) in zip(leaves(f(*xs)), weights, strict=True):
            if np.iscomplexobj(y):
                im = np.imag(y)
                total = total + np.sum(u * (im + 0.5 * im * im))
                y = np.real(y)
            total = total + np.sum(w * (y + 0.5 * y * y if curved else y))
        return total

    return scalar


def check_second(f, *primals, seed=3, rtol=1e-8, plain=None, mixed=True, curved=True, levels=3):
    """Asserts that the Hessian of a scalarised f is the derivative of its gradient, in all nestings.

    Forward over forward against differences of the gradient; forward over reverse, reverse over
    forward and reverse over reverse (mixed) against forward over forward.  levels: of the differences, 4 where high
    derivatives are large.
    """
    scalar = scalarised(f, *primals, plain=plain, curved=curved)
    every = tuple(range(len(primals)))
    gradient = dd.grad(scalar, argnums=every)
    vs = [random_like(x, rng(seed + i)) for i, x in enumerate(primals)]
    wanted = differences(gradient, primals, vs, h=2.0 ** (levels - 12), levels=levels)
    hessian = dd.hessian(scalar, argnums=every)(*primals)
    for i, (row, expected) in enumerate(zip(hessian, wanted, strict=True)):
        product = sum(np.tensordot(block, v, axes=np.ndim(v)) for block, v in zip(row, vs, strict=True))
        close(product, expected, rtol, f"hessian, row {i}")

    nested = dd.hessian(scalar, argnums=every, chunk=10**6)(*primals)
    for i, (row, same) in enumerate(zip(hessian, nested, strict=True)):
        close_all(row, same, 1e-12, f"second-order duals against nesting, row {i}")
    recorded = dd.hessian(scalar, argnums=every, mode="reverse")(*primals)
    for i, (row, same) in enumerate(zip(recorded, nested, strict=True)):
        close_all(row, same, 1e-11, f"along a recording against nesting, row {i}")
    products = dd.hvp(scalar, primals, vs)
    close_all(products if len(primals) > 1 else (products,), wanted, rtol, "hvp")

    def back(*xs):
        value, pullback = dd.vjp(scalar, *xs)
        found = pullback(1.0)
        return found if len(xs) > 1 else (found,)

    def along(*xs):
        return dd.jvp(scalar, tuple(xs), tuple(vs))[1]

    def along_back(*xs):
        return sum(np.sum(v * g) for v, g in zip(vs, back(*xs), strict=True))

    close_all(back(*primals), gradient(*primals), 1e-11, "gradient by vjp")
    close_all(dd.jvp(back, tuple(primals), tuple(vs))[1], wanted, rtol, "forward over reverse")
    if not mixed:
        return
    for function, what in ((along, "reverse over forward"), (along_back, "reverse over reverse")):
        found = dd.vjp(function, *primals)[1](1.0)
        close_all(found if len(primals) > 1 else (found,), wanted, rtol, what)


def close_all(found, wanted, rtol, what=""):
    """`close` for tuples of arrays."""
    for i, (a, b) in enumerate(zip(found, wanted, strict=True)):
        close(a, b, rtol, f"{what}, {i}")


def needs(module, name):
    """Skips a test of a function that the installed SciPy does not have; dualdiff's namespace says so, too."""
    if not hasattr(module, name):
        ours = importlib.import_module(f"dualdiff.{module.__name__}")
        with pytest.raises(AttributeError, match=rf"^SciPy {re.escape(scipy.__version__)} has no {module.__name__}.{name}$"):
            getattr(ours, name)
        pytest.skip(f"SciPy {scipy.__version__} has no {module.__name__}.{name}")


def in_threads(work, count=4):
    """Runs work(0), work(1), ... in as many threads, which begin together; raises the first error of theirs."""
    start, errors = threading.Barrier(count), []

    def run(k):
        try:
            start.wait()
            work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]
