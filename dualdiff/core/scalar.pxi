# scalar.pxi: Dual, a value and k tangents in one allocation.  Included by _core.pyx.
#
# k >= 0: float64 value v and tangents t[0..k-1], inline.
# k == -1: the generic form; gv is the value (a Dual of an older tag, numpy.float32, a complex
#          number, ...) and gt the tangent (an array, a DualArray, a recorded node).
# k < -1:  a recorded number whose value is v; its tangent is the entry at `place` of the run gt (run.pxi).  gv is the value
#          as an object, where it was asked for; k says which kind of object.
#
# of_numpy: whether the value is a NumPy scalar without dualdiff (an element of an array, a ufunc's result), or a Python
#           float.  Comparisons answer np.bool_ for the one and bool for the other: `~(x < 0)` and `(x > 0) - (x < 0)`
#           mean different things for the two.

cdef extern from "Python.h":
    long long PyLong_AsLongLongAndOverflow(object, int *) except? -1


@cython.final
cdef class Dual:
    """Dual(value, tangents, *, tag=0)
--

    A number with k tangents: value + sum_j tangents[j] eps_j, eps_i eps_j = 0.

    Behaves as a Python float and as a NumPy scalar: arithmetic, comparisons (by value),
    NumPy's functions, formatting.  It never turns into a plain float by itself.

    Parameters
    ----------
    value : float
        The value.
    tangents : float or sequence of k floats
        One derivative for each of k directions.
    tag : int, optional
        Duals of one derivative call share a tag; those that you make yourself have tag 0.

    Raises
    ------
    LostDerivativeError
        By ``float(x)``, ``complex(x)``, ``operator.index(x)``: they would drop the tangents.

    Examples
    --------
    >>> from dualdiff import Dual
    >>> x = Dual(2.0, [1.0])
    >>> x * x + 1
    Dual(5.0, [4.0])
    """

    # ---- what it holds ----

    @property
    def __class__(self):
        """Dual; isinstance and match ask here."""
        note_asked()
        return Dual

    @property
    def value(self):
        """The value, without derivative (a float; in nested derivatives a dual)."""
        if "astropy.units" in loaded_modules:
            hook_function("refuse_value", (self,), {})
        note_value()
        if self.k < 0:
            return held_value(self)
        if kind_of(self.tag_) == TOWER:     # it is a dual of the calls around
            refuse_tower(self.tag_)
        return self.v

    @property
    def tangents(self):
        """The tangents, shape (k,)."""
        cdef cnp.ndarray t
        if self.k < -1:
            return node_of(self)
        if self.k < 0:
            return packed(<object> self.gt, self.tag_)
        t = cnp.PyArray_EMPTY(1, <cnp.npy_intp *> &self.k, cnp.NPY_DOUBLE, 0)
        memcpy(cnp.PyArray_DATA(t), &self.t[0], self.k * sizeof(double))
        return packed(t, self.tag_)

    @property
    def tag(self):
        """The tag of the derivative call that this dual belongs to."""
        return self.tag_

    @property
    def dtype(self):
        """The value's NumPy dtype."""
        return scalar_dtype(FLOAT if self.k != -1 else dtype_of(<object> self.gv))

    @property
    def shape(self):
        """(), as for every scalar."""
        return ()

    @property
    def ndim(self):
        """0, as for every scalar."""
        return 0

    @property
    def size(self):
        """1, as for every scalar."""
        return 1

    @property
    def T(self):
        """The scalar itself."""
        return self

    @property
    def base(self):
        """None: a scalar is a view of nothing."""
        return None

    def item(self, *args):
        """The scalar itself (nothing is dropped)."""
        if args:
            np.float64(0.0).item(*args)     # NumPy's own errors
        return of_python(self)

    # ---- arithmetic ----

    def __add__(a, b):
        return dual_arith(DD_RULE_add, a, b)

    def __sub__(a, b):
        return dual_arith(DD_RULE_subtract, a, b)

    def __mul__(a, b):
        return dual_arith(DD_RULE_multiply, a, b)

    def __truediv__(a, b):
        return dual_arith(DD_RULE_divide, a, b)

    def __floordiv__(a, b):
        note_step()
        return dual_arith(DD_RULE_floor_divide, a, b)

    def __mod__(a, b):
        return dual_arith(DD_RULE_remainder, a, b)

    def __divmod__(a, b):
        note_step()
        return dual_arith(DD_RULE_floor_divide, a, b), dual_arith(DD_RULE_remainder, a, b)

    def __pow__(a, b, mod):
        if mod is not None:
            raise InputError("pow(x, y, mod) has no derivative; write (x**y) % mod")
        return dual_arith(DD_RULE_power, a, b)

    def __neg__(self):
        cdef Dual x = self, z
        cdef Py_ssize_t j
        if x.k < 0:
            return of_kind(dual_unary(x, DD_RULE_negative), x.of_numpy)
        z = dual_new(x.k, x.tag_, -x.v)
        z.of_numpy = x.of_numpy
        for j in range(x.k):
            z.t[j] = -x.t[j]
        return z

    def __pos__(self):
        return self

    def __abs__(self):
        if is_complex_number(self):
            return hook_function("operator", ("absolute", self), {})
        return of_kind(dual_unary(self, DD_RULE_absolute), (<Dual> self).of_numpy)

    def __bool__(self):
        return self.v != 0 if self.k != -1 else bool(<object> self.gv)

    def __richcmp__(self, other, int op):
        cdef double x, y
        cdef bint found, of_numpy = (<Dual> self).of_numpy
        if type(other) is Dual:
            of_numpy = of_numpy or (<Dual> other).of_numpy
        if (<Dual> self).k >= 0:
            x = (<Dual> self).v
            if type(other) is Dual and (<Dual> other).k >= 0:
                y = (<Dual> other).v
            elif PyFloat_Check(other):
                y = PyFloat_AS_DOUBLE(other)
                of_numpy = of_numpy or not PyFloat_CheckExact(other)
            elif type(other) is int and small_integer(other, &y):
                pass
            else:
                # a big int compares exactly; an array or an unknown type decides for itself
                return truth_of(compare(x, other, op), of_numpy or isinstance(other, np.generic))
            if dd_here.within:
                note_compared(x, y, type(other) is not Dual)
            if op == Py_LT:
                found = x < y
            elif op == Py_GT:
                found = x > y
            elif op == Py_LE:
                found = x <= y
            elif op == Py_GE:
                found = x >= y
            elif op == Py_EQ:
                found = x == y
            else:
                found = x != y
            if of_numpy:
                return NUMPY_TRUE if found else NUMPY_FALSE
            return found
        value = bare(self)
        if dd_here.within and PyFloat_Check(value) and (PyFloat_Check(other) or type(other) is int and small_integer(other, &y)):
            note_compared(value, PyFloat_AS_DOUBLE(other) if PyFloat_Check(other) else y, True)
        return truth_of(compare(value, other, op), of_numpy or isinstance(other, np.generic))

    def __hash__(self):
        if dd_here.lifted:       # a key like no other: neither a number nor another dual finds it
            return hash((KEY_OF_DUALS, <Py_ssize_t> <void *> self))
        note_objects()
        raise TypeError("unhashable type: 'Dual'; write x.value for the number as a key")

    def __int__(self):
        note_rounded()
        return int(base_value(self))

    def __round__(self, ndigits=None):
        cdef Dual z
        if dd_here.through and ndigits is not None and self.k >= 0 and kind_of(self.tag_) != TOWER:
            z = of_python(self) if self.of_numpy else as_kind(self, True)       # another one, to be changed
            z.v = round(self.v, ndigits)
            z.of_numpy = self.of_numpy
            return z
        note_rounded()
        return round(<object> base_value(self), ndigits)

    def __floor__(self):
        note_rounded()
        return _math.floor(base_value(self))

    def __ceil__(self):
        note_rounded()
        return _math.ceil(base_value(self))

    def __trunc__(self):
        note_rounded()
        return int(base_value(self))

    def __float__(self):
        if dd_here.lifted and formats_text():
            note_text(repr(base_value(self)))
            return float(bare(self))
        raise lost("float(x)")

    def __complex__(self):
        raise lost("complex(x)")

    def __index__(self):
        raise not_an_integer(self, "a dual number is not an integer; write int(x)")

    # ---- NumPy ----

    # __array_ufunc__ is added by attach_methods

    def __array_function__(self, func, types, args, kwargs):
        return call_function(func, args, kwargs)

    def __array__(self, dtype=None, copy=None):
        cdef cnp.ndarray out
        if dtype is not None:
            kind = np.dtype(dtype).kind
            if kind in "biu":       # a step, whose derivative is zero
                return np.asarray(base_value(self), dtype)
            if kind != "O":
                raise lost(f"np.asarray(x, dtype={np.dtype(dtype)})")
        note_objects()
        if not asked_by_known():
            hook_function("allow", (self,), {})
        if is_complex_number(self):
            hook_function("complex_object", (self,), {})
        out = cnp.PyArray_EMPTY(0, NULL, cnp.NPY_OBJECT, 0)
        Py_XDECREF((<PyObject **> cnp.PyArray_DATA(out))[0])
        Py_INCREF(self)
        (<PyObject **> cnp.PyArray_DATA(out))[0] = <PyObject *> self
        return out

    # ---- text, copies ----

    def _repr_html_(self):
        from dualdiff.seeing import dual

        return dual(self)

    def __repr__(self):
        note_shown()
        if self.k < 0:
            return f"Dual({held_value(self)!r}, {self.tangents!r})"
        return f"Dual({self.v!r}, {[self.t[j] for j in range(self.k)]!r})"

    def __str__(self):
        return repr(self)

    def __format__(self, str spec):
        if not spec:
            return str(self)
        text = TextOfDual(format(base_value(self), spec))
        note_text(str.__str__(text))
        return text

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        note_objects()
        return remake, (held_value(self), self.tangents, self.tag_, True)


