# quick.pxi: calls like the last one, without Python's own code between caller and program.  Included by _program.pyx.

cdef extern from "vectorcall.h":
    ctypedef PyObject *(*vectorcallfunc)(PyObject *, PyObject *const *, size_t, PyObject *)
    void dd_add_vectorcall(PyTypeObject *, Py_ssize_t)

cdef extern from "Python.h":
    unsigned long HAS_VECTORCALL "Py_TPFLAGS_HAVE_VECTORCALL"
    Py_ssize_t PyVectorcall_NARGS(size_t) nogil
    object PyVectorcall_Call(object, tuple, dict)


class Raised(Exception):
    """A run raised a floating-point flag: NumPy might warn, or Python raise."""


@cython.final
cdef class Quick:
    """The program of the last call, and a count of calls.

    Parameters
    ----------
    always : list of bool
        Whether each call is compared, of the whole process.
    next_check : int
        The call whose result is compared; -1: none.
    """

    cdef Program program            # None: none is known
    cdef object finish              # None, or what makes the results of f of the program's
    cdef list always
    cdef public long long calls, next_check

    def __init__(self, list always, long long next_check):
        self.always, self.next_check, self.calls = always, next_check, 0

    def set(self, Program program, finish=None):
        """The program that the next calls are tried with, both at once for other threads; None for none."""
        cdef tuple before = (self.program, self.finish)     # freed when both are there
        self.program, self.finish = program, finish

    @property
    def known(self):
        """Whether there is one."""
        return self.program is not None

    cdef object run(self, PyObject **at, Py_ssize_t n):
        """The result of n arguments; NotImplemented where the program does not take them."""
        cdef Program program = self.program
        cdef object finish = self.finish, result
        if program is None:
            return NotImplemented
        try:
            result = program.fast_at(at, n)
        except Raised:
            return NotImplemented
        return result if finish is None or result is NotImplemented else finish(result)

    cpdef bint due(self) noexcept:
        """Counts a call that the program has answered; whether it is to be compared, which counts it itself."""
        self.calls += 1
        if self.calls == self.next_check or self.always[0] is True:
            self.calls -= 1
            return True
        return False

    def along(self, paths, primals, vectors):
        """The result of arguments in two tuples or lists; NotImplemented where the program does not take them."""
        cdef PyObject *at[32]
        cdef Py_ssize_t n = 0
        cdef object x, part
        if self.program is None:
            return NotImplemented
        for part in (primals, vectors):
            if type(part) is tuple and n + len(<tuple> part) <= 32:
                for x in <tuple> part:
                    at[n] = <PyObject *> x
                    n += 1
            elif type(part) is list and n + len(<list> part) <= 32:
                for x in <list> part:
                    at[n] = <PyObject *> x
                    n += 1
            else:
                return NotImplemented
        cdef list kept = [<object> at[k] for k in range(n)] if type(primals) is list or type(vectors) is list else None
        result = self.run(at, n)
        if result is not NotImplemented and self.due():
            return paths.checked((tuple(primals), tuple(vectors)), {}, result)
        return result


@cython.final
cdef class Caller:
    """The function that is called: by the short way where that is known, else what `paths` give.

    Parameters
    ----------
    paths : callable
        paths(args, kwargs) is the result of a call; paths.checked(args, kwargs, result) what is returned of a result that is
        due to be compared.
    quick : Quick or None
    """

    cdef vectorcallfunc vectorcall
    cdef object paths
    cdef Quick quick
    cdef dict __dict__

    def __init__(self, paths, Quick quick):
        self.vectorcall = <vectorcallfunc> quick_call
        self.paths, self.quick = paths, quick

    def __call__(self, *args, **kwargs):
        return PyVectorcall_Call(self, args, kwargs)


cdef PyObject *quick_call(PyObject *op, PyObject **args, size_t nargsf, PyObject *names) except NULL:
    cdef Caller self = <Caller> op
    cdef Py_ssize_t n = PyVectorcall_NARGS(nargsf), k
    cdef object result
    cdef dict named
    if self.quick is not None and self.quick.program is not None and (names is NULL or not len(<tuple> names)):
        result = self.quick.run(args, n)
        if result is not NotImplemented:
            if self.quick.due():
                result = self.paths.checked(tuple([<object> args[k] for k in range(n)]), {}, result)
            Py_INCREF(result)
            return <PyObject *> result
    named = {}
    if names is not NULL:
        for k in range(<Py_ssize_t> len(<tuple> names)):
            named[(<tuple> names)[k]] = <object> args[n + k]
    result = self.paths(tuple([<object> args[k] for k in range(n)]), named)
    Py_INCREF(result)
    return <PyObject *> result


def vectorcalled(type cls):
    """Lets a subclass of functools.partial be called as partial itself is, without tuples of arguments.

    From Python 3.12 on a class inherits that, until somebody gives it a `__call__`.
    """
    cdef PyTypeObject *base = <PyTypeObject *> cls.__base__
    if "__call__" not in cls.__dict__ and base.tp_flags & HAS_VECTORCALL and base.tp_vectorcall_offset > 0:
        dd_add_vectorcall(<PyTypeObject *> cls, base.tp_vectorcall_offset)
    return cls


cdef void attach_vectorcalls() except *:
    cdef Caller caller = Caller.__new__(Caller)
    dd_add_vectorcall(<PyTypeObject *> Caller, <char *> &caller.vectorcall - <char *> <PyObject *> caller)


attach_vectorcalls()
