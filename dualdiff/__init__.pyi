"""The types of dualdiff.

A derivative has the type of the argument it is taken by, so `grad(f)` is a `Gradient`: called with an array it returns
an array, with a float a float, with a dict of arrays such a dict.
"""

import concurrent.futures
import contextlib
from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Generic, Literal, NamedTuple, ParamSpec, Protocol, TypeAlias, TypeVar, overload, type_check_only

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import (
    errors as errors,
    functions as functions,
    math as math,
    numpy as numpy,
    scipy as scipy,
    solve as solve,
    sparse as sparse,
    testing as testing,
)
from .core import Dual as Dual, DualArray as DualArray
from .debugging import debug as debug
from .programs.explain import Explanation
from .sparse import (
    coloring as coloring,
    sparse_hessian as sparse_hessian,
    sparse_jacobian as sparse_jacobian,
    sparsity as sparsity,
)
from .support import SupportTable
from .transforms.propagation import Propagated

__all__ = [
    "Dual",
    "DualArray",
    "Linearization",
    "Wirtinger",
    "auto_lift",
    "checkpoint",
    "checkpoint_loop",
    "coloring",
    "compile",
    "curl",
    "custom_jvp",
    "custom_vjp",
    "debug",
    "derivative",
    "directional_derivative",
    "divergence",
    "errors",
    "functions",
    "gauss_newton_product",
    "grad",
    "hessian",
    "hessian_diagonal",
    "hvp",
    "jacobian",
    "jacobian_logdet",
    "jvp",
    "laplacian",
    "lift",
    "linearize",
    "load",
    "math",
    "nth_derivative",
    "numerical",
    "numpy",
    "propagate",
    "ravel",
    "register_container",
    "scipy",
    "solve",
    "sparse",
    "sparse_hessian",
    "sparse_jacobian",
    "sparsity",
    "stop_gradient",
    "supported",
    "taylor",
    "testing",
    "value_and_grad",
    "value_and_jacobian",
    "value_grad_hessian",
    "vjp",
]

__version__: str

_P = ParamSpec("_P")
_T = TypeVar("_T")
_X = TypeVar("_X")
_Y = TypeVar("_Y")
_YT = TypeVar("_YT", covariant=True)
_Aux = TypeVar("_Aux")
_AuxT = TypeVar("_AuxT", covariant=True)
_Array = TypeVar("_Array", bound=NDArray[Any])

_Progress: TypeAlias = bool | Callable[[int, int | None], object] | None
_Mode: TypeAlias = Literal["auto", "forward", "reverse"]
_Memory: TypeAlias = float | Literal["auto"] | None
_Pairing: TypeAlias = Literal["hermitian", "bilinear"]
_JacobianMode: TypeAlias = Literal["auto", "forward", "reverse", "colored"]
_Batched: TypeAlias = bool | tuple[Literal[0] | None, ...]
_Executor: TypeAlias = concurrent.futures.Executor
_Layout: TypeAlias = Literal["numerator", "denominator"]
_Names: TypeAlias = str | tuple[str, ...]
_Lift: TypeAlias = Literal["auto"] | bool | str | list[str] | tuple[str, ...] | set[str] | frozenset[str]
_Places: TypeAlias = tuple[int, ...] | list[int]

# ---- functions that transforms return ------------------------------------------------------------------

@type_check_only
class Gradient(Protocol):
    """What `grad(f)` is: the gradient has the type of the argument."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> float: ...
    @overload
    def __call__(self, x: _X, /, *args: Any, **kwargs: Any) -> _X: ...
    @overload
    def __call__(self, **kwargs: Any) -> Any: ...

@type_check_only
class GradientWithAux(Protocol[_AuxT]):
    """What `grad(f, has_aux=True)` is."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> tuple[float, _AuxT]: ...
    @overload
    def __call__(self, x: _X, /, *args: Any, **kwargs: Any) -> tuple[_X, _AuxT]: ...
    @overload
    def __call__(self, **kwargs: Any) -> tuple[Any, _AuxT]: ...

