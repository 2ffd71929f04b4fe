# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: embedsignature=True, binding=False, auto_pickle=False
"""What dualdiff.solve computes in C for dense systems: factors with their condition, and Powell's dogleg.

LAPACK is the one that SciPy has; everything is computed in double, results have the dtype of what was given.

Invariant: every array is checked here (type, length) and copied before C reads it.
"""
cimport numpy as cnp
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer
from libc.math cimport INFINITY, NAN, fabs, frexp, isfinite, ldexp, sqrt
from libc.string cimport memcpy, strncmp

import numpy as np
import scipy.linalg.cython_lapack as _lapack

from ..errors import ShapeError

cnp.import_array()

__all__ = ["Factors", "Region", "largest_ratio", "sizes"]

ctypedef void (*getrf_t)(int *, int *, double *, int *, int *, int *) noexcept nogil
ctypedef void (*getrs_t)(char *, int *, int *, double *, int *, int *, double *, int *, int *) noexcept nogil
ctypedef void (*gecon_t)(char *, int *, double *, int *, double *, double *, double *, int *, int *) noexcept nogil

cdef double ALIKE = 0.01
"""Rows whose largest elements are alike to this ratio are not brought to one size."""


cdef void *routine(name) except NULL:
    """The address of one of LAPACK's routines; its integers must be C's."""
    capsule = _lapack.__pyx_capi__[name]
    cdef const char *signature = PyCapsule_GetName(capsule)
    if strncmp(signature, b"void (int *, int *, ", 20) and strncmp(signature, b"void (char *, int *, ", 21):
        raise ImportError(f"scipy.linalg.cython_lapack.{name} has an unknown signature: {signature.decode()}")
    return PyCapsule_GetPointer(capsule, signature)


cdef getrf_t getrf = <getrf_t> routine("dgetrf")
cdef getrs_t getrs = <getrs_t> routine("dgetrs")
cdef gecon_t gecon = <gecon_t> routine("dgecon")


cdef cnp.ndarray doubles(object a, int axes, Py_ssize_t n):
    """A vector of n numbers, or a square matrix by columns, as doubles; not always a copy."""
    cdef int order = cnp.NPY_ARRAY_CARRAY_RO if axes == 1 else cnp.NPY_ARRAY_FARRAY_RO
    cdef cnp.ndarray b = cnp.PyArray_FROMANY(a, cnp.NPY_DOUBLE, axes, axes, order)
    if cnp.PyArray_DIM(b, 0) != n or axes == 2 and cnp.PyArray_DIM(b, 1) != n:
        raise ShapeError(f"expected {n} numbers along each axis, got the shape {np.shape(a)}")
    return b


cdef cnp.ndarray like(const double *v, Py_ssize_t n, int kind):
    """A new vector, of float64 or float32."""
    cdef cnp.npy_intp size = n
    cdef cnp.ndarray a = cnp.PyArray_EMPTY(1, &size, kind, 0)
    cdef Py_ssize_t i
    cdef float *single
    if kind == cnp.NPY_DOUBLE:
        memcpy(cnp.PyArray_DATA(a), v, n * sizeof(double))
    else:
        single = <float *> cnp.PyArray_DATA(a)
        for i in range(n):
            single[i] = <float> v[i]
    return a


cdef double norm2(const double *v, Py_ssize_t n) noexcept nogil:
    """|v|_2 without overflow; nan where there is a nan."""
    cdef double s = 0, top = 0, t
    cdef Py_ssize_t i
    for i in range(n):
        s += v[i] * v[i]
    if 1e-200 < s < 1e200 or s != s:
        return sqrt(s)
    for i in range(n):
        if v[i] != v[i]:
            return NAN
        top = max(top, fabs(v[i]))
    if not 0 < top < INFINITY:
        return top
    s = 0
    for i in range(n):
        t = v[i] / top
        s += t * t
    return top * sqrt(s)


