# vectorcalls.pxi: what functions in C need to call and to be called without a tuple of arguments.  Included by _calls.pyx.

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    PyObject *PyEval_GetGlobals()
    PyObject *PyFunction_GetCode(object)
    PyObject *PyFunction_GetClosure(object)
    PyObject *PyFunction_GetDefaults(object)
    PyObject *PyFunction_GetKwDefaults(object)
    PyObject *PyCell_GET(object)


cdef extern from "vectorcall.h":
    ctypedef PyObject *(*vectorcallfunc)(PyObject *, PyObject *const *, size_t, PyObject *)
    void dd_add_vectorcall(PyTypeObject *, Py_ssize_t)

cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(PyObject *)
    Py_ssize_t PyVectorcall_NARGS(size_t) nogil
    object PyVectorcall_Call(object, tuple, dict)
    PyObject *PyObject_Vectorcall(PyObject *, PyObject **, size_t, PyObject *)
    object called "PyObject_Vectorcall" (PyObject *, PyObject **, size_t, PyObject *)
    int PyErr_ExceptionMatches(object)
    void PyErr_Fetch(PyObject **, PyObject **, PyObject **)
    void PyErr_Restore(PyObject *, PyObject *, PyObject *)


cdef inline PyObject *op_of(object x) noexcept:
    return <PyObject *> x


cdef inline PyObject *new_reference(object x) noexcept:
    Py_INCREF(x)
    return <PyObject *> x


cdef tuple tuple_of(PyObject **args, Py_ssize_t n):
    return tuple([<object> args[i] for i in range(n)])


cdef dict dict_of(PyObject **args, PyObject *names):
    """Keyword arguments as they lie behind the others."""
    cdef Py_ssize_t i
    if names is NULL:
        return {}
    return {(<tuple> names)[i]: <object> args[i] for i in range(len(<tuple> names))}
