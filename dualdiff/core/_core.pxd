"""What the modules beside _core have of it: recordings, and what they share of arrays and counts."""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
cimport cython

cdef extern from "Python.h":
    void Py_XDECREF(PyObject *)


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
cdef int assign(cnp.ndarray to, cnp.ndarray source) except -1
cdef int k_differ(Py_ssize_t a, Py_ssize_t b) except -1
cdef long long *met_place() noexcept


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

# the classes of the maps that the core makes
cdef object Elementwise, Index, Reshape, SetView
