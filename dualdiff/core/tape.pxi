# tape.pxi: what a recording consists of, and the walk back along it.
#
# A `Node` is one recorded operation: a code, the nodes it was applied to, and what it keeps (partials, an index,
# factors).  Its linear map, an object of maps/, is made where somebody asks for it; the frequent operations are pulled
# back without one.  A `Tape` is the nodes that a result depends on, each after its parents, with their parents' places.
#
# Invariants: what a node keeps cannot change any more: it is a copy, or its owner is marked as shared.  A node that
# keeps numbers and indices only, as do all nodes it came from, is not tracked by the garbage collector: it cannot be
# part of a cycle.  Included by _core.pyx.

cdef extern from "pull.h" nogil:
    ctypedef struct dd_pull:
        int nd, add, type
        cnp.npy_intp dims[32]
        cnp.npy_intp os[32]
        cnp.npy_intp cs[32]
        cnp.npy_intp ws[32]
        char *o
        char *c
        char *w
        double number
    void dd_pull_run(dd_pull *)
    void dd_pull_product(int, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, char *, cnp.npy_intp *, char *, cnp.npy_intp *,
                         char *, cnp.npy_intp *)
    int pull_finite_d(cnp.npy_intp, double *)
    int pull_finite_f(cnp.npy_intp, float *)
    double dd_both_d(double, double, uint64_t *)

cdef extern from "record.h":
    object dd_new_instance(object)
    object dd_strided(cnp.ndarray, int, cnp.npy_intp *, cnp.npy_intp *, char *, int)

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


# ---- nodes ----------------------------------------------------------------------------------------------

@cython.final
@cython.no_gc
@cython.freelist(64)
cdef class Bend:
    """The second partials d2/dx2, d2/dxdy, d2/dy2 of a recorded rule: an array, or where there is none a number."""

    cdef object e0, e1, e2
    cdef double h[3]


cdef enum:
    OTHER = 0           # its map says what it is; no map: an input, or zero
    RULE = 1            # a sum of partials times tangents
    INDEX = 2           # x[key]
    WRITE = 3           # x after x[key] = y
    WRITE_VIEW = 4      # x after its view x[key] was overwritten with y
    SUM = 5
    RESHAPE = 6
    PERMUTE = 7
    JOIN = 8            # np.concatenate
    PRODUCT = 9         # np.matmul of vectors and matrices
    BROADCAST = 10

cdef enum:
    NUMBER_0 = 1        # the first thing that it keeps is a number: the partial of its first parent
    NUMBER_1 = 2        # the second is one
    SELECTS = 4         # where the partial is 0 nothing comes through
    SCALES = 8          # a product whose second factor is a tangent: its 0 is no perturbation unless something reaches it
    SCALED = 16         # the first is one


ctypedef union Kept:
    PyObject *object    # owned; NULL: nothing
    double number       # where a flag of the node says so


@cython.final
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

    cdef object rest            # its map, where op does not say it or where it was asked for; or a rule's `Bend`
    cdef Node first, second     # parents, of an operation with at most two
    cdef tuple more             # parents, otherwise
    cdef Kept k0, k1            # what it keeps (`kept_of`, `number_of`): partials; key; axes; factors
    cdef public object shape
    cdef readonly long long born        # nodes are numbered in the order in which they were recorded
    cdef long long place                # scratch of `collect` and of `Tape`
    cdef short rule
    cdef signed char type_number        # NumPy's, of its dtype
    cdef unsigned char op, flags, arity
    cdef unsigned char owner            # the number of the `Window` that it belongs to (window.pxi); 0: of none

    def __init__(self, map, parents, shape, dtype):
        global births
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
        if type(self.rest) is Bend:
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


cdef inline bint holds_number(Node node, int i) noexcept:
    """Whether the first (i = 0) or second thing that a node keeps is a number."""
    return node.flags & NUMBER_0 << i != 0


cdef inline double number_of(Node node, int i) noexcept:
    """That number; 0 where it is none."""
    return 0.0 if not holds_number(node, i) else node.k1.number if i else node.k0.number


cdef inline object kept_of(Node node, int i):
    """The first or second object that a node keeps; None where that is nothing, or a number."""
    cdef PyObject *found = node.k1.object if i else node.k0.object
    return None if found == NULL or holds_number(node, i) else <object> found


cdef inline void forget(Node node, int i) noexcept:
    """Lets go of it."""
    cdef Kept *place = &node.k1 if i else &node.k0
    cdef PyObject *old = NULL if holds_number(node, i) else place.object
    place.object = NULL
    node.flags &= ~(NUMBER_0 << i)
    Py_XDECREF(old)


cdef inline void keep(Node node, int i, object x) noexcept:
    """An object, or None, in its place."""
    forget(node, i)
    if x is not None:
        Py_INCREF(x)
        if i:
            node.k1.object = <PyObject *> x
        else:
            node.k0.object = <PyObject *> x


cdef inline void keep_number(Node node, int i, double x) noexcept:
    """A number in its place."""
    forget(node, i)
    node.flags |= NUMBER_0 << i
    if i:
        node.k1.number = x
    else:
        node.k0.number = x


cdef inline Bend bend_of(Node node):
    """The second partials of a rule; None: it is linear, or the recording is not of second order."""
    return <Bend> node.rest if type(node.rest) is Bend else None


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

cdef object Elementwise = None, Index = None, SetIndex = None, SetView = None, Sum = None, Reshape = None
cdef object Permute = None, Concatenate = None, MatMul = None, Broadcast = None


def install_maps(elementwise, index, set_index, set_view, sum, reshape, permute, concatenate, matmul, broadcast):
    """Tells the core the classes of the maps that it makes (called once, by maps)."""
    global Elementwise, Index, SetIndex, SetView, Sum, Reshape, Permute, Concatenate, MatMul, Broadcast
    Elementwise, Index, SetIndex, SetView = elementwise, index, set_index, set_view
    Sum, Reshape, Permute, Concatenate, MatMul, Broadcast = sum, reshape, permute, concatenate, matmul, broadcast


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
        if not is_basic(map.key):
            return 0
        node.op = INDEX
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
    if node.op != JOIN:
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
    cdef tuple parents = node.parents
    cdef list shapes = [no_shape if p is None else (<Node> p).shape for p in parents]
    kind = (Elementwise if op == RULE else Index if op == INDEX else SetIndex if op == WRITE else
            SetView if op == WRITE_VIEW else Sum if op == SUM else Reshape if op == RESHAPE else
            Permute if op == PERMUTE else Concatenate if op == JOIN else MatMul if op == PRODUCT else Broadcast)
    if op == JOIN:
        shapes = list(kept_of(node, 1))
    elif op == PRODUCT:
        if node.first is None:
            shapes[0] = kept_of(node, 0).shape
        if node.second is None:
            shapes[1] = kept_of(node, 1).shape
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
    elif op == INDEX or op == WRITE:
        m.key = kept_of(node, 0)
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


def mark_scaled(x, bint second, bint first):
    """Notes that x is a product of which a factor is a tangent of a call further in (`scale` in maps/elementwise.py)."""
    cdef Node node
    cdef ElementwiseBase e
    while type(x) is DualArray or type(x) is Dual:
        if type(x.tangents) is Node and not (<Node> x.tangents).flags & STUB:
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


