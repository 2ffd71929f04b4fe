# elementwise.pxi: rules of the table on arrays: how operands are read, what values and types they give together, and the
# way to the kernels.  Rows of numbers go through a rule now; behind a node of a recording comes another one (record.pxi).
# Everything else is left to functions/.  Included by _core.pyx.


cdef struct Arg:
    int nd
    int type            # NPY_DOUBLE, NPY_FLOAT; -1: a Python number, which takes the others' type
    cnp.npy_intp *dims
    cnp.npy_intp *vs
    cnp.npy_intp *ts    # strides of the tangents, the one between directions first
    char *v
    char *t             # rows of tangents; NULL: none
    PyObject *node      # of a recording, borrowed; NULL: none
    cnp.npy_intp k
    long long tag
    double number
    float number_f


cdef bint is_operand(object o):
    """Whether o is something to compute with; otherwise it decides (NotImplemented)."""
    return (type(o) is DualArray or type(o) is Dual or isinstance(
        o, (int, float, complex, np.ndarray, np.generic, list, tuple))
        or not hasattr(o, "__array_ufunc__") and _is_real(o))


cdef bint _is_real(object o):
    import numbers
    return isinstance(o, numbers.Number)


cdef bint clike(int nd, cnp.npy_intp *dims, cnp.npy_intp *strides) noexcept:
    """Whether NumPy would give a result of this layout in C order."""
    cdef int i
    cdef cnp.npy_intp s, last = -1
    for i in range(nd - 1, -1, -1):
        if dims[i] == 1 or strides[i] == 0:
            continue
        s = strides[i] if strides[i] > 0 else -strides[i]
        if s < last:
            return False
        last = s
    return True


cdef int load_array(cnp.ndarray v, Arg *a) except -1:
    cdef int type_ = cnp.PyArray_TYPE(v)
    if type_ != cnp.NPY_DOUBLE and type_ != cnp.NPY_FLOAT or not cnp.PyArray_ISBEHAVED_RO(v):
        return 0
    a.nd = cnp.PyArray_NDIM(v)
    if a.nd > 60:
        return 0
    a.type = type_
    a.dims = cnp.PyArray_DIMS(v)
    a.vs = cnp.PyArray_STRIDES(v)
    a.v = cnp.PyArray_BYTES(v)
    return a.nd < 2 or clike(a.nd, a.dims, a.vs)


cdef object single = np.float32


cdef int load(object o, Arg *a) except -1:
    """Reads an operand: 1 done, 0 not for the fast path."""
    cdef Dual d
    cdef DualArray x
    cdef cnp.ndarray t
    a.nd = 0
    a.t = NULL
    a.ts = NULL
    a.node = NULL
    a.k = 0
    a.tag = -1
    if type(o) is DualArray:
        x = <DualArray> o
        sync(x)
        if not cnp.PyArray_CheckExact(x.value_) or not load_array(<cnp.ndarray> x.value_, a):
            return 0
        if x.tangent_ is not None:
            a.tag = x.tag_
            if type(x.tangent_) is Node:
                a.node = <PyObject *> x.tangent_
                return type_of(<Node> x.tangent_) == a.type
            t = <cnp.ndarray> x.tangent_ if plain_tangents(x) else None
            if t is None or not cnp.PyArray_ISBEHAVED_RO(t):
                return 0
            a.t = cnp.PyArray_BYTES(t)
            a.k = cnp.PyArray_DIM(t, 0)
            a.ts = cnp.PyArray_STRIDES(t)
        return 1
    if type(o) is Dual:
        d = <Dual> o
        a.tag = d.tag_
        if d.k < 0:
            return load_recorded(d, a)
        a.type = cnp.NPY_DOUBLE
        a.v = <char *> &d.v
        a.t = <char *> &d.t[0]
        a.k = d.k
        return 1
    if PyFloat_CheckExact(o):
        a.type = -1
        a.number = PyFloat_AS_DOUBLE(o)
        return 1
    if cnp.PyArray_CheckExact(o):
        return load_array(<cnp.ndarray> o, a)
    if PyLong_Check(o):
        a.type = -1
        a.number = PyLong_AsDouble(o)
        return 1
    if PyFloat_Check(o):        # numpy.float64: a strong type
        a.type = cnp.NPY_DOUBLE
        a.number = PyFloat_AS_DOUBLE(o)
        a.v = <char *> &a.number
        return 1
    if type(o) is single:       # beside float32 and float64 it is what a Python float of its value is
        a.type = -1
        a.number = <double> o
        return 1
    return 0


