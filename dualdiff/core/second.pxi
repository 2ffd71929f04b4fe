# second.pxi: second-order duals: which tags mean them, the guard around their rows, the way in
# and out.  Included by _core.pyx.
#
# A second-order call (transforms/hessian.py) draws a tag whose three lowest bits name a scheme of pairs
# (second.h); its duals hold the first- and second-order rows one after the other, as K tangents.
# Linear code needs not know.  Compiled elementwise code asks `kind_of(tag)`.  Python code gets the
# rows only inside a `Packed`, which nothing but `push` of a map that is known to act on all rows
# alike (or to be second-order aware) can turn into tangents of a result; whatever else looks into
# it raises NotSecondOrder, and the call is done anew by nesting.


class NotSecondOrder(BaseException):
    """Internal: an operation that is not known to be right on second-order rows; never leaves dualdiff."""


@cython.final
cdef class Packed:
    """The K rows of a second-order dual, (K, *shape), or its node, as Python code sees them.

    Attributes
    ----------
    rows : ndarray, DualArray or Node
    kind : int
        The scheme of pairs.
    ready : bool
        Whether a map made them, so that they may become the tangents of a result.
    """

    cdef readonly object rows
    cdef readonly int kind
    cdef readonly bint ready

    def __init__(self, rows, int kind, bint ready):
        self.rows = rows
        self.kind = kind
        self.ready = ready

    def __getattr__(self, str name):
        raise NotSecondOrder

    def __getitem__(self, key):
        raise NotSecondOrder

    def __len__(self):
        raise NotSecondOrder

    def __iter__(self):
        raise NotSecondOrder

    def __array__(self, dtype=None, copy=None):
        raise NotSecondOrder

    def __array_ufunc__(self, *args, **kwargs):
        raise NotSecondOrder

    def __array_function__(self, *args, **kwargs):
        raise NotSecondOrder

    def __add__(self, other):
        raise NotSecondOrder

    def __sub__(self, other):
        raise NotSecondOrder

    def __mul__(self, other):
        raise NotSecondOrder

    def __neg__(self):
        raise NotSecondOrder

    def __matmul__(self, other):
        raise NotSecondOrder

    def __truediv__(self, other):
        raise NotSecondOrder

    def __pow__(self, other, mod):
        raise NotSecondOrder

    def __eq__(self, other):
        raise NotSecondOrder

    __hash__ = None

    def __bool__(self):
        raise NotSecondOrder

    def __reduce__(self):
        raise NotSecondOrder


cdef int check_user_tag(long long tag) except -1:
    """Raises for a tag of a second-order call, or one that reads like it, beside tangents that are not its rows."""
    if kind_of(tag):
        if dd_here.within > 0:
            raise NotSecondOrder
        raise ArgumentError(f"tag={tag} belongs to a second-order call; leave out tag, or take one below {DD_FIRST_TAG}")
    return 0


def scheme_of(long long tag):
    """The scheme of pairs that a tag stands for (1 all, 2 with the last, 3 equal, 4 a series, 5 recorded, 6 nested); 0: first order."""
    return kind_of(tag)


def directions_of(int kind, Py_ssize_t rows):
    """The number k of directions in K rows of a scheme."""
    cdef Py_ssize_t k = dd_directions(kind, rows)
    if k < 0:
        raise ShapeError(f"no number of directions has {rows} rows in scheme {kind}")
    return k


cdef object packed(object rows, long long tag):
    """Tangents as Python code may see them."""
    if rows is None or kind_of(tag) == 0:
        return rows
    return Packed(rows, kind_of(tag), False)


cdef object unpacked(object t, long long tag):
    """Tangents that Python code made for a result of this tag, as they are stored."""
    if type(t) is Packed:
        if not (<Packed> t).ready or kind_of(tag) != (<Packed> t).kind:
            raise NotSecondOrder
        return (<Packed> t).rows
    if t is not None and kind_of(tag):
        raise NotSecondOrder
    return t


def push_second(map, tangents, bint fixed):
    """A map on second-order rows; fixed: it does not depend on the point, so all rows go alike."""
    cdef int kind = 0
    cdef list rows = []
    for t in tangents:
        if t is None:
            rows.append(None)
        elif type(t) is Packed and kind in (0, (<Packed> t).kind):
            kind = (<Packed> t).kind
            rows.append((<Packed> t).rows)
        else:
            raise NotSecondOrder
    if kind == TOWER:
        raise NotSecondOrder
    if kind == RECORDED:
        if not fixed and not map.bends:
            raise NotSecondOrder
        return Packed(Node(map, tuple(rows), map.out_shape, map.out_dtype), kind, True)
    with np_errstate(all="ignore"):
        return Packed(detached(map.apply(rows) if fixed else map.second(rows, kind), rows), kind, True)