def forget_copies():
    """Lets go of the copies of constants that only `constant_copy` still holds (a recording is complete)."""
    global n_copied
    while n_copied:
        n_copied -= 1
        copies[copied[n_copied]] = None


# ---- the tape ---------------------------------------------------------------------------------------------

cdef long long visit = -1


ctypedef struct Found:
    long long born
    PyObject *node

ctypedef struct FoundList:
    Found *items
    Py_ssize_t n, room


cdef bint put_in_order(Found *items, Py_ssize_t n, list order) except -1:
    """Each node at the place of its birth, where few were born in between; False where there were many."""
    cdef long long low = items[0].born, high = items[0].born
    cdef Py_ssize_t i, at = 0
    cdef PyObject **place
    for i in range(1, n):
        low = min(low, items[i].born)
        high = max(high, items[i].born)
    if high - low >= 8 * n:
        return False
    place = <PyObject **> calloc(high - low + 1, sizeof(PyObject *))
    if place == NULL:
        raise MemoryError
    for i in range(n):
        place[items[i].born - low] = items[i].node
    for i in range(high - low + 1):
        if place[i] != NULL:
            order[at] = <object> place[i]
            at += 1
    free(place)
    return True


cdef int by_birth(const void *a, const void *b) noexcept nogil:
    cdef long long x = (<Found *> a).born, y = (<Found *> b).born
    return (x > y) - (x < y)


cdef int meet_node(FoundList *found, Node node) except -1:
    """Appends a node that this visit has not met yet."""
    cdef Found *more
    if node is None or node.place == visit:
        return 0
    if found.n == found.room:
        more = <Found *> realloc(found.items, 2 * (found.room + 32) * sizeof(Found))
        if more == NULL:
            raise MemoryError
        found.items = more
        found.room = 2 * (found.room + 32)
    node.place = visit
    found.items[found.n].born = node.born
    found.items[found.n].node = <PyObject *> node
    found.n += 1
    return 0


cpdef list collect(ends, list stubs=None, long long since=-1, list older=None):
    """Every node that the ends depend on (None: none), each after its parents.

    Those that have let go of what they kept (window.pxi) become ends, and are put into `stubs` as (number, node); without
    that list they raise.  Those born before `since` are where it begins, and are put into `older`.
    """
    global visit
    cdef FoundList found
    cdef Py_ssize_t done = 0, i
    cdef Node node
    cdef list order
    for end in ends:
        if end is not None and type(end) is not Node:
            raise TypeError(f"expected nodes, got {type(end).__name__}")
    # no Python code runs from here on, so other threads do not see the marks
    visit -= 1
    found.items = NULL
    found.n = found.room = 0
    try:
        for end in ends:
            meet_node(&found, <Node> end)
        while done < found.n:
            node = <Node> found.items[done].node
            done += 1
            if node.born < since:
                older.append(node)
                continue
            if node.flags & STUB:
                if stubs is None:
                    raise let_go_of()
                stubs.append((<long long> number_of(node, 0), node))
                forget(node, 0)
                node.flags = 0
            if node.more is None:
                meet_node(&found, node.first)
                meet_node(&found, node.second)
            else:
                for p in node.more:
                    meet_node(&found, <Node> p)
        order = [None] * found.n
        if found.n and not put_in_order(found.items, found.n, order):
            qsort(found.items, found.n, sizeof(Found), by_birth)
            for i in range(found.n):
                order[i] = <object> found.items[i].node
        return order
    finally:
        free(found.items)


@cython.final
cdef class Tape:
    """Nodes in topological order, and the place of each node's parents among them.

    Parameters
    ----------
    order : list of Node
        Each after its parents.
    ends : iterable of Node
        Those at which the tape begins, whatever they depend on.
    """

    cdef readonly list order
    cdef Py_ssize_t *start
    cdef Py_ssize_t *parent         # -1: a constant, or a node that is not in the list
    cdef Py_ssize_t *last           # the last node that has this one as a parent; -1: none
    cdef int calm_, silent_         # -1: not asked yet

    def __init__(self, list order, ends=()):
        cdef Py_ssize_t i, j, n = len(order), total = 0
        cdef bytearray first = bytearray(n)
        cdef Node node, p
        cdef tuple parents
        if self.start != NULL:
            raise TypeError("a Tape does not change")
        self.order = order
        self.calm_ = self.silent_ = -1
        for i in range(n):
            node = <Node?> order[i]
            node.place = i
            total += node.arity if node.more is None else len(node.more)
        for o in ends:
            i = place_of_node(order, <Node?> o)
            if i >= 0:
                first[i] = 1
        self.start = <Py_ssize_t *> malloc((n + 1) * sizeof(Py_ssize_t))
        self.parent = <Py_ssize_t *> malloc((total + 1) * sizeof(Py_ssize_t))
        self.last = <Py_ssize_t *> malloc((n + 1) * sizeof(Py_ssize_t))
        if self.start == NULL or self.parent == NULL or self.last == NULL:
            raise MemoryError
        total = 0
        for i in range(n):
            node = <Node> order[i]
            self.start[i] = total
            if node.more is None:
                self.parent[total] = place_of_node(order, node.first)
                if node.arity == 2:
                    self.parent[total + 1] = place_of_node(order, node.second)
                total += node.arity
            else:
                for q in node.more:
                    self.parent[total] = place_of_node(order, <Node> q)
                    total += 1
        self.start[n] = total
        for i in range(n):
            if first[i]:
                for j in range(self.start[i], self.start[i + 1]):
                    self.parent[j] = -1
        for i in range(n):
            self.last[i] = -1
            for j in range(self.start[i], self.start[i + 1]):
                if self.parent[j] >= 0:
                    self.last[self.parent[j]] = i

    def __dealloc__(self):
        free(self.last)
        free(self.start)
        free(self.parent)

    def find(self, nodes):
        """The place of each node; None for one that is not on the tape, and for None."""
        cdef Py_ssize_t i, n = len(self.order)
        cdef list found = []
        for i in range(n):
            (<Node> self.order[i]).place = i        # another tape may have numbered them since
        for node in nodes:
            i = place_of_node(self.order, <Node?> node) if node is not None else -1
            found.append(None if i < 0 else i)
        return found

    @property
    def calm(self):
        """Whether the walk back of float arrays calls nothing of NumPy's that could warn."""
        cdef Node node
        if self.calm_ < 0:
            self.calm_ = 1
            for o in self.order:
                node = <Node> o
                if node.op == OTHER and node.rest is not None or node.op == PRODUCT and terms(node) > PRODUCT_LIMIT:
                    self.calm_ = 0
                    break
        return self.calm_ == 1

    @property
    def silent(self):
        """Whether the walk forwards of float64 arrays calls nothing of NumPy's that could warn."""
        cdef Node node
        if self.silent_ < 0:
            self.silent_ = 1
            for o in self.order:
                node = <Node> o
                if node.type_number != cnp.NPY_DOUBLE or node.op == SUM or node.op == PRODUCT or (
                        node.op == OTHER and node.rest is not None):
                    self.silent_ = 0
                    break
        return self.silent_ == 1

    @property
    def axes(self):
        """The most axes that a node has."""
        cdef int most = 0
        for o in self.order:
            most = max(most, len(<tuple> (<Node> o).shape))
        return most

    @property
    def largest(self):
        """The elements of the largest node."""
        cdef long long most = 0
        for o in self.order:
            most = max(most, size_of_shape((<Node> o).shape))
        return most

    @property
    def elements(self):
        """The elements of all nodes."""
        cdef Node node
        cdef long long total = 0
        for o in self.order:
            node = <Node> o
            total += size_of_shape(node.shape)
        return total

    def __getitem__(self, Py_ssize_t i):
        """The places of the parents of node i; None for a constant."""
        cdef Py_ssize_t j
        if not 0 <= i < len(self.order):
            raise IndexError(f"node {i} of {len(self.order)}")
        return [None if self.parent[j] < 0 else self.parent[j] for j in range(self.start[i], self.start[i + 1])]


