# apply.pxi: an operation, applied to its operands.
#
# The one place where operations on arrays (other than elementwise rules: array.pxi) ask what the tangents are.  Rows of
# numbers go through the operation now (push.pxi); behind a node of a recording comes another one, which keeps what
# the operation needs, and is pushed and pulled later.  Everything else (tangents that are duals themselves, complex
# numbers, objects) is left to functions/: the caller gets None.  Included by _core.pyx.
#
# What is linear acts on all rows of a second-order dual (second.pxi) as on directions.  A product of two factors that
# vary has second-order terms, which functions/ adds.

cdef enum:
    ROWS = 1
    NODES = 2


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


cdef DualArray rows_of(object xo):
    """The array with its view renewed, if its tangents are rows of numbers; else None."""
    cdef DualArray x
    if type(xo) is not DualArray:
        return None
    x = <DualArray> xo
    sync(x)
    return x if plain_tangents(x) else None


cdef inline DualArray operand(object xo):
    """The array with its view renewed, if its tangents are rows of numbers, or a node of float64 or float32; else None."""
    cdef DualArray x
    if type(xo) is not DualArray:
        return None
    x = <DualArray> xo
    sync(x)
    if plain_tangents(x) or type(x.tangent_) is Node and plain_real(x.value_):
        return x
    return None


cdef inline bint is_recorded(object o) noexcept:
    if type(o) is DualArray:
        return type((<DualArray> o).tangent_) is Node
    if type(o) is Dual:
        return (<Dual> o).k < -1 or (<Dual> o).k == -1 and type(<object> (<Dual> o).gt) is Node
    return False


# ---- one operand -----------------------------------------------------------------------------------


cdef Node node_after(int op, Node parent, object value, object k0, object k1):
    """The node of an operation with one argument, which keeps k0 and k1."""
    cdef object shape = no_shape
    if cnp.PyArray_CheckExact(value):
        shape = (<object> value).shape
    cdef Node node = node_new(op, 1, parent, None, shape, parent.dtype)
    if k0 is not None:
        keep(node, 0, k0)
    if k1 is not None:
        keep(node, 1, k1)
    recorded(node)
    return node


cdef object apply_one(int op, DualArray x, object value, object k0, object k1, object how):
    """An operation on x whose value NumPy gave.

    k0, k1: what a node of it keeps.  how: how the result hangs on x, where it is a view of it; None where it is not.
    """
    cdef object tangent
    cdef cnp.ndarray v
    if not cnp.PyArray_CheckExact(value):
        if type(x.tangent_) is Node:
            return dual_generic(value, node_after(op, <Node> x.tangent_, value, k0, k1), x.tag_)
        tangent = push_one(op, <cnp.ndarray> x.tangent_, k0, k1, 0, NULL)
        return new_dual(value, tangent.copy() if op == INDEX else tangent, x.tag_)   # a number never changes with its array
    if type(x.tangent_) is Node:
        tangent = node_after(op, <Node> x.tangent_, value, k0, k1)
    else:
        v = <cnp.ndarray> value
        tangent = push_one(op, <cnp.ndarray> x.tangent_, k0, k1, cnp.PyArray_NDIM(v), cnp.PyArray_DIMS(v))
    return fresh(value, tangent, x.tag_) if how is None else hung(x, value, tangent, how)


# ---- several operands --------------------------------------------------------------------------------


cdef struct Operands:
    int kind            # ROWS or NODES
    long long tag
    cnp.npy_intp k      # how many rows
    int nd              # axes of each; -1 where they differ
    int type            # NumPy's number of the type of each; -1 where they differ


cdef inline void no_operands(Operands *found) noexcept:
    found.kind = 0
    found.tag = -1
    found.k = -1
    found.nd = -2
    found.type = -2


cdef bint meets(Operands *found, int kind, long long tag, cnp.npy_intp k) except *:
    """Whether an operand with tangents of a kind and a tag can stand beside what was found; k: how many rows it has."""
    if not kind or found.kind and (found.kind != kind or found.tag != tag):
        return False
    if kind == ROWS:
        if found.k >= 0 and k != found.k:
            k_differ(found.k, k)
        found.k = k
    found.kind = kind
    found.tag = tag
    return True


cdef bint read_operand(object a, Operands *found, PyObject **value, PyObject **tangent) except *:
    """Value and tangents (None: constant), borrowed, of one array more; False where apply.pxi has no way."""
    cdef DualArray x
    cdef cnp.ndarray v
    cdef int kind
    tangent[0] = <PyObject *> None
    if type(a) is DualArray:
        x = <DualArray> a
        sync(x)
        if not cnp.PyArray_CheckExact(x.value_):
            return False
        v = <cnp.ndarray> x.value_
        if x.tangent_ is not None:
            kind = ROWS if plain_tangents(x) else NODES if type(x.tangent_) is Node else 0
            if not meets(found, kind, x.tag_, cnp.PyArray_DIM(<cnp.ndarray> x.tangent_, 0) if kind == ROWS else 0):
                return False
            tangent[0] = <PyObject *> x.tangent_
    elif cnp.PyArray_CheckExact(a) and cnp.PyArray_TYPE(<cnp.ndarray> a) <= cnp.NPY_DOUBLE:
        v = <cnp.ndarray> a
    else:
        return False
    value[0] = <PyObject *> v
    found.nd = cnp.PyArray_NDIM(v) if found.nd == -2 or found.nd == cnp.PyArray_NDIM(v) else -1
    found.type = cnp.PyArray_TYPE(v) if found.type == -2 or found.type == cnp.PyArray_TYPE(v) else -1
    return True


