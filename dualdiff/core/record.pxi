# record.pxi: the Recorded space in compiled code: its nodes, the base of the linear maps, the recording of
# the frequent operations on float64 arrays and numbers, and the walk back along the maps.
#
# Every function answers or returns None; then functions/ answers, in the same nodes and the same maps.
# Invariant: what a map keeps cannot change any more: it is a copy, or its owner is marked as shared.
# Included by _core.pyx.

cdef extern from "record.h":
    object dd_new_instance(object)
    object dd_strided(cnp.ndarray, int, cnp.npy_intp *, cnp.npy_intp *, char *, int)

cdef object FLOAT = np.dtype(np.float64)
cdef object np_float64 = np.float64
cdef tuple no_shape = ()
cdef long long births = 0


@cython.final
@cython.freelist(64)
cdef class Node:
    """An element of the Recorded space: map applied to parents, or (map None) an input or zero.

    Attributes
    ----------
    map : LinearMap or None
    parents : tuple of Node or None
        None where an argument of the map is constant.
    shape, dtype
        Of the tangent, without a directions axis.
    born : int
        Nodes are numbered in the order in which they were recorded.
    """

    cdef public object map
    cdef public tuple parents
    cdef public object shape
    cdef public object dtype
    cdef readonly long long born
    cdef Py_ssize_t place       # scratch of `arrange`
    cdef object __weakref__

    def __init__(self, map, parents, shape, dtype):
        global births
        self.map = map
        self.parents = parents
        self.shape = shape
        self.dtype = dtype
        self.born = births
        births += 1


cdef inline Node node_new(object map, tuple parents, object shape):
    global births
    cdef Node node = Node.__new__(Node)
    node.map = map
    node.parents = parents
    node.shape = shape
    node.dtype = FLOAT
    node.born = births
    births += 1
    return node


cdef object numbers_of(object t):
    """The array of numbers under any depth of duals; None where there is none."""
    while type(t) is DualArray:
        sync(<DualArray> t)
        t = (<DualArray> t).value_
    return t if isinstance(t, np.ndarray) else None


cdef void extent(cnp.ndarray a, char **low, char **high) noexcept:
    """The first byte of an array that is not empty, and the one behind its last."""
    cdef int i
    cdef cnp.npy_intp reach
    low[0] = cnp.PyArray_BYTES(a)
    high[0] = low[0] + cnp.PyArray_ITEMSIZE(a)
    for i in range(cnp.PyArray_NDIM(a)):
        reach = (cnp.PyArray_DIM(a, i) - 1) * cnp.PyArray_STRIDE(a, i)
        if reach < 0:
            low[0] += reach
        else:
            high[0] += reach


cdef bint overlap(cnp.ndarray a, cnp.ndarray b) noexcept:
    """Whether two arrays may share memory: whether their bytes lie in a common stretch."""
    cdef char *low
    cdef char *high
    cdef char *other_low
    cdef char *other_high
    if cnp.PyArray_SIZE(a) == 0 or cnp.PyArray_SIZE(b) == 0:
        return False
    extent(a, &low, &high)
    extent(b, &other_low, &other_high)
    return low < other_high and other_low < high


cdef object detached(object result, object sources):
    """A result in memory of its own: a copy where it is one of its sources, or a view of one."""
    cdef object numbers = numbers_of(result), others
    if numbers is not None:
        for t in sources:
            others = numbers_of(t)
            if others is not None and overlap(<cnp.ndarray> numbers, <cnp.ndarray> others):
                return result.copy()
    return result


def push(map, tangents):
    """The linear map applied to tangents (None: a constant argument); the result has memory of its own.

    None where all arguments are constants.
    """
    cdef Py_ssize_t n, k = -1
    cdef bint constant = True
    for t in tangents:
        constant = constant and t is None
        if type(t) is Node:
            return Node(map, tuple(tangents), map.out_shape, map.out_dtype)
        if type(t) is Packed:
            return push_second(map, tangents, map.fixed)
        if cnp.PyArray_CheckExact(t) and cnp.PyArray_NDIM(<cnp.ndarray> t) > 0:
            # one direction would be broadcast beside many
            n = cnp.PyArray_DIM(<cnp.ndarray> t, 0)
            if k >= 0 and n != k:
                k_differ(k, n)
            k = n
    if constant:
        return None
    dd_done.calls += 1
    dd_done.elements += size_of_shape(map.out_shape)
    dd_done.products += map.multiplications(tangents)
    return detached(map.apply(tangents), tangents)


cdef long long size_of_shape(object shape) except -1:
    cdef long long size = 1
    for n in shape:
        size *= <long long> n
    return size


def push_view(map, t):
    """A map that only moves elements applied to tangents, as a view of them where NumPy gives one."""
    if type(t) is Node:
        return Node(map, (t,), map.out_shape, map.out_dtype)
    if type(t) is Packed:
        return Packed(map.apply(((<Packed> t).rows,)), (<Packed> t).kind, True)
    return map.apply((t,))


# ---- the linear maps, as far as the core makes and reads them --------------------------------------