cdef inline Py_ssize_t place_of_node(list order, Node node) noexcept:
    if node is not None and 0 <= node.place < len(order) and order[node.place] is node:
        return node.place
    return -1


# ---- forwards ---------------------------------------------------------------------------------------------

cpdef list walk_forward(Tape tape, list inputs, list tangents, list outputs):
    """Pushes tangents along a recording.

    Parameters
    ----------
    tape : Tape
    inputs : list of int or None
        The places of the arguments; None for one that is not on the tape.
    tangents : list
        Of each argument, (k, *shape); None for zero.
    outputs : list of int or None
        The places of the results.

    Returns
    -------
    list
        The tangent of each output; None where no argument with a tangent reaches it.
    """
    cdef Py_ssize_t i, j, n = len(tape.order)
    cdef list ts = [None] * n, spares = []
    cdef bytearray keep = bytearray(n)      # given, or asked for
    cdef Node node
    for at in outputs:
        if at is not None:
            keep[at] = 1
    for at, t in zip(inputs, tangents):
        if at is not None:
            ts[at] = t
            keep[at] = 2
    for i in range(n):
        node = <Node> tape.order[i]
        if keep[i] == 2 or node.op == OTHER and node.rest is None:
            continue
        ts[i] = pushed(node, tape, i, ts, keep, spares)
        for j in range(tape.start[i], tape.start[i + 1]):
            if tape.parent[j] >= 0 and tape.last[tape.parent[j]] == i and not keep[tape.parent[j]]:
                let_go_to(spares, ts, tape.parent[j])
    return [None if at is None else ts[at] for at in outputs]


cdef int let_go_to(list spares, list ts, Py_ssize_t p) except -1:
    """Nobody needs the tangent of node p any more: its memory may serve the next operation (`stack_or_spare`)."""
    cdef object t = ts[p]
    ts[p] = None
    if not spares and t is not None and Py_REFCNT(<PyObject *> t) == 1 and plain_stack(t) and is_whole(t):
        spares.append(t)
    return 0


cdef cnp.ndarray stack_or_spare(list spares, cnp.npy_intp k, object shape):
    """Room for a stack of float64 numbers: a spare one, where it has the shape."""
    cdef cnp.ndarray spare
    if spares:
        spare = <cnp.ndarray> spares[0]
        if cnp.PyArray_DIM(spare, 0) == k and cnp.PyArray_ISWRITEABLE(spare) and shape_is(spare, shape) and (
                cnp.PyArray_TYPE(spare) == cnp.NPY_DOUBLE):
            spares.clear()
            return spare
    return stack_new(k, shape, cnp.NPY_DOUBLE, False)


cdef object pushed(Node node, Tape tape, Py_ssize_t i, list ts, bytearray keep, list spares):
    """The tangent of node i from those of its parents; None where these have none."""
    cdef Py_ssize_t *places = tape.parent + tape.start[i]
    cdef Py_ssize_t j, n = tape.start[i + 1] - tape.start[i], k = -1
    cdef list sources
    if node.type_number == cnp.NPY_DOUBLE and len(<tuple> node.shape) == 0:
        t = push_number(node, places, ts)
        if t is not None:
            return t
    elif node.op == RULE and node.type_number == cnp.NPY_DOUBLE:
        t = push_rule(node, places, ts, spares)
        if t is not None:
            return t
    sources = [None if places[j] < 0 else ts[places[j]] for j in range(n)]
    cdef tuple parents
    cdef bint plain = node.op != OTHER and node.type_number == cnp.NPY_DOUBLE
    for j in range(n):
        t = sources[j]
        if t is None:
            continue
        if not (plain_stack(t) and cnp.PyArray_TYPE(<cnp.ndarray> t) == cnp.NPY_DOUBLE):
            plain = False
        if k < 0:
            k = 0
        if plain:
            if k > 0 and k != cnp.PyArray_DIM(<cnp.ndarray> t, 0):
                k_differ(k, cnp.PyArray_DIM(<cnp.ndarray> t, 0))
            k = cnp.PyArray_DIM(<cnp.ndarray> t, 0)
    if k < 0:
        return None
    if plain:
        parents = node.parents
        for j in range(n):
            if sources[j] is not None and not shape_is(<cnp.ndarray> sources[j], (<Node> parents[j]).shape):
                plain = False
    if plain:
        t = None
        if node.op == INDEX:
            t = part_of(sources[0], kept_of(node, 0))
        elif node.op == RESHAPE:
            t = sources[0].reshape((k,) + node.shape)
        elif node.op == PERMUTE:
            t = sources[0].transpose((0,) + tuple([a + 1 for a in kept_of(node, 0)]))
        elif node.op == SUM:
            t = np_add_reduce(sources[0], tuple([a + 1 for a in kept_of(node, 0)]), None, None, kept_of(node, 1))
        elif node.op == WRITE or node.op == WRITE_VIEW:
            if places[0] >= 0 and tape.last[places[0]] == i and not keep[places[0]] and places[0] != places[1]:
                ts[places[0]] = None        # nobody reads it any more
            t = push_write(node, sources, k)
        elif node.op == PRODUCT:
            t = push_product(node, sources)
        elif node.op == JOIN:
            for j in range(n):
                if sources[j] is None:
                    sources[j] = stack_new(k, (<tuple> kept_of(node, 1))[j], cnp.NPY_DOUBLE, True)
            t = np_concatenate(sources, <long> kept_of(node, 0) + 1)
        if t is not None:
            return t
    return node.map.apply(sources)


