# node.pxi: what a recording consists of.
#
# A `Node` is one recorded operation: a code, the nodes it was applied to, and what it keeps (partials, an index,
# factors).  Its linear map, an object of maps/, is made where somebody asks for it; the walks along a
# recording (_tape.pyx) do without one for the frequent operations.
#
# Invariants: what a node keeps cannot change any more: it is a copy, or its owner is marked as shared.  A node that
# keeps numbers and indices only, as do all nodes it came from, is not tracked by the garbage collector: it cannot be
# part of a cycle.  Included by _core.pyx.

cdef extern from "record.h":
    object dd_new_instance(object)

cdef extern from "Python.h":
    void PyObject_GC_UnTrack(PyObject *)
    void PyObject_GC_Track(PyObject *)
    int PyObject_GC_IsTracked(PyObject *)
    Py_ssize_t Py_REFCNT(PyObject *)

cdef object FLOAT = np.dtype(np.float64)
cdef object FLOAT32 = np.dtype(np.float32)
cdef object np_float64 = np.float64
cdef object np_float32 = np.float32
cdef object np_errstate = np.errstate
cdef tuple no_shape = ()
cdef long long births = 0

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

    def __init__(self, partials, inputs, output, both=None):
        MapBase.__init__(self, inputs, output)
        self.rule = None
        self.partials = partials
        self.both = both or (False,) * len(partials)


# ---- nodes ----------------------------------------------------------------------------------------------

@cython.final
@cython.no_gc
@cython.freelist(64)
cdef class Bend:
    """The second partials d2/dx2, d2/dxdy, d2/dy2 of a recorded rule: an array, or where there is none a number."""


@cython.final
@cython.no_gc_clear         # a cycle has a map, which is cleared; an ENTRY node must know its run until it goes
@cython.freelist(64)
cdef class Node:
    """An element of the Recorded space: map applied to parents, or (map None) an input or zero.

    Parameters
    ----------
    map : LinearMap or None
    parents : tuple of Node or None
        None where an argument of the map is constant.
    shape, dtype
        Of the tangent, without a directions axis.
    """

    def __init__(self, map, parents, shape, dtype):
        global births
        if map is None:
            close_open_run()        # its number may be asked for: what is older than it
        for p in parents:
            if p is not None and type(p) is not Node:
                raise TypeError(f"the parents of a node are nodes, got {type(p).__name__}")
            if p is not None:
                self.owner |= (<Node> p).owner
        self.rest = map
        self.more = tuple(parents)
        self.shape = shape
        self.type_number = (<cnp.dtype> np.dtype(dtype)).type_num
        self.born = births
        births += 1
        self.rule = -1
        self.op = OTHER
        if map is not None:
            recognise(self, map)
            recorded(self)
        elif not self.more:
            PyObject_GC_UnTrack(<PyObject *> self)

    def __dealloc__(self):
        if self.op == ENTRY:
            forget_entry(self)
        let_window_go(self)
        let_go(self)
        forget(self, 0)
        forget(self, 1)

    @property
    def dtype(self):
        """The type of the tangent's elements."""
        return (FLOAT if self.type_number == cnp.NPY_DOUBLE else FLOAT32 if self.type_number == cnp.NPY_FLOAT
                else cnp.PyArray_DescrFromType(self.type_number))

    @property
    def parents(self):
        """The nodes that it was applied to; None where an argument is constant."""
        if self.flags & STUB:
            raise let_go_of()
        if self.op == ENTRY or self.op == RUN:
            unfold(self)
        if self.op == RUN:
            return tuple((<Entries> self.rest).nodes)
        if self.more is not None:
            return self.more
        return (self.first,) if self.arity == 1 else (self.first, self.second)

    @property
    def map(self):
        """The linear map."""
        if self.flags & STUB:
            raise let_go_of()
        if self.op == OTHER:
            return self.rest
        if self.op == ENTRY:
            unfold(self)
        if type(self.rest) is Bend or self.op == RUN:
            return map_of(self)
        if self.rest is None:
            self.rest = map_of(self)
        return self.rest

    @property
    def scales(self):
        """Of a product with a tangent of a call further in: which factors are tangents (1: the second, 2: the first)."""
        return self.flags >> 3 & 3

    @scales.setter
    def scales(self, int which):
        self.flags = self.flags & ~(SCALES | SCALED) | which << 3

    @map.setter
    def map(self, map):
        self.more = self.parents
        self.first = self.second = None
        forget(self, 0)
        forget(self, 1)
        self.op = OTHER
        self.rest = map


