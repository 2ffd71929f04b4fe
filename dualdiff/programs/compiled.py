"""`dd.compile`: a function that is recorded at its first call and run as a program from then on."""

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core._program import vectorcalled
from ..errors import ArgumentError, InputError
from ..transforms.pytrees import flatten
from .arguments import described, own_copy, spread_out
from .derived import CLOSE, ROUGH, close, rounding, shaken
from .explain import Explanation
from .graph import Graph
from .paths import OWN, Entry, Paths, always, caller, stale
from .plan import GuardFailed
from .recording import Path, record, same_leaf
from .tracer import NotCompilable, NotHere

__all__ = ["CompiledFunction", "ValuePaths", "always_check", "compile"]

class always_check:
    """Turns on or off, for the whole process, that each call of a compiled function is compared with the function.

    Parameters
    ----------
    enabled : bool
        Whether it is from now on.

    Notes
    -----
    For tests.  As a context manager it puts back what was set before.
    """

    def __init__(self, enabled: bool = True) -> None:
        self.before = always[0]
        always[0] = enabled

    def __enter__(self) -> "always_check":
        return self

    def __exit__(self, *error: object) -> None:
        always[0] = self.before


def same_result(
    a: Any, b: Any, exact: bool, products: bool = False, derives: bool = False, rough: bool = False
) -> bool:
    """Whether a program's result is the function's: to the bit, or nearly so where it need not be.

    products: there is what `rounds_by_place`.  Such results, and those that need not be exact, are compared relative
    to the largest element, too: an element may be a difference of large numbers.
    derives: there are derivatives of inner functions, which are summed in another order than without a program; results
    are compared as derivatives are; rough: something on the way to them is in single precision.
    """
    xs, ys = flatten(a)[0], flatten(b)[0]
    if len(xs) != len(ys) or type(a) is not type(b):
        return False
    if all(map(same_leaf, xs, ys)):
        return True
    if derives:
        return all(near(x, y, rough) for x, y in zip(xs, ys, strict=True))
    if exact and not products:
        return False
    for x, y in zip(xs, ys, strict=True):
        if same_leaf(x, y):
            continue
        if type(x) is not type(y) or np.shape(x) != np.shape(y):
            return False
        bound = 1e-11 if products else 1e-13
        if products and np.asarray(y).dtype.char in "fF":
            bound = 1e-5
        sizes = np.abs(x)[np.isfinite(x)]
        scale = float(np.max(sizes)) if np.size(sizes) else 0.0
        if not np.allclose(x, y, rtol=bound, atol=bound * scale, equal_nan=True):
            return False
    return True


def rounds_by_place(g: Graph) -> bool:
    """Whether the last bits of results depend on where their operands lie.

    BLAS and LAPACK may give others for other addresses of the same numbers, so even two calls of the function itself
    may differ.  NumPy has two loops of complex products and absolute values; which one runs depends on strides and
    overlap.
    """
    if any(op in g.op for op in ("matmul", "linalg", "call")):
        return True
    if all(d.kind != "c" for d in set(g.dtype)):    # looked at each dtype once, not at each node
        return False
    return any(
        op == "apply" and g.attr[i] in ("multiply", "square", "absolute") and g.dtype[g.args[i][0]].kind == "c"
        for i, op in enumerate(g.op)
    )


def near(x: Any, y: Any, rough: bool = False) -> bool:
    """Whether a result that depends on derivatives is near enough to the one that is computed without a program."""
    a, b = np.asarray(x), np.asarray(y)
    if type(x) is not type(y) or a.shape != b.shape:
        return False
    if a.dtype != b.dtype or a.dtype.kind not in "fc":
        return same_leaf(x, y)
    return bool(np.all(close(a, b, ROUGH if rough or b.dtype.char in "fF" else CLOSE)))


