"""What the modules beside _core have of it."""
cimport cython
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

cdef extern from "Python.h":
    void Py_XDECREF(PyObject *)


cdef extern from "work.h" nogil:
    ctypedef struct dd_work:
        long long scalars
        long long arrays
        long long values
        long long elements
        long long loops
        long long shorts
        long long picked
        long long products
        long long crossed
        long long calls
    ctypedef struct dd_thread:
        int within
        int lifted
        int through
        int redraws
        int calm
        unsigned int rounded
        unsigned int stopped
        unsigned int texts
        unsigned int alike
        unsigned int keyed
        unsigned int compared
        unsigned int asked
        unsigned int objects
        unsigned int stepped
        unsigned int lost

cdef extern from "tags.h" nogil:
    long long DD_FIRST_TAG
    int kind_of "dd_kind_of" (long long)

cdef extern from "number_run.h" nogil:
    ctypedef struct dd_entry:
        double p[2]
        int at[2]
        short rule
        unsigned char flags, arity
    enum:
        DD_CONSTANT, DD_PARTIAL, DD_CHOOSES, DD_OF_NODE, DD_HELD, DD_FIRST_USE, DD_SEVERAL

cdef enum:
    RECORDED = 5        # the scheme whose duals have nodes of a recording as tangents (bend.pxi)
    TOWER = 6           # that of nested calls with one direction each (tower.pxi)


# ---- duals (scalar.pxi, array.pxi) -----------------------------------------------------------------------

@cython.final
cdef class Dual:
    cdef double v
    cdef long long tag_
    cdef Py_ssize_t k
    cdef bint of_numpy
    cdef int place
    cdef PyObject *gv
    cdef PyObject *gt
    cdef double t[1]


@cython.final
cdef class DualArray:
    cdef object value_
    cdef object tangent_
    cdef long long tag_
    cdef DualArray base_
    cdef object view_
    cdef long long version
    cdef long long seen
    cdef char shared
    cdef bint exposed           # whether other objects have the memory (of the root)
    cdef list formers
    cdef object __weakref__


cdef Dual dual_generic(object value, object tangent, long long tag)
cdef Dual dual_finish(int r, Dual x, Dual y, double xv, double yv, double f, Py_ssize_t k, long long tag)
cdef Node node_of(Dual x)
cdef object value_of_entry(Dual x)
cdef int as_double(object o, double *v) except -1
cpdef object bare(object x)
cpdef object of_python(object x)
cdef object new_array(value, tangent, long long tag, base, view, bint shared)
cdef int sync(DualArray x) except -1
cdef bint is_constant_array(DualArray x) except -1
cpdef bint is_pristine(x) except -1


cdef inline char root_shared(DualArray x) noexcept:
    """Whether x stands, possibly as a view, on memory that is not ours to write to."""
    while x.base_ is not None:
        x = x.base_
    return x.shared


cdef object lifted_pair(object a, object b)
cdef object record_value(int r, object a, object b, object standard)


# ---- what the running thread is in (notes.pxi) -----------------------------------------------------------

cdef object hook_function           # (func, args, kwargs) -> result
cdef dict ufunc_rule                # ufunc -> place in the table
cdef bint has_partials(int r, int nin) noexcept
cdef set texts                      # of duals, in running derivative calls
cdef dd_thread *here() noexcept
cdef dd_work *work_place() noexcept
cdef long long *met_place() noexcept
cdef long long *kinks_place() noexcept
cdef int enter_call(long long tag) except -1
cdef void leave_call(long long tag) noexcept


# ---- arrays and numbers ----------------------------------------------------------------------------------

cdef inline bint plain_real(object v) noexcept:
    """Whether v is a float64 or float32 array that C code may read."""
    return (cnp.PyArray_CheckExact(v) and cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray> v)
            and (cnp.PyArray_TYPE(<cnp.ndarray> v) == cnp.NPY_DOUBLE or cnp.PyArray_TYPE(<cnp.ndarray> v) == cnp.NPY_FLOAT))


