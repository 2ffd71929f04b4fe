# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, embedsignature=True, binding=False, auto_pickle=False
"""Recordings, read: their nodes in order (tape.pxi), tangents pushed along them (forward.pxi), cotangents pulled back
(back.pxi, pull.pxi), through runs of numbers (entries.pxi), both in second order (back_second.pxi), the frequent products
(plain_walk.pxi); and prepared steps (replay.pxi).

What a recording is, and how operations are recorded, is in _core.
"""
cimport cython
cimport numpy as cnp
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.long cimport PyLong_AsSsize_t
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_IsValid
from libc.math cimport isfinite
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memcpy, memset

from ._core cimport (
    BROADCAST, ENTRY, GATHER, INDEX, JOIN, OTHER, PERMUTE, PRODUCT, RESHAPE, RULE, RUN, SELECT, SELECTS, STACKED, STUB, SUM,
    WRITE, WRITE_VIEW, Bend, Entries, Node, all_finite, assign, bend_of, dd_entry, forget, holds_number, is_folded, k_differ,
    kept_of, let_go_of, look, met_place, number_of, part_of, plain_real, pooled, push_rows, push_total, runs_made,
    size_of_shape, type_of, unfold, write_rows)

import numpy as np

from ..errors import InputError, ShapeError
from ._core import NotSecondOrder

cnp.import_array()

cdef extern from *:
    """
    #define DD_BESIDE
    """

cdef extern from "guard.h" nogil:
    long long *dd_met_at
    long long dd_met
    void dd_meet(int)
    bint dd_infinite(double)

cdef extern from "pull.h" nogil:
    ctypedef struct dd_pull:
        int nd, add, type
        cnp.npy_intp dims[32]
        cnp.npy_intp os[32]
        cnp.npy_intp cs[32]
        cnp.npy_intp ws[32]
        char *o
        char *c
        char *w
        double number
    void dd_pull_run(dd_pull *)
    void dd_pull_product(int, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, char *, cnp.npy_intp *, char *, cnp.npy_intp *,
                         char *, cnp.npy_intp *)
    int dd_pull_places(int, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, const cnp.npy_intp *, const char *, char *)
    double dd_both_d(double, double, uint64_t *)

cdef extern from "number_run.h" nogil:
    enum:
        DD_NUMBER
    bint dd_run_back(const dd_entry *, cnp.npy_intp, double *, unsigned char *, double *, unsigned char *,
                     const Py_ssize_t *)
    void dd_run_reach_back(const dd_entry *, cnp.npy_intp, unsigned char *, unsigned char *)
    bint dd_run_back_rows(const dd_entry *, cnp.npy_intp, cnp.npy_intp, double *, const unsigned char *, char **,
                          const cnp.npy_intp *)
    bint dd_run_along(const dd_entry *, cnp.npy_intp, cnp.npy_intp, double *, unsigned char *, char **,
                      const cnp.npy_intp *)

cdef extern from "replay.h" nogil:
    ctypedef struct dd_term:
        char *t
        char *c
        cnp.npy_intp ts[24]
        cnp.npy_intp cs[24]
        double number
        int finite, both
    ctypedef struct dd_step:
        int nd, nterms, add
        cnp.npy_intp dims[24]
        cnp.npy_intp os[24]
        char *o
        dd_term term[12]
    void dd_step_prepare(dd_step *)
    void dd_step_run(const dd_step *)

cdef extern from "record.h":
    object dd_strided(cnp.ndarray, int, cnp.npy_intp *, cnp.npy_intp *, char *, int)

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *)

dd_met_at = met_place()

cdef object np_add_reduce = np.add.reduce
cdef object np_matmul = np.matmul
cdef object np_where = np.where
cdef object np_errstate = np.errstate

include "tape.pxi"
include "stacks.pxi"
include "forward.pxi"
include "back.pxi"
include "pull.pxi"
include "entries.pxi"
include "back_second.pxi"
include "plain_walk.pxi"
include "replay.pxi"
