"""Names that other libraries have for what is here, and the way to it.

Somebody who comes from JAX, autograd, PyTorch, CasADi, ForwardDiff or numdifftools types the name they know; the
AttributeError then says what to write.

Invariant: none of these names is one of dualdiff's own.
"""

import difflib
from collections.abc import Sequence

__all__ = ["WAYS", "way_to"]

FORWARD = 'write dualdiff.jacobian(f, mode="forward")'
REVERSE = 'write dualdiff.jacobian(f, mode="reverse")'
ELEMENTWISE = "for a function that acts element by element write dualdiff.derivative(f, batched=True)(x)"
HVP = "write dualdiff.hvp(f, (x,), (v,))"
ARRAYS = "arrays are NumPy's own: pass np.ndarray, and write f in NumPy"
NO_GRAD = "a derivative is taken only where you ask for one; write dualdiff.stop_gradient(x) for a constant inside of f"
PRIMITIVE = "write @dualdiff.custom_jvp or @dualdiff.custom_vjp, and give the rule with f.defjvp or f.defvjp"
LOOPS = "write loops and branches in Python and NumPy"
TREES = (
    "arguments may be tuples, lists, dicts and dataclasses of arrays as they are; as one vector: "
    "flat, unravel = dualdiff.ravel(x)"
)

WAYS = {
    # JAX, torch.func
    "jacfwd": FORWARD,
    "jacrev": REVERSE,
    "vmap": "write f for whole arrays, as NumPy does, and for the derivatives at each point of a batch "
    "dualdiff.grad(f, batched=True) or jacobian(f, batched=True); jvp and vjp take k stacked directions in one call",
    "pmap": "write dualdiff.jacobian(f, batched=True, executor=...), which takes any concurrent.futures.Executor",
    "jit": "write dualdiff.compile(f)",
    "ravel_pytree": "write flat, unravel = dualdiff.ravel(x)",
    "flatten_util": TREES,
    "tree_map": TREES,
    "tree_util": TREES,
    "remat": "write dualdiff.checkpoint(f)",
    "lax": LOOPS,
    "scan": LOOPS,
    "fori_loop": LOOPS,
    "while_loop": LOOPS,
    "cond": LOOPS,
    "func": "the transforms are names of dualdiff itself: dualdiff.grad, jacobian, jvp, vjp, hessian",
    "closure_convert": "f may use variables around it; what is differentiated must be an argument",
    "fwd_and_bwd": "write value, pullback = dualdiff.vjp(f, x)",
    "linear_transpose": "write dualdiff.linearize(f, x)[1].T",
    "custom_gradient": "write @dualdiff.custom_vjp, and give the rule with f.defvjp",
    "custom_derivatives": "write dualdiff.custom_jvp or dualdiff.custom_vjp",
    "custom_root": "write dualdiff.solve.implicit_root, or solve.root inside of f: its solution is differentiated",
    # autograd
    "elementwise_grad": ELEMENTWISE,
    "egrad": ELEMENTWISE,
    "deriv": ELEMENTWISE,
    "holomorphic_grad": "write dualdiff.jacobian(f, holomorphic=True)",
    "make_jvp": "write dualdiff.jvp(f, (x,), (v,)), or dualdiff.linearize(f, x) for many directions",
    "make_vjp": "write value, pullback = dualdiff.vjp(f, x)",
    "make_hvp": HVP,
    "make_ggnvp": "write dualdiff.gauss_newton_product",
    "hessian_vector_product": HVP,
    "hessian_tensor_product": HVP,
    "vector_jacobian_product": "write dualdiff.vjp(f, x)[1](w)",
    "tensor_jacobian_product": "write dualdiff.vjp(f, x)[1](w)",
    "jacobian_vector_product": "write dualdiff.jvp(f, (x,), (v,))[1]",
    "grad_and_aux": "write dualdiff.grad(f, has_aux=True)",
    "multigrad_dict": "write dualdiff.grad(f, argnames=(...)), or pass one dict as the argument",
    "grad_named": "write dualdiff.grad(f, argnames=...)",
    "primitive": PRIMITIVE,
    "defvjp": PRIMITIVE,
    "defjvp": PRIMITIVE,
    "test_util": "write dualdiff.testing.check_derivative(f, x)",
    "check_grads": "write dualdiff.testing.check_derivative(f, x)",
    # PyTorch
    "tensor": ARRAYS,
    "Tensor": ARRAYS,
    "array": ARRAYS,
    "Variable": ARRAYS,
    "backward": "write dualdiff.grad(f)(x), or value, pullback = dualdiff.vjp(f, x)",
    "autograd": "write dualdiff.grad, jacobian, jvp, vjp",
    "no_grad": NO_GRAD,
    "enable_grad": NO_GRAD,
    "detach": NO_GRAD,
    "gradcheck": "write dualdiff.testing.check_derivative(f, x)",
    "Function": PRIMITIVE,
    # CasADi, ForwardDiff, numdifftools and others
    "SX": ARRAYS,
    "MX": ARRAYS,
    "jtimes": "write dualdiff.jvp(f, (x,), (v,))[1], or dualdiff.vjp(f, x)[1](w)",
    "gradient": "write dualdiff.grad(f)(x)",
    "Gradient": "write dualdiff.grad(f)",
    "Jacobian": "write dualdiff.jacobian(f)",
    "Hessian": "write dualdiff.hessian(f)",
    "Hessdiag": "write dualdiff.hessian_diagonal(f)",
    "Derivative": "write dualdiff.derivative(f), or dualdiff.nth_derivative(f, n)",
    "differentiate": "write dualdiff.derivative(f), grad(f) or jacobian(f)",
    "jacobian_sparsity": "write dualdiff.sparsity(f, x)",
    "jacobian_sparse": "write dualdiff.sparse_jacobian(f)",
    "approx_fprime": "write dualdiff.grad(f)(x), which is exact",
    "approx_derivative": "write dualdiff.jacobian(f)(x), which is exact",
    "check_grad": "write dualdiff.testing.check_derivative(f, x)",
    "newton_krylov": "write dualdiff.solve.newton_krylov, or dualdiff.solve.root",
    "root": "write dualdiff.solve.root",
    "minimize": "write dualdiff.scipy.optimize.minimize or dualdiff.solve.minimize",
    "least_squares": "write dualdiff.scipy.optimize.least_squares or dualdiff.solve.least_squares",
    "curve_fit": "write dualdiff.scipy.optimize.curve_fit",
    "special": "write dualdiff.scipy.special, or scipy.special itself, most of which takes duals",
    "check_derivative": "write dualdiff.testing.check_derivative",
}
"""name elsewhere -> what to write here."""


def way_to(name: str, known: Sequence[str]) -> str:
    """What an AttributeError says behind the name; nothing where nothing is like it."""
    if name in WAYS:
        return f"; {WAYS[name]}"
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return f"; did you mean {near[0]!r}?" if near else ""
