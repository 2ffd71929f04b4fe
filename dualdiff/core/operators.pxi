# Operators and elementwise functions of recorded arrays and numbers: the value, and the node that says how it was made.

cdef enum:
    O_ADD, O_SUB, O_MUL, O_DIV, O_LT, O_LE, O_GT, O_GE, O_EQ, O_NE     # whose loops for float64 stand in `loops_d`
    O_FLOORDIV, O_MOD, O_POW, O_AND, O_OR, O_XOR, O_LSHIFT, O_RSHIFT
    O_NEG, O_POS, O_ABS, O_INVERT

cdef list op_ufuncs = [
    np.add, np.subtract, np.multiply, np.divide, np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
    np.floor_divide, np.remainder, np.power, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift,
    np.negative, np.positive, np.absolute, np.invert]
cdef list op_names = [u.__name__ for u in op_ufuncs]
cdef list operators = [
    _operator.add, _operator.sub, _operator.mul, _operator.truediv, _operator.lt, _operator.le, _operator.gt, _operator.ge,
    _operator.eq, _operator.ne, _operator.floordiv, _operator.mod, _operator.pow, _operator.and_, _operator.or_, _operator.xor,
    _operator.lshift, _operator.rshift, _operator.neg, _operator.pos, _operator.abs, _operator.invert]
cdef dict in_place_operators = {
    O_ADD: _operator.iadd, O_SUB: _operator.isub, O_MUL: _operator.imul, O_DIV: _operator.itruediv,
    O_FLOORDIV: _operator.ifloordiv, O_MOD: _operator.imod, O_POW: _operator.ipow, O_AND: _operator.iand,
    O_OR: _operator.ior, O_XOR: _operator.ixor, O_LSHIFT: _operator.ilshift, O_RSHIFT: _operator.irshift}
cdef list loops_d = [u.resolve_dtypes((FLOAT64, FLOAT64, None)) for u in op_ufuncs[:O_NE + 1]]

cdef object DOUBLE = np.float64, NDARRAY = np.ndarray
cdef tuple KNOWN = (bool, int, float, complex, np.generic, np.ndarray, Traced)

# operators on numbers whose values are Python's, not the ufunc's
cdef dict OF_NUMBERS = {"power": "operator.pow", "floor_divide": "operator.floordiv", "remainder": "operator.mod"}

SHORTCUTS = {2.0: np.square, 0.5: np.sqrt, -1.0: np.reciprocal, 1.0: np.positive}
cdef dict shortcuts = SHORTCUTS


# ---- operands -------------------------------------------------------------------------------


cdef inline object value_of(object x):
    return (<Traced> x).value if isinstance(x, Traced) else x


def is_traced(x):
    """Whether x is recorded."""
    return isinstance(x, Traced)


cpdef object find_tracer(object x):
    """The recording of the first recorded array or number in nested lists, tuples, dicts and arrays of objects."""
    cdef object part, found
    if isinstance(x, Traced):
        return (<Traced> x).tracer
    kind = type(x)
    if kind is tuple or kind is list:
        parts = x
    elif kind is dict:
        parts = x.values()
    elif kind is NDARRAY and cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_OBJECT:
        parts = x.flat
    else:
        return None
    for part in parts:
        found = find_tracer(part)
        if found is not None:
            return found
    return None


cpdef object plain(object x):
    """x with the plain values of what is recorded in it."""
    if isinstance(x, Traced):
        return (<Traced> x).value
    kind = type(x)
    if kind is tuple:
        return tuple([plain(e) for e in <tuple> x])
    if kind is list:
        return [plain(e) for e in <list> x]
    if kind is dict:
        return {name: plain(e) for name, e in (<dict> x).items()}
    if kind is NDARRAY and cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_OBJECT and find_tracer(x) is not None:
        return np.array([plain(e) for e in x.flat]).reshape(x.shape)
    return x


cpdef object operand(object x):
    """An operand of a function: recorded, a number, or a plain array."""
    kind = type(x)
    if isinstance(x, Traced) or kind is float or kind is int or kind is DOUBLE:
        return x
    if kind is NDARRAY:
        if cnp.PyArray_TYPE(<cnp.ndarray> x) != cnp.NPY_OBJECT:
            return x
        return hooks["numbers_in"](x) if find_tracer(x) is None else join_elements(x)
    if isinstance(x, (list, tuple)):
        return np.asarray(x) if find_tracer(x) is None else join_elements(x)
    return x


