# lower.pxi: from a call of NumPy to an operation and its operands.
#
# The frequent functions and methods, once for duals with rows and for recordings: each reads its arguments, lets NumPy
# compute the value, and hands operation and operands to apply.pxi.  Each returns None where it does not apply, before
# NumPy has computed anything; then functions/ answers, in the same operations.  Included by _core.pyx.

cdef object np_power = np.power
cdef object np_add = np.add
cdef object np_dot = np.dot
cdef object np_einsum = np.einsum
cdef object np_stack = np.stack
cdef object np_double = np.dtype(np.float64)


# ---- sums ------------------------------------------------------------------------------------------


cdef tuple axes_of(object axis, int nd):
    """An axis argument as a tuple of axes counted from the front; None where NumPy or functions/ should say."""
    cdef int a
    if axis is None:
        return (0,) if nd == 1 else tuple(range(nd))
    if type(axis) is int:
        if not -nd <= axis < nd:
            return None
        a = axis
        return (a + nd if a < 0 else a,)
    if type(axis) is not tuple:
        return None
    for part in <tuple> axis:
        if type(part) is not int or not -nd <= part < nd:
            return None
    axes = tuple([a + nd if a < 0 else a for a in <tuple> axis])
    return axes if len(set(axes)) == len(axes) else None


cdef inline object sum_of_all(DualArray x, bint mean):
    """The sum (or mean) of all elements of float64 in one stretch, with rows, as a number; None for others."""
    cdef cnp.ndarray v = <cnp.ndarray> x.value_, t = <cnp.ndarray> x.tangent_
    cdef Dual z
    cdef cnp.npy_intp n = cnp.PyArray_SIZE(v), k, j, stride
    cdef int nd = cnp.PyArray_NDIM(v)
    if cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE or nd != 1 and not (
            cnp.PyArray_IS_C_CONTIGUOUS(v) and cnp.PyArray_IS_C_CONTIGUOUS(t)):
        return None
    k = cnp.PyArray_DIM(t, 0)
    stride = cnp.PyArray_STRIDE(v, 0) if nd == 1 else 8
    z = dual_new(k, x.tag_, add_reduce_run(cnp.PyArray_BYTES(v), n, stride))
    z.of_numpy = True
    total_rows(t, &z.t[0])
    if z.v == 0 or not isfinite(z.v):
        z.v = np_add_reduce(v, None)    # the sign of zero, and NumPy's warnings
    if mean:
        z.v /= n
        for j in range(k):
            z.t[j] /= n
    return z


cdef object lower_sum(object xo, object axis, bint mean, bint keep=False):
    """np.sum, or np.mean."""
    cdef DualArray x = operand(xo)
    cdef cnp.ndarray v
    cdef cnp.npy_intp n
    cdef int nd
    cdef bint rows
    if x is None:
        return None
    v = <cnp.ndarray> x.value_
    rows = type(x.tangent_) is not Node
    nd = cnp.PyArray_NDIM(v)
    n = cnp.PyArray_SIZE(v)
    if nd == 0 or n == 0 and (rows or mean):
        return None
    if axis is None and not keep and rows:
        z = sum_of_all(x, mean)
        if z is not None:
            dd_done.elements += n
            return z
    axes = axes_of(axis, nd)
    if axes is None or mean and cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE and (rows or axis is not None or keep):
        return None
    value = np_add_reduce(v, axis, None, None, keep)
    dd_done.elements += n
    dd_done.loops += value.size
    y = apply_one(SUM, x, value, axes, keep, None)
    # the sum over the number of elements, as NumPy's own mean computes it
    return array_binary(DD_RULE_divide, y, <long> (n // value.size)) if mean else y


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


cdef inline bint in_c_order(DualArray x) noexcept:
    """Whether all elements of x lie in C order, and its rows too, if it has any."""
    return cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> x.value_) and (
        type(x.tangent_) is Node or cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> x.tangent_))


cdef object lower_reshape(object xo, object shape):
    """A view in another shape, of an array whose elements lie in C order."""
    cdef DualArray x = operand(xo)
    cdef cnp.ndarray v
    cdef cnp.npy_intp dims[64]
    cdef cnp.PyArray_Dims new
    if x is None or not in_c_order(x):
        return None
    v = <cnp.ndarray> x.value_
    new.ptr = &dims[0]
    new.len = read_shape(shape, dims, cnp.PyArray_SIZE(v))
    if new.len < 0:
        value = v.reshape(shape)        # NumPy's errors
    elif new.len == 1 and cnp.PyArray_NDIM(v) == 1:
        return hung(x, v, x.tangent_, "reshape")
    else:
        value = cnp.PyArray_Newshape(v, &new, cnp.NPY_CORDER)
    return apply_one(RESHAPE, x, value, None, None, "reshape")


