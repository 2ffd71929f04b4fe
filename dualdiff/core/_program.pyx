# cython: language_level=3, boundscheck=False, cdivision=True
# cython: embedsignature=True, binding=False, auto_pickle=False
"""Programs: graphs of operations planned (planning.pxi), and run by the loops of program.h.

Invariant: every buffer, offset and stride of a program is computed from the shapes of its graph and checked when it is
built; what a run is given is compared with these shapes before any of it is read.
"""
cimport cython
cimport numpy as cnp
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

import math as _math
import operator as _operator
from threading import Lock

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..errors import InputError, ShapeError, UnsupportedError
from ._core import ROUNDED

cnp.import_array()
cnp.import_umath()

cdef extern from "math.h" nogil:
    double c_sin "sin"(double)
    double c_cos "cos"(double)
    double c_tan "tan"(double)
    double c_exp "exp"(double)
    double c_log "log"(double)
    double c_sqrt "sqrt"(double)
    double c_tanh "tanh"(double)
    double c_sinh "sinh"(double)
    double c_cosh "cosh"(double)
    double c_asin "asin"(double)
    double c_acos "acos"(double)
    double c_atan "atan"(double)
    double c_expm1 "expm1"(double)

cdef extern from "numpy/ufuncobject.h":
    object PyUFunc_FromFuncAndDataAndSignature(
        cnp.PyUFuncGenericFunction *, void **, char *, int, int, int, int, const char *, const char *, int, const char *)
    int PyUFunc_None

cdef extern from "Python.h":
    int PyErr_CheckSignals() except -1
    int PyGC_Disable()
    int PyGC_Enable()
    PyObject *PyErr_Occurred()
    ctypedef struct PyTypeObject:
        unsigned long tp_flags
        Py_ssize_t tp_vectorcall_offset
    PyTypeObject *Py_TYPE(object)

cdef extern from "pool.h":
    cnp.ndarray dd_array(int, cnp.npy_intp *, int)

