"""Stands for the package scipy in SciPy's own tests: dualdiff.scipy's namespaces, and SciPy's other names."""

import scipy

import dualdiff.scipy


def __getattr__(name):
    if name in dualdiff.scipy.__all__:
        return getattr(dualdiff.scipy, name)
    return getattr(scipy, name)
