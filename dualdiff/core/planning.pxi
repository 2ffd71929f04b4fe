# From a graph to a program, in one pass over its nodes that groups them, and one over the groups that writes the code.
#
# A group is a region (elementwise nodes of one shape, fused), a run of nodes of one element, or an instruction of its own.
# Groups run in their order; a node goes to the last group of its shape if all that it needs is there or before, else to
# a new one.  What a region does with memory that it also writes is allowed only where the order of its blocks gives the
# same as the order of its operations (`clash`).

cdef enum:
    INPUT, CAPTURED, CONSTANT, ZEROS, VIEW, APPLY, CAST, COPYING, WRITE, ADD_TO, TAKING, PUTTING, PUT_ADD, REDUCE, SCAN
    MATMUL, LINALG, JOIN, CALLING, ITEM, EMPTY, FINITE
    GROUP_SCALARS, GROUP_REGION, GROUP_PYTHON, GROUP_CALLS, GROUP_SCAN, GROUP_GUARD
    NEVER = 0x7fffffff
    MOST = 160                  # members of a region
    BLOCK = 1024

cdef cnp.npy_intp LARGEST = <cnp.npy_intp> 1 << 56         # elements of an array: no count of bytes overflows

CODES = {
    "input": INPUT, "captured": CAPTURED, "constant": CONSTANT, "zeros": ZEROS, "view": VIEW, "apply": APPLY, "cast": CAST,
    "copy": COPYING, "write": WRITE, "add": ADD_TO, "take": TAKING, "put": PUTTING, "put_add": PUT_ADD, "reduce": REDUCE,
    "scan": SCAN, "matmul": MATMUL, "linalg": LINALG, "join": JOIN, "call": CALLING, "item": ITEM}
cdef dict codes = CODES
cdef list WANTED = [-1] * 32                # arguments of each operation
for _op, _count in ((INPUT, 0), (CAPTURED, 0), (CONSTANT, 0), (ZEROS, 0), (VIEW, 1), (CAST, 1), (COPYING, 1), (WRITE, 2),
                    (ADD_TO, 2), (TAKING, 2), (PUTTING, 3), (PUT_ADD, 3), (REDUCE, 1), (SCAN, 1), (MATMUL, 2), (ITEM, 1)):
    WANTED[_op] = _count

cdef struct node_t:
    int op, root, group, storage, last_use, refs, slot, type, item
    char need, reg, mem, output
    cnp.npy_intp size

@cython.final
cdef class Group:
    cdef int kind, node
    cdef list members           # nodes
    cdef tuple key
    cdef list before            # (storage, None) to be zeroed, (storage, node) to begin as a copy
    cdef object what            # PythonStep or other data


@cython.final
cdef class Storage:
    """Memory of a dense node, and of those that overwrite it in place."""
    cdef int buf, out, first, last, wgroup, agroup
    cdef cnp.npy_intp off, nbytes
    cdef list writes, accesses  # in the group of the last write, and in the group of the last access
    cdef bint external


cdef tuple key_of(tuple shape):
    """A shape without its ones: what elementwise nodes must have in common to be fused."""
    cdef object n
    for n in shape:
        if n == 1:
            return tuple([m for m in shape if m != 1])
    return shape


cdef tuple plain(tuple shape):
    """Strides, in elements, of C order."""
    cdef list result = [0] * len(shape)
    cdef cnp.npy_intp step = 1
    cdef int k
    for k in range(<int> len(shape) - 1, -1, -1):
        result[k] = step
        step *= <cnp.npy_intp> shape[k]
    return tuple(result)


cdef bint clash(object one, object two, tuple key):
    """Whether an access may not follow another, which is a write or which it overwrites, within one region.

    An access is (offset, strides), or None where its places are not known.
    """
    cdef cnp.npy_intp o1, o2, span1 = 0, span2 = 0, inner = 0, s, g = 0, n
    cdef int k
    cdef tuple s1, s2
    cdef bint same
    if one is None or two is None:
        return True
    o1, s1 = one
    o2, s2 = two
    for k in range(<int> len(key)):
        n = key[k]
        s = s1[k]
        if s < 0:
            return True
        span1 += (n - 1) * s
        g = gcd(g, s)
        s = s2[k]
        if s < 0:
            return True
        span2 += (n - 1) * s
        g = gcd(g, s)
    if o1 + span1 < o2 or o2 + span2 < o1:
        return False
    if g > 1 and (o2 - o1) % g:
        return False
    if s1 != s2 or o2 > o1:
        return True
    for k in range(<int> len(key) - 1, -1, -1):         # the places must grow with the order of the region
        s = s1[k]
        if s <= inner:
            return True
        inner += (<cnp.npy_intp> key[k] - 1) * s
    return False


cdef cnp.npy_intp gcd(cnp.npy_intp a, cnp.npy_intp b) noexcept:
    while b:
        a, b = b, a % b
    return a


