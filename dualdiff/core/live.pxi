# live.pxi: what lifted code sees: the globals of the original module as they are now, mapped name by name.
# Included by _calls.pyx.
#
# The interpreter asks a globals dict that is not exactly a dict through __getitem__, but writes (STORE_GLOBAL) into its own
# storage.  So the storage is empty but for a few names of the machinery, and what is found there was written by
# lifted code: it is handed on to the original before the next name is read, and when a lifted function returns.

cdef extern from "Python.h":
    Py_ssize_t PyDict_Size(object)

cdef extern from *:
    """
    /* A number that changes whenever a dict does; 0 where Python has none (from 3.14 on): then each name is looked up. */
    #if PY_VERSION_HEX < 0x030E0000
    #if defined(__GNUC__)
    #pragma GCC diagnostic push
    #pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    #endif
    static inline unsigned long long dd_dict_version(PyObject *d) { return ((PyDictObject *) d)->ma_version_tag; }
    #if defined(__GNUC__)
    #pragma GCC diagnostic pop
    #endif
    #else
    static inline unsigned long long dd_dict_version(PyObject *d) { return 0; }
    #endif
    """
    unsigned long long dd_dict_version(PyObject *)


def call_lifted(f, tuple args, dict kwargs, bint through_rounding):
    """f(*args, **kwargs), in which a dual is a key like no other."""
    cdef int before = here().through
    here().lifted += 1
    here().through = through_rounding or before
    try:
        return f(*args, **kwargs)
    finally:
        here().lifted -= 1
        here().through = before


def through_rounding():
    """Whether rounding keeps derivatives: in functions that were lifted so."""
    return here().through != 0


cdef tuple STEADY = (types_.FunctionType, type, types_.BuiltinFunctionType, types_.ModuleType, LiveModule, np.ufunc)


@cython.final
@cython.freelist(64)
cdef class Seen:
    """What a name was mapped to: again while the original is the same one, looked at in a way (0: as it is; 1: while it
    has as many elements; 2: anew each time; 3: an array, lent inside of a derivative call)."""

    cdef object original
    cdef object mapped
    cdef int way
    cdef Py_ssize_t count
    cdef unsigned long long version     # of the module's globals when the original was last seen in them


cdef Seen seen_of(object original, object mapped, int way, Py_ssize_t count):
    cdef Seen found = Seen.__new__(Seen)
    found.original, found.mapped, found.way, found.count = original, mapped, way, count
    found.version = 0
    return found


cdef inline bint still_holds(Seen entry, object value) except -1:
    """Whether a name stands for the same still, its original being value."""
    return entry.original is value and (entry.way == 0 or entry.way == 1 and len(value) == entry.count)


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
    cdef dict seen          # name -> Seen
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
        cdef object value
        cdef Seen entry
        cdef PyObject *p
        cdef unsigned long long version
        if PyDict_Size(self) != self.own:
            self.flush()
        version = dd_dict_version(<PyObject *> self.real)
        p = PyDict_GetItemWithError(self.seen, name)
        entry = None
        if p is not NULL:
            entry = <Seen> p
            if version and entry.version == version and entry.way == 0:
                return entry.mapped
        p = PyDict_GetItemWithError(self.real, name)
        if p is NULL:
            p = PyDict_GetItemWithError(self.names, name)
            if p is NULL:
                raise KeyError(name)
            entry = self.seen[name] = seen_of(MISSING_NAME, <object> p, 0, 0)
            entry.version = version
            return <object> p
        value = <object> p
        if entry is not None:
            if still_holds(entry, value):
                entry.version = version
                return entry.mapped
            if entry.original is value and entry.way == 3:
                return entry.mapped if here().within else value
        return self.look(name, value)

    cdef object look(self, name, value):
        if name[:2] == "__":
            return value
        mapped = self.of(value)
        cdef int way = 0
        cdef Py_ssize_t count = 0
        if cnp.PyArray_CheckExact(value):
            if cnp.PyArray_TYPE(<cnp.ndarray> value) == cnp.NPY_DOUBLE:
                lent = lent_array(value)
                self.seen[name] = seen_of(value, lent, 3, 0)
                return lent if here().within else value
        elif type(value) is list or type(value) is dict:
            way = 1 if mapped is value else 2
            count = len(value)
        elif mapped is not value and not isinstance(value, STEADY):
            way = 2
        self.seen[name] = seen_of(value, mapped, way, count)
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
    found = new_array(array, None, -1, None, None, False)
    found.exposed = True
    return found


def lend(x):
    """A plain array of floats, inside a derivative call, as one whose copies can take derivatives; else x."""
    if here().within and cnp.PyArray_CheckExact(x) and cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_DOUBLE:
        return lent_array(x)
    return x


cdef object MISSING_NAME = object()     # the original of a built-in name


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


cdef object stand_in_of_float = None
cdef list stand_ins = []        # (a stand-in, the real class)


def note_stand_in(kind, real):
    """Makes a stand-in known to `isinstance_`."""
    global stand_in_of_float
    if real is float:
        stand_in_of_float = kind
    stand_ins.append((kind, real))


cdef int instance_of(x, kind) except -1:
    if PyFloat_CheckExact(x) and kind is stand_in_of_float:
        return 1
    for pair in stand_ins:
        if (<tuple> pair)[0] is kind:
            kind = (<tuple> pair)[1]
            break
    if type(x) is Dual:
        return isinstance(NUMBER_LIKE if (<Dual> x).of_numpy else FLOAT_LIKE, kind) or isinstance(x, kind)
    if type(x) is DualArray:
        return isinstance(ARRAY_LIKE, kind) or isinstance(x, kind)
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
    if PyFloat_CheckExact(x):
        return x
    if type(x) is Dual:
        return of_python(x)
    if type(x) is DualArray:
        return x.item()
    if type(x) is str:
        refuse_text(x)
    if (cnp.PyArray_Check(x) and cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_OBJECT and cnp.PyArray_SIZE(x) == 1
            and type(x.flat[0]) is Dual):
        return of_python(x.flat[0])
    return float(x)


def of_one(standard, ufunc, slow):
    """A function of math with one argument, for floats and duals alike; slow(x) is for all other duals."""
    cdef int r = ufunc_rule.get(ufunc, -1)      # of SciPy's functions the ufunc comes later
    cdef bint simple = r >= 0 and has_partials(r, 1)

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
    cdef bint simple = r >= 0 and has_partials(r, 2)

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
cdef object FLOAT_LIKE = 1.0
cdef object ARRAY_LIKE = np.zeros(1)
