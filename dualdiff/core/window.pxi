# window.pxi: how much a recording may hold while f runs, and what happens above that.
#
# A `Window` is open while f runs.  Its operations are those that hang on its inputs; they are numbered in the order in
# which they are recorded.  It counts the bytes that they keep.  Above the limit the oldest operation lets go of what it
# keeps: it becomes a stub, which knows its number only.  So what is held in the end is the longest stretch of operations
# up to the last one that fits.  Another run of f with `stop` holds the stretch before that one, and so on
# (transforms/segments.py).
#
# Invariants: a stub is never taken for an operation (`collect`, `Node.parents` and `Node.map` raise on it) until
# `collect` was told to hand out stubs as ends.  A window holds no references to nodes but to those that are `wanted`.
# Included by _core.pyx after record.pxi.

cdef enum:
    GRID = 256          # operations between two signatures that are kept

cdef cnp.npy_intp COUNTED_ONCE = 1024         # bytes from which on an array that several nodes keep is counted once
cdef long long NODE_BYTES = sizeof(Node) + 16


class EnoughRecorded(BaseException):
    """Ends a run of f of which only the beginning is recorded."""


ctypedef struct Slot:
    PyObject *node      # NULL: it is gone
    long long born


@cython.final
cdef class Window:
    """What is kept of one run of f.

    Parameters
    ----------
    limit : int
        Bytes that the operations may keep; the newest one stays in any case.
    stop : int
        The number of the first operation that is not kept; -1: there is none.
    wanted : list of int
        Numbers below `stop`, ascending, of operations to hold on to.
    expected : Window, optional
        Of an earlier run, which this one must repeat.

    Attributes
    ----------
    count : int
        Operations so far.
    start : int
        The number of the oldest one that is kept.
    held, total : int
        Bytes that are kept, and that would be kept without a limit.
    found : list of Node
        The wanted operations.
    differs : bool
        Whether this run was another one than the expected.
    """

    cdef Slot *slots
    cdef Py_ssize_t head, used, room        # slots[head] belongs to operation `start`
    cdef readonly long long count, start, held, total
    cdef long long limit, stop
    cdef list wanted, signatures
    cdef readonly list found
    cdef readonly bint differs
    cdef bint ended                         # f was stopped
    cdef Window expected
    cdef uint64_t signature
    cdef unsigned long thread
    cdef dict arrays
    cdef unsigned char number               # its place among the open ones; 0: it is closed

    def __init__(self, limit, long long stop=-1, wanted=(), Window expected=None):
        if self.number:
            raise TypeError("a Window is opened once")
        self.stop = stop
        self.wanted, self.found = list(wanted), []
        self.expected = expected
        self.open(limit)

    cdef void open(self, double limit) noexcept:
        """What is recorded from now on is counted."""
        cdef int i
        self.limit = <long long> min(limit, 2.0**62)
        self.thread = PyThread_get_thread_ident()
        self.signature = 1
        for i in range(1, 256):
            if open_windows[i] == NULL:
                open_windows[i] = <PyObject *> self
                self.number = i
                break

    def own(self, nodes):
        """These are the inputs."""
        for node in nodes:
            (<Node?> node).owner = self.number

    def close(self):
        """f is done: what is recorded from now on is not counted."""
        cdef bint ended = self.ended
        cdef int i
        if self.number:
            self.ended = True       # nothing is left to be stopped
            try:
                close_open_run()
            finally:
                self.ended = ended
            for i in range(n_open):     # of other threads
                if (<Run> open_runs[i]).owner == self.number:
                    (<Run> open_runs[i]).owner = 0
            open_windows[self.number] = NULL
            self.number = 0
        if self.expected is not None and not self.ended and (
                self.count != self.expected.count or self.signature != self.expected.signature):
            self.differs = True
        self.expected = None
        free(self.slots)
        self.slots = NULL
        self.head = self.used = self.room = 0

    def __dealloc__(self):
        if self.number:
            open_windows[self.number] = NULL
        free(self.slots)


cdef object window_of(list nodes, double limit):
    """An open window for these inputs."""
    cdef Window window = Window.__new__(Window)
    window.stop = -1
    window.open(limit)
    window.own(nodes)
    return window


cdef PyObject *open_windows[256]
memset(open_windows, 0, sizeof(open_windows))


cdef inline int recorded(Node node) except -1:
    """A node is complete: it is counted where the window that it belongs to is open."""
    if node.owner and open_windows[node.owner] != NULL:
        return window_add(<Window> open_windows[node.owner], node, PyThread_get_thread_ident())
    return 0


cdef int recorded_in(Node node, unsigned long thread) except -1:
    """The same of a node whose operations a thread has recorded that need not be the running one."""
    if node.owner and open_windows[node.owner] != NULL:
        return window_add(<Window> open_windows[node.owner], node, thread)
    return 0


