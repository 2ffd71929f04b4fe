/* vectorcall.h: types whose objects are called without a tuple and a dict of arguments.  Included by _core.pyx. */
#ifndef DD_VECTORCALL_H
#define DD_VECTORCALL_H

#include <Python.h>

/* offset: where in an object of the type its vectorcallfunc lies */
static void dd_add_vectorcall(PyTypeObject *type, Py_ssize_t offset)
{
    type->tp_vectorcall_offset = offset;
    type->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    PyType_Modified(type);
}

#endif
