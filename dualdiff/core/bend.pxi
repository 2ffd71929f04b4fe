# bend.pxi: what a recording keeps for second order: the second partials of each rule, a `Bend` of its node, where the tag
# is of the scheme RECORDED (walks along it: back_second.pxi).  Included by _core.pyx after node.pxi.

cdef enum:
    FLAT = 0            # a second partial that is 0
    CONSTANT = 1        # a number
    VALUE = 2           # the rule's own value
    FORMULA = 3

cdef char bend_kind[1536]           # of each second partial of each rule
cdef double bend_number[1536]
memset(bend_kind, 0, sizeof(bend_kind))


cdef int read_bends() except -1:
    """Reads off the table which second partials need no kernel."""
    cdef int r, i
    if 3 * DD_NRULES > sizeof(bend_kind):
        raise MemoryError("bend_kind is too small for the table")
    for r in range(DD_NRULES):
        for i in range(3):
            text = dd_second[r].text[i].decode()
            bend_kind[3 * r + i] = FORMULA
            if text == "0" or dd_rules[r].selects:      # of what selects they are 0 but for kinks
                bend_kind[3 * r + i] = FLAT
            elif text == "f":
                bend_kind[3 * r + i] = VALUE
            else:
                try:
                    bend_number[3 * r + i] = float(text)
                    bend_kind[3 * r + i] = CONSTANT
                except ValueError:
                    pass
    return 0


cdef bint bend_rule(Node node, int r, int nin, int nd, cnp.npy_intp *dims, dd_operand *op, cnp.ndarray value,
                    double x, double y, double f) except -1:
    """Gives a node the second partials of its rule; whether it keeps the array of values.

    With nd = 0 at the numbers x, y, f; else at the operands op (their strides are those of dims) and value.
    """
    cdef Bend bend = None
    cdef double d[3]
    cdef const char *v[3]
    cdef const cnp.npy_intp *vs[3]
    cdef cnp.npy_intp steps[64]
    cdef double *out[3]
    cdef int i, kind
    cdef bint formula = False, keeps = False
    cdef object e
    for i in range(3):
        out[i] = NULL
        kind = bend_kind[3 * r + i]
        if kind == FLAT or i < 2 and node.first is None or i > 0 and node.second is None:
            continue
        if bend is None:
            bend = Bend.__new__(Bend)
            bend.h[0] = bend.h[1] = bend.h[2] = 0
        e = None
        if kind == CONSTANT:
            bend.h[i] = bend_number[3 * r + i]
        elif nd == 0:
            formula = True
        elif kind == VALUE:
            e = value
            keeps = True
        else:
            e = dd_array(nd, dims, cnp.NPY_DOUBLE)
            out[i] = <double *> cnp.PyArray_DATA(<cnp.ndarray> e)
            formula = True
        if i == 0:
            bend.e0 = e
        elif i == 1:
            bend.e1 = e
        else:
            bend.e2 = e
    node.rest = bend
    if nd == 0:
        if formula:
            dd_second[r].eval(x, y, f, d)
            for i in range(3):
                if (i == 2 or node.first is not None) and (i == 0 or node.second is not None):
                    bend.h[i] = d[i] if bend_kind[3 * r + i] != FLAT else 0
        if dd_may_kink(r):
            v[0], v[1], v[2] = <char *> &x, <char *> &y, <char *> &f
            dd_second_fill(r, 0, NULL, v, vs, out)
    elif formula or dd_may_kink(r):
        steps[nd - 1] = 8
        for i in range(nd - 1, 0, -1):
            steps[i - 1] = steps[i] * dims[i]
        v[1], vs[1] = NULL, NULL
        for i in range(nin):
            v[i], vs[i] = op[i].v, &op[i].vs[0]
        v[2], vs[2] = cnp.PyArray_BYTES(value), &steps[0]
        dd_second_fill(r, nd, dims, v, vs, out)
    if PyErr_Occurred() != NULL:    # scipy.special.errstate: it is about values
        PyErr_Clear()
    return keeps


def recorded_seed(x, Node node, long long tag):
    """A float64 array or a float as the argument of a second-order recording."""
    if kind_of(tag) != RECORDED:
        raise ShapeError(f"the tag {tag} is not that of a second-order recording")
    if PyFloat_Check(x):
        return dual_generic(x, node, tag)
    return new_array(x, node, tag, None, None, True)