@type_check_only
class ValueAndGradient(Protocol[_YT]):
    """What `value_and_grad(f)` is."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> tuple[_YT, float]: ...
    @overload
    def __call__(self, x: _X, /, *args: Any, **kwargs: Any) -> tuple[_YT, _X]: ...
    @overload
    def __call__(self, **kwargs: Any) -> tuple[_YT, Any]: ...

@type_check_only
class Hessian(Protocol):
    """What `hessian(f)` is: a number for a number, an array for an array, blocks for a structure."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> float: ...
    @overload
    def __call__(self, x: NDArray[Any], /, *args: Any, **kwargs: Any) -> NDArray[Any]: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def mode_for(self, *args: Any, **kwargs: Any) -> str: ...
    def explain(self, *args: Any, **kwargs: Any) -> Any: ...

@type_check_only
class ValueGradientHessian(Protocol):
    """What `value_grad_hessian(f)` is."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> tuple[float, float, float]: ...
    @overload
    def __call__(self, x: _Array, /, *args: Any, **kwargs: Any) -> tuple[float, _Array, NDArray[Any]]: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]: ...
    def mode_for(self, *args: Any, **kwargs: Any) -> str: ...
    def explain(self, *args: Any, **kwargs: Any) -> Any: ...

# ---- functions of a function ---------------------------------------------------------------------------

@overload
def derivative(
    f: Callable[..., tuple[Any, _Aux]], argnums: int = 0, *, argnames: str | None = None, layout: _Layout = "numerator",
    has_aux: Literal[True], holomorphic: bool = False,
    batched: _Batched = False, chunk: int | None = None, progress: _Progress = None,
    executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> Callable[..., tuple[Any, _Aux]]: ...
@overload
def derivative(
    f: Callable[..., float], argnums: int = 0, *, argnames: str | None = None, layout: _Layout = "numerator",
    has_aux: Literal[False] = False, holomorphic: Literal[False] = False,
    batched: _Batched = False, chunk: int | None = None, progress: _Progress = None,
    executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> Callable[..., float]: ...
@overload
def derivative(
    f: Callable[..., _Y], argnums: int = 0, *, argnames: str | None = None, layout: _Layout = "numerator",
    has_aux: Literal[False] = False, holomorphic: bool = False,
    batched: _Batched = False, chunk: int | None = None, progress: _Progress = None,
    executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> Callable[..., _Y]: ...
@overload
def grad(
    f: Callable[..., tuple[Any, _Aux]], argnums: Literal[0] = 0, *, argnames: None = None, mode: _Mode = "auto",
    chunk: int | None = None, has_aux: Literal[True], pairing: _Pairing = "hermitian",
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> GradientWithAux[_Aux]: ...
@overload
def grad(
    f: Callable[..., Any], argnums: Literal[0] = 0, *, argnames: None = None, mode: _Mode = "auto",
    chunk: int | None = None, has_aux: Literal[False] = False, pairing: _Pairing = "hermitian",
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Gradient: ...
@overload
def grad(
    f: Callable[..., Any], argnums: _Places, *, argnames: None = None, mode: _Mode = "auto",
    chunk: int | None = None, has_aux: Literal[False] = False, pairing: _Pairing = "hermitian",
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., tuple[Any, ...]]: ...
@overload
def grad(
    f: Callable[..., Any], argnums: int | _Places = 0, *, argnames: _Names | None = None, mode: _Mode = "auto",
    chunk: int | None = None, has_aux: bool = False, pairing: _Pairing = "hermitian",
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., Any]: ...
@overload
def value_and_grad(
    f: Callable[..., tuple[_Y, _Aux]], argnums: Literal[0] = 0, *, argnames: None = None, mode: _Mode = "auto",
    chunk: int | None = None, has_aux: Literal[True], pairing: _Pairing = "hermitian",
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> ValueAndGradient[tuple[_Y, _Aux]]: ...
@overload
def value_and_grad(
    f: Callable[..., Any], argnums: Literal[0] = 0, *, argnames: None = None, mode: _Mode = "auto",
    chunk: int | None = None, has_aux: Literal[False] = False, pairing: _Pairing = "hermitian",
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> ValueAndGradient[float]: ...
@overload
def value_and_grad(
    f: Callable[..., Any], argnums: _Places, *, argnames: None = None, mode: _Mode = "auto",
    chunk: int | None = None, has_aux: Literal[False] = False, pairing: _Pairing = "hermitian",
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., tuple[float, tuple[Any, ...]]]: ...
@overload
def value_and_grad(
    f: Callable[..., Any], argnums: int | _Places = 0, *, argnames: _Names | None = None, mode: _Mode = "auto",
    chunk: int | None = None, has_aux: bool = False, pairing: _Pairing = "hermitian",
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., tuple[Any, Any]]: ...
@overload
def jacobian(
    f: Callable[..., tuple[Any, _Aux]], argnums: int | _Places = 0, *, argnames: _Names | None = None,
    mode: _JacobianMode = "auto", chunk: int | None = None, layout: _Layout = "numerator", has_aux: Literal[True],
    holomorphic: bool = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., tuple[Any, _Aux]]: ...
@overload
def jacobian(
    f: Callable[..., NDArray[Any]], argnums: Literal[0] = 0, *, argnames: None = None, mode: _JacobianMode = "auto",
    chunk: int | None = None, layout: _Layout = "numerator", has_aux: Literal[False] = False, holomorphic: bool = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> JacobianOfArray: ...
@overload
def jacobian(
    f: Callable[..., Any], argnums: _Places, *, argnames: None = None, mode: _JacobianMode = "auto",
    chunk: int | None = None, layout: _Layout = "numerator", has_aux: Literal[False] = False, holomorphic: bool = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., Any]: ...
@overload
def jacobian(
    f: Callable[..., Any], argnums: int | _Places = 0, *, argnames: _Names | None = None, mode: _JacobianMode = "auto",
    chunk: int | None = None, layout: _Layout = "numerator", has_aux: bool = False, holomorphic: bool = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., Any]: ...
@type_check_only
class JacobianOfArray(Protocol):
    """What `jacobian(f)` is where f returns one array."""

    @overload
    def __call__(self, x: NDArray[Any] | float, /, *args: Any, **kwargs: Any) -> NDArray[Any]: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

@overload
def value_and_jacobian(
    f: Callable[..., tuple[_Y, _Aux]], argnums: int | _Places = 0, *, argnames: _Names | None = None,
    mode: _JacobianMode = "auto", chunk: int | None = None, layout: _Layout = "numerator", has_aux: Literal[True],
    holomorphic: bool = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., tuple[tuple[_Y, _Aux], Any]]: ...
@overload
def value_and_jacobian(
    f: Callable[..., _Y], argnums: int | _Places = 0, *, argnames: _Names | None = None, mode: _JacobianMode = "auto",
    chunk: int | None = None, layout: _Layout = "numerator", has_aux: Literal[False] = False, holomorphic: bool = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto", memory_limit: _Memory = "auto",
) -> Callable[..., tuple[_Y, Any]]: ...
@overload
def hessian(
    f: Callable[..., Any], argnums: Literal[0] = 0, *, argnames: None = None, mode: _Mode = "auto",
    chunk: int | None = None, layout: _Layout = "numerator", has_aux: Literal[False] = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> Hessian: ...
@overload
def hessian(
    f: Callable[..., tuple[Any, _Aux]], argnums: int | _Places = 0, *, argnames: _Names | None = None,
    mode: str = "auto", chunk: int | None = None, layout: _Layout = "numerator", has_aux: Literal[True],
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> Callable[..., tuple[Any, _Aux]]: ...
@overload
def hessian(
    f: Callable[..., Any], argnums: int | _Places = 0, *, argnames: _Names | None = None, mode: str = "auto",
    chunk: int | None = None, layout: _Layout = "numerator", has_aux: bool = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> Callable[..., Any]: ...
@overload
def value_grad_hessian(
    f: Callable[..., Any], argnums: Literal[0] = 0, *, argnames: None = None, mode: _Mode = "auto",
    chunk: int | None = None, layout: _Layout = "numerator", has_aux: Literal[False] = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> ValueGradientHessian: ...
@overload
def value_grad_hessian(
    f: Callable[..., Any], argnums: int | _Places = 0, *, argnames: _Names | None = None, mode: str = "auto",
    chunk: int | None = None, layout: _Layout = "numerator", has_aux: bool = False,
    progress: _Progress = None, batched: _Batched = False, executor: _Executor | None = None,
    lift: _Lift = "auto",
) -> Callable[..., tuple[Any, Any, Any]]: ...
@overload
def hessian_diagonal(
    f: Callable[..., float], argnums: Literal[0] = 0, *, argnames: None = None, progress: _Progress = None,
    lift: _Lift = "auto",
) -> Gradient: ...
@overload
def hessian_diagonal(
    f: Callable[..., Any], argnums: int | _Places = 0, *, argnames: _Names | None = None, progress: _Progress = None,
    lift: _Lift = "auto",
) -> Callable[..., Any]: ...
def laplacian(
    f: Callable[..., _Y], argnums: int | _Places = 0, *, argnames: _Names | None = None, progress: _Progress = None,
    lift: _Lift = "auto",
) -> Callable[..., _Y]: ...
def directional_derivative(f: Callable[_P, _Y], v: Any, *, lift: _Lift = "auto") -> Callable[_P, _Y]: ...
def divergence(f: Callable[_P, Any], *, lift: _Lift = "auto") -> Callable[_P, float]: ...
def curl(f: Callable[_P, _Y], *, lift: _Lift = "auto") -> Callable[_P, _Y]: ...
def jacobian_logdet(f: Callable[_P, Any], *, lift: _Lift = "auto") -> Callable[_P, float]: ...
def nth_derivative(f: Callable[_P, _Y], n: int, *, lift: _Lift = "auto") -> Callable[_P, _Y]: ...
def checkpoint(f: Callable[_P, _Y], *, lift: _Lift = "auto") -> Callable[_P, _Y]: ...
def checkpoint_loop(step: Callable[..., _X], state: _X, n: int, *args: Any, snapshots: int | None = None) -> _X: ...

# ---- products at a point -------------------------------------------------------------------------------

@overload
def jvp(
    f: Callable[..., tuple[_Y, _Aux]], primals: Any, tangents: Any, *, has_aux: Literal[True],
    holomorphic: bool = False, lift: _Lift = "auto", **kwargs: Any,
) -> tuple[_Y, _Y, _Aux]: ...
@overload
def jvp(
    f: Callable[..., float], primals: Any, tangents: Any, *, has_aux: Literal[False] = False,
    holomorphic: Literal[False] = False, lift: _Lift = "auto", **kwargs: Any,
) -> tuple[float, Any]: ...
@overload
def jvp(
    f: Callable[..., _Y], primals: Any, tangents: Any, *, has_aux: Literal[False] = False, holomorphic: bool = False,
    lift: _Lift = "auto", **kwargs: Any,
) -> tuple[_Y, _Y]: ...
@overload
def vjp(
    f: Callable[..., tuple[_Y, _Aux]], primal: _X, /, *, has_aux: Literal[True],
    pairing: _Pairing = "hermitian", lift: _Lift = "auto", memory_limit: _Memory = "auto", **kwargs: Any,
) -> tuple[_Y, Callable[[Any], _X], _Aux]: ...
@overload
def vjp(
    f: Callable[..., tuple[_Y, _Aux]], primal: Any, /, *primals: Any, has_aux: Literal[True],
    pairing: _Pairing = "hermitian", lift: _Lift = "auto", memory_limit: _Memory = "auto", **kwargs: Any,
) -> tuple[_Y, Callable[[Any], tuple[Any, ...]], _Aux]: ...
@overload
def vjp(
    f: Callable[..., _Y], primal: _X, /, *, has_aux: Literal[False] = False,
    pairing: _Pairing = "hermitian", lift: _Lift = "auto", memory_limit: _Memory = "auto", **kwargs: Any,
) -> tuple[_Y, Callable[[Any], _X]]: ...
@overload
def vjp(
    f: Callable[..., _Y], primal: Any, /, *primals: Any, has_aux: Literal[False] = False,
    pairing: _Pairing = "hermitian", lift: _Lift = "auto", memory_limit: _Memory = "auto", **kwargs: Any,
) -> tuple[_Y, Callable[[Any], tuple[Any, ...]]]: ...
@overload
def hvp(
    f: Callable[..., Any], primals: tuple[_X], tangents: tuple[Any], *, lift: _Lift = "auto",
    memory_limit: _Memory = "auto", **kwargs: Any,
) -> _X: ...
@overload
def hvp(
    f: Callable[..., Any], primals: _Array, tangents: NDArray[Any], *, lift: _Lift = "auto",
    memory_limit: _Memory = "auto", **kwargs: Any,
) -> _Array: ...
@overload
def hvp(
    f: Callable[..., Any], primals: float, tangents: float, *, lift: _Lift = "auto", memory_limit: _Memory = "auto",
    **kwargs: Any,
) -> float: ...
@overload
def hvp(
    f: Callable[..., Any], primals: tuple[Any, ...] | list[Any], tangents: tuple[Any, ...] | list[Any], *,
    lift: _Lift = "auto", memory_limit: _Memory = "auto", **kwargs: Any,
) -> tuple[Any, ...]: ...
def gauss_newton_product(
    residual: Callable[..., Any], primals: Any, tangents: Any, *, curvature: Callable[[Any], Any] | None = None,
    lift: _Lift = "auto", **kwargs: Any,
) -> Any: ...
@overload
def linearize(
    f: Callable[..., tuple[_Y, _Aux]], *primals: Any, has_aux: Literal[True], lift: _Lift = "auto",
    memory_limit: _Memory = "auto", **kwargs: Any,
) -> tuple[_Y, Linearization, _Aux]: ...
@overload
def linearize(
    f: Callable[..., _Y], *primals: Any, has_aux: Literal[False] = False, lift: _Lift = "auto",
    memory_limit: _Memory = "auto", **kwargs: Any,
) -> tuple[_Y, Linearization]: ...
def taylor(f: Callable[..., Any], x: Any, v: Any, order: int, *, lift: _Lift = "auto", **kwargs: Any) -> Any: ...

class _Operator:
    """A linear operator: SciPy's solvers take it, and `isinstance` calls it a LinearOperator."""

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    @property
    def ndim(self) -> int: ...
    @property
    def H(self) -> _Operator: ...
    @property
    def T(self) -> _Operator: ...
    def transpose(self) -> _Operator: ...
    def adjoint(self) -> _Operator: ...
    def matvec(self, v: ArrayLike) -> NDArray[Any]: ...
    def rmatvec(self, w: ArrayLike) -> NDArray[Any]: ...
    def matmat(self, V: ArrayLike) -> NDArray[Any]: ...
    def rmatmat(self, W: ArrayLike) -> NDArray[Any]: ...
    @overload
    def dot(self, other: NDArray[Any] | Sequence[float]) -> NDArray[Any]: ...
    @overload
    def dot(self, other: Any) -> Any: ...
    @overload
    def __matmul__(self, v: NDArray[Any] | Sequence[float]) -> NDArray[Any]: ...
    @overload
    def __matmul__(self, v: Any) -> Any: ...
    def __rmatmul__(self, other: Any) -> Any: ...
    def __mul__(self, other: Any) -> Any: ...
    def __rmul__(self, other: complex) -> _Operator: ...
    def __truediv__(self, other: complex) -> _Operator: ...
    def __neg__(self) -> _Operator: ...
    def __add__(self, other: Any) -> _Operator: ...
    def __sub__(self, other: Any) -> _Operator: ...
    def __rsub__(self, other: Any) -> _Operator: ...
    def __pow__(self, power: int) -> _Operator: ...
    def dense(self, mode: _Mode = "auto", *, progress: _Progress = None) -> NDArray[Any]: ...
    def diagonal(self) -> NDArray[Any]: ...

