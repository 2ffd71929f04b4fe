# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, embedsignature=True, binding=False, auto_pickle=False
"""Programs of recordings: parts of buffers and coefficients (plan.pxi), and from nodes to operations (planner.pxi).

transforms/program.py says what these are.
"""
cimport cython
cimport numpy as cnp
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_Check, PyFloat_CheckExact
from libc.math cimport isfinite
from libc.stdlib cimport calloc, free, malloc

from ._core cimport (
    BROADCAST, GATHER, INDEX, JOIN, OTHER, PERMUTE, PRODUCT, RESHAPE, RULE, SELECT, WRITE, WRITE_VIEW, Elementwise, Index,
    Node, Reshape, SetView, all_finite, expand_key, holds_number, kept_of, look, number_of, pooled, simple_key,
    size_of_shape)
from ._tape cimport Tape

from heapq import heappop, heappush

import numpy as np

from ..errors import ShapeError

cnp.import_array()

cdef extern from "Python.h":
    int PySlice_Unpack(object, Py_ssize_t *, Py_ssize_t *, Py_ssize_t *) except -1
    Py_ssize_t PySlice_AdjustIndices(Py_ssize_t, Py_ssize_t *, Py_ssize_t *, Py_ssize_t) noexcept

cdef extern from "record.h":
    object dd_strided(cnp.ndarray, int, cnp.npy_intp *, cnp.npy_intp *, char *, int)

cdef object FLOAT = np.dtype(np.float64)
cdef object np_errstate = np.errstate

include "plan.pxi"
include "planner.pxi"
