"""Continuous distributions: SciPy's objects, whose methods also take duals.

Every value is SciPy's.  Its derivatives are those of a composition: the log-density (densities.py) for `logpdf` and
`pdf`; the distribution function in closed form where it has one, else the integral of the density
(integrals.py), for `cdf`, `sf` and their logarithms; the equation F(x) = q for `ppf` and `isf`; an integral over the
density for moments and entropy.  Location and scale are part of the composition.  So x and every parameter
may vary, in all modes and to any order.
"""

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats as _stats

import dualdiff as dd

from ...errors import ArgumentError, UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ...maps.tangents import is_dual
from ...solve import implicit_root
from ..applied import differentiable, refuse_duals
from ..closed import Watched
from ..compose import inverse, plain_of, primitive
from ..integrals import log_integral
from ..second_instance import merge
from ..wrapped import Wrapped
from .densities import CDFS, LOG_DENSITIES
from .expectation import expectation
from .supports import BREAKS, MIRRORS, SUPPORTS

__all__ = ["Continuous", "Frozen", "rv_histogram"]


class Distribution(Wrapped):
    """What continuous and discrete distributions share: SciPy's object, its arguments, and passing on.

    Parameters
    ----------
    original
        SciPy's distribution.
    """

    methods: tuple[Any, ...] = ()

    def __init__(self, original: Any) -> None:
        self.original = original
        self.name = original.name
        shapes = original.shapes
        self.shape_names = tuple(s.strip() for s in shapes.split(",")) if shapes else ()
        self.__doc__ = original.__doc__

    def __setattr__(self, name: str, x: Any) -> None:
        # random_state, parameterization and the like are settings of SciPy's object
        if name != "__doc__" and hasattr(self.__dict__.get("original"), name) and name != "name":
            setattr(self.original, name, x)
        else:
            object.__setattr__(self, name, x)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """SciPy's class, so that isinstance answers as for SciPy's object."""
        return type(self.original)

    def __dir__(self) -> Any:
        return sorted({*dir(type(self)), *dir(self.original)})

    def __repr__(self) -> str:
        return f"<dualdiff.scipy.stats.{self.name}>"

    def __reduce__(self) -> tuple[Any, Any]:
        return type(self), (self.original,)     # with its random state, as SciPy's

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The distribution with its parameters held: see `freeze`."""
        return self.freeze(*args, **kwargs)

    def named_moments(self, args: Any, moments: str) -> tuple[Any, str]:
        """The parameters, and the names of moments, which SciPy also takes by place."""
        most = self.original.numargs + 1 + len(self.last)
        return (args[:most], args[most]) if len(args) == most + 1 else (args, moments)

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        """SciPy's fit for any distribution, without the closed forms that some have."""
        return super(type(self.original), self.original).fit(*args, **kwargs)  # type: ignore[misc]

    def freeze(self, *args: Any, **kwargs: Any) -> Any:
        """The distribution with shapes, loc and scale held, which may be duals."""
        return Frozen(self, args, kwargs)

    def split(self, args: Any, kwargs: Any, lead: Any = ()) -> tuple[Any, Any, Any, Any]:
        """(leading arguments, shapes, loc, scale), from arguments as SciPy takes them."""
        names = [*lead, *self.shape_names, "loc", *self.last]
        if len(args) > len(names):
            raise ArgumentError(f"{self.name} takes {', '.join(names)}, got {len(args)} arguments")
        given = dict(zip(names, args, strict=False))
        for name, x in kwargs.items():
            if name not in names:
                raise TypeError(f"{self.name} takes {', '.join(names)}, not {name!r}")
            if name in given:
                raise TypeError(f"{self.name} got two values for {name!r}")
            given[name] = x
        missing = [name for name in names[: len(lead) + len(self.shape_names)] if name not in given]
        if missing:
            raise TypeError(f"{self.name} needs {', '.join(missing)} too")
        operands = {name: as_operand(x) for name, x in given.items()}
        return (
            [operands[name] for name in lead],
            [operands[name] for name in self.shape_names],
            operands.get("loc", 0.0),
            operands.get("scale", 1.0),
        )


