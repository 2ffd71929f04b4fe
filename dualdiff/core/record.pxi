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


# ---- what is kept ------------------------------------------------------------------------------------

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

cdef object record(int r, int nin, Arg *args, Together *all, object a, object b, bint own, bint operator):
    """One rule on recorded operands: value and partials in one pass; None where functions/ must.

    own, operator: as in `apply_rule`.
    """
    cdef bint want[2]
    cdef dd_operand op[3]
    cdef cnp.npy_intp tdims[64]
    cdef int i, nd, flags, found, given, kind, rows = 0, wide = 4, type_ = all.type
    cdef double p[2]
    cdef double f = 0, d
    cdef cnp.ndarray v = None, t = None
    cdef object value, partial, dtype
    cdef bint any_partial = False, keeps_value = False
    cdef DualArray y
    cdef Node node, first = None, second = None
    if own and dd_rules[r].integers:
        return None
    own = own or takes_integer(r, a, b)
    dtype = float_type(type_)
    broadcast_all(nin, args, all, a, b)
    nd = all.nd
    if operator and nd == 0 and type_ == cnp.NPY_FLOAT:
        return None             # of float32 numbers an operator has other bits than the ufunc
    if nd == 0 and type_ == cnp.NPY_DOUBLE:
        if own:
            return None
        value = scalar_value(r, nin, args, &f, operator)
    else:
        for i in range(nin):
            if args[i].nd:
                wide |= 1 << i
        for i in range(nin):
            kind = dd_rules[r].partial[i].kind
            want[i] = (nd > 0 and args[i].node != NULL and (kind == DD_LOOP or kind == DD_EXPR)
                       and (partial_needs[2 * r + i] & wide) != 0)
            rows += want[i]
            if want[i]:
                args[i].t = <char *> &unit_row      # asks for its partial
                args[i].ts = no_strides
        tdims[0] = 2
        memcpy(&tdims[1], all.dims, nd * sizeof(cnp.npy_intp))
        v = valued(r, nin, args, nd, all.dims, type_, a, b, own, &given, &found)
        if v is None:
            return None
        if rows == 1:
            t = dd_array(nd, all.dims, type_)
        elif rows == 2:
            t = dd_array(nd + 1, tdims, type_)
        flags = run_kernels(r, nin, args, all, op, v, t, -1, given)
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
    if args[0].node != NULL:
        first = <Node> args[0].node
    if nin == 2 and args[1].node != NULL:
        second = <Node> args[1].node
    node = node_new(RULE, nin, first, second, no_shape if nd == 0 else shared_shape(v, first, second), dtype)
    node.rule = r
    if dd_rules[r].selects:
        node.flags = SELECTS
    rows = 0
    for i in range(nin):
        if args[i].node == NULL:
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
    if kind_of(all.tag) and (dd_second_live[r] or dd_may_kink(r)):
        for i in range(nin):
            place(&args[i], &op[i], nd, all.dims)
        if bend_rule(node, r, nin, nd, all.dims, op, v, p[0], p[1], f):
            keeps_value = True
    recorded(node)
    if nd == 0:
        return dual_generic(value, node, all.tag)
    y = DualArray.__new__(DualArray)
    y.value_ = v
    y.tangent_ = node
    y.tag_ = all.tag
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


# ---- writes ----------------------------------------------------------------------------------------------


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