cdef int load_recorded(Dual d, Arg *a) except -1:
    """Reads a number with generic tangents: 1 where that is a node of float64 or float32."""
    if d.k < -1:
        node_of(d)
    if type(<object> d.gt) is not Node:
        return 0
    a.node = d.gt
    if PyFloat_Check(<object> d.gv):
        a.type = cnp.NPY_DOUBLE
        a.number = PyFloat_AS_DOUBLE(<object> d.gv)
        a.v = <char *> &a.number
    elif type(<object> d.gv) is np_float32:
        a.type = cnp.NPY_FLOAT
        a.number = <object> d.gv
        a.number_f = <float> a.number
        a.v = <char *> &a.number_f
    else:
        return 0
    return type_of(<Node> d.gt) == a.type


cdef inline void place(Arg *a, dd_operand *op, int nd, cnp.npy_intp *dims) noexcept:
    """Strides of an operand broadcast to the result's dimensions."""
    cdef int i, off = nd - a.nd
    op.v = a.v
    op.t = a.t
    op.tk = 0
    if a.t != NULL:
        op.tk = a.ts[0] if a.nd >= 0 and a.ts != NULL else sizeof(double)
    for i in range(nd):
        if i < off or a.dims[i - off] == 1:
            op.vs[i] = 0
            op.ts[i] = 0
        else:
            op.vs[i] = a.vs[i - off]
            op.ts[i] = a.ts[i - off + 1] if a.t != NULL else 0


cdef int broadcast(int nin, Arg *args, cnp.npy_intp *dims, object a, object b) except -1:
    """The operands' common shape in dims, and its number of axes; raises where they do not fit."""
    cdef int nd = 0, i, j
    cdef cnp.npy_intp step
    for i in range(nin):
        if args[i].nd > nd:
            nd = args[i].nd
    for i in range(nd):
        dims[i] = 1
    for i in range(nin):
        for j in range(args[i].nd):
            step = args[i].dims[j]
            if step != 1:
                if dims[nd - args[i].nd + j] == 1:
                    dims[nd - args[i].nd + j] = step
                elif dims[nd - args[i].nd + j] != step:
                    raise ShapeError(
                        f"operands could not be broadcast together with shapes {shape_of(a)} {shape_of(b)}")
    return nd


cdef int report(int flags, int r, int nin, object a, object b) except -1:
    """Where the value's loop met an exception: NumPy, asked again, warns or raises as it should."""
    if PyErr_Occurred() != NULL:
        ask_again(r, a, b)
    if flags and (flags & ~DD_UNDERFLOW or np.geterr()["under"] != "ignore"):
        if nin == 1:
            rule_ufunc[r](value_of(a))
        else:
            rule_ufunc[r](value_of(a), value_of(b))
    return 0


cdef bint in_line(Arg *a, int nd, cnp.npy_intp *dims, cnp.npy_intp step) noexcept:
    """Whether an operand is a number, or lies in C order without gaps and is as large as the result."""
    cdef int i
    if a.nd == 0:
        return True
    if a.nd != nd:
        return False
    for i in range(nd - 1, -1, -1):
        if a.dims[i] != dims[i] or dims[i] != 1 and a.vs[i] != step:
            return False
        step *= dims[i]
    return True


