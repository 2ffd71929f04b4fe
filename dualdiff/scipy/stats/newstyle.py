"""SciPy's newer distributions (Normal, Uniform, ..., make_distribution): objects whose parameters may be duals.

Each is a distribution of the older kind (continuous.py, discrete.py) with shapes, a location and a scale, which gives
the
derivatives; values are those of SciPy's object of the newer kind.

"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats as _stats

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable
from ..compose import plain_of

__all__ = ["NEW", "NewStyle", "family"]

NEW = {
    "Normal": ("norm", lambda mu=0.0, sigma=1.0: ((), mu, sigma)),
    "Uniform": ("uniform", lambda a, b: ((), a, b - a)),
    "Logistic": ("logistic", lambda: ((), 0.0, 1.0)),
    "Binomial": ("binom", lambda n, p: ((n, p), 0.0, 1.0)),
}
"""SciPy's name -> the older distribution, and its (shapes, loc, scale) from the newer one's parameters."""


def family(name: str, old: Any, arguments: Any, original_class: Any) -> Any:
    """A class of distributions, from the older distribution that has its derivatives."""

    def __init__(self: Any, **parameters: Any) -> None:
        options = {
            key: parameters.pop(key) for key in ("tol", "validation_policy", "cache_policy") if key in parameters
        }
        held = {key: as_operand(x) for key, x in parameters.items() if x is not None}
        plain = dict(zip(held, plain_of(held.values()), strict=True))
        shapes, loc, scale = arguments(**held)
        NewStyle.__init__(self, original_class(**plain, **options), old, shapes, loc, scale)

    own = {"__init__": __init__, "theirs": original_class, "__module__": "dualdiff.scipy.stats",
           "__doc__": f"scipy.stats.{name}, also of duals."}  # fmt: skip
    return Family(name, (NewStyle,), own)


class Family(type):
    """The type of the families: what they do not have themselves is SciPy's class attribute."""

    def __getattr__(cls, name: str) -> Any:
        if name == "theirs" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(cls.theirs, name)


