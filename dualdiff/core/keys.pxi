# keys.pxi: what an index key says.  The one place where keys are read: which of them are basic, that is, give a view
# or an element; which are arrays of places; where a place lies; what a key means written out.  Included by _core.pyx.

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
    return t[(slice_all,) + <tuple> key] if type(key) is tuple else t[slice_all, key]


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
