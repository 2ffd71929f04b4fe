"""The compiled core: the rule table (rules.h), its kernels, and the two dual types.

Invariant: knows nothing of the modules above it; they install the generic path through
`install`.  Imported by every module of dualdiff.
"""

try:
    from ._core import (
        ALIASES,
        RULES,
        Dual,
        DualArray,
        ElementwiseBase,
        MapBase,
        Node,
        Part,
        Step,
        arrange,
        c_strides,
        check_dtype,
        coefficient_product,
        collect,
        evaluate_partial,
        first_tangent,
        install,
        install_maps,
        is_shared,
        is_whole,
        join_scalars,
        make,
        make_array,
        mark_shared,
        new_tag,
        push,
        rebind,
        reshape_in_place,
        run_steps,
        seed_scalar,
        stale_shape,
        unit_seeds,
        view_parts,
        walk_back,
        with_value,
    )
except ImportError as error:
    raise ImportError(
        "dualdiff's compiled core is missing or was built for another Python or NumPy; "
        "build it with `pip install -e .` in the checkout (it needs a C compiler)"
    ) from error

__all__ = [
    "ALIASES",
    "RULES",
    "Dual",
    "DualArray",
    "ElementwiseBase",
    "MapBase",
    "Node",
    "Part",
    "Step",
    "arrange",
    "c_strides",
    "check_dtype",
    "coefficient_product",
    "collect",
    "evaluate_partial",
    "first_tangent",
    "install",
    "install_maps",
    "is_shared",
    "is_whole",
    "join_scalars",
    "make",
    "make_array",
    "mark_shared",
    "new_tag",
    "push",
    "rebind",
    "reshape_in_place",
    "run_steps",
    "seed_scalar",
    "stale_shape",
    "unit_seeds",
    "view_parts",
    "walk_back",
    "with_value",
]