DEEP = 1e-6
"""Below this probability its logarithm is an integral: the derivative of 1 - F has only the digits of 1."""
INFINITE = frozenset(["mean", "var", "std", "moment", "entropy"])
"""Methods whose infinite values have no derivative."""


def frozen(dist: Any, args: Any, kwds: Any, original: Any) -> Any:
    """A frozen distribution around SciPy's, which has its random state (for pickle)."""
    found = object.__new__(Frozen)
    found.dist, found.args, found.kwds, found.original = dist, args, kwds, original
    return found


def method(lead: Any = ("x",)) -> Callable[..., Any]:
    """A method that asks SciPy for its value, and this function for its derivative, if an argument is a dual."""

    def wrap(function: Any) -> Callable[..., Any]:
        name = function.__name__

        @functools.wraps(function)
        def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
            original = getattr(self.original, name)
            if not differentiable(*args, *kwargs.values()):
                return original(*args, **kwargs)
            value = original(*plain_of(args), **{key: value_of(as_operand(x)) for key, x in kwargs.items()})
            leading, shapes, loc, scale = self.split(args, kwargs, lead)
            with np.errstate(all="ignore"):
                found = as_operand(function(self, *leading, shapes, loc, scale))
                # where there is no value (a moment that does not exist) there is no derivative
                defined = ~np.isnan(value) if name not in INFINITE else np.isfinite(value)
                if not np.all(defined):
                    found = np.where(
                        defined, found, np.nan * sum(e for e in (*leading, *shapes, loc, scale) if is_dual(e))
                    )
            return exact(found, np.asarray(value))

        return answer

    return wrap


def cuts_of(name: str, shapes: Any) -> Any:
    """The points at which integrals of a density are cut, in order."""
    cuts = BREAKS[name](*shapes)
    return cuts if isinstance(cuts, tuple) else (cuts,)


