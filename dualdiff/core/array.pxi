# array.pxi: DualArray, and the way from operands to the kernels.  Included by _core.pyx.
#
# value: ndarray (or, nested, a DualArray of an older tag).
# tangent: ndarray or DualArray (k, *shape); a recorded node; or None, which is "zero, and no
#          derivative call yet": what np.zeros_like(x) gives and what takes the tag of the first
#          dual written into it.
# base, view: x[1:] is view `slice(1, None)` of base x.  Value and tangent of a view share the
#          base's memory.  Where the base had to take new arrays (it met its first dual, it was
#          the caller's own array), its version goes up and its views renew themselves.
# formers: for each `x.shape = s` the version since which x has that shape, and the hidden array of the
#          shape before, which x is a view of since; views of x that are older belong to it (`home`).

# shared: who else has the value's memory, or a picture of it; a write then goes the long way, to a copy.

cdef enum:
    MAPPED = 1      # a map of a recording refers to it
    FOREIGN = 2     # it is the caller's, who may write into it at any time
    PICTURED = 4    # np.asarray made an array of objects of it, which a write would not reach


@cython.final
@cython.freelist(64)
cdef class DualArray:
    """DualArray(value, tangents, *, tag=0)
--

    An array with k tangents for each element.

    Goes through NumPy code as an ndarray does: operators, ufuncs, functions, indexing, slices
    as views, assignment.

    Parameters
    ----------
    value : array_like, shape (...)
        The value; float64 or float32 (integers become float64), or complex.
    tangents : array_like, shape (k, ...)
        One tangent for each of k directions, directions first.
    tag : int, optional
        Duals of one derivative call share a tag; those that you make yourself have tag 0.

    Raises
    ------
    ShapeError
        If tangents is not (k, *value.shape).

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import DualArray
    >>> x = DualArray([1.0, 2.0], np.eye(2))
    >>> np.sum(x**2)
    Dual(5.0, [2.0, 4.0])
    """

    def __cinit__(self):
        dd_done.arrays += 1

    @cython.embedsignature(False)       # the class's docstring begins with it, in the form that inspect reads
    def __init__(self, value, tangents, *, tag=0):
        check_user_tag(tag)
        value = np.asarray(value)
        tangents = np.asarray(tangents)
        if value.dtype.kind in "biu":
            value = value.astype(np.float64)
        check_dtype(value.dtype)
        value = value.astype(value.dtype.newbyteorder("="), copy=False)
        if tangents.ndim != value.ndim + 1 or tangents.shape[1:] != value.shape:
            raise ShapeError(
                f"DualArray takes tangents of shape (k, *value.shape) = (k, {str(value.shape)[1:]}, "
                f"got {tangents.shape}; for one direction write tangents[np.newaxis]")
        self.value_ = value.copy()
        self.tangent_ = tangents.astype(value.dtype)
        self.tag_ = tag

    # ---- what it holds ----

    @property
    def __class__(self):
        """DualArray; isinstance and match ask here."""
        note_asked()
        return DualArray

    @property
    def value(self):
        """The value, without derivative (an ndarray; in nested derivatives a dual)."""
        if "astropy.units" in loaded_modules:
            hook_function("refuse_value", (self,), {})
        note_value()
        sync(self)
        if kind_of(self.tag_) == TOWER:
            refuse_tower(self.tag_)
        return self.value_

    @property
    def tangents(self):
        """The tangents, shape (k, *shape); None in an array of zeros that has not met a dual."""
        sync(self)
        return packed(self.tangent_, self.tag_)

    @property
    def tag(self):
        """The tag of the derivative call that this array belongs to (-1: none yet)."""
        sync(self)
        return self.tag_ if self.tangent_ is not None else -1

    @property
    def shape(self):
        """The value's shape."""
        sync(self)
        return self.value_.shape

    @shape.setter
    def shape(self, shape):
        bound_method(self, "shape=")(shape)

    @property
    def ndim(self):
        """The value's number of dimensions."""
        sync(self)
        return self.value_.ndim

    @property
    def size(self):
        """The value's number of elements."""
        sync(self)
        return self.value_.size

    @property
    def dtype(self):
        """The value's dtype."""
        sync(self)
        return self.value_.dtype

    @property
    def base(self):
        """The dual array that this one is a view of, or None."""
        return self.base_

    def __len__(self):
        sync(self)
        return len(self.value_)

    # ---- arithmetic ----

    def __add__(a, b):
        return array_binary(DD_RULE_add, a, b)

    def __sub__(a, b):
        return array_binary(DD_RULE_subtract, a, b)

    def __mul__(a, b):
        return array_binary(DD_RULE_multiply, a, b)

    def __truediv__(a, b):
        return array_binary(DD_RULE_divide, a, b)

    def __floordiv__(a, b):
        note_step()
        return array_binary(DD_RULE_floor_divide, a, b)

    def __mod__(a, b):
        return array_binary(DD_RULE_remainder, a, b)

    def __divmod__(a, b):
        note_step()
        return array_binary(DD_RULE_floor_divide, a, b), array_binary(DD_RULE_remainder, a, b)

    def __pow__(a, b, mod):
        if mod is not None:
            raise InputError("pow(x, y, mod) has no derivative; write (x**y) % mod")
        return power_operator(a, b)

    def __matmul__(a, b):
        if not (is_operand(a) and is_operand(b)):
            return hook_function(np.matmul, (a, b), {}) if is_sparse(a) or is_sparse(b) else NotImplemented
        return product(a, b)

    def __iadd__(self, b):
        return self if added(self, b, False) else in_place(self, array_binary(DD_RULE_add, self, b))

    def __isub__(self, b):
        return self if added(self, b, True) else in_place(self, array_binary(DD_RULE_subtract, self, b))

    def __imul__(self, b):
        return in_place(self, array_binary(DD_RULE_multiply, self, b))

    def __itruediv__(self, b):
        return in_place(self, array_binary(DD_RULE_divide, self, b))

    def __ifloordiv__(self, b):
        return in_place(self, array_binary(DD_RULE_floor_divide, self, b))

    def __imod__(self, b):
        return in_place(self, array_binary(DD_RULE_remainder, self, b))

    def __ipow__(self, b, mod):
        return power_in_place(self, b)

    def __imatmul__(self, b):
        return in_place(self, product(self, b))

    def __neg__(self):
        return array_unary(DD_RULE_negative, self)

    def __pos__(self):
        return array_unary(DD_RULE_positive, self)

    def __abs__(self):
        return array_unary(DD_RULE_absolute, self)

    def __bool__(self):
        return bool(bare(self))

    def __richcmp__(self, other, int op):
        if type(other) is list or type(other) is tuple:
            other = bare(hook_function("asdual", (other,), {}))
        values = bare(self)
        found = PyObject_RichCompare(values, bare(other), op)
        if dd_here.within and type(other) is not DualArray:
            note_arrays_compared(values, found, op)
        return found

    __hash__ = None

    def __int__(self):
        return int(bare(self))

    def __float__(self):
        if self.tag == -1:
            return float(bare(self))
        raise lost("float(x)")

    def __complex__(self):
        if self.tag == -1:
            return complex(bare(self))
        raise lost("complex(x)")

    def __index__(self):
        if self.tag == -1:
            return bare(self).__index__()
        raise not_an_integer(self, "a dual array is not an integer; write int(x) or x.astype(int)")

    # ---- the methods that small code spends its time in; the others are in functions/methods.py ----

    @property
    def T(self):
        """All axes in reverse order, as a view."""
        result = lower_transpose(self)
        return bound_method(self, "T") if result is None else result

    @property
    def real(self):
        """The real part, as a view; it can be assigned."""
        return bound_method(self, "real")

    @real.setter
    def real(self, values):
        bound_method(self, "real=")(values)

    @property
    def imag(self):
        """The imaginary part, of a complex array as a view; it can be assigned."""
        return bound_method(self, "imag")

    @imag.setter
    def imag(self, values):
        bound_method(self, "imag=")(values)

    @property
    def flat(self):
        """The elements in C order, to be read, iterated over, and assigned."""
        return bound_method(self, "flat")

    @flat.setter
    def flat(self, values):
        bound_method(self, "flat=")(values)

    def sum(self, *args, **kwargs):
        """np.sum of the array."""
        result = lowered(F_SUM, np.sum, (self,) + args, kwargs)
        return bound_method(self, "sum")(*args, **kwargs) if result is None else result

    def mean(self, *args, **kwargs):
        """np.mean of the array."""
        result = lowered(F_MEAN, np.mean, (self,) + args, kwargs)
        return bound_method(self, "mean")(*args, **kwargs) if result is None else result

    def max(self, *args, **kwargs):
        """np.max of the array."""
        result = lowered(F_MAX, np.max, (self,) + args, kwargs)
        return bound_method(self, "max")(*args, **kwargs) if result is None else result

    def min(self, *args, **kwargs):
        """np.min of the array."""
        result = lowered(F_MIN, np.min, (self,) + args, kwargs)
        return bound_method(self, "min")(*args, **kwargs) if result is None else result

    def prod(self, *args, **kwargs):
        """np.prod of the array."""
        result = None if args or kwargs else lower_prod(self)
        return bound_method(self, "prod")(*args, **kwargs) if result is None else result

    def reshape(self, *shape, order="C", copy=None):
        """The elements in another shape, as a view where NumPy gives one."""
        result = None
        if copy is None and order == "C":
            result = lower_reshape(self, shape[0] if len(shape) == 1 else shape)
        return bound_method(self, "reshape")(*shape, order=order, copy=copy) if result is None else result

    def ravel(self, order="C"):
        """The elements in one dimension, as a view where NumPy gives one."""
        result = lower_reshape(self, -1) if order == "C" else None
        return bound_method(self, "ravel")(order) if result is None else result

    def transpose(self, *axes):
        """Axes in another order, as a view."""
        result = None
        if not axes:
            result = lower_transpose(self)
        elif len(axes) > 1 or type(axes[0]) is tuple:
            result = lower_transpose(self, axes if len(axes) > 1 else axes[0])
        return bound_method(self, "transpose")(*axes) if result is None else result

    def copy(self, order="C"):
        """A copy with memory of its own."""
        result = lower_copy(self) if order == "C" else None
        return bound_method(self, "copy")(order) if result is None else result

    def flatten(self, order="C"):
        """A copy in one dimension."""
        result = lower_flatten(self) if order == "C" else None
        return bound_method(self, "flatten")(order) if result is None else result

    def astype(self, dtype, *args, **kwargs):
        """Another precision."""
        result = None
        if (dtype is float or dtype is np.float64) and not args and not kwargs and self.dtype is np_double:
            result = lower_copy(self) if cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> self.value_) else None
        return bound_method(self, "astype")(dtype, *args, **kwargs) if result is None else result

    def dot(self, b, out=None):
        """np.dot with another array."""
        result = lower_product(self, b, np_dot) if out is None else None
        return hook_function(np.dot, (self, b, out), {}) if result is None else result

    # ---- elements ----

    def __getitem__(self, key):
        cdef cnp.ndarray v, t
        cdef Dual z
        cdef Py_ssize_t i, j, n, k
        cdef char *p
        cdef bint rows
        sync(self)
        rows = plain_tangents(self)
        if not rows and not (type(self.tangent_) is Node and plain_real(self.value_)):
            if self.tangent_ is None and is_basic(key) and cnp.PyArray_CheckExact(self.value_):
                value = self.value_[key]
                return make_array(value, None, -1, self, key) if cnp.PyArray_CheckExact(value) else value
            return hook_getitem(self, key)
        v = <cnp.ndarray> self.value_
        if PyLong_Check(key) and type(key) is not bool:
            if rows and cnp.PyArray_NDIM(v) == 1 and cnp.PyArray_TYPE(v) == cnp.NPY_DOUBLE:
                t = <cnp.ndarray> self.tangent_
                i = place_in(key, cnp.PyArray_DIM(v, 0), 0)
                k = cnp.PyArray_DIM(t, 0)
                z = dual_new(k, self.tag_, (<double *> (cnp.PyArray_BYTES(v) + i * cnp.PyArray_STRIDE(v, 0)))[0])
                p = cnp.PyArray_BYTES(t) + i * cnp.PyArray_STRIDE(t, 1)
                n = cnp.PyArray_STRIDE(t, 0)
                for j in range(k):
                    z.t[j] = (<double *> (p + j * n))[0]
                z.of_numpy = True
                return z
        elif key is None or key is Ellipsis:
            key = (key,)
        elif type(key) is not slice and type(key) is not tuple:
            if isinstance(key, np_integer):
                return self[int(key)]
            result = lower_places(self, key)
            return hook_getitem(self, key) if result is None else result
        if type(key) is tuple:
            n = integers_in(<tuple> key)
            if n < 0:
                result = take_several_rows(self, <tuple> key) if rows else None
                return hook_getitem(self, key) if result is None else result
            if (rows and n == cnp.PyArray_NDIM(v) and n == len(<tuple> key) and n
                    and cnp.PyArray_TYPE(v) == cnp.NPY_DOUBLE):
                return one_element(self, <tuple> key)
        result = lower_index(self, key)
        return hook_getitem(self, key) if result is None else result

    def __setitem__(self, key, value):
        cdef DualArray y
        sync(self)
        if self.tangent_ is None:
            if is_plain(value) and is_basic(key) and cnp.PyArray_CheckExact(self.value_) and not root_shared(self):
                self.value_[key] = value
                return
            adopt(self, value)
        if (type(self.tangent_) is Node or self.tangent_ is None) and record_setitem(self, key, value):
            return
        # the frequent case, all float64 and of one call; the rest is functions/index.py
        if not plain_tangents(self) or root_shared(self):
            hook_setitem(self, key, value)
            return
        if isinstance(key, np_integer):
            key = int(key)
        if is_basic(key):
            if type(value) is DualArray:
                y = <DualArray> value
                sync(y)
                if (y.tag_ == self.tag_ and plain_tangents(y) and same_k(y.tangent_, self.tangent_)
                        and y.value_.dtype == self.value_.dtype):
                    write_part(self, key, y)
                    return
            elif type(value) is Dual and (<Dual> value).k >= 0 and (<Dual> value).tag_ == self.tag_:
                if cnp.PyArray_TYPE(self.value_) == cnp.NPY_DOUBLE:
                    write_scalar(self, key, <Dual> value)
                    return
            elif is_constant(value):
                if not write_number(self, key, value):
                    self.value_[key] = value
                    part_of(self.tangent_, key)[...] = 0
                return
        elif put_rows(self, key, value):
            return
        hook_setitem(self, key, value)

    def __delitem__(self, key):
        raise ValueError("cannot delete array elements")

    def __iter__(self):
        sync(self)
        if self.value_.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return PySeqIter_New(self)      # each element is read when its turn comes

    def __contains__(self, x):
        return bare(x) in bare(self)

    # ---- NumPy ----

    # __array_ufunc__ is added by attach_methods

    def __array_function__(self, func, types, args, kwargs):
        return call_function(func, args, kwargs)

    def __array__(self, dtype=None, copy=None):
        note_objects()
        return hook_function("to_object_array", (self, dtype, copy), {})

    # ---- text, copies ----

    def _repr_html_(self):
        from dualdiff.seeing import dual

        return dual(self)

    def __repr__(self):
        note_shown()
        sync(self)
        if self.tangent_ is None:
            return f"DualArray({self.value_!r}, no tangents yet)"
        if isinstance(self.tangent_, np.ndarray):
            return f"DualArray({self.value_!r}, tangents={self.tangent_!r})"
        return f"DualArray({self.value_!r}, tangents=<{type(self.tangent_).__name__}>)"

    def __str__(self):
        note_shown()
        sync(self)
        return str(self.value_) if self.tangent_ is None else TextOfDual(str(self.value_))

    def __format__(self, str spec):
        sync(self)
        return format(self.value_, spec) if spec else str(self)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        note_objects()
        sync(self)
        return remake, (self.value_, self.tangent_, self.tag_, False)


