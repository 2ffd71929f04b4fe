# The nodes of a graph of operations (programs/graph.py): lists, and a table that finds a node that is there already.

ctypedef struct entry_t:
    uint32_t hash
    int32_t node                    # -1: free


cdef class Nodes:
    """Operations, each after those whose results it takes; a node that says the same as another one is that node.

    op, args, attr, shape, dtype: lists with one entry a node.
    """
    cdef public list op, args, attr, shape, dtype
    cdef entry_t *table
    cdef Py_ssize_t room, used

    def __cinit__(self, *args):
        self.op, self.args, self.attr, self.shape, self.dtype = [], [], [], [], []
        self.table = NULL
        self.room = self.used = 0

    def __dealloc__(self):
        free(self.table)

    def __len__(self):
        return len(self.op)

    # ---- the table ----

    cdef uint32_t hash_of(self, str op, tuple args, object attr, tuple shape, object dtype) except? 0:
        cdef uint64_t h = <uint64_t> hash(op)
        cdef object a
        for a in args:
            h = (h ^ <uint64_t> <Py_ssize_t> a) * <uint64_t> 0x9E3779B97F4A7C15
            h ^= h >> 29
        if attr is not None:
            h = (h ^ <uint64_t> hash(attr)) * <uint64_t> 0xBF58476D1CE4E5B9
        if shape:
            h = (h ^ <uint64_t> hash(shape)) * <uint64_t> 0x94D049BB133111EB
        if dtype is not FLOAT64:
            h = (h ^ <uint64_t> hash(dtype)) * <uint64_t> 0xD6E8FEB86659FD93
        return <uint32_t> (h ^ (h >> 32))

    cdef int widen(self, Py_ssize_t room) except -1:
        cdef entry_t *old = self.table
        cdef entry_t *new = <entry_t *> malloc(sizeof(entry_t) * <size_t> room)
        cdef Py_ssize_t k, at
        if new == NULL:
            raise MemoryError
        for k in range(room):
            new[k].node = -1
        for k in range(self.room):
            if old[k].node >= 0:
                at = old[k].hash & <uint32_t> (room - 1)
                while new[at].node >= 0:
                    at = (at + 1) & (room - 1)
                new[at] = old[k]
        free(old)
        self.table, self.room = new, room
        return 0

    cdef Py_ssize_t place(self, uint32_t h, str op, tuple args, object attr, tuple shape, object dtype) except -1:
        """Where in the table a node is, or would be."""
        cdef Py_ssize_t at = h & <uint32_t> (self.room - 1)
        cdef int32_t n
        while True:
            n = self.table[at].node
            if n < 0:
                return at
            if (self.table[at].hash == h and self.op[n] == op and self.args[n] == args
                    and (self.attr[n] is attr or self.attr[n] == attr)
                    and (self.shape[n] is shape or self.shape[n] == shape)
                    and (self.dtype[n] is dtype or self.dtype[n] == dtype)):
                return at
            at = (at + 1) & (self.room - 1)

    cpdef int node(self, str op, tuple args, object attr, tuple shape, object dtype) except -1:
        """The number of the node that says this; a new one where there is none yet."""
        cdef uint32_t h = self.hash_of(op, args, attr, shape, dtype)
        cdef Py_ssize_t at
        cdef int n
        if 2 * (self.used + 1) > self.room:
            self.widen(max(64, 2 * self.room))
        at = self.place(h, op, args, attr, shape, dtype)
        if self.table[at].node >= 0:
            return self.table[at].node
        n = <int> len(self.op)
        self.table[at].hash, self.table[at].node = h, n
        self.used += 1
        self.op.append(op)
        self.args.append(args)
        self.attr.append(attr)
        self.shape.append(shape)
        self.dtype.append(dtype)
        return n

    def find(self, str op, tuple args, attr, tuple shape, dtype):
        """The number of the node that says this, if there is one."""
        cdef int n
        if not self.room:
            return None
        n = self.table[self.place(self.hash_of(op, args, attr, shape, dtype), op, args, attr, shape, dtype)].node
        return n if n >= 0 else None

    def index_as(self, Nodes other):
        """The table of a graph of which this one is a copy."""
        self.forget()
        if other.room:
            self.table = <entry_t *> malloc(sizeof(entry_t) * <size_t> other.room)
            if self.table == NULL:
                raise MemoryError
            memcpy(self.table, other.table, sizeof(entry_t) * <size_t> other.room)
            self.room, self.used = other.room, other.used

    def forget(self):
        """Finds no node again that is there so far: the lists were changed."""
        free(self.table)
        self.table = NULL
        self.room = self.used = 0

    # ---- views ----

    cpdef int root(self, int x) except -1:
        """The dense node that x is a view of; x, if it is dense."""
        return <int> (<tuple> self.args[x])[0] if <str> self.op[x] == "view" else x

    cpdef int view(self, int x, object offset, tuple shape, tuple strides) except -1:
        """A strided window, in elements of x's dense node (of x itself, where it is a view)."""
        cdef int root = self.root(x)
        cdef Py_ssize_t k, n = len(shape)
        cdef tuple whole
        if n != len(strides):
            raise ValueError(f"a window of shape {shape} with strides {strides}")
        for k in range(n):
            if shape[k] == 1 and strides[k] != 0:
                strides = tuple([0 if m == 1 else s for m, s in zip(shape, strides)])
                break
        if offset == 0:
            whole = self.shape[root]
            if shape == whole and (n == 0 or strides == plain_strides(shape)):
                return root
        return self.node("view", (root,), (offset, strides), shape, self.dtype[root])

    cpdef tuple layout(self, int x):
        """(offset, strides) of x in its dense node, in elements."""
        return self.attr[x] if <str> self.op[x] == "view" else (0, plain_strides(self.shape[x]))

    cpdef int copy(self, int x) except -1:
        """x as a dense node."""
        return self.node("copy", (x,), None, self.shape[x], self.dtype[x]) if <str> self.op[x] == "view" else x

    # ---- elementwise ----

    cdef int apply_to(self, str name, tuple xs, object dtype) except -1:
        cdef Py_ssize_t k
        cdef tuple shape = self.shape[xs[0]], other
        for k in range(1, len(xs)):
            other = self.shape[xs[k]]
            if other is not shape and other != shape:
                shape = broadcast(shape, other)
        return self.node("apply", xs, name, shape, dtype)

    def apply(self, str name, *xs, dtype=None):
        """An elementwise function; dtype: of the result (the arguments' common one by default)."""
        if dtype is None:
            dtype = np.result_type(*[self.dtype[x] for x in xs])
        elif type(dtype) is not type(FLOAT64):
            dtype = np.dtype(dtype)
        return self.apply_to(name, xs, dtype)

    cpdef int cast(self, int x, object dtype) except -1:
        """x in another dtype."""
        if self.dtype[x] is dtype:
            return x
        dtype = np.dtype(dtype)
        return x if self.dtype[x] == dtype else self.node("cast", (x,), None, self.shape[x], dtype)


