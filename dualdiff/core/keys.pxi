# keys.pxi: what an index key says.  The one place where keys are read: which of them are basic, that is, give a view
# or an element; which are arrays of places; where a place lies; what a key means written out.  Included by _core.pyx.

cdef extern from "Python.h":
    int PySlice_Unpack(object, Py_ssize_t *, Py_ssize_t *, Py_ssize_t *) except -1
    Py_ssize_t PySlice_AdjustIndices(Py_ssize_t, Py_ssize_t *, Py_ssize_t *, Py_ssize_t) noexcept

cdef extern from "record.h":
    object dd_strided(cnp.ndarray, int, cnp.npy_intp *, cnp.npy_intp *, char *, int)

cdef object np_integer = np.integer


cdef inline bint is_integer(object part):
    """Whether a part of a key is an integer; a truth is a mask."""
    return type(part) is int or isinstance(part, np_integer) or PyLong_Check(part) and type(part) is not bool


cdef inline bint is_slicing(object part):
    """Whether a part of a key is a slice, a new axis, or an ellipsis."""
    return type(part) is slice or part is None or part is Ellipsis


cdef int integers_in(tuple key) noexcept:
    """How many parts of a basic key are integers; -1 where the key is not basic."""
    cdef int n = 0
    for part in key:
        if type(part) is int:
            n += 1
        elif not is_slicing(part):
            if not is_integer(part):
                return -1
            n += 1
    return n


cpdef bint is_basic(object key):
    """Whether an index gives a view or an element (there are no arrays in it)."""
    if type(key) is tuple:
        return integers_in(<tuple> key) >= 0
    return is_integer(key) or is_slicing(key)


cdef inline cnp.npy_intp place_in(object part, cnp.npy_intp n, int axis) except -1:
    """The place that an integer of a key names along an axis of n elements."""
    cdef cnp.npy_intp i = part
    if i < -n or i >= n:
        raise IndexError(f"index {i} is out of bounds for axis {axis} with size {n}")
    return i + n if i < 0 else i


cdef object part_of(object t, object key):
    """The view of tangents that a basic key of the value means."""
    if plain_real(t):
        part = strided_part(<cnp.ndarray> t, key)
        if part is not None:
            return part
    return t[(slice_all,) + <tuple> key] if type(key) is tuple else t[slice_all, key]


cdef object strided_part(cnp.ndarray t, object key):
    """`part_of` for Python's integers, slices, new axes and an ellipsis; None for other keys, and for one that does not fit."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef Py_ssize_t start, stop, step, i, n, count = 1, free
    cdef char *at = cnp.PyArray_BYTES(t)
    cdef int axis = 1, nd = 1
    cdef bint many = type(key) is tuple
    cdef Py_ssize_t length = len(<tuple> key) if many else 1
    free = cnp.PyArray_NDIM(t) - 1      # axes that the key does not name
    if free < 0 or free + length > 60:
        return None
    for i in range(length):
        part = (<tuple> key)[i] if many else key
        if type(part) is int or type(part) is slice:
            free -= 1
        elif part is not None and part is not Ellipsis:
            return None
    if free < 0:
        return None
    dims[0], strides[0] = cnp.PyArray_DIM(t, 0), cnp.PyArray_STRIDE(t, 0)
    for i in range(length):
        part = (<tuple> key)[i] if many else key
        if part is None:
            dims[nd], strides[nd] = 1, 0
            nd += 1
        elif part is Ellipsis:
            count -= 1
            if count < 0:
                return None
            while free > 0:
                dims[nd], strides[nd] = cnp.PyArray_DIM(t, axis), cnp.PyArray_STRIDE(t, axis)
                nd, axis, free = nd + 1, axis + 1, free - 1
        else:
            n = cnp.PyArray_DIM(t, axis)
            if type(part) is int:
                start = PyLong_AsSsize_t(part)
                if start < -n or start >= n:
                    return None
                at += (start + n if start < 0 else start) * cnp.PyArray_STRIDE(t, axis)
            else:
                PySlice_Unpack(part, &start, &stop, &step)
                dims[nd] = PySlice_AdjustIndices(n, &start, &stop, step)
                if dims[nd] > 0:
                    at += start * cnp.PyArray_STRIDE(t, axis)
                strides[nd] = step * cnp.PyArray_STRIDE(t, axis)
                nd += 1
            axis += 1
    while free > 0:
        dims[nd], strides[nd] = cnp.PyArray_DIM(t, axis), cnp.PyArray_STRIDE(t, axis)
        nd, axis, free = nd + 1, axis + 1, free - 1
    return dd_strided(t, nd, dims, strides, at, cnp.PyArray_ISWRITEABLE(t))


cdef inline bint is_index_array(object key):
    """Whether key is an array of integers or a mask."""
    cdef int kind
    if not cnp.PyArray_CheckExact(key):
        return False
    kind = cnp.PyArray_TYPE(<cnp.ndarray> key)
    return kind == cnp.NPY_BOOL or cnp.NPY_BYTE <= kind <= cnp.NPY_ULONGLONG


cdef bint is_places(object key) noexcept:
    """Whether a key is an array of places that C code may read: numbers of the machine's size in C order."""
    return (cnp.PyArray_CheckExact(key) and cnp.PyArray_TYPE(<cnp.ndarray> key) == cnp.NPY_INTP
            and cnp.PyArray_NDIM(<cnp.ndarray> key) > 0 and cnp.PyArray_ISCARRAY_RO(<cnp.ndarray> key))


cdef object index_array(object key):
    """A key that is one array, or a list of integers, as an array; None for another key."""
    if is_index_array(key):
        return key
    if type(key) is list and key:
        for part in <list> key:
            if type(part) is not int and type(part) is not bool:
                return None
        key = np.asarray(key)
        return key if is_index_array(key) else None
    return None


def has_mask(key):
    """Whether an index, as a tuple, has a mask in it."""
    for part in key:
        if isinstance(part, (np.ndarray, list, bool, np.bool_)) and np.asarray(part).dtype == bool:
            return True
    return False


cpdef tuple expand_key(key, Py_ssize_t ndim):
    """An index as a tuple without an ellipsis, with a part for each of ndim axes."""
    cdef tuple parts = <tuple> key if type(key) is tuple else (key,)
    cdef list out = []
    cdef Py_ssize_t used = 0
    cdef bint met = False
    for part in parts:
        if part is None or part is Ellipsis:
            continue
        if isinstance(part, (list, bool)):
            part = np.asarray(part)
        used += part.ndim if getattr(part, "dtype", None) == bool else 1     # a mask stands for all of its axes
    for part in parts:
        if part is Ellipsis:
            met = True
            out.extend([slice_all] * (ndim - used))
        else:
            out.append(part)
    if not met:
        out.extend([slice_all] * (ndim - used))
    return tuple(out)
