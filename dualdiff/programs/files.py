"""Compiled functions out of files."""

import os
from pathlib import Path as FilePath
from typing import Any

from ..errors import InputError
from .compiled import fixed_places, made_of
from .loaded import Interpreter
from .paths import Entry
from .saving import key_of
from .validate import Broken

__all__ = ["load"]


def load(path: Any) -> Any:
    """A compiled function from a file that ``save`` has written.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    CompiledFunction
        Called as the function that was saved, for arguments of the kinds that it had been called with.

    Raises
    ------
    InputError
        If the file is damaged, or is none of these; by a call, for arguments that there is no program for.

    Notes
    -----
    A file holds numbers and names of operations, never code: each index, shape and type is checked, so a file from
    somebody else can raise an error but run nothing.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np, dualdiff as dd
    >>> f = dd.compile(lambda x: np.sum(x**3))
    >>> f(np.array([1.0, 2.0]))
    np.float64(9.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = os.path.join(folder, "cubes.dual")
    ...     f.save(file)
    ...     g = dd.load(file)
    >>> g(np.array([2.0, 3.0])), dd.grad(g)(np.array([2.0, 3.0]))
    (np.float64(35.0), array([12., 27.]))
    """
    try:
        content = FilePath(os.fspath(path)).read_bytes()
    except TypeError:
        raise InputError(f"load takes the path of a file, got a {type(path).__name__}") from None
    return from_content(content, os.fspath(path))


def from_content(content: bytes, where: str = "the pickled program") -> Any:
    """`load` of a file's bytes."""
    try:
        f = Interpreter(content)
        fixed = fixed_places(f.header["parameters"], tuple(f.header["static"]))
        found = made_of(f, f.__name__, {"static": (), "check": "never", "exact": f.header["exact"]}, fixed, ())
        paths = found.__dualdiff_program__
        for saved in f.saved:
            entry = Entry(saved.path, f.header["exact"])
            key = key_of(saved, fixed)
            paths.table[key] = [*paths.table.get(key, ()), entry]
            paths.products = paths.products or "matmul" in saved.path.graph.op
    except Broken as error:
        raise InputError(f"{where} is no program that dualdiff saved: {error}") from None
    except (MemoryError, InputError, ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{where} is no program that dualdiff saved: {type(error).__name__}: {error}") from None
    found.origin = from_content, (content,)
    return found
