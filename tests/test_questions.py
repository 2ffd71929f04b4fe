"""What code may ask of its argument, and what has another answer on duals: the derivative is f's, or there is an error.

Both branches depend on x, so that the wrong one is a wrong number.  Which branch is taken is told by a closure, a global,
or x itself, after a call that has not asked.
"""

import collections.abc
import copy
import functools
import inspect
import json
import math
import numbers
import operator
import pickle
import sys
import types
import warnings

import numpy as np
import pytest
from support import close

import dualdiff as dd
from dualdiff.errors import LiftedWarning

LIFTS = True
QUESTIONS = [
    'type(x) is float',
    'type(x).__name__ in ("float", "ndarray", "float64")',
    'type(x) == np.ndarray',
    'isinstance(x, float)',
    'isinstance(x, np.ndarray)',
    'isinstance(x, (float, np.ndarray))',
    'isinstance(x, np.generic)',
    'x.__class__ in (float, np.ndarray, np.float64)',
    'np.asarray(x).dtype.kind == "f"',
    'np.asarray(x).dtype == object',
    'np.array(x).dtype.kind == "f"',
    'np.asanyarray(x).dtype == float',
    'np.array([x]).dtype.kind == "f"',
    'np.array([x, x]).dtype == np.float64',
    'np.ascontiguousarray(x).dtype.char == "d"',
    'np.issubdtype(np.asarray(x).dtype, np.number)',
    'np.issubdtype(np.array([x]).dtype, np.floating)',
    'np.asarray_chkfinite(x).dtype.kind == "f"',
    'np.r_[x].dtype.kind == "f"',
    'np.full(2, np.sum(x)).dtype.kind == "f"',
    'np.zeros_like([x]).dtype.kind == "f"',
    'np.vectorize(lambda t: t)(x).dtype.kind == "f"',
    'np.array(x, ndmin=1).itemsize == 8 and np.array(x, ndmin=1).dtype.kind != "O"',
    'str(x).startswith("D")',
    '"Dual" in repr(x)',
    '"%s" % (x,) == "%r" % (x,)',
    '"{!r}".format(x)[0] == "D"',
    'hasattr(x, "value")',
    'hasattr(x, "shape")',
    'hasattr(x, "exp")',
    'hasattr(x, "tangents")',
    'hasattr(x, "__array_interface__")',
    'getattr(x, "__array_priority__", None) is None',
    'getattr(x, "tag", 5) == 5',
    '"exp" in dir(x)',
    'sys.getsizeof(x) in (24, 32, 104, 112, 120, 128)',
    'tried(lambda: json.dumps(x))',
    'tried(lambda: hash(x))',
    'tried(lambda: x.as_integer_ratio())',
    'tried(lambda: x.hex())',
    'tried(lambda: memoryview(x))',
    'tried(lambda: x.shape)',
    'tried(lambda: x.dtype)',
    'tried(lambda: float(x))',
    'tried(lambda: operator.index(x))',
    'tried(lambda: len(x))',
    'tried(lambda: x[0])',
    'tried(lambda: x.tobytes())',
    'tried(lambda: "abc" + x)',
    'np.isscalar(x)',
    'disp(x) == 1',
    'inspect.getmodule(type(x)) is None',
    'functools.partial(isinstance, x)(float)',
    'any(map(isinstance, [x], [(float, np.ndarray)]))',
    'matched(x)',
    '{float: 1, np.ndarray: 1, np.float64: 1}.get(type(x)) == 1',
    'issubclass(type(x), (float, np.ndarray))',
    'pickle.dumps(x)[:40].find(b"dualdiff") < 0',
    'type(x + 1.0) in (float, np.ndarray, np.float64)',
    'np.dtype(type(x)).kind == "f"',
    'x is copy.deepcopy(x)',
    'np.result_type(x).kind == "f"',
    'np.common_type(np.asarray(x)) is np.float64',
    'callable(x)',
    'isinstance(x, numbers.Number)',
    'isinstance(x, collections.abc.Hashable)',
    "np.nditer(x).dtypes[0].kind == 'f'",
    'list(np.ndenumerate(x))[0][1].__class__ is np.float64',
    'isinstance(np.ravel(x)[0], np.float64)',
    'isinstance(np.sum(x), float)',
    'type(np.sum(x)) is np.float64',
    'np.array2string(np.asarray(x))[0] in "[0123456789"',
    'x.__sizeof__() < 100',
    'bool(np.asarray(x).dtype.hasobject)',
    'np.asarray(x).flags.writeable',
    'np.asarray(x) is x',
    'np.may_share_memory(np.asarray(x), x)',
    'np.asarray(x).base is None',
    'np.array([x], dtype=object)[..., 0].dtype.kind == "O" and isinstance(np.array([x], dtype=object).ravel()[0], (float, np.floating))',
    'np.iterable(x)',
    'vars(x) if tried(lambda: vars(x)) else 1',
]  # fmt: skip
HELPERS = """
def tried(g):
    try: g()
    except Exception: return False
    return True
@functools.singledispatch
def disp(x): return 0
@disp.register(float)
@disp.register(np.ndarray)
def _(x): return 1
def matched(x):
    match x:
        case float() | np.ndarray(): return True
    return False
"""
SETTINGS = {
    "closure": """
def make(k):
    def f(x):
        if k or (QUESTION): return np.sum(x * x)
        return np.sum(x * x * x)
    return f
RUNS = [(make(1), None), (make(0), None)]
""",
    "default": """
def make(k):
    def f(x, k=k):
        if k or (QUESTION): return np.sum(x * x)
        return np.sum(x * x * x)
    return f
RUNS = [(make(1), None), (make(0), None)]
""",
    "self": """
class C:
    def __init__(self, k): self.k = k
    def f(self, x):
        if self.k or (QUESTION): return np.sum(x * x)
        return np.sum(x * x * x)
RUNS = [(C(1).f, None), (C(0).f, None)]
""",
    "x": """
def f(x):
    if np.sum(x) > 0.93 and (QUESTION): return np.sum(x * x)
    return np.sum(x * x * x)
RUNS = [(f, None)]
""",
    "global": """
STATE = [1]
def f(x):
    if STATE[0] or (QUESTION): return np.sum(x * x)
    return np.sum(x * x * x)
RUNS = [(f, 1), (f, 0)]
""",
}
POINTS = {
    "float": [0.4, 1.0, 1.7],
    "0-d": [np.array(0.4), np.array(1.4)],
    "1-d": [np.array([0.2, 0.3]), np.array([1.0, 0.0]), np.array([0.9, 0.8])],
    "2-d": [np.full((2, 2), 0.1), np.array([[0.5, 1.0], [0.0, 0.3]])],
}