cdef inline void let_window_go(Node node) noexcept:
    """A node goes."""
    if node.owner and open_windows[node.owner] != NULL and not node.flags & STUB:
        window_remove(<Window> open_windows[node.owner], node)


cdef int window_add(Window window, Node node, unsigned long thread) except -1:
    cdef long long i = window.count, bytes
    cdef Slot *more
    window.count += 1
    window.signature = signature_with(window.signature, node)
    if window.thread != thread:
        window.differs = True       # the order of threads is another one in each run
    if i % GRID == GRID - 1:
        if window.expected is None:
            if window.signatures is None:
                window.signatures = []
            window.signatures.append(window.signature)
        else:
            window.differs = window.differs or not (
                window.expected.signatures is not None and
                i // GRID < len(window.expected.signatures) and window.expected.signatures[i // GRID] == window.signature)
            if not window.ended and (window.differs or i >= window.stop >= 0) and thread == PyThread_get_thread_ident():
                become_stub(node, i)
                window.ended = True
                raise EnoughRecorded
    if i >= window.stop >= 0:
        become_stub(node, i)
        return 0
    if window.wanted is not None and len(window.found) < len(window.wanted) and window.wanted[len(window.found)] == i:
        window.found.append(node)
    if window.used == window.room:
        if window.head > window.room // 2:
            window.used -= window.head
            memmove(window.slots, window.slots + window.head, window.used * sizeof(Slot))
            window.head = 0
        else:
            more = <Slot *> realloc(window.slots, 2 * (window.room + 64) * sizeof(Slot))
            if more == NULL:
                raise MemoryError
            window.slots = more
            window.room = 2 * (window.room + 64)
    window.slots[window.used].node = <PyObject *> node
    window.slots[window.used].born = node.born
    window.used += 1
    bytes = bytes_of_node(window, node, 1)
    window.held += bytes
    window.total += bytes
    while window.held > window.limit and window.start < i:
        drop_oldest(window)
    return 0


cdef int drop_oldest(Window window) except -1:
    cdef Slot slot = window.slots[window.head]
    cdef long long number = window.start
    cdef Node node
    window.head += 1
    window.start += 1
    if slot.node != NULL:
        node = <Node> slot.node
        window.held -= bytes_of_node(window, node, -1)
        become_stub(node, number)
    return 0


cdef int become_stub(Node node, long long number) except -1:
    forget(node, 0)
    forget(node, 1)
    node.flags = STUB
    node.op = OTHER
    node.arity = 0
    keep_number(node, 0, <double> number)
    node.rest = None
    node.more = no_shape
    node.first = node.second = None
    return 0


cdef void window_remove(Window window, Node node) noexcept:
    """A node that is kept goes, as nothing hangs on it."""
    cdef Py_ssize_t low = window.head, high = window.used - 1, at
    while low < high:
        at = (low + high) // 2
        if window.slots[at].born < node.born:
            low = at + 1
        else:
            high = at
    if low == high and window.slots[low].node == <PyObject *> node:
        window.slots[low].node = NULL
        window.held -= bytes_of_node(window, node, -1)


# ---- bytes ------------------------------------------------------------------------------------------------

cdef long long bytes_of_node(Window window, Node node, int sign) noexcept:
    """What a node keeps; sign: it begins (1) or ends (-1) to keep it.  An array of several nodes is counted once."""
    cdef long long total = NODE_BYTES
    cdef Bend bend = bend_of(node)
    total += bytes_of_array(window, kept_of(node, 0), sign) + bytes_of_array(window, kept_of(node, 1), sign)
    if bend is not None:
        total += sizeof(Bend) + bytes_of_array(window, bend.e0, sign)
        total += bytes_of_array(window, bend.e1, sign) + bytes_of_array(window, bend.e2, sign)
    if node.op == RUN:
        return total + bytes_of_run(node)
    if node.op == OTHER and node.rest is not None:
        if sign > 0:
            keep_number(node, 0, bytes_of_map(node.rest, {}))
        total += <long long> number_of(node, 0)
    return total


cdef long long bytes_of_run(Node node) noexcept:
    return (<Entries> node.rest).n * <long long> sizeof(dd_entry) + len(node.more) * <long long> sizeof(PyObject *)


cdef long long bytes_of_array(Window window, object a, int sign) noexcept:
    cdef object owner
    cdef long long n
    if not cnp.PyArray_CheckExact(a):
        return 0
    owner = owner_of(a)
    n = cnp.PyArray_NBYTES(<cnp.ndarray> owner)
    if n < COUNTED_ONCE:
        return n + 112          # and the array object
    key = <Py_ssize_t> <PyObject *> owner
    if window.arrays is None:
        window.arrays = {}
    count = window.arrays.get(key, 0) + sign
    if count > 0:
        window.arrays[key] = count
        return n if sign > 0 and count == 1 else 0
    if count == 0:
        del window.arrays[key]
        return n
    return 0


cdef object owner_of(object a):
    """The array whose memory a view shows."""
    cdef PyObject *base = cnp.PyArray_BASE(<cnp.ndarray> a)
    while base != NULL and cnp.PyArray_CheckExact(<object> base):
        a = <object> base
        base = cnp.PyArray_BASE(<cnp.ndarray> a)
    return a


cdef long long bytes_of_map(object x, dict known) noexcept:
    """The numbers in a map's slots, and under any depth of lists and duals.

    known: address -> each array that was counted.  It holds the arrays, as some are made by being asked for: another one
    would come to lie at the same address.
    """
    cdef long long total = 0
    if type(x) is DualArray:
        return bytes_of_map((<DualArray> x).value_, known) + bytes_of_map((<DualArray> x).tangent_, known)
    if cnp.PyArray_CheckExact(x):
        x = owner_of(x)
        if id(x) in known:
            return 0
        known[id(x)] = x
        return cnp.PyArray_NBYTES(<cnp.ndarray> x)
    if type(x) is tuple or type(x) is list:
        for part in x:
            total += bytes_of_map(part, known)
        return total
    if not isinstance(x, MapBase):
        return 0
    if isinstance(x, ElementwiseBase):
        return bytes_of_map((<ElementwiseBase> x).partials, known)
    for name in slots_of(type(x)):
        total += bytes_of_map(getattr(x, name, None), known)
    for part in getattr(x, "__dict__", no_names).values():
        total += bytes_of_map(part, known)
    return total


cdef dict no_names = {}
cdef dict slots_of_kind = {}


cdef tuple slots_of(object kind):
    """The names of a class's slots, with those of its bases."""
    found = slots_of_kind.get(kind)
    if found is None:
        names = []
        for base in kind.__mro__:
            slots = base.__dict__.get("__slots__", ())
            names += [slots] if isinstance(slots, str) else list(slots)
        found = slots_of_kind[kind] = tuple(names)
    return found


def bytes_kept(nodes, others=()):
    """The bytes that nodes keep, and arrays, maps and lists of them besides; what is shared is counted once."""
    cdef dict known = {}
    cdef long long total = 0
    cdef Node node
    for o in nodes:
        node = <Node?> o
        total += NODE_BYTES
        for part in (kept_of(node, 0), kept_of(node, 1)):
            total += bytes_of_map(part, known)
        if bend_of(node) is not None:
            for part in (bend_of(node).e0, bend_of(node).e1, bend_of(node).e2):
                total += bytes_of_map(part, known)
        if node.op == RUN:
            total += bytes_of_run(node)
        if node.op == OTHER:
            total += bytes_of_map(node.rest, known)
    return total + bytes_of_map(list(others), known)


# ---- whether a run repeats another one ----------------------------------------------------------------------

cdef inline uint64_t mixed(uint64_t h, uint64_t x) noexcept:
    h = (h ^ x) * <uint64_t> 0x9E3779B97F4A7C15
    return h ^ h >> 29


cdef inline uint64_t bits_of(double x) noexcept:
    cdef uint64_t bits
    memcpy(&bits, &x, 8)
    return bits


cdef uint64_t signature_with(uint64_t h, Node node) noexcept:
    """The signature of a run, with one operation more: what it is, its shape, numbers that it keeps."""
    cdef tuple shape = <tuple> node.shape
    h = mixed(h, node.op | <uint64_t> <unsigned short> node.rule << 8 | <uint64_t> node.flags << 24
              | <uint64_t> len(shape) << 32)
    if len(shape):
        h = mixed(h, <uint64_t> <Py_ssize_t> shape[0])
    if node.op == RULE:
        h = with_array(mixed(mixed(h, bits_of(number_of(node, 0))), bits_of(number_of(node, 1))), kept_of(node, 0))
        return with_array(h, kept_of(node, 1))
    if node.op == RUN:
        return mixed(h, dd_run_hash((<Entries> node.rest).at, (<Entries> node.rest).n))
    if node.op == PRODUCT:
        return with_array(with_array(h, kept_of(node, 0)), kept_of(node, 1))
    if node.op == GATHER or node.op == SELECT:
        return with_array(h, kept_of(node, 0))
    return h


cdef uint64_t with_array(uint64_t h, object a) noexcept:
    cdef cnp.npy_intp n
    cdef int size, i
    cdef uint64_t x = 0
    if not cnp.PyArray_CheckExact(a) or not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> a):
        return h
    n = cnp.PyArray_SIZE(<cnp.ndarray> a)
    size = cnp.PyArray_ITEMSIZE(<cnp.ndarray> a)
    if n == 0 or size > 8:
        return h
    for i in range(3):
        memcpy(&x, cnp.PyArray_BYTES(<cnp.ndarray> a) + (0 if i == 0 else n // 2 if i == 1 else n - 1) * size, size)
        h = mixed(h, x)
    return h