# ---- making --------------------------------------------------------------------------------

def check_dtype(dtype):
    """Raises for a dtype that cannot carry derivatives."""
    if dtype.kind in "fc" and dtype.char in "fdFD":
        return
    if dtype.char in "gGe":
        raise InputError(f"dtype {dtype} is not supported; convert with x.astype(np.float64)")
    raise InputError(f"a derivative needs numbers of dtype float64 or float32, got dtype {dtype}")


cdef object dtype_of(object v):
    """NumPy's own dtype of an operand."""
    d = getattr(v, "dtype", None)
    if type(v) is Dual:
        return d.dtype
    if d is None:
        d = np.result_type(v)
    return d


cdef dict scalar_types = {}         # dtype.char -> stand-in for its scalar type
cdef dict scalar_dtypes = {}        # dtype.char -> stand-in for the dtype


def scalar_type(real):
    """A type of NumPy's scalars that keeps a dual when it is called with one."""
    dtype = np.dtype(real)
    found = scalar_types.get(dtype.char)
    if found is None:
        def make(*args, **kwargs):
            if len(args) == 1 and not kwargs and (type(args[0]) is Dual or type(args[0]) is DualArray):
                return as_kind(args[0] if args[0].dtype == dtype else args[0].astype(dtype), True)
            if len(args) == 1 and type(args[0]) is str:
                refuse_text(args[0])
            return real(*args, **kwargs)

        found = scalar_types[dtype.char] = StandIn(
            real.__name__, (real,), {}, real=real, holds=lambda x: type(x) is Dual and x.dtype == dtype, make=make,
            dtype=dtype)
    return found


