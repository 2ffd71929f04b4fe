# record.pxi: recording in compiled code: the frequent operations on float64 and float32 arrays and numbers.
#
# Every function answers or returns None; then functions/ answers, in the same nodes and the same maps.
# Included by _core.pyx after tape.pxi.


cdef object numbers_of(object t):
    """The array of numbers under any depth of duals; None where there is none."""
    while type(t) is DualArray:
        sync(<DualArray> t)
        t = (<DualArray> t).value_
    return t if isinstance(t, np.ndarray) else None


cdef void extent(cnp.ndarray a, char **low, char **high) noexcept:
    """The first byte of an array that is not empty, and the one behind its last."""
    cdef int i
    cdef cnp.npy_intp reach
    low[0] = cnp.PyArray_BYTES(a)
    high[0] = low[0] + cnp.PyArray_ITEMSIZE(a)
    for i in range(cnp.PyArray_NDIM(a)):
        reach = (cnp.PyArray_DIM(a, i) - 1) * cnp.PyArray_STRIDE(a, i)
        if reach < 0:
            low[0] += reach
        else:
            high[0] += reach


cdef bint overlap(cnp.ndarray a, cnp.ndarray b) noexcept:
    """Whether two arrays may share memory: whether their bytes lie in a common stretch."""
    cdef char *low
    cdef char *high
    cdef char *other_low
    cdef char *other_high
    if cnp.PyArray_SIZE(a) == 0 or cnp.PyArray_SIZE(b) == 0:
        return False
    extent(a, &low, &high)
    extent(b, &other_low, &other_high)
    return low < other_high and other_low < high


cdef object detached(object result, object sources):
    """A result in memory of its own: a copy where it is one of its sources, or a view of one."""
    cdef object numbers = numbers_of(result), others
    if numbers is not None:
        for t in sources:
            others = numbers_of(t)
            if others is not None and overlap(<cnp.ndarray> numbers, <cnp.ndarray> others):
                return result.copy()
    return result


def push(map, tangents):
    """The linear map applied to tangents (None: a constant argument); the result has memory of its own.

    None where all arguments are constants.
    """
    cdef Py_ssize_t n, k = -1
    cdef bint constant = True
    for t in tangents:
        constant = constant and t is None
        if type(t) is Node:
            return Node(map, tuple(tangents), map.out_shape, map.out_dtype)
        if type(t) is Packed:
            return push_second(map, tangents, map.fixed)
        if cnp.PyArray_CheckExact(t) and cnp.PyArray_NDIM(<cnp.ndarray> t) > 0:
            # one direction would be broadcast beside many
            n = cnp.PyArray_DIM(<cnp.ndarray> t, 0)
            if k >= 0 and n != k:
                k_differ(k, n)
            k = n
    if constant:
        return None
    dd_done.calls += 1
    dd_done.elements += size_of_shape(map.out_shape)
    dd_done.products += map.multiplications(tangents)
    dd_done.picked += map.picked()
    with np_errstate(all="ignore"):     # NumPy's warnings are about values
        return detached(map.apply(tangents), tangents)


def push_view(map, t):
    """A map that only moves elements applied to tangents, as a view of them where NumPy gives one."""
    if type(t) is Node:
        return Node(map, (t,), map.out_shape, map.out_dtype)
    if type(t) is Packed:
        if type((<Packed> t).rows) is Node:
            return Packed(Node(map, ((<Packed> t).rows,), map.out_shape, map.out_dtype), (<Packed> t).kind, True)
        if (<Packed> t).kind == TOWER:
            raise NotSecondOrder
        return Packed(map.apply(((<Packed> t).rows,)), (<Packed> t).kind, True)
    return map.apply((t,))


# ---- operands -------------------------------------------------------------------------------------

cdef inline bint is_recorded(object o) noexcept:
    if type(o) is DualArray:
        return type((<DualArray> o).tangent_) is Node
    if type(o) is Dual:
        return (<Dual> o).k < -1 or (<Dual> o).k == -1 and type(<object> (<Dual> o).gt) is Node
    return False


