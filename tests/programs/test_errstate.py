"""Floating-point errors in compiled functions: what np.errstate says, as in the function itself."""

import contextlib
import io
import warnings

import numpy as np
import pytest

import dualdiff as dd

GOOD = np.array([1.0, 2.0, 3.0])
CASES = {
    "divide": (lambda x: 1.0 / x, np.array([0.0, 1.0, 2.0])),
    "divide in a sum": (lambda x: np.sum(np.log(x)), np.array([0.0, 1.0, 2.0])),
    "over": (lambda x: np.exp(x), np.array([1e4, 1.0, 2.0])),
    "over of a product": (lambda x: x * x, np.array([1e300, 1.0, 2.0])),
    "under": (lambda x: np.exp(-x), np.array([720.0, 1.0, 2.0])),
    "under of a product": (lambda x: x * x, np.array([1e-160, 1.0, 2.0])),
    "invalid": (lambda x: np.sqrt(x), np.array([-1.0, 1.0, 2.0])),
    "invalid of a number": (lambda x: np.log(x[0]), np.array([-1.0, 1.0, 2.0])),
    "invalid of infinities": (lambda x: np.sum(x - x[::-1]), np.array([np.inf, 1.0, np.inf])),
    "matrix product": (lambda x: np.outer(x, x) @ x, np.array([1e200, 1.0, 2.0])),
    "in a derivative": (lambda x: dd.grad(lambda y: np.sum(np.sqrt(y)))(x) * x, np.array([0.0, 1.0, 2.0])),
}


def outcome(f, x, how):
    """What a call gives, says and raises."""
    calls, printed = [], io.StringIO()
    with (
        warnings.catch_warnings(record=True) as seen, contextlib.redirect_stdout(printed),
        np.errstate(all=how, call=lambda kind, flag: calls.append((kind, flag))),
    ):  # fmt: skip
        warnings.simplefilter("always")
        try:
            result = np.asarray(f(x)).tobytes()
        except FloatingPointError as error:
            result = str(error)
    return result, [(w.category, str(w.message)) for w in seen], calls, printed.getvalue()


@pytest.mark.parametrize("how", ["ignore", "warn", "raise", "call", "print"])
@pytest.mark.parametrize("name", CASES)
def test_as_the_function_itself(name, how):
    f, bad = CASES[name]
    c = dd.compile(f, check="never")
    c(GOOD)
    for _ in range(2):
        assert outcome(c, bad, how) == outcome(f, bad, how)
        assert outcome(c, GOOD, how) == outcome(f, GOOD, how)


@pytest.mark.parametrize("how", ["warn", "raise", "call"])
@pytest.mark.parametrize("kind", ["divide", "over", "under", "invalid"])
def test_one_kind_alone(kind, how):
    states = dict.fromkeys(("divide", "over", "under", "invalid"), "ignore")
    for name, (f, bad) in CASES.items():
        if name == "in a derivative":
            continue
        c = dd.compile(f, check="never")
        c(GOOD)
        found = []
        for g in (c, f):
            calls = []
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                with np.errstate(**{**states, kind: how}, call=lambda *a, calls=calls: calls.append(a)):
                    try:
                        result = np.asarray(g(bad)).tobytes()
                    except FloatingPointError as error:
                        result = str(error)
            found.append((result, [str(w.message) for w in seen], calls))
        assert found[0] == found[1], name


def test_the_first_call_counts_once():
    c = dd.compile(lambda x: 1 / x)
    with pytest.warns(RuntimeWarning) as seen:
        c(np.array([0.0, 1.0]))
    assert len(seen) == 1
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        dd.compile(lambda x: 1 / x)(np.array([0.0, 1.0]))
