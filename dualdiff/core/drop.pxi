# drop.pxi: the functions of NumPy in the drop-in namespace, which ask whether a derivative is being taken.
# Included by _calls.pyx.

cdef int holds_dual(object x) except -1:
    """2 if x is a dual with tangents, or holds one anywhere (a list, tuple or object array).  Else the sum of 1 if there
    are arrays that have met no dual, and 4 if there are arrays with tangents that have no elements."""
    cdef int found = 0, here
    if type(x) is Dual:
        return 2
    if type(x) is DualArray:
        if is_constant_array(<DualArray> x):
            return 1
        return 4 if cnp.PyArray_CheckExact((<DualArray> x).value_) and (<DualArray> x).value_.size == 0 else 2
    if type(x) is list:
        for e in <list> x:
            if not PyFloat_CheckExact(e):
                here = holds_dual(e)
                if here == 2:
                    return 2
                found |= here
        return found
    if isinstance(x, tuple):
        for e in <tuple> x:
            here = holds_dual(e)
            if here == 2:
                return 2
            found |= here
        return found
    if cnp.PyArray_Check(x) and cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_OBJECT:
        for e in (<cnp.ndarray> x).flat:
            if type(e) is Dual or type(e) is DualArray:
                return 2
    return found


cdef int any_of(PyObject **args, Py_ssize_t n) except -1:
    """`holds_dual` of n arguments together."""
    cdef int found = 0, here
    cdef Py_ssize_t i
    for i in range(n):
        if Py_TYPE(args[i]) is <PyTypeObject *> float or Py_TYPE(args[i]) is <PyTypeObject *> int:
            continue
        here = holds_dual(<object> args[i])
        if here == 2:
            return 2
        found |= here
    return found


def find_duals(x):
    """2 if nested lists and tuples hold a dual with tangents; 1 if only arrays that have met none, 4 and 5 if arrays with
    tangents but without elements besides; else 0."""
    return holds_dual(x)


cdef object as_buffer(object array, PyObject **args, Py_ssize_t n, bint new):
    """A new float array as one that can take derivatives; memory that somebody else has stays as it is."""
    cdef cnp.ndarray v
    cdef int type_
    cdef Py_ssize_t i
    if not cnp.PyArray_CheckExact(array):
        return array
    v = <cnp.ndarray> array
    type_ = cnp.PyArray_TYPE(v)
    if type_ == cnp.NPY_OBJECT and holds_dual(v):       # of something with __array__, as np.poly1d
        return hook_function("asdual", (v,), {})
    if type_ != cnp.NPY_DOUBLE and type_ != cnp.NPY_FLOAT and type_ != cnp.NPY_CDOUBLE and type_ != cnp.NPY_CFLOAT:
        return array
    if not cnp.PyArray_ISBEHAVED(v):
        return array
    if not new:
        if cnp.PyArray_BASE(v) != NULL:
            return array
        for i in range(n):
            if args[i] is <PyObject *> array:
                return array
    return new_array(array, None, -1, None, None, False)


@cython.final
cdef class Drop:
    """A function of NumPy in the drop-in namespace.

    plain : NumPy's own function, called where no argument holds a dual.
    dual : what is called where one does.
    makes : whether an array that plain returns must be able to take derivatives inside a derivative call:
        0 no; 1 if its memory is new; 2 its memory is always new.
    """

    cdef vectorcallfunc vectorcall
    cdef object plain
    cdef object dual
    cdef int makes
    cdef str home
    cdef dict __dict__

    def __init__(self, plain, dual, int makes, str module, str name):
        self.vectorcall = <vectorcallfunc> drop_call
        self.plain = plain
        self.dual = dual
        self.makes = makes
        self.__wrapped__ = plain
        self.home = module
        self.__name__ = self.__qualname__ = name
        self.__doc__ = plain.__doc__

    def __call__(self, *args, **kwargs):
        return PyVectorcall_Call(self, args, kwargs)

    def __getattr__(self, str name):
        return getattr(self.plain, name)        # __module__, and what else tools ask a function for

    def __repr__(self):
        return f"<dualdiff.numpy's {self.__name__}>"

    def __reduce__(self):
        return drop_of, (self.home, self.__name__)


cdef tuple MAY_BE_OF_DUALS = (TypeError, ValueError, AttributeError)


cdef PyObject *drop_call(PyObject *op, PyObject **args, size_t nargsf, PyObject *names) except NULL:
    cdef Drop self = <Drop> op
    cdef Py_ssize_t i, n = PyVectorcall_NARGS(nargsf), all_ = n + (0 if names is NULL else len(<tuple> names))
    cdef PyObject *result
    cdef PyObject *error[3]
    cdef int found
    if here().within:
        found = any_of(args, all_)
        if found == 1:
            return new_reference(hook_function(
                "constants", (self.plain, tuple_of(args, n), dict_of(args + n, names), self.dual), {}))
        if found:
            return new_reference(self.dual(*tuple_of(args, n), **dict_of(args + n, names)))
        if not self.makes:
            return PyObject_Vectorcall(op_of(self.plain), args, nargsf, names)
        array = called(op_of(self.plain), args, nargsf, names)
        if names is not NULL and "out" in <tuple> names:
            if args[n + (<tuple> names).index("out")] is <PyObject *> array:
                return new_reference(array)
        return new_reference(as_buffer(array, args, n, self.makes == 2))
    for i in range(n):
        if Py_TYPE(args[i]) is <PyTypeObject *> Dual or Py_TYPE(args[i]) is <PyTypeObject *> DualArray:
            return new_reference(self.dual(*tuple_of(args, n), **dict_of(args + n, names)))
    result = PyObject_Vectorcall(op_of(self.plain), args, nargsf, names)
    if result is NULL:
        if not PyErr_ExceptionMatches(MAY_BE_OF_DUALS):
            return NULL
        PyErr_Fetch(&error[0], &error[1], &error[2])
        if any_of(args, all_) != 2:
            PyErr_Restore(error[0], error[1], error[2])
            return NULL
        for i in range(3):      # duals in a list, which somebody made outside of any call
            Py_XDECREF(error[i])
        return new_reference(self.dual(*tuple_of(args, n), **dict_of(args + n, names)))
    if (self.makes and cnp.PyArray_CheckExact(<object> result)
            and cnp.PyArray_TYPE(<cnp.ndarray> result) == cnp.NPY_OBJECT and any_of(args, all_)):
        Py_XDECREF(result)
        return new_reference(self.dual(*tuple_of(args, n), **dict_of(args + n, names)))
    return result


def drop_of(module, name):
    """Finds a pickled function of a drop-in namespace again."""
    import importlib

    return getattr(importlib.import_module(module), name)
