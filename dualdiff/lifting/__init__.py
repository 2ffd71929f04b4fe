"""Other people's code run on dualdiff's drop-ins, as a copy: `lift`.

    world      one lifted package: its modules, loaded a second time, and what their imports give
    copies     functions, classes and objects that no module file can give again, copied
    names      the built-in functions that lifted code sees (float, isinstance, type, ...)

Invariant: neither sys.modules nor anything that the original code can reach is changed.
Imports: core, errors, functions, maps, standin, transforms; inside functions: math, numpy, scipy.
"""

from .world import lift

__all__ = ["lift"]
