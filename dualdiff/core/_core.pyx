# cython: language_level=3, c_api_binop_methods=True, boundscheck=False, wraparound=False
# cython: cdivision=True, embedsignature=True, binding=False, auto_pickle=False
"""The compiled core: the two dual types, and the array path from operands to kernels.

`Dual` is a scalar, `DualArray` an array; both are a value, tangents and a tag.  Where value
and tangents are plain float64 (or float32) numbers, arithmetic runs here, in C.  Everything
else (nested duals, recorded maps, complex numbers, mixed types) goes through the hooks, which
`dualdiff.functions` installs: the generic path.

Invariant: of two tags the larger is the outer; tangents are (k, *shape) and as long as the
value says.  Imported through dualdiff.core only.
"""
cimport cython
cimport numpy as cnp
from cpython.object cimport (
    PyObject, Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE, PyTypeObject, PyObject_RichCompare)
from cpython.ref cimport Py_INCREF
from cpython.complex cimport PyComplex_Check
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_Check, PyFloat_CheckExact
from cpython.long cimport PyLong_AsDouble, PyLong_AsSsize_t, PyLong_Check
from cpython.pycapsule cimport PyCapsule_IsValid
from cpython.pythread cimport PyThread_get_thread_ident
from libc.math cimport isfinite, fabs, floor
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memcmp, memcpy, memmove, memset

import enum as _enum
import functools as _functools
import math as _math
import opcode as _opcode
import sys as _sys
import types as types_
from heapq import heappop, heappush

import numpy as np

from .. import errors
from ..errors import ArgumentError, InputError, LostDerivativeError, ShapeError, lost
from ..standin import DType, StandIn

cnp.import_array()
cnp.import_umath()

cdef extern from "engine.h" nogil:
    void dd_add_into(int, const cnp.npy_intp *, char *, const cnp.npy_intp *, const char *, const cnp.npy_intp *, int)
    enum:
        DD_MAXDIM
        DD_FLAGS
        DD_UNDERFLOW
        DD_NRULES
    int DD_RULE_negative, DD_RULE_positive, DD_RULE_absolute, DD_RULE_square, DD_RULE_sqrt
    int DD_RULE_reciprocal, DD_RULE_add, DD_RULE_subtract, DD_RULE_multiply, DD_RULE_divide
    int DD_RULE_exp
    int DD_RULE_power, DD_RULE_remainder, DD_RULE_floor_divide
    enum dd_kind:
        DD_ZERO, DD_ONE, DD_MINUS, DD_X, DD_Y, DD_F, DD_LOOP, DD_EXPR, DD_NONE
    ctypedef struct dd_partial:
        const char *text
        double (*scalar)(double, double, double)
        dd_kind kind
    ctypedef struct dd_rule:
        const char *name
        int nin
        double (*value)(double, double)
        dd_partial partial[2]
        cnp.PyUFuncGenericFunction loop[2]
        void *loop_data[2]
        int integers
        int borrowed
        int selects
        int uniform
    ctypedef struct dd_operand:
        char *v
        char *t
        cnp.npy_intp vs[64]
        cnp.npy_intp ts[64]
        cnp.npy_intp tk
    dd_rule dd_rules[1]
    long long dd_met
    long long dd_kinks
    long long dd_kink_at[1]
    void dd_meet(int)
    bint dd_infinite(double)
    int dd_take_loops(dd_rule *, cnp.ufunc)
    int dd_run(const dd_rule *, int, int, int, int, const cnp.npy_intp *, cnp.npy_intp, dd_operand *)
    int dd_values(const dd_rule *, int, char **, cnp.npy_intp, const cnp.npy_intp *)
    cnp.npy_intp dd_number_steps[3][3]
    void dd_probe(char **, const cnp.npy_intp *, const cnp.npy_intp *, void *) noexcept
    void dd_note_kink(int)
    int DD_RULE_sign_ "DD_RULE_sign"
    ctypedef struct dd_second_rule:
        void (*eval)(double, double, double, double *)
        const char *text[3]
    char dd_second_live[1]
    bint dd_may_kink(int)
    enum:
        DD_TOWER_MOST
    int dd_tower_calls(cnp.npy_intp)
    void dd_tower_rows(int, int, double, const double *, double, const double *, double, double *)
    void dd_second_fill(int, int, const cnp.npy_intp *, const char **, const cnp.npy_intp **, double **)
    const dd_second_rule dd_second[1]
    void dd_second_setup()
    void dd_convolve(cnp.npy_intp, int, int, int, const double *, const double *, double *)
    bint dd_linear_in(int, int, int)
    cnp.npy_intp dd_directions(int, cnp.npy_intp)
    void dd_second_scalar(int, int, cnp.npy_intp, const double *, const double *, double, double, double, double *)
    void dd_sech2_loop_d(char **, const cnp.npy_intp *, const cnp.npy_intp *, void *) noexcept
    void dd_sech2_loop_f(char **, const cnp.npy_intp *, const cnp.npy_intp *, void *) noexcept
    void dd_value_loop_d(char **, const cnp.npy_intp *, const cnp.npy_intp *, void *) noexcept
    void dd_value_loop_f(char **, const cnp.npy_intp *, const cnp.npy_intp *, void *) noexcept

