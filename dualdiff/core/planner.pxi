# planner.pxi: from the nodes of a recording to the operations of a program (transforms/program.py says what these are).
#
# While a program is made, the form of a node is a `Terms`, a sum that is not computed yet, or a `Part` of a buffer.
# Included by _core.pyx after plan.pxi and tape.pxi.

cdef enum:
    MOST_TERMS = 12

cdef Py_ssize_t FOREVER = 1 << 60


class NotPlainError(Exception):
    """A recording that is not all finite float64 numbers."""


@cython.final
cdef class Buffer:
    """Room for one intermediate result; `slot` is the memory that it shares with others in turn."""

    cdef readonly tuple shape
    cdef readonly Py_ssize_t size
    cdef readonly object slot
    cdef Py_ssize_t first, last     # the operations that touch it; first -1: an input, -2: none yet
    cdef object template
    cdef list users                 # places of the nodes whose forms read it
    cdef bint seen

    def __init__(self, tuple shape):
        self.shape = shape
        self.size = size_of_shape(shape)
        self.first = -2
        self.users = []

    def __reduce__(self):
        return remake_buffer, (self.shape, self.slot)

    def probe(self):
        """An array of this layout that is never touched: where a view of it would lie."""
        if self.template is None:
            self.template = np.empty((1, *self.shape))
        return self.template


def remake_buffer(tuple shape, slot):
    """Puts a pickled buffer together again."""
    cdef Buffer b = Buffer(shape)
    b.slot = slot
    return b


def whole_part(Buffer buffer):
    """A buffer as a part of itself."""
    return Part(buffer, 0, buffer.shape, c_strides(buffer.shape))


@cython.final
cdef class Terms:
    """sum_i coefficient_i * part_i, not yet computed."""

    cdef tuple shape
    cdef list coefficients, parts

    cdef int find(self, Part part) except -2:
        """The place of an equal part; -1: there is none."""
        cdef Part p
        cdef int i
        for i in range(len(self.parts)):
            p = <Part> self.parts[i]
            if p.buffer is part.buffer and p.offset == part.offset and p.strides == part.strides and p.shape == part.shape:
                return i
        return -1

    cdef int add(self, object coefficient, Part part) except -1:
        """One more term; equal parts are joined."""
        cdef int i
        part = <Part> part.spread(self.shape)
        i = self.find(part)
        if i < 0:
            self.coefficients.append(coefficient)
            self.parts.append(part)
        else:
            self.coefficients[i] = self.coefficients[i] + coefficient
        return 0

    cdef list listed(self, tuple shape):
        """(coefficient, part) pairs, broadcast to a shape."""
        if shape == self.shape:
            return list(zip(self.coefficients, self.parts))
        return [(without_lead(c, len(shape)), (<Part> p).spread(shape)) for c, p in zip(self.coefficients, self.parts)]


cdef Terms no_terms(object shape):
    cdef Terms t = Terms.__new__(Terms)
    t.shape = shape
    t.coefficients = []
    t.parts = []
    return t


cdef object without_lead(object c, Py_ssize_t ndim):
    """A coefficient without the leading 1s that NumPy's assignment drops."""
    return c if PyFloat_CheckExact(c) or c.ndim <= ndim else c.reshape(c.shape[c.ndim - ndim:])


cdef object as_coefficient(object d):
    """A partial as a float or a float64 array."""
    if PyFloat_Check(d) or type(d) is int:
        return float(d)
    if cnp.PyArray_CheckExact(d):
        if cnp.PyArray_TYPE(<cnp.ndarray> d) == cnp.NPY_DOUBLE and cnp.PyArray_ISNOTSWAPPED(<cnp.ndarray> d):
            return d
        if d.dtype.kind in "biu":
            return d.astype(FLOAT)
    elif isinstance(d, (np.floating, np.integer)) and np.result_type(d, FLOAT) is FLOAT:
        return float(d)
    raise NotPlainError


