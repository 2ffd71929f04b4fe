"""debug(): the line and the operation wherever the number goes, every independent fault, and nothing of it afterwards."""

import dataclasses
import pathlib
import sys
import threading
import traceback
import warnings

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.debugging import NonFiniteWarning
from dualdiff.errors import NonFiniteError

X = np.array([2.0, 1.0, 3.0])
HERE = __file__


class Thing:
    scale = 2.0

    def __init__(self):
        self.y = self.z = None
        self.parts = {}

    @property
    def danger(self):
        raise AssertionError("a property is not evaluated again")

    def step(self, x):
        self.y = 1.0 + np.log(x - 1.0)          # HERE: thing step
        return self.scale * x


class Slotted:
    __slots__ = ("y",)


@dataclasses.dataclass
class State:
    u: object
    parts: list


def in_list(x):
    parts = [x, 2.0 * x]
    parts.append(np.log(x - 1.0))               # HERE: in list
    return parts[0] + parts[2]


def list_item(x):
    parts = [x, x]
    parts[1] = x + 1.0 / (x - 1.0)              # HERE: list item
    return parts[1]


def list_item_from_itself(x):
    parts = [x, x - 1.0]
    parts[1] = np.log(parts[1])                 # HERE: list item from itself
    return parts[1]


def in_dict(x):
    state = {"a": x}
    state["b"] = np.log(state["a"] - 1.0)       # HERE: in dict
    return state["b"]


def nested(x):
    state = {"a": [{"c": x}]}
    state["a"][0]["d"] = (1.0, np.sqrt(x - 1.5))        # HERE: nested
    return state["a"][0]["d"][1]


def attribute(x):
    thing = Thing()
    thing.y = x * 1.0
    thing.z = 3.0 * np.log(thing.y - 1.0)       # HERE: attribute
    return thing.z


def attribute_from_itself(x):
    thing = Thing()
    thing.y = x - 1.0
    thing.y = np.log(thing.y) * 2.0             # HERE: attribute from itself
    return thing.y


def in_a_method(x):
    thing = Thing()
    y = thing.step(x)
    return y + thing.y


def slotted(x):
    s = Slotted()
    s.y = x * 1.0
    s.y = 1.0 / (s.y - 1.0)                     # HERE: slotted
    return s.y


def dataclass(x):
    s = State(x, [])
    s.parts += [np.log(s.u - 1.0)]              # HERE: dataclass
    return s.parts[0]


def dataclass_made(x):
    s = State(np.log(x - 1.0), [x])             # HERE: dataclass made
    return s.u


def multi_line(x):
    y = x - 1.0
    z = (
        2.0 * x
        + np.exp(x)
        - np.log(y)                             # HERE: multi line
        + x
    )
    return z


def multi_line_call(x):
    y = np.where(
        x > 0,
        x,
        x,
    )
    z = np.concatenate([
        y,
        1.0 / (
            y - 1.0
        ),                                      # the quotient starts two lines above
    ])
    return z


def multi_line_list(x):
    parts = [
        x,
        [
            np.log(x - 1.0),                    # HERE: multi line list
            x,
        ],
    ]
    return parts[0]


def multi_line_return(x):
    return (
        x
        * np.log(x - 1.0)                       # HERE: multi line return
    )


def multi_line_argument(x):
    def helper(a, b):
        return a + b

    return helper(
        x,
        np.log(x - 1.0),                        # HERE: multi line argument
    )


def comprehension(x):
    parts = [np.log(e - 1.0) for e in x]        # HERE: comprehension
    return np.stack(parts)


def comprehension_of_two(x):
    return np.stack([a / (b - 1.0) for a in x for b in [x[0], x[1]] if b < 5])      # HERE: comprehension of two


def generator(x):
    return sum(1.0 / (e - 1.0) for e in x)      # HERE: generator


def dict_comprehension(x):
    parts = {i: np.log(e - 1.0) for i, e in enumerate(x)}       # HERE: dict comprehension
    return parts[0]


def in_place(x):
    y = x * 1.0
    y -= 1.0
    y /= y                                      # HERE: in place
    return y


def in_place_item(x):
    y = x - 1.0
    y[1] = 2.0 / y[1]                           # HERE: in place item
    return y


def in_place_part(x):
    y = x - 1.0
    y[1:] **= -1.0                              # HERE: in place part
    return y


def two_on_a_line(x):
    y = x - 1.0; z = np.log(y)                  # noqa: E702  HERE: two on a line
    return z


def called(x):
    def inner(a):
        b = a - 1.0
        return np.log(b) * 2.0                  # HERE: called

    return 3.0 * inner(x) + x


def by_lambda(x):
    f = lambda a: np.sum(np.log(a - 1.0)) * 2.0         # noqa: E731  HERE: by lambda
    return f(x) * x


def condition(x):
    if np.sum(np.log(x - 1.0)) > 0:             # a comparison: a number that nobody keeps
        return x * 1.0
    y = 1.0 / (x - 1.0)                         # HERE: condition
    return y


def method(x):
    return x.dot(np.ones(3)) + (x - 1.0).prod() ** -1           # HERE: method


