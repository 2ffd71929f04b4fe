# pull.pxi: what each operation of a recording does to cotangents: the transposes of push.pxi, without linear maps.
#
# Each answers on plain stacks (k, *shape) of the operation's type, or returns False: then its map does it.
# Included by _tape.pyx after back.pxi.


cdef bint number_back(Waiting waiting, Node node, Py_ssize_t *places, double w) except -1:
    """The transpose of an operation whose result is a number; False where `transposed` must."""
    cdef int i
    cdef double d
    cdef uint64_t bad = 0
    cdef Node parent
    cdef cnp.ndarray target
    cdef bint fresh
    cdef char *at
    if node.op == RULE:
        for i in range(node.arity):
            if not holds_number(node, i) and kept_of(node, i) is not None:
                return False
            if places[i] >= 0:
                parent = node.second if i else node.first
                if parent.type_number != node.type_number or len(<tuple> parent.shape):
                    return False
        for i in range(node.arity):
            if places[i] >= 0 and holds_number(node, i):
                d = dd_both_d(number_of(node, i), w, &bad)
                waiting.add_number(places[i], d)
        if bad << 1:
            dd_meet(True)
        return True
    if node.op == INDEX:
        if places[0] < 0:
            return True
        target = waiting.place(places[0], 1, type_of(node), True, &fresh)
        if target is None:
            return False
        at = element(target, kept_of(node, 0))
        if at == NULL:
            return False        # the place is empty still, or holds what it held
        if node.type_number == cnp.NPY_DOUBLE:
            (<double *> at)[0] += w
        else:
            (<float *> at)[0] += <float> w
        return True
    return False


cdef char *element(cnp.ndarray target, object key) noexcept:
    """Where target[0][key] lies, for a key of ints; NULL for other keys."""
    cdef char *at = cnp.PyArray_BYTES(target)
    cdef Py_ssize_t i, n
    cdef int a = 1
    if type(key) is int:
        if cnp.PyArray_NDIM(target) != 2:
            return NULL
        i = PyLong_AsSsize_t(key)
        n = cnp.PyArray_DIM(target, 1)
        return at + (i + n if i < 0 else i) * cnp.PyArray_STRIDE(target, 1)
    if type(key) is not tuple or len(<tuple> key) != cnp.PyArray_NDIM(target) - 1:
        return NULL
    for e in <tuple> key:
        if type(e) is not int:
            return NULL
        i = PyLong_AsSsize_t(e)
        n = cnp.PyArray_DIM(target, a)
        at += (i + n if i < 0 else i) * cnp.PyArray_STRIDE(target, a)
        a += 1
    return at


cdef bint transposed(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w, double sign, bint own) except -1:
    """The transposes of the frequent operations, on a plain stack; False where the map must do it itself.

    Of an elementwise rule and of an index, on sign times the stack.
    """
    cdef int op = node.op
    if op == RULE:
        return back_elementwise(waiting, node, places, w, sign, own)
    if op == PRODUCT:
        return back_product(waiting, node, places, w)
    if op == JOIN:
        return back_join(waiting, node, places, w)
    if op == WRITE or op == WRITE_VIEW:
        return back_write(waiting, node, places, w, own)
    if op == SELECT:
        return back_select(waiting, node, places, w)
    if op == STACKED:
        return back_numbers(waiting, node, places, w)
    if op == RUN:
        return False
    if places[0] < 0:
        return True
    if node.first.type_number != node.type_number:
        return False
    if op == INDEX:
        return back_index(waiting, node, places[0], w, sign)
    if op == GATHER:
        return back_places(waiting, node, places[0], w)
    if op == SUM:
        return back_sum(waiting, node, places[0], w)
    if op == RESHAPE:
        waiting.give(places[0], w.reshape((cnp.PyArray_DIM(w, 0),) + node.first.shape), own)
        return True
    if op == BROADCAST:
        return back_broadcast(waiting, places[0], None, 1.0, node.shape, w)
    if op == PERMUTE:
        waiting.give(places[0], back_axes(w, kept_of(node, 0)), own)
        return True
    return False