class Wirtinger(NamedTuple):
    """The Jacobian by a complex argument."""

    dz: Any
    dconj: Any

class Linearization(_Operator):
    """The derivative of a function at a point."""

    input_shape: Any
    output_shape: Any
    @property
    def T(self) -> Linearization: ...
    @property
    def H(self) -> Linearization: ...
    def jvp(self, *tangents: Any) -> Any: ...
    def vjp(self, w: Any) -> Any: ...
    def sparse(self, plan: Any = None, format: Literal["csr", "csc"] = "csr") -> Any: ...

# ---- derivatives of one's own --------------------------------------------------------------------------

class _CustomFunction(Generic[_P, _Y]):
    __wrapped__: Callable[_P, _Y]
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _Y: ...
    @overload
    def __get__(self, instance: None, owner: Any = None) -> _CustomFunction[_P, _Y]: ...
    @overload
    def __get__(self, instance: Any, owner: Any = None) -> Callable[..., _Y]: ...

class _CustomJvp(_CustomFunction[_P, _Y]):
    def defjvp(self, rule: _T) -> _T: ...
    def deflinear(self, derivative: _T) -> _T: ...

class _CustomVjp(_CustomFunction[_P, _Y]):
    def defvjp(self, forward: Callable[..., tuple[Any, Any]], backward: Callable[[Any, Any], Any]) -> None: ...

