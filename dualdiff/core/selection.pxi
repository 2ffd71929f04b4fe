# selection.pxi: functions of arrays whose derivative depends on the values: extremes, prod, norm; and those that
# NumPy itself can do on a stack, told where the axes of the value are in it.  On duals with rows of numbers; in
# recordings they are maps (maps/).  Each returns None where it does not apply; then functions/ answers.
# Included by _core.pyx.
#
# prod, norm and the functions on stacks, some of which are not linear, leave second-order duals to functions/.

cdef object np_maximum_reduce = np.maximum.reduce
cdef object np_minimum_reduce = np.minimum.reduce
cdef object np_prod_reduce = np.multiply.reduce
cdef object np_norm = np.linalg.norm
cdef dict stacked_functions = {}    # NumPy function -> the same on a stack of tangents (or None: cannot say)


def install_stacked(dict table):
    """Installs the functions on stacks (called once, by dualdiff.functions)."""
    global stacked_functions
    stacked_functions = table


cdef object extreme_of_all(object xo, bint largest):
    """max or min of all elements of a float64 vector; those that tie share the derivative."""
    cdef DualArray x = rows_of(xo)
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


cdef object extreme_along(object xo, bint largest, object axis_, bint keep):
    """max or min along one axis of a contiguous array; elements that tie share the derivative."""
    cdef DualArray x = rows_of(xo)
    cdef cnp.ndarray v, t, best, out
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp outer = 1, m, inner = 1, k
    cdef int nd, axis, i, type_, tied
    if axis_ is None and not keep:
        return extreme_of_all(xo, largest)
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


cdef object prod_rows(object xo):
    """np.prod of all elements of a contiguous float64 array: each by the product of the others."""
    cdef DualArray x = rows_of(xo)
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


cdef object norm_rows(object xo):
    """np.linalg.norm of all elements of a float64 array."""
    cdef DualArray x = rows_of(xo)
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


cdef object fast_stacked(object function, object entry, tuple args, object kwargs):
    """A function that NumPy does on a stack of tangents too; entry says how."""
    cdef DualArray x = rows_of(args[0])
    cdef unsigned int lost = dd_here.lost
    if x is None or kind_of(x.tag_):
        return None
    try:        # before the value, which out= would be written with
        tangent = entry(x.value_, x.tangent_, *args[1:], **kwargs)
    except Exception:
        dd_here.lost = lost
        return None     # the generic path has NumPy's errors
    if tangent is None:
        return None
    value = function(x.value_, *args[1:], **kwargs)
    if cnp.PyArray_CheckExact(value) and (<object> value).base is not None:
        value = value.copy()    # a view of x, for which a view of the tangents would have to stand
    if tangent.dtype != value.dtype:
        tangent = tangent.astype(value.dtype)
    dd_done.calls += 1      # NumPy's own code, twice
    return new_dual(value, tangent, x.tag_)