cdef int load_recorded(object o, Arg *a, long long *tag, PyObject **node) except -1:
    """Reads an operand of a recording: 1 done, 0 not for this path.  The node is borrowed."""
    cdef DualArray x
    cdef Dual d
    node[0] = NULL
    a.nd = 0
    a.t = NULL
    a.ts = NULL
    a.k = 0
    a.tag = -1
    if type(o) is DualArray:
        x = <DualArray> o
        sync(x)
        if not plain_real(x.value_) or not load_array(<cnp.ndarray> x.value_, a):
            return 0
        if x.tangent_ is None:
            return 1
        if type(x.tangent_) is not Node or tag[0] >= 0 and tag[0] != x.tag_:
            return 0
        tag[0] = x.tag_
        node[0] = <PyObject *> x.tangent_
        return 1
    if type(o) is Dual:
        d = <Dual> o
        if d.k >= 0 or d.k == -1 and type(<object> d.gt) is not Node:
            return 0
        if tag[0] >= 0 and tag[0] != d.tag_:
            return 0
        node_of(d)
        tag[0] = d.tag_
        node[0] = d.gt
        if PyFloat_Check(<object> d.gv):
            a.type = cnp.NPY_DOUBLE
            a.number = PyFloat_AS_DOUBLE(<object> d.gv)
            a.v = <char *> &a.number
            return 1
        if type(<object> d.gv) is not np_float32:
            return 0
        a.type = cnp.NPY_FLOAT
        a.number = <object> d.gv
        a.number_f = <float> a.number
        a.v = <char *> &a.number_f
        return 1
    return load(o, a)


cdef int SHARED_BYTES = 65536   # an array of so many bytes is shared, not copied, where that is possible


cdef object kept(object o):
    """An operand's array as a map may keep it: a copy, or the array itself with its owner marked as shared."""
    cdef cnp.ndarray v, c
    cdef DualArray x
    if type(o) is DualArray:
        x = <DualArray> o
        v = <cnp.ndarray> x.value_
        if x.base_ is None and not x.exposed and cnp.PyArray_NBYTES(v) >= SHARED_BYTES:
            if x.shared & FOREIGN:      # its owner may write into it later
                x.value_ = x.value_.copy("K")
                x.version += 1
            x.shared = x.shared & ~FOREIGN | MAPPED     # the next write into it goes to a copy
            return x.value_
    else:
        v = <cnp.ndarray> o
    if cnp.PyArray_IS_C_CONTIGUOUS(v):
        return constant_copy(v)
    c = dd_array(cnp.PyArray_NDIM(v), cnp.PyArray_DIMS(v), cnp.PyArray_TYPE(v))
    cnp.PyArray_CopyInto(c, v)
    return c


cdef unsigned char partial_needs[512]   # which of x (1), y (2), f (4) each partial depends on
memset(partial_needs, 0, sizeof(partial_needs))


cdef int read_needs() except -1:
    import re
    cdef int i, a
    if 2 * DD_NRULES > sizeof(partial_needs):
        raise MemoryError("partial_needs is too small for the table")
    for i in range(DD_NRULES):
        for a in range(dd_rules[i].nin):
            names = set(re.findall(r"[A-Za-z_]\w*", dd_rules[i].partial[a].text.decode()))
            partial_needs[2 * i + a] = sum(bit for name, bit in (("x", 1), ("y", 2), ("f", 4)) if name in names)


read_needs()


cdef double unit_row = 1.0              # the tangent of an operand whose partial is asked for
cdef cnp.npy_intp no_strides[64]
memset(no_strides, 0, sizeof(no_strides))


# ---- elementwise operations -------------------------------------------------------------------------

