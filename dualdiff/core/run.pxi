# run.pxi: operations on single float64 numbers, recorded as entries of a run instead of a node each.
#
# A `Run` belongs to one recording and one thread.  An operation on numbers appends an entry (number_run.h): places of
# its arguments, and partials.  Its result is a Dual that holds the run and the entry's place (scalar.pxi).  Whoever needs
# a node asks `node_of`: the run is closed, its entries become those of one RUN node, and the number is an ENTRY node of it.
# A run of few entries becomes the nodes that the operations would have left without it; then some operations are nodes
# at once (`begins_no_run`).
#
# The walks of _tape go along entries in C.  For everything else (patterns, programs, zeros beside infinities, second order)
# `unfold` makes the same RULE nodes of them that would have been recorded, so entries have no rules of their own.
#
# Invariants: entries depend on entries before them and on inputs that are older than the run's node, so nodes numbered by
# birth are in order.  One run of a thread is open at a time.  No Python code runs between reading an operand's
# place and appending.  An entry whose Dual is gone is dropped if it is the last one: what f computes and forgets is
# not kept.  Included by _core.pyx after node.pxi.

cdef extern from "number_run.h" nogil:
    uint64_t dd_run_hash(const dd_entry *, cnp.npy_intp)

cdef extern from *:
    """
    /* of a thread's recording: so many operations are nodes before the next run begins, and `next` where that is short */
    typedef struct { long long tag; int wait, next; } dd_short_runs;
    DD_OF_THREAD dd_short_runs dd_short;
    """
    ctypedef struct dd_short_runs:
        long long tag
        int wait, next
    dd_short_runs dd_short

cdef extern from "Python.h":
    Py_ssize_t PyList_GET_SIZE(list)
    PyObject *PyList_GET_ITEM(list, Py_ssize_t)
    int PyList_SetSlice(list, Py_ssize_t, Py_ssize_t, PyObject *)

cdef enum:
    MOST_ENTRIES = 512
    FEW_ENTRIES = 8         # a run with fewer costs more than their nodes
    FIRST_WAIT = 8          # operations before the first run
    SECOND_WAIT = 64        # where a run is short: until the next one, and twice as many each time
    LAST_WAIT = 512
    OF_NUMPY = -2           # Dual.k of an entry whose value is a numpy.float64
    OF_PYTHON = -3          # of one whose value is a Python float

cdef PyObject **open_runs = NULL        # borrowed, one a thread
cdef int n_open = 0, room_open = 0
cdef int n_folded = 0                   # RUN nodes whose entries were not unfolded


@cython.final
@cython.no_gc
cdef class Entries:
    """What a RUN node keeps."""

    def __dealloc__(self):
        global n_folded
        if self.nodes is None:
            n_folded -= 1
        free(self.at)
        free(self.known)


@cython.final
@cython.no_gc
@cython.freelist(16)
cdef class Run:
    """Entries that are being appended to; once it is closed, their node or nodes."""

    def __dealloc__(self):
        no_longer_open(self)
        free(self.at)


cdef int runs_made() noexcept:
    return n_folded


cdef inline PyObject *run_here() noexcept:
    """The open run of this thread, borrowed; NULL: there is none."""
    cdef int i
    for i in range(n_open):
        if (<Run> open_runs[i]).here == <void *> &dd_here:
            return open_runs[i]
    return NULL


cdef void no_longer_open(Run run) noexcept:
    global n_open
    cdef int i
    if not run.open:
        return
    run.open = False
    for i in range(n_open):
        if open_runs[i] == <PyObject *> run:
            n_open -= 1
            open_runs[i] = open_runs[n_open]
            return


cdef Run new_run(long long tag):
    """An open run for the duals of that tag."""
    global open_runs, room_open, n_open
    cdef Run run = Run.__new__(Run)
    cdef PyObject **more
    run.at = <dd_entry *> malloc(16 * sizeof(dd_entry))
    if run.at == NULL:
        raise MemoryError
    run.room = 16
    run.tag = tag
    run.here = <void *> &dd_here
    run.thread = PyThread_get_thread_ident()
    run.inputs = []
    PyObject_GC_UnTrack(<PyObject *> run.inputs)
    if n_open == room_open:
        more = <PyObject **> realloc(open_runs, 2 * (room_open + 4) * sizeof(PyObject *))
        if more == NULL:
            raise MemoryError
        open_runs, room_open = more, 2 * (room_open + 4)
    run.open = True
    open_runs[n_open] = <PyObject *> run
    n_open += 1
    return run