@cython.final
cdef class Planner:
    cdef object graph, ufunc_of, of_scipy
    cdef bint exact
    cdef int n, capacity, now
    cdef node_t *nd
    cdef list op, args, attr, shape, dtype, loops
    cdef list groups, storages
    cdef dict last_region
    cdef int last_scalar
    cdef dict buffers           # (kind, place) -> number
    cdef list buffer_list
    cdef dict call_items        # call -> its items
    cdef dict types             # dtype -> (type number, size)
    cdef dict twins             # a node that need not be exact -> the exact one that takes its place
    cdef Program program

    def __dealloc__(self):
        free(self.nd)

    # ---- nodes ----

    cdef int grow(self) except -1:
        cdef node_t *bigger
        cdef int capacity = self.capacity * 2 + 64
        bigger = <node_t *> realloc(self.nd, sizeof(node_t) * <size_t> capacity)
        if bigger == NULL:
            raise MemoryError
        self.nd = bigger
        self.capacity = capacity
        return 0

    cdef int read_node(self, int v) except -1:
        """Fills in what the lists say of a node."""
        cdef node_t *p = &self.nd[v]
        cdef object n
        cdef cnp.npy_intp length
        cdef tuple shape = self.shape[v]
        p.op = codes[self.op[v]] if type(self.op[v]) is str else self.op[v]
        if self.twins:
            self.args[v] = tuple([self.twins.get(a, a) for a in <tuple> self.args[v]])
        if p.op == APPLY and v < self.n and (<str> self.attr[v]).startswith("near."):
            self.read_near(v)
            p.op = codes[self.op[v]]
        p.root = v
        if p.op == VIEW:
            if len(self.args[v]) != 1 or not 0 <= <int> (<tuple> self.args[v])[0] < v:
                raise ShapeError(f"node {v} of the graph is a view of nothing")
            p.root = (<tuple> self.args[v])[0]
        p.group, p.storage, p.refs, p.slot = -1, -1, 0, -1
        p.need = p.reg = p.mem = p.output = 0
        p.last_use = -1
        p.size = 1
        for n in shape:
            length = n
            if length < 0 or length > 0 and p.size > LARGEST // length:
                raise ShapeError(f"an array of shape {shape} in a graph")
            p.size *= length
        if len(shape) > 64:
            raise ShapeError(f"an array of {len(shape)} axes in a graph")
        known = self.types.get(self.dtype[v])
        if known is None:
            d = self.dtype[v]
            if d.hasobject and p.op != CALLING or not d.isnative:
                raise UnsupportedError(f"a program has arrays of numbers, not of {d}")
            known = self.types[d] = (d.num, d.itemsize)
        p.type, p.item = known
        return 0

    cdef int read_near(self, int v) except -1:
        """A function that need not be exact, where the exact one is there already: that one."""
        found = self.graph.find("apply", self.args[v], self.attr[v][5:], self.shape[v], self.dtype[v])
        if found is not None and found < v:
            self.op[v], self.args[v], self.twins[v] = "view", (found,), found
            self.attr[v] = (0, tuple([0 if n == 1 else s for n, s in zip(self.shape[v], plain(self.shape[v]))]))
        return 0

    cdef int new(self, int op, tuple args, object attr, tuple shape, object dtype) except -1:
        """A node of the planner's own, placed at once."""
        cdef int v = <int> len(self.op)
        self.op.append(op)
        self.args.append(args)
        self.attr.append(attr)
        self.shape.append(shape)
        self.dtype.append(dtype)
        self.loops.append(None)
        if v >= self.capacity:
            self.grow()
        self.read_node(v)
        self.nd[v].need = 1
        self.nd[v].last_use = self.now
        self.place(v)
        return v

    cdef int scalar_of(self, int a) noexcept:
        """The node whose slot holds all that an operand has: one element; -1 if it has several."""
        cdef int r = self.nd[a].root
        if self.nd[r].size == 1:
            return r
        return a if self.nd[a].size == 1 else -1

    cdef tuple layout(self, int a):
        """(offset, strides) of a node in its dense node, in elements."""
        return self.attr[a] if self.nd[a].op == VIEW else (0, plain(self.shape[a]))

    cdef tuple fit(self, int a, tuple shape):
        """(offset, strides along the axes of a shape that are longer than 1) of an operand that is broadcast to it."""
        cdef object off
        cdef tuple strides, own = self.shape[a]
        cdef int lead = <int> len(shape) - <int> len(own), k
        cdef list result = []
        off, strides = self.layout(a)
        for k in range(<int> len(shape)):
            if shape[k] == 1:
                continue
            if k < lead or own[k - lead] == 1:
                result.append(0)
            else:
                result.append(strides[k - lead])
        return off, tuple(result)

    cdef bint aligned(self, int a, tuple shape, tuple key):
        """Whether an operand is its whole dense node, element for element in the order of a region of a shape."""
        cdef int r = self.nd[a].root
        if a == r:
            return self.shape[a] is shape or self.shape[a] == shape or key_of(self.shape[a]) == key
        if self.nd[a].size != self.nd[r].size:
            return False
        return self.fit(a, shape) == (0, plain(key))

    # ---- storage ----

    cdef Storage new_storage(self, cnp.npy_intp nbytes):
        cdef Storage s = Storage.__new__(Storage)
        s.buf = s.out = -1
        s.first = s.last = s.wgroup = s.agroup = -1
        s.nbytes = nbytes
        s.writes, s.accesses = [], []
        self.storages.append(s)
        return s

    cdef int buffer(self, int kind, int place) except -1:
        key = (kind, place)
        found = self.buffers.get(key)
        if found is None:
            found = self.buffers[key] = len(self.buffer_list)
            self.buffer_list.append(key)
        return found

    cdef Storage storage_of(self, int r):
        """The memory of a dense node."""
        cdef Storage s
        cdef node_t *p = &self.nd[r]
        if p.storage >= 0:
            return self.storages[p.storage]
        s = self.new_storage(p.size * p.item)
        self.nd[r].storage = <int> len(self.storages) - 1
        if p.op == INPUT or p.op == CAPTURED or p.op == CONSTANT:
            s.external = True
            s.buf = self.buffer({INPUT: OF_INPUT, CAPTURED: OF_CAPTURED, CONSTANT: OF_CONSTANT}[p.op], self.attr[r])
            s.off = 0
        elif p.op == ZEROS:
            s.first = s.last = s.wgroup = s.agroup = 0
            (<Group> self.groups[0]).before.append((s, None))
        else:
            s.first = s.last = s.wgroup = s.agroup = p.group
            s.writes.append(None)
            s.accesses.append(None)
        return s

    cdef int touch(self, Storage s, int g, object access, bint write) except -1:
        """Notes an access of a group."""
        if s.external:
            return 0
        if s.first < 0 or g < s.first:
            s.first = g
        if g > s.last:
            s.last = g
        if g > s.agroup:
            s.agroup = g
            s.accesses = [access]
        elif g == s.agroup:
            s.accesses.append(access)
        if write:
            if g > s.wgroup:
                s.wgroup = g
                s.writes = [access]
            else:
                s.writes.append(access)
        return 0

    # ---- groups ----

    cdef int new_group(self, int kind, int node=-1, tuple key=None) except -1:
        cdef Group g = Group.__new__(Group)
        g.kind, g.node, g.key = kind, node, key
        g.members = []
        g.before = []
        self.groups.append(g)
        return <int> len(self.groups) - 1

    cdef int dep_scalar(self, int s) noexcept:
        """The first group where a scalar group may use what one element's node gives."""
        cdef int g = self.nd[s].group
        return g if g == self.last_scalar else g + 1

    cdef int scalar_group(self, int earliest) except -1:
        if self.last_scalar < earliest:
            self.last_scalar = self.new_group(GROUP_SCALARS)
        return self.last_scalar

    cdef int place_scalar(self, int v, int earliest) except -1:
        """A node of one element, of arguments of one element."""
        cdef int a, s, g
        cdef list slots = []
        for a in <tuple> self.args[v]:
            s = self.scalar_of(a)
            slots.append(s)
            g = self.dep_scalar(s)
            if g > earliest:
                earliest = g
            self.nd[s].refs += 1
        g = self.scalar_group(earliest)
        (<Group> self.groups[g]).members.append(v)
        self.nd[v].group = g
        self.args[v] = tuple(slots)
        return g

    cdef int dep(self, int a, int g, tuple shape, tuple key) except -2:
        """The first group where an operand may be used; g is the region that it may be in."""
        cdef int r, s = self.scalar_of(a), made
        cdef Storage storage
        if s >= 0:
            return self.nd[s].group + 1
        r = self.nd[a].root
        made = self.nd[r].group
        if made < 0 or made != g:
            return made + 1
        if self.nd[r].reg:
            return g if self.aligned(a, shape, key) else g + 1
        storage = self.storage_of(r)
        if storage.wgroup == g:
            access = self.fit(a, shape)
            for other in storage.writes:
                if clash(other, access, key):
                    return g + 1
        return g

    cdef int use(self, int a, int g, tuple shape, tuple key, bint region, bint zero) except -1:
        """Notes that a group uses an operand; zero: zeros need no memory."""
        cdef int s = self.scalar_of(a), r
        if s >= 0:
            self.nd[s].refs += 1
            return 0
        r = self.nd[a].root
        if self.nd[r].op == ZEROS and zero:
            return 0
        if region and self.nd[r].reg and self.nd[r].group == g and self.aligned(a, shape, key):
            return 0
        self.nd[r].mem = 1
        self.touch(self.storage_of(r), g, self.fit(a, shape) if region else None, False)
        return 0

    cdef int region_of(self, tuple key) except -2:
        found = self.last_region.get(key)
        if found is None:
            return -1
        if len((<Group> self.groups[found]).members) >= MOST:
            return -1
        return found

    cdef int place_region(self, int v, tuple shape, bint zero) except -1:
        """An elementwise node."""
        cdef tuple key = key_of(shape), args = self.args[v]
        cdef int g = self.region_of(key), earliest = 0, a, d
        for a in args:
            d = self.dep(a, g, shape, key)
            if d > earliest:
                earliest = d
        g = self.enter(v, g, earliest, key)
        for a in args:
            self.use(a, g, shape, key, True, zero)
        self.nd[v].reg = self.nd[v].size > 1
        return g

    cdef int enter(self, int v, int g, int earliest, tuple key) except -1:
        """Puts a node into a region, or into a new one."""
        if g < earliest or g < 0:
            g = self.last_region[key] = self.new_group(GROUP_REGION, -1, key)
        (<Group> self.groups[g]).members.append(v)
        self.nd[v].group = g
        return g

    cdef int place_alone(self, int v, int kind, object what) except -1:
        """An instruction of its own, at the end."""
        cdef int g = self.new_group(kind, v), a
        (<Group> self.groups[g]).what = what
        for a in <tuple> self.args[v]:
            self.use(a, g, None, None, False, False)
        self.nd[v].group = g
        if self.nd[v].size > 1:
            self.nd[v].mem = 1
            self.touch(self.storage_of(v), g, None, True)
        return g

    cdef int place_python(self, int v, str why, object function=None) except -1:
        cdef PythonStep step = PythonStep.__new__(PythonStep)
        step.kind = self.op[v] if type(self.op[v]) is str else NAMES[self.op[v]]
        step.function, step.attr, step.why = function, self.attr[v], why
        return self.place_alone(v, GROUP_PYTHON, step)

    # ---- one node ----

    cdef int place(self, int v) except -1:
        cdef node_t *p = &self.nd[v]
        cdef int op = p.op, r
        cdef Storage s
        if op == CONSTANT or op == ZEROS or op == EMPTY:
            return 0
        if op == INPUT or op == CAPTURED:
            if p.size == 1:
                self.storage_of(v)
                p.group = 0                     # loaded before everything else
                (<Group> self.groups[0]).members.append(v)
            return 0
        if op == CALLING:
            self.place_call(v)
            return 0
        if op == ITEM:
            self.place_item(v)
            return 0
        if op == VIEW:
            r = p.root
            if p.size == 1 and self.nd[r].size > 1:
                self.place_load(v, r)
            return 0
        if p.size == 0:
            return 0
        if op == APPLY:
            self.place_apply(v)
        elif op == CAST or op == COPYING:
            self.place_cast(v)
        elif op == WRITE or op == ADD_TO:
            self.place_write(v)
        elif op == TAKING:
            self.place_take(v)
        elif op == PUTTING or op == PUT_ADD:
            self.place_put(v)
        elif op == REDUCE:
            self.place_reduce(v)
        elif op == SCAN:
            self.place_scan(v)
        elif op == MATMUL:
            self.place_matmul(v)
        elif op == LINALG:
            self.place_linalg(v)
        elif op == FINITE:
            self.place_region(v, self.shape[v], False)
        elif op == JOIN:
            self.place_join(v)
        else:
            raise AssertionError(op)
        return 0

    cdef int place_load(self, int v, int r) except -1:
        """One element of an array."""
        cdef Storage s
        cdef int g
        if self.nd[r].op == ZEROS:
            return 0
        s = self.storage_of(r)
        g = self.nd[r].group
        if g >= 0 and (g != self.last_scalar):
            g += 1
        g = self.scalar_group(max(g, 0))
        (<Group> self.groups[g]).members.append(v)
        self.nd[v].group = g
        self.nd[r].mem = 1
        self.touch(s, g, None, False)
        return 0

    cdef int as_type(self, int a, object dtype) except -1:
        """An operand in a dtype."""
        cdef object value
        if self.dtype[a] == dtype:
            return a
        if self.nd[a].op == CONSTANT:
            with np.errstate(all="ignore"):
                value = np.asarray(self.graph.constants[self.attr[a]]).astype(dtype)
            return self.new_constant(np.ascontiguousarray(value).reshape(self.shape[a]))
        if self.nd[a].op == ZEROS:
            return self.new(ZEROS, (), None, self.shape[a], dtype)
        return self.new(CAST, (a,), None, self.shape[a], dtype)

    cdef int new_constant(self, object value) except -1:
        self.program.constants.append(value)
        return self.new(CONSTANT, (), len(self.program.constants) - 1, value.shape, value.dtype)

    cdef int place_apply(self, int v) except -1:
        cdef tuple args = self.args[v], shape = self.shape[v]
        cdef int a, k
        cdef bint one = self.nd[v].size == 1, converted = False
        cdef str name = self.attr[v]
        cdef Loop loop
        if not self.exact and name in NEAR:
            name = "near." + name
        if name.startswith("near.") and (one or name[5:] not in NEAR):
            name = name[5:]                     # a single number needs no SIMD
        loop = loop_of(name, tuple([self.dtype[a] for a in args]), self.ufunc_of, self.of_scipy)
        if loop.types is None:
            if name.startswith(("operator.", "math.")):
                return self.place_python(v, "a function of Python floats", of_python(loop.name))
            return self.place_python(v, "no loop of NumPy's takes these types", loop.ufunc)
        if loop.types[-1] != self.dtype[v]:
            k = self.new(APPLY, args, name, shape, loop.types[-1])
            self.args[v] = (k,)
            self.nd[v].op = CAST
            self.op[v] = "cast"
            return self.place_cast(v)
        for k in range(loop.nin):
            if self.dtype[args[k]] != loop.types[k]:
                converted = True
        if not one and self.exact and not loop.exact:
            if converted or not self.in_line(args, shape):
                return self.place_python(v, "its bits may depend on the layout: NumPy takes it as it lies", loop.ufunc)
        if converted:
            args = self.args[v] = tuple([self.as_type(args[k], loop.types[k]) for k in range(loop.nin)])
            if any([self.dtype[args[k]] != loop.types[k] for k in range(loop.nin)]):
                return self.place_python(v, "types", loop.ufunc)
        self.loops[v] = loop
        if one:
            if loop.scalar < 0:
                self.attr[v] = self.scalar_steps(loop, args)
                if self.attr[v] is None:
                    return self.place_python(v, "no steps", loop.ufunc)
            return self.place_scalar(v, 0)
        return self.place_region(v, shape, loop.exact)

    cdef object scalar_steps(self, Loop loop, tuple args):
        """The steps, in bytes, that NumPy's loop gets for one element."""
        cdef int a
        steps = steps_of(tuple([(self.shape[a], self.layout(a)[1]) for a in args]))
        if steps is None:
            return None
        return tuple([s * t.itemsize for s, t in zip(steps, loop.types)])

    cdef bint in_line(self, tuple args, tuple shape):
        """Whether NumPy calls the loop with the steps that a region would: contiguous, and 0 for single numbers."""
        cdef int a
        cdef bint all_plain = True
        for a in args:
            if not (self.nd[a].op != VIEW and (self.shape[a] == shape or self.shape[a] == ())):
                all_plain = False
                break
        if all_plain:
            return True
        steps = steps_of(tuple([(self.shape[a], self.layout(a)[1]) for a in args]))
        if steps is None or steps[-1] != 1:
            return False
        for k, a in enumerate(args):
            if self.scalar_of(a) >= 0:
                if steps[k] != 0:
                    return False
            elif steps[k] != 1 or self.fit(a, shape)[1][-1] != 1:       # NumPy may turn axes around, a region does not
                return False
        return True

    cdef int place_cast(self, int v) except -1:
        cdef int a = self.args[v][0]
        cdef bint same = self.dtype[a] == self.dtype[v]
        if not same and pg_find_cast(self.nd[a].type, self.nd[v].type) == NULL or same and self.nd[v].item not in COPY:
            return self.place_python(v, "a conversion that NumPy does")
        if self.nd[v].size == 1:
            return self.place_scalar(v, 0)
        return self.place_region(v, self.shape[v], True)

    cdef int place_write(self, int v) except -1:
        cdef int x, y, g, earliest, d, s, w
        cdef cnp.npy_intp off, size = 1, last
        cdef tuple wshape, strides, key, access, ys
        cdef Storage storage
        cdef bint whole, in_place, one, adding = self.nd[v].op == ADD_TO
        cdef object n, at
        x, y = self.args[v]
        off, wshape, strides = self.attr[v]
        for n in wshape:
            size *= <cnp.npy_intp> n
        if size == 0:
            self.nd[v].op, self.op[v], self.args[v] = COPYING, "copy", (x,)
            return self.place_cast(v)
        self.check_window(x, off, wshape, strides)
        if adding and (self.nd[x].type != cnp.NPY_DOUBLE and self.nd[x].type != cnp.NPY_FLOAT or self.nd[x].size == 1
                       or self.dtype[y] != self.dtype[x] or size == 1 and self.nd[x].type == cnp.NPY_FLOAT):
            w = self.new(VIEW, (x,), (off, strides), wshape, self.dtype[x])
            y = self.new(APPLY, (w, y), "add", wshape, np.result_type(self.dtype[x], self.dtype[y]))
            adding = False
        y = self.as_type(y, self.dtype[x])
        one = self.nd[x].size == 1
        if one:
            # the last element written counts
            if self.nd[y].size > 1 and self.scalar_of(y) < 0:
                at, ys = self.layout(y)
                last = at
                for n, d in zip(self.shape[y], ys):
                    last += (<cnp.npy_intp> n - 1) * d
                y = self.new(VIEW, (self.nd[y].root,), (last, (0,) * len(self.shape[v])), self.shape[v], self.dtype[x])
            self.nd[v].op, self.op[v], self.args[v] = COPYING, "copy", (y,)
            return self.place_cast(v)
        self.nd[v].op = ADD_TO if adding else WRITE
        self.args[v] = (x, y)
        key = key_of(wshape)
        access = (off, tuple([st for n, st in zip(wshape, strides) if n != 1]))
        whole = not adding and off == 0 and size == self.nd[x].size and access[1] == plain(key)
        in_place = self.may_overwrite(x)
        if size == 1 and self.scalar_of(y) >= 0:
            s = self.scalar_of(y)
            earliest = self.dep_scalar(s)
            if in_place:
                storage = self.storage_of(x)
                d = storage.agroup if storage.agroup == self.last_scalar else storage.agroup + 1
                if d > earliest:
                    earliest = d
            else:
                earliest = max(earliest, self.nd[x].group + 1)
            g = self.scalar_group(earliest)
            (<Group> self.groups[g]).members.append(v)
            self.nd[v].group = g
            self.nd[s].refs += 1
            self.args[v] = (x, s)
            self.own(v, x, g, None, in_place, whole)
            return 0
        g = self.region_of(key)
        earliest = self.dep(y, g, wshape, key)
        if in_place:
            storage = self.storage_of(x)
            if self.nd[y].root == x:            # read while it is overwritten
                in_place = False
        if in_place:
            d = storage.agroup
            if d != g:
                d += 1
            else:
                for other in storage.accesses:
                    if clash(other, access, key):
                        d = g + 1
                        break
        else:
            d = self.nd[x].group + 1
        g = self.enter(v, g, max(earliest, d), key)
        self.use(y, g, wshape, key, True, True)
        self.own(v, x, g, access, in_place, whole, None if adding else key)
        return 0

    cdef int check_window(self, int x, cnp.npy_intp off, tuple shape, tuple strides) except -1:
        """Raises where a window does not lie in its array."""
        cdef cnp.npy_intp low = off, high = off, n, s
        if len(shape) != len(strides):
            raise ShapeError(f"a window of shape {shape} has strides {strides}")
        for n, s in zip(shape, strides):
            if n < 1 or s > LARGEST // n or s < -(LARGEST // n):
                raise ShapeError(f"a window of shape {shape} and strides {strides}")
            if s < 0:
                low += (n - 1) * s
            else:
                high += (n - 1) * s
        if low < 0 or high >= self.nd[self.nd[x].root].size:
            raise ShapeError(f"a window of shape {shape}, offset {off} and strides {strides} does not lie in an array of shape "
                             f"{self.shape[self.nd[x].root]}")
        return 0

    cdef bint may_overwrite(self, int x):
        """Whether the memory of x may become its successor's: nobody needs x any more."""
        cdef node_t *p = &self.nd[x]
        if p.op == EMPTY:
            return False
        return (p.op != INPUT and p.op != CAPTURED and p.op != CONSTANT and p.op != ZEROS and p.op != VIEW
                and p.last_use <= self.now and not p.output)

    cdef object around(self, object access, tuple key, int item):
        """A window of which only what lies around it must be cleared: (offset, shape, strides, bytes of an element).

        None for another one: its rows must lie without gaps and one behind the other, and be long.
        """
        cdef cnp.npy_intp span = 1, s
        cdef int k
        if access is None or not key or key[len(key) - 1] * item < 256:
            return None
        for k in range(<int> len(key) - 1, -1, -1):
            s = access[1][k]
            if s < span or k == <int> len(key) - 1 and s != 1:
                return None
            span += (<cnp.npy_intp> key[k] - 1) * s
        return access[0], key, access[1], item

    cdef int own(self, int v, int x, int g, object access, bint in_place, bint whole, tuple key=None) except -1:
        """Gives a node that overwrites x its memory: that of x, or its own that begins as a copy.

        key: the shape of a window that is written as a whole.
        """
        cdef Storage s
        if in_place:
            s = self.storage_of(x)
            self.nd[x].mem = 1
            self.nd[v].storage = self.nd[x].storage
        else:
            s = self.new_storage(self.nd[v].size * self.nd[v].item)
            self.nd[v].storage = <int> len(self.storages) - 1
            if self.nd[x].op == EMPTY or whole:
                pass
            elif self.nd[x].op == ZEROS:
                around = None if key is None else self.around(access, key, self.nd[v].item)
                (<Group> self.groups[g]).before.append((s, around))
            else:
                (<Group> self.groups[g]).before.append((s, x))
                self.nd[x].mem = 1
                self.touch(self.storage_of(x), g, None, False)
        self.touch(s, g, access, True)
        self.nd[v].mem = 1
        return 0

    cdef int dense(self, int x) except -1:
        """An operand as a dense node."""
        if self.nd[x].op == VIEW and not (self.nd[x].size == self.nd[self.nd[x].root].size
                                          and self.fit(x, self.shape[x]) == (0, plain(key_of(self.shape[x])))):
            return self.new(COPYING, (x,), None, self.shape[x], self.dtype[x])
        return self.nd[x].root

    cdef int place_take(self, int v) except -1:
        cdef int x, i, g, earliest, d
        cdef tuple shape = self.shape[v], key = key_of(shape)
        x, i = self.args[v]
        if self.nd[x].item not in COPY or self.nd[x].size == 0:
            return self.place_python(v, "a type of its own")
        x = self.dense(x)
        i = self.as_type(i, np.dtype(np.int64))
        if self.dtype[i] != np.int64:
            return self.place_python(v, "indices that are not integers")
        self.args[v] = (x, i)
        g = self.region_of(key)
        earliest = self.dep(i, g, shape, key)
        d = self.nd[x].group + 1                # all of it must be there
        g = self.enter(v, g, max(earliest, d), key)
        self.use(i, g, shape, key, True, False)
        if self.nd[x].size == 1:
            self.nd[x].refs += 1
        else:
            self.nd[x].mem = 1
            self.touch(self.storage_of(x), g, None, False)
        self.nd[v].reg = self.nd[v].size > 1
        return 0

    cdef int place_put(self, int v) except -1:
        cdef int x, i, y, g, earliest, d
        cdef tuple shape, key
        cdef Storage s
        cdef bint adding = self.nd[v].op == PUT_ADD, in_place
        x, i, y = self.args[v]
        shape = self.shape[i]
        if self.nd[i].size == 0:
            self.nd[v].op, self.op[v], self.args[v] = COPYING, "copy", (x,)
            return self.place_cast(v)
        i = self.as_type(i, np.dtype(np.int64))
        y = self.as_type(y, self.dtype[x])
        self.args[v] = (x, i, y)
        key = key_of(shape)
        if (self.nd[x].item not in COPY or self.nd[x].size == 1 or self.dtype[i] != np.int64 or len(self.shape[y]) > len(shape)
                or adding and self.nd[x].type != cnp.NPY_DOUBLE and self.nd[x].type != cnp.NPY_FLOAT
                or self.dtype[y] != self.dtype[x]):
            return self.place_python(v, "a put that NumPy does")
        g = self.region_of(key)
        earliest = max(self.dep(i, g, shape, key), self.dep(y, g, shape, key))
        in_place = self.may_overwrite(x) and self.nd[y].root != x and self.nd[i].root != x
        if in_place:
            d = self.storage_of(x).agroup + 1
        else:
            d = self.nd[x].group + 1
        g = self.enter(v, g, max(earliest, d), key)
        self.use(i, g, shape, key, True, False)
        self.use(y, g, shape, key, True, True)
        self.own(v, x, g, None, in_place, False)
        return 0

    cdef int place_join(self, int v) except -1:
        """Parts written one after another into an array that begins as nothing."""
        cdef int x, base, axis = self.attr[v], place = 0, part
        cdef cnp.npy_intp at = 0
        cdef tuple shape = self.shape[v], strides = plain(shape)
        cdef list parts = [x for x in <tuple> self.args[v] if self.nd[x].size]
        if self.nd[v].size == 1:
            self.args[v] = (parts[0],)
            self.nd[v].op, self.op[v] = CAST, "cast"
            return self.place_cast(v)
        base = self.new(EMPTY, (), None, shape, self.dtype[v])
        if axis < 0:
            axis += len(shape)
        for place, x in enumerate(parts):
            attr = (at * <cnp.npy_intp> strides[axis], self.shape[x], strides)
            at += <cnp.npy_intp> self.shape[x][axis]
            if place < len(parts) - 1:
                base = self.new(WRITE, (base, x), attr, shape, self.dtype[v])
            else:
                self.args[v], self.attr[v] = (base, x), attr
                self.nd[v].op, self.op[v] = WRITE, "write"
                self.place_write(v)
        return 0

    cdef int place_reduce(self, int v) except -1:
        cdef int x = self.args[v][0]
        plan = None
        if self.dtype[x] == self.dtype[v] and self.nd[x].size and self.nd[v].type in (cnp.NPY_DOUBLE, cnp.NPY_FLOAT):
            plan = plan_reduce(self.attr[v], self.shape[x], self.layout(x)[1], self.nd[x].op != VIEW)
        if plan is None:
            return self.place_python(v, "a reduction that NumPy does", getattr(np, self.attr[v][0]))
        return self.place_alone(v, GROUP_CALLS, plan)

    cdef int place_matmul(self, int v) except -1:
        cdef int a, b
        a, b = self.args[v]
        plan = None
        if self.dtype[a] == self.dtype[b] == self.dtype[v] and self.nd[v].type in (cnp.NPY_DOUBLE, cnp.NPY_FLOAT):
            if self.nd[a].size and self.nd[b].size:
                plan = plan_matmul(self.shape[a], self.layout(a)[1], self.shape[b], self.layout(b)[1])
        if plan is None:
            return self.place_python(v, "a product that NumPy does")
        return self.place_alone(v, GROUP_CALLS, plan)

    cdef int place_linalg(self, int v) except -1:
        """A function of numpy.linalg, by its own loop."""
        cdef tuple args = self.args[v], batch
        cdef str name = self.attr[v]
        cdef int a, other = -1, g
        plan = None
        if name in linear_loops and all([self.dtype[a] == FLOAT for a in args]) and self.dtype[v] == FLOAT:
            batch = self.shape[v] if name in PLAIN_RESULTS else self.shape[v][:-2]
            plan = plan_linear(name, batch, [(self.shape[a], self.layout(a)[1]) for a in args])
        if plan is None:
            return self.place_python(v, "many matrices, or of a type of its own", self.ufunc_of("linalg." + name))
        if name.startswith("slogdet."):                         # the result that is not asked for
            other = self.new(EMPTY, (), None, self.shape[v], FLOAT)
        self.place_alone(v, GROUP_CALLS, ("linalg", name, other, plan))
        if other >= 0 and self.nd[other].size > 1:
            g = self.nd[v].group
            self.nd[other].mem = 1
            self.touch(self.storage_of(other), g, None, True)
        return 0

    cdef int place_scan(self, int v) except -1:
        cdef int x = self.args[v][0]
        cdef str name = self.attr[v][0]
        if (name == "add" or name == "multiply") and self.nd[v].type == cnp.NPY_DOUBLE and self.dtype[x] == self.dtype[v]:
            x = self.dense(x)
            self.args[v] = (x,)
            return self.place_alone(v, GROUP_SCAN, None)
        return self.place_python(v, "a scan that NumPy does", getattr(np, name))

    cdef int place_call(self, int v) except -1:
        cdef PythonStep step = PythonStep.__new__(PythonStep)
        cdef int g = self.new_group(GROUP_PYTHON, v), a
        what = self.attr[v]
        step.kind, step.function, step.why = "call", what.function, f"{what.name}: a function of Python's"
        (<Group> self.groups[g]).what = step
        for a in <tuple> self.args[v]:
            self.use(a, g, None, None, False, False)
        self.nd[v].group = g
        self.call_items[v] = [-1] * len(what.shapes)
        return 0

    cdef int place_item(self, int v) except -1:
        cdef int call = self.args[v][0], g = self.nd[call].group
        self.nd[v].group = g
        (<list> self.call_items[call])[self.attr[v]] = v
        if self.nd[v].size > 1:
            self.nd[v].mem = 1
            self.touch(self.storage_of(v), g, None, True)
        return 0

    cdef int place_guard(self, int k, int v) except -1:
        cdef int g, s
        if self.nd[v].size == 0:
            return 0
        if self.graph.guards[k].kind == "finite":
            if self.nd[v].type != cnp.NPY_DOUBLE and self.nd[v].type != cnp.NPY_FLOAT:
                raise ShapeError(f"a guard asks whether an array of {self.dtype[v]} is finite")
            if self.scalar_of(v) < 0:           # seen while the numbers are near the processor
                self.new(FINITE, (v,), k, self.shape[v], self.dtype[v])
                return 0
            v = self.scalar_of(v)
        if self.nd[v].size > 1:
            v = self.dense(v)
        g = self.new_group(GROUP_GUARD, v)
        (<Group> self.groups[g]).what = k
        self.use(v, g, None, None, False, False)
        return 0

    # ---- what a graph must keep, as a damaged one would read and write elsewhere ----

    cdef int broken(self, int v, str why) except -1:
        shapes = [self.shape[a] for a in self.args[v] if 0 <= a < v]
        raise ShapeError(f"node {v} of the graph, {self.op[v]} of {shapes} to {self.shape[v]}: {why}")

    cdef bint fits(self, int a, tuple shape):
        """Whether an operand can be broadcast to a shape, and has no more axes."""
        cdef tuple own = self.shape[a]
        cdef int lead, k
        if own is shape or len(own) == 0 or own == shape:
            return True
        lead = <int> len(shape) - <int> len(own)
        if lead < 0:
            return False
        for k in range(<int> len(own)):
            if own[k] != 1 and own[k] != shape[lead + k]:
                return False
        return True

    cdef int validate(self, int v) except -1:
        cdef tuple args = self.args[v], shape = self.shape[v], strides
        cdef int op = self.nd[v].op, a, b, k, axis, count = <int> len(args)
        cdef object attr = self.attr[v], total
        cdef bint as_large = False
        for a in args:
            if not 0 <= a < v:
                self.broken(v, "an argument that does not come before it")
            if self.nd[a].op == CALLING and op != ITEM:
                self.broken(v, "an argument that is no array")
        if WANTED[op] >= 0 and count != WANTED[op]:
            self.broken(v, "another number of arguments")
        if op == APPLY:
            if not count:
                self.broken(v, "no arguments")
            for a in args:
                if self.shape[a] == shape:
                    as_large = True
                elif not self.fits(a, shape):
                    self.broken(v, "shapes that do not fit")
            if not as_large and np.broadcast_shapes(*[self.shape[a] for a in args]) != shape:
                self.broken(v, "another shape")
        elif op == CAST or op == COPYING or op == SCAN or op == WRITE or op == ADD_TO or op == PUTTING or op == PUT_ADD:
            a = args[0]
            if self.shape[a] != shape or op != CAST and self.dtype[a] != self.dtype[v]:
                self.broken(v, "another shape or dtype")
            if op == WRITE or op == ADD_TO:
                own = self.shape[args[1]]
                while len(own) > len(attr[1]) and own[0] == 1:
                    own = own[1:]
                if self.nd[a].op == VIEW or np.broadcast_shapes(own, attr[1]) != attr[1]:
                    self.broken(v, "what does not fit into the window")
            elif op == PUTTING or op == PUT_ADD:
                if self.nd[a].op == VIEW or not self.fits(args[2], self.shape[args[1]]):
                    self.broken(v, "what does not fit the indices")
            elif op == SCAN and not -<int> len(shape) <= attr[1] < <int> len(shape):
                self.broken(v, "no such axis")
        elif op == TAKING:
            if self.shape[args[1]] != shape or self.dtype[args[0]] != self.dtype[v]:
                self.broken(v, "another shape or dtype")
        elif op == REDUCE:
            own = self.shape[args[0]]
            _, axes, keepdims = attr
            if any([not 0 <= k < <int> len(own) for k in axes]) or len(set(axes)) != len(axes):
                self.broken(v, "no such axes")
            if shape != tuple([1 if k in axes else n for k, n in enumerate(own) if keepdims or k not in axes]):
                self.broken(v, "another shape")
        elif op == MATMUL:
            own, other = self.shape[args[0]], self.shape[args[1]]
            if not own or not other or own[-1] != other[-2 if len(other) > 1 else 0]:
                self.broken(v, "shapes that do not fit")
            if shape != (*np.broadcast_shapes(own[:-2], other[:-2]), *(own[-2:-1] if len(own) > 1 else ()),
                         *(other[-1:] if len(other) > 1 else ())):
                self.broken(v, "another shape")
        elif op == LINALG:
            own, other = self.shape[args[0]], self.shape[args[count - 1]]
            if count != (2 if attr == "solve" else 1) or len(own) < 2 or own[-1] != own[-2] or len(other) < 2:
                self.broken(v, "no such matrices")
            if attr == "solve":
                if other[-2] != own[-1] or shape != (*np.broadcast_shapes(own[:-2], other[:-2]), *other[-2:]):
                    self.broken(v, "shapes that do not fit")
            elif shape != (own[:-2] if attr in PLAIN_RESULTS else own):
                self.broken(v, "another shape")
        elif op == JOIN:
            axis = attr
            if not count or not 0 <= axis < <int> len(shape):
                self.broken(v, "no such axis")
            total = 0
            for a in args:
                own = self.shape[a]
                if len(own) != len(shape) or own[:axis] != shape[:axis] or own[axis + 1:] != shape[axis + 1:]:
                    self.broken(v, "shapes that do not fit")
                total += own[axis]
            if total != shape[axis]:
                self.broken(v, "another shape")
        elif op == ITEM:
            a = args[0]
            if self.nd[a].op != CALLING or not 0 <= attr < len(self.attr[a].shapes):
                self.broken(v, "no such result")
            if shape != tuple(self.attr[a].shapes[attr]) or self.dtype[v] != self.attr[a].dtypes[attr]:
                self.broken(v, "another shape or dtype")
        elif op == VIEW:
            a = args[0]
            if self.nd[a].op == VIEW or self.dtype[a] != self.dtype[v]:
                self.broken(v, "a view of what is not dense")
            if len(attr[1]) != len(shape):
                self.broken(v, "other strides")
            if self.nd[v].size:
                self.check_window(a, attr[0], shape, attr[1])
        elif op == CONSTANT or op == CAPTURED:
            held = self.graph.constants if op == CONSTANT else self.graph.captured
            if not 0 <= attr < len(held) or held[attr].shape != shape or held[attr].dtype != self.dtype[v]:
                self.broken(v, "no such array")
            if op == CONSTANT and not (held[attr].flags.c_contiguous and held[attr].flags.aligned):
                self.broken(v, "an array that is not in C order")
        elif op == INPUT:
            if not 0 <= attr < len(self.graph.inputs) or self.graph.inputs[attr] != v:
                self.broken(v, "no such input")
        return 0

    # ---- the whole ----

    cdef int read(self) except -1:
        """Which nodes are needed, and who uses each last."""
        cdef int v, a, r, i
        cdef object graph = self.graph
        cdef node_t *p
        self.n = <int> len(graph.op)
        self.op, self.args, self.attr = list(graph.op), list(graph.args), list(graph.attr)
        self.shape, self.dtype = list(graph.shape), list(graph.dtype)
        self.loops = [None] * self.n
        self.capacity = self.n + self.n // 4 + 64
        self.nd = <node_t *> calloc(<size_t> self.capacity, sizeof(node_t))
        if self.nd == NULL:
            raise MemoryError
        for v in range(self.n):
            self.read_node(v)
        for v in [*graph.inputs, *graph.outputs, *[g.node for g in graph.guards]]:
            if not 0 <= v < self.n or self.nd[v].op == CALLING:
                raise ShapeError(f"the graph has no array {v}")
        for v in graph.inputs:
            if self.nd[v].op != INPUT:
                raise ShapeError(f"node {v} of the graph is no input")
        for v in graph.outputs:
            self.nd[v].need = 1
            self.nd[self.nd[v].root].last_use = NEVER
            self.nd[v].output = 1
        for guard in graph.guards:
            self.nd[guard.node].need = 1
        for v in range(self.n - 1, -1, -1):
            p = &self.nd[v]
            if not p.need:
                continue
            self.validate(v)
            for a in <tuple> self.args[v]:
                self.nd[a].need = 1
                r = self.nd[a].root
                if self.nd[r].last_use < v and p.op != VIEW:
                    self.nd[r].last_use = v
        return 0

    cdef int group(self) except -1:
        """Every node into its group."""
        cdef int v, k
        cdef dict guards = {}
        for k, guard in enumerate(self.graph.guards):
            guards.setdefault(guard.node, []).append(k)
        self.last_scalar = self.new_group(GROUP_SCALARS)
        for v in range(self.n):
            if not self.nd[v].need:
                continue
            self.now = v
            self.place(v)
            if guards:
                for k in guards.get(v, ()):
                    self.place_guard(k, v)
        return 0


NAMES = {APPLY: "apply", CAST: "cast", COPYING: "cast", LINALG: "linalg", TAKING: "take", PUTTING: "put", PUT_ADD: "put_add"}


def of_python(name):
    """A function of the operator or the math module."""
    kind, name = name.split(".")
    return getattr(_operator if kind == "operator" else _math, name)
