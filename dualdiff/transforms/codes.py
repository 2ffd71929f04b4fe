"""What a function's code names, together with the functions that are made inside of it."""

import functools
import types
from collections.abc import Iterator

__all__ = ["codes_in", "names_in"]


def codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and those of the functions that are made inside it."""
    yield code
    for x in code.co_consts:
        if isinstance(x, types.CodeType):
            yield from codes_in(x)


@functools.lru_cache(4096)
def names_in(code: types.CodeType) -> frozenset[str]:
    """The globals and attributes that they may ask for."""
    return frozenset(name for part in codes_in(code) for name in part.co_names)
