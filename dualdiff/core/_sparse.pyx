# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: embedsignature=True, binding=False, auto_pickle=False
"""What dualdiff.sparse computes in C: index sets (sets.h), colourings and decompression (coloring.h).

Invariant: every array is checked here (type, length, range of its indices) before C reads it.
"""
cimport numpy as cnp
from libc.math cimport fabs, isfinite, INFINITY
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

import numpy as np

from ..errors import ArgumentError, InputError, ShapeError

cnp.import_array()

cdef extern from "coloring.h" nogil:
    ctypedef int64_t dd_int
    ctypedef struct dd_sets:
        dd_int universe, count, used
        dd_int *start
        int32_t *items
    int dd_sets_init(dd_sets *, dd_int)
    void dd_sets_free(dd_sets *)
    dd_int dd_sets_join(dd_sets *, dd_int, dd_int)
    dd_int dd_sets_unite(dd_sets *, const dd_int *, dd_int)
    void dd_sets_keep(dd_sets *, dd_int *)
    int32_t dd_color_distance2(dd_int, const dd_int *, const int32_t *, const dd_int *, const int32_t *,
                               const dd_int *, int32_t *, dd_int *, const dd_int *, uint64_t *, dd_int, uint64_t *)
    void dd_order_smallest_last(dd_int, const dd_int *, const int32_t *, const dd_int *, const int32_t *, dd_int,
                                dd_int *, dd_int, dd_int *, dd_int *, dd_int *, dd_int *)
    int32_t dd_color_star(dd_int, const dd_int *, const int32_t *, const int32_t *, const dd_int *, int32_t *,
                          dd_int *, dd_int *, dd_int *, dd_int *, dd_int *, dd_int *, dd_int *)
    int32_t dd_color_acyclic(dd_int, dd_int, const dd_int *, const int32_t *, const int32_t *, const dd_int *,
                             int32_t *, dd_int *, dd_int *, dd_int *, dd_int *, dd_int *, dd_int *, dd_int *)
    dd_int dd_plan_substitution(dd_int, const dd_int *, const dd_int *, const int32_t *, const int32_t *, dd_int *,
                                dd_int *, dd_int *, int32_t *, int32_t *, int32_t *)
    void dd_substitute(dd_int, const double *, const dd_int *, const int32_t *, const int32_t *, const int32_t *,
                       double *, double *)

INT = np.dtype(np.int64)
INDEX = np.dtype(np.int32)
FLOAT = np.dtype(np.float64)

# ---- arrays, checked ---------------------------------------------------------------------------


cdef dd_int *ints(object array, Py_ssize_t length) except? NULL:
    """The data of a contiguous int64 array of a length (-1: any)."""
    if type(array) is not cnp.ndarray or cnp.PyArray_TYPE(<cnp.ndarray> array) != cnp.NPY_INT64 \
            or not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> array):
        raise InputError("expected a contiguous array of int64")
    if length >= 0 and cnp.PyArray_SIZE(<cnp.ndarray> array) != length:
        raise ShapeError(f"expected {length} numbers, got {cnp.PyArray_SIZE(<cnp.ndarray> array)}")
    return <dd_int *> cnp.PyArray_DATA(<cnp.ndarray> array)


cdef int32_t *indices(object array, Py_ssize_t length, dd_int bound) except? NULL:
    """The data of a contiguous int32 array of a length, its elements checked to be in range(bound) (-1: any)."""
    cdef int32_t *p
    cdef Py_ssize_t i, n
    if type(array) is not cnp.ndarray or cnp.PyArray_TYPE(<cnp.ndarray> array) != cnp.NPY_INT32 \
            or not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> array):
        raise InputError("expected a contiguous array of int32")
    n = cnp.PyArray_SIZE(<cnp.ndarray> array)
    if length >= 0 and n != length:
        raise ShapeError(f"expected {length} numbers, got {n}")
    p = <int32_t *> cnp.PyArray_DATA(<cnp.ndarray> array)
    if bound >= 0:
        for i in range(n):
            if p[i] < 0 or p[i] >= bound:
                raise ArgumentError(f"index {p[i]} is not in range({bound})")
    return p