cdef extern from "within.h":
    dd_thread dd_here
    dd_work dd_done
    int dd_enter(long long)
    void dd_leave(long long)
    bint dd_is_live(long long)

cdef extern from "copying.h":
    enum:
        DD_COPY_LONG
    void dd_copy_rows(int, const cnp.npy_intp *, char *, const cnp.npy_intp *, const char *, const cnp.npy_intp *, size_t)

cdef extern from "pool.h":
    cnp.ndarray dd_array(int, cnp.npy_intp *, int)

cdef extern from "alloc.h":
    object dd_dual_alloc(PyTypeObject *, Py_ssize_t)
    void dd_dual_free(PyObject *, Py_ssize_t)
    ctypedef object (*newfunc)(PyTypeObject *, PyObject *, PyObject *)
    ctypedef void (*destructor)(PyObject *)
    void dd_take_over(PyTypeObject *, newfunc, destructor)
    int dd_add_method(PyTypeObject *, int, object) except -1
    ctypedef struct dd_alias:
        const char *name
        int rule
    const dd_alias dd_aliases[1]
    object (*dd_call_unary)(PyObject *, int)
    object (*dd_call_binary)(PyObject *, PyObject *, int)
    object (*dd_call_ufunc)(PyObject *, PyObject **, Py_ssize_t, PyObject *)
    int dd_add_ufunc(PyTypeObject *) except -1
    object (*dd_call_subscript)(PyObject *, PyObject *)
    int dd_add_subscript(PyTypeObject *) except -1

cdef extern from "Python.h":
    void PyType_Modified(type)
    PyObject *PyErr_Occurred()
    void PyErr_Clear()
    ctypedef struct PyFrameObject
    PyFrameObject *PyEval_GetFrame()
    object PySeqIter_New(object)

# ---- tags ------------------------------------------------------------------------------------

cdef long long tag_counter = DD_FIRST_TAG


def new_tag(int kind=0):
    """A tag larger than every tag drawn before it (atomic: it runs under the interpreter lock).

    kind: the scheme of a second-order call (second.h), which the tag's three lowest bits hold.
    """
    global tag_counter
    if not 0 <= kind <= 6:
        raise ShapeError(f"there is no scheme {kind}")
    tag_counter += 8
    return tag_counter | kind


# ---- hooks: what the generic path does for the compiled one --------------------------------

cdef object np_complex = np.complexfloating
cdef object slice_all = slice(None)

cdef object hook_ufunc = None       # (ufunc, method, inputs, kwargs) -> result
hook_function = None
cdef object hook_getitem = None     # (x, key) -> result
cdef object hook_setitem = None     # (x, key, value)
cdef object hook_sync = None        # (view): brings a stale view up to date
cdef dict method_table = {}         # name -> function(self): the ndarray method, bound, or the attribute


def install(ufunc, function, getitem, setitem, sync, methods, notes):
    """Installs the generic path (called once, by dualdiff.functions).

    methods: name -> the attribute's value for a dual; of a method, the bound method; "name=" is the setter.
    notes: name -> (whether it is a method, the function that has its signature and its docstring).
    """
    global hook_ufunc, hook_function, hook_getitem, hook_setitem, hook_sync, method_table
    hook_ufunc = ufunc
    hook_function = function
    hook_getitem = getitem
    hook_setitem = setitem
    hook_sync = sync
    method_table = methods
    for name, (is_method, function) in notes.items():
        for kind in (Dual, DualArray):
            add_attribute(kind, name, Method(name, function) if is_method else Attribute(name, function))


# ---- the table, read into Python -------------------------------------------------------------

cdef list rule_ufunc = []           # the ufunc of each rule
cdef list rule_name = []            # its name
ufunc_rule = {}
cdef dict place_of = {}             # name -> place in the table
cdef list rule_keep = []            # memory that the helper ufuncs point into

RULES = {}
"""name -> (ufunc, texts of the partials): the rows of the table that this core was built with.

The ufunc of one of SciPy's functions is None until `take_ufunc` has been given it."""

SECOND = {}
"""name -> texts of d2/dx2, d2/dxdy, d2/dy2, which generate.py derived."""

ROUNDED = set()
"""NumPy's functions that IEEE 754 rounds correctly, by all their names."""


cdef object make_ufunc(int nin, list loops, list types, void *data, const char *name, const char *text):
    """A ufunc of one result from loops, one for each type."""
    cdef Py_ssize_t n = len(loops), nargs = nin + 1, i, a
    # NumPy keeps pointers to these three arrays for the life of the ufunc
    pointers = np.array(loops, dtype=np.uintp)
    codes = np.repeat(np.array(types, dtype=np.int8), nargs)
    each = np.full(n, <size_t> data, dtype=np.uintp)
    rule_keep.append((pointers, codes, each))
    return cnp.PyUFunc_FromFuncAndData(
        <cnp.PyUFuncGenericFunction *> cnp.PyArray_DATA(pointers), <void **> cnp.PyArray_DATA(each),
        <char *> cnp.PyArray_DATA(codes), <int> n, nin, 1, -1, name, text, 0)


