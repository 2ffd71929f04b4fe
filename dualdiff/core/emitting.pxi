# Groups written as code.

cdef enum:
    PIECE = 16384

@cython.final
cdef class Emitter:
    """What planning has decided, as instructions."""
    cdef Planner p
    cdef Program program
    cdef pg_instr *code
    cdef cnp.npy_intp ncode, room
    cdef list free_slots, free_wide, free_memory, steps
    cdef bytearray template
    cdef cnp.npy_intp top
    cdef dict interned, mores
    cdef int most_slots
    cdef size_t registers
    cdef char *next             # where the next small piece of memory is, and how much is left there
    cdef size_t left

    def __dealloc__(self):
        free(self.code)

    # ---- memory ----

    cdef void *memory(self, size_t size) except NULL:
        """Zeroed memory that lives as long as the program; small pieces share a block."""
        cdef Block b
        cdef char *at
        size = (size + 15) & ~<size_t> 15
        if size == 0:
            size = 16
        if size > self.left:
            b = Block.__new__(Block)
            b.at = calloc(max(size, <size_t> PIECE), 1)
            if b.at == NULL:
                raise MemoryError
            self.program.keep.append(b)
            if size >= PIECE:
                return b.at
            self.next, self.left = <char *> b.at, PIECE
        at = self.next
        self.next += size
        self.left -= size
        return at

    cdef int instr(self, int op, int a, cnp.npy_intp off_a, int b, cnp.npy_intp off_b, cnp.npy_intp n, void *ptr) except -1:
        cdef pg_instr *q
        if self.ncode == self.room:
            q = <pg_instr *> realloc(self.code, sizeof(pg_instr) * <size_t> (2 * self.room + 16))
            if q == NULL:
                raise MemoryError
            self.code = q
            self.room = 2 * self.room + 16
        q = &self.code[self.ncode]
        q.op, q.a, q.b, q.off_a, q.off_b, q.n, q.ptr = op, a, b, off_a, off_b, n, ptr
        self.ncode += 1
        return 0

    cdef int slot(self, int v) except -1:
        """Where in the workspace the one element of a node is."""
        cdef node_t *q = &self.p.nd[v]
        cdef bytes value
        cdef int wide = q.item > 8
        if q.slot >= 0:
            return q.slot
        if q.op == ZEROS or q.op == VIEW and self.p.nd[q.root].op == ZEROS:
            q.slot = 0
            return 0
        if q.op == CONSTANT:
            value = self.program.constants[self.p.attr[v]].tobytes()
            q.slot = <int> len(self.template)
            self.template.extend(value + bytes((8 - len(value) % 8) % 8))
            return q.slot
        where = self.free_wide if wide else self.free_slots
        if where:
            q.slot = where.pop()
        else:
            q.slot = <int> len(self.template)
            self.template.extend(bytes((q.item + 7) // 8 * 8))
        return q.slot

    cdef int used(self, int v) except -1:
        """One use less of a node of one element."""
        cdef node_t *q = &self.p.nd[v]
        q.refs -= 1
        if q.refs == 0 and q.op != CONSTANT and q.slot > 0:
            (self.free_wide if q.item > 8 else self.free_slots).append(q.slot)
        return 0

    cdef int locate(self, Storage s) except -1:
        """Gives memory to a storage that has none yet."""
        cdef cnp.npy_intp size, at, length
        cdef int k
        if s.buf >= 0:
            return 0
        if s.out >= 0:
            s.buf, s.off = self.p.buffer(OF_OUTPUT, s.out), 0
            return 0
        size = (s.nbytes + 63) & ~63
        s.buf = 1
        for k in range(<int> len(self.free_memory)):
            at, length = self.free_memory[k]
            if length >= size:
                s.off = at
                if length == size:
                    del self.free_memory[k]
                else:
                    self.free_memory[k] = (at + size, length - size)
                return 0
        s.off = self.top
        self.top += size
        return 0

    cdef int release(self, Storage s) except -1:
        cdef cnp.npy_intp size = (s.nbytes + 63) & ~63, at = s.off, before, length
        cdef int low = 0, high = <int> len(self.free_memory), middle
        if s.buf != 1 or size == 0:
            return 0
        while low < high:
            middle = (low + high) // 2
            if self.free_memory[middle][0] < at:
                low = middle + 1
            else:
                high = middle
        if low < <int> len(self.free_memory) and self.free_memory[low][0] == at + size:
            size += self.free_memory[low][1]
            del self.free_memory[low]
        if low > 0:
            before, length = self.free_memory[low - 1]
            if before + length == at:
                self.free_memory[low - 1] = (before, length + size)
                return 0
        self.free_memory.insert(low, (at, size))
        return 0

    cdef tuple where(self, int a):
        """(buffer, offset in bytes) of an operand in memory."""
        cdef int s = self.p.scalar_of(a), r
        cdef Storage storage
        if s >= 0:
            return 0, self.slot(s)
        r = self.p.nd[a].root
        if self.p.nd[r].size == 0:
            return 0, 0
        storage = self.p.storage_of(r)
        self.locate(storage)
        return storage.buf, storage.off + <cnp.npy_intp> self.p.layout(a)[0] * self.p.nd[r].item

    cdef Window window(self, int a):
        """An operand or result as an array."""
        cdef Window w = Window.__new__(Window)
        cdef tuple shape = self.p.shape[a], strides = self.p.layout(a)[1]
        cdef int k, item = self.p.nd[a].item
        cdef cnp.npy_intp low = 0, high = 0, step
        w.buf, w.off = self.where(a)
        w.nd = <int> len(shape)
        w.dtype = self.p.dtype[a]
        for k in range(w.nd):
            w.dims[k] = shape[k]
            w.strides[k] = <cnp.npy_intp> strides[k] * item
            step = (w.dims[k] - 1) * w.strides[k]
            if step < 0:
                low += step
            else:
                high += step
        w.span_low = -low
        w.span = high - low + item
        if self.p.nd[a].size == 0:
            w.span_low = w.span = 0
        return w

    cdef const cnp.npy_intp *intern(self, tuple steps) except NULL:
        cdef cnp.npy_intp *at
        cdef int k
        found = self.interned.get(steps)
        if found is None:
            at = <cnp.npy_intp *> self.memory(sizeof(cnp.npy_intp) * (len(steps) + 4))
            for k in range(<int> len(steps)):
                at[k] = steps[k]
            found = self.interned[steps] = <size_t> at
        return <const cnp.npy_intp *> <size_t> found

    cdef int more(self, void *data, tuple steps) except -1:
        """The number of what a loop of single numbers gets beside its operands."""
        key = (<size_t> data, steps)
        found = self.mores.get(key)
        if found is None:
            found = self.mores[key] = len(self.mores)
        return found

    cdef pg_more *all_more(self) except NULL:
        cdef pg_more *at = <pg_more *> self.memory(sizeof(pg_more) * <size_t> len(self.mores))
        cdef int k
        for k, (data, steps) in enumerate(self.mores):
            at[k].data, at[k].steps = <void *> <size_t> data, self.intern(steps)
        return at

    # ---- groups ----

    cdef int emit(self) except -1:
        cdef Planner p = self.p
        cdef Group g
        cdef Storage s
        cdef list ends = [None] * len(p.groups)
        cdef int k, a
        for s in p.storages:
            if not s.external and s.out < 0 and s.last >= 0:
                if ends[s.last] is None:
                    ends[s.last] = []
                (<list> ends[s.last]).append(s)
        for k in range(<int> len(p.groups)):
            g = p.groups[k]
            for s, x in g.before:
                self.locate(s)
                if type(x) is tuple:
                    self.instr(PG_AROUND, s.buf, s.off, 0, 0, s.nbytes, self.frame_of(x, s.nbytes))
                elif x is None:
                    self.instr(PG_ZERO, s.buf, s.off, 0, 0, s.nbytes, NULL)
                else:
                    buf, off = self.where(x)
                    self.instr(PG_COPY, s.buf, s.off, buf, off, s.nbytes, NULL)
            if g.kind == GROUP_SCALARS:
                self.emit_scalars(g)
            elif g.kind == GROUP_REGION:
                self.emit_region(g)
            elif g.kind == GROUP_PYTHON:
                self.emit_python(g)
            elif g.kind == GROUP_CALLS:
                self.emit_calls(g)
            elif g.kind == GROUP_SCAN:
                self.emit_scan(g)
            else:
                self.emit_guard(g)
            if ends[k] is not None:
                for s in <list> ends[k]:
                    self.release(s)
        return 0

    cdef void *frame_of(self, tuple window, cnp.npy_intp nbytes) except NULL:
        """What `pg_clear_around` is told: of (offset, shape, strides, bytes of an element)."""
        cdef pg_frame *f = <pg_frame *> self.memory(sizeof(pg_frame))
        cdef tuple dims = window[1], strides = window[2]
        cdef cnp.npy_intp item = window[3]
        cdef int k
        f.nd, f.off, f.total = <int> len(dims) - 1, window[0] * item, nbytes
        f.width = dims[f.nd] * item
        f.dims = <cnp.npy_intp *> self.memory(sizeof(cnp.npy_intp) * <size_t> (f.nd + 1))
        f.strides = <cnp.npy_intp *> self.memory(sizeof(cnp.npy_intp) * <size_t> (f.nd + 1))
        for k in range(f.nd):
            f.dims[k], f.strides[k] = dims[k], strides[k] * item
        return f

    cdef int emit_scalars(self, Group g) except -1:
        cdef Py_ssize_t n = len(g.members), i
        cdef pg_scalar *q
        cdef pg_scalar *first
        cdef int v, s, k
        cdef node_t *d
        cdef Loop loop
        cdef tuple args
        if n == 0:
            return 0
        first = q = <pg_scalar *> self.memory(sizeof(pg_scalar) * <size_t> n)
        for i in range(n):
            v = g.members[i]
            d = &self.p.nd[v]
            args = self.p.args[v]
            if d.op == APPLY:
                loop = self.p.loops[v]
                q.a = self.slot(args[0])
                if loop.nin > 1:
                    q.b = self.slot(args[1])
                if loop.nin > 2:
                    q.c = self.slot(args[2])
                q.o = self.slot(v)
                if loop.scalar >= 0:
                    q.op = loop.scalar
                    if q.op == PG_S_KERNEL:             # where of 16 bytes
                        q.u.fn = loop.fn
                        q.more = self.more(NULL, (0, 0, 0, 0))
                    elif q.op == PG_S_PY_CALL1:
                        q.u.math = <pg_math> loop.math
                else:
                    q.op = PG_S_LOOP1 + loop.nin - 1
                    q.u.loop = loop.loop
                    q.more = self.more(loop.data, self.p.attr[v])
                for s in args:
                    self.used(s)
            elif d.op == CAST or d.op == COPYING:
                s = args[0]
                q.a, q.o = self.slot(s), self.slot(v)
                if self.p.nd[s].type == d.type and d.item <= 8:
                    q.op = PG_S_MOVE
                else:
                    q.op = PG_S_KERNEL
                    q.u.fn = pg_copy_16 if self.p.nd[s].type == d.type else pg_find_cast(self.p.nd[s].type, d.type)
                    q.more = self.more(NULL, (0, 0, 0, 0))
                self.used(s)
            elif d.op == WRITE or d.op == ADD_TO:
                s = args[1]
                q.a = self.slot(s)
                q.o, off = self.where(v)
                q.u.off = off + self.p.attr[v][0] * d.item
                q.op = PG_S_ADD_TO_D if d.op == ADD_TO else PG_S_STORE1 + power_of(d.item)
                self.used(s)
            else:                                       # an input of one element, or an element of an array
                if d.op == VIEW:
                    k, off = self.where_memory(v)
                else:
                    k, off = self.p.storage_of(v).buf, 0
                q.a, q.u.off = k, off
                q.o = self.slot(v)
                q.op = PG_S_LOAD1 + power_of(d.item)
            q += 1
        return self.instr(PG_SCALARS, 0, 0, 0, 0, n, first)

    cdef tuple where_memory(self, int v):
        """(buffer, offset in bytes) of an element of an array."""
        cdef Storage s = self.p.storage_of(self.p.nd[v].root)
        self.locate(s)
        return s.buf, s.off + <cnp.npy_intp> self.p.attr[v][0] * self.p.nd[v].item

    cdef int emit_python(self, Group g) except -1:
        cdef PythonStep step = g.what
        cdef int a, v = g.node
        step.operands = [self.window(a) for a in <tuple> self.p.args[v]]
        if step.kind == "call":
            step.results = [None if a < 0 else self.window(a) for a in self.p.call_items[v]]
        else:
            step.results = [self.window(v)]
        self.steps.append(step)
        self.instr(PG_PYTHON, <int> len(self.steps) - 1, 0, 0, 0, 0, NULL)
        return self.used_all(v)

    cdef int used_all(self, int v) except -1:
        cdef int a, s
        for a in <tuple> self.p.args[v]:
            s = self.p.scalar_of(a)
            if s >= 0:
                self.used(s)
        return 0

    cdef int emit_calls(self, Group g) except -1:
        cdef pg_calls *r = <pg_calls *> self.memory(sizeof(pg_calls))
        cdef int v = g.node, k, i, item = self.p.nd[v].item
        cdef Loop loop
        cdef cnp.npy_intp *at
        if g.what[0] == "linalg":
            return self.emit_linalg(v, r, g.what[1], g.what[2], g.what[3])
        name, initial, copies, calls = g.what
        d = self.p.dtype[v]
        if calls is None:
            return self.emit_lanes(v, name, initial, copies)
        if name == "matmul":
            r.loop, r.data = product_loop(d)
            r.nargs, r.ndims, r.nsteps = 3, 4, 9
            places = (*self.p.args[v], v)
        else:
            loop = loop_of(name, (d, d), self.p.ufunc_of, self.p.of_scipy)
            if loop.loop == NULL:
                raise AssertionError(name)
            r.loop, r.data = loop.loop, loop.data
            r.nargs, r.ndims, r.nsteps = 3, 1, 3
            places = (v, self.p.args[v][0], v)
        for k in range(3):
            buf, off = self.where(places[k])
            r.buf[k], r.off[k] = buf, off
        r.width = item
        r.nout = self.p.nd[v].size
        if initial is not None:
            r.fill, r.initial, r.initial_f = 1, initial, initial
        r.ninit = <int> len(copies)
        if r.ninit:
            r.init = at = <cnp.npy_intp *> self.memory(sizeof(cnp.npy_intp) * <size_t> (2 * r.ninit))
            for i, (a, b) in enumerate(copies):
                at[2 * i], at[2 * i + 1] = a * item, b * item
        r.ncalls = <int> len(calls)
        k = r.nargs + r.ndims + r.nsteps
        r.calls = at = <cnp.npy_intp *> self.memory(sizeof(cnp.npy_intp) * <size_t> (k * (r.ncalls + 1)))
        for call in calls:
            for i in range(k):
                at[i] = call[i] if r.nargs <= i < r.nargs + r.ndims else call[i] * item
            # of a matmul the first three steps are of the outer loop; all are in bytes
            at += k
        work = sum([call[r.nargs] * (call[4] * call[5] * call[6] if r.ndims > 1 else 1) for call in calls])
        self.instr(PG_CALLS, 0, 0, 0, 0, min(work, <cnp.npy_intp> 1 << 60), r)
        return self.used_all(v)

    cdef int emit_linalg(self, int v, pg_calls *r, str name, int other, list calls) except -1:
        """A function of numpy.linalg: its loop, called on one stack of matrices after the other."""
        cdef int k, i, size
        cdef cnp.npy_intp *at
        cdef list places = list(self.p.args[v])
        places += [v, other] if name == "slogdet.sign" else [other, v] if name == "slogdet.log" else [v]
        found, r.ndims = linear_loops[name]
        r.loop, r.data = <cnp.PyUFuncGenericFunction> <size_t> found[0], <void *> <size_t> found[1]
        r.nargs = <int> len(places)
        r.nsteps = <int> len(calls[0]) - r.nargs - r.ndims
        for k in range(r.nargs):
            buf, off = self.where(places[k])
            r.buf[k], r.off[k] = buf, off
        r.width, r.nout, r.ncalls = 8, self.p.nd[v].size, <int> len(calls)
        size = r.nargs + r.ndims + r.nsteps
        r.calls = at = <cnp.npy_intp *> self.memory(sizeof(cnp.npy_intp) * <size_t> (size * (r.ncalls + 1)))
        for call in calls:
            for i in range(size):
                at[i] = call[i] if r.nargs <= i < r.nargs + r.ndims else call[i] * 8
            at += size
        self.instr(PG_CALLS, 0, 0, 0, 0, sum([c[r.nargs] * (c[r.nargs + 1] ** 3 + 100) for c in calls]), r)
        return self.used_all(v)

    cdef int emit_lanes(self, int v, str name, object initial, tuple lanes) except -1:
        """A reduction along neighbouring axes of an array in C order."""
        cdef pg_reduce *r = <pg_reduce *> self.memory(sizeof(pg_reduce))
        cdef object d = self.p.dtype[v]
        cdef Loop loop = loop_of(name, (d, d), self.p.ufunc_of, self.p.of_scipy)
        if loop.loop == NULL:
            raise AssertionError(name)
        r.loop, r.data = loop.loop, loop.data
        buf, off = self.where(self.p.args[v][0])
        r.x, r.off_x = buf, off
        buf, off = self.where(v)
        r.o, r.off_o = buf, off
        r.width, r.fill, r.adding, r.short_sums = self.p.nd[v].item, initial is not None, name == "add", SHORT_SUMS
        if r.fill:
            r.initial, r.initial_f = initial, initial
        r.outer, r.m, r.inner = lanes
        self.instr(PG_LANES, 0, 0, 0, 0, r.outer * r.m * r.inner, r)
        return self.used_all(v)

    cdef int emit_scan(self, Group g) except -1:
        cdef pg_scan *r = <pg_scan *> self.memory(sizeof(pg_scan))
        cdef int v = g.node, x = self.p.args[v][0], k
        cdef tuple shape = self.p.shape[v]
        name, axis = self.p.attr[v]
        axis = axis + len(shape) if axis < 0 else axis
        r.a, off = self.where(x)
        r.off_a = off
        r.o, off = self.where(v)
        r.off_o = off
        r.product = name == "multiply"
        r.outer = r.inner = 1
        for k in range(<int> len(shape)):
            if k < axis:
                r.outer *= <cnp.npy_intp> shape[k]
            elif k > axis:
                r.inner *= <cnp.npy_intp> shape[k]
        r.m = shape[axis]
        self.instr(PG_ACCUMULATE, 0, 0, 0, 0, self.p.nd[v].size, r)
        return self.used_all(v)

    cdef int emit_guard(self, Group g) except -1:
        cdef pg_guard *r = <pg_guard *> self.memory(sizeof(pg_guard))
        cdef int v = g.node, s = self.p.scalar_of(v)
        cdef bytes seen
        guard = self.p.graph.guards[g.what]
        buf, off = self.where(v)
        r.buf, r.off, r.type = buf, off, self.p.nd[v].type
        if guard.kind == "array":
            r.kind = PG_IS_BYTES
            seen = np.asarray(guard.seen, self.p.dtype[v]).tobytes()
            r.n = self.p.nd[v].size * self.p.nd[v].item
            if len(seen) != r.n:
                raise ShapeError(f"a guard of an array of shape {self.p.shape[v]} has seen one of shape {np.shape(guard.seen)}")
            self.program.keep.append(seen)
            r.bytes = <char *> seen
        else:
            if self.p.nd[v].size != 1 or self.p.dtype[v].kind not in "biuf" or self.p.dtype[v].char in "eg":
                raise ShapeError(f"a guard asks {guard.kind} of an array of shape {self.p.shape[v]} and {self.p.dtype[v]}")
            r.kind = {"bool": PG_IS_BOOL, "int": PG_IS_INT, "float": PG_IS_FLOAT, "finite": PG_IS_FINITE}[guard.kind]
            if guard.kind == "float":
                r.seen = guard.seen
            else:
                r.seen_int = int(guard.seen)
        self.instr(PG_GUARD, g.what, 0, 0, 0, 0, r)
        if s >= 0:
            self.used(s)
        return 0

    # ---- regions ----

    cdef int emit_region(self, Group g) except -1:
        cdef Planner p = self.p
        cdef Region r = Region.__new__(Region)
        cdef pg_region *c
        cdef int v, a, s, k
        r.e = self
        r.g = g
        r.index = p.nd[g.members[0]].group
        c = r.build()
        self.most_slots = max(self.most_slots, c.nviews + c.nregs)
        self.registers = max(self.registers, <size_t> (c.nregs * c.regsize))
        self.instr(PG_REGION, 0, 0, 0, 0, c.total * max(c.nops, 1), c)
        for v in g.members:
            if p.nd[v].op == TAKING:
                if p.nd[p.args[v][0]].size == 1:
                    self.used(p.args[v][0])
            for a in r.operands_of(v):
                s = p.scalar_of(a)
                if s >= 0:
                    self.used(s)
        return 0


cdef int power_of(int size) noexcept:
    return 0 if size == 1 else 1 if size == 2 else 2 if size == 4 else 3 if size == 8 else 4


cdef (cnp.PyUFuncGenericFunction, void *) product_loop(object dtype) except *:
    cdef cnp.ufunc u = <cnp.ufunc> np.matmul
    cdef int i
    for i, sig in enumerate(np.matmul.types):
        if sig == dtype.char * 2 + "->" + dtype.char:
            return u.functions[i], (u.data[i] if u.data != NULL else NULL)
    raise AssertionError(dtype)


# ---- the entry ----

planning = Lock()        # what NumPy does is noted in one place


def build(graph, bint exact, ufunc_of, of_scipy, takes, gives):
    """A Program of a graph; ufunc_of: name -> the elementwise function; of_scipy: name -> whether its loops are SciPy's."""
    cdef int collecting
    with planning:
        collecting = PyGC_Disable()             # else it looks through all nodes again and again, and finds nothing
        try:
            return planned(graph, exact, ufunc_of, of_scipy, takes, gives)
        finally:
            if collecting:
                PyGC_Enable()


cdef Planner grouped(Program r, graph, bint exact, ufunc_of, of_scipy):
    """The nodes of a graph in the groups of a program."""
    cdef Planner p = Planner.__new__(Planner)
    p.graph, p.ufunc_of, p.of_scipy, p.exact, p.program = graph, ufunc_of, of_scipy, exact, r
    p.groups, p.storages, p.last_region, p.buffers, p.call_items, p.types, p.twins = [], [], {}, {}, {}, {}, {}
    p.buffer_list = [None, None, None]
    r.keep, r.constants = [], list(graph.constants)
    p.read()
    p.group()
    return p


cdef Program planned(graph, bint exact, ufunc_of, of_scipy, takes, gives):
    cdef Program r = Program.__new__(Program)
    cdef Planner p = grouped(r, graph, exact, ufunc_of, of_scipy)
    cdef Emitter e = Emitter.__new__(Emitter)
    cdef int v, k, o, w, g
    cdef Storage s
    cdef cnp.npy_intp *dims
    # results
    outs = []
    p.now = NEVER
    for k, o in enumerate(graph.outputs):
        if p.nd[o].size == 1 and p.scalar_of(o) >= 0:
            s_ = p.scalar_of(o)
            p.nd[s_].refs += 1
            outs.append((o, s_))
            continue
        w = o
        if p.nd[o].op in (INPUT, CAPTURED, CONSTANT, ZEROS, VIEW) or p.nd[o].size == 0 or p.storage_of(o).out >= 0:
            w = p.new(COPYING, (o,), None, p.shape[o], p.dtype[o])
        s = p.storage_of(w)
        s.out = k
        p.nd[w].mem = 1
        if p.nd[w].group >= 0:
            p.touch(s, p.nd[w].group, None, False)
        p.buffer(OF_OUTPUT, k)
        outs.append((o, -1))
    e.p, e.program = p, r
    e.free_slots, e.free_wide, e.free_memory, e.steps, e.interned, e.mores = [], [], [], [], {}, {}
    e.template = bytearray(16)                  # 16 bytes of zeros
    e.emit()
    # what the program needs to know to run
    r.steps, r.more = e.steps, e.all_more()
    r.code, r.ncode = e.code, e.ncode
    e.code = NULL
    r.nbuf, r.nin, r.nout = <int> len(p.buffer_list), <int> len(graph.inputs), <int> len(graph.outputs)
    r.kind = <int *> calloc(<size_t> r.nbuf + 1, sizeof(int))
    r.place = <int *> calloc(<size_t> r.nbuf + 1, sizeof(int))
    r.in_dims = <cnp.npy_intp **> calloc(<size_t> r.nin + 1, sizeof(void *))
    r.in_nd = <int *> calloc(<size_t> r.nin + 1, sizeof(int))
    r.in_type = <int *> calloc(<size_t> r.nin + 1, sizeof(int))
    r.in_buf = <int *> calloc(<size_t> r.nin + 1, sizeof(int))
    r.in_takes = <PyTypeObject **> calloc(<size_t> r.nin + 1, sizeof(void *))
    r.out_dims = <cnp.npy_intp **> calloc(<size_t> r.nout + 1, sizeof(void *))
    r.out_nd = <int *> calloc(<size_t> r.nout + 1, sizeof(int))
    r.out_type = <int *> calloc(<size_t> r.nout + 1, sizeof(int))
    r.out_buf = <int *> calloc(<size_t> r.nout + 1, sizeof(int))
    r.out_off = <cnp.npy_intp *> calloc(<size_t> r.nout + 1, sizeof(cnp.npy_intp))
    r.out_gives = <int *> calloc(<size_t> r.nout + 1, sizeof(int))
    if (r.kind == NULL or r.place == NULL or r.in_dims == NULL or r.in_nd == NULL or r.in_type == NULL or r.in_buf == NULL
            or r.in_takes == NULL or r.out_dims == NULL or r.out_nd == NULL or r.out_type == NULL or r.out_buf == NULL
            or r.out_off == NULL or r.out_gives == NULL):
        raise MemoryError
    for k in range(3, r.nbuf):
        r.kind[k], r.place[k] = p.buffer_list[k]
    r.input_shapes = [graph.shape[v] for v in graph.inputs]
    r.input_dtypes = [graph.dtype[v] for v in graph.inputs]
    r.takes = tuple(takes) if takes is not None else tuple(
        [float if graph.shape[v] == () and graph.dtype[v] == np.float64 else np.ndarray for v in graph.inputs])
    r.gives = tuple(gives) if gives is not None else (0,) * r.nout
    for k, v in enumerate(graph.inputs):
        r.in_dims[k] = dims_of(e, graph.shape[v])
        r.in_nd[k], r.in_type[k] = <int> len(graph.shape[v]), p.nd[v].type
        r.in_buf[k] = p.buffers.get((OF_INPUT, k), 0)
        r.in_takes[k] = <PyTypeObject *> r.takes[k]
    r.out_dtypes = [graph.dtype[v] for v in graph.outputs]
    for k, (o, w) in enumerate(outs):
        r.out_dims[k] = dims_of(e, graph.shape[o])
        r.out_nd[k], r.out_type[k] = <int> len(graph.shape[o]), p.nd[o].type
        r.out_gives[k] = r.gives[k]
        if w < 0:
            r.out_buf[k] = p.buffers[OF_OUTPUT, k]
        else:
            r.out_off[k] = e.slot(w)
    r.captured = graph.captured
    r.captured_shapes = [a.shape for a in graph.captured]
    r.captured_dtypes = [a.dtype for a in graph.captured]
    r.nslots = e.most_slots
    r.scalars, r.arrays, r.registers = len(e.template), e.top, e.registers
    r.template = bytes(e.template)
    if r.scalars >= 0x7fffffff - 1024:
        raise UnsupportedError("a program of this many numbers")
    r.origin = (graph, exact, ufunc_of, of_scipy)
    return r


cdef cnp.npy_intp *dims_of(Emitter e, tuple shape) except NULL:
    cdef cnp.npy_intp *dims = <cnp.npy_intp *> e.memory(sizeof(cnp.npy_intp) * (len(shape) + 1))
    cdef int k
    for k in range(<int> len(shape)):
        dims[k] = shape[k]
    return dims


cdef list explained(tuple origin):
    """What Program.explain gives."""
    cdef Planner p
    cdef list result = []
    cdef Group g
    cdef int v
    cdef double total = 0, cost
    with planning:
        p = grouped(Program.__new__(Program), origin[0], origin[1], origin[2], origin[3])
    for g in p.groups:
        members = g.members if g.kind in (GROUP_SCALARS, GROUP_REGION) else [g.node]
        if not members:
            continue
        names, cost, why = [], 30.0, None
        size = 1
        for v in members:
            op = p.op[v] if type(p.op[v]) is str else SHORT.get(p.op[v], "copy")
            names.append(p.attr[v] if op == "apply" and type(p.attr[v]) is str else p.loops[v].name if p.loops[v] else op)
        if g.kind == GROUP_SCALARS:
            kind = "numbers"
            cost = sum([4.0 if weight_of(name) < 1 else 15.0 for name in names])
        elif g.kind == GROUP_REGION:
            kind = "fused"
            for n in g.key:
                size *= n
            cost += sum([6.0 + size * weight_of(name) for name in names])
        else:
            kind = {GROUP_PYTHON: "Python", GROUP_GUARD: "guard"}.get(g.kind, "NumPy")
            size = max([p.nd[a].size for a in (*p.args[members[0]], members[0])])
            names = ["guard"] if kind == "guard" else names
            if kind == "Python":
                cost, why = 2000.0 + size, (<PythonStep> g.what).why
            elif kind == "NumPy":
                cost = 30.0 + size * (1.0 if p.nd[members[0]].op == MATMUL else 0.3)
        total += cost
        result.append({"kind": kind, "nodes": [v for v in members if v < p.n], "operations": names, "elements": size,
                       "why": why, "share": cost})
    for entry in result:
        entry["share"] /= total
    return result


SHORT = {FINITE: "finite", VIEW: "load", INPUT: "load", WRITE: "write", ADD_TO: "add", CAST: "cast", COPYING: "copy", APPLY: "apply"}
CHEAP = {"load", "write", "cast", "copy", "take", "put", "finite", "maximum", "minimum", *EXACT}


cdef double weight_of(name):
    """About how many nanoseconds one element of an elementwise function takes."""
    return 0.2 if name in CHEAP else 1.0 if name in ("divide", "sqrt", "reciprocal") else 4.0