cpdef object join_elements(object x):
    """The array of recorded numbers and plain ones in an array of objects, or in nested lists."""
    cdef TracerBase t = find_tracer(x)
    cdef tuple shape
    cdef list parts
    if (type(x) is list or type(x) is tuple) and all_numbers(x):
        parts, shape = list(x), (len(x),)
    else:
        if not isinstance(x, np.ndarray):
            x = np.array(x, dtype=object)
            if find_tracer(x) is None:
                return t.fail("truths or integers in a list became plain data")
        parts, shape = list(x.flat), x.shape
        for e in parts:
            if not isinstance(e, (TracedNumber, float, int, np.generic)):
                return t.fail("an array of objects of which some are no numbers")
    return joined(t, parts, shape)


cdef bint all_numbers(object x):
    for e in x:
        if not isinstance(e, (TracedNumber, float, int, np.generic)):
            return False
    return True


cdef cnp.ndarray doubles_of(list parts):
    """The array of numbers that are all of float64; None where some are not."""
    cdef cnp.npy_intp n = len(parts), k
    cdef cnp.ndarray found = cnp.PyArray_EMPTY(1, &n, cnp.NPY_DOUBLE, 0)
    cdef double *at = <double *> cnp.PyArray_DATA(found)
    for k in range(n):
        value = value_of(parts[k])
        if type(value) is not float and type(value) is not DOUBLE:
            return None
        at[k] = value
    return found


cdef object joined(TracerBase t, list parts, tuple shape):
    """The array of numbers."""
    cdef Nodes g = t.nodes
    cdef object value, dtype, e
    cdef int first, node
    cdef list nodes
    value = doubles_of(parts)
    if value is None:
        value = np.array([value_of(e) for e in parts])
    if len(shape) != 1:
        value = value.reshape(shape)
    dtype = (<cnp.ndarray> value).dtype
    if dtype.kind not in "biufc":
        return t.fail(f"an array of {dtype}")
    first = whole_of(g, parts)
    if first >= 0 and g.shape[first] == shape and g.dtype[first] == dtype:
        return whole_array(value, first, t)                 # all elements of one array, in order
    nodes = []
    for e in parts:
        node = g.cast(node_of(t, e, None), dtype)
        nodes.append(g.view(node, g.layout(node)[0], (1,), (0,)))
    node = g.node("join", tuple(nodes), 0, (len(nodes),), dtype)
    if len(shape) == 1:
        return whole_array(value, node, t)
    return array(value, Storage(node, value), t)


cdef int whole_of(Nodes g, list parts) except -2:
    """The dense node whose elements these are, in order; -1 where there is none."""
    cdef int root = -1, i, node
    for i in range(<int> len(parts)):
        e = parts[i]
        if not isinstance(e, TracedNumber):
            return -1
        node = (<TracedNumber> e).own
        if <str> g.op[node] != "view" or g.attr[node] != (i, ()):
            return -1
        if root < 0:
            root = <int> (<tuple> g.args[node])[0]
            if _math.prod(g.shape[root]) != len(parts):
                return -1
        elif <int> (<tuple> g.args[node])[0] != root:
            return -1
    return root


cpdef int node_of(TracerBase t, object x, object dtype) except -1:
    """The node of an operand, of a dtype (None: its own)."""
    cdef int node
    if isinstance(x, Traced):
        if (<Traced> x).tracer is not t:
            if not (<Traced> x).tracer.done:
                return t.fail("what another recording has made is used")
            x = (<Traced> x).value
        else:
            node = (<Traced> x).now()
            return node if dtype is None or t.nodes.dtype[node] is dtype else t.nodes.cast(node, dtype)
    if isinstance(x, np.ndarray):
        if type(x) is not np.ndarray:
            return t.fail(f"an array of type {type(x).__name__} meets an argument")
        node = t.outside(x)
        return node if dtype is None else t.nodes.cast(node, dtype)
    if type(x) is float and (dtype is None or dtype is FLOAT64):
        return number_node(t, x)
    if isinstance(x, (bool, int, float, complex, np.generic)):
        return t.number(x, np.asarray(x).dtype if dtype is None else dtype)
    return t.fail(f"an object of type {type(x).__name__} meets an argument")


# ---- recording ------------------------------------------------------------------------------

cdef dict known_names = {}
cdef dict known_dtypes = {}