cdef object back_axes(cnp.ndarray w, tuple axes):
    """A stack with its axes back in the order that they had before np.transpose(x, axes)."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef int i, a, n = len(axes)
    dims[0] = cnp.PyArray_DIM(w, 0)
    strides[0] = cnp.PyArray_STRIDE(w, 0)
    for i in range(n):
        a = axes[i]
        if a < 0:
            a += n
        dims[a + 1] = cnp.PyArray_DIM(w, i + 1)
        strides[a + 1] = cnp.PyArray_STRIDE(w, i + 1)
    return dd_strided(w, n + 1, dims, strides, cnp.PyArray_BYTES(w), cnp.PyArray_ISWRITEABLE(w))


cdef object negative_of(cnp.ndarray w, bint own):
    """-w: in its place, where nobody else has it."""
    cdef cnp.ndarray target = w if own else stack_new(cnp.PyArray_DIM(w, 0), (<object> w).shape[1:], cnp.PyArray_TYPE(w), False)
    weighted(target, None, -1.0, w, False)
    return target


cdef bint back_elementwise(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w, double sign, bint own) except -1:
    cdef int i, n = node.arity, last = -1
    cdef object c
    cdef Node parent
    cdef double d
    cdef bint same, given = False
    for i in range(n):
        c = kept_of(node, i)
        if places[i] < 0 or c is None and not holds_number(node, i):
            continue
        parent = node.second if i else node.first
        if parent.type_number != node.type_number:
            return False
        if c is not None and (cnp.PyArray_TYPE(<cnp.ndarray> c) != cnp.PyArray_TYPE(w)
                              or not broadcasts(<cnp.ndarray> c, 0, w)):
            return False
        last = i
    for i in range(n):
        c = kept_of(node, i)
        if places[i] < 0 or c is None and not holds_number(node, i):
            continue
        d = sign * (number_of(node, i) if c is None else 1.0)
        parent = node.second if i else node.first
        same = shape_is(w, parent.shape)
        if same and c is None and d == 1.0:
            # w itself, which is the parent's own if nobody else got or needs it
            waiting.give(places[i], w, own and not given and i == last)
            given = True
        elif same and not own and waiting.state[places[i]] == NOTHING and one_everywhere(w) and (
                c is None or d == 1 and is_one(w) and has_shape(<cnp.ndarray> c, node.shape)):
            waiting.give(places[i], times_number(w, d) if c is None else as_stack_of_one(<cnp.ndarray> c), False)
        elif same and c is None and d == -1.0 and waiting.state[places[i]] == NOTHING and cnp.PyArray_NDIM(w) > 1:
            waiting.give(places[i], w, own and not given and i == last)
            waiting.minus[places[i]] = True
            given = True
        elif same and own and not given and i == last and waiting.state[places[i]] == NOTHING:
            weighted(w, c, d, w, False)     # nobody needs w any more
            waiting.give(places[i], w, True)
        elif not back_broadcast(waiting, places[i], c, d, node.shape, w):
            waiting.give(places[i], node.map.transpose(w if sign == 1 else negative_of(w, False), i), False)
    return True


cdef bint back_broadcast(Waiting waiting, Py_ssize_t p, object c, double d, object shape, cnp.ndarray w) except -1:
    """c * (d * w), summed over what node p lacks, for node p.  c None: d * w."""
    cdef bint fresh, same = shape_is(w, waiting.node(p).shape)
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0)
    cdef int type_ = cnp.PyArray_TYPE(w)
    cdef cnp.ndarray target = waiting.place(p, k, type_, not same, &fresh), product
    if target is None:
        return False
    if not broadcasts(target, 1, w):
        if fresh:
            waiting.state[p] = NOTHING
            waiting.w[p] = None
        return False
    if same or cnp.PyArray_SIZE(w) < 2048 * max(cnp.PyArray_SIZE(target), 1):
        weighted(target, c, d, w, not (fresh and same))
    else:       # a long sum: pairwise, by NumPy
        product = stack_new(k, shape, type_, False)
        weighted(product, c, d, w, False)
        with np.errstate(all="ignore"):
            total = unbroadcast_like(product, target)
        weighted(target, None, 1.0, <cnp.ndarray> total, True)
    return True


cdef bint one_everywhere(cnp.ndarray w) noexcept:
    """Whether all elements along each direction are one number in memory: the cotangent of a sum."""
    cdef int i
    for i in range(1, cnp.PyArray_NDIM(w)):
        if cnp.PyArray_STRIDE(w, i) != 0:
            return False
    return True


cdef bint is_one(cnp.ndarray w) noexcept:
    """Whether what stands everywhere is 1, along one direction."""
    if cnp.PyArray_DIM(w, 0) != 1:
        return False
    if cnp.PyArray_TYPE(w) == cnp.NPY_DOUBLE:
        return (<double *> cnp.PyArray_DATA(w))[0] == 1
    return (<float *> cnp.PyArray_DATA(w))[0] == 1


cdef bint has_shape(cnp.ndarray c, tuple shape):
    """Whether an array without directions is of a shape."""
    cdef int i
    if cnp.PyArray_NDIM(c) != len(shape):
        return False
    for i in range(len(shape)):
        if cnp.PyArray_DIM(c, i) != <Py_ssize_t> shape[i]:
            return False
    return True


cdef cnp.ndarray as_stack_of_one(cnp.ndarray c):
    """A partial as a stack of one that nobody may write to."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef int i, n = cnp.PyArray_NDIM(c)
    dims[0], strides[0] = 1, cnp.PyArray_NBYTES(c)
    for i in range(n):
        dims[i + 1], strides[i + 1] = cnp.PyArray_DIM(c, i), cnp.PyArray_STRIDE(c, i)
    return <cnp.ndarray> dd_strided(c, n + 1, dims, strides, cnp.PyArray_BYTES(c), 0)