cdef void times(const double *A, const double *v, Py_ssize_t n, double *y) noexcept nogil:
    """y += A v, by columns."""
    cdef Py_ssize_t i, j
    cdef double t
    for j in range(n):
        t = v[j]
        if t:
            for i in range(n):
                y[i] += A[i + j * n] * t


def sizes(cnp.ndarray v not None):
    """(max|v|, |v|_2) of a contiguous vector of float64; nan where there is a nan."""
    if cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE or not cnp.PyArray_IS_C_CONTIGUOUS(v):
        v = doubles(np.ravel(v), 1, v.size)
    cdef const double *x = <const double *> cnp.PyArray_DATA(v)
    cdef Py_ssize_t i, n = cnp.PyArray_SIZE(v)
    cdef double top = 0
    for i in range(n):
        if not fabs(x[i]) <= top:
            top = fabs(x[i])
            if top != top:
                return NAN, NAN
    return top, norm2(x, n)


def largest_ratio(step, x, bint floored):
    """max|step_i|/|x_i|, where 0/0 is 0; floored: with |x_i| not counted as less than 1."""
    cdef cnp.ndarray a = doubles(np.ravel(step), 1, np.size(step)), b = doubles(np.ravel(x), 1, np.size(step))
    cdef const double *s = <const double *> cnp.PyArray_DATA(a)
    cdef const double *y = <const double *> cnp.PyArray_DATA(b)
    cdef Py_ssize_t i
    cdef double top = 0, t, size
    for i in range(cnp.PyArray_SIZE(a)):
        t = fabs(s[i])
        if t == 0:
            continue
        size = fabs(y[i])
        if floored and size < 1:
            size = 1
        t = t / size
        if t != t:
            return NAN
        top = max(top, t)
    return top