def tuple_of_results(x):
    a, b = x * 2.0, np.log(x - 1.0)             # HERE: tuple of results
    return a if b is None else x


def starred(x):
    parts = [x[0], x[1]]
    return np.hypot(*[1.0 / (e - 1.0) for e in parts])          # HERE: starred


def chosen(x):
    return np.log(x - 1.0) if len(x) == 3 else x                # HERE: chosen


def through_the_library(x):
    return dd.grad(lambda y: np.sum(y * np.log(x - 1.0)))(np.ones(3)) + x       # HERE: through the library


def in_a_buffer(x):
    out = np.zeros_like(x)
    for i in range(3):
        out[i] = x[i] / (x[i] - 1.0)            # HERE: in a buffer
    return out


def walrus(x):
    if len(y := np.log(x - 1.0)) > 1:           # HERE: walrus
        return y
    return x


def for_loop(x):
    total = 0.0
    for e in np.log(x - 1.0):                   # HERE: for loop
        total = total + e
    return total


OPERATIONS = {
    in_list: "np.log(x - 1.0)", list_item: "1.0 / (x - 1.0)", list_item_from_itself: "np.log(parts[1])",
    in_dict: 'np.log(state["a"] - 1.0)', nested: "np.sqrt(x - 1.5)", attribute: "np.log(thing.y - 1.0)",
    attribute_from_itself: "np.log(thing.y)", in_a_method: "np.log(x - 1.0)", slotted: "1.0 / (s.y - 1.0)",
    dataclass: "np.log(s.u - 1.0)", dataclass_made: "np.log(x - 1.0)", multi_line: "np.log(y)", multi_line_call: "1.0 / (y - 1.0)",
    multi_line_list: "np.log(x - 1.0)", multi_line_return: "np.log(x - 1.0)", multi_line_argument: "np.log(x - 1.0)",
    comprehension: "np.log(e - 1.0)", comprehension_of_two: "a / (b - 1.0)", generator: "1.0 / (e - 1.0)",
    dict_comprehension: "np.log(e - 1.0)", in_place: "y /= y", in_place_item: "2.0 / y[1]", in_place_part: "y[1:] **= -1.0",
    two_on_a_line: "np.log(y)", called: "np.log(b)", by_lambda: "np.log(a - 1.0)", condition: "1.0 / (x - 1.0)",
    method: "(x - 1.0).prod() ** -1", tuple_of_results: "np.log(x - 1.0)", starred: "1.0 / (e - 1.0)", chosen: "np.log(x - 1.0)",
    through_the_library: "np.log(x - 1.0)", in_a_buffer: "x[i] / (x[i] - 1.0)", walrus: "np.log(x - 1.0)",
    for_loop: "np.log(x - 1.0)",
}  # fmt: skip
LINES = list(enumerate(pathlib.Path(HERE).read_text().splitlines(), start=1))
MARKS = {line.split("HERE: ")[1].strip(): i for i, line in LINES if "# HERE: " in line or "  HERE: " in line}
MARKS["in a method"] = MARKS["thing step"]
MARKS["multi line call"] = next(i for i, line in LINES if line.strip() == "1.0 / (")


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", OPERATIONS, ids=[f.__name__ for f in OPERATIONS])
def test_line_and_operation(f, mode):
    with np.errstate(all="ignore"), pytest.raises(NonFiniteError) as caught, dd.debug():
        dd.jacobian(f, mode=mode)(X)
    text = str(caught.value)
    assert f"by {OPERATIONS[f]} (operands of" in text, text
    assert f"{HERE}:{MARKS[f.__name__.replace('_', ' ')]}: " in text, text
    assert sys.gettrace() is None


# ---- every independent fault ---------------------------------------------------------------------------------


def faults(f, transform=lambda f: dd.jvp(f, (X,), (np.ones(3),))):
    with warnings.catch_warnings(record=True) as seen, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        with dd.debug(nan="warn"):
            transform(f)
    assert all(w.category is NonFiniteWarning and w.filename == HERE for w in seen)
    return [str(w.message) for w in seen]


def independent(x):
    a = np.log(x - 1.0)
    b = a * 2.0 + x             # of the first
    c = 1.0 / (x - 3.0)
    d = b + c                   # of both
    e = [np.sqrt(x - 2.5), d]
    return d + e[0] / (x - 2.0) + np.log(x - 1.0)


def elements(x):
    out = np.zeros_like(x)
    for i in range(3):
        out[i] = 1.0 / ((x[i] - 1.0) * (x[i] - 3.0))
    out[0] = 2.0 * out[1]       # of the first
    return out


def in_one_expression(x):
    return np.log(x - 1.0) * 2.0 + 1.0 / (x - 2.0) - np.log(x - 1.0)


def passed_on(x):
    def helper(a):
        bad = np.log(a - 1.0)
        return bad * 2.0

    y = 3.0 * helper(x) + helper(x + 2.0)
    parts = [y, -y]
    z = helper(y)               # of what it was given
    return y + parts[1] * z