cdef cnp.ndarray times_number(cnp.ndarray w, double d):
    """d * w of numbers that stand everywhere (`one_everywhere`), as such."""
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0), stride = cnp.PyArray_STRIDE(w, 0)
    cdef cnp.npy_intp strides[64]
    cdef cnp.ndarray few = pooled(1, &k, cnp.PyArray_TYPE(w))
    weighted(few, None, d, <cnp.ndarray> dd_strided(w, 1, &k, &stride, cnp.PyArray_BYTES(w), 0), False)
    memset(strides, 0, sizeof(strides))
    strides[0] = cnp.PyArray_STRIDE(few, 0)
    return <cnp.ndarray> dd_strided(few, cnp.PyArray_NDIM(w), cnp.PyArray_DIMS(w), strides, cnp.PyArray_BYTES(few), 0)


cdef object unbroadcast_like(cnp.ndarray product, cnp.ndarray target):
    """The sum of a product (k, *out) over what a target (k, *in) lacks."""
    cdef int lead = cnp.PyArray_NDIM(product) - cnp.PyArray_NDIM(target), i
    cdef object w = np_add_reduce(product, tuple(range(1, 1 + lead))) if lead else product
    axes = tuple([i for i in range(1, cnp.PyArray_NDIM(target))
                  if cnp.PyArray_DIM(target, i) == 1 and w.shape[i] != 1])
    return np_add_reduce(w, axes, None, None, True) if axes else w


cdef bint back_index(Waiting waiting, Node node, Py_ssize_t p, cnp.ndarray w, double sign) except -1:
    cdef bint fresh
    cdef cnp.ndarray target = waiting.place(p, cnp.PyArray_DIM(w, 0), cnp.PyArray_TYPE(w), False, &fresh)
    cdef cnp.ndarray part
    if target is None:
        return False
    part = <cnp.ndarray> part_of(target, kept_of(node, 0))
    if fresh:
        zero_around(target, part)
    weighted(part, None, sign, w, not fresh)
    return True


