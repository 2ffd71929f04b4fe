# structural.pxi: more compiled forms of functions that move, join or select elements, on plain tangents: fancy
# indices, joining, where, max, prod, norm, copies.  As in fast.pxi, each returns None where it does not apply.
# `stacked_functions` is the way for all the others that NumPy itself can do on a stack: what the registration of the
# handler says of it (`OnStack`).  Included by _core.pyx.
#
# As in fast.pxi, what is linear acts on all rows of a second-order dual; prod, norm, var and std leave those to
# functions/.

cdef object np_stack = np.stack
cdef object np_where = np.where
cdef object np_take = np.take
cdef object np_maximum_reduce = np.maximum.reduce
cdef object np_minimum_reduce = np.minimum.reduce
cdef object np_prod_reduce = np.multiply.reduce
cdef object np_norm = np.linalg.norm
cdef object np_double = np.dtype(np.float64)
cdef dict stacked_functions = {}    # NumPy function -> OnStack


def install_stacked(dict table):
    """Installs the functions on stacks (called once, by dualdiff.functions)."""
    global stacked_functions
    stacked_functions = table


@cython.final
cdef class Axes:
    """How a transposed view hangs on its base: the order of its axes."""

    cdef readonly tuple axes

    def __init__(self, tuple axes):
        self.axes = axes


cdef inline DualArray fresh(object value, object tangent, long long tag):
    """A DualArray of computed arrays."""
    cdef DualArray y = DualArray.__new__(DualArray)
    y.value_ = value
    y.tangent_ = tangent
    y.tag_ = tag
    dd_done.elements += cnp.PyArray_SIZE(<cnp.ndarray> value)
    return y


cdef inline DualArray hung(DualArray x, object value, object tangent, object how):
    """A view of x."""
    cdef DualArray y = DualArray.__new__(DualArray)
    y.value_ = value
    y.tangent_ = tangent
    y.tag_ = x.tag_
    y.base_ = x
    y.view_ = how
    y.seen = x.version
    return y


cdef DualArray plain_array(object xo):
    """The array with its view renewed, if value and tangents are plain; else None."""
    cdef DualArray x
    if type(xo) is not DualArray:
        return None
    x = <DualArray> xo
    sync(x)
    return x if plain_tangents(x) else None


# ---- shapes ----------------------------------------------------------------------------------------


cdef int read_shape(object shape, cnp.npy_intp *dims, cnp.npy_intp size) except -2:
    """The dimensions that a reshape asks for, a -1 worked out; -1 where NumPy should say."""
    cdef int nd = 0, unknown = -1
    cdef cnp.npy_intp n, product = 1
    cdef tuple parts
    if type(shape) is int:
        parts = (shape,)
    elif type(shape) is tuple:
        parts = <tuple> shape
    else:
        return -1
    if len(parts) > 60:
        return -1
    for part in parts:
        if type(part) is not int or not -1 <= part <= size:
            return -1
        n = part
        if n < 0:
            if unknown >= 0:
                return -1
            unknown = nd
        else:
            product *= n        # cannot overflow by much: checked against size at each step
            if product > size:
                return -1
        dims[nd] = n
        nd += 1
    if unknown >= 0:
        if product == 0 or size % product:
            return -1
        dims[unknown] = size // product
        product = size
    return nd if product == size else -1