cpdef object name_of(object ufunc):
    """The name by which a graph knows an elementwise ufunc with one result; None if it does not."""
    try:
        return known_names[ufunc]
    except KeyError:
        pass
    name = known_names[ufunc] = hooks["name_of"](ufunc)
    return name


cpdef tuple loop_of(object ufunc, object values):
    """The dtypes that NumPy computes with for these operands, and of the result."""
    cdef list kinds = []
    for v in values:
        kind = type(v)
        if kind is float or kind is int or kind is complex:
            kinds.append(kind)
        elif cnp.PyArray_Check(v):
            kinds.append((<cnp.ndarray> v).dtype)
        else:
            kinds.append(v.dtype if hasattr(v, "dtype") else BOOL)
    key = (ufunc, tuple(kinds))
    found = known_dtypes.get(key)
    if found is None:
        strong = kinds
        if all([isinstance(k, type) for k in kinds]):
            strong = [np.dtype(k) for k in kinds]
        found = known_dtypes[key] = tuple(ufunc.resolve_dtypes((*strong, *(None,) * ufunc.nout)))
    return found


cpdef object record(TracerBase t, str name, object operands, object values, object result, object ufunc):
    """The recorded result of an elementwise function; ufunc: which says what dtypes are computed with."""
    return recorded(t, name, tuple(operands), result, loop_of(ufunc, values))


cdef object recorded(TracerBase t, str name, tuple operands, object result, tuple loop):
    """`record` with known dtypes."""
    cdef Nodes g = t.nodes
    cdef int node, a, b
    cdef tuple nodes
    cdef Py_ssize_t k
    if cnp.PyArray_Check(result):
        return of_array(t, apply(t, name, operands, result, loop), result)
    if len(operands) == 2:
        a, b = node_of(t, operands[0], loop[0]), node_of(t, operands[1], loop[1])
        nodes = (a, b)
    else:
        nodes = tuple([node_of(t, operands[k], loop[k]) for k in range(len(operands))])
    node = g.apply_to(name, nodes, loop[len(loop) - 1])
    kind = type(result)
    if kind is float or kind is DOUBLE or kind is int or kind is bool:
        return number(result, node, t)
    return number(result, g.cast(node, np.asarray(result).dtype), t)


cpdef int apply(TracerBase t, str name, object operands, cnp.ndarray result, object loop) except -1:
    """The node of an elementwise function, in the order of the result's memory."""
    cdef Py_ssize_t k
    cdef list nodes = [node_of(t, operands[k], loop[k]) for k in range(len(operands))]
    cdef int nd = cnp.PyArray_NDIM(result)
    if nd > 1 and not cnp.PyArray_IS_C_CONTIGUOUS(result):
        order = hooks["memory_order"](result)
        if order is not None:
            nodes = [t.permuted(node, order, nd) for node in nodes]
    return t.nodes.apply_to(name, tuple(nodes), loop[len(loop) - 1])


cpdef TracedArray of_array(TracerBase t, int node, cnp.ndarray result):
    """A new array; node: of its elements in the order of its memory."""
    node = t.nodes.copy(node)
    if cnp.PyArray_IS_C_CONTIGUOUS(result):
        return whole_array(result, node, t)
    return array(result, Storage(node, result), t)


def write_window(TracedArray x, cnp.ndarray window, int node):
    """Notes that a window of x's storage holds what a node says, whose shape broadcasts to the window's."""
    cdef Storage store = x.store
    cdef Nodes g = x.tracer.nodes
    cdef cnp.npy_intp size = cnp.PyArray_ITEMSIZE(window), offset
    cdef int now = store.node, k
    cdef tuple shape, strides
    if cnp.PyArray_SIZE(window) == 0:
        return
    offset = (<char *> cnp.PyArray_DATA(window) - <char *> cnp.PyArray_DATA(store.owner)) // size
    shape = shape_of(window)
    strides = tuple([0 if cnp.PyArray_DIMS(window)[k] == 1 else cnp.PyArray_STRIDES(window)[k] // size
                     for k in range(cnp.PyArray_NDIM(window))])
    if <str> g.op[node] == "view" and (<tuple> g.args[node])[0] == now and g.attr[node] == (offset, strides):
        return  # x[key] += y has written through the view already
    if offset == 0 and g.shape[node] == shape == g.shape[now] and strides == plain_strides(shape):
        store.node = g.copy(node)
    else:
        store.node = g.node("write", (now, node), (offset, shape, strides), g.shape[now], g.dtype[now])


