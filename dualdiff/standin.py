"""Stand-ins for classes and dtypes: the real one to everyone who asks, and one that takes duals to those who call it.

`isinstance(x, S)` is also true of the duals that S holds, `S(x)` calls S's own function, `class C(S)` derives from the
real class, and S equals the real class and hashes as it does, so a table with types as keys works.  Where
NumPy is given S as a dtype it finds the real one in S.dtype.

A `DType` is what `x.dtype` is for a scalar dual: NumPy's dtype, but its `type` is a stand-in.  No object of NumPy's is
altered for either.

"""

import copyreg
from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np

__all__ = ["DType", "StandIn"]


class StandIn(type):
    """The type of stand-ins: StandIn(name, (), {}, real=class, holds=function of x, make=function)."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        """A stand-in, where it is told what for; else a subclass of the real classes."""
        if "real" in options:
            return super().__new__(cls, name, bases, {"__new__": options["real"].__new__, **namespace})
        import types

        real = tuple(b.real_class if isinstance(b, StandIn) else b for b in bases)
        return types.new_class(name, real, options, lambda ns: ns.update(namespace))

    def __init__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        real: type,
        holds: Callable[[Any], bool],
        make: Callable[..., Any],
        **attributes: Any,
    ) -> None:
        super().__init__(name, bases, namespace)
        cls.real_class, cls.holds, cls.make = real, staticmethod(holds), staticmethod(make)
        cls.__module__, cls.__qualname__, cls.__doc__ = real.__module__, real.__qualname__, real.__doc__
        for key, value in attributes.items():
            setattr(cls, key, value)

    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, cls.real_class) or cls.holds(x)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other.real_class if isinstance(other, StandIn) else other, cls.real_class)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """What calling the class does."""
        return cls.make(*args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        return getattr(type.__getattribute__(cls, "real_class"), name)

    def __getitem__(cls, item: Any) -> Any:
        real: Any = cls.real_class
        return real[item]

    def __eq__(cls, other: object) -> bool:
        other = other.real_class if isinstance(other, StandIn) else other
        return type.__eq__(cls.real_class, other)  # NotImplemented for a dtype, which then answers itself

    def __hash__(cls) -> int:
        return hash(cls.real_class)

    def __or__(cls, other: Any) -> Any:
        return cls.real_class | other

    def __ror__(cls, other: Any) -> Any:
        return other | cls.real_class

    def __repr__(cls) -> str:
        return repr(cls.real_class)


def itself(x: Any) -> Any:
    """What pickle calls to make a stand-in again: it stores the real one."""
    return x


copyreg.pickle(StandIn, lambda cls: (itself, (cls.real_class,)))


class DType:
    """NumPy's dtype of a scalar that may be a dual; `type` takes and keeps duals.

    NumPy's functions in Python end in `total.dtype.type(total / n)`, which would be `float(dual)`.  Wherever NumPy
    wants a dtype it finds the real one in the attribute of that name.

    Parameters
    ----------
    dtype : numpy.dtype
        The real one.
    kind : type
        The stand-in for `dtype.type`.
    """

    __slots__ = ("dtype", "type")

    def __init__(self, dtype: np.dtype[Any], kind: Any) -> None:
        self.dtype, self.type = dtype, kind

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self.dtype.__class__

    def __getattr__(self, name: str) -> Any:
        return getattr(self.dtype, name)

    def __dir__(self) -> Iterable[str]:
        return dir(self.dtype)

    def __eq__(self, other: object) -> bool:
        return self.dtype == other

    def __ne__(self, other: object) -> bool:
        return self.dtype != other

    def __lt__(self, other: Any) -> bool:
        return bool(self.dtype < np.dtype(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.dtype <= np.dtype(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.dtype > np.dtype(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.dtype >= np.dtype(other))

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __bool__(self) -> bool:
        return bool(self.dtype)

    def __len__(self) -> int:
        return len(self.dtype.names or ())

    def __getitem__(self, key: Any) -> Any:
        return self.dtype[key]

    def __mul__(self, n: int) -> Any:
        return self.dtype * n

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return repr(self.dtype)

    def __str__(self) -> str:
        return str(self.dtype)

    def __reduce__(self) -> Any:
        return itself, (self.dtype,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self
