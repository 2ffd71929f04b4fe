# One fused region written as code: its windows of memory, the axes that are merged, its registers and instructions.

@cython.final
cdef class Region:
    """One fused region while its code is written."""
    cdef Emitter e
    cdef Group g
    cdef int index
    cdef list views             # (buffer, offset, strides in bytes)
    cdef dict found             # the same -> number
    cdef list entries           # (node, codes of operands, code of the result); codes: a view, or -1 - node
    cdef pg_region *c
    cdef pg_op *ops
    cdef int nops
    cdef dict loc               # node -> slot
    cdef dict loaded            # view -> slot of its block
    cdef list reg_items         # bytes of an element of each register
    cdef dict reg_free          # size -> free registers
    cdef dict last              # ("node", v) or view -> entry where it is used last

    cdef list operands_of(self, int v):
        """The operands of a member that are taken element by element."""
        cdef int op = self.e.p.nd[v].op
        cdef tuple args = self.e.p.args[v]
        if op == WRITE or op == ADD_TO or op == TAKING:
            return [args[1]]
        if op == PUTTING or op == PUT_ADD:
            return [args[1], args[2]]
        return list(args)

    cdef int view(self, int buf, cnp.npy_intp off, tuple strides) except -1:
        key = (buf, off, strides)
        k = self.found.get(key)
        if k is None:
            k = self.found[key] = len(self.views)
            self.views.append(key)
        return k

    cdef int operand(self, int v, int a, int place, tuple shape, tuple zeros) except? -1:
        cdef Planner p = self.e.p
        cdef int s = p.scalar_of(a), r, op = p.nd[v].op
        cdef bint zero
        cdef Storage storage
        if s >= 0:
            return self.view(0, self.e.slot(s), zeros)
        r = p.nd[a].root
        if p.nd[r].op == ZEROS:
            zero = (<Loop> p.loops[v]).exact if op == APPLY else not (op == TAKING or op != WRITE and op != ADD_TO
                                                                        and op != CAST and op != COPYING and place == 0)
            if zero:
                return self.view(0, 0, zeros)
        if p.nd[r].reg and p.nd[r].group == self.index and p.aligned(a, shape, self.g.key):
            return -1 - r
        storage = p.storage_of(r)
        self.e.locate(storage)
        off, strides = p.fit(a, shape)
        return self.view(storage.buf, storage.off + <cnp.npy_intp> off * p.nd[r].item,
                         tuple([st * p.nd[r].item for st in strides]))

    cdef pg_region *build(self) except NULL:
        cdef Planner p = self.e.p
        cdef tuple key = self.g.key, zeros = (0,) * len(key), shape, codes_, wshape, wstrides
        cdef int v, a, k, i, out, op, x
        cdef Storage storage
        self.views, self.found, self.entries = [], {}, []
        for v in self.g.members:
            op = p.nd[v].op
            if op == WRITE or op == ADD_TO:
                shape = p.attr[v][1]
            elif op == PUTTING or op == PUT_ADD:
                shape = p.shape[p.args[v][1]]
            else:
                shape = p.shape[v]
            codes_ = tuple([self.operand(v, a, k, shape, zeros) for k, a in enumerate(self.operands_of(v))])
            if op == WRITE or op == ADD_TO:
                storage = p.storage_of(v)
                self.e.locate(storage)
                off, wshape, wstrides = p.attr[v]
                out = self.view(storage.buf, storage.off + <cnp.npy_intp> off * p.nd[v].item,
                                tuple([st * p.nd[v].item for n, st in zip(wshape, wstrides) if n != 1]))
            elif op == PUTTING or op == PUT_ADD:
                storage = p.storage_of(v)
                self.e.locate(storage)
                out = self.view(storage.buf, storage.off, zeros)
            elif p.nd[v].size == 1:
                out = self.view(0, self.e.slot(v), zeros)
            elif p.nd[v].mem:
                storage = p.storage_of(v)
                self.e.locate(storage)
                out = self.view(storage.buf, storage.off, tuple([st * p.nd[v].item for st in plain(key)]))
            else:
                out = -1 - v
            if op == TAKING:
                x = p.args[v][0]
                buf, off = self.e.where(x)
                codes_ = (self.view(buf, off, zeros), *codes_)
            self.entries.append((v, codes_, out))
        self.bring_together()
        self.shape_views()
        self.write_ops()
        return self.c

    cdef int bring_together(self) except -1:
        """Functions of the same numbers that one kernel computes together stand side by side."""
        cdef Planner p = self.e.p
        cdef dict first = {}
        cdef int i, v, place
        cdef Loop loop
        for i in range(<int> len(self.entries)):
            v = self.entries[i][0]
            if p.nd[v].op != APPLY or (<Loop> p.loops[v]).joint < 0:
                continue
            loop = p.loops[v]
            place = first.pop((loop.joint, not loop.second, p.args[v][0]), -1)
            if place < 0:
                first[loop.joint, loop.second, p.args[v][0]] = i
                continue
            self.entries.insert(place + 1, self.entries.pop(i))
            first = {key: k + 1 if k > place else k for key, k in first.items()}
        return 0

    cdef bint joins(self, int i):
        """Whether an entry and the next are results of one kernel."""
        cdef Planner p = self.e.p
        cdef Loop one, two
        if i + 1 >= <int> len(self.entries):
            return False
        v, w = self.entries[i][0], self.entries[i + 1][0]
        if p.nd[v].op != APPLY or p.nd[w].op != APPLY or p.args[v][0] != p.args[w][0]:
            return False
        one, two = p.loops[v], p.loops[w]
        return one.joint >= 0 and one.joint == two.joint and one.second != two.second

    cdef int shape_views(self) except -1:
        """Axes merged where one step fits all windows, and the size of the blocks."""
        cdef tuple key = self.g.key, strides
        cdef int nd = <int> len(key), k, j, v, nviews = <int> len(self.views)
        cdef list dims = [], keep = []          # keep: the axes whose strides stand for those merged into them
        cdef cnp.npy_intp total = 1, n
        cdef pg_region *c
        cdef bint merge
        for k in range(nd):
            total *= <cnp.npy_intp> key[k]
            if keep:
                merge = True
                for _, _, strides in self.views:
                    if strides[keep[-1]] != strides[k] * key[k]:
                        merge = False
                        break
                if merge:
                    dims[-1] = dims[-1] * key[k]
                    keep[-1] = k
                    continue
            dims.append(key[k])
            keep.append(k)
        nd = <int> len(dims)
        if nd > 32:
            raise UnsupportedError("a program has arrays of at most 32 axes that cannot be merged")
        self.c = c = <pg_region *> self.e.memory(sizeof(pg_region))
        c.nd, c.nviews, c.total = nd, nviews, total
        c.dims = <cnp.npy_intp *> self.e.memory(sizeof(cnp.npy_intp) * <size_t> nd)
        for k in range(nd):
            c.dims[k] = dims[k]
        c.inner = c.dims[nd - 1] if nd else 1
        c.flat = nd > 1 and c.inner < 256
        c.views = <pg_view *> self.e.memory(sizeof(pg_view) * <size_t> nviews)
        c.strides = <cnp.npy_intp *> self.e.memory(sizeof(cnp.npy_intp) * <size_t> (nviews * nd))
        for v in range(nviews):
            buf, off, strides = self.views[v]
            c.views[v].buf, c.views[v].off = buf, off
            c.views[v].linear = 1
            for k in range(nd):
                c.strides[v * nd + k] = strides[keep[k]]
            for k in range(nd - 1):
                if c.strides[v * nd + k] != c.strides[v * nd + k + 1] * c.dims[k + 1]:
                    c.views[v].linear = 0
        if c.flat:
            self.merge_axes()
        return 0

    cdef int merge_axes(self) except -1:
        """Of each view, the axes along which it is walked: those that one step fits are one."""
        cdef pg_region *c = self.c
        cdef int v, k, m, nd = c.nd
        cdef cnp.npy_intp *dims
        cdef cnp.npy_intp *strides
        cdef cnp.npy_intp step
        c.walk_nd = <int *> self.e.memory(sizeof(int) * <size_t> c.nviews)
        c.walk_dims = <cnp.npy_intp *> self.e.memory(sizeof(cnp.npy_intp) * <size_t> (c.nviews * nd))
        c.walk_strides = <cnp.npy_intp *> self.e.memory(sizeof(cnp.npy_intp) * <size_t> (c.nviews * nd))
        for v in range(c.nviews):
            dims, strides, m = c.walk_dims + v * nd, c.walk_strides + v * nd, 0
            for k in range(nd):
                step = c.strides[v * nd + k]
                if m and strides[m - 1] == step * c.dims[k]:
                    dims[m - 1] *= c.dims[k]
                    strides[m - 1] = step
                else:
                    dims[m], strides[m] = c.dims[k], step
                    m += 1
            c.walk_nd[v] = m
        return 0

    # ---- registers ----

    cdef int new_register(self, int item) except -1:
        cdef list free = self.reg_free.get(item)
        if free:
            return free.pop()
        self.reg_items.append(item)
        return self.c.nviews + <int> len(self.reg_items) - 1

    cdef int free_register(self, int slot) except -1:
        cdef int item = self.reg_items[slot - self.c.nviews]
        self.reg_free.setdefault(item, []).append(slot)
        return 0

    cdef pg_op *op(self, pg_fn fn, int a, int b, int c, int o) except NULL:
        cdef pg_op *q = &self.ops[self.nops]
        self.nops += 1
        q.fn, q.a, q.b, q.c, q.o = fn, a, b, c, o
        return q

    cdef int write_ops(self) except -1:
        cdef Planner p = self.e.p
        cdef pg_region *c = self.c
        cdef tuple codes_
        cdef int v, code, out, k, i, slot, item, op, target, other, joined = -1, nviews = c.nviews
        cdef list slots
        cdef Loop loop
        cdef pg_op *q
        cdef bint direct, exact
        cdef pg_fn fn
        self.ops = <pg_op *> self.e.memory(sizeof(pg_op) * <size_t> (6 * len(self.entries) + 8))
        self.loc, self.loaded, self.reg_items, self.reg_free, self.last = {}, {}, [], {}, {}
        for i, (v, codes_, out) in enumerate(self.entries):
            for code in codes_:
                self.last[code] = i
        for i, (v, codes_, out) in enumerate(self.entries):
            op = p.nd[v].op
            item = p.nd[v].item
            if i == joined:             # the kernel of the entry before has computed it
                self.free_used(codes_, i, item)
                if out < 0 and -1 - v not in self.last:
                    self.free_register(self.loc[v])
                continue
            slots = []
            for k, code in enumerate(codes_):
                if code < 0:
                    slots.append(self.loc[-1 - code])
                elif not c.flat or c.views[code].linear or op == TAKING and k == 0:
                    slots.append(code)
                else:
                    slot = self.loaded.get(code, -1)
                    if slot < 0:
                        width = self.width_of(v, k)
                        slot = self.new_register(width)
                        q = self.op(<pg_fn> <size_t> LOAD[width], code, 0, 0, slot)
                        self.loaded[code] = slot
                    slots.append(slot)
            exact = op != APPLY or (<Loop> p.loops[v]).exact and not (<Loop> p.loops[v]).apart
            if exact:
                self.free_used(codes_, i, item)
            target = out if out >= 0 else slots[0] if op == FINITE else self.new_register(item)
            if op == APPLY and (<Loop> p.loops[v]).joint >= 0 and self.joins(i):
                loop, joined = p.loops[v], i + 1
                w, _, out_w = self.entries[joined]
                other = out_w if out_w >= 0 else self.new_register(item)
                self.loc[v], self.loc[w] = target, other
                self.op(near_kernel(loop.joint), slots[0], 0, target if loop.second else other,
                        other if loop.second else target)
            elif op == APPLY:
                loop = p.loops[v]
                q = self.op(loop.fn, slots[0], slots[1] if loop.nin > 1 else 0, slots[2] if loop.nin > 2 else 0, target)
                q.loop, q.data = loop.loop, loop.data
                self.loc[v] = target
            elif op == CAST or op == COPYING:
                fn = pg_find_cast(p.nd[p.args[v][0]].type, p.nd[v].type)
                if p.nd[p.args[v][0]].type == p.nd[v].type:
                    fn = <pg_fn> <size_t> COPY[item]
                self.op(fn, slots[0], 0, 0, target)
                self.loc[v] = target
            elif op == FINITE:
                q = self.op(pg_finite_d if p.nd[v].type == cnp.NPY_DOUBLE else pg_finite_f, slots[0], 0, 0, target)
                q.extra = p.attr[v]
                continue
            elif op == TAKING:
                q = self.op(<pg_fn> <size_t> TAKE[item], slots[0], slots[1], 0, target)
                q.extra = p.nd[p.args[v][0]].size
                self.loc[v] = target
            elif op == PUTTING or op == PUT_ADD:
                fn = <pg_fn> <size_t> PUT[item]
                if op == PUT_ADD:
                    fn = pg_put_add_d if p.nd[v].type == cnp.NPY_DOUBLE else pg_put_add_f
                q = self.op(fn, slots[0], slots[1], 0, target)
                q.extra = p.nd[v].size
            else:
                direct = not c.flat or c.views[out].linear
                if op == WRITE:
                    fn = <pg_fn> <size_t> (COPY if direct else STORE)[item]
                elif p.nd[v].type == cnp.NPY_DOUBLE:
                    fn = pg_add_to_d if direct else pg_walk_add_d
                else:
                    fn = pg_add_to_f if direct else pg_walk_add_f
                q = self.op(fn, slots[0], 0, 0, target)
                q.extra = 0 if direct else 1
            if not exact:
                self.free_used(codes_, i, item)
            if op == WRITE or op == ADD_TO or op == PUTTING or op == PUT_ADD:
                self.forget_loaded(self.views[out][0])
            if out < 0 and -1 - v not in self.last:
                self.free_register(target)
        self.pair_ops()
        c.ops, c.nops = self.ops, self.nops
        c.nregs = <int> len(self.reg_items)
        c.steps = <cnp.npy_intp *> self.e.memory(sizeof(cnp.npy_intp) * <size_t> (nviews + c.nregs))
        for k in range(nviews):
            c.steps[k] = c.strides[(k + 1) * c.nd - 1] if c.nd else 0
        for k in range(c.nregs):
            c.steps[nviews + k] = self.reg_items[k]
        self.size_blocks()
        return 0

    cdef int pair_ops(self) except -1:
        """Sums, differences and products of which the next instruction alone takes the result become one with it, up to three."""
        cdef pg_op *one
        cdef pg_op *two
        cdef pg_fn fn
        cdef int i, kept = 0, z, count
        for i in range(self.nops):
            if kept:
                one, two = &self.ops[kept - 1], &self.ops[i]
                if one.o >= self.c.nviews and (two.a == one.o) != (two.b == one.o):
                    z = two.b if two.a == one.o else two.a
                    fn = pg_find_pair(one.fn, two.fn, two.a == one.o, &count)
                    if fn != NULL and (two.o == one.o or not self.read_after(one.o, i + 1)) and self.apart(one, count, z, two.o):
                        one.fn, one.o = fn, two.o
                        if count == 2:
                            one.c = z
                        else:
                            one.extra = z
                        continue
            self.ops[kept] = self.ops[i]
            kept += 1
        self.nops = kept
        return 0

    cdef bint read_after(self, int slot, int i) noexcept:
        """Whether instructions from the i-th on read what is in a register now."""
        cdef pg_op *q
        for i in range(i, self.nops):
            q = &self.ops[i]
            if q.a == slot or q.b == slot or q.c == slot:
                return True
            if q.o == slot:
                return False
        return False

    cdef bint apart(self, pg_op *one, int count, int z, int target) noexcept:
        """Whether a result is in no memory from which operands are read in the same pass."""
        cdef int k, buf
        if target >= self.c.nviews:
            return True
        buf = self.c.views[target].buf
        for k in (one.a, one.b, one.c if count == 3 else z, z):
            if k < self.c.nviews and self.c.views[k].buf == buf:
                return False
        return True

    cdef int width_of(self, int v, int k) except -1:
        """Bytes of an element of the k-th operand."""
        cdef Planner p = self.e.p
        cdef int op = p.nd[v].op
        if op == WRITE or op == ADD_TO:
            k += 1
        elif op == PUTTING or op == PUT_ADD:
            k += 1
        return p.nd[p.args[v][k]].item

    cdef int free_used(self, tuple codes_, int i, int item) except -1:
        """Registers that an instruction has read last."""
        cdef int code, slot
        for code in set(codes_):
            if self.last[code] != i:
                continue
            if code < 0:
                slot = self.loc[-1 - code]
                if slot >= self.c.nviews:
                    self.free_register(slot)
            elif code in self.loaded:
                self.free_register(self.loaded.pop(code))
        return 0

    cdef int forget_loaded(self, int buf) except -1:
        """A buffer was written to: what was gathered from it may be old."""
        for code in list(self.loaded):
            if self.views[code][0] == buf:
                self.free_register(self.loaded.pop(code))
        return 0

    cdef int size_blocks(self) except -1:
        """As many elements as keep the registers near the processor."""
        cdef pg_region *c = self.c
        cdef cnp.npy_intp block = BLOCK, pieces, longest = c.total
        if c.nregs > 8:
            block = 512
        if c.nregs > 16:
            block = 256
        if c.nd > 1 and not c.flat:
            longest = c.inner
        if longest > block:
            pieces = (longest + block - 1) // block
            block = ((longest + pieces - 1) // pieces + 15) & ~15
        else:
            block = longest
        c.block = block
        c.regsize = ((block * max([8] + self.reg_items) + 63) & ~63) + 64
        return 0