cdef object record(int r, int nin, object a, object b, bint own, bint operator):
    """One rule on recorded operands: value and partials in one pass; None where the generic path must.

    own: NumPy would not take the loop of these types.  operator: numbers are under an operator, not a ufunc.
    """
    cdef Arg args[2]
    cdef PyObject *nodes[2]
    cdef bint want[2]
    cdef dd_operand op[3]
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp tdims[64]
    cdef cnp.npy_intp size = 1, step
    cdef long long tag = -1
    cdef int i, nd, flags, found, given, kind, rows = 0, wide = 4, type_ = -1
    cdef double p[2]
    cdef double f = 0, d
    cdef cnp.ndarray v = None, t = None
    cdef object value, partial, dtype
    cdef bint any_partial = False, keeps_value = False
    cdef DualArray y
    cdef Node node, first = None, second = None
    if type(a) is not DualArray and type(b) is not DualArray:
        value = record_scalars(r, nin, a, b, own, operator)
        if value is not None:
            return value
    nodes[1] = NULL
    if not load_recorded(a, &args[0], &tag, &nodes[0]):
        return None
    if nin == 2 and not load_recorded(b, &args[1], &tag, &nodes[1]):
        return None
    if nodes[0] == NULL and nodes[1] == NULL or own and dd_rules[r].integers:
        return None
    for i in range(nin):
        if nodes[i] != NULL and dd_rules[r].partial[i].kind == DD_NONE:
            return None
        if args[i].type >= 0:
            if type_ >= 0 and args[i].type != type_:
                return None
            type_ = args[i].type
    if type_ == cnp.NPY_FLOAT and dd_rules[r].integers:
        return None
    for i in range(nin):
        if args[i].type < 0:
            args[i].v = <char *> &args[i].number
            if type_ == cnp.NPY_FLOAT:
                args[i].number_f = <float> args[i].number
                if isfinite(args[i].number) and not isfinite(args[i].number_f):
                    return None
                args[i].v = <char *> &args[i].number_f
        if nodes[i] != NULL and type_of(<Node> nodes[i]) != type_:
            return None
    if kind_of(tag) and type_ != cnp.NPY_DOUBLE:
        return None
    dtype = float_type(type_)
    nd = broadcast(nin, args, dims, a, b)
    if operator and nd == 0 and type_ == cnp.NPY_FLOAT:
        return None             # of float32 numbers an operator has other bits than the ufunc
    if nd == 0 and type_ == cnp.NPY_DOUBLE:
        if own or takes_integer(r, a, b):
            return None
        value = scalar_value(r, nin, args, &f, operator)
    else:
        for i in range(nin):
            if args[i].nd:
                wide |= 1 << i
        for i in range(nin):
            kind = dd_rules[r].partial[i].kind
            want[i] = (nd > 0 and nodes[i] != NULL and (kind == DD_LOOP or kind == DD_EXPR)
                       and (partial_needs[2 * r + i] & wide) != 0)
            rows += want[i]
            if want[i]:
                args[i].t = <char *> &unit_row      # asks for its partial
                args[i].ts = no_strides
        for i in range(nd):
            size *= dims[i]
            tdims[i + 1] = dims[i]
        tdims[0] = 2
        v = valued(r, nin, args, nd, dims, type_, a, b, own or takes_integer(r, a, b), &given, &found)
        if v is None:
            return None
        op[nin].t = NULL
        if rows == 1:
            t = dd_array(nd, dims, type_)
        elif rows == 2:
            t = dd_array(nd + 1, tdims, type_)
        if rows:
            op[nin].t = cnp.PyArray_BYTES(t)
        for i in range(nin):
            place(&args[i], &op[i], nd, dims)
        op[nin].v = cnp.PyArray_BYTES(v)
        step = 8 if type_ == cnp.NPY_DOUBLE else 4
        for i in range(nd - 1, -1, -1):
            op[nin].vs[i] = step
            op[nin].ts[i] = step
            step *= dims[i]
        op[nin].tk = step
        if size > 15000:
            with nogil:
                flags = dd_run(&dd_rules[r], given, type_, 0, nd, dims, -1, op)
        else:
            flags = dd_run(&dd_rules[r], given, type_, 0, nd, dims, -1, op)
        report(flags | found, r, nin, a, b)
        value = v
        if nd == 0:
            f = (<float *> cnp.PyArray_DATA(v))[0]
            value = cnp.PyArray_ToScalar(cnp.PyArray_DATA(v), v)
    for i in range(nin):
        p[i] = 0.0
        if args[i].nd == 0:
            p[i] = (<double *> args[i].v)[0] if type_ == cnp.NPY_DOUBLE else (<float *> args[i].v)[0]
    if nin == 1:
        p[1] = 0.0
    if nodes[0] != NULL:
        first = <Node> nodes[0]
    if nodes[1] != NULL:
        second = <Node> nodes[1]
    node = node_new(RULE, nin, first, second, no_shape if nd == 0 else shared_shape(v, first, second), dtype)
    node.rule = r
    if dd_rules[r].selects:
        node.flags = SELECTS
    rows = 0
    for i in range(nin):
        if nodes[i] == NULL:
            continue
        kind = dd_rules[r].partial[i].kind
        if kind == DD_ZERO:
            continue
        any_partial = True
        partial = None
        d = 0
        if kind == DD_ONE:
            d = 1.0
        elif kind == DD_MINUS:
            d = -1.0
        elif kind == DD_F and nd:
            partial = v
            keeps_value = True
        elif kind == DD_X and args[0].nd:
            partial = kept(a)
        elif kind == DD_Y and args[1].nd:
            partial = kept(b)
        elif nd and want[i]:
            partial = t
            if t is not None and cnp.PyArray_NDIM(t) != nd:
                partial = dd_strided(t, nd, cnp.PyArray_DIMS(v), cnp.PyArray_STRIDES(v),
                                     cnp.PyArray_BYTES(t) + rows * cnp.PyArray_NBYTES(v), 1)
            rows += 1
        else:
            d = dd_rules[r].partial[i].scalar(p[0], p[1], f)
            if type_ == cnp.NPY_FLOAT:
                d = <float> d
            if PyErr_Occurred() != NULL:    # scipy.special.errstate: it is about values
                PyErr_Clear()
        if partial is None:
            keep_number(node, i, d)
        else:
            keep(node, i, partial)
    if not any_partial:
        return make(value, None, -1) if nd else value
    if kind_of(tag) and (dd_second_live[r] or dd_may_kink(r)):
        for i in range(nin):
            place(&args[i], &op[i], nd, dims)
        if bend_rule(node, r, nin, nd, dims, op, v, p[0], p[1], f):
            keeps_value = True
    recorded(node)
    if nd == 0:
        return dual_generic(value, node, tag)
    y = DualArray.__new__(DualArray)
    y.value_ = v
    y.tangent_ = node
    y.tag_ = tag
    y.shared = MAPPED if keeps_value else 0     # a write into the result must not change the stored partial
    return y