cdef bint back_places(Waiting waiting, Node node, Py_ssize_t p, cnp.ndarray w) except -1:
    """x[places]: each place receives the sum over those that took it."""
    cdef bint fresh
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0), n = <Py_ssize_t> (<tuple> node.first.shape)[0], m, inner
    cdef int type_ = cnp.PyArray_TYPE(w)
    cdef cnp.ndarray places = <cnp.ndarray> kept_of(node, 0)
    cdef cnp.ndarray target = waiting.place(p, k, type_, True, &fresh)
    if target is None:
        return False
    m = cnp.PyArray_SIZE(places)
    inner = cnp.PyArray_SIZE(w) // (k * m) if k * m else 0
    if not cnp.PyArray_ISCARRAY(target) or inner and inner * n * k != cnp.PyArray_SIZE(target):
        if fresh:
            waiting.state[p] = NOTHING
            waiting.w[p] = None
        return False
    if not cnp.PyArray_IS_C_CONTIGUOUS(w):
        w = cnp.PyArray_NewCopy(w, cnp.NPY_CORDER)
    if not dd_pull_places(type_, k, n, m, inner, <cnp.npy_intp *> cnp.PyArray_DATA(places), cnp.PyArray_BYTES(w),
                          cnp.PyArray_BYTES(target)):
        raise IndexError(f"a recording picks a place outside of an axis of {n}")
    return True


cdef bint back_select(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w) except -1:
    """np.where: each what was chosen of it."""
    cdef int i
    cdef object mask = kept_of(node, 0), chosen
    cdef Node parent
    for i in range(2):
        if places[i] >= 0 and (node.second if i else node.first).type_number != node.type_number:
            return False
    for i in range(2):
        if places[i] < 0:
            continue
        parent = node.second if i else node.first
        chosen = np_where(mask, 0.0, w) if i else np_where(mask, w, 0.0)
        if shape_is(w, parent.shape):
            waiting.give(places[i], chosen, True)
        elif not back_broadcast(waiting, places[i], None, 1.0, node.shape, chosen):
            waiting.give(places[i], node.map.transpose(w, i), False)
    return True


cdef bint back_numbers(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w) except -1:
    """np.array of numbers: each its element."""
    cdef Py_ssize_t i, n = len(node.more)
    cdef char *at = cnp.PyArray_BYTES(w)
    for i in range(n):
        if places[i] >= 0 and (<Node> node.more[i]).type_number != node.type_number:
            return False
    for i in range(n):
        if places[i] < 0:
            continue
        if waiting.numbers and node.type_number == cnp.NPY_DOUBLE:
            waiting.add_number(places[i], (<double *> (at + i * cnp.PyArray_STRIDE(w, 1)))[0])
        else:
            waiting.give(places[i], (<object> w)[:, i], False)
    return True


cdef void zero_around(cnp.ndarray target, cnp.ndarray part) noexcept:
    """Zeros in a new stack, but for a part of it that is written next, where that is one run along each direction."""
    cdef cnp.npy_intp size = cnp.PyArray_ITEMSIZE(target), k = cnp.PyArray_DIM(target, 0), run, row, before, j
    cdef char *at = cnp.PyArray_BYTES(target)
    cdef int i
    run = size
    for i in range(cnp.PyArray_NDIM(part) - 1, 0, -1):
        if cnp.PyArray_DIM(part, i) != 1 and cnp.PyArray_STRIDE(part, i) != run:
            run = 0
        run *= cnp.PyArray_DIM(part, i)
    if run == 0 or k == 0:
        memset(at, 0, cnp.PyArray_NBYTES(target))
        return
    row = cnp.PyArray_NBYTES(target) // k
    before = cnp.PyArray_BYTES(part) - at
    for j in range(k):
        memset(at + j * row, 0, before)
        memset(at + j * row + before + run, 0, row - before - run)