cdef object push_number(Node node, Py_ssize_t *places, list ts):
    """The tangent (k,) of a number, of a rule of numbers or an element of an array; None where `pushed` must."""
    cdef cnp.npy_intp k = -1, j, stride
    cdef cnp.ndarray out, t
    cdef double *o
    cdef double d, u
    cdef char *at
    cdef uint64_t bad = 0
    cdef int i
    if node.op == INDEX:
        if places[0] < 0 or not plain_stack(ts[places[0]]) or cnp.PyArray_TYPE(<cnp.ndarray> ts[places[0]]) != cnp.NPY_DOUBLE:
            return None
        t = <cnp.ndarray> ts[places[0]]
        at = element(t, kept_of(node, 0))
        if at == NULL or not shape_is(t, node.first.shape):
            return None
        k, stride = cnp.PyArray_DIM(t, 0), cnp.PyArray_STRIDE(t, 0)
        out = dd_array(1, &k, cnp.NPY_DOUBLE)       # a view would hold the whole
        o = <double *> cnp.PyArray_DATA(out)
        for j in range(k):
            o[j] = (<double *> (at + j * stride))[0]
        return out
    if node.op != RULE or node.flags & SELECTS:
        return None
    for i in range(node.arity):
        if places[i] < 0 or ts[places[i]] is None:
            continue
        if not plain_stack(ts[places[i]]) or not holds_number(node, i):
            return None
        t = <cnp.ndarray> ts[places[i]]
        if cnp.PyArray_TYPE(t) != cnp.NPY_DOUBLE or cnp.PyArray_NDIM(t) != 1 or k >= 0 and k != cnp.PyArray_DIM(t, 0):
            return None
        k = cnp.PyArray_DIM(t, 0)
    if k < 0:
        return None
    out = dd_array(1, &k, cnp.NPY_DOUBLE)
    o = <double *> cnp.PyArray_DATA(out)
    memset(o, 0, k * sizeof(double))
    for i in range(node.arity):
        if places[i] < 0 or ts[places[i]] is None:
            continue
        t = <cnp.ndarray> ts[places[i]]
        d = number_of(node, i)
        at, stride = cnp.PyArray_BYTES(t), cnp.PyArray_STRIDE(t, 0)
        for j in range(k):
            u = (<double *> (at + j * stride))[0]
            if u != 0:
                o[j] += d * u
            elif dd_infinite(d):
                bad = 2
    if bad:
        meet_zero()
    return out


cdef object push_rule(Node node, Py_ssize_t *places, list ts, list spares):
    """The tangent of a rule: the sum of partials times tangents; None where `pushed` must, or where there is none."""
    cdef dd_step s
    cdef dd_term *term
    cdef cnp.ndarray out, t
    cdef PyObject *sources[2]
    cdef object c
    cdef cnp.npy_intp k = -1
    cdef int i, a, nd = len(<tuple> node.shape) + 1
    for i in range(node.arity):
        sources[i] = NULL
        if places[i] < 0 or ts[places[i]] is None:
            continue
        source = ts[places[i]]
        if not plain_stack(source):
            return None
        t = <cnp.ndarray> source
        sources[i] = <PyObject *> t
        if cnp.PyArray_TYPE(t) != cnp.NPY_DOUBLE or not shape_is(t, (node.second if i else node.first).shape) or (
                k >= 0 and k != cnp.PyArray_DIM(t, 0)):
            return None
        k = cnp.PyArray_DIM(t, 0)
    if nd > 24 or k < 0:
        return None
    out = stack_or_spare(spares, k, node.shape)
    s.nd = nd
    s.nterms = 0
    s.add = False
    s.o = cnp.PyArray_BYTES(out)
    for a in range(nd):
        s.dims[a] = cnp.PyArray_DIM(out, a)
        s.os[a] = cnp.PyArray_STRIDE(out, a)
    for i in range(node.arity):
        c = kept_of(node, i)
        if sources[i] == NULL or c is None and not holds_number(node, i):
            continue
        t = <cnp.ndarray> sources[i]
        if c is not None and (cnp.PyArray_TYPE(<cnp.ndarray> c) != cnp.NPY_DOUBLE
                              or not broadcasts(<cnp.ndarray> c, 0, out)) or not broadcasts(t, 1, out):
            return None
        term = &s.term[s.nterms]
        s.nterms += 1
        term.t = cnp.PyArray_BYTES(t)
        strides_onto(t, True, nd, s.dims, term.ts)
        term.both = (node.flags & SELECTS) != 0
        term.c = NULL
        term.number = number_of(node, i)
        term.finite = c is None and isfinite(term.number) and term.number != 0
        if c is not None:
            strides_onto(<cnp.ndarray> c, False, nd, s.dims, term.cs)
            term.c = cnp.PyArray_BYTES(<cnp.ndarray> c)
        else:
            memset(term.cs, 0, nd * sizeof(cnp.npy_intp))
    dd_step_prepare(&s)
    if cnp.PyArray_SIZE(out) > 15000:
        with nogil:
            dd_step_run(&s)
    else:
        dd_step_run(&s)
    return out


cdef object push_write(Node node, list sources, cnp.npy_intp k):
    """The tangent of x after x[key] = y, in the place of that of x where nobody else has it; None: not for this path."""
    cdef object x = sources[0], y = sources[1]
    cdef cnp.ndarray out, part
    sources[0] = None
    if x is None:
        out = stack_new(k, node.shape, cnp.NPY_DOUBLE, True)
    elif (Py_REFCNT(<PyObject *> x) == 1 and is_whole(x) and cnp.PyArray_ISWRITEABLE(<cnp.ndarray> x)
            and shape_is(<cnp.ndarray> x, node.shape)):
        out = <cnp.ndarray> x       # a view of it would hold it
    else:
        out = stack_new(k, node.shape, cnp.NPY_DOUBLE, False)
        cnp.PyArray_CopyInto(out, <cnp.ndarray> x)
    part = part_of(out, kept_of(node, 0))
    if y is not None:
        if cnp.PyArray_NDIM(<cnp.ndarray> y) > cnp.PyArray_NDIM(part):      # leading 1s that NumPy drops
            y = y.reshape((k,) + (<tuple> y.shape)[1 + cnp.PyArray_NDIM(<cnp.ndarray> y) - cnp.PyArray_NDIM(part):])
        elif cnp.PyArray_NDIM(<cnp.ndarray> y) < cnp.PyArray_NDIM(part):
            y = y.reshape((k,) + (1,) * (cnp.PyArray_NDIM(part) - cnp.PyArray_NDIM(<cnp.ndarray> y))
                          + (<tuple> y.shape)[1:])
        assign(part, y)
    else:
        (<object> part)[...] = 0.0
    return out


cdef object push_product(Node node, list sources):
    """The tangent of a @ b of vectors and matrices; None where it is not for this path."""
    cdef object a = kept_of(node, 0), b = kept_of(node, 1), s = sources[0], t = sources[1], total = None, other, shape
    cdef bint finite, nonzero
    if (t is not None and cnp.PyArray_TYPE(<cnp.ndarray> a) != cnp.NPY_DOUBLE
            or s is not None and cnp.PyArray_TYPE(<cnp.ndarray> b) != cnp.NPY_DOUBLE):
        return None
    if t is not None:
        if cnp.PyArray_NDIM(<cnp.ndarray> t) == 2:
            total = np_matmul(t, a if cnp.PyArray_NDIM(<cnp.ndarray> a) == 1 else a.T)
        else:
            total = np_matmul(a, t)
    if s is not None:
        if cnp.PyArray_NDIM(<cnp.ndarray> s) == 3 and cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> s):
            shape = s.shape[:2] + b.shape[1:]       # one product for all directions and all rows
            other = np_matmul(s.reshape((shape[0] * shape[1], s.shape[2])), b).reshape(shape)
        else:
            other = np_matmul(s, b)
        total = other if total is None else np_add(total, other, total)
    look(<cnp.ndarray?> total, &finite, &nonzero)
    dd_meet(not finite and np.isnan(total).any())
    return total