cdef class MapBase:
    """The shapes and types of a linear map's arguments and of its result.

    Parameters
    ----------
    inputs : sequence
        The arguments' values.
    output
        The result's value.
    """

    cdef public tuple in_shapes
    cdef public tuple in_dtypes
    cdef public object out_shape
    cdef public object out_dtype

    def __init__(self, inputs, output):
        cdef list shapes = [], dtypes = []
        for x in inputs:
            if not (cnp.PyArray_CheckExact(x) or hasattr(x, "dtype")):
                x = np.asarray(x)
            shapes.append(x.shape)
            dtypes.append(dtype_of(x))
        self.in_shapes = tuple(shapes)
        self.in_dtypes = tuple(dtypes)
        if not (cnp.PyArray_CheckExact(output) or hasattr(output, "dtype")):
            output = np.asarray(output)
        self.out_shape = output.shape
        self.out_dtype = dtype_of(output)

    def __reduce__(self):
        cdef dict state = dict(getattr(self, "__dict__", {}))
        names = ["in_shapes", "in_dtypes", "out_shape", "out_dtype"]
        if isinstance(self, ElementwiseBase):
            names += ["partials", "both"]
        for kind in type(self).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            names += [slots] if isinstance(slots, str) else list(slots)
        for name in names:
            if hasattr(self, name):
                state[name] = getattr(self, name)
        return remake_map, (type(self), state)


def remake_map(kind, dict state):
    """Puts a pickled map together again."""
    m = kind.__new__(kind)
    for name, value in state.items():
        setattr(m, name, value)
    return m


cdef class ElementwiseBase(MapBase):
    """A map that is a partial times a tangent, summed over its arguments.

    Parameters
    ----------
    partials : tuple
        An array, a number, or None for each argument.
    inputs, output
        As for MapBase.
    both : tuple of bool, optional
        Where a zero of the partial is no perturbation: it is a tangent itself, or selects.
    """

    cdef public tuple partials
    cdef public tuple both
    cdef public object rule         # the name of the rule, where it is one

    def __init__(self, partials, inputs, output, both=None):
        MapBase.__init__(self, inputs, output)
        self.rule = None
        self.partials = partials
        self.both = both or (False,) * len(partials)


cdef object Elementwise = None, Index = None, SetIndex = None, SetView = None, Sum = None, Reshape = None
cdef object Permute = None, Concatenate = None, MatMul = None
cdef tuple one_float, two_floats, one_false, two_false, one_true, two_true
one_float = (FLOAT,)
two_floats = (FLOAT, FLOAT)
one_false = (False,)
two_false = (False, False)
one_true = (True,)
two_true = (True, True)


def install_maps(elementwise, index, set_index, set_view, sum, reshape, permute, concatenate, matmul):
    """Tells the core the classes of the maps that it makes (called once, by maps)."""
    global Elementwise, Index, SetIndex, SetView, Sum, Reshape, Permute, Concatenate, MatMul
    Elementwise, Index, SetIndex, SetView = elementwise, index, set_index, set_view
    Sum, Reshape, Permute, Concatenate, MatMul = sum, reshape, permute, concatenate, matmul


cdef MapBase map_new(object kind, tuple in_shapes, object out_shape):
    """A map of float64 arrays; the caller fills in what its class adds."""
    cdef MapBase m = <MapBase> dd_new_instance(kind)
    cdef Py_ssize_t n = len(in_shapes)
    m.in_shapes = in_shapes
    m.in_dtypes = one_float if n == 1 else two_floats if n == 2 else (FLOAT,) * n
    m.out_shape = out_shape
    m.out_dtype = FLOAT
    return m


# ---- operands -------------------------------------------------------------------------------------

cdef inline bint is_recorded(object o) noexcept:
    if type(o) is DualArray:
        return type((<DualArray> o).tangent_) is Node
    if type(o) is Dual:
        return (<Dual> o).k < 0 and type(<object> (<Dual> o).gt) is Node
    return False


cdef inline bint plain_double(object v) noexcept:
    return (cnp.PyArray_CheckExact(v) and cnp.PyArray_TYPE(<cnp.ndarray> v) == cnp.NPY_DOUBLE
            and cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray> v))


cdef int load_recorded(object o, Arg *a, long long *tag, PyObject **node) except -1:
    """Reads an operand of a recording: 1 done, 0 not for this path.  The node is borrowed."""
    cdef DualArray x
    cdef Dual d
    node[0] = NULL
    a.nd = 0
    a.t = NULL
    a.ts = NULL
    a.k = 0
    a.tag = -1
    if type(o) is DualArray:
        x = <DualArray> o
        sync(x)
        if not plain_double(x.value_) or not load_array(<cnp.ndarray> x.value_, a):
            return 0
        if x.tangent_ is None:
            return 1
        if type(x.tangent_) is not Node or tag[0] >= 0 and tag[0] != x.tag_:
            return 0
        tag[0] = x.tag_
        node[0] = <PyObject *> x.tangent_
        return 1
    if type(o) is Dual:
        d = <Dual> o
        if d.k >= 0 or type(<object> d.gt) is not Node or not PyFloat_Check(<object> d.gv):
            return 0
        if tag[0] >= 0 and tag[0] != d.tag_:
            return 0
        tag[0] = d.tag_
        node[0] = d.gt
        a.type = cnp.NPY_DOUBLE
        a.number = PyFloat_AS_DOUBLE(<object> d.gv)
        a.v = <char *> &a.number
        return 1
    if not load(o, a) or a.type == cnp.NPY_FLOAT:
        return 0
    if a.type < 0:
        a.v = <char *> &a.number
    return 1