class NewStyle:
    """A distribution of the newer kind with its parameters.

    Parameters
    ----------
    original
        SciPy's object at the plain parameters.
    old : Continuous or Discrete
    shapes, loc, scale
        The parameters as the older distribution takes them; they may be duals.
    """

    def __init__(self, original: Any, old: Any, shapes: Any, loc: Any, scale: Any) -> None:
        self.original, self.old, self.shapes, self.loc, self.scale = original, old, shapes, loc, scale

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """SciPy's class, so that isinstance answers as for SciPy's object."""
        return type(self.original)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "original":
            raise AttributeError(name)
        found = getattr(self.original, name)
        if callable(found) and differentiable(*self.shapes, self.loc, self.scale):
            raise UnsupportedError(f"{name} of {self.original!r} with duals has no derivative here")
        return found

    def __repr__(self) -> str:
        return repr(self.original)

    def __str__(self) -> str:
        return str(self.original)

    def __setattr__(self, name: str, x: Any) -> None:
        # tol, validation_policy: settings of SciPy's object
        if name in ("original", "old", "shapes", "loc", "scale"):
            object.__setattr__(self, name, x)
        else:
            setattr(self.original, name, x)

    def __reduce__(self) -> tuple[Any, Any]:
        return NewStyle, (self.original, self.old, self.shapes, self.loc, self.scale)

    def held(self) -> Any:
        """The parameters as keyword arguments of the older distribution's methods."""
        if np.any(value_of(self.scale) < 0):
            raise UnsupportedError(
                "a distribution times a negative number has no derivative here: use the mirrored argument"
            )
        more = {"scale": self.scale} if "scale" in self.old.last else {}
        return dict(zip(self.old.shape_names, self.shapes, strict=True)) | {"loc": self.loc} | more

    def asked(self, name: str, found: Any, *args: Any, **options: Any) -> Any:
        """A method's value by SciPy, and its derivative by a composition."""
        original = getattr(self.original, name)
        if not differentiable(*args, *self.shapes, self.loc, self.scale):
            return original(*args, **options)
        value = original(*plain_of(args), **options)
        with np.errstate(all="ignore"):
            return exact(as_operand(found(*map(as_operand, args))), np.asarray(value))

    def between(self, x: Any, y: Any, upper: Any) -> Any:
        """P(X <= x), or P(x < X <= y), or the rest."""
        held = self.held()
        if y is None:
            return (self.old.sf if upper else self.old.cdf)(x, **held)
        inner = self.old.cdf(y, **held) - self.old.cdf(x, **held)
        return 1 - inner if upper else inner

    def cdf(self, x: Any, y: Any = None, /, **options: Any) -> Any:
        """P(X <= x), or P(x < X <= y)."""
        given = (x,) if y is None else (x, y)
        return self.asked("cdf", lambda x, y=None: self.between(x, y, False), *given, **options)

    def ccdf(self, x: Any, y: Any = None, /, **options: Any) -> Any:
        """1 - cdf."""
        given = (x,) if y is None else (x, y)
        return self.asked("ccdf", lambda x, y=None: self.between(x, y, True), *given, **options)

    def logcdf(self, x: Any, y: Any = None, /, **options: Any) -> Any:
        """log of cdf."""
        one = (
            (lambda x: self.old.logcdf(x, **self.held()))
            if y is None
            else (lambda x, y: np.log(self.between(x, y, False)))
        )
        return self.asked("logcdf", one, *((x,) if y is None else (x, y)), **options)

    def logccdf(self, x: Any, y: Any = None, /, **options: Any) -> Any:
        """log of ccdf."""
        one = (
            (lambda x: self.old.logsf(x, **self.held()))
            if y is None
            else (lambda x, y: np.log(self.between(x, y, True)))
        )
        return self.asked("logccdf", one, *((x,) if y is None else (x, y)), **options)

    def moment(self, order: Any = 1, kind: str = "raw", **options: Any) -> Any:
        """A moment: raw, central or standardized."""

        def found() -> Any:
            held = self.held()
            if kind == "raw":
                return self.old.moment(order, **held)
            dist = self.old
            spread = dist.central(order, [held[s] for s in dist.shape_names])
            if kind == "central":
                return spread * self.scale**order
            return spread / dist.spread([held[s] for s in dist.shape_names]) ** (order / 2)

        return self.asked_without("moment", found, order, kind, **options)

    def kurtosis(self, *, convention: str = "non-excess", **options: Any) -> Any:
        """The fourth standardized moment."""
        return self.asked_without(
            "kurtosis", lambda: self.old.stats(moments="k", **self.held()) + 3.0, convention=convention, **options
        )

    def asked_without(self, name: str, found: Any, *given: Any, **options: Any) -> Any:
        """`asked` of a method whose arguments are constants."""
        original = getattr(self.original, name)
        if not differentiable(*self.shapes, self.loc, self.scale):
            return original(*given, **options)
        value = original(*given, **options)
        with np.errstate(all="ignore"):
            return exact(as_operand(found()), np.asarray(value))

    def support(self) -> Any:
        """The ends of the support."""
        values = self.original.support()
        if not differentiable(*self.shapes, self.loc, self.scale):
            return values
        return tuple(
            exact(as_operand(e), np.asarray(v)) for e, v in zip(self.old.support(**self.held()), values, strict=True)
        )

    def sample(self, shape: Any = (), *, method: Any = None, rng: Any = None) -> Any:
        """A sample, which moves with the parameters as the quantile of its own probability."""
        drawn = self.original.sample(shape, method=method, rng=rng)
        if not differentiable(*self.shapes, self.loc, self.scale):
            return drawn
        if not hasattr(self.old, "quantile"):
            raise UnsupportedError(
                "samples of a discrete distribution are integers, which do not move with the parameters"
            )
        with np.errstate(all="ignore"):
            y = (np.asarray(drawn) - value_of(self.loc)) / value_of(self.scale)
            if differentiable(*self.shapes):
                q = self.old.original.cdf(y, *plain_of(self.shapes))
                y = self.old.quantile(y, list(self.shapes), lambda y, s: self.old.probability(y, s, False) - q)
            return exact(as_operand(self.loc + self.scale * y), np.asarray(drawn))

    # ---- shifted and scaled ----

    def shifted(self, original: Any, loc: Any, scale: Any) -> Any:
        """The distribution of another location and scale."""
        return NewStyle(original, self.old, self.shapes, loc, scale)

    def __add__(self, other: Any) -> Any:
        return self.shifted(self.original + value_of(other), self.loc + other, self.scale)

    def __sub__(self, other: Any) -> Any:
        return self.shifted(self.original - value_of(other), self.loc - other, self.scale)

    def __mul__(self, other: Any) -> Any:
        return self.shifted(self.original * value_of(other), self.loc * other, self.scale * other)

    def __truediv__(self, other: Any) -> Any:
        return self.shifted(self.original / value_of(other), self.loc / other, self.scale / other)

    def __rsub__(self, other: Any) -> Any:
        return self.shifted(value_of(other) - self.original, other - self.loc, -self.scale)

    def __neg__(self) -> Any:
        return self.shifted(-self.original, -self.loc, -self.scale)

    def transformed(self, operation: Any, *others: Any) -> Any:
        """What has no older distribution: SciPy's object of plain parameters."""
        if differentiable(*self.shapes, self.loc, self.scale, *others):
            raise UnsupportedError(f"a power or reciprocal of {self.original!r} with duals has no derivative here")
        return operation(self.original, *others)

    def __pow__(self, other: Any) -> Any:
        return self.transformed(operator.pow, other)

    def __rpow__(self, other: Any) -> Any:
        return self.transformed(lambda x, y: y**x, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.transformed(lambda x, y: y / x, other)

    def __abs__(self) -> Any:
        return self.transformed(abs)

    __radd__, __rmul__ = __add__, __mul__
    __array_ufunc__ = None  # so that a dual leaves its operators to this class


def straight(name: str, old: Any) -> Callable[..., Any]:
    """A method that is one of the older distribution's, under another name."""

    def method(self: Any, *args: Any, **options: Any) -> Any:
        return self.asked(name, lambda *given: old(self)(*given, **self.held()), *args, **options)

    method.__name__, method.__doc__ = name, f"SciPy's {name}, also of duals."
    return method


for _name, _old in {
    "pdf": lambda self: self.old.pdf, "logpdf": lambda self: self.old.logpdf,
    "pmf": lambda self: self.old.pmf, "logpmf": lambda self: self.old.logpmf,
    "icdf": lambda self: self.old.ppf, "iccdf": lambda self: self.old.isf,
    "ilogcdf": lambda self: lambda p, **held: self.old.ppf(np.exp(p), **held),
    "ilogccdf": lambda self: lambda p, **held: self.old.isf(np.exp(p), **held),
    "mean": lambda self: self.old.mean, "median": lambda self: self.old.median, "variance": lambda self: self.old.var,
    "standard_deviation": lambda self: self.old.std, "entropy": lambda self: self.old.entropy,
    "skewness": lambda self: lambda **held: self.old.stats(moments="s", **held),
}.items():  # fmt: skip
    setattr(NewStyle, _name, straight(_name, _old))


def make_distribution(dist: Any) -> Any:
    """scipy.stats.make_distribution of one of the older distributions."""
    from importlib import import_module

    name = getattr(dist, "name", None)
    original = _stats.make_distribution(getattr(dist, "original", dist))
    if not name or not hasattr(_stats, name):
        return original
    old = getattr(import_module("dualdiff.scipy.stats"), name)
    made = family(original.__name__, old, lambda **held: (tuple(held[s] for s in old.shape_names), 0.0, 1.0), original)
    made.__doc__ = original.__doc__     # it has the distribution's name and parameters
    return made