# ---- the walk back --------------------------------------------------------------------------------------

cdef inline bint plain_real(object v) noexcept:
    """Whether v is a float64 or float32 array that C code may read."""
    return (cnp.PyArray_CheckExact(v) and cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray> v)
            and (cnp.PyArray_TYPE(<cnp.ndarray> v) == cnp.NPY_DOUBLE or cnp.PyArray_TYPE(<cnp.ndarray> v) == cnp.NPY_FLOAT))


cdef inline bint plain_stack(object w) noexcept:
    return plain_real(w) and 1 <= cnp.PyArray_NDIM(<cnp.ndarray> w) <= 28


cdef inline int type_of(Node node) noexcept:
    """NumPy's number of a node's type; -1 for others than float64 and float32."""
    return node.type_number if node.type_number == cnp.NPY_DOUBLE or node.type_number == cnp.NPY_FLOAT else -1


cdef inline object float_type(int type_):
    return FLOAT if type_ == cnp.NPY_DOUBLE else FLOAT32


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


cdef cnp.ndarray stack_new(cnp.npy_intp k, object shape, int type_, bint zero):
    cdef cnp.npy_intp dims[64]
    cdef tuple parts = <tuple> shape
    cdef int i, n = len(parts)
    cdef cnp.ndarray a
    dims[0] = k
    for i in range(n):
        dims[i + 1] = parts[i]
    a = dd_array(n + 1, dims, type_)
    if zero:
        memset(cnp.PyArray_DATA(a), 0, cnp.PyArray_NBYTES(a))
    return a


cdef inline void strides_onto(cnp.ndarray a, bint directions, int nd, cnp.npy_intp *dims,
                              cnp.npy_intp *strides) noexcept:
    """The strides of an array broadcast to the axes of a stack; directions: its first axis is theirs, else it may lack them."""
    cdef int i, lead = nd - cnp.PyArray_NDIM(a)
    strides[0] = 0
    if directions or lead == 0 and cnp.PyArray_DIM(a, 0) == dims[0]:
        strides[0] = cnp.PyArray_STRIDE(a, 0)
    for i in range(1, nd):
        strides[i] = 0
        if i - lead >= directions and cnp.PyArray_DIM(a, i - lead) == dims[i]:
            strides[i] = cnp.PyArray_STRIDE(a, i - lead)


cdef int weighted(cnp.ndarray target, object c, double d, cnp.ndarray w, bint add) except -1:
    """target = (or +=) c * w, over w's shape (k, *out); a zero of either stays zero.  c None: the number d.

    The target (k, *in) and a partial c broadcast to it, so an adding run sums over what the target lacks.  All are of
    one type.
    """
    cdef dd_pull s
    cdef int nd = cnp.PyArray_NDIM(w), i
    s.nd = nd
    s.add = add
    s.type = cnp.PyArray_TYPE(w)
    s.number = d
    for i in range(nd):
        s.dims[i] = cnp.PyArray_DIM(w, i)
        s.ws[i] = cnp.PyArray_STRIDE(w, i)
        s.cs[i] = 0
    strides_onto(target, True, nd, s.dims, s.os)
    s.o = cnp.PyArray_BYTES(target)
    s.w = cnp.PyArray_BYTES(w)
    s.c = NULL
    if c is not None:
        strides_onto(<cnp.ndarray> c, False, nd, s.dims, s.cs)
        s.c = cnp.PyArray_BYTES(<cnp.ndarray> c)
    if cnp.PyArray_SIZE(w) > 15000:
        with nogil:
            dd_pull_run(&s)
    else:
        dd_pull_run(&s)
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


cdef enum:
    NOTHING = 0
    NUMBER = 1          # one cotangent of a node without axes, as a double
    STACK = 2           # an array (k, *shape), or a dual one


@cython.final
cdef class Waiting:
    """The cotangents that wait at the nodes of one walk, and which arrays are the walk's own to write to."""

    cdef Tape tape
    cdef list w
    cdef double *number         # one block of memory with the next three
    cdef unsigned char *own
    cdef unsigned char *state
    cdef unsigned char *wanted  # asked for: it goes on waiting when it was handed on
    cdef bint numbers           # one cotangent at a time: those of nodes without axes are kept as numbers

    def __dealloc__(self):
        free(self.number)

    cdef inline Node node(self, Py_ssize_t p):
        return <Node> (<list> self.tape.order)[p]

    cdef int add_number(self, Py_ssize_t p, double x) except -1:
        """x more for node p, which has no axes."""
        cdef Node node = self.node(p)
        cdef int s = self.state[p]
        if s == STACK:
            self.give(p, one_number(x, type_of(node)), True)
            return 0
        if s == NUMBER:
            x = self.number[p] + x
        self.number[p] = <float> x if node.type_number == cnp.NPY_FLOAT else x
        self.state[p] = NUMBER
        return 0

    cdef int give(self, Py_ssize_t p, object w, bint own) except -1:
        """w more for node p.  own: nobody else holds w."""
        cdef object old
        cdef int s = self.state[p], kind
        if self.numbers and s != STACK and plain_stack(w) and cnp.PyArray_NDIM(<cnp.ndarray> w) == 1:
            kind = cnp.PyArray_TYPE(<cnp.ndarray> w)
            if type_of(self.node(p)) == kind:
                return self.add_number(p, (<double *> cnp.PyArray_DATA(<cnp.ndarray> w))[0] if kind == cnp.NPY_DOUBLE
                                       else (<float *> cnp.PyArray_DATA(<cnp.ndarray> w))[0])
        if s == NOTHING:
            self.w[p] = w
            self.own[p] = own
            self.state[p] = STACK
            return 0
        old = self.taken(p)
        if (self.own[p] and plain_stack(old) and plain_stack(w)
                and cnp.PyArray_TYPE(<cnp.ndarray> old) == cnp.PyArray_TYPE(<cnp.ndarray> w)
                and cnp.PyArray_SAMESHAPE(<cnp.ndarray> old, <cnp.ndarray> w)):
            weighted(<cnp.ndarray> old, None, 1.0, <cnp.ndarray> w, True)
            self.w[p] = old
        elif (plain_stack(old) and plain_stack(w)
                and cnp.PyArray_TYPE(<cnp.ndarray> old) == cnp.PyArray_TYPE(<cnp.ndarray> w)
                and cnp.PyArray_SAMESHAPE(<cnp.ndarray> old, <cnp.ndarray> w)):
            self.w[p] = cnp.PyArray_NewCopy(<cnp.ndarray> old, cnp.NPY_CORDER)
            self.own[p] = True
            weighted(<cnp.ndarray> self.w[p], None, 1.0, <cnp.ndarray> w, True)
        else:
            self.w[p] = old + w
            self.own[p] = type(self.w[p]) is np.ndarray
        self.state[p] = STACK
        return 0

    cdef object taken(self, Py_ssize_t p):
        """What waits at node p, as an array."""
        if self.state[p] == NUMBER:
            self.own[p] = True
            return one_number(self.number[p], type_of(self.node(p)))
        return self.w[p]

    cdef cnp.ndarray place(self, Py_ssize_t p, cnp.npy_intp k, int type_, bint zero, bint *fresh):
        """An own array to add to at node p; fresh: it is new (zeros, if asked).  None: not a plain one."""
        cdef object old, shape
        cdef cnp.ndarray a
        cdef Node node = self.node(p)
        if type_of(node) != type_:
            return None
        shape = node.shape
        fresh[0] = self.state[p] == NOTHING
        if not fresh[0]:
            old = self.taken(p)
            if (not plain_stack(old) or cnp.PyArray_TYPE(<cnp.ndarray> old) != type_
                    or not shape_is(<cnp.ndarray> old, shape)):
                return None
            if self.own[p]:
                self.w[p] = old
                self.state[p] = STACK
                return <cnp.ndarray> old
            a = stack_new(k, shape, type_, False)
            cnp.PyArray_CopyInto(a, <cnp.ndarray> old)
        else:
            a = stack_new(k, shape, type_, zero)
        self.w[p] = a
        self.own[p] = True
        self.state[p] = STACK
        return a


