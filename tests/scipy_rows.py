"""Rows of tests for namespaces of SciPy's: a call of a module, and its arguments, by each of which it is differentiated.

For every row and argument: the value is SciPy's, to the bit; on plain arrays the result is SciPy's; the tangent is that of
differences of SciPy's results; reverse is the adjoint of forward; where asked, second derivatives are those of the first.
"""

import numpy as np
from support import differences, leaves

import dualdiff as dd


class Rows(list):
    """Rows (name, call, arguments, rtol, second) of one namespace."""

    def __init__(self, ours, theirs):
        super().__init__()
        self.ours, self.theirs = ours, theirs

    def add(self, name, call, *args, rtol=1e-6, second=False, h=2.0**-10):
        """A row; call(module, *args) is the result."""
        self.append((name, call, args, rtol, second, h))

    def params(self):
        """(row, argument) for parametrize, and their names."""
        return [(row, i) for row in self for i in range(len(row[2]))]

    def ids(self):
        """Names of the parameters."""
        return [f"{row[0]}-{i}" for row in self for i in range(len(row[2]))]

    def check(self, row, i):
        """Everything that holds for a row by its i-th argument."""
        name, call, args, rtol, second, h = row

        def at(module):
            return lambda t: call(module, *args[:i], t, *args[i + 1 :])

        ours, theirs, x = at(self.ours), at(self.theirs), args[i]
        v = np.random.default_rng(i).standard_normal(np.shape(x))
        wanted = leaves(theirs(x))
        for a, b in zip(leaves(ours(x)), wanted, strict=True):
            assert np.array_equal(a, b, equal_nan=True), f"{name}: plain arrays"
        value, t = dd.jvp(ours, (x,), (v,))
        for a, b in zip(leaves(value), wanted, strict=True):
            assert np.array_equal(a, b, equal_nan=True) and np.asarray(a).dtype == np.asarray(b).dtype, f"{name}: value"
        for a, b in zip(leaves(t), differences(theirs, [x], [v], h=h, levels=3), strict=True):
            size = max(1.0, np.max(np.abs(b), initial=0.0))
            np.testing.assert_allclose(a, b, rtol=0, atol=rtol * size, err_msg=name)
        ws = [np.random.default_rng(9 + j).standard_normal(np.shape(leaf)) for j, leaf in enumerate(wanted)]

        def number(x):
            return sum(np.sum(w * (np.real(y) + np.imag(y))) for w, y in zip(ws, leaves(ours(x)), strict=True))

        gradient = dd.grad(number, mode="reverse")
        along = sum(np.sum(w * (np.real(d) + np.imag(d))) for w, d in zip(ws, leaves(t), strict=True))
        assert abs(np.sum(gradient(x) * v) - along) <= 1e-8 * max(1.0, abs(along)), f"{name}: adjoint"
        if second:
            def square(x):
                return sum(np.sum(w * np.real(y * np.conj(y))) for w, y in zip(ws, leaves(ours(x)), strict=True))

            (expected,) = differences(dd.grad(square, mode="reverse"), [x], [v], h=h, levels=2)
            size = max(1.0, np.max(np.abs(expected), initial=0.0))
            np.testing.assert_allclose(dd.hvp(square, (x,), (v,)), expected, rtol=0, atol=1e-5 * size, err_msg=f"{name}: second")