cdef dict loaded_modules = _sys.modules     # astropy reads x.value of what has one, as that of a quantity of its own

frame_kinds = {}
"""Name of a module -> whose code it is, as asking.py finds it (1: the user's, 2: NumPy's)."""


cdef bint asked_by_known() except -1:
    """Whether the code that asks is known to work on arrays of objects."""
    cdef PyObject *first = <PyObject *> PyEval_GetFrame()
    frame = <object> first if first != NULL else None
    while frame is not None:
        kind = frame_kinds.get(frame.f_globals.get("__name__"))
        if kind is None or kind > 2:
            return False
        if kind == 1:
            return True
        frame = frame.f_back
    return True


cdef inline Dual dual_new(Py_ssize_t k, long long tag, double v):
    """A Dual with room for k tangents, which the caller fills."""
    cdef Dual z = <Dual> dd_dual_alloc(<PyTypeObject *> Dual, k)
    dd_done.scalars += 1
    z.k = k
    z.of_numpy = False
    z.tag_ = tag
    z.v = v
    z.gv = NULL
    z.gt = NULL
    return z


cdef Dual dual_generic(object value, object tangent, long long tag):
    cdef Dual z = dual_new(0, tag, 0.0)
    Py_INCREF(value)
    Py_INCREF(tangent)
    z.gv = <PyObject *> value
    z.gt = <PyObject *> tangent
    z.k = -1
    z.of_numpy = (<Dual> value).of_numpy if type(value) is Dual else not PyFloat_CheckExact(value)
    return z


