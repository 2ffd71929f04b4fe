"""The types of scipy.integrate's functions with exact derivatives; every other name is SciPy's own."""

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

def solve_ivp(
    fun: Callable[..., Any], t_span: tuple[float, float], y0: ArrayLike, method: Any = "RK45",
    *args: Any, **options: Any,
) -> Any: ...
def __getattr__(name: str) -> Any: ...
