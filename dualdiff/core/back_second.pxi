# back_second.pxi: second order along a recording: forward over reverse.
#
# Tangents are pushed along a recording whose nodes keep their second partials (bend.pxi), and then cotangents w with
# their derivatives w' along those tangents are pulled back.  Of a rule with partials p_i and second partials p_ij,
# argument i receives
#
#     w p_i          and          w' p_i + sum_j (w p_ij) t_j.
#
# Linear operations pull both alike, so they are those of pull.pxi; products add their bilinear terms (`LinearMap.bent`).
#
# Invariant: whatever is not known to be right here raises NotSecondOrder, or is counted as a kink or as 0 times infinity,
# and the call is done anew by nesting.  Included by _tape.pyx.


cdef bint bends(Node node) except -1:
    """Whether an operation is not linear, so that its share of second order needs its operands' tangents."""
    if node.op == RULE:
        return bend_of(node) is not None
    if node.op == PRODUCT:
        return node.first is not None and node.second is not None
    return node.op == OTHER and node.rest is not None and node.rest.bends


def walk_second(Tape tape, list inputs, list tangents, Py_ssize_t output):
    """The gradient of the one number at the place `output` by the inputs, and its derivatives along tangents.

    Parameters
    ----------
    tape : Tape
    inputs : list of int or None
        The places of the arguments; None for one that is not on the tape.
    tangents : list of ndarray
        Of each argument, (k, *shape).
    output : int

    Returns
    -------
    gradient, along : list of ndarray or None
        Of each argument, (1, *shape) and (k, *shape); None where the number does not depend on it, or linearly.
    """
    cdef Py_ssize_t i, j, n = len(tape.order), k = 1
    cdef list ts = [None] * n, held = [None] * n, sources
    cdef bytearray keep = bytearray(n), needed = bytearray(n)       # 1: its tangent is, 2: it bends
    cdef int bent
    cdef Node node
    cdef Waiting first = waiting_along(tape), second = waiting_along(tape)
    if not 0 <= output < n:
        raise IndexError(f"node {output} of {n}")
    for at, t in zip(inputs, tangents):
        if at is not None:
            if not plain_stack(t) or cnp.PyArray_TYPE(<cnp.ndarray> t) != cnp.NPY_DOUBLE:
                raise InputError("walk_second takes float64 tangents")
            ts[at] = t
            keep[at] = 2
            k = cnp.PyArray_DIM(<cnp.ndarray> t, 0)
    # forwards, the tangents of what bends are kept, and nobody needs another
    for i in range(n - 1, -1, -1):
        node = <Node> tape.order[i]
        bent = 2 if bends(node) else needed[i]
        if bent:
            needed[i] |= bent & 2
            for j in range(tape.start[i], tape.start[i + 1]):
                if tape.parent[j] >= 0:
                    needed[tape.parent[j]] |= 1
    for i in range(n):
        node = <Node> tape.order[i]
        if keep[i] == 2 or node.op == OTHER and node.rest is None:
            continue
        if needed[i] & 2:
            sources = []
            for j in range(tape.start[i], tape.start[i + 1]):
                sources.append(None if tape.parent[j] < 0 else ts[tape.parent[j]])
            held[i] = sources
        if needed[i] & 1:
            ts[i] = pushed(node, tape, i, ts, keep, [])
        for j in range(tape.start[i], tape.start[i + 1]):
            if tape.parent[j] >= 0 and tape.last[tape.parent[j]] == i:
                ts[tape.parent[j]] = None
    # backwards
    second.numbers = k == 1
    if len(<tuple> (<Node> tape.order[output]).shape):
        first.give(output, stack_new(1, (<Node> tape.order[output]).shape, cnp.NPY_DOUBLE, False), True)
        first.w[output][...] = 1.0
    else:
        first.add_number(output, 1.0)
    for i in range(n - 1, -1, -1):
        node = <Node> tape.order[i]
        if first.state[i] == NOTHING or node.op == OTHER and node.rest is None:
            continue
        if held[i] is not None:
            pull_bend(first, second, node, i, <list> held[i])
            held[i] = None
        pull_node(first, node, i, keep[i])
        if second.state[i] != NOTHING:
            pull_node(second, node, i, keep[i])
    return ([None if at is None or first.state[at] == NOTHING else first.taken(at) for at in inputs],
            [None if at is None or second.state[at] == NOTHING else second.taken(at) for at in inputs])


