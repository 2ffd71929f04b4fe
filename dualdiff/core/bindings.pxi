# bindings.pxi: whether names that a function finds outside still mean the objects that they meant.  Included by _program.pyx.

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    PyObject *PyCell_Get(object)        # a new reference
    int PyCell_Check(object)
    void Py_XDECREF(PyObject *)

from types import MappingProxyType

cdef enum:
    IN_DICT, IN_LIST, IN_CELL, IN_CLASS

ctypedef struct pg_binding:
    PyObject *holder
    PyObject *key
    PyObject *seen
    Py_ssize_t place
    int kind


cdef class Bindings:
    """Names, each with the object that it was bound to.

    Parameters
    ----------
    items : sequence of (holder, key, object)
        The holder is a dict, a class's `__dict__`, a list (the key is a place) or a cell (the key is its name).  ABSENT as the
        object: no such key, or an empty cell.
    """

    cdef list items
    cdef pg_binding *at

    def __cinit__(self, items):
        cdef Py_ssize_t i
        self.items = [tuple(item) for item in items]
        self.at = <pg_binding *> calloc(len(self.items) + 1, sizeof(pg_binding))
        if self.at == NULL:
            raise MemoryError
        for i, (holder, key, value) in enumerate(self.items):
            if type(holder) is dict:
                self.at[i].kind = IN_DICT
            elif PyCell_Check(holder):
                self.at[i].kind = IN_CELL
            elif type(holder) is list and type(key) is int and key >= 0:
                self.at[i].kind = IN_LIST
                self.at[i].place = key
            elif type(holder) is MappingProxyType:
                self.at[i].kind = IN_CLASS
            else:
                raise InputError(f"a binding is held by a dict, a class, a list or a cell, got {type(holder).__name__}")
            self.at[i].holder, self.at[i].key, self.at[i].seen = <PyObject *> holder, <PyObject *> key, <PyObject *> value

    def __dealloc__(self):
        free(self.at)

    def __len__(self):
        return len(self.items)

    cpdef object changed(self):
        """The key of the first name that means something else now; None where there is none."""
        cdef Py_ssize_t i
        cdef pg_binding *b
        cdef PyObject *found
        cdef object now
        for i in range(len(self.items)):
            b = &self.at[i]
            if b.kind == IN_DICT:
                found = PyDict_GetItemWithError(<object> b.holder, <object> b.key)
            elif b.kind == IN_LIST:
                found = NULL
                if b.place < len(<list> b.holder):
                    found = <PyObject *> (<list> b.holder)[b.place]
            elif b.kind == IN_CLASS:
                now = (<object> b.holder).get(<object> b.key, ABSENT)
                found = NULL if now is ABSENT else <PyObject *> now
            else:
                found = PyCell_Get(<object> b.holder)
                Py_XDECREF(found)       # the cell holds it
            if found != b.seen and not (<object> b.seen is ABSENT if found == NULL else same_number(<object> found, <object> b.seen)):
                return <object> b.key
        return None


cdef bint same_number(object a, object b) except -1:
    """Whether two objects are one number or text, so that it does not matter which is meant."""
    cdef double x, y
    if type(a) is not type(b):
        return False
    if type(a) is float:
        x, y = a, b
        return memcmp(&x, &y, sizeof(double)) == 0
    if type(a) is int or type(a) is str:
        return a == b
    return False


class Absent:
    """What a name means that is not bound."""

    def __repr__(self):
        return "ABSENT"


ABSENT = Absent()