cdef int SHARED_BYTES = 65536   # an array of so many bytes is shared, not copied, where that is possible


cdef object kept(object o):
    """An operand's array as a map may keep it: a copy, or the array itself with its owner marked as shared."""
    cdef cnp.ndarray v, c
    cdef DualArray x
    if type(o) is DualArray:
        x = <DualArray> o
        v = <cnp.ndarray> x.value_
        if x.base_ is None and not x.exposed and cnp.PyArray_NBYTES(v) >= SHARED_BYTES:
            if x.shared & FOREIGN:      # its owner may write into it later
                x.value_ = x.value_.copy("K")
                x.version += 1
            x.shared = x.shared & ~FOREIGN | MAPPED     # the next write into it goes to a copy
            return x.value_
    else:
        v = <cnp.ndarray> o
    c = dd_array(cnp.PyArray_NDIM(v), cnp.PyArray_DIMS(v), cnp.NPY_DOUBLE)
    if cnp.PyArray_IS_C_CONTIGUOUS(v):
        memcpy(cnp.PyArray_DATA(c), cnp.PyArray_DATA(v), cnp.PyArray_NBYTES(v))
    else:
        cnp.PyArray_CopyInto(c, v)
    return c


cdef object shape_recorded(object o, PyObject *node):
    if node != NULL:
        return (<Node> node).shape
    return (<object> o).shape if cnp.PyArray_CheckExact(o) or type(o) is DualArray else no_shape


cdef unsigned char partial_needs[512]   # which of x (1), y (2), f (4) each partial depends on
memset(partial_needs, 0, sizeof(partial_needs))


cdef int read_needs() except -1:
    import re
    cdef int i, a
    if 2 * DD_NRULES > sizeof(partial_needs):
        raise MemoryError("partial_needs is too small for the table")
    for i in range(DD_NRULES):
        for a in range(dd_rules[i].nin):
            names = set(re.findall(r"[A-Za-z_]\w*", dd_rules[i].partial[a].text.decode()))
            partial_needs[2 * i + a] = sum(bit for name, bit in (("x", 1), ("y", 2), ("f", 4)) if name in names)


read_needs()


cdef double unit_row = 1.0              # the tangent of an operand whose partial is asked for
cdef cnp.npy_intp no_strides[64]
memset(no_strides, 0, sizeof(no_strides))


# ---- elementwise operations -------------------------------------------------------------------------