cdef double *doubles(object array, Py_ssize_t length) except? NULL:
    """The data of a contiguous float64 array of a length (-1: any)."""
    if type(array) is not cnp.ndarray or cnp.PyArray_TYPE(<cnp.ndarray> array) != cnp.NPY_DOUBLE \
            or not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> array):
        raise InputError("expected a contiguous array of float64")
    if length >= 0 and cnp.PyArray_SIZE(<cnp.ndarray> array) != length:
        raise ShapeError(f"expected {length} numbers, got {cnp.PyArray_SIZE(<cnp.ndarray> array)}")
    return <double *> cnp.PyArray_DATA(<cnp.ndarray> array)


cdef dd_int *starts(object array, Py_ssize_t total) except? NULL:
    """The data of an array of starts: it begins with 0, never falls, and ends with total."""
    cdef dd_int *p = ints(array, -1)
    cdef Py_ssize_t i, n = cnp.PyArray_SIZE(<cnp.ndarray> array)
    if n < 1 or p[0] != 0 or p[n - 1] != total:
        raise ArgumentError("the starts must begin with 0 and end with the number of entries")
    for i in range(1, n):
        if p[i] < p[i - 1]:
            raise ArgumentError("the starts must not fall")
    return p


cdef dd_int *permutation(object array, Py_ssize_t n) except? NULL:
    """The data of an order of n vertices."""
    cdef dd_int *p = ints(array, n)
    cdef cnp.ndarray met = np.zeros(n, np.uint8)
    cdef unsigned char *seen = <unsigned char *> cnp.PyArray_DATA(met)
    cdef Py_ssize_t i
    for i in range(n):
        if p[i] < 0 or p[i] >= n or seen[p[i]]:
            raise ArgumentError("an order must name each vertex once")
        seen[p[i]] = 1
    return p


# ---- index sets --------------------------------------------------------------------------------


