# fast.pxi: the functions that small code spends its time in, for plain float64 tangents: sums, and dot and
# matmul of vectors and matrices; and the way from __array_function__ to these and to structural.pxi.
# Each returns None where it does not apply; then functions/ answers.  Included by _core.pyx.
#
# What is linear acts on the K rows of a second-order dual (second.pxi) as it does on directions; what
# multiplies two varying factors must return None where kind_of(tag) is not 0.

cdef object np_add_reduce = np.add.reduce
cdef object np_add = np.add
cdef object np_matmul = np.matmul
cdef object np_power = np.power
cdef object np_dot = np.dot
cdef object np_concatenate = np.concatenate


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


cdef object shifted(object axis, int nd):
    """An axis argument of the value as one of the tangents; None where it is not one of ours."""
    if type(axis) is int:
        return axis + 1 if axis >= 0 else axis
    if axis is None:
        return tuple(range(1, nd + 1))
    if type(axis) is tuple:
        for a in <tuple> axis:
            if type(a) is not int:
                return None
        return tuple([a + 1 if a >= 0 else a for a in <tuple> axis])
    return None


cdef object fast_sum(object xo, object axis, bint mean, bint keep=False):
    cdef DualArray x
    cdef cnp.ndarray v, t
    cdef Dual z
    cdef cnp.npy_intp n, k, j, stride
    cdef int nd
    if type(xo) is not DualArray:
        return None
    x = <DualArray> xo
    sync(x)
    if not plain_tangents(x):
        return record_sum(x, axis, mean) if type(x.tangent_) is Node and not keep else None
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    nd = cnp.PyArray_NDIM(v)
    n = cnp.PyArray_SIZE(v)
    if n == 0 or nd == 0:
        return None
    dd_done.elements += n
    if axis is None and not keep and cnp.PyArray_TYPE(v) == cnp.NPY_DOUBLE and cnp.PyArray_TYPE(t) == cnp.NPY_DOUBLE and (
            nd == 1 or cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        k = cnp.PyArray_DIM(t, 0)
        stride = cnp.PyArray_STRIDE(v, 0) if nd == 1 else 8
        z = dual_new(k, x.tag_, add_reduce_run(cnp.PyArray_BYTES(v), n, stride))
        z.of_numpy = True
        stride = cnp.PyArray_STRIDE(t, 1) if nd == 1 else 8
        for j in range(k):
            z.t[j] = add_reduce_run(cnp.PyArray_BYTES(t) + j * cnp.PyArray_STRIDE(t, 0), n, stride)
        if z.v == 0 or not isfinite(z.v):
            z.v = np_add_reduce(v, None)    # the sign of zero, and NumPy's warnings
        if mean:
            z.v /= n
            for j in range(k):
                z.t[j] /= n
        return z
    where = shifted(axis, nd)
    if where is None:
        return None
    value = np_add_reduce(v, axis, None, None, keep)
    dd_done.loops += value.size
    tangent = np_add_reduce(t, where, None, None, keep)
    if mean:        # as NumPy's own mean does it
        if cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE:
            return None
        n //= value.size
        value = value / n
        tangent = tangent / n
    return new_dual(value, tangent, x.tag_)


cdef void note_product(cnp.ndarray a, cnp.ndarray b, int duals) noexcept:
    """Counts the multiplications of a @ b, for each of the factors that is dual."""
    cdef cnp.npy_intp columns = cnp.PyArray_DIM(b, 1) if cnp.PyArray_NDIM(b) > 1 else 1
    dd_done.crossed += duals > 1
    dd_done.products += duals * cnp.PyArray_SIZE(a) * columns


cdef object floats_of(object v, bint constant):
    """An array of float64 itself, one of integers (where it is constant) as float64; None for others."""
    if cnp.PyArray_TYPE(<cnp.ndarray> v) == cnp.NPY_DOUBLE:
        return v
    return v.astype(np_double) if constant and v.dtype.kind in "biu" else None


cdef object fast_product(object a, object b, object function):
    """matmul (or dot) of vectors and matrices, one or both of them dual."""
    cdef DualArray x = None, y = None
    cdef int na, nb
    cdef object av = a, bv = b, at = None, bt = None
    cdef long long tag = -1
    cdef bint finite = True, nonzero
    if is_recorded(a) or is_recorded(b):
        return record_product(a, b, function)
    if type(a) is DualArray:
        x = <DualArray> a
        sync(x)
        if not plain_tangents(x):
            return None
        av, at, tag = x.value_, x.tangent_, x.tag_
    elif not cnp.PyArray_CheckExact(a):
        return None
    if type(b) is DualArray:
        y = <DualArray> b
        sync(y)
        if not plain_tangents(y) or x is not None and y.tag_ != tag:
            return None
        bv, bt, tag = y.value_, y.tangent_, y.tag_
    elif not cnp.PyArray_CheckExact(b):
        return None
    # a constant factor of integers: NumPy takes it as it is, the tangents as numbers of theirs
    aw = floats_of(av, at is None)
    bw = floats_of(bv, bt is None)
    if aw is None or bw is None:
        return None
    na = cnp.PyArray_NDIM(<cnp.ndarray> av)
    nb = cnp.PyArray_NDIM(<cnp.ndarray> bv)
    if not (1 <= na <= 2 and 1 <= nb <= 2):
        return None
    if at is not None and bt is not None and not same_k(at, bt):
        k_differ(cnp.PyArray_DIM(<cnp.ndarray> at, 0), cnp.PyArray_DIM(<cnp.ndarray> bt, 0))
    if at is not None and bt is not None and kind_of(tag):
        return None     # a product of two varying factors has second-order terms
    if at is not None:
        look(<cnp.ndarray> at, &finite, &nonzero)
    if bt is not None and finite:
        look(<cnp.ndarray> bt, &finite, &nonzero)
    if not finite:
        return None     # the generic path does not warn of 0 times inf
    note_product(<cnp.ndarray> av, <cnp.ndarray> bv, (at is not None) + (bt is not None))
    value = function(av, bv)
    tangent = None
    if bt is not None:
        if nb == 1:
            tangent = np_matmul(bt, aw if na == 1 else aw.T)
        else:
            tangent = np_matmul(aw, bt)
    if at is not None:
        if na == 2 and cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> at):
            # one product for all directions and all rows
            shape = at.shape[:2] + bv.shape[1:]
            other = np_matmul(at.reshape((shape[0] * shape[1], at.shape[2])), bw).reshape(shape)
        else:
            other = np_matmul(at, bw)
        tangent = other if tangent is None else tangent + other
    if cnp.PyArray_CheckExact(tangent):
        look(<cnp.ndarray> tangent, &finite, &nonzero)
        dd_meet(not finite and np.isnan(tangent).any())
    else:
        dd_meet(tangent != tangent)
    return new_dual(value, tangent, tag)