cdef extern from "program.h" nogil:
    enum:
        DD_INVALID
        DD_DIVIDE
        DD_OVERFLOW
        DD_UNDERFLOW
    void dd_clear_flags()
    int dd_get_flags()
    ctypedef struct pg_op
    ctypedef struct pg_region
    ctypedef struct pg_more:
        void *data
        const cnp.npy_intp *steps
    ctypedef struct pg_ctx:
        const pg_more *more
        char **base
        char **p
        cnp.npy_intp *idx
        cnp.npy_intp start
        const pg_region *region
        int flags
        int error
        int guard
    ctypedef void (*pg_fn)(cnp.npy_intp, char **, const cnp.npy_intp *, const pg_op *, pg_ctx *) noexcept
    ctypedef struct pg_op:
        pg_fn fn
        int32_t a, b, c, o
        cnp.PyUFuncGenericFunction loop
        void *data
        cnp.npy_intp extra
    enum:
        PG_FINE
        PG_ANOMALY
        PG_RAISED
        PG_GUARD_FAILED
    ctypedef struct pg_view:
        cnp.npy_intp off
        int32_t buf
        int32_t linear
    ctypedef struct pg_region:
        int nd, nviews, nregs, nops, flat
        cnp.npy_intp total, inner
        cnp.npy_intp block, regsize
        cnp.npy_intp regs
        cnp.npy_intp *dims
        pg_view *views
        cnp.npy_intp *strides
        int *walk_nd
        cnp.npy_intp *walk_dims
        cnp.npy_intp *walk_strides
        cnp.npy_intp *steps
        pg_op *ops
    enum:
        PG_S_LOAD1, PG_S_LOAD2, PG_S_LOAD4, PG_S_LOAD8, PG_S_LOAD16
        PG_S_STORE1, PG_S_STORE2, PG_S_STORE4, PG_S_STORE8, PG_S_STORE16
        PG_S_ADD_TO_D, PG_S_MOVE
        PG_S_ADD, PG_S_SUB, PG_S_MUL, PG_S_DIV, PG_S_NEG, PG_S_ABS, PG_S_SQUARE, PG_S_RECIP, PG_S_SQRT
        PG_S_LT, PG_S_LE, PG_S_GT, PG_S_GE, PG_S_EQ, PG_S_NE, PG_S_AND, PG_S_OR, PG_S_NOT, PG_S_WHERE
        PG_S_PY_DIV, PG_S_PY_POW, PG_S_PY_CALL1
        PG_S_LOOP1, PG_S_LOOP2, PG_S_LOOP3, PG_S_KERNEL
    ctypedef double (*pg_math)(double) noexcept
    ctypedef union pg_call:
        cnp.PyUFuncGenericFunction loop
        pg_fn fn
        pg_math math
        cnp.npy_intp off
    ctypedef struct pg_scalar:
        int32_t op, o, a, b, c, more
        pg_call u
    ctypedef struct pg_calls:
        cnp.PyUFuncGenericFunction loop
        void *data
        int nargs, ncalls, ndims, nsteps, fill, ninit
        int32_t buf[3]
        cnp.npy_intp off[3]
        cnp.npy_intp width
        cnp.npy_intp nout
        double initial
        float initial_f
        cnp.npy_intp *init
        cnp.npy_intp *calls
    ctypedef struct pg_reduce:
        cnp.PyUFuncGenericFunction loop
        void *data
        int32_t x, o, width, fill, adding, short_sums
        cnp.npy_intp off_x, off_o, outer, m, inner
        double initial
        float initial_f
    ctypedef struct pg_noted_t:
        int n, uniform, nargs, ndims, nsteps
        cnp.npy_intp total
        cnp.npy_intp note[256][16]
    pg_noted_t pg_noted
    int PG_NOTES
    void pg_note(char **, const cnp.npy_intp *, const cnp.npy_intp *, void *) noexcept
    enum:
        PG_SCALARS, PG_REGION, PG_ZERO, PG_AROUND, PG_COPY, PG_CALLS, PG_LANES, PG_ACCUMULATE, PG_GUARD, PG_PYTHON
    ctypedef struct pg_instr:
        int32_t op, a, b
        cnp.npy_intp off_a, off_b, n
        void *ptr
    enum:
        PG_IS_BOOL, PG_IS_INT, PG_IS_FLOAT, PG_IS_BYTES, PG_IS_FINITE
    ctypedef struct pg_guard:
        int32_t kind, type, buf
        cnp.npy_intp off, n
        long long seen_int
        double seen
        void *bytes
    ctypedef struct pg_scan:
        int32_t a, o, product
        cnp.npy_intp off_a, off_o, outer, m, inner
    ctypedef struct pg_frame:
        int nd
        cnp.npy_intp off, width, total
        cnp.npy_intp *dims
        cnp.npy_intp *strides
    pg_fn pg_find_cast(int, int)
    pg_fn pg_find_pair(pg_fn, pg_fn, int, int *)
    pg_fn pg_add
    pg_fn pg_sub, pg_mul, pg_div, pg_neg, pg_abs, pg_square, pg_recip, pg_sqrt
    pg_fn pg_lt, pg_le, pg_gt, pg_ge, pg_eq, pg_ne, pg_and, pg_or, pg_not
    pg_fn pg_copy_1, pg_copy_2, pg_copy_4, pg_copy_8, pg_copy_16
    pg_fn pg_where_1, pg_where_2, pg_where_4, pg_where_8, pg_where_16
    pg_fn pg_take_1, pg_take_2, pg_take_4, pg_take_8, pg_take_16
    pg_fn pg_put_1, pg_put_2, pg_put_4, pg_put_8, pg_put_16
    pg_fn pg_load_1, pg_load_2, pg_load_4, pg_load_8, pg_load_16
    pg_fn pg_store_1, pg_store_2, pg_store_4, pg_store_8, pg_store_16
    pg_fn pg_put_add_d, pg_put_add_f, pg_add_to_d, pg_add_to_f, pg_walk_add_d, pg_walk_add_f
    enum:
        PG_NEAR_EXP, PG_NEAR_SIN, PG_NEAR_COS, PG_NEAR_SINCOS, PG_NEAR_TANH, PG_NEAR_SECH2, PG_NEAR_TANH_SECH2, PG_NEAR_GAUSS
        PG_NEAR_NORMAL, PG_NEAR_LOG, PG_NEAR_LOG1P, PG_NEAR_ERF, PG_NEAR_ERFC, PG_NEAR_NDTR
    const pg_fn pg_near_kernels[1][1]
    int PG_LEVELS
    int pg_best_level()
    pg_fn pg_near_powm1
    pg_fn pg_finite_d, pg_finite_f
    pg_fn pg_loop1, pg_loop2, pg_loop3

cdef extern from "program.h":
    cnp.npy_intp pg_run(pg_ctx *, const pg_instr *, cnp.npy_intp, cnp.npy_intp)

cdef extern from *:
    """
    #if defined(_MSC_VER)
    static __declspec(thread) int pg_thread_flags;
    #else
    static _Thread_local int pg_thread_flags;
    #endif
    static int pg_last_flags(void) { return pg_thread_flags; }
    static void pg_set_flags(int flags) { pg_thread_flags = flags; }
    static void pg_decref(PyObject *x) { Py_DECREF(x); }
    static PyObject *pg_raise(void) { return NULL; }
    /* A new array, or (data given) one over memory of somebody else's. */
    static PyObject *pg_array(PyObject *dtype, int nd, npy_intp *dims, npy_intp *strides, char *data)
    {
        Py_INCREF(dtype);
        return PyArray_NewFromDescr(&PyArray_Type, (PyArray_Descr *) dtype, nd, dims, strides, data,
                                    data ? NPY_ARRAY_WRITEABLE : 0, NULL);
    }
    """
    int pg_last_flags()
    void set_flags "pg_set_flags" (int)
    void Py_DECREF "pg_decref" (PyObject *)
    object raise_current "pg_raise" ()
    cnp.ndarray pg_array(object, int, cnp.npy_intp *, cnp.npy_intp *, char *)

include "bindings.pxi"
include "loops.pxi"
include "running.pxi"
include "quick.pxi"
include "planning.pxi"
include "emitting.pxi"
include "regions.pxi"
