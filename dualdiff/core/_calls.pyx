# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, embedsignature=True, binding=False, auto_pickle=False
"""Calls: runs of the function of a derivative call (within.pxi, plain.pxi), functions of NumPy that ask whether one is
running (drop.pxi), and lifted code (live.pxi, lifted.pxi).
"""
cimport cython
cimport numpy as cnp
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_Check, PyFloat_CheckExact
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF
from libc.math cimport fabs, floor
from libc.string cimport memcmp

from ._core cimport (
    TOWER, Dual, DualArray, Node, Py_XDECREF, as_double, bare, dd_thread, dd_work, dual_finish, dual_generic, enter_call,
    float_type, has_partials, here, hook_function, is_constant_array, is_pristine, kind_of, kinks_place,
    leave_call, let_copies_go, lifted_pair, met_place, new_array, node_of, of_python, plain_real, record_value, root_shared, sync,
    texts, ufunc_rule, window_of, work_place, zero_node)

import enum as _enum
import functools as _functools
import types as types_

import numpy as np

from .. import errors
from ..errors import LostDerivativeError
from ._core import NotSecondOrder, kinks_since, new_tag, refuse_text

cnp.import_array()

cdef extern from "Python.h":
    void PyErr_Clear()

cdef object FLOAT = np.dtype(np.float64)
cdef tuple no_shape = ()

# the counts of zeros beside infinities, and of kinks
cdef long long *MET = met_place()
cdef long long *KINKS = kinks_place()


include "vectorcalls.pxi"
include "within.pxi"
include "drop.pxi"
include "live.pxi"
include "lifted.pxi"
include "plain.pxi"


cdef void attach_vectorcalls() except *:
    cdef Drop drop = Drop.__new__(Drop)
    cdef LiftedFunction function = LiftedFunction.__new__(LiftedFunction)
    dd_add_vectorcall(<PyTypeObject *> Drop, <char *> &drop.vectorcall - <char *> <PyObject *> drop)
    dd_add_vectorcall(<PyTypeObject *> LiftedFunction, <char *> &function.vectorcall - <char *> <PyObject *> function)


attach_vectorcalls()
