# selection.pxi: sums of elements with weights that depend on the values: extremes, np.prod and np.linalg.norm.
#
# Each computes its weights, once for rows and for recordings: rows are summed with them now, a recording has
# a rule with these partials, and a sum.  Each returns None where it does not apply; then functions/ answers.
# Included by _core.pyx.

cdef object np_maximum_reduce = np.maximum.reduce
cdef object np_minimum_reduce = np.minimum.reduce
cdef object np_prod_reduce = np.multiply.reduce
cdef object np_norm = np.linalg.norm


# ---- weighted sums -----------------------------------------------------------------------------------

cdef struct Lanes:          # of an array in C order that is summed along one axis, or along all
    cnp.npy_intp outer, m, inner


cdef int extreme_weights(real_type *v, real_type *best, real_type *out, cnp.npy_intp outer, cnp.npy_intp m,
                         cnp.npy_intp inner) noexcept nogil:
    """Of lanes (outer, m, inner), how the extremes share among elements that attain them; 1: some tie, -1: a nan."""
    cdef cnp.npy_intp o, i, j, count
    cdef real_type x, share
    cdef int tied = 0
    for o in range(outer):
        for i in range(inner):
            x = best[o * inner + i]
            count = 0
            for j in range(m):
                count += v[(o * m + j) * inner + i] == x
            if count == 0:
                return -1
            tied |= count > 1
            share = <real_type> 1 / <real_type> count
            for j in range(m):
                out[(o * m + j) * inner + i] = share if v[(o * m + j) * inner + i] == x else <real_type> 0
    return tied


cdef void weigh(real_type *weights, real_type *t, real_type *out, cnp.npy_intp outer, cnp.npy_intp m, cnp.npy_intp inner,
                cnp.npy_intp k) noexcept nogil:
    """Sums of lanes of k rows; a zero tangent stays zero."""
    cdef cnp.npy_intp d, o, i, j
    cdef real_type total, u
    for d in range(k):
        for o in range(outer):
            for i in range(inner):
                total = 0
                for j in range(m):
                    u = t[((d * outer + o) * m + j) * inner + i]
                    if u != 0:
                        total = total + weights[(o * m + j) * inner + i] * u
                out[(d * outer + o) * inner + i] = total


cdef void weigh_chosen(real_type *weights, real_type *t, real_type *out, cnp.npy_intp outer, cnp.npy_intp m,
                       cnp.npy_intp inner, cnp.npy_intp k) noexcept nogil:
    """The same for few weights that are not 0: nothing comes through the others."""
    cdef cnp.npy_intp d, o, i, j
    cdef real_type w
    for d in range(k * outer * inner):
        out[d] = 0
    for o in range(outer):
        for j in range(m):
            for i in range(inner):
                w = weights[(o * m + j) * inner + i]
                if w != 0:
                    for d in range(k):
                        out[(d * outer + o) * inner + i] += w * t[((d * outer + o) * m + j) * inner + i]


cdef void weigh_rows(real_type *weights, real_type *t, real_type *out, Lanes *lanes, cnp.npy_intp k,
                     bint selects) noexcept nogil:
    if selects:
        weigh_chosen(weights, t, out, lanes.outer, lanes.m, lanes.inner, k)
    else:
        weigh(weights, t, out, lanes.outer, lanes.m, lanes.inner, k)


cdef struct Weights:        # of all elements, in C order
    void *at
    double room[128]


cdef object room_for(Weights *weights, DualArray x):
    """Room for the weights of the elements of x: an array to be held on to, or None for a few that rows are summed with."""
    cdef cnp.ndarray v = <cnp.ndarray> x.value_, found
    if type(x.tangent_) is not Node and cnp.PyArray_SIZE(v) <= 128:
        weights.at = &weights.room[0]
        return None
    found = dd_array(cnp.PyArray_NDIM(v), cnp.PyArray_DIMS(v), cnp.PyArray_TYPE(v))
    weights.at = cnp.PyArray_DATA(found)
    return found


cdef object apply_weights(DualArray x, void *weights, object kept_weights, bint selects, Lanes lanes, object value, tuple axes, bint keepdims):
    """The sum of x with weights, along axes: rows now, a rule and a sum in a recording.  value: NumPy's."""
    cdef cnp.ndarray t, out
    cdef cnp.npy_intp dims[64]
    cdef int i, nd
    cdef Node node
    cdef Dual z
    if type(x.tangent_) is Node:
        node = <Node> x.tangent_
        node = node_new(RULE, 1, node, None, node.shape, node.dtype)
        keep(node, 0, kept_weights)
        if selects:
            node.flags |= SELECTS
        recorded(node)
        node = node_after(SUM, node, value, axes, keepdims)
        return fresh(value, node, x.tag_) if cnp.PyArray_CheckExact(value) else dual_generic(value, node, x.tag_)
    t = <cnp.ndarray> x.tangent_
    dims[0] = cnp.PyArray_DIM(t, 0)
    if PyFloat_Check(value) and cnp.PyArray_TYPE(t) == cnp.NPY_DOUBLE:
        z = dual_new(dims[0], x.tag_, PyFloat_AS_DOUBLE(value))
        z.of_numpy = True
        weigh_rows[double](<double *> weights, <double *> cnp.PyArray_DATA(t), &z.t[0], &lanes, dims[0],
                           selects)
        return z
    nd = cnp.PyArray_NDIM(<cnp.ndarray> value) if cnp.PyArray_CheckExact(value) else 0
    for i in range(nd):
        dims[i + 1] = cnp.PyArray_DIM(<cnp.ndarray> value, i)
    out = dd_array(nd + 1, dims, cnp.PyArray_TYPE(t))
    if cnp.PyArray_TYPE(t) == cnp.NPY_DOUBLE:
        weigh_rows[double](<double *> weights, <double *> cnp.PyArray_DATA(t),
                           <double *> cnp.PyArray_DATA(out), &lanes, dims[0], selects)
    else:
        weigh_rows[float](<float *> weights, <float *> cnp.PyArray_DATA(t),
                          <float *> cnp.PyArray_DATA(out), &lanes, dims[0], selects)
    return new_dual(value, out, x.tag_)