cdef object lower_view(object xo, object function, tuple args, object kwargs):
    """What NumPy makes of x by a function that only adds and takes away axes of length 1."""
    cdef DualArray x = operand(xo)
    if x is None or not in_c_order(x):
        return None
    value = function(x.value_, *args) if kwargs is None else function(x.value_, *args, **kwargs)
    if not cnp.PyArray_CheckExact(value) or cnp.PyArray_DATA(<cnp.ndarray> value) != cnp.PyArray_DATA(<cnp.ndarray> x.value_):
        return None
    return apply_one(RESHAPE, x, value, None, None, "reshape")


cdef tuple reversed_axes = tuple([tuple(range(nd - 1, -1, -1)) for nd in range(9)])


cdef object lower_transpose(object xo, object axes=None):
    """Axes in another order, or all in reverse order, as a view."""
    cdef DualArray x = operand(xo)
    cdef int nd
    cdef bint behind = False
    if x is None:
        return None
    nd = cnp.PyArray_NDIM(<cnp.ndarray> x.value_)
    if axes is None:
        order = reversed_axes[nd] if nd < 9 else tuple(range(nd - 1, -1, -1))
        return apply_one(PERMUTE, x, cnp.PyArray_Transpose(<cnp.ndarray> x.value_, NULL), order, None, "T")
    if type(axes) is not tuple or len(<tuple> axes) != nd:
        return None
    for axis in <tuple> axes:
        if type(axis) is not int or not -nd <= axis < nd:
            return None
        behind = behind or <long> axis < 0
    order = tuple([a + nd if a < 0 else a for a in <tuple> axes]) if behind else axes
    return apply_one(PERMUTE, x, x.value_.transpose(axes), order, None, Axes(order))   # NumPy's error for an axis twice


cdef object lower_swapaxes(object xo, object first, object second):
    """Two axes exchanged, as a view."""
    cdef int nd
    if type(first) is not int or type(second) is not int or type(xo) is not DualArray:
        return None
    nd = xo.ndim
    if not (-nd <= first < nd and -nd <= second < nd):
        return None
    axes = list(range(nd))
    axes[first], axes[second] = axes[second], axes[first]
    return lower_transpose(xo, tuple(axes))


cdef object lower_copy(object xo):
    """A copy in C order, with memory of its own."""
    cdef DualArray x = operand(xo)
    if x is None:
        return None
    tangent = x.tangent_        # a node is never written to
    if type(tangent) is not Node:
        tangent = cnp.PyArray_NewCopy(<cnp.ndarray> tangent, cnp.NPY_CORDER)
    return fresh(cnp.PyArray_NewCopy(<cnp.ndarray> x.value_, cnp.NPY_CORDER), tangent, x.tag_)


cdef object lower_flatten(object xo):
    """A copy in one dimension."""
    cdef DualArray x = operand(xo)
    cdef cnp.ndarray value
    cdef object tangent
    if x is None:
        return None
    value = cnp.PyArray_Flatten(<cnp.ndarray> x.value_, cnp.NPY_CORDER)
    if type(x.tangent_) is Node:
        tangent = node_after(RESHAPE, <Node> x.tangent_, value, None, None)
    else:
        tangent = cnp.PyArray_NewCopy(<cnp.ndarray> x.tangent_, cnp.NPY_CORDER)
        tangent = push_one(RESHAPE, <cnp.ndarray> tangent, None, None, 1, cnp.PyArray_DIMS(value))
    return fresh(value, tangent, x.tag_)


# ---- indices ---------------------------------------------------------------------------------------


cdef object lower_index(DualArray x, object key):
    """x[key] for a basic index, x an `operand`; None where the result is an array without axes."""
    cdef object value
    value = x.value_[key]
    if cnp.PyArray_CheckExact(value) and cnp.PyArray_NDIM(<cnp.ndarray> value) == 0:
        return None         # x[..., 0]
    if type(x.tangent_) is Node and not simple_key(key):
        key = tuple([part if is_slicing(part) else int(part)
                     for part in expand_key(key, cnp.PyArray_NDIM(<cnp.ndarray> x.value_))])
    return apply_one(INDEX, x, value, key, None, key)