cdef cnp.ndarray one_float64 = np.zeros(())


cdef inline object float64_scalar(double x):
    return cnp.PyArray_ToScalar(&x, one_float64)


cdef inline int load_number(object o, double *x, long long *tag, PyObject **tangent) noexcept:
    """Reads a recorded float64 number, or a plain one: 1 done, 0 not for this path.

    tangent: its node, or the run that it is an entry of, borrowed; NULL for a plain number.
    """
    cdef Dual d
    tangent[0] = NULL
    if type(o) is Dual:
        d = <Dual> o
        if d.k >= 0 or tag[0] >= 0 and tag[0] != d.tag_:
            return 0
        if d.k < -1:
            x[0] = d.v
        elif type(<object> d.gt) is Node and PyFloat_Check(<object> d.gv) and is_number_node(<Node> d.gt):
            x[0] = PyFloat_AS_DOUBLE(<object> d.gv)
        else:
            return 0
        tag[0] = d.tag_
        tangent[0] = d.gt
        return 1
    if PyFloat_Check(o):
        x[0] = PyFloat_AS_DOUBLE(o)
        return 1
    return type(o) is int and small_integer(o, x)


cdef inline bint is_number_node(Node node) noexcept:
    return node.type_number == cnp.NPY_DOUBLE and node.shape is no_shape


cdef inline bint is_strong(object x) noexcept:
    """Whether an operand that `load_number` has read stands for a NumPy scalar."""
    return (<Dual> x).of_numpy if type(x) is Dual else PyFloat_Check(x) and not PyFloat_CheckExact(x)


cdef inline object record_number(int r, int nin, object a, PyObject *s, double x, object b, PyObject *t, double y, double f,
                                 long long tag, int kind, bint of_numpy):
    """The number f that a rule gives at operands that `load_number` has read; itself where it has no derivative.

    kind: which kind of number it is, OF_NUMPY or OF_PYTHON.  of_numpy: of the Dual.
    """
    cdef double p = 0, q = 0
    cdef int flags = 0
    cdef Node node
    cdef Dual z
    if s != NULL and dd_rules[r].partial[0].kind != DD_ZERO:
        p = dd_rules[r].partial[0].scalar(x, y, f)
        flags = NUMBER_0
    if t != NULL and dd_rules[r].partial[1].kind != DD_ZERO:
        q = dd_rules[r].partial[1].scalar(x, y, f)
        flags |= NUMBER_1
    if dd_rules[r].borrowed and PyErr_Occurred() != NULL:       # scipy.special.errstate: it is about values
        PyErr_Clear()
    if not flags:
        return float64_scalar(f) if kind == OF_NUMPY else f
    if not kind_of(tag):
        if s != NULL and (<Dual> a).k < -1 or t != NULL and (<Dual> b).k < -1 or not begins_no_run(tag):
            return entered(r, nin, a, s, p, b, t, q, flags, f, tag, kind, of_numpy)
    node = node_new(RULE, nin, None if s == NULL else <Node> s, None if t == NULL else <Node> t, no_shape, FLOAT)
    node.rule = r
    node.flags = flags | (SELECTS if dd_rules[r].selects else 0)
    if flags & NUMBER_0:
        node.k0.number = p
    if flags & NUMBER_1:
        node.k1.number = q
    if kind_of(tag) and (dd_second_live[r] or dd_may_kink(r)):
        bend_rule(node, r, nin, 0, NULL, NULL, None, x, y, f)
    recorded(node)
    z = dual_generic(float64_scalar(f) if kind == OF_NUMPY else f, node, tag)
    z.of_numpy = of_numpy
    return z