class ValuePaths(Paths):
    """The programs of a function's values.

    products, derives, rough: whether a path has them (`same_result`).
    vectors: the function compiled as one of a vector, by what the vector stands for (solve/vectors.py).
    """

    def __init__(self, f: Callable[..., Any], name: str, exact: bool, check: Any, fixed: Any) -> None:
        super().__init__(f, name, exact, fixed, check)
        self.products = self.derives = self.rough = False
        self.vectors: dict[Any, Any] = {}

    def learn(self, leaves: Any, kinds: Any, structure: Any, args: Any, kwargs: Any) -> tuple[Entry | None, Any]:
        """Runs f, records it twice, runs the program, and compares."""
        copies = list(map(own_copy, leaves))
        self.due()      # which is compared in any case
        result = self.f(*args, **kwargs)
        try:
            entry = self.prepare(copies, kinds, structure, bool(kwargs))
            found = entry.unwatched(copies)
            if isinstance(found, GuardFailed):
                # an operation that f itself must do: its errors and warnings; a derivative that is not finite
                if found.index < 0 or found.index >= entry.path.first:
                    return None, result
                where = entry.path.graph.guards[found.index].where
                raise NotCompilable(f"{where}: the program does not go the way that f went")
            self.products = self.products or rounds_by_place(entry.path.graph)
            self.derives = self.derives or entry.path.derives
            self.rough = self.rough or any(d.char in "fF" for d in set(entry.path.graph.dtype))
            if not self.agrees(result, entry.finish(found), args, kwargs):
                raise NotCompilable(f"the program gave {entry.finish(found)!r}, f {result!r}")
        except NotCompilable as error:
            raise NotCompilable(error.args[0], result) from None
        return entry, result

    def prepare(self, leaves: Any, kinds: Any, structure: Any, named: bool) -> Entry:
        """The entry of a recording."""
        try:
            path = record(self.f, leaves, kinds, structure, named)
        except NotCompilable:
            raise
        except Exception as error:
            raise NotCompilable(f"f raises on recorded arrays: {type(error).__name__}: {error}") from error
        path.arguments = structure, named
        return Entry(path, self.exact)

    def path_for(self, args: Any, kwargs: Any) -> Path:
        """The path that a call takes, recorded if there is none yet."""
        leaves, structure = spread_out(args, kwargs)
        key, kinds = described(leaves, structure, self.fixed(args, kwargs) if self.fixed is not None else ())
        with self.lock:
            for entry in self.entries(key):
                found = self.run(entry, leaves, args, kwargs)
                if found is OWN or not isinstance(found, type(OWN)):
                    return entry.path
            if key in self.eager:
                raise NotCompilable(self.eager[key])
            copies = list(map(own_copy, leaves))
            from .arguments import together

            args, kwargs = together(structure, copies, bool(kwargs))
            self.more(key, list(map(own_copy, leaves)), kinds, structure, args, kwargs)
            if key not in self.table:
                raise NotCompilable(self.eager[key]) if key in self.eager else NotHere
            return self.table[key][0].path

    def compare(self, args: Any, kwargs: Any, result: Any) -> None:
        """Raises where f itself gives something else."""
        plain = self.f(*args, **kwargs)
        if not self.agrees(plain, result, args, kwargs):
            raise stale(self.name, plain, result)

    def agrees(self, plain: Any, result: Any, args: Any, kwargs: Any) -> bool:
        """Whether a program's result is the function's."""
        if same_result(plain, result, self.exact, self.products, self.derives, self.rough):
            return True
        xs, ys = flatten(plain)[0], flatten(result)[0]
        if not self.derives or len(xs) != len(ys) or type(plain) is not type(result):
            return False
        beside: Any = None
        for k, (x, y) in enumerate(zip(xs, ys, strict=True)):
            if near(x, y, self.rough):
                continue
            a, b = np.asarray(x), np.asarray(y)
            if type(x) is not type(y) or a.shape != b.shape or a.dtype != b.dtype or a.dtype.kind not in "fc":
                return False
            if beside is None:      # roundings may be all that is left
                beside = flatten(self.f(*shaken(args), **shaken(kwargs)))[0]
            if not np.max(np.abs(a - b)) <= rounding(a, beside[k]):
                return False
        return True


def tables(f: "CompiledFunction", of: str = "") -> list[tuple[str, Any]]:
    """All programs of a compiled function, with what they compute."""
    base = f.__dualdiff_program__
    found = [(f"values{of}", base), *((f"{kind}{of}", paths) for kind, paths in base.alongs.items())]
    for one in base.vectors.values():       # solvers of structures and of implicit equations make them
        found += tables(one, ", as a function of one vector")
    return found


def fixed_of(f: Callable[..., Any], static: Any) -> Callable[..., Any] | None:
    """(args, kwargs) -> the places of the leaves of static arguments."""
    if not static:
        return None
    names = (static,) if isinstance(static, str) else tuple(static)
    if not all(isinstance(name, str) for name in names):
        raise ArgumentError(f"static takes names of arguments, got {static!r}")
    import inspect

    try:
        parameters = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        parameters = []
    for name in names:
        if parameters and name not in parameters:
            raise ArgumentError(f"the function has no argument named {name!r}: it has {', '.join(parameters)}")
    return fixed_places(parameters, names)


def fixed_places(parameters: list[str], names: tuple[str, ...]) -> Callable[..., Any] | None:
    """`fixed_of` of the names of all arguments and of those that are static."""
    if not names:
        return None

    def places(args: Any, kwargs: Any) -> set[int]:
        found, start = set(), 0
        for k, x in enumerate(args):
            n = len(flatten(x)[0])
            if k < len(parameters) and parameters[k] in names:
                found |= set(range(start, start + n))
            start += n
        for name, x in sorted(kwargs.items()):
            n = len(flatten(x)[0])
            if name in names:
                found |= set(range(start, start + n))
            start += n
        return found

    return places