cdef object fast_reshape(object xo, object shape):
    """A view in another shape where NumPy gives one."""
    cdef DualArray x = plain_array(xo)
    cdef cnp.ndarray v, t
    cdef cnp.npy_intp dims[64]
    cdef cnp.PyArray_Dims new
    cdef int nd
    if x is None:
        return record_reshape(xo, shape) if type(xo) is DualArray and is_recorded(xo) else None
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    if not (cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        return None
    nd = read_shape(shape, &dims[1], cnp.PyArray_SIZE(v))
    if nd < 0:
        value = v.reshape(shape)
        return hung(x, value, t.reshape((cnp.PyArray_DIM(t, 0),) + (<object> value).shape), "reshape")
    if nd == 1 and cnp.PyArray_NDIM(v) == 1:
        return hung(x, v, t, "reshape")
    dims[0] = cnp.PyArray_DIM(t, 0)
    new.ptr = &dims[1]
    new.len = nd
    value = cnp.PyArray_Newshape(v, &new, cnp.NPY_CORDER)
    new.ptr = &dims[0]
    new.len = nd + 1
    return hung(x, value, cnp.PyArray_Newshape(t, &new, cnp.NPY_CORDER), "reshape")


cdef object reshaped_as(DualArray x, object value):
    """The view of contiguous x whose value NumPy made by a function that only reshapes."""
    cdef cnp.ndarray t = <cnp.ndarray> x.tangent_
    if not (cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> x.value_) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        return None
    if not cnp.PyArray_CheckExact(value) or cnp.PyArray_DATA(<cnp.ndarray> value) != cnp.PyArray_DATA(<cnp.ndarray> x.value_):
        return None
    return hung(x, value, t.reshape((cnp.PyArray_DIM(t, 0),) + value.shape), "reshape")


cdef object fast_transpose(object xo, object axes=None):
    """Axes in another order, or all in reverse order, as a view."""
    cdef DualArray x = plain_array(xo)
    cdef cnp.npy_intp dims[64]
    cdef cnp.PyArray_Dims order
    cdef int nd, i, a
    if x is None:
        return record_transpose(xo) if axes is None and type(xo) is DualArray and is_recorded(xo) else None
    nd = cnp.PyArray_NDIM(<cnp.ndarray> x.value_)
    order.ptr = &dims[0]
    order.len = nd + 1
    dims[0] = 0
    if axes is None:
        for i in range(nd):
            dims[i + 1] = nd - i
        value = cnp.PyArray_Transpose(<cnp.ndarray> x.value_, NULL)
        how = "T"
    else:
        if type(axes) is not tuple or len(<tuple> axes) != nd:
            return None
        i = 0
        for axis in <tuple> axes:
            if type(axis) is not int or not -nd <= axis < nd:
                return None
            a = axis
            i += 1
            dims[i] = (a if a >= 0 else a + nd) + 1
        how = Axes(tuple([dims[i + 1] - 1 for i in range(nd)]))
        value = x.value_.transpose(axes)        # NumPy's error for an axis that stands twice
    return hung(x, value, cnp.PyArray_Transpose(<cnp.ndarray> x.tangent_, &order), how)


cdef object fast_swapaxes(object xo, object first, object second):
    """Two axes exchanged, as a view."""
    cdef int nd
    if type(first) is not int or type(second) is not int or type(xo) is not DualArray:
        return None
    nd = xo.ndim
    if not (-nd <= first < nd and -nd <= second < nd):
        return None
    axes = list(range(nd))
    axes[first], axes[second] = axes[second], axes[first]
    return fast_transpose(xo, tuple(axes))


cdef object fast_copy(object xo):
    """A copy in C order, with memory of its own."""
    cdef DualArray x = plain_array(xo)
    if x is None:
        return None
    return fresh(cnp.PyArray_NewCopy(<cnp.ndarray> x.value_, cnp.NPY_CORDER),
                 cnp.PyArray_NewCopy(<cnp.ndarray> x.tangent_, cnp.NPY_CORDER), x.tag_)


cdef object fast_flatten(object xo):
    """A copy in one dimension."""
    cdef DualArray x = plain_array(xo)
    cdef cnp.npy_intp dims[2]
    cdef cnp.PyArray_Dims new
    if x is None:
        return None
    dims[0] = cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0)
    dims[1] = cnp.PyArray_SIZE(<cnp.ndarray> x.value_)
    new.ptr = &dims[0]
    new.len = 2
    t = cnp.PyArray_NewCopy(<cnp.ndarray> x.tangent_, cnp.NPY_CORDER)
    return fresh(cnp.PyArray_Flatten(<cnp.ndarray> x.value_, cnp.NPY_CORDER),
                 cnp.PyArray_Newshape(<cnp.ndarray> t, &new, cnp.NPY_CORDER), x.tag_)


# ---- fancy indices ---------------------------------------------------------------------------------


cdef inline void note_picks(Py_ssize_t size) noexcept:
    """Counts elements that are picked, or written, by an index that is an array."""
    dd_done.shorts += 1
    dd_done.picked += size


cdef object along_directions(cnp.ndarray t, cnp.ndarray key):
    """t[:, key] in C order."""
    if cnp.PyArray_TYPE(key) != cnp.NPY_BOOL:
        return t.take(key, 1)
    if cnp.PyArray_NDIM(key) == 1:
        return t.take(key.nonzero()[0], 1)
    if cnp.PyArray_NDIM(key) == cnp.PyArray_NDIM(t) - 1 and cnp.PyArray_IS_C_CONTIGUOUS(t):
        return t.reshape((cnp.PyArray_DIM(t, 0), -1)).take(key.ravel().nonzero()[0], 1)
    return np.ascontiguousarray(t[slice_all, key])