cdef object NUMPY_TRUE = np.True_, NUMPY_FALSE = np.False_


cdef object truth_of(object found, bint of_numpy):
    """The answer of a comparison, as a NumPy scalar or a Python float gives it."""
    if type(found) is bool:
        if of_numpy:
            return NUMPY_TRUE if found else NUMPY_FALSE
    elif not of_numpy and (found is NUMPY_TRUE or found is NUMPY_FALSE):
        return found is NUMPY_TRUE
    return found


cdef object of_kind(object z, bint of_numpy):
    """A result that is a Dual, as of a NumPy scalar or of a Python float."""
    if type(z) is Dual:
        (<Dual> z).of_numpy = of_numpy
    return z


cpdef object of_python(object x):
    """x.item() and float(x) of lifted code: a Dual as of a Python float."""
    return as_kind(x, False)


cdef object as_kind(object x, bint of_numpy):
    """A Dual as of a NumPy scalar or of a Python float, itself if it is; another object as it is."""
    cdef Dual d, z
    if type(x) is not Dual or (<Dual> x).of_numpy == of_numpy:
        return x
    d = <Dual> x
    if d.k < -1:
        z = another_of(d)
    elif d.k < 0:
        z = dual_generic(<object> d.gv, <object> d.gt, d.tag_)
    else:
        z = dual_new(d.k, d.tag_, d.v)
        memcpy(&z.t[0], &d.t[0], d.k * sizeof(double))
    z.of_numpy = of_numpy
    return z


def is_of_numpy(x):
    """Whether a Dual stands where a NumPy scalar would stand without dualdiff."""
    return type(x) is Dual and (<Dual> x).of_numpy


cdef object dual_create(PyTypeObject *type_, PyObject *args, PyObject *kwargs):
    # tp_new of Dual
    if kwargs == NULL:
        return dual_from_user(*(<tuple> args))
    return dual_from_user(*(<tuple> args), **(<dict> kwargs))


