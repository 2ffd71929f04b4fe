# forward.pxi: tangents pushed along a recording.  Included by _tape.pyx.


cpdef list walk_forward(Tape tape, list inputs, list tangents, list outputs):
    """Pushes tangents along a recording.

    Parameters
    ----------
    tape : Tape
    inputs : list of int or None
        The places of the arguments; None for one that is not on the tape.
    tangents : list
        Of each argument, (k, *shape); None for zero.
    outputs : list of int or None
        The places of the results.

    Returns
    -------
    list
        The tangent of each output; None where no argument with a tangent reaches it.
    """
    cdef Py_ssize_t i, j, n = len(tape.order)
    cdef list ts = [None] * n, spares = []
    cdef bytearray keep = bytearray(n)      # given, or asked for
    cdef Node node
    for at in outputs:
        if at is not None:
            keep[at] = 1
    for at, t in zip(inputs, tangents):
        if at is not None:
            ts[at] = t
            keep[at] = 2
    for i in range(n):
        node = <Node> tape.order[i]
        if keep[i] == 2 or node.op == OTHER and node.rest is None:
            continue
        ts[i] = pushed(node, tape, i, ts, keep, spares)
        for j in range(tape.start[i], tape.start[i + 1]):
            if tape.parent[j] >= 0 and tape.last[tape.parent[j]] == i and not keep[tape.parent[j]]:
                let_go_to(spares, ts, tape.parent[j])
    return [None if at is None else ts[at] for at in outputs]


cdef int let_go_to(list spares, list ts, Py_ssize_t p) except -1:
    """Nobody needs the tangent of node p any more: its memory may serve the next operation (`stack_or_spare`)."""
    cdef object t = ts[p]
    ts[p] = None
    if not spares and t is not None and Py_REFCNT(<PyObject *> t) == 1 and plain_stack(t) and is_whole(t):
        spares.append(t)
    return 0


cdef cnp.ndarray stack_or_spare(list spares, cnp.npy_intp k, object shape):
    """Room for a stack of float64 numbers: a spare one, where it has the shape."""
    cdef cnp.ndarray spare
    if spares:
        spare = <cnp.ndarray> spares[0]
        if cnp.PyArray_DIM(spare, 0) == k and cnp.PyArray_ISWRITEABLE(spare) and shape_is(spare, shape) and (
                cnp.PyArray_TYPE(spare) == cnp.NPY_DOUBLE):
            spares.clear()
            return spare
    return stack_new(k, shape, cnp.NPY_DOUBLE, False)


cdef object pushed(Node node, Tape tape, Py_ssize_t i, list ts, bytearray keep, list spares):
    """The tangent of node i from those of its parents; None where these have none."""
    cdef Py_ssize_t *places = tape.parent + tape.start[i]
    cdef Py_ssize_t j, n = tape.start[i + 1] - tape.start[i], k = -1
    cdef list sources
    if tape.entry != NULL and tape.entry[i] != A_NODE:
        return pushed_run(tape, i, ts)
    if node.type_number == cnp.NPY_DOUBLE and len(<tuple> node.shape) == 0:
        t = push_number(node, places, ts)
        if t is not None:
            return t
    elif node.op == RULE and node.type_number == cnp.NPY_DOUBLE:
        t = push_rule(node, places, ts, spares)
        if t is not None:
            return t
    sources = [None if places[j] < 0 else ts[places[j]] for j in range(n)]
    cdef tuple parents
    cdef bint plain = node.op != OTHER and node.type_number == cnp.NPY_DOUBLE
    for j in range(n):
        t = sources[j]
        if t is None:
            continue
        if not (plain_stack(t) and cnp.PyArray_TYPE(<cnp.ndarray> t) == cnp.NPY_DOUBLE):
            plain = False
        if k < 0:
            k = 0
        if plain:
            if k > 0 and k != cnp.PyArray_DIM(<cnp.ndarray> t, 0):
                k_differ(k, cnp.PyArray_DIM(<cnp.ndarray> t, 0))
            k = cnp.PyArray_DIM(<cnp.ndarray> t, 0)
    if k < 0:
        return None
    if plain:
        parents = node.parents
        for j in range(n):
            if sources[j] is not None and not shape_is(<cnp.ndarray> sources[j], (<Node> parents[j]).shape):
                plain = False
    if plain:
        if node.op == WRITE or node.op == WRITE_VIEW:
            if places[0] >= 0 and tape.last[places[0]] == i and not keep[places[0]] and places[0] != places[1]:
                ts[places[0]] = None        # nobody reads it any more
            return push_write(node, sources, k)
        t = push_rows(node.op, sources, node.shape, kept_of(node, 0), kept_of(node, 1), k)
        if t is not None:
            return t
    return node.map.apply(sources)