cdef object record_numbers(int r, object a, object b):
    """a op b for + - * / ** of numbers, one or both recorded; None where `record` must."""
    cdef double x, y, f
    cdef long long tag = -1
    cdef PyObject *s
    cdef PyObject *t
    if not (r == DD_RULE_add or r == DD_RULE_subtract or r == DD_RULE_multiply or r == DD_RULE_divide or r == DD_RULE_power):
        return None
    if not load_number(a, &x, &tag, &s) or not load_number(b, &y, &tag, &t) or tag < 0:
        return None
    f = dd_rules[r].value(x, y)
    if unusual(f):
        return None         # NumPy may have to warn
    return record_number(r, 2, a, s, x, b, t, y, f, tag, OF_NUMPY, is_strong(a) or is_strong(b))


cdef object record_scalars(int r, int nin, object a, object b, bint own, bint operator):
    """`record` for numbers of which at least one is recorded; None where it must go on itself."""
    cdef double x, y = 0
    cdef long long tag = -1
    cdef PyObject *s
    cdef PyObject *t = NULL
    if not load_number(a, &x, &tag, &s) or nin == 2 and not load_number(b, &y, &tag, &t) or tag < 0:
        return None
    if (s != NULL and dd_rules[r].partial[0].kind == DD_NONE or t != NULL and dd_rules[r].partial[1].kind == DD_NONE
            or own or takes_integer(r, a, b)):
        return None
    return record_number(r, nin, a, s, x, b, t, y, number_value(r, x, y, operator), tag, OF_NUMPY, True)


cdef object record_value(int r, object a, object b, object standard):
    """A rule at numbers, one or both recorded, whose value a function of the module math computes; None: not for this."""
    cdef double x, y = 0
    cdef long long tag = -1
    cdef PyObject *s
    cdef PyObject *t = NULL
    if not load_number(a, &x, &tag, &s) or b is not None and not load_number(b, &y, &tag, &t) or tag < 0:
        return None
    if s != NULL and dd_rules[r].partial[0].kind == DD_NONE or t != NULL and dd_rules[r].partial[1].kind == DD_NONE:
        return None
    value = standard(x) if b is None else standard(x, y)
    if not PyFloat_CheckExact(value):
        return None
    return record_number(r, 1 if b is None else 2, a, s, x, b, t, y, PyFloat_AS_DOUBLE(value), tag, OF_PYTHON, False)


cdef double number_value(int r, double x, double y, bint operator) except? -1:
    """The value at numbers, under an operator or a ufunc."""
    cdef double f = dd_rules[r].value(x, y) if operator else ufunc_value(r, x, y)
    if PyErr_Occurred() != NULL:
        ask_again(r, x, y)
    if unusual(f) and (x != 0 or y != 0 or not isfinite(f)):
        warn_like_numpy(r, x, y)
    return f


cdef object scalar_value(int r, int nin, Arg *args, double *f, bint operator):
    """`number_value` of operands that are read."""
    f[0] = number_value(r, (<double *> args[0].v)[0], (<double *> args[1].v)[0] if nin == 2 else 0, operator)
    return float64_scalar(f[0])


# ---- structure ----------------------------------------------------------------------------------------

cdef DualArray recorded_array(object value, Node node, long long tag, DualArray base, object view):
    cdef DualArray y = DualArray.__new__(DualArray)
    y.value_ = value
    y.tangent_ = node
    y.tag_ = tag
    if base is not None:
        y.base_ = base
        y.view_ = view
        y.seen = base.version
    return y