def second_seeds(x, Py_ssize_t first, Py_ssize_t n, Py_ssize_t start, Py_ssize_t k, Py_ssize_t rows, v, long long tag):
    """A C-contiguous float64 array, or a float, as a second-order dual of K rows.

    Its elements first to first + n are directions start to start + n of k; v is None, or the
    last direction's part of it.
    """
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp i, size
    cdef int nd
    cdef cnp.ndarray t, a
    cdef double *p
    cdef Dual z
    if first < 0 or n < 0 or start < 0 or start + n > k or k > rows:
        raise ShapeError(f"no directions {start} to {start + n} of {k} in {rows} rows")
    if PyFloat_Check(x):
        if first + n > 1:
            raise ShapeError("a number is one direction")
        z = dual_new(rows, tag, PyFloat_AS_DOUBLE(x))
        z.of_numpy = not PyFloat_CheckExact(x)
        memset(&z.t[0], 0, rows * sizeof(double))
        if n == 1:
            z.t[start] = 1.0
        if v is not None:
            z.t[k - 1] = v
        return z
    if not cnp.PyArray_CheckExact(x):
        raise InputError("second_seeds takes a float64 array or a float")
    a = <cnp.ndarray> x
    nd = cnp.PyArray_NDIM(a)
    size = cnp.PyArray_SIZE(a)
    if nd > 60 or cnp.PyArray_TYPE(a) != cnp.NPY_DOUBLE or not cnp.PyArray_IS_C_CONTIGUOUS(a):
        raise InputError("second_seeds takes a C-contiguous float64 array")
    if first + n > size:
        raise ShapeError(f"no elements {first} to {first + n} of {size}")
    dims[0] = rows
    for i in range(nd):
        dims[i + 1] = cnp.PyArray_DIM(a, i)
    t = dd_array(nd + 1, dims, cnp.NPY_DOUBLE)
    p = <double *> cnp.PyArray_DATA(t)
    memset(p, 0, cnp.PyArray_NBYTES(t))
    for i in range(n):
        p[(start + i) * size + first + i] = 1.0
    if v is not None:
        t[k - 1] = v
    return new_array(a, t, tag, None, None, True)


def second_rows(Dual y, long long tag):
    """(value, rows) of a plain result of a second-order call; None for any other Dual."""
    if y.k < 0 or y.tag_ != tag:
        return None
    cdef cnp.ndarray t = cnp.PyArray_EMPTY(1, <cnp.npy_intp *> &y.k, cnp.NPY_DOUBLE, 0)
    memcpy(cnp.PyArray_DATA(t), &y.t[0], y.k * sizeof(double))
    return y.v, t


def symmetric(cnp.ndarray rows, Py_ssize_t k):
    """The full symmetric matrix of the pairs i <= j, row by row, behind k first-order numbers."""
    cdef cnp.npy_intp dims[2]
    cdef Py_ssize_t i, j
    cdef const double *p
    cdef double *out
    if (cnp.PyArray_TYPE(rows) != cnp.NPY_DOUBLE or cnp.PyArray_NDIM(rows) != 1
            or not cnp.PyArray_IS_C_CONTIGUOUS(rows) or k < 0 or cnp.PyArray_DIM(rows, 0) != k + k * (k + 1) // 2):
        raise ShapeError("symmetric takes k + k (k + 1)/2 contiguous float64 numbers")
    dims[0] = dims[1] = k
    cdef cnp.ndarray H = cnp.PyArray_EMPTY(2, dims, cnp.NPY_DOUBLE, 0)
    p = <const double *> cnp.PyArray_DATA(rows) + k
    out = <double *> cnp.PyArray_DATA(H)
    for i in range(k):
        for j in range(i, k):
            out[i * k + j] = out[j * k + i] = p[0]
            p += 1
    return H


def mirror(cnp.ndarray H):
    """Takes what is below the diagonal of a square C-contiguous float64 matrix from above, in place."""
    cdef Py_ssize_t i, j, n = cnp.PyArray_DIM(H, 0) if cnp.PyArray_NDIM(H) == 2 else -1
    cdef double *p
    if (n < 0 or cnp.PyArray_DIM(H, 1) != n or cnp.PyArray_TYPE(H) != cnp.NPY_DOUBLE
            or not cnp.PyArray_IS_C_CONTIGUOUS(H) or not cnp.PyArray_ISWRITEABLE(H)):
        raise ShapeError("mirror takes a writeable square C-contiguous float64 matrix")
    p = <double *> cnp.PyArray_DATA(H)
    for i in range(n):
        for j in range(i):
            p[i * n + j] = p[j * n + i]


def convolution(cnp.ndarray a, cnp.ndarray b, int first, int m, bint weigh):
    """sum_{j=first..m} w_j a_j b_{m-j} of two series (orders, n), with w_j = j or 1; None where they are not plain."""
    cdef cnp.npy_intp n
    cdef cnp.ndarray out
    if (cnp.PyArray_NDIM(a) != 2 or cnp.PyArray_NDIM(b) != 2 or cnp.PyArray_TYPE(a) != cnp.NPY_DOUBLE
            or cnp.PyArray_TYPE(b) != cnp.NPY_DOUBLE or not cnp.PyArray_IS_C_CONTIGUOUS(a)
            or not cnp.PyArray_IS_C_CONTIGUOUS(b) or cnp.PyArray_DIM(a, 1) != cnp.PyArray_DIM(b, 1)):
        return None
    if first < 0 or m < first or m >= cnp.PyArray_DIM(a, 0) or m - first >= cnp.PyArray_DIM(b, 0):
        raise ShapeError(f"no coefficients {first} to {m}")
    n = cnp.PyArray_DIM(a, 1)
    out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_DOUBLE, 0)
    dd_convolve(n, first, m, weigh, <const double *> cnp.PyArray_DATA(a), <const double *> cnp.PyArray_DATA(b),
                <double *> cnp.PyArray_DATA(out))
    return out
