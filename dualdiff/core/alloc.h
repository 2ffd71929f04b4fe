/* alloc.h: memory of the scalar Dual, which holds its k tangents in the same block, and the
 * rule table's methods (x.sin(), x.hypot(y), ...) that NumPy's object loops call.
 *
 * Invariant: a block on a free list has exactly the size of a Dual of that k.  All of it runs
 * under the interpreter lock.  Included by _core.pyx.
 */
#ifndef DUALDIFF_ALLOC_H
#define DUALDIFF_ALLOC_H

#include <Python.h>

#define DD_FREE_K 16      /* Duals of up to this many tangents are kept for reuse ... */
#define DD_FREE_N 128     /* ... this many of each k */

static void *dd_free_list[DD_FREE_K + 1];
static int dd_free_count[DD_FREE_K + 1];

static size_t dd_dual_size(PyTypeObject *type, Py_ssize_t k)
{
    return (size_t) type->tp_basicsize + (k > 1 ? (size_t) (k - 1) * sizeof(double) : 0);
}

static PyObject *dd_dual_alloc(PyTypeObject *type, Py_ssize_t k)
{
    PyObject *op;
    if (k <= DD_FREE_K && dd_free_count[k] > 0) {
        op = (PyObject *) dd_free_list[k];
        dd_free_list[k] = *(void **) ((char *) op + sizeof(PyObject));
        dd_free_count[k]--;
    } else {
        if (k > (PY_SSIZE_T_MAX - 1024) / (Py_ssize_t) sizeof(double)) return PyErr_NoMemory();
        op = (PyObject *) PyObject_Malloc(dd_dual_size(type, k));
        if (op == NULL) return PyErr_NoMemory();
    }
    return PyObject_Init(op, type);
}

static void dd_dual_free(PyObject *op, Py_ssize_t k)
{
    PyTypeObject *type = Py_TYPE(op);
    if (k <= DD_FREE_K && dd_free_count[k] < DD_FREE_N) {
        *(void **) ((char *) op + sizeof(PyObject)) = dd_free_list[k];
        dd_free_list[k] = op;
        dd_free_count[k]++;
    } else {
        PyObject_Free(op);
    }
    if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) Py_DECREF(type);
}

/* ---- methods of Dual, from the table ---- */
static PyObject *(*dd_call_unary)(PyObject *, int);
static PyObject *(*dd_call_binary)(PyObject *, PyObject *, int);

#define DD_M1(name) \
    static PyObject *dd_method_##name(PyObject *x, PyObject *unused) \
    { (void) unused; return dd_call_unary(x, DD_RULE_##name); }
#define DD_M2(name) \
    static PyObject *dd_method_##name(PyObject *x, PyObject *y) \
    { return dd_call_binary(x, y, DD_RULE_##name); }
DD_METHODS(DD_M1, DD_M2)
#undef DD_M1
#undef DD_M2
#define DD_M1(name) [DD_RULE_##name] = {#name, dd_method_##name, METH_NOARGS, NULL},
#define DD_M2(name) [DD_RULE_##name] = {#name, dd_method_##name, METH_O, NULL},
static PyMethodDef dd_methods[DD_RULE_COUNT] = { DD_METHODS(DD_M1, DD_M2) };
#undef DD_M1
#undef DD_M2

/* second names of NumPy's functions */
typedef struct { const char *name; int rule; } dd_alias;
static const dd_alias dd_aliases[] = { DD_ALIASES };

/* Adds method i of the table to the type under a name (an alias has the same method). */
static int dd_add_method(PyTypeObject *type, int i, PyObject *name)
{
    int failed;
    PyObject *descr = PyDescr_NewMethod(type, &dd_methods[i]);
    if (descr == NULL) return -1;
    failed = PyDict_SetItem(type->tp_dict, name, descr);
    Py_DECREF(descr);
    PyType_Modified(type);
    return failed;
}

/* ---- __array_ufunc__ of both types, without packing tuples ---- */
static PyObject *(*dd_call_ufunc)(PyObject *, PyObject **, Py_ssize_t, PyObject *);

static PyObject *dd_ufunc_entry(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names)
{
    return dd_call_ufunc(self, (PyObject **) args, n, names);
}

static PyMethodDef dd_ufunc_method = {
    "__array_ufunc__", (PyCFunction) (void (*)(void)) dd_ufunc_entry, METH_FASTCALL | METH_KEYWORDS, NULL};

static int dd_add_ufunc(PyTypeObject *type)
{
    int failed;
    PyObject *descr = PyDescr_NewMethod(type, &dd_ufunc_method);
    if (descr == NULL) return -1;
    failed = PyDict_SetItemString(type->tp_dict, "__array_ufunc__", descr);
    Py_DECREF(descr);
    PyType_Modified(type);
    return failed;
}

/* ---- x[key] of Dual: the mapping's slot alone, as np.float64 has it; with the sequence's it would be iterable ---- */
static PyObject *(*dd_call_subscript)(PyObject *, PyObject *);

static PyObject *dd_subscript(PyObject *self, PyObject *key)
{
    return dd_call_subscript(self, key);
}

static PyMappingMethods dd_mapping = {NULL, dd_subscript, NULL};
static PyMethodDef dd_subscript_method = {"__getitem__", dd_subscript, METH_O | METH_COEXIST, NULL};

static int dd_add_subscript(PyTypeObject *type)
{
    int failed;
    PyObject *descr = PyDescr_NewMethod(type, &dd_subscript_method);
    if (descr == NULL) return -1;
    failed = PyDict_SetItemString(type->tp_dict, "__getitem__", descr);
    Py_DECREF(descr);
    type->tp_as_mapping = &dd_mapping;
    PyType_Modified(type);
    return failed;
}

static void dd_take_over(PyTypeObject *type, newfunc create, destructor destroy)
{
    type->tp_new = create;
    type->tp_vectorcall = NULL;    /* Cython's own shortcut to its tp_new */
    type->tp_dealloc = destroy;
}

#endif
