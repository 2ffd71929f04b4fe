"""Programs give what `evaluate` gives, to the bit."""

import threading

import numpy as np
import pytest

from dualdiff.programs.evaluate import evaluate
from dualdiff.programs.plan import GuardFailed, plan
from programs.random_graphs import make


def same(a, b):
    """Equal to the bit; a nan is a nan."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == "c":
        return same(a.real, b.real) and same(a.imag, b.imag)
    if a.shape != b.shape:
        return False
    if a.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    with np.errstate(all="ignore"):
        b = b.astype(a.dtype)
    return bool(np.all((a == b) & (np.signbit(a) == np.signbit(b)) | np.isnan(a) & np.isnan(b)))


def reference(graph, xs):
    with np.errstate(all="ignore"):
        return evaluate(graph, xs)


def check(graph, program, xs):
    before = [x.copy() for x in xs]
    expected = reference(graph, xs)
    found = program(xs)
    assert not isinstance(found, GuardFailed)
    for k, (a, b) in enumerate(zip(expected, found, strict=True)):
        assert same(a, b), (k, graph.op[graph.outputs[k]], graph.attr[graph.outputs[k]], a, b)
        if np.ndim(b):
            assert b.dtype == a.dtype and b.flags.c_contiguous and b.flags.owndata or b.base is not None
    for x, y in zip(xs, before, strict=True):
        assert same(x, y)
    return found


@pytest.mark.parametrize("seed", range(400))
def test_random_graphs(seed):
    graph, inputs = make(seed, steps=5 + seed % 40, large=seed % 4 == 0)
    program = plan(graph)
    first = check(graph, program, inputs(seed))
    kept = [np.copy(x) for x in first]
    check(graph, program, inputs(seed + 1))
    for x, y in zip(first, kept, strict=True):      # results are never written to after they are returned
        assert same(x, y)
    for a in graph.captured:
        if a.size and a.flags.writeable:
            a[...] = a[::-1].copy() if a.ndim else a + a
    check(graph, program, inputs(seed + 2))


@pytest.mark.parametrize("seed", range(20))
def test_several_threads(seed):
    graph, inputs = make(1000 + seed, steps=40, large=True)
    program = plan(graph)
    failed = []

    def work(k):
        try:
            xs = inputs(k)
            for _ in range(5):
                check(graph, program, xs)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed, failed[0]