# ---- operators ------------------------------------------------------------------------------


cdef inline object computed(int code, object a, object b):
    if code == O_MUL:
        return a * b
    if code == O_ADD:
        return a + b
    if code == O_SUB:
        return a - b
    if code == O_DIV:
        return a / b
    return operators[code](a, b)


cdef inline int double_kind(object x) noexcept:
    """2: a number or an array of float64, 1: an integer of Python's, which becomes one beside it; 0: else."""
    kind = type(x)
    if kind is float or kind is DOUBLE:
        return 2
    if kind is NDARRAY:
        return 2 if cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_DOUBLE and cnp.PyArray_ISNOTSWAPPED(<cnp.ndarray> x) else 0
    return 1 if kind is int else 0


cdef object operate(int code, TracerBase t, object a, object b):
    """a op b of recorded and plain operands."""
    cdef object va = value_of(a), vb = value_of(b), result
    cdef bint of_arrays
    cdef str name
    if (not t.done and (type(a) is TracedNumber and (<TracedNumber> a).loose
                        or type(b) is TracedNumber and (<TracedNumber> b).loose)):
        return hooks["loosely"](t, op_names[code], op_ufuncs[code], operators[code], a, b, va, vb)
    result = computed(code, va, vb)
    if t.done or result is NotImplemented:
        return result
    if code <= O_NE and double_kind(va) + double_kind(vb) >= 3:
        return recorded(t, op_names[code], (a, b), result, loops_d[code])
    name = op_names[code]
    of_arrays = cnp.PyArray_Check(result) or cnp.PyArray_Check(va) or cnp.PyArray_Check(vb)
    if of_arrays:
        if code == O_POW:
            name, ufunc, operands, values = power_of_arrays(a, b, va, vb)
            return record(t, name, operands, values, result, ufunc)
    else:
        kind = np.asarray(result).dtype
        if kind.kind == "c":        # which rounds otherwise than that of arrays
            return hooks["call"](t, operators[code], (a, b), {}, op_names[code])
        if name in OF_NUMBERS and (code == O_POW or type(result) is float):
            if kind != FLOAT64:
                return t.fail(f"a power of numbers that is of type {type(result).__name__}")
            name = OF_NUMBERS[name]
    return record(t, name, (a, b), (va, vb), result, op_ufuncs[code])


def power_of_arrays(a, b, va, vb):
    """What NumPy's a ** b calls: (name, ufunc, operands, values)."""
    if isinstance(va, np.ndarray) and type(b) in (float, int) and va.dtype.kind in "fc":
        short = shortcuts.get(vb)
        if short is not None:
            return short.__name__, short, (a,), (va,)
    if isinstance(va, np.ndarray) and type(b) is int and b == 2 and va.dtype.kind in "iu":
        return "square", np.square, (a,), (va,)
    return "power", np.power, (a, b), (va, vb)


cdef object binary(int code, Traced x, object other, bint reflected):
    """x op other, or other op x."""
    kind = type(other)
    if not (kind is float or kind is int or isinstance(other, Traced)):
        if not isinstance(other, KNOWN):
            if not isinstance(other, (list, tuple)):
                return NotImplemented
            other = operand(other)
        elif not reflected and kind is NDARRAY and cnp.PyArray_TYPE(<cnp.ndarray> other) == cnp.NPY_OBJECT:
            if isinstance(x, TracedNumber):
                return NotImplemented
            other = operand(other)
    return operate(code, x.tracer, other, x) if reflected else operate(code, x.tracer, x, other)


cdef object unary(int code, Traced x):
    """op x."""
    cdef object result = operators[code](x.value)
    if x.tracer.done:
        return result
    if code == O_ABS and isinstance(x.value, (complex, np.complexfloating)):    # which rounds otherwise than that of arrays
        return hooks["call"](x.tracer, abs, (x,), {}, "abs")
    found = record(x.tracer, op_names[code], (x,), (x.value,), result, op_ufuncs[code])
    if isinstance(x, TracedNumber) and (<TracedNumber> x).loose:
        found.loose = True
    return found


cdef object in_place(int code, TracedArray x, object other):
    """x op= other."""
    if x.tracer.done:
        in_place_operators[code](x.value, plain(other))
        return x
    if code == O_POW and type(other) in (float, int) and other in shortcuts:
        shortcuts[other](x, out=(x,))
        return x
    return op_ufuncs[code](x, other, out=(x,))