cdef object record_getitem(DualArray x, object key):
    """x[key] of a recorded array."""
    cdef Node node
    if not plain_real(x.value_) or not simple_key(key):
        return None
    value = x.value_[key]
    node = <Node> x.tangent_
    if cnp.PyArray_CheckExact(value):
        node = node_new(INDEX, 1, node, None, (<object> value).shape, node.dtype)
        keep(node, 0, key)
        recorded(node)
        return recorded_array(value, node, x.tag_, x, key)
    node = node_new(INDEX, 1, node, None, no_shape, node.dtype)
    keep(node, 0, key)
    recorded(node)
    return dual_generic(value, node, x.tag_)


cdef bint record_setitem(DualArray x, object key, object value) except -1:
    """x[key] = value where x or value is recorded; False where the generic path must."""
    cdef DualArray y, at, root = x
    cdef Node node, old
    cdef long long tag
    cdef object yv = value, yt = None
    cdef bint whole
    if not (simple_key(key) or key is Ellipsis):
        return False
    if type(value) is DualArray:
        y = <DualArray> value
        sync(y)
        yv = y.value_
        if not plain_real(yv):
            return False
        yt = y.tangent_
        if yt is not None and type(yt) is not Node:
            return False
        tag = y.tag_ if yt is not None else -1
        if y.base_ is x and y.seen == x.version and type(key) is type(y.view_) and key == y.view_:
            return True         # x[key] += ... has written through the view already
    elif type(value) is Dual:
        if (<Dual> value).k < -1:
            node_of(<Dual> value)
        if (<Dual> value).k >= 0 or type(<object> (<Dual> value).gt) is not Node:
            return False
        yv = <object> (<Dual> value).gv
        if not (PyFloat_Check(yv) or type(yv) is np_float32):
            return False
        yt = <object> (<Dual> value).gt
        tag = (<Dual> value).tag_
    elif PyFloat_Check(value) or type(value) is int or plain_real(value):
        tag = -1
    else:
        return False
    while root.base_ is not None:
        if not (simple_key(root.view_)):
            return False
        root = root.base_
    if not plain_real(root.value_) or yt is not None and cnp.PyArray_TYPE(<cnp.ndarray> root.value_) != type_of(<Node> yt):
        return False
    if root.tangent_ is None:
        if tag < 0 or root.exposed:
            return False
        root.tangent_ = zero_node((<object> root.value_).shape, float_type(cnp.PyArray_TYPE(<cnp.ndarray> root.value_)))
        root.tag_ = tag
        root.version += 1
    elif type(root.tangent_) is not Node or tag >= 0 and tag != root.tag_:
        return False
    if root.shared & PICTURED:
        return False
    if root.shared:
        root.value_ = root.value_.copy("K")     # the layout decides which reshapes are views
        root.shared = 0
        root.version += 1
        if type(value) is DualArray:
            sync(<DualArray> value)             # it may be a view of x
    sync(x)
    old = <Node> x.tangent_
    if type(key) is slice and key == slice_all:
        key = Ellipsis
    whole = key is Ellipsis and type(value) is DualArray and (<object> yv).shape == (<object> x.value_).shape
    x.value_[key] = yv
    if whole and yt is not None:
        node = <Node> yt        # nothing of the old is left
    else:
        if key is Ellipsis:
            key = (slice_all,) * cnp.PyArray_NDIM(<cnp.ndarray> x.value_)
        node = node_new(WRITE, 2, old, <Node> yt, old.shape, old.dtype)
        keep(node, 0, expand_key(key, cnp.PyArray_NDIM(<cnp.ndarray> x.value_)))
        recorded(node)
    # the bases upwards learn of it
    at = x
    while True:
        at.tangent_ = node
        at.version += 1
        if at.base_ is None:
            break
        old = <Node> at.base_.tangent_
        node = node_new(WRITE_VIEW, 2, old, node, old.shape, old.dtype)
        keep(node, 0, at.view_)
        keep(node, 1, (<object> at.value_).shape)
        recorded(node)
        at = at.base_
    # each view has seen what it wrote itself
    at = x
    while at.base_ is not None:
        at.seen = at.base_.version
        at = at.base_
    return True


