"""The solution of an initial value problem as a differentiable function of everything that it depends on.

Along numbers as tangents the solution S of the sensitivity equations S' = J S + df is computed with y, by the same
method and with its error control.  Backwards the adjoint equations l' = -J' l are solved along the solution, whose
course is computed again between checkpoints.  Both are initial value problems of the same kind: a `Flow` whose
right-hand side belongs to an older derivative call is differentiated in turn, and so is any order.

Invariant: the plain solution is SciPy's.

References
----------
Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, 2nd ed., 1993, section I.14 (sensitivities);
Cao, Li, Petzold & Serban, Adjoint sensitivity analysis, SIAM J. Sci. Comput. 24 (2003) 1076.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.integrate as _scipy

from ...core import make
from ...errors import UnsupportedError
from ...functions.base import value_of
from ...maps.base import LinearMap, fit
from ...maps.tangents import Node, find_tag, is_dual
from ...programs.bound import Swapped, paths_of
from ..closed import Combination, Opened, Watched, frozen, split, tags_of, vector
from ..exact import Jacobian, dense_of
from .systems import with_cheaper_systems

__all__ = ["Flow", "Solver"]

IMPLICIT = {"Radau": _scipy.Radau, "BDF": _scipy.BDF, "LSODA": _scipy.LSODA}
MESH = 256
"""Steps from which the course of a solution is kept as checkpoints only."""
FEW = 64
"""Numbers that a solution may depend on where a recording holds its sensitivities; beyond, the adjoint is solved."""
NOTHING = 1e300
"""An absolute tolerance that no error reaches."""


def is_implicit(method: Any) -> Any:
    """Whether a method of solve_ivp uses df/dy."""
    return (
        method in IMPLICIT
        if isinstance(method, str)
        else isinstance(method, type) and issubclass(method, tuple(IMPLICIT.values()))
    )


def exact_jacobian(f: Any, method: Any, pattern: Any = None, args: Any = ()) -> Callable[..., Any]:
    """The jac of solve_ivp: df/dy of f(t, y, *args), whose results may be duals of calls around the solve."""
    lsoda = method in ("LSODA", _scipy.LSODA)
    compiled = paths_of(f) is not None
    exact = Jacobian(
        Swapped(f) if compiled else lambda y, t, *args: f(t, y, *args), None, pattern, sparse=not lsoda
    )

    def jac(t: Any, y: Any, *args: Any) -> Any:
        J = exact(y, float(t) if compiled else t, *args)
        return value_of(dense_of(J) if lsoda else J)

    return jac


class Solver:
    """SciPy's method with its tolerances, for systems that the given one is a part of.

    Parameters
    ----------
    method : str or OdeSolver
    size : int
        Of the given system.
    options : dict
        rtol, atol, max_step, first_step, min_step of solve_ivp.
    control : {"all", "value"}
        What the steps are chosen by.
    """

    def __init__(self, method: Any, size: Any, options: Any, control: str = "all") -> None:
        self.method, self.size, self.control = method, size, control
        self.rtol, self.atol = options.get("rtol", 1e-3), options.get("atol", 1e-6)
        self.more = {
            key: options[key] for key in ("max_step", "min_step", "first_step") if options.get(key) is not None
        }

    def tolerances(self, n: Any, extended: Any) -> tuple[Any, Any]:
        """rtol and atol for n unknowns; extended: the first ones are the given system's."""
        if n == self.size:
            return self.rtol, self.atol
        if not extended:
            return self.rtol, float(np.min(self.atol))
        atol = np.broadcast_to(np.asarray(self.atol, float), (self.size,))
        if self.control == "all":
            return self.rtol, np.tile(atol, n // self.size)
        # the error norm is a root mean square over all unknowns
        share = np.sqrt(self.size / n)
        return self.rtol * share, np.concatenate([atol * share, np.full(n - self.size, NOTHING)])

    def __call__(self, f: Any, t0: Any, tf: Any, y0: Any, extended: bool = True) -> Any:
        """The course of a plain system from t0 to tf."""
        rtol, atol = self.tolerances(len(y0), extended)
        more, method = dict(self.more), self.method
        if not extended:
            more.pop("first_step", None)
        if is_implicit(self.method) and y0.dtype.kind != "c":
            more["jac"], method = exact_jacobian(f.fun, method), with_cheaper_systems(method, self.control == "value")
        found = _scipy.solve_ivp(f, (t0, tf), y0, method=method, dense_output=True, rtol=rtol, atol=atol, **more)
        return Course(found, tf)


class Course:
    """A solution as a function of time: nan where the method did not get to."""

    def __init__(self, found: Any, tf: Any) -> None:
        self.sol, self.mesh, self.values = found.sol, found.t, found.y
        self.reached = None if found.success else found.t[-1]
        self.forward = tf >= found.t[0]

    def __call__(self, ts: Any) -> Any:
        y = self.sol(ts)
        if self.reached is not None:
            y[:, ts > self.reached if self.forward else ts < self.reached] = np.nan
        return y

    def point(self, t: Any) -> Any:
        """At one time."""
        return self(np.array([t]))[:, 0] if self.reached is not None else self.sol(t)


class Checkpoints:
    """A solution as a function of time that is computed again, piece by piece, from points of its course."""

    def __init__(self, course: Any, run: Any, f: Any) -> None:
        every = int(np.sqrt(len(course.mesh)))
        keep = np.append(np.arange(0, len(course.mesh) - 1, every), len(course.mesh) - 1)
        self.times, self.values = course.mesh[keep].copy(), course.values[:, keep].copy()
        self.mesh, self.run, self.f = self.times, run, f
        self.sign = 1.0 if course.forward else -1.0
        self.held: tuple[Any, ...] = (-1, None)

    def __call__(self, ts: Any) -> Any:
        places = np.clip(
            np.searchsorted(self.sign * self.times, self.sign * ts, side="right") - 1, 0, len(self.times) - 2
        )
        out = np.empty((len(self.values), len(ts)), self.values.dtype)
        for place in np.unique(places):
            at = places == place
            out[:, at] = self.piece(int(place))(ts[at])
        return out

    def point(self, t: Any) -> Any:
        """At one time."""
        return self(np.array([t]))[:, 0]

    def piece(self, place: Any) -> Any:
        """The course between two checkpoints."""
        held = self.held
        if held[0] != place:
            held = (place, self.run(self.f, self.times[place], self.times[place + 1], self.values[:, place], False))
            self.held = held
        return held[1]


class Flow:
    """y(t) with y(t0) = y0 and y' = f(t, y).

    Parameters
    ----------
    f : callable
        f(t, y) -> y', vectors (see `closed.vector`); it may return duals.
    t0, tf, y0
        They may be duals; tf bounds the times that are asked for.
    run : Solver
    extended : bool
        Whether y begins with the unknowns of the given system.
    tags : set, optional
        The tags of f's results, if a solve has shown them.
    """

    def __init__(self, f: Any, t0: Any, tf: Any, y0: Any, run: Any, extended: bool = True, tags: Any = None) -> None:
        self.f, self.t0, self.tf, self.run, self.extended = f, t0, value_of(tf), run, extended
        self.y0 = vector(y0)
        self.tags, self.made = tags, None
        self.under: Any = None
        self.opened: Any = None
        if tags is None:
            self.course()
        self.tags = self.tags | tags_of(self.y0, t0)
        self.tag = max(self.tags, default=-1)

    def course(self) -> Any:
        """The plain solution."""
        if self.made is None:
            watched = Watched(self.f)
            self.made = self.run(watched, float(value_of(self.t0)), float(self.tf), value_of(self.y0), self.extended)
            self.tags = watched.tags if self.tags is None else self.tags | watched.tags
        return self.made

    # ---- the solution at times ----

    def at(self, ts: Any) -> Any:
        """y at a vector of times, (n, m)."""
        tag = max(self.tag, find_tag(ts))
        if tag < 0:
            return self.course()(np.asarray(ts, float))
        value_ts, t = split(ts, tag)
        y = self.fixed(value_ts) if tag == self.tag else self.at(value_ts)
        if t is None:
            return y
        return y + self.rates(value_ts, tag) * (ts - value_ts)

    def point(self, t: Any) -> Any:
        """y at one time that is a plain number, (n,)."""
        return self.at(np.array([t]))[:, 0] if self.tag >= 0 else self.course().point(t)

    def rates(self, ts: Any, tag: int) -> Any:
        """f along the solution at times, without what belongs to a tag."""
        y = split(self.at(ts), tag)[0]
        columns = [split(self.f(ts[i], y[:, i]), tag)[0] for i in range(len(ts))]
        return np.stack(columns, axis=1)

    def fixed(self, ts: Any) -> Any:
        """y at times that are constants of the outermost call."""
        kind = self.space()
        if kind is None:
            return self.inner().at(ts)
        if kind is Node:
            return self.recorded(ts)
        k, n = kind, len(self.y0)
        found = self.sensitive(k).at(ts)
        return make(found[:n], np.reshape(found[n:], (k, n, len(ts))), self.tag)

    def start(self) -> Any:
        """y0 as a function of y0 and t0."""
        value, t = split(self.t0, self.tag)
        if t is None:
            return self.y0
        rate = split(self.f(value, split(self.y0, self.tag)[0]), self.tag)[0]
        return self.y0 - rate * (self.t0 - value)

    def space(self) -> Any:
        """Node, or the number of directions; None where nothing has a tangent after all."""
        t = split(self.start(), self.tag)[1]
        if t is None:
            t0, y0 = split(self.t0, self.tag)[0], split(self.y0, self.tag)[0]
            t = split(self.f(t0, y0), self.tag)[1]
            if t is None:  # what f closes over does not matter at t0
                times = np.linspace(float(value_of(t0)), float(self.tf), 17)
                for s in times[1:]:
                    t = split(self.f(s, self.course()(np.array([s]))[:, 0]), self.tag)[1]
                    if t is not None:
                        break
        return None if t is None else Node if type(t) is Node else t.shape[0]

    def is_recorded(self) -> Any:
        """Whether a value of the solution hangs on a recording."""
        if self.tag < 0:
            return False
        kind = self.space()
        return kind is Node or (self.inner() if kind is None else self.sensitive(kind)).is_recorded()

    def inner(self) -> Any:
        """The same without the outermost call."""
        if self.under is None:
            tag, f = self.tag, self.f
            self.under = Flow(
                lambda t, y: split(f(t, y), tag)[0], split(self.t0, tag)[0], self.tf,
                split(self.y0, tag)[0], self.run, self.extended, self.tags - {tag},
            )  # fmt: skip
            self.under.made = self.made
        return self.under

    def sensitive(self, k: Any) -> Any:
        """The flow of y and its tangents along k directions."""
        if self.opened is None:
            n, dtype = len(self.y0), value_of(self.y0).dtype
            opened = Opened(self.f, self.tag)
            y, S = split(self.start(), self.tag)
            size, N = k * n, n + k * n
            S = np.zeros((k, n), dtype) if S is None else S
            zero = np.zeros(k * n, dtype)

            def rhs(t: Any, Y: Any) -> Any:
                value, s = opened.along(t, Y[:n], tangents=Y[n:].reshape((k, n)))
                if type(value) is np.ndarray and type(s) is np.ndarray:
                    out = np.empty(N, s.dtype)
                    out[:n] = value
                    out[n:] = s.reshape(size)
                    return out
                return np.concatenate([value, zero if s is None else np.reshape(s, (-1,))])

            self.opened = Flow(
                rhs,
                split(self.t0, self.tag)[0],
                self.tf,
                np.concatenate([y, np.reshape(S, (-1,))]),
                self.run,
                self.extended,
            )
        return self.opened

    # ---- in a recording ----

    def recorded(self, ts: Any) -> Any:
        """y at times, as a node on y0 and on what f closes over."""
        if value_of(self.y0).dtype.kind == "c":
            raise UnsupportedError(
                "solve_ivp of complex unknowns in reverse mode: take their real and imaginary parts as unknowns, or "
                "differentiate with mode='forward' (jvp)"
            )
        if self.opened is None:
            self.f = frozen(self.f)
            self.opened = Adjoint(self)
        y = self.inner().at(ts)
        start = split(self.start(), self.tag)[1]
        parents = (start, *self.opened.parents)
        like = [self.y0 if start is None else start, *self.opened.parents]
        few = sum(int(np.prod(x.shape)) for x in like[start is None :])
        if few <= FEW:
            parents, like = parents[start is None :], like[start is None :]
            map: LinearMap = Combination(self.opened.matrices(ts, start is not None), like, y)
        else:
            map = FlowMap(self.opened, ts, like, y)
        return make(y, Node(map, parents, np.shape(y), y.dtype), self.tag)


class Adjoint:
    """A flow in the call of its tag: tangents along it and cotangents back along it."""

    def __init__(self, flow: Any) -> None:
        self.flow, self.tag, self.run = flow, flow.tag, flow.run
        self.path = flow.inner()
        if not self.path.tags:
            course = self.path.course()
            if len(course.mesh) > MESH:
                self.path.made = Checkpoints(course, self.run, Watched(self.path.f))
            mesh = course.mesh
        else:
            mesh = self.path.course().mesh
        f = flow.f
        self.opened = Opened(f, self.tag)
        for t in mesh[np.unique(np.linspace(0, len(mesh) - 1, 33).astype(int))]:
            self.opened.record(t, self.path.at(np.array([t]))[:, 0])
        self.opened.closed = True
        self.parents = tuple(self.opened.frontier.values())
        self.held: Any = None
        self.t0 = split(flow.t0, self.tag)[0]
        self.y0 = split(flow.y0, self.tag)[0]
        self.rate = value_of(f(value_of(self.t0), value_of(self.y0)))

    def check(self) -> None:
        """An error where f has changed since."""
        rate = value_of(self.flow.f(value_of(self.t0), value_of(self.y0)))
        if not np.array_equal(np.asarray(rate), np.asarray(self.rate), equal_nan=True):
            raise UnsupportedError(
                "the right-hand side of solve_ivp gives other numbers than when it was solved: an array that it closes "
                "over was written to; pass a copy of it"
            )

    def forward(self, ts: Any, tangents: Any) -> Any:
        """Tangents (k, n, m) from those of y0 and of the parents."""
        k, n, m = next(t for t in tangents if t is not None).shape[0], len(self.y0), len(ts)
        return np.reshape(self.forward_flow(tangents).at(ts)[n:], (k, n, m))

    def forward_flow(self, tangents: Any) -> Any:
        """The flow of y and of tangents along those of y0 and of the parents."""
        start, *rest = tangents
        k, n = next(t for t in tangents if t is not None).shape[0], len(self.y0)
        S = np.zeros((k, n)) if start is None else start
        given = {id(p): t for p, t in zip(self.parents, rest, strict=True) if t is not None}
        zero = np.zeros((k, n))

        def rhs(t: Any, Y: Any) -> Any:
            value, walk, leaf = self.opened.record(t, Y[:n])
            s = self.opened.push(walk, {**given, id(leaf): np.reshape(Y[n:], (k, n))})
            return np.concatenate([value, np.reshape(zero if s is None else s, (-1,))])

        start = np.concatenate([self.y0, np.reshape(S, (-1,))])
        return Flow(rhs, self.t0, self.flow.tf, start, self.run, self.flow.extended)

    def matrices(self, ts: Any, start: Any) -> list[Any]:
        """The derivatives by y0 (if start) and by each parent, of shape (n, m) + the argument's, from one solve."""
        shapes = [np.shape(self.y0)] * start + [p.shape for p in self.parents]
        ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
        unit = np.eye(int(ends[-1]))
        stacks = [
            np.reshape(unit[:, a:b], (-1, *shape)) for a, b, shape in zip(ends[:-1], ends[1:], shapes, strict=True)
        ]
        if self.held is None:
            self.held = self.forward_flow(stacks if start else [None, *stacks])
        n, m = len(self.y0), len(ts)
        found = np.moveaxis(np.reshape(self.held.at(ts)[n:], (int(ends[-1]), n, m)), 0, -1)
        return [found[..., a:b] for a, b in pairwise(ends)]

    def backward(self, ts: Any, w: Any) -> list[Any]:
        """Cotangents of y0 and of the parents, from w (k, n, m) at the times."""
        k, n = w.shape[:2]
        sizes = [int(np.prod(p.shape)) for p in self.parents]
        ends = np.cumsum([n, *sizes])
        state = np.zeros((k, int(ends[-1])))
        sign = 1.0 if self.flow.tf >= value_of(self.t0) else -1.0
        order = np.argsort(sign * value_of(ts), kind="stable")[::-1]
        last = None
        for i in order:
            if last is not None:
                state = self.back(state, ts[last], ts[i], ends)
            last = i
            state = np.concatenate([state[:, :n] + w[:, :, i], state[:, n:]], axis=1)
        if last is not None:
            state = self.back(state, ts[last], self.t0, ends)
        parts = [state[:, a:b] for a, b in pairwise([0, *ends])]
        return [parts[0], *(np.reshape(c, (k, *p.shape)) for c, p in zip(parts[1:], self.parents, strict=True))]

    def back(self, state: Any, start: Any, stop: Any, ends: Any) -> Any:
        """The adjoint equations from one time to an earlier one."""
        still = not is_dual(start) and not is_dual(stop) and start == stop
        if still or not is_dual(state) and not state[:, : ends[0]].any():
            return state
        k, n, size = state.shape[0], int(ends[0]), int(np.prod(state.shape))
        whole = np.reshape(state, (-1,))
        together = self.path.is_recorded()
        if together:  # each look at the course would be an adjoint solve of its own: y goes back with its adjoint
            whole = np.concatenate([whole, self.path.at(np.reshape(start, (1,)))[:, 0]])

        def rhs(t: Any, L: Any) -> Any:
            y = L[size:] if together else self.path.point(t)
            L = np.reshape(L[:size], (k, -1))
            value, walk, leaf = self.opened.record(t, y)
            found = self.opened.pull(walk, L[:, :n])
            parts = [found.get(id(node)) for node in (leaf, *self.parents)]
            parts = [
                np.zeros((k, b - a)) if c is None else np.reshape(c, (k, -1))
                for c, (a, b) in zip(parts, pairwise([0, *ends]), strict=True)
            ]
            rate = np.reshape(-np.concatenate(parts, axis=1), (-1,))
            return np.concatenate([rate, value]) if together else rate

        found = Flow(rhs, start, stop, whole, self.run, False).at(np.reshape(stop, (1,)))[:, 0]
        if together:
            self.compare(value_of(found[size:]), self.path.course()(np.array([float(value_of(stop))]))[:, 0])
        return np.reshape(found[:size], state.shape)

    def compare(self, back: Any, y: Any) -> None:
        """An error where the way back led elsewhere, as it does in stiff systems."""
        allowed = 1e4 * (float(np.min(self.run.atol)) + self.run.rtol * np.max(np.abs(y), initial=0.0))
        if not np.max(np.abs(back - y), initial=0.0) <= allowed:
            raise UnsupportedError(
                "reverse mode over reverse mode of solve_ivp: the equations cannot be solved backwards in time; write "
                "mode='forward' for the outer or the inner derivative, or use dualdiff.hessian"
            )


class FlowMap(LinearMap):
    """The derivative of a flow at times, by y0 and by what its right-hand side closes over."""

    __slots__ = ("adjoint", "held", "ts", "value")

    def __init__(self, adjoint: Any, ts: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.adjoint, self.ts, self.value = adjoint, ts, output
        self.held: tuple[Any, ...] = (None, ())

    def apply(self, ts: Any) -> Any:
        """The sensitivity equations."""
        self.adjoint.check()
        return fit(self.adjoint.forward(self.ts, ts), self.out_dtype)

    def transpose(self, w: Any, i: Any) -> Any:
        """The adjoint equations."""
        held = self.held
        if held[0] is not w:
            self.adjoint.check()
            held = self.held = (w, self.adjoint.backward(self.ts, w))
        return fit(held[1][i], self.in_dtypes[i])
