"""Results of programs beside those of the functions they were made of."""

import numpy as np
from support import leaves, within


def pairs(found, wanted):
    """Their leaves side by side, as arrays; the types, dtypes and shapes are the same."""
    for a, b in zip(leaves(found), leaves(wanted), strict=True):
        assert type(a) is type(b)
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype and a.shape == b.shape
        yield a, b


def same_bits(found, wanted):
    for a, b in pairs(found, wanted):
        assert a.tobytes() == b.tobytes()


def near(found, wanted, rtol=1e-9, finite=False):
    """Relative to the largest finite element; finite: there are no others."""
    assert type(found) is type(wanted)
    for a, b in pairs(found, wanted):
        assert not finite or np.all(np.isfinite(b))
        size = np.max(np.abs(b), initial=1.0, where=np.isfinite(b))
        if not within(a, b, rtol * size):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * size)