cdef object record(int r, int nin, object a, object b, bint own, bint operator):
    """One rule on recorded operands: value and partials in one pass; None where the generic path must.

    own: NumPy would not take the loop of these types.  operator: numbers are under an operator, not a ufunc.
    """
    cdef Arg args[2]
    cdef PyObject *nodes[2]
    cdef bint want[2]
    cdef dd_operand op[3]
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp tdims[64]
    cdef cnp.npy_intp size = 1, step
    cdef long long tag = -1
    cdef int i, nd, flags, found, given, kind, rows = 0, wide = 4
    cdef double p[2]
    cdef double f = 0, d
    cdef cnp.ndarray v = None, t = None
    cdef object value, partial, block = None
    cdef list partials
    cdef bint any_partial = False, keeps_value = False
    cdef ElementwiseBase m
    cdef DualArray y
    cdef Node node
    cdef tuple parents
    nodes[1] = NULL
    if not load_recorded(a, &args[0], &tag, &nodes[0]):
        return None
    if nin == 2 and not load_recorded(b, &args[1], &tag, &nodes[1]):
        return None
    if nodes[0] == NULL and nodes[1] == NULL or own and dd_rules[r].integers:
        return None
    for i in range(nin):
        if nodes[i] != NULL and dd_rules[r].partial[i].kind == DD_NONE:
            return None
    nd = broadcast(nin, args, dims, a, b)
    if nd == 0:
        if own or takes_integer(r, a, b):
            return None
        value = scalar_value(r, nin, args, &f, operator)
    else:
        for i in range(nin):
            if args[i].nd:
                wide |= 1 << i
        for i in range(nin):
            kind = dd_rules[r].partial[i].kind
            want[i] = (nodes[i] != NULL and (kind == DD_LOOP or kind == DD_EXPR)
                       and (partial_needs[2 * r + i] & wide) != 0)
            rows += want[i]
            if want[i]:
                args[i].t = <char *> &unit_row      # asks for its partial
                args[i].ts = no_strides
        for i in range(nd):
            size *= dims[i]
            tdims[i + 1] = dims[i]
        tdims[0] = 2
        v = valued(r, nin, args, nd, dims, cnp.NPY_DOUBLE, a, b, own or takes_integer(r, a, b), &given, &found)
        if v is None:
            return None
        op[nin].t = NULL
        if rows == 1:
            t = dd_array(nd, dims, cnp.NPY_DOUBLE)
        elif rows == 2:
            t = dd_array(nd + 1, tdims, cnp.NPY_DOUBLE)
        if rows:
            op[nin].t = cnp.PyArray_BYTES(t)
        for i in range(nin):
            place(&args[i], &op[i], nd, dims)
        op[nin].v = cnp.PyArray_BYTES(v)
        step = 8
        for i in range(nd - 1, -1, -1):
            op[nin].vs[i] = step
            op[nin].ts[i] = step
            step *= dims[i]
        op[nin].tk = step
        if size > 15000:
            with nogil:
                flags = dd_run(&dd_rules[r], given, cnp.NPY_DOUBLE, 0, nd, dims, -1, op)
        else:
            flags = dd_run(&dd_rules[r], given, cnp.NPY_DOUBLE, 0, nd, dims, -1, op)
        report(flags | found, r, nin, a, b)
        value = v
    partials = [None] * nin
    rows = 0
    for i in range(nin):
        p[i] = (<double *> args[i].v)[0] if args[i].nd == 0 else 0.0
    if nin == 1:
        p[1] = 0.0
    for i in range(nin):
        if nodes[i] == NULL:
            continue
        kind = dd_rules[r].partial[i].kind
        if kind == DD_ZERO:
            continue
        if kind == DD_ONE:
            partial = 1.0
        elif kind == DD_MINUS:
            partial = -1.0
        elif kind == DD_F and nd:
            partial = v
            keeps_value = True
        elif kind == DD_X and args[0].nd:
            partial = kept(a)
        elif kind == DD_Y and args[1].nd:
            partial = kept(b)
        elif nd and want[i]:
            partial = t
            if t is not None and cnp.PyArray_NDIM(t) != nd:
                partial = (<object> t)[rows]
            rows += 1
        else:
            partial = dd_rules[r].partial[i].scalar(p[0], p[1], f)
            if PyErr_Occurred() != NULL:    # scipy.special.errstate: it is about values
                PyErr_Clear()
        partials[i] = partial
        any_partial = True
    if not any_partial:
        return make(value, None, -1) if nd else value
    m = <ElementwiseBase> dd_new_instance(Elementwise)
    if nin == 1:
        parents = (<object> nodes[0],)
        m.in_shapes = ((<Node> nodes[0]).shape,)
        m.in_dtypes = one_float
        m.both = one_true if dd_rules[r].selects else one_false
    else:
        parents = (None if nodes[0] == NULL else <object> nodes[0], None if nodes[1] == NULL else <object> nodes[1])
        m.in_shapes = (shape_recorded(a, nodes[0]), shape_recorded(b, nodes[1]))
        m.in_dtypes = two_floats
        m.both = two_true if dd_rules[r].selects else two_false
    m.partials = tuple(partials)
    m.rule = rule_name[r]
    m.out_dtype = FLOAT
    if nd == 0:
        m.out_shape = no_shape
        return dual_generic(value, node_new(m, parents, no_shape), tag)
    m.out_shape = (<object> v).shape
    y = DualArray.__new__(DualArray)
    y.value_ = v
    y.tangent_ = node_new(m, parents, m.out_shape)
    y.tag_ = tag
    y.shared = MAPPED if keeps_value else 0     # a write into the result must not change the stored partial
    return y


cdef object scalar_value(int r, int nin, Arg *args, double *f, bint operator):
    """The value at numbers, under an operator or a ufunc."""
    cdef double x = (<double *> args[0].v)[0], y = 0
    if nin == 2:
        y = (<double *> args[1].v)[0]
    f[0] = dd_rules[r].value(x, y) if operator else ufunc_value(r, x, y)
    if PyErr_Occurred() != NULL:
        ask_again(r, x, y)
    if unusual(f[0]) and (x != 0 or y != 0 or not isfinite(f[0])):
        warn_like_numpy(r, x, y)
    return np_float64(f[0])


# ---- structure ----------------------------------------------------------------------------------------

cdef DualArray recorded_array(object value, Node node, long long tag, DualArray base, object view):
    cdef DualArray y = DualArray.__new__(DualArray)
    y.value_ = value
    y.tangent_ = node
    y.tag_ = tag
    if base is not None:
        y.base_ = base
        y.view_ = view
        y.seen = base.version
    return y


cdef object record_getitem(DualArray x, object key):
    """x[key] of a recorded float64 array."""
    cdef MapBase m
    cdef Node node
    if not plain_double(x.value_) or not simple_key(key):
        return None
    value = x.value_[key]
    node = <Node> x.tangent_
    if cnp.PyArray_CheckExact(value):
        m = map_new(Index, (node.shape,), (<object> value).shape)
        m.key = key
        return recorded_array(value, node_new(m, (node,), m.out_shape), x.tag_, x, key)
    m = map_new(Index, (node.shape,), no_shape)
    m.key = key
    return dual_generic(value, node_new(m, (node,), no_shape), x.tag_)