def join_scalars(list elements):
    """The 1-d DualArray of Duals of one call and floats; None where they are something else."""
    cdef Py_ssize_t i, j, n = len(elements), k = -1
    cdef long long tag = -1
    cdef Dual d
    cdef double number = 0
    cdef cnp.npy_intp dims[2]
    cdef cnp.ndarray v, t
    cdef double *vp
    cdef double *tp
    for e in elements:
        if type(e) is Dual:
            d = <Dual> e
            if d.k < 0 or tag >= 0 and d.tag_ != tag:
                return None
            if k >= 0 and d.k != k:
                k_differ(k, d.k)
            tag = d.tag_
            k = d.k
        elif not (PyFloat_Check(e) or type(e) is int):
            return None
    if tag < 0:
        return None
    dims[0] = n
    v = dd_array(1, dims, cnp.NPY_DOUBLE)
    dims[0] = k
    dims[1] = n
    t = dd_array(2, dims, cnp.NPY_DOUBLE)
    vp = <double *> cnp.PyArray_DATA(v)
    tp = <double *> cnp.PyArray_DATA(t)
    for i in range(n):
        e = elements[i]
        if type(e) is Dual:
            d = <Dual> e
            vp[i] = d.v
            for j in range(k):
                tp[j * n + i] = d.t[j]
        else:
            as_double(e, &number)
            vp[i] = number
            for j in range(k):
                tp[j * n + i] = 0
    return new_array(v, t, tag, None, None, False)


cdef dict fast_functions = {
    np.sum: 1, np.mean: 2, np.reshape: 3, np.ravel: 4, np.transpose: 5, np.concatenate: 6, np.dot: 7,
    np.matmul: 8, np.shape: 9, np.ndim: 10, np.size: 11, np.stack: 12, np.hstack: 13, np.vstack: 14,
    np.column_stack: 15, np.where: 16, np.max: 17, np.min: 18, np.amax: 17, np.amin: 18, np.prod: 19,
    np.linalg.norm: 20, np.squeeze: 21, np.expand_dims: 21, np.atleast_1d: 22, np.atleast_2d: 22, np.array: 23,
    np.swapaxes: 24, np.copy: 25, np.einsum: 26,
}