@vectorcalled
class CompiledFunction(functools.partial[Any]):
    """What `compile` returns: called like the function it was made of, with the same results.

    Attributes
    ----------
    __wrapped__ : callable
        The function itself.
    options : dict
        How it was compiled.
    """

    __wrapped__: Callable[..., Any]
    options: dict[str, Any]

    # a slot, as functools.wraps copies what is in __dict__ to other functions
    __slots__ = ("__dualdiff_program__",)
    __dualdiff_program__: ValuePaths

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def explain(self) -> Explanation:
        """What has been recorded so far: paths, guards, calls of Python's functions; and why f runs as it is, if so.

        Returns
        -------
        Explanation
            Prints as text; ``graphviz(path)`` gives the operations of a path as a graph.
        """
        return Explanation(self.__dualdiff_program__.name, tables(self))

    def save(self, path: Any) -> None:
        """Writes the programs of all kinds of arguments that there were calls with to a file, for `load`.

        Parameters
        ----------
        path : str or path-like

        Raises
        ------
        InputError
            If there is no program yet, or one calls a function of Python's, or holds other arguments than numbers,
            arrays, truths, text, None, and lists, tuples and dicts of them.

        Notes
        -----
        Arrays that f finds outside are saved as they are now.
        """
        from .loaded import save

        save(self.__dualdiff_program__, path, self.__wrapped__, self.options)

    def __repr__(self) -> str:
        return f"<compiled {self.__dualdiff_program__.name}>"

    def __reduce__(self) -> Any:
        return remade, (self.__wrapped__, self.options)

    def __copy__(self) -> Any:
        return remade(self.__wrapped__, self.options)

    def __deepcopy__(self, memo: Any) -> Any:
        return remade(self.__wrapped__, self.options)


def remade(f: Callable[..., Any], options: dict[str, Any]) -> Any:
    """The compiled function anew, for pickle."""
    content = getattr(f, "content", None)
    if type(content) is bytes:      # it came from a file
        from .loaded import from_content

        return from_content(content)
    return compile(f, **options)


def compile(f: Callable[..., Any] | None = None, *, static: Any = (), check: str = "auto", exact: bool = True) -> Any:
    """A function that is recorded once and run as a program from then on, with the same bits.

    Parameters
    ----------
    f : callable
        NumPy code, as it is.  Without it, ``compile`` with options is a decorator.
    static : str or tuple of str
        Names of arguments whose values select a program (they must be hashable).  Integers, truths, strings and None
        do so anyway.
    check : {"auto", "always", "never"}
        When a program is compared with f itself, bit by bit: at the 2nd, 10th, 100th ... call, at each, or never.
        Calls of a derivative are counted for themselves, and compared with the derivative that is taken without a
        program, up to rounding; the value there is compared, too.
    exact : bool
        Whether results must have NumPy's bits; else vectorised functions may differ by 2 units in the last place.

    Returns
    -------
    CompiledFunction
        Called like f.  `grad`, `jacobian`, `hessian`, `jvp`, ... of it run programs too.

    Raises
    ------
    StaleProgramError
        At a call that is compared, where f gives something else: it depends on more than its arguments.

    Notes
    -----
    f must depend on its arguments and on arrays that it finds outside, which are read in each run.  The first call for
    a kind of arguments (shapes, dtypes, structures) runs f itself and records it twice; what cannot be recorded runs as
    it is, with a `CompileNotice`.  See the page *Compiled functions*.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> @dd.compile
    ... def rosenbrock(x):
    ...     return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> rosenbrock(x), dd.grad(rosenbrock)(x)
    (np.float64(201.0), array([-400., 1002., -200.]))
    """
    options = {"static": static, "check": check, "exact": exact}
    if f is None:
        return functools.partial(compile, **options)
    if not callable(f):
        raise InputError(f"compile takes a function, got a {type(f).__name__}; write compile(f)(x), not compile(f(x))")
    if check not in ("auto", "always", "never"):
        raise ArgumentError(f'check must be "auto", "always" or "never", got {check!r}')
    if isinstance(f, CompiledFunction):
        f = f.__wrapped__
    name = getattr(f, "__name__", None) or repr(f)
    return made_of(f, name, options, fixed_of(f, static))


def made_of(
    f: Callable[..., Any], name: str, options: dict[str, Any], fixed: Any, updated: Any = functools.WRAPPER_UPDATES
) -> CompiledFunction:
    """The compiled function of f; fixed: `fixed_of` its static arguments."""
    paths = ValuePaths(f, name, options["exact"], options["check"], fixed)
    found = CompiledFunction(caller(paths))
    functools.update_wrapper(found, f, updated=updated)
    found.__wrapped__ = f
    found.options = options
    found.__dualdiff_program__ = paths
    return found