@pytest.mark.parametrize("f, operations", [
    (independent, ["np.log(x - 1.0)", "1.0 / (x - 3.0)", "np.sqrt(x - 2.5)", "e[0] / (x - 2.0)", "np.log(x - 1.0)"]),
    (elements, ["1.0 / ((x[i] - 1.0) * (x[i] - 3.0))", "1.0 / ((x[i] - 1.0) * (x[i] - 3.0))"]),
    (in_one_expression, ["np.log(x - 1.0)", "1.0 / (x - 2.0)", "np.log(x - 1.0)"]),
    (passed_on, ["np.log(a - 1.0)"]),
], ids=lambda a: getattr(a, "__name__", None))
def test_every_independent_fault(f, operations):
    if f is independent:
        operations = [o for o in operations if o != "e[0] / (x - 2.0)"]        # e[0] has a nan already
    for transform in (lambda f: dd.jvp(f, (X,), (np.ones(3),)), lambda f: dd.linearize(f, X), lambda f: dd.jacobian(f)(X)):
        found = faults(f, transform)
        assert [t.split("by ")[1].split(" (operands")[0] for t in found] == operations, found


def test_what_comes_in_is_not_blamed():
    def f(x):
        parts = {"a": [x]}
        y = parts["a"][0] * 2.0
        return y + 1.0 / x

    assert faults(f, lambda f: dd.jvp(f, (np.array([np.nan, 1.0]),), (np.ones(2),))) == []


def test_what_cannot_be_taken_apart_has_its_line():
    @dd.custom_jvp
    def black_box(x):
        return float(x) * 0.0

    black_box.defjvp(lambda p, t: (None, t[0] * np.inf))

    def f(x):
        return [
            2.0 * black_box(x),
        ]

    with np.errstate(all="ignore"), pytest.raises(NonFiniteError, match=r"returned value\[0\].*: return \[$"), dd.debug():
        dd.jvp(f, (1.0,), (1.0,))


def test_never_our_own_lines():
    cases = [
        lambda: dd.grad(lambda x: np.sum(dd.math.sqrt(x[1] - 1.0) * x))(X), lambda: dd.hessian(lambda x: np.sum(np.log(x - 1.0)))(X),
        lambda: dd.taylor(lambda x: np.log(x - 1.0), X, np.ones(3), order=3), lambda: dd.jacobian(lambda x: np.std(np.log(x - 1.0)))(X),
        lambda: dd.jacobian(dd.lift(lambda x: np.log(x - 1.0)))(X), lambda: dd.vjp(lambda x: np.log(x - 1.0), X),
        lambda: dd.jacobian(lambda x: np.linalg.norm(x - X))(X * 0 + np.inf), lambda: dd.hvp(lambda x: np.sum(1.0 / (x - 1.0)), X, X),
        lambda: dd.sparse_jacobian(lambda x: np.log(x - 1.0), X)(X), lambda: dd.divergence(lambda x: np.log(x - 1.0))(X),
        lambda: dd.jacobian(lambda x: dd.jacobian(lambda y: np.log(y - 1.0))(x))(X),
    ]  # fmt: skip
    for case in cases:
        try:
            with np.errstate(all="ignore"), dd.debug():
                case()
        except NonFiniteError as error:
            assert f" at {HERE}:" in str(error), error
            assert "dualdiff/" not in str(error).split(" at ")[1]
        except dd.errors.DualDiffError:
            pass
        assert sys.gettrace() is None


# ---- nothing is left -----------------------------------------------------------------------------------------


def test_entering_one_object_twice():
    frame = sys._getframe()
    before = sys.gettrace(), frame.f_trace
    context = dd.debug(nan="warn")
    with context:
        with context:
            assert faults_inside()
        assert sys.gettrace() is not None
        assert faults_inside()
    assert (sys.gettrace(), frame.f_trace) == before
    with context:
        assert faults_inside()
    assert (sys.gettrace(), frame.f_trace) == before
    for _ in range(3):
        with pytest.raises(NonFiniteError), dd.debug() as context, context, np.errstate(all="ignore"):
            dd.grad(lambda x: np.sum(np.log(x - 1.0)))(X)
        assert (sys.gettrace(), frame.f_trace) == before


def faults_inside():
    with warnings.catch_warnings(record=True) as seen, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        dd.grad(lambda x: np.sum(np.log(x - 1.0)))(X)
    return seen


def test_a_tracer_that_was_there_comes_back():
    calls = []

    def tracer(frame, event, arg):
        calls.append(event)

    old = sys.gettrace()
    sys.settrace(tracer)
    try:
        with dd.debug(), dd.debug(nan=None):
            assert sys.gettrace() is not tracer
        assert sys.gettrace() is tracer
        with pytest.raises(ValueError), dd.debug():
            raise ValueError
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(old)


def test_in_threads_at_once():
    context, errors = dd.debug(), []

    def run():
        try:
            for _ in range(3):
                with pytest.raises(NonFiniteError), dd.debug(), np.errstate(all="ignore"):
                    dd.grad(in_thread)(X)
                assert sys.gettrace() is None
        except BaseException:
            errors.append(traceback.format_exc())

    def in_thread(x):
        return np.sum(np.log(x - 1.0))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors and context is not None
