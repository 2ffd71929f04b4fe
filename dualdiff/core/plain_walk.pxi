# plain_walk.pxi: the frequent case of a product along a recording: plain numbers, one argument and one result.
#
# Each function does what transforms/walks.py would do in Python, or returns None: then Python does it.
# Included by _tape.pyx after back.pxi.


def ends_of(list inputs, list outputs):
    """The shapes and types of nodes (None: a constant): of the inputs, then of the outputs."""
    cdef list found = [[], [], [], []]
    cdef int i
    cdef Node node
    for i in range(2):
        for o in (outputs if i else inputs):
            node = o
            (<list> found[2 * i]).append(None if node is None else node.shape)
            (<list> found[2 * i + 1]).append(None if node is None else node.dtype)
    return found


def push_surely(Tape tape, list inputs, list tangents, list outputs):
    """`walk_forward`, and whether no 0 has met an infinite partial."""
    cdef long long before = dd_met
    cdef bint quiet = tape.silent
    cdef list found
    for t in tangents:
        quiet = quiet and (t is None or plain_real(t))
    if quiet:
        return walk_forward(tape, inputs, tangents, outputs), dd_met == before
    with np_errstate(all="ignore"):
        found = walk_forward(tape, inputs, tangents, outputs)
    return found, dd_met == before


def pull_surely(Tape tape, list outputs, list cotangents, list inputs):
    """`walk_back`, and whether its result is finite and no 0 has met an infinite partial."""
    cdef long long before = dd_met
    cdef bint quiet = tape.calm
    cdef list found
    for w in cotangents:
        quiet = quiet and (w is None or plain_real(w))
    if quiet:
        found = walk_back(tape, outputs, cotangents, inputs)
    else:
        with np_errstate(all="ignore"):
            found = walk_back(tape, outputs, cotangents, inputs)
    if dd_met != before:
        return found, False
    for w in found:
        if w is not None and not (plain_real(w) and all_finite(w)):
            return found, False
    return found, True


cdef bint surely_back(Waiting waiting) except -1:
    """`pull_all`, and whether no 0 has met an infinite partial."""
    cdef long long before = dd_met
    if waiting.tape.calm:
        pull_all(waiting)
    else:
        with np_errstate(all="ignore"):
            pull_all(waiting)
    return dd_met == before


cdef object first_row(cnp.ndarray stack, object shape):
    """stack[0] of a stack of one as an array of another shape of as many elements; None where it is no such view."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef tuple parts = <tuple> shape
    cdef int i, n = len(parts)
    cdef cnp.npy_intp step = cnp.PyArray_ITEMSIZE(stack)
    if not cnp.PyArray_IS_C_CONTIGUOUS(stack):
        return None
    for i in range(n - 1, -1, -1):
        dims[i], strides[i] = parts[i], step
        step *= dims[i]
    return dd_strided(stack, n, dims, strides, cnp.PyArray_BYTES(stack), True)


@cython.final
cdef class PlainWalk:
    """The products of a recording of one array and one result, with one vector at a time, along its nodes.

    The frequent case of `Walk` (transforms/walks.py), which gives the same numbers, as every product that this returns
    None for is taken there.

    Parameters
    ----------
    input, output : Node
    most : float
        The elements of an operation, on average, up to which products are walked.
    """

    cdef Node input, output
    cdef readonly Tape tape         # None until a product was asked for
    cdef double most
    cdef Py_ssize_t input_at, output_at
    cdef bint pays

    def __init__(self, Node input not None, Node output not None, double most):
        self.input, self.output, self.most = input, output, most
        self.input_at = -1

    cpdef bint walks(self) except -1:
        """Whether there is something to walk: the input reaches the output, and a program would not pay."""
        if self.tape is None:
            self.tape = Tape(collect([self.output], None, -1, None, True), (), True)
            self.input_at = place_of_node(self.tape.order, self.input)
            self.output_at = len(self.tape.order) - 1
            self.pays = (self.input_at >= 0 and self.tape.order[self.output_at] is self.output
                          and (not isfinite(self.most) or self.tape.elements < self.most * self.tape.count))
        return self.pays

    def back(self, w, bint flat=False):
        """The cotangent of the argument from one of the result, shaped as these, or of both as vectors (flat)."""
        cdef Waiting waiting
        cdef object found, stack = None
        cdef int kind = type_of(self.output)
        if type(w) is float and kind == cnp.NPY_DOUBLE and len(<tuple> self.output.shape) == 0:
            if not self.walks():
                return None
        else:
            stack = as_stack(w, self.output, flat)
            if stack is None or not self.walks():
                return None
        waiting = waiting_along(self.tape)
        if stack is None:
            waiting.add_number(self.output_at, PyFloat_AS_DOUBLE(w))
        else:
            waiting.give(self.output_at, stack, False)
        waiting.wanted[self.input_at] = 1
        try:
            if not surely_back(waiting):
                return None
        except NotNumbersError:
            return None
        if waiting.state[self.input_at] == NOTHING:
            return None
        found = waiting.taken(self.input_at)
        if not plain_real(found) or not all_finite(found):
            return None
        return own_row(found, stack, (cnp.PyArray_SIZE(<cnp.ndarray> found),) if flat else self.input.shape)

    def along(self, v):
        """The tangent of the result as a vector, from one of the argument as a vector."""
        cdef long long before = dd_met
        cdef object stack = as_stack(v, self.input, True)
        if stack is None or not self.walks():
            return None
        try:
            if self.tape.silent:
                found = walk_forward(self.tape, [self.input_at], [stack], [self.output_at])[0]
            else:
                with np_errstate(all="ignore"):
                    found = walk_forward(self.tape, [self.input_at], [stack], [self.output_at])[0]
        except NotNumbersError:
            return None
        if dd_met != before or not plain_real(found) or not all_finite(found):
            return None         # who is not finite may have to be told (functions/undefined.py)
        return own_row(found, stack, (cnp.PyArray_SIZE(<cnp.ndarray> found),))


cdef object own_row(cnp.ndarray found, object given, object shape):
    """`first_row` of what was found, in memory that is neither the caller's nor another's."""
    return first_row(found if is_whole(found) and <object> found is not given else <cnp.ndarray> cnp.PyArray_NewCopy(
        found, cnp.NPY_CORDER), shape)


cdef object as_stack(object v, Node node, bint flat):
    """A plain array of a node's type and shape, or a vector of its elements (flat), as a stack of one; else None."""
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef cnp.ndarray a
    cdef tuple shape = <tuple> node.shape
    cdef int i, n = len(shape)
    cdef cnp.npy_intp step
    if not plain_real(v) or n > 24:
        return None
    a = <cnp.ndarray> v
    if cnp.PyArray_TYPE(a) != type_of(node):
        return None
    dims[0], step = 1, cnp.PyArray_ITEMSIZE(a)
    for i in range(n - 1, -1, -1):
        dims[i + 1], strides[i + 1] = shape[i], step
        step *= dims[i + 1]
    strides[0] = step
    if flat:
        if cnp.PyArray_NDIM(a) != 1 or cnp.PyArray_DIM(a, 0) * cnp.PyArray_ITEMSIZE(a) != step or not (
                cnp.PyArray_IS_C_CONTIGUOUS(a)):
            return None
    else:
        if cnp.PyArray_NDIM(a) != n:
            return None
        for i in range(n):
            if cnp.PyArray_DIM(a, i) != dims[i + 1]:
                return None
            strides[i + 1] = cnp.PyArray_STRIDE(a, i)
    return dd_strided(a, n + 1, dims, strides, cnp.PyArray_BYTES(a), 0)
