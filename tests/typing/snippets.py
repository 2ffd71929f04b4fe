"""What users write, as type checkers see it: `mypy --strict` and basedpyright pass, and it runs.

`assert_type` holds what a checker concludes; tests/test_typing.py runs the file.
"""

import pickle
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import dualdiff as dd
from dualdiff import numpy as dnp, solve, testing
from dualdiff.errors import DualDiffError, InputError
from dualdiff.scipy.optimize import curve_fit, least_squares, minimize

Array = NDArray[np.float64]


def energy(x: Array, k: float = 1.0) -> float:
    return float(k) * np.sum(x**2)  # type: ignore[no-any-return,unused-ignore]


def field(x: Array) -> Array:
    return np.asanyarray(x * x[0])


def with_aux(x: Array) -> tuple[float, str]:
    return np.sum(x**2), "aux"  # type: ignore[return-value,unused-ignore]


def model(p: dict[str, Array]) -> float:
    return np.sum(p["w"] * p["b"])  # type: ignore[no-any-return,unused-ignore]


def cubic(x: float) -> float:
    return x**3


x: Array = np.array([1.0, 2.0])
p = {"w": np.ones(2), "b": np.arange(2.0)}

# gradients: the type of the argument
assert_type(dd.grad(energy)(x), Array)
assert_type(dd.grad(energy)(x, 2.0), Array)
assert_type(dd.grad(energy)(x, k=2.0), Array)
assert_type(dd.grad(cubic)(2.0), float)
dd.grad(model)(p)["w"].shape
value, g = dd.value_and_grad(energy)(x)
assert_type(value, float)
assert_type(g, Array)
gradient, text = dd.grad(with_aux, has_aux=True)(x)
assert_type(gradient, Array)
assert_type(text, str)
(value, text), g = dd.value_and_grad(with_aux, has_aux=True)(x)
assert_type(text, str)
by_both = dd.grad(lambda a, b: a * b, argnums=(0, 1))(2.0, 3.0)
assert_type(by_both, tuple[Any, ...])
second = dd.grad(lambda a, b: a * b, 1)(2.0, 3.0)
named = dd.grad(energy, argnames="x")(x=x)
dd.grad(lambda v: v @ v)(x)
assert pickle.loads(pickle.dumps(dd.grad(energy)))(x).shape == (2,)

# Jacobians, derivatives, second order
assert_type(dd.jacobian(field)(x), NDArray[Any])
dd.jacobian(lambda v: v**2, mode="forward")(x)
fx, J = dd.value_and_jacobian(field)(x)
assert_type(fx, Array)
assert_type(dd.derivative(cubic)(2.0), float)
dd.derivative(np.sin)(0.0)
assert_type(dd.hessian(energy)(x), NDArray[Any])
assert_type(dd.hessian(energy).mode_for(x), str)
dd.hessian(energy, mode="sparse")(x).toarray()
value, g, H = dd.value_grad_hessian(energy)(x)
assert_type(H, NDArray[Any])
assert_type(dd.hvp(energy, (x,), (x,)), Array)
assert_type(dd.hvp(energy, x, x), Array)
dd.laplacian(energy)(x)
dd.hessian_diagonal(energy)(x)
dd.divergence(field)(x)
dd.nth_derivative(cubic, 2)(1.0)
dd.taylor(cubic, 1.0, 1.0, 3)

# products
y, t = dd.jvp(field, (x,), (x,))
assert_type(t, Array)
y, pullback = dd.vjp(field, x)
assert_type(pullback(x), Array)
y, pull_both = dd.vjp(lambda a, b: a * b, x, x)
first, other = pull_both(x)
y, A = dd.linearize(field, x)
assert_type(A, dd.Linearization)
assert_type(A @ x, NDArray[Any])
assert_type(A.T @ x, NDArray[Any])
assert_type(A.dense(), NDArray[Any])
loss, A, note = dd.linearize(with_aux, x, has_aux=True)
assert_type(note, str)
(2.0 * A + A).matvec(x)
rows, columns = A.shape


# rules of one's own
@dd.custom_jvp
def twice(v: Array) -> Array:
    return 2 * v


@twice.defjvp
def twice_rule(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return twice(primals[0]), 2 * tangents[0]


@dd.custom_vjp
def thrice(v: Array) -> Array:
    return 3 * v


def forward(v: Array) -> tuple[Array, None]:
    return thrice(v), None


def backward(kept: None, w: Array) -> Array:
    return 3 * w


thrice.defvjp(forward, backward)
assert_type(twice(x), Array)
assert_type(thrice(x), Array)
dd.jacobian(thrice)(x)


@dd.checkpoint
def step(v: Array) -> Array:
    return np.sin(v)


assert_type(step(x), Array)
assert_type(dd.stop_gradient(x), Array)

# sparse
plan = dd.sparse_jacobian(field, x)
assert_type(plan.value_and_jacobian(x)[0], Array)
plan(x).toarray()
plan.pattern.toarray()
print(plan.ncolors, plan.shape)
dd.sparsity(field, x)
dd.coloring(plan.pattern).ncolors.bit_length()

# equations and SciPy
r = solve.root(lambda u: u**2 - 2.0, np.array([1.0, 3.0]), tol=1e-10)
print(r.x, r.success, r.message, r.nit)
found = minimize(energy, x)
least_squares(field, x)
popt, pcov = curve_fit(lambda s, a: a * s, x, x, p0=(1.0,))
print(found.x, popt.shape)

# drop-ins, checks, errors
z = dnp.zeros(3)
z[0] = 1.0
print(dnp.linalg.norm(z))
testing.check_derivative(field, x)
testing.check_vjp(field, x)
with dd.debug():
    dd.grad(energy)(x)
try:
    dd.jacobian(field)(np.array(["a"]))
except InputError as error:
    print(isinstance(error, DualDiffError), error)
number = dd.Dual(2.0, [1.0])
print(number.value, number.tangents, dd.lift(field)(x), len(dd.supported()))
