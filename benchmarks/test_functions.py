"""Each function of functions.py: f, Jv, v'J, linearize and its products, the full derivative where it makes sense."""

import numpy as np
import pytest
from functions import PROBLEMS

import dualdiff as dd

pytestmark = pytest.mark.benchmark(max_time=0.2, min_rounds=5, min_time=1e-5, warmup=False)


def ones(x, k=None):
    """The direction (1, 1, ...), or k different ones stacked."""
    if k is None:
        return 1.0 if type(x) is float else np.ones_like(x)
    return np.random.default_rng(1).normal(size=(k, *np.shape(x)))


def pytest_generate_tests(metafunc):
    # all measurements of one function together
    if {"problem", "what"} <= set(metafunc.fixturenames):
        cases = [(p, what) for p in PROBLEMS for what in kinds(p)]
        metafunc.parametrize(("problem", "what"), cases, ids=[f"{p.name}-{what}" for p, what in cases])


def kinds(p):
    """What is measured of a problem."""
    replayed = [] if type(p.x) is float else ["linearize", "J@v again", "J@V again, k=8", "J.T@w again"]
    return ["f", "Jv", "Jv, k=8", "v'J", "v'J again", *replayed, *([p.full] if p.full else [])]


def call_of(p, what):
    """(callable, k) of one measurement."""
    f, x = p.f, p.x
    if what == "f":
        return lambda: f(x), 0
    if what == "Jv":
        v = ones(x)
        return lambda: dd.jvp(f, (x,), (v,)), 1
    if what == "Jv, k=8":
        V = ones(x, 8)
        return lambda: dd.jvp(f, (x,), (V,)), 8
    if what == "v'J":
        w = ones(f(x))
        return lambda: dd.vjp(f, x)[1](w), 1
    if what == "v'J again":  # the recording is there already
        w = ones(f(x))
        pullback = dd.vjp(f, x)[1]
        return lambda: pullback(w), 1
    if what == "linearize":
        return lambda: dd.linearize(f, x), 0
    if what.startswith("J"):  # a program is made at the first product
        J = dd.linearize(f, x)[1]
        J = J.T if what.startswith("J.T") else J
        k = 8 if what.endswith("k=8") else 1
        v = ones(np.empty(J.shape[1])) if k == 1 else ones(np.empty(J.shape[1]), k).T
        J @ v
        return lambda: J @ v, k
    derivative = getattr(dd, what)(f)
    return lambda: derivative(x), p.n


def test_function(compare, problem, what):
    call, k = call_of(problem, what)
    compare(problem.name, what, lambda: problem.f(problem.x), call, n=problem.n, m=problem.m, k=k)
