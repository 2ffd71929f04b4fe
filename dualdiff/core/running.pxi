# A program and its runs.

cdef enum:
    OF_WORKSPACE, OF_INPUT, OF_CAPTURED, OF_CONSTANT, OF_OUTPUT

cdef struct workspace:
    workspace *next
    pg_ctx ctx
    double *numbers             # inputs that came as Python floats
    PyObject **held             # arrays of this run, by buffer

cdef int KEPT = 4               # workspaces that a program keeps


class GuardFailed:
    """What a program returns in the place of results when the function would not go the recorded way.

    index: the place of the guard in `graph.guards`; -1 where an operation could not be done as recorded (an index out of
    range, a Python float divided by 0): the function itself says what is wrong.
    """

    __slots__ = ("index",)

    def __init__(self, index):
        self.index = index

    def __repr__(self):
        return f"GuardFailed({self.index})"


@cython.final
cdef class Window:
    """A window of a buffer, as an instruction that calls Python sees it."""
    cdef int buf, nd
    cdef cnp.npy_intp off, span_low, span
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp strides[64]
    cdef object dtype

    cdef cnp.ndarray array(self, char **base):
        """The window itself: for NumPy's functions, which keep no reference."""
        return pg_array(self.dtype, self.nd, self.dims, self.strides, base[self.buf] + self.off)

    cdef cnp.ndarray copy(self, char **base):
        """The same elements in the same layout, in memory of their own: for functions of the user's."""
        cdef cnp.ndarray whole
        cdef cnp.npy_intp n = self.span
        whole = cnp.PyArray_EMPTY(1, &n, cnp.NPY_INT8, 0)
        memcpy(cnp.PyArray_DATA(whole), base[self.buf] + self.off - self.span_low, self.span)
        cdef cnp.ndarray result = pg_array(
            self.dtype, self.nd, self.dims, self.strides, <char *> cnp.PyArray_DATA(whole) + self.span_low)
        cnp.set_array_base(result, whole)
        return result


@cython.final
cdef class PythonStep:
    """An instruction that NumPy or a function of Python's does."""
    cdef readonly str kind          # "apply", "cast", "reduce", "scan", "matmul", "take", "put", "put_add", "call"
    cdef object function, attr
    cdef list operands              # Windows
    cdef list results               # Windows or None
    cdef list dtypes
    cdef readonly str why

    cdef int run(self, pg_ctx *ctx) except -1:
        cdef list xs
        cdef Window w
        cdef int k
        ctx.flags |= dd_get_flags()
        if self.kind == "call":
            xs = [(<Window> w).copy(ctx.base) for w in self.operands]
            ys = self.function(*xs)
            ys = tuple([np.asarray(y) for y in ys])
            if len(ys) != len(self.results):
                ctx.error = PG_ANOMALY
                return 0
            for k in range(len(self.results)):
                w = self.results[k]
                if w is None:
                    continue
                if cnp.PyArray_NDIM(ys[k]) != w.nd or w.nd and memcmp(cnp.PyArray_DIMS(ys[k]), w.dims,
                                                                      w.nd * sizeof(cnp.npy_intp)):
                    ctx.error = PG_ANOMALY
                    return 0
                np.copyto(w.array(ctx.base), ys[k], casting="unsafe")
            dd_clear_flags()
            return 0
        xs = [(<Window> w).array(ctx.base) for w in self.operands]
        w = self.results[0]
        try:
            with np.errstate(all="ignore"):
                self.numpy(xs, w.array(ctx.base))
        except (IndexError, ValueError, ZeroDivisionError, TypeError, OverflowError):
            ctx.error = PG_ANOMALY
        ctx.flags |= dd_get_flags()
        dd_clear_flags()
        return 0

    cdef object numpy(self, list xs, cnp.ndarray out):
        """What evaluate.py says of this operation."""
        kind, attr = self.kind, self.attr
        if kind == "apply":
            y = self.function(*xs)
        elif kind == "cast":
            y = xs[0].astype(out.dtype)
        elif kind == "take":
            y = xs[0].reshape(-1)[xs[1]]
        elif kind == "put":
            out[...] = xs[0]
            out.reshape(-1)[xs[1]] = xs[2]
            return None
        elif kind == "put_add":
            out[...] = xs[0]
            np.add.at(out.reshape(-1), xs[1].reshape(-1), np.broadcast_to(xs[2], xs[1].shape).reshape(-1))
            return None
        elif kind == "reduce":
            y = self.function.reduce(xs[0], axis=attr[1], keepdims=attr[2])
        elif kind == "scan":
            y = self.function.accumulate(xs[0], axis=attr[1])
        elif kind == "linalg":
            y = self.function(*xs)
        else:
            y = np.matmul(xs[0], xs[1])
        np.copyto(out, np.asarray(y), casting="unsafe")
        return None


