# tape.pxi: the nodes that a result depends on, in order.  Included by _tape.pyx.

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


cdef int unfold_below(ends, long long since) except -1:
    """Unfolds the runs (run.pxi) of which any of the ends depends on a number."""
    global visit
    cdef FoundList found
    cdef Py_ssize_t done = 0
    cdef Node node
    cdef list runs = []
    visit -= 1
    found.items = NULL
    found.n = found.room = 0
    try:
        for end in ends:
            meet_node(&found, <Node> end)
        while done < found.n:
            node = <Node> found.items[done].node
            done += 1
            if node.born < since or node.flags & STUB:
                continue
            if is_folded(node):
                runs.append(node)
            meet_parents(&found, node, False)
    finally:
        free(found.items)
    for o in runs:
        unfold(<Node> o)
    return 0


cdef inline int meet_parents(FoundList *found, Node node, bint runs) except -1:
    if node.more is None:
        meet_node(found, node.first)
        meet_node(found, node.second)
    else:
        for p in parents_of(node, runs or node.op == RUN and is_folded(node)):
            meet_node(found, <Node> p)
    return 0


cpdef list collect(ends, list stubs=None, long long since=-1, list older=None, bint runs=False):
    """Every node that the ends depend on (None: none), each after its parents.

    runs: numbers may be ENTRY nodes, of RUN nodes; else there is a node for each operation on numbers.

    Those that have let go of what they kept (window.pxi) become ends, and are put into `stubs` as (number, node); without
    that list they raise.  Those born before `since` are where it begins, and are put into `older`.
    """
    global visit
    cdef FoundList found
    cdef Py_ssize_t done = 0, i
    cdef Node node
    cdef list order
    cdef bint entries = False
    for end in ends:
        if end is not None and type(end) is not Node:
            raise TypeError(f"expected nodes, got {type(end).__name__}")
    if not runs and runs_made():
        unfold_below(ends, since)
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
            entries |= node.op == ENTRY
            if node.born < since:
                older.append(node)
                continue
            if node.flags & STUB:
                if stubs is None:
                    raise let_go_of()
                stubs.append((<long long> number_of(node, 0), node))
                forget(node, 0)
                node.flags = 0
            meet_parents(&found, node, runs)
        if entries:
            for i in range(found.n):
                node = <Node> found.items[i].node
                if node.op == ENTRY and node.first.op != RUN and not node.first.flags & STUB:
                    unfold(node)        # its run is where the recording begins
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
    runs : bool
        The order was collected with runs, which are walked as they are (entries.pxi).
    """

    def __init__(self, list order, ends=(), bint runs=False):
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
            if runs and node.op == RUN and self.entry == NULL:
                self.entry = <int *> malloc(n * sizeof(int))
                if self.entry == NULL:
                    raise MemoryError
            total += node.arity if node.more is None else len(parents_of(node, runs))
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
            if self.entry != NULL:
                self.entry[i] = A_RUN if node.op == RUN else <int> number_of(node, 0) if node.op == ENTRY else A_NODE
            if node.more is None:
                self.parent[total] = place_of_node(order, node.first)
                if node.arity == 2:
                    self.parent[total + 1] = place_of_node(order, node.second)
                total += node.arity
            else:
                for q in parents_of(node, runs):
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
        free(self.entry)
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
    def runs(self):
        """Whether there are runs in it."""
        return self.entry != NULL

    @property
    def count(self):
        """How many operations there are: nodes, and entries of runs."""
        cdef Py_ssize_t i, total = len(self.order)
        if self.entry != NULL:
            for i in range(len(self.order)):
                if self.entry[i] == A_RUN:
                    total += size_of_shape((<Node> self.order[i]).shape) - 1
                elif self.entry[i] != A_NODE:
                    total -= 1
        return total

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
                if node.type_number != cnp.NPY_DOUBLE or node.op == SUM and len(<tuple> node.shape) or (
                        node.op == PRODUCT or node.op == OTHER and node.rest is not None):
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
        cdef Py_ssize_t i
        cdef long long total = 0
        for i in range(len(self.order)):
            if self.entry == NULL or self.entry[i] < 0:
                total += size_of_shape((<Node> self.order[i]).shape)
        return total

    def __getitem__(self, Py_ssize_t i):
        """The places of the parents of node i; None for a constant."""
        cdef Py_ssize_t j
        if not 0 <= i < len(self.order):
            raise IndexError(f"node {i} of {len(self.order)}")
        return [None if self.parent[j] < 0 else self.parent[j] for j in range(self.start[i], self.start[i + 1])]


cdef inline object parents_of(Node node, bint runs):
    """The parents of a node that has a tuple of them; of a run that is not walked as it is, its entries."""
    return node.more if runs or node.op != RUN else (<Entries> node.rest).nodes


cdef inline Py_ssize_t place_of_node(list order, Node node) noexcept:
    if node is not None and 0 <= node.place < len(order) and order[node.place] is node:
        return node.place
    return -1