cdef void dual_destroy(PyObject *op) noexcept:
    cdef PyObject *gv = (<Dual> op).gv
    cdef PyObject *gt = (<Dual> op).gt
    cdef Py_ssize_t k = (<Dual> op).k
    if k < -1:
        entry_dropped(<Dual> op)
    dd_dual_free(op, k if k >= 0 else 0)
    Py_XDECREF(gv)
    Py_XDECREF(gt)


def dual_from_user(value, tangents, *, tag=0):
    if not isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
        raise InputError(f"Dual takes a real number as value, got {value!r}; "
                         "for an array write DualArray(value, tangents)")
    t = np.atleast_1d(np.asarray(tangents, dtype=np.float64))
    check_user_tag(tag)
    if t.ndim != 1:
        raise ShapeError(f"Dual takes k tangents of shape (k,), got shape {t.shape}")
    return make(float(value), t, tag)


def remake(value, tangents, tag, scalar):
    """Puts a pickled dual together again."""
    return make(value, tangents, tag) if scalar else make_array(value, tangents, tag)


cdef inline object held_value(Dual x):
    """x.value, as our own code asks for it."""
    return x.v if x.k >= 0 else <object> x.gv if x.k == -1 else value_of_entry(x)


cdef object base_value(object x):
    """The plain number under any depth of duals."""
    while type(x) is Dual:
        x = held_value(<Dual> x)
    return x


cpdef object bare(object x):
    """The value under any depth of duals: what a comparison looks at."""
    while True:
        if type(x) is Dual:
            x = held_value(<Dual> x)
        elif type(x) is DualArray:
            sync(<DualArray> x)
            x = (<DualArray> x).value_
        else:
            return x


cdef object compare(object x, object other, int op):
    if type(other) is Dual or type(other) is DualArray:
        other = bare(other)
    if isinstance(other, (int, float, complex, np.ndarray, np.generic)) or type(x) is not float:
        return PyObject_RichCompare(x, other, op)
    try:
        return PyObject_RichCompare(x, other, op)
    except TypeError:
        return NotImplemented


cdef int as_double(object o, double *v) except -1:
    """1 and the number, where o is a real scalar that behaves as float64; else 0."""
    if PyFloat_Check(o):
        v[0] = PyFloat_AS_DOUBLE(o)
        return 1
    if PyLong_Check(o):
        v[0] = PyLong_AsDouble(o)
        return 1
    return 0


cdef inline bint small_integer(object o, double *v) except -1:
    """Whether an int is a double exactly, and that."""
    cdef int overflow
    cdef long long n = PyLong_AsLongLongAndOverflow(o, &overflow)
    v[0] = <double> n
    return not overflow and -9007199254740992 <= n <= 9007199254740992


cdef int k_differ(Py_ssize_t a, Py_ssize_t b) except -1:
    raise ShapeError(f"two duals of one derivative call carry {a} and {b} directions; "
                     "make both with the same number of tangents")


cdef bint numpy_kind(object x) except -1:
    """Whether a number is a NumPy scalar, or a Dual in the place of one."""
    return (<Dual> x).of_numpy if type(x) is Dual else isinstance(x, np.generic)


cdef object generic_operator(int r, object a, object b):
    result = record_numbers(r, a, b)
    return of_kind(operator_result(r, a, b), numpy_kind(a) or numpy_kind(b)) if result is None else result


cdef object operator_result(int r, object a, object b):
    if r == DD_RULE_power:
        return power_operator(a, b)
    if is_complex_number(a) and is_number(b) or is_complex_number(b) and is_number(a):
        return hook_function("operator", (rule_name[r], a, b), {})
    return array_binary(r, a, b)


cdef bint is_complex_number(object x):
    """Whether x is a complex number, of any depth of duals."""
    while type(x) is Dual:
        if (<Dual> x).k != -1:
            return False
        x = <object> (<Dual> x).gv
    return PyComplex_Check(x) or isinstance(x, np_complex)


cdef bint is_number(object x):
    return type(x) is Dual or isinstance(x, (float, int, complex, np.generic))


