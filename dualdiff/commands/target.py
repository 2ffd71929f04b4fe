"""MODULE:FUNCTION and --at of the command line, read.

Invariant: what is wrong with them is a BadTarget that says what to write.
"""

import argparse
import ast
import importlib
import importlib.util
import math
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["BadTarget", "add_target", "read"]


class BadTarget(Exception):
    """The function or the point cannot be had."""


def add_target(parser: argparse.ArgumentParser) -> None:
    """Adds MODULE:FUNCTION and --at."""
    parser.add_argument("function", metavar="MODULE:FUNCTION", help="what to import, or FILE.py:FUNCTION")
    parser.add_argument(
        "--at", action="append", metavar="EXPRESSION", default=None,
        help='the point, as Python with np: "np.ones(3)"; once for each argument of the function',
    )  # fmt: skip
    parser.add_argument("--lift", action="store_true", help="run the function lifted (dualdiff.lift)")


def load(name: str) -> tuple[Any, Any]:
    """(module, function)."""
    place, colon, path = name.rpartition(":")
    if not colon or not place or not path:
        raise BadTarget(f"{name!r} does not name a function; write MODULE:FUNCTION, as in mymodel:loss")
    if place.endswith(".py"):
        if not os.path.exists(place):
            raise BadTarget(f"there is no file {place!r}")
        spec = importlib.util.spec_from_file_location(os.path.basename(place)[:-3], place)
        if spec is None or spec.loader is None:
            raise BadTarget(f"{place!r} cannot be imported")
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(spec.name, module)
        sys.path.insert(0, os.path.dirname(os.path.abspath(place)))
        spec.loader.exec_module(module)
    else:
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        try:
            module = importlib.import_module(place)
        except ImportError as error:
            raise BadTarget(f"cannot import {place!r}: {error}") from error
    found = module
    for part in path.split("."):
        if not hasattr(found, part):
            raise BadTarget(f"{place} has no {path!r}")
        found = getattr(found, part)
    if not callable(found):
        raise BadTarget(f"{name} is a {type(found).__name__}, not a function")
    return module, found


def read(options: argparse.Namespace) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """(f, its arguments)."""
    module, f = load(options.function)
    if options.lift:
        from ..lifting import lift

        f = lift(f)
    if not options.at:
        raise BadTarget('give a point with --at, as in --at "np.ones(3)"; once for each argument')
    names = {**vars(module), "np": np, "numpy": np, "math": math, "rng": np.random.default_rng(0)}
    xs: list[Any] = []
    for text in options.at:
        try:
            tree = ast.parse(text.strip(), mode="eval")
            value = eval(compile(tree, "--at", "eval"), names)
        except Exception as error:
            raise BadTarget(f"--at {text!r}: {type(error).__name__}: {error}") from error
        # --at "1.0, 2.0" is two arguments, --at "(1.0, 2.0)" one
        several = isinstance(tree.body, ast.Tuple) and not text.strip().startswith("(") and len(options.at) == 1
        xs += value if several else [value]
    return f, tuple(xs)
