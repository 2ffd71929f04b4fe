# push.pxi: what each operation of a recording does to rows of tangents, arrays (k, *shape) of numbers.
#
# The one place of it in compiled code.  An operation on duals with rows asks here as it happens (apply.pxi), the walk
# forward along a recording asks here later (forward.pxi).  Elementwise rules have their loops in kernels.h and replay.h.
# Included by _core.pyx.

cdef object np_add_reduce = np.add.reduce
cdef object np_matmul = np.matmul
cdef object np_concatenate = np.concatenate
cdef object np_where = np.where


cdef object push_one(int op, cnp.ndarray t, object k0, object k1, int nd, cnp.npy_intp *dims):
    """Rows through an operation with one argument.

    k0, k1: what its node keeps (node.pxi).  nd, dims: the shape of the result.  None: the operation has no such form.
    """
    cdef cnp.npy_intp shape[64]
    cdef cnp.PyArray_Dims new
    cdef int i, n
    if op == INDEX:
        return part_of(t, k0)
    if op == GATHER:
        return push_places(t, k0)
    if op == RESHAPE:
        shape[0] = cnp.PyArray_DIM(t, 0)
        memcpy(&shape[1], dims, nd * sizeof(cnp.npy_intp))
        new.ptr = &shape[0]
        new.len = nd + 1
        return cnp.PyArray_Newshape(t, &new, cnp.NPY_CORDER)
    if op == PERMUTE:
        n = len(<tuple> k0)
        shape[0] = 0
        for i in range(n):
            shape[i + 1] = <long> (<tuple> k0)[i] + 1
        new.ptr = &shape[0]
        new.len = n + 1
        return cnp.PyArray_Transpose(t, &new)
    if op == SUM:
        if len(<tuple> k0) == 1:
            return np_add_reduce(t, <long> (<tuple> k0)[0] + 1, None, None, k1)
        return np_add_reduce(t, tuple([a + 1 for a in <tuple> k0]), None, None, k1)
    return None


cdef object push_places(cnp.ndarray t, cnp.ndarray places):
    """Rows through x[places]."""
    return t.take(places, 1)


cdef object push_select(object mask, object s, object t, cnp.npy_intp k, int nd, cnp.npy_intp *dims):
    """Rows s and t (None: zero) through np.where(mask, x, y), whose result has the shape dims."""
    cdef cnp.npy_intp shape[64]
    cdef object found
    cdef cnp.ndarray v
    cdef int i
    cdef bint whole
    found = np_where(mask, 0.0 if s is None else with_lead(s, nd), 0.0 if t is None else with_lead(t, nd))
    v = <cnp.ndarray> found
    whole = cnp.PyArray_NDIM(v) == nd + 1
    for i in range(nd):
        whole = whole and cnp.PyArray_DIM(v, i + 1) == dims[i]
    if whole:
        return found
    return np.broadcast_to(found, (k,) + tuple([dims[i] for i in range(nd)])).copy()


cdef inline object with_lead(object t, int nd):
    """Rows of an argument with axes of length 1 in front, as many as the result has more."""
    cdef int lead = nd + 1 - cnp.PyArray_NDIM(<cnp.ndarray> t)
    return t if lead <= 0 else t.reshape((cnp.PyArray_DIM(<cnp.ndarray> t, 0),) + (1,) * lead + t.shape[1:])


cdef object push_numbers(list stacks, cnp.npy_intp k):
    """Rows (k,) of float64 numbers side by side; None: zero."""
    cdef cnp.npy_intp dims[2]
    cdef Py_ssize_t i, j, n = len(stacks)
    cdef cnp.ndarray out, t
    cdef double *o
    dims[0], dims[1] = k, n
    out = dd_array(2, dims, cnp.NPY_DOUBLE)
    o = <double *> cnp.PyArray_DATA(out)
    for i in range(n):
        t = stacks[i]
        for j in range(k):
            o[j * n + i] = 0 if t is None else (<double *> (cnp.PyArray_BYTES(t) + j * cnp.PyArray_STRIDE(t, 0)))[0]
    return out


