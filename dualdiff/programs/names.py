"""The functions that the names in a graph stand for."""

import math
import operator
from typing import Any

import numpy as np

from ..rules.table import RULES

__all__ = ["ufunc_of"]


def ufunc_of(name: str) -> Any:
    """The elementwise function of a name: a ufunc of NumPy's, or one of the table's; np.where; Python's, of floats.

    "near.sin" is sin where 2 ulp are near enough: in partial derivatives that are nobody's value.
    """
    name = name.removeprefix("near.")
    if name.startswith("linalg."):
        return LINEAR[name[7:]]
    if name.startswith(("operator.", "math.")):
        return of_floats(name)
    found = getattr(np, name, None)
    if name == "where" or isinstance(found, np.ufunc):
        return found
    return RULES[name].ufunc


LINEAR: dict[str, Any] = {
    "inv": np.linalg.inv, "solve": np.linalg.solve, "det": np.linalg.det, "cholesky_lo": np.linalg.cholesky,
    "cholesky_up": lambda a: np.linalg.cholesky(a, upper=True), "slogdet.sign": lambda a: np.linalg.slogdet(a)[0],
    "slogdet.log": lambda a: np.linalg.slogdet(a)[1],
}  # fmt: skip


def of_floats(name: str) -> Any:
    """A function of the operator or the math module, of floats: of arrays of one element."""
    module, name = name.split(".")
    function = getattr(operator if module == "operator" else math, name)
    return lambda *xs: function(*[x.item() for x in xs])
