# back.pxi: the walk back along a recording: which cotangents wait where, and the order of operations, the last one first.
# What each operation does to them is in pull.pxi.  Included by _tape.pyx.

cdef enum:
    NOTHING = 0
    NUMBER = 1          # one cotangent of a node without axes, as a double
    STACK = 2           # an array (k, *shape), or a dual one


@cython.final
cdef class Waiting:
    """The cotangents that wait at the nodes of one walk, and which arrays are the walk's own to write to."""

    cdef Tape tape
    cdef list w
    cdef double *number         # one block of memory with the next four
    cdef unsigned char *own
    cdef unsigned char *state
    cdef unsigned char *minus   # what waits is -1 times w, a stack; whoever takes it multiplies
    cdef unsigned char *wanted  # asked for: it goes on waiting when it was handed on
    cdef bint numbers           # one cotangent at a time: those of nodes without axes are kept as numbers

    def __dealloc__(self):
        free(self.number)

    cdef inline Node node(self, Py_ssize_t p):
        return <Node> (<list> self.tape.order)[p]

    cdef int add_number(self, Py_ssize_t p, double x) except -1:
        """x more for node p, which has no axes."""
        cdef Node node = self.node(p)
        cdef int s = self.state[p]
        if s == STACK:
            self.give(p, one_number(x, type_of(node)), True)
            return 0
        if s == NUMBER:
            x = self.number[p] + x
        self.number[p] = <float> x if node.type_number == cnp.NPY_FLOAT else x
        self.state[p] = NUMBER
        return 0

    cdef int give(self, Py_ssize_t p, object w, bint own) except -1:
        """w more for node p.  own: nobody else holds w."""
        cdef object old
        cdef int s = self.state[p], kind
        if self.numbers and s != STACK and plain_stack(w) and cnp.PyArray_NDIM(<cnp.ndarray> w) == 1:
            kind = cnp.PyArray_TYPE(<cnp.ndarray> w)
            if type_of(self.node(p)) == kind:
                return self.add_number(p, (<double *> cnp.PyArray_DATA(<cnp.ndarray> w))[0] if kind == cnp.NPY_DOUBLE
                                       else (<float *> cnp.PyArray_DATA(<cnp.ndarray> w))[0])
        if s == NOTHING:
            self.w[p] = w
            self.own[p] = own
            self.state[p] = STACK
            return 0
        old = self.taken(p)
        if (self.own[p] and plain_stack(old) and plain_stack(w)
                and cnp.PyArray_TYPE(<cnp.ndarray> old) == cnp.PyArray_TYPE(<cnp.ndarray> w)
                and cnp.PyArray_SAMESHAPE(<cnp.ndarray> old, <cnp.ndarray> w)):
            weighted(<cnp.ndarray> old, None, 1.0, <cnp.ndarray> w, True)
            self.w[p] = old
        elif (plain_stack(old) and plain_stack(w)
                and cnp.PyArray_TYPE(<cnp.ndarray> old) == cnp.PyArray_TYPE(<cnp.ndarray> w)
                and cnp.PyArray_SAMESHAPE(<cnp.ndarray> old, <cnp.ndarray> w)):
            self.w[p] = cnp.PyArray_NewCopy(<cnp.ndarray> old, cnp.NPY_CORDER)
            self.own[p] = True
            weighted(<cnp.ndarray> self.w[p], None, 1.0, <cnp.ndarray> w, True)
        else:
            self.w[p] = old + w
            self.own[p] = type(self.w[p]) is np.ndarray
        self.state[p] = STACK
        return 0

    cdef object taken(self, Py_ssize_t p):
        """What waits at node p, as an array."""
        if self.state[p] == NUMBER:
            self.own[p] = True
            return one_number(self.number[p], type_of(self.node(p)))
        if self.minus[p]:
            self.w[p] = negative_of(<cnp.ndarray> self.w[p], self.own[p])
            self.own[p] = True
            self.minus[p] = False
        return self.w[p]

    cdef cnp.ndarray place(self, Py_ssize_t p, cnp.npy_intp k, int type_, bint zero, bint *fresh):
        """An own array to add to at node p; fresh: it is new (zeros, if asked).  None: not a plain one."""
        cdef object old, shape
        cdef cnp.ndarray a
        cdef Node node = self.node(p)
        if type_of(node) != type_:
            return None
        shape = node.shape
        fresh[0] = self.state[p] == NOTHING
        if not fresh[0]:
            old = self.taken(p)
            if (not plain_stack(old) or cnp.PyArray_TYPE(<cnp.ndarray> old) != type_
                    or not shape_is(<cnp.ndarray> old, shape)):
                return None
            if self.own[p]:
                self.w[p] = old
                self.state[p] = STACK
                return <cnp.ndarray> old
            a = stack_new(k, shape, type_, False)
            cnp.PyArray_CopyInto(a, <cnp.ndarray> old)
        else:
            a = stack_new(k, shape, type_, zero)
        self.w[p] = a
        self.own[p] = True
        self.state[p] = STACK
        return a


