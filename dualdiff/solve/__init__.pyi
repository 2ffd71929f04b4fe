"""The types of dualdiff.solve."""

import concurrent.futures
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike, NDArray

_Options: TypeAlias = Mapping[str, Any] | None
_Progress: TypeAlias = bool | Callable[[int, int | None], object] | None
_Executor: TypeAlias = concurrent.futures.Executor
_Lift: TypeAlias = Literal["auto"] | bool | str | list[str] | tuple[str, ...] | set[str] | frozenset[str]

class RootResult(dict[str, Any]):
    """A scipy.optimize.OptimizeResult."""

    x: Any
    fun: Any
    success: bool
    status: int
    message: str
    nit: int
    nfev: int
    njvp: int
    nlinearize: int
    njev: int
    nlu: int
    ncolors: int
    method: str
    tried: list[tuple[str, int]]
    tol: float
    time: float
    history: NDArray[Any]
    diagnosis: dict[str, Any]
    preconditioner: Any
    def plot(self, ax: Any = None, **kwargs: Any) -> Any: ...
    def spy(self, ax: Any = None, **kwargs: Any) -> Any: ...
    def __getattr__(self, name: str, /) -> Any: ...

class MinimizeResult(dict[str, Any]):
    """A scipy.optimize.OptimizeResult."""

    x: Any
    fun: Any
    success: bool
    status: int
    message: str
    nit: int
    nfev: int
    method: str
    reason: str
    def plot(self, ax: Any = None, **kwargs: Any) -> Any: ...
    def __getattr__(self, name: str, /) -> Any: ...

class Fit:
    """The fit of a model: parameters, their covariance and standard deviations."""

    popt: Any
    pcov: Any
    std: Any
    names: Any
    result: Any
    def __init__(self, popt: Any, pcov: Any, std: Any, names: Any, result: Any) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...

class KrylovJacobian:
    def __init__(
        self, fun: Callable[..., Any], shape: Any = None, *, krylov: Any = ..., M: Any = None, linearize: bool = True
    ) -> None: ...
    @property
    def jac_options(self) -> dict[str, Any]: ...

def root(
    fun: Callable[..., Any], x0: Any, args: Any = (), *, free: Any = None, method: str = "auto", jac: Any = None,
    bounds: Any = None, tol: Any = None, callback: Callable[..., Any] | None = None, options: _Options = None,
    progress: _Progress = None,
    lift: _Lift = "auto",
) -> RootResult: ...
def root_batch(
    fun: Callable[..., Any], X0: ArrayLike, args: Any = (), *, bounds: Any = None, tol: Any = None,
    options: _Options = None, chunk: int | None = None, progress: _Progress = None,
    executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> Any: ...
def fixed_point(
    g: Callable[..., Any], x0: Any, args: Any = (), *, method: str = "newton", tol: Any = None,
    callback: Callable[..., Any] | None = None, options: _Options = None,
    progress: _Progress = None,
    lift: _Lift = "auto",
) -> RootResult: ...
def continuation(
    fun: Callable[..., Any], x0: Any, p0: float, p1: float, *, step: float | None = None, maxsteps: int = 200,
    tol: Any = None, options: _Options = None, switch: bool = False,
    progress: _Progress = None,
    lift: _Lift = "auto",
) -> Any: ...
def implicit_root(
    fun: Callable[..., Any], x0: Any, args: Any = (), *, solver: Callable[..., Any] | None = None, **more: Any
) -> Any: ...
def least_squares(
    fun: Callable[..., Any], x0: Any, args: Any = (), *, method: str = "auto", free: Any = None, jac: Any = None,
    bounds: Any = None, constraints: Any = (), loss: Any = "linear", f_scale: float = 1.0, tol: Any = None,
    callback: Callable[..., Any] | None = None, options: _Options = None, progress: _Progress = None,
    lift: _Lift = "auto", **more: Any,
) -> Any: ...
def minimize(
    fun: Callable[..., Any], x0: Any, args: Any = (), *, method: str = "auto", free: Any = None, bounds: Any = None,
    constraints: Any = (), tol: Any = None, callback: Callable[..., Any] | None = None, options: _Options = None,
    progress: _Progress = None,
    lift: _Lift = "auto",
) -> MinimizeResult: ...
def curve_fit(
    f: Callable[..., Any], xdata: Any, ydata: Any, p0: Any = None, *, sigma: Any = None, absolute_sigma: bool = False,
    free: Any = None, bounds: Any = None, method: str = "auto", loss: Any = "linear", f_scale: float = 1.0,
    tol: Any = None, lift: _Lift = "auto", **more: Any,
) -> Fit: ...
class Multistart(list[Any]):
    """The results of `multistart`, one for each start."""

    @property
    def success(self) -> NDArray[Any]: ...
    @property
    def merits(self) -> NDArray[Any]: ...
    @property
    def best(self) -> Any: ...
    def order(self) -> NDArray[Any]: ...
    def distinct(self, rtol: float = 1e-6, atol: float = 1e-9) -> list[Any]: ...

def multistart(
    method: Callable[..., Any], *first: Any, starts: Any, executor: _Executor | None = None, progress: _Progress = None,
    **more: Any,
) -> Multistart: ...
def newton_krylov(F: Callable[..., Any], xin: ArrayLike, *args: Any, **options: Any) -> NDArray[Any]: ...