cdef bint back_write(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w, bint own) except -1:
    """x[key] = y: y receives the part, x the rest."""
    cdef cnp.ndarray part = part_of(w, kept_of(node, 0)), copy
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0)
    cdef int type_ = cnp.PyArray_TYPE(w)
    if places[0] >= 0 and node.first.type_number != node.type_number or places[1] >= 0 and node.second.type_number != node.type_number:
        return False
    if places[1] >= 0:
        if shape_is(part, node.second.shape):
            if places[0] < 0:
                waiting.give(places[1], part, False)
            else:
                copy = stack_new(k, node.second.shape, type_, False)
                cnp.PyArray_CopyInto(copy, part)
                waiting.give(places[1], copy, True)
        else:
            waiting.give(places[1], node.map.transpose(w, 1), False)
            own = False         # that may be a view of w
    if places[0] >= 0:
        if not own:
            copy = stack_new(k, node.shape, type_, False)
            cnp.PyArray_CopyInto(copy, w)
            w = copy
            part = part_of(w, kept_of(node, 0))
        (<object> part)[...] = 0.0
        waiting.give(places[0], w, True)
    return True


cdef bint back_sum(Waiting waiting, Node node, Py_ssize_t p, cnp.ndarray w) except -1:
    """A sum: the same cotangent for every element, as a view that repeats it."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef tuple shape = node.first.shape, axes = kept_of(node, 0)
    cdef int i, n = len(shape), at = 1
    cdef bint keepdims = kept_of(node, 1)
    dims[0] = cnp.PyArray_DIM(w, 0)
    strides[0] = cnp.PyArray_STRIDE(w, 0)
    for i in range(n):
        dims[i + 1] = shape[i]
        strides[i + 1] = 0
        if i in axes:
            at += keepdims
        else:
            strides[i + 1] = cnp.PyArray_STRIDE(w, at)
            at += 1
    waiting.give(p, dd_strided(w, n + 1, dims, strides, cnp.PyArray_BYTES(w), 0), False)
    return True


cdef bint back_join(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w) except -1:
    """np.concatenate: each its stretch."""
    cdef cnp.npy_intp dims[64]
    cdef int i, n = cnp.PyArray_NDIM(w), axis = kept_of(node, 0)
    cdef Py_ssize_t j, at = 0
    cdef tuple parents = node.more, shapes = kept_of(node, 1)
    for j in range(len(parents)):
        if places[j] >= 0 and (<Node> parents[j]).type_number != node.type_number:
            return False
    for i in range(n):
        dims[i] = cnp.PyArray_DIM(w, i)
    for j in range(len(parents)):
        dims[axis + 1] = (<tuple> shapes[j])[axis]
        if places[j] >= 0:
            waiting.give(places[j], dd_strided(w, n, dims, cnp.PyArray_STRIDES(w), cnp.PyArray_BYTES(w)
                                               + at * cnp.PyArray_STRIDE(w, axis + 1), 0), False)
        at += dims[axis + 1]
    return True


cdef cnp.npy_intp PRODUCT_LIMIT = 2048     # so many multiplications are left to BLAS


cdef cnp.npy_intp terms(Node node) except -1:
    """How many multiplications a product takes."""
    cdef tuple a = node.first.shape if node.first is not None else kept_of(node, 0).shape
    cdef tuple b = node.second.shape if node.second is not None else kept_of(node, 1).shape
    return (a[0] if len(a) == 2 else 1) * <cnp.npy_intp> b[0] * (b[1] if len(b) == 2 else 1)


cdef bint back_product(Waiting waiting, Node node, Py_ssize_t *places, cnp.ndarray w) except -1:
    """a @ b of vectors and matrices: a receives w b', b receives a' w."""
    cdef int i
    cdef object held
    cdef cnp.npy_intp k = cnp.PyArray_DIM(w, 0)
    for i in range(2):
        if places[i] >= 0:
            held = kept_of(node, 1 - i)
            if (node.second if i else node.first).type_number != node.type_number or (
                    cnp.PyArray_TYPE(<cnp.ndarray> held) != cnp.PyArray_TYPE(w)):
                return False
    if k != 1 and terms(node) > PRODUCT_LIMIT:
        return False
    for i in range(2):
        if places[i] >= 0 and not pull_factor(waiting, node, places[i], i, w, <cnp.ndarray> (
                kept_of(node, 1 - i)), False, k):
            waiting.give(places[i], node.map.transpose(w, i), False)
    return True


cdef bint pull_factor(Waiting waiting, Node node, Py_ssize_t place, int i, cnp.ndarray w, cnp.ndarray held, bint moves,
                      cnp.npy_intp k) except -1:
    """w held' (or held' w) along k directions for factor i of a product; False where the map must do it.

    moves: `held` has another factor for each direction (k, *shape), and w is one (1, *out), or k of them.
    """
    cdef cnp.npy_intp m, n, p, j, wk = 0, hk = 0
    cdef cnp.npy_intp ws[2]
    cdef cnp.npy_intp hs[2]
    cdef cnp.npy_intp ts[2]
    cdef cnp.npy_intp swap
    cdef tuple a_shape, b_shape
    cdef cnp.ndarray target
    cdef int type_ = cnp.PyArray_TYPE(w), na, nb, lead = moves
    cdef bint fresh
    cdef char *wp = cnp.PyArray_BYTES(w)
    cdef char *hp = cnp.PyArray_BYTES(held)
    cdef char *tp
    a_shape = node.first.shape if node.first is not None else kept_of(node, 0).shape
    b_shape = node.second.shape if node.second is not None else kept_of(node, 1).shape
    na, nb = len(a_shape), len(b_shape)
    m = a_shape[0] if na == 2 else 1
    p = b_shape[0]
    n = b_shape[1] if nb == 2 else 1
    if moves and not shape_is(held, a_shape if i else b_shape) or not shape_is(w, node.shape):
        raise NotSecondOrder
    if cnp.PyArray_DIM(w, 0) > 1:
        wk = cnp.PyArray_STRIDE(w, 0)
    if moves:
        hk = cnp.PyArray_STRIDE(held, 0)
    if m * n * p > PRODUCT_LIMIT:       # BLAS; with one factor for all only for one direction
        at = (<object> w).reshape((-1, m, n))
        h = (<object> held).reshape((-1, m, p) if i else (-1, p, n)).swapaxes(1, 2)
        found = np_matmul(h, at) if i else np_matmul(at, h)
        waiting.give(place, found.reshape((k,) + (b_shape if i else a_shape)), True)
        return True
    target = waiting.place(place, k, type_, True, &fresh)
    if target is None:
        if moves:
            raise NotSecondOrder
        return False
    tp = cnp.PyArray_BYTES(target)
    # w as (m, n), the factors as (m, p) and (p, n)
    ws[0] = cnp.PyArray_STRIDE(w, 1) if na == 2 else 0
    ws[1] = cnp.PyArray_STRIDE(w, na) if nb == 2 else 0
    if i == 0:
        hs[1] = cnp.PyArray_STRIDE(held, lead)                          # b', (n, p)
        hs[0] = cnp.PyArray_STRIDE(held, lead + 1) if nb == 2 else 0
        ts[0] = cnp.PyArray_STRIDE(target, 1) if na == 2 else 0
        ts[1] = cnp.PyArray_STRIDE(target, na)
        for j in range(k):
            dd_pull_product(type_, m, p, n, wp + j * wk, ws, hp + j * hk, hs, tp + j * cnp.PyArray_STRIDE(target, 0), ts)
        return True
    hs[0] = cnp.PyArray_STRIDE(held, lead) if na == 2 else 0            # a, (m, p)
    hs[1] = cnp.PyArray_STRIDE(held, lead + na - 1)
    ts[0] = cnp.PyArray_STRIDE(target, 1)
    ts[1] = cnp.PyArray_STRIDE(target, 2) if nb == 2 else 0
    if n == 1:      # as w' a, whose rows are those of a
        swap = ws[0]
        for j in range(k):
            ws[0], ws[1] = 0, swap
            ts[0], ts[1] = 0, cnp.PyArray_STRIDE(target, 1)
            dd_pull_product(type_, 1, p, m, wp + j * wk, ws, hp + j * hk, hs, tp + j * cnp.PyArray_STRIDE(target, 0), ts)
        return True
    hs[0], hs[1] = hs[1], hs[0]
    for j in range(k):
        dd_pull_product(type_, p, n, m, hp + j * hk, hs, wp + j * wk, ws, tp + j * cnp.PyArray_STRIDE(target, 0), ts)
    return True
