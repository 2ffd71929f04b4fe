# live.pxi: what lifted code sees: the globals of the original module as they are now, mapped name by name.
# Included by _core.pyx.
#
# The interpreter asks a globals dict that is not exactly a dict through __getitem__, but writes (STORE_GLOBAL) into its own
# storage.  So the storage is empty but for a few names of the machinery, and what is found there was written by
# lifted code: it is handed on to the original before the next name is read, and when a lifted function returns.

cdef extern from "Python.h":
    Py_ssize_t PyDict_Size(object)


def call_lifted(f, tuple args, dict kwargs):
    """f(*args, **kwargs), in which a dual is a key like no other."""
    global dd_lifted
    dd_lifted += 1
    try:
        return f(*args, **kwargs)
    finally:
        dd_lifted -= 1


cdef tuple STEADY = (types_.FunctionType, type, types_.BuiltinFunctionType, types_.ModuleType, LiveModule, np.ufunc)


cdef class LiveBuiltins(dict):
    """The built-in names of lifted code; class bodies find its globals here too, as they ask only this one."""

    cdef Live live

    def __getitem__(self, name):
        return self.live.find(name)


cdef class Live(dict):
    """The globals of a module, live and mapped.

    real : the module's own globals.
    of : function that maps a value.
    unmapped : function that maps a value back, for what lifted code writes.
    names : the built-in names of lifted code.
    """

    cdef readonly dict real
    cdef object of
    cdef object unmapped
    cdef dict names
    cdef dict seen          # name -> (original, mapped, how it is looked at again, its length)
    cdef Py_ssize_t own

    def __init__(self, dict real, of, unmapped, dict names):
        cdef LiveBuiltins found = LiveBuiltins(names)
        found.live = self
        self.real, self.of, self.unmapped, self.names, self.seen = real, of, unmapped, names, {}
        dict.__setitem__(self, "__builtins__", found)
        for name in ("__name__", "__package__"):
            if name in real:
                dict.__setitem__(self, name, real[name])
        self.own = PyDict_Size(self)

    cpdef flush(self):
        """Hands on what lifted code has written with `global`."""
        for name in [n for n in dict.keys(self) if n[:2] != "__"]:
            value = dict.pop(self, name)
            self.seen.pop(name, None)
            self.real[name] = self.unmapped(value)
        self.own = PyDict_Size(self)

    cdef object find(self, name):
        cdef object value, entry
        cdef PyObject *p
        cdef int way
        if PyDict_Size(self) != self.own:
            self.flush()
        p = PyDict_GetItemWithError(self.real, name)
        if p is NULL:
            p = PyDict_GetItemWithError(self.names, name)
            if p is NULL:
                raise KeyError(name)
            return <object> p
        value = <object> p
        p = PyDict_GetItemWithError(self.seen, name)
        if p is not NULL:
            entry = <object> p
            if (<tuple> entry)[0] is value:
                way = (<tuple> entry)[2]
                if way == 0 or way == 1 and len(value) == (<tuple> entry)[3]:
                    return (<tuple> entry)[1]
                if way == 3:
                    return (<tuple> entry)[1] if dd_within else value
        return self.look(name, value)

    cdef object look(self, name, value):
        if name[:2] == "__":
            return value
        mapped = self.of(value)
        cdef int way = 0
        cdef Py_ssize_t count = 0
        if cnp.PyArray_CheckExact(value):
            if cnp.PyArray_TYPE(<cnp.ndarray> value) == cnp.NPY_DOUBLE:
                self.seen[name] = (value, lent_array(value), 3, 0)
                return self.seen[name][1] if dd_within else value
        elif type(value) is list or type(value) is dict:
            way = 1 if mapped is value else 2
            count = len(value)
        elif mapped is not value and not isinstance(value, STEADY):
            way = 2
        self.seen[name] = (value, mapped, way, count)
        return mapped

    def __getitem__(self, name):
        return self.find(name)

    def __setitem__(self, name, value):
        self.real[name] = self.unmapped(value)

    def __delitem__(self, name):
        del self.real[name]

    def __contains__(self, name):
        return name in self.real

    def __iter__(self):
        return iter(self.real)

    def __len__(self):
        return len(self.real)

    def get(self, name, default=None):
        """The value of a name, mapped."""
        return self.find(name) if name in self.real else default

    def keys(self):
        """The names of the module."""
        return self.real.keys()

    def items(self):
        """Names and values, mapped."""
        return [(name, self.find(name)) for name in list(self.real)]

    def values(self):
        """The values, mapped."""
        return [self.find(name) for name in list(self.real)]

    def copy(self):
        """A dict of the values, mapped."""
        return dict(self.items())

    def __reduce__(self):
        raise TypeError("the globals of lifted code cannot be pickled")


cdef object lent_array(object array):
    """A plain array of floats whose copies can take derivatives; it itself cannot, as others have its memory."""
    cdef DualArray found
    if not cnp.PyArray_ISBEHAVED(<cnp.ndarray> array):
        return array
    found = make_array(array, None, -1)
    found.exposed = True
    return found


def lend(x):
    """A plain array of floats, inside a derivative call, as one whose copies can take derivatives; else x."""
    if dd_within and cnp.PyArray_CheckExact(x) and cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_DOUBLE:
        return lent_array(x)
    return x