cdef object np_intp = np.dtype(np.intp)


cdef object lower_places(DualArray x, object key):
    """x[key] for an array of integers or a mask, x an `operand`: the places along the first axis, or among all elements."""
    cdef object index = index_array(key), value
    cdef int nd = cnp.PyArray_NDIM(<cnp.ndarray> x.value_)
    if index is None or nd == 0 or cnp.PyArray_NDIM(<cnp.ndarray> index) == 0:
        return None
    value = x.value_[index]     # NumPy's errors
    dd_done.picked += cnp.PyArray_SIZE(<cnp.ndarray> value)
    if cnp.PyArray_TYPE(<cnp.ndarray> index) != cnp.NPY_BOOL:
        if type(x.tangent_) is Node:
            index = index.astype(np_intp, "C")      # a copy: the user may write into his
    elif cnp.PyArray_NDIM(<cnp.ndarray> index) == 1:
        index = index.nonzero()[0]
    elif cnp.PyArray_NDIM(<cnp.ndarray> index) == nd and in_c_order(x):
        index = index.ravel().nonzero()[0]
        x = lower_reshape(x, -1)
    elif type(x.tangent_) is Node:
        return None
    else:
        return new_dual(value, np.ascontiguousarray(x.tangent_[slice_all, index]), x.tag_)
    return apply_one(GATHER, x, value, index, None, None)


# ---- selection ---------------------------------------------------------------------------------------


cdef bint read_choice(object o, list values, list tangents, Operands *found) except *:
    """An operand of np.where: an array as `read_operand` takes it, or a number."""
    cdef PyObject *value
    cdef PyObject *tangent
    cdef Dual d
    cdef int kind
    if PyFloat_Check(o) or type(o) is int:
        values.append(o)
        tangents.append(None)
        return True
    if type(o) is not Dual:
        if not read_operand(o, found, &value, &tangent):
            return False
        values.append(<object> value)
        tangents.append(<object> tangent)
        return True
    d = <Dual> o
    if d.k < -1:
        node_of(d)
    kind = ROWS if d.k >= 0 else NODES if type(<object> d.gt) is Node and (
        PyFloat_Check(<object> d.gv) or type(<object> d.gv) is np_float32) else 0
    if not meets(found, kind, d.tag_, d.k):
        return False
    values.append(d.v if kind == ROWS else <object> d.gv)
    tangents.append(row_of(d) if kind == ROWS else <object> d.gt)
    return True


cdef object lower_where(object mask, object a, object b):
    """np.where of a plain mask between arrays and numbers."""
    cdef list values = [], tangents = []
    cdef Operands found
    cdef Node node
    cdef cnp.ndarray v
    cdef object s, t
    if not cnp.PyArray_CheckExact(mask) or cnp.PyArray_TYPE(<cnp.ndarray> mask) != cnp.NPY_BOOL:
        return None
    no_operands(&found)
    if not read_choice(a, values, tangents, &found) or not read_choice(b, values, tangents, &found) or not found.kind:
        return None
    s, t = tangents[0], tangents[1]
    value = np_where(mask, values[0], values[1])
    v = <cnp.ndarray?> value
    if cnp.PyArray_NDIM(v) > 60:
        return None
    if found.kind == ROWS:
        if cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE or found.type != -2 and found.type != cnp.NPY_DOUBLE:
            return None
        return apply_select(mask, s, t, &found, value)
    if not plain_real(v) or cnp.PyArray_NDIM(v) == 0 or found.type != -2 and found.type != cnp.PyArray_TYPE(v):
        return None
    for node in tangents:
        if node is not None and type_of(node) != cnp.PyArray_TYPE(v):
            return None
    return apply_select(mask, s, t, &found, value)


# ---- joining ---------------------------------------------------------------------------------------


cdef object lower_concatenate(object arrays, object axis):
    """np.concatenate."""
    cdef list values = [], tangents = []
    cdef Operands found
    cdef int a
    if type(axis) is not int or not read_operands(arrays, values, tangents, &found) or found.nd < 1:
        return None
    if not -found.nd <= axis < found.nd:
        return None
    a = axis
    if a < 0:
        a += found.nd
    return apply_join(values, tangents, &found, a, -1, np_concatenate(values, a))


