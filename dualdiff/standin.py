"""Stand-ins for classes: the class to everyone who asks, and a function that takes duals to those who call it.

`isinstance(x, S)` is also true of the duals that S holds, `S(x)` calls S's own function, `class C(S)` derives from the
real class, and S equals the real class and hashes as it does, so a table with types as keys works.  Where
NumPy is given S as a dtype it finds the real one in S.dtype.

Imported by numpy/ and lifting/.
"""

__all__ = ["StandIn"]


class StandIn(type):
    """The type of stand-ins: StandIn(name, (), {}, real=class, holds=function of x, make=function)."""

    def __new__(cls, name, bases, namespace, **options):
        """A stand-in, where it is told what for; else a subclass of the real classes."""
        if "real" in options:
            return super().__new__(cls, name, bases, namespace)
        import types

        real = tuple(b.real_class if isinstance(b, StandIn) else b for b in bases)
        return types.new_class(name, real, options, lambda ns: ns.update(namespace))

    def __init__(cls, name, bases, namespace, *, real, holds, make, **attributes):
        super().__init__(name, bases, namespace)
        cls.real_class, cls.holds, cls.make = real, staticmethod(holds), staticmethod(make)
        cls.__module__, cls.__qualname__, cls.__doc__ = real.__module__, real.__qualname__, real.__doc__
        for key, value in attributes.items():
            setattr(cls, key, value)

    def __instancecheck__(cls, x):
        return isinstance(x, cls.real_class) or cls.holds(x)

    def __subclasscheck__(cls, other):
        return issubclass(other.real_class if isinstance(other, StandIn) else other, cls.real_class)

    def __call__(cls, *args, **kwargs):
        """What calling the class does."""
        return cls.make(*args, **kwargs)

    def __getattr__(cls, name):
        return getattr(type.__getattribute__(cls, "real_class"), name)

    def __getitem__(cls, item):
        return cls.real_class[item]

    def __eq__(cls, other):
        return cls is other or cls.real_class is (other.real_class if isinstance(other, StandIn) else other)

    def __hash__(cls):
        return hash(cls.real_class)

    def __or__(cls, other):
        return cls.real_class | other

    def __ror__(cls, other):
        return other | cls.real_class

    def __repr__(cls):
        return repr(cls.real_class)