cdef object fast_take(DualArray x, object key):
    """x[key] for an array of integers or a mask, x renewed and plain."""
    cdef object index = index_array(key)
    if index is None or cnp.PyArray_NDIM(<cnp.ndarray> x.value_) == 0 or (
            cnp.PyArray_TYPE(<cnp.ndarray> index) == cnp.NPY_BOOL and cnp.PyArray_NDIM(<cnp.ndarray> index) == 0):
        return None
    value = x.value_[index]     # NumPy's errors
    note_picks(value.size)
    return new_dual(value, along_directions(<cnp.ndarray> x.tangent_, <cnp.ndarray> index), x.tag_)


cdef object fast_take_several(DualArray x, tuple key):
    """x[key] for a tuple with arrays of integers and masks that stand side by side."""
    cdef int state = 0      # 0: before the arrays, 1: among them, 2: behind
    cdef list parts = [slice_all]
    for part in key:
        if is_slicing(part):
            state = 2 if state else 0
        elif is_integer(part) or is_index_array(part) or type(part) is list:
            if state == 2:
                return None     # NumPy moves the axes of the arrays to the front
            if type(part) is list:
                part = index_array(part)
                if part is None:
                    return None
            state = 1
        else:
            return None
        parts.append(part)
    value = x.value_[key]
    if not cnp.PyArray_CheckExact(value) and not isinstance(value, float):
        return None
    note_picks(value.size)
    return new_dual(value, np.ascontiguousarray(x.tangent_[tuple(parts)]), x.tag_)


cdef int fast_put(DualArray x, object key, object value) except -1:
    """x[key] = value for an array of integers or a mask; 0 where it does not apply."""
    cdef object index = index_array(key)
    cdef cnp.ndarray v = <cnp.ndarray> x.value_
    cdef DualArray y
    cdef Dual d
    cdef int nd, lead
    if index is None or cnp.PyArray_NDIM(v) == 0:
        return 0
    if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> index):
        return 0        # NumPy might write values and tangents in another order, which counts where a place repeats
    nd = cnp.PyArray_NDIM(v) - 1 + cnp.PyArray_NDIM(<cnp.ndarray> index)
    if cnp.PyArray_TYPE(<cnp.ndarray> index) == cnp.NPY_BOOL:
        if cnp.PyArray_NDIM(<cnp.ndarray> index) == 0:
            return 0
        nd = cnp.PyArray_NDIM(v) - cnp.PyArray_NDIM(<cnp.ndarray> index) + 1
    note_picks(cnp.PyArray_SIZE(<cnp.ndarray> index))
    if is_constant(value):
        v[index] = value
        x.tangent_[slice_all, index] = 0
        return 1
    if type(value) is Dual:
        d = <Dual> value
        if d.k < 0 or d.tag_ != x.tag_ or cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE:
            return 0
        if d.k != cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0):
            k_differ(cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0), d.k)
        v[index] = d.v
        x.tangent_[slice_all, index] = row_of(d).reshape((d.k,) + (1,) * nd)
        return 1
    y = plain_array(value)
    if y is None or y.tag_ != x.tag_ or not same_k(y.tangent_, x.tangent_) or (
            cnp.PyArray_TYPE(<cnp.ndarray> y.value_) != cnp.PyArray_TYPE(v)):
        return 0
    t = y.tangent_
    lead = nd + 1 - cnp.PyArray_NDIM(<cnp.ndarray> t)
    if lead < 0 or overlap(v, <cnp.ndarray> y.value_):
        return 0
    if lead > 0:
        t = t.reshape((t.shape[0],) + (1,) * lead + t.shape[1:])
    v[index] = y.value_
    x.tangent_[slice_all, index] = t
    return 1


cdef inline bint is_constant(object value):
    """Whether a value is real numbers without tangents."""
    cdef int kind
    if PyFloat_Check(value) or type(value) is int:
        return True
    if not cnp.PyArray_CheckExact(value):
        return False
    kind = cnp.PyArray_TYPE(<cnp.ndarray> value)
    return kind <= cnp.NPY_DOUBLE       # booleans, integers, float32, float64


# ---- joining ---------------------------------------------------------------------------------------

cdef struct JoinParts:
    long long tag
    cnp.npy_intp k
    int nd              # of every part; -1 where they differ
    bint constants


cdef object zeros_beside(cnp.ndarray v, cnp.npy_intp k):
    """The zero tangents of a constant array."""
    cdef cnp.npy_intp dims[64]
    cdef int i, nd = cnp.PyArray_NDIM(v)
    dims[0] = k
    for i in range(nd):
        dims[i + 1] = cnp.PyArray_DIM(v, i)
    return cnp.PyArray_ZEROS(nd + 1, dims, cnp.NPY_DOUBLE, 0)


