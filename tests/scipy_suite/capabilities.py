"""A plugin of pytest: what SciPy's table of other libraries' arrays says of dualdiff's functions.  Loaded by run.py."""

import warnings

import scipy._lib._array_api as array_api

NOTHING = {
    "skip_backends": (), "xfail_backends": (), "cpu_only": False, "np_only": True, "reason": None,
    "out_of_scope": False, "exceptions": (), "warnings": (), "allow_dask_compute": False, "jax_jit": True,
}  # fmt: skip


class Table(dict):
    """SciPy's table, where a function that it does not know is of NumPy's arrays only."""

    def __missing__(self, function):
        return NOTHING


array_api.xp_capabilities_table = Table(array_api.xp_capabilities_table)
array_api.lazy_xp_function = lambda function, **how: None  # marks functions for JAX and Dask
warnings.filterwarnings("ignore", message="Passing a non-Collection iterable to parametrize")
