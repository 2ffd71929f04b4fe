# seeds.pxi: the way in and out for one array or one number.  Included by _core.pyx.


def seed_scalar(x, long long tag, double tangent=1.0):
    """The Dual of a number to differentiate by: one direction."""
    cdef Dual z = dual_new(1, tag, x)
    z.of_numpy = not PyFloat_CheckExact(x) and isinstance(x, np.generic)
    z.t[0] = tangent
    return z


def first_tangent(y, long long tag):
    """The one tangent of a plain scalar result of this call; None for anything else."""
    if type(y) is Dual and (<Dual> y).k == 1 and (<Dual> y).tag_ == tag:
        return (<Dual> y).t[0]
    return None


def unit_seeds(cnp.ndarray x, Py_ssize_t start, Py_ssize_t stop, long long tag):
    """A C-contiguous float64 or float32 array as a DualArray whose tangents are unit vectors start to stop."""
    cdef cnp.npy_intp dims[64]
    cdef Py_ssize_t n = cnp.PyArray_SIZE(x), k = stop - start, i
    cdef int nd = cnp.PyArray_NDIM(x), type_ = cnp.PyArray_TYPE(x)
    cdef cnp.ndarray t
    cdef double *p
    cdef float *q
    if nd > 60 or type_ != cnp.NPY_DOUBLE and type_ != cnp.NPY_FLOAT or not cnp.PyArray_IS_C_CONTIGUOUS(x):
        raise InputError("unit_seeds takes a C-contiguous float64 or float32 array")
    if not 0 <= start <= stop <= n:
        raise ShapeError(f"no directions {start} to {stop} of {n}")
    dims[0] = k
    for i in range(nd):
        dims[i + 1] = cnp.PyArray_DIM(x, i)
    t = dd_array(nd + 1, dims, type_)
    p = <double *> cnp.PyArray_DATA(t)
    q = <float *> p
    memset(p, 0, k * n * (sizeof(double) if type_ == cnp.NPY_DOUBLE else sizeof(float)))
    for i in range(k):
        if type_ == cnp.NPY_DOUBLE:
            p[i * n + start + i] = 1.0
        else:
            q[i * n + start + i] = 1.0
    return make_array(x, t, tag, None, None, True)