cdef bint collect_parts(object arrays, list values, list tangents, JoinParts *found) except *:
    """Values and tangents of the arrays to join, zeros for constants; False where one is not plain."""
    cdef DualArray x
    cdef int i
    found.tag = -1
    found.k = -1
    found.nd = -2
    found.constants = False
    if type(arrays) is not list and type(arrays) is not tuple:
        return False
    for a in arrays:
        if type(a) is DualArray:
            x = plain_array(a)
            if x is None or found.tag >= 0 and x.tag_ != found.tag:
                return False
            if found.k >= 0 and cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0) != found.k:
                k_differ(found.k, cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0))
            found.tag = x.tag_
            found.k = cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0)
            values.append(x.value_)
            tangents.append(x.tangent_)
        elif cnp.PyArray_CheckExact(a) and cnp.PyArray_TYPE(<cnp.ndarray> a) == cnp.NPY_DOUBLE:
            values.append(a)
            tangents.append(None)
            found.constants = True
        else:
            return False
        i = cnp.PyArray_NDIM(<cnp.ndarray> values[len(values) - 1])
        found.nd = i if found.nd == -2 or found.nd == i else -1
    if found.tag < 0 or found.nd > 60:
        return False
    if found.constants:
        for i in range(len(values)):
            if tangents[i] is None:
                tangents[i] = zeros_beside(<cnp.ndarray> values[i], found.k)
    return True


cdef object joined(object value, object tangent, long long tag):
    if tangent.dtype != value.dtype:
        tangent = tangent.astype(value.dtype)
    return fresh(value, tangent, tag)


cdef object fast_concatenate(object arrays, object axis):
    cdef list values = [], tangents = []
    cdef JoinParts found
    cdef int a
    if type(axis) is not int:
        return None
    if not collect_parts(arrays, values, tangents, &found):
        if (type(arrays) is list or type(arrays) is tuple) and any([is_recorded(part) for part in arrays]):
            return record_concatenate(arrays, axis)
        return None
    if found.nd < 1:
        return None
    if not -found.nd <= axis < found.nd:
        return None
    a = axis
    value = np_concatenate(values, a)
    return joined(value, np_concatenate(tangents, a + 1 if a >= 0 else a), found.tag)


cdef object fast_stack(object arrays, object axis):
    """np.stack of arrays of one shape."""
    cdef list values = [], tangents = []
    cdef JoinParts found
    cdef int a
    if type(axis) is not int or not collect_parts(arrays, values, tangents, &found) or found.nd < 1:
        return None
    if not -found.nd - 1 <= axis <= found.nd:
        return None
    a = axis
    dd_done.shorts += 1
    if a == 0 and found.nd == 1:
        value = np_stack(values)
        return joined(value, np_concatenate([t[slice_all, None] for t in tangents], 1), found.tag)
    value = np_stack(values, a)
    return joined(value, np_stack(tangents, a + 1 if a >= 0 else a), found.tag)


cdef object fast_rows(object arrays, object function, int which):
    """hstack (0), vstack (1) or column_stack (2) of vectors, or of matrices."""
    cdef list values = [], tangents = []
    cdef JoinParts found
    if not collect_parts(arrays, values, tangents, &found) or not 1 <= found.nd <= 2:
        return None
    value = function(values)
    dd_done.shorts += 1
    if found.nd == 1:
        if which == 0:
            return joined(value, np_concatenate(tangents, 1), found.tag)
        if which == 1:
            return joined(value, np_concatenate([t[slice_all, None] for t in tangents], 1), found.tag)
        return joined(value, np_concatenate([t[slice_all, slice_all, None] for t in tangents], 2), found.tag)
    return joined(value, np_concatenate(tangents, 1 if which == 1 else 2), found.tag)


# ---- selection -------------------------------------------------------------------------------------


