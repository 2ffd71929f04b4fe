/* record.h: two things of the C API that recordings need: instances without a call of their class, and
 * strided views.
 *
 * Invariant: a view holds a reference to the array whose memory it shows.  Included by _core.pyx,
 * _tape.pyx and _plan.pyx.
 */
#ifndef DUALDIFF_RECORD_H
#define DUALDIFF_RECORD_H

#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *dd_no_arguments;

/* An instance of a class whose __init__ is not run: the caller fills it. */
static inline PyObject *dd_new_instance(PyObject *kind)
{
    PyTypeObject *type = (PyTypeObject *) kind;
    if (!PyType_Check(kind) || type->tp_new == NULL) {
        PyErr_SetString(PyExc_TypeError, "install_maps takes classes");
        return NULL;
    }
    if (dd_no_arguments == NULL && (dd_no_arguments = PyTuple_New(0)) == NULL) return NULL;
    return type->tp_new(type, dd_no_arguments, NULL);
}

/* A view of the numbers at data, which are inside base. */
static inline PyObject *dd_strided(PyArrayObject *base, int nd, npy_intp *dims, npy_intp *strides, char *data, int writeable)
{
    PyObject *view = PyArray_New(&PyArray_Type, nd, dims, PyArray_TYPE(base), strides, data, 0,
                                 NPY_ARRAY_ALIGNED | (writeable ? NPY_ARRAY_WRITEABLE : 0), NULL);
    if (view == NULL) return NULL;
    Py_INCREF(base);
    if (PyArray_SetBaseObject((PyArrayObject *) view, (PyObject *) base) < 0) {
        Py_DECREF(view);
        return NULL;
    }
    return view;
}

#endif