_NonDiff: TypeAlias = int | str | tuple[int | str, ...] | list[int | str]

@overload
def custom_jvp(f: Callable[_P, _Y], *, nondiff: _NonDiff = (), batched: bool = False) -> _CustomJvp[_P, _Y]: ...
@overload
def custom_jvp(
    f: None = None, *, nondiff: _NonDiff = (), batched: bool = False
) -> Callable[[Callable[_P, _Y]], _CustomJvp[_P, _Y]]: ...
@overload
def custom_vjp(f: Callable[_P, _Y], *, nondiff: _NonDiff = ()) -> _CustomVjp[_P, _Y]: ...
@overload
def custom_vjp(
    f: None = None, *, nondiff: _NonDiff = ()
) -> Callable[[Callable[_P, _Y]], _CustomVjp[_P, _Y]]: ...
def stop_gradient(x: _T) -> _T: ...
def register_container(
    kind: type[_T], flatten: Callable[[_T], tuple[Any, Any]], unflatten: Callable[[Any, Any], _T]
) -> type[_T]: ...

# ---- the rest ------------------------------------------------------------------------------------------

def lift(obj: _T, packages: Any = (), *, guard: bool = True, through_rounding: bool = False) -> _T: ...

class auto_lift(contextlib.AbstractContextManager[None]):
    before: bool
    def __init__(self, enabled: bool) -> None: ...
    def __exit__(self, *error: object) -> None: ...