cdef object make_helper(int i):
    """The NumPy ufunc of a rule that NumPy does not have, from its value column."""
    cdef dd_rule *r = &dd_rules[i]
    r.uniform = 1
    if r.name == b"sech2" and dd_rules[DD_RULE_exp].loop[0] != NULL:
        return make_ufunc(1, [<size_t> &dd_sech2_loop_f, <size_t> &dd_sech2_loop_d], [cnp.NPY_FLOAT, cnp.NPY_DOUBLE],
                          &dd_rules[DD_RULE_exp], r.name, b"A helper of the table of derivatives.")
    return make_ufunc(r.nin, [<size_t> &dd_value_loop_f, <size_t> &dd_value_loop_d], [cnp.NPY_FLOAT, cnp.NPY_DOUBLE],
                      r, r.name, b"A helper of the table of derivatives.")


cdef void read_number_steps() except *:
    """Learns what NumPy gives to loops for plain numbers."""
    make_ufunc(1, [<size_t> &dd_probe], [cnp.NPY_DOUBLE], <void *> 1, b"probe", b"")(np.float64(1))
    make_ufunc(2, [<size_t> &dd_probe], [cnp.NPY_DOUBLE], <void *> 2, b"probe", b"")(np.float64(1), 1.0)


def take_ufunc(str name, ufunc):
    """Gives a rule the ufunc that its value comes from; False where its loops are not what the rule needs."""
    cdef int i = place_of[name]
    cdef dd_rule *r = &dd_rules[i]
    cdef dd_rule taken = r[0]
    if not dd_take_loops(&taken, ufunc):
        return False
    r[0] = taken
    rule_ufunc[i] = ufunc
    ufunc_rule[ufunc] = i
    RULES[name] = (ufunc, RULES[name][1])
    return True


cdef void read_table() except *:
    cdef int i
    cdef dd_rule *r
    read_number_steps()
    dd_second_setup()
    for i in range(DD_NRULES):
        r = &dd_rules[i]
        name = r.name.decode()
        if r.uniform:
            ROUNDED.add(name)
        ufunc = None if r.borrowed else getattr(np, name, None)
        if not isinstance(ufunc, np.ufunc) and not r.borrowed:
            ufunc = make_helper(i)
        if ufunc is None or not dd_take_loops(r, ufunc):
            r.loop[0] = NULL
            r.loop[1] = NULL
        rule_ufunc.append(ufunc)
        rule_name.append(name)
        if ufunc is not None:
            ufunc_rule[ufunc] = i
        place_of[name] = i
        texts = tuple([r.partial[a].text.decode() for a in range(r.nin)])
        RULES[name] = (ufunc, texts)
        SECOND[name] = tuple([dd_second[i].text[a].decode() for a in range(3)])
    i = 0
    while dd_aliases[i].name != NULL:
        if dd_rules[dd_aliases[i].rule].uniform:
            ROUNDED.add(dd_aliases[i].name.decode())
        i += 1


cdef bint has_partials(int r, int nin) noexcept:
    """Whether a rule has so many arguments, and of two a partial by each."""
    return dd_rules[r].nin == nin and (
        nin == 1 or dd_rules[r].partial[0].kind != DD_NONE and dd_rules[r].partial[1].kind != DD_NONE)


def evaluate_partial(str name, int which, double x, double y, double f):
    """The compiled scalar form of one partial of one rule (for tests and `dualdiff.math`)."""
    cdef int i = place_of[name]
    if not 0 <= which < dd_rules[i].nin:
        raise ShapeError(f"{name} has {dd_rules[i].nin} arguments, partial {which} does not exist")
    return dd_rules[i].partial[which].scalar(x, y, f)


# NumPy's array ** exponent takes these shortcuts, with other roundings than power
cdef int power_shortcut(double y) noexcept:
    if y == 2:
        return DD_RULE_square
    if y == 0.5:
        return DD_RULE_sqrt
    if y == -1:
        return DD_RULE_reciprocal
    if y == 1:
        return DD_RULE_positive
    return -1


include "finite.pxi"
include "second.pxi"
include "keys.pxi"
include "scalar.pxi"
include "tower.pxi"
include "array.pxi"
include "elementwise.pxi"
include "node.pxi"
include "run.pxi"
include "bend.pxi"
include "record.pxi"
include "push.pxi"
include "apply.pxi"
include "lower.pxi"
include "fancy.pxi"
include "selection.pxi"
include "onstack.pxi"
include "seeds.pxi"
include "window.pxi"
include "notes.pxi"


read_table()
read_bends()
attach_methods()
