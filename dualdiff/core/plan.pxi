# plan.pxi: what making a program spends its time in: the strided parts of buffers, products of coefficients.
# Included by _core.pyx.

cdef object np_multiply = np.multiply


def room_for(tuple shape):
    """An array of float64 numbers that nobody has written yet, in memory that is used again (pool.h)."""
    cdef cnp.npy_intp dims[64]
    cdef Py_ssize_t i, n = len(shape)
    for i in range(n):
        dims[i] = shape[i]
    return pooled(n, dims, cnp.NPY_DOUBLE)


cdef object coefficient_product(d, c):
    """d * c for coefficients (float or float64 array); c comes first on the way forward, so its zeros stay zero."""
    cdef bint finite, nonzero
    cdef double x, y
    if PyFloat_CheckExact(d):
        x = PyFloat_AS_DOUBLE(d)
        if PyFloat_CheckExact(c):
            y = PyFloat_AS_DOUBLE(c)
            return 0.0 if y == 0 else x * y
        if x == 1:
            return c
    elif PyFloat_CheckExact(c) and PyFloat_AS_DOUBLE(c) == 1:
        return d
    if cnp.PyArray_CheckExact(d) and (not cnp.PyArray_CheckExact(c) or (<object> c).shape == (<object> d).shape):
        product = np_multiply(d, c, room_for((<object> d).shape))
    elif cnp.PyArray_CheckExact(c) and not cnp.PyArray_CheckExact(d):
        product = np_multiply(d, c, room_for((<object> c).shape))
    else:
        product = d * c
    look(<cnp.ndarray> product, &finite, &nonzero)
    return product if finite else np.where(c == 0, 0.0, product)


@cython.final
cdef class Part:
    """A strided part of a buffer of a program.

    Parameters
    ----------
    buffer : object
        With `size`, `slot` and `probe()`.
    offset : int
        In bytes.
    shape, strides : tuple
        Without directions; strides in bytes.
    """

    cdef readonly object buffer
    cdef readonly Py_ssize_t offset
    cdef readonly tuple shape
    cdef readonly tuple strides
    cdef tuple key_

    def __init__(self, buffer, Py_ssize_t offset, tuple shape, tuple strides):
        if len(shape) != len(strides):
            raise ShapeError(f"a part of shape {shape} needs as many strides, got {strides}")
        self.buffer = buffer
        self.offset = offset
        self.shape = shape
        self.strides = strides

    def __reduce__(self):
        return Part, (self.buffer, self.offset, self.shape, self.strides)

    @property
    def key(self):
        """Equal for equal parts."""
        if self.key_ is None:
            self.key_ = (id(self.buffer), self.offset, self.shape, self.strides)
        return self.key_

    @property
    def size(self):
        """Its number of elements."""
        cdef Py_ssize_t size = 1
        for n in self.shape:
            size *= <Py_ssize_t> n
        return size

    @property
    def full(self):
        """Whether it is the whole buffer, each element once."""
        cdef Py_ssize_t i
        if self.size != self.buffer.size:
            return False
        for i in range(len(self.shape)):
            if self.strides[i] == 0 and self.shape[i] != 1:
                return False
        return True

    def array(self, slots):
        """The part in actual memory, (k, *shape)."""
        cdef cnp.ndarray memory = slots[self.buffer.slot]
        cdef cnp.npy_intp dims[64]
        cdef cnp.npy_intp strides[64]
        cdef Py_ssize_t i, n = len(self.shape)
        cdef cnp.npy_intp first = self.offset, last = self.offset
        if n > 60:
            raise ShapeError(f"arrays of {n} dimensions are not supported")
        dims[0] = cnp.PyArray_DIM(memory, 0)
        strides[0] = cnp.PyArray_STRIDE(memory, 0)
        empty = False
        for i in range(n):
            dims[i + 1] = self.shape[i]
            strides[i + 1] = self.strides[i]
            if dims[i + 1] == 0:
                empty = True
            elif strides[i + 1] < 0:
                first += (dims[i + 1] - 1) * strides[i + 1]
            else:
                last += (dims[i + 1] - 1) * strides[i + 1]
        if not empty and (first < 0 or last + 8 > strides[0]):
            raise ShapeError("a part lies outside its buffer")
        return dd_strided(memory, n + 1, dims, strides, cnp.PyArray_BYTES(memory) + (0 if empty else self.offset), 1)

    cdef bint is_whole(self):
        """Whether it is the buffer as it lies."""
        return self.offset == 0 and self.shape == self.buffer.shape and self.in_c_order()

    cdef bint in_c_order(self):
        cdef Py_ssize_t i, step = 8
        for i in range(len(self.shape) - 1, -1, -1):
            if self.shape[i] != 1 and self.strides[i] != step:
                return False
            step *= <Py_ssize_t> self.shape[i]
        return True

    def through(self, map):
        """This part seen through a map that moves nothing, or None if that takes a copy."""
        if type(map) is Index and simple_key(map.key):
            return self.indexed(expand_key(map.key, len(self.shape)))
        if type(map) is Reshape and self.in_c_order():
            return Part(self.buffer, self.offset, map.out_shape, c_strides(map.out_shape))
        # any other view: as NumPy makes it of an array that lies where the buffer would
        base = self.buffer.probe()
        here = np.ndarray((1, *self.shape), FLOAT, base, self.offset, (base.strides[0], *self.strides))
        there = map.apply((here,))
        if there.size and not np.may_share_memory(there, base):
            return None
        start = there.__array_interface__["data"][0] - base.__array_interface__["data"][0]
        return Part(self.buffer, start if there.size else 0, there.shape[1:], there.strides[1:])

    cdef Part indexed(self, tuple key):
        cdef Py_ssize_t axis = 0, n, start, stop, step, offset = self.offset, stride
        cdef list shape = [], strides = []
        for e in key:
            if e is None:
                shape.append(1)
                strides.append(0)
                continue
            n = self.shape[axis]
            stride = self.strides[axis]
            axis += 1
            if type(e) is int:
                start = e
                offset += (start + n if start < 0 else start) * stride
            else:
                PySlice_Unpack(e, &start, &stop, &step)
                n = PySlice_AdjustIndices(n, &start, &stop, step)
                if n > 0:
                    offset += start * stride
                shape.append(n)
                strides.append(step * stride)
        return Part(self.buffer, offset, tuple(shape), tuple(strides))

    def spread(self, tuple shape):
        """Broadcast to a shape (leading 1s are dropped, as NumPy's assignment does)."""
        cdef Py_ssize_t i, lead, drop = 0, n = len(self.shape)
        cdef list strides
        if self.shape == shape:
            return self
        while n - drop > len(shape) and self.shape[drop] == 1:
            drop += 1
        lead = len(shape) - (n - drop)
        if lead < 0:
            raise ShapeError(f"a part of shape {self.shape} does not broadcast to {shape}")
        strides = [0] * lead
        for i in range(n - drop):
            strides.append(0 if self.shape[drop + i] == 1 and shape[lead + i] != 1 else self.strides[drop + i])
        return Part(self.buffer, self.offset, shape, tuple(strides))


cdef tuple c_strides(shape):
    """The strides in bytes of float64 numbers in C order."""
    cdef list strides = [0] * len(shape)
    cdef Py_ssize_t i, step = 8
    for i in range(len(shape) - 1, -1, -1):
        strides[i] = step
        step *= <Py_ssize_t> shape[i]
    return tuple(strides)