cdef class Factors:
    """LU factors of a dense matrix, its rows brought to one size by powers of two where they are not alike.

    Attributes
    ----------
    lu, pivots : ndarray
        As LAPACK's getrf makes them; rows are counted from 0.
    scale : ndarray or None
        What the rows were multiplied by.
    rcond : float
        The reciprocal of an estimate of the condition in the 1-norm; 0 where the matrix is exactly singular.
    singular : bool
        Whether rcond is below the precision of the matrix.
    """

    cdef readonly object lu, scale
    cdef object rows
    cdef readonly double rcond
    cdef readonly bint singular
    cdef Py_ssize_t n
    cdef int kind

    def __init__(self, A):
        self.kind = cnp.NPY_FLOAT if A.dtype.char == "f" else cnp.NPY_DOUBLE
        self.n = len(A)
        self.take(doubles(A, 2, self.n))

    cdef int take(self, cnp.ndarray A) except -1:
        cdef Py_ssize_t n = self.n, i, j
        cdef int m = <int> n, info = 0, exponent
        cdef double one = 0, s, least = INFINITY, most = 0
        cdef cnp.npy_intp dims[2]
        dims[0] = dims[1] = n
        cdef cnp.ndarray lu = cnp.PyArray_EMPTY(2, dims, cnp.NPY_DOUBLE, 1)
        cdef cnp.ndarray pivots = cnp.PyArray_EMPTY(1, dims, cnp.NPY_INT, 0)
        cdef cnp.ndarray scales = cnp.PyArray_EMPTY(1, dims, cnp.NPY_DOUBLE, 0)
        cdef const double *a = <const double *> cnp.PyArray_DATA(A)
        cdef double *f = <double *> cnp.PyArray_DATA(lu)
        cdef double *r = <double *> cnp.PyArray_DATA(scales)
        for i in range(n):
            r[i] = 0
        for j in range(n):
            for i in range(n):
                r[i] = max(r[i], fabs(a[i + j * n]))
        for i in range(n):
            least, most = min(least, r[i]), max(most, r[i])
        self.scale = None
        if not least >= ALIKE * most or not most > 0:
            self.scale = scales
            for i in range(n):
                frexp(r[i] if r[i] > 0 else 1.0, &exponent)
                r[i] = ldexp(1.0, -exponent)
            for j in range(n):
                for i in range(n):
                    f[i + j * n] = a[i + j * n] * r[i]
        else:
            memcpy(f, a, n * n * sizeof(double))
        for j in range(n):
            s = 0
            for i in range(n):
                s += fabs(f[i + j * n])
            one = max(one, s)
        self.lu, self.rows = lu, pivots
        cdef int *p = <int *> cnp.PyArray_DATA(pivots)
        getrf(&m, &m, f, &m, p, &info)
        self.rcond = 0
        cdef double *work
        if info == 0:
            work = <double *> PyMem_Malloc(5 * n * sizeof(double))
            if work == NULL:
                raise MemoryError
            gecon(b"1", &m, f, &m, &one, &self.rcond, work, <int *> (work + 4 * n), &info)
            PyMem_Free(work)
        self.singular = not self.rcond > (1.1920929e-07 if self.kind == cnp.NPY_FLOAT else 2.220446049250313e-16)
        return 0

    cdef void solve_into(self, double *b, Py_ssize_t k, bint transposed) noexcept:
        """b <- A^-1 b of k columns."""
        cdef int m = <int> self.n, columns = <int> k, info
        cdef Py_ssize_t i, j
        cdef double *r = NULL
        if self.scale is not None:
            r = <double *> cnp.PyArray_DATA(<cnp.ndarray> self.scale)
        if r != NULL and not transposed:
            for j in range(k):
                for i in range(self.n):
                    b[i + j * self.n] *= r[i]
        getrs(b"T" if transposed else b"N", &m, &columns, <double *> cnp.PyArray_DATA(<cnp.ndarray> self.lu), &m,
              <int *> cnp.PyArray_DATA(<cnp.ndarray> self.rows), b, &m, &info)
        if r != NULL and transposed:
            for j in range(k):
                for i in range(self.n):
                    b[i + j * self.n] *= r[i]

    @property
    def pivots(self):
        return self.rows - 1

    def solve(self, b, bint transposed=False):
        """A^-1 b of a vector or a matrix, or its transpose's."""
        b = np.asarray(b)
        if b.ndim not in (1, 2) or len(b) != self.n:
            raise ShapeError(f"expected {self.n} rows, got the shape {b.shape}")
        cdef cnp.ndarray x = np.array(b, np.float64, order="F")
        cdef Py_ssize_t k = 1 if x.ndim == 1 else x.shape[1]
        if x.size:
            self.solve_into(<double *> cnp.PyArray_DATA(x), k, transposed)
        return x if self.kind == cnp.NPY_DOUBLE else x.astype(np.float32)