cdef object dual_arith(int r, object a, object b):
    """a op b for the operators, one of them a Dual."""
    cdef Dual x, y, z
    cdef double p, q, xv, yv, f, u, w
    cdef Py_ssize_t j, k
    cdef long long tag
    cdef int have_x = 0, have_y = 0
    cdef bint of_numpy
    if type(a) is Dual:
        x = <Dual> a
        of_numpy = x.of_numpy
        if x.k < 0:
            return generic_operator(r, a, b)
        xv = x.v
        have_x = 1
        if type(b) is Dual:
            y = <Dual> b
            if y.k < 0 or x.tag_ != y.tag_:
                pair = lifted_pair(a, b)
                if pair is None:
                    return generic_operator(r, a, b)
                return of_kind(dual_arith(r, pair[0], pair[1]), of_numpy or y.of_numpy)
            if x.k != y.k:
                k_differ(x.k, y.k)
            yv = y.v
            have_y = 1
            of_numpy = of_numpy or y.of_numpy
        elif not as_double(b, &yv):
            return generic_operator(r, a, b)
        elif PyFloat_Check(b) and not PyFloat_CheckExact(b):
            of_numpy = True
        k = x.k
        tag = x.tag_
    else:
        y = <Dual> b
        if y.k < 0 or not as_double(a, &xv):
            return generic_operator(r, a, b)
        yv = y.v
        have_y = 1
        of_numpy = y.of_numpy or PyFloat_Check(a) and not PyFloat_CheckExact(a)
        k = y.k
        tag = y.tag_
    if kind_of(tag) == 4 and not dd_linear_in(r, have_x, have_y):
        return generic_operator(r, a, b)
    if r == DD_RULE_multiply:
        f = xv * yv
        if unusual(f) and xv != 0 and yv != 0:
            warn_like_numpy(r, xv, yv)
        if have_x and have_y and kind_of(tag) == TOWER:
            z = dual_finish(r, x, y, xv, yv, f, k, tag)
            z.of_numpy = of_numpy
            return z
        z = dual_new(k, tag, f)
        z.of_numpy = of_numpy
        if have_x and have_y:
            for j in range(k):
                u = x.t[j]
                w = y.t[j]
                z.t[j] = (0 if u == 0 else yv * u) + (0 if w == 0 else xv * w)
        elif have_x:
            for j in range(k):
                u = x.t[j]
                z.t[j] = 0 if u == 0 else yv * u
        else:
            for j in range(k):
                w = y.t[j]
                z.t[j] = 0 if w == 0 else xv * w
        if dd_infinite(xv) or dd_infinite(yv):
            look_for_zero(k, &x.t[0] if have_x else NULL, &y.t[0] if have_y else NULL, yv, xv)
        if have_x and have_y and kind_of(tag):
            dd_second_scalar(r, kind_of(tag), k, &x.t[0], &y.t[0], xv, yv, f, &z.t[0])
        return z
    if r == DD_RULE_add:
        f = xv + yv
        if not isfinite(f):
            warn_like_numpy(r, xv, yv)
        z = dual_new(k, tag, f)
        z.of_numpy = of_numpy
        if have_x and have_y:
            for j in range(k):
                z.t[j] = x.t[j] + y.t[j]
        else:
            memcpy(&z.t[0], &x.t[0] if have_x else &y.t[0], k * sizeof(double))
        return z
    if r == DD_RULE_subtract:
        f = xv - yv
        if not isfinite(f):
            warn_like_numpy(r, xv, yv)
        z = dual_new(k, tag, f)
        z.of_numpy = of_numpy
        if have_x and have_y:
            for j in range(k):
                z.t[j] = x.t[j] - y.t[j]
        elif have_x:
            memcpy(&z.t[0], &x.t[0], k * sizeof(double))
        else:
            for j in range(k):
                z.t[j] = -y.t[j]
        return z
    f = xv / yv if r == DD_RULE_divide else dd_rules[r].value(xv, yv)
    if unusual(f) and (xv != 0 or not isfinite(f)):
        warn_like_numpy(r, xv, yv)
    if r == DD_RULE_power and have_x and not have_y and yv == 2:
        r = DD_RULE_square      # the same derivatives, sooner
    z = dual_finish(r, x if have_x else None, y if have_y else None, xv, yv, f, k, tag)
    z.of_numpy = of_numpy
    return z