@overload
def numerical(f: Callable[_P, _Y], *, rtol: float = 1e-6, nondiff: _NonDiff = ()) -> _CustomJvp[_P, _Y]: ...
@overload
def numerical(
    f: None = None, *, rtol: float = 1e-6, nondiff: _NonDiff = ()
) -> Callable[[Callable[_P, _Y]], _CustomJvp[_P, _Y]]: ...
def propagate(
    f: Callable[..., Any], x: Any, cov: Any, order: int = 1, *, progress: _Progress = None, lift: _Lift = "auto"
) -> Propagated: ...
@type_check_only
class _Compiled(Protocol[_P, _YT]):
    __wrapped__: Callable[..., Any]
    options: dict[str, Any]
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _YT: ...
    def explain(self) -> Explanation: ...
    def save(self, path: str | PathLike[str]) -> None: ...

def load(path: str | PathLike[str]) -> _Compiled[..., Any]: ...
@overload
def compile(
    f: Callable[_P, _Y], *, static: str | Sequence[str] = (), check: Literal["auto", "always", "never"] = "auto",
    exact: bool = True,
) -> _Compiled[_P, _Y]: ...
@overload
def compile(
    f: None = None, *, static: str | Sequence[str] = (), check: Literal["auto", "always", "never"] = "auto",
    exact: bool = True,
) -> Callable[[Callable[_P, _Y]], _Compiled[_P, _Y]]: ...
def ravel(x: Any) -> tuple[NDArray[Any], Callable[[Any], Any]]: ...
def supported(package: str = "numpy") -> SupportTable: ...