cdef class Sets:
    """Numbered subsets of range(n); see sets.h.

    Parameters
    ----------
    n : int
        The number of inputs.  Set 0 is empty, set j + 1 is {j}.

    Attributes
    ----------
    exact : bool
        Whether zeros of constant factors are structure (see `LinearMap.reach`).
    """

    cdef dd_sets s
    cdef public bint exact

    def __cinit__(self, dd_int n):
        if not 0 <= n < 2**31 - 64:
            raise ArgumentError(f"patterns of {n} inputs are not supported")
        self.exact = True
        if dd_sets_init(&self.s, n):
            raise MemoryError

    def __dealloc__(self):
        dd_sets_free(&self.s)

    @property
    def inputs(self):
        """The number of inputs."""
        return self.s.universe

    @property
    def count(self):
        """The number of different sets."""
        return self.s.count

    @property
    def used(self):
        """The number of items that all sets take."""
        return self.s.used

    cdef dd_int *numbers(self, object array) except? NULL:
        cdef dd_int *p = ints(array, -1)
        cdef Py_ssize_t i, n = cnp.PyArray_SIZE(<cnp.ndarray> array)
        for i in range(n):
            if p[i] < 0 or p[i] >= self.s.count:
                raise ArgumentError(f"there is no set number {p[i]}")
        return p

    def join(self, a, b):
        """Element by element the union of two arrays of set numbers, broadcast."""
        cdef cnp.ndarray found
        cdef dd_int *pa
        cdef dd_int *pb
        cdef dd_int *po
        cdef Py_ssize_t i, n
        cdef dd_int c = 0
        if (<object> a).shape != (<object> b).shape:
            a, b = np.broadcast_arrays(a, b)
        if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray?> a):
            a = a.copy()
        if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray?> b):
            b = b.copy()
        pa, pb = self.numbers(a), self.numbers(b)
        found = cnp.PyArray_EMPTY(cnp.PyArray_NDIM(<cnp.ndarray> a), cnp.PyArray_DIMS(<cnp.ndarray> a), cnp.NPY_INT64, 0)
        po = <dd_int *> cnp.PyArray_DATA(found)
        n = cnp.PyArray_SIZE(found)
        with nogil:
            for i in range(n):
                c = dd_sets_join(&self.s, pa[i], pb[i])
                if c < 0:
                    break
                po[i] = c
        if c < 0:
            raise MemoryError
        return found

    def unite(self, a, begin):
        """The union of each run of a: that of a[begin[i]:begin[i + 1]] for all i."""
        cdef dd_int *pa = self.numbers(a)
        cdef dd_int *pb = starts(begin, cnp.PyArray_SIZE(<cnp.ndarray> a))
        cdef Py_ssize_t i, n = cnp.PyArray_SIZE(<cnp.ndarray> begin) - 1
        cdef cnp.ndarray found = np.empty(n, INT)
        cdef dd_int *po = <dd_int *> cnp.PyArray_DATA(found)
        cdef dd_int c = 0
        with nogil:
            for i in range(n):
                c = dd_sets_unite(&self.s, pa + pb[i], pb[i + 1] - pb[i])
                if c < 0:
                    break
                po[i] = c
        if c < 0:
            raise MemoryError
        return found

    def rows(self, a):
        """(indptr, indices) of the boolean matrix whose rows are the sets in a."""
        cdef dd_int *pa = self.numbers(a)
        cdef Py_ssize_t i, n = cnp.PyArray_SIZE(<cnp.ndarray> a)
        cdef cnp.ndarray ptr = np.zeros(n + 1, INT)
        cdef dd_int *pp = <dd_int *> cnp.PyArray_DATA(ptr)
        cdef dd_int j, at
        cdef cnp.ndarray idx
        cdef int32_t *pi
        for i in range(n):
            pp[i + 1] = pp[i] + self.s.start[pa[i] + 1] - self.s.start[pa[i]]
        idx = np.empty(pp[n], INDEX)
        pi = <int32_t *> cnp.PyArray_DATA(idx)
        with nogil:
            for i in range(n):
                at = pp[i]
                for j in range(self.s.start[pa[i]], self.s.start[pa[i] + 1]):
                    pi[at] = self.s.items[j]
                    at = at + 1
        return ptr, idx

    def keep(self, list arrays):
        """Forgets all sets but those in the arrays, whose numbers are changed in place."""
        cdef cnp.ndarray wanted = np.zeros(self.s.count, INT)
        cdef dd_int *new = <dd_int *> cnp.PyArray_DATA(wanted)
        cdef dd_int *p
        cdef Py_ssize_t i
        for a in arrays:
            p = self.numbers(a)
            if not cnp.PyArray_ISWRITEABLE(<cnp.ndarray> a):
                raise InputError("the arrays whose sets are kept must be writable")
        for a in arrays:
            p = <dd_int *> cnp.PyArray_DATA(<cnp.ndarray> a)
            for i in range(cnp.PyArray_SIZE(<cnp.ndarray> a)):
                new[p[i]] = 1
        dd_sets_keep(&self.s, new)
        for a in arrays:
            p = <dd_int *> cnp.PyArray_DATA(<cnp.ndarray> a)
            for i in range(cnp.PyArray_SIZE(<cnp.ndarray> a)):
                p[i] = new[p[i]]


# ---- colourings --------------------------------------------------------------------------------


def turned(ptr, idx, dd_int n):
    """(ptr, idx) of the n columns of a matrix with these rows, each with its rows in order."""
    cdef dd_int m = len(ptr) - 1, i, j, k
    cdef dd_int *pp = starts(ptr, len(idx))
    cdef int32_t *pi = indices(idx, -1, n)
    cdef cnp.ndarray tptr = np.zeros(n + 2, INT), tidx = np.empty(len(idx), INDEX)
    cdef dd_int *tp = <dd_int *> cnp.PyArray_DATA(tptr) + 1     # one place behind: each moves on to the next one's start
    cdef int32_t *ti = <int32_t *> cnp.PyArray_DATA(tidx)
    with nogil:
        for j in range(pp[m]):
            tp[pi[j] + 1] += 1
        for k in range(n):
            tp[k + 1] += tp[k]
        for i in range(m):
            for j in range(pp[i], pp[i + 1]):
                k = pi[j]
                ti[tp[k]] = <int32_t> i
                tp[k] += 1
    return tptr[:n + 1], tidx