cdef Dual dual_finish(int r, Dual x, Dual y, double xv, double yv, double f, Py_ssize_t k, long long tag):
    """The tangents of a value f that is known, by the rule's scalar partials."""
    cdef Dual z = dual_new(k, tag, f)
    cdef double p = 0, q = 0, u, w
    cdef Py_ssize_t j
    if kind_of(tag) == TOWER:
        if dd_tower_calls(k) < 0:
            raise NotSecondOrder
        dd_tower_rows(r, dd_tower_calls(k), xv, &x.t[0] if x is not None else NULL, yv,
                      &y.t[0] if y is not None else NULL, f, &z.t[0])
        if PyErr_Occurred() != NULL:
            PyErr_Clear()
        return z
    if x is not None:
        p = dd_rules[r].partial[0].scalar(xv, yv, f)
    if y is not None:
        q = dd_rules[r].partial[1].scalar(xv, yv, f)
    if PyErr_Occurred() != NULL:        # scipy.special.errstate: it is about values
        PyErr_Clear()
    if dd_rules[r].selects:         # what was not chosen is no perturbation, whatever it is
        for j in range(k):
            u = x.t[j] if x is not None else 0
            w = y.t[j] if y is not None else 0
            z.t[j] = (0 if u == 0 or p == 0 else p * u) + (0 if w == 0 or q == 0 else q * w)
    elif x is not None and y is not None:
        for j in range(k):
            u = x.t[j]
            w = y.t[j]
            z.t[j] = (0 if u == 0 else p * u) + (0 if w == 0 else q * w)
    elif x is not None:
        for j in range(k):
            u = x.t[j]
            z.t[j] = 0 if u == 0 else p * u
    else:
        for j in range(k):
            w = y.t[j]
            z.t[j] = 0 if w == 0 else q * w
    if dd_infinite(p) or dd_infinite(q):
        look_for_zero(k, &x.t[0] if x is not None else NULL, &y.t[0] if y is not None else NULL, p, q)
    if kind_of(tag):
        dd_second_scalar(r, kind_of(tag), k, &x.t[0] if x is not None else NULL, &y.t[0] if y is not None else NULL,
                         xv, yv, f, &z.t[0])
    return z


cdef void look_for_zero(Py_ssize_t k, const double *t, const double *u, double p, double q) noexcept:
    """Counts where a tangent of 0 meets an infinite partial."""
    cdef Py_ssize_t j
    for j in range(k):
        if t != NULL and t[j] == 0 and dd_infinite(p) or u != NULL and u[j] == 0 and dd_infinite(q):
            dd_meet(1)
            return


cdef inline bint unusual(double f) noexcept:
    """Whether a value may have raised a floating-point exception: 0, subnormal, inf, nan."""
    return not (2.2250738585072014e-308 <= fabs(f) <= 1.7976931348623157e308)


cdef object warn_like_numpy(int r, double x, double y):
    """Evaluates once more through NumPy, for the warnings that np.errstate asks for."""
    if not (isfinite(x) and isfinite(y)):
        return
    if dd_rules[r].nin == 1:
        rule_ufunc[r](np.float64(x))
    else:
        rule_ufunc[r](np.float64(x), np.float64(y))


cdef inline double ufunc_value(int r, double x, double y):
    """The value of numbers under a ufunc: NumPy's inner loop as NumPy calls it for numbers.

    Under an operator it is the table's value column, as for Python's floats and for numpy.float64: they differ in pow.
    """
    cdef double f
    cdef char *args[3]
    args[0] = <char *> &x
    args[1] = <char *> &y if dd_rules[r].nin == 2 else <char *> &f
    args[2] = <char *> &f
    dd_values(&dd_rules[r], cnp.NPY_DOUBLE, args, 1, dd_number_steps[dd_rules[r].nin])
    return f


cdef object dual_unary(Dual x, int r):
    """np.f(x) of a scalar, which is a NumPy scalar."""
    return of_kind(unary_result(x, r), True)


cdef object dual_binary(object a, object b, int r):
    """np.f(a, b), one of them a Dual."""
    return of_kind(binary_result(a, b, r), True)


cdef object unary_result(Dual x, int r):
    """The value by NumPy's own loop."""
    cdef Arg args[1]
    cdef double f
    if x.k < 0 or dd_rules[r].loop[0] == NULL or dd_rules[r].partial[0].kind == DD_NONE:
        result = None
        if dd_rules[r].loop[0] != NULL and is_recorded(x):
            result = record_scalars(r, 1, x, None, False, False)
            if result is None and load(x, &args[0]):
                result = apply_rule(r, 1, args, x, None, x, None, False, False)
        return hook_ufunc(rule_ufunc[r], "__call__", (x,), {}) if result is None else result
    if kind_of(x.tag_) == 4 and not dd_linear_in(r, 1, 0):
        return hook_ufunc(rule_ufunc[r], "__call__", (x,), {})
    if dd_rules[r].partial[0].kind == DD_ZERO:
        note_step()
        return rule_ufunc[r](np.float64(x.v))
    f = ufunc_value(r, x.v, 0.0)
    if PyErr_Occurred() != NULL:
        ask_again(r, x, None)
    if unusual(f) and (x.v != 0 or not isfinite(f)):
        warn_like_numpy(r, x.v, 0.0)
    return dual_finish(r, x, None, x.v, 0.0, f, x.k, x.tag_)