cdef object lower_stack(object arrays, object axis):
    """np.stack."""
    cdef list values = [], tangents = []
    cdef Operands found
    cdef int a
    if type(axis) is not int or not read_operands(arrays, values, tangents, &found) or found.nd < 1:
        return None
    if not -found.nd - 1 <= axis <= found.nd:
        return None
    a = axis
    if a < 0:
        a += found.nd + 1
    return apply_join(values, tangents, &found, a, a, np_stack(values, a))


cdef object lower_rows(object arrays, object function, int which):
    """np.hstack (0), np.vstack (1) or np.column_stack (2) of vectors, or of matrices."""
    cdef list values = [], tangents = []
    cdef Operands found
    cdef int axis, new_axis = -1
    if not read_operands(arrays, values, tangents, &found) or not 1 <= found.nd <= 2:
        return None
    axis = 0 if which == 1 or which == 0 and found.nd == 1 else 1
    if found.nd == 1 and which:
        new_axis = which - 1
    return apply_join(values, tangents, &found, axis, new_axis, function(values))


cdef object join_recorded(list elements):
    """np.array of recorded float64 numbers of one call, and floats; None where they are something else."""
    cdef Py_ssize_t i, n = len(elements)
    cdef long long tag = -1
    cdef Dual d
    cdef Node node
    cdef double number = 0
    cdef cnp.npy_intp dims[1]
    cdef cnp.ndarray v
    cdef double *vp
    cdef list nodes = [None] * n
    dims[0] = n
    v = dd_array(1, dims, cnp.NPY_DOUBLE)
    vp = <double *> cnp.PyArray_DATA(v)
    for i in range(n):
        e = elements[i]
        if type(e) is Dual:
            d = <Dual> e
            if d.k < -1:
                node_of(d)
            if (d.k >= 0 or type(<object> d.gt) is not Node or not PyFloat_Check(<object> d.gv)
                    or tag >= 0 and d.tag_ != tag):
                return None
            tag = d.tag_
            vp[i] = PyFloat_AS_DOUBLE(<object> d.gv)
            node = <Node> d.gt
            if type_of(node) != cnp.NPY_DOUBLE or len(<tuple> node.shape):
                return None
            nodes[i] = node
        elif PyFloat_Check(e) or type(e) is int:
            as_double(e, &number)
            vp[i] = number
        else:
            return None
    node = node_of_several(STACKED, nodes, (n,), FLOAT)
    recorded(node)
    return fresh(v, node, tag)


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
            if d.k < 0:
                return join_recorded(elements) if is_recorded(d) else None
            if tag >= 0 and d.tag_ != tag:
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


# ---- products --------------------------------------------------------------------------------------


cdef object floats_of(object v, bint constant):
    """An array of float64 itself, one of integers (where it is constant) as float64; None for others."""
    if cnp.PyArray_TYPE(<cnp.ndarray> v) == cnp.NPY_DOUBLE:
        return v
    return v.astype(np_double) if constant and v.dtype.kind in "biu" else None


cdef dict einsum_forms = {}


cdef object einsum_form(str text):
    """Of an einsum that is a product of two vectors or matrices (over one index): the labels of each, whether each is
    transposed, and whether the factors change places; None for another one."""
    cdef str inputs, out, x, y, free
    if text in einsum_forms:
        return einsum_forms[text]
    found = None
    inputs, arrow, out = text.replace(" ", "").partition("->")
    if inputs.count(",") == 1 and all([c.isalpha() or c == "," for c in inputs + out]):
        x, y = inputs.split(",")
        over = [c for c in x if c in y]
        free = "".join([c for c in x + y if c not in over])
        if not arrow:
            out = "".join(sorted(free))
        if (len(over) == 1 and 0 < len(x) <= 2 and 0 < len(y) <= 2 and len(set(x)) == len(x) and len(set(y)) == len(y)
                and sorted(out) == sorted(free)):
            swapped = out != free
            if swapped:
                x, y = y, x
            found = len(x), len(y), x[0] == over[0] and len(x) == 2, y[0] != over[0], swapped
    if len(einsum_forms) > 500:
        einsum_forms.clear()
    einsum_forms[text] = found
    return found