cdef object record_sum(object xo, object axis, bint mean):
    """np.sum (or np.mean) of a recorded array."""
    cdef DualArray x
    cdef Node node
    cdef cnp.ndarray v
    cdef int nd, a
    cdef tuple axes
    x = <DualArray> xo
    sync(x)
    if type(x.tangent_) is not Node or not plain_real(x.value_):
        return None
    v = <cnp.ndarray> x.value_
    nd = cnp.PyArray_NDIM(v)
    if nd == 0 or mean and (axis is not None or cnp.PyArray_SIZE(v) == 0):
        return None
    if axis is None:
        axes = tuple(range(nd)) if nd > 1 else (0,)
    elif type(axis) is int:
        a = axis
        if a < -nd or a >= nd:
            return None
        axes = (a % nd if a >= 0 else a + nd,)
    else:
        return None
    value = np_add_reduce(v, axis)
    node = <Node> x.tangent_
    if mean:        # the sum over the number of elements, as NumPy's own mean computes it
        node = node_new(SUM, 1, node, None, no_shape, node.dtype)
        keep(node, 0, axes)
        keep(node, 1, False)
        recorded(node)
        return array_binary(DD_RULE_divide, dual_generic(value, node, x.tag_), <long> cnp.PyArray_SIZE(v))
    node = node_new(SUM, 1, node, None, (<object> value).shape, node.dtype)
    keep(node, 0, axes)
    keep(node, 1, False)
    recorded(node)
    return new_dual(value, node, x.tag_)


cdef object record_reshape(object xo, object shape):
    """A recorded array in another shape, as a view."""
    cdef DualArray x = <DualArray> xo
    cdef Node node
    sync(x)
    if type(x.tangent_) is not Node or not plain_real(x.value_):
        return None
    if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> x.value_):
        return None
    value = x.value_.reshape(shape)
    node = <Node> x.tangent_
    node = node_new(RESHAPE, 1, node, None, (<object> value).shape, node.dtype)
    recorded(node)
    return recorded_array(value, node, x.tag_, x, "reshape")


cdef object record_transpose(object xo):
    """A recorded array with its axes in reverse order, as a view."""
    cdef DualArray x = <DualArray> xo
    cdef Node node
    sync(x)
    if type(x.tangent_) is not Node or not plain_real(x.value_):
        return None
    value = x.value_.T
    node = <Node> x.tangent_
    node = node_new(PERMUTE, 1, node, None, (<object> value).shape, node.dtype)
    keep(node, 0, tuple(range(cnp.PyArray_NDIM(<cnp.ndarray> x.value_) - 1, -1, -1)))
    recorded(node)
    return recorded_array(value, node, x.tag_, x, "T")


cdef object record_concatenate(object arrays, object axis):
    """np.concatenate of recorded arrays and constants of one type."""
    cdef list values = [], nodes = [], shapes = []
    cdef DualArray x
    cdef Node node
    cdef long long tag = -1
    cdef int nd = -1, ax
    cdef bint plain = True
    if type(arrays) is not list and type(arrays) is not tuple or type(axis) is not int:
        return None
    for a in arrays:
        node = None
        if type(a) is DualArray:
            x = <DualArray> a
            sync(x)
            if x.tangent_ is not None:
                if type(x.tangent_) is not Node or tag >= 0 and x.tag_ != tag:
                    return None
                node = <Node> x.tangent_
                tag = x.tag_
            value = x.value_
        else:
            value = a
        if not plain_real(value):
            return None
        values.append(value)
        nodes.append(node)
        plain = plain and (node is None or not PyObject_GC_IsTracked(<PyObject *> node))
        nd = cnp.PyArray_NDIM(<cnp.ndarray> values[0])
        if cnp.PyArray_TYPE(<cnp.ndarray> value) != cnp.PyArray_TYPE(<cnp.ndarray> values[0]):
            return None
        shapes.append((<object> value).shape)
    ax = axis
    if ax < 0:
        ax += nd
    if tag < 0 or ax < 0 or ax >= nd:
        return None
    value = np_concatenate(values, ax)
    node = node_new(JOIN, 0, None, None, (<object> value).shape, float_type(cnp.PyArray_TYPE(<cnp.ndarray> value)))
    node.more = tuple(nodes)
    keep(node, 0, ax)
    keep(node, 1, tuple(shapes))
    for n in nodes:
        if n is not None:
            node.owner |= (<Node> n).owner
    if not plain:
        PyObject_GC_Track(<PyObject *> node)
    recorded(node)
    return recorded_array(value, node, tag, None, None)