cdef object binary_result(object a, object b, int r):
    """The value by NumPy's own loop."""
    cdef Dual x = None, y = None
    cdef double f, xv, yv
    if dd_rules[r].loop[0] == NULL or takes_integer(r, a, b):
        return hook_ufunc(rule_ufunc[r], "__call__", (a, b), {})
    if type(a) is Dual and (<Dual> a).k >= 0:
        x = <Dual> a
        xv = x.v
    elif type(a) is Dual or not as_double(a, &xv):
        return array_binary(r, a, b)
    if type(b) is Dual and (<Dual> b).k >= 0:
        y = <Dual> b
        yv = y.v
    elif type(b) is Dual or not as_double(b, &yv):
        return array_binary(r, a, b)
    if x is not None and y is not None:
        if x.tag_ != y.tag_:
            pair = lifted_pair(x, y)
            return array_binary(r, a, b) if pair is None else dual_binary(pair[0], pair[1], r)
        if x.k != y.k:
            k_differ(x.k, y.k)
    if (x is not None and dd_rules[r].partial[0].kind == DD_NONE
            or y is not None and dd_rules[r].partial[1].kind == DD_NONE):
        return hook_ufunc(rule_ufunc[r], "__call__", (a, b), {})
    if kind_of(x.tag_ if x is not None else y.tag_) == 4 and not dd_linear_in(r, x is not None, y is not None):
        return hook_ufunc(rule_ufunc[r], "__call__", (a, b), {})
    f = ufunc_value(r, xv, yv)
    if PyErr_Occurred() != NULL:
        ask_again(r, a, b)
    if unusual(f) and (xv != 0 or yv != 0 or not isfinite(f)):
        warn_like_numpy(r, xv, yv)
    if x is not None:
        return dual_finish(r, x, y, xv, yv, f, x.k, x.tag_)
    return dual_finish(r, None, y, xv, yv, f, y.k, y.tag_)


texts = set()


cdef note_text(text):
    """Notes the text of a dual: where a number is read from it again, a derivative is lost."""
    dd_here.texts += 1
    if dd_here.within and len(texts) < 10000:
        texts.add(text.strip())


cdef bint formats_text() except -1:
    """Whether the interpreter evaluates ``text % numbers``: the number is printed, and lost only if it is read back."""
    frame = _sys._getframe()
    code = frame.f_code.co_code
    return code[frame.f_lasti] == BINARY_OP and code[frame.f_lasti + 1] in REMAINDERS


cdef object BINARY_OP = _opcode.opmap["BINARY_OP"]
cdef tuple REMAINDERS = tuple([i for i, (_, sign) in enumerate(_opcode._nb_ops) if sign in ("%", "%=")])


def refuse_text(str text):
    """Raises if a number is about to be read from a text that a dual was turned into."""
    if not dd_here.within or not texts:
        return
    text = text.strip()
    if text in texts:
        raise lost("float(text of x)")
    mantissa, exponent, _ = text.lower().partition("e")
    spec = f".{len(mantissa.partition('.')[2])}{'e' if exponent else 'f'}"
    for other in texts:         # of "%.3f" % x: the number
        try:
            near = float(format(float(other), spec)) == float(text)
        except ValueError:
            continue
        if near:
            raise lost("float(text of x)")


class TextOfDual(str):
    """The text of a dual's value: to be printed, and neither read back as a number nor used as a key."""

    __slots__ = ()

    def __float__(self):
        raise lost("float(format(x, ...))")

    def __complex__(self):
        raise lost("complex(format(x, ...))")

    def __hash__(self):
        raise LostDerivativeError(
            "the text of a dual number is used as a key, under which a result without derivative may be found; "
            "write f\"{x.value:...}\" where that is meant")


cdef object KEY_OF_DUALS = object()


def with_value(ufunc, value, x, y=None):
    """A rule's tangents at x (and y) for a value computed elsewhere (`dualdiff.math`); None for what is no plain Dual."""
    cdef Dual dx = <Dual> x if type(x) is Dual else None, dy = <Dual> y if type(y) is Dual else None
    cdef Dual d = dx if dx is not None else dy
    cdef double p = 0, q = 0
    cdef int r = ufunc_rule[ufunc]
    if d is None or dx is not None and dx.k < 0 or dy is not None and dy.k < 0:
        return None
    if dx is not None and dy is not None:
        if dx.tag_ != dy.tag_:
            pair = lifted_pair(dx, dy)
            return None if pair is None else with_value(ufunc, value, pair[0], pair[1])
        if dx.k != dy.k:
            k_differ(dx.k, dy.k)
    if dd_rules[r].nin != (1 if y is None else 2) or (
            kind_of(d.tag_) == 4 and not dd_linear_in(r, dx is not None, dy is not None)):
        return None
    if dx is not None:
        p = dx.v
    elif not as_double(x, &p):
        return None
    if dy is not None:
        q = dy.v
    elif y is not None and not as_double(y, &q):
        return None
    return dual_finish(r, dx, dy, p, q, value, d.k, d.tag_)