cdef object lower_product(object a, object b, object function, str text=None):
    """matmul (or dot) of vectors and matrices; or, with a text, an einsum that is one."""
    cdef PyObject *at[2]
    cdef PyObject *tangents[2]
    cdef Operands found
    cdef cnp.ndarray v, w, x, y
    cdef object s, t
    cdef bint finite = True, nonzero, turn_a = False, turn_b = False, swapped = False
    cdef int na = 0, nb = 0
    if text is not None:
        form = einsum_form(text)
        if form is None:
            return None
        na, nb, turn_a, turn_b, swapped = form
        if swapped:
            a, b = b, a
    no_operands(&found)
    if not read_operand(a, &found, &at[0], &tangents[0]) or not read_operand(b, &found, &at[1], &tangents[1]):
        return None
    v, s = <cnp.ndarray> at[0], <object> tangents[0]
    w, t = <cnp.ndarray> at[1], <object> tangents[1]
    if not fit(&found, v) or not fit(&found, w):
        return None
    if text is None:
        if not (1 <= cnp.PyArray_NDIM(v) <= 2 and 1 <= cnp.PyArray_NDIM(w) <= 2):
            return None
    elif (cnp.PyArray_NDIM(v) != na or cnp.PyArray_NDIM(w) != nb
            or cnp.PyArray_DIM(v, 0 if turn_a else na - 1) != cnp.PyArray_DIM(w, nb - 1 if turn_b else 0)):
        return None             # einsum broadcasts axes of length 1
    x, y = v, w
    if found.kind == ROWS:
        if s is not None and t is not None and kind_of(found.tag):
            return None         # a product of two varying factors has second-order terms
        if s is not None:
            look(<cnp.ndarray> s, &finite, &nonzero)
        if t is not None and finite:
            look(<cnp.ndarray> t, &finite, &nonzero)
        if not finite:
            return None         # functions/ does not warn of 0 times inf
        if found.type != cnp.NPY_DOUBLE:
            # a constant factor of integers: NumPy takes it as it is, the tangents as numbers of theirs
            x, y = floats_of(v, s is None), floats_of(w, t is None)
            if x is None or y is None:
                return None
        dd_done.crossed += s is not None and t is not None
        dd_done.products += ((s is not None) + (t is not None)) * cnp.PyArray_SIZE(v) * (
            1 if cnp.PyArray_NDIM(w) == 1 else cnp.PyArray_DIM(w, 0 if turn_b else 1))
    if text is None:
        value = function(v, w)
    else:
        value = np_einsum(text, w, v) if swapped else np_einsum(text, v, w)
        if not cnp.PyArray_CheckExact(value) and not isinstance(value, (np_float64, np_float32)):
            return None
    return apply_product(a, b, x, y, s, t, &found, turn_a, turn_b, value)


# ---- which function it is ----------------------------------------------------------------------------

cdef enum:
    F_SUM = 1
    F_MEAN
    F_RESHAPE
    F_RAVEL
    F_TRANSPOSE
    F_CONCATENATE
    F_DOT
    F_MATMUL
    F_SHAPE
    F_NDIM
    F_SIZE
    F_STACK
    F_HSTACK
    F_VSTACK
    F_COLUMN_STACK
    F_WHERE
    F_MAX
    F_MIN
    F_PROD
    F_NORM
    F_AXES              # adds or takes away axes of length 1, as its axis argument says
    F_ATLEAST
    F_ARRAY
    F_SWAPAXES
    F_EINSUM

cdef dict lowered_functions = {
    np.sum: F_SUM, np.mean: F_MEAN, np.reshape: F_RESHAPE, np.ravel: F_RAVEL, np.transpose: F_TRANSPOSE,
    np.concatenate: F_CONCATENATE, np.dot: F_DOT, np.matmul: F_MATMUL, np.shape: F_SHAPE, np.ndim: F_NDIM,
    np.size: F_SIZE, np.stack: F_STACK, np.hstack: F_HSTACK, np.vstack: F_VSTACK, np.column_stack: F_COLUMN_STACK,
    np.where: F_WHERE, np.max: F_MAX, np.min: F_MIN, np.amax: F_MAX, np.amin: F_MIN, np.prod: F_PROD,
    np.linalg.norm: F_NORM, np.squeeze: F_AXES, np.expand_dims: F_AXES, np.atleast_1d: F_ATLEAST,
    np.atleast_2d: F_ATLEAST, np.array: F_ARRAY, np.swapaxes: F_SWAPAXES, np.einsum: F_EINSUM,
}