cdef cnp.ndarray valued(int r, int nin, Arg *args, int nd, cnp.npy_intp *dims, int type_, object a, object b,
                        bint own, int *given, int *flags):
    """The array for a result's values; given: they are in it already.  None where its layout is not C order.

    The kernels compute the values of uniform rules.  All others come from what NumPy would run on these operands:
    one call of the inner loop where all lie in line, else (and if own is set) NumPy's own call.
    """
    cdef char *at[3]
    cdef cnp.npy_intp steps[3]
    cdef cnp.npy_intp size = 1, step = 8 if type_ == cnp.NPY_DOUBLE else 4
    cdef int i
    cdef cnp.ndarray v
    given[0] = flags[0] = 0
    for i in range(nd):
        size *= dims[i]
    if dd_rules[r].uniform or size == 0:
        return dd_array(nd, dims, type_)
    given[0] = 1
    own = own or nd > 0 and size == 1
    for i in range(nin):
        own = own or not in_line(&args[i], nd, dims, step)
    if own and nd:
        value = rule_ufunc[r](value_of(a)) if nin == 1 else rule_ufunc[r](value_of(a), value_of(b))
        if not cnp.PyArray_CheckExact(value):
            return None
        v = <cnp.ndarray> value
        return v if cnp.PyArray_TYPE(v) == type_ and cnp.PyArray_IS_C_CONTIGUOUS(v) else None
    v = dd_array(nd, dims, type_)
    for i in range(nin):
        at[i] = args[i].v
        steps[i] = step if args[i].nd else 0
    at[nin] = cnp.PyArray_BYTES(v)
    steps[nin] = step
    if nd == 0:
        memcpy(steps, dd_number_steps[nin], sizeof(steps))
    if size > 15000:
        with nogil:
            flags[0] = dd_values(&dd_rules[r], type_, at, size, steps)
    else:
        flags[0] = dd_values(&dd_rules[r], type_, at, size, steps)
    return v


cdef struct Together:
    int kind            # ROWS or NODES (apply.pxi)
    int type            # NPY_DOUBLE or NPY_FLOAT
    long long tag
    cnp.npy_intp k      # how many rows
    int nd
    cnp.npy_intp dims[64]
    cnp.npy_intp size


cdef bint agree(int r, int nin, Arg *args, Together *all) except -1:
    """What operands of a rule, of which one at least is dual, have in common; False where functions/ must."""
    cdef int i, kind
    all.kind = 0
    all.type = -1
    all.tag = -1
    all.k = 0
    for i in range(nin):
        kind = ROWS if args[i].t != NULL else NODES if args[i].node != NULL else 0
        if kind:
            if all.kind and (all.kind != kind or args[i].tag != all.tag) or dd_rules[r].partial[i].kind == DD_NONE:
                return False
            if all.kind == ROWS and args[i].k != all.k:
                k_differ(all.k, args[i].k)
            all.kind, all.tag, all.k = kind, args[i].tag, args[i].k
        if args[i].type >= 0:
            if all.type >= 0 and args[i].type != all.type:
                return False
            all.type = args[i].type
    if not all.kind or all.type < 0 or all.type == cnp.NPY_FLOAT and (dd_rules[r].integers or kind_of(all.tag)):
        return False
    for i in range(nin):
        if args[i].type < 0:
            args[i].v = <char *> &args[i].number
            if all.type == cnp.NPY_FLOAT:
                args[i].number_f = <float> args[i].number
                if isfinite(args[i].number) and not isfinite(args[i].number_f):
                    return False
                args[i].v = <char *> &args[i].number_f
    return True


cdef int broadcast_all(int nin, Arg *args, Together *all, object a, object b) except -1:
    """Their common shape; raises where there is none."""
    cdef int i
    all.nd = broadcast(nin, args, all.dims, a, b)
    all.size = 1
    for i in range(all.nd):
        all.size *= all.dims[i]
    return 0