cdef object one_number(double x, int type_):
    """[x] as an array."""
    cdef cnp.npy_intp one = 1
    cdef cnp.ndarray a = dd_array(1, &one, type_)
    if type_ == cnp.NPY_DOUBLE:
        (<double *> cnp.PyArray_DATA(a))[0] = x
    else:
        (<float *> cnp.PyArray_DATA(a))[0] = <float> x
    return a


cpdef list walk_back(Tape tape, list outputs, list cotangents, list inputs):
    """Pulls cotangents back along a recording, the last operation first.

    Parameters
    ----------
    tape : Tape
    outputs : list of int or None
        The places of the results; None for one that is constant.
    cotangents : list
        Of each result, (k, *shape); None for none.
    inputs : list of int or None
        The places of the nodes whose cotangents are asked for; None for one that is not on the tape.

    Returns
    -------
    list
        The cotangent of each input, None where nothing depends on it.
    """
    cdef Waiting waiting = waiting_along(tape)
    cdef object w
    for w in cotangents:
        if w is not None and (not plain_stack(w) or cnp.PyArray_DIM(<cnp.ndarray> w, 0) != 1):
            waiting.numbers = False
    for at, w in zip(outputs, cotangents):
        if at is not None and w is not None:
            waiting.give(at, w, False)
    for at in inputs:
        if at is not None:
            waiting.wanted[<Py_ssize_t> at] = 1
    pull_all(waiting)
    return [None if at is None or waiting.state[at] == NOTHING else waiting.taken(at) for at in inputs]


cdef int pull_all(Waiting waiting) except -1:
    """Hands on what waits, the last operation first."""
    cdef Node node
    cdef Py_ssize_t i
    for i in range(len(waiting.tape.order) - 1, -1, -1):
        node = waiting.node(i)
        if waiting.state[i] != NOTHING and (node.op != OTHER or node.rest is not None):
            pull_node(waiting, node, i, waiting.wanted[i])
    return 0


cdef Waiting waiting_along(Tape tape):
    """Nothing waits yet; one cotangent at a time."""
    cdef Waiting waiting = Waiting.__new__(Waiting)
    cdef Py_ssize_t n = len(tape.order)
    waiting.tape = tape
    waiting.w = [None] * n
    waiting.number = <double *> calloc(n + 1, sizeof(double) + 3)
    if waiting.number == NULL:
        raise MemoryError
    waiting.own = <unsigned char *> (waiting.number + n + 1)
    waiting.state = waiting.own + n + 1
    waiting.wanted = waiting.state + n + 1
    waiting.numbers = True
    return waiting


cdef int pull_node(Waiting waiting, Node node, Py_ssize_t i, bint wanted) except -1:
    """Hands what waits at node i to its parents; wanted: it goes on waiting there, too."""
    cdef Py_ssize_t *places = waiting.tape.parent + waiting.tape.start[i]
    cdef Py_ssize_t j
    cdef bint own, done = False
    cdef object w, map
    if waiting.state[i] == NUMBER and number_back(waiting, node, places, waiting.number[i]):
        if not wanted:
            waiting.state[i] = NOTHING
        return 0
    w = waiting.taken(i)
    own = waiting.own[i] and not wanted
    if not wanted:
        waiting.w[i] = None
        waiting.state[i] = NOTHING
    if (node.op != OTHER and plain_stack(w) and cnp.PyArray_TYPE(<cnp.ndarray> w) == type_of(node)
            and shape_is(<cnp.ndarray> w, node.shape)):
        done = transposed(waiting, node, places, <cnp.ndarray> w, own)
    if not done:
        map = node.map
        for j in range(waiting.tape.start[i + 1] - waiting.tape.start[i]):
            if places[j] >= 0:
                waiting.give(places[j], map.transpose(w, j), False)
    return 0


cdef bint number_back(Waiting waiting, Node node, Py_ssize_t *places, double w) except -1:
    """The transpose of an operation whose result is a number; False where `transposed` must."""
    cdef int i
    cdef double d
    cdef uint64_t bad = 0
    cdef Node parent
    cdef cnp.ndarray target
    cdef bint fresh
    cdef char *at
    if node.op == RULE:
        for i in range(node.arity):
            if not holds_number(node, i) and kept_of(node, i) is not None:
                return False
            if places[i] >= 0:
                parent = node.second if i else node.first
                if parent.type_number != node.type_number or len(<tuple> parent.shape):
                    return False
        for i in range(node.arity):
            if places[i] >= 0 and holds_number(node, i):
                d = dd_both_d(number_of(node, i), w, &bad)
                waiting.add_number(places[i], d)
        if bad << 1:
            meet_zero()
        return True
    if node.op == INDEX:
        if places[0] < 0:
            return True
        target = waiting.place(places[0], 1, type_of(node), True, &fresh)
        if target is None:
            return False
        at = element(target, kept_of(node, 0))
        if at == NULL:
            return False        # the place is empty still, or holds what it held
        if node.type_number == cnp.NPY_DOUBLE:
            (<double *> at)[0] += w
        else:
            (<float *> at)[0] += <float> w
        return True
    return False


cdef char *element(cnp.ndarray target, object key) noexcept:
    """Where target[0][key] lies, for a key of ints; NULL for other keys."""
    cdef char *at = cnp.PyArray_BYTES(target)
    cdef Py_ssize_t i, n
    cdef int a = 1
    if type(key) is int:
        if cnp.PyArray_NDIM(target) != 2:
            return NULL
        i = PyLong_AsSsize_t(key)
        n = cnp.PyArray_DIM(target, 1)
        return at + (i + n if i < 0 else i) * cnp.PyArray_STRIDE(target, 1)
    if type(key) is not tuple or len(<tuple> key) != cnp.PyArray_NDIM(target) - 1:
        return NULL
    for e in <tuple> key:
        if type(e) is not int:
            return NULL
        i = PyLong_AsSsize_t(e)
        n = cnp.PyArray_DIM(target, a)
        at += (i + n if i < 0 else i) * cnp.PyArray_STRIDE(target, a)
        a += 1
    return at