def color_distance2(vptr, vidx, uptr, uidx, order):
    """(colours, their number) of a partial distance-2 colouring: v that meet in a u differ.

    v are the vertices to colour, u those that they meet in; each with its neighbours on the other side.
    """
    cdef dd_int n = len(vptr) - 1, m = len(uptr) - 1, words = n / 64 + 2, most = max(256, n / 32)
    cdef dd_int *vp = starts(vptr, len(vidx))
    cdef dd_int *up = starts(uptr, len(uidx))
    cdef int32_t *vi = indices(vidx, -1, m)
    cdef int32_t *ui = indices(uidx, len(vidx), n)
    cdef dd_int *pi = permutation(order, n)
    cdef cnp.ndarray color = np.empty(n, INDEX), forbid = np.empty(n + 1, INT), every = np.zeros(words, np.uint64)
    widths = np.diff(uptr)
    rows = np.flatnonzero(widths > most)
    cdef cnp.ndarray wide = np.full(m, -1, INT), taken = np.zeros(len(rows) * words, np.uint64)
    wide[rows] = np.arange(len(rows))
    cdef int32_t colors
    cdef int32_t *pc = <int32_t *> cnp.PyArray_DATA(color)
    cdef dd_int *pf = <dd_int *> cnp.PyArray_DATA(forbid)
    cdef dd_int *pw = <dd_int *> cnp.PyArray_DATA(wide)
    cdef uint64_t *pt = <uint64_t *> cnp.PyArray_DATA(taken)
    cdef uint64_t *pe = <uint64_t *> cnp.PyArray_DATA(every)
    with nogil:
        colors = dd_color_distance2(n, vp, vi, up, ui, pi, pc, pf, pw, pt, words, pe)
    return color, colors


def order_smallest_last(vptr, vidx, uptr, uidx):
    """The order of smallest last of the v, neighbours of one another where they meet in a u."""
    cdef dd_int n = len(vptr) - 1, m = len(uptr) - 1, most = max(256, n / 32), largest
    cdef dd_int *vp = starts(vptr, len(vidx))
    cdef dd_int *up = starts(uptr, len(uidx))
    cdef int32_t *vi = indices(vidx, -1, m)
    cdef int32_t *ui = indices(uidx, len(vidx), n)
    meets = np.concatenate([np.zeros(1, INT), np.cumsum((np.diff(uptr) - 1)[vidx])])
    cdef cnp.ndarray degree = np.diff(meets[vptr])
    largest = degree.max(initial=0)
    cdef cnp.ndarray place = np.empty(n, INT), list_ = np.empty(n, INT), order = np.empty(n, INT)
    cdef cnp.ndarray bins = np.empty(largest + 2, INT)
    cdef dd_int *pd = <dd_int *> cnp.PyArray_DATA(degree)
    cdef dd_int *pp = <dd_int *> cnp.PyArray_DATA(place)
    cdef dd_int *pl = <dd_int *> cnp.PyArray_DATA(list_)
    cdef dd_int *pb = <dd_int *> cnp.PyArray_DATA(bins)
    cdef dd_int *po = <dd_int *> cnp.PyArray_DATA(order)
    with nogil:
        dd_order_smallest_last(n, vp, vi, up, ui, most, pd, largest, pp, pl, pb, po)
    return order


cdef class Graph:
    """An undirected graph without loops, checked: ptr, idx, and the number of the edge in each place."""

    cdef readonly object ptr, idx, edge
    cdef dd_int n, edges
    cdef dd_int *p
    cdef int32_t *i
    cdef int32_t *e

    def __init__(self, ptr, idx, edge):
        cdef dd_int v, j
        self.n = len(ptr) - 1
        if len(idx) % 2:
            raise ArgumentError("an undirected graph has each edge twice")
        self.edges = len(idx) / 2
        self.ptr, self.idx, self.edge = ptr, idx, edge
        self.p = starts(ptr, len(idx))
        self.i = indices(idx, -1, self.n)
        self.e = indices(edge, len(idx), self.edges)
        for v in range(self.n):
            for j in range(self.p[v], self.p[v + 1]):
                if self.i[j] == v:
                    raise ArgumentError("the graph of a symmetric matrix has no loops here")


