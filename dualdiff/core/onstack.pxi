# onstack.pxi: functions that NumPy itself does on a stack of tangents: what the registration of a handler says of that
# (functions/rows.py), and the call.  Each returns None where it does not apply; then the handler answers.
# Included by _core.pyx.
#
# What is linear acts on all rows of a second-order dual as on directions; var and std leave those to functions/.

cdef dict stacked_functions = {}    # NumPy function -> OnStack


def install_stacked(dict table):
    """Installs the functions on stacks (called once, by dualdiff.functions)."""
    global stacked_functions
    stacked_functions = table


@cython.final
cdef class OnStack:
    """How a function goes on a stack of tangents, as the registration of its handler says (functions/rows.py).

    Attributes
    ----------
    function : callable
        What is called on the tangents: NumPy's function itself, its axes counted from behind, or, with `axes` None,
        function(value, tangents, *others): tangents, or None where it does not apply.
    axes : tuple of (place, name, default), or None
        The arguments that name axes.
    names : tuple of str
        The arguments that it can be given by name.
    most : int
        How many it can be given by place.
    none : str
        What no axis (None) means: "vector": the one that there is; "flat": all elements in one row; "same": that, and
        the shape as it was; "all": all axes.
    first : int
        Where among the arguments the array stands.
    alike : bool
        It is linear, so that it does the same to all rows of a second-order dual.
    multiplies : bool
        It multiplies with numbers, and leaves tangents and arguments that are not finite to the handler.
    finite : bool
        It is right of finite values only.
    shows : bool
        The result may be a view; then function says of what: an index, `Axes`, or a map.  Of a recorded array it gets
        no tangents.
    weighs : bool
        function(value, *others) gives weights of float64, and the derivative is the sum of the tangents with them.
    """

    cdef readonly object function
    cdef readonly tuple axes, names
    cdef readonly Py_ssize_t most, first
    cdef readonly str none
    cdef readonly bint alike, multiplies, finite, shows, weighs

    def __init__(self, function, tuple axes=None, tuple names=(), Py_ssize_t most=0, str none="vector", Py_ssize_t first=0,
                 bint alike=True, bint multiplies=False, bint finite=False, bint shows=False,
                 bint weighs=False):
        self.function, self.axes, self.names, self.most, self.none, self.first = function, axes, names, most, none, first
        self.alike, self.multiplies, self.finite, self.shows, self.weighs = alike, multiplies, finite, shows, weighs


cdef bint plain_argument(object a) except -1:
    """Whether an argument is numbers, a slice or text, without a derivative and as NumPy itself has them."""
    if a is None or type(a) is int or PyFloat_CheckExact(a) or type(a) is slice or type(a) is str or type(a) is bool:
        return True
    if cnp.PyArray_CheckExact(a):
        return cnp.PyTypeNum_ISNUMBER(cnp.PyArray_TYPE(<cnp.ndarray> a)) or cnp.PyTypeNum_ISBOOL(cnp.PyArray_TYPE(<cnp.ndarray> a))
    if type(a) is tuple or type(a) is list:
        for part in a:
            if not plain_argument(part):
                return False
        return True
    return isinstance(a, np.number)


cdef bint finite_argument(object a) except -1:
    """Whether all numbers of an argument are finite."""
    cdef bint finite = True, nonzero
    if PyFloat_Check(a):
        return isfinite(PyFloat_AS_DOUBLE(a))
    if PyComplex_Check(a):
        return isfinite(a.real) and isfinite(a.imag)
    if cnp.PyArray_CheckExact(a) and not cnp.PyTypeNum_ISINTEGER(cnp.PyArray_TYPE(<cnp.ndarray> a)):
        look(<cnp.ndarray> a, &finite, &nonzero)
    elif type(a) is tuple or type(a) is list:
        for part in a:
            if not finite_argument(part):
                return False
    elif isinstance(a, np.inexact):
        return bool(np.isfinite(a))
    return finite


cdef object from_behind(object axis, int nd):
    """An axis of the value, or several, counted from behind, as they are the tangents'; an error where there are none."""
    if type(axis) is tuple:
        return tuple([from_behind(a, nd) for a in <tuple> axis])
    if type(axis) is not int or not -nd <= axis < nd:
        raise TypeError
    return axis if axis < 0 else axis - nd


cdef object along_axes(OnStack way, int nd, object t, tuple args, dict kwargs):
    """NumPy's function on the tangents, told where the axes are; None where that is not known."""
    cdef list given = list(args)
    cdef dict named = None
    cdef Py_ssize_t place
    cdef bint flat = False
    if len(args) > way.most:
        return None
    if kwargs:
        named = kwargs.copy()
        for name in named:
            if name not in way.names:
                return None
    for place, name, default in way.axes:
        axis = given[place] if place < len(given) else default if named is None else named.get(name, default)
        if axis is not None:
            axis = from_behind(axis, nd)
        elif way.none == "all":
            axis = tuple(range(-nd, 0))
        elif way.none == "vector" and nd != 1:
            return None
        else:
            axis = -1
            flat = nd != 1
        if place < len(given):
            given[place] = axis
        elif place == len(given) and named is None:
            given.append(axis)
        else:
            named = {} if named is None else named
            named[name] = axis
    given[way.first] = t if not flat else t.reshape((t.shape[0], -1))
    found = way.function(*given) if named is None else way.function(*given, **named)
    return found.reshape(t.shape) if flat and way.none == "same" else found


