# tower.pxi: duals of nested calls with one direction each, all orders in one (tower.h): where such a call begins and
# ends, and numbers of the calls around it among them.
#
# A call with a number as argument that is a plain dual of a call around it draws a tag of the scheme 6, and `towers` says
# which call it stands on.  Its duals hold the derivatives along every set of these calls; a dual of a call further
# out has zeros where the inner ones are.
#
# Invariant: only compiled code reads such rows.  Python code that asks for value or tangents raises NotSecondOrder, and
# the call is done anew with duals in duals.  Included by _core.pyx after scalar.pxi.

cdef dict towers = {}       # tag of a running call -> tag of the call that its argument belongs to


def tower_tag(x):
    """A tag for a call with the number x as its argument, where x is a plain dual with one direction; else 0."""
    cdef Dual d
    if type(x) is not Dual:
        return 0
    d = <Dual> x
    if d.k < 1 or kind_of(d.tag_) not in (0, TOWER) or not is_live(d.tag_):
        return 0
    if kind_of(d.tag_) == 0 and d.k != 1 or 2 * d.k + 1 >= 1 << DD_TOWER_MOST or d.k != (1 << calls_of(d.tag_)) - 1:
        return 0
    tag = new_tag(TOWER)
    towers[tag] = d.tag_
    return tag


cdef int calls_of(long long tag) except -1:
    """How many calls the duals of a tag are of."""
    cdef int m = 1
    cdef PyObject *below
    while kind_of(tag) == TOWER:
        below = PyDict_GetItemWithError(towers, tag)
        if below == NULL:
            return 0        # it is over
        tag = <object> below
        m += 1
    return m


def forget_tower(long long tag):
    """The call of that tag is over."""
    towers.pop(tag, None)


def towers_running():
    """How many such calls are running."""
    return len(towers)


cdef int refuse_tower(long long tag) except -1:
    """Raises where Python code looks into a dual of nested calls."""
    if tag in towers:
        raise NotSecondOrder
    raise errors.escaped()


cdef Dual lifted_dual(Dual x, Py_ssize_t k, long long tag):
    """A dual of a call further out as one of the call `tag`, with k rows; None where that call does not stand on it."""
    cdef Dual z
    cdef long long below = tag
    cdef PyObject *found
    if x.k < 1 or x.k >= k:
        return None
    while kind_of(below) == TOWER and below != x.tag_:
        found = PyDict_GetItemWithError(towers, below)
        if found == NULL:
            return None
        below = <object> found
    if below != x.tag_ or x.k != (1 << calls_of(below)) - 1:
        return None
    z = dual_new(k, tag, x.v)
    z.of_numpy = x.of_numpy
    memcpy(&z.t[0], &x.t[0], x.k * sizeof(double))
    memset(&z.t[x.k], 0, (k - x.k) * sizeof(double))
    return z


cdef object lifted_pair(object a, object b):
    """Two duals of different calls as two of one, where one of the calls stands on the other's; else None."""
    cdef Dual x, y, z
    if type(a) is not Dual or type(b) is not Dual:
        return None
    x, y = <Dual> a, <Dual> b
    if x.k < 1 or y.k < 1 or kind_of(max(x.tag_, y.tag_)) != TOWER:
        return None
    if x.tag_ > y.tag_:
        z = lifted_dual(y, x.k, x.tag_)
        return None if z is None else (x, z)
    z = lifted_dual(x, y.k, y.tag_)
    return None if z is None else (z, y)


def tower_seed(Dual x, long long tag, double t=1.0):
    """The argument of the call of that tag: x, and the derivative t along the call itself."""
    cdef Dual z = dual_new(2 * x.k + 1, tag, x.v)
    z.of_numpy = x.of_numpy
    memcpy(&z.t[0], &x.t[0], x.k * sizeof(double))
    memset(&z.t[x.k], 0, (x.k + 1) * sizeof(double))
    z.t[x.k] = t
    return z


def tower_derivative(y, long long tag):
    """The derivative of a result along the call of that tag, as a dual of the call that it stands on.

    None where the result is no plain dual of the call.
    """
    cdef Dual d, z
    cdef DualArray a
    cdef Py_ssize_t half
    cdef long long below = towers[tag]
    if type(y) is Dual and (<Dual> y).tag_ == tag and (<Dual> y).k > 0:
        d = <Dual> y
        half = d.k // 2
        z = dual_new(half, below, d.t[half])
        memcpy(&z.t[0], &d.t[half + 1], half * sizeof(double))
        return z
    if type(y) is DualArray and (<DualArray> y).tag_ == tag:
        a = <DualArray> y
        sync(a)
        if not plain_tangents(a):
            raise NotSecondOrder
        half = cnp.PyArray_DIM(<cnp.ndarray> a.tangent_, 0) // 2
        return new_dual(a.tangent_[half].copy(), a.tangent_[half + 1:].copy(), below)
    return None


def tower_value(y, long long tag):
    """The value of a result of the call of that tag, as a dual of the call that it stands on; for what is one."""
    cdef Dual d, z
    cdef DualArray a
    cdef Py_ssize_t half
    cdef long long below = towers[tag]
    if type(y) is Dual:
        d = <Dual> y
        half = d.k // 2
        z = dual_new(half, below, d.v)
        memcpy(&z.t[0], &d.t[0], half * sizeof(double))
        return z
    a = <DualArray?> y
    half = cnp.PyArray_DIM(<cnp.ndarray> a.tangent_, 0) // 2
    return new_dual(a.value_.copy(), a.tangent_[:half].copy(), below)