cdef dd_int *room(list keep, dd_int size) except NULL:
    """Scratch that lives as long as the list; zeros, so that a graph that is none leads nowhere."""
    array = np.zeros(max(size, 1), INT)
    keep.append(array)
    return <dd_int *> cnp.PyArray_DATA(<cnp.ndarray> array)


def color_star(Graph g not None, order):
    """(colours, their number) of a star colouring."""
    cdef dd_int *po = permutation(order, g.n)
    cdef cnp.ndarray color = np.empty(g.n, INDEX)
    cdef int32_t *pc = <int32_t *> cnp.PyArray_DATA(color)
    cdef list keep = []
    cdef dd_int *forbid = room(keep, g.n + 1)
    cdef dd_int *met = room(keep, g.n + 1)
    cdef dd_int *met_at = room(keep, g.n + 1)
    cdef dd_int *met_by = room(keep, g.n + 1)
    cdef dd_int *treated = room(keep, g.n)
    cdef dd_int *star = room(keep, g.edges)
    cdef dd_int *hub = room(keep, g.edges)
    cdef int32_t colors
    with nogil:
        colors = dd_color_star(g.n, g.p, g.i, g.e, po, pc, forbid, met, met_at, met_by, treated, star, hub)
    return color, colors


def color_acyclic(Graph g not None, order):
    """(colours, their number, the tree of each edge) of an acyclic colouring."""
    cdef dd_int *po = permutation(order, g.n)
    cdef cnp.ndarray color = np.empty(g.n, INDEX), tree = np.empty(g.edges, INT)
    cdef int32_t *pc = <int32_t *> cnp.PyArray_DATA(color)
    cdef dd_int *pt = <dd_int *> cnp.PyArray_DATA(tree)
    cdef list keep = []
    cdef dd_int *forbid = room(keep, g.n + 1)
    cdef dd_int *met = room(keep, g.n + 1)
    cdef dd_int *met_by = room(keep, g.n + 1)
    cdef dd_int *rank = room(keep, g.edges)
    cdef dd_int *visit = room(keep, g.edges)
    cdef dd_int *visit_by = room(keep, g.edges)
    cdef int32_t colors
    with nogil:
        colors = dd_color_acyclic(g.n, g.edges, g.p, g.i, g.e, po, pc, forbid, met, met_by, pt, rank, visit, visit_by)
    return color, colors, tree


# ---- decompression -----------------------------------------------------------------------------


def plan_substitution(dd_int n, one, two, begin, listed):
    """(edge, leaf, parent) of the steps that find each edge (one, two) of trees, leaves first.

    Tree t consists of the edges listed[begin[t]:begin[t + 1]].  The parent of a tree's last step is -1 - parent.
    """
    cdef dd_int edges = len(one), steps, t = len(begin) - 1
    cdef int32_t *p1 = indices(one, -1, n)
    cdef int32_t *p2 = indices(two, edges, n)
    cdef dd_int *pb = starts(begin, edges)
    cdef dd_int *pl = permutation(listed, edges)
    cdef list keep = []
    cdef dd_int *degree = room(keep, n)
    cdef dd_int *left = room(keep, n)
    cdef dd_int *stack = room(keep, 2 * edges)
    cdef cnp.ndarray which = np.empty(edges, INDEX), leaf = np.empty(edges, INDEX), parent = np.empty(edges, INDEX)
    memset(degree, 0, n * sizeof(dd_int))
    memset(left, 0, n * sizeof(dd_int))
    steps = dd_plan_substitution(t, pb, pl, p1, p2, degree, left, stack, <int32_t *> cnp.PyArray_DATA(which),
                                 <int32_t *> cnp.PyArray_DATA(leaf), <int32_t *> cnp.PyArray_DATA(parent))
    if steps != edges:
        raise ArgumentError("the colouring is not acyclic: two of its colours form a cycle")
    return which, leaf, parent


