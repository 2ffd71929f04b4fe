"""What a derivative would cost each way, predicted from what one run of the function with one direction did.

The core counts what a run does (core/work.h).  A way's cost is linear in these counts, with constants that were
fitted once to the measurements of benchmarks/fit_costs.py: so a choice depends on the function and on the shapes, never
on a clock, and is the same whenever it is made.

Invariant: nothing here decides what a derivative is, only which way it is taken.
"""

import functools
import math
import types
from typing import Any, NamedTuple

import numpy as np

from ..core import call_within, new_tag, take_back, work_done
from ..maps.tangents import is_dual
from .arguments import Arguments, promote_all, seed
from .derived import Derived
from .pytrees import flatten, unflatten
from .randomness import same_randomness

__all__ = [
    "ALONG", "CONSTANTS", "FEW", "Choice", "Memory", "Work", "cheapest", "counted", "features", "key_of", "predicted",
    "since", "size_of",
]  # fmt: skip

FEW = 4
"""Up to so many inputs forward mode is taken without counting: a run with four directions is hardly dearer than f."""

ALONG = 16
"""Up to so many inputs the run that counts has all directions, so that it is the derivative where forward is chosen."""

FITS = 2**17
"""Numbers of an array and its tangents, or of a dense result, that fit into the cache."""


class Work(NamedTuple):
    """What one run of a function with one direction did.

    Attributes
    ----------
    scalars : int
        Operations on numbers.
    arrays : int
        Operations on arrays, slices included.
    values : int
        Elements of functions that are more than arithmetic, as exp.
    elements : int
        Elements that were computed, each for every direction.
    loops : int
        Runs of neighbours in memory that they were computed in: many where axes are short, or elements are picked.
    shorts : int
        Functions done in a short way that a recording does not have: selections, indices that are arrays, stacks.
    picked : int
        Elements read or written by indices that are arrays (or masks).
    products : int
        Multiplications in products of matrices, and in what is made of them.
    crossed : int
        Products of two arrays that both have tangents.
    calls : int
        Operations that Python code answered.
    inputs, outputs : int
        Elements of the arguments to differentiate by, and of the result.
    """

    scalars: int
    arrays: int
    values: int
    elements: int
    loops: int
    shorts: int
    picked: int
    products: int
    crossed: int
    calls: int
    inputs: int
    outputs: int


# fmt: off
CONSTANTS = {
    "forward": {
        "passes": 10.3, "scalars": 0.035, "arrays": 0.534, "calls": 9.06, "values": 0.0137,
        "k scalars": 0.000343, "small": 0.000147, "large": 0.000372, "loops": 0.0138, "picked": 0.000175,
        "products": 7.75e-05, "found": 0.00049,
    },
    "reverse": {
        "passes": 20.1, "scalars": 0.153, "arrays": 0.796, "calls": 15.1, "values": 0.0106,
        "shorts": 12.8, "small": 0.000741, "loops": 0.0308, "picked": 0.00154, "products": 0.000149,
    },
    "rows": {
        "passes": 59.7, "calls": 19.2, "values": 0.0874, "shorts": 95.8, "k scalars": 0.0138,
        "small": 0.00026, "large": 0.00046, "loops": 0.012, "k shorts": 6.41, "products": 8.43e-05,
    },
    "columns": {
        "passes": 39.9, "calls": 7.71, "values": 0.0191, "shorts": 3.65, "k scalars": 0.0113,
        "small": 0.00029, "large": 0.000523, "loops": 0.0119, "k shorts": 11.8, "products": 4.76e-05,
        "k calls": 0.211, "found": 0.000117,
    },
    "pattern": {
        "passes": 168, "scalars": 3.57, "calls": 97.6, "shorts": 110, "small": 0.0186,
    },
    "pairs": {
        "passes": 2.58, "scalars": 0.0612, "arrays": 0.161, "calls": 14, "values": 0.0703,
        "k scalars": 0.000393, "small": 0.000267, "large": 0.000295, "loops": 0.0108, "k shorts": 0.0291,
        "products": 0.000572, "k calls": 0.195,
    },
    "nested": {
        "passes": 8.8, "scalars": 0.4, "arrays": 1.53, "calls": 22.3, "values": 0.0512,
        "shorts": 11.9, "k scalars": 0.00207, "small": 0.000845, "large": 0.000545, "loops": 0.0272,
        "k shorts": 0.0137, "products": 0.000163, "k calls": 1.69,
    },
}
# fmt: on
"""Microseconds: for each way what `FEATURES` are multiplied with, 0 left out.  Written by benchmarks/fit_costs.py."""


FEATURES = (
    "passes", "scalars", "arrays", "calls", "values", "shorts", "k scalars", "k arrays", "small", "large", "loops",
    "k shorts", "picked", "products", "crossed", "k crossed",
    "k calls", "found", "much found",
)  # fmt: skip
"""What a cost is linear in, by name: see `features`."""

BACKWARDS = {"reverse", "rows", "nested"}
"""Ways whose products are as long as the arguments."""