cpdef list walk_back(Tape tape, list outputs, list cotangents, list inputs):
    """Pulls cotangents back along a recording, the last operation first.

    Parameters
    ----------
    tape : Tape
    outputs : list of int or None
        The places of the results; None for one that is constant.
    cotangents : list
        Of each result, (k, *shape); None for none.
    inputs : list of int or None
        The places of the nodes whose cotangents are asked for; None for one that is not on the tape.

    Returns
    -------
    list
        The cotangent of each input, None where nothing depends on it.
    """
    cdef Waiting waiting = waiting_along(tape)
    cdef object w
    for w in cotangents:
        if w is not None and (not plain_stack(w) or cnp.PyArray_DIM(<cnp.ndarray> w, 0) != 1):
            waiting.numbers = False
    for at, w in zip(outputs, cotangents):
        if at is not None and w is not None:
            waiting.give(at, w, False)
    for at in inputs:
        if at is not None:
            waiting.wanted[<Py_ssize_t> at] = 1
    pull_all(waiting)
    return [None if at is None or waiting.state[at] == NOTHING else waiting.taken(at) for at in inputs]


cdef int pull_all(Waiting waiting) except -1:
    """Hands on what waits, the last operation first."""
    cdef Node node
    cdef Py_ssize_t i
    for i in range(len(waiting.tape.order) - 1, -1, -1):
        node = waiting.node(i)
        if waiting.state[i] != NOTHING and (node.op != OTHER or node.rest is not None):
            pull_node(waiting, node, i, waiting.wanted[i])
    return 0


cdef Waiting waiting_along(Tape tape):
    """Nothing waits yet; one cotangent at a time."""
    cdef Waiting waiting = Waiting.__new__(Waiting)
    cdef Py_ssize_t n = len(tape.order)
    waiting.tape = tape
    waiting.w = [None] * n
    waiting.number = <double *> calloc(n + 1, sizeof(double) + 4)
    if waiting.number == NULL:
        raise MemoryError
    waiting.own = <unsigned char *> (waiting.number + n + 1)
    waiting.state = waiting.own + n + 1
    waiting.wanted = waiting.state + n + 1
    waiting.minus = waiting.wanted + n + 1
    waiting.numbers = True
    return waiting


cdef int pull_node(Waiting waiting, Node node, Py_ssize_t i, bint wanted) except -1:
    """Hands what waits at node i to its parents; wanted: it goes on waiting there, too."""
    cdef Py_ssize_t *places = waiting.tape.parent + waiting.tape.start[i]
    cdef Py_ssize_t j
    cdef bint own, done = False
    cdef double sign = 1.0
    cdef object w, map
    if waiting.tape.entry != NULL and waiting.tape.entry[i] != A_NODE:
        return pull_run(waiting, i, wanted)
    if waiting.state[i] == NUMBER and number_back(waiting, node, places, waiting.number[i]):
        if not wanted:
            waiting.state[i] = NOTHING
        return 0
    if waiting.minus[i] and not wanted and (node.op == RULE or node.op == INDEX):
        w, sign = waiting.w[i], -1.0
    else:
        w = waiting.taken(i)
    own = waiting.own[i] and not wanted
    if not wanted:
        waiting.w[i] = None
        waiting.state[i] = NOTHING
        waiting.minus[i] = False
    if (node.op != OTHER and plain_stack(w) and cnp.PyArray_TYPE(<cnp.ndarray> w) == type_of(node)
            and shape_is(<cnp.ndarray> w, node.shape)):
        done = transposed(waiting, node, places, <cnp.ndarray> w, sign, own)
    if not done:
        if sign != 1:
            w = negative_of(<cnp.ndarray> w, False)
        map = node.map
        for j in range(waiting.tape.start[i + 1] - waiting.tape.start[i]):
            if places[j] >= 0:
                waiting.give(places[j], map.transpose(w, j), False)
    return 0