cdef object fast_where(object mask, object a, object b):
    """np.where of a plain mask between duals of one call and float64 constants."""
    cdef DualArray x
    cdef Dual d
    cdef long long tag = -1
    cdef cnp.npy_intp k = -1, j
    cdef int nd, i
    cdef list values = [], tangents = []
    if not cnp.PyArray_CheckExact(mask) or cnp.PyArray_TYPE(<cnp.ndarray> mask) != cnp.NPY_BOOL:
        return None
    for operand in (a, b):
        if type(operand) is DualArray:
            x = plain_array(operand)
            if x is None or tag >= 0 and x.tag_ != tag or cnp.PyArray_TYPE(<cnp.ndarray> x.value_) != cnp.NPY_DOUBLE:
                return None
            j = cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0)
            values.append(x.value_)
            tangents.append(x.tangent_)
            tag_ = x.tag_
        elif type(operand) is Dual:
            d = <Dual> operand
            if d.k < 0 or tag >= 0 and d.tag_ != tag:
                return None
            j = d.k
            values.append(d.v)
            tangents.append(row_of(d))
            tag_ = d.tag_
        elif PyFloat_Check(operand) or type(operand) is int or (
                cnp.PyArray_CheckExact(operand) and cnp.PyArray_TYPE(<cnp.ndarray> operand) == cnp.NPY_DOUBLE):
            values.append(operand)
            tangents.append(None)
            continue
        else:
            return None
        if k >= 0 and j != k:
            k_differ(k, j)
        k = j
        tag = tag_
    if tag < 0:
        return None
    value = np_where(mask, values[0], values[1])
    if value.dtype is not np_double and value.dtype != np_double:
        return None
    nd = value.ndim
    dd_done.shorts += 1
    for i in range(2):
        t = tangents[i]
        if t is None:
            tangents[i] = 0.0
        elif t.ndim <= nd:
            tangents[i] = t.reshape((t.shape[0],) + (1,) * (nd + 1 - t.ndim) + t.shape[1:])
    tangent = np_where(mask, tangents[0], tangents[1])
    if tangent.ndim != nd + 1 or tangent.shape[1:] != value.shape:
        tangent = np.broadcast_to(tangent, (k,) + value.shape).copy()
    return new_dual(value, tangent, tag)