cdef int run_kernels(int r, int nin, Arg *args, Together *all, dd_operand *op, cnp.ndarray v, cnp.ndarray t,
                     cnp.npy_intp k, int given) noexcept:
    """The kernels on operands that agree: values into v (unless given), and into t what they give (NULL: nothing).

    k: rows of tangents; -1: partials, of the operands that have a row.  The floating-point flags that they met.
    """
    cdef int i, kind = 0 if k < 0 else kind_of(all.tag)
    cdef cnp.npy_intp step = 8 if all.type == cnp.NPY_DOUBLE else 4
    for i in range(nin):
        place(&args[i], &op[i], all.nd, all.dims)
    op[nin].v = cnp.PyArray_BYTES(v)
    op[nin].t = NULL if t is None else cnp.PyArray_BYTES(t)
    for i in range(all.nd - 1, -1, -1):
        op[nin].vs[i] = step
        op[nin].ts[i] = step
        step *= all.dims[i]
    op[nin].tk = step
    if all.size * (max(k, 1) + 1) > 30000:
        with nogil:
            i = dd_run(&dd_rules[r], given, all.type, kind, all.nd, all.dims, k, op)
    else:
        i = dd_run(&dd_rules[r], given, all.type, kind, all.nd, all.dims, k, op)
    return i


cdef object apply_rule(int r, int nin, Arg *args, object a, object b, object x, object y, bint own, bint operator):
    """A rule on operands that `load` has read from x and y: the result, or None where functions/ must.

    a, b: the operands as NumPy gets them.  own: NumPy would not take the loop of these types.  operator: numbers are
    under an operator, not a ufunc.
    """
    cdef Together all
    if not agree(r, nin, args, &all):
        return None
    if all.kind == NODES:
        return record(r, nin, args, &all, x, y, own, operator)
    return run(r, nin, args, &all, a, b, own)


cdef object run(int r, int nin, Arg *args, Together *all, object a, object b, bint own):
    """The kernels on operands with rows; None where functions/ must."""
    cdef dd_operand op[3]
    cdef cnp.npy_intp tdims[64]
    cdef int flags, found, given
    cdef cnp.ndarray v, t
    cdef DualArray y
    own = own or takes_integer(r, a, b)
    if kind_of(all.tag) == 4 and not dd_linear_in(r, args[0].t != NULL, nin == 2 and args[1].t != NULL):
        return None
    broadcast_all(nin, args, all, a, b)
    tdims[0] = all.k
    memcpy(&tdims[1], all.dims, all.nd * sizeof(cnp.npy_intp))
    v = valued(r, nin, args, all.nd, all.dims, all.type, a, b, own, &given, &found)
    if v is None:
        return None
    t = dd_array(all.nd + 1, tdims, all.type)
    flags = run_kernels(r, nin, args, all, op, v, t, all.k, given)
    report(flags | found, r, nin, a, b)
    if all.nd == 0:
        return new_dual(v[()], t, all.tag)
    y = DualArray.__new__(DualArray)
    y.value_ = v
    y.tangent_ = t
    y.tag_ = all.tag
    return y


cdef object ask_again(int r, object a, object b):
    """A loop of SciPy's has raised (scipy.special.errstate): so does the ufunc if it was about the value."""
    PyErr_Clear()
    if dd_rules[r].nin == 1:
        rule_ufunc[r](value_of(a))
    else:
        rule_ufunc[r](value_of(a), value_of(b))


cdef object value_of(object x):
    if type(x) is DualArray:
        return (<DualArray> x).value_
    if type(x) is Dual:
        return np.float64(held_value(<Dual> x))
    return x


cdef object shape_of(object x):
    return getattr(x, "shape", ())


cdef object widen(object o, object other):
    """An integer array beside float64 as float64, which is what NumPy makes of it."""
    if cnp.PyArray_CheckExact(o) and cnp.PyArray_TYPE(<cnp.ndarray> o) != cnp.NPY_DOUBLE:
        if (<cnp.ndarray> o).dtype.kind in "biu" and dtype_of(other) == np.float64:
            return (<cnp.ndarray> o).astype(np.float64)
    return o