cdef object lowered_reduction(int which, tuple args, object kwargs):
    """A sum, mean or extreme by the arguments axis and keepdims."""
    cdef int n = len(args)
    cdef object axis = args[1] if n > 1 else None
    cdef bint keep = False
    if n > 2:
        return None
    if kwargs:
        for name, option in (<dict> kwargs).items():
            if name == "axis" and n == 1:
                axis = option
            elif name == "keepdims" and type(option) is bool:
                keep = option
            else:
                return None
    if which == F_SUM or which == F_MEAN:
        return lower_sum(args[0], axis, which == F_MEAN, keep)
    return lower_extreme(args[0], which == F_MAX, axis, keep)


cdef object lowered(int which, object function, tuple args, object kwargs):
    """A call of a function by its operation, where it has one; else None."""
    cdef int n = len(args)
    cdef object x, axis
    if n == 0:
        return None
    x = args[0]
    if which == F_SUM or which == F_MEAN or which == F_MAX or which == F_MIN:
        if n == 1 and not kwargs:
            return lower_sum(x, None, which == F_MEAN) if which <= F_MEAN else lower_extreme(x, which == F_MAX, None, False)
        return lowered_reduction(which, args, kwargs)
    if kwargs:
        if len(kwargs) == 1 and n == 1:
            if "axis" in kwargs:
                axis = kwargs["axis"]
                if which == F_CONCATENATE:
                    return lower_concatenate(x, axis)
                if which == F_STACK:
                    return lower_stack(x, axis)
                if which == F_AXES:
                    return lower_view(x, function, (), kwargs)
            elif "axes" in kwargs and which == F_TRANSPOSE:
                return lower_transpose(x, kwargs["axes"])
        return None
    if which == F_RESHAPE:
        return lower_reshape(x, args[1]) if n == 2 else None
    if which == F_RAVEL:
        return lower_reshape(x, -1) if n == 1 else None
    if which == F_TRANSPOSE:
        return lower_transpose(x) if n == 1 else lower_transpose(x, args[1]) if n == 2 else None
    if which == F_CONCATENATE:
        return lower_concatenate(x, 0) if n == 1 else lower_concatenate(x, args[1]) if n == 2 else None
    if which == F_DOT or which == F_MATMUL:
        return lower_product(x, args[1], function) if n == 2 else None
    if which == F_SHAPE or which == F_NDIM or which == F_SIZE:
        if n == 1 and (type(x) is DualArray or type(x) is Dual):
            return x.shape if which == F_SHAPE else x.ndim if which == F_NDIM else x.size
        return None
    if which == F_STACK:
        return lower_stack(x, 0) if n == 1 else lower_stack(x, args[1]) if n == 2 else None
    if which == F_HSTACK or which == F_VSTACK or which == F_COLUMN_STACK:
        return lower_rows(x, function, which - F_HSTACK) if n == 1 else None
    if which == F_WHERE:
        return lower_where(x, args[1], args[2]) if n == 3 else None
    if which == F_AXES:
        return lower_view(x, function, args[1:], None)
    if which == F_EINSUM:
        return lower_product(args[1], args[2], None, <str> x) if n == 3 and type(x) is str else None
    if which == F_SWAPAXES:
        return lower_swapaxes(x, args[1], args[2]) if n == 3 else None
    if n > 1:
        return None
    if which == F_ATLEAST:
        if type(x) is not DualArray or x.ndim == 0:
            return None
        return lower_view(x, function, (), None)
    if which == F_PROD:
        return lower_prod(x)
    if which == F_NORM:
        return lower_norm(x)
    if which == F_ARRAY and type(x) is list:
        return join_scalars(<list> x) if len(<list> x) else None
    return None


cdef object call_function(object function, object args_, object kwargs):
    """__array_function__ of both types: by operations where the function is one, else functions/."""
    cdef object code, result
    cdef tuple args = args_ if type(args_) is tuple else tuple(args_)
    code = lowered_functions.get(function)
    if code is not None:
        result = lowered(<int> code, function, args, kwargs)
        if result is not None:
            return result
    else:
        code = stacked_functions.get(function)
        if code is not None:
            result = apply_stacked(function, <OnStack> code, args, kwargs)
            if result is not None:
                return result
    return hook_function(function, args, kwargs)