def features(way: Any, work: Any, k: Any, passes: Any = 1) -> Any:
    """What a cost is linear in: for each pass, and for each of k directions."""
    small = work.elements if k / passes * work.elements < FITS * max(work.arrays, 1) else 0
    large = work.elements - small
    found = k * (work.inputs if way in BACKWARDS else work.outputs)
    fits = found < FITS
    return (
        passes, passes * work.scalars, passes * work.arrays, passes * work.calls, passes * work.values,
        passes * work.shorts, k * work.scalars, k * work.arrays, k * small, k * large, k * work.loops,
        k * work.shorts, k * work.picked, k * work.products, passes * work.crossed, k * work.crossed,
        k * work.calls, found if fits else 0, 0 if fits else found,
    )  # fmt: skip


def predicted(way: Any, work: Any, k: Any, passes: Any = 1) -> Any:
    """Microseconds that a way takes with k directions (rows, pairs) in so many passes."""
    constants = CONSTANTS[way]
    return sum(constants.get(name, 0.0) * x for name, x in zip(FEATURES, features(way, work, k, passes), strict=True))


def counted(f: Any, args: Any, argnums: Any, kwargs: Any) -> Any:
    """(work, whether all results are real) of f(*args, **kwargs), by one run with one direction."""
    chosen, around = Arguments(args, argnums), work_done()
    tag, duals, inputs = new_tag(), [], 0
    for number, x in zip(chosen.argnums, chosen.chosen(), strict=True):
        _, structure, leaves = promote_all(x, f"argument {number}", True)
        inputs += sum(int(np.size(leaf)) for leaf in leaves)
        ones = [np.ones((1, *np.shape(leaf)), getattr(leaf, "dtype", float)) for leaf in leaves]
        duals.append(unflatten(structure, [seed(leaf, t, tag) for leaf, t in zip(leaves, ones, strict=True)]))
    before = work_done()
    with np.errstate(all="ignore"), same_randomness(f):     # the derivative itself warns, and draws the same numbers
        result = call_within(f, tuple(chosen.replaced(duals)), kwargs, tag)
    found = since(before, inputs, result)
    take_back(around)       # a run around this one counts the same whether this choice is remembered or not
    return found


def since(before: Any, inputs: Any, result: Any) -> Any:
    """(work, whether all results are real) of what was done since the counts were `before`, and its result."""
    done = (b - a for a, b in zip(before, work_done(), strict=True))
    results = flatten(result)[0]        # whatever f returned: what is wrong with it is said later
    real = not any(isinstance(y, complex) or getattr(getattr(y, "dtype", None), "kind", "") == "c" for y in results)
    return Work._make((*done, inputs, sum(math.prod(getattr(y, "shape", ())) for y in results))), real


class Choice:
    """Which way a derivative is taken, and why: what `explain` returns.

    Attributes
    ----------
    mode : str
        The way.
    reason : str
        Why, in words.
    work : Work or None
        What one run of the function with one direction does.
    costs : dict
        Microseconds that each way was predicted to take; only their ratios mean anything on another machine.
    """

    __slots__ = ("again", "costs", "mode", "reason", "work")

    mode: str
    reason: str
    work: Work | None
    costs: dict[str, float]
    again: int
    """The call, counted from this choice on, at which another way is looked into; 0 for never."""

    def __init__(self, mode: Any, reason: Any, work: Any = None, costs: Any = None) -> None:
        self.mode, self.reason, self.work, self.costs = mode, reason, work, costs or {}
        self.again = 0

    def __repr__(self) -> Any:
        lines = [f"{self.mode}: {self.reason}"]
        if self.costs:
            best = min(self.costs.values())
            ways = sorted(self.costs.items(), key=lambda item: item[1])
            lines.append("predicted: " + ", ".join(f"{name} {duration(t)} ({t / best:.3g}x)" for name, t in ways))
        if self.work is not None:
            w = self.work
            lines.append(
                f"counted: {w.inputs} inputs, {w.outputs} outputs, {w.scalars} operations on numbers, "
                f"{w.arrays} on arrays with {w.elements} elements, {w.picked} picked by index, "
                f"{w.products} multiplications in products, {w.calls} calls in Python"
            )
        if self.again:
            lines.append(
                f"looked into again: in call {self.again + 1} of this function, by when it has cost as much as finding "
                "out whether colours are cheaper"
            )
        return "\n".join(lines)


def duration(t: Any) -> Any:
    """Microseconds as text."""
    return f"{t:.3g} us" if t < 1e3 else f"{t / 1e3:.3g} ms" if t < 1e6 else f"{t / 1e6:.3g} s"


CLEARLY = 0.8
"""A way that keeps a recording must be predicted to cost so much less than forward mode, as predictions err."""

RECORDS = {"reverse", "linearized"}
"""Ways that keep a recording."""