cdef object scalar_dtype(object dtype):
    """The dtype of a Dual as it is everywhere else, except that its `type` keeps a Dual."""
    found = scalar_dtypes.get(dtype.char)
    if found is None:
        found = scalar_dtypes[dtype.char] = DType(dtype, scalar_type(dtype.type))
    return found


def make(value, tangent, long long tag):
    """The dual of a computed value: a DualArray where that is an array, also one without axes; else a Dual."""
    return new_dual(value, unpacked(tangent, tag), tag)


cdef object new_dual(value, tangent, long long tag):
    """`make` for tangents as they are stored."""
    cdef Dual z
    cdef cnp.ndarray t
    cdef DualArray y
    cdef cnp.npy_intp j, k
    if cnp.PyArray_CheckExact(value) or type(value) is DualArray:
        y = DualArray.__new__(DualArray)
        y.value_ = value
        y.tangent_ = tangent
        y.tag_ = tag
        if cnp.PyArray_CheckExact(value):
            dd_done.elements += cnp.PyArray_SIZE(<cnp.ndarray> value)
        return y
    if tangent is None:
        return value
    if PyFloat_Check(value) and cnp.PyArray_CheckExact(tangent):
        t = <cnp.ndarray> tangent
        if cnp.PyArray_TYPE(t) == cnp.NPY_DOUBLE and cnp.PyArray_NDIM(t) == 1:
            k = cnp.PyArray_DIM(t, 0)
            z = dual_new(k, tag, PyFloat_AS_DOUBLE(value))
            z.of_numpy = not PyFloat_CheckExact(value)
            for j in range(k):
                z.t[j] = (<double *> (cnp.PyArray_BYTES(t) + j * cnp.PyArray_STRIDE(t, 0)))[0]
            return z
    return dual_generic(value, tangent, tag)