cdef DualArray in_line_of(object xo):
    """An `operand` that is not empty, of float64 or float32 in C order (a vector is copied for it); else None."""
    cdef DualArray x = operand(xo)
    cdef cnp.ndarray v
    if x is None or not plain_real(x.value_):
        return None
    v = <cnp.ndarray> x.value_
    if cnp.PyArray_SIZE(v) == 0 or cnp.PyArray_NDIM(v) == 0 or cnp.PyArray_NDIM(v) > 60:
        return None
    if in_c_order(x):
        return x
    if cnp.PyArray_NDIM(v) > 1:
        return None
    return fresh(np.ascontiguousarray(v),
                 x.tangent_ if type(x.tangent_) is Node else np.ascontiguousarray(x.tangent_), x.tag_)


cdef inline Lanes all_of(cnp.ndarray v) noexcept:
    cdef Lanes lanes
    lanes.outer, lanes.m, lanes.inner = 1, cnp.PyArray_SIZE(v), 1
    return lanes


cdef object lower_extreme(object xo, bint largest, object axis, bint keep):
    """max or min, of all or along one axis; elements that tie share the derivative."""
    cdef DualArray x = in_line_of(xo)
    cdef cnp.ndarray v
    cdef Weights weights
    cdef void *best
    cdef double number
    cdef float number_f
    cdef Lanes lanes
    cdef tuple axes
    cdef int nd, a, i, tied
    if x is None or axis is not None and type(axis) is not int:
        return None
    v = <cnp.ndarray> x.value_
    nd = cnp.PyArray_NDIM(v)
    axes = axes_of(axis, nd)
    if axes is None:
        return None
    lanes = all_of(v)
    if axis is not None:
        a = axes[0]
        lanes.outer = lanes.inner = 1
        lanes.m = cnp.PyArray_DIM(v, a)
        for i in range(nd):
            if i < a:
                lanes.outer *= cnp.PyArray_DIM(v, i)
            elif i > a:
                lanes.inner *= cnp.PyArray_DIM(v, i)
    reduce = np_maximum_reduce if largest else np_minimum_reduce
    value = reduce(v, axis, None, None, keep) if keep or axis is not None else reduce(v, None)
    if cnp.PyArray_CheckExact(value):
        if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> value):
            return None
        best = cnp.PyArray_DATA(<cnp.ndarray> value)
    elif cnp.PyArray_TYPE(v) == cnp.NPY_DOUBLE:
        number = value
        best = &number
    else:
        number_f = value
        best = &number_f
    kept_weights = room_for(&weights, x)
    if cnp.PyArray_TYPE(v) == cnp.NPY_DOUBLE:
        tied = extreme_weights[double](<double *> cnp.PyArray_DATA(v), <double *> best,
                                       <double *> weights.at, lanes.outer, lanes.m, lanes.inner)
    else:
        tied = extreme_weights[float](<float *> cnp.PyArray_DATA(v), <float *> best,
                                      <float *> weights.at, lanes.outer, lanes.m, lanes.inner)
    if tied < 0:
        return None
    if tied and kind_of(x.tag_):
        note_kink("max" if largest else "min")
    return apply_weights(x, weights.at, kept_weights, True, lanes, value, axes, keep)


cdef object lower_prod(object xo):
    """np.prod of all elements: each by the product of the others."""
    cdef DualArray x = in_line_of(xo)
    cdef cnp.ndarray v
    cdef Weights others
    cdef double *vp
    cdef double *op
    cdef double running = 1.0
    cdef cnp.npy_intp i, n, zeros = 0
    if x is None or kind_of(x.tag_) or cnp.PyArray_TYPE(<cnp.ndarray> x.value_) != cnp.NPY_DOUBLE:
        return None
    v = <cnp.ndarray> x.value_
    n = cnp.PyArray_SIZE(v)
    kept_weights = room_for(&others, x)
    vp = <double *> cnp.PyArray_DATA(v)
    op = <double *> others.at
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
    return apply_weights(x, others.at, kept_weights, False, all_of(v), np_prod_reduce(v, None), axes_of(None, cnp.PyArray_NDIM(v)), False)


cdef object lower_norm(object xo):
    """np.linalg.norm of all elements."""
    cdef DualArray x = in_line_of(xo)
    cdef cnp.ndarray v
    cdef Weights weights
    cdef double norm
    cdef double *vp
    cdef double *wp
    cdef cnp.npy_intp i
    if x is None or kind_of(x.tag_) or cnp.PyArray_TYPE(<cnp.ndarray> x.value_) != cnp.NPY_DOUBLE:
        return None
    v = <cnp.ndarray> x.value_
    value = np_norm(v)
    norm = value
    if not 1e-290 < norm < 1e290:
        return None     # 0, or what has to be scaled
    kept_weights = room_for(&weights, x)
    vp, wp = <double *> cnp.PyArray_DATA(v), <double *> weights.at
    for i in range(cnp.PyArray_SIZE(v)):
        wp[i] = vp[i] / norm
    return apply_weights(x, weights.at, kept_weights, False, all_of(v), value, axes_of(None, cnp.PyArray_NDIM(v)), False)
