# cython: language_level=3, boundscheck=True, wraparound=False, nonecheck=True, cdivision=True
# cython: embedsignature=True, binding=False, auto_pickle=False
"""Recording in compiled code: graphs of operations (nodes.pxi), and the numbers and arrays that a recorded function
computes with (recorded.pxi, operators.pxi).

Invariant: recording changes no number; each value is what NumPy or Python computes for plain operands.  What is done
seldom is done by Python functions that the modules above put into `HOOKS`.
"""
cimport cython
cimport numpy as cnp
from cpython.object cimport PyObject, PyObject_GenericSetAttr
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

import math as _math
import operator as _operator
import sys as _sys
import types as _types

import numpy as np

cnp.import_array()
cnp.import_umath()

HOOKS = {}
cdef dict hooks = HOOKS

include "nodes.pxi"
include "recorded.pxi"
include "operators.pxi"