cdef object method_unary(PyObject *x, int r):
    return dual_unary(<Dual> x, r)


cdef object method_binary(PyObject *x, PyObject *y, int r):
    return dual_binary(<object> x, <object> y, r)


cdef tuple asked_index = None       # the last __index__ that lost a derivative: (id of the dual, *who called, dd_here.lost)


cdef tuple calling():
    """Which instruction of Python is running: its frame, and where it stands there."""
    frame = _sys._getframe()
    return (id(frame), id(frame.f_code), frame.f_lasti)


cdef object not_an_integer(x, str message):
    """The error of __index__ of a dual."""
    global asked_index
    error = LostDerivativeError(
        f"{message} for an index or a count (its derivative is zero). In general, {errors.HOW_TO_KEEP}")
    asked_index = (id(x), *calling(), dd_here.lost)
    return error


cdef bint is_operator(exponent) except -1:
    """Whether np.power is called by array ** x: NumPy before 2.3 asks x for an integer first, and nothing was lost.

    The ufunc must be the next that happens, by the same instruction; an error that the function caught itself stays.
    """
    global asked_index
    found = asked_index == (id(exponent), *calling(), dd_here.lost)
    asked_index = None
    if found:
        dd_here.lost -= 1
    return found


cdef object ufunc_entry(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *names):
    """__array_ufunc__(ufunc, method, *inputs, **kwargs) as C calls it."""
    cdef Py_ssize_t i, m
    cdef int r
    if n < 2:
        raise TypeError("__array_ufunc__ needs a ufunc and a method")
    if asked_index is not None and <object> args[0] is np_power and n == 4 and is_operator(<object> args[3]):
        if names == NULL:
            return power_operator(<object> args[2], <object> args[3])
    if names == NULL:
        place_ = ufunc_rule.get(<object> args[0])
        if place_ is not None and <object> args[1] == "__call__":
            r = place_
            if n == 3 and dd_rules[r].nin == 1:
                a = <object> args[2]
                return dual_unary(<Dual> a, r) if type(a) is Dual else array_unary(r, a)
            if n == 4 and dd_rules[r].nin == 2:
                a, b = <object> args[2], <object> args[3]
                if type(a) is Dual or type(b) is Dual:
                    return dual_binary(a, b, r)
                return array_binary(r, a, b)
        if <object> args[0] is np_matmul and n == 4 and <object> args[1] == "__call__":
            result = lower_product(<object> args[2], <object> args[3], np_matmul)
            if result is not None:
                return result
        elif <object> args[0] is np_add and n == 3 and <object> args[1] == "reduce":
            result = lower_sum(<object> args[2], 0, False)
            if result is not None:
                return result
    m = 0 if names == NULL else len(<tuple> names)
    kwargs = {(<tuple> names)[i]: <object> args[n + i] for i in range(m)} if m else {}
    return hook_ufunc(<object> args[0], <object> args[1], tuple([<object> args[i] for i in range(2, n)]), kwargs)


cdef object scalar_getitem(PyObject *self, PyObject *key):
    """x[()] and the other indices that np.float64 takes."""
    if type(<object> key) is tuple and len(<tuple> key) == 0:
        return <object> self
    return hook_getitem(<object> self, <object> key)


cdef void attach_methods() except *:
    cdef PyTypeObject *type_ = <PyTypeObject *> Dual
    cdef int i
    dd_take_over(type_, dual_create, <destructor> dual_destroy)
    (&dd_call_unary)[0] = method_unary
    (&dd_call_binary)[0] = method_binary
    (&dd_call_ufunc)[0] = ufunc_entry
    (&dd_call_subscript)[0] = scalar_getitem
    dd_add_subscript(type_)
    dd_add_ufunc(type_)
    dd_add_ufunc(<PyTypeObject *> DualArray)
    for i in range(DD_NRULES):
        if isinstance(getattr(np, rule_name[i], None), np.ufunc) and not dd_rules[i].borrowed:
            dd_add_method(type_, i, rule_name[i])       # what NumPy's loops over objects ask their elements for
    i = 0
    while dd_aliases[i].name != NULL:
        dd_add_method(type_, dd_aliases[i].rule, dd_aliases[i].name.decode())
        i += 1
