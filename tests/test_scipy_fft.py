"""dualdiff.scipy.fft and fftpack: every transform, with lengths, axes, norms and types.

A transform is linear: its tangent is the transform of the direction; the cotangent is held to it by <w, F v> = <F' w, v>.
"""

import numpy as np
import pytest
import scipy.fft
import scipy.fftpack
from support import close, inner

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import fft, fftpack

G = np.random.default_rng(0)
X, V = G.standard_normal((4, 6)), G.standard_normal((4, 6))
NORMS = (None, "ortho", "forward")

CASES = {
    **{name: [{"n": n, "axis": axis, "norm": norm} for n in (None, 5, 8) for axis in (-1, 0) for norm in NORMS]
       for name in "fft ifft rfft irfft hfft ihfft".split()},
    **{name: [{"s": s, "norm": norm} for s in (None, (3, 5)) for norm in NORMS] + [{"axes": (1, 0)}]
       for name in "fft2 ifft2 fftn ifftn rfft2 irfft2 rfftn irfftn hfft2 ihfft2 hfftn ihfftn".split()},
    **{name: [{"type": t, "n": n, "axis": a, "norm": norm, "orthogonalize": o} for t in (1, 2, 3, 4) for n, a in ((None, -1), (None, 0), (3, -1), (8, -1))
              for norm in NORMS for o in (None, False, True)] for name in "dct idct dst idst".split()},
    **{name: [{"type": t, "s": s} for t in (2, 4) for s in (None, (5, 7))] + [{"axes": 0}] for name in "dctn idctn dstn idstn".split()},
    **{name: [{"dln": 0.1, "mu": 0.5}, {"dln": 0.1, "mu": 0.5, "offset": 0.1, "bias": 0.2}] for name in ("fht", "ifht")},
    **{name: [{}, {"axes": 1}] for name in ("fftshift", "ifftshift")},
}  # fmt: skip


PACK = {
    **{name: [{"n": n, "axis": axis} for n in (None, 1, 2, 5, 8) for axis in (-1, 0)] for name in "fft ifft rfft irfft".split()},
    **{name: [{"shape": s} for s in (None, (3, 5))] + [{"axes": (1, 0)}] for name in "fft2 ifft2 fftn ifftn".split()},
    **{name: [{"type": t, "n": n, "axis": a, "norm": norm} for t in (1, 2, 3, 4) for n, a in ((None, -1), (None, 0), (8, -1))
              for norm in (None, "ortho")] for name in "dct idct dst idst".split()},
    **{name: [{"type": t, "shape": s} for t in (2, 3) for s in (None, (5, 7))] + [{"axes": 0}] for name in "dctn idctn dstn idstn".split()},
    **{name: [{}, {"axes": 1}] for name in ("fftshift", "ifftshift")},
}  # fmt: skip
ALL = [(fft, scipy.fft, name, CASES[name]) for name in CASES] + [(fftpack, scipy.fftpack, name, PACK[name]) for name in PACK]


@pytest.mark.parametrize(("module", "original", "name", "cases"), ALL)
def test_transform(module, original, name, cases):
    theirs = getattr(original, name)
    for i, options in enumerate(cases):
        def ours(x, options=options):
            return getattr(module, name)(x, **options)

        value, t = dd.jvp(ours, (X,), (V,))
        wanted = theirs(V, **options)
        assert np.array_equal(value, theirs(X, **options)), options
        assert np.asarray(value).dtype == wanted.dtype
        close(t, wanted, 1e-12, str(options))
        value, pullback = dd.vjp(ours, X)
        w = G.standard_normal(value.shape) + (1j * G.standard_normal(value.shape) if value.dtype.kind == "c" else 0)
        assert inner(w, wanted) == pytest.approx(inner(pullback(w), V), rel=1e-10, abs=1e-12), options
        if i == 0:      # a second derivative, and one recorded
            scalar = lambda x: np.sum(np.abs(ours(x)) ** 2)  # noqa: E731
            close(dd.hvp(scalar, (X,), (V,)), dd.grad(scalar)(V), 1e-9)      # quadratic
            close(dd.linearize(ours, X)[1] @ V, wanted, 1e-12)


@pytest.mark.parametrize("name", ["fft", "rfft", "dct", "dst", "fftn", "dctn"])
def test_single_precision(name):
    x = X.astype(np.float32)
    value, t = dd.jvp(getattr(fft, name), (x,), (x,))
    assert np.array_equal(value, getattr(scipy.fft, name)(x)) and value.dtype == t.dtype


def test_complex_inside():
    def f(x):
        return np.real(fft.ifft(fft.fft(x) * np.exp(1j * np.arange(6))))

    _, t = dd.jvp(f, (X,), (V,))
    close(t, f(V), 1e-12)


def test_every_name_is_there():
    assert [name for name in scipy.fft.__all__ if not hasattr(fft, name)] == []
    assert fft.next_fast_len is scipy.fft.next_fast_len
    assert np.array_equal(fft.fft(X), scipy.fft.fft(X))


def test_constants():
    with pytest.raises(UnsupportedError, match="offset"):
        dd.derivative(lambda t: np.sum(fft.fht(X, 0.1, 0.5, t)))(0.1)