cdef object fast_function(int which, object function, tuple args, object kwargs):
    """The compiled form of a function where it applies, else None."""
    cdef int n = len(args)
    cdef object axis, x
    cdef DualArray d
    if n == 0:
        return None
    x = args[0]
    if which <= 2 or which == 17 or which == 18:
        axis = args[1] if n > 1 else None
        if n > 2:
            return None
        if not kwargs:
            return fast_sum(x, axis, which == 2) if which <= 2 else fast_extreme_along(x, which == 17, axis, False)
        keep = False
        for name, option in (<dict> kwargs).items():
            if name == "axis" and n == 1:
                axis = option
            elif name == "keepdims" and type(option) is bool:
                keep = option
            else:
                return None
        return fast_sum(x, axis, which == 2, keep) if which <= 2 else fast_extreme_along(x, which == 17, axis, keep)
    if kwargs:
        if len(kwargs) == 1 and n == 1:
            if "axis" in kwargs:
                axis = kwargs["axis"]
                if which == 6:
                    return fast_concatenate(x, axis)
                if which == 12:
                    return fast_stack(x, axis)
                if which == 21:
                    d = plain_array(x)
                    return None if d is None else reshaped_as(d, function(d.value_, axis=axis))
            elif "axes" in kwargs and which == 5:
                return fast_transpose(x, kwargs["axes"])
        return None
    if which == 3 and n == 2:
        return fast_reshape(x, args[1])
    if which == 4 and n == 1:
        return fast_reshape(x, -1)
    if which == 5:
        return fast_transpose(x) if n == 1 else fast_transpose(x, args[1]) if n == 2 else None
    if which == 6:
        return fast_concatenate(x, 0) if n == 1 else fast_concatenate(x, args[1]) if n == 2 else None
    if which == 7 and n == 2:
        return fast_product(x, args[1], np_dot)
    if which == 8 and n == 2:
        return fast_product(x, args[1], np_matmul)
    if which <= 11:
        if n == 1 and (type(x) is DualArray or type(x) is Dual):
            return x.shape if which == 9 else x.ndim if which == 10 else x.size
        return None
    if which == 12:
        return fast_stack(x, 0) if n == 1 else fast_stack(x, args[1]) if n == 2 else None
    if which <= 15:
        return fast_rows(x, function, which - 13) if n == 1 else None
    if which == 16:
        return fast_where(x, args[1], args[2]) if n == 3 else None
    if which == 21 or which == 22 and n == 1:
        d = plain_array(x)
        if d is None or which == 22 and cnp.PyArray_NDIM(<cnp.ndarray> d.value_) == 0:
            return None
        return reshaped_as(d, function(d.value_, *args[1:]))
    if which == 26:
        if n == 3 and type(x) is str and (is_recorded(args[1]) or is_recorded(args[2])):
            return record_einsum(<str> x, args[1], args[2])
        return None
    if which == 24 and n == 3:
        return fast_swapaxes(x, args[1], args[2])
    if n > 1:
        return None
    if which == 19:
        return fast_prod(x)
    if which == 20:
        return fast_norm(x)
    if which == 23 and type(x) is list:
        return join_scalars(<list> x) if len(<list> x) else None
    return None


cdef object call_function(object function, object args_, object kwargs):
    """__array_function__ of both types: the fast form where there is one, else functions/."""
    cdef object code, result
    cdef tuple args = args_ if type(args_) is tuple else tuple(args_)
    code = fast_functions.get(function)
    if code is not None:
        result = fast_function(<int> code, function, args, kwargs)
        if result is not None:
            return result
    else:
        code = stacked_functions.get(function)
        if code is not None:
            result = fast_stacked(function, <OnStack> code, args, kwargs)
            if result is not None:
                return result
    return hook_function(function, args, kwargs)


# ---- the way in and out for one array or one number -----------------------------------------------


def seed_scalar(x, long long tag, double tangent=1.0):
    """The Dual of a number to differentiate by: one direction."""
    cdef Dual z = dual_new(1, tag, x)
    z.of_numpy = not PyFloat_CheckExact(x) and isinstance(x, np.generic)
    z.t[0] = tangent
    return z


def first_tangent(y, long long tag):
    """The one tangent of a plain scalar result of this call; None for anything else."""
    if type(y) is Dual and (<Dual> y).k == 1 and (<Dual> y).tag_ == tag:
        return (<Dual> y).t[0]
    return None


def unit_seeds(cnp.ndarray x, Py_ssize_t start, Py_ssize_t stop, long long tag):
    """A C-contiguous float64 or float32 array as a DualArray whose tangents are unit vectors start to stop."""
    cdef cnp.npy_intp dims[64]
    cdef Py_ssize_t n = cnp.PyArray_SIZE(x), k = stop - start, i
    cdef int nd = cnp.PyArray_NDIM(x), type_ = cnp.PyArray_TYPE(x)
    cdef cnp.ndarray t
    cdef double *p
    cdef float *q
    if nd > 60 or type_ != cnp.NPY_DOUBLE and type_ != cnp.NPY_FLOAT or not cnp.PyArray_IS_C_CONTIGUOUS(x):
        raise InputError("unit_seeds takes a C-contiguous float64 or float32 array")
    if not 0 <= start <= stop <= n:
        raise ShapeError(f"no directions {start} to {stop} of {n}")
    dims[0] = k
    for i in range(nd):
        dims[i + 1] = cnp.PyArray_DIM(x, i)
    t = dd_array(nd + 1, dims, type_)
    p = <double *> cnp.PyArray_DATA(t)
    q = <float *> p
    memset(p, 0, k * n * (sizeof(double) if type_ == cnp.NPY_DOUBLE else sizeof(float)))
    for i in range(k):
        if type_ == cnp.NPY_DOUBLE:
            p[i * n + start + i] = 1.0
        else:
            q[i * n + start + i] = 1.0
    return make_array(x, t, tag, None, None, True)