def make_array(value, tangent, long long tag, base=None, view=None, bint shared=False):
    """A DualArray as it is told to be, also 0-d; with base and view, a view of base."""
    return new_array(value, unpacked(tangent, tag), tag, base, view, shared)


cdef object new_array(value, tangent, long long tag, base, view, bint shared):
    """`make_array` for tangents as they are stored."""
    cdef DualArray y = DualArray.__new__(DualArray)
    y.value_ = value
    y.tangent_ = tangent
    y.tag_ = tag
    y.shared = FOREIGN if shared else 0
    if base is not None:
        y.base_ = <DualArray> base
        y.view_ = view
        y.seen = (<DualArray> base).version
    return y


def view_parts(DualArray x):
    """(base, view) of a dual array: how it hangs on its base."""
    return x.base_, x.view_


def stale_shape(DualArray x):
    """The shape of a view, without renewing it."""
    return x.value_.shape


def is_shared(DualArray x):
    """How x, possibly as a view, stands on memory that others have, too: bits as `mark_shared` sets them, 0 if not."""
    return root_shared(x)


def rebind(DualArray x, value, tangent, long long tag, bint renewed):
    """Gives x other arrays.  renewed: a view that follows its base; else x's own views follow x."""
    tangent = unpacked(tangent, tag)
    x.value_ = value
    x.tangent_ = tangent
    x.tag_ = tag
    x.shared = 0
    x.version += 1
    if renewed:
        x.seen = x.base_.version