cdef inline bint fit(Operands *found, object value) noexcept:
    """Whether an operand can be one of what was found; nodes are of one type, float64 or float32."""
    return found.kind == ROWS or found.kind == NODES and found.type >= 0 and plain_real(value)


cdef bint read_operands(object arrays, list values, list tangents, Operands *found) except *:
    """Those of a list or tuple of arrays, of which one at least is dual; False where apply.pxi has no way."""
    cdef PyObject *value
    cdef PyObject *tangent
    no_operands(found)
    if type(arrays) is not list and type(arrays) is not tuple:
        return False
    for a in arrays:
        if not read_operand(a, found, &value, &tangent):
            return False
        values.append(<object> value)
        tangents.append(<object> tangent)
    for a in values:
        if not fit(found, a):
            return False
    return found.kind != 0 and found.nd <= 60


cdef Node node_of_several(int op, list parents, tuple shape, object dtype):
    """The node of an operation with any number of arguments (None: constant), before `recorded`."""
    cdef Node node = node_new(op, 0, None, None, shape, dtype)
    cdef bint plain = True
    node.more = tuple(parents)
    for p in parents:
        if p is not None:
            node.owner |= (<Node> p).owner
            plain = plain and not PyObject_GC_IsTracked(<PyObject *> p)
    if not plain:
        PyObject_GC_Track(<PyObject *> node)
    return node


cdef object with_axis(object t, int at):
    """t with an axis of length 1 at the place `at`."""
    return t[(slice_all,) * at + (None,)]


cdef object apply_join(list values, list tangents, Operands *found, int axis, int new_axis, object value):
    """np.concatenate along an axis of the value, of parts that first get an axis of length 1 at new_axis (-1: none)."""
    cdef Py_ssize_t i
    cdef Node node
    cdef cnp.ndarray v
    cdef object t
    cdef list shapes
    if found.kind == ROWS:
        for i in range(len(values)):
            v = <cnp.ndarray> values[i]
            t = tangents[i]
            if t is None:
                t = zero_rows(found.k, cnp.PyArray_NDIM(v), cnp.PyArray_DIMS(v))
            tangents[i] = t if new_axis < 0 else with_axis(t, new_axis + 1)
        t = push_join(tangents, axis)
        if t.dtype != value.dtype:
            t = t.astype(value.dtype)
        return fresh(value, t, found.tag)
    shapes = []
    for i in range(len(values)):
        shape = values[i].shape if new_axis < 0 else with_axis(values[i], new_axis).shape
        shapes.append(shape)
        if tangents[i] is not None and new_axis >= 0:
            node = <Node> tangents[i]
            node = node_new(RESHAPE, 1, node, None, shape, node.dtype)
            recorded(node)
            tangents[i] = node
    node = node_of_several(JOIN, tangents, value.shape, float_type(found.type))
    keep(node, 0, axis)
    keep(node, 1, tuple(shapes))
    recorded(node)
    return fresh(value, node, found.tag)


cdef object apply_select(object mask, object s, object t, Operands *found, object value):
    """np.where of a mask; s, t: the tangents, None for a constant."""
    cdef cnp.ndarray v = <cnp.ndarray> value
    cdef Node node
    if found.kind == ROWS:
        return new_dual(value, push_select(mask, s, t, found.k, cnp.PyArray_NDIM(v), cnp.PyArray_DIMS(v)), found.tag)
    node = node_new(SELECT, 2, <Node> s, <Node> t, value.shape, float_type(cnp.PyArray_TYPE(v)))
    keep(node, 0, mask.copy())
    recorded(node)
    return fresh(value, node, found.tag)


cdef Node turned_node(Node node):
    """The node of a matrix's transpose."""
    cdef Node turned = node_new(PERMUTE, 1, node, None, (node.shape[1], node.shape[0]), node.dtype)
    keep(turned, 0, (1, 0))
    recorded(turned)
    return turned


cdef object apply_product(object a, object b, cnp.ndarray v, cnp.ndarray w, object s, object t, Operands *found,
                          bint turn_a, bint turn_b, object value):
    """The product of the vectors or matrices a and b, whose product's value is given; turn_a, turn_b: of their transposes.

    v, w: their values; s, t: their tangents, None for a constant.
    """
    cdef Node node
    cdef bint is_array = cnp.PyArray_CheckExact(value)
    if found.kind == ROWS:
        if turn_a:
            v, s = (<object> v).T, None if s is None else s.swapaxes(1, 2)
        if turn_b:
            w, t = (<object> w).T, None if t is None else t.swapaxes(1, 2)
        return new_dual(value, push_product(v, w, s, t), found.tag)
    if turn_a and s is not None:
        s = turned_node(s)
    if turn_b and t is not None:
        t = turned_node(t)
    node = node_new(PRODUCT, 2, <Node> s, <Node> t, (<object> value).shape if is_array else no_shape,
                    float_type(found.type))
    # a factor is kept only where the other one varies
    if t is not None:
        keep(node, 0, kept(a).T if turn_a else kept(a))
    if s is not None:
        keep(node, 1, kept(b).T if turn_b else kept(b))
    recorded(node)
    return fresh(value, node, found.tag) if is_array else dual_generic(value, node, found.tag)