cdef bint transposed(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w, bint own) except -1:
    """The transposes of the frequent operations, on a plain stack; False where the map must do it itself."""
    cdef int op = node.op
    if op == RULE:
        return back_elementwise(waiting, node, places, w, own)
    if op == PRODUCT:
        return back_product(waiting, node, places, w)
    if op == JOIN:
        return back_join(waiting, node, places, w)
    if op == WRITE or op == WRITE_VIEW:
        return back_write(waiting, node, places, w, own)
    if places[0] < 0:
        return True
    if node.first.type_number != node.type_number:
        return False
    if op == INDEX:
        return back_index(waiting, node, places[0], w)
    if op == SUM:
        return back_sum(waiting, node, places[0], w)
    if op == RESHAPE:
        waiting.give(places[0], w.reshape((cnp.PyArray_DIM(w, 0),) + node.first.shape), own)
        return True
    if op == BROADCAST:
        return back_broadcast(waiting, places[0], None, 1.0, node.shape, w)
    if op == PERMUTE:
        waiting.give(places[0], back_axes(w, kept_of(node, 0)), own)
        return True
    return False


cdef object back_axes(cnp.ndarray w, tuple axes):
    """A stack with its axes back in the order that they had before np.transpose(x, axes)."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef int i, a, n = len(axes)
    dims[0] = cnp.PyArray_DIM(w, 0)
    strides[0] = cnp.PyArray_STRIDE(w, 0)
    for i in range(n):
        a = axes[i]
        if a < 0:
            a += n
        dims[a + 1] = cnp.PyArray_DIM(w, i + 1)
        strides[a + 1] = cnp.PyArray_STRIDE(w, i + 1)
    return dd_strided(w, n + 1, dims, strides, cnp.PyArray_BYTES(w), cnp.PyArray_ISWRITEABLE(w))


cdef bint back_elementwise(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w, bint own) except -1:
    cdef int i, n = node.arity, last = -1
    cdef object c
    cdef Node parent
    cdef double d
    cdef bint same, given = False
    for i in range(n):
        c = kept_of(node, i)
        if places[i] < 0 or c is None and not holds_number(node, i):
            continue
        parent = node.second if i else node.first
        if parent.type_number != node.type_number:
            return False
        if c is not None and (cnp.PyArray_TYPE(<cnp.ndarray> c) != cnp.PyArray_TYPE(w)
                              or not broadcasts(<cnp.ndarray> c, 0, w)):
            return False
        last = i
    for i in range(n):
        c = kept_of(node, i)
        if places[i] < 0 or c is None and not holds_number(node, i):
            continue
        d = number_of(node, i)
        parent = node.second if i else node.first
        same = shape_is(w, parent.shape)
        if same and c is None and d == 1.0:
            # w itself, which is the parent's own if nobody else got or needs it
            waiting.give(places[i], w, own and not given and i == last)
            given = True
        elif same and own and not given and i == last and waiting.state[places[i]] == NOTHING:
            weighted(w, c, d, w, False)     # nobody needs w any more
            waiting.give(places[i], w, True)
        elif not back_broadcast(waiting, places[i], c, d, node.shape, w):
            waiting.give(places[i], node.map.transpose(w, i), False)
    return True


cdef bint back_broadcast(Waiting waiting, Py_ssize_t p, object c, double d, object shape, cnp.ndarray w) except -1:
    """c * w (or d * w), summed over what node p lacks, for node p."""
    cdef bint fresh, same = shape_is(w, waiting.node(p).shape)
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0)
    cdef int type_ = cnp.PyArray_TYPE(w)
    cdef cnp.ndarray target = waiting.place(p, k, type_, not same, &fresh), product
    if target is None:
        return False
    if not broadcasts(target, 1, w):
        if fresh:
            waiting.state[p] = NOTHING
            waiting.w[p] = None
        return False
    if same or cnp.PyArray_SIZE(w) < 2048 * max(cnp.PyArray_SIZE(target), 1):
        weighted(target, c, d, w, not (fresh and same))
    else:       # a long sum: pairwise, by NumPy
        product = stack_new(k, shape, type_, False)
        weighted(product, c, d, w, False)
        with np.errstate(all="ignore"):
            total = unbroadcast_like(product, target)
        weighted(target, None, 1.0, <cnp.ndarray> total, True)
    return True


cdef object unbroadcast_like(cnp.ndarray product, cnp.ndarray target):
    """The sum of a product (k, *out) over what a target (k, *in) lacks."""
    cdef int lead = cnp.PyArray_NDIM(product) - cnp.PyArray_NDIM(target), i
    cdef object w = np_add_reduce(product, tuple(range(1, 1 + lead))) if lead else product
    axes = tuple([i for i in range(1, cnp.PyArray_NDIM(target))
                  if cnp.PyArray_DIM(target, i) == 1 and w.shape[i] != 1])
    return np_add_reduce(w, axes, None, None, True) if axes else w


cdef bint back_index(Waiting waiting, Node node, Py_ssize_t p, cnp.ndarray w) except -1:
    cdef bint fresh
    cdef cnp.ndarray target = waiting.place(p, cnp.PyArray_DIM(w, 0), cnp.PyArray_TYPE(w), True, &fresh)
    if target is None:
        return False
    weighted(<cnp.ndarray> part_of(target, kept_of(node, 0)), None, 1.0, w, not fresh)
    return True


cdef bint back_write(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w, bint own) except -1:
    """x[key] = y: y receives the part, x the rest."""
    cdef cnp.ndarray part = part_of(w, kept_of(node, 0)), copy
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0)
    cdef int type_ = cnp.PyArray_TYPE(w)
    if places[0] >= 0 and node.first.type_number != node.type_number or places[1] >= 0 and node.second.type_number != node.type_number:
        return False
    if places[1] >= 0:
        if shape_is(part, node.second.shape):
            if places[0] < 0:
                waiting.give(places[1], part, False)
            else:
                copy = stack_new(k, node.second.shape, type_, False)
                cnp.PyArray_CopyInto(copy, part)
                waiting.give(places[1], copy, True)
        else:
            waiting.give(places[1], node.map.transpose(w, 1), False)
            own = False         # that may be a view of w
    if places[0] >= 0:
        if not own:
            copy = stack_new(k, node.shape, type_, False)
            cnp.PyArray_CopyInto(copy, w)
            w = copy
            part = part_of(w, kept_of(node, 0))
        (<object> part)[...] = 0.0
        waiting.give(places[0], w, True)
    return True


cdef bint back_sum(Waiting waiting, Node node, Py_ssize_t p, cnp.ndarray w) except -1:
    """A sum: the same cotangent for every element, as a view that repeats it."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef tuple shape = node.first.shape, axes = kept_of(node, 0)
    cdef int i, n = len(shape), at = 1
    cdef bint keepdims = kept_of(node, 1)
    dims[0] = cnp.PyArray_DIM(w, 0)
    strides[0] = cnp.PyArray_STRIDE(w, 0)
    for i in range(n):
        dims[i + 1] = shape[i]
        strides[i + 1] = 0
        if i in axes:
            at += keepdims
        else:
            strides[i + 1] = cnp.PyArray_STRIDE(w, at)
            at += 1
    waiting.give(p, dd_strided(w, n + 1, dims, strides, cnp.PyArray_BYTES(w), 0), False)
    return True


