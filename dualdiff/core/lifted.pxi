# lifted.pxi: LiftedFunction, a function that stands for its lifted copy, as it is called.  Included by _calls.pyx.
#
# On plain numbers the original runs, after a look at the types of the arguments.  On duals the copy runs, then the original
# on the values; where both values have the same bits that is all.  What else there is to do (arrays to be lent, callbacks,
# the first look at a result, another value) is `general` and `settle` of lifting/guard.py.

cdef class LiftedFunction:
    """A lifted function as it is handed out.

    Attributes
    ----------
    original, copy : callable
        What it stands for, and what runs on duals.
    world, packages : World, tuple of str
        Where the copy lives.
    guard : bool
        Whether the value of the copy is compared with the original's.
    through_rounding : bool
        Whether rounding keeps derivatives in it.
    looked : bool
        Whether each element of a result has been looked at for a derivative that is lost.
    """

    cdef vectorcallfunc vectorcall
    cdef readonly object original
    cdef readonly object copy
    cdef readonly object world
    cdef readonly tuple packages
    cdef readonly bint guard
    cdef readonly bint through_rounding
    cdef public bint looked
    cdef object program
    cdef dict written           # objects that are to be brought up to date before and after a call
    cdef object general
    cdef object settle
    cdef object relift
    cdef object __weakref__
    cdef dict __dict__

    def __init__(self, original, copy, world, tuple packages, bint guard, bint through_rounding, functions):
        self.vectorcall = <vectorcallfunc> lifted_call
        self.original, self.copy, self.world, self.packages = original, copy, world, packages
        self.guard, self.through_rounding, self.looked = guard, through_rounding, False
        self.written = world.copies.written
        self.general, self.settle, self.relift = functions
        self.program = getattr(copy, "__dualdiff_program__", None)

    def __call__(self, *args, **kwargs):
        """The function's value, by the copy."""
        return PyVectorcall_Call(self, args, kwargs)

    def __get__(self, owner, kind):
        return self if owner is None else types_.MethodType(self, owner)

    @property
    def __dualdiff_program__(self):
        """What every transform asks for: an AttributeError would be a tenth of a small jvp."""
        return self.program

    def __getattr__(self, str name):
        return getattr(self.copy, name)

    def __repr__(self):
        return f"<lifted {self.original!r}>"

    def __reduce__(self):
        return self.relift, (self.original, self.packages, self.guard, self.through_rounding)


cdef PyObject *lifted_call(PyObject *op, PyObject **args, size_t nargsf, PyObject *names) except NULL:
    cdef LiftedFunction self = <LiftedFunction> op
    cdef Py_ssize_t i, n = PyVectorcall_NARGS(nargsf)
    cdef bint simple = names is NULL, duals = False
    cdef PyTypeObject *kind
    cdef PyObject *result
    if simple:
        for i in range(n):
            kind = Py_TYPE(args[i])
            if kind is <PyTypeObject *> Dual or kind is <PyTypeObject *> DualArray:
                duals = True
            elif kind is PLAIN_ARRAY:
                simple = simple and not here().within
            elif not is_simple(kind):
                simple = False
                break
    if simple and not duals and not here().within:
        result = PyObject_Vectorcall(op_of(self.original), args, nargsf, names)
        if result is not NULL:
            return result
        if not PyErr_ExceptionMatches(LostDerivativeError):     # of duals that the function has from elsewhere
            return NULL
        PyErr_Clear()
    if simple and duals and (self.looked or not self.guard) and n <= 16 and not self.written and not self.through_rounding:
        return guarded_call(self, args, n)
    return new_reference(self.general(self, tuple_of(args, n), dict_of(args + n, names)))