cdef class Substitution:
    """The steps of `plan_substitution`, prepared: products (k, n) -> the values of the edges."""

    cdef object keep
    cdef dd_int n, steps, size
    cdef dd_int *source
    cdef int32_t *which
    cdef int32_t *leaf
    cdef int32_t *parent

    def __init__(self, dd_int n, dd_int size, source, which, leaf, parent):
        cdef Py_ssize_t i
        cdef int32_t p
        self.n, self.size, self.steps = n, size, len(source)
        # copies, so that nobody changes what has been checked
        self.keep = source, which, leaf, parent = source.copy(), which.copy(), leaf.copy(), parent.copy()
        self.source = ints(source, self.steps)
        self.which = indices(which, self.steps, self.steps)
        self.leaf = indices(leaf, self.steps, n)
        self.parent = indices(parent, self.steps, -1)
        for i in range(self.steps):
            p = self.parent[i] if self.parent[i] >= 0 else -1 - self.parent[i]
            if p >= n or self.source[i] < 0 or self.source[i] >= size:
                raise ArgumentError("a step of the substitution is out of range")

    def __call__(self, products):
        """The value of each edge."""
        cdef double *p = doubles(products, self.size)
        cdef cnp.ndarray found = np.empty(self.steps), total = np.zeros(self.n)
        cdef double *pf = <double *> cnp.PyArray_DATA(found)
        cdef double *pt = <double *> cnp.PyArray_DATA(total)
        with nogil:
            dd_substitute(self.steps, p, self.source, self.which, self.leaf, self.parent, pt, pf)
        return found


def first_mixed(flat, weights, of_points, double bound):
    """The first point whose last row is not made up of the others; -1 for none.

    flat: (k + 1, points * m) products, of which the last is along a direction that in point p is of_points[p] times the
    sum of weights[j] times direction j.  bound: by how much of its terms it may differ.
    """
    cdef Py_ssize_t k = len(weights), size = len(of_points), n, m, start, stop, i, j
    cdef double *c = doubles(weights, k)
    cdef double *r = doubles(of_points, size)
    cdef double *t
    cdef double *row
    cdef double total[512]
    cdef double gap, terms, last
    cdef Py_ssize_t point = 0, left, found = -1
    if cnp.PyArray_NDIM(flat) != 2 or cnp.PyArray_DIM(flat, 0) != k + 1 or size == 0:
        raise ShapeError(f"expected {k + 1} rows, got shape {np.shape(flat)}")
    n = cnp.PyArray_DIM(flat, 1)
    if n % size:
        raise ShapeError(f"{n} numbers are not as many for each of {size} points")
    left = m = n // size
    t = doubles(flat, (k + 1) * n)
    with nogil:
        for start in range(0, n, 512):
            stop = min(start + 512, n)
            for i in range(stop - start):
                total[i] = 0
            for j in range(k):
                if c[j] == 0:       # not even an inf counts
                    continue
                row = t + j * n + start
                for i in range(stop - start):
                    total[i] += c[j] * row[i]
            row = t + k * n + start
            for i in range(stop - start):
                last = fabs(row[i])
                gap = fabs(row[i] - r[point] * total[i])
                if gap > bound * last:
                    terms = 0
                    for j in range(k):
                        if c[j] != 0:
                            terms += c[j] * fabs(t[j * n + start + i])
                    if gap > bound * (r[point] * terms + last):
                        found = point
                        break
                left -= 1
                if left == 0:
                    left = m
                    point += 1
            if found >= 0:
                break
    return found


