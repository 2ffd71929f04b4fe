"""Random NumPy programs, compiled: the same bits and the same derivatives."""

import warnings

import numpy as np
import pytest
from fuzz.programs import make

import dualdiff as dd
from dualdiff.errors import CompileNotice
from dualdiff.transforms.pytrees import flatten


def near(found, wanted, rtol):
    found, wanted = np.asarray(found), np.asarray(wanted)
    size = np.max(np.abs(wanted), initial=1.0, where=np.isfinite(wanted))
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=rtol * size)


@pytest.mark.parametrize("first", range(0, 200, 10))
def test_programs_of_the_fuzzer(first):
    for seed in range(first, first + 10):
        program = make(seed)
        x = program.x
        if not x.size:
            continue
        program(x.copy("K"))
        f = program.compiled
        rng = np.random.default_rng(seed)
        points = [np.array(x + (0.01 * rng.normal(size=x.shape)).astype(x.dtype), order="K") for _ in range(2)]
        v = rng.normal(size=x.shape).astype(x.dtype)

        def total(x, f=f):
            return sum(np.sum(np.asarray(y)) for y in flatten(f(x))[0])

        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", CompileNotice)
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("ignore", dd.errors.KinkWarning)
            c = dd.compile(f)
            c(x.copy("K"))
            for point in points:        # each call is compared with f
                c(point.copy("K"))
            try:
                wanted = dd.jvp(total, (points[0],), (v,))[1], dd.grad(total)(points[0]), dd.hvp(total, (points[0],), (v,))
            except Exception:        # nor without programs
                continue
            s = dd.compile(total)
            g = dd.grad(s)
            for point in (x, points[0]):
                found = dd.jvp(s, (point,), (v,))[1], g(point), dd.hvp(s, (point,), (v,))
        for a, b in zip(found, wanted, strict=True):
            near(a, b, 1e-8 if x.dtype == np.float64 else 2e-2)