cdef object let_go_of():
    return errors.MemoryLimitError(
        "something inside the function reads its recording (a root, an integral, a sparse pattern, a kink), of which the "
        "beginning was let go, as it takes more than memory_limit; give a larger one, or put dualdiff.checkpoint around "
        "parts of the function so that there is less to keep"
    )


cdef PyObject **doomed = NULL       # parents of nodes that are being freed, owned
cdef Py_ssize_t n_doomed = 0, room_doomed = 0
cdef bint freeing = False


cdef bint doom(PyObject *x) noexcept:
    """Takes over what nobody else holds; whether it did."""
    global doomed, n_doomed, room_doomed
    cdef PyObject **more
    if x == <PyObject *> None or Py_REFCNT(x) != 1:
        return False
    if n_doomed == room_doomed:
        more = <PyObject **> realloc(doomed, 2 * (room_doomed + 32) * sizeof(PyObject *))
        if more == NULL:
            return False
        doomed, room_doomed = more, 2 * (room_doomed + 32)
    Py_INCREF(<object> x)
    doomed[n_doomed] = x
    n_doomed += 1
    return True


cdef void let_go(Node node) noexcept:
    """Frees the parents that nobody else holds, one after the other: a long recording is a deep structure."""
    global freeing, n_doomed
    if doom(<PyObject *> node.first):
        node.first = None
    if doom(<PyObject *> node.second):
        node.second = None
    if doom(<PyObject *> node.more):
        node.more = None
    if freeing:
        return
    freeing = True
    while n_doomed:
        n_doomed -= 1
        Py_XDECREF(doomed[n_doomed])
    freeing = False


cdef inline Node node_new(int op, int arity, Node first, Node second, object shape, object dtype):
    """A node of a frequent operation; the caller fills in what it keeps."""
    global births
    cdef Node node = Node.__new__(Node)
    node.op = op
    node.arity = arity
    node.first = first
    node.second = second
    node.shape = shape
    node.type_number = (<cnp.dtype> dtype).type_num
    node.rule = -1
    node.born = births
    births += 1
    if first is not None:
        node.owner = first.owner
    if second is not None:
        node.owner |= second.owner
    if ((first is None or not PyObject_GC_IsTracked(<PyObject *> first))
            and (second is None or not PyObject_GC_IsTracked(<PyObject *> second))):
        PyObject_GC_UnTrack(<PyObject *> node)
    return node


cdef object shared_shape(cnp.ndarray v, Node first, Node second):
    """The shape of an array; the same tuple as a parent has, where that is equal: it is 48 bytes."""
    cdef int i, k, n = cnp.PyArray_NDIM(v)
    cdef tuple shape
    cdef Node parent
    for k in range(2):
        parent = second if k else first
        if parent is None:
            continue
        shape = <tuple> parent.shape
        if len(shape) != n:
            continue
        for i in range(n):
            if <Py_ssize_t> shape[i] != cnp.PyArray_DIM(v, i):
                break
        else:
            return shape
    return (<object> v).shape


cdef Node zero_node(object shape, object dtype):
    cdef Node node = node_new(OTHER, 0, None, None, shape, dtype)
    node.more = no_shape
    return node


# ---- nodes and maps -------------------------------------------------------------------------------------

Elementwise = Index = Reshape = SetView = None
cdef object SetIndex = None, Sum = None, Permute = None, Concatenate = None, MatMul = None, Broadcast = None
cdef object Where = None, Stacked = None


def install_maps(elementwise, index, set_index, set_view, sum, reshape, permute, concatenate, matmul, broadcast, where,
                 stacked):
    """Tells the core the classes of the maps that it makes (called once, by maps)."""
    global Elementwise, Index, SetIndex, SetView, Sum, Reshape, Permute, Concatenate, MatMul, Broadcast, Where, Stacked
    Elementwise, Index, SetIndex, SetView = elementwise, index, set_index, set_view
    Sum, Reshape, Permute, Concatenate, MatMul, Broadcast = sum, reshape, permute, concatenate, matmul, broadcast
    Where, Stacked = where, stacked