cdef class Region:
    """Powell's dogleg: the model F + A p at a point, and the radius in |D p| within which it is trusted.

    A step is the Newton step if that is short enough in the scaled norm |D p|, else a point on the path from steepest
    descent to it.  Every decision is a ratio, so powers of two in x or F change nothing.

    Parameters
    ----------
    n : int
    single : bool
        Whether x and F are float32.

    Attributes
    ----------
    newton : ndarray or None
        The Newton step at the point, where it is finite.
    factors : Factors
    pnorm, length, model : float
        Of the last step: |D p|; its length in units of the Newton step, at most 1; |F + A p|/|F|.
    fine, gain, ratio : bool, float, float
        Of the residual there: whether it is finite; |F+|/|F|; the actual reduction over the model's.
    radius : float

    References
    ----------
    Powell, A hybrid method for nonlinear equations, in Rabinowitz (ed.), 1970; More, Garbow and Hillstrom, User Guide
    for MINPACK-1, ANL-80-74, 1980 (subroutines dogleg and hybrj).

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.core._dense import Region
    >>> region = Region(2, False)
    >>> region.at(np.eye(2), np.zeros(2), np.array([3.0, 4.0]), 1.0)
    True
    >>> region.radius = 1.0
    >>> region.step(), region.length
    (array([-0.6, -0.8]), 0.2)
    """

    cdef Py_ssize_t n
    cdef int kind
    cdef double *A
    cdef double *D
    cdef double *x
    cdef double *f
    cdef double *s
    cdef double *p
    cdef double *g
    cdef double *h
    cdef double f2, tiny, eps
    cdef bint started, first
    cdef readonly Factors factors
    cdef readonly object newton
    cdef readonly double pnorm, length, model, gain, ratio
    cdef readonly bint fine
    cdef public double radius

    def __cinit__(self, Py_ssize_t n, bint single):
        cdef double *room
        room = <double *> PyMem_Malloc((n * n + 7 * n + 1) * sizeof(double))
        if room == NULL:
            raise MemoryError
        self.A, self.n = room, n
        room += n * n
        self.D, self.x, self.f, self.s = room, room + n, room + 2 * n, room + 3 * n
        self.p, self.g, self.h = room + 4 * n, room + 5 * n, room + 6 * n
        self.kind = cnp.NPY_FLOAT if single else cnp.NPY_DOUBLE
        self.tiny = 1.1754944e-38 if single else 2.2250738585072014e-308
        self.eps = 1.1920929e-07 if single else 2.220446049250313e-16

    def __dealloc__(self):
        PyMem_Free(self.A)

    def at(self, A, x, f, double factor):
        """A new point: the model there.  Whether there is a Newton step by the factors; else give one to `take`.

        factor: the first radius, in units of |D x| (or of |F|, where x is zero).
        """
        cdef Py_ssize_t n = self.n, i, j
        cdef double size, most = 0
        cdef cnp.ndarray a = doubles(A, 2, n), b = doubles(x, 1, n), c = doubles(f, 1, n)
        memcpy(self.A, cnp.PyArray_DATA(a), n * n * sizeof(double))
        memcpy(self.x, cnp.PyArray_DATA(b), n * sizeof(double))
        memcpy(self.f, cnp.PyArray_DATA(c), n * sizeof(double))
        self.f2 = norm2(self.f, n)
        for j in range(n):
            size = norm2(self.A + j * n, n)
            self.D[j] = max(self.D[j], size) if self.started else size
            most = max(most, size)
        if not self.started:
            for j in range(n):
                if not self.D[j] > 0:
                    self.D[j] = most if most > 0 else 1
            size = self.scaled(self.x)
            self.radius = factor * (size if size > 0 else self.f2)
            self.started = self.first = True
        cdef Factors factors = Factors.__new__(Factors)
        factors.kind, factors.n = self.kind, n
        factors.take(a)
        self.factors = factors
        if factors.singular:
            return False
        for i in range(n):
            self.s[i] = -self.f[i]
        factors.solve_into(self.s, 1, False)
        return self.taken()

    cdef bint taken(self):
        """Whether the Newton step is finite; makes it an array if so."""
        cdef Py_ssize_t i
        self.newton = None
        for i in range(self.n):
            if not isfinite(self.s[i]):
                return False
        self.newton = like(self.s, self.n, self.kind)
        return True

    def take(self, newton):
        """The Newton step of a singular matrix, which may have nan; |F + A s|/|F|."""
        cdef cnp.ndarray s = doubles(newton, 1, self.n)
        memcpy(self.s, cnp.PyArray_DATA(s), self.n * sizeof(double))
        if not self.taken():
            return INFINITY
        return self.modelled(self.s)

    @property
    def scaling(self):
        """D, a copy."""
        return like(self.D, self.n, self.kind)

    cdef double scaled(self, const double *v) noexcept:
        """|D v|"""
        cdef Py_ssize_t i
        for i in range(self.n):
            self.g[i] = self.D[i] * v[i]
        return norm2(self.g, self.n)

    cdef double modelled(self, const double *v) noexcept:
        """|F + A v|/|F|"""
        memcpy(self.g, self.f, self.n * sizeof(double))
        times(self.A, v, self.n, self.g)
        return norm2(self.g, self.n) / self.f2

    def step(self):
        """The point that the dogleg's step leads to; None where the step is zero or not finite."""
        cdef Py_ssize_t i
        self.choose()
        self.pnorm = self.scaled(self.p)
        if not 0 < self.pnorm < INFINITY:
            return None
        self.model = self.modelled(self.p)
        for i in range(self.n):
            self.g[i] = self.x[i] + self.p[i]
        return like(self.g, self.n, self.kind)

    def moved(self, x):
        """The step as it was cut off by bounds."""
        cdef cnp.ndarray b = doubles(x, 1, self.n)
        cdef const double *y = <const double *> cnp.PyArray_DATA(b)
        cdef Py_ssize_t i
        for i in range(self.n):
            self.p[i] = y[i] - self.x[i]
        self.pnorm, self.model = self.scaled(self.p), self.modelled(self.p)

    cdef void choose(self) noexcept:
        """The dogleg's step p with |D p| <= radius, and its length."""
        cdef Py_ssize_t n = self.n, i, j
        cdef double radius = self.radius, whole = self.scaled(self.s), gsize, curvature, cauchy, t, size
        cdef double a = 0, b = 0, c = 0
        cdef double *g = self.g
        cdef double *h = self.h
        if not whole < INFINITY:
            whole = INFINITY
        elif whole <= radius:
            memcpy(self.p, self.s, n * sizeof(double))
            self.length = 1
            return
        # the gradient of |F|^2/2 in the scaled unknowns, over |F|
        for j in range(n):
            t = 0
            for i in range(n):
                t += self.A[i + j * n] * (self.f[i] / self.f2)
            g[j] = t / self.D[j]
        gsize = norm2(g, n)
        self.length = 0
        for i in range(n):
            self.p[i] = 0
        if not 0 < gsize < INFINITY:
            return
        for i in range(n):
            g[i] /= gsize
            h[i] = 0
        for j in range(n):
            t = g[j] / self.D[j]
            for i in range(n):
                h[i] += self.A[i + j * n] * t
        curvature = norm2(h, n)
        curvature *= curvature
        # the length that minimises the model along -g
        cauchy = self.f2 * gsize / curvature if curvature > 0 else INFINITY
        if cauchy >= radius or whole == INFINITY:
            size = min(cauchy, radius)
            for i in range(n):
                self.p[i] = -size * g[i] / self.D[i]
            self.length = size / whole if whole < INFINITY else 0
            return
        for i in range(n):
            h[i] = self.D[i] * self.s[i] + cauchy * g[i]    # from there to the Newton step
            a += h[i] * h[i]
            b -= h[i] * cauchy * g[i]
        c = cauchy * cauchy - radius * radius
        t = sqrt(max(b * b - a * c, 0.0))
        t = -c / (b + t) if b > 0 else (t - b) / a
        t = min(max(t, 0.0), 1.0)
        for i in range(n):
            h[i] = t * h[i] - cauchy * g[i]
            self.p[i] = h[i] / self.D[i]
        self.length = norm2(h, n) / whole

    def judge(self, f):
        """Whether the residual at the step is accepted; changes the radius."""
        cdef cnp.ndarray c = doubles(f, 1, self.n)
        cdef const double *new = <const double *> cnp.PyArray_DATA(c)
        cdef Py_ssize_t i
        cdef double actual, predicted
        if self.first:
            self.radius, self.first = min(self.radius, self.pnorm), False
        self.fine = True
        for i in range(self.n):
            if not isfinite(new[i]):
                self.fine = False
                self.radius, self.ratio = 0.25 * min(self.radius, self.pnorm), -1
                return False
        self.gain = norm2(new, self.n) / self.f2
        actual = min(self.gain, 1e50)
        actual = 1 - actual * actual
        predicted = 1 - self.model * self.model
        self.ratio = actual / predicted if predicted > 0 else -1.0
        if self.ratio < 0.1:
            self.radius = (0.5 if self.ratio > -10 else 0.1) * min(self.radius, self.pnorm)
        elif self.ratio >= 0.5 or fabs(self.ratio - 1) <= 0.1:
            self.radius = max(self.radius, 2 * self.pnorm)
        return self.ratio >= 1e-4

    def exhausted(self):
        """Whether the radius is so small that no step is left."""
        return self.radius <= self.eps * self.scaled(self.x) or self.radius <= 1e-30 * self.f2
