"""Other people's code run on dualdiff's drop-ins, as a copy: `lift`.

    world      the packages that are lifted together, and what their imports give
    copies     functions, classes and objects of theirs, copied onto live views of the original modules
    names      the built-in functions that lifted code sees (float, isinstance, type, ...)
    guard      a copy counts only if its value is the original's
    auto       a function that raises on duals is lifted without being asked

Invariant: neither sys.modules nor anything that the original code can reach is changed, but by that code itself.
Imports: automatic, core, errors, functions, maps, numpy, quiet, standin, transforms; inside functions: math.
"""

from .world import lift

__all__ = ["lift"]