@cython.final
cdef class Planner:
    """The operations of one recording.

    Parameters
    ----------
    inputs, outputs : list of Node
        An output is None where it is constant.
    tape : Tape
        What the outputs depend on; it begins at the inputs.
    check : callable
        check(map) raises NotPlainError for a map of another kind that holds other things than finite numbers.
    views : tuple of types
        Classes of other maps that move nothing.

    Attributes
    ----------
    inputs, outputs : list of Part
    operations : list of tuple
    sizes : list of int
        Elements of each slot.
    """

    cdef readonly list inputs, outputs, operations, sizes
    cdef Tape tape
    cdef list order, forms
    cdef bytearray given
    cdef Py_ssize_t *last           # the last operation that reads a node
    cdef int *consumers

    def __dealloc__(self):
        free(self.last)
        free(self.consumers)

    def __init__(self, list inputs, list outputs, Tape tape not None, check, tuple views):
        cdef list order = tape.order
        cdef Py_ssize_t i, j, p, n = len(order)
        cdef Node node
        cdef Part part
        cdef object form
        if self.last != NULL:
            raise TypeError("a Planner plans once")
        for nodes in (order, inputs):
            for o in nodes:
                if (<Node?> o).type_number != cnp.NPY_DOUBLE:
                    raise NotPlainError
        self.order = order
        self.tape = tape
        self.operations = []
        self.forms = [None] * n
        self.given = bytearray(n)
        self.last = <Py_ssize_t *> malloc((n + 1) * sizeof(Py_ssize_t))
        self.consumers = <int *> calloc(n + 1, sizeof(int))
        if self.last == NULL or self.consumers == NULL:
            raise MemoryError
        for i in range(n):
            check_node(<Node> order[i], check)
            self.last[i] = self.tape.last[i]
            for j in range(self.tape.start[i], self.tape.start[i + 1]):
                p = self.tape.parent[j]
                if p >= 0 and (j == self.tape.start[i] or self.fresh_parent(i, j)):
                    self.consumers[p] += 1
        for at in self.tape.find(outputs):
            if at is not None:
                p = at
                self.last[p] = FOREVER
                self.consumers[p] += 1
        self.inputs = []
        for node, at in zip(inputs, self.tape.find(inputs)):
            part = <Part> whole_part(Buffer(node.shape))
            (<Buffer> part.buffer).first = -1
            self.inputs.append(part)
            if at is not None:
                self.forms[at] = part
                self.given[at] = 1
        with np_errstate(all="ignore"):
            for i in range(n):
                if self.given[i]:
                    continue
                form = self.convert(<Node> order[i], i, views)
                self.forms[i] = form
                self.note(i, form)
                for j in range(self.tape.start[i], self.tape.start[i + 1]):
                    p = self.tape.parent[j]
                    if p >= 0 and self.last[p] == i and not self.given[p]:
                        self.forms[p] = None
            self.outputs = []
            for at in self.tape.find(outputs):
                self.outputs.append(None if at is None else self.part_of(at))
        self.share_slots()

    cdef bint fresh_parent(self, Py_ssize_t i, Py_ssize_t j) noexcept:
        """Whether parent j of node i is not one of those before."""
        cdef Py_ssize_t k
        for k in range(self.tape.start[i], j):
            if self.tape.parent[k] == self.tape.parent[j]:
                return False
        return True

    cdef int note(self, Py_ssize_t i, object form) except -1:
        """Remembers that node i reads buffers, which may be overwritten."""
        if type(form) is Part:
            (<Buffer> (<Part> form).buffer).users.append(i)
        else:
            for p in (<Terms> form).parts:
                (<Buffer> (<Part> p).buffer).users.append(i)
        return 0

    # ---- operations ----

    cdef int touch(self, Part part) except -1:
        """The buffer of a part lives at least until the next operation."""
        cdef Buffer buffer = <Buffer> part.buffer
        if buffer.first == -2:
            buffer.first = len(self.operations)
        buffer.last = len(self.operations)
        return 0

    cdef int combine(self, Part target, list terms) except -1:
        """Emits target = sum of terms."""
        cdef Part extra
        while len(terms) > MOST_TERMS:      # join the first ones in a buffer of their own
            extra = <Part> whole_part(Buffer(target.shape))
            self.combine(extra, terms[:MOST_TERMS])
            terms = [(1.0, extra)] + terms[MOST_TERMS:]
        self.touch(target)
        for term in terms:
            self.touch(<Part> (<tuple> term)[1])
        self.operations.append(("combine", target, terms))
        return 0

    cdef Part call(self, Node node, Py_ssize_t i):
        """Emits target = map(sources)."""
        cdef list sources = []
        cdef Part out
        cdef Py_ssize_t j
        for j in range(self.tape.start[i], self.tape.start[i + 1]):
            sources.append(None if self.tape.parent[j] < 0 else self.part_of(self.tape.parent[j]))
        out = <Part> whole_part(Buffer(node.shape))
        self.touch(out)
        for s in sources:
            if s is not None:
                self.touch(<Part> s)
        self.operations.append(("call", out, node.map, sources))
        return out

    # ---- from nodes to operations ----

    cdef Part part_of(self, Py_ssize_t p):
        """The tangent of node p in memory."""
        cdef object form = self.forms[p]
        cdef Terms terms
        cdef Part target
        if type(form) is Part:
            return <Part> form
        terms = <Terms> form
        target = <Part> whole_part(Buffer(terms.shape))
        self.combine(target, terms.listed(terms.shape))
        self.forms[p] = target
        self.note(p, target)
        return target

    cdef bint expandable(self, Py_ssize_t p, object d):
        """Whether a consumer with partial d should compute node p's terms itself."""
        cdef Terms terms
        if type(self.forms[p]) is not Terms:
            return False
        terms = <Terms> self.forms[p]
        if len(terms.parts) == 1 and (not PyFloat_CheckExact(d) or PyFloat_CheckExact(terms.coefficients[0])):
            return True     # one coefficient either way
        return self.consumers[p] == 1 and (PyFloat_CheckExact(d) or len(terms.parts) <= 2)

    cdef object convert(self, Node node, Py_ssize_t i, tuple views):
        """The form of a node; emits operations where something must be computed first."""
        cdef Py_ssize_t p = self.tape.parent[self.tape.start[i]] if self.tape.start[i + 1] > self.tape.start[i] else -1
        cdef Py_ssize_t j
        cdef int op = node.op
        cdef object map
        cdef list ds = [], ps = []
        if op == RULE:
            for j in range(node.arity):
                if self.tape.parent[self.tape.start[i] + j] < 0:
                    continue
                d = kept_of(node, j)
                if holds_number(node, j):
                    d = number_of(node, j)
                if d is not None:
                    ds.append(d)
                    ps.append(self.tape.parent[self.tape.start[i] + j])
            return self.elementwise(node.shape, ds, ps)
        if op == INDEX or op == RESHAPE or op == PERMUTE or op == BROADCAST:
            return self.view(node, i, p)
        if op == WRITE or op == WRITE_VIEW:
            return self.write(node, i, None)
        if op == JOIN:
            return self.join(node, i, kept_of(node, 0), kept_of(node, 1))
        if op == GATHER:
            return self.view(node, i, p)
        if op == SELECT and self.selectable(i):
            return self.select(node, i, kept_of(node, 0))
        if op != OTHER:
            return self.call(node, i)
        map = node.rest
        if map is None:
            return no_terms(node.shape)         # zero
        kind = type(map)
        if kind is Elementwise:
            for j, d in enumerate(map.partials):
                if d is not None and self.tape.parent[self.tape.start[i] + j] >= 0:
                    ds.append(as_coefficient(d))
                    ps.append(self.tape.parent[self.tape.start[i] + j])
            return self.elementwise(node.shape, ds, ps)
        if kind in views:
            return self.view(node, i, p)
        if kind is SetView:
            return self.write(node, i, map.view)
        return self.call(node, i)

    cdef object view(self, Node node, Py_ssize_t i, Py_ssize_t p):
        """Another view of what node p is."""
        cdef object form = self.forms[p]
        cdef Part part, seen
        if type(form) is Terms and not (<Terms> form).parts:
            return no_terms(node.shape)
        part = self.part_of(p)
        seen = None
        if node.op == INDEX and simple_key(kept_of(node, 0)):
            seen = part.indexed(expand_key(kept_of(node, 0), len(part.shape)))
        elif node.op == RESHAPE and part.in_c_order():
            seen = Part(part.buffer, part.offset, node.shape, c_strides(node.shape))
        elif node.op == PERMUTE:
            axes = [a % len(part.shape) for a in kept_of(node, 0)]
            seen = Part(part.buffer, part.offset, tuple([part.shape[a] for a in axes]),
                        tuple([part.strides[a] for a in axes]))
        else:
            seen = part.through(node.map)
        return self.call(node, i) if seen is None else seen

    cdef Terms elementwise(self, tuple shape, list ds, list ps):
        """The sum of partials times parents."""
        cdef Terms total = no_terms(shape), terms
        cdef int k, j, n = len(ds), turn
        cdef list ready = [self.expandable(ps[k], ds[k]) for k in range(n)]
        cdef bint joins
        # what expands comes first: x + sin(x) is one term of what x is, once sin(x) has brought that term
        for turn in range(2):
            for k in range(n):
                if ready[k] is (turn == 1):
                    continue
                form = self.forms[<Py_ssize_t> ps[k]]   # in s*s the first s may have put a long sum s into memory
                if type(form) is Terms:
                    terms = <Terms> form
                    joins = terms.shape == total.shape
                    for j in range(len(terms.parts)):
                        joins = joins and total.find(<Part> terms.parts[j]) >= 0
                    if joins or ready[k] and len(terms.parts) + len(total.parts) <= MOST_TERMS:
                        for j in range(len(terms.parts)):
                            # 0 stays 0 beside an infinity, as on the way forward
                            total.add(coefficient_product(ds[k], terms.coefficients[j]), <Part> terms.parts[j])
                        continue
                total.add(ds[k], self.part_of(ps[k]))
        return total

    cdef bint selectable(self, Py_ssize_t i):
        cdef Py_ssize_t j, p
        for j in range(self.tape.start[i], self.tape.start[i + 1]):
            p = self.tape.parent[j]
            if p >= 0 and (self.consumers[p] != 1 or type(self.forms[p]) is not Terms):
                return False
        return True

    cdef Terms select(self, Node node, Py_ssize_t i, mask):
        """np.where: coefficients are chosen, not multiplied, so that nothing unchosen comes through."""
        cdef Terms total = no_terms(node.shape), terms
        cdef Py_ssize_t j, k, p
        for j in range(2):
            p = self.tape.parent[self.tape.start[i] + j]
            if p >= 0:
                terms = <Terms> self.forms[p]
                chosen = np.logical_not(mask) if j else mask
                for k in range(len(terms.parts)):
                    total.add(np.where(chosen, terms.coefficients[k], 0.0), <Part> terms.parts[k])
        return total

    cdef list terms_for(self, Py_ssize_t p, tuple shape, Buffer target):
        """What to combine for node p in a place of a shape (p < 0: zero)."""
        cdef list terms
        cdef Part extra
        if p < 0:
            return []
        form = self.forms[p]
        if type(form) is Terms and self.consumers[p] == 1:
            terms = (<Terms> form).listed(shape)
        else:
            terms = [(1.0, self.part_of(p).spread(shape))]
        if target is not None:
            for term in terms:
                if (<Part> (<tuple> term)[1]).buffer is target:
                    extra = <Part> whole_part(Buffer(shape))        # it reads what it overwrites
                    self.combine(extra, terms)
                    return [(1.0, extra)]
        return terms

    cdef Part join(self, Node node, Py_ssize_t i, Py_ssize_t axis, shapes):
        """np.concatenate."""
        cdef Part out = <Part> whole_part(Buffer(node.shape)), target
        cdef Py_ssize_t j, start = 0
        cdef tuple shape
        for j in range(len(shapes)):
            shape = <tuple> shapes[j]
            target = Part(out.buffer, out.offset + start * <Py_ssize_t> out.strides[axis], shape, out.strides)
            self.combine(target, self.terms_for(self.tape.parent[self.tape.start[i] + j], shape, None))
            start += <Py_ssize_t> shape[axis]
        return out

    cdef Part write(self, Node node, Py_ssize_t i, view):
        """x[key] = y: in the place of x if nothing reads the old content later.  view: a map, where it is no index."""
        cdef Py_ssize_t x = self.tape.parent[self.tape.start[i]], y = self.tape.parent[self.tape.start[i] + 1], user
        cdef Part out, target
        cdef Buffer buffer
        cdef object form = None if x < 0 else self.forms[x]
        if x >= 0 and self.last[x] == i and type(form) is Terms:
            out = self.part_of(x)
        elif (x >= 0 and self.last[x] == i and (<Part> form).is_whole()
                and (<Buffer> (<Part> form).buffer).first != -1):
            out = <Part> form
        else:
            out = <Part> whole_part(Buffer(node.shape))
            self.combine(out, self.terms_for(x, node.shape, None))
        buffer = <Buffer> out.buffer
        for o in list(buffer.users):        # what is still to be read is saved first
            user = o
            if user != x and self.last[user] > i and self.reads(user, buffer):
                self.save(user)
        buffer.users = []
        if view is None and simple_key(kept_of(node, 0)):
            target = out.indexed(expand_key(kept_of(node, 0), len(out.shape)))
        else:
            target = out.through(written_view(node) if view is None else view)
        self.combine(target, self.terms_for(y, target.shape, buffer))
        return out

    cdef bint reads(self, Py_ssize_t p, Buffer buffer):
        cdef object form = self.forms[p]
        if type(form) is Part:
            return (<Part> form).buffer is buffer
        for part in (<Terms> form).parts:
            if (<Part> part).buffer is buffer:
                return True
        return False

    cdef int save(self, Py_ssize_t p) except -1:
        """Copies a node's tangent out of a buffer that is about to change."""
        cdef object form = self.forms[p]
        cdef Part target
        cdef tuple shape = (<Part> form).shape if type(form) is Part else (<Terms> form).shape
        target = <Part> whole_part(Buffer(shape))
        self.combine(target, [(1.0, form)] if type(form) is Part else (<Terms> form).listed(shape))
        self.forms[p] = target
        self.note(p, target)
        return 0

    # ---- memory ----

    cdef int share_slots(self) except -1:
        """Gives each buffer a slot; buffers of one size that are not needed at once share one."""
        cdef Py_ssize_t end = len(self.operations), slot
        cdef Buffer buffer
        cdef list buffers = [], busy = []
        cdef dict free_slots = {}
        for part in self.inputs + [p for p in self.outputs if p is not None]:
            buffer = <Buffer> (<Part> part).buffer
            if buffer.first == -2:
                buffer.first = -1
            buffer.last = end
            add_buffer(buffers, <Part> part)
        for operation in self.operations:
            add_buffer(buffers, <Part> (<tuple> operation)[1])
            if (<tuple> operation)[0] == "combine":
                for term in <list> (<tuple> operation)[2]:
                    add_buffer(buffers, <Part> (<tuple> term)[1])
            else:
                for s in <list> (<tuple> operation)[3]:
                    if s is not None:
                        add_buffer(buffers, <Part> s)
        for part in self.inputs:
            (<Buffer> (<Part> part).buffer).first = -1
        self.sizes = []
        for _, _, o in sorted([((<Buffer> b).first, k, b) for k, b in enumerate(buffers)]):
            buffer = <Buffer> o
            while busy and busy[0][0] < buffer.first:
                _, slot, size = heappop(busy)
                free_slots.setdefault(size, []).append(slot)
            found = free_slots.get(buffer.size)
            if found:
                buffer.slot = found.pop()
            else:
                buffer.slot = len(self.sizes)
                self.sizes.append(buffer.size)
            heappush(busy, (buffer.last, buffer.slot, buffer.size))
            buffer.template = None
            buffer.users = []
        return 0