cdef object FLOAT64 = np.dtype(np.float64)
cdef object BOOL = np.dtype(bool)


cpdef tuple plain_strides(tuple shape):
    """The strides, in elements, of an array in C order without gaps; 0 along axes of length 1."""
    cdef Py_ssize_t k, n
    cdef object step = 1
    cdef list found
    n = len(shape)
    if n == 0:
        return ()
    if n == 1:
        return (0,) if shape[0] == 1 else (1,)
    found = [0] * n
    for k in range(n - 1, -1, -1):
        if shape[k] != 1:
            found[k] = step
            if shape[k] > 1:
                step = step * shape[k]
    return tuple(found)


cdef tuple broadcast(tuple a, tuple b):
    """The shape to which two shapes broadcast."""
    cdef Py_ssize_t na = len(a), nb = len(b), k
    cdef list found
    if na == 0:
        return b
    if nb == 0:
        return a
    if na < nb:
        a, b, na, nb = b, a, nb, na
    found = list(a)
    for k in range(nb):
        m, n = a[na - nb + k], b[k]
        if m == 1:
            found[na - nb + k] = n
        elif n != m and n != 1:
            return tuple(np.broadcast_shapes(a, b))         # which says what is wrong
    return tuple(found)


cdef set COMPARISONS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}


def applied(Nodes g, str name, *xs):
    """An elementwise function of nodes and numbers, of which one at least is a node, in the nodes' common dtype."""
    cdef object x, d, dtype = None
    cdef int count = 0, node = -1, k
    cdef list full
    for x in xs:
        if type(x) is float:
            continue
        count += 1
        node = x
        d = g.dtype[node]
        if d is not dtype and d.kind in "fc":
            dtype = d if dtype is None else np.result_type(dtype, d)
    if dtype is None:
        dtype = FLOAT64
    if count == 1 and name == "multiply":
        for x in xs:
            if type(x) is float:
                if x == 1:
                    return node
                if x == -1:
                    return g.apply_to("negative", (g.cast(node, dtype),), dtype)
    full = [(<object> g).constant(np.asarray(x, dtype)) if type(x) is float else x for x in xs]
    if name in COMPARISONS:
        return g.apply_to(name, tuple(full), BOOL)
    for k in range(1 if name == "where" else 0, <int> len(full)):
        full[k] = g.cast(full[k], dtype)
    if dtype.kind == "f" and (name == "multiply" or name == "add"):
        return combined(g, name, full[0], full[1], dtype)
    return g.apply_to(name, tuple(full), dtype)


cdef int negated(Nodes g, int x) except -2:
    """The node of which one is the negative; -1: it is none."""
    if g.op[x] == "apply" and g.attr[x] == "negative":
        return (<tuple> g.args[x])[0]
    return -1


cdef int combined(Nodes g, str name, int x, int y, object dtype) except -1:
    """A product or a sum of two nodes, so that equal ones are found again.

    Signs move outwards, until a difference takes them in; the order is that of the nodes.  Both leave what is rounded.
    """
    cdef int a = negated(g, x), b = negated(g, y)
    if a >= 0 and b >= 0 and name == "add" and g.shape[x] == g.shape[y]:
        return g.apply_to("negative", (combined(g, name, a, b, dtype),), dtype)
    if name == "add" and (a >= 0 or b >= 0):
        return g.apply_to("subtract", (y, a) if a >= 0 else (x, b), dtype)
    if (a >= 0 or b >= 0) and g.shape[x] == g.shape[y]:     # else the sign is taken where there are fewer numbers
        x, y = combined(g, name, a if a >= 0 else x, b if b >= 0 else y, dtype), -1
        return x if a >= 0 and b >= 0 else g.apply_to("negative", (x,), dtype)
    return g.apply_to(name, (x, y) if x <= y else (y, x), dtype)