cdef int recognise(Node node, object map) except -1:
    """Reads a map of a frequent kind into its node."""
    cdef object kind = type(map), d
    cdef ElementwiseBase e
    cdef Py_ssize_t i, n = len(node.more)
    if kind is Elementwise and n <= 2:
        e = <ElementwiseBase> map
        for i in range(n):
            d = e.partials[i]
            if not (d is None or PyFloat_Check(d) or type(d) is int or plain_real(d)) or e.both[i] != e.both[0]:
                return 0
        if n and e.both[0]:
            node.flags = SELECTS
        for i in range(n):
            d = e.partials[i]
            if PyFloat_Check(d) or type(d) is int:
                keep_number(node, i, d)
            else:
                keep(node, i, d)
        node.op = RULE
    elif kind is Index:
        if is_places(map.key) and len(<tuple> map.in_shapes[0]):
            node.op = GATHER
        elif is_basic(map.key):
            node.op = INDEX
        else:
            return 0
        keep(node, 0, map.key)
    elif kind is SetIndex:
        if not is_basic(map.key):
            return 0
        node.op = WRITE
        keep(node, 0, map.key)
    elif kind is SetView:
        if type(map.view) is not Index or not is_basic(map.view.key):
            return 0
        node.op = WRITE_VIEW
        keep(node, 0, map.view.key)
    elif kind is Sum:
        node.op = SUM
        keep(node, 0, map.axes)
        keep(node, 1, map.keepdims)
    elif kind is Reshape:
        node.op = RESHAPE
    elif kind is Broadcast:
        node.op = BROADCAST
    elif kind is Permute:
        node.op = PERMUTE
        keep(node, 0, map.axes)
    elif kind is Concatenate:
        node.op = JOIN
        keep(node, 0, map.axis)
        keep(node, 1, map.in_shapes)
    elif kind is Stacked:
        node.op = STACKED
    elif kind is Where:
        if not cnp.PyArray_CheckExact(map.mask) or cnp.PyArray_TYPE(<cnp.ndarray> map.mask) != cnp.NPY_BOOL:
            return 0
        node.op = SELECT
        keep(node, 0, map.mask)
    elif kind is MatMul:
        for d in (map.a, map.b):
            if not (d is None or plain_real(d) and 1 <= cnp.PyArray_NDIM(<cnp.ndarray> d) <= 2):
                return 0
        for d in map.in_shapes:
            if not 1 <= len(d) <= 2:
                return 0
        node.op = PRODUCT
        keep(node, 0, map.a)
        keep(node, 1, map.b)
    else:
        return 0
    if node.op != JOIN and node.op != STACKED:
        node.arity = n
        node.first = <Node> node.more[0]
        if n == 2:
            node.second = <Node> node.more[1]
        node.more = None
        if ((node.first is None or not PyObject_GC_IsTracked(<PyObject *> node.first))
                and (node.second is None or not PyObject_GC_IsTracked(<PyObject *> node.second))):
            PyObject_GC_UnTrack(<PyObject *> node)
    return 0