cdef inline long long size_of_shape(object shape) except -1:
    cdef long long size = 1
    for n in shape:
        size *= <long long> n
    return size


cdef cnp.ndarray pooled(int nd, cnp.npy_intp *dims, int type_)
cdef int look(cnp.ndarray a, bint *finite, bint *nonzero) except -1
cpdef bint all_finite(a) except -1
cdef object push_total(cnp.ndarray t)
cdef int assign(cnp.ndarray to, cnp.ndarray source) except -1
cdef int k_differ(Py_ssize_t a, Py_ssize_t b) except -1


# ---- index keys (keys.pxi) ---------------------------------------------------------------------------------

cdef inline bint simple_key(object key):
    """Whether a basic index can be kept as it is: Python's integers, slices and None, no ellipsis."""
    if type(key) is tuple:
        for part in <tuple> key:
            if not (type(part) is int or type(part) is slice or part is None):
                return False
        return True
    return type(key) is int or type(key) is slice


cdef object part_of(object t, object key)
cpdef tuple expand_key(key, Py_ssize_t ndim)


# ---- nodes of recordings (node.pxi) ----------------------------------------------------------------------

cdef class MapBase:
    cdef public tuple in_shapes
    cdef public tuple in_dtypes
    cdef public object out_shape
    cdef public object out_dtype


cdef class ElementwiseBase(MapBase):
    cdef public tuple partials
    cdef public tuple both
    cdef public object rule         # the name of the rule, where it is one


@cython.final
cdef class Bend:
    cdef object e0, e1, e2
    cdef double h[3]


cdef enum:              # Node.op
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
    GATHER = 11         # x[places], places an array of integers along the first axis
    SELECT = 12         # np.where of a mask
    STACKED = 13        # np.array of numbers
    RUN = 14            # the numbers of a run (run.pxi), as a vector: `rest` is its Entries, `more` its inputs
    ENTRY = 15          # one of them, k0 its place: until `unfold` makes it the RULE that it stands for

cdef enum:              # Node.flags
    NUMBER_0 = 1        # the first thing that it keeps is a number: the partial of its first parent
    NUMBER_1 = 2        # the second is one
    SELECTS = 4         # where the partial is 0 nothing comes through
    SCALES = 8          # a product whose second factor is a tangent: its 0 is no perturbation unless something reaches it
    SCALED = 16         # the first is one
    STUB = 32           # what it kept is gone; it keeps its number (window.pxi)


ctypedef union Kept:
    PyObject *object    # owned; NULL: nothing
    double number       # where a flag of the node says so


@cython.final
cdef class Node:
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


@cython.final
cdef class Entries:
    cdef dd_entry *at
    cdef int n
    cdef PyObject **known       # the ENTRY nodes that there are, borrowed
    cdef list nodes             # of all entries, once they were unfolded


@cython.final
cdef class Run:
    cdef dd_entry *at           # NULL: it is closed
    cdef int n, room
    cdef bint open
    cdef unsigned char owner    # as of a node
    cdef long long tag
    cdef void *here             # which thread's it is
    cdef unsigned long thread
    cdef list inputs
    cdef Node node              # once it is closed: its RUN node
    cdef list nodes             # or of few entries a node each


cdef bint is_folded(Node node) noexcept
cdef int unfold(Node node) except -1
cdef int runs_made() noexcept


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


cdef inline int type_of(Node node) noexcept:
    """NumPy's number of a node's type; -1 for others than float64 and float32."""
    return node.type_number if node.type_number == cnp.NPY_DOUBLE or node.type_number == cnp.NPY_FLOAT else -1


cdef object let_go_of()
cdef Node zero_node(object shape, object dtype)
cdef object push_rows(int op, list stacks, tuple shape, object k0, object k1, cnp.npy_intp k)
cdef int write_rows(cnp.ndarray part, cnp.ndarray t) except -1
cdef object float_type(int type_)
cdef object window_of(list nodes, double limit)
cdef int let_copies_go() except -1

# the classes of the maps that the core makes
cdef object Elementwise, Index, Reshape, SetView
