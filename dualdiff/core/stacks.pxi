# stacks.pxi: stacks of tangents or cotangents, (k, *shape): what C code may read, sums of products over them.
# Included by _tape.pyx.

cdef inline bint plain_stack(object w) noexcept:
    return plain_real(w) and 1 <= cnp.PyArray_NDIM(<cnp.ndarray> w) <= 28


cdef bint shape_is(cnp.ndarray w, object shape):
    """Whether w is (k, *shape)."""
    cdef tuple dims = <tuple> shape
    cdef int i, n = len(dims)
    if cnp.PyArray_NDIM(w) != n + 1:
        return False
    for i in range(n):
        if cnp.PyArray_DIM(w, i + 1) != <Py_ssize_t> dims[i]:
            return False
    return True


cdef cnp.ndarray stack_new(cnp.npy_intp k, object shape, int type_, bint zero):
    cdef cnp.npy_intp dims[64]
    cdef tuple parts = <tuple> shape
    cdef int i, n = len(parts)
    cdef cnp.ndarray a
    dims[0] = k
    for i in range(n):
        dims[i + 1] = parts[i]
    a = pooled(n + 1, dims, type_)
    if zero:
        memset(cnp.PyArray_DATA(a), 0, cnp.PyArray_NBYTES(a))
    return a


cdef inline void strides_onto(cnp.ndarray a, bint directions, int nd, cnp.npy_intp *dims,
                              cnp.npy_intp *strides) noexcept:
    """The strides of an array broadcast to the axes of a stack; directions: its first axis is theirs, else it may lack them."""
    cdef int i, lead = nd - cnp.PyArray_NDIM(a)
    strides[0] = 0
    if directions or lead == 0 and cnp.PyArray_DIM(a, 0) == dims[0]:
        strides[0] = cnp.PyArray_STRIDE(a, 0)
    for i in range(1, nd):
        strides[i] = 0
        if i - lead >= directions and cnp.PyArray_DIM(a, i - lead) == dims[i]:
            strides[i] = cnp.PyArray_STRIDE(a, i - lead)


cdef int weighted(cnp.ndarray target, object c, double d, cnp.ndarray w, bint add) except -1:
    """target = (or +=) c * (d * w), over w's shape (k, *out); a zero of either stays zero.  c None: d * w.

    The target (k, *in) and a partial c broadcast to it, so an adding run sums over what the target lacks.  All are of
    one type.
    """
    cdef dd_pull s
    cdef int nd = cnp.PyArray_NDIM(w), i
    s.nd = nd
    s.add = add
    s.type = cnp.PyArray_TYPE(w)
    s.number = d
    for i in range(nd):
        s.dims[i] = cnp.PyArray_DIM(w, i)
        s.ws[i] = cnp.PyArray_STRIDE(w, i)
        s.cs[i] = 0
    strides_onto(target, True, nd, s.dims, s.os)
    s.o = cnp.PyArray_BYTES(target)
    s.w = cnp.PyArray_BYTES(w)
    s.c = NULL
    if c is not None:
        strides_onto(<cnp.ndarray> c, False, nd, s.dims, s.cs)
        s.c = cnp.PyArray_BYTES(<cnp.ndarray> c)
    if cnp.PyArray_SIZE(w) > 15000:
        with nogil:
            dd_pull_run(&s)
    else:
        dd_pull_run(&s)
    return 0


cdef bint broadcasts(cnp.ndarray a, int skip, cnp.ndarray w) noexcept:
    """Whether an array's axes from `skip` on fit those of w after the directions."""
    cdef int i, n = cnp.PyArray_NDIM(a) - skip, lead = cnp.PyArray_NDIM(w) - n
    if lead < 1:
        return False
    for i in range(n):
        if cnp.PyArray_DIM(a, i + skip) != 1 and cnp.PyArray_DIM(a, i + skip) != cnp.PyArray_DIM(w, i + lead):
            return False
    return True


cdef object one_number(double x, int type_):
    """[x] as an array."""
    cdef cnp.npy_intp one = 1
    cdef cnp.ndarray a = pooled(1, &one, type_)
    if type_ == cnp.NPY_DOUBLE:
        (<double *> cnp.PyArray_DATA(a))[0] = x
    else:
        (<float *> cnp.PyArray_DATA(a))[0] = <float> x
    return a


cpdef bint is_whole(w):
    """Whether an array has memory of its own (not a view of another's)."""
    cdef PyObject *base
    if not cnp.PyArray_CheckExact(w):
        return False
    base = cnp.PyArray_BASE(<cnp.ndarray> w)
    return base == NULL or PyCapsule_IsValid(<object> base, NULL)