cdef bint record_setitem(DualArray x, object key, object value) except -1:
    """x[key] = value where x or value is recorded; False where the generic path must."""
    cdef DualArray y, at, root = x
    cdef Node node, old
    cdef MapBase m
    cdef long long tag
    cdef object yv = value, yt = None, shape
    cdef bint whole
    if not (simple_key(key) or key is Ellipsis):
        return False
    if type(value) is DualArray:
        y = <DualArray> value
        sync(y)
        yv = y.value_
        if not plain_double(yv):
            return False
        yt = y.tangent_
        if yt is not None and type(yt) is not Node:
            return False
        tag = y.tag_ if yt is not None else -1
        if y.base_ is x and y.seen == x.version and type(key) is type(y.view_) and key == y.view_:
            return True         # x[key] += ... has written through the view already
    elif type(value) is Dual:
        if (<Dual> value).k >= 0 or type(<object> (<Dual> value).gt) is not Node:
            return False
        yv = <object> (<Dual> value).gv
        if not PyFloat_Check(yv):
            return False
        yt = <object> (<Dual> value).gt
        tag = (<Dual> value).tag_
    elif PyFloat_Check(value) or type(value) is int or plain_double(value):
        tag = -1
    else:
        return False
    while root.base_ is not None:
        if not (simple_key(root.view_)):
            return False
        root = root.base_
    if not plain_double(root.value_):
        return False
    if root.tangent_ is None:
        if tag < 0 or root.exposed:
            return False
        root.tangent_ = node_new(None, no_shape, (<object> root.value_).shape)
        root.tag_ = tag
        root.version += 1
    elif type(root.tangent_) is not Node or tag >= 0 and tag != root.tag_:
        return False
    if root.shared & PICTURED:
        return False
    if root.shared:
        root.value_ = root.value_.copy("K")     # the layout decides which reshapes are views
        root.shared = 0
        root.version += 1
        if type(value) is DualArray:
            sync(<DualArray> value)             # it may be a view of x
    sync(x)
    old = <Node> x.tangent_
    if type(key) is slice and key == slice_all:
        key = Ellipsis
    whole = key is Ellipsis and type(value) is DualArray and (<object> yv).shape == (<object> x.value_).shape
    x.value_[key] = yv
    if whole and yt is not None:
        node = <Node> yt        # nothing of the old is left
    else:
        if key is Ellipsis:
            key = (slice_all,) * cnp.PyArray_NDIM(<cnp.ndarray> x.value_)
        shape = (<Node> yt).shape if yt is not None else getattr(yv, "shape", no_shape)
        m = map_new(SetIndex, (old.shape, shape), old.shape)
        m.key = expand_key(key, cnp.PyArray_NDIM(<cnp.ndarray> x.value_))
        node = node_new(m, (old, yt), old.shape)
    # the bases upwards learn of it
    at = x
    while True:
        at.tangent_ = node
        at.version += 1
        if at.base_ is None:
            break
        node = node_new(view_written(at), (at.base_.tangent_, node), (<Node> at.base_.tangent_).shape)
        at = at.base_
    # each view has seen what it wrote itself
    at = x
    while at.base_ is not None:
        at.seen = at.base_.version
        at = at.base_
    return True


cdef object view_written(DualArray x):
    """The map of a base after x, a view of it by an index, was written to."""
    cdef object inner = (<object> x.value_).shape, outer = (<Node> x.base_.tangent_).shape
    cdef MapBase m, how
    how = map_new(Index, (outer,), inner)
    how.key = x.view_
    m = map_new(SetView, (outer, inner), outer)
    m.view = how
    return m


cdef object record_sum(object xo, object axis, bint mean):
    """np.sum (or np.mean) of a recorded float64 array."""
    cdef DualArray x
    cdef MapBase m
    cdef Node node
    cdef cnp.ndarray v
    cdef int nd, i, a
    cdef tuple axes
    x = <DualArray> xo
    sync(x)
    if type(x.tangent_) is not Node or not plain_double(x.value_):
        return None
    v = <cnp.ndarray> x.value_
    nd = cnp.PyArray_NDIM(v)
    if nd == 0 or mean and (axis is not None or cnp.PyArray_SIZE(v) == 0):
        return None
    if axis is None:
        axes = tuple(range(nd)) if nd > 1 else (0,)
    elif type(axis) is int:
        a = axis
        if a < -nd or a >= nd:
            return None
        axes = (a % nd if a >= 0 else a + nd,)
    else:
        return None
    value = np_add_reduce(v, axis)
    node = <Node> x.tangent_
    m = map_new(Sum, (node.shape,), (<object> value).shape)
    m.axes = axes
    m.keepdims = False
    node = node_new(m, (node,), m.out_shape)
    if cnp.PyArray_CheckExact(value):
        return recorded_array(value, node, x.tag_, None, None)
    result = dual_generic(value, node, x.tag_)
    return array_binary(DD_RULE_divide, result, <long> cnp.PyArray_SIZE(v)) if mean else result


cdef object record_reshape(object xo, object shape):
    """A recorded array in another shape, as a view."""
    cdef DualArray x = <DualArray> xo
    cdef Node node
    sync(x)
    if type(x.tangent_) is not Node or not plain_double(x.value_):
        return None
    if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> x.value_):
        return None
    value = x.value_.reshape(shape)
    node = <Node> x.tangent_
    node = node_new(map_new(Reshape, (node.shape,), (<object> value).shape), (node,), (<object> value).shape)
    return recorded_array(value, node, x.tag_, x, "reshape")


cdef object record_transpose(object xo):
    """A recorded array with its axes in reverse order, as a view."""
    cdef DualArray x = <DualArray> xo
    cdef Node node
    cdef MapBase m
    sync(x)
    if type(x.tangent_) is not Node or not plain_double(x.value_):
        return None
    value = x.value_.T
    node = <Node> x.tangent_
    m = map_new(Permute, (node.shape,), (<object> value).shape)
    m.axes = tuple(range(cnp.PyArray_NDIM(<cnp.ndarray> x.value_) - 1, -1, -1))
    return recorded_array(value, node_new(m, (node,), m.out_shape), x.tag_, x, "T")