def mark_shared(DualArray x, char how=MAPPED):
    """Notes that others have x's value, too (a recording, if not told otherwise): the next write goes to a copy."""
    while x.base_ is not None:
        x = x.base_
    x.shared |= how


cdef int sync(DualArray x) except -1:
    if x.base_ is not None:
        sync(x.base_)
        if x.seen != x.base_.version:
            if x.base_.formers is not None:
                home(x)
            if x.seen != x.base_.version:
                hook_sync(x)
    return 0


cdef int home(DualArray x) except -1:
    """Hangs a view of an array that has been given another shape since on the hidden one of the old shape."""
    for version, old in x.base_.formers:
        if x.seen < <long long> version:
            x.seen = 0 if x.seen == <long long> version - 1 else -1
            x.base_ = <DualArray> old
            sync(x.base_)
            return 0
    return 0


def reshape_in_place(DualArray x, value, tangent, view):
    """x.shape = ...: x becomes a view of a hidden array of its old shape, on which its older views hang."""
    cdef DualArray old = make_array(x.value_, x.tangent_, x.tag_, x.base_, x.view_)
    old.shared = x.shared
    old.seen = x.seen
    x.value_ = value
    x.tangent_ = tangent
    x.base_ = old
    x.view_ = view
    x.shared = 0
    x.seen = 0
    x.version += 1
    x.formers = (x.formers or []) + [(x.version, old)]