cdef inline bint takes_integer(int r, object a, object b) noexcept:
    """Whether a loop of SciPy's for an integer beside a double is what a Python integer asks for."""
    return dd_rules[r].integers and (PyLong_Check(a) or PyLong_Check(b))


# ---- operands in Fortran order ---------------------------------------------------------------

DEF NO_ORDER = 0
DEF C_ORDER = 1
DEF F_ORDER = 2


cdef int order_of(object o, int *nd):
    """In which orders the elements of an operand may lie, as bits; NO_ORDER: neither, or no operand of the fast path.

    nd: the number of axes that all arrays have, 0 before the first one.
    """
    cdef cnp.ndarray v
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef int i, n, found
    if type(o) is DualArray:
        sync(<DualArray> o)
        if not cnp.PyArray_CheckExact((<DualArray> o).value_) or not plain_tangents(<DualArray> o) or (
                not cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray> (<DualArray> o).tangent_)):
            return NO_ORDER
        v = <cnp.ndarray> (<DualArray> o).value_
    elif cnp.PyArray_CheckExact(o):
        v = <cnp.ndarray> o
    else:
        return C_ORDER | F_ORDER if type(o) is Dual and (<Dual> o).k >= 0 or PyFloat_Check(o) or PyLong_Check(o) else NO_ORDER
    n = cnp.PyArray_NDIM(v)
    if n == 0:
        return C_ORDER | F_ORDER
    if n < 2 or n > 60 or nd[0] and n != nd[0] or not cnp.PyArray_ISBEHAVED_RO(v):
        return NO_ORDER
    nd[0] = n
    for i in range(n):
        dims[i] = cnp.PyArray_DIM(v, n - 1 - i)
        strides[i] = cnp.PyArray_STRIDE(v, n - 1 - i)
    found = C_ORDER if clike(n, cnp.PyArray_DIMS(v), cnp.PyArray_STRIDES(v)) else 0
    return found | F_ORDER if clike(n, dims, strides) else found


cdef object turned(object o):
    """An operand with its axes in the other order."""
    cdef DualArray x
    if type(o) is DualArray:
        x = <DualArray> o
        axes = (0, *range(cnp.PyArray_NDIM(<cnp.ndarray> x.value_), 0, -1))
        return new_array(x.value_.T, x.tangent_.transpose(axes), x.tag_, None, None, False)
    return o.T if cnp.PyArray_CheckExact(o) else o


cdef object straight(object o):
    """An operand in C order, a copy where it was not."""
    cdef DualArray x
    if type(o) is DualArray:
        x = <DualArray> o
        return new_array(np.ascontiguousarray(x.value_), np.ascontiguousarray(x.tangent_), x.tag_, None, None, False)
    return np.ascontiguousarray(o) if cnp.PyArray_CheckExact(o) and cnp.PyArray_NDIM(<cnp.ndarray> o) else o


cdef object run_otherwise(int r, int nin, object a, object b):
    """The kernels on operands of which some lie in Fortran order; None where they do not apply.

    Where all do, they are the transposed ones in C order, and so is the result.  Beside others in C order NumPy's
    result lies in C order: its own call says so, and has the values.
    """
    cdef Arg args[2]
    cdef int nd = 0, one = order_of(a, &nd), two = order_of(b, &nd) if nin == 2 else F_ORDER | C_ORDER
    if one == NO_ORDER or two == NO_ORDER or nd == 0 or one & two & C_ORDER:
        return None
    if nin == 2:
        for m, n in zip(shape_of(a), shape_of(b)):
            if m != n and m != 1 and n != 1:
                return None     # an error, with the shapes as they are
    if one & two & F_ORDER:
        result = array_unary(r, turned(a)) if nin == 1 else array_binary(r, turned(a), turned(b))
        return turned(result) if type(result) is DualArray and plain_tangents(<DualArray> result) else None
    if nin == 1:
        return None
    with np_errstate(all="ignore"):     # `run` has the warnings
        value = rule_ufunc[r](value_of(a), value_of(b))
    x, y = straight(a), straight(b)
    if not cnp.PyArray_CheckExact(value) or not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> value) or not (
            load(x, &args[0]) and load(y, &args[1])):
        return None
    return apply_rule(r, 2, args, a, b, x, y, True, False)