cdef object record_concatenate(object arrays, object axis):
    """np.concatenate of recorded float64 arrays and constants."""
    cdef list values = [], nodes = [], shapes = []
    cdef DualArray x
    cdef long long tag = -1
    cdef int nd = -1, ax
    cdef MapBase m
    if type(arrays) is not list and type(arrays) is not tuple or type(axis) is not int:
        return None
    for a in arrays:
        if type(a) is DualArray:
            x = <DualArray> a
            sync(x)
            if not plain_double(x.value_) or x.tangent_ is not None and (
                    type(x.tangent_) is not Node or tag >= 0 and x.tag_ != tag):
                return None
            if x.tangent_ is not None:
                tag = x.tag_
            values.append(x.value_)
            nodes.append(x.tangent_)
        elif plain_double(a):
            values.append(a)
            nodes.append(None)
        else:
            return None
        nd = cnp.PyArray_NDIM(<cnp.ndarray> values[0])
        shapes.append((<object> values[len(values) - 1]).shape)
    ax = axis
    if ax < 0:
        ax += nd
    if tag < 0 or ax < 0 or ax >= nd:
        return None
    value = np_concatenate(values, ax)
    m = map_new(Concatenate, tuple(shapes), (<object> value).shape)
    m.axis = ax
    return recorded_array(value, node_new(m, tuple(nodes), m.out_shape), tag, None, None)


cdef object record_product(object a, object b, object function):
    """matmul or dot of recorded vectors and matrices, and of constant ones."""
    cdef list values = [a, b], nodes = [None, None]
    cdef long long tag = -1
    cdef DualArray x
    cdef MapBase m
    cdef int i, nd
    for i in range(2):
        o = values[i]
        if type(o) is DualArray:
            x = <DualArray> o
            sync(x)
            if x.tangent_ is not None:
                if type(x.tangent_) is not Node or tag >= 0 and tag != x.tag_:
                    return None
                tag = x.tag_
                nodes[i] = x.tangent_
            values[i] = x.value_
        if not plain_double(values[i]):
            return None
        nd = cnp.PyArray_NDIM(<cnp.ndarray> values[i])
        if nd < 1 or nd > 2:
            return None
    if tag < 0:
        return None
    value = function(values[0], values[1])
    m = map_new(MatMul, ((<object> values[0]).shape, (<object> values[1]).shape), getattr(value, "shape", no_shape))
    # a factor is kept only where the other one varies
    m.a = kept(a) if nodes[1] is not None else None
    m.b = kept(b) if nodes[0] is not None else None
    return make(value, node_new(m, (nodes[0], nodes[1]), m.out_shape), tag)


# ---- the walk back --------------------------------------------------------------------------------------

def arrange(list order):
    """For each node of a list the places of its parents in that list (None: not there)."""
    cdef Node node, parent
    cdef Py_ssize_t i, n = len(order)
    cdef list places = [], mine
    for i in range(n):
        (<Node> order[i]).place = i
    for i in range(n):
        node = <Node> order[i]
        mine = []
        for p in node.parents:
            parent = <Node> p if type(p) is Node else None
            if parent is not None and 0 <= parent.place < n and order[parent.place] is parent:
                mine.append(parent.place)
            else:
                mine.append(None)
        places.append(mine)
    return places


cdef int weighted(cnp.ndarray target, object d, cnp.ndarray w, bint add) except -1:
    """target = (or +=) d * w, over w's shape (k, *out); a zero of either stays zero.

    The target (k, *in) and a partial d broadcast to it, so an adding run sums over what the target lacks.
    """
    cdef dd_step s
    cdef cnp.ndarray c
    cdef int nd = cnp.PyArray_NDIM(w), lead, i
    cdef dd_term *term = &s.term[0]
    s.nd = nd
    s.nterms = 1
    s.add = add
    lead = nd - cnp.PyArray_NDIM(target)
    for i in range(nd):
        s.dims[i] = cnp.PyArray_DIM(w, i)
        term.ts[i] = cnp.PyArray_STRIDE(w, i)
        term.cs[i] = 0
        s.os[i] = 0
        if i == 0:
            s.os[0] = cnp.PyArray_STRIDE(target, 0)
        elif i > lead and cnp.PyArray_DIM(target, i - lead) == s.dims[i]:
            s.os[i] = cnp.PyArray_STRIDE(target, i - lead)
    s.o = cnp.PyArray_BYTES(target)
    term.t = cnp.PyArray_BYTES(w)
    term.c = NULL
    term.number = 1.0
    term.finite = 0
    term.both = 1
    if cnp.PyArray_CheckExact(d):
        c = <cnp.ndarray> d
        lead = nd - cnp.PyArray_NDIM(c)
        for i in range(lead, nd):
            if cnp.PyArray_DIM(c, i - lead) == s.dims[i]:
                term.cs[i] = cnp.PyArray_STRIDE(c, i - lead)
        term.c = cnp.PyArray_BYTES(c)
    else:
        term.number = d
        term.finite = isfinite(term.number) and term.number != 0
    dd_step_prepare(&s)
    if cnp.PyArray_SIZE(w) > 15000:
        with nogil:
            dd_step_run(&s)
    else:
        dd_step_run(&s)
    return 0