cdef bint plain_tangents(DualArray x) noexcept:
    """Whether value and tangents are ndarrays; their shapes are compared before C reads them."""
    cdef cnp.ndarray v, t
    cdef int i, nd
    if not (cnp.PyArray_CheckExact(x.tangent_) and cnp.PyArray_CheckExact(x.value_)):
        return False
    v = <cnp.ndarray> x.value_
    t = <cnp.ndarray> x.tangent_
    nd = cnp.PyArray_NDIM(v)
    if cnp.PyArray_NDIM(t) != nd + 1 or cnp.PyArray_TYPE(t) != cnp.PyArray_TYPE(v):
        return False
    for i in range(nd):
        if cnp.PyArray_DIM(t, i + 1) != cnp.PyArray_DIM(v, i):
            return False
    return True


cdef inline bint same_k(object a, object b) noexcept:
    return cnp.PyArray_DIM(<cnp.ndarray> a, 0) == cnp.PyArray_DIM(<cnp.ndarray> b, 0)


cdef int adopt(DualArray x, object value) except -1:
    """Gives a buffer of zeros the tag and the tangents' room of the first plain dual it meets."""
    cdef DualArray root = x
    cdef cnp.npy_intp dims[64]
    cdef cnp.npy_intp k
    cdef int i, nd
    cdef cnp.ndarray v, t
    cdef long long tag
    if type(value) is Dual and (<Dual> value).k >= 0:
        k, tag = (<Dual> value).k, (<Dual> value).tag_
    elif type(value) is DualArray:
        sync(<DualArray> value)
        if not plain_tangents(<DualArray> value):
            return 0
        k, tag = cnp.PyArray_DIM(<cnp.ndarray> (<DualArray> value).tangent_, 0), (<DualArray> value).tag_
    else:
        return 0
    while root.base_ is not None:
        root = root.base_
    if root.tangent_ is not None or root.shared or root.exposed or not cnp.PyArray_CheckExact(root.value_):
        return 0
    v = <cnp.ndarray> root.value_
    nd = cnp.PyArray_NDIM(v)
    if (cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE and cnp.PyArray_TYPE(v) != cnp.NPY_FLOAT
            or not cnp.PyArray_IS_C_CONTIGUOUS(v) or nd > 60):
        return 0
    dims[0] = k
    for i in range(nd):
        dims[i + 1] = cnp.PyArray_DIM(v, i)
    t = dd_array(nd + 1, dims, cnp.PyArray_TYPE(v))
    memset(cnp.PyArray_DATA(t), 0, cnp.PyArray_NBYTES(t))
    root.tangent_ = t
    root.tag_ = tag
    root.version += 1
    sync(x)
    return 0


cdef inline bint is_plain(object value):
    """Whether an array of zeros that has met no dual can take value as an ndarray does."""
    return (PyFloat_Check(value) or type(value) is int
            or cnp.PyArray_CheckExact(value) and cnp.PyArray_TYPE(<cnp.ndarray> value) != cnp.NPY_OBJECT)


cdef object write_part(DualArray x, object key, DualArray y):
    part = part_of(x.tangent_, key)
    if part.nbytes < DD_COPY_LONG:
        x.value_[key] = y.value_
    else:
        window = x.value_[key]
        if type(window) is cnp.ndarray and type(y.value_) is cnp.ndarray:
            assign(window, y.value_)
        else:
            x.value_[key] = y.value_
    write_rows(part, <cnp.ndarray> y.tangent_)


cdef int assign(cnp.ndarray to, cnp.ndarray source) except -1:
    """to[...] = source, where long rows are copied by dd_copy (copying.h)."""
    cdef int i, type_ = cnp.PyArray_TYPE(to), nd = cnp.PyArray_NDIM(to)
    cdef cnp.npy_intp size = cnp.PyArray_ITEMSIZE(to)
    cdef bint rows = (nd > 0 and nd == cnp.PyArray_NDIM(source) and type_ == cnp.PyArray_TYPE(source)
                      and cnp.NPY_FLOAT <= type_ <= cnp.NPY_CDOUBLE
                      and cnp.PyArray_ISBEHAVED(to) and cnp.PyArray_ISBEHAVED_RO(source)
                      and cnp.PyArray_STRIDE(to, nd - 1) == size and cnp.PyArray_STRIDE(source, nd - 1) == size
                      and cnp.PyArray_DIM(to, nd - 1) * size >= DD_COPY_LONG)
    for i in range(nd):
        rows = rows and cnp.PyArray_DIM(to, i) == cnp.PyArray_DIM(source, i)
    if not rows or overlap(to, source):
        (<object> to)[...] = source
        return 0
    dd_copy_rows(nd - 1, cnp.PyArray_DIMS(to), cnp.PyArray_BYTES(to), cnp.PyArray_STRIDES(to), cnp.PyArray_BYTES(source),
                 cnp.PyArray_STRIDES(source), <size_t> (cnp.PyArray_DIM(to, nd - 1) * size))
    return 0


