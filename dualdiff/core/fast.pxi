# fast.pxi: the structural functions that small code spends its time in, for plain float64
# tangents: sum, reshape, ravel, transpose, concatenate, dot and matmul of vectors and matrices.
# Each returns None where it does not apply; then functions/ answers.  Included by _core.pyx.
#
# What is linear acts on the K rows of a second-order dual (second.pxi) as it does on directions; what
# multiplies two varying factors must return None where kind_of(tag) is not 0.

cdef object np_add_reduce = np.add.reduce
cdef object np_matmul = np.matmul
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


cdef object fast_sum(object xo, object axis, bint mean):
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
        return record_sum(x, axis, mean) if type(x.tangent_) is Node else None
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    nd = cnp.PyArray_NDIM(v)
    n = cnp.PyArray_SIZE(v)
    if n == 0 or nd == 0:
        return None
    if axis is None and cnp.PyArray_TYPE(v) == cnp.NPY_DOUBLE and cnp.PyArray_TYPE(t) == cnp.NPY_DOUBLE and (
            nd == 1 or cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        k = cnp.PyArray_DIM(t, 0)
        stride = cnp.PyArray_STRIDE(v, 0) if nd == 1 else 8
        z = dual_new(k, x.tag_, add_reduce_run(cnp.PyArray_BYTES(v), n, stride))
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
    if where is None or mean:
        return None
    return new_dual(np_add_reduce(v, axis), np_add_reduce(t, where), x.tag_)


cdef object fast_reshape(object xo, object shape):
    """A view in another shape where NumPy gives one."""
    cdef DualArray x, y
    cdef cnp.ndarray v, t
    cdef object value, tangent
    if type(xo) is not DualArray:
        return None
    x = <DualArray> xo
    sync(x)
    if not plain_tangents(x):
        return record_reshape(x, shape) if type(x.tangent_) is Node else None
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    if not (cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        return None
    value = v.reshape(shape)
    tangent = t.reshape((cnp.PyArray_DIM(t, 0),) + (<object> value).shape)
    y = DualArray.__new__(DualArray)
    y.value_ = value
    y.tangent_ = tangent
    y.tag_ = x.tag_
    y.base_ = x
    y.view_ = "reshape"
    y.seen = x.version
    return y


cdef object fast_transpose(object xo):
    """All axes in reverse order."""
    cdef DualArray x, y
    cdef int nd, i
    if type(xo) is not DualArray:
        return None
    x = <DualArray> xo
    sync(x)
    if not plain_tangents(x):
        return record_transpose(x) if type(x.tangent_) is Node else None
    nd = cnp.PyArray_NDIM(<cnp.ndarray> x.value_)
    y = DualArray.__new__(DualArray)
    y.value_ = x.value_.T
    y.tangent_ = x.tangent_.transpose((0,) + tuple(range(nd, 0, -1)))
    y.tag_ = x.tag_
    y.base_ = x
    y.view_ = "T"
    y.seen = x.version
    return y


cdef object fast_concatenate(object arrays, object axis):
    cdef list values = [], tangents = []
    cdef DualArray x, y
    cdef long long tag = -1
    cdef cnp.npy_intp k = -1
    cdef int nd = -1, ax
    cdef bint constants = False
    if type(arrays) is not list and type(arrays) is not tuple or type(axis) is not int:
        return None
    for a in arrays:
        if type(a) is DualArray:
            x = <DualArray> a
            sync(x)
            if not plain_tangents(x):
                return record_concatenate(arrays, axis) if type(x.tangent_) is Node else None
            if tag >= 0 and x.tag_ != tag:
                return None
            if k >= 0 and cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0) != k:
                k_differ(k, cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0))
            tag = x.tag_
            k = cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0)
            nd = cnp.PyArray_NDIM(<cnp.ndarray> x.value_)
            values.append(x.value_)
            tangents.append(x.tangent_)
        elif cnp.PyArray_CheckExact(a) and cnp.PyArray_TYPE(<cnp.ndarray> a) == cnp.NPY_DOUBLE:
            values.append(a)
            tangents.append(None)
            constants = True
        else:
            return None
    if tag < 0:
        return None
    ax = axis
    if ax < 0:
        ax += nd
    if ax < 0 or ax >= nd:
        return None
    value = np_concatenate(values, ax)
    if constants:
        for i in range(len(values)):
            if tangents[i] is None:
                tangents[i] = np.zeros((k,) + values[i].shape)
    tangent = np_concatenate(tangents, ax + 1)
    if tangent.dtype != value.dtype:
        tangent = tangent.astype(value.dtype)
    y = DualArray.__new__(DualArray)
    y.value_ = value
    y.tangent_ = tangent
    y.tag_ = tag
    return y


