"""Staircases have the derivative zero and raise nothing; an earlier result that is found again has its derivative or raises."""

import math
import warnings

import numpy as np
import pytest
from support import close

import dualdiff as dd
from dualdiff.errors import LiftedWarning, LiftError, LostDerivativeError

LIFTS = True
EDGES = np.linspace(-50, 50, 41)
TABLE = np.sin(np.arange(100.0))

STAIRS = {
    "floor": lambda x: np.sum(np.floor(x) ** 2), "elements": lambda x: np.floor(x) * 2, "round": lambda x: np.sum(np.round(x)),
    "sign": lambda x: np.sum(np.sign(x - 0.3)), "digitize": lambda x: np.sum(np.digitize(x, EDGES)) * 1.0,
    "argsort": lambda x: np.sum(np.arange(x.size) * 1.0 * np.argsort(x)), "rank": lambda x: np.argsort(np.argsort(x)) * 1.0,
    "count": lambda x: float(np.count_nonzero(x > 0.3)), "truths": lambda x: np.sum((x > 0.3) * 2.0),
    "where": lambda x: np.sum(np.where(x > 0.3, 1.0, 2.0)), "integers": lambda x: np.sum(x.astype(int)) * 1.5,
    "mean": lambda x: np.mean(np.trunc(x * 3)), "table": lambda x: TABLE[np.clip((x * 2).astype(int), 0, 99)].sum(),
    "search": lambda x: TABLE[np.searchsorted(EDGES, x)].sum(), "loop": lambda x: float(sum(1 for v in x if v > 0.3)),
    "array": lambda x: np.array([1.0 if v > 0.3 else 0.0 for v in x]).sum(), "floor_divide": lambda x: np.sum(x // 0.7),
}  # fmt: skip


@pytest.mark.parametrize("how", ["itself", "lift"])
@pytest.mark.parametrize("scale", [1.0, 10.0, 100.0])
@pytest.mark.parametrize("n", [1, 5, 48, 1000])
@pytest.mark.parametrize("name", STAIRS)
def test_a_staircase_of_many_elements(name, n, scale, how):
    x = np.random.default_rng(n).normal(size=n) * scale
    f = STAIRS[name]
    _, t = dd.jvp(f if how == "itself" else dd.lift(f), (x,), (np.ones(n),))
    assert not np.any(t)


# ---- an earlier result ----------------------------------------------------------------------------------

MEMOS = {
    "abs": "abs(x - C[0]) < 1e-12", "equal": "x == C[0]", "reversed": "C[0] == x", "isclose": "math.isclose(x, C[0])",
    "np.isclose": "np.isclose(x, C[0], rtol=1e-10)", "not equal": "not x != C[0]", "above": "not abs(x - C[0]) > 1e-10",
    "relative": "abs(x / C[0] - 1) < 1e-10", "at most": "1e-9 >= abs(x - C[0])", "square": "(x - C[0])**2 <= 1e-20",
}  # fmt: skip
ARRAYS = {
    "array_equal": "np.array_equal(x, C[0])", "all": "(x == C[0]).all()", "allclose": "np.allclose(x, C[0], rtol=1e-10, atol=0)",
    "max": "np.max(np.abs(x - C[0])) < 1e-12", "norm": "np.linalg.norm(x - C[0]) < 1e-12", "any": "not np.any(x != C[0])",
    "all abs": "np.all(np.abs(x - C[0]) < 1e-10)", "tuple": "tuple(x) == tuple(C[0])", "list": "x.tolist() == C[0].tolist()",
}  # fmt: skip


def memo(test, rest):
    """A function that finds its last result again, and adds a term that has its derivative in any case."""
    text = f"""
def f(x, C=[None, None]):
    if C[0] is None or not ({test}):
        C[:] = [x * 1.0, np.exp(x).sum()]
    return C[1] + {rest}
"""
    space = {"np": np, "math": math, "__name__": "memos"}
    exec(text, space)
    return space["f"]


@pytest.mark.parametrize("rest", ["0.0", "np.sum(x**2)"])
@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", [*MEMOS, *ARRAYS])
def test_the_last_result_found_by_its_number(name, mode, later, rest):
    f = memo({**MEMOS, **ARRAYS}[name], rest)
    x = 0.7 if name in MEMOS else np.array([0.7, 0.3, 1.1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        try:
            if later:
                dd.jvp(f, (1.1 * x,), (0.0 * x + 1.0,))
            f(x)                                                        # the numbers are kept
            if mode == "forward":
                found = dd.jvp(f, (x,), (0.0 * x + 1.0,))[1]
            else:
                found = np.sum(dd.vjp(f, x)[1](1.0))
        except (LostDerivativeError, LiftError, dd.errors.EscapedDualError):
            return
    close(found, np.sum(np.exp(x) + (2 * x if rest != "0.0" else 0.0)), 1e-12)


@pytest.mark.parametrize("digits", [4, 5, 6, 13])
def test_a_coarse_bisection(digits):
    def root(x):
        a, b = -4.0, 4.0
        while b - a > 10.0**-digits:
            m = 0.5 * (a + b)
            a, b = (m, b) if math.exp(m) < x else (a, m)
        return 0.5 * (a + b)

    with pytest.raises(LostDerivativeError):
        dd.derivative(root)(0.7)
    with pytest.raises(LiftError):
        dd.derivative(dd.lift(root))(0.7)


KEYS = {"round": ("round(x, 6)", 0.7), "int": ("int(x * 1e6)", 0.7), "array": ("tuple(np.round(x, 6))", np.array([0.7, 0.3, 1.1])),
        "integers": ("tuple((x * 1e6).astype(int))", np.array([0.7, 0.3, 1.1]))}  # fmt: skip


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", KEYS)
def test_a_term_under_rounded_numbers_after_the_first_derivative(name, mode):
    """The later call does fewer operations than the one whose derivative was looked at."""
    key, x = KEYS[name]
    space = {"np": np}
    exec(f"def f(x, C={{}}):\n    k = {key}\n    if k not in C: C[k] = np.exp(x).sum()\n    return C[k] + np.sum(x**2)", space)
    f = space["f"]

    def slope(x):
        return dd.jvp(f, (x,), (0.0 * x + 1.0,))[1] if mode == "forward" else np.sum(dd.vjp(f, x)[1](1.0))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        for y in (1.1 * x, 1.2 * x, 1.3 * x):
            close(slope(y), np.sum(np.exp(y) + 2 * y), 1e-12)
        f(x)                                                            # the numbers are kept
        try:
            close(slope(x), np.sum(np.exp(x) + 2 * x), 1e-12)
        except (LostDerivativeError, LiftError, dd.errors.EscapedDualError):
            pass


@pytest.mark.parametrize("key", ["tuple(np.round(x, 6))", "tuple(np.round(x, 3))", "np.round(x, 3).tobytes()",
                                 "tuple((x * 1e4).astype(int))"])  # fmt: skip
def test_a_result_under_rounded_numbers(key):
    space = {"np": np}
    exec(f"def f(x, C={{}}):\n    k = {key}\n    if k not in C: C[k] = np.exp(x).sum()\n    return C[k]", space)
    x = np.array([0.7, 0.3, 1.1])
    space["f"](x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        with pytest.raises(LostDerivativeError):
            dd.grad(space["f"])(x)


@pytest.mark.parametrize("size", [1.0, 0.01])
@pytest.mark.parametrize("speed", [30.0, 1e3, 1e4, 1e5])
def test_what_oscillates_is_no_lost_derivative(speed, size):
    """Its differences by large steps say nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        for x in np.linspace(0.2, 1.8, 12):
            space = {"math": math}
            exec("def f(x): return x + size * math.sin(speed * x) if x > 0 else 0.0", space, space)
            space.update(size=size, speed=speed)
            close(dd.derivative(space["f"])(float(x)), 1.0 + size * speed * math.cos(speed * x), 1e-9)
