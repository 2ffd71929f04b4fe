# push.pxi: what each operation of a recording does to rows of tangents, arrays (k, *shape) of numbers.
#
# The one place of it in compiled code.  An operation on duals with rows asks here as it happens (apply.pxi), the walk
# forward along a recording asks here later (forward.pxi).  Elementwise rules have their loops in kernels.h and replay.h.
# Included by _core.pyx.

cdef object np_add_reduce = np.add.reduce
cdef object np_matmul = np.matmul
cdef object np_concatenate = np.concatenate
cdef object np_where = np.where


cdef double add_reduce_run(const char *p, cnp.npy_intp n, cnp.npy_intp stride) noexcept:
    """The sum of one run, by NumPy's own loop (pairwise), so that it is bit-equal to np.sum."""
    cdef double total = 0.0
    cdef char *args[3]
    cdef cnp.npy_intp steps[3]
    args[0] = <char *> &total
    args[1] = <char *> p
    args[2] = <char *> &total
    steps[0] = 0
    steps[1] = stride
    steps[2] = 0
    dd_rules[DD_RULE_add].loop[0](args, &n, steps, dd_rules[DD_RULE_add].loop_data[0])
    return total


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
        return push_sum(t, <tuple> k0, k1, nd, dims)
    return None


ctypedef fused real_type:
    float
    double


cdef void sum_lanes(real_type *t, real_type *out, cnp.npy_intp outer, cnp.npy_intp m, cnp.npy_intp inner) noexcept nogil:
    """The sums of lanes (outer, m, inner) over m."""
    cdef cnp.npy_intp o, i, j
    for o in range(outer):
        for i in range(inner):
            out[i] = t[i]
        for j in range(1, m):
            t += inner
            for i in range(inner):
                out[i] += t[i]
        t += inner
        out += inner


cdef object push_total(cnp.ndarray t):
    """Rows of float64 through the sum of all elements, in C order, by NumPy's own loop (pairwise)."""
    cdef cnp.npy_intp k = cnp.PyArray_DIM(t, 0), n, j
    cdef cnp.ndarray out
    if cnp.PyArray_NDIM(t) != 2 and not cnp.PyArray_IS_C_CONTIGUOUS(t):
        t = cnp.PyArray_NewCopy(t, cnp.NPY_CORDER)
    out = dd_array(1, &k, cnp.NPY_DOUBLE)
    total_rows(t, <double *> cnp.PyArray_DATA(out))
    return out


cdef void total_rows(cnp.ndarray t, double *out) noexcept:
    """The sum of the elements of each row, which lie in one run."""
    cdef cnp.npy_intp k = cnp.PyArray_DIM(t, 0), j
    cdef cnp.npy_intp n = cnp.PyArray_SIZE(t) // k if k else 0
    cdef cnp.npy_intp stride = cnp.PyArray_STRIDE(t, 1) if cnp.PyArray_NDIM(t) == 2 else 8
    for j in range(k):
        out[j] = add_reduce_run(cnp.PyArray_BYTES(t) + j * cnp.PyArray_STRIDE(t, 0), n, stride)


cdef object push_sum(cnp.ndarray t, tuple axes, bint keepdims, int nd, cnp.npy_intp *dims):
    """Rows through the sum along axes of the value; NumPy's warnings are about values."""
    cdef cnp.npy_intp shape[64]
    cdef cnp.npy_intp outer, m, inner = 1, at
    cdef cnp.ndarray out
    cdef int i, axis, type_ = cnp.PyArray_TYPE(t)
    if type_ == cnp.NPY_DOUBLE and nd == 0:
        return push_total(t)
    if (type_ == cnp.NPY_DOUBLE or type_ == cnp.NPY_FLOAT) and len(axes) == 1 and cnp.PyArray_IS_C_CONTIGUOUS(t):
        axis = <long> axes[0] + 1
        m = cnp.PyArray_DIM(t, axis)
        for i in range(axis + 1, cnp.PyArray_NDIM(t)):
            inner *= cnp.PyArray_DIM(t, i)
        if inner > 1 and m > 0:     # along neighbours NumPy's sum is pairwise
            shape[0] = cnp.PyArray_DIM(t, 0)
            memcpy(&shape[1], dims, nd * sizeof(cnp.npy_intp))
            out = dd_array(nd + 1, shape, type_)
            outer = cnp.PyArray_SIZE(t) // (m * inner)
            if type_ == cnp.NPY_DOUBLE:
                sum_lanes[double](<double *> cnp.PyArray_DATA(t), <double *> cnp.PyArray_DATA(out), outer, m, inner)
            else:
                sum_lanes[float](<float *> cnp.PyArray_DATA(t), <float *> cnp.PyArray_DATA(out), outer, m, inner)
            return out
        if type_ == cnp.NPY_DOUBLE and inner == 1:
            shape[0] = cnp.PyArray_DIM(t, 0)
            memcpy(&shape[1], dims, nd * sizeof(cnp.npy_intp))
            out = dd_array(nd + 1, shape, type_)
            for at in range(cnp.PyArray_SIZE(out)):
                (<double *> cnp.PyArray_DATA(out))[at] = add_reduce_run(cnp.PyArray_BYTES(t) + at * m * 8, m, 8)
            return out
    where = <long> axes[0] + 1 if len(axes) == 1 else tuple([a + 1 for a in axes])
    with np_errstate(all="ignore"):
        return np_add_reduce(t, where, None, None, keepdims)


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