cdef object fast_extreme(object xo, bint largest):
    """max or min of all elements of a float64 vector; those that tie share the derivative."""
    cdef DualArray x = plain_array(xo)
    cdef cnp.ndarray v, t
    cdef Dual z
    cdef double best
    cdef cnp.npy_intp i, j, n, k, vs, ts, tk, ties = 0, place_ = -1
    cdef char *vp
    cdef char *tp
    if x is None:
        return None
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    n = cnp.PyArray_SIZE(v)
    if n == 0 or cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE or cnp.PyArray_NDIM(v) == 0 or not (
            cnp.PyArray_NDIM(v) == 1 or cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        return None
    found = np_maximum_reduce(v, None) if largest else np_minimum_reduce(v, None)
    best = found
    vs = cnp.PyArray_STRIDE(v, 0) if cnp.PyArray_NDIM(v) == 1 else 8
    ts = cnp.PyArray_STRIDE(t, 1) if cnp.PyArray_NDIM(v) == 1 else 8
    vp = cnp.PyArray_BYTES(v)
    tp = cnp.PyArray_BYTES(t)
    for i in range(n):
        if (<double *> (vp + i * vs))[0] == best:
            ties += 1
            if place_ < 0:
                place_ = i
    if ties == 0:
        return None     # a nan
    k = cnp.PyArray_DIM(t, 0)
    tk = cnp.PyArray_STRIDE(t, 0)
    dd_done.shorts += 1
    z = dual_new(k, x.tag_, best)
    z.of_numpy = True
    for j in range(k):
        z.t[j] = (<double *> (tp + j * tk + place_ * ts))[0]
    if ties > 1 and kind_of(x.tag_):
        note_kink("max" if largest else "min")
    if ties > 1:
        for j in range(k):
            z.t[j] = 0
            for i in range(place_, n):
                if (<double *> (vp + i * vs))[0] == best:
                    z.t[j] += (1.0 / ties) * (<double *> (tp + j * tk + i * ts))[0]
    return z


ctypedef fused real_type:
    float
    double


cdef int extreme_lanes(real_type *v, real_type *best, real_type *t, real_type *out, cnp.npy_intp outer, cnp.npy_intp m,
                       cnp.npy_intp inner, cnp.npy_intp k) noexcept nogil:
    """Tangents of the extremes of lanes (outer, m, inner); 1: some tie, -1: a nan."""
    cdef cnp.npy_intp o, i, j, d, first, count, size = outer * m * inner
    cdef real_type x, total
    cdef int tied = 0
    for o in range(outer):
        for i in range(inner):
            x = best[o * inner + i]
            first = -1
            count = 0
            for j in range(m):
                if v[(o * m + j) * inner + i] == x:
                    if count == 0:
                        first = j
                    count += 1
            if count == 0:
                return -1
            if count == 1:
                for d in range(k):
                    out[(d * outer + o) * inner + i] = t[d * size + (o * m + first) * inner + i]
                continue
            tied = 1
            for d in range(k):
                total = 0
                for j in range(first, m):
                    if v[(o * m + j) * inner + i] == x:
                        total = total + (<real_type> 1 / <real_type> count) * t[d * size + (o * m + j) * inner + i]
                out[(d * outer + o) * inner + i] = total
    return tied


cdef object fast_extreme_along(object xo, bint largest, object axis_, bint keep):
    """max or min along one axis of a contiguous array; elements that tie share the derivative."""
    cdef DualArray x = plain_array(xo)
    cdef cnp.ndarray v, t, best, out
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp outer = 1, m, inner = 1, k
    cdef int nd, axis, i, type_, tied
    if axis_ is None and not keep:
        return fast_extreme(xo, largest)
    if x is None or type(axis_) is not int:
        return None
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    nd = cnp.PyArray_NDIM(v)
    axis = axis_ if -nd <= axis_ < nd else nd
    if axis < 0:
        axis += nd
    type_ = cnp.PyArray_TYPE(v)
    if axis >= nd or nd < 2 or nd > 60 or type_ != cnp.NPY_DOUBLE and type_ != cnp.NPY_FLOAT or cnp.PyArray_TYPE(t) != type_ or not (
            cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        return None
    m = cnp.PyArray_DIM(v, axis)
    k = dims[0] = cnp.PyArray_DIM(t, 0)
    for i in range(nd):
        if i < axis:
            outer *= cnp.PyArray_DIM(v, i)
        elif i > axis:
            inner *= cnp.PyArray_DIM(v, i)
    if m == 0 or outer * inner == 0:
        return None
    found = np_maximum_reduce(v, axis, None, None, keep) if largest else np_minimum_reduce(v, axis, None, None, keep)
    if not cnp.PyArray_CheckExact(found) or not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> found):
        return None
    best = <cnp.ndarray> found
    for i in range(cnp.PyArray_NDIM(best)):
        dims[i + 1] = cnp.PyArray_DIM(best, i)
    out = dd_array(cnp.PyArray_NDIM(best) + 1, dims, type_)
    if type_ == cnp.NPY_DOUBLE:
        tied = extreme_lanes[double](<double *> cnp.PyArray_DATA(v), <double *> cnp.PyArray_DATA(best),
                                     <double *> cnp.PyArray_DATA(t), <double *> cnp.PyArray_DATA(out), outer, m, inner, k)
    else:
        tied = extreme_lanes[float](<float *> cnp.PyArray_DATA(v), <float *> cnp.PyArray_DATA(best),
                                    <float *> cnp.PyArray_DATA(t), <float *> cnp.PyArray_DATA(out), outer, m, inner, k)
    if tied < 0:
        return None
    if tied and kind_of(x.tag_):
        note_kink("max" if largest else "min")
    return new_array(best, out, x.tag_, None, None, False)


cdef object fast_prod(object xo):
    """np.prod of all elements of a contiguous float64 array: each by the product of the others."""
    cdef DualArray x = plain_array(xo)
    cdef cnp.ndarray v, t, others
    cdef Dual z
    cdef double *vp
    cdef double *tp
    cdef double *op
    cdef double running = 1.0, total
    cdef cnp.npy_intp i, j, n, k, zeros = 0
    if x is None or kind_of(x.tag_):
        return None
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    n = cnp.PyArray_SIZE(v)
    if cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE or n == 0 or cnp.PyArray_NDIM(v) == 0 or not (
            cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        return None
    k = cnp.PyArray_DIM(t, 0)
    vp = <double *> cnp.PyArray_DATA(v)
    tp = <double *> cnp.PyArray_DATA(t)
    others = <cnp.ndarray> cnp.PyArray_EMPTY(1, &n, cnp.NPY_DOUBLE, 0)
    op = <double *> cnp.PyArray_DATA(others)
    for i in range(n):
        op[i] = running
        running *= vp[i]
        zeros += vp[i] == 0
    running = 1.0
    for i in range(n - 1, -1, -1):
        op[i] *= running
        running *= vp[i]
        # an overflow or an underflow on the way: another order may do without
        if not isfinite(op[i]) or fabs(op[i]) < 1e-290 and zeros - (vp[i] == 0) == 0:
            return None
    dd_done.shorts += 1
    z = dual_new(k, x.tag_, np_prod_reduce(v, None))
    z.of_numpy = True
    for j in range(k):
        total = 0
        for i in range(n):
            if tp[j * n + i] != 0:
                total += op[i] * tp[j * n + i]
        z.t[j] = total
    return z


cdef object fast_norm(object xo):
    """np.linalg.norm of all elements of a float64 array."""
    cdef DualArray x = plain_array(xo)
    cdef cnp.ndarray v, t
    cdef Dual z
    cdef double norm, u
    cdef cnp.npy_intp i, j, n, k
    cdef double *vp
    cdef double *tp
    cdef double total
    if x is None or kind_of(x.tag_):
        return None
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    if cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE or not (
            cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        return None
    norm = np_norm(v)
    if not 1e-290 < norm < 1e290:
        return None     # 0, or what has to be scaled
    n = cnp.PyArray_SIZE(v)
    k = cnp.PyArray_DIM(t, 0)
    vp = <double *> cnp.PyArray_DATA(v)
    tp = <double *> cnp.PyArray_DATA(t)
    dd_done.shorts += 1
    z = dual_new(k, x.tag_, norm)
    z.of_numpy = True
    for j in range(k):
        total = 0
        for i in range(n):
            u = tp[j * n + i]
            total += 0 if u == 0 else vp[i] / norm * u
        z.t[j] = total
    return z


# ---- NumPy's own function on the stack -------------------------------------------------------------


@cython.final
cdef class OnStack:
    """How a function goes on a stack of tangents, as the registration of its handler says (functions/rows.py).

    Attributes
    ----------
    function : callable
        What is called on the tangents: NumPy's function itself, its axes counted from behind, or, with `axes` None,
        function(value, tangents, *others): tangents, or None where it does not apply.
    axes : tuple of (place, name, default), or None
        The arguments that name axes.
    names : tuple of str
        The arguments that it can be given by name.
    most : int
        How many it can be given by place.
    none : str
        What no axis (None) means: "vector": the one that there is; "flat": all elements in one row; "same": that, and
        the shape as it was; "all": all axes.
    first : int
        Where among the arguments the array stands.
    alike : bool
        It is linear, so that it does the same to all rows of a second-order dual.
    multiplies : bool
        It multiplies with numbers, and leaves tangents and arguments that are not finite to the handler.
    finite : bool
        It is right of finite values only.
    shows : bool
        The result may be a view; then function says of what: an index, `Axes`, or a map.  Of a recorded array it gets
        no tangents.
    """

    cdef readonly object function
    cdef readonly tuple axes, names
    cdef readonly Py_ssize_t most, first
    cdef readonly str none
    cdef readonly bint alike, multiplies, finite, shows

    def __init__(self, function, tuple axes=None, tuple names=(), Py_ssize_t most=0, str none="vector", Py_ssize_t first=0,
                 bint alike=True, bint multiplies=False, bint finite=False, bint shows=False):
        self.function, self.axes, self.names, self.most, self.none, self.first = function, axes, names, most, none, first
        self.alike, self.multiplies, self.finite, self.shows = alike, multiplies, finite, shows


cdef bint plain_argument(object a) except -1:
    """Whether an argument is numbers, a slice or text, without a derivative and as NumPy itself has them."""
    if a is None or type(a) is int or PyFloat_CheckExact(a) or type(a) is slice or type(a) is str or type(a) is bool:
        return True
    if cnp.PyArray_CheckExact(a):
        return cnp.PyTypeNum_ISNUMBER(cnp.PyArray_TYPE(<cnp.ndarray> a)) or cnp.PyTypeNum_ISBOOL(cnp.PyArray_TYPE(<cnp.ndarray> a))
    if type(a) is tuple or type(a) is list:
        for part in a:
            if not plain_argument(part):
                return False
        return True
    return isinstance(a, np.number)


cdef bint finite_argument(object a) except -1:
    """Whether all numbers of an argument are finite."""
    cdef bint finite = True, nonzero
    if PyFloat_Check(a):
        return isfinite(PyFloat_AS_DOUBLE(a))
    if PyComplex_Check(a):
        return isfinite(a.real) and isfinite(a.imag)
    if cnp.PyArray_CheckExact(a) and not cnp.PyTypeNum_ISINTEGER(cnp.PyArray_TYPE(<cnp.ndarray> a)):
        look(<cnp.ndarray> a, &finite, &nonzero)
    elif type(a) is tuple or type(a) is list:
        for part in a:
            if not finite_argument(part):
                return False
    elif isinstance(a, np.inexact):
        return bool(np.isfinite(a))
    return finite


cdef object from_behind(object axis, int nd):
    """An axis of the value, or several, counted from behind, as they are the tangents'; an error where there are none."""
    if type(axis) is tuple:
        return tuple([from_behind(a, nd) for a in <tuple> axis])
    if type(axis) is not int or not -nd <= axis < nd:
        raise TypeError
    return axis if axis < 0 else axis - nd


cdef object along_axes(OnStack way, int nd, object t, tuple args, dict kwargs):
    """NumPy's function on the tangents, told where the axes are; None where that is not known."""
    cdef list given = list(args)
    cdef dict named = None
    cdef Py_ssize_t place
    cdef bint flat = False
    if len(args) > way.most:
        return None
    if kwargs:
        named = kwargs.copy()
        for name in named:
            if name not in way.names:
                return None
    for place, name, default in way.axes:
        axis = given[place] if place < len(given) else default if named is None else named.get(name, default)
        if axis is not None:
            axis = from_behind(axis, nd)
        elif way.none == "all":
            axis = tuple(range(-nd, 0))
        elif way.none == "vector" and nd != 1:
            return None
        else:
            axis = -1
            flat = nd != 1
        if place < len(given):
            given[place] = axis
        elif place == len(given) and named is None:
            given.append(axis)
        else:
            named = {} if named is None else named
            named[name] = axis
    given[way.first] = t if not flat else t.reshape((t.shape[0], -1))
    found = way.function(*given) if named is None else way.function(*given, **named)
    return found.reshape(t.shape) if flat and way.none == "same" else found


cdef object owner(object a):
    """The object whose memory an array shows."""
    while cnp.PyArray_Check(a) and (<object> a).base is not None:
        a = a.base
    return a


cdef object shown(DualArray x, object how):
    """The view of x that an index, an order of axes or a map is; None where the compiled core has none."""
    cdef cnp.ndarray v
    if how is None:
        return None
    if type(how) is Axes:
        return fast_transpose(x, (<Axes> how).axes)
    if type(how) is tuple:
        return x[how]
    if not plain_tangents(x):
        return None
    return hung(x, how.move(x.value_), how.apply((x.tangent_,)), how)


cdef object fast_stacked(object function, OnStack way, tuple args, dict kwargs):
    """A function that NumPy does on a stack of tangents too, or whose result is a view that is known beforehand."""
    cdef DualArray x
    cdef unsigned int lost = dd_here.lost
    cdef bint finite = True, nonzero, plain
    cdef Py_ssize_t i
    cdef int j
    if len(args) <= way.first or type(args[way.first]) is not DualArray:
        return None
    x = <DualArray> args[way.first]
    sync(x)
    plain = plain_tangents(x)
    if not plain and not (way.shows and type(x.tangent_) is Node and cnp.PyArray_CheckExact(x.value_)):
        return None
    if kind_of(x.tag_) and not way.alike:
        return None
    for i in range(len(args)):
        if i != way.first and not (plain_argument(args[i]) and (not way.multiplies or finite_argument(args[i]))):
            return None
    if kwargs:
        for a in kwargs.values():
            if not (plain_argument(a) and (not way.multiplies or finite_argument(a))):
                return None
    if cnp.PyArray_SIZE(<cnp.ndarray> x.value_) == 0:
        return None     # it has no derivative to lose
    others = args[:way.first] + args[way.first + 1:]
    try:        # before the value, which out= would be written with
        if way.multiplies:
            look(<cnp.ndarray> x.tangent_, &finite, &nonzero)
        if way.finite and finite:
            look(<cnp.ndarray> x.value_, &finite, &nonzero)
        if not finite:
            return None
        if way.axes is None:
            tangent = way.function(x.value_, x.tangent_ if plain else None, *others, **kwargs)
        else:
            tangent = along_axes(way, cnp.PyArray_NDIM(<cnp.ndarray> x.value_), x.tangent_, args, kwargs)
    except Exception:
        dd_here.lost = lost
        return None     # the generic path has NumPy's errors
    if not cnp.PyArray_CheckExact(tangent):
        return shown(x, tangent) if way.shows else None
    given = args[:way.first] + (x.value_,) + args[way.first + 1:]
    value = function(*given, **kwargs)
    if cnp.PyArray_CheckExact(value):
        if owner(value) is owner(x.value_):
            return None     # a view of x, which functions/ hangs on it
        if cnp.PyArray_NDIM(<cnp.ndarray> tangent) != cnp.PyArray_NDIM(<cnp.ndarray> value) + 1:
            return None
        for j in range(cnp.PyArray_NDIM(<cnp.ndarray> value)):
            if cnp.PyArray_DIM(<cnp.ndarray> tangent, j + 1) != cnp.PyArray_DIM(<cnp.ndarray> value, j):
                return None
    elif cnp.PyArray_NDIM(<cnp.ndarray> tangent) != 1:
        return None
    if tangent.dtype != value.dtype:
        tangent = tangent.astype(value.dtype)
    elif owner(tangent) is owner(x.tangent_):
        tangent = tangent.copy()
    dd_done.calls += 1      # NumPy's own code, twice
    return new_dual(value, tangent, x.tag_)