cdef bint broadcasts(cnp.ndarray a, int skip, cnp.ndarray w) noexcept:
    """Whether an array's axes from `skip` on fit those of w after the directions."""
    cdef int i, n = cnp.PyArray_NDIM(a) - skip, lead = cnp.PyArray_NDIM(w) - n
    if lead < 1:
        return False
    for i in range(n):
        if cnp.PyArray_DIM(a, i + skip) != 1 and cnp.PyArray_DIM(a, i + skip) != cnp.PyArray_DIM(w, i + lead):
            return False
    return True


cdef bint plain_stack(object w) noexcept:
    return plain_double(w) and 1 <= cnp.PyArray_NDIM(<cnp.ndarray> w) <= 24


cdef bint shape_is(cnp.ndarray w, object shape):
    """Whether w is (k, *shape)."""
    cdef tuple dims = <tuple> shape
    cdef int i, n = len(dims)
    if cnp.PyArray_NDIM(w) != n + 1:
        return False
    for i in range(n):
        if cnp.PyArray_DIM(w, i + 1) != <Py_ssize_t> dims[i]:
            return False
    return True


cdef cnp.ndarray stack_new(cnp.npy_intp k, object shape, bint zero):
    cdef cnp.npy_intp dims[64]
    cdef tuple parts = <tuple> shape
    cdef int i, n = len(parts)
    cdef cnp.ndarray a
    dims[0] = k
    for i in range(n):
        dims[i + 1] = parts[i]
    a = dd_array(n + 1, dims, cnp.NPY_DOUBLE)
    if zero:
        memset(cnp.PyArray_DATA(a), 0, cnp.PyArray_NBYTES(a))
    return a


@cython.final
cdef class Waiting:
    """The cotangents that wait at the nodes of one walk, and which arrays are the walk's own to write to."""

    cdef list w
    cdef bytearray own

    cdef int give(self, Py_ssize_t p, object w, bint own) except -1:
        """w more for node p.  own: nobody else holds w."""
        cdef object old = self.w[p]
        if old is None:
            self.w[p] = w
            self.own[p] = own
        elif (self.own[p] and plain_stack(old) and plain_stack(w)
                and cnp.PyArray_SAMESHAPE(<cnp.ndarray> old, <cnp.ndarray> w)):
            weighted(<cnp.ndarray> old, 1.0, <cnp.ndarray> w, True)
        else:
            self.w[p] = old + w
            self.own[p] = type(self.w[p]) is np.ndarray
        return 0

    cdef cnp.ndarray place(self, Py_ssize_t p, cnp.npy_intp k, object shape, bint zero, bint *fresh):
        """An own array to add to at node p; fresh: it is new (zeros, if asked).  None: not a plain one."""
        cdef object old = self.w[p]
        cdef cnp.ndarray a
        fresh[0] = old is None
        if old is not None:
            if not plain_stack(old) or not shape_is(<cnp.ndarray> old, shape):
                return None
            if self.own[p]:
                return <cnp.ndarray> old
            a = stack_new(k, shape, False)
            cnp.PyArray_CopyInto(a, <cnp.ndarray> old)
        else:
            a = stack_new(k, shape, zero)
        self.w[p] = a
        self.own[p] = True
        return a


def walk_back(list order, list places, list ends, bytearray wanted):
    """Pulls cotangents back along the maps of a recording, the last first.

    Parameters
    ----------
    order : list of Node
        Each after its parents.
    places : list
        `arrange(order)`.
    ends : list
        The cotangent (k, *shape) that each node starts with, or None; it is used up.
    wanted : bytearray
        1 for each node whose cotangent is asked for.

    Returns
    -------
    list
        The cotangent of each wanted node that has one, None elsewhere.
    """
    cdef Waiting waiting = Waiting.__new__(Waiting)
    cdef Node node
    cdef Py_ssize_t i, j
    cdef list mine
    cdef bint own, done
    cdef object map, w
    waiting.w = ends
    waiting.own = bytearray(len(order))
    for i in range(len(order) - 1, -1, -1):
        node = <Node> order[i]
        map = node.map
        w = waiting.w[i]
        if w is None or map is None:
            continue
        own = waiting.own[i] and not wanted[i]
        if not wanted[i]:
            waiting.w[i] = None
        mine = <list> places[i]
        done = False
        if plain_stack(w) and isinstance(map, MapBase) and shape_is(<cnp.ndarray> w, (<MapBase> map).out_shape):
            done = transposed(waiting, node, map, mine, <cnp.ndarray> w, own)
        if not done:
            for j in range(len(mine)):
                if mine[j] is not None:
                    waiting.give(mine[j], map.transpose(w, j), False)
    return waiting.w


cdef bint transposed(Waiting waiting, Node node, MapBase map, list places, cnp.ndarray w, bint own) except -1:
    """The transposes of the frequent maps, on a plain stack; False where the map must do it itself."""
    cdef object kind = type(map)
    if kind is Elementwise:
        return back_elementwise(waiting, <ElementwiseBase> map, places, w, own)
    for dtype in map.in_dtypes:
        if dtype is not FLOAT:
            return False
    if kind is Index:
        return back_index(waiting, map, places, w)
    if kind is SetIndex:
        return back_write(waiting, map, map.key, places, w, own)
    if kind is SetView:
        return type(map.view) is Index and back_write(waiting, map, map.view.key, places, w, own)
    if kind is Sum:
        return back_sum(waiting, map, places, w)
    if kind is Reshape:
        waiting.give(places[0], w.reshape((cnp.PyArray_DIM(w, 0),) + map.in_shapes[0]), own)
        return True
    return False