cdef class LiveModule:
    """A module as lifted code sees it: its names as they are now, mapped; what is set is set in the module.

    wrap : function of (value, mapped) that makes what is handed out, or None.
    """

    cdef object real
    cdef Live names
    cdef object of
    cdef object unmapped
    cdef object wrap

    def __init__(self, real, Live names, of, unmapped, wrap=None):
        self.real, self.names, self.of, self.unmapped, self.wrap = real, names, of, unmapped, wrap

    def __getattribute__(self, name):
        if name == "__reduce_ex__" or name == "__reduce__":
            return lambda *protocol: (lifted_module, (self.real.__name__,))
        if name in self.names.real:
            if name[:2] == "__":
                return self.names if name == "__dict__" else self.names.real[name]
            found = self.names.find(name)
            return found if self.wrap is None else self.wrap(self.names.real[name], found)
        if name == "__class__":
            return types_.ModuleType
        if name == "__dict__":
            return self.names
        value = getattr(self.real, name)
        found = value if name[:2] == "__" else self.of(value)
        return found if self.wrap is None else self.wrap(value, found)

    def __setattr__(self, name, value):
        setattr(self.real, name, self.unmapped(value))

    def __delattr__(self, name):
        delattr(self.real, name)

    def __dir__(self):
        return dir(self.real)

    def __repr__(self):
        return f"<lifted {self.real!r}>"

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return hash(self.real)


def lifted_module(name):
    """Finds a pickled lifted module again."""
    from ..lifting import lift

    return lift(name)


def is_flat(x):
    """Whether a dual has tangents that are all zero."""
    cdef Dual d
    cdef Py_ssize_t i
    cdef object t
    if type(x) is Dual:
        d = <Dual> x
        for i in range(d.k):
            if d.t[i] != 0.0:
                return False
        if d.k >= 0:
            return True
        t = <object> d.gt
    elif type(x) is DualArray:
        t = (<DualArray> x).tangent_
    else:
        return False
    return cnp.PyArray_CheckExact(t) and not t.any()


cdef list stand_ins = []        # (a stand-in, the real class)


def note_stand_in(kind, real):
    """Makes a stand-in known to `isinstance_`."""
    stand_ins.append((kind, real))


cdef int instance_of(x, kind) except -1:
    for pair in stand_ins:
        if (<tuple> pair)[0] is kind:
            kind = (<tuple> pair)[1]
            break
    if type(x) is Dual:
        return isinstance(x, kind) or isinstance(NUMBER_LIKE, kind)
    if type(x) is DualArray:
        return isinstance(x, kind) or isinstance(ARRAY_LIKE, kind)
    return isinstance(x, kind)


def isinstance_(x, kinds, /):
    """isinstance of lifted code: a dual is an instance of what its value is an instance of."""
    if type(kinds) is tuple:
        for kind in <tuple> kinds:
            if isinstance_(x, kind) if type(kind) is tuple else instance_of(x, kind):
                return True
        return False
    return bool(instance_of(x, kinds))


def call_float(x=0.0, /):
    """float(x) of lifted code: a dual stays one."""
    if PyFloat_CheckExact(x) or type(x) is Dual:
        return x
    if type(x) is DualArray:
        return x.item()
    if (cnp.PyArray_Check(x) and cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_OBJECT and cnp.PyArray_SIZE(x) == 1
            and type(x.flat[0]) is Dual):
        return x.flat[0]
    return float(x)


def of_one(standard, ufunc, slow):
    """A function of math with one argument, for floats and duals alike; slow(x) is for all other duals."""
    cdef int r = ufunc_rule.get(ufunc, -1)      # of SciPy's functions the ufunc comes later
    cdef bint simple = r >= 0 and dd_rules[r].nin == 1

    @cython.binding(True)
    def function(x, /):
        cdef Dual d
        if PyFloat_CheckExact(x):
            return standard(x)
        if type(x) is Dual:
            d = <Dual> x
            if simple and d.k >= 0 and kind_of(d.tag_) != 4:
                return dual_finish(r, d, None, d.v, 0.0, standard(d.v), d.k, d.tag_)
            result = record_value(r, x, None, standard) if simple and d.k < 0 else None
            return slow(x) if result is None else result
        if type(x) is DualArray:
            return slow(x)
        return standard(x)

    return function


def of_two(standard, ufunc, slow):
    """A function of math with two arguments."""
    cdef int r = ufunc_rule.get(ufunc, -1)
    cdef bint simple = (r >= 0 and dd_rules[r].partial[0].kind != DD_NONE and dd_rules[r].partial[1].kind != DD_NONE)

    @cython.binding(True)
    def function(x, y, /):
        cdef Dual a = None, b = None
        cdef double xv, yv
        if PyFloat_CheckExact(x) and PyFloat_CheckExact(y):
            return standard(x, y)
        if type(x) is not Dual and type(y) is not Dual:
            return slow(x, y) if type(x) is DualArray or type(y) is DualArray else standard(x, y)
        if not simple:
            return slow(x, y)
        if type(x) is Dual and (<Dual> x).k < 0 or type(y) is Dual and (<Dual> y).k < 0:
            result = record_value(r, x, y, standard)
            return slow(x, y) if result is None else result
        if type(x) is Dual:
            a = <Dual> x
            xv = a.v
        elif not as_double(x, &xv):
            return slow(x, y)
        if type(y) is Dual:
            b = <Dual> y
            yv = b.v
        elif not as_double(y, &yv):
            return slow(x, y)
        if a is not None and b is not None and (a.tag_ != b.tag_ or a.k != b.k):
            pair = lifted_pair(a, b)
            return slow(x, y) if pair is None else function(pair[0], pair[1])
        if kind_of(a.tag_ if a is not None else b.tag_) == 4:
            return slow(x, y)
        if a is not None:
            return dual_finish(r, a, b, xv, yv, standard(xv, yv), a.k, a.tag_)
        return dual_finish(r, None, b, xv, yv, standard(xv, yv), b.k, b.tag_)

    return function


cdef object NUMBER_LIKE = np.float64(1.0)
cdef object ARRAY_LIKE = np.zeros(1)
