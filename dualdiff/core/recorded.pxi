# Arrays and numbers that are recorded.
#
# Each carries the value that NumPy computes.  A number's node never changes; an array's is read off its storage, as that
# may have been written to.

METHODS = {}
SETTERS = {}
ELEMENTS = {}
cdef dict methods = METHODS, setters = SETTERS, elements = ELEMENTS


@cython.no_gc                           # none of these can be part of a cycle
cdef class Storage:
    """Memory without gaps, and the node of what it holds.

    node: of the elements in the order of memory.  start: the address.  owner: keeps the memory.  given: the place among
    the arguments, where it is one.
    """
    cdef public int node
    cdef readonly object given
    cdef readonly cnp.ndarray owner

    def __init__(self, int node, cnp.ndarray owner, given=None):
        self.node, self.owner, self.given = node, owner, given

    @property
    def start(self):
        """Where the memory begins."""
        return <size_t> cnp.PyArray_DATA(self.owner)


cdef class TracerBase:
    """What a recording knows, as far as compiled code needs it.

    graph; done: it is over, what is left of it computes plain numbers; reason: why there is no program, as soon as that is
    known; spots: for each node, but for the last few, (code, place in it) of the user's that it was recorded at, as long
    as that is noted.
    """
    cdef public object graph
    cdef readonly Nodes nodes
    cdef public bint done
    cdef public object reason
    cdef dict numbers, doubles
    cdef bytearray dependent
    cdef public list spots
    cdef int noted

    def __init__(self, Nodes graph):
        self.graph = self.nodes = graph
        self.done = False
        self.reason = None
        self.numbers, self.doubles = {}, {}
        self.dependent = bytearray()
        self.spots = []
        self.noted = 0

    def forget_spots(self):
        """Notes no more where nodes are recorded."""
        self.noted = 2**31 - 1

    cdef int note(self, int node) except -1:
        """Notes where a node is recorded, and those before it for which that is not known."""
        cdef object frame, code, inside
        if node < self.noted:
            return 0
        frame = _sys._getframe()
        while frame is not None:
            code = frame.f_code
            inside = inside_code.get(code)
            if inside is None:
                inside = inside_code[code] = (frame.f_globals.get("__name__") or "").startswith(INSIDE)
            if not inside:
                break
            frame = frame.f_back
        spot = None if frame is None else (code, frame.f_lasti)
        while self.noted <= node:
            self.spots.append(spot)
            self.noted += 1
        return 0

    def varies(self, int node):
        """Whether a node depends on anything but constants."""
        cdef bytearray known = self.dependent
        cdef Nodes g = self.nodes
        cdef int i, found
        cdef str op
        while len(known) <= node:
            i = <int> len(known)
            op = g.op[i]
            found = op == "input" or op == "captured"
            if not found:
                for a in <tuple> g.args[i]:
                    if known[<int> a]:
                        found = 1
                        break
            known.append(found)
        return known[node] != 0

    def number(self, value, dtype):
        """The node of a number."""
        if type(value) is float and dtype is FLOAT64:
            return number_node(self, value)
        key = (value, type(value), dtype) if value == value and value != 0 else None
        found = None if key is None else self.numbers.get(key)
        if found is None:
            found = self.graph.constant(np.asarray(value).astype(dtype))
            self.line(found)
            if key is not None:
                self.numbers[key] = found
        return found

    cdef int window_of(self, int node, cnp.ndarray x, char *start) except -1:
        """`window`."""
        cdef int k, nd = cnp.PyArray_NDIM(x)
        cdef cnp.npy_intp size = cnp.PyArray_ITEMSIZE(x), offset = <char *> cnp.PyArray_DATA(x) - start, step
        cdef tuple shape
        cdef list strides
        if cnp.PyArray_SIZE(x) == 0:
            return self.graph.zeros((<object> x).shape, (<object> x).dtype)
        if nd == 0:
            if offset % size:
                return self.fail("an array whose elements lie between those of another one")
            return self.nodes.view(node, offset // size, (), ())
        strides = []
        for k in range(nd):
            step = cnp.PyArray_STRIDES(x)[k]
            if step % size:
                return self.fail("an array whose elements lie between those of another one")
            strides.append(step // size)
        if offset % size:
            return self.fail("an array whose elements lie between those of another one")
        return self.nodes.view(node, offset // size, shape_of(x), tuple(strides))

    def window(self, int node, cnp.ndarray x, size_t start):
        """The node of an array that lies in the memory of a dense node, which begins at an address."""
        return self.window_of(node, x, <char *> start)


INSIDE = ("dualdiff.", "numpy.")
cdef dict inside_code = {}          # code -> whether it is not the user's


cdef int number_node(TracerBase t, double value) except -1:
    """The node of a number of float64."""
    cdef int64_t bits
    memcpy(&bits, &value, 8)
    found = t.doubles.get(bits)
    if found is None:
        found = t.doubles[bits] = t.graph.constant(np.float64(value))
        t.line(found)
    return found


cdef tuple shape_of(cnp.ndarray x):
    cdef int k, nd = cnp.PyArray_NDIM(x)
    if nd == 1:
        return (<object> cnp.PyArray_DIMS(x)[0],)
    return tuple([cnp.PyArray_DIMS(x)[k] for k in range(nd)])


@cython.no_gc
cdef class Traced:
    """What arrays and numbers share.

    value: the plain value.  tracer: the recording that it belongs to.
    """
    __array_priority__ = 1000.0
    cdef readonly object value
    cdef readonly TracerBase tracer

    cdef int now(self) except -1:
        """The node of what it holds now."""
        raise NotImplementedError

    @property
    def node(self):
        """The node of what it holds now."""
        return self.now()

    def __repr__(self):
        self.ask()
        return repr(self.value)

    def __str__(self):
        self.ask()
        return str(self.value)

    def __format__(self, spec):
        self.ask()
        return format(self.value, spec)

    cpdef int ask(self) except -1:
        """The elements leave as plain data."""
        if not self.tracer.done:
            self.tracer.guard(self.now(), "array", np.array(self.value))
        return 0

    def __bool__(self):
        answer = bool(self.value)
        if not self.tracer.done:
            self.tracer.guard(self.now(), "bool", answer)
        return answer

    def __int__(self):
        answer = int(self.value)
        if not self.tracer.done:
            self.tracer.guard(self.now(), "int", answer)
        return answer

    def __index__(self):
        if isinstance(self.value, (float, np.floating)):
            raise TypeError(f"'{type(self.value).__name__}' object cannot be interpreted as an integer")
        answer = _operator.index(self.value)
        if not self.tracer.done:
            self.tracer.guard(self.now(), "int", answer)
        return answer

    def __float__(self):
        if self.tracer.done:
            return float(self.value)
        if np.asarray(self.value).dtype.kind in "biu":
            answer = float(self.value)
            self.tracer.guard(self.now(), "float", answer)
            return answer
        if not self.tracer.varies(self.now()):
            return float(self.value)
        return self.tracer.fail(
            "a number that depends on an argument became a plain float (float(x), math.f(x), or an element of a plain "
            "array; np.f(x) and np.zeros_like(x) can be recorded)"
        )

    def __complex__(self):
        if self.tracer.done:
            return complex(self.value)
        return self.tracer.fail("a number that depends on an argument became a plain complex number")

    def __array_ufunc__(self, ufunc, str method, *inputs, **kwargs):
        cdef TracerBase t = self.tracer
        if t.done:
            return getattr(ufunc, method)(*plain(inputs), **plain(kwargs))
        if method == "__call__" and not kwargs:
            name = name_of(ufunc)
            if name is not None:
                inputs = tuple([operand(x) for x in inputs])
                values = tuple([value_of(x) for x in inputs])
                return record(t, name, inputs, values, ufunc(*values), ufunc)
        return hooks["method"](t, ufunc, method, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        if self.tracer.done:
            return function(*plain(args), **plain(kwargs))
        return hooks["function"](self.tracer, function, args, kwargs)

    # ---- what an array says of itself ----

    @property
    def dtype(self):
        """The dtype of the value; float64 for a Python float."""
        return np.asarray(self.value).dtype

    @property
    def shape(self):
        """The shape of the value."""
        return np.shape(self.value)

    @property
    def ndim(self):
        """The number of axes."""
        return np.ndim(self.value)

    @property
    def size(self):
        """The number of elements."""
        return np.size(self.value)

    def __getattr__(self, str name):
        return attribute(self, name)

    # ---- operators ----

    def __add__(self, other):
        return binary(O_ADD, self, other, False)

    def __radd__(self, other):
        return binary(O_ADD, self, other, True)

    def __sub__(self, other):
        return binary(O_SUB, self, other, False)

    def __rsub__(self, other):
        return binary(O_SUB, self, other, True)

    def __mul__(self, other):
        return binary(O_MUL, self, other, False)

    def __rmul__(self, other):
        return binary(O_MUL, self, other, True)

    def __truediv__(self, other):
        return binary(O_DIV, self, other, False)

    def __rtruediv__(self, other):
        return binary(O_DIV, self, other, True)

    def __floordiv__(self, other):
        return binary(O_FLOORDIV, self, other, False)

    def __rfloordiv__(self, other):
        return binary(O_FLOORDIV, self, other, True)

    def __mod__(self, other):
        return binary(O_MOD, self, other, False)

    def __rmod__(self, other):
        return binary(O_MOD, self, other, True)

    def __pow__(self, other, modulo):
        return binary(O_POW, self, other, False) if modulo is None else NotImplemented

    def __rpow__(self, other, modulo):
        return binary(O_POW, self, other, True) if modulo is None else NotImplemented

    def __and__(self, other):
        return binary(O_AND, self, other, False)

    def __rand__(self, other):
        return binary(O_AND, self, other, True)

    def __or__(self, other):
        return binary(O_OR, self, other, False)

    def __ror__(self, other):
        return binary(O_OR, self, other, True)

    def __xor__(self, other):
        return binary(O_XOR, self, other, False)

    def __rxor__(self, other):
        return binary(O_XOR, self, other, True)

    def __lshift__(self, other):
        return binary(O_LSHIFT, self, other, False)

    def __rlshift__(self, other):
        return binary(O_LSHIFT, self, other, True)

    def __rshift__(self, other):
        return binary(O_RSHIFT, self, other, False)

    def __rrshift__(self, other):
        return binary(O_RSHIFT, self, other, True)

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __matmul__(self, other):
        if getattr(other, "__array_ufunc__", self) is None:     # it multiplies itself
            return NotImplemented
        return np.matmul(self, other)

    def __rmatmul__(self, other):
        return np.matmul(other, self)

    def __lt__(self, other):
        return binary(O_LT, self, other, False)

    def __le__(self, other):
        return binary(O_LE, self, other, False)

    def __gt__(self, other):
        return binary(O_GT, self, other, False)

    def __ge__(self, other):
        return binary(O_GE, self, other, False)

    def __eq__(self, other):
        return binary(O_EQ, self, other, False)

    def __ne__(self, other):
        return binary(O_NE, self, other, False)

    __hash__ = None

    def __neg__(self):
        return unary(O_NEG, self)

    def __pos__(self):
        return unary(O_POS, self)

    def __abs__(self):
        return unary(O_ABS, self)

    def __invert__(self):
        return unary(O_INVERT, self)


@cython.no_gc
@cython.final
cdef class TracedNumber(Traced):
    """A number: a Python float (bool, int), or one of NumPy's scalars.

    loose: it is an element of an array of objects, as np.array([x[0], x[1]]) makes one.  NumPy then calls its operators
    where the function has an array of floats, whose loops may round otherwise; so only what has the same bits
    everywhere is done.
    """
    cdef public bint loose
    cdef int own

    def __init__(self, value, int node, TracerBase tracer, bint loose=False):
        self.value, self.own, self.tracer, self.loose = value, node, tracer, loose
        tracer.note(node)

    cdef int now(self) except -1:
        return self.own

    def __array__(self, dtype=None, copy=None):
        if self.tracer.done:
            return np.asarray(self.value, dtype)
        self.loose = True  # NumPy asks each element of a list for it
        found = np.empty((), object)
        found[()] = self
        return found

    def __hash__(self):
        if not self.tracer.done:
            self.tracer.fail("a number that depends on an argument is used as a key")
        return hash(self.value)

    def __lt__(self, other):            # inherited only beside __hash__
        return binary(O_LT, self, other, False)

    def __le__(self, other):
        return binary(O_LE, self, other, False)

    def __gt__(self, other):
        return binary(O_GT, self, other, False)

    def __ge__(self, other):
        return binary(O_GE, self, other, False)

    def __eq__(self, other):
        return binary(O_EQ, self, other, False)

    def __ne__(self, other):
        return binary(O_NE, self, other, False)

    def __round__(self, n=None):
        if n is None:
            answer = round(self.value)
            rounded = record(self.tracer, "rint", (self,), (self.value,), np.rint(self.value), np.rint)
            self.tracer.guard(rounded.node, "float", float(answer))
            return answer
        return np.round(self, n)

    def __floor__(self):
        return to_integer(self, "floor", np.floor, _math.floor)

    def __ceil__(self):
        return to_integer(self, "ceil", np.ceil, _math.ceil)

    def __trunc__(self):
        return to_integer(self, "trunc", np.trunc, _math.trunc)

    def __getitem__(self, key):
        if not isinstance(self.value, np.generic):
            raise TypeError(f"'{type(self.value).__name__}' object is not subscriptable")
        if isinstance(key, tuple) and not key:
            return self
        return hooks["as_array"](self)[key]

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def is_integer(self):
        """Whether the value is whole."""
        return bool(self == np.floor(self))


cdef object to_integer(TracedNumber x, str name, object ufunc, object function):
    """A Python integer: plain data."""
    answer = function(x.value)
    x.tracer.guard(record(x.tracer, name, (x,), (x.value,), ufunc(x.value), ufunc).node, "int", answer)
    return answer


cdef TracedNumber number(object value, int node, TracerBase t):
    """A recorded number."""
    cdef TracedNumber x = TracedNumber.__new__(TracedNumber)
    x.value, x.own, x.tracer = value, node, t
    t.note(node)
    return x


@cython.no_gc
@cython.final
cdef class TracedArray(Traced):
    """An array.

    store: the memory it lies in.  seen, cached: the node of the storage for which its own was read off, and its own.
    """
    cdef readonly Storage store
    cdef int seen, cached

    def __init__(self, cnp.ndarray value, Storage store, TracerBase tracer):
        self.value, self.store, self.tracer, self.seen, self.cached = value, store, tracer, -1, -1
        tracer.note(store.node)

    cdef int now(self) except -1:
        cdef int now = self.store.node
        if self.seen != now:
            self.cached = self.tracer.window_of(now, <cnp.ndarray> self.value, <char *> cnp.PyArray_DATA(self.store.owner))
            self.seen = now
        return self.cached

    def become(self, cnp.ndarray value):
        """From now on it shows another window of its memory."""
        self.value, self.seen = value, -1

    @property
    def dtype(self):
        """The dtype."""
        return (<cnp.ndarray> self.value).dtype

    @property
    def shape(self):
        """The shape."""
        return shape_of(<cnp.ndarray> self.value)

    @property
    def ndim(self):
        """The number of axes."""
        return cnp.PyArray_NDIM(<cnp.ndarray> self.value)

    @property
    def size(self):
        """The number of elements."""
        return cnp.PyArray_SIZE(<cnp.ndarray> self.value)

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        if not self.value.ndim:
            raise TypeError("iteration over a 0-d array")
        return elements_of(self)

    def __contains__(self, x):
        return bool(np.any(self == x))

    def __getitem__(self, key):
        cdef cnp.ndarray x = <cnp.ndarray> self.value
        cdef Py_ssize_t i
        cdef cnp.npy_intp offset
        if self.tracer.done:
            return x[plain(key)]
        if type(key) is int and cnp.PyArray_NDIM(x) == 1:
            value = x[key]
            i = key
            if i < 0:
                i += cnp.PyArray_DIMS(x)[0]
            offset = (<char *> cnp.PyArray_DATA(x) - <char *> cnp.PyArray_DATA(self.store.owner)
                      + i * cnp.PyArray_STRIDES(x)[0])
            if offset % cnp.PyArray_ITEMSIZE(x) == 0:
                return number(value, self.tracer.nodes.view(self.store.node, offset // cnp.PyArray_ITEMSIZE(x), (), ()),
                              self.tracer)
        elif is_basic(key):
            value = x[key]
            if cnp.PyArray_Check(value):
                return array(<cnp.ndarray> value, self.store, self.tracer)
            whole = x[(*key, ...) if type(key) is tuple else (key, ...)]
            return number(value, self.tracer.window_of(self.store.node, <cnp.ndarray> whole,
                                                       <char *> cnp.PyArray_DATA(self.store.owner)), self.tracer)
        return hooks["getitem"](self, key)

    def __setitem__(self, key, value):
        hooks["setitem"](self, key, value)

    def __array__(self, dtype=None, copy=None):
        cdef TracerBase t = self.tracer
        if t.done or self.value.dtype.kind in "biu" or not t.varies(self.now()):
            self.ask()
            return np.array(self.value, dtype)
        if dtype is not None and np.dtype(dtype) != object:
            return t.fail("an array that depends on an argument was asked for as a plain array")
        found = np.empty(self.value.shape, object)
        node = self.now()
        offset, strides = t.nodes.layout(node)
        for place in np.ndindex(self.value.shape):
            at = offset + sum([s * i for s, i in zip(strides, place)])
            found[place] = TracedNumber(self.value[place], t.nodes.view(node, at, (), ()), t, True)
        return found

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __setattr__(self, str name, value):
        setter = setters.get(name)
        if setter is None:
            PyObject_GenericSetAttr(self, name, value)
        else:
            setter(self, value)

    def __iadd__(self, other):
        return in_place(O_ADD, self, other)

    def __isub__(self, other):
        return in_place(O_SUB, self, other)

    def __imul__(self, other):
        return in_place(O_MUL, self, other)

    def __itruediv__(self, other):
        return in_place(O_DIV, self, other)

    def __ifloordiv__(self, other):
        return in_place(O_FLOORDIV, self, other)

    def __imod__(self, other):
        return in_place(O_MOD, self, other)

    def __ipow__(self, other):
        return in_place(O_POW, self, other)

    def __iand__(self, other):
        return in_place(O_AND, self, other)

    def __ior__(self, other):
        return in_place(O_OR, self, other)

    def __ixor__(self, other):
        return in_place(O_XOR, self, other)

    def __ilshift__(self, other):
        return in_place(O_LSHIFT, self, other)

    def __irshift__(self, other):
        return in_place(O_RSHIFT, self, other)


cdef bint is_basic(object key):
    """Whether a key is made of plain slices and integers, None and Ellipsis only."""
    if type(key) is tuple:
        for part in <tuple> key:
            if not is_basic_part(part):
                return False
        return True
    return is_basic_part(key)


cdef bint is_basic_part(object part):
    if part is None or part is Ellipsis or type(part) is int:
        return True
    if type(part) is slice:
        return not (isinstance(part.start, Traced) or isinstance(part.stop, Traced) or isinstance(part.step, Traced))
    return False


def elements_of(TracedArray x):
    """The elements, one after the other."""
    for i in range(len(x.value)):
        yield x[i]


cdef TracedArray array(cnp.ndarray value, Storage store, TracerBase t):
    """A recorded array."""
    cdef TracedArray x = TracedArray.__new__(TracedArray)
    x.value, x.store, x.tracer, x.seen, x.cached = value, store, t, -1, -1
    t.note(store.node)
    return x


cdef TracedArray whole_array(cnp.ndarray value, int node, TracerBase t):
    """A recorded array in memory of its own, in C order, whose node is known."""
    cdef Storage store = Storage.__new__(Storage)
    cdef TracedArray x = TracedArray.__new__(TracedArray)
    store.node, store.owner = node, value
    x.value, x.store, x.tracer, x.seen, x.cached = value, store, t, node, node
    t.note(node)
    return x


cdef object attribute(Traced x, str name):
    """A method or an attribute that functions.py has for arrays and numbers."""
    cdef bint of_number = isinstance(x, TracedNumber), known
    found = methods.get(name)
    if found is not None and (not of_number or type(x.value) not in (float, int, bool) or hasattr(x.value, name)):
        return found(x)
    if of_number and name in elements:
        return _types.MethodType(elements[name], x)
    if name.startswith("_") or not hasattr(x.value, name):
        raise AttributeError(f"'{type(x.value).__name__}' object has no attribute {name!r}", name=name)
    return x.tracer.fail(f"the attribute {name} of an array that depends on an argument")