cdef PyObject *guarded_call(LiftedFunction self, PyObject **args, Py_ssize_t n) except NULL:
    """The copy on duals; then, under the guard, the original on their values."""
    cdef PyObject *given[16]
    cdef list plain = []
    cdef Py_ssize_t i
    cdef object x, found, wanted
    for i in range(n):
        x = <object> args[i]
        if type(x) is Dual:
            if (<Dual> x).k < 0 or kind_of((<Dual> x).tag_) == TOWER:
                return new_reference(self.general(self, tuple_of(args, n), {}))
            x = (<Dual> x).v
        elif type(x) is DualArray:
            sync(<DualArray> x)
            x = (<DualArray> x).value_
            if not cnp.PyArray_CheckExact(x) or kind_of((<DualArray> <object> args[i]).tag_) == TOWER:
                return new_reference(self.general(self, tuple_of(args, n), {}))
            x = cnp.PyArray_NewCopy(<cnp.ndarray> x, cnp.NPY_KEEPORDER)
        plain.append(x)
        given[i] = <PyObject *> x
    cdef dd_thread *at = here()
    cdef unsigned int made = at.texts, rounded = at.rounded, alike = at.alike, compared = at.compared
    cdef unsigned int keyed = at.keyed
    at.lifted += 1
    try:
        found = called(op_of(self.copy), args, n, NULL)
    finally:
        at.lifted -= 1
    if not self.guard and not self.written:
        return new_reference(found)
    cdef bint look = at.texts != made or at.alike != alike or at.rounded != rounded or at.keyed != keyed
    if self.written or look or is_flat(found):
        return new_reference(self.settle(self, found, None, tuple(plain), tuple_of(args, n), look, False,
                                         (at.texts != made or at.rounded != rounded, at.compared != compared)))
    at.calm += 1
    try:
        wanted = called(op_of(self.original), given, n, NULL)
    except LostDerivativeError as error:
        return new_reference(self.settle(self, found, error, tuple(plain), tuple_of(args, n), False, False))
    finally:
        at.calm -= 1
    if not same_value(found, wanted):
        return new_reference(self.settle(self, found, wanted, tuple(plain), tuple_of(args, n), False, True))
    return new_reference(found)


cdef bint is_simple(PyTypeObject *kind) noexcept:
    cdef int i
    for i in range(6):
        if kind is SIMPLE[i]:
            return True
    return False


cdef object NONE_TYPE = type(None)
cdef PyTypeObject *SIMPLE[6]
SIMPLE[0], SIMPLE[1], SIMPLE[2] = <PyTypeObject *> float, <PyTypeObject *> int, <PyTypeObject *> FLOAT64
SIMPLE[3], SIMPLE[4], SIMPLE[5] = <PyTypeObject *> bool, <PyTypeObject *> str, <PyTypeObject *> NONE_TYPE
cdef PyTypeObject *PLAIN_ARRAY = <PyTypeObject *> np.ndarray


cdef bint same_value(object found, object wanted) except -1:
    """Whether a result on duals has the very value of one on plain numbers, where that is seen at once."""
    cdef cnp.ndarray a, b
    cdef Py_ssize_t i
    if type(found) is Dual:
        return (<Dual> found).k >= 0 and PyFloat_Check(wanted) and (<Dual> found).v == PyFloat_AS_DOUBLE(wanted)
    if PyFloat_CheckExact(found):
        return PyFloat_CheckExact(wanted) and PyFloat_AS_DOUBLE(found) == PyFloat_AS_DOUBLE(wanted)
    if type(found) is DualArray:
        sync(<DualArray> found)
        found = (<DualArray> found).value_
        if not cnp.PyArray_CheckExact(found) or not cnp.PyArray_CheckExact(wanted):
            return False
        a, b = <cnp.ndarray> found, <cnp.ndarray> wanted
        if cnp.PyArray_TYPE(a) != cnp.PyArray_TYPE(b) or not cnp.PyArray_SAMESHAPE(a, b) or not (
                cnp.PyArray_IS_C_CONTIGUOUS(a) and cnp.PyArray_IS_C_CONTIGUOUS(b)):
            return False
        return memcmp(cnp.PyArray_DATA(a), cnp.PyArray_DATA(b), cnp.PyArray_NBYTES(a)) == 0
    if type(found) is tuple and type(wanted) is tuple and len(<tuple> found) == len(<tuple> wanted):
        for i in range(len(<tuple> found)):
            if not same_value((<tuple> found)[i], (<tuple> wanted)[i]):
                return False
        return True
    return False