cdef int pull_bend(Waiting first, Waiting second, Node node, Py_ssize_t i, list ts) except -1:
    """The terms (w p_ij) t_j of an operation that is not linear, for the parents' w'."""
    cdef Py_ssize_t *places = first.tape.parent + first.tape.start[i]
    cdef Bend bend = bend_of(node)
    cdef int a, b
    cdef double w, sign = 1.0
    cdef object e
    if node.op == RULE and first.state[i] == NUMBER:
        w = first.number[i]
        for a in range(node.arity):
            for b in range(node.arity):
                if places[a] >= 0 and ts[b] is not None and bend.h[a + b] != 0:
                    add_bent_number(second, places[a], bend.h[a + b], w, ts[b])
        return 0
    if node.op == RULE and first.minus[i]:
        wide, sign = first.w[i], -1.0
    else:
        wide = first.taken(i)
    if node.op == PRODUCT and plain_stack(wide) and cnp.PyArray_TYPE(<cnp.ndarray> wide) == cnp.NPY_DOUBLE:
        for a in range(2):
            if places[a] >= 0 and ts[1 - a] is not None:
                e = ts[1 - a]
                if not plain_stack(e) or cnp.PyArray_TYPE(<cnp.ndarray> e) != cnp.NPY_DOUBLE or (
                        node.second if a else node.first).type_number != cnp.NPY_DOUBLE:
                    raise NotSecondOrder
                pull_factor(second, node, places[a], a, <cnp.ndarray> wide, <cnp.ndarray> e, True,
                            cnp.PyArray_DIM(<cnp.ndarray> e, 0))
        return 0
    if node.op != RULE:
        for a in range(len(ts)):
            if places[a] >= 0:
                found = node.map.bent(wide, ts, a)
                if found is not None:
                    second.give(places[a], found, False)
        return 0
    if not plain_stack(wide) or cnp.PyArray_TYPE(<cnp.ndarray> wide) != cnp.NPY_DOUBLE or not shape_is(
            <cnp.ndarray> wide, node.shape):
        raise NotSecondOrder
    for a in range(node.arity):
        for b in range(node.arity):
            e = bend.e0 if a + b == 0 else bend.e1 if a + b == 1 else bend.e2
            if places[a] >= 0 and ts[b] is not None and (e is not None or bend.h[a + b] != 0):
                add_bent(second, places[a], e, sign * (bend.h[a + b] if e is None else 1.0), <cnp.ndarray> wide, ts[b], node)
    return 0


cdef int add_bent_number(Waiting second, Py_ssize_t p, double h, double w, object t) except -1:
    """h w t more for node p, which has no axes, along each direction."""
    cdef uint64_t bad = 0
    cdef cnp.ndarray target
    cdef bint fresh
    cdef Py_ssize_t j, k
    cdef double c = dd_both_d(h, w, &bad)
    if not plain_stack(t) or cnp.PyArray_TYPE(<cnp.ndarray> t) != cnp.NPY_DOUBLE or cnp.PyArray_NDIM(<cnp.ndarray> t) != 1:
        raise NotSecondOrder
    k = cnp.PyArray_DIM(<cnp.ndarray> t, 0)
    if second.numbers:
        second.add_number(p, dd_both_d(c, (<double *> cnp.PyArray_DATA(<cnp.ndarray> t))[0], &bad))
    else:
        target = second.place(p, k, cnp.NPY_DOUBLE, True, &fresh)
        if target is None or cnp.PyArray_NDIM(target) != 1:
            raise NotSecondOrder
        for j in range(k):
            (<double *> (cnp.PyArray_BYTES(target) + j * cnp.PyArray_STRIDE(target, 0)))[0] += dd_both_d(
                c, (<double *> (cnp.PyArray_BYTES(<cnp.ndarray> t) + j * cnp.PyArray_STRIDE(<cnp.ndarray> t, 0)))[0], &bad)
    if bad << 1:
        dd_meet(True)
    return 0


cdef int add_bent(Waiting second, Py_ssize_t p, object e, double h, cnp.ndarray w, object t, Node node) except -1:
    """(e (h w)) t, or (h w) t where e is None, summed over what node p lacks, for node p."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef cnp.npy_intp k
    cdef int i, nd = cnp.PyArray_NDIM(w), lead
    cdef object product = w
    if not plain_stack(t) or cnp.PyArray_TYPE(<cnp.ndarray> t) != cnp.NPY_DOUBLE:
        raise NotSecondOrder
    k = cnp.PyArray_DIM(<cnp.ndarray> t, 0)
    if e is None and k != 1 and one_everywhere(w):
        product = times_number(w, h)
        h = 1
    elif e is not None or k != 1 and h != 1:
        product = stack_new(1, node.shape, cnp.NPY_DOUBLE, False)
        weighted(<cnp.ndarray> product, e, h, w, False)
        h = 1
    if k != 1:          # the same for every direction
        for i in range(nd):
            dims[i] = cnp.PyArray_DIM(<cnp.ndarray> product, i)
            strides[i] = cnp.PyArray_STRIDE(<cnp.ndarray> product, i)
        dims[0], strides[0] = k, 0
        product = dd_strided(<cnp.ndarray> product, nd, dims, strides, cnp.PyArray_BYTES(<cnp.ndarray> product), 0)
    lead = nd - cnp.PyArray_NDIM(<cnp.ndarray> t)
    if lead:            # what is broadcast has its axes behind the directions
        dims[0] = k
        strides[0] = cnp.PyArray_STRIDE(<cnp.ndarray> t, 0)
        for i in range(1, nd):
            dims[i], strides[i] = 1, 0
            if i > lead:
                dims[i] = cnp.PyArray_DIM(<cnp.ndarray> t, i - lead)
                strides[i] = cnp.PyArray_STRIDE(<cnp.ndarray> t, i - lead)
        t = dd_strided(<cnp.ndarray> t, nd, dims, strides, cnp.PyArray_BYTES(<cnp.ndarray> t), 0)
    if not back_broadcast(second, p, t, h, node.shape, <cnp.ndarray> product):
        raise NotSecondOrder
    return 0