cdef object array_binary(int r, object a, object b):
    """A ufunc of two arguments, one of them a dual; also every operator but power."""
    cdef Arg args[2]
    cdef object x, y
    if dd_rules[r].loop[0] != NULL:
        x = widen(a, b)
        y = widen(b, a)
        if type(x) is not DualArray and type(y) is not DualArray and (is_recorded(x) or is_recorded(y)):
            result = record_scalars(r, 2, x, y, x is not a or y is not b, False)
            if result is not None:
                return result
        if load(x, &args[0]) and load(y, &args[1]):
            result = apply_rule(r, 2, args, a, b, x, y, x is not a or y is not b, False)
            if result is not None:
                return result
            if args[0].tag < 0 and args[1].tag < 0:         # buffers that have met no dual
                return make(rule_ufunc[r](value_of(a), value_of(b)), None, -1)
        elif x is a and y is b:
            result = run_otherwise(r, 2, a, b)
            if result is not None:
                return result
    if not (is_operand(a) and is_operand(b)):
        if is_sparse(a) or is_sparse(b):
            return hook_function("sparse", (rule_name[r], a, b), {})
        return NotImplemented
    return hook_ufunc(rule_ufunc[r], "__call__", (a, b), {})


cdef bint is_sparse(object o):
    """Whether o is a scipy.sparse array or matrix."""
    return type(o).__module__.startswith("scipy.sparse") and hasattr(o, "format")


cdef object array_unary(int r, object a):
    cdef Arg args[1]
    if dd_rules[r].partial[0].kind == DD_ZERO:
        note_step()
    if dd_rules[r].loop[0] != NULL and (dd_rules[r].partial[0].kind != DD_ZERO or is_recorded(a)):
        if load(a, &args[0]):
            result = apply_rule(r, 1, args, a, None, a, None, False, False)
            if result is not None:
                return result
            if args[0].tag < 0:     # a buffer that has met no dual
                return make(rule_ufunc[r](value_of(a)), None, -1)
        else:
            result = run_otherwise(r, 1, a, None)
            if result is not None:
                return result
    return hook_ufunc(rule_ufunc[r], "__call__", (a,), {})


cdef object power_operator(object a, object b):
    """a ** b, which is not np.power(a, b): of numbers it is C's pow, and arrays take shortcuts for some exponents."""
    cdef Arg args[2]
    cdef double y
    cdef int r
    if type(b) is DualArray and (<DualArray> b).ndim > 0 or cnp.PyArray_Check(b) and b.ndim > 0 or type(b) is list:
        return array_binary(DD_RULE_power, a, b)
    if type(a) is DualArray or cnp.PyArray_CheckExact(a) and type(b) is Dual:
        if PyFloat_CheckExact(b) or type(b) is int:
            as_double(b, &y)
            r = power_shortcut(y)
            return array_unary(r, a) if r >= 0 else array_binary(DD_RULE_power, a, b)
        if (type(b) is Dual or PyFloat_Check(b)) and dtype_of(a) is FLOAT and power_shortcut(bare(b)) < 0:
            return array_binary(DD_RULE_power, a, b)
        if type(b) is single and power_shortcut(b) < 0:
            return array_binary(DD_RULE_power, a, b)
    elif is_recorded(a) or is_recorded(b):
        result = None
        if type(a) is not DualArray and type(b) is not DualArray:
            result = record_scalars(DD_RULE_power, 2, a, b, False, True)
        if result is None and load(a, &args[0]) and load(b, &args[1]):
            result = apply_rule(DD_RULE_power, 2, args, a, b, a, b, False, True)
        if result is not None:
            return result
    if not (is_operand(a) and is_operand(b)):
        return NotImplemented
    return hook_function("power", (a, b), {})
