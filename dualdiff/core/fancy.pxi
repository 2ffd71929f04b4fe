# fancy.pxi: indices with several arrays, and writes by arrays, on duals with rows of numbers.  In recordings they are maps
# (maps/, functions/index.py); an index that is one array is an operation (lower.pxi).
# Each returns None (or 0) where it does not apply; then functions/ answers.  Included by _core.pyx.


cdef inline void note_picks(Py_ssize_t size) noexcept:
    """Counts elements that are picked, or written, by an index that is an array."""
    dd_done.shorts += 1
    dd_done.picked += size


cdef object take_several_rows(DualArray x, tuple key):
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


cdef int put_rows(DualArray x, object key, object value) except -1:
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
    y = rows_of(value)
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