class Continuous(Distribution):
    """A continuous distribution of scipy.stats, whose methods also take duals."""

    last = ("scale",)

    def fit(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        """SciPy's own fit of the distribution; by data that are duals an estimate moves as the zero of its score."""
        if not differentiable(data, *args, *kwargs.values()):
            return self.original.fit(data, *args, **kwargs)
        x, names = as_operand(data), [*self.shape_names, "loc", "scale"]
        if kwargs.get("method", "mle").lower() != "mle" or differentiable(*args, *kwargs.values()):
            raise UnsupportedError(f"{self.name}.fit of duals takes method='mle', and constants but for the data")
        estimate = np.array(self.original.fit(value_of(x), *args, **kwargs), float)
        held = {key: i for i, name in enumerate(names) for key in ("f" + name, "fix_" + name)}
        held |= {f"f{i}": i for i in range(len(self.shape_names))}
        free = [i for i in range(len(names)) if i not in {held[key] for key in kwargs if key in held}]

        def score(theta: Any, x: Any) -> Any:
            def loss(theta: Any) -> Any:
                whole = [theta[free.index(i)] if i in free else estimate[i] for i in range(len(names))]
                return -np.mean(self.logpdf(x, *whole))

            return dd.grad(loss)(theta)

        plain, start = value_of(x), estimate[free]
        found = start
        with np.errstate(all="ignore"):
            for _ in range(3):      # SciPy stops at a ten-thousandth
                found = found - np.linalg.pinv(dd.jacobian(score)(found, plain)) @ score(found, plain)
            near = np.abs(found - start) <= 0.01 * np.maximum(np.abs(start), plain.std())
            solved = np.all(near) and np.max(np.abs(score(found, plain))) <= 1e-6
        if not solved:
            raise UnsupportedError(
                f"{self.name}.fit of duals: the estimate is no zero of the derivative of the likelihood. One at an end "
                "of what is allowed, as a smallest datum, can be held by floc or fscale"
            )
        moved = implicit_root(score, found, (x,), solver=lambda F, x0: x0)
        return tuple(exact(moved[free.index(i)], np.asarray(e)) if i in free else e for i, e in enumerate(estimate))

    @property
    def log_density(self) -> Any:
        """Its row, or an error that says that it has none."""
        if getattr(self.original, "parameterization", "S1") != "S1":
            raise UnsupportedError(f"scipy.stats.{self.name} has derivatives in the parametrisation S1 only")
        found = LOG_DENSITIES.get(self.name)
        if found is None:
            raise UnsupportedError(
                f"scipy.stats.{self.name}: its density is no expression in functions that have a derivative. cdf, "
                "sf, their logarithms, ppf and isf have a first derivative by x, loc and scale; keep what else "
                "varies constant, or give the function a rule with dualdiff.custom_jvp"
            )
        return found

    def density(self, y: Any, shapes: Any) -> Any:
        """The density in standard form; of plain arguments SciPy's own where there is no row."""
        if self.name in LOG_DENSITIES:
            return np.exp(self.log_density(y, *shapes))
        if differentiable(y, *shapes):
            return self.log_density  # which says that there is none
        return self.original.pdf(y, *shapes)

    def ends(self, shapes: Any) -> Any:
        """The ends of the support in standard form."""
        if self.name in SUPPORTS:
            return SUPPORTS[self.name](*shapes)
        return self.original.support(*plain_of(shapes))

    def settled(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """Where x is at an end of the support and stays there, whatever the parameters do."""
        found: Any = np.False_
        if not is_dual(x) and not is_dual(loc):
            gap = x - loc
            for end in self.ends(shapes):
                if not is_dual(end):
                    found = found | ((gap == 0) & (end == 0) if is_dual(scale) else gap / scale == end)
        return found

    def standard(self, x: Any, shapes: Any, loc: Any, scale: Any, settled: Any = np.False_) -> tuple[Any, Any]:
        """(y, inside): x in standard form, moved to an inner point where it is outside of the support, or settled."""
        y = (x - loc) / scale
        low, high = (value_of(e) for e in self.ends(shapes))
        plain = value_of(y)
        flat = np.ndim(low) == np.ndim(high) == np.ndim(value_of(scale)) == 0 and not np.any(settled)
        if flat and value_of(scale) > 0 and np.size(plain):
            lowest, highest = np.min(plain), np.max(plain)  # nan where there is one
            if low <= lowest and highest <= high and -np.inf < lowest and highest < np.inf:
                return y, np.True_
        inside = (plain >= low) & (plain <= high) & (value_of(scale) > 0) & np.isfinite(plain) & ~settled
        if np.all(inside):
            return y, inside
        middle = self.original.median(*plain_of(shapes))
        return np.where(inside, y, np.where(np.isfinite(middle), middle, 0.5)), inside

    # ---- densities ----

    @method()
    def logpdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' logpdf, also of duals."""
        y, inside = self.standard(x, shapes, loc, scale)
        found = self.log_density(y, *shapes) - np.log(scale)
        return found if np.all(inside) else np.where(inside, found, 0.0)

    @method()
    def pdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' pdf, also of duals."""
        settled = self.settled(x, shapes, loc, scale)
        if np.any(settled):     # a density that is not 0 there may change
            y = (x - loc) / value_of(scale)
            settled = settled & (self.original.pdf(y, *plain_of(shapes)) == 0)
        y, inside = self.standard(x, shapes, loc, scale, settled)
        found = np.exp(self.log_density(y, *shapes)) / scale
        return found if np.all(inside) else np.where(inside, found, 0.0)

    # ---- distribution functions ----

    def log_probability(self, y: Any, shapes: Any, upper: Any) -> Any:
        """(log of a size, P(Y <= y) or P(Y > y) in units of it) at standard points of the support."""
        if upper and self.name in MIRRORS:
            y, shapes = MIRRORS[self.name](y, *shapes)
            upper = False
        low, high = self.ends(shapes)
        a, b = (y, high) if upper else (low, y)
        if self.name not in BREAKS:
            return log_integral(self.log_density, a, b, *shapes)
        # in parts, of which those beyond y are empty
        edges = [a, *(np.where(value_of(cut) < value_of(y) if not upper else value_of(cut) > value_of(y), cut, y)
                      for cut in cuts_of(self.name, shapes)), b]  # fmt: skip
        parts = [(value_of(e) < value_of(f), *log_integral(self.log_density, e, f, *shapes))
                 for e, f in itertools.pairwise(edges)]  # fmt: skip
        size = functools.reduce(np.maximum, (np.where(live, size, -np.inf) for live, size, _ in parts))
        size = np.where(np.isfinite(size), size, 0.0)
        return size, sum(np.where(live, rest, 0.0) * np.exp(np.where(live, own - size, 0.0))
                         for live, own, rest in parts)  # fmt: skip

    def probability(self, y: Any, shapes: Any, upper: Any) -> Any:
        """P(Y <= y) or P(Y > y) at standard points of the support."""
        plain = plain_of(shapes)
        if not differentiable(*shapes):  # only y varies, and the derivative by y is the density
            side = -1 if upper else 1
            function = self.original.sf if upper else self.original.cdf
            return primitive(lambda y: function(y, *plain), lambda y: side * self.density(y, plain), y)
        closed = CDFS.get(self.name)
        if closed is not None:
            p = closed(y, *shapes)
            return 1 - p if upper else p
        # by the shorter tail, in which nothing cancels
        cdf = np.asarray(self.original.cdf(value_of(y), *plain), float)
        shape = np.broadcast_shapes(np.shape(cdf), np.shape(y))
        cdf = np.broadcast_to(cdf, shape).ravel()
        flat = [np.reshape(np.broadcast_to(e, shape), (-1,)) for e in (y, *shapes)]
        parts, places = [], []
        for tail in (False, True):
            at = np.flatnonzero(cdf > 0.5 if tail else ~(cdf > 0.5))
            if len(at):
                log_size, rest = self.log_probability(flat[0][at], [e[at] for e in flat[1:]], tail)
                p = rest * np.exp(log_size)
                parts.append(p if tail == upper else 1 - p)
                places.append(at)
        found = np.concatenate(parts)[np.argsort(np.concatenate(places))] if parts else np.zeros(0)
        return np.reshape(found, shape) if shape else found[0]

    def log_tail(self, x: Any, shapes: Any, loc: Any, scale: Any, upper: Any) -> Any:
        """log of a probability, by the integral where the probability itself is no number any more."""
        y, inside = self.standard(x, shapes, loc, scale, self.settled(x, shapes, loc, scale))
        if not differentiable(*shapes):
            plain = plain_of(shapes)
            side = -1 if upper else 1
            function = self.original.logsf if upper else self.original.logcdf

            def slope(y: Any) -> Any:  # p/P in logarithms, so that it is a number far out in a tail
                if self.name not in LOG_DENSITIES:
                    return side * self.density(y, plain) / np.exp(function(y, *plain))
                return side * np.exp(self.log_density(y, *plain) - primitive(lambda y: function(y, *plain), slope, y))

            return np.where(inside, primitive(lambda y: function(y, *plain), slope, y), 0.0)
        if self.name in CDFS:
            p = self.probability(y, shapes, upper)
            own = self.original.sf if upper else self.original.cdf      # 1 - F loses digits that SciPy's sf may have
            p = exact(as_operand(p), np.asarray(own(value_of(y), *plain_of(shapes))))
            deep = value_of(p) < DEEP
            found = np.log(np.where(deep, 1.0, p))
            if not np.any(deep & inside):
                return np.where(inside, found, 0.0)
        log_size, rest = self.log_probability(y, shapes, upper)
        by_integral = np.log(rest) + log_size
        found = np.where(deep, by_integral, found) if self.name in CDFS else by_integral
        return np.where(inside, found, 0.0)

    @method()
    def cdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' cdf, also of duals."""
        y, inside = self.standard(x, shapes, loc, scale, self.settled(x, shapes, loc, scale))
        return np.where(inside, self.probability(y, shapes, False), 0.0)

    @method()
    def sf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' sf, also of duals."""
        y, inside = self.standard(x, shapes, loc, scale, self.settled(x, shapes, loc, scale))
        return np.where(inside, self.probability(y, shapes, True), 0.0)

    @method()
    def logcdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' logcdf, also of duals."""
        return self.log_tail(x, shapes, loc, scale, False)

    @method()
    def logsf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' logsf, also of duals."""
        return self.log_tail(x, shapes, loc, scale, True)

    # ---- quantiles ----

    def quantile(self, y: Any, shapes: Any, change: Any, q: Any = None, side: Any = 1) -> Any:
        """y(shapes, q) with F(y; shapes) = q, from its value; change(y, shapes): F(y; shapes) - q.

        At the ends of the support the slope by q is one over the density there; side: -1 for q from above.
        """
        low, high = (value_of(e) for e in self.ends(shapes))
        inner = np.isfinite(y) & (y > low) & (y < high)
        point = y if np.all(inner) else np.where(inner, y, self.original.median(*plain_of(shapes)))
        found = inverse(point, lambda y: change(y, shapes), lambda y: self.density(y, shapes), *shapes, q)
        if np.all(inner):
            return found
        at_low, at_high = y <= low, y >= high
        ends = self.ends(shapes)
        edge = np.where(at_low, np.where(np.isfinite(low), ends[0], 0.0), np.where(np.isfinite(high), ends[1], 0.0))
        if is_dual(q):
            end = np.where(np.isfinite(y), y, point)
            slope = np.where(np.isfinite(y), 1 / self.density(end, plain_of(shapes)), np.inf)
            edge = edge + (q - value_of(q)) * (side * slope)
        return np.where(inner, found, np.where(at_low | at_high, edge, np.nan))

    @method(("q",))
    def ppf(self, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' ppf, also of duals."""
        y = self.original.ppf(value_of(q), *plain_of(shapes))
        return loc + scale * self.quantile(y, shapes, lambda y, s: self.probability(y, s, False) - q, q)

    @method(("q",))
    def isf(self, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' isf, also of duals."""
        y = self.original.isf(value_of(q), *plain_of(shapes))
        return loc + scale * self.quantile(y, shapes, lambda y, s: q - self.probability(y, s, True), q, -1)

    @method(())
    def median(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' median, also of duals."""
        y = np.asarray(self.original.median(*plain_of(shapes)))
        return loc + scale * (
            self.quantile(y, shapes, lambda y, s: self.probability(y, s, False) - 0.5) if differentiable(*shapes) else y
        )

    def interval(self, confidence: Any, *args: Any, **kwargs: Any) -> Any:
        """scipy.stats' interval: the quantiles that leave (1 - confidence)/2 on either side."""
        if not differentiable(confidence, *args, *kwargs.values()):
            return self.original.interval(confidence, *args, **kwargs)
        half = (1 - confidence) / 2
        return self.ppf(half, *args, **kwargs), self.ppf(1 - half, *args, **kwargs)

    def rvs(self, *args: Any, size: Any = None, random_state: Any = None, **kwargs: Any) -> Any:
        """scipy.stats' rvs; a sample moves with the parameters as the quantile of its own probability.

        Figurnov, Mohamed & Mnih, Implicit reparameterization gradients, NeurIPS 2018.
        """
        names = [*self.shape_names, "loc", "scale"]
        if len(args) > len(names):  # size as SciPy takes it, last
            size, args = args[len(names)], args[: len(names)]
        if not differentiable(*args, *kwargs.values()):
            return self.original.rvs(*args, size=size, random_state=random_state, **kwargs)
        _, shapes, loc, scale = self.split(args, kwargs)
        plain = plain_of(shapes)
        drawn = self.original.rvs(
            *plain, loc=value_of(loc), scale=value_of(scale), size=size, random_state=random_state
        )
        y = (np.asarray(drawn) - value_of(loc)) / value_of(scale)
        with np.errstate(all="ignore"):
            if differentiable(*shapes):
                q = self.original.cdf(y, *plain)
                start = y
                moved = self.quantile(start, shapes, lambda y, s: self.probability(y, s, False) - q)
                y = exact(as_operand(moved), np.asarray(y))
            return exact(as_operand(loc + scale * y), np.asarray(drawn))

    # ---- moments ----

    def mean_of(self, factor: Any, shapes: Any) -> Any:
        """The expectation of factor(y, *shapes) in standard form, split at a kink of the density or at the median."""
        if self.name == "beta":  # its density may be singular at 1: measured from there
            return self.mean_from_ends(factor, *shapes)
        low, high = self.ends(shapes) if self.name != "vonmises" else (-np.pi, np.pi)
        cuts = cuts_of(self.name, shapes) if self.name in BREAKS else (self.original.median(*plain_of(shapes)),)
        edges = [low, *cuts, high]
        total = 0.0
        for a, b in itertools.pairwise(edges):
            log_size, rest = log_integral(self.log_density, a, b, *shapes, factor=factor)
            total = total + rest * np.exp(log_size)
        return total

    def mean_from_ends(self, factor: Any, a: Any, b: Any) -> Any:
        """The expectation over the beta distribution, each half measured from its own end."""
        middle = self.original.median(*plain_of((a, b)))
        total = 0.0
        for end, (p, q), turned in ((middle, (a, b), False), (1 - middle, (b, a), True)):

            def share(t: Any, p: Any, q: Any, turned: Any = turned) -> Any:
                return factor(1 - t, q, p) if turned else factor(t, p, q)

            log_size, rest = log_integral(self.log_density, 0.0, end, p, q, factor=share)
            total = total + rest * np.exp(log_size)
        return total

    def standard_mean(self, shapes: Any) -> Any:
        """The mean in standard form."""
        if self.name == "levy_stable":      # 0 where there is one
            return 0.0 * sum(shapes)
        return self.mean_of(lambda y, *s: y, shapes) if differentiable(*shapes) else self.original.mean(*shapes)

    def central(self, order: Any, shapes: Any) -> Any:
        """A central moment in standard form."""
        if not differentiable(*shapes):
            middle = self.original.mean(*shapes)
            return self.mean_of(lambda y, *s: (y - middle) ** order, shapes)
        return self.centrals(order, shapes)[1][order]

    def centrals(self, order: Any, shapes: Any) -> tuple[Any, list[Any]]:
        """(the mean, the central moments from the 0th to that of an order), in standard form, by duals."""
        middle = self.standard_mean(shapes)
        raw = [
            1.0,
            middle,
            *(self.mean_of(lambda y, *s, k=k: (y - value_of(middle)) ** k, shapes) for k in range(2, order + 1)),
        ]
        # moments about the plain mean, moved to the mean itself, which differs in its tangents only
        moved = middle - value_of(middle)
        raw[1] = moved
        return middle, [
            sum(math.comb(n, k) * raw[k] * (-moved) ** (n - k) for k in range(n + 1)) for n in range(order + 1)
        ]

    @method(())
    def mean(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' mean, also of duals."""
        return loc + scale * self.standard_mean(shapes)

    @method(())
    def var(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' var, also of duals."""
        return scale * scale * self.spread(shapes)

    def spread(self, shapes: Any) -> Any:
        """The variance in standard form."""
        if self.name == "levy_stable" and differentiable(*shapes):
            return np.nan * sum(shapes)
        return self.central(2, shapes) if differentiable(*shapes) else self.original.var(*shapes)

    @method(())
    def std(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' std, also of duals."""
        return scale * np.sqrt(self.spread(shapes))

    @method(("order",))
    def moment(self, order: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' moment, also of duals."""
        n = int(value_of(order))
        total = loc**n
        for k in range(1, n + 1):
            raw = self.mean_of(lambda y, *s, k=k: y**k, shapes) if differentiable(*shapes) else (
                self.original.moment(k, *shapes))  # fmt: skip
            total = total + math.comb(n, k) * scale**k * loc ** (n - k) * raw
        return total

    @method(())
    def entropy(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' entropy, also of duals."""
        if not differentiable(*shapes):
            return np.log(scale) + self.original.entropy(*shapes)
        return np.log(scale) + self.mean_of(lambda y, *s: -np.where(
            np.isfinite(value_of(self.log_density(y, *s))), self.log_density(y, *s), 0.0), shapes)  # fmt: skip

    def stats(self, *args: Any, moments: str = "mv", **kwargs: Any) -> Any:
        """scipy.stats' stats: mean, variance, skewness and excess of kurtosis, those that `moments` names."""
        args, moments = self.named_moments(args, moments)
        if not differentiable(*args, *kwargs.values()):
            return self.original.stats(*args, moments=moments, **kwargs)
        values = self.original.stats(*plain_of(args), moments=moments,
                                     **{key: value_of(as_operand(x)) for key, x in kwargs.items()})  # fmt: skip
        _, shapes, loc, scale = self.split(args, kwargs)
        found = []
        with np.errstate(all="ignore"):
            central: list[Any] = []
            if differentiable(*shapes) and self.name != "levy_stable":      # each integral once
                middle, central = self.centrals(max("mvsk".find(letter) + 1 for letter in moments), shapes)
                spread = central[2] if len(central) > 2 else np.nan
            else:
                middle, spread = self.standard_mean(shapes), self.spread(shapes)
            for letter in moments:
                if letter == "m":
                    found.append(loc + scale * middle)
                elif letter == "v":
                    found.append(scale * scale * spread)
                elif letter in "sk" and not differentiable(*shapes):
                    sign = np.sign(value_of(scale)) if letter == "s" else 1.0
                    found.append(sign * self.original.stats(*shapes, moments=letter) + 0.0 * scale)
                elif letter == "s":
                    third = central[3] if central else self.central(3, shapes)
                    found.append(np.sign(value_of(scale)) * third / spread**1.5)
                else:
                    fourth = central[4] if central else self.central(4, shapes)
                    found.append(fourth / spread**2 - 3)
        values = values if isinstance(values, tuple) else (values,)
        out = tuple(exact(as_operand(x), np.asarray(v)) for x, v in zip(found, values, strict=True))
        return out[0] if len(out) == 1 else out

    def expect(
        self,
        func: Any = None,
        args: Any = (),
        loc: Any = 0,
        scale: Any = 1,
        lb: Any = None,
        ub: Any = None,
        conditional: bool = False,
        **kwargs: Any,
    ) -> Any:
        """scipy.stats' expect, also where func, a limit or a parameter holds duals."""
        watched = Watched(func or (lambda x: x))
        plain = tuple(plain_of(args)), value_of(as_operand(loc)), value_of(as_operand(scale))
        limits = [None if e is None else value_of(as_operand(e)) for e in (lb, ub)]
        value = self.original.expect(watched, *plain, *limits, conditional, **kwargs)
        if not watched.tags and not differentiable(*args, loc, scale, lb, ub):
            return value
        shapes = [as_operand(a) for a in args]
        loc, scale = as_operand(loc), as_operand(scale)
        total = expectation(self, func or (lambda x: x), shapes, loc, scale, lb, ub)
        if conditional:
            more = {"scale": scale} if self.last else {}
            total = total / sum(sign * self.cdf(e, *shapes, loc=loc, **more) if e is not None else default
                                for e, sign, default in ((ub, 1, 1.0), (lb, -1, 0.0)))  # fmt: skip
        return merge(total, value, f"scipy.stats.{self.name}.expect")

    def support(self, *args: Any, **kwargs: Any) -> Any:
        """scipy.stats' support, also of duals."""
        if not differentiable(*args, *kwargs.values()):
            return self.original.support(*args, **kwargs)
        _, shapes, loc, scale = self.split(args, kwargs)
        values = self.original.support(*plain_of(args), **{key: value_of(as_operand(x)) for key, x in kwargs.items()})
        return tuple(
            exact(as_operand(loc + scale * np.where(np.isfinite(value_of(e)), e, 0.0)), np.asarray(v))
            for e, v in zip(self.ends(shapes), values, strict=True)
        )

    def nnlf(self, theta: Any, x: Any) -> Any:
        """scipy.stats' negative log-likelihood of (shapes..., loc, scale), also of duals."""
        if not differentiable(theta, x, *theta):
            return self.original.nnlf(theta, x)
        value = self.original.nnlf([value_of(as_operand(p)) for p in theta], value_of(as_operand(x)))
        return exact(
            as_operand(-np.sum(self.logpdf(as_operand(x), *[theta[i] for i in range(len(theta))]))), np.asarray(value)
        )


class Histogram(type):
    """The type of rv_histogram: calling it gives SciPy's distribution as a `Continuous`."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        why = "its counts are no numbers with a derivative; its cdf, sf, ppf and isf have one by x, loc and scale"
        return Continuous(refuse_duals(_stats.rv_histogram, "scipy.stats.rv_histogram", why, args, kwargs))

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, _stats.rv_histogram)


rv_histogram = Histogram("rv_histogram", (_stats.rv_histogram,), {
    "__doc__": "scipy.stats.rv_histogram, whose probabilities and quantiles also take duals.",
    "__module__": "dualdiff.scipy.stats"})  # fmt: skip


class Frozen:
    """A distribution with its parameters held: what calling it returns.

    Parameters
    ----------
    dist : Distribution
    args, kwds
        Shapes, loc and scale, as SciPy takes them.
    """

    LEADING = frozenset(
        ["pdf", "logpdf", "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf", "moment", "interval"]
    )

    def __init__(self, dist: Any, args: Any, kwds: Any) -> None:
        self.dist, self.args, self.kwds = dist, args, kwds
        plain = plain_of(args), {key: value_of(as_operand(x)) for key, x in kwds.items()}
        self.original = dist.original(*plain[0], **plain[1])

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """SciPy's class, so that isinstance answers as for SciPy's object."""
        return type(self.original)

    def __reduce__(self) -> tuple[Any, Any]:
        return frozen, (self.dist, self.args, self.kwds, self.original)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("dist", "args", "kwds", "original"):
            raise AttributeError(name)
        if not hasattr(self.original, name):
            raise AttributeError(f"{type(self.original).__name__!r} object has no attribute {name!r}")
        theirs, call = getattr(self.original, name), getattr(self.dist, name)
        if not callable(theirs):
            return theirs
        ours = (lambda x, *more: call(x, *more, *self.args, **self.kwds)) if name in self.LEADING else (
            functools.partial(self.without, call))  # fmt: skip
        if differentiable(*self.args, *self.kwds.values()):
            return ours

        def answer(*args: Any, **kwargs: Any) -> Any:
            return (ours if differentiable(*args, *kwargs.values()) else theirs)(*args, **kwargs)

        return answer

    def __setattr__(self, name: str, x: Any) -> None:
        # random_state, parameterization: settings of SciPy's object
        if name in ("dist", "args", "kwds", "original"):
            object.__setattr__(self, name, x)
        else:
            setattr(self.original, name, x)

    def without(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        """A method without a leading argument; what is given by position is what SciPy's frozen one takes first."""
        if call.__name__ == "rvs":
            kwargs = {**dict(zip(("size", "random_state"), args, strict=False)), **kwargs}
            args = ()
            if kwargs.get("random_state") is None:
                kwargs["random_state"] = self.original.random_state
        if args and call.__name__ == "stats":
            kwargs, args = {"moments": args[0], **kwargs}, ()
        return call(*args, *self.args, **self.kwds, **kwargs)

    def support(self) -> Any:
        """The ends of the support."""
        return self.dist.support(*self.args, **self.kwds)

    def expect(self, func: Any = None, lb: Any = None, ub: Any = None, conditional: bool = False, **kwargs: Any) -> Any:
        """scipy.stats' expect of the frozen distribution."""
        _, shapes, loc, scale = self.dist.split(self.args, self.kwds)
        more = {"scale": scale} if self.dist.last else {}
        return self.dist.expect(func, tuple(shapes), loc, lb=lb, ub=ub, conditional=conditional, **more, **kwargs)

    def __repr__(self) -> str:
        given = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwds.items())]
        return f"<dualdiff.scipy.stats.{self.dist.name}({', '.join(given)})>"