cdef dict einsum_forms = {}
cdef object np_einsum = np.einsum


cdef object einsum_form(str text):
    """Of an einsum that is a product of two vectors or matrices (over one index): the labels of each, whether each is
    transposed, and whether the factors change places; None for another one."""
    cdef str inputs, out, x, y, free
    if text in einsum_forms:
        return einsum_forms[text]
    found = None
    inputs, arrow, out = text.replace(" ", "").partition("->")
    if inputs.count(",") == 1 and all([c.isalpha() or c == "," for c in inputs + out]):
        x, y = inputs.split(",")
        over = [c for c in x if c in y]
        free = "".join([c for c in x + y if c not in over])
        if not arrow:
            out = "".join(sorted(free))
        if (len(over) == 1 and 0 < len(x) <= 2 and 0 < len(y) <= 2 and len(set(x)) == len(x) and len(set(y)) == len(y)
                and sorted(out) == sorted(free)):
            swapped = out != free
            if swapped:
                x, y = y, x
            found = len(x), len(y), x[0] == over[0] and len(x) == 2, y[0] != over[0], swapped
    if len(einsum_forms) > 500:
        einsum_forms.clear()
    einsum_forms[text] = found
    return found


cdef object record_einsum(str text, object a, object b):
    """np.einsum of recorded vectors and matrices, and of constant ones, where it is a product."""
    form = einsum_form(text)
    if form is None:
        return None
    na, nb, turn_a, turn_b, swapped = form
    return record_contraction((b if swapped else a), (a if swapped else b), None, text, form)


cdef object record_product(object a, object b, object function):
    """matmul or dot of recorded vectors and matrices, and of constant ones."""
    return record_contraction(a, b, function, None, None)


cdef Node turned_node(Node node):
    """The node of a matrix's transpose."""
    cdef Node turned = node_new(PERMUTE, 1, node, None, (node.shape[1], node.shape[0]), node.dtype)
    keep(turned, 0, (1, 0))
    recorded(turned)
    return turned


cdef object record_contraction(object a, object b, object function, str text, object form):
    """function(a, b), or the einsum of a text that is a @ b with factors transposed as its form says."""
    cdef list values = [a, b], nodes = [None, None]
    cdef long long tag = -1
    cdef DualArray x
    cdef Node node
    cdef int i, nd
    cdef bint is_array
    for i in range(2):
        o = values[i]
        if type(o) is DualArray:
            x = <DualArray> o
            sync(x)
            if x.tangent_ is not None:
                if type(x.tangent_) is not Node or tag >= 0 and tag != x.tag_:
                    return None
                tag = x.tag_
                nodes[i] = x.tangent_
            values[i] = x.value_
        if not plain_real(values[i]):
            return None
        nd = cnp.PyArray_NDIM(<cnp.ndarray> values[i])
        if nd < 1 or nd > 2:
            return None
    if tag < 0 or cnp.PyArray_TYPE(<cnp.ndarray> values[0]) != cnp.PyArray_TYPE(<cnp.ndarray> values[1]):
        return None
    if form is None:
        value = function(values[0], values[1])
    else:
        na, nb, turn_a, turn_b, swapped = form
        if (values[0].ndim != na or values[1].ndim != nb
                or values[0].shape[0 if turn_a else na - 1] != values[1].shape[nb - 1 if turn_b else 0]):
            return None         # einsum broadcasts axes of length 1
        value = np_einsum(text, values[1], values[0]) if swapped else np_einsum(text, values[0], values[1])
        if not cnp.PyArray_CheckExact(value) and not isinstance(value, (np_float64, np_float32)):
            return None
        for i in range(2):
            if nodes[i] is not None and form[2 + i]:
                nodes[i] = turned_node(<Node> nodes[i])
    is_array = cnp.PyArray_CheckExact(value)
    node = node_new(PRODUCT, 2, <Node> nodes[0], <Node> nodes[1], (<object> value).shape if is_array else no_shape,
                    float_type(cnp.PyArray_TYPE(<cnp.ndarray> values[0])))
    # a factor is kept only where the other one varies
    if nodes[1] is not None:
        keep(node, 0, kept(a).T if form is not None and form[2] else kept(a))
    if nodes[0] is not None:
        keep(node, 1, kept(b).T if form is not None and form[3] else kept(b))
    recorded(node)
    return recorded_array(value, node, tag, None, None) if is_array else dual_generic(value, node, tag)
