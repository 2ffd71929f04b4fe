# entries.pxi: the walks through runs of numbers (run.pxi), in C.  Included by _tape.pyx after back.pxi.
#
# They take plain float64 numbers only.  Where something else has come to a run, NotNumbersError is raised; then the same
# walk is made along the unfolded recording.


class NotNumbersError(Exception):
    """Something else than float64 numbers goes through a run."""


@cython.final
cdef class Rows:
    """Tangents or cotangents of the entries of a run: k for each, and which entries have any."""

    cdef double *t
    cdef unsigned char *has
    cdef Py_ssize_t n, k

    def __dealloc__(self):
        free(self.t)


cdef Rows rows_new(Py_ssize_t n, Py_ssize_t k):
    cdef Rows rows = Rows.__new__(Rows)
    cdef Py_ssize_t i
    rows.t = <double *> malloc((n * k + 1) * sizeof(double) + n)
    if rows.t == NULL:
        raise MemoryError
    rows.has = <unsigned char *> (rows.t + n * k + 1)
    rows.n, rows.k = n, k
    memset(rows.has, 0, n)
    for i in range(n * k):
        rows.t[i] = -0.0        # to which adding changes nothing
    return rows


cdef class Ends:
    """Where the inputs of a run lie: an address and a step for each (NULL: nothing there)."""

    cdef char **at
    cdef cnp.npy_intp *step

    def __cinit__(self, Py_ssize_t n):
        self.at = <char **> calloc(n + 1, sizeof(char *))
        self.step = <cnp.npy_intp *> calloc(n + 1, sizeof(cnp.npy_intp))
        if self.at == NULL or self.step == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.at)
        free(self.step)


cdef inline bint are_numbers(object t, Py_ssize_t k):
    """Whether t is k float64 numbers (k < 0: any number of them)."""
    return (plain_stack(t) and cnp.PyArray_TYPE(<cnp.ndarray> t) == cnp.NPY_DOUBLE and cnp.PyArray_NDIM(<cnp.ndarray> t) == 1
            and (k < 0 or cnp.PyArray_DIM(<cnp.ndarray> t, 0) == k))


# ---- forwards ------------------------------------------------------------------------------------------------

cdef object pushed_run(Tape tape, Py_ssize_t i, list ts):
    """The tangents of a run, as Rows; of an entry, as an array; None where there are none."""
    cdef Py_ssize_t *places = tape.parent + tape.start[i]
    cdef Py_ssize_t j, n = tape.start[i + 1] - tape.start[i]
    cdef cnp.npy_intp k = -1
    cdef Node node = <Node> tape.order[i]
    cdef Entries kept
    cdef Rows rows
    cdef Ends ends
    cdef cnp.ndarray t
    if tape.entry[i] >= 0:
        rows = <Rows?> ts[places[0]] if places[0] >= 0 else None
        if rows is None or not rows.has[tape.entry[i]]:
            return None
        k = rows.k
        t = pooled(1, &k, cnp.NPY_DOUBLE)
        memcpy(cnp.PyArray_DATA(t), rows.t + tape.entry[i] * k, k * sizeof(double))
        return t
    ends = Ends(n)
    for j in range(n):
        o = None if places[j] < 0 else ts[places[j]]
        if o is None:
            continue
        if not are_numbers(o, -1):
            raise NotNumbersError
        t = <cnp.ndarray> o
        if k >= 0 and k != cnp.PyArray_DIM(t, 0):
            k_differ(k, cnp.PyArray_DIM(t, 0))
        k = cnp.PyArray_DIM(t, 0)
        ends.at[j], ends.step[j] = cnp.PyArray_BYTES(t), cnp.PyArray_STRIDE(t, 0)
    if k < 0:
        return None
    kept = <Entries?> node.rest
    rows = rows_new(kept.n, k)
    dd_meet(dd_run_along(kept.at, kept.n, k, rows.t, rows.has, ends.at, ends.step))
    return rows


# ---- backwards ------------------------------------------------------------------------------------------------

