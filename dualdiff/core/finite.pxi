# finite.pxi: whether numbers are finite, and memory for arrays.  Included by _core.pyx.

cdef extern from "finite.h" nogil:
    int dd_look(const double *, cnp.npy_intp)
    int dd_finite_d(cnp.npy_intp, const double *)
    int dd_finite_f(cnp.npy_intp, const float *)


cdef int look(cnp.ndarray a, bint *finite, bint *nonzero) except -1:
    """Whether all numbers of an array are finite, and whether none is 0."""
    cdef int found
    if cnp.PyArray_TYPE(a) == cnp.NPY_DOUBLE and cnp.PyArray_IS_C_CONTIGUOUS(a) and cnp.PyArray_ISBEHAVED_RO(a):
        found = dd_look(<double *> cnp.PyArray_DATA(a), cnp.PyArray_SIZE(a))
        finite[0] = found & 1
        nonzero[0] = (found & 2) != 0
    else:
        finite[0] = bool(np.isfinite(a).all())
        nonzero[0] = bool(np.all(a))
    return 0


cpdef bint all_finite(a) except -1:
    """Whether all numbers of a float64 or float32 array, or a number, are finite."""
    cdef bint finite, nonzero
    if PyFloat_Check(a):
        return not dd_infinite(PyFloat_AS_DOUBLE(a))
    if type(a) is int:
        return True
    if plain_real(a) and cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> a):
        if cnp.PyArray_TYPE(<cnp.ndarray> a) == cnp.NPY_DOUBLE:
            return dd_finite_d(cnp.PyArray_SIZE(a), <double *> cnp.PyArray_DATA(<cnp.ndarray> a)) != 0
        return dd_finite_f(cnp.PyArray_SIZE(a), <float *> cnp.PyArray_DATA(<cnp.ndarray> a)) != 0
    look(<cnp.ndarray?> a, &finite, &nonzero)
    return finite


cdef cnp.ndarray pooled(int nd, cnp.npy_intp *dims, int type_):
    """An array that nobody has written yet, a large one in memory that is used again (pool.h)."""
    return dd_array(nd, dims, type_)