cdef object fast_product(object a, object b, object function):
    """matmul (or dot) of a constant matrix or vector and a dual vector, or of two dual vectors."""
    cdef DualArray x = None, y = None
    cdef int na, nb
    cdef object av = a, bv = b, at = None, bt = None
    cdef long long tag = -1
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
    if (cnp.PyArray_TYPE(<cnp.ndarray> av) != cnp.NPY_DOUBLE
            or cnp.PyArray_TYPE(<cnp.ndarray> bv) != cnp.NPY_DOUBLE):
        return None
    na = cnp.PyArray_NDIM(<cnp.ndarray> av)
    nb = cnp.PyArray_NDIM(<cnp.ndarray> bv)
    if not (nb == 1 and (na == 1 or na == 2 and at is None)):
        return None
    if at is not None and bt is not None and not same_k(at, bt):
        k_differ(cnp.PyArray_DIM(<cnp.ndarray> at, 0), cnp.PyArray_DIM(<cnp.ndarray> bt, 0))
    if at is not None and bt is not None and kind_of(tag):
        return None     # a product of two varying factors has second-order terms
    value = function(av, bv)
    tangent = None
    if bt is not None:
        tangent = np_matmul(bt, av if na == 1 else av.T)
    if at is not None:
        other = np_matmul(at, bv)
        tangent = other if tangent is None else tangent + other
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
    np.matmul: 8, np.shape: 9, np.ndim: 10, np.size: 11,
}


cdef object call_function(object function, object args_, object kwargs):
    """__array_function__ of both types: the fast form where there is one, else functions/."""
    cdef object code, result = None
    cdef tuple args = args_ if type(args_) is tuple else tuple(args_)
    cdef int n = len(args)
    code = fast_functions.get(function)
    if code is not None:
        which = <int> code
        if which <= 2:
            if n == 1 and not kwargs:
                result = fast_sum(args[0], None, which == 2)
            elif n == 1 and len(kwargs) == 1 and "axis" in kwargs:
                result = fast_sum(args[0], kwargs["axis"], which == 2)
            elif n == 2 and not kwargs:
                result = fast_sum(args[0], args[1], which == 2)
        elif kwargs:
            if which == 6 and n == 1 and len(kwargs) == 1 and "axis" in kwargs:
                result = fast_concatenate(args[0], kwargs["axis"])
        elif which == 3 and n == 2:
            result = fast_reshape(args[0], args[1])
        elif which == 4 and n == 1:
            result = fast_reshape(args[0], -1)
        elif which == 5 and n == 1:
            result = fast_transpose(args[0])
        elif which == 6 and n == 1:
            result = fast_concatenate(args[0], 0)
        elif which == 6 and n == 2:
            result = fast_concatenate(args[0], args[1])
        elif which == 7 and n == 2:
            result = fast_product(args[0], args[1], np_dot)
        elif which == 8 and n == 2:
            result = fast_product(args[0], args[1], np_matmul)
        elif n == 1:
            x = args[0]
            if type(x) is DualArray or type(x) is Dual:
                if which == 9:
                    return x.shape
                if which == 10:
                    return x.ndim
                if which == 11:
                    return x.size
        if result is not None:
            return result
    return hook_function(function, args, kwargs)


# ---- the way in and out for one array or one number -----------------------------------------------


def seed_scalar(double x, long long tag):
    """The Dual of a number to differentiate by: one direction, tangent 1."""
    cdef Dual z = dual_new(1, tag, x)
    z.t[0] = 1.0
    return z


def first_tangent(y, long long tag):
    """The one tangent of a plain scalar result of this call; None for anything else."""
    if type(y) is Dual and (<Dual> y).k == 1 and (<Dual> y).tag_ == tag:
        return (<Dual> y).t[0]
    return None


def unit_seeds(cnp.ndarray x, Py_ssize_t start, Py_ssize_t stop, long long tag):
    """A C-contiguous float64 array as a DualArray whose tangents are unit vectors start to stop."""
    cdef cnp.npy_intp dims[64]
    cdef Py_ssize_t n = cnp.PyArray_SIZE(x), k = stop - start, i
    cdef int nd = cnp.PyArray_NDIM(x)
    cdef cnp.ndarray t
    cdef double *p
    if nd > 60 or cnp.PyArray_TYPE(x) != cnp.NPY_DOUBLE or not cnp.PyArray_IS_C_CONTIGUOUS(x):
        raise InputError("unit_seeds takes a C-contiguous float64 array")
    if not 0 <= start <= stop <= n:
        raise ShapeError(f"no directions {start} to {stop} of {n}")
    dims[0] = k
    for i in range(nd):
        dims[i + 1] = cnp.PyArray_DIM(x, i)
    t = dd_array(nd + 1, dims, cnp.NPY_DOUBLE)
    p = <double *> cnp.PyArray_DATA(t)
    memset(p, 0, k * n * sizeof(double))
    for i in range(k):
        p[i * n + start + i] = 1.0
    return make_array(x, t, tag, None, None, True)