cdef int pull_run(Waiting waiting, Py_ssize_t i, bint wanted) except -1:
    """`pull_node` of a run, or of an entry."""
    cdef Tape tape = waiting.tape
    cdef Py_ssize_t *places = tape.parent + tape.start[i]
    cdef Node node = waiting.node(i)
    cdef Rows rows
    cdef cnp.ndarray w
    cdef Py_ssize_t j, n, k
    cdef double *o
    if tape.entry[i] >= 0:
        if waiting.state[i] == NUMBER:
            k = 1
        elif are_numbers(waiting.w[i], -1):
            k = cnp.PyArray_DIM(<cnp.ndarray> waiting.w[i], 0)
        else:
            raise NotNumbersError
        if places[0] >= 0:
            rows = rows_waiting(waiting, places[0], k)
            o = rows.t + tape.entry[i] * k
            rows.has[tape.entry[i]] = 1
            if waiting.state[i] == NUMBER:
                o[0] += waiting.number[i]
            else:
                w = <cnp.ndarray> waiting.w[i]
                for j in range(k):
                    o[j] += (<double *> (cnp.PyArray_BYTES(w) + j * cnp.PyArray_STRIDE(w, 0)))[0]
        if not wanted:
            waiting.state[i] = NOTHING
            waiting.w[i] = None
        return 0
    k = (<Rows> waiting.w[i]).k if type(waiting.w[i]) is Rows else len(waiting.w[i])
    rows = rows_waiting(waiting, i, k)
    waiting.state[i] = NOTHING
    waiting.w[i] = None
    n = tape.start[i + 1] - tape.start[i]
    if waiting.numbers:
        for j in range(n):
            if places[j] >= 0 and waiting.state[places[j]] == STACK:
                if not are_numbers(waiting.w[places[j]], 1):
                    raise NotNumbersError
                waiting.number[places[j]] = (<double *> cnp.PyArray_DATA(<cnp.ndarray> waiting.w[places[j]]))[0]
                waiting.state[places[j]] = NUMBER
                waiting.w[places[j]] = None
        dd_meet(dd_run_back((<Entries?> node.rest).at, rows.n, rows.t, rows.has, waiting.number, waiting.state, places))
        return 0
    return pull_rows(waiting, <Entries?> node.rest, rows, places, n)


cdef int pull_rows(Waiting waiting, Entries kept, Rows rows, Py_ssize_t *places, Py_ssize_t n) except -1:
    """Many cotangents of a run's entries back to its n inputs."""
    cdef Ends ends = Ends(n)
    cdef bytearray reached = bytearray(n)
    cdef cnp.ndarray target
    cdef Py_ssize_t j
    cdef bint fresh
    dd_run_reach_back(kept.at, rows.n, rows.has, <unsigned char *> reached)
    for j in range(n):
        if places[j] >= 0 and reached[j]:
            target = waiting.place(places[j], rows.k, cnp.NPY_DOUBLE, True, &fresh)
            if not are_numbers(target, rows.k):
                raise NotNumbersError
            ends.at[j], ends.step[j] = cnp.PyArray_BYTES(target), cnp.PyArray_STRIDE(target, 0)
    dd_meet(dd_run_back_rows(kept.at, rows.n, rows.k, rows.t, rows.has, ends.at, ends.step))
    return 0


cdef Rows rows_waiting(Waiting waiting, Py_ssize_t p, Py_ssize_t k):
    """The cotangents that wait at a run, to be added to."""
    cdef Py_ssize_t i, j, n = (<Entries?> waiting.node(p).rest).n
    cdef Rows rows
    cdef cnp.ndarray w
    if waiting.state[p] == NOTHING:
        rows = rows_new(n, k)
    elif type(waiting.w[p]) is Rows:
        rows = <Rows> waiting.w[p]
        if rows.k != k:
            k_differ(rows.k, k)
        return rows
    else:       # a stretch ends with the run (window.pxi)
        if not plain_stack(waiting.w[p]) or cnp.PyArray_TYPE(<cnp.ndarray> waiting.w[p]) != cnp.NPY_DOUBLE:
            raise NotNumbersError
        w = <cnp.ndarray> waiting.w[p]
        if cnp.PyArray_NDIM(w) != 2 or cnp.PyArray_DIM(w, 0) != k or cnp.PyArray_DIM(w, 1) != n:
            raise NotNumbersError
        rows = rows_new(n, k)
        for i in range(n):
            rows.has[i] = 1
            for j in range(k):
                rows.t[i * k + j] = (<double *> (
                    cnp.PyArray_BYTES(w) + j * cnp.PyArray_STRIDE(w, 0) + i * cnp.PyArray_STRIDE(w, 1)))[0]
    waiting.w[p] = rows
    waiting.state[p] = STACK
    return rows
