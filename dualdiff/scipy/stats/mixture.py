"""scipy.stats.Mixture of components and weights that may be duals: sums over the components, with SciPy's values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats as _stats

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable
from ..compose import plain_of
from ..special import logsumexp
from .newstyle import NewStyle

__all__ = ["Mixture"]


class Mixture:
    """scipy.stats.Mixture, also of duals.

    Parameters
    ----------
    components : sequence of distributions
        Of the newer kind: Normal, ..., or what make_distribution gives.
    weights : array_like, optional
        They sum to one.
    """

    def __init__(self, components: Any, *, weights: Any = None) -> None:
        plain = None if weights is None else value_of(as_operand(weights))
        self.original = _stats.Mixture([getattr(c, "original", c) for c in components], weights=plain)
        self.components = list(components)
        self.weights = as_operand(weights) if differentiable(weights) else self.original.weights

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """SciPy's class, so that isinstance answers as for SciPy's object."""
        return type(self.original)

    def __repr__(self) -> str:
        return f"<dualdiff.scipy.stats.Mixture of {len(self.components)}>" if self.varies() else repr(self.original)

    def __str__(self) -> str:
        return repr(self) if self.varies() else str(self.original)

    def __reduce__(self) -> Any:
        return _made, (self.components, self.weights)

    def varies(self, *args: Any) -> bool:
        """Whether an argument, a weight or a component holds a dual."""
        ours = (c for c in self.components if NewStyle in type(c).__mro__)
        return differentiable(*args, self.weights) or any(differentiable(*c.shapes, c.loc, c.scale) for c in ours)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "original":
            raise AttributeError(name)
        found = getattr(self.original, name)
        if not callable(found):
            return found

        def answer(*args: Any, **options: Any) -> Any:
            if self.varies(*args):
                raise UnsupportedError(f"{name} of a Mixture with duals has no derivative here")
            return found(*args, **options)

        return answer

    def parts(self, name: str, args: Any) -> Any:
        """What the components say, the last axis one element each."""
        return np.stack(np.broadcast_arrays(*(as_operand(getattr(c, name)(*args)) for c in self.components)), axis=-1)

    def variance(self, **options: Any) -> Any:
        """The variance."""
        value = self.original.variance(**options)
        if not self.varies():
            return value
        means = self.parts("mean", ())
        mean = np.sum(self.weights * means, axis=-1, keepdims=True)
        found = np.sum(self.weights * (self.parts("variance", ()) + (means - mean) ** 2), axis=-1)
        return exact(as_operand(found), np.asarray(value))

    def standard_deviation(self, **options: Any) -> Any:
        """Its root."""
        value = self.original.standard_deviation(**options)
        return exact(as_operand(np.sqrt(self.variance())), np.asarray(value)) if self.varies() else value


def _made(components: Any, weights: Any) -> Any:
    return Mixture(components, weights=weights)


def total(name: str) -> Callable[..., Any]:
    """A method that is the weighted sum of the components', or the logarithm of such a sum."""

    def method(self: Any, *args: Any, **options: Any) -> Any:
        original = getattr(self.original, name)
        if not self.varies(*args):
            return original(*args, **options)
        value = original(*plain_of(args), **options)
        with np.errstate(all="ignore"):
            parts = self.parts(name, args)
            if name.startswith("log"):
                found = logsumexp(parts + np.log(self.weights), axis=-1)
            else:
                found = np.sum(self.weights * parts, axis=-1)
        return exact(as_operand(found), np.asarray(value))

    method.__name__, method.__doc__ = name, f"SciPy's {name}, also of duals."
    return method


for _name in ("pdf", "pmf", "cdf", "ccdf", "logpdf", "logpmf", "logcdf", "logccdf", "mean"):
    setattr(Mixture, _name, total(_name))