cdef int add_buffer(list buffers, Part part) except -1:
    cdef Buffer buffer = <Buffer> part.buffer
    if not buffer.seen:
        buffer.seen = True
        buffers.append(buffer)
    return 0


cdef object written_view(Node node):
    """What a write goes through, where its key is no plain one."""
    map = node.map
    if node.op == WRITE_VIEW:
        return map.view
    return Index(map.key, (np.broadcast_to(0.0, node.shape),), np.broadcast_to(0.0, map.in_shapes[1]))


cdef int check_node(Node node, check) except -1:
    """Raises NotPlainError where a program would meet something else than finite float64 numbers."""
    cdef int j
    cdef object c
    if node.op == RULE:
        for j in range(node.arity):
            if holds_number(node, j):
                if not isfinite(number_of(node, j)):
                    raise NotPlainError     # where it meets a 0, reachability decides (walks.py)
                continue
            c = kept_of(node, j)
            if c is not None and (cnp.PyArray_TYPE(<cnp.ndarray> c) != cnp.NPY_DOUBLE or not all_finite(c)):
                raise NotPlainError
    elif node.op == PRODUCT:
        for c in (kept_of(node, 0), kept_of(node, 1)):
            if c is not None and not all_finite(c):
                raise NotPlainError
    elif node.op == OTHER and node.rest is not None:
        check(node.rest)
    return 0