cdef object one_element(DualArray x, tuple key):
    """x[i, j, ...] down to a number, x float64."""
    cdef cnp.ndarray v = <cnp.ndarray> x.value_, t = <cnp.ndarray> x.tangent_
    cdef char *p = cnp.PyArray_BYTES(v)
    cdef char *q = cnp.PyArray_BYTES(t)
    cdef cnp.npy_intp i, j, k = cnp.PyArray_DIM(t, 0), step = cnp.PyArray_STRIDE(t, 0)
    cdef int a = 0
    cdef Dual z
    for e in key:
        i = place_in(e, cnp.PyArray_DIM(v, a), a)
        p += i * cnp.PyArray_STRIDE(v, a)
        q += i * cnp.PyArray_STRIDE(t, a + 1)
        a += 1
    z = dual_new(k, x.tag_, (<double *> p)[0])
    z.of_numpy = True
    for j in range(k):
        z.t[j] = (<double *> (q + j * step))[0]
    return z


cdef bint write_number(DualArray x, object key, object number) except -1:
    """x[i] = a float for a float64 vector; False where it is something else."""
    cdef cnp.ndarray v = <cnp.ndarray> x.value_, t = <cnp.ndarray> x.tangent_
    cdef cnp.npy_intp i, j
    cdef char *p
    if type(key) is not int or not PyFloat_Check(number) or cnp.PyArray_NDIM(v) != 1 or (
            cnp.PyArray_TYPE(v) != cnp.NPY_DOUBLE or not cnp.PyArray_ISWRITEABLE(v)):
        return False
    i = place_in(key, cnp.PyArray_DIM(v, 0), 0)
    (<double *> (cnp.PyArray_BYTES(v) + i * cnp.PyArray_STRIDE(v, 0)))[0] = PyFloat_AS_DOUBLE(number)
    p = cnp.PyArray_BYTES(t) + i * cnp.PyArray_STRIDE(t, 1)
    for j in range(cnp.PyArray_DIM(t, 0)):
        (<double *> (p + j * cnp.PyArray_STRIDE(t, 0)))[0] = 0
    return True


cdef object row_of(Dual d):
    """The tangents of a plain Dual as an array."""
    cdef cnp.ndarray t = cnp.PyArray_EMPTY(1, <cnp.npy_intp *> &d.k, cnp.NPY_DOUBLE, 0)
    memcpy(cnp.PyArray_DATA(t), &d.t[0], d.k * sizeof(double))
    return t


cdef object write_scalar(DualArray x, object key, Dual d):
    cdef cnp.ndarray v = <cnp.ndarray> x.value_, t = <cnp.ndarray> x.tangent_
    cdef cnp.npy_intp i, j
    cdef char *p
    if cnp.PyArray_DIM(t, 0) != d.k:
        k_differ(cnp.PyArray_DIM(t, 0), d.k)
    if type(key) is int and cnp.PyArray_NDIM(v) == 1:
        i = place_in(key, cnp.PyArray_DIM(v, 0), 0)
        (<double *> (cnp.PyArray_BYTES(v) + i * cnp.PyArray_STRIDE(v, 0)))[0] = d.v
        p = cnp.PyArray_BYTES(t) + i * cnp.PyArray_STRIDE(t, 1)
        for j in range(d.k):
            (<double *> (p + j * cnp.PyArray_STRIDE(t, 0)))[0] = d.t[j]
        return None
    v[key] = d.v
    write_rows(part_of(t, key), row_of(d))


cdef object in_place(DualArray x, object result):
    if result is NotImplemented:
        return result
    if getattr(result, "shape", ()) != x.shape:
        raise ShapeError(f"non-broadcastable output operand with shape {x.shape} doesn't match "
                         f"the broadcast shape {result.shape}")
    x[...] = result
    return x


DEF LARGE = 32768           # bytes of tangents