cdef object push_join(list stacks, int axis):
    """Rows through np.concatenate along an axis of the value."""
    return np_concatenate(stacks, axis + 1)


cdef object push_product(cnp.ndarray a, cnp.ndarray b, cnp.ndarray s, cnp.ndarray t):
    """Rows s of a and t of b through a @ b of vectors and matrices of float64; None for a factor that is constant.

    a is read where b varies, b where a does.
    """
    cdef object total = None, other, shape
    cdef cnp.ndarray at, more
    cdef bint finite, nonzero
    if t is not None:
        if cnp.PyArray_NDIM(t) == 2:
            total = np_matmul(t, a if cnp.PyArray_NDIM(a) == 1 else (<object> a).T)
        else:
            total = np_matmul(a, t)
    if s is not None:
        if cnp.PyArray_NDIM(s) == 3 and cnp.PyArray_IS_C_CONTIGUOUS(s):
            shape = (<object> s).shape[:2] + (<object> b).shape[1:]     # one product for all directions and all rows
            other = np_matmul((<object> s).reshape((shape[0] * shape[1], cnp.PyArray_DIM(s, 2))), b).reshape(shape)
        else:
            other = np_matmul(s, b)
        if total is None:
            total = other
        else:
            at, more = <cnp.ndarray?> total, <cnp.ndarray?> other
            dd_add_into(cnp.PyArray_NDIM(at), cnp.PyArray_DIMS(at), cnp.PyArray_BYTES(at), cnp.PyArray_STRIDES(at),
                        cnp.PyArray_BYTES(more), cnp.PyArray_STRIDES(more), False)
    look(<cnp.ndarray?> total, &finite, &nonzero)
    dd_meet(not finite and np.isnan(total).any())
    return total


cdef int write_rows(cnp.ndarray part, cnp.ndarray t) except -1:
    """Rows of y into those of x[key], for x[key] = y."""
    cdef int lead = cnp.PyArray_NDIM(part) - cnp.PyArray_NDIM(t)
    if lead > 0:
        t = (<object> t).reshape((cnp.PyArray_DIM(t, 0),) + (1,) * lead + (<object> t).shape[1:])
    elif lead < 0:      # NumPy drops leading 1s on assignment
        t = (<object> t).reshape((cnp.PyArray_DIM(t, 0),) + (<object> t).shape[1 - lead:])
    return assign(part, t)


cdef object zero_rows(cnp.npy_intp k, int nd, cnp.npy_intp *shape):
    """The rows of a constant of float64."""
    cdef cnp.npy_intp dims[64]
    dims[0] = k
    memcpy(&dims[1], shape, nd * sizeof(cnp.npy_intp))
    return cnp.PyArray_ZEROS(nd + 1, dims, cnp.NPY_DOUBLE, 0)


cdef object push_rows(int op, list stacks, tuple shape, object k0, object k1, cnp.npy_intp k):
    """Rows through an operation of a recording that is no elementwise rule and no write; None: it has no such form.

    shape: of the result.  k: the number of rows.  A stack is None for a constant argument.
    """
    cdef cnp.npy_intp dims[64]
    cdef tuple part
    cdef int i, j, nd
    if op == PRODUCT:
        if (stacks[1] is not None and cnp.PyArray_TYPE(<cnp.ndarray> k0) != cnp.NPY_DOUBLE
                or stacks[0] is not None and cnp.PyArray_TYPE(<cnp.ndarray> k1) != cnp.NPY_DOUBLE):
            return None
        return push_product(k0, k1, stacks[0], stacks[1])
    if op == JOIN:
        for j in range(len(stacks)):
            if stacks[j] is None:
                part = (<tuple> k1)[j]
                nd = len(part)
                for i in range(nd):
                    dims[i] = part[i]
                stacks[j] = zero_rows(k, nd, dims)
        return push_join(stacks, k0)
    if op == STACKED:
        return push_numbers(stacks, k)
    nd = len(shape)
    for i in range(nd):
        dims[i] = shape[i]
    if op == SELECT:
        return push_select(k0, stacks[0], stacks[1], k, nd, dims)
    return push_one(op, stacks[0], k0, k1, nd, dims)
