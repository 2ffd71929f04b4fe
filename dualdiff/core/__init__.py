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
        Step,
        check_dtype,
        evaluate_partial,
        first_tangent,
        install,
        is_shared,
        join_scalars,
        make,
        make_array,
        mark_shared,
        new_tag,
        rebind,
        run_steps,
        seed_scalar,
        stale_shape,
        unit_seeds,
        value_and_partials,
        view_parts,
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
    "Step",
    "check_dtype",
    "evaluate_partial",
    "first_tangent",
    "install",
    "is_shared",
    "join_scalars",
    "make",
    "make_array",
    "mark_shared",
    "new_tag",
    "rebind",
    "run_steps",
    "seed_scalar",
    "stale_shape",
    "unit_seeds",
    "value_and_partials",
    "view_parts",
    "with_value",
]