cdef bint back_elementwise(Waiting waiting, ElementwiseBase map, list places, cnp.ndarray w, bint own) except -1:
    cdef Py_ssize_t j, n = len(places)
    cdef object d, shape
    cdef cnp.ndarray target, product
    cdef bint fresh, same, given = False
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0)
    for j in range(n):
        if places[j] is None or map.partials[j] is None:
            continue
        d = map.partials[j]
        if map.in_dtypes[j] is not FLOAT or not (
                PyFloat_Check(d) or type(d) is int or plain_double(d) and broadcasts(<cnp.ndarray> d, 0, w)):
            return False
    for j in range(n):
        d = map.partials[j]
        if places[j] is None or d is None:
            continue
        shape = map.in_shapes[j]
        same = shape_is(w, shape)
        if same and PyFloat_CheckExact(d) and PyFloat_AS_DOUBLE(d) == 1.0:
            # w itself, which is the parent's own if nobody else got or needs it
            waiting.give(places[j], w, own and not given and j == n - 1)
            given = True
            continue
        target = waiting.place(places[j], k, shape, not same, &fresh)
        if target is None or not broadcasts(target, 1, w):
            waiting.give(places[j], map.transpose(w, j), False)
        elif same or cnp.PyArray_SIZE(w) < 2048 * max(cnp.PyArray_SIZE(target), 1):
            weighted(target, d, w, not (fresh and same))
        else:       # a long sum: pairwise, by NumPy
            product = stack_new(k, map.out_shape, False)
            weighted(product, d, w, False)
            waiting.give(places[j], unbroadcast_like(product, target), False)
    return True


cdef object unbroadcast_like(cnp.ndarray product, cnp.ndarray target):
    """The sum of a product (k, *out) over what a target (k, *in) lacks."""
    cdef int lead = cnp.PyArray_NDIM(product) - cnp.PyArray_NDIM(target), i
    cdef object w = np_add_reduce(product, tuple(range(1, 1 + lead))) if lead else product
    axes = tuple([i for i in range(1, cnp.PyArray_NDIM(target))
                  if cnp.PyArray_DIM(target, i) == 1 and w.shape[i] != 1])
    return np_add_reduce(w, axes, None, None, True) if axes else w


cdef bint back_index(Waiting waiting, MapBase map, list places, cnp.ndarray w) except -1:
    cdef cnp.ndarray target
    cdef bint fresh
    cdef object key = map.key, part
    if not is_basic(key):
        return False
    if places[0] is None:
        return True
    target = waiting.place(places[0], cnp.PyArray_DIM(w, 0), map.in_shapes[0], True, &fresh)
    if target is None:
        return False
    part = part_of(target, key)
    weighted(<cnp.ndarray> part, 1.0, w, not fresh)
    return True


cdef bint back_write(Waiting waiting, MapBase map, object key, list places, cnp.ndarray w, bint own) except -1:
    """x[key] = y: y receives the part, x the rest."""
    cdef cnp.ndarray part, copy
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0)
    if not is_basic(key):
        return False
    part = part_of(w, key)
    if places[1] is not None:
        if shape_is(part, map.in_shapes[1]):
            if places[0] is None:
                waiting.give(places[1], part, False)
            else:
                copy = stack_new(k, map.in_shapes[1], False)
                cnp.PyArray_CopyInto(copy, part)
                waiting.give(places[1], copy, True)
        else:
            waiting.give(places[1], map.transpose(w, 1), False)
            own = False         # that may be a view of w
    if places[0] is not None:
        if not own:
            copy = stack_new(k, map.in_shapes[0], False)
            cnp.PyArray_CopyInto(copy, w)
            w = copy
            part = part_of(w, key)
        (<object> part)[...] = 0.0
        waiting.give(places[0], w, True)
    return True


cdef bint back_sum(Waiting waiting, MapBase map, list places, cnp.ndarray w) except -1:
    """A sum: the same cotangent for every element, as a view that repeats it."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef tuple shape = map.in_shapes[0], axes = map.axes
    cdef int i, n = len(shape), at = 1
    cdef bint keep = map.keepdims
    dims[0] = cnp.PyArray_DIM(w, 0)
    strides[0] = cnp.PyArray_STRIDE(w, 0)
    for i in range(n):
        dims[i + 1] = shape[i]
        strides[i + 1] = 0
        if i in axes:
            at += keep
        else:
            strides[i + 1] = cnp.PyArray_STRIDE(w, at)
            at += 1
    waiting.give(places[0], dd_strided(w, n + 1, dims, strides, cnp.PyArray_BYTES(w), 0), False)
    return True


def is_whole(w):
    """Whether an array has memory of its own (not a view of another's)."""
    if not cnp.PyArray_CheckExact(w):
        return False
    base = (<object> w).base
    return base is None or PyCapsule_IsValid(base, NULL)