def cheapest(costs: Any, work: Any) -> Any:
    """The choice of the way that is predicted to cost least."""
    way = min(costs, key=costs.__getitem__)
    if way in RECORDS and costs[way] > CLEARLY * costs.get("forward", np.inf):
        return Choice("forward", f"{way} is predicted to cost hardly less, and keeps a recording", work, costs)
    return Choice(way, "it is predicted to cost least", work, costs)


def size_of(args: Any, argnums: Any) -> Any:
    """How many inputs there are to differentiate by, and whether they are duals of a call around this one."""
    if type(argnums) is int and 0 <= argnums < len(args):
        x = args[argnums]
        if type(x) is np.ndarray:
            return x.size, False
    leaves = flatten(list(Arguments(args, argnums).chosen()))[0]
    return sum(int(np.size(x)) for x in leaves), any(map(is_dual, leaves))


# ---- what is remembered ------------------------------------------------------------------------------


def look(x: Any, depth: Any = 2) -> Any:
    """What of a value the cost of a function may depend on: shapes, types, integers, code; hashable."""
    if x is None or isinstance(x, (bool, int, str, type)):
        return x
    if isinstance(x, (float, complex)):
        return type(x)
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return type(x), x.shape, str(x.dtype)
    if depth and isinstance(x, (list, tuple)):
        return type(x), len(x), tuple(look(e, depth - 1) for e in x[:16])
    if depth and isinstance(x, dict):
        return dict, tuple((str(k), look(e, depth - 1)) for k, e in list(x.items())[:16])
    if callable(x) and depth:
        return code_of(x, depth - 1)
    return type(x)


def code_of(f: Any, depth: Any = 2) -> Any:
    """What tells a function from others when it is made again: its code and what it closes over; None if unknown."""
    if isinstance(f, functools.partial):
        if isinstance(f, Derived):
            return "derived", f.transform.__name__, str(f.options), str(f.places), code_of(f.__wrapped__, depth)
        below = code_of(f.func, depth)
        return None if below is None else ("partial", below, look(f.args), look(f.keywords))
    if isinstance(f, types.MethodType):
        below = code_of(f.__func__, depth)
        return None if below is None else (below, look(getattr(f.__self__, "__dict__", None), depth))
    code = getattr(f, "__code__", None)
    if code is None:
        called = vars(type(f)).get("__call__")
        if not isinstance(called, types.FunctionType):
            return None     # a builtin, a ufunc
        return called.__code__, look(getattr(f, "__dict__", None), depth)
    cells = []
    for cell in (f.__closure__ or ()) if depth else ():
        try:
            cells.append(look(cell.cell_contents, depth - 1))
        except ValueError:      # not filled yet
            cells.append(None)
    return code, tuple(cells), look(f.__defaults__, 1), look(f.__kwdefaults__, 1)


class Remembered(dict[Any, Any]):
    """A dict that forgets what was not used for the longest time."""

    def __init__(self, most: Any) -> None:
        super().__init__()
        self.most = most

    def find(self, key: Any) -> Any:
        """What stands there, now the last to be forgotten; None."""
        try:
            found = self.pop(key)
        except KeyError:
            return None
        self[key] = found
        return found

    def put(self, key: Any, x: Any) -> Any:
        """Remembers x."""
        self[key] = x
        while len(self) > self.most:
            try:
                del self[next(iter(self))]
            except (KeyError, RuntimeError, StopIteration):     # another thread did
                break


EVERYWHERE = Remembered(512)
"""Choices of all functions: functions that are made again (a lambda in a loop) do not count again."""


class Memory:
    """The choices for one function.

    f, what: the function, and what is wanted of it and how (hashable).
    """

    def __init__(self, f: Any, what: Any) -> None:
        self.f, self.what = f, what
        self.own: dict[Any, Choice] = {}

    def find(self, args: Any, kwargs: Any, make: Any) -> Any:
        """The choice for these arguments; make() where none is remembered."""
        key = key_of(args, kwargs)
        choice = self.own.get(key)
        if choice is None:
            code = code_of(self.f)
            whole = None if code is None else (code, self.what, key)
            choice = None if whole is None else EVERYWHERE.find(whole)
            if choice is None:
                choice = make()
            self.keep(key, whole, choice)
        return choice

    def replace(self, args: Any, kwargs: Any, choice: Any) -> Any:
        """Remembers another choice for these arguments."""
        key, code = key_of(args, kwargs), code_of(self.f)
        self.keep(key, None if code is None else (code, self.what, key), choice)

    def keep(self, key: Any, whole: Any, choice: Any) -> Any:
        """Remembers a choice, here and for functions with the same code."""
        if len(self.own) >= 64:
            self.own.clear()
        self.own[key] = choice
        if whole is not None:
            EVERYWHERE.put(whole, choice)


def key_of(args: Any, kwargs: Any) -> Any:
    """What of the arguments a choice depends on: shapes and types, and integers and the like as they are."""
    if len(args) == 1 and not kwargs and type(args[0]) is np.ndarray:
        return args[0].shape, args[0].dtype.char
    return tuple(map(look, flatten(list(args))[0])), tuple((name, look(x)) for name, x in sorted(kwargs.items()))
