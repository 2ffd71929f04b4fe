"""Every row of the table of cases as a program: the same bits, the same derivatives."""

import warnings

import numpy as np
import pytest
from cases import ROWS, grouped
from support import for_each, leaves, random_like, rng

import dualdiff as dd
from dualdiff.errors import CompileNotice
from programs.comparing import near, same_bits

every = for_each(grouped(ROWS))

AS_IS = {"real", "imag", "add.at", "poly"}
"""Names of rows of which some cannot be recorded."""

NO_PROGRAM = ("complex", "does not return a real", "one number that depends", "real number")
"""Why a derivative may go without a program."""


def moved(x, generator):
    """Slightly other numbers in the same layout."""
    return np.array(x + 1e-3 * generator.uniform(-1, 1, x.shape), x.dtype, order="K")


def compiled(f, *primals):
    """(compiled function, why it is not, if it is not), after a first call."""
    c = dd.compile(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileNotice)
        c(*primals)
    return c, next(iter(c.__dualdiff_program__.eager.values()), None)


@every
def test_values(row):
    c, reason = compiled(row.f, *(x.copy() for x in row.primals))
    assert reason is None or row.label.split("-", 1)[1] in AS_IS, reason
    generator = rng(5)
    for _ in range(2):
        primals = [moved(x, generator) for x in row.primals]
        found, wanted = c(*primals), row.f(*(x.copy() for x in primals))
        if c.__dualdiff_program__.products:     # BLAS goes by the addresses of its operands, in f as well
            near(found, wanted, 1e-11)
        else:
            same_bits(found, wanted)


@every
def test_derivatives(row):
    generator = rng(6)
    primals = [moved(x, generator) for x in row.primals]
    vs = tuple(random_like(x, generator) for x in row.primals)
    c, reason = compiled(row.f, *(x.copy() for x in row.primals))
    if reason is not None:
        pytest.skip(reason)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileNotice)
        dd.jvp(c, row.primals, vs)
        near(dd.jvp(c, tuple(primals), vs), dd.jvp(row.f, tuple(primals), vs))
        value = row.f(*primals)
        if not all(np.asarray(y).dtype.kind == "f" for y in leaves(value)):
            return
        ws = [np.asarray(random_like(np.asarray(y), generator))[()] for y in leaves(value)]
        w = type(value)(ws) if isinstance(value, list) else tuple(ws) if isinstance(value, tuple) else ws[0]
        dd.vjp(c, *row.primals)[1](w)
        near(dd.vjp(c, *primals)[1](w), dd.vjp(row.f, *primals)[1](w))
        dd.linearize(c, *row.primals)
        (found, J), (plain, K) = dd.linearize(c, *primals), dd.linearize(row.f, *primals)
        near(found, plain)
        near(J.jvp(*vs), K.jvp(*vs))
        near(J.vjp(w), K.vjp(w))
    for paths in c.__dualdiff_program__.alongs.values():
        for why in paths.eager.values():
            assert any(word in why for word in NO_PROGRAM), why


@for_each(grouped(r for r in ROWS if r.place < 2))
def test_second_derivatives(row):
    generator = rng(7)
    value = row.f(*row.primals)
    if not all(np.asarray(y).dtype.kind == "f" for y in leaves(value)):
        pytest.skip("the results are not real")
    weights = [generator.uniform(0.5, 1, np.shape(y)) for y in leaves(value)]

    def total(*xs):
        return sum(np.sum(w * np.sin(y)) for w, y in zip(weights, leaves(row.f(*xs)), strict=True))

    primals = tuple(moved(x, generator) for x in row.primals)
    vs = tuple(random_like(x, generator) for x in row.primals)
    try:
        wanted = dd.hvp(total, primals, vs)
    except Exception as error:
        pytest.skip(f"not without a program either: {error}")
    c, reason = compiled(total, *row.primals)
    if reason is not None:
        pytest.skip(reason)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dd.hvp(c, row.primals, vs)
        near(dd.hvp(c, primals, vs), wanted, 1e-8)
    for why in c.__dualdiff_program__.alongs["hvp"].eager.values():
        assert any(word in why for word in NO_PROGRAM), why