cdef bint added(DualArray x, object b, bint minus) except -1:
    """x += b or x -= b of large arrays in their own memory, without an array for the sum; False: not done."""
    cdef cnp.ndarray t, u
    cdef DualArray y
    cdef object number = b
    sync(x)
    if x.tangent_ is None or not plain_tangents(x) or root_shared(x) or kind_of(x.tag_):
        return False
    t = <cnp.ndarray> x.tangent_
    if (cnp.PyArray_NBYTES(t) < LARGE or cnp.PyArray_TYPE(t) != cnp.NPY_DOUBLE or not cnp.PyArray_ISBEHAVED(t)
            or not cnp.PyArray_ISBEHAVED(<cnp.ndarray> x.value_)):
        return False
    if type(b) is DualArray:
        y = <DualArray> b
        sync(y)
        if y.tangent_ is None or y.tag_ != x.tag_ or not plain_tangents(y) or not same_k(y.tangent_, t):
            return False
        u, number = <cnp.ndarray> y.tangent_, y.value_
        if cnp.PyArray_TYPE(u) != cnp.NPY_DOUBLE or not cnp.PyArray_ISBEHAVED_RO(u) or overlap(t, u):
            return False
    if cnp.PyArray_CheckExact(number):
        if cnp.PyArray_TYPE(<cnp.ndarray> number) != cnp.NPY_DOUBLE or not cnp.PyArray_SAMESHAPE(x.value_, number):
            return False
    elif not PyFloat_CheckExact(number):
        return False
    rule_ufunc[DD_RULE_subtract if minus else DD_RULE_add](x.value_, number, x.value_)
    if type(b) is DualArray:
        with nogil:
            dd_add_into(cnp.PyArray_NDIM(t), cnp.PyArray_DIMS(t), cnp.PyArray_BYTES(t), cnp.PyArray_STRIDES(t),
                        cnp.PyArray_BYTES(u), cnp.PyArray_STRIDES(u), minus)
    return True


cdef object power_in_place(DualArray x, object b):
    """x **= b."""
    cdef double y
    if not ((PyFloat_CheckExact(b) or type(b) is int) and as_double(b, &y) and power_shortcut(y) >= 0):
        sync(x)
        if cnp.PyArray_CheckExact(x.value_) and not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray> x.value_):
            # NumPy's loop goes by the layout of what it writes to
            return hook_ufunc(np.power, "__call__", (x, b), {"out": (x,)})
    return in_place(x, power_operator(x, b))


cdef object product(object a, object b):
    """a @ b."""
    result = lower_product(a, b, np_matmul)
    return hook_function(np.matmul, (a, b), {}) if result is None else result


cdef object bound_method(object x, str name):
    """x.sum and the other ndarray methods and attributes, from functions/methods.py."""
    found = method_table[name]
    if type(x) is DualArray and is_constant_array(<DualArray> x):
        return hook_function("constant_attribute", (x, name, found), {})
    return found(x)


cdef class Attribute:
    """What the types of duals have for an attribute of ndarray that functions/methods.py answers for.

    It is an attribute of the type, as a property is.  With `__getattr__` instead, each attribute that is not there
    would cost an exception, and np.array asks each of its elements for several of these.
    """

    cdef readonly str __name__
    cdef readonly object __wrapped__     # the function that the signature and the text are those of

    def __init__(self, name, function):
        self.__name__ = name
        self.__wrapped__ = function

    @property
    def __doc__(self):
        return self.__wrapped__.__doc__

    def __repr__(self):
        return f"<{type(self).__name__.lower()} '{self.__name__}' of duals>"

    def __get__(self, x, kind):
        return self if x is None else bound_method(x, self.__name__)

    def __set__(self, x, value):
        raise AttributeError(f"attribute '{self.__name__}' of '{type(x).__name__}' objects is not writable")


cdef class Method:
    """The same for a method: `Dual.round` takes the dual as its first argument, as `np.ndarray.round` the array."""

    cdef readonly str __name__
    cdef readonly object __wrapped__

    def __init__(self, name, function):
        self.__name__ = name
        self.__wrapped__ = function

    @property
    def __doc__(self):
        return self.__wrapped__.__doc__

    def __repr__(self):
        return f"<method '{self.__name__}' of duals>"

    def __get__(self, x, kind):
        return self if x is None else bound_method(x, self.__name__)

    def __call__(self, x, *args, **kwargs):
        if type(x) is not Dual and type(x) is not DualArray:
            raise TypeError(f"method '{self.__name__}' is of duals, got an object of type {type(x).__name__}")
        return bound_method(x, self.__name__)(*args, **kwargs)


cdef int add_attribute(type kind, str name, object attribute) except -1:
    """Makes it an attribute of a type that has none of that name."""
    cdef dict own = <dict> (<PyTypeObject *> kind).tp_dict
    if name not in own:
        own[name] = attribute
        PyType_Modified(kind)
    return 0
