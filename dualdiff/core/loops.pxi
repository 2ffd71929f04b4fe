# The functions of a program: which compiled loop an elementwise function is for operands of given types.
#
# exact: every loop gives the same bits, whatever the layout; then a region may run it on its blocks.  Any other loop is
# called by a program on the strides that NumPy would call it with, or NumPy is called.

EXACT = ROUNDED | {
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or", "logical_not",
    "logical_xor", "isnan", "isinf", "isfinite", "signbit", "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "where"}
"""Functions that IEEE 754 rounds correctly, or that do not round."""

cdef dict OWN_D = {
    "add": (<size_t> pg_add, PG_S_ADD), "subtract": (<size_t> pg_sub, PG_S_SUB), "multiply": (<size_t> pg_mul, PG_S_MUL),
    "divide": (<size_t> pg_div, PG_S_DIV), "negative": (<size_t> pg_neg, PG_S_NEG),
    "absolute": (<size_t> pg_abs, PG_S_ABS), "fabs": (<size_t> pg_abs, PG_S_ABS),
    "square": (<size_t> pg_square, PG_S_SQUARE), "reciprocal": (<size_t> pg_recip, PG_S_RECIP),
    "sqrt": (<size_t> pg_sqrt, PG_S_SQRT), "positive": (<size_t> pg_copy_8, PG_S_MOVE),
    "conjugate": (<size_t> pg_copy_8, PG_S_MOVE),
    "less": (<size_t> pg_lt, PG_S_LT), "less_equal": (<size_t> pg_le, PG_S_LE), "greater": (<size_t> pg_gt, PG_S_GT),
    "greater_equal": (<size_t> pg_ge, PG_S_GE), "equal": (<size_t> pg_eq, PG_S_EQ), "not_equal": (<size_t> pg_ne, PG_S_NE)}
cdef dict OWN_B = {
    "logical_and": (<size_t> pg_and, PG_S_AND), "logical_or": (<size_t> pg_or, PG_S_OR),
    "logical_not": (<size_t> pg_not, PG_S_NOT)}
cdef dict OF_FLOATS = {
    "operator.add": PG_S_ADD, "operator.sub": PG_S_SUB, "operator.mul": PG_S_MUL, "operator.truediv": PG_S_PY_DIV,
    "operator.neg": PG_S_NEG, "operator.pos": PG_S_MOVE, "operator.abs": PG_S_ABS, "operator.pow": PG_S_PY_POW,
    "operator.lt": PG_S_LT, "operator.le": PG_S_LE, "operator.gt": PG_S_GT, "operator.ge": PG_S_GE,
    "operator.eq": PG_S_EQ, "operator.ne": PG_S_NE, "math.fabs": PG_S_ABS}
cdef dict OF_MATH = {
    "math.sin": <size_t> &c_sin, "math.cos": <size_t> &c_cos, "math.tan": <size_t> &c_tan, "math.exp": <size_t> &c_exp,
    "math.log": <size_t> &c_log, "math.sqrt": <size_t> &c_sqrt, "math.tanh": <size_t> &c_tanh, "math.sinh": <size_t> &c_sinh,
    "math.cosh": <size_t> &c_cosh, "math.asin": <size_t> &c_asin, "math.acos": <size_t> &c_acos,
    "math.atan": <size_t> &c_atan, "math.expm1": <size_t> &c_expm1}

cdef enum:
    BY_POWER = 1000

cdef dict NEAR_FN = {
    "sin": PG_NEAR_SIN, "cos": PG_NEAR_COS, "sech2": PG_NEAR_SECH2, "powm1": BY_POWER, "gauss": PG_NEAR_GAUSS,
    "normal": PG_NEAR_NORMAL, "erf": PG_NEAR_ERF, "erfc": PG_NEAR_ERFC, "ndtr": PG_NEAR_NDTR}
cdef bint SCALAR_EXP = not getattr(np._core._multiarray_umath, "__cpu_features__", {}).get("AVX512_SKX", False)
cdef dict OF_EXP = {         # unless NumPy has SIMD loops of these
    "exp": PG_NEAR_EXP, "log": PG_NEAR_LOG, "log1p": PG_NEAR_LOG1P, "tanh": PG_NEAR_TANH}
if SCALAR_EXP:
    NEAR_FN.update(OF_EXP)
NEAR = frozenset(NEAR_FN)
"""Functions whose loops call libm for each element, and that there is a faster form of, within 2 ulp."""


def use_own_exp(bint own):
    """Whether exp, log, log1p and tanh have forms of our own, whatever the processor: for tests; gives what was so before."""
    global SCALAR_EXP, NEAR
    before = SCALAR_EXP
    SCALAR_EXP = own
    for name in OF_EXP:
        if own:
            NEAR_FN[name] = OF_EXP[name]
        else:
            NEAR_FN.pop(name, None)
    NEAR = frozenset(NEAR_FN)
    known_loops.clear()
    return before


cdef dict JOINT = {
    "near.sin": (PG_NEAR_SINCOS, 0), "near.cos": (PG_NEAR_SINCOS, 1), "near.tanh": (PG_NEAR_TANH_SECH2, 0),
    "near.sech2": (PG_NEAR_TANH_SECH2, 1)}
"""Functions that one kernel computes together: the kernel, and which of its results they are."""

cdef int near_level = pg_best_level()


def use_near_level(int level):
    """For which processors the functions of NEAR are compiled, up to what this one is; gives what was so before: for tests."""
    global near_level
    before = near_level
    near_level = max(0, min(level, pg_best_level()))
    known_loops.clear()
    return before


cdef pg_fn near_kernel(int which):
    return (&pg_near_kernels[0][0])[which * PG_LEVELS + near_level]

cdef enum:
    NO_LOOP = -1

cdef class Loop:
    """An elementwise function for operands of some types."""
    cdef public object ufunc            # what Python calls
    cdef readonly str name
    cdef readonly bint exact
    cdef readonly bint apart            # its result may not overwrite an operand
    cdef int joint                      # the kernel that computes it and another function, -1 if there is none
    cdef bint second                    # it is the second of the two
    cdef readonly object types          # dtypes of the operands and of the result, as the loop takes them; None: there is none
    cdef int nin
    cdef int scalar                     # the instruction for one element, -1 if it is a loop's call
    cdef pg_fn fn                       # the instruction of a region
    cdef cnp.PyUFuncGenericFunction loop
    cdef void *data
    cdef size_t math


cdef dict known_loops = {}


cdef Loop loop_of(str name, tuple dtypes, object ufunc_of, object of_scipy):
    """The loop for operands of these dtypes; without a loop (types None) where NumPy must be called."""
    cdef Loop r
    key = (name, dtypes)
    r = known_loops.get(key)
    if r is None:
        r = find_loop(name, dtypes, ufunc_of, of_scipy)
        if r.ufunc is not None or r.types is not None:
            known_loops[key] = r
    return r


cdef Loop find_loop(str name, tuple dtypes, object ufunc_of, object of_scipy):
    cdef Loop r = Loop.__new__(Loop)
    cdef cnp.ufunc u
    cdef int i, nargs
    r.name, r.nin, r.scalar, r.fn, r.loop, r.joint = name, <int> len(dtypes), -1, NULL, NULL, -1
    r.types, r.exact = None, False
    if name.startswith(("operator.", "math.")):
        of_floats(r, dtypes)
        return r
    r.ufunc = ufunc_of(name)
    near = name.startswith("near.")
    if near:
        name = name[5:]
    if name == "where":
        common = np.result_type(dtypes[1], dtypes[2])
        r.types, r.exact = (np.dtype(bool), common, common, common), True
        r.scalar = PG_S_WHERE if common.itemsize <= 8 else PG_S_KERNEL
        r.fn = <pg_fn> <size_t> WHERE[common.itemsize]
        return r
    if not isinstance(r.ufunc, np.ufunc) or r.ufunc.nout != 1 or r.ufunc.nin != r.nin or r.ufunc.signature is not None:
        return r
    try:
        types = r.ufunc.resolve_dtypes((*dtypes, None))
    except TypeError:
        return r
    for t in types:
        if t.kind not in "biufc" or t.itemsize > 16 or t.char in "egG" or not t.isnative:
            return r
    if name in ("power", "float_power", "left_shift", "right_shift") and types[-1].kind not in "fc":
        return r                        # its loop may raise an error of Python's
    u = <cnp.ufunc> r.ufunc
    nargs = r.nin + 1
    for i, sig in enumerate(r.ufunc.types):
        codes = sig.replace("->", "")
        if len(codes) == nargs and "O" not in codes and tuple([np.dtype(c) for c in codes]) == types:
            break
    else:
        return r
    r.loop = u.functions[i]
    r.data = u.data[i] if u.data != NULL else NULL
    if r.loop == NULL:
        return r
    r.types = types
    if not isinstance(getattr(np, name, None), np.ufunc):
        r.exact = not of_scipy(name)      # a helper of the table: one loop, one element after another
    elif types[-1].kind == "c" or types[0].kind == "c":
        r.exact = name in ("add", "subtract", "negative", "positive", "conjugate", "equal", "not_equal")
    else:
        r.exact = name in EXACT or all([t.kind in "biu" for t in types])
    r.fn = pg_loop1 if r.nin == 1 else pg_loop2 if r.nin == 2 else pg_loop3 if r.nin == 3 else NULL
    if r.fn == NULL:
        r.types = None
        return r
    own = None
    if near and name in NEAR and types[0] == np.float64:
        r.exact = r.apart = True
        if NEAR_FN[name] == BY_POWER:
            u = <cnp.ufunc> np.power
            i = np.power.types.index("dd->d")
            r.fn, r.loop, r.data = pg_near_powm1, u.functions[i], (u.data[i] if u.data != NULL else NULL)
        else:
            r.fn = near_kernel(NEAR_FN[name])
            r.joint, r.second = JOINT.get(r.name, (-1, 0))
    elif all([t == np.float64 for t in types[:-1]]):
        own = OWN_D.get(name)
    elif all([t == np.bool_ for t in types]):
        own = OWN_B.get(name)
    if own is not None:
        r.fn = <pg_fn> <size_t> own[0]
        r.scalar = own[1]
    return r


cdef int of_floats(Loop r, tuple dtypes) except -1:
    """An operator of Python's, or a function of the math module, of floats."""
    for t in dtypes:
        if t != np.float64:
            return 0
    code = OF_FLOATS.get(r.name, NO_LOOP)
    d = np.dtype(np.float64)
    if code >= 0:
        out = np.dtype(bool) if PG_S_LT <= code <= PG_S_NE else d
        r.types = (*dtypes, out)
        r.scalar = code
    elif r.name in OF_MATH:
        r.types, r.scalar, r.math = (d, d), PG_S_PY_CALL1, OF_MATH[r.name]
    return 0


cdef dict WHERE = {1: <size_t> pg_where_1, 2: <size_t> pg_where_2, 4: <size_t> pg_where_4, 8: <size_t> pg_where_8,
                   16: <size_t> pg_where_16}
cdef dict COPY = {1: <size_t> pg_copy_1, 2: <size_t> pg_copy_2, 4: <size_t> pg_copy_4, 8: <size_t> pg_copy_8,
                  16: <size_t> pg_copy_16}
cdef dict TAKE = {1: <size_t> pg_take_1, 2: <size_t> pg_take_2, 4: <size_t> pg_take_4, 8: <size_t> pg_take_8,
                  16: <size_t> pg_take_16}
cdef dict PUT = {1: <size_t> pg_put_1, 2: <size_t> pg_put_2, 4: <size_t> pg_put_4, 8: <size_t> pg_put_8, 16: <size_t> pg_put_16}
cdef dict LOAD = {1: <size_t> pg_load_1, 2: <size_t> pg_load_2, 4: <size_t> pg_load_4, 8: <size_t> pg_load_8,
                  16: <size_t> pg_load_16}
cdef dict STORE = {1: <size_t> pg_store_1, 2: <size_t> pg_store_2, 4: <size_t> pg_store_4, 8: <size_t> pg_store_8,
                   16: <size_t> pg_store_16}

# ---- what NumPy does for a layout, asked of ufuncs that only take notes ----

cdef list note_keep = []


cdef object noting(int nin, object identity):
    pointers = np.array([<size_t> &pg_note], dtype=np.uintp)
    codes = np.full(nin + 1, cnp.NPY_DOUBLE, dtype=np.int8)
    data = np.array([(nin + 1) | 1 << 4 | (nin + 1) << 8], dtype=np.uintp)
    note_keep.append((pointers, codes, data))
    return cnp.PyUFunc_FromFuncAndData(
        <cnp.PyUFuncGenericFunction *> cnp.PyArray_DATA(pointers), <void **> cnp.PyArray_DATA(data),
        <char *> cnp.PyArray_DATA(codes), 1, nin, 1, identity, b"noting", b"", 0)


cdef object noting_product():
    pointers = np.array([<size_t> &pg_note], dtype=np.uintp)
    codes = np.full(3, cnp.NPY_DOUBLE, dtype=np.int8)
    data = np.array([3 | 4 << 4 | 9 << 8], dtype=np.uintp)
    note_keep.append((pointers, codes, data))
    return PyUFunc_FromFuncAndDataAndSignature(
        <cnp.PyUFuncGenericFunction *> cnp.PyArray_DATA(pointers), <void **> cnp.PyArray_DATA(data),
        <char *> cnp.PyArray_DATA(codes), 1, 2, 1, PyUFunc_None, b"noting", b"", 0, b"(n?,k),(k,m?)->(n?,m?)")


NOTING = {n: noting(n, -2) for n in (1, 2, 3)}          # -2: without an identity, in any order
NOTING_SUM = noting(2, 0)
NOTING_PRODUCT = noting_product()
MINUS_ZERO = bool(np.signbit(np.add.reduce(np.array([-0.0]))))
"""Whether NumPy's sums begin with -0.0."""



def adds_in_order():
    """Whether NumPy's loop adds the numbers of a short lane one after another, and then to its initial value.

    With which zero it begins does not matter: where the initial value is not -0.0, it is 0.0, and takes the sign.
    """
    rng = np.random.default_rng(0)
    for n in range(1, 8):
        for x in rng.normal(size=(20, n)) * 10.0 ** rng.integers(-9, 9, (20, n)):
            s = -0.0
            for e in x:
                s += e
            if np.add.reduce(x) != s:
                return False
    return True


cdef bint SHORT_SUMS = adds_in_order()

cdef dict known_steps = {}


cdef cnp.ndarray dummy(tuple shape, tuple strides):
    """An array of zeros with a layout; strides in elements."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp steps[64]
    cdef cnp.npy_intp low = 0, high = 0, span
    cdef int k, nd = <int> len(shape)
    cdef cnp.ndarray memory, result
    for k in range(nd):
        dims[k] = shape[k]
        steps[k] = 8 * <cnp.npy_intp> strides[k]
        span = (dims[k] - 1) * <cnp.npy_intp> strides[k]
        if span < 0:
            low += span
        else:
            high += span
    span = high - low + 1
    memory = cnp.PyArray_ZEROS(1, &span, cnp.NPY_DOUBLE, 0)
    result = pg_array(FLOAT, nd, dims, steps, <char *> cnp.PyArray_DATA(memory) - 8 * low)
    cnp.set_array_base(result, memory)
    return result


cdef object FLOAT = np.dtype(np.float64)


cdef object steps_of(tuple layout):
    """The steps, in elements, that NumPy's inner loop gets for operands of (shape, strides in elements); None if they differ."""
    found = known_steps.get(layout)
    if found is None:
        if len(known_steps) > 10000:
            known_steps.clear()
        operands = [dummy(shape, strides) for shape, strides in layout]
        note_start()
        NOTING[len(layout)](*operands)
        if pg_noted.n and pg_noted.uniform:
            found = tuple([pg_noted.note[0][pg_noted.nargs + pg_noted.ndims + i] // 8 for i in range(pg_noted.nsteps)])
        else:
            found = ()
        known_steps[layout] = found
    return found or None


cdef void note_start() noexcept:
    pg_noted.n = 0
    pg_noted.uniform = 1
    pg_noted.total = 0


cdef bint whole_lanes():
    """Whether NumPy gives a long array to the inner loop of a reduction in one call: before 2.3 it is cut to the buffer's size."""
    note_start()
    NOTING_SUM.reduce(np.zeros(100000))
    return pg_noted.n == 1 and pg_noted.total == 100000


cdef bint WHOLE = whole_lanes()

cdef dict known_plans = {}


cdef tuple plan_reduce(tuple attr, tuple shape, tuple strides, bint dense):
    """The calls of the inner loop that NumPy makes for a reduction: (name, initial value or None, copies, calls), in elements.

    None where there are too many to be listed, and where NumPy's result is not in C order.
    """
    cdef cnp.npy_intp total = 1, n
    name, axes, keepdims = attr
    if name not in ("add", "multiply", "maximum", "minimum"):
        return None
    for n in shape:
        total *= n
    initial = {"add": -0.0 if MINUS_ZERO else 0.0, "multiply": 1.0}.get(name)
    if not WHOLE and total > 8192:
        return None
    if dense and len(axes) == len(shape) and initial is not None:
        return name, initial, (), ((0, 0, 0, total, 0, 1, 0),)
    if dense and axes and axes == tuple(range(axes[0], axes[0] + len(axes))):
        lanes = plan_lanes(axes, shape, initial is not None)
        if lanes:
            return name, initial, lanes, None
    if total > 1 << 16:
        return None
    key = (name in ("add", "multiply"), axes, shape, strides)
    found = known_plans.get(key)
    if found is None:
        if len(known_plans) > 10000:
            known_plans.clear()
        found = known_plans[key] = noted_reduce(axes, shape, strides, initial is not None)
    return (name, initial, *found) if found else None


cdef tuple plan_lanes(tuple axes, tuple shape, bint filled):
    """(outer, m, inner) of a reduction along neighbouring axes of an array in C order, if NumPy goes along it so.

    It is asked of an array with fewer outer elements and fewer elements beside each other; what comes out is the same.
    """
    cdef cnp.npy_intp outer = 1, m = 1, inner = 1, i, j, n
    for i, n in enumerate(shape):
        if i < axes[0]:
            outer *= n
        elif i in axes:
            m *= n
        else:
            inner *= n
    if m < 2:
        return ()
    few, wide = min(outer, 3), min(inner, 40)
    tall = m if inner == 1 else min(m, 30)
    key = ("lanes", filled, few, tall, wide, len(axes), outer > 1, inner > 1)
    found = known_plans.get(key)
    if found is None:
        one, copies, calls = 1, None, ()
        noted = noted_reduce((1,), (few, tall, wide), plain((few, tall, wide)), filled)
        if noted:
            copies, calls = noted
            first = 0 if filled else 1
            if wide == 1:
                expected = [(i, i * tall + first, i, tall - first, 0, 1, 0) for i in range(few)]
            else:
                expected = [(i * wide, (i * tall + j) * wide, i * wide, wide, 1, 1, 1)
                            for i in range(few) for j in range(first, tall)]
            one = sorted(calls) == sorted(expected)
        found = known_plans[key] = bool(noted and one)
    return (outer, m, inner) if found else ()


cdef tuple span_of(tuple shape, tuple strides):
    """The lowest and the highest offset of an array's elements."""
    return (sum([min((n - 1) * s, 0) for n, s in zip(shape, strides)]), sum([max((n - 1) * s, 0) for n, s in zip(shape, strides)]))


cdef tuple noted_reduce(tuple axes, tuple shape, tuple strides, bint filled):
    low, high = span_of(shape, strides)
    if high - low > 1 << 22:
        return ()
    x = dummy(shape, strides)
    note_start()
    y = (NOTING_SUM if filled else NOTING[2]).reduce(x, axis=axes, keepdims=True)
    if not y.flags.c_contiguous or pg_noted.n > PG_NOTES or y.size > PG_NOTES:
        return ()
    begin, into = x.__array_interface__["data"][0], y.__array_interface__["data"][0]
    calls = []
    for i in range(pg_noted.n):
        out, arg, count = pg_noted.note[i][0], pg_noted.note[i][1], pg_noted.note[i][3]
        if pg_noted.note[i][2] != out or not 0 <= (out - into) // 8 < y.size or not low <= (arg - begin) // 8 <= high:
            return ()                           # NumPy sums a copy in a buffer of its own
        calls.append(((out - into) // 8, (arg - begin) // 8, (out - into) // 8, count,
                      pg_noted.note[i][4] // 8, pg_noted.note[i][5] // 8, pg_noted.note[i][6] // 8))
    copies = []
    if not filled:
        first = as_strided(np.arange(high - low + 1)[-low:], shape, [8 * s for s in strides])
        for a in axes:
            first = first.take([0], axis=a)
        copies = [(int(k) + low, j) for j, k in enumerate(first.ravel())]
    return tuple(copies), tuple(calls)


cdef tuple plan_matmul(tuple a_shape, tuple a_strides, tuple b_shape, tuple b_strides):
    """The calls of matmul's inner loop that NumPy makes, in elements; None where there are too many."""
    key = (a_shape, a_strides, b_shape, b_strides)
    found = known_plans.get(key)
    if found is None:
        if len(known_plans) > 10000:
            known_plans.clear()
        found = known_plans[key] = noted_matmul(a_shape, a_strides, b_shape, b_strides)
    return found or None


cdef tuple noted_matmul(tuple a_shape, tuple a_strides, tuple b_shape, tuple b_strides):
    a, b = dummy(a_shape, a_strides), dummy(b_shape, b_strides)
    note_start()
    y = NOTING_PRODUCT(a, b)
    if np.ndim(y) and not y.flags.c_contiguous or not 0 < pg_noted.n <= 64:
        return ()
    at = [a.__array_interface__["data"][0], b.__array_interface__["data"][0],
          y.__array_interface__["data"][0] if np.ndim(y) else pg_noted.note[0][2]]
    spans = [span_of(a_shape, a_strides), span_of(b_shape, b_strides), (0, y.size - 1)]
    calls = []
    for i in range(pg_noted.n):
        for k in range(3):
            if not spans[k][0] <= (pg_noted.note[i][k] - at[k]) // 8 <= spans[k][1]:
                return ()
        calls.append((*[(pg_noted.note[i][k] - at[k]) // 8 for k in range(3)], *[pg_noted.note[i][3 + k] for k in range(4)],
                      *[pg_noted.note[i][7 + k] // 8 for k in range(9)]))
    return "matmul", None, (), tuple(calls)


# ---- numpy.linalg -----------------------------------------------------------------------------

PLAIN_RESULTS = ("det", "slogdet.sign", "slogdet.log")      # one number for each matrix

cdef dict linear_loops = {}                                 # name -> ((loop, data), its dims)


cdef int find_linear_loops() except -1:
    """The loops of float64 by which NumPy does what programs/graph.py calls linalg; none where NumPy has no such module."""
    cdef cnp.ufunc u
    module = getattr(np.linalg, "_umath_linalg", None)
    for name, dims in (("inv", 2), ("solve", 3), ("det", 2), ("slogdet", 2), ("cholesky_lo", 2), ("cholesky_up", 2)):
        function = getattr(module, name, None)
        if not isinstance(function, np.ufunc):
            continue
        u = <cnp.ufunc> function
        for i, sig in enumerate(function.types):
            if not sig.replace("->", "").strip("d"):
                found = (<size_t> u.functions[i], <size_t> u.data[i] if u.data != NULL else 0), dims
                for part in ([name] if name != "slogdet" else ["slogdet.sign", "slogdet.log"]):
                    linear_loops[part] = found
                break
    return 0


find_linear_loops()


cdef list plan_linear(str name, tuple batch, list operands):
    """The calls of a loop of numpy.linalg, in elements, for operands of (shape, strides); None where there are too many.

    A call takes the matrices along the last axis of the stack.
    """
    cdef list calls = [], starts, along = [], cores = []
    cdef int nb = <int> len(batch), k
    cdef tuple shape, strides
    cdef bint plain_result = name in PLAIN_RESULTS
    whole = batch if plain_result else (*batch, *(operands[len(operands) - 1][0][-2:]))
    results = [(whole, plain(whole))] * (2 if name.startswith("slogdet.") else 1)
    m = operands[0][0][-1]
    dims = [m] if name != "solve" else [m, operands[1][0][-1]]
    laid = []                                               # of each operand: the strides along the whole stack
    for k, (shape, strides) in enumerate([*operands, *results]):
        core = 0 if plain_result and k >= len(operands) else 2
        own = shape[:len(shape) - core]
        lead = nb - len(own)
        laid.append([0] * lead + [0 if n == 1 else s for n, s in zip(own, strides)])
        cores += strides[len(strides) - core:] if core else ()
    outer = batch[:-1] if nb else ()
    count = batch[nb - 1] if nb else 1
    if _math.prod(outer) > 64:
        return None
    steps = [s[nb - 1] if nb else 0 for s in laid]
    for index in np.ndindex(*outer):
        at = [sum([i * s for i, s in zip(index, strides_)]) for strides_ in laid]
        calls.append((*at, count, *dims, *steps, *cores))
    return calls