cdef object owner(object a):
    """The object whose memory an array shows."""
    while cnp.PyArray_Check(a) and (<object> a).base is not None:
        a = a.base
    return a


cdef object shown(DualArray x, object how):
    """The view of x that an index, an order of axes or a map is; None where the compiled core has none."""
    cdef cnp.ndarray v
    if how is None:
        return None
    if type(how) is Axes:
        return lower_transpose(x, (<Axes> how).axes)
    if type(how) is tuple:
        return x[how]
    if not plain_tangents(x):
        return None
    return hung(x, how.move(x.value_), how.apply((x.tangent_,)), how)


cdef object weighed(object function, OnStack way, DualArray x, tuple args, tuple others, dict kwargs):
    """A sum of all elements with weights that depend on the values."""
    cdef unsigned int lost = dd_here.lost
    cdef bint finite = True, nonzero
    cdef cnp.ndarray v
    x = in_line_of(x)
    if x is None or cnp.PyArray_TYPE(<cnp.ndarray> x.value_) != cnp.NPY_DOUBLE:
        return None
    v = <cnp.ndarray> x.value_
    if type(x.tangent_) is not Node:
        look(<cnp.ndarray> x.tangent_, &finite, &nonzero)
    try:
        weights = way.function(v, *others, **kwargs) if finite else None
    except Exception:
        dd_here.lost = lost
        return None     # the generic path has NumPy's errors
    if weights is None:
        return None
    value = function(*(args[:way.first] + (args[way.first].value,) + args[way.first + 1:]), **kwargs)
    return apply_weights(x, cnp.PyArray_DATA(<cnp.ndarray?> weights), weights, False, all_of(v), value,
                         axes_of(None, cnp.PyArray_NDIM(v)), False)


cdef object apply_stacked(object function, OnStack way, tuple args, dict kwargs):
    """A function that NumPy does on a stack of tangents too, or whose result is a view that is known beforehand."""
    cdef DualArray x
    cdef unsigned int lost = dd_here.lost
    cdef bint finite = True, nonzero, plain
    cdef Py_ssize_t i
    cdef int j
    if len(args) <= way.first or type(args[way.first]) is not DualArray:
        return None
    x = <DualArray> args[way.first]
    sync(x)
    plain = plain_tangents(x)
    if not plain and not ((way.shows or way.weighs) and type(x.tangent_) is Node and cnp.PyArray_CheckExact(x.value_)):
        return None
    if kind_of(x.tag_) and not way.alike:
        return None
    for i in range(len(args)):
        if i != way.first and not (plain_argument(args[i]) and (not way.multiplies or finite_argument(args[i]))):
            return None
    if kwargs:
        for a in kwargs.values():
            if not (plain_argument(a) and (not way.multiplies or finite_argument(a))):
                return None
    if cnp.PyArray_SIZE(<cnp.ndarray> x.value_) == 0:
        return None     # it has no derivative to lose
    others = args[:way.first] + args[way.first + 1:]
    if way.weighs:
        return weighed(function, way, x, args, others, kwargs)
    try:        # before the value, which out= would be written with
        if way.multiplies:
            look(<cnp.ndarray> x.tangent_, &finite, &nonzero)
        if way.finite and finite:
            look(<cnp.ndarray> x.value_, &finite, &nonzero)
        if not finite:
            return None
        if way.axes is None:
            tangent = way.function(x.value_, x.tangent_ if plain else None, *others, **kwargs)
        else:
            tangent = along_axes(way, cnp.PyArray_NDIM(<cnp.ndarray> x.value_), x.tangent_, args, kwargs)
    except Exception:
        dd_here.lost = lost
        return None     # the generic path has NumPy's errors
    if not cnp.PyArray_CheckExact(tangent):
        return shown(x, tangent) if way.shows else None
    given = args[:way.first] + (x.value_,) + args[way.first + 1:]
    value = function(*given, **kwargs)
    if cnp.PyArray_CheckExact(value):
        if owner(value) is owner(x.value_):
            return None     # a view of x, which functions/ hangs on it
        if cnp.PyArray_NDIM(<cnp.ndarray> tangent) != cnp.PyArray_NDIM(<cnp.ndarray> value) + 1:
            return None
        for j in range(cnp.PyArray_NDIM(<cnp.ndarray> value)):
            if cnp.PyArray_DIM(<cnp.ndarray> tangent, j + 1) != cnp.PyArray_DIM(<cnp.ndarray> value, j):
                return None
    elif cnp.PyArray_NDIM(<cnp.ndarray> tangent) != 1:
        return None
    if tangent.dtype != value.dtype:
        tangent = tangent.astype(value.dtype)
    elif owner(tangent) is owner(x.tangent_):
        tangent = tangent.copy()
    dd_done.calls += 1      # NumPy's own code, twice
    return new_dual(value, tangent, x.tag_)