cdef Run run_for(long long tag):
    """The open run of this thread for the duals of that tag, which has room for one more."""
    cdef PyObject *here = run_here()
    cdef Run run
    cdef dd_entry *more
    if here != NULL:
        run = <Run> here
        if run.tag == tag and run.n < run.room:
            return run
        if run.tag == tag and run.room < MOST_ENTRIES:
            more = <dd_entry *> realloc(run.at, 2 * run.room * sizeof(dd_entry))
            if more == NULL:
                raise MemoryError
            run.at = more
            run.room *= 2
            return run
        close_run(run)
        if run_here() != NULL:      # that may have run anything
            return run_for(tag)
    return new_run(tag)


cdef inline int input_of(Run run, Node node, unsigned char *flags, unsigned char first) except? -1:
    """A node as an argument of the next entry; `first` is noted where no entry has it yet."""
    cdef PyObject *o
    cdef Py_ssize_t i, n = PyList_GET_SIZE(run.inputs)
    for i in range(n - 1, max(n - 9, -1), -1):
        o = PyList_GET_ITEM(run.inputs, i)
        if o == <PyObject *> node:
            return <int> (-2 - i)
    run.inputs.append(node)
    run.owner |= node.owner
    flags[0] |= first
    return <int> (-2 - n)


cdef inline bint begins_no_run(long long tag) noexcept:
    """Whether an operation on numbers that are no entries is better recorded as a node: the last run was short."""
    if dd_short.tag != tag:
        dd_short.tag, dd_short.wait, dd_short.next = tag, FIRST_WAIT, SECOND_WAIT
    if dd_short.wait == 0:
        return False
    dd_short.wait -= 1
    return True


cdef object entered(int r, int nin, object a, PyObject *s, double p, object b, PyObject *t, double q, int flags, double f,
                    long long tag, int kind, bint of_numpy):
    """The Dual of the number f that a rule gives at numbers a (and b), as an entry.

    s, t: what `load_number` has found; flags: which of the partials p and q there are.
    """
    cdef Run run
    cdef PyObject *here
    cdef dd_entry *e
    cdef Dual z
    cdef unsigned char more = 0
    while True:
        run = run_for(tag)
        here = <PyObject *> run
        if s != NULL and (<Dual> a).k < -1 and (<Dual> a).gt != here:
            node_of(<Dual> a)
        if t != NULL and (<Dual> b).k < -1 and (<Dual> b).gt != here:
            node_of(<Dual> b)
        if run.open and run.n < run.room:
            break               # making nodes may have run anything
    z = dual_new(0, tag, f)
    e = &run.at[run.n]
    e.at[0] = argument(run, a, s, &more, DD_FIRST_USE)
    e.at[1] = argument(run, b, t, &more, DD_FIRST_USE << 1)
    e.p[0], e.p[1] = p, q
    e.rule = r
    e.arity = nin
    e.flags = flags | DD_HELD | more | (DD_CHOOSES if dd_rules[r].selects else 0)
    z.place = run.n
    z.k = kind
    z.of_numpy = of_numpy
    Py_INCREF(run)
    z.gt = here
    run.n += 1
    return z


cdef inline int argument(Run run, object o, PyObject *tangent, unsigned char *flags, unsigned char first) except? -1:
    """An operand as an argument of the next entry."""
    if tangent == NULL:
        return DD_CONSTANT
    if (<Dual> o).k < -1:
        return (<Dual> o).place
    return input_of(run, <Node> (<Dual> o).gt, flags, first)