cdef object push_number(Node node, Py_ssize_t *places, list ts):
    """The tangent (k,) of a number: of a rule of numbers, an element or the sum of an array; None where `pushed` must."""
    cdef cnp.npy_intp k = -1, j, stride
    cdef cnp.ndarray out, t
    cdef double *o
    cdef double d, u
    cdef char *at
    cdef uint64_t bad = 0
    cdef int i
    if node.op == INDEX:
        if places[0] < 0 or not plain_stack(ts[places[0]]) or cnp.PyArray_TYPE(<cnp.ndarray> ts[places[0]]) != cnp.NPY_DOUBLE:
            return None
        t = <cnp.ndarray> ts[places[0]]
        at = element(t, kept_of(node, 0))
        if at == NULL or not shape_is(t, node.first.shape):
            return None
        k, stride = cnp.PyArray_DIM(t, 0), cnp.PyArray_STRIDE(t, 0)
        out = pooled(1, &k, cnp.NPY_DOUBLE)       # a view would hold the whole
        o = <double *> cnp.PyArray_DATA(out)
        for j in range(k):
            o[j] = (<double *> (at + j * stride))[0]
        return out
    if node.op == SUM:
        if places[0] < 0 or not plain_stack(ts[places[0]]) or cnp.PyArray_TYPE(<cnp.ndarray> ts[places[0]]) != cnp.NPY_DOUBLE:
            return None
        return push_total(<cnp.ndarray> ts[places[0]]) if shape_is(<cnp.ndarray> ts[places[0]], node.first.shape) else None
    if node.op != RULE or node.flags & SELECTS:
        return None
    for i in range(node.arity):
        if places[i] < 0 or ts[places[i]] is None:
            continue
        if not plain_stack(ts[places[i]]) or not holds_number(node, i):
            return None
        t = <cnp.ndarray> ts[places[i]]
        if cnp.PyArray_TYPE(t) != cnp.NPY_DOUBLE or cnp.PyArray_NDIM(t) != 1 or k >= 0 and k != cnp.PyArray_DIM(t, 0):
            return None
        k = cnp.PyArray_DIM(t, 0)
    if k < 0:
        return None
    out = pooled(1, &k, cnp.NPY_DOUBLE)
    o = <double *> cnp.PyArray_DATA(out)
    memset(o, 0, k * sizeof(double))
    for i in range(node.arity):
        if places[i] < 0 or ts[places[i]] is None:
            continue
        t = <cnp.ndarray> ts[places[i]]
        d = number_of(node, i)
        at, stride = cnp.PyArray_BYTES(t), cnp.PyArray_STRIDE(t, 0)
        for j in range(k):
            u = (<double *> (at + j * stride))[0]
            if u != 0:
                o[j] += d * u
            elif dd_infinite(d):
                bad = 2
    if bad:
        dd_meet(True)
    return out


cdef object push_rule(Node node, Py_ssize_t *places, list ts, list spares):
    """The tangent of a rule: the sum of partials times tangents; None where `pushed` must, or where there is none."""
    cdef dd_step s
    cdef dd_term *term
    cdef cnp.ndarray out, t
    cdef PyObject *sources[2]
    cdef object c
    cdef cnp.npy_intp k = -1
    cdef int i, a, nd = len(<tuple> node.shape) + 1
    for i in range(node.arity):
        sources[i] = NULL
        if places[i] < 0 or ts[places[i]] is None:
            continue
        source = ts[places[i]]
        if not plain_stack(source):
            return None
        t = <cnp.ndarray> source
        sources[i] = <PyObject *> t
        if cnp.PyArray_TYPE(t) != cnp.NPY_DOUBLE or not shape_is(t, (node.second if i else node.first).shape) or (
                k >= 0 and k != cnp.PyArray_DIM(t, 0)):
            return None
        k = cnp.PyArray_DIM(t, 0)
    if nd > 24 or k < 0:
        return None
    out = stack_or_spare(spares, k, node.shape)
    s.nd = nd
    s.nterms = 0
    s.add = False
    s.o = cnp.PyArray_BYTES(out)
    for a in range(nd):
        s.dims[a] = cnp.PyArray_DIM(out, a)
        s.os[a] = cnp.PyArray_STRIDE(out, a)
    for i in range(node.arity):
        c = kept_of(node, i)
        if sources[i] == NULL or c is None and not holds_number(node, i):
            continue
        t = <cnp.ndarray> sources[i]
        if c is not None and (cnp.PyArray_TYPE(<cnp.ndarray> c) != cnp.NPY_DOUBLE
                              or not broadcasts(<cnp.ndarray> c, 0, out)) or not broadcasts(t, 1, out):
            return None
        term = &s.term[s.nterms]
        s.nterms += 1
        term.t = cnp.PyArray_BYTES(t)
        strides_onto(t, True, nd, s.dims, term.ts)
        term.both = (node.flags & SELECTS) != 0
        term.c = NULL
        term.number = number_of(node, i)
        term.finite = c is None and isfinite(term.number) and term.number != 0
        if c is not None:
            strides_onto(<cnp.ndarray> c, False, nd, s.dims, term.cs)
            term.c = cnp.PyArray_BYTES(<cnp.ndarray> c)
        else:
            memset(term.cs, 0, nd * sizeof(cnp.npy_intp))
    dd_step_prepare(&s)
    if cnp.PyArray_SIZE(out) > 15000:
        with nogil:
            dd_step_run(&s)
    else:
        dd_step_run(&s)
    return out


cdef object push_write(Node node, list sources, cnp.npy_intp k):
    """The tangent of x after x[key] = y, in the place of that of x where nobody else has it; None: not for this path."""
    cdef object x = sources[0], y = sources[1]
    cdef cnp.ndarray out, part
    sources[0] = None
    if x is None:
        out = stack_new(k, node.shape, cnp.NPY_DOUBLE, True)
    elif (Py_REFCNT(<PyObject *> x) == 1 and is_whole(x) and cnp.PyArray_ISWRITEABLE(<cnp.ndarray> x)
            and shape_is(<cnp.ndarray> x, node.shape)):
        out = <cnp.ndarray> x       # a view of it would hold it
    else:
        out = stack_new(k, node.shape, cnp.NPY_DOUBLE, False)
        cnp.PyArray_CopyInto(out, <cnp.ndarray> x)
    part = part_of(out, kept_of(node, 0))
    if y is not None:
        write_rows(part, <cnp.ndarray> y)
    else:
        (<object> part)[...] = 0.0
    return out