def space_of(question, setting):
    """A module with a function that asks."""
    space = {"__name__": "asking_module", "np": np, "math": math, "copy": copy, "operator": operator, "numbers": numbers,
             "collections": collections, "functools": functools, "inspect": inspect, "json": json, "sys": sys,
             "pickle": pickle}  # fmt: skip
    exec(HELPERS + SETTINGS[setting].replace("QUESTION", question), space)
    return space


def wanted(f, x, h=1e-4):
    """The gradient by central differences: f is a polynomial."""
    slope = np.zeros(np.shape(x))
    for place in np.ndindex(slope.shape):
        step = np.zeros(slope.shape)
        step[place] = h
        up, down = np.asarray(x + step), np.asarray(x - step)
        if type(x) is float:
            up, down = float(up), float(down)
        slope[place] = (f(up) - f(down)) / (2 * h)
    return slope


def right_or_an_error(found, f, x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slope = wanted(f, x)
        try:
            g = found(f)(x)
        except Exception:
            return
    close(g, slope, 1e-4)


@pytest.mark.parametrize("kind", POINTS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_with_both_answers(question, kind):
    for setting in SETTINGS:
        space = space_of(question, setting)
        for f, state in space["RUNS"]:
            if state is not None:
                space["STATE"][0] = state
            for x in POINTS[kind]:
                right_or_an_error(dd.grad, f, x)


SOME = [
    'np.asarray(x).dtype.kind == "f"', "type(x) in (float, np.ndarray)", "isinstance(x, (float, np.ndarray))",
    'hasattr(x, "exp")', 'str(x).startswith("D")', "tried(lambda: json.dumps(x))",
]  # fmt: skip


def by_taylor(f):
    return lambda x: np.array([dd.taylor(f, x, e, 1)[1] for e in np.eye(len(x))])


MODES = {
    "forward": lambda f: dd.grad(f, mode="forward"),
    "reverse": lambda f: dd.grad(f, mode="reverse"),
    "jacobian": dd.jacobian,
    "lifted": lambda f: dd.grad(dd.lift(f)),
    "vjp": lambda f: lambda x: dd.vjp(f, x)[1](1.0),
    "linearize": lambda f: lambda x: dd.linearize(f, x).T @ 1.0,
    "value_and_grad": lambda f: lambda x: dd.value_and_grad(f)(x)[1],
    "pytree": lambda f: lambda x: dd.grad(lambda p: f(p["a"][0]))({"a": [x]})["a"][0],
    "taylor": by_taylor,
    "compile": lambda f: dd.grad(dd.compile(f)),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("question", SOME)
def test_other_ways_to_a_derivative(question, mode):
    for setting in ("closure", "x", "global"):
        space = space_of(question, setting)
        for f, state in space["RUNS"]:
            if state is not None:
                space["STATE"][0] = state
            for x in POINTS["1-d"]:
                right_or_an_error(MODES[mode], f, x)


@pytest.mark.parametrize("question", SOME)
def test_second_order_and_directions(question):
    for setting in ("closure", "x"):
        for f, _ in space_of(question, setting)["RUNS"]:
            for x in ([0.2, 0.3], [0.9, 0.8], [0.2, 0.25]):
                x = np.array(x)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    square = np.isclose(f(x), np.sum(x * x))
                    for found in (lambda: dd.hessian(f)(x), lambda: np.diag(dd.hvp(f, (x,), (np.ones(2),))[1])):  # noqa: B023
                        try:
                            H = found()
                        except Exception:  # noqa: S112
                            continue
                        close(H, np.diag(np.full(2, 2.0) if square else 6 * x), 1e-12)


@pytest.mark.parametrize("question", SOME)
def test_where_the_value_is_nan(question):
    """nan hides what else is added to it: so f is compared beside the point."""
    text = """
def make(k):
    def f(x):
        if k or (QUESTION): return np.sum(x) * 0.75
        return np.sum(x)
    return f
"""
    for bad in (np.nan, np.inf):
        space = space_of(question, "x")
        exec(text.replace("QUESTION", question), space)
        for k in (1, 0):
            f, x = space["make"](k), np.array([0.2, bad])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    found = dd.grad(f)(x)
                except Exception:  # noqa: S112
                    continue
            close(found, np.full(2, f(np.ones(2)) / 2), 1e-12)


@pytest.mark.parametrize("question", SOME)
def test_equations_and_sparse_jacobians(question):
    """The root is that of the branch which plain numbers take."""
    def make(k):
        space = space_of(question, "closure")
        exec("""
def equations(x):
    if STATE or (QUESTION): return x * x - 2.0
    return x * x * x - 2.0
""".replace("QUESTION", question).replace("STATE", str(k)), space)  # fmt: skip
        return space["equations"]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k in (1, 0):
            f, x = make(k), np.array([1.2, 1.4])
            plain = np.sqrt(2.0) if np.allclose(f(x), x * x - 2.0) else np.cbrt(2.0)
            for found, wanted in (
                (lambda: dd.solve.root(f, x).x, np.full(2, plain)),  # noqa: B023
                (lambda: dd.sparse_jacobian(f)(x).toarray(), np.diag(2 * x if plain > 1.3 else 3 * x * x)),  # noqa: B023
            ):
                try:
                    result = found()
                except Exception:  # noqa: S112
                    continue
                close(result, wanted, 1e-8)


def test_a_question_in_a_function_that_is_called():
    def helper(x):
        return x * x if type(x) is float else x * x * x

    class Holder:
        law = staticmethod(helper)

        def __call__(self, x):
            return self.law(x)

    table = {"a": [helper]}
    for f in (lambda x: helper(x) + x, lambda x: Holder()(x), lambda x: table["a"][0](x), functools.partial(helper), Holder(),
              types.FunctionType(helper.__code__, {"type": type, "float": float})):  # fmt: skip
        for x in (0.4, 1.0, 1.7):
            right_or_an_error(dd.derivative, f, x)


def test_a_value_that_is_unwrapped():
    """`x.value` is not meant to leave out a derivative where any object is asked for it."""
    def strip(x):
        return x.value if hasattr(x, "value") else x

    def get(x):
        return getattr(x, "value", x)

    def attempt(x):
        try:
            return x.value
        except AttributeError:
            return x

    for unwrap in (strip, get, attempt):
        for x in (0.7, np.array([0.7, 0.4])):
            right_or_an_error(dd.grad, lambda x: np.sum(unwrap(x) ** 2 + x), x)  # noqa: B023
            with pytest.raises(dd.errors.LostDerivativeError):
                dd.grad(lambda x: np.sum(unwrap(x) ** 2 + x))(x)  # noqa: B023

    def meant(x):
        return np.sum(x.value**2 * x)

    close(dd.grad(meant)(np.array([0.5, 2.0])), np.array([0.25, 4.0]), 1e-14)


def test_what_asks_nothing_runs_once():
    """In later calls, that is."""
    calls = []

    def f(x, scale=2):
        calls.append(1)
        return np.sum(x * x) * scale

    g = dd.grad(f, mode="forward")
    for x in ([0.5, 2.5], [0.2, 0.4], [0.1, 0.7]):
        before = len(calls)
        g(np.array(x))
    assert len(calls) == before + 1


def test_the_check_is_made_for_each_setting_of_the_switches():
    told = []

    def make(mode, factor):
        def f(x):
            told.append(x)
            return x * x * factor if mode == "square" else x * factor

        return f

    for mode in ("square", "line", "square", "line"):
        for factor in (1.5, 2.5):
            dd.derivative(make(mode, factor))(0.7)
    assert sum(type(x) is float for x in told) == 2


def test_a_warning_is_not_shown_for_the_run_that_compares():
    def f(x):
        return np.sum(np.asarray(x) ** 2.5)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", LiftedWarning)
        for x in ([0.3, 0.4], [0.5, 0.7]):
            close(dd.grad(f)(np.array(x)), 2.5 * np.array(x) ** 1.5, 1e-12)


def test_objects_that_make_their_attributes_anew():
    """What they say they hold is gone when it has been asked for; the numbers are no interpreter's constants."""
    class Odd:
        def __init__(self, factor):
            self.__class__.factor = factor

        @property
        def __dict__(self):
            return {"n": int("9" * 30), "text": "".join(["a", str(id(self))]), "list": [1], "million": 10**6 + id(self)}

        def f(self, x):
            return np.sum(np.sin(x)) * (self.factor if hasattr(x, "shape") else 1.0)

    x = np.array([0.1, 0.2])
    for k in range(200):
        close(dd.grad(Odd(1.5 + k).f)(x), (1.5 + k) * np.cos(x), 1e-14)


def branching(x):
    """Asks a number, and returns an array of duals."""
    c = x.sum() * 1.0 if x[0] > -9 else x[1]
    return np.array([c, x[0]])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", [branching, dd.checkpoint(branching)])
def test_an_array_of_duals_is_compared_as_one(f, mode):
    """With differences, where numbers were compared."""
    x = np.array([0.3, 0.4, 0.2, 0.9])
    close(dd.jacobian(f, mode=mode)(x), [[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 0.0, 0.0]], 0)


def asks_and_kinks(x):
    """Asks for a dtype, and has a kink at the point whose second derivative is known."""
    np.asarray(x).dtype == bool
    r = x - x.copy()
    return 0.5 * np.linalg.norm(r[:2]) ** 2 + np.sum(np.sin(40 * x) ** 2)


def test_beside_a_kink_the_value_at_the_point_is_compared():
    x = np.array([0.7, 0.3, 1.2])
    wanted = np.diag(3200 * np.cos(80 * x))
    close(dd.hessian(asks_and_kinks)(x), wanted, 1e-9)
    close(dd.hvp(asks_and_kinks, (x,), (np.ones(3),)), wanted @ np.ones(3), 1e-9)