cdef object map_of(Node node):
    """The linear map of a frequent operation, as functions/ would make it."""
    cdef int op = node.op
    cdef MapBase m
    cdef ElementwiseBase e
    cdef int i
    cdef tuple parents = node.parents
    cdef list shapes = [no_shape if p is None else (<Node> p).shape for p in parents]
    kind = (Elementwise if op == RULE else Index if op == INDEX or op == GATHER else SetIndex if op == WRITE else
            SetView if op == WRITE_VIEW else Sum if op == SUM else Reshape if op == RESHAPE else
            Permute if op == PERMUTE else Concatenate if op == JOIN else MatMul if op == PRODUCT else
            Where if op == SELECT else Stacked if op == STACKED or op == RUN else Broadcast)
    if op == JOIN:
        shapes = list(kept_of(node, 1))
    elif op == PRODUCT:
        if node.first is None:
            shapes[0] = kept_of(node, 0).shape
        if node.second is None:
            shapes[1] = kept_of(node, 1).shape
    elif op == SELECT:
        for i in range(2):      # of a constant it is enough to know what it broadcasts to
            if parents[i] is None:
                shapes[i] = node.shape
    m = <MapBase> dd_new_instance(kind)
    m.in_shapes = tuple(shapes)
    m.in_dtypes = tuple([node.dtype if p is None else (<Node> p).dtype for p in parents])
    m.out_shape = node.shape
    m.out_dtype = node.dtype
    if op == RULE:
        e = <ElementwiseBase> m
        partials = [number_of(node, 0) if holds_number(node, 0) else kept_of(node, 0)]
        if node.arity == 2:
            partials.append(number_of(node, 1) if holds_number(node, 1) else kept_of(node, 1))
        e.partials = tuple(partials)
        e.both = (bool(node.flags & SELECTS),) * node.arity
        e.rule = rule_name[node.rule] if node.rule >= 0 else None
    elif op == INDEX or op == GATHER or op == WRITE:
        m.key = kept_of(node, 0)
    elif op == SELECT:
        m.mask = kept_of(node, 0)
    elif op == WRITE_VIEW:
        how = <MapBase> dd_new_instance(Index)
        how.in_shapes = (node.shape,)
        how.in_dtypes = (node.dtype,)
        how.out_shape = kept_of(node, 1)
        how.out_dtype = node.dtype
        how.key = kept_of(node, 0)
        m.view = how
    elif op == SUM:
        m.axes = kept_of(node, 0)
        m.keepdims = kept_of(node, 1)
    elif op == PERMUTE:
        m.axes = kept_of(node, 0)
    elif op == JOIN:
        m.axis = kept_of(node, 0)
    elif op == PRODUCT:
        m.a = kept_of(node, 0)
        m.b = kept_of(node, 1)
    return m


cdef inline bint is_gone(Node node) noexcept:
    """Whether a node, or the run that it is a number of, has let go of what it kept."""
    return node.flags & STUB or node.op == ENTRY and node.first.flags & STUB


def mark_scaled(x, bint second, bint first):
    """Notes that x is a product of which a factor is a tangent of a call further in (`scale` in maps/elementwise.py)."""
    cdef Node node
    cdef ElementwiseBase e
    while type(x) is DualArray or type(x) is Dual:
        if type(x.tangents) is Node and not is_gone(<Node> x.tangents):
            node = <Node> x.tangents
            if len(node.parents) == 1:      # the other factor is a constant here
                node.flags |= SCALES
            else:
                node.flags |= (SCALES if second else 0) | (SCALED if first else 0)
            if node.op == RULE:
                node.flags |= SELECTS
            if isinstance(node.rest, ElementwiseBase):
                e = <ElementwiseBase> node.rest
                e.both = (True,) * len(e.partials)
        x = x.value


# ---- constants --------------------------------------------------------------------------------------------

cdef list copies = [None] * 64      # the last copies of constants, by the address of the original
cdef unsigned char copied[64]       # the places in it that hold one
cdef int n_copied = 0


def constant_copy(cnp.ndarray v):
    """A copy of an array that a recording keeps; the one that was made before, where the numbers are still the same."""
    global n_copied
    cdef Py_ssize_t at = (<Py_ssize_t> cnp.PyArray_DATA(v) >> 4) % 61
    cdef cnp.ndarray c
    cdef object old = copies[at]
    if not cnp.PyArray_IS_C_CONTIGUOUS(v) or not plain_real(v):
        return v.copy()
    if (old is not None and cnp.PyArray_SAMESHAPE(<cnp.ndarray> old, v)
            and cnp.PyArray_TYPE(<cnp.ndarray> old) == cnp.PyArray_TYPE(v)
            and memcmp(cnp.PyArray_DATA(<cnp.ndarray> old), cnp.PyArray_DATA(v), cnp.PyArray_NBYTES(v)) == 0):
        return old
    c = dd_array(cnp.PyArray_NDIM(v), cnp.PyArray_DIMS(v), cnp.PyArray_TYPE(v))
    memcpy(cnp.PyArray_DATA(c), cnp.PyArray_DATA(v), cnp.PyArray_NBYTES(v))
    if old is None:
        copied[n_copied] = at
        n_copied += 1
    copies[at] = c
    return c


cdef int let_copies_go() except -1:
    global n_copied
    while n_copied:
        n_copied -= 1
        copies[copied[n_copied]] = None
    return 0


def forget_copies():
    """Lets go of the copies of constants that only `constant_copy` still holds (a recording is complete)."""
    let_copies_go()


cdef object float_type(int type_):
    return FLOAT if type_ == cnp.NPY_DOUBLE else FLOAT32
