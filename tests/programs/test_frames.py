"""Arrays of zeros into which a window is written: only what lies around the window is cleared, in each run anew."""

import numpy as np
import pytest

import dualdiff as dd

FRAMES = {
    "one axis": lambda x: np.pad(x.reshape(-1), 1),
    "one axis, at one side": lambda x: np.pad(x.reshape(-1), (0, 5)),
    "two axes": lambda x: np.pad(x, 1),
    "two axes, wide": lambda x: np.pad(x, ((2, 3), (0, 7))),
    "two axes, rows only": lambda x: np.pad(x, ((1, 2), (0, 0))),
    "three axes": lambda x: np.pad(np.stack([x, 2.0 * x]), ((1, 0), (2, 1), (1, 3))),
    "three axes, rows stand alone": lambda x: np.pad(x[:, None], ((0, 0), (1, 1), (0, 0))),
    "every other row": lambda x: written(x, (2 * len(x), x.shape[1]), np.s_[::2]),
    "every other column": lambda x: written(x, (len(x), 2 * x.shape[1]), np.s_[:, ::2]),
    "rows backwards": lambda x: written(x, (len(x) + 1, x.shape[1] + 1), np.s_[:0:-1, 1:]),
    "transposed": lambda x: written(x.T, (x.shape[1] + 2, len(x) + 2), np.s_[1:-1, 1:-1]),
    "added to": lambda x: added(x, (len(x) + 2, x.shape[1] + 2), np.s_[1:-1, 1:-1]),
    "two windows": lambda x: np.pad(x, 1) + written(x, (len(x) + 2, x.shape[1] + 2), np.s_[2:, :-2]),
    "window over window": lambda x: over(x, (len(x) + 2, x.shape[1] + 2)),
}


def written(x, shape, key):
    out = np.zeros_like(x, shape=shape)
    out[key] = x
    return out


def added(x, shape, key):
    out = np.zeros_like(x, shape=shape)
    out[key] += x
    return out


def over(x, shape):
    out = np.zeros_like(x, shape=shape)
    out[1:-1, 1:-1] = x
    out[2:, 2:] = out[1:-1, 1:-1] * x
    return out


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("columns", [1, 31, 32, 33, 64, 65, 300])
@pytest.mark.parametrize("frame", FRAMES)
def test_frames(frame, columns, dtype):
    """Other programs' numbers lie where the memory of a run was before, so several runs in turn."""

    def f(x):
        w = FRAMES[frame](np.sin(x))
        w = w * w[..., ::-1] + w        # in a second region
        return w * np.pad(w, 1)[tuple(slice(2, None) for _ in w.shape)]

    rng = np.random.default_rng(0)
    c = dd.compile(f)
    rtol = 1e-12 if dtype == np.float64 else 2e-4
    for _ in range(3):
        x, v = (rng.normal(size=(4, columns)).astype(dtype) for _ in range(2))
        assert c(x).tobytes() == f(x).tobytes()
        value, tangent = dd.jvp(c, (x,), (v,))
        assert value.tobytes() == f(x).tobytes()
        np.testing.assert_allclose(tangent, dd.jvp(f, (x,), (v,))[1], rtol=rtol, atol=rtol)
        w = rng.normal(size=value.shape).astype(dtype)
        np.testing.assert_allclose(dd.vjp(c, x)[1](w), dd.vjp(f, x)[1](w), rtol=rtol, atol=rtol)