cdef void entry_dropped(Dual x) noexcept:
    """A Dual of an entry goes: the entry with it, where nothing can depend on it."""
    cdef Run run = <Run> x.gt
    cdef Py_ssize_t n
    cdef int flags
    if not run.open:
        return
    run.at[x.place].flags &= ~DD_HELD
    while run.open and run.n and not run.at[run.n - 1].flags & (DD_HELD | DD_SEVERAL):
        run.n -= 1
        flags = run.at[run.n].flags
        if flags & (DD_FIRST_USE | DD_FIRST_USE << 1):
            n = PyList_GET_SIZE(run.inputs)
            PyList_SetSlice(run.inputs, n - (flags & DD_FIRST_USE != 0) - (flags & DD_FIRST_USE << 1 != 0), n, NULL)


cdef Dual another_of(Dual x):
    """A second Dual of an entry."""
    cdef Run run = <Run> x.gt
    cdef Dual z = dual_new(0, x.tag_, x.v)
    if run.open:
        run.at[x.place].flags |= DD_SEVERAL
    z.k = x.k
    z.place = x.place
    Py_INCREF(run)
    z.gt = <PyObject *> run
    return z


cdef object value_of_entry(Dual x):
    """The value of a Dual that is an entry."""
    cdef object value
    if x.gv == NULL:
        value = float64_scalar(x.v) if x.k == OF_NUMPY else x.v
        Py_INCREF(value)
        x.gv = <PyObject *> value
    return <object> x.gv


# ---- closing ------------------------------------------------------------------------------------------------

cdef int close_open_run() except -1:
    """What this thread records from now on is younger than all that it has recorded."""
    cdef PyObject *here = run_here()
    return 0 if here == NULL else close_run(<Run> here)


cdef int close_run(Run run) except -1:
    """Gives its entries a node, or nodes."""
    cdef Node node
    cdef list nodes
    cdef Entries kept
    no_longer_open(run)
    if run.at == NULL or run.n == 0:
        return 0
    if run.here == <void *> &dd_here:
        if dd_short.tag != run.tag or run.n >= FEW_ENTRIES:
            dd_short.tag, dd_short.wait, dd_short.next = run.tag, 0, SECOND_WAIT
        if run.n < FEW_ENTRIES:
            dd_short.wait = dd_short.next
            dd_short.next = min(2 * dd_short.next, LAST_WAIT)
    if run.n < FEW_ENTRIES:
        nodes = blank_nodes(run.n, None)
        if run.at == NULL:      # making nodes may have run anything
            return 0
        write_nodes(nodes, run.at, run.inputs)
        run.nodes = nodes
        free(run.at)
        run.at = NULL
        run.inputs = None
        for o in nodes:
            recorded_in(<Node> o, run.thread)
        return 0
    kept, node = node_of_run(run)
    if run.at == NULL:
        return 0
    kept.at, kept.n = run.at, run.n
    run.at = NULL
    run.node = node
    run.inputs = None
    recorded_in(node, run.thread)
    return 0


cdef tuple node_of_run(Run run):
    """(what its node keeps, but for the entries; the node)."""
    global births, n_folded
    cdef Entries kept = Entries.__new__(Entries)
    cdef tuple inputs
    cdef Node node
    n_folded += 1
    kept.known = <PyObject **> calloc(run.n, sizeof(PyObject *))
    if kept.known == NULL:
        raise MemoryError
    node = node_new(RUN, 0, None, None, (run.n,), FLOAT)
    births += run.n
    inputs = tuple(run.inputs)
    node.more = inputs
    node.rest = kept
    node.owner = run.owner
    for o in inputs:
        if PyObject_GC_IsTracked(<PyObject *> o):
            PyObject_GC_Track(<PyObject *> node)
            break
    else:
        if PyObject_GC_IsTracked(<PyObject *> inputs):
            PyObject_GC_UnTrack(<PyObject *> inputs)
    return kept, node


cdef Node node_of(Dual x):
    """The node of a recorded number; its run is closed, and from then on the Dual holds the node."""
    cdef Run run
    cdef Node node
    cdef object value
    if x.k >= -1:
        return <Node?> <object> x.gt
    run = <Run> x.gt
    close_run(run)
    if x.k == -1:               # closing may have run anything
        return <Node> x.gt
    node = <Node> run.nodes[x.place] if run.nodes is not None else entry_node(run.node, x.place)
    value_of_entry(x)
    Py_INCREF(node)
    x.gt = <PyObject *> node
    x.k = -1
    Py_XDECREF(<PyObject *> run)
    return node