cdef bint back_join(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w) except -1:
    """np.concatenate: each its stretch."""
    cdef cnp.npy_intp dims[64]
    cdef int i, n = cnp.PyArray_NDIM(w), axis = kept_of(node, 0)
    cdef Py_ssize_t j, at = 0
    cdef tuple parents = node.more, shapes = kept_of(node, 1)
    for j in range(len(parents)):
        if places[j] >= 0 and (<Node> parents[j]).type_number != node.type_number:
            return False
    for i in range(n):
        dims[i] = cnp.PyArray_DIM(w, i)
    for j in range(len(parents)):
        dims[axis + 1] = (<tuple> shapes[j])[axis]
        if places[j] >= 0:
            waiting.give(places[j], dd_strided(w, n, dims, cnp.PyArray_STRIDES(w), cnp.PyArray_BYTES(w)
                                               + at * cnp.PyArray_STRIDE(w, axis + 1), 0), False)
        at += dims[axis + 1]
    return True


cdef cnp.npy_intp PRODUCT_LIMIT = 2048     # so many multiplications are left to BLAS


cdef cnp.npy_intp terms(Node node) except -1:
    """How many multiplications a product takes."""
    cdef tuple a = node.first.shape if node.first is not None else kept_of(node, 0).shape
    cdef tuple b = node.second.shape if node.second is not None else kept_of(node, 1).shape
    return (a[0] if len(a) == 2 else 1) * <cnp.npy_intp> b[0] * (b[1] if len(b) == 2 else 1)


cdef bint back_product(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w) except -1:
    """a @ b of vectors and matrices: a receives w b', b receives a' w."""
    cdef int i
    cdef object held
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0)
    for i in range(2):
        if places[i] >= 0:
            held = kept_of(node, 1 - i)
            if (node.second if i else node.first).type_number != node.type_number or (
                    cnp.PyArray_TYPE(<cnp.ndarray> held) != cnp.PyArray_TYPE(w)):
                return False
    if k != 1 and terms(node) > PRODUCT_LIMIT:
        return False
    for i in range(2):
        if places[i] >= 0 and not pull_factor(waiting, node, places[i], i, w, <cnp.ndarray> (
                kept_of(node, 1 - i)), False, k):
            waiting.give(places[i], node.map.transpose(w, i), False)
    return True


cdef bint pull_factor(Waiting waiting, Node node, Py_ssize_t place, int i, cnp.ndarray w, cnp.ndarray held, bint moves,
                      cnp.npy_intp k) except -1:
    """w held' (or held' w) along k directions for factor i of a product; False where the map must do it.

    moves: `held` has another factor for each direction (k, *shape), and w is one (1, *out), or k of them.
    """
    cdef cnp.npy_intp m, n, p, j, wk = 0, hk = 0
    cdef cnp.npy_intp ws[2]
    cdef cnp.npy_intp hs[2]
    cdef cnp.npy_intp ts[2]
    cdef cnp.npy_intp swap
    cdef tuple a_shape, b_shape
    cdef cnp.ndarray target
    cdef int type_ = cnp.PyArray_TYPE(w), na, nb, lead = moves
    cdef bint fresh
    cdef char *wp = cnp.PyArray_BYTES(w)
    cdef char *hp = cnp.PyArray_BYTES(held)
    cdef char *tp
    a_shape = node.first.shape if node.first is not None else kept_of(node, 0).shape
    b_shape = node.second.shape if node.second is not None else kept_of(node, 1).shape
    na, nb = len(a_shape), len(b_shape)
    m = a_shape[0] if na == 2 else 1
    p = b_shape[0]
    n = b_shape[1] if nb == 2 else 1
    if moves and not shape_is(held, a_shape if i else b_shape) or not shape_is(w, node.shape):
        raise NotSecondOrder
    if cnp.PyArray_DIM(w, 0) > 1:
        wk = cnp.PyArray_STRIDE(w, 0)
    if moves:
        hk = cnp.PyArray_STRIDE(held, 0)
    if m * n * p > PRODUCT_LIMIT:       # BLAS; with one factor for all only for one direction
        at = (<object> w).reshape((-1, m, n))
        h = (<object> held).reshape((-1, m, p) if i else (-1, p, n)).swapaxes(1, 2)
        found = np_matmul(h, at) if i else np_matmul(at, h)
        waiting.give(place, found.reshape((k,) + (b_shape if i else a_shape)), True)
        return True
    target = waiting.place(place, k, type_, True, &fresh)
    if target is None:
        if moves:
            raise NotSecondOrder
        return False
    tp = cnp.PyArray_BYTES(target)
    # w as (m, n), the factors as (m, p) and (p, n)
    ws[0] = cnp.PyArray_STRIDE(w, 1) if na == 2 else 0
    ws[1] = cnp.PyArray_STRIDE(w, na) if nb == 2 else 0
    if i == 0:
        hs[1] = cnp.PyArray_STRIDE(held, lead)                          # b', (n, p)
        hs[0] = cnp.PyArray_STRIDE(held, lead + 1) if nb == 2 else 0
        ts[0] = cnp.PyArray_STRIDE(target, 1) if na == 2 else 0
        ts[1] = cnp.PyArray_STRIDE(target, na)
        for j in range(k):
            dd_pull_product(type_, m, p, n, wp + j * wk, ws, hp + j * hk, hs, tp + j * cnp.PyArray_STRIDE(target, 0), ts)
        return True
    hs[0] = cnp.PyArray_STRIDE(held, lead) if na == 2 else 0            # a, (m, p)
    hs[1] = cnp.PyArray_STRIDE(held, lead + na - 1)
    ts[0] = cnp.PyArray_STRIDE(target, 1)
    ts[1] = cnp.PyArray_STRIDE(target, 2) if nb == 2 else 0
    if n == 1:      # as w' a, whose rows are those of a
        swap = ws[0]
        for j in range(k):
            ws[0], ws[1] = 0, swap
            ts[0], ts[1] = 0, cnp.PyArray_STRIDE(target, 1)
            dd_pull_product(type_, 1, p, m, wp + j * wk, ws, hp + j * hk, hs, tp + j * cnp.PyArray_STRIDE(target, 0), ts)
        return True
    hs[0], hs[1] = hs[1], hs[0]
    for j in range(k):
        dd_pull_product(type_, p, n, m, hp + j * hk, hs, wp + j * wk, ws, tp + j * cnp.PyArray_STRIDE(target, 0), ts)
    return True


cpdef bint is_whole(w):
    """Whether an array has memory of its own (not a view of another's)."""
    cdef PyObject *base
    if not cnp.PyArray_CheckExact(w):
        return False
    base = cnp.PyArray_BASE(<cnp.ndarray> w)
    return base == NULL or PyCapsule_IsValid(<object> base, NULL)
