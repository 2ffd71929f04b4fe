"""Functions that dualdiff cannot see into, with derivatives that the user gives: custom_jvp, custom_vjp, stop_gradient.

A `CustomFunction` is called like the function.  With duals among its arguments it takes them apart
at their outermost tag, calls the user's rule on what is left (which may be duals of older calls, so
a rule in NumPy code is differentiated again), and puts value and tangent together.

Invariant: the function itself never receives a dual of the call that is being answered; the function, its rule and its
linear map each get arrays of their own in each call, which they may write to.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import DualArray, call_within, forget_lost, lost_mark, make, make_array, new_tag, note_stopped
from ..errors import InputError, LostDerivativeError, ShapeError, UnsupportedError
from ..functions.base import as_operand, value_of
from ..maps.base import LinearMap, dtype_of, fit
from ..maps.sparsity import INT, everything, matrix_product
from ..maps.tangents import Node, find_tag, is_dual, peel, push
from .arguments import Fingerprint, changed, check_alive, check_name, check_room, signature_of
from .pytrees import flatten, map_leaves, match, unflatten
from .recorder import HERE, UNDER_WAY

__all__ = ["CustomFunction", "CustomPullback", "custom_jvp", "custom_vjp", "stop_gradient"]


def custom_jvp(f: Any = None, *, nondiff: Any = (), batched: bool = False) -> Any:
    """Gives a function a derivative of one's own: for a compiled routine, a solver, or a better formula.

    f is called with plain numbers only.  Its derivative is said afterwards, in one of two ways:
    ``@f.defjvp`` by a rule for Jacobian-vector products, or ``@f.deflinear`` by the linear map itself
    (a matrix, a linear operator, or products with it and its transpose).

    Parameters
    ----------
    f : callable
        Takes and returns numbers, arrays, or structures of them.
    nondiff : name, int, or tuple of them
        Arguments that are not differentiated (a mode, a mesh, an integer); a dual there is an error.
    batched : bool
        The rule of `defjvp` takes all k directions at once: tangents (k, *shape) in, (k, *shape) out.
        Otherwise it is called once for each direction.

    Returns
    -------
    CustomFunction
        Called like f; or, without f, a decorator.

    Raises
    ------
    InputError
        If f is not callable, or nondiff names an argument that f does not have.
    UnsupportedError
        When differentiated: no derivative was given; or a transpose is needed (vjp, reverse mode) and
        the rule is neither NumPy code nor came with one.
    LostDerivativeError
        When differentiated by an argument in nondiff.

    See Also
    --------
    dualdiff.testing.check_jvp, dualdiff.testing.check_vjp : to test a rule.

    Notes
    -----
    In vjp and linearize, a rule of `defjvp` that is NumPy code is recorded once, on tangents that are duals,
    and transposed, as it is linear in the tangents.  Higher derivatives differentiate the rule, in which f is
    called by its decorated name.

    Examples
    --------
    >>> import math, dualdiff as dd
    >>> @dd.custom_jvp
    ... def erf(x):
    ...     return math.erf(x)      # takes floats only
    >>> @erf.defjvp
    ... def _(primals, tangents):
    ...     (x,), (t,) = primals, tangents
    ...     return erf(x), 2 / math.sqrt(math.pi) * np.exp(-x * x) * t
    >>> import numpy as np
    >>> dd.derivative(erf)(0.0)
    1.1283791670955126
    """
    if f is None:
        return functools.partial(custom_jvp, nondiff=nondiff, batched=batched)
    return CustomFunction(f, nondiff, batched)


class CustomFunction:
    """A function with a derivative given by the user; made by `custom_jvp`.

    Attributes
    ----------
    __wrapped__ : callable
        The function itself.
    """

    def __init__(self, f: Callable[..., Any], nondiff: Any = (), batched: bool = False) -> None:
        if not callable(f):
            raise InputError(f"custom_jvp takes a function, got {f!r} of type {type(f).__name__}")
        self.batched = bool(batched)
        self.rule = None
        self.linear: Any = None
        self.signature: Any = None
        self.keywords: Any = None       # the names of keyword arguments that the rule takes; True: any
        functools.update_wrapper(self, f)
        self.__wrapped__ = f
        self.name = getattr(f, "__name__", repr(f))
        self.nondiff = frozenset(self.place(x) for x in (nondiff if isinstance(nondiff, (tuple, list)) else (nondiff,)))

    def place(self, x: Any) -> Any:
        """A nondiff entry as the place of an argument, or the name of a keyword-only one."""
        if isinstance(x, str):
            parameters = signature_of(self.__wrapped__).parameters
            return x if check_name(x, parameters) else list(parameters).index(x)
        if isinstance(x, bool) or not isinstance(x, (int, np.integer)) or x < 0:
            raise InputError(f"nondiff takes names or places of arguments, got {x!r}")
        return int(x)

    def __repr__(self) -> str:
        return f"<custom_jvp {self.name}>"

    def ways(self) -> str:
        """How a derivative is given, for an error."""
        return f"@{self.name}.defjvp or {self.name}.deflinear"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    # ---- saying the derivative ----

    def defjvp(self, rule: Any) -> Any:
        """Sets the rule for Jacobian-vector products.

        Parameters
        ----------
        rule : callable
            (primals, tangents) -> (value, tangent).  Primals are all arguments of f, defaults too;
            tangents one for each: an array of the argument's shape (zeros if it is constant; k of them
            stacked with ``batched=True``), None for what is no number and for nondiff arguments.  All
            arrays are copies, which the rule may write to.  Keyword-only arguments of f come as keyword
            arguments: ``rule(primals, tangents, *, n)``.
            The value is f(*primals), or None to have f called for it; the tangent has the shape (and
            structure) of the value, and is linear in the tangents.

        Returns
        -------
        callable
            The rule.

        Raises
        ------
        InputError
            If rule is not callable.
        """
        if not callable(rule):
            raise InputError(f"defjvp takes a function (primals, tangents) -> (value, tangent), got {rule!r}")
        self.rule, self.linear, self.keywords = rule, None, keywords_of(rule)
        return rule

    def deflinear(self, derivative: Any) -> Any:
        """Sets the derivative as a linear map.

        Parameters
        ----------
        derivative : callable
            derivative(*args), with f's arguments, returns (value, J); the value may be None to have f
            called for it.  J is the derivative by the arguments that are differentiated: a number or a matrix
            (m, n) (dense or sparse, m and n the elements of the result and of the argument) or an array
            of shape result.shape + argument.shape; an object with matvec and rmatvec
            (scipy.sparse.linalg.LinearOperator); or a pair (matvec, rmatvec) of functions of arrays
            in the argument's and in the result's shape, the second None if it is not known.  A complex
            matrix is transposed with its conjugate, as rmatvec of SciPy's operators is.  Where f has
            several arguments that are not nondiff, a list with one of these, or None for zero, for each.

        Returns
        -------
        callable
            derivative.

        Raises
        ------
        InputError
            If derivative is not callable.

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> A = np.array([[2.0, 1.0], [0.0, 1.0]])
        >>> @dd.custom_jvp
        ... def blackbox(x):
        ...     return np.array([2 * float(x[0]) + float(x[1]), float(x[1])])
        >>> @blackbox.deflinear
        ... def _(x):
        ...     return None, A
        >>> dd.jacobian(blackbox)(np.ones(2))
        array([[2., 1.],
               [0., 1.]])
        """
        if not callable(derivative):
            raise InputError(f"deflinear takes a function (*args) -> (value, linear map), got {derivative!r}")
        self.rule, self.linear = None, derivative
        return derivative

    # ---- calling it ----

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function; with duals, value and derivative."""
        if UNDER_WAY and HERE.recorder is not None:
            return HERE.recorder.call(self, args, kwargs)
        leaves, structure = flatten((args, kwargs))
        leaves = [as_operand(x) if not is_dual(x) and type(x) is not float else x for x in leaves]
        tag = find_tag(*leaves)
        if tag < 0:
            if any(map(is_dual, leaves)):     # buffers that have met no dual
                args, kwargs = unflatten(structure, [value_of(x) for x in leaves])
            return self.__wrapped__(*args, **kwargs)
        args, kwargs = unflatten(structure, leaves)
        note_stopped()
        return Call(self, tag, *self.complete(args, kwargs)).result()

    def complete(self, args: Any, kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """(positional arguments with the defaults, keyword-only ones)."""
        if self.signature is None:
            try:
                self.signature = signature_of(self.__wrapped__)
            except InputError:
                self.signature = False
        if not self.signature:
            return args, kwargs
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args, bound.kwargs

    def for_rule(self, kwargs: dict[str, Any]) -> Any:
        """The keyword arguments that the rule gets; an error where it does not take one that matters."""
        if self.keywords is True:
            return kwargs
        parameters = self.signature.parameters if self.signature else {}
        for name, x in kwargs.items():
            if name not in self.keywords:
                default = getattr(parameters.get(name), "default", UNKNOWN)
                if default is not x and not (type(default) is type(x) and np.array_equal(default, x)):
                    raise InputError(
                        f"{self.name} is called with {name}={x!r}, but its rule does not take {name}; "
                        f"write it as rule(primals, tangents, *, {name})"
                    )
        return {name: x for name, x in kwargs.items() if name in self.keywords}


def custom_vjp(f: Any = None, *, nondiff: Any = ()) -> Any:
    """Gives a function a rule for the transposed product w'J, as `custom_jvp` does for J v.

    It is for a routine that comes with an adjoint: a compiled solver, a simulation, a loss with a gradient.  The
    rule is given afterwards, by ``f.defvjp(forward, backward)``, as in JAX.

    Parameters
    ----------
    f : callable
        Takes and returns numbers, arrays, or structures of them; it is called with plain numbers only.
    nondiff : name, int, or tuple of them
        Arguments that are not differentiated (a mode, a mesh, an integer); a dual there is an error.

    Returns
    -------
    CustomPullback
        Called like f; or, without f, a decorator.

    Raises
    ------
    InputError
        If f is not callable, or nondiff names an argument that f does not have; when differentiated, if the rule
        returns something else than cotangents of the arguments.
    UnsupportedError
        When differentiated: no rule was given; or a derivative of second order is taken and the rule is not NumPy code.
    LostDerivativeError
        When differentiated by an argument in nondiff.

    See Also
    --------
    custom_jvp : a rule for J v, which dualdiff transposes by itself; or the linear map.
    dualdiff.testing.check_vjp : to test a rule.

    Notes
    -----
    Forward mode works too: J v is put together from one backward call for each element of the result.  Of a function
    that returns one number that is one call; of one that returns many, give `custom_jvp` instead, or as well.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> @dd.custom_vjp
    ... def energy(x):
    ...     return float(np.sum(np.asarray(x, float) ** 2))       # takes plain numbers only
    >>> def forward(x):
    ...     return energy(x), x                # the value, and what the way back needs
    >>> def backward(x, w):
    ...     return (2 * x * w,)                # one cotangent for each argument
    >>> energy.defvjp(forward, backward)
    >>> dd.grad(energy)(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    if f is None:
        return functools.partial(custom_vjp, nondiff=nondiff)
    return CustomPullback(f, nondiff)


class CustomPullback(CustomFunction):
    """A function with a transposed derivative given by the user; made by `custom_vjp`.

    Attributes
    ----------
    __wrapped__ : callable
        The function itself.
    """

    def __init__(self, f: Callable[..., Any], nondiff: Any = ()) -> None:
        super().__init__(f, nondiff)
        self.forward: Any = None
        self.backward: Any = None

    def __repr__(self) -> str:
        return f"<custom_vjp {self.name}>"

    def ways(self) -> str:
        """How a derivative is given, for an error."""
        return f"{self.name}.defvjp(forward, backward)"

    def defjvp(self, rule: Any) -> Any:
        """Not here: a function has one rule."""
        raise InputError(f"{self.name} is a custom_vjp, whose rule is set by defvjp; write @custom_jvp for defjvp")

    def defvjp(self, forward: bool, backward: Any) -> None:
        """Sets the rule for transposed products.

        Parameters
        ----------
        forward : callable
            (*args) -> (value, kept), with f's arguments: the value, or None to have f called for it, and anything
            that the way back needs.
        backward : callable
            (kept, w) -> cotangents: w in the shape and structure of the value; a tuple with one cotangent for each
            argument that is not in nondiff, in its structure, or None for zero.  For one argument that is an array or
            a number the cotangent alone will do.  It is linear in w; of complex numbers it is J^H w.

        Raises
        ------
        InputError
            If one of them is not callable.
        """
        for what, x in (("forward", forward), ("backward", backward)):
            if not callable(x):
                raise InputError(f"defvjp takes two functions, forward and backward, got {x!r} as {what}")
        self.forward, self.backward, self.linear = forward, backward, self.by_pullback

    def by_pullback(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """What deflinear is asked for: the value, and a pair (J v, J'w) for each differentiated leaf."""
        found = self.forward(*args, **kwargs)
        if not (isinstance(found, tuple) and len(found) == 2):
            raise InputError(f"forward of {self.name} must return (value, kept), it returned a {type(found).__name__}")
        value, kept = found
        value = self(*args, **kwargs) if value is None else value
        free = [x for i, x in enumerate(args) if i not in self.nondiff]
        pullback = Pullback(self, kept, value, free)
        pairs = [(pullback.product(i), pullback.transposed(i)) for i in pullback.live]
        return value, pairs[0] if len(pairs) == 1 else pairs


class Pullback:
    """The user's way back in one call, on flat cotangents."""

    def __init__(self, function: Any, kept: Any, value: Any, free: Any) -> None:
        self.function, self.kept, self.free = function, kept, free
        outs, self.structure = flatten(value)
        self.outs = [float_value(y, function.name) if not is_dual(y) else y for y in outs]
        self.leaves = flatten(list(free))[0]
        self.live = [i for i, x in enumerate(self.leaves) if differentiable(x)]
        self.last: Any = None
        self.rows: Any = None

    def pull(self, w: Any) -> Any:
        """The cotangents of all leaves; the last ones are kept, as each leaf asks for its own."""
        if self.last is not None and not is_dual(w) and np.array_equal(self.last[0], w):
            return self.last[1]
        flat, parts, start = np.reshape(w, -1), [], 0
        for y in self.outs:
            stop = start + np.size(y)
            part = np.reshape(flat[start:stop], np.shape(y))
            parts.append(own(part) if np.ndim(y) else part[()])
            start = stop
        found = self.backward(unflatten(self.structure, parts))
        self.last = None if is_dual(w) else (np.array(w), found)
        return found

    def backward(self, w: Any) -> Any:
        """backward's answer as leaves, checked."""
        name, free = self.function.name, self.free
        found = self.function.backward(self.kept, w)
        alone = len(free) == 1 and flatten(free[0])[1] is None
        if alone and not isinstance(found, tuple):
            found = (found,)
        if not isinstance(found, tuple) or len(found) != len(free):
            given = f"{len(found)} of them" if isinstance(found, tuple) else f"a {type(found).__name__}"
            raise InputError(
                f"backward of {name} must return a tuple of {len(free)} cotangent(s), one for each argument that is "
                f"not in nondiff; it returned {given}"
            )
        leaves: list[Any] = []
        for x, g in zip(free, found, strict=True):
            mine, structure = flatten(x)
            what = f"a cotangent that backward of {name} gave"
            theirs = [None] * len(mine) if g is None else match(structure, g, what)
            for a, b in zip(mine, theirs, strict=True):
                if b is not None and differentiable(a) and np.shape(as_operand(b)) != np.shape(a):
                    raise ShapeError(
                        f"backward of {name} returned a cotangent of shape {np.shape(b)} for an argument of shape "
                        f"{np.shape(a)}"
                    )
                leaves.append(np.zeros(np.shape(a)) if b is None else as_operand(b))
        return leaves

    def transposed(self, i: int) -> Any:
        """J'w of one leaf."""
        return lambda w: self.pull(w)[i]

    def product(self, i: int) -> Any:
        """J v of one leaf, by the rows of J."""

        def matvec(v: Any) -> Any:
            if self.rows is None:
                self.rows = self.jacobian()
            whole = self.whole()
            return np.reshape(self.rows[i] @ np.reshape(v, -1), np.shape(whole))

        return matvec

    def whole(self) -> Any:
        """The result as one array, as its linear map sees it."""
        return self.outs[0] if len(self.outs) == 1 else np.concatenate([np.reshape(y, -1) for y in self.outs])

    def jacobian(self) -> dict[Any, Any]:
        """leaf -> its Jacobian (m, n), by a way back for each element of the result."""
        whole = self.whole()
        m = int(np.size(whole))
        check_room(m, sum(int(np.size(self.leaves[i])) for i in self.live), f"the Jacobian of {self.function.name}",
                   "differentiate it in reverse mode, or give it a rule for J v with custom_jvp")  # fmt: skip
        several = dtype_of(whole).kind == "c"
        rows: dict[Any, Any] = {i: [] for i in self.live}
        for j in range(m):
            unit = np.zeros(np.shape(whole), complex if several else float)
            unit.reshape(-1)[j] = 1
            ways = [self.pull(unit)]
            if several:
                ways.append(self.pull(1j * unit))
            for i in self.live:
                g = [np.reshape(way[i], -1) for way in ways]
                if dtype_of(self.leaves[i]).kind == "c":
                    rows[i].append(np.conj(g[0]))
                else:
                    rows[i].append(np.real(g[0]) + 1j * np.real(g[1]) if several else np.real(g[0]))
        self.last = None
        return {i: np.stack(found) for i, found in rows.items()}


class Call:
    """One call with duals of `tag` as the outermost."""

    def __init__(self, function: Any, tag: Any, args: Any, kwargs: dict[str, Any]) -> None:
        self.function, self.tag, self.kwargs = function, tag, kwargs
        for name, x in kwargs.items():
            if any(is_dual(leaf) and leaf.tag >= 0 for leaf in flatten(x)[0]):
                raise LostDerivativeError(
                    f"{function.name} is differentiated by its keyword argument {name!r}, which a rule does not see; "
                    "give it a positional parameter"
                )
        self.kwargs = {name: map_leaves(value_of, x) for name, x in kwargs.items()}
        self.pairs, self.structures = [], []
        for i, x in enumerate(args):
            leaves, structure = flatten(x)
            pairs = [peel(leaf, tag) for leaf in leaves]
            held = i in function.nondiff
            if held and any(is_dual(leaf) and leaf.tag >= 0 for leaf in leaves):
                raise LostDerivativeError(
                    f"argument {i} of {function.name} was declared nondiff, but a derivative is taken by it; "
                    "leave it out of nondiff=, or pass dualdiff.stop_gradient of it"
                )
            self.pairs += [(own(value), t, differentiable(value) and not held) for value, t in pairs]
            self.structures.append(structure)
        self.live = [pair for pair in self.pairs if pair[2]]

    def result(self) -> Any:
        """The function's result with its derivative."""
        function = self.function
        if function.linear is not None:
            return self.by_map()
        if function.rule is None:
            raise UnsupportedError(f"{function.name} has no derivative yet; give it one with {function.ways()}")
        if any(type(t) is Node for _, t, _ in self.pairs):
            return self.recorded()
        stacks = [t for _, t, _ in self.pairs if t is not None]
        k = stacks[0].shape[0]
        every = [self.zeros(value, k) if live and t is None else t for value, t, live in self.pairs]
        value, tangent = self.along(every, k)
        return self.assemble(value, tangent)

    @staticmethod
    def zeros(value: Any, k: int) -> Any:
        """K zero tangents of an argument."""
        return np.zeros((k, *np.shape(value)), np.result_type(dtype_of(value), np.float32))

    def primals(self) -> Any:
        """The arguments, in arrays that whoever gets them may write to."""
        values = iter([own(value) for value, _, _ in self.pairs])
        return tuple(unflatten(s, [next(values) for _ in range(count(s))]) for s in self.structures)

    def keywords(self) -> dict[Any, Any]:
        """The keyword arguments, likewise."""
        return {name: map_leaves(own, x) for name, x in self.kwargs.items()}

    def call_plain(self) -> Any:
        """f's own value (a dual where older calls are differentiated too)."""
        return self.closed(self.function(*self.primals(), **self.keywords()))

    def closed(self, found: Any, inner: Any = -1) -> Any:
        """What f or its rule returned, checked to have no derivative of this call that came in past the arguments."""
        for leaf in flatten(found)[0]:
            x = as_operand(leaf)
            while is_dual(x):
                if x.tag >= self.tag and x.tag != inner:
                    raise LostDerivativeError(
                        f"{self.function.name}, or its derivative, uses a value that is being differentiated and is "
                        "not among its arguments (a variable around it, a global, an attribute): that part of the "
                        "derivative would be lost; give it a parameter for it, or pass dualdiff.stop_gradient of it"
                    )
                x = x.value
            check_alive(as_operand(leaf))
        return found

    def ask(self, tangents: Any, inner: Any = -1) -> Any:
        """(value, tangent) of the rule, for tangents of the leaves; inner: the tag that these may have."""
        rest = iter([own(t) for t in tangents])
        parts = []
        for structure in self.structures:
            n = count(structure)
            below = [next(rest) for _ in range(n)]
            parts.append(None if all(t is None for t in below) else unflatten(structure, below))
        found = self.function.rule(self.primals(), tuple(parts), **self.function.for_rule(self.keywords()))
        if not (isinstance(found, tuple) and len(found) == 2):
            raise InputError(
                f"the rule of {self.function.name} must return (value, tangent), it returned a {type(found).__name__}"
            )
        return self.closed(found, inner)

    def along(self, stacks: Any, k: int) -> tuple[Any, Any]:
        """(value, tangent leaves (k, *shape)) of the rule along stacks of tangents."""
        if self.function.batched:
            value, tangent = self.ask(stacks)
            value = self.call_plain() if value is None else value
            return value, self.checked(value, tangent, k)
        value, rows = None, []
        for j in range(k):
            given, tangent = self.ask([None if t is None else t[j] for t in stacks])
            if not j:
                value = self.call_plain() if given is None else given
            rows.append(self.checked(value, tangent, None))
        return value, [np.stack(leaf) for leaf in zip(*rows, strict=True)]

    def checked(self, value: Any, tangent: Any, k: int | None) -> Any:
        """The leaves of a rule's tangent, compared with the value's shapes."""
        outs, structure = flatten(value)
        found = []
        for y, t in zip(outs, match(structure, tangent, f"the tangent of {self.function.name}"), strict=True):
            shape = np.shape(y) if k is None else (k, *np.shape(y))
            t = as_operand(t) if t is not None else np.zeros(shape)
            if np.shape(t) != shape:
                raise ShapeError(
                    f"the rule of {self.function.name} returned a tangent of shape {np.shape(t)} for a value of shape "
                    f"{np.shape(y)}; expected {shape}"
                )
            found.append(t if is_dual(t) else np.array(t))      # a copy: the rule may use its array again
        return found

    def assemble(self, value: Any, tangents: Any) -> Any:
        """The result from its value and the stacks (or nodes) of its leaves."""
        outs, structure = flatten(value)
        duals = []
        for y, t in zip(outs, tangents, strict=True):
            y = y if is_dual(y) else float_value(y, self.function.name)
            wanted = dtype_of(y)
            if type(t) is np.ndarray and t.dtype != wanted:
                t = t.astype(wanted)
            duals.append(make(y, t, self.tag))
        return unflatten(structure, duals)

    # ---- recordings ----

    def recorded(self) -> Any:
        """The rule recorded on tangents that are duals; where it does not take them, kept as it is."""
        every: list[Any] = []
        tag, batched = new_tag(), self.function.batched
        for v, t, live in self.pairs:
            if not live:
                every.append(None)
                continue
            # about ones, not zeros: a rule may leave out what belongs to a zero tangent
            about: Any = np.ones((1, *np.shape(v)), np.result_type(dtype_of(v), np.float32))
            about = 0 * about if t is None else np.reshape(make_array(about[0], t, tag), about.shape)
            every.append(about if batched else about[0])
        mark = lost_mark()
        try:
            value, tangent = call_within(self.ask, (every, tag), {}, tag)
            value = self.call_plain() if value is None else value
            found = self.checked(value, tangent, 1 if batched else None)
        except Exception as error:
            if isinstance(error, (ShapeError, InputError)):
                raise
            forget_lost(mark)
            return self.kept(error)
        nodes = []
        for y, t in zip(flatten(value)[0], found, strict=True):
            t = t[0] if batched else t
            constant = not is_dual(t) or t.tag != tag
            nodes.append(Node(None, (), np.shape(y), dtype_of(y)) if constant else t.tangents)
        return self.assemble(value, nodes)

    def kept(self, error: Any) -> Any:
        """The rule as one linear map, called in each product; it has no transpose."""
        live = [(v, t) for v, t, ok in self.pairs if ok]
        # a rule that gives another answer along the same direction, then and in a product, is no derivative
        rng = np.random.default_rng(len(live))
        probe = []
        for v, t in live:
            along = rng.uniform(0.5, 1.5, (1, *np.shape(v))) * (t is not None)
            probe.append(np.asarray(along, np.result_type(dtype_of(v), np.float32)))
        value, known = self.of_live(probe)
        values = flatten(value)[0]
        nodes = []
        for i, y in enumerate(values):
            seen = probe, Fingerprint(known[i]), [Fingerprint(v) for v in values]
            map = RuleMap(self, i, error, seen, [v for v, _ in live], float_value(y, self.function.name))
            nodes.append(push(map, [t for _, t in live]))
        return self.assemble(value, nodes)

    def of_live(self, ts: Any) -> Any:
        """(value, tangents) of the rule along stacks for the differentiable leaves, None for zero."""
        k = next(t.shape[0] for t in ts if t is not None)
        rest = iter(ts)
        every = [next(rest) if live else None for _, _, live in self.pairs]
        return self.along([
            self.zeros(v, k) if live and t is None else t for t, (v, _, live) in zip(every, self.pairs, strict=True)
        ], k)  # fmt: skip

    # ---- a linear map given as such ----

    def by_map(self) -> Any:
        """The result by the user's linear map."""
        name = self.function.name
        try:
            found = self.function.linear(*self.primals(), **self.keywords())
        except LostDerivativeError as error:
            raise higher_order(name) from error
        if not (isinstance(found, tuple) and len(found) == 2):
            raise InputError(f"deflinear of {name} must return (value, linear map), it returned {type(found).__name__}")
        value, J = found
        value = self.call_plain() if value is None else self.closed(value)
        outs, structure = flatten(value)
        outs = [y if is_dual(y) else float_value(y, name) for y in outs]
        several = len(self.live) != 1
        Js = list(J) if several else [J]
        if several and (not isinstance(J, (list, tuple)) or len(Js) != len(self.live)):
            raise InputError(
                f"{name} has {len(self.live)} differentiated arguments; deflinear returns a list of as many linear "
                "maps (None: zero); declare arguments that are not differentiated with nondiff="
            )
        Js = [self.closed(as_operand(j) if isinstance(j, list) else j) for j in Js]
        if any(type(t) is Node for _, t, _ in self.live):       # the recording outlives this call
            Js = [own(j) for j in Js]
        one = len(outs) == 1
        whole = outs[0] if one else np.concatenate([np.reshape(y, -1) for y in outs])
        maps = [None if j is None else products(j, v, whole, name) for j, (v, _, _) in zip(Js, self.live, strict=True)]
        if any(is_dual(v) for v, _, _ in self.pairs) and any(callable(getattr(j, "matvec", None)) for j in Js):
            raise UnsupportedError(
                f"a derivative of higher order goes through {name}, whose derivative is given as an operator; "
                "give it as an array or as functions written in NumPy, or by defjvp"
            )
        held = (*Js, *self.primals())
        map = GivenMap(maps, [rows_of(j) for j in Js], held, name, [v for v, _, _ in self.live], whole)
        dual = make(whole, self.closed(push(map, [t for _, t, _ in self.live])), self.tag)
        if one:
            return unflatten(structure, [dual])
        parts, start = [], 0
        for y in outs:
            stop = start + np.size(y)
            parts.append(np.reshape(dual[start:stop], np.shape(y)) if np.ndim(y) else dual[start])
            start = stop
        return unflatten(structure, parts)


def higher_order(name: str) -> Any:
    """The error of a linear map that is itself to be differentiated."""
    return UnsupportedError(
        f"a derivative of higher order goes through {name}, whose linear map does not take duals; write it in NumPy "
        "functions, with custom_jvp functions inside, or give the derivative by defjvp"
    )


def count(structure: Any) -> Any:
    """Leaves of a structure."""
    return 1 if structure is None else sum(map(count, structure[2]))


def own(value: Any) -> Any:
    """An argument or a matrix that is nobody else's."""
    if isinstance(value, (np.ndarray, DualArray)) or hasattr(value, "toarray") and hasattr(value, "copy"):
        return value.copy()
    return value


def keywords_of(rule: Any) -> Any:
    """The keyword arguments that a rule takes by name; True where it takes any."""
    try:
        parameters = list(signature_of(rule).parameters.values())
    except InputError:
        return frozenset()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return True
    return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)


UNKNOWN: Any = object()


def differentiable(value: Any) -> bool:
    """Whether an argument is numbers that can have a tangent."""
    if is_dual(value) or isinstance(value, (int, float, np.number, np.bool_)):
        return True
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufc"


def float_value(y: Any, name: str) -> Any:
    """A leaf of the function's result, as something that can have a tangent."""
    if not differentiable(y):
        raise InputError(f"{name} returned {y!r} of type {type(y).__name__}; expected arrays and numbers")
    if isinstance(y, (bool, int)):
        return float(y)
    return y.astype(np.float64) if dtype_of(y).kind in "biu" else y


class RuleMap(LinearMap):
    """One leaf of a rule's tangent as a map of the tangents; it knows the way forward only.

    Each product takes one direction more, along which the tangent is known.
    """

    __slots__ = ("call", "error", "held", "place", "seen")

    def __init__(self, call: Any, place: Any, error: Any, seen: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.call, self.place, self.error, self.seen = call, place, error, seen
        self.held = tuple(value for value, _, _ in call.pairs)

    def apply(self, ts: Any) -> Any:
        probe, known, values = self.seen
        k = next(t.shape[0] for t in ts if t is not None)
        given = [
            np.concatenate([np.zeros((k, *p.shape[1:]), p.dtype) if t is None else t, p])
            for t, p in zip(ts, probe, strict=True)
        ]
        value, found = self.call.of_live(given)
        found = found[self.place]
        now = [Fingerprint(v) for v in flatten(value)[0]]
        if now != values or Fingerprint(found[-1:]) != known:
            raise changed(f"the rule of {self.call.function.name}")
        return found[:-1]

    def transpose(self, w: Any, i: int) -> Any:
        name, error = self.call.function.name, self.error
        recursive = isinstance(error, RecursionError)
        why = f"it calls {name} on tangents" if recursive else f"{type(error).__name__}: {error}"
        raise UnsupportedError(
            f"the transpose of the derivative of {name} is needed (vjp, grad or jacobian in reverse mode), but its "
            f"rule cannot be recorded ({why}); write the rule in NumPy functions, "
            f'or give {name}.deflinear with a transposed product; forward mode (jvp, mode="forward") works as it is'
        ) from self.error


# ---- linear maps as users have them ---------------------------------------------------------------


def products(J: Any, v: Any, y: Any, name: str) -> Any:
    """(apply, transpose) of stacks, for one linear map of an argument v and a result y."""
    if isinstance(J, tuple) and len(J) == 2 and callable(J[0]):
        matvec, rmatvec = J
        if rmatvec is not None and not callable(rmatvec):
            raise InputError(f"deflinear of {name} returned (matvec, {rmatvec!r}); expected two functions")
        return by_rows(matvec, np.shape(y)), None if rmatvec is None else by_rows(rmatvec, np.shape(v))
    m, n = int(np.prod(np.shape(y))), int(np.prod(np.shape(v)))
    if callable(getattr(J, "matvec", None)):
        check_shape(J.shape, m, n, name)

        def flat(product: Any, shape: tuple[int, ...]) -> Any:
            return by_rows(lambda t: np.reshape(product(np.reshape(t, -1)), shape), shape)

        return flat(J.matvec, np.shape(y)), flat(J.rmatvec, np.shape(v))
    if not is_dual(J) and not isinstance(J, (float, int, np.ndarray, np.generic, list)):
        if not (hasattr(J, "toarray") and hasattr(J, "shape")):
            raise InputError(
                f"deflinear of {name} returned a {type(J).__name__} as linear map; expected an array, a sparse matrix, "
                "an object with matvec and rmatvec, or a pair of functions"
            )
        check_shape(J.shape, m, n, name)
        return matrix(J, J.T.conj() if J.dtype.kind == "c" else J.T, np.shape(v), np.shape(y))
    J = as_operand(J)
    if np.shape(J) not in ((m, n), (*np.shape(y), *np.shape(v))):
        check_shape(np.shape(J), m, n, name)
    J = np.reshape(J, (m, n))
    transposed = np.transpose(J)
    return matrix(J, np.conj(transposed) if dtype_of(J).kind == "c" else transposed, np.shape(v), np.shape(y))


def rows_of(J: Any) -> Any:
    """A sparse matrix in compressed rows, for its pattern; None for what has none."""
    return J.tocsr() if hasattr(J, "tocsr") else None


def check_shape(shape: tuple[int, ...], m: int, n: int, name: str) -> None:
    """Raises where a matrix does not fit."""
    if tuple(shape) != (m, n):
        raise ShapeError(f"deflinear of {name} returned a linear map of shape {tuple(shape)}; expected {(m, n)}")


def by_rows(product: Any, shape: tuple[int, ...]) -> Any:
    """A product with one array, for stacks."""

    def stacked(t: Any) -> Any:
        rows = [product(t[j]) for j in range(t.shape[0])]
        for row in rows:
            if np.shape(row) != shape:
                raise ShapeError(f"a product of deflinear has shape {np.shape(row)}, expected {shape}")
        return np.stack(rows)

    return stacked


def matrix(J: Any, transposed: Any, in_shape: tuple[int, ...], out_shape: tuple[int, ...]) -> tuple[Any, Any]:
    """(apply, transpose) of a matrix, on all directions at once."""

    def product(A: Any, shape: tuple[int, ...]) -> Any:
        def of_stack(t: Any) -> Any:
            k = t.shape[0]
            return np.reshape(np.transpose(A @ np.transpose(np.reshape(t, (k, -1)))), (k, *shape))

        return of_stack

    return product(J, out_shape), product(transposed, in_shape)


class GivenMap(LinearMap):
    """A sum of linear maps given as (apply, transpose), one for each argument (None: zero)."""

    __slots__ = ("held", "maps", "name", "sparse")

    def __init__(self, maps: Any, sparse: Any, held: Any, name: str, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.maps, self.sparse = maps, sparse           # the sparse matrices among them
        self.held, self.name = held, name               # held: what the maps may stand on

    def apply(self, ts: Any) -> Any:
        total = None
        for map, t in zip(self.maps, ts, strict=True):
            if map is not None and t is not None:
                term = self.product(map[0], t)
                total = term if total is None else total + term
        if total is None:
            k = next(t.shape[0] for t in ts if t is not None)
            return np.zeros((k, *self.out_shape), self.out_dtype)
        return total if total.dtype == self.out_dtype else total.astype(self.out_dtype)

    def product(self, function: Any, t: Any) -> Any:
        """One of the user's functions on a stack."""
        try:
            return function(t)
        except LostDerivativeError as error:
            raise higher_order(self.name) from error

    def transpose(self, w: Any, i: int) -> Any:
        if self.maps[i] is None:
            return np.zeros((w.shape[0], *self.in_shapes[i]), self.in_dtypes[i])
        if self.maps[i][1] is None:
            raise UnsupportedError(
                f"the transpose of the derivative of {self.name} is needed (vjp, grad or jacobian in reverse mode), "
                'but its deflinear gives matvec only; give (matvec, rmatvec), or use forward mode (jvp, mode="forward")'
            )
        return fit(self.product(self.maps[i][1], w), self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        total = np.zeros(self.out_shape, INT)
        for map, A, t in zip(self.maps, self.sparse, ids, strict=True):
            if map is not None and t is not None:
                if A is None:
                    found = everything(sets, (t,), self.out_shape)
                else:
                    flat = np.ascontiguousarray(t).reshape(-1)
                    found = matrix_product(sets, flat, A.indptr, A.indices).reshape(self.out_shape)
                total = sets.join(total, found)
        return total


# ---- no derivative at all --------------------------------------------------------------------------


def stop_gradient(x: Any) -> Any:
    """The value of x, as a constant: its derivative is zero.

    Parameters
    ----------
    x : array, number, or a structure of them
        What else is in it comes back as it is.

    Returns
    -------
    The same as x, with plain NumPy arrays and numbers in place of duals, at every level of nested
    derivatives.  Arrays are copies, inside of a derivative and outside: later writes into x do not show.

    Raises
    ------
    Nothing.

    Examples
    --------
    >>> import dualdiff as dd
    >>> dd.derivative(lambda x: x * dd.stop_gradient(x))(3.0)
    3.0
    """
    if UNDER_WAY and HERE.recorder is not None:
        return HERE.recorder.call(stop_gradient, (x,), {})
    note_stopped()
    return map_leaves(stopped, x)


def stopped(leaf: Any) -> Any:
    """One leaf without derivatives."""
    found = value_of(leaf)
    return found.copy() if isinstance(found, np.ndarray) else found