cdef Node entry_node(Node run, int place):
    """The node of an entry."""
    cdef Entries kept
    cdef Node node
    if run.op == RUN:
        kept = <Entries> run.rest
        if kept.nodes is not None:
            return <Node> kept.nodes[place]
        if kept.known[place] != NULL:
            return <Node> kept.known[place]
    node = node_new(ENTRY, 1, run, None, no_shape, FLOAT)
    node.born = run.born + 1 + place
    keep_number(node, 0, place)
    if run.op == RUN:           # its window has not let go of it
        kept = <Entries> run.rest
        if kept.nodes is not None or kept.known[place] != NULL:
            return entry_node(run, place)       # making a node may have run anything
        kept.known[place] = <PyObject *> node
    return node


cdef void forget_entry(Node node) noexcept:
    """An ENTRY node goes."""
    cdef Entries kept
    if node.first is not None and node.first.op == RUN:
        kept = <Entries> node.first.rest
        if kept.nodes is None and kept.known[<int> number_of(node, 0)] == <PyObject *> node:
            kept.known[<int> number_of(node, 0)] = NULL


# ---- unfolding ------------------------------------------------------------------------------------------------

cdef bint is_folded(Node node) noexcept:
    """Whether a node's entries have no nodes yet."""
    return node.op == RUN and (<Entries> node.rest).nodes is None


cdef int unfold(Node node) except -1:
    """Makes the RULE nodes of the entries of a RUN node, or of the one that an ENTRY node belongs to.

    An ENTRY node becomes the RULE node itself; one of a run that is where a stretch begins becomes an INDEX node.
    """
    global n_folded
    cdef Entries kept
    cdef list nodes
    cdef Node run = node.first if node.op == ENTRY else node
    cdef int i
    if run.op != RUN:
        if run.flags & STUB:
            raise let_go_of()
        place_in_vector(node)
        return 0
    kept = <Entries> run.rest
    if kept.nodes is not None:
        return 0
    nodes = blank_nodes(kept.n, kept)
    if kept.nodes is not None:
        return 0
    for i in range(kept.n):
        (<Node> nodes[i]).born = run.born + 1 + i
    kept.nodes = nodes
    n_folded -= 1
    write_nodes(nodes, kept.at, list(run.more))
    return 0


cdef int place_in_vector(Node node) except -1:
    """An ENTRY node of a run that is a vector only becomes an INDEX node."""
    cdef object place = <int> number_of(node, 0)
    keep(node, 0, place)
    node.op = INDEX
    return 0


cdef list blank_nodes(int n, Entries kept):
    """Nodes for n entries; of those that have one, that one."""
    cdef list nodes = [None] * n
    cdef int i
    for i in range(n):
        if kept is not None and kept.known[i] != NULL:
            nodes[i] = <Node> kept.known[i]
        else:
            nodes[i] = node_new(RULE, 0, None, None, no_shape, FLOAT)
    return nodes


cdef int write_nodes(list nodes, const dd_entry *at, list inputs) except -1:
    """Makes them the rules that the entries are."""
    cdef Node node, parent
    cdef int i, j, a
    cdef bint tracked
    for i in range(len(nodes)):
        node = <Node> nodes[i]
        tracked = False
        node.op = RULE
        node.rule = at[i].rule
        node.arity = at[i].arity
        node.first = node.second = None
        forget(node, 0)
        node.flags |= at[i].flags & DD_CHOOSES
        for j in range(node.arity):
            a = at[i].at[j]
            if a == DD_CONSTANT:
                continue
            parent = <Node> (nodes[a] if a >= 0 else inputs[-2 - a])
            tracked = tracked or PyObject_GC_IsTracked(<PyObject *> parent)
            node.owner |= parent.owner
            if j:
                node.second = parent
            else:
                node.first = parent
            if at[i].flags & DD_PARTIAL << j:
                keep_number(node, j, at[i].p[j])
        if tracked and not PyObject_GC_IsTracked(<PyObject *> node):
            PyObject_GC_Track(<PyObject *> node)
    return 0