cdef class Scatter:
    """Picks entries out of a compressed matrix: data[e] = products.flat[source[e]].

    Parameters
    ----------
    source : ndarray of int64
        Checked once, here.
    size : int
        The number of products.
    """

    cdef object source
    cdef int32_t *narrow
    cdef dd_int *wide
    cdef dd_int count, size

    def __init__(self, source, dd_int size):
        cdef Py_ssize_t i
        cdef dd_int *p = ints(source, -1)
        self.count, self.size = len(source), size
        for i in range(self.count):
            if p[i] < 0 or p[i] >= size:
                raise ArgumentError(f"place {p[i]} is not in range({size})")
        # half the memory to read where it is enough
        self.source = source.astype(INDEX) if size < 2**31 else source.copy()
        self.narrow = <int32_t *> cnp.PyArray_DATA(<cnp.ndarray> self.source)
        self.wide = <dd_int *> cnp.PyArray_DATA(<cnp.ndarray> self.source)

    def __call__(self, products):
        """The entries, a new array of the products' type."""
        if (type(products) is not cnp.ndarray or cnp.PyArray_TYPE(<cnp.ndarray> products) != cnp.NPY_DOUBLE
                or not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> products)):
            products = np.ascontiguousarray(products)
            if products.size != self.size:
                raise ShapeError(f"expected {self.size} products, got {products.size}")
            if products.dtype != FLOAT:
                return products.reshape(-1)[self.source]
        cdef double *p = doubles(products, self.size)
        cdef cnp.npy_intp count = self.count
        cdef cnp.ndarray data = cnp.PyArray_EMPTY(1, &count, cnp.NPY_DOUBLE, 0)
        cdef double *o = <double *> cnp.PyArray_DATA(data)
        cdef dd_int e
        if self.size < 2**31:
            with nogil:
                for e in range(self.count):
                    o[e] = p[self.narrow[e]]
        else:
            with nogil:
                for e in range(self.count):
                    o[e] = p[self.wide[e]]
        return data


cdef class Gap:
    """How far a compressed matrix A is from a product A v that was computed without it.

    Parameters
    ----------
    starts, places : ndarray of int64, ndarray of int32
        The matrix in compressed rows, or in compressed columns.
    by_rows : bool
        Which of the two.
    m, n : int
        Its shape.
    """

    cdef object keep
    cdef dd_int *start
    cdef int32_t *place
    cdef dd_int m, n, count
    cdef bint by_rows

    def __init__(self, begin, places, bint by_rows, dd_int m, dd_int n):
        self.keep = begin.copy(), places.copy()
        begin, places = self.keep
        self.m, self.n, self.by_rows, self.count = m, n, by_rows, len(places)
        if len(begin) != (m if by_rows else n) + 1:
            raise ShapeError(f"a matrix of shape {(m, n)} has not {len(begin)} starts")
        self.start = starts(begin, self.count)
        self.place = indices(places, self.count, n if by_rows else m)

    def __call__(self, data, v, product):
        """The largest difference of an element, relative to the sizes of its terms.

        inf where one is finite and the other is not.
        """
        cdef double *a = doubles(data, self.count)
        cdef double *pv = doubles(v, self.n)
        cdef double *pw = doubles(product, self.m)
        cdef cnp.ndarray sums
        cdef double *total
        cdef double *size
        cdef double term, one, of_terms, worst = 0.0
        cdef dd_int line, e, i
        if self.by_rows:
            with nogil:
                for i in range(self.m):
                    one = of_terms = 0.0
                    for e in range(self.start[i], self.start[i + 1]):
                        term = a[e] * pv[self.place[e]]
                        one += term
                        of_terms += fabs(term)
                    worst = worse(one, of_terms, pw[i], worst)
            return worst
        sums = np.zeros(2 * self.m)
        total = <double *> cnp.PyArray_DATA(sums)
        size = total + self.m
        with nogil:
            for line in range(self.n):
                for e in range(self.start[line], self.start[line + 1]):
                    term = a[e] * pv[line]
                    total[self.place[e]] += term
                    size[self.place[e]] += fabs(term)
            for i in range(self.m):
                worst = worse(total[i], size[i], pw[i], worst)
        return worst


cdef inline double worse(double found, double size, double wanted, double worst) noexcept nogil:
    """The larger of a gap and the difference of a sum of terms of a total size from what it should be, relative to both."""
    cdef double gap = fabs(found - wanted)
    size += fabs(wanted)
    if gap <= worst * size:             # the frequent case, without a division
        return worst
    if isfinite(gap):
        gap /= size                     # nan where both are zero
        return gap if gap > worst else worst
    return worst if not isfinite(found) and not isfinite(wanted) else INFINITY