@cython.final
cdef class Block:
    """Memory of a plan's."""
    cdef void *at

    def __dealloc__(self):
        free(self.at)


@cython.final
cdef class Program:
    """A graph, planned.

    program(inputs) -> a list of new arrays and numbers, or a GuardFailed.
    program.fast(*inputs) -> the result (a tuple, where there are several), or NotImplemented where an input is not just
    what the graph expects or a guard failed.
    """
    cdef pg_instr *code
    cdef const pg_more *more
    cdef cnp.npy_intp ncode
    cdef list keep                  # Blocks and objects that the code points into
    cdef list steps                 # PythonSteps
    cdef int nbuf, nin, nout, nslots
    cdef int *kind                  # of each buffer
    cdef int *place                 # which input, captured array, constant, output
    cdef list constants, captured
    cdef list input_shapes, input_dtypes, captured_shapes, captured_dtypes
    cdef tuple takes, gives
    cdef list dims                  # Blocks: npy_intp of the inputs' and outputs' shapes
    cdef cnp.npy_intp **in_dims
    cdef int *in_nd
    cdef int *in_type
    cdef int *in_buf
    cdef PyTypeObject **in_takes
    cdef cnp.npy_intp **out_dims
    cdef int *out_nd
    cdef int *out_type
    cdef int *out_buf
    cdef cnp.npy_intp *out_off      # of an output of one element: where in the workspace
    cdef int *out_gives             # 0: a Python number, 1: NumPy's scalar, 2: an array
    cdef list out_dtypes
    cdef size_t scalars, arrays, registers      # bytes of buffers 0, 1 and 2
    cdef bytes template             # what a workspace begins with: constants
    cdef workspace *kept
    cdef int nkept
    cdef public object on_flags
    cdef public Bindings bindings       # names that must mean what they meant; None: there are none
    cdef tuple origin               # the graph and how it was planned: for explain, which plans it again

    def __dealloc__(self):
        cdef workspace *w
        while self.kept != NULL:
            w = self.kept
            self.kept = w.next
            free(w)
        free(self.code)
        free(self.kind)
        free(self.place)
        free(self.in_dims)
        free(self.in_nd)
        free(self.in_type)
        free(self.in_buf)
        free(self.in_takes)
        free(self.out_dims)
        free(self.out_nd)
        free(self.out_type)
        free(self.out_buf)
        free(self.out_off)
        free(self.out_gives)

    cdef workspace *take(self) except NULL:
        """A workspace of this run's own."""
        cdef workspace *w = self.kept
        cdef size_t head, size
        cdef char *at
        cdef int k
        if w != NULL:
            self.kept = w.next
            self.nkept -= 1
            return w
        cdef size_t scalars = (self.scalars + 127) & ~<size_t> 63, arrays = (self.arrays + 127) & ~<size_t> 63
        head = (sizeof(workspace) + sizeof(char *) * <size_t> (self.nbuf + self.nslots + 1) + sizeof(cnp.npy_intp) * 64
                + sizeof(double) * <size_t> (self.nin + 1) + sizeof(PyObject *) * <size_t> (self.nbuf + 1))
        size = head + 192 + scalars + arrays + self.registers
        w = <workspace *> malloc(size)
        if w == NULL:
            raise MemoryError
        at = <char *> w + sizeof(workspace)
        w.ctx.base = <char **> at
        at += sizeof(char *) * <size_t> self.nbuf
        w.ctx.p = <char **> at
        at += sizeof(char *) * <size_t> (self.nslots + 1)
        w.ctx.idx = <cnp.npy_intp *> at
        at += sizeof(cnp.npy_intp) * 64
        w.numbers = <double *> at
        at += sizeof(double) * <size_t> (self.nin + 1)
        w.held = <PyObject **> at
        memset(at, 0, sizeof(PyObject *) * <size_t> (self.nbuf + 1))
        at = <char *> w + ((head + 63) & ~<size_t> 63)
        at += (64 - (<size_t> at & 63)) & 63
        w.ctx.base[0] = at
        w.ctx.base[1] = at + scalars
        w.ctx.base[2] = at + scalars + arrays
        memcpy(at, <char *> self.template, len(self.template))
        for k in range(3, self.nbuf):
            w.ctx.base[k] = NULL
            if self.kind[k] == OF_CONSTANT:
                w.ctx.base[k] = <char *> cnp.PyArray_DATA(self.constants[self.place[k]])
        return w

    cdef void give(self, workspace *w) noexcept:
        cdef int k
        for k in range(3, self.nbuf):
            if w.held[k] != NULL:
                Py_DECREF(w.held[k])
                w.held[k] = NULL
        if self.nkept < KEPT:
            w.next = self.kept
            self.kept = w
            self.nkept += 1
        else:
            free(w)

    cdef bint fits(self, int k, PyObject *x) noexcept:
        """Whether an input is just what the graph expects."""
        cdef cnp.ndarray a
        if Py_TYPE(<object> x) != self.in_takes[k]:
            return False
        if not cnp.PyArray_CheckExact(<object> x):
            return True
        a = <cnp.ndarray> x
        return (cnp.PyArray_TYPE(a) == self.in_type[k] and cnp.PyArray_NDIM(a) == self.in_nd[k]
                and (self.in_nd[k] == 0
                     or not memcmp(cnp.PyArray_DIMS(a), self.in_dims[k], <size_t> self.in_nd[k] * sizeof(cnp.npy_intp)))
                and cnp.PyArray_ISCARRAY_RO(a))

    cdef object run(self, PyObject **inputs, bint alone):
        """The results of inputs that fit: a list, or (alone) a tuple or the only one; a GuardFailed."""
        cdef workspace *w = self.take()
        cdef pg_ctx *ctx = &w.ctx
        cdef cnp.npy_intp i = 0
        cdef int k, flags, failed = -1
        cdef cnp.ndarray a
        cdef object held
        ctx.error = PG_FINE
        ctx.flags = 0
        ctx.more = self.more
        try:
            for k in range(self.nin):
                if self.in_buf[k] == 0:
                    continue
                if cnp.PyArray_CheckExact(<object> inputs[k]):
                    ctx.base[self.in_buf[k]] = <char *> cnp.PyArray_DATA(<cnp.ndarray> inputs[k])
                else:
                    w.numbers[k] = PyFloat_AS_DOUBLE(<object> inputs[k])
                    ctx.base[self.in_buf[k]] = <char *> &w.numbers[k]
            for k in range(3, self.nbuf):
                if self.kind[k] == OF_OUTPUT:
                    i = self.place[k]
                    if self.out_type[i] == cnp.NPY_DOUBLE or self.out_type[i] == cnp.NPY_FLOAT:
                        a = dd_array(self.out_nd[i], self.out_dims[i], self.out_type[i])
                    else:
                        a = pg_array(self.out_dtypes[i], self.out_nd[i], self.out_dims[i], NULL, NULL)
                    ctx.base[k] = <char *> cnp.PyArray_DATA(a)
                    Py_INCREF(a)
                    w.held[k] = <PyObject *> a
                elif self.kind[k] == OF_CAPTURED:
                    i = self.place[k]
                    held = self.captured[i]
                    if held.shape != self.captured_shapes[i] or held.dtype != self.captured_dtypes[i]:
                        return GuardFailed(-1)
                    held = np.ascontiguousarray(held)
                    if not (<cnp.ndarray> held).flags.aligned:
                        held = held.copy()
                    ctx.base[k] = <char *> cnp.PyArray_DATA(<cnp.ndarray> held)
                    Py_INCREF(held)
                    w.held[k] = <PyObject *> held
            dd_clear_flags()
            i = 0
            while True:
                i = pg_run(ctx, self.code, i, self.ncode)
                if ctx.error != PG_FINE or i >= self.ncode:
                    break
                (<PythonStep> self.steps[self.code[i].a]).run(ctx)
                if ctx.error != PG_FINE:
                    break
                i += 1
            flags = ctx.flags | dd_get_flags()
            if flags:
                flags = ((1 if flags & DD_DIVIDE else 0) | (2 if flags & DD_OVERFLOW else 0)
                         | (4 if flags & DD_UNDERFLOW else 0) | (8 if flags & DD_INVALID else 0))
            set_flags(flags)
            if ctx.error == PG_RAISED or PyErr_Occurred() != NULL:      # a signal, or a loop of SciPy's under its errstate
                raise_current()
            if ctx.error == PG_GUARD_FAILED:
                return GuardFailed(ctx.guard)
            if ctx.error != PG_FINE:
                return GuardFailed(-1)
            if flags and self.on_flags is not None:
                self.on_flags(flags)
            if alone and self.nout == 1:
                return self.result(w, 0)
            if alone:
                return tuple([self.result(w, k) for k in range(self.nout)])
            return [self.result(w, k) for k in range(self.nout)]
        finally:
            self.give(w)

    cdef object result(self, workspace *w, int k):
        cdef int type_ = self.out_type[k], gives = self.out_gives[k]
        cdef char *at
        cdef cnp.ndarray a
        if self.out_buf[k]:
            return <object> w.held[self.out_buf[k]]
        at = w.ctx.base[0] + self.out_off[k]
        if gives == 0 and self.out_nd[k] == 0:
            if type_ == cnp.NPY_DOUBLE:
                return (<double *> at)[0]
            if type_ == cnp.NPY_FLOAT:
                return <double> (<float *> at)[0]
            if type_ == cnp.NPY_BOOL:
                return np_true if (<char *> at)[0] else np_false
        a = pg_array(self.out_dtypes[k], self.out_nd[k], self.out_dims[k], NULL, NULL)
        memcpy(cnp.PyArray_DATA(a), at, <size_t> cnp.PyArray_ITEMSIZE(a))
        return a if gives == 2 or self.out_nd[k] else a.item() if gives == 0 else a[()]

    def __call__(self, inputs):
        """The results of inputs, which are arrays or numbers: a list, or a GuardFailed."""
        cdef list xs = list(inputs)
        cdef int k
        cdef PyObject *at[32]
        cdef PyObject **p = at
        if len(xs) != self.nin:
            raise InputError(f"the program takes {self.nin} arrays, got {len(xs)}")
        for k in range(self.nin):
            if not self.fits(k, <PyObject *> xs[k]):
                x = np.asarray(xs[k])
                if x.shape != self.input_shapes[k]:
                    raise ShapeError(f"input {k} of the program has shape {self.input_shapes[k]}, got {x.shape}")
                x = np.ascontiguousarray(x, self.input_dtypes[k]).reshape(self.input_shapes[k])
                xs[k] = x if x.flags.aligned else x.copy()
        if self.nin > 32:
            p = <PyObject **> malloc(sizeof(PyObject *) * <size_t> self.nin)
            if p == NULL:
                raise MemoryError
        try:
            for k in range(self.nin):
                p[k] = <PyObject *> xs[k]
            return self.run(p, False)
        finally:
            if p != at:
                free(p)

    def fast(self, *args):
        """The result of arguments that are just what is expected, else NotImplemented."""
        cdef tuple given = args
        cdef Py_ssize_t k
        cdef PyObject *at[32]
        if len(given) > 32:
            return NotImplemented
        for k in range(len(given)):
            at[k] = <PyObject *> given[k]
        return self.fast_at(at, len(given))

    cdef object fast_at(self, PyObject **at, Py_ssize_t n):
        """`fast` of n arguments."""
        cdef int k
        if n != self.nin or self.bindings is not None and self.bindings.changed() is not None:
            return NotImplemented
        for k in range(self.nin):
            if not self.fits(k, at[k]):
                return NotImplemented
        result = self.run(at, True)
        return NotImplemented if type(result) is GuardFailed else result

    def flags(self):
        """The floating-point status that the last run of this thread raised: divide 1, overflow 2, underflow 4, invalid 8."""
        return pg_last_flags()

    def workspace_bytes(self):
        """How much memory a run takes beside its inputs and results."""
        return self.scalars + self.arrays + self.registers

    def explain(self):
        """Groups of instructions in their order, each a dict.

        kind: "fused" (a region), "numbers" (operations on single numbers), "NumPy" (an inner loop of NumPy's, called as
        NumPy would), "Python" (a call of NumPy's or of a function of Python's: why says why it is one), "guard".
        nodes: of the graph; operations: their names; elements: of the region or the result.
        share: an estimate of its part of the whole cost, from counts of elements, not measured.
        """
        return explained(self.origin)


cdef object np_true = np.True_
cdef object np_false = np.False_
